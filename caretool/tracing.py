"""How a due item came to its dates, step by step: the fact, the rule, each move, the result.

The steps are read from the item's own trace, so that they cannot differ from the list.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from caretool import dates, explain
from caretool.model import State

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date

    from caretool.items import Item, Move


def trace_steps(item: Item, today: date, *, mask: bool = False) -> list[tuple[str, str]]:
    """How the item got its dates, step by step: fact, rule, moves, result, what changes it."""
    trace, rule = item.trace, item.trace.rule
    known = f" ({trace.fact_id})" if trace.fact_id else ""
    in_steps = explain.in_steps(item) and not item.start.because
    title = rule.title + (f", day {explain.day_number(item)}" if in_steps else "")
    span = f"target {rule.target}" + (f", limit {rule.limit}" if rule.limit else "")
    if rule.then:
        span = f"targets {', '.join(map(str, (rule.target, *rule.then)))}"
    fact = f"{explain.fact_words(item, mask=mask)} {dates.show(trace.anchor)}{known}"
    if rule.again:
        span += f", {rule.again} after each contact about it while it goes on"
    if explain.is_again(item):
        fact = f"{item.start.fact} {dates.show(item.start.on)}; {explain.ASKED}"
        fact += f" {dates.show(trace.anchor)}{known}"
    if item.start.wanted:
        span = "the day that was asked for"
    steps = [
        ("fact", fact),
        *(("reason", words) for words in explain.reasons(item, mask=mask)),
        *(("rests on", words) for words in item.start.rests_on),
        ("rule", f"{rule.id}: {title} ({span}; {rule.strength})"),
        ("source", rule.source),
        ("version", f"{rule.origin.version} ({rule.origin.file})"),
    ]
    if item.chosen_by and rule.tier:
        steps.append(("tier", f"high instead of the one that was set: {item.chosen_by}"))
    elif item.chosen_by:
        steps.append(("risk", f"high: {item.chosen_by}"))
    if trace.moves:
        steps.append(("planned", dates.show(trace.planned)))
    steps += [(_MOVE_STEP[move.why], _move_words(item, move, mask=mask)) for move in trace.moves]
    steps += [("notice", words) for words in _trace_notices(item)]
    steps.append(("target", dates.show(item.target)))
    if item.limit is not None:
        earlier = ""
        if trace.limit_moved is not None:
            kind = explain.kind_words(rule.no_later_than or "")
            earlier = f", instead of {dates.show(trace.limit_moved)}: no later than the {kind}"
        steps.append(("limit", dates.show(item.limit) + earlier))
    if trace.last_attempt is not None and trace.retry is not None:
        steps.append(("attempts", _attempt_words(item)))
    result = explain.state_words(item, today)
    if item.due > today and item.target == today:
        result = explain.STATE_WORDS[State.UPCOMING]  # tried today, again on another day
    steps.append(("result", f"{dates.show(item.due)}: {result}"))
    steps.append(("changes", _changes(item)))
    return steps


def _attempt_words(item: Item) -> str:
    trace = item.trace
    assert trace.last_attempt is not None and trace.retry is not None  # noqa: S101, PT018
    tries = "1 attempt" if item.attempts == 1 else f"{item.attempts} attempts"
    words = f"{tries}, the last {dates.show(trace.last_attempt)}"
    if item.rule.documents:
        words += f", {item.timely} of them timely"
        if item.documented:
            words += " (documented; trying goes on)"
    if item.rests:
        words += "; the letter has gone out, so the trying rests"
    elif item.advice:
        words += f"; try {item.advice}"
    return f"{words}; next try {dates.show(trace.retry)}; neither target nor limit moves"


def _trace_notices(item: Item) -> Iterator[str]:
    start = item.start
    if item.arrived_late_on is not None:
        yield f"the list arrived {dates.show(item.arrived_late_on)}, after the limit"
    if start.unclear:
        yield start.unclear
    if start.earlier is not None and start.earlier.discharged_on is not None:
        yield (
            f"a second discharge within 30 days of {dates.show(start.earlier.discharged_on)}"
            f" (D{start.earlier.stay_id}): one period can be billed, the biller chooses"
        )
    if start.period_end is not None:
        yield f"the period ends on {dates.show(start.period_end)}"
    if item.on_hold_until is not None:
        yield f"on hold until {dates.show(item.on_hold_until)}; what must be done is shown"
    near, limit = item.appointment, item.limit
    if near is not None and limit is not None and near > limit and _is_visit(item):
        yield f"the appointment on {dates.show(near)} is past the limit"


def _is_visit(item: Item) -> bool:
    return any(word.partition(":")[0] == "visit" for word in item.rule.done_by)


_MOVE_STEP = {
    "closed days": "shift", "on hold": "hold", "appointment": "appointment",
    "deferred": "deferred", "no later": "shift", "raised": "tier", "heard": "shift",
}  # fmt: skip


def _move_words(item: Item, move: Move, *, mask: bool) -> str:
    words = f"{dates.show(move.before)} → {dates.show(move.after)}"
    if move.skipped:
        days = [(day, _not_typed(why) if mask else why) for day, why in move.skipped]
        passed = ", ".join(f"{dates.show(day)} is {_article(why)}" for day, why in days)
        return f"{words}: {passed}"
    if move.why == "no later":
        return f"{words}: no later than the {explain.kind_words(move.said or '')}"
    if move.why == "heard" and item.start.heard_on is not None:
        return f"{words}: heard of on {dates.show(item.start.heard_on)}"
    if move.why == "raised":
        return f"{words}: {move.said}"
    if move.why == "appointment":
        return f"{words}: the visit is arranged for then"
    return words + explain.said_words(move.said, mask=mask)


def _article(why: str) -> str:
    return f"a {why}" if why in {"Saturday", "Sunday"} else why


def _not_typed(why: str) -> str:
    """Why a day is passed over, without what she typed of a day off."""
    return "your day off" if why.startswith("your day off") else why


def _changes(item: Item) -> str:
    """What would complete, replace or end this item."""
    rule = item.rule
    done = " or ".join(_DONE_WORDS.get(word) or _topic_words(word) for word in rule.done_by)
    stay = " or a stay in a facility" if "facility" in rule.suspended_by else ""
    ends = f"closing the patient{stay} ends it"
    if item.start.wanted:
        return "reaching the patient on or after that day completes it; a new --next replaces it"
    if rule.tier:
        return f"the next two-way contact starts the interval anew; so does another tier; {ends}"
    if "closing" in rule.done_by:
        return f"{ends}; to go on trying, waive it: attempts are counted anew from then on"
    if item.start.because:
        return f"{done} completes it; after {rule.repeat} it comes again if it is still so; {ends}"
    if item.start.rests_on:
        filled = "a new fill ends it, so does a stop on the medicines list"
        if rule.again:
            return f"{filled}; after {done} it comes again {rule.again} later; {ends}"
        return f"{filled}; {done} completes it; {ends}"
    if rule.anchor == "last_done":
        return f"{done} starts the interval anew; the next discharge home ends it"
    return f"{done} completes it; {ends}"


_DONE_WORDS = {
    "contact": "a two-way contact with patient or caregiver",
    "visit": "the visit (--outcome visit_done)",
    "letter": "the letter (--outcome letter_sent)",
    "facility": "word from the facility (--with facility)",
    "appointment": "any two-way contact, or word that it was missed (--outcome visit_missed)",
    "reconciliation": "a medication reconciliation (caretool reconcile)",
    "decision": "an answer to the offer (enrol, decline)",
    "closing": "closing the patient",
}


def _topic_words(word: str) -> str:
    what, _, topic = word.partition(":")
    return f"{'a visit' if what == 'visit' else 'a contact'} with --topic {topic}"
