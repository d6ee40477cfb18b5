"""`import-discharges`: a hospital's, exchange's or payer's list; her patients found in it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from caretool import options
from caretool.app import Session
from caretool.importing import Job, Wishes, run_imports
from caretool.laying_out import Asked
from caretool.output import Result

if TYPE_CHECKING:
    from caretool.db import CareFile

READS = False


def run(
    session: Session,
    files: options.FilesArgument,
    source: Annotated[
        str | None,
        typer.Option(
            "--source", metavar="NAME", help="Who sends it; 'practice' if it uses your numbers."
        ),
    ] = None,
    layout: options.LayoutOption = None,
    no_save_layout: options.NoSaveLayoutOption = False,
    dry_run: options.DryRunOption = False,
    rejects: options.RejectsOption = None,
    rows: options.RowsOption = False,
    date_format: options.DateFormatOption = None,
    time_zone: options.TimeZoneOption = None,
    people: Annotated[
        str | None,
        typer.Option(
            "--people",
            metavar="FILE",
            help="A second file that says who the people are, where the list has only their ids.",
        ),
    ] = None,
) -> Result:
    """Import discharge lists and link each stay to a patient on file, or put it up for review.

    caretool import-discharges discharges.csv

    caretool import-discharges - --source "St. Brigid" --dry-run < list.csv
    """
    wishes = Wishes(
        kind="discharges",
        sender=source,
        dry_run=dry_run,
        rejects=rejects,
        keep_rows=rows,
        asked=Asked(layout, date_format, time_zone, source),
        people=people,
        save_layout=not no_save_layout,
        with_links=True,
    )
    return run_imports(session, files, wishes, _store, following=_following)


def _store(care_file: CareFile, job: Job) -> None:
    from caretool.admission import Admission

    Admission(care_file, job).take_in()


def _following(reports: list[dict[str, Any]]) -> str:
    if any(report["review"] for report in reports):
        return "next: caretool review shows what needs your decision, then caretool due-today"
    if any(report["unmatched"] for report in reports) and not any(
        report["linked"] for report in reports
    ):
        return "next: caretool review --unmatched lists them; is the roster in? import-patients"
    return "next: caretool due-today"
