"""`why`: each date of a patient step by step, what is not due, the place in the list."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, Annotated, Any

import typer

from caretool import absent, dates, explain, options, planning, ranking, showings, tracing, whose
from caretool.app import Session
from caretool.errors import UsageProblem
from caretool.model import TIERED, Link
from caretool.output import Block, Result
from caretool.store import facts, patients

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from caretool.absent import Absent
    from caretool.db import CareFile
    from caretool.items import Item, Plan

# What is due within so many days is explained step by step, the rest in a line unless asked for
_NEAR = timedelta(days=7)
_ITS_DATES = frozenset({"planned", "target", "limit", "result"})


def run(
    session: Session,
    patient: Annotated[
        str,
        typer.Argument(
            metavar="PATIENT|DISCHARGE",
            help="P42, a record number, (part of) a name; or the id of a stay: D17; - asks.",
            show_default=False,
            autocompletion=options.patient_ids,
        ),
        options.Mark.PATIENT,
    ],
    every: Annotated[
        bool,
        typer.Option("--all", help="Every date step by step, not only those of the next 7 days."),
    ] = False,
    rank: Annotated[
        bool, typer.Option("--rank", help="The place in the list, term by term.")
    ] = False,
    was_shown: Annotated[
        bool,
        typer.Option("--shown", help="The lists that were shown, and the place on them."),
    ] = False,
    on_day: Annotated[
        str | None,
        typer.Option(
            "--on-day", metavar="DATE", help="With --shown: only that day.", show_default=False
        ),
    ] = None,
) -> Result:
    """Explain a patient's dates: the fact, the rule, each shift, the result, what changes it.

    Also why something is not due, what decides the place in the list, and whether the patient was
    on a list that was shown. Of a discharge: whose it is and why, or who it may be.

    caretool why P42

    caretool why P42 --rank

    caretool why P42 --shown --on-day 2026-11-24

    caretool why D17
    """
    today, mask = session.today, session.mask
    if whose.is_stay(patient):
        if every or rank or was_shown or on_day is not None:
            msg = "--all, --rank and --shown are about a patient, not about a discharge"
            raise UsageProblem(msg, f"caretool why {patient.strip().upper()}")
        return _whose(session, whose.stay_id(patient))
    if on_day is not None and not was_shown:
        msg = "--on-day is for --shown"
        raise UsageProblem(msg, "caretool why PATIENT --shown --on-day DATE")
    day = None if on_day is None else dates.parse_date(on_day, today, past=True)
    with session.reading() as care_file:
        patient_id = patients.resolve(care_file, patient, with_names=session.terminal)
        card = patients.card(care_file, patient_id)
        rules = planning.rules(care_file, today)
        known = facts.patient(care_file, patient_id, rules.protocols, today)
        plan = planning.plan(known, rules, today)
        place = _place(care_file, plan, today) if rank else None
        lists = showings.read(care_file, patient_id, today, day) if was_shown else None
    missing = absent.absent(known, rules.protocols, rules.calendar, plan, today, mask=mask)
    name = card.name.initials if mask else card.name.listed
    data = {
        "patient": card.id,
        "name": name,
        **_standing(plan),
        "not_due_because": None if plan.items else explain.absence(plan.standing, today),
        "rules": rules.protocols.version,
        "items": [_item(item, session) for item in plan.items],
        "absent": [one._asdict() for one in missing],
        "rank": place,
        "shown": None if lists is None else [one.record() for one in lists],
    }
    blocks = [Block(lines=(_head(card.id, name, plan, today),))]
    if rank:
        blocks += _rank_page(plan, place, today)
    if lists is not None:
        blocks.append(Block(name="shown", lines=tuple(one.words(card.id, today) for one in lists)))
    hint = ""
    if not (rank or was_shown):
        near = _near(plan, today, every=every)
        blocks += _dates_page(plan, near, missing, session, every=every)
        hint = "--all explains each date" if len(near) < len(plan.items) else ""
    return Result(data=data, blocks=tuple(blocks), hint=hint)


def _whose(session: Session, number: int) -> Result:
    """Whose a stay is, and why."""
    today, mask = session.today, session.mask
    with session.reading() as care_file:
        data = whose.account(care_file, number, today, mask=mask)
    hint = {
        Link.LINKED: f"caretool unlink D{number} if that is wrong",
        Link.REVIEW: f"caretool review D{number} --is PATIENT, --not PATIENT, or --add",
        Link.UNMATCHED: f"caretool review D{number} --is PATIENT, or --add",
    }[Link(data["link"])]
    return Result(data=data, blocks=whose.page(data, today), hint=hint)


def _standing(plan: Plan) -> dict[str, Any]:
    where = plan.standing
    tiered = where.status in TIERED
    return {
        "status": where.status,
        "tier": where.tier if tiered else None,
        "raised_by": (where.raised_by or None) if tiered else None,
        "held_since": where.held_since,
        "on_hold_until": where.hold.to if where.hold else None,
    }


def _head(patient: str, name: str, plan: Plan, today: date) -> str:
    where = plan.standing
    parts = [f"{patient} {name}", where.words]
    if where.hold is not None and where.hold.to is not None:
        parts.append(f"on hold until {dates.show_short(where.hold.to, today)}")
    if where.status in TIERED:
        parts.append(f"{where.tier} tier" + (f" ({where.raised_by})" if where.raised_by else ""))
    return " · ".join(parts)


# each date


def _item(item: Item, session: Session) -> dict[str, Any]:
    today, mask = session.today, session.mask
    steps = tracing.trace_steps(item, today, mask=mask)
    return {
        **explain.item_record(item, today, mask=mask),
        "anchor": item.trace.anchor,
        "fact": item.trace.fact_id or None,
        "source": item.rule.source,
        "trace": [{"step": step, "text": text} for step, text in steps],
    }


def _near(plan: Plan, today: date, *, every: bool) -> list[Item]:
    """What the page explains step by step: what is due soon, and always what comes first."""
    return [
        item
        for number, item in enumerate(plan.items)
        if every or number == 0 or item.due <= today + _NEAR
    ]


def _dates_page(
    plan: Plan,
    near: Sequence[Item],
    missing: Sequence[Absent],
    session: Session,
    *,
    every: bool,
) -> Iterator[Block]:
    """The page; of several items that come from one fact, a step that is the same is told once."""
    today, mask = session.today, session.mask
    told: set[tuple[str, str]] = set()
    for item in near:
        steps = tracing.trace_steps(item, today, mask=mask)
        fresh = [step for step in steps if step not in told or step[0] in _ITS_DATES]
        if not every:
            told.update(steps)
        yield Block(explain.reason(item, today, mask=mask), pairs=tuple(fresh), name=item.rule.kind)
    later = tuple(
        (dates.show_short(item.due, today), explain.reason(item, today, mask=mask))
        for item in plan.items
        if item not in near
    )
    if later:
        yield Block("Later", pairs=later, name="later")
    if not plan.items:
        yield Block(lines=(f"Nothing is due. {explain.absence(plan.standing, today)}",))
    because = tuple(_because(missing if plan.items else [one for one in missing if one.kind]))
    if because:
        yield Block("Not due", pairs=because, name="not due")


def _because(missing: Iterable[Absent]) -> Iterator[tuple[str, str]]:
    """Each reason once, with all that is not due because of it."""
    reasons: dict[str, list[str]] = {}
    for one in missing:
        kind = explain.kind_words(one.kind) if one.kind else "all else"
        reasons.setdefault(one.because, []).append(kind)
    for because, kinds in reasons.items():
        yield kinds[0], "; also ".join(filter(None, (because, ", ".join(kinds[1:]))))


# the place in the list


def _place(care_file: CareFile, plan: Plan, today: date) -> dict[str, Any] | None:
    """Where the patient stands on today's list, or on the first one that she will be on."""
    item = explain.next_item(plan)
    if item is None:
        return None
    horizon = max(today, item.due)
    panel = planning.of_panel(care_file, today, horizon)
    listed = planning.listed(panel.plans, horizon, today)
    leads = [one.items[0] for one in listed]
    at = next(n for n, one in enumerate(leads) if one.patient_id == plan.patient_id)
    own = leads[at]
    return {
        "place": at + 1,
        "of": len(leads),
        "days": (horizon - today).days,
        "kind": own.rule.kind,
        "rule": own.rule.id,
        "terms": [
            {"term": _code(term.name), "value": term.words} for term in ranking.terms(own, today)
        ],
        "after": _neighbour(leads[at - 1], leads[at - 1], own, today) if at else None,
        "before": _neighbour(leads[at + 1], own, leads[at + 1], today)
        if at + 1 < len(leads)
        else None,
    }


def _neighbour(other: Item, above: Item, below: Item, today: date) -> dict[str, str]:
    name, first, second = ranking.decided(above, below, today)
    there, here = (first, second) if other is above else (second, first)
    return {
        "patient": f"P{other.patient_id}",
        "decided_by": _code(name),
        "there": there,
        "here": here,
    }


def _code(name: str) -> str:
    """A term as scripts get it; `explain.kind_words` gives the words back."""
    return name.replace(" ", "_")


def _rank_page(plan: Plan, place: dict[str, Any] | None, today: date) -> Iterator[Block]:
    item = explain.next_item(plan)
    if item is None or place is None:
        yield Block(lines=(f"On no list. {explain.absence(plan.standing, today)}",))
        return
    which = "on today's list"
    if place["days"]:
        which = f"on the list of the next {place['days']} days; not on today's"
    pairs = [
        ("place", f"{place['place']} of {place['of']} {which}"),
        ("for", explain.kind_words(place["kind"])),
        *((explain.kind_words(one["term"]), one["value"]) for one in place["terms"]),
    ]
    for word in ("after", "before"):
        other = place[word]
        if other is not None:
            values = f"{other['there']} there, {other['here']} here"
            by = explain.kind_words(other["decided_by"])
            pairs.append((word, f"{other['patient']}, decided by {by} ({values})"))
    yield Block(name="rank", pairs=tuple(pairs))
