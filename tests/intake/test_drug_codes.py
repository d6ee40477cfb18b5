"""National drug codes in all the forms in which files have them, and ATC codes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from caretool.intake.drug_codes import clean_atc, clean_ndc
from caretool.names import ndc_name


@pytest.mark.parametrize(
    ("text", "ndc"),
    [
        # 21 CFR 207.33: ten digits as 4-4-2, 5-3-2, 5-4-1; claims fill the short part to 5-4-2
        ("0093-1048-01", "00093104801"),
        ("68180-515-01", "68180051501"),
        ("50242-0060-1", "50242006001"),
        ("00093-1048-01", "00093104801"),
        ("00093104801", "00093104801"),
        ("00093 1048 01", "00093104801"),
        # a spreadsheet took the zeros, wrote a fraction, or was kept from both
        ("93104801", "00093104801"),
        ("93104801.0", "00093104801"),
        ("378395105", "00378395105"),
        ('="00093104801"', "00093104801"),
        ("'00093104801", "00093104801"),
        # ten digits that begin with a zero are 4-4-2, for no labeler of five digits does
        ("0093104801", "00093104801"),
        # ten others may lack their zero in any of three places
        ("6818051501", "6818051501"),
        # without the package
        ("0093-1048", "000931048"),
        ("68180-515", "681800515"),
        ("000931048", "000931048"),
        ("9.3104801E+07", ""),
        ("00000000000", ""),
        ("00093-1048-001", ""),
        ("000931-1048-01", ""),
        ("123456789012", ""),
        ("1234", ""),
        ("metformin", ""),
        ("N/A", ""),
        ("", ""),
        ("\u0663\u06630093104801", ""),
    ],
)
def test_an_ndc_has_eleven_digits_whatever_its_form(text, ndc):
    assert clean_ndc(text) == ndc


@given(st.integers(1, 9_999), st.integers(0, 9_999), st.integers(0, 99))
def test_a_printed_code_of_four_four_two_is_one_code_with_and_without_hyphens(
    labeler, product, size
):
    whole = f"{labeler:05}{product:04}{size:02}"
    assert clean_ndc(f"{labeler:04}-{product:04}-{size:02}") == whole
    assert clean_ndc(ndc_name(whole).removeprefix("NDC ")) == whole
    assert clean_ndc(whole) == whole


@given(st.text(max_size=30))
def test_whatever_stands_in_the_cell_the_code_is_digits_or_nothing(text):
    ndc = clean_ndc(text)
    assert ndc == "" or (ndc.isascii() and ndc.isdecimal() and len(ndc) in {9, 10, 11})


@pytest.mark.parametrize(
    ("text", "atc"),
    [("C09AA03", "C09AA03"), (" c09 aa03 ", "C09AA03"), ("C10", "C10"), ("see note", "see note"),
     ("", ""), ("n/a", "")],
)  # fmt: skip
def test_an_atc_code_is_written_in_capitals(text, atc):
    assert clean_atc(text) == atc
