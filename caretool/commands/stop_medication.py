"""`stop-medication`: a medicine is not taken any more, and why."""

from __future__ import annotations

from typing import Annotated

import typer

from caretool import dates, medicine_list, medicines, options
from caretool.app import Session
from caretool.errors import UsageProblem
from caretool.output import Result
from caretool.store import medications, patients

READS = False


def run(
    session: Session,
    patient: options.PatientArgument,
    name: Annotated[
        str, typer.Argument(metavar="NAME|M3", help="Which one: its id, or (part of) its name.")
    ],
    why: Annotated[
        str | None, typer.Option("--why", metavar="TEXT", help="The reason; needed.")
    ] = None,
    on: options.OnOption = None,
) -> Result:
    """Stop a medicine on a patient's list; it stays on file with the day and the reason.

    An entry made by mistake is stopped too: --why "entered in error". A medicine that is taken
    again is put on the list with caretool add-medication.

    caretool stop-medication P42 metformin --why "stomach pain"

    caretool stop-medication P42 M3 --why "entered in error" --on yesterday
    """
    day, today = session.happened_on(on), session.today
    reason = _reason(why)
    with session.writing() as care_file:
        patient_id = patients.resolve(care_file, patient, with_names=session.terminal)
        one = medicine_list.meant(care_file, patient_id, name, today)
        medications.stop(care_file, one, day, reason)
    shown = medicine_list.shown_name(one.name, one.atc, mask=session.mask)
    return Result(
        data={
            "patient": f"P{patient_id}",
            "medication": one.id,
            "name": shown,
            "stopped_on": day,
            "stop_reason": None if session.mask else reason,
        },
        said=(
            f"P{patient_id}: {' '.join(filter(None, (one.id, shown)))} stopped on"
            f" {dates.show_short(day, today)}{'' if session.mask else f': {reason}'}",
        ),
        hint=f"if it is taken again: caretool add-medication P{patient_id} NAME",
    )


def _reason(why: str | None) -> str:
    text = medicines.read_line(why, "--why")
    if text is None:
        msg = "no --why"
        raise UsageProblem(msg, 'say why: --why "stomach pain", or --why "entered in error"')
    return text
