"""`log-contact`: what came of a contact, what is refused, and what it says comes next."""

import sqlite3
from contextlib import closing
from datetime import UTC, datetime

import pytest

from caretool import dates
from caretool.rule_files import load_outcomes

NEXT = ["due", "limit", "kind", "strength", "reason"]
KEYS = ["contact", "patient", "at", "outcome", "reached", "counts", "next", "channel", "phone",
        "notices"]  # fmt: skip
NOON = datetime(2026, 11, 23, 12, 30, 15, tzinfo=UTC)


@pytest.fixture
def rivera(care, tmp_path):
    """P1, moderate tier since Monday the 9th, discharged home on Friday 20 November at 14:00."""
    care("add-patient", "Rivera, Ana", "--dob", "1958-03-02", "--mrn", "A1", "--on", "2026-11-09")
    path = tmp_path / "stays.csv"
    path.write_text(
        "MRN,Last Name,First Name,DOB,Patient Class,Admit Date,Discharge Date,Disposition\n"
        "A1,Rivera,Ana,1958-03-02,Inpatient,2026-11-18,2026-11-20 14:00,Home\n",
        encoding="utf-8",
    )
    care("import-discharges", path, "--source", "practice")
    return "P1"


@pytest.fixture
def log(ok, rivera):
    """Log a contact with P1 on Monday the 23rd unless --on says otherwise; gives the data."""

    def run(outcome, *more):
        when = [] if "--on" in more else ["--on", "2026-11-23"]
        return ok("log-contact", rivera, "--outcome", outcome, *when, *more)

    return run


@pytest.fixture
def stored(tmp_path):
    """The rows of a table of the care file, as dictionaries."""

    def rows(table):
        with closing(sqlite3.connect(tmp_path / "care.db")) as connection:
            connection.row_factory = sqlite3.Row
            found = [dict(row) for row in connection.execute(f"SELECT * FROM {table} ORDER BY id")]
        connection.close()
        return found

    return rows


def failed(care, *args, code):
    """The error and its hint; nothing is on standard output."""
    ran = care(*args, code=code)
    assert ran.out == ""
    error, hint = ran.err.splitlines()
    return error.removeprefix("error: "), hint.removeprefix("hint: ")


# Outcomes


def test_a_contact_is_logged_with_the_keys_of_the_contract(log):
    data = log("reached_patient")
    assert list(data) == KEYS
    assert list(data["next"]) == NEXT
    assert data == {
        "contact": "C1",
        "patient": "P1",
        "at": "2026-11-23",
        "outcome": "reached_patient",
        "reached": True,
        "counts": True,
        "next": {
            "due": "2026-11-27",
            "limit": "2026-12-04",
            "kind": "visit",
            "strength": "must",
            "reason": "discharged Fri 20 Nov (D1), visit within 14 days",
        },
        "channel": "letter",
        "phone": None,
        "notices": [],
    }


# What comes next for P1 after each outcome, by hand: the visit 7 days after Friday the 20th; the
# contact after the discharge tomorrow, as it goes on after an attempt, or today, as nothing was
# tried; the medication reconciliation, due by the day of the visit; the facility in a week
VISIT = ("2026-11-27", "visit", "2026-12-04")
TOMORROW = ("2026-11-24", "transition_contact", "2026-11-24")
TODAY = ("2026-11-23", "transition_contact", "2026-11-24")
AFTER = {
    "reached_patient": VISIT,
    "reached_caregiver": VISIT,
    "portal_replied": VISIT,
    "visit_done": ("2026-11-23", "reconciliation", "2026-11-23"),
    "visit_missed": TODAY,
    "reached_other": TODAY,
    "declined_today": TOMORROW,
    "rescheduled": TOMORROW,
    "left_voicemail": TOMORROW,
    "no_answer": TOMORROW,
    "busy": TOMORROW,
    "not_home": TOMORROW,
    "mailbox_full": TOMORROW,
    "wrong_number": TOMORROW,
    "disconnected": TOMORROW,
    "language_barrier": TOMORROW,
    "portal_sent": TOMORROW,
    "portal_read": TOMORROW,
    "letter_sent": TODAY,
    "letter_returned": TODAY,
    "other": TODAY,
    "in_facility": ("2026-11-30", "facility_check", None),
    "refused_program": None,
    "moved": None,
    "deceased": None,
}
COUNTING = {"reached_patient", "reached_caregiver", "portal_replied", "visit_done",
            "refused_program"}  # fmt: skip


def test_every_outcome_is_tried_here():
    assert AFTER.keys() == load_outcomes().keys()


def next_of(data):
    return data["next"] and tuple(data["next"][key] for key in ("due", "kind", "limit"))


@pytest.mark.parametrize(("outcome", "expected"), AFTER.items())
def test_the_next_date_follows_from_the_outcome(log, outcome, expected):
    data = log(outcome)
    assert next_of(data) == expected
    assert data["counts"] is (outcome in COUNTING)


def test_it_says_what_was_logged_and_what_comes_next(care, rivera):
    ran = care("log-contact", rivera, "--outcome", "no_answer", "--on", "2026-11-23")
    assert ran.out == ""
    assert ran.err.splitlines() == [
        "logged C1 for P1: no answer, Mon 23 Nov",
        "next: Tue 24 Nov, by Tue 24 Nov at the latest (discharged Fri 20 Nov (D1), contact within"
        " 2 business days; 1 attempt, last Mon 23 Nov)",
    ]
    ran = care("log-contact", rivera, "--outcome", "reached_other", "--on", "2026-11-23")
    assert ran.err.splitlines()[1] == (
        "it does not count as a contact with the patient; the interval goes on"
    )
    ran = care("log-contact", rivera, "--outcome", "deceased", "--on", "2026-11-23")
    assert ran.err.splitlines() == [
        "logged C3 for P1: has died, Mon 23 Nov",
        "next: nothing. Closed since Mon 23 Nov: deceased (C3).",
    ]
    assert care("log-contact", rivera, "--outcome", "other", "--quiet").err == ""


@pytest.mark.parametrize("code", ["No-Answer", " no_answer ", "NO_ANSWER"])
def test_capitals_blanks_and_hyphens_do_not_matter(log, code):
    assert log(code)["outcome"] == "no_answer"


@pytest.mark.parametrize(
    ("typed", "hint"),
    [
        ("no_anser", "no_answer"),
        ("voicemail", "left_voicemail"),
        ("reached-patent", "reached_patient"),
    ],
)
def test_a_mistyped_outcome_gets_a_suggestion(care, rivera, typed, hint):
    error, said = failed(care, "log-contact", rivera, "--outcome", typed, code=2)
    assert error == f"no outcome {typed!r}"
    assert hint in said


def test_without_an_outcome_all_of_them_are_listed(care, rivera):
    _, hint = failed(care, "log-contact", rivera, code=2)
    assert all(code in hint for code in load_outcomes())


def test_an_outcome_far_from_any_lists_all_of_them(care, rivera):
    _, hint = failed(care, "log-contact", rivera, "--outcome", "qqq", code=2)
    assert "reached_patient" in hint


def test_attempts_are_counted_and_the_next_try_is_advised(care, rivera, log):
    log("no_answer", "--on", "2026-11-20T15:00")
    ran = care("log-contact", rivera, "--outcome", "no_answer", "--on", "2026-11-23T15:30")
    assert ran.err.splitlines()[1].endswith("2 timely attempts documented, trying goes on)")
    care("void-contact", "C2", "--reason", "typed twice")
    (first,) = [item for item in care("why", rivera, "--json").data["items"]
                if item["kind"] == "transition_contact"]  # fmt: skip
    assert first["reason"].endswith("1 attempt, last Fri 20 Nov; try at another time of day")


def test_attempts_before_somebody_was_reached_put_off_nothing_that_is_left(log):
    """On one day, of which the hours are known for some: the visit is done, the rest is due."""
    log("no_answer", "--on", "2026-11-23T10:00")
    assert next_of(log("visit_done")) == AFTER["visit_done"]
    later = log("no_answer", "--on", "2026-11-23T16:00")
    assert next_of(later) == AFTER["visit_done"], "nobody knows whether that was after the visit"


# Who, and how


@pytest.mark.parametrize("party", ["provider", "agency", "pharmacy", "payer", "facility", "other"])
@pytest.mark.parametrize("outcome", ["reached_patient", "reached_caregiver", "portal_replied"])
def test_a_contact_that_counts_is_with_the_patient_or_the_caregiver(
    care, rivera, stored, outcome, party
):
    error, hint = failed(care, "log-contact", rivera, "--outcome", outcome, "--with", party, code=2)
    assert error == (f"{outcome} is a contact with the patient or caregiver, not with a {party}")
    assert hint == f"--outcome reached_other --with {party}"
    assert stored("contacts") == []


@pytest.mark.parametrize("party", ["patient", "caregiver"])
def test_with_either_of_them_it_counts(log, stored, party):
    assert log("reached_patient", "--with", party)["counts"] is True
    assert stored("contacts")[0]["party"] == party


@pytest.mark.parametrize(
    ("outcome", "channel", "party"),
    [
        ("reached_patient", "phone", "patient"),
        ("reached_caregiver", "phone", "caregiver"),
        ("reached_other", "phone", "provider"),
        ("portal_sent", "portal", "patient"),
        ("portal_replied", "portal", "patient"),
        ("letter_sent", "letter", "patient"),
        ("visit_done", "clinic", "patient"),
        ("visit_missed", "clinic", "patient"),
    ],
)
def test_how_and_with_whom_follow_from_the_outcome(log, stored, outcome, channel, party):
    log(outcome)
    (row,) = stored("contacts")
    assert (row["channel"], row["party"], row["inbound"]) == (channel, party, 0)


def test_what_is_said_is_kept(log, stored):
    log("reached_patient", "--by", "video", "--inbound", "--minutes", "12", "--topic", "medication",
        "--topic", "Goal review", "--note", " BP 128/76 \n")  # fmt: skip
    (row,) = stored("contacts")
    assert (row["channel"], row["inbound"], row["minutes"]) == ("video", 1, 12)
    assert (row["topics"], row["note"]) == ("medication goal_review", "BP 128/76")


def test_an_inbound_call_counts_and_an_inbound_attempt_is_none(log):
    assert next_of(log("busy", "--inbound")) == TODAY
    assert next_of(log("reached_patient", "--inbound")) == VISIT


@pytest.mark.parametrize("minutes", ["-1", "1441", "ten"])
def test_minutes_are_those_of_a_day(care, rivera, minutes):
    care("log-contact", rivera, "--outcome", "busy", "--minutes", minutes, code=2)


def test_a_topic_that_nothing_asks_for_is_refused_with_the_closest(care, rivera, stored):
    for text, close in (("a/b", "one of: "), ("refil", "perhaps refill; one of: ")):
        error, hint = failed(
            care, "log-contact", rivera, "--outcome", "reached_patient", "--topic", text, code=2
        )
        assert error == f"no topic {text!r}"
        assert hint.startswith(close)
        assert "adherence_review" in hint
    assert stored("contacts") == []


def test_a_practice_adds_topics_in_its_own_file(log, stored, care, rivera, tmp_path):
    own = tmp_path / "protocols.toml"  # beside the care file
    own.write_text('version = "1"\ntopics = ["smoking"]\n', encoding="utf-8")
    log("reached_patient", "--topic", "smoking", "--topic", "refill")
    assert stored("contacts")[0]["topics"] == "smoking refill"
    _, hint = failed(
        care, "log-contact", rivera, "--outcome", "reached_patient", "--topic", "smokin", code=2
    )
    assert hint.startswith("perhaps smoking; one of: ")


# When


def test_the_day_may_be_past_and_have_a_time(log):
    assert log("busy", "--on", "2026-11-20T15:30")["at"] == "2026-11-20T15:30"
    assert log("busy", "--on", "fri")["at"] == "2026-11-20"
    assert log("busy", "--on", "yesterday 09:05")["at"] == "2026-11-22T09:05"


@pytest.mark.parametrize(("at", "expected"), [("13:59", TODAY), ("14:00", VISIT), ("15:00", VISIT)])
def test_the_hour_decides_whether_it_was_after_the_discharge(log, at, expected):
    data = log("reached_patient", "--on", f"2026-11-20T{at}")
    assert next_of(data) == expected
    assert data["notices"] == [], "both times are known"


def test_without_a_day_it_is_today_at_this_hour(care, ok, rivera, monkeypatch):
    monkeypatch.setattr(dates, "now", lambda: NOON)
    assert ok("log-contact", rivera, "--outcome", "busy")["at"] == "2026-11-23T12:30"
    monkeypatch.setattr(dates, "now", lambda: NOON.replace(day=24))
    assert ok("log-contact", rivera, "--outcome", "busy")["at"] == "2026-11-23"


@pytest.mark.parametrize("day", ["2026-11-24", "tomorrow", "+1d", "2027-01-01T08:00"])
def test_a_future_contact_is_refused(care, rivera, stored, day):
    error, _ = failed(care, "log-contact", rivera, "--outcome", "busy", "--on", day, code=6)
    assert "is in the future; today is 2026-11-23" in error
    assert stored("contacts") == []


@pytest.mark.parametrize("day", ["03/04/2026", "10", "2026-02-30", "2026-11-20T25:00"])
def test_a_day_that_has_two_readings_or_none_is_refused(care, rivera, day):
    failed(care, "log-contact", rivera, "--outcome", "busy", "--on", day, code=2)


def test_it_has_no_as_of(care, rivera):
    care("log-contact", rivera, "--outcome", "busy", "--as-of", "2026-11-20", code=2)
    care("--as-of", "2026-11-20", "log-contact", rivera, "--outcome", "busy", code=2)


def test_without_a_time_the_day_of_the_discharge_counts_and_that_is_said(log, care, rivera):
    data = log("reached_patient", "--on", "2026-11-20")
    assert next_of(data) == VISIT
    said = "no time given: counted as after the discharge of that day (D1)"
    assert data["notices"] == [said]
    ran = care("log-contact", rivera, "--outcome", "no_answer", "--on", "2026-11-20")
    assert ran.err.splitlines()[1] == said
    assert log("letter_sent", "--on", "2026-11-20")["notices"] == [], "no try and no talk"
    assert log("no_answer", "--on", "2026-11-21")["notices"] == [], "the day after"


def test_a_list_without_the_hour_leaves_it_open_too(care, ok, tmp_path):
    care("add-patient", "Hill, Tom", "--dob", "1944-11-30", "--mrn", "A2", "--on", "2026-11-09")
    path = tmp_path / "list.csv"
    path.write_text("MRN,Patient Name,DOB,Discharge Date,Disposition\n"
                    "A2,\"Hill, Tom\",1944-11-30,2026-11-20,Home\n", encoding="utf-8")  # fmt: skip
    care("import-discharges", path, "--source", "practice")
    data = ok("log-contact", "P1", "--outcome", "busy", "--on", "2026-11-20T08:00")
    assert data["notices"] == [
        "the list gives no time of discharge: counted as after the discharge of that day (D1)"
    ]


# What cannot be


def test_nobody_is_contacted_before_their_birth(care, ok, rivera, stored):
    words = ["log-contact", rivera, "--outcome", "no_answer", "--on"]
    error, hint = failed(care, *words, "1958-03-01", code=3)
    assert (error, hint) == (
        "1958-03-01 is before the birth of P1",
        "check the year; caretool show P1",
    )
    assert stored("contacts") == []
    assert ok(*words, "1958-03-02")["at"] == "1958-03-02"


TALKS = ["reached_patient", "portal_replied", "visit_done", "declined_today", "rescheduled",
         "refused_program"]  # fmt: skip


@pytest.mark.parametrize("outcome", TALKS)
def test_nobody_is_talked_to_after_their_death(care, rivera, log, stored, outcome):
    log("deceased", "--on", "2026-11-21")
    error, hint = failed(care, "log-contact", rivera, "--outcome", outcome, code=3)
    assert error == "P1 died on 2026-11-21 (C1), before 2026-11-23"
    assert hint == "if that is wrong: caretool void-contact C1 --reason TEXT"
    assert len(stored("contacts")) == 1
    care("void-contact", "C1", "--reason", "his brother")
    care("log-contact", rivera, "--outcome", outcome)


@pytest.mark.parametrize(
    "words",
    [
        ["reached_patient", "--on", "2026-11-21"],
        ["reached_patient", "--on", "2026-11-19"],
        ["reached_caregiver"],
        ["reached_patient", "--with", "caregiver"],
        ["reached_other", "--with", "agency"],
        ["no_answer"],
        ["letter_sent"],
        ["deceased"],
    ],
    ids=" ".join,
)
def test_before_a_death_on_its_day_and_with_others_contacts_go_on(care, rivera, log, words):
    log("deceased", "--on", "2026-11-21")
    ran = care("log-contact", rivera, "--outcome", *words)
    assert ran.err.splitlines()[-1] == "P1 is closed (deceased since Sat 21 Nov)"


def test_a_death_that_was_entered_by_hand_or_is_on_a_list_says_how_to_take_it_back(
    care, rivera, tmp_path
):
    words = ["log-contact", rivera, "--outcome", "reached_patient"]
    care("edit-patient", rivera, "--status", "closed", "--reason", "deceased", "--on", "2026-11-21")
    error, hint = failed(care, *words, code=3)
    assert error == "P1 died on 2026-11-21, before 2026-11-23"
    assert hint == "if that is wrong: caretool reopen P1 --why TEXT"
    path = tmp_path / "died.csv"
    path.write_text(
        "MRN,Last Name,First Name,DOB,Patient Class,Admit Date,Discharge Date,Disposition\n"
        "A1,Rivera,Ana,1958-03-02,Inpatient,2026-11-21,2026-11-22,Expired\n",
        encoding="utf-8",
    )
    care("import-discharges", path, "--source", "practice")
    error, hint = failed(care, *words, code=3)
    assert error == "P1 died on 2026-11-22 (D2), before 2026-11-23"
    assert hint == "if that is wrong: caretool review D2 --not P…"


# Who is closed, and who does not want to be called


def test_a_contact_with_somebody_closed_is_logged_and_says_how_to_bring_them_back(
    care, ok, rivera, stored
):
    why = ["--status", "closed", "--reason", "unable_to_reach", "--on", "2026-11-21"]
    care("edit-patient", rivera, *why)
    ran = care("log-contact", rivera, "--outcome", "reached_patient", "--inbound")
    assert ran.err.splitlines() == [
        "logged C1 for P1: spoke with the patient, Mon 23 Nov",
        "P1 is closed (unable to reach since Sat 21 Nov): caretool reopen P1 --why TEXT"
        " brings them back",
    ]
    assert len(stored("contacts")) == 1
    data = ok("log-contact", rivera, "--outcome", "no_answer")
    assert (data["next"], len(data["notices"])) == (None, 1)


@pytest.fixture
def decide(tmp_path):
    """Note her decision about P1 on a day, as the commands for that do."""

    def run(decision, on):
        with closing(sqlite3.connect(tmp_path / "care.db")) as connection, connection:
            connection.execute(
                "INSERT INTO decisions (patient_id, on_date, decision, command_id)"
                " VALUES (1, ?, ?, (SELECT max(id) FROM commands))",
                (on, decision),
            )

    return run


def test_a_call_to_somebody_who_does_not_want_any_is_logged_and_warned_about(
    care, log, rivera, decide, stored
):
    decide("no_calls", "2026-11-20")
    ran = care("log-contact", rivera, "--outcome", "no_answer", "--on", "2026-11-23")
    assert ran.err.splitlines()[:2] == [
        "logged C1 for P1: no answer, Mon 23 Nov",
        "P1 does not want to be called",
    ]
    assert log("no_answer")["notices"] == ["P1 does not want to be called"]
    assert log("no_answer", "--on", "2026-11-19")["notices"] == [], "the day before she said so"
    for other in (["--inbound"], ["--by", "portal"], ["--by", "home"]):
        assert log("reached_patient", *other)["notices"] == []
    decide("calls", "2026-11-22")
    assert log("no_answer")["notices"] == [], "calls are welcome again"
    assert len(stored("contacts")) == 7


# Which number is wrong

ONE, TWO = "423-555-0142", "423-555-0143"


@pytest.fixture
def phones(care, rivera):
    """P1 has two numbers, the first of them to be called."""
    care("edit-patient", rivera, "--phone", ONE, "--phone", TWO)


def number_now(ok):
    (row,) = ok("due-today")
    return row["phone"]


@pytest.mark.parametrize("outcome", ["wrong_number", "disconnected"])
def test_a_wrong_number_is_ruled_out_and_the_next_one_is_said(
    care, ok, rivera, phones, stored, outcome
):
    assert number_now(ok) == "4235550142"
    words = ["log-contact", rivera, "--outcome", outcome, "--on"]
    ran = care(*words, "2026-11-20T15:00")
    assert ran.err.splitlines()[1].startswith(
        "next: another number 423-555-0143; today, Mon 23 Nov, by Tue 24 Nov at the latest ("
    )
    assert stored("contacts")[0]["number_key"] == "4235550142"
    assert number_now(ok) == "4235550143"
    data = ok(*words, "2026-11-22T15:00")
    assert (data["channel"], data["phone"]) == ("letter", None)
    ran = care(*words, "2026-11-22T15:00")
    assert [row["number_key"] for row in stored("contacts")][1:] == ["4235550143", None]
    assert ran.err.splitlines()[1] == (
        "no number is ruled out by it: --number NO says which one was wrong"
    )


def test_with_no_number_left_it_says_by_which_way(care, rivera, phones):
    words = ["log-contact", rivera, "--outcome", "wrong_number", "--on", "2026-11-21"]
    care(*words)
    ran = care(*words)
    assert ran.err.splitlines()[1].startswith("next: no number left: by letter; today, Mon 23 Nov")
    care("void-contact", "C2", "--reason", "misdialled")
    care("edit-patient", rivera, "--channel", "portal")
    assert care(*words).err.splitlines()[1].startswith("next: no number left: by portal; today")


@pytest.mark.parametrize("typed", [TWO, "(423) 555-0143", "1-423-555-0143", "555-0143"])
def test_the_number_that_was_called_can_be_said(care, ok, rivera, phones, stored, typed):
    data = ok("log-contact", rivera, "--outcome", "wrong_number", "--number", typed)
    assert stored("contacts")[0]["number_key"] == "4235550143"
    assert (data["channel"], data["phone"]) == (None, "4235550142")


def test_a_number_that_is_not_on_file_is_refused_without_repeating_it(care, rivera, phones, stored):
    words = ["log-contact", rivera, "--outcome", "wrong_number", "--number"]
    error, hint = failed(care, *words, "423-555-0149", code=3)
    assert (error, hint) == ("that is no number of P1", "caretool show P1 lists them")
    failed(care, *words, "55", code=3)
    assert stored("contacts") == []


@pytest.mark.parametrize(
    "more",
    [
        ["no_answer"],
        ["reached_patient"],
        ["wrong_number", "--inbound"],
        ["wrong_number", "--by", "portal"],
    ],
    ids=" ".join,
)
def test_a_number_is_said_of_a_call_to_a_wrong_one(care, rivera, phones, stored, more):
    failed(care, "log-contact", rivera, "--outcome", *more, "--number", ONE, code=2)
    assert stored("contacts") == []


def test_the_next_number_is_said_also_of_somebody_with_nothing_due(care):
    care("add-patient", "Hill, Tom", "--dob", "1944-11-30", "--phone", ONE, "--phone", TWO,
         "--roster-only")  # fmt: skip
    ran = care("log-contact", "P1", "--outcome", "wrong_number")
    assert ran.err.splitlines()[1:] == [
        "another number 423-555-0143",
        "next: nothing. On the roster only: a discharge or being made active starts follow-up.",
    ]


def test_behind_the_mask_no_number_is_shown(care, rivera, phones):
    words = ["log-contact", rivera, "--outcome", "wrong_number", "--mask", "--on", "2026-11-21"]
    ran = care(*words)
    assert ran.err.splitlines()[1].startswith("next: another number; today, Mon 23 Nov")
    data = care(*words, "--json")
    assert data.data["phone"] is None
    assert "0143" not in ran.err + data.out


def test_another_outcome_or_another_way_rules_out_nothing(ok, log, phones, stored):
    for words in (["no_answer"], ["reached_patient"], ["wrong_number", "--by", "letter"]):
        log(*words, "--on", "2026-11-21")
    assert {row["number_key"] for row in stored("contacts")} == {None}
    assert log("no_answer", "--on", "2026-11-21")["phone"] == "4235550142"


def test_a_wrong_number_entered_late_is_the_one_that_was_to_be_called_then(log, phones, stored):
    log("wrong_number", "--on", "2026-11-22")
    log("disconnected", "--on", "2026-11-20")
    assert [row["number_key"] for row in stored("contacts")] == ["4235550142"] * 2


def test_voided_the_number_is_called_again(care, ok, log, phones):
    log("wrong_number", "--on", "2026-11-20")
    care("void-contact", "C1", "--reason", "misdialled")
    assert number_now(ok) == "4235550142"


def test_a_number_given_again_after_it_proved_wrong_is_called_again(care, ok, log, rivera, phones):
    log("wrong_number", "--on", "2026-11-20")
    ran = care("edit-patient", rivera, "--phone", ONE)
    assert ran.err.splitlines()[0] == "P1: phone"
    assert number_now(ok) == "4235550142"
    assert care("edit-patient", rivera, "--phone", ONE).err.splitlines()[0] == "P1: nothing new"


def test_nobody_who_wants_no_calls_is_given_a_number_until_calls_are_welcome_again(
    ok, care, rivera, phones, decide
):
    decide("no_calls", "2026-11-20")
    assert number_now(ok) is None
    words = ["log-contact", rivera, "--outcome", "wrong_number", "--on", "2026-11-21"]
    ran = care(*words, "--number", ONE)
    assert ran.err.splitlines()[2].startswith("next: by letter; today, Mon 23 Nov")
    decide("calls", "2026-11-22")
    assert number_now(ok) == "4235550143"


# A date that was asked for


def test_a_date_asked_for_is_kept_with_its_reason(log, stored):
    log("reached_patient", "--next", "2026-11-27", "--why", "back from the coast")
    (row,) = stored("contacts")
    assert (row["next_on"], row["next_why"]) == ("2026-11-27", "back from the coast")


def test_a_date_asked_for_comes_next(log):
    data = log("reached_patient", "--next", "wed", "--why", "back from the coast")
    assert data["next"] == {
        "due": "2026-11-25",
        "limit": None,
        "kind": "requested",
        "strength": "should",
        "reason": "asked on Mon 23 Nov to be contacted Wed 25 Nov: back from the coast",
    }


@pytest.mark.parametrize("wanted", ["2026-11-20", "2026-11-19", "-1w"])
def test_a_date_asked_for_lies_after_the_contact(care, rivera, stored, wanted):
    error, _ = failed(
        care, "log-contact", rivera, "--outcome", "busy", "--on", "2026-11-20", "--next", wanted,
        code=3,
    )  # fmt: skip
    assert "is not after the contact on 2026-11-20" in error
    assert stored("contacts") == []


def test_a_contact_logged_afterwards_may_have_asked_for_a_day_that_is_past_now(log, ok):
    data = log("rescheduled", "--on", "2026-11-16", "--next", "2026-11-19")
    assert (data["next"]["kind"], data["next"]["due"]) == ("transition_contact", "2026-11-23")
    assert "requested" in {item["kind"] for item in ok("show", "P1")["due"]}


def test_a_reason_needs_its_date(care, rivera):
    failed(care, "log-contact", rivera, "--outcome", "busy", "--why", "asleep", code=2)


@pytest.mark.parametrize("outcome", ["refused_program", "moved", "deceased"])
def test_an_outcome_that_ends_outreach_has_no_next_date(care, rivera, outcome):
    error, _ = failed(care, "log-contact", rivera, "--outcome", outcome, "--next", "+3d", code=2)
    assert error == f"{outcome} ends outreach, so there is no next date"


def test_a_next_date_that_is_none_is_refused(care, rivera):
    failed(care, "log-contact", rivera, "--outcome", "busy", "--next", "soon", code=2)


# Missed doses


@pytest.mark.parametrize(("typed", "missed", "days"), [("2/7", 2, 7), ("0/14", 0, 14)])
def test_missed_doses_are_kept_as_they_were_told(log, stored, typed, missed, days):
    log("reached_patient", "--missed-doses", typed, "--medication", "metformin")
    (row,) = stored("self_reports")
    assert (row["contact_id"], row["missed"], row["days"]) == (1, missed, days)
    assert row["medication"] == "metformin"


def test_why_doses_were_missed_is_kept_as_codes(log, stored):
    because = ("forgot", "Side effects", "could-not-get", "forgot")
    more = [word for code in because for word in ("--missed-because", code)]
    log("reached_patient", "--missed-doses", "3/14", *more)
    assert stored("self_reports")[0]["reasons"] == "forgot side_effects could_not_get"
    log("reached_patient", "--missed-doses", "3/14")
    assert stored("self_reports")[1]["reasons"] is None


def test_the_help_says_in_which_words_to_ask_and_which_reasons_there_are(care):
    text = " ".join(care("log-contact", "--help").out.split())
    assert "In the last 7 days, on how many days did you miss a dose?" in text
    assert "In the last 14 days, on how many days did you miss a dose?" in text
    for code in ("forgot", "cost", "side_effects", "ran_out", "felt_fine", "confused_by_change",
                 "does_not_believe", "could_not_get", "other"):  # fmt: skip
        assert code in text


@pytest.mark.parametrize(
    ("more", "code"),
    [
        (["--missed-doses", "two"], 2),
        (["--missed-doses", "2"], 2),
        (["--missed-doses", "-1/7"], 2),
        (["--missed-doses", "8/7"], 3),
        (["--missed-doses", "0/0"], 3),
        (["--medication", "metformin"], 2),
        (["--missed-because", "forgot"], 2),
        (["--missed-doses", "0/7", "--missed-because", "forgot"], 2),
        (["--missed-doses", "2/7", "--missed-because", "lazy"], 2),
    ],
)
def test_missed_doses_that_make_no_sense_are_refused(care, rivera, stored, more, code):
    failed(care, "log-contact", rivera, "--outcome", "reached_patient", *more, code=code)
    assert stored("contacts") == stored("self_reports") == []


@pytest.mark.parametrize(
    "more",
    [
        ["no_answer"], ["left_voicemail"], ["declined_today"], ["letter_sent"], ["other"],
        ["reached_other"], ["portal_sent"], ["visit_missed"],
    ],
)  # fmt: skip
def test_nobody_who_was_not_reached_has_said_how_many_doses_were_missed(care, rivera, stored, more):
    error, hint = failed(
        care, "log-contact", rivera, "--outcome", *more, "--missed-doses", "2/7", code=2
    )
    assert error == f"--missed-doses, but {more[0]} is no contact with patient or caregiver"
    assert "reached_patient, reached_caregiver, portal_replied" in hint
    assert stored("contacts") == []


def test_a_message_by_portal_and_the_caregiver_can_say_it(log, stored):
    log("portal_replied", "--inbound", "--missed-doses", "2/7")
    log("reached_caregiver", "--missed-doses", "1/7")
    assert [row["missed"] for row in stored("self_reports")] == [2, 1]


UNKNOWN = (
    "the medicine that was named is neither on the list of P1 nor among their fills:"
    " caretool medications P1"
)


def test_a_medicine_that_the_patient_is_not_known_to_have_is_said(log, care, tmp_path):
    def notices(name):
        return log("reached_patient", "--missed-doses", "2/7", "--medication", name)["notices"]

    assert UNKNOWN in notices("metformin")
    care("add-medication", "P1", "Metformin 500 mg", "--on", "2026-11-20")
    assert UNKNOWN not in notices("Glucophage")
    path = tmp_path / "fills.csv"
    path.write_text(
        "mrn,medication,fill date,days supply\nA1,lisinopril 10 mg,2026-11-01,30\n",
        encoding="utf-8",
    )
    assert UNKNOWN in notices("lisinopril")
    care("import-fills", path, "--quiet")
    assert UNKNOWN not in notices("Zestril")
    assert log("reached_patient", "--missed-doses", "2/7")["notices"] == []


# Notes


def test_a_note_can_come_from_standard_input(care, rivera, stored):
    text = "walks daily\ncafé Zoë, 3 mg\x1b[31m\x00 a day\n"
    for words in (["--note", "-"], ["--note-file", "-"]):
        care("log-contact", rivera, "--outcome", "busy", *words, stdin=text.encode())
    assert [row["note"] for row in stored("contacts")] == [
        "walks daily\ncafé Zoë, 3 mg[31m a day"
    ] * 2


def test_a_note_can_come_from_a_file(log, stored, tmp_path):
    (tmp_path / "note.txt").write_text("zu müde\n", encoding="utf-8")
    log("busy", "--note-file", tmp_path / "note.txt")
    assert stored("contacts")[0]["note"] == "zu müde"


def test_a_blank_note_is_none(log, stored):
    log("busy", "--note", "  ")
    assert stored("contacts")[0]["note"] is None


def test_a_note_that_cannot_be_read_is_refused(care, rivera, stored, tmp_path):
    (tmp_path / "latin.txt").write_bytes(b"caf\xe9")
    words = ["log-contact", rivera, "--outcome", "busy"]
    failed(care, *words, "--note-file", tmp_path / "none.txt", code=3)
    failed(care, *words, "--note-file", tmp_path, code=3)
    assert "is not UTF-8" in failed(care, *words, "--note-file", tmp_path / "latin.txt", code=3)[0]
    failed(care, *words, "--note", "a", "--note-file", tmp_path / "latin.txt", code=2)
    assert stored("contacts") == []


# Which patient


@pytest.mark.parametrize("who", ["P1", "p01", "a1", "rivera", "RIVERA, ana", "riv"])
def test_a_patient_is_found_by_id_number_or_name(ok, rivera, who):
    assert ok("log-contact", who, "--outcome", "busy")["patient"] == "P1"


def test_an_unclear_name_lists_ids_and_no_names(care, rivera, stored):
    care("add-patient", "Rivera, Tomas", "--dob", "1962-06-06")
    error, hint = failed(care, "log-contact", "rivera", "--outcome", "busy", code=3)
    assert error == "2 patients fit: P1, P2"
    assert hint == "say which one by its id"
    assert stored("contacts") == []


@pytest.mark.parametrize("who", ["P9", "Zebulon", "A99"])
def test_nobody_of_that_name_is_said_without_repeating_it(care, rivera, who):
    error, hint = failed(care, "log-contact", who, "--outcome", "busy", code=3)
    assert "Zebulon" not in error + hint


def test_without_a_care_file_nothing_is_made(care, tmp_path):
    failed(care, "log-contact", "P1", "--outcome", "busy", code=5)
    assert not (tmp_path / "care.db").exists()


def test_a_failure_is_one_json_document_too(care, rivera):
    ran = care("log-contact", rivera, "--outcome", "busy", "--on", "tomorrow", "--json", code=6)
    assert ran.document["status"] == "error"
    assert ran.document["errors"][0]["code"] == "future-date"
    assert ran.data is None
