"""The record of commands: who did what when, what it changed, and the seal that says so.

Triggers in the schema keep the changes themselves (`schema/recording.py`); here a command is noted
before its first change and sealed after its last, in the same transaction.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from caretool import __version__, dates
from caretool.schema import recording

if TYPE_CHECKING:
    from caretool.care_file import CareFile

UPGRADE = "upgrade"
"""The command that brings a file to a newer schema; what was before it can be read, not undone."""


def note(db: CareFile, command: str, user: str, asked: str = "") -> None:
    """Note that a command begins; whatever is changed from here on is its doing."""
    at_utc, offset = dates.utc_and_offset(dates.now())
    db.execute(
        "INSERT INTO commands (at_utc, utc_offset, user, command, version, asked, first_change)"
        " VALUES (?, ?, ?, ?, ?, ?, (SELECT COALESCE(max(id), 0) + 1 FROM changes))",
        (at_utc, offset, user, command, __version__, asked),
    )
    db.command_id = int(db.value("SELECT last_insert_rowid()"))


def seal(db: CareFile) -> None:
    """Note which changes the running command made, and seal it with them."""
    db.execute(
        "UPDATE commands SET undoes = ?, last_change = (SELECT COALESCE(max(id), 0) FROM changes)"
        " WHERE id = ?",
        (db.undoes, db.command_id),
    )
    command = db.row("SELECT * FROM commands WHERE id = ?", (db.command_id,))
    assert command is not None  # noqa: S101 - noted when the transaction began
    before = db.value("SELECT seal FROM commands WHERE id < ? ORDER BY id DESC", (db.command_id,))
    sealed = recording.seal(db.stream, before or "", dict(command))
    db.execute("UPDATE commands SET seal = ? WHERE id = ?", (sealed, db.command_id))


def note_upgrade(db: CareFile, user: str) -> None:
    """Note and seal an upgrade, with every row as it is from there on."""
    note(db, UPGRADE, user)
    recording.record_all(db.stream)
    seal(db)
