"""`hold`: follow-up pauses until a day; what must be done by a limit stays on the list, marked."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from caretool import dates, deciding, explain, options, planning, typed, workdays
from caretool.app import Session
from caretool.errors import InputError, UsageProblem
from caretool.model import Decision, Status, Strength
from caretool.output import Result
from caretool.standing import hold_on
from caretool.store import decisions, patients

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import date

    from caretool.deciding import Case, Moved
    from caretool.items import Item, Plan

READS = False


def run(
    session: Session,
    patient: options.PatientArgument,
    until: Annotated[
        str | None, typer.Option("--until", metavar="DATE", help="The day on which it goes on.")
    ] = None,
    why: Annotated[str | None, typer.Option("--why", metavar="TEXT", help="The reason.")] = None,
    lift: Annotated[bool, typer.Option("--lift", help="End the hold that is in force.")] = False,
    on: options.OnOption = None,
) -> Result:
    """Pause a patient's follow-up until a day; what must be done by a limit is still shown.

    caretool hold P42 --until 2026-12-04 --why "travels to her son"

    caretool hold P42 --lift
    """
    day, today = session.happened_on(on), session.today
    end = _end(until, day, today, lift=lift)
    text = typed.free_text(why) if lift else deciding.reason(typed.free_text(why))
    with session.writing() as care_file:
        patient_id = patients.resolve(care_file, patient, with_names=session.terminal)
        before = deciding.case(care_file, patient_id, today)
        deciding.refuse_closed(patient_id, before.standing)
        if end is None:
            _check_held(before, day)
            decisions.add(care_file, patient_id, Decision.LIFT, day, why=text)
        else:
            workdays.on_or_after(end, before.rules.calendar)  # within the years that it covers
            decisions.add(care_file, patient_id, Decision.HOLD, day, why=text, to=end)
        plan = planning.of_patient(care_file, patient_id, today)
    changed = list(deciding.moved(before.plan, plan))
    stays = [item for item in plan.items if end and item.rule.strength == Strength.MUST]
    return Result(
        data={
            "patient": f"P{patient_id}",
            "on": day,
            "until": end,
            "lifted": lift,
            "why": None if session.mask else text,
            "moved": [one.record for one in changed],
            "stays": [
                {"kind": item.rule.kind, "rule": item.rule.id, "due": item.due, "limit": item.limit}
                for item in stays
            ],
            "next": explain.next_record(plan, today, mask=session.mask),
        },
        said=(
            f"P{patient_id}: {_head(end, day, today)}: {_effect(changed, stays, today)}",
            *_besides(plan),
            explain.next_words(plan, today, mask=session.mask),
        ),
    )


def _end(until: str | None, day: date, today: date, *, lift: bool) -> date | None:
    """The day on which follow-up goes on; None to lift the hold."""
    if lift:
        if until is not None:
            msg = "--lift and --until exclude each other"
            raise UsageProblem(msg, "--until alone replaces the hold that is in force")
        return None
    if until is None:
        msg = "no --until"
        raise UsageProblem(msg, "--until DATE says when it goes on; --lift ends a hold")
    end = dates.parse_date(until, today)
    if end <= day:
        msg = f"--until {end.isoformat()} is not after {day.isoformat()}"
        raise InputError(msg, "a hold ends on a later day than it begins")
    return end


def _check_held(before: Case, day: date) -> None:
    if hold_on(before.facts.decisions, day) is None:
        patient = f"P{before.plan.patient_id}"
        msg = f"{patient} has no hold in force on {day.isoformat()}"
        hint = f"caretool why {patient} shows what pauses it"
        if before.standing.status == Status.ON_HOLD:
            hint = f"its status is on hold: caretool edit-patient {patient} --status active"
        raise InputError(msg, hint)


def _head(end: date | None, day: date, today: date) -> str:
    since = "" if day == today else f" from {dates.show_short(day, today)}"
    return f"paused{since} until {dates.show_short(end, today)}" if end else f"hold lifted{since}"


def _effect(changed: Sequence[Moved], stays: Sequence[Item], today: date) -> str:
    """What the hold does: `2 should moved; must stays: visit by Wed 2 Dec`."""
    return "; ".join(_effects(changed, stays, today))


def _effects(changed: Sequence[Moved], stays: Sequence[Item], today: date) -> Iterator[str]:
    shoulds = [one for one in changed if one.item.rule.strength == Strength.SHOULD]
    yield f"{len(changed) or 'nothing'} {'should ' if shoulds == changed != [] else ''}moved"
    past = [one.item for one in changed if one.item.limit and one.item.due > one.item.limit]
    if past:
        yield f"past its limit: {', '.join(_by(item, today) for item in past)}"
    if stays:
        yield f"must stays: {', '.join(_by(item, today) for item in stays)}"


def _by(item: Item, today: date) -> str:
    word, day = ("by", item.limit) if item.limit else ("on", item.due)
    return f"{deciding.kind_words(item.rule)} {word} {dates.show_short(day, today)}"


def _besides(plan: Plan) -> tuple[str, ...]:
    """A status of on hold pauses too, and no day ends it."""
    if plan.standing.status != Status.ON_HOLD:
        return ()
    hint = f"caretool edit-patient P{plan.patient_id} --status active"
    return (f"its status is on hold as well, which only {hint} ends",)
