"""The rows that could not be used, as a file that can be corrected and imported again.

It has the original columns, in which a row is corrected, and behind them where the row stood and
what was wrong. Those columns are passed over by the next import; only how the list was read is
read back (the date form, and what else `Carried` holds), because a few rows may not show it.
The file is opened in a spreadsheet program: what that would run as a formula is guarded, and the
guard comes off when the file is read (`without_guard`).
"""

from __future__ import annotations

import csv
import io
import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from caretool.errors import FileError, RefusedError
from caretool.intake.moments import zone_name
from caretool.intake.sources import REJECTS
from caretool.spreadsheet import guarded, unguarded

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from caretool.intake.listing import Listing
    from caretool.intake.moments import Order
    from caretool.intake.rows import Rejected

DATE_FORMAT_COLUMN = "rejected_date_format"
_FORMATS: tuple[Order, ...] = ("iso", "mdy", "dmy")
_HEADER = 1 << 16  # bytes in which the headings of a rejects file stand
LINE_COLUMN = "rejected_line"
COLUMNS = (
    LINE_COLUMN,
    "rejected_column",
    "rejected_value",
    "rejected_reason",
    "rejected_rule",
    DATE_FORMAT_COLUMN,
)


class Carried(NamedTuple):
    """What a rejects file says of the whole list, because a few rows may not show it."""

    date_format: Order | None = None
    marks: frozenset[str] = frozenset()
    """`h_and_m`, `digits_in_names`: see `Layout`."""
    time_zone: str | None = None


def content(
    header: Sequence[str],
    delimiter: str,
    rejected: Iterable[Rejected],
    date_format: str | None,
    *,
    titles: Iterable[str] = (),
) -> bytes:
    """The rejects file: the header with our columns, then each rejected row with its reason.

    Args:
        header: the list's headings.
        delimiter: what separates its cells; a comma where nothing does.
        rejected: the rows.
        date_format: how the list writes dates, and what else `carried` reads, between blanks.
        titles: the lines above the headings; they may name the facility and the day.
    """
    kept = [position for position, text in enumerate(header) if text not in COLUMNS]
    text = io.StringIO()
    writer = csv.writer(text, delimiter=delimiter or ",", lineterminator="\r\n")
    writer.writerows([guarded(title)] for title in titles)
    writer.writerow([*(guarded(header[position]) for position in kept), *COLUMNS])
    for row in rejected:
        cells = [row.cells[position] if position < len(row.cells) else "" for position in kept]
        wrong = (row.column, row.value, row.reason, row.rule, date_format or "")
        writer.writerow([*map(guarded, cells), row.line, *map(guarded, wrong)])
    return text.getvalue().encode("utf-8-sig")


def is_own(header: Sequence[str]) -> bool:
    """Are these the headings of a rejects file of ours?"""
    return DATE_FORMAT_COLUMN in header


def without_guard(cells: Iterable[str]) -> list[str]:
    """The cells of a rejects file as the list had them, or as they were corrected."""
    return [unguarded(cell) for cell in cells]


def original_header(header: Sequence[str]) -> tuple[str, ...]:
    """The headings without those that a rejects file of ours has behind them."""
    return tuple(text for text in header if text not in COLUMNS)


def carried(listing: Listing) -> Carried:
    """What a rejects file of ours carries along; nothing in any other file."""
    if not is_own(listing.header):
        return Carried()
    position = listing.header.index(DATE_FORMAT_COLUMN)
    for _, _, cells in listing:
        words = cells[position].split() if position < len(cells) else []
        order = next((one for one in _FORMATS if one in words), None)
        return Carried(order, frozenset(words), next(filter(_is_zone, words), None))
    return Carried()


def line_in_list(listing: Listing) -> Callable[[Sequence[str]], int | None] | None:
    """What tells of a row of a rejects file of ours on which line of its list it stood.

    None for any other file; the line is None where nothing tells it any more.
    """
    if LINE_COLUMN not in listing.header:
        return None
    position = listing.header.index(LINE_COLUMN)

    def line(cells: Sequence[str]) -> int | None:
        text = cells[position].strip() if position < len(cells) else ""
        return int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else None

    return line


def _is_zone(text: str) -> bool:
    try:
        return "/" in text and bool(zone_name(text))
    except ValueError:
        return False


def must_not_replace(path: Path, others: Iterable[Path]) -> None:
    """Only an earlier rejects file may be written over, never an input or the care file.

    Raises:
        FileError: the place cannot be looked at, such as a name that is too long.
        RefusedError: it is taken by something else.
    """
    try:
        _must_be_ours(path, others)
    except OSError as error:
        raise _unwritable(path, error) from None


def _must_be_ours(path: Path, others: Iterable[Path]) -> None:
    if not path.exists():
        return
    same = any(other.exists() and path.samefile(other) for other in others)
    if not same and path.is_file():
        with path.open("rb") as file:
            same = DATE_FORMAT_COLUMN.encode() not in file.read(_HEADER)
    if same or not path.is_file():
        msg = f"{path} is there already and is no rejects file"
        raise RefusedError(msg, "say another --rejects FILE", code="exists")


def write_beside(source: Path, body: bytes) -> Path:
    """Write beside the imported file, never over an earlier rejects file that may hold corrections.

    The same rejects as before are not written a second time.
    """
    stem = source.name.removesuffix(source.suffix).split(REJECTS)[0]
    number = 1
    path = source.with_name(f"{stem}{REJECTS}.csv")
    try:
        while path.exists():
            if path.is_file() and path.read_bytes() == body:
                return path
            number += 1
            path = source.with_name(f"{stem}{REJECTS}-{number}.csv")
    except OSError as error:
        raise _unwritable(path, error) from None
    return write_to(path, body)


def write_to(path: Path, body: bytes) -> Path:
    """Write a private file, whole or not at all. Raises FileError when it cannot be written."""
    try:
        number, part = tempfile.mkstemp(".part", ".rejects", path.parent)  # 0600
        try:
            with os.fdopen(number, "wb") as file:
                file.write(body)
            Path(part).replace(path)
        except OSError:
            Path(part).unlink(missing_ok=True)
            raise
    except OSError as error:
        raise _unwritable(path, error) from None
    return path


def _unwritable(path: Path, error: OSError) -> FileError:
    msg = f"{path}: the rejected rows cannot be written: {error.strerror}"
    return FileError(msg, "say another place with --rejects FILE")
