"""`stop-medication`: a medicine leaves the list and stays on file with the day and the reason."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable


@pytest.fixture(autouse=True)
def _ana(care: Callable) -> None:
    """P1 with metformin (M1), lisinopril since October (M2), both noted ten days ago."""
    care("add-patient", "Rivera, Ana", "--dob", "1958-03-02", "--on", "-5d")
    care("add-medication", "P1", "metformin", "--on", "-10d")
    care("add-medication", "P1", "lisinopril", "--start", "2026-10-01", "--on", "-10d")


def active(ok: Callable, *more: str) -> list[str]:
    return [one["medication"] for one in ok("medications", "P1", *more)]


@pytest.mark.parametrize("called", ["M1", "m01", "metformin", "METFORMIN", "metf"])
def test_it_is_called_by_its_id_or_part_of_its_name(
    called: str, care: Callable, ok: Callable
) -> None:
    ran = care("stop-medication", "P1", called, "--why", "stomach pain")

    assert ran.out == ""
    assert ran.err == (
        "P1: M1 metformin stopped on Mon 23 Nov: stomach pain\n"
        "if it is taken again: caretool add-medication P1 NAME\n"
    )
    assert active(ok) == ["M2"]
    stopped = ok("medications", "P1", "--all")[0]
    assert (stopped["stopped_on"], stopped["stop_reason"]) == ("2026-11-23", "stomach pain")


def test_until_that_day_it_is_on_the_list(ok: Callable) -> None:
    ok("stop-medication", "P1", "M1", "--why", "x", "--on", "yesterday")

    assert active(ok, "--as-of", "2026-11-21") == ["M1", "M2"]
    assert active(ok, "--as-of", "2026-11-22") == ["M2"]
    assert ok("medications", "P1", "--all", "--as-of", "2026-11-21")[0]["stop_reason"] is None


def test_it_may_have_been_stopped_before_it_was_noted(care: Callable, ok: Callable) -> None:
    ok("stop-medication", "P1", "M2", "--why", "x", "--on", "2026-10-01")
    assert active(ok) == ["M1"]

    ran = care("stop-medication", "P1", "M1", "--why", "x", "--on", "2026-11-01")
    assert "M1 metformin stopped on Sun 1 Nov" in ran.err, "nobody said since when it was taken"


def test_it_is_not_stopped_before_it_began(care: Callable, ok: Callable) -> None:
    ran = care("stop-medication", "P1", "M2", "--why", "x", "--on", "2026-09-30", code=3)

    assert ran.err == (
        "error: M2 is on the list since 2026-10-01, after 2026-09-30\n"
        "hint: leave --on away, or say a day from then on\n"
    )
    assert active(ok) == ["M1", "M2"]


def test_a_name_that_fits_several_lists_their_ids(care: Callable, ok: Callable) -> None:
    ok("add-medication", "P1", "metformin", "--anyway")

    ran = care("stop-medication", "P1", "metformin", "--why", "x", code=3)
    assert ran.err == "error: 2 medicines fit: M1, M3\nhint: say which one by its id\n"
    ok("stop-medication", "P1", "M3", "--why", "entered in error")
    ok("stop-medication", "P1", "metformin", "--why", "x")
    assert active(ok) == ["M2"]


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["M9", "--why", "x"], 3, "P1 has no medicine M9"),
        (["M3", "--why", "x"], 3, "P1 has no medicine M3"),
        (["warfarin", "--why", "x"], 3, "no medicine of P1 fits what was typed"),
        (["M1"], 2, "no --why"),
        (["M1", "--why", " "], 2, "no --why"),
        (["M1", "--why", "x", "--on", "tomorrow"], 6, "2026-11-24 is in the future"),
    ],
)
def test_what_cannot_be_is_refused(
    words: list[str], code: int, said: str, care: Callable, ok: Callable
) -> None:
    care("add-patient", "Hill, Tom", "--dob", "1944-11-30")
    care("add-medication", "P2", "furosemide")

    assert care("stop-medication", "P1", *words, code=code).err.startswith(f"error: {said}")
    assert active(ok) == ["M1", "M2"]


@pytest.mark.parametrize("called", ["M1", "metformin"])
def test_one_that_was_stopped_is_not_stopped_again(called: str, care: Callable) -> None:
    care("stop-medication", "P1", "M1", "--why", "x")

    ran = care("stop-medication", "P1", called, "--why", "y", code=3)
    assert ran.err.startswith("error: M1 was stopped on 2026-11-23 already\n")


def test_the_answer_for_scripts(ok: Callable) -> None:
    assert ok("stop-medication", "P1", "M1", "--why", "stomach pain") == {
        "patient": "P1", "medication": "M1", "name": "metformin", "stopped_on": "2026-11-23",
        "stop_reason": "stomach pain",
    }  # fmt: skip


def test_behind_the_mask_the_reason_is_not_said(care: Callable) -> None:
    ran = care("stop-medication", "P1", "M1", "--why", "harmonica", "--mask")
    assert "harmonica" not in ran.err
    ran = care("medications", "P1", "--all", "--mask", "--json")
    assert "harmonica" not in ran.out
