"""The roster in bulk: finding people by number and name, adding and changing thousands at once."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from caretool.model import MEMBER, CloseReason, Identifier, Status, Tier
from caretool.names import fold
from caretool.store import merges

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from enum import StrEnum

    from caretool.db import CareFile
    from caretool.model import PatientRecord

# What a roster says of a person in one value, in the schema's order
COLUMNS = (
    "last_name", "first_name", "middle_name", "suffix", "birth_date", "sex", "zip", "address",
    "language", "channel", "source", "referred_by",
)  # fmt: skip
# The command whose facts are what the roster said; a status or tier by any other was set by hand
COMMAND = "import-patients"
_MERGES = "(SELECT id FROM commands WHERE command = 'merge')"
_TOLD = f"(SELECT command = '{COMMAND}' FROM commands WHERE commands.id = t.command_id)"

_NAMESAKES = """
SELECT p.id FROM json_each(?) j CROSS JOIN patients p
  ON p.last_key = json_extract(j.value, '$[0]') AND p.first_key = json_extract(j.value, '$[1]')
  AND p.birth_date IS json_extract(j.value, '$[2]')
"""
# Names of duplicates that were merged, which the practice's own records still have: they are few
_ONCE_NAMED = f"""
SELECT p.id, o.last_key, o.first_key, p.birth_date
FROM other_names o JOIN patients p ON p.id = o.patient_id WHERE o.command_id IN {_MERGES}
"""

NumberKey = tuple[str, str]
NameKey = tuple[str, str, str | None]
Stand = tuple[Status, CloseReason | None]
"""Where somebody stands; closed with the reason."""


@dataclass(slots=True, eq=False)
class OnFile:
    """One person on file, or about to be: all that a row of a roster is compared with."""

    patient_id: int
    columns: dict[str, str | None]
    numbers: dict[NumberKey, str] = field(default_factory=dict)
    """Folded issuer and number to the number as written."""
    once_named: set[tuple[str, str]] = field(default_factory=set)
    """Folded last and first names of duplicates that were merged into them."""
    phones: list[str] = field(default_factory=list)
    """In the order in which they are tried."""
    conditions: set[str] = field(default_factory=set)
    stand: Stand = (Status.ROSTER, None)
    told_stand: Stand | None = None
    """What a roster said last; a later word by hand stands over it."""
    tier: Tier | None = None
    told_tier: Tier | None = None

    @property
    def id(self) -> str:
        """The id that people say."""
        return f"P{self.patient_id}"

    @property
    def name_key(self) -> NameKey:
        """Folded last and first name, and the birth date."""
        last, first = self.columns["last_name"] or "", self.columns["first_name"] or ""
        return fold(last), fold(first), self.columns["birth_date"]

    @property
    def name_keys(self) -> set[NameKey]:
        """The name on file and those of duplicates, each with the birth date."""
        born = self.columns["birth_date"]
        return {self.name_key, *((last, first, born) for last, first in self.once_named)}


@dataclass(slots=True)
class Changes:
    """What some rows of a roster bring, kept until it is written at once."""

    added: dict[int, OnFile] = field(default_factory=dict)
    changed: dict[int, OnFile] = field(default_factory=dict)
    numbers: list[tuple[int, str, str, str]] = field(default_factory=list)
    phones: list[tuple[int, str, str, int]] = field(default_factory=list)
    places: list[tuple[int, int, str]] = field(default_factory=list)
    conditions: list[tuple[int, str]] = field(default_factory=list)
    statuses: list[tuple[int, str, str, str | None]] = field(default_factory=list)
    tiers: list[tuple[int, str, str]] = field(default_factory=list)


def columns_of(person: PatientRecord) -> dict[str, str | None]:
    """What is said of a person in one value each, as the schema stores it."""
    return {
        "last_name": person.name.last,
        "first_name": person.name.first,
        "middle_name": person.name.middle,
        "suffix": person.name.suffix,
        "birth_date": person.birth_date.isoformat() if person.birth_date else None,
        "sex": _plain(person.sex),
        "zip": person.zip,
        "address": person.address,
        "language": person.language,
        "channel": _plain(person.channel),
        "source": _plain(person.source),
        "referred_by": person.referred_by,
    }


def _plain(word: StrEnum | None) -> str | None:
    # SQLite's binding takes its time over a subclass of str
    return None if word is None else word.value


def next_id(db: CareFile) -> int:
    """The number that the next patient gets; numbers are never used again."""
    last = db.value("SELECT seq FROM sqlite_sequence WHERE name = 'patients'")
    return int(last or 0) + 1


def find(db: CareFile, numbers: Iterable[NumberKey], names: Iterable[NameKey]) -> list[OnFile]:
    """Everybody on file who has one of these numbers, or one of these names and birth dates.

    A health plan's number finds nobody: a family may share it.
    """
    keys = json.dumps(sorted({key for _, key in numbers}))
    ids = {
        row[0]
        for row in db.stream(
            "SELECT i.patient_id FROM json_each(?) j CROSS JOIN identifiers i"
            " ON i.value_key = j.value WHERE i.issuer <> ?",
            (keys, MEMBER),
        )
    }
    wanted = set(names)
    ids.update(row[0] for row in db.stream(_NAMESAKES, (json.dumps(list(wanted)),)))
    ids.update(row[0] for row in db.stream(_ONCE_NAMED) if (row[1], row[2], row[3]) in wanted)
    return _load(db, ids - merges.merged(db))


def everybody(db: CareFile) -> list[OnFile]:
    """Everybody on file by id, without those who were merged into somebody else."""
    ids = {row[0] for row in db.stream("SELECT id FROM patients WHERE merged_into IS NULL")}
    return _load(db, ids)


def numbers(db: CareFile) -> dict[int, list[Identifier]]:
    """Everybody's record numbers as written, each patient's own before those of a merge."""
    found: dict[int, list[Identifier]] = {}
    for patient_id, issuer, value in db.stream(
        "SELECT patient_id, issuer, value FROM identifiers"
        f" ORDER BY id IN {merges.MOVED_NUMBERS}, id"
    ):
        found.setdefault(patient_id, []).append(Identifier(issuer, value))
    return found


def _load(db: CareFile, ids: set[int]) -> list[OnFile]:
    wanted = json.dumps(sorted(ids))
    found = {
        row[0]: OnFile(row[0], dict(zip(COLUMNS, row[1:], strict=True)))
        for row in db.stream(
            f"SELECT p.id, {', '.join(COLUMNS)} FROM json_each(?) j"
            " CROSS JOIN patients p ON p.id = j.value ORDER BY p.id",
            (wanted,),
        )
    }
    for patient_id, issuer, key, value in _of(
        db, wanted, "identifiers", "t.issuer, t.value_key, t.value", "t.id"
    ):
        found[patient_id].numbers[fold(issuer), key] = value
    for patient_id, last, first in _of(
        db, wanted, "other_names", "t.last_key, t.first_key", "t.id", f"t.command_id IN {_MERGES}"
    ):
        found[patient_id].once_named.add((last, first))
    for patient_id, number in _of(db, wanted, "phones", "t.number", "t.place, t.id"):
        found[patient_id].phones.append(number)
    for patient_id, code in _of(db, wanted, "conditions", "t.code", "t.id"):
        found[patient_id].conditions.add(code)
    for patient_id, status, reason, told in _of(
        db, wanted, "statuses", f"t.status, t.reason, {_TOLD}", "t.on_date, t.id"
    ):
        stand = (Status(status), CloseReason(reason) if reason else None)
        found[patient_id].stand = stand
        if told:
            found[patient_id].told_stand = stand
    for patient_id, tier, told in _of(db, wanted, "tiers", f"t.tier, {_TOLD}", "t.on_date, t.id"):
        found[patient_id].tier = Tier(tier)
        if told:
            found[patient_id].told_tier = Tier(tier)
    return list(found.values())


def _of(
    db: CareFile, wanted: str, table: str, columns: str, order: str, where: str = "1"
) -> Iterator[Any]:
    """What a table has of these patients: whose it is, then the columns."""
    return db.stream(
        f"SELECT t.patient_id, {columns} FROM json_each(?) j"
        f" CROSS JOIN {table} t ON t.patient_id = j.value WHERE {where} ORDER BY {order}",
        (wanted,),
    )


def keep(db: CareFile, changes: Changes) -> None:
    """Write what the rows brought."""
    _add(db, changes.added.values())
    _change(db, changes.changed.values())
    db.insert_all("identifiers", ("patient_id", "issuer", "value", "value_key"), changes.numbers)
    db.insert_all("phones", ("patient_id", "number", "number_key", "place"), changes.phones)
    db.execute_all(
        "UPDATE phones SET place = ? WHERE patient_id = ? AND number_key = ?", changes.places
    )
    db.insert_all("conditions", ("patient_id", "code"), changes.conditions)
    db.insert_all("statuses", ("patient_id", "on_date", "status", "reason"), changes.statuses)
    db.insert_all("tiers", ("patient_id", "on_date", "tier"), changes.tiers)


def _add(db: CareFile, people: Iterable[OnFile]) -> None:
    db.insert_all(
        "patients",
        ("id", *COLUMNS, "last_key", "first_key"),
        ((one.patient_id, *one.columns.values(), *one.name_key[:2]) for one in people),
    )


def _change(db: CareFile, people: Iterable[OnFile]) -> None:
    assignments = ", ".join(f"{column} = ?" for column in (*COLUMNS, "last_key", "first_key"))
    db.execute_all(
        f"UPDATE patients SET {assignments} WHERE id = ?",
        ((*one.columns.values(), *one.name_key[:2], one.patient_id) for one in people),
    )


def has_condition(db: CareFile, code: str) -> bool:
    """Does anybody on file have this condition?"""
    return bool(db.value("SELECT 1 FROM conditions WHERE code = ? LIMIT 1", (code,)))
