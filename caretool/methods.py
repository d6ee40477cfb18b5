"""The table of methods: what each published adherence figure divides by what.

Check a row against its definition in words beside it: which day the period begins, which day it
ends, what is divided by its days, what becomes of supply that is left over, whether fills before
the window bring supply in, whether more than 1 is told as 1, whether hospital days are taken out.

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
    title: str
    words: str
    """The definition, in a paragraph that the row can be checked against."""


METHODS = {
    one.name: one
    for one in (
        #      name          from         to       numerator     carry-over   in     cap    stays
        Method("pdc",        From.FILL,   To.END,  Top.COVERED,  Carry.DRUG, False, False, True,
               "PDC (Pharmacy Quality Alliance)",
               "days covered from the first fill in the window to its end, by those days; a refill"
               " waits until that drug is used up, different drugs do not; earlier fills do not"
               " count; days in hospital are taken out"),
        Method("pdc-window", From.WINDOW, To.END,  Top.COVERED,  Carry.DRUG, True,  False, True,
               "PDC over the whole window",
               "days covered in the whole window, by its days; a refill waits until that drug is"
               " used up, also what earlier fills left; days in hospital are taken out"),
        Method("mpr",        From.FILL,   To.END,  Top.SUPPLIED, Carry.NONE, False, False, False,
               "MPR, medication possession ratio",
               "days' supply of all fills in the window, by the days from the first of them to the"
               " window's end; may be over 100 %"),
        Method("cma1",       From.FILL,   To.FILL, Top.BUT_LAST, Carry.NONE, False, False, False,
               "CMA1 (AdhereR)",
               "days' supply of the fills before the last fill date, by the days from the first to"
               " the last fill; may be over 100 %"),
        Method("cma2",       From.FILL,   To.END,  Top.SUPPLIED, Carry.NONE, False, False, False,
               "CMA2 (AdhereR)",
               "days' supply of all fills in the window, by the days from the first of them to the"
               " window's end; may be over 100 %"),
        Method("cma3",       From.FILL,   To.FILL, Top.BUT_LAST, Carry.NONE, False, True,  False,
               "CMA3 (AdhereR)",
               "CMA1, at most 100 %"),
        Method("cma4",       From.FILL,   To.END,  Top.SUPPLIED, Carry.NONE, False, True,  False,
               "CMA4 (AdhereR)",
               "CMA2, at most 100 %"),
        Method("cma5",       From.FILL,   To.FILL, Top.COVERED,  Carry.POOL, False, False, False,
               "CMA5 (AdhereR)",
               "days covered from the first to the last fill in the window, by those days; whatever"
               " is left, of whichever drug, is used up first"),
        Method("cma6",       From.FILL,   To.END,  Top.COVERED,  Carry.POOL, False, False, False,
               "CMA6 (AdhereR)",
               "days covered from the first fill in the window to its end, by those days; whatever"
               " is left, of whichever drug, is used up first"),
        Method("cma7",       From.WINDOW, To.END,  Top.COVERED,  Carry.POOL, True,  False, False,
               "CMA7 (AdhereR)",
               "days covered in the whole window, by its days; whatever is left, of whichever drug"
               " and also of earlier fills, is used up first"),
    )
}  # fmt: skip
"""The methods by name, in the order in which help lists them."""
