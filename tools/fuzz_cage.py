"""Keeps a hostile case in its folder: whatever would be written elsewhere is refused.

A case may say `--force /dev/zero`, and a fuzzer may be run by somebody who may do that. Python
tells its audit hooks before it opens, makes, renames or removes anything; this one says no to all
that lies outside, as the system does to a user who has no right to it. SQLite opens files by
itself: it makes none that caretool has not made before.
"""

from __future__ import annotations

import errno
import os
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
_CHANGING = {
    "os.rename": 2, "os.link": 2, "os.symlink": 2, "os.remove": 1, "os.rmdir": 1, "os.mkdir": 1,
    "os.truncate": 1, "os.chmod": 1, "os.chown": 1, "os.utime": 1, "shutil.rmtree": 1,
}  # fmt: skip
_inside: list[Path] = []
"""The folder of the case that is being run; none between cases."""
_hooked: list[bool] = []


@contextmanager
def caged(folder: Path) -> Iterator[None]:
    """While this lasts, nothing outside of `folder` is written, and nothing there is lost."""
    if not _hooked:
        sys.addaudithook(_look)
        _hooked.append(True)
    _inside.append(folder.resolve())
    try:
        yield
    finally:
        _inside.pop()


def _look(event: str, args: tuple[Any, ...]) -> None:
    if not _inside:
        return
    if event == "open":
        writes = isinstance(args[2], int) and args[2] & _WRITING
        touched: tuple[Any, ...] = args[:1] if writes and args[0] != os.devnull else ()
    else:
        touched = args[: _CHANGING.get(event, 0)]
    for one in touched:
        if isinstance(one, int) or one is None:
            continue  # what is open already
        path = Path(os.fsdecode(one))
        # A link is itself renamed or removed, so only its folder is followed
        path = path.resolve() if event == "open" else path.absolute().parent.resolve()
        if not path.is_relative_to(_inside[-1]):
            raise OSError(errno.EACCES, os.strerror(errno.EACCES), one)
