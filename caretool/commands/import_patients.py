"""`import-patients`: everybody the practice knows, from a roster."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from caretool import options
from caretool.app import Session
from caretool.importing import NEVER_CANCELLED, Job, Wishes, run_imports
from caretool.laying_out import Asked
from caretool.model import PRACTICE, Status
from caretool.output import Result

if TYPE_CHECKING:
    from caretool.db import CareFile

READS = False


def run(
    session: Session,
    files: options.FilesArgument,
    status: Annotated[
        Literal["roster", "active"],
        typer.Option("--status", help="Where new patients stand whose row does not say it."),
    ] = "roster",
    issuer: Annotated[
        str | None,
        typer.Option("--issuer", metavar="TEXT", help="Who issued the numbers, if not you."),
    ] = None,
    layout: options.LayoutOption = None,
    no_save_layout: options.NoSaveLayoutOption = False,
    dry_run: options.DryRunOption = False,
    rejects: options.RejectsOption = None,
    rows: options.RowsOption = False,
    date_format: options.DateFormatOption = None,
) -> Result:
    """Import rosters: new patients are added, known ones corrected and completed.

    Everybody on the roster is found in discharge lists; only active ones have routine follow-up.

    caretool import-patients roster.csv

    caretool import-patients panel.csv --status active --dry-run
    """
    wishes = Wishes(
        kind="patients",
        dry_run=dry_run,
        rejects=rejects,
        keep_rows=rows,
        asked=Asked(layout, date_format),
        save_layout=not no_save_layout,
        outcomes=NEVER_CANCELLED,
    )

    def store(care_file: CareFile, job: Job) -> None:
        from caretool.registration import Registration

        whose = (issuer or "").strip() or PRACTICE
        Registration(care_file, job, status=Status(status), issuer=whose).take_in()

    return run_imports(session, files, wishes, store, following=_following)


def _following(reports: list[dict[str, Any]]) -> str:
    if any(report["stays_linked"] for report in reports):
        return "next: caretool due-today"
    if any(report["new"] for report in reports):
        return "next: caretool import-discharges FILE finds their discharges; caretool due-today"
    return ""
