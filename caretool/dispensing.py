"""The rows of a fills file become fills of patients on file: new, completed, or passed over.

A pharmacy's file is mostly about people who are no patients of ours; their rows are passed over,
also the faulty ones. A fill in the wrong person's list hides a gap or makes one up, so a number
counts only when it is ours or the row's name or birth date bear it out, and a row against whose
number the birth date speaks is rejected. Importing the same file again changes nothing.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from functools import lru_cache
from itertools import islice
from operator import itemgetter
from typing import TYPE_CHECKING, Any, NamedTuple

from caretool.intake.fills import BadFill, FillRow, read_fills
from caretool.intake.rows import Rejected, Skipped
from caretool.matching import Agreement, Person, Roster, compare
from caretool.model import MEMBER, PRACTICE, ROSTER, RowOutcome
from caretool.names import fold, id_key
from caretool.store import fills, links, patients

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from caretool.db import CareFile
    from caretool.importing import Job
    from caretool.intake.fills import Who
    from caretool.matching import Evidence

# Rows are taken in by the thousand: one look-up of their keys, one insert, one update
_CHUNK = 5000
_REMEMBERED = 1 << 16
_OUR_ID = re.compile(r"p0*([1-9][0-9]{0,15})")
_NOTHING: dict[str, Any] = {
    "patient": None, "mrn": None, "drug": None, "filled_on": None, "days_supply": None,
}  # fmt: skip
AnyRow = FillRow | BadFill | Skipped | Rejected


class Owner(NamedTuple):
    """Whose row this is; or why it is nobody's, and which field is at fault if one is."""

    patient_id: int | None = None
    reason: str = ""
    fault: str = ""


class Dispensing:
    """Takes the fills of one file into the care file."""

    def __init__(self, care_file: CareFile, job: Job, skipped: Counter[str]) -> None:
        self.care_file = care_file
        self.job = job
        self.skipped = skipped
        """Reasons why rows were passed over, counted for the words at the end."""
        self.owner = lru_cache(_REMEMBERED)(
            Register(links.roster(care_file), job.source.sender).owner
        )
        self.numbers = patients.practice_numbers(care_file) if job.account.keep_rows else {}
        # How often each fill has stood in this file. Nearly all of them stand there once: of
        # those only a hash is kept, so that a million of them fit in memory.
        self.seen: set[int] = set()
        self.repeats: Counter[int] = Counter()

    def take_in(self) -> None:
        """Read the whole file; every record ends in one outcome of the job's account."""
        rows = read_fills(self.job.listing, self.job.layout, self.job.session.today)
        while chunk := list(islice(rows, _CHUNK)):
            self._take(list(self._keyed(chunk)))

    def _keyed(self, rows: Iterable[AnyRow]) -> Iterator[tuple[AnyRow, Owner, fills.Place]]:
        """Each row with whose it is, and where among the fills on file it has its place."""
        nobody, nowhere = Owner(), fills.Place("", 0)
        for row in rows:
            owner = self.owner(row.who) if isinstance(row, FillRow | BadFill) else nobody
            if owner.patient_id is None or not isinstance(row, FillRow):
                yield row, owner, nowhere
                continue
            key = fills.fill_key(owner.patient_id, row.drug, row.filled_on, row.days_supply)
            mark, copy = hash(key), 1
            if mark in self.seen:
                self.repeats[mark] += 1
                copy += self.repeats[mark]
            else:
                self.seen.add(mark)
            yield row, owner, fills.Place(key, copy)

    def _take(self, chunk: list[tuple[AnyRow, Owner, fills.Place]]) -> None:
        known = fills.by_keys(self.care_file, {place.key for _, _, place in chunk if place.key})
        added: list[tuple[Any, ...]] = []
        completed: list[tuple[int, fills.Told]] = []
        for row, owner, place in chunk:
            if not isinstance(row, FillRow) or owner.patient_id is None:
                self._pass_over(row, owner)
                continue
            told = fills.Told(row.drug_class, row.atc, row.quantity)
            outcome = RowOutcome.UNCHANGED
            if place not in known:
                outcome = RowOutcome.NEW
                added.append(
                    (owner.patient_id, row.drug, row.filled_on.isoformat(), row.days_supply,
                     *told, *place, self.job.run_id)
                )  # fmt: skip
            elif (now := known[place][1].completed(told)) != known[place][1]:
                outcome = RowOutcome.UPDATED
                completed.append((known[place][0], now))
            self._note(row, outcome, owner)
        # By key, so that one patient's fills stand together and the index grows in few places
        fills.add_all(self.care_file, sorted(added, key=itemgetter(7)))
        fills.complete_all(self.care_file, completed)

    def _pass_over(self, row: AnyRow, owner: Owner) -> None:
        """Note a row that becomes no fill: skipped, or rejected with what is wrong."""
        if isinstance(row, Rejected):
            self.job.account.reject(row, **self._details(None))
        elif isinstance(row, Skipped):
            self._skip(row.line, row.record, row.reason)
        elif isinstance(row, BadFill) and owner.patient_id is not None:
            self.job.account.reject(row.rejected, **self._details(owner.patient_id))
        else:
            line, record, cells = _where(row)
            if not owner.fault:
                self._skip(line, record, owner.reason)
                return
            layout = self.job.layout
            position = layout.columns.get(owner.fault, layout.columns.get("last"))
            column = "" if position is None else layout.header[position]
            value = "" if position is None else cells[position].strip()
            wrong = Rejected(line, record, column, value, owner.reason, cells)
            self.job.account.reject(wrong, **self._details(None))

    def _skip(self, line: int, record: int, reason: str) -> None:
        self.skipped[reason] += 1
        account = self.job.account
        account.note(line, record, RowOutcome.SKIPPED, reason=reason, **self._details(None))

    def _note(self, row: FillRow, outcome: RowOutcome, owner: Owner) -> None:
        account = self.job.account
        if not account.keep_rows:
            account.note(row.line, row.record, outcome)
            return
        details = self._details(owner.patient_id)
        details.update(drug=row.drug, filled_on=row.filled_on, days_supply=row.days_supply)
        account.note(row.line, row.record, outcome, reason=owner.reason, **details)

    def _details(self, patient_id: int | None) -> dict[str, Any]:
        """What a record of `--rows` shows of whose it is."""
        if patient_id is None:
            return _NOTHING
        number = None if self.job.session.mask else self.numbers.get(patient_id)
        return {**_NOTHING, "patient": f"P{patient_id}", "mrn": number}


def _where(row: FillRow | BadFill) -> tuple[int, int, tuple[str, ...]]:
    if isinstance(row, BadFill):
        return row.rejected.line, row.rejected.record, row.rejected.cells
    return row.line, row.record, row.cells


class Register:
    """Who is on file, by every number that they have, and by name and birth date."""

    def __init__(self, roster: Roster, sender: str) -> None:
        self.roster = roster
        self.ours = {PRACTICE, ROSTER, fold(sender)}
        self.by_number: dict[str, list[tuple[str, int]]] = defaultdict(list)
        for patient_id, person in roster.people.items():
            for issuer, number in person.numbers:
                self.by_number[number].append((issuer, patient_id))

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
        proven = [one for one in sorted(others) if _bears_out(row, self.roster.people[one])]
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
        if match and field == "patient_id" and not mine and int(match[1]) in self.roster.people:
            mine.add(int(match[1]))
        return mine, foreign

    def _ours(self, row: Person, ids: set[int], fault: str) -> Owner:
        """The one among those with the number against whom nothing on the row speaks."""
        if not ids:
            return Owner(None, "its numbers belong to different patients", fault)
        against = {one: _against(row, self.roster.people[one]) for one in sorted(ids)}
        fits = [one for one, reason in against.items() if not reason]
        if len(fits) == 1:
            return Owner(fits[0], "number, nothing against it")
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
