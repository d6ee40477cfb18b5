"""`stale`: who under care management has slipped out of reach."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple

import typer

from caretool import dates, explain, outreach, planning
from caretool.app import Session
from caretool.history import seen
from caretool.model import Channel, Decision
from caretool.output import Column, Result
from caretool.store import facts, patients

if TYPE_CHECKING:
    from collections.abc import Mapping

    from caretool.items import Plan
    from caretool.model import PatientFacts
    from caretool.planning import Rules
    from caretool.store.patients import Reach

# As long as it takes to miss three follow-ups of the usual tier (peers: 45 days unless said)
_DAYS = 45
_CALLS = frozenset({Decision.CALLS, Decision.NO_CALLS})


class _Followed(NamedTuple):
    """One patient under care management, with what the reasons are read from."""

    plan: Plan
    last_reached: date | None
    days: int
    """Since the last two-way contact, or since care management began if that came later."""
    attempts: int
    no_calls: bool


def run(
    session: Session,
    days: Annotated[
        int, typer.Option("--days", metavar="N", min=1, help="Silent for so many days.")
    ] = _DAYS,
) -> Result:
    """List patients under care management who have slipped: silent, without a date or a phone.

    caretool stale

    caretool stale --days 60
    """
    today = session.today
    with session.reading() as care_file:
        rules = planning.rules(care_file, today)
        panel = facts.panel(care_file, rules.protocols, today).facts
        known = [_followed(one, rules, today) for one in panel]
        followed = [one for one in known if one.plan.standing.is_followed]
        cards = patients.cards(care_file, [one.plan.patient_id for one in followed])
        ways = patients.reach(care_file, cards, today)
    enough = rules.protocols.ladder.attempts
    rows = []
    for one in sorted(followed, key=lambda one: (-one.days, one.plan.patient_id)):
        card, way = cards[one.plan.patient_id], ways[one.plan.patient_id]
        reasons = _reasons(one, way, days, enough)
        if reasons:
            rows.append(
                {
                    "patient": card.id,
                    "name": card.name.initials if session.mask else card.name.listed,
                    "tier": one.plan.standing.tier,
                    "channel": way.channel,
                    "last_reached": one.last_reached,
                    "days": one.days,
                    "attempts": one.attempts,
                    "reasons": reasons,
                    "next": explain.next_record(one.plan, today, mask=session.mask),
                }
            )
    return Result(
        data=rows,
        columns=_columns(today),
        summary=f"{len(rows)} of {len(followed)} under care management",
        hint=f"caretool show {rows[0]['patient']} opens one" if rows else "",
        empty="Nobody has slipped.",
    )


def _followed(known: PatientFacts, rules: Rules, today: date) -> _Followed:
    protocols = rules.protocols
    so_far = seen(known, today)
    plan = planning.plan(known, rules, today)
    last = next((one.on for one in reversed(so_far.contacts) if protocols.counts(one)), None)
    since = max(filter(None, (plan.standing.since, last)), default=today)
    attempts = 0
    if len(so_far.contacts) >= protocols.ladder.attempts:
        climb = outreach.climb(so_far.contacts, protocols, rules.calendar, date.min)
        attempts = climb.attempts
    said = [one.decision for one in so_far.decisions if one.decision in _CALLS]
    no_calls = said[-1:] == [Decision.NO_CALLS]
    return _Followed(plan, last, (today - since).days, attempts, no_calls)


def _reasons(one: _Followed, way: Reach, days: int, enough: int) -> list[str]:
    """The codes of what is wrong; the last day on which nothing is, is the one before `days`."""
    nothing_else = way.channel in {None, Channel.LETTER}
    found = {
        "silent": one.days >= days,
        "no_date": not one.plan.items and not one.plan.standing.is_held,
        "no_phone": way.number is None and not one.no_calls,
        "no_calls": one.no_calls and nothing_else,
        "attempts": one.attempts >= enough,
    }
    return [code for code, is_so in found.items() if is_so]


def _columns(today: date) -> tuple[Column, ...]:
    def reached(row: Mapping[str, Any]) -> str:
        return dates.show_short(row["last_reached"], today) if row["last_reached"] else "never"

    def following(row: Mapping[str, Any]) -> str:
        return dates.show_short(row["next"]["due"], today) if row["next"] else "none"

    return (
        Column("patient", "id"),
        Column("name", "name", wrap=True),
        Column("tier", "tier"),
        Column("channel", "channel", hidden=True),
        Column("last_reached", "reached", show=reached),
        Column("days", "days", right=True),
        Column("attempts", "attempts", hidden=True),
        Column("reasons", "why", show=lambda row: ", ".join(_words(row)), wrap=True),
        Column("next", "next", show=following),
    )


def _words(row: Mapping[str, Any]) -> list[str]:
    never = row["last_reached"] is None
    words = {
        "silent": "never reached" if never else "silent",
        "no_date": "no next date",
        "no_phone": f"no phone, by {row['channel']}",
        "no_calls": "wants no calls",
        "attempts": f"{row['attempts']} failed attempts",
    }
    return [words[code] for code in row["reasons"]]
