"""`adherence`: on which share of days there was medicine, by class or medicine, lowest first."""

from __future__ import annotations

import json
from datetime import date, timedelta
from itertools import islice
from operator import itemgetter
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from caretool import (
    adherence,
    coverage,
    dates,
    day_page,
    day_picture,
    figures,
    options,
    persistence,
    private_file,
)
from caretool.app import Session
from caretool.coverage import By
from caretool.errors import UsageProblem
from caretool.figures import Found, Wanted
from caretool.methods import METHODS, Top
from caretool.names import fold
from caretool.output import Block, Column, Result
from caretool.store import contacts, own_files, patients
from caretool.supply import Carry

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable, Mapping, Sequence

    from caretool.db import CareFile
    from caretool.methods import Method
    from caretool.model import Card

Row = dict[str, Any]
_BATCH = 2000
_TITLES = {By.CLASS: "class or medicine", By.MEDICATION: "medicine", By.ALL: "classes"}


def run(
    session: Session,
    patient: options.AnyPatientArgument = None,
    begin: Annotated[
        str | None,
        typer.Option("--from", metavar="DATE", help="First day; else 365 days end with the last."),
    ] = None,
    end: Annotated[
        str | None, typer.Option("--to", metavar="DATE", help="Last day; else today.")
    ] = None,
    by: Annotated[
        By | None,
        typer.Option(
            "--by", help="Any drug of a class (the default), each drug, or all classes at once."
        ),
    ] = None,
    medication: Annotated[
        str | None, typer.Option("--medication", metavar="NAME", help="(Part of) its name.")
    ] = None,
    drug_class: Annotated[
        str | None, typer.Option("--class", metavar="NAME", help="(Part of) its name.")
    ] = None,
    method: Annotated[
        str, typer.Option("--method", metavar="NAME", help=f"One of: {', '.join(METHODS)}.")
    ] = "pdc",
    below: Annotated[
        float | None,
        typer.Option("--below", metavar="SHARE", min=0, max=1, help="Only less, such as 0.8."),
    ] = None,
    details: Annotated[
        bool, typer.Option("--details", help="The gaps, and each fill as it is used.")
    ] = False,
    carry: Annotated[
        Carry | None,
        typer.Option("--carry", help="Another carry-over of what is left than the method's own."),
    ] = None,
    by_dose: Annotated[
        bool, typer.Option("--by-dose", help="What is left lasts by the new dose (pool and same).")
    ] = False,
    lookback: Annotated[
        int | None,
        typer.Option("--lookback", metavar="DAYS", min=0, help="Fills so long before: left out."),
    ] = None,
    permitted_gap: Annotated[
        int | None,
        typer.Option("--permitted-gap", metavar="DAYS", min=0, help="Episodes end with more."),
    ] = None,
    svg: Annotated[
        Path | None,
        typer.Option("--svg", metavar="FILE", help="One patient's calendar as a picture."),
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Write over the FILE of --svg.")] = False,
) -> Result:
    """Show the share of days with medicine, lowest first; or one patient day by day.

    caretool adherence --below 0.8

    caretool adherence P42 --by medication --details

    caretool adherence P42 --svg P42.svg
    """
    if svg is not None and patient is None:
        msg = "--svg draws the calendar of one patient"
        raise UsageProblem(msg, "caretool adherence PATIENT --svg FILE")
    if force and svg is None:
        msg = "--force is for the FILE of --svg"
        raise UsageProblem(msg, "caretool adherence PATIENT --svg FILE --force")
    wanted = _wanted(
        session, begin, end, by=by, medication=medication, drug_class=drug_class, below=below,
        method=_method(method, carry, by_dose=by_dose), carry=carry, by_dose=by_dose,
        lookback=lookback, mask=session.mask,
    )  # fmt: skip
    one, found = None, []
    with session.reading() as care_file:
        labels = own_files.classes(care_file).labels
        if patient is None:
            rows = _everybody(care_file, wanted, permitted_gap, details=details)
            empty = "Nobody fits." if _is_narrow(wanted) else "No fills are on file yet."
        else:
            one = patients.resolve(care_file, patient, with_names=session.terminal)
            found = sorted(figures.of_patient(care_file, one, wanted), key=_rank)
            rows = _rows(care_file, found, wanted, permitted_gap, details=details)
            empty = _nothing(care_file, one, wanted)
    if svg is not None and rows:
        private_file.write(svg, _picture(found, rows, wanted, labels), session.path, force=force)
    return Result(
        data=rows,
        columns=_columns(rows, session.today, wanted, labels, details=details),
        blocks=_page(found, rows, wanted, labels, details=details) if found else (),
        said=(f"{svg} written",) if svg is not None and rows else (),
        summary=_summary(rows, wanted, labels) if rows else "",
        hint=_hint(rows, one, details=details),
        empty=empty,
    )


# what was asked for


def _method(name: str, carry: Carry | None, *, by_dose: bool) -> Method:
    found = METHODS.get(name.strip().lower())
    if found is None:
        msg = f"no method {name!r}"
        raise UsageProblem(msg, f"there is: {', '.join(METHODS)}")
    if carry is not None and found.numerator != Top.COVERED:
        msg = f"{found.name} adds up supply and carries nothing over"
        raise UsageProblem(msg, "leave --carry away, or take pdc, pdc-window, cma5, cma6 or cma7")
    if by_dose and (carry or found.carry) not in {Carry.POOL, Carry.SAME}:
        msg = "--by-dose is about what is left of one stock"
        raise UsageProblem(msg, "with --carry pool or same, or with cma5, cma6 or cma7")
    return found


def _wanted(
    session: Session,
    begin: str | None,
    end: str | None,
    *,
    by: By | None,
    medication: str | None,
    drug_class: str | None,
    method: Method,
    **more: Any,  # noqa: ANN401 - what goes on as it is
) -> Wanted:
    """The window, what one figure is about, and the folded names asked for."""
    if medication is not None and by not in {None, By.MEDICATION}:
        msg = f"--medication is about one medicine, --by {by} about all of a class"
        raise UsageProblem(msg, "leave one of the two away")
    if by == By.ALL and method.numerator != Top.COVERED:
        msg = f"{method.name} counts no days, so classes cannot be covered at once"
        raise UsageProblem(msg, "--by all goes with pdc, pdc-window, cma5, cma6 and cma7")
    for option, text in (("--medication", medication), ("--class", drug_class)):
        if text is not None and not fold(text):
            msg = f"{option} {text!r} names nothing"
            raise UsageProblem(msg, f"(part of) a name: {option} metformin")
    start, last = _window(begin, end, session.today)
    return Wanted(
        start, last, session.today, method,
        by=by or (By.MEDICATION if medication else By.CLASS),
        medication=fold(medication or ""), drug_class=fold(drug_class or ""), **more,
    )  # fmt: skip


def _window(begin: str | None, end: str | None, today: date) -> tuple[date, date]:
    """First and last day: what was typed, cut at today; else the 365 days that end today."""
    last = today if end is None else min(dates.parse_date(end, today, past=True), today)
    if begin is None:
        return last - timedelta(days=adherence.limits().window_days - 1), last
    first = dates.parse_date(begin, today, past=True)
    if first > last:
        msg = f"the window from {first} to {last} ends before it begins"
        raise UsageProblem(msg, "--from DATE --to DATE, the earlier one first, none after today")
    return first, last


def _is_narrow(wanted: Wanted) -> bool:
    return bool(wanted.medication or wanted.drug_class) or wanted.below is not None


# rows


def _rank(found: Found) -> tuple[bool, float, int, str]:
    """Lowest first, undefined last; then by patient and by what the figure is about."""
    value = found.figure.value
    return value is None, value or 0.0, found.patient_id, fold(found.group.title)


def _everybody(
    care_file: CareFile, wanted: Wanted, permitted: int | None, *, details: bool
) -> list[Row]:
    """The rows of a panel, lowest first; of the fills themselves only a batch is in memory."""
    ranked: list[tuple[Any, Row]] = []
    found = figures.of_everybody(care_file, wanted)
    while batch := list(islice(found, _BATCH)):
        rows = _rows(care_file, batch, wanted, permitted, details=details)
        ranked += zip(map(_rank, batch), rows, strict=True)
    ranked.sort(key=itemgetter(0))
    return [row for _, row in ranked]


def _rows(
    care_file: CareFile,
    found: Sequence[Found],
    wanted: Wanted,
    permitted: int | None,
    *,
    details: bool,
) -> list[Row]:
    """The contract's rows; what patients said stands beside their figures, never in them."""
    mask = wanted.mask
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
            "figure": one.group.figure,
            **coverage.working(one.figure, one.group.figure),
            "fills_refused": one.refused,
            "previous_value": None if one.previous is None else one.previous.value,
            "change": one.change,
            **_more(one, wanted, permitted, details=details),
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


def _more(one: Found, wanted: Wanted, permitted: int | None, *, details: bool) -> Row:
    """What is only worked out where it is asked for: episodes, and each fill as it is used."""
    stop = one.figure.end.toordinal() + 1
    more: Row = {}
    if permitted is not None:
        more["episodes"] = [
            {
                "from": date.fromordinal(each.first),
                "to": date.fromordinal(int(each.stop) - 1),
                "days": int(each.stop) - each.first,
                "gap_after": int(each.gap),
            }
            for each in persistence.episodes(one.group.supplies, stop, permitted)
        ]
    if details:
        more["uses"] = day_page.uses(
            one.group.supplies, one.figure, one.away, by_dose=wanted.by_dose
        )
    return more


def _columns(
    rows: Sequence[Row], today: date, wanted: Wanted, labels: Mapping[str, str], *, details: bool
) -> tuple[Column, ...]:
    """Everything for scripts; for people who, what, how much, until when, and what to know."""
    counts = wanted.method.numerator == Top.COVERED
    trend = any(row["change"] is not None for row in rows)

    def days(row: Mapping[str, Any]) -> str:
        counted = row["days_covered"] if counts else row["days_supplied"]
        return f"{counted}/{row['days']}" if row["days"] else ""

    def runs_out(row: Mapping[str, Any]) -> str:
        if row["runs_out"] is None:
            return ""
        return dates.show_short(row["runs_out"], today).split(" ", 1)[1]

    def about(row: Mapping[str, Any]) -> str:
        return "\n".join(
            [coverage.what(row, labels), *coverage.notes(row, today, labels, details=details)]
        )

    def style(row: Mapping[str, Any]) -> str:
        return "red" if row["adherent"] is False else ""

    return (
        Column("patient", "id"),
        Column("mrn", "record number", hidden=True),
        Column("name", "name", wrap=True),
        Column("medication", _TITLES[wanted.by], about, wrap=True),
        Column("class", "class", hidden=True),
        *(Column(key, key, hidden=True) for key in ("method", "from", "to", "index_date", "days")),
        Column("days_covered", "days" if counts else "supply", days, right=True),
        Column("value", "covered" if counts else "share", coverage.percent, style, right=True),
        Column("adherent", "adherent", hidden=True),
        Column("fills", "fills", right=True),
        Column("last_fill", "last fill", hidden=True),
        Column("runs_out", "runs out", runs_out),
        Column("gaps", "gaps", hidden=True, raw=coverage.gap_list),
        *(Column(key, key, hidden=True) for key in ("flags", "missing")),
        Column("self_report", "self-report", hidden=True, raw=coverage.report_cell),
        *(
            Column(key, key, hidden=True)
            for key in (
                "figure", "definition", "carry", "threshold", "period_from", "period_to",
                "days_supplied", "days_inpatient", "fills_before", "fills_refused",
                "previous_value",
            )
        ),
        Column("change", "trend", coverage.change, right=True, hidden=not trend),
    )  # fmt: skip


# one patient's page


def _page(
    found: Sequence[Found],
    rows: Sequence[Row],
    wanted: Wanted,
    labels: Mapping[str, str],
    *,
    details: bool,
) -> tuple[Block, ...]:
    """One patient: each class or medicine with its figure and a calendar of days."""
    blocks = [Block(f"{rows[0]['patient']} {rows[0]['name']}", (day_page.legend(),))]
    for one, row in zip(found, rows, strict=True):
        lines = coverage.details(row, wanted.today)
        lines += coverage.notes(row, wanted.today, labels, details=details)
        if details:
            lines += coverage.uses_words(row["uses"], wanted.today)
        if row.get("episodes") is not None:
            lines += coverage.episodes_words(row["episodes"], wanted.today)
        lines += day_page.calendar(_strips(one, labels))
        title = coverage.what(row, labels)
        if row["days"]:
            title += f": {coverage.percent(row)}"
            title += " of days covered" if wanted.method.numerator == Top.COVERED else " supplied"
            share = adherence.percent_of(one.figure.threshold)
            title += "" if row["adherent"] else f", under {share} %"
            if row["change"] is not None:
                title += f" ({coverage.change(row)} points on the period before)"
        if one.figure.end < wanted.end:
            lines.insert(
                0, f"died on {dates.show_short(one.figure.end, wanted.today)}; the period ended"
            )
        blocks.append(Block(title, tuple(f"  {line}" for line in lines)))
    return tuple(blocks)


def _strips(one: Found, labels: Mapping[str, str]) -> list[tuple[str, day_page.Days]]:
    """The days of a figure as the calendar shows them, and those of each of its medicines."""
    if not one.figure.days:
        return []
    title = labels.get(one.group.title, one.group.title)
    title = "all classes" if one.group.figure == coverage.ALL_CLASSES else title
    return day_page.strips(title, one.group.supplies, one.figure, one.away)


def _picture(
    found: Sequence[Found], rows: Sequence[Row], wanted: Wanted, labels: Mapping[str, str]
) -> str:
    """The calendar of one patient as SVG; of the name only what the rows show."""
    parts = [
        (
            f"{coverage.what(row, labels)}: {coverage.percent(row) or row['missing']}",
            _strips(one, labels),
        )
        for one, row in zip(found, rows, strict=True)
    ]
    title = f"{rows[0]['patient']} {rows[0]['name']}"
    return day_picture.svg(title, _summary(rows, wanted, labels).split(". ", 1), parts)


# words


def _summary(rows: Sequence[Row], wanted: Wanted, labels: Mapping[str, str]) -> str:
    return coverage.footer(
        wanted.method, wanted.carry or wanted.method.carry, (wanted.start, wanted.end),
        wanted.today, rows, labels=labels, lookback=wanted.lookback,
    )  # fmt: skip


def _hint(rows: Sequence[Row], one: int | None, *, details: bool) -> str:
    if rows and one is None:
        return f"caretool adherence {rows[0]['patient']} shows the days of one"
    gaps = not details and any(row["gaps"] for row in rows)
    return f"caretool adherence P{one} --details lists the gaps and each fill" if gaps else ""


def _nothing(care_file: CareFile, one: int, wanted: Wanted) -> str:
    """What to say of a patient without a figure; their own word is said all the same."""
    words = f"P{one}: no such fills on file" if _is_narrow(wanted) else f"P{one}: no fills on file"
    report = coverage.latest_report(_told(care_file, [one], wanted).get(one, ()), None)
    return f"{words}; {coverage.report_words(report, wanted.today)}" if report else words
