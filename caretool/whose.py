"""Whose stay is it, and why: what the list said, what was decided by which rule, what else fits.

Masked, it keeps ids, dates of care, codes and the facility, and loses names, birth dates, numbers.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any

from caretool import dates, explain, planning
from caretool.episodes import episodes
from caretool.errors import NotFoundError, UsageProblem
from caretool.matching import Agreement, compare
from caretool.model import MEMBER, PRACTICE, Link
from caretool.output import Block, Result
from caretool.store import facts, links, merges, patients, runs, stays

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable, Iterator, Mapping

    from caretool.db import CareFile
    from caretool.matching import Evidence, Match, Roster
    from caretool.model import Card

Record = dict[str, Any]

_ID = re.compile(r"[Dd]0*([1-9][0-9]{0,15})")
_SAYS = {
    Agreement.AGREE: "agrees",
    Agreement.NEAR: "near",
    Agreement.MISSING: "missing",
    Agreement.CONTRADICT: "contradicts",
}


def is_stay(text: str) -> bool:
    """Is that the id of a stay, `D17`?"""
    return _ID.fullmatch(text.strip()) is not None


def stay_id(text: str) -> int:
    """The number of a stay's id. Raises UsageProblem."""
    match = _ID.fullmatch(text.strip())
    if match is None:
        msg = "that is no discharge's id"
        raise UsageProblem(msg, "ids look like D17; caretool review lists them")
    return int(match[1])


# after a decision


def decided(
    db: CareFile,
    number: int,
    patient_id: int,
    today: date,
    *,
    mask: bool,
    more: Iterable[tuple[str, Any, str]] = (),
) -> Result:
    """What a decision about a stay has made of it, and of the patient's next date.

    `more` are keys with their values for scripts and the words to say of them.
    """
    stay = stays.get(db, number)
    plan = planning.of_patient(db, patient_id, today)
    linked = stay["patient_id"]
    said = {
        Link.LINKED: f"D{number} is linked to P{linked}: {stay['link_reason']}",
        Link.REVIEW: f"D{number} still waits: others fit too",
        Link.UNMATCHED: f"D{number} is nobody on file",
    }[Link(stay["link"])]
    added = list(more)
    return Result(
        data={
            "discharge": f"D{number}",
            "link": stay["link"],
            "patient": None if linked is None else f"P{linked}",
            **{key: value for key, value, _ in added},
            "next": explain.next_record(plan, today, mask=mask),
        },
        said=(
            said,
            *(words for _, _, words in added if words),
            f"P{patient_id} {explain.next_words(plan, today, mask=mask)}",
        ),
    )


# the whole account of one stay


def account(db: CareFile, number: int, today: date, *, mask: bool) -> Record:
    """Everything that bears on whose stay this is, as one record.

    Raises NotFoundError for a stay that is not on file, or that begins after `today`.
    """
    stay = stays.get(db, number)
    begins = stay["admitted_on"] or stay["discharged_on"]
    if begins > today.isoformat():
        msg = f"D{number} begins on {begins}, after {today.isoformat()}"
        raise NotFoundError(msg, "leave --as-of away")
    known = links.roster(db)
    match = match_of(known, stay)
    linked = stay["patient_id"]
    whom = {one.patient_id: one.evidence for one in match.candidates}
    if linked is not None:
        person = links.people(db, (linked,))[linked]
        whom = {linked: compare(links.stay_person(stay), person)}
    cards = patients.cards(db, whom)
    return {
        "discharge": f"D{number}",
        "link": stay["link"],
        "patient": None if linked is None else f"P{linked}",
        "reason": stay["link_reason"],
        "cancelled": bool(stay["cancelled"]),
        "told": _told(stay, today, mask=mask),
        "import": _import(db, stay),
        "candidates": [
            _candidate(cards[one], evidence, mask=mask) for one, evidence in whom.items()
        ],
        "decisions": _decisions(db, stay, mask=mask),
        "episode": _episode(db, linked, number, today),
    }


def match_of(known: Roster, stay: sqlite3.Row) -> Match:
    """Whom a stay may belong to; while it waits, also who would be linked by themselves."""
    who = links.stay_person(stay)
    if stay["link"] != Link.REVIEW:
        return known.decide(who)
    return known.review(who, known.decided_not.get(who.key, frozenset()))


def _told(stay: sqlite3.Row, today: date, *, mask: bool) -> Record:
    """What the lists say of the stay; nothing of its end before that day."""
    name = links.stay_name(stay)
    ended = stay["discharged_on"] is not None and stay["discharged_on"] <= today.isoformat()
    numbers = (
        (stay["issuer"], stay["record_number"]),
        (PRACTICE, stay["practice_number"]),
        (MEMBER, stay["member_number"]),
    )

    def private(value: Any) -> Any:  # noqa: ANN401 - whatever the column holds
        return None if mask else value

    return {
        "name": name.initials if mask else name.listed,
        "other_last": private(stay["other_last_name"]),
        "birth_date": private(stay["birth_date"]),
        "sex": stay["sex"],
        "zip": private(stay["zip"]),
        "address": private(stay["address"]),
        "phone": private(stay["phone"]),
        "numbers": []
        if mask
        else [{"number": value, "issuer": issuer} for issuer, value in numbers if value],
        "visit": private(stay["visit"]),
        "facility": stay["facility"] or stay["issuer"],
        "class": stay["patient_class"],
        "admit_date": stay["admitted_on"],
        "discharge_date": stay["discharged_on"] if ended else None,
        "at": stay["discharged_at"] if ended else None,
        "disposition": stay["disposition"] if ended else None,
        "disposition_words": private(stay["disposition_text"]) if ended else None,
        "diagnosis": private(stay["diagnosis"]),
        "arrived": stay["arrived_on"],
    }


def _import(db: CareFile, stay: sqlite3.Row) -> Record | None:
    """By which import the stay came, and where in the file it stood, as far as that was kept."""
    run = db.row("SELECT * FROM import_runs WHERE id = ?", (stay["run_id"],))
    if run is None:
        return None
    at = next((row for row in runs.rows_of(db, run["id"]) if row[4] == stay["id"]), None)
    return {
        "run": f"R{run['id']}",
        "on": run["on_date"],
        "file": run["file_name"],
        "source": run["source"],
        "line": at[0] if at else None,
        "record": at[1] if at else None,
    }


def _candidate(card: Card, evidence: Evidence, *, mask: bool) -> Record:
    return {
        "patient": card.id,
        "name": card.name.initials if mask else card.name.listed,
        "birth_date": None if mask else card.birth_date,
        "mrn": None if mask else card.mrn,
        "evidence": {
            field: _SAYS[value]
            for field, value in zip(evidence._fields, evidence, strict=True)
            if isinstance(value, Agreement)
        },
    }


def _decisions(db: CareFile, stay: sqlite3.Row, *, mask: bool) -> list[Record]:
    """Every word of a reviewer on this stay, or on another of the same words; earliest first."""
    rows = db.rows(
        "SELECT d.stay_id, d.patient_id, d.decision, d.reason, c.at_utc, c.utc_offset, c.user,"
        " c.command"
        " FROM link_decisions d JOIN commands c ON c.id = d.command_id"
        " WHERE d.stay_id = ? OR d.person_key = ? ORDER BY d.id",
        (stay["id"], links.stay_person(stay).key),
    )
    return [
        {
            "on": _local_day(row["at_utc"], row["utc_offset"]),
            "discharge": f"D{row['stay_id']}",
            "decision": row["decision"],
            "why": None if mask else row["reason"],
            "patient": f"P{row['patient_id']}",
            "now": f"P{merges.kept(db, row['patient_id'])}",
            "by": row["user"],
            "command": row["command"],
        }
        for row in rows
    ]


def _local_day(at_utc: str, offset: int) -> date:
    at = datetime.fromisoformat(at_utc).replace(tzinfo=UTC)
    return at.astimezone(timezone(timedelta(minutes=offset))).date()


def _episode(db: CareFile, patient_id: int | None, number: int, today: date) -> list[str]:
    """The other stays of the same episode of care, the earliest first."""
    if patient_id is None:
        return []
    known = facts.patient(db, patient_id, planning.rules(db, today).protocols, today)
    for one in episodes(known.stays):
        ids = [stay.stay_id for stay in one.stays]
        if number in ids:
            return [f"D{other}" for other in ids if other != number]
    return []


# the same as a page


def page(record: Mapping[str, Any], today: date) -> tuple[Block, ...]:
    """The account of a stay for people: decision, what was told, evidence, earlier words."""
    head = f"{record['discharge']} {_head(record)}"
    blocks = [
        Block(lines=(head,), name="discharge"),
        Block("On the list", pairs=tuple(_said(record, today)), name="told"),
    ]
    for one in record["candidates"]:
        who = " ".join(filter(None, (one["name"], str(one["birth_date"] or ""), one["mrn"])))
        fields: dict[str, list[str]] = {}
        for field, word in one["evidence"].items():
            fields.setdefault(word, []).append(field.replace("_", " "))
        pairs = tuple((word, ", ".join(fields[word])) for word in _SAYS.values() if word in fields)
        blocks.append(Block(f"{one['patient']} {who}", pairs=pairs, name=one["patient"]))
    words = tuple(
        f"{dates.show_short(one['on'], today)}: {one['discharge']}"
        f" {'is' if one['decision'] == 'is' else 'is not'} {one['patient']}{_moved(one)}"
        for one in record["decisions"]
    )
    if words:
        blocks.append(Block("Decided", lines=words, name="decided"))
    if record["episode"]:
        lines = (", ".join(record["episode"]),)
        blocks.append(Block("One episode with", lines=lines, name="episode"))
    return tuple(blocks)


def _head(record: Mapping[str, Any]) -> str:
    where = {
        Link.LINKED: f"is linked to {record['patient']}",
        Link.REVIEW: "waits for your decision",
        Link.UNMATCHED: "is nobody on file",
    }[Link(record["link"])]
    taken = "; the sender took it back" if record["cancelled"] else ""
    return f"{where}: {record['reason']}{taken}"


def _moved(one: Mapping[str, Any]) -> str:
    return "" if one["now"] == one["patient"] else f" (now {one['now']})"


def _said(record: Mapping[str, Any], today: date) -> Iterator[tuple[str, str]]:
    told, came = record["told"], record["import"]
    yield "name", told["name"]
    for key, title in (
        ("other_last", "other last name"), ("birth_date", "born"), ("sex", "sex"), ("zip", "ZIP"),
        ("address", "address"), ("phone", "phone"),
    ):  # fmt: skip
        if told[key]:
            yield title, told[key]
    for one in told["numbers"]:
        yield "number", f"{one['number']} ({one['issuer']})"
    yield "where", f"{told['facility']}, {told['class']}"
    for key, title in (("admit_date", "in"), ("discharge_date", "out")):
        if told[key]:
            at = f" {told['at']}" if key == "discharge_date" and told["at"] else ""
            yield title, dates.show_short(date.fromisoformat(told[key]), today) + at
    if told["disposition"] or told["disposition_words"]:
        yield "went to", " ".join(filter(None, (told["disposition"], told["disposition_words"])))
    yield "list came", dates.show_short(date.fromisoformat(told["arrived"]), today)
    if came is not None:
        line = f", line {came['line']}" if came["line"] else ""
        yield "first told by", f"{came['run']} {came['file']}{line}"
