"""One patient's medicines as one SVG picture: to print and to lay on the doctor's desk.

Each kind of day has a shape of its own, so that the picture needs neither colour nor a terminal:
full, hatched, empty, a letter, a dash. It is as wide as a sheet of A4, holds no scripts, fonts or
links, and is the same for the same figures. A name is in it only where the caller puts one in.
"""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING, NamedTuple
from xml.etree.ElementTree import Element, SubElement, indent, tostring  # nosec B405 - only written

from caretool.day_page import MARKS, Sign, by_month, month_name

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from caretool.day_page import Days

_WIDTH, _MARGIN, _GUTTER = 794, 30, 14  # A4 at 96 dots an inch
_LINE, _LABEL = 14, 50
_CELL, _WIDE, _TALL = 10, 22, 12
_COLUMN = (_WIDTH - 2 * _MARGIN - _GUTTER) // 2
_LETTER = 6  # width of a letter of the text, on average and rather too much than too little
_INK, _PALE, _GAP, _GREY = "#1b4f8a", "#e6e9ee", "#a33a00", "#595959"
_STYLE = f"""
text {{ font-family: Helvetica, Arial, "DejaVu Sans", sans-serif; font-size: 10px; fill: #1a1a1a }}
.title {{ font-size: 18px; font-weight: bold }}
.name {{ font-size: 12px; font-weight: bold }}
.month {{ font-size: 9px }}
.scale {{ font-size: 8px; fill: {_GREY}; text-anchor: middle }}
.letter {{ font-size: 9px; font-weight: bold; text-anchor: middle }}
.covered {{ fill: {_INK} }}
.carried {{ fill: url(#left-over); stroke: {_INK} }}
.uncovered {{ fill: white; stroke: {_GAP} }}
.away {{ fill: {_PALE}; stroke: {_GREY} }}
.not_counted {{ fill: {_GREY} }}
.filled {{ fill: white }}
"""
_WORDS = {
    Sign.COVERED: "medicine",
    Sign.CARRIED: "medicine, left over from an earlier fill",
    Sign.UNCOVERED: "none",
    Sign.AWAY: "in hospital",
    Sign.NOT_COUNTED: "not counted",
}


class _Calendar(NamedTuple):
    """One calendar of the sheet: a figure in words, or the name of a medicine of it, and days."""

    heading: str
    days: Days

    @property
    def lines(self) -> tuple[str, str]:
        """The figure, and what this calendar's own days add up to."""
        count = {sign: self.days.signs.count(sign) for sign in _WORDS}
        had = count[Sign.COVERED] + count[Sign.CARRIED]
        words = f"medicine on {had} of {_days(had + count[Sign.UNCOVERED])}"
        if count[Sign.CARRIED]:
            words += f", {count[Sign.CARRIED]} of them left over"
        if count[Sign.AWAY]:
            words += f"; {_days(count[Sign.AWAY])} in hospital"
        return self.heading, words


def svg(
    title: str, lines: Sequence[str], parts: Iterable[tuple[str, Sequence[tuple[str, Days]]]]
) -> str:
    """The picture of a title, lines of text (method, window, as-of date) and calendars.

    Each part is one figure in words with its calendars (`day_page.strips`): its own, then those of
    its medicines by name. One without, of which no day could be counted, is told below them all.
    """
    parts = list(parts)
    calendars = [
        _Calendar(f"{strips[0][0]}: {name}" if at else heading, days)
        for heading, strips in parts
        for at, (name, days) in enumerate(strips)
    ]
    root = Element("svg", xmlns="http://www.w3.org/2000/svg", role="img", width=str(_WIDTH))
    root.set("aria-labelledby", "title desc")
    SubElement(root, "title", id="title").text = _clean(title)
    bare = [heading for heading, strips in parts if not strips]
    told = [*lines, *(": ".join(one.lines) for one in calendars), *bare]
    SubElement(root, "desc", id="desc").text = _clean(". ".join(told))
    SubElement(root, "style").text = _STYLE
    _hatching(root)
    SubElement(root, "rect", width="100%", height="100%", fill="white")
    y = _MARGIN + _LINE
    _text(root, _MARGIN, y, title, "title")
    y += _LINE // 2
    for line in lines:
        y = _wrapped(root, _MARGIN, y, line, _WIDTH - 2 * _MARGIN)
    y = _legend(root, y + _LINE)
    columns = min(2, len(calendars))
    for at in range(0, len(calendars), 2):
        places = zip((_MARGIN, _MARGIN + _COLUMN + _GUTTER), calendars[at : at + 2], strict=False)
        cell = _WIDE if columns == 1 else _CELL
        y = max(_draw(root, x, y + _LINE, one, cell) for x, one in places)
    for heading in bare:
        y = _wrapped(root, _MARGIN, y + _LINE, heading, _WIDTH - 2 * _MARGIN, "name")
    height = str(y + _MARGIN)
    root.set("height", height)
    root.set("viewBox", f"0 0 {_WIDTH} {height}")
    indent(root)
    return tostring(root, encoding="unicode") + "\n"


def _draw(root: Element, left: int, y: int, one: _Calendar, cell: int) -> int:
    """Draw a calendar from there down; the height at which it ends."""
    heading, count = one.lines
    y = _wrapped(root, left, y, heading, _LABEL + 31 * cell, "name")
    y = _wrapped(root, left, y, count, _LABEL + 31 * cell) + _LINE
    grid = left + _LABEL
    for number in (1, *range(5, 31, 5)):
        _text(root, grid + (number - 1) * cell + cell // 2, y, str(number), "scale")
    y += 4
    boxes: dict[Sign, list[tuple[int, int]]] = {}
    filled = []
    for month, signs in by_month(one.days):
        _text(root, left, y + _TALL - 3, f"{month_name(month)} {month.year}", "month")
        for at, sign in enumerate(signs):
            place = grid + at * cell, y
            boxes.setdefault(sign, []).append(place)
            if month.replace(day=at + 1) in one.days.fills:
                filled.append(place)
        y += _TALL + 1
    boxes.pop(Sign.OUTSIDE, None)
    for sign, places in boxes.items():
        _boxes(root, sign, places, cell)
    _dots(root, filled, cell)
    return y


def _boxes(root: Element, sign: Sign, places: Sequence[tuple[int, int]], cell: int) -> None:
    """Days of one kind, as one shape each and all together one path."""
    width, height = cell - 1, _TALL
    pieces = []
    for x, y in places:
        if sign == Sign.NOT_COUNTED:
            pieces.append(f"M{x + width // 2 - 2} {y + height // 2}h4v1h-4z")
        elif sign == Sign.COVERED:
            pieces.append(f"M{x} {y}h{width}v{height}h-{width}z")
        else:  # half a dot inwards, so that the outline is sharp
            pieces.append(f"M{x}.5 {y}.5h{width - 1}v{height - 1}h-{width - 1}z")
    path = SubElement(root, "path", d="".join(pieces))
    path.set("class", sign)
    if sign == Sign.AWAY:
        for x, y in places:
            _text(root, x + cell // 2, y + _TALL - 3, MARKS[sign], "letter")


def _dots(root: Element, places: Iterable[tuple[int, int]], cell: int) -> None:
    """Days on which something was dispensed."""
    for x, y in places:
        dot = SubElement(root, "circle", cx=str(x + (cell - 1) / 2), cy=str(y + _TALL / 2), r="2.5")
        dot.set("class", "filled")


def _legend(root: Element, y: int) -> int:
    """What each shape means, on one line."""
    x = _MARGIN
    entries: list[tuple[Sign, str, bool]] = [(sign, words, False) for sign, words in _WORDS.items()]
    entries.insert(1, (Sign.COVERED, "filled on that day", True))
    for sign, words, filled in entries:
        _boxes(root, sign, [(x, y)], _CELL)
        if filled:
            _dots(root, [(x, y)], _CELL)
        _text(root, x + _CELL + 5, y + _TALL - 2, words)
        x += _CELL + 5 + round(len(words) * _LETTER) + _LINE
    return y + _TALL


def _hatching(root: Element) -> None:
    pattern = SubElement(root, "pattern", id="left-over", width="4", height="4")
    pattern.set("patternUnits", "userSpaceOnUse")
    pattern.set("patternTransform", "rotate(45)")
    SubElement(pattern, "rect", width="4", height="4", fill="white")
    SubElement(pattern, "rect", width="1.5", height="4", fill=_INK)


def _wrapped(root: Element, x: int, y: int, text: str, width: int, kind: str = "") -> int:
    """Lines of text below that height, broken between words; the height of the last one."""
    letters = width / (_LETTER * 4 / 3 if kind else _LETTER)
    for line in textwrap.wrap(_clean(text), int(letters)):
        y += _LINE
        _text(root, x, y, line, kind)
    return y


def _text(root: Element, x: int, y: int, text: str, kind: str = "") -> None:
    element = SubElement(root, "text", x=str(x), y=str(y))
    if kind:
        element.set("class", kind)
    element.text = _clean(text)


def _clean(text: str) -> str:
    """The text with what XML cannot hold, such as control characters, shown escaped."""
    return "".join(c if c.isprintable() else ascii(c)[1:-1] for c in text)


def _days(count: int) -> str:
    return "1 day" if count == 1 else f"{count} days"
