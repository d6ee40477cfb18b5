"""A due item as a record: what it is, how it got its dates, and where it belongs in the list."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, NamedTuple

from caretool.model import Strength, Tier

if TYPE_CHECKING:
    from caretool.history import Start
    from caretool.protocols import Rule
    from caretool.standing import Standing

_TIER_ORDER = {tier.value: order for order, tier in enumerate(Tier)}


class Move(NamedTuple):
    """A date that was moved, why, and the days that were passed over to get there."""

    why: str
    """`closed days`, `on hold`, `appointment`, `deferred`, `no later`, `raised`, `heard`."""
    before: date
    after: date
    skipped: tuple[tuple[date, str], ...] = ()
    said: str | None = None
    """Free text that the care manager typed for it."""


class Trace(NamedTuple):
    """How a due item got its dates: the fact, the rule, each move, the result."""

    fact: str
    """In words, what it is counted from, such as `discharged`."""
    fact_id: str
    """`D17` or `C91`; empty for the enrolment."""
    anchor: date
    rule: Rule
    planned: date
    """The target as the rule gives it; with the rule it says which item this is."""
    moves: tuple[Move, ...]
    """From `planned` to `target`, one after the other."""
    target: date
    limit: date | None
    limit_moved: date | None
    """The limit as the rule gives it, where that is later than the one in force."""
    last_attempt: date | None
    retry: date | None
    """The next try after failed attempts; None without one."""


class Rank(NamedTuple):
    """Sort key of an item on a day, most urgent first; the terms in order of their weight."""

    band: int
    """0 must past the limit, 1 must by the limit, 2 asked for, 3 due, 4 to come."""
    not_first: bool
    """False for people who left against medical advice, where something must be done."""
    day: date
    """The limit of a must, the day asked for, the day of what is to come."""
    tier: int
    target: date
    appointment: date
    patient_id: int


class Item(NamedTuple):
    """One thing to do for one patient, with the trace that explains it."""

    patient_id: int
    trace: Trace
    start: Start
    tier: str
    attempts: int
    timely: int = 0
    """Separate attempts within the limit, of a must."""
    documented: bool = False
    """So many of them that they are documented attempts; trying goes on all the same."""
    advice: str = ""
    """What the next try should do differently."""
    raised_by: str = ""
    """Why the tier is higher than the one that was set."""
    chosen_by: str = ""
    """What raised tier or risk, where that is why this rule is the one that holds."""
    on_hold_until: date | None = None
    """A must is shown while on hold, and marked."""
    appointment: date | None = None
    rests: bool = False
    """The letter has gone out, and until the next try nobody is called."""

    @property
    def rule(self) -> Rule:
        """The rule that made this item."""
        return self.trace.rule

    @property
    def target(self) -> date:
        """When to do it."""
        return self.trace.target

    @property
    def limit(self) -> date | None:
        """The last day that counts, if there is one."""
        return self.trace.limit

    @property
    def due(self) -> date:
        """The day to act next: the target, or the next try after a failed attempt."""
        return self.trace.retry or self.trace.target

    @property
    def arrived_late_on(self) -> date | None:
        """The day the list arrived, when that was already past the limit."""
        stay, limit = self.start.stay, self.trace.limit
        if stay is None or limit is None or stay.arrived_on <= limit:
            return None
        return stay.arrived_on

    def rank(self, today: date) -> Rank:
        """Where the item belongs in the list; the order is described in `schedule`."""
        trace = self.trace
        order = _TIER_ORDER.get(self.tier, len(_TIER_ORDER))
        near = self.appointment or date.max
        must = trace.rule.strength == Strength.MUST
        due = trace.retry or trace.target
        if due > today:
            ahead = -1 if must else order
            return Rank(4, False, due, ahead, trace.target, near, self.patient_id)
        if must and trace.limit is not None:
            band = 0 if trace.limit < today else 1
            first = not self.start.first
            return Rank(band, first, trace.limit, order, trace.target, near, self.patient_id)
        band, day = (2, trace.target) if self.start.wanted else (3, date.min)
        return Rank(band, False, day, order, trace.target, near, self.patient_id)


class Plan(NamedTuple):
    """All that is open for one patient on one day, most urgent first."""

    patient_id: int
    standing: Standing
    items: tuple[Item, ...]
