"""`upgrade`: bring a care file of an older caretool up to date, after a backup of it."""

from __future__ import annotations

from caretool import app, db
from caretool.app import Session
from caretool.output import Result

READS = False


def run(session: Session) -> Result:
    """Bring the care file up to date; of an older one a backup is made first.

    caretool upgrade
    """
    backup = db.upgrade(session.path, app.user(), unlock=session.unlock)
    said = "the care file is up to date"
    if backup is not None:
        said = f"the care file was brought up to date; the older one is kept as {backup}"
    return Result(
        data={"schema": db.SCHEMA_VERSION, "backup": None if backup is None else str(backup)},
        said=(said,),
    )
