"""Whose fill is it? By a number of ours, by another's that is borne out, or by name and birth date.

A fill in the wrong person's list hides a gap or makes one up, so a number counts only when it is
ours or the row's name or birth date bear it out, and a row against whose number the birth date
speaks is rejected.
"""

from __future__ import annotations

import re
from collections import defaultdict
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

from caretool.intake.rows import NO_NAME
from caretool.matching import Agreement, Person, compare
from caretool.model import MEMBER, PRACTICE, ROSTER
from caretool.names import fold, id_key

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from caretool.intake.fills import Who
    from caretool.matching import Evidence, Roster

_OUR_ID = re.compile(r"p0*([1-9][0-9]{0,15})")
_NUMBER = "number, nothing against it"
# A row that has numbers only: nothing on it can speak against anybody
_UNSAID = Person("", "", "", "", None, None, None)


class Owner(NamedTuple):
    """Whose row this is; or why it is nobody's, and which field is at fault if one is."""

    patient_id: int | None = None
    reason: str = ""
    fault: str = ""


class Register:
    """Who is on file, by every number that they have, and by name and birth date.

    The roster is asked for only where a row has to be known by its name.
    """

    def __init__(
        self, people: Mapping[int, Person], roster: Callable[[], Roster], sender: str
    ) -> None:
        self.people = people
        self._make_roster = roster
        self.ours = {PRACTICE, ROSTER, fold(sender)}
        self.by_number: dict[str, list[tuple[str, int]]] = defaultdict(list)
        for patient_id, person in people.items():
            for issuer, number in person.numbers:
                self.by_number[number].append((issuer, patient_id))

    @cached_property
    def roster(self) -> Roster:
        """The same people, filed under what can point to them."""
        return self._make_roster()

    def owner(self, who: Who) -> Owner:
        """Whose row this is: by a number of ours, by another's that is borne out, else by name."""
        row = _person(who)
        ours: set[int] | None = None
        others: set[int] = set()
        fault = ""
        for field, number in (
            ("mrn", who.record_number),
            ("patient_id", who.patient_number),
            ("member_id", who.member_number),
        ):
            if number is None:
                continue
            mine, foreign = self._numbered(field, number)
            others |= foreign
            if mine:
                ours = mine if ours is None else ours & mine
                fault = fault or field
        if ours is not None:
            return self._ours(row, ours, fault)
        proven = [one for one in sorted(others) if _bears_out(row, self.people[one])]
        if len(proven) == 1:
            return Owner(proven[0], "another issuer's number, borne out by name or birth date")
        return self._by_name(row, numbered=any(who[:3]), others=bool(others))

    def _numbered(self, field: str, number: str) -> tuple[set[int], set[int]]:
        """Who has this number from the practice, the sender or the health plan; and from others."""
        mine: set[int] = set()
        foreign: set[int] = set()
        for issuer, patient_id in self.by_number.get(id_key(number), ()):
            known = issuer == MEMBER if field == "member_id" else issuer in self.ours
            (mine if known else foreign).add(patient_id)
        match = _OUR_ID.fullmatch(number.casefold())
        if match and field == "patient_id" and not mine and int(match[1]) in self.people:
            mine.add(int(match[1]))
        return mine, foreign

    def _ours(self, row: Person, ids: set[int], fault: str) -> Owner:
        """The one among those with the number against whom nothing on the row speaks."""
        if not ids:
            return Owner(None, "its numbers belong to different patients", fault)
        if row is _UNSAID and len(ids) == 1:
            return Owner(min(ids), _NUMBER)
        against = {one: _against(row, self.people[one]) for one in sorted(ids)}
        fits = [one for one, reason in against.items() if not reason]
        if len(fits) == 1:
            return Owner(fits[0], _NUMBER)
        if fits:
            return Owner(None, "its number fits several patients", fault)
        reason = next(iter(against.values()))
        return Owner(None, f"its number belongs to somebody else by {reason}", fault)

    def _by_name(self, row: Person, *, numbered: bool, others: bool) -> Owner:
        """The one with this full name and birth date, or why there is nobody."""
        if row.last and row.first and row.birth_date is not None:
            match = self.roster.decide(row)
            if match.patient_id is not None:
                return Owner(match.patient_id, match.reason)
            same = [one for one in match.candidates if _same_person(one.evidence)]
            if same:
                reason = "name and birth date fit several patients"
                if len(same) == 1:
                    reason = f"name and birth date fit, but: {same[0].evidence.words}"
                return Owner(None, reason, "name")
        if others:
            reason = "only another issuer's number fits, and no name or birth date bears it out"
            return Owner(None, reason)
        what = "number" if numbered else "name and birth date"
        return Owner(None, f"nobody on file has this {what}")


def _person(who: Who) -> Person:
    name = who.name
    if name is NO_NAME and who.birth_date is None:
        return _UNSAID
    return Person(
        fold(name.last), fold(name.first), fold(name.middle), fold(name.suffix),
        who.birth_date, who.sex, None,
    )  # fmt: skip


def _against(row: Person, known: Person) -> str:
    """What on the row speaks against the one who has its number; empty when nothing does.

    Last names change and first names are shortened, so one of them may differ; without a birth
    date the first name has to hold.
    """
    evidence = compare(row, known)
    if evidence.birth_date in {Agreement.CONTRADICT, Agreement.NEAR}:
        return "birth date"
    other = Agreement.CONTRADICT
    if evidence.first == other and (
        evidence.last == other or evidence.birth_date != Agreement.AGREE
    ):
        return "name"
    return ""


def _bears_out(row: Person, known: Person) -> bool:
    """Does the row's name or birth date say that this is the one who has its number?"""
    evidence = compare(row, known)
    if _against(row, known):
        return False
    named = evidence.last == evidence.first == Agreement.AGREE
    return evidence.birth_date == Agreement.AGREE or named


def _same_person(evidence: Evidence) -> bool:
    return evidence.last == evidence.first == evidence.birth_date == Agreement.AGREE
