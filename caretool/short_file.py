"""Read a text file that somebody wrote by hand: rules, a layout, a note."""

from __future__ import annotations

import errno
import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

LONGEST = 1 << 20
"""Characters. Nobody writes as many by hand, and a device such as /dev/zero never ends."""
_NO_WAIT = getattr(os, "O_NONBLOCK", 0)  # Windows knows none


def read_short(path: Path) -> str:
    """The text of a file in UTF-8, without the mark with which some editors begin it.

    Raises:
        OSError: it cannot be read, or is longer than `LONGEST`.
        UnicodeDecodeError: it is not UTF-8.
    """
    with open(path, encoding="utf-8-sig", opener=_at_once) as file:
        if _NO_WAIT:
            os.set_blocking(file.fileno(), True)
        text = file.read(LONGEST + 1)
    if len(text) > LONGEST:
        raise OSError(errno.EFBIG, os.strerror(errno.EFBIG), str(path))
    return text


def _at_once(path: str, flags: int) -> int:
    """Opened without waiting: a pipe that nobody writes to is empty instead of a wait for ever."""
    return os.open(path, flags | _NO_WAIT)
