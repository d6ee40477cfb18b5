"""Scores: a LACE score for a stay, with its parts; the last one of a stay is the one that holds."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Mapping
    from datetime import date

    from caretool.db import CareFile


def add(
    db: CareFile,
    patient_id: int,
    stay_id: int,
    *,
    on: date,
    total: int,
    parts: Mapping[str, Any],
) -> int:
    """Keep a score that was worked out on a day and return its number; earlier ones stay."""
    return db.insert(
        "scores",
        patient_id=patient_id,
        stay_id=stay_id,
        on_date=on.isoformat(),
        name="LACE",
        total=total,
        parts=json.dumps(parts),
    )


def last(db: CareFile, patient_id: int, stay_id: int) -> sqlite3.Row | None:
    """The score of a stay that holds; None when it has none."""
    return db.row(
        "SELECT * FROM scores WHERE patient_id = ? AND stay_id = ? ORDER BY on_date DESC, id DESC",
        (patient_id, stay_id),
    )
