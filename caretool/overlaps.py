"""Which fills on file are the rows of a list? So that what two lists tell counts once.

Between two lists a fill is the same when patient, drug, day and days' supply are, whatever each
calls the medicine. Within one list each row is a fill of its own, so the number on file is the
larger of what two lists tell. The name counts first; what is left is paired by drug so that as many
rows as possible find a fill: neither the order of rows nor that of lists changes how many there
are.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from caretool.same_fill import Called, called, likeness, paired

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from caretool.model import Product
    from caretool.store.fills import OnFile
    from caretool.store.reversals import Key

_BEST: Final = 0

Asked = tuple["Key", int]
"""Which fill a row is, by its own words, and which of those that are alike."""
_Day = tuple[int, str, int]
_Free = tuple[Called, "OnFile"]


class Met(NamedTuple):
    """What the rows asked for have found."""

    by_name: dict[Asked, OnFile]
    otherwise: dict[Asked, OnFile]
    """By NDC or drug: called otherwise on file."""
    waiting: set[Asked]
    """Several fills may be meant: settled once the whole list is known."""


class Copies:
    """Numbers for fills that are alike: those that none on file and none of this list has."""

    def __init__(self, known: Mapping[Asked, OnFile]) -> None:
        """Beside the fills on file."""
        self.known = known
        self.given: set[Asked] = set()

    def free(self, key: Key, copy: int) -> int:
        """The first free number from this one on."""
        if self.known:
            while (key, copy) in self.known or (key, copy) in self.given:
                copy += 1
            self.given.add((key, copy))
        return copy


class Overlap:
    """What of a list is on file already, from other lists."""

    def __init__(self, run_id: int, times: Callable[[Key], int]) -> None:
        """For the list of this run; `times` tells how often a fill has stood in it so far."""
        self.run_id = run_id
        self.times = times
        self.claimed: set[int] = set()
        """The fills that a row of this list has met under another name."""

    def meet(
        self,
        asked: Iterable[tuple[Key, int, Product]],
        known: Mapping[Asked, OnFile],
        products: Mapping[int, Product],
        *,
        last: bool,
    ) -> Met:
        """The fills on file that these rows are.

        Args:
            asked: the rows as the fills that they tell of.
            known: the fills on file on those days.
            products: the products on file.
            last: the whole list is known, so no row may wait.
        """
        met = Met({}, {}, set())
        left: dict[_Day, dict[Asked, Called]] = {}
        for key, copy, product in asked:
            before = known.get((key, copy))
            if before is not None and self._is_free(before):
                met.by_name[key, copy] = before
            else:
                one = called(product.name, product.atc, product.ndc)
                left.setdefault((key[0], key[2], key[3]), {})[key, copy] = one
        for day, free in self._free(left, known, products).items():
            self._meet_otherwise(left[day], free, met, last=last)
        return met

    def _is_free(self, before: OnFile) -> bool:
        return before.run_id != self.run_id and before.fill_id not in self.claimed

    def _free(
        self,
        days: Mapping[_Day, object],
        known: Mapping[Asked, OnFile],
        products: Mapping[int, Product],
    ) -> dict[_Day, list[_Free]]:
        """The fills of other lists on these days that no row of this one has met."""
        found: dict[_Day, list[_Free]] = {}
        for (key, copy), before in known.items() if days else ():
            day = key[0], key[2], key[3]
            if day in days and self._is_free(before) and copy > self.times(key):
                product = products[before.product_id]
                one = called(product.name, product.atc, product.ndc)
                found.setdefault(day, []).append((one, before))
        return found

    def _meet_otherwise(
        self, rows: Mapping[Asked, Called], free: list[_Free], met: Met, *, last: bool
    ) -> None:
        ranked: dict[Asked, list[tuple[int, str, int]]] = {}
        for row, one in rows.items():
            near = [
                (rank, other, before)
                for other, before in free
                if (rank := likeness(one, other)) is not None
            ]
            if not last and _several([other for _, other, _ in near], free):
                met.waiting.add(row)
            elif near:
                ranked[row] = sorted(
                    (rank, other.key, before.fill_id) for rank, other, before in near
                )
        first = sorted(ranked, key=lambda row: (ranked[row][0][_BEST], row))
        choices = {row: [fill_id for *_, fill_id in ranked[row]] for row in first}
        by_id = {before.fill_id: before for _, before in free}
        for row, fill_id in paired(choices).items():
            met.otherwise[row] = by_id[fill_id]
            self.claimed.add(fill_id)


def _several(near: list[Called], free: list[_Free]) -> bool:
    """May one of these fills, or another one of the same drug, be meant?"""
    alike = [one for one, _ in free if any(likeness(one, other) is not None for other in near)]
    return len(alike) > 1
