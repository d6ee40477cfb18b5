"""A due item in words and as scripts get it: the reason, the next step.

Everything said here is read from the item and its trace; nothing is computed a second time.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from caretool import dates, schedule
from caretool.model import Decision, State, Status
from caretool.triggers import KIND_UNKNOWN

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import date

    from caretool.items import Item, Plan
    from caretool.standing import Standing

STATE_WORDS = {
    State.UPCOMING: "to come",
    State.DUE: "today",
    State.OVERDUE: "late",
    State.LATE_OPEN: "past the limit",
}


def days_late(item: Item, today: date) -> int:
    """How many days ago the target was; 0 until it has passed."""
    return max((today - item.target).days, 0)


def state(item: Item, today: date) -> State:
    """Where the item stands, by the one definition in `schedule.state`."""
    return schedule.state(item.target, item.limit, today)


def reason(item: Item, today: date, *, mask: bool = False) -> str:
    """Why this is due, in one line: the fact, the rule, and what has been tried."""
    trace, rule = item.trace, item.rule
    anchor = dates.show_short(trace.anchor, today)
    known = f" ({trace.fact_id})" if trace.fact_id else ""
    if item.start.wanted:
        text = f"asked on {anchor} to be contacted {dates.show_short(item.start.wanted, today)}"
        text += said_words(item.start.note, mask=mask)
    elif rule.tier:
        why = f" ({item.chosen_by})" if item.chosen_by else ""
        text = f"{rule.title}{why}, {trace.fact} {anchor}"
    elif item.start.because:
        text = f"{rule.title}: {'; '.join(reasons(item, mask=mask))}"
    elif is_again(item):
        text = f"{item.start.fact} {dates.show_short(item.start.on, today)}, {rule.title}"
        text += f", {ASKED} {anchor}{known}"
    else:
        step = f": day {day_number(item)}" if in_steps(item) else ""
        text = f"{fact_words(item, mask=mask)} {anchor}{known}, {rule.title}{step}"
    return "; ".join([text, *_notices(item, today, mask=mask)])


_BY_WHOM = {"referred": "referred by {}", "appointment on": "appointment with {} on"}


def fact_words(item: Item, *, mask: bool = False) -> str:
    """What an item is counted from, with whom it has to do."""
    fact, whom = item.trace.fact, item.start.note
    return _BY_WHOM[fact].format(whom) if fact in _BY_WHOM and whom and not mask else fact


def reasons(item: Item, *, mask: bool = False) -> list[str]:
    """Why adherence should be looked into, without what she typed behind a mask."""
    return [
        one.words + (f" of {one.typed}" if one.typed and not mask else "")
        for one in item.start.because
    ]


def in_steps(item: Item) -> bool:
    """Is this one of several steps of its rule, so that it has to say which?"""
    return bool(item.rule.then or item.rule.repeat)


ASKED = "last contact about it"


def is_again(item: Item) -> bool:
    """Is this asked about once more, so that it is counted from the last time?"""
    return item.rule.again is not None and item.trace.fact_id != item.start.fact_id


def day_number(item: Item) -> int:
    """Which day after the anchor a step is for, before anything moved it."""
    return (item.trace.planned - item.trace.anchor).days


def kind_words(kind: str) -> str:
    """A kind of item as people read it."""
    return kind.replace("_", " ")


def _notices(item: Item, today: date, *, mask: bool) -> Iterator[str]:
    """What else matters about an item, most important first."""
    if item.start.first:
        yield "left against medical advice"
    elif item.start.unclear:
        yield item.start.unclear
    if item.arrived_late_on is not None:
        yield f"list arrived {dates.show_short(item.arrived_late_on, today)}, after the limit"
    if item.start.earlier is not None and item.start.earlier.discharged_on is not None:
        before = dates.show_short(item.start.earlier.discharged_on, today)
        yield f"second discharge within 30 days, the first {before} (D{item.start.earlier.stay_id})"
    yield from _changes_made(item, today, mask=mask)
    if item.trace.last_attempt is not None:
        tries = "1 attempt" if item.attempts == 1 else f"{item.attempts} attempts"
        yield f"{tries}, last {dates.show_short(item.trace.last_attempt, today)}"
    if item.documented:
        yield f"{item.timely} timely attempts documented, trying goes on"
    elif item.rests:
        yield f"letter sent, at rest until {dates.show_short(item.due, today)}"
    elif item.advice:
        yield f"try {item.advice}"


def _changes_made(item: Item, today: date, *, mask: bool) -> Iterator[str]:
    """What she has moved or paused herself."""
    if item.on_hold_until is not None:
        yield f"on hold until {dates.show_short(item.on_hold_until, today)}"
    for move in item.trace.moves:
        if move.why in {"deferred", "on hold"}:
            how = "deferred to"
            if move.why == "on hold":
                how = "on hold until" if move.after > today else "was on hold until"
            yield f"{how} {dates.show_short(move.after, today)}{said_words(move.said, mask=mask)}"
        elif move.why == "appointment":
            yield f"appointment {dates.show_short(move.after, today)}"


def said_words(text: str | None, *, mask: bool) -> str:
    """What she typed, as the end of a sentence; nothing of it behind a mask."""
    return f": {text}" if text and not mask else ""


def brief(item: Item, today: date, *, mask: bool = False) -> str:
    """As `reason`, in the few words that fit into a list beside the date.

    That a list does not state the kind of stay is left to `reason`: some never do.
    """
    trace = item.trace
    parts = [_brief_head(item, today, mask=mask)]
    if item.start.first:
        parts.append("left against medical advice")
    elif item.start.unclear not in {None, KIND_UNKNOWN}:
        parts.append(str(item.start.unclear).removesuffix(f", {KIND_UNKNOWN}"))
    if item.arrived_late_on is not None:
        came = "today" if item.arrived_late_on == today else None
        parts.append(f"list came {came or dates.show_short(item.arrived_late_on, today)}")
    if item.start.earlier is not None and item.rule.documents:
        parts.append("second discharge within 30 days")
    if item.chosen_by and item.rule.tier:
        parts.append(item.chosen_by)
    parts += _changes_made(item, today, mask=mask)
    if trace.last_attempt is not None:
        tries = "1 attempt" if item.attempts == 1 else f"{item.attempts} attempts, last"
        parts.append(f"{tries} {dates.show_short(trace.last_attempt, today)}")
    if item.documented:
        parts.append(f"{item.timely} timely attempts documented")
    elif item.rests:
        parts.append(f"letter sent, at rest until {dates.show_short(item.due, today)}")
    elif item.advice:
        parts.append(f"try {item.advice}")
    return "; ".join(parts)


def _brief_head(item: Item, today: date, *, mask: bool) -> str:
    trace, rule = item.trace, item.rule
    anchor = dates.show_short(trace.anchor, today)
    if item.start.wanted:
        wanted = item.start.wanted
        on = "today" if wanted == today else dates.show_short(wanted, today)
        return f"asked for {on}{said_words(item.start.note, mask=mask)}"
    if rule.tier:
        return f"{rule.title}, {'last reached' if trace.fact_id else 'since'} {anchor}"
    fact = fact_words(item, mask=mask).removeprefix("under care management ")
    if rule.kind in {"transition_contact", "ed_call"}:
        return f"{fact} {anchor}"
    if item.start.because:
        return f"{rule.title}, {'; '.join(reasons(item, mask=mask))}"
    what = rule.title
    if is_again(item):
        on = dates.show_short(item.start.on, today)
        return f"{what}, {item.start.fact} {on}, {ASKED} {anchor}"
    if in_steps(item):
        what = f"{kind_words(rule.kind)}, day {day_number(item)}"
    return f"{what}, {fact} {anchor}"


def briefs(items: Sequence[Item], today: date, *, mask: bool = False) -> list[str]:
    """As `brief` for all that is due for one patient, a line for each fact that it comes from.

    What comes from a fact that has its line already follows by kind alone: `also late: visit`.
    """
    lines: list[str] = []
    told: set[tuple[str, date]] = set()
    more: dict[str, list[str]] = {}
    for item in items:
        fact = item.trace.fact_id, item.trace.anchor
        if item.trace.fact_id and fact in told:
            more.setdefault(_when(item, today), []).append(kind_words(item.rule.kind))
        else:
            told.add(fact)
            lines.append(brief(item, today, mask=mask))
    return lines + [f"also {when}: {', '.join(kinds)}" for when, kinds in more.items()]


def _when(item: Item, today: date) -> str:
    """The day that counts, in the fewest words."""
    if item.limit is not None and today <= item.limit:
        return f"by {dates.show_short(item.limit, today)}"
    if state(item, today) == State.UPCOMING:
        return dates.show_short(item.due, today)
    return state_words(item, today)


def item_record(item: Item, today: date, *, mask: bool = False) -> dict[str, Any]:
    """One due item as scripts get it."""
    stay = item.start.stay
    return {
        "kind": item.rule.kind,
        "strength": item.rule.strength,
        "due": item.due,
        "target": item.target,
        "limit": item.limit,
        "state": state(item, today),
        "reason": reason(item, today, mask=mask),
        "protocol": item.rule.protocol,
        "rule": item.rule.name,
        "version": item.rule.origin.version,
        "discharge": None if stay is None else f"D{stay.stay_id}",
        "attempts": item.attempts,
        "timely_attempts": item.timely,
        "documented": item.documented,
        "on_hold_until": item.on_hold_until,
    }


def next_item(plan: Plan) -> Item | None:
    """The item to act on next: the first of the plan, as on the list."""
    return plan.items[0] if plan.items else None


def next_record(plan: Plan, today: date, *, mask: bool = False) -> dict[str, Any] | None:
    """What comes next for a patient, as scripts get it (the contract's NEXT)."""
    item = next_item(plan)
    if item is None:
        return None
    return {
        "due": item.due,
        "limit": item.limit,
        "kind": item.rule.kind,
        "strength": item.rule.strength,
        "reason": reason(item, today, mask=mask),
    }


def next_words(plan: Plan, today: date, *, mask: bool = False) -> str:
    """What comes next for a patient, as a sentence; why there is nothing if nothing does."""
    item = next_item(plan)
    if item is None:
        return f"next: nothing. {absence(plan.standing, today)}"
    when = dates.show_short(item.due, today)
    if item.due < today:
        when = f"{when}, now late"
    elif item.due == today:
        when = f"today, {when}"
    return f"next: {when}{_limit_words(item, today)} ({reason(item, today, mask=mask)})"


def _limit_words(item: Item, today: date) -> str:
    if item.limit is None:
        return ""
    limit = dates.show_short(item.limit, today)
    if item.limit < today:
        return f", past the limit of {limit}"
    if item.limit < item.due:
        again = "" if item.documented else ": better try once more before then"
        return f", past the limit of {limit}{again}"
    return f", by {limit} at the latest"


def absence(standing: Standing, today: date) -> str:
    """Why nothing is due for a patient of this standing, and what would change that."""
    since = f" since {dates.show_short(standing.since, today)}" if standing.since else ""
    by = f" ({standing.fact_id})" if standing.fact_id else ""
    if standing.status == Status.CLOSED:
        why = (standing.reason or "").replace("_", " ")
        return f"Closed{since}: {why}{by}."
    if standing.held_since is not None:
        when = dates.show_short(standing.held_since, today)
        return (
            f"In a facility since {when} ({standing.held_by}); the next discharge or a two-way"
            " contact plans anew."
        )
    if standing.status == Status.ON_HOLD:
        return f"On hold{since}; made active again, follow-up starts anew."
    if standing.hold is not None and standing.hold.to is not None:
        return f"On hold until {dates.show_short(standing.hold.to, today)}."
    if standing.status == Status.ROSTER:
        return "On the roster only: a discharge or being made active starts follow-up."
    return "Nothing is open."


def state_words(item: Item, today: date) -> str:
    """The state as people read it."""
    return STATE_WORDS[state(item, today)]


def decisions_words(decision: str) -> str:
    """A decision as people read it."""
    return {Decision.NOT_SUITABLE: "not suitable", Decision.NO_CALLS: "no calls"}.get(
        Decision(decision), decision.replace("_", " ")
    )
