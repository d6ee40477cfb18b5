"""Undo a command: every row that it changed is again as it was before, to the letter.

It is refused when later work stands on the command: when a row is not any more as the command left
it, or when a later fact refers to one that the command had added. An undo is a command with changes
of its own, so that it can be undone in the same way, which does the first command again.

References are checked here, for the rows concerned, and not by SQLite row by row, which would
search a whole table for each of the 100,000 patients of an import.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, NamedTuple

from caretool.audit import UPGRADE
from caretool.errors import RefusedError
from caretool.schema import recording
from caretool.store import commands
from caretool.trouble import is_constraint

if TYPE_CHECKING:
    from collections.abc import Iterable

    from caretool.db import CareFile
    from caretool.schema.recording import TableShape
    from caretool.store.commands import Command

UNDO = "undo"
_NAMED = 5


class Reference(NamedTuple):
    """A column that refers to the rows of a table."""

    table: str
    column: str
    to: str


def last(db: CareFile) -> Command:
    """The command that an undo without an id means: the last that changed anything and stands.

    Raises RefusedError when there is none.
    """
    for one in commands.latest_first(db):
        if one.name == UPGRADE:
            break
        changed = one.first is not None and one.last is not None and one.last >= one.first
        if changed and one.name != UNDO and one.undone_by is None:
            return one
    msg = "there is nothing to undo"
    raise RefusedError(msg, "caretool history lists what was done", code="nothing-to-undo")


def undo(db: CareFile, command: Command) -> None:
    """Bring every row that a command changed back to what it was before.

    Raises RefusedError when later work stands on it, when it is undone already, or changed nothing.
    """
    _may_be_undone(db, command)
    db.undoes = command.id
    shapes = {one.name: one for one in recording.shapes(db.stream)}
    _note_net(db, command)
    touched = [shapes[row[0]] for row in db.rows("SELECT DISTINCT tbl FROM net")]
    _refuse(command, _changed_since(db, command, touched))
    _refuse(command, _decided_since(db, command))
    for shape in touched:
        db.execute(
            f"DELETE FROM {shape.name} WHERE id IN"
            " (SELECT row_id FROM net WHERE tbl = ? AND was IS NULL)",
            (shape.name,),
        )
    for shape in touched:
        _put_back(db, command, shape)
    references = _references(db, shapes)
    _refuse(command, _referring_since(db, command, references))
    _refuse(command, _referred_gone(db, command, references))
    db.execute("DROP TABLE net")


def _may_be_undone(db: CareFile, command: Command) -> None:
    called = f"H{command.id} ({command.name})"
    wall = db.value("SELECT max(id) FROM commands WHERE command = ?", (UPGRADE,)) or 0
    if command.id <= wall:
        msg = f"{called} cannot be undone: the care file was brought up to date since"
        raise RefusedError(msg, "the backup made before that has it as it was", code="older")
    if command.undone_by is not None:
        msg = f"{called} is undone already, by H{command.undone_by}"
        raise RefusedError(msg, f"caretool undo H{command.undone_by} does it again", code="undone")
    if command.first is None or command.last is None or command.last < command.first:
        msg = f"{called} changed nothing"
        raise RefusedError(msg, "caretool history lists what did", code="nothing-to-undo")


def _note_net(db: CareFile, command: Command) -> None:
    """Note of each row that a command changed what it was and what it became, all told."""
    db.execute(
        """CREATE TEMP TABLE net AS
        SELECT n.tbl, n.row_id, e.before AS was, l.after AS became, n.early FROM (
            SELECT tbl, row_id, min(id) AS early, max(id) AS late FROM changes
            WHERE id BETWEEN ? AND ? GROUP BY tbl, row_id
        ) n JOIN changes e ON e.id = n.early JOIN changes l ON l.id = n.late
        WHERE e.before IS NOT NULL OR l.after IS NOT NULL""",
        (command.first, command.last),
    )
    db.execute("CREATE INDEX temp.net_by_row ON net(tbl, row_id)")


def _changed_since(db: CareFile, command: Command, touched: Iterable[TableShape]) -> set[int]:
    """The commands since which a row is not as this command left it."""
    found: set[int] = set()
    for shape in touched:
        different = [
            row_id
            for row_id, became, now in db.stream(
                f"SELECT n.row_id, n.became, {shape.image('t')} FROM net n"
                f" JOIN {shape.name} t ON t.id = n.row_id"
                f" WHERE n.tbl = '{shape.name}' AND n.became IS NOT {shape.image('t')}"
                f" UNION ALL SELECT n.row_id, n.became, NULL FROM net n WHERE n.tbl ="
                f" '{shape.name}' AND n.became IS NOT NULL"
                f" AND NOT EXISTS (SELECT 1 FROM {shape.name} t WHERE t.id = n.row_id)"
            )
            # SQLite and SQLCipher may write the same value differently
            if became is None or now is None or json.loads(became) != json.loads(now)
        ]
        found |= _later(db, command, shape.name, different)
    return found


def _decided_since(db: CareFile, command: Command) -> set[int]:
    """The later decisions about an item of a patient of whom a stay would go."""
    place = [row["name"] for row in db.rows("PRAGMA table_info(stays)")].index("patient_id")
    rows = db.rows(
        "SELECT DISTINCT d.command_id FROM decisions d WHERE d.item IS NOT NULL"
        " AND d.command_id > :own AND d.patient_id IN (SELECT"
        f" json_extract(became, '$[{place}]') FROM net WHERE tbl = 'stays' AND was IS NULL)",
        {"own": command.id},
    )
    return {row[0] for row in rows} - set(commands.undone(db))


def _put_back(db: CareFile, command: Command, shape: TableShape) -> None:
    """Give the rows of a table that were changed or removed their values of before."""
    here = f"SELECT id FROM {shape.name}"
    of = f"FROM net WHERE tbl = '{shape.name}' AND was IS NOT NULL"
    changed = [row[0] for row in db.rows(f"SELECT was {of} AND row_id IN ({here})")]
    marks = ", ".join(f"{column} = ?" for column in shape.columns)
    update = f"UPDATE {shape.name} SET {marks} WHERE id = ?"
    db.execute("SAVEPOINT put_back")
    try:
        db.execute_all(update, ([*(v := shape.values(image)), v[0]] for image in changed))
    except Exception as error:
        if not is_constraint(error):
            raise
        # Two rows that swap what only one may have: both go, and come back
        db.execute("ROLLBACK TO put_back")
        db.execute(f"DELETE FROM {shape.name} WHERE id IN (SELECT row_id {of})")
    db.execute("RELEASE put_back")
    gone = (row[0] for row in db.rows(f"SELECT was {of} AND row_id NOT IN ({here}) ORDER BY early"))
    insert = f"INSERT INTO {shape.name} VALUES ({', '.join('?' * len(shape.columns))})"
    for image in gone:
        try:
            db.execute(insert, shape.values(image))
        except Exception as error:
            if not is_constraint(error):
                raise
            _refuse(command, _in_its_place(db, command, shape, image))
            raise


def _in_its_place(db: CareFile, command: Command, shape: TableShape, image: str) -> set[int]:
    """The later commands of rows that have what a removed row had, and only one row may have."""
    values = dict(zip(shape.columns, shape.values(image), strict=True))
    found: set[int] = set()
    for index in db.rows(f"PRAGMA index_list({shape.name})"):
        if not index["unique"]:
            continue
        columns = [row["name"] for row in db.rows(f"PRAGMA index_info({index['name']})")]
        where = " AND ".join(f"{column} = ?" for column in columns)
        rows = db.rows(
            f"SELECT id FROM {shape.name} WHERE {where}", [values[column] for column in columns]
        )
        found |= _later(db, command, shape.name, [row[0] for row in rows])
    return found


def _references(db: CareFile, shapes: Iterable[str]) -> list[Reference]:
    """Every column that refers to a row of a table of facts."""
    return [
        Reference(name, row["from"], row["table"])
        for name in shapes
        for row in db.rows(f"PRAGMA foreign_key_list({name})")
        if row["table"] not in recording.HISTORY
    ]


def _referring_since(db: CareFile, command: Command, references: list[Reference]) -> set[int]:
    """The commands of the facts that refer to a row which is gone now."""
    found: set[int] = set()
    removed = {row[0] for row in db.rows("SELECT DISTINCT tbl FROM net WHERE was IS NULL")}
    for table, column, to in references:
        if to in removed:
            rows = db.rows(
                f"SELECT id FROM {table} WHERE {column} IN"
                " (SELECT row_id FROM net WHERE tbl = ? AND was IS NULL)",
                (to,),
            )
            found |= _later(db, command, table, [row[0] for row in rows])
    return found


def _referred_gone(db: CareFile, command: Command, references: list[Reference]) -> set[int]:
    """The commands that removed a row to which one that is back refers."""
    found: set[int] = set()
    restored = {row[0] for row in db.rows("SELECT DISTINCT tbl FROM net WHERE was IS NOT NULL")}
    for table, column, to in references:
        if table in restored:
            rows = db.rows(
                f"SELECT DISTINCT t.{column} FROM net n JOIN {table} t ON t.id = n.row_id"
                f" WHERE n.tbl = '{table}' AND n.was IS NOT NULL AND t.{column} IS NOT NULL"
                f" AND NOT EXISTS (SELECT 1 FROM {to} p WHERE p.id = t.{column})"
            )
            found |= _later(db, command, to, [row[0] for row in rows])
    return found


def _later(db: CareFile, command: Command, table: str, ids: list[int]) -> set[int]:
    """The commands that changed these rows after this one; 0 for a change that no command made."""
    if not ids:
        return set()
    rows = db.rows(
        "SELECT DISTINCT c.id FROM changes h JOIN commands c"
        " ON h.id BETWEEN c.first_change AND COALESCE(c.last_change, h.id)"
        " WHERE h.id > :last AND h.tbl = :table AND c.id <> :own"
        " AND h.row_id IN (SELECT value FROM json_each(:ids))",
        {"last": command.last, "table": table, "ids": json.dumps(ids), "own": db.command_id},
    )
    found = {row[0] for row in rows}
    taken_back = commands.undone(db)
    # What was done and undone since leaves nothing that stands on this command
    standing = {one for one in found if one not in taken_back} - {
        by for one, by in taken_back.items() if one > command.id
    }
    return standing or found or {0}


def _refuse(command: Command, later: set[int]) -> None:
    """Refuse when anything stands on the command, and name it."""
    if not later:
        return
    called = f"H{command.id} ({command.name})"
    if later == {0}:
        msg = f"{called} cannot be undone: its rows were changed outside caretool"
        raise RefusedError(msg, "caretool check tells which", code="changed-outside")
    latest = sorted(later - {0}, reverse=True)
    named = ", ".join(f"H{one}" for one in latest[:_NAMED])
    more = f" and {len(latest) - _NAMED} more" if len(latest) > _NAMED else ""
    msg = f"{called} cannot be undone: later work stands on it ({named}{more})"
    raise RefusedError(msg, f"caretool history H{latest[0]}; undo the latest first", code="later")
