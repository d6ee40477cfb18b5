"""The care file: private, checked, all or nothing, and never harmed by what goes wrong."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import sqlite3
import stat
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from sqlite_utils import Migrations

from caretool import __version__, app, db, making, migrations

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

POSIX = pytest.mark.skipif(os.name == "nt", reason="modes and signals of POSIX")
ADD = ("add-patient", "Rivera, Ana", "--dob", "1958-03-02", "--on", "-3w")
LOG = ("log-contact", "P1", "--outcome", "no_answer")
LINES = "due-today", "why P1", "patients ana", "show P1", "adherence", "review"
READING = {line.split()[0]: tuple(line.split()) for line in LINES}
SHOWS_NOBODY = ("adherence", "review")  # on a file without fills and stays


pytestmark = pytest.mark.usefixtures("made_anew")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where the care file of this test lies."""
    return tmp_path / "care.db"


@pytest.fixture
def filled(care: Callable, path: Path) -> Path:
    """A care file with one patient and one contact."""
    care(*ADD)
    care(*LOG)
    return path


def raw(path: Path, sql: str) -> list[Any]:
    """Ask the file itself, past caretool."""
    connection = sqlite3.connect(path)
    try:
        with connection:
            return connection.execute(sql).fetchall()
    finally:
        connection.close()


def everything(path: Path) -> list[str]:
    """All that the file says, as SQL."""
    connection = sqlite3.connect(path)
    try:
        return list(connection.iterdump())
    finally:
        connection.close()


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


# a new file


@POSIX
@pytest.mark.parametrize("umask", [0o000, 0o022, 0o077, 0o177, 0o777], ids=oct)
def test_a_new_file_and_its_side_files_are_for_the_owner_alone_whatever_the_umask(
    umask: int, path: Path
) -> None:
    seen: dict[str, int] = {}
    before = os.umask(umask)
    try:
        for opened in (
            db.writing(path, "add-patient", "me", create=True),
            db.writing(path, "log-contact", "me"),
            db.reading(path),
        ):
            with opened as care_file:
                care_file.value("SELECT count(*) FROM patients")
                seen.update({file.name: mode(file) for file in path.parent.iterdir()})
    finally:
        os.umask(before)

    names = ("care.db.new", "care.db")
    sides = [f"{name}{side}" for name in names for side in ("-wal", "-shm")]
    assert seen == dict.fromkeys([*names, *sides], 0o600)


def test_a_new_file_is_in_wal_mode_marked_as_ours_and_of_the_newest_schema(filled: Path) -> None:
    assert raw(filled, "PRAGMA journal_mode") == [("wal",)]
    assert raw(filled, "PRAGMA application_id") == [(0x43415245,)]
    assert raw(filled, "PRAGMA user_version") == [(db.SCHEMA_VERSION,)]


def test_a_first_command_that_fails_leaves_no_file(care: Callable, path: Path) -> None:
    names = dict.fromkeys(("last_name", "first_name", "last_key", "first_key"), "x")

    def fail_half_way() -> None:
        with db.writing(path, "add-patient", "me", create=True) as care_file:
            care_file.insert("patients", **names)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail_half_way()
    assert list(path.parent.iterdir()) == []
    care("import-patients", "none.csv", code=3)
    assert list(path.parent.iterdir()) == []


def test_a_first_command_waits_for_another_that_makes_the_file(
    care: Callable, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    draft = path.with_name("care.db.new")
    draft.touch()  # as a command that was killed leaves it, too
    monkeypatch.setattr(making, "LOCK_SECONDS", 0.1)
    ran = care(*ADD, code=5)
    assert ran.err == (
        f"error: another command is making {path}\n"
        f"hint: wait for it; if none is at work, delete {draft}\n"
    )
    monkeypatch.setattr(making.time, "sleep", lambda _: draft.unlink())
    care(*ADD)
    assert [one.name for one in path.parent.iterdir()] == ["care.db"]


def test_first_commands_at_the_same_time_make_one_file_and_all_succeed(path: Path) -> None:
    command = [sys.executable, "-m", "caretool", "add-patient", "--dob", "1950-01-01"]
    writers = [
        subprocess.Popen([*command, f"Last{n}, First"], stderr=subprocess.PIPE) for n in range(4)
    ]
    said = [writer.communicate(timeout=60)[1] for writer in writers]

    assert [writer.returncode for writer in writers] == [0] * 4, said
    assert raw(path, "SELECT count(*) FROM patients") == [(4,)]


@POSIX
def test_a_link_to_a_disk_that_is_not_there_is_not_filled_with_a_new_file(
    care: Callable, path: Path, tmp_path: Path
) -> None:
    path.symlink_to(tmp_path / "unplugged" / "care.db")
    ran = care(*ADD, code=5)

    assert ran.err.startswith(f"error: {path} is a link to a file that is not there\n")


# what is refused


def test_a_fact_of_nobody_is_refused(filled: Path) -> None:
    with (
        pytest.raises(sqlite3.IntegrityError, match="FOREIGN KEY"),
        db.writing(filled, "test", "me") as care_file,
    ):
        care_file.insert("conditions", patient_id=99, code="copd")


def test_a_mistyped_table_is_refused_and_not_created(filled: Path) -> None:
    before = everything(filled)
    for insert in (
        lambda file: file.insert("contacs", patient_id=1),
        lambda file: file.insert_all("contacs", ["patient_id"], [(1,)]),
    ):
        with (
            pytest.raises(sqlite3.OperationalError, match="contacs"),
            db.writing(filled, "t", "me") as file,
        ):
            insert(file)
    assert everything(filled) == before


# one command, one transaction, one row


def test_every_writing_command_leaves_one_row_with_who_when_and_by_which_version(
    care: Callable, path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(app.getpass, "getuser", lambda: "nurse")
    (tmp_path / "roster.csv").write_text('Name,DOB\n"Poe, Pat",1961-02-03\n', encoding="utf-8")
    care(*ADD)
    care(*LOG)
    care("edit-patient", "P1", "--tier", "low")
    care("void-contact", "C1", "--reason", "wrong patient")
    care("import-patients", tmp_path / "roster.csv")
    for words in READING.values():
        care(*words)
    care("import-patients", tmp_path / "roster.csv", "--dry-run")
    care("upgrade")
    care("log-contact", "P99", "--outcome", "no_answer", code=3)

    rows = raw(path, "SELECT command, user, version, at_utc, utc_offset FROM commands ORDER BY id")
    assert [row[0] for row in rows] == [
        "add-patient", "log-contact", "edit-patient", "void-contact", "import-patients",
    ]  # fmt: skip
    assert {row[1:3] for row in rows} == {("nurse", __version__)}
    for *_, at, offset in rows:
        assert re.fullmatch(r"20\d\d-\d\d-\d\dT\d\d:\d\d:\d\dZ", at)
        assert -14 * 60 <= offset <= 14 * 60
    assert raw(path, "SELECT command_id, voided_by FROM contacts") == [(2, 4)]


@pytest.mark.parametrize("name", [name for name in READING if name not in SHOWS_NOBODY])
def test_reading_adds_a_record_of_whom_it_has_shown_and_nothing_else(
    name: str, care: Callable, filled: Path
) -> None:
    before = everything(filled)
    care(*READING[name])
    care(*READING[name], "--json")

    new = [line for line in everything(filled) if line not in before]
    assert len(new) == 2
    assert all(line.startswith('INSERT INTO "shown" VALUES(') for line in new)
    assert [line for line in everything(filled) if line not in new] == before


@pytest.mark.parametrize("name", SHOWS_NOBODY)
def test_reading_that_shows_nobody_changes_not_a_byte(
    name: str, care: Callable, filled: Path
) -> None:
    before = filled.read_bytes()
    changed = filled.stat().st_mtime_ns
    care(*READING[name])
    care(*READING[name], "--json")

    assert filled.read_bytes() == before
    assert filled.stat().st_mtime_ns == changed
    side = filled.with_name("care.db-wal")
    assert not side.exists() or side.stat().st_size == 0


# the list that was shown, kept if that is possible at once


def shown(path: Path) -> list[Any]:
    return raw(
        path,
        "SELECT as_of, rules, asked, patients, user, version FROM shown"
        " WHERE command = 'due-today' ORDER BY id",
    )


def test_a_list_is_kept_with_its_day_order_rules_and_options(
    care: Callable, filled: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(app.getpass, "getuser", lambda: "nurse")
    care("add-patient", "Hill, Tom", "--dob", "1944-11-30", "--on", "-4w")
    listed = [int(row["patient"][1:]) for row in care("due-today", "--days", 7, "--json").data]
    assert len(listed) == 2
    care("due-today", "--csv", "--tier", "low", "--as-of", "2026-11-24")

    rules = care("why", "P1", "--json").data["rules"]
    assert shown(filled) == [
        ("2026-11-23", rules, '{"days": 7}', json.dumps(listed, separators=(",", ":")), "nurse",
         __version__),
        ("2026-11-24", rules, '{"tier": "low"}', "[]", "nurse", __version__),
    ]  # fmt: skip
    ((at, offset),) = raw(filled, "SELECT at_utc, utc_offset FROM shown WHERE id = 1")
    assert re.fullmatch(r"20\d\d-\d\d-\d\dT\d\d:\d\d:\d\dZ", at)
    assert -14 * 60 <= offset <= 14 * 60


@pytest.mark.parametrize("what", ["the folder", "the file"])
def test_a_list_is_the_same_where_it_cannot_be_kept(
    what: str, care: Callable, elsewhere: Path
) -> None:
    usual = care("due-today")
    read_only = elsewhere.parent if what == "the folder" else elsewhere
    with ordinary_user(elsewhere.parent):
        read_only.chmod(0o500 if what == "the folder" else 0o400)
        before = elsewhere.read_bytes()
        ran = care("--db", elsewhere, "due-today")
        assert elsewhere.read_bytes() == before

    assert (ran.out, ran.err) == (usual.out, usual.err)
    assert shown(elsewhere) == []


@pytest.mark.parametrize("begin", ["BEGIN IMMEDIATE", "BEGIN EXCLUSIVE"])
def test_a_list_neither_waits_for_a_writer_nor_fails(
    begin: str, care: Callable, filled: Path
) -> None:
    usual = care("due-today")
    holder = sqlite3.connect(filled)
    holder.execute(begin)
    try:
        started = time.monotonic()
        ran = care("due-today")
        took = time.monotonic() - started
    finally:
        holder.rollback()
        holder.close()

    assert (ran.out, ran.err) == (usual.out, usual.err)
    assert took < db.LOCK_SECONDS / 2
    assert len(shown(filled)) == 1, "that of before"
    care("due-today")
    assert len(shown(filled)) == 2


def test_a_list_is_shown_when_the_disk_is_full_and_by_a_user_without_a_proper_name(
    care: Callable, filled: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    usual = care("due-today")
    monkeypatch.setattr(app.getpass, "getuser", lambda: "no\udcfftext")
    assert care("due-today").out == usual.out
    connect = sqlite3.connect

    def limited(*args: Any, **more: Any) -> sqlite3.Connection:
        connection = connect(*args, **more)
        connection.execute("PRAGMA max_page_count = 1")
        return connection

    with monkeypatch.context() as full:
        full.setattr(db.sqlite3, "connect", limited)
        full.setattr(app.getpass, "getuser", lambda: "x" * 100_000)
        assert care("due-today").out == usual.out
    assert len(shown(filled)) == 1


def test_nothing_is_kept_of_a_run_that_has_failed(
    care: Callable, filled: Path, request: pytest.FixtureRequest
) -> None:
    before = filled.read_bytes()
    care("due-today", "--kind", "letters", code=2)
    care("due-today", "--days", "-1", code=2)
    care("due-today", "--json", "--csv", code=2)
    request.getfixturevalue("newer_program")
    care("due-today", code=5)  # the file is older
    assert filled.read_bytes() == before
    care("--db", filled.with_name("none.db"), "due-today", code=5)
    assert not filled.with_name("none.db").exists()


@POSIX
@pytest.mark.parametrize("form", [[], ["--json"]])
def test_a_list_that_nobody_reads_any_more_ends_in_peace_and_was_not_shown(
    form: list[str], filled: Path
) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    command = [sys.executable, "-m", "caretool", "due-today", "--days", "1", *form]
    ran = subprocess.run(command, stdout=writer, stderr=subprocess.PIPE, check=False)
    os.close(writer)

    assert (ran.returncode, ran.stderr) == (0, b"")
    assert shown(filled) == []


def test_what_cron_finds_due_is_kept_too(care: Callable, filled: Path) -> None:
    care("due-today", "--days", "1", "--exit-code", "--quiet", code=10)
    assert [patients for *_, patients, _, _ in shown(filled)] == ["[1]"]


def test_a_dry_run_changes_not_a_byte(care: Callable, filled: Path, tmp_path: Path) -> None:
    roster = tmp_path / "roster.csv"
    roster.write_text('Name,DOB\n"Poe, Pat",1961-02-03\n', encoding="utf-8")
    before = everything(filled)

    assert care("import-patients", roster, "--dry-run", "--json").data[0]["new"] == 1
    assert everything(filled) == before
    care("--db", tmp_path / "new.db", "import-patients", roster, "--dry-run")
    assert not (tmp_path / "new.db").exists()


# older and newer files


@pytest.fixture
def newer_program(monkeypatch: pytest.MonkeyPatch) -> Migrations:
    """As if this caretool had one step more than the one that wrote the file."""
    steps = Migrations("caretool")
    for step in migrations.steps._migrations:
        steps(name=step.name)(step.fn)

    @steps()
    def m999_favourites(database: Any) -> None:
        database.conn.execute("ALTER TABLE patients ADD COLUMN favourite INTEGER")

    monkeypatch.setattr(migrations, "steps", steps)
    monkeypatch.setattr(db, "SCHEMA_VERSION", db.SCHEMA_VERSION + 1)
    return steps


def test_a_newer_file_is_refused_naming_both_versions(care: Callable, filled: Path) -> None:
    raw(filled, "PRAGMA user_version = 99")
    for words in (*READING.values(), LOG, ("upgrade",)):
        ran = care(*words, "--json", code=5)
        (error,) = ran.document["errors"]
        assert error["code"] == "newer"
        assert (
            f"has schema 99; caretool {__version__} knows up to {db.SCHEMA_VERSION}"
            in (error["message"])
        )
    assert raw(filled, "PRAGMA user_version") == [(99,)]


def test_an_older_file_is_refused_by_reads_with_the_way_out(
    care: Callable, filled: Path, newer_program: Migrations
) -> None:
    before = filled.read_bytes()
    old = db.SCHEMA_VERSION - 1
    for words in READING.values():
        ran = care(*words, code=5)
        assert ran.err == (
            f"error: {filled} has schema {old}, this caretool reads {db.SCHEMA_VERSION}\n"
            "hint: caretool upgrade\n"
        )
    assert filled.read_bytes() == before
    assert not (filled.parent / "backups").exists()


@pytest.mark.parametrize("words", [LOG, ("upgrade",)], ids=lambda words: words[0])
def test_an_older_file_is_kept_beside_and_brought_up_to_date_by_a_write(
    words: tuple[str, ...], care: Callable, filled: Path, newer_program: Migrations
) -> None:
    before = everything(filled)
    commands = raw(filled, "SELECT count(*) FROM commands")[0][0]
    care(*words)

    (backup,) = (filled.parent / "backups").iterdir()
    assert re.fullmatch(r"care-\d{8}T\d{6}-before-upgrade\.db", backup.name)
    assert everything(backup) == before
    if os.name == "posix":
        assert mode(backup) == 0o600
    assert raw(filled, "PRAGMA user_version") == [(db.SCHEMA_VERSION,)]
    assert raw(filled, "SELECT count(favourite), count(*) FROM patients") == [(0, 1)]
    rows = raw(filled, "SELECT command FROM commands ORDER BY id")
    assert rows[commands:] == list(dict.fromkeys([("upgrade",), (words[0],)]))
    care("show", "P1")


def test_a_step_that_fails_half_way_leaves_the_file_as_it_was(
    care: Callable, filled: Path, newer_program: Migrations
) -> None:
    @newer_program()
    def m1000_broken(database: Any) -> None:
        database.conn.execute("UPDATE patients SET last_name = 'lost'")
        raise RuntimeError

    before = everything(filled)
    care("upgrade", code=1)

    assert everything(filled) == before
    assert raw(filled, "PRAGMA user_version") == [(db.SCHEMA_VERSION - 1,)]


def test_a_dry_run_never_migrates(
    care: Callable, filled: Path, tmp_path: Path, newer_program: Migrations
) -> None:
    roster = tmp_path / "roster.csv"
    roster.write_text('Name,DOB\n"Poe, Pat",1961-02-03\n', encoding="utf-8")
    before = everything(filled)
    ran = care("import-patients", roster, "--dry-run", code=5)

    assert ran.err.endswith("hint: caretool upgrade\n")
    assert everything(filled) == before


# what is no care file


def _foreign(path: Path) -> None:
    raw(path, "CREATE TABLE bookmarks (url TEXT)")


NOT_OURS: dict[str, tuple[Callable[[Path], object], str]] = {
    "a text file": (lambda path: path.write_text("MRN,Name\n" * 999), "is not a care file"),
    "another program's SQLite file": (_foreign, "is not a care file"),
    "an empty file": (Path.touch, "is not a care file"),
    "a folder": (Path.mkdir, "is a folder, not a care file"),
}


@pytest.mark.parametrize("what", NOT_OURS)
@pytest.mark.parametrize("words", [("patients",), LOG, ADD, ("upgrade",)], ids=lambda one: one[0])
def test_what_is_not_a_care_file_is_left_alone(
    what: str, words: tuple[str, ...], care: Callable, path: Path
) -> None:
    make, message = NOT_OURS[what]
    make(path)
    before = path.read_bytes() if path.is_file() else None
    ran = care(*words, "--json", code=5)

    (error,) = ran.document["errors"]
    assert error["code"] == "not-a-care-file"
    assert error["message"] == f"{path} {message}"
    assert "--db" in error["hint"]
    assert (path.read_bytes() if path.is_file() else None) == before


@pytest.mark.parametrize("words", [("patients",), ("due-today",), LOG], ids=lambda one: one[0])
def test_a_damaged_file_is_named_as_such(
    words: tuple[str, ...], care: Callable, filled: Path
) -> None:
    with filled.open("r+b") as file:
        file.seek(4096)
        file.write(b"\xa5" * (filled.stat().st_size - 4096))
    before = filled.read_bytes()
    ran = care(*words, code=5)

    assert ran.err == (
        f"error: {filled} is damaged or its disk fails\n"
        "hint: keep a copy of it as it is, then restore a backup\n"
    )
    assert filled.read_bytes() == before


def test_a_file_that_was_cut_off_is_damaged(care: Callable, filled: Path) -> None:
    filled.write_bytes(filled.read_bytes()[:6000])

    assert "is damaged" in care("patients", code=5).err


def test_wrong_sql_is_a_bug_and_not_blamed_on_the_file(filled: Path) -> None:
    with pytest.raises(sqlite3.OperationalError), db.reading(filled) as care_file:
        care_file.rows("SELECT nothing FROM patients")


# others at work


def test_a_file_that_another_program_holds_is_5_after_a_wait(
    care: Callable, filled: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert db.LOCK_SECONDS == 5
    monkeypatch.setattr(db, "LOCK_SECONDS", 0.05)
    holder = sqlite3.connect(filled)
    holder.execute("BEGIN IMMEDIATE")
    try:
        ran = care(*LOG, "--json", code=5)
        assert ran.document["errors"][0]["code"] == "locked"
        assert ran.document["errors"][0]["message"] == f"{filled} is in use by another program"
        assert care("patients").out.startswith("P1\t"), "reading goes on"
    finally:
        holder.rollback()
        holder.close()
    care(*LOG)


def test_writers_at_the_same_time_wait_for_each_other_and_all_succeed(filled: Path) -> None:
    before = raw(filled, "SELECT count(*) FROM contacts")[0][0]
    command = [sys.executable, "-m", "caretool", *LOG]
    writers = [subprocess.Popen(command, stderr=subprocess.PIPE) for _ in range(4)]
    said = [writer.communicate(timeout=60)[1] for writer in writers]

    assert [writer.returncode for writer in writers] == [0] * 4, said
    assert raw(filled, "SELECT count(*) FROM contacts")[0][0] == before + 4
    rows = raw(filled, "SELECT count(DISTINCT command_id), count(*) FROM contacts")
    assert rows == [(before + 4, before + 4)]


HALF_DONE = """
import pathlib, sys, time
from caretool import db
with db.writing(pathlib.Path(sys.argv[1]), "import-patients", "me") as care_file:
    care_file.execute("PRAGMA cache_size = 2")  # so that changes reach the disk at once
    care_file.execute("UPDATE patients SET last_name = 'LOST', zip = hex(zeroblob(500000))")
    for number in range(200):
        care_file.insert("conditions", patient_id=1, code=f"lost{number}" * 50)
    print("half-way", flush=True)
    time.sleep(60)
"""


@POSIX
def test_a_command_killed_in_the_middle_has_changed_nothing(care: Callable, filled: Path) -> None:
    before = everything(filled)
    with subprocess.Popen(
        [sys.executable, "-c", HALF_DONE, str(filled)], stdout=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"half-way\n"
        side = filled.with_name("care.db-wal")
        assert side.stat().st_size > 500_000, "half of it was on the disk"
        process.send_signal(signal.SIGKILL)
        process.wait(timeout=60)

    assert everything(filled) == before
    assert "Rivera, Ana" in care("patients").out
    assert raw(filled, "PRAGMA integrity_check") == [("ok",)]
    care(*LOG)


# no right, no room


@contextmanager
def ordinary_user(path: Path) -> Iterator[None]:
    """Not root for a while, who may do anything; the files of `path` become the other's."""
    if os.name == "nt":
        pytest.skip("rights work differently there")
    if os.geteuid() != 0:
        yield
        return
    for file in (path, *path.rglob("*")):
        os.chown(file, 65534, 65534)
    os.setresuid(65534, 65534, 0)
    try:
        yield
    finally:
        os.setresuid(0, 0, 0)


@pytest.fixture
def elsewhere(filled: Path, care: Callable) -> Iterator[Path]:
    """A folder that others can reach too, with a copy of the care file in it."""
    folder = Path(tempfile.mkdtemp(prefix="caretool-test-"))
    shutil.copy(filled, folder)
    care("patients")
    try:
        yield folder / "care.db"
    finally:
        folder.chmod(0o700)
        shutil.rmtree(folder)


@pytest.mark.parametrize("what", ["the folder", "the file"])
def test_what_may_only_be_read_is_read_and_writing_is_refused(
    what: str, care: Callable, elsewhere: Path
) -> None:
    read_only = elsewhere.parent if what == "the folder" else elsewhere
    with ordinary_user(elsewhere.parent):
        read_only.chmod(0o500 if what == "the folder" else 0o400)
        before = elsewhere.read_bytes()
        assert care("--db", elsewhere, "patients").out.startswith("P1\t")
        ran = care("--db", elsewhere, *LOG, "--json", code=6)
        assert elsewhere.read_bytes() == before

    (error,) = ran.document["errors"]
    assert error["code"] == "read-only"
    assert error["message"] == f"{elsewhere} cannot be written"
    assert error["hint"] == "its folder and file must be yours to write"


def test_a_file_that_may_not_be_read_is_6(care: Callable, elsewhere: Path) -> None:
    with ordinary_user(elsewhere.parent):
        elsewhere.chmod(0)
        ran = care("--db", elsewhere, "patients", code=6)

    assert ran.err.startswith(f"error: {elsewhere} cannot be read\n")


def test_no_new_file_comes_into_a_read_only_folder(care: Callable, elsewhere: Path) -> None:
    new = elsewhere.with_name("new.db")
    with ordinary_user(elsewhere.parent):
        elsewhere.parent.chmod(0o500)
        ran = care("--db", new, *ADD, code=6)

    assert ran.err.startswith(f"error: cannot create {new}: ")
    assert not new.exists()


def test_a_closed_folder_and_an_endless_name_are_no_bugs(care: Callable, elsewhere: Path) -> None:
    with ordinary_user(elsewhere.parent):
        elsewhere.parent.chmod(0)
        for words in (("patients",), LOG, ADD, ("upgrade",)):
            assert "cannot be opened: " in care("--db", elsewhere, *words, code=6).err
    assert "cannot be opened: " in care("--db", "x" * 300, "patients", code=6).err


def test_a_default_place_that_cannot_be_made_is_6(
    care: Callable, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.delenv("CARETOOL_DB")
    monkeypatch.setattr(app, "default_path", lambda: tmp_path / "file" / "caretool" / "care.db")
    ran = care(*ADD, code=6)

    assert ran.err.startswith("error: cannot make the folder ")


@pytest.mark.parametrize("words", [LOG, ADD], ids=lambda one: one[0])
def test_a_full_disk_is_5_and_the_file_is_as_before(
    words: tuple[str, ...], care: Callable, filled: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Simulated by SQLite's own limit: nothing may grow beyond what is there."""
    connect = sqlite3.connect

    def limited(*args: Any, **more: Any) -> sqlite3.Connection:
        connection = connect(*args, **more)
        connection.execute("PRAGMA max_page_count = 1")
        return connection

    note = "x" * 20_000
    before = everything(filled)
    monkeypatch.setattr(db.sqlite3, "connect", limited)
    more = ("--note", note) if words == LOG else ("--anyway", "--referred-by", note)
    ran = care(*words, *more, "--json", code=5)
    monkeypatch.setattr(db.sqlite3, "connect", connect)

    (error,) = ran.document["errors"]
    assert error["code"] == "disk-full"
    assert error["message"] == f"no room left on the disk of {filled}; nothing was changed"
    assert everything(filled) == before


@pytest.fixture
def tiny_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk with room for three small care files, where this machine lets us have one."""
    disk = tmp_path / "disk"
    disk.mkdir()
    words = ["mount", "-t", "tmpfs", "-o", "size=1200k", "tmpfs", str(disk)]
    if (
        not sys.platform.startswith("linux")
        or subprocess.run(words, capture_output=True).returncode
    ):
        pytest.skip("no right to mount a file system")
    try:
        yield disk
    finally:
        subprocess.run(["umount", str(disk)], check=True)


def test_a_disk_that_is_really_full_is_5_and_the_file_is_as_before(
    care: Callable, filled: Path, tiny_disk: Path, tmp_path: Path
) -> None:
    shutil.copy(filled, tiny_disk)
    rows = "".join(f'"Surname{n:05}, Given",1950-01-01,M{n}\n' for n in range(3000))
    (tmp_path / "crowd.csv").write_text("Name,DOB,MRN\n" + rows, encoding="utf-8")
    path = tiny_disk / "care.db"
    before = everything(path)
    ran = care("--db", path, "import-patients", tmp_path / "crowd.csv", "--json", code=5)

    assert ran.document["errors"][0]["code"] == "disk-full"
    assert everything(path) == before
    care("--db", path, *LOG)
    new = tiny_disk / "new.db"
    (tiny_disk / "rest").write_bytes(b"\0" * 200_000)
    care("--db", new, *ADD, code=5)
    assert not new.exists()
