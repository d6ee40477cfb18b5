"""Copies of a care file that can be relied on: of one moment, private, checked before they count.

SQLite's backup API copies the pages of a file that is in use, also of an encrypted one, whose copy
has the same key. A copy is one file, without a log beside it, so that it opens where nothing can
be written; it has its name only once it was read again and found whole.
"""

from __future__ import annotations

import os
import sqlite3
from contextlib import suppress
from typing import TYPE_CHECKING, NamedTuple

from caretool import audit, dates, db, making
from caretool.errors import CareError, RefusedError, StoreError
from caretool.trouble import code_of, exists, is_cipher, sqlite_errors, translated

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from caretool.db import Unlock

FOLDER = "backups"
IMPORT = "import-"
"""What the names of the commands begin with whose backups make room for later ones."""
DRAFT = ".new"
"""How the name of a copy ends that is not whole yet."""
_FIRST_WITH_SEALS = 5
_DAY_SECONDS = 24 * 60 * 60


Command = tuple[object, ...]
"""A row of `commands`, or a part of it."""


class State(NamedTuple):
    """What a care file holds at one moment, to be held against its copy."""

    schema: int
    rows: Mapping[str, int]
    """How many rows each table has."""
    first: Command | None
    """The first command: no two care files begin alike."""
    last: Command | None
    """The last command, with its seal."""


class Copy(NamedTuple):
    """A copy that was checked, and what it holds."""

    path: Path
    state: State
    broken: list[int]
    """The commands at which its history is cut, as in the file itself."""


def folder_of(path: Path) -> Path:
    """Where the backups of a care file lie unless it is said otherwise: beside the file itself."""
    return path.resolve().parent / FOLDER


def automatic(
    connection: sqlite3.Connection, path: Path, reason: str, unlock: Unlock | None
) -> Copy:
    """Back an open care file up before a command that changes much; `reason` names it.

    Raises RefusedError when the copy cannot be written, StoreError when there is no room or the
    file is damaged; either way the command must not begin.
    """
    try:
        return keep(connection, path, folder_of(path), reason, unlock)
    except CareError as error:
        msg = f"no backup could be made before {reason}: {error.message}"
        raise type(error)(msg, error.hint, code=error.code) from error


def keep(
    connection: sqlite3.Connection, path: Path, folder: Path, reason: str, unlock: Unlock | None
) -> Copy:
    """Copy an open care file into a folder, under a name that says when and before what.

    The folder is made if it is the usual one. Raises as `automatic` does.
    """
    path = path.resolve()
    if folder == folder_of(path):
        _make_folder(folder)
    if not (exists(folder) and folder.is_dir()):
        msg = f"no folder {folder}"
        raise RefusedError(msg, "connect its disk, or make the folder first", code="no-folder")
    _sweep(folder, path)
    at = dates.now().strftime("%Y%m%dT%H%M%S")
    name = f"{path.stem}-{at}{f'-before-{reason}' if reason else ''}"
    draft = folder / f"{name}.{os.getpid()}{DRAFT}"
    try:
        making.create_private(draft, folder / f"{name}{path.suffix}")
        made = fill(connection, path, draft, unlock)
        named = _named(draft, folder, name, path.suffix)
        if not reason.startswith(IMPORT):  # what an import does can be undone, too
            sync_folder(folder)
        return made._replace(path=named)
    except OSError as error:
        msg = f"no copy can be kept in {folder}: {error.strerror}"
        raise RefusedError(msg, "name a place that you may write to", code="read-only") from error
    finally:
        draft.unlink(missing_ok=True)


def fill(connection: sqlite3.Connection, path: Path, draft: Path, unlock: Unlock | None) -> Copy:
    """Copy an open care file into a private empty one, and check what was written.

    Raises StoreError: the file or the copy of it is damaged, or there is no room.
    """
    with translated(path, doing="read"):
        before = _copied(connection, path, draft, unlock)
    sync(draft)
    faults, made = read_again(draft, unlock)
    if not faults and (made is None or made.state != before):
        faults = ["rows are missing"]
    if made is not None and not faults:
        return made
    if found_faults(connection):
        msg = f"{path} is damaged: {faults[0]}"
        raise StoreError(msg, "caretool restore brings a backup back", code="damaged")
    msg = f"the copy of {path} in {draft.parent} is damaged: {faults[0]}"
    raise StoreError(msg, "that disk may fail: say another folder", code="damaged")


def read_again(path: Path, unlock: Unlock | None) -> tuple[list[str], Copy | None]:
    """What is wrong with a copy that was written, and what it holds if nothing is."""
    with translated(path, doing="read"):
        connection = db.connect(path, unlock, mode="ro")
        try:
            if faults := found_faults(connection):
                return faults, None
            state = state_of(connection)
            older = state.schema < _FIRST_WITH_SEALS  # of before the history was kept
            broken = [] if older else audit.broken_links(connection.execute)
            return [], Copy(path, state, broken)
        finally:
            connection.close()


def _copied(
    connection: sqlite3.Connection, path: Path, draft: Path, unlock: Unlock | None
) -> State:
    """What the file held at the moment of the copy."""
    target = db.connect_copy(draft, connection, unlock)
    try:
        target.execute("PRAGMA locking_mode = EXCLUSIVE")
        target.execute("PRAGMA synchronous = OFF")  # it is written through once, when it is whole
        connection.execute("BEGIN")
        try:
            before = state_of(connection)
            connection.backup(target)
            target.execute("PRAGMA journal_mode = DELETE")
        except sqlite_errors() as error:
            if code_of(error) not in {sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR}:
                raise
            msg = f"no room for a copy of {path} in {draft.parent}, or its disk fails"
            raise StoreError(msg, "free some space and try again", code="disk-full") from error
        finally:
            connection.rollback()
    finally:
        target.close()
        for side in making.side_files(draft):
            side.unlink(missing_ok=True)
    return before


def state_of(connection: sqlite3.Connection) -> State:
    """What a care file holds now."""
    (schema,) = connection.execute("PRAGMA user_version").fetchone()
    names = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
    rows = {}
    for (name,) in names:
        quoted = name.replace('"', '""')
        (rows[name],) = connection.execute(f'SELECT count(*) FROM "{quoted}"').fetchone()
    return State(schema, rows, first_command(connection), last_command(connection))


def history(connection: sqlite3.Connection) -> Iterator[Command]:
    """Every command of a care file in its order: when, by whom, which, and its seal, if it has."""
    (schema,) = connection.execute("PRAGMA user_version").fetchone()
    seal = "seal" if schema >= _FIRST_WITH_SEALS else "NULL"
    found: Iterator[Command] = connection.execute(
        f"SELECT at_utc, utc_offset, user, command, version, {seal} FROM commands ORDER BY id"
    )
    return found


def are_the_same(one: Command, other: Command) -> bool:
    """Is this the same command in two files, of which one may be of before there were seals?"""
    seals = {one[-1], other[-1]}
    return one[:-1] == other[:-1] and (len(seals) == 1 or None in seals)


def first_command(connection: sqlite3.Connection) -> Command | None:
    """The first command of a care file; None when there is none."""
    return next(history(connection), None)


def last_command(connection: sqlite3.Connection) -> Command | None:
    """The last command of a care file with its seal, if it has one; None when there is none."""
    found: Command | None = connection.execute("SELECT * FROM commands ORDER BY id DESC").fetchone()
    return found


def found_faults(connection: sqlite3.Connection) -> list[str]:
    """What SQLite, and SQLCipher for an encrypted file, find wrong in it; nothing if all is well.

    What they say of a page or an index, without anything that stands in it.
    """
    try:
        connection.execute(f"PRAGMA cache_size = -{db.CACHE_KIB}")
        if is_cipher(connection):
            wrong = connection.execute("PRAGMA cipher_integrity_check").fetchall()
            if wrong:
                return [str(row[0]) for row in wrong]
        said = [str(row[0]) for row in connection.execute("PRAGMA integrity_check(10)")]
    except sqlite_errors() as error:
        return [str(error)]
    return [line.splitlines()[-1] for line in said if line != "ok"]


def sync(path: Path) -> None:
    """See to it that a file, or what a folder lists, is on the disk and not on its way there."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def sync_folder(folder: Path) -> None:
    """As `sync`, where the system can do that for a folder."""
    with suppress(PermissionError, IsADirectoryError):
        sync(folder)


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(mode=0o700, exist_ok=True)
    except OSError as error:
        msg = f"cannot make the folder {folder}: {error.strerror}"
        hint = "its place must be yours to write to"
        raise RefusedError(msg, hint, code="read-only") from error


def _named(draft: Path, folder: Path, name: str, suffix: str) -> Path:
    """Give a copy its name, which no other file has; with a number where one has it."""
    number = 1
    while True:
        path = folder / f"{name}{'' if number == 1 else f'-{number}'}{suffix}"
        try:
            path.hardlink_to(draft)
        except FileExistsError:
            number += 1
            continue
        except OSError:  # a disk without hard links, such as a memory stick
            if os.path.lexists(path):
                number += 1
                continue
            draft.rename(path)
        else:
            draft.unlink()
        return path


def _sweep(folder: Path, path: Path) -> None:
    """Remove what a copy left that was killed on its way; never one that is being written."""
    oldest = dates.now().timestamp() - _DAY_SECONDS
    for left in folder.iterdir():
        if left.name.startswith(f"{path.stem}-") and left.suffix == DRAFT:
            with suppress(OSError):
                if left.stat().st_mtime < oldest:
                    left.unlink()
