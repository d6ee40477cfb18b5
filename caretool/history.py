"""One patient's facts up to a day, asked what protocols ask of them; facts, not dates.

`seen` cuts a patient's facts at a day. `History` answers, for those facts: which of them complete a
rule, which attempts count, what did the care manager decide. What starts a protocol stands in
`triggers`; `schedule` makes dates of the answers.
"""

from __future__ import annotations

from datetime import date
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

from caretool import outreach
from caretool.episodes import NOT_STAYS, discharge_order
from caretool.model import ContactFact, Decision, PatientClass, Status
from caretool.protocols import PATIENT_SIDE
from caretool.supply_facts import filled
from caretool.workdays import count_from

if TYPE_CHECKING:
    from collections.abc import Sequence

    from caretool.model import (
        AppointmentFact,
        DecisionFact,
        PatientFacts,
        ReconciliationFact,
        StayFact,
    )
    from caretool.outreach import Climb
    from caretool.protocols import Protocols, Rule
    from caretool.refills import Reason, Supplies
    from caretool.standing import Standing
    from caretool.workdays import Calendar

    Done = ContactFact | ReconciliationFact
    """What can complete an item, but for decisions, which answer offers."""

ANSWERS = frozenset({Decision.ACCEPT, Decision.DECLINE, Decision.NOT_SUITABLE})
_OF_ONE_ITEM = frozenset({Decision.DEFER, Decision.WAIVE, Decision.TAKE_BACK})


class Start(NamedTuple):
    """The fact that starts a protocol."""

    fact: str
    """In words, such as `discharged`."""
    fact_id: str
    on: date
    stay: StayFact | None = None
    wanted: date | None = None
    """The day that the patient asked for."""
    note: str | None = None
    """Free text that the care manager typed for this date."""
    first: bool = False
    """These patients come first among what must be done."""
    unclear: str | None = None
    """What the sender left open: `disposition unknown`, `kind of stay unknown`."""
    earlier: StayFact | None = None
    """The discharge before, where both fall into one period: the biller decides."""
    period_end: date | None = None
    replaces: bool = True
    """False where it cannot stand for other items, such as a promise older than the last call."""
    because: tuple[Reason, ...] = ()
    """Why adherence should be looked into."""
    heard_on: date | None = None
    """The day of the list that told of it, before which nobody could have acted on it."""
    rests_on: tuple[str, ...] = ()
    """The fills and reports behind it, in words."""


class Pause(NamedTuple):
    """A hold as it came out: from the day on which it was decided, until the day it is over."""

    on: date
    decision_id: int
    last: date
    """The day on which it goes on."""
    why: str | None


def seen(facts: PatientFacts, today: date) -> PatientFacts:
    """The facts dated up to today; a stay is seen from admission, its discharge from that day."""
    told_late = facts.stays or facts.appointments or facts.decisions or facts.referrals
    if not (told_late or facts.listed or facts.reports or facts.supplies) and all(
        not dated or dated[-1].on <= today
        for dated in (
            facts.statuses, facts.tiers, facts.contacts, facts.conditions, facts.scores,
            facts.reconciliations,
        )
    ):  # fmt: skip
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
        contacts=tuple(fact for fact in facts.contacts if fact.on <= today),
        conditions=tuple(fact for fact in facts.conditions if fact.on <= today),
        decisions=tuple(fact for fact in facts.decisions if fact.on <= today),
        appointments=tuple(
            fact._replace(cancelled_on=None)
            for fact in facts.appointments
            if fact.noted_on <= today and (fact.cancelled_on is None or fact.cancelled_on > today)
        ),
        scores=tuple(fact for fact in facts.scores if fact.on <= today),
        referrals=tuple(fact for fact in facts.referrals if fact.on <= today),
        reconciliations=tuple(fact for fact in facts.reconciliations if fact.on <= today),
        listed=tuple(fact.seen(today) for fact in facts.listed if fact.on <= today),
        reports=tuple(fact for fact in facts.reports if fact.on <= today),
        supplies=filled(facts.supplies, today),
    )


class History:
    """One patient's facts up to a day, asked for what protocols ask of them."""

    def __init__(
        self,
        facts: PatientFacts,
        protocols: Protocols,
        calendar: Calendar,
        where: Standing,
        today: date,
    ) -> None:
        self.facts = facts
        self.protocols = protocols
        self.calendar = calendar
        self.where = where
        self.today = today
        counting = protocols.counting  # asked for every contact of a panel, so without a call
        self.reached = [
            one for one in facts.contacts if one.outcome in counting and one.party in PATIENT_SIDE
        ]
        self.last_reached = self.reached[-1] if self.reached else None
        self.starts: dict[tuple[str, int], Start] = {}
        """What `triggers` has found of each stay, for several protocols may start with it."""
        self._completing: dict[tuple[str, ...], Sequence[Done]] = {("contact",): self.reached}
        self.has_decisions = bool(facts.decisions)

    @property
    def may_be_spent(self) -> bool:
        """Are there as many contacts since the patient was heard of as a letter takes attempts?"""
        since = self.facts.contacts
        return len(since) >= self.protocols.ladder.attempts and since[-1] is not self.last_reached

    # contacts

    @cached_property
    def climb(self) -> Climb:
        """How far the ladder has been climbed."""
        contacts = self.facts.contacts
        if not self.has_decisions:
            return outreach.climb(contacts, self.protocols, self.calendar, date.min)
        since = max(
            (
                one.on
                for one in self._of_items.values()
                if one.decision == Decision.WAIVE and one.item in self._closing_rules
            ),
            default=date.min,
        )
        return outreach.climb(contacts, self.protocols, self.calendar, since)

    @cached_property
    def _closing_rules(self) -> frozenset[str]:
        """To waive the question whether to close is to go on trying."""
        return frozenset(
            rule.id
            for protocol in self.protocols.by_trigger["unreached"]
            for rule in protocol.rules
            if "closing" in rule.done_by
        )

    @cached_property
    def rest_until(self) -> date | None:
        """After the letter nobody is tried until this day."""
        if not self.may_be_spent or self.climb.spent_by is None:
            return None
        spent_on = self.climb.spent_by.on
        letters = [
            one.on
            for one in self.facts.contacts
            if one.on >= spent_on and self.protocols.outcomes[one.outcome].letter
        ]
        if not letters:
            return None
        return count_from(letters[0], self.protocols.ladder.rest, self.calendar)

    def done(self, rule: Rule, start: Start) -> list[Done]:
        """What completes this rule, the earliest first, judged by its own day."""
        found = self._completing.get(rule.done_by)
        if found is None:
            found = self._completing[rule.done_by] = self._completed_by(rule)
        if not found:
            return []
        if rule.counts_from is not None:
            earliest = count_from(start.on, rule.counts_from, self.calendar)
            return [one for one in found if one.on >= earliest and self._is_about(one, start)]
        return [one for one in found if _since(one, start) and self._is_about(one, start)]

    def _completed_by(self, rule: Rule) -> list[Done]:
        found: list[Done] = [one for one in self.facts.contacts if self._completes(one, rule)]
        if "reconciliation" in rule.done_by and self.facts.reconciliations:
            found += self.facts.reconciliations
            found.sort(key=lambda one: one.on)  # on one day the contacts come first
        return found

    def _is_about(self, one: Done, start: Start) -> bool:
        """A reconciliation of an earlier discharge's list does not do for a later discharge."""
        if isinstance(one, ContactFact) or one.stay_id is None or start.stay is None:
            return True
        about = next((stay for stay in self.facts.stays if stay.stay_id == one.stay_id), None)
        return about is None or discharge_order(about)[:2] >= discharge_order(start.stay)[:2]

    def done_on(self, rule: Rule, start: Start) -> date | None:
        """The last day on which something completed this rule, a decision of hers included."""
        days = [one.on for one in self.done(rule, start)[-1:]]
        if "decision" in rule.done_by:
            days += [
                one.on
                for one in self.facts.decisions
                if one.decision in ANSWERS and one.on >= start.on
            ]
        return max(days, default=None)

    def _completes(self, contact: ContactFact, rule: Rule) -> bool:
        meaning = self.protocols.outcomes[contact.outcome]
        for word in rule.done_by:
            what, _, topic = word.partition(":")
            if topic and topic not in contact.topics:
                continue
            if (
                (what == "topic" and not meaning.attempt)
                or (what == "visit" and meaning.visit)
                or (what == "letter" and meaning.letter)
                or (what == "contact" and self.protocols.counts(contact))
                or (what == "appointment" and self._tells_of_visit(contact))
                or (what == "facility" and _from_facility(contact, attempt=meaning.attempt))
            ):
                return True
        return False

    def _tells_of_visit(self, contact: ContactFact) -> bool:
        """Do we know from this contact whether an appointment was kept?"""
        return contact.outcome == "visit_missed" or self.protocols.counts(contact)

    def tries(self, rule: Rule, start: Start) -> list[ContactFact]:
        """The failed attempts that belong to what has started then: those since the last contact.

        Whoever has been reached since is tried anew, also for what that contact did not complete.
        What is due before its day, such as a refill, is tried from the day on which it can be done.
        """
        if rule.counts_from is not None and rule.counts_from.count < 0:
            start = start._replace(on=count_from(start.on, rule.counts_from, self.calendar))
        contacts: Sequence[ContactFact] = self.facts.contacts
        last = self.last_reached
        if not contacts or contacts[-1] is last:
            return []
        if last is not None and _since(last, start):
            contacts = [one for one in contacts if _later(one, last)]
        else:
            contacts = [one for one in contacts if _since(one, start)]
        return outreach.failed(contacts, self.protocols)

    # decisions

    @cached_property
    def _of_items(self) -> dict[tuple[str, date], DecisionFact]:
        """The last decision about each item; one that was taken back is none."""
        found = {}
        for one in self.facts.decisions:
            if one.decision in _OF_ONE_ITEM and one.item and one.planned:
                found[one.item, one.planned] = one
        return found

    def is_waived(self, rule: Rule, planned: date) -> bool:
        """Has she decided that this will not be done?"""
        if not self.has_decisions:
            return False
        found = self._of_items.get((rule.id, planned))
        return found is not None and found.decision == Decision.WAIVE

    def is_left_out(self, rule: Rule, start: Start) -> bool:
        """Of a rule that comes again and again: has she decided that this will not be done?

        Whichever of its days the decision names, it is over for good: what is heard later of
        another supply does not bring it back.
        """
        if not self.has_decisions or rule.again is None:
            return False
        planned = {count_from(start.on, rule.target, self.calendar)}
        planned |= {count_from(one.on, rule.again, self.calendar) for one in self.done(rule, start)}
        return any(self.is_waived(rule, day) for day in planned)

    def waived_last(self, rule: Rule) -> DecisionFact | None:
        """The last decision to leave out something of this rule, if nothing took it back."""
        found = [
            one
            for (item, _), one in self._of_items.items()
            if item == rule.id and one.decision == Decision.WAIVE
        ]
        return max(found, key=lambda one: (one.on, one.decision_id), default=None)

    def deferral(self, rule: Rule, planned: date) -> DecisionFact | None:
        """To which day has she moved this?"""
        found = self._of_items.get((rule.id, planned))
        return found if found is not None and found.decision == Decision.DEFER else None

    @cached_property
    def holds(self) -> list[Pause]:
        """Every hold up to today, each until it was over, lifted or replaced."""
        found: list[Pause] = []
        for one in self.facts.decisions:
            if one.decision not in {Decision.HOLD, Decision.LIFT}:
                continue
            if found and one.on < found[-1].last:
                found[-1] = found[-1]._replace(last=one.on)
            if one.decision == Decision.HOLD and one.to is not None:
                found.append(Pause(one.on, one.decision_id, one.to, one.why))
        return [one for one in found if one.on < one.last]

    # appointments

    @cached_property
    def appointments(self) -> list[AppointmentFact]:
        """Those of which nobody knows yet whether they were kept, the earliest first."""
        if not self.facts.appointments:
            return []
        told = [one.on for one in self.facts.contacts if self._tells_of_visit(one)]
        heard = max(told, default=date.min)
        return [one for one in self.facts.appointments if one.on > heard]

    def appointment_from(self, day: date) -> AppointmentFact | None:
        """The first of them on that day or later."""
        if not self.facts.appointments:
            return None  # nearly everybody, so worth not asking further
        return next((one for one in self.appointments if one.on >= day), None)

    # of medicines

    @cached_property
    def supplies(self) -> Supplies:
        """The fills, and what there is to do about them."""
        from caretool import refills  # which the list of a practice without fills does without

        facts = self.facts
        away = refills.days_away(facts.stays, self.today) if facts.stays else ()
        return refills.Supplies(facts.supplies, facts.listed, away)

    # of stays and conditions

    @cached_property
    def latest_stay(self) -> StayFact | None:
        """The stay that ended last; a later stay supersedes an earlier one."""
        stays = [
            stay
            for stay in self.facts.stays
            if stay.discharged_on
            and stay.patient_class not in NOT_STAYS
            and self.protocols.disposition_meaning(stay.disposition) != "ignore"
        ]
        return max(stays, key=discharge_order, default=None)

    @cached_property
    def ed_visits(self) -> list[StayFact]:
        """The emergency visits that have ended, the latest first."""
        visits = [
            stay
            for stay in self.facts.stays
            if stay.patient_class == PatientClass.EMERGENCY
            and stay.discharged_on is not None
            and self.protocols.disposition_meaning(stay.disposition) != "ignore"
        ]
        return sorted(visits, key=discharge_order, reverse=True)

    @cached_property
    def conditions(self) -> frozenset[str]:
        """The codes of the conditions on file."""
        return frozenset(one.code for one in self.facts.conditions)

    @cached_property
    def answered_on(self) -> date:
        """When the last offer was answered; what came before it is answered too.

        Having been under care management, or closed, answers all that came before its end.
        """
        days = [one.on for one in self.facts.decisions if one.decision in ANSWERS]
        known_well = False
        for fact in self.facts.statuses:
            known_well = known_well or fact.status != Status.ROSTER
            if known_well:
                days.append(fact.on)
        return max(days, default=date.min)


def _since(one: Done, start: Start) -> bool:
    """Did this happen after what started the item? Nothing before a discharge counts."""
    if start.stay is None:
        return one.on >= (start.wanted or start.on)
    if isinstance(one, ContactFact):
        return after(one, start.stay)
    return one.on >= discharge_order(start.stay)[0]


def after(contact: ContactFact, stay: StayFact) -> bool:
    """Did this contact happen after the discharge (NGS-FAQ)? On the day itself the times decide."""
    if stay.discharged_on is None or contact.on < stay.discharged_on:
        return False
    if contact.on > stay.discharged_on or contact.at is None or stay.discharged_at is None:
        return True
    return contact.at >= stay.discharged_at


def _later(contact: ContactFact, other: ContactFact) -> bool:
    """Was this contact made after that one? On one day only times that are known can tell."""
    if contact.on != other.on:
        return contact.on > other.on
    return contact.at is not None and other.at is not None and contact.at > other.at


def _from_facility(contact: ContactFact, *, attempt: bool) -> bool:
    return not attempt and "facility" in {contact.channel, contact.party, contact.outcome[3:]}
