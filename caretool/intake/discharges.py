"""A row of a discharge list: a stay, a reason to pass it over, or a reason to reject it.

Passed over (skipped) are rows that are no discharge of anyone: still in hospital, office visits,
repeated headers, totals, footers. Rejected are rows meant as a discharge that cannot be used; they
name the column, the value and the reason, so that the row can be corrected.
"""

from __future__ import annotations

import re
from datetime import date
from typing import TYPE_CHECKING, NamedTuple

from caretool.intake import values, vocabulary
from caretool.intake.feeds import UNREADABLE
from caretool.intake.person_names import is_test_patient
from caretool.intake.rows import Memo, Rejected, RowReader, Skipped, read_rows
from caretool.model import PatientClass
from caretool.names import fold, id_key

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import time

    from caretool.intake.layout import Layout
    from caretool.intake.listing import Listing
    from caretool.intake.vocabulary import EventKind
    from caretool.model import Name, Sex

__all__ = ["Rejected", "Skipped", "StayRow", "read_discharges", "stay_key"]

# A newborn's first stay begins with the birth and is nobody's discharge home. Until there is a
# name, desks write one of these words, and now and then a birth date after the mother's stay.
_NEWBORN_DAYS = 1
_NEWBORN_WORDS = frozenset({"baby", "babyboy", "babygirl", "bb", "bg", "newborn", "infant", "twin"})
_FIRST_YEAR = 366
_DEATHS = frozenset({"20", "40", "41", "42"})
_NO_DEATH_UNTIL = 2000  # senders write a day up to then for "none"
_ADMITTED, _STILL_IN = "09", "30"
_IGNORED = {_ADMITTED: "admitted, not discharged", _STILL_IN: "still in hospital"}
# A feed's message that is not about stays at all, such as a laboratory result
_OTHER_MESSAGE = re.compile(r"[A-Z]{3}\^[A-Z0-9^_]*")
_NOBODY = "neither a name nor a number says who this is"
_UNDATED = "neither a discharge nor an admission date"
OFFICE_VISIT = "an office visit, not a stay"
"""Why a row is passed over that is about no stay in any bed."""
_PERSON_ONLY = "tells of a person, not of a stay"


class StayRow(NamedTuple):
    """One stay as a list tells it; what the list does not say is None or empty."""

    line: int
    record: int
    name: Name
    birth_date: date | None
    sex: Sex | None
    zip: str | None
    address: str | None
    phone: str | None
    record_number: str | None
    practice_number: str | None
    member_number: str | None
    facility: str | None
    visit: str | None
    patient_class: PatientClass
    class_text: str | None
    """The list's word for the kind of stay, where it is not known."""
    admitted_on: date | None
    discharged_on: date | None
    discharged_at: time | None
    disposition: str | None
    disposition_text: str | None
    diagnosis: str | None
    diagnosis_code: str | None
    other_last: str | None
    """A former last name, such as the maiden name."""
    prior_number: str | None
    """The record number that this person had before, in a message that joins two numbers."""
    event: EventKind
    told_at: str | None
    """When the sender wrote it, where the row says so."""
    died_on: date | None
    skip: str | None
    """Why this is no discharge, although it is a row about a stay: `still in hospital` …"""
    newborn: bool
    test_patient: bool
    """A name that software people make up: nobody, unless on the roster."""


def read_discharges(
    listing: Listing, layout: Layout, today: date
) -> Iterator[StayRow | Skipped | Rejected]:
    """Each record of the file as a stay, skipped or rejected, in the order of the file.

    `layout` knows where each field stands and how its dates are written. Nothing is looked up:
    whether a row is about a known patient is not decided here.
    """
    reader = _Reader(layout, today)
    yield from read_rows(listing, reader, reader.stay)


class _Reader(RowReader):
    """Reads a discharge list by its layout."""

    evidence = ("birth_date", "discharge", "admit", "mrn", "practice_mrn", "member_id")

    def __init__(self, layout: Layout, today: date) -> None:
        super().__init__(layout, today)
        # Positions and memos of the cells that every row asks for, looked up once for the file
        at = self.at
        self.sexes, self.sex_at = Memo("sex", self.sex), at["sex"]
        self.zips, self.zip_at = Memo("zip", values.clean_zip), at["zip"]
        self.disposition_at = at["disposition"]
        self.codes = Memo("disposition", self._code)
        self.facility_at, self.diagnosis_at = at["facility"], at["diagnosis"]
        self.numbers_at = tuple(at[field] for field in ("mrn", "practice_mrn", "member_id"))
        self.visit_at, self.phone_at = at["visit"], at["phone"]
        self.address_at, self.other_at = at["address"], at["other_last"]
        self.prior_at = at["prior_mrn"]
        self.icd = Memo("diagnosis_code", values.clean_icd10)
        self.icd_at = at["diagnosis_code"]
        self.events, self.event_at = Memo("event", vocabulary.event_kind), at["event"]
        self.has_event, self.has_moment = "event" in layout.columns, "event_time" in layout.dates
        self.kinds = Memo("patient_class", self._kind)
        first = layout.columns.get("patient_class")
        others = layout.passed_over.get("patient_class", ())
        self.classes_at = () if first is None else (first, *others)
        self.has_death = not {"death_date", "death_flag"}.isdisjoint(layout.columns)

    def stay(self, line: int, record: int, cells: list[str]) -> StayRow | Skipped:
        """The stay that this row tells of. Raises CellError when it cannot be used."""
        texts, clean_id = self.texts, values.clean_id
        event: EventKind = self.events[cells[self.event_at]] if self.has_event else "none"
        if self.has_event and (why := self._no_stay(cells, event)):
            return Skipped(line, record, why)
        born = self.day(cells, "birth_date")
        admitted = self.day(cells, "admit")
        discharged, at = self.moment(cells, "discharge") or (None, None)
        told = texts[cells[self.disposition_at]]
        disposition = self.codes[told] if told else None
        died = None
        if self.has_death:
            died = self._died_on(cells)
            if disposition not in _DEATHS and self._died_there(cells, died, discharged):
                disposition = "20"
        kind, class_text = self.patient_class(cells)
        told_at = self._written_at(cells) if self.has_moment else None
        name = self.name(cells)
        newborn = born is not None and _is_newborn(name, born, admitted, discharged)
        theirs, ours, plans = [
            clean_id(cells[position]) if cells[position] else None for position in self.numbers_at
        ]
        visit, prior, phone = cells[self.visit_at], cells[self.prior_at], cells[self.phone_at]
        if not (name.last or name.first or theirs or ours or plans):
            raise self.bad(cells, "name", _NOBODY, "nobody-named")
        if told_at and event.startswith("cancel"):
            admitted = admitted or discharged or date.fromisoformat(told_at[:10])
        if event != "merge":
            self._check(cells, born, admitted, discharged, newborn=newborn)
        return StayRow(
            line,
            record,
            name,
            born,
            self.sexes[cells[self.sex_at]],
            self.zips[cells[self.zip_at]],
            texts[cells[self.address_at]],
            values.clean_phone(phone) if phone else None,
            theirs,
            ours,
            plans,
            texts[cells[self.facility_at]] or self.layout.facility,
            clean_id(visit) if visit else None,
            kind,
            class_text,
            admitted,
            discharged,
            at,
            disposition,
            told,
            texts[cells[self.diagnosis_at]],
            self.icd[cells[self.icd_at]],
            texts[cells[self.other_at]],
            clean_id(prior) if prior else None,
            event,
            told_at,
            died,
            _skip_reason(disposition, discharged, kind),
            newborn,
            is_test_patient(name),
        )

    def _no_stay(self, cells: list[str], event: EventKind) -> str:
        """Why this message is about no stay; empty when it is. Raises CellError."""
        if event == "person":
            return _PERSON_ONLY
        text = cells[self.event_at].strip() if event == "none" else ""
        if text == UNREADABLE:
            raise self.bad(cells, "event", "the message cannot be read", "unreadable-message")
        other = _OTHER_MESSAGE.fullmatch(text)
        return f"{other[0]} is no message about a stay" if other else ""

    def is_remark(self, cells: list[str]) -> bool:
        """A message that cannot be read is a record all the same, and no footer."""
        event = self.cell(cells, "event") if self.has_event else ""
        is_message = event == UNREADABLE or _OTHER_MESSAGE.fullmatch(event)
        return not is_message and super().is_remark(cells)

    def _code(self, text: str) -> str | None:
        return vocabulary.disposition_code(text, self.layout.dispositions)

    def _kind(self, text: str) -> PatientClass:
        return vocabulary.patient_class(text, self.layout.classes)

    def _written_at(self, cells: list[str]) -> str | None:
        """When the sender wrote this row."""
        moment = self.moment(cells, "event_time")
        if moment is None:
            return None
        day, at = moment
        return f"{day.isoformat()}T{at.isoformat()}" if at else day.isoformat()

    def patient_class(self, cells: list[str]) -> tuple[PatientClass, str | None]:
        """The kind of stay, or the word for it that is not known.

        A second column about it is asked where the first says nothing.
        """
        unknown = None
        for position in self.classes_at:
            text = self.texts[cells[position]]
            if text:
                kind: PatientClass = self.kinds[text]
                if kind != PatientClass.UNKNOWN:
                    return kind, None
                unknown = unknown or text
        return PatientClass.UNKNOWN, unknown

    def _died_on(self, cells: list[str]) -> date | None:
        died = self.day(cells, "death_date")
        if died is not None and died > self.today:
            reason = f"is after today, {self.today.isoformat()}"
            raise self.bad(cells, "death_date", reason, "future-date")
        return died if died is not None and died.year > _NO_DEATH_UNTIL else None

    def _died_there(self, cells: list[str], died: date | None, left: date | None) -> bool:
        """Did the stay end by death? Whoever died on a later day had been discharged."""
        if died is not None:
            return left is None or died <= left
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
            raise self.bad(cells, "discharge", _UNDATED, "no-date")
        for field, day in (("birth_date", born), ("admit", admitted), ("discharge", discharged)):
            if day is not None and day > self.today:
                reason = f"is after today, {self.today.isoformat()}"
                raise self.bad(cells, field, reason, "future-date")
        if discharged is not None and discharged < first_day:
            raise self.bad(cells, "discharge", "is before the admission", "before-admission")
        if born is not None and born > first_day and not newborn:
            raise self.bad(cells, "birth_date", "is after the stay", "born-after-stay")


def _skip_reason(
    disposition: str | None, discharged: date | None, kind: PatientClass
) -> str | None:
    if disposition in _IGNORED:
        return _IGNORED[disposition]
    if discharged is None:
        return "still in hospital"
    if kind == PatientClass.AMBULATORY:
        return OFFICE_VISIT
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
