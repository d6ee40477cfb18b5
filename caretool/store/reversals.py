"""Claims that were taken back: which fills do not count, whatever the order in which files came.

A reversal is kept as it was told, also when its fill is not on file: that may come later. How many
fills of one key stand is worked out from all lists that tell of it, in the order of the moments for
which they stand: the last one to list fills of it says how many there are, and each reversal in it
or in a later one takes one off.
"""

from __future__ import annotations

import json
from collections import Counter
from typing import TYPE_CHECKING, Any

from caretool.store import products

if TYPE_CHECKING:
    from collections.abc import Iterable

    from caretool.db import CareFile
    from caretool.same_fill import Called

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

    Of these patients, or of everybody. A reversal takes back the fill of that name; where there is
    none that of the NDC that it names, then that of the drug.
    """
    taken = {}
    for key, (fills, reversals) in _claims(db, ids).items():
        if not fills:
            continue
        last = max(fills)
        stand = max(0, fills.count(last) - sum(told >= last for told, _ in reversals))
        if stand < len(fills):
            taken[key] = len(fills) - stand
    return taken


def in_vain(db: CareFile, told_at: str) -> tuple[Counter[Key], Counter[Key]]:
    """Which reversals of the list that stands for this moment take no fill back, and how many?

    Returns:
        Those that have found no fill yet, and those that are older than the last list with their
        fill; each by the fill that it names.
    """
    lone: Counter[Key] = Counter()
    older: Counter[Key] = Counter()
    for fills, reversals in _claims(db, None).values():
        mine = sorted(said for told, said in reversals if told == told_at)
        lone.update(mine[len(fills) :])
        if fills and told_at < max(fills):
            older.update(mine[: len(fills)])
    return lone, older


_Claim = tuple[list[str], list[tuple[str, "Key"]]]


def _claims(db: CareFile, ids: Iterable[int] | None) -> dict[Key, _Claim]:
    """Of each fill that was ever taken back: when its copies were told of last, and its reversals.

    Each as the moments for which the lists stand; of a reversal also the fill that it names.
    """
    wanted = json.dumps(None if ids is None else sorted(set(ids)))
    among = "" if ids is None else " WHERE r.patient_id IN (SELECT value FROM json_each(:ids))"
    rows = db.rows(
        f"SELECT {_TOLD} AS told, r.patient_id, r.drug_key, r.filled_on, r.days_supply"
        f" FROM reversals r JOIN import_runs i ON i.id = r.run_id{among} ORDER BY 1, 2, 3, 4, 5",
        {"ids": wanted},
    )
    if not rows:
        return {}
    from caretool.same_fill import called, likeness

    days = _fills_of_those_days(db, among, wanted)
    found: dict[Key, _Claim] = {}
    taking: Counter[tuple[str, Key]] = Counter()
    for told, *said in rows:
        patient_id, name, on, supply = key = tuple(said)
        one = called(name)
        # Where the name is not on file, of several the one that this list has not taken back yet
        meant = min(
            (
                (rank > 0, taking[told, other] >= len(copies), rank, other)
                for other, (words, copies) in days.get((patient_id, on, supply), {}).items()
                if (rank := likeness(one, words)) is not None
            ),
            default=(False, False, 0, key),
        )[-1]
        taking[told, meant] += 1
        copies = days.get((patient_id, on, supply), {}).get(meant, (one, []))[1]
        found.setdefault(meant, (copies, []))[1].append((told, key))
    return found


def _fills_of_those_days(
    db: CareFile, among: str, wanted: str
) -> dict[tuple[int, str, int], dict[Key, tuple[Called, list[str]]]]:
    """The fills on days on which one was taken back: what each is called, when it was told of.

    By patient, day and days' supply.
    """
    from caretool.same_fill import called

    names = {
        number: called(one.name, one.atc, one.ndc) for number, one in products.every(db).items()
    }
    found: dict[tuple[int, str, int], dict[Key, tuple[Called, list[str]]]] = {}
    rows: Iterable[Any] = db.stream(
        f"SELECT f.patient_id, f.product_id, f.filled_on, f.days_supply, {_TOLD} FROM"
        f" (SELECT DISTINCT r.patient_id, r.filled_on FROM reversals r{among}) d"
        " CROSS JOIN fills f ON f.patient_id = d.patient_id AND f.filled_on = d.filled_on"
        " JOIN import_runs i ON i.id = f.run_id ORDER BY f.id",
        {"ids": wanted},
    )
    for patient_id, product_id, on, days, told in rows:
        one = names[product_id]
        there = found.setdefault((patient_id, on, days), {})
        there.setdefault((patient_id, one.key, on, days), (one, []))[1].append(told)
    return found
