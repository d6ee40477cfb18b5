"""What is inside a gzip file or a zip of one file, as a stream within stated limits.

Unpacking takes constant memory. Damaged data, passwords, archives inside archives and files made
to unpack to far more than they seem (bombs) end as one `FileError`.
"""

from __future__ import annotations

import errno
import io
import struct
import zipfile
import zlib
from contextlib import contextmanager
from typing import IO, TYPE_CHECKING, Final, Literal, NoReturn

from caretool.errors import FileError

if TYPE_CHECKING:
    from collections.abc import Iterator

Packing = Literal["", "gzip", "zip"]
Raw = io.BytesIO | io.BufferedReader

MAX_UNPACKED: Final = 2 << 30  # bytes that may come out of a packed file
MAX_RATIO: Final = 200  # unpacked to packed bytes; lists of real hospitals stay under 50
RATIO_FROM: Final = 32 << 20  # bytes; up to here the ratio does not count
MAX_MEMBERS: Final = 50_000  # parts of one gzip file; block gzip (bgzip) has one per 64 kB
MAX_DIRECTORY: Final = 1 << 20  # bytes of a zip's list of files; about 10,000 names

GZIP_MAGIC: Final = b"\x1f\x8b"
ZIP_MAGIC: Final = (b"PK\x03\x04", b"PK\x05\x06")
OLD_WORKBOOK_MAGIC: Final = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"  # a compound file

_CHUNK: Final = 1 << 16  # packed bytes read at a time
_END_RECORD: Final = 22 + 65_535  # bytes; a zip ends with it and a comment of any length
_WORKBOOK_MEMBERS: Final = {"[content_types].xml", "content.xml"}  # OOXML, OpenDocument
_WORKBOOK_STARTS: Final = (
    b"[content_types].xml",
    b"_rels/.rels",
    b"docprops/",
    b"xl/",
    b"mimetypeapplication/vnd.oasis",
)
_BESIDE: Final = {".ds_store", "thumbs.db", "desktop.ini"}  # by file managers, unasked
_DAMAGE: Final = (
    EOFError,
    NotImplementedError,
    RuntimeError,
    ValueError,
    struct.error,
    zipfile.BadZipFile,
    zlib.error,
)


def packing_of(start: bytes) -> Packing:
    """How is a file packed that starts with these bytes? Empty if it is not."""
    if start.startswith(GZIP_MAGIC):
        return "gzip"
    return "zip" if start.startswith(ZIP_MAGIC) else ""


def is_workbook_start(start: bytes) -> bool:
    """Do these first bytes (unpacked) belong to a workbook, or another office document?"""
    return packing_of(start) == "zip" or start.startswith(OLD_WORKBOOK_MAGIC)


def looks_like_workbook(start: bytes) -> bool:
    """Does a zip say within its first kilobyte that it is a workbook?

    Its list of files stands at the end, too far to unpack for a yes or no.
    """
    return any(words in start.lower() for words in _WORKBOOK_STARTS)


def zip_members(raw: Raw, name: str) -> list[zipfile.ZipInfo]:
    """The files that a zip holds, without folders.

    Raises:
        FileError: it is damaged or lists too many files.
    """
    with damage_told(name, "zip"):
        _directory_must_be_small(raw, name)
        with zipfile.ZipFile(raw) as archive:
            return [member for member in archive.infolist() if not member.is_dir()]


def is_workbook(members: list[zipfile.ZipInfo]) -> bool:
    """Are these the parts of a workbook (or of another office document)?"""
    return any(member.filename.casefold() in _WORKBOOK_MEMBERS for member in members)


def only_member(members: list[zipfile.ZipInfo], name: str) -> str:
    """The one file in a zip, apart from what file managers put beside it.

    Raises:
        FileError: there is none or more than one, or it is packed in a rare way.
    """
    files = [
        member
        for member in members
        if not member.filename.casefold().startswith("__macosx/")
        and member.filename.casefold().rpartition("/")[2] not in _BESIDE
    ]
    if len(files) != 1:
        message = f"{name} is a zip of {len(files)} files; one is read"
        raise FileError(message, "unpack it and import the lists in it one by one")
    if files[0].compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        message = f"{name} is a zip with a compression other than the usual one (deflate)"
        raise FileError(message, "unpack it and import the list itself")
    return files[0].filename


class Unpacked(io.RawIOBase):
    """The bytes inside a packed file; counts them and turns what goes wrong into FileError."""

    def __init__(self, raw: Raw, name: str, packed_size: int, member: str) -> None:
        """Unpack `member` of a zip, or a gzip file if it is empty; `raw` is closed with this."""
        super().__init__()
        self._name = name
        self._packed_size = packed_size
        self._packing = "zip" if member else "gzip"
        self._count = 0
        self._raw = raw
        self._inner: IO[bytes] | _Gunzip
        with damage_told(name, self._packing):
            if member:
                archive = zipfile.ZipFile(raw)
                self._inner = archive.open(member)
            else:
                self._inner = _Gunzip(raw)

    def readable(self) -> bool:
        """It is, always."""
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        """Fill the buffer as far as the next piece goes; 0 at the end."""
        with damage_told(self._name, self._packing):
            data = self._inner.read(len(buffer))
        buffer[: len(data)] = data
        self._count += len(data)
        self._must_be_within_limits()
        return len(data)

    def close(self) -> None:
        """Close this and the packed file."""
        self._raw.close()
        super().close()

    def _must_be_within_limits(self) -> None:
        if self._count > MAX_UNPACKED:
            message = f"{self._name} unpacks to more than {MAX_UNPACKED >> 20:,} MB"
        elif self._count > RATIO_FROM and self._count > MAX_RATIO * self._packed_size:
            message = f"{self._name} unpacks to more than {MAX_RATIO} times its size"
        else:
            return
        raise FileError(message, "unpack it yourself and check that it is the list")


class _Gunzip:
    """Unpacks gzip, also of several members, each header in one step.

    gzip.GzipFile looks at names in headers and at padding byte by byte: minutes for a file made
    of them.
    """

    def __init__(self, raw: Raw) -> None:
        self._raw = raw
        self._packed = b""
        self._members = 0
        self._member = zlib.decompressobj(zlib.MAX_WBITS | 16)

    def read(self, length: int) -> bytes:
        """At most so many bytes; none at the end."""
        while True:
            if not self._packed:
                self._packed = self._raw.read(_CHUNK)
            if self._member.eof and not self._next_member():
                return b""
            data = self._member.decompress(self._packed, length)
            if not data and not self._packed:
                raise EOFError
            self._packed = self._member.unused_data or self._member.unconsumed_tail
            if data:
                return data

    def _next_member(self) -> bool:
        """Does another member follow? Zeros may, which fill up a tape."""
        while self._packed and not self._packed.strip(b"\0"):
            self._packed = self._raw.read(_CHUNK)
        self._packed = self._packed.lstrip(b"\0")
        if not self._packed:
            return False
        self._members += 1
        if self._members > MAX_MEMBERS:
            raise EOFError
        self._member = zlib.decompressobj(zlib.MAX_WBITS | 16)
        return True


@contextmanager
def damage_told(name: str, packing: str) -> Iterator[None]:
    """What the unpackers raise for damaged bytes becomes one FileError."""
    try:
        yield
    except OSError as problem:
        if problem.errno != errno.EINVAL:  # a place before the start, in a zip's list of files
            raise
        _refuse_damaged(name, packing)
    except _DAMAGE as problem:
        if "password" in str(problem):
            message = f"{name} is protected by a password"
            raise FileError(message, "unpack it first, then import the list itself") from None
        _refuse_damaged(name, packing)


def _refuse_damaged(name: str, packing: str) -> NoReturn:
    message = f"{name} cannot be unpacked: its {packing} data are damaged or cut off"
    raise FileError(message, "copy or download it again") from None


def _directory_must_be_small(raw: Raw, name: str) -> None:
    """A zip that lists a million files takes long to look at, whatever is in them."""
    length = raw.seek(0, io.SEEK_END)
    raw.seek(max(0, length - _END_RECORD))
    end = raw.read()
    found = end.rfind(b"PK\x05\x06")
    if found >= 0 and struct.unpack_from("<L", end, found + 12)[0] > MAX_DIRECTORY:
        message = f"{name} is a zip of very many files; one is read"
        raise FileError(message, "unpack it and import the lists in it one by one")
    raw.seek(0)
