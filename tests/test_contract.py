"""The contract of the command line, held for every command: options, forms, exit codes, errors."""

from __future__ import annotations

import csv
import io
import json
import os
import pydoc
import re
import shutil
import subprocess
import sys
from importlib import import_module
from inspect import signature
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import typer
from encrypted_files import SECRET, dump, encrypted_copy

from caretool import __version__, app, cli, keys
from caretool.app import CareGroup
from caretool.commands import due_today, log_contact
from caretool.db import SCHEMA_VERSION

if TYPE_CHECKING:
    from collections.abc import Callable

ENVELOPE = ["caretool", "command", "as_of", "status", "data", "errors"]
ROSTER = 'Name,DOB,MRN\n"Doe, Dan",1960-13-45,X1\n"Poe, Zoë",1961-02-03,X2\n'
EARLIER = """Patient Name,DOB,Discharge Date,Disposition,MRN
"Lane, Cy",1939-04-05,2026-11-13,Home,H3
"""
STAYS = """Patient Name,DOB,Discharge Date,Disposition,MRN
"Rivera, Ana",1958-03-02,2026-11-20,Home,H1
"Nobody, Ned",1930-01-31,2026-11-19,Home,H2
"""
RULES = """version = "clinic 1"
[[protocol]]
name = "routine"
    [[protocol.rule]]
    name = "high"
    target = "10 days"
"""
RECONCILED = "medication,discharge,taking\nM1,yes,yes\n"
FILLS = "MRN,Drug,Fill Date,Days Supply\n0012345,metformin 500 mg,2026-10-01,30\n"

# Every command with a line that works on the file of `practice`, and how it ends
WORKS: dict[str, tuple[list[str], int]] = {
    "due-today": (["--days", "30"], 0),
    "log-contact": (["P1", "--outcome", "no_answer"], 0),
    "why": (["P1"], 0),
    "hold": (["P1", "--until", "2026-12-04", "--why", "travels"], 0),
    "defer": (["P1", "routine", "--to", "2026-12-04", "--why", "travels"], 0),
    "waive": (["P3", "depression_contact", "--why", "seen elsewhere"], 0),
    "appointment": (["P1", "2026-12-03T10:30"], 0),
    "away": (["add", "2026-11-30", "--why", "family"], 0),
    "week": (["--capacity", "5"], 0),
    "stale": ([], 0),
    "add-patient": (["New, Nell", "--dob", "1950-01-01"], 0),
    "import-patients": (["roster.csv"], 4),
    "edit-patient": (["P1", "--channel", "portal"], 0),
    "patients": ([], 0),
    "show": (["P1"], 0),
    "enrol": (["P2", "--why", "agreed"], 0),
    "decline": (["P2", "--why", "has help"], 0),
    "reopen": (["P4", "--why", "back in town"], 0),
    "merge": (["P2", "P1", "--anyway"], 0),
    "unmerge": (["P5"], 0),
    "duplicates": ([], 0),
    "export-roster": ([], 0),
    "import-discharges": (["stays.csv"], 0),
    "sniff": (["stays.csv"], 0),
    "layouts": ([], 0),
    "imports": ([], 0),
    "review": ([], 0),
    "unlink": (["D1"], 0),
    "lace": (["P1"], 0),
    "medications": (["P3"], 0),
    "add-medication": (["P3", "lisinopril", "--dose", "10 mg"], 0),
    "stop-medication": (["P3", "M1", "--why", "stomach pain"], 0),
    "reconcile": (["P3", "--file", "reconciled.csv"], 0),
    "import-fills": (["fills.csv"], 0),
    "adherence": ([], 0),
    "drug-classes": ([], 0),
    "void-contact": (["C1", "--reason", "wrong patient"], 0),
    "history": ([], 0),
    "undo": ([], 0),
    "protocols": ([], 0),
    "check-protocols": ([], 0),
    "compare-protocols": (["clinic.toml"], 0),
    "export": (["--deidentified", "made-up"], 0),
    "demo": (["--to", "made-up"], 0),
    "backup": ([], 0),
    "restore": (["backup.db", "--yes"], 0),
    "check": (["--file-only"], 0),
    "purge": (["--older-than", "7y"], 0),
    "encrypt": (["--passphrase-file", "p.txt"], 0),
    "decrypt": (["--passphrase-file", "p.txt"], 0),
    "change-passphrase": (["--passphrase-file", "p.txt", "--new-passphrase-file", "new.txt"], 0),
    "upgrade": ([], 0),
}
ENCRYPTED = ["decrypt", "change-passphrase"]  # work on the file of `practice` once it is encrypted
READING = [
    "history",
    "sniff",
    "imports",
    "due-today",
    "why",
    "week",
    "stale",
    "patients",
    "show",
    "export-roster",
    "medications",
    "adherence",
    "drug-classes",
    "protocols",
    "check-protocols",
    "compare-protocols",
    "check",
]
LISTS = [
    "due-today",
    "patients",
    "duplicates",
    "review",
    "adherence",
    "medications",
    "drug-classes",
    "import-patients",
    "import-discharges",
    "protocols",
    "check-protocols",
    "compare-protocols",
    "week",
    "stale",
]
# What some documents say beside the data: how many of what, how full the days are
BESIDE = {
    "due-today": ["counts"],
    "check-protocols": ["counts"],
    "compare-protocols": ["counts", "load"],
}
WITHOUT_A_FILE = ["protocols", "check-protocols", "drug-classes"]  # about rules, not patients
FAST = [name for name in WORKS if name != "demo"]  # it runs some thirty commands itself

# What goes wrong, on the file of `practice`: words, exit code, code word
FAILS: dict[str, tuple[list[str], int, str]] = {
    "an unknown command": (["paitents"], 2, "usage"),
    "an unknown option": (["due-today", "--tomorrow"], 2, "usage"),
    "a missing argument": (["why"], 2, "usage"),
    "an option without its value": (["add-patient", "A, B", "--dob"], 2, "usage"),
    "a value that is none of those": (["due-today", "--tier", "highest"], 2, "usage"),
    "a day of a list without --shown": (["why", "P1", "--on-day", "fri"], 2, "usage"),
    "a day of a list that is none": (["why", "P1", "--shown", "--on-day", "10"], 2, "date"),
    "two words where one is taken": (["why", "Ana", "Rivera"], 2, "usage"),
    "two forms of output": (["patients", "--csv", "--plain"], 2, "usage"),
    "a guarded panel": (["export-roster", "--format", "panel", "--spreadsheet"], 2, "usage"),
    "two things from standard input": (["merge", "-", "-"], 2, "usage"),
    "nobody on standard input": (["show", "-"], 3, "invalid"),
    "a date of the wrong form": (["due-today", "--as-of", "03/04/2026"], 2, "date"),
    "an outcome that is none": (["log-contact", "P1", "--outcome", "spoke"], 2, "usage"),
    "an id that is none": (["void-contact", "91", "--reason", "x"], 2, "usage"),
    "nothing to change": (["edit-patient", "P1"], 2, "usage"),
    "nobody of that id": (["show", "P99"], 3, "not-found"),
    "nobody of that name": (["why", "Zebra"], 3, "not-found"),
    "two of that name": (["why", "rivera"], 3, "ambiguous"),
    "no contact of that id": (["void-contact", "C99", "--reason", "x"], 3, "not-found"),
    "no discharge of that id": (["review", "D99"], 3, "not-found"),
    "the same person again": (
        ["add-patient", "RIVERA, ANA", "--dob", "1958-03-02"], 3, "duplicate",
    ),
    "a medicine that is on the list": (["add-medication", "P3", "metformin"], 3, "duplicate"),
    "no medicine of that id": (["stop-medication", "P3", "M9", "--why", "x"], 3, "not-found"),
    "a stop without a reason": (["stop-medication", "P3", "M1"], 2, "usage"),
    "nobody to ask of the medicines": (["reconcile", "P3"], 2, "no-terminal"),
    "a name without a last name": (["add-patient", "Ana", "--dob", "1958-03-02"], 3, "invalid"),
    "a file that is not there": (["import-discharges", "none.csv"], 3, "file"),
    "nobody to ask": (["add-patient"], 3, "no-terminal"),
    "no care file": (["--db", "none.db", "patients"], 5, "no-care-file"),
    "no care file to write to": (
        ["--db", "none.db", "log-contact", "P1", "--outcome", "no_answer"], 5, "no-care-file",
    ),
    "no folder for a new one": (
        ["--db", "none/care.db", "add-patient", "A, B", "--dob", "1950-01-01"], 5, "no-folder",
    ),
    "a text file": (["--db", "roster.csv", "patients"], 5, "not-a-care-file"),
    "a folder": (["--db", ".", "patients"], 5, "not-a-care-file"),
    "no folder for backups": (["backup", "none"], 6, "no-folder"),
    "a backup that is not there": (["restore", "none.db", "--yes"], 5, "no-backup"),
    "records that must be kept": (["purge", "--older-than", "5y"], 6, "too-young"),
    "an age that is none": (["purge", "--older-than", "10"], 2, "usage"),
    "a list as a backup": (["restore", "roster.csv", "--yes"], 5, "not-a-care-file"),
    "the care file as a backup": (["restore", "care.db", "--yes"], 6, "same-file"),
    "an encryption without a passphrase": (["encrypt"], 6, "no-terminal"),
    "a plain file to decrypt": (["decrypt"], 6, "not-encrypted"),
    "a plain file's passphrase": (["change-passphrase"], 6, "not-encrypted"),
    "no passphrase": (["--db", "locked.db", "patients"], 5, "encrypted"),
    "a wrong passphrase": (
        ["--db", "locked.db", "--passphrase-file", "new.txt", "patients"], 5, "passphrase",
    ),
    "no passphrase in the file": (
        ["--db", "locked.db", "--passphrase-file", "none.txt", "patients"], 3, "passphrase",
    ),
    "nobody to ask whether to restore": (["restore", "backup.db"], 6, "confirm"),
    "a future contact": (
        ["log-contact", "P1", "--outcome", "no_answer", "--on", "tomorrow"], 6, "future-date",
    ),
    "a future medicine": (["add-medication", "P3", "warfarin", "--on", "+1d"], 6, "future-date"),
    "a future enrolment": (
        ["add-patient", "A, B", "--dob", "1950-01-01", "--on", "+1d"], 6, "future-date",
    ),
}  # fmt: skip


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small practice: two women named Rivera, a man with fills, a contact, a stay to review."""
    return practice_in(tmp_path_factory.mktemp("practice"))


def practice_in(folder: Path) -> Path:
    """Lay out that practice in an empty folder, with its lists, a backup and an encrypted copy."""
    for name, text in (
        ("roster", ROSTER),
        ("stays", STAYS),
        ("earlier", EARLIER),
        ("fills", FILLS),
        ("reconciled", RECONCILED),
    ):
        (folder / f"{name}.csv").write_text(text, encoding="utf-8")
    (folder / "clinic.toml").write_text(RULES, encoding="utf-8")
    program = typer.main.get_command(cli.app)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CARETOOL_DB", str(folder / "care.db"))
        patch.setenv("CARETOOL_TODAY", "2026-11-16")
        for words in (
            ["add-patient", "Rivera, Ana", "--dob", "1958-03-02", "--tier", "high"],
            ["add-patient", "Rivera, Bea", "--dob", "1960-05-05", "--roster-only"],
            ["add-patient", "Hill, Tom", "--dob", "1944-11-30", "--mrn", "0012345"],
            ["edit-patient", "P3", "--condition", "depression"],
            ["add-patient", "Lane, Cy", "--dob", "1939-04-05"],
            ["edit-patient", "P4", "--status", "closed", "--reason", "moved"],
            ["add-patient", "Lane, Cy", "--dob", "1939-04-05", "--roster-only", "--anyway"],
            ["merge", "P4", "P5"],
            ["log-contact", "P1", "--outcome", "left_voicemail"],
            ["import-discharges", str(folder / "earlier.csv"), "--no-save-layout"],
            ["import-fills", str(folder / "fills.csv"), "--source", "practice"],
            ["add-medication", "P3", "metformin", "--dose", "500 mg", "--times-per-day", "2"],
            ["backup", str(folder)],
        ):
            assert program.main([*words, "--quiet"], standalone_mode=False) == 0, words
        patch.setattr(keys, "ROUNDS", 1)
        encrypted_copy(folder / "care.db", folder / "locked.db")
    for name, secret in (("p", SECRET), ("new", "a newer passphrase")):
        (folder / f"{name}.txt").write_text(secret, encoding="utf-8")
        (folder / f"{name}.txt").chmod(0o600)
    next(folder.glob("care-*.db")).rename(folder / "backup.db")
    shutil.rmtree(folder / "backups")
    return folder


@pytest.fixture
def practice(
    template: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> Callable[..., Path]:
    """Lay out a fresh copy of the practice in the working directory, each time it is called."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(keys, "ROUNDS", 1)  # test_keys derives them as SQLCipher does
    tried = request.node.callspec.params.get("name") if hasattr(request.node, "callspec") else None

    def fresh(*, encrypted: bool = tried in ENCRYPTED) -> Path:
        for file in template.iterdir():
            shutil.copy(file, tmp_path)
        if encrypted:
            shutil.copy(template / "locked.db", tmp_path / "care.db")
        for made in ("made-up", "backups"):
            shutil.rmtree(tmp_path / made, ignore_errors=True)
        return tmp_path / "care.db"

    fresh()
    return fresh


def test_every_command_is_tried_here() -> None:
    assert list(WORKS) == list(CareGroup.contents)


@pytest.mark.parametrize("name", WORKS)
def test_help_of_every_command_has_an_example_that_can_be_typed(name: str, care: Callable) -> None:
    ran = care(name, "--help")

    assert re.search(rf"^ *caretool {name}\b", ran.out, re.MULTILINE)
    assert "Usage: caretool " in ran.out
    assert ran.err == ""
    for option in ("--db", "--json", "--csv", "--spreadsheet", "--plain", "--mask", "--quiet"):
        assert f"{option} " in ran.out
    assert ("--as-of" in ran.out) == (name in READING)


def test_help_lists_every_command_under_its_panel(care: Callable) -> None:
    ran = care("--help")

    assert care().out == ran.out, "no words at all ask for help"
    for panel in ("Every morning", "Patients", "Discharges", "Medications", "Care file"):
        assert f"{panel}:" in ran.out
    for name in WORKS:
        assert re.search(rf"^  {name} +[A-Z]", ran.out, re.MULTILINE), name


@pytest.mark.parametrize("option", ["--json", "--csv", "--plain", "--mask", "--quiet"])
@pytest.mark.parametrize("name", FAST)
def test_common_options_work_before_and_after_the_command(
    name: str, option: str, care: Callable, practice: Callable
) -> None:
    words, code = WORKS[name]
    if (name, option) == ("export-roster", "--mask"):
        code = 6  # what is masked would match nobody
    before = care(option, name, *words, code=code)
    practice()
    after = care(name, *words, option, code=code)

    assert _steady(before.out) == _steady(after.out)
    assert _steady(before.err) == _steady(after.err)


@pytest.mark.parametrize("name", FAST)
def test_no_command_sets_the_terminals_title_or_starts_a_pager(
    name: str, care: Callable, practice: Callable, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A title stays in the window's list of others, and a pager keeps what it showed."""

    def start(*_: object, **__: object) -> None:
        raise AssertionError

    monkeypatch.setattr(subprocess, "Popen", start)
    monkeypatch.setattr(os, "system", start)
    monkeypatch.setattr(pydoc, "pager", start)
    monkeypatch.setenv("PAGER", "less")
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    words, code = WORKS[name]
    ran = care(name, *words, code=code)
    assert ran.out or ran.err
    for text in (ran.out, ran.err, care(name, "--help").out):
        assert "\x1b]" not in text
        assert "\x1bP" not in text
        assert "\x9d" not in text


# Without what changes whether the file is encrypted: restore leaves it as the backup is
@pytest.mark.parametrize(
    "name", [name for name in FAST if name not in {"restore", "encrypt", *ENCRYPTED}]
)
def test_every_command_does_the_same_with_an_encrypted_file(
    name: str, care: Callable, practice: Callable
) -> None:
    words, code = WORKS[name]
    plain = care(name, *words, "--json", code=code)
    kept = _lasting(dump(Path("care.db"), None))
    practice(encrypted=True)
    ran = care("--passphrase-file", "p.txt", name, *words, "--json", code=code)

    assert _steady(ran.out) == _steady(plain.out)
    assert ran.err == plain.err
    assert _lasting(dump(Path("care.db"))) == kept


@pytest.mark.parametrize("name", LISTS)
def test_the_form_for_spreadsheets_is_the_csv_with_a_mark(
    name: str, care: Callable, practice: Callable
) -> None:
    words, code = WORKS[name]
    raw = care(name, *words, "--csv", code=code).out
    practice()
    safe = care(name, *words, "--spreadsheet", code=code).out

    assert safe.startswith("\ufeff")
    plain, kept = (
        [cell for row in csv.reader(io.StringIO(text, newline="")) for cell in row]
        for text in (_steady(raw), _steady(safe.removeprefix("\ufeff")))
    )
    assert len(plain) == len(kept)
    for was, now in zip(plain, kept, strict=True):
        assert now == was or (now == f"'{was}" and was[0] in "=+-@")


@pytest.mark.parametrize("name", [name for name in FAST if WORKS[name][0]])
def test_common_options_work_between_the_arguments(
    name: str, care: Callable, practice: Callable
) -> None:
    words, code = WORKS[name]
    after = care(name, *words, "--json", code=code)
    practice()
    between = care(name, "--json", *words, code=code)

    assert _steady(between.out) == _steady(after.out)


@pytest.mark.parametrize("name", FAST)
def test_the_care_file_can_be_named_before_and_after(
    name: str, care: Callable, practice: Callable, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    words, code = WORKS[name]
    monkeypatch.setenv("CARETOOL_DB", str(tmp_path / "elsewhere.db"))

    before = care("--db", "care.db", name, *words, "--json", code=code)
    practice()
    after = care(name, *words, "--json", "--db", "care.db", code=code)

    assert _steady(before.out) == _steady(after.out)
    assert not (tmp_path / "elsewhere.db").exists()


@pytest.mark.parametrize("name", READING)
def test_reading_commands_take_as_of_before_and_after(
    name: str, care: Callable, practice: Callable
) -> None:
    words, _ = WORKS[name]
    before = care("--as-of", "2026-12-01", name, *words, "--json")
    after = care(name, *words, "--json", "--as-of", "2026-12-01")

    assert before.out == after.out
    assert after.document["as_of"] == "2026-12-01"


@pytest.mark.parametrize("name", [name for name in WORKS if name not in READING])
def test_writing_commands_refuse_as_of_and_say_what_there_is_instead(
    name: str, care: Callable, practice: Callable
) -> None:
    words, _ = WORKS[name]
    module = import_module(f"caretool.commands.{CareGroup.contents[name].module}")
    takes_on = "on" in signature(module.run).parameters
    hint = "say --on DATE for when something happened" if takes_on else "leave it away"

    for line in (["--as-of", "today", name, *words], [name, *words, "--as-of", "today"]):
        ran = care(*line, code=2)
        assert ran.err == f"error: --as-of is for reading commands\nhint: {hint}\n"


@pytest.mark.parametrize("name", WORKS)
def test_json_is_one_document_with_the_six_keys(
    name: str, care: Callable, practice: Callable
) -> None:
    words, code = WORKS[name]
    ran = care(name, *words, "--json", code=code)

    document = ran.document
    assert list(document) == [*ENVELOPE, *BESIDE.get(name, [])]
    assert document["caretool"] == 1
    assert document["command"] == name
    assert document["as_of"] == "2026-11-23"
    assert document["status"] == ("partial" if code else "ok")
    assert [sorted(error) for error in document["errors"]] == [["code", "hint", "message"]] * (
        1 if code else 0
    )
    assert ran.out.count("\n") == 1 and ran.out.endswith("\n")  # noqa: PT018 - one line, ended
    assert all(re.fullmatch(r"[a-z][a-z0-9_]*", key) for key in _keys(document))


@pytest.mark.parametrize("name", LISTS)
def test_csv_has_a_header_fixed_columns_and_the_standards_line_ends(
    name: str, care: Callable, practice: Callable
) -> None:
    words, code = WORKS[name]
    text = care(name, *words, "--csv", code=code).out
    header, *rows = csv.reader(io.StringIO(text, newline=""))

    assert all(re.fullmatch(r"[a-z][a-z0-9_]*", key) for key in header)
    assert all(len(row) == len(header) for row in rows)
    assert text.count("\n") == text.count("\r\n")


@pytest.mark.parametrize("name", ["due-today", "patients", "review", "adherence"])
def test_csv_of_an_empty_list_is_its_header_and_plain_is_nothing(
    name: str, care: Callable, practice: Callable
) -> None:
    full = care(name, "--csv").out.partition("\r\n")[0]
    care("--db", "new.db", "add-patient", "Alone, Al", "--dob", "1950-01-01", "--roster-only")
    narrow = ["--status", "closed"] if name == "patients" else []

    empty = care("--db", "new.db", name, *narrow, "--csv").out
    assert empty == full + "\r\n"
    assert care("--db", "new.db", name, *narrow).out == ""
    assert care("--db", "new.db", name, *narrow, "--json").data == []


@pytest.mark.parametrize("what", FAILS)
def test_a_failure_is_two_lines_on_stderr_and_nothing_on_stdout(
    what: str, care: Callable, practice: Callable
) -> None:
    words, code, _ = FAILS[what]
    ran = care(*words, code=code)

    assert ran.out == ""
    assert re.fullmatch(r"error: (P\d+ |[^A-Z\n]).*\nhint: .+\n", ran.err), ran.err


@pytest.mark.parametrize("what", FAILS)
def test_a_failure_in_json_is_one_document(what: str, care: Callable, practice: Callable) -> None:
    words, code, word = FAILS[what]
    plain = care(*words, code=code).err
    ran = care("--json", *words, code=code)
    if what == "a guarded panel":
        return  # --json and --spreadsheet are two forms
    if what == "two forms of output":
        plain = plain.replace("--csv and --plain", "--json and --csv")

    assert list(ran.document) == ENVELOPE
    assert ran.document["status"] == "error"
    assert ran.data is None
    (error,) = ran.document["errors"]
    assert error["code"] == word
    assert plain == f"error: {error['message']}\nhint: {error['hint']}\n" == ran.err
    named = next((one for one in words if one in WORKS), None)
    assert ran.document["command"] == named


@pytest.mark.parametrize("what", FAILS)
def test_a_failure_leaves_the_file_as_it_was(what: str, care: Callable, practice: Callable) -> None:
    path = practice()
    before = path.read_bytes()
    care(*FAILS[what][0], code=FAILS[what][1])

    assert path.read_bytes() == before
    assert not Path("none.db").exists()


def test_nothing_due_is_success_and_something_due_is_10_only_when_asked(
    care: Callable, practice: Callable
) -> None:
    assert care("due-today").out != ""
    assert care("due-today", "--exit-code", code=10).out != ""
    assert care("due-today", "--exit-code", "--as-of", "2026-10-20").out == ""


def test_partly_done_is_4_and_says_what_was_left_out(care: Callable, practice: Callable) -> None:
    ran = care("import-patients", "roster.csv", "--json", code=4)

    assert ran.document["status"] == "partial"
    assert [ran.data[0]["new"], ran.data[0]["rejected"]] == [1, 1]


def _broken(session: app.Session) -> Any:
    """Run as no command should."""
    whose = "Quackenbush"
    raise ValueError(whose)


def test_a_bug_is_1_one_line_and_the_version_without_values(
    care: Callable, practice: Callable, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(due_today, "run", _broken)

    ran = care("due-today", code=1)
    assert ran.out == ""
    first, second = ran.err.splitlines()
    assert re.fullmatch(
        rf"error: a bug in caretool {__version__}: ValueError in test_contract.py, line \d+", first
    )
    assert second == "hint: CARETOOL_DEBUG=1 shows where; please report it"

    document = care("due-today", "--json", code=1).document
    assert document["errors"][0]["code"] == "bug"
    assert "Quackenbush" not in json.dumps(document)


def test_a_bug_shows_its_traceback_only_when_debugging(
    care: Callable, practice: Callable, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(due_today, "run", _broken)
    monkeypatch.setenv("CARETOOL_DEBUG", "1")

    ran = care("due-today", code=1)
    assert ran.out == ""
    assert "Traceback (most recent call last)" in ran.err
    assert "test_contract.py" in ran.err
    assert "ValueError" in ran.err
    assert "Quackenbush" not in ran.err, "neither local variables nor the words of the error"
    monkeypatch.setenv("CARETOOL_DEBUG", "0")
    assert "Traceback" not in care("due-today", code=1).err


def test_an_interruption_is_130_and_leaves_nothing_half_done(
    care: Callable, practice: Callable, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(log_contact.planning, "of_patient", interrupt)
        ran = care("log-contact", "P1", "--outcome", "no_answer", code=130)

    assert ran.out == ""
    assert ran.err == "error: interrupted; nothing was changed\n"
    contacts = care("show", "P1", "--json").data["contacts"]
    assert [one["contact"] for one in contacts] == ["C1"]


@pytest.mark.parametrize(
    ("typed", "meant"), [("paitents", "patients"), ("logcontact", "log-contact")]
)
def test_an_unknown_command_suggests_the_one_that_was_meant(
    typed: str, meant: str, care: Callable
) -> None:
    assert care(typed, code=2).err == f"error: no command {typed!r}\nhint: did you mean {meant}?\n"
    assert care("xyz", code=2).err == "error: no such command\nhint: caretool --help\n"


@pytest.mark.parametrize(
    "date", ["03/04/2026", "10", "2026-02-30", "26-01-05", "next week", "1899-12-31"]
)
@pytest.mark.parametrize(
    "words",
    [
        ["due-today", "--as-of"],
        ["add-patient", "A, B", "--dob"],
        ["add-patient", "A, B", "--dob", "1950-01-01", "--on"],
        ["edit-patient", "P1", "--dob"],
        ["log-contact", "P1", "--outcome", "no_answer", "--on"],
        ["log-contact", "P1", "--outcome", "no_answer", "--next"],
        ["adherence", "--from"],
        ["adherence", "--to"],
    ],
    ids=lambda words: " ".join(word for word in words if word.startswith("--") or "-" in word),
)
def test_what_is_no_date_names_the_forms_that_work(
    words: list[str], date: str, care: Callable, practice: Callable
) -> None:
    ran = care(*words, date, code=2)

    assert "hint: dates that work: 2026-11-25, today, yesterday, tomorrow, fri, +3d" in ran.err


def test_a_day_set_in_the_surroundings_must_be_a_date(
    care: Callable, practice: Callable, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CARETOOL_TODAY", "soon")

    ran = care("due-today", code=2)
    assert ran.err.startswith("error: CARETOOL_TODAY is 'soon'")
    assert care("due-today", "--json", code=2).document["as_of"] is None


def test_the_option_beats_the_variable_beats_the_default_place(
    care: Callable, ok: Callable, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    given, named, usual = tmp_path / "given.db", tmp_path / "named.db", app.default_path()
    monkeypatch.setenv("CARETOOL_DB", str(named))
    care("add-patient", "Given, Gil", "--dob", "1950-01-01", "--db", given)
    care("add-patient", "Named, Ned", "--dob", "1950-01-01")
    monkeypatch.delenv("CARETOOL_DB")
    care("add-patient", "Usual, Una", "--dob", "1950-01-01")

    assert usual.parent.name == "caretool" and usual.exists()  # noqa: PT018
    if os.name == "posix":
        assert usual.parent.stat().st_mode & 0o777 == 0o700
    assert [one["name"] for one in ok("patients")] == ["Usual, Una"]
    monkeypatch.setenv("CARETOOL_DB", str(named))
    assert [one["name"] for one in ok("patients")] == ["Named, Ned"]
    assert [one["name"] for one in ok("patients", "--db", given)] == ["Given, Gil"]
    assert [one["name"] for one in ok("--db", given, "patients")] == ["Given, Gil"]


NEED_A_FILE = [name for name in READING if name not in {*WITHOUT_A_FILE, "sniff"}]


@pytest.mark.parametrize("name", [*NEED_A_FILE, "review", "log-contact", "void-contact", "upgrade"])
def test_only_adding_and_importing_create_a_file(
    name: str, care: Callable, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CARETOOL_DB", str(tmp_path / "new.db"))
    ran = care(name, *WORKS[name][0], code=5)

    assert "hint: start one with caretool add-patient" in ran.err
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", WITHOUT_A_FILE)
def test_what_is_about_the_rules_works_before_there_is_a_file(
    name: str, care: Callable, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CARETOOL_DB", str(tmp_path / "new.db"))
    care(name, *WORKS[name][0])

    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["import-patients", "import-discharges", "import-fills"])
def test_an_import_creates_the_file(name: str, care: Callable, practice: Callable) -> None:
    words, code = WORKS[name]
    care("--db", "new.db", name, *words, code=code)

    assert Path("new.db").exists()


def test_quiet_leaves_data_and_errors_and_nothing_else(care: Callable, practice: Callable) -> None:
    assert care("patients", "--quiet").out == care("patients").out
    quiet = care("log-contact", "P1", "--outcome", "no_answer", "--quiet")
    assert (quiet.out, quiet.err) == ("", "")
    nothing = care("review", "--quiet")
    assert (nothing.out, nothing.err) == ("", "")
    assert care("show", "P99", "--quiet", code=3).err.startswith("error: ")


def test_a_writing_command_talks_on_stderr_and_writes_data_only_in_json(
    care: Callable, practice: Callable
) -> None:
    ran = care("log-contact", "P1", "--outcome", "no_answer")

    assert ran.out == ""
    assert ran.err.startswith("logged C2 for P1: no answer, Mon 23 Nov\nnext: ")
    ran = care("log-contact", "P1", "--outcome", "no_answer", "--json")
    assert ran.err == ""
    assert ran.data["contact"] == "C3"


def test_version_names_what_a_report_needs(care: Callable) -> None:
    ran = care("--version")

    assert re.fullmatch(
        rf"caretool {re.escape(__version__)}, schema {SCHEMA_VERSION}, Python \S+, SQLite \S+,"
        r" sqlite-utils \S+, typer \S+, rich \S+(, sqlcipher3 \S+)?\n",
        ran.out,
    )


def test_the_module_runs_as_the_program_does() -> None:
    command = [sys.executable, "-m", "caretool", "--version"]
    ran = subprocess.run(command, capture_output=True, text=True, check=True)

    assert ran.stdout.startswith(f"caretool {__version__}")


def _steady(text: str) -> str:
    """The output without what differs between two runs of the same words: the time of day."""
    return re.sub(r"T\d\d:\d\d|\d{8}T\d{6}(-\d+)?", "", text)


def _lasting(rows: object) -> str:
    """What a care file holds, without the times of the commands and the seals over them."""
    return re.sub(r"T\d\d:\d\d:\d\d(\.\d+)?Z?|\b[0-9a-f]{64}\b", "", repr(rows))


def _keys(value: Any) -> list[str]:
    if isinstance(value, list):
        return [key for one in value for key in _keys(one)]
    if isinstance(value, dict):
        return [*value, *(key for one in value.values() for key in _keys(one))]
    return []
