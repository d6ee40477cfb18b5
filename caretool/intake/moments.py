"""From cell texts to dates and times of day, under the form that the column has.

Nothing is guessed here: a date such as 03/04/2026 is read only under a `DateForm`, which is
settled from all values of its column (`settling.py`) or declared by the user. A bad value is a
`ValueError` whose text says what is wrong with it and never repeats it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from functools import lru_cache
from typing import TYPE_CHECKING, Final, Literal, TypeVar

from caretool.intake.date_texts import (
    COMPACT,
    DAY_MONTH,
    LAST_SECOND,
    LONGEST_DATE,
    MONTH_DAY,
    MONTHS,
    NO_SERIALS,
    NOT_A_DATE,
    NUMERIC,
    SERIAL,
    UTC_MARK,
    WEEKDAY,
    WEEKDAYS,
    YEAR_FIRST,
    YEARS,
    is_year_last,
    plain,
    read_clock,
    serial_date,
)
from caretool.intake.empties import EMPTIES

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import tzinfo

T = TypeVar("T")
Order = Literal["iso", "mdy", "dmy"]
Written = Literal["iso", "mdy", "dmy", "excel"]
Moment = tuple[date, time | None]

_NO_DATES: Final = frozenset(
    # what software writes for "none": .NET, SQL Server, Access, spreadsheets, and the last days
    {date(1, 1, 1), date(1753, 1, 1), date(1899, 12, 30), date(1899, 12, 31), date(1900, 1, 1)}
    | {date(2999, 12, 31), date(9999, 12, 31)}
)
_ANCIENT: Final = 70  # two-digit years from here on may be of the 20th century in any column
_MEMO: Final = 60_000  # entries; then a memo starts anew, so that memory stays constant

_STAMP_IN_UTC: Final = re.compile(
    r"(?:\d{8}|.*[T ])(\d{1,2}:\d\d(?::\d\d)?|\d{4}(?:\d\d)?)(?:[.,]\d+)?"
    rf" *(?:[ap]\.?m\.?)? *(?:{UTC_MARK})",
    re.ASCII | re.IGNORECASE,
)
_NOT_ISO: Final = "is not an ISO date (YYYY-MM-DD)"
_LONE_SERIAL: Final = "is not a date but perhaps a spreadsheet's number for one"
_FAR_AHEAD: Final = "has a year far ahead of today"
_OTHER_WEEKDAY: Final = "names a day of the week that the date is not"


@dataclass(frozen=True)
class DateForm:
    """How the dates of one column are written.

    `order` decides about dates in figures such as 03/04/2026 or 03042026: month first, day first,
    or (`iso`) not accepted. Dates that begin with the year and those with the month's name
    (English or Spanish) can be read in one way only and are accepted under every form. Under
    `excel` plain numbers are a spreadsheet's days since 1900, with its 29 February 1900.

    `zone` is the IANA name of the receiver's time zone. With it, stamps that say they are in UTC
    are moved to local time, so that 2026-11-20T02:30:00Z is the evening of 19 November in New
    York; midnight UTC exactly is a date without a time and stays. Every other stamp, and every
    stamp without a `zone`, is read as written: a discharge at 23:50 stays on its date.

    Raises:
        ValueError: `zone` is not the name of a time zone.
    """

    order: Written
    births: bool
    today: date
    zone: str | None = None
    settled_by: str = field(default="", compare=False)
    """What decided the order, for people: `its own values`, `the other columns` …"""
    # Not taken over by `replace`: what another zone or order has read may be wrong here
    _moments: dict[str, Moment | None] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )
    _days: dict[str, date] = field(default_factory=dict, init=False, repr=False, compare=False)
    _clocks: dict[str, time | None] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )

    def __post_init__(self) -> None:
        if self.zone is not None:
            _time_zone(self.zone)

    def read(self, text: str) -> Moment | None:
        """Which date is this, and which time of day if one is given? None when nothing is.

        Raises:
            ValueError: not a date of the calendar, or not one under this form.
        """
        if text in self._moments:
            return self._moments[text]
        head = text.partition(" ")[0]
        if head == text:
            head = text[:8] if text.isdecimal() else text.partition("T")[0]
        tail = text[len(head) :]
        if tail in self._clocks and head in self._days:
            return self._days[head], self._clocks[tail]
        return self._read_new(text)

    def _read_new(self, text: str) -> Moment | None:
        bare = _bare(text)
        if bare.casefold() in EMPTIES or not bare.strip("0Zz-/.:_, "):
            return _remember(self._moments, text, None)
        found = self._dated(bare)
        if found is None and self.order == "excel":
            return _remember(self._moments, text, self._serial(bare))
        if found is None and (match := WEEKDAY.match(bare)):
            named = WEEKDAYS.get(match[1].lower())
            found = self._dated(bare[match.end() :]) if named is not None else None
            if found and found[0] not in _NO_DATES and found[0].weekday() != named:
                raise ValueError(_OTHER_WEEKDAY)
        if found is None:
            lone = len(bare.partition(".")[0]) == 5 and SERIAL.fullmatch(bare)
            raise ValueError(_LONE_SERIAL if lone else NOT_A_DATE)
        day, tail = found
        at, in_utc = read_clock(tail)
        if day in _NO_DATES:
            return _remember(self._moments, text, None)
        if in_utc and self.zone and at is not None:
            return _remember(self._moments, text, _local(day, at, self.zone))
        if tail and text.endswith(tail):
            _remember(self._clocks, tail, at)
            _remember(self._days, text[: -len(tail)], day)
            return day, at
        return _remember(self._moments, text, (day, at))

    def _dated(self, text: str) -> tuple[date, str] | None:
        """The date at the start of a text, and what follows it; None when there is none."""
        if match := YEAR_FIRST.match(text):
            year, _, month, day = match.groups()
        elif match := COMPACT.match(text):
            year, month, day = match.groups()
            if is_year_last(text):
                month, day, year = self._in_order(text[:2], text[2:4], text[4:8])
        elif match := NUMERIC.match(text):
            month, day, year = self._in_order(*match.group(1, 3, 4))
        elif match := MONTH_DAY.match(text):
            month, day, year = match.groups()
        elif match := DAY_MONTH.match(text):
            day, month, year = match.groups()
        else:
            return None
        found = self._calendar_date(year, MONTHS.get(month.lower()) or int(month), int(day))
        return found, text[match.end() :]

    def _in_order(self, first: str, second: str, year: str) -> tuple[str, str, str]:
        """Month, day and year of a date in figures."""
        if self.order == "mdy":
            return first, second, year
        if self.order == "dmy":
            return second, first, year
        raise ValueError(_NOT_ISO)

    def _calendar_date(self, year: str, month: int, day: int) -> date:
        whole = int(year) if len(year) > 2 else self._century(int(year), month, day)
        try:
            found = date(whole, month, day)
        except ValueError:
            raise ValueError(NOT_A_DATE) from None
        if not YEARS[0] <= whole < YEARS[1] and found not in _NO_DATES:
            raise ValueError(NOT_A_DATE)
        return found

    def _century(self, year: int, month: int, day: int) -> int:
        """Births never lie after today; other dates at most in the next year.

        A year further ahead is a slip. It must not become one of the last century, where the row
        would pass for an old stay and nobody would be called.
        """
        today = self.today
        if self.births:
            late = (2000 + year, month, day) > (today.year, today.month, today.day)
        else:
            late = 2000 + year > today.year + 1
            if late and year < _ANCIENT:
                raise ValueError(_FAR_AHEAD)
        return (1900 if late else 2000) + year

    def _serial(self, text: str) -> Moment | None:
        """The date and time that a spreadsheet's number stands for."""
        match = SERIAL.fullmatch(text)
        number = int(match[1]) if match else -1
        if number in NO_SERIALS:
            return None
        if not match or YEARS[0] <= number < YEARS[1]:  # a year alone
            raise ValueError(NOT_A_DATE)
        day = serial_date(number)
        if day is None or day.year >= YEARS[1]:
            raise ValueError(NOT_A_DATE)
        if not match[2] or not match[2].strip("0"):
            return day, None
        whole = min(round(float(f"0.{match[2]}") * (LAST_SECOND + 1)), LAST_SECOND)
        minutes, second = divmod(whole, 60)
        return day, time(*divmod(minutes, 60), second)


def has_utc(values: Iterable[str]) -> bool:
    """Is any of these whole cell texts a stamp in UTC (`Z`, `UTC`, `GMT`, an offset of zero)?

    A stamp of midnight exactly is not counted: it is a date that software wrote as a stamp.
    """
    for text in values:
        stamp = _STAMP_IN_UTC.fullmatch(text.strip()[:LONGEST_DATE])
        if stamp and stamp[1].strip("0:"):
            return True
    return False


def zone_name(text: str) -> str:
    """The name of a time zone, checked.

    Raises:
        ValueError: Python does not know it.
    """
    _time_zone(text)
    return text


@lru_cache(maxsize=16)
def _time_zone(name: str) -> tzinfo:
    from zoneinfo import ZoneInfo

    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        msg = "is not the name of a time zone (such as America/New_York)"
        raise ValueError(msg) from None


def _local(day: date, at: time, zone: str) -> Moment:
    if at == time():
        return day, None
    moment = datetime.combine(day, at, UTC).astimezone(_time_zone(zone))
    return moment.date(), moment.time()


def _bare(text: str) -> str:
    """A date's text without blanks around it, accents and unusual blanks; refused when long."""
    if len(text) > LONGEST_DATE:
        text = text.strip()
        if len(text) > LONGEST_DATE:
            raise ValueError(NOT_A_DATE)
    return plain(text).strip()


def _remember(memo: dict[str, T], text: str, value: T) -> T:
    if len(memo) >= _MEMO:
        memo.clear()
    memo[text] = value
    return value
