"""`due-today`: whom to contact, in which order, in every form, and with the names behind a mask."""

import csv
import io
import re
import sys

import pytest

from caretool.rule_files import load_protocols

# On Monday 23 November 2026, three days before Thanksgiving
STAYS = """\
MRN,Last Name,First Name,DOB,Patient Class,Admit Date,Discharge Date,Disposition
A1,Rivera,Ana,1958-03-02,Inpatient,2026-11-18,2026-11-20,Home
A3,Cole,Ben,1944-11-30,Inpatient,2026-11-16,2026-11-18,AMA
A6,Fox,Guy,1939-01-31,Inpatient,2026-11-12,2026-11-19,SNF
A7,Gray,Hal,1931-12-01,Inpatient,2026-11-12,2026-11-19,Expired
"""
ROW = [
    "patient", "name", "mrn", "birth_date", "phone", "channel", "tier", "due", "limit", "state",
    "days_late", "kind", "strength", "reason", "attempts", "items",
]  # fmt: skip
ITEM = {
    "kind", "strength", "target", "limit", "state", "reason", "protocol", "rule", "discharge",
    "attempts", "due", "version", "timely_attempts", "documented", "on_hold_until",
}  # fmt: skip
BUCKETS = ["late_open", "overdue", "today", "to_come", "held", "no_date", "later"]


@pytest.fixture
def add(care):
    def add_patient(name, *more, tier="moderate", dob="1950-05-05", on="2026-11-02"):
        care("add-patient", name, "--dob", dob, "--tier", tier, "--on", on, *more, "--quiet")

    return add_patient


@pytest.fixture
def practice(care, add, tmp_path):
    add("Rivera, Ana", "--mrn", "A1", "--phone", "423-555-0142", "--channel", "phone",
        tier="high", dob="1958-03-02")  # fmt: skip
    add("Hill, Tom", on="2026-11-09")
    care("add-patient", "Cole, Ben", "--dob", "1944-11-30", "--mrn", "A3", "--roster-only")
    add("Diaz, Eva", tier="low")
    care("add-patient", "Ng, Li", "--dob", "1961-01-01", "--roster-only")
    add("Fox, Guy", "--mrn", "A6", dob="1939-01-31")
    add("Gray, Hal", "--mrn", "A7", dob="1931-12-01")
    add("Holt, Ida")
    care("edit-patient", "P8", "--status", "closed", "--reason", "graduated")
    add("Ito, Jun")
    care("log-contact", "P9", "--outcome", "rescheduled", "--on", "2026-11-12",
         "--next", "2026-11-23", "--why", "after the wedding")  # fmt: skip
    path = tmp_path / "stays.csv"
    path.write_text(STAYS, encoding="utf-8")
    care("import-discharges", path, "--source", "practice")


@pytest.fixture
def on_terminal(care, monkeypatch):
    """What a terminal of 120 columns shows on standard output, and what is said beside it."""

    def run(*args):
        monkeypatch.setenv("COLUMNS", "120")
        monkeypatch.setenv("TERM", "xterm")
        monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
        ran = care(*args)
        return re.sub(r"\x1b\[[0-9;]*m", "", ran.out), ran.err

    return run


def ids(rows):
    return [row["patient"] for row in rows]


# Who is listed, and in which order


def test_everybody_due_comes_once_and_the_most_urgent_first(practice, ok):
    # P3 left against advice, past the limit; P1 by the limit; P9 asked for today; P2 routine
    assert ids(ok("due-today")) == ["P3", "P1", "P9", "P2"]


def test_all_due_items_of_a_patient_stand_in_one_row(practice, ok):
    # Out on the 20th, high tier: visit on day 5, reconciliation and call on day 7; the calls stand
    # in place of the routine date. On one day a must comes first.
    row = next(row for row in ok("due-today", "--days", "4") if row["patient"] == "P1")
    assert [(item["kind"], item["target"], item["state"]) for item in row["items"]] == [
        ("transition_contact", "2026-11-23", "due"),
        ("visit", "2026-11-25", "upcoming"),
        ("reconciliation", "2026-11-27", "upcoming"),
        ("transition_call", "2026-11-27", "upcoming"),
    ]
    today = next(row for row in ok("due-today") if row["patient"] == "P1")
    assert [item["kind"] for item in today["items"]] == ["transition_contact"]
    assert (row["due"], row["limit"], row["state"]) == ("2026-11-23", "2026-11-24", "due")


def test_the_dead_and_the_closed_never_appear_and_a_facility_only_with_its_weekly_check(
    practice, ok
):
    rows = ok("due-today", "--days", "3660")
    # P6 in a nursing facility since the 19th: a week later is Thanksgiving, so Friday the 27th
    assert ids(rows) == ["P3", "P1", "P9", "P2", "P6", "P4"]
    assert [(one["kind"], one["target"]) for one in rows[4]["items"]] == [
        ("facility_check", "2026-11-27")
    ]


def test_days_adds_what_is_to_come_within_them(practice, ok):
    assert "P4" not in ids(ok("due-today", "--days", "6"))  # due on Monday the 30th
    row = ok("due-today", "--days", "7")[-1]
    assert (row["patient"], row["due"], row["state"]) == ("P4", "2026-11-30", "upcoming")


def test_tier_takes_only_that_tier(practice, ok):
    # P3 is on the roster, and high in the days after a discharge
    assert ids(ok("due-today", "--tier", "high")) == ["P3", "P1"]
    assert ids(ok("due-today", "--tier", "low")) == []


@pytest.mark.parametrize(
    ("kind", "listed"),
    [
        ("transition_contact", ["P3", "P1"]),
        ("requested", ["P9"]),
        ("routine", ["P2"]),
    ],
)
def test_kind_takes_the_patients_with_such_an_item_and_all_that_is_due_for_them(
    practice, ok, kind, listed
):
    every = {row["patient"]: row for row in ok("due-today")}
    rows = ok("due-today", "--kind", kind)
    assert ids(rows) == listed
    assert rows == [every[patient] for patient in listed]


def test_a_kind_that_there_is_not_is_refused_with_those_there_are(practice, care):
    error, hint = care("due-today", "--kind", "call", code=2).err.splitlines()
    assert error == "error: no kind of item 'call'"
    kinds = hint.removeprefix("hint: one of: ").split(", ")
    assert kinds == sorted({rule.kind for rule in load_protocols().rules})
    assert {"transition_contact", "visit", "routine", "requested", "offer"} <= set(kinds)


def test_top_takes_the_first_ones(practice, ok, care):
    assert ids(ok("due-today", "--top", "2")) == ["P3", "P1"]
    care("due-today", "--top", "0", code=2)


@pytest.mark.parametrize("days", ["-1", "3661", "x"])
def test_days_is_a_number_that_makes_sense(practice, care, days):
    care("due-today", "--days", days, code=2)


def test_as_of_a_past_day_the_list_is_that_of_that_day(practice, ok):
    assert ids(ok("due-today", "--as-of", "2026-11-08")) == []
    assert [(row["patient"], row["due"]) for row in ok("due-today", "--as-of", "2026-11-09")] == [
        ("P1", "2026-11-09")
    ]
    # P1 is admitted on the 18th, P3 discharged; P8 is late since the 16th and not yet closed
    assert ids(ok("due-today", "--as-of", "2026-11-18")) == ["P8"]
    # P6 and P7 are in hospital since the 12th: the weekly check is on the 19th
    assert ids(ok("due-today", "--as-of", "2026-11-18", "--days", "1")) == ["P8", "P3", "P6", "P7"]


def test_after_an_attempt_the_patient_comes_again_on_the_next_business_day(practice, care, ok):
    care("log-contact", "P1", "--outcome", "no_answer", "--on", "2026-11-23")
    assert "P1" not in ids(ok("due-today"))
    row = next(row for row in ok("due-today", "--days", "1") if row["patient"] == "P1")
    assert (row["kind"], row["due"], row["limit"]) == (
        "transition_contact", "2026-11-24", "2026-11-24",
    )  # fmt: skip
    assert row["attempts"] == 1


# How many


def test_the_buckets_add_up_to_everybody_followed_whatever_part_is_listed(practice, care):
    # P3 past its limit; P1, P2 and P9 today; P6 held; P4 on the 30th; roster, dead, closed: none
    for words in ([], ["--top", "1"], ["--tier", "low"], ["--kind", "routine"]):
        counts = care("due-today", *words, "--json").document["counts"]
        assert counts == {
            "late_open": 1, "overdue": 0, "today": 3, "to_come": 0, "held": 1, "no_date": 0,
            "later": 1, "in_review": 0,
        }  # fmt: skip
    week = care("due-today", "--days", "7", "--json").document["counts"]
    assert {name: week[name] for name in BUCKETS if week[name]} == {
        "late_open": 1, "today": 3, "to_come": 2,
    }  # fmt: skip


def test_tried_today_is_later_and_without_a_next_date_is_counted_as_such(practice, care):
    care("log-contact", "P2", "--outcome", "no_answer")
    care("edit-patient", "P4", "--status", "on_hold")
    counts = care("due-today", "--json").document["counts"]
    assert (counts["today"], counts["later"], counts["held"]) == (2, 1, 2)
    tomorrow = care("due-today", "--days", "1", "--json").document["counts"]
    assert (tomorrow["today"], tomorrow["to_come"], tomorrow["later"]) == (2, 1, 0)


# Scripts


def test_the_keys_are_those_of_the_contract(practice, ok):
    for row in ok("due-today", "--days", "30"):
        assert list(row) == ROW
        for item in row["items"]:
            assert set(item) == ITEM


def test_a_row_tells_the_patient_and_the_leading_item(practice, ok):
    late, row, *_ = ok("due-today", "--days", "2")
    items = row.pop("items")
    assert row == {
        "patient": "P1",
        "name": "Rivera, Ana",
        "mrn": "A1",
        "birth_date": "1958-03-02",
        "phone": "4235550142",
        "channel": "phone",
        "tier": "high",
        "due": "2026-11-23",
        "limit": "2026-11-24",
        "state": "due",
        "days_late": 0,
        "kind": "transition_contact",
        "strength": "must",
        "reason": "discharged Fri 20 Nov (D1), contact within 2 business days",
        "attempts": 0,
    }
    assert items[1] == {
        "kind": "visit",
        "strength": "must",
        "due": "2026-11-25",
        "target": "2026-11-25",
        "limit": "2026-11-27",
        "state": "upcoming",
        "reason": "discharged Fri 20 Nov (D1), visit within 7 days, high complexity",
        "protocol": "transition",
        "rule": "visit_high",
        "version": load_protocols().version,
        "discharge": "D1",
        "attempts": 0,
        "timely_attempts": 0,
        "documented": False,
        "on_hold_until": None,
    }
    assert (late["state"], late["days_late"], late["limit"]) == ("late-open", 4, "2026-11-20")
    assert "left against medical advice" in late["reason"]
    assert "list arrived Mon 23 Nov, after the limit" in late["reason"]


def test_csv_has_the_columns_of_a_row_and_its_raw_values(practice, care):
    out = care("due-today", "--csv").out
    header, *rows = csv.reader(io.StringIO(out, newline=""))
    assert header == ROW[:-1]
    assert [row[0] for row in rows] == ["P3", "P1", "P9", "P2"]
    assert rows[1][1:5] == ["Rivera, Ana", "A1", "1958-03-02", "4235550142"]
    assert out.endswith("\r\n")


def test_plain_is_one_line_a_patient_with_tabs(practice, care):
    lines = [line.split("\t") for line in care("due-today").out.splitlines()]
    assert [line[0] for line in lines] == ["P3", "P1", "P9", "P2"]
    assert {len(line) for line in lines} == {len(ROW) - 1}
    assert lines[2][13].endswith(": after the wedding")
    assert care("due-today", "--plain").out == care("due-today").out


def test_plain_shows_control_characters_escaped(care, add):
    add("Ito, Jun")
    care("log-contact", "P1", "--outcome", "rescheduled", "--on", "2026-11-12", "--next",
         "2026-11-23", "--why", "knee\nand\thip \x1b[31mred [/b]")  # fmt: skip
    (line,) = care("due-today", "--plain").out.splitlines()
    assert line.count("\t") == len(ROW) - 2
    assert "knee\\nand\\thip" in line
    assert "[/b]" in line
    assert "\x1b" not in line


def test_exit_code_tells_whether_something_is_due(practice, care):
    assert len(care("due-today", "--exit-code", code=10).out.splitlines()) == 4
    care("due-today", "--exit-code", "--json", code=10)
    care("due-today", "--exit-code", "--tier", "low", code=0)
    care("due-today", "--exit-code", "--tier", "low", "--days", "7", code=10)


# Nothing due


def test_with_nothing_due_scripts_get_an_empty_list(care, add, ok):
    add("Hill, Tom", on="2026-11-23")
    assert ok("due-today") == []
    assert care("due-today").out == ""
    assert care("due-today", "--csv").out == ",".join(ROW[:-1]) + "\r\n"
    assert care("due-today", "--csv", "--quiet").out == ",".join(ROW[:-1]) + "\r\n"


@pytest.mark.parametrize("form", [[], ["--plain"]])
def test_quiet_with_nothing_due_prints_nothing_at_all(care, add, form):
    add("Hill, Tom", on="2026-11-23")
    ran = care("due-today", "--quiet", "--exit-code", *form)
    assert (ran.out, ran.err) == ("", "")


def test_on_a_terminal_nothing_due_is_said_and_with_quiet_it_is_not(add, on_terminal):
    add("Hill, Tom", on="2026-11-23")
    assert on_terminal("due-today")[0] == "Nothing is due.\n"
    assert on_terminal("due-today", "--quiet") == ("", "")


def test_without_a_care_file_it_says_how_to_start(care, tmp_path):
    ran = care("due-today", code=5)
    assert ran.out == ""
    assert ran.err.startswith("error: no care file at ")
    assert "caretool add-patient" in ran.err
    assert not (tmp_path / "care.db").exists()


# A page for people


def test_on_a_terminal_each_patient_has_a_line_with_when_and_why(practice, on_terminal):
    shown, said = on_terminal("due-today", "--days", "7")
    words = " ".join(shown.split())
    for text in (
        "4 d late",
        "by Tue 24 Nov",
        "423-555-0142",
        "asked for today: after the wedding",
        "Mon 30 Nov",
    ):
        assert text in words
    assert said.splitlines() == [
        "6 to contact of 6 followed: 1 past the limit · 3 today · 2 to come",
        "caretool why P3 explains a date",
    ]


def test_with_top_the_summary_tells_how_many_there_are(practice, on_terminal):
    said = on_terminal("due-today", "--top", "1")[1].splitlines()
    assert said[0] == (
        "4 to contact of 6 followed, 1 shown: 1 past the limit · 3 today · 1 held · 1 later"
    )
    assert on_terminal("due-today", "--tier", "high", "--top", "1")[1].startswith(
        "2 to contact, 1 shown\n"
    )
    assert on_terminal("due-today", "--top", "1", "--quiet")[1] == ""


# Behind a mask

SECRET = {
    "last name": "Zzyzxquist",
    "first name": "Quorwena",
    "middle name": "Xylophene",
    "record number": "MRQ98765",
    "phone": "8655557391",
    "shown phone": "865-555-7391",
    "birth date": "1931-07-19",
    "zip": "37391",
    "why": "Vorpalsnack",
    "note": "Jabberwock",
}


@pytest.fixture
def secret(care, tmp_path):
    care("add-patient", "Zzyzxquist, Quorwena Xylophene", "--dob", "1931-07-19",
         "--mrn", "MRQ98765", "--phone", "865-555-7391", "--zip", "37391",
         "--on", "2026-11-02")  # fmt: skip
    path = tmp_path / "stays.csv"
    path.write_text(
        "MRN,Last Name,First Name,DOB,Patient Class,Admit Date,Discharge Date,Disposition\n"
        "MRQ98765,Zzyzxquist,Quorwena,1931-07-19,Inpatient,2026-11-18,2026-11-20,Home\n",
        encoding="utf-8",
    )
    care("import-discharges", path, "--source", "practice")
    care("log-contact", "P1", "--outcome", "rescheduled", "--on", "2026-11-19",
         "--next", "2026-11-21", "--why", "Vorpalsnack", "--note", "Jabberwock")  # fmt: skip


MASKED = [
    ["due-today", "--mask"],
    ["due-today", "--mask", "--json"],
    ["due-today", "--mask", "--csv"],
    ["due-today", "--mask", "--plain"],
    ["due-today", "--mask", "--days", "60", "--quiet"],
    ["--mask", "due-today"],
    ["why", "P1", "--mask"],
    ["why", "P1", "--mask", "--json"],
    ["log-contact", "P1", "--outcome", "no_answer", "--on", "2026-11-23", "--mask"],
    ["log-contact", "P1", "--outcome", "no_answer", "--on", "2026-11-23", "--mask", "--json"],
    ["void-contact", "C1", "--reason", "Vorpalsnack", "--mask"],
    ["void-contact", "C1", "--reason", "Vorpalsnack", "--mask", "--json"],
]


@pytest.mark.parametrize("words", MASKED, ids=" ".join)
def test_a_mask_leaves_ids_and_initials_only(secret, care, words):
    ran = care(*words)
    assert "P1" in ran.out + ran.err
    for what, text in SECRET.items():
        assert text.lower() not in (ran.out + ran.err).lower(), what


def test_a_masked_page_shows_initials(secret, on_terminal):
    shown, said = on_terminal("due-today", "--mask")
    assert "Q.Z." in shown
    for text in SECRET.values():
        assert text.lower() not in (shown + said).lower()


def test_what_the_mask_hides_is_there_without_it(secret, care):
    out = care("due-today", "--json").out
    for what in ("last name", "first name", "record number", "phone", "birth date", "why"):
        assert SECRET[what] in out


# Medicines

FILLED = "MRN,Drug,Fill Date,Days Supply\n"


@pytest.fixture
def fills(care, add, tmp_path):
    """Tom Hill, P1, reached last Friday; what is told of him is imported as a list of fills."""
    add("Hill, Tom", "--mrn", "77", on="2026-08-03")
    care("log-contact", "P1", "--outcome", "reached_patient", "--on", "2026-11-20")

    def imported(*rows):
        path = tmp_path / "fills.csv"
        path.write_text(FILLED + "".join(f"77,{row}\n" for row in rows), encoding="utf-8")
        care("import-fills", path, "--quiet")

    return imported


def reasons(ok, *words):
    return [item["reason"] for row in ok("due-today", *words) for item in row["items"]]


def test_a_refill_is_due_seven_days_before_supply_ends(fills, ok):
    fills("metformin 500 mg,2026-11-02,30")  # to 1 December, 8 days from Monday 23 November
    assert reasons(ok) == []
    fills("metformin 500 mg,2026-11-02,30", "lisinopril 10 mg,2026-11-01,30")
    assert reasons(ok) == ["supply of lisinopril 10 mg ends Mon 30 Nov, refill due"]
    assert reasons(ok, "--kind", "refill_due") == reasons(ok)
    assert ok("due-today", "--kind", "supply_ran_out") == []
    (row,) = ok("due-today")
    assert (row["kind"], row["strength"], row["due"], row["limit"], row["state"]) == (
        "refill_due", "should", "2026-11-23", "2026-11-30", "due",
    )  # fmt: skip


def test_both_are_named_when_they_end_on_one_day(fills, ok):
    fills("metformin 500 mg,2026-11-01,30", "lisinopril 10 mg,2026-11-01,30")
    assert reasons(ok) == [
        "supply of lisinopril 10 mg and metformin 500 mg ends Mon 30 Nov, refill due"
    ]


def test_supply_has_run_out_when_it_has_been_out_for_three_days(fills, ok):
    fills("metformin,2026-10-22,30")  # to Friday 20 November
    assert reasons(ok) == ["supply of metformin ended Fri 20 Nov, not refilled"]
    assert ok("due-today")[0]["kind"] == "supply_ran_out"
    fills("metformin,2026-10-22,30", "metformin,2026-11-23,30")
    assert reasons(ok) == []


def test_a_stop_a_call_or_a_waiver_ends_it(fills, ok, care):
    fills("metformin,2026-10-22,30", "lisinopril,2026-10-22,30")
    care("add-medication", "P1", "lisinopril", "--on", "2026-10-01")
    care("stop-medication", "P1", "M1", "--why", "cough")
    assert reasons(ok) == ["supply of metformin ended Fri 20 Nov, not refilled"]
    care("waive", "P1", "supply_ran_out", "--why", "has enough at home")
    assert reasons(ok) == []
    fills("atorvastatin,2026-10-22,30")
    care("log-contact", "P1", "--outcome", "reached_patient", "--topic", "refill")
    assert reasons(ok) == []


def test_a_review_is_due_once_adherence_is_in_doubt(fills, ok, care):
    # 30 days each: to 30 August, 5 October, 9 November; late by 6, 5 and, for the last, 4 days
    fills(*(f"metformin,{day},30" for day in ("2026-08-01", "2026-09-06", "2026-10-11")))
    told = "adherence review: 2 late refills of metformin"
    assert reasons(ok, "--kind", "adherence_review")[-1] == told
    care("log-contact", "P1", "--outcome", "reached_patient", "--topic", "adherence_review")
    assert ok("due-today", "--kind", "adherence_review") == []


def test_two_self_reports_in_a_row_are_a_reason(fills, ok, care):
    for day, missed in (("2026-11-09", "2/7"), ("2026-11-20", "3/7")):
        care("log-contact", "P1", "--outcome", "reached_patient", "--on", day,
             "--missed-doses", missed, "--medication", "metformin")  # fmt: skip
    assert reasons(ok) == ["adherence review: 2 self-reports under 80 % of metformin"]
    assert "metformin" not in care("due-today", "--mask").out


def test_a_week_counts_refills(fills, ok):
    fills("metformin,2026-11-03,30")  # to 2 December, 7 days after Wednesday 25 November
    days = {row["day"]: row["should"] for row in ok("week")}
    assert days["2026-11-25"] == 1


def test_a_mask_leaves_medicines_and_no_person(fills, care):
    fills("metformin,2026-11-01,30")
    out = care("due-today", "--mask").out
    assert "supply of metformin ends Mon 30 Nov" in out
    assert "Hill" not in out
    assert "77" not in out
