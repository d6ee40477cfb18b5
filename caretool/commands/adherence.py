"""`adherence`: on which share of days there was medicine, by class or medicine, lowest first."""

from __future__ import annotations

import json
from datetime import date, timedelta
from enum import StrEnum
from itertools import islice
from operator import itemgetter
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple

import typer

from caretool import adherence, coverage, dates, drug_classes, planning
from caretool.app import Session
from caretool.errors import UsageProblem
from caretool.names import fold
from caretool.output import Block, Column, Result
from caretool.store import contacts, fills, patients

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable, Iterator, Mapping

    from caretool.adherence import Figure
    from caretool.coverage import Group
    from caretool.db import CareFile
    from caretool.model import Card, Fill

METHODS = ("pdc",)
DEFAULT_DAYS = 365
_BATCH = 1000
Row = dict[str, Any]


class By(StrEnum):
    """What one figure is about."""

    CLASS = "class"
    MEDICATION = "medication"


_TITLES = {By.CLASS: "class or medicine", By.MEDICATION: "medicine"}


class Wanted(NamedTuple):
    """What was asked for: the window, one figure for what, parts of names, an upper bound."""

    start: date
    end: date
    by: By
    medication: str
    drug_class: str
    below: float | None


class Found(NamedTuple):
    """One figure, and whose it is."""

    patient_id: int
    group: Group
    figure: Figure


def run(
    session: Session,
    patient: Annotated[
        str | None,
        typer.Argument(metavar="PATIENT", help="P42, a record number, or (part of) a name."),
    ] = None,
    begin: Annotated[
        str | None,
        typer.Option("--from", metavar="DATE", help="First day; else 365 days end with the last."),
    ] = None,
    end: Annotated[
        str | None, typer.Option("--to", metavar="DATE", help="Last day; else today.")
    ] = None,
    by: Annotated[
        By | None, typer.Option("--by", help="One figure a class (the default) or a medication.")
    ] = None,
    medication: Annotated[
        str | None, typer.Option("--medication", metavar="NAME", help="(Part of) its name.")
    ] = None,
    drug_class: Annotated[
        str | None, typer.Option("--class", metavar="NAME", help="(Part of) its name.")
    ] = None,
    method: Annotated[
        str, typer.Option("--method", metavar="NAME", help=f"One of: {', '.join(METHODS)}.")
    ] = METHODS[0],
    below: Annotated[
        float | None,
        typer.Option("--below", metavar="SHARE", min=0, max=1, help="Only less, such as 0.8."),
    ] = None,
    details: Annotated[bool, typer.Option("--details", help="List the gaps.")] = False,
) -> Result:
    """Show the share of days with medicine, lowest first; or one patient day by day.

    caretool adherence --below 0.8

    caretool adherence P42 --by medication --details
    """
    if method not in METHODS:
        msg = f"no method {method!r}"
        raise UsageProblem(msg, f"there is: {', '.join(METHODS)}")
    start, last = _window(begin, end, session.today)
    wanted = Wanted(start, last, *_about(by, medication, drug_class), below)
    one, found = None, []
    with session.reading() as care_file:
        if patient is None:
            rows = _everybody(care_file, wanted, session)
            empty = "Nobody fits." if _is_narrow(wanted) else "No fills are on file yet."
        else:
            one = patients.resolve(care_file, patient, with_names=session.terminal)
            found = list(_figures(one, fills.of_patient(care_file, one, wanted.end), wanted))
            found.sort(key=_rank)
            rows = _rows(care_file, found, wanted, mask=session.mask)
            empty = _nothing(care_file, one, wanted, session.today)
    return Result(
        data=rows,
        columns=_columns(_TITLES[wanted.by], session.today, details=details),
        blocks=_page(found, rows, session.today, details=details) if found else (),
        summary=coverage.rule_words(wanted.start, wanted.end, session.today) if rows else "",
        hint=_hint(rows, one, details=details),
        empty=empty,
    )


def _window(begin: str | None, end: str | None, today: date) -> tuple[date, date]:
    """First and last day: what was typed, cut at today; else the 365 days that end today."""
    last = today if end is None else min(dates.parse_date(end, today, past=True), today)
    if begin is None:
        return last - timedelta(days=DEFAULT_DAYS - 1), last
    first = dates.parse_date(begin, today, past=True)
    if first > last:
        msg = f"the window from {first} to {last} ends before it begins"
        raise UsageProblem(msg, "--from DATE --to DATE, the earlier one first, none after today")
    return first, last


def _about(by: By | None, medication: str | None, drug_class: str | None) -> tuple[By, str, str]:
    """What one figure is about, and the folded names asked for."""
    if medication is not None and by == By.CLASS:
        msg = "--medication is about one medicine, --by class about all of a class"
        raise UsageProblem(msg, "leave one of the two away")
    for option, text in (("--medication", medication), ("--class", drug_class)):
        if text is not None and not fold(text):
            msg = f"{option} {text!r} names nothing"
            raise UsageProblem(msg, f"(part of) a name: {option} metformin")
    about = by or (By.MEDICATION if medication else By.CLASS)
    return about, fold(medication or ""), fold(drug_class or "")


def _everybody(care_file: CareFile, wanted: Wanted, session: Session) -> list[Row]:
    """The rows of everybody who has fills and whose care has not ended, lowest first."""
    ranked: list[tuple[Any, Row]] = []
    histories = fills.of_everybody(care_file, wanted.end)
    while batch := list(islice(histories, _BATCH)):
        found = [one for who, history in batch for one in _figures(who, history, wanted)]
        found = _open(care_file, found, session.today)
        rows = _rows(care_file, found, wanted, mask=session.mask)
        ranked += zip(map(_rank, found), rows, strict=True)
    ranked.sort(key=itemgetter(0))
    return [row for _, row in ranked]


def _open(care_file: CareFile, found: list[Found], today: date) -> list[Found]:
    """The figures of those whose care has not ended."""
    ended = planning.ended(care_file, {one.patient_id for one in found}, today)
    return [one for one in found if one.patient_id not in ended]


def _figures(patient_id: int, history: list[Fill], wanted: Wanted) -> Iterator[Found]:
    """A patient's figures, of those that were asked for."""
    for group in coverage.groups(history, by_class=wanted.by == By.CLASS):
        if wanted.medication not in fold(group.medication or ""):
            continue
        if not drug_classes.goes_by(group.drug_class, wanted.drug_class):
            continue
        figure = adherence.pdc(group.fills, wanted.start, wanted.end)
        if wanted.below is None or (figure.value is not None and figure.value < wanted.below):
            yield Found(patient_id, group, figure)


def _rank(found: Found) -> tuple[bool, float, int, str]:
    """Lowest first, undefined last; then by patient and by what the figure is about."""
    value = found.figure.value
    return value is None, value or 0.0, found.patient_id, fold(found.group.title)


def _rows(care_file: CareFile, found: list[Found], wanted: Wanted, *, mask: bool) -> list[Row]:
    """The contract's rows; what patients said stands beside their figures, never in them."""
    ids = {one.patient_id for one in found}
    cards, told = patients.cards(care_file, ids), _told(care_file, ids, wanted)
    return [
        {
            "patient": f"P{one.patient_id}",
            "mrn": None if mask else cards[one.patient_id].mrn,
            "name": _name(cards[one.patient_id], mask=mask),
            "medication": one.group.medication,
            "class": one.group.drug_class,
            **coverage.record(one.figure),
            "self_report": coverage.latest_report(told.get(one.patient_id, ()), one.group),
        }
        for one in found
    ]


def _name(card: Card, *, mask: bool) -> str:
    return card.name.initials if mask else card.name.listed


def _told(care_file: CareFile, ids: Iterable[int], wanted: Wanted) -> dict[int, list[sqlite3.Row]]:
    """What patients said of missed doses in the window, latest first."""
    told: dict[int, list[sqlite3.Row]] = {}
    for row in contacts.self_reports(care_file, json.dumps(sorted(ids)), wanted.start, wanted.end):
        told.setdefault(row["patient_id"], []).insert(0, row)
    return told


def _columns(what: str, today: date, *, details: bool) -> tuple[Column, ...]:
    """Everything for scripts; for people who, what, how much, until when, and what to know."""

    def days(row: Mapping[str, Any]) -> str:
        return f"{row['days_covered']}/{row['days']}" if row["days"] else ""

    def runs_out(row: Mapping[str, Any]) -> str:
        return dates.show_short(row["runs_out"], today).split(" ", 1)[1]

    def about(row: Mapping[str, Any]) -> str:
        return "\n".join([coverage.what(row), *coverage.notes(row, today, details=details)])

    def style(row: Mapping[str, Any]) -> str:
        return "red" if row["adherent"] is False else ""

    return (
        Column("patient", "id"),
        Column("mrn", "record number", hidden=True),
        Column("name", "name", wrap=True),
        Column("medication", what, about, wrap=True),
        Column("class", "class", hidden=True),
        *(Column(key, key, hidden=True) for key in ("method", "from", "to", "index_date", "days")),
        Column("days_covered", "days", days, right=True),
        Column("value", "covered", coverage.percent, style, right=True),
        Column("adherent", "adherent", hidden=True),
        Column("fills", "fills", right=True),
        Column("last_fill", "last fill", hidden=True),
        Column("runs_out", "runs out", runs_out),
        Column("gaps", "gaps", hidden=True, raw=coverage.gap_list),
        *(Column(key, key, hidden=True) for key in ("flags", "missing")),
        Column("self_report", "self-report", hidden=True, raw=coverage.report_cell),
    )


def _page(found: list[Found], rows: list[Row], today: date, *, details: bool) -> tuple[Block, ...]:
    """One patient: each class or medicine with its figure and a bar of days."""
    blocks = [Block(f"{rows[0]['patient']} {rows[0]['name']}", (coverage.legend(found[0].figure),))]
    for one, row in zip(found, rows, strict=True):
        lines = coverage.bar(one.figure) if row["days"] else []
        lines += coverage.details(row, today)
        lines += coverage.notes(row, today, details=details)
        title = coverage.what(row)
        if row["days"]:
            title += f": {coverage.percent(row)} of days covered"
            title += "" if row["adherent"] else ", under 80 %"
        blocks.append(Block(title, tuple(f"  {line}" for line in lines)))
    return tuple(blocks)


def _hint(rows: list[Row], one: int | None, *, details: bool) -> str:
    if rows and one is None:
        return f"caretool adherence {rows[0]['patient']} shows the days of one"
    gaps = not details and any(row["gaps"] for row in rows)
    return f"caretool adherence P{one} --details lists the gaps" if gaps else ""


def _nothing(care_file: CareFile, one: int, wanted: Wanted, today: date) -> str:
    """What to say of a patient without a figure; their own word is said all the same."""
    words = f"P{one}: no such fills on file" if _is_narrow(wanted) else f"P{one}: no fills on file"
    report = coverage.latest_report(_told(care_file, [one], wanted).get(one, ()), None)
    return f"{words}; {coverage.report_words(report, today)}" if report else words


def _is_narrow(wanted: Wanted) -> bool:
    return bool(wanted.medication or wanted.drug_class) or wanted.below is not None
