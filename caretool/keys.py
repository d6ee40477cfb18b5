"""Encrypted care files: SQLCipher 4 as it comes, so that its own shell opens them too.

The key is derived as SQLCipher does it (PBKDF2 with HMAC-SHA512, 256,000 rounds, the salt in the
file's first 16 bytes), but here, once a run: each connection of it would otherwise take that time
again. Source: SQLCipher's design page, "Key Derivation" and "Raw Key Data with Explicit Salt".
"""

from __future__ import annotations

import os
from functools import cache
from hashlib import pbkdf2_hmac
from typing import TYPE_CHECKING, Any

from caretool.errors import StoreError

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable
    from pathlib import Path

ROUNDS = 256_000
SALT_BYTES, KEY_BYTES = 16, 32
CIPHER = "4"  # SQLCipher's version of the format, also for later SQLCiphers


def engine() -> Any:  # noqa: ANN401 - a module with the interface of sqlite3
    """SQLCipher's own sqlite3. Raises StoreError where it is not installed."""
    try:
        from sqlcipher3 import dbapi2
    except ImportError as error:
        msg = "encrypted care files need SQLCipher, which is not installed here"
        raise StoreError(msg, "pip install 'caretool[encrypted]'", code="no-cipher") from error
    return dbapi2


def salt_of(path: Path) -> bytes:
    """The salt of an encrypted file."""
    with path.open("rb") as file:
        return file.read(SALT_BYTES)


def new_salt() -> bytes:
    """A salt for a file that is to be encrypted."""
    return os.urandom(SALT_BYTES)


@cache
def raw_key(passphrase: str, salt: bytes) -> str:
    """What SQLCipher's `PRAGMA key` is given: key and salt as hexadecimal digits."""
    key = pbkdf2_hmac("sha512", passphrase.encode(), salt, ROUNDS, KEY_BYTES)
    return f"x'{key.hex()}{salt.hex()}'"


def connect(
    path: Path,
    name: Path | str,
    unlock: Callable[[], str] | None,
    *,
    uri: bool,
    timeout: float,
) -> sqlite3.Connection:
    """A connection to an encrypted file, tried with its key.

    Raises StoreError without a passphrase, and for one that does not open it.
    """
    if unlock is None:
        msg = f"{path} is encrypted"
        raise StoreError(msg, "give its passphrase", code="encrypted")
    cipher = engine()
    key = raw_key(unlock(), salt_of(path))
    connection: sqlite3.Connection = cipher.connect(name, uri=uri, timeout=timeout)
    use_key(connection, key)
    try:
        connection.execute("SELECT 1 FROM sqlite_master")
    except cipher.DatabaseError as error:
        if "not a database" not in str(error):
            return connection  # in use, or in a read-only folder: for whoever asked to judge
        connection.close()
        msg = f"wrong passphrase for {path}, or it is not a care file"
        raise StoreError(msg, "try again; nothing was changed", code="passphrase") from error
    return connection


def use_key(connection: sqlite3.Connection, key: str) -> None:
    """Give a fresh connection its key, with SQLCipher's own messages off: the code tells."""
    connection.execute("PRAGMA cipher_log_level = NONE")
    connection.execute(f'PRAGMA key = "{key}"')
    connection.execute(f"PRAGMA cipher_compatibility = {CIPHER}")
