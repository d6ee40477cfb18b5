"""A table on a terminal: how wide is each column, where all of them are wider than the terminal?

The widest is narrowed first. A column that may be broken into lines keeps room for its longest
word as long as there is any, so that the name of a medicine is not broken in two.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from rich import box
from rich.cells import cell_len
from rich.table import Table

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from rich.console import Console
    from rich.text import Text

    from caretool.output import Column

LONGEST_WORD = 20  # characters; a longer one may be broken, or one address takes all the room


class Held(NamedTuple):
    """What the cells of one column and its heading hold."""

    line: int
    """How wide the longest line is."""
    word: int
    """How wide the longest word is."""
    wrap: bool
    """May it be broken into lines? If not, it is never made narrower."""


def table(console: Console, columns: Sequence[Column], rows: Sequence[Sequence[Text]]) -> Table:
    """The table of these cells, for as much room as the terminal has."""
    drawn = None if console.no_color or console.is_dumb_terminal else box.SIMPLE_HEAD
    found = Table(box=drawn, show_edge=False, pad_edge=False, padding=(0, 1, 0, 0))
    held = [
        _held((column.title, *(row[at].plain for row in rows)), wrap=column.wrap)
        for at, column in enumerate(columns)
    ]
    between = (1 if drawn is None else 2) * (len(columns) - 1)
    widths = fitted(held, console.width - between)
    for at, column in enumerate(columns):
        found.add_column(
            column.title,
            no_wrap=not column.wrap,
            justify="right" if column.right else "left",
            overflow="fold",
            width=widths[at] if widths else None,
        )
    for row in rows:
        found.add_row(*row)
    return found


def _held(texts: Iterable[str], *, wrap: bool) -> Held:
    line = word = 1
    for text in texts:
        line = max(line, *map(cell_len, text.split("\n")))
        word = max([word, *map(cell_len, text.split())])
    return Held(line, word, wrap)


def fitted(columns: Sequence[Held], room: int) -> list[int] | None:
    """The width of each column for that much room; where the words need more, they are broken too.

    None where even one character for each column that may be broken is too much.
    """
    widths = [one.line for one in columns]
    for longest in (LONGEST_WORD, 1):
        least = [min(one.word, longest) if one.wrap else one.line for one in columns]
        while sum(widths) > room:
            can = [number for number, width in enumerate(widths) if width > least[number]]
            if not can:
                break
            widths[max(can, key=widths.__getitem__)] -= 1
    return widths if sum(widths) <= room else None
