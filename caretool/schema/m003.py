"""Room for what lists tell one after the other, saved layouts, and joined patients."""

from __future__ import annotations

from caretool.schema.columns import COMMAND, PATIENT, day

STATEMENTS = (
    "ALTER TABLE stays ADD COLUMN address TEXT",
    "ALTER TABLE stays ADD COLUMN other_last_name TEXT",
    "ALTER TABLE stays ADD COLUMN diagnosis_code TEXT",
    f"ALTER TABLE stays ADD COLUMN {day('died_on', required=False)}",
    # When the sender wrote what stands here, and what of it an earlier message wrote, and when
    "ALTER TABLE stays ADD COLUMN told_at TEXT NOT NULL DEFAULT ''",
    "ALTER TABLE stays ADD COLUMN told_earlier TEXT",
    # Until when the sender took the stay, or only its discharge, back
    "ALTER TABLE stays ADD COLUMN withdrawn_at TEXT",
    "ALTER TABLE stays ADD COLUMN discharge_withdrawn_at TEXT",
    """UPDATE stays SET withdrawn_at = COALESCE(discharged_on, admitted_on) || 'T24:00'
        WHERE cancelled = 1""",
    "ALTER TABLE import_runs ADD COLUMN sheet TEXT",
    "ALTER TABLE import_runs ADD COLUMN layout TEXT",
    # The moment that the list itself stands for: of two lists the later one counts
    "ALTER TABLE import_runs ADD COLUMN told_at TEXT",
    "CREATE INDEX import_runs_by_hash ON import_runs(file_hash)",
    "ALTER TABLE link_decisions ADD COLUMN reason TEXT",
    "ALTER TABLE patients ADD COLUMN merged_into INTEGER REFERENCES patients(id)",
    f"""CREATE TABLE other_names (
        id INTEGER PRIMARY KEY,
        {PATIENT},
        last_name TEXT NOT NULL,
        first_name TEXT NOT NULL,
        last_key TEXT NOT NULL,
        first_key TEXT NOT NULL,
        {COMMAND},
        UNIQUE (patient_id, last_key, first_key)
    ) STRICT""",
    f"""CREATE TABLE merges (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        {PATIENT},
        merged_id INTEGER NOT NULL REFERENCES patients(id),
        {day("on_date")},
        moved TEXT NOT NULL,
        {day("undone_on", required=False)},
        {COMMAND},
        CHECK (merged_id <> patient_id)
    ) STRICT""",
    "CREATE INDEX merges_by_merged ON merges(merged_id)",
    f"""CREATE TABLE different_people (
        id INTEGER PRIMARY KEY,
        {PATIENT},
        other_id INTEGER NOT NULL REFERENCES patients(id),
        {COMMAND},
        UNIQUE (patient_id, other_id),
        CHECK (patient_id < other_id)
    ) STRICT""",
    f"""CREATE TABLE layouts (
        id INTEGER PRIMARY KEY,
        name TEXT NOT NULL UNIQUE,
        kind TEXT NOT NULL CHECK (kind IN ('patients', 'discharges', 'fills')),
        source TEXT NOT NULL,
        header_key TEXT NOT NULL,
        content TEXT NOT NULL,
        {day("on_date")},
        {COMMAND}
    ) STRICT""",
    f"""CREATE TABLE import_rows (
        run_id INTEGER NOT NULL REFERENCES import_runs(id),
        first INTEGER NOT NULL,
        rows BLOB NOT NULL,
        {COMMAND},
        PRIMARY KEY (run_id, first)
    ) STRICT""",
)
