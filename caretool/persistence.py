"""For how long was a medicine taken before it was given up? Episodes of treatment. Pure arithmetic.

An episode begins with a fill and ends on the day on which supply ran out, when the next fill comes
more than the permitted gap after it; a gap of just that length does not end it (adherence.md 5: 30,
60 and 90 days are usual; state > or >=). Built as AdhereR does, of one sequence of fills in which
whatever is left is used up first.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from caretool.supply import Carry, lay_out

if TYPE_CHECKING:
    from collections.abc import Iterable

    from caretool.supply import Day, Supply


class Episode(NamedTuple):
    """Days of treatment in a row, [first, stop), and the days without supply after them."""

    first: int
    stop: Day
    gap: Day


def episodes(
    supplies: Iterable[Supply], stop: int, permitted: int, *, by_drug: bool = False
) -> list[Episode]:
    """The episodes of these fills, those from day `stop` on left out; gaps in days.

    With `by_drug` another drug begins another episode. An episode lasts to the day on which supply
    ran out, or to the next one where that begins before; the last one lasts to `stop` unless a gap
    longer than permitted came first.
    """
    stock = sorted((one for one in supplies if one.day < stop), key=lambda one: one.day)
    uses = lay_out(stock, Carry.POOL)
    found: list[Episode] = []
    begin = stock[0].day if stock else stop
    for at, (one, use) in enumerate(zip(stock, uses, strict=True)):
        last = at + 1 == len(stock)
        until = stop if last else stock[at + 1].day
        out = min(one.day + use.left + one.days, until)
        gap = until - out
        changes = by_drug and not last and stock[at + 1].waits_for != one.waits_for
        if gap > permitted or changes or last:
            ended = until if last and gap <= permitted else out
            found.append(Episode(begin, ended, gap))
            begin = until
    return found
