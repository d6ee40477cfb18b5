"""Business days over a calendar: Monday to Friday, without the calendar's holidays.

That is how CPT counts the two business days after a discharge (Noridian, "TCM Direct Contact"):
whatever the practice's own hours are, and whenever it was told. The day that is counted from is
day 0, even if it is a business day. A calendar covers a range of years; a date outside them is an
error, because its holidays would silently count as business days.
"""

from __future__ import annotations

import os
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any, NamedTuple

from caretool import dates
from caretool.dates import WEEKDAYS
from caretool.errors import RuleError
from caretool.rules import parse_rules, read_rules

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from caretool.protocols import Span

_DAY = timedelta(days=1)
_SATURDAY = 5


class Calendar(NamedTuple):
    """The holidays of the years `first` to `last`, each on the day it is observed.

    `days_off` are the care manager's own, with what she said of them. They never change what a
    business day is, so no limit moves with them; only her own work does (`is_open`).
    """

    name: str
    holidays: Mapping[date, str]
    first: int
    last: int
    days_off: Mapping[date, str] = {}


def load_calendar(name: str = "us-federal", beside: Path | None = None) -> Calendar:
    """The calendar `calendars/<name>.toml` in the folder `beside`, else the built-in one.

    Raises:
        RuleError: there is no such calendar, or its file is malformed.
    """
    file = f"calendars/{name}.toml"
    if beside is not None and os.path.lexists(beside / file):
        return calendar_from(name, parse_rules(beside / file))
    return calendar_from(name, read_rules(file))


def calendar_from(name: str, rules: Mapping[str, Any]) -> Calendar:
    """Checks what a calendar file says: `first` and `last` year, and dates for each holiday.

    Raises:
        RuleError: something is missing, of the wrong kind, or outside the file's own years.
    """
    first, last = rules.get("first"), rules.get("last")
    if not (type(first) is int and type(last) is int and 1 < first <= last < date.max.year):
        raise _malformed(name, "first and last are the years it covers, such as 2010 and 2060")
    table = rules.get("holidays")
    if not isinstance(table, dict):
        raise _malformed(name, "it has no table [holidays]")
    holidays: dict[date, str] = {}
    for holiday, days in table.items():
        if not isinstance(days, list):
            raise _malformed(name, f"{holiday!r} is not a list of dates such as [2026-12-25]")
        for day in days:
            if not isinstance(day, date) or isinstance(day, datetime):
                raise _malformed(name, f"{holiday!r} has {day!r}, which is not a date")
            if not first <= day.year <= last:
                raise _malformed(name, f"{holiday!r} has {day}, not within {first} to {last}")
            holidays[day] = holiday
    return Calendar(name, holidays, first, last)


def _malformed(name: str, what: str) -> RuleError:
    return RuleError(f"calendar {name}: {what}", f"correct calendars/{name}.toml")


def is_workday(day: date, calendar: Calendar) -> bool:
    """Is `day` a business day?

    Raises:
        RuleError: the calendar does not cover that year.
    """
    if not calendar.first <= day.year <= calendar.last:
        raise _not_covered(day, calendar)
    return day.weekday() < _SATURDAY and day not in calendar.holidays


def add_workdays(day: date, n: int, calendar: Calendar) -> date:
    """The n-th business day strictly after `day`; strictly before it for a negative n.

    `day` itself is day 0, business day or not, so n = 0 is `day` itself.
    """
    step = _DAY if n > 0 else -_DAY
    left = abs(n)
    while left:
        day += step
        if is_workday(day, calendar):
            left -= 1
    return day


def on_or_after(day: date, calendar: Calendar) -> date:
    """`day` if it is a business day, else the next one: how routine dates move."""
    return day if is_workday(day, calendar) else add_workdays(day, 1, calendar)


def on_or_before(day: date, calendar: Calendar) -> date:
    """`day` if it is a business day, else the one before: how limits move."""
    return day if is_workday(day, calendar) else add_workdays(day, -1, calendar)


def is_open(day: date, calendar: Calendar) -> bool:
    """Is `day` a business day on which the care manager is at work?"""
    return is_workday(day, calendar) and day not in calendar.days_off


def open_on_or_after(day: date, calendar: Calendar) -> date:
    """`day` if she is at work then, else the next day on which she is."""
    while not is_open(day, calendar):
        day += _DAY
    return day


def open_on_or_before(day: date, calendar: Calendar) -> date:
    """`day` if she is at work then, else the last day before it on which she is."""
    while not is_open(day, calendar):
        day -= _DAY
    return day


def count_from(anchor: date, span: Span, calendar: Calendar) -> date:
    """The day that lies `span` after the anchor (day 0); months clamp and never drift."""
    if span.unit == "business day":
        return add_workdays(anchor, span.count, calendar) if span.count else anchor
    if span.unit == "month":
        return dates.add_months(anchor, span.count)
    return anchor + timedelta(days=span.count * (7 if span.unit == "week" else 1))


def skipped(day_from: date, day_to: date, calendar: Calendar) -> list[tuple[date, str]]:
    """The days from `day_from` to `day_to`, both included, that are not business days, and why.

    They come in walking order, so backwards if `day_to` is earlier. The reason is the name of the
    holiday or of the weekday, or what she said of her day off. For a count of business days start
    with the day after its day 0.
    """
    step = _DAY if day_from <= day_to else -_DAY
    days = (day_from + step * number for number in range(abs((day_to - day_from).days) + 1))
    return [(day, _why_closed(day, calendar)) for day in days if not is_open(day, calendar)]


def _why_closed(day: date, calendar: Calendar) -> str:
    if is_workday(day, calendar):
        return calendar.days_off[day]
    return calendar.holidays.get(day, WEEKDAYS[day.weekday()])


def _not_covered(day: date, calendar: Calendar) -> RuleError:
    if day.year > calendar.last:
        edge = f"ends with {calendar.last}"
    else:
        edge = f"begins with {calendar.first}"
    message = f"{day} cannot be checked for holidays: the calendar {calendar.name} {edge}"
    return RuleError(message, "check the dates that were entered; this one is far away")


def open_day(
    day: date, calendar: Calendar, move: str, between: tuple[date, date | None], *, must: bool
) -> date:
    """Where a target goes that falls on a weekend, a holiday or a day off.

    `move` is "later", "earlier" or "stay". A must that falls on a day off is done before it, a
    should after it, if that is not past its limit. Nothing is brought before the day from which it
    counts; `between` are that day and the limit.
    """
    earliest, limit = between
    moved = day
    if move == "later":
        moved = on_or_after(day, calendar)
    elif move == "earlier":
        moved = on_or_before(day, calendar)
    if moved in calendar.days_off:
        moved = open_on_or_before(moved, calendar) if must else open_on_or_after(moved, calendar)
    if limit is not None and day <= limit < moved:
        in_time = open_on_or_before(limit, calendar)
        if in_time >= earliest:
            moved = in_time
        elif day not in calendar.days_off:
            moved = day  # a weekend within the limit rather than a day past it
    return moved if moved >= earliest else day
