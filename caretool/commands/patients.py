"""`patients`: everybody on file, or those who fit a search."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from caretool import dates, explain, options, output, planning, typed
from caretool.app import Session
from caretool.intake import roster_words
from caretool.intake.roster_words import coded
from caretool.model import Status, Tier
from caretool.output import Column, Result
from caretool.store import patients as store
from caretool.store.roster import has_condition

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    from caretool.db import CareFile
    from caretool.items import Plan
    from caretool.model import Card


def run(
    session: Session,
    text: Annotated[
        str,
        typer.Argument(
            metavar="TEXT", help="Part of a name, a record number, phone or id; - asks."
        ),
        options.Mark.PATIENT,
    ] = "",
    status: Annotated[Status | None, typer.Option("--status", help="Only this status.")] = None,
    tier: Annotated[Tier | None, typer.Option("--tier", help="Only this tier.")] = None,
    condition: Annotated[
        str | None, typer.Option("--condition", metavar="CODE", help="Only with this condition.")
    ] = None,
) -> Result:
    """List or search patients, by name.

    caretool patients

    caretool patients garcia --status active
    """
    with session.reading() as care_file:
        code = _condition(care_file, condition) if condition else None
        cards = store.search(care_file, text, condition=code)
        ids = [card.patient_id for card in cards]
        plans = planning.of_patients(care_file, ids, session.today)
        conditions = store.conditions_of(care_file, ids)
    rows = []
    for card in cards:
        row = _row(card, plans[card.patient_id], conditions.get(card.patient_id, []), session)
        if status in {None, row["status"]} and tier in {None, row["tier"]}:
            rows.append(row)
    return Result(
        data=rows,
        columns=_columns(session.today),
        summary=f"{len(rows)} patients" if len(rows) != 1 else "1 patient",
        hint=f"caretool show {rows[0]['patient']} opens one" if rows else "",
        empty="Nobody fits." if text or status or tier or condition else "Nobody is on file yet.",
    )


def _condition(care_file: CareFile, text: str) -> str:
    """The code to search by; also words of a roster that are no code of ours, if on file."""
    for word in roster_words.conditions(text):
        if not roster_words.coded([word]) and has_condition(care_file, word):
            return word
    return typed.condition(text)[0]


def _row(card: Card, plan: Plan, conditions: list[str], session: Session) -> dict[str, Any]:
    mask = session.mask
    following = explain.next_item(plan)
    tiered = plan.standing.status in {Status.ACTIVE, Status.ON_HOLD}
    return {
        "patient": card.id,
        "name": card.name.initials if mask else card.name.listed,
        "birth_date": None if mask else card.birth_date,
        "mrn": None if mask else card.mrn,
        "phone": None if mask else card.phone,
        "status": plan.standing.status,
        "status_reason": plan.standing.reason,
        "in_facility": plan.standing.held_since is not None,
        "tier": plan.standing.tier if tiered else None,
        "conditions": coded(conditions) if mask else conditions,
        "next_due": following.due if following else None,
    }


def _columns(today: date) -> tuple[Column, ...]:
    def status(row: Mapping[str, Any]) -> str:
        text = str(row["status"]).replace("_", " ")
        if row["status_reason"]:
            text += f" ({str(row['status_reason']).replace('_', ' ')})"
        return f"{text}, in a facility" if row["in_facility"] else text

    def following(row: Mapping[str, Any]) -> str:
        return dates.show_short(row["next_due"], today) if row["next_due"] else ""

    def conditions(row: Mapping[str, Any]) -> str:
        return ", ".join(code.replace("_", " ") for code in row["conditions"])

    return (
        Column("patient", "id"),
        Column("name", "name", wrap=True),
        Column("birth_date", "born"),
        Column("mrn", "number"),
        Column("phone", "phone", show=lambda row: output.phone(row["phone"])),
        Column("status", "status", show=status, wrap=True),
        Column("status_reason", "status reason", hidden=True),
        Column("in_facility", "in a facility", hidden=True),
        Column("tier", "tier"),
        Column("conditions", "conditions", show=conditions, wrap=True, hidden=True),
        Column("next_due", "next", show=following),
    )
