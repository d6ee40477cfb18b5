"""Leaving, and coming back: every table as CSV that any program reads, and the care file again.

What is written holds everything, so that nobody is bound to caretool: one file a table (RFC 4180,
UTF-8, raw values), what each column means (`data-dictionary.csv`), what is there (`manifest.json`)
and how to read it (`README.txt`). Nothing in it tells when it was written: the same facts give the
same bytes.
"""

from __future__ import annotations

import csv
import json
import re
from typing import TYPE_CHECKING, Any, NamedTuple, NoReturn

from caretool import __version__, db
from caretool.errors import FileError
from caretool.schema import recording
from caretool.schema.meanings import OF_TABLES, meaning
from caretool.trouble import refuses_value, sqlite_errors

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from caretool.care_file import CareFile

FORM = 1
"""The number of the form in which the folder is written."""
MANIFEST, DICTIONARY, README = "manifest.json", "data-dictionary.csv", "README.txt"
_SEQUENCE, _STEPS = "sqlite_sequence", "_sqlite_migrations"
_NUMBER = re.compile(r"0|-?[1-9][0-9]{0,18}")
_HEX = re.compile(r"(?:[0-9A-F]{2})+")
_MARK = "\\"  # before a text that is empty or begins with it
_LONGEST = 1_000_000_000  # bytes: no value of SQLite is longer
_WRITTEN = f"it must be as caretool export --all wrote it; {README} in the folder says how"
_EXPLAINED = """\
Everything in one care file of caretool, to be read by any program.

One CSV file a table (RFC 4180): UTF-8, commas, a line of headings, lines that end in CR LF, cells
with a comma, a quotation mark or a line end in quotation marks.

An empty cell is nothing: no value. A text that is empty, or that begins with a backslash, has one
backslash more in front: a cell with one backslash is an empty text. Numbers are decimal, bytes are
pairs of hexadecimal digits. Days are written 2026-11-25, times of day 14:05, instants
2026-11-25T19:05:09Z in UTC. Nothing is guarded against spreadsheet programs: a cell may begin like
a formula, and such programs change dates and long numbers, so look but do not save.

data-dictionary.csv says of each column its type, whether it may be empty, which column of which
table it refers to, and what it means. manifest.json counts the rows.

Back to a care file: caretool restore with the name of this folder.

Written by caretool {version}, schema {schema}. Nothing here is encrypted.
"""


class Column(NamedTuple):
    """A column of a table, as the schema has it."""

    name: str
    kind: str
    """`INTEGER`, `TEXT` or `BLOB`."""
    may_be_empty: bool
    refers_to: str
    """`table.column`, empty where it refers to none."""


class Table(NamedTuple):
    """A table with its columns in their order."""

    name: str
    columns: tuple[Column, ...]

    @property
    def file(self) -> str:
        """The name of its file in the folder."""
        return f"{self.name}.csv"

    @property
    def header(self) -> list[str]:
        """The headings of its file."""
        return [column.name for column in self.columns]


def tables(care_file: CareFile) -> list[Table]:
    """Every table that caretool has made in a care file, in the order of their names."""
    names = care_file.rows("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")
    return [Table(name, tuple(_columns(care_file, name))) for (name,) in names if name in OF_TABLES]


def _columns(care_file: CareFile, table: str) -> Iterator[Column]:
    refers = {
        row["from"]: f"{row['table']}.{row['to']}"
        for row in care_file.rows(f"PRAGMA foreign_key_list({table})")
    }
    for row in care_file.rows(f"PRAGMA table_info({table})"):
        name = row["name"]
        # SQLite's own table of the last numbers says nothing of its types
        kind = row["type"] or ("INTEGER" if name == "seq" else "TEXT")
        yield Column(name, kind, not (row["notnull"] or row["pk"]), refers.get(name, ""))


# out


def write(care_file: CareFile, folder: Path) -> dict[str, int]:
    """Write everything into an empty folder; returns how many rows each table has.

    Raises OSError when the folder cannot be written to.
    """
    care_file.execute("BEGIN")  # all tables as they were at one moment, whoever writes meanwhile
    found = tables(care_file)
    counts = {table.name: _write_rows(care_file, table, folder) for table in found}
    with (folder / DICTIONARY).open("w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["table", "column", "type", "may be empty", "refers to", "meaning"])
        for table in found:
            for name, kind, may_be_empty, refers_to in table.columns:
                empty = "yes" if may_be_empty else "no"
                row = (table.name, name, kind, empty, refers_to, meaning(table.name, name))
                rows.writerow(row)
    said = {
        "caretool_export": FORM,
        "schema": db.SCHEMA_VERSION,
        "version": __version__,
        "rows": counts,
    }
    (folder / MANIFEST).write_text(json.dumps(said, indent=2) + "\n", encoding="utf-8")
    explained = _EXPLAINED.format(version=__version__, schema=db.SCHEMA_VERSION)
    (folder / README).write_text(explained, encoding="utf-8")
    return counts


def _write_rows(care_file: CareFile, table: Table, folder: Path) -> int:
    # SQLite writes the cells, and csv takes them as they come: a million rows pass through C only
    cells = ", ".join(map(_cell, table.columns))
    order = "name" if table.name == _SEQUENCE else "id"
    rows = care_file.stream(f"SELECT {cells} FROM {table.name} ORDER BY {order}")
    with (folder / table.file).open("w", encoding="utf-8", newline="") as file:
        out = csv.writer(file)
        out.writerow(table.header)
        out.writerows(rows)
    return int(care_file.value(f"SELECT count(*) FROM {table.name}"))


def _cell(column: Column) -> str:
    """SQL for a value as its cell."""
    if column.kind == "INTEGER":
        return column.name
    text, none = (f"hex({column.name})", "x''") if column.kind == "BLOB" else (column.name, "''")
    return (
        f"CASE WHEN {column.name} = {none} OR substr({text}, 1, 1) = '{_MARK}'"
        f" THEN '{_MARK}' || {text} ELSE {text} END"
    )


# back


def read_back(folder: Path, draft: Path) -> None:
    """Make the care file that a folder was written from, in `draft`: a private file, still empty.

    Every row keeps its number, and the history and its seals are those of the file before.

    Raises:
        FileError: something in the folder is not as `write` wrote it; names file, line and rule.
    """
    counts = _manifest(folder)
    with db.filled(draft) as care_file:
        for statement in recording.without_triggers(care_file.rows):
            care_file.execute(statement)
        expected, made_by = tables(care_file), _steps(care_file)
        _must_be_the_same(counts, {table.name for table in expected})
        # Last what writing the others changes: the numbers that they gave out
        for table in sorted(expected, key=lambda one: one.name == _SEQUENCE):
            _read_table(care_file, table, folder / table.file, counts[table.name])
        if _steps(care_file) != made_by:
            _refuse(f"{folder / _STEPS}.csv: these are not the steps of this schema")
        _must_refer_to_rows(care_file, expected)
        for statement in recording.triggers(care_file.rows):
            care_file.execute(statement)


def _manifest(folder: Path) -> dict[str, int]:
    """How many rows each table had. Raises FileError."""
    name = folder / MANIFEST
    if not folder.is_dir():
        _refuse(f"{folder} is not a folder", "name the folder that caretool export --all made")
    try:
        said = json.loads(_text(name))
    except (ValueError, RecursionError) as error:
        _refuse(f"{name} is not JSON", because=error)
    if not isinstance(said, dict) or said.get("caretool_export") != FORM:
        _refuse(f"{name} is not of an export that this caretool reads")
    if said.get("schema") != db.SCHEMA_VERSION:
        msg = f"{folder} has not the schema {db.SCHEMA_VERSION} that this caretool reads"
        _refuse(msg, "restore it with the caretool that wrote it, then upgrade that care file")
    counts = said.get("rows")
    if not isinstance(counts, dict) or not all(type(one) is int for one in counts.values()):
        _refuse(f"{name} does not count the rows of each table")
    return counts


def _text(path: Path) -> str:
    """A file's text. Raises FileError when it is none."""
    try:
        if not path.is_file():
            _refuse(f"{path} is missing")
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        _refuse(f"{path} is not UTF-8", because=error)
    except OSError as error:
        msg = f"{path} cannot be read: {error.strerror}"
        _refuse(msg, "its folder and files must be yours to read", because=error)


def _must_be_the_same(said: dict[str, int], expected: set[str]) -> None:
    if missing := sorted(expected - said.keys()):
        _refuse(f"{MANIFEST} counts no rows of {missing[0]}")
    if said.keys() - expected:
        _refuse(f"{MANIFEST} counts rows of a table that is none of schema {db.SCHEMA_VERSION}")


def _read_table(care_file: CareFile, table: Table, path: Path, count: int) -> None:
    care_file.execute(f"DELETE FROM {table.name}")
    rows = _Rows(table, path)
    marks = ", ".join("?" * len(table.columns))
    before = csv.field_size_limit(_LONGEST)
    try:
        care_file.execute_all(f"INSERT INTO {table.name} VALUES ({marks})", rows.values())
    except sqlite_errors() as error:
        if not refuses_value(error):
            raise
        _refuse(f"{path}, line {rows.line}: {error}", because=error)
    finally:
        csv.field_size_limit(before)
    if rows.number != count:
        _refuse(f"{path} has {rows.number} rows, {MANIFEST} says {count}")


class _Rows:
    """The rows of one file, read one by one; keeps the line that is being read."""

    def __init__(self, table: Table, path: Path) -> None:
        self.table, self.path = table, path
        self.line, self.number = 1, 0

    def values(self) -> Iterator[list[Any]]:
        """Each row's values. Raises FileError."""
        if not self.path.is_file():
            _refuse(f"{self.path} is missing")
        try:
            with self.path.open(encoding="utf-8", newline="") as file:
                yield from self._of(csv.reader(file, strict=True))
        except (csv.Error, UnicodeDecodeError) as error:
            why = "not UTF-8" if isinstance(error, UnicodeDecodeError) else "not CSV as RFC 4180"
            _refuse(f"{self.path}, from line {self.line}: {why}", because=error)
        except OSError as error:
            msg = f"{self.path} cannot be read: {error.strerror}"
            _refuse(msg, "its folder and files must be yours to read", because=error)

    def _of(self, reader: Any) -> Iterator[list[Any]]:  # noqa: ANN401 - csv names no type of it
        if next(reader, None) != self.table.header:
            self._refuse("the headings are not those of the table")
        columns = self.table.columns
        readers = [_READERS[column.kind] for column in columns]
        while True:
            self.line = reader.line_num + 1
            cells = next(reader, None)
            if cells is None:
                return
            if len(cells) != len(columns):
                self._refuse(f"{len(cells)} cells where {len(columns)} belong")
            try:
                values = [
                    None if cell == "" else read(cell)
                    for read, cell in zip(readers, cells, strict=True)
                ]
            except ValueError:
                self._refuse(_first_wrong(columns, cells))
            self.number += 1
            yield values

    def _refuse(self, why: str) -> NoReturn:
        _refuse(f"{self.path}, line {self.line}: {why}")


def _number(cell: str) -> int:
    if not _NUMBER.fullmatch(cell) or not -(2**63) <= int(cell) < 2**63:
        raise ValueError
    return int(cell)


def _plain(cell: str) -> str:
    if cell[0] != _MARK:
        return cell
    if len(cell) > 1 and cell[1] != _MARK:
        raise ValueError
    return cell[1:]


def _bytes(cell: str) -> bytes:
    if cell == _MARK:
        return b""
    if not _HEX.fullmatch(cell):
        raise ValueError
    return bytes.fromhex(cell)


_READERS: dict[str, Callable[[str], Any]] = {"INTEGER": _number, "TEXT": _plain, "BLOB": _bytes}
_RULES = {
    "INTEGER": "is not a number",
    "TEXT": "has one backslash in front of what needs none",
    "BLOB": "is not pairs of hexadecimal digits",
}


def _first_wrong(columns: tuple[Column, ...], cells: list[str]) -> str:
    for column, cell in zip(columns, cells, strict=True):
        try:
            if cell:
                _READERS[column.kind](cell)
        except ValueError:
            return f"{column.name} {_RULES[column.kind]}"
    raise LookupError(cells)  # it is asked only about a row with a wrong cell


def _steps(care_file: CareFile) -> list[str]:
    return [row["name"] for row in care_file.rows(f"SELECT name FROM {_STEPS} ORDER BY id")]


def _must_refer_to_rows(care_file: CareFile, expected: list[Table]) -> None:
    broken = care_file.row("PRAGMA foreign_key_check")
    if broken is None:
        return
    table, number, parent = broken["table"], broken["rowid"], broken["parent"]
    file = next(one.file for one in expected if one.name == table)
    _refuse(f"{file}: the row with id {number} refers to a row that {parent}.csv has not")


def _refuse(message: str, hint: str = _WRITTEN, because: Exception | None = None) -> NoReturn:
    raise FileError(message, hint) from because
