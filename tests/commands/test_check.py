"""`check`: each fault is made past caretool and found; where there is none, none is found."""

from __future__ import annotations

import os
import random
import re
import shutil
import sqlite3
import sys
from contextlib import closing
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import typer

from caretool import cli, dates, db, making
from tests import encrypted_files, random_people

if TYPE_CHECKING:
    from collections.abc import Callable

POSIX = pytest.mark.skipif(os.name == "nt", reason="modes of POSIX")
STAYS = """Patient Name,DOB,Discharge Date,Disposition,MRN
"Rivera, Ana",1958-03-02,2026-11-20,Home,H1
"Lane, Cy",1939-04-05,2026-11-13,Home,H3
"""
FILLS = "MRN,Drug,Fill Date,Days Supply\nA1,metformin,2026-11-01,30\n"


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small practice without a fault: Ana with stay, fill and medicine; Tom; Cy, closed."""
    folder = tmp_path_factory.mktemp("check")
    (folder / "stays.csv").write_text(STAYS, encoding="utf-8")
    (folder / "fills.csv").write_text(FILLS, encoding="utf-8")
    at = str(folder)
    program = typer.main.get_command(cli.app)
    ana = ["add-patient", "Rivera, Ana", "--dob", "1958-03-02", "--mrn", "A1"]
    tom = ["add-patient", "Hill, Tom", "--dob", "1944-11-30", "--phone", "423-555-0143"]
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CARETOOL_DB", str(folder / "care.db"))
        patch.setenv("CARETOOL_TODAY", "2026-11-23")
        for words in (
            [*ana, "--phone", "423-555-0142", "--tier", "high", "--on", "-1w"],
            [*tom, "--on", "-1w"],
            ["add-patient", "Lane, Cy", "--dob", "1939-04-05", "--roster-only"],
            ["import-discharges", f"{at}/stays.csv"],
            ["import-fills", f"{at}/fills.csv", "--source", "practice"],
            ["add-medication", "P1", "metformin", "--on", "-1w"],
            ["log-contact", "P1", "--outcome", "reached_patient", "--note", "slept well"],
            ["edit-patient", "P3", "--status", "closed", "--reason", "moved"],
            ["log-contact", "P2", "--outcome", "no_answer"],
        ):
            assert program.main([*words, "--quiet"], standalone_mode=False) == 0, words
    shutil.rmtree(folder / "backups", ignore_errors=True)
    return folder


@pytest.fixture
def path(template: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("COLUMNS", "80")
    shutil.copy(template / "care.db", tmp_path)
    return tmp_path / "care.db"


def spoil(path: Path, *statements: str, triggers: bool = False) -> None:
    """Change the file past caretool; unless said, its triggers see nothing of it and stay."""
    with closing(sqlite3.connect(path)) as file:
        made = file.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'").fetchall()
        if not triggers:
            for name, _ in made:
                file.execute(f"DROP TRIGGER {name}")
        for statement in statements:
            file.execute(statement)
        if not triggers:
            for _, sql in made:
                file.execute(sql)
        file.commit()


@pytest.fixture
def found(care: Callable) -> Callable[..., list[tuple[str, str, str | None, str]]]:
    """What check finds: severity, kind, patient, what; with the exit code that goes with it."""

    def run(*words: str) -> list[tuple[str, str, str | None, str]]:
        rows = []
        for code in (0, 4, 5):
            try:
                ran = care("check", "--json", *words, code=code)
            except AssertionError:
                if code == 5:
                    raise
                continue
            rows = ran.data
            severities = {row["severity"] for row in rows}
            assert code == (5 if "damage" in severities else 4 if rows else 0)
            assert [error["code"] for error in ran.document["errors"]] == ["damaged"] * (code == 5)
            break
        assert all(row["fix"] for row in rows)
        order = [("damage", "risk", "care").index(row["severity"]) for row in rows]
        assert order == sorted(order)
        return [(row["severity"], row["kind"], row["patient"], row["what"]) for row in rows]

    return run


def test_a_practice_without_a_fault_has_none_and_stays_as_it_is(
    care: Callable, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = path.read_bytes()
    ran = care("check")
    assert (ran.out, ran.err) == ("", "")
    assert care("check", "--json").data == []
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    assert care("check").out == "Nothing is wrong.\n"
    assert path.read_bytes() == before


def test_the_demo_has_only_what_its_care_wants(care: Callable, tmp_path: Path) -> None:
    care("demo", "--to", tmp_path / "d", "--quiet")
    rows = care("check", "--db", tmp_path / "d" / "care.db", "--json", code=4).data
    assert {(row["severity"], row["kind"]) for row in rows} == {("care", "limit")}
    late = {
        row["patient"]
        for row in care("due-today", "--db", tmp_path / "d" / "care.db", "--json").data
        if any(item["state"] == "late-open" for item in row["items"])
    }
    assert {row["patient"] for row in rows} == late


def test_random_histories_are_whole(care: Callable, tmp_path: Path) -> None:
    path = tmp_path / "random.db"
    drawn = random.Random(6)  # noqa: S311
    for _ in range(3):
        with db.writing(path, "test", "me", create=True) as care_file:
            for _ in range(8):
                random_people.add_person(care_file, random_people.random_person(drawn, 150))
    rows = care("check", "--db", path, "--file-only", "--json").data
    assert rows == []
    rows = care("check", "--db", path, "--json", "--as-of", "2026-11-23", code=4).data
    assert {row["severity"] for row in rows} == {"care"}


# the history and the rows


def test_one_byte_of_a_value_that_was_flipped_is_found(path: Path, found: Callable) -> None:
    data = bytearray(path.read_bytes())
    places = [one.start() for one in re.finditer(b"slept well", data)]
    assert len(places) == 2, "the row, and its image in the history"
    for place in places:
        flipped = bytearray(data)
        flipped[place] ^= 0x01
        path.write_bytes(flipped)
        rows = found()
        assert ("damage", "contents", None, "changed outside caretool: contacts, id 1") in rows
        assert "slept" not in str(rows)
    flipped[place] = 0xFF  # which is no UTF-8
    path.write_bytes(flipped)
    assert ("damage", "contents", None, "changed outside caretool: contacts, id 1") in found()


CHANGED = "changed outside caretool: "
OUTSIDE: dict[str, tuple[list[str], set[tuple[str, str]]]] = {
    "a value": (
        ["UPDATE patients SET birth_date = '1958-03-03' WHERE id = 1"],
        {("contents", f"{CHANGED}patients, id 1")},
    ),
    "a value that was nothing": (
        ["UPDATE contacts SET minutes = 0 WHERE id = 1"],
        {("contents", f"{CHANGED}contacts, id 1")},
    ),
    "a row more": (
        [
            "INSERT INTO conditions (id, patient_id, code, command_id) VALUES (9, 1, 'copd', 1)",
        ],
        {("contents", f"{CHANGED}conditions, id 9, which the history does not know")},
    ),
    "a row less": (
        ["DELETE FROM contacts WHERE id = 2"],
        {("contents", f"{CHANGED}contacts, id 2, which is gone")},
    ),
    "a command altered": (
        ["UPDATE commands SET user = 'nobody' WHERE id = 2"],
        {("chain", "H2 and its changes do not fit its seal")},
    ),
    "a seal altered": (
        ["UPDATE commands SET seal = 'ab' WHERE id = 8"],
        {
            ("chain", "H8 and its changes do not fit its seal"),
            ("chain", "H9 and its changes do not fit its seal"),
        },
    ),
    "a seal removed": (
        ["UPDATE commands SET seal = NULL WHERE id = 9"],
        {("chain", "H9 and its changes do not fit its seal")},
    ),
    "the last command cut off": (
        [
            "DELETE FROM contacts WHERE command_id = 9",
            "DELETE FROM changes WHERE id >= (SELECT first_change FROM commands WHERE id = 9)",
            "DELETE FROM commands WHERE id = 9",
        ],
        {("chain", "H9 is missing")},
    ),
    "two commands cut out": (
        [
            "DELETE FROM changes WHERE id BETWEEN (SELECT first_change FROM commands WHERE id = 7)"
            " AND (SELECT last_change FROM commands WHERE id = 8)",
            "DELETE FROM contacts WHERE command_id = 7",
            "DELETE FROM statuses WHERE command_id = 8",
            "DELETE FROM commands WHERE id IN (7, 8)",
        ],
        {
            ("chain", "H7 to H8 are missing"),
            ("chain", "the changes of H9 do not follow those before"),
            ("chain", "H9 and its changes do not fit its seal"),
            ("chain", "changes are missing, or stand outside every command"),
        },
    ),
    "a change outside every command": (
        ["INSERT INTO changes (tbl, row_id, before) SELECT 'tiers', 99, '[]'"],
        {("chain", "changes are missing, or stand outside every command")},
    ),
    "a range that is none": (
        ["UPDATE commands SET last_change = NULL WHERE id = 9"],
        {
            ("chain", "the changes of H9 do not follow those before"),
            ("chain", "H9 and its changes do not fit its seal"),
        },
    ),
    "a table that is gone": (
        ["DROP TABLE tiers"],
        {
            ("contents", "the table 'tiers' of the history is missing"),
            ("tables", "the table 'tiers' is not as caretool made it"),
            ("tables", "the index 'tiers_by_patient' is not as caretool made it"),
        },
    ),
    "an index that is gone": (
        ["DROP INDEX tiers_by_patient"],
        {("tables", "the index 'tiers_by_patient' is not as caretool made it")},
    ),
    "a table more": (
        ["CREATE VIEW mine AS SELECT 1"],
        {("tables", "the view 'mine' is not as caretool made it")},
    ),
    "a reference to nobody": (
        ["UPDATE contacts SET patient_id = 77 WHERE id = 2"],
        {("references", "contacts, id 2 refers to a row of patients that is not there")},
    ),
}


@pytest.mark.parametrize("what", OUTSIDE)
def test_what_was_changed_outside_is_found_with_table_and_id(
    what: str, path: Path, found: Callable
) -> None:
    statements, wanted = OUTSIDE[what]
    spoil(path, *statements, triggers=what == "a table that is gone")
    assert {(kind, words) for severity, kind, _, words in found() if severity == "damage"} == wanted


@pytest.mark.parametrize(
    "statement",
    [
        "DROP TRIGGER contacts_added",
        "DROP TRIGGER changes_kept",
        "CREATE TRIGGER mine AFTER INSERT ON contacts BEGIN SELECT 1; END",
    ],
)
def test_a_trigger_less_or_more_is_found(statement: str, path: Path, found: Callable) -> None:
    spoil(path, statement, triggers=True)
    ((severity, kind, _, _),) = found("--file-only")
    assert (severity, kind) == ("damage", "triggers")


def test_many_rows_changed_outside_are_counted_and_some_named(path: Path, found: Callable) -> None:
    numbers = ", ".join(f"(1, 'code{n}', 1)" for n in range(50))
    spoil(path, f"INSERT INTO conditions (patient_id, code, command_id) VALUES {numbers}")
    rows = found()
    assert len(rows) == 21
    assert rows[-1][3] == "and 30 more of this kind"


def test_an_image_that_another_sqlite_wrote_otherwise_is_the_same(
    path: Path, found: Callable
) -> None:
    """1.0 and 1.00, é and its escape are one value."""
    spoil(
        path, "UPDATE changes SET after = replace(after, 'Rivera', '\\u0052ivera') WHERE row_id = 1"
    )
    assert {row[1] for row in found("--file-only")} == {"chain"}, "the seal tells, not the contents"


def test_rows_from_before_the_history_are_judged_from_the_upgrade_on(
    care: Callable, found: Callable, path: Path
) -> None:
    """A file of schema 4 is brought up to date, which writes down every row as it was then."""
    spoil(
        path, "DELETE FROM changes", "UPDATE commands SET first_change = NULL, last_change = NULL"
    )
    with closing(sqlite3.connect(path)) as file:
        from caretool import audit
        from caretool.care_file import CareFile
        from caretool.schema import recording

        for name in ("commands_unalterable", "commands_kept"):
            file.execute(f"DROP TRIGGER {name}")
        recording.seal_older(file.execute)
        for guard in recording.guards("commands"):
            file.execute(guard)
        audit.note_upgrade(CareFile(file, path), "me")
        file.commit()
    assert found("--file-only") == []
    care("log-contact", "P2", "--outcome", "no_answer")
    assert found("--file-only") == []
    spoil(path, "UPDATE phones SET place = 5 WHERE id = 1")
    assert [row[3] for row in found()] == [f"{CHANGED}phones, id 1"]


# SQLite's own


def test_a_damaged_page_is_found_or_told_as_by_every_command(care: Callable, path: Path) -> None:
    """A whole page of zeros: either the file opens and check says so, or it is one line, exit 5."""
    data = path.read_bytes()
    size = 4096
    for page in range(1, len(data) // size, 7):
        path.write_bytes(data[: page * size] + bytes(size) + data[(page + 1) * size :])
        ran = care("check", "--json", code=5)
        assert ran.document["errors"][0]["code"] in {"damaged", "not-a-care-file"}
        if ran.data is not None:
            assert {row["severity"] for row in ran.data} == {"damage"}


def test_an_index_that_differs_from_its_table_is_found(path: Path, found: Callable) -> None:
    with closing(sqlite3.connect(path)) as file:
        file.execute("PRAGMA writable_schema = ON")
        file.execute("UPDATE sqlite_master SET sql = replace(sql, 'zip', 'sex') WHERE name = 'x'")
        (root,) = file.execute(
            "SELECT rootpage FROM sqlite_master WHERE name = 'patients_by_birth_date'"
        ).fetchone()
        file.execute(
            "UPDATE sqlite_master SET rootpage = (SELECT rootpage FROM sqlite_master"
            " WHERE name = 'fills_by_patient') WHERE name = 'patients_by_birth_date'"
        )
        file.commit()
    assert root
    rows = found()
    assert {row[:2] for row in rows} == {("damage", "integrity")}
    assert "1958-03-02" not in str(rows)


def test_an_older_file_is_to_be_upgraded(path: Path, found: Callable) -> None:
    with closing(sqlite3.connect(path)) as file:
        file.execute("PRAGMA user_version = 4")
    ((severity, kind, _, what),) = found()
    assert (severity, kind) == ("risk", "schema")
    assert what == f"schema 4; this caretool keeps schema {db.SCHEMA_VERSION}"


def test_an_encrypted_file_is_checked_too(
    care: Callable, path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    secret = tmp_path / "secret"
    secret.write_text(encrypted_files.SECRET)
    monkeypatch.setenv("CARETOOL_PASSPHRASE_COMMAND", f"cat {secret}")
    locked = tmp_path / "locked.db"
    encrypted_files.encrypted_copy(path, locked)
    assert care("check", "--db", locked, "--json").data == []

    folder = tmp_path / "backups"
    folder.mkdir(mode=0o700)
    shutil.copy(path, folder / "locked-20261120T081500.db")
    (row,) = care("check", "--db", locked, "--json", code=4).data
    assert (row["severity"], row["kind"]) == ("risk", "plain-backup")

    data = bytearray(locked.read_bytes())
    data[-100] ^= 0x01
    locked.write_bytes(data)
    ran = care("check", "--db", locked, "--json", code=5)
    assert [error["code"] for error in ran.document["errors"]] == ["damaged"], ran.out


# around the file


@POSIX
def test_what_others_may_read_or_replace_is_found(path: Path, found: Callable) -> None:
    seen, _ = making.reads_aside(path)
    seen.write_text("", encoding="utf-8")
    seen.chmod(0o640)
    path.chmod(0o644)
    path.parent.chmod(0o770)
    folder = path.parent / "backups"
    folder.mkdir()
    folder.chmod(0o722)
    (folder / "care-20261122T081500.db").write_bytes(path.read_bytes())
    (folder / "care-20261122T081500.db").chmod(0o604)
    whats = [row[3] for row in found("--file-only")]
    path.parent.chmod(0o700)
    assert whats == [
        "care.db is open to other accounts (mode 0644)",
        "care.db.seen is open to other accounts (mode 0640)",
        "care-20261122T081500.db is open to other accounts (mode 0604)",
        f"other accounts may replace files in the folder {path.parent.name} (mode 0770)",
        "other accounts may replace files in the folder backups (mode 0722)",
    ]
    path.parent.chmod(0o1777)
    assert path.parent.name not in str([row[3] for row in found("--file-only")])
    path.parent.chmod(0o700)


def test_a_week_without_a_backup_is_found(path: Path, found: Callable) -> None:
    long_ago = "UPDATE commands SET at_utc = '2020-01-01T08:00:00Z' WHERE id = 1"
    spoil(path, long_ago)
    assert [row[1] for row in found("--file-only")] == ["chain"], "damage comes first"
    (path.parent / "backups").mkdir(mode=0o700)
    copy = path.parent / "backups" / "care-20261101T081500.db"
    shutil.copy(path, copy)
    old = path.stat().st_mtime - 8 * 86_400 - 60
    os.utime(copy, (old, old))
    assert ("risk", "backup", None, "the last backup is 8 days old") in found("--file-only")
    os.utime(copy)
    assert "backup" not in {row[1] for row in found("--file-only")}


def test_a_file_of_more_than_a_week_needs_its_first_backup(
    care: Callable, tmp_path: Path, found: Callable, monkeypatch: pytest.MonkeyPatch
) -> None:
    from caretool import dates

    now = dates.now()
    monkeypatch.setattr(dates, "now", lambda: now - timedelta(days=8))
    care("add-patient", "Hill, Tom", "--dob", "1944-11-30", "--roster-only")
    monkeypatch.setattr(dates, "now", lambda: now)
    assert found() == [("risk", "backup", None, "no backup in the folder backups beside care.db")]


def test_the_clock_behind_the_last_entry_is_found(
    path: Path, found: Callable, monkeypatch: pytest.MonkeyPatch
) -> None:
    from caretool import dates

    now = dates.now()
    monkeypatch.setattr(dates, "now", lambda: now - timedelta(days=3))
    ((severity, kind, _, what),) = found("--file-only")
    assert (severity, kind) == ("risk", "clock")
    assert re.fullmatch(r"the clock stands \d days before the entry H\d", what)


def test_what_a_dead_command_left_behind_is_found(path: Path, found: Callable) -> None:
    left = [path.with_name("care.db.new"), making.reads_aside(path)[1]]
    for one in left:
        one.touch(mode=0o600)
    assert found("--file-only") == [], "somebody may still be at work on it"
    old = path.stat().st_mtime - 2 * 3600
    for one in left:
        os.utime(one, (old, old))
    words = "was left behind by a command that did not end"
    assert [row[1:] for row in found("--file-only")] == [
        ("leftover", None, f"care.db.new {words}"),
        ("leftover", None, f"care.db.seen.taken {words}"),
    ]


# the care


CARE: dict[str, tuple[list[list[str]], tuple[str, str | None, str]]] = {
    "no phone": (
        [["add-patient", "New, Nell", "--dob", "1950-01-01"]],
        ("no_phone", "P4", "active, without a phone number that works"),
    ),
    "a number that proved wrong": (
        [["log-contact", "P2", "--outcome", "wrong_number"]],
        ("no_phone", "P2", "active, without a phone number that works"),
    ),
    "registered twice": (
        [["add-patient", "Hill, Tom", "--dob", "1944-11-30", "--roster-only", "--anyway"]],
        ("duplicate", "P2", "P2 and P4 look like one person"),
    ),
    "discharged after closing": (
        [
            ["add-patient", "Poe, Pat", "--dob", "1940-05-05", "--roster-only", "--on", "-5w"],
            ["edit-patient", "P4", "--status", "closed", "--reason", "moved", "--on", "-5w"],
            ["import-discharges", "poe.csv"],
        ],
        ("closed", "P4", "closed, and discharged since (D3)"),
    ),
    "closed with an appointment": (
        [
            ["appointment", "P2", "2026-12-03"],
            ["edit-patient", "P2", "--status", "closed", "--reason", "moved"],
        ],
        ("closed", "P2", "closed, with an appointment on Thu 3 Dec"),
    ),
}


@pytest.mark.parametrize("what", CARE)
def test_what_of_the_care_wants_mending_is_found(
    what: str, care: Callable, path: Path, found: Callable, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(path.parent)
    Path("poe.csv").write_text(
        'Patient Name,DOB,Discharge Date,Disposition\n"Poe, Pat",1940-05-05,2026-11-20,Home\n'
    )
    commands, wanted = CARE[what]
    for words in commands:
        care(*words)
    assert ("care", *wanted) in found()
    assert {row[1] for row in found("--file-only")} == set()


def test_items_past_their_limit_are_found_one_line_a_patient(
    care: Callable, path: Path, found: Callable
) -> None:
    """Ana left hospital on 20 November, high tier: visit within 7 days, reconciliation in time."""
    rows = [row for row in found("--as-of", "2026-11-28") if row[1] == "limit"]
    ((_, _, patient, what),) = rows
    assert patient == "P1"
    assert what.startswith("visit is past its limit, Fri 27 Nov")
    late = care("due-today", "--as-of", "2026-11-28", "--json").data[0]["items"]
    more = sum(item["state"] == "late-open" for item in late) - 1
    assert what.endswith(f", and {more} more" if more else "27 Nov")


def test_a_stay_that_waits_for_review_for_more_than_two_days_is_found(
    care: Callable, path: Path, found: Callable, tmp_path: Path
) -> None:
    (tmp_path / "late.csv").write_text(
        'Patient Name,DOB,Discharge Date,Disposition\n"Rivera, Ana",1958-02-03,2026-11-20,Home\n'
    )
    care("import-discharges", tmp_path / "late.csv")
    assert "review" not in {row[1] for row in found("--as-of", "2026-11-25")}
    rows = found("--as-of", "2026-11-26")
    assert ("care", "review", None, "D3 waits for review since Mon 23 Nov") in rows


def test_a_hold_that_ended_long_ago_without_a_try_since_is_found(
    care: Callable, path: Path, found: Callable
) -> None:
    care("hold", "P2", "--until", "2026-12-04", "--why", "travels")
    assert "hold" not in {row[1] for row in found("--as-of", "2027-01-02")}
    told = ("care", "hold", "P2", "the hold ended Fri 4 Dec 2026, not tried since")
    assert told in found("--as-of", "2027-01-03")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CARETOOL_TODAY", "2026-12-10")
        care("log-contact", "P2", "--outcome", "no_answer")
    assert "hold" not in {row[1] for row in found("--as-of", "2027-01-03")}


def test_an_active_patient_without_a_next_date_is_found(
    care: Callable, path: Path, found: Callable
) -> None:
    rules = 'version = "1"\n[[protocol]]\nname = "routine"\nstatuses = ["on_hold"]\n'
    (path.parent / "protocols.toml").write_text(rules, encoding="utf-8")
    assert ("care", "no_date", "P2", "active, without a next date") in found()


IMPOSSIBLE = {
    "a stay that ends before it begins": (
        "UPDATE stays SET admitted_on = '2026-11-21' WHERE id = 1",
        "P1", "D1 ends 2026-11-20, before it begins",
    ),
    "a medicine stopped before it was started": (
        "UPDATE medications SET started_on = '2026-11-20', stopped_on = '2026-11-18',"
        " stop_reason = 'x', stopped_by = 1 WHERE id = 1",
        "P1", "M1 stopped 2026-11-18, before it was started",
    ),
    "a contact before birth": (
        "UPDATE contacts SET on_date = '1930-01-01' WHERE id = 2",
        "P2", "C2 is dated 1930-01-01, before birth",
    ),
    "a stay before birth": (
        "UPDATE stays SET discharged_on = '1930-01-01' WHERE id = 1",
        "P1", "D1 begins before birth",
    ),
    "a fill before birth": (
        "UPDATE fills SET filled_on = '1930-01-01' WHERE id = 1",
        "P1", "a fill is dated 1930-01-01, before birth",
    ),
    "a fill to come": (
        "UPDATE fills SET filled_on = '2026-11-24' WHERE id = 1",
        "P1", "a fill is dated 2026-11-24, after today",
    ),
    "a contact to come": (
        "UPDATE contacts SET on_date = '2026-11-24' WHERE id = 2",
        "P2", "C2 is dated 2026-11-24, after today",
    ),
    "a birth to come": (
        "UPDATE patients SET birth_date = '2026-11-24' WHERE id = 2",
        "P2", "P2 is born after today",
    ),
    "a tier to come": (
        "UPDATE tiers SET on_date = '2026-11-24' WHERE id = 1",
        "P1", "a tier is dated 2026-11-24, after today",
    ),
    "a fill after death": (
        "UPDATE stays SET died_on = '2026-10-31' WHERE id = 1",
        "P1", "a fill of 2026-11-01 is after the death of 2026-10-31",
    ),
    "a talk after death": (
        "UPDATE stays SET disposition = '20', discharged_on = '2026-11-22' WHERE id = 1",
        "P1", "C1 with the patient is dated after the death of 2026-11-22",
    ),
    "a stay after death": (
        "UPDATE contacts SET patient_id = 1, outcome = 'deceased', on_date = '2026-11-19'"
        " WHERE id = 2",
        "P1", "D1 begins after the death of 2026-11-19",
    ),
}  # fmt: skip


@pytest.mark.parametrize("what", IMPOSSIBLE)
def test_dates_that_cannot_be_are_found(
    what: str, path: Path, found: Callable, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The triggers see the change, sealed as a command's own: only the care is wrong."""
    monkeypatch.setattr(dates, "now", lambda: datetime(2026, 11, 23, 12, tzinfo=UTC))
    statement, patient, words = IMPOSSIBLE[what]
    with db.writing(path, "test", "me") as care_file:
        care_file.execute(statement)
    rows = [row for row in found() if row[1] != "clock"]  # the file was made by the real one
    assert {row[0] for row in rows} == {"care"}
    assert ("care", "dates", patient, words) in rows


def test_rules_and_layouts_that_cannot_be_read_are_found(
    care: Callable, path: Path, found: Callable
) -> None:
    (path.parent / "protocols.toml").write_text("version = \n", encoding="utf-8")
    with db.writing(path, "test", "me") as care_file:
        care_file.execute("UPDATE layouts SET content = 'columns = ' || char(10)")
    rows = found()
    assert {row[1] for row in rows} == {"rules", "layout"}
    assert "until then the built-in rules hold" in care("check", "--plain", code=4).out


# how it looks


def test_the_page_fits_a_terminal_of_80_columns_gravest_first(
    care: Callable, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    care("log-contact", "P2", "--outcome", "wrong_number")
    path.chmod(0o644)
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    ran = care("check", code=4)
    lines = re.sub(r"\x1b\[[0-9;]*m", "", ran.out).splitlines()
    assert max(map(len, lines)) <= 80
    heads = [line for line in lines if line.startswith(("Risk", "Care"))]
    assert heads == ["Risk: the file is whole, its safety is not", "Care"]
    assert ran.err == "2 found: 1 risk, 1 care\n"


def test_damage_is_said_as_an_error_too_and_the_care_is_left_out(
    care: Callable, path: Path
) -> None:
    spoil(path, "UPDATE patients SET birth_date = '1958-03-03' WHERE id = 1")
    ran = care("check", code=5)
    assert ran.out == (
        "damage\tcontents\t\tchanged outside caretool: patients, id 1\tcaretool restore BACKUP\n"
    )
    assert ran.err.startswith(f"error: {path} is damaged or was changed outside caretool\nhint: ")


def test_findings_name_nobody_and_are_recorded_as_seen(care: Callable, path: Path) -> None:
    care("log-contact", "P2", "--outcome", "wrong_number")
    out = care("check", "--json", code=4).out
    assert not any(name in out for name in ("Hill", "Tom", "1944", "555"))
    with closing(sqlite3.connect(path)) as file:
        kept = file.execute("SELECT command, patients FROM shown").fetchall()
    assert kept == [("check", "[2]")]


def test_a_missing_or_foreign_file_is_told_as_by_every_command(
    care: Callable, tmp_path: Path
) -> None:
    assert "no care file at" in care("check", code=5).err
    (tmp_path / "care.db").write_text("text")
    assert "is not a care file" in care("check", code=5).err
    assert date(2026, 11, 23).isoformat() == care("check", "--json", code=5).document["as_of"]


def test_a_day_set_in_the_past_makes_no_fact_one_of_the_future(
    care: Callable, monkeypatch: pytest.MonkeyPatch
) -> None:
    care("add-patient", "Rivera, Ana", "--dob", "1958-03-02", "--phone", "4235550142")
    care("log-contact", "P1", "--outcome", "no_answer")
    monkeypatch.setenv("CARETOOL_TODAY", "2026-10-01")
    assert "after today" not in care("check", code=None).out
