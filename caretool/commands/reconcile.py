"""`reconcile`: a patient's medicines gone through one by one, after a discharge or at any time."""

from __future__ import annotations

import sys
from collections import Counter
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import typer

from caretool import (
    app,
    dates,
    explain,
    medicine_list,
    medicines,
    options,
    output,
    planning,
    reconciling,
    whose,
)
from caretool.app import Session
from caretool.episodes import discharge_order
from caretool.errors import FileError, InputError, UsageProblem
from caretool.model import PatientClass
from caretool.output import Result
from caretool.reconciliation import CALL_WORDS, NO, Choice, Said, amount_now, choices, lists
from caretool.store import facts, medications, patients

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from caretool.db import CareFile
    from caretool.items import Plan
    from caretool.medicines import Medication
    from caretool.model import StayFact
    from caretool.reconciliation import Settled
    from caretool.reconciling import Kept

READS = False
_UNKNOWN = frozenset({"?", "-", "unknown", "same"})
_T = TypeVar("_T")


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
    ] = None,
    on: options.OnOption = None,
) -> Result:
    """Go through a patient's medicines: list before, discharge list, what is taken, decision.

    Each medicine is continued, changed (another dose), new or stopped (with a reason); that
    completes the reconciliation that is due after a discharge. On a terminal it asks; a file is
    CSV or tab-separated with the columns medication, dose, times_per_day, discharge, taking,
    decision, why (decision may be empty where the three lists leave only one).

    caretool reconcile P42

    caretool reconcile P42 --discharge D17 --file list.csv --on yesterday
    """
    day, today = session.happened_on(on), session.today
    stay_id = None if discharge is None else whose.stay_id(discharge)
    said = None if file is None else _read(file)
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


def _read(file: Path) -> list[Said]:
    if str(file) == "-":
        text = sys.stdin.read()
        return reconciling.read_list(text.encode("utf-8", "surrogateescape"), "standard input")
    try:
        return reconciling.read_list(file.read_bytes(), str(file))
    except OSError as error:
        msg = f"{file}: {error.strerror}"
        raise FileError(msg, "name a readable text file") from None


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
    talk = _Talk(session, with_list=stay is not None)
    whom = f"P{patient_id}, {_after(stay, session.today)}: {len(before)} on the list before"
    output.talk(whom)
    said = [talk.about(one) for one in before]
    said += talk.others(before)
    return said, stay and stay.stay_id


class _Talk:
    """The questions, each asked again until it has an answer that can be used."""

    def __init__(self, session: Session, *, with_list: bool) -> None:
        self.session = session
        self.with_list = with_list

    def about(self, one: Medication) -> Said:
        """The three lists, and the decision, of a medicine on the list before."""
        name = medicine_list.shown_name(one.name, one.atc, mask=self.session.mask)
        how = "" if self.session.mask else one.amount
        said = self._decided(
            self._lists(one.id, " ".join(filter(None, (one.id, name, how))), one.id), one
        )
        if said.decision != Choice.CHANGED or said.times_per_day is not None:
            return said
        times = self._ask(f"{one.id}: how many times a day, or same", _times)
        return said._replace(times_per_day=times)

    def others(self, before: Sequence[Medication]) -> Iterator[Said]:
        """Those that are on the discharge list or taken, but not on the list before."""
        what = "on the discharge list or taken" if self.with_list else "taken"
        question = f"another medicine {what}: its name, or no"
        while (name := self._ask(question, medicines.read_name)).lower() not in NO:
            same = medicine_list.same_drug(before, name, None)
            if same:
                output.talk(f"that is {same[0].id}, answered already")
                continue
            said = self._lists(name, name, "new medicine")
            if not choices(said, None):
                output.talk("on none of the lists, so left out")
                continue
            dose = said.dose or self._ask("dose, or ?", _known)
            times = self._ask("how many times a day, or ?", _times)
            yield self._decided(said._replace(dose=dose, times_per_day=times), None)

    def _lists(self, name: str, words: str, place: str) -> Said:
        discharge = None
        if self.with_list:
            question = f"{words}: on the discharge list? yes, no, or the dose there"
            discharge = self._ask(question, _known)
        taking = self._ask(f"{words}: taken? yes, no, or how", _known)
        return Said(place, name, discharge=discharge, taking=taking)

    def _decided(self, said: Said, before: Medication | None) -> Said:
        left = choices(said, before)
        decision = left[0]
        if len(left) > 1:
            question = f"{said.place}: {' or '.join(left)}"
            decision = self._ask(question, lambda text: _one_of(text, left))
        if decision != Choice.STOPPED:
            return said._replace(decision=decision)
        why = self._ask(f"{said.place} stopped, why", lambda text: text)
        return said._replace(decision=decision, why=medicines.read_line(why, "why"))

    def _ask(self, question: str, read: Callable[[str], _T]) -> _T:
        while True:
            answer = app.ask(self.session, question)
            try:
                medicines.read_line(answer, "the answer")
                return read(answer)
            except InputError as problem:
                output.talk_error(problem)


def _known(answer: str) -> str | None:
    return None if answer.lower() in _UNKNOWN else answer


def _times(answer: str) -> str | None:
    return None if answer.lower() in _UNKNOWN else medicines.read_times(answer)


def _one_of(answer: str, left: Sequence[Choice]) -> Choice:
    found = reconciling.read_choice(answer)
    if found is None or found not in left:
        msg = "that does not fit the lists"
        raise InputError(msg, f"one of: {', '.join(left)}")
    return found


# what is said


def _result(session: Session, kept: Kept, plan: Plan, stay: StayFact | None, day: date) -> Result:
    mask, today = session.mask, session.today
    pairs = list(zip(kept.settled, kept.entries, strict=True))
    rows = [_record(one, entry, mask=mask) for one, entry in pairs]
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


def _record(one: Settled, entry: str, *, mask: bool) -> dict[str, Any]:
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
        "before": None if mask else before,
        "discharge": None if mask else discharge,
        "taken": None if mask else taken,
        "why": None if mask else one.said.why,
        "replaces": one.before.id if changed and one.before else None,
        "calls": list(one.calls),
    }


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
