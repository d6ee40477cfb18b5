"""`edit-patient`: correct or complete who a patient is, and change status and tier."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from caretool import explain, options, planning, typed
from caretool.app import Session
from caretool.errors import DuplicateError, InputError, UsageProblem
from caretool.model import PRACTICE, Channel, CloseReason, Identifier, Sex, Status, Tier
from caretool.output import Result
from caretool.store import patients

if TYPE_CHECKING:
    from datetime import date

    from caretool.db import CareFile
    from caretool.schedule import Standing

READS = False


def run(
    session: Session,
    patient: options.PatientArgument,
    name: Annotated[
        str | None, typer.Option("--name", metavar="NAME", help='"Last, First Middle".')
    ] = None,
    dob: Annotated[str | None, typer.Option("--dob", metavar="DATE", help="Birth date.")] = None,
    sex: Annotated[
        Sex | None, typer.Option("--sex", case_sensitive=False, help="Sex as recorded.")
    ] = None,
    mrn: Annotated[
        str | None, typer.Option("--mrn", metavar="NO", help="Add a record number.")
    ] = None,
    issuer: Annotated[
        str | None,
        typer.Option("--issuer", metavar="TEXT", help="Who issued the number, if not you."),
    ] = None,
    phone: Annotated[
        list[str] | None,
        typer.Option("--phone", metavar="NO", help="The number to call from now on."),
    ] = None,
    zip_code: Annotated[str | None, typer.Option("--zip", metavar="ZIP", help="ZIP code.")] = None,
    language: Annotated[
        str | None, typer.Option("--language", metavar="TEXT", help="Preferred language.")
    ] = None,
    channel: Annotated[
        Channel | None, typer.Option("--channel", help="Preferred way of contact.")
    ] = None,
    condition: Annotated[
        list[str] | None, typer.Option("--condition", metavar="CODE", help="Add a condition.")
    ] = None,
    tier: Annotated[Tier | None, typer.Option("--tier", help="How often to follow up.")] = None,
    status: Annotated[Status | None, typer.Option("--status", help="Where they stand.")] = None,
    reason: Annotated[
        CloseReason | None, typer.Option("--reason", help="Why closed; with --status closed.")
    ] = None,
    on: options.OnOption = None,
) -> Result:
    """Change a patient; status and tier hold from --on (today unless said).

    caretool edit-patient P42 --phone 423-555-0142 --channel portal

    caretool edit-patient P42 --status closed --reason moved
    """
    day = session.happened_on(on)
    if (status == Status.CLOSED) != (reason is not None):
        msg = "closing needs a reason, and only closing has one"
        raise UsageProblem(msg, "--status closed --reason " + "|".join(CloseReason))
    identifier = Identifier(typed.free_text(issuer) or PRACTICE, typed.number(mrn)) if mrn else None
    columns = {
        **_who(name, dob, zip_code, session.today),
        **_given(sex=sex, language=typed.free_text(language), channel=channel),
    }
    phones = [typed.phone(number) for number in phone or ()]
    conditions = typed.conditions(condition or ())
    if not (columns or identifier or phones or conditions or tier or status):
        msg = "nothing to change"
        raise UsageProblem(msg, "caretool edit-patient --help lists what can be changed")
    with session.writing() as care_file:
        patient_id = patients.resolve(care_file, patient, with_names=session.terminal)
        before = planning.of_patient(care_file, patient_id, session.today).standing
        changed = list(columns)
        if columns:
            patients.change(care_file, patient_id, **columns)
        if identifier is not None and _add_number(care_file, patient_id, identifier):
            changed.append("record number")
        changed += [
            "phone"
            for number in reversed(phones)
            if patients.call_at(care_file, patient_id, number)
        ]
        changed += [
            code for code in conditions if patients.add_condition(care_file, patient_id, code)
        ]
        if tier is not None:
            patients.set_tier(care_file, patient_id, tier, day)
            changed.append(f"tier {tier.value}")
        if status is not None:
            _check_reopening(before, status, day)
            patients.set_status(care_file, patient_id, status, day, reason)
            changed.append(f"status {status.value}")
        plan = planning.of_patient(care_file, patient_id, session.today)
    words = ", ".join(one.replace("_", " ") for one in dict.fromkeys(changed))
    return Result(
        data={
            "patient": f"P{patient_id}",
            "changed": list(dict.fromkeys(changed)),
            "status": plan.standing.status,
            "tier": plan.standing.tier,
            "next": explain.next_record(plan, session.today, mask=session.mask),
        },
        said=(
            f"P{patient_id}: {words or 'nothing new'}",
            explain.next_words(plan, session.today, mask=session.mask),
        ),
    )


def _who(
    name: str | None, dob: str | None, zip_code: str | None, today: date
) -> dict[str, str | None]:
    """The columns of the patient's row that a name, a birth date and a ZIP code set."""
    columns: dict[str, str | None] = {}
    if name is not None:
        full = typed.name(name)
        columns.update(
            last_name=full.last, first_name=full.first, middle_name=full.middle, suffix=full.suffix
        )
    if dob is not None:
        columns["birth_date"] = typed.birth_date(dob, today).isoformat()
    if zip_code is not None:
        columns["zip"] = typed.zip_code(zip_code)
    return columns


def _given(**values: str | None) -> dict[str, str | None]:
    return {column: str(value) for column, value in values.items() if value is not None}


def _add_number(care_file: CareFile, patient_id: int, identifier: Identifier) -> bool:
    others = [one for one in patients.same_number(care_file, identifier) if one != patient_id]
    if others:
        msg = f"P{others[0]} has this record number already"
        raise DuplicateError(msg, f"caretool show P{others[0]}")
    return patients.add_identifier(care_file, patient_id, identifier)


def _check_reopening(before: Standing, status: Status, day: date) -> None:
    """What a list or a contact said is taken back where it was said, not by a status over it.

    A death stands for good; any other end of outreach stands against a status for an earlier day.
    """
    fact = before.fact_id
    if not fact or before.since is None or status == Status.CLOSED:
        return
    if before.reason == "deceased":
        msg = f"{fact} says that this patient has died"
    elif before.since > day:
        msg = f"{fact} ended outreach on {before.since}, after {day}"
    else:
        return
    undo = (
        f"void-contact {fact} --reason TEXT" if fact.startswith("C") else f"review {fact} --not P…"
    )
    raise InputError(msg, f"if that is wrong: caretool {undo}")
