"""The record of commands: who did what when, what it changed, and the seal that says so.

Triggers in the schema keep the changes themselves (`schema/recording.py`); here a command is noted
before its first change and sealed after its last, in the same transaction.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, NamedTuple

from caretool import __version__, dates
from caretool.schema import recording

if TYPE_CHECKING:
    from collections.abc import Iterator

    from caretool.care_file import CareFile
    from caretool.schema.recording import Rows, TableShape

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


class Fault(NamedTuple):
    """One thing that does not fit the history."""

    kind: str
    """`chain`: what is written down; `triggers`: what writes it down; `contents`: the rows."""
    what: str
    """Where, by ids; never a value."""


def verify(db: CareFile) -> Iterator[Fault]:
    """Is the history whole, and is every row as the history says? Yields what is not so.

    Whoever can write the file outside caretool can also write a new history that fits; a copy of
    the last seal, kept elsewhere, would tell. Reads everything once; memory does not grow with it
    but for two numbers of each row.
    """
    yield from _chain(db)
    wanted = {_plain(one) for one in recording.triggers(db.stream)}
    there = db.rows("SELECT sql FROM sqlite_master WHERE type = 'trigger'")
    if {_plain(row["sql"]) for row in there} != wanted:
        yield Fault("triggers", "the triggers that write the history are not those of caretool")
    yield from _contents(db)


def _plain(sql: str) -> str:
    return " ".join(sql.split())


def _chain(db: CareFile) -> Iterator[Fault]:
    """Seals, and numbers without a gap, of commands and of their changes."""
    before, number, change = "", 0, None
    for row in db.stream("SELECT * FROM commands ORDER BY id"):
        command = dict(row)
        if command["id"] != number + 1:
            yield Fault("chain", f"{_span('H', number + 1, command['id'] - 1)} missing")
        number, first, last = command["id"], command["first_change"], command["last_change"]
        if first is not None:
            ends = last is not None and last >= first - 1
            if not ends or first != (1 if change is None else change + 1):
                yield Fault("chain", f"the changes of H{number} do not follow those before")
            change = last if ends else first
        if command["seal"] != (_resealed(db, before, command) if first is None or ends else None):
            yield Fault("chain", f"H{number} and its changes do not fit its seal")
        before = command["seal"] or ""
    given = db.value("SELECT seq FROM sqlite_sequence WHERE name = 'commands'") or 0
    if given > number:
        yield Fault("chain", f"{_span('H', number + 1, given)} missing")
    count, least, most, empty = db.rows(
        "SELECT count(*), min(id), max(id), sum(before = '' OR after = '') FROM changes"
    )[0]
    if empty:  # a seal does not tell an empty image from none
        yield Fault("chain", f"{empty} changes have an image with nothing in it")
    if count and (least != 1 or count != most or most != change):
        yield Fault("chain", "changes are missing, or stand outside every command")


def _resealed(db: CareFile, before: str, command: dict[str, Any]) -> str | None:
    try:
        return recording.seal(db.stream, before, command)
    except (TypeError, UnicodeEncodeError):  # a column that caretool has not written
        return None


def _span(letter: str, first: int, last: int) -> str:
    return f"{letter}{first} is" if first == last else f"{letter}{first} to {letter}{last} are"


def _contents(db: CareFile) -> Iterator[Fault]:
    """Each row is as the last image that the history has of it, since the last upgrade."""
    since = db.value("SELECT max(first_change) FROM commands WHERE command = ?", (UPGRADE,)) or 0
    db.execute(
        # With types, for without them SQLite would not look a row's number up in the key
        "CREATE TEMP TABLE lately (tbl TEXT, row_id INTEGER, id INTEGER, PRIMARY KEY (tbl, row_id))"
        " STRICT, WITHOUT ROWID"
    )
    db.execute(
        "INSERT INTO lately SELECT tbl, row_id, max(id) FROM changes WHERE id >= ?"
        " GROUP BY tbl, row_id",
        (since,),
    )
    shapes = recording.shapes(db.stream)
    for shape in shapes:
        yield from _rows_of(db, shape)
    names = [shape.name for shape in shapes]
    marks = ", ".join("?" * len(names))
    for row in db.rows(f"SELECT DISTINCT tbl FROM lately WHERE tbl NOT IN ({marks})", names):
        yield Fault("contents", f"the table {str(row['tbl'])[:40]!r} of the history is missing")


def _rows_of(db: CareFile, shape: TableShape) -> Iterator[Fault]:
    table = shape.name
    where = f"changed outside caretool: {table}, id"
    for row_id, image, after, change in db.stream(
        f"SELECT t.id, CAST({shape.image('t')} AS BLOB), CAST(c.after AS BLOB), l.id"
        f" FROM {table} t LEFT JOIN temp.lately l ON l.tbl = ? AND l.row_id = t.id"
        f" LEFT JOIN changes c ON c.id = l.id WHERE c.after IS NOT {shape.image('t')}"
        " ORDER BY t.id",
        (table,),
    ):
        if change is None:
            yield Fault("contents", f"{where} {row_id}, which the history does not know")
        elif after is None:
            yield Fault("contents", f"{where} {row_id}, which the history has removed")
        elif not _are_alike(image, after):
            yield Fault("contents", f"{where} {row_id}")
    for (row_id,) in db.stream(
        "SELECT l.row_id FROM temp.lately l JOIN changes c ON c.id = l.id WHERE l.tbl = ?"
        f" AND c.after IS NOT NULL AND NOT EXISTS (SELECT 1 FROM {table} t WHERE t.id = l.row_id)"
        " ORDER BY l.row_id",
        (table,),
    ):
        yield Fault("contents", f"{where} {row_id}, which is gone")


def _are_alike(image: bytes, after: bytes) -> bool:
    """Do two images hold the same values? Another SQLite may have written one of them otherwise."""
    try:
        return bool(json.loads(image) == json.loads(after))
    except ValueError:
        return False


def broken_links(rows: Rows) -> list[int]:
    """The commands at which the chain is seen to be broken by ids and seals alone.

    Before each of them one is missing, or it has no seal. Whether the seals are right is what
    `verify` works out.
    """
    found = rows(
        "SELECT id FROM (SELECT id, seal, lag(id, 1, 0) OVER (ORDER BY id) AS before FROM commands)"
        " WHERE id <> before + 1 OR seal IS NULL ORDER BY id"
    )
    return [row[0] for row in found]
