"""`history`: who did what when, and to whom; or one command with all that it changed."""

from __future__ import annotations

import re
from datetime import date
from typing import TYPE_CHECKING, Annotated, Any

import typer

from caretool import dates, options
from caretool.app import Session
from caretool.output import Block, Column, Result
from caretool.store import commands, patients, shown

if TYPE_CHECKING:
    from collections.abc import Mapping

    from caretool.db import CareFile
    from caretool.store.commands import Change, Command

READS = True
_MOST = 20
_LAST = 1_000_000
_CHANGES = 1000
_PATIENTS = 5
_PATIENT = re.compile(r"[Pp]0*([1-9][0-9]{0,15})")
# Columns of an image that say who may be meant or what was noted of them, behind a mask
_OPEN = re.compile(r"id|.*_id|.*_on|.*_date|day|tier|status|outcome|channel|decision|place|copy")
_NEVER_OPEN = frozenset({"birth_date", "died_on"})


def run(
    session: Session,
    what: Annotated[
        str | None,
        typer.Argument(
            metavar="PATIENT|COMMAND",
            help="Whose history (- asks); or the id of a command, for all that it changed: H17.",
            show_default=False,
            autocompletion=options.patient_ids,
        ),
        options.Mark.PATIENT,
    ] = None,
    since: Annotated[
        str | None,
        typer.Option("--since", metavar="DATE", help="From this day on.", show_default=False),
    ] = None,
    reads: Annotated[
        bool, typer.Option("--reads", help="Who saw what, in place of who changed what.")
    ] = False,
    top: Annotated[
        int,
        typer.Option(
            "--top", metavar="N", min=1, max=_LAST, help="How many of the latest to list."
        ),
    ] = _MOST,
) -> Result:
    """List what was done, the latest first; about one patient, or one command in full.

    caretool history

    caretool history P42 --since -2w

    caretool history H17

    caretool history --reads P42
    """
    begin = None if since is None else dates.parse_date(since, session.today, past=True)
    with session.reading() as care_file:
        if what is not None and not reads and commands.is_id(what):
            return _one(care_file, commands.typed(care_file, what), session)
        who = None if what is None else _patient(care_file, what, session)
        if reads:
            return _reads(care_file, who, begin, top, session)
        only = None if who is None else commands.of_patient(care_file, who)
        found = commands.latest_first(
            care_file, since=begin, until=_until(session), only=only, most=top + 1
        )
        rows = [_record(care_file, one) for one in found[:top]]
    return Result(
        data=rows,
        columns=_columns(session),
        summary=f"the latest {top}; --top {top * 5} shows more" if len(found) > top else "",
        hint=f"caretool history {rows[0]['id']} shows what it changed" if rows else "",
        empty="Nothing was done." if who is None else f"Nothing was done about P{who}.",
    )


def _until(session: Session) -> date | None:
    """The day of `--as-of`; commands are noted by the clock, whatever day she works as of."""
    return None if session.today == dates.today() else session.today


def _patient(db: CareFile, text: str, session: Session) -> int:
    """Who is meant, also one who is on file no more because their adding was undone."""
    match = _PATIENT.fullmatch(text.strip())
    return int(match[1]) if match else patients.resolve(db, text, with_names=session.terminal)


def _record(db: CareFile, one: Command) -> dict[str, Any]:
    touched = [] if one.first is None else commands.patients_of(db, one, _PATIENTS + 1)
    return {
        "id": f"H{one.id}",
        "at": one.at.isoformat(timespec="minutes"),
        "user": one.user,
        "command": one.name,
        "asked": one.asked or None,
        "changes": [tally._asdict() for tally in commands.tallies(db, one)],
        "words": "; ".join(tally.words for tally in commands.tallies(db, one)) or None,
        "patients": [f"P{patient}" for patient in touched[:_PATIENTS]],
        "more_patients": len(touched) > _PATIENTS,
        "undoes": None if one.undoes is None else f"H{one.undoes}",
        "undone_by": None if one.undone_by is None else f"H{one.undone_by}",
        "version": one.version,
    }


def _when(row: Mapping[str, Any], session: Session) -> str:
    day, _, clock = row["at"].partition("T")
    return f"{dates.show_short(date.fromisoformat(day), session.today)} {clock[:5]}"


def _typed(row: Mapping[str, Any]) -> str:
    return " ".join(part for part in (row["command"], row["asked"]) if part)


def _came(row: Mapping[str, Any]) -> str:
    taken_back = f"undone by {row['undone_by']}" if row["undone_by"] else ""
    undoes = f"undoes {row['undoes']}" if row["undoes"] else ""
    return "; ".join(part for part in (undoes, row["words"], taken_back) if part)


def _who(row: Mapping[str, Any]) -> str:
    return " ".join((*row["patients"], *(["…"] if row["more_patients"] else [])))


def _columns(session: Session) -> tuple[Column, ...]:
    return (
        Column("id", "id"),
        Column("at", "when", show=lambda row: _when(row, session)),
        Column("user", "user"),
        Column("command", "command", show=_typed, wrap=True),
        Column("asked", "asked", hidden=True),
        Column("words", "what changed", show=_came, wrap=True),
        Column("patients", "patients", show=_who, raw=_who, wrap=True),
        Column("undoes", "undoes", hidden=True),
        Column("undone_by", "undone by", hidden=True),
        Column("version", "version", hidden=True),
    )


def _one(db: CareFile, one: Command, session: Session) -> Result:
    record = _record(db, one)
    found = [] if one.first is None else commands.changes(db, one, _CHANGES + 1)
    rows = [line for change in found[:_CHANGES] for line in _lines(change, mask=session.mask)]
    about = (
        ("when", _when(record, session)),
        ("user", one.user),
        ("version", one.version),
        ("typed", _typed(record)),
        ("undoes", record["undoes"] or ""),
        ("undone by", record["undone_by"] or ""),
        ("changed", record["words"] or "nothing that is kept"),
    )
    columns = (
        Column("table", "table"),
        Column("row", "row", right=True),
        Column("column", "column"),
        Column("before", "before", wrap=True),
        Column("after", "after", wrap=True),
    )
    return Result(
        data={**record, "rows": rows},
        blocks=(
            Block(record["id"], pairs=tuple(pair for pair in about if pair[1])),
            Block("Changes", columns=columns, rows=tuple(rows), name="change"),
        ),
        summary=f"the first {_CHANGES} changes" if len(found) > _CHANGES else "",
    )


def _lines(change: Change, *, mask: bool) -> list[dict[str, Any]]:
    """What differs between the two images of a row, a line for each column."""
    before, after = change.before or {}, change.after or {}
    return [
        {
            "table": change.table,
            "row": change.row,
            "column": column,
            "before": _value(column, before.get(column), mask=mask),
            "after": _value(column, after.get(column), mask=mask),
        }
        for column in (after or before)
        if before.get(column) != after.get(column)
    ]


def _value(column: str, value: object, *, mask: bool) -> str | None:
    if value is None:
        return None
    if mask and (column in _NEVER_OPEN or not _OPEN.fullmatch(column)):
        return "…"
    return str(value)


def _reads(db: CareFile, who: int | None, begin: date | None, top: int, session: Session) -> Result:
    found = shown.reads(db, who, begin, top)
    rows = [
        {
            "at": one.when.isoformat(timespec="minutes"),
            "user": one.user,
            "command": one.command,
            "asked": one.asked or None,
            "place": one.place,
            "listed": len(one.patients),
            "patients": [f"P{patient}" for patient in one.patients],
        }
        for one in found
    ]
    columns = (
        Column("at", "when", show=lambda row: _when(row, session)),
        Column("user", "user"),
        Column("command", "command", show=_typed, wrap=True),
        Column("asked", "asked", hidden=True),
        Column("place", "place", right=True, hidden=who is None),
        Column("listed", "patients", right=True),
        Column("patients", "who", show=_seen, raw=_ids, wrap=True),
    )
    nobody = "Nobody was shown" if who is None else f"P{who} was shown to nobody"
    return Result(data=rows, columns=columns, empty=f"{nobody}, as far as it could be noted.")


def _ids(row: Mapping[str, Any]) -> str:
    return " ".join(row["patients"])


def _seen(row: Mapping[str, Any]) -> str:
    """The first of them, in the order in which they were shown."""
    more = ["…"] if len(row["patients"]) > _PATIENTS else []
    return " ".join((*row["patients"][:_PATIENTS], *more))
