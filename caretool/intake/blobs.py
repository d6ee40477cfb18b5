"""The bytes of a file, readable again and again, whether it is packed (gzip, zip of one) or not.

Everything that reads a file reads it through a `Blob`: whatever is wrong with the file or its
packing is a `FileError`, and a file that changes while it is being read is noticed.
"""

from __future__ import annotations

import hashlib
import io
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Final

from caretool.errors import FileError
from caretool.intake.unpacking import (
    Packing,
    Unpacked,
    is_workbook,
    looks_like_workbook,
    only_member,
    packing_of,
    zip_members,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

CHUNK: Final = 1 << 20  # bytes read at a time
MAX_PIPE: Final = 200 << 20  # bytes; what cannot be read twice has to fit in memory


@dataclass(frozen=True)
class Blob:
    """A file's bytes, unpacked; made by `open_blob`."""

    name: str
    """How messages call the file."""
    size: int
    """Bytes of the file as given (packed, if it is)."""
    packing: Packing
    source: Path | bytes = field(repr=False)
    member: str = ""
    """The file inside a zip."""
    stamp: int = field(default=0, repr=False)
    """When the file was last changed (ns)."""

    def stream(self) -> BinaryIO:
        """The unpacked bytes from the first on, as a stream; close it (`with`).

        Raises:
            FileError: it cannot be read, has changed, is damaged, or unpacks to more than the
                limits. Reading the stream may raise it too, and OSError.
        """
        try:
            self.must_be_unchanged()
            with ExitStack() as unless_handed_out:
                raw = self._raw()
                unless_handed_out.callback(raw.close)
                stream: BinaryIO = raw
                if self.packing:
                    inner = Unpacked(raw, self.name, self.size, self.member)
                    stream = io.BufferedReader(inner, CHUNK)
                unless_handed_out.pop_all()
                return stream
        except OSError as problem:
            raise unreadable(self.name, problem) from None

    def chunks(self) -> Iterator[bytes]:
        """The unpacked bytes, at most `CHUNK` at a time.

        Raises:
            FileError: as `stream`.
        """
        try:
            with self.stream() as stream:
                while chunk := stream.read(CHUNK):
                    yield chunk
        except OSError as problem:
            raise unreadable(self.name, problem) from None

    def start(self, length: int) -> bytes:
        """The first bytes, unpacked; fewer if there are no more.

        Raises:
            FileError: as `stream`.
        """
        try:
            with self.stream() as stream:
                return stream.read(length)
        except OSError as problem:
            raise unreadable(self.name, problem) from None

    @cached_property
    def sha256(self) -> str:
        """Hash of the file as given, as 64 hexadecimal digits.

        Raises:
            FileError: it cannot be read.
        """
        try:
            with self._raw() as raw:
                return hashlib.file_digest(raw, "sha256").hexdigest()
        except OSError as problem:
            raise unreadable(self.name, problem) from None

    def must_be_unchanged(self) -> None:
        """Is the file still the one that was opened?

        Raises:
            FileError: its size or time of change differs, or it is gone.
        """
        if isinstance(self.source, Path):
            try:
                found = self.source.stat()
            except OSError as problem:
                raise unreadable(self.name, problem) from None
            if (found.st_size, found.st_mtime_ns) != (self.size, self.stamp):
                raise changed(self.name)

    def _raw(self) -> io.BytesIO | io.BufferedReader:
        return io.BytesIO(self.source) if isinstance(self.source, bytes) else self.source.open("rb")


def open_blob(source: Path | bytes, *, name: str) -> Blob:
    """Where are this file's bytes, and are they packed?

    A workbook (xlsx, ods) is a zip inside but counts as not packed.

    Args:
        source: a path, or the bytes themselves (standard input, read by the caller).
        name: how messages call the file.

    Raises:
        FileError: missing, a folder, empty; a zip that holds no file or several; an archive
            inside an archive.
    """
    source = _reachable(source, name)
    size, stamp = (len(source), 0) if isinstance(source, bytes) else _size_and_stamp(source, name)
    if not size:
        raise empty(name)
    blob = Blob(name, size, "", source, "", stamp)
    packing = packing_of(blob.start(4))
    if not packing:
        return blob
    member = ""
    if packing == "zip":
        with blob._raw() as raw:
            members = zip_members(raw, name)
        if is_workbook(members):
            return blob
        member = only_member(members, name)
    return _not_nested(Blob(name, size, packing, source, member, stamp))


def empty(name: str) -> FileError:
    """The refusal of a file in which nothing is written."""
    message = f"{name} is empty"
    return FileError(message, "a list starts with a line of column names")


def changed(name: str) -> FileError:
    """The refusal of a file that is still being written."""
    message = f"{name} changed while it was being read"
    return FileError(message, "import it again once it has arrived completely")


def unreadable(name: str, problem: Exception) -> FileError:
    """The refusal of a file that the system does not let us read."""
    reason = getattr(problem, "strerror", None) or "not a usable path"
    message = f"{name} cannot be read: {reason}"
    return FileError(message, "check the path and your right to read it")


def _size_and_stamp(path: Path, name: str) -> tuple[int, int]:
    try:
        found = path.stat()
    except OSError as problem:
        raise unreadable(name, problem) from None
    return found.st_size, found.st_mtime_ns


def _not_nested(blob: Blob) -> Blob:
    """The packed file, if what is inside is something (a workbook, too) and no archive."""
    start = blob.start(1024)
    if not start:
        raise empty(blob.name)
    inner = packing_of(start)
    if inner == "gzip" or (inner == "zip" and not looks_like_workbook(start)):
        message = f"{blob.name} is an archive that holds another archive"
        raise FileError(message, "unpack it and import the list itself")
    return blob


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
        raise unreadable(name, problem) from None
    if len(data) > MAX_PIPE:
        message = f"{name} is not a regular file and longer than {MAX_PIPE >> 20} MB"
        raise FileError(message, "write it to a file first")
    return data
