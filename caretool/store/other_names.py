"""Other names of patients: from before or after a marriage, as a list spells it, of a duplicate.

They find a patient in searches and in lists; the name on file stays as it is.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, NamedTuple

from caretool.names import fold

if TYPE_CHECKING:
    from collections.abc import Iterable

    from caretool.db import CareFile
    from caretool.model import Name


class OtherName(NamedTuple):
    """One other name of a patient, as written."""

    last: str
    first: str


def add(db: CareFile, patient_id: int, name: Name) -> bool:
    """Note another name of this patient, folded differently; False when it is nothing new.

    The same words in each other's column are no other name, nor is half a name.
    """
    keys = fold(name.last), fold(name.first)
    row = db.row("SELECT last_key, first_key FROM patients WHERE id = ?", (patient_id,))
    if not all(keys) or row is None or set(keys) == {row["last_key"], row["first_key"]}:
        return False
    known = db.value(
        "SELECT 1 FROM other_names WHERE patient_id = ? AND last_key = ? AND first_key = ?",
        (patient_id, *keys),
    )
    if known:
        return False
    db.insert(
        "other_names",
        patient_id=patient_id,
        last_name=name.last,
        first_name=name.first,
        last_key=keys[0],
        first_key=keys[1],
    )
    return True


def of_patient(db: CareFile, patient_id: int) -> list[OtherName]:
    """The other names of a patient, the earliest noted first."""
    rows = db.rows(
        "SELECT last_name, first_name FROM other_names WHERE patient_id = ? ORDER BY id",
        (patient_id,),
    )
    return [OtherName(row["last_name"], row["first_name"]) for row in rows]


def last_names(db: CareFile, ids: Iterable[int] | None = None) -> dict[int, tuple[str, ...]]:
    """The folded other last names of patients, all or these; never their last or first name now."""
    where = ""
    values: tuple[str, ...] = ()
    if ids is not None:
        where = " AND o.patient_id IN (SELECT value FROM json_each(?))"
        values = (json.dumps(sorted(ids)),)
    found: dict[int, tuple[str, ...]] = {}
    for patient_id, last in db.stream(
        "SELECT DISTINCT o.patient_id, o.last_key FROM other_names o"
        " JOIN patients p ON p.id = o.patient_id"
        f" WHERE o.last_key NOT IN (p.last_key, p.first_key){where}"
        " ORDER BY o.patient_id, o.last_key",
        values,
    ):
        found[patient_id] = (*found.get(patient_id, ()), last)
    return found


def forget(db: CareFile, patient_id: int, name: Name) -> bool:
    """Take back an other name that a reviewer's yes has taught; others stay. False if none was."""
    return bool(
        db.execute(
            "DELETE FROM other_names WHERE patient_id = ? AND last_key = ? AND first_key = ?"
            " AND command_id IN (SELECT id FROM commands WHERE command = 'review')",
            (patient_id, fold(name.last), fold(name.first)),
        )
    )
