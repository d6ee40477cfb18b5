"""A row of a discharge list: a stay, a reason to pass it over, or a reason to reject it.

Passed over (skipped) are rows that are no discharge of anyone: still in hospital, office visits,
repeated headers, totals, footers. Rejected are rows meant as a discharge that cannot be used; they
name the column, the value and the reason, so that the row can be corrected.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from caretool.errors import FileError
from caretool.intake import values, vocabulary
from caretool.intake.rows import Memo, Rejected, RowReader, Skipped, read_rows
from caretool.model import PatientClass
from caretool.names import fold, id_key

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date, time

    from caretool.intake.layout import Layout
    from caretool.intake.reader import Table
    from caretool.model import Name

__all__ = ["Rejected", "Skipped", "StayRow", "read_discharges", "stay_key"]

# A newborn's first stay begins with the birth and is nobody's discharge home. Until there is a
# name, desks write one of these words, and now and then a birth date after the mother's stay.
_NEWBORN_DAYS = 1
_NEWBORN_WORDS = frozenset({"baby", "babyboy", "babygirl", "bb", "bg", "newborn", "infant", "twin"})
_FIRST_YEAR = 366
_DEATHS = frozenset({"20", "40", "41", "42"})
_NO_DEATH_UNTIL = 2000  # senders write a day up to then for "none"
_IGNORED = {"09": "admitted, not discharged", "30": "still in hospital"}


class StayRow(NamedTuple):
    """One stay as a list tells it; what the list does not say is None or empty."""

    line: int
    record: int
    name: Name
    birth_date: date | None
    sex: str | None
    zip: str | None
    phone: str | None
    record_number: str | None
    practice_number: str | None
    member_number: str | None
    facility: str | None
    visit: str | None
    patient_class: PatientClass
    admitted_on: date | None
    discharged_on: date | None
    discharged_at: time | None
    disposition: str | None
    disposition_text: str | None
    diagnosis: str | None
    cancels: bool
    skip: str | None
    """Why this is no discharge, although it is a row about a stay: `still in hospital` …"""
    newborn: bool


def read_discharges(
    table: Table, layout: Layout, today: date
) -> Iterator[StayRow | Skipped | Rejected]:
    """Each record of the file as a stay, skipped or rejected, in the order of the file.

    `layout` knows where each field stands and how its dates are written. Nothing is looked up:
    whether a row is about a known patient is not decided here.
    """
    reader = _Reader(layout, today)
    yield from read_rows(table, reader, reader.stay)


class _Reader(RowReader):
    """Reads a discharge list by its layout."""

    evidence = ("birth_date", "discharge", "admit", "mrn", "practice_mrn", "member_id")

    def __init__(self, layout: Layout, today: date) -> None:
        super().__init__(layout, today)
        missing = [field for field in ("birth_date", "discharge") if field not in layout.columns]
        if missing:
            msg = f"no column for {missing[0]}"
            raise FileError(msg, "a discharge list has birth dates and discharge dates")
        # Positions and memos of the cells that every row asks for, looked up once for the file
        at = self.at
        self.sexes, self.sex_at = Memo("sex", values.clean_sex), at["sex"]
        self.zips, self.zip_at = Memo("zip", values.clean_zip), at["zip"]
        self.told_at = at["disposition"]
        self.codes = Memo("disposition", vocabulary.disposition_code)
        self.facility_at, self.diagnosis_at = at["facility"], at["diagnosis"]
        self.numbers_at = tuple(at[field] for field in ("mrn", "practice_mrn", "member_id"))
        self.visit_at, self.phone_at = at["visit"], at["phone"]
        self.has_event = "event" in layout.columns
        self.has_death = not {"death_date", "death_flag"}.isdisjoint(layout.columns)

    def stay(self, line: int, record: int, cells: list[str]) -> StayRow:
        """The stay that this row tells of. Raises CellError when it cannot be used."""
        texts, clean_id = self.texts, values.clean_id
        born = self.day(cells, "birth_date")
        admitted = self.day(cells, "admit")
        discharged, at = self.moment(cells, "discharge") or (None, None)
        told = texts[cells[self.told_at]]
        disposition = self.codes[told] if told else None
        if self.has_death and disposition not in _DEATHS and self._has_died(cells):
            disposition = "20"
        kind = self.patient_class(cells)
        event = self.text(cells, "event") if self.has_event else None
        cancels = event is not None and vocabulary.cancels(event)
        name = self.name(cells)
        newborn = born is not None and _is_newborn(name, born, admitted, discharged)
        theirs, ours, plans = (clean_id(cells[position]) for position in self.numbers_at)
        if not (name.last or name.first or theirs or ours or plans):
            raise self.bad(cells, "name", "neither a name nor a number says who this is")
        self._check(cells, born, admitted, discharged, newborn=newborn)
        return StayRow(
            line,
            record,
            name,
            born,
            self.sexes[cells[self.sex_at]],
            self.zips[cells[self.zip_at]],
            values.clean_phone(cells[self.phone_at]),
            theirs,
            ours,
            plans,
            texts[cells[self.facility_at]],
            clean_id(cells[self.visit_at]),
            kind,
            admitted,
            discharged,
            at,
            disposition,
            told,
            texts[cells[self.diagnosis_at]],
            cancels,
            None if cancels else _skip_reason(disposition, discharged, kind),
            newborn,
        )

    def patient_class(self, cells: list[str]) -> PatientClass:
        """The kind of stay; a second column about it is asked where the first says nothing."""
        first = self.columns.get("patient_class")
        if first is None:
            return PatientClass.UNKNOWN
        for position in (first, *self.layout.passed_over.get("patient_class", ())):
            kind = vocabulary.patient_class(cells[position])
            if kind != PatientClass.UNKNOWN:
                return kind
        return PatientClass.UNKNOWN

    def _has_died(self, cells: list[str]) -> bool:
        died = self.day(cells, "death_date")
        if died is not None and died.year > _NO_DEATH_UNTIL:
            return True
        return self.cell(cells, "death_flag").casefold() in {"y", "yes", "1", "true"}

    def _check(
        self,
        cells: list[str],
        born: date | None,
        admitted: date | None,
        discharged: date | None,
        *,
        newborn: bool,
    ) -> None:
        """Refuse what cannot be: no date of the stay, the future, an impossible order of dates."""
        first_day = admitted or discharged
        if first_day is None:
            raise self.bad(cells, "discharge", "neither a discharge nor an admission date")
        for field, day in (("birth_date", born), ("admit", admitted), ("discharge", discharged)):
            if day is not None and day > self.today:
                raise self.bad(cells, field, f"is after today, {self.today.isoformat()}")
        if discharged is not None and discharged < first_day:
            raise self.bad(cells, "discharge", "is before the admission")
        if born is not None and born > first_day and not newborn:
            raise self.bad(cells, "birth_date", "is after the stay")


def _skip_reason(
    disposition: str | None, discharged: date | None, kind: PatientClass
) -> str | None:
    if disposition in _IGNORED:
        return _IGNORED[disposition]
    if discharged is None:
        return "still in hospital"
    if kind == PatientClass.AMBULATORY:
        return "an office visit, not a stay"
    return None


def _is_newborn(name: Name, born: date, admitted: date | None, discharged: date | None) -> bool:
    first_day, last_day = admitted or discharged, discharged or admitted
    if first_day is None or last_day is None or first_day.year - born.year > 1:
        return False
    if 0 <= (first_day - born).days <= _NEWBORN_DAYS:
        return True
    unnamed = not _NEWBORN_WORDS.isdisjoint(name.first.casefold().split())
    return unnamed and abs((last_day - born).days) < _FIRST_YEAR


def stay_key(row: StayRow, issuer: str) -> str:
    """What makes two rows tell of one stay.

    Facility (else the sender) and visit number; without one, facility, person, day and kind of
    stay. The person is the number on the row, else name and birth date (rulebook section 10); a
    family may share a health plan's number.
    """
    sender = fold(row.facility or issuer)
    if row.visit:
        return f"v|{sender}|{id_key(row.visit)}"
    number = row.practice_number or row.record_number
    if not number and not (row.name.last or row.name.first):
        number = row.member_number
    born = row.birth_date.isoformat() if row.birth_date else ""
    name = f"{fold(row.name.last)},{fold(row.name.first)},{born}"
    who = id_key(number) if number else name
    day = row.admitted_on or row.discharged_on
    return f"p|{sender}|{who}|{day}|{row.patient_class}"
