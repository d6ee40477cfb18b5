"""Who saw what while another command held the file: kept beside it until a command can write.

Whoever looks never waits: a record goes as one line to `care.db.seen`, which holds ids and no
names. The next writing command renames that file, takes its lines into its own transaction and
deletes it once that is kept. A crash in between leaves the renamed file; each line has a mark of
its own, by which the next writer tells the lines that were kept before. Locks on the two files
(where there are such) see to it that no line is written into a file that is being taken in.
"""

from __future__ import annotations

import json
import os
import re
import secrets
import stat
from contextlib import contextmanager
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from caretool import making

try:
    import fcntl
except ImportError:  # Windows, where a file that is open can be neither renamed nor deleted
    fcntl = None  # type: ignore[assignment]

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    from caretool.care_file import CareFile

MARK = "aside"
"""The name of a line's mark among what was asked, where `store/shown.py` leaves it out."""
COLUMNS = (
    "at_utc", "utc_offset", "user", "version", "rules", "as_of", "command", "asked", "patients",
)  # fmt: skip
_SAFE = (
    getattr(os, "O_NOFOLLOW", 0)
    | getattr(os, "O_NONBLOCK", 0)  # a pipe in its place would wait for a reader
    | getattr(os, "O_CLOEXEC", 0)
    | getattr(os, "O_BINARY", 0)
)
_TRIES = 3
_AT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:]{8}Z")


def add(path: Path, record: Mapping[str, Any]) -> bool:
    """Keep a record beside the file; False when that is not possible at once."""
    asked = {**json.loads(record["asked"]), MARK: secrets.token_hex(8)}
    line = json.dumps({**record, "asked": json.dumps(asked, ensure_ascii=False)})
    # Behind a line break of its own it is whole also after one that a full disk has cut
    data = f"\n{line}\n".encode()
    seen, _ = making.reads_aside(path)
    try:
        return any(_appended(seen, data) for _ in range(_TRIES))
    except OSError:
        return False


def _appended(seen: Path, data: bytes) -> bool:
    """Append to the file unless it is being taken in; the next try makes a new one."""
    file = os.open(seen, os.O_WRONLY | os.O_APPEND | os.O_CREAT | _SAFE, 0o600)
    try:
        if not _is_locked(file, exclusive=False):
            return False
        still_there = os.path.samestat(os.fstat(file), seen.stat())
        return still_there and os.write(file, data) == len(data)
    finally:
        os.close(file)


def _is_locked(file: int, *, exclusive: bool) -> bool:
    """Lock a plain file for as long as it is open, unless somebody else has it."""
    if not stat.S_ISREG(os.fstat(file).st_mode):
        return False
    if fcntl is not None:
        kind = fcntl.LOCK_EX if exclusive else fcntl.LOCK_SH
        try:
            fcntl.flock(file, kind | fcntl.LOCK_NB)
        except OSError:
            return False
    return True


@contextmanager
def taken_in(path: Path) -> Iterator[Callable[[CareFile], None]]:
    """Give what takes the lines into a transaction; delete their file when all went well.

    To be entered before the transaction begins and left when it is kept.
    """
    _, taken = making.reads_aside(path)
    files: list[int] = []

    def take(db: CareFile) -> None:
        file = _opened(path)
        if file is not None:
            files.append(file)
            _take(db, file)

    try:
        yield take
        if files:  # while it is locked, so that nobody else has it in hand
            taken.unlink(missing_ok=True)
    finally:
        for file in files:
            os.close(file)


def _opened(path: Path) -> int | None:
    """The file to take in, locked; one that a crash has left comes first. None without any."""
    seen, taken = making.reads_aside(path)
    try:
        if not os.path.lexists(taken):
            seen.rename(taken)
        file = os.open(taken, os.O_RDONLY | _SAFE)
    except OSError:
        return None
    if _is_locked(file, exclusive=True):
        return file
    os.close(file)
    return None


def _take(db: CareFile, file: int) -> None:
    with os.fdopen(file, "rb", closefd=False) as lines:
        records = [record for line in lines if (record := _record(line)) is not None]
    kept = {
        _mark(row["asked"])
        for row in db.stream("SELECT asked FROM shown WHERE instr(asked, ?)", (f'"{MARK}"',))
    }
    names, marks = ", ".join(COLUMNS), ", ".join(f":{name}" for name in COLUMNS)
    for record in records:
        if _mark(record["asked"]) not in kept:
            db.execute(f"INSERT INTO shown ({names}) VALUES ({marks})", record)


def _mark(asked: str) -> str | None:
    try:
        mark = json.loads(asked).get(MARK)
    except (ValueError, AttributeError):
        return None
    return mark if isinstance(mark, str) else None


def _record(line: bytes) -> dict[str, Any] | None:
    """What one line holds; None for a blank one, and for one that `add` has not written whole."""
    try:
        found = json.loads(line)
        texts = [found[name] for name in COLUMNS if name != "utc_offset"]
        "".join(texts).encode()
        patients = json.loads(found["patients"])
        date.fromisoformat(found["as_of"])
        datetime.fromisoformat(found["at_utc"])
        right = (
            type(found["utc_offset"]) is int
            and _AT.fullmatch(found["at_utc"])
            and _mark(found["asked"])
            and all(type(one) is int for one in patients)
        )
    except (ValueError, KeyError, TypeError, RecursionError):
        return None
    return {name: found[name] for name in COLUMNS} if right else None
