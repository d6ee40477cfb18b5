"""`decline`: care management was offered and will not be; the answer and its reason are kept."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from caretool import deciding, explain, options, planning, typed
from caretool.app import Session
from caretool.errors import InputError
from caretool.model import TIERED, Decision
from caretool.output import Result
from caretool.store import decisions, patients

if TYPE_CHECKING:
    from caretool.standing import Standing

READS = False
_SAID = {
    Decision.DECLINE: "declined; stays on the roster, a later discharge or referral asks again",
    Decision.NOT_SUITABLE: "not suitable; stays on the roster, only a referral asks again",
}


def run(
    session: Session,
    patient: options.PatientArgument,
    why: Annotated[str | None, typer.Option("--why", metavar="TEXT", help="The reason.")] = None,
    not_suitable: Annotated[
        bool, typer.Option("--not-suitable", help="You decided it, not the patient.")
    ] = False,
    on: options.OnOption = None,
) -> Result:
    """Note that a patient of the roster declines care management, or that it does not suit them.

    caretool decline P42 --why "has help from her daughter"

    caretool decline P42 --not-suitable --why "lives in a nursing home"
    """
    day, today = session.happened_on(on), session.today
    text = deciding.reason(typed.free_text(why))
    decision = Decision.NOT_SUITABLE if not_suitable else Decision.DECLINE
    with session.writing() as care_file:
        patient_id = patients.resolve(care_file, patient, with_names=session.terminal)
        before = planning.of_patient(care_file, patient_id, today)
        deciding.refuse_closed(patient_id, before.standing)
        _check_roster(patient_id, before.standing)
        decisions.add(care_file, patient_id, decision, day, why=text)
        plan = planning.of_patient(care_file, patient_id, today)
    still = deciding.offers(plan)
    return Result(
        data={
            "patient": f"P{patient_id}",
            "on": day,
            "decision": decision,
            "answered": [one for one in deciding.offers(before) if one not in still],
            "status": plan.standing.status,
            "why": None if session.mask else text,
            "next": explain.next_record(plan, today, mask=session.mask),
        },
        said=(
            f"P{patient_id}: {_SAID[decision]}",
            explain.next_words(plan, today, mask=session.mask),
        ),
    )


def _check_roster(patient_id: int, standing: Standing) -> None:
    if standing.status in TIERED:
        msg = f"P{patient_id} is under care management, so there is nothing to decline"
        hint = f"caretool edit-patient P{patient_id} --status closed --reason declined ends it"
        raise InputError(msg, hint)
