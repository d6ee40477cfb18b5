"""Who may be outside of a measure: by age, by a condition on file. Few of a panel."""

from __future__ import annotations

import json
from datetime import date
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from caretool.db import CareFile


def born_since(db: CareFile, day: date) -> dict[int, date]:
    """The birth dates of everybody born on that day or later."""
    query = "SELECT id, birth_date FROM patients WHERE birth_date >= ?"
    return {who: date.fromisoformat(on) for who, on in db.stream(query, (day.isoformat(),))}


def with_conditions(db: CareFile, codes: Iterable[str], on: date) -> dict[int, frozenset[str]]:
    """Who has any of these conditions on file by that day, and which of them."""
    found: dict[int, set[str]] = {}
    for patient_id, code in db.stream(
        "SELECT patient_id, code FROM json_each(?) j CROSS JOIN conditions c ON c.code = j.value"
        " WHERE COALESCE(on_date, '') <= ?",
        (json.dumps(sorted(codes)), on.isoformat()),
    ):
        found.setdefault(patient_id, set()).add(code)
    return {who: frozenset(several) for who, several in found.items()}
