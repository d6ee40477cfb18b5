"""`check-protocols`: is anything wrong with the care rules, and do their worked examples hold?"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from caretool import lint
from caretool.app import Session
from caretool.errors import EXIT_INPUT, RuleError
from caretool.output import Column, Result
from caretool.store import own_files

_COLUMNS = (
    Column("file", "file"),
    Column("line", "line", right=True),
    Column("rule", "rule"),
    Column("message", "what is wrong", wrap=True),
)


def run(
    session: Session,
    file: Annotated[
        Path | None,
        typer.Argument(
            metavar="FILE",
            help="Your own file of rules; else the rules in force.",
            show_default=False,
        ),
    ] = None,
) -> Result:
    """Check the care rules: what is malformed or can never come true; runs their worked examples.

    caretool check-protocols

    caretool check-protocols clinic.toml
    """
    own = file or own_files.rules(session.path)
    checked = lint.check(own)
    rows = [one._asdict() for one in checked.findings]
    counts = {"rules": checked.rules, "examples": checked.examples}
    if not rows:
        said = f"{checked.rules} rules, {checked.examples} examples, all right"
        return Result(data=rows, columns=_COLUMNS, said=(said,), counts=counts)
    many = "1 thing is" if len(rows) == 1 else f"{len(rows)} things are"
    problem = RuleError(
        f"{many} wrong in {own.name if own else 'the built-in rules'}",
        "correct that and check again; the built-in file explains each key in its first lines",
    )
    return Result(
        data=rows, columns=_COLUMNS, counts=counts, errors=(problem,), exit_code=EXIT_INPUT
    )
