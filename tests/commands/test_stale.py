"""`stale`: who under care management is silent, without a date, without a phone, tried in vain."""

import csv
import io
import re
import sys

import pytest

from caretool import db

# The tests run on Monday 23 November 2026
ROW = ["patient", "name", "tier", "channel", "last_reached", "days", "attempts", "reasons", "next"]


@pytest.fixture
def add(care):
    """Add somebody with a phone, followed since so many days; gives no id, they are P1, P2 …"""

    def add_patient(name, since, *more, phone=True):
        number = ("--phone", "423-555-0142") if phone else ()
        care("add-patient", name, "--dob", "1950-05-05", "--on", f"-{since}d", *number, *more)

    return add_patient


@pytest.fixture
def log(care):
    def log_contact(patient, days, outcome="reached_patient", *more):
        care("log-contact", patient, "--outcome", outcome, "--on", f"-{days}d", *more)

    return log_contact


def reasons(rows):
    return {row["patient"]: row["reasons"] for row in rows}


@pytest.mark.parametrize(("days", "is_silent"), [(44, False), (45, True), (46, True)])
def test_silence_begins_with_the_day_on_which_so_many_have_passed(add, log, ok, days, is_silent):
    add("Rivera, Ana", 90)
    log("P1", days)
    assert reasons(ok("stale")) == ({"P1": ["silent"]} if is_silent else {})


def test_days_says_how_long_that_is(add, log, ok):
    add("Rivera, Ana", 90)
    log("P1", 10)
    assert reasons(ok("stale", "--days", "10")) == {"P1": ["silent"]}
    assert ok("stale", "--days", "11") == []


@pytest.mark.parametrize(("since", "is_silent"), [(44, False), (45, True)])
def test_who_was_never_reached_is_silent_since_care_management_began(add, ok, since, is_silent):
    add("Rivera, Ana", since)
    rows = ok("stale")
    assert reasons(rows) == ({"P1": ["silent"]} if is_silent else {})
    if rows:
        assert (rows[0]["last_reached"], rows[0]["days"]) == (None, 45)


def test_a_contact_from_before_care_management_is_shown_and_does_not_make_silent(care, log, ok):
    care("add-patient", "Rivera, Ana", "--dob", "1950-05-05", "--roster-only")
    log("P1", 80)
    care("edit-patient", "P1", "--status", "active", "--tier", "low", "--on", "-10d")
    (row,) = ok("stale", "--days", "10")
    assert (row["last_reached"], row["days"]) == ("2026-09-04", 10)


@pytest.mark.parametrize("outcome", ["no_answer", "letter_sent", "reached_other", "visit_missed"])
def test_only_a_two_way_contact_with_the_patients_side_ends_the_silence(add, log, ok, outcome):
    add("Rivera, Ana", 60)
    log("P1", 1, outcome)
    assert reasons(ok("stale")) == {"P1": ["silent"]}
    log("P1", 1, "reached_caregiver")
    assert ok("stale") == []


def test_a_void_contact_and_one_of_a_later_day_end_no_silence(add, log, ok, care):
    add("Rivera, Ana", 60)
    log("P1", 3)
    assert reasons(ok("stale", "--as-of", "-4d")) == {"P1": ["silent"]}
    care("void-contact", "C1", "--reason", "wrong patient")
    assert reasons(ok("stale")) == {"P1": ["silent"]}


@pytest.fixture
def no_routine(tmp_path, monkeypatch):
    """A practice's own rules by which nothing is due for people under care management."""
    path = tmp_path / "own.toml"
    path.write_text(
        'version = "1"\n[[protocol]]\nname = "routine"\nstatuses = ["on_hold"]\n', encoding="utf-8"
    )
    monkeypatch.setenv("CARETOOL_PROTOCOLS", str(path))


def test_who_has_no_next_date_is_listed(add, ok, no_routine):
    add("Rivera, Ana", 10)
    (row,) = ok("stale")
    assert (row["reasons"], row["next"]) == (["no_date"], None)


def test_on_hold_for_a_while_is_not_without_a_date(add, ok, care, no_routine):
    add("Rivera, Ana", 10)
    care("hold", "P1", "--until", "2026-12-11", "--why", "travels")
    assert ok("stale") == []


def test_who_has_no_phone_is_listed_with_the_way_that_there_is(add, ok):
    add("Rivera, Ana", 10, phone=False)
    add("Hill, Tom", 10, "--channel", "portal", phone=False)
    rows = ok("stale")
    assert reasons(rows) == {"P1": ["no_phone"], "P2": ["no_phone"]}
    assert [row["channel"] for row in rows] == ["letter", "portal"]


def test_a_number_that_proved_wrong_is_no_phone(add, log, ok):
    add("Rivera, Ana", 10)
    log("P1", 2, "wrong_number")
    assert reasons(ok("stale")) == {"P1": ["no_phone"]}


def test_who_wants_no_calls_is_listed_when_there_is_no_other_way(add, ok, care):
    add("Rivera, Ana", 10)
    add("Hill, Tom", 10, "--channel", "portal")
    for patient in ("P1", "P2"):
        care("edit-patient", patient, "--no-calls")
    assert reasons(ok("stale")) == {"P1": ["no_calls"]}
    care("edit-patient", "P1", "--calls")
    assert ok("stale") == []


def test_as_many_failed_attempts_as_the_ladder_has_are_a_reason(add, log, ok):
    add("Rivera, Ana", 20)
    log("P1", 15, "no_answer")
    log("P1", 14, "no_answer")
    assert ok("stale") == []
    log("P1", 13, "left_voicemail")
    (row,) = ok("stale")
    assert (row["reasons"], row["attempts"]) == (["attempts"], 3)


@pytest.mark.parametrize(
    "heard", [("reached_patient",), ("no_answer", "--inbound"), ("declined_today", "--inbound")]
)
def test_attempts_count_since_the_patient_was_last_heard_of(add, log, ok, heard):
    add("Rivera, Ana", 20)
    for days in (15, 14, 13):
        log("P1", days, "no_answer")
    log("P1", 12, *heard)
    assert ok("stale") == []


def test_each_patient_comes_once_with_all_reasons(add, log, ok):
    add("Rivera, Ana", 60, phone=False)
    for days in (5, 4, 3):
        log("P1", days, "portal_sent")
    (row,) = ok("stale")
    assert list(row) == ROW
    assert row["reasons"] == ["silent", "no_phone", "attempts"]


def test_the_longest_silence_comes_first_and_then_the_lower_id(add, log, ok):
    for number, since in enumerate((50, 70, 70, 5)):
        add(f"Doe, No{number}", since, phone=number != 3)
    log("P2", 46)
    assert [(row["patient"], row["days"]) for row in ok("stale")] == [
        ("P3", 70), ("P1", 50), ("P2", 46), ("P4", 5),
    ]  # fmt: skip


def test_the_next_step_is_that_of_the_list(add, ok):
    add("Rivera, Ana", 60)
    (row,) = ok("stale")
    assert row["next"] == {
        "due": "2026-10-08",
        "limit": None,
        "kind": "routine",
        "strength": "should",
        "reason": "every 14 days, under care management since Thu 24 Sep",
    }
    (due,) = ok("due-today")
    assert due["due"] == "2026-10-08"


def test_only_people_under_care_management_are_looked_at(care, add, ok):
    care("add-patient", "Roster, Rob", "--dob", "1950-05-05", "--roster-only")
    add("Paused, Pat", 90)
    add("Gone, Gil", 90)
    care("edit-patient", "P2", "--status", "on_hold")
    care("edit-patient", "P3", "--status", "closed", "--reason", "graduated")
    assert ok("stale") == []


def test_who_is_only_to_be_offered_care_management_is_not_stale(care, add, ok, tmp_path):
    """She is on the list for the call after the emergency room, and has no phone."""
    care("add-patient", "Roster, Rob", "--dob", "1950-05-05", "--roster-only")
    path = tmp_path / "list.csv"
    path.write_text(
        "Patient Name,DOB,Patient Class,Admit Date,Discharge Date,Disposition\n"
        '"Roster, Rob",1950-05-05,ED,2026-11-19,2026-11-19,Home\n',
        encoding="utf-8",
    )
    care("import-discharges", path)
    assert [row["patient"] for row in ok("due-today")] == ["P1"]
    assert ok("stale") == []


def test_who_is_in_a_facility_is_looked_at_too(add, log, ok):
    add("Rivera, Ana", 90)
    log("P1", 50, "in_facility")
    (row,) = ok("stale")
    assert (row["reasons"], row["next"]["kind"]) == (["silent"], "facility_check")


@pytest.fixture
def on_terminal(care, monkeypatch):
    """What a terminal of 80 columns shows, and what is said beside it."""

    def run(*args):
        monkeypatch.setenv("COLUMNS", "80")
        monkeypatch.setenv("TERM", "xterm")
        monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
        ran = care(*args)
        plain = re.sub(r"\x1b\[[0-9;]*m", "", ran.out)
        return [line.rstrip() for line in plain.splitlines()], ran.err

    return run


def test_a_terminal_says_it_in_words(add, log, on_terminal, care):
    add("Rivera, Ana", 60)
    add("Hill, Tom", 60, phone=False)
    log("P2", 50)
    add("Cole, Ben", 10)
    care("edit-patient", "P3", "--no-calls")
    add("Diaz, Eva", 8)
    for days in (7, 6, 5):
        log("P4", days, "busy")
    add("Fox, Guy", 2)
    lines, err = on_terminal("stale")
    assert [re.split(r" {2,}", line) for line in (lines[0], *lines[2:])] == [
        ["id", "name", "tier", "reached", "days", "why", "next"],
        ["P1", "Rivera, Ana", "moderate", "never", "60", "never reached", "Thu 8 Oct"],
        ["P2", "Hill, Tom", "moderate", "Sun 4 Oct", "50", "silent, no phone, by", "Mon 19 Oct"],
        ["", "letter"],
        ["P3", "Cole, Ben", "moderate", "never", "10", "wants no calls", "Fri 27 Nov"],
        ["P4", "Diaz, Eva", "moderate", "never", "8", "3 failed attempts", "Mon 30 Nov"],
        [""],
    ]
    assert max(map(len, lines)) <= 80
    assert err == "4 of 5 under care management\ncaretool show P1 opens one\n"


def test_nobody_is_said_in_words_and_in_a_pipe_by_nothing(add, on_terminal, care):
    add("Fox, Guy", 2)
    assert care("stale").out == ""
    assert on_terminal("stale")[0] == ["Nobody has slipped."]


def test_csv_and_plain_hold_raw_values(add, log, care):
    add("Rivera, Ana", 60, phone=False)
    log("P1", 50)
    header, row = csv.reader(io.StringIO(care("stale", "--csv").out))
    assert header == ROW
    assert row == [
        "P1", "Rivera, Ana", "moderate", "letter", "2026-10-04", "50", "0", "silent;no_phone",
        "2026-10-19",
    ]  # fmt: skip
    assert care("stale").out.rstrip("\n").split("\t") == row


@pytest.mark.parametrize("days", ["0", "-1", "x"])
def test_a_number_of_days_that_makes_no_sense_is_refused(care, days):
    care("stale", "--days", days, code=2)


def test_behind_the_mask_are_initials_and_no_reasons_of_hers(add, ok, care):
    add("Rivera, Ana", 60)
    care("log-contact", "P1", "--outcome", "rescheduled", "--next", "fri", "--why", "after Bob")
    (row,) = ok("stale", "--mask")
    assert row["name"] == "A.R."
    assert "Bob" not in str(row)


def test_a_larger_panel_takes_no_more_queries(add, log, ok, monkeypatch):
    asked = []
    for name in ("stream", "rows", "row", "value"):
        real = getattr(db.CareFile, name)
        monkeypatch.setattr(
            db.CareFile, name, lambda *args, real=real: asked.append(args[1]) or real(*args)
        )
    counts = []
    for size in (2, 12):
        for number in range(size):
            add(f"Doe, No{size}-{number}", 60)
        asked.clear()
        assert len(ok("stale")) >= size
        counts.append(len(asked))
    assert counts[0] == counts[1]
