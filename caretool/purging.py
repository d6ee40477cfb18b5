"""Remove records of who saw what that are old enough, which nothing else in the program does."""

from __future__ import annotations

from typing import TYPE_CHECKING

from caretool.schema import recording

if TYPE_CHECKING:
    from datetime import date

    from caretool.care_file import CareFile


def purge(db: CareFile, before: date) -> int:
    """Remove the records of who saw what from before a day (in UTC); returns how many.

    The running command's own record says how many. Facts and their history are not touched.
    """
    guards = recording.guards("shown")
    for name in ("shown_unalterable", "shown_kept"):
        db.execute(f"DROP TRIGGER {name}")
    count = db.execute("DELETE FROM shown WHERE at_utc < ?", (before.isoformat(),))
    for guard in guards:
        db.execute(guard)
    db.execute(
        "UPDATE commands SET asked = asked || ? WHERE id = ?",
        (f" ({count} removed, from before {before.isoformat()})", db.command_id),
    )
    return count
