"""The ids of patients, without anything else about them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import date

    from caretool.db import CareFile


def beginning(db: CareFile, digits: str, today: date, most: int) -> list[int]:
    """The numbers of patients that begin with these digits: the active ones first, by number.

    Who was merged into somebody else is left out. Active is who has that status today.
    """
    values = {"like": f"{digits}%", "today": today.isoformat(), "most": most}
    active = db.rows(
        "SELECT p.id FROM statuses s JOIN patients p ON p.id = s.patient_id"
        " WHERE s.status = 'active' AND s.on_date <= :today AND p.merged_into IS NULL"
        " AND p.id LIKE :like AND NOT EXISTS ("
        "  SELECT 1 FROM statuses t WHERE t.patient_id = s.patient_id AND t.on_date <= :today"
        "  AND (t.on_date, t.id) > (s.on_date, s.id))"
        " ORDER BY p.id LIMIT :most",
        values,
    )
    first = [row[0] for row in active]
    others = db.rows(
        "SELECT id FROM patients WHERE merged_into IS NULL AND id LIKE :like"
        " AND id NOT IN (SELECT value FROM json_each(:first)) ORDER BY id LIMIT :left",
        {**values, "first": json.dumps(first), "left": most - len(first)},
    )
    return [*first, *(row[0] for row in others)]
