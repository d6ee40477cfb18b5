"""`backup`: a checked copy of the care file, and which of the earlier ones stay."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from caretool import backups
from caretool.app import Session
from caretool.backups import Stay
from caretool.errors import EXIT_OK, EXIT_PARTIAL, CareError
from caretool.output import Result

if TYPE_CHECKING:
    from collections.abc import Iterator

    from caretool.backups import Rotated
    from caretool.copies import Copy

READS = False
_OTHERS = 0o077


def run(
    session: Session,
    folder: Annotated[
        Path | None,
        typer.Argument(metavar="DIR", help="Where to; else `backups` beside the care file."),
    ] = None,
    keep: Annotated[
        int | None, typer.Option("--keep", metavar="N", min=1, help="Keep the N latest.")
    ] = None,
    daily: Annotated[
        int | None,
        typer.Option("--daily", metavar="N", min=1, help="Keep the last of each of N days."),
    ] = None,
    weekly: Annotated[
        int | None,
        typer.Option("--weekly", metavar="N", min=1, help="Keep the last of each of N weeks."),
    ] = None,
) -> Result:
    """Copy the care file, also while it is in use, and check the copy; removes only what you say.

    caretool backup

    caretool backup /media/stick --keep 7 --weekly 8
    """
    made = backups.make(session.path, folder, unlock=session.unlock)
    stay = Stay(keep or 0, daily or 0, weekly or 0)
    rotated = None
    if any(stay):
        rotated = backups.rotate(made, session.path, stay, unlock=session.unlock)
    problems = tuple(_problems(made, rotated))
    return Result(
        data={
            "backup": str(made.path),
            "schema": made.state.schema,
            "rows": sum(made.state.rows.values()),
            "kept": None if rotated is None else [str(one) for one in rotated.kept],
            "removed": None if rotated is None else [str(one) for one in rotated.removed],
        },
        said=tuple(_said(made, rotated)),
        errors=problems,
        exit_code=EXIT_PARTIAL if problems else EXIT_OK,
    )


def _said(made: Copy, rotated: Rotated | None) -> Iterator[str]:
    rows = sum(made.state.rows.values())
    yield f"backed up to {made.path}: {rows:,} rows, read again and whole"
    if rotated is not None:
        yield f"kept: {', '.join(one.name for one in rotated.kept)}"
        if rotated.removed:
            yield f"removed: {', '.join(one.name for one in rotated.removed)}"


def _problems(made: Copy, rotated: Rotated | None) -> Iterator[CareError]:
    if made.broken:
        msg = f"the history of the care file is cut at H{made.broken[0]}, and so is the copy's"
        yield CareError(msg, "caretool check tells more", code="history")
    if made.path.stat().st_mode & _OTHERS:
        msg = f"others can read {made.path}: its disk knows no owners"
        yield CareError(msg, "keep that disk as safe as the care file", code="not-private")
    for one in () if rotated is None else rotated.stuck:
        yield CareError(f"{one} cannot be removed", "remove it yourself", code="read-only")
