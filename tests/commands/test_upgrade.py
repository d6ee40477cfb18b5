"""`upgrade`: an older care file is copied, brought up to date, and loses nothing."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from sqlite_utils import Migrations

from caretool import db, migrations

if TYPE_CHECKING:
    from collections.abc import Callable


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


def test_a_file_of_today_is_left_as_it_is(care: Callable, ok: Callable, file: Path) -> None:
    before = file.read_bytes()

    assert ok("upgrade") == {"schema": db.SCHEMA_VERSION, "backup": None}
    ran = care("upgrade")
    assert (ran.out, ran.err) == ("", "the care file is up to date\n")
    assert file.read_bytes() == before
    assert [one.name for one in file.parent.glob("*.bak")] == []


@pytest.mark.usefixtures("two_steps_on")
def test_an_older_file_is_copied_beside_itself_and_brought_up_to_date(
    care: Callable, file: Path
) -> None:
    ran = care("upgrade")

    (backup,) = file.parent.glob("*.bak")
    assert ran.err == (
        f"the care file was brought up to date; the older one is kept as {backup.name}\n"
    )
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
