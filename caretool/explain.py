"""A due item in words and as scripts get it: the reason, the next step, the whole trace.

Everything said here is read from the item and its trace; nothing is computed a second time.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from caretool import dates, schedule
from caretool.model import State, Status

if TYPE_CHECKING:
    from datetime import date

    from caretool.schedule import Item, Plan, Shift, Standing

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
    trace = item.trace
    anchor = dates.show_short(trace.anchor, today)
    if trace.rule.anchor == "request":
        text = f"asked on {anchor} to be contacted {dates.show_short(item.target, today)}"
        if item.note and not mask:
            text += f": {item.note}"
    elif trace.rule.anchor == "discharge":
        text = f"discharged {anchor} ({trace.fact_id}), {trace.rule.title}"
    else:
        text = f"{trace.rule.title}, {trace.fact} {anchor}"
    parts = [text]
    if item.first:
        parts.append("left against medical advice")
    elif item.unclear:
        parts.append(item.unclear)
    if item.arrived_late_on is not None:
        arrived = dates.show_short(item.arrived_late_on, today)
        parts.append(f"list arrived {arrived}, after the limit")
    if trace.last_attempt is not None:
        tries = "1 attempt" if item.attempts == 1 else f"{item.attempts} attempts"
        parts.append(f"{tries}, last {dates.show_short(trace.last_attempt, today)}")
    return "; ".join(parts)


def brief(item: Item, today: date, *, mask: bool = False) -> str:
    """As `reason`, in the few words that fit into a list beside the date.

    That a list does not state the kind of stay is left to `reason`: some never do.
    """
    trace = item.trace
    anchor = dates.show_short(trace.anchor, today)
    if trace.rule.anchor == "request":
        on = "today" if item.target == today else dates.show_short(item.target, today)
        parts = [f"asked for {on}" + (f": {item.note}" if item.note and not mask else "")]
    elif trace.rule.anchor == "discharge":
        parts = [f"discharged {anchor}"]
    elif trace.fact_id:
        parts = [f"{trace.rule.title}, last reached {anchor}"]
    else:
        parts = [f"{trace.rule.title}, since {anchor}"]
    if item.first:
        parts.append("left against medical advice")
    elif item.unclear not in {None, schedule.KIND_UNKNOWN}:
        parts.append(str(item.unclear).removesuffix(f", {schedule.KIND_UNKNOWN}"))
    if item.arrived_late_on is not None:
        came = "today" if item.arrived_late_on == today else None
        parts.append(f"list came {came or dates.show_short(item.arrived_late_on, today)}")
    if trace.last_attempt is not None:
        tries = "1 attempt" if item.attempts == 1 else f"{item.attempts} attempts, last"
        parts.append(f"{tries} {dates.show_short(trace.last_attempt, today)}")
    return "; ".join(parts)


def item_record(item: Item, today: date, *, mask: bool = False) -> dict[str, Any]:
    """One due item as scripts get it."""
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
        "discharge": None if item.stay_id is None else f"D{item.stay_id}",
        "attempts": item.attempts,
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
        return f", past the limit of {limit}: better try once more before then"
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
    if standing.status == Status.ROSTER:
        return "On the roster only: a discharge or being made active starts follow-up."
    return "Nothing is open."


def state_words(item: Item, today: date) -> str:
    """The state as people read it."""
    return STATE_WORDS[state(item, today)]


def trace_steps(item: Item, today: date) -> list[tuple[str, str]]:
    """How the item got its dates, step by step: fact, rule, shifts, result, what changes it."""
    trace = item.trace
    rule = trace.rule
    known = f" ({trace.fact_id})" if trace.fact_id else ""
    span = f"target {rule.target}" + (f", limit {rule.limit}" if rule.limit else "")
    if rule.anchor == "request":
        span = "the day that was asked for"
    steps = [
        ("fact", f"{trace.fact} {dates.show(trace.anchor)}{known}"),
        ("rule", f"{rule.protocol}/{rule.name}: {rule.title} ({span}; {rule.strength})"),
        ("source", rule.source),
    ]
    if trace.target_shift is not None:
        steps.append(("shift", _shift_words(trace.target_shift)))
    if item.arrived_late_on is not None:
        steps.append(
            ("notice", f"the list arrived {dates.show(item.arrived_late_on)}, after the limit")
        )
    if item.unclear:
        steps.append(("notice", item.unclear))
    steps.append(("target", dates.show(item.target)))
    if item.limit is not None:
        steps.append(("limit", dates.show(item.limit)))
    if trace.last_attempt is not None and trace.retry is not None:
        tries = "1 attempt" if item.attempts == 1 else f"{item.attempts} attempts"
        last, again = dates.show(trace.last_attempt), dates.show(trace.retry)
        steps.append(
            (
                "attempts",
                f"{tries}, the last {last}; next try {again}; neither target nor limit moves",
            )
        )
    result = state_words(item, today)
    if item.due > today and item.target == today:
        result = STATE_WORDS[State.UPCOMING]  # tried today, again on another day
    steps.append(("result", f"{dates.show(item.due)}: {result}"))
    steps.append(("changes", _changes(rule.anchor)))
    return steps


def _shift_words(shift: Shift) -> str:
    passed = ", ".join(f"{dates.show(day)} is {_article(why)}" for day, why in shift.skipped)
    return f"{dates.show(shift.before)} → {dates.show(shift.after)}: {passed}"


def _article(why: str) -> str:
    return f"a {why}" if why in {"Saturday", "Sunday"} else why


def _changes(anchor: str) -> str:
    ended = "closing the patient or a stay in a facility ends it"
    return {
        "discharge": f"a two-way contact with patient or caregiver completes it; {ended}",
        "request": "reaching the patient on or after that day completes it;"
        " a new --next replaces it",
        "last_contact": "the next two-way contact starts the interval anew; so does another tier;"
        f" {ended}",
    }[anchor]
