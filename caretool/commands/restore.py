"""`restore`: a backup takes the place of the care file, which is kept beside it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from caretool import app, asking, restoring
from caretool.app import Session
from caretool.errors import RefusedError
from caretool.output import Result

if TYPE_CHECKING:
    from collections.abc import Iterator

    from caretool.restoring import Plan

READS = False


def run(
    session: Session,
    backup: Annotated[
        Path, typer.Argument(metavar="FILE|DIR", help="A backup, or what export --all wrote.")
    ],
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
) -> Result:
    """Put a backup, or what export --all wrote, in the place of the care file, which is kept.

    caretool restore backups/care-20261124T081500.db

    caretool restore everything/ --yes
    """
    if session.path == app.default_path():
        app.make_folder(session.path.parent)
    # A backup may have another passphrase than the care file has today
    other = replace(session, path=backup, known=[])
    same = restoring.same_key(backup, session.path)
    unlock = session.unlock if same else other.unlock
    with restoring.prepared(
        backup, session.path, app.user(), session.asked, unlock, session.unlock
    ) as plan:
        there = plan.there
        if there and not yes:
            _confirm(session, plan)
        kept = restoring.put_in_place(plan)
    return Result(
        data={
            "restored": str(backup),
            "care_file": str(plan.path),
            "kept": None if kept is None else str(kept),
            "commands_lost": plan.lost if there and plan.present is not None else None,
            "commands_back": plan.back,
            "schema": plan.schema,
            "encrypted": plan.encrypted,
        },
        said=tuple(_said(plan, kept)),
        hint="next: caretool check",
    )


def _confirm(session: Session, plan: Plan) -> None:
    """Say what will be lost and ask; raises RefusedError unless the answer is yes."""
    words = _lost(plan)
    if not session.interactive:
        raise RefusedError(words, "--yes restores all the same", code="confirm")
    if asking.ask(session, f"{words}; restore? yes or no").lower() not in {"y", "yes"}:
        msg = "nothing was restored"
        raise RefusedError(msg, "the care file is as it was", code="confirm")


def _lost(plan: Plan) -> str:
    """What the care file holds that the backup does not."""
    if plan.present is None:
        return f"what {plan.path} holds cannot be read; it would be kept as it is"
    if not plan.in_common:
        return f"the backup is of another care file than {plan.path}"
    if not plan.lost:
        return f"nothing in {plan.path} would be lost"
    since, _, user, name, *_ = plan.present[plan.in_common]
    lost = _commands(plan.lost)
    return f"{lost} of {plan.path} would be lost, the first a {name} by {user} at {since}"


def _commands(count: int) -> str:
    return "1 command" if count == 1 else f"{count:,} commands"


def _said(plan: Plan, kept: Path | None) -> Iterator[str]:
    yield f"restored: {plan.path} holds {_commands(len(plan.backup))} again, checked"
    if plan.backup:
        yield f"the last of them was at {plan.backup[-1][0]}"
    if kept is not None:
        yield f"the file of before is kept as {kept.name}"
        if plan.lost:
            yield f"only in that: {_commands(plan.lost)}"
    if plan.was_encrypted and not plan.encrypted:
        yield "it is not encrypted any more, as the backup is not: caretool encrypt"
