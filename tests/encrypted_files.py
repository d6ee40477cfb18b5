"""Encrypted care files made past caretool, by SQLCipher alone; and what they hold."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlcipher3 import dbapi2

from caretool import keys

if TYPE_CHECKING:
    from collections.abc import Iterable

SECRET = "correct horse battery staple"  # noqa: S105 - of made-up files


def encrypted_copy(source: Path, target: Path, secret: str = SECRET) -> None:
    """Write an encrypted copy of a plain care file, in WAL mode as those of caretool are."""
    key = keys.raw_key(secret, keys.new_salt())
    target.touch(mode=0o600)
    with closing(dbapi2.connect(source)) as plain:
        plain.execute("ATTACH DATABASE ? AS copy KEY ?", (str(target), key))
        plain.execute("SELECT sqlcipher_export('copy')")
        for pragma in ("application_id", "user_version"):
            (value,) = plain.execute(f"PRAGMA main.{pragma}").fetchone()
            plain.execute(f"PRAGMA copy.{pragma} = {value}")
        plain.execute("PRAGMA copy.journal_mode = WAL")


def opened(path: Path, secret: str | None = SECRET) -> Any:
    """A connection past caretool: SQLCipher's with a passphrase, else SQLite's."""
    if secret is None:
        return sqlite3.connect(path)
    connection = dbapi2.connect(path)
    connection.execute(f'PRAGMA key = "{keys.raw_key(secret, path.read_bytes()[:16])}"')
    return connection


def dump(path: Path, secret: str | None = SECRET) -> dict[str, list[tuple[Any, ...]]]:
    """Every row of every table, and the schema."""
    with closing(opened(path, secret)) as connection:
        names = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
        found = {name: connection.execute(f"SELECT * FROM {name}").fetchall() for (name,) in names}
        schema = "SELECT type, name, sql FROM sqlite_master ORDER BY type, name"
        return {**found, "": connection.execute(schema).fetchall()}


def seen_in(data: bytes, seeds: Iterable[str]) -> list[str]:
    """Which of some texts stand in bytes, in the encodings that SQLite has."""
    encodings = ("utf-8", "utf-16-le", "utf-16-be")
    return [seed for seed in seeds if any(seed.encode(one) in data for one in encodings)]
