"""`waive`: something will not be done, and why; what comes again and again is not ended so."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

LIST = "Patient Name,DOB,Patient Class,Admit Date,Discharge Date,Disposition,Diagnosis\n"


@pytest.fixture(autouse=True)
def _people(care: Callable, tmp_path: Path) -> None:
    """P1, home from hospital on Friday 20 November, high risk; P2, every 7 days; P3, on the roster.

    P3 left hospital that day too, with heart failure.
    """
    care("add-patient", "Rivera, Ana", "--dob", "1958-03-02", "--tier", "high", "--on", "-5d")
    care("add-patient", "Hill, Tom", "--dob", "1944-11-30", "--tier", "high", "--on", "-5d")
    care("add-patient", "Poe, Zoe", "--dob", "1961-02-03", "--roster-only")
    path = tmp_path / "list.csv"
    path.write_text(
        f'{LIST}"Rivera, Ana",1958-03-02,Inpatient,2026-11-16,2026-11-20,Home,Pneumonia\n'
        '"Poe, Zoe",1961-02-03,Inpatient,2026-11-16,2026-11-20,Home,I50.9\n'
    )
    care("import-discharges", path)


def waive(kind: str, *more: str, patient: str = "P1") -> tuple[str, ...]:
    return ("waive", patient, kind, "--why", "sees Dr. Bob elsewhere", *more)


def kinds(ok: Callable, patient: str = "P1", *more: str) -> set[str]:
    return {one["kind"] for one in ok("why", patient, *more)["items"]}


def test_it_says_what_will_not_be_done_and_what_comes_next(care: Callable) -> None:
    ran = care(*waive("visit"))

    assert ran.out == ""
    assert ran.err == (
        "P1: visit of Wed 25 Nov will not be done\n"
        "next: today, Mon 23 Nov, by Tue 24 Nov at the latest"
        " (discharged Fri 20 Nov (D1), contact within 2 business days)\n"
    )


def test_it_gives_the_item_and_the_reason(ok: Callable) -> None:
    done = ok(*waive("visit"))
    del done["next"]

    assert done == {
        "patient": "P1",
        "kind": "visit",
        "rule": "transition/visit_high",
        "planned": "2026-11-25",
        "open": False,
        "taken_back": False,
        "why": "sees Dr. Bob elsewhere",
    }


def test_only_that_item_is_gone_also_from_the_list(ok: Callable) -> None:
    before = kinds(ok)
    ok(*waive("engagement"))

    assert kinds(ok) == before - {"engagement"}
    (row, *_) = ok("due-today", "--days", "60")
    assert "engagement" not in {one["kind"] for one in row["items"]}


def test_of_several_steps_only_the_next_one_is_left_out(ok: Callable) -> None:
    """Calls on days 7, 14 …: Friday 27 November, Friday 4 December, Friday the 11th."""

    def call() -> str:
        return next(o["target"] for o in ok("why", "P1")["items"] if o["kind"] == "transition_call")

    assert call() == "2026-11-27"
    ok(*waive("calls"))
    assert call() == "2026-12-04"
    ok(*waive("calls"))
    assert call() == "2026-12-11"


def test_without_the_visit_the_reconciliation_has_its_own_limit_back(ok: Callable) -> None:
    """30 days after the 20th of November, and no longer the limit of the visit."""

    def limit() -> str:
        items = ok("why", "P1")["items"]
        return next(one["limit"] for one in items if one["kind"] == "reconciliation")

    assert limit() == "2026-11-27"
    ok(*waive("visit"))
    assert limit() == "2026-12-20"


def test_a_date_that_was_asked_for_can_be_waived(care: Callable, ok: Callable) -> None:
    care("log-contact", "P2", "--outcome", "rescheduled", "--next", "2026-11-27")
    assert kinds(ok, "P2") == {"requested"}
    ok(*waive("requested", patient="P2"))

    assert kinds(ok, "P2") == {"routine"}


def test_the_day_before_it_was_open(ok: Callable) -> None:
    before = ok("why", "P1", "--as-of", "2026-11-22")
    ok(*waive("visit"))

    assert ok("why", "P1", "--as-of", "2026-11-22") == before


def test_what_was_decided_earlier_can_be_entered_today(ok: Callable) -> None:
    ok(*waive("visit", "--on", "sat"))

    assert "visit" not in kinds(ok, "P1", "--as-of", "2026-11-21")
    assert "visit" in kinds(ok, "P1", "--as-of", "2026-11-20")


def test_why_tells_that_it_was_waived_and_the_reason(care: Callable) -> None:
    care(*waive("visit"))

    assert "waived Mon 23 Nov: sees Dr. Bob elsewhere" in care("why", "P1").out


# taking back


def test_taken_back_all_is_as_before(care: Callable, ok: Callable) -> None:
    before = ok("why", "P1"), ok("due-today", "--days", "60")
    ok(*waive("visit"))
    ran = care("waive", "P1", "visit", "--take-back")

    assert ran.err.startswith("P1: visit is to be done again, on Wed 25 Nov\n")
    assert (ok("why", "P1"), ok("due-today", "--days", "60")) == before


def test_the_last_one_of_a_kind_is_taken_back(ok: Callable) -> None:
    ok(*waive("calls"))
    ok(*waive("calls"))
    done = ok("waive", "P1", "transition/calls", "--take-back", "--why", "after all")

    assert (done["planned"], done["open"], done["why"]) == ("2026-12-04", True, "after all")
    ok("waive", "P1", "calls", "--take-back")
    assert "2026-11-27" in {one["target"] for one in ok("why", "P1")["items"]}


def test_what_has_been_done_meanwhile_stays_done(care: Callable) -> None:
    care(*waive("visit"))
    care("log-contact", "P1", "--outcome", "visit_done")

    assert care("waive", "P1", "visit", "--take-back").err.startswith(
        "P1: visit is no longer waived, and not open any more\n"
    )


def test_what_was_not_waived_cannot_be_taken_back(care: Callable) -> None:
    assert care("waive", "P1", "visit", "--take-back", code=3).err == (
        "error: nothing of that kind was waived for P1\nhint: nothing was waived at all\n"
    )
    care(*waive("engagement"))
    assert care("waive", "P1", "visit", "--take-back", code=3).err.endswith(
        "hint: waived: engagement\n"
    )


def test_a_word_of_an_earlier_day_cannot_undo_a_later_one(care: Callable) -> None:
    care(*waive("visit"))

    assert care("waive", "P1", "visit", "--take-back", "--on", "sun", code=3).err == (
        "error: it was waived on 2026-11-23, after 2026-11-22\n"
        "hint: leave --on away, or say a day from then on\n"
    )


# what is not waived


def test_routine_follow_up_is_not_waived(care: Callable, ok: Callable) -> None:
    ran = care(*waive("routine", patient="P2"), code=6)

    assert ran.err == (
        "error: routine comes again and again, so that waiving it once would end it unseen\n"
        "hint: caretool defer P2 routine moves it, edit-patient --tier makes it rarer,"
        " hold pauses it, edit-patient --status closed ends it\n"
    )
    assert kinds(ok, "P2") == {"routine"}


def test_the_weekly_question_to_a_facility_is_not_waived(care: Callable, tmp_path: Path) -> None:
    path = tmp_path / "facility.csv"
    path.write_text(f'{LIST}"Hill, Tom",1944-11-30,Inpatient,2026-11-16,2026-11-20,SNF,\n')
    care("import-discharges", path)

    assert care(*waive("facility_check", patient="P2"), code=6).err.startswith(
        "error: facility check comes again and again"
    )


def test_an_offer_is_answered(care: Callable, ok: Callable) -> None:
    assert care(*waive("offer", patient="P3"), code=6).err == (
        "error: offer is answered, not waived\n"
        "hint: caretool enrol P3, or caretool decline P3 --why TEXT\n"
    )
    assert "offer" in kinds(ok, "P3")


@pytest.fixture
def unreached(care: Callable) -> None:
    """P2: three attempts on three days, two parts of the day, two channels; a letter on 6 November.

    14 days later, on Friday the 20th: close as unable to reach?
    """
    for on, by in (
        ("2026-11-02T09:00", "phone"), ("2026-11-04T15:00", "phone"), ("2026-11-05T09:00", "sms"),
    ):  # fmt: skip
        care("log-contact", "P2", "--outcome", "no_answer", "--by", by, "--on", on)
    care("log-contact", "P2", "--outcome", "letter_sent", "--on", "2026-11-06")


def test_not_to_close_somebody_is_to_go_on_trying(
    unreached: None, care: Callable, ok: Callable, monkeypatch: pytest.MonkeyPatch
) -> None:
    care("edit-patient", "P2", "--status", "active", "--on", "2026-10-01")
    assert "close_unreachable" in kinds(ok, "P2")
    ran = care(*waive("close_unreachable", patient="P2"))

    assert ran.err.startswith("P2: not closed; trying goes on, and attempts are counted anew\n")
    assert kinds(ok, "P2") == {"routine"}
    monkeypatch.setenv("CARETOOL_TODAY", "2026-11-27")
    for on, by in (
        ("2026-11-24T09:00", "phone"), ("2026-11-25T15:00", "phone"), ("2026-11-27T09:00", "sms"),
    ):  # fmt: skip
        assert kinds(ok, "P2") == {"routine"}
        care("log-contact", "P2", "--outcome", "no_answer", "--by", by, "--on", on)
    assert kinds(ok, "P2") == {"routine", "letter", "close_unreachable"}


# refusals

REFUSED: list[tuple[list[str], int, str]] = [
    (["visit"], 2, "no --why"),
    (["visit", "--why", ""], 2, "no --why"),
    (["--why", "x"], 2, "missing argument 'KIND'"),
    (["visit", "--why", "x", "--on", "+1d"], 6, "2026-11-24 is in the future"),
    (["Quackenbush", "--why", "x"], 3, "nothing of that kind is open for P1"),
    (["routine", "--why", "x"], 3, "nothing of that kind is open for P1"),
]


@pytest.mark.parametrize(("words", "code", "message"), REFUSED, ids=str)
def test_what_cannot_be_is_refused_and_nothing_is_changed(
    words: list[str], code: int, message: str, care: Callable, ok: Callable
) -> None:
    before = ok("why", "P1")

    assert care("waive", "P1", *words, code=code).err.startswith(f"error: {message}\n".rstrip())
    assert ok("why", "P1") == before


def test_a_closed_patient_is_reopened_first(care: Callable) -> None:
    care("edit-patient", "P1", "--status", "closed", "--reason", "graduated")

    assert care(*waive("visit"), code=6).err.endswith("hint: caretool reopen P1 --why TEXT\n")


def test_behind_the_mask_no_reason_is_said(care: Callable) -> None:
    for more in ([], ["--json"]):
        ran = care(*waive("visit"), "--mask", *more)
        assert "Bob" not in ran.out + ran.err
        care("waive", "P1", "visit", "--take-back")
    care(*waive("visit"))
    for words in (["why", "P1"], ["due-today", "--days", "30"], ["show", "P1"]):
        ran = care(*words, "--mask", "--json")
        assert "Bob" not in ran.out, words
