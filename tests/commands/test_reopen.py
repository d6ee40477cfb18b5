"""`reopen`: the one way back from closed; a death that was reported is taken back where it was."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

CLOSE = ("edit-patient", "P1", "--status", "closed")
REOPEN = ("reopen", "P1", "--why", "her son Bob moved back")


@pytest.fixture(autouse=True)
def _people(care: Callable) -> None:
    """P1 every 7 days since Monday 2 November; P2 on the roster."""
    care(
        "add-patient", "Rivera, Ana", "--dob", "1958-03-02", "--tier", "high", "--on", "2026-11-02"
    )
    care("add-patient", "Hill, Tom", "--dob", "1944-11-30", "--roster-only")


@pytest.fixture
def moved(care: Callable) -> None:
    """P1 was closed on 10 November."""
    care(*CLOSE, "--reason", "moved", "--on", "2026-11-10")


def test_it_says_from_when_where_they_stand_and_what_comes_next(
    moved: None, care: Callable
) -> None:
    ran = care(*REOPEN)

    assert ran.out == ""
    assert ran.err == (
        "P1: reopened from Mon 23 Nov, active, high tier\n"
        "next: Mon 30 Nov (every 7 days, under care management since Mon 23 Nov)\n"
    )


def test_it_gives_where_they_stand(moved: None, ok: Callable) -> None:
    done = ok(*REOPEN)
    assert done.pop("next")["due"] == "2026-11-30"

    assert done == {
        "patient": "P1",
        "on": "2026-11-23",
        "status": "active",
        "tier": "high",
        "why": "her son Bob moved back",
    }
    assert ok("show", "P1")["status"] == "active"


def test_on_the_roster_if_that_is_said(moved: None, care: Callable, ok: Callable) -> None:
    ran = care(*REOPEN, "--status", "roster")

    assert ran.err.startswith("P1: reopened from Mon 23 Nov, roster\nnext: nothing. On the roster")
    assert (ok("show", "P1")["status"], ok("due-today", "--days", "60")) == ("roster", [])


def test_unless_said_they_stand_where_they_stood(care: Callable, ok: Callable) -> None:
    care("edit-patient", "P2", "--status", "closed", "--reason", "moved")
    done = ok("reopen", "P2", "--why", "x")
    assert (done["status"], done["tier"], done["next"]) == ("roster", None, None)

    care("edit-patient", "P1", "--status", "on_hold")
    care(*CLOSE, "--reason", "moved")
    assert ok(*REOPEN)["status"] == "active"


def test_under_care_management_for_the_first_time_the_tier_is_the_usual_one(
    care: Callable, ok: Callable
) -> None:
    care("edit-patient", "P2", "--status", "closed", "--reason", "moved")

    assert ok("reopen", "P2", "--status", "active", "--why", "x")["tier"] == "moderate"
    assert ok("show", "P2")["tier_since"] == "2026-11-23"


def test_the_day_before_they_were_closed(moved: None, ok: Callable) -> None:
    before = ok("show", "P1", "--as-of", "2026-11-22")
    ok(*REOPEN)

    assert ok("show", "P1", "--as-of", "2026-11-22") == before
    assert before["status"] == "closed"


def test_from_an_earlier_day_on(moved: None, ok: Callable) -> None:
    """7 days after Friday the 20th."""
    assert ok(*REOPEN, "--on", "fri")["next"]["due"] == "2026-11-27"


def test_not_from_before_the_closing(moved: None, care: Callable, ok: Callable) -> None:
    assert care(*REOPEN, "--on", "2026-11-09", code=3).err == (
        "error: P1 was closed on 2026-11-10, after 2026-11-09\n"
        "hint: leave --on away, or say a day from then on\n"
    )
    assert ok("show", "P1")["status"] == "closed"
    assert ok(*REOPEN, "--on", "2026-11-10")["status"] == "active", "what was entered last holds"


def test_an_offer_is_not_made_for_what_was_before_the_closing(
    care: Callable, ok: Callable, tmp_path: Path
) -> None:
    text = "Patient Name,DOB,Discharge Date,Disposition,Diagnosis\n"
    (tmp_path / "list.csv").write_text(f'{text}"Hill, Tom",1944-11-30,2026-11-19,Home,I50.9\n')
    care("import-discharges", tmp_path / "list.csv")
    assert "offer" in {one["kind"] for one in ok("why", "P2")["items"]}
    care("edit-patient", "P2", "--status", "closed", "--reason", "declined", "--on", "fri")
    ok("reopen", "P2", "--why", "x")

    assert "offer" not in {one["kind"] for one in ok("why", "P2")["items"]}


# what ended care


def test_a_death_entered_by_hand_can_be_taken_back_by_hand(care: Callable, ok: Callable) -> None:
    care(*CLOSE, "--reason", "deceased")

    assert ok(*REOPEN)["status"] == "active"


@pytest.mark.parametrize(
    ("how", "undo"),
    [("D1", "caretool review D1 --not P…"), ("C1", "caretool void-contact C1 --reason TEXT")],
)
def test_a_death_that_was_reported_is_taken_back_where_it_was_said(
    how: str, undo: str, care: Callable, ok: Callable, tmp_path: Path
) -> None:
    if how == "D1":
        text = "Patient Name,DOB,Discharge Date,Disposition\n"
        (tmp_path / "list.csv").write_text(f'{text}"Rivera, Ana",1958-03-02,2026-11-20,Expired\n')
        care("import-discharges", tmp_path / "list.csv")
    else:
        care("log-contact", "P1", "--outcome", "deceased", "--on", "2026-11-20")
    before = ok("show", "P1")

    assert care(*REOPEN, code=3).err == (
        f"error: {how} says that this patient has died\nhint: if that is wrong: {undo}\n"
    )
    assert ok("show", "P1") == before


def test_reopened_on_the_day_of_a_refusal_the_patient_is_followed_up_again(
    care: Callable, ok: Callable
) -> None:
    assert ok("log-contact", "P1", "--outcome", "refused_program")["next"] is None
    assert ok(*REOPEN)["status"] == "active"
    assert ok("show", "P1")["status"] == "active"


def test_care_cannot_begin_anew_before_the_day_on_which_a_contact_ended_it(
    care: Callable, ok: Callable
) -> None:
    care("log-contact", "P1", "--outcome", "refused_program", "--on", "2026-11-20")
    ran = care(*REOPEN, "--on", "2026-11-19", code=3)
    assert ran.err == (
        "error: C1 ended outreach on 2026-11-20, after 2026-11-19\n"
        "hint: if that is wrong: caretool void-contact C1 --reason TEXT\n"
    )

    assert ok(*REOPEN)["next"]["due"] == "2026-11-30"


# refusals


def test_who_is_not_closed_is_not_reopened(care: Callable) -> None:
    assert care(*REOPEN, code=3).err == "error: P1 is not closed\nhint: caretool show P1\n"
    assert care("reopen", "P2", "--why", "x", code=3).err == (
        "error: P2 is not closed\nhint: caretool enrol P2 takes them into care management\n"
    )


@pytest.mark.parametrize(
    ("words", "code", "message"),
    [
        ([], 2, "no --why"),
        (["--why", "\n"], 2, "no --why"),
        (["--why", "x", "--status", "closed"], 2, "invalid value for '--status'"),
        (["--why", "x", "--status", "on_hold"], 2, "invalid value for '--status'"),
        (["--why", "x", "--on", "+1d"], 6, "2026-11-24 is in the future"),
    ],
)
def test_what_cannot_be_is_refused_and_nothing_is_changed(
    words: list[str], code: int, message: str, moved: None, care: Callable, ok: Callable
) -> None:
    before = ok("show", "P1")

    assert care("reopen", "P1", *words, code=code).err.startswith(f"error: {message}")
    assert ok("show", "P1") == before


def test_behind_the_mask_no_reason_is_said(moved: None, care: Callable) -> None:
    ran = care(*REOPEN, "--mask", "--json")

    assert ran.data["why"] is None
    assert "Bob" not in ran.out + ran.err
