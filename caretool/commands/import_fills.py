"""`import-fills`: what pharmacies dispensed to the patients on file."""

from __future__ import annotations

from collections import Counter
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
        typer.Option("--source", metavar="NAME", help="Who sends it, and issued its numbers."),
    ] = None,
    layout: options.LayoutOption = None,
    no_save_layout: options.NoSaveLayoutOption = False,
    dry_run: options.DryRunOption = False,
    rejects: options.RejectsOption = None,
    rows: options.RowsOption = False,
    date_format: options.DateFormatOption = None,
) -> Result:
    """Import pharmacy fills: patient, medicine, date, days' supply, class if known.

    caretool import-fills fills.csv

    caretool import-fills claims.csv --source "Riverbend Pharmacy" --dry-run
    """
    wishes = Wishes(
        kind="fills",
        sender=source,
        dry_run=dry_run,
        rejects=rejects,
        keep_rows=rows,
        asked=Asked(layout, date_format, source=source),
        save_layout=not no_save_layout,
    )
    skipped: Counter[str] = Counter()

    def store(care_file: CareFile, job: Job) -> None:
        from caretool.dispensing import Dispensing

        Dispensing(care_file, job, skipped).take_in()

    def following(reports: list[dict[str, Any]]) -> str:
        return _following(reports, skipped)

    return run_imports(session, files, wishes, store, following=following)


def _following(reports: list[dict[str, Any]], skipped: Counter[str]) -> str:
    """Why rows were passed over, for a pharmacy's file is mostly about others; and what is next."""
    said = [f"{count} skipped: {reason}" for reason, count in skipped.most_common()]
    if any(report["new"] or report["updated"] for report in reports):
        said.append("next: caretool adherence")
    return " · ".join(said)
