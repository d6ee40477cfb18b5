"""Room for the history: every change of every row, grouped by command and sealed in a chain."""

from __future__ import annotations

from caretool.schema.columns import COMMAND

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
        id INTEGER PRIMARY KEY,
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
