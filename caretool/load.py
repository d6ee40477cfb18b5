"""How full are the days, what could move from a full one, and what do other rules change?

All of it is read from plans; nothing here decides what is due. A patient counts once a day, however
much there is to do for them. What is late counts for today, which is when it will be done. What
falls on a closed day counts for the next day on which she is at work or, where that is past its
limit, for the last one before.

**What may move from a full day** (`shifts`): everything that is to be done for a patient that day,
or nothing. It moves by at most the length of `[spread]` in `rules/protocols.toml`, and later up to
its limit where there is one; never past a limit, and never before tomorrow. These stay where they
are:

- what must be done;
- a date that the patient asked for, and a visit that is arranged;
- what waits for a hold to end, into which nothing else moves either;
- what has moved before: nobody is put off again and again;
- a next try after a failed attempt: it has its own rhythm.

A call that would not count so early, or would count for the next step as well, is not moved that
far; and what waits for another step does not move to an earlier day.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import date, timedelta
from typing import TYPE_CHECKING, NamedTuple

from caretool import workdays
from caretool.model import Strength
from caretool.workdays import count_from

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence

    from caretool.items import Item, Plan
    from caretool.protocols import Span
    from caretool.workdays import Calendar

_DAY = timedelta(days=1)
_SATURDAY = 5
# Moves after which an item stays where it is, and anchors for which every contact starts anew
_SETTLED = frozenset({"appointment", "deferred", "on hold"})
_AGAIN = frozenset({"last_contact", "last_done"})


class Day(NamedTuple):
    """One day: how many patients are to be acted on, and how many of them because of a must."""

    day: date
    must: int
    should: int
    closed: str | None
    """Why nobody is at work; None on a day on which she is."""

    @property
    def patients(self) -> int:
        """How many patients in all."""
        return self.must + self.should


class Shift(NamedTuple):
    """What is to be done for one patient on a full day, and the day to which it can move."""

    patient_id: int
    items: tuple[Item, ...]
    before: date
    after: date
    joins: bool
    """The patient is to be acted on that day anyway."""


class _Stop(NamedTuple):
    """All that is to be done for one patient on one day."""

    patient_id: int
    items: tuple[Item, ...]
    held_until: date | None


# how full the days are


def acted_on(item: Item, calendar: Calendar, today: date) -> date:
    """The day on which an item will be acted on: its own, if that is to come and she is at work."""
    day = max(item.due, today)
    if workdays.is_open(day, calendar):
        return day
    later = workdays.open_on_or_after(day, calendar)
    if item.limit is not None and day <= item.limit < later:
        before = workdays.open_on_or_before(day, calendar)
        return before if before >= today else later
    return later


def horizon(last: date, calendar: Calendar) -> date:
    """Up to which day things may be due that count for the days up to `last`."""
    return workdays.open_on_or_after(last + _DAY, calendar) - _DAY


def days(plans: Iterable[Plan], calendar: Calendar, today: date, last: date) -> list[Day]:
    """The load of each day from `today` to `last`, without weekends; a closed day has none.

    Raises RuleError when the days leave the years that the calendar covers.
    """
    loads = _loads(plans, calendar, today)
    found = []
    for number in range((last - today).days + 1):
        day = today + number * _DAY
        if day.weekday() < _SATURDAY:
            closed = workdays.skipped(day, day, calendar)
            must = sum(loads[day].values())
            found.append(Day(day, must, len(loads[day]) - must, closed[0][1] if closed else None))
    return found


def _loads(plans: Iterable[Plan], calendar: Calendar, today: date) -> dict[date, dict[int, bool]]:
    """By day the patients to be acted on, and whether because of a must."""
    loads: dict[date, dict[int, bool]] = defaultdict(dict)
    for plan in plans:
        for item in plan.items:
            load = loads[acted_on(item, calendar, today)]
            must = item.rule.strength == Strength.MUST
            load[plan.patient_id] = load.get(plan.patient_id, False) or must
    return loads


# what could move


def shifts(
    plans: Sequence[Plan],
    calendar: Calendar,
    today: date,
    last: date,
    capacity: int,
    spread: Span,
) -> list[Shift]:
    """What could move so that fewer days are over `capacity`; what may is said at the top.

    From each full day the least urgent patients first, each to the nearest open day up to `last`
    that has room, the earlier of two that are as near. A day has room for one more patient, or for
    what else is to be done for a patient who is there anyway.
    """
    loads = {day: set(load) for day, load in _loads(plans, calendar, today).items()}
    open_days = [one.day for one in days((), calendar, today, last) if one.closed is None]
    on_days = _by_day(plans, calendar, today)
    found: list[Shift] = []
    for day in open_days:
        stops = sorted(on_days.get(day, ()), key=lambda stop: stop.items[0].rank(today))
        while len(loads.get(day, ())) > capacity and stops:
            stop = stops.pop()
            between = _between(stop, day, calendar, today, spread)
            if between is None:
                continue
            to = _nearest(open_days, day, between, loads, capacity, stop.patient_id)
            if to is not None:
                loads[day].remove(stop.patient_id)
                there = loads.setdefault(to, set())
                joins = stop.patient_id in there
                there.add(stop.patient_id)
                found.append(Shift(stop.patient_id, stop.items, day, to, joins))
    return found


def _by_day(plans: Iterable[Plan], calendar: Calendar, today: date) -> dict[date, list[_Stop]]:
    """By day, what is to be done for each patient."""
    found: dict[date, list[_Stop]] = defaultdict(list)
    for plan in plans:
        own: dict[date, list[Item]] = defaultdict(list)
        for item in plan.items:
            own[acted_on(item, calendar, today)].append(item)
        hold = plan.standing.hold
        for day, items in own.items():
            found[day].append(_Stop(plan.patient_id, tuple(items), hold.to if hold else None))
    return found


def _nearest(
    open_days: Sequence[date],
    day: date,
    between: tuple[date, date],
    loads: Mapping[date, set[int]],
    capacity: int,
    patient_id: int,
) -> date | None:
    """The nearest open day with room; None when there is none."""
    here = open_days.index(day)
    first, last = between
    fits = [
        (abs(place - here), other)
        for place, other in enumerate(open_days)
        if first <= other <= last
        if len(load := loads.get(other, set())) < capacity
        or (len(load) == capacity and patient_id in load)
    ]
    return min(fits)[1] if fits else None


def _between(
    stop: _Stop, day: date, calendar: Calendar, today: date, spread: Span
) -> tuple[date, date] | None:
    """The first and the last day to which all of it may move; None when some of it stays."""
    if not all(_may_move(item) for item in stop.items):
        return None
    found = [_reach(item, day, calendar, spread) for item in stop.items]
    first = max(today + _DAY, *(first for first, _ in found))
    if stop.held_until is not None:
        first = max(first, stop.held_until)
    return first, min(last for _, last in found)


def _may_move(item: Item) -> bool:
    return (
        item.rule.strength == Strength.SHOULD
        and item.start.wanted is None
        and item.trace.retry is None
        and all(move.why not in _SETTLED for move in item.trace.moves)
    )


def _reach(item: Item, day: date, calendar: Calendar, spread: Span) -> tuple[date, date]:
    """The first and the last day to which one item may move from `day`."""
    rule, trace = item.rule, item.trace
    back = spread._replace(count=-spread.count)
    first = max(count_from(day, back, calendar), trace.anchor + _DAY)
    last = count_from(day, spread, calendar) if item.limit is None else item.limit
    if rule.counts_from is not None:
        first = max(first, count_from(item.start.on, rule.counts_from, calendar))
    if rule.anchor.startswith("after "):
        first = max(first, day)
    if rule.anchor not in _AGAIN and (rule.then or rule.repeat is not None):
        early = (0 if rule.early is None else rule.early.count) * _DAY
        first = max(first, trace.planned - early)
        following = _next_step(item, calendar)
        if following is not None:
            last = min(last, following - early - _DAY)
    return first, last


def _next_step(item: Item, calendar: Calendar) -> date | None:
    """The target of the step that comes after this one, counted from the same anchor."""
    rule, trace = item.rule, item.trace
    for span in rule.then:
        target = count_from(trace.anchor, span, calendar)
        if target > trace.planned:
            return target
    if rule.repeat is None:
        return None
    target, span = trace.planned, rule.target
    while target <= trace.planned:
        span = span._replace(count=span.count + rule.repeat.count)
        target = count_from(trace.anchor, span, calendar)
    return target


# what other rules change


class Change(NamedTuple):
    """One item of one patient under two sets of rules; None where it is not open."""

    patient_id: int
    before: Item | None
    after: Item | None

    @property
    def item(self) -> Item:
        """The item as it is under the new rules, else as it is under the old ones."""
        item = self.after or self.before
        assert item is not None  # noqa: S101 - a change has at least one side
        return item

    @property
    def how(self) -> str:
        """`new`, `gone`, `earlier`, `later`; `limit`, `strength` when only that is another."""
        before, after = self.before, self.after
        if before is None or after is None:
            return "new" if before is None else "gone"
        if before.due != after.due:
            return "earlier" if after.due < before.due else "later"
        return "limit" if before.limit != after.limit else "strength"

    def newly_missed(self, today: date) -> bool:
        """Has the limit passed under the new rules, and had not under the old?"""
        return _missed(self.after, today) and not _missed(self.before, today)


def _missed(item: Item | None, today: date) -> bool:
    return item is not None and item.limit is not None and item.limit < today


def changes(before: Plan, after: Plan) -> list[Change]:
    """What other rules change for one patient: in the order of the new list, then what goes.

    An item is the same under both when its rule is, or else its kind, with what started it; or, if
    that is another fact too, the kind alone. Not every new word is a change: only the day to act,
    the limit and the strength are.
    """
    found = [
        Change(before.patient_id, old, new)
        for old, new in _pairs(before.items, after.items)
        if old is None or new is None or _told(old) != _told(new)
    ]
    place = {id(item): number for number, item in enumerate(after.items)}
    return sorted(found, key=lambda one: place.get(id(one.after), len(place)))


_SAME: tuple[Callable[[Item], Hashable], ...] = (
    lambda item: (item.rule.id, item.start.fact_id),
    lambda item: (item.rule.kind, item.start.fact_id),
    lambda item: item.rule.kind,
)


def _pairs(
    before: Sequence[Item], after: Sequence[Item]
) -> Iterator[tuple[Item | None, Item | None]]:
    """Each item once, beside what it is under the other rules."""
    old, new = list(before), list(after)
    for same in _SAME:
        for item in tuple(new):
            for place, other in enumerate(old):
                if same(other) == same(item):
                    yield other, item
                    del old[place]
                    new.remove(item)
                    break
    yield from ((None, item) for item in new)
    yield from ((item, None) for item in old)


def _told(item: Item) -> tuple[date, date | None, Strength]:
    return item.due, item.limit, item.rule.strength


def count_changes(found: Iterable[Change], today: date) -> Counter[str]:
    """How many changes of each sort, of how many patients, and how many limits are newly missed."""
    counts: Counter[str] = Counter()
    patients = set()
    for one in found:
        counts[one.how] += 1
        counts["limits_newly_missed"] += one.newly_missed(today)
        patients.add(one.patient_id)
    counts["patients_changed"] = len(patients)
    return counts
