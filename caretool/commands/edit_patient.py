"""`edit-patient`: correct or complete who a patient is, and change status and tier."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, NamedTuple

import typer

from caretool import deciding, explain, options, planning, typed
from caretool.app import Session
from caretool.errors import DuplicateError, UsageProblem
from caretool.model import PRACTICE, Channel, CloseReason, Decision, Identifier, Sex, Status, Tier
from caretool.output import Result
from caretool.store import decisions, patients, referrals

if TYPE_CHECKING:
    from datetime import date

    from caretool.db import CareFile
    from caretool.model import PatientFacts

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
    referred_by: Annotated[
        str | None, typer.Option("--referred-by", metavar="TEXT", help="Who refers them.")
    ] = None,
    no_calls: Annotated[
        bool, typer.Option("--no-calls", help="They do not want to be called.")
    ] = False,
    calls: Annotated[bool, typer.Option("--calls", help="They may be called again.")] = False,
    why: Annotated[
        str | None,
        typer.Option("--why", metavar="TEXT", help="Why that tier, which then stays; or no calls."),
    ] = None,
    on: options.OnOption = None,
) -> Result:
    """Change a patient; status and tier hold from --on (today unless said).

    caretool edit-patient P42 --phone 423-555-0142 --channel portal

    caretool edit-patient P42 --tier low --why "daughter is a nurse and visits daily"

    caretool edit-patient P42 --status closed --reason moved
    """
    day, text = session.happened_on(on), typed.free_text(why)
    _check_options(tier, status, reason, text, calls=calls, no_calls=no_calls)
    referrer = typed.free_text(referred_by)
    person = _Person(
        columns={
            **_who(name, dob, zip_code, session.today),
            **_given(
                sex=sex,
                language=typed.free_text(language),
                channel=channel,
                referred_by=referrer,
            ),
        },
        number=Identifier(typed.free_text(issuer) or PRACTICE, typed.number(mrn)) if mrn else None,
        phones=[typed.phone(number) for number in phone or ()],
        conditions=typed.conditions(condition or ()),
    )
    wish = Decision.NO_CALLS if no_calls else Decision.CALLS if calls else None
    if not (any(person) or tier or status or wish):
        msg = "nothing to change"
        raise UsageProblem(msg, "caretool edit-patient --help lists what can be changed")
    with session.writing() as care_file:
        patient_id = patients.resolve(care_file, patient, with_names=session.terminal)
        case = deciding.case(care_file, patient_id, session.today)
        changed = person.keep(care_file, patient_id, day)
        if referrer is not None:
            deciding.refuse_closed(patient_id, case.standing)
            if case.standing.status == Status.ROSTER:
                referrals.add(care_file, patient_id, day, referrer)
        if wish is not None and wish != _wish(case.facts):
            decisions.add(care_file, patient_id, wish, day, why=text)
            changed.append(wish.value)
        if tier is not None:
            patients.set_tier(care_file, patient_id, tier, day, text)
            changed.append(f"tier {tier.value}")
        if status is not None:
            if status != Status.CLOSED:  # reopening is an act of its own
                deciding.refuse_closed(patient_id, case.standing)
            patients.set_status(care_file, patient_id, status, day, reason)
            changed.append(f"status {status.value}")
        plan = planning.of_patient(care_file, patient_id, session.today)
        if status == Status.CLOSED:
            deciding.must_hold(plan, status, day)
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


class _Person(NamedTuple):
    """What is to be changed of who somebody is."""

    columns: dict[str, str | None]
    number: Identifier | None
    phones: list[str]
    conditions: tuple[str, ...]

    def keep(self, care_file: CareFile, patient_id: int, day: date) -> list[str]:
        """Write it; returns in words what was new."""
        changed = list(self.columns)
        if self.columns:
            patients.change(care_file, patient_id, **self.columns)
        if self.number is not None and _add_number(care_file, patient_id, self.number):
            changed.append("record number")
        changed += [
            "phone"
            for number in reversed(self.phones)
            if patients.call_at(care_file, patient_id, number)
        ]
        changed += [
            code
            for code in self.conditions
            if patients.add_condition(care_file, patient_id, code, day)
        ]
        return changed


def _check_options(
    tier: Tier | None,
    status: Status | None,
    reason: CloseReason | None,
    why: str | None,
    *,
    calls: bool,
    no_calls: bool,
) -> None:
    """Raise UsageProblem for options that do not go together."""
    if (status == Status.CLOSED) != (reason is not None):
        msg = "closing needs a reason, and only closing has one"
        raise UsageProblem(msg, "--status closed --reason " + "|".join(CloseReason))
    if calls and no_calls:
        msg = "--calls and --no-calls exclude each other"
        raise UsageProblem(msg, "choose one")
    if why is not None and not (tier or calls or no_calls):
        msg = "--why explains --tier, --calls or --no-calls"
        raise UsageProblem(msg, "caretool log-contact --note keeps everything else")


def _wish(known: PatientFacts) -> str | None:
    """What was said last of calls, if anything."""
    said = {Decision.CALLS, Decision.NO_CALLS}
    return next((one.decision for one in reversed(known.decisions) if one.decision in said), None)


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
