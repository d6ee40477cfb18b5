"""`waive`: one open item will not be done, and why; it can be taken back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from caretool import dates, deciding, explain, options, planning, typed
from caretool.app import Session
from caretool.errors import NotFoundError, RefusedError
from caretool.model import Decision
from caretool.output import Result
from caretool.store import decisions, patients

if TYPE_CHECKING:
    from datetime import date

    from caretool.deciding import Case
    from caretool.items import Item
    from caretool.protocols import Rule

READS = False
_RECURRING = frozenset({"last_contact", "last_done"})


def run(
    session: Session,
    patient: options.PatientArgument,
    kind: options.KindArgument,
    why: Annotated[str | None, typer.Option("--why", metavar="TEXT", help="The reason.")] = None,
    take_back: Annotated[
        bool, typer.Option("--take-back", help="Undo it: it is to be done again.")
    ] = False,
    on: options.OnOption = None,
) -> Result:
    """Note that an open item will not be done, and why.

    caretool waive P42 mental_health_visit_7 --why "sees a psychiatrist elsewhere"

    caretool waive P42 mental_health_visit_7 --take-back

    caretool waive P42 close_unreachable --why "her sister gave a new number"
    """
    day, today = session.happened_on(on), session.today
    text = typed.free_text(why) if take_back else deciding.reason(typed.free_text(why))
    with session.writing() as care_file:
        patient_id = patients.resolve(care_file, patient, with_names=session.terminal)
        case = deciding.case(care_file, patient_id, today)
        deciding.refuse_closed(patient_id, case.standing)
        rule, planned = _waived(case, kind) if take_back else _to_waive(case, kind)
        found = deciding.last_about(case.facts.decisions).get((rule.id, planned))
        deciding.refuse_overtaken(found, day)
        decisions.add(
            care_file,
            patient_id,
            Decision.TAKE_BACK if take_back else Decision.WAIVE,
            day,
            why=text,
            item=rule.id,
            planned=planned,
        )
        plan = planning.of_patient(care_file, patient_id, today)
    now = deciding.same(plan, rule, planned)
    was = deciding.same(case.plan, rule, planned)
    words = _take_back_words(rule, now, today) if take_back else _words(rule, was, today)
    return Result(
        data={
            "patient": f"P{patient_id}",
            "kind": rule.kind,
            "rule": rule.id,
            "planned": planned,
            "open": now is not None,
            "taken_back": take_back,
            "why": None if session.mask else text,
            "next": explain.next_record(plan, today, mask=session.mask),
        },
        said=(
            f"P{patient_id}: {words}",
            explain.next_words(plan, today, mask=session.mask),
        ),
    )


def _to_waive(case: Case, kind: str) -> tuple[Rule, date]:
    """The earliest open item of that kind. Raises RefusedError where waiving makes no sense."""
    item = deciding.open_items(case.plan, kind)[0]
    patient, words = f"P{case.plan.patient_id}", deciding.kind_words(item.rule)
    if "decision" in item.rule.done_by:
        msg = f"{words} is answered, not waived"
        raise RefusedError(
            msg, f"caretool enrol {patient}, or caretool decline {patient} --why TEXT"
        )
    if item.rule.anchor in _RECURRING and item.rule.again is None:
        msg = f"{words} comes again and again, so that waiving it once would end it unseen"
        hint = (
            f"caretool defer {patient} {item.rule.kind} moves it, edit-patient --tier makes it"
            " rarer, hold pauses it, edit-patient --status closed ends it"
        )
        raise RefusedError(msg, hint)
    return item.rule, item.trace.planned


def _waived(case: Case, kind: str) -> tuple[Rule, date]:
    """What of that kind was waived last. Raises NotFoundError saying what was waived."""
    rules = {rule.id: rule for rule in case.rules.protocols.rules}
    about = deciding.last_about(case.facts.decisions).values()
    found = [
        (rules[one.item], one.planned)
        for one in sorted(about, key=lambda one: (one.on, one.decision_id))
        if one.decision == Decision.WAIVE and one.item in rules and one.planned
    ]
    meant = [one for one in found if deciding.is_called(one[0], kind)]
    if meant:
        return meant[-1]
    kinds = ", ".join(dict.fromkeys(rule.kind for rule, _ in found))
    msg = f"nothing of that kind was waived for P{case.plan.patient_id}"
    raise NotFoundError(msg, f"waived: {kinds}" if kinds else "nothing was waived at all")


def _words(rule: Rule, was: Item | None, today: date) -> str:
    if "closing" in rule.done_by:
        return "not closed; trying goes on, and attempts are counted anew"
    day = f" of {dates.show_short(was.target, today)}" if was is not None else ""
    return f"{deciding.kind_words(rule)}{day} will not be done"


def _take_back_words(rule: Rule, now: Item | None, today: date) -> str:
    words = deciding.kind_words(rule)
    if now is None:
        return f"{words} is no longer waived, and not open any more"
    return f"{words} is to be done again, on {dates.show_short(now.target, today)}"
