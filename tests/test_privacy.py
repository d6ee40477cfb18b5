"""Nobody's name, number, phone or words in an error, in a mail from cron, or behind the mask."""

from __future__ import annotations

import json
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import typer
from encrypted_files import SECRET, encrypted_copy

from caretool import cli, keys, typed
from caretool.app import CareGroup

if TYPE_CHECKING:
    from collections.abc import Callable

# What nobody but the two of them may read, and what no other word of caretool resembles
LAST, FIRST, MIDDLE = "Quackenbush", "Zephyrina", "Wobblewell"
BORN = "1931-07-19"
PHONE = "4235550177"
NUMBER, OTHER_NUMBER, VISITS_NUMBER = "MX778899", "LX665544", "HX445566"
ADDRESS, ZIP = "12 Gooseberry Lane", "90317"
REFERRER, LANGUAGE = "Fezziwig", "Klingon"
NOTE, WHY, VOID = "harmonica", "trombone", "Ottokar"
STRANGER, STRANGERS_BIRTH = "Nobodysson", "1929-02-17"

SEEDS = (
    LAST, FIRST, MIDDLE, BORN, PHONE, "423-555-0177", NUMBER, OTHER_NUMBER, VISITS_NUMBER,
    "Gooseberry", ZIP, REFERRER, LANGUAGE, NOTE, WHY, VOID, STRANGER, "Xanthippe",
    STRANGERS_BIRTH, "Thelonius",
)  # fmt: skip

FILES = {
    "roster.csv": (
        "Last Name,First Name,Middle Name,DOB,MRN,Phone,Address,Zip,Language\n"
        f"{LAST},{FIRST},{MIDDLE},{BORN},{NUMBER},{PHONE},{ADDRESS},{ZIP},{LANGUAGE}\n"
        f"{LAST},Thelonius,,1940-01-02,{OTHER_NUMBER},,,,\n"
    ),
    "stays.csv": (
        "Patient Name,DOB,MRN,Discharge Date,Disposition,Diagnosis\n"
        f'"{LAST}, {FIRST}",{BORN},{VISITS_NUMBER},2026-11-20,Home,fell over a {NOTE}\n'
        f'"{LAST}, Zephyrine",{BORN},,2026-11-19,Home,\n'
        f'"{STRANGER}, Xanthippe",{STRANGERS_BIRTH},HX1,2026-11-19,Home,\n'
    ),
    "fills.csv": f"MRN,Drug,Fill Date,Days Supply\n{NUMBER},metformin,2026-10-01,30\n",
    "stricter.toml": (
        'version = "1"\n[[protocol]]\nname = "transition"\n'
        '[[protocol.rule]]\nname = "contact"\nlimit = "3 business days"\n'
    ),
    "reconciled.csv": (
        "medication,dose,discharge,taking,decision,why\n"
        f"M1,{WHY},yes,{NOTE},,{VOID}\n{NOTE},{WHY},yes,no,,{VOID}\n"
    ),
    # and what can't be used
    "bad-list.csv": f"medication,discharge\n{LAST},perhaps\n",
    "no-list.csv": f"{LAST},{FIRST}\n",
    "bad-rows.csv": (
        "Last Name,First Name,DOB,MRN,Phone\n"
        f"{LAST},{FIRST},1931-13-19,{NUMBER},{PHONE}\n{STRANGER},,,,{PHONE}\n"
    ),
    "bad-stays.csv": (
        "Patient Name,DOB,MRN,Discharge Date\n"
        f'"{LAST}, {FIRST}",{BORN},{VISITS_NUMBER},2026-02-30\n"{STRANGER}",,,2026-11-20\n'
    ),
    "ragged.csv": f'Patient Name,DOB,Discharge Date\n"{LAST}, {FIRST}",{BORN},2026-11-20,{PHONE}\n',
    "open-quote.csv": f'Patient Name,DOB,Discharge Date\n"{LAST}, {FIRST},{BORN},2026-11-20\n',
    "no-header.csv": f"{LAST},{FIRST},{BORN},2026-11-20\n",
    "no-birth-date.csv": f'Patient Name,Discharge Date\n"{LAST}, {FIRST}",2026-11-20\n',
    "two-readings.csv": (
        f'Patient Name,DOB,Discharge Date\n"{LAST}, {FIRST}",07/09/1931,2026-11-20\n'
    ),
    "bad-fills.csv": (
        "MRN,Patient Name,Drug,Fill Date,Days Supply\n"
        f'{NUMBER},"{LAST}, {FIRST}",metformin,2026-10-01,many\n'
        f'XXX,"{STRANGER}, X",metformin,2026-10-01,30\n'
    ),
}
READING: dict[str, list[str]] = {
    "due-today": ["due-today", "--days", "60"],
    "why": ["why", "P1"],
    "why, all of it": ["why", "P1", "--all", "--rank", "--shown"],
    "week": ["week", "--weeks", "8", "--capacity", "1"],
    "stale": ["stale", "--days", "1"],
    "away": ["away"],
    "compare-protocols": ["compare-protocols", "stricter.toml"],
    "patients": ["patients"],
    "show": ["show", "P1", "--all"],
    "show of another": ["show", "P3"],
    "adherence": ["adherence"],
    "adherence of one": ["adherence", "P1", "--details"],
    "medications": ["medications", "P1", "--all"],
    "review": ["review"],
    "review, unmatched": ["review", "--unmatched"],
    "review of one": ["review", "D1"],
    "why of a stay": ["why", "D1"],
    "why of one that waits": ["why", "D2"],
    "duplicates": ["duplicates"],
}
LOG = ["log-contact", "P1", "--outcome", "no_answer"]
NAME = f"{LAST}, {FIRST}"
# Everything that goes wrong here: words, exit code
WRONG: dict[str, tuple[list[str], int]] = {
    "unknown name": (["show", f"{STRANGER} Xanthippe"], 3),
    "unknown name, why": (["why", STRANGER], 3),
    "unknown number": (["adherence", f"{NUMBER}0"], 3),
    "unknown phone": (["show", PHONE], 3),
    "ambiguous name": (["show", LAST], 3),
    "ambiguous, log": (["log-contact", LAST, "--outcome", "no_answer"], 3),
    "ambiguous, edit": (["edit-patient", LAST, "--tier", "low"], 3),
    "ambiguous, review": (["review", "D2", "--is", LAST], 3),
    "unquoted name": (["show", FIRST, LAST], 2),
    "unquoted name to add": (["add-patient", FIRST, LAST, "--dob", BORN], 2),
    "name as command": ([LAST], 2),
    "same person": (["add-patient", NAME, "--dob", BORN], 3),
    "same number": (["add-patient", "A, B", "--dob", BORN, "--mrn", NUMBER], 3),
    "number of another": (["edit-patient", "P2", "--mrn", NUMBER], 3),
    "half a name": (["add-patient", LAST, "--dob", BORN], 3),
    "control characters": (["add-patient", f"{LAST}\x07, {FIRST}", "--dob", BORN], 3),
    "endless name": (["add-patient", f"{LAST}, {FIRST * 99}", "--dob", BORN], 3),
    "birth date, US": (["add-patient", NAME, "--dob", "07/19/1931"], 2),
    "birth date, none": (["add-patient", NAME, "--dob", "1931-07-91"], 2),
    "birth date, edit": (["edit-patient", "P1", "--dob", "19.07.1931"], 2),
    "birth date, future": (["add-patient", NAME, "--dob", "2031-07-19"], 6),
    "short phone": (["add-patient", NAME, "--dob", BORN, "--phone", PHONE[-6:]], 3),
    "odd ZIP": (["add-patient", NAME, "--dob", BORN, "--zip", f"{ZIP}999999"], 3),
    "odd number": (["add-patient", NAME, "--dob", BORN, "--mrn", "---"], 3),
    "date of a name": ([*LOG, "--on", "2026-11-31"], 2),
    "why without next": ([*LOG, "--why", f"{WHY} lesson"], 2),
    "next in the past": ([*LOG, "--next", "-1d", "--why", f"{WHY} lesson"], 3),
    "two notes": ([*LOG, "--note", NOTE, "--note-file", "roster.csv"], 2),
    "future contact": ([*LOG, "--note", NOTE, "--on", "+2d"], 6),
    "odd minutes": ([*LOG, "--note", NOTE, "--minutes", "-5"], 2),
    "ambiguous, merge": (["merge", LAST, "P3"], 3),
    "merge of strangers": (["merge", "P1", "P3"], 6),
    "one who was merged": (["show", "P5"], 3),
    "a masked roster": (["export-roster", "--mask"], 6),
    "everything, masked": (["export", "--all", "everything", "--mask"], 6),
    "name as a medicine": (["stop-medication", "P1", NAME, "--why", WHY], 3),
    "a medicine again": (["add-medication", "P1", f"metformin {NOTE}"], 3),
    "odd times a day": (["add-medication", "P1", NOTE, "--times-per-day", "0"], 3),
    "a list of names": (["reconcile", "P1", "--file", "bad-list.csv"], 3),
    "a list without a header": (["reconcile", "P1", "--file", "no-list.csv"], 3),
    "because of nothing": ([*LOG, "--missed-because", "forgot", "--note", NOTE], 2),
    "odd reason": ([*LOG, "--missed-doses", "1/7", "--missed-because", NOTE], 2),
    "void again": (["void-contact", "C2", "--reason", f"{VOID}, his brother"], 3),
    "bad roster": (["import-patients", "bad-rows.csv"], 4),
    "bad stays": (["import-discharges", "bad-stays.csv"], 4),
    "bad fills": (["import-fills", "bad-fills.csv"], 4),
    "ragged": (["import-discharges", "ragged.csv"], 4),
    "open quote": (["import-discharges", "open-quote.csv"], 3),
    "no header": (["import-discharges", "no-header.csv"], 3),
    "no birth date": (["import-discharges", "no-birth-date.csv"], 3),
    "two readings": (["import-discharges", "two-readings.csv"], 3),
    "stays as a roster": (["import-fills", "stays.csv"], 3),
}


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A practice in which every seed stands somewhere."""
    folder = tmp_path_factory.mktemp("privacy")
    for name, text in FILES.items():
        (folder / name).write_text(text, encoding="utf-8")
    program = typer.main.get_command(cli.app)
    at = str(folder)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CARETOOL_DB", str(folder / "care.db"))
        patch.setenv("CARETOOL_TODAY", "2026-11-23")
        for words in (
            ["import-patients", f"{at}/roster.csv", "--status", "active"],
            [*LOG, "--note", f"swallowed a {NOTE}"],
            [*LOG, "--note", NOTE, "--on", "2026-11-20"],
            ["void-contact", "C2", "--reason", f"this was {VOID}"],
            ["log-contact", "P1", "--outcome", "rescheduled", "--next", "fri", "--why", WHY],
            ["add-patient", f"{LAST}, Una", "--dob", "1980-01-01", "--referred-by", REFERRER],
            ["import-discharges", f"{at}/stays.csv"],
            ["import-fills", f"{at}/fills.csv", "--source", "practice"],
            [
                "add-medication",
                "P1",
                f"metformin {NOTE}",
                "--dose",
                f"by {WHY}",
                "--prescriber",
                REFERRER,
                "--class",
                VOID,
            ],
            ["add-medication", "P1", "lisinopril"],
            ["stop-medication", "P1", "M2", "--why", f"a {NOTE}"],
            ["hold", "P2", "--until", "2026-12-04", "--why", WHY],
            ["appointment", "P1", "2026-12-01", "--with", REFERRER],
            ["defer", "P1", "visit", "--to", "2026-11-25", "--why", f"his {NOTE}"],
            ["away", "add", "2026-12-02", "--why", VOID],
            [
                "add-patient",
                f"{LAST}, Otto",
                "--dob",
                "1944-04-04",
                "--roster-only",
                "--referred-by",
                REFERRER,
            ],
            ["add-patient", NAME, "--dob", BORN, "--roster-only", "--anyway"],
            ["merge", "P1", "P5", "--why", WHY],
            ["add-patient", f"{LAST}, Una", "--dob", "1980-01-01", "--roster-only", "--anyway"],
            ["backup", at],
        ):
            assert program.main([*words, "--quiet"], standalone_mode=False) == 0, words
        patch.setattr(keys, "ROUNDS", 1)
        encrypted_copy(folder / "care.db", folder / "locked.db")
    (folder / "p.txt").write_text(SECRET, encoding="utf-8")
    (folder / "new.txt").write_text("a newer passphrase", encoding="utf-8")
    next(folder.glob("care-*.db")).rename(folder / "backup.db")
    shutil.rmtree(folder / "backups")
    return folder


@pytest.fixture
def practice(template: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the practice, in the working directory."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(keys, "ROUNDS", 1)  # test_keys derives them as SQLCipher does
    for file in template.iterdir():
        shutil.copy(file, tmp_path)
    return tmp_path


@pytest.fixture
def page(care: Callable, monkeypatch: pytest.MonkeyPatch) -> Callable[..., str]:
    """What a terminal shows of a run, wide enough for nothing to be wrapped."""
    monkeypatch.setenv("COLUMNS", "300")

    def run(*words: str) -> str:
        monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
        ran = care(*words)
        return f"{ran.out}\n{ran.err}"

    return run


def leaks(text: str) -> list[str]:
    """The seeds that stand in a text, also spelled in capitals or in the form for searching."""
    return [seed for seed in SEEDS if seed.casefold() in text.casefold()]


@pytest.mark.parametrize("what", WRONG)
def test_an_error_names_nobody(what: str, care: Callable, practice: Path) -> None:
    words, code = WRONG[what]
    ran = care(*words, code=code)

    assert ran.err.startswith(("error: ", f"{words[-1]}: "))
    assert leaks(ran.err) == []
    assert ran.out == ""


@pytest.mark.parametrize("what", WRONG)
def test_an_error_in_a_document_names_nobody(what: str, care: Callable, practice: Path) -> None:
    words, code = WRONG[what]
    ran = care("--json", *words, code=code)

    document = ran.document
    assert document["errors"]
    assert leaks(json.dumps(document, ensure_ascii=False)) == []
    assert leaks(ran.err) == []


def test_ambiguous_names_are_listed_by_id(care: Callable, practice: Path) -> None:
    ran = care("show", LAST, code=3)

    assert ran.err == "error: 5 patients fit: P1, P2, P3, P4, P6\nhint: say which one by its id\n"


@pytest.mark.parametrize("words", [["review", LAST], ["void-contact", LAST, "--reason", "x"]])
def test_a_name_where_an_id_belongs_is_not_repeated(
    words: list[str], care: Callable, practice: Path
) -> None:
    assert leaks(care(*words, code=2).err) == []


def test_the_values_of_a_bug_stay_inside(
    care: Callable, practice: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(text: str) -> None:
        raise RuntimeError(text)

    def broken_twice(text: str) -> None:
        try:
            broken(text)
        except RuntimeError as error:
            error.add_note(text)
            raise LookupError(text, {text: text}) from error

    monkeypatch.setattr(typed, "name", broken)
    for form in ([], ["--json"]):
        ran = care("add-patient", NAME, "--dob", BORN, "--phone", PHONE, *form, code=1)
        assert leaks(ran.out + ran.err) == []
    monkeypatch.setenv("CARETOOL_DEBUG", "1")
    monkeypatch.setattr(typed, "name", broken_twice)
    for form in ([], ["--json"]):
        ran = care("add-patient", NAME, "--dob", BORN, "--phone", PHONE, *form, code=1)
        assert leaks(ran.out + ran.err) == []
        assert ran.err.count("Traceback (most recent call last):") == 2
        assert "RuntimeError\nwhich led to:\nTraceback" in ran.err
        assert "add_patient.py" in ran.err


READERS = {
    "due_today", "why", "patients", "show", "adherence", "review", "week", "stale", "away",
    "compare_protocols", "duplicates", "medications",
}  # fmt: skip


def test_every_reading_command_is_tried_behind_the_mask() -> None:
    tried = {words[0] for words in READING.values()}
    assert tried | {"review"} == {
        name for name, entry in CareGroup.contents.items() if entry.module in READERS
    }


def test_without_the_mask_every_seed_can_be_seen_somewhere(
    care: Callable, page: Callable, practice: Path
) -> None:
    """So that the tests behind the mask would see it too."""
    shown = "".join(care(*words, "--json").out for words in READING.values())

    assert set(SEEDS) - set(leaks(shown)) == {"423-555-0177"}
    assert "423-555-0177" in page(*READING["due-today"])


@pytest.mark.parametrize("form", ["--json", "--csv", "--spreadsheet", "--plain"])
@pytest.mark.parametrize("what", READING)
def test_behind_the_mask_scripts_find_ids_only(
    what: str, form: str, care: Callable, practice: Path
) -> None:
    ran = care(*READING[what], form, "--mask")

    assert leaks(ran.out + ran.err) == []
    assert ran.out


@pytest.mark.parametrize("what", READING)
def test_behind_the_mask_a_screen_shows_initials_and_ids(
    what: str, page: Callable, practice: Path
) -> None:
    shown = page(*READING[what], "--mask")

    assert leaks(shown) == []
    initials = {"review, unmatched": "X.N.", "show of another": "U.Q.", "week": "",
                "stale": "U.Q.", "away": "", "duplicates": "U.Q.",
                "medications": "metformin"}  # fmt: skip
    assert initials.get(what, "Z.Q.") in shown


def test_behind_the_mask_search_still_finds_by_name(ok: Callable, practice: Path) -> None:
    found = ok("patients", FIRST, "--mask")

    assert [one["patient"] for one in found] == ["P1"]
    assert found[0]["name"] == "Z.Q."


WRITING: dict[str, list[str]] = {
    "add-patient": [
        "add-patient", f"{STRANGER}, Xanthippe", "--dob", STRANGERS_BIRTH, "--mrn", "LX1",
        "--phone", PHONE,
    ],
    "log-contact": [*LOG, "--note", NOTE, "--next", "+3d", "--why", WHY],
    "edit-patient": ["edit-patient", "P1", "--name", f"{LAST}, {MIDDLE}", "--phone", "4235550178"],
    "void-contact": ["void-contact", "C3", "--reason", VOID],
    "review": ["review", "D2", "--is", "P1"],
    "unlink": ["unlink", "D1"],
    "merge": ["merge", "P1", "P2", "--anyway", "--why", WHY],
    "unmerge": ["unmerge", "P5"],
    "duplicates": ["duplicates", "--not", "P1", "P2"],
    "hold": ["hold", "P1", "--until", "2026-12-04", "--why", WHY],
    "defer": ["defer", "P1", "transition_contact", "--to", "2026-11-24", "--why", WHY],
    "waive": ["waive", "P1", "visit", "--why", WHY],
    "decline": ["decline", "P4", "--why", WHY],
    "enrol": ["enrol", "P4", "--why", WHY],
    "appointment": ["appointment", "P1", "2026-11-25T10:00", "--with", REFERRER],
    "away": ["away", "add", "2026-11-30", "--why", WHY],
    "add-medication": ["add-medication", "P1", f"warfarin {NOTE}", "--dose", WHY,
                       "--prescriber", REFERRER, "--class", VOID],
    "stop-medication": ["stop-medication", "P1", "M1", "--why", WHY],
    "reconcile": ["reconcile", "P1", "--file", "reconciled.csv"],
    "lace": ["lace", "P1", "--acute", "--admitted", "2026-11-17", "--comorbidity", "none"],
    "backup": ["backup"],
    "purge": ["purge", "--older-than", "7y"],
    "restore": ["restore", "backup.db", "--yes"],
    "encrypt": ["encrypt", "--passphrase-file", "p.txt"],
    "decrypt": ["--db", "locked.db", "--passphrase-file", "p.txt", "decrypt"],
    "change-passphrase": ["--db", "locked.db", "--passphrase-file", "p.txt", "change-passphrase",
                          "--new-passphrase-file", "new.txt"],
    "import-discharges": ["import-discharges", "bad-stays.csv"],
}  # fmt: skip


@pytest.mark.parametrize("what", WRITING)
def test_behind_the_mask_a_writing_command_says_ids_only(
    what: str, care: Callable, practice: Path
) -> None:
    code = 4 if what == "import-discharges" else 0
    before = {one: one.read_bytes() for one in practice.glob("*.db")}
    ran = care(*WRITING[what], "--mask", code=code)
    assert leaks(ran.out + ran.err) == []

    for one, data in before.items():
        one.write_bytes(data)
    ran = care(*WRITING[what], "--mask", "--json", code=code)
    assert leaks(ran.out + ran.err) == []


@pytest.mark.parametrize(
    ("command", "file"),
    [
        ("import-patients", "roster.csv"),
        ("import-fills", "fills.csv"),
        ("import-discharges", "stays.csv"),
    ],
)
def test_behind_the_mask_the_rows_of_an_import_hold_ids_only(
    command: str, file: str, care: Callable, practice: Path
) -> None:
    ran = care(command, file, "--rows", "--json", "--mask")

    assert ran.data[0]["rows"]
    assert leaks(ran.out + ran.err) == []
