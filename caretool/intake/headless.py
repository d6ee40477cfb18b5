"""A list without headings: which column is which, told by what stands in it.

Only what is certain is used: each column has to look like one field throughout, and no second
column like it. A last name cannot be told from a first name by its looks, nor a practice's number
from a hospital's; such lists need a layout.
"""

from __future__ import annotations

import re
from itertools import islice
from typing import TYPE_CHECKING, Final

from caretool.errors import FileError
from caretool.intake import values, vocabulary
from caretool.intake.layout import Layout
from caretool.intake.moments import DateForm
from caretool.intake.survey import days_in
from caretool.model import PatientClass

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import date

    from caretool.intake.listing import Listing
    from caretool.intake.moments import Order

_SAMPLE: Final = 500
_MOSTLY: Final = 0.95
_NAME: Final = re.compile(r"[^\W\d_][^\d,]*, *[^\W\d_][^\d,]*")
_RECENT: Final = 800  # days; a stay on a list is not older, a birth is (but for newborns)
_FIVE_DIGITS: Final = re.compile(r"\d{5}(-\d{4})?", re.ASCII)
_PHONE: Final = re.compile(r"[+(]?[\d()+ .-]{9,17}\d", re.ASCII)


def recognised(listing: Listing, today: date) -> Layout:
    """The layout of a discharge list that has no headings.

    Raises:
        FileError: the columns of names and dates cannot be told with certainty.
    """
    columns: list[list[str]] = [[] for _ in listing.header]
    for _, _, cells in islice(listing, _SAMPLE):
        for texts, cell in zip(columns, cells, strict=False):
            if not values.is_empty(cell):
                texts.append(cell.strip())
    dated = {at: _dated(texts, today) for at, texts in enumerate(columns)}
    found = {
        "name": _only(columns, _NAME.fullmatch),
        "sex": _only(columns, values.clean_sex),
        "zip": _only(columns, _FIVE_DIGITS.fullmatch),
        "phone": _only(columns, _is_phone),
        "disposition": _only(
            [
                [] if dated[at] else texts for at, texts in enumerate(columns)
            ],  # `03/…` is a code too
            vocabulary.disposition_code,
            words=True,
        ),
        "patient_class": _only(columns, _is_class),
    }
    births = [at for at, kind in dated.items() if kind == "birth"]
    recent = [at for at, kind in dated.items() if kind == "recent"]
    if len(births) == 1:
        found["birth_date"] = births[0]
    if len(recent) == 1:
        found["discharge"] = recent[0]
    elif len(recent) == 2 and (ordered := _in_order(listing, recent, today)):
        found["admit"], found["discharge"] = ordered
    fields = {name: at for name, at in found.items() if at is not None}
    missing = [name for name in ("name", "birth_date", "discharge") if name not in fields]
    if missing:
        message = f"{listing.name} has no headings, and its columns cannot be told with certainty"
        hint = f"no {', no '.join(missing).replace('_', ' ')}: caretool sniff FILE > mine.toml"
        raise FileError(message, f"{hint}, number the columns there, --layout mine.toml")
    return Layout("discharges", listing.header, fields)


def _only(
    columns: Sequence[list[str]], means: Callable[[str], object], *, words: bool = False
) -> int | None:
    """The one column whose texts all mean something; None when there is none or more than one."""
    fitting = [
        at
        for at, texts in enumerate(columns)
        if texts
        and sum(bool(means(text)) for text in texts) >= _MOSTLY * len(texts)
        and not (words and all(text.isdecimal() for text in texts))
    ]
    return fitting[0] if len(fitting) == 1 else None


def _is_phone(text: str) -> bool:
    return bool(_PHONE.fullmatch(text)) and len(values.clean_phone(text) or "") == 10


def _is_class(text: str) -> bool:
    return vocabulary.patient_class(text) != PatientClass.UNKNOWN and len(text) > 1


def _in_order(listing: Listing, pair: list[int], today: date) -> list[int] | None:
    """The column of the earlier dates, then that of the later ones; None where that is open."""
    rows = [
        [cells[at] for at in pair]
        for _, _, cells in islice(listing, _SAMPLE)
        if max(pair) < len(cells)
    ]
    orders: list[Order] = ["mdy", "dmy"]
    read = {order: [days_in(row, _form(order, today)) for row in rows] for order in orders}
    most = max(sum(len(days) == len(pair) for days in one) for one in read.values())
    found = {
        days[0] < days[1]
        for one in read.values()
        if sum(len(days) == len(pair) for days in one) == most
        for days in one
        if len(days) == len(pair) and days[0] != days[1]
    }
    if len(found) != 1:
        return None
    return pair if found.pop() else pair[::-1]


def _form(order: Order, today: date) -> DateForm:
    return DateForm(order, births=False, today=today)


def _dated(texts: Sequence[str], today: date) -> str:
    """Are these dates of birth, or of stays? Empty when they are no dates, or both."""
    found = max((days_in(texts, _form(order, today)) for order in ("mdy", "dmy")), key=len)
    if not texts or len(found) < _MOSTLY * len(texts):
        return ""
    ages = sorted((today - day).days for day in found)
    if ages[0] >= 0 and ages[-1] <= _RECENT:
        return "recent"
    return "birth" if ages[len(ages) // 2] > _RECENT else ""
