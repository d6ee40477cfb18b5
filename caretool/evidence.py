"""What do two descriptions of a person have in common? The comparison, field by field, with words.

It decides nothing: that is `matching`. What each finding is worth stands in rules/matching.toml.
"""

from __future__ import annotations

from enum import IntEnum
from functools import cache, lru_cache
from typing import TYPE_CHECKING, NamedTuple

from caretool.likeness import (
    Likeness,
    birth_dates,
    first_names,
    last_names,
    no_names,
    streets,
    zip_codes,
)
from caretool.model import MEMBER, PRACTICE
from caretool.rules import read_rules

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date


class Agreement(IntEnum):
    """How one field of the row compares with the patient's."""

    CONTRADICT = -1
    MISSING = 0
    NEAR = 1
    AGREE = 2


class Person(NamedTuple):
    """Who somebody is, as far as a row or the care file says; names, phones, ids are folded."""

    last: str
    first: str
    middle: str
    suffix: str
    birth_date: date | None
    sex: str | None
    zip: str | None
    phones: tuple[str, ...] = ()
    numbers: tuple[tuple[str, str], ...] = ()
    """(issuer, folded number)"""
    address: str | None = None
    """The street address, folded: `1732elmst`."""
    other_last: tuple[str, ...] = ()
    """Other last names that are known to be this person's: maiden, former, alias."""

    @property
    def key(self) -> str:
        """What a remembered decision is filed under: the same words said of the same person.

        Without a birth date the record numbers are among the words: a name alone is nobody's.
        """
        if self.birth_date is not None:
            born = self.birth_date.isoformat()
        else:
            born = ",".join(f"{issuer} {number}" for issuer, number in self.numbers)
        return "|".join((self.last, self.first, self.middle, self.suffix, born, self.sex or ""))


_SAID = ((Agreement.AGREE, "same"), (Agreement.NEAR, "like"), (Agreement.CONTRADICT, "other"))
_FIELDS = 11
"""The fields of Evidence that are agreements; what follows says in which way."""


class Evidence(NamedTuple):
    """The comparison of a row with one patient."""

    last: Agreement
    first: Agreement
    middle: Agreement
    suffix: Agreement
    birth_date: Agreement
    sex: Agreement
    zip: Agreement
    phone: Agreement
    number: Agreement
    member: Agreement
    """The health plan's number, which a family may share."""
    address: Agreement
    last_is: Likeness
    first_is: Likeness
    birth_is: Likeness

    @property
    def score(self) -> float:
        """How many bits speak for one person, with names of average frequency.

        The logarithm of how much likelier the finding is for one person than for two, added up
        over the fields. Orders candidates; without the rules of `matching` it links nobody.
        """
        return _score(self)

    @property
    def plain(self) -> tuple[Agreement, ...]:
        """Middle name, suffix, sex, ZIP code, phone, record number, plan's number, address."""
        return (
            self.middle, self.suffix, self.sex, self.zip, self.phone, self.number, self.member,
            self.address,
        )  # fmt: skip

    @property
    def words(self) -> str:
        """The evidence for people, by field and without values."""
        return _words(self[:_FIELDS])


_CALLED = {"birth_date": "birth date", "member": "plan's number"}
_PLAIN = ("middle", "suffix", "sex", "zip", "phone", "number", "member", "address")
_LEVELS = {"agree": Agreement.AGREE, "near": Agreement.NEAR, "contradict": Agreement.CONTRADICT}


@cache
def _weights() -> tuple[
    Mapping[Likeness, float],
    Mapping[Likeness, float],
    Mapping[Likeness, float],
    tuple[Mapping[Agreement, float], ...],
]:
    """The weights of rules/matching.toml: last name, first name, birth date, and the other fields.

    What says nothing, because the rules do not name it, weighs nothing.
    """
    table = read_rules("matching.toml")["weights"]
    last, first, born = (
        {kind: float(table[field].get(kind, 0)) for kind in Likeness}
        for field in ("last", "first", "birth_date")
    )
    others = tuple(
        dict.fromkeys(Agreement, 0.0)
        | {_LEVELS[name]: float(weight) for name, weight in table[field].items()}
        for field in _PLAIN
    )
    return last, first, born, others


@lru_cache(maxsize=4096)
def _score(evidence: Evidence) -> float:
    last, first, born, others = _weights()
    total = last[evidence.last_is] + first[evidence.first_is] + born[evidence.birth_is]
    for weights, value in zip(others, evidence.plain, strict=True):
        total += weights[value]
    return round(total, 1)


@lru_cache(maxsize=4096)
def _words(agreements: tuple[Agreement, ...]) -> str:
    said = []
    pairs = list(zip(Evidence._fields[:_FIELDS], agreements, strict=True))
    for kind, text in _SAID:
        fields = [_CALLED.get(name, name) for name, value in pairs if value == kind]
        if fields:
            said.append(f"{text} {', '.join(fields)}")
    return "; ".join(said)


_AGREE, _MISSING, _CONTRADICT = Agreement.AGREE, Agreement.MISSING, Agreement.CONTRADICT
_MEANS = dict.fromkeys(Likeness, Agreement.NEAR) | {
    Likeness.MISSING: _MISSING,
    Likeness.SAME: _AGREE,
    Likeness.OTHER: _CONTRADICT,
}
_NO_NUMBERS = (_MISSING, _MISSING)
_SEXES = frozenset({"F", "M"})


def compare(row: Person, known: Person) -> Evidence:
    """The row and one patient, field by field; the same from both sides."""
    _, _, _, suffix, day, sex, zip_code, phones, numbers, address, _ = row
    _, _, _, suffix_, day_, sex_, zip_code_, phones_, numbers_, address_, _ = known
    last, first, middle = _names(row, known)
    born = Likeness.MISSING if day is None or day_ is None else birth_dates(day, day_)
    number, member = _numbers(numbers, numbers_) if numbers and numbers_ else _NO_NUMBERS
    return Evidence(
        _MEANS[last],
        _MEANS[first],
        middle,
        _plain(suffix, suffix_) if suffix and suffix_ else _MISSING,
        _MEANS[born],
        _plain(sex, sex_) if sex in _SEXES and sex_ in _SEXES else _MISSING,
        _MEANS[zip_codes(zip_code, zip_code_)] if zip_code and zip_code_ else _MISSING,
        _any(phones, phones_) if phones and phones_ else _MISSING,
        number,
        member,
        _address(address, address_) if address and address_ else _MISSING,
        last,
        first,
        born,
    )


def same_first(one: Person, other: Person) -> bool:
    """Is it the same first name, also when one desk writes first and middle name in one field?"""
    if one.first == other.first:
        return True
    return bool(one.middle) != bool(other.middle) and (
        one.first + one.middle == other.first + other.middle
    )


def _names(row: Person, known: Person) -> tuple[Likeness, Likeness, Agreement]:
    """How last, first and middle name are alike, as they stand or in each other's column."""
    last = _last(row, known)
    first, middle = _given(row, known)
    if last == Likeness.SAME or (row.last != known.first and row.first != known.last):
        return last, first, middle
    crossed, back = _crossed(row, known), _crossed(known, row)
    if crossed is not None and crossed[0] != Likeness.OTHER:
        return crossed
    if back is not None and back[0] != Likeness.OTHER:
        return back[1], back[0], back[2]  # the row's last name is the other's first, with a slip
    if last == first == Likeness.OTHER and (crossed or back):
        return Likeness.EXCHANGED, Likeness.OTHER, middle
    return last, first, middle


def _last(row: Person, known: Person) -> Likeness:
    """How the last names are alike; a former name that is on file is as good as the present one."""
    if row.last == known.last or not (row.other_last or known.other_last):
        return last_names(row.last, known.last)
    if {row.last, *row.other_last} & {known.last, *known.other_last} - {""}:
        return Likeness.SAME
    return last_names(row.last, known.last)


def _given(row: Person, known: Person) -> tuple[Likeness, Agreement]:
    """How first and middle names are alike, also when one desk writes both in one field."""
    middle = _middle(row.middle, known.middle)
    if row.first == known.first:
        return first_names(row.first, known.first), middle
    if bool(row.middle) != bool(known.middle):
        joined, apart = (row.first, known) if known.middle else (known.first, row)
        split = _split(joined, apart)
        if split is not None:
            return split
    return first_names(row.first, known.first), middle


def _split(joined: str, apart: Person) -> tuple[Likeness, Agreement] | None:
    """A first and a middle name in one word, against those of somebody who has both apart."""
    if not joined or not apart.first:
        return None
    if joined.startswith(apart.first):
        middle = _middle(joined[len(apart.first) :], apart.middle)
        return (Likeness.SAME, middle) if middle >= Agreement.NEAR else None
    if joined.endswith(apart.middle) and len(apart.middle) > 1:
        first = first_names(joined[: -len(apart.middle)], apart.first)
        if first not in {Likeness.OTHER, Likeness.MISSING}:
            return first, _AGREE
    return None


def _crossed(one: Person, other: Person) -> tuple[Likeness, Likeness, Agreement] | None:
    """Names in each other's column: the one's last is the other's first name.

    What is left, the one's first and the other's last name, may have a slip, or be another. Which
    of the two has its columns exchanged nobody knows, so it has to be a slip in either name.
    """
    if one.last != other.first or other.last == one.last or not one.last or not one.first:
        return None
    if one.last in no_names() or one.first in no_names():
        return None
    middle = _middle(one.middle, other.middle)
    if one.first == other.last:
        return Likeness.EXCHANGED, Likeness.EXCHANGED, middle
    if not one.middle and other.middle and one.first.startswith(other.last):
        rest = _middle(one.first[len(other.last) :], other.middle)
        if rest == _AGREE:
            return Likeness.EXCHANGED, Likeness.EXCHANGED, rest
    slips = {last_names(one.first, other.last), first_names(one.first, other.last)}
    left = Likeness.SLIP if slips == {Likeness.SLIP} else Likeness.OTHER
    return left, Likeness.EXCHANGED, middle


def _middle(one: str, other: str) -> Agreement:
    if not one or not other:
        return _MISSING
    if one == other or (min(len(one), len(other)) == 1 and one[0] == other[0]):
        return _AGREE
    return Agreement.NEAR if one[0] == other[0] else _CONTRADICT


def _plain(one: str | None, other: str | None) -> Agreement:
    return _AGREE if one == other else _CONTRADICT


def _any(one: tuple[str, ...], other: tuple[str, ...]) -> Agreement:
    return _CONTRADICT if set(one).isdisjoint(other) else _AGREE


def _address(one: str, other: str) -> Agreement:
    found = streets(one, other)
    return _AGREE if found == Likeness.SLIP else _MEANS[found]


def _numbers(
    one: tuple[tuple[str, str], ...], other: tuple[tuple[str, str], ...]
) -> tuple[Agreement, Agreement]:
    """Record numbers, and the health plan's number.

    The same number of the same issuer agrees; another number of the practice contradicts.
    Hospitals and payers give one person several numbers over the years, so theirs never
    contradict; the practice's own number is given once.
    """
    issuers = {issuer for issuer, _ in {*one} & {*other}}
    member = _AGREE if MEMBER in issuers else _MISSING
    if issuers - {MEMBER}:
        return _AGREE, member
    both = PRACTICE in dict(one) and PRACTICE in dict(other)
    return (_CONTRADICT if both else _MISSING), member
