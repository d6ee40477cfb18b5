"""What a first user found wrong, each as a test that fails without its mend."""

from __future__ import annotations

import csv
import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

HEADER = "CSN,Patient Name,DOB,Sex,Admit Date,Disch Date,Disposition\n"


@pytest.fixture
def put(tmp_path: Path) -> Callable[..., Path]:
    """A list of these rows under that name."""

    def write(*rows: str, name: str = "list.csv", header: str = HEADER) -> Path:
        path = tmp_path / name
        path.write_text(header + "".join(f"{row}\n" for row in rows), encoding="utf-8")
        return path

    return write


def test_a_roster_imported_after_the_lists_leaves_people_in_their_facilities(
    care: Callable, ok: Callable, put: Callable, tmp_path: Path
) -> None:
    ok("import-discharges", put('1,"Hill, Tom",1944-11-30,M,2026-11-12,2026-11-18,SNF'))
    roster = tmp_path / "roster.csv"
    roster.write_text("MRN,Last Name,First Name,DOB,Status\n7,Hill,Tom,1944-11-30,active\n")
    ok("import-patients", roster)
    assert ok("patients")[0]["in_facility"] is True
    # Nothing but a word with the facility every week: seven days after the 18th
    (row,) = ok("due-today", "--days", "60")
    assert [(one["kind"], one["due"]) for one in row["items"]] == [("facility_check", "2026-11-25")]


def test_two_senders_with_one_visit_number_keep_their_own_stays(
    care: Callable, ok: Callable, put: Callable
) -> None:
    care("add-patient", "Stone, Amy", "--dob", "1960-03-03")
    first = put('5001,"Stone, Amy",1960-03-03,F,2026-11-18,2026-11-20,Home', name="20261122.csv")
    other = put('5001,"Wood, Else",1933-01-01,F,2026-11-19,2026-11-20,Home', name="20261123.csv")
    assert ok("import-discharges", first)[0]["new"] == 1
    for outcome in ("new", "unchanged"):
        assert ok("import-discharges", other)[0][outcome] == 1
    assert ok("import-discharges", first)[0]["unchanged"] == 1
    assert [row["patient"] for row in ok("due-today")] == ["P1"]


def test_a_stay_moves_from_one_patient_to_another_only_by_a_reviewers_word(
    care: Callable, ok: Callable, put: Callable
) -> None:
    care("add-patient", "Stone, Amy", "--dob", "1960-03-03")
    care("add-patient", "Stone, Ada", "--dob", "1960-03-03")
    ok("import-discharges", put('5001,"Stone, Amy",1960-03-03,F,2026-11-18,2026-11-20,Home'))
    report = ok(
        "import-discharges", put('5001,"Stone, Ada",1960-03-03,F,2026-11-18,2026-11-20,Home')
    )
    assert (report[0]["updated"], report[0]["review"]) == (1, 1)
    assert ok("review", "D1")[0]["reason"] == "the list now names somebody else"


def test_what_waits_for_review_is_said_under_the_list(
    care: Callable, ok: Callable, put: Callable, monkeypatch: pytest.MonkeyPatch
) -> None:
    care("add-patient", "Stone, Amy", "--dob", "1960-03-03", "--sex", "F")
    ok("import-discharges", put('1,"Stone, Amy",1960-03-03,M,2026-11-18,2026-11-20,Home'))
    monkeypatch.setattr("sys.stdout.isatty", lambda: True, raising=False)
    assert care("due-today").err.splitlines()[-1] == (
        "0 to contact of 1 followed: 1 later · 1 in review"
    )


def test_rejects_are_never_written_over_the_care_file_or_the_list(
    care: Callable, put: Callable, tmp_path: Path
) -> None:
    care("add-patient", "Stone, Amy", "--dob", "1960-03-03")
    listed = put('1,"Hill, Tom",1944-11-30,M,2026-11-12,2026-02-30,Home')
    notes = tmp_path / "notes.txt"
    notes.write_text("keep me")
    for taken in (tmp_path / "care.db", listed, notes):
        before = taken.read_bytes()
        ran = care("import-discharges", listed, "--rejects", taken, code=6)
        assert ran.err.startswith("error: ")
        assert taken.read_bytes() == before
    for _ in range(2):  # an earlier rejects file may be written over
        care("import-discharges", listed, "--rejects", tmp_path / "bad.csv", code=4)


def test_rows_whose_rejects_cannot_be_written_are_not_taken_in_either(
    care: Callable, ok: Callable, put: Callable, tmp_path: Path
) -> None:
    care("add-patient", "Stone, Amy", "--dob", "1960-03-03")
    listed = put(
        '1,"Stone, Amy",1960-03-03,F,2026-11-18,2026-11-20,Home',
        '2,"Hill, Tom",1944-11-30,M,2026-11-12,2026-02-30,Home',
    )
    care("import-discharges", listed, "--rejects", tmp_path / "none" / "bad.csv", code=3)
    assert ok("show", "P1")["discharges"] == []


def test_a_row_with_too_many_cells_is_handed_back_whole(
    care: Callable, put: Callable, tmp_path: Path
) -> None:
    line = "1,Stone,Amy,1960-03-03,F,2026-11-18,2026-11-20,Home"
    care("import-discharges", put(line), code=4)
    rejected = tmp_path / "list.rejects.csv"
    with rejected.open(encoding="utf-8-sig", newline="") as file:
        (row,) = csv.DictReader(file)
    assert row["rejected_value"] == line
    care("import-discharges", rejected, code=4)  # not corrected, so rejected again


def test_the_next_date_does_not_hide_an_open_must_behind_an_older_routine_date(
    care: Callable, ok: Callable, put: Callable
) -> None:
    care("add-patient", "Stone, Amy", "--dob", "1960-03-03", "--on", "2026-09-01")
    ok("import-discharges", put('1,"Stone, Amy",1960-03-03,F,2026-11-18,2026-11-20,Home'))
    following = ok("edit-patient", "P1", "--zip", "37391")["next"]
    assert (following["kind"], following["limit"]) == ("transition_contact", "2026-11-24")


def test_the_number_given_last_is_the_one_to_call(care: Callable, ok: Callable) -> None:
    care("add-patient", "Stone, Amy", "--dob", "1960-03-03", "--phone", "423-555-0142")
    ok("edit-patient", "P1", "--phone", "423-555-0177")
    assert ok("patients")[0]["phone"] == "4235550177"
    ok("edit-patient", "P1", "--phone", "423-555-0142")
    assert ok("show", "P1")["phones"] == ["4235550142", "4235550177"]
    assert ok("edit-patient", "P1", "--phone", "423-555-0142")["changed"] == []


# The second reader, a morning typed by hand


@pytest.fixture
def active_since_today(care):
    care("add-patient", "Quill, Ada", "--dob", "1950-05-05", "--phone", "423-555-0101")


def test_a_closing_dated_before_care_management_began_is_refused_and_not_said_to_hold(
    active_since_today, care, ok
):
    ran = care("edit-patient", "P1", "--status", "closed", "--reason", "moved", "--on",
               "yesterday", code=3)  # fmt: skip
    assert ran.err.startswith("error: P1 is active since 2026-11-23, after 2026-11-22\n")
    assert ok("show", "P1")["status"] == "active"


def test_an_outcome_that_ends_outreach_before_that_day_says_that_it_closes_nobody(
    active_since_today, care, ok
):
    ran = care("log-contact", "P1", "--outcome", "moved", "--on", "2026-11-20")
    assert "it does not close P1, who is active since Mon 23 Nov" in ran.err
    assert "caretool edit-patient P1 --status closed --reason moved" in ran.err
    assert ok("show", "P1")["status"] == "active"


def test_after_the_letter_what_must_be_done_is_tried_on_and_the_rest_says_that_it_waits(
    care, ok, tmp_path
):
    care("add-patient", "Quill, Ada", "--dob", "1950-05-05", "--on", "2026-10-01",
         "--phone", "423-555-0101")  # fmt: skip
    for moment, outcome, by in (
        ("2026-11-16T09:00", "no_answer", "phone"),
        ("2026-11-17T14:00", "no_answer", "phone"),
        ("2026-11-18T09:00", "portal_sent", "portal"),
        ("2026-11-20T09:00", "letter_sent", "letter"),
    ):
        care("log-contact", "P1", "--outcome", outcome, "--by", by, "--on", moment)
    # fourteen days after Friday the 20th
    assert "letter sent, at rest until Fri 4 Dec" in care("why", "P1", "--all").out


STAY = (
    "Patient Name,DOB,Discharge Date,Patient Class,Disposition\n"
    '"Quill, Ada",1950-05-05,2026-11-20,Inpatient,Home\n'
)


@pytest.fixture
def at_home(active_since_today, care, tmp_path):
    path = tmp_path / "stays.csv"
    path.write_text(STAY, encoding="utf-8")
    care("import-discharges", path)


def test_the_reconciliation_is_due_by_the_visit_that_was_arranged(at_home, care, ok):
    # The visit's own limit is Friday 4 December
    care("appointment", "P1", "2026-11-25")
    items = {one["kind"]: one for one in ok("why", "P1")["items"]}
    found = items["reconciliation"]
    assert (found["target"], found["limit"]) == ("2026-11-25", "2026-11-25")
    care("appointment", "P1", "--cancel")
    items = {one["kind"]: one for one in ok("why", "P1")["items"]}
    assert items["reconciliation"]["limit"] == "2026-12-04"


def test_only_a_visit_is_told_that_its_appointment_is_past_the_limit(at_home, care, ok):
    care("appointment", "P1", "2026-12-01")  # after the contact's limit, within the visit's
    for item in ok("why", "P1")["items"]:
        assert not [step for step in item["trace"] if "appointment" in step["text"]
                    and "past the limit" in step["text"]], item["kind"]  # fmt: skip


def test_the_list_says_the_day_that_was_asked_for_also_when_it_is_met_later(
    active_since_today, care, monkeypatch
):
    care("log-contact", "P1", "--outcome", "rescheduled", "--next", "2026-11-24")
    care("away", "add", "2026-11-24")
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    monkeypatch.setenv("COLUMNS", "200")
    assert "asked for Tue 24 Nov" in care("due-today", "--as-of", "2026-11-25").out


@pytest.mark.skipif(os.name == "nt", reason="a shell that closes standard output")
def test_a_closed_standard_output_is_no_bug(active_since_today):
    line = f"{sys.executable} -m caretool log-contact P1 --outcome no_answer >&-"
    ran = subprocess.run(line, shell=True, capture_output=True, text=True, check=False)  # noqa: S602
    assert (ran.returncode, ran.stderr.splitlines()[0]) == (
        0, "logged C1 for P1: no answer, Mon 23 Nov",
    )  # fmt: skip
