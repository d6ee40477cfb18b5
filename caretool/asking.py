"""Who is meant, asked for instead of typed: so that no name stays in the shell's history.

`-` in the place of a patient is a question on a terminal, and elsewhere a line of standard input.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

from caretool import output
from caretool.errors import InputError, UsageProblem
from caretool.options import Mark

if TYPE_CHECKING:
    from collections.abc import Mapping

    from caretool.app import Session

DASH = "-"
_LONGEST = 1000  # characters of a line; more is no name


def answered(
    session: Session, marks: Mapping[str, Mark], values: Mapping[str, Any]
) -> dict[str, Any]:
    """The values of a command line, with whoever is meant by `-` in its place.

    One `-` at most: of two equal questions nobody knows which is which, and of two patients that
    are joined the first one stays; a note that is read to its end leaves no line for a name.

    Raises:
        UsageProblem: `-` is said more than once.
        InputError: standard input has no such line.
    """
    said = {name: list(_texts(values[name])) for name in marks}
    if sum(texts.count(DASH) for texts in said.values()) > 1 and any(
        DASH in said[name] for name, mark in marks.items() if mark is Mark.PATIENT
    ):
        msg = "- is said more than once, and standard input is read once"
        raise UsageProblem(msg, "say who by id, such as P42; a note can be a --note-file FILE")
    found = dict(values)
    for name, mark in marks.items():
        if mark is Mark.PATIENT and DASH in said[name]:
            who = line(session, "patient")
            value = values[name]
            found[name] = (
                tuple(who if one == DASH else one for one in value)
                if isinstance(value, (tuple, list))
                else who
            )
    return found


def _texts(value: object) -> list[str]:
    return [str(one) for one in value] if isinstance(value, (tuple, list)) else [str(value)]


def line(session: Session, question: str) -> str:
    """The answer to a question on the terminal; elsewhere the next line of standard input.

    Raises InputError when there is none.
    """
    if session.interactive:
        return output.ask(question)
    text = sys.stdin.readline(_LONGEST + 1) if sys.stdin is not None else ""
    if len(text) > _LONGEST or not text.strip():
        what = "is longer than any answer" if text.strip() else "is missing or blank"
        msg = f"{question}: the line of standard input {what}"
        raise InputError(msg, "- reads one line of standard input, or asks on a terminal")
    return text.strip()


def ask(session: Session, question: str) -> str:
    """Ask on the terminal; refused when nobody is there to answer."""
    if not session.interactive:
        msg = f"{question}: nobody to ask, standard input is not a terminal"
        raise InputError(msg, "give it on the command line", code="no-terminal")
    return output.ask(question)
