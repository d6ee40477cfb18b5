"""The schema: numbered steps, strict tables; what cannot be true the file itself refuses."""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING, Any

import pytest
from sqlite_utils import Database

from caretool import db, migrations

if TYPE_CHECKING:
    from pathlib import Path


def raw(path: Path, sql: str) -> list[Any]:
    """Ask the file itself, past caretool."""
    connection = sqlite3.connect(path)
    try:
        with connection:
            return connection.execute(sql).fetchall()
    finally:
        connection.close()


def test_the_schema_version_is_the_number_of_steps_and_steps_are_numbered() -> None:
    names = [step.name for step in migrations.steps.pending(Database(memory=True))]

    assert len(names) == db.SCHEMA_VERSION
    assert [name[:4] for name in names] == [f"m{n:03}" for n in range(1, len(names) + 1)]


def test_the_copies_that_tests_use_are_new_files_as_they_are_made(
    tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    """But for the moments at which the steps were made."""
    found = []
    for name in ("copied.db", "made.db"):
        if name == "made.db":
            request.getfixturevalue("made_anew")
        path = tmp_path / name
        with db.writing(path, "test", "tester", create=True):
            pass
        pragmas = "application_id", "user_version", "journal_mode", "page_size", "integrity_check"
        found.append(
            [raw(path, f"PRAGMA {one}") for one in pragmas]
            + raw(path, "SELECT type, name, tbl_name, sql FROM sqlite_master ORDER BY rowid")
            + raw(path, "SELECT migration_set, name FROM _sqlite_migrations")
        )
        rows = raw(path, "SELECT count(*) FROM changes UNION SELECT count(*) FROM commands")
        found[-1].append(rows)
    copied, made = found
    assert copied == made


def test_every_table_is_strict(row_in_each: Path) -> None:
    tables = raw(row_in_each, "PRAGMA table_list")
    ours = {name: strict for _, name, kind, _, _, strict in tables if kind == "table"}
    loose = {name for name, strict in ours.items() if not strict}

    assert {"patients", "stays", "contacts", "fills", "commands"} <= set(ours)
    assert loose == {"sqlite_schema", "sqlite_temp_schema", "_sqlite_migrations"} | {
        name for name in loose if name == "sqlite_sequence"
    }


# what the schema refuses

DATES = {
    "patients": ["birth_date"],
    "statuses": ["on_date"],
    "tiers": ["on_date"],
    "contacts": ["on_date", "next_on"],
    "fills": ["filled_on"],
    "reversals": ["filled_on"],
    "refused_fills": ["filled_on"],
    "stays": ["birth_date", "admitted_on", "discharged_on", "arrived_on", "died_on"],
    "import_runs": ["on_date"],
    "conditions": ["on_date"],
    "decisions": ["on_date", "planned", "to_date"],
    "appointments": ["on_date", "day", "cancelled_on"],
    "scores": ["on_date"],
    "referrals": ["on_date"],
    "days_off": ["on_date", "first_day", "last_day", "dropped_on"],
    "shown": ["as_of"],
    "merges": ["on_date", "undone_on"],
    "layouts": ["on_date"],
    "medications": ["on_date", "started_on", "stopped_on"],
    "reconciliations": ["on_date"],
}
DAYS = ["2026-02-30", "2026-13-01", "2026-2-3", "20260203", "2026-02-03T10:00", "soon", "0"]


def _rows(care_file: db.CareFile) -> None:
    """One row in each table that has dates."""
    names = dict.fromkeys(("last_name", "first_name", "last_key", "first_key"), "x")
    who = care_file.insert("patients", **names)
    run = care_file.insert(
        "import_runs", kind="fills", on_date="2026-11-01", file_name="f", file_hash="h",
        encoding="utf-8", delimiter=",", records=1, counts="{}",
    )  # fmt: skip
    care_file.insert("statuses", patient_id=who, on_date="2026-11-01", status="active")
    care_file.insert("tiers", patient_id=who, on_date="2026-11-01", tier="high")
    care_file.insert(
        "contacts", patient_id=who, on_date="2026-11-01", at_time="14:05", outcome="no_answer",
        channel="phone", party="patient",
    )  # fmt: skip
    _rows_of_fills(care_file, who, run)
    care_file.insert(
        "stays", stay_key="k", issuer="x", patient_class="inpatient", arrived_on="2026-11-01",
        admitted_on="2026-11-01", discharged_on="2026-11-01", link="unmatched",
        link_reason="nobody fits", run_id=run,
    )  # fmt: skip
    _rows_of_the_schedule(care_file, who)
    _rows_of_lists(care_file, who, run)


def _rows_of_fills(care_file: db.CareFile, who: int, run: int) -> None:
    product = care_file.insert("products", name="x")
    days: dict[str, Any] = {"filled_on": "2026-11-01", "days_supply": 30}
    care_file.insert("fills", patient_id=who, product_id=product, run_id=run, **days)
    care_file.insert("reversals", patient_id=who, drug_key="x", run_id=run, **days)
    care_file.insert(
        "refused_fills", patient_id=who, drug="x", filled_on="2026-11-01", reason="is negative",
        line=2, run_id=run,
    )  # fmt: skip


def _rows_of_lists(care_file: db.CareFile, who: int, run: int) -> None:
    names = dict.fromkeys(("last_name", "first_name", "last_key", "first_key"), "y")
    other = care_file.insert("patients", merged_into=who, **names)
    care_file.insert("other_names", patient_id=who, **names)
    care_file.insert("merges", patient_id=who, merged_id=other, on_date="2026-11-01", moved="{}")
    care_file.insert("different_people", patient_id=who, other_id=other)
    care_file.insert(
        "layouts", name="epic", kind="discharges", source="epic", header_key="k", content="",
        on_date="2026-11-01",
    )  # fmt: skip
    care_file.insert("import_rows", run_id=run, first=1, rows=b"")
    _rows_of_medicines(care_file, who)


def _rows_of_medicines(care_file: db.CareFile, who: int) -> None:
    medicine = care_file.insert(
        "medications", patient_id=who, on_date="2026-11-01", name="metformin",
        started_on="2026-10-01", stopped_on="2026-11-02", stop_reason="pain", stopped_by=1,
    )  # fmt: skip
    number = care_file.insert("reconciliations", patient_id=who, stay_id=1, on_date="2026-11-02")
    care_file.insert(
        "reconciliation_lines", reconciliation_id=number, medication_id=medicine, before="yes",
        decision="stopped", reason="pain",
    )  # fmt: skip


def _rows_of_the_schedule(care_file: db.CareFile, who: int) -> None:
    care_file.insert("conditions", patient_id=who, code="copd", on_date="2026-11-01")
    care_file.insert(
        "decisions", patient_id=who, on_date="2026-11-01", decision="defer", item="routine/low",
        planned="2026-11-20", to_date="2026-11-25",
    )  # fmt: skip
    care_file.insert("appointments", patient_id=who, on_date="2026-11-01", day="2028-03-01")
    care_file.insert(
        "scores", patient_id=who, stay_id=1, on_date="2026-11-01", name="LACE", total=4, parts="{}"
    )
    care_file.insert("referrals", patient_id=who, on_date="2026-11-01")
    care_file.insert("days_off", first_day="2026-12-24", last_day="2028-03-01")
    care_file.execute(
        "INSERT INTO shown (at_utc, utc_offset, user, version, rules, as_of, asked, patients)"
        " VALUES ('2026-11-01T07:02:00Z', 0, 'me', '1', '2026.2', '2026-11-01', '{}', '[]')"
    )


@pytest.fixture
def row_in_each(tmp_path: Path) -> Path:
    path = tmp_path / "care.db"
    with db.writing(path, "test", "me", create=True) as care_file:
        _rows(care_file)
    return path


@pytest.mark.parametrize(
    ("table", "column"), [(table, one) for table, columns in DATES.items() for one in columns]
)
def test_a_day_that_is_none_is_refused_by_the_schema(
    table: str, column: str, row_in_each: Path
) -> None:
    raw(row_in_each, f"DROP TRIGGER IF EXISTS {table}_unalterable")
    for day in DAYS:
        with pytest.raises(sqlite3.IntegrityError, match="CHECK constraint"):
            raw(row_in_each, f"UPDATE {table} SET {column} = '{day}'")
    raw(row_in_each, f"UPDATE {table} SET {column} = '2028-02-29'")


@pytest.mark.parametrize(
    "change",
    [
        "contacts SET at_time = '24:61'",
        "contacts SET at_time = '25:00'",
        "contacts SET at_time = '9:05'",
        "contacts SET at_time = '09:05:00'",
        "stays SET discharged_at = '24:61'",
        "stays SET link = 'perhaps'",
        "stays SET cancelled = 2",
        "statuses SET status = 'gone'",
        "statuses SET status = 'closed'",
        "tiers SET tier = 'highest'",
        "patients SET sex = 'Q'",
        "contacts SET inbound = 2",
        "contacts SET minutes = -1",
        "contacts SET next_on = on_date",
        "contacts SET void_reason = 'without a command'",
        "contacts SET voided_by = 1",
        "fills SET days_supply = 0",
        "reversals SET days_supply = 0",
        "import_runs SET kind = 'letters'",
        "decisions SET decision = 'postpone'",
        "decisions SET item = NULL",
        "decisions SET planned = NULL",
        "decisions SET to_date = NULL",
        "decisions SET decision = 'hold'",  # which is about no item
        "decisions SET decision = 'hold', item = NULL, planned = NULL, to_date = on_date",
        "decisions SET decision = 'lift', item = NULL, planned = NULL",  # which has no end
        "appointments SET day = '2026-10-31'",  # before it was noted
        "appointments SET at_time = '10:60'",
        "scores SET name = 'HOSPITAL'",
        "scores SET total = -1",
        "days_off SET last_day = '2026-12-23'",
        "medications SET stop_reason = NULL",
        "medications SET stopped_by = NULL",
        "medications SET stopped_on = NULL",
        "medications SET stopped_on = '2026-09-30'",  # before it was taken, and before it was noted
        "reconciliation_lines SET decision = 'kept'",
        "reconciliation_lines SET reason = NULL",  # which a stop has
    ],
)
def test_what_cannot_be_is_refused_by_the_schema(change: str, row_in_each: Path) -> None:
    with pytest.raises(sqlite3.IntegrityError):
        raw(row_in_each, f"UPDATE {change}")


def test_a_number_is_not_stored_where_text_belongs_nor_text_for_a_number(row_in_each: Path) -> None:
    for change in ("contacts SET minutes = 'ten'", "fills SET days_supply = 30.5"):
        with pytest.raises(sqlite3.IntegrityError):
            raw(row_in_each, f"UPDATE {change}")
