"""Reversals of one list that take nothing back, and what is said of them."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

    from caretool.store.reversals import Key

_TOLD: Final = 5
TAKES: Final = "takes a fill back"
LONE: Final = "has found no fill yet: it may come with another file"
OLDER: Final = "is older than the list with its fill, which stands"


class InVain:
    """Tells why a reversal takes nothing back, and remembers where those stand."""

    def __init__(
        self, without_fill: Counter[Key] | None = None, older: Counter[Key] | None = None
    ) -> None:
        """How many reversals of each fill have found none, and how many are older than its list."""
        self._without_fill = Counter(without_fill)
        self._older = Counter(older)
        self.lone: list[tuple[int, int]] = []
        """Line and patient of those that have found no fill."""
        self.older: list[tuple[int, int]] = []
        """Of those that are older than the list with their fill."""

    def why(self, line: int, key: Key) -> str:
        """What a reversal on this line does; asked once for each, from the last one up."""
        for left, where, reason in (
            (self._without_fill, self.lone, LONE),
            (self._older, self.older, OLDER),
        ):
            if left[key]:
                left[key] -= 1
                where.append((line, key[0]))
                return reason
        return TAKES

    def words(self) -> Iterator[str]:
        """What people are told, with the first lines."""
        for where, one, several in (
            (self.lone, LONE, "have found no fill yet: they may come with another file"),
            (self.older, OLDER, "are older than the lists with their fills, which stand"),
        ):
            if where:
                many = (
                    f"1 reversal {one}" if len(where) == 1 else f"{len(where)} reversals {several}"
                )
                yield f"{many}: {_places(where)}"


def _places(where: list[tuple[int, int]]) -> str:
    told = [f"P{patient_id}, line {line}" for line, patient_id in sorted(where)[:_TOLD]]
    more = [f"and {len(where) - _TOLD} more"] if len(where) > _TOLD else []
    return "; ".join([*told, *more])
