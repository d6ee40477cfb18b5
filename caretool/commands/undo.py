"""`undo`: takes back the last command, or the one that is named, to the letter."""

from __future__ import annotations

from typing import Annotated

import typer

from caretool import explain, planning, undoing
from caretool.app import Session
from caretool.output import Result
from caretool.store import commands, merges

READS = False
_MOST = 3


def run(
    session: Session,
    command: Annotated[
        str | None,
        typer.Argument(
            metavar="COMMAND", help="The id of one in the history: H17.", show_default=False
        ),
    ] = None,
) -> Result:
    """Undo the last command, or the one named; refused when later work stands on it.

    caretool undo

    caretool undo H17
    """
    today, mask = session.today, session.mask
    with session.writing(references=False) as care_file:
        undone = undoing.last(care_file) if command is None else commands.typed(care_file, command)
        undoing.undo(care_file, undone)
        own = commands.typed(care_file, f"H{care_file.command_id}")
        own = own._replace(last=care_file.value("SELECT max(id) FROM changes"))
        tallies = commands.tallies(care_file, own)
        touched = commands.patients_of(care_file, own, _MOST + 1)
        here = [
            one
            for one in touched[:_MOST]
            if care_file.value("SELECT 1 FROM patients WHERE id = ?", (one,))
            and merges.kept(care_file, one) == one
        ]
        plans = planning.of_patients(care_file, here, today) if len(touched) <= _MOST else {}
    asked = f" {undone.asked}" if undone.asked else ""
    return Result(
        data={
            "command": f"H{own.id}",
            "undone": f"H{undone.id}",
            "was": undone.name,
            "asked": undone.asked,
            "changes": [one._asdict() for one in tallies],
            "patients": [f"P{one}" for one in touched[:_MOST]],
            "next": [
                {"patient": f"P{one}", **(explain.next_record(plan, today, mask=mask) or {})}
                for one, plan in plans.items()
            ],
        },
        said=(
            f"undone: H{undone.id} {undone.name}{asked}",
            *(one.words for one in tallies),
            *(
                f"P{one} {explain.next_words(plan, today, mask=mask)}"
                for one, plan in plans.items()
            ),
        ),
        hint=f"caretool undo H{own.id} does it again",
    )
