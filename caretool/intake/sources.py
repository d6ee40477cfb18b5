"""What an import is given: a file or standard input, and the name of who sent it."""

from __future__ import annotations

import re
import sys
from contextlib import suppress
from datetime import date, datetime
from pathlib import Path
from typing import NamedTuple

from caretool import dates
from caretool.errors import FileError
from caretool.intake.blobs import MAX_PIPE
from caretool.model import PRACTICE
from caretool.names import fold

# What changes from one morning to the next in a file's name: dates, times, counters, copies.
_CHANGING = re.compile(r"\(\d+\)|\d+|[\W_]+(?=[\W_])")
_DAY_IN_NAME = re.compile(
    r"(?<!\d)(?:\d{4}([-_.]?)\d\d\1\d\d|\d\d([-_.]?)\d\d\2\d{4})(?!\d)", re.ASCII
)
_ENDS = " ._-()"
REJECTS = ".rejects"


class Source(NamedTuple):
    """One thing to import: how messages call it, where its bytes are, who sent it."""

    name: str
    content: Path | bytes
    sender: str

    @property
    def stem(self) -> str:
        """What to call lists of this kind: the sender, or the file's name if the sender is ours."""
        return sender_from(self.name) if self.sender == PRACTICE else self.sender

    def day(self, titled: date | None, latest: date | None, today: date) -> date | None:
        """The day of which the list says that it is its own: in its name, or above the headings."""
        return dated(self.name, not_before=latest, today=today) or titled

    def told_at(self, titled: date | None, latest: date | None, today: date) -> str:
        """The moment for which a list stands whose rows do not say when they were written.

        It is the end of the day in the file's name, if that can be, else of the day that is named
        above the headings; of two lists of one day the one counts that was saved later. Without
        such a day it is the moment at which the file was saved. None of this depends on when a
        file is imported; what is piped in is as of now.

        Args:
            titled: the last day that is named above the headings.
            latest: the last day on which anything in the list happened.
            today: no list is from later.
        """
        now = dates.now()
        saved = now
        if isinstance(self.content, Path):
            with suppress(OSError):  # gone meanwhile, as whoever reads it next will say
                saved = datetime.fromtimestamp(self.content.stat().st_mtime_ns / 1e9, now.tzinfo)
        day = self.day(titled, latest, today)
        if day is None:
            return f"{saved:%Y-%m-%dT%H:%M:%S.%f}"
        return f"{day.isoformat()}T24:00 {saved:%Y-%m-%dT%H:%M:%S.%f}"


def open_source(given: str, sender: str | None = None) -> Source:
    """The file of that name, or standard input for `-`.

    Without a `sender`, the file's name without what changes daily stands for it, so that
    `epic_daily_20261116.csv` and `epic_daily_20261117.csv` come from one: `epic_daily`.

    Raises:
        FileError: standard input is a terminal, so nothing would ever come; or it does not end.
    """
    sender = None if sender is None else " ".join(sender.split())
    if sender and fold(sender) == PRACTICE:
        sender = PRACTICE
    if given == "-":
        if sys.stdin is None or sys.stdin.isatty():
            msg = "standard input is a terminal, not a file"
            raise FileError(msg, "caretool import-discharges - < list.csv")
        data = sys.stdin.buffer.read(MAX_PIPE + 1)
        if len(data) > MAX_PIPE:
            msg = f"standard input is longer than {MAX_PIPE >> 20} MB"
            raise FileError(msg, "write it to a file first")
        return Source("standard input", data, sender or "stdin")
    path = Path(given)
    return Source(path.name or given, path, sender or sender_from(path.name))


def dated(file_name: str, *, not_before: date | None, today: date) -> date | None:
    """The day in a file's name (`epic_20261116.csv`, `2026-11-16`, `11162026`), if it can be it."""
    for match in _DAY_IN_NAME.finditer(file_name):
        figures = re.sub(r"\D", "", match[0])
        for form in ("%Y%m%d", "%m%d%Y"):
            try:
                day = datetime.strptime(figures, form).date()  # noqa: DTZ007 - a day, no moment
            except ValueError:
                continue
            if (not_before or date.min) <= day <= today:
                return day
    return None


def sender_from(file_name: str) -> str:
    """Who sent a file of that name, as far as the name tells."""
    stem = file_name.split(".")[0] if file_name.startswith(".") else Path(file_name).stem
    stem = re.sub(rf"{re.escape(REJECTS)}(-\d+)?$", "", stem)
    kept = _CHANGING.sub(" ", stem).strip(_ENDS)
    return re.sub(r"[\s_]+", "_", kept).strip(_ENDS).lower() or "file"
