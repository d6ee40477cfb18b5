"""How alike are two written names, street addresses or birth dates? Spelling only, no decision.

Names come folded (`names.fold`). What counts as likeness is told here once; what it is worth, and
whether it is enough to link, is told by `evidence` and `matching`.
"""

from __future__ import annotations

from enum import StrEnum
from functools import cache, lru_cache
from typing import TYPE_CHECKING

from rapidfuzz.distance import OSA, JaroWinkler

from caretool.rules import read_rules

if TYPE_CHECKING:
    from datetime import date

# From this likeness on two folded names count as spellings of one name. JaroWinkler 0.88 keeps
# `gerals`/`gerald` (0.93) and refuses `maria`/`mark` (0.85).
NEAR_NAME = 0.88
# Two slips are told from another name only where enough is left of it: in last names from
# `nelson` on; in first names, which twins have alike (`jayden`/`kaydem`), only in long ones
_LONG = 6
_LONG_FIRST = 8
_SHORTEST_FIRST_NAME = 3
_STREET = 0.9
_DIGITS = "0123456789"
_CODES = str.maketrans(
    "bfpvcgjkqsxzdtlmnraehiouwy", "11112222222233455600000000", _DIGITS
)  # fmt: skip
_CODES_KEPT = 4
# Of an ISO date, the digits of century and decade
_DECADE = 3


class Likeness(StrEnum):
    """In which way two values are alike; the names are those of rules/matching.toml."""

    MISSING = "missing"
    SAME = "same"
    NICKNAME = "nickname"
    SLIP = "slip"
    """A slip of the pen or of the ear: a letter too many, too few, another one, two exchanged."""
    INITIAL = "initial"
    PART = "part"
    """One part of a double name, or its beginning."""
    EXCHANGED = "exchanged"
    """Last and first name stand in each other's column; of dates: day and month."""
    ALIKE = "alike"
    """Alike, and yet it may well be another name: of twins, say."""
    DECADE = "decade"
    """Of dates: a slip by ten years or more, as between father and son."""
    OTHER = "other"


def last_names(one: str, other: str) -> Likeness:
    """How two folded last names are alike."""
    if not one or not other:
        return Likeness.MISSING
    if one == other:
        return Likeness.SAME
    return _spelling(one, other, _LONG)


def first_names(one: str, other: str) -> Likeness:
    """How two folded first names are alike.

    Two names that people bear are no slips of one another: `anna` may be the twin of `ana`.
    """
    if not one or not other or one in no_names() or other in no_names():
        return Likeness.MISSING
    if one == other:
        return Likeness.SAME
    if are_nicknames(one, other):
        return Likeness.NICKNAME
    found = _spelling(one, other, _LONG_FIRST)
    if found == Likeness.SLIP and (
        (is_first_name(one) and is_first_name(other))
        or min(len(one), len(other)) < _SHORTEST_FIRST_NAME
    ):
        return Likeness.ALIKE
    return found


def are_like(one: str, other: str) -> bool:
    """May two folded names be spellings of one name, or short forms of it? Empty is like any."""
    if one == other or not one or not other:
        return True
    return _spelling(one, other, _LONG) != Likeness.OTHER or are_nicknames(one, other)


@lru_cache(maxsize=16384)
def _spelling(one: str, other: str, enough: int) -> Likeness:
    """How two different, folded names are alike; two slips need a name of `enough` letters."""
    short, long = sorted((one, other), key=len)
    if len(short) == 1:
        return Likeness.INITIAL if short == long[0] else Likeness.OTHER
    slips = OSA.distance(one, other, score_cutoff=2)
    if slips == 1 or (slips == 2 and len(short) >= enough):
        return Likeness.SLIP
    if long.startswith(short) or long.endswith(short):
        return Likeness.PART
    if JaroWinkler.similarity(one, other, score_cutoff=NEAR_NAME):
        return Likeness.ALIKE
    return Likeness.OTHER


@lru_cache(maxsize=65536)
def sound(name: str) -> str:
    """What a folded name sounds like, coarsely: most names that are one slip apart have the same.

    After Soundex (US patents 1,261,167 and 1,435,663), but the first letter is coded like the
    others, so that `catherine` and `katherine` or `vasquez` and `basquez` meet, and four codes
    are kept. It only ever leads to candidates.
    """
    codes = name.translate(_CODES)
    told = codes[:1]
    for code in codes[1:]:
        if code not in ("0", told[-1]):
            told += code
            if len(told) == _CODES_KEPT:
                break
    return told


@cache
def _nicknames() -> tuple[dict[str, set[int]], dict[str, set[int]]]:
    """In which lines of rules/nicknames.toml a name stands: as a full name, and anywhere."""
    full: dict[str, set[int]] = {}
    anywhere: dict[str, set[int]] = {}
    for number, line in enumerate(read_rules("nicknames.toml")["names"]):
        spellings, _, short = line.partition(":")
        for name in spellings.split():
            full.setdefault(name, set()).add(number)
        for name in (*spellings.split(), *short.split()):
            anywhere.setdefault(name, set()).add(number)
    return full, anywhere


def are_nicknames(one: str, other: str) -> bool:
    """Is one a full name and the other a short form of it, or another spelling?"""
    full, anywhere = _nicknames()
    lines, others = anywhere.get(one), anywhere.get(other)
    if lines is None or others is None:
        return False
    nobody: set[int] = set()
    return bool(full.get(one, nobody) & others or full.get(other, nobody) & lines)


@cache
def no_names() -> frozenset[str]:
    """What desks write for a first name that they do not know, as of a newborn: it names nobody."""
    return frozenset(read_rules("first-names.toml")["no_names"].split())


@cache
def _first_names() -> frozenset[str]:
    listed = read_rules("first-names.toml")["names"].split()
    return frozenset(listed) | frozenset(_nicknames()[1])


def is_first_name(name: str) -> bool:
    """Is this a first name that people bear, as far as rules/first-names.toml tells?"""
    return name in _first_names()


def streets(one: str, other: str) -> Likeness:
    """How two folded street addresses are alike: house number and street, `1732elmst`.

    Another house in a like street is `alike`: a neighbour, or a slip. So are a like street of two
    without a house number, and a house number alone.
    """
    if one == other:
        return Likeness.SAME
    street, road = one.lstrip(_DIGITS), other.lstrip(_DIGITS)
    house, number = one.removesuffix(street), other.removesuffix(road)
    if not street or not road:
        return Likeness.ALIKE if house == number else Likeness.OTHER
    alike = bool(
        JaroWinkler.similarity(street, road, score_cutoff=_STREET)
        or (min(len(street), len(road)) >= _LONG and (street in road or road in street))
    )
    if house == number and house and alike:
        return Likeness.SLIP
    return Likeness.ALIKE if alike else Likeness.OTHER


def zip_codes(one: str, other: str) -> Likeness:
    """How two ZIP codes are alike: a slip is one digit, or two neighbouring ones exchanged."""
    if one == other:
        return Likeness.SAME
    slip = len(one) == len(other) and OSA.distance(one, other, score_cutoff=1) == 1
    return Likeness.SLIP if slip else Likeness.OTHER


def birth_dates(one: date, other: date) -> Likeness:
    """How two birth dates are alike.

    A slip is one digit, two neighbouring digits exchanged, or one day (senders that turn local
    midnight into UTC shift a birth date by one). A slip in century or decade is told apart.
    """
    if one == other:
        return Likeness.SAME
    year, month, day = one.year == other.year, one.month == other.month, one.day == other.day
    if year + month + day < 2:
        if year and one.month == other.day and one.day == other.month:
            return Likeness.EXCHANGED
        return Likeness.SLIP if abs((one - other).days) == 1 else Likeness.OTHER
    text, others = one.isoformat(), other.isoformat()
    differ = [at for at in range(len(text)) if text[at] != others[at]]
    if len(differ) > 1 and not _neighbours_exchanged(text, others, differ):
        return Likeness.SLIP if abs((one - other).days) == 1 else Likeness.OTHER
    return Likeness.DECADE if differ[0] < _DECADE else Likeness.SLIP


def _neighbours_exchanged(text: str, other: str, differ: list[int]) -> bool:
    first, second = differ[0], differ[-1]
    return len(differ) == 2 == second - first + 1 and (
        text[first] == other[second] and text[second] == other[first]
    )
