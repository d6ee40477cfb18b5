"""Contacts: logging, reading, voiding; and what patients say of missed doses."""

from __future__ import annotations

from typing import TYPE_CHECKING

from caretool.errors import NotFoundError

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Sequence
    from datetime import date, time

    from caretool.db import CareFile


def add(
    db: CareFile,
    patient_id: int,
    *,
    on: date,
    at: time | None,
    outcome: str,
    channel: str,
    party: str,
    inbound: bool,
    minutes: int | None = None,
    note: str | None = None,
    next_on: date | None = None,
    next_why: str | None = None,
    topics: Sequence[str] = (),
    bad_number: str | None = None,
) -> int:
    """Log one contact and return the number of its id.

    `bad_number` is the key of the number that proved wrong by it; without one none is ruled out.
    """
    return db.insert(
        "contacts",
        patient_id=patient_id,
        on_date=on.isoformat(),
        at_time=None if at is None else at.strftime("%H:%M"),
        outcome=outcome,
        channel=channel,
        party=party,
        inbound=int(inbound),
        minutes=minutes,
        note=note,
        next_on=None if next_on is None else next_on.isoformat(),
        next_why=next_why,
        topics=" ".join(topics) or None,
        number_key=bad_number,
    )


def add_self_report(
    db: CareFile,
    contact_id: int,
    *,
    missed: int,
    days: int,
    medication: str | None,
    reasons: Sequence[str] = (),
) -> None:
    """Note on how many of the last `days` days the patient missed a dose, as they said it, and why.

    The reasons are codes of `rules/missed-doses.toml`.
    """
    db.insert(
        "self_reports",
        contact_id=contact_id,
        missed=missed,
        days=days,
        medication=medication,
        reasons=" ".join(reasons) or None,
    )


def of_patient(db: CareFile, patient_id: int, today: date) -> list[sqlite3.Row]:
    """A patient's contacts up to today, latest first; voided ones too, marked."""
    return db.rows(
        "SELECT * FROM contacts WHERE patient_id = ? AND on_date <= ?"
        " ORDER BY on_date DESC, at_time DESC, id DESC",
        (patient_id, today.isoformat()),
    )


def get(db: CareFile, contact_id: int) -> sqlite3.Row:
    """One contact. Raises NotFoundError."""
    row = db.row("SELECT * FROM contacts WHERE id = ?", (contact_id,))
    if row is None:
        msg = f"no contact C{contact_id}"
        raise NotFoundError(msg, "caretool show PATIENT lists a patient's contacts")
    return row


def void(db: CareFile, contact_id: int, reason: str) -> None:
    """Mark a contact as entered in error; the row and the reason stay."""
    db.execute(
        "UPDATE contacts SET voided_by = ?, void_reason = ? WHERE id = ?",
        (db.command_id, reason, contact_id),
    )


def self_reports(db: CareFile, patient_ids_json: str, start: date, end: date) -> list[sqlite3.Row]:
    """The missed doses that patients reported between two days, oldest first."""
    return db.rows(
        "SELECT c.patient_id, c.id AS contact_id, c.on_date, s.missed, s.days, s.medication,"
        " s.reasons"
        " FROM json_each(?) j CROSS JOIN contacts c ON c.patient_id = j.value"
        " JOIN self_reports s ON s.contact_id = c.id"
        " WHERE c.voided_by IS NULL AND c.on_date BETWEEN ? AND ?"
        " ORDER BY c.patient_id, c.on_date, c.id",
        (patient_ids_json, start.isoformat(), end.isoformat()),
    )
