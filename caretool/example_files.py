"""The example files: a practice of made-up people, moved to the day on which they are used.

They lie in `examples/` of a checkout, and inside the package once it is installed. Written as of
one Monday (`BASE`), so every date but the birth dates is moved by the same number of days and
stays in the form in which its file writes dates: a list then looks like one of this morning.
"""

from __future__ import annotations

import csv
import io
import re
from datetime import date, timedelta
from pathlib import Path

BASE = date(2026, 11, 23)
ENROLLED = timedelta(days=70)
"""So long before the day of the lists the roster was taken in."""
ROSTER, FILLS = "roster.csv", "fills.csv"
DISCHARGES = ("discharges-st-brigid.csv", "discharges-lakeside.csv")
CONTACTS = "contacts.csv"

_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_BIRTHS = frozenset({"Date of Birth", "DOB", "Birth Date"})
# The forms in which the files write dates: 2026-11-23, 11/23/2026 07:30, 23-Nov-2026
_FORMS = (
    (re.compile(r"(?P<year>\d{4})-(?P<month>\d\d)-(?P<day>\d\d)"), "{0:04}-{1:02}-{2}"),
    (re.compile(r"(?P<month>\d\d)/(?P<day>\d\d)/(?P<year>\d{4})(?= |$)"), "{1:02}/{2}/{0:04}"),
    (re.compile(r"(?P<day>\d\d)-(?P<month>[A-Z][a-z]{2})-(?P<year>\d{4})"), "{2}-{3}-{0:04}"),
)


def folder() -> Path:
    """Where the example files lie: in the installed package, else beside it in a checkout."""
    package = Path(__file__).parent
    installed = package / "examples"
    return installed if installed.is_dir() else package.parent / "examples"


def copy_to(target: Path, today: date) -> None:
    """Copy the files that a morning needs into `target`, with their dates moved to `today`."""
    for name in (ROSTER, FILLS, *DISCHARGES):
        (target / name).write_text(moved(name, today), encoding="utf-8", newline="")


def contacts(today: date) -> list[dict[str, str]]:
    """The calls so far, oldest first, with their dates moved to `today`."""
    return list(csv.DictReader(io.StringIO(moved(CONTACTS, today))))


def moved(name: str, today: date) -> str:
    """The text of one example file with every date but the birth dates moved."""
    text = (folder() / name).read_text(encoding="utf-8")
    delimiter = "|" if "|" in text.partition("\n")[0] else ","
    header, *rows = csv.reader(io.StringIO(text), delimiter=delimiter)
    births = {place for place, heading in enumerate(header) if heading in _BIRTHS}
    out = io.StringIO()
    writer = csv.writer(out, delimiter=delimiter, lineterminator="\n")
    writer.writerow(header)
    for row in rows:
        writer.writerow(
            cell if place in births else _moved(cell, today - BASE)
            for place, cell in enumerate(row)
        )
    return out.getvalue()


def _moved(cell: str, by: timedelta) -> str:
    """The cell with the date at its start moved; a 32nd stays a 32nd, of the month it falls in."""
    for pattern, form in _FORMS:
        if match := pattern.match(cell):
            found = match.groupdict()
            named = found["month"] in _MONTHS
            month = _MONTHS.index(found["month"]) + 1 if named else int(found["month"])
            day = found["day"]
            try:
                to = date(int(found["year"]), month, int(day)) + by
                day = f"{to.day:02}"
            except ValueError:
                to = date(int(found["year"]), month, 1) + by
            written = form.format(to.year, to.month, day, _MONTHS[to.month - 1])
            return written + cell[match.end() :]
    return cell
