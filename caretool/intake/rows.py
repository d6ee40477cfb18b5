"""What the readers of discharges and fills share: passing over what is no row, reading cells.

Nothing is looked up here: whether a row is about a known patient is decided elsewhere.
"""

from __future__ import annotations

import re
from collections import defaultdict
from datetime import date
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple, TypeVar

from caretool.intake import person_names, values
from caretool.intake.reader import is_blank, misfit
from caretool.model import Name, Sex

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import time

    from caretool.intake.layout import Layout
    from caretool.intake.listing import Listing

T = TypeVar("T")
NO_NAME = Name("", "")
_MOST_TEXTS_OF_A_REMARK = 2
_MEMO = 50_000
_DATES = frozenset({tuple, date})  # what a memo of dates holds of a text that is one
_BEGINS_A_REMARK = re.compile(
    r"\s*((grand|sub|unit|facility)[ -]?)?totals?\b|\s*(page \d+|end of|confidential|run date|"
    r"printed|report|count|average)\b",
    re.IGNORECASE,
)


class Skipped(NamedTuple):
    """A row that says nothing about anybody, with the reason."""

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
    rule: str = ""
    """Which rule the row has broken, in one word for scripts."""


class Memo(dict[str, Any]):
    """What each text of a column means, worked out once: the cells of a list repeat a lot.

    A text that cannot be read is kept as the CellError that its row ends with.
    """

    def __init__(self, field: str, convert: Callable[[str], Any]) -> None:
        super().__init__()
        self.field = field
        self.convert = convert

    def __missing__(self, text: str) -> Any:  # noqa: ANN401 - what the column holds
        try:
            value = self.convert(text)
        except ValueError as error:
            value = CellError(self.field, text.strip(), str(error))
        if len(self) >= _MEMO:
            self.clear()
        self[text] = value
        return value


class CellError(Exception):
    """A cell that makes its row unusable."""

    def __init__(self, field: str, value: str, reason: str, rule: str = "") -> None:
        super().__init__(reason)
        self.field = field
        self.rule = rule or f"unreadable-{field.replace('_', '-')}"
        self.value = value
        self.reason = reason


def read_rows(
    listing: Listing, reader: RowReader, make: Callable[[int, int, list[str]], T]
) -> Iterator[T | Skipped | Rejected]:
    """Each record as what `make` makes of it, skipped or rejected, in the order of the file."""
    width = len(listing.header)
    header = tuple(text.casefold() for text in listing.header)
    mark = max(reader.columns.values(), default=0)  # one cell tells most rows from the header
    dated, dated_at = reader.dated, reader.dated_at
    for line, record, cells in listing:
        if len(cells) != width or dated[cells[dated_at]].__class__ not in _DATES:
            # Only a row without a date in its place can be any of these
            if is_blank(cells):
                yield Skipped(line, record, "empty row")
                continue
            if (
                mark < len(cells)
                and cells[mark].strip().casefold() == header[mark]
                and tuple(" ".join(cell.split()).casefold() for cell in cells[:width]) == header
            ):
                yield Skipped(line, record, "the header again")
                continue
            if reader.is_remark(cells):
                yield Skipped(line, record, "a total, title or footer")
                continue
            if wrong := _misfit(reader, cells, width):
                # Which cell belongs where is not known: the row is kept to be typed anew
                row = (listing.delimiter or ",").join(cells)
                yield Rejected(line, record, "", row, f"the row {wrong}", (), "ragged-row")
                continue
            cells += [""] * (width - len(cells))
        cells.append("")
        try:
            made = make(line, record, cells)
        except CellError as bad:
            yield reader.rejected(line, record, cells, bad)
        else:
            yield made


def _misfit(reader: RowReader, cells: list[str], width: int) -> str:
    """Why can these cells not lie under the header? Empty when they can."""
    wrong = misfit(cells, width, reader.layout.needed)
    if not wrong and len(cells) < width and reader.has_slipped(cells):
        wrong = f"has {len(cells)} cells under {width} columns, and they do not fit them"
    return wrong


class RowReader:
    """Reads the cells of one file by its layout; each kind of file has a reader built on this."""

    evidence: ClassVar[tuple[str, ...]] = ()
    """Fields of which a row about somebody holds at least one."""

    def __init__(self, layout: Layout, today: date) -> None:
        self.layout = layout
        self.today = today
        self.columns = layout.columns
        # `read_rows` fills up each row, so that fields without a column find an empty cell
        self.at = defaultdict(lambda: len(layout.header), layout.columns)
        self.texts = Memo("", values.clean_text)
        self.moments = {field: Memo(field, form.read) for field, form in layout.dates.items()}
        # A column of dates of which one tells that a row is about somebody
        field = next((one for one in self.evidence if one in self.moments), "")
        self.dated = self.moments.get(field, Memo("", lambda _: None))
        self.dated_at = layout.columns.get(field, 0)

    def cell(self, cells: list[str], field: str) -> str:
        """The cell of a field as written; empty when the file has none."""
        position = self.at[field]
        return cells[position].strip() if position < len(cells) else ""

    def text(self, cells: list[str], field: str) -> str | None:
        """The cell of a field as clean text; None when nothing is in it."""
        position = self.at[field]
        text: str | None = self.texts[cells[position]] if position < len(cells) else None
        return text

    def moment(self, cells: list[str], field: str) -> tuple[date, time | None] | None:
        """The date in the cell of a field, with its time if there is one. Raises CellError."""
        position = self.at[field]
        if field not in self.moments or position >= len(cells):
            return None
        moment: tuple[date, time | None] | CellError | None = self.moments[field][cells[position]]
        if isinstance(moment, CellError):
            raise moment.with_traceback(None)
        return moment

    def day(self, cells: list[str], field: str) -> date | None:
        """The date in the cell of a field. Raises CellError."""
        moment = self.moment(cells, field)
        return moment[0] if moment else None

    def number(self, cells: list[str], field: str) -> str | None:
        """The identifier in the cell of a field; None when there is none."""
        position = self.at[field]
        return values.clean_id(cells[position]) if position < len(cells) else None

    def name(self, cells: list[str]) -> Name:
        """The person's name; the cells as they are, for `Na` and `Null` are surnames too."""
        field = "name" if "name" in self.columns else "last"
        cell = self.name_cell
        try:
            if field == "name":
                whole = cell(cells, "name")
                return person_names.split_name(whole) if whole else NO_NAME
            last, first = cell(cells, "last"), cell(cells, "first")
            if "second_last" in self.columns:
                last = f"{last} {cell(cells, 'second_last')}".strip()
            if values.is_empty(last) and values.is_empty(first):
                return NO_NAME
            middle, suffix = cell(cells, "middle"), cell(cells, "suffix")
            return person_names.name_from_parts(last, first, middle, suffix)
        except ValueError as error:
            if str(error) == "is empty":
                return NO_NAME
            raise CellError(field, "", f"the name {error}") from None

    def name_cell(self, cells: list[str], field: str) -> str:
        """The cell of a part of the name, without what software has glued to it."""
        text = self.cell(cells, field)
        return person_names.without_digits(text) if self.layout.digits_in_names else text

    def sex(self, text: str) -> Sex | None:
        """What a text of the column of sexes says."""
        if self.layout.h_and_m and text.strip().upper() in {"H", "M"}:
            return Sex.M if text.strip().upper() == "H" else Sex.F
        return values.clean_sex(text)

    def is_remark(self, cells: list[str]) -> bool:
        """A row of one or two texts, or one that begins as totals and footers do.

        It has none of the evidence: no date, no number.
        """
        texts = 0
        for cell in cells:
            if cell and not cell.isspace():
                texts += 1
                if texts == 1 and _BEGINS_A_REMARK.match(cell):
                    break
                if texts > _MOST_TEXTS_OF_A_REMARK:
                    return False
        return not any(
            any(c.isdigit() for c in self.text(cells, field) or "") and self._dated(cells, field)
            for field in self.evidence
        )

    def has_slipped(self, cells: list[str]) -> bool:
        """Do the cells of a short row stand under other headings than their own?

        Told by the ZIP code, phone and sex: a row that lacks a cell in its middle would lose what
        speaks against somebody of the same name.
        """
        return any(
            cell and not values.is_empty(cell) and clean(cell) is None
            for cell, clean in (
                (self.cell(cells, "zip"), values.clean_zip),
                (self.cell(cells, "phone"), values.clean_phone),
                (self.cell(cells, "sex"), self.sex),
            )
        )

    def _dated(self, cells: list[str], field: str) -> bool:
        if field not in self.layout.dates:
            return " " not in (self.text(cells, field) or "")
        try:
            return self.moment(cells, field) is not None
        except CellError:
            return False

    def bad(self, cells: list[str], field: str, reason: str, rule: str = "") -> CellError:
        """The cell of a field as the reason why its row cannot be used; to be raised."""
        return CellError(field, self.cell(cells, field), reason, rule)

    def rejected(self, line: int, record: int, cells: list[str], bad: CellError) -> Rejected:
        """The row as one that cannot be used, with the heading of the column to correct."""
        column = self.columns.get(bad.field)
        heading = "" if column is None else self.layout.header[column]
        return Rejected(line, record, heading, bad.value, bad.reason, tuple(cells), bad.rule)
