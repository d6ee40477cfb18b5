"""Put a backup in the place of the care file: checked first, and nothing thrown away.

The backup is copied to a draft beside the care file, checked and brought up to date there. Then
the care file is closed for everybody, keeps its contents under another name, and the draft takes
its place in one step: whatever happens on the way, the old file or the new one stands.

A log that SQLite left beside a file belongs to that file alone: beside another one it would be
played into it. So the care file is locked and its log taken in before, or moved away with it.
"""

from __future__ import annotations

import os
import shutil
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, BinaryIO, NamedTuple

from caretool import audit, copies, dates, db, keys, making
from caretool.errors import RefusedError, StoreError
from caretool.trouble import LOCK_SECONDS, exists, is_busy, sqlite_errors, translated

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterator
    from pathlib import Path

    from caretool.db import Unlock

COMMAND = "restore"
_STEP_SECONDS = 0.05
_UNREADABLE = {"damaged", "not-a-care-file", "passphrase", "encrypted", "no-cipher"}
_WHERE = "restore takes what caretool backup and export --all write"

History = list[copies.Command]
"""What was done, in order."""


class Plan(NamedTuple):
    """What restoring will do; the draft is checked and waits beside the care file."""

    draft: Path
    path: Path
    """The care file itself, not a link to it."""
    schema: int
    """The schema that the backup has; the draft has that of today."""
    backup: History
    present: History | None
    """What was done in the care file; None when it cannot be read."""
    encrypted: bool
    was_encrypted: bool
    present_key: Unlock | None
    """What opens the care file."""

    @property
    def in_common(self) -> int:
        """How many commands both begin with."""
        pairs = zip(self.backup, self.present or [], strict=False)
        for number, (one, other) in enumerate(pairs):
            if not copies.are_the_same(one, other):
                return number
        return min(len(self.backup), len(self.present or []))

    @property
    def lost(self) -> int:
        """How many commands the care file holds that the backup does not."""
        return len(self.present or []) - self.in_common

    @property
    def back(self) -> int:
        """How many commands the backup holds that the care file does not."""
        return len(self.backup) - self.in_common

    @property
    def done(self) -> bool:
        """Has the draft taken its place?"""
        return not self.draft.exists() or (self.path.exists() and self.draft.samefile(self.path))

    @property
    def there(self) -> bool:
        """Is there a care file to be replaced?"""
        return os.path.lexists(self.path)


def same_key(source: Path, path: Path) -> bool:
    """Is a backup encrypted with the key that the care file has?"""
    both = (source, path)
    if not all(exists(one) and one.is_file() and db.is_encrypted(one) for one in both):
        return False
    return keys.salt_of(source) == keys.salt_of(path)


@contextmanager
def prepared(
    source: Path, path: Path, user: str, asked: str, unlock: Unlock | None, present: Unlock | None
) -> Iterator[Plan]:
    """Check a backup, or a folder that holds everything as CSV, and lay it ready beside the file.

    `unlock` opens the backup, `present` the care file.

    Raises StoreError for a backup that is missing, damaged, foreign, newer or locked, or when
    there is no room; FileError for a folder with something wrong in it; RefusedError when the
    place of the care file cannot be written to. Nothing was touched then.
    """
    try:
        path = path.resolve()
    except RuntimeError as error:  # links that go round in a circle
        msg = f"{path} is a link to itself"
        raise StoreError(msg, "name the care file with --db", code="not-a-care-file") from error
    if exists(path):
        db.must_be_file(path, may_be_empty=True)
        if exists(source) and source.samefile(path):
            msg = f"{source} is the care file itself"
            raise RefusedError(msg, "name one of its backups", code="same-file")
    draft = path.with_name(f"{path.name}.{os.getpid()}.restored{copies.DRAFT}")
    try:
        history = _history_of(path, present) if exists(path) else []
        making.create_private(draft, path)
        if not exists(source):
            msg = f"no backup {source}"
            raise StoreError(msg, f"look in {copies.folder_of(path)}", code="no-backup")
        schema, backup = _filled(source, draft, unlock)
        with (
            translated(path),
            db.writing(draft, COMMAND, user, asked=asked, keep_older=False, unlock=unlock),
        ):
            pass
        _must_fit_its_history(draft, source, unlock)
        copies.sync(draft)
        encrypted, was = db.is_encrypted(draft), exists(path) and db.is_encrypted(path)
        yield Plan(draft, path, schema, backup, history, encrypted, was, present)
    finally:
        for leftover in (*making.side_files(draft), draft):
            leftover.unlink(missing_ok=True)


def _filled(source: Path, draft: Path, unlock: Unlock | None) -> tuple[int, History]:
    """Fill the draft; returns the schema and the history of what it was filled with."""
    if exists(source) and source.is_dir():
        from caretool import leaving

        leaving.read_back(source, draft)
        faults, made = copies.read_again(draft, None)
        broken = [] if made is None else made.broken
    else:
        if not source.is_file():
            msg = f"{source} is not a file"
            raise StoreError(msg, _WHERE, code="not-a-care-file")
        faults, broken = [], _copied(source, draft, unlock)
    if faults or broken:
        what = faults[0] if faults else f"its history is cut at H{broken[0]}"
        msg = f"{source} is damaged: {what}"
        raise StoreError(msg, _WHERE, code="damaged")
    connection = db.connect(draft, unlock, mode="ro")
    try:
        return db.checked_version(connection, source), list(copies.history(connection))
    finally:
        connection.close()


def _must_fit_its_history(draft: Path, source: Path, unlock: Unlock | None) -> None:
    """Raises StoreError where seals or rows are not as the history of the draft says."""
    with db.reading(draft, unlock=unlock) as care_file:
        fault = next(audit.verify(care_file), None)
    if fault is not None:
        msg = f"{source} does not fit its history: {fault.what}"
        raise StoreError(
            msg, "caretool check --db FILE tells all; take another backup", code="damaged"
        )


def _copied(source: Path, draft: Path, unlock: Unlock | None) -> list[int]:
    """Copy a backup; returns where its history is cut."""
    try:
        with translated(source, doing="read"):
            connection = db.open_for_reading(source, unlock)
            try:
                db.checked_version(connection, source)
                return copies.fill(connection, source, draft, unlock).broken
            finally:
                connection.close()
    except sqlite_errors() as error:  # a table is not there
        msg = f"{source} is damaged: {error}"
        raise StoreError(msg, _WHERE, code="damaged") from error
    except StoreError as error:
        if error.code in {"damaged", "not-a-care-file"}:
            raise StoreError(error.message, _WHERE, code=error.code) from error
        raise


def _history_of(path: Path, unlock: Unlock | None) -> History | None:
    """What was done in the care file; None when that cannot be read.

    Raises StoreError for the file of another program, which must not be replaced.
    """
    if not path.stat().st_size:  # SQLite would remove the log beside it
        return None
    foreign = False
    history = None
    try:
        with translated(path, doing="read"):
            connection = db.open_for_reading(path, unlock)
            try:
                # A file that was cut to nothing is no other program's
                if connection.execute("SELECT 1 FROM sqlite_master LIMIT 1").fetchone():
                    (application,) = connection.execute("PRAGMA application_id").fetchone()
                    foreign = application != db.APPLICATION_ID
                    history = None if foreign else list(copies.history(connection))
            finally:
                connection.close()
    except sqlite_errors():  # a table is not there
        return None
    except StoreError as error:
        if error.code in _UNREADABLE:
            return None
        raise
    if foreign:
        msg = f"{path} is another program's file and will not be replaced"
        raise StoreError(msg, "name the care file with --db", code="not-a-care-file")
    return history


def put_in_place(plan: Plan) -> Path | None:
    """Let the draft take the place of the care file; returns where that is kept, if there was one.

    Raises StoreError when another command works on the care file, RefusedError when the file
    cannot be kept; the care file is as it was then.
    """
    path = plan.path
    kept = _free_name(path)
    try:
        if not plan.there:
            with _side_files_moved(plan, kept):  # of a file that is gone
                making.name(plan.draft, path)
            copies.sync_folder(path.parent)
            return None
        # Opened before SQLite opens it, closed after: closing it would give up SQLite's locks
        with path.open("rb") as contents:
            # Of a file that SQLite cannot read it would still play the log into it and remove that
            readable = plan.present is not None
            connection = _closed_for_all(path, plan.present_key, contents) if readable else None
            try:
                with _kept(plan, kept, contents), _side_files_moved(plan, kept):
                    plan.draft.replace(path)
                copies.sync_folder(path.parent)
            finally:
                if connection is not None:
                    connection.rollback()
                    connection.close()
    except OSError as error:
        msg = f"{path} cannot be replaced: {error.strerror}"
        raise RefusedError(msg, "its folder must be yours to write to", code="read-only") from error
    return kept


def _free_name(path: Path) -> Path:
    """A name beside the care file under which neither a file nor a log of one lies."""
    at = dates.now().strftime("%Y%m%dT%H%M%S")
    number = 1
    while True:
        kept = path.with_name(
            f"{path.name}.before-restore.{at}{'' if number == 1 else f'-{number}'}"
        )
        if not any(map(os.path.lexists, (kept, *making.side_files(kept)))):
            return kept
        number += 1


def _closed_for_all(
    path: Path, unlock: Unlock | None, contents: BinaryIO
) -> sqlite3.Connection | None:
    """Take the care file's log in and lock everybody else out; None where SQLite cannot read it.

    Raises StoreError when others are at work with it for longer than a command waits.
    """
    try:
        with translated(path):
            connection = db.connect(path, unlock)
            try:
                _lock(connection)
            except BaseException:
                connection.close()
                raise
    except StoreError as error:
        if error.code in _UNREADABLE:
            return None
        raise
    if not os.path.samestat(os.fstat(contents.fileno()), path.stat()):
        connection.close()
        msg = f"{path} was replaced by another one while this command waited"
        raise StoreError(msg, "try again; nothing was changed", code="locked")
    return connection


def _lock(connection: sqlite3.Connection) -> None:
    """Hold a file without a log exclusively, however it was found."""
    until = time.monotonic() + LOCK_SECONDS
    connection.execute("PRAGMA busy_timeout = 0")
    while True:
        try:
            connection.execute("PRAGMA journal_mode = DELETE")
            connection.execute("BEGIN EXCLUSIVE")
        except sqlite_errors() as error:
            if not is_busy(error) or time.monotonic() > until:
                raise
        else:
            (mode,) = connection.execute("PRAGMA journal_mode").fetchone()
            if mode == "delete":
                return
            connection.rollback()  # a writer came between and began a log again
        time.sleep(_STEP_SECONDS)


@contextmanager
def _kept(plan: Plan, kept: Path, contents: BinaryIO) -> Iterator[None]:
    """A second name for the care file; where a disk gives a file only one, a copy of it."""
    path = plan.path
    try:
        kept.hardlink_to(path)
    except OSError:
        making.create_private(kept)
    try:
        if not kept.samefile(path):
            with kept.open("wb") as copy:
                shutil.copyfileobj(contents, copy)
            copies.sync(kept)
        yield
    except BaseException:
        if not plan.done:
            kept.unlink()
        raise


@contextmanager
def _side_files_moved(plan: Plan, kept: Path) -> Iterator[None]:
    """What SQLite left beside a file is moved to where the file is kept, or back again."""
    path = plan.path
    moved: list[tuple[Path, Path]] = []
    try:
        for old, new in zip(making.side_files(path), making.side_files(kept), strict=True):
            if os.path.lexists(old):
                old.rename(new)
                moved.append((old, new))
        yield
    except BaseException:
        for old, new in () if plan.done else moved:
            new.rename(old)
        raise
