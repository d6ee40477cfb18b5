"""A row of a pharmacy's fills: a fill, a reason to pass it over, or a reason to reject it.

Days' supply drives everything that is computed from fills, so it is never guessed, least of all
from the quantity. A claim taken back (negative quantity, or a column that says so) is passed over
and named; taking the first claim off again is not handled yet.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from caretool.intake import values
from caretool.intake.rows import (
    NO_NAME,
    CellError,
    Memo,
    Rejected,
    RowReader,
    Skipped,
    read_rows,
)
from caretool.names import fold

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date

    from caretool.intake.layout import Layout
    from caretool.intake.listing import Listing
    from caretool.model import Name

MAX_DAYS = 366

_NUMBER = re.compile(r"([+-]?)0*(\d+)(?:\.(\d+?)0*)?", re.ASCII)
# What the reversal column of a claim says, folded; B2 is NCPDP's transaction code
_TAKEN_BACK = re.compile(r"y|yes|true|t|1|r|rev|x|b2|(revers|void|cancel).*")
_REFUSED = re.compile(r"(denied|deny|reject).*")
_REVERSAL = "a reversal; the fill that it takes back still counts (not handled yet)"
_TOTALS = ("total", "subtotal", "grandtotal")


class Who(NamedTuple):
    """Whom a row is about, as it says; what it does not say is None or empty."""

    record_number: str | None
    patient_number: str | None
    member_number: str | None
    name: Name
    birth_date: date | None
    sex: str | None


class FillRow(NamedTuple):
    """One dispensing as a pharmacy tells it; what it does not say is None."""

    line: int
    record: int
    who: Who
    drug: str
    drug_class: str | None
    atc: str | None
    filled_on: date
    days_supply: int
    quantity: str | None
    cells: tuple[str, ...]


class BadFill(NamedTuple):
    """A row about somebody that cannot be used; it matters only if that is a patient on file."""

    who: Who
    rejected: Rejected


def read_fills(
    listing: Listing, layout: Layout, today: date
) -> Iterator[FillRow | BadFill | Skipped | Rejected]:
    """Each record of the file as a fill, skipped or rejected, in the order of the file."""
    reader = _Reader(layout, today)
    yield from read_rows(listing, reader, reader.fill)


class _Reader(RowReader):
    """Reads a file of fills by its layout."""

    evidence = ("fill_date", "birth_date", "mrn", "patient_id", "member_id")

    def __init__(self, layout: Layout, today: date) -> None:
        super().__init__(layout, today)
        self.days = Memo("days_supply", days_supply)
        self.quantities = Memo("quantity", _plain_number)
        self.claims = Memo("reversal", _no_fill)
        self.named = bool({"name", "last"} & layout.columns.keys())

    def is_remark(self, cells: list[str]) -> bool:
        """As in other files; or a row of sums, which has no date and begins with `Total`."""
        if super().is_remark(cells):
            return True
        if self.cell(cells, "fill_date"):
            return False
        first = next(cell for cell in cells if cell.strip())
        return fold(first).startswith(_TOTALS)

    def fill(self, line: int, record: int, cells: list[str]) -> FillRow | BadFill | Skipped:
        """The fill that this row tells of. Raises CellError when it does not say whose it is."""
        claim = self.claims[self.cell(cells, "reversal")]
        if claim or self.cell(cells, "quantity").startswith("-"):
            return Skipped(line, record, claim or _REVERSAL)
        who = self._who(cells)
        try:
            return FillRow(
                line=line,
                record=record,
                who=who,
                drug=self._drug(cells),
                drug_class=self.text(cells, "drug_class"),
                atc=self.text(cells, "atc"),
                filled_on=self._filled_on(cells),
                days_supply=self._days_supply(cells),
                quantity=self.quantities[self.cell(cells, "quantity")],
                cells=tuple(cells),
            )
        except CellError as bad:
            return BadFill(who, self.rejected(line, record, cells, bad))

    def _who(self, cells: list[str]) -> Who:
        who = Who(
            self.number(cells, "mrn"),
            self.number(cells, "patient_id"),
            self.number(cells, "member_id"),
            self.name(cells) if self.named else NO_NAME,
            self.day(cells, "birth_date"),
            self.sex(self.cell(cells, "sex")) if self.named else None,
        )
        if not (who.record_number or who.patient_number or who.member_number or _is_full(who)):
            raise self.bad(cells, "mrn", "neither a number nor a name with birth date says who")
        return who

    def _drug(self, cells: list[str]) -> str:
        drug = self.text(cells, "drug")
        if drug is None:
            raise self.bad(cells, "drug", "is empty; a fill names its medicine")
        return drug

    def _filled_on(self, cells: list[str]) -> date:
        day = self.day(cells, "fill_date")
        if day is None:
            raise self.bad(cells, "fill_date", "is empty; a fill has a date")
        if day > self.today:
            reason = f"is after today, {self.today.isoformat()}"
            raise self.bad(cells, "fill_date", reason)
        return day

    def _days_supply(self, cells: list[str]) -> int:
        days: int | CellError = self.days[self.cell(cells, "days_supply")]
        if isinstance(days, CellError):
            raise days.with_traceback(None)
        return days


def _is_full(who: Who) -> bool:
    return bool(who.name.last and who.name.first and who.birth_date)


def _no_fill(said: str) -> str | None:
    """Why nothing was dispensed, if that is what the column about the claim says."""
    if _TAKEN_BACK.fullmatch(fold(said)):
        return _REVERSAL
    return "a claim that was refused" if _REFUSED.fullmatch(fold(said)) else None


def days_supply(text: str) -> int:
    """The days that a fill lasts: a whole number from 1 to 366, `30.0` also.

    Raises:
        ValueError: anything else; the text says what is wrong with it.
    """
    if values.is_empty(text):
        msg = "is empty; days' supply is never guessed"
        raise ValueError(msg)
    match = _NUMBER.fullmatch(text)
    if match is None:
        msg = "is not a number of days"
        raise ValueError(msg)
    sign, whole, fraction = match.groups()
    if fraction and fraction.strip("0"):
        msg = "is not a whole number of days"
        raise ValueError(msg)
    days = int(whole) if len(whole) <= len(str(MAX_DAYS)) else MAX_DAYS + 1
    if sign == "-" and days:
        msg = "is negative"
        raise ValueError(msg)
    if not 1 <= days <= MAX_DAYS:
        msg = f"is not within 1 to {MAX_DAYS} days"
        raise ValueError(msg)
    return days


def _plain_number(text: str) -> str | None:
    """The quantity without zeros that say nothing, so that `30` and `30.000` are the same."""
    match = _NUMBER.fullmatch(text)
    if match is None:
        return values.clean_text(text)
    sign, whole, fraction = match.groups()
    fraction = (fraction or "").rstrip("0")
    return sign.strip("+") + whole + (f".{fraction}" if fraction else "")
