"""Whom to contact, when and why: one pure function of (facts, protocols, calendar, today).

`plan` answers it for one patient. Nothing is stored and no job moves anything: what is open
stays open until a fact completes it (a two-way contact), supersedes it (a later stay) or ends it
(closing, death). Every item carries its `Trace`, and its dates are read from that same trace.

**The order of the list** (`Item.rank`, also in docs/guide.md):

1. must, the limit has passed; then must, due by the limit (earliest limit first; in both, people
   who left against medical advice come first);
2. a date that the patient asked for;
3. everything else that is due: tier (high first), then the oldest target;
4. what is still to come, by date; on one day a must comes first.

Ties are broken by patient id, so that a list is the same each time it is computed.
"""

from __future__ import annotations

from datetime import date, time, timedelta
from typing import TYPE_CHECKING, NamedTuple

from caretool import dates, workdays
from caretool.model import PatientClass, State, Status, Strength, Tier

if TYPE_CHECKING:
    from caretool.model import ContactFact, PatientFacts, StayFact
    from caretool.protocols import Protocols, Rule, Span
    from caretool.workdays import Calendar

# A visit to these places is not a stay: it neither holds nor supersedes anything.
_NOT_STAYS = frozenset({PatientClass.EMERGENCY.value, PatientClass.AMBULATORY.value})
KIND_UNKNOWN = "kind of stay unknown"
_TIER_ORDER = {tier.value: order for order, tier in enumerate(Tier)}
_PATIENT_SIDE = frozenset({"patient", "caregiver"})


class Shift(NamedTuple):
    """A date that was moved, and the days that were passed over to get there."""

    before: date
    after: date
    skipped: tuple[tuple[date, str], ...]


class Trace(NamedTuple):
    """How a due item got its dates: the fact, the rule, each shift, the result."""

    fact: str
    """In words, what it is counted from, such as `discharged`."""
    fact_id: str
    """`D17` or `C91`; empty for the enrolment."""
    anchor: date
    rule: Rule
    target: date
    target_shift: Shift | None
    limit: date | None
    last_attempt: date | None
    retry: date | None
    """The next try after failed attempts; None without one."""


class Item(NamedTuple):
    """One thing to do for one patient, with the trace that explains it."""

    patient_id: int
    trace: Trace
    tier: str
    attempts: int
    stay_id: int | None = None
    first: bool = False
    arrived_late_on: date | None = None
    """The day the list arrived, when that was already past the limit."""
    unclear: str | None = None
    """What the sender left open: `disposition unknown`, `kind of stay unknown`."""
    note: str | None = None
    """Free text that the care manager typed for this date."""

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

    def rank(self, today: date) -> tuple[int, bool, date, int, date, int]:
        """Sort key, most urgent first; the order is described at the top of this module."""
        order = _TIER_ORDER.get(self.tier, len(_TIER_ORDER))
        limit = self.trace.limit
        must = self.rule.strength == Strength.MUST
        if self.due > today:
            return (4, False, self.due, -1 if must else order, self.target, self.patient_id)
        if must and limit is not None:
            band = 0 if limit < today else 1
            return (band, not self.first, limit, order, self.target, self.patient_id)
        if self.rule.anchor == "request":
            return (2, False, self.target, order, self.target, self.patient_id)
        return (3, False, date.min, order, self.target, self.patient_id)


class Standing(NamedTuple):
    """Where a patient stands on a day, derived from dated facts."""

    status: Status
    since: date | None = None
    reason: str | None = None
    fact_id: str = ""
    tier: str = ""
    held_since: date | None = None
    """Since when the patient is in a facility; None when at home."""
    held_by: str = ""

    @property
    def words(self) -> str:
        """The status as people read it."""
        text = self.status.value.replace("_", " ")
        if self.reason:
            text += f" ({self.reason.replace('_', ' ')})"
        if self.held_since and self.status != Status.CLOSED:
            text += ", in a facility"
        return text


class Plan(NamedTuple):
    """All that is open for one patient on one day, most urgent first."""

    patient_id: int
    standing: Standing
    items: tuple[Item, ...]


def state(target: date, limit: date | None, today: date) -> State:
    """The one definition of due and overdue: the target day itself is due, the day after is late.

    `overdue`: the target has passed; `late-open`: the limit has passed and it is still to do.
    """
    if limit is not None and today > limit:
        return State.LATE_OPEN
    if today > target:
        return State.OVERDUE
    return State.DUE if today == target else State.UPCOMING


def count_from(anchor: date, span: Span, calendar: Calendar) -> date:
    """The day that lies `span` after the anchor (day 0); months clamp and never drift."""
    if span.unit == "business day":
        return workdays.add_workdays(anchor, span.count, calendar) if span.count else anchor
    if span.unit == "month":
        return dates.add_months(anchor, span.count)
    return anchor + timedelta(days=span.count * (7 if span.unit == "week" else 1))


def plan(facts: PatientFacts, protocols: Protocols, calendar: Calendar, today: date) -> Plan:
    """What is open for this patient on `today`, seeing only facts dated up to then.

    Raises RuleError when a date leaves the years that the calendar covers.
    """
    seen = _seen(facts, today)
    stand = _standing(seen, protocols)
    if stand.status == Status.CLOSED or stand.held_since is not None:
        return Plan(facts.patient_id, stand, ())
    maker = _Maker(seen, protocols, calendar, stand)
    items = [item for item in (maker.transition(), maker.request(), maker.routine()) if item]
    items.sort(key=lambda item: item.rank(today))
    return Plan(facts.patient_id, stand, tuple(items))


def standing(facts: PatientFacts, protocols: Protocols, today: date) -> Standing:
    """Where this patient stands on `today`: status, tier, and whether held in a facility."""
    return _standing(_seen(facts, today), protocols)


def _seen(facts: PatientFacts, today: date) -> PatientFacts:
    """The facts dated up to today; a stay is seen from admission, its discharge from that day."""
    if not facts.stays and all(
        not dated or dated[-1].on <= today
        for dated in (facts.statuses, facts.tiers, facts.contacts)
    ):
        return facts  # all of it; most patients of a panel, so worth telling apart
    stays = []
    for stay in facts.stays:
        if stay.discharged_on is not None and stay.discharged_on <= today:
            stays.append(stay)
        elif stay.admitted_on is not None and stay.admitted_on <= today:
            stays.append(stay._replace(discharged_on=None, discharged_at=None, disposition=None))
    return facts._replace(
        statuses=tuple(fact for fact in facts.statuses if fact.on <= today),
        tiers=tuple(fact for fact in facts.tiers if fact.on <= today),
        stays=tuple(stays),
        contacts=tuple(contact for contact in facts.contacts if contact.on <= today),
    )


def _standing(facts: PatientFacts, protocols: Protocols) -> Standing:
    tier = facts.tiers[-1].tier.value if facts.tiers else protocols.default_tier
    death = _death(facts, protocols)
    if death is not None:
        on, fact_id = death
        return Standing(Status.CLOSED, on, "deceased", fact_id, tier)
    stand = Standing(Status.ROSTER, tier=tier)
    settled = (date.min, 0)
    if facts.statuses:
        last = facts.statuses[-1]
        stand = Standing(last.status, last.on, last.reason, tier=tier)
        settled = (last.on, last.entered)
    for contact in facts.contacts:
        closes = protocols.outcomes[contact.outcome].closes
        if closes and (contact.on, contact.entered) >= settled:
            stand = Standing(Status.CLOSED, contact.on, closes, f"C{contact.contact_id}", tier)
    held = _held(facts, protocols)
    if held is None:
        return stand
    return stand._replace(held_since=held[0], held_by=held[1])


def _death(facts: PatientFacts, protocols: Protocols) -> tuple[date, str] | None:
    """The first fact that says this patient has died, other than a closing by hand."""
    deaths = [
        (stay.discharged_on, f"D{stay.stay_id}")
        for stay in facts.stays
        if stay.discharged_on and protocols.disposition_meaning(stay.disposition) == "never"
    ]
    deaths += [
        (contact.on, f"C{contact.contact_id}")
        for contact in facts.contacts
        if protocols.outcomes[contact.outcome].closes == "deceased"
    ]
    return min(deaths, default=None)


def counts(contact: ContactFact, protocols: Protocols) -> bool:
    """Is this a two-way contact with the patient or the caregiver? Only that resets an interval."""
    return protocols.outcomes[contact.outcome].counts and contact.party in _PATIENT_SIDE


def _held(facts: PatientFacts, protocols: Protocols) -> tuple[date, str] | None:
    """Since when the patient is in a facility, and which fact says so; None when at home.

    Facts are walked in date order; on one day a discharge home comes before a discharge to a
    facility, that before an admission, that before what a contact says. A two-way contact on a
    later day and not in a facility ends the hold, as does being made active again.
    """
    events: list[tuple[date, int, str]] = []
    for stay in facts.stays:
        if stay.discharged_on is None:
            if stay.admitted_on is not None and stay.patient_class not in _NOT_STAYS:
                events.append((stay.admitted_on, 2, f"D{stay.stay_id}"))
            continue
        meaning = protocols.disposition_meaning(stay.disposition)
        if meaning == "hold":
            events.append((stay.discharged_on, 1, f"D{stay.stay_id}"))
        elif meaning != "ignore":
            events.append((stay.discharged_on, 0, ""))
    for contact in facts.contacts:
        if protocols.outcomes[contact.outcome].facility:
            events.append((contact.on, 3, f"C{contact.contact_id}"))
        elif counts(contact, protocols) and contact.channel != "facility":
            events.append((contact.on, -1, ""))
    # The first status takes somebody into care management; a later one makes them active again
    events += [(fact.on, -1, "") for fact in facts.statuses[1:] if fact.status == Status.ACTIVE]
    held: tuple[date, str] | None = None
    for on, _, fact_id in sorted(events):
        if not fact_id:
            held = None
        elif held is None:
            held = (on, fact_id)
    return held


class _Maker:
    """Makes the items of one patient; all facts are already cut at today."""

    def __init__(
        self, facts: PatientFacts, protocols: Protocols, calendar: Calendar, stand: Standing
    ) -> None:
        self.facts = facts
        self.protocols = protocols
        self.calendar = calendar
        self.stand = stand
        self.counted = [contact for contact in facts.contacts if counts(contact, protocols)]

    def transition(self) -> Item | None:
        """The contact after the latest discharge; a later stay supersedes an earlier one."""
        if not self.facts.stays:
            return None
        protocol = self.protocols.transition
        meaning_of = self.protocols.disposition_meaning
        stays = [
            stay
            for stay in self.facts.stays
            if stay.discharged_on
            and stay.patient_class not in _NOT_STAYS
            and meaning_of(stay.disposition) != "ignore"
        ]
        if self.stand.status not in protocol.statuses or not stays:
            return None
        stay = max(stays, key=_discharge_order)
        meaning = meaning_of(stay.disposition)
        if stay.patient_class not in protocol.classes or meaning not in protocol.dispositions:
            return None
        if any(_after(contact, stay) for contact in self.counted):
            return None
        tries = [contact for contact in self.facts.contacts if _after(contact, stay)]
        known = self.protocols.dispositions.get(stay.disposition or "")
        item = self._item(
            protocol.rules[0], "discharged", f"D{stay.stay_id}", _discharge_order(stay)[0], tries
        )._replace(stay_id=stay.stay_id, first=bool(known and known.first))
        if item.limit is not None and stay.arrived_on > item.limit:
            item = item._replace(arrived_late_on=stay.arrived_on)
        unclear = [
            text
            for text, is_so in (
                ("disposition unknown", meaning == "unknown"),
                (KIND_UNKNOWN, stay.patient_class == PatientClass.UNKNOWN),
                (f"{known.label}" if known else "", meaning == "review"),
            )
            if is_so
        ]
        return item._replace(unclear=", ".join(unclear) or None)

    def request(self) -> Item | None:
        """The latest date that the patient asked for, until reached on or after that date."""
        asked = self._asked()
        if asked is None or self.stand.status not in self.protocols.request.statuses:
            return None
        contact, wanted = asked
        tries = [other for other in self.facts.contacts if other.on >= wanted]
        item = self._item(
            self.protocols.request.rules[0],
            "asked for on",
            f"C{contact.contact_id}",
            contact.on,
            tries,
            wanted=wanted,
        )
        return item._replace(note=contact.next_why)

    def routine(self) -> Item | None:
        """The follow-up by tier, from the last two-way contact or else from the enrolment."""
        if self.stand.status not in self.protocols.routine_protocol.statuses:
            return None
        asked = self._asked()
        last = self.counted[-1] if self.counted else None
        if asked is not None and (last is None or asked[0].on >= last.on):
            return None  # the date that was asked for at the last contact stands in its place
        enrolled = self.stand.since
        if last is not None and (enrolled is None or last.on >= enrolled):
            fact, fact_id, anchor = "last two-way contact", f"C{last.contact_id}", last.on
        elif enrolled is not None:
            fact, fact_id, anchor = "under care management since", "", enrolled
        else:
            return None
        if not fact_id:
            tries = [contact for contact in self.facts.contacts if contact.on >= anchor]
        else:
            tries = [contact for contact in self.facts.contacts if _later(contact, last)]
        return self._item(self.protocols.routine[self.stand.tier], fact, fact_id, anchor, tries)

    def _asked(self) -> tuple[ContactFact, date] | None:
        for position in range(len(self.facts.contacts) - 1, -1, -1):
            contact = self.facts.contacts[position]
            if contact.next_on is not None:
                later = self.facts.contacts[position + 1 :]
                kept = any(
                    other.on >= contact.next_on and counts(other, self.protocols) for other in later
                )
                return None if kept else (contact, contact.next_on)
        return None

    def _item(
        self,
        rule: Rule,
        fact: str,
        fact_id: str,
        anchor: date,
        tries: list[ContactFact],
        *,
        wanted: date | None = None,
    ) -> Item:
        """Dates of one item: target and limit from the anchor, then the shift, then the retry."""
        planned = wanted or count_from(anchor, rule.target, self.calendar)
        target, shift = self._shifted(planned, rule.move)
        limit = count_from(anchor, rule.limit, self.calendar) if rule.limit else None
        failed = [
            contact
            for contact in tries
            if self.protocols.outcomes[contact.outcome].attempt and not contact.inbound
        ]
        last_attempt = failed[-1].on if failed else None
        retry = None
        if last_attempt is not None:
            again = count_from(last_attempt, self.protocols.retry, self.calendar)
            retry = max(again, target)
        trace = Trace(fact, fact_id, anchor, rule, target, shift, limit, last_attempt, retry)
        return Item(self.facts.patient_id, trace, self.stand.tier, len(failed))

    def _shifted(self, planned: date, move: str) -> tuple[date, Shift | None]:
        if move == "stay" or workdays.is_workday(planned, self.calendar):
            return planned, None
        if move == "later":
            moved = workdays.on_or_after(planned, self.calendar)
        else:
            moved = workdays.on_or_before(planned, self.calendar)
        skipped = tuple(workdays.skipped(planned, moved, self.calendar))
        return moved, Shift(planned, moved, skipped)


def _discharge_order(stay: StayFact) -> tuple[date, time, int]:
    """Sort key, latest discharge last; of two that cannot be told apart the one on file first."""
    return (stay.discharged_on or date.min, stay.discharged_at or time.min, -stay.stay_id)


def _later(contact: ContactFact, other: ContactFact | None) -> bool:
    """Was this contact made after that one? On one day only times that are known can tell."""
    if other is None or contact.on != other.on:
        return other is None or contact.on > other.on
    return contact.at is not None and other.at is not None and contact.at > other.at


def _after(contact: ContactFact, stay: StayFact) -> bool:
    """Did this contact happen after the discharge? Nothing before it counts (NGS-FAQ)."""
    if stay.discharged_on is None or contact.on < stay.discharged_on:
        return False
    if contact.on > stay.discharged_on or contact.at is None or stay.discharged_at is None:
        return True
    return contact.at >= stay.discharged_at
