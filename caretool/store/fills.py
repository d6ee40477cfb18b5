"""Fills: adding those that are new, completing those on file, reading them patient by patient.

A fill is the same when patient, medicine, day and days' supply are; between two lists the drug is
enough, whatever they call it (`caretool.overlaps`). Class, codes, doses a day and quantity are what
is said about it: one export has them, the next one writes them otherwise or leaves them out, and
none of that may count a fill twice. The same fill several times in one file is several fills
(`copy` 1, 2 …), as the Pharmacy Quality Alliance counts them.
"""

from __future__ import annotations

import json
from datetime import date
from typing import TYPE_CHECKING, Any, NamedTuple

from caretool.model import new_fill
from caretool.names import drug_key
from caretool.store import products
from caretool.store.reversals import taken_back

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from caretool.db import CareFile
    from caretool.model import Fill, Product
    from caretool.same_fill import Called
    from caretool.store.reversals import Key

_COLUMNS = (
    "patient_id", "product_id", "filled_on", "days_supply", "copy", "quantity", "run_id",
)  # fmt: skip


class OnFile(NamedTuple):
    """A fill on file, and what is told about it."""

    fill_id: int
    product_id: int
    quantity: str | None
    run_id: int
    """Of the lists that tell of it, the one that stands for the latest moment."""
    copy: int
    """Which of the fills that are alike."""


def who_has_any(db: CareFile) -> set[int]:
    """The patients of whom there are fills, also those who were merged."""
    return {row[0] for row in db.stream("SELECT DISTINCT patient_id FROM fills")}


def on_days(
    db: CareFile, days: Iterable[tuple[int, str]], names: Mapping[int, str]
) -> dict[tuple[Key, int], OnFile]:
    """The fills of these patients on these days, by key and copy; `names` has the drug keys."""
    rows = db.stream(
        "SELECT f.patient_id, f.product_id, f.filled_on, f.days_supply, f.copy, f.id, f.quantity,"
        " f.run_id FROM json_each(?) j CROSS JOIN fills f"
        " ON f.patient_id = json_extract(j.value, '$[0]')"
        " AND f.filled_on = json_extract(j.value, '$[1]')",
        (json.dumps(sorted(set(days))),),
    )
    return {
        ((patient_id, names[product_id], on, supply), copy): OnFile(
            fill_id, product_id, quantity, run_id, copy
        )
        for patient_id, product_id, on, supply, copy, fill_id, quantity, run_id in rows
    }


def supplies_on(db: CareFile, patient_id: int, product: Product, on: str) -> set[Key]:
    """The keys of a patient's fills of a medicine on a day: one for each name and days' supply.

    Those of that name; if there is none those of that NDC, then those of that drug.
    """
    from caretool.same_fill import called, most_alike

    rows = db.stream(
        "SELECT f.days_supply, p.name, p.atc, p.ndc FROM fills f"
        " JOIN products p ON p.id = f.product_id WHERE f.patient_id = ? AND f.filled_on = ?",
        (patient_id, on),
    )
    found: dict[Called, set[Key]] = {}
    for days, *said in rows:
        one = called(*said)
        found.setdefault(one, set()).add((patient_id, one.key, on, days))
    meant = most_alike(called(product.name, product.atc, product.ndc), found)
    return {key for one in meant for key in found[one]}


class Stands(NamedTuple):
    """A fill of one patient: what it is called, and the list that tells of it last."""

    fill_id: int
    run_id: int
    called: Called


Place = tuple[str, str, int, int]
"""What tells one of a patient's fills from another: `drug_key`, day, days' supply, copy."""


def places(db: CareFile, patient_id: int) -> dict[Place, Stands]:
    """A patient's fills, as entered."""
    from caretool.same_fill import called

    rows = db.stream(
        "SELECT f.filled_on, f.days_supply, f.copy, f.id, f.run_id, p.name, p.atc, p.ndc"
        " FROM fills f JOIN products p ON p.id = f.product_id WHERE f.patient_id = ? ORDER BY f.id",
        (patient_id,),
    )
    return {
        (drug_key(said[0]), on, days, copy): Stands(fill_id, run_id, called(*said))
        for on, days, copy, fill_id, run_id, *said in rows
    }


def add_all(db: CareFile, rows: Iterable[tuple[Any, ...]]) -> None:
    """Add fills: patient, product, day, days, copy, quantity, run."""
    db.insert_all("fills", _COLUMNS, rows)


def repoint_all(db: CareFile, told: Iterable[OnFile]) -> None:
    """Write down what is told about fills on file now."""
    db.execute_all(
        "UPDATE fills SET product_id = ?, quantity = ?, run_id = ?, copy = ? WHERE id = ?",
        ((*rest, fill_id) for fill_id, *rest in told),
    )


def of_patient(db: CareFile, patient_id: int, until: date) -> list[Fill]:
    """A patient's fills up to a day that were not taken back, oldest first."""
    return of_patients(db, [patient_id], until).get(patient_id, [])


def of_patients(db: CareFile, ids: Iterable[int], until: date) -> dict[int, list[Fill]]:
    """The fills up to a day of those of these patients who have any, oldest first."""
    among = sorted(set(ids))
    rows = db.stream(_OF_THESE.format(more=""), (json.dumps(among), until.isoformat()))
    return dict(_by_patient(_standing(db, rows, among)))


def with_commands(
    db: CareFile, ids: Iterable[int], until: date
) -> dict[int, list[tuple[Fill, int]]]:
    """As `of_patients`, each fill with the command that noted it first."""
    among = sorted(set(ids))
    query = _OF_THESE.format(more=", f.command_id")
    rows = db.stream(query, (json.dumps(among), until.isoformat()))
    days = _Days()
    found: dict[int, list[tuple[Fill, int]]] = {}
    for patient_id, on, supply, product_id, _, command_id in _standing(db, rows, among):
        fill = new_fill((days[on], supply, product_id))
        found.setdefault(patient_id, []).append((fill, command_id))
    return found


def of_everybody(db: CareFile, until: date) -> Iterator[tuple[int, list[Fill]]]:
    """The fills up to a day of everybody who has any, one patient after the other."""
    rows = db.stream(
        "SELECT patient_id, filled_on, days_supply, product_id, copy FROM fills f"
        " WHERE filled_on <= ? AND patient_id NOT IN"
        f" (SELECT merged_id FROM merges WHERE undone_on IS NULL) {_IN_ORDER}",
        (until.isoformat(),),
    )
    return _by_patient(_standing(db, rows, None))


# The order of the index that holds all of it
_IN_ORDER = "ORDER BY f.patient_id, f.filled_on, f.product_id, f.days_supply, f.copy"
_OF_THESE = (
    "SELECT f.patient_id, f.filled_on, f.days_supply, f.product_id, f.copy{more} FROM fills f"
    " WHERE f.patient_id IN (SELECT value FROM json_each(?)) AND f.filled_on <= ? " + _IN_ORDER
)


def _standing(db: CareFile, rows: Iterable[Any], ids: Iterable[int] | None) -> Iterable[Any]:
    """The rows of fills that were not taken back, of these patients or of everybody."""
    taken = taken_back(db, ids)
    if not taken:
        return rows
    whose = frozenset(patient_id for patient_id, *_ in taken)
    names = {number: drug_key(one.name) for number, one in products.every(db).items()}
    return (
        row
        for row in rows
        if row[0] not in whose or row[4] > taken.get((row[0], names[row[3]], row[1], row[2]), 0)
    )


def _by_patient(rows: Iterable[Any]) -> Iterator[tuple[int, list[Fill]]]:
    """Rows as fills, by patient; a day is read once however often it occurs."""
    days = _Days()
    current = 0
    found: list[Fill] = []
    for patient_id, on, supply, product_id, _ in rows:
        if patient_id != current:
            if found:
                yield current, found
            current, found = patient_id, []
        found.append(new_fill((days[on], supply, product_id)))
    if found:
        yield current, found


class _Days(dict[str, int]):
    """The ordinal of each day in ISO form, worked out once."""

    def __missing__(self, on: str) -> int:
        self[on] = day = date.fromisoformat(on).toordinal()
        return day
