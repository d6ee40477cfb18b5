"""The care manager's own days off."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

from caretool.errors import NotFoundError

if TYPE_CHECKING:
    import sqlite3

    from caretool.db import CareFile

_CURRENT = "SELECT * FROM days_off WHERE dropped_on IS NULL ORDER BY first_day, id"


def read(db: CareFile, today: date) -> dict[date, str]:
    """Every day off that was known on `today`, with what she said of it."""
    found: dict[date, str] = {}
    known = db.stream(
        "SELECT * FROM days_off WHERE COALESCE(on_date, '') <= :today"
        " AND (dropped_on IS NULL OR dropped_on > :today) ORDER BY first_day, id",
        {"today": today.isoformat()},
    )
    for row in known:
        day, last = date.fromisoformat(row["first_day"]), date.fromisoformat(row["last_day"])
        while day <= last:
            found[day] = f"your day off ({row['reason']})" if row["reason"] else "your day off"
            day += timedelta(days=1)
    return found


def current(db: CareFile) -> list[sqlite3.Row]:
    """The stretches of days off that were not dropped, the earliest first."""
    return db.rows(_CURRENT)


def add(db: CareFile, first: date, last: date, reason: str | None, on: date | None = None) -> int:
    """Note days off, both ends included, on a day; returns the number of the id."""
    return db.insert(
        "days_off",
        on_date=None if on is None else on.isoformat(),
        first_day=first.isoformat(),
        last_day=last.isoformat(),
        reason=reason,
    )


def drop(db: CareFile, number: int, on: date) -> sqlite3.Row:
    """Take days off back from a day on; they stay on file as dropped. Raises NotFoundError."""
    row = db.row("SELECT * FROM days_off WHERE id = ? AND dropped_on IS NULL", (number,))
    if row is None:
        msg = f"no days off {number}"
        raise NotFoundError(msg, "caretool away list shows them with their numbers")
    db.execute("UPDATE days_off SET dropped_on = ? WHERE id = ?", (on.isoformat(), number))
    return row
