"""Patients: adding, finding, changing; names, numbers, phones, conditions, status and tier."""

from __future__ import annotations

import json
import re
from datetime import date
from typing import TYPE_CHECKING, Any, NamedTuple

from caretool.errors import AmbiguousError, NotFoundError
from caretool.model import (
    PRACTICE,
    Card,
    Channel,
    Decision,
    Identifier,
    Name,
    PatientRecord,
    Status,
    Tier,
)
from caretool.names import fold, id_key, phone_key, words
from caretool.store import merges

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable, Mapping, Sequence

    from caretool.db import CareFile

_CARD = f"""p.id, p.last_name, p.first_name, p.middle_name, p.suffix, p.birth_date, p.channel,
    p.sex, p.zip, p.language,
    (SELECT value FROM identifiers i WHERE i.patient_id = p.id AND i.issuer = '{PRACTICE}'
     ORDER BY i.id IN {merges.MOVED_NUMBERS}, i.id LIMIT 1) AS mrn,
    (SELECT number FROM phones f WHERE f.patient_id = p.id
     ORDER BY f.place, f.id LIMIT 1) AS phone"""
_ID = re.compile(r"[Pp]0*([1-9][0-9]{0,15})")
# How many of the people who fit an unclear name are listed
_LONGEST_NAME = 400  # characters; SQLite compares with no more than a thousand words at once
_SHOWN = 8


def add(db: CareFile, record: PatientRecord, *, on: date) -> int:
    """Add a patient and return the number of their id; `on` dates their status and tier."""
    patient_id = db.insert(
        "patients",
        last_name=record.name.last,
        first_name=record.name.first,
        middle_name=record.name.middle,
        suffix=record.name.suffix,
        last_key=fold(record.name.last),
        first_key=fold(record.name.first),
        birth_date=_text(record.birth_date),
        sex=record.sex,
        zip=record.zip,
        address=record.address,
        language=record.language,
        channel=record.channel,
        source=record.source,
        referred_by=record.referred_by,
    )
    for identifier in record.identifiers:
        add_identifier(db, patient_id, identifier)
    for place, number in enumerate(record.phones, start=1):
        add_phone(db, patient_id, number, place=place)
    for code in record.conditions:
        add_condition(db, patient_id, code, on)
    if record.status not in {None, Status.ROSTER}:
        set_status(db, patient_id, record.status or Status.ROSTER, on, record.close_reason)
    if record.tier is not None:
        set_tier(db, patient_id, record.tier, on)
    return patient_id


def add_identifier(db: CareFile, patient_id: int, identifier: Identifier) -> bool:
    """Note a record number of this patient; False when it was known."""
    known = db.value(
        "SELECT 1 FROM identifiers WHERE patient_id = ? AND issuer = ? AND value_key = ?",
        (patient_id, identifier.issuer, id_key(identifier.value)),
    )
    if known:
        return False
    db.insert(
        "identifiers",
        patient_id=patient_id,
        issuer=identifier.issuer,
        value=identifier.value,
        value_key=id_key(identifier.value),
    )
    return True


def add_phone(db: CareFile, patient_id: int, number: str, *, place: int | None = None) -> bool:
    """Note a phone number; False when it was known. Without a `place` it goes last."""
    key = phone_key(number)
    if db.value("SELECT 1 FROM phones WHERE patient_id = ? AND number_key = ?", (patient_id, key)):
        return False
    if place is None:
        last = db.value("SELECT max(place) FROM phones WHERE patient_id = ?", (patient_id,))
        place = (last or 0) + 1
    db.insert("phones", patient_id=patient_id, number=number, number_key=key, place=place)
    return True


def call_at(db: CareFile, patient_id: int, number: str) -> bool:
    """Make this the number to call first; the others stay on file. False when it is already."""
    first = db.row(
        "SELECT id, number_key, place FROM phones WHERE patient_id = ? ORDER BY place, id LIMIT 1",
        (patient_id,),
    )
    if first is not None and first["number_key"] == phone_key(number):
        return bool(db.execute(_GIVEN_AGAIN, (db.command_id, first["id"])))
    place = 1 if first is None else first["place"] - 1
    if not add_phone(db, patient_id, number, place=place):
        db.execute(
            "UPDATE phones SET place = ?, command_id = ? WHERE patient_id = ? AND number_key = ?",
            (place, db.command_id, patient_id, phone_key(number)),
        )
    return True


def add_condition(db: CareFile, patient_id: int, code: str, on: date | None = None) -> bool:
    """Note a condition, on file from that day on; False when it was known."""
    values = (patient_id, code)
    if db.value("SELECT 1 FROM conditions WHERE patient_id = ? AND code = ?", values):
        return False
    db.insert("conditions", patient_id=patient_id, code=code, on_date=_text(on))
    return True


def set_status(
    db: CareFile, patient_id: int, status: Status, on: date, reason: str | None = None
) -> None:
    """Note that from `on` the patient's status is this one."""
    db.insert(
        "statuses", patient_id=patient_id, on_date=on.isoformat(), status=status, reason=reason
    )


def set_tier(
    db: CareFile, patient_id: int, tier: Tier, on: date, reason: str | None = None
) -> None:
    """Note that from `on` the patient is in this tier; with a reason nothing raises it."""
    db.insert("tiers", patient_id=patient_id, on_date=on.isoformat(), tier=tier, reason=reason)


def change(db: CareFile, patient_id: int, **columns: str | None) -> None:
    """Set columns of the patient's row; a name keeps its folded form in step."""
    if "last_name" in columns:
        columns["last_key"] = fold(columns["last_name"] or "")
    if "first_name" in columns:
        columns["first_key"] = fold(columns["first_name"] or "")
    assignments = ", ".join(f"{column} = :{column}" for column in columns)
    db.execute(f"UPDATE patients SET {assignments} WHERE id = :id", {**columns, "id": patient_id})


def card(db: CareFile, patient_id: int) -> Card:
    """What lists show of one patient. Raises NotFoundError."""
    row = db.row(f"SELECT {_CARD} FROM patients p WHERE p.id = ?", (patient_id,))
    if row is None:
        msg = f"no patient P{patient_id}"
        raise NotFoundError(msg, "caretool patients lists everybody")
    return _card(row)


def cards(db: CareFile, ids: Iterable[int]) -> dict[int, Card]:
    """What lists show of several patients, by the number of their id."""
    rows = db.stream(
        f"SELECT {_CARD} FROM json_each(?) j CROSS JOIN patients p ON p.id = j.value",
        (json.dumps(sorted(ids)),),
    )
    return {row["id"]: _card(row) for row in rows}


class Reach(NamedTuple):
    """How to reach a patient now: by which channel, and at which number if by phone."""

    channel: str | None
    number: str | None


def reach(db: CareFile, cards: Mapping[int, Card], today: date) -> dict[int, Reach]:
    """How to reach each of these patients on `today`.

    A number that proved wrong since it was given is passed over. Who has no number left, or does
    not want to be called, is reached by the channel they prefer, or else by letter.
    """
    ids = json.dumps(sorted(cards))
    bad: dict[int, list[str]] = {}
    for patient_id, key in db.stream(_BAD_NUMBERS, {"ids": ids, "today": today.isoformat()}):
        bad.setdefault(patient_id, []).append(key)
    said = {  # the last word holds
        row[0]: row[1] for row in db.stream(_NO_CALLS, {"ids": ids, "today": today.isoformat()})
    }
    found = {}
    for patient_id, card in cards.items():
        number, channel = card.phone, card.channel
        if patient_id in bad:
            number = _next_number(db, patient_id, bad[patient_id])
        if number is None or said.get(patient_id) == Decision.NO_CALLS:
            number = None
            by_phone = channel in {None, Channel.PHONE, Channel.SMS}
            channel = Channel.LETTER.value if by_phone else channel
        found[patient_id] = Reach(channel, number)
    return found


# A number that is given again after it proved wrong counts anew
_BAD_NUMBERS = """
SELECT DISTINCT c.patient_id, c.number_key FROM json_each(:ids) j
  CROSS JOIN contacts c INDEXED BY contacts_with_bad_number ON c.patient_id = j.value
WHERE c.number_key IS NOT NULL AND c.voided_by IS NULL AND c.on_date <= :today
  AND NOT EXISTS (SELECT 1 FROM phones p WHERE p.patient_id = c.patient_id
                  AND p.number_key = c.number_key AND p.command_id > c.command_id)
"""
_GIVEN_AGAIN = """
UPDATE phones SET command_id = ? WHERE id = ? AND EXISTS (
  SELECT 1 FROM contacts c WHERE c.patient_id = phones.patient_id AND c.voided_by IS NULL
    AND c.number_key = phones.number_key AND c.command_id > phones.command_id)
"""
_NO_CALLS = """
SELECT d.patient_id, d.decision FROM json_each(:ids) j
  CROSS JOIN decisions d ON d.patient_id = j.value
WHERE d.decision IN ('no_calls', 'calls') AND d.on_date <= :today ORDER BY d.on_date, d.id
"""


def _next_number(db: CareFile, patient_id: int, bad: list[str]) -> str | None:
    """The first number of a patient that has not proved wrong."""
    numbers = _of(db, "phones", "number, number_key", patient_id, "place, id")
    return next((row["number"] for row in numbers if row["number_key"] not in bad), None)


def resolve(db: CareFile, text: str, *, with_names: bool = False) -> int:
    """Which patient is meant: `P42`, a record number, or (part of) a name.

    Raises NotFoundError, or AmbiguousError listing the ids that fit (with names if allowed).
    """
    match = _ID.fullmatch(text.strip())
    if match:
        return _not_merged(db, card(db, int(match[1])).patient_id)
    found = [
        row["patient_id"]
        for row in db.rows(
            "SELECT DISTINCT i.patient_id FROM identifiers i JOIN patients p ON p.id = i.patient_id"
            " WHERE i.value_key = ? AND p.merged_into IS NULL ORDER BY i.patient_id",
            (id_key(text),),
        )
    ] or _called(db, text)
    if not found:
        msg = "no patient fits what was typed"
        raise NotFoundError(msg, "caretool patients TEXT searches; P42, a record number or a name")
    if len(found) > 1:
        shown = cards(db, found[:_SHOWN])
        names = [
            f"{one.id} {one.name.listed} ({one.birth_date})" if with_names else one.id
            for one in shown.values()
        ]
        more = "" if len(found) <= _SHOWN else f" and {len(found) - _SHOWN} more"
        msg = f"{len(found)} patients fit: {', '.join(names)}{more}"
        raise AmbiguousError(msg, "say which one by its id")
    return int(found[0])


def _not_merged(db: CareFile, patient_id: int) -> int:
    """The patient, unless they are on file as somebody else; raises NotFoundError then."""
    now = merges.kept(db, patient_id)
    if now != patient_id:
        msg = f"P{patient_id} was merged into P{now}"
        hint = f"caretool show P{now}; caretool unmerge P{patient_id} takes it back"
        raise NotFoundError(msg, hint, code="merged")
    return patient_id


def by_name(db: CareFile, text: str) -> list[int]:
    """Patients in whose name every word of the text occurs, if only as a part of it."""
    return sorted({row["id"] for row in _named(db, text)})


def _called(db: CareFile, text: str) -> list[int]:
    """Who may be meant by a name: those whose full name it is, else all in whom it occurs."""
    rows, wanted, joined = _named(db, text), set(words(text)), fold(text)
    whole = {
        row["id"]
        for row in rows
        if wanted == {row["last_key"], row["first_key"]}
        or joined in {row["first_key"] + row["last_key"], row["last_key"] + row["first_key"]}
    }
    return sorted(whole or {row["id"] for row in rows})


def _named(db: CareFile, text: str) -> list[sqlite3.Row]:
    """Each name, also the other ones, in which every word occurs, with whose it is."""
    wanted = words(text)
    if not wanted or len(text) > _LONGEST_NAME:
        return []
    conditions = " AND ".join("(last_key || ' ' || first_key) LIKE ?" for _ in wanted)
    return db.rows(
        "SELECT id, last_key, first_key FROM patients"
        f" WHERE merged_into IS NULL AND {conditions} UNION ALL"
        " SELECT patient_id, o.last_key, o.first_key FROM other_names o JOIN patients p"
        " ON p.id = patient_id WHERE merged_into IS NULL AND "
        + conditions.replace("last_key", "o.last_key").replace("first_key", "o.first_key"),
        [f"%{word}%" for word in wanted] * 2,
    )


def search(db: CareFile, text: str = "", *, condition: str | None = None) -> list[Card]:
    """Patients by name, record number, phone or id; all of them without a text."""
    where, values = ["p.merged_into IS NULL"], []
    if text:
        found: set[int] = set(by_name(db, text))
        match = _ID.fullmatch(text.strip())
        if match:
            found.add(int(match[1]))
        found.update(
            row["patient_id"]
            for row in db.rows(
                "SELECT patient_id FROM identifiers WHERE value_key = ?", (id_key(text),)
            )
        )
        digits = phone_key(text)
        if len(digits) >= 4:
            found.update(
                row["patient_id"]
                for row in db.rows(
                    "SELECT patient_id FROM phones WHERE number_key LIKE ?", (f"%{digits}",)
                )
            )
        where.append("p.id IN (SELECT value FROM json_each(?))")
        values.append(json.dumps(sorted(found)))
    if condition:
        where.append("p.id IN (SELECT patient_id FROM conditions WHERE code = ?)")
        values.append(condition)
    rows = db.stream(
        f"SELECT {_CARD} FROM patients p WHERE {' AND '.join(where)}"
        " ORDER BY p.last_key, p.first_key, p.id",
        values,
    )
    return [_card(row) for row in rows]


def same_number(db: CareFile, identifier: Identifier) -> list[int]:
    """Patients who have this record number of this issuer."""
    rows = db.rows(
        "SELECT i.patient_id FROM identifiers i JOIN patients p ON p.id = i.patient_id"
        " WHERE i.value_key = ? AND i.issuer = ? AND p.merged_into IS NULL",
        (id_key(identifier.value), identifier.issuer),
    )
    return [row["patient_id"] for row in rows]


def same_person(db: CareFile, name: Name, birth_date: date | None) -> list[int]:
    """Patients with this last and first name and this birth date."""
    rows = db.rows(
        "SELECT id FROM patients WHERE last_key = ? AND first_key = ? AND birth_date = ?"
        " AND merged_into IS NULL",
        (fold(name.last), fold(name.first), _text(birth_date)),
    )
    return [row["id"] for row in rows]


def details(db: CareFile, patient_id: int) -> dict[str, Any]:
    """The rest of a patient's page: numbers, phones, conditions, address, source."""
    row = db.row("SELECT * FROM patients WHERE id = ?", (patient_id,))
    assert row is not None  # noqa: S101 - callers have resolved the id
    return {
        "identifiers": [
            {"issuer": one["issuer"], "number": one["value"]}
            for one in _of(db, "identifiers", "issuer, value", patient_id, "id")
        ],
        "phones": [one["number"] for one in _of(db, "phones", "number", patient_id, "place, id")],
        "conditions": [one["code"] for one in _of(db, "conditions", "code", patient_id, "code")],
        "address": row["address"],
        "source": row["source"],
        "referred_by": row["referred_by"],
    }


def conditions_of(db: CareFile, ids: Sequence[int]) -> dict[int, list[str]]:
    """The conditions on file of several patients."""
    found: dict[int, list[str]] = {}
    for row in db.stream(
        "SELECT c.patient_id, c.code FROM json_each(?) j CROSS JOIN conditions c"
        " ON c.patient_id = j.value ORDER BY c.code",
        (json.dumps(sorted(ids)),),
    ):
        found.setdefault(row["patient_id"], []).append(row["code"])
    return found


def practice_numbers(db: CareFile) -> dict[int, str]:
    """The practice's record number of everybody who has one."""
    rows = db.stream(
        "SELECT patient_id, value FROM identifiers WHERE issuer = ?"
        f" ORDER BY id IN {merges.MOVED_NUMBERS} DESC, id DESC",
        (PRACTICE,),
    )
    return {row["patient_id"]: row["value"] for row in rows}


def _of(db: CareFile, table: str, columns: str, patient_id: int, order: str) -> list[sqlite3.Row]:
    return db.rows(
        f"SELECT {columns} FROM {table} WHERE patient_id = ? ORDER BY {order}", (patient_id,)
    )


def _text(day: date | None) -> str | None:
    return None if day is None else day.isoformat()


def _card(row: sqlite3.Row) -> Card:
    born = row["birth_date"]
    return Card(
        patient_id=row["id"],
        name=Name(row["last_name"], row["first_name"], row["middle_name"], row["suffix"]),
        birth_date=None if born is None else date.fromisoformat(born),
        mrn=row["mrn"],
        phone=row["phone"],
        channel=row["channel"],
        sex=row["sex"],
        zip=row["zip"],
        language=row["language"],
    )
