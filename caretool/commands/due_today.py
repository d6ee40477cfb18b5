"""`due-today`: whom to contact, most urgent first, and why."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import TYPE_CHECKING, Annotated, Any

import typer

from caretool import dates, explain, output, planning
from caretool.app import Session
from caretool.errors import EXIT_DUE, EXIT_OK, UsageProblem
from caretool.model import TIERED, Channel, State, Tier
from caretool.output import Column, Form, Result
from caretool.store import patients, stays

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    from caretool.items import Item, Plan
    from caretool.model import Card
    from caretool.store.patients import Reach

_STYLES = {State.LATE_OPEN: "bold red", State.OVERDUE: "red", State.DUE: "", State.UPCOMING: "dim"}
_BUCKETS = {
    State.LATE_OPEN: "late_open",
    State.OVERDUE: "overdue",
    State.DUE: "today",
    State.UPCOMING: "to_come",
}
_BUCKET_WORDS = {
    "late_open": "past the limit",
    "overdue": "late",
    "today": "today",
    "to_come": "to come",
    "held": "held",
    "no_date": "without a date",
    "later": "later",
}


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
    today = session.today
    horizon = today + timedelta(days=days)
    with session.reading() as care_file:
        protocols = planning.rules(care_file, today).protocols
        if kind is not None:
            _check_kind(kind, {rule.kind for rule in protocols.rules})
        panel = planning.of_panel(care_file, today, horizon)
        everybody = planning.listed(panel.plans, horizon, today)
        wanted = [plan for plan in everybody if _is_wanted(plan, tier, kind)]
        listed = wanted[:top]
        waiting = stays.count_in_review(care_file, today)
        ids = [plan.patient_id for plan in listed]
        cards = patients.cards(care_file, ids)
        ways = patients.reach(care_file, cards, today)
    rows = [_row(plan, cards[plan.patient_id], ways[plan.patient_id], session) for plan in listed]
    counts = _counts(panel.plans, everybody, today) | {"in_review": waiting}
    counts["later"] += panel.others
    return Result(
        data=rows,
        columns=_columns(listed, session),
        summary=_summary(counts, len(wanted), len(rows), filtered=bool(tier or kind)),
        hint=f"caretool why {rows[0]['patient']} explains a date" if rows else "",
        empty="Nothing is due.",
        exit_code=EXIT_DUE if exit_code and rows else EXIT_OK,
        counts=counts,
        shown=_shown(
            listed, protocols.version, days=days, tier=tier, kind=kind, top=top, mask=session.mask
        ),
    )


def _check_kind(kind: str, known: set[str]) -> None:
    if kind not in known:
        msg = f"no kind of item {kind!r}"
        raise UsageProblem(msg, f"one of: {', '.join(sorted(known))}")


def _is_wanted(plan: Plan, tier: Tier | None, kind: str | None) -> bool:
    """Does a patient of the list have this tier, and something of this kind to act on?"""
    if tier is not None and plan.standing.tier != tier:
        return False
    return kind is None or any(item.rule.kind == kind for item in plan.items)


def _counts(found: list[Plan], listed: list[Plan], today: date) -> dict[str, int]:
    """How many patients are in each bucket, whatever part of the list was asked for.

    Everybody who is under care management or has something open is in exactly one.
    """
    counts = dict.fromkeys(_BUCKET_WORDS, 0)
    shown = {plan.patient_id: plan for plan in listed}
    for plan in found:
        on_list = shown.get(plan.patient_id)
        if on_list is not None:
            counts[_BUCKETS[_state(on_list.items[0], today)]] += 1
        elif plan.standing.is_held and (plan.items or plan.standing.status in TIERED):
            counts["held"] += 1
        elif plan.items:
            counts["later"] += 1
        elif plan.standing.is_followed:
            counts["no_date"] += 1
    return counts


def _state(item: Item, today: date) -> State:
    """The bucket of a row: tried today and to be tried again is to come, however late it is."""
    return State.UPCOMING if item.due > today else explain.state(item, today)


def _columns(listed: list[Plan], session: Session) -> tuple[Column, ...]:
    """Everything for scripts; for people the id, name, phone, by when and why, in few words."""
    today = session.today
    plans = {f"P{plan.patient_id}": plan for plan in listed}

    def reasons(row: Mapping[str, Any]) -> str:
        items = plans[row["patient"]].items
        return "\n".join(explain.briefs(items, today, mask=session.mask))

    def style(row: Mapping[str, Any]) -> str:
        return _STYLES[row["state"]]

    return (
        Column("patient", "id", style=style),
        Column("name", "name", wrap=True),
        Column("mrn", "record number", hidden=True),
        Column("birth_date", "born", hidden=True),
        Column("phone", "phone", show=_way),
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


def _way(row: Mapping[str, Any]) -> str:
    """The number to call, or by which other way to reach somebody who has none."""
    return output.phone(row["phone"]) if row["phone"] else f"by {row['channel'] or Channel.LETTER}"


def _when(row: Mapping[str, Any], today: date) -> str:
    """The day that counts, in one word or two: how late, by which limit, today, or the day."""
    if row["limit"] is not None and row["limit"] >= today:
        limit = "today" if row["limit"] == today else dates.show_short(row["limit"], today)
        return f"by {limit}"
    if row["days_late"]:
        return f"{row['days_late']} d late"
    return "today" if row["due"] == today else dates.show_short(row["due"], today)


def _row(plan: Plan, card: Card, way: Reach, session: Session) -> dict[str, Any]:
    """One patient; with all items only where they are written, which is in a JSON document."""
    lead: Item = plan.items[0]
    today, mask = session.today, session.mask
    row: dict[str, Any] = {
        "patient": card.id,
        "name": card.name.initials if mask else card.name.listed,
        "mrn": None if mask else card.mrn,
        "birth_date": None if mask else card.birth_date,
        "phone": None if mask else way.number,
        "channel": way.channel,
        "tier": lead.tier,
        "due": lead.due,
        "limit": lead.limit,
        "state": explain.state(lead, today),
        "days_late": explain.days_late(lead, today),
        "kind": lead.rule.kind,
        "strength": lead.rule.strength,
        "reason": explain.reason(lead, today, mask=mask),
        "attempts": lead.attempts,
    }
    if session.form == Form.JSON:
        row["items"] = [explain.item_record(item, today, mask=mask) for item in plan.items]
    return row


def _summary(counts: Mapping[str, int], listed: int, shown: int, *, filtered: bool) -> str:
    """The line under the list: every bucket, which add up to the patients who are followed."""
    total = sum(counts[bucket] for bucket in _BUCKET_WORDS)
    cut = f", {shown} shown" if shown < listed else ""
    if filtered:
        return f"{listed} to contact{cut}" if listed else ""
    words = [f"{counts[one]} {text}" for one, text in _BUCKET_WORDS.items() if counts[one]]
    if words:
        words[0] = f"{listed} to contact of {total} followed{cut}: {words[0]}"
    if counts["in_review"]:
        words.append(f"{counts['in_review']} in review")
    return " · ".join(words)


def _shown(listed: list[Plan], version: str, **asked: object) -> dict[str, str]:
    """What is kept of a list that was shown: the ids in their order, and what was asked for."""
    options = {name: value for name, value in asked.items() if value}
    return {
        "rules": version,
        "asked": json.dumps(options),
        "patients": json.dumps([plan.patient_id for plan in listed], separators=(",", ":")),
    }
