"""Rows about patients on file that became no fill, so that each figure can say how many there were.

They are never deleted: one counts until a fill of the same patient, medicine and day is on file.
Importing the corrected rejects file says which day and medicine it was.
"""

from __future__ import annotations

import json
from collections import Counter
from typing import TYPE_CHECKING, Any, NamedTuple

from caretool.names import drug_key
from caretool.store import products

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date

    from caretool.db import CareFile

Place = tuple[int, int]
"""The patient, and the line of the file."""


class Refused(NamedTuple):
    """A row that became no fill."""

    patient_id: int
    drug: str
    """As read; empty where it could not be."""
    filled_on: str | None
    reason: str
    line: int


def add_all(db: CareFile, rows: Iterable[Refused], run_id: int) -> None:
    """Keep these rows of a run."""
    db.insert_all("refused_fills", (*Refused._fields, "run_id"), ((*row, run_id) for row in rows))


def of_file(db: CareFile, file_hash: str, sheet: str | None) -> frozenset[Place]:
    """Which rows of a list were refused when it was imported before."""
    rows = db.stream(
        "SELECT r.patient_id, r.line FROM import_runs i JOIN refused_fills r ON r.run_id = i.id"
        " WHERE i.file_hash = ? AND i.sheet IS ?",
        (file_hash, sheet),
    )
    return frozenset(map(tuple, rows))


def at(db: CareFile, now: Refused, line: int) -> list[int]:
    """Which refused rows of this patient stood on that line, and name no other medicine?"""
    rows = db.rows(
        "SELECT id, drug FROM refused_fills WHERE patient_id = ? AND line = ? ORDER BY id",
        (now.patient_id, line),
    )
    return [row[0] for row in rows if row[1] == "" or drug_key(row[1]) == drug_key(now.drug)]


def correct_all(db: CareFile, now: Refused, ids: Iterable[int]) -> None:
    """Write down how these refused rows read since they were corrected."""
    db.execute_all(
        "UPDATE refused_fills SET drug = ?, filled_on = ?, reason = COALESCE(nullif(?, ''), reason)"
        " WHERE id = ?",
        ((now.drug, now.filled_on, now.reason, one) for one in ids),
    )


def until(db: CareFile, ids: Iterable[int] | None, day: date) -> list[dict[str, Any]]:
    """The rows refused that still count, of these patients or of everybody, up to a day.

    Where no day could be read, the day of the import counts. Lists overlap: a row of another list
    that says the same of the same fill is the same one.
    """
    wanted = json.dumps(None if ids is None else sorted(set(ids)))
    among = "" if ids is None else " AND r.patient_id IN (SELECT value FROM json_each(:ids))"
    rows = db.rows(
        "SELECT r.patient_id, r.drug, r.filled_on, r.reason, r.line, i.file_hash, i.sheet"
        " FROM refused_fills r JOIN import_runs i ON i.id = r.run_id"
        f" WHERE COALESCE(r.filled_on, i.on_date) <= :day{among} ORDER BY r.id",
        {"day": day.isoformat(), "ids": wanted},
    )
    filled = _filled(db, among, wanted) if rows else frozenset()
    in_list: Counter[tuple[Any, ...]] = Counter()
    seen: set[tuple[Any, ...]] = set()
    found = []
    for row in rows:
        patient_id, drug, on, reason, _, *where = row
        about = (patient_id, drug_key(drug), on, reason)
        in_list[*about, *where] += 1
        copy = (*about, in_list[*about, *where])
        if about[:3] not in filled and copy not in seen:
            seen.add(copy)
            found.append({key: row[key] for key in Refused._fields})
    return found


def _filled(db: CareFile, among: str, wanted: str) -> frozenset[tuple[int, str, str]]:
    """Of which patient, medicine and day is there a fill, where a row about them was refused?"""
    names = {number: drug_key(one.name) for number, one in products.every(db).items()}
    rows = db.stream(
        "SELECT f.patient_id, f.product_id, f.filled_on FROM"
        f" (SELECT DISTINCT patient_id, filled_on FROM refused_fills r WHERE 1{among}) d"
        " CROSS JOIN fills f ON f.patient_id = d.patient_id AND f.filled_on = d.filled_on",
        {"ids": wanted},
    )
    return frozenset((patient_id, names[number], on) for patient_id, number, on in rows)
