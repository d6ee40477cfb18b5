"""`decline`: the answer to an offer is kept; a later event asks again, or only a referral does."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

LIST = "Patient Name,DOB,Patient Class,Admit Date,Discharge Date,Disposition,Diagnosis\n"
DECLINE = ("decline", "P1", "--why", "her daughter Bea helps")


@pytest.fixture
def discharge(care: Callable, tmp_path: Path) -> Callable[[str, str], None]:
    """Let P1 go home after heart failure: admitted on the one day, out on the other."""

    def go_home(admitted: str, out: str) -> None:
        path = tmp_path / f"{out}.csv"
        path.write_text(f'{LIST}"Hill, Tom",1944-11-30,Inpatient,{admitted},{out},Home,I50.9\n')
        care("import-discharges", path)

    return go_home


@pytest.fixture(autouse=True)
def _tom(care: Callable, discharge: Callable) -> None:
    """P1, on the roster, home since Friday 20 November: a candidate."""
    care("add-patient", "Hill, Tom", "--dob", "1944-11-30", "--roster-only")
    discharge("2026-11-16", "2026-11-20")


def kinds(ok: Callable, *more: str) -> set[str]:
    return {one["kind"] for one in ok("why", "P1", *more)["items"]}


def test_it_says_what_was_answered_and_what_comes_next(care: Callable) -> None:
    ran = care(*DECLINE)

    assert ran.out == ""
    assert ran.err.splitlines()[0] == (
        "P1: declined; stays on the roster, a later discharge or referral asks again"
    )
    assert ran.err.splitlines()[1].startswith(
        "next: today, Mon 23 Nov, by Tue 24 Nov at the latest"
    )


def test_it_gives_the_decision_and_what_was_answered(ok: Callable) -> None:
    done = ok(*DECLINE)
    assert done.pop("next")["kind"] == "transition_contact", "the discharge is followed up anyway"

    assert done == {
        "patient": "P1",
        "on": "2026-11-23",
        "decision": "decline",
        "answered": ["D1"],
        "status": "roster",
        "why": "her daughter Bea helps",
    }


@pytest.mark.parametrize("more", [[], ["--not-suitable"]])
def test_only_the_offer_is_gone(more: list[str], ok: Callable) -> None:
    before = kinds(ok)
    assert "offer" in before
    ok(*DECLINE, *more)

    assert kinds(ok) == before - {"offer"}
    assert ok("show", "P1")["status"] == "roster"


def test_the_day_before_the_offer_was_there(ok: Callable) -> None:
    before = ok("why", "P1", "--as-of", "2026-11-22")
    ok(*DECLINE)

    assert ok("why", "P1", "--as-of", "2026-11-22") == before


def test_an_answer_of_an_earlier_day_can_be_entered_today(ok: Callable) -> None:
    ok(*DECLINE, "--on", "sat")

    assert "offer" not in kinds(ok, "--as-of", "2026-11-21")
    assert "offer" in kinds(ok, "--as-of", "2026-11-20")


def test_an_answer_from_before_the_discharge_does_not_answer_it(ok: Callable) -> None:
    assert ok(*DECLINE, "--on", "2026-11-19")["answered"] == []
    assert "offer" in kinds(ok)


@pytest.mark.parametrize(("more", "again"), [([], True), (["--not-suitable"], False)])
def test_a_later_discharge_asks_again_unless_it_does_not_suit_them(
    more: list[str], again: bool, discharge: Callable, ok: Callable, monkeypatch: pytest.MonkeyPatch
) -> None:
    ok(*DECLINE, *more)
    monkeypatch.setenv("CARETOOL_TODAY", "2026-12-10")
    discharge("2026-12-07", "2026-12-09")

    assert ("offer" in kinds(ok)) == again


def test_a_later_referral_always_asks_again(
    care: Callable, ok: Callable, monkeypatch: pytest.MonkeyPatch
) -> None:
    ok(*DECLINE, "--not-suitable")
    monkeypatch.setenv("CARETOOL_TODAY", "2026-12-10")
    care("edit-patient", "P1", "--referred-by", "Dr. Okafor")

    assert "offer" in kinds(ok)


def test_what_was_answered_last_holds(
    discharge: Callable, ok: Callable, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not suitable in November, enrolled in December, back on the roster: a candidate as before."""
    ok(*DECLINE, "--not-suitable")
    monkeypatch.setenv("CARETOOL_TODAY", "2026-12-10")
    ok("enrol", "P1")
    ok("edit-patient", "P1", "--status", "roster")
    assert "offer" not in kinds(ok), "the discharge of November is answered"
    monkeypatch.setenv("CARETOOL_TODAY", "2026-12-21")
    discharge("2026-12-16", "2026-12-18")

    assert "offer" in kinds(ok)


def test_why_tells_how_the_offer_was_answered(care: Callable) -> None:
    care(*DECLINE)

    assert "declined Mon 23 Nov: her daughter Bea helps" in care("why", "P1").out


def test_without_an_offer_the_answer_is_remembered_all_the_same(
    care: Callable, ok: Callable
) -> None:
    care("add-patient", "Poe, Zoe", "--dob", "1961-02-03", "--roster-only")

    assert ok("decline", "P2", "--not-suitable", "--why", "x")["answered"] == []


def test_who_is_under_care_management_ends_it_otherwise(care: Callable) -> None:
    care("enrol", "P1")

    assert care(*DECLINE, code=3).err == (
        "error: P1 is under care management, so there is nothing to decline\n"
        "hint: caretool edit-patient P1 --status closed --reason declined ends it\n"
    )


def test_a_closed_patient_is_reopened_first(care: Callable) -> None:
    care("edit-patient", "P1", "--status", "closed", "--reason", "moved")

    assert care(*DECLINE, code=6).err.endswith("hint: caretool reopen P1 --why TEXT\n")


@pytest.mark.parametrize(
    ("words", "code", "message"),
    [
        ([], 2, "no --why"),
        (["--why", " "], 2, "no --why"),
        (["--why", "x", "--on", "+1d"], 6, "2026-11-24 is in the future"),
    ],
)
def test_what_cannot_be_is_refused_and_nothing_is_changed(
    words: list[str], code: int, message: str, care: Callable, ok: Callable
) -> None:
    before = ok("why", "P1")

    assert care("decline", "P1", *words, code=code).err.startswith(f"error: {message}")
    assert ok("why", "P1") == before


def test_behind_the_mask_no_reason_is_said(care: Callable) -> None:
    ran = care(*DECLINE, "--mask", "--json")
    assert ran.data["why"] is None
    assert "Bea" not in ran.out + ran.err

    for words in (["why", "P1"], ["show", "P1"]):
        assert "Bea" not in care(*words, "--mask", "--json").out
