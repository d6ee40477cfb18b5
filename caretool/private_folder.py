"""Make a folder for its owner's eyes alone, whole or not at all."""

from __future__ import annotations

import os
import shutil
from contextlib import contextmanager
from typing import TYPE_CHECKING

from caretool.errors import RefusedError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@contextmanager
def made(folder: Path) -> Iterator[Path]:
    """An empty folder to be filled, which gets its name once everything in it is on the disk.

    Raises RefusedError: something is in `folder` already, or it cannot be written to.
    """
    try:
        _must_be_free(folder)
        place = folder.resolve()
        draft = place.with_name(f"{place.name}.{os.getpid()}.new")
        draft.mkdir(mode=0o700)
        try:
            yield draft
            for file in draft.iterdir():
                _keep(file)
            if os.name == "nt" and place.exists():  # Windows renames to what is not there only
                place.rmdir()
            draft.rename(place)
        finally:
            shutil.rmtree(draft, ignore_errors=True)
    except OSError as error:
        msg = f"{folder} cannot be written: {error.strerror}"
        hint = "name a new folder in a place that you may write to and that has room"
        raise RefusedError(msg, hint, code="read-only") from error


def _must_be_free(folder: Path) -> None:
    if not os.path.lexists(folder) or (folder.is_dir() and not any(folder.iterdir())):
        return
    what = "is not empty" if folder.is_dir() else "is there already"
    msg = f"{folder} {what}"
    raise RefusedError(msg, "name a folder that is not there yet", code="exists")


def _keep(file: Path) -> None:
    """Make a file its owner's alone, and see that it is on the disk and not only on its way."""
    file.chmod(0o600)
    with file.open("rb+") as written:
        os.fsync(written.fileno())
