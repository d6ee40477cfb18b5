"""The care file as it began: patients, stays, contacts, fills, and the commands that noted them."""

from __future__ import annotations

from caretool.schema.columns import COMMAND, PATIENT, day, time

STATEMENTS = (
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
        {day("birth_date", required=False)},
        sex TEXT CHECK (sex IN ('F', 'M', 'X', 'U')),
        zip TEXT,
        address TEXT,
        language TEXT,
        channel TEXT,
        source TEXT,
        referred_by TEXT,
        {COMMAND}
    ) STRICT""",
    "CREATE INDEX patients_by_birth_date ON patients(birth_date)",
    "CREATE INDEX patients_by_name ON patients(last_key, first_key, birth_date)",
    f"""CREATE TABLE identifiers (
        id INTEGER PRIMARY KEY,
        {PATIENT},
        issuer TEXT NOT NULL,
        value TEXT NOT NULL,
        value_key TEXT NOT NULL,
        {COMMAND},
        UNIQUE (patient_id, issuer, value_key)
    ) STRICT""",
    "CREATE INDEX identifiers_by_key ON identifiers(value_key, issuer)",
    f"""CREATE TABLE phones (
        id INTEGER PRIMARY KEY,
        {PATIENT},
        number TEXT NOT NULL,
        number_key TEXT NOT NULL,
        place INTEGER NOT NULL,
        {COMMAND},
        UNIQUE (patient_id, number_key)
    ) STRICT""",
    "CREATE INDEX phones_by_key ON phones(number_key)",
    f"""CREATE TABLE conditions (
        id INTEGER PRIMARY KEY,
        {PATIENT},
        code TEXT NOT NULL,
        {COMMAND},
        UNIQUE (patient_id, code)
    ) STRICT""",
    "CREATE INDEX conditions_by_code ON conditions(code)",
    f"""CREATE TABLE statuses (
        id INTEGER PRIMARY KEY,
        {PATIENT},
        {day("on_date")},
        status TEXT NOT NULL CHECK (status IN ('roster', 'active', 'on_hold', 'closed')),
        reason TEXT,
        {COMMAND},
        CHECK (status <> 'closed' OR reason IS NOT NULL)
    ) STRICT""",
    "CREATE INDEX statuses_by_patient ON statuses(patient_id, on_date, id)",
    f"""CREATE TABLE tiers (
        id INTEGER PRIMARY KEY,
        {PATIENT},
        {day("on_date")},
        tier TEXT NOT NULL CHECK (tier IN ('high', 'moderate', 'low', 'maintenance')),
        {COMMAND}
    ) STRICT""",
    "CREATE INDEX tiers_by_patient ON tiers(patient_id, on_date, id)",
    f"""CREATE TABLE import_runs (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        kind TEXT NOT NULL CHECK (kind IN ('patients', 'discharges', 'fills')),
        {day("on_date")},
        file_name TEXT NOT NULL,
        file_hash TEXT NOT NULL,
        source TEXT,
        encoding TEXT NOT NULL,
        delimiter TEXT NOT NULL,
        records INTEGER NOT NULL,
        counts TEXT NOT NULL,
        {COMMAND}
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
        {day("birth_date", required=False)},
        sex TEXT,
        zip TEXT,
        phone TEXT,
        patient_class TEXT NOT NULL,
        {day("admitted_on", required=False)},
        {day("discharged_on", required=False)},
        {time("discharged_at")},
        disposition TEXT,
        disposition_text TEXT,
        diagnosis TEXT,
        {day("arrived_on")},
        cancelled INTEGER NOT NULL DEFAULT 0 CHECK (cancelled IN (0, 1)),
        patient_id INTEGER REFERENCES patients(id),
        link TEXT NOT NULL CHECK (link IN ('linked', 'review', 'unmatched')),
        link_reason TEXT NOT NULL,
        run_id INTEGER NOT NULL REFERENCES import_runs(id),
        {COMMAND},
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
        {PATIENT},
        person_key TEXT NOT NULL,
        decision TEXT NOT NULL CHECK (decision IN ('is', 'not')),
        {COMMAND}
    ) STRICT""",
    "CREATE INDEX link_decisions_by_stay ON link_decisions(stay_id)",
    f"""CREATE TABLE contacts (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        {PATIENT},
        {day("on_date")},
        {time("at_time")},
        outcome TEXT NOT NULL,
        channel TEXT NOT NULL,
        party TEXT NOT NULL,
        inbound INTEGER NOT NULL DEFAULT 0 CHECK (inbound IN (0, 1)),
        minutes INTEGER CHECK (minutes >= 0),
        note TEXT,
        {day("next_on", required=False)},
        next_why TEXT,
        topics TEXT,
        voided_by INTEGER REFERENCES commands(id),
        void_reason TEXT,
        {COMMAND},
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
        {COMMAND},
        CHECK (missed <= days)
    ) STRICT""",
    "CREATE INDEX self_reports_by_contact ON self_reports(contact_id)",
    f"""CREATE TABLE fills (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        {PATIENT},
        drug TEXT NOT NULL,
        drug_class TEXT,
        atc TEXT,
        {day("filled_on")},
        days_supply INTEGER NOT NULL CHECK (days_supply > 0),
        quantity TEXT,
        fill_key TEXT NOT NULL,
        copy INTEGER NOT NULL DEFAULT 1,
        run_id INTEGER NOT NULL REFERENCES import_runs(id),
        {COMMAND},
        UNIQUE (fill_key, copy)
    ) STRICT""",
    "CREATE INDEX fills_by_patient ON fills(patient_id, filled_on)",
)
