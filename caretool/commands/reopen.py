"""`reopen`: a patient whose care has ended comes back; the one way, and an act of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

import typer

from caretool import dates, deciding, explain, options, planning, typed
from caretool.app import Session
from caretool.errors import InputError
from caretool.model import TIERED, Decision, Status
from caretool.output import Result
from caretool.store import decisions, patients

if TYPE_CHECKING:
    from datetime import date

    from caretool.model import PatientFacts
    from caretool.standing import Standing

READS = False


def run(
    session: Session,
    patient: options.PatientArgument,
    why: Annotated[str | None, typer.Option("--why", metavar="TEXT", help="The reason.")] = None,
    status: Annotated[
        Literal["roster", "active"] | None,
        typer.Option("--status", help="Where they stand then; as before closing unless said."),
    ] = None,
    on: options.OnOption = None,
) -> Result:
    """Reopen a closed patient, on the roster or under care management.

    caretool reopen P42 --why "moved back to town"

    caretool reopen P42 --status roster --why "closed by mistake"
    """
    day, today = session.happened_on(on), session.today
    text = deciding.reason(typed.free_text(why))
    with session.writing() as care_file:
        patient_id = patients.resolve(care_file, patient, with_names=session.terminal)
        case = deciding.case(care_file, patient_id, today)
        _check(patient_id, case.standing, day)
        wanted = Status(status) if status else _before(case.facts)
        decisions.add(care_file, patient_id, Decision.REOPEN, day, why=text)
        deciding.take_in(care_file, case, wanted, day, None)
        plan = planning.of_patient(care_file, patient_id, today)
        deciding.must_hold(plan, wanted, day)
    tiered = wanted in TIERED
    return Result(
        data={
            "patient": f"P{patient_id}",
            "on": day,
            "status": plan.standing.status,
            "tier": plan.standing.tier if tiered else None,
            "why": None if session.mask else text,
            "next": explain.next_record(plan, today, mask=session.mask),
        },
        said=(
            f"P{patient_id}: reopened from {dates.show_short(day, today)}, {wanted.value}"
            + (f", {deciding.tier_words(plan.standing)}" if tiered else ""),
            explain.next_words(plan, today, mask=session.mask),
        ),
    )


def _check(patient_id: int, before: Standing, day: date) -> None:
    """What a list or a contact said is taken back where it was said, not by a status over it.

    A death stands for good; any other end of outreach stands against reopening on an earlier day.
    """
    if before.status != Status.CLOSED:
        msg = f"P{patient_id} is not closed"
        hint = f"caretool show P{patient_id}"
        if before.status == Status.ROSTER:
            hint = f"caretool enrol P{patient_id} takes them into care management"
        raise InputError(msg, hint)
    deciding.refuse_death(before)
    if before.since is not None and before.since > day:
        if before.fact_id:
            msg = f"{before.fact_id} ended outreach on {before.since}, after {day}"
            raise InputError(
                msg, f"if that is wrong: caretool {deciding.taking_back(before.fact_id)}"
            )
        msg = f"P{patient_id} was closed on {before.since}, after {day}"
        raise InputError(msg, "leave --on away, or say a day from then on")


def _before(known: PatientFacts) -> Status:
    """Where the patient stood before closing, as far as a closed patient can stand there again."""
    stood = [one.status for one in known.statuses if one.status != Status.CLOSED]
    return Status.ACTIVE if stood and stood[-1] in TIERED else Status.ROSTER
