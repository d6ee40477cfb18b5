"""A list without headings: columns told by their values, only where that is certain."""

from __future__ import annotations

import csv
import io
from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from caretool.errors import FileError
from caretool.intake.headless import recognised
from caretool.intake.layout import known_header
from caretool.intake.opening import open_listings

TODAY = date(2026, 11, 23)
NAMES = ["HILL, ANA", "REED, MAX", "STONE, EVA", "O'NEIL, SEÁN", "DE LA CRUZ, ZOË M"]
COLUMNS = {
    "visit": ["7001", "7002", "7003", "7004", "7005"],
    "name": NAMES,
    "birth_date": ["03/02/1958", "11/30/1971", "05/17/1944", "01/31/1960", "02/01/2001"],
    "sex": ["F", "M", "F", "M", ""],
    "zip": ["37604", "37601-1234", "", "37615", "37601"],
    "phone": ["423-555-0142", "(423) 555-0143", "4235550144", "", "423.555.0145"],
    "patient_class": ["Inpatient", "Observation", "Emergency", "Inpatient", "Inpatient"],
    "admit": ["11/16/2026", "11/15/2026 23:50", "10/31/2026", "11/01/2026", "11/19/2026"],
    "discharge": ["11/20/2026", "11/19/2026", "11/02/2026", "11/01/2026", "11/20/2026 08:00"],
    "disposition": ["Home", "SNF", "01", "Expired", "Home Health"],
}
TOLD = [field for field in COLUMNS if field != "visit"]


def opened(columns):
    text = io.StringIO()
    csv.writer(text).writerows(zip(*columns, strict=True))
    (listing,) = open_listings(
        text.getvalue().encode(), name="list.csv", known=known_header("discharges")
    )
    assert listing.header_line == 0
    return listing


@settings(max_examples=20)
@given(st.permutations(list(COLUMNS)))
def test_each_column_is_told_wherever_it_stands(fields):
    found = recognised(opened([COLUMNS[field] for field in fields]), TODAY)
    assert found.columns == {field: fields.index(field) for field in TOLD}


@pytest.mark.parametrize("lacking", ["name", "birth_date", "discharge"])
def test_without_who_when_born_or_when_left_nothing_is_guessed(lacking):
    fields = [field for field in COLUMNS if field not in {lacking, "admit"}]
    with pytest.raises(FileError, match="has no headings, and its columns cannot be told") as error:
        recognised(opened([COLUMNS[field] for field in fields]), TODAY)
    assert error.value.hint == (
        f"no {lacking.replace('_', ' ')}: caretool sniff FILE > mine.toml, number the columns"
        " there, --layout mine.toml"
    )


def certain(**more):
    """The columns of a list that can be told, with some replaced or added."""
    columns = {field: COLUMNS[field] for field in ("name", "birth_date", "discharge")} | more
    return recognised(opened(list(columns.values())), TODAY).columns, list(columns)


def test_two_columns_alike_are_neither():
    columns, _ = certain(one=COLUMNS["phone"], two=COLUMNS["phone"])
    assert "phone" not in columns
    with pytest.raises(FileError, match="cannot be told"):
        certain(doctor=["HOUSE, G", "GREY, M", "WHO, D", "NO, J", "STRANGE, S"])
    with pytest.raises(FileError, match="cannot be told"):
        certain(mother_born=COLUMNS["birth_date"])


def test_dates_are_no_dispositions_although_they_begin_with_a_code():
    """03/02/1958 begins like `03 - SNF`."""
    dates = ["03/02/1958", "01/30/1971", "05/17/1944", "01/31/1960", "02/01/2001"]
    columns, order = certain(birth_date=dates, disposition=COLUMNS["disposition"])
    assert columns["disposition"] == order.index("disposition")


def test_numbers_alone_are_no_dispositions():
    columns, _ = certain(ward=["1", "2", "3", "1", "6"])
    assert "disposition" not in columns


def test_admission_and_discharge_are_told_by_which_comes_first_not_by_where_they_stand():
    fields = ["name", "birth_date", "discharge", "admit"]
    found = recognised(opened([COLUMNS[field] for field in fields]), TODAY)
    assert found.columns == {"name": 0, "birth_date": 1, "discharge": 2, "admit": 3}


def test_two_dates_of_which_neither_always_comes_first_are_not_told():
    mixed = [COLUMNS["discharge"][0], *COLUMNS["admit"][1:]]
    other = [COLUMNS["admit"][0], *COLUMNS["discharge"][1:]]
    with pytest.raises(FileError, match="no headings") as error:
        certain(discharge=mixed, admit=other)
    assert error.value.hint.startswith("no discharge: ")


def test_three_columns_of_recent_dates_are_not_told():
    with pytest.raises(FileError, match="no headings"):
        certain(admit=COLUMNS["admit"], printed=["11/22/2026"] * 5)


def test_old_and_future_dates_are_no_stays():
    old = [f"0{month}/15/2019" for month in range(1, 6)]
    later = [(TODAY + timedelta(days=days)).strftime("%m/%d/%Y") for days in range(1, 6)]
    for dates in (old, later):
        with pytest.raises(FileError, match="no headings"):
            certain(discharge=dates)


def test_the_message_holds_no_cell():
    with pytest.raises(FileError) as error:
        recognised(opened([NAMES, COLUMNS["birth_date"]]), TODAY)
    said = f"{error.value} {error.value.hint}"
    assert not any(text in said for text in (*NAMES, *COLUMNS["birth_date"]))
