"""Whose stay is it: the roster as the matcher sees it, remembered decisions, and linking anew."""

from __future__ import annotations

from collections import defaultdict
from datetime import date
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from caretool.matching import Match, Person, Roster
from caretool.model import MEMBER, PRACTICE, Identifier, Link, Name
from caretool.names import fold, id_key, phone_key
from caretool.store import patients
from caretool.store.contradictions import Contradictions, dates_of

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Collection, Iterable, Iterator

    from caretool.db import CareFile

NAMES_ANOTHER = "the list now names somebody else"
"""Why a stay is no longer linked: what a list says of it has moved from one patient to another."""

_PEOPLE = """SELECT id, last_key, first_key, middle_name, suffix, birth_date, sex, zip
    FROM patients ORDER BY id"""
_STAY_PERSON = """id, issuer, last_name, first_name, middle_name, suffix, birth_date, sex, zip,
    phone, record_number, practice_number, member_number, patient_id, cancelled, admitted_on,
    discharged_on, disposition"""


def roster(db: CareFile, *, unused_issuers: Collection[str] = ()) -> Roster:
    """Everybody on file, and what earlier reviews decided.

    Numbers of issuers that no row can have (`unused_issuers`) need not be read.
    """
    phones: dict[int, tuple[str, ...]] = {}
    for patient_id, key in db.stream("SELECT patient_id, number_key FROM phones"):
        phones[patient_id] = (*phones[patient_id], key) if patient_id in phones else (key,)
    numbers: dict[int, tuple[tuple[str, str], ...]] = {}
    for patient_id, issuer, key in db.stream(
        "SELECT patient_id, issuer, value_key FROM identifiers"
    ):
        if issuer in unused_issuers:
            continue
        one = (fold(issuer), key)
        numbers[patient_id] = (*numbers[patient_id], one) if patient_id in numbers else (one,)
    decided_is, decided_not = _decisions(db)
    return Roster(_people(db, phones, numbers), decided_is, decided_not)


def person(
    *,
    name: Name,
    birth_date: date | None,
    sex: str | None,
    zip_code: str | None,
    phone: str | None,
    issuer: str,
    record_number: str | None,
    practice_number: str | None,
    member_number: str | None,
) -> Person:
    """Somebody as a list tells of them, in the form in which people are compared."""
    numbers = []
    if record_number:
        numbers.append((fold(issuer), id_key(record_number)))
    if practice_number:
        numbers.append((PRACTICE, id_key(practice_number)))
    if member_number:
        numbers.append((MEMBER, id_key(member_number)))
    return Person(
        fold(name.last),
        fold(name.first),
        fold(name.middle),
        fold(name.suffix),
        birth_date,
        sex,
        zip_code,
        (phone_key(phone),) if phone else (),
        tuple(numbers),
    )


def stay_name(row: sqlite3.Row | dict[str, Any]) -> Name:
    """The name on a stay on file; parts that the list did not give are empty."""
    last, first = row["last_name"] or "", row["first_name"] or ""
    return Name(last, first, row["middle_name"] or "", row["suffix"] or "")


def stay_person(row: sqlite3.Row | dict[str, Any]) -> Person:
    """The person of a stay on file."""
    born = row["birth_date"]
    return person(
        name=stay_name(row),
        birth_date=None if born is None else date.fromisoformat(born),
        sex=row["sex"],
        zip_code=row["zip"],
        phone=row["phone"],
        issuer=row["issuer"],
        record_number=row["record_number"],
        practice_number=row["practice_number"],
        member_number=row["member_number"],
    )


def set_link(db: CareFile, stay_id: int, match: Match) -> None:
    """Note whose stay this is, or that it is open."""
    db.execute(
        "UPDATE stays SET link = ?, patient_id = ?, link_reason = ? WHERE id = ?",
        (match.link, match.patient_id, match.reason, stay_id),
    )


def decide_anew(db: CareFile, stays: Iterable[sqlite3.Row]) -> list[int]:
    """Decide whose these stays are, each with its `_STAY_PERSON`; returns those that are linked."""
    known = roster(db)
    contradictions = Contradictions(db, known)
    linked = []
    for stay in stays:
        who = stay_person(stay)
        match = contradictions.checked(known.decide(who), who, dates_of(stay))
        set_link(db, stay["id"], match)
        contradictions.note({**dict(stay), "patient_id": match.patient_id})
        if match.link == Link.LINKED:
            linked.append(int(stay["id"]))
    return linked


def is_open(stay: sqlite3.Row | dict[str, Any]) -> bool:
    """May a list or a new patient still tell whose stay this is? Else only a reviewer may."""
    return bool(stay["link"] != Link.LINKED and stay["link_reason"] != NAMES_ANOTHER)


def link_waiting(db: CareFile, born: date | None = None) -> list[int]:
    """Decide anew about stays that belong to nobody yet; returns those that are linked now.

    For when people have been added. With `born`, only stays of people with that birth date or none.
    """
    where = "" if born is None else " AND (birth_date = ? OR birth_date IS NULL)"
    found = db.rows(
        f"SELECT {_STAY_PERSON}, link, link_reason FROM stays"
        f" WHERE link <> 'linked' AND cancelled = 0{where} ORDER BY id",
        () if born is None else (born.isoformat(),),
    )
    waiting = [row for row in found if is_open(row)]
    return decide_anew(db, waiting) if waiting else []


def decide(db: CareFile, stay: sqlite3.Row, patient_id: int, decision: str) -> None:
    """Remember a reviewer's word: this stay `is` that patient's, or `not`.

    It is kept for the stay and for whoever the same words are said of again. A yes also teaches
    the sender's record number, so that the next list is linked by it.
    """
    who = stay_person(stay)
    db.insert(
        "link_decisions",
        stay_id=stay["id"],
        patient_id=patient_id,
        person_key=who.key,
        decision=decision,
    )
    if decision == "is" and stay["record_number"]:
        patients.add_identifier(db, patient_id, Identifier(stay["issuer"], stay["record_number"]))


def forget_number(db: CareFile, stay: sqlite3.Row, patient_id: int) -> None:
    """Take back the number that an earlier yes taught; what was typed or on a roster stays.

    The stays that were linked by it are decided anew, but for those decided one by one.
    """
    if not stay["record_number"]:
        return
    key, issuer = id_key(stay["record_number"]), fold(stay["issuer"])
    taught = [
        row["id"]
        for row in db.rows(
            "SELECT i.id, i.issuer FROM identifiers i JOIN commands c ON c.id = i.command_id"
            " WHERE i.patient_id = ? AND i.value_key = ? AND c.command = 'review'",
            (patient_id, key),
        )
        if fold(row["issuer"]) == issuer
    ]
    if not taught:
        return
    db.execute_all("DELETE FROM identifiers WHERE id = ?", [(one,) for one in taught])
    others = db.rows(
        f"SELECT {_STAY_PERSON} FROM stays WHERE patient_id = ? AND record_number IS NOT NULL"
        " AND id NOT IN (SELECT stay_id FROM link_decisions WHERE decision = 'is')",
        (patient_id,),
    )
    by_number = [
        other
        for other in others
        if id_key(other["record_number"]) == key and fold(other["issuer"]) == issuer
    ]
    decide_anew(db, by_number)


def _people(
    db: CareFile,
    phones: dict[int, tuple[str, ...]],
    numbers: dict[int, tuple[tuple[str, str], ...]],
) -> Iterator[tuple[int, Person]]:
    day = lru_cache(maxsize=None)(date.fromisoformat)
    for patient_id, last, first, middle, suffix, born, sex, zip_code in db.stream(_PEOPLE):
        yield (
            patient_id,
            Person(
                last,
                first,
                fold(middle) if middle else "",
                fold(suffix) if suffix else "",
                day(born) if born else None,
                sex,
                zip_code,
                phones.get(patient_id, ()),
                numbers.get(patient_id, ()),
            ),
        )


def _decisions(db: CareFile) -> tuple[dict[str, int], dict[str, frozenset[int]]]:
    """The last word on each (person, patient): who is whom, and who is not.

    Words that were said of two patients tell nothing.
    """
    last: dict[tuple[str, int], str] = {}
    for row in db.stream("SELECT person_key, patient_id, decision FROM link_decisions ORDER BY id"):
        last[row[0], row[1]] = row[2]
    said: dict[str, dict[str, set[int]]] = {"is": defaultdict(set), "not": defaultdict(set)}
    for (key, patient), word in last.items():
        said[word][key].add(patient)
    decided_is = {key: next(iter(ids)) for key, ids in said["is"].items() if len(ids) == 1}
    return decided_is, {key: frozenset(ids) for key, ids in said["not"].items()}
