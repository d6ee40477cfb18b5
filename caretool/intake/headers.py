"""Which of the first rows holds the headings?

Lists begin with titles, run dates and banners; headings stand in one row, or in two (a group such
as "Patient" over "Last" and "First", or one heading broken over two rows), or nowhere. What is
known is decided by the caller; here it is only counted.
"""

from __future__ import annotations

import re
from collections import Counter
from functools import cache
from itertools import pairwise
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from caretool.intake.listing import Row

    Known = Callable[[str], bool]

MAX_COLUMNS: Final = 2_000
SEARCHED: Final = 60  # records from the first on among which the headings are sought
_LEAST_KNOWN: Final = 2
_LONGEST_HEADING: Final = 100  # characters; longer texts are remarks
_LONGEST_VALUE: Final = 40

# A number, date or time: digits with punctuation, and the words that stand in dates (English and
# Spanish months, weekdays, AM and PM).
_VALUE: Final = re.compile(
    r"(?=.*\d)(?:[\d\W_]"
    r"|(?:jan|feb|mar|apr|may|jun|jul|aug|sept?|oct|nov|dec|ene|abr|ago|set|dic)(?![a-z])"
    r"|(?:january|february|march|april|june|july|august|september|october|november|december)"
    r"|(?:enero|febrero|marzo|abril|mayo|junio|julio|agosto|septiembre|setiembre|octubre"
    r"|noviembre|diciembre)"
    r"|(?:mon|tues?|wed(?:nes)?|thu(?:rs)?|fri|sat(?:ur)?|sun)(?:day)?"
    r"|[ap]\.?m|[tz](?![a-z]))+",
    re.IGNORECASE,
)


class Head(NamedTuple):
    """The headings of a list and what stands around them."""

    header: tuple[str, ...]
    """As written, but for blanks and line breaks; `Column 1` and so on where there are none."""
    line: int
    """The line on which they start; 0 where there are none."""
    after: int
    """Records that start below this line are the list."""
    titles: tuple[str, ...]
    """The rows above, each as one text."""
    known: int
    """How many different headings mean something."""


class _Candidate(NamedTuple):
    header: tuple[str, ...]
    known: int
    doubles: int
    """Headings that stand there more than once; two rows may tell them apart."""


def is_blank(cells: list[str]) -> bool:
    """Is nothing written in any cell? Such rows (`||||`) are records, blank lines are not."""
    return not any(map(str.strip, cells))


def is_value(text: str) -> bool:
    """Is this a number, a date or a time rather than words?"""
    return len(text) <= _LONGEST_VALUE and bool(_VALUE.fullmatch(text))


def find_head(rows: Sequence[Row], known: Known, *, before: int = 0) -> Head:
    """Where are the headings among the first rows of a list?

    The row with the most known headings, at least two, with words in at least half of its cells;
    two rows as one where that makes more known headings; else the first row of words only over
    rows with numbers or dates; else there are none.

    Args:
        rows: the first records that are not blank, at least one.
        known: does this heading mean something?
        before: the line below which the list starts where it has no headings.
    """
    known = cache(known)
    texts = [tuple(" ".join(cell.split()) for cell in cells) for _, _, cells in rows[:SEARCHED]]
    single = [_candidate(text, known) for text in texts]
    best, size = max(range(len(texts)), key=lambda at: (single[at].known, -at)), 1
    chosen = single[best]
    for upper, pair in enumerate(pairwise(texts)):
        joined = _joined(*pair, known)
        if joined.known >= _LEAST_KNOWN and _rank(joined) > max(
            _rank(chosen), _rank(single[upper]), _rank(single[upper + 1])
        ):
            chosen, best, size = joined, upper, 2
    if chosen.known < _LEAST_KNOWN:
        width = _usual_width(rows)
        found = _words_over_values(rows, texts, single, width)
        if found is None:
            columns = tuple(f"Column {number}" for number in range(1, width + 1))
            return Head(columns, 0, before, (), 0)
        chosen, best = single[found], found
        chosen = chosen._replace(header=texts[found])
    titles = tuple(" ".join(filter(None, text)) for text in texts[:best])
    return Head(chosen.header, rows[best][0], rows[best + size - 1][0], titles, chosen.known)


def _candidate(text: tuple[str, ...], known: Known) -> _Candidate:
    """A row as headings; none of them counts unless half of its cells hold words."""
    filled = [cell for cell in text if cell]
    words = [cell for cell in filled if not is_value(cell)]
    if 2 * len(words) < len(filled) or len(text) > MAX_COLUMNS:
        return _Candidate(text, 0, 0)
    counts = Counter(
        cell.casefold() for cell in words if len(cell) <= _LONGEST_HEADING and known(cell)
    )
    return _Candidate(text, len(counts), sum(counts.values()) - len(counts))


def _rank(candidate: _Candidate) -> tuple[int, int]:
    return candidate.known, -candidate.doubles


def _joined(upper: tuple[str, ...], lower: tuple[str, ...], known: Known) -> _Candidate:
    """Two rows as one row of headings.

    A heading above counts for the empty cells right of it, or only for its own column, whichever
    makes more known headings.
    """
    if not any(upper) or any(map(is_value, (*upper, *lower))):
        return _Candidate(lower, 0, 0)
    width = max(len(upper), len(lower))
    above = [*upper, *[""] * (width - len(upper))]
    below = [*lower, *[""] * (width - len(lower))]
    groups = above.copy()
    for at in range(1, width):
        groups[at] = above[at] or (groups[at - 1] if below[at] else "")
    counts = Counter(text.casefold() for text in below if text)
    options = []
    for tops in (above, groups):
        header = tuple(
            _column(top, text, known, lone=counts[text.casefold()] == 1)
            for top, text in zip(tops, below, strict=True)
        )
        options.append(_candidate(header, known))
    return max(options, key=_rank)


def _column(top: str, text: str, known: Known, *, lone: bool) -> str:
    """One column's heading out of two cells: both, unless only the lower one means something."""
    both = f"{top} {text}".strip()
    return text if lone and not known(both) and known(text) else both


def _usual_width(rows: Sequence[Row]) -> int:
    """The number of cells that most rows have; of two equally common, the larger."""
    counts = Counter(len(cells) for _, _, cells in rows)
    return max(counts, key=lambda width: (counts[width], width))


def _words_over_values(
    rows: Sequence[Row], texts: list[tuple[str, ...]], single: list[_Candidate], width: int
) -> int | None:
    """The first row of words only, if it can be headings that nobody knows.

    In a list of one column, that is prose to us unless its heading is known, the first row counts.
    """
    if width == 1:
        return max(range(len(texts)), key=lambda at: (single[at].known, -at))
    for at, text in enumerate(texts):
        filled = [cell for cell in text if cell]
        if 2 * len(filled) < width or len(text) > width or any(map(is_value, filled)):
            continue
        columns = [place for place, cell in enumerate(text) if cell]
        if single[at].known or (
            len({cell.casefold() for cell in filled}) == len(filled)
            and _have_values(rows[at + 1 :], columns)
        ):
            return at
    return None


def _have_values(rows: Sequence[Row], columns: list[int]) -> bool:
    """Do most of these rows hold a number or a date in one of these columns?"""
    have = sum(
        any(at < len(cells) and is_value(cells[at].strip()) for at in columns)
        for _, _, cells in rows
    )
    return 2 * have > len(rows)
