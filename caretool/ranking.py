"""Why is somebody at this place of the list? The terms of a rank in words, in order of weight.

The order itself is `items.Item.rank`; the terms here are read from that same rank.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from caretool import dates, explain

if TYPE_CHECKING:
    from datetime import date

    from caretool.items import Item

_GROUPS = (
    "a must past its limit", "a must by its limit", "asked for by the patient", "due", "to come",
)  # fmt: skip
_MUST, _TO_COME = 1, 4
_DAYS = {0: "limit", 1: "limit", 2: "day asked for", 4: "day to act"}


class Term(NamedTuple):
    """One term of a rank and its value, both as people read them."""

    name: str
    words: str


class Decided(NamedTuple):
    """By which term one of two comes first on the list, and its value for each of them."""

    name: str
    above: str
    below: str


def terms(item: Item, today: date) -> list[Term]:
    """All terms of an item's place in the list on `today`, the weightiest first."""
    return [term for term in _terms(item, today) if term.words]


def decided(above: Item, below: Item, today: date) -> Decided:
    """By which term the first of two items comes before the second: the first that differs."""
    pairs = zip(_terms(above, today), _terms(below, today), strict=True)
    ranks = zip(above.rank(today), below.rank(today), strict=True)
    for (one, other), (first, second) in zip(pairs, ranks, strict=True):
        if first != second:
            return Decided(one.name, one.words, other.words)
    msg = "two items of one rank"
    raise ValueError(msg)


def _terms(item: Item, today: date) -> list[Term]:
    """A term for each field of the rank, in its order; without words where it says nothing."""
    rank = item.rank(today)
    band = rank.band
    advice = ("no" if rank.not_first else "yes") if band <= _MUST else ""
    tier = item.tier + (f" ({item.raised_by})" if item.raised_by else "")
    if band == _TO_COME and rank.tier < 0:
        tier = "a must, before any tier"
    late = explain.days_late(item, today)
    return [
        Term("group", _GROUPS[band]),
        Term("left against medical advice", advice),
        Term(_DAYS.get(band, "day"), dates.show_short(rank.day, today) if band in _DAYS else ""),
        Term("tier", tier),
        Term("target", dates.show_short(item.target, today) + (f", {late} d late" if late else "")),
        Term(
            "appointment",
            dates.show_short(item.appointment, today) if item.appointment else "none",
        ),
        Term("id", f"P{item.patient_id}"),
    ]
