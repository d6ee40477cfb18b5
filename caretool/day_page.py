"""One patient's medicines day by day: which days had supply, left over from when, and which none.

Read from the same layout as the figure (`supply.lay_out`), so that the covered days of a calendar
are those that the figure counted. `months` shows them in signs that need no colour; `day_picture`
draws the same days as SVG.
"""

from __future__ import annotations

import textwrap
from datetime import date
from enum import StrEnum
from itertools import chain
from typing import TYPE_CHECKING, Any, NamedTuple

from caretool import dates
from caretool.methods import Top
from caretool.supply import Calendar, Carry, clip, in_order, lay_out, merge

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from caretool.adherence import Figure
    from caretool.supply import Day, Span, Supply

_MOST_MONTHS = 24
_WIDTH = 78  # 80 columns, less the two by which a page is indented
_LABEL = 5
_BETWEEN = 2


class Sign(StrEnum):
    """What one day of the window was."""

    COVERED = "covered"
    """There was supply, and would have been without what was left of earlier fills."""
    CARRIED = "carried"
    """There was supply only because some of an earlier fill was left."""
    UNCOVERED = "uncovered"
    AWAY = "away"
    """In hospital: taken out of the period."""
    NOT_COUNTED = "not_counted"
    """In the window, but before the period began or after it ended."""
    OUTSIDE = "outside"
    """Not in the window."""


MARKS = {
    Sign.COVERED: "█",
    Sign.CARRIED: "▒",
    Sign.UNCOVERED: "·",
    Sign.AWAY: "H",
    Sign.NOT_COUNTED: "-",
    Sign.OUTSIDE: " ",
}
FILLED = "F"  # a covered day all the same
FILLED_AWAY = "f"


class Days(NamedTuple):
    """The days of a window, one sign each."""

    start: date
    signs: tuple[Sign, ...]
    fills: frozenset[date]
    """The days covered or in hospital on which a fill was dispensed."""

    @property
    def end(self) -> date:
        """Last day of the window."""
        return date.fromordinal(self.start.toordinal() + len(self.signs) - 1)

    def on(self, day: date) -> Sign:
        """What that day was, whether it is in the window or not."""
        at = (day - self.start).days
        return self.signs[at] if 0 <= at < len(self.signs) else Sign.OUTSIDE


# which day is what


def days(supplies: Iterable[Supply], figure: Figure, away: Sequence[tuple[int, int]] = ()) -> Days:
    """What was each day of the figure's window? Fills and stays are those that it was made of.

    The days covered and carried are `figure.days_covered`; where a change of dose makes parts of
    days, a day is covered when part of it is. A method that counts no days shows each fill on its
    own days. No days at all where the period ended before the window.
    """
    stock = _used(supplies, figure)
    own = [(one.day, one.day + one.days) for one in stock]
    counts = figure.method.numerator == Top.COVERED
    return _signed(stock, figure.covered if counts else own, figure, _calendar(figure, away))


def strips(
    title: str, supplies: Iterable[Supply], figure: Figure, away: Sequence[tuple[int, int]] = ()
) -> list[tuple[str, Days]]:
    """The days of a figure under its title and, of several medicines, those of each by its name.

    Drugs that use up one stock are shown as one: a combination product with what it waits for, and
    by `pool` and `same` all of them.
    """
    stock = _used(supplies, figure)
    found = [(title, days(stock, figure, away))]
    parts = _stocks(stock)
    if figure.carry in {Carry.POOL, Carry.SAME} or len(parts) < 2:
        return found
    calendar = _calendar(figure, away)
    for name, part in parts:
        uses_ = lay_out(_at_home(part, calendar), figure.carry)
        used = calendar.real((use.first, use.stop) for use in uses_)
        found.append((name, _signed(part, used, figure, calendar)))
    return found


def uses(
    supplies: Iterable[Supply],
    figure: Figure,
    away: Sequence[tuple[int, int]] = (),
    *,
    by_dose: bool = False,
) -> list[dict[str, Any]]:
    """Each fill that the figure used: when dispensed, how much was left then, first and last day.

    `from` and `to` are None where nothing of it was used before the next fill took over.
    """
    stock, calendar = _used(supplies, figure), _calendar(figure, away)
    laid = lay_out(_at_home(stock, calendar), figure.carry, by_dose=by_dose)
    found = []
    for supply, (begin, stop, left) in zip(stock, laid, strict=True):
        first = last = None
        if stop > begin:
            real = calendar.real([(begin, stop)])
            first, last = int(real[0][0]), _up(real[-1][1]) - 1
        found.append(
            {
                "drug": "+".join(supply.waits_for),
                "filled_on": date.fromordinal(supply.day),
                "days_supply": supply.days,
                "left": int(left) if left == int(left) else float(left),
                "from": None if first is None else date.fromordinal(first),
                "to": None if last is None else date.fromordinal(last),
            }
        )
    return found


def _used(supplies: Iterable[Supply], figure: Figure) -> list[Supply]:
    """The fills that the figure used, sorted as it sorts them."""
    first = 0 if figure.method.brought_in else figure.start.toordinal()
    return in_order(one for one in supplies if first <= one.day <= figure.end.toordinal())


def _calendar(figure: Figure, away: Sequence[tuple[int, int]]) -> Calendar:
    return Calendar(away if figure.method.stays_out else ())


def _at_home(supplies: Sequence[Supply], calendar: Calendar) -> list[Supply]:
    return [one._replace(day=calendar.home(one.day)) for one in supplies]


def _signed(
    stock: Sequence[Supply], used: Iterable[Span], figure: Figure, calendar: Calendar
) -> Days:
    """Each day of the window, and the covered ones of them on which something was dispensed."""
    first, length = figure.start.toordinal(), max(0, (figure.end - figure.start).days + 1)
    covered, fresh, out = (
        _marked(first, length, spans)
        for spans in (used, ((one.day, one.day + one.days) for one in stock), calendar.away)
    )
    signs = []
    for at in range(length):
        sign = Sign.UNCOVERED
        if not figure.first <= first + at < figure.stop:
            sign = Sign.NOT_COUNTED
        elif out[at]:
            sign = Sign.AWAY
        elif covered[at]:
            sign = Sign.COVERED if fresh[at] else Sign.CARRIED
        signs.append(sign)
    filled = {one.day - first for one in stock if one.day >= first}
    fills = (at for at in filled if signs[at] in {Sign.COVERED, Sign.CARRIED, Sign.AWAY})
    return Days(figure.start, tuple(signs), frozenset(date.fromordinal(first + at) for at in fills))


def _stocks(supplies: Iterable[Supply]) -> list[tuple[str, list[Supply]]]:
    """The fills of drugs that share an ingredient, by the names of these drugs."""
    stocks: list[list[Supply]] = []
    for one in supplies:
        mine: list[list[Supply]] = []
        others: list[list[Supply]] = []
        for stock in stocks:
            (mine if _shares(one, stock) else others).append(stock)
        stocks = [*others, [*chain(*mine), one]]
    return sorted(
        (", ".join(sorted({"+".join(one.waits_for) for one in stock})), in_order(stock))
        for stock in stocks
    )


def _shares(one: Supply, stock: Sequence[Supply]) -> bool:
    return any(not set(one.waits_for).isdisjoint(other.waits_for) for other in stock)


def _marked(first: int, length: int, spans: Iterable[Span]) -> bytearray:
    """Which of `length` days from `first` on does some span hold, if only in part?"""
    marked = bytearray(length)
    for begin, stop in clip(merge(spans), first, first + length):
        at = int(begin) - first
        marked[at : _up(stop) - first] = b"\1" * (_up(stop) - first - at)
    return marked


def _up(day: Day) -> int:
    """The next whole day."""
    return -int(-day // 1)


# signs for a terminal


def by_month(days: Days) -> Iterator[tuple[date, list[Sign]]]:
    """Each month of the window: its first day, and what each of its days was."""
    month, end = days.start.replace(day=1), days.end
    while month <= end:
        following = dates.add_months(month, 1)
        length = (following - month).days
        yield month, [days.on(month.replace(day=number + 1)) for number in range(length)]
        month = following


def month_name(month: date) -> str:
    """`Nov`, whatever the locale."""
    return dates.show(month).split()[2]


def months(days: Days) -> list[str]:
    """The calendar in signs: a line a month, at most 36 columns wide; the year where it changes.

    Of a window of more than 24 months the last 24, and that said.
    """
    every = list(by_month(days))
    if not every:
        return []
    shown = every[-_MOST_MONTHS:]
    lines = []
    if len(shown) < len(every):
        lines.append(f"the last {_MOST_MONTHS} of {len(every)} months")
    scale = "1   5    10   15   20   25   30"
    lines.append(f"{shown[0][0].year:<{_LABEL}}{scale}")
    for month, signs in shown:
        if month.month == 1 and month != shown[0][0]:
            lines.append(str(month.year))
        cells = "".join(
            _mark(sign, filled=month.replace(day=number) in days.fills)
            for number, sign in enumerate(signs, 1)
        )
        lines.append(f"{month_name(month):<{_LABEL}}{cells}".rstrip())
    return lines


def _mark(sign: Sign, *, filled: bool) -> str:
    if not filled:
        return MARKS[sign]
    return FILLED_AWAY if sign is Sign.AWAY else FILLED


def calendar(strips: Sequence[tuple[str, Days]]) -> list[str]:
    """The months of a figure, and beside them those of each of its medicines if there are some."""
    if len(strips) == 1:  # its name is the heading already
        return months(strips[0][1])
    return side_by_side([(name, months(days)) for name, days in strips])


def side_by_side(calendars: Sequence[tuple[str, Sequence[str]]], width: int = _WIDTH) -> list[str]:
    """Calendars with their titles, as many beside each other as `width` columns hold."""
    column = max((len(line) for _, lines in calendars for line in lines), default=_LABEL + 31)
    beside = max(1, (width + _BETWEEN) // (column + _BETWEEN))
    found: list[str] = []
    for at in range(0, len(calendars), beside):
        blocks = [
            [*textwrap.wrap(title, column), *lines] for title, lines in calendars[at : at + beside]
        ]
        height = max(map(len, blocks))
        padded = [[""] * (height - len(block)) + block for block in blocks]
        if found:
            found.append("")
        found += [
            (" " * _BETWEEN).join(f"{cell:<{column}}" for cell in row).rstrip()
            for row in zip(*padded, strict=True)
        ]
    return found


def legend() -> str:
    """What the signs mean."""
    words = {
        MARKS[Sign.COVERED]: "medicine",
        f"{FILLED}{FILLED_AWAY}": "filled",
        MARKS[Sign.CARRIED]: "left over",
        MARKS[Sign.UNCOVERED]: "none",
        MARKS[Sign.AWAY]: "in hospital",
        MARKS[Sign.NOT_COUNTED]: "not counted",
    }
    return "   ".join(f"{sign} {word}" for sign, word in words.items())
