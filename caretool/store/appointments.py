"""Appointments: visits that were arranged, on which day they were noted, and whether cancelled."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import sqlite3
    from datetime import date, time

    from caretool.db import CareFile


def add(
    db: CareFile,
    patient_id: int,
    *,
    noted_on: date,
    day: date,
    at: time | None,
    with_whom: str | None,
) -> int:
    """Note an appointment and return the number of its id."""
    return db.insert(
        "appointments",
        patient_id=patient_id,
        on_date=noted_on.isoformat(),
        day=day.isoformat(),
        at_time=None if at is None else at.strftime("%H:%M"),
        with_whom=with_whom,
    )


def coming(db: CareFile, patient_id: int, today: date) -> list[sqlite3.Row]:
    """A patient's appointments from today on that were not cancelled, the earliest first."""
    return db.rows(
        "SELECT * FROM appointments WHERE patient_id = ? AND day >= ? AND cancelled_on IS NULL"
        " ORDER BY day, id",
        (patient_id, today.isoformat()),
    )


def cancel(db: CareFile, appointment_id: int, on: date) -> None:
    """Note that an appointment was cancelled on that day; it stays on file."""
    db.execute(
        "UPDATE appointments SET cancelled_on = ? WHERE id = ?", (on.isoformat(), appointment_id)
    )
