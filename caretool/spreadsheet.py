"""Cells that a spreadsheet program would run as formulas, and how they are kept from it.

A program that opens a CSV file takes a cell for a formula by how it begins, also behind blanks and
quotation marks, and a formula can fetch, send or start things (OWASP, "CSV Injection"). An
apostrophe before the cell makes it text.
"""

from __future__ import annotations

import re

GUARD = "'"
# Blanks, quotation marks and marks without a width; then what begins a formula, or breaks the cell
# in two: = + - @, their full-width forms, tab, line ends, NUL
_FORMULA = re.compile(
    "[\\s\\0\"'\u2018\u2019\u201c\u201d\u200b\ufeff]*[=+\\-@\uff1d\uff0b\uff0d\uff20\t\r\n\\0]"
)


def guarded(text: str) -> str:
    """The text of a cell, with an apostrophe before it where it would be run as a formula."""
    return GUARD + text if _FORMULA.match(text) else text


def unguarded(text: str) -> str:
    """The text that `guarded` was given.

    What begins with an apostrophe and would be run without it is guarded itself, so that every
    text comes back as it was.
    """
    return text[1:] if text.startswith(GUARD) and _FORMULA.match(text, 1) else text
