"""Decisions of the care manager: each a dated fact with its reason, never a change of another."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import date

    from caretool.db import CareFile
    from caretool.model import Decision


def add(
    db: CareFile,
    patient_id: int,
    decision: Decision,
    on: date,
    *,
    why: str | None = None,
    item: str | None = None,
    planned: date | None = None,
    to: date | None = None,
) -> int:
    """Note a decision and return its number.

    `item` and `planned` name the one due item that it is about: its rule's id and the date that the
    rule gave it. `to` is the day until which, or to which.
    """
    return db.insert(
        "decisions",
        patient_id=patient_id,
        on_date=on.isoformat(),
        decision=decision,
        item=item,
        planned=_text(planned),
        to_date=_text(to),
        reason=why,
    )


def without_calls(db: CareFile, today: date) -> frozenset[int]:
    """Who does not want to be called; the last word holds."""
    said = db.stream(
        "SELECT patient_id, decision FROM decisions WHERE decision IN ('no_calls', 'calls')"
        " AND on_date <= ? ORDER BY on_date, id",
        (today.isoformat(),),
    )
    last = {row[0]: row[1] for row in said}
    return frozenset(one for one, decision in last.items() if decision == "no_calls")


def ended_holds(db: CareFile, until: date) -> list[tuple[int, str]]:
    """Holds that ended up to a day, with no contact or attempt since: the patient, and their end.

    Only the last hold of a patient, unless it was lifted.
    """
    rows = db.rows(
        "SELECT d.patient_id, d.to_date FROM decisions d WHERE d.decision = 'hold'"
        " AND d.to_date <= :until AND NOT EXISTS (SELECT 1 FROM decisions e"
        "  WHERE e.patient_id = d.patient_id AND e.decision IN ('hold', 'lift')"
        "  AND (e.on_date, e.id) > (d.on_date, d.id))"
        " AND NOT EXISTS (SELECT 1 FROM contacts c WHERE c.patient_id = d.patient_id"
        "  AND c.voided_by IS NULL AND c.on_date >= d.to_date) ORDER BY d.to_date, d.patient_id",
        {"until": until.isoformat()},
    )
    return [(row["patient_id"], row["to_date"]) for row in rows]


def _text(day: date | None) -> str | None:
    return None if day is None else day.isoformat()
