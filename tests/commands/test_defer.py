"""`defer`: one item moves to another day, with its reason; never past its limit unawares."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

LIST = "Patient Name,DOB,Patient Class,Admit Date,Discharge Date,Disposition\n"


@pytest.fixture(autouse=True)
def _ana(care: Callable, tmp_path: Path) -> None:
    """P1, home from hospital on Friday 20 November, high risk; P2, every 7 days since the 18th.

    P1's contact is due by Tuesday 24 November, the visit by Friday the 27th, calls on days 7 (the
    27th), 14, 21 and 30. P2's next date is Wednesday the 25th.
    """
    care("add-patient", "Rivera, Ana", "--dob", "1958-03-02", "--tier", "high", "--on", "-5d")
    care("add-patient", "Hill, Tom", "--dob", "1944-11-30", "--tier", "high", "--on", "-5d")
    path = tmp_path / "list.csv"
    path.write_text(f'{LIST}"Rivera, Ana",1958-03-02,Inpatient,2026-11-16,2026-11-20,Home\n')
    care("import-discharges", path)


def defer(*words: str) -> tuple[str, ...]:
    return ("defer", "P1", *words, "--why", "asked her son Bob")


def targets(ok: Callable, *more: str, patient: str = "P1") -> dict[str, str]:
    return {one["rule"]: one["target"] for one in ok("why", patient, *more)["items"]}


def test_it_says_from_where_to_where_and_what_comes_next(care: Callable) -> None:
    ran = care("defer", "P2", "routine", "--to", "2026-12-01", "--why", "double shifts")

    assert ran.out == ""
    assert ran.err == (
        "P2: routine moved from Wed 25 Nov to Tue 1 Dec\n"
        "next: Tue 1 Dec (every 7 days, under care management since Wed 18 Nov;"
        " deferred to Tue 1 Dec: double shifts)\n"
    )


def test_it_gives_the_item_and_both_dates(ok: Callable) -> None:
    assert ok(*defer("visit", "--to", "2026-11-27")) == {
        "patient": "P1",
        "kind": "visit",
        "rule": "transition/visit_high",
        "from": "2026-11-25",
        "to": "2026-11-27",
        "limit": "2026-11-27",
        "past_limit": False,
        "taken_back": False,
        "why": "asked her son Bob",
        "next": {
            "due": "2026-11-23",
            "limit": "2026-11-24",
            "kind": "transition_contact",
            "strength": "must",
            "reason": "discharged Fri 20 Nov (D1), contact within 2 business days",
        },
    }


@pytest.mark.parametrize(
    "kind",
    ["transition_call", "transition-call", "Transition Call", "calls", "transition/calls"],
)
def test_an_item_is_named_by_its_kind_or_its_rule(kind: str, ok: Callable) -> None:
    done = ok(*defer(kind, "--to", "2026-12-01"))

    assert (done["kind"], done["rule"], done["to"]) == (
        "transition_call", "transition/calls", "2026-12-01",
    )  # fmt: skip
    assert targets(ok)["calls"] == "2026-12-01"


def test_a_kind_goes_before_a_rule_of_that_name(ok: Callable) -> None:
    """`windows/reconciliation` is another rule of that name, of another kind."""
    assert ok(*defer("reconciliation", "--to", "today"))["rule"] == "transition/reconciliation"
    done = ok(*defer("windows/reconciliation", "--to", "2026-12-01"))
    assert done["kind"] == "reconciliation_window"


def test_only_that_item_moves(ok: Callable) -> None:
    before = {one["kind"]: one["target"] for one in ok("why", "P1")["items"]}
    ok(*defer("calls", "--to", "2026-12-01"))
    after = {one["kind"]: one["target"] for one in ok("why", "P1")["items"]}

    assert after == before | {"transition_call": "2026-12-01"}
    assert targets(ok, patient="P2") == {"high": "2026-11-25"}


def test_the_limit_itself_is_within_it_and_the_day_after_is_refused(
    care: Callable, ok: Callable
) -> None:
    assert ok(*defer("transition_contact", "--to", "2026-11-24"))["past_limit"] is False
    ran = care(*defer("transition_contact", "--to", "2026-11-25"), code=6)

    assert ran.err == (
        "error: transition contact: 2026-11-25 is past its limit of 2026-11-24\n"
        "hint: a day up to then, or --past-limit if it cannot be helped\n"
    )
    assert targets(ok)["contact"] == "2026-11-24"


def test_past_its_limit_it_goes_only_when_told_so(care: Callable, ok: Callable) -> None:
    ran = care(*defer("visit", "--to", "2026-12-01", "--past-limit"))

    assert ran.err.startswith(
        "P1: visit moved from Wed 25 Nov to Tue 1 Dec; past its limit of Fri 27 Nov\n"
    )
    visit = next(one for one in ok("why", "P1")["items"] if one["kind"] == "visit")
    assert (visit["target"], visit["limit"]) == ("2026-12-01", "2026-11-27")


def test_an_earlier_day_is_as_good_and_today_is_not_the_past(ok: Callable) -> None:
    assert ok(*defer("visit", "--to", "today"))["to"] == "2026-11-23"


def test_a_day_without_work_is_hers_to_choose_and_is_pointed_out(care: Callable) -> None:
    said = care(*defer("calls", "--to", "2026-11-26")).err.splitlines()[0]
    assert said.endswith("to Thu 26 Nov; mind that Thu 26 Nov is Thanksgiving Day")
    said = care(*defer("calls", "--to", "2026-11-29")).err.splitlines()[0]
    assert said.endswith("to Sun 29 Nov; mind that Sun 29 Nov is a Sunday")


def test_a_later_word_takes_the_place_of_an_earlier_one(ok: Callable) -> None:
    ok(*defer("calls", "--to", "2026-12-01"))
    done = ok(*defer("calls", "--to", "2026-12-02"))

    assert (done["from"], done["to"]) == ("2026-12-01", "2026-12-02")


def test_once_done_the_next_one_has_its_own_date(
    care: Callable, ok: Callable, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The call of day 7 was moved to Monday the 30th, that of day 14, Friday 4 December, not."""
    ok(*defer("calls", "--to", "2026-11-30"))
    monkeypatch.setenv("CARETOOL_TODAY", "2026-11-30")
    care("log-contact", "P1", "--outcome", "reached_patient")

    assert targets(ok)["calls"] == "2026-12-04"


def test_a_routine_date_that_was_moved_is_gone_with_the_next_contact(
    care: Callable, ok: Callable
) -> None:
    """7 days after Monday the 23rd."""
    ok("defer", "P2", "routine", "--to", "2026-12-04", "--why", "x")
    care("log-contact", "P2", "--outcome", "reached_patient")

    assert targets(ok, patient="P2") == {"high": "2026-11-30"}


def test_the_reason_stands_in_the_trace(ok: Callable) -> None:
    ok(*defer("calls", "--to", "2026-12-01"))
    call = next(one for one in ok("why", "P1")["items"] if one["kind"] == "transition_call")
    trace = {step["step"]: step["text"] for step in call["trace"]}

    assert trace["deferred"] == "Fri 27 Nov 2026 → Tue 1 Dec 2026: asked her son Bob"
    assert trace["target"] == "Tue 1 Dec 2026"


def test_the_day_before_the_plan_is_as_it_was(ok: Callable) -> None:
    before = ok("why", "P1", "--as-of", "2026-11-22")
    ok(*defer("calls", "--to", "2026-12-01"))

    assert ok("why", "P1", "--as-of", "2026-11-22") == before


def test_what_was_decided_earlier_can_be_entered_today(ok: Callable) -> None:
    ok("defer", "P2", "routine", "--to", "2026-12-01", "--why", "x", "--on", "2026-11-20")

    assert targets(ok, "--as-of", "2026-11-20", patient="P2") == {"high": "2026-12-01"}
    assert targets(ok, "--as-of", "2026-11-19", patient="P2") == {"high": "2026-11-25"}


# taking back


def test_taken_back_all_is_as_before(care: Callable, ok: Callable) -> None:
    before = ok("why", "P1"), ok("due-today", "--days", "30")
    ok(*defer("calls", "--to", "2026-12-01"))
    ran = care("defer", "P1", "calls", "--take-back")

    assert ran.err.startswith("P1: transition call moved from Tue 1 Dec to Fri 27 Nov\n")
    assert (ok("why", "P1"), ok("due-today", "--days", "30")) == before


def test_taking_back_needs_no_reason_and_keeps_one(ok: Callable) -> None:
    ok(*defer("calls", "--to", "2026-12-01"))
    done = ok("defer", "P1", "calls", "--take-back", "--why", "misheard")

    assert (done["taken_back"], done["to"], done["why"]) == (True, "2026-11-27", "misheard")


def test_what_was_not_moved_cannot_be_taken_back(care: Callable) -> None:
    ran = care("defer", "P1", "calls", "--take-back", code=3)

    assert ran.err == (
        "error: nothing of that kind was deferred for P1\n"
        "hint: caretool why P1 shows where each date comes from\n"
    )


def test_a_word_of_an_earlier_day_cannot_undo_a_later_one(care: Callable) -> None:
    care(*defer("calls", "--to", "2026-12-01"))
    for words in (["--take-back"], ["--to", "2026-12-02", "--why", "x"]):
        ran = care("defer", "P1", "calls", *words, "--on", "2026-11-22", code=3)
        assert ran.err == (
            "error: it was moved on 2026-11-23, after 2026-11-22\n"
            "hint: leave --on away, or say a day from then on\n"
        )


# refusals

REFUSED: list[tuple[list[str], int, str]] = [
    (["calls", "--why", "x"], 2, "no --to"),
    (["calls", "--to", "2026-12-01"], 2, "no --why"),
    (["calls", "--to", "2026-12-01", "--why", "\t"], 2, "no --why"),
    (["calls", "--to", "2026-12-01", "--take-back"], 2, "--take-back and --to exclude each other"),
    (["calls", "--to", "1/12/2026", "--why", "x"], 2, "'1/12/2026' is not a date"),
    (["calls", "--to", "-1d", "--why", "x"], 3, "--to 2026-11-22 is in the past"),
    (["calls", "--to", "2026-11-27", "--why", "x"], 3, "transition call is planned for 2026-11-27"),
    (["calls", "--to", "2061-01-03", "--why", "x"], 3, "2061-01-03 cannot be checked"),
    (["calls", "--to", "fri", "--why", "x", "--on", "+1d"], 6, "2026-11-24 is in the future"),
    (["--to", "fri", "--why", "x"], 2, "missing argument 'KIND'"),
]


@pytest.mark.parametrize(("words", "code", "message"), REFUSED, ids=str)
def test_what_cannot_be_is_refused_and_nothing_is_changed(
    words: list[str], code: int, message: str, care: Callable, ok: Callable
) -> None:
    before = ok("why", "P1")

    assert care("defer", "P1", *words, code=code).err.startswith(f"error: {message}")
    assert ok("why", "P1") == before


@pytest.mark.parametrize(
    "kind", ["routine", "facility_check", "Quackenbush", "", "calls/transition"]
)
def test_a_kind_that_is_not_open_lists_those_that_are(kind: str, care: Callable) -> None:
    """And does not repeat what may be the other half of a name."""
    ran = care(*defer(kind, "--to", "2026-12-01"), code=3)

    assert ran.err == (
        "error: nothing of that kind is open for P1\n"
        "hint: open: transition_contact, visit, reconciliation, transition_call, engagement,"
        " reconciliation_window\n"
    )


def test_with_nothing_open_it_says_where_to_look(care: Callable) -> None:
    care("add-patient", "Poe, Zoë", "--dob", "1961-02-03", "--roster-only")

    assert care("defer", "P3", "routine", "--to", "fri", "--why", "x", code=3).err == (
        "error: nothing of that kind is open for P3\nhint: nothing is open; caretool why P3\n"
    )


def test_a_closed_patient_is_reopened_first(care: Callable) -> None:
    care("edit-patient", "P1", "--status", "closed", "--reason", "graduated")

    assert care(*defer("calls", "--to", "fri"), code=6).err.endswith(
        "hint: caretool reopen P1 --why TEXT\n"
    )


def test_behind_the_mask_no_reason_is_said(care: Callable) -> None:
    for more in ([], ["--json"]):
        ran = care(*defer("transition_contact", "--to", "2026-11-24"), "--mask", *more)
        assert "Bob" not in ran.out + ran.err
        care("defer", "P1", "transition_contact", "--take-back")
    care(*defer("transition_contact", "--to", "2026-11-24"))
    for words in (["why", "P1"], ["due-today", "--days", "30"], ["show", "P1"]):
        ran = care(*words, "--mask", "--json")
        assert "Bob" not in ran.out, words


def test_data_of_the_moves_add_up(ok: Callable) -> None:
    """Whatever is said of the new day is what the list shows from then on."""
    rows: list[dict[str, Any]] = []
    for kind, to in (
        ("calls", "2026-12-01"),
        ("visit", "2026-11-24"),
        ("engagement", "2026-12-07"),
    ):
        rows.append(ok(*defer(kind, "--to", to)))
    now = {one["kind"]: one["target"] for one in ok("why", "P1")["items"]}

    assert [now[one["kind"]] for one in rows] == [one["to"] for one in rows]
