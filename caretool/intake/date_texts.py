"""What dates and times of day look like in the cells of lists: patterns, names, numbers.

How a column writes its dates is settled in `settling.py`; `moments.py` reads them.
"""

from __future__ import annotations

import re
import unicodedata
from datetime import date, time, timedelta
from typing import Final, NamedTuple

YEARS: Final = (1850, 2200)
LONGEST_DATE: Final = 48  # characters

_MONTH_NAMES: Final = (
    "january february march april may june july august september october november december",
    "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre",
)
MONTHS: Final = {
    **{
        form: number
        for names in _MONTH_NAMES
        for number, name in enumerate(names.split(), start=1)
        for form in (name, name[:3], name[:4])
    },
    **dict.fromkeys(("setiembre", "set"), 9),
}
"""Month names and their first three and four letters, in English and Spanish."""
WEEKDAYS: Final = {
    form: number
    for number, forms in enumerate(
        ("monday mon lunes lun", "tuesday tues tue martes mar", "wednesday weds wed miercoles mie",
         "thursday thurs thur thu jueves jue", "friday fri viernes vie", "saturday sat sabado sab",
         "sunday sun domingo dom")
    )
    for form in forms.split()
}  # fmt: skip

_MONTH: Final = "|".join(sorted(MONTHS, key=len, reverse=True))
_ORDINAL: Final = r"(?:st|nd|rd|th|o|a|ro|er|do)?"
_YEAR: Final = r"(\d{4}|\d\d)(?!\d|[:/.-]\d)"
YEAR_FIRST: Final = re.compile(r"(\d{4})([-/.])(\d{1,2})\2(\d{1,2})(?!\d)", re.ASCII)
COMPACT: Final = re.compile(r"(\d{4})(\d\d)(\d\d)", re.ASCII)
NUMERIC: Final = re.compile(r"(\d{1,2})([-/.])(\d{1,2})\2(\d{4}|\d\d)(?!\d)", re.ASCII)
MONTH_DAY: Final = re.compile(
    rf"({_MONTH})\.?[ /-]*(\d{{1,2}}){_ORDINAL}[,/ -]+(?:del? )?{_YEAR}", re.ASCII | re.IGNORECASE
)
DAY_MONTH: Final = re.compile(
    rf"(\d{{1,2}}){_ORDINAL}[ ./-]*(?:de |of )?({_MONTH})\.?[ ,/-]*(?:del? )?{_YEAR}",
    re.ASCII | re.IGNORECASE,
)
SERIAL: Final = re.compile(r"(\d{1,7})(?:[.,](\d+))?", re.ASCII)
WEEKDAY: Final = re.compile(r"([a-z]{3,9})\.?[ ,]+(?=\S)", re.ASCII | re.IGNORECASE)

UTC_MARK: Final = r"Z|UTC|GMT|[+-]00(?::?00)?"
_CLOCK: Final = re.compile(
    r"(?:[ ,]+(?:at |@ ?|a las? )?|T)(\d{1,2}):(\d\d)(?::(\d\d)(?:[.,]\d+)?)?"
    r" *(?:([ap])(?:\. ?m\.?|m\.?|\.)?)? *(?:hrs?\.?|h)?"
    rf" *(?:({UTC_MARK})|[+-]\d\d(?::?\d\d)?|[ECMPAH][SD]?T)?",
    re.ASCII | re.IGNORECASE,
)
_CLOCK_COMPACT: Final = re.compile(
    r"(?:[ ,]+(?:at |@ ?)?|T)?(\d\d)(\d\d)(?:(\d\d)\d*)?(?:\.\d+)?() *(?:hrs?\.?|h)?"
    rf" *(?:({UTC_MARK})|[+-]\d\d:?\d\d)?",
    re.ASCII | re.IGNORECASE,
)
_HOUR: Final = re.compile(rf"(\d\d)()()()(?:({UTC_MARK})|[+-]\d{{4}})?", re.ASCII | re.IGNORECASE)
_CLOCK_DOTS: Final = re.compile(rf"-(\d\d)\.(\d\d)\.(\d\d)(?:\.\d+)?()({UTC_MARK})?", re.ASCII)
_CLOCKS: Final = (_CLOCK, _CLOCK_COMPACT, _CLOCK_DOTS, _HOUR)

_SPREADSHEET_ZERO: Final = date(1899, 12, 30)
_FIRST_TRUE_SERIAL: Final = 61  # 1900-03-01; serial 60 is a 29 February that never was
LAST_SERIAL: Final = 2_958_465  # 9999-12-31
NO_SERIALS: Final = frozenset({0, 1, LAST_SERIAL})
LAST_SECOND: Final = 86_399  # of a day

NOT_A_DATE: Final = "is not a date"
_NOT_A_TIME: Final = "has an impossible time of day"


class Figures(NamedTuple):
    """A date in figures whose order is open: 03/04/2026, 3.4.26, 03042026."""

    text: str
    first: int
    second: int
    year: str
    weekday: int | None
    """The day of the week written before it, 0 for Monday."""


def figures(text: str) -> Figures | None:
    """The date in figures with which a text begins, if its order is open; else None."""
    text = plain(text.strip()[:LONGEST_DATE])
    weekday = None
    if text[:1].isalpha() and (match := WEEKDAY.match(text)):
        weekday = WEEKDAYS.get(match[1].lower())
        if weekday is not None:
            text = text[match.end() :]
    if match := NUMERIC.match(text):
        return Figures(match[0], int(match[1]), int(match[3]), match[4], weekday)
    if COMPACT.match(text) and is_year_last(text):
        return Figures(text[:8], int(text[:2]), int(text[2:4]), text[4:8], weekday)
    return None


def serial_number(text: str) -> int | None:
    """The whole days of a plain number such as 46000 or 46000.5; None for anything else."""
    match = SERIAL.fullmatch(text.strip())
    return int(match[1]) if match else None


def serial_date(number: int) -> date | None:
    """The date of a spreadsheet's serial number (1 is 1900-01-01); None if it stands for none."""
    if number == _FIRST_TRUE_SERIAL - 1 or number > LAST_SERIAL:
        return None
    return _SPREADSHEET_ZERO + timedelta(days=number + (number < _FIRST_TRUE_SERIAL))


def is_year_last(text: str) -> bool:
    """Eight figures that are no yyyymmdd but may be mmddyyyy or ddmmyyyy.

    The two never meet for years from 1850 to 2199: the first four figures of the one are a month
    and a day or a day and a month (at most 3112, and then followed by 18 to 21, no month).
    """
    return not _has_year(text[:4], text[4:6]) and YEARS[0] <= int(text[4:8]) < YEARS[1]


def _has_year(year: str, month: str) -> bool:
    return (YEARS[0] <= int(year) < YEARS[1] and 1 <= int(month) <= 12) or year == "9999"


def plain(text: str) -> str:
    """The text without accents, full-width figures and unusual blanks."""
    if text.isascii():
        return text
    apart = unicodedata.normalize("NFKD", text)
    return "".join(c for c in apart if not unicodedata.combining(c))


def read_clock(text: str) -> tuple[time | None, bool]:
    """The time of day in one of the forms that follow a date, and whether it says it is in UTC."""
    if not text:
        return None, False
    for form in _CLOCKS:
        if match := form.fullmatch(text):
            break
    else:
        raise ValueError(NOT_A_DATE)
    hour, minute, second = (int(part or 0) for part in match.group(1, 2, 3))
    in_utc = bool(match[5])
    half = (match[4] or "").lower()
    if half and hour <= 12:
        hour = hour % 12 + (12 if half == "p" else 0)
    elif half == "a":
        raise ValueError(_NOT_A_TIME)
    if (hour, minute, second) == (24, 0, 0):  # the end of that day, and the date stays
        return time(23, 59, 59), in_utc
    try:
        return time(hour, minute, second), in_utc
    except ValueError:
        raise ValueError(_NOT_A_TIME) from None
