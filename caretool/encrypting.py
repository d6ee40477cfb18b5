"""Encrypt a care file, decrypt it, or give it another passphrase: by a copy that was checked.

Nobody else gets at the file from before the copy is begun until the copy has its name, so that
nothing is written to the old file that the new one lacks. A command that waited for the old one
finds that it was replaced (`db.writing`). Until then the file stays as it was, whatever happens.
"""

from __future__ import annotations

import os
import re
from contextlib import contextmanager
from hashlib import sha256
from typing import TYPE_CHECKING, NamedTuple

from caretool import backups, copies, db, keys, making
from caretool.errors import RefusedError, StoreError
from caretool.trouble import LOCK_SECONDS, exists, translated

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterator
    from pathlib import Path

    from caretool.db import Unlock

_TOGETHER = 1000


class Replaced(NamedTuple):
    """What the copy holds that is now the care file; it was compared with the file row by row."""

    tables: int
    rows: int


class Table(NamedTuple):
    """How many rows a table has, and what they come to."""

    rows: int
    digest: str


def is_encrypted(path: Path) -> bool:
    """Is a care file encrypted?

    Raises StoreError when there is none, and where SQLCipher is not installed.
    """
    db.must_be_file(path)
    keys.engine()
    if db.is_encrypted(path):
        return True
    with translated(path, doing="read"):
        connection = db.open_for_reading(path, None)
        try:
            db.checked_version(connection, path)
        finally:
            connection.close()
    return False


def try_passphrase(path: Path, unlock: Unlock) -> None:
    """Raises StoreError when a care file cannot be opened, above all with this passphrase."""
    with db.reading(path, unlock=unlock):
        pass


def must_be_whole(path: Path, unlock: Unlock | None) -> None:
    """Raises StoreError when a care file cannot be opened, or anything in it is damaged."""
    with translated(path):
        connection = db.connect(path, unlock, mode="ro")
        try:
            db.checked_version(connection, path)
            faults = copies.found_faults(connection)
        finally:
            connection.close()
    if faults:
        msg = f"{path} is damaged: {faults[0]}; nothing was changed"
        raise StoreError(msg, "caretool restore brings a backup back", code="damaged")


def replace(
    path: Path,
    command: str,
    user: str,
    asked: str,
    *,
    unlock: Unlock,
    passphrase: str | None,
) -> Replaced:
    """Replace a care file by a copy that `passphrase` opens, or that is plain when it is None.

    The command is noted in the copy. The former file is gone with its name.

    Raises StoreError: the file is in use, damaged, older, or the wrong passphrase was given; or
    the copy is not what the file is. RefusedError: the file has other names, or its folder cannot
    be written to.
    """
    path = _only_name(path)
    opens = None if passphrase is None else lambda: passphrase
    draft = path.with_name(f"{path.name}.new")
    if exists(making.side_files(path)[0]):  # a log, which being alone with the file takes in
        must_be_whole(path, unlock if db.is_encrypted(path) else None)
    with translated(path), _alone(path, unlock) as present:
        if db.checked_version(present, path) < db.SCHEMA_VERSION:
            msg = f"{path} has an older schema"
            raise StoreError(msg, "caretool upgrade", code="older")
        _remove(draft)  # what a command left that was killed: no other one makes it now
        try:
            making.create_private(draft)
            _export(present, draft, passphrase)
            tables = _compared(present, draft, opens, path)
            with db.writing(draft, command, user, asked=asked, keep_older=False, unlock=opens):
                pass
            must_be_whole(draft, opens)
            copies.sync(draft)
            _put_in_place(present, draft, path)
        except OSError as error:
            msg = f"{path} cannot be replaced: {error.strerror}"
            hint = "nothing was changed; its folder and disk must be yours to write to"
            raise RefusedError(msg, hint, code="read-only") from error
        finally:
            _remove(draft)
    return Replaced(len(tables), sum(one.rows for one in tables.values()))


def plain_backups(path: Path) -> list[Path]:
    """The copies of a care file that caretool keeps and that are not encrypted, by folder.

    Backups, what a restore kept beside the file, and what an older caretool kept at an upgrade.
    """
    path = path.resolve()
    kept = rf"{re.escape(path.name)}\.(before-restore\.[-T\d]+|schema\d+\.[T\d]+\.bak)"
    beside = re.compile(kept, re.ASCII)
    named = [one for one in sorted(path.parent.iterdir()) if beside.fullmatch(one.name)]
    named += [one.path for one in backups.in_folder(copies.folder_of(path), path)]
    return [one for one in named if db.is_plain(one)]


def remove_backups(found: list[Path]) -> list[Path]:
    """Delete backups; returns those that could not be deleted."""
    stuck = []
    for one in found:
        try:
            for file in (*making.side_files(one), one):
                file.unlink(missing_ok=True)
        except OSError:
            stuck.append(one)
    return stuck


def _only_name(path: Path) -> Path:
    """The care file itself, where `path` is a link to it."""
    db.must_be_file(path)
    path = path.resolve()
    names = path.stat().st_nlink
    if names > 1:  # under the others it would stay as it is
        msg = f"{path} has {names} names (hard links), and only this one would be changed"
        raise RefusedError(msg, "remove the other names first", code="other-names")
    return path


@contextmanager
def _alone(path: Path, unlock: Unlock) -> Iterator[sqlite3.Connection]:
    """SQLCipher's connection to a care file that nobody else reads or writes meanwhile.

    While it is open, nothing in this process may open and close the file by other ways: that gives
    the locks up (SQLite, "How To Corrupt An SQLite Database File", 2.2).
    """
    before = path.stat()
    key = unlock if db.is_encrypted(path) else None
    connection = keys.connect_alone(path, key, timeout=LOCK_SECONDS)
    try:
        if not os.path.samestat(before, path.stat()):
            msg = f"{path} was replaced by another one while this command waited"
            raise StoreError(msg, "try again; nothing was changed", code="locked")
        yield connection
    finally:
        connection.close()


def _export(present: sqlite3.Connection, draft: Path, passphrase: str | None) -> None:
    """Write everything into an empty file, with a key of its own, or with none."""
    key = "" if passphrase is None else keys.raw_key(passphrase, keys.new_salt())
    present.execute(f"PRAGMA cipher_default_compatibility = {keys.CIPHER}")
    present.execute("ATTACH DATABASE ? AS draft KEY ?", (str(draft), key))
    present.execute(f"PRAGMA draft.cache_size = -{db.CACHE_KIB}")
    present.execute("PRAGMA draft.synchronous = OFF")  # it is written through when it is whole
    present.execute("BEGIN")
    present.execute("SELECT sqlcipher_export('draft')")
    for pragma in ("application_id", "user_version"):
        (value,) = present.execute(f"PRAGMA main.{pragma}").fetchone()
        present.execute(f"PRAGMA draft.{pragma} = {value:d}")
    present.execute("COMMIT")
    present.execute("DETACH DATABASE draft")


def _compared(
    present: sqlite3.Connection, draft: Path, opens: Unlock | None, path: Path
) -> dict[str, Table]:
    """What the file and its copy hold, read again from the disk and found equal."""
    copy = db.connect(draft, opens)
    try:
        if _schema(copy) != _schema(present):
            msg = f"the copy of {path} has not its tables and triggers; nothing was changed"
            raise StoreError(msg, "please report it", code="damaged")
        there, here = _tables(copy), _tables(present)
    finally:
        copy.close()
    wrong = sorted(name for name in here | there if here.get(name) != there.get(name))
    if wrong:
        msg = f"the copy of {path} differs in {', '.join(wrong)}; nothing was changed"
        raise StoreError(msg, "caretool check looks into the file", code="damaged")
    return here


def _schema(connection: sqlite3.Connection) -> list[tuple[object, ...]]:
    """Tables and triggers in the order in which they were made, and indexes."""
    found: list[tuple[object, ...]] = connection.execute(
        "SELECT type, name, tbl_name, sql FROM sqlite_master"
        " ORDER BY type, CASE type WHEN 'index' THEN 0 ELSE rowid END, name"
    ).fetchall()
    for pragma in ("application_id", "user_version", "encoding"):
        found += connection.execute(f"PRAGMA {pragma}").fetchall()
    return found


def _tables(connection: sqlite3.Connection) -> dict[str, Table]:
    """Every table with what its rows come to, SQLite's own of the ids given out included."""
    names = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
    connection.text_factory = bytes  # also text that is no UTF-8 is compared as it is
    try:
        return {name: _table(connection, name) for (name,) in names}
    finally:
        connection.text_factory = str


def _table(connection: sqlite3.Connection, name: str) -> Table:
    quoted = name.replace('"', '""')
    rows = connection.execute(f'SELECT * FROM "{quoted}" ORDER BY rowid')
    digest, count = sha256(), 0
    while some := rows.fetchmany(_TOGETHER):
        count += len(some)
        digest.update(repr(some).encode())
    return Table(count, digest.hexdigest())


def _put_in_place(present: sqlite3.Connection, draft: Path, path: Path) -> None:
    """Give the copy the file's name, for good.

    The file has no log then that could be taken for the copy's, and whoever waits to write to it is
    told by SQLite that it has moved.
    """
    (kept,) = present.execute("PRAGMA main.journal_mode = DELETE").fetchone()
    assert kept == "delete"  # noqa: S101 - nobody else has it open
    for side in making.side_files(path)[:2]:  # what one who may only read has left
        side.unlink(missing_ok=True)
    try:
        draft.replace(path)
    except OSError:
        present.execute("PRAGMA main.journal_mode = WAL")
        raise
    copies.sync_folder(path.parent)


def _remove(draft: Path) -> None:
    for one in (*making.side_files(draft), draft):
        one.unlink(missing_ok=True)
