r"""From text to rows: what delimiter, how are quotation marks written, which rows follow.

`open_table` looks at every byte once (`decoding.survey`) and at the first lines for delimiter,
quoting and headings; the table it returns can be read as often as needed, a row at a time, in
constant memory. Whatever cannot be read is a `FileError` with the file's name and a line, never
with the text of a cell. Lines are physical: `\n`, `\r\n` and a lone `\r` each end one, the
first line of the file is 1. Records are the rows after the header, from 1 on: blank lines are
none, rows of empty cells are.
"""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from dataclasses import dataclass, field, replace
from itertools import chain, islice
from typing import TYPE_CHECKING, ClassVar, Final, NamedTuple

from caretool.errors import FileError
from caretool.intake import rejects
from caretool.intake.blobs import Blob, changed, empty, open_blob, unreadable
from caretool.intake.decoding import MAX_LINE, Decoding, survey
from caretool.intake.headers import MAX_COLUMNS, SEARCHED, find_head, is_blank

if TYPE_CHECKING:
    from _csv import Reader
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

    from caretool.intake.listing import Row

__all__ = ["MAX_COLUMNS", "MAX_LINE", "Table", "is_blank", "misfit", "open_table", "table_of"]

DELIMITERS: Final = ",;\t|"

_SAMPLE_CHARACTERS: Final = 1 << 16
_SAMPLE_ROWS: Final = SEARCHED + 20  # where the headings may stand, and rows below them
_SEPARATOR_LINE: Final = re.compile(r'"?sep=([^\w\s"\']|\t)"?[,;|\t]*(?=[\r\n]|$)', re.IGNORECASE)
_BACKSLASHED: Final = re.compile(r'\\([\\"])')


class Dialect(NamedTuple):
    """How cells are told apart."""

    delimiter: str
    backslashed: bool = False
    r"""Inside a quoted cell a quotation mark is written `\"` (and a backslash twice)."""


@dataclass(frozen=True, slots=True)
class Table:
    """A delimited text file that can be read row by row, again and again."""

    format: ClassVar[str] = "text"

    name: str
    header: tuple[str, ...]
    header_line: int
    titles: tuple[str, ...]
    encoding: str
    size: int
    sha256: str
    _blob: Blob = field(repr=False)
    _decoding: Decoding = field(repr=False)
    _dialect: Dialect = field(repr=False)
    _after: int = field(repr=False)
    _guarded: bool = field(default=False, repr=False)
    """It is a rejects file of ours: what a spreadsheet would run stands behind a guard."""

    @property
    def delimiter(self) -> str:
        """What separates the cells."""
        return self._dialect.delimiter

    def __iter__(self) -> Iterator[Row]:
        """The records after the header, from the first on each time.

        Raises:
            FileError: a quotation mark is never closed, a cell is too long, the file has changed.
        """
        if not self._guarded:
            return _records(self)
        rows = _records(self)
        return ((line, record, rejects.without_guard(cells)) for line, record, cells in rows)


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


def open_table(source: Path | bytes, *, name: str, known: Callable[[str], bool]) -> Table:
    """How is this text file to be read as a table?

    Args:
        source: a path, or the bytes themselves (standard input, read by the caller).
        name: how messages call the file.
        known: is this header text one that the caller has a use for? Decides between delimiters
            and between rows that could be the header.

    Raises:
        FileError: missing, a folder, empty, or not a table of text.
    """
    return table_of(open_blob(source, name=name), known=known)


def table_of(blob: Blob, *, known: Callable[[str], bool]) -> Table:
    """How are these bytes to be read as a table? See `open_table`.

    Raises:
        FileError: empty, or not a table of text.
    """
    decoding = survey(blob)
    try:
        with decoding.text(blob) as text:
            sample = "".join(_without_stray(decoding, [text.read(_SAMPLE_CHARACTERS)]))
    except OSError as problem:
        raise unreadable(blob.name, problem) from None
    separator = _SEPARATOR_LINE.match(sample)
    after = 1 if separator else 0
    dialect = _best_dialect(sample, known, separator[1] if separator else "")
    table = Table(
        blob.name,
        (),
        0,
        (),
        decoding.encoding,
        blob.size,
        blob.sha256,
        blob,
        decoding,
        dialect,
        after,
    )
    rows = _first_rows(table)
    head = find_head(rows, known, before=after)
    header, titles, guarded = head.header, head.titles, rejects.is_own(head.header)
    if guarded:
        header, titles = (tuple(rejects.without_guard(cells)) for cells in (header, titles))
    return replace(
        table, header=header, header_line=head.line, titles=titles, _after=head.after,
        _guarded=guarded,
    )  # fmt: skip


def _first_rows(table: Table) -> list[Row]:
    """The rows among which the headings are sought, and some below."""
    rows: list[Row] = []
    for row in _records(table):
        line, _, cells = row
        if len(cells) > MAX_COLUMNS:
            message = (
                f"{table.name} line {line}: {len(cells)} columns; at most {MAX_COLUMNS} are read"
            )
            raise FileError(message, "check that this is the list itself")
        if not is_blank(cells):
            rows.append(row)
            if len(rows) == _SAMPLE_ROWS:
                break
    if not rows:
        raise empty(table.name)
    return rows


def _best_dialect(sample: str, known: Callable[[str], bool], separator: str) -> Dialect:
    """The one under which most headings are known, then most rows are equally wide.

    Backslashes count as such only where reading them so makes more rows equally wide.
    """
    delimiters = separator or DELIMITERS
    options = [Dialect(delimiter) for delimiter in delimiters]
    if '\\"' in sample:
        options += [Dialect(delimiter, backslashed=True) for delimiter in delimiters]
    return max(options, key=lambda dialect: _score(sample, dialect, known))


def _score(sample: str, dialect: Dialect, known: Callable[[str], bool]) -> tuple[int, float, int]:
    reader = _cells(io.StringIO(sample, newline=""), dialect)
    cut = len(sample) >= _SAMPLE_CHARACTERS
    rows = [(0, 0, cells) for cells in islice(reader, _SAMPLE_ROWS) if not is_blank(cells)]
    if cut and len(rows) > 1 and next(reader, None) is None:
        rows.pop()
    if not rows:
        return (0, 0, 0)
    head = find_head(rows, known)
    width = len(head.header)
    widths = Counter(len(cells) for _, _, cells in rows[len(head.titles) :])
    alike = widths[width] / widths.total()
    return (head.known, alike if width > 1 else 0, width)


def _cells(lines: Iterable[str], dialect: Dialect) -> Reader:
    if dialect.backslashed:
        lines = (_BACKSLASHED.sub(_doubled, line) for line in lines)
    return csv.reader(lines, delimiter=dialect.delimiter, skipinitialspace=True)


def _doubled(backslashed: re.Match[str]) -> str:
    return '""' if backslashed[1] == '"' else "\\"


def _without_stray(decoding: Decoding, lines: Iterable[str]) -> Iterable[str]:
    if not decoding.stray:
        return lines
    removal = dict.fromkeys(map(ord, decoding.stray))
    return (line.translate(removal) for line in lines)


def _records(table: Table) -> Iterator[Row]:
    """The records that start below the line after which the table begins."""
    after = table._after
    start = end = record = 0
    cells: list[str] = []
    try:
        with table._decoding.text(table._blob) as text:
            # The empty line at the end comes back as a record without cells, unless a quoted
            # cell is still open and swallows it.
            lines = chain(_without_stray(table._decoding, text), ("",))
            reader = _cells(lines, table._dialect)
            for cells in reader:
                start, end = end + 1, reader.line_num
                if start > after and cells and (len(cells) > 1 or cells[0].strip()):
                    record += 1
                    yield start, record, cells
        table._blob.must_be_unchanged()
    except csv.Error as problem:
        message = f"{table.name} line {end + 1}: no table row can be read ({problem})"
        raise FileError(message, "look for a quotation mark that is never closed") from None
    except UnicodeDecodeError:
        raise changed(table.name) from None
    except OSError as problem:
        raise unreadable(table.name, problem) from None
    if cells:
        message = f"{table.name} line {start}: a quotation mark is never closed"
        raise FileError(message, "close or remove it; inside a quoted cell it is written twice")
