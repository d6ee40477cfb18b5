"""Is this row one of my patients? Candidates, evidence field by field, a decision with its reason.

A wrong link tells a stranger's story, so linking asks for proof: enough weight of evidence, by far
more than anybody else has, and one of the rules below that says why that is proof. No weight
overrules what `proof` forbids. Everything that merely points to somebody is `review`, best
first. A name alone is never enough.

Sources: rulebook section 10 (matching to the panel), discharges.md section 7 (what others' matchers
got wrong: twins, father and son, namesakes with one birthday, reused record numbers). The weights
and how they were estimated: rules/matching.toml.
"""

from __future__ import annotations

from collections import Counter
from functools import cache
from math import log2
from typing import TYPE_CHECKING, NamedTuple

from caretool.candidates import Candidates, file, under
from caretool.evidence import Agreement, Evidence, Person, compare, same_first
from caretool.likeness import Likeness, is_first_name, no_names
from caretool.model import MEMBER, PRACTICE, Link
from caretool.proof import (
    BY_NAME,
    BY_NUMBER,
    bears_number_out,
    doubts,
    is_barred,
    may_be_one,
    points,
    why,
)
from caretool.rules import read_rules

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from datetime import date

    from caretool.candidates import Index

__all__ = [
    "SHOWN", "Agreement", "Candidate", "Evidence", "Match", "Person", "Roster", "compare",
    "likely_duplicates",
]  # fmt: skip

SHOWN = 5

_AGREE, _NEAR, _CONTRADICT = Agreement.AGREE, Agreement.NEAR, Agreement.CONTRADICT
_SAME, _SLIP = Likeness.SAME, Likeness.SLIP


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


class _Rules(NamedTuple):
    """The thresholds of rules/matching.toml, in bits."""

    odds: float
    margin: float
    last: float
    first: float
    birth_date: float


@cache
def _rules() -> _Rules:
    table = read_rules("matching.toml")
    decision, weights = table["decision"], table["weights"]
    return _Rules(
        float(decision["odds"]),
        float(decision["margin"]),
        *(float(weights[field]["same"]) for field in ("last", "first", "birth_date")),
    )


_UNMATCHED = Match(Link.UNMATCHED, "nobody on file fits")


class Roster:
    """Everybody known, filed under what can point to a person; and what was decided before."""

    def __init__(
        self,
        people: Iterable[tuple[int, Person]] = (),
        decided_is: Mapping[str, int] | None = None,
        decided_not: Mapping[str, frozenset[int]] | None = None,
    ) -> None:
        self.people: dict[int, Person] = dict(people)
        self.decided_is = decided_is or {}
        self.decided_not = decided_not or {}
        self._candidates = Candidates(self.people)
        self._by_name: Index = {}
        for patient_id, person in self.people.items():
            for name in _full_names(person, person.birth_date):
                file(self._by_name, name, patient_id)
        self._lasts = Counter(person.last for person in self.people.values())
        self._firsts = Counter(person.first for person in self.people.values())
        self._enough = log2(len(self.people) + 1) + _rules().odds

    def decide(self, row: Person) -> Match:
        """Whose row is this? Linked, for review with candidates, or nobody's."""
        refused: frozenset[int] = frozenset()
        if self.decided_not:
            refused = self.decided_not.get(row.key, refused)
        by_number = self._numbered(row, refused) if row.numbers else []
        if self.decided_is and (decided := self._decided(row, by_number)) is not None:
            return Match(Link.LINKED, "decided in an earlier review", decided)
        if len(by_number) == 1:
            if self._number_proves(row, self.people[by_number[0]], refused):
                return Match(Link.LINKED, BY_NUMBER, by_number[0])
        elif not by_number and row.last and row.first:
            fits = self._namesakes(row, refused)
            if len(fits) == 1 and self._full_name_proves(row, self.people[fits[0]]):
                return Match(Link.LINKED, BY_NAME, fits[0])
        found = self._found(row, refused)
        if found and len(by_number) <= 1:
            best = found[0]
            reason = self._proof(row, best, found[1:])
            if reason and (not by_number or best.patient_id == by_number[0]):
                return Match(Link.LINKED, reason, best.patient_id)
        return _review(found)

    def review(self, row: Person, refused: frozenset[int]) -> Match:
        """Everybody that something points to, best first."""
        return _review(self._found(row, refused))

    def _found(self, row: Person, refused: frozenset[int]) -> list[Candidate]:
        """Everybody that something points to, best first."""
        found = []
        for one in self._candidates.of(row) - refused:
            known = self.people[one]
            if _cannot_point(row, known):
                continue
            evidence = compare(row, known)
            if points(evidence):
                found.append(Candidate(one, evidence))
        if len(found) > 1:
            found.sort(key=lambda one: (-one.evidence.score, one.patient_id))
        return found

    def _namesakes(self, row: Person, refused: frozenset[int]) -> list[int]:
        """Everybody of the row's full name who was born on its day."""
        found: list[int] = []
        people, born = self.people, row.birth_date
        if born is None or row.first in no_names():
            return found
        for name in _full_names(row, born):
            for one in under(self._by_name, name):
                known = people[one]
                if one in refused or one in found:
                    continue
                if known.last == row.last and known.birth_date == born and same_first(row, known):
                    found.append(one)
        return found

    def _number_proves(self, row: Person, known: Person, refused: frozenset[int]) -> bool:
        """Is it proof that the row has a record number of this patient and of nobody else?"""
        if _is_plainly_same(row, known):
            return True
        evidence = compare(row, known)
        if not bears_number_out(evidence) or not self._is_slip(evidence, row, known):
            return False
        return evidence.last == evidence.first == _AGREE or not self._namesakes(row, refused)

    def _full_name_proves(self, row: Person, known: Person) -> bool:
        """With full name and birth date the same: is nothing against it, and is it enough?

        Of a common name, among very many people, two may be born on one day: then something else
        has to agree as well.
        """
        rules = _rules()
        if _is_plainly_same(row, known) and _has_nothing_else(row, known):
            weight = self._rarity(self._lasts[known.last], rules.last)
            weight += self._rarity(self._firsts[known.first], rules.first) + rules.birth_date
            if weight >= self._enough:
                return True
        evidence = compare(row, known)
        if is_barred(evidence) or doubts(evidence):
            return False
        return self._weight(known, evidence) >= self._enough

    def _rarity(self, count: int, usual: float) -> float:
        """What it is worth, in bits, that a name agrees which so many on file have.

        The share on file is mixed with the usual share, as if of a thousand people: in a small
        practice the only Smith isn't rare.
        """
        return -log2((count + 1000 * 2**-usual) / (len(self.people) + 1000))

    def _weight(self, known: Person, evidence: Evidence) -> float:
        """The evidence in bits, with names that agree weighed by how rare they are on file."""
        rules, weight = _rules(), evidence.score
        if evidence.last_is == _SAME:
            weight += self._rarity(self._lasts[known.last], rules.last) - rules.last
        if evidence.first_is == _SAME:
            weight += self._rarity(self._firsts[known.first], rules.first) - rules.first
        return weight

    def _proof(self, row: Person, best: Candidate, others: list[Candidate]) -> str:
        """Why the best candidate is the person beyond doubt; empty when that cannot be said."""
        evidence, known = best.evidence, self.people[best.patient_id]
        reason = "" if is_barred(evidence) else why(evidence)
        if not reason or self._weight(known, evidence) < self._enough:
            return ""
        if others and evidence.score - others[0].evidence.score < _rules().margin:
            return ""
        return reason if self._is_slip(evidence, row, known) else ""

    def _is_slip(self, evidence: Evidence, row: Person, known: Person) -> bool:
        """If the first name has a slip: is just one of the two spellings a name that people bear?

        `gerals` is a slip of `gerald`; but of two twins, too, one may have a name that few have. A
        name that somebody else on file has is one as well. Else the middle name has to agree.
        """
        if evidence.first_is != _SLIP or evidence.middle == _AGREE:
            return True
        written = is_first_name(row.first) or self._firsts[row.first] > 0
        return written != (is_first_name(known.first) or self._firsts[known.first] > 1)

    def _decided(self, row: Person, by_number: list[int]) -> int | None:
        """Whom an earlier review named for these words, if they are more than a name."""
        decided = self.decided_is.get(row.key)
        if decided not in self.people or (row.birth_date is None and not row.numbers):
            return None
        against = compare(row, self.people[decided]).number == _CONTRADICT
        return None if against or (by_number and decided not in by_number) else decided

    def _numbered(self, row: Person, refused: frozenset[int]) -> list[int]:
        """Whose record numbers the row has. A family may share a health plan's number."""
        found: set[int] = set()
        for number in row.numbers:
            if number[0] != MEMBER:
                found.update(self._candidates.numbered(number))
        return sorted(found - refused)


def likely_duplicates(roster: Roster) -> Iterator[tuple[int, int, Evidence]]:
    """Which two patients look like one person? Pairs of ids, the lower first, best pair first.

    Left out are those whom a safety rule tells apart: another sex, suffix or birth date, twins,
    father and son. Two record numbers of the practice tell nothing here, for that is what a person
    who was registered twice has. Time grows with the roster, not with its square.
    """
    found = []
    for one, person in roster.people.items():
        for other in roster._candidates.of(person):
            if other > one:
                evidence = compare(person, roster.people[other])
                if may_be_one(evidence):
                    found.append((one, other, evidence))
    found.sort(key=lambda pair: (-pair[2].score, pair[0], pair[1]))
    yield from found


def _full_names(person: Person, born: date | None) -> list[int]:
    """Keys of the full name with the birth date; also with first and middle name in one."""
    names = [hash((person.last, person.first, born))]
    if person.middle:
        names.append(hash((person.last, person.first + person.middle, born)))
    return names


def _review(found: list[Candidate]) -> Match:
    if not found:
        return _UNMATCHED
    best = found[0].evidence
    alike = sum(candidate.evidence == best for candidate in found)
    reason = f"{alike} patients fit alike" if alike > 1 else best.words
    return Match(Link.REVIEW, reason, None, tuple(found[:SHOWN]))


def _is_plainly_same(row: Person, known: Person) -> bool:
    """Are last name, first name and birth date letter by letter the same, sex and suffix not other?

    Spares the comparison where it is plain; says no where it is not.
    """
    return (
        row.last == known.last
        and row.first == known.first
        and row.birth_date == known.birth_date
        and row.birth_date is not None
        and (row.sex == known.sex or row.sex is None)
        and (row.suffix == known.suffix or not row.suffix)
        and bool(row.last and row.first)
        and row.first not in no_names()
    )


def _has_nothing_else(row: Person, known: Person) -> bool:
    """Does the row say nothing of middle name, home, phone and our number but what is on file?"""
    return (
        (not row.middle or row.middle == known.middle)
        and (row.zip is None or row.zip == known.zip)
        and (not row.phones or row.phones == known.phones)
        and (row.address is None or row.address == known.address)
        and (not row.numbers or PRACTICE not in dict(row.numbers))
    )


def _cannot_point(row: Person, known: Person) -> bool:
    """Is it plain that `points` would say no? Spares most comparisons, and loses nobody.

    Of another birth date, not even a near one, are those whom only the sound of the names brought.
    """
    born, theirs = row.birth_date, known.birth_date
    if born is None or theirs is None or row.other_last or known.other_last:
        return False
    if -1 <= born.year - theirs.year <= 1 or (born.month, born.day) == (theirs.month, theirs.day):
        return False
    if row.address and known.address and row.address[:2] == known.address[:2]:
        return False
    if {row.last[:2], row.first[:2]} == {known.last[:2], known.first[:2]}:
        return False
    return set(row.phones).isdisjoint(known.phones) and set(row.numbers).isdisjoint(known.numbers)
