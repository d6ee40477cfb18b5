"""`why`: every date step by step, from the fact to what would change it; the place; the lists."""

import io
import json
import sqlite3
from contextlib import closing

import pytest
from rich.console import Console

from caretool import output, pages


@pytest.fixture
def hill(care, tmp_path):
    """Tom Hill, P1: left hospital on Wednesday 18 November, tried once on Thursday."""
    care("add-patient", "Hill, Tom", "--dob", "1944-11-30", "--tier", "low", "--on", "2026-11-02")
    path = tmp_path / "list.csv"
    path.write_text(
        "Last Name,First Name,DOB,Patient Class,Admit Date,Discharge Date,Disposition\n"
        "Hill,Tom,1944-11-30,Inpatient,2026-11-16,2026-11-18,AMA\n"
    )
    care("import-discharges", path)
    care("log-contact", "P1", "--outcome", "no_answer", "--on", "2026-11-19T09:00")
    return "P1"


def steps(item):
    return [(step["step"], step["text"]) for step in item["trace"]]


def test_a_discharge_is_explained_from_the_fact_to_what_changes_it(hill, ok):
    transition = ok("why", hill)["items"][0]
    explained = steps(transition)
    # The list arrived on Monday the 23rd; two business days after Wednesday the 18th is Friday
    assert explained[0] == ("fact", "discharged Wed 18 Nov 2026 (D1)")
    assert [name for name, _ in explained] == [
        "fact", "rule", "source", "version", "notice", "notice", "notice", "target", "limit",
        "attempts", "result", "changes",
    ]  # fmt: skip
    found = dict(explained)
    assert found["rule"].startswith("transition/contact: contact within 2 business days")
    assert (found["target"], found["limit"]) == ("Thu 19 Nov 2026", "Fri 20 Nov 2026")
    assert found["attempts"] == (
        "1 attempt, the last Thu 19 Nov 2026, 1 of them timely; try in the afternoon; next try"
        " Fri 20 Nov 2026; neither target nor limit moves"
    )
    assert found["result"] == "Fri 20 Nov 2026: past the limit"
    assert found["changes"].startswith("a two-way contact with patient or caregiver completes it")
    assert [text for name, text in explained if name == "notice"] == [
        "the list arrived Mon 23 Nov 2026, after the limit",
        "left against medical advice",
        "the period ends on Thu 17 Dec 2026",  # day 29
    ]


def test_everything_that_the_discharge_asks_for_is_explained_most_urgent_first(hill, ok):
    items = ok("why", hill)["items"]
    # Moderate risk: visit on day 7, Wednesday 25, by day 14; reconciliation with it; the call of
    # day 7; on day 23, Friday 11 December, what ends with day 30. The calls stand for the routine.
    assert [(one["kind"], one["strength"], one["target"], one["limit"]) for one in items] == [
        ("transition_contact", "must", "2026-11-19", "2026-11-20"),
        ("visit", "must", "2026-11-25", "2026-12-02"),
        ("reconciliation", "must", "2026-11-25", "2026-12-02"),
        ("transition_call", "should", "2026-11-25", None),
        ("engagement", "should", "2026-12-11", "2026-12-18"),
        ("reconciliation_window", "should", "2026-12-11", "2026-12-18"),
    ]


def test_a_routine_date_is_explained_too(care, ok):
    care("add-patient", "Hill, Tom", "--dob", "1944-11-30", "--tier", "low", "--on", "2026-11-02")
    (routine,) = ok("why", "P1")["items"]
    found = dict(steps(routine))
    assert found["fact"] == "under care management since Mon 2 Nov 2026"
    assert found["target"] == "Mon 30 Nov 2026"  # 28 days
    assert "limit" not in found
    assert found["result"] == "Mon 30 Nov 2026: to come"


def test_a_shift_names_the_days_that_were_passed_over(care, ok):
    # 7 days after Thursday the 19th is Thanksgiving
    care("add-patient", "Hale, Ann", "--dob", "1950-01-01", "--tier", "high", "--on", "2026-11-19")
    (routine,) = ok("why", "P1")["items"]
    assert dict(steps(routine))["shift"].startswith("Thu 26 Nov 2026 → ")
    assert "Thanksgiving" in dict(steps(routine))["shift"]


def test_the_trace_and_the_list_have_the_same_dates(hill, ok):
    (listed,) = ok("due-today")
    transition = ok("why", hill)["items"][0]
    assert (listed["due"], listed["limit"], listed["state"]) == (
        transition["due"], transition["limit"], transition["state"],
    )  # fmt: skip


def test_plain_lines_begin_with_the_kind_of_item(hill, care):
    head, *lines = [line.split("\t") for line in care("why", hill, "--plain").out.splitlines()]
    assert head == [
        "P1 Hill, Tom · active · high tier (in transition after a discharge)",
    ]
    explained = ["transition_contact", "visit", "reconciliation", "transition_call"]
    assert list(dict.fromkeys(line[0] for line in lines)) == [*explained, "later", "not due"]
    assert ["transition_contact", "limit", "Fri 20 Nov 2026"] in lines
    assert [
        "later", "Fri 11 Dec", "discharged Wed 18 Nov (D1), engagement visit, days 1 to 30;"
        " left against medical advice; 1 attempt, last Thu 19 Nov; try in the afternoon",
    ] in lines  # fmt: skip
    assert ["not due", "routine", "transition call, Wed 25 Nov, stands in its place"] in lines
    assert all(len(line) == 3 for line in lines)


def test_why_nothing_is_due_is_said(care, ok):
    care("add-patient", "Hill, Tom", "--dob", "1944-11-30", "--roster-only")
    found = ok("why", "P1")
    assert found["items"] == []
    assert found["not_due_because"].startswith("On the roster only")
    assert care("why", "P1", "--plain").out.splitlines()[1].startswith("Nothing is due. ")
    assert found["absent"] == [{"kind": "routine", "rule": None, "because": "on the roster only"}]


def test_what_is_absent_is_told_with_its_reason(hill, care, ok):
    care("log-contact", hill, "--outcome", "visit_done", "--on", "2026-11-20")
    found = ok("why", hill)
    absent = {one["kind"]: (one["rule"], one["because"]) for one in found["absent"]}
    assert absent["visit"] == ("transition/visit_moderate", "done Fri 20 Nov (C2)")
    assert absent["transition_contact"] == ("transition/contact", "done Fri 20 Nov (C2)")
    assert found["not_due_because"] is None
    page = care("why", hill).out
    assert "not due\ttransition contact\tdone Fri 20 Nov (C2); also visit, engagement" in page


def test_in_a_facility_the_check_is_explained_and_all_else_in_one_line(care, hill):
    care("log-contact", hill, "--outcome", "in_facility", "--on", "2026-11-20")
    lines = care("why", hill).out.splitlines()
    assert (
        lines[0] == "P1 Hill, Tom · active, in a facility · high tier (in transition after a"
        " discharge)"
    )
    assert "facility_check\tresult\tFri 27 Nov 2026: to come" in lines
    assert lines[-1] == (
        "not due\tall else\tIn a facility since Fri 20 Nov (C2); the next discharge or a two-way"
        " contact plans anew."
    )


def test_a_hold_stands_in_the_first_line_and_in_the_reason(care):
    care("add-patient", "Hale, Ann", "--dob", "1950-01-01", "--on", "2026-11-09")
    care("hold", "P1", "--until", "2026-12-07", "--why", "visits her daughter")
    lines = care("why", "P1").out.splitlines()
    assert lines[0] == "P1 Hale, Ann · active · on hold until Mon 7 Dec · moderate tier"
    assert lines[-1] == "not due\troutine\ton hold until Mon 7 Dec: visits her daughter"
    masked = care("why", "P1", "--mask").out
    assert "daughter" not in masked
    assert masked.splitlines()[-1] == "not due\troutine\ton hold until Mon 7 Dec"


def test_all_explains_every_date_and_json_does_so_anyway(hill, care, ok):
    lines = care("why", hill, "--all").out.splitlines()
    kinds = {line.split("\t")[0] for line in lines}
    assert {"engagement", "reconciliation_window"} <= kinds
    assert "later" not in kinds
    assert ok("why", hill, "--all") == ok("why", hill)


def test_the_keys_are_only_added_to(hill, ok):
    found = ok("why", hill)
    assert list(found) == [
        "patient", "name", "status", "tier", "raised_by", "held_since", "on_hold_until",
        "not_due_because", "rules", "items", "absent", "rank", "shown",
    ]  # fmt: skip
    assert list(found["items"][0]) == [
        "kind", "strength", "due", "target", "limit", "state", "reason", "protocol", "rule",
        "version", "discharge", "attempts", "timely_attempts", "documented", "on_hold_until",
        "anchor", "fact", "source", "trace",
    ]  # fmt: skip
    assert (found["rank"], found["shown"]) == (None, None)


@pytest.mark.parametrize("words", [[], ["--all"], ["--rank"], ["--shown"]])
def test_the_page_fits_a_terminal_of_80_columns(hill, care, monkeypatch, words):
    seen = []
    monkeypatch.setattr(output, "emit", lambda result, _: seen.append(result.blocks))
    care("due-today")
    care("why", hill, *words)
    console = Console(
        width=80, file=io.StringIO(), markup=False, highlight=False, emoji=False, color_system=None
    )
    for block in seen[-1]:
        pages.print_block(console, block)
    lines = console.file.getvalue().splitlines()
    assert max(map(len, lines)) <= 80
    assert len(lines) < (110 if words == ["--all"] else 65)  # six items are open


# the place in the list


@pytest.fixture
def three(hill, care):
    """Beside Tom Hill, P1: Ann Hale, P2, late since the 16th; Eva Diaz, P3, due in a week."""
    care("add-patient", "Hale, Ann", "--dob", "1950-01-01", "--on", "2026-11-02")
    care("add-patient", "Diaz, Eva", "--dob", "1951-01-01", "--on", "2026-11-16")
    return hill


def test_the_place_is_told_with_each_term_and_what_decides(three, ok):
    rank = ok("why", three, "--rank")["rank"]
    assert (rank["place"], rank["of"], rank["days"], rank["kind"]) == (
        1,
        2,
        0,
        "transition_contact",
    )
    assert rank["terms"] == [
        {"term": "group", "value": "a must past its limit"},
        {"term": "left_against_medical_advice", "value": "yes"},
        {"term": "limit", "value": "Fri 20 Nov"},
        {"term": "tier", "value": "high (in transition after a discharge)"},
        {"term": "target", "value": "Thu 19 Nov, 4 d late"},
        {"term": "appointment", "value": "none"},
        {"term": "id", "value": "P1"},
    ]
    assert rank["after"] is None
    assert rank["before"] == {
        "patient": "P2", "decided_by": "group", "there": "due", "here": "a must past its limit",
    }  # fmt: skip


def test_after_whom_and_by_which_term(three, care, ok):
    rank = ok("why", "P2", "--rank")["rank"]
    assert (rank["place"], rank["before"]) == (2, None)
    assert rank["after"] == {
        "patient": "P1", "decided_by": "group", "there": "a must past its limit", "here": "due",
    }  # fmt: skip
    lines = care("why", "P2", "--rank").out.splitlines()
    assert lines[1] == "rank\tplace\t2 of 2 on today's list"
    assert lines[-1] == (
        "rank\tafter\tP1, decided by group (a must past its limit there, due here)"
    )


def test_the_place_is_that_of_the_list(three, ok):
    listed = [row["patient"] for row in ok("due-today", "--days", "30")]
    for patient in listed:
        rank = ok("why", patient, "--rank")["rank"]
        days = ["--days", str(rank["days"])] if rank["days"] else []
        shown = [row["patient"] for row in ok("due-today", *days)]
        assert (shown[rank["place"] - 1], len(shown)) == (patient, rank["of"])


def test_who_is_not_on_todays_list_has_a_place_on_the_first_that_she_is_on(three, care, ok):
    rank = ok("why", "P3", "--rank")["rank"]  # 14 days after the 16th: Monday the 30th
    assert (rank["place"], rank["of"], rank["days"]) == (3, 3, 7)
    assert care("why", "P3", "--rank").out.splitlines()[1] == (
        "rank\tplace\t3 of 3 on the list of the next 7 days; not on today's"
    )


def test_who_is_on_no_list_is_told_why(care, ok):
    care("add-patient", "Hill, Tom", "--dob", "1944-11-30", "--roster-only")
    assert ok("why", "P1", "--rank")["rank"] is None
    assert care("why", "P1", "--rank").out.splitlines()[1].startswith("On no list. On the roster")


# the lists that were shown


def show_lists(tmp_path, *lists):
    """Rows as due-today leaves them: the day, UTC, the offset, the ids, the options."""
    with closing(sqlite3.connect(tmp_path / "care.db")) as file, file:
        file.executemany(
            "INSERT INTO shown (at_utc, utc_offset, user, version, rules, as_of, asked, patients)"
            " VALUES (?, -300, 'nurse', '0.1', '2026.2', ?, ?, ?)",
            [(at, day, json.dumps(asked), json.dumps(ids)) for day, at, asked, ids in lists],
        )


@pytest.fixture
def week(three, tmp_path):
    """Lists of last week, at local times five hours behind UTC."""
    show_lists(
        tmp_path,
        ("2026-11-17", "2026-11-17T12:02:00Z", {}, [7, 8, 1, 9]),
        ("2026-11-17", "2026-11-17T14:15:00Z", {}, [7, 8, 1, 9]),
        ("2026-11-18", "2026-11-18T12:02:00Z", {"tier": "high"}, [7]),
        ("2026-11-19", "2026-11-19T12:02:00Z", {}, [1]),
        ("2026-11-19", "2026-11-19T13:00:00Z", {"days": 7}, [8, 1]),
        ("2026-11-19", "2026-11-19T14:00:00Z", {"tier": "low", "top": 2}, [8, 9]),
        ("2026-11-20", "2026-11-23T13:30:00Z", {}, [1]),  # --as-of on Monday
    )
    return three


def sentences(ran):
    return [line.split("\t")[1] for line in ran.out.splitlines() if line.startswith("shown\t")]


@pytest.mark.parametrize(
    ("day", "said"),
    [
        (
            "2026-11-17",
            "On Tue 17 Nov the list was shown 2 times; P1 was on it, place 3 of 4, at 07:02 and"
            " 09:15 (rules 2026.2).",
        ),
        (
            "2026-11-18",
            "On Wed 18 Nov the list was shown once; P1 was not on it, at 07:02 with --tier high"
            " (rules 2026.2).",
        ),
        (
            "2026-11-19",
            "On Thu 19 Nov the list was shown 3 times; P1 was on it, place 1 of 1, at 07:02;"
            " place 2 of 2, at 08:00 with --days 7; not on it, at 09:00 with --tier low --top 2"
            " (rules 2026.2).",
        ),
        (
            "2026-11-20",
            "On Fri 20 Nov the list was shown once; P1 was on it, place 1 of 1, at 08:30 on"
            " Mon 23 Nov 2026 (rules 2026.2).",
        ),
        ("2026-11-16", "On Mon 16 Nov no list was shown."),
    ],
)
def test_a_list_that_was_shown_is_told_with_place_time_options_and_rules(week, care, day, said):
    assert sentences(care("why", week, "--shown", "--on-day", day)) == [said]


def test_without_a_day_today_and_the_last_days_with_lists_are_told(week, care, ok):
    told = ok("why", week, "--shown")["shown"]
    assert [(one["day"], one["times"], one["on_list"]) for one in told] == [
        ("2026-11-23", 0, False),
        ("2026-11-20", 1, True),
        ("2026-11-19", 3, True),
        ("2026-11-18", 1, False),
        ("2026-11-17", 2, True),
    ]
    assert told[-1]["lists"][0] == {
        "at": "2026-11-17T07:02:00-05:00",
        "place": 3,
        "of": 4,
        "options": {},
        "rules": "2026.2",
        "version": "0.1",
        "user": "nurse",
    }
    assert sentences(care("why", week, "--shown"))[0] == "On Mon 23 Nov no list was shown."
    as_of = ok("why", week, "--shown", "--as-of", "2026-11-18")["shown"]
    assert [one["day"] for one in as_of] == ["2026-11-18", "2026-11-17"]


def test_a_list_that_is_printed_all_the_time_is_told_in_one_line(week, care, tmp_path):
    times = [f"2026-11-23T14:{minute:02}:00Z" for minute in range(0, 60, 5)]
    show_lists(tmp_path, *(("2026-11-23", at, {}, [2, 1]) for at in times))
    assert sentences(care("why", week, "--shown"))[0] == (
        "On Mon 23 Nov the list was shown 12 times; P1 was on it, place 2 of 2, 12 times from"
        " 09:00 to 09:55 (rules 2026.2)."
    )


def test_what_due_today_shows_is_what_why_finds(three, care, ok):
    care("due-today")
    care("due-today", "--tier", "moderate", "--json")
    (today,) = ok("why", three, "--shown")["shown"]
    assert [(one["place"], one["of"], one["options"]) for one in today["lists"]] == [
        (1, 2, {}),
        (None, 1, {"tier": "moderate"}),
    ]
    assert today["lists"][0]["rules"] == ok("why", three)["rules"]


def test_a_day_of_the_week_is_the_last_one_and_belongs_to_shown(week, care, ok):
    (told,) = ok("why", week, "--shown", "--on-day", "tue")["shown"]
    assert told["day"] == "2026-11-17"
    ran = care("why", week, "--on-day", "tue", code=2)
    assert ran.err == (
        "error: --on-day is for --shown\nhint: caretool why PATIENT --shown --on-day DATE\n"
    )


def test_masked_it_names_nobody(hill, care):
    care("log-contact", hill, "--outcome", "rescheduled", "--next", "fri", "--why", "sees son Bob")
    out = care("why", hill, "--mask", "--json", "--rank", "--shown").out
    assert "Hill" not in out
    assert "Bob" not in out
    assert "T.H." in out


def test_a_refill_is_explained_by_the_fills_it_rests_on(care, ok, tmp_path):
    care("add-patient", "Hill, Tom", "--dob", "1944-11-30", "--mrn", "77", "--on", "2026-08-03")
    path = tmp_path / "fills.csv"
    path.write_text(
        "MRN,Drug,Fill Date,Days Supply\n77,metformin,2026-10-01,30\n77,metformin,2026-10-26,30\n"
    )
    care("import-fills", path)
    # 25 days used, 5 left on the 26th: 35 days from then on, to 29 November
    item = next(one for one in ok("why", "P1")["items"] if one["kind"] == "refill_due")
    explained = dict(steps(item))
    assert explained["fact"] == "supply of metformin ends Sun 29 Nov 2026"
    assert explained["rests on"] == "metformin: 30 days on Mon 26 Oct 2026, 5 left from before"
    assert explained["rule"] == (
        "supply/refill: refill due (target 7 days before, limit 0 days; should)"
    )
    assert (explained["target"], explained["limit"]) == ("Mon 23 Nov 2026", "Sun 29 Nov 2026")
    assert (item["anchor"], item["fact"]) == ("2026-11-29", None)
    care("log-contact", "P1", "--outcome", "reached_patient", "--topic", "refill")
    told = {one["kind"]: one["because"] for one in ok("why", "P1")["absent"]}
    assert told["refill_due"] == "done Mon 23 Nov (C1)"
