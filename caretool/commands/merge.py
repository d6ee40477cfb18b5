"""`merge`: two patients on file are one person; reversible."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from caretool import deciding, explain, joining, options, planning, typed
from caretool.app import Session
from caretool.errors import InputError, RefusedError
from caretool.model import TIERED
from caretool.output import Result
from caretool.store import links, patients

if TYPE_CHECKING:
    from caretool.items import Plan
    from caretool.store.merges import Moved

READS = False
# What moves, in words: of one and of several
_WORDS = {
    "stays": ("discharge", "discharges"),
    "contacts": ("contact", "contacts"),
    "fills": ("fill", "fills"),
    "reversals": ("reversal of a fill", "reversals of fills"),
    "refused_fills": ("refused fill", "refused fills"),
    "decisions": ("decision", "decisions"),
    "appointments": ("appointment", "appointments"),
    "scores": ("score", "scores"),
    "referrals": ("referral", "referrals"),
    "medications": ("medicine", "medicines"),
    "reconciliations": ("reconciliation", "reconciliations"),
    "statuses": ("status", "statuses"),
    "tiers": ("tier", "tiers"),
    "identifiers": ("record number", "record numbers"),
    "phones": ("phone", "phones"),
    "conditions": ("condition", "conditions"),
    "other_names": ("other name", "other names"),
    "link_decisions": ("word on a discharge", "words on discharges"),
}


def run(
    session: Session,
    patient: options.PatientArgument,
    duplicate: Annotated[
        str,
        typer.Argument(
            metavar="DUPLICATE",
            help="The other one, whose id is given up.",
            autocompletion=options.patient_ids,
        ),
        options.Mark.PATIENT,
    ],
    why: Annotated[
        str | None, typer.Option("--why", metavar="TEXT", help="How you know; kept with it.")
    ] = None,
    anyway: Annotated[
        bool, typer.Option("--anyway", help="Also when something speaks against it.")
    ] = False,
) -> Result:
    """Join two patients who are one person; everything of the second becomes the first's.

    What both have stays behind, what the first lacks is filled in, and the second's name finds the
    first from then on. caretool unmerge takes it back.

    caretool merge P42 P57

    caretool merge P42 P57 --why "married in May, she told me" --anyway
    """
    today, text = session.today, typed.free_text(why)
    with session.writing() as care_file:
        kept, gone = (
            patients.resolve(care_file, one, with_names=session.terminal)
            for one in (patient, duplicate)
        )
        if kept == gone:
            msg = f"both are P{kept}"
            raise InputError(msg, "caretool merge P42 P57, the one who stays first")
        against = joining.against(care_file, kept, gone, today)
        if against and not anyway:
            msg = f"against merging P{gone} into P{kept}: {'; '.join(against)}"
            hint = (
                f"look at both: caretool show P{kept}, P{gone}; one person all the same: --anyway"
            )
            raise RefusedError(msg, hint, code="contradicts")
        merge = joining.join(care_file, kept, gone, today, text)
        linked = links.link_waiting(care_file)
        plan = planning.of_patient(care_file, kept, today)
    moved = {table: len(ids) for table, ids in merge.moved.rows.items()}
    filled = [column.replace("_", " ") for column in merge.moved.filled]
    return Result(
        data={
            "patient": f"P{kept}",
            "merged": f"P{gone}",
            "moved": {table: moved.get(table, 0) for table in _WORDS},
            "filled": filled,
            "other_name": _named(merge.moved),
            "against": against,
            "linked": [f"D{one}" for one in linked],
            "status": plan.standing.status,
            "tier": _tier(plan),
            "why": None if session.mask else text,
            "next": explain.next_record(plan, today, mask=session.mask),
        },
        said=(
            f"P{gone} is P{kept} now: {_counted(moved)}",
            *([f"filled in: {', '.join(filled)}"] if filled else []),
            *(["the name is kept as another name"] if _named(merge.moved) else []),
            *([f"linked: {', '.join(f'D{one}' for one in linked)}"] if linked else []),
            f"P{kept} is {_stands(plan)}; {explain.next_words(plan, today, mask=session.mask)}",
        ),
        hint=f"caretool unmerge P{gone} takes it back",
    )


def _named(moved: Moved) -> bool:
    return bool(moved.added.get("other_names"))


def _counted(moved: dict[str, int]) -> str:
    """How much moved, in words."""
    parts = [
        f"{moved[table]} {one if moved[table] == 1 else more}"
        for table, (one, more) in _WORDS.items()
        if moved.get(table)
    ]
    return f"moved {', '.join(parts)}" if parts else "nothing had to move"


def _tier(plan: Plan) -> Any:  # noqa: ANN401 - a tier or nothing
    return plan.standing.tier if plan.standing.status in TIERED else None


def _stands(plan: Plan) -> str:
    where = plan.standing
    if where.status in TIERED:
        return f"{where.words}, {deciding.tier_words(where)}"
    return where.words
