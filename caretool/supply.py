"""On which days is each fill used? Pure arithmetic on days, for every method of adherence.

A day is an ordinal, a span is half-open: (30, 60) is day 30 up to and without day 60. A fill covers
its own day: 30 days from day d are (d, d + 30).

Who is in hospital uses nothing of their own. Such days are taken out of the calendar before
anything is laid out (`Calendar.home`), so that no other arithmetic need know of them, and put back
for showing (`Calendar.real`). That is the rule of the Centers for Medicare & Medicaid Services: the
days leave numerator and denominator, and the supply moves behind the stay (adherence.md 2).
"""

from __future__ import annotations

from enum import StrEnum
from fractions import Fraction
from functools import partial
from operator import itemgetter
from typing import TYPE_CHECKING, NamedTuple

from caretool.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    Day = int | Fraction  # only a change of dose makes parts of days
    Span = tuple[Day, Day]


class Carry(StrEnum):
    """What becomes of supply that is left when the next fill is dispensed."""

    NONE = "none"
    """Nothing: each fill is used from its own day on, what overlaps counts once."""
    DRUG = "drug"
    """A fill waits until the same drug is used up; different drugs are used side by side (PQA)."""
    POOL = "pool"
    """Whatever is left is used up first, of whichever drug: one drug at a time (AdhereR)."""
    SAME = "same"
    """As `pool`, but what is left when another drug begins is thrown away (AdhereR)."""


class Supply(NamedTuple):
    """One fill as the arithmetic sees it."""

    day: int
    days: int
    waits_for: tuple[str, ...]
    """The ingredients that have to be used up first: one, of a combination product several."""
    per_day: Fraction | int = 0
    """Doses a day, 0 where nobody says; only a change of dose needs them."""


class Use(NamedTuple):
    """The days on which one fill is used, and how much was left when it was dispensed."""

    first: Day
    stop: Day
    left: Day
    """Days of supply that were still there on the day of the fill and go before it."""


_BY_DAY = itemgetter(0, 2, 1)  # day, what it waits for, days
# As `Use(…)` and `Supply(…)` of a tuple, in half the time: a panel has a million of them
new_use: Callable[[tuple[Day, Day, Day]], Use] = partial(tuple.__new__, Use)
new_supply: Callable[[tuple[int, int, tuple[str, ...], Fraction | int]], Supply] = partial(
    tuple.__new__, Supply
)


def in_order(supplies: Iterable[Supply]) -> list[Supply]:
    """Fills as they are laid out: by day, those of one day by what they wait for.

    So the order of rows never matters; nor does how long a fill lasts change which one of a day
    comes first, for then more supply could cover fewer days.
    """
    return sorted(supplies, key=_BY_DAY)


def lay_out(
    supplies: Sequence[Supply], carry: Carry = Carry.DRUG, *, by_dose: bool = False
) -> list[Use]:
    """On which days is each of these fills used? In the order of the fills, sorted by day.

    `pool` and `same` are one sequence: a fill is used from its day on together with what is left,
    until the next fill takes over. With `by_dose` what is left there lasts shorter or longer as the
    dose changes (adherence.md 4); it needs `per_day` of every fill, else InputError.
    """
    if carry is Carry.POOL or carry is Carry.SAME:
        return _in_sequence(supplies, same_only=carry is Carry.SAME, by_dose=by_dose)
    if carry is Carry.NONE:
        return [Use(one.day, one.day + one.days, 0) for one in supplies]
    free: dict[str, int] = {}
    uses: list[Use] = []
    for day, days, waits_for, _ in supplies:
        first = day
        for ingredient in waits_for:
            if free.get(ingredient, 0) > first:
                first = free[ingredient]
        stop = first + days
        for ingredient in waits_for:
            free[ingredient] = stop
        uses.append(new_use((first, stop, first - day)))
    return uses


def _in_sequence(supplies: Sequence[Supply], *, same_only: bool, by_dose: bool) -> list[Use]:
    """One drug at a time: each fill, with what is left of others, owns the days up to the next."""
    uses: list[Use] = []
    before: Supply | None = None
    for one in supplies:
        left: Day = 0
        if before is not None:
            first, stop, _ = uses[-1]
            left = max(0, stop - one.day)
            uses[-1] = uses[-1]._replace(stop=max(first, min(stop, one.day)))
            if same_only and one.waits_for != before.waits_for:
                left = 0
            if by_dose and left:
                left = left * Fraction(_dose(before)) / _dose(one)
        uses.append(Use(one.day, one.day + left + one.days, left))
        before = one
    return uses


def _dose(one: Supply) -> Fraction | int:
    if not one.per_day:
        message = "a fill does not say how many doses a day it is for"
        raise InputError(message, "leave the change of dose out, or import the doses a day")
    return one.per_day


def merge(spans: Iterable[Span]) -> list[Span]:
    """Which days does at least one span hold? In order; spans that overlap or touch are one."""
    merged: list[Span] = []
    last: Day = -1
    for first, stop in sorted(spans):
        if first > last:
            merged.append((first, stop))
            last = stop
        elif stop > last:
            merged[-1] = (merged[-1][0], stop)
            last = stop
    return merged


def clip(spans: Iterable[Span], first: Day, stop: Day) -> list[Span]:
    """Cut spans to those of their days that lie in [first, stop)."""
    # max() and min() cost four times as much, for each of a million fills
    return [
        (a if a > first else first, b if b < stop else stop)  # noqa: FURB136
        for a, b in spans
        if a < stop and b > first
    ]


def common(one: Iterable[Span], other: Iterable[Span]) -> list[Span]:
    """Which days do both hold? Each list is merged already."""
    others = list(other)
    return [part for first, stop in one for part in clip(others, first, stop)]


def without(spans: Iterable[Span], other: Iterable[Span]) -> list[Span]:
    """The days of `spans` that are not in `other`; each list is merged already."""
    found: list[Span] = []
    others = list(other)
    for first, stop in spans:
        day = first
        for begin, end in clip(others, first, stop):
            if begin > day:
                found.append((day, begin))
            day = end
        if day < stop:
            found.append((day, stop))
    return found


def total(spans: Iterable[Span]) -> Day:
    """Count the days of disjoint spans."""
    return sum([stop - first for first, stop in spans])


class Calendar:
    """Days at home: the days in `away` are not there; real days to home days and back."""

    def __init__(self, away: Iterable[tuple[int, int]]) -> None:
        self.away = merge(away)
        """Merged spans of real days."""

    def home(self, day: int) -> int:
        """The home day of a real one; a day away is the first one at home after it."""
        return day - int(sum(min(day, stop) - first for first, stop in self.away if first < day))

    def real(self, spans: Iterable[Span]) -> list[Span]:
        """Spans of home days as spans of real days, parted where days away lie between them."""
        found = []
        for first, stop in spans:
            passed: Day = 0
            begin = first
            for leave, back in self.away:
                at = leave - passed  # the home day before which these days lie
                if at <= begin:
                    pass
                elif at < stop:
                    found.append((begin + passed, leave))
                    begin = at
                else:
                    break
                passed += back - leave
            found.append((begin + passed, stop + passed))
        return found
