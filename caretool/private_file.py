"""Write a file for its owner's eyes alone, whole or not at all."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from caretool.errors import RefusedError

if TYPE_CHECKING:
    from pathlib import Path


def write(path: Path, text: str, care_path: Path, *, force: bool) -> None:
    """Write a text that only its owner may read; what is there stays whole until the new one is.

    Raises RefusedError: something is there and `force` does not say to write over it (never over
    the care file, a folder or a device), or the place cannot be written to.
    """
    try:
        if path.exists() and (
            not path.is_file() or (care_path.exists() and path.samefile(care_path)) or not force
        ):
            msg = f"{path} is there already"
            hint = "say another FILE, or --force to write over it"
            if not path.is_file() or force:
                hint = "say another FILE"
            raise RefusedError(msg, hint, code="exists")
        draft = path.with_name(f"{path.name}.{os.getpid()}.new")
        try:
            handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(handle, "w", encoding="utf-8", newline="") as out:
                out.write(text)
            draft.replace(path)
        finally:
            draft.unlink(missing_ok=True)
    except OSError as error:
        msg = f"{path} cannot be written: {error.strerror}"
        raise RefusedError(msg, "name a place that you may write to", code="read-only") from error
