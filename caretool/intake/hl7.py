r"""HL7 v2 ADT messages as rows: one or many in a file, batches, with or without MLLP framing.

A message is read from its MSH to the next one, in constant memory, whatever ends its lines (`\r`,
`\n`, `\r\n`). Whatever stands in the file ends up in a record: a message of another kind with its
type as event (`ORU^R01`), text that is no message as `unreadable`. Positions: HL7 v2.5.1 chapters 2
and 3, and what senders make of them (discharges.md section 5).
"""

from __future__ import annotations

import codecs
import io
import re
from functools import partial
from typing import TYPE_CHECKING, Final, NamedTuple

import hl7

from caretool.errors import FileError
from caretool.intake.blobs import unreadable
from caretool.intake.feeds import UNREADABLE, Feed, as_cells
from caretool.intake.segments import Escapes, Segment, row_of
from caretool.rules import read_rules

if TYPE_CHECKING:
    from collections.abc import Iterator

    from caretool.intake.blobs import Blob
    from caretool.intake.listing import Row

# The parser takes a second for each megabyte of separators
MAX_SEGMENT: Final = 1 << 16  # characters; what follows on the line is not looked at
MAX_MESSAGE: Final = 1 << 18  # characters kept of one message; segments beyond are not looked at
FIRST_MESSAGE: Final = 1 << 16  # bytes within which a feed has its first message

_USED: Final = frozenset({"MSH", "EVN", "PID", "PV1", "DG1", "MRG"})
_BATCH: Final = re.compile(r"(?:FHS|BHS|BTS|FTS)(?![A-Za-z0-9 ])")
_MESSAGE: Final = re.compile(r"MSH(?![A-Za-z0-9 ])")
_FRAME: Final = re.compile("[\x0b\x1c]")  # MLLP: where a message starts and ends
_ENDS: Final = re.compile("[\r\n\x0b\x1c]")
_PADDING: Final = "\0\x1a \t\ufeff"
_CODE_PAGE: Final = re.compile(r"(?:CP|WINDOWS-)125\d|ISO-?8859-\d\d?", re.ASCII)
_SEPARATORS: Final = "^~\\&"
_UTF8_MARK: Final = "\xef\xbb\xbf"  # as Latin-1 shows it


class _Message(NamedTuple):
    line: int
    segments: list[str]
    """Its segments that are used; none when it is no message."""


def open_hl7(blob: Blob) -> Feed:
    """How are these messages to be read?

    The encoding is that of the first message; each is read by its own MSH-18.

    Raises:
        FileError: no message is near the start, or the file cannot be read.
    """
    start = blob.start(FIRST_MESSAGE)
    wide = start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    shown = start.decode("utf-16" if wide else "latin-1", "replace").removeprefix(_UTF8_MARK)
    first = None
    if any(_MESSAGE.match(text.strip(_PADDING)) for text in _ENDS.split(shown)):
        first = next((one for one in _messages(blob, wide=wide) if one.segments), None)
    if not first:
        text = f"{blob.name} does not start with an HL7 message (a line that starts with MSH)"
        raise FileError(text, "check that this is the feed itself")
    encoding = "utf-16" if wide else _decoded(first.segments)[1]
    return Feed(blob, "hl7", encoding, partial(_rows, blob, wide=wide))


def _rows(blob: Blob, *, wide: bool) -> Iterator[Row]:
    """A row for each message; where several patients are joined in one, a row for each of them."""
    record = 0
    for line, segments in _messages(blob, wide=wide):
        for said in _read(segments, wide=wide):
            record += 1
            yield line, record, as_cells(said)


def _read(segments: list[str], *, wide: bool) -> list[dict[str, str]]:
    if not segments:
        return [{"Event": UNREADABLE}]
    lines, encoding = (segments, "utf-8") if wide else _decoded(segments)
    separators = _separators(lines[0])
    if not separators:
        return [{"Event": UNREADABLE}]
    rest = lines[0][4:].partition(separators[0])[2]
    parsed = hl7.parse("\r".join((f"MSH{separators}{separators[0]}{rest}", *lines[1:])))
    escapes = Escapes(separators, encoding)
    head: list[Segment] = []
    patients: list[list[Segment]] = [[]]
    for one in parsed:
        segment = Segment(one, escapes)
        if segment.name in {"MSH", "EVN"}:
            head.append(segment)
            continue
        if segment.name == "PID" and any(known.name == "PID" for known in patients[-1]):
            patients.append([])
        patients[-1].append(segment)
    said = [row_of([*head, *patient]) for patient in patients]
    return [one if any(one.values()) else {"Event": UNREADABLE} for one in said]


def _messages(blob: Blob, *, wide: bool) -> Iterator[_Message]:
    """The messages, and between them what belongs to none; their bytes are shown as Latin-1."""
    current: _Message | None = None
    size = 0
    for line, text in _lines(blob, wide=wide):
        starts = _MESSAGE.match(text)
        if current and (starts or _BATCH.match(text)):
            yield current
            current = None
        if starts:
            current, size = _Message(line, [text]), len(text)
        elif not current and not _BATCH.match(text):
            current = _Message(line, [])
        elif current and current.segments and text[:3] in _USED and size < MAX_MESSAGE:
            current.segments.append(text)
            size += len(text)
    if current:
        yield current


def _lines(blob: Blob, *, wide: bool) -> Iterator[tuple[int, str]]:
    """Each line that says anything, with its number; at most its first `MAX_SEGMENT` characters."""
    try:
        with io.TextIOWrapper(
            blob.stream(), encoding="utf-16" if wide else "latin-1", errors="replace"
        ) as stream:
            number = 0
            while text := stream.readline(MAX_SEGMENT):
                number += 1
                piece = text
                while len(piece) == MAX_SEGMENT and not piece.endswith("\n"):
                    piece = stream.readline(MAX_SEGMENT)
                for part in _FRAME.split(text.removeprefix(_UTF8_MARK) if number == 1 else text):
                    if said := part.rstrip("\r\n").strip(_PADDING):
                        yield number, said
    except OSError as problem:
        raise unreadable(blob.name, problem) from None


def _decoded(segments: list[str]) -> tuple[list[str], str]:
    """The segments of a message in its encoding, and which that is.

    UTF-8 where the bytes are UTF-8, for nothing else looks like it and MSH-18 is often left at what
    the interface came with; else what MSH-18 says; else Windows-1252.
    """
    raw = "\n".join(segments).encode("latin-1")
    for encoding in ("utf-8", _declared(segments[0])):
        try:
            return raw.decode(encoding).split("\n"), encoding
        except (UnicodeDecodeError, LookupError):  # such a code page may not exist
            continue
    return raw.decode("cp1252", "replace").split("\n"), "cp1252"


def _declared(msh: str) -> str:
    fields = msh.split(msh[3:4] or "|")
    said = fields[17].partition("~")[0].strip().upper() if len(fields) > 17 else ""
    name: str = read_rules("feeds.toml")["hl7"]["charset"].get(said, "")
    return name or (said.lower() if _CODE_PAGE.fullmatch(said) else "cp1252")


def _separators(msh: str) -> str:
    """Field, component, repetition, escape and subcomponent separator, as MSH-1 and MSH-2 say.

    What is cut off or spoilt there (`^~&`, a doubled backslash) is as usual; empty when not even
    the field separator can be used.
    """
    field = msh[3:4]
    said = msh[4:].partition(field)[0] if field else ""
    for usual in (said + _SEPARATORS[len(said) :], _SEPARATORS):
        found = (field + usual)[:5]
        if len(set(found)) == 5 and not any(c.isalnum() or c.isspace() for c in found):
            return found
    return ""
