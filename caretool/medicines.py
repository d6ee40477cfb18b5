"""What is said of a medicine: its name, dose, times a day, ATC code; and when is it the same one?

A medicine on a patient's list is what somebody typed. Doses are compared as text, only blanks and
capitals apart: `2.5 mg` and `25 mg` differ, and so do `0.5 mg` and `500 mcg`, which a person has to
look at.
"""

from __future__ import annotations

import re
from fractions import Fraction
from typing import TYPE_CHECKING, NamedTuple

from caretool.drug_names import drug_of
from caretool.errors import InputError

if TYPE_CHECKING:
    from datetime import date

_LONGEST = 200
_MOST_A_DAY = 24  # once an hour: what is more is a slip; project decision
_TIMES = re.compile(r"[0-9]{1,2}(\.[0-9]{1,4})?|\.[0-9]{1,4}|[1-9]/[1-9][0-9]?", re.ASCII)
_AMOUNT = re.compile(r"(?:(.*[^,\s]),?\s+)?([0-9.]+) a day", re.IGNORECASE | re.ASCII)
YES, NO = frozenset({"yes", "y"}), frozenset({"no", "n", "none"})
_UNKNOWN = frozenset({"?", "-", "unknown"})
_ATC = re.compile(r"[A-Z][0-9]{2}[A-Z]{2}[0-9]{2}", re.ASCII)
_ID = re.compile(r"[Mm]([0-9]{1,200})", re.ASCII)


class Medication(NamedTuple):
    """One entry of a patient's list of medicines, as it was typed."""

    medication_id: int
    noted_on: date
    name: str
    dose: str | None = None
    times_per_day: str | None = None
    drug_class: str | None = None
    """The class that was given with it."""
    atc: str | None = None
    started_on: date | None = None
    """May be to come; None where nobody said."""
    prescriber: str | None = None
    replaces_id: int | None = None
    """The entry in whose place it came, with another dose."""
    stopped_on: date | None = None
    stop_reason: str | None = None

    @property
    def id(self) -> str:
        """The id that people say."""
        return f"M{self.medication_id}"

    @property
    def key(self) -> str:
        """By what the same medicine is known: its drug, whatever brand and strength."""
        return drug_of(self.name, self.atc or "").key

    @property
    def amount(self) -> str:
        """How much and how often, as far as it is known: `500 mg, 2 a day`."""
        return amount(self.dose, self.times_per_day)


def number(text: str) -> int | None:
    """The number of an entry of a list, where a text is the id of one (`M3`)."""
    match = _ID.fullmatch(text.strip())
    return int(match[1]) if match else None


def ingredients(name: str, atc: str | None) -> str | None:
    """What is known of a typed name behind the mask: its ingredients; None where none is known."""
    return " + ".join(drug_of(name, atc or "").ingredients) or None


def amount(dose: str | None, times_per_day: str | None) -> str:
    """How much and how often in words, as far as it is known: `500 mg, 2 a day`."""
    how_often = ""
    if times_per_day is not None:
        count, slash, days = times_per_day.partition("/")
        how_often = f"{count} in {days} days" if slash else f"{count} a day"
    return ", ".join(filter(None, (dose, how_often)))


def parse_amount(text: str) -> tuple[str | None, str | None]:
    """Dose and times a day of a text written as `amount` writes it; else all of it is the dose."""
    match = _AMOUNT.fullmatch(text.strip())
    if match is None:
        return text, None
    try:
        return match[1], read_times(match[2])
    except InputError:
        return text, None


def same_amount(one: tuple[str | None, str | None], other: tuple[str | None, str | None]) -> bool:
    """Are dose and times a day the same?"""
    return _plain(one[0]) == _plain(other[0]) and _often(one[1]) == _often(other[1])


def is_amount(text: str, dose: str | None, times_per_day: str | None) -> bool:
    """Does a text say just this: the dose, the times a day, or both?"""
    said, often = parse_amount(text)
    return same_amount((said or dose, often or times_per_day), (dose, times_per_day))


def _plain(text: str | None) -> str:
    return re.sub(r"\s+", "", (text or "").casefold())


def _often(text: str | None) -> Fraction | None:
    return None if text is None else Fraction(text)


# what was typed


def known(text: str | None) -> str | None:
    """The text; None where it says that nobody knows."""
    return None if text is None or text.strip().lower() in _UNKNOWN else text


def amount_in(answer: str | None) -> str | None:
    """The dose in an answer to whether a medicine is taken, if it is more than yes or no."""
    return None if answer is None or answer.lower() in YES | NO else answer


def read_dose(text: str | None) -> str | None:
    """How much at a time; blank is none. Raises InputError, also for yes and no."""
    dose = read_line(text, "the dose")
    if dose is not None and (dose.lower() in YES | NO or (len(dose) == 1 and not dose.isdecimal())):
        msg = "that is no dose"
        raise InputError(msg, "how much at a time, such as 500 mg or 2 tablets")
    return dose


def read_name(text: str) -> str:
    """The name of a medicine; raises InputError for what cannot be one."""
    name = read_line(text, "the name of a medicine")
    if name is None or not any(c.isalpha() for c in name):
        msg = "the name of a medicine has letters"
        raise InputError(msg, 'write it as "metformin" or "metformin 500 mg"')
    return name


def read_line(text: str | None, what: str) -> str | None:
    """A text of one line, such as a dose; blank is none. Raises InputError."""
    cleaned = (text or "").strip()
    if not cleaned.isprintable():
        msg = f"{what} has control characters or a line break"
        raise InputError(msg, "write it on one line")
    if len(cleaned) > _LONGEST:
        msg = f"{what} has {len(cleaned)} characters"
        raise InputError(msg, f"at most {_LONGEST}")
    return cleaned or None


def read_times(text: str | None) -> str | None:
    """How many times a day: `1`, `2`, `0.5` (every other day), `1/7` (once a week).

    Kept in the shortest form, so that `2`, `2.0` and `02` are one. Raises InputError.
    """
    typed = "".join((text or "").split())
    if not typed:
        return None
    if not _TIMES.fullmatch(typed) or not 0 < Fraction(typed) <= _MOST_A_DAY:
        msg = f"{typed[:40]!r} is no number of times a day"
        hint = f"1, 2, 0.5 (every other day) or 1/7 (once a week); at most {_MOST_A_DAY}"
        raise InputError(msg, hint)
    if "/" in typed:
        return typed
    whole, _, part = typed.partition(".")
    part = part.rstrip("0")
    return f"{int(whole or 0)}.{part}" if part else str(int(whole or 0))


def read_atc(text: str | None) -> str | None:
    """The ATC code of an ingredient or fixed combination, level 5; raises InputError."""
    code = "".join((text or "").split()).upper()
    if not code:
        return None
    if not _ATC.fullmatch(code):
        msg = f"{code[:40]!r} is no ATC code of a medicine"
        raise InputError(msg, "seven signs, such as A10BA02 for metformin; or leave it away")
    return code
