"""Is this row one of my patients? Evidence field by field, a decision, and whom a reviewer sees.

A wrong link tells a stranger's story, so linking asks for proof: a record number known from the
same issuer with nothing against it, or the full name with the birth date, fitting one patient
only, with nothing against it. Everything that merely points to somebody is `review`, best first.
A name alone is never enough, and a birth date or sex that contradicts never links by itself.

Sources: rulebook section 10 (matching to the panel), discharges.md section 7 (what others' matchers
got wrong: twins, father and son, namesakes with one birthday, reused record numbers).
"""

from __future__ import annotations

from collections import defaultdict
from enum import IntEnum
from typing import TYPE_CHECKING, NamedTuple

from rapidfuzz.distance import JaroWinkler

from caretool.model import MEMBER, PRACTICE, Link

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import date

# From this likeness on two folded names count as spellings of one name. JaroWinkler 0.88 keeps
# `gerals`/`gerald` (0.93) and refuses `maria`/`mark` (0.85); without a number it only ever leads
# to review.
NEAR_NAME = 0.88
SHOWN = 5


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

    @property
    def score(self) -> int:
        """Orders candidates for a reviewer; it never decides a link."""
        weights = (4, 3, 1, 1, 5, 1, 1, 3, 6)
        return sum(weight * value for weight, value in zip(weights, self, strict=True))

    @property
    def words(self) -> str:
        """The evidence for people, by field and without values."""
        said, pairs = [], list(zip(self._fields, self, strict=True))
        for kind, text in _SAID:
            fields = [name.replace("_", " ") for name, value in pairs if value == kind]
            if fields:
                said.append(f"{text} {', '.join(fields)}")
        return "; ".join(said)


class Candidate(NamedTuple):
    """A patient that a reviewer should look at."""

    patient_id: int
    evidence: Evidence


class Match(NamedTuple):
    """The decision on one row; `patient_id` only when linked."""

    link: Link
    reason: str
    patient_id: int | None = None
    candidates: tuple[Candidate, ...] = ()


_UNMATCHED = Match(Link.UNMATCHED, "nobody on file fits")


class Roster:
    """Everybody known, indexed by what can point to a person; and what was decided before."""

    def __init__(
        self,
        people: Iterable[tuple[int, Person]] = (),
        decided_is: Mapping[str, int] | None = None,
        decided_not: Mapping[str, frozenset[int]] | None = None,
    ) -> None:
        self.people: dict[int, Person] = {}
        self.decided_is = decided_is or {}
        self.decided_not = decided_not or {}
        self._by_birth: dict[date | None, list[int]] = defaultdict(list)
        self._by_name: dict[tuple[str, str], list[int]] = defaultdict(list)
        self._by_zip: dict[str, list[int]] = defaultdict(list)
        self._by_zip_and_birth: dict[str, dict[int, list[int]]] = {}
        self._by_phone: dict[str, list[int]] = defaultdict(list)
        self._by_number: dict[tuple[str, str], list[int]] = defaultdict(list)
        for patient_id, person in people:
            self.people[patient_id] = person
            if person.birth_date is not None:
                self._by_birth[person.birth_date].append(patient_id)
            self._by_name[person.last, person.first].append(patient_id)
            if person.zip:
                self._by_zip[person.zip].append(patient_id)
            for phone in person.phones:
                self._by_phone[phone].append(patient_id)
            for number in person.numbers:
                self._by_number[number].append(patient_id)

    def decide(self, row: Person) -> Match:
        """Whose row is this? Linked, for review with candidates, or nobody's."""
        refused: frozenset[int] = frozenset()
        if self.decided_not:
            refused = self.decided_not.get(row.key, refused)
        by_number = self._numbered(row, refused)
        if self.decided_is and (decided := self._decided(row, by_number)) is not None:
            return Match(Link.LINKED, "decided in an earlier review", decided)
        if len(by_number) == 1:
            evidence = compare(row, self.people[by_number[0]])
            named = evidence.last == evidence.first == Agreement.AGREE
            if _proves(evidence) and (named or not self._namesakes(row, refused)):
                return Match(Link.LINKED, "record number, nothing against it", by_number[0])
        elif not by_number and row.last and row.first:
            fits = self._namesakes(row, refused)
            if len(fits) == 1 and not doubts(compare(row, self.people[fits[0]])):
                return Match(Link.LINKED, "full name and birth date", fits[0])
        return self.review(row, refused)

    def _namesakes(self, row: Person, refused: frozenset[int]) -> list[int]:
        """Everybody of the row's full name who was born on its day."""
        last, people = row.last, self.people
        return [
            one
            for one in self._by_birth.get(row.birth_date, ())
            if people[one].last == last and same_first(row, people[one]) and one not in refused
        ]

    def _decided(self, row: Person, by_number: list[int]) -> int | None:
        """Whom an earlier review named for these words, if they are more than a name."""
        decided = self.decided_is.get(row.key)
        if decided not in self.people or (row.birth_date is None and not row.numbers):
            return None
        against = compare(row, self.people[decided]).number == Agreement.CONTRADICT
        return None if against or (by_number and decided not in by_number) else decided

    def _one_birthday(self, row: Person) -> list[int]:
        """Everybody born on the row's day of whom anything else is alike: a name or the ZIP code.

        Spares most comparisons and loses nobody whom `_points` would show.
        """
        last, first, zip_code, people = row.last, row.first, row.zip or "-", self.people
        given = {last, first, first + row.middle}
        likeness = JaroWinkler.similarity
        found = []
        for one in self._by_birth.get(row.birth_date, ()):
            known = people[one]
            theirs = known.last
            if (
                theirs in {last, first}
                or known.zip == zip_code
                or (last and (theirs in last or last in theirs))
                or likeness(theirs, last, score_cutoff=NEAR_NAME)
                or known.first in given
                or (known.middle and known.first + known.middle == first)
            ):
                found.append(one)
        return found

    def _neighbours(self, row: Person, zip_code: str) -> list[int]:
        """Everybody of a like last name in this ZIP code whose birth date may be near or unknown.

        Spares most comparisons and loses nobody whom `_points` would show.
        """
        last, born, people = row.last, row.birth_date, self.people
        if born is None:
            near = self._by_zip.get(zip_code, [])
        else:  # near birth dates have the year in common, or day and month
            group = self._by_zip_and_birth.get(zip_code)
            if group is None:
                group = self._by_zip_and_birth[zip_code] = self._grouped(zip_code)
            near = [
                *group.get(born.year, ()),
                *group.get(-100 * born.month - born.day, ()),
                *group.get(0, ()),
            ]
        return [one for one in near if _name(last, people[one].last) >= Agreement.NEAR]

    def _grouped(self, zip_code: str) -> dict[int, list[int]]:
        """Everybody in this ZIP code by year of birth and, below zero, by its day and month."""
        group: dict[int, list[int]] = defaultdict(list)
        for one in self._by_zip.get(zip_code, ()):
            born = self.people[one].birth_date
            if born is None:
                group[0].append(one)
            else:
                group[born.year].append(one)
                group[-100 * born.month - born.day].append(one)
        return group

    def _numbered(self, row: Person, refused: frozenset[int]) -> list[int]:
        """Whose record numbers the row has. A family may share a health plan's number."""
        found: set[int] = set()
        for number in row.numbers:
            if number in self._by_number and number[0] != MEMBER:
                found.update(self._by_number[number])
        return sorted(found - refused)

    def review(self, row: Person, refused: frozenset[int]) -> Match:
        """Everybody that something points to, best first."""
        people, ids = self.people, set(self._one_birthday(row))
        for number in row.numbers:
            ids.update(self._by_number.get(number, ()))
        for phone in row.phones:
            ids.update(self._by_phone.get(phone, ()))
        if row.last and row.first:
            for name in ((row.last, row.first), (row.first, row.last)):
                if name in self._by_name:
                    same = self._by_name[name]
                    ids.update([one for one in same if _like_by_birth(row, people[one])])
            if row.zip:
                ids.update(self._neighbours(row, row.zip))
        found = []
        for one in ids - refused:
            evidence = compare(row, people[one])
            if _points(evidence, whole=_is_whole(row, people[one])):
                found.append(Candidate(one, evidence))
        if not found:
            return _UNMATCHED
        found.sort(key=lambda candidate: (-candidate.evidence.score, candidate.patient_id))
        best = found[0].evidence
        alike = sum(candidate.evidence == best for candidate in found)
        reason = f"{alike} patients fit alike" if alike > 1 else best.words
        return Match(Link.REVIEW, reason, None, tuple(found[:SHOWN]))


def _is_whole(row: Person, known: Person) -> bool:
    """Are last and first name the same, as they stand or in each other's column?"""
    return {row.last, row.first} == {known.last, known.first}


def same_first(one: Person, other: Person) -> bool:
    """Is it the same first name, also when one desk writes first and middle name in one field?"""
    if one.first == other.first:
        return True
    return bool(one.middle) != bool(other.middle) and (
        one.first + one.middle == other.first + other.middle
    )


def compare(row: Person, known: Person) -> Evidence:
    """The row and one patient, field by field."""
    last, first = _name(row.last, known.last), _name(row.first, known.first)
    middle = _middle(row.middle, known.middle)
    if row.first != known.first and same_first(row, known):
        first = middle = Agreement.AGREE
    if row.last == known.first != row.first == known.last and row.last and row.first:
        last = first = Agreement.NEAR  # last and first name stand in each other's column
    return Evidence(
        last=last,
        first=first,
        middle=middle,
        suffix=_plain(row.suffix, known.suffix),
        birth_date=_birth(row.birth_date, known.birth_date),
        sex=_sex(row.sex, known.sex),
        zip=_plain(row.zip, known.zip),
        phone=_any(row.phones, known.phones),
        number=_number(row.numbers, known.numbers),
    )


def doubts(evidence: Evidence) -> bool:
    """With full name and birth date the same: is there something against it all the same?

    Another sex, middle name or suffix is; so are another ZIP code or phone when neither a middle
    name, a phone, a ZIP code nor a number speaks for it (namesakes born on one day exist).
    """
    if Agreement.CONTRADICT in (evidence.sex, evidence.middle, evidence.suffix, evidence.number):
        return True
    if Agreement.CONTRADICT not in (evidence.zip, evidence.phone):
        return False
    supports = (evidence.middle, evidence.zip, evidence.phone, evidence.number)
    return Agreement.AGREE not in supports


def _proves(evidence: Evidence) -> bool:
    """A known record number links while birth date, sex and name do not contradict it."""
    against = (evidence.birth_date, evidence.sex, evidence.suffix)
    if Agreement.CONTRADICT in against or evidence.birth_date == Agreement.NEAR:
        return False
    names = (evidence.last, evidence.first)
    if evidence.birth_date == Agreement.AGREE:
        return Agreement.CONTRADICT not in names or (
            evidence.first >= Agreement.NEAR and evidence.sex == Agreement.AGREE
        )
    return names == (Agreement.AGREE, Agreement.AGREE)


def _like_by_birth(row: Person, known: Person) -> bool:
    """Of one name: is anything else alike? Spares most comparisons, loses no candidate."""
    one, other = row.birth_date, known.birth_date
    if one is None or other is None or (row.zip is not None and row.zip == known.zip):
        return True
    if one.year == other.year:
        return one.month == other.month or one.day == other.day or one.month == other.day
    return one.month == other.month and one.day == other.day


def _points(evidence: Evidence, *, whole: bool) -> bool:
    """Is this enough to show the patient to a reviewer? `whole`: both names are the same."""
    if evidence.number == Agreement.AGREE:
        return True
    last, first = evidence.last >= Agreement.NEAR, evidence.first >= Agreement.NEAR
    same_zip, same_phone = evidence.zip == Agreement.AGREE, evidence.phone == Agreement.AGREE
    born = evidence.birth_date
    if born == Agreement.AGREE:
        renamed = evidence.first == evidence.middle == Agreement.AGREE  # married, perhaps
        return last or renamed or (first and same_zip) or same_phone
    if not (last and first):
        return False
    if born == Agreement.CONTRADICT:
        return same_phone or (whole and same_zip)
    return whole or same_zip or same_phone


def _name(one: str, other: str) -> Agreement:
    if not one or not other:
        return Agreement.MISSING
    if one == other:
        return Agreement.AGREE
    if one.startswith(other) or other.startswith(one) or one.endswith(other) or other.endswith(one):
        return Agreement.NEAR  # an initial, a short form, one part of a double name
    if JaroWinkler.similarity(one, other, score_cutoff=NEAR_NAME):
        return Agreement.NEAR
    return Agreement.CONTRADICT


def _middle(one: str, other: str) -> Agreement:
    if not one or not other:
        return Agreement.MISSING
    if one == other or (min(len(one), len(other)) == 1 and one[0] == other[0]):
        return Agreement.AGREE
    return Agreement.NEAR if one[0] == other[0] else Agreement.CONTRADICT


def _plain(one: str | None, other: str | None) -> Agreement:
    if not one or not other:
        return Agreement.MISSING
    return Agreement.AGREE if one == other else Agreement.CONTRADICT


def _sex(one: str | None, other: str | None) -> Agreement:
    if one not in {"F", "M"} or other not in {"F", "M"}:
        return Agreement.MISSING
    return Agreement.AGREE if one == other else Agreement.CONTRADICT


def _birth(one: date | None, other: date | None) -> Agreement:
    """One digit off, or day and month exchanged, is near: a suggestion, never proof."""
    if one is None or other is None:
        return Agreement.MISSING
    if one == other:
        return Agreement.AGREE
    same = (one.year == other.year, one.month == other.month, one.day == other.day)
    if same[0] and one.month == other.day and one.day == other.month:
        return Agreement.NEAR
    if sum(same) < 2:
        return Agreement.CONTRADICT
    pairs = zip(one.isoformat(), other.isoformat(), strict=True)
    return Agreement.NEAR if sum(a != b for a, b in pairs) == 1 else Agreement.CONTRADICT


def _any(one: tuple[str, ...], other: tuple[str, ...]) -> Agreement:
    if not one or not other:
        return Agreement.MISSING
    return Agreement.CONTRADICT if set(one).isdisjoint(other) else Agreement.AGREE


def _number(one: tuple[tuple[str, str], ...], other: tuple[tuple[str, str], ...]) -> Agreement:
    """The same number of the same issuer agrees; another number of the practice contradicts.

    Hospitals and payers give one person several numbers over the years, so theirs never
    contradict; the practice's own number is given once.
    """
    if not one or not other:
        return Agreement.MISSING
    if not set(one).isdisjoint(other):
        return Agreement.AGREE
    both = PRACTICE in dict(one) and PRACTICE in dict(other)
    return Agreement.CONTRADICT if both else Agreement.MISSING
