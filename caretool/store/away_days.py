"""The days that patients spent in a facility, for adherence and refills."""

from __future__ import annotations

import json
from datetime import date
from typing import TYPE_CHECKING

from caretool import away

if TYPE_CHECKING:
    from collections.abc import Iterable

    from caretool.db import CareFile


def days(db: CareFile, ids: Iterable[int] | None, until: date) -> dict[int, list[tuple[int, int]]]:
    """The days in a facility up to a day (`away.span`), by patient; of everybody without ids.

    A stay of unknown admission is left out.
    """
    only = "" if ids is None else " AND patient_id IN (SELECT value FROM json_each(:ids))"
    found: dict[int, list[tuple[int, int]]] = {}
    for patient_id, admitted, discharged in db.stream(
        "SELECT patient_id, admitted_on, discharged_on FROM stays"
        " WHERE patient_id IS NOT NULL AND cancelled = 0 AND admitted_on <= :until"
        f" AND patient_class IN (SELECT value FROM json_each(:kinds)){only}"
        " ORDER BY patient_id, admitted_on, id",
        {
            "until": until.isoformat(),
            "kinds": json.dumps(away.kinds()),
            "ids": json.dumps(sorted(ids or ())),
        },
    ):
        out = None if discharged is None else date.fromisoformat(discharged)
        stay = away.span(date.fromisoformat(admitted), out, until)
        found.setdefault(patient_id, []).append(stay)
    return found
