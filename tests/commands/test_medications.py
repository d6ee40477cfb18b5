"""`medications`: what a patient takes; with --all what was stopped, when and why."""

from __future__ import annotations

import re
import sys
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

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
    assert ran.err == "caretool add-medication P1 NAME puts one on it\n"


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


@pytest.mark.parametrize(
    ("fills", "said"),
    [
        ("1,METFORMIN 500 MG,2026-10-01,30\n", "1 medicine dispensed: caretool show P1\n"),
        (
            "1,METFORMIN 500 MG,2026-10-01,30\n1,METFORMIN 1 G,2026-11-01,30\n"
            "1,WARFARIN 5 MG,2026-11-01,30\n",
            "2 medicines dispensed: caretool show P1\n",
        ),
    ],
)
def test_of_an_empty_list_it_says_what_was_dispensed(
    fills: str, said: str, care: Callable, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "fills.csv"
    path.write_text(f"MRN,Drug,Fill Date,Days Supply\n{fills}")
    care("import-fills", path, "--source", "practice")
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)

    ran = care("medications", "P1")
    assert (ran.out, ran.err) == ("No medicine is on the list of P1.\n", said)


def plain(text: str) -> str:
    """Without what makes a terminal dim or bold."""
    return re.sub("\x1b\\[[0-9;]*m", "", text)


@pytest.fixture
def _full_list(care: Callable) -> None:
    """The longest names that are common, and one of each kind of entry."""
    add = ("add-medication", "P1")
    care(*add, "sacubitril/valsartan", "--dose", "49/51 mg", "--times-per-day", "2",
         "--prescriber", "Dr. Okafor", "--start", "2025-03-01")  # fmt: skip
    care(*add, "hydrochlorothiazide", "--dose", "12.5 mg", "--times-per-day", "1")
    care(*add, "lisinopril", "--dose", "10 mg", "--times-per-day", "1")
    care("stop-medication", "P1", "lisinopril", "--why", "cough, changed by cardiology")


@pytest.mark.usefixtures("_full_list")
@pytest.mark.parametrize("width", [80, 120])
def test_no_name_is_broken_inside_a_word(
    width: int, care: Callable, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", str(width))
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    out = plain(care("medications", "P1", "--all").out)

    words = out.split()
    assert {"sacubitril/valsartan", "hydrochlorothiazide", "lisinopril", "cardiology"} <= set(words)
    assert max(map(len, out.splitlines())) <= width


@pytest.mark.usefixtures("_full_list")
def test_columns_without_anything_are_left_out_for_people_only(
    care: Callable, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert care("medications", "P1", "--csv").out.splitlines()[0] == ",".join(KEYS)
    monkeypatch.setenv("COLUMNS", "120")
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    head = care("medications", "P1").out.splitlines()[0]
    assert "prescriber" in head
    assert "last fill" not in head
    assert "runs out" not in head
    care("stop-medication", "P1", "M1", "--why", "dizzy")
    assert "prescriber" not in care("medications", "P1").out.splitlines()[0]


@pytest.mark.usefixtures("_full_list")
def test_why_it_was_stopped_stands_below_the_name(
    care: Callable, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "list.csv"
    path.write_text("medication,dose,discharge\nM1,97/103 mg,yes\nM2,,yes\n")
    care("reconcile", "P1", "--file", path)
    monkeypatch.setenv("COLUMNS", "120")
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)

    out = plain(care("medications", "P1", "--all").out)
    lines = [line.strip() for line in out.splitlines()]
    at = next(number for number, line in enumerate(lines) if line.startswith("M3"))
    assert "stopped Mon 23 Nov: cough, changed by" in lines[at + 1]
    at = next(number for number, line in enumerate(lines) if line.startswith("M4"))
    assert lines[at + 1] == "instead of M1"
    assert "instead of" not in care("medications", "P1").out


def test_people_read_the_words_of_a_class_and_scripts_its_code(
    care: Callable, ok: Callable, monkeypatch: pytest.MonkeyPatch
) -> None:
    care("add-medication", "P1", "lisinopril")
    assert ok("medications", "P1")[0]["class"] == "ras_antagonists"
    monkeypatch.setenv("COLUMNS", "120")
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    assert "RAS antagonists" in care("medications", "P1").out


def test_what_looks_like_markup_is_shown_as_it_is(
    care: Callable, monkeypatch: pytest.MonkeyPatch
) -> None:
    care("add-medication", "P1", "paracetamol 1 g [prn]")
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)

    assert "paracetamol 1 g [prn]" in care("medications", "P1").out


def test_the_last_fill_of_the_same_drug_and_when_it_runs_out(
    care: Callable, ok: Callable, tmp_path: Path
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
