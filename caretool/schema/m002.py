"""Room for her decisions, appointments, scores, referrals, days off, and the lists shown."""

from __future__ import annotations

from caretool.schema.columns import COMMAND, PATIENT, day, time

STATEMENTS = (
    "ALTER TABLE tiers ADD COLUMN reason TEXT",
    f"ALTER TABLE conditions ADD COLUMN {day('on_date', required=False)}",
    "ALTER TABLE contacts ADD COLUMN number_key TEXT",
    "DROP INDEX contacts_by_outcome",
    """CREATE INDEX contacts_by_outcome ON contacts(outcome, patient_id)
        WHERE voided_by IS NULL""",
    """CREATE INDEX contacts_with_bad_number ON contacts(patient_id, number_key)
        WHERE number_key IS NOT NULL AND voided_by IS NULL""",
    f"""CREATE TABLE decisions (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        {PATIENT},
        {day("on_date")},
        decision TEXT NOT NULL CHECK (decision IN ('hold', 'lift', 'defer', 'waive', 'take_back',
            'accept', 'decline', 'not_suitable', 'no_calls', 'calls', 'reopen')),
        item TEXT,
        {day("planned", required=False)},
        {day("to_date", required=False)},
        reason TEXT,
        {COMMAND},
        CHECK ((decision IN ('defer', 'waive', 'take_back')) = (item IS NOT NULL)),
        CHECK ((item IS NULL) = (planned IS NULL)),
        CHECK ((decision IN ('hold', 'defer')) = (to_date IS NOT NULL)),
        CHECK (decision <> 'hold' OR to_date > on_date)
    ) STRICT""",
    "CREATE INDEX decisions_by_patient ON decisions(patient_id, on_date, id)",
    f"""CREATE TABLE appointments (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        {PATIENT},
        {day("on_date")},
        {day("day")},
        {time("at_time")},
        with_whom TEXT,
        {day("cancelled_on", required=False)},
        {COMMAND},
        CHECK (day >= on_date)
    ) STRICT""",
    "CREATE INDEX appointments_by_patient ON appointments(patient_id, day, id)",
    f"""CREATE TABLE scores (
        id INTEGER PRIMARY KEY,
        {PATIENT},
        stay_id INTEGER NOT NULL REFERENCES stays(id),
        {day("on_date")},
        name TEXT NOT NULL CHECK (name IN ('LACE')),
        total INTEGER NOT NULL CHECK (total >= 0),
        parts TEXT NOT NULL,
        {COMMAND}
    ) STRICT""",
    "CREATE INDEX scores_by_patient ON scores(patient_id, on_date, id)",
    f"""CREATE TABLE referrals (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        {PATIENT},
        {day("on_date")},
        referred_by TEXT,
        {COMMAND}
    ) STRICT""",
    "CREATE INDEX referrals_by_patient ON referrals(patient_id, on_date, id)",
    f"""CREATE TABLE days_off (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        {day("on_date", required=False)},
        {day("first_day")},
        {day("last_day")},
        reason TEXT,
        {day("dropped_on", required=False)},
        {COMMAND},
        CHECK (last_day >= first_day)
    ) STRICT""",
    f"""CREATE TABLE shown (
        id INTEGER PRIMARY KEY,
        at_utc TEXT NOT NULL,
        utc_offset INTEGER NOT NULL,
        user TEXT NOT NULL,
        version TEXT NOT NULL,
        rules TEXT NOT NULL,
        {day("as_of")},
        asked TEXT NOT NULL,
        patients TEXT NOT NULL
    ) STRICT""",
    "CREATE INDEX shown_by_day ON shown(as_of, id)",
)
