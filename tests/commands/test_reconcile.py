"""`reconcile`: every medicine of the list before is answered, and the due item is completed."""

from __future__ import annotations

import io
import sqlite3
import sys
from contextlib import closing
from typing import TYPE_CHECKING

import pytest
import typer

from caretool import cli, output

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

LIST = "Patient Name,DOB,Patient Class,Admit Date,Discharge Date,Disposition\n"
HEADER = "medication,dose,times_per_day,discharge,taking,decision,why\n"
EMPTY = {"dose": None, "times_per_day": None, "why": None, "replaces": None, "calls": []}


@pytest.fixture(autouse=True)
def _ana(care: Callable, tmp_path: Path) -> None:
    """P1, home since Friday 20 November (D1), with metformin 500 mg twice and lisinopril 10 mg."""
    care("add-patient", "Rivera, Ana", "--dob", "1958-03-02", "--on", "-5d")
    path = tmp_path / "list.csv"
    path.write_text(f'{LIST}"Rivera, Ana",1958-03-02,Inpatient,2026-11-16,2026-11-20,Home\n')
    care("import-discharges", path)
    care("add-medication", "P1", "metformin", "--dose", "500 mg", "--times-per-day", "2",
         "--prescriber", "Dr. Okafor")  # fmt: skip
    care("add-medication", "P1", "lisinopril", "--dose", "10 mg", "--times-per-day", "1")


@pytest.fixture
def file(tmp_path: Path) -> Callable:
    """Write a list of these lines below the usual header."""

    def write(*lines: str, header: str = HEADER, encoding: str = "utf-8") -> Path:
        path = tmp_path / "reconciled.csv"
        path.write_text(header + "".join(f"{line}\n" for line in lines), encoding=encoding)
        return path

    return write


def active(ok: Callable) -> list[tuple[str, str, str | None]]:
    return [(one["medication"], one["name"], one["dose"]) for one in ok("medications", "P1")]


def decided(ok: Callable, path: Path, *more: str) -> dict[str, str]:
    found = ok("reconcile", "P1", "--file", path, *more)["medications"]
    return {one["medication"]: one["decision"] for one in found}


BEFORE = [("M1", "metformin", "500 mg"), ("M2", "lisinopril", "10 mg")]


def kinds(ok: Callable) -> set[str]:
    return {one["kind"] for one in ok("why", "P1")["items"]}


# what is decided


def test_each_medicine_is_continued_changed_new_or_stopped(
    care: Callable, ok: Callable, file: Callable
) -> None:
    path = file(
        "M1,1000 mg,,yes,yes,changed,A1c 9",
        "lisinopril,,,no,no,stopped,cough",
        "furosemide,20 mg,1,yes,yes,,",
    )
    ran = care("reconcile", "P1", "--file", path)

    assert ran.out == ""
    assert ran.err == (
        "P1: MR1 on Mon 23 Nov, after the discharge of Fri 20 Nov (D1): 1 changed, 1 new,"
        " 1 stopped\n"
        "M3 metformin 1000 mg, 2 a day: changed, instead of M1: A1c 9\n"
        "M2 lisinopril 10 mg, 1 a day: stopped: cough\n"
        "M4 furosemide 20 mg, 1 a day: new\n"
        "next: today, Mon 23 Nov, by Tue 24 Nov at the latest"
        " (discharged Fri 20 Nov (D1), contact within 2 business days)\n"
    )
    assert active(ok) == [("M3", "metformin", "1000 mg"), ("M4", "furosemide", "20 mg")]
    metformin, lisinopril, changed, _ = ok("medications", "P1", "--all")
    assert (metformin["stopped_on"], metformin["stop_reason"]) == (
        "2026-11-23", "another dose: A1c 9"
    )  # fmt: skip
    assert (lisinopril["stopped_on"], lisinopril["stop_reason"]) == ("2026-11-23", "cough")
    assert (changed["replaces"], changed["times_per_day"]) == ("M1", "2")
    assert changed["prescriber"] == "Dr. Okafor"


def test_the_answer_for_scripts(ok: Callable, file: Callable) -> None:
    path = file("M1,,,yes,no,,", "M2,,,yes,20 mg,,", "ibuprofen,,,no,yes,new,")
    data = ok("reconcile", "P1", "--file", path)
    assert data.pop("next")["kind"] == "transition_contact"
    assert data == {
        "patient": "P1", "reconciliation": "MR1", "on": "2026-11-23", "discharge": "D1",
        "medications": [
            {**EMPTY, "medication": "M1", "name": "metformin", "decision": "continued",
             "amount": "500 mg, 2 a day", "dose": "500 mg", "times_per_day": "2",
             "started_on": None,
             "before": "500 mg, 2 a day", "discharge": "yes", "taken": "no",
             "calls": ["not_taken"]},
            {**EMPTY, "medication": "M2", "name": "lisinopril", "decision": "continued",
             "amount": "10 mg, 1 a day", "dose": "10 mg", "times_per_day": "1",
             "started_on": None,
             "before": "10 mg, 1 a day", "discharge": "yes", "taken": "20 mg",
             "calls": ["taken_differently"]},
            {**EMPTY, "medication": "M3", "name": "ibuprofen", "decision": "new",
             "amount": None, "started_on": "2026-11-23", "before": None, "discharge": "no",
             "taken": "yes",
             "calls": ["on_neither_list"]},
        ],
        "calls": [
            {"medication": "M1", "call": "not_taken", "words": "on the list, but not taken"},
            {"medication": "M2", "call": "taken_differently",
             "words": "not taken as the list says"},
            {"medication": "M3", "call": "on_neither_list",
             "words": "taken, but on neither list"},
        ],
    }  # fmt: skip


def test_what_needs_a_call_is_said(care: Callable, file: Callable) -> None:
    path = file("M1,,,no,yes,stopped,kidneys", "M2,,,yes,yes,,")
    assert (
        "call about M1: stopped, but still taken\n" in care("reconcile", "P1", "--file", path).err
    )


# By medicine: what the lists say, and the one decision that they leave (None where several)
ONE_LEFT = {
    "as before": ("M1,,,yes,yes,,", "continued"),
    "as before, the dose written out": ("M1,500 mg,2,500mg,yes,,", "continued"),
    "on the list, not taken": ("M1,,,yes,no,,", "continued"),
    "on the list, nobody asked": ("M1,,,yes,,,", "continued"),
    "another dose on the list": ("M1,,,1000 mg,yes,,", "changed"),
    "another number of times on the list": ("M1,,,\"500 mg, 1 a day\",yes,,", "changed"),
    "another dose in its own column": ("M1,1000 mg,,yes,yes,,", "changed"),
    "more often": ("M1,,3,yes,yes,,", "changed"),
    "taken, and there is no list": ("M1,,,,yes,,", "continued"),
    "on no list, nothing asked": ("M1,,,,,,", None),
    "not taken, and there is no list": ("M1,,,,no,,", None),
    "the list leaves it out, it is taken": ("M1,,,no,yes,,", None),
    "the list leaves it out, nobody asked": ("M1,,,no,,,", None),
    "new on the list": ("furosemide,,,yes,,,", "new"),
    "new on the list with a dose": ("furosemide,,,20 mg,no,,", "new"),
    "taken, on neither list": ("ibuprofen,,,no,yes,,", None),
    "taken, and there is no list at all": ("ibuprofen,,,,200 mg,,", None),
}  # fmt: skip


@pytest.mark.parametrize("what", ONE_LEFT)
def test_a_decision_may_be_left_away_where_the_lists_leave_one(
    what: str, care: Callable, ok: Callable, file: Callable
) -> None:
    line, decision = ONE_LEFT[what]
    rest = ["M2,,,yes,yes,,", *([] if line.startswith("M1") else ["M1,,,yes,yes,,"])]
    path = file(line, *rest)
    if decision is None:
        ran = care("reconcile", "P1", "--file", path, code=3)
        assert ran.err.startswith("error: line 2: no decision\nhint: say which: ")
        assert active(ok) == BEFORE
    else:
        (first, *_) = ok("reconcile", "P1", "--file", path)["medications"]
        assert first["decision"] == decision


def test_neither_on_the_list_nor_taken_is_stopped_but_not_without_a_reason(
    care: Callable, ok: Callable, file: Callable
) -> None:
    path = file("M1,,,no,no,,", "M2,,,yes,yes,,")
    assert care("reconcile", "P1", "--file", path, code=3).err == (
        "error: line 2: stopped without a reason\nhint: say why\n"
    )
    path = file("M1,,,no,no,,surgery", "M2,,,yes,yes,,")
    assert decided(ok, path) == {"M1": "stopped", "M2": "continued"}


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("M1,,,yes,yes,new,", "line 2: new, but M1 is on the list before"),
        ("M1,,,yes,yes,changed,", "line 2: changed, but dose and times a day are as before"),
        ("M1,1 g,,yes,yes,continued,", "line 2: continued, but with another dose"),
        ("M1,,,yes,yes,stopped,", "line 2: stopped without a reason"),
        ("warfarin,,,yes,yes,continued,", "line 2: continued, but it is not on the list before"),
        ("warfarin,,,yes,yes,changed,", "line 2: changed, but it is not on the list before"),
        ("warfarin,,,no,no,,", "line 2: on none of the three lists"),
        ("M9,,,yes,yes,,", "line 2: no M9 on the list before"),
        ("M1,,,yes,yes,kept,", "reconciled.csv, line 2: that is no decision"),
        ("M1,,often,yes,yes,,", "reconciled.csv, line 2: 'often' is no number of times a day"),
        (",,,yes,yes,,", "reconciled.csv, line 2: the name of a medicine has letters"),
        ("M1,,,yes,yes,,,x", "reconciled.csv, line 2: 8 cells, the header has 7"),
        ('M1,"500,,yes,yes,,', "reconciled.csv, line 2: "),
    ],
)
def test_a_line_that_cannot_be_is_named_and_nothing_is_kept(
    line: str, said: str, care: Callable, ok: Callable, file: Callable
) -> None:
    ran = care("reconcile", "P1", "--file", file(line, "M2,,,yes,yes,,"), code=3)

    assert said in ran.err.splitlines()[0]
    assert active(ok) == BEFORE
    assert "reconciliation" in kinds(ok)


def test_every_medicine_of_the_list_before_must_be_answered(
    care: Callable, ok: Callable, file: Callable
) -> None:
    ran = care("reconcile", "P1", "--file", file("warfarin,,,yes,yes,,"), code=3)

    assert ran.err == (
        "error: not answered: M1, M2\n"
        "hint: every medicine on the list before needs a line; nothing was kept\n"
    )
    assert active(ok) == BEFORE


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        (["M1,,,yes,yes,,", "metformin 850 mg,,,yes,yes,,"], "answered more than once: M1"),
        (["M1,,,yes,yes,,", "warfarin,,,yes,,,", "Warfarin,,,yes,,,"],
         "the same medicine at line 3 and line 4"),
    ],
)  # fmt: skip
def test_a_medicine_is_answered_once(
    lines: list[str], said: str, care: Callable, ok: Callable, file: Callable
) -> None:
    path = file(*lines, "M2,,,yes,yes,,")
    assert care("reconcile", "P1", "--file", path, code=3).err.startswith(f"error: {said}\n")
    assert active(ok) == BEFORE


def test_a_name_that_two_entries_have_needs_an_id(
    care: Callable, ok: Callable, file: Callable
) -> None:
    care("add-medication", "P1", "metformin", "--dose", "850 mg", "--anyway")
    path = file("metformin,,,yes,yes,,", "M2,,,yes,yes,,")
    assert "line 2: M1, M3 are that medicine" in care("reconcile", "P1", "--file", path, code=3).err
    path = file("M1,,,yes,yes,,", "M2,,,yes,yes,,", "M3,,,no,no,,entered in error")
    assert decided(ok, path)["M3"] == "stopped"


def test_a_medicine_told_to_be_stopped_that_was_on_no_list_is_on_file_with_the_reason(
    ok: Callable, file: Callable
) -> None:
    path = file("M1,,,yes,yes,,", "M2,,,yes,yes,,", "ibuprofen,,,no,yes,stopped,kidneys")
    assert decided(ok, path)["M3"] == "stopped"
    assert ok("medications", "P1", "--all")[2]["stop_reason"] == "kidneys"
    assert active(ok) == BEFORE


def test_a_dose_that_was_not_known_is_filled_in_by_a_new_entry(
    care: Callable, ok: Callable, file: Callable
) -> None:
    care("add-medication", "P1", "warfarin")
    path = file("M1,,,yes,yes,,", "M2,,,yes,yes,,", "M3,,,5 mg,yes,,")
    assert decided(ok, path)["M4"] == "changed"
    assert ("M4", "warfarin", "5 mg") in active(ok)


def test_doses_that_differ_in_a_point_only_are_not_the_same(
    care: Callable, ok: Callable, file: Callable
) -> None:
    care("add-medication", "P1", "warfarin", "--dose", "2.5 mg")
    path = file("M1,,,yes,yes,,", "M2,,,yes,yes,,", "M3,,,25 mg,yes,,")
    assert decided(ok, path)["M4"] == "changed"


# the file


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig"])
@pytest.mark.parametrize(
    "header",
    ["Medication,Taking,Discharge\n", "decision,taking,medication,discharge\n"],
)
def test_columns_come_in_any_order_and_may_be_left_out(
    header: str, encoding: str, ok: Callable, file: Callable
) -> None:
    cells = {"medication": ("M1", "M2"), "taking": ("yes", "no"), "discharge": ("yes", "yes")}
    names = header.strip().lower().split(",")
    lines = [",".join(cells.get(name, ("", ""))[row] for name in names) for row in (0, 1)]
    path = file(*lines, header=header, encoding=encoding)
    assert decided(ok, path) == {"M1": "continued", "M2": "continued"}


def test_tabs_work_too_and_blank_lines_are_passed_over(ok: Callable, file: Callable) -> None:
    path = file("", "M1\tyes", "", "M2\tyes", header="medication\tdischarge\n")
    assert decided(ok, path) == {"M1": "continued", "M2": "continued"}


def test_a_quoted_line_break_moves_the_lines_that_are_named(care: Callable, file: Callable) -> None:
    path = file('M1,,,yes,yes,stopped,"a\nb"', "M2,,,yes,yes,,")
    ran = care("reconcile", "P1", "--file", path, code=3)
    assert "reconciled.csv, line 2: why has control characters or a line break" in ran.err
    path = file('M1,"1\n",,yes,yes,,', "M2,,,yes,yes,kept,")
    assert "line 4: that is no decision" in care("reconcile", "P1", "--file", path, code=3).err


@pytest.mark.parametrize(
    ("header", "said"),
    [
        ("drug,discharge\n", "has no column medication"),
        ("medication,discharged\n", "column 2 is none of those"),
        ("medication,dose,dose\n", "a column stands twice"),
        ("", "has no column medication"),
    ],
)
def test_a_header_that_cannot_be_is_refused(
    header: str, said: str, care: Callable, file: Callable
) -> None:
    ran = care("reconcile", "P1", "--file", file("M1,yes", header=header), code=3)
    assert said in ran.err
    assert "the columns: medication, dose" in ran.err.replace("names the columns", "the columns")


def test_a_file_with_a_header_only_names_no_medicine(care: Callable, file: Callable) -> None:
    assert "names no medicine" in care("reconcile", "P1", "--file", file(), code=3).err


@pytest.mark.parametrize("separator", [",", ";", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
def test_whatever_a_spreadsheet_writes_is_read(
    separator: str, encoding: str, ok: Callable, file: Callable
) -> None:
    """The reason has a comma, so that the header alone can tell what separates."""
    lines = ["M1;no;no;stopped;stopped by Dr. Nuñez"]
    if separator != ",":
        lines[0] += ", and then again, and again, and again"
    lines.append("M2;yes;yes;;")
    header = "medication;discharge;taking;decision;why\n"
    path = file(
        *(line.replace(";", separator) for line in lines),
        header=header.replace(";", separator),
        encoding=encoding,
    )
    assert decided(ok, path) == {"M1": "stopped", "M2": "continued"}
    assert "Dr. Nuñez" in ok("medications", "P1", "--all")[0]["stop_reason"]


def test_a_file_that_is_no_text_or_not_there_is_refused(
    care: Callable, file: Callable, tmp_path: Path
) -> None:
    path = tmp_path / "reconciled.csv"
    path.write_bytes(HEADER.encode() + b"M1,,,yes,yes,,\x81\xe9\n")
    ran = care("reconcile", "P1", "--file", path, code=3)
    assert "line 2: is neither UTF-8 nor Windows-1252" in ran.err
    path.write_bytes(b"PK\x03\x04 and so on")
    care("reconcile", "P1", "--file", path, code=3)
    ran = care("reconcile", "P1", "--file", tmp_path / "none.csv", code=3)
    assert "none.csv: no such file" in ran.err


@pytest.mark.parametrize("nobody_knows", ["?", "unknown", "-"])
def test_what_nobody_knows_is_no_dose(nobody_knows: str, care: Callable, file: Callable) -> None:
    path = file(f"M1,,,{nobody_knows},{nobody_knows},,", "M2,,,yes,yes,,")
    ran = care("reconcile", "P1", "--file", path, code=3)
    assert ran.err.startswith("error: line 2: no decision\n")


def test_yes_is_no_dose(care: Callable, file: Callable) -> None:
    path = file("M1,yes,,yes,yes,,", "M2,,,yes,yes,,")
    ran = care("reconcile", "P1", "--file", path, code=3)
    assert "line 2: that is no dose\n" in ran.err


# since when

SINCE = f"{HEADER.strip()},since\n"


def test_what_is_changed_or_new_is_so_since_the_day_of_the_reconciliation(
    ok: Callable, file: Callable
) -> None:
    path = file("M1,1 g,,yes,yes,,", "M2,,,yes,yes,,", "furosemide,,,yes,yes,,")
    told = ok("reconcile", "P1", "--file", path, "--on", "yesterday")["medications"]
    assert [one["started_on"] for one in told] == ["2026-11-22", None, "2026-11-22"]
    found = {one["medication"]: one["started_on"] for one in ok("medications", "P1", "--all")}
    assert found == {"M1": None, "M2": None, "M3": "2026-11-22", "M4": "2026-11-22"}


def test_a_file_may_say_since_when(ok: Callable, file: Callable) -> None:
    path = file(
        "M1,1 g,,yes,yes,,,2026-11-20",
        "M2,,,yes,yes,,,",
        "furosemide,,,yes,yes,,,tomorrow",
        header=SINCE,
    )
    ok("reconcile", "P1", "--file", path)
    found = {one["medication"]: one["started_on"] for one in ok("medications", "P1")}
    assert found == {"M3": "2026-11-20", "M2": None, "M4": "2026-11-24"}


def test_what_was_taken_from_no_list_and_is_stopped_began_nobody_knows_when(
    ok: Callable, file: Callable
) -> None:
    ok("reconcile", "P1", "--file", file(*KEPT, "ibuprofen,,,no,yes,stopped,kidneys"))
    assert ok("medications", "P1", "--all")[2]["started_on"] is None


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("M1,,,yes,yes,,,2026-11-20", "line 2: continued, but with since"),
        ("M1,,,no,no,,x,2026-11-20", "line 2: stopped, but with since"),
        ("M1,1 g,,yes,yes,,,Okafor", "line 2: since is no date that caretool reads"),
        ("M1,1 g,,yes,yes,,,1950-01-01", "1950-01-01 is before the birth of P1"),
    ],
)
def test_a_since_that_cannot_be_is_refused(
    line: str, said: str, care: Callable, ok: Callable, file: Callable
) -> None:
    path = file(line, "M2,,,yes,yes,,,", header=SINCE)
    ran = care("reconcile", "P1", "--file", path, code=3)
    assert said in ran.err
    assert "Okafor" not in ran.err
    assert active(ok) == BEFORE


def test_standard_input_is_a_file_too(care: Callable, ok: Callable) -> None:
    text = f"{HEADER}M1,,,yes,yes,,\nM2,,,yes,yes,,\n".encode()
    ran = care("reconcile", "P1", "--file", "-", "--json", stdin=text)
    assert ran.data["reconciliation"] == "MR1"


# which discharge, which day


def test_without_a_terminal_and_without_a_file_it_says_how(care: Callable) -> None:
    ran = care("reconcile", "P1", code=2)
    assert ran.err == (
        "error: nobody to ask: standard input is not a terminal, and there is no --file\n"
        "hint: --file list.csv with the columns medication, dose, times_per_day, discharge,"
        " taking, decision, why, since\n"
    )


KEPT = ("M1,,,yes,yes,,", "M2,,,yes,yes,,")


def test_it_completes_what_is_due_after_the_discharge(
    care: Callable, ok: Callable, file: Callable
) -> None:
    assert {"reconciliation", "reconciliation_window"} <= kinds(ok)
    ok("reconcile", "P1", "--file", file(*KEPT))

    assert not {"reconciliation", "reconciliation_window"} & kinds(ok)
    assert "done Mon 23 Nov (MR1)" in care("why", "P1", "--all").out
    before = ok("why", "P1", "--as-of", "2026-11-22")["items"]
    assert "reconciliation" in {one["kind"] for one in before}


def test_on_the_day_of_the_discharge_it_counts_the_day_before_it_cannot_name_it(
    care: Callable, ok: Callable, file: Callable
) -> None:
    path = file(*KEPT)
    ran = care("reconcile", "P1", "--file", path, "--discharge", "D1", "--on", "2026-11-19", code=3)
    assert ran.err.startswith("error: P1 has no discharge D1 up to 2026-11-19\n")
    assert ok("reconcile", "P1", "--file", path, "--on", "2026-11-19")["discharge"] is None
    assert "reconciliation" in kinds(ok), "that was before the discharge"
    ok("reconcile", "P1", "--file", path, "--on", "2026-11-20")
    assert "reconciliation" not in kinds(ok)


def test_the_latest_discharge_is_meant_and_an_earlier_one_does_not_do(
    care: Callable, ok: Callable, file: Callable, tmp_path: Path
) -> None:
    path = tmp_path / "second.csv"
    path.write_text(f'{LIST}"Rivera, Ana",1958-03-02,Inpatient,2026-11-21,2026-11-22,Home\n')
    care("import-discharges", path)

    assert ok("reconcile", "P1", "--file", file(*KEPT), "--discharge", "D1")["discharge"] == "D1"
    assert "reconciliation" in kinds(ok)
    assert ok("reconcile", "P1", "--file", file(*KEPT))["discharge"] == "D2"
    assert "reconciliation" not in kinds(ok)


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["--discharge", "D9"], 3, "P1 has no discharge D9 up to 2026-11-23"),
        (["--discharge", "17"], 2, "that is no discharge's id"),
        (["--on", "tomorrow"], 6, "2026-11-24 is in the future"),
    ],
)
def test_what_cannot_be_is_refused(
    words: list[str], code: int, said: str, care: Callable, file: Callable
) -> None:
    ran = care("reconcile", "P1", "--file", file(*KEPT), *words, code=code)
    assert ran.err.startswith(f"error: {said}")


def test_somebody_without_medicines_and_discharge_has_none_in_words(
    care: Callable, ok: Callable, answering: Callable
) -> None:
    care("add-patient", "Hill, Tom", "--dob", "1944-11-30")
    code, said = answering("reconcile", "P2", answers=["no", "yes"])
    assert code == 0
    assert "P2: MR1 on Mon 23 Nov, without a discharge: no medicines\n" in said


def test_the_lists_are_kept_as_they_were_said(ok: Callable, file: Callable, tmp_path: Path) -> None:
    path = file("M1,,,1000 mg,no,changed,A1c", "M2,,,yes,yes,,", "ibuprofen,,,no,200 mg,new,")
    ok("reconcile", "P1", "--file", path)
    with closing(sqlite3.connect(tmp_path / "care.db")) as connection:
        lines = connection.execute(
            "SELECT medication_id, before, discharge, taken, decision, reason"
            " FROM reconciliation_lines ORDER BY id"
        ).fetchall()
    assert lines == [
        (3, "500 mg, 2 a day", "1000 mg", "no", "changed", "A1c"),
        (2, "10 mg, 1 a day", "yes", "yes", "continued", None),
        (4, None, "no", "200 mg", "new", None),
    ]


# asking


class Terminal(io.StringIO):
    """Somebody who answers at the keyboard."""

    def isatty(self) -> bool:
        return True


@pytest.fixture
def answering(capsys: pytest.CaptureFixture, monkeypatch: pytest.MonkeyPatch) -> Callable:
    """Run on a terminal with these answers; gives the exit code and what was said."""
    program = typer.main.get_command(cli.app)

    def run(*words: str, answers: list[str]) -> tuple[int, str]:
        monkeypatch.setattr(sys, "stdin", Terminal("".join(f"{one}\n" for one in answers)))
        capsys.readouterr()
        code = program.main(args=list(words), standalone_mode=False)
        return code, capsys.readouterr().err

    return run


def test_on_a_terminal_it_asks_of_each_medicine_and_of_others(
    answering: Callable, ok: Callable
) -> None:
    code, said = answering(
        "reconcile",
        "P1",
        answers=[
            "1000 mg", "yes", "same",  # metformin, another dose, as often
            "no", "yes", "stopped", "cough",  # lisinopril, which the list leaves out
            "furosemide", "yes", "no", "20 mg", "1",
            "metformin", "ibuprofen", "no", "no",  # answered already; on none of the lists
            "no", "yes",
        ],
    )  # fmt: skip
    assert code == 0
    assert "P1, after the discharge of Fri 20 Nov (D1): 2 on the list before\n" in said
    assert "M1 metformin 500 mg, 2 a day: on the discharge list? yes, no, unknown, or the" in said
    assert "M2: continued or stopped: M2 stopped, why: " in said
    assert "that is M1, answered already\n" in said
    assert "on none of the lists, so left out\n" in said
    assert "call about M2: stopped, but still taken\n" in said
    assert "call about M4: on the list, but not taken\n" in said
    assert active(ok) == [("M3", "metformin", "1000 mg"), ("M4", "furosemide", "20 mg")]
    assert [one["times_per_day"] for one in ok("medications", "P1")] == ["2", "1"]


def test_everything_is_shown_before_it_is_written(answering: Callable, ok: Callable) -> None:
    code, said = answering(
        "reconcile", "P1",
        answers=["1000 mg", "yes", "", "no", "no", "cough", "furosemide", "20 mg, 1 a day", "yes",
                 "", "", "no", "yes"],
    )  # fmt: skip
    assert code == 0
    before, _, after = said.partition("write this? yes, no, or the number of one to answer again: ")
    assert before.endswith(
        " 1. M1 metformin 1000 mg, 2 a day: changed, since Mon 23 Nov (before: 500 mg, 2 a day)\n"
        " 2. M2 lisinopril 10 mg, 1 a day: stopped: cough\n"
        " 3. furosemide 20 mg, 1 a day: new, since Mon 23 Nov\n"
    )
    assert "dose, or unknown [20 mg]: how many times a day, or unknown [1]: " in before
    assert after.startswith("P1: MR1 on Mon 23 Nov")
    assert active(ok)[-1] == ("M4", "furosemide", "20 mg")


def test_an_answer_can_be_given_again_before_it_is_written(
    answering: Callable, ok: Callable
) -> None:
    code, said = answering(
        "reconcile", "P1",
        answers=["yes", "yes", "no", "no", "cough", "furosemide", "20 mg", "yes", "40 mg", "1",
                 "no", "7", "maybe",
                 "2", "yes", "yes",  # lisinopril is on the list after all
                 "3", "torsemide", "20 mg", "yes", "", "1",  # it was another medicine
                 "yes"],
    )  # fmt: skip
    assert code == 0
    assert said.count("hint: yes, no, or 1 to 3; ? explains\n") == 2
    assert active(ok) == [*BEFORE, ("M3", "torsemide", "20 mg")]


def test_one_that_was_on_no_list_after_all_is_left_out(answering: Callable, ok: Callable) -> None:
    code, _ = answering(
        "reconcile", "P1",
        answers=["yes", "yes", "yes", "yes", "furosemide", "yes", "yes", "20 mg", "1", "no",
                 "3", "no",
                 "yes"],
    )  # fmt: skip
    assert code == 0
    assert active(ok) == BEFORE


def test_what_is_not_confirmed_is_not_written(answering: Callable, ok: Callable) -> None:
    code, said = answering("reconcile", "P1", answers=["yes", "yes", "yes", "yes", "no", "no"])
    assert code == 6
    assert "error: nothing was written\n" in said
    assert "reconciliation" in kinds(ok)


SLIPS = {
    "on the discharge list": (0, ["?", "s", "no, 500 mg", "yes 500 mg", "not"], "yes"),
    "taken": (1, ["?", "c", "not taken", "no more", "é"], "yes"),
    "the decision": (4, ["?", "changed", "n", "y", "h", "new", "stopped or not"], "c"),
    "another's name": (5, ["?", "yes", "Y", "s", "M9", "M1", "metformin", "500"], "furosemide"),
    "the dose": (8, ["?", "yes", "no", "Y", "n", "x", "."], "20 mg"),
    "times a day": (9, ["?", "yes", "no", "often"], "2"),
    "the end": (11, ["?", "0", "4", "-1", "what", "²"], "yes"),
}


@pytest.mark.parametrize("where", SLIPS)
def test_a_slip_is_asked_again_and_never_kept(
    where: str, answering: Callable, ok: Callable
) -> None:
    right = ["yes", "yes", "no", "yes", "c", "furosemide", "yes", "yes", "20 mg", "2", "no", "yes"]
    number, slips, answer = SLIPS[where]
    assert right[number] == answer
    code, said = answering("reconcile", "P1", answers=right[:number] + slips + right[number:])
    assert code == 0
    assert said.count("error: ") == len(slips) - 1, "? is explained, the others are refused"
    assert active(ok) == [*BEFORE, ("M3", "furosemide", "20 mg")]
    assert ok("medications", "P1")[2]["times_per_day"] == "2"


@pytest.mark.parametrize(
    ("typed", "stopped"),
    [("s", True), ("S", True), ("stop", True), ("c", False), ("cont", False), ("STOPPED", True)],
)
def test_the_beginning_of_a_decision_is_enough(
    typed: str, stopped: bool, answering: Callable, ok: Callable
) -> None:
    why = ["cough"] if stopped else []
    answers = ["yes", "yes", "no", "yes", typed, *why, "no", "yes"]
    code, _ = answering("reconcile", "P1", answers=answers)
    assert code == 0
    assert (len(active(ok)) == 1) == stopped


def test_a_reason_for_stopping_is_more_than_yes(answering: Callable, ok: Callable) -> None:
    code, said = answering(
        "reconcile", "P1", answers=["yes", "yes", "no", "no", "?", "yes", "cough", "no", "yes"]
    )
    assert code == 0
    assert said.count("M2 stopped, why: ") == 3
    assert ok("medications", "P1", "--all")[1]["stop_reason"] == "cough"


@pytest.mark.parametrize(
    ("typed", "kept"), [("", ("M3", "1")), ("3", ("M3", "3")), ("2", ("M1", "2"))]
)
def test_the_times_a_day_of_the_discharge_list_are_offered(
    typed: str, kept: tuple[str, str], answering: Callable, ok: Callable
) -> None:
    """Twice a day is as before, so that nothing is changed."""
    code, said = answering(
        "reconcile", "P1", answers=["500 mg, 1 a day", "yes", typed, "yes", "yes", "no", "yes"]
    )
    assert code == 0
    assert "how many times a day, or unknown [1]: " in said
    entries = {one["name"]: one for one in ok("medications", "P1")}
    metformin = entries["metformin"]
    assert (metformin["medication"], metformin["times_per_day"]) == kept


def test_broken_off_at_the_last_question_nothing_is_written(
    care: Callable, answering: Callable, ok: Callable, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(question: str, default: str = "") -> str:
        if question.startswith("write this"):
            raise KeyboardInterrupt
        return "no" if question.startswith("another") else "yes"

    monkeypatch.setattr(output, "ask", interrupted)
    code, _ = answering("reconcile", "P1", answers=[])
    assert code == 130
    assert "reconciliation" in kinds(ok)


def test_what_is_broken_off_keeps_nothing(answering: Callable, ok: Callable) -> None:
    code, _ = answering("reconcile", "P1", answers=["yes", "yes"])
    assert code == 130
    assert "reconciliation" in kinds(ok)


def test_behind_the_mask_nothing_that_was_typed_is_said(care: Callable, file: Callable) -> None:
    lines = (
        "M1,,,yes,harmonica,,harmonica",
        "M2,,,no,no,,harmonica",
        "harmonica,harmonica,,yes,,,",
    )
    for more in ([], ["--json"]):
        path = file(*lines) if not more else file("M1,,,yes,yes,,", "M3,,,yes,yes,,harmonica")
        ran = care("reconcile", "P1", "--file", path, "--mask", *more)
        assert "harmonica" not in ran.out + ran.err
