"""The table of methods: what each published adherence figure divides by what.

A row says which day the period begins, which day it ends, what is divided by its days, what becomes
of supply that is left over, whether fills before the window bring supply in, whether more than 1 is
told as 1, whether hospital days are taken out. `definition` puts a row in words.

`pdc` is the payer's figure, the Proportion of Days Covered of the Pharmacy Quality Alliance (PQA:
FAQ for the QRS measures of 2020-04-03, tip sheet of 2022, training claims of 2018), its days in
hospital those of the Centers for Medicare & Medicaid Services (since the 2013 Star Ratings).
`cma1` to `cma7` are those of the R package AdhereR 0.8.1 with its own defaults; CMA8 and CMA9 are
left out for reasons (docs/decisions/0011-adherence.md).
"""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple

from caretool.supply import Carry


class From(StrEnum):
    """The first day of the period."""

    FILL = "the first fill in the window"
    WINDOW = "the first day of the window"


class To(StrEnum):
    """The end of the period."""

    END = "the end of the window"
    FILL = "the day before the last fill"


class Top(StrEnum):
    """What is divided by the days of the period."""

    COVERED = "days covered"
    SUPPLIED = "days' supply of the fills"
    BUT_LAST = "days' supply of the fills before the last fill date"


class Method(NamedTuple):
    """One published way to make a figure: a row of the table of methods."""

    name: str
    begins: From
    ends: To
    numerator: Top
    carry: Carry
    brought_in: bool
    """Do fills before the window bring supply into it?"""
    cap: bool
    """Is more than 1 told as 1?"""
    stays_out: bool
    """Are days in hospital taken out?"""

    @property
    def title(self) -> str:
        """What the figure is called where it is published."""
        return _TITLES.get(self.name, f"{self.name.upper()} (AdhereR)")


_TITLES = {
    "pdc": "PDC (Pharmacy Quality Alliance)",
    "pdc-window": "PDC over the whole window",
    "mpr": "MPR, medication possession ratio",
}
_ROWS = (
    # name         from         to       numerator     carry-over   in     cap    stays out
    ("pdc",        From.FILL,   To.END,  Top.COVERED,  Carry.DRUG, False, False, True),
    ("pdc-window", From.WINDOW, To.END,  Top.COVERED,  Carry.DRUG, True,  False, True),
    ("mpr",        From.FILL,   To.END,  Top.SUPPLIED, Carry.NONE, False, False, False),
    ("cma1",       From.FILL,   To.FILL, Top.BUT_LAST, Carry.NONE, False, False, False),
    ("cma2",       From.FILL,   To.END,  Top.SUPPLIED, Carry.NONE, False, False, False),
    ("cma3",       From.FILL,   To.FILL, Top.BUT_LAST, Carry.NONE, False, True,  False),
    ("cma4",       From.FILL,   To.END,  Top.SUPPLIED, Carry.NONE, False, True,  False),
    ("cma5",       From.FILL,   To.FILL, Top.COVERED,  Carry.POOL, False, False, False),
    ("cma6",       From.FILL,   To.END,  Top.COVERED,  Carry.POOL, False, False, False),
    ("cma7",       From.WINDOW, To.END,  Top.COVERED,  Carry.POOL, True,  False, False),
)  # fmt: skip
METHODS = {row[0]: Method(*row) for row in _ROWS}
"""The methods by name, in the order in which help lists them."""

_COVERED = {
    (From.FILL, To.END): "days covered from the first fill in the window to its end, by those days",
    (From.FILL, To.FILL): "days covered from the first to the last fill in the window, by those"
    " days",
    (From.WINDOW, To.END): "days covered in the whole window, by its days",
}
_SUPPLIED = {
    Top.SUPPLIED: "days' supply of all fills in the window, by the days from the first of them to"
    " the window's end",
    Top.BUT_LAST: "days' supply of the fills before the last fill date, by the days from the first"
    " to the last fill",
}
_CARRIED = {
    Carry.NONE: "what overlaps counts once",
    Carry.DRUG: "a refill waits until that drug is used up, different drugs do not",
    Carry.POOL: "whatever is left, of whichever drug, is used up first",
    Carry.SAME: "what is left is used up first, and thrown away when another drug begins",
}


def definition(method: Method, carry: Carry) -> str:
    """A method in words, with this carry-over of what is left: each part is a field of its row."""
    if method.numerator is not Top.COVERED:
        limit = "at most 100 %" if method.cap else "may be over 100 %"
        return f"{_SUPPLIED[method.numerator]}; {limit}"
    earlier = "what earlier fills left counts too" if method.brought_in else ""
    parts = [_COVERED[method.begins, method.ends], _CARRIED[carry]]
    parts.append(earlier or "earlier fills do not count")
    if method.stays_out:
        parts.append("days in hospital are taken out")
    return "; ".join(parts)


def title(method: Method, carry: Carry) -> str:
    """What a figure is called; with another carry-over it is no longer the published one."""
    if method.numerator is not Top.COVERED or carry is method.carry:
        return method.title
    return f"{method.name} with another carry-over ({carry})"
