"""`appointment`: a visit that was arranged moves the visit's date, if it is within the limit."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

LIST = "Patient Name,DOB,Patient Class,Admit Date,Discharge Date,Disposition\n"


@pytest.fixture(autouse=True)
def _ana(care: Callable, tmp_path: Path) -> None:
    """P1, home from hospital on Sunday 22 November, moderate risk.

    A visit by Sunday 6 December (14 days), planned for Friday 27 November (7 days are a Sunday);
    the window of D+30 ends on Tuesday 22 December.
    """
    care("add-patient", "Rivera, Ana", "--dob", "1958-03-02", "--on", "-5d")
    path = tmp_path / "list.csv"
    path.write_text(f'{LIST}"Rivera, Ana",1958-03-02,Inpatient,2026-11-16,2026-11-22,Home\n')
    care("import-discharges", path)


def targets(ok: Callable, *more: str) -> dict[str, str]:
    return {one["kind"]: one["target"] for one in ok("why", "P1", *more)["items"]}


def test_it_says_when_it_is_and_that_it_is_in_time(care: Callable) -> None:
    ran = care("appointment", "P1", "2026-12-03T10:30", "--with", "Dr. Okafor")

    assert ran.out == ""
    assert ran.err == (
        "P1: appointment Thu 3 Dec at 10:30 with Dr. Okafor\n"
        "appointment Thu 3 Dec is within the limit of Sun 6 Dec (visit)\n"
        "appointment Thu 3 Dec is within the limit of Tue 22 Dec (engagement)\n"
        "next: today, Mon 23 Nov, by Tue 24 Nov at the latest"
        " (discharged Sun 22 Nov (D1), contact within 2 business days)\n"
    )


def test_it_says_that_it_is_past_the_limit(care: Callable, ok: Callable) -> None:
    before = targets(ok)
    said = care("appointment", "P1", "2026-12-10").err

    assert "appointment Thu 10 Dec is past the limit of Sun 6 Dec (visit)\n" in said
    assert targets(ok)["visit"] == before["visit"], "a visit past its limit is still to be had"
    visit = next(one for one in ok("why", "P1")["items"] if one["kind"] == "visit")
    assert "past the limit" in str(visit["trace"])


def test_it_gives_the_appointment_and_the_limits(ok: Callable) -> None:
    done = ok("appointment", "P1", "2026-12-10T14:00", "--with", "Dr. Okafor")
    assert done.pop("next")["kind"] == "transition_contact"

    assert done == {
        "patient": "P1",
        "appointment": "A1",
        "day": "2026-12-10",
        "at": "14:00",
        "with": "Dr. Okafor",
        "cancelled": [],
        "limits": [
            {"kind": "visit", "rule": "transition/visit_moderate", "limit": "2026-12-06",
             "within": False},
            {"kind": "engagement", "rule": "windows/engagement", "limit": "2026-12-22",
             "within": True},
        ],
    }  # fmt: skip


@pytest.mark.parametrize(
    ("day", "within"), [("2026-12-05", True), ("2026-12-06", True), ("2026-12-07", False)]
)
def test_the_limit_itself_is_in_time(day: str, within: bool, ok: Callable) -> None:
    visit, _ = ok("appointment", "P1", day)["limits"]

    assert visit["within"] == within
    assert targets(ok)["visit"] == (day if within else "2026-11-27")


def test_the_visit_is_due_on_that_day_and_then_it_is_asked_whether_it_was_kept(
    care: Callable, ok: Callable, monkeypatch: pytest.MonkeyPatch
) -> None:
    ok("appointment", "P1", "2026-12-03")
    found = targets(ok)
    assert (found["visit"], found["appointment"]) == ("2026-12-03", "2026-12-04")

    monkeypatch.setenv("CARETOOL_TODAY", "2026-12-04")
    care("log-contact", "P1", "--outcome", "visit_done", "--on", "2026-12-03")
    assert not {"visit", "appointment", "engagement"} & set(targets(ok))


def test_the_day_before_nothing_is_known_of_it(ok: Callable) -> None:
    before = ok("why", "P1", "--as-of", "2026-11-22")
    ok("appointment", "P1", "2026-12-03")

    assert ok("why", "P1", "--as-of", "2026-11-22") == before


def test_a_new_one_takes_the_place_of_the_one_to_come(care: Callable, ok: Callable) -> None:
    ok("appointment", "P1", "2026-12-10T14:00")
    ran = care("appointment", "P1", "2026-12-03")

    assert ran.err.startswith("P1: appointment Thu 3 Dec, instead of Thu 10 Dec at 14:00\n")
    assert targets(ok)["visit"] == "2026-12-03"
    done = ok("appointment", "P1", "2026-12-02")
    assert done["cancelled"] == [{"appointment": "A2", "day": "2026-12-03", "at": None}]


@pytest.mark.parametrize(
    ("typed", "day"),
    [("today", "2026-11-23"), ("fri", "2026-11-27"), ("+1w", "2026-11-30")],
)
def test_it_may_be_today_and_a_weekday_is_the_next_one(typed: str, day: str, ok: Callable) -> None:
    assert ok("appointment", "P1", typed)["day"] == day


# cancelling


def test_cancelled_all_is_as_before(care: Callable, ok: Callable) -> None:
    before = ok("why", "P1"), ok("due-today", "--days", "60")
    ok("appointment", "P1", "2026-12-03T10:30")
    ran = care("appointment", "P1", "--cancel")

    assert ran.err.startswith("P1: appointment Thu 3 Dec at 10:30 cancelled\nnext: today")
    assert (ok("why", "P1"), ok("due-today", "--days", "60")) == before


def test_until_it_was_cancelled_it_stood(ok: Callable, monkeypatch: pytest.MonkeyPatch) -> None:
    ok("appointment", "P1", "2026-12-03")
    monkeypatch.setenv("CARETOOL_TODAY", "2026-11-25")
    done = ok("appointment", "P1", "--cancel")

    assert done["appointment"] is None
    assert done["cancelled"] == [{"appointment": "A1", "day": "2026-12-03", "at": None}]
    assert targets(ok, "--as-of", "2026-11-24")["visit"] == "2026-12-03"
    assert targets(ok)["visit"] == "2026-11-27"


def test_one_that_has_passed_is_not_cancelled_but_missed(
    care: Callable, ok: Callable, monkeypatch: pytest.MonkeyPatch
) -> None:
    ok("appointment", "P1", "2026-11-24")
    monkeypatch.setenv("CARETOOL_TODAY", "2026-11-25")

    assert care("appointment", "P1", "--cancel", code=3).err == (
        "error: P1 has no appointment to come\n"
        "hint: one that was missed: caretool log-contact P1 --outcome visit_missed\n"
    )


# refusals


@pytest.mark.parametrize(
    ("words", "code", "message"),
    [
        ([], 2, "no date"),
        (["12/03/2026"], 2, "'12/03/2026' is not a date"),
        (["2026-12-03T25:00"], 2, "'2026-12-03T25:00' is not a date"),
        (["2026-12-03", "--cancel"], 2, "--cancel takes neither a date nor --with"),
        (["--cancel", "--with", "Dr. Okafor"], 2, "--cancel takes neither a date nor --with"),
        (["yesterday"], 3, "2026-11-22 is in the past; today is 2026-11-23"),
        (["2061-01-03"], 3, "2061-01-04 cannot be checked for holidays"),
        (["--cancel"], 3, "P1 has no appointment to come"),
    ],
    ids=str,
)
def test_what_cannot_be_is_refused_and_nothing_is_changed(
    words: list[str], code: int, message: str, care: Callable, ok: Callable
) -> None:
    before = ok("why", "P1")

    assert care("appointment", "P1", *words, code=code).err.startswith(f"error: {message}")
    assert ok("why", "P1") == before


def test_a_closed_patient_is_reopened_first(care: Callable) -> None:
    care("edit-patient", "P1", "--status", "closed", "--reason", "moved")

    assert care("appointment", "P1", "fri", code=6).err.endswith(
        "hint: caretool reopen P1 --why TEXT\n"
    )


def test_behind_the_mask_nobody_is_named(care: Callable, ok: Callable) -> None:
    for more in ([], ["--json"]):
        ran = care("appointment", "P1", "fri", "--with", "Dr. Okafor", "--mask", *more)
        assert "Okafor" not in ran.out + ran.err
    for words in (["why", "P1"], ["due-today", "--days", "30"], ["show", "P1"]):
        ran = care(*words, "--mask", "--json")
        assert "Okafor" not in ran.out, words
