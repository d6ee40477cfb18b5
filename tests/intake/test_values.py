"""Cell texts become identifiers, phones, ZIP codes, sex, diagnosis codes, free text, or nothing."""

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from caretool.intake.values import (
    clean_icd10,
    clean_id,
    clean_phone,
    clean_sex,
    clean_text,
    clean_zip,
    is_empty,
)
from caretool.model import Sex


@pytest.mark.parametrize(
    ("text", "value"),
    [
        (" 00123 ", "00123"),
        ('="00123"', "00123"),
        ("'00123", "00123"),
        ("12345.0", "12345"),
        ("00123.000", "00123"),
        ("1.23", "1.23"),
        ("H3263484501", "H3263484501"),
        ("A-1/b", "A-1/b"),
        ("12E5X", "12E5X"),
        ("1.23457E+09", None),
        ("2E+10", None),
        ('=""', None),
        ("0", None),
        ("0000000", None),
        ("", None),
        ("NaN", None),
        ("UNK", None),
        ("A\tB", "A B"),
        ("'00123'", "00123"),
        ('="12345.0"', "12345"),
        ("1,23E+09", None),
        ("#REF!", None),
        ("#N/A", None),
        ("~", None),
        ("Unknown", None),
    ],
)
def test_identifiers_keep_their_zeros_and_lose_the_traces_of_spreadsheets(text, value):
    assert clean_id(text) == value


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("(931) 555-0148", "9315550148"),
        ("+1 931 555 0148", "9315550148"),
        ("1-931-555-0148", "9315550148"),
        ("931.555.0148", "9315550148"),
        ("9315550148.0", "9315550148"),
        ("931-555-0148 ext 12", "9315550148"),
        ("931-555-0148x1", "9315550148"),
        ("931-555-0148 / 931-555-0199", "9315550148"),
        # discharges.md sections 4 and 5
        ("254-555-0100 x12", "2545550100"),
        ("254-555-0100 EXT. 12", "2545550100"),
        ("555-0100 x12", "5550100"),
        ("1-931-555-1918", "9315551918"),
        ("(270)555-2509^PRN", "2705552509"),
        ("(254)555-5555^P^PH^^^254^5555555~^NET^Internet^mail", "2545555555"),
        ("^PRN^PH^^^254^5550148", "2545550148"),
        ("^WPN^PH^^1^254^5550148", "2545550148"),
        ("2545550100.0", "2545550100"),
        ('="2545550100"', "2545550100"),
        ("254/555/0100", "2545550100"),
        ("555-0148 / 555-0199", "5550148"),
        ("931-555-0148 931-555-0199", "9315550148"),
        ("9315550148 or 9315550199", "9315550148"),
        ("931-555-0148 & 931-555-0199", "9315550148"),
        ("931-555-0148\n931-555-0199", "9315550148"),
        ("931-555-0148 12", "9315550148"),
        ("H: (931) 555-0148 (home)", "9315550148"),
        ("Fax 931-555-0148", "9315550148"),
        ("+44 20 7946 0958", "442079460958"),
        ("OOS", None),
        ("555-0148", "5550148"),
        ("555-0000", None),
        ("(931) 555-0000", None),
        ("000-000-0000", None),
        ("9999999999", None),
        ("12345", None),
        ("", None),
        ("call her son", None),
        ("٥٥٥٠١٤٨", None),
        ("1" + "23" * 10, None),
    ],
)
def test_phones_are_digits_without_the_country_code(text, value):
    assert clean_phone(text) == value


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("37391", "37391"),
        ("37391-1234", "37391"),
        ("37391 1234", "37391"),
        ("373911234", "37391"),
        ("2139", "02139"),
        ("2139.0", "02139"),
        ("2139-1234", "02139"),
        ("21391234", "02139"),
        ("373", None),
        ("00000", None),
        ("99999", None),
        ("OOS", None),
        ("", None),
        ("-", None),
        ("K1A 0B1", None),
        ('="02139"', "02139"),
        ("'02139", "02139"),
        ("02139.0", "02139"),
        ("00901", "00901"),  # San Juan
        ("37391-", "37391"),
        ("3739\u0661", None),
    ],
)
def test_zip_codes_have_five_digits_again(text, value):
    assert clean_zip(text) == value


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("F", Sex.F), (" female ", Sex.F), ("MALE", Sex.M), ("m", Sex.M), ("X", Sex.X),
        ("Nonbinary", Sex.X), ("U", Sex.U), ("Unknown", Sex.U), ("1", None), ("2", None),
        ("Femenino", Sex.F), ("MASCULINO", Sex.M), ("mujer", Sex.F), ("hombre", Sex.M),
        ("desconocido", Sex.U), ("H", None), ("", None), ("NaN", None), ("Mrs", None),
    ],
)  # fmt: skip
def test_sex_is_read_from_letters_and_words_only(text, value):
    assert clean_sex(text) is value


def test_free_text_is_one_line_or_nothing():
    assert clean_text('  Chest pain\r\n"can\'t sleep"\x07 ') == 'Chest pain "can\'t sleep"'
    assert clean_text("Home\u00a0care") == "Home care"
    assert clean_text(" NaN ") is None
    assert clean_text("\t") is None


def test_the_ways_to_write_nothing():
    assert all(map(is_empty, ["", " ", "-", "~", "NaN", "null", "None", "n/a", "#N/A", ".", "?"]))
    assert not is_empty("0")
    words = ["unknown", "UNK", "Desconocido", "(blank)", "#REF!", "#VALUE!", "n/d", "not available"]
    assert all(map(is_empty, words))
    assert not any(map(is_empty, ["00000000", "home", "No", "Nada"]))


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("I5021", "I50.21"), ("I50.21", "I50.21"), ("i5021", "I50.21"), ("I50", "I50"),
        ("I50.", "I50"), (" E11.9 ", "E11.9"), ("E119", "E11.9"), ("Z3A20", "Z3A.20"),
        ("C7A.00", "C7A.00"), ("S72001A", "S72.001A"), ("S72.001A", "S72.001A"), ("U071", "U07.1"),
        ("I50.21 - Acute systolic failure", "I50.21"), ("I5021: failure", "I50.21"),
        ("I50.21^Acute systolic failure^I10", "I50.21"), ("I50.21; E11.9", "I50.21"),
        ("I5021, E119", "I50.21"), ("I50.21 (principal)", "I50.21"), ('="I5021"', "I50.21"),
        ("428.0", None), ("4280", None), ("Heart failure", None), ("B12 deficiency", None),
        ("T2DM", None), ("H1N1", None), ("I50.21345", None), ("II0.1", None), ("", None),
        ("NaN", None), ("-", None), ("I\u0665\u0660", None),
    ],
)  # fmt: skip
def test_icd_10_codes_get_their_dot(text, code):
    assert clean_icd10(text) == code


DIRT = st.text("0123456789.,E+=\"'()-/^~; xXIS\t\u00a0\u0661\u2028", max_size=24)


@settings(max_examples=600, deadline=None)
@given(st.text(max_size=30) | DIRT)
@example('="\t"')
@example("'0.0'")
@example("\u2028'")
@example("' .00'")
def test_no_text_breaks_a_cleaner_and_what_is_clean_stays(text):
    for clean in (clean_id, clean_phone, clean_zip, clean_sex, clean_text, clean_icd10):
        value = clean(text)
        if value is not None:
            assert value.strip() == value
            assert clean(value) == value
