"""How does each date column of a file write its dates? Settled from all of its values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import TYPE_CHECKING, Final

from caretool.errors import FileError
from caretool.intake.date_texts import MONTHS, figures, serial_date, serial_number
from caretool.intake.empties import is_empty
from caretool.intake.moments import DateForm

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from caretool.intake.date_texts import Figures
    from caretool.intake.moments import Order, Written

BIRTHS: Final = frozenset({"birth_date"})
BY_LAYOUT: Final = "the saved layout"
_ORDERS: Final[tuple[Order, Order]] = ("mdy", "dmy")
_EARLIEST_SERIAL: Final = 32_874  # 1990-01-01; for other dates than births
_FIVE_FIGURES: Final = 10_000  # shorter numbers may be years, ages or counts
_SERIAL_AHEAD: Final = timedelta(days=730)
_PLANNED: Final = timedelta(days=60)
"""How far ahead the date of a planned discharge may lie; beyond it a reading must be wrong."""
_ENOUGH_PAIRS: Final = 2  # one pair in the wrong order may be a slip of the desk


@dataclass
class _Column:
    """What the values of one column say about its dates."""

    label: str
    years: frozenset[str]
    """The years, in four digits and in two, of which a value may be told."""
    births: bool
    samples: dict[str, list[tuple[int, Figures]]] = field(default_factory=dict)
    """`mdy`, `dmy` (only so readable), `either`, `same` or `neither` to lines and values."""
    excel: bool = False

    @property
    def order(self) -> Written | None:
        """What the values alone decide; None when both readings fit all of them."""
        if self.excel:
            return "excel"
        for order in _ORDERS:
            if order in self.samples:
                return order
        if "either" in self.samples:
            return None
        return None if "same" in self.samples else "iso"


def settle_all(
    columns: Mapping[str, Mapping[str, int]],
    *,
    names: Mapping[str, str],
    declared: Order | None,
    today: date,
    births: Collection[str] = BIRTHS,
    zone: str | None = None,
    known: Mapping[str, DateForm] | None = None,
    pairs: Mapping[tuple[str, str], Collection[tuple[str, str]]] | None = None,
) -> dict[str, DateForm]:
    """How does each date column of one file write its dates?

    The order of evidence:

    1. A column of spreadsheet numbers and no other dates is `excel`.
    2. What the user declares is not questioned: values that do not fit it are bad values of
       their rows.
    3. The column's own values: month first when some value can only be that and none can only
       be day first; and the other way round. A weekday written before a date counts. If some
       values fit only the one and some only the other, the file is refused.
    4. Where both readings fit all values, three things are asked, and all that answer have to
       agree, else the file is refused:
       a. what is `known` of the column; if nothing is, the other columns of the file, if those
          that are certain (3) or `known` agree among each other: one sender writes alike;
       b. which reading puts no birth after today, and no other date more than 60 days after it
          (a discharge may be planned);
       c. which reading puts no date of `pairs` before the date that it must not precede, where
          the other one does so in two rows or more.
    5. A column in which day and month are always the same number is then month first; one
       without any date whose order is open is `iso`.

    Args:
        columns: date field to its distinct values, each with the line where it was first seen (0:
            not known). Of texts that begin alike in their first 24 characters one is enough.
        names: how messages call the column of each field.
        declared: the form that the user named, for all columns.
        today: no birth lies after it.
        births: the fields that hold dates of birth; messages never repeat their values.
        zone: the IANA name of the time zone to which stamps in UTC are moved; None leaves them.
        known: the forms that columns of this source had before, from its saved layout.
        pairs: two fields, of which the first is never later than the second, to pairs of values
            from the same rows.

    Raises:
        FileError: both readings fit all values of a column and nothing else decides, or neither
            fits all.
        ValueError: `zone` is not the name of a time zone.
    """
    found = {
        name: _seen(values, names[name], births=name in births, today=today)
        for name, values in columns.items()
    }
    forms: dict[str, DateForm] = {}
    for name, column in found.items():
        order, by = column.order, "its own values"
        if declared and order != "excel":
            order, by = declared, "declared"
        elif "mdy" in column.samples and "dmy" in column.samples:
            raise _contradiction(column)
        if order:
            forms[name] = DateForm(order, column.births, today, zone, by)
    open_ = {name: column for name, column in found.items() if name not in forms}
    hints = _Hints(forms, open_, known or {}, pairs or {}, today)
    settled = {name: hints.form(name, zone) for name in open_}
    return {name: forms.get(name) or settled[name] for name in columns}


@dataclass(frozen=True)
class _Hints:
    """What decides a column whose own values do not: number 4 of the evidence."""

    forms: Mapping[str, DateForm]
    open_: Mapping[str, _Column]
    known: Mapping[str, DateForm]
    pairs: Mapping[tuple[str, str], Collection[tuple[str, str]]]
    today: date

    def form(self, name: str, zone: str | None) -> DateForm:
        """The form of an open column. Raises FileError when nothing decides it."""
        column = self.open_[name]
        before = self.known.get(name)
        told: dict[str, Written | None] = {
            BY_LAYOUT: before.order if before else None,
            "the other columns": None if before else self._by_others(),
            "no date far ahead": _by_today(column, self.today),
            "no date before an earlier one": self._by_pairs(name),
        }
        told = {by: order for by, order in told.items() if order in _ORDERS}
        orders = set(told.values())
        if len(orders) != 1 and "either" in column.samples:
            raise _undecided(column)
        order = orders.pop() if len(orders) == 1 else None
        by = ", ".join(told) if order else "day and month are the same"
        return DateForm(order or "mdy", column.births, self.today, zone, by)

    def _by_others(self) -> Order | None:
        """The one order of all columns that are certain, if it is one."""
        orders = {form.order for form in {**self.known, **self.forms}.values()}
        return _the_only({order for order in _ORDERS if order in orders})

    def _by_pairs(self, name: str) -> Order | None:
        """The one reading under which the dates of each row stand in order, if it is one.

        Two open columns of a pair are read alike.
        """
        wrong = dict.fromkeys(_ORDERS, 0)
        for fields, texts in self.pairs.items():
            if name in fields:
                for order in _ORDERS:
                    earlier, later = (self._read_as(one, order) for one in fields)
                    if earlier and later:
                        wrong[order] += sum(_reversed(earlier, later, pair) for pair in texts)
        for order, other in (_ORDERS, _ORDERS[::-1]):
            if not wrong[order] and wrong[other] >= _ENOUGH_PAIRS:
                return order
        return None

    def _read_as(self, name: str, order: Order) -> DateForm | None:
        """The form of a column: in this order if it is open, None if nothing is known of it."""
        if name in self.open_:
            return DateForm(order, self.open_[name].births, self.today)
        return self.forms.get(name) or self.known.get(name)


def _the_only(orders: set[Order]) -> Order | None:
    return orders.pop() if len(orders) == 1 else None


def _seen(values: Mapping[str, int], label: str, *, births: bool, today: date) -> _Column:
    """Sorts the values of a column by how they can be read."""
    near = range(today.year - 2, today.year + 2)
    years = frozenset({str(year) for year in near} | {str(year)[2:] for year in near})
    column = _Column(label, years, births)
    serials = texts = foreign = 0
    first = 1 if births else _EARLIEST_SERIAL
    last = today if births else today + _SERIAL_AHEAD
    for text, line in values.items():
        if shown := figures(text):
            kind = _readings(shown)
            kept = column.samples.setdefault(kind, [])
            if kind == "either" or not kept:
                kept.append((line, shown))
            continue
        number = serial_number(text)
        if number is None or number < _FIVE_FIGURES:
            texts += not is_empty(text)
        elif number >= first and (day := serial_date(number)) and day <= last:
            serials += 1
        else:
            foreign += 1
    column.excel = serials > texts and not foreign and not column.samples
    return column


def _readings(shown: Figures) -> str:
    """Which orders can this date in figures have?"""
    mdy, dmy = (
        0 < month <= 12 and 0 < day <= 31 and _fits_weekday(shown, month, day)
        for month, day in ((shown.first, shown.second), (shown.second, shown.first))
    )
    if mdy and dmy:
        return "same" if shown.first == shown.second else "either"
    return "mdy" if mdy else "dmy" if dmy else "neither"


def _fits_weekday(shown: Figures, month: int, day: int) -> bool:
    if shown.weekday is None or len(shown.year) == 2:
        return True
    try:
        return date(int(shown.year), month, day).weekday() == shown.weekday
    except ValueError:
        return False


def _by_today(column: _Column, today: date) -> Order | None:
    """The one reading under which no date of the column lies too far after today, if it is one."""
    last = today if column.births else today + _PLANNED
    possible: set[Order] = {
        order
        for order, swapped in zip(_ORDERS, (False, True), strict=True)
        if not any(
            (int(shown.year), *_month_and_day(shown, swapped)) > (last.year, last.month, last.day)
            for _, shown in column.samples.get("either", ())
            if len(shown.year) == 4
        )
    }
    return _the_only(possible)


def _month_and_day(shown: Figures, swapped: bool) -> tuple[int, int]:
    return (shown.second, shown.first) if swapped else (shown.first, shown.second)


def _reversed(earlier: DateForm, later: DateForm, pair: tuple[str, str]) -> bool:
    try:
        first, second = earlier.read(pair[0]), later.read(pair[1])
    except ValueError:
        return False
    return bool(first and second and first[0] > second[0])


def _contradiction(column: _Column) -> FileError:
    mdy, dmy = (_shown(column, order, 1)[0] for order in _ORDERS)
    message = f"{column.label}: {mdy} can only be month first, {dmy} only day first"
    hint = "correct the file, or say --date-format mdy (or dmy): the rest is then rejected"
    return FileError(message, hint)


def _undecided(column: _Column) -> FileError:
    """Two sample rows with both readings; of births only where they stand."""
    samples = _shown(column, "either", 2)
    if column.births:
        readings = " and ".join(samples)
        message = (
            f"{column.label}: {readings} can be read month first or day first, like all others"
        )
    else:
        readings = ", ".join(
            f"{text} can be {_both(shown)}"
            for text, (_, shown) in zip(samples, column.samples["either"], strict=False)
        )
        message = f"{column.label}: {readings}"
    return FileError(message, "say which: --date-format mdy (month first) or dmy (day first)")


def _shown(column: _Column, kind: str, count: int) -> list[str]:
    """Values for a message with their lines; of births only where they stand.

    A date of years ago in another column may be a birth date in a row whose cells have slipped.
    """
    return [
        ("one date" if column.births or shown.year not in column.years else shown.text)
        + (f" (line {line})" if line else "")
        for line, shown in column.samples[kind][:count]
    ]


def as_read(texts: Iterable[str], form: DateForm) -> list[str]:
    """How dates are read whose order the values leave open, by one of this year or of those near.

    Nothing where no value is open, or all are of years ago: those may be births.
    """
    near = range(form.today.year - 2, form.today.year + 2)
    for text in texts:
        shown = figures(text)
        if shown and _readings(shown) == "either" and shown.year in map(str, near):
            first = "day" if form.order == "dmy" else "month"
            return [f"dates {first} first: {shown.text} is {_day_and_month(shown, form.order)}"]
    return []


def _both(shown: Figures) -> str:
    return " or ".join(_day_and_month(shown, order) for order in _ORDERS)


def _day_and_month(shown: Figures, order: Written) -> str:
    names = {number: name.capitalize() for name, number in reversed(MONTHS.items())}
    month, day = _month_and_day(shown, order == "dmy")
    return f"{day} {names[month]}"
