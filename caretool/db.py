"""The one door to the care file: opening, creating, checking, and one transaction a command.

Only this module opens SQLite. A read opens the file read-only and never changes it; a write takes
the lock at once, so that two writers wait for each other (5 seconds) instead of failing half-way.
Other code sees a `CareFile`; what SQLite says goes no further than here as a `StoreError`.
"""

from __future__ import annotations

import os
import sqlite3
import time
from contextlib import contextmanager
from itertools import chain, islice
from typing import TYPE_CHECKING, Any

from caretool import __version__, dates
from caretool.errors import RefusedError, StoreError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from datetime import date
    from pathlib import Path

    from sqlite_utils.db import Database

    from caretool.errors import CareError

APPLICATION_ID = 0x43415245  # "CARE", in the file's header
SCHEMA_VERSION = 4  # the number of steps in migrations.py; a test holds the two together
LOCK_SECONDS = 5.0
_STEP_SECONDS = 0.02
SQLITE_VERSION = sqlite3.sqlite_version
CACHE_KIB = 64 * 1024
# Rows of one INSERT, and how many values one statement may have in any SQLite
_TOGETHER, _MOST_VALUES = 50, 900


class CareFile:
    """An open care file. Store functions take it first; it keeps SQLite's types to itself."""

    def __init__(
        self, connection: sqlite3.Connection, path: Path | None, utils: Database | None = None
    ) -> None:
        self.path = path
        self.command_id = 0
        self.noticed: list[CareError] = []
        self._connection = connection
        self._connection.row_factory = sqlite3.Row
        self._utils = utils
        self._tables: frozenset[str] | None = None

    def rows(self, sql: str, values: Mapping[str, Any] | Sequence[Any] = ()) -> list[sqlite3.Row]:
        """All rows that a query gives."""
        return self._connection.execute(sql, values).fetchall()

    def stream(
        self, sql: str, values: Mapping[str, Any] | Sequence[Any] = ()
    ) -> Iterator[sqlite3.Row]:
        """The rows that a query gives, one by one, for more than fit comfortably in memory."""
        return self._connection.execute(sql, values)

    def row(self, sql: str, values: Mapping[str, Any] | Sequence[Any] = ()) -> sqlite3.Row | None:
        """The first row that a query gives, or None."""
        row: sqlite3.Row | None = self._connection.execute(sql, values).fetchone()
        return row

    def value(self, sql: str, values: Mapping[str, Any] | Sequence[Any] = ()) -> Any:  # noqa: ANN401
        """The first value of the first row, or None."""
        row = self._connection.execute(sql, values).fetchone()
        return None if row is None else row[0]

    def insert(self, table: str, **values: object) -> int:
        """Add one fact and return its id; the running command is noted as its origin."""
        self._known(table)
        assert self._utils is not None  # noqa: S101 - only a writing command gets here
        added = self._utils.table(table).insert({**values, "command_id": self.command_id})
        return int(added.last_rowid or 0)

    def insert_all(self, table: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
        """Add many facts at once, as executemany: an import may bring a million of them."""
        self._known(table)
        insert = f"INSERT INTO {table} ({', '.join((*columns, 'command_id'))}) VALUES "
        values = f"({', '.join('?' * len(columns))}, {self.command_id:d})"
        # Many rows a statement: the cost of a statement is more than that of most rows
        together = max(1, min(_TOGETHER, _MOST_VALUES // len(columns)))
        left = iter(rows)
        while some := list(islice(left, together)):
            self._connection.execute(
                insert + ", ".join([values] * len(some)), list(chain.from_iterable(some))
            )

    def execute(self, sql: str, values: Mapping[str, Any] | Sequence[Any] = ()) -> int:
        """Run one statement that changes rows; returns how many."""
        return self._connection.execute(sql, values).rowcount

    def execute_all(self, sql: str, rows: Iterable[Sequence[Any]]) -> None:
        """Run one statement that changes rows, once for each of `rows`."""
        self._connection.executemany(sql, rows)

    def _known(self, table: str) -> None:
        # sqlite-utils would create a table under a mistyped name
        if self._tables is None:
            names = self.rows("SELECT name FROM sqlite_master WHERE type = 'table'")
            self._tables = frozenset(row["name"] for row in names)
        if table not in self._tables:
            raise LookupError(table)


@contextmanager
def reading(path: Path, noticed: list[CareError] | None = None) -> Iterator[CareFile]:
    """Open an existing care file for reading; it is neither changed nor brought up to date.

    Raises StoreError when it is missing, locked, damaged, not a care file, older or newer.
    """
    _must_be_file(path)
    with _translated(path, doing="read"):
        connection = _open_for_reading(path)
        try:
            version = _checked_version(connection, path)
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
    create: bool = False,
) -> Iterator[CareFile]:
    """Open a care file for one command: everything that it writes is kept, or nothing.

    With `create`, a missing file is made (mode 0600), and has its name only once the command has
    succeeded. An older file is backed up beside itself and then migrated.
    """
    draft = _draft(path) if create and not _exists(path) else None
    if draft is None:
        _must_be_file(path)
    try:
        with _translated(path):
            connection = sqlite3.connect(draft or path, timeout=LOCK_SECONDS)
            try:
                with _prepared(connection, path, created=draft is not None) as care_file:
                    _note_command(care_file, command, user)
                    yield _noticing(care_file, noticed)
            finally:
                connection.close()
        if draft is not None:
            _name(draft, path)
    finally:
        if draft is not None:
            for leftover in (*_side_files(draft), draft):
                leftover.unlink(missing_ok=True)


@contextmanager
def trial(
    path: Path, command: str, user: str, noticed: list[CareError] | None = None
) -> Iterator[CareFile]:
    """Like `writing`, but nothing is kept: for `--dry-run`. A missing file counts as empty."""
    if _exists(path):
        _must_be_file(path)
        with _translated(path):
            connection = sqlite3.connect(path, timeout=LOCK_SECONDS)
            try:
                if _checked_version(connection, path) < SCHEMA_VERSION:
                    msg = f"{path} has an older schema"
                    raise StoreError(msg, "caretool upgrade", code="older")
                care_file = _writable(connection, path)
                connection.execute("BEGIN IMMEDIATE")
                _note_command(care_file, command, user)
                yield _noticing(care_file, noticed)
            finally:
                connection.rollback()
                connection.close()
    else:
        connection = sqlite3.connect(":memory:")
        try:
            with _prepared(connection, path, created=True) as care_file:
                _note_command(care_file, command, user)
                yield _noticing(care_file, noticed)
        finally:
            connection.close()


def note_shown(path: Path, user: str, today: date, shown: Mapping[str, str]) -> bool:
    """Keep what a list has shown, if that is possible at once; it never fails and never waits.

    The one thing that a reading command writes. False when the file is locked, read-only, full.
    """
    at_utc, offset = dates.utc_and_offset(dates.now())
    values = {
        "at_utc": at_utc, "utc_offset": offset, "user": user, "version": __version__,
        "as_of": today.isoformat(), **shown,
    }  # fmt: skip
    names = ", ".join(values)
    marks = ", ".join(f":{name}" for name in values)
    try:
        connection = sqlite3.connect(f"{path.absolute().as_uri()}?mode=rw", uri=True, timeout=0)
        try:
            connection.execute("PRAGMA synchronous = NORMAL")
            connection.execute(f"INSERT INTO shown ({names}) VALUES ({marks})", values)
            connection.commit()
        finally:
            connection.close()
    except (sqlite3.Error, OSError, ValueError):  # ValueError: a user's name that is no text
        return False
    return True


def upgrade(path: Path, command: str, user: str) -> Path | None:
    """Bring an older care file up to date; returns the backup made beside it, None if current."""
    _must_be_file(path)
    with _translated(path):
        connection = sqlite3.connect(path, timeout=LOCK_SECONDS)
        try:
            current = _checked_version(connection, path) == SCHEMA_VERSION
            backup = _migrate(connection, path)
            if not current:
                _note_command(CareFile(connection, path), command, user)
                connection.commit()
            return backup
        finally:
            connection.close()


def _must_be_file(path: Path) -> None:
    if _exists(path) and path.is_dir():
        msg = f"{path} is a folder, not a care file"
        raise StoreError(msg, "name the file itself with --db", code="not-a-care-file")
    if not _exists(path):
        msg = f"no care file at {path}"
        hint = "start one with caretool add-patient or import-patients, or try caretool demo"
        raise StoreError(msg, hint, code="no-care-file")


def _exists(path: Path) -> bool:
    try:
        return path.exists()
    except OSError as error:  # a folder that is closed to us, a name that is too long
        msg = f"{path} cannot be opened: {error.strerror}"
        raise RefusedError(msg, "name another place with --db", code="read-only") from error


def _create_private(path: Path, named: Path | None = None) -> None:
    """Make an empty file that is its owner's alone; messages call it `named`."""
    if not path.parent.is_dir():
        msg = f"no folder {path.parent}"
        raise StoreError(msg, "make the folder first, or say another --db", code="no-folder")
    try:
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
    except OSError as error:
        msg = f"cannot create {named or path}: {error.strerror}"
        hint = "choose a folder that you may write to"
        raise RefusedError(msg, hint, code="read-only") from error
    path.chmod(0o600)  # also under a umask that takes away more than it should


def _draft(path: Path) -> Path | None:
    """The file in which this command, and no other, makes a new care file.

    None when another command has made it meanwhile. The draft is the lock between them: whoever
    finds one waits until it has become the care file, or is gone because its command failed.
    """
    if path.is_symlink():
        msg = f"{path} is a link to a file that is not there"
        raise StoreError(msg, "connect its disk, or say another --db", code="no-care-file")
    draft = path.with_name(f"{path.name}.new")
    for _ in range(max(1, round(LOCK_SECONDS / _STEP_SECONDS))):
        try:
            _create_private(draft, path)
        except RefusedError as error:
            if not isinstance(error.__cause__, FileExistsError):
                raise
            time.sleep(_STEP_SECONDS)
        else:
            if not _exists(path):
                return draft
            draft.unlink()
            return None
    msg = f"another command is making {path}"
    raise StoreError(msg, f"wait for it; if none is at work, delete {draft}", code="locked")


def _name(draft: Path, path: Path) -> None:
    """Give a finished new file its name; what came there by other ways is never replaced."""
    try:
        path.hardlink_to(draft)
    except FileExistsError as error:
        msg = f"{path} was made by another program meanwhile; nothing was kept here"
        raise StoreError(msg, "look what it is, or say another --db", code="locked") from error
    except OSError:  # a disk without hard links, such as a memory stick
        draft.rename(path)


def _side_files(path: Path) -> tuple[Path, ...]:
    return tuple(path.with_name(path.name + ending) for ending in ("-wal", "-shm", "-journal"))


def _open_for_reading(path: Path) -> sqlite3.Connection:
    uri = path.absolute().as_uri()
    connection = sqlite3.connect(f"{uri}?mode=ro", uri=True, timeout=LOCK_SECONDS)
    try:
        connection.execute("SELECT 1 FROM sqlite_master")
    except sqlite3.DatabaseError as error:
        connection.close()
        if not isinstance(error, sqlite3.OperationalError):
            raise
        # In a read-only folder SQLite cannot make the side files that a file in WAL mode asks for.
        # Without a log beside it nothing can be missing from the file, so it may be read as it is.
        if any(side.exists() for side in _side_files(path)) or os.access(path.parent, os.W_OK):
            raise
        connection = sqlite3.connect(f"{uri}?immutable=1", uri=True)
    return connection


def _checked_version(connection: sqlite3.Connection, path: Path) -> int:
    (application,) = connection.execute("PRAGMA application_id").fetchone()
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    if application != APPLICATION_ID:
        msg = f"{path} is not a care file"
        raise StoreError(msg, "name the care file with --db", code="not-a-care-file")
    if version > SCHEMA_VERSION:
        msg = f"{path} has schema {version}; caretool {__version__} knows up to {SCHEMA_VERSION}"
        raise StoreError(msg, "use the newer caretool that wrote it", code="newer")
    return int(version)


def _writable(connection: sqlite3.Connection, path: Path) -> CareFile:
    from sqlite_utils import Database

    connection.execute("PRAGMA foreign_keys = ON")
    # SQLite's own 2 MB would write the same index pages again and again during an import
    connection.execute(f"PRAGMA cache_size = -{CACHE_KIB}")
    return CareFile(connection, path, Database(connection, execute_plugins=False))


@contextmanager
def _prepared(connection: sqlite3.Connection, path: Path, *, created: bool) -> Iterator[CareFile]:
    if created:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
    _migrate(connection, path)
    care_file = _writable(connection, path)
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield care_file
        connection.execute("COMMIT")
    except BaseException:
        connection.rollback()
        raise


def _migrate(connection: sqlite3.Connection, path: Path) -> Path | None:
    """Apply the steps that this file lacks, all or none; an older file is copied beside first."""
    version = _checked_version(connection, path)
    if version == SCHEMA_VERSION:
        return None
    from sqlite_utils import Database

    from caretool.migrations import steps

    backup = None
    if version:
        at = dates.now().strftime("%Y%m%dT%H%M%S")
        backup = path.with_name(f"{path.name}.schema{version}.{at}.bak")
        _create_private(backup)
        connection.execute("VACUUM INTO ?", (str(backup),))
    connection.execute("BEGIN IMMEDIATE")
    try:
        if _checked_version(connection, path) < SCHEMA_VERSION:  # nobody was faster
            steps.apply(Database(connection, execute_plugins=False))
            connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")
        connection.execute("COMMIT")
    except BaseException:
        connection.rollback()
        raise
    return backup


def _note_command(care_file: CareFile, command: str, user: str) -> None:
    at_utc, offset = dates.utc_and_offset(dates.now())
    care_file.execute(
        "INSERT INTO commands (at_utc, utc_offset, user, command, version) VALUES (?, ?, ?, ?, ?)",
        (at_utc, offset, user, command, __version__),
    )
    care_file.command_id = int(care_file.value("SELECT last_insert_rowid()"))


@contextmanager
def _translated(path: Path, *, doing: str = "written") -> Iterator[None]:
    """Turn what SQLite says into what a care manager can act on."""
    try:
        yield
    except sqlite3.Error as error:
        code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR) & 0xFF
        if code in {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}:
            msg = f"{path} is in use by another program"
            hint = f"waited {LOCK_SECONDS:.0f} seconds; try again when the other command has ended"
            raise StoreError(msg, hint, code="locked") from error
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
