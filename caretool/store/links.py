"""Whose stay is it: the roster as the matcher sees it, remembered decisions, and linking anew."""

from __future__ import annotations

import json
from collections import defaultdict
from datetime import date
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from caretool.matching import BY_NUMBER, Match, Person, Roster
from caretool.model import MEMBER, PRACTICE, Identifier, Link, Name
from caretool.names import fold, id_key, phone_key
from caretool.store import other_names, patients
from caretool.store.contradictions import Contradictions, dates_of, deadly

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Collection, Iterable, Iterator, Mapping

    from caretool.db import CareFile

NAMES_ANOTHER = "the list now names somebody else"
"""Why a stay is no longer linked: what a list says of it has moved from one patient to another."""

_PEOPLE = """SELECT id, last_key, first_key, middle_name, suffix, birth_date, sex, zip, address
    FROM patients"""
_STAY_PERSON = """id, issuer, last_name, first_name, middle_name, suffix, birth_date, sex, zip,
    address, other_last_name, phone, record_number, practice_number, member_number, patient_id,
    cancelled, admitted_on, discharged_on, disposition, died_on"""


def roster(
    db: CareFile,
    *,
    unused_issuers: Collection[str] = (),
    known: Mapping[int, Person] | None = None,
) -> Roster:
    """Everybody on file, and what earlier reviews decided.

    Numbers of issuers that no row can have (`unused_issuers`) need not be read, and nobody who was
    read already (`known`, as `everybody` gives them).
    """
    decided_is, decided_not = _decisions(db)
    people_on_file = _people(db, unused_issuers) if known is None else known.items()
    return Roster(people_on_file, decided_is, decided_not)


def everybody(db: CareFile) -> dict[int, Person]:
    """Everybody on file in the form in which people are compared, but not who was merged."""
    return dict(_people(db, ()))


def people(db: CareFile, ids: Iterable[int]) -> dict[int, Person]:
    """These patients in the form in which people are compared, also those who were merged."""
    wanted = json.dumps(sorted(ids))
    return dict(_people(db, (), wanted))


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
    address: str | None = None,
    other_last: str | None = None,
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
        address=_street(address) if address else None,
        other_last=(fold(other_last),) if other_last else (),
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
        address=row["address"],
        other_last=row["other_last_name"],
    )


def _street(address: str | None) -> str | None:
    """The part of an address by which people are compared: without town and state."""
    return fold(address.partition(",")[0]) or None if address else None


# Commands by which nobody becomes somebody else: not a number, name, birth date or decision changes
_KEEP_PEOPLE = (
    "import-discharges", "import-fills", "log-contact", "void-contact", "hold", "defer", "waive",
    "appointment", "away", "lace", "enrol", "decline", "reopen", "layouts",
)  # fmt: skip


def people_are_as_at(db: CareFile, command_id: int) -> bool:
    """Can nothing that decides whose a stay is have changed since that command?"""
    marks = ", ".join("?" * len(_KEEP_PEOPLE))
    changed = db.value(
        f"SELECT 1 FROM commands WHERE id > ? AND command NOT IN ({marks}) LIMIT 1",
        (command_id, *_KEEP_PEOPLE),
    )
    return changed is None


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
    refusals = refused(db)
    linked = []
    for stay in stays:
        match = whose(known, stay, refusals)
        match = contradictions.checked(match, stay_person(stay), dates_of(stay))
        set_link(db, stay["id"], match)
        contradictions.note({**dict(stay), "patient_id": match.patient_id})
        if match.link == Link.LINKED:
            linked.append(int(stay["id"]))
    return linked


def whose(
    known: Roster, stay: sqlite3.Row | dict[str, Any], refusals: dict[int, frozenset[int]]
) -> Match:
    """Whose stay is this? Nobody's of whom a reviewer has said that it is not (see `refused`)."""
    who = stay_person(stay)
    match = known.decide(who)
    no = refusals.get(stay["id"], frozenset())
    if no and match.patient_id is not None and match.reason != BY_NUMBER:
        # Whoever is left when one is refused is not proved by that
        return known.review(who, no | known.decided_not.get(who.key, frozenset()))
    return match


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


def decide(
    db: CareFile, stay: sqlite3.Row, patient_id: int, decision: str, *, why: str | None = None
) -> None:
    """Remember a reviewer's word: this stay `is` that patient's, or `not`.

    It is kept for the stay and for whoever the same words are said of again. A yes also teaches
    the sender's record number and the name on the list, so that the next list is linked by them.
    """
    who = stay_person(stay)
    db.insert(
        "link_decisions",
        stay_id=stay["id"],
        patient_id=patient_id,
        person_key=who.key,
        decision=decision,
        reason=why,
    )
    if decision == "is":
        number = stay["record_number"]
        if number:
            patients.add_identifier(db, patient_id, Identifier(stay["issuer"], number))
        other_names.add(db, patient_id, stay_name(stay))


def take_back(
    db: CareFile, stay: sqlite3.Row, patient_id: int, *, why: str | None = None
) -> list[int]:
    """Remember that this stay is not that patient's, and undo what a yes to it has taught.

    The stay itself is decided anew if it was theirs or nobody's; so are the others that were
    linked by the same words, number or name, but for those decided one by one. Returns the ids of
    those others that are no longer theirs.
    """
    decide(db, stay, patient_id, "not", why=why)
    _forget(db, stay, patient_id)
    others = [row for row in _unconfirmed(db, patient_id) if _alike(row, stay)]
    others = [row for row in others if row["id"] != stay["id"]]
    if others:
        decide_anew(db, others)
    if stay["link"] != Link.LINKED or stay["patient_id"] == patient_id:
        decide_anew(db, [stay])
        if stay["disposition"] in deadly() or stay["died_on"]:
            link_waiting(db)  # what a death that was theirs spoke against
    still = {row["id"] for row in _of_patient(db, patient_id)[0]}
    return [row["id"] for row in others if row["id"] not in still]


def refused(db: CareFile) -> dict[int, frozenset[int]]:
    """Whose each stay is not, by a reviewer's last word on it, whatever the lists call them now."""
    found: dict[int, frozenset[int]] = {}
    for (stay_id, patient_id), word in _words_by_stay(db).items():
        if word == "not":
            found[stay_id] = found.get(stay_id, frozenset()) | {patient_id}
    return found


def holders(db: CareFile, issuer: str, number: str) -> set[int]:
    """Who has this record number of this issuer, however the issuer is written."""
    rows = db.rows(
        "SELECT i.patient_id, i.issuer FROM identifiers i JOIN patients p ON p.id = i.patient_id"
        " WHERE i.value_key = ? AND p.merged_into IS NULL",
        (id_key(number),),
    )
    return {row["patient_id"] for row in rows if fold(row["issuer"]) == fold(issuer)}


def _forget(db: CareFile, stay: sqlite3.Row, patient_id: int) -> None:
    """Take back the number and the name that a yes to this stay taught, if no other yes did.

    What was typed or on a roster stays.
    """
    others = [row for row in _confirmed(db, patient_id) if row["id"] != stay["id"]]
    if not any(_name_key(row) == _name_key(stay) for row in others):
        other_names.forget(db, patient_id, stay_name(stay))
    if not stay["record_number"] or any(_number_key(row) == _number_key(stay) for row in others):
        return
    issuer, key = _number_key(stay)
    taught = [
        (row["id"],)
        for row in db.rows(
            "SELECT i.id, i.issuer FROM identifiers i JOIN commands c ON c.id = i.command_id"
            " WHERE i.patient_id = ? AND i.value_key = ? AND c.command = 'review'",
            (patient_id, key),
        )
        if fold(row["issuer"]) == issuer
    ]
    db.execute_all("DELETE FROM identifiers WHERE id = ?", taught)


def _words_by_stay(db: CareFile) -> dict[tuple[int, int], str]:
    """The last word on each (stay, patient)."""
    rows = db.stream("SELECT stay_id, patient_id, decision FROM link_decisions ORDER BY id")
    return {(row[0], row[1]): row[2] for row in rows}


def _of_patient(db: CareFile, patient_id: int) -> tuple[list[sqlite3.Row], set[int]]:
    """The stays of a patient, and the ids of those that a reviewer has given them."""
    rows = db.rows(f"SELECT {_STAY_PERSON} FROM stays WHERE patient_id = ?", (patient_id,))
    words = _words_by_stay(db)
    return rows, {row["id"] for row in rows if words.get((row["id"], patient_id)) == "is"}


def _confirmed(db: CareFile, patient_id: int) -> list[sqlite3.Row]:
    rows, confirmed = _of_patient(db, patient_id)
    return [row for row in rows if row["id"] in confirmed]


def _unconfirmed(db: CareFile, patient_id: int) -> list[sqlite3.Row]:
    rows, confirmed = _of_patient(db, patient_id)
    return [row for row in rows if row["id"] not in confirmed]


def _alike(one: sqlite3.Row, other: sqlite3.Row) -> bool:
    """Could what was said of the one stay have linked the other?"""
    number = one["record_number"] and _number_key(one) == _number_key(other)
    return bool(
        number
        or _name_key(one) == _name_key(other)
        or stay_person(one).key == stay_person(other).key
    )


def _number_key(stay: sqlite3.Row) -> tuple[str, str]:
    return fold(stay["issuer"]), id_key(stay["record_number"] or "")


def _name_key(stay: sqlite3.Row) -> tuple[str, str]:
    name = stay_name(stay)
    return fold(name.last), fold(name.first)


def _people(
    db: CareFile, unused_issuers: Collection[str], wanted: str | None = None
) -> Iterator[tuple[int, Person]]:
    """Everybody on file by id, or those whose ids are `wanted`."""
    among = "" if wanted is None else " WHERE patient_id IN (SELECT value FROM json_each(?))"
    values = () if wanted is None else (wanted,)
    phones: dict[int, tuple[str, ...]] = {}
    for patient_id, key in db.stream(f"SELECT patient_id, number_key FROM phones{among}", values):
        phones[patient_id] = (*phones[patient_id], key) if patient_id in phones else (key,)
    numbers: dict[int, tuple[tuple[str, str], ...]] = {}
    for patient_id, issuer, key in db.stream(
        f"SELECT patient_id, issuer, value_key FROM identifiers{among}", values
    ):
        if issuer in unused_issuers:
            continue
        one = (fold(issuer), key)
        numbers[patient_id] = (*numbers[patient_id], one) if patient_id in numbers else (one,)
    others = other_names.last_names(db)
    query = f"{_PEOPLE} WHERE merged_into IS NULL ORDER BY id"
    if wanted is not None:
        query = f"{_PEOPLE} WHERE id IN (SELECT value FROM json_each(?)) ORDER BY id"
    day = lru_cache(maxsize=None)(date.fromisoformat)
    for patient_id, last, first, middle, suffix, born, sex, zip_code, address in db.stream(
        query, values
    ):
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
                address=_street(address),
                other_last=others.get(patient_id, ()),
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
