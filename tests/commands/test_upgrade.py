"""`upgrade`: an older care file is copied, brought up to date, and loses nothing."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from sqlite_utils import Database, Migrations

from caretool import db, migrations, planning
from caretool.store import facts

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable


@pytest.fixture
def file(care: Callable, tmp_path: Path) -> Path:
    """A care file with a patient and a contact."""
    care("add-patient", "Núñez, Zoë", "--dob", "1958-03-02", "--tier", "high", "--on", "-3w")
    care("log-contact", "P1", "--outcome", "no_answer")
    return tmp_path / "care.db"


@pytest.fixture
def two_steps_on(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As if caretool had grown two steps since the file was written."""
    steps = Migrations("caretool")
    for step in migrations.steps._migrations:
        steps(name=step.name)(step.fn)

    @steps()
    def m998_pronouns(database: Any) -> None:
        database.conn.execute("ALTER TABLE patients ADD COLUMN pronouns TEXT")

    @steps()
    def m999_filled(database: Any) -> None:
        database.conn.execute("UPDATE patients SET pronouns = 'they'")

    monkeypatch.setattr(migrations, "steps", steps)
    monkeypatch.setattr(db, "SCHEMA_VERSION", db.SCHEMA_VERSION + 2)


def ask(path: Path, sql: str) -> list[Any]:
    with closing(sqlite3.connect(path)) as connection:
        return connection.execute(sql).fetchall()


# One row in each table of the first schema, as the first caretool wrote it
NAME = {
    "last_name": "Núñez", "first_name": "Zoë", "last_key": "nunez", "first_key": "zoe",
    "birth_date": "1958-03-02",
}  # fmt: skip
FIRST_SCHEMA: dict[str, dict[str, object]] = {
    "patients": NAME,
    "identifiers": {"patient_id": 1, "issuer": "practice", "value": "0042", "value_key": "42"},
    "phones": {"patient_id": 1, "number": "4235550142", "number_key": "4235550142", "place": 0},
    "conditions": {"patient_id": 1, "code": "depression"},
    "statuses": {"patient_id": 1, "on_date": "2026-11-02", "status": "active"},
    "tiers": {"patient_id": 1, "on_date": "2026-11-02", "tier": "low"},
    "import_runs": {
        "kind": "discharges", "on_date": "2026-11-20", "file_name": "list.csv", "file_hash": "0",
        "encoding": "utf-8", "delimiter": ",", "records": 1, "counts": "{}",
    },
    "stays": {
        "stay_key": "k", "issuer": "St. Brigid", "patient_class": "inpatient",
        "admitted_on": "2026-11-18", "discharged_on": "2026-11-20", "disposition": "01",
        "arrived_on": "2026-11-20", "patient_id": 1, "link": "linked", "link_reason": "number",
        "run_id": 1,
    },
    "link_decisions": {"stay_id": 1, "patient_id": 1, "person_key": "p", "decision": "is"},
    "contacts": {
        "patient_id": 1, "on_date": "2026-11-21", "at_time": "09:05", "outcome": "no_answer",
        "channel": "phone", "party": "patient", "note": "café",
    },
    "self_reports": {"contact_id": 1, "missed": 2, "days": 7},
    "fills": {
        "patient_id": 1, "drug": "metformin", "filled_on": "2026-11-01", "days_supply": 30,
        "fill_key": "f", "run_id": 1,
    },
}  # fmt: skip


@pytest.fixture
def then(tmp_path: Path) -> Callable[..., Path]:
    """Make a care file by the first steps alone, with these rows of its tables."""

    def made(steps: int, rows: Iterable[tuple[str, dict[str, object]]]) -> Path:
        first = Migrations("caretool")
        for step in migrations.steps._migrations[:steps]:
            first(name=step.name)(step.fn)
        path = tmp_path / "care.db"
        with closing(sqlite3.connect(path)) as connection:
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute(f"PRAGMA application_id = {db.APPLICATION_ID}")
            first.apply(Database(connection, execute_plugins=False))
            connection.execute(f"PRAGMA user_version = {steps}")
            connection.execute(
                "INSERT INTO commands (at_utc, utc_offset, user, command, version)"
                " VALUES ('2026-11-02T13:00:00Z', -300, 'nurse', 'import-discharges', '0.1.0')"
            )
            for table, row in rows:
                names = (*row, "command_id")
                connection.execute(
                    f"INSERT INTO {table} ({', '.join(names)})"
                    f" VALUES ({', '.join('?' * len(names))})",
                    (*row.values(), 1),
                )
            connection.commit()
        return path

    return made


@pytest.fixture
def of_the_first_schema(then: Callable[..., Path]) -> Path:
    """A care file made by the first step alone, with a row in every table."""
    return then(1, FIRST_SCHEMA.items())


def test_a_file_of_the_first_schema_keeps_every_row(
    care: Callable, of_the_first_schema: Path
) -> None:
    path = of_the_first_schema
    tables = [*FIRST_SCHEMA, "commands"]
    columns = {
        table: ", ".join(row[1] for row in ask(path, f"PRAGMA table_info({table})"))
        for table in tables
    }
    before = {table: ask(path, f"SELECT {columns[table]} FROM {table}") for table in tables}
    assert all(before.values()), "every table of the first schema has a row"
    assert ask(path, "PRAGMA user_version") == [(1,)]
    assert care("due-today", code=5).err.endswith("hint: caretool upgrade\n")
    care("upgrade")

    assert ask(path, "PRAGMA user_version") == [(db.SCHEMA_VERSION,)]
    assert ask(path, FILLS) == [(1, 1, "metformin", "", "", "2026-11-01", 30, None, 1, 1, 1)]
    for table in FIRST_SCHEMA.keys() - {"fills"}:
        assert ask(path, f"SELECT {columns[table]} FROM {table}") == before[table], table
    assert ask(path, "SELECT command FROM commands") == [("import-discharges",), ("upgrade",)]
    assert ask(path, "PRAGMA integrity_check") == [("ok",)]
    assert ask(path, "PRAGMA foreign_key_check") == []
    added = ask(
        path,
        "SELECT t.reason, c.on_date, n.number_key FROM tiers t, conditions c, contacts n",
    )
    assert added == [(None, None, None)]


FILLS = """SELECT f.id, patient_id, name, drug_class, atc, filled_on, days_supply, quantity, copy,
    run_id, f.command_id FROM fills f JOIN products p ON p.id = product_id ORDER BY f.id"""
# As schema 3 had them: medicine, class, ATC code, day, days' supply, quantity, copy, key
FILLS_OF_SCHEMA_3 = (
    ("Metformin 500 mg", None, None, "2026-01-05", 30, "60", 1, "1|2026-01-05|30|metformin 500 mg"),
    ("Metformin 500 mg", None, None, "2026-01-05", 30, "60", 2, "1|2026-01-05|30|metformin 500 mg"),
    ("METFORMIN 500 MG", "", None, "2026-01-05", 90, None, 1, "1|2026-01-05|90|metformin 500 mg"),
    ("Metformin 500 mg", "diabetes", None, "2026-02-05", 30, "60", 1,
     "1|2026-02-05|30|metformin 500 mg"),
    ("Lisinopril", "RAS", "C09AA03", "2026-02-05", 30, "1 box", 1, "1|2026-02-05|30|lisinopril"),
)  # fmt: skip


def test_fills_of_the_third_schema_are_the_same_fills_afterwards(
    care: Callable, then: Callable[..., Path], tmp_path: Path
) -> None:
    names = ("drug", "drug_class", "atc", "filled_on", "days_supply", "quantity", "copy",
             "fill_key")  # fmt: skip
    rows = [(table, FIRST_SCHEMA[table]) for table in ("patients", "identifiers", "import_runs")]
    told = [dict(zip(names, fill, strict=True)) for fill in FILLS_OF_SCHEMA_3]
    path = then(3, [*rows, *(("fills", {"patient_id": 1, "run_id": 1, **one}) for one in told)])
    care("upgrade")

    assert ask(path, FILLS) == [
        (number, 1, drug, drug_class or "", atc or "", on, days, quantity, copy, 1, 1)
        for number, (drug, drug_class, atc, on, days, quantity, copy, _) in enumerate(
            FILLS_OF_SCHEMA_3, 1
        )
    ]
    assert ask(path, "PRAGMA foreign_key_check") == []
    # The export from which they came finds all of them again
    export = tmp_path / "fills.csv"
    lines = [f"0042,{drug},{on},{days}" for drug, _, _, on, days, *_ in FILLS_OF_SCHEMA_3]
    export.write_text("\n".join(["MRN,Drug,Fill Date,Days Supply", *lines]), encoding="utf-8")
    (report,) = care("import-fills", export, "--json").data
    assert (report["unchanged"], report["records"]) == (5, 5)


def test_what_the_first_schema_says_means_the_same_afterwards(
    care: Callable, ok: Callable, of_the_first_schema: Path
) -> None:
    care("upgrade")
    # Home since Friday, tried on Saturday: by Tuesday. Depression is on file, and nobody noted
    # since when: it always was, so it counts from the day on which care management began.
    shown = ok("show", "P1")
    assert shown["contacts"][0]["note"] == "café"
    assert shown["medicines"][0]["drug"] == "metformin"
    due = {one["kind"]: (one["target"], one["limit"]) for one in shown["due"]}
    assert due["transition_contact"] == ("2026-11-23", "2026-11-24")
    assert due["depression_contact"] == ("2026-11-16", "2026-11-30")  # 2 and 4 weeks
    (tier,) = {shown["own_tier"]}
    assert tier == "low"


def test_a_condition_without_a_day_is_always_on_file(
    care: Callable, ok: Callable, of_the_first_schema: Path
) -> None:
    care("upgrade")
    today = date(2026, 11, 2)
    with db.reading(of_the_first_schema) as care_file:
        protocols = planning.rules(care_file, today).protocols
        known = facts.patient(care_file, 1, protocols, today)
    assert known.conditions == ((date.min, "depression"),)
    kinds = [one["kind"] for one in ok("why", "P1", "--as-of", "2026-11-02")["items"]]
    assert "depression_contact" in kinds, "on the first day already"
    care("edit-patient", "P1", "--condition", "copd")
    assert ask(of_the_first_schema, "SELECT code, on_date FROM conditions ORDER BY id") == [
        ("depression", None),
        ("copd", "2026-11-23"),
    ]


def test_a_file_of_today_is_left_as_it_is(care: Callable, ok: Callable, file: Path) -> None:
    before = file.read_bytes()

    assert ok("upgrade") == {"schema": db.SCHEMA_VERSION, "backup": None}
    ran = care("upgrade")
    assert (ran.out, ran.err) == ("", "the care file is up to date\n")
    assert file.read_bytes() == before
    assert not (file.parent / "backups").exists()


@pytest.mark.usefixtures("two_steps_on")
def test_an_older_file_is_copied_beside_itself_and_brought_up_to_date(
    care: Callable, file: Path
) -> None:
    ran = care("upgrade")

    (backup,) = (file.parent / "backups").iterdir()
    assert ran.err == (f"the care file was brought up to date; the older one is kept as {backup}\n")
    assert ask(file, "SELECT last_name, pronouns FROM patients") == [("Núñez", "they")]
    assert "pronouns" not in str(ask(backup, "SELECT sql FROM sqlite_master"))
    assert ask(backup, "SELECT last_name FROM patients") == [("Núñez",)]


@pytest.mark.usefixtures("two_steps_on")
def test_the_copy_is_a_care_file_that_the_older_caretool_still_reads(
    ok: Callable, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    backup = Path(ok("upgrade")["backup"])
    monkeypatch.setattr(db, "SCHEMA_VERSION", db.SCHEMA_VERSION - 2)

    assert [one["name"] for one in ok("patients", "--db", backup)] == ["Núñez, Zoë"]
    with backup.open("rb") as opened:
        assert opened.read(15) == b"SQLite format 3"


@pytest.mark.usefixtures("two_steps_on")
def test_it_leaves_its_row_like_every_writing_command(ok: Callable, file: Path) -> None:
    ok("upgrade")
    ok("upgrade")

    commands = ask(file, "SELECT command FROM commands ORDER BY id")
    assert commands == [("add-patient",), ("log-contact",), ("upgrade",)]


def test_what_was_due_is_due_afterwards(
    ok: Callable, file: Path, request: pytest.FixtureRequest
) -> None:
    before = [ok("due-today", "--days", "30"), ok("show", "P1")]
    request.getfixturevalue("two_steps_on")
    ok("upgrade")

    assert before[0]
    assert [ok("due-today", "--days", "30"), ok("show", "P1")] == before


def test_there_must_be_a_file_and_it_must_be_ours(care: Callable, tmp_path: Path) -> None:
    assert care("upgrade", "--json", code=5).document["errors"][0]["code"] == "no-care-file"
    assert list(tmp_path.iterdir()) == []
    (tmp_path / "care.db").write_text("MRN,Name\n", encoding="utf-8")
    assert care("upgrade", "--json", code=5).document["errors"][0]["code"] == "not-a-care-file"
