"""Referrals: a provider suggests a patient for care management."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import date

    from caretool.db import CareFile


def add(db: CareFile, patient_id: int, on: date, by: str | None) -> int:
    """Note a referral of that day and return the number of its id."""
    return db.insert("referrals", patient_id=patient_id, on_date=on.isoformat(), referred_by=by)
