"""`enrol`: somebody of the roster accepts care management; ends with the first date and why."""

from __future__ import annotations

from typing import Annotated

import typer

from caretool import dates, deciding, explain, options, planning, typed
from caretool.app import Session
from caretool.errors import InputError
from caretool.model import TIERED, Decision, Status, Tier
from caretool.output import Result
from caretool.store import decisions, patients

READS = False


def run(
    session: Session,
    patient: options.PatientArgument,
    tier: Annotated[
        Tier | None,
        typer.Option(
            "--tier", help="How often to follow up; else the tier on file, or the usual one."
        ),
    ] = None,
    why: Annotated[
        str | None, typer.Option("--why", metavar="TEXT", help="What was said of it.")
    ] = None,
    on: options.OnOption = None,
) -> Result:
    """Take a patient of the roster into care management, which answers an open offer.

    caretool enrol P42

    caretool enrol P42 --tier high --why "agreed on the phone" --on fri
    """
    day, today = session.happened_on(on), session.today
    text = typed.free_text(why)
    with session.writing() as care_file:
        patient_id = patients.resolve(care_file, patient, with_names=session.terminal)
        case = deciding.case(care_file, patient_id, today)
        deciding.refuse_closed(patient_id, case.standing)
        if case.standing.status in TIERED:
            hint = f"caretool edit-patient P{patient_id} changes tier and status"
            msg = f"P{patient_id} is under care management already"
            raise InputError(msg, hint)
        decisions.add(care_file, patient_id, Decision.ACCEPT, day, why=text)
        deciding.take_in(care_file, case, Status.ACTIVE, day, tier)
        plan = planning.of_patient(care_file, patient_id, today)
        deciding.must_hold(plan, Status.ACTIVE, day)
    answered = deciding.offers(case.plan)
    offer = f"; the offer is answered ({', '.join(answered)})" if answered else ""
    return Result(
        data={
            "patient": f"P{patient_id}",
            "on": day,
            "status": plan.standing.status,
            "tier": plan.standing.tier,
            "answered": answered,
            "why": None if session.mask else text,
            "next": explain.next_record(plan, today, mask=session.mask),
        },
        said=(
            f"P{patient_id}: under care management from {dates.show_short(day, today)},"
            f" {deciding.tier_words(plan.standing)}{offer}",
            explain.next_words(plan, today, mask=session.mask),
        ),
    )
