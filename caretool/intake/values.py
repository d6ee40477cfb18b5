"""From cell texts to values: dates, names, identifiers, phones, ZIP codes, sex.

Nothing is guessed here. A date such as 03/04/2026 is read only under a `DateForm`, which is
settled from all values of its column or declared by the user. A bad value is a `ValueError` whose
text says what is wrong with it and never repeats it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, time
from functools import lru_cache
from typing import TYPE_CHECKING, Final, Literal, TypeVar

from caretool.errors import FileError
from caretool.model import Name, Sex

if TYPE_CHECKING:
    from collections.abc import Collection

T = TypeVar("T")
Order = Literal["iso", "mdy", "dmy"]
Moment = tuple[date, time | None]

EMPTIES: Final = frozenset(
    {"", "-", "--", "---", "~", ".", "?", "nan", "null", "none", "nil", "na", "n/a", "#n/a"}
    | {"unk", "unknown"}
)
_NO_DATES: Final = frozenset({date(1900, 1, 1), date(9999, 12, 31)})
_YEARS: Final = (1850, 2200)
_WINDOW: Final = 50  # how many years ahead a two-digit year may lie, other than one of birth
_MEMO: Final = 60_000  # entries; then a memo starts anew, so that memory stays constant

_YEAR_FIRST: Final = re.compile(r"(\d{4})([-/.])(\d{1,2})\2(\d{1,2})", re.ASCII)
_COMPACT: Final = re.compile(r"(\d{4})(\d\d)(\d\d)", re.ASCII)
_NUMERIC: Final = re.compile(r"(\d{1,2})([-/.])(\d{1,2})\2(\d{4}|\d\d)(?!\d)", re.ASCII)
_MONTH_DAY: Final = re.compile(
    r"([a-z]{3,9})\.?[ -]*(\d{1,2})[, -] *(\d{4}|\d\d)", re.ASCII | re.IGNORECASE
)
_DAY_MONTH: Final = re.compile(
    r"(\d{1,2})[ -]*([a-z]{3,9})\.?,?[ -]*(\d{4}|\d\d)", re.ASCII | re.IGNORECASE
)
_CLOCK_STARTS: Final = re.compile(r" +\d{1,2}:|(?<=\d)T\d", re.ASCII | re.IGNORECASE)
_CLOCK: Final = re.compile(
    r"[ T]*(\d{1,2}):(\d\d)(?::(\d\d)(?:[.,]\d+)?)? *(?:([ap])\.?m?\.?)?"
    r" *(?:Z|UTC|GMT|[+-]\d\d(?::?\d\d)?)?",
    re.ASCII | re.IGNORECASE,
)
_CLOCK_COMPACT: Final = re.compile(
    r"T?(\d\d)(\d\d)(\d\d)?(?:\.\d+)?()(?:Z|[+-]\d{4})?", re.ASCII | re.IGNORECASE
)
_MONTHS: Final = {
    form: number
    for number, name in enumerate(
        ("january", "february", "march", "april", "may", "june", "july", "august", "september",
         "october", "november", "december"), start=1,
    )
    for form in (name, name[:3], name[:4])
}  # fmt: skip

_LONGEST_DATE: Final = 40  # characters
_LONGEST_NAME: Final = 200
_NOT_A_DATE: Final = "is not a date"
_NOT_ISO: Final = "is not an ISO date (YYYY-MM-DD)"
_NOT_A_TIME: Final = "has an impossible time of day"
_CONTROLS: Final = "has control characters"
_NO_NAME: Final = "is empty"
_LONG_NAME: Final = f"is longer than {_LONGEST_NAME} characters"

_SUFFIXES: Final = frozenset({"jr", "sr", "ii", "iii", "iv"})
_PARTICLES: Final = frozenset(
    {"de", "del", "della", "di", "da", "das", "do", "dos", "du", "la", "las", "le", "los"}
    | {"van", "von", "der", "den", "ter", "ten", "al", "el", "bin", "ibn", "san", "santa", "st"}
)
_NO_NAMES: Final = frozenset({"", "-", "--", "---", "~", ".", "?", "NaN", "N/A", "n/a", "#N/A"})
_UNFIT: Final = re.compile("[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]")

_FLOATED: Final = re.compile(r"(\d+)\.0+", re.ASCII)
_ROUNDED: Final = re.compile(r"\d(?:[.,]\d+)?E\+?\d+", re.ASCII)
_NOT_DIGITS: Final = re.compile(r"\D+", re.ASCII)
_PUNCTUATION: Final = str.maketrans("", "", "()-. +")
_SECOND_NUMBER: Final = re.compile(r"[/;,]|ext|x", re.IGNORECASE)
_SEXES: Final = {
    **dict.fromkeys(("f", "female", "woman"), Sex.F),
    **dict.fromkeys(("m", "male", "man"), Sex.M),
    **dict.fromkeys(("x", "nonbinary", "non-binary", "other", "o", "a", "ambiguous"), Sex.X),
    **dict.fromkeys(("u", "unknown", "unk", "undetermined"), Sex.U),
}


def is_empty(text: str) -> bool:
    """Does the cell say "nothing", in one of the ways that files say it?"""
    return text.strip().casefold() in EMPTIES


@dataclass(frozen=True)
class DateForm:
    """How the dates of one column are written.

    `order` decides only about dates in figures such as 03/04/2026: month first, day first, or
    (`iso`) not accepted. Dates that begin with the year, compact ones and those with the month's
    name can be read in one way only and are accepted under every form.
    """

    order: Order
    births: bool
    today: date
    _moments: dict[str, Moment | None] = field(default_factory=dict, repr=False, compare=False)
    _days: dict[str, date] = field(default_factory=dict, repr=False, compare=False)
    _clocks: dict[str, time | None] = field(default_factory=dict, repr=False, compare=False)

    def read(self, text: str) -> Moment | None:
        """Which date is this, and which time of day if one is given? None when nothing is.

        A time zone or offset is not applied: the date and the time are those that the sender
        wrote, so that a discharge at 23:50 stays on its date.

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
        if len(text) > _LONGEST_DATE:
            text = text.strip()
            if len(text) > _LONGEST_DATE:
                raise ValueError(_NOT_A_DATE)
        bare = text.strip()
        if bare.casefold() in EMPTIES or not bare.strip("0Z-/.:_ "):
            return _remember(self._moments, text, None)
        cut = 8
        if not _COMPACT.fullmatch(bare[:8]):
            clock = _CLOCK_STARTS.search(bare)
            cut = clock.start() if clock else len(bare)
        head, tail = bare[:cut], bare[cut:]
        day = self._day(head)
        at = _clock(tail)
        if day in _NO_DATES:
            return _remember(self._moments, text, None)
        if tail:
            _remember(self._clocks, tail, at)
            return _remember(self._days, head, day), at
        return _remember(self._moments, text, (day, at))

    def _day(self, text: str) -> date:
        if match := _YEAR_FIRST.fullmatch(text):
            year, _, month, day = match.groups()
        elif match := _COMPACT.fullmatch(text):
            year, month, day = match.groups()
        elif match := _NUMERIC.fullmatch(text):
            if self.order == "iso":
                raise ValueError(_NOT_ISO)
            month, _, day, year = match.groups()
            if self.order == "dmy":
                month, day = day, month
        elif match := _MONTH_DAY.fullmatch(text):
            month, day, year = match.groups()
        elif match := _DAY_MONTH.fullmatch(text):
            day, month, year = match.groups()
        else:
            raise ValueError(_NOT_A_DATE)
        return self._calendar_date(year, _MONTHS.get(month.lower(), 0) or month, day)

    def _calendar_date(self, year: str, month: str | int, day: str) -> date:
        try:
            parts = int(year), int(month), int(day)
            if len(year) == 2:
                parts = self._century(*parts)
            if _YEARS[0] <= parts[0] < _YEARS[1] or parts == (9999, 12, 31):
                return date(*parts)
        except ValueError:
            pass
        raise ValueError(_NOT_A_DATE)

    def _century(self, year: int, month: int, day: int) -> tuple[int, int, int]:
        """Births never lie after today; other dates at most 50 years ahead."""
        today = self.today
        if self.births:
            late = (2000 + year, month, day) > (today.year, today.month, today.day)
        else:
            late = 2000 + year > today.year + _WINDOW
        return (1900 if late else 2000) + year, month, day


def settle_dates(
    values: Collection[str], *, field: str, declared: Order | None, births: bool, today: date
) -> DateForm:
    """How does this column write its dates?

    A column is month first when some value can only be that and none can only be day first; and
    the other way round. What the user declares is not questioned: values that do not fit it are
    bad values of their rows.

    Args:
        values: all distinct values of the column (or their first ten characters); a mapping gives
            the line where each was first seen.
        field: how messages call the column.
        declared: the form that the user named.
        births: whether these are dates of birth.
        today: no two-digit birth year lies after it.

    Raises:
        FileError: both readings fit all of the values, or neither fits all.
    """
    if declared:
        return DateForm(declared, births, today)
    lines = values if isinstance(values, Mapping) else {}
    samples: dict[str, tuple[re.Match[str], str]] = {}
    for text in values:
        if match := _NUMERIC.match(text.strip()[:10]):
            line = f" (line {lines[text]})" if text in lines else ""
            samples.setdefault(_readings(int(match[1]), int(match[3])), (match, line))
    mdy, dmy, either = (samples.get(kind) for kind in ("mdy", "dmy", "either"))
    if mdy and dmy:
        message = f"{field}: {_shown(mdy, births)} can only be month first, {_shown(dmy, births)}"
        hint = "correct the file, or say --date-format mdy (or dmy): the rest is then rejected"
        raise FileError(message + " only day first", hint)
    if either and not (mdy or dmy):
        message = f"{field}: {_shown(either, births)} can be {_both_readings(either[0], births)}"
        raise FileError(message, "say which: --date-format mdy (month first) or dmy (day first)")
    return DateForm("dmy" if dmy else "mdy" if mdy or "same" in samples else "iso", births, today)


def _readings(first: int, second: int) -> str:
    """Which orders can this date in figures have?"""
    mdy, dmy = (
        0 < month <= 12 and 0 < day <= 31 for month, day in ((first, second), (second, first))
    )
    if mdy and dmy:
        return "same" if first == second else "either"
    return "mdy" if mdy else "dmy" if dmy else "neither"


def _shown(sample: tuple[re.Match[str], str], births: bool) -> str:
    """A value for a message; of a birth date only where it stands."""
    return ("one date" if births else sample[0][0]) + sample[1]


def _both_readings(match: re.Match[str], births: bool) -> str:
    if births:
        return "read month first or day first, and so can all others"
    first, second = int(match[1]), int(match[3])
    names = [
        name.capitalize() for name in _MONTHS if len(name) > 4 or name in ("may", "june", "july")
    ]
    return f"{second} {names[first - 1]} or {first} {names[second - 1]}"


def _clock(text: str) -> time | None:
    """The time of day, in one of the forms that follow a date; None for an empty text."""
    if not text:
        return None
    match = _CLOCK.fullmatch(text) or _CLOCK_COMPACT.fullmatch(text)
    if not match:
        raise ValueError(_NOT_A_DATE)
    hour, minute, second = (int(part or 0) for part in match.group(1, 2, 3))
    half = (match[4] or "").lower()
    if half and hour <= 12:
        hour = hour % 12 + (12 if half == "p" else 0)
    elif half == "a":
        raise ValueError(_NOT_A_TIME)
    if (hour, minute, second) == (24, 0, 0):  # the end of that day, and the date stays
        return time(23, 59, 59)
    try:
        return time(hour, minute, second)
    except ValueError:
        raise ValueError(_NOT_A_TIME) from None


def _remember(memo: dict[str, T], text: str, value: T) -> T:
    if len(memo) >= _MEMO:
        memo.clear()
    memo[text] = value
    return value


def split_name(text: str) -> Name:
    """Which part of a whole name is which?

    With a comma the last name stands first (`LAST JR, FIRST M`), without one it stands last,
    together with its particles (`Maria de la Cruz`).

    Raises:
        ValueError: nothing there, or control characters.
    """
    before, comma, after = text.replace("^", ",").partition(",")
    given, suffix = _words(after)
    if not given and (suffix or not comma):
        return _natural_order(before, suffix)
    last, glued = _last_name(before)
    first = given[0] if given else ""
    return _name(last, first, " ".join(given[1:]), glued or suffix)


def name_from_parts(last: str, first: str, middle: str = "", suffix: str = "") -> Name:
    """The name from a file's name columns.

    A suffix inside the last or first name moves to its place; a single letter at the end of the
    first name becomes the middle name if the file gives none. `MARY ANN` stays a first name.

    Raises:
        ValueError: nothing there, or control characters.
    """
    if "," in last and is_empty(first):
        return split_name(last)
    family, glued = _last_name(last)
    given, other = _words(first)
    middle = "" if not middle or is_empty(middle) else _tidy(middle)
    suffix = "" if not suffix or is_empty(suffix) else _tidy(suffix).strip("., ")
    if not middle and len(given) > 1 and len(_folded(given[-1])) == 1:
        given, middle = given[:-1], given[-1]
    return _name(family, " ".join(given), middle, suffix or glued or other)


def _natural_order(text: str, suffix: str) -> Name:
    words, glued = _words(text)
    if not words:
        return _name(glued, "", "", suffix)
    start = len(words) - 1
    while start > 1 and _folded(words[start - 1]) in _PARTICLES:
        start -= 1
    if start == 1 and len(words) > 2 and _folded(words[0]) in _PARTICLES:
        start = 0  # DE LA CRUZ alone
    first = words[0] if start else ""
    return _name(" ".join(words[start:]), first, " ".join(words[1:start]), suffix or glued)


def _name(last: str, first: str, middle: str, suffix: str) -> Name:
    if not last and not first:
        raise ValueError(_NO_NAME)
    return Name(last, first, middle, suffix)


@lru_cache(maxsize=_MEMO)
def _last_name(text: str) -> tuple[str, str]:
    """A last name without the suffix in it, and that suffix; `II` alone is a last name."""
    words, suffix = _words(text)
    return (" ".join(words), suffix) if words else (suffix, "")


@lru_cache(maxsize=_MEMO)
def _words(text: str) -> tuple[tuple[str, ...], str]:
    """The words of a name or of a part of one, and the suffix that stood at an end."""
    words: list[str] = []
    suffix = ""
    for part in _tidy(text).split(","):
        words += part.split()
        if words and _folded(words[-1]) in _SUFFIXES:
            suffix = words.pop().rstrip(".")
    return tuple(words), suffix


def _tidy(text: str) -> str:
    text = text.strip()
    if not text.isprintable() and _UNFIT.search(text):
        raise ValueError(_CONTROLS)
    if len(text) > _LONGEST_NAME:
        raise ValueError(_LONG_NAME)
    return "" if text in _NO_NAMES else " ".join(text.split())


def _folded(word: str) -> str:
    return word.rstrip(".").lower()


def clean_text(text: str) -> str | None:
    """Free text on one line without control characters; None when empty."""
    if not text.isprintable():
        text = _UNFIT.sub(" ", text)
    return None if is_empty(text) else " ".join(text.split())


def clean_id(text: str) -> str | None:
    """An identifier as its owner writes it: leading zeros kept, a spreadsheet's traces removed.

    None when there is none: empty, only zeros, or rounded to `1.23E+09`, which fits many people.
    """
    text = text.strip()
    if not text:
        return None
    if text.isalnum() and text.isascii() and text[0].isdigit() and text.strip("0"):
        return text  # most numbers; the rest of this function is for what spreadsheets make of them
    if text.startswith(('="', "'")):
        text = text.strip("='\" ")
    if match := _FLOATED.fullmatch(text):
        text = match[1]
    if text.casefold() in EMPTIES or not text.strip("0") or _ROUNDED.fullmatch(text):
        return None
    return text if text.isprintable() else clean_text(text)


def clean_phone(text: str) -> str | None:
    """The digits of the first telephone number, of a US one without the leading 1; None if none."""
    text = text.strip()
    if not text:
        return None
    if match := _FLOATED.fullmatch(text):
        text = match[1]
    digits = text.translate(_PUNCTUATION)
    if not (digits.isascii() and digits.isdecimal()):
        digits = _NOT_DIGITS.sub("", text)
    if len(digits) > 10 and not (len(digits) == 11 and digits[0] == "1"):
        digits = _NOT_DIGITS.sub("", _SECOND_NUMBER.split(text, maxsplit=1)[0])
    if len(digits) == 11 and digits[0] == "1":
        digits = digits[1:]
    placeholder = digits[-7:] in ("0000000", "5550000") or len(set(digits)) == 1
    return digits if 7 <= len(digits) <= 15 and not placeholder else None


def clean_zip(text: str) -> str | None:
    """Five digits; a leading zero that a spreadsheet took is put back. None for anything else."""
    text = text.strip()
    if not text:
        return None
    if match := _FLOATED.fullmatch(text):
        text = match[1]
    digits = text.replace("-", " ").partition(" ")[0]
    if not (digits.isascii() and digits.isdecimal()) or len(digits) not in (4, 5, 8, 9):
        return None
    five = digits.zfill(5 if len(digits) < 6 else 9)[:5]
    return None if five in ("00000", "99999") else five


def clean_sex(text: str) -> Sex | None:
    """F, M, X or U; None when the cell is empty or says something else (1 and 2 mean nothing)."""
    return _SEXES.get(text.strip().casefold())
