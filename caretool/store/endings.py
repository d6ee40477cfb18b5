"""Whose care may have ended: few, so that only their plans need be worked out to know."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import date

    from caretool.db import CareFile
    from caretool.protocols import Protocols


def maybe_ended(db: CareFile, protocols: Protocols, today: date) -> frozenset[int]:
    """Everybody with a fact up to `today` that can end care: a closing, a contact, a death."""
    outcomes = [one.code for one in protocols.outcomes.values() if one.closes]
    died = [one.code for one in protocols.dispositions.values() if one.transition == "never"]
    rows = db.stream(
        "SELECT patient_id FROM statuses WHERE status = 'closed' AND on_date <= :today"
        " UNION SELECT patient_id FROM contacts WHERE voided_by IS NULL AND on_date <= :today"
        "   AND outcome IN (SELECT value FROM json_each(:outcomes))"
        " UNION SELECT patient_id FROM stays WHERE patient_id IS NOT NULL AND cancelled = 0 AND"
        "   (died_on <= :today OR disposition IN (SELECT value FROM json_each(:died)))",
        {
            "today": today.isoformat(),
            "outcomes": json.dumps(outcomes),
            "died": json.dumps(died),
        },
    )
    return frozenset(row[0] for row in rows)
