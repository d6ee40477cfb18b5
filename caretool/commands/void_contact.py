"""`void-contact`: a contact entered in error stops counting; the row and the reason stay."""

from __future__ import annotations

import re
from typing import Annotated

import typer

from caretool import explain, planning, typed
from caretool.app import Session
from caretool.errors import InputError, UsageProblem
from caretool.output import Result
from caretool.store import contacts

READS = False
_ID = re.compile(r"[Cc]0*([1-9][0-9]{0,15})")


def run(
    session: Session,
    contact: Annotated[str, typer.Argument(metavar="CONTACT", help="The contact's id: C91.")],
    reason: Annotated[
        str | None, typer.Option("--reason", metavar="TEXT", help="Why it was wrong.")
    ] = None,
) -> Result:
    """Void a contact that was entered in error; dates are as if it had never been.

    caretool void-contact C91 --reason "wrong patient"
    """
    match = _ID.fullmatch(contact.strip())
    if match is None:
        msg = "that is no contact's id"
        raise UsageProblem(msg, "ids look like C91; caretool show PATIENT lists them")
    why = typed.free_text(reason)
    if why is None:
        msg = "no --reason"
        raise UsageProblem(msg, 'say why: --reason "wrong patient"')
    contact_id = int(match[1])
    with session.writing() as care_file:
        row = contacts.get(care_file, contact_id)
        if row["voided_by"] is not None:
            msg = f"C{contact_id} is void already"
            raise InputError(msg, f"caretool show P{row['patient_id']}")
        contacts.void(care_file, contact_id, why)
        plan = planning.of_patient(care_file, row["patient_id"], session.today)
    return Result(
        data={
            "contact": f"C{contact_id}",
            "patient": f"P{plan.patient_id}",
            "reason": None if session.mask else why,
            "next": explain.next_record(plan, session.today, mask=session.mask),
        },
        said=(
            f"C{contact_id} of P{plan.patient_id} no longer counts; it stays on file as void",
            explain.next_words(plan, session.today, mask=session.mask),
        ),
    )
