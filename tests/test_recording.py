"""The history: no change of a row is forgotten, nothing written down can be altered unseen."""

from __future__ import annotations

import hashlib
import json
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING, Any

import pytest

from caretool import asked, db
from caretool.schema import recording
from caretool.store import commands

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


@pytest.fixture
def path(care: Callable, tmp_path: Path) -> Path:
    """A care file with a patient, a contact and a change of tier."""
    care("add-patient", "Núñez, Zoë", "--dob", "1958-03-02", "--on", "-3w")
    care("log-contact", "P1", "--outcome", "no_answer", "--note", 'said "call\n\x1fback" 🙂\u2028')
    care("edit-patient", "P1", "--language", "Español")
    return tmp_path / "care.db"


def ask(path: Path, sql: str, *values: object) -> list[tuple[Any, ...]]:
    with closing(sqlite3.connect(path)) as connection:
        rows = connection.execute(sql, values).fetchall()
        connection.commit()
        return rows


def test_every_table_of_facts_is_recorded_with_all_its_columns(path: Path) -> None:
    triggers = dict(ask(path, "SELECT name, sql FROM sqlite_master WHERE type = 'trigger'"))
    tables = {
        row[0]
        for row in ask(path, "SELECT name FROM sqlite_master WHERE type = 'table'")
        if not row[0].startswith(("sqlite_", "_")) and row[0] not in recording.HISTORY
    }
    assert tables == set(commands.NOUNS), "each has a word for people"
    for table in tables:
        columns = [row[1] for row in ask(path, f"PRAGMA table_info({table})")]
        assert columns[0] == "id"
        for column in columns:
            assert f"NEW.{column}" in triggers[f"{table}_added"], (table, column)
            assert f"OLD.{column}" in triggers[f"{table}_changed"], (table, column)
            assert f"NEW.{column}" in triggers[f"{table}_changed"], (table, column)
            assert f"OLD.{column}" in triggers[f"{table}_removed"], (table, column)


def test_a_change_is_kept_as_the_row_was_and_as_it_became(path: Path) -> None:
    (change,) = ask(
        path,
        "SELECT h.tbl, h.row_id, h.before, h.after FROM changes h JOIN commands c"
        " ON h.id BETWEEN c.first_change AND c.last_change WHERE c.command = 'edit-patient'",
    )
    before, after = json.loads(change[2]), json.loads(change[3])
    names = [row[1] for row in ask(path, "PRAGMA table_info(patients)")]

    assert change[:2] == ("patients", 1)
    differ = [name for name, a, b in zip(names, before, after, strict=True) if a != b]
    assert differ == ["language"]
    assert (before[names.index("language")], after[names.index("language")]) == (None, "Español")
    assert after == list(ask(path, "SELECT * FROM patients")[0])


def test_hostile_text_comes_back_from_its_image_as_it_was(path: Path) -> None:
    (image,) = ask(path, "SELECT after FROM changes WHERE tbl = 'contacts'")
    with closing(sqlite3.connect(path)) as connection:
        shape = recording.shape(connection.execute, "contacts")
    assert tuple(shape.values(image[0])) == ask(path, "SELECT * FROM contacts")[0]


def test_an_update_that_changes_nothing_leaves_no_change(path: Path) -> None:
    before = ask(path, "SELECT count(*) FROM changes")
    ask(path, "UPDATE patients SET language = language")
    assert ask(path, "SELECT count(*) FROM changes") == before


def test_a_row_that_another_replaces_is_kept(path: Path) -> None:
    with db.writing(path, "test", "nurse") as care_file:
        care_file.execute("INSERT OR REPLACE INTO tiers VALUES (1, 1, '2026-11-02', 'low', 1, '')")
    kinds = ask(
        path,
        "SELECT before IS NULL, after IS NULL FROM changes WHERE tbl = 'tiers' ORDER BY id DESC"
        " LIMIT 2",
    )
    assert kinds == [(1, 0), (0, 1)]


@pytest.mark.parametrize("table", recording.HISTORY)
@pytest.mark.parametrize("change", ["DELETE FROM {}", "UPDATE {} SET id = id + 100"])
def test_the_history_is_only_added_to(change: str, table: str, care: Callable, path: Path) -> None:
    care("due-today")
    with pytest.raises(sqlite3.IntegrityError, match="only ever added to"):
        ask(path, change.format(table))


def test_each_seal_is_over_the_seal_before_the_command_and_its_changes(path: Path) -> None:
    """Worked out here anew, from what the file says."""
    before = ""
    columns = "id, at_utc, utc_offset, user, command, version, asked, undoes, first_change,"
    for *own, seal in ask(path, f"SELECT {columns} last_change, seal FROM commands ORDER BY id"):
        text = "\n".join(
            f"{number} {table} {row}\n{was or ''}\n{became or ''}"
            for number, table, row, was, became in ask(
                path, "SELECT * FROM changes WHERE id BETWEEN ? AND ? ORDER BY id", *own[-2:]
            )
        )
        digest = hashlib.sha256(f"{text}\n".encode()).hexdigest()
        whole = json.dumps([before, *own, digest], ensure_ascii=False)
        before = hashlib.sha256(whole.encode()).hexdigest()
        assert seal == before


def test_a_seal_over_thousands_of_changes_is_the_same_twice_and_differs_by_one(
    care: Callable, path: Path, tmp_path: Path
) -> None:
    rows = "".join(f'"Surname{n:05}, Given",1950-01-01,M{n}\n' for n in range(1200))
    (tmp_path / "crowd.csv").write_text("Name,DOB,MRN\n" + rows, encoding="utf-8")
    care("import-patients", tmp_path / "crowd.csv")
    with closing(sqlite3.connect(path)) as connection:
        connection.row_factory = sqlite3.Row
        (*_, earlier, last) = connection.execute("SELECT * FROM commands ORDER BY id").fetchall()
        assert last["last_change"] - last["first_change"] > 2400
        assert recording.seal(connection.execute, earlier["seal"], dict(last)) == last["seal"]
        connection.execute("DROP TRIGGER changes_unalterable")
        middle = last["first_change"] + 1500
        connection.execute("UPDATE changes SET row_id = row_id + 1 WHERE id = ?", (middle,))
        assert recording.seal(connection.execute, earlier["seal"], dict(last)) != last["seal"]
        connection.rollback()


def test_an_upgrade_takes_every_row_that_is_there_into_the_history(
    care: Callable, path: Path
) -> None:
    """As if the file came from before the history."""
    with closing(sqlite3.connect(path)) as connection:
        for statement in recording.without_triggers(connection.execute):
            connection.execute(statement)
        connection.execute("DELETE FROM changes")
        for statement in recording.triggers(connection.execute):
            connection.execute(statement)
        connection.commit()
    with db.writing(path, "test", "nurse") as care_file:
        recording.record_all(care_file.stream)
    rows = ask(path, "SELECT tbl, row_id FROM changes ORDER BY id")
    assert sorted(rows) == [("contacts", 1), ("patients", 1), ("statuses", 1), ("tiers", 1)]


# what was typed


@pytest.mark.parametrize(
    ("words", "kept"),
    [
        (["log-contact", "P1", "--outcome", "no_answer", "--note", "harmonica"],
         "P1 --outcome no_answer --note …"),
        (["log-contact", "Núñez", "--outcome", "no_answer", "--on", "yesterday"],
         "… --outcome no_answer --on yesterday"),
        (["log-contact", "p1", "--outcome", "no_answer", "--minutes", "5", "--inbound"],
         "p1 --outcome no_answer --minutes 5 --inbound"),
        (["edit-patient", "P1", "--name", "Quackenbush, Zephyrina", "--dob", "1931-07-19"],
         "P1 --name … --dob …"),
        (["edit-patient", "P1", "--mrn", "4711", "--zip", "90317", "--phone", "4235550177"],
         "P1 --mrn … --phone … --zip …"),
        (["edit-patient", "P1", "--tier", "high", "--condition", "copd", "--condition", "ckd"],
         "P1 --tier high --condition copd --condition ckd"),
        (["hold", "P1", "--until", "2026-12-04", "--why", "4235550177"],
         "P1 --until 2026-12-04 --why …"),
        (["add-medication", "P1", "metformin", "--dose", "10"], "P1 … --dose …"),
    ],
)  # fmt: skip
def test_what_was_typed_is_kept_without_names_and_free_text(
    words: list[str], kept: str, care: Callable, path: Path
) -> None:
    care(*words)
    (found,) = ask(path, "SELECT asked FROM commands ORDER BY id DESC LIMIT 1")
    assert sorted(found[0].split()) == sorted(kept.split())
    assert asked.LEFT_OUT == "…"
