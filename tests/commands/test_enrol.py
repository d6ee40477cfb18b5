"""`enrol`: a patient of the roster accepts; the offer is answered and follow-up begins."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

LIST = "Patient Name,DOB,Patient Class,Admit Date,Discharge Date,Disposition,Diagnosis\n"


@pytest.fixture(autouse=True)
def _people(care: Callable) -> None:
    """P1 is on the roster, P2 under care management since 18 November."""
    care("add-patient", "Hill, Tom", "--dob", "1944-11-30", "--roster-only")
    care("add-patient", "Rivera, Ana", "--dob", "1958-03-02", "--on", "-5d")


@pytest.fixture
def discharged(care: Callable, tmp_path: Path) -> None:
    """P1 went home on Friday 20 November after heart failure: a candidate."""
    path = tmp_path / "list.csv"
    path.write_text(f'{LIST}"Hill, Tom",1944-11-30,Inpatient,2026-11-16,2026-11-20,Home,I50.9\n')
    care("import-discharges", path)


def kinds(ok: Callable, *more: str) -> set[str]:
    return {one["kind"] for one in ok("why", "P1", *more)["items"]}


def test_it_says_from_when_in_which_tier_and_what_comes_next(care: Callable) -> None:
    """14 days after Monday the 23rd."""
    ran = care("enrol", "P1", "--why", "agreed on the phone")

    assert ran.out == ""
    assert ran.err == (
        "P1: under care management from Mon 23 Nov, moderate tier\n"
        "next: Mon 7 Dec (every 14 days, under care management since Mon 23 Nov)\n"
    )


def test_it_gives_status_tier_and_what_was_answered(discharged: None, ok: Callable) -> None:
    done = ok("enrol", "P1", "--tier", "low", "--why", "agreed")
    step = done.pop("next")

    assert done == {
        "patient": "P1",
        "on": "2026-11-23",
        "status": "active",
        "tier": "high",
        "answered": ["D1"],
        "why": "agreed",
    }
    assert step["kind"] == "transition_contact", "the discharge is still to be followed up"


def test_what_raises_the_tier_is_said(discharged: None, care: Callable) -> None:
    assert care("enrol", "P1", "--tier", "low").err.splitlines()[0] == (
        "P1: under care management from Mon 23 Nov, low tier, raised to high"
        " (in transition after a discharge); the offer is answered (D1)"
    )


def test_the_offer_is_gone_and_the_day_before_it_was_there(discharged: None, ok: Callable) -> None:
    before = ok("why", "P1", "--as-of", "2026-11-22")
    assert "offer" in kinds(ok)
    ok("enrol", "P1")

    assert "offer" not in kinds(ok)
    assert ok("why", "P1", "--as-of", "2026-11-22") == before


def test_a_referral_is_answered_too(care: Callable, ok: Callable) -> None:
    care("edit-patient", "P1", "--referred-by", "Dr. Okafor")

    assert ok("enrol", "P1")["answered"] == ["F1"]
    assert kinds(ok) == {"routine"}


def test_a_tier_on_file_is_kept_unless_another_is_said(care: Callable, ok: Callable) -> None:
    care("edit-patient", "P1", "--tier", "high")
    assert ok("enrol", "P1")["tier"] == "high"

    care("add-patient", "Poe, Zoe", "--dob", "1961-02-03", "--roster-only", "--tier", "high")
    assert ok("enrol", "P3", "--tier", "low")["tier"] == "low"


def test_why_they_agreed_does_not_fix_the_tier(discharged: None, ok: Callable) -> None:
    """As a reason for the tier would, with `edit-patient --tier … --why`."""
    assert ok("enrol", "P1", "--tier", "low", "--why", "agreed")["tier"] == "high"


def test_from_an_earlier_day_on(ok: Callable) -> None:
    """14 days after Tuesday 10 November is the 24th."""
    done = ok("enrol", "P1", "--on", "2026-11-10")

    assert (done["on"], done["next"]["due"]) == ("2026-11-10", "2026-11-24")
    assert ok("show", "P1", "--as-of", "2026-11-09")["status"] == "roster"


def test_a_later_status_stands_against_an_earlier_day(care: Callable, ok: Callable) -> None:
    care("edit-patient", "P1", "--status", "roster", "--on", "2026-11-20")
    ran = care("enrol", "P1", "--on", "2026-11-10", code=3)

    assert ran.err == (
        "error: P1 is roster since 2026-11-20, after 2026-11-10\n"
        "hint: leave --on away, or say a day from then on\n"
    )
    assert ok("show", "P1")["status"] == "roster"


def test_enrolling_twice_is_refused(care: Callable, ok: Callable) -> None:
    ok("enrol", "P1")
    for patient in ("P1", "P2"):
        assert care("enrol", patient, "--tier", "low", code=3).err == (
            f"error: {patient} is under care management already\n"
            f"hint: caretool edit-patient {patient} changes tier and status\n"
        )
    care("edit-patient", "P2", "--status", "on_hold")
    care("enrol", "P2", code=3)


def test_a_closed_patient_is_reopened_first(care: Callable) -> None:
    care("edit-patient", "P1", "--status", "closed", "--reason", "moved")

    assert care("enrol", "P1", code=6).err == (
        "error: P1 is closed: moved\nhint: caretool reopen P1 --why TEXT\n"
    )


def test_the_dead_are_not_enrolled(care: Callable) -> None:
    care("log-contact", "P1", "--outcome", "deceased")

    assert care("enrol", "P1", code=3).err == (
        "error: C1 says that this patient has died\n"
        "hint: if that is wrong: caretool void-contact C1 --reason TEXT\n"
    )


@pytest.mark.parametrize(
    ("words", "code"), [(["--tier", "highest"], 2), (["--on", "+1d"], 6), (["P2"], 2)]
)
def test_what_cannot_be_is_refused_and_nothing_is_changed(
    words: list[str], code: int, care: Callable, ok: Callable
) -> None:
    before = ok("show", "P1")
    care("enrol", "P1", *words, code=code)

    assert ok("show", "P1") == before


def test_declined_before_they_may_still_accept(
    discharged: None, care: Callable, ok: Callable
) -> None:
    care("decline", "P1", "--not-suitable", "--why", "x")

    assert ok("enrol", "P1")["status"] == "active"


def test_behind_the_mask_no_reason_is_said(care: Callable) -> None:
    ran = care("enrol", "P1", "--why", "her son Bob agreed", "--mask", "--json")

    assert ran.data["why"] is None
    assert "Bob" not in ran.out + ran.err
