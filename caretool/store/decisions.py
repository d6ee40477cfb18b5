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


def _text(day: date | None) -> str | None:
    return None if day is None else day.isoformat()
