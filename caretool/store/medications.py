"""The lists of medicines: what a patient takes, since when, until when and why; reconciliations.

An entry is never changed: another dose is a new entry in the place of the old one, which is stopped
on that day. Whatever is stopped stays on file with the reason.
"""

from __future__ import annotations

import json
from datetime import date
from typing import TYPE_CHECKING, NamedTuple

from caretool.errors import InputError
from caretool.medicines import Medication

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable, Iterator, Sequence

    from caretool.db import CareFile


class Reconciled(NamedTuple):
    """One reconciliation: when, after which stay, how many medicines were decided how."""

    number: int
    on: date
    stay_id: int | None
    counts: dict[str, int]

    @property
    def id(self) -> str:
        """The id that people say."""
        return f"MR{self.number}"


def add(
    db: CareFile,
    patient_id: int,
    *,
    on: date,
    name: str,
    dose: str | None = None,
    times_per_day: str | None = None,
    drug_class: str | None = None,
    atc: str | None = None,
    started_on: date | None = None,
    prescriber: str | None = None,
    replaces: int | None = None,
) -> int:
    """Put a medicine on a patient's list and return the number of its id."""
    return db.insert(
        "medications",
        patient_id=patient_id,
        on_date=on.isoformat(),
        name=name,
        dose=dose,
        times_per_day=times_per_day,
        drug_class=drug_class,
        atc=atc,
        started_on=None if started_on is None else started_on.isoformat(),
        prescriber=prescriber,
        replaces_id=replaces,
    )


def stop(db: CareFile, one: Medication, on: date, why: str) -> None:
    """Note that a medicine was stopped on that day.

    It may be a day before it was noted, or one before its start where that never came. Raises
    InputError for a day before both, or when it is stopped already.
    """
    if one.stopped_on is not None:
        msg = f"{one.id} was stopped on {one.stopped_on.isoformat()} already"
        raise InputError(msg, "if it is taken again: caretool add-medication puts it on the list")
    first = min(one.started_on or on, one.noted_on)
    if on < first:
        msg = f"{one.id} is on the list since {first.isoformat()}, after {on.isoformat()}"
        raise InputError(msg, "leave --on away, or say a day from then on")
    db.execute(
        "UPDATE medications SET stopped_on = ?, stop_reason = ?, stopped_by = ? WHERE id = ?",
        (on.isoformat(), why, db.command_id, one.medication_id),
    )


def of_patient(db: CareFile, patient_id: int, today: date) -> list[Medication]:
    """Everything noted by that day in the order of entry; what is stopped later is not yet."""
    rows = db.rows(
        "SELECT * FROM medications WHERE patient_id = ? AND on_date <= ? ORDER BY id",
        (patient_id, today.isoformat()),
    )
    return [_medication(row, today) for row in rows]


def active(db: CareFile, patient_id: int, today: date) -> list[Medication]:
    """What is on a patient's list on that day, also what is to begin later."""
    return [one for one in of_patient(db, patient_id, today) if one.stopped_on is None]


def taken_by(
    db: CareFile, ids: Iterable[int] | None, today: date
) -> Iterator[tuple[int, Medication]]:
    """What has begun and is not stopped on that day, with whose it is; of everybody without ids."""
    only = "" if ids is None else " AND patient_id IN (SELECT value FROM json_each(:ids))"
    rows = db.stream(
        "SELECT * FROM medications WHERE on_date <= :today AND COALESCE(started_on, '') <= :today"
        " AND (stopped_on IS NULL OR stopped_on > :today) AND patient_id NOT IN"
        f" (SELECT merged_id FROM merges WHERE undone_on IS NULL){only} ORDER BY patient_id, id",
        {"today": today.isoformat(), "ids": json.dumps(sorted(ids or ()))},
    )
    return ((row["patient_id"], _medication(row, today)) for row in rows)


def reconcile(db: CareFile, patient_id: int, *, on: date, stay_id: int | None) -> int:
    """Note that the medicines were gone through, and return the number of it."""
    return db.insert(
        "reconciliations", patient_id=patient_id, stay_id=stay_id, on_date=on.isoformat()
    )


def add_line(
    db: CareFile,
    reconciliation_id: int,
    medication_id: int,
    *,
    lists: Sequence[str | None],
    decision: str,
    reason: str | None,
) -> None:
    """Note what three lists said of one medicine (before, discharge, taken), and the decision."""
    before, discharge, taken = lists
    db.insert(
        "reconciliation_lines",
        reconciliation_id=reconciliation_id,
        medication_id=medication_id,
        before=before,
        discharge=discharge,
        taken=taken,
        decision=decision,
        reason=reason,
    )


def last_reconciliation(db: CareFile, patient_id: int, today: date) -> Reconciled | None:
    """The last time up to that day that the medicines were gone through."""
    row = db.row(
        "SELECT * FROM reconciliations WHERE patient_id = ? AND on_date <= ?"
        " ORDER BY on_date DESC, id DESC LIMIT 1",
        (patient_id, today.isoformat()),
    )
    if row is None:
        return None
    counts = db.rows(
        "SELECT decision, count(*) AS many FROM reconciliation_lines"
        " WHERE reconciliation_id = ? GROUP BY decision ORDER BY decision",
        (row["id"],),
    )
    return Reconciled(
        row["id"],
        date.fromisoformat(row["on_date"]),
        row["stay_id"],
        {one["decision"]: one["many"] for one in counts},
    )


def _medication(row: sqlite3.Row, today: date) -> Medication:
    stopped = _day(row["stopped_on"])
    ended = stopped is not None and stopped <= today
    return Medication(
        row["id"],
        date.fromisoformat(row["on_date"]),
        row["name"],
        row["dose"],
        row["times_per_day"],
        row["drug_class"],
        row["atc"],
        _day(row["started_on"]),
        row["prescriber"],
        row["replaces_id"],
        stopped if ended else None,
        row["stop_reason"] if ended else None,
    )


def _day(text: str | None) -> date | None:
    return None if text is None else date.fromisoformat(text)
