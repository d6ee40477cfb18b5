"""`add-medication`: puts a medicine on the list; the same one is not put there twice unawares."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable


@pytest.fixture(autouse=True)
def _ana(care: Callable) -> None:
    care("add-patient", "Rivera, Ana", "--dob", "1958-03-02", "--on", "-5d")


def listed(ok: Callable, *more: str) -> list[str]:
    return [one["medication"] for one in ok("medications", "P1", *more)]


def test_everything_that_is_told_is_kept(ok: Callable) -> None:
    made = ok(
        "add-medication", "P1", "Metformin", "--dose", "500 mg", "--times-per-day", "2", "--atc",
        "a10ba02", "--start", "2026-10-01", "--prescriber", "Dr. Okafor", "--class", "sugar pills",
    )  # fmt: skip
    assert made == {
        "patient": "P1", "medication": "M1", "name": "Metformin", "dose": "500 mg",
        "times_per_day": "2", "class": "sugar pills", "atc": "A10BA02",
        "started_on": "2026-10-01", "prescriber": "Dr. Okafor", "notices": [],
    }  # fmt: skip
    assert ok("medications", "P1") == [
        {
            "medication": "M1", "name": "Metformin", "dose": "500 mg", "times_per_day": "2",
            "class": "sugar pills", "atc": "A10BA02", "started_on": "2026-10-01",
            "prescriber": "Dr. Okafor", "stopped_on": None, "stop_reason": None, "replaces": None,
            "last_fill": None, "runs_out": None,
        }
    ]  # fmt: skip


def test_it_says_what_it_is_with_the_class_that_is_looked_up(care: Callable) -> None:
    ran = care("add-medication", "P1", "lisinopril", "--dose", "10 mg", "--times-per-day", "1")

    assert ran.out == ""
    assert ran.err == "P1: M1 lisinopril 10 mg, 1 a day, class RAS antagonists\n"


def test_scripts_get_the_code_of_the_class_and_people_what_they_typed(
    care: Callable, ok: Callable
) -> None:
    assert ok("add-medication", "P1", "lisinopril")["class"] == "ras_antagonists"
    ran = care("add-medication", "P1", "zzyzxine", "--class", "water_pills")
    assert ran.err == "P1: M2 zzyzxine, class water_pills\n"


@pytest.mark.parametrize("dose", ["yes", "N", "x"])
def test_what_is_no_dose_is_refused(dose: str, care: Callable) -> None:
    ran = care("add-medication", "P1", "lisinopril", "--dose", dose, code=3)
    assert ran.err.startswith("error: that is no dose\n")


def test_of_a_medicine_without_a_class_it_says_how_to_give_one(care: Callable) -> None:
    ran = care("add-medication", "P1", "zzyzxine")

    assert ran.err == (
        "P1: M1 zzyzxine\n"
        "no class known for it, so that it stands for itself: --class or --atc says one\n"
    )


@pytest.mark.parametrize("again", ["metformin", "METFORMIN", "Metformin 1000 mg", "Glucophage"])
def test_the_same_medicine_is_refused_also_in_another_strength_or_by_its_brand(
    again: str, care: Callable, ok: Callable
) -> None:
    ok("add-medication", "P1", "metformin 500 mg")

    ran = care("add-medication", "P1", again, "--json", code=3)
    (error,) = ran.document["errors"]
    assert error["code"] == "duplicate"
    assert error["message"] == "P1 has this medicine on the list already: M1"
    assert error["hint"].startswith("caretool stop-medication P1 M1 --why TEXT")
    assert listed(ok) == ["M1"]
    assert ok("add-medication", "P1", again, "--anyway")["medication"] == "M2"


def test_a_medicine_that_was_stopped_is_put_on_the_list_again(ok: Callable) -> None:
    ok("add-medication", "P1", "metformin")
    ok("stop-medication", "P1", "M1", "--why", "surgery")

    assert ok("add-medication", "P1", "metformin")["medication"] == "M2"
    assert listed(ok) == ["M2"]
    assert listed(ok, "--all") == ["M1", "M2"]


def test_another_patients_list_is_another_list(care: Callable, ok: Callable) -> None:
    care("add-patient", "Hill, Tom", "--dob", "1944-11-30")
    ok("add-medication", "P1", "metformin")

    assert ok("add-medication", "P2", "metformin")["medication"] == "M2"
    assert listed(ok) == ["M1"]


def test_a_medicine_that_begins_tomorrow_is_on_the_list_and_can_be_taken_off(
    care: Callable, ok: Callable
) -> None:
    ran = care("add-medication", "P1", "lisinopril", "--start", "tomorrow")
    assert ", from Tue 24 Nov\n" in ran.err
    assert listed(ok) == ["M1"]

    ok("stop-medication", "P1", "M1", "--why", "never begun")
    assert listed(ok) == []


@pytest.mark.parametrize(
    ("typed", "kept"),
    [("1", "1"), ("02", "2"), ("2.0", "2"), ("0.5", "0.5"), (".50", "0.5"), (" 3 ", "3"),
     ("24", "24"), ("1/7", "1/7")],
)  # fmt: skip
def test_times_a_day_are_kept_in_their_shortest_form(typed: str, kept: str, ok: Callable) -> None:
    made = ok("add-medication", "P1", "metformin", "--times-per-day", typed)
    assert made["times_per_day"] == kept


@pytest.mark.parametrize("typed", ["0", "-1", "25", "two", "1/0", "0/7", "1,5", "1e1", "nan", "²"])
def test_what_is_no_number_of_times_is_refused(typed: str, care: Callable, ok: Callable) -> None:
    ran = care("add-medication", "P1", "metformin", f"--times-per-day={typed}", code=3)

    assert "is no number of times a day\nhint: 1, 2, 0.5" in ran.err
    assert listed(ok) == []


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["500"], 3, "the name of a medicine has letters"),
        ([" "], 3, "the name of a medicine has letters"),
        (["metformin\x07"], 3, "the name of a medicine has control characters"),
        (["x" * 201], 3, "the name of a medicine has 201 characters"),
        (["metformin", "--atc", "A10BA"], 3, "'A10BA' is no ATC code of a medicine"),
        (["metformin", "--start", "10/01/2026"], 2, "'10/01/2026' is not a date"),
        (["metformin", "--start", "1950-01-01"], 3, "1950-01-01 is before the birth of P1"),
        (["metformin", "--on", "tomorrow"], 6, "2026-11-24 is in the future"),
        (["metformin", "--dose", "500\nmg"], 3, "the dose has control characters"),
    ],
)
def test_what_cannot_be_is_refused(
    words: list[str], code: int, said: str, care: Callable, ok: Callable
) -> None:
    assert care("add-medication", "P1", *words, code=code).err.startswith(f"error: {said}")
    assert listed(ok) == []


def test_after_a_death_it_says_so_and_the_list_can_still_be_corrected(
    care: Callable, ok: Callable
) -> None:
    care("log-contact", "P1", "--outcome", "deceased", "--on", "2026-11-20")
    said = "the patient died on 2026-11-20 (C1), before that day"

    assert ok("add-medication", "P1", "metformin")["notices"] == [said]
    assert said in care("add-medication", "P1", "lisinopril").err
    assert ok("add-medication", "P1", "aspirin", "--on", "2026-11-20")["notices"] == []
    later = ok("add-medication", "P1", "zinc", "--on", "2026-11-20", "--start", "2026-11-21")
    assert later["notices"] == [said]
    assert listed(ok) == ["M1", "M2", "M3", "M4"]


def test_the_day_before_it_was_noted_it_is_not_seen(ok: Callable) -> None:
    ok("add-medication", "P1", "metformin", "--on", "yesterday")

    assert listed(ok, "--as-of", "2026-11-22") == ["M1"]
    assert listed(ok, "--as-of", "2026-11-21") == []


def test_behind_the_mask_only_the_drug_is_said_and_nothing_that_was_typed(care: Callable) -> None:
    words = ["Metformin harmonica", "--dose", "harmonica", "--prescriber", "Dr. Harmonica"]
    for more in ([], ["--json", "--anyway"]):
        ran = care("add-medication", "P1", *words, "--mask", *more)
        assert "armonica" not in ran.out + ran.err
        assert "metformin" in ran.out + ran.err
