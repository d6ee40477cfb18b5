"""`purge`: remove records of who saw what that are older than the law wants them kept."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Annotated

import typer

from caretool import asking, dates, purging
from caretool.app import Session
from caretool.errors import RefusedError, UsageProblem
from caretool.output import Result
from caretool.store import shown

if TYPE_CHECKING:
    from datetime import date

READS = False
_AGE = re.compile(r"([0-9]{1,4})([ym])")
_MONTHS = {"y": 12, "m": 1}
_LEAST = 6 * 12
"""Months. 45 CFR 164.316(b)(2)(i): what is documented is kept for six years."""


def run(
    session: Session,
    older_than: Annotated[
        str,
        typer.Option("--older-than", metavar="AGE", help="7y, 84m: years or months, six at least."),
    ],
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
) -> Result:
    """Remove records of who saw what that are older than an age; says first how many.

    Facts and their history are never removed. A backup is made before.

    caretool purge --older-than 7y
    """
    before = _before(older_than)
    with session.reading() as care_file:
        count = shown.count_before(care_file, before)
    data = {"before": before, "removed": count}
    many = "1 record" if count == 1 else f"{count} records"
    if not count:
        return Result(data=data, said=(f"no record of who saw what is from before {before}",))
    if not yes:
        _confirm(session, f"{many} of who saw what from before {before}")
    from caretool import backups

    backups.before(session.path, "purge", unlock=session.unlock)
    with session.writing() as care_file:
        removed = purging.purge(care_file, before)
    many = "1 record" if removed == 1 else f"{removed} records"
    return Result(
        data=data | {"removed": removed},
        said=(f"{many} of who saw what from before {before} removed",),
        hint="caretool history --reads lists those that are kept",
    )


def _before(age: str) -> date:
    """The day from which on records are kept. Raises UsageProblem, RefusedError."""
    match = _AGE.fullmatch(age.strip().lower())
    if match is None:
        msg = "that is no age"
        raise UsageProblem(msg, "years or months: --older-than 7y, --older-than 84m")
    months = int(match[1]) * _MONTHS[match[2]]
    if months < _LEAST:
        msg = "records of who saw what are kept for six years: 45 CFR 164.316(b)(2)"
        raise RefusedError(msg, "--older-than 6y or more", code="too-young")
    try:
        # By the machine's clock, so that no setting makes a record older than it is
        return dates.add_months(dates.now().date(), -months)
    except (ValueError, OverflowError) as error:
        msg = "that is before any record"
        raise UsageProblem(msg, "caretool purge --older-than 7y") from error


def _confirm(session: Session, what: str) -> None:
    """Say how many and ask; raises RefusedError unless the answer is yes."""
    if not session.interactive:
        msg = f"{what} would be removed, and nobody is there to confirm it"
        raise RefusedError(msg, "--yes removes them", code="confirm")
    if asking.ask(session, f"remove {what}? yes or no").lower() not in {"y", "yes"}:
        msg = "nothing was removed"
        raise RefusedError(msg, "caretool history --reads lists them", code="confirm")
