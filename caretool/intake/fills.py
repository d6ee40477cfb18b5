"""A row of a pharmacy's fills: a fill, a fill taken back, or a reason to pass it over or reject it.

Days' supply drives everything that is computed from fills, so it is never guessed, least of all
from the quantity. A row takes a fill back where a column says so, and where its quantity is
negative. Negative days beside no quantity may be that or a slip: the row is told as doubtful, and
counts only if there is such a fill.
"""

from __future__ import annotations

import re
from datetime import date
from operator import itemgetter
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from caretool.intake import values
from caretool.intake.drug_codes import clean_atc, clean_ndc
from caretool.intake.rows import (
    NO_NAME,
    CellError,
    Memo,
    Rejected,
    RowReader,
    Skipped,
    read_rows,
)
from caretool.intake.vocabulary import claim_state
from caretool.model import Product
from caretool.names import fold, ndc_name

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from caretool.intake.layout import Layout
    from caretool.intake.listing import Listing
    from caretool.intake.unknown_words import UnknownWords
    from caretool.intake.vocabulary import Claim
    from caretool.model import Name

T = TypeVar("T")
MAX_DAYS = 366
NEGATIVE = "is negative"
NO_DAYS = "is empty, and not one fill of that medicine and day is on file"

_NUMBER = re.compile(r"([+-]?)0*(\d+)(?:\.(\d+?)0*)?", re.ASCII)
_A_DAY = re.compile(r"(?!0+(?:\.0+)?$)\d{1,4}(?:\.\d{1,4})?", re.ASCII)
_TOTALS = ("total", "subtotal", "grandtotal")
# The columns that tell whose a fill is, and which medicine
_WHO = (
    "mrn", "patient_id", "member_id", "name", "last", "second_last", "first", "middle", "suffix",
    "birth_date", "sex",
)  # fmt: skip
_NAMING = ("drug", "ndc", "atc", "drug_class")
_PRODUCT = (*_NAMING, "per_day")
_REMEMBERED = 1 << 17


class Who(NamedTuple):
    """Whom a row is about, as it says; what it does not say is None or empty."""

    record_number: str | None
    patient_number: str | None
    member_number: str | None
    name: Name
    birth_date: date | None
    sex: str | None


class FillRow(NamedTuple):
    """One dispensing as a pharmacy tells it; a quantity that it does not say is None."""

    line: int
    record: int
    who: Who
    product: Product
    filled_on: date
    days_supply: int
    quantity: str | None
    cells: list[str]


class ReversalRow(NamedTuple):
    """A fill that is taken back."""

    line: int
    record: int
    who: Who
    product: Product
    filled_on: date
    days_supply: int | None
    """None where the row does not say."""
    otherwise: Rejected | None
    """What becomes of the row if there is no such fill, where it says too little to stand alone."""
    cells: list[str]


class BadFill(NamedTuple):
    """A row about somebody that cannot be used; it matters only if that is a patient on file."""

    who: Who
    rejected: Rejected
    is_fill: bool = True
    """Or does it take one back?"""
    drug: str = ""
    filled_on: date | None = None


_Told = tuple[Who, Product | CellError, date | CellError, int | CellError]
"""What the cells of a row say of person, medicine, day and days' supply."""


def read_fills(
    listing: Listing, layout: Layout, today: date, unknown: UnknownWords
) -> Iterator[FillRow | ReversalRow | BadFill | Skipped | Rejected]:
    """Each record of the file as what it is, in the order of the file.

    Words for what became of a claim that nobody knows are counted in `unknown`; the row is a fill.
    """
    reader = _Reader(layout, today, unknown)
    yield from read_rows(listing, reader, reader.fill)


class _Reader(RowReader):
    """Reads a file of fills by its layout.

    What the cells say of person, medicine, day and numbers is worked out once for each way of
    writing it; a cell that cannot be read is remembered as the CellError that its row ends with.
    """

    evidence = ("fill_date", "birth_date", "mrn", "patient_id", "member_id")

    def __init__(self, layout: Layout, today: date, unknown: UnknownWords) -> None:
        super().__init__(layout, today)
        self.unknown = unknown
        self.named = bool({"name", "last"} & layout.columns.keys())
        self.who_cells, self.product_cells = self._cells_of(_WHO), self._cells_of(_PRODUCT)
        self.people: dict[Any, Who | CellError] = {}
        self.products: dict[Any, Product | CellError] = {}
        self.days = self.dated = Memo("fill_date", self._filled_on)
        self.supplies = Memo("days_supply", signed_days)
        self.quantities = Memo("quantity", _plain_number)
        self.claims = Memo("reversal", claim_state)
        self.told_cells = itemgetter(
            *(self.at[field] for field in ("reversal", "fill_date", "days_supply", "quantity"))
        )

    def _cells_of(self, fields: tuple[str, ...]) -> Callable[[list[str]], Any]:
        """Takes the cells of these fields out of a row."""
        return itemgetter(*sorted(self.at[field] for field in fields if field in self.columns))

    def is_remark(self, cells: list[str]) -> bool:
        """As in other files; or a row of sums, which has no date and begins with `Total`."""
        if super().is_remark(cells):
            return True
        if self.cell(cells, "fill_date"):
            return False
        first = next(cell for cell in cells if cell.strip())
        return fold(first).startswith(_TOTALS)

    def fill(
        self, line: int, record: int, cells: list[str]
    ) -> FillRow | ReversalRow | BadFill | Skipped:
        """What this row tells of. Raises CellError when it does not say whose it is."""
        claim_text, day_text, days_text, quantity_text = self.told_cells(cells)
        claim: Claim = self.claims[claim_text]
        if claim.kind == "no fill":
            return Skipped(line, record, claim.reason)
        if claim.kind == "unknown":
            self.unknown.add(claim_text.strip())
        texts = self.who_cells(cells)
        who = self.people.get(texts) or _remember(self.people, texts, self._who(cells))
        if isinstance(who, CellError):
            raise who.with_traceback(None)
        texts = self.product_cells(cells)
        product = self.products.get(texts) or _remember(self.products, texts, self._product(cells))
        on: date | CellError = self.days[day_text]
        days: int | CellError = self.supplies[days_text]
        quantity: str | None = self.quantities[quantity_text]
        sure = bool(claim.kind == "reversed" or (quantity and quantity[0] == "-"))
        if isinstance(days, int) and days < 0 and quantity is not None and not sure:
            days = self.bad(cells, "days_supply", NEGATIVE)
        told = (who, product, on, days)
        if sure or (isinstance(days, int) and days < 0):
            return self._reversal(line, record, cells, told, sure=sure)
        if isinstance(product, Product) and isinstance(on, date) and isinstance(days, int):
            return FillRow(line, record, who, product, on, days, quantity, cells)
        return self._bad(line, record, cells, told)

    def _reversal(
        self, line: int, record: int, cells: list[str], told: _Told, *, sure: bool
    ) -> ReversalRow | BadFill:
        who, product, on, days = told
        unsaid = sure and values.is_empty(self.cell(cells, "days_supply"))
        supply = None if unsaid else days
        if (
            isinstance(product, CellError)
            or isinstance(on, CellError)
            or isinstance(supply, CellError)
        ):
            return self._bad(line, record, cells, told)._replace(is_fill=False)
        otherwise = None
        if unsaid or not sure:
            wrong = self.bad(cells, "days_supply", NO_DAYS if unsaid else NEGATIVE)
            otherwise = self.rejected(line, record, cells, wrong)
        supply = None if supply is None else abs(supply)
        return ReversalRow(line, record, who, product, on, supply, otherwise, cells)

    def _bad(self, line: int, record: int, cells: list[str], told: _Told) -> BadFill:
        """The row as one that cannot be used, by its first cell that is wrong."""
        who, product, on, _ = told
        wrong = next(said for said in told[1:] if isinstance(said, CellError))
        drug = product.name if isinstance(product, Product) else ""
        rejected = self.rejected(line, record, cells, wrong)
        return BadFill(who, rejected, True, drug, on if isinstance(on, date) else None)

    def _who(self, cells: list[str]) -> Who | CellError:
        try:
            who = Who(
                self.number(cells, "mrn"),
                self.number(cells, "patient_id"),
                self.number(cells, "member_id"),
                self.name(cells) if self.named else NO_NAME,
                self.day(cells, "birth_date"),
                self.sex(self.cell(cells, "sex")) if self.named else None,
            )
        except CellError as bad:
            return bad
        if who.record_number or who.patient_number or who.member_number or _is_full(who):
            return who
        return self.bad(cells, "mrn", "neither a number nor a name with birth date says who")

    def _product(self, cells: list[str]) -> Product | CellError:
        """The medicine: by its name, else by its NDC, else by its ATC code."""
        drug_class = self.text(cells, "drug_class") or ""
        atc, ndc = clean_atc(self.cell(cells, "atc")), clean_ndc(self.cell(cells, "ndc"))
        name = self.text(cells, "drug") or (ndc_name(ndc) if ndc else atc)
        if not name:
            field = next(one for one in _NAMING if one in self.columns)
            only = "only a class is said, not which medicine" if drug_class else "is empty"
            return self.bad(cells, field, f"{only}; a fill names its medicine")
        per_day = _plain_number(self.cell(cells, "per_day")) or ""
        return Product(name, drug_class, atc, ndc, per_day if _A_DAY.fullmatch(per_day) else "")

    def _filled_on(self, text: str) -> date:
        """The day of a fill. Raises ValueError."""
        moment = self.layout.dates["fill_date"].read(text)
        if moment is None:
            msg = "is empty; a fill has a date"
            raise ValueError(msg)
        if moment[0] > self.today:
            msg = f"is after today, {self.today.isoformat()}"
            raise ValueError(msg)
        return moment[0]


def _is_full(who: Who) -> bool:
    return bool(who.name.last and who.name.first and who.birth_date)


def _remember(memo: dict[Any, T], texts: object, value: T) -> T:
    if len(memo) >= _REMEMBERED:
        memo.clear()
    memo[texts] = value
    return value


def days_supply(text: str) -> int:
    """The days that a fill lasts: a whole number from 1 to 366, `30.0` also.

    Raises:
        ValueError: anything else; the text says what is wrong with it.
    """
    days = signed_days(text)
    if days < 0:
        raise ValueError(NEGATIVE)
    return days


def signed_days(text: str) -> int:
    """The same, negative where a row may take a fill back. Raises ValueError."""
    if values.is_empty(text):
        msg = "is empty; days' supply is never guessed"
        raise ValueError(msg)
    match = _NUMBER.fullmatch(text.strip())
    if match is None:
        msg = "is not a number of days"
        raise ValueError(msg)
    sign, whole, fraction = match.groups()
    if fraction and fraction.strip("0"):
        msg = "is not a whole number of days"
        raise ValueError(msg)
    days = int(whole) if len(whole) <= len(str(MAX_DAYS)) else MAX_DAYS + 1
    if not 1 <= days <= MAX_DAYS:
        msg = NEGATIVE if sign == "-" and days else f"is not within 1 to {MAX_DAYS} days"
        raise ValueError(msg)
    return -days if sign == "-" else days


def _plain_number(text: str) -> str | None:
    """The quantity without zeros that say nothing, so that `30` and `30.000` are the same."""
    match = _NUMBER.fullmatch(text.strip())
    if match is None:
        return values.clean_text(text)
    sign, whole, fraction = match.groups()
    fraction = (fraction or "").rstrip("0")
    number = whole + (f".{fraction}" if fraction else "")
    return number if number == "0" else sign.strip("+") + number
