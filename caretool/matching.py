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

from caretool.candidates import Candidates
from caretool.evidence import Agreement, Evidence, Person, compare, same_first
from caretool.likeness import Likeness, are_like, is_first_name, no_names
from caretool.model import MEMBER, PRACTICE, Link
from caretool.proof import (
    BY_NAME,
    BY_NUMBER,
    bears_number_out,
    doubts,
    is_barred,
    may_be_one,
    may_be_weighed,
    points,
    why,
)
from caretool.rules import read_rules

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from datetime import date

    from caretool.candidates import Marks

__all__ = [
    "BY_NUMBER", "SHOWN", "Agreement", "Candidate", "Evidence", "Match", "Person", "Roster",
    "compare", "likely_duplicates",
]  # fmt: skip

SHOWN = 5
_A_PRACTICE = 1000  # people: of fewer on file nothing can be told about all

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
    shown: float
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
        float(decision["shown"]),
        *(float(weights[field]["same"]) for field in ("last", "first", "birth_date")),
    )


_NOBODY: frozenset[int] = frozenset()
_NO_IDS: list[int] = []
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
        self._born_alike = _born_alike(self.people)
        self._firsts = Counter([person.first for person in self.people.values()])
        lasts = Counter([person.last for person in self.people.values()])
        rules = _rules()
        self._last_bits = {name: self._rarity(n, rules.last) for name, n in lasts.items()}
        self._first_bits = {name: self._rarity(n, rules.first) for name, n in self._firsts.items()}
        self._enough = log2(len(self.people) + 1) + _rules().odds
        self._shown = log2(max(len(self.people), _A_PRACTICE)) + _rules().shown

    def decide(self, row: Person) -> Match:
        """Whose row is this? Linked, for review with candidates, or nobody's."""
        refused = _NOBODY
        if self.decided_not:
            refused = self.decided_not.get(row.key, refused)
        by_number = self._numbered(row, refused) if row.numbers else _NO_IDS
        if self.decided_is and (decided := self._decided(row, by_number)) is not None:
            return Match(Link.LINKED, "decided in an earlier review", decided)
        if len(by_number) == 1 and self._number_proves(row, self.people[by_number[0]], refused):
            return Match(Link.LINKED, BY_NUMBER, by_number[0])
        named = None
        if not by_number and row.last and row.first:
            named = self._candidates.named(row.last, row.first)
            if named or row.middle:
                fits = self._namesakes(row, named, refused)
                if (
                    len(fits) == 1
                    and not refused  # whoever is left when one is refused is not proved by that
                    and not self._has_longer_namesake(row, fits[0])
                    and self._full_name_proves(row, self.people[fits[0]])
                ):
                    return Match(Link.LINKED, BY_NAME, fits[0])
        found = self._found(row, refused, named)
        if found and len(by_number) <= 1 and not refused:
            best = found[0]
            reason = self._proof(row, best, found[1:])
            if reason and (not by_number or best.patient_id == by_number[0]):
                return Match(Link.LINKED, reason, best.patient_id)
        return _review(found)

    def review(self, row: Person, refused: frozenset[int]) -> Match:
        """Everybody that something points to, best first."""
        return _review(self._found(row, refused))

    def _found(
        self, row: Person, refused: frozenset[int], named: Sequence[Marks] | None = None
    ) -> list[Candidate]:
        """Everybody that something points to, best first."""
        ids, found = self._candidates.of(row, named), []
        for one in ids - refused if refused else ids:
            known = self.people[one]
            if _cannot_point(row, known):
                continue
            evidence = compare(row, known)
            if self.asks(known, evidence):
                found.append(Candidate(one, evidence))
        if len(found) > 1:
            found.sort(key=lambda one: (-one.evidence.score, one.patient_id))
        return found

    def asks(self, known: Person, evidence: Evidence) -> bool:
        """Is the evidence for a patient enough to ask a reviewer?

        Either it points to the patient by its kind, or it weighs more than chance would often bring
        among so many people on file.
        """
        if points(evidence):
            return True
        return may_be_weighed(evidence) and self._weight(known, evidence) >= self._shown

    def _namesakes(self, row: Person, named: Sequence[Marks], refused: frozenset[int]) -> list[int]:
        """Of those who have the row's names: everybody of its full name, born on its day."""
        last, first, born = row.last, row.first, row.birth_date
        found: list[int] = []
        if born is None or first in no_names():
            return found
        if row.middle:
            named = (*named, *self._candidates.named(last, first + row.middle))
        for marks in named:
            one = marks[0]
            if marks[1] == born and one not in refused and one not in found:
                known = self.people[one]
                if known.last == last and same_first(row, known):
                    found.append(one)
        return found

    def _has_longer_namesake(self, row: Person, fit: int) -> bool:
        """Was somebody else of that last name born on the day whose first name begins alike?

        One desk writes `Minh`, another `Minh Curtis` into one field: then either may be meant.
        """
        return any(
            one != fit
            and (
                self.people[one].first.startswith(row.first)
                or (row.first.startswith(self.people[one].first) and self.people[one].first != "")
            )
            for one in self._born_alike.get((row.last, row.birth_date), ())
        )

    def _number_proves(self, row: Person, known: Person, refused: frozenset[int]) -> bool:
        """Is it proof that the row has a record number of this patient and of nobody else?"""
        if _is_plainly_same(row, known):
            return True
        evidence = compare(row, known)
        ours = PRACTICE in dict({*row.numbers}.intersection(known.numbers))
        if not bears_number_out(evidence, ours=ours) or not self._is_slip(evidence, row, known):
            return False
        if evidence.last == evidence.first == _AGREE:
            return True
        return not self._namesakes(row, self._candidates.named(row.last, row.first), refused)

    def _full_name_proves(self, row: Person, known: Person) -> bool:
        """With full name and birth date the same: is nothing against it, and is it enough?

        Of a common name, among very many people, two may be born on one day: then something else
        has to agree as well.
        """
        if _is_plainly_same(row, known) and _has_nothing_else(row, known):
            weight = self._last_bits[known.last] + self._first_bits[known.first]
            if weight + _rules().birth_date >= self._enough:
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
        return -log2((count + _A_PRACTICE * 2**-usual) / (len(self.people) + _A_PRACTICE))

    def _weight(self, known: Person, evidence: Evidence) -> float:
        """The evidence in bits, with names that agree weighed by how rare they are on file."""
        rules, weight = _rules(), evidence.score
        if evidence.last_is == _SAME:
            weight += self._last_bits[known.last] - rules.last
        if evidence.first_is == _SAME:
            weight += self._first_bits[known.first] - rules.first
        return weight

    def _proof(self, row: Person, best: Candidate, others: list[Candidate]) -> str:
        """Why the best candidate is the person beyond doubt; empty when that cannot be said."""
        evidence, known = best.evidence, self.people[best.patient_id]
        reason = "" if is_barred(evidence) else why(evidence)
        if not reason or self._weight(known, evidence) < self._enough:
            return ""
        if _AGREE not in _beside_the_name(evidence) and self._has_longer_namesake(
            row, best.patient_id
        ):
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
        name = row.last if evidence.last_is == Likeness.EXCHANGED else row.first
        written = is_first_name(name) or self._firsts[name] > 0
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
        found: list[int] = []
        for number in row.numbers:
            if number[0] != MEMBER:
                found += self._candidates.numbered(number)
        return sorted({*found} - refused) if found else found


def _beside_the_name(evidence: Evidence) -> tuple[Agreement, ...]:
    """What else can tell two namesakes of one birthday apart."""
    one = evidence
    return one.middle, one.zip, one.address, one.phone, one.number, one.member


def _born_alike(people: Mapping[int, Person]) -> dict[tuple[str, date | None], list[int]]:
    """Those who share last name and birth date with somebody else on file."""
    first: dict[tuple[str, date | None], int] = {}
    shared: dict[tuple[str, date | None], list[int]] = {}
    for one, person in people.items():
        key = (person.last, person.birth_date)
        if key in first:
            shared.setdefault(key, [first[key]]).append(one)
        else:
            first[key] = one
    return shared


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


def _review(found: list[Candidate]) -> Match:
    if not found:
        return _UNMATCHED
    best = found[0].evidence
    reason = best.words
    if len(found) > 1 and found[1].evidence == best:
        alike = sum(candidate.evidence == best for candidate in found)
        reason = f"{alike} patients fit alike"
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
    """Is it plain that nobody would be asked about this pair? Spares comparisons, loses nobody.

    Born on another day are those whom only their names brought; of the others, no name is like.
    """
    born, theirs = row.birth_date, known.birth_date
    if born is None or theirs is None or row.other_last or known.other_last:
        return False
    here, there = row.address, known.address
    if here and there and (here[0] == there[0] or row.zip == known.zip):
        return False
    if row.last == known.first or row.first == known.last:
        return False
    if born == theirs or _is_near(born, theirs):
        if are_like(row.last, known.last) or are_like(row.first, known.first):
            return False
        if bool(row.middle) != bool(known.middle):
            return False
    elif row.last == known.last and row.first[:1] == known.first[:1]:
        return False
    if row.phones and not set(row.phones).isdisjoint(known.phones):
        return False
    return not row.numbers or set(row.numbers).isdisjoint(known.numbers)


def _is_near(born: date, theirs: date) -> bool:
    """May two birth dates be near, at a glance?"""
    same_year = born.year == theirs.year
    if same_year + (born.month == theirs.month) + (born.day == theirs.day) > 1:
        return True
    exchanged = same_year and born.month == theirs.day and born.day == theirs.month
    return exchanged or -1 <= born.toordinal() - theirs.toordinal() <= 1
