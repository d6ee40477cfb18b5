"""`away`: the care manager's own days off; what must be done comes before, the rest after."""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import TYPE_CHECKING, Annotated, Any, Literal, NamedTuple

import typer

from caretool import dates, deciding, planning, typed, workdays
from caretool.app import Session
from caretool.errors import DuplicateError, InputError, UsageProblem
from caretool.model import Strength
from caretool.output import Column, Result
from caretool.store import days_off

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterator, Sequence

    from caretool.db import CareFile
    from caretool.deciding import Moved
    from caretool.items import Plan
    from caretool.workdays import Calendar

READS = False
_LONGEST = 366
_NUMBER = re.compile(r"0*[1-9][0-9]{0,15}")
# How many of the items that move are named; all of them are in --json
_NAMED = 20
_BEFORE = {
    True: ("must come before it", "must come before it"),
    False: ("comes before it", "come before it"),
}


class _Change(NamedTuple):
    """An item of one patient that moves because of days off, or stays on one."""

    patient: str
    moved: Moved

    @property
    def record(self) -> dict[str, Any]:
        return {"patient": self.patient, **self.moved.record}

    @property
    def is_earlier(self) -> bool:
        return self.moved.item.due < self.moved.before

    @property
    def is_must(self) -> bool:
        return self.moved.item.rule.strength == Strength.MUST


def run(
    session: Session,
    action: Annotated[
        Literal["list", "add", "drop"], typer.Argument(help="What to do; list unless said.")
    ] = "list",
    first: Annotated[
        str | None, typer.Argument(metavar="FROM|N", help="The first day; the number to drop.")
    ] = None,
    last: Annotated[
        str | None, typer.Argument(metavar="TO", help="The last day; one day only unless said.")
    ] = None,
    why: Annotated[
        str | None, typer.Option("--why", metavar="TEXT", help="What they are for; with add.")
    ] = None,
) -> Result:
    """Keep your own days off, and see which dates move because of them.

    caretool away

    caretool away add 2026-12-21 2026-12-23 --why "family"

    caretool away drop 2
    """
    if action != "add" and (last is not None or why is not None):
        msg = f"away {action} takes no {'--why' if why is not None else 'second date'}"
        raise UsageProblem(msg, "caretool away add FROM [TO] [--why TEXT]")
    if action == "add":
        return _add(session, first, last, typed.free_text(why))
    if action == "drop":
        return _drop(session, first)
    if first is not None:
        msg = "away list takes nothing more"
        raise UsageProblem(msg, "caretool away add FROM [TO], or caretool away drop N")
    return _list(session)


def _list(session: Session) -> Result:
    """The days off that are not over, the earliest first."""
    today = session.today
    with session.reading() as care_file:
        found = days_off.current(care_file)
        calendar = planning.rules(care_file, today).calendar
    rows = [
        {
            "number": one["id"],
            "from": date.fromisoformat(one["first_day"]),
            "to": date.fromisoformat(one["last_day"]),
            "workdays": _workdays(one, calendar),
            "why": None if session.mask else one["reason"],
        }
        for one in found
        if one["last_day"] >= today.isoformat()
    ]
    columns = (
        Column("number", "no.", right=True),
        Column("from", "from", show=lambda row: dates.show_short(row["from"], today)),
        Column("to", "to", show=lambda row: dates.show_short(row["to"], today)),
        Column("workdays", "workdays", right=True),
        Column("why", "why", wrap=True),
    )
    return Result(data=rows, columns=columns, empty="No days off to come.")


def _workdays(row: sqlite3.Row, calendar: Calendar) -> int:
    """How many business days are among these days off."""
    first, last = date.fromisoformat(row["first_day"]), date.fromisoformat(row["last_day"])
    every = (first + timedelta(days=number) for number in range((last - first).days + 1))
    return sum(workdays.is_workday(day, calendar) for day in every)


def _add(session: Session, first: str | None, last: str | None, why: str | None) -> Result:
    if first is None:
        msg = "no first day"
        raise UsageProblem(msg, "caretool away add FROM [TO] [--why TEXT]")
    today = session.today
    start = dates.parse_date(first, today)
    end = start if last is None else dates.parse_date(last, today)
    _check(start, end, today)
    with session.writing() as care_file:
        for one in days_off.current(care_file):
            if one["first_day"] <= start.isoformat() and end.isoformat() <= one["last_day"]:
                msg = f"{_stretch(start, end, today)} is off already, by number {one['id']}"
                raise DuplicateError(msg, "caretool away lists your days off")
        # What cannot be done then needs a day after them that the calendar covers
        workdays.add_workdays(end, 1, planning.rules(care_file, today).calendar)
        before = _plans(care_file, end, today)
        number = days_off.add(care_file, start, end, why, today)
        after = _plans(care_file, end, today)
    changes = list(_changes(before, after))
    stays = list(_staying(after, start, end, today))
    earlier = sum(one.is_earlier for one in changes)
    words = f"off {_stretch(start, end, today)} (number {number}): " + _count(
        (earlier, *_BEFORE[_all_must(changes)]),
        (len(changes) - earlier, "moves after it", "move after it"),
        (len(stays), "stays on it", "stay on it"),
    )
    data = {
        "number": number,
        "from": start,
        "to": end,
        "why": None if session.mask else why,
        "moved": [one.record for one in changes],
        "stays": [one.record for one in stays],
    }
    return Result(data=data, said=(words, *_named(changes, stays, today)))


def _drop(session: Session, number: str | None) -> Result:
    if number is None or not _NUMBER.fullmatch(number.strip()):
        msg = "no number of days off to drop"
        raise UsageProblem(msg, "caretool away lists them with their numbers: caretool away drop 2")
    today = session.today
    with session.writing() as care_file:
        wanted = int(number)
        known = [one for one in days_off.current(care_file) if one["id"] == wanted]
        end = date.fromisoformat(known[0]["last_day"]) if known else today
        before = _plans(care_file, end, today)
        row = days_off.drop(care_file, wanted, today)
        after = _plans(care_file, end, today)
    start = date.fromisoformat(row["first_day"])
    changes = list(_changes(before, after))
    words = f"no longer off {_stretch(start, end, today)}: " + _count(
        (len(changes), "moves back", "move back")
    )
    data = {
        "number": wanted,
        "from": start,
        "to": end,
        "moved": [one.record for one in changes],
        "stays": [],
    }
    return Result(data=data, said=(words, *_named(changes, [], today)))


def _check(start: date, end: date, today: date) -> None:
    if end < start:
        msg = f"the last day {end.isoformat()} is before the first, {start.isoformat()}"
        raise InputError(msg, "caretool away add FROM TO")
    if end < today:
        msg = f"{end.isoformat()} is in the past; today is {today.isoformat()}"
        raise InputError(msg, "days off are kept so that what is to come moves around them")
    if (end - start).days >= _LONGEST:
        msg = f"{(end - start).days + 1} days off, more than a year"
        raise InputError(msg, "check the year")


# which items move, and where


def _plans(care_file: CareFile, until: date, today: date) -> list[Plan]:
    """The plans of all who may have something to do up to that day."""
    return planning.of_panel(care_file, today, until).plans


def _changes(before: Sequence[Plan], after: Sequence[Plan]) -> Iterator[_Change]:
    was = {plan.patient_id: plan for plan in before}
    for plan in after:
        earlier = was.get(plan.patient_id)
        if earlier is not None:
            for one in deciding.moved(earlier, plan):
                yield _Change(f"P{plan.patient_id}", one)


def _staying(after: Sequence[Plan], start: date, end: date, today: date) -> Iterator[_Change]:
    """What is still planned for a day off: her own word put it there, or nothing earlier counts."""
    for plan in after:
        for item in plan.items:
            if max(start, today) <= item.due <= end:
                yield _Change(f"P{plan.patient_id}", deciding.Moved(item, item.due))


def _all_must(changes: Sequence[_Change]) -> bool:
    return all(one.is_must for one in changes if one.is_earlier)


def _stretch(start: date, end: date, today: date) -> str:
    first, last = (dates.show_short(day, today) for day in (start, end))
    return first if start == end else f"{first} to {last}"


def _count(*counted: tuple[int, str, str]) -> str:
    """How many do what, in words for one and for several."""
    said = [f"{number} {one if number == 1 else more}" for number, one, more in counted if number]
    return ", ".join(said) or "nothing moves"


def _named(changes: Sequence[_Change], stays: Sequence[_Change], today: date) -> Iterator[str]:
    lines = [f"{one.patient} {one.moved.words(today)}" for one in changes]
    lines += [
        f"{one.patient} {deciding.kind_words(one.moved.item.rule)}"
        f" stays on {dates.show_short(one.moved.before, today)}"
        for one in stays
    ]
    yield from lines[:_NAMED]
    if len(lines) > _NAMED:
        yield f"and {len(lines) - _NAMED} more; --json lists them all"
