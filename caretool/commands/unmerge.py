"""`unmerge`: takes a merge back; what moved returns, what came later stays."""

from __future__ import annotations

from typing import Annotated

import typer

from caretool import explain, joining, planning
from caretool.app import Session
from caretool.output import Result
from caretool.store import links, merges

READS = False
_WORDS = {
    "stays": ("discharge", "discharges"),
    "contacts": ("contact", "contacts"),
    "fills": ("fill", "fills"),
    "decisions": ("decision", "decisions"),
    "appointments": ("appointment", "appointments"),
    "medications": ("medicine", "medicines"),
    "reconciliations": ("reconciliation", "reconciliations"),
}


def run(
    session: Session,
    patient: Annotated[
        str, typer.Argument(metavar="DUPLICATE", help="The id of the one who was merged: P57.")
    ],
    other: Annotated[
        str | None,
        typer.Argument(metavar="PATIENT", help="The one who stayed, to be sure; in any order."),
    ] = None,
) -> Result:
    """Take a merge back: what moved returns to its patient, what came later stays.

    caretool unmerge P57

    caretool unmerge P42 P57
    """
    today, mask = session.today, session.mask
    with session.writing() as care_file:
        merge = merges.typed(care_file, patient, other)
        kept, gone = merges.kept(care_file, merge.patient_id), merge.merged_id
        later = merges.came_later(care_file, merge)
        joining.part(care_file, merge, today)
        linked = links.link_waiting(care_file)
        plans = planning.of_patients(care_file, (kept, gone), today)
    words = [
        f"{later[table]} {one if later[table] == 1 else more}"
        for table, (one, more) in _WORDS.items()
        if table in later
    ]
    return Result(
        data={
            "patient": f"P{gone}",
            "was": f"P{kept}",
            "came_later": {table: later.get(table, 0) for table in _WORDS},
            "linked": [f"D{one}" for one in linked],
            "status": plans[gone].standing.status,
            "next": explain.next_record(plans[gone], today, mask=mask),
            "other_next": explain.next_record(plans[kept], today, mask=mask),
        },
        said=(
            f"P{gone} is a patient of their own again, {plans[gone].standing.words}",
            *(
                [f"came after the merge and stays with P{kept}: {', '.join(words)}"]
                if words
                else []
            ),
            *([f"linked: {', '.join(f'D{one}' for one in linked)}"] if linked else []),
            *(f"P{one} {explain.next_words(plans[one], today, mask=mask)}" for one in (gone, kept)),
        ),
        hint=f"caretool duplicates --not P{kept} P{gone} remembers that they are two people",
    )
