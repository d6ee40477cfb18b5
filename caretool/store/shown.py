"""Who saw what: the patients that a reading command has shown, in their order; and the day's lists.

`db.note_shown` keeps a record of each. A list of `due-today` belongs to the day that it was about,
which is the day on which it was shown unless `--as-of` said another; and it is kept under which
rules and options it was made.
"""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    import sqlite3

    from caretool.db import CareFile


_ASIDE = "aside"  # by this mark a record that was kept beside a locked file is known again


class Read(NamedTuple):
    """One time that somebody was shown patients."""

    when: datetime
    """In the local time of then."""
    user: str
    command: str
    asked: str
    """What was typed after the command, without names and free text."""
    patients: tuple[int, ...]
    """The numbers of their ids, in the order in which they were shown."""
    place: int | None
    """Where the patient asked about stood among them, from 1; None when nobody was."""


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
        "SELECT DISTINCT as_of FROM shown WHERE command = 'due-today' AND as_of <= ?"
        " ORDER BY as_of DESC LIMIT ?",
        (until.isoformat(), number),
    )
    return [date.fromisoformat(row["as_of"]) for row in rows]


def of_day(db: CareFile, day: date, patient_id: int) -> list[Showing]:
    """Every list that was shown of a day, in the order in which they were shown."""
    rows = db.rows(
        "SELECT s.*, json_array_length(s.patients) AS listed,"
        " (SELECT min(key) FROM json_each(s.patients) WHERE value = :patient) AS place"
        " FROM shown s WHERE s.command = 'due-today' AND s.as_of = :day ORDER BY s.at_utc, s.id",
        {"day": day.isoformat(), "patient": patient_id},
    )
    return [_showing(row) for row in rows]


def reads(
    db: CareFile, patient_id: int | None = None, since: date | None = None, limit: int = -1
) -> list[Read]:
    """Who was shown this patient, or anybody; the newest first, from the local day `since` on.

    A negative limit is none.
    """
    rows = db.rows(
        "SELECT s.*, (SELECT min(key) FROM json_each(s.patients) WHERE value = :patient) AS place"
        " FROM shown s WHERE (:since IS NULL OR"
        "  date(substr(s.at_utc, 1, 19), s.utc_offset || ' minutes') >= :since)"
        # Only who has the digits of the id in it is looked through
        " AND (:patient IS NULL OR (instr(s.patients, :patient) > 0 AND EXISTS"
        "  (SELECT 1 FROM json_each(s.patients) WHERE value = :patient)))"
        " ORDER BY s.at_utc DESC, s.id DESC LIMIT :limit",
        {"patient": patient_id, "since": since and since.isoformat(), "limit": limit},
    )
    return [
        Read(
            _local(row),
            row["user"],
            row["command"],
            words(_asked(row)),
            tuple(json.loads(row["patients"])),
            None if row["place"] is None else row["place"] + 1,
        )
        for row in rows
    ]


def count_before(db: CareFile, day: date) -> int:
    """How many records of who saw what are from before a day (in UTC)."""
    count: int = db.value("SELECT count(*) FROM shown WHERE at_utc < ?", (day.isoformat(),))
    return count


def words(asked: dict[str, Any]) -> str:
    """What was asked for, as it is typed after the command."""
    if "asked" in asked:
        return str(asked["asked"])
    return " ".join(
        f"--{name}" if value is True else f"--{name} {value}" for name, value in asked.items()
    )


def _asked(row: sqlite3.Row) -> dict[str, Any]:
    asked: dict[str, Any] = json.loads(row["asked"])
    asked.pop(_ASIDE, None)
    return asked


def _local(row: sqlite3.Row) -> datetime:
    at = datetime.fromisoformat(row["at_utc"]).replace(tzinfo=UTC)
    return at.astimezone(timezone(timedelta(minutes=row["utc_offset"])))


def _showing(row: sqlite3.Row) -> Showing:
    place = row["place"]
    return Showing(
        date.fromisoformat(row["as_of"]),
        _local(row),
        None if place is None else place + 1,
        row["listed"],
        _asked(row),
        row["rules"],
        row["version"],
        row["user"],
    )
