r"""From bytes to rows: what encoding, what delimiter, which line is the header, which rows follow.

`open_table` looks at every byte once (hash, encoding, NUL bytes) and at the first lines for
delimiter and header; the table it returns can be read as often as needed, a row at a time, in
constant memory. Whatever cannot be read is a `FileError` with the file's name and a line, never
with the text of a cell. Lines are physical: `\n`, `\r\n` and a lone `\r` each end one, the
first line of the file is 1. Records are the rows after the header, from 1 on: blank lines are
none, rows of empty cells are.
"""

from __future__ import annotations

import codecs
import csv
import hashlib
import io
import re
from dataclasses import dataclass, field, replace
from itertools import chain, islice
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Final, NamedTuple

from caretool.errors import FileError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

Row = tuple[int, int, list[str]]
"""Line on which the record starts, number of the record, its cells as written."""

DELIMITERS: Final = ",;\t|"
MAX_COLUMNS: Final = 2_000
MAX_LINE: Final = 1 << 20  # bytes; one chunk without a line end is refused
MAX_PIPE: Final = 200 << 20  # bytes; what cannot be read twice has to fit in memory

_SAMPLE_CHARACTERS: Final = 1 << 16
_SAMPLE_ROWS: Final = 21  # the header and 20 more
_SEPARATOR_LINE: Final = re.compile(r'"?sep=([^\w\s"\']|\t)"?[,;|\t]*(?=[\r\n]|$)', re.IGNORECASE)
_NOT_CP1252: Final = re.compile("[\x81\x8d\x8f\x90\x9d]")
_SAVE_AS_CSV: Final = "open it in a spreadsheet program and save it as UTF-8 CSV"
_MAGIC: Final = (
    (b"PK\x03\x04", "is an Excel workbook or a zip archive, not a text file"),
    (b"\xd0\xcf\x11\xe0", "is an old Excel workbook, not a text file"),
    (b"\x1f\x8b", "is compressed (gzip), not a text file"),
    (b"%PDF", "is a PDF, not a text file"),
    (codecs.BOM_UTF16_LE, "is UTF-16 text"),
    (codecs.BOM_UTF16_BE, "is UTF-16 text"),
)


@dataclass(frozen=True, slots=True)
class Table:
    """A delimited text file that can be read row by row, again and again."""

    name: str
    header: tuple[str, ...]
    header_line: int
    delimiter: str
    encoding: str
    size: int
    sha256: str
    _stamp: int = field(repr=False)
    _source: Path | bytes = field(repr=False)

    def __iter__(self) -> Iterator[Row]:
        """The records after the header, from the first on each time.

        Raises:
            FileError: a quotation mark is never closed, a cell is too long, the file has changed.
        """
        return _records(self, after=self.header_line)


def misfit(cells: list[str], width: int, needed: int) -> str:
    """Why can these cells not lie under a header of `width` columns? Empty when they can.

    Empty extra cells (a trailing delimiter) are fine; missing ones only after the first `needed`.
    """
    count = len(cells)
    if count == width or (count < width and count >= needed):
        return ""
    if count > width and not any(map(str.strip, cells[width:])):
        return ""
    return f"has {count} cells under {width} columns"


def is_blank(cells: list[str]) -> bool:
    """Is nothing written in any cell? Such rows (`||||`) are records, blank lines are not."""
    return not any(map(str.strip, cells))


def open_table(source: Path | bytes, *, name: str, known: Callable[[str], bool]) -> Table:
    """How is this file to be read as a table?

    Args:
        source: a path, or the bytes themselves (standard input, read by the caller).
        name: how messages call the file.
        known: is this header text one that the caller has a use for? Decides between delimiters.

    Raises:
        FileError: missing, a folder, empty, not text, or without a usable header line.
    """
    source = _reachable(source, name)
    try:
        facts = _survey(source, name)
        with _text(source, facts.encoding) as lines:
            sample = lines.read(_SAMPLE_CHARACTERS)
    except OSError as problem:
        raise _unreadable(name, problem) from None
    separator = _SEPARATOR_LINE.match(sample)
    delimiter = separator[1] if separator else _best_delimiter(sample, known)
    table = Table(name, (), 0, delimiter, *facts, source)
    rows = _records(table, after=1 if separator else 0)
    line, _, cells = next((row for row in rows if not is_blank(row[2])), (0, 0, []))
    if not cells:
        raise _empty(name)
    if len(cells) > MAX_COLUMNS:
        message = f"{name} line {line}: {len(cells)} columns; at most {MAX_COLUMNS} are read"
        raise FileError(message, "check that this is the list itself")
    return replace(table, header=tuple(" ".join(cell.split()) for cell in cells), header_line=line)


class _Survey(NamedTuple):
    encoding: str
    size: int
    sha256: str
    stamp: int


def _reachable(source: Path | bytes, name: str) -> Path | bytes:
    """The file, if it can be read twice; else its bytes (a pipe such as `/dev/fd/63`)."""
    if isinstance(source, bytes):
        return source
    try:
        if source.is_file():
            return source
        if source.is_dir():
            message = f"{name} is a folder, not a file"
            raise FileError(message, "name the files in it, for example FOLDER/*.csv")
        with source.open("rb") as pipe:
            data = pipe.read(MAX_PIPE + 1)
    except FileNotFoundError:
        message = f"{name}: no such file"
        raise FileError(message, "check the path and its spelling") from None
    except (OSError, ValueError) as problem:
        raise _unreadable(name, problem) from None
    if len(data) > MAX_PIPE:
        message = f"{name} is not a regular file and longer than {MAX_PIPE >> 20} MB"
        raise FileError(message, "write it to a file first")
    return data


def _survey(source: Path | bytes, name: str) -> _Survey:
    """One look at every byte: is it text, in which encoding, and what is its hash?"""
    digest, size, marked = hashlib.sha256(), 0, False
    utf8: codecs.IncrementalDecoder | None = codecs.getincrementaldecoder("utf-8")()
    for chunk in chain(_chunks(source), (b"",)):
        if not size:
            marked = chunk.startswith(codecs.BOM_UTF8)
            _refuse_known_formats(chunk, name)
        digest.update(chunk)
        size += len(chunk)
        if b"\0" in chunk:
            raise _not_text(source, name, chunk)
        if len(chunk) >= MAX_LINE and b"\n" not in chunk and b"\r" not in chunk:
            message = f"{name} has a line longer than {MAX_LINE:,} bytes"
            raise FileError(message, "check that this is the list itself; " + _SAVE_AS_CSV)
        if utf8:
            try:
                utf8.decode(chunk, final=not chunk)
            except UnicodeDecodeError:
                utf8 = None
    if not size:
        raise _empty(name)
    if not utf8:
        _must_be_cp1252(source, name, marked=marked)
    encoding = "utf-8-sig" if marked else "utf-8" if utf8 else "cp1252"
    return _Survey(encoding, size, digest.hexdigest(), _stamp(source))


def _must_be_cp1252(source: Path | bytes, name: str, *, marked: bool) -> None:
    """Not UTF-8: refuse it if it says that it is, or has bytes that Windows-1252 lacks."""

    def broken(line: str) -> bool:
        if not marked:
            return bool(_NOT_CP1252.search(line))
        try:
            line.encode("latin-1").decode("utf-8")
        except UnicodeDecodeError:
            return True
        return False

    if number := _first_line(source, broken):
        kind = "is marked as UTF-8 and is not" if marked else "is neither UTF-8 nor Windows-1252"
        message = f"{name} line {number}: {kind}"
        raise FileError(message, "ask the sender for it as UTF-8, or " + _SAVE_AS_CSV)


def _refuse_known_formats(start: bytes, name: str) -> None:
    for magic, kind in _MAGIC:
        if start.startswith(magic):
            message = f"{name} {kind}"
            raise FileError(message, _SAVE_AS_CSV)


def _not_text(source: Path | bytes, name: str, chunk: bytes) -> FileError:
    """A NUL byte: UTF-16 when every second byte of ordinary text is one, else not text at all."""
    number = _first_line(source, lambda line: "\0" in line)
    if chunk.count(0) > 0.4 * len(chunk):
        return FileError(f"{name} looks like UTF-16 text", _SAVE_AS_CSV)
    return FileError(f"{name} is not a text file (NUL byte in line {number})", _SAVE_AS_CSV)


def _first_line(source: Path | bytes, wanted: Callable[[str], bool]) -> int:
    """Number of the first line (its bytes shown as Latin-1) that is wanted; 0 if none is."""
    with _text(source, "latin-1") as lines:
        return next((number for number, line in enumerate(lines, 1) if wanted(line)), 0)


def _best_delimiter(sample: str, known: Callable[[str], bool]) -> str:
    """The delimiter under which most header texts are known, then most rows are equally wide."""

    def score(delimiter: str) -> tuple[int, float, int]:
        text = io.StringIO(sample, newline="")
        reader = csv.reader(text, delimiter=delimiter, skipinitialspace=True)
        rows = list(islice((row for row in reader if not is_blank(row)), _SAMPLE_ROWS)) or [[]]
        header = rows[0]
        alike = sum(len(row) == len(header) for row in rows) / len(rows)
        return (sum(map(known, header)), alike if len(header) > 1 else 0, len(header))

    return max(DELIMITERS, key=score)


def _records(table: Table, *, after: int) -> Iterator[Row]:
    """The records that start below line `after`."""
    start = end = record = 0
    cells: list[str] = []
    try:
        _must_be_unchanged(table)
        with _text(table._source, table.encoding) as lines:
            # The empty line at the end comes back as a record without cells, unless a quoted
            # cell is still open and swallows it.
            reader = csv.reader(
                chain(lines, ("",)), delimiter=table.delimiter, skipinitialspace=True
            )
            for cells in reader:
                start, end = end + 1, reader.line_num
                if start > after and cells and (len(cells) > 1 or cells[0].strip()):
                    record += 1
                    yield start, record, cells
        _must_be_unchanged(table)
    except csv.Error as problem:
        message = f"{table.name} line {end + 1}: no table row can be read ({problem})"
        raise FileError(message, "look for a quotation mark that is never closed") from None
    except UnicodeDecodeError:
        raise _changed(table.name) from None
    except OSError as problem:
        raise _unreadable(table.name, problem) from None
    if cells:
        message = f"{table.name} line {start}: a quotation mark is never closed"
        raise FileError(message, "close or remove it; inside a quoted cell it is written twice")


def _text(source: Path | bytes, encoding: str) -> io.TextIOWrapper:
    """The source as text whose lines end as written (`newline=""`), for the csv module."""
    raw: BinaryIO = io.BytesIO(source) if isinstance(source, bytes) else source.open("rb")
    return io.TextIOWrapper(raw, encoding=encoding, newline="")


def _chunks(source: Path | bytes) -> Iterator[bytes]:
    with io.BytesIO(source) if isinstance(source, bytes) else source.open("rb") as raw:
        while chunk := raw.read(MAX_LINE):
            yield chunk


def _stamp(source: Path | bytes) -> int:
    return 0 if isinstance(source, bytes) else source.stat().st_mtime_ns


def _must_be_unchanged(table: Table) -> None:
    source = table._source
    if isinstance(source, Path):
        found = source.stat()
        if (found.st_size, found.st_mtime_ns) != (table.size, table._stamp):
            raise _changed(table.name)


def _changed(name: str) -> FileError:
    message = f"{name} changed while it was being read"
    return FileError(message, "import it again once it has arrived completely")


def _empty(name: str) -> FileError:
    return FileError(f"{name} is empty", "a list starts with a line of column names")


def _unreadable(name: str, problem: Exception) -> FileError:
    reason = getattr(problem, "strerror", None) or "not a usable path"
    return FileError(f"{name} cannot be read: {reason}", "check the path and your right to read it")
