"""`medications`: what a patient takes; with --all what was stopped, when and why."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

KEYS = [
    "medication", "name", "dose", "times_per_day", "class", "atc", "started_on", "prescriber",
    "stopped_on", "stop_reason", "replaces", "last_fill", "runs_out",
]  # fmt: skip


@pytest.fixture(autouse=True)
def _ana(care: Callable) -> None:
    care("add-patient", "Rivera, Ana", "--dob", "1958-03-02", "--mrn", "1", "--on", "-5d")


def test_the_columns_are_fixed(care: Callable) -> None:
    assert care("medications", "P1", "--csv").out == ",".join(KEYS) + "\r\n"
    care("add-medication", "P1", "metformin")
    assert list(care("medications", "P1", "--json").data[0]) == KEYS


def test_an_empty_list_says_so_and_how_to_fill_it(
    care: Callable, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    ran = care("medications", "P1")

    assert ran.out == "No medicine is on the list of P1.\n"
    assert "caretool add-medication P1 NAME puts one on it" in ran.err


def test_a_terminal_shows_the_list_and_with_all_what_was_stopped(
    care: Callable, monkeypatch: pytest.MonkeyPatch
) -> None:
    care("add-medication", "P1", "metformin", "--dose", "500 mg", "--times-per-day", "2")
    care("add-medication", "P1", "methotrexate", "--times-per-day", "1/7", "--start", "tomorrow")
    care("add-medication", "P1", "warfarin")
    care("stop-medication", "P1", "warfarin", "--why", "nose bleeds")
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)

    ran = care("medications", "P1")
    assert "500 mg, 2 a day" in ran.out
    assert "1 in 7 days" in ran.out
    assert "from Tue 24 Nov" in ran.out
    assert "warfarin" not in ran.out
    assert "2 on the list of P1\n" in ran.err
    ran = care("medications", "P1", "--all")
    assert "nose bleeds" in ran.out
    assert "2 on the list of P1, 1 stopped\n" in ran.err


def test_what_looks_like_markup_is_shown_as_it_is(
    care: Callable, monkeypatch: pytest.MonkeyPatch
) -> None:
    care("add-medication", "P1", "paracetamol 1 g [prn]")
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)

    assert "paracetamol 1 g [prn]" in care("medications", "P1").out


def test_the_last_fill_of_the_same_drug_and_when_it_runs_out(
    care: Callable, ok: Callable, tmp_path
) -> None:
    """Filled for 30 days on 1 October and again on 25 October: used up 60 days after the first."""
    care("add-medication", "P1", "Metformin")
    care("add-medication", "P1", "lisinopril")
    path = tmp_path / "fills.csv"
    path.write_text(
        "MRN,Drug,Fill Date,Days Supply\n"
        "1,METFORMIN HCL 500 MG TAB,2026-10-01,30\n1,METFORMIN HCL 1000 MG TAB,2026-10-25,30\n"
    )
    care("import-fills", path, "--source", "practice")

    metformin, lisinopril = ok("medications", "P1")
    assert (metformin["last_fill"], metformin["runs_out"]) == ("2026-10-25", "2026-11-29")
    assert (lisinopril["last_fill"], lisinopril["runs_out"]) == (None, None)
    metformin, _ = ok("medications", "P1", "--as-of", "2026-11-23")
    assert metformin["last_fill"] == "2026-10-25"


def test_behind_the_mask_the_list_has_ids_drugs_and_dates(care: Callable) -> None:
    care("add-medication", "P1", "metformin harmonica", "--dose", "harmonica", "--prescriber",
         "Dr. Harmonica")  # fmt: skip
    care("add-medication", "P1", "harmonicax")
    for form in (["--json"], ["--csv"], ["--plain"]):
        ran = care("medications", "P1", "--mask", *form)
        assert "armonica" not in ran.out
        assert "metformin" in ran.out
        assert "M2" in ran.out
