"""The lists that `due-today` has shown: when, in which order, under which rules and options.

`db.note_shown` keeps them. A list belongs to the day that it was about, which is the day on which
it was shown unless `--as-of` said another.
"""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    import sqlite3

    from caretool.db import CareFile


class Showing(NamedTuple):
    """One list as it was shown, and where a patient stood on it."""

    day: date
    """The day that the list was about."""
    at: datetime
    """When it was shown, in the local time of then."""
    place: int | None
    """The patient's place, from 1; None when she was not on it."""
    listed: int
    asked: dict[str, Any]
    """The options that cut it: `days`, `tier`, `kind`, `top`."""
    rules: str
    version: str
    user: str


def days(db: CareFile, until: date, number: int) -> list[date]:
    """The last days up to `until` for which lists were shown, the latest first."""
    rows = db.rows(
        "SELECT DISTINCT as_of FROM shown WHERE as_of <= ? ORDER BY as_of DESC LIMIT ?",
        (until.isoformat(), number),
    )
    return [date.fromisoformat(row["as_of"]) for row in rows]


def of_day(db: CareFile, day: date, patient_id: int) -> list[Showing]:
    """Every list that was shown of a day, in the order in which they were shown."""
    rows = db.rows(
        "SELECT s.*, json_array_length(s.patients) AS listed,"
        " (SELECT min(key) FROM json_each(s.patients) WHERE value = :patient) AS place"
        " FROM shown s WHERE s.as_of = :day ORDER BY s.at_utc, s.id",
        {"day": day.isoformat(), "patient": patient_id},
    )
    return [_showing(row) for row in rows]


def _showing(row: sqlite3.Row) -> Showing:
    at = datetime.fromisoformat(row["at_utc"]).replace(tzinfo=UTC)
    place = row["place"]
    return Showing(
        date.fromisoformat(row["as_of"]),
        at.astimezone(timezone(timedelta(minutes=row["utc_offset"]))),
        None if place is None else place + 1,
        row["listed"],
        json.loads(row["asked"]),
        row["rules"],
        row["version"],
        row["user"],
    )
