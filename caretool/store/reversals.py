"""Claims that were taken back: which fills do not count, whatever the order in which files came.

A reversal is kept as it was told, also when its fill is not on file: that may come later. How many
fills of one key stand is worked out from all lists that tell of it, in the order of the moments for
which they stand: the last one to list fills of it says how many there are, and each reversal in it
or in a later one takes one off.
"""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from typing import TYPE_CHECKING, Any

from caretool.names import drug_key, ndc_name
from caretool.store import products

if TYPE_CHECKING:
    from collections.abc import Iterable

    from caretool.db import CareFile

Key = tuple[int, str, str, int]
"""What makes two fills the same one, but for copies: patient, `drug_key`, day, days' supply."""

# For which moment a run's list stands; of files older than that its day
_TOLD = "COALESCE(i.told_at, i.on_date)"


def add_all(db: CareFile, keys: Iterable[Key], run_id: int) -> None:
    """Keep these reversals, one row for each."""
    columns = ("patient_id", "drug_key", "filled_on", "days_supply", "run_id")
    db.insert_all("reversals", columns, ((*key, run_id) for key in keys))


def told_by(db: CareFile, told_at: str) -> Counter[Key]:
    """How often each fill was taken back by the list that stands for this moment."""
    rows = db.stream(
        "SELECT r.patient_id, r.drug_key, r.filled_on, r.days_supply FROM import_runs i"
        f" JOIN reversals r ON r.run_id = i.id WHERE {_TOLD} = ?",
        (told_at,),
    )
    return Counter(map(tuple, rows))


def taken_back(db: CareFile, ids: Iterable[int] | None = None) -> dict[Key, int]:
    """Of which fills some do not count, and how many: those copies with the lowest numbers.

    Of these patients, or of everybody. A reversal that names no medicine but an NDC takes back the
    fill of that NDC.
    """
    taken = {}
    for key, (fills, reversals) in _claims(db, ids).items():
        if not fills:
            continue
        last = max(fills)
        stand = max(0, fills.count(last) - sum(told >= last for told in reversals))
        if stand < len(fills):
            taken[key] = len(fills) - stand
    return taken


def without_fill(db: CareFile, told_at: str) -> int:
    """How many reversals of the list that stands for this moment have found no fill yet."""
    return sum(
        max(0, reversals.count(told_at) - len(fills))
        for fills, reversals in _claims(db, None).values()
    )


def _claims(db: CareFile, ids: Iterable[int] | None) -> dict[Key, tuple[list[str], list[str]]]:
    """Of each fill that was ever taken back: when its copies were told of last, and its reversals.

    Each as the moments for which the lists stand.
    """
    wanted = json.dumps(None if ids is None else sorted(set(ids)))
    among = "" if ids is None else " WHERE r.patient_id IN (SELECT value FROM json_each(:ids))"
    rows = db.rows(
        f"SELECT r.patient_id, r.drug_key, r.filled_on, r.days_supply, {_TOLD} AS told"
        f" FROM reversals r JOIN import_runs i ON i.id = r.run_id{among}",
        {"ids": wanted},
    )
    if not rows:
        return {}
    copies, by_ndc = _fills_of_those_days(db, among, wanted)
    found: dict[Key, tuple[list[str], list[str]]] = {}
    for *said, told in rows:
        key: Key = tuple(said)
        meant = by_ndc.get(key, set()) | ({key} if key in copies else set())
        for one in meant or {key}:
            found.setdefault(one, (copies.get(one, []), []))[1].append(told)
    return found


def _fills_of_those_days(
    db: CareFile, among: str, wanted: str
) -> tuple[dict[Key, list[str]], dict[Key, set[Key]]]:
    """The fills on days on which one was taken back: when each copy was told of; keys by NDC."""
    names = {
        number: (drug_key(one.name), drug_key(ndc_name(one.ndc)) if one.ndc else "")
        for number, one in products.every(db).items()
    }
    copies: defaultdict[Key, list[str]] = defaultdict(list)
    by_ndc: defaultdict[Key, set[Key]] = defaultdict(set)
    rows: Iterable[Any] = db.stream(
        f"SELECT f.patient_id, f.product_id, f.filled_on, f.days_supply, {_TOLD} FROM"
        f" (SELECT DISTINCT r.patient_id, r.filled_on FROM reversals r{among}) d"
        " CROSS JOIN fills f ON f.patient_id = d.patient_id AND f.filled_on = d.filled_on"
        " JOIN import_runs i ON i.id = f.run_id",
        {"ids": wanted},
    )
    for patient_id, product_id, on, days, told in rows:
        drug, ndc = names[product_id]
        key = (patient_id, drug, on, days)
        copies[key].append(told)
        if ndc:
            by_ndc[patient_id, ndc, on, days].add(key)
    return copies, by_ndc
