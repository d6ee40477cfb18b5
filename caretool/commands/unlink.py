"""`unlink`: a stay is not the patient's to whom it is linked; remembered."""

from __future__ import annotations

from typing import Annotated

import typer

from caretool import typed, whose
from caretool.app import Session
from caretool.errors import InputError
from caretool.model import Link
from caretool.output import Result
from caretool.store import links, stays

READS = False


def run(
    session: Session,
    discharge: Annotated[str, typer.Argument(metavar="DISCHARGE", help="The id of the stay: D17.")],
    why: Annotated[
        str | None, typer.Option("--why", metavar="TEXT", help="Why it is not theirs.")
    ] = None,
) -> Result:
    """Take back a stay's link to a patient, also one that you decided; no list links it again.

    What the link had taught (a record number, another name) is forgotten, and the other stays that
    were linked by it are decided anew.

    caretool unlink D17

    caretool unlink D17 --why "a namesake of the same age"
    """
    number = whose.stay_id(discharge)
    text = typed.free_text(why)
    with session.writing() as care_file:
        stay = stays.get(care_file, number)
        if stay["link"] != Link.LINKED:
            msg = f"D{number} is linked to nobody"
            raise InputError(msg, f"caretool why D{number} tells what is known of it")
        patient_id = int(stay["patient_id"])
        others = [f"D{one}" for one in links.take_back(care_file, stay, patient_id, why=text)]
        was = f"P{patient_id}"
        said = f"no longer linked to {was}: {', '.join([f'D{number}', *others])}"
        more = (("was", was, said), ("others", others, ""))
        return whose.decided(
            care_file, number, patient_id, session.today, mask=session.mask, more=more
        )
