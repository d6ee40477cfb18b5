"""`compare-protocols`: what other rules would do to the whole panel, before they are used."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from caretool import dates, explain, load, planning
from caretool.app import Session
from caretool.output import Block, Column, Result
from caretool.planning import Rules
from caretool.protocols import Protocols
from caretool.store import facts, patients

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from caretool.items import Item, Plan
    from caretool.load import Change
    from caretool.model import Card

_WEEKS = 4
_SHOWN = 30
_HOW = ("earlier", "later", "limit", "strength", "new", "gone")
_WORDS = {"limit": "with another limit", "strength": "with another strength"}


def run(
    session: Session,
    file: Annotated[
        Path,
        typer.Argument(metavar="FILE", help="The rules to compare with those in force."),
    ],
    every: Annotated[
        bool, typer.Option("--all", help=f"On a terminal every change, not only {_SHOWN}.")
    ] = False,
) -> Result:
    """Show what other rules would do to everybody: who moves, and when; changes nothing.

    caretool compare-protocols clinic.toml

    caretool compare-protocols clinic.toml --as-of 2026-12-01
    """
    today = session.today
    with session.reading() as care_file:
        now = planning.rules(care_file, today)
        protocols, calendar = planning.load_rules(file)
        new = Rules(protocols, calendar._replace(days_off=now.calendar.days_off))
        known = facts.panel(care_file, _both(now.protocols, protocols), today).facts
        before = [planning.plan(one, now, today) for one in known]
        after = [planning.plan(one, new, today) for one in known]
        found = [
            (change, _first(old), _first(other))
            for old, other in zip(before, after, strict=True)
            if old.items != other.items
            for change in load.changes(old, other)
        ]
        cards = patients.cards(care_file, {change.patient_id for change, _, _ in found})
    # What is missed comes first, then by the day to act under the new rules
    found.sort(key=lambda one: (not one[0].newly_missed(today), one[0].item.due))
    counts = load.count_changes([change for change, _, _ in found], today)
    items = sum(len(plan.items) for plan in before)
    numbers = {
        "patients": sum(
            bool(old.items or other.items) or old.standing.is_followed
            for old, other in zip(before, after, strict=True)
        ),
        "patients_changed": counts["patients_changed"],
        **{how: counts[how] for how in _HOW},
        "unchanged": items - sum(counts[how] for how in _HOW if how != "new"),
        "items_before": items,
        "items_after": sum(len(plan.items) for plan in after),
        "limits_newly_missed": counts["limits_newly_missed"],
    }
    rows = [_row(change, first, cards[change.patient_id], session) for change, *first in found]
    days = _load(before, after, now, new, session)
    shown = rows if every else rows[:_SHOWN]
    more = "" if len(shown) == len(rows) else f"{len(rows) - len(shown)} more changes: --all"
    columns = _columns(today)
    blocks = (
        Block(lines=_summary(numbers, now, new, file)),
        Block("Changes", columns=columns, rows=tuple(shown), name="change"),
        Block(
            f"Patients a day, the next {_WEEKS} weeks",
            columns=_load_columns(today),
            rows=tuple(days) if rows else (),
            name="load",
        ),
    )
    return Result(
        data=rows,
        columns=columns,
        blocks=tuple(block for block in blocks if block.lines or block.rows),
        counts=numbers,
        load=days,
        hint=more,
    )


def _both(now: Protocols, new: Protocols) -> Protocols:
    """The rules of both, to read the facts once that the plans under either need."""
    together = {
        trigger: (*protocols, *new.by_trigger[trigger])
        for trigger, protocols in now.by_trigger.items()
    }
    return now._replace(by_trigger=together)


def _first(plan: Plan) -> date | None:
    """The first day on which this patient is to be acted on."""
    return min((item.due for item in plan.items), default=None)


def _row(
    change: Change, first: Sequence[date | None], card: Card, session: Session
) -> dict[str, Any]:
    before, after = change.before, change.after
    return {
        "patient": card.id,
        "name": card.name.initials if session.mask else card.name.listed,
        "kind": change.item.rule.kind,
        "rule": change.item.rule.id,
        "change": change.how,
        **_side("before", before),
        **_side("after", after),
        "first_before": first[0],
        "first_after": first[1],
        "limit_newly_missed": change.newly_missed(session.today),
    }


def _side(side: str, item: Item | None) -> dict[str, Any]:
    return {
        side: None if item is None else item.due,
        f"limit_{side}": None if item is None else item.limit,
        f"strength_{side}": None if item is None else item.rule.strength,
    }


def _load(
    before: Sequence[Plan], after: Sequence[Plan], now: Rules, new: Rules, session: Session
) -> list[dict[str, Any]]:
    """The load of each day of the next weeks under both; `closed` is why a day has none."""
    today = session.today
    last = today + timedelta(weeks=_WEEKS) - timedelta(days=1)
    old = load.days(before, now.calendar, today, last)
    other = load.days(after, new.calendar, today, last)
    return [
        {
            "day": one.day,
            "before": one.patients,
            "after": two.patients,
            "open": two.closed is None,
        }
        for one, two in zip(old, other, strict=True)
    ]


def _summary(numbers: Mapping[str, int], now: Rules, new: Rules, file: Path) -> tuple[str, ...]:
    said = f"{now.protocols.version} against {new.protocols.version} ({file.name}): "
    if not numbers["patients_changed"]:
        return (f"{said}nothing would change for {numbers['patients']} patients",)
    parts = [f"{numbers[how]} {_WORDS.get(how, how)}" for how in _HOW if numbers[how]]
    many = f"{numbers['patients_changed']} of {numbers['patients']} patients"
    lines = [f"{said}{many}: {', '.join(parts)}"]
    missed = numbers["limits_newly_missed"]
    if missed:
        words = (
            "limit would be missed that is" if missed == 1 else "limits would be missed that are"
        )
        lines.append(f"{missed} {words} not missed now")
    lines.append(f"{numbers['items_before']} items before, {numbers['items_after']} after")
    return tuple(lines)


def _columns(today: date) -> tuple[Column, ...]:
    def day(key: str) -> Any:  # noqa: ANN401 - how a column shows a day
        return lambda row: dates.show_short(row[key], today) if row[key] else ""

    def what(row: Mapping[str, Any]) -> str:
        if row["limit_newly_missed"]:
            return "misses limit"
        if row["change"] == "strength":
            return f"now a {row['strength_after']}"
        return str(row["change"])

    return (
        Column("patient", "id"),
        Column("name", "name", wrap=True),
        Column("kind", "kind", show=lambda row: explain.kind_words(row["kind"]), wrap=True),
        Column("rule", "rule", hidden=True),
        Column("change", "change", show=what, wrap=True),
        Column("before", "before", show=day("before")),
        Column("after", "after", show=day("after")),
        Column("limit_before", "limit before", hidden=True),
        Column("limit_after", "limit", show=day("limit_after")),
        Column("strength_before", "strength before", hidden=True),
        Column("strength_after", "strength after", hidden=True),
        Column("first_before", "first before", hidden=True),
        Column("first_after", "first after", hidden=True),
        Column("limit_newly_missed", "limit newly missed", hidden=True),
    )


def _load_columns(today: date) -> tuple[Column, ...]:
    def closed(row: Mapping[str, Any]) -> str:
        return "" if row["open"] else "closed"

    return (
        Column("day", "day", show=lambda row: dates.show_short(row["day"], today)),
        Column("before", "before", right=True),
        Column("after", "after", right=True),
        Column("open", "", show=closed),
    )
