"""Why is something not due? For what one may expect of a patient and that is not to do today.

One entry for each kind of item for which there is a fact, and that there is nothing to act on for:
it was done, waived, deferred, paused, answered, another item stands in its place, the patient's
status or stay does not fit. What never had a fact to start it is not listed: the list of what a
patient does not have would be long.
"""

from __future__ import annotations

from datetime import date
from itertools import product
from typing import TYPE_CHECKING, NamedTuple

from caretool import dates, explain, triggers
from caretool.episodes import begins, discharge_order, leads_to_a_stay
from caretool.history import ANSWERS, History, seen
from caretool.model import Decision, PatientClass, Status
from caretool.workdays import count_from

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from caretool.history import Start
    from caretool.items import Plan
    from caretool.model import DecisionFact, PatientFacts, StayFact
    from caretool.protocols import Protocol, Protocols, Rule
    from caretool.workdays import Calendar


class Absent(NamedTuple):
    """What is not due, and because of what: one rule, all of a kind, or without both everything."""

    kind: str | None
    rule: str | None
    because: str


def absent(
    facts: PatientFacts,
    protocols: Protocols,
    calendar: Calendar,
    plan: Plan,
    today: date,
    *,
    mask: bool = False,
) -> list[Absent]:
    """Why nothing of this is due on `today`; `plan` is the plan made from these facts."""
    where = plan.standing
    if where.status == Status.CLOSED:
        return [Absent(None, None, explain.absence(where, today))]
    history = History(seen(facts, today), protocols, calendar, where, today)
    case = _Case(history, plan, today, mask=mask)
    found = list(case.moved())
    if where.held_since is not None:
        return [Absent(None, None, explain.absence(where, today)), *found]
    for trigger, several in protocols.by_trigger.items():
        for protocol in several:
            if trigger not in {"facility", "unreached"}:
                found += case.of_protocol(protocol)
    found += case.letter()
    # Two protocols may make the same kind: an offer after a discharge, an offer after a referral
    return list({(one.kind, one.because): one for one in reversed(found)}.values())[::-1]


_OFFERS = frozenset({"candidate", "referral"})
_MOVED = {"deferred": "deferred to", "on hold": "on hold until", "appointment": "appointment"}


class _Case:
    def __init__(self, history: History, plan: Plan, today: date, *, mask: bool) -> None:
        self.history = history
        self.where = plan.standing
        self.items = plan.items
        self.today = today
        self.mask = mask

    def moved(self) -> Iterator[Absent]:
        """What is open and would be due by now, had it not been moved or tried."""
        for item in self.items:
            if item.due <= self.today or item.trace.planned > self.today:
                continue
            if item.target <= self.today:
                words = "letter sent, at rest until" if item.rests else "tried, next try"
                yield _of(item.rule, f"{words} {self.day(item.due)}")
                continue
            last = item.trace.moves[-1]
            if last.why in _MOVED:
                said = explain.said_words(last.said, mask=self.mask)
                yield _of(item.rule, f"{_MOVED[last.why]} {self.day(last.after)}{said}")

    def of_protocol(self, protocol: Protocol) -> Iterator[Absent]:
        """Why these kinds are not open, as far as there is a fact that would start them."""
        starts = triggers.starts(self.history, protocol)
        because = ""
        if self.where.status not in protocol.statuses:
            if protocol.trigger in _OFFERS or (not starts and protocol.trigger != "status"):
                return  # nobody asks why somebody under care management is not offered it
            because = self._status()
        elif not starts:
            because = _NO_START.get(protocol.trigger, _nothing)(self, protocol)
            if not because:
                return
        told = {item.rule.kind for item in self.items if item.rule.protocol == protocol.name}
        if because:
            kinds = dict.fromkeys(rule.kind for rule in protocol.rules if rule.needs is None)
            yield from (Absent(kind, None, because) for kind in kinds if kind not in told)
            return
        for start, rule in product(starts, protocol.rules):
            if rule.kind not in told and self._meant(rule, start):
                told.add(rule.kind)
                yield _of(rule, self._because(rule, start))

    def _meant(self, rule: Rule, start: Start) -> bool:
        """Is this the rule of its kind that holds for this patient, by tier, risk and status?"""
        if rule.tier is not None and rule.tier != self.where.tier:
            return False
        if rule.risk is not None:
            high = bool(self.where.high_risk(start.on, self.today))
            return (rule.risk == "high") == high
        return self.where.status in rule.statuses

    def _because(self, rule: Rule, start: Start) -> str:
        if rule.needs is not None:
            return f"sleeps: {rule.needs}, which is not measured yet"
        for item in self.items:
            if rule.kind in item.rule.replaces and (item.start.replaces or item.start == start):
                what = explain.kind_words(item.rule.kind)
                if item.start.wanted:
                    what = "the date that was asked for"
                return f"{what}, {self.day(item.target)}, stands in its place"
        waived = self._waived(rule, start)
        done = self.history.done(rule, start)
        come = count_from(start.on, rule.target, self.history.calendar)
        if rule.again is not None and come > self.today:
            return f"not before {self.day(come)}, if it is still so"
        if waived is not None and (not done or done[-1].on <= waived.on):
            said = explain.said_words(waived.why, mask=self.mask)
            return f"waived {self.day(waived.on)}{said}"
        if done:
            by = done[-1] if rule.then or rule.repeat else done[0]
            return f"done {self.day(by.on)} ({by.id})"
        return self.answer() if "decision" in rule.done_by else "its last step is over"

    def _waived(self, rule: Rule, start: Start) -> DecisionFact | None:
        """The last decision to leave this out, if nothing took it back."""
        first = min(start.on, count_from(start.on, rule.target, self.history.calendar))
        decisions = [
            one
            for one in self.history.facts.decisions
            if one.item == rule.id and one.planned is not None and one.planned >= first
        ]
        last = decisions[-1] if decisions else None
        return last if last is not None and last.decision == Decision.WAIVE else None

    def _status(self) -> str:
        if self.where.status == Status.ROSTER:
            return "on the roster only"
        what = "on hold" if self.where.status == Status.ON_HOLD else "under care management"
        return f"{what} since {self.day(self.where.since)}" if self.where.since else what

    def answer(self) -> str:
        """How the last offer was answered."""
        answers = [one for one in self.history.facts.decisions if one.decision in ANSWERS]
        if not answers:
            return ""
        words = {Decision.ACCEPT: "accepted", Decision.DECLINE: "declined"}
        how = words.get(Decision(answers[-1].decision), "not suitable, decided")
        said = explain.said_words(answers[-1].why, mask=self.mask)
        return f"{how} {self.day(answers[-1].on)}{said}"

    def letter(self) -> Iterator[Absent]:
        """Why the trying has not been enough for a letter, after as many attempts as it takes."""
        if any(item.rule.protocol == "unreached" for item in self.items):
            return
        climb, ladder = self.history.climb, self.history.protocols.ladder
        for protocol in self.history.protocols.by_trigger["unreached"]:
            if climb.attempts >= ladder.attempts and climb.spent_by is None:
                yield _of(
                    protocol.rules[0],
                    f"{climb.attempts} attempts; a letter takes {ladder.attempts} on as many days,"
                    f" in {ladder.parts_of_day} parts of the day, by {ladder.channels} channels,"
                    f" within {ladder.within}",
                )

    def day(self, day: date) -> str:
        """A day in words."""
        return dates.show_short(day, self.today)


def _of(rule: Rule, because: str) -> Absent:
    return Absent(rule.kind, rule.id, because)


# Why a protocol has not started, where there is a fact that could have started it; else nothing


def _nothing(_case: _Case, _protocol: Protocol) -> str:
    return ""


def _no_discharge(case: _Case, protocol: Protocol) -> str:
    stay = case.history.latest_stay
    if stay is None or protocol.diagnoses or protocol.conditions:
        return ""
    if stay.patient_class not in protocol.classes:
        return f"D{stay.stay_id} is of another kind: {explain.kind_words(stay.patient_class)}"
    return _unfit(case, protocol, stay)


def _unfit(case: _Case, protocol: Protocol, stay: StayFact) -> str:
    """Where the patient went, or that the list came too late."""
    protocols = case.history.protocols
    if protocols.disposition_meaning(stay.disposition) not in protocol.dispositions:
        known = protocols.dispositions.get(stay.disposition or "")
        return f"D{stay.stay_id} ended with: {known.label if known else stay.disposition}"
    if not triggers.heard_in_time(case.history, protocol, stay):
        came = case.day(stay.arrived_on)
        return f"D{stay.stay_id} is history: the list came {came}, too long after its end"
    return ""


def _no_ed_visit(case: _Case, protocol: Protocol) -> str:
    stays = case.history.facts.stays
    visits = [
        one
        for one in stays
        if one.patient_class == PatientClass.EMERGENCY and one.discharged_on is not None
    ]
    visit = max(visits, key=discharge_order, default=None)
    if visit is None or protocol.diagnoses:
        return ""
    if protocol.no_stay_within is not None:
        until = count_from(
            discharge_order(visit)[0], protocol.no_stay_within, case.history.calendar
        )
        if leads_to_a_stay(visit, stays, until):
            stay = min((one for one in stays if leads_to_a_stay(visit, [one], until)), key=begins)
            return f"a stay began on {case.day(begins(stay))} (D{stay.stay_id})"
    unfit = _unfit(case, protocol, visit)
    if not unfit and protocol.chronic_groups:
        return f"fewer than {protocol.chronic_groups} high-risk chronic groups on file"
    return unfit


def _no_offer(case: _Case, _protocol: Protocol) -> str:
    return case.answer()


def _no_request(case: _Case, _protocol: Protocol) -> str:
    contacts = case.history.facts.contacts
    asked = [one for one in contacts if one.next_on is not None]
    if not asked or asked[-1].next_on is None:
        return ""
    wanted = asked[-1].next_on
    kept = next(
        one
        for one in contacts[contacts.index(asked[-1]) + 1 :]
        if one.on >= wanted and case.history.protocols.counts(one)
    )
    return f"asked for {case.day(wanted)}, reached {case.day(kept.on)} (C{kept.contact_id})"


def _no_appointment(case: _Case, _protocol: Protocol) -> str:
    appointments = case.history.facts.appointments
    if not appointments:
        return ""
    last = appointments[-1]
    return f"known whether the appointment on {case.day(last.on)} was kept (A{last.appointment_id})"


def _no_supply(case: _Case, protocol: Protocol) -> str:
    """Why nothing is done about medicines of which there were fills."""
    if not case.history.facts.supplies:
        return ""
    supplies = case.history.supplies
    words = []
    for drug, fills in supplies.by_drug.items():
        name, stopped = fills[-1].medicine.name, supplies.stopped_on(drug)
        if stopped is not None:
            words.append(f"{name} was stopped {case.day(stopped)}")
        elif drug in supplies.taken and (other := supplies.replaced_by(drug)):
            words.append(f"{name} was replaced by {other.name}")
    words += [
        f"supply of {one.medicine.name} ended {case.day(date.fromordinal(one.runs_out))}, long"
        f" before the list with its last fill came, {case.day(one.fill.heard_on)}"
        for one in supplies.drugs
        if not triggers.supply_heard_in_time(case.history, protocol, one)
    ]
    return "; ".join(words)


_NO_START: dict[str, Callable[[_Case, Protocol], str]] = {
    "discharge": _no_discharge,
    "ed_visit": _no_ed_visit,
    "candidate": _no_offer,
    "referral": _no_offer,
    "request": _no_request,
    "appointment": _no_appointment,
    "supply": _no_supply,
}
