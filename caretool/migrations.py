"""The schema, as numbered steps that are only ever appended to.

A step is never edited once released; a change is a new step. Dates are ISO text checked by the
schema: `d IS date(d, '+0 days')` also refuses 30 February, which plain `date(d)` lets through.
Instants are UTC text with the local offset beside it, in minutes.

Facts carry when they happened (`on_date`, `admitted_on` …) and, through `command_id`, when, by
whom and by which version they were entered. What is due is never stored.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlite_utils import Migrations

if TYPE_CHECKING:
    from sqlite_utils.db import Database

steps = Migrations("caretool")


def _day(column: str, *, required: bool = True) -> str:
    if required:
        return f"{column} TEXT NOT NULL CHECK ({column} IS date({column}, '+0 days'))"
    return f"{column} TEXT CHECK ({column} IS NULL OR {column} IS date({column}, '+0 days'))"


def _time(column: str) -> str:
    return (
        f"{column} TEXT CHECK ({column} IS NULL OR"
        f" {column} IS strftime('%H:%M', '2000-01-01 ' || {column}))"
    )


_COMMAND = "command_id INTEGER NOT NULL REFERENCES commands(id)"
_PATIENT = "patient_id INTEGER NOT NULL REFERENCES patients(id)"


@steps()
def m001_care_file(db: Database) -> None:
    """Create every table of the first version."""
    for statement in _M001:
        db.conn.execute(statement)


_M001 = (
    """CREATE TABLE commands (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        at_utc TEXT NOT NULL,
        utc_offset INTEGER NOT NULL,
        user TEXT NOT NULL,
        command TEXT NOT NULL,
        version TEXT NOT NULL
    ) STRICT""",
    f"""CREATE TABLE patients (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        last_name TEXT NOT NULL,
        first_name TEXT NOT NULL,
        middle_name TEXT NOT NULL DEFAULT '',
        suffix TEXT NOT NULL DEFAULT '',
        last_key TEXT NOT NULL,
        first_key TEXT NOT NULL,
        {_day("birth_date", required=False)},
        sex TEXT CHECK (sex IN ('F', 'M', 'X', 'U')),
        zip TEXT,
        address TEXT,
        language TEXT,
        channel TEXT,
        source TEXT,
        referred_by TEXT,
        {_COMMAND}
    ) STRICT""",
    "CREATE INDEX patients_by_birth_date ON patients(birth_date)",
    "CREATE INDEX patients_by_name ON patients(last_key, first_key, birth_date)",
    f"""CREATE TABLE identifiers (
        id INTEGER PRIMARY KEY,
        {_PATIENT},
        issuer TEXT NOT NULL,
        value TEXT NOT NULL,
        value_key TEXT NOT NULL,
        {_COMMAND},
        UNIQUE (patient_id, issuer, value_key)
    ) STRICT""",
    "CREATE INDEX identifiers_by_key ON identifiers(value_key, issuer)",
    f"""CREATE TABLE phones (
        id INTEGER PRIMARY KEY,
        {_PATIENT},
        number TEXT NOT NULL,
        number_key TEXT NOT NULL,
        place INTEGER NOT NULL,
        {_COMMAND},
        UNIQUE (patient_id, number_key)
    ) STRICT""",
    "CREATE INDEX phones_by_key ON phones(number_key)",
    f"""CREATE TABLE conditions (
        id INTEGER PRIMARY KEY,
        {_PATIENT},
        code TEXT NOT NULL,
        {_COMMAND},
        UNIQUE (patient_id, code)
    ) STRICT""",
    "CREATE INDEX conditions_by_code ON conditions(code)",
    f"""CREATE TABLE statuses (
        id INTEGER PRIMARY KEY,
        {_PATIENT},
        {_day("on_date")},
        status TEXT NOT NULL CHECK (status IN ('roster', 'active', 'on_hold', 'closed')),
        reason TEXT,
        {_COMMAND},
        CHECK (status <> 'closed' OR reason IS NOT NULL)
    ) STRICT""",
    "CREATE INDEX statuses_by_patient ON statuses(patient_id, on_date, id)",
    f"""CREATE TABLE tiers (
        id INTEGER PRIMARY KEY,
        {_PATIENT},
        {_day("on_date")},
        tier TEXT NOT NULL CHECK (tier IN ('high', 'moderate', 'low', 'maintenance')),
        {_COMMAND}
    ) STRICT""",
    "CREATE INDEX tiers_by_patient ON tiers(patient_id, on_date, id)",
    f"""CREATE TABLE import_runs (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        kind TEXT NOT NULL CHECK (kind IN ('patients', 'discharges', 'fills')),
        {_day("on_date")},
        file_name TEXT NOT NULL,
        file_hash TEXT NOT NULL,
        source TEXT,
        encoding TEXT NOT NULL,
        delimiter TEXT NOT NULL,
        records INTEGER NOT NULL,
        counts TEXT NOT NULL,
        {_COMMAND}
    ) STRICT""",
    f"""CREATE TABLE stays (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        stay_key TEXT NOT NULL UNIQUE,
        issuer TEXT NOT NULL,
        facility TEXT,
        visit TEXT,
        record_number TEXT,
        practice_number TEXT,
        member_number TEXT,
        last_name TEXT,
        first_name TEXT,
        middle_name TEXT,
        suffix TEXT,
        {_day("birth_date", required=False)},
        sex TEXT,
        zip TEXT,
        phone TEXT,
        patient_class TEXT NOT NULL,
        {_day("admitted_on", required=False)},
        {_day("discharged_on", required=False)},
        {_time("discharged_at")},
        disposition TEXT,
        disposition_text TEXT,
        diagnosis TEXT,
        {_day("arrived_on")},
        cancelled INTEGER NOT NULL DEFAULT 0 CHECK (cancelled IN (0, 1)),
        patient_id INTEGER REFERENCES patients(id),
        link TEXT NOT NULL CHECK (link IN ('linked', 'review', 'unmatched')),
        link_reason TEXT NOT NULL,
        run_id INTEGER NOT NULL REFERENCES import_runs(id),
        {_COMMAND},
        CHECK ((link = 'linked') = (patient_id IS NOT NULL)),
        CHECK (discharged_on IS NOT NULL OR admitted_on IS NOT NULL)
    ) STRICT""",
    """CREATE INDEX stays_by_patient ON stays(patient_id, discharged_on)
        WHERE patient_id IS NOT NULL""",
    "CREATE INDEX stays_in_review ON stays(discharged_on) WHERE link = 'review' AND cancelled = 0",
    "CREATE INDEX stays_waiting ON stays(birth_date, link) WHERE link <> 'linked'",
    f"""CREATE TABLE link_decisions (
        id INTEGER PRIMARY KEY,
        stay_id INTEGER NOT NULL REFERENCES stays(id),
        {_PATIENT},
        person_key TEXT NOT NULL,
        decision TEXT NOT NULL CHECK (decision IN ('is', 'not')),
        {_COMMAND}
    ) STRICT""",
    "CREATE INDEX link_decisions_by_stay ON link_decisions(stay_id)",
    f"""CREATE TABLE contacts (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        {_PATIENT},
        {_day("on_date")},
        {_time("at_time")},
        outcome TEXT NOT NULL,
        channel TEXT NOT NULL,
        party TEXT NOT NULL,
        inbound INTEGER NOT NULL DEFAULT 0 CHECK (inbound IN (0, 1)),
        minutes INTEGER CHECK (minutes >= 0),
        note TEXT,
        {_day("next_on", required=False)},
        next_why TEXT,
        topics TEXT,
        voided_by INTEGER REFERENCES commands(id),
        void_reason TEXT,
        {_COMMAND},
        CHECK (next_on IS NULL OR next_on > on_date),
        CHECK ((voided_by IS NULL) = (void_reason IS NULL))
    ) STRICT""",
    """CREATE INDEX contacts_by_patient ON contacts(patient_id, on_date, outcome, party, channel)
        WHERE voided_by IS NULL""",
    """CREATE INDEX contacts_with_request ON contacts(patient_id, on_date)
        WHERE next_on IS NOT NULL AND voided_by IS NULL""",
    """CREATE INDEX contacts_by_outcome ON contacts(patient_id, outcome)
        WHERE voided_by IS NULL""",
    f"""CREATE TABLE self_reports (
        id INTEGER PRIMARY KEY,
        contact_id INTEGER NOT NULL REFERENCES contacts(id),
        medication TEXT,
        missed INTEGER NOT NULL CHECK (missed >= 0),
        days INTEGER NOT NULL CHECK (days > 0),
        {_COMMAND},
        CHECK (missed <= days)
    ) STRICT""",
    "CREATE INDEX self_reports_by_contact ON self_reports(contact_id)",
    f"""CREATE TABLE fills (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        {_PATIENT},
        drug TEXT NOT NULL,
        drug_class TEXT,
        atc TEXT,
        {_day("filled_on")},
        days_supply INTEGER NOT NULL CHECK (days_supply > 0),
        quantity TEXT,
        fill_key TEXT NOT NULL,
        copy INTEGER NOT NULL DEFAULT 1,
        run_id INTEGER NOT NULL REFERENCES import_runs(id),
        {_COMMAND},
        UNIQUE (fill_key, copy)
    ) STRICT""",
    "CREATE INDEX fills_by_patient ON fills(patient_id, filled_on)",
)


@steps()
def m002_schedule(db: Database) -> None:
    """Make room for her decisions, appointments, scores, referrals, days off, the lists shown."""
    for statement in _M002:
        db.conn.execute(statement)


_M002 = (
    "ALTER TABLE tiers ADD COLUMN reason TEXT",
    f"ALTER TABLE conditions ADD COLUMN {_day('on_date', required=False)}",
    "ALTER TABLE contacts ADD COLUMN number_key TEXT",
    "DROP INDEX contacts_by_outcome",
    """CREATE INDEX contacts_by_outcome ON contacts(outcome, patient_id)
        WHERE voided_by IS NULL""",
    """CREATE INDEX contacts_with_bad_number ON contacts(patient_id, number_key)
        WHERE number_key IS NOT NULL AND voided_by IS NULL""",
    f"""CREATE TABLE decisions (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        {_PATIENT},
        {_day("on_date")},
        decision TEXT NOT NULL CHECK (decision IN ('hold', 'lift', 'defer', 'waive', 'take_back',
            'accept', 'decline', 'not_suitable', 'no_calls', 'calls', 'reopen')),
        item TEXT,
        {_day("planned", required=False)},
        {_day("to_date", required=False)},
        reason TEXT,
        {_COMMAND},
        CHECK ((decision IN ('defer', 'waive', 'take_back')) = (item IS NOT NULL)),
        CHECK ((item IS NULL) = (planned IS NULL)),
        CHECK ((decision IN ('hold', 'defer')) = (to_date IS NOT NULL)),
        CHECK (decision <> 'hold' OR to_date > on_date)
    ) STRICT""",
    "CREATE INDEX decisions_by_patient ON decisions(patient_id, on_date, id)",
    f"""CREATE TABLE appointments (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        {_PATIENT},
        {_day("on_date")},
        {_day("day")},
        {_time("at_time")},
        with_whom TEXT,
        {_day("cancelled_on", required=False)},
        {_COMMAND},
        CHECK (day >= on_date)
    ) STRICT""",
    "CREATE INDEX appointments_by_patient ON appointments(patient_id, day, id)",
    f"""CREATE TABLE scores (
        id INTEGER PRIMARY KEY,
        {_PATIENT},
        stay_id INTEGER NOT NULL REFERENCES stays(id),
        {_day("on_date")},
        name TEXT NOT NULL CHECK (name IN ('LACE')),
        total INTEGER NOT NULL CHECK (total >= 0),
        parts TEXT NOT NULL,
        {_COMMAND}
    ) STRICT""",
    "CREATE INDEX scores_by_patient ON scores(patient_id, on_date, id)",
    f"""CREATE TABLE referrals (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        {_PATIENT},
        {_day("on_date")},
        referred_by TEXT,
        {_COMMAND}
    ) STRICT""",
    "CREATE INDEX referrals_by_patient ON referrals(patient_id, on_date, id)",
    f"""CREATE TABLE days_off (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        {_day("on_date", required=False)},
        {_day("first_day")},
        {_day("last_day")},
        reason TEXT,
        {_day("dropped_on", required=False)},
        {_COMMAND},
        CHECK (last_day >= first_day)
    ) STRICT""",
    f"""CREATE TABLE shown (
        id INTEGER PRIMARY KEY,
        at_utc TEXT NOT NULL,
        utc_offset INTEGER NOT NULL,
        user TEXT NOT NULL,
        version TEXT NOT NULL,
        rules TEXT NOT NULL,
        {_day("as_of")},
        asked TEXT NOT NULL,
        patients TEXT NOT NULL
    ) STRICT""",
    "CREATE INDEX shown_by_day ON shown(as_of, id)",
)


@steps()
def m003_lists(db: Database) -> None:
    """Make room for what lists tell one after the other, saved layouts, and joined patients."""
    for statement in _M003:
        db.conn.execute(statement)


_M003 = (
    "ALTER TABLE stays ADD COLUMN address TEXT",
    "ALTER TABLE stays ADD COLUMN other_last_name TEXT",
    "ALTER TABLE stays ADD COLUMN diagnosis_code TEXT",
    f"ALTER TABLE stays ADD COLUMN {_day('died_on', required=False)}",
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
        {_PATIENT},
        last_name TEXT NOT NULL,
        first_name TEXT NOT NULL,
        last_key TEXT NOT NULL,
        first_key TEXT NOT NULL,
        {_COMMAND},
        UNIQUE (patient_id, last_key, first_key)
    ) STRICT""",
    f"""CREATE TABLE merges (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        {_PATIENT},
        merged_id INTEGER NOT NULL REFERENCES patients(id),
        {_day("on_date")},
        moved TEXT NOT NULL,
        {_day("undone_on", required=False)},
        {_COMMAND},
        CHECK (merged_id <> patient_id)
    ) STRICT""",
    "CREATE INDEX merges_by_merged ON merges(merged_id)",
    f"""CREATE TABLE different_people (
        id INTEGER PRIMARY KEY,
        {_PATIENT},
        other_id INTEGER NOT NULL REFERENCES patients(id),
        {_COMMAND},
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
        {_day("on_date")},
        {_COMMAND}
    ) STRICT""",
    f"""CREATE TABLE import_rows (
        run_id INTEGER NOT NULL REFERENCES import_runs(id),
        first INTEGER NOT NULL,
        rows BLOB NOT NULL,
        {_COMMAND},
        PRIMARY KEY (run_id, first)
    ) STRICT""",
)
