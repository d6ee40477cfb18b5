"""`defer`: one open item is done on another day, for a reason; a limit is not passed unawares."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from caretool import dates, deciding, explain, options, planning, typed, workdays
from caretool.app import Session
from caretool.errors import InputError, RefusedError, UsageProblem
from caretool.model import Decision
from caretool.output import Result
from caretool.store import decisions, patients

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date

    from caretool.deciding import Case
    from caretool.items import Item
    from caretool.workdays import Calendar

READS = False


def run(
    session: Session,
    patient: options.PatientArgument,
    kind: options.KindArgument,
    to: Annotated[str | None, typer.Option("--to", metavar="DATE", help="The new day.")] = None,
    why: Annotated[str | None, typer.Option("--why", metavar="TEXT", help="The reason.")] = None,
    past_limit: Annotated[
        bool, typer.Option("--past-limit", help="Even if its limit will have passed.")
    ] = False,
    take_back: Annotated[
        bool, typer.Option("--take-back", help="Undo it: the date is that of the rule again.")
    ] = False,
    on: options.OnOption = None,
) -> Result:
    """Move one open item to another day, within its limit.

    caretool defer P42 routine --to 2026-12-04 --why "works double shifts this week"

    caretool defer P42 transition/calls --to fri --why "asked for Friday"

    caretool defer P42 routine --take-back
    """
    day, today = session.happened_on(on), session.today
    target = _target(to, today, take_back=take_back)
    text = typed.free_text(why) if take_back else deciding.reason(typed.free_text(why))
    with session.writing() as care_file:
        patient_id = patients.resolve(care_file, patient, with_names=session.terminal)
        case = deciding.case(care_file, patient_id, today)
        deciding.refuse_closed(patient_id, case.standing)
        item = _deferred(case, kind) if target is None else deciding.open_items(case.plan, kind)[0]
        rule, planned = item.rule, item.trace.planned
        found = deciding.last_about(case.facts.decisions).get((rule.id, planned))
        deciding.refuse_overtaken(found, day)
        if target is not None:
            _check(item, target, past_limit=past_limit)
            workdays.is_workday(target, case.rules.calendar)  # within the years that it covers
        decisions.add(
            care_file,
            patient_id,
            Decision.TAKE_BACK if target is None else Decision.DEFER,
            day,
            why=text,
            item=rule.id,
            planned=planned,
            to=target,
        )
        plan = planning.of_patient(care_file, patient_id, today)
    now = deciding.same(plan, rule, planned) or item
    return Result(
        data={
            "patient": f"P{patient_id}",
            "kind": rule.kind,
            "rule": rule.id,
            "from": item.target,
            "to": now.target,
            "limit": now.limit,
            "past_limit": now.limit is not None and now.target > now.limit,
            "taken_back": take_back,
            "why": None if session.mask else text,
            "next": explain.next_record(plan, today, mask=session.mask),
        },
        said=(
            f"P{patient_id}: {'; '.join(_said(item, now, case.rules.calendar, today))}",
            explain.next_words(plan, today, mask=session.mask),
        ),
    )


def _target(to: str | None, today: date, *, take_back: bool) -> date | None:
    """The new day; None to take the last move back."""
    if take_back:
        if to is not None:
            msg = "--take-back and --to exclude each other"
            raise UsageProblem(msg, "--to alone replaces the day that was said before")
        return None
    if to is None:
        msg = "no --to"
        raise UsageProblem(msg, "--to DATE says the new day; --take-back undoes the last one")
    target = dates.parse_date(to, today)
    if target < today:
        msg = f"--to {target.isoformat()} is in the past; today is {today.isoformat()}"
        raise InputError(msg, "what was done already is logged with caretool log-contact --on DATE")
    return target


def _deferred(case: Case, kind: str) -> Item:
    """The earliest open item of that kind which was moved. Raises InputError."""
    about = deciding.last_about(case.facts.decisions)
    for item in deciding.open_items(case.plan, kind):
        found = about.get((item.rule.id, item.trace.planned))
        if found is not None and found.decision == Decision.DEFER:
            return item
    msg = f"nothing of that kind was deferred for P{case.plan.patient_id}"
    raise InputError(msg, f"caretool why P{case.plan.patient_id} shows where each date comes from")


def _check(item: Item, target: date, *, past_limit: bool) -> None:
    words, limit = deciding.kind_words(item.rule), item.limit
    if target == item.target:
        msg = f"{words} is planned for {target.isoformat()} already"
        raise InputError(msg, "say another day")
    if limit is not None and target > limit and not past_limit:
        msg = f"{words}: {target.isoformat()} is past its limit of {limit.isoformat()}"
        raise RefusedError(msg, "a day up to then, or --past-limit if it cannot be helped")


def _said(item: Item, now: Item, calendar: Calendar, today: date) -> Iterator[str]:
    was, to = (dates.show_short(one.target, today) for one in (item, now))
    yield f"{deciding.kind_words(item.rule)} moved from {was} to {to}"
    if now.limit is not None and now.target > now.limit:
        yield f"past its limit of {dates.show_short(now.limit, today)}"
    for day, why in workdays.skipped(now.target, now.target, calendar):
        on = dates.show_short(day, today)
        yield f"mind that {on} is a {why}" if on.startswith("S") else f"mind that {on} is {why}"
