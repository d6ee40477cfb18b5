"""Rows of a fills file: what is read, what is passed over, what is rejected and why."""

from __future__ import annotations

from datetime import date

import pytest
from laid_out import laid_out

from caretool.errors import FileError
from caretool.intake.fills import BadFill, FillRow, ReversalRow, days_supply, read_fills
from caretool.intake.rows import Rejected
from caretool.intake.unknown_words import UnknownWords
from caretool.model import Product

TODAY = date(2026, 11, 23)
HEADER = "MRN,Last Name,First Name,DOB,Drug,Drug Class,ATC,Fill Date,Days Supply,Qty,Reversal\n"


def read(text: str, today: date = TODAY, unknown: UnknownWords | None = None):
    unknown = unknown or UnknownWords("claim state")
    listing, layout = laid_out(text, "fills", today=today)
    return list(read_fills(listing, layout, today, unknown))


def one(row: str):
    (found,) = read(HEADER + row + "\n")
    return found


def test_a_row_is_read_with_all_that_it_says():
    row = one(
        "0012345,Rivera,Ana,1958-03-02,Lisinopril 10 mg,RAS antagonists,C09AA03,2026-01-05,30,60,"
    )
    assert isinstance(row, FillRow)
    assert (row.line, row.record) == (2, 1)
    assert row.who.record_number == "0012345"
    assert (row.who.name.last, row.who.name.first) == ("Rivera", "Ana")
    assert row.who.birth_date == date(1958, 3, 2)
    assert row.product == Product("Lisinopril 10 mg", "RAS antagonists", "C09AA03")
    assert (row.filled_on, row.days_supply, row.quantity) == (date(2026, 1, 5), 30, "60")


def test_what_a_row_does_not_say_is_none():
    row = read("Patient ID,Medication,Date,Days\n7,Metformin,2026-01-05,30\n")[0]
    assert row.who.patient_number == "7"
    assert row.who.record_number is row.who.birth_date is None
    assert row.product == Product("Metformin")
    assert row.quantity is None


def test_the_columns_of_adherers_example_data_are_known():
    row = read("patient_id,date,perday,category,duration\n1,2026-04-26,4,medA,50\n")[0]
    assert (row.who.patient_number, row.days_supply) == ("1", 50)
    assert row.product == Product("medA", per_day="4")


@pytest.mark.parametrize(
    ("text", "days"), [("30", 30), ("30.0", 30), ("030", 30), ("1", 1), ("366", 366), ("+7", 7)]
)
def test_days_supply_is_a_whole_number_from_1_to_366(text, days):
    assert days_supply(text) == days


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "is empty; days' supply is never guessed"),
        ("N/A", "is empty; days' supply is never guessed"),
        ("0", "is not within 1 to 366 days"),
        ("0.0", "is not within 1 to 366 days"),
        ("367", "is not within 1 to 366 days"),
        ("99999999999999999999", "is not within 1 to 366 days"),
        ("-30", "is negative"),
        ("30.5", "is not a whole number of days"),
        ("30.01", "is not a whole number of days"),
        ("thirty", "is not a number of days"),
        ("30 days", "is not a number of days"),
        ("1,000", "is not a number of days"),
        ("٣٠", "is not a number of days"),
        ("1e2", "is not a number of days"),
    ],
)
def test_any_other_days_supply_is_refused_with_the_reason(text, reason):
    with pytest.raises(ValueError, match=reason) as refused:
        days_supply(text)
    assert str(refused.value) == reason


def test_a_row_with_unusable_days_supply_says_whose_it_is_and_which_cell_is_wrong():
    row = one("12,Rivera,Ana,1958-03-02,Lisinopril,,,2026-01-05,30.5,60,")
    assert isinstance(row, BadFill)
    assert row.who.record_number == "12"
    wrong = row.rejected
    assert (wrong.line, wrong.record) == (2, 1)
    assert (wrong.column, wrong.value) == ("Days Supply", "30.5")
    assert wrong.reason == "is not a whole number of days"
    assert wrong.cells[4] == "Lisinopril"


@pytest.mark.parametrize(
    ("row", "name"),
    [
        ("7,Metformin,00093-1048-01,A10BA02,2026-01-05,30", "Metformin"),
        ("7,,0093-1048-01,A10BA02,2026-01-05,30", "NDC 00093-1048-01"),
        ("7,N/A,93104801,,2026-01-05,30", "NDC 00093-1048-01"),
        ("7,,1234567890,,2026-01-05,30", "NDC 1234567890"),
        ("7,,00093-1048,,2026-01-05,30", "NDC 00093-1048"),
        ("7,,none,a10 ba02,2026-01-05,30", "A10BA02"),
    ],
)
def test_a_medicine_is_called_by_its_name_else_its_ndc_else_its_atc_code(row, name):
    (found,) = read(f"MRN,Drug,NDC,ATC,Fill Date,Days\n{row}\n")
    assert found.product.name == name


def test_a_file_may_have_codes_and_no_names():
    (found,) = read("MRN,NDC,Fill Date,Days\n7,00093104801,2026-01-05,30\n")
    assert found.product == Product("NDC 00093-1048-01", ndc="00093104801")


def test_a_class_alone_does_not_say_which_medicine():
    (found,) = read("MRN,Drug,Class,Fill Date,Days\n7,,statins,2026-01-05,30\n")
    assert isinstance(found, BadFill)
    assert found.rejected.reason == (
        "only a class is said, not which medicine; a fill names its medicine"
    )
    with pytest.raises(FileError, match="no column for medicine"):
        read("MRN,Class,Fill Date,Days\n7,statins,2026-01-05,30\n")


@pytest.mark.parametrize(
    ("text", "per_day"),
    [("2", "2"), ("1.50", "1.5"), ("0", ""), ("0.0", ""), ("-1", ""), ("20 mg", ""), ("", "")],
)
def test_doses_a_day_are_a_number_or_not_said(text, per_day):
    (found,) = read(f"MRN,Drug,Fill Date,Days,Daily Dose\n7,x,2026-01-05,30,{text}\n")
    assert found.product.per_day == per_day


def test_a_row_that_cannot_be_used_says_what_of_it_could_be_read():
    days, day = one("12,,,,Metformin,,,2026-01-05,0,,"), one("12,,,,Metformin,,,soon,0,,")
    assert (days.drug, days.filled_on) == ("Metformin", date(2026, 1, 5))
    assert (day.drug, day.filled_on) == ("Metformin", None)
    assert days.is_fill


@pytest.mark.parametrize(
    ("row", "column", "reason"),
    [
        ("12,,,,,,,2026-01-05,30,,", "Drug", "is empty; a fill names its medicine"),
        ("12,,,,Metformin,,,,30,,", "Fill Date", "is empty; a fill has a date"),
        ("12,,,,Metformin,,,2026-02-30,30,,", "Fill Date", "is not a date"),
        ("12,,,,Metformin,,,2026-11-24,30,,", "Fill Date", "is after today, 2026-11-23"),
    ],
)
def test_medicine_and_date_are_needed_and_the_future_is_refused(row, column, reason):
    found = one(row)
    assert isinstance(found, BadFill)
    assert (found.rejected.column, found.rejected.reason) == (column, reason)


def test_a_fill_of_today_is_a_fill():
    assert isinstance(one("12,,,,Metformin,,,2026-11-23,30,,"), FillRow)


@pytest.mark.parametrize(
    "row",
    [
        ",,,,Metformin,,,2026-01-05,30,,",
        ",Rivera,Ana,,Metformin,,,2026-01-05,30,,",
        ",Rivera,,1958-03-02,Metformin,,,2026-01-05,30,,",
        "000,,,,Metformin,,,2026-01-05,30,,",
    ],
)
def test_a_row_that_does_not_say_whose_it_is_is_rejected(row):
    found = one(row)
    assert isinstance(found, Rejected)
    assert found.reason == "neither a number nor a name with birth date says who"


def test_a_ragged_row_and_a_bad_birth_date_are_rejected():
    ragged, born = read(
        HEADER
        + "12,Rivera,Ana,1958-03-02,Metformin,,,2026-01-05,30,,,surplus\n"
        + "12,Rivera,Ana,1958-13-02,Metformin,,,2026-01-05,30,,\n"
    )
    assert isinstance(ragged, Rejected)
    assert ragged.reason == "the row has 12 cells under 11 columns"
    assert isinstance(born, Rejected)
    assert (born.column, born.reason) == ("DOB", "is not a date")


@pytest.mark.parametrize(
    "said", ["Y", "yes", "1", "Reversed", "REVERSAL", "Void", "Cancelled", "B2"]
)
def test_a_column_that_says_so_makes_a_row_a_reversal(said):
    row = one(f"12,,,,Metformin,,,2026-01-05,30,60,{said}")
    assert isinstance(row, ReversalRow)
    assert (row.product.name, row.filled_on, row.days_supply) == (
        "Metformin", date(2026, 1, 5), 30,
    )  # fmt: skip
    assert row.otherwise is None


@pytest.mark.parametrize("days", ["30", "-30", "-30.0"])
def test_a_negative_quantity_makes_a_row_a_reversal_of_that_many_days(days):
    row = one(f"12,,,,Metformin,,,2026-01-05,{days},-60,")
    assert isinstance(row, ReversalRow)
    assert (row.days_supply, row.otherwise) == (30, None)


def test_negative_days_beside_no_quantity_are_a_reversal_only_if_there_is_such_a_fill():
    row = one("12,,,,Metformin,,,2026-01-05,-30,,")
    assert isinstance(row, ReversalRow)
    assert row.days_supply == 30
    assert (row.otherwise.column, row.otherwise.value) == ("Days Supply", "-30")
    assert row.otherwise.reason == "is negative"


def test_negative_days_beside_a_quantity_are_a_slip():
    row = one("12,,,,Metformin,,,2026-01-05,-30,60,")
    assert isinstance(row, BadFill)
    assert row.rejected.reason == "is negative"


def test_a_reversal_need_not_say_its_days():
    row = one("12,,,,Metformin,,,2026-01-05,,,Y")
    assert isinstance(row, ReversalRow)
    assert row.days_supply is None
    assert row.otherwise.reason.startswith("is empty, and ")


@pytest.mark.parametrize("days", ["0", "30.5", "400", "-400", "thirty"])
def test_a_reversal_with_unusable_days_is_rejected_and_is_no_fill_that_was_refused(days):
    row = one(f"12,,,,Metformin,,,2026-01-05,{days},-60,")
    assert isinstance(row, BadFill)
    assert not row.is_fill


def test_a_quantity_of_zero_has_no_sign():
    assert isinstance(one("12,,,,Metformin,,,2026-01-05,30,-0,"), FillRow)


def test_a_refused_claim_is_passed_over():
    assert one("12,,,,Metformin,,,2026-01-05,30,60,Denied").reason == "a claim that was refused"


@pytest.mark.parametrize("said", ["N", "0", "Paid", "B1", ""])
def test_other_words_about_a_claim_make_it_a_fill(said):
    assert isinstance(one(f"12,,,,Metformin,,,2026-01-05,30,60,{said}"), FillRow)


def test_empty_rows_repeated_headers_totals_and_footers_are_passed_over():
    rows = read(
        HEADER
        + "12,,,,Metformin,,,2026-01-05,30,60,\n"
        + ",,,,,,,,,,\n"
        + HEADER
        + "Grand total,,,,1080 rows,,,,32400,64800,\n"
        + "Page 1 of 1,,,,,,,,,,\n"
    )
    assert [getattr(row, "reason", None) for row in rows] == [
        None,
        "empty row",
        "the header again",
        "a total, title or footer",
        "a total, title or footer",
    ]


@pytest.mark.parametrize(
    ("text", "quantity"),
    [
        ("30", "30"),
        ("30.000", "30"),
        ("030", "30"),
        ("2.50", "2.5"),
        ("0", "0"),
        ("1 box", "1 box"),
    ],
)
def test_a_quantity_is_kept_without_zeros_that_say_nothing(text, quantity):
    assert one(f"12,,,,Metformin,,,2026-01-05,30,{text},").quantity == quantity


def test_a_file_without_days_supply_is_refused_as_a_whole():
    with pytest.raises(FileError, match="days' supply"):
        read("MRN,Drug,Fill Date,Quantity\n12,Metformin,2026-01-05,60\n")
