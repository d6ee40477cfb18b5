"""Fills: adding those that are new, completing those on file, reading them patient by patient.

A fill is the same when patient, medicine, date and days' supply are. Class, ATC code and quantity
are what is said about it: one export has them, the next one writes them otherwise or leaves them
out, and none of that may count a fill twice. The same fill several times in one file is several
fills (`copy` 1, 2 …), as the Pharmacy Quality Alliance counts them.
"""

from __future__ import annotations

import json
from datetime import date
from itertools import groupby
from operator import itemgetter
from typing import TYPE_CHECKING, Any, NamedTuple

from caretool.adherence import drug_key
from caretool.model import Fill

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from caretool.db import CareFile

_COLUMNS = (
    "patient_id", "drug", "filled_on", "days_supply", "drug_class", "atc", "quantity", "fill_key",
    "copy", "run_id",
)  # fmt: skip
_FILL = "patient_id, drug, filled_on, days_supply, drug_class, atc"


class Place(NamedTuple):
    """Which fill on file this is: its key, and which copy of it."""

    key: str
    copy: int


class Told(NamedTuple):
    """What is said about a fill, and may be said later."""

    drug_class: str | None
    atc: str | None
    quantity: str | None

    def completed(self, later: Told) -> Told:
        """What a later file says wins; what it does not say is kept."""
        return Told(*(new or old for old, new in zip(self, later, strict=True)))


def fill_key(patient_id: int, drug: str, filled_on: date, days_supply: int) -> str:
    """What makes two fills the same one, but for copies."""
    return f"{patient_id}|{filled_on.isoformat()}|{days_supply}|{drug_key(drug)}"


def by_keys(db: CareFile, keys: Iterable[str]) -> dict[Place, tuple[int, Told]]:
    """The fills on file that have one of these keys, by key and copy: their id, what is told."""
    rows = db.rows(
        "SELECT f.fill_key, f.copy, f.id, f.drug_class, f.atc, f.quantity"
        " FROM json_each(?) j CROSS JOIN fills f ON f.fill_key = j.value",
        (json.dumps(sorted(keys)),),
    )
    return {Place(row[0], row[1]): (row[2], Told(row[3], row[4], row[5])) for row in rows}


def add_all(db: CareFile, rows: Iterable[tuple[Any, ...]]) -> None:
    """Add fills: patient, drug, day, days, class, ATC code, quantity, key, copy, run."""
    db.insert_all("fills", _COLUMNS, rows)


def complete_all(db: CareFile, told: Iterable[tuple[int, Told]]) -> None:
    """Write down what is told about fills on file now, each by its id."""
    db.execute_all(
        "UPDATE fills SET drug_class = ?, atc = ?, quantity = ? WHERE id = ?",
        ((*now, fill_id) for fill_id, now in told),
    )


def of_patient(db: CareFile, patient_id: int, until: date) -> list[Fill]:
    """A patient's fills up to a day that were not taken back, oldest first."""
    return of_patients(db, [patient_id], until).get(patient_id, [])


def of_patients(db: CareFile, ids: Iterable[int], until: date) -> dict[int, list[Fill]]:
    """The fills up to a day of those of these patients who have any, oldest first."""
    wanted = json.dumps(sorted(set(ids)))
    rows = db.stream(
        "SELECT f.patient_id, f.filled_on, f.days_supply, f.product_id, f.copy"
        " FROM json_each(?) j CROSS JOIN fills f ON f.patient_id = j.value"
        f" WHERE f.filled_on <= ? {_IN_ORDER}",
        (wanted, until.isoformat()),
    )
    return dict(_by_patient(db, rows))


def of_everybody(db: CareFile, until: date) -> Iterator[tuple[int, list[Fill]]]:
    """The fills up to a day of everybody who has any, one patient after the other."""
    rows = db.stream(
        "SELECT patient_id, filled_on, days_supply, product_id, copy FROM fills f"
        " WHERE filled_on <= ? AND patient_id NOT IN"
        f" (SELECT merged_id FROM merges WHERE undone_on IS NULL) {_IN_ORDER}",
        (until.isoformat(),),
    )
    return _by_patient(db, rows)


# The order of the index that holds all of it
_IN_ORDER = "ORDER BY f.patient_id, f.filled_on, f.product_id, f.days_supply, f.copy"


def _by_patient(db: CareFile, rows: Iterable[Any]) -> Iterator[tuple[int, list[Fill]]]:
    """Rows as fills, by patient; a day is read once however often it occurs."""
    taken = taken_back(db)
    whose = frozenset(patient_id for patient_id, *_ in taken)
    names = (
        {number: drug_key(one.name) for number, one in products.every(db).items()} if taken else {}
    )
    days: dict[str, int] = {}
    current, found = 0, []
    for patient_id, on, supply, product_id, copy in rows:
        if patient_id != current:
            if found:
                yield current, found
            current, found = patient_id, []
        if patient_id in whose and copy <= taken.get(
            (patient_id, names[product_id], on, supply), 0
        ):
            continue
        day = days.get(on)
        if day is None:
            day = days[on] = date.fromisoformat(on).toordinal()
        found.append(Fill(day, supply, product_id))
    if found:
        yield current, found
