"""What is typed of a medicine: doses and times a day, compared as people mean them."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from caretool import medicines
from caretool.errors import InputError

HOW_OFTEN = st.one_of(
    st.integers(1, 24).map(str),
    st.integers(1, 239_999).map(lambda number: f"{number // 10_000}.{number % 10_000:04}"),
    st.tuples(st.integers(1, 9), st.integers(1, 99)).map(lambda pair: f"{pair[0]}/{pair[1]}"),
)


@given(HOW_OFTEN)
def test_times_a_day_keep_their_value_and_are_read_as_they_are_kept(typed):
    kept = medicines.read_times(typed)
    assert Fraction(kept) == Fraction(typed)
    assert medicines.read_times(kept) == kept


@given(st.sampled_from([None, "500 mg", "2.5 mg", "1 tablet, with food", "10 a"]), HOW_OFTEN)
def test_what_is_written_of_dose_and_times_is_read_as_that(dose, typed):
    times = medicines.read_times(typed)
    text = medicines.amount(dose, times)
    if "/" not in times:  # "1 in 7 days" is for people; nobody types it
        assert medicines.parse_amount(text) == (dose, times)
    assert medicines.same_amount((dose, typed), (dose, times))


@pytest.mark.parametrize(
    ("text", "same"),
    [
        ("500 mg", True),
        ("500MG", True),
        ("500 mg, 2 a day", True),
        ("500 mg 2 a day", True),
        ("2 a day", True),
        ("2.0 a day", True),
        ("500 mg, 1 a day", False),
        ("50 mg", False),
        ("5.00 mg", False),
        ("500 mcg", False),
        ("500 mg, 99 a day", False),
        ("sometimes", False),
    ],
)
def test_a_text_says_the_same_amount_or_it_does_not(text, same):
    assert medicines.is_amount(text, "500 mg", "2") == same


@pytest.mark.parametrize(
    ("dose", "times", "words"),
    [
        ("500 mg", "2", "500 mg, 2 a day"),
        (None, "0.5", "0.5 a day"),
        ("10 mg", "1/7", "10 mg, 1 in 7 days"),
        ("10 mg", None, "10 mg"),
        (None, None, ""),
    ],
)
def test_an_amount_in_words(dose, times, words):
    assert medicines.amount(dose, times) == words


@pytest.mark.parametrize("text", [None, "", "  "])
def test_blank_is_nothing(text):
    assert medicines.read_line(text, "the dose") is None
    assert medicines.read_times(text) is None
    assert medicines.read_atc(text) is None


@pytest.mark.parametrize(("typed", "code"), [("a10ba02", "A10BA02"), (" A10 BA02 ", "A10BA02")])
def test_an_atc_code_is_read_in_capitals_without_blanks(typed, code):
    assert medicines.read_atc(typed) == code


@pytest.mark.parametrize("typed", ["A10BA", "A10", "metformin", "A10BA022", "Ä10BA02"])
def test_only_the_code_of_one_drug_is_taken(typed):
    with pytest.raises(InputError, match="is no ATC code of a medicine"):
        medicines.read_atc(typed)
