"""Backups: when one is made, and which ones stay.

Their names say of which care file they are, when they were made and before what:
`care-20261124T081500.db` was asked for, `care-20261124T081500-before-import-fills.db` was made by
caretool itself. Times are local. Only what has such a name, and is a copy of the same care file,
is ever removed.
"""

from __future__ import annotations

import re
from datetime import date
from typing import TYPE_CHECKING, NamedTuple

from caretool import copies, db, keys, making
from caretool.errors import StoreError
from caretool.trouble import exists, sqlite_errors, translated

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable, Iterable
    from pathlib import Path

    from caretool.copies import Command, Copy
    from caretool.db import Unlock


class Backup(NamedTuple):
    """A file that is named as a backup is, told apart by when it was made."""

    at: str
    """Local time, as in its name; later ones are greater."""
    changed: int
    """When its file was last written to: parts those of one second."""
    reason: str
    """The command before which it was made; empty when it was asked for."""
    path: Path

    @property
    def day(self) -> date:
        """The day on which it was made."""
        return date.fromisoformat(self.at[:8])


class Stay(NamedTuple):
    """How many backups stay: the latest ones, and the last of each of the latest days and weeks."""

    latest: int = 0
    daily: int = 0
    weekly: int = 0


class Rotated(NamedTuple):
    """What became of the backups in a folder."""

    kept: list[Path]
    removed: list[Path]
    stuck: list[Path]
    """What should have gone but could not be removed."""


AFTER_IMPORTS = Stay(latest=3, daily=7)


def make(path: Path, folder: Path | None = None, *, unlock: Unlock | None = None) -> Copy:
    """Make a backup of a care file that may be in use, and check it.

    Raises StoreError when the file is locked, damaged, not a care file or newer, or there is no
    room; RefusedError when the folder cannot be written to.
    """
    db.must_be_file(path)
    with translated(path, doing="read"):
        connection = db.open_for_reading(path, unlock)
        try:
            db.checked_version(connection, path)
            return copies.keep(connection, path, folder or copies.folder_of(path), "", unlock)
        finally:
            connection.close()


def before(path: Path, reason: str, *, unlock: Unlock | None = None) -> Path | None:
    """Back a care file up before the command `reason`.

    None where there is no file yet, and where that is done already: the file is older and backed
    up before it is brought up to date, or before an import the latest automatic backup holds every
    command that the file does.

    Raises as `make` does; the command must not begin then.
    """
    if not exists(path):
        return None
    db.must_be_file(path)
    with translated(path, doing="read"):
        connection = db.open_for_reading(path, unlock)
        try:
            if db.checked_version(connection, path) < db.SCHEMA_VERSION:
                return None
            if reason.startswith(copies.IMPORT) and _is_done(connection, path, unlock):
                return None
            made = copies.automatic(connection, path, reason, unlock)
        finally:
            connection.close()
    if reason.startswith(copies.IMPORT):
        rotate(made, path, AFTER_IMPORTS, imports=True, unlock=unlock)
    return made.path


def _is_done(connection: sqlite3.Connection, path: Path, unlock: Unlock | None) -> bool:
    """Does the latest automatic backup end with the command that the file ends with?"""
    automatic = [one for one in in_folder(copies.folder_of(path), path) if one.reason]
    last = copies.last_command(connection)
    return bool(automatic) and last == _found(automatic[-1].path, unlock, copies.last_command)


def in_folder(folder: Path, path: Path) -> list[Backup]:
    """What is named as a backup of this care file, the earliest first."""
    path = path.resolve()
    pattern = re.compile(
        rf"{re.escape(path.stem)}-(\d{{8}}T\d{{6}})(?:-before-([a-z]+(?:-[a-z]+)*))?(?:-\d+)?"
        rf"{re.escape(path.suffix)}",
        re.ASCII,
    )
    found = []
    for one in folder.iterdir() if folder.is_dir() else ():
        named = pattern.fullmatch(one.name)
        if named is not None and _is_day(named[1][:8]):
            found.append(Backup(named[1], one.lstat().st_mtime_ns, named[2] or "", one))
    return sorted(found)


def _is_day(text: str) -> bool:
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True


def staying(backups: Iterable[Backup], stay: Stay) -> set[Backup]:
    """Which of some backups stay."""
    latest_first = sorted(backups, reverse=True)
    by_day: dict[date, Backup] = {}
    by_week: dict[tuple[int, int], Backup] = {}
    for one in latest_first:
        by_day.setdefault(one.day, one)
        year, week, _ = one.day.isocalendar()
        by_week.setdefault((year, week), one)
    return {
        *latest_first[: stay.latest],
        *list(by_day.values())[: stay.daily],
        *list(by_week.values())[: stay.weekly],
    }


def rotate(
    made: Copy, path: Path, stay: Stay, *, imports: bool = False, unlock: Unlock | None = None
) -> Rotated:
    """Remove what is not to stay in the folder of a backup that was just made, which does stay.

    Those that were asked for are counted, or with `imports` those made before imports. What is no
    copy of this care file, or is encrypted with another key, is neither counted nor removed.
    """
    rivals = [
        one
        for one in in_folder(made.path.parent, path)
        if (one.reason.startswith(copies.IMPORT) if imports else not one.reason)
    ]
    if not imports:  # a folder that she names may hold backups of others
        rivals = [one for one in rivals if _is_copy(one.path, made, unlock)]
    keep = {one.path for one in staying(rivals, stay)} | {made.path}
    removed, stuck = [], []
    for one in rivals:
        if one.path not in keep and (not imports or _is_copy(one.path, made, unlock)):
            try:
                for file in (one.path, *making.side_files(one.path)):
                    file.unlink(missing_ok=True)
                removed.append(one.path)
            except OSError:
                stuck.append(one.path)
    return Rotated([one.path for one in rivals if one.path in keep], removed, stuck)


def _is_copy(path: Path, made: Copy, unlock: Unlock | None) -> bool:
    """Can this be opened, and does it begin with the command that only copies of one file do?"""
    if path.is_symlink() or not path.is_file():
        return False
    # A file of another salt has another key, and deriving that takes its time
    key = unlock if keys.salt_of(path) == keys.salt_of(made.path) else None
    first = _found(path, key, copies.first_command)
    ours = made.state.first
    return first is not None and ours is not None and copies.are_the_same(first, ours)


def _found(
    path: Path, unlock: Unlock | None, look: Callable[[sqlite3.Connection], Command | None]
) -> Command | None:
    """A command in another backup; None when that has none, is damaged, or cannot be opened."""
    try:
        connection = db.connect(path, unlock, mode="ro")
        try:
            db.checked_version(connection, path)
            return look(connection)
        finally:
            connection.close()
    except sqlite_errors():
        return None
    except (StoreError, OSError):
        return None
