"""Leaving with everything and coming back: nothing is lost on the way, nothing wrong gets in."""

from __future__ import annotations

import csv
import json
import sqlite3
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from caretool import db, leaving, making
from caretool.errors import FileError
from caretool.schema import meanings, recording

if TYPE_CHECKING:
    from collections.abc import Callable

ODD = ('He said "no", then\r\nleft', "\\", "\\N", "\\\\", "", " ", "=1+1", "'x", "a\0b", "\0",
       "\r", "\n", ",", "\ufeff", "NULL", "👩‍⚕️", "‮", "0x", "1e3", "-0", "\u2028", '"')  # fmt: skip
TEXTS = st.one_of(st.sampled_from(ODD), st.text(max_size=12))


def everything(path: Path) -> dict[str, list[tuple[Any, ...]]]:
    """Every row of every table, as the file itself has it."""
    connection = sqlite3.connect(path)
    try:
        tables = [
            name
            for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
        ]
        return {
            name: connection.execute(f'SELECT * FROM "{name}" ORDER BY 1').fetchall()
            for name in tables
        }
    finally:
        connection.close()


def schema(path: Path) -> list[tuple[Any, ...]]:
    connection = sqlite3.connect(path)
    try:
        marks = [connection.execute(f"PRAGMA {name}").fetchone()
                 for name in ("application_id", "user_version", "journal_mode")]  # fmt: skip
        made = "SELECT type, name, sql FROM sqlite_master ORDER BY type, name"
        return [*connection.execute(made), *marks]
    finally:
        connection.close()


def export(care_file: Path, folder: Path) -> dict[str, bytes]:
    folder.mkdir()
    with db.reading(care_file) as opened:
        leaving.write(opened, folder)
    return {file.name: file.read_bytes() for file in folder.iterdir()}


def back(folder: Path) -> Path:
    draft = folder.with_name(f"{folder.name}.back")
    draft.unlink(missing_ok=True)
    making.create_private(draft)
    leaving.read_back(folder, draft)
    return draft


def broken_seals(path: Path) -> list[int]:
    """The commands whose seal is not what their columns, changes and the seal before come to."""
    with db.reading(path) as opened:
        wrong, before = [], ""
        for row in opened.rows("SELECT * FROM commands ORDER BY id"):
            if recording.seal(opened.stream, before, dict(row)) != row["seal"]:
                wrong.append(row["id"])
            before = row["seal"]
        return wrong


def comes_back_the_same(care_file: Path, folder: Path) -> None:
    written = export(care_file, folder / "out")
    again = back(folder / "out")

    assert everything(again) == everything(care_file)
    assert schema(again) == schema(care_file)
    assert broken_seals(again) == []
    assert export(again, folder / "again") == written


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    import typer

    from caretool import cli

    folder = tmp_path_factory.mktemp("leaving") / "demo"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CARETOOL_TODAY", "2026-11-23")
        patch.setenv("CARETOOL_DB", str(folder / "care.db"))
        program = typer.main.get_command(cli.app)
        assert program.main(["demo", "--to", str(folder), "--quiet"], standalone_mode=False) == 0
    return folder / "care.db"


@pytest.fixture
def folder(demo: Path, tmp_path: Path) -> Path:
    """The demo practice, exported."""
    export(demo, tmp_path / "out")
    return tmp_path / "out"


def test_the_demo_practice_comes_back_as_it_was(demo: Path, tmp_path: Path) -> None:
    assert len(everything(demo)["patients"]) == 60
    comes_back_the_same(demo, tmp_path)


def _named(text: str) -> dict[str, str]:
    return dict.fromkeys(("last_name", "first_name", "last_key", "first_key"), text)


@settings(max_examples=12)
@given(
    names=st.lists(TEXTS, min_size=2, max_size=4),
    notes=st.lists(st.one_of(st.none(), TEXTS), max_size=4),
    blobs=st.lists(st.one_of(st.just(b""), st.binary(max_size=9)), max_size=3),
    number=st.integers(0, 2**63 - 1),
)
def test_any_text_bytes_and_history_come_back_as_they_were(names, notes, blobs, number) -> None:
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        path = folder / "care.db"
        with db.writing(path, "add", "me", create=True) as care_file:
            ids = [care_file.insert("patients", **_named(name), address=name) for name in names]
            run = care_file.insert(
                "import_runs", kind="fills", on_date="2026-11-01", file_name=names[0],
                file_hash="h", encoding="utf-8", delimiter=",", records=number, counts="{}",
            )  # fmt: skip
            for first, blob in enumerate(blobs):
                care_file.insert("import_rows", run_id=run, first=first, rows=blob)
        with db.writing(path, "log", names[1], asked=names[0]) as care_file:
            for note in notes:
                care_file.insert(
                    "contacts", patient_id=ids[0], on_date="2026-11-01", outcome="no_answer",
                    channel="phone", party="patient", note=note,
                )  # fmt: skip
            # one who points to a later row, one who is gone so that a number is missing at the end
            care_file.execute("UPDATE patients SET merged_into = ? WHERE id = ?", (ids[1], ids[0]))
            gone = care_file.insert("patients", **_named("gone"))
            care_file.execute("DELETE FROM patients WHERE id = ?", (gone,))

        comes_back_the_same(path, folder)


def test_a_number_that_was_given_out_is_not_given_out_again_after_coming_back(
    tmp_path: Path,
) -> None:
    path = tmp_path / "care.db"
    with db.writing(path, "add", "me", create=True) as care_file:
        for name in ("one", "two"):
            care_file.insert("patients", **_named(name))
        care_file.execute("DELETE FROM patients WHERE id = 2")
    export(path, tmp_path / "out")
    again = back(tmp_path / "out")

    with db.writing(again, "add", "me") as care_file:
        assert care_file.insert("patients", **_named("three")) == 3


def test_a_file_that_came_back_records_changes_and_refuses_to_forget_them(folder: Path) -> None:
    again = back(folder)
    before = len(everything(again)["changes"])
    with db.writing(again, "edit", "me") as care_file:
        care_file.execute("UPDATE patients SET language = 'Welsh' WHERE id = 1")
    assert len(everything(again)["changes"]) == before + 1
    with (
        pytest.raises(sqlite3.IntegrityError, match="only ever added to"),
        db.writing(again, "edit", "me") as care_file,
    ):
        care_file.execute("DELETE FROM changes")


def test_nothing_and_an_empty_text_are_told_apart_in_the_file_itself(tmp_path: Path) -> None:
    path = tmp_path / "care.db"
    with db.writing(path, "add", "me", create=True) as care_file:
        care_file.insert("patients", **_named("x"), zip=None, address="", language="\\n")
    written = export(path, tmp_path / "out")
    text = written["patients.csv"].decode()
    (row,) = csv.DictReader(text.splitlines())
    assert (row["zip"], row["address"], row["language"]) == ("", "\\", "\\\\n")


def test_a_table_of_somebody_else_is_not_taken_along_and_does_no_harm(tmp_path: Path) -> None:
    path = tmp_path / "care.db"
    with db.writing(path, "add", "me", create=True) as care_file:
        care_file.insert("patients", **_named("x"))
        care_file.execute('CREATE TABLE "my own, of names" (a)')
    export(path, tmp_path / "out")
    assert everything(back(tmp_path / "out"))["patients"] == everything(path)["patients"]


# what each column means


def test_the_dictionary_has_every_column_of_every_table_with_its_meaning(
    demo: Path, folder: Path
) -> None:
    with (folder / "data-dictionary.csv").open(encoding="utf-8", newline="") as file:
        said = {(row["table"], row["column"]): row for row in csv.DictReader(file)}
    connection = sqlite3.connect(demo)
    columns = {
        (table, row[1])
        for (table,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
        for row in connection.execute(f"PRAGMA table_info({table})")
    }
    connection.close()
    assert set(said) == columns
    assert all(len(row["meaning"].split()) > 1 for row in said.values())
    assert said["contacts", "note"]["may be empty"] == "yes"
    assert said["contacts", "patient_id"]["refers to"] == "patients.id"
    assert said["patients", "id"]["may be empty"] == "no"


def test_no_meaning_is_left_of_a_column_that_is_gone(demo: Path) -> None:
    connection = sqlite3.connect(demo)
    for table, columns in meanings.OF_TABLES.items():
        known = {row[1] for row in connection.execute(f"PRAGMA table_info({table})")}
        assert set(columns) <= known, table
    connection.close()


# what is not as it was written


def changed(name: str, change: Callable[[str], str]) -> Callable[[Path], None]:
    def run(folder: Path) -> None:
        path = folder / name
        text = path.read_bytes().decode("utf-8")
        after = change(text)
        assert after != text
        path.write_bytes(after.encode("utf-8", "surrogateescape"))

    return run


def cell(line: int, column: int, value: str) -> Callable[[str], str]:
    """Put another value into a cell; lines are counted from 1, columns from 0."""

    def run(text: str) -> str:
        lines = text.split("\r\n")
        cells = lines[line - 1].split(",")
        cells[column] = value
        lines[line - 1] = ",".join(cells)
        return "\r\n".join(lines)

    return run


def last_line_away(text: str) -> str:
    return "\r\n".join(text.split("\r\n")[:-2]) + "\r\n"


def said(**values: Any) -> Callable[[str], str]:
    return lambda text: json.dumps({**json.loads(text), **values})


WRONG: dict[str, tuple[Callable[[Path], object], str]] = {
    "no manifest": (lambda at: (at / "manifest.json").unlink(), "manifest.json is missing"),
    "a manifest that is none": (changed("manifest.json", lambda _: "{"), "is not JSON"),
    "another program's": (changed("manifest.json", lambda _: "{}"), "is not of an export"),
    "another form": (changed("manifest.json", said(caretool_export=2)), "is not of an export"),
    "another schema": (changed("manifest.json", said(schema=4)), "has not the schema"),
    "no counts": (changed("manifest.json", said(rows=None)), "does not count the rows"),
    "counts of less": (changed("manifest.json", said(rows={})), "counts no rows of"),
    "a table too many": (
        changed("manifest.json", lambda text: text.replace('"tiers"', '"tears": 1, "tiers"')),
        "counts rows of a table that is none of schema",
    ),
    "no table": (lambda at: (at / "tiers.csv").unlink(), "tiers.csv is missing"),
    "a row less": (changed("fills.csv", last_line_away), "fills.csv has 111 rows, manifest"),
    "other headings": (
        changed("tiers.csv", lambda text: text.replace("tier", "teer", 1)),
        "tiers.csv, line 1: the headings are not those of the table",
    ),
    "an empty file": (changed("tiers.csv", lambda _: ""), "tiers.csv, line 1: the headings"),
    "a cell too many": (
        changed("tiers.csv", lambda text: text.replace("\r\n2,", "\r\n2,2,")),
        "tiers.csv, line 3: 7 cells where 6 belong",
    ),
    "an empty line": (
        changed("tiers.csv", lambda text: text + "\r\n"), "line 27: 0 cells where 6 belong",
    ),
    "no number": (changed("fills.csv", cell(3, 4, "ten")), "line 3: days_supply is not a number"),
    "a number as text": (changed("fills.csv", cell(3, 4, "1.0")), "line 3: days_supply is not"),
    "a padded number": (changed("fills.csv", cell(3, 4, "030")), "line 3: days_supply is not"),
    "a number too large": (changed("fills.csv", cell(3, 4, "9" * 19)), "line 3: days_supply is"),
    "no day": (changed("fills.csv", cell(3, 3, "2026-02-30")), "fills.csv, line 3: CHECK"),
    "a spreadsheet's day": (changed("fills.csv", cell(3, 3, "11/2/2026")), "line 3: CHECK"),
    "nothing where something must be": (changed("fills.csv", cell(3, 3, "")), "line 3: NOT NULL"),
    "an id twice": (changed("fills.csv", cell(3, 0, "1")), "fills.csv, line 3: UNIQUE"),
    "an id of nobody": (
        changed("tiers.csv", cell(3, 1, "777")),
        "tiers.csv: the row with id 2 refers to a row that patients.csv has not",
    ),
    "half a backslash": (
        changed("tiers.csv", cell(3, 4, "\\x")), "line 3: command_id is not a number",
    ),
    "a text with half a backslash": (
        changed("patients.csv", cell(2, 4, "\\x")), "line 2: suffix has one backslash in front",
    ),
    "odd digits": (changed("import_rows.csv", cell(2, 3, "ABC")), "line 2: rows is not pairs of"),
    "an open quote": (changed("tiers.csv", cell(3, 3, '"high')), "line 3: not CSV as RFC 4180"),
    "another encoding": (changed("tiers.csv", cell(3, 3, "\udce9")), "tiers.csv, from line"),
    "other steps": (
        changed("_sqlite_migrations.csv", lambda text: text.replace("m002", "m992")),
        "these are not the steps of this schema",
    ),
}  # fmt: skip


@pytest.mark.parametrize("what", WRONG)
def test_what_is_not_as_it_was_written_is_refused_by_file_line_and_rule(
    what: str, folder: Path
) -> None:
    change, words = WRONG[what]
    change(folder)
    with pytest.raises(FileError) as refused:
        back(folder)
    assert words in refused.value.message
    assert refused.value.message.count("\n") == 0
    assert refused.value.hint


def test_a_folder_that_is_none_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FileError, match="is not a folder"):
        back(tmp_path / "nowhere")


def test_a_refusal_never_repeats_what_stands_in_a_cell(folder: Path) -> None:
    changed("patients.csv", cell(2, 7, "Quackenbush"))(folder)
    with pytest.raises(FileError) as refused:
        back(folder)
    assert "patients.csv, line 2: CHECK constraint failed: birth_date" in refused.value.message
    assert "Quackenbush" not in refused.value.message


def test_files_that_are_not_ours_do_not_matter(folder: Path) -> None:
    (folder / ".DS_Store").write_bytes(b"\0\1")
    assert back(folder).is_file()
