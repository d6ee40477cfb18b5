"""What kind of file is this, and which lists are in it? Its bytes decide, never its name."""

from __future__ import annotations

import codecs
import re
from typing import TYPE_CHECKING, Final

from caretool.errors import FileError
from caretool.intake.blobs import open_blob
from caretool.intake.unpacking import is_workbook_start

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from caretool.intake.blobs import Blob
    from caretool.intake.listing import Listing

_LOOKED_AT: Final = 1 << 16  # bytes at the start, unpacked
_MESSAGES: Final = re.compile(rb"\s*(\x0b|(MSH|FHS|BHS)[^\w\s\",;])")
_LATER_MESSAGE: Final = re.compile(rb"[\r\n\x0b]MSH(.)\^~\\&\1")  # after one whose start is lost
_OBJECTS: Final = re.compile(rb'\s*(\[\s*)*\{\s*("|\})|\s*\[\s*\]\s*\Z')
_MARKUP: Final = re.compile(rb"\s*<[!?A-Za-z]")


def open_listings(
    source: Path | bytes, *, name: str, known: Callable[[str], bool]
) -> list[Listing]:
    """Every list in a file: one of a text file or a feed, one of each usable sheet of a workbook.

    Sheets that are passed over stand in `passed_over` of the others (`workbook.Sheet`).

    Args:
        source: a path, or the bytes themselves (standard input, read by the caller).
        name: how messages call the file.
        known: does this heading mean something to the caller? It decides which row is the header,
            which delimiter holds, which sheets are lists.

    Raises:
        FileError: the file cannot be read, or is of a kind that is not read; one line that says
            what it is and what to do.
    """
    blob = open_blob(source, name=name)
    start = blob.start(_LOOKED_AT)
    listings = _listings(blob, start, known)
    blob.must_be_unchanged()
    return listings


def _listings(blob: Blob, start: bytes, known: Callable[[str], bool]) -> list[Listing]:
    # Each kind's reader is loaded only when such a file comes
    if is_workbook_start(start):
        from caretool.intake.workbook import open_workbook

        return [*open_workbook(blob, known=known)]
    start = _as_utf8(start)
    if _MESSAGES.match(start) or _LATER_MESSAGE.search(start):
        from caretool.intake.hl7 import open_hl7

        return [open_hl7(blob)]
    if _OBJECTS.match(start):
        if b'"resourceType"' not in start:
            message = f"{blob.name} is JSON, but not FHIR: no resourceType in it"
            raise FileError(message, "ask the sender for CSV, or for a FHIR Bundle")
        from caretool.intake.fhir import open_fhir

        return [open_fhir(blob)]
    if _MARKUP.match(start):
        message = f"{blob.name} is a web page or XML, not a list"
        raise FileError(message, "open it in a spreadsheet program and save it as UTF-8 CSV")
    from caretool.intake.reader import table_of

    return [table_of(blob, known=known)]


def _as_utf8(start: bytes) -> bytes:
    """The first bytes of a text without the mark of its encoding, UTF-16 as UTF-8."""
    if start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return start.decode("utf-16", "ignore").encode()
    return start.removeprefix(codecs.BOM_UTF8)
