"""`away`: days off of hers; what must be done comes before them, the rest after; both are said."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

LIST = "Patient Name,DOB,Patient Class,Admit Date,Discharge Date,Disposition\n"
# Wednesday to Friday; Thursday the 26th is Thanksgiving
ADD = ("away", "add", "2026-11-25", "2026-11-27", "--why", "visits Bob")


@pytest.fixture(autouse=True)
def _people(care: Callable, tmp_path: Path) -> None:
    """P1, home since Sunday 22 November: visit and reconciliation on Friday 27 November.

    (7 days are Sunday the 29th, and both are to be had before.) P2: every 7 days, so on Wednesday
    the 25th.
    """
    care("add-patient", "Rivera, Ana", "--dob", "1958-03-02", "--on", "-5d")
    care("add-patient", "Hill, Tom", "--dob", "1944-11-30", "--tier", "high", "--on", "-5d")
    path = tmp_path / "list.csv"
    path.write_text(f'{LIST}"Rivera, Ana",1958-03-02,Inpatient,2026-11-16,2026-11-22,Home\n')
    care("import-discharges", path)


def targets(ok: Callable, patient: str, *more: str) -> dict[str, str]:
    return {one["kind"]: one["target"] for one in ok("why", patient, *more)["items"]}


def test_it_says_what_moves_and_where(care: Callable) -> None:
    ran = care(*ADD)

    assert ran.out == ""
    assert ran.err == (
        "off Wed 25 Nov to Fri 27 Nov (number 1): 2 must come before it, 1 moves after it\n"
        "P1 visit: Fri 27 Nov → Tue 24 Nov\n"
        "P1 reconciliation: Fri 27 Nov → Tue 24 Nov\n"
        "P2 routine: Wed 25 Nov → Mon 30 Nov\n"
    )


def test_it_gives_each_item_that_moves(ok: Callable) -> None:
    done = ok(*ADD)
    visit, reconciliation, routine = done.pop("moved")

    assert done == {
        "number": 1,
        "from": "2026-11-25",
        "to": "2026-11-27",
        "why": "visits Bob",
        "stays": [],
    }
    assert visit == {
        "patient": "P1",
        "kind": "visit",
        "rule": "transition/visit_moderate",
        "strength": "must",
        "before": "2026-11-27",
        "after": "2026-11-24",
        "limit": "2026-12-06",
    }
    assert (reconciliation["kind"], reconciliation["after"]) == ("reconciliation", "2026-11-24")
    assert (routine["patient"], routine["before"], routine["after"], routine["limit"]) == (
        "P2", "2026-11-25", "2026-11-30", None,
    )  # fmt: skip


def test_the_list_and_the_page_have_the_new_dates(ok: Callable) -> None:
    ok(*ADD)

    assert targets(ok, "P1")["visit"] == "2026-11-24"
    assert targets(ok, "P2") == {"routine": "2026-11-30"}
    rows = ok("due-today", "--days", "1")
    visit = next(one for one in rows[0]["items"] if one["kind"] == "visit")
    assert (rows[0]["patient"], visit["target"]) == ("P1", "2026-11-24")


def test_no_limit_moves(ok: Callable) -> None:
    limits = {one["kind"]: one["limit"] for one in ok("why", "P1")["items"]}
    ok(*ADD)

    assert {one["kind"]: one["limit"] for one in ok("why", "P1")["items"]} == limits


def test_the_trace_says_so(care: Callable, ok: Callable) -> None:
    ok(*ADD)
    (routine,) = ok("why", "P2")["items"]
    shift = next(one["text"] for one in routine["trace"] if one["step"] == "shift")

    assert shift.startswith("Wed 25 Nov 2026 → Mon 30 Nov 2026")
    assert "your day off (visits Bob)" in shift
    assert "Bob" not in care("why", "P2", "--mask", "--json").out


def test_a_date_of_her_own_stays_and_is_said_to(care: Callable, ok: Callable) -> None:
    ok("defer", "P2", "routine", "--to", "2026-11-27", "--why", "x")
    ran = care("away", "add", "2026-11-27")

    assert ran.err.splitlines()[0] == (
        "off Fri 27 Nov (number 1): 2 must come before it, 1 stays on it"
    )
    assert ran.err.splitlines()[-1] == "P2 routine stays on Fri 27 Nov"
    assert ok("away", "add", "2026-11-24")["stays"] == []


def test_days_on_which_nothing_is_planned_move_nothing(care: Callable) -> None:
    assert care("away", "add", "2027-07-05", "2027-07-09").err == (
        "off Mon 5 Jul 2027 to Fri 9 Jul 2027 (number 1): nothing moves\n"
    )


def test_many_that_move_are_counted_and_some_named(care: Callable, ok: Callable) -> None:
    for number in range(22):
        name, born = f"Made{chr(97 + number)}, Up", f"1950-01-{number + 1:02}"
        care("add-patient", name, "--dob", born, "--tier", "high", "--on", "-5d", "--anyway")
    lines = care("away", "add", "2026-11-25").err.splitlines()

    assert lines[0] == "off Wed 25 Nov (number 1): 23 move after it"
    assert (len(lines), lines[-1]) == (22, "and 3 more; --json lists them all")
    assert len(ok("away", "drop", "1")["moved"]) == 23


# list


def test_with_nothing_to_come_the_list_is_empty(
    care: Callable, ok: Callable, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert ok("away") == ok("away", "list") == []
    assert care("away").out == ""
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    assert care("away").out == "No days off to come.\n"


def test_the_list_has_what_is_to_come_with_its_workdays(
    care: Callable, ok: Callable, monkeypatch: pytest.MonkeyPatch
) -> None:
    """21 to 25 December are five weekdays, of which Friday the 25th is Christmas."""
    ok("away", "add", "2026-12-21", "2026-12-25")
    ok(*ADD)

    assert ok("away") == [
        {"number": 2, "from": "2026-11-25", "to": "2026-11-27", "workdays": 2, "why": "visits Bob"},
        {"number": 1, "from": "2026-12-21", "to": "2026-12-25", "workdays": 4, "why": None},
    ]
    assert care("away").out.splitlines()[0] == "2\t2026-11-25\t2026-11-27\t2\tvisits Bob"
    assert care("away", "--csv").out.startswith("number,from,to,workdays,why\r\n")
    assert "Bob" not in care("away", "--mask").out

    monkeypatch.setenv("CARETOOL_TODAY", "2026-11-27")
    assert [one["number"] for one in ok("away")] == [2, 1], "the last day is not over"
    monkeypatch.setenv("CARETOOL_TODAY", "2026-11-28")
    assert [one["number"] for one in ok("away")] == [1]


# drop


def test_dropped_all_is_as_before(care: Callable, ok: Callable) -> None:
    before = ok("why", "P1"), ok("why", "P2"), ok("due-today", "--days", "60")
    ok(*ADD)
    ran = care("away", "drop", "1")

    assert ran.err == (
        "no longer off Wed 25 Nov to Fri 27 Nov: 3 move back\n"
        "P1 visit: Tue 24 Nov → Fri 27 Nov\n"
        "P1 reconciliation: Tue 24 Nov → Fri 27 Nov\n"
        "P2 routine: Mon 30 Nov → Wed 25 Nov\n"
    )
    assert (ok("why", "P1"), ok("why", "P2"), ok("due-today", "--days", "60")) == before
    assert ok("away") == []


def test_what_is_not_there_cannot_be_dropped(care: Callable) -> None:
    care(*ADD)
    care("away", "drop", "1")
    for number in ("1", "2"):
        assert care("away", "drop", number, code=3).err == (
            f"error: no days off {number}\nhint: caretool away list shows them with their numbers\n"
        )


# refusals


@pytest.mark.parametrize(
    ("words", "code", "message"),
    [
        (["add"], 2, "no first day"),
        (["add", "12/21/2026"], 2, "'12/21/2026' is not a date"),
        (["add", "2026-12-23", "2026-12-21"], 3, "the last day 2026-12-21 is before the first"),
        (["add", "2026-11-16", "2026-11-20"], 3, "2026-11-20 is in the past"),
        (["add", "2026-12-21", "2027-12-22"], 3, "367 days off, more than a year"),
        (["add", "2060-12-31"], 3, "2061-01-01 cannot be checked for holidays"),
        (["add", "2026-11-26"], 3, "Thu 26 Nov is off already, by number 1"),
        (["drop"], 2, "no number of days off to drop"),
        (["drop", "family"], 2, "no number of days off to drop"),
        (["drop", "1", "2"], 2, "away drop takes no second date"),
        (["list", "2026-12-21"], 2, "away list takes nothing more"),
        (["list", "--why", "x"], 2, "away list takes no --why"),
        (["take"], 2, "invalid value for"),
    ],
    ids=str,
)
def test_what_cannot_be_is_refused_and_nothing_is_changed(
    words: list[str], code: int, message: str, care: Callable, ok: Callable
) -> None:
    ok(*ADD)
    before = ok("away")

    assert care("away", *words, code=code).err.startswith(f"error: {message}")
    assert ok("away") == before


def test_days_that_have_begun_can_still_be_entered(ok: Callable) -> None:
    assert ok("away", "add", "2026-11-20", "2026-11-24")["from"] == "2026-11-20"


def test_without_a_care_file_nothing_is_made(care: Callable, tmp_path: Path) -> None:
    for words in (["away"], ["away", "add", "fri"], ["away", "drop", "1"]):
        care("--db", tmp_path / "none.db", *words, code=5)
    assert not (tmp_path / "none.db").exists()


def test_behind_the_mask_no_reason_is_said(care: Callable) -> None:
    ran = care(*ADD, "--mask", "--json")

    assert ran.data["why"] is None
    assert "Bob" not in ran.out + ran.err
