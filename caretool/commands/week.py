"""`week`: how full the coming days are, and what could move from a full one."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple

import typer

from caretool import asking, dates, explain, load, output, planning
from caretool.app import Session
from caretool.errors import RefusedError, UsageProblem
from caretool.model import Decision
from caretool.output import Block, Column, Result
from caretool.store import decisions, patients

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    from caretool.db import CareFile
    from caretool.load import Day, Shift
    from caretool.model import Card

# So long that a line of 80 columns also has room for the numbers and a word
_BAR = 28
_WHY = "spread over the week"


class _Week(NamedTuple):
    """The days, what could move from those over capacity, and who that is."""

    days: list[Day]
    shifts: list[Shift]
    cards: Mapping[int, Card]


def run(
    session: Session,
    weeks: Annotated[
        int, typer.Option("--weeks", metavar="N", min=1, max=52, help="How many weeks.")
    ] = 1,
    capacity: Annotated[
        int | None,
        typer.Option("--capacity", metavar="N", min=1, help="How many patients fit into a day."),
    ] = None,
    spread: Annotated[
        bool, typer.Option("--spread", help="Move what should be done from full days; asks first.")
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", help="With --spread: do not ask.")] = False,
) -> Result:
    """Show how full the coming days are, and what could move from a full one past no limit.

    caretool week

    caretool week --weeks 2 --capacity 12

    caretool week --capacity 12 --spread

    A patient counts once a day; what is late counts for today. Counted is what is open now: the
    follow-up that the next contact will start is not.
    """
    _check(session, capacity, spread=spread, yes=yes)
    with session.reading() as care_file:
        found = _look(care_file, session, weeks, capacity)
    if not spread:
        return _shown(session, found, capacity)
    if found.shifts and not yes:
        _confirm(session, found.shifts)
    if not found.shifts:
        return _spread(session, found, capacity)
    with session.writing() as care_file:
        if _look(care_file, session, weeks, capacity).shifts != found.shifts:
            msg = "the care file has changed meanwhile; nothing was moved"
            raise RefusedError(msg, "look again: the same command", code="changed")
        for shift in found.shifts:
            _defer(care_file, shift, session.today)
    return _spread(session, found, capacity)


def _check(session: Session, capacity: int | None, *, spread: bool, yes: bool) -> None:
    if spread and capacity is None:
        msg = "--spread needs --capacity"
        raise UsageProblem(msg, "how many patients fit into a day: --capacity 12 --spread")
    if yes and not spread:
        msg = "--yes belongs to --spread"
        raise UsageProblem(msg, "caretool week --capacity 12 --spread --yes")
    if spread and session.today != dates.today():
        msg = "--spread moves items from today on, so it takes no --as-of"
        raise UsageProblem(msg, "leave --as-of away, or --spread")


def _look(care_file: CareFile, session: Session, weeks: int, capacity: int | None) -> _Week:
    today = session.today
    last = today + timedelta(weeks=weeks) - timedelta(days=1)
    rules = planning.rules(care_file, today)
    horizon = load.horizon(last, rules.calendar)
    plans = planning.of_panel(care_file, today, horizon).plans
    found = load.days(plans, rules.calendar, today, last)
    shifts: list[Shift] = []
    if capacity is not None:
        spread = rules.protocols.spread
        shifts = load.shifts(plans, rules.calendar, today, last, capacity, spread)
    return _Week(found, shifts, patients.cards(care_file, {one.patient_id for one in shifts}))


def _confirm(session: Session, shifts: list[Shift]) -> None:
    """Show what would move and ask; raises RefusedError unless the answer is yes."""
    many = _patients(len(shifts))
    if not session.interactive:
        msg = f"{many} would move, and nobody is there to confirm it"
        raise RefusedError(msg, "without --spread it only shows them; --yes moves", code="confirm")
    for shift in shifts:
        output.talk(_words(shift, session.today))
    if asking.ask(session, f"move {many}? yes or no").lower() not in {"y", "yes"}:
        msg = "nothing was moved"
        raise RefusedError(msg, "caretool week shows the days as they are", code="confirm")


def _defer(care_file: CareFile, shift: Shift, today: date) -> None:
    for item in shift.items:
        decisions.add(
            care_file,
            shift.patient_id,
            Decision.DEFER,
            today,
            why=_WHY,
            item=item.rule.id,
            planned=item.trace.planned,
            to=shift.after,
        )


def _patients(number: int) -> str:
    return "1 patient" if number == 1 else f"{number} patients"


def _kinds(shift: Shift) -> str:
    return ", ".join(explain.kind_words(item.rule.kind) for item in shift.items)


def _words(shift: Shift, today: date) -> str:
    before, after = (dates.show_short(day, today) for day in (shift.before, shift.after))
    return f"P{shift.patient_id} {_kinds(shift)}: {before} → {after}"


# what is shown


def _shown(session: Session, found: _Week, capacity: int | None) -> Result:
    rows = [_row(session, one, found, capacity, written=False) for one in found.days]
    moves = tuple(move for row in rows for move in row["moves"])
    at_work = sum(1 for row in rows if row["open"])
    summary = f"{sum(row['patients'] for row in rows)} to contact on {_days(at_work)}"
    over = sum(1 for row in rows if row["over"])
    hint = ""
    if over:
        who = _patients(len(moves)) if moves else "nobody"
        summary += f" · {_days(over)} over {capacity} · {who} could move"
        hint = "--weeks N looks further; what must be done stays where it is"
    if moves:
        left = sum(1 for row in rows if row["after"] > (capacity or 0))
        summary += f", then {left or 'none'} would be over"
        hint = f"caretool week --capacity {capacity} --spread moves them, after asking"
    block = Block(columns=_columns(session, rows), rows=tuple(rows))
    could = Block("Could move", columns=_move_columns(session), rows=moves)
    return Result(
        data=rows,
        columns=_columns(session, rows),
        blocks=(block, could) if moves else (block,),
        summary=summary,
        hint=hint,
    )


def _spread(session: Session, found: _Week, capacity: int | None) -> Result:
    rows = [_row(session, one, found, capacity, written=True) for one in found.days]
    over = sum(1 for row in rows if row["after"] > (capacity or 0))
    left = f"; {_days(over)} over {capacity} all the same" if over else ""
    moved = f"moved {_patients(len(found.shifts))}" if found.shifts else "nothing to move"
    return Result(
        data=rows,
        columns=_columns(session, rows),
        said=(*(_words(shift, session.today) for shift in found.shifts), f"{moved}{left}"),
    )


def _days(number: int) -> str:
    return "1 day" if number == 1 else f"{number} days"


def _row(
    session: Session, one: Day, found: _Week, capacity: int | None, *, written: bool
) -> dict[str, Any]:
    """One day as scripts get it; `after` is its load once everything has moved."""
    closed = one.closed
    if closed is not None and session.mask:
        closed = closed.partition(" (")[0]  # without her own words for a day off
    gone = [shift for shift in found.shifts if shift.before == one.day]
    come = sum(1 for shift in found.shifts if shift.after == one.day and not shift.joins)
    return {
        "day": one.day,
        "patients": one.patients,
        "must": one.must,
        "should": one.should,
        "after": one.patients - len(gone) + come,
        "over": None if capacity is None else max(one.patients - capacity, 0),
        "open": one.closed is None,
        "closed": closed,
        "moves": [_move(session, shift, found.cards, written=written) for shift in gone],
    }


def _move(
    session: Session, shift: Shift, cards: Mapping[int, Card], *, written: bool
) -> dict[str, Any]:
    card = cards[shift.patient_id]
    return {
        "patient": card.id,
        "name": card.name.initials if session.mask else card.name.listed,
        "kinds": [item.rule.kind for item in shift.items],
        "rules": [item.rule.id for item in shift.items],
        "from": shift.before,
        "to": shift.after,
        "limit": min((item.limit for item in shift.items if item.limit), default=None),
        "written": written,
    }


def _columns(session: Session, rows: list[dict[str, Any]]) -> tuple[Column, ...]:
    most = max((row["patients"] for row in rows), default=0)
    each = max(-(-most // _BAR), 1)
    title = "# must  = should" if each == 1 else f"# must  = should, each {each} patients"

    def bar(row: Mapping[str, Any]) -> str:
        must, every = (-(-int(row[key]) // each) for key in ("must", "patients"))
        if row["should"]:
            every = max(every, must + 1)
        return "#" * must + "=" * (every - must)

    def note(row: Mapping[str, Any]) -> str:
        if not row["open"]:
            return f"closed: {row['closed']}"
        return f"{row['over']} over" if row["over"] else ""

    return (
        Column("day", "day", show=lambda row: dates.show_short(row["day"], session.today)),
        Column("patients", "patients", right=True),
        Column("must", "must", right=True),
        Column("should", "should", right=True),
        Column("after", "after", right=True, hidden=not any(row["moves"] for row in rows)),
        Column("bar", title, show=bar, raw=bar),
        Column("over", "", show=note, wrap=True),
        Column("open", "open", hidden=True),
        Column("closed", "closed", hidden=True),
        Column(
            "moves",
            "moves",
            hidden=True,
            raw=lambda row: " ".join(f"{one['patient']}:{one['to']}" for one in row["moves"]),
        ),
    )


def _move_columns(session: Session) -> tuple[Column, ...]:
    def day(key: str) -> Any:  # noqa: ANN401 - how a column shows a day
        return lambda row: dates.show_short(row[key], session.today) if row[key] else ""

    return (
        Column("patient", "id"),
        Column("name", "name", wrap=True),
        Column(
            "kinds",
            "what",
            show=lambda row: ", ".join(map(explain.kind_words, row["kinds"])),
            wrap=True,
        ),
        Column("from", "from", show=day("from")),
        Column("to", "to", show=day("to")),
        Column("limit", "limit", show=day("limit")),
    )
