"""A row of a discharge list: a stay, a reason to pass it over, or a reason to reject it.

Passed over (skipped) are rows that are no discharge of anyone: still in hospital, office visits,
repeated headers, totals, footers. Rejected are rows meant as a discharge that cannot be used; they
name the column, the value and the reason, so that the row can be corrected.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from caretool.errors import FileError
from caretool.intake import values, vocabulary
from caretool.intake.reader import is_blank, misfit
from caretool.model import Name, PatientClass
from caretool.names import fold, id_key

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date, time

    from caretool.intake.layout import Layout
    from caretool.intake.reader import Table

# A newborn's first stay begins with the birth and is nobody's discharge home. Until there is a name,
# desks write one of these words for it, and now and then a birth date after the mother's stay.
_NEWBORN_DAYS = 1
_NEWBORN_WORDS = frozenset({"baby", "babyboy", "babygirl", "bb", "bg", "newborn", "infant", "twin"})
_FIRST_YEAR = 366
_NO_NAME = Name("", "")
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


class Skipped(NamedTuple):
    """A row about nobody's stay, with the reason."""

    line: int
    record: int
    reason: str


class Rejected(NamedTuple):
    """A row that cannot be used: which column, which value, why; and its cells as they were."""

    line: int
    record: int
    column: str
    value: str
    reason: str
    cells: tuple[str, ...]


class _BadCell(Exception):
    """A cell that makes its row unusable."""

    def __init__(self, field: str, value: str, reason: str) -> None:
        super().__init__(reason)
        self.field = field
        self.value = value
        self.reason = reason


def read_discharges(
    table: Table, layout: Layout, today: date
) -> Iterator[StayRow | Skipped | Rejected]:
    """Each record of the file as a stay, skipped or rejected, in the order of the file.

    `layout` knows where each field stands and how its dates are written. Nothing is looked up:
    whether a row is about a known patient is not decided here.
    """
    reader = _Reader(layout, today)
    width = len(table.header)
    header = tuple(text.casefold() for text in table.header)
    for line, record, cells in table:
        if is_blank(cells):
            yield Skipped(line, record, "empty row")
            continue
        if tuple(" ".join(cell.split()).casefold() for cell in cells[:width]) == header:
            yield Skipped(line, record, "the header again")
            continue
        wrong = misfit(cells, width, layout.needed)
        if reader.is_remark(cells):
            yield Skipped(line, record, "a total, title or footer")
            continue
        if wrong:
            yield Rejected(line, record, "", "", f"the row {wrong}", tuple(cells))
            continue
        try:
            yield reader.stay(line, record, cells)
        except _BadCell as bad:
            column = layout.columns.get(bad.field)
            heading = "" if column is None else table.header[column]
            yield Rejected(line, record, heading, bad.value, bad.reason, tuple(cells))


class _Reader:
    """Reads the cells of one file by its layout."""

    def __init__(self, layout: Layout, today: date) -> None:
        self.layout = layout
        self.today = today
        self.columns = layout.columns
        missing = [field for field in ("birth_date", "discharge") if field not in layout.columns]
        if missing:
            msg = f"no column for {missing[0]}"
            raise FileError(msg, "a discharge list has birth dates and discharge dates")

    def text(self, cells: list[str], field: str) -> str | None:
        position = self.columns.get(field)
        if position is None or position >= len(cells):
            return None
        return values.clean_text(cells[position])

    def is_remark(self, cells: list[str]) -> bool:
        """A row of one or two texts with neither birth date, number nor a date of a stay."""
        if sum(1 for cell in cells if cell.strip()) > 2:  # noqa: PLR2004
            return False
        fields = ("birth_date", "discharge", "admit", "mrn", "practice_mrn", "member_id")
        return not any(
            any(c.isdigit() for c in self.text(cells, field) or "") and self._dated(cells, field)
            for field in fields
        )

    def _dated(self, cells: list[str], field: str) -> bool:
        if field not in self.layout.dates:
            return " " not in (self.text(cells, field) or "")
        try:
            return self.moment(cells, field) is not None
        except _BadCell:
            return False

    def moment(self, cells: list[str], field: str) -> tuple[date, time | None] | None:
        position = self.columns.get(field)
        if position is None or position >= len(cells):
            return None
        try:
            return self.layout.dates[field].read(cells[position])
        except ValueError as error:
            raise _BadCell(field, cells[position].strip(), str(error)) from None

    def name(self, cells: list[str]) -> Name:
        """The person's name; the cells as they are, for `Na` and `Null` are surnames too."""
        field = "name" if "name" in self.columns else "last"
        raw = {
            part: cells[at].strip()
            for part in ("name", "last", "first", "middle", "suffix")
            if (at := self.columns.get(part)) is not None and at < len(cells)
        }
        try:
            if field == "name":
                return values.split_name(raw["name"]) if raw.get("name") else _NO_NAME
            last, first = raw.get("last", ""), raw.get("first", "")
            if values.is_empty(last) and values.is_empty(first):
                return _NO_NAME
            middle, suffix = raw.get("middle", ""), raw.get("suffix", "")
            return values.name_from_parts(last, first, middle, suffix)
        except ValueError as error:
            if str(error) == "is empty":
                return _NO_NAME
            raise _BadCell(field, "", f"the name {error}") from None

    def stay(self, line: int, record: int, cells: list[str]) -> StayRow:
        """The stay that this row tells of. Raises _BadCell when it cannot be used."""
        text = self.text
        born = self.moment(cells, "birth_date")
        admitted = self.moment(cells, "admit")
        discharged = self.moment(cells, "discharge")
        died = self.moment(cells, "death_date")
        told = text(cells, "disposition")
        disposition = vocabulary.disposition_code(told) if told else None
        if disposition is None and self._has_died(cells, died):
            disposition = "20"
        kind = self.patient_class(cells)
        event = text(cells, "event")
        row = StayRow(
            line=line,
            record=record,
            name=self.name(cells),
            birth_date=born[0] if born else None,
            sex=values.clean_sex(text(cells, "sex") or ""),
            zip=values.clean_zip(text(cells, "zip") or ""),
            phone=values.clean_phone(text(cells, "phone") or ""),
            record_number=values.clean_id(text(cells, "mrn") or ""),
            practice_number=values.clean_id(text(cells, "practice_mrn") or ""),
            member_number=values.clean_id(text(cells, "member_id") or ""),
            facility=text(cells, "facility"),
            visit=values.clean_id(text(cells, "visit") or ""),
            patient_class=kind,
            admitted_on=admitted[0] if admitted else None,
            discharged_on=discharged[0] if discharged else None,
            discharged_at=discharged[1] if discharged else None,
            disposition=disposition,
            disposition_text=told,
            diagnosis=text(cells, "diagnosis"),
            cancels=bool(event) and vocabulary.cancels(event or ""),
            skip=None,
            newborn=False,
        )
        self._check(row, cells)
        return row._replace(skip=_skip_reason(row), newborn=_is_newborn(row))

    def patient_class(self, cells: list[str]) -> PatientClass:
        """The kind of stay; a second column about it is asked where the first says nothing."""
        first = self.columns.get("patient_class")
        if first is None:
            return PatientClass.UNKNOWN
        for position in (first, *self.layout.passed_over.get("patient_class", ())):
            if position < len(cells):
                kind = vocabulary.patient_class(cells[position])
                if kind != PatientClass.UNKNOWN:
                    return kind
        return PatientClass.UNKNOWN

    def _has_died(self, cells: list[str], died: tuple[date, time | None] | None) -> bool:
        flag = (self.text(cells, "death_flag") or "").casefold()
        return died is not None or flag in {"y", "yes", "1", "true"}

    def _check(self, row: StayRow, cells: list[str]) -> None:
        """Refuse what cannot be: nobody named, the future, an order of dates that is impossible."""
        numbers = (row.record_number, row.practice_number, row.member_number)
        if not row.name.last and not row.name.first and not any(numbers):
            raise _BadCell("name", "", "neither a name nor a number says who this is")
        if row.admitted_on is None and row.discharged_on is None:
            raise _BadCell("discharge", "", "neither a discharge nor an admission date")
        for field, day in (
            ("birth_date", row.birth_date),
            ("admit", row.admitted_on),
            ("discharge", row.discharged_on),
        ):
            if day is not None and day > self.today:
                reason = f"is after today, {self.today.isoformat()}"
                raise _BadCell(field, self._cell(cells, field), reason)
        if row.discharged_on and row.admitted_on and row.discharged_on < row.admitted_on:
            raise _BadCell("discharge", self._cell(cells, "discharge"), "is before the admission")
        first_day = row.admitted_on or row.discharged_on
        newborn = _is_newborn(row)
        if row.birth_date and first_day and row.birth_date > first_day and not newborn:
            raise _BadCell("birth_date", self._cell(cells, "birth_date"), "is after the stay")

    def _cell(self, cells: list[str], field: str) -> str:
        position = self.columns.get(field)
        return "" if position is None else cells[position].strip()


def _skip_reason(row: StayRow) -> str | None:
    if row.cancels:
        return None
    if row.disposition in _IGNORED:
        return _IGNORED[row.disposition]
    if row.discharged_on is None:
        return "still in hospital"
    if row.patient_class == PatientClass.AMBULATORY:
        return "an office visit, not a stay"
    return None


def _is_newborn(row: StayRow) -> bool:
    if row.birth_date is None:
        return False
    last_day = row.discharged_on or row.admitted_on
    first_day = row.admitted_on or last_day
    if first_day is None or last_day is None:
        return False
    if 0 <= (first_day - row.birth_date).days <= _NEWBORN_DAYS:
        return True
    unnamed = not _NEWBORN_WORDS.isdisjoint(row.name.first.casefold().split())
    return unnamed and abs((last_day - row.birth_date).days) < _FIRST_YEAR


def stay_key(row: StayRow, issuer: str) -> str:
    """What makes two rows tell of one stay.

    Facility (else the sender) and visit number; without one, facility, person, day and kind of
    stay. The person is the number on the row, else name and birth date (rulebook section 10).
    """
    sender = fold(row.facility or issuer)
    if row.visit:
        return f"v|{sender}|{id_key(row.visit)}"
    number = row.practice_number or row.record_number or row.member_number
    born = row.birth_date.isoformat() if row.birth_date else ""
    name = f"{fold(row.name.last)},{fold(row.name.first)},{born}"
    who = id_key(number) if number else name
    day = row.admitted_on or row.discharged_on
    return f"p|{sender}|{who}|{day}|{row.patient_class}"
