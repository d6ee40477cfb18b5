"""Room for medicines lists, reconciliations, fills taken back, and fills refused.

What a file calls a medicine (its name, class, codes) is kept once in `products`, not in each of a
million fills. That is also what makes reading them fast: a fill is numbers and a day.
"""

from __future__ import annotations

from caretool.schema.columns import COMMAND, PATIENT, day

STATEMENTS = (
    f"""CREATE TABLE products (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        name TEXT NOT NULL,
        drug_class TEXT NOT NULL DEFAULT '',
        atc TEXT NOT NULL DEFAULT '',
        ndc TEXT NOT NULL DEFAULT '',
        per_day TEXT NOT NULL DEFAULT '',
        {COMMAND},
        UNIQUE (name, drug_class, atc, ndc, per_day)
    ) STRICT""",
    """INSERT INTO products (name, drug_class, atc, command_id)
        SELECT drug, COALESCE(drug_class, ''), COALESCE(atc, ''), min(command_id) FROM fills
        GROUP BY drug, COALESCE(drug_class, ''), COALESCE(atc, '') ORDER BY min(id)""",
    "ALTER TABLE fills RENAME TO fills_before",
    "DROP INDEX fills_by_patient",
    f"""CREATE TABLE fills (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        {PATIENT},
        product_id INTEGER NOT NULL REFERENCES products(id),
        {day("filled_on")},
        days_supply INTEGER NOT NULL CHECK (days_supply > 0),
        quantity TEXT,
        copy INTEGER NOT NULL DEFAULT 1,
        run_id INTEGER NOT NULL REFERENCES import_runs(id), -- of the latest list that tells of it
        {COMMAND}
    ) STRICT""",
    """INSERT INTO fills (id, patient_id, product_id, filled_on, days_supply, quantity, copy,
            run_id, command_id)
        SELECT f.id, f.patient_id, p.id, f.filled_on, f.days_supply, f.quantity, f.copy,
            f.run_id, f.command_id
        FROM fills_before f JOIN products p ON p.name = f.drug
            AND p.drug_class = COALESCE(f.drug_class, '') AND p.atc = COALESCE(f.atc, '')
        ORDER BY f.id""",
    "DROP TABLE fills_before",
    # All that adherence reads is in it, in the order in which it is read
    """CREATE UNIQUE INDEX fills_by_patient
        ON fills(patient_id, filled_on, product_id, days_supply, copy)""",
    # One row for each claim taken back: which fill, and by its run for which moment that holds
    f"""CREATE TABLE reversals (
        id INTEGER PRIMARY KEY,
        {PATIENT},
        drug_key TEXT NOT NULL,
        {day("filled_on")},
        days_supply INTEGER NOT NULL CHECK (days_supply > 0),
        run_id INTEGER NOT NULL REFERENCES import_runs(id),
        {COMMAND}
    ) STRICT""",
    "CREATE INDEX reversals_by_patient ON reversals(patient_id, filled_on)",
    # Rows about patients on file that could not be used, until a fill takes their place
    f"""CREATE TABLE refused_fills (
        id INTEGER PRIMARY KEY,
        {PATIENT},
        drug TEXT NOT NULL,
        {day("filled_on", required=False)},
        reason TEXT NOT NULL,
        line INTEGER NOT NULL,
        run_id INTEGER NOT NULL REFERENCES import_runs(id),
        {COMMAND}
    ) STRICT""",
    "CREATE INDEX refused_fills_by_patient ON refused_fills(patient_id)",
    f"""CREATE TABLE medications (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        {PATIENT},
        {day("on_date")},
        name TEXT NOT NULL,
        dose TEXT,
        times_per_day TEXT,
        drug_class TEXT,
        atc TEXT,
        {day("started_on", required=False)},
        prescriber TEXT,
        replaces_id INTEGER REFERENCES medications(id),
        {day("stopped_on", required=False)},
        stop_reason TEXT,
        stopped_by INTEGER REFERENCES commands(id),
        {COMMAND},
        CHECK ((stopped_on IS NULL) = (stop_reason IS NULL)),
        CHECK ((stopped_on IS NULL) = (stopped_by IS NULL)),
        CHECK (stopped_on IS NULL OR stopped_on >= min(COALESCE(started_on, stopped_on), on_date))
    ) STRICT""",
    "CREATE INDEX medications_by_patient ON medications(patient_id, id)",
    f"""CREATE TABLE reconciliations (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        {PATIENT},
        stay_id INTEGER REFERENCES stays(id),
        {day("on_date")},
        {COMMAND}
    ) STRICT""",
    "CREATE INDEX reconciliations_by_patient ON reconciliations(patient_id, on_date, id)",
    f"""CREATE TABLE reconciliation_lines (
        id INTEGER PRIMARY KEY,
        reconciliation_id INTEGER NOT NULL REFERENCES reconciliations(id),
        medication_id INTEGER NOT NULL REFERENCES medications(id),
        before TEXT,
        discharge TEXT,
        taken TEXT,
        decision TEXT NOT NULL CHECK (decision IN ('continued', 'changed', 'new', 'stopped')),
        reason TEXT,
        {COMMAND},
        CHECK (decision <> 'stopped' OR reason IS NOT NULL)
    ) STRICT""",
    """CREATE INDEX reconciliation_lines_by_reconciliation
        ON reconciliation_lines(reconciliation_id)""",
    "ALTER TABLE self_reports ADD COLUMN reasons TEXT",
)
