"""How much of a period a patient had medicine for: days covered, gaps, PDC. Pure arithmetic.

Everything rests on one picture, a calendar on which supply is laid out: `lay_out` puts each
fill on the days on which it is used, `merge` joins what several drugs cover, `_measure` counts
inside one period. A method, such as `pdc`, only decides which fills count and which days are
the period. Dates go in and come out; inside they are ordinals. Ranges are closed.

`pdc` is the payer's figure, the Proportion of Days Covered of the Pharmacy Quality Alliance
(PQA: FAQ for the QRS measures of 2020-04-03, tip sheets, training claims of 2018). Given the
fills of one drug it is that drug's figure, given those of a class it is the class's.

Not done yet: PQA moves a combination product behind a product that shares an ingredient with
it. Here it is a drug of its own: the overlap counts once, and the figure may be too low.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from caretool.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from caretool.model import Fill

Span = tuple[int, int]  # first and last day, both included, as ordinals
Supply = tuple[str, int, int]  # key of the drug, day of the fill as an ordinal, days of supply

PDC_THRESHOLD = (4, 5)  # PQA: adherent from 80 % on; antiretrovirals (9, 10)
MIN_PERIOD = 91  # PQA: a shorter treatment period is not in the measure
MIN_FILL_DATES = 2  # PQA: fills on fewer dates are not in the measure
MAX_RECALL = 90  # longest stretch, in days, over which missed doses can be self-reported


class Gap(NamedTuple):
    """Days of the period without supply in a row; `open` when no day of it comes after them."""

    first: date
    last: date
    days: int
    open: bool


@dataclass(frozen=True, slots=True)
class Figure:
    """One adherence figure with all that is needed to check it; exactly one of value and missing.

    Attributes:
        method: The rule that made the figure, as the command line spells it.
        start: First day of the window asked for.
        end: Last day counted: that of the window, or the day of death or disenrolment before it.
        index_date: First day of the period, which runs to `end`; for `pdc` the first fill in it.
        days: Days of the period, without excluded ones (denominator); 0 without a period.
        days_covered: How many of them had supply (numerator).
        value: days_covered / days, not rounded.
        adherent: Whether the exact ratio reaches the threshold.
        fills: How many fills the figure rests on.
        last_fill: Last fill up to `end`, even one before the window.
        runs_out: Last day of supply of all fills up to `end`, earlier ones than the window's too,
            of several drugs the latest, not cut at `end`. The next refill is due the day after.
        gaps: Uncovered days in runs, days - days_covered in all. Excluded days part a run in two.
        flags: `short_period` (under 91 days from index date to end: not in PQA's measure),
            `one_fill_date` (no second date: not in the measure), `truncated` (supply past the
            end was cut), `duplicate_fill` (same drug, date and days twice: both count).
        missing: Why there is no figure.
        covered: The covered days as ranges, for drawing.
    """

    method: str
    start: date
    end: date
    index_date: date | None = None
    days: int = 0
    days_covered: int = 0
    value: float | None = None
    adherent: bool | None = None
    fills: int = 0
    last_fill: date | None = None
    runs_out: date | None = None
    gaps: tuple[Gap, ...] = ()
    flags: tuple[str, ...] = ()
    missing: str | None = None
    covered: tuple[tuple[date, date], ...] = ()


def pdc(
    fills: Sequence[Fill],
    start: date,
    end: date,
    *,
    stays: Sequence[tuple[date, date]] = (),
    until: date | None = None,
    threshold: tuple[int, int] = PDC_THRESHOLD,
) -> Figure:
    """On which share of the days since the first fill in the window was there medicine?

    The period runs from the first fill in [start, end] to `end` (of a running window: the as-of
    date), or to `until`, the day of death or disenrolment. Only fills inside it count. A refill
    waits until that drug is used up; different drugs do not, a day with several counts once. What
    reaches past the end is cut (PQA). Days in `stays`, both ends included, leave numerator and
    denominator, and their supply moves behind the stay (CMS since 2013; Medicare leaves out the
    day of discharge, Benefit Policy Manual 3.20.1: the caller decides). Adherent from `threshold`
    on, compared in whole numbers: 79.6 % is not 80 %. Where no day counts, `missing` says why.

    Raises InputError: a window or stay ends before it begins, a fill has less than one day of
    supply or lasts past the year 9999, the threshold is no ratio from 0 to 1.
    """
    _check(start, end, threshold)
    stop = end if until is None else min(end, until)
    away = _excluded(stays)
    stock = _supplies(fills, stop.toordinal())
    used = [supply for supply in stock if supply[1] >= start.toordinal()]
    supplied = lay_out(used, away)
    everything = supplied if len(used) == len(stock) else lay_out(stock, away)
    last_fill = _day(max((day for _, day, _ in stock), default=None))
    runs_out = _day(max((last for _, last in everything), default=None))
    blank = Figure("pdc", start, stop, last_fill=last_fill, runs_out=runs_out)
    if not used:
        return replace(blank, missing=_why_no_fill(fills, start, end, stop))
    period = (min(day for _, day, _ in used), stop.toordinal())
    return _measure(blank, used, supplied, period, away, threshold)


def self_reported(missed: int, days: int) -> float:
    """Which share of the last `days` days did the patient take the medicine, as told by them?

    `days` is 1 to 90 and `missed`, the days with a missed dose, 0 to `days`; else InputError.
    A patient's word, not a PDC: never put the two into one percentage (rulebook 6.1).
    """
    if not 1 <= days <= MAX_RECALL:
        message = f"{days} days is not a stretch that missed doses can be reported for"
        raise InputError(message, f"give 1 to {MAX_RECALL} days, such as 2/7")
    if not 0 <= missed <= days:
        message = f"{missed} missed days of {days} is not possible"
        raise InputError(message, f"give 0 to {days} missed days")
    return (days - missed) / days


@lru_cache(maxsize=4096)
def drug_key(name: str) -> str:
    """Are two names the same drug? They are when their keys are equal: case and spaces differ."""
    return " ".join(name.casefold().split())


def lay_out(supplies: Iterable[Supply], away: Sequence[Span] = ()) -> list[Span]:
    """On which days is each fill used, when each drug's fills are used one after another?

    A fill begins on its day, or when the drug's previous one is used up, also on the same day
    (PQA's FAQ: "same day or different days"). Different drugs do not push each other. On days
    in `away`, which must be merged, nothing is used.
    """
    spans: list[Span] = []
    current, free = "", 0
    for drug, day, days in sorted(supplies):
        begin = free if drug == current and free > day else day
        spans += _use(begin, days, away) if away else ((begin, begin + days - 1),)
        current, free = drug, spans[-1][1] + 1
    return spans


def merge(spans: Iterable[Span]) -> list[Span]:
    """Which days does at least one span hold? In order; spans that overlap or touch are one."""
    merged: list[Span] = []
    for first, last in sorted(spans):
        if not merged or first > merged[-1][1] + 1:
            merged.append((first, last))
        elif last > merged[-1][1]:
            merged[-1] = (merged[-1][0], last)
    return merged


def _measure(
    blank: Figure,
    used: Sequence[Supply],
    supplied: Sequence[Span],
    period: Span,
    away: Sequence[Span],
    threshold: tuple[int, int],
) -> Figure:
    """Count covered days and gaps of one period; whatever the method, this is the only count."""
    first, last = period
    outside = _clip(away, period)
    covered = merge(_clip(supplied, period))
    length = last - first + 1
    days, days_covered = length - _total(outside), _total(covered)
    numerator, denominator = threshold
    signs = {
        "short_period": length < MIN_PERIOD,
        "one_fill_date": len({day for _, day, _ in used}) < MIN_FILL_DATES,
        "truncated": max(end for _, end in supplied) > last,
        "duplicate_fill": len(set(used)) < len(used),
    }
    return replace(
        blank,
        index_date=_day(first),
        days=days,
        days_covered=days_covered,
        value=days_covered / days if days else None,
        adherent=denominator * days_covered >= numerator * days if days else None,
        fills=len(used),
        gaps=_gaps(covered, outside, period),
        flags=tuple(word for word, raised in signs.items() if raised),
        missing=None if days else f"every day from {_day(first)} to {_day(last)} is inpatient",
        covered=tuple((date.fromordinal(a), date.fromordinal(b)) for a, b in covered),
    )


def _gaps(covered: Sequence[Span], outside: Sequence[Span], period: Span) -> tuple[Gap, ...]:
    """Find the runs of days of the period that are neither covered nor excluded."""
    day, last = period
    final = outside[-1][0] - 1 if outside and outside[-1][1] == last else last
    gaps: list[Gap] = []
    for begin, end in [*sorted([*covered, *outside]), (last + 1, last + 1)]:
        if begin > day:
            first, before = date.fromordinal(day), date.fromordinal(begin - 1)
            gaps.append(Gap(first, before, begin - day, open=begin - 1 == final))
        day = end + 1
    return tuple(gaps)


def _use(begin: int, days: int, away: Sequence[Span]) -> list[Span]:
    """Use `days` days of supply from `begin` on, none of them on a day in `away`."""
    spans: list[Span] = []
    for first, last in away:
        if last < begin:
            continue
        room = first - begin
        if days <= room:
            break
        if room > 0:
            spans.append((begin, first - 1))
            days -= room
        begin = last + 1
    spans.append((begin, begin + days - 1))
    return spans


def _supplies(fills: Iterable[Fill], last: int) -> list[Supply]:
    """Turn the fills up to day `last` into numbers; refuse a supply of no days."""
    supplies = []
    for fill in fills:
        if fill.days_supply < 1:
            message = f"a fill on {fill.filled_on} has {fill.days_supply} days of supply"
            raise InputError(message, "days of supply must be 1 or more; correct that fill")
        day = fill.filled_on.toordinal()
        if day <= last:
            supplies.append((drug_key(fill.drug), day, fill.days_supply))
    return supplies


def _excluded(stays: Iterable[tuple[date, date]]) -> list[Span]:
    """Merge the stays into disjoint spans of excluded days."""
    for first, last in stays:
        if last < first:
            message = f"a stay from {first} to {last} ends before it begins"
            raise InputError(message, "correct the dates of that stay")
    return merge((first.toordinal(), last.toordinal()) for first, last in stays)


def _check(start: date, end: date, threshold: tuple[int, int]) -> None:
    """Refuse a window or a threshold that cannot be meant."""
    if end < start:
        message = f"the window from {start} to {end} ends before it begins"
        raise InputError(message, "give the earlier date first")
    if not 0 <= threshold[0] <= threshold[1] > 0:
        message = f"{threshold[0]}/{threshold[1]} is not a threshold"
        raise InputError(message, "a threshold is a ratio from 0 to 1, such as 0.8")


def _why_no_fill(fills: Iterable[Fill], start: date, end: date, stop: date) -> str:
    """Say why no fill counts, although some may lie in the window."""
    dates = [fill.filled_on for fill in fills if start <= fill.filled_on <= end]
    if dates:
        return f"the period ended on {stop}, before the first fill on {min(dates)}"
    return f"no fill from {start} to {end}"


def _clip(spans: Iterable[Span], period: Span) -> list[Span]:
    """Cut spans to those of their days that lie in the period."""
    first, last = period
    return [(max(a, first), min(b, last)) for a, b in spans if a <= last and b >= first]


def _total(spans: Iterable[Span]) -> int:
    """Count the days of disjoint spans."""
    return sum(last - first + 1 for first, last in spans)


def _day(ordinal: int | None) -> date | None:
    """Turn an ordinal back into a date."""
    if ordinal is not None and ordinal > date.max.toordinal():
        message = "a supply lasts past the year 9999"
        raise InputError(message, "correct the days of supply of that patient's fills")
    return None if ordinal is None else date.fromordinal(ordinal)
