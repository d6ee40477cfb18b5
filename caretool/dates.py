"""The only clock, and the small grammar of dates that people may type.

Below the command line, what day it is is always a parameter; only this module asks the machine.

**A date**, in any case, blanks around it do not matter (`parse_date`):

| typed | means |
|---|---|
| `2026-11-25` | that day; four, two and two digits; years 1900 to 2100 |
| `today` `yesterday` `tomorrow` | that day |
| `fri` `friday` … | the next one after today; for what has happened, the last one before today |
| `+3d` `-3d` `+2w` `-1w` | that many days or weeks from today |
| `+1m` `-2m` | that many months from today; 31 January `+1m` is the last day of February |

**A moment** (`parse_moment`): a date, then maybe `T` or a blank and the time: `2026-11-25T14:05`.

Nothing else is a date: `03/04/2026` has two readings, `10` has many, 30 February has none.

**Instants** are stored as two values, so that they sort as text and still tell the local time:
UTC (`2026-11-23T19:05:09Z`) and the minutes by which local time was ahead of it (`-300`).
"""

from __future__ import annotations

import os
import re
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from caretool.errors import UsageProblem

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dateutil.relativedelta import relativedelta

WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")

_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_YEARS = (1900, 2100)
_DAYS_AWAY = {"yesterday": -1, "today": 0, "tomorrow": 1}
_WEEKDAY_NUMBERS = {
    form: number
    for number, name in enumerate(WEEKDAYS)
    for form in (name.lower(), name[:3].lower())
}
# date.fromisoformat also takes 20261125 and 2026-W01-1; \d also takes digits of other scripts
_ISO = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_AWAY = re.compile(r"([+-][0-9]+)([dwm])")
_MOMENT = re.compile(r"(.*\S)(?:t|\s+)([01][0-9]|2[0-3]):([0-5][0-9])", re.IGNORECASE)

_LOCAL_TIME = Path("/etc/localtime")

_HINT = "dates that work: 2026-11-25, today, yesterday, tomorrow, fri, +3d, +2w, +1m, -1w"
_MOMENT_HINT = f"{_HINT}; with a time: 2026-11-25T14:05"


def local_zone() -> str | None:
    """The IANA name of the local time zone, as far as the machine says it."""
    named = os.environ.get("TZ", "").lstrip(":")
    if "/" in named and not named.startswith("/"):
        return named if _is_zone(named) else None
    place = str(_LOCAL_TIME.resolve())
    name = place.partition("zoneinfo/")[2]
    return name if _is_zone(name) else None


def _is_zone(name: str) -> bool:
    from zoneinfo import ZoneInfo

    try:
        return bool(name and ZoneInfo(name))
    except (KeyError, ValueError, OSError):
        return False


def now() -> datetime:
    """This instant, in the local time zone."""
    return datetime.now(UTC).astimezone()  # noqa: TID251 - the only clock


def today(environ: Mapping[str, str] = os.environ) -> date:
    """What day is it: `CARETOOL_TODAY` if set, else the local date."""
    text = environ.get("CARETOOL_TODAY", "").strip()
    if not text:
        return now().date()
    if _ISO.fullmatch(text):
        try:
            return _within_years(date.fromisoformat(text))
        except ValueError:
            pass
    msg = f"CARETOOL_TODAY is {_quoted(text)}, which is not a date"
    raise UsageProblem(msg, "set it like CARETOOL_TODAY=2026-11-25, or unset it", code="date")


def parse_date(text: str, today: date, *, past: bool = False) -> date:
    """Which day does `text` mean, by the grammar at the top of this module?

    Args:
        text: what was typed.
        today: the day from which relative forms count.
        past: a weekday is the last one before today, for what has already happened.

    Raises:
        UsageProblem: not a form of the grammar, not a day of the calendar, or too far away.
    """
    return _parse(text, today, past=past, hint=_HINT)


def parse_moment(text: str, today: date, *, past: bool = True) -> tuple[date, time | None]:
    """Which day does `text` mean, and what time of that day, if one is given?

    Raises:
        UsageProblem: as `parse_date`, or the time is not one of `HH:MM`.
    """
    moment = _MOMENT.fullmatch(text.strip())
    if moment is None:
        return _parse(text, today, past=past, hint=_MOMENT_HINT), None
    day, hour, minute = moment.groups()
    return _parse(day, today, past=past, hint=_MOMENT_HINT), time(int(hour), int(minute))


def _parse(text: str, today: date, *, past: bool, hint: str) -> date:
    word = text.strip().lower()
    try:
        if (day := _read(word, today, past=past)) is not None:
            return _within_years(day)
        msg = f"{_quoted(text)} is not a date that caretool reads"
    except (ValueError, OverflowError):
        if _ISO.fullmatch(word) and _YEARS[0] <= int(word[:4]) <= _YEARS[1]:
            msg = f"there is no day {word}"
        else:
            msg = f"{_quoted(text)} is not within the years {_YEARS[0]} to {_YEARS[1]}"
    raise UsageProblem(msg, hint, code="date")


def _read(word: str, today: date, *, past: bool) -> date | None:
    """The day of one form, None for an unknown form; ValueError, OverflowError if there is none."""
    if _ISO.fullmatch(word):
        return date.fromisoformat(word)
    if word in _DAYS_AWAY:
        return today + timedelta(days=_DAYS_AWAY[word])
    if word in _WEEKDAY_NUMBERS:
        ahead = (_WEEKDAY_NUMBERS[word] - today.weekday()) % 7
        return today + timedelta(days=ahead - 7 if past else ahead or 7)
    if away := _AWAY.fullmatch(word):
        count, unit = int(away[1]), away[2]
        if unit == "m":
            return add_months(today, count)
        return today + timedelta(days=count * 7 if unit == "w" else count)
    return None


def _within_years(day: date) -> date:
    if not _YEARS[0] <= day.year <= _YEARS[1]:
        raise ValueError
    return day


def _quoted(text: str) -> str:
    """What was typed, on one line however long or odd it is."""
    return repr(text if len(text) <= 40 else f"{text[:39]}…")


def add_months(day: date, n: int) -> date:
    """The same day of the month `n` months later, or that month's last day if it is shorter.

    Always count from the anchor: month by month, the 31st would drift to the 28th and stay there.
    """
    return day + _months(n)


@lru_cache
def _months(n: int) -> relativedelta:
    """`n` months, built once: a morning list counts the same few thousands of times."""
    from dateutil.relativedelta import relativedelta  # loaded only where months are counted

    return relativedelta(months=n)


def show(day: date) -> str:
    """A day as people read it, in English whatever the locale: `Tue 3 Feb 2026`."""
    return f"{WEEKDAYS[day.weekday()][:3]} {day.day} {_MONTHS[day.month - 1]} {day.year}"


def show_short(day: date, today: date) -> str:
    """As `show`, with the year only if it is not this year: `Tue 3 Feb`."""
    text = show(day)
    return text.removesuffix(f" {day.year}") if day.year == today.year else text


def utc_and_offset(moment: datetime) -> tuple[str, int]:
    """An instant as it is stored: UTC text to the second, and local time minus UTC in minutes.

    Raises:
        ValueError: the moment has no time zone, so nobody knows which instant it is.
    """
    offset = moment.utcoffset()
    if offset is None:
        msg = "a moment without a time zone is not an instant"
        raise ValueError(msg)
    utc = moment.astimezone(UTC).replace(tzinfo=None)
    return f"{utc.isoformat(timespec='seconds')}Z", offset // timedelta(minutes=1)
