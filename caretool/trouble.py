"""What SQLite says, turned into what a care manager can act on."""

from __future__ import annotations

import sqlite3
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

from caretool.errors import RefusedError, StoreError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

LOCK_SECONDS = 5.0
"""How long a command waits for another one that holds the file."""

# Some of SQLCipher's errors carry no code of their own, only SQLite's words
_WORDS = {
    "database is locked": sqlite3.SQLITE_BUSY,
    "database table is locked": sqlite3.SQLITE_LOCKED,
    "database or disk is full": sqlite3.SQLITE_FULL,
    "attempt to write a readonly database": sqlite3.SQLITE_READONLY,
    "unable to open database file": sqlite3.SQLITE_CANTOPEN,
    "access permission denied": sqlite3.SQLITE_PERM,
    "file is not a database": sqlite3.SQLITE_NOTADB,
    "database disk image is malformed": sqlite3.SQLITE_CORRUPT,
    "disk I/O error": sqlite3.SQLITE_IOERR,
}


def exists(path: Path) -> bool:
    """Is anything at this place? Raises RefusedError where that cannot be told."""
    try:
        return path.exists()
    except OSError as error:  # a folder that is closed to us, a name that is too long
        msg = f"{path} cannot be opened: {error.strerror}"
        raise RefusedError(msg, "name another place with --db", code="read-only") from error


def sqlite_errors() -> tuple[type[Exception], ...]:
    """What SQLite raises; SQLCipher, where it is loaded, raises its own."""
    cipher = sys.modules.get("sqlcipher3.dbapi2")
    return (sqlite3.Error,) if cipher is None else (sqlite3.Error, cipher.Error)


def is_cipher(connection: object) -> bool:
    """Is this a connection of SQLCipher's, to an encrypted file?"""
    cipher = sys.modules.get("sqlcipher3.dbapi2")
    return cipher is not None and isinstance(connection, cipher.Connection)


def code_of(error: Exception) -> int:
    """The primary result code of what SQLite raised."""
    code: int = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR) & 0xFF
    return _WORDS.get(str(error), code) if code == sqlite3.SQLITE_ERROR else code


def is_busy(error: Exception) -> bool:
    """Does another connection hold the file?"""
    return code_of(error) in {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}


def is_constraint(error: Exception) -> bool:
    """Did SQLite refuse a row that breaks a rule of the schema?"""
    return isinstance(error, sqlite_errors()) and type(error).__name__ == "IntegrityError"


def refuses_value(error: Exception) -> bool:
    """Did SQLite refuse a value: by a check, by its type, or because it must be the only one?"""
    return code_of(error) in {sqlite3.SQLITE_CONSTRAINT, sqlite3.SQLITE_MISMATCH}


@contextmanager
def translated(path: Path, *, doing: str = "written") -> Iterator[None]:
    """Turn what SQLite says into what a care manager can act on."""
    try:
        yield
    except sqlite_errors() as error:
        code = code_of(error)
        if code in {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}:
            msg = f"{path} is in use by another program"
            hint = f"waited {LOCK_SECONDS:.0f} seconds; try again when the other command has ended"
            raise StoreError(msg, hint, code="locked") from error
        if getattr(error, "sqlite_errorcode", None) == sqlite3.SQLITE_READONLY_DBMOVED:
            msg = f"{path} was replaced by another one while this command waited"
            raise StoreError(msg, "try again; nothing was changed", code="locked") from error
        if code == sqlite3.SQLITE_FULL:
            msg = f"no room left on the disk of {path}; nothing was changed"
            raise StoreError(msg, "free some space and try again", code="disk-full") from error
        if code in {sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM}:
            msg = f"{path} cannot be {doing}"
            hint = f"its folder and file must be yours to {'read' if doing == 'read' else 'write'}"
            raise RefusedError(msg, hint, code="read-only") from error
        if code == sqlite3.SQLITE_NOTADB:
            msg = f"{path} is not a care file"
            raise StoreError(msg, "name the care file with --db", code="not-a-care-file") from error
        if code in {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_IOERR}:
            msg = f"{path} is damaged or its disk fails"
            hint = "keep a copy of it as it is, then restore a backup"
            raise StoreError(msg, hint, code="damaged") from error
        raise  # a bug of ours, not a state of the file
