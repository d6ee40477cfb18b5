"""The header row is found: below titles, in two rows, or not at all."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from caretool.intake.headers import find_head, is_value

KNOWN = {
    "mrn", "dob", "last", "first", "name", "patient name", "provider name", "admit date",
    "discharge date", "disposition", "sex", "date of birth",
}  # fmt: skip


def known(text):
    return text.casefold() in KNOWN


def head(*rows, before=0):
    return find_head(
        [(line, line, row) for line, row in enumerate(rows, 1) if any(row)], known, before=before
    )


DATA = ["00012", "Rivera", "Ana", "01/02/1950"]
HEADER = ["MRN", "Last", "First", "DOB"]


def test_titles_run_dates_and_banners_stand_above_the_header():
    found = head(
        ["Daily Discharge Report", "", "", ""],
        ["", "", "", ""],
        ["Run", "11/16/2026 06:00"],
        HEADER,
        DATA,
    )
    assert found.header == ("MRN", "Last", "First", "DOB")
    assert (found.line, found.after, found.known) == (4, 4, 4)
    assert found.titles == ("Daily Discharge Report", "Run 11/16/2026 06:00")


def test_of_several_rows_the_one_with_most_known_headings_counts_and_the_first_of_equals():
    assert head(["MRN", "Name", "x"], HEADER, DATA, HEADER, DATA).line == 2


def test_empty_leading_columns_and_line_breaks_in_headings():
    found = head(["", "", "MRN", "Date\nof  Birth"], ["", "", "1", "1/2/1950"])
    assert found.header == ("", "", "MRN", "Date of Birth")


def test_a_row_of_mostly_numbers_and_dates_is_never_the_header():
    found = head(["MRN", "Name", "1", "2", "3"], ["MRN", "DOB", "a", "b", "c"])
    assert found.line == 2


def test_a_group_row_above_is_joined_where_that_makes_more_known_headings():
    found = head(
        ["", "Patient", "", "Provider", "Admit", "Discharge"],
        ["MRN", "Name", "DOB", "Name", "Date", "Date"],
        ["1", "Rivera, Ana", "1/2/1950", "Lee, Bo", "11/1/2026", "11/3/2026"],
    )
    expected = ("MRN", "Patient Name", "DOB", "Provider Name", "Admit Date", "Discharge Date")
    assert found.header == expected
    assert (found.line, found.after) == (1, 2)


def test_one_heading_broken_over_two_rows():
    found = head(
        ["MRN", "Patient", "Admit", "Discharge", "Sex"],
        ["", "Name", "Date", "Date", ""],
        ["1", "Rivera, Ana", "11/1/2026", "11/3/2026", "F"],
    )
    assert found.header == ("MRN", "Patient Name", "Admit Date", "Discharge Date", "Sex")
    assert (found.line, found.after) == (1, 2)


def test_a_group_row_that_adds_nothing_is_a_title():
    found = head(["Patient", "", "", ""], HEADER, DATA)
    assert (found.line, found.header) == (2, tuple(HEADER))
    assert found.titles == ("Patient",)


def test_without_known_headings_words_over_numbers_are_the_header():
    found = head(
        ["Liste vom 16.11.2026", "", ""],
        ["Nummer", "Nachname", "Geboren"],
        ["12", "Rivera", "02.01.1950"],
        ["13", "Lee", "03.02.1951"],
    )
    assert found.header == ("Nummer", "Nachname", "Geboren")
    assert (found.line, found.known) == (2, 0)
    one_known = head(["MRN", "Anything"], ["a", "b"])
    assert (one_known.header, one_known.known) == (("MRN", "Anything"), 1)


def test_without_any_header_all_rows_are_the_list():
    found = head(DATA, [*DATA[:2], "Luz", "02/03/1951"], before=1)
    assert found.header == ("Column 1", "Column 2", "Column 3", "Column 4")
    assert (found.line, found.after, found.titles, found.known) == (0, 1, (), 0)


def test_the_usual_width_gives_the_columns_where_there_are_no_headings():
    assert len(head(["1", "2", "3"], ["1", "2"], ["1", "2"]).header) == 2


def test_one_column_starts_with_its_heading():
    assert head(["MRN"], ["12"], ["13"]).header == ("MRN",)
    assert head(["Dear all"], ["please find"], ["the list"]).line == 1


@pytest.mark.parametrize(
    "text",
    ["12", "00012", "1,234.50", "$12.00", "01/02/1950", "1950-01-02", "2026-10-17T14:08:00Z",
     "Oct 16, 2026", "02-ENE-2026", "11/14/26 8:05 PM", "8:05 a.m.",
     "Monday 11/16/2026", "20261116", "98.6 %"],
)  # fmt: skip
def test_numbers_dates_and_times_are_values(text):
    assert is_value(text)


@pytest.mark.parametrize(
    "text", ["", "MRN", "Diag1", "May", "Zip Code - 3 digits", "H3263484501", "-", "LOS (d)"]
)
def test_words_are_no_values(text):
    assert not is_value(text)


@settings(max_examples=200, deadline=1000)
@given(
    titles=st.lists(st.sampled_from(["Report", "as of 11/16/2026", "St. Brigid, all units"])),
    left=st.integers(0, 3),
    rows=st.lists(st.just(DATA), max_size=5),
)
def test_whatever_stands_above_or_left_the_header_is_found(titles, left, rows):
    space = [""] * left
    found = head(
        *[[title] for title in titles], [*space, *HEADER], *[[*space, *row] for row in rows]
    )
    assert found.header == (*space, *HEADER)
    assert found.line == len(titles) + 1
    assert list(found.titles) == titles
