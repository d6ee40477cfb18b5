"""`export`: everything in the care file for other programs, or what may leave it about nobody."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from caretool import dates, deidentified, leaving, private_folder
from caretool.app import Session
from caretool.errors import RefusedError, UsageProblem
from caretool.output import Form, Result

if TYPE_CHECKING:
    from caretool.db import CareFile

READS = False  # what it writes is the file as it is now, not as it was on a day


def run(
    session: Session,
    everything: Annotated[
        Path | None,
        typer.Option("--all", metavar="FOLDER", help="Every table, with all that is in it."),
    ] = None,
    without: Annotated[
        Path | None,
        typer.Option("--deidentified", metavar="FOLDER", help="Only what identifies nobody."),
    ] = None,
) -> Result:
    """Write everything to a new folder as CSV, to leave or to keep; or only what identifies nobody.

    With --all nothing is left out: restore makes the same care file of the folder again. It is not
    encrypted, and cells are not guarded against spreadsheet programs. With --deidentified the
    identifiers of Safe Harbor (45 CFR 164.514(b)(2)) are left out, and all free text.

    caretool export --all everything

    caretool export --deidentified for-the-study
    """
    if (everything is None) == (without is None):
        msg = "say what to export: either --all FOLDER or --deidentified FOLDER"
        raise UsageProblem(msg, "caretool export --all FOLDER")
    if session.form == Form.SPREADSHEET:
        msg = "an export is read by programs, so nothing in it is guarded for a spreadsheet"
        raise UsageProblem(msg, "leave --spreadsheet away, or use export-roster --spreadsheet")
    if everything is not None:
        return _everything(session, everything)
    assert without is not None  # noqa: S101 - one of the two is there
    return _without_identifiers(session, without)


def _everything(session: Session, folder: Path) -> Result:
    if session.mask:
        msg = "an export of everything cannot be masked"
        raise RefusedError(msg, "leave --mask away, or say --deidentified FOLDER", code="masked")
    with session.reading() as care_file:
        with private_folder.made(folder) as draft:
            counts = leaving.write(care_file, draft)
        patients = _everybody(care_file)
    rows = sum(counts.values())
    data = {"folder": str(folder), "form": "all", "rows": rows, "tables": _listed(counts)}
    return Result(
        data=data,
        said=(
            f"{folder}: {rows} rows of {len(counts)} tables, about {len(patients)} patients",
            "whoever can read this folder can read everything: it is not encrypted",
        ),
        hint=f"caretool restore {folder} makes a care file of it again",
        shown=patients,
    )


def _without_identifiers(session: Session, folder: Path) -> Result:
    with session.reading() as care_file:
        with private_folder.made(folder) as draft:
            # By an earlier day that is set, people of 90 would be given as younger
            today = max(session.today, dates.now().date())
            written = deidentified.write(care_file, draft, today)
        patients = _everybody(care_file)
    rows = sum(written.rows.values())
    left = _in_words({what: count for what, count in written.left_out.items() if count})
    return Result(
        data={
            "folder": str(folder),
            "form": "deidentified",
            "rows": rows,
            "tables": _listed(written.rows),
            "left_out": written.left_out,
        },
        said=(
            f"{folder}: {', '.join(_in_words(written.rows))}",
            f"left out: {', '.join([*left, 'all free text, all dates but their years'])}",
            "de-identified by Safe Harbor; whether the rest suffices is for your privacy officer",
        ),
        shown=patients,
    )


def _in_words(counts: dict[str, int]) -> list[str]:
    return [f"{count} {what.replace('_', ' ')}" for what, count in counts.items()]


def _listed(counts: dict[str, int]) -> list[dict[str, Any]]:
    return [{"table": name, "rows": count} for name, count in counts.items()]


def _everybody(care_file: CareFile) -> list[int]:
    """Whom an export is about, for the record of who saw whom."""
    return [row["id"] for row in care_file.rows("SELECT id FROM patients ORDER BY id")]
