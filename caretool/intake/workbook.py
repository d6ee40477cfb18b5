"""The sheets of a workbook (xlsx, xls, ods) as lists.

Each sheet has a layout of its own. A sheet without known headings (notes, a summary) and a hidden
one are passed over, and named so that an import can say it. The cells come from a process of
their own (`workbook_cells.py`), within the limits stated here and there.
"""

from __future__ import annotations

import importlib.util
import io
import json
import subprocess
import sys
from collections import Counter
from dataclasses import dataclass, field
from itertools import islice, pairwise
from typing import TYPE_CHECKING, ClassVar, Final, NamedTuple

from caretool.errors import FileError
from caretool.intake import rejects
from caretool.intake.headers import MAX_COLUMNS, SEARCHED, find_head
from caretool.intake.unpacking import MAX_RATIO, RATIO_FROM, packing_of, zip_members
from caretool.intake.workbook_cells import MAX_MEMORY

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from caretool.intake.blobs import Blob
    from caretool.intake.headers import Head
    from caretool.intake.listing import Row

MAX_WORKBOOK: Final = 50 << 20  # bytes of the file
MAX_WORKBOOK_UNPACKED: Final = 500 << 20  # bytes of all its parts
MAX_SECONDS: Final = 60  # to read its cells

_LEAST_KNOWN: Final = 2
_SAMPLE_ROWS: Final = SEARCHED + 20
_ROWS_FOR_NUMBERS: Final = 1_000
_SAVE_AS_CSV: Final = "open it in a spreadsheet program and save the sheet as UTF-8 CSV"


@dataclass(frozen=True, slots=True)
class Sheet:
    """One sheet of a workbook; its lines are the rows of the sheet."""

    format: ClassVar[str] = "workbook"
    delimiter: ClassVar[str] = ""
    encoding: ClassVar[str] = ""

    name: str
    header: tuple[str, ...]
    header_line: int
    titles: tuple[str, ...]
    sha256: str
    numeric_columns: tuple[int, ...]
    """Columns (0 is the first) that are mostly numbers stored as numbers: what they counted had
    no leading zeros, or lost them."""
    passed_over: tuple[str, ...]
    """The other sheets that are not read, each with the reason."""
    _rows: tuple[str, ...] = field(repr=False)
    _after: int = field(repr=False)

    def __iter__(self) -> Iterator[Row]:
        """The records after the header, from the first on each time; empty rows are none."""
        below = (found for found in map(json.loads, self._rows) if found[0] > self._after)
        rows = ((line, record, cells) for record, (line, cells, _) in enumerate(below, 1))
        if not rejects.is_own(self.header):
            return rows
        return ((line, record, rejects.without_guard(cells)) for line, record, cells in rows)


class _Raw(NamedTuple):
    """A sheet as `workbook_cells.py` gives it."""

    name: str
    hidden: bool
    rows: tuple[str, ...]
    """One JSON list a row; as text they are small, however often an import goes through them."""


def open_workbook(blob: Blob, *, known: Callable[[str], bool]) -> list[Sheet]:
    """The sheets of a workbook that hold lists.

    A workbook with one filled sheet is read as a text file would be, whatever its headings.

    Args:
        blob: its bytes.
        known: does this heading mean something?

    Raises:
        FileError: python-calamine is not installed; damaged, protected, larger than the limits;
            no sheet holds a list (says why for each).
    """
    sheets = _sheets(blob)
    filled = [sheet for sheet in sheets if sheet.rows and not sheet.hidden]
    least = _LEAST_KNOWN if len(filled) > 1 else 0
    passed_over = [
        f'sheet "{sheet.name}" (hidden)' for sheet in sheets if sheet.rows and sheet.hidden
    ]
    usable: list[tuple[_Raw, Head]] = []
    for sheet in filled:
        head = _head(sheet, blob.name, known)
        if head.known >= least:
            usable.append((sheet, head))
        else:
            passed_over.append(f'sheet "{sheet.name}" (no row of known column names)')
    if not usable:
        why = f": {', '.join(passed_over)}" if passed_over else ", its sheets are empty"
        message = f"{blob.name} holds no list{why}"
        raise FileError(message, "the sheet with the list must be visible and have column names")
    return [
        Sheet(
            f'{blob.name} sheet "{sheet.name}"' if len(filled) > 1 else blob.name,
            *_told(head),
            blob.sha256,
            _numeric_columns(sheet, head),
            tuple(passed_over),
            sheet.rows,
            head.after,
        )
        for sheet, head in usable
    ]


def _head(sheet: _Raw, name: str, known: Callable[[str], bool]) -> Head:
    found = [
        (line, 0, cells) for line, cells, _ in map(json.loads, islice(sheet.rows, _SAMPLE_ROWS))
    ]
    width = max(len(cells) for _, _, cells in found)
    if width > MAX_COLUMNS:
        message = f'{name} sheet "{sheet.name}": {width} columns; at most {MAX_COLUMNS} are read'
        raise FileError(message, "check that this is the list itself")
    return find_head(found, known)


def _told(head: Head) -> tuple[tuple[str, ...], int, tuple[str, ...]]:
    """Headings, their line and titles; of a rejects file of ours without the guard of its cells."""
    if not rejects.is_own(head.header):
        return head.header, head.line, head.titles
    header, titles = (tuple(rejects.without_guard(one)) for one in (head.header, head.titles))
    return header, head.line, titles


def _numeric_columns(sheet: _Raw, head: Head) -> tuple[int, ...]:
    """The columns of which more than half of the filled cells are numbers stored as numbers."""
    filled: Counter[int] = Counter()
    numeric: Counter[int] = Counter()
    for line, cells, numbers in map(json.loads, islice(sheet.rows, _ROWS_FOR_NUMBERS)):
        if line > head.after:
            filled.update(at for at, cell in enumerate(cells) if cell.strip())
            numeric.update(numbers)
    return tuple(sorted(at for at, count in numeric.items() if 2 * count > filled[at]))


def _sheets(blob: Blob) -> list[_Raw]:
    lines = _cells(blob).decode().split("\n")
    sheets: list[_Raw] = []
    starts = [at for at, line in enumerate(lines) if line.startswith("{")]
    for start, end in pairwise([*starts, len(lines)]):
        about = json.loads(lines[start])
        if problem := about.get("problem"):
            raise _refusal(blob.name, problem)
        name = " ".join(about["sheet"].split())
        rows = tuple(lines[start + 1 : end])
        sheets.append(_Raw(name, about["hidden"], rows))
    return sheets


def _cells(blob: Blob) -> bytes:
    """What `workbook_cells.py` says about the bytes."""
    if importlib.util.find_spec("python_calamine") is None:
        message = f"{blob.name} is a workbook; reading it needs python-calamine"
        raise FileError(message, "pip install 'caretool[excel]'")
    data = b"".join(islice(blob.chunks(), 1 + (MAX_WORKBOOK >> 20)))
    if len(data) > MAX_WORKBOOK:
        raise _refusal(blob.name, f"more than {MAX_WORKBOOK >> 20} MB")
    if packing_of(data) == "zip":
        unpacked = sum(part.file_size for part in zip_members(io.BytesIO(data), blob.name))
        if unpacked > MAX_WORKBOOK_UNPACKED:
            raise _refusal(blob.name, f"more than {MAX_WORKBOOK_UNPACKED >> 20} MB unpacked")
        if unpacked > RATIO_FROM and unpacked > MAX_RATIO * len(data):
            raise _refusal(blob.name, f"it unpacks to more than {MAX_RATIO} times its size")
    command = [sys.executable, "-P", "-m", "caretool.intake.workbook_cells"]
    try:
        done = subprocess.run(  # noqa: S603 - our own module; the file goes in as bytes
            command,
            input=data,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            timeout=MAX_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise _refusal(blob.name, f"more than {MAX_SECONDS} seconds to read") from None
    except OSError as problem:
        message = f"{blob.name}: no process can be started to read it ({problem.strerror})"
        raise FileError(message, _SAVE_AS_CSV) from None
    blob.must_be_unchanged()
    if done.returncode:
        raise _refusal(blob.name, "damaged")
    return done.stdout


def _refusal(name: str, problem: str) -> FileError:
    if problem == "password":
        message = f"{name} is protected by a password"
        return FileError(message, "save it without a password, then import that file")
    if problem == "damaged":
        limit = f"it is damaged, or needs more than {MAX_MEMORY >> 20:,} MB of memory"
        message = f"{name} cannot be read as a workbook: {limit}"
    else:
        message = f"{name} is too large for a workbook: {problem}"
    return FileError(message, _SAVE_AS_CSV)
