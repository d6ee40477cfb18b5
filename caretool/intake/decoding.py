"""In which encoding is a file written? All of its bytes decide, not the first that can be read.

The order: the mark at the start (BOM); UTF-16 by where its NUL bytes stand; UTF-8, strictly; then
Windows-1252. Its bytes 0xA0-0xFF mean the same in Latin-1; 0x80-0x9F are its quotation marks,
dashes and a few letters, where Latin-1 has control characters that no list contains. What is
mostly right UTF-8 is never read as Windows-1252: that would turn names into other names.
"""

from __future__ import annotations

import codecs
import io
import re
from itertools import chain
from typing import TYPE_CHECKING, Final, NamedTuple

from caretool.errors import FileError
from caretool.intake.blobs import CHUNK, empty, unreadable

if TYPE_CHECKING:
    from collections.abc import Callable

    from caretool.intake.blobs import Blob

MAX_LINE: Final = CHUNK  # bytes; a chunk without a line end is refused

SAVE_AS_CSV: Final = "open it in a spreadsheet program and save it as UTF-8 CSV"
_ASK_SENDER: Final = "ask the sender for it as UTF-8, or " + SAVE_AS_CSV
_MAGIC: Final = (
    (b"PK\x03\x04", "is an Excel workbook or a zip archive, not a text file"),
    (b"\xd0\xcf\x11\xe0", "is an old Excel workbook, not a text file"),
    (b"%PDF", "is a PDF, not a text file"),
)
_MARKS: Final = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_NOT_CP1252: Final = re.compile("[\x81\x8d\x8f\x90\x9d]")
_NOT_UTF8: Final = re.compile("[\udc80-\udcff]")  # what surrogateescape makes of a wrong byte
# Control characters that no text holds; NUL is counted by itself, 0x1A ends old DOS files.
_CONTROLS: Final = bytes([*range(1, 9), *range(14, 26), 27, *range(28, 32), 127])
_STRAY_NULS: Final = 0.1  # of all bytes; beyond that, and that many other controls, it is no text
_STRAY_CONTROLS: Final = 0.01
_UTF16_NULS: Final = 0.5  # of every second byte: the upper halves of Latin letters and digits
_UTF16_OTHERS: Final = 0.05  # of the other bytes: the lower halves


class Decoding(NamedTuple):
    """How the bytes of a file become text."""

    encoding: str
    stray: str = ""
    """Characters without meaning that are left out: NUL bytes, the end mark of old DOS files."""

    def text(self, blob: Blob) -> io.TextIOWrapper:
        r"""The text, its lines ending as written (`\n`, `\r\n`, `\r`), for the csv module."""
        return io.TextIOWrapper(blob.stream(), encoding=self.encoding, newline="")


def survey(blob: Blob) -> Decoding:
    """One look at every byte: is it text, and in which encoding?

    Raises:
        FileError: not text, in no encoding that is read, or with a line longer than `MAX_LINE`;
            names the line.
    """
    start = blob.start(CHUNK)
    _refuse_known_formats(start, blob.name)
    encoding = next((name for mark, name in _MARKS if start.startswith(mark)), "")
    marked = bool(encoding)
    encoding = encoding or _utf16_by_nuls(start) or "utf-8"
    decoder: codecs.IncrementalDecoder | None = codecs.getincrementaldecoder(encoding)()
    size = nuls = controls = 0
    last = b""
    for chunk in chain(blob.chunks(), (b"",)):
        size += len(chunk)
        last = chunk[-1:] or last
        if len(chunk) >= MAX_LINE and b"\n" not in chunk and b"\r" not in chunk:
            message = f"{blob.name} has a line longer than {MAX_LINE:,} bytes"
            raise FileError(message, "check that this is the list itself; " + SAVE_AS_CSV)
        if b"\0" in chunk and not encoding.startswith("utf-16"):
            nuls += chunk.count(0)
            controls += len(chunk) - len(chunk.translate(None, _CONTROLS))
            if nuls > _STRAY_NULS * size or controls > _STRAY_CONTROLS * size:
                raise _not_text(blob)
        if decoder:
            try:
                decoder.decode(chunk, final=not chunk)
            except UnicodeDecodeError:
                decoder = None
    if not size:
        raise empty(blob.name)
    if not decoder:
        encoding = _other_than(encoding, blob, marked=marked)
    ended = last == b"\x1a" and not encoding.startswith("utf-16")
    return Decoding(encoding, ("\0" if nuls else "") + ("\x1a" if ended else ""))


def _refuse_known_formats(start: bytes, name: str) -> None:
    for magic, kind in _MAGIC:
        if start.startswith(magic):
            message = f"{name} {kind}"
            raise FileError(message, SAVE_AS_CSV)


def _utf16_by_nuls(start: bytes) -> str:
    """UTF-16 without a mark? Ordinary letters have a NUL as every second byte, and only there."""
    half = len(start) // 2
    even, odd = start[::2].count(0), start[1::2].count(0)
    for many, few, encoding in ((odd, even, "utf-16-le"), (even, odd, "utf-16-be")):
        if half and many >= _UTF16_NULS * half and few <= _UTF16_OTHERS * half:
            return encoding
    return ""


def _other_than(encoding: str, blob: Blob, *, marked: bool) -> str:
    """Which encoding is it, when it is not the one that it seemed to be?"""
    if encoding.startswith("utf-16"):
        says = "is marked as" if marked else "looks like"
        message = f"{blob.name} {says} UTF-16 and is not, or it is cut off"
        raise FileError(message, _ASK_SENDER)
    if marked or _mostly_utf8(blob):
        kind = "is marked as UTF-8 and is not" if marked else "is UTF-8 with a broken character"
        number = _first_line(blob, _is_broken_utf8)
    else:
        kind = "is neither UTF-8 nor Windows-1252"
        number = _first_line(blob, lambda line: bool(_NOT_CP1252.search(line)))
        if not number:
            return "cp1252"
    message = f"{blob.name} line {number}: {kind}"
    raise FileError(message, _ASK_SENDER)


def _mostly_utf8(blob: Blob) -> bool:
    """Are more letters outside ASCII written in right UTF-8 than in wrong?

    In Windows-1252 two such letters seldom stand side by side, and still more seldom as UTF-8
    would have them.
    """
    decoder = codecs.getincrementaldecoder("utf-8")("surrogateescape")
    right = wrong = 0
    for chunk in blob.chunks():
        text = decoder.decode(chunk)
        wrong_here = len(_NOT_UTF8.findall(text))
        wrong += wrong_here
        right += len(text) - len(text.encode("ascii", "ignore")) - wrong_here
    return right > wrong


def _is_broken_utf8(line: str) -> bool:
    try:
        line.encode("latin-1").decode("utf-8")
    except UnicodeDecodeError:
        return True
    return False


def _not_text(blob: Blob) -> FileError:
    number = _first_line(blob, lambda line: "\0" in line)
    message = f"{blob.name} is not a text file (NUL byte in line {number})"
    return FileError(message, SAVE_AS_CSV)


def _first_line(blob: Blob, wanted: Callable[[str], bool]) -> int:
    """Number of the first line (its bytes shown as Latin-1) that is wanted; 0 if none is."""
    try:
        with Decoding("latin-1").text(blob) as lines:
            return next((number for number, line in enumerate(lines, 1) if wanted(line)), 0)
    except OSError as problem:
        raise unreadable(blob.name, problem) from None
