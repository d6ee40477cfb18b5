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
    """A patient's fills up to a day, oldest first."""
    rows = db.stream(
        f"SELECT {_FILL} FROM fills WHERE patient_id = ? AND filled_on <= ? ORDER BY filled_on, id",
        (patient_id, until.isoformat()),
    )
    return list(_fills(rows, {}))


def of_everybody(db: CareFile, until: date) -> Iterator[tuple[int, list[Fill]]]:
    """The fills up to a day of everybody who has any, one patient after the other."""
    rows = db.stream(
        f"SELECT {_FILL} FROM fills WHERE filled_on <= ? AND patient_id NOT IN"
        " (SELECT merged_id FROM merges WHERE undone_on IS NULL)"
        " ORDER BY patient_id, filled_on, id",
        (until.isoformat(),),
    )
    days: dict[str, date] = {}
    for patient_id, group in groupby(rows, key=itemgetter(0)):
        yield patient_id, list(_fills(group, days))


def _fills(rows: Iterable[Any], days: dict[str, date]) -> Iterator[Fill]:
    """Rows as fills; a date is read once however often it occurs."""
    for _, drug, on, days_supply, drug_class, atc in rows:
        day = days.get(on)
        if day is None:
            day = days[on] = date.fromisoformat(on)
        yield Fill(drug, day, days_supply, drug_class, atc)
