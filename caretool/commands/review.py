"""`review`: stays that may be one of her patients, and her word on each."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Annotated, Any

import typer

from caretool import dates, options, whose
from caretool.app import Session
from caretool.errors import InputError, RefusedError, UsageProblem
from caretool.matching import Agreement, Match, Roster, compare
from caretool.model import MEMBER, PRACTICE, Identifier, Link, PatientRecord, Sex, Source
from caretool.output import Column, Result
from caretool.store import links, patients, stays
from caretool.store.contradictions import YOUR_DECISION

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Mapping

    from caretool.db import CareFile
    from caretool.model import Card

READS = False


def run(
    session: Session,
    discharge: Annotated[
        str | None, typer.Argument(metavar="DISCHARGE", help="The id of one to decide: D17.")
    ] = None,
    this_is: Annotated[
        str | None,
        typer.Option(
            "--is",
            metavar="PATIENT",
            help="It is this patient; - asks.",
            autocompletion=options.patient_ids,
        ),
        options.Mark.PATIENT,
    ] = None,
    this_is_not: Annotated[
        str | None,
        typer.Option(
            "--not",
            metavar="PATIENT",
            help="It is not this patient; - asks.",
            autocompletion=options.patient_ids,
        ),
        options.Mark.PATIENT,
    ] = None,
    anyway: Annotated[
        bool, typer.Option("--anyway", help="With --is: although birth date, sex or name differ.")
    ] = False,
    add: Annotated[
        bool, typer.Option("--add", help="It is somebody new: add them to the roster.")
    ] = False,
    unmatched: Annotated[
        bool, typer.Option("--unmatched", help="List those that fit nobody on file instead.")
    ] = False,
) -> Result:
    """List the stays that wait for your decision, or decide one; the decision is remembered.

    caretool review

    caretool review D17 --is P42

    caretool review D17 --not P42
    """
    given = (("--is", this_is), ("--not", this_is_not), ("--add", add or None))
    words = [name for name, value in given if value is not None]
    if len(words) > 1:
        msg = f"{words[0]} and {words[1]} exclude each other"
        raise UsageProblem(msg, "one decision at a time")
    if discharge is None:
        if words:
            msg = f"{words[0]} needs a discharge"
            raise UsageProblem(msg, f"caretool review D17 {words[0]} …")
        return _listed(session, Link.UNMATCHED if unmatched else Link.REVIEW)
    stay_id = whose.stay_id(discharge)
    if not words:
        return _listed(session, None, stay_id)
    with session.writing() as care_file:
        stay = stays.get(care_file, stay_id)
        if this_is is not None:
            patient_id = patients.resolve(care_file, this_is, with_names=session.terminal)
            if not anyway:
                _must_not_contradict(care_file, stay, patient_id)
            _decide_is(care_file, stay, patient_id)
        elif this_is_not is not None:
            patient_id = patients.resolve(care_file, this_is_not, with_names=session.terminal)
            links.take_back(care_file, stay, patient_id)
        else:
            patient_id = _add(care_file, session, stay)
        return whose.decided(care_file, stay_id, patient_id, session.today, mask=session.mask)


def _must_not_contradict(care_file: CareFile, stay: sqlite3.Row, patient_id: int) -> None:
    """A mistyped id would tell a stranger's story, and teach it for good."""
    evidence = compare(links.stay_person(stay), links.people(care_file, [patient_id])[patient_id])
    against = [
        name.replace("_", " ")
        for name in ("last", "first", "birth_date", "sex")
        if getattr(evidence, name) == Agreement.CONTRADICT
    ]
    if {"birth date", "sex"} & {*against} or {"last", "first"} <= {*against}:
        number = stay["id"]
        msg = f"D{number} speaks against P{patient_id}: other {', '.join(against)}"
        hint = f"caretool why D{number} shows both; if it is P{patient_id} all the same: --anyway"
        raise RefusedError(msg, hint, code="contradicts")


def _decide_is(care_file: CareFile, stay: sqlite3.Row, patient_id: int) -> None:
    if stay["link"] == Link.LINKED and stay["patient_id"] != patient_id:
        msg = f"D{stay['id']} is linked to P{stay['patient_id']}"
        hint = f"caretool review D{stay['id']} --not P{stay['patient_id']} takes that back first"
        raise InputError(msg, hint)
    links.decide(care_file, stay, patient_id, "is")
    links.set_link(care_file, stay["id"], Match(Link.LINKED, YOUR_DECISION, patient_id))
    links.link_waiting(care_file)


def _add(care_file: CareFile, session: Session, stay: sqlite3.Row) -> int:
    """Somebody new, as the list tells of them; on the roster only, until enrolled."""
    if stay["link"] == Link.LINKED:
        msg = f"D{stay['id']} is linked to P{stay['patient_id']}"
        raise InputError(msg, f"caretool review D{stay['id']} --not P{stay['patient_id']}")
    if not stay["last_name"] or not stay["first_name"]:
        msg = f"D{stay['id']} has no full name"
        raise InputError(msg, "add the patient by hand: caretool add-patient")
    born = stay["birth_date"]
    numbers = (
        (stay["issuer"], stay["record_number"]),
        (PRACTICE, stay["practice_number"]),
        (MEMBER, stay["member_number"]),
    )
    record = PatientRecord(
        name=links.stay_name(stay),
        birth_date=date.fromisoformat(born) if born else None,
        sex=Sex(stay["sex"]) if stay["sex"] else None,
        identifiers=tuple(Identifier(issuer, value) for issuer, value in numbers if value),
        phones=(stay["phone"],) if stay["phone"] else (),
        zip=stay["zip"],
        source=Source.DISCHARGE,
    )
    patient_id = patients.add(care_file, record, on=session.today)
    _decide_is(care_file, stay, patient_id)
    return patient_id


def _listed(session: Session, link: Link | None, stay_id: int | None = None) -> Result:
    with session.reading() as care_file:
        if stay_id is not None:
            found = [stays.get(care_file, stay_id)]
        else:
            found = list(stays.open_ones(care_file, link or Link.REVIEW, session.today))
        known = links.roster(care_file) if link != Link.UNMATCHED else Roster(())
        matches = [whose.match_of(known, stay) for stay in found]
        wanted = {one.patient_id for match in matches for one in match.candidates}
        cards = patients.cards(care_file, wanted)
    rows = [_row(stay, match, cards, session) for stay, match in zip(found, matches, strict=True)]
    first = rows[0] if rows else None
    hint = ""
    if first and first["candidates"]:
        hint = (
            f"caretool review {first['discharge']} --is {first['candidates'][0]['patient']}"
            f", or --not {first['candidates'][0]['patient']}, or --add"
        )
    return Result(
        data=rows,
        columns=_columns(session.today),
        summary=f"{len(rows)} to decide" if link == Link.REVIEW else f"{len(rows)} shown",
        hint=hint,
        empty="Nothing waits for a decision." if link == Link.REVIEW else "Nothing to show.",
    )


def _row(
    stay: sqlite3.Row, match: Match, cards: Mapping[int, Card], session: Session
) -> dict[str, Any]:
    mask = session.mask
    name = links.stay_name(stay)
    return {
        "discharge": f"D{stay['id']}",
        "link": stay["link"],
        "patient": None if stay["patient_id"] is None else f"P{stay['patient_id']}",
        "discharge_date": stay["discharged_on"],
        "facility": stay["facility"],
        "name": name.initials if mask else name.listed,
        "birth_date": None if mask else stay["birth_date"],
        "reason": stay["link_reason"],
        "candidates": [
            {
                "patient": f"P{one.patient_id}",
                "name": _shown(cards[one.patient_id], mask=mask),
                "birth_date": None if mask else cards[one.patient_id].birth_date,
                "mrn": None if mask else cards[one.patient_id].mrn,
                "evidence": one.evidence.words,
            }
            for one in match.candidates
        ],
    }


def _shown(card: Card, *, mask: bool) -> str:
    return card.name.initials if mask else card.name.listed


def _columns(today: date) -> tuple[Column, ...]:
    def discharged(row: Mapping[str, Any]) -> str:
        day = row["discharge_date"]
        return dates.show_short(date.fromisoformat(day), today) if day else "still in"

    def person(row: Mapping[str, Any]) -> str:
        return f"{row['name']}\n{row['birth_date'] or ''}".rstrip()

    def candidates(row: Mapping[str, Any]) -> str:
        if row["patient"]:
            return f"linked to {row['patient']}: {row['reason']}"
        return "\n".join(
            f"{one['patient']} {one['name']} {one['birth_date'] or ''} {one['mrn'] or ''}".rstrip()
            + f"\n   {one['evidence']}"
            for one in row["candidates"]
        )

    return (
        Column("discharge", "id"),
        Column("link", "link", hidden=True),
        Column("patient", "patient", hidden=True),
        Column("discharge_date", "discharged", show=discharged),
        Column("facility", "facility", hidden=True),
        Column("name", "on the list", show=person, wrap=True),
        Column("birth_date", "born", hidden=True),
        Column("reason", "reason", hidden=True),
        Column("candidates", "may be", show=candidates, wrap=True),
    )
