"""What an import is given: a file or standard input, and the name of who sent it."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import NamedTuple

from caretool.errors import FileError
from caretool.model import PRACTICE
from caretool.names import fold

# What changes from one morning to the next in a file's name: dates, times, counters, copies.
_CHANGING = re.compile(r"\(\d+\)|\d+|[\W_]+(?=[\W_])")
_ENDS = " ._-()"
REJECTS = ".rejects"


class Source(NamedTuple):
    """One thing to import: how messages call it, where its bytes are, who sent it."""

    name: str
    content: Path | bytes
    sender: str


def open_source(given: str, sender: str | None = None) -> Source:
    """The file of that name, or standard input for `-`.

    Without a `sender`, the file's name without what changes daily stands for it, so that
    `epic_daily_20261116.csv` and `epic_daily_20261117.csv` come from one: `epic_daily`.

    Raises:
        FileError: standard input is a terminal, so nothing would ever come.
    """
    if sender is not None and fold(sender) == PRACTICE:
        sender = PRACTICE
    if given == "-":
        if sys.stdin is None or sys.stdin.isatty():
            msg = "standard input is a terminal, not a file"
            raise FileError(msg, "caretool import-discharges - < list.csv")
        return Source("standard input", sys.stdin.buffer.read(), sender or "stdin")
    path = Path(given)
    return Source(path.name or given, path, sender or sender_from(path.name))


def sender_from(file_name: str) -> str:
    """Who sent a file of that name, as far as the name tells."""
    stem = file_name.split(".")[0] if file_name.startswith(".") else Path(file_name).stem
    stem = re.sub(rf"{re.escape(REJECTS)}(-\d+)?$", "", stem)
    kept = _CHANGING.sub(" ", stem).strip(_ENDS)
    return re.sub(r"\s+", "_", kept).strip(_ENDS).lower() or "file"
