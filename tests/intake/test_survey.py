"""What all values of a list tell: how its dates are written, and for which day it stands."""

from __future__ import annotations

from datetime import date

import pytest
from laid_out import laid_out

from caretool.errors import FileError
from caretool.intake.layout import known_header, map_columns
from caretool.intake.opening import open_listings
from caretool.intake.survey import survey

TODAY = date(2026, 11, 23)


def body(*rows):
    lines = ["Patient Name,DOB,Admit Date,Discharge Date", *(",".join(row) for row in rows)]
    return "\n".join(lines) + "\n"


def surveyed(*rows, saved=None, declared=None):
    (listing,) = open_listings(
        body(*rows).encode(), name="list.csv", known=known_header("discharges")
    )
    layout = map_columns(listing.header, "discharges", file="list.csv")
    return survey(listing, layout, declared=declared, saved=saved or {}, today=TODAY)


def row(born="1958-03-02", came="2026-11-16", left="2026-11-20"):
    return ("Hill Ana", born, came, left)


def test_each_column_has_its_own_form():
    _, layout = laid_out(
        body(row("03/25/1958", "16.11.2026", "2026-11-20")), "discharges", today=TODAY
    )
    assert {name: form.order for name, form in layout.dates.items()} == {
        "birth_date": "mdy", "admit": "dmy", "discharge": "iso",
    }  # fmt: skip


def test_records_are_counted_and_the_last_day_by_today_is_known():
    found = surveyed(row(), row(left="2026-11-22 10:00"), row(came="2027-01-05", left=""))
    assert (found.records, found.latest) == (3, date(2026, 11, 22))


def test_a_list_without_any_date_stands_for_no_day():
    found = surveyed(row("1958-03-02", "", ""))
    assert (found.latest, found.in_utc) == (None, ())


def test_stamps_in_utc_are_told_by_their_column():
    assert surveyed(row(left="2026-11-20T02:30:00Z")).in_utc == ("discharge",)
    assert surveyed(row(left="2026-11-20T00:00:00Z")).in_utc == (), "a date written as a stamp"


OPEN = row("03/02/1958", "10/11/2026", "10/11/2026")


def test_the_saved_forms_decide_what_the_values_leave_open():
    with pytest.raises(FileError, match="can be"):
        surveyed(OPEN)
    for order in ("mdy", "dmy"):
        found = surveyed(OPEN, saved=dict.fromkeys(("birth_date", "admit", "discharge"), order))
        assert {form.order for form in found.layout.dates.values()} == {order}


def test_a_form_that_has_certainly_changed_is_refused_by_line():
    rows = [row(), row(left="11/20/2026"), row(left="11/21/2026")]
    with pytest.raises(FileError, match=r'"Discharge Date" was dmy, and from line 3 on') as error:
        surveyed(*rows, saved={"discharge": "dmy"})
    assert error.value.hint == "if that is right: --layout auto, or --date-format mdy"
    assert "11/20" not in str(error.value)


def test_what_the_user_declares_is_not_compared_with_what_was():
    found = surveyed(row(left="11/20/2026"), saved={"discharge": "dmy"}, declared="mdy")
    assert (found.layout.dates["discharge"].order, found.changed) == ("mdy", ())


def test_a_birth_date_is_not_shown_where_its_form_has_changed():
    with pytest.raises(FileError, match=r'"DOB" was dmy') as error:
        surveyed(row("03/25/1958"), saved={"birth_date": "dmy"})
    assert "1958" not in f"{error.value} {error.value.hint}"


@pytest.mark.parametrize("left", ["2026-11-20", "", "20 Nov 2026"])
def test_a_column_that_today_leaves_open_nothing_keeps_its_form(left):
    found = surveyed(row(left=left), saved={"discharge": "dmy"})
    assert (found.layout.dates["discharge"].order, found.changed) == ("dmy", ())


def test_a_column_that_had_the_year_first_and_has_not_now_is_said():
    found = surveyed(row(left="11/20/2026"), saved={"discharge": "iso"})
    assert found.changed == ('"Discharge Date" had the year first and is mdy now',)
    assert found.layout.dates["discharge"].order == "mdy"


def test_numbers_of_a_spreadsheet_in_place_of_dates_are_no_harm_where_they_were_before():
    found = surveyed(row(left="46346"), saved={"discharge": "excel"})
    assert found.layout.dates["discharge"].read("46346") == (date(2026, 11, 20), None)
    with pytest.raises(FileError, match="was mdy, and from line 2 on it is excel"):
        surveyed(row(left="46346"), saved={"discharge": "mdy"})
    with pytest.raises(FileError, match="was excel, and from line 2 on it is mdy"):
        surveyed(row(left="11/20/2026"), saved={"discharge": "excel"})


def test_short_rows_say_nothing():
    assert surveyed(row(), ("Total: 1",)).records == 2
