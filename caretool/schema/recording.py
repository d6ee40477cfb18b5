"""How changes are recorded: triggers that no code can forget, images of rows, and seals.

An image is a row as text: a JSON array of its columns in the order of the table, BLOBs as
hexadecimal digits. A seal is a SHA-256 over the seal of the command before, the command's own
columns and its changes; whoever alters or removes something written down breaks the chain.
"""

from __future__ import annotations

import json
from hashlib import sha256
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    Rows = Callable[..., Iterable[Any]]
    """Something that runs a query and gives its rows, such as a connection's `execute`."""

HISTORY = ("commands", "changes", "shown")
"""The tables that are only ever added to; what they hold is history, not a fact with a history."""
_SEALED = (
    "id", "at_utc", "utc_offset", "user", "command", "version", "asked", "undoes", "first_change",
    "last_change",
)  # fmt: skip
_TOGETHER = 1000
_KEPT = "the history is only ever added to"


class TableShape(NamedTuple):
    """A table of facts: its name, its columns in their order, and which of them are BLOBs."""

    name: str
    columns: tuple[str, ...]
    blobs: frozenset[str]

    def image(self, row: str = "") -> str:
        """SQL for the image of a row; `row` is empty, or `OLD`, `NEW` or a table's alias."""
        before = f"{row}." if row else ""
        values = (
            f"hex({before}{column})" if column in self.blobs else f"{before}{column}"
            for column in self.columns
        )
        return f"json_array({', '.join(values)})"

    def values(self, image: str) -> list[Any]:
        """The values of an image, as they stand in the row."""
        return [
            bytes.fromhex(value) if column in self.blobs else value
            for column, value in zip(self.columns, json.loads(image), strict=True)
        ]


def shapes(rows: Rows) -> list[TableShape]:
    """Every table of facts, in the order in which they were made."""
    names = [
        row[0]
        for row in rows(
            "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite~_%'"
            " ESCAPE '~' AND name NOT LIKE '~_%' ESCAPE '~' ORDER BY rowid"
        )
        if row[0] not in HISTORY
    ]
    return [shape(rows, name) for name in names]


def shape(rows: Rows, table: str) -> TableShape:
    """What one table looks like."""
    columns = list(rows(f"PRAGMA table_info({table})"))
    return TableShape(
        table, tuple(row[1] for row in columns), frozenset(r[1] for r in columns if r[2] == "BLOB")
    )


def without_triggers(rows: Rows) -> Iterator[str]:
    """The statements that end the recording, for a step that remakes tables."""
    for (name,) in list(rows("SELECT name FROM sqlite_master WHERE type = 'trigger'")):
        yield f"DROP TRIGGER {name}"


def triggers(rows: Rows) -> Iterator[str]:
    """The statements that begin the recording of every table as it is."""
    for one in shapes(rows):
        table, old, new = one.name, one.image("OLD"), one.image("NEW")
        record = f"INSERT INTO changes (tbl, row_id, before, after) SELECT '{table}'"
        yield f"""CREATE TRIGGER {table}_added AFTER INSERT ON {table}
            BEGIN {record}, NEW.id, NULL, {new}; END"""
        yield f"""CREATE TRIGGER {table}_changed AFTER UPDATE ON {table}
            BEGIN {record}, OLD.id, {old}, {new} WHERE {old} IS NOT {new}; END"""
        yield f"""CREATE TRIGGER {table}_removed AFTER DELETE ON {table}
            BEGIN {record}, OLD.id, {old}, NULL; END"""
    yield from (guard for table in HISTORY for guard in guards(table))


def guards(table: str) -> tuple[str, str]:
    """The triggers that refuse to alter or remove what a table of the history holds."""
    unless_open = " WHEN OLD.seal IS NOT NULL" if table == "commands" else ""
    return (
        f"""CREATE TRIGGER {table}_unalterable BEFORE UPDATE ON {table}{unless_open}
            BEGIN SELECT RAISE(ABORT, '{_KEPT}'); END""",
        f"""CREATE TRIGGER {table}_kept BEFORE DELETE ON {table}
            BEGIN SELECT RAISE(ABORT, '{_KEPT}'); END""",
    )


def record_all(rows: Rows) -> None:
    """Record every row as it is, so that the history knows of rows from before it was kept."""
    for one in shapes(rows):
        rows(
            "INSERT INTO changes (tbl, row_id, before, after)"
            f" SELECT '{one.name}', id, NULL, {one.image()} FROM {one.name} ORDER BY id"
        )


def seal(rows: Rows, before: str, command: Mapping[str, Any]) -> str:
    """The seal of a command: what its columns, its changes and the seal before it come to."""
    digest = sha256()
    first, last = command["first_change"], command["last_change"]
    if first is not None:
        for start in range(first, last + 1, _TOGETHER):
            end = min(last, start + _TOGETHER - 1)
            for (text,) in rows(
                "SELECT group_concat(line, char(10)) FROM (SELECT id || ' ' || tbl || ' ' || row_id"
                " || char(10) || ifnull(before, '') || char(10) || ifnull(after, '') AS line"
                " FROM changes WHERE id BETWEEN ? AND ? ORDER BY id)",
                (start, end),
            ):
                digest.update((text or "").encode())
            digest.update(b"\n")
    own = [command[column] for column in _SEALED]
    text = json.dumps([before, *own, digest.hexdigest()], ensure_ascii=False)
    return sha256(text.encode(errors="surrogatepass")).hexdigest()


def seal_older(rows: Rows) -> None:
    """Seal the commands of a file that kept no history yet, so that the chain begins with them."""
    before = ""
    for found in list(rows(f"SELECT {', '.join(_SEALED)} FROM commands ORDER BY id")):
        command = dict(zip(_SEALED, found, strict=True))
        before = seal(rows, before, command)
        rows("UPDATE commands SET seal = ? WHERE id = ?", (before, command["id"]))
