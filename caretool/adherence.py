"""How much of a period did a patient have medicine for? Published methods on one engine.

Every figure is made the same way: which fills count, which days are the period, how supply is
carried over, what is divided by the days. A method is a row of the table in `methods` that says
just that; the arithmetic (`supply.lay_out`, `_count`) is the same for all. Given the fills of one
drug it is that drug's figure, given those of a class it is "any drug of the class"; `together` is
"all classes at once".
"""

from __future__ import annotations

from datetime import date
from fractions import Fraction
from functools import cache, lru_cache
from typing import TYPE_CHECKING, NamedTuple

from caretool.errors import InputError
from caretool.methods import METHODS, From, To, Top
from caretool.rules import read_rules
from caretool.supply import Calendar, Carry, clip, common, in_order, lay_out, merge, total, without

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from caretool.methods import Method
    from caretool.supply import Day, Span, Supply


_FLAGS = ("short_period", "one_fill_date", "truncated", "duplicate_fill")
_LAST_DAY = date.max.toordinal()
_date = lru_cache(4096)(date.fromordinal)  # a panel's rows hold the same few days over and over


class Gap(NamedTuple):
    """Days of the period without supply in a row; `open` when no day of it comes after them."""

    first: date
    last: date
    days: int
    open: bool


class Limits(NamedTuple):
    """The numbers of the measures, from `rules/adherence.toml`."""

    threshold: Fraction
    min_period: int
    min_fill_dates: int
    window_days: int
    permitted_gap: int
    most_days: int
    """Longest stretch over which missed doses can be told."""
    low_report: Fraction


class Asked(NamedTuple):
    """What a figure is to be: the first fields of a `Figure`."""

    method: Method
    carry: Carry
    start: date
    end: date
    threshold: Fraction


class Figure(NamedTuple):
    """One adherence figure with all that is needed to check it; exactly one of value and missing.

    Days are ordinals inside; dates by the properties.
    """

    method: Method
    carry: Carry
    start: date
    """First day of the window asked for."""
    end: date
    """Last day of it, or the day of death or disenrolment before it."""
    threshold: Fraction
    """Adherent from this share on."""
    index_day: int | None = None
    """Day of the first fill in the window."""
    first: int = 0
    stop: int = 0
    """The period, [first, stop); empty where there is none."""
    days: int = 0
    """Days of the period, without those in hospital where they are taken out (denominator)."""
    days_covered: Day | None = None
    """How many of them had supply (numerator); None for methods that only add up supply."""
    days_supplied: int | None = None
    """Supply of the fills that count (numerator of those methods)."""
    value: float | None = None
    """Numerator / days, not rounded."""
    adherent: bool | None = None
    """Does the exact ratio reach the threshold?"""
    fills: int = 0
    """Fills in the window."""
    fills_before: int = 0
    """Earlier fills, where the method lets them bring supply in."""
    last: int | None = None
    """Day of the last fill up to `end`, even one before the window."""
    out: Day | None = None
    """First day without supply after all fills up to `end`, earlier ones than the window's too."""
    flags: tuple[str, ...] = ()
    """`short_period` and `one_fill_date` (not in PQA's measure), `truncated` (supply past the end
    was cut), `duplicate_fill` (same drug, date and days twice: both count)."""
    missing: str | None = None
    """Why there is no figure."""
    covered: tuple[Span, ...] = ()
    """The covered days of the period."""
    away: tuple[Span, ...] = ()
    """The days of the period that were taken out."""

    @property
    def index_date(self) -> date | None:
        """Day of the first fill in the window."""
        return _day(self.index_day)

    @property
    def period(self) -> tuple[date, date] | None:
        """First and last day of the period, both included."""
        if self.stop <= self.first:
            return None
        return _date(self.first), _date(self.stop - 1)

    @property
    def last_fill(self) -> date | None:
        """Last fill up to `end`."""
        return _day(self.last)

    @property
    def runs_out(self) -> date | None:
        """Last day with supply; of several drugs that of the one that lasts longest."""
        return _day(None if self.out is None else -int(-self.out // 1) - 1)

    @property
    def numerator(self) -> Day | None:
        """What is divided by the days."""
        return self.days_supplied if self.days_covered is None else self.days_covered

    @property
    def gaps(self) -> tuple[Gap, ...]:
        """Uncovered days in runs, days - days_covered in all; days taken out part a run in two.

        A day that a change of dose covers in part is in no gap.
        """
        if self.days_covered is None or not self.days:
            return ()
        period = [(self.first, self.stop)]
        last = self.away[-1][0] if self.away and self.away[-1][1] == self.stop else self.stop
        empty = without(without(period, self.away), self.covered)
        whole = ((-int(-a // 1), int(b)) for a, b in empty)  # a gap ends where a fill begins
        return tuple(Gap(_date(a), _date(b - 1), b - a, open=b == last) for a, b in whole if a < b)


def measure(
    supplies: Iterable[Supply],
    start: date,
    end: date,
    method: Method = METHODS["pdc"],
    *,
    away: Sequence[tuple[int, int]] = (),
    until: date | None = None,
    threshold: Fraction | None = None,
    carry: Carry | None = None,
    by_dose: bool = False,
) -> Figure:
    """On which share of the days was there medicine, by this method?

    The window is [start, end], both days included (of a running window `end` is the as-of date);
    it ends with `until`, the day of death or disenrolment, where that comes first. `away` are days
    in hospital as half-open spans of ordinals. Adherent from `threshold` on (PQA's 0.80 unless
    said). `carry` and `by_dose` put another carry-over in place of the method's own: AdhereR's
    `carry.only.for.same.medication` is `same`, its `consider.dosage.change` is `by_dose`.
    Where nothing can be computed, `missing` says why; that is never 0.

    Raises InputError: the window ends before it begins, a fill has less than one day of supply or
    lasts past the year 9999, a dose is needed and not said.
    """
    if end < start:
        message = f"the window from {start} to {end} ends before it begins"
        raise InputError(message, "give the earlier date first")
    last_day = end if until is None or until > end else until
    first, stop = start.toordinal(), last_day.toordinal() + 1
    stock = in_order(supplies)
    if stock and stock[-1].day >= stop:
        stock = [one for one in stock if one.day < stop]
    _must_have_days(stock)
    inside = stock
    if stock and stock[0].day < first:
        inside = [one for one in stock if one.day >= first]
    if carry is None or method.numerator is not Top.COVERED:
        carry = method.carry
    calendar = Calendar(away) if away and method.stays_out else None
    used = stock if method.brought_in else inside
    supplied = _supplied(used, carry, calendar, by_dose=by_dose)
    asked = Asked(method, carry, start, last_day, threshold or limits().threshold)
    ends = (stock[-1].day if stock else None, _out(stock, used, supplied, carry, calendar))
    missing = _why_not(method, inside, stock, start, end, last_day)
    if missing:
        return Figure(*asked, last=ends[0], out=ends[1], missing=missing)
    if method.begins is From.FILL:
        first = inside[0].day
    if method.ends is To.FILL:
        stop = inside[-1].day
    before = len(stock) - len(inside) if method.brought_in else 0
    return _count(asked, (first, stop), ends, inside, before, supplied, calendar)


def together(figures: Sequence[Figure]) -> Figure:
    """On which share of the days was there medicine of each of several classes at once?

    Of figures by one method that counts covered days, for one patient and window. The period begins
    with the last of their periods to begin; a day counts when every class is covered (adherence.md
    2, "several classes"). Supply runs out with the first class that does.
    """
    last = max(figures, key=lambda one: one.first)
    known = [one.last for one in figures if one.last is not None]
    outs = [one.out for one in figures if one.out is not None]
    both = last._replace(
        threshold=max(one.threshold for one in figures),
        fills=sum(one.fills for one in figures),
        fills_before=sum(one.fills_before for one in figures),
        last=max(known, default=None),
        out=min(outs, default=None),
    )
    lacking = next((one.missing for one in figures if one.missing), None)
    if lacking:
        missing = f"a class has none: {lacking}"
        return both._replace(
            index_day=None, first=0, stop=0, days=0, days_covered=None, value=None, adherent=None,
            flags=(), missing=missing, covered=(), away=(),
        )  # fmt: skip
    covered = list(last.covered)
    for one in figures:
        covered = common(covered, one.covered)
    raised = {flag for one in figures for flag in one.flags} - {"short_period"}
    raised |= {flag for flag in last.flags if flag == "short_period"}
    numerator = total(covered)
    return both._replace(
        days_covered=numerator,
        value=float(numerator / both.days),
        adherent=_reaches(numerator, both.days, both.threshold),
        flags=tuple(flag for flag in _FLAGS if flag in raised),
        covered=tuple(covered),
    )


@cache
def limits() -> Limits:
    """The numbers of the measures; `rules/adherence.toml` says whose they are."""
    rules = read_rules("adherence.toml")
    measure_, report = rules["measure"], rules["self_report"]
    return Limits(
        Fraction(str(measure_["threshold"])),
        measure_["min_period"],
        measure_["min_fill_dates"],
        rules["window"]["days"],
        rules["persistence"]["permitted_gap"],
        report["most_days"],
        Fraction(str(report["low"])),
    )


def percent_of(share: Fraction | float) -> str:
    """A threshold as people read it: 80, 82.5."""
    return f"{float(100 * share):g}"


def self_reported(missed: int, days: int) -> float:
    """Which share of the last `days` days did the patient take the medicine, as told by them?

    `days` is 1 to 90 and `missed`, the days with a missed dose, 0 to `days`; else InputError.
    A patient's word, not a PDC: never put the two into one percentage (rulebook 6.1).
    """
    most = limits().most_days
    if not 1 <= days <= most:
        message = f"{days} days is not a stretch that missed doses can be reported for"
        raise InputError(message, f"give 1 to {most} days, such as 2/7")
    if not 0 <= missed <= days:
        message = f"{missed} missed days of {days} is not possible"
        raise InputError(message, f"give 0 to {days} missed days")
    return (days - missed) / days


def _must_have_days(stock: Sequence[Supply]) -> None:
    for one in stock:
        if one.days < 1:
            message = f"a fill on {_day(one.day)} has {one.days} days of supply"
            raise InputError(message, "days of supply must be 1 or more; correct that fill")


def _supplied(
    supplies: Sequence[Supply], carry: Carry, calendar: Calendar | None, *, by_dose: bool
) -> list[Span]:
    """The days with supply, merged; laid out on the days at home, where there are others."""
    if calendar is None:
        return merge(
            [(first, stop) for first, stop, _ in lay_out(supplies, carry, by_dose=by_dose)]
        )
    at_home = [one._replace(day=calendar.home(one.day)) for one in supplies]
    uses = lay_out(at_home, carry, by_dose=by_dose)
    return merge(calendar.real((first, stop) for first, stop, _ in uses))


def _out(
    stock: Sequence[Supply],
    used: Sequence[Supply],
    supplied: Sequence[Span],
    carry: Carry,
    calendar: Calendar | None,
) -> Day | None:
    """The first day without supply, each drug used up after another, all earlier fills counted."""
    if not stock:
        return None
    if carry is not Carry.DRUG or len(used) < len(stock):
        supplied = _supplied(stock, Carry.DRUG, calendar, by_dose=False)
    out = supplied[-1][1]
    if out - 1 > _LAST_DAY:
        message = "a supply lasts past the year 9999"
        raise InputError(message, "correct the days of supply of that patient's fills")
    return out


def _why_not(
    method: Method,
    inside: Sequence[Supply],
    stock: Sequence[Supply],
    start: date,
    end: date,
    last_day: date,
) -> str | None:
    """Why there is no figure, if there is none."""
    if last_day < start:
        return f"the period ended on {last_day}, before the window began"
    if not (stock if method.brought_in else inside):
        until = "" if last_day == end else ", when the period ended"
        return f"no fill from {start} to {last_day}{until}"
    if method.ends is To.FILL and inside[0].day == inside[-1].day:
        return f"fills on one date only, {_day(inside[0].day)}"
    return None


def _count(
    asked: Asked,
    period: tuple[int, int],
    ends: tuple[int | None, Day | None],
    inside: Sequence[Supply],
    before: int,
    supplied: Sequence[Span],
    calendar: Calendar | None,
) -> Figure:
    """Count the days of one period; whatever the method, this is the only count."""
    method, (first, stop) = asked.method, period
    away = [] if calendar is None else clip(calendar.away, first, stop)
    days = int(stop - first - total(away))
    if not days:
        missing = f"every day from {_date(first)} to {_date(stop - 1)} is inpatient"
        return Figure(*asked, last=ends[0], out=ends[1], missing=missing)
    covered: list[Span] = []
    days_covered: Day | None = None
    days_supplied: int | None = None
    if method.numerator is Top.COVERED:
        covered = clip(supplied, first, stop)
        numerator = days_covered = total(covered)
    else:
        but_last = method.numerator is Top.BUT_LAST
        counted = [one.days for one in inside if not but_last or one.day < inside[-1].day]
        numerator = days_supplied = sum(counted)
    value = float(numerator / days)
    truncated = bool(supplied) and supplied[-1][1] > stop
    return Figure(
        *asked,
        index_day=inside[0].day if inside else None,
        first=first,
        stop=stop,
        days=days,
        days_covered=days_covered,
        days_supplied=days_supplied,
        value=min(value, 1.0) if method.cap else value,
        adherent=_reaches(numerator, days, asked.threshold),
        fills=len(inside),
        fills_before=before,
        last=ends[0],
        out=ends[1],
        flags=_signs(inside, stop - first, truncated=truncated),
        covered=tuple(covered),
        away=tuple(away),
    )  # fmt: skip


def _signs(inside: Sequence[Supply], length: int, *, truncated: bool) -> tuple[str, ...]:
    """What to know beside a figure."""
    limit = limits()
    dates = len({one.day for one in inside})
    found = []
    if length < limit.min_period:
        found.append("short_period")
    if dates < limit.min_fill_dates:
        found.append("one_fill_date")
    if truncated:
        found.append("truncated")
    if dates < len(inside) and len(set(inside)) < len(inside):
        found.append("duplicate_fill")
    return tuple(found)


def _reaches(numerator: Day, days: int, share: Fraction) -> bool:
    """Decided in whole numbers: 79.96 % is not 80 %."""
    return numerator * share.denominator >= share.numerator * days


def _day(ordinal: int | None) -> date | None:
    return None if ordinal is None else _date(ordinal)
