"""When are two written names, numbers or phones the same? By folding, never by likeness."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from caretool.names import drug_key, fold, id_key, ndc_name, phone_key, words


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("Hill", "hill"),
        ("HILL", "hill"),
        ("", ""),
        ("  Hill ", "hill"),
        ("O'Brien", "obrien"),
        ("O’BRIEN", "obrien"),  # noqa: RUF001 - as a word processor writes it
        ("De La Cruz", "delacruz"),
        ("DELACRUZ", "delacruz"),
        ("Smith-Jones", "smithjones"),
        ("Smith Jones", "smithjones"),
        ("Smith_Jones", "smithjones"),
        ("St. John", "stjohn"),
        ("Zoë", "zoe"),
        ("Zoe\u0308", "zoe"),  # the same in two characters
        ("NÚÑEZ", "nunez"),
        ("François", "francois"),
        ("Åse", "ase"),
        ("Łukasz", "lukasz"),
        ("Sørensen", "sorensen"),
        ("Đorđe", "dorde"),
        ("Weiß", "weiss"),
        ("WEISS", "weiss"),
        ("Æsa", "aesa"),
        ("Œuvre", "oeuvre"),
        ("Þór", "thor"),
        ("ﬁnn", "finn"),  # a ligature, as PDFs give it
        ("Ａｎａ", "ana"),  # noqa: RUF001 - full width
        ("ΑΝΑ", "ανα"),  # noqa: RUF001 - Greek
        ("Yıldız", "yildiz"),  # noqa: RUF001 - Turkish
        ("YILDIZ", "yildiz"),
        ("李", "李"),
        ("---", ""),
        ("R2-D2", "r2d2"),
    ],
)
def test_capitals_accents_blanks_and_punctuation_do_not_count(text, folded):
    assert fold(text) == folded


@pytest.mark.parametrize(("one", "other"), [("Ana", "Anna"), ("Jon", "John"), ("Lee", "Le")])
def test_another_spelling_is_another_name(one, other):
    assert fold(one) != fold(other)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Hill, Ana", ["hill", "ana"]),
        ("  ana   HILL ", ["ana", "hill"]),
        ("O'Brien Zoë", ["obrien", "zoe"]),
        ("Smith-Jones", ["smithjones"]),
        ("Hill,Ana,,", ["hill", "ana"]),
        ("- ,", []),
        ("", []),
    ],
)
def test_a_search_looks_for_each_word(text, expected):
    assert words(text) == expected


@pytest.mark.parametrize(
    ("value", "key"),
    [
        ("00123", "123"),
        ("123", "123"),
        ("0012-34", "1234"),
        ("H-0042", "h0042"),  # only zeros in front are a spreadsheet's
        (" h0042 ", "h0042"),
        ("A 12.5", "a125"),
        ("0", "0"),
        ("000", "000"),
        ("", ""),
        ("-", ""),
        ("１２", "12"),  # noqa: RUF001 - full width
    ],
)
def test_record_numbers_are_compared_without_zeros_in_front_and_punctuation(value, key):
    assert id_key(value) == key


@pytest.mark.parametrize(
    ("number", "key"),
    [
        ("(423) 555-0142", "4235550142"),
        ("+1 423 555 0142", "4235550142"),
        ("1-423-555-0142", "4235550142"),
        ("555-0142", "5550142"),
        ("", ""),
    ],
)
def test_phones_are_compared_by_their_last_ten_digits(number, key):
    assert phone_key(number) == key


@given(st.text())
def test_folding_again_changes_nothing(text):
    assert fold(fold(text)) == fold(text)
    assert id_key(id_key(text)) == id_key(text)
    assert phone_key(phone_key(text)) == phone_key(text)
    assert words(" ".join(words(text))) == words(text)


@given(st.text(st.characters(max_codepoint=0x24F)))
def test_capitals_never_count(text):
    assert fold(text.upper()) == fold(text.lower())


def test_a_medicine_is_the_same_one_whatever_its_capitals_and_blanks_but_not_its_strength():
    assert drug_key(" Metformin  500 MG") == drug_key("metformin 500 mg") == "metformin 500 mg"
    assert drug_key("metformin 500 mg") != drug_key("metformin 850 mg")


@pytest.mark.parametrize(
    ("ndc", "name"),
    [
        ("00093104801", "NDC 00093-1048-01"),
        ("000931048", "NDC 00093-1048"),
        ("6818051501", "NDC 6818051501"),
    ],
)
def test_a_medicine_without_a_name_is_called_by_its_ndc(ndc, name):
    assert ndc_name(ndc) == name
