"""Is the care file whole, as its own history says, private, and kept elsewhere too?

Only looks. What SQLite itself finds comes first; when that is damage, nothing else of the file is
read. Files beside the care file are judged by name, permissions and age, and by nothing in them.
"""

from __future__ import annotations

import os
import stat
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import TYPE_CHECKING, NamedTuple

from caretool import audit, backups, copies, dates, db, making
from caretool.care_file import CareFile
from caretool.findings import Finding, Severity
from caretool.trouble import translated

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

_BACKUP_DAYS = 7
_MOST = 20
_AT_WORK = timedelta(hours=1)
"""So long a command may still be at work on what it has begun."""
_CLOCK = timedelta(minutes=5)


class Opened(NamedTuple):
    """A care file that is being checked."""

    care_file: CareFile
    version: int
    faults: list[str]
    """What SQLite itself finds wrong with it; then nothing more of it should be read."""


@contextmanager
def examining(path: Path, unlock: db.Unlock | None) -> Iterator[Opened]:
    """Open a care file, which may be an older one, to check it.

    All is read as it is at one moment; text that is not UTF-8 is read as far as it is.

    Raises:
        StoreError: as `db.reading`, but for an older schema.
    """
    db.must_be_file(path)
    with translated(path, doing="read"):
        connection = db.open_for_reading(path, unlock)
        try:
            version = db.checked_version(connection, path)
            connection.text_factory = _as_far_as_it_is_text
            connection.execute("PRAGMA temp_store = MEMORY")  # no copy of anything on the disk
            connection.execute("BEGIN")
            faults = copies.found_faults(connection)
            yield Opened(CareFile(connection, path), version, faults)
        finally:
            connection.close()


def _as_far_as_it_is_text(data: bytes) -> str:
    return data.decode(errors="replace")


def of_contents(opened: Opened) -> list[Finding]:
    """What is wrong inside the file: with its pages, references and history."""
    care_file, version, faults = opened
    if faults:
        return [_damage("integrity", fault[:100]) for fault in faults[:_MOST]]
    found = list(_references(care_file))
    if version < db.SCHEMA_VERSION:
        what = f"schema {version}; this caretool keeps schema {db.SCHEMA_VERSION}"
        found.append(Finding(Severity.RISK, "schema", what, "caretool upgrade"))
    elif not found:
        found += _schema(care_file)
        found += _history(care_file)
    return found


def _damage(kind: str, what: str) -> Finding:
    return Finding(Severity.DAMAGE, kind, what, "caretool restore BACKUP")


def _references(care_file: CareFile) -> Iterator[Finding]:
    for row in islice(care_file.stream("PRAGMA foreign_key_check"), _MOST):
        what = f"{row[0]}, id {row[1]} refers to a row of {row[2]} that is not there"
        yield _damage("references", what)


def _schema(care_file: CareFile) -> Iterator[Finding]:
    """Tables, indexes and triggers are those of a new file; SQLite passes over some that are not.

    The triggers are left to whoever reads the history that they write.
    """
    with db.in_memory() as new:
        wanted, there = _made(new), _made(care_file)
    for kind, name in sorted(wanted.keys() | there.keys()):
        if wanted.get((kind, name)) != there.get((kind, name)):
            yield _damage("tables", f"the {kind} {name[:40]!r} is not as caretool made it")


def _made(care_file: CareFile) -> dict[tuple[str, str], str]:
    """How the parts of a file were made; those of libraries left out."""
    return {
        (row["type"], row["name"]): " ".join((row["sql"] or "").split())
        for row in care_file.stream("SELECT type, name, sql FROM sqlite_master")
        if row["type"] != "trigger" and not row["name"].startswith(("sqlite_", "_sqlite_"))
    }


def _history(care_file: CareFile) -> Iterator[Finding]:
    counts: dict[str, int] = {}
    for fault in audit.verify(care_file):
        counts[fault.kind] = counts.get(fault.kind, 0) + 1
        if counts[fault.kind] <= _MOST:
            yield _damage(fault.kind, fault.what)
    for kind, count in counts.items():
        if count > _MOST:
            yield _damage(kind, f"and {count - _MOST} more of this kind")


def of_clock(care_file: CareFile, now: datetime) -> Iterator[Finding]:
    """Does the clock stand behind what was entered last?"""
    last = care_file.row("SELECT id, at_utc FROM commands ORDER BY at_utc DESC LIMIT 1")
    if last is None or (at := _instant(last["at_utc"])) is None or at <= now + _CLOCK:
        return
    ahead = at - now
    by = f"{ahead.days} days" if ahead.days > 1 else f"{ahead // timedelta(minutes=1)} minutes"
    what = f"the clock stands {by} before the entry H{last['id']}"
    yield Finding(Severity.RISK, "clock", what, "set the computer's clock")


def _instant(text: str) -> datetime | None:
    try:
        return datetime.fromisoformat(text).replace(tzinfo=UTC)
    except ValueError:
        return None


def is_encrypted(path: Path) -> bool:
    """Is a care file encrypted? To be asked before it is opened: looking ends the locks of one."""
    return db.is_encrypted(path)


def of_surroundings(
    path: Path, begun: datetime | None, now: datetime, *, encrypted: bool
) -> Iterator[Finding]:
    """What is wrong around the file: who may read it, backups, leftovers.

    `begun` is when the first command was entered; a file needs its first backup within a week.
    """
    kept = _backups(path)
    if os.name == "posix":
        mode = path.stat().st_mode
        # SQLite gives its own side files the mode of the file, which is told once
        beside = [one for one in making.side_files(path) if one.exists()]
        beside = [one for one in beside if one.stat().st_mode != mode]
        beside += [one for one in making.reads_aside(path) if one.exists()]
        yield from _open_to_others((path, *beside, *kept))
        yield from _open_folders(path)
    yield from _backup_age(path, kept, begun, now)
    if encrypted:
        for one in kept:
            if not db.is_encrypted(one):
                what = f"{one.name} is a plain copy of an encrypted care file"
                yield Finding(Severity.RISK, "plain-backup", what, f"rm '{one}'")
    for folder in (path.absolute().parent, copies.folder_of(path)):
        for one in sorted(folder.glob(f"{path.stem}*{copies.DRAFT}")):
            if _age(one, now) > _AT_WORK:
                yield _leftover(one, f"rm '{one}'")
    taken = making.reads_aside(path)[1]
    if os.path.lexists(taken) and _age(taken, now) > _AT_WORK:
        yield _leftover(taken, "the next command that writes takes it in")


def _leftover(one: Path, fix: str) -> Finding:
    what = f"{one.name} was left behind by a command that did not end"
    return Finding(Severity.RISK, "leftover", what, fix)


def _open_to_others(paths: Iterable[Path]) -> Iterator[Finding]:
    for one in paths:
        mode = stat.S_IMODE(one.stat().st_mode)
        if mode & 0o077:
            what = f"{one.name} is open to other accounts (mode {mode:04o})"
            yield Finding(Severity.RISK, "permissions", what, f"chmod 600 '{one}'")


def _open_folders(path: Path) -> Iterator[Finding]:
    for one in (path.absolute().parent, copies.folder_of(path)):
        if not one.is_dir():
            continue
        mode = stat.S_IMODE(one.stat().st_mode)
        # In a folder such as /tmp, with the sticky bit, only the owner of a file replaces it
        if mode & 0o022 and not mode & stat.S_ISVTX:
            what = f"other accounts may replace files in the folder {one.name} (mode {mode:04o})"
            yield Finding(Severity.RISK, "permissions", what, f"chmod go-w '{one}'")


def _backups(path: Path) -> list[Path]:
    """The copies of the care file in the folder of backups, and those that upgrades left."""
    found = [one.path for one in backups.in_folder(copies.folder_of(path), path)]
    found += path.absolute().parent.glob(f"{path.name}.*.bak")
    return sorted(one for one in found if one.is_file() and not one.is_symlink())


def _backup_age(
    path: Path, kept: Iterable[Path], begun: datetime | None, now: datetime
) -> Iterator[Finding]:
    ages = [_age(one, now) for one in kept if one.suffix != ".bak"]
    days = timedelta(days=_BACKUP_DAYS)
    if ages and min(ages) > days:
        what = f"the last backup is {min(ages).days} days old"
    elif not ages and begun is not None and now - begun > days:
        what = f"no backup in the folder {copies.folder_of(path).name} beside {path.name}"
    else:
        return
    yield Finding(Severity.RISK, "backup", what, "caretool backup")


def _age(path: Path, now: datetime) -> timedelta:
    return now - datetime.fromtimestamp(path.lstat().st_mtime, UTC)


def begun(care_file: CareFile) -> datetime | None:
    """When the first command of the file was entered."""
    first = care_file.value("SELECT at_utc FROM commands ORDER BY id LIMIT 1")
    return None if first is None else _instant(first)


def now() -> datetime:
    """This instant."""
    return dates.now()
