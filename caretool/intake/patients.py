"""A row of a roster: a person, a reason to pass it over, or a reason to reject it.

Kept is everybody who is named, also without a birth date. Rejected are rows that name nobody, and
those whose birth date, name, status or tier cannot be read: taken in, they would mislead. What
else cannot be read (a ZIP code, a phone number, a way of contact) is left out and said.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, TypeVar

from caretool.intake import roster_words, values
from caretool.intake.rows import Rejected, RowReader, Skipped, read_rows
from caretool.model import MEMBER, PRACTICE, ROSTER, CloseReason, Identifier, PatientRecord, Status
from caretool.names import fold

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import date

    from caretool.intake.layout import Layout
    from caretool.intake.listing import Listing
    from caretool.intake.roster_words import Stand
    from caretool.model import Source, Tier

__all__ = ["Rejected", "RosterRow", "Skipped", "read_patients"]

T = TypeVar("T")
_PHONES = ("phone", "home_phone", "mobile_phone", "work_phone")
_YES = frozenset({"y", "yes", "1", "true"})


class RosterRow(NamedTuple):
    """One person as a roster tells of them; what it does not say is None or empty in `person`."""

    line: int
    record: int
    person: PatientRecord
    """Its first identifier that is no member number is the record number, if there is one."""
    left_out: tuple[str, ...]
    """Headings of the cells that say something which cannot be read."""
    cells: list[str]


def read_patients(
    listing: Listing, layout: Layout, today: date, issuer: str = PRACTICE
) -> Iterator[RosterRow | Skipped | Rejected]:
    """Each record of the file as a person, skipped or rejected, in the order of the file.

    `issuer` is whose record numbers these are, where the file does not say it itself.
    """
    reader = _Reader(layout, today, issuer)
    yield from read_rows(listing, reader, reader.row)


class _Reader(RowReader):
    """Reads a roster by its layout."""

    evidence = ("birth_date", "mrn", "patient_id", "member_id")

    def __init__(self, layout: Layout, today: date, issuer: str) -> None:
        super().__init__(layout, today)
        self.issuer = PRACTICE if fold(issuer) == PRACTICE else issuer
        # In a file without record numbers the software's key is the number that the practice uses
        self.key_issuer = ROSTER if "mrn" in layout.columns else self.issuer
        self.phones = tuple(field for field in _PHONES if field in layout.columns)
        self.lost: list[str] = []

    def is_remark(self, cells: list[str]) -> bool:
        """Also two texts alone are about somebody when they are a last and a first name."""
        return super().is_remark(cells) and not self._names_somebody(cells)

    def _names_somebody(self, cells: list[str]) -> bool:
        last, first = self.text(cells, "last") or "", self.text(cells, "first") or ""
        if "name" in self.columns:
            last, _, first = (self.text(cells, "name") or "").partition(",")
            if not first.strip()[:1].isupper():  # "Confidential, do not share"
                return False
        return bool(last and first) and not any(c.isdigit() or c == ":" for c in last + first)

    def row(self, line: int, record: int, cells: list[str]) -> RosterRow:
        """The person of this row. Raises CellError when it cannot be used."""
        self.lost = []
        text = self.text
        name = self.name(cells)
        if not fold(name.last) and not fold(name.first):
            raise self.bad(cells, "name" if "name" in self.columns else "last", "nobody is named")
        status, reason = self._stand(cells)
        source, referred_by = self._source(cells)
        person = PatientRecord(
            name=name,
            birth_date=self._past(cells, "birth_date"),
            sex=self._read(cells, "sex", self.sex),
            identifiers=self._identifiers(cells),
            phones=self._phones(cells),
            zip=self._read(cells, "zip", values.clean_zip),
            address=self._address(cells),
            language=text(cells, "language"),
            channel=self._read(cells, "channel", roster_words.channel),
            source=source,
            referred_by=referred_by,
            conditions=roster_words.conditions(text(cells, "conditions") or ""),
            status=status,
            close_reason=reason,
            tier=self._tier(cells),
        )
        return RosterRow(line, record, person, tuple(self.lost), cells)

    def _read(self, cells: list[str], field: str, clean: Callable[[str], T | None]) -> T | None:
        """The value of a cell; one that says something unreadable is noted as left out."""
        cell = cells[self.at[field]]
        value = clean(cell) if cell else None
        if value is None and cell and not values.is_empty(cell):
            self.lost.append(self.layout.header[self.at[field]])
        return value

    def _past(self, cells: list[str], field: str) -> date | None:
        day = self.day(cells, field)
        if day is not None and day > self.today:
            raise self.bad(cells, field, f"is after today, {self.today.isoformat()}")
        return day

    def _identifiers(self, cells: list[str]) -> tuple[Identifier, ...]:
        """Record number, the practice software's own key, and the health plan's number."""
        issuer = self.text(cells, "issuer") or self.issuer
        if issuer is not self.issuer and fold(issuer) == PRACTICE:
            issuer = PRACTICE
        found = []
        for whose, field in (
            (issuer, "mrn"),
            (self.key_issuer, "patient_id"),
            (MEMBER, "member_id"),
        ):
            number = self._read(cells, field, values.clean_id)
            if number and fold(number):
                found.append(Identifier(whose, number))
        return tuple(found)

    def _phones(self, cells: list[str]) -> tuple[str, ...]:
        numbers = [self._read(cells, field, values.clean_phone) for field in self.phones]
        return tuple(dict.fromkeys([number for number in numbers if number]))

    def _address(self, cells: list[str]) -> str | None:
        street = values.clean_text(cells[self.at["address"]])
        town = (self.text(cells, "city"), self.text(cells, "state"))
        return ", ".join([part for part in (street, *town) if part]) or None

    def _source(self, cells: list[str]) -> tuple[Source | None, str | None]:
        """How they came, and by whom: a source that is no word of ours names who referred them."""
        text, referred_by = self.text(cells, "source"), self.text(cells, "referred_by")
        source = roster_words.source(text) if text else None
        return source, referred_by or (text if source is None else None)

    def _tier(self, cells: list[str]) -> Tier | None:
        text = self.text(cells, "tier")
        tier = roster_words.tier(text) if text else None
        if text and tier is None:
            works = roster_words.words_that_work("tier")
            raise self.bad(cells, "tier", f"is not a tier; words that work: {works}")
        return tier

    def _stand(self, cells: list[str]) -> Stand | tuple[None, None]:
        """The status that the row states; a date or sign of death says deceased."""
        died = self._past(cells, "death_date")
        if died or (self.text(cells, "death_flag") or "").casefold() in _YES:
            return Status.CLOSED, CloseReason.DECEASED
        text = self.text(cells, "status")
        if not text:
            return None, None
        stand = roster_words.status(text)
        if stand is None:
            works = roster_words.words_that_work("status")
            raise self.bad(cells, "status", f"is not a status; words that work: {works}")
        return stand
