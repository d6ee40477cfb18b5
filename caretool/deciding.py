"""What the commands share by which the care manager decides: may she, about which item, what moved.

A decision is kept as a dated fact with its reason (`store.decisions`). What it does to the dates is
worked out by `schedule` like everything else, so what moved is told by comparing two plans.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, NamedTuple

from caretool import dates, planning
from caretool.errors import InputError, NotFoundError, RefusedError, UsageProblem
from caretool.model import Decision, Status, Tier
from caretool.store import facts, patients

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from datetime import date

    from caretool.db import CareFile
    from caretool.items import Item, Plan
    from caretool.model import DecisionFact, PatientFacts
    from caretool.planning import Rules
    from caretool.protocols import Rule
    from caretool.standing import Standing

OF_ONE_ITEM = frozenset({Decision.DEFER, Decision.WAIVE, Decision.TAKE_BACK})
_WORDS = {Decision.DEFER: "moved", Decision.WAIVE: "waived", Decision.TAKE_BACK: "taken back"}


class Case(NamedTuple):
    """One patient before a decision: the rules in force, the facts, the plan made from them."""

    rules: Rules
    facts: PatientFacts
    plan: Plan

    @property
    def standing(self) -> Standing:
        """Where the patient stands today."""
        return self.plan.standing


def case(db: CareFile, patient_id: int, today: date) -> Case:
    """Everything about one patient on `today` that a decision may depend on."""
    rules = planning.rules(db, today)
    known = facts.patient(db, patient_id, rules.protocols, today)
    return Case(rules, known, planning.plan(known, rules, today))


def reason(text: str | None) -> str:
    """The reason for a decision; raises UsageProblem when there is none."""
    if text is None:
        msg = "no --why"
        raise UsageProblem(msg, 'say why: --why "travels until Friday"')
    return text


# may it be decided


def refuse_closed(patient_id: int, standing: Standing) -> None:
    """Raise when care has ended: a death stands, and all else needs to be reopened first."""
    if standing.status != Status.CLOSED:
        return
    refuse_death(standing)
    msg = f"P{patient_id} is closed: {(standing.reason or '').replace('_', ' ')}"
    raise RefusedError(msg, f"caretool reopen P{patient_id} --why TEXT")


def refuse_death(standing: Standing) -> None:
    """Raise InputError when a list or a contact says that this patient has died.

    Such a death stands until it is taken back where it was said.
    """
    if standing.status == Status.CLOSED and standing.reason == "deceased" and standing.fact_id:
        msg = f"{standing.fact_id} says that this patient has died"
        raise InputError(msg, f"if that is wrong: caretool {taking_back(standing.fact_id)}")


def taking_back(fact_id: str) -> str:
    """The command that takes back what a contact or a stay says."""
    if fact_id.startswith("C"):
        return f"void-contact {fact_id} --reason TEXT"
    return f"review {fact_id} --not P…"


def must_hold(plan: Plan, status: Status, day: date) -> None:
    """Raise InputError when a status noted for `day` is not the one that holds today.

    Something that was noted for a later day, or on that day after it, stands against it.
    """
    where = plan.standing
    if where.status != status or (where.since is not None and where.since > day):
        since = f" since {where.since.isoformat()}" if where.since else ""
        words = where.status.value.replace("_", " ")
        msg = f"P{plan.patient_id} is {words}{since}, after {day.isoformat()}"
        raise InputError(msg, "leave --on away, or say a day from then on")


def take_in(db: CareFile, known: Case, status: Status, day: date, tier: Tier | None) -> None:
    """Note a status from `day` on; whoever comes under care management has a tier from then on.

    That is the one given, else the one on file, else the usual one of the rules.
    """
    patient_id = known.plan.patient_id
    patients.set_status(db, patient_id, status, day)
    if tier is None and not known.facts.tiers and status == Status.ACTIVE:
        tier = Tier(known.rules.protocols.default_tier)
    if tier is not None:
        patients.set_tier(db, patient_id, tier, day)


def offers(plan: Plan) -> list[str]:
    """The ids of the facts for which care management is to be offered: a stay, a referral."""
    return [item.start.fact_id for item in plan.items if "decision" in item.rule.done_by]


def tier_words(standing: Standing) -> str:
    """The tier as it was set, and what raises it now: `moderate tier, raised to high (LACE 12)`."""
    words = f"{standing.own_tier} tier"
    if standing.tier != standing.own_tier:
        words += f", raised to {standing.tier} ({standing.raised_by})"
    return words


# about which item


def open_items(plan: Plan, text: str) -> list[Item]:
    """The open items that are meant by a kind, a rule's id or its name; the earliest first.

    Raises NotFoundError saying which kinds are open. What was typed is not repeated: it may be
    half of a name.
    """
    word = _word(text)
    for called in _CALLED:
        found = [item for item in plan.items if called(item.rule) == word]
        if found:
            return sorted(found, key=lambda item: item.target)
    kinds = ", ".join(dict.fromkeys(item.rule.kind for item in plan.items))
    hint = f"open: {kinds}" if kinds else f"nothing is open; caretool why P{plan.patient_id}"
    msg = f"nothing of that kind is open for P{plan.patient_id}"
    raise NotFoundError(msg, hint)


def is_called(rule: Rule, text: str) -> bool:
    """Does that text name this rule: its kind, its id, or its name?"""
    return _word(text) in {called(rule) for called in _CALLED}


_CALLED: tuple[Callable[[Rule], str], ...] = (
    lambda rule: rule.kind,
    lambda rule: rule.id,
    lambda rule: rule.name,
)


def _word(text: str) -> str:
    return re.sub(r"[\s-]+", "_", text.strip().lower())


def kind_words(rule: Rule) -> str:
    """The kind of an item as people read it."""
    return rule.kind.replace("_", " ")


def same(plan: Plan, rule: Rule, planned: date) -> Item | None:
    """The open item of that rule for which the rule gave that date, if it is open."""
    return next((one for one in plan.items if _key(one) == (rule.id, planned)), None)


def last_about(decisions: Iterable[DecisionFact]) -> dict[tuple[str, date], DecisionFact]:
    """The decision that holds about each item, by the item's rule and the rule's date for it."""
    return {
        (one.item, one.planned): one
        for one in decisions
        if one.decision in OF_ONE_ITEM and one.item and one.planned
    }


def refuse_overtaken(found: DecisionFact | None, day: date) -> None:
    """Raise InputError when a decision about the same item is of a later day: that would hold."""
    if found is not None and found.on > day:
        done = _WORDS[Decision(found.decision)]
        msg = f"it was {done} on {found.on.isoformat()}, after {day.isoformat()}"
        raise InputError(msg, "leave --on away, or say a day from then on")


# what moved


class Moved(NamedTuple):
    """An open item whose day to act has changed; the item is as it is now."""

    item: Item
    before: date

    @property
    def record(self) -> dict[str, Any]:
        """The item and its two days, as scripts get them."""
        return {
            "kind": self.item.rule.kind,
            "rule": self.item.rule.id,
            "strength": self.item.rule.strength,
            "before": self.before,
            "after": self.item.due,
            "limit": self.item.limit,
        }

    def words(self, today: date) -> str:
        """`visit: Wed 2 Dec → Tue 1 Dec`."""
        before, after = (dates.show_short(day, today) for day in (self.before, self.item.due))
        return f"{kind_words(self.item.rule)}: {before} → {after}"


def moved(before: Plan, after: Plan) -> Iterator[Moved]:
    """The items that are open in both plans of a patient, with different days to act."""
    was = {_key(item): item.due for item in before.items}
    for item in after.items:
        day = was.get(_key(item))
        if day is not None and day != item.due:
            yield Moved(item, day)


def _key(item: Item) -> tuple[str, date]:
    return item.rule.id, item.trace.planned
