"""Joined patients: which two are one person, what moved from one to the other, and taking it back.

Facts are moved, not copied: each keeps its id, its day and the command that noted it, so that the
page, the list and the schedule need not know of merges. Everything that moved is listed, and taking
the merge back returns just that; what came later stays. What the one who stays has already (the
same phone, the same fill) stays behind, out of sight, with the one who was merged.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

from caretool.errors import InputError, UsageProblem
from caretool.model import Sex

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable, Mapping
    from datetime import date

    from caretool.db import CareFile
    from caretool.store.fills import Place, Stands

# Every table of facts about a patient but statuses and tiers, of which only some may move
MOVING = (
    "stays", "contacts", "fills", "reversals", "refused_fills", "decisions", "appointments",
    "scores", "referrals", "medications", "reconciliations", "link_decisions", "identifiers",
    "phones", "conditions", "other_names",
)  # fmt: skip
STANDING = ("statuses", "tiers")
# What is told of that came after a merge
_TOLD = (
    "stays", "contacts", "fills", "decisions", "appointments", "medications", "reconciliations",
)  # fmt: skip
# What is on file in one value each: filled in where the one who stays lacks it
_FILLED = (
    "birth_date", "sex", "zip", "address", "language", "channel", "source", "referred_by",
)  # fmt: skip
_NAME_PARTS = ("middle_name", "suffix")
MOVED_NUMBERS = """(SELECT value FROM merges, json_each(merges.moved, '$.rows.identifiers')
    WHERE undone_on IS NULL)"""
"""SQL for the ids of record numbers that a merge brought: a patient's own come before them."""

# Facts whose ids may be given out again after they were taken back
_REUSED = frozenset({"identifiers", "other_names"})
_ID = re.compile(r"[Pp]0*([1-9][0-9]{0,15})")


@dataclass(slots=True)
class Moved:
    """What a merge did, as it is kept: by it the merge can be taken back to the letter."""

    rows: dict[str, list[int]] = field(default_factory=dict)
    """The ids of the facts that moved, by table."""
    places: dict[str, int] = field(default_factory=dict)
    """Of the phones that moved, by id: their order with the one who was merged."""
    copies: dict[str, int] = field(default_factory=dict)
    """Of the fills that moved as one more of the same, by id: which copy they were."""
    filled: dict[str, list[str | None]] = field(default_factory=dict)
    """Of the patient who stays, by column: what stood there before, and what was filled in."""
    added: dict[str, list[int]] = field(default_factory=dict)
    """The ids of facts that only the merge brought, by table."""
    why: str | None = None


@dataclass(slots=True)
class Merge:
    """One patient joined to another."""

    id: int
    patient_id: int
    """Who stays."""
    merged_id: int
    command_id: int
    moved: Moved


def kept(db: CareFile, patient_id: int) -> int:
    """Under whom this patient is on file now; the patient itself unless merged."""
    into = db.value("SELECT merged_into FROM patients WHERE id = ?", (patient_id,))
    return patient_id if into is None else kept(db, int(into))


def merged(db: CareFile) -> frozenset[int]:
    """Everybody who is on file as somebody else now."""
    return frozenset(
        row[0] for row in db.stream("SELECT merged_id FROM merges WHERE undone_on IS NULL")
    )


def into(db: CareFile, patient_id: int) -> list[int]:
    """Who was merged into this patient, also by way of others, in the order of the merges."""
    return [one.merged_id for one in in_force(db) if kept(db, one.patient_id) == patient_id]


def in_force(db: CareFile) -> list[Merge]:
    """The merges that were not taken back, the earliest first."""
    return [
        _merge(row) for row in db.rows("SELECT * FROM merges WHERE undone_on IS NULL ORDER BY id")
    ]


def typed(db: CareFile, text: str, other: str | None = None) -> Merge:
    """The merge that is meant by the id of who was merged, or by both ids in any order.

    Raises UsageProblem for what is no id, InputError when there is no such merge.
    """
    ids = [_typed_id(one) for one in (text, other) if one is not None]
    found = [one for one in in_force(db) if one.merged_id in ids]
    if len(ids) == 2:
        found = [one for one in found if {one.merged_id, kept(db, one.merged_id)} == set(ids)]
    if not found:
        inside = into(db, ids[0])
        what = f"P{ids[0]} was not merged into anybody"
        if len(ids) == 2:
            what = f"of P{ids[0]} and P{ids[1]} neither was merged into the other"
        hint = "caretool merge PATIENT DUPLICATE joins two"
        if inside:
            hint = f"caretool unmerge P{inside[-1]} takes back who was merged into P{ids[0]}"
        raise InputError(what, hint, code="not-merged")
    return found[-1]


def _typed_id(text: str) -> int:
    match = _ID.fullmatch(text.strip())
    if match is None:
        msg = "that is no patient's id"
        raise UsageProblem(msg, "caretool unmerge P57, the id of the one who was merged")
    return int(match[1])


def begin(db: CareFile, patient_id: int, merged_id: int, on: date, why: str | None) -> Merge:
    """Note that one patient is another from now on; nothing has moved yet."""
    number = db.insert(
        "merges",
        patient_id=patient_id,
        merged_id=merged_id,
        on_date=on.isoformat(),
        moved=json.dumps(asdict(Moved(why=why))),
    )
    _point(db, merged_id, patient_id)
    return Merge(number, patient_id, merged_id, db.command_id, Moved(why=why))


def move(db: CareFile, merge: Merge, table: str) -> list[int]:
    """Give the facts of a table to the one who stays; returns the ids of those that moved."""
    before = _ids(db, table, merge.merged_id)
    if table == "fills":
        _move_fills(db, merge)
    else:
        db.execute(
            f"UPDATE OR IGNORE {table} SET patient_id = ? WHERE patient_id = ?",
            (merge.patient_id, merge.merged_id),
        )
    left = set(_ids(db, table, merge.merged_id))
    ids = [one for one in before if one not in left]
    if ids:
        merge.moved.rows[table] = ids
    return ids


def _move_fills(db: CareFile, merge: Merge) -> None:
    """Move the fills that the one who stays lacks, and those of which one file told of both.

    Two files that tell of the same fill overlap, whatever they call the medicine; the same fill
    twice in one file is two fills.
    """
    from caretool.store import fills  # every command loads this module, and only a merge needs it

    mine, theirs = fills.places(db, merge.patient_id), fills.places(db, merge.merged_id)
    last: Counter[tuple[str, str, int]] = Counter()
    for place in (*mine, *(place for place in theirs if place not in mine)):
        last[place[:3]] = max(last[place[:3]], place[3])
    moved = []
    told_twice = _told_otherwise(mine, theirs)
    for place, (fill_id, run_id, _) in theirs.items():
        copy = place[3]
        if place in told_twice:
            continue
        if place in mine:
            if mine[place].run_id != run_id:
                continue
            merge.moved.copies[str(fill_id)] = copy
            last[place[:3]] += 1
            copy = last[place[:3]]
        moved.append((merge.patient_id, copy, fill_id))
    db.execute_all("UPDATE fills SET patient_id = ?, copy = ? WHERE id = ?", moved)


def _told_otherwise(mine: Mapping[Place, Stands], theirs: Mapping[Place, Stands]) -> set[Place]:
    """Those of their fills that are on file with the one who stays under another name."""
    from caretool.same_fill import likeness, paired

    choices: dict[Place, list[Place]] = {}
    for place, one in theirs.items():
        if place in mine:
            continue
        near = [
            (rank, other)
            for other, there in mine.items()
            if other[1:3] == place[1:3] and other not in theirs and there.run_id != one.run_id
            if (rank := likeness(one.called, there.called)) is not None
        ]
        choices[place] = [other for _, other in sorted(near)]
    return set(paired(choices))


def move_all(db: CareFile, merge: Merge) -> None:
    """Give everything but statuses and tiers to the one who stays, and fill in what they lack."""
    last = db.value("SELECT max(place) FROM phones WHERE patient_id = ?", (merge.patient_id,))
    words = _last_words(db, merge)
    for table in MOVING:
        move(db, merge, table)
    _keep_yes(db, merge, words)
    _queue_phones(db, merge, int(last or 0))
    _fill(db, merge)
    _name(db, merge)


def back(db: CareFile, merge: Merge, table: str) -> None:
    """Return the facts of a table that moved, where they are still with the one who stays."""
    if table == "fills":
        _back_copies(db, merge)
    ids = json.dumps(merge.moved.rows.pop(table, []))
    values = {"to": merge.merged_id, "of": merge.patient_id, "ids": ids, "by": merge.command_id}
    where = "patient_id = :of AND id IN (SELECT value FROM json_each(:ids))"
    if table in _REUSED:
        where += " AND command_id < :by"
    db.execute(f"UPDATE {table} SET patient_id = :to WHERE {where}", values)


def _back_copies(db: CareFile, merge: Merge) -> None:
    db.execute_all(
        "UPDATE fills SET patient_id = ?, copy = ? WHERE id = ? AND patient_id = ?",
        [
            (merge.merged_id, copy, int(one), merge.patient_id)
            for one, copy in merge.moved.copies.items()
        ],
    )


def add(db: CareFile, merge: Merge, table: str, **values: object) -> None:
    """Add a fact that holds only as long as the merge does."""
    number = db.insert(table, patient_id=merge.patient_id, **values)
    merge.moved.added.setdefault(table, []).append(number)


def save(db: CareFile, merge: Merge) -> None:
    """Keep what the merge did."""
    moved = json.dumps(asdict(merge.moved), ensure_ascii=False)
    db.execute("UPDATE merges SET moved = ? WHERE id = ?", (moved, merge.id))


def take_back(db: CareFile, merge: Merge) -> None:
    """Undo what the merge did; it may be done again. Later merges are taken back before it."""
    for table, ids in merge.moved.added.items():
        db.execute(
            f"DELETE FROM {table} WHERE id IN (SELECT value FROM json_each(?))", (json.dumps(ids),)
        )
    for table in (*STANDING, *MOVING):
        back(db, merge, table)
    db.execute_all(
        "UPDATE phones SET place = ? WHERE id = ? AND patient_id = ?",
        [(place, int(one), merge.merged_id) for one, place in merge.moved.places.items()],
    )
    for column, (before, filled) in merge.moved.filled.items():
        db.execute(
            f"UPDATE patients SET {column} = ? WHERE id = ? AND {column} IS ?",
            (before, merge.patient_id, filled),
        )
    _point(db, merge.merged_id, None)
    merge.moved = Moved(why=merge.moved.why)


def redo(db: CareFile, merge: Merge) -> None:
    """Point from the one who is merged to the one who stays again; then everything can move."""
    _point(db, merge.merged_id, merge.patient_id)


def end(db: CareFile, merge: Merge, on: date) -> None:
    """Note that the merge was taken back; what it had moved stays written down."""
    db.execute("UPDATE merges SET undone_on = ? WHERE id = ?", (on.isoformat(), merge.id))


def last_tier(db: CareFile, patient_id: int, today: date) -> tuple[str, str | None] | None:
    """The tier that was set last, with its reason; None when none was."""
    row = db.row(
        "SELECT tier, reason FROM tiers WHERE patient_id = ? AND on_date <= ?"
        " ORDER BY on_date DESC, id DESC LIMIT 1",
        (patient_id, today.isoformat()),
    )
    return None if row is None else (row["tier"], row["reason"])


def came_later(db: CareFile, merge: Merge) -> dict[str, int]:
    """How many facts of the one who stays were noted since the merge, by table."""
    holder = kept(db, merge.patient_id)
    found = {}
    for table in _TOLD:
        count = db.value(
            f"SELECT count(*) FROM {table} WHERE patient_id = ? AND command_id > ?",
            (holder, merge.command_id),
        )
        if count:
            found[table] = int(count)
    return found


def are_different(db: CareFile, one: int, other: int) -> bool:
    """Did she say that these two are different people?"""
    return {one, other} in [set(pair) for pair in different(db)]


def different(db: CareFile) -> set[tuple[int, int]]:
    """The pairs who were said to be different people, lower id first, as they are on file now."""
    rows = db.rows("SELECT patient_id, other_id FROM different_people")
    return {
        (min(pair), max(pair))
        for pair in ((kept(db, row[0]), kept(db, row[1])) for row in rows)
        if pair[0] != pair[1]
    }


def note_different(db: CareFile, one: int, other: int) -> bool:
    """Remember that two are different people; False when it was known."""
    if are_different(db, one, other):
        return False
    db.insert("different_people", patient_id=min(one, other), other_id=max(one, other))
    return True


def _merge(row: sqlite3.Row) -> Merge:
    moved = Moved(**json.loads(row["moved"]))
    return Merge(row["id"], row["patient_id"], row["merged_id"], row["command_id"], moved)


def _point(db: CareFile, patient_id: int, to: int | None) -> None:
    db.execute("UPDATE patients SET merged_into = ? WHERE id = ?", (to, patient_id))


def _ids(db: CareFile, table: str, patient_id: int) -> list[int]:
    return [
        row[0]
        for row in db.stream(
            f"SELECT id FROM {table} WHERE patient_id = ? ORDER BY id", (patient_id,)
        )
    ]


Words = dict[tuple[str, int], tuple[str, int]]
"""By person and patient: the last word of a reviewer, and the stay of which it was said."""


def _last_words(db: CareFile, merge: Merge) -> Words:
    rows = db.stream(
        "SELECT person_key, patient_id, decision, stay_id FROM link_decisions"
        " WHERE patient_id IN (?, ?) ORDER BY id",
        (merge.patient_id, merge.merged_id),
    )
    return {(row[0], row[1]): (row[2], row[3]) for row in rows}


def _keep_yes(db: CareFile, merge: Merge, words: Words) -> None:
    """A yes to one of the two holds for both, also when a no to the other was said after it.

    "It is P42 and not P57" is what a reviewer says of duplicates.
    """
    for (key, patient_id), (word, stay_id) in words.items():
        other = merge.merged_id if patient_id == merge.patient_id else merge.patient_id
        if word == "is" and words.get((key, other), ("is", 0))[0] == "not":
            values: dict[str, Any] = {"stay_id": stay_id, "person_key": key, "decision": "is"}
            add(db, merge, "link_decisions", **values)


def _queue_phones(db: CareFile, merge: Merge, last: int) -> None:
    """The phones that moved are tried after the others, in the order that they had."""
    rows = db.rows(
        "SELECT id, place FROM phones WHERE id IN (SELECT value FROM json_each(?))"
        " ORDER BY place, id",
        (json.dumps(merge.moved.rows.get("phones", [])),),
    )
    merge.moved.places = {str(row["id"]): row["place"] for row in rows}
    db.execute_all(
        "UPDATE phones SET place = ? WHERE id = ?",
        [(last + number, row["id"]) for number, row in enumerate(rows, start=1)],
    )


def _patient(db: CareFile, patient_id: int) -> dict[str, Any]:
    row = db.row("SELECT * FROM patients WHERE id = ?", (patient_id,))
    assert row is not None  # noqa: S101 - callers have resolved the id
    return dict(row)


def _fill(db: CareFile, merge: Merge) -> None:
    """Fill in what the one who stays lacks; parts of the name only where the name is the same."""
    one, other = _patient(db, merge.patient_id), _patient(db, merge.merged_id)
    same_name = (one["last_key"], one["first_key"]) == (other["last_key"], other["first_key"])
    for column in (*_FILLED, *(_NAME_PARTS if same_name else ())):
        before, value = one[column], other[column]
        lacks = not before or (column == "sex" and before == Sex.U)
        if lacks and value and value != before:
            db.execute(f"UPDATE patients SET {column} = ? WHERE id = ?", (value, merge.patient_id))
            merge.moved.filled[column] = [before, value]


def _name(db: CareFile, merge: Merge) -> None:
    """Keep the name of the one who was merged as another name, where it is one."""
    one, other = _patient(db, merge.patient_id), _patient(db, merge.merged_id)
    keys = (other["last_key"], other["first_key"])
    known: Iterable[tuple[str, str]] = (
        (row["last_key"], row["first_key"])
        for row in db.rows(
            "SELECT last_key, first_key FROM other_names WHERE patient_id = ?", (merge.patient_id,)
        )
    )
    if keys not in {(one["last_key"], one["first_key"]), *known}:
        names = {key: other[key] for key in ("last_name", "first_name", "last_key", "first_key")}
        add(db, merge, "other_names", **names)
