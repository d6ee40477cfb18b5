"""The one door to the care file: opening, creating, checking, and one transaction a command.

Only this module opens SQLite. A read opens the file read-only and never changes it; a write takes
the lock at once, so that two writers wait for each other (5 seconds) instead of failing half-way.
Other code sees a `CareFile`; what SQLite says goes no further than here as a `StoreError`.
"""

from __future__ import annotations

import os
import sqlite3
from contextlib import contextmanager, nullcontext, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from caretool import __version__, dates
from caretool.care_file import CareFile as CareFile
from caretool.errors import StoreError
from caretool.file_kind import is_encrypted as is_encrypted
from caretool.file_kind import is_plain as is_plain
from caretool.file_kind import must_be_file as must_be_file
from caretool.trouble import (
    LOCK_SECONDS,
    code_of,
    exists,
    is_busy,
    is_cipher,
    sqlite_errors,
    translated,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from contextlib import AbstractContextManager
    from datetime import date

    from caretool.errors import CareError

    Unlock = Callable[[], str]
    """Gives the passphrase of an encrypted care file; called only when one is opened."""

APPLICATION_ID = 0x43415245  # "CARE", in the file's header
SCHEMA_VERSION = 5  # the number of steps in migrations.py; a test holds the two together
SQLITE_VERSION = sqlite3.sqlite_version
CACHE_KIB = 64 * 1024


@contextmanager
def reading(
    path: Path, noticed: list[CareError] | None = None, *, unlock: Unlock | None = None
) -> Iterator[CareFile]:
    """Open an existing care file for reading; it is neither changed nor brought up to date.

    Raises StoreError when it is missing, locked, damaged, not a care file, older or newer, or
    encrypted with another passphrase than `unlock` gives.
    """
    must_be_file(path)
    with translated(path, doing="read"):
        connection = open_for_reading(path, unlock)
        try:
            version = checked_version(connection, path)
            if version < SCHEMA_VERSION:
                msg = f"{path} has schema {version}, this caretool reads {SCHEMA_VERSION}"
                raise StoreError(msg, "caretool upgrade", code="older")
            yield _noticing(CareFile(connection, path), noticed)
        finally:
            connection.close()


def _noticing(care_file: CareFile, noticed: list[CareError] | None) -> CareFile:
    """Let what goes wrong beside the work be told to whoever opened the file."""
    if noticed is not None:
        care_file.noticed = noticed
    return care_file


@contextmanager
def writing(
    path: Path,
    command: str,
    user: str,
    noticed: list[CareError] | None = None,
    *,
    asked: str = "",
    create: bool = False,
    references: bool = True,
    keep_older: bool = True,
    unlock: Unlock | None = None,
) -> Iterator[CareFile]:
    """Open a care file for one command: everything that it writes is kept, or nothing.

    `asked` is what was typed, without names and free text. With `create`, a missing file is made
    (mode 0600), and has its name only once the command has succeeded. An older file is backed up,
    unless `keep_older` says that it is a copy itself, and then migrated. Without `references` it is
    the command that checks them, not SQLite.
    """
    from caretool import making

    draft = making.draft(path) if create and not exists(path) else None
    if draft is None:
        must_be_file(path)
    try:
        with translated(path):
            place = None if draft else making.place(path)
            with _connected(draft or path, unlock) as connection:
                if place and keep_older:
                    _keep_older(connection, path, unlock)
                with (
                    _reads_taken_in(path) as take_in,
                    _prepared(
                        connection, path, user, created=draft is not None, references=references
                    ) as care_file,
                    _recorded(care_file, command, user, asked),
                ):
                    if place is not None and place != making.place(path):
                        msg = f"{path} was replaced by another one while this command waited"
                        raise StoreError(msg, "try again; nothing was changed", code="locked")
                    take_in(care_file)
                    yield _noticing(care_file, noticed)
        if draft is not None:
            making.name(draft, path)
    finally:
        if draft is not None:
            for leftover in (*making.side_files(draft), draft):
                leftover.unlink(missing_ok=True)


def _reads_taken_in(path: Path) -> AbstractContextManager[Callable[[CareFile], None]]:
    """What takes in who saw what while the file was locked; nearly always nothing."""
    from caretool import making

    if not any(map(os.path.lexists, making.reads_aside(path))):
        return nullcontext(lambda _: None)
    from caretool import seen_aside

    return seen_aside.taken_in(path)


@contextmanager
def trial(
    path: Path,
    command: str,
    user: str,
    noticed: list[CareError] | None = None,
    *,
    unlock: Unlock | None = None,
) -> Iterator[CareFile]:
    """Like `writing`, but nothing is kept: for `--dry-run`. A missing file counts as empty."""
    from caretool import audit

    if exists(path):
        must_be_file(path)
        with translated(path), _connected(path, unlock) as connection:
            if checked_version(connection, path) < SCHEMA_VERSION:
                msg = f"{path} has an older schema"
                raise StoreError(msg, "caretool upgrade", code="older")
            care_file = _writable(connection, path)
            connection.execute("BEGIN IMMEDIATE")
            audit.note(care_file, command, user)
            yield _noticing(care_file, noticed)
            connection.rollback()
    else:
        with in_memory() as care_file:
            audit.note(care_file, command, user)
            yield _noticing(care_file, noticed)


@contextmanager
def in_memory() -> Iterator[CareFile]:
    """A new care file that is on no disk."""
    connection = sqlite3.connect(":memory:")
    try:
        with _prepared(connection, Path(), "", created=True) as care_file:
            yield care_file
    finally:
        connection.close()


@contextmanager
def filled(draft: Path) -> Iterator[CareFile]:
    """Make a care file in an empty file, for one transaction of which nothing is noted.

    For rows that bring their own history and have been checked; `leaving` puts them in.
    """
    with translated(draft):
        connection = connect(draft)
        try:
            with _prepared(connection, draft, "", created=True, references=False) as care_file:
                yield care_file
        finally:
            connection.close()


def note_shown(
    path: Path, user: str, today: date, shown: Mapping[str, str], *, unlock: Unlock | None = None
) -> bool:
    """Keep whom a command has shown, if that is possible at once; it never fails and never waits.

    The one thing that a reading command writes. Beside the file while another command holds it;
    False when the file is read-only or full.
    """
    at_utc, offset = dates.utc_and_offset(dates.now())
    values = {
        "at_utc": at_utc, "utc_offset": offset, "user": user, "version": __version__,
        "as_of": today.isoformat(), **shown,
    }  # fmt: skip
    names = ", ".join(values)
    marks = ", ".join(f":{name}" for name in values)
    try:
        connection = connect(path, unlock, mode="rw", timeout=0)
        try:
            connection.execute("PRAGMA synchronous = NORMAL")
            connection.execute(f"INSERT INTO shown ({names}) VALUES ({marks})", values)
            connection.commit()
        finally:
            connection.close()
    except sqlite_errors() as error:
        if not is_busy(error):
            return False
        from caretool import seen_aside

        return seen_aside.add(path, values)
    except (OSError, ValueError, StoreError):  # ValueError: a user's name that is no text
        return False
    return True


def upgrade(path: Path, user: str, *, unlock: Unlock | None = None) -> Path | None:
    """Bring an older care file up to date; returns the backup made of it, None if current."""
    must_be_file(path)
    with translated(path), _connected(path, unlock) as connection:
        kept = _keep_older(connection, path, unlock)
        _migrate(connection, path, user)
    return kept


@contextmanager
def _connected(path: Path, unlock: Unlock | None) -> Iterator[sqlite3.Connection]:
    """A connection for one command. Where that fails, a log beside the file stays as it was.

    SQLite takes a log into the file when the last connection is closed, and removes it: also of
    another program's file, or of a damaged one of which a copy is to be kept. The last one is
    therefore one that only reads.
    """
    from caretool import making

    had_log = exists(making.side_files(path)[0])
    connection = connect(path, unlock)
    last = None
    try:
        yield connection
    except BaseException:
        if had_log:
            with suppress(*sqlite_errors(), UnicodeDecodeError):
                last = connect(path, unlock, mode="ro")
                last.execute("SELECT 1 FROM sqlite_master")
        raise
    finally:
        connection.close()
        if last is not None:
            last.close()


def connect(
    path: Path,
    unlock: Unlock | None = None,
    *,
    mode: str = "",
    timeout: float = LOCK_SECONDS,
) -> sqlite3.Connection:
    """A connection to a file that may be encrypted; `mode` is SQLite's: `ro`, `rw`, `immutable`.

    Raises StoreError for an encrypted file that the passphrase of `unlock` does not open.
    """
    name, uri = (path if not mode else _uri(path, mode)), bool(mode)
    if is_encrypted(path):
        from caretool import keys

        return keys.connect(path, name, unlock, uri=uri, timeout=timeout)
    return sqlite3.connect(name, timeout=timeout, uri=uri)


def connect_copy(
    path: Path, source: sqlite3.Connection, unlock: Unlock | None
) -> sqlite3.Connection:
    """A connection to an empty file that is to become a copy of `source`, with the same key."""
    if not is_cipher(source):
        return sqlite3.connect(path)
    from caretool import keys

    return keys.connect_copy(path, source, unlock)


def _uri(path: Path, mode: str) -> str:
    return f"{path.absolute().as_uri()}?{'immutable=1' if mode == 'immutable' else f'mode={mode}'}"


def open_for_reading(path: Path, unlock: Unlock | None) -> sqlite3.Connection:
    """A connection that changes nothing, also where nothing may be written; opened, not checked."""
    connection = connect(path, unlock, mode="ro")
    try:
        connection.execute("SELECT 1 FROM sqlite_master")
    except sqlite_errors() as error:
        connection.close()
        if code_of(error) not in {sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY}:
            raise
        from caretool.making import side_files

        # In a read-only folder SQLite cannot make the side files that a file in WAL mode asks for.
        # Without a log beside it nothing can be missing from the file, so it may be read as it is.
        if any(side.exists() for side in side_files(path)) or os.access(path.parent, os.W_OK):
            raise
        connection = connect(path, unlock, mode="immutable")
    return connection


def checked_version(connection: sqlite3.Connection, path: Path) -> int:
    """The schema of a care file. Raises StoreError for another program's file and a newer one."""
    (application,) = connection.execute("PRAGMA application_id").fetchone()
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    if application != APPLICATION_ID:
        msg = f"{path} is not a care file"
        raise StoreError(msg, "name the care file with --db", code="not-a-care-file")
    if version > SCHEMA_VERSION:
        msg = f"{path} has schema {version}; caretool {__version__} knows up to {SCHEMA_VERSION}"
        raise StoreError(msg, "use the newer caretool that wrote it", code="newer")
    return int(version)


def _writable(connection: sqlite3.Connection, path: Path, *, references: bool = True) -> CareFile:
    connection.execute(f"PRAGMA foreign_keys = {references:d}")
    connection.execute("PRAGMA temp_store = MEMORY")
    # Without it a row that REPLACE puts out of the way would leave no trace in the history
    connection.execute("PRAGMA recursive_triggers = ON")
    # SQLite's own 2 MB would write the same index pages again and again during an import
    connection.execute(f"PRAGMA cache_size = -{CACHE_KIB}")
    return CareFile(connection, path)


@contextmanager
def _prepared(
    connection: sqlite3.Connection,
    path: Path,
    user: str,
    *,
    created: bool,
    references: bool = True,
) -> Iterator[CareFile]:
    if created:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
    _migrate(connection, path, user)
    if not created:
        with suppress(*sqlite_errors()):  # a backup that was copied here is not in this mode
            connection.execute("PRAGMA journal_mode = WAL")
    care_file = _writable(connection, path, references=references)
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield care_file
        connection.execute("COMMIT")
    except BaseException:
        connection.rollback()
        raise


@contextmanager
def _recorded(care_file: CareFile, command: str, user: str, asked: str) -> Iterator[None]:
    """Note a command, and seal it with everything that it changed."""
    from caretool import audit

    audit.note(care_file, command, user, asked)
    yield
    audit.seal(care_file)


def _keep_older(connection: sqlite3.Connection, path: Path, unlock: Unlock | None) -> Path | None:
    """A backup of a file that has an older schema and is about to be brought up to date."""
    if checked_version(connection, path) == SCHEMA_VERSION:
        return None
    from caretool import copies

    return copies.automatic(connection, path, "upgrade", unlock).path


def _migrate(connection: sqlite3.Connection, path: Path, user: str) -> None:
    """Apply the steps that this file lacks, all or none."""
    version = checked_version(connection, path)
    if version == SCHEMA_VERSION:
        return
    from sqlite_utils import Database

    from caretool import audit
    from caretool.migrations import steps
    from caretool.schema import recording

    connection.execute("BEGIN IMMEDIATE")
    try:
        if checked_version(connection, path) < SCHEMA_VERSION:  # nobody was faster
            for statement in recording.without_triggers(connection.execute):
                connection.execute(statement)
            steps.apply(Database(connection, execute_plugins=False))
            for statement in recording.triggers(connection.execute):
                connection.execute(statement)
            if version:  # a new file has nothing to tell of yet
                audit.note_upgrade(CareFile(connection, path), user)
            connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")
        connection.execute("COMMIT")
    except BaseException:
        connection.rollback()
        raise
