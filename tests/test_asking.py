"""`-` for a patient: who is meant is asked for or piped in, and never stands in a history."""

from __future__ import annotations

import os
import subprocess
import sys
from importlib import import_module
from inspect import signature
from typing import TYPE_CHECKING

import pytest

from caretool import options
from caretool.app import CareGroup

if TYPE_CHECKING:
    from collections.abc import Callable

# Every command that takes a patient, with `-` in that place, on the file of `three`
TAKES: dict[str, list[str]] = {
    "log-contact": ["-", "--outcome", "no_answer"],
    "why": ["-"],
    "hold": ["-", "--until", "2026-12-04", "--why", "travels"],
    "defer": ["-", "transition_contact", "--to", "2026-11-24", "--why", "travels"],
    "waive": ["-", "transition_contact", "--why", "seen elsewhere"],
    "appointment": ["-", "2026-12-03T10:30"],
    "edit-patient": ["-", "--channel", "portal"],
    "show": ["-"],
    "patients": ["-"],
    "merge": ["-", "P2", "--anyway"],
    "duplicates": ["--not", "P2", "-"],
    "review": ["D2", "--is", "-", "--anyway"],
    "lace": ["-", "--acute", "--admitted", "2026-11-17", "--comorbidity", "none"],
    "medications": ["-"],
    "add-medication": ["-", "lisinopril"],
    "stop-medication": ["-", "M1", "--why", "stomach pain"],
    "adherence": ["-"],
}
STAYS = """Patient Name,DOB,Discharge Date,Disposition
"Rivera, Ana",1958-03-02,2026-11-20,Home
"Riviera, Ana",1958-03-20,2026-11-19,Home
"""


@pytest.fixture
def three(care: Callable, tmp_path) -> None:
    (tmp_path / "stays.csv").write_text(STAYS, encoding="utf-8")
    care("add-patient", "Rivera, Ana", "--dob", "1958-03-02")
    care("add-patient", "Hill, Tom", "--dob", "1944-11-30", "--roster-only")
    care("import-discharges", tmp_path / "stays.csv")
    care("add-medication", "P1", "metformin")


@pytest.mark.parametrize("name", TAKES)
@pytest.mark.usefixtures("three")
def test_a_line_of_standard_input_says_who_is_meant(name: str, care: Callable, tmp_path) -> None:
    words = TAKES[name]
    before = (tmp_path / "care.db").read_bytes()
    typed = care(name, *["P1" if one == "-" else one for one in words], "--json")
    (tmp_path / "care.db").write_bytes(before)
    piped = care(name, *words, "--json", stdin=b"  Rivera  \nand what comes after\n")

    assert piped.data == typed.data
    assert "Rivera" not in piped.err


def test_every_command_that_takes_a_patient_knows_it() -> None:
    knowing = set()
    for name, entry in CareGroup.contents.items():
        run = import_module(f"caretool.commands.{entry.module}").run
        marks = options.marks(signature(run, eval_str=True).parameters.values())
        if options.Mark.PATIENT in marks.values():
            knowing.add(name)
    others = {"enrol", "decline", "reopen", "reconcile"}  # for these P1 does not fit `three`

    assert set(TAKES) | others <= knowing


@pytest.mark.parametrize(
    ("stdin", "said"),
    [
        (b"", "patient: the line of standard input is missing or blank"),
        (b"\nRivera\n", "patient: the line of standard input is missing or blank"),
        (b"x" * 5000, "patient: the line of standard input is longer than any answer"),
    ],
)
@pytest.mark.usefixtures("three")
def test_a_line_that_says_nobody_is_one_clear_error(
    stdin: bytes, said: str, care: Callable
) -> None:
    ran = care("show", "-", stdin=stdin, code=3)

    assert ran.out == ""
    assert ran.err == (
        f"error: {said}\nhint: - reads one line of standard input, or asks on a terminal\n"
    )


@pytest.mark.usefixtures("three")
def test_whoever_is_not_found_is_not_repeated(care: Callable) -> None:
    assert "Zebra" not in care("show", "-", stdin=b"Zebra\n", code=3).err


@pytest.mark.parametrize(
    "words",
    [
        ["log-contact", "-", "--outcome", "no_answer", "--note", "-"],
        ["log-contact", "-", "--outcome", "no_answer", "--note-file", "-"],
        ["reconcile", "-", "--file", "-"],
        ["merge", "-", "-"],
        ["duplicates", "--not", "-", "-"],
    ],
)
@pytest.mark.usefixtures("three")
def test_standard_input_is_read_for_one_thing_only(words: list[str], care: Callable) -> None:
    ran = care(*words, stdin=b"P1\nP2\n", code=2)

    assert ran.err == (
        "error: - is said more than once, and standard input is read once\n"
        "hint: say who by id, such as P42; a note can be a --note-file FILE\n"
    )


@pytest.mark.usefixtures("three")
def test_a_note_is_still_read_from_standard_input(care: Callable, ok: Callable) -> None:
    care("log-contact", "P1", "--outcome", "no_answer", "--note", "-", stdin=b"one\ntwo\n")

    assert ok("show", "P1")["contacts"][0]["note"] == "one\ntwo"


def test_the_name_and_the_birth_date_of_a_new_patient_are_two_lines(
    care: Callable, ok: Callable
) -> None:
    care("add-patient", "-", "--tier", "high", stdin="Núñez, Zoë\r\n1958-03-02\r\n".encode())
    care("add-patient", "-", "--dob", "1944-11-30", stdin=b"Tom Hill\n1900-01-01\n")

    assert [(one["name"], one["birth_date"]) for one in ok("patients")] == [
        ("Hill, Tom", "1944-11-30"),
        ("Núñez, Zoë", "1958-03-02"),
    ]
    ran = care("add-patient", "-", stdin=b"Poe, Max\n", code=3)
    assert ran.err.startswith("error: birth date (YYYY-MM-DD): the line of standard input is miss")


def typing(keys: bytes, *words: str) -> subprocess.CompletedProcess[bytes]:
    """Run in a process with a terminal to type on, on which these keys were pressed."""
    pty = pytest.importorskip("pty")
    ours, theirs = pty.openpty()
    os.write(ours, keys)
    try:
        command = [sys.executable, "-m", "caretool", *words]
        return subprocess.run(command, stdin=theirs, capture_output=True, timeout=60)
    finally:
        os.close(theirs)
        os.close(ours)


@pytest.mark.usefixtures("three")
def test_on_a_terminal_it_is_asked_on_standard_error() -> None:
    ran = typing(b"\nHill\n", "show", "-", "--mask", "--plain")

    assert ran.returncode == 0
    assert ran.stderr == b"patient: patient: ", "a blank answer is asked for again"
    assert ran.stdout.startswith(b"patient\tid\tP2\n")
    added = typing(b"Poe, Max\n1961-02-03\n", "add-patient", "-")
    assert added.stderr.startswith(b"name (Last, First): birth date (YYYY-MM-DD): added P3 ")


def test_the_help_of_a_patient_says_so(care: Callable) -> None:
    for name in ("show", "log-contact", "adherence"):
        text = " ".join(care(name, "--help").out.split())
        assert "P42, a record number, (part of) a name; - asks." in text
