"""Room for the history: every change of every row, grouped by command and sealed in a chain."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from caretool.schema.columns import COMMAND

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

STATEMENTS = (
    # What was typed, without names and free text
    "ALTER TABLE commands ADD COLUMN asked TEXT NOT NULL DEFAULT ''",
    "ALTER TABLE commands ADD COLUMN undoes INTEGER REFERENCES commands(id)",
    # A command's changes are those from the first to the last; none when the last is before it
    "ALTER TABLE commands ADD COLUMN first_change INTEGER",
    "ALTER TABLE commands ADD COLUMN last_change INTEGER",
    "ALTER TABLE commands ADD COLUMN seal TEXT",
    # Of a row as it was and as it became: its columns in the order of its table, as a JSON array
    """CREATE TABLE changes (
        id INTEGER PRIMARY KEY,
        tbl TEXT NOT NULL,
        row_id INTEGER NOT NULL,
        before TEXT,
        after TEXT,
        CHECK (before IS NOT NULL OR after IS NOT NULL)
    ) STRICT""",
    "ALTER TABLE shown ADD COLUMN command TEXT NOT NULL DEFAULT 'due-today'",
    # A row that is told apart by an id of its own keeps it in a copy of the file, too
    "ALTER TABLE import_rows RENAME TO import_rows_before",
    f"""CREATE TABLE import_rows (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        run_id INTEGER NOT NULL REFERENCES import_runs(id),
        first INTEGER NOT NULL,
        rows BLOB NOT NULL,
        {COMMAND},
        UNIQUE (run_id, first)
    ) STRICT""",
    """INSERT INTO import_rows (run_id, first, rows, command_id)
        SELECT run_id, first, rows, command_id FROM import_rows_before ORDER BY run_id, first""",
    "DROP TABLE import_rows_before",
)

# Tables whose ids were given out again once the last row was gone; the history tells rows by them
REMADE = (
    "identifiers", "phones", "conditions", "statuses", "tiers", "link_decisions", "self_reports",
    "scores", "other_names", "different_people", "layouts", "reversals", "refused_fills",
    "reconciliation_lines",
)  # fmt: skip


def remake(rows: Callable[..., Iterable[Any]], table: str) -> None:
    """Make a table anew whose ids are never given out again, with its rows and indexes."""
    found = list(
        rows("SELECT type, sql FROM sqlite_master WHERE tbl_name = ? AND sql IS NOT NULL", (table,))
    )
    (made,) = (sql for kind, sql in found if kind == "table")
    anew = made.replace(f"CREATE TABLE {table}", f"CREATE TABLE {table}_anew", 1)
    rows(anew.replace("id INTEGER PRIMARY KEY,", "id INTEGER PRIMARY KEY AUTOINCREMENT,", 1))
    rows(f"INSERT INTO {table}_anew SELECT * FROM {table}")
    rows(f"DROP TABLE {table}")
    rows(f"ALTER TABLE {table}_anew RENAME TO {table}")
    for kind, sql in found:
        if kind == "index":
            rows(sql)
