"""`due-today`: whom to contact, most urgent first, and why."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from typing import TYPE_CHECKING, Annotated, Any

import typer

from caretool import dates, explain, output, planning
from caretool.app import Session
from caretool.errors import EXIT_DUE, EXIT_OK, UsageProblem
from caretool.model import State, Tier
from caretool.output import Column, Result
from caretool.protocols import load_protocols
from caretool.store import patients, stays

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    from caretool.model import Card
    from caretool.schedule import Item, Plan

_STYLES = {State.LATE_OPEN: "bold red", State.OVERDUE: "red", State.DUE: "", State.UPCOMING: "dim"}


def run(
    session: Session,
    days: Annotated[
        int, typer.Option("--days", metavar="N", min=0, max=3660, help="Also the next N days.")
    ] = 0,
    tier: Annotated[Tier | None, typer.Option("--tier", help="Only this tier.")] = None,
    kind: Annotated[
        str | None, typer.Option("--kind", metavar="KIND", help="Only this kind of item.")
    ] = None,
    exit_code: Annotated[
        bool, typer.Option("--exit-code", help="Exit 10 when something is due.")
    ] = False,
    top: Annotated[
        int | None, typer.Option("--top", metavar="N", min=1, help="Only the first N patients.")
    ] = None,
) -> Result:
    """Show whom to contact today, most urgent first, one line a patient.

    caretool due-today

    caretool due-today --days 7 --tier high
    """
    protocols = load_protocols()
    _check_kind(kind, {rule.kind for rule in _rules(protocols)})
    today = session.today
    horizon = today + timedelta(days=days)
    with session.reading() as care_file:
        found = planning.of_panel(care_file, today)
        held = sum(plan.standing.held_since is not None for plan in found)
        everybody = _listed(found, horizon, today, tier, kind)
        listed = everybody[:top]
        waiting = stays.count_in_review(care_file, today)
        cards = patients.cards(care_file, [plan.patient_id for plan in listed])
    rows = [_row(plan, cards[plan.patient_id], session) for plan in listed]
    return Result(
        data=rows,
        columns=_columns(listed, session),
        summary=_summary(everybody, len(rows), held, waiting, today),
        hint=f"caretool why {rows[0]['patient']} explains a date" if rows else "",
        empty="Nothing is due.",
        exit_code=EXIT_DUE if exit_code and rows else EXIT_OK,
    )


def _rules(protocols: Any) -> list[Any]:  # noqa: ANN401
    return [
        rule
        for protocol in (protocols.transition, protocols.routine_protocol, protocols.request)
        for rule in protocol.rules
    ]


def _check_kind(kind: str | None, known: set[str]) -> None:
    if kind is not None and kind not in known:
        msg = f"no kind of item {kind!r}"
        raise UsageProblem(msg, f"one of: {', '.join(sorted(known))}")


def _listed(
    found: list[Plan], horizon: date, today: date, tier: Tier | None, kind: str | None
) -> list[Plan]:
    """The plans with something to act on up to the horizon, cut to those items, in order."""
    listed = []
    for plan in found:
        items = tuple(item for item in plan.items if item.due <= horizon)
        if not items or (tier is not None and plan.standing.tier != tier):
            continue
        if kind is not None and all(item.rule.kind != kind for item in items):
            continue
        listed.append(plan._replace(items=items))
    listed.sort(key=lambda plan: plan.items[0].rank(today))
    return listed


def _columns(listed: list[Plan], session: Session) -> tuple[Column, ...]:
    """Everything for scripts; for people the id, name, phone, by when and why, in few words."""
    today = session.today
    plans = {f"P{plan.patient_id}": plan for plan in listed}

    def reasons(row: Mapping[str, Any]) -> str:
        items = plans[row["patient"]].items
        return "\n".join(explain.brief(item, today, mask=session.mask) for item in items)

    def style(row: Mapping[str, Any]) -> str:
        return _STYLES[row["state"]]

    return (
        Column("patient", "id", style=style),
        Column("name", "name", wrap=True),
        Column("mrn", "record number", hidden=True),
        Column("birth_date", "born", hidden=True),
        Column("phone", "phone", show=lambda row: output.phone(row["phone"])),
        Column("channel", "channel", hidden=True),
        Column("tier", "tier", hidden=True),
        Column("due", "when", show=lambda row: _when(row, today), style=style),
        Column("limit", "limit", hidden=True),
        Column("state", "state", hidden=True),
        Column("days_late", "days late", hidden=True),
        Column("kind", "kind", hidden=True),
        Column("strength", "strength", hidden=True),
        Column("reason", "why", show=reasons, wrap=True),
        Column("attempts", "attempts", hidden=True),
    )


def _when(row: Mapping[str, Any], today: date) -> str:
    """The day that counts, in one word or two: how late, by which limit, today, or the day."""
    if row["limit"] is not None and row["limit"] >= today:
        limit = "today" if row["limit"] == today else dates.show_short(row["limit"], today)
        return f"by {limit}"
    if row["days_late"]:
        return f"{row['days_late']} d late"
    return "today" if row["due"] == today else dates.show_short(row["due"], today)


def _row(plan: Plan, card: Card, session: Session) -> dict[str, Any]:
    lead: Item = plan.items[0]
    today, mask = session.today, session.mask
    items = [explain.item_record(item, today, mask=mask) for item in plan.items]
    return {
        "patient": card.id,
        "name": card.name.initials if mask else card.name.listed,
        "mrn": None if mask else card.mrn,
        "birth_date": None if mask else card.birth_date,
        "phone": None if mask else card.phone,
        "channel": card.channel,
        "tier": lead.tier,
        "due": lead.due,
        "limit": lead.limit,
        "state": items[0]["state"],
        "days_late": explain.days_late(lead, today),
        "kind": lead.rule.kind,
        "strength": lead.rule.strength,
        "reason": items[0]["reason"],
        "attempts": lead.attempts,
        "items": items,
    }


def _summary(everybody: list[Plan], shown: int, held: int, waiting: int, today: date) -> str:
    """The line under the list: how many, how late, who is left out and why; it adds up."""
    words = [f"{len(everybody)} to contact"] if everybody else []
    if shown < len(everybody):
        words[0] += f", {shown} shown"
    states = Counter(explain.state(plan.items[0], today) for plan in everybody)
    for state, text in (
        (State.LATE_OPEN, "past the limit"),
        (State.OVERDUE, "late"),
        (State.DUE, "today"),
        (State.UPCOMING, "to come"),
    ):
        if states[state]:
            words.append(f"{states[state]} {text}")
    if held:
        words.append(f"{held} held in a facility")
    if waiting:
        words.append(f"{waiting} in review")
    return " · ".join(words)
