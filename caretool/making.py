"""How a new care file comes to be: private from its first byte, and under its name only when whole.

Two commands that make the same file at the same time wait for each other; neither replaces what
came there meanwhile.
"""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING

from caretool.errors import RefusedError, StoreError
from caretool.trouble import LOCK_SECONDS, exists

if TYPE_CHECKING:
    from pathlib import Path

_STEP_SECONDS = 0.02


def create_private(path: Path, named: Path | None = None) -> None:
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


def draft(path: Path) -> Path | None:
    """The file in which this command, and no other, makes a new care file.

    None when another command has made it meanwhile. The draft is the lock between them: whoever
    finds one waits until it has become the care file, or is gone because its command failed.
    """
    if path.is_symlink():
        msg = f"{path} is a link to a file that is not there"
        raise StoreError(msg, "connect its disk, or say another --db", code="no-care-file")
    made = path.with_name(f"{path.name}.new")
    for _ in range(max(1, round(LOCK_SECONDS / _STEP_SECONDS))):
        try:
            create_private(made, path)
        except RefusedError as error:
            if not isinstance(error.__cause__, FileExistsError):
                raise
            time.sleep(_STEP_SECONDS)
        else:
            if not exists(path):
                return made
            made.unlink()
            return None
    msg = f"another command is making {path}"
    raise StoreError(msg, f"wait for it; if none is at work, delete {made}", code="locked")


def name(draft: Path, path: Path) -> None:
    """Give a finished new file its name; what came there by other ways is never replaced."""
    try:
        path.hardlink_to(draft)
    except FileExistsError as error:
        msg = f"{path} was made by another program meanwhile; nothing was kept here"
        raise StoreError(msg, "look what it is, or say another --db", code="locked") from error
    except OSError:  # a disk without hard links, such as a memory stick
        draft.rename(path)


def place(path: Path) -> tuple[int, int] | None:
    """Which file has this name now: another one once a backup was restored."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino


def side_files(path: Path) -> tuple[Path, ...]:
    """Where SQLite keeps what belongs to a file but is not in it yet."""
    return tuple(path.with_name(path.name + ending) for ending in ("-wal", "-shm", "-journal"))


def reads_aside(path: Path) -> tuple[Path, Path]:
    """Where it is kept who saw what while the file was locked; and that while it is taken in."""
    return path.with_name(f"{path.name}.seen"), path.with_name(f"{path.name}.seen.taken")
