"""`add-patient`: one person, by hand; ends with the first follow-up date and why."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from caretool import asking, dates, explain, options, planning, typed
from caretool.app import Session
from caretool.errors import DuplicateError
from caretool.model import (
    PRACTICE,
    Channel,
    Identifier,
    PatientRecord,
    Sex,
    Source,
    Status,
    Tier,
)
from caretool.output import Result
from caretool.store import patients, referrals

if TYPE_CHECKING:
    from caretool.db import CareFile

READS = False


def run(
    session: Session,
    name: Annotated[
        str | None,
        typer.Argument(metavar="NAME", help='"Last, First Middle" or "First Last"; - asks.'),
    ] = None,
    dob: Annotated[str | None, typer.Option("--dob", metavar="DATE", help="Birth date.")] = None,
    sex: Annotated[
        Sex | None, typer.Option("--sex", case_sensitive=False, help="Sex as recorded.")
    ] = None,
    mrn: Annotated[str | None, typer.Option("--mrn", metavar="NO", help="Record number.")] = None,
    issuer: Annotated[
        str | None,
        typer.Option("--issuer", metavar="TEXT", help="Who issued the number, if not you."),
    ] = None,
    phone: Annotated[
        list[str] | None, typer.Option("--phone", metavar="NO", help="Phone; may be repeated.")
    ] = None,
    zip_code: Annotated[str | None, typer.Option("--zip", metavar="ZIP", help="ZIP code.")] = None,
    tier: Annotated[
        Tier | None, typer.Option("--tier", help="How often to follow up (moderate unless said).")
    ] = None,
    condition: Annotated[
        list[str] | None,
        typer.Option("--condition", metavar="CODE", help="Condition or ICD-10; may be repeated."),
    ] = None,
    source: Annotated[Source | None, typer.Option("--source", help="How they came.")] = None,
    referred_by: Annotated[
        str | None, typer.Option("--referred-by", metavar="TEXT", help="Who referred them.")
    ] = None,
    language: Annotated[
        str | None, typer.Option("--language", metavar="TEXT", help="Preferred language.")
    ] = None,
    channel: Annotated[
        Channel | None, typer.Option("--channel", help="Preferred way of contact.")
    ] = None,
    roster_only: Annotated[
        bool, typer.Option("--roster-only", help="Known to the practice, no follow-up.")
    ] = False,
    on: options.OnOption = None,
    anyway: Annotated[
        bool, typer.Option("--anyway", help="Add although somebody like them is on file.")
    ] = False,
) -> Result:
    """Add a patient; without a name, asks for name and birth date.

    With - for the name, name and birth date are asked for too or, where nobody can be asked, are
    the next two lines of standard input; they stay out of the shell's history.

    caretool add-patient "Rivera, Ana" --dob 1958-03-02 --phone 555-0142 --tier high

    caretool add-patient "Tom Hill" --dob 1944-11-30 --mrn 0012345 --roster-only

    caretool add-patient "Tom Hill" --dob 1944-11-30 --roster-only --referred-by "Dr. Okafor"

    caretool add-patient - --tier high
    """
    ask = asking.line if name == asking.DASH else asking.ask
    if name is None or name == asking.DASH:
        name = ask(session, "name (Last, First)")
    if dob is None:
        dob = ask(session, "birth date (YYYY-MM-DD)")
    enrolled = session.happened_on(on)
    record = PatientRecord(
        name=typed.name(name),
        birth_date=typed.birth_date(dob, session.today),
        sex=sex,
        identifiers=(Identifier(typed.free_text(issuer) or PRACTICE, typed.number(mrn)),)
        if mrn
        else (),
        phones=tuple(typed.phone(number) for number in phone or ()),
        zip=typed.zip_code(zip_code),
        language=typed.free_text(language),
        channel=channel,
        source=source,
        referred_by=typed.free_text(referred_by),
        conditions=typed.conditions(condition or ()),
        status=Status.ROSTER if roster_only else Status.ACTIVE,
        tier=tier,
    )
    with session.writing(create=True) as care_file:
        if tier is None and not roster_only:
            usual = planning.rules(care_file, session.today).protocols.default_tier
            record = record._replace(tier=Tier(usual))
        if not anyway:
            _refuse_twice(care_file, record)
        patient_id = patients.add(care_file, record, on=enrolled)
        if _is_referred(record):
            referrals.add(care_file, patient_id, enrolled, record.referred_by)
        linked = _link_waiting(care_file, record)
        plan = planning.of_patient(care_file, patient_id, session.today)
        card = patients.card(care_file, patient_id)
    shown = card.name.initials if session.mask else card.name.listed
    status = plan.standing.status.value
    since = f" from {dates.show_short(enrolled, session.today)}" if not roster_only else ""
    tier_words = "" if roster_only else f", {plan.standing.tier} tier"
    return Result(
        data={
            "patient": card.id,
            "mrn": None if session.mask else card.mrn,
            "name": shown,
            "tier": None if roster_only else plan.standing.tier,
            "status": status,
            "next": explain.next_record(plan, session.today, mask=session.mask),
        },
        said=(
            f"added {card.id} {shown}, {status}{tier_words}{since}",
            *linked,
            explain.next_words(plan, session.today, mask=session.mask),
        ),
    )


def _is_referred(record: PatientRecord) -> bool:
    """Is somebody known only because a provider suggests them, so that an offer is due?"""
    said = record.source == Source.REFERRAL or (record.source is None and record.referred_by)
    return record.status == Status.ROSTER and bool(said)


def _link_waiting(care_file: CareFile, record: PatientRecord) -> tuple[str, ...]:
    """Link the discharges that waited for this patient; says which."""
    from caretool.store import links

    linked = links.link_waiting(care_file, record.birth_date)
    return (f"linked: {', '.join(f'D{one}' for one in linked)}",) if linked else ()


def _refuse_twice(care_file: CareFile, record: PatientRecord) -> None:
    """Raise DuplicateError when somebody on file has the same number, or name and birth date."""
    for identifier in record.identifiers:
        same = patients.same_number(care_file, identifier)
        if same:
            msg = f"P{same[0]} has this record number already"
            raise DuplicateError(msg, f"caretool show P{same[0]}; --anyway adds all the same")
    same = patients.same_person(care_file, record.name, record.birth_date)
    if same:
        msg = f"P{same[0]} has this name and birth date already"
        raise DuplicateError(msg, f"caretool show P{same[0]}; --anyway adds all the same")
