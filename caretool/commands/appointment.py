"""`appointment`: a visit that was arranged, or its cancelling; says whether it is in time."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Annotated, Any

import typer

from caretool import dates, deciding, explain, options, planning, typed, workdays
from caretool.app import Session
from caretool.errors import InputError, NotFoundError, UsageProblem
from caretool.output import Result
from caretool.store import appointments, patients

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterator, Sequence
    from datetime import time

    from caretool.db import CareFile
    from caretool.items import Item, Plan

READS = False


def run(
    session: Session,
    patient: options.PatientArgument,
    when: Annotated[
        str | None,
        typer.Argument(metavar="DATE[THH:MM]", help="When: 2026-12-03, or 2026-12-03T10:30."),
    ] = None,
    with_whom: Annotated[
        str | None, typer.Option("--with", metavar="TEXT", help="With whom it is.")
    ] = None,
    cancel: Annotated[
        bool, typer.Option("--cancel", help="The one that is coming is cancelled.")
    ] = False,
) -> Result:
    """Note when a patient's next visit is, in place of the one noted before; or that it is off.

    caretool appointment P42 2026-12-03T10:30 --with "Dr. Okafor"

    caretool appointment P42 --cancel
    """
    moment = _moment(when, session.today, cancel=cancel, with_whom=with_whom)
    today, text = session.today, typed.free_text(with_whom)
    with session.writing() as care_file:
        patient_id = patients.resolve(care_file, patient, with_names=session.terminal)
        standing = planning.of_patient(care_file, patient_id, today).standing
        deciding.refuse_closed(patient_id, standing)
        coming = appointments.coming(care_file, patient_id, today)
        if cancel and not coming:
            msg = f"P{patient_id} has no appointment to come"
            hint = f"one that was missed: caretool log-contact P{patient_id} --outcome visit_missed"
            raise NotFoundError(msg, hint)
        for one in coming:
            appointments.cancel(care_file, one["id"], today)
        noted = _note(care_file, patient_id, today, moment, text)
        plan = planning.of_patient(care_file, patient_id, today)
    visits = [] if moment is None else list(_visits(plan, moment[0]))
    return Result(
        data={
            "patient": f"P{patient_id}",
            "appointment": noted,
            "day": moment and moment[0],
            "at": moment and _clock(moment[1]),
            "with": None if session.mask else text,
            "cancelled": [_record(one) for one in coming],
            "limits": [
                {"kind": one.rule.kind, "rule": one.rule.id, "limit": one.limit, "within": fits}
                for one, fits in visits
            ],
            "next": explain.next_record(plan, today, mask=session.mask),
        },
        said=(
            f"P{patient_id}: {_head(moment, None if session.mask else text, coming, today)}",
            *_in_time(moment, visits, today),
            explain.next_words(plan, today, mask=session.mask),
        ),
    )


def _moment(
    when: str | None, today: date, *, cancel: bool, with_whom: str | None
) -> tuple[date, time | None] | None:
    """The day and maybe the time; None to cancel."""
    if cancel:
        if when is not None or with_whom is not None:
            msg = "--cancel takes neither a date nor --with"
            raise UsageProblem(msg, "a new date alone takes the place of the one noted before")
        return None
    if when is None:
        msg = "no date"
        raise UsageProblem(msg, "caretool appointment PATIENT 2026-12-03T10:30, or --cancel")
    day, at = dates.parse_moment(when, today, past=False)
    if day < today:
        msg = f"{day.isoformat()} is in the past; today is {today.isoformat()}"
        hint = (
            "a visit that took place: caretool log-contact PATIENT --outcome visit_done --on DATE"
        )
        raise InputError(msg, hint)
    return day, at


def _note(
    care_file: CareFile,
    patient_id: int,
    today: date,
    moment: tuple[date, time | None] | None,
    with_whom: str | None,
) -> str | None:
    if moment is None:
        return None
    day, at = moment
    workdays.add_workdays(day, 1, planning.rules(care_file, today).calendar)  # within its years
    number = appointments.add(
        care_file, patient_id, noted_on=today, day=day, at=at, with_whom=with_whom
    )
    return f"A{number}"


def _visits(plan: Plan, day: date) -> Iterator[tuple[Item, bool]]:
    """The open visits with a limit, and whether that day is within it."""
    for item in plan.items:
        words = {word.partition(":")[0] for word in item.rule.done_by}
        if item.limit is not None and "visit" in words and item.start.on <= day:
            yield item, day <= item.limit


def _record(row: sqlite3.Row) -> dict[str, Any]:
    return {"appointment": f"A{row['id']}", "day": row["day"], "at": row["at_time"]}


def _head(
    moment: tuple[date, time | None] | None,
    with_whom: str | None,
    coming: Sequence[sqlite3.Row],
    today: date,
) -> str:
    before = ", ".join(
        _when(date.fromisoformat(one["day"]), one["at_time"], today) for one in coming
    )
    if moment is None:
        return f"appointment {before} cancelled"
    words = f"appointment {_when(moment[0], _clock(moment[1]), today)}"
    if with_whom:
        words += f" with {with_whom}"
    return f"{words}, instead of {before}" if before else words


def _clock(at: time | None) -> str | None:
    return None if at is None else f"{at:%H:%M}"


def _when(day: date, at: str | None, today: date) -> str:
    return f"{dates.show_short(day, today)}{f' at {at}' if at else ''}"


def _in_time(
    moment: tuple[date, time | None] | None, visits: list[tuple[Item, bool]], today: date
) -> Iterator[str]:
    """Whether the appointment is within the limits of the visits it is for."""
    if moment is None:
        return
    for item, fits in visits:
        limit, kind = item.limit, deciding.kind_words(item.rule)
        if limit is not None:
            day = f"appointment {dates.show_short(moment[0], today)} is"
            within = "within" if fits else "past"
            yield f"{day} {within} the limit of {dates.show_short(limit, today)} ({kind})"
