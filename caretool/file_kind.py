"""What lies at a place: something that may be a care file, plain or encrypted, or none."""

from __future__ import annotations

from typing import TYPE_CHECKING

from caretool.errors import StoreError
from caretool.trouble import exists

if TYPE_CHECKING:
    from pathlib import Path

_PLAIN_HEADER = b"SQLite format 3\0"
_A_SAMPLE, _RANDOM = 1024, 200


def must_be_file(path: Path, *, may_be_empty: bool = False) -> None:
    """Raises StoreError unless something that may be a care file is there."""
    if not exists(path):
        msg = f"no care file at {path}"
        hint = "start one with caretool add-patient or import-patients, or try caretool demo"
        raise StoreError(msg, hint, code="no-care-file")
    if path.is_dir():
        msg = f"{path} is a folder, not a care file"
        raise StoreError(msg, "name the file itself with --db", code="not-a-care-file")
    if not path.is_file():  # a pipe would keep her waiting for ever
        msg = f"{path} is not a file"
        raise StoreError(msg, "name the care file with --db", code="not-a-care-file")
    if not may_be_empty and not path.stat().st_size:  # SQLite would remove a log beside it
        msg = f"{path} is not a care file"
        hint = "it is empty; name the care file with --db, or caretool restore a backup"
        raise StoreError(msg, hint, code="not-a-care-file")


def is_plain(path: Path) -> bool:
    """Is it a file that begins as SQLite's plain files do?"""
    if not path.is_file() or path.is_symlink():
        return False
    with path.open("rb") as file:
        return file.read(len(_PLAIN_HEADER)) == _PLAIN_HEADER


def is_encrypted(path: Path) -> bool:
    """Does the file begin as no SQLite file and no text does, but as an encrypted one may?"""
    if not path.is_file():  # a pipe would keep her waiting for ever
        return False
    try:
        with path.open("rb") as file:
            start = file.read(len(_PLAIN_HEADER))
            if start == _PLAIN_HEADER or not start:
                return False
            start += file.read(_A_SAMPLE - len(start))
    except OSError:  # SQLite says what is wrong
        return False
    # 1024 random bytes show some 250 of the 256 there are, text some 100, a table of SQLite fewer
    return len(start) == _A_SAMPLE and len(set(start)) >= _RANDOM
