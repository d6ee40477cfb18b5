"""Is what one list calls a medicine the fill that another list calls otherwise?

One dispensing is told by the pharmacy as "LISINOPRIL 10 MG TABLET" and by the claims extract as
"Lisinopril Oral Tablet 10 MG". Both are the fill of one patient, drug, day and days' supply; the
name counts before the NDC, the NDC before the drug.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple, TypeVar

from caretool.drug_names import drug_of, ndc_digits
from caretool.names import drug_key

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

_PRODUCT_DIGITS = 9  # labeler and product; the package says nothing of the medicine
_NUMBER = re.compile(r"\d+(?:[.,]\d+)?")

Row = TypeVar("Row")
Fill = TypeVar("Fill")


class Called(NamedTuple):
    """A medicine as a list calls it, in the forms in which two are compared."""

    key: str
    """The name, as `drug_key` has it."""
    drug: str
    """The key of the drug."""
    ndc: str
    """Labeler and product of its NDC; empty when the list gives none."""
    numbers: tuple[str, ...]
    """The numbers in the name, which are mostly strengths."""
    ingredients: frozenset[str]
    """None where they are not known."""


@lru_cache(maxsize=65536)
def called(name: str, atc: str = "", ndc: str = "") -> Called:
    """A medicine by the name, ATC code and NDC that a list gives."""
    key = drug_key(name)
    digits = (ndc_digits(ndc) or ndc_digits(key))[:_PRODUCT_DIGITS]
    if len(set(digits)) == 1:  # 00000-0000-00 stands where there is none
        digits = ""
    numbers = tuple(sorted(_NUMBER.findall(key)))
    drug = drug_of(name, atc, ndc)
    return Called(key, drug.key, digits, numbers, frozenset(drug.ingredients))


def is_ndc_name(name: str) -> bool:
    """Is a medicine called by its NDC only?"""
    return bool(ndc_digits(drug_key(name)))


def likeness(one: Called, other: Called) -> int | None:
    """How two names of a medicine are alike: 0 best (the name), 1 by NDC, 2 and 3 by the drug.

    None where they are not the same drug. Of one drug the same strength comes first. Names without
    a common ingredient outweigh an NDC: it may stand for whatever has none of its own.
    """
    if one.key == other.key:
        return 0
    if one.ingredients and other.ingredients and one.ingredients.isdisjoint(other.ingredients):
        return None
    if one.ndc and one.ndc == other.ndc:
        return 1
    if one.drug != other.drug:
        return None
    return 2 if one.numbers == other.numbers else 3


def most_alike(one: Called, others: Iterable[Called]) -> list[Called]:
    """Those of the others that are the same medicine in the best way in which any of them is."""
    ranks = {other: rank for other in others if (rank := likeness(one, other)) is not None}
    # A strength is no proof: which of two fills of one drug is meant is then not known
    ranks = {other: min(rank, 2) for other, rank in ranks.items()}
    best = min(ranks.values(), default=0)
    return [other for other, rank in ranks.items() if rank == best]


def paired(choices: Mapping[Row, Sequence[Fill]]) -> dict[Row, Fill]:
    """As many rows as can be, each with a fill of its own among those it may be, best first.

    However the rows stand, the number of pairs is the largest possible: a fill goes to another row
    only where the first one finds a fill as well (augmenting paths).
    """
    owner: dict[Fill, Row] = {}
    for row in choices:
        _finds(row, choices, owner, set())
    return {row: fill for fill, row in owner.items()}


def _finds(
    row: Row,
    choices: Mapping[Row, Sequence[Fill]],
    owner: dict[Fill, Row],
    tried: set[Fill],
) -> bool:
    """Give a row a fill that is free, else one whose row finds another one."""
    for free in (True, False):
        for fill in choices[row]:
            if fill in tried or (fill not in owner) != free:
                continue
            tried.add(fill)
            if free or _finds(owner[fill], choices, owner, tried):
                owner[fill] = row
                return True
    return False
