"""`reconcile`: a patient's medicines gone through one by one, after a discharge or at any time."""

from __future__ import annotations

import sys
from collections import Counter
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from caretool import (
    dates,
    explain,
    medicine_list,
    options,
    output,
    planning,
    reconciling,
    whose,
)
from caretool.app import Session
from caretool.episodes import discharge_order
from caretool.errors import InputError, UsageProblem
from caretool.model import PatientClass
from caretool.output import Result
from caretool.reconcile_walk import Walk
from caretool.reconciliation import CALL_WORDS, Choice, Said, amount_now, lists
from caretool.store import facts, medications, patients

if TYPE_CHECKING:
    from caretool.db import CareFile
    from caretool.items import Plan
    from caretool.model import StayFact
    from caretool.reconciliation import Settled
    from caretool.reconciling import Kept

READS = False


def run(
    session: Session,
    patient: options.PatientArgument,
    discharge: Annotated[
        str | None,
        typer.Option(
            "--discharge", metavar="D17", help="Whose list is compared; the latest unless said."
        ),
    ] = None,
    file: Annotated[
        Path | None,
        typer.Option(
            "--file", metavar="FILE", help="What was found of each medicine; - is standard input."
        ),
        options.Mark.PIPED,
    ] = None,
    on: options.OnOption = None,
) -> Result:
    """Go through a patient's medicines: list before, discharge list, what is taken, decision.

    Each medicine is continued, changed (another dose), new or stopped (with a reason); that
    completes the reconciliation that is due after a discharge. On a terminal it asks, and writes
    once you confirm; a file has commas, semicolons or tabs between the columns medication, dose,
    times_per_day, discharge, taking, decision, why, since (decision may be empty where the three
    lists leave only one; since is the day of the reconciliation unless it says another).

    caretool reconcile P42

    caretool reconcile P42 --discharge D17 --file list.csv --on yesterday
    """
    day, today = session.happened_on(on), session.today
    stay_id = None if discharge is None else whose.stay_id(discharge)
    said = None if file is None else _read(file, today)
    if said is None:
        said, stay_id = _walked(session, patient, stay_id, day)
    with session.writing() as care_file:
        patient_id = patients.resolve(care_file, patient, with_names=session.terminal)
        stay = _stay(care_file, patient_id, stay_id, day, today)
        kept = reconciling.keep(
            care_file, patient_id, said, on=day, today=today, stay_id=stay and stay.stay_id
        )
        plan = planning.of_patient(care_file, patient_id, today)
    return _result(session, kept, plan, stay, day)


def _read(file: Path, today: date) -> list[Said]:
    if str(file) != "-":
        return reconciling.read_list(file, str(file), today)
    data = sys.stdin.read().encode("utf-8", "surrogateescape")
    return reconciling.read_list(data, "standard input", today)


def _stay(
    care_file: CareFile, patient_id: int, stay_id: int | None, day: date, today: date
) -> StayFact | None:
    """The discharge that is meant: the one named, else the latest up to that day.

    Raises InputError when the one named is another patient's, or had not ended by then.
    """
    rules = planning.rules(care_file, today)
    ended = [
        stay
        for stay in facts.patient(care_file, patient_id, rules.protocols, today).stays
        if stay.discharged_on is not None
        and stay.discharged_on <= day
        and stay.patient_class != PatientClass.AMBULATORY
    ]
    if stay_id is None:
        return max(ended, key=discharge_order, default=None)
    found = [stay for stay in ended if stay.stay_id == stay_id]
    if not found:
        msg = f"P{patient_id} has no discharge D{stay_id} up to {day.isoformat()}"
        ids = ", ".join(f"D{stay.stay_id}" for stay in sorted(ended, key=discharge_order))
        raise InputError(msg, f"there: {ids}" if ids else f"caretool show P{patient_id}")
    return found[0]


# asking


def _walked(
    session: Session, patient: str, stay_id: int | None, day: date
) -> tuple[list[Said], int | None]:
    """What was answered on the terminal of each medicine, and the discharge that it is about."""
    if not session.interactive:
        msg = "nobody to ask: standard input is not a terminal, and there is no --file"
        hint = f"--file list.csv with the columns {', '.join(reconciling.COLUMNS)}"
        raise UsageProblem(msg, hint, code="no-terminal")
    with session.reading() as care_file:
        patient_id = patients.resolve(care_file, patient, with_names=session.terminal)
        stay = _stay(care_file, patient_id, stay_id, day, session.today)
        before = medications.active(care_file, patient_id, session.today)
    output.talk(f"P{patient_id}, {_after(stay, session.today)}: {len(before)} on the list before")
    output.talk("each question is explained by ?; nothing is written before you confirm it")
    walk = Walk(before, with_list=stay is not None, mask=session.mask)
    return walk.ask(lambda one: _preview(one, session, day)), stay and stay.stay_id


# what is said


def _result(session: Session, kept: Kept, plan: Plan, stay: StayFact | None, day: date) -> Result:
    mask, today = session.mask, session.today
    pairs = list(zip(kept.settled, kept.entries, strict=True))
    rows = [_record(one, entry, day, mask=mask) for one, entry in pairs]
    counts = Counter(one.decision for one in kept.settled)
    many = [f"{counts[choice]} {choice}" for choice in Choice if counts[choice]]
    said = ", ".join(many) or "no medicines"
    whom = f"P{plan.patient_id}: MR{kept.number} on {dates.show_short(day, today)}"
    return Result(
        data={
            "patient": f"P{plan.patient_id}",
            "reconciliation": f"MR{kept.number}",
            "on": day,
            "discharge": stay and f"D{stay.stay_id}",
            "medications": rows,
            "calls": [
                {"medication": row["medication"], "call": call, "words": CALL_WORDS[call]}
                for row in rows
                for call in row["calls"]
            ],
            "next": explain.next_record(plan, today, mask=mask),
        },
        said=(
            f"{whom}, {_after(stay, today)}: {said}",
            *(_words(row) for row in rows),
            *(
                f"call about {row['medication']}: {CALL_WORDS[call]}"
                for row in rows
                for call in row["calls"]
            ),
            explain.next_words(plan, today, mask=mask),
        ),
    )


def _record(one: Settled, entry: str | None, day: date, *, mask: bool) -> dict[str, Any]:
    before, discharge, taken = lists(one)
    name, atc = one.said.name, None
    if one.before is not None:
        name, atc = one.before.name, one.before.atc
    changed = one.decision == Choice.CHANGED and one.before is not None
    return {
        "medication": entry,
        "name": medicine_list.shown_name(name, atc, mask=mask),
        "decision": one.decision,
        "amount": None if mask else amount_now(one) or None,
        "dose": None if mask else one.dose,
        "times_per_day": one.times_per_day,
        "started_on": reconciling.started_on(one, day),
        "before": None if mask else before,
        "discharge": None if mask else discharge,
        "taken": None if mask else taken,
        "why": None if mask else one.said.why,
        "replaces": one.before.id if changed and one.before else None,
        "calls": list(one.calls),
    }


def _preview(one: Settled, session: Session, day: date) -> str:
    """What is to become of a medicine, before it is written."""
    row = _record(one, one.before and one.before.id, day, mask=session.mask)
    start = row["started_on"]
    since = ""
    if one.decision in {Choice.CHANGED, Choice.NEW}:
        since = f", since {dates.show_short(start, session.today)}"
    changed = one.decision == Choice.CHANGED and row["before"]
    before = f" (before: {row['before']})" if changed else ""
    return f"{_words({**row, 'replaces': None})}{since}{before}"


def _words(row: dict[str, Any]) -> str:
    """`M3 metformin 1000 mg, 2 a day: changed, instead of M1`."""
    what = " ".join(filter(None, (row["medication"], row["name"], row["amount"])))
    instead = f", instead of {row['replaces']}" if row["replaces"] else ""
    why = f": {row['why']}" if row["why"] else ""
    return f"{what}: {row['decision']}{instead}{why}"


def _after(stay: StayFact | None, today: date) -> str:
    if stay is None or stay.discharged_on is None:
        return "without a discharge"
    return f"after the discharge of {dates.show_short(stay.discharged_on, today)} (D{stay.stay_id})"
