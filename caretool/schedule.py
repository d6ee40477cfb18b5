"""Whom to contact, when and why: one pure function of (facts, protocols, calendar, today).

`plan` answers it for one patient. Nothing is stored and no job moves anything: what is open
stays open until a fact completes it, supersedes it (a later stay), takes it out (a decision of the
care manager) or ends it (closing, death). Every item carries its `Trace`, and its dates are read
from that same trace.

**The order of the list** (`Rank`, also in docs/guide.md; `why PATIENT --rank` shows the terms):

1. must, the limit has passed; then must, due by the limit (earliest limit first; in both, people
   who left against medical advice come first);
2. a date that the patient asked for;
3. everything else that is due: tier (high first), then the oldest target, then the nearest
   appointment;
4. what is still to come, by date; on one day a must comes first.

Ties are broken by patient id, so that a list is the same each time it is computed.
"""

from __future__ import annotations

from datetime import date, timedelta
from itertools import product
from typing import TYPE_CHECKING

from caretool import outreach, triggers, workdays
from caretool.history import History, Pause, seen
from caretool.items import Item, Move, Plan, Trace
from caretool.model import State, Status, Strength, Tier
from caretool.standing import Standing, standing
from caretool.workdays import count_from

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from caretool.history import Start
    from caretool.model import ContactFact, DecisionFact, PatientFacts
    from caretool.protocols import Protocol, Protocols, Rule, Span
    from caretool.workdays import Calendar

_AGAIN = frozenset({"last_contact", "last_done"})
_DAY = timedelta(days=1)


def state(target: date, limit: date | None, today: date) -> State:
    """The one definition of due and overdue: the target day itself is due, the day after is late.

    `overdue`: the target has passed; `late-open`: the limit has passed and it is still to do.
    """
    if limit is not None and today > limit:
        return State.LATE_OPEN
    if today > target:
        return State.OVERDUE
    return State.DUE if today == target else State.UPCOMING


def plan(facts: PatientFacts, protocols: Protocols, calendar: Calendar, today: date) -> Plan:
    """What is open for this patient on `today`, seeing only facts dated up to then.

    Raises RuleError when a date leaves the years that the calendar covers.
    """
    known = seen(facts, today)
    where = standing(known, protocols, calendar, today)
    if where.status == Status.CLOSED:
        return Plan(facts.patient_id, where, ())
    items = _Case(known, protocols, calendar, where, today).items()
    if len(items) > 1:
        items.sort(key=lambda item: item.rank(today))
    return Plan(facts.patient_id, where, tuple(items))


class _Case:
    """Makes the items of one patient; all facts are already cut at today."""

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
        self.history = History(facts, protocols, calendar, where, today)
        self.tier_rule: Rule | None = None
        self.sooner: date | None = None
        """The routine date of the raised tier, where that comes first."""

    def items(self) -> list[Item]:
        """Everything that is open, less what another open item stands for."""
        found = [
            item
            for trigger in triggers.triggers(self.history)
            for item in self._started_by(trigger)
        ]
        if self.history.may_be_spent and any("contact" in item.rule.done_by for item in found):
            found += self._started_by("unreached")
        if len(found) == 1:
            return found
        replaced = {kind for item in found if item.start.replaces for kind in item.rule.replaces}
        return [item for item in found if item.rule.kind not in replaced]

    def _started_by(self, trigger: str) -> list[Item]:
        found: list[Item] = []
        status = self.where.status
        for protocol in self.protocols.by_trigger[trigger]:
            if status not in protocol.statuses:
                continue
            for start in triggers.starts(self.history, protocol):
                tier = None
                if trigger == "status":
                    self.tier_rule, self.sooner = self._routine(start)
                    tier = self.tier_rule.tier
                found += self._items_of(protocol, start, tier)
        return found

    def _items_of(self, protocol: Protocol, start: Start, tier: str | None) -> Iterator[Item]:
        for rule in protocol.rules:
            if rule.tier == tier and self._applies(rule, start):
                if not start.replaces and not self._is_its_turn(rule, protocol, start):
                    continue
                step = self._open_step(rule, protocol, start)
                if step is not None:
                    yield self._item(rule, protocol, start, *step)

    def _is_its_turn(self, rule: Rule, protocol: Protocol, start: Start) -> bool:
        """Where one rule takes the place of another when its day has come: is it this one's turn?

        Whether the later one is done does not matter: what it took the place of stays away. While
        its day is a closed one, what is open stays open until the day on which it is asked.
        """
        for first, then in product(protocol.rules, repeat=2):
            if rule in {first, then} and first.kind in then.replaces:
                applies = self._applies(first, start) and self._applies(then, start)
                come = count_from(start.on, then.target, self.calendar) <= self.today
                if applies and come and self._first_day(then, start) > self.today:
                    come = self._open_step(first, protocol, start) is None
                if applies and come == (rule is first):
                    return False
        return True

    def _first_day(self, rule: Rule, start: Start) -> date:
        """The day of a rule's first target, no closed one."""
        day = count_from(start.on, rule.target, self.calendar)
        return self._open_day(rule, day, start.on, None)

    def _applies(self, rule: Rule, start: Start) -> bool:
        if rule.needs is not None or self.where.status not in rule.statuses:
            return False
        if rule.risk is not None and (rule.risk == "high") != self._high_risk(start):
            return False
        return self.where.held_since is None or "facility" not in rule.suspended_by

    def _high_risk(self, start: Start) -> bool:
        return bool(self.where.high_risk(start.on, self.today))

    def _chosen_by(self, rule: Rule, start: Start) -> str:
        """What raised the tier or the risk, where that is why this rule is the one that holds."""
        if rule.tier is not None:
            return self._raised_on(self.sooner) if self.sooner is not None else ""
        return self.where.high_risk(start.on, self.today) if rule.risk == "high" else ""

    # from the anchor to the step that is open

    def _routine(self, start: Start) -> tuple[Rule, date | None]:
        """The rule of the tier; a raised one from the day on which it gave an earlier date.

        What was due while the tier was raised stays due when that has passed.
        """
        rule = self.protocols.routine[self.where.own_tier]
        if not self.where.raises:
            return rule, None
        anchor = self._anchor(rule, None, start)[2]
        planned = count_from(anchor, rule.target, self.calendar)
        high = self.protocols.routine[Tier.HIGH.value]
        sooner = count_from(anchor, high.target, self.calendar)
        days = [
            max(sooner, one.first)
            for one in self.where.raises
            if one.first <= self.today and max(sooner, one.first) <= one.last
        ]
        best = min(days, default=planned)
        return (high, best) if best < planned else (rule, None)

    def _anchor(self, rule: Rule, protocol: Protocol | None, start: Start) -> tuple[str, str, date]:
        """What target and limit are counted from: in words, the fact's id, the day."""
        if rule.anchor == "last_contact":
            last = self.history.last_reached
            if last is not None and last.on >= start.on:
                return "last two-way contact", f"C{last.contact_id}", last.on
        elif rule.anchor == "last_done":
            done = self.history.done(rule, start)
            if done:
                return "last done", done[-1].id, done[-1].on
        elif rule.anchor != "event" and protocol is not None:
            how, _, kind = rule.anchor.rpartition(" ")
            other = self._other(kind, protocol, start)
            if other is not None:
                planned, limit, done_on = other
                if how == "after":
                    words = "done" if done_on else "to be done"
                    return f"{kind.replace('_', ' ')} {words}", "", done_on or planned
                return f"limit of {kind.replace('_', ' ')}", "", limit or planned
        return start.fact, start.fact_id, start.on

    def _other(
        self, kind: str, protocol: Protocol, start: Start
    ) -> tuple[date, date | None, date | None] | None:
        """Target, limit and day done of the rule of that kind; None when it does not apply."""
        for rule in protocol.rules:
            if rule.kind != kind or not self._applies(rule, start):
                continue
            anchor = self._anchor(rule, protocol, start)[2]
            planned, limit = next(self._steps(rule, anchor, start))
            if self.history.is_waived(rule, planned):
                limit = None
            done = self.history.done(rule, start)
            return planned, limit, done[0].on if done else None
        return None

    def _steps(self, rule: Rule, anchor: date, start: Start) -> Iterator[tuple[date, date | None]]:
        """Target and limit of each step, all counted from the anchor so that nothing drifts."""
        calendar = self.calendar
        first = rule.target
        if rule.again is not None and self.history.done(rule, start):
            first = rule.again  # such a rule has one step, and no limit
        limit = None if rule.limit is None else count_from(anchor, rule.limit, calendar)
        yield count_from(anchor, first, calendar), limit
        for span in rule.then:
            yield count_from(anchor, span, calendar), None
        if rule.repeat is None:
            return
        stop = None if rule.stop is None else count_from(anchor, rule.stop, calendar)
        number = 1
        while True:
            planned = count_from(anchor, _later_step(rule.target, rule.repeat, number), calendar)
            if stop is not None and planned > stop:
                return
            if rule.limit is not None:
                limit = count_from(anchor, _later_step(rule.limit, rule.repeat, number), calendar)
            yield planned, limit
            number += 1

    def _open_step(
        self, rule: Rule, protocol: Protocol, start: Start
    ) -> tuple[str, str, date, date, date | None] | None:
        """The first step that nothing has completed: fact, its id, anchor, target, limit."""
        fact, fact_id, anchor = self._anchor(rule, protocol, start)
        in_steps = bool(rule.then) or rule.repeat is not None
        last_done = None
        if rule.anchor not in _AGAIN:
            last_done = self.history.done_on(rule, start)
            if last_done is not None and not in_steps:
                return None
        if rule.again is not None and self.history.is_left_out(rule, start):
            return None
        early = 0 if rule.early is None else rule.early.count
        for planned, limit in self._steps(rule, anchor, start):
            if last_done is not None and last_done >= planned - early * _DAY:
                continue
            if self.history.is_waived(rule, start.wanted or planned):
                continue
            return fact, fact_id, anchor, planned, limit
        return None

    # from the rule's dates to those in force

    def _item(
        self,
        rule: Rule,
        protocol: Protocol,
        start: Start,
        fact: str,
        fact_id: str,
        anchor: date,
        planned: date,
        limit: date | None,
    ) -> Item:
        """Dates of one item: target and limit from the anchor, then the moves, then the retry."""
        moves: list[Move] = []
        target, wanted_limit = planned, limit
        if start.wanted is not None:
            target = planned = start.wanted
        elif rule.tier is not None and self.sooner is not None and self.sooner != planned:
            said = self._raised_on(self.sooner)
            moves.append(Move("raised", planned, self.sooner, said=said))
            target = self.sooner
        if rule.no_later_than is not None:
            cap = self._cap(rule.no_later_than, protocol, start)
            if cap is not None:
                limit = cap if limit is None else min(limit, cap)
                if cap < target:
                    moves.append(Move("no later", target, cap, said=rule.no_later_than))
                    target = cap
        if start.heard_on is not None:
            heard = start.heard_on if limit is None else min(start.heard_on, limit)
            if target < heard:
                moves.append(Move("heard", target, heard))
                target = heard
        for move in self._moves(rule, start, anchor, planned, target, limit):
            moves.append(move)
            target = move.after
        tries = self.history.tries(rule, start) if rule.retry else []
        must = rule.strength == Strength.MUST
        timely, documented, retry = 0, False, None
        if tries:
            rules = self.protocols.attempts
            timely = outreach.timely(tries, limit, rules) if must and limit else 0
            documented = 0 < rules.documented <= timely
            retry = self._retry(rule, tries, target, limit, documented=documented)
        hold = self.where.hold
        near = self.history.appointment_from(self.today)
        return Item(
            self.facts.patient_id,
            Trace(
                fact, fact_id, anchor, rule, planned, tuple(moves), target, limit,
                None if limit == wanted_limit else wanted_limit,
                tries[-1].on if tries else None, retry,
            ),
            start,
            self.where.tier,
            len(tries),
            timely=timely,
            documented=documented and rule.documents,
            advice=outreach.advice(tries, self.protocols.ladder) if tries else "",
            raised_by=self.where.raised_by,
            chosen_by=self._chosen_by(rule, start),
            on_hold_until=hold.to if hold and must else None,
            rests=retry is not None and retry == self.history.rest_until,
            appointment=None if near is None else near.on,
        )  # fmt: skip

    def _raised_on(self, day: date) -> str:
        return next(one.words for one in self.where.raises if one.first <= day <= one.last)

    def _cap(self, kind: str, protocol: Protocol, start: Start) -> date | None:
        """The day that kind was done, or the last on which it can be."""
        other = self._other(kind, protocol, start)
        if other is None:
            return None
        _, limit, done_on = other
        visit = self.history.appointment_from(start.on) if kind == "visit" else None
        if visit is not None and limit is not None and visit.on <= limit:
            limit = visit.on  # arranged for then, so no later than that
        return done_on or limit

    def _moves(
        self,
        rule: Rule,
        start: Start,
        anchor: date,
        planned: date,
        target: date,
        limit: date | None,
    ) -> Iterator[Move]:
        """Weekends, holidays, days off; an appointment; what she decided; in that order."""
        if rule.move != "stay" or self.calendar.days_off:
            earliest = start.on if rule.target.count >= 0 else date.min
            if start.heard_on is not None:
                earliest = max(earliest, min(start.heard_on, target))
            moved = self._open_day(rule, target, earliest, limit)
            if moved != target:
                skipped = tuple(workdays.skipped(target, moved, self.calendar))
                yield Move("closed days", target, moved, skipped)
                target = moved
        visit = self.history.appointment_from(start.on) if _is_visit(rule) else None
        if visit is not None and visit.on != target and (limit is None or visit.on <= limit):
            yield Move("appointment", target, visit.on)
            target = visit.on
        if self.history.has_decisions:
            yield from self._decided(rule, anchor, planned, target, limit)

    def _decided(
        self, rule: Rule, anchor: date, planned: date, target: date, limit: date | None
    ) -> Iterator[Move]:
        """Holds, and the day to which she moved this: each after those that she decided before."""
        deferred = self.history.deferral(rule, planned)
        holds = self.history.holds if "hold" in rule.suspended_by else []
        decided: list[Pause | DecisionFact] = [*holds]
        if deferred is not None:
            decided.append(deferred)
        for one in sorted(decided, key=lambda one: (one.on, one.decision_id)):
            before = target
            if isinstance(one, Pause):
                if anchor < one.last and target < one.last:
                    target = self._open_day(rule, one.last, one.last, limit)
            elif one.to is not None:
                target = one.to
            if target != before:
                why = "on hold" if isinstance(one, Pause) else "deferred"
                yield Move(why, before, target, said=one.why)

    def _open_day(self, rule: Rule, day: date, earliest: date, limit: date | None) -> date:
        must = rule.strength == Strength.MUST
        return workdays.open_day(day, self.calendar, rule.move, (earliest, limit), must=must)

    def _retry(
        self,
        rule: Rule,
        tries: Sequence[ContactFact],
        target: date,
        limit: date | None,
        *,
        documented: bool,
    ) -> date:
        """The next try: the next business day, for a must no later than its limit."""
        last = tries[-1].on
        again = count_from(last, self.protocols.retry, self.calendar)
        if self.calendar.days_off:
            again = workdays.open_on_or_after(again, self.calendar)
        must = rule.strength == Strength.MUST
        rest = self.history.rest_until if "contact" in rule.done_by and not must else None
        if rest is not None:
            again = max(again, rest)
        if must and limit is not None and last <= limit < again and not documented:
            again = max(last, workdays.open_on_or_before(limit, self.calendar))
        return max(again, target)


def _later_step(span: Span, repeat: Span, number: int) -> Span:
    return span._replace(count=span.count + repeat.count * number)


def _is_visit(rule: Rule) -> bool:
    return any(word.partition(":")[0] == "visit" for word in rule.done_by)
