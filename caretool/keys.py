"""Encrypted care files: SQLCipher 4 as it comes, so that its own shell opens them too.

The key is derived as SQLCipher does it (PBKDF2 with HMAC-SHA512, 256,000 rounds, the salt in the
file's first 16 bytes), but here, once a run: each connection of it would otherwise take that time
again. Source: SQLCipher's design page, "Key Derivation" and "Raw Key Data with Explicit Salt".
"""

from __future__ import annotations

import os
import unicodedata
from functools import cache
from hashlib import pbkdf2_hmac
from typing import TYPE_CHECKING, Any

from caretool import making
from caretool.errors import StoreError

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable
    from pathlib import Path

ROUNDS = 256_000
SALT_BYTES, KEY_BYTES = 16, 32
PAGE_BYTES = 4096
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
    """What SQLCipher's `PRAGMA key` is given: key and salt as hexadecimal digits.

    An accented letter is one character, also where a keyboard or a file has it as two (Unicode's
    NFC): NIST SP 800-63B-4, 3.1.1.2, asks for one form.
    """
    secret = unicodedata.normalize("NFC", passphrase).encode()
    key = pbkdf2_hmac("sha512", secret, salt, ROUNDS, KEY_BYTES)
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

    Raises StoreError without a passphrase, for one that does not open it, and before it asks for
    one for a file that has lost its end or is a picture or the like.
    """
    key = _key_of(path, unlock)
    cipher = engine()
    if not uri:
        _try_first(path, unlock, timeout)
    connection: sqlite3.Connection = cipher.connect(name, uri=uri, timeout=timeout)
    use_key(connection, key)
    try:
        connection.execute("SELECT 1 FROM sqlite_master")
    except cipher.DatabaseError as error:
        if "not a database" not in str(error):
            return connection  # in use, or in a read-only folder: for whoever asked to judge
        connection.close()
        raise _wrong(path) from error
    return connection


def _try_first(path: Path, unlock: Callable[[], str] | None, timeout: float) -> None:
    """Try the key where a log lies beside the file, by looking only.

    With a wrong one SQLite would still take the log in, and remove it.
    """
    if os.path.lexists(making.side_files(path)[0]):
        name = f"{path.absolute().as_uri()}?mode=ro"
        connect(path, name, unlock, uri=True, timeout=timeout).close()


def _key_of(path: Path, unlock: Callable[[], str] | None) -> str:
    if path.stat().st_size % PAGE_BYTES and not any(map(os.path.lexists, making.side_files(path))):
        msg = f"{path} is cut off, or it is not a care file"
        hint = "keep a copy of it as it is, then restore a backup"
        raise StoreError(msg, hint, code="damaged")
    if unlock is None:
        msg = f"{path} is encrypted"
        raise StoreError(msg, "give its passphrase", code="encrypted")
    engine()  # before anybody types a passphrase in vain
    return raw_key(unlock(), salt_of(path))


def _wrong(path: Path) -> StoreError:
    msg = f"wrong passphrase for {path}, or it is not a care file"
    return StoreError(msg, "try again; nothing was changed", code="passphrase")


def connect_alone(
    path: Path, unlock: Callable[[], str] | None, *, timeout: float
) -> sqlite3.Connection:
    """SQLCipher's connection to a file that nobody else reads or writes until it is closed.

    With `unlock` for an encrypted file, without for a plain one.

    Raises StoreError as `connect` does; SQLite's own error when others keep the file in use.
    """
    key = None if unlock is None else _key_of(path, unlock)
    cipher = engine()
    if key is not None:
        _try_first(path, unlock, timeout)
    connection: sqlite3.Connection = cipher.connect(path, timeout=timeout)
    try:
        if key is None:
            connection.execute("PRAGMA cipher_log_level = NONE")
        else:
            use_key(connection, key)
        # Said before the file is looked at: else SQLite makes a side file to share the log with
        connection.execute("PRAGMA locking_mode = EXCLUSIVE")
        connection.execute("BEGIN EXCLUSIVE")
        connection.execute("COMMIT")  # the lock stays, by the locking mode
    except cipher.DatabaseError as error:
        connection.close()
        if key is not None and "not a database" in str(error):
            raise _wrong(path) from error
        raise
    return connection


def connect_copy(
    path: Path, source: sqlite3.Connection, unlock: Callable[[], str] | None
) -> sqlite3.Connection:
    """A connection to an empty file that is to become a copy of an open encrypted one.

    The salt is asked of SQLCipher: whoever opens and closes an SQLite file beside SQLite gives up
    the locks that this process has on it.
    """
    assert unlock is not None  # noqa: S101 - it opened the source
    (salt,) = source.execute("PRAGMA cipher_salt").fetchone()
    connection: sqlite3.Connection = engine().connect(path)
    use_key(connection, raw_key(unlock(), bytes.fromhex(salt)))
    return connection


def use_key(connection: sqlite3.Connection, key: str) -> None:
    """Give a fresh connection its key, with SQLCipher's own messages off: the code tells."""
    connection.execute("PRAGMA cipher_log_level = NONE")
    connection.execute(f'PRAGMA key = "{key}"')
    connection.execute(f"PRAGMA cipher_compatibility = {CIPHER}")
