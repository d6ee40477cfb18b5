"""`demo`: a practice of made-up people, and a morning with it from the lists to the calls."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import Annotated

import typer

from caretool import app, example_files, walkthrough
from caretool.app import Session
from caretool.errors import RefusedError, UsageProblem
from caretool.output import Block, Result

READS = False
FOLDER = Path("caretool-demo")


def run(
    session: Session,
    to: Annotated[
        Path, typer.Option("--to", metavar="FOLDER", help="The folder to make.")
    ] = FOLDER,
) -> Result:
    """Build a practice of 60 made-up people in a new folder and walk through a morning with it.

    caretool demo

    caretool demo --to try-out
    """
    _refuse_care_file(session)
    _make(to)
    morning = walkthrough.Morning(session, to)
    try:
        example_files.copy_to(to, session.today)
        walkthrough.walk(morning)
        patients = len(morning.ask("patients"))
    except BaseException:
        shutil.rmtree(to, ignore_errors=True)
        raise
    morning.tell(_going_on(to, morning.care_file))
    return Result(
        data={
            "folder": str(to),
            "care_file": str(morning.care_file),
            "patients": patients,
            "commands": morning.commands,
        },
        blocks=(Block(),),  # for people, all is said
    )


def _refuse_care_file(session: Session) -> None:
    """The demo never touches a care file that is there already."""
    usual = os.environ.get("CARETOOL_DB")
    if session.path != (Path(usual) if usual else app.default_path()):
        msg = "demo makes a care file of its own, so --db means nothing to it"
        raise UsageProblem(msg, "say where to make it with --to FOLDER")


def _make(folder: Path) -> None:
    other = "choose another place with --to FOLDER"
    try:
        folder.mkdir(mode=0o700)
    except FileExistsError:
        msg = f"{folder} is there already"
        raise RefusedError(msg, f"{other}, or delete it first", code="exists") from None
    except FileNotFoundError:
        msg = f"no folder {folder.parent}"
        raise RefusedError(msg, f"make it first, or {other}", code="no-folder") from None
    except OSError as error:
        msg = f"cannot make {folder}: {error.strerror}"
        raise RefusedError(msg, other, code="read-only") from None


def _going_on(folder: Path, care_file: Path) -> str:
    """How to go on with this practice, and how to be rid of it."""
    path = care_file.absolute()
    setting = f"$env:CARETOOL_DB = '{path}'" if os.name == "nt" else f"export CARETOOL_DB='{path}'"
    return f"""\
This practice is yours to try things on. Say which care file is meant, then go on:
  {setting}
  caretool due-today
Afterwards delete the folder {folder.absolute()}"""
