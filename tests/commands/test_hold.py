"""`hold`: follow-up pauses until a day; what must be done stays, marked; a hold can be lifted."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

LIST = "Patient Name,DOB,Patient Class,Admit Date,Discharge Date,Disposition\n"
HOLD = ("hold", "P1", "--until", "2026-12-04", "--why", "visits her son Bob")


@pytest.fixture(autouse=True)
def _ana(care: Callable) -> None:
    """P1, every 7 days since Wednesday 18 November: next is Wednesday the 25th."""
    care("add-patient", "Rivera, Ana", "--dob", "1958-03-02", "--tier", "high", "--on", "-5d")


@pytest.fixture
def discharged(care: Callable, tmp_path: Path) -> None:
    """Home from hospital on Friday 20 November, high risk because of the tier."""
    path = tmp_path / "list.csv"
    path.write_text(f'{LIST}"Rivera, Ana",1958-03-02,Inpatient,2026-11-16,2026-11-20,Home\n')
    care("import-discharges", path)


def dates(ok: Callable, *more: str) -> dict[str, tuple[str, str | None]]:
    return {
        one["kind"]: (one["due"], one["on_hold_until"]) for one in ok("why", "P1", *more)["items"]
    }


def test_it_says_until_when_what_moved_and_what_comes_next(care: Callable) -> None:
    ran = care(*HOLD)

    assert ran.out == ""
    assert ran.err == (
        "P1: paused until Fri 4 Dec: 1 should moved\n"
        "next: Fri 4 Dec (every 7 days, under care management since Wed 18 Nov;"
        " on hold until Fri 4 Dec: visits her son Bob)\n"
    )


def test_it_gives_what_moved_and_what_stays(discharged: None, ok: Callable) -> None:
    """The call of day 7, Friday the 27th, waits; contact, visit and reconciliation do not."""
    assert ok(*HOLD) == {
        "patient": "P1",
        "on": "2026-11-23",
        "until": "2026-12-04",
        "lifted": False,
        "why": "visits her son Bob",
        "moved": [
            {
                "kind": "transition_call",
                "rule": "transition/calls",
                "strength": "should",
                "before": "2026-11-27",
                "after": "2026-12-04",
                "limit": None,
            }
        ],
        "stays": [
            {"kind": "transition_contact", "rule": "transition/contact", "due": "2026-11-23",
             "limit": "2026-11-24"},
            {"kind": "visit", "rule": "transition/visit_high", "due": "2026-11-25",
             "limit": "2026-11-27"},
            {"kind": "reconciliation", "rule": "transition/reconciliation", "due": "2026-11-27",
             "limit": "2026-11-27"},
        ],
        "next": {
            "due": "2026-11-23",
            "limit": "2026-11-24",
            "kind": "transition_contact",
            "strength": "must",
            "reason": "discharged Fri 20 Nov (D1), contact within 2 business days;"
            " on hold until Fri 4 Dec",
        },
    }  # fmt: skip


def test_what_must_be_done_is_still_listed_and_marked(discharged: None, ok: Callable) -> None:
    ok(*HOLD)
    (row,) = ok("due-today")

    assert [one["kind"] for one in row["items"]] == ["transition_contact"]
    assert row["items"][0]["on_hold_until"] == "2026-12-04"
    assert "on hold until Fri 4 Dec" in row["reason"]


def test_the_limits_inside_the_hold_are_named(discharged: None, care: Callable) -> None:
    """Until 22 December also the windows of D+30, Sunday the 20th, wait: that is past them."""
    first = care("hold", "P1", "--until", "2026-12-22", "--why", "travels").err.splitlines()[0]

    assert first == (
        "P1: paused until Tue 22 Dec: 3 should moved;"
        " past its limit: engagement by Sun 20 Dec, reconciliation window by Sun 20 Dec;"
        " must stays: transition contact by Tue 24 Nov, visit by Fri 27 Nov,"
        " reconciliation by Fri 27 Nov"
    )


def test_with_nothing_due_before_its_end_nothing_moves(care: Callable, ok: Callable) -> None:
    assert ok("hold", "P1", "--until", "tomorrow", "--why", "x")["moved"] == []
    assert care("hold", "P1", "--until", "tomorrow", "--why", "x").err.startswith(
        "P1: paused until Tue 24 Nov: nothing moved\n"
    )


@pytest.mark.parametrize(
    ("until", "due"),
    [
        ("2026-11-25", "2026-11-25"),  # the target itself
        ("2026-11-26", "2026-11-27"),  # Thanksgiving
        ("2026-11-28", "2026-11-30"),  # a Saturday
        ("2026-12-01", "2026-12-01"),
    ],
)
def test_follow_up_goes_on_on_the_first_working_day(until: str, due: str, ok: Callable) -> None:
    assert ok("hold", "P1", "--until", until, "--why", "x")["next"]["due"] == due


def test_the_reason_stands_in_the_trace(care: Callable, ok: Callable) -> None:
    ok(*HOLD)
    (routine,) = ok("why", "P1")["items"]
    trace = {step["step"]: step["text"] for step in routine["trace"]}

    assert trace["hold"] == "Wed 25 Nov 2026 → Fri 4 Dec 2026: visits her son Bob"


def test_the_day_before_the_hold_the_plan_is_as_it_was(ok: Callable) -> None:
    before = ok("why", "P1", "--as-of", "2026-11-22")
    ok(*HOLD)

    assert ok("why", "P1", "--as-of", "2026-11-22") == before
    assert dates(ok) == {"routine": ("2026-12-04", None)}


def test_a_hold_entered_later_counts_from_its_own_day(care: Callable, ok: Callable) -> None:
    """From Friday the 20th on; the day before, nothing is known of it."""
    ran = care("hold", "P1", "--until", "2026-12-04", "--why", "x", "--on", "fri")

    assert ran.err.startswith("P1: paused from Fri 20 Nov until Fri 4 Dec: 1 should moved\n")
    assert dates(ok, "--as-of", "2026-11-19") == {"routine": ("2026-11-25", None)}
    assert dates(ok, "--as-of", "2026-11-20") == {"routine": ("2026-12-04", None)}


def test_a_new_hold_takes_the_place_of_the_one_before(ok: Callable) -> None:
    ok(*HOLD)
    assert (
        ok("hold", "P1", "--until", "2026-12-11", "--why", "longer")["next"]["due"] == "2026-12-11"
    )
    assert (
        ok("hold", "P1", "--until", "2026-12-02", "--why", "shorter")["next"]["due"] == "2026-12-02"
    )


def test_lifted_on_the_same_day_all_is_as_before(care: Callable, ok: Callable) -> None:
    before = ok("why", "P1"), ok("due-today", "--days", "30")
    ok(*HOLD)
    ran = care("hold", "P1", "--lift", "--why", "came back")

    assert ran.err == (
        "P1: hold lifted: 1 should moved\n"
        "next: Wed 25 Nov (every 7 days, under care management since Wed 18 Nov)\n"
    )
    assert (ok("why", "P1"), ok("due-today", "--days", "30")) == before


def test_lifted_later_it_paused_until_that_day(ok: Callable) -> None:
    """On hold from 19 November; lifted on Friday the 20th, the 25th is due as ever."""
    ok("hold", "P1", "--until", "2026-12-04", "--why", "x", "--on", "2026-11-19")
    data = ok("hold", "P1", "--lift", "--on", "fri")

    assert (data["lifted"], data["until"], data["next"]["due"]) == (True, None, "2026-11-25")
    assert dates(ok, "--as-of", "2026-11-19") == {"routine": ("2026-12-04", None)}


def test_without_a_hold_there_is_nothing_to_lift(care: Callable) -> None:
    assert care("hold", "P1", "--lift", code=3).err == (
        "error: P1 has no hold in force on 2026-11-23\nhint: caretool why P1 shows what pauses it\n"
    )
    care("edit-patient", "P1", "--status", "on_hold")
    assert care("hold", "P1", "--lift", code=3).err.endswith(
        "hint: its status is on hold: caretool edit-patient P1 --status active\n"
    )


def test_a_status_of_on_hold_is_told_apart(care: Callable) -> None:
    care("edit-patient", "P1", "--status", "on_hold")

    assert care(*HOLD).err.splitlines()[1] == (
        "its status is on hold as well, which only caretool edit-patient P1 --status active ends"
    )


REFUSED = [
    ([], 2, "no --until"),
    (["--why", "x"], 2, "no --until"),
    (["--why", " "], 2, "no --until"),
    (["--until", "2026-12-04"], 2, "no --why"),
    (["--until", "2026-12-04", "--why", " "], 2, "no --why"),
    (["--lift", "--until", "2026-12-04"], 2, "--lift and --until exclude each other"),
    (["--until", "12/04/2026", "--why", "x"], 2, "'12/04/2026' is not a date"),
    (["--until", "today", "--why", "x"], 3, "--until 2026-11-23 is not after 2026-11-23"),
    (["--until", "-1d", "--why", "x"], 3, "--until 2026-11-22 is not after 2026-11-23"),
    (["--until", "fri", "--why", "x", "--on", "+1d"], 6, "2026-11-24 is in the future"),
    (["--until", "2061-02-01", "--why", "x"], 3, "2061-02-01 cannot be checked for holidays"),
]


@pytest.mark.parametrize(("words", "code", "message"), REFUSED, ids=str)
def test_what_cannot_be_is_refused_and_nothing_is_changed(
    words: list[str], code: int, message: str, care: Callable, ok: Callable
) -> None:
    before = ok("why", "P1")

    assert care("hold", "P1", *words, code=code).err.startswith(f"error: {message}")
    assert ok("why", "P1") == before


def test_a_closed_patient_is_reopened_first(care: Callable) -> None:
    care("edit-patient", "P1", "--status", "closed", "--reason", "graduated")

    assert care(*HOLD, code=6).err == (
        "error: P1 is closed: graduated\nhint: caretool reopen P1 --why TEXT\n"
    )


def test_behind_the_mask_no_reason_is_said(care: Callable, ok: Callable) -> None:
    for more in ([], ["--json"]):
        ran = care(*HOLD, "--mask", *more)
        assert "Bob" not in ran.out + ran.err
    for words in (["why", "P1"], ["due-today", "--days", "30"], ["show", "P1"]):
        ran = care(*words, "--mask", "--json")
        assert "Bob" not in ran.out, words
