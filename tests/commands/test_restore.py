"""`restore`: a checked backup takes the place of the care file in one step, and nothing is lost."""

from __future__ import annotations

import os
import re
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from encrypted_files import SECRET, dump, encrypted_copy

from caretool import app, copies, db, making, restoring

if TYPE_CHECKING:
    from collections.abc import Callable

ADD = ("add-patient", "Rivera, Ana", "--dob", "1958-03-02")
LATER = ("add-patient", "Hill, Tom", "--dob", "1944-11-30")
posix = pytest.mark.skipif(os.name != "posix", reason="links and modes")


@pytest.fixture
def file(care: Callable, tmp_path: Path) -> Path:
    """A care file with P1, a backup of it (`b.db`), and P2 since."""
    folder = tmp_path / "stick"
    folder.mkdir()
    care(*ADD)
    care("backup", folder)
    next(folder.iterdir()).rename(tmp_path / "b.db")
    folder.rmdir()
    care(*LATER)
    return tmp_path / "care.db"


@pytest.fixture
def backup(file: Path) -> Path:
    return file.parent / "b.db"


def everything(path: Path) -> list[str]:
    with closing(sqlite3.connect(path)) as connection:
        return list(connection.iterdump())


def ask(path: Path, sql: str) -> list[tuple]:
    with closing(sqlite3.connect(path)) as connection:
        return connection.execute(sql).fetchall()


def patients(path: Path) -> list[str]:
    return [row[0] for row in ask(path, "SELECT last_name FROM patients ORDER BY id")]


def names(folder: Path) -> list[str]:
    """What lies there, but for what a reader leaves beside a file in WAL mode."""
    left = ("care.db-wal", "care.db-shm")
    return sorted(one.name for one in folder.iterdir() if one.name not in left)


def kept(folder: Path) -> Path:
    (found,) = folder.glob("care.db.before-restore.*[0-9]")
    return found


# what it does


def test_the_backup_takes_the_place_of_the_file_which_is_kept_beside_it(
    ok: Callable, file: Path, backup: Path
) -> None:
    before, of_backup = everything(file), backup.read_bytes()
    said = ok("restore", backup, "--yes")

    assert re.fullmatch(r"care\.db\.before-restore\.\d{8}T\d{6}", kept(file.parent).name)
    assert said == {
        "restored": str(backup),
        "care_file": str(file),
        "kept": str(kept(file.parent)),
        "commands_lost": 1,
        "commands_back": 0,
        "schema": db.SCHEMA_VERSION,
        "encrypted": False,
    }
    assert everything(kept(file.parent)) == before
    assert patients(file) == ["Rivera"]
    assert backup.read_bytes() == of_backup
    assert names(file.parent) == ["b.db", "care.db", kept(file.parent).name]
    assert file.stat().st_mode & 0o777 == 0o600


def test_it_stands_in_the_history_and_what_was_before_it_can_be_undone(
    care: Callable, ok: Callable, file: Path, backup: Path
) -> None:
    care("restore", backup, "--yes")
    rows = ask(file, "SELECT id, command, user <> '', seal IS NOT NULL FROM commands")
    assert rows == [(1, "add-patient", 1, 1), (2, "restore", 1, 1)]
    care("undo", "H1")
    assert ok("patients") == []
    care("undo", "H3")
    assert patients(file) == ["Rivera"]


def test_what_was_kept_can_be_restored_in_turn(ok: Callable, file: Path, backup: Path) -> None:
    ok("restore", backup, "--yes")
    said = ok("restore", kept(file.parent), "--yes")
    assert (said["commands_lost"], said["commands_back"]) == (1, 1)
    assert patients(file) == ["Rivera", "Hill"]


def test_words_say_what_is_lost(care: Callable, file: Path, backup: Path) -> None:
    care("log-contact", "P2", "--outcome", "no_answer")
    ran = care("restore", backup, code=6)
    user, at = ask(file, "SELECT user, at_utc FROM commands WHERE id = 2")[0]
    assert ran.err == (
        f"error: 2 commands of {file} would be lost, the first a add-patient by {user} at {at}\n"
        "hint: --yes restores all the same\n"
    )
    assert patients(file) == ["Rivera", "Hill"]
    assert names(file.parent) == ["b.db", "care.db"]


@pytest.mark.parametrize(("answer", "code"), [("yes", 0), ("y", 0), ("no", 6), ("", 6)])
def test_on_a_terminal_it_asks(
    care: Callable,
    file: Path,
    backup: Path,
    monkeypatch: pytest.MonkeyPatch,
    answer: str,
    code: int,
) -> None:
    opened = app.open_session

    def with_somebody_there(*given: Any) -> app.Session:
        return replace(opened(*given), interactive=True)

    monkeypatch.setattr(app, "open_session", with_somebody_there)
    ran = care("restore", backup, stdin=f"{answer or 'n'}\n".encode(), code=code)
    assert "1 command of" in ran.err
    assert patients(file) == (["Rivera"] if code == 0 else ["Rivera", "Hill"])
    assert len(names(file.parent)) == (3 if code == 0 else 2)


def test_a_backup_of_another_file_is_said_to_be_that(
    care: Callable, file: Path, tmp_path: Path
) -> None:
    care("--db", tmp_path / "other.db", "add-patient", "Lane, Cy", "--dob", "1939-04-05")
    ran = care("restore", tmp_path / "other.db", code=6)
    assert f"the backup is of another care file than {file}" in ran.err


def test_a_file_that_was_lost_comes_back_without_a_question(
    care: Callable, file: Path, backup: Path
) -> None:
    file.unlink()
    care("restore", backup)
    assert patients(file) == ["Rivera"]
    assert names(file.parent) == ["b.db", "care.db"]


def test_on_a_new_computer_the_usual_folder_is_made(
    care: Callable, backup: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.delenv("CARETOOL_DB")
    care("restore", backup)
    (found,) = [one for one in tmp_path.rglob("care.db") if one.parent != tmp_path]
    assert patients(found) == ["Rivera"]


def test_an_older_backup_is_brought_up_to_date_on_the_way(
    ok: Callable, file: Path, backup: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from sqlite_utils import Migrations

    from caretool import migrations

    steps = Migrations("caretool")
    for step in migrations.steps._migrations:
        steps(name=step.name)(step.fn)

    @steps()
    def m999_favourite(database: object) -> None:
        database.conn.execute("ALTER TABLE patients ADD COLUMN favourite TEXT")  # type: ignore[attr-defined]

    monkeypatch.setattr(migrations, "steps", steps)
    monkeypatch.setattr(db, "SCHEMA_VERSION", db.SCHEMA_VERSION + 1)
    before = backup.read_bytes()
    said = ok("restore", backup, "--yes")
    assert said["schema"] == db.SCHEMA_VERSION - 1
    assert ask(file, "SELECT last_name, favourite FROM patients") == [("Rivera", None)]
    commands = [row[0] for row in ask(file, "SELECT command FROM commands")]
    assert commands == ["add-patient", "upgrade", "restore"]
    assert backup.read_bytes() == before
    assert not (file.parent / "backups").exists()


@posix
def test_where_the_file_is_a_link_the_file_is_replaced_and_the_link_stays(
    care: Callable, file: Path, backup: Path, tmp_path: Path
) -> None:
    (tmp_path / "links").mkdir()
    link = tmp_path / "links" / "mine.db"
    link.symlink_to(file)
    care("--db", link, "restore", backup, "--yes")
    assert link.is_symlink()
    assert patients(file) == ["Rivera"]
    assert names(tmp_path / "links") == ["mine.db"]
    assert kept(tmp_path).exists()


def test_everything_as_csv_is_restored_too(care: Callable, file: Path, tmp_path: Path) -> None:
    care("export", "--all", tmp_path / "out")
    care("add-patient", "Lane, Cy", "--dob", "1939-04-05")
    care("restore", tmp_path / "out", "--yes")
    assert patients(file) == ["Rivera", "Hill"]
    rows = ask(file, "SELECT command FROM commands WHERE seal IS NOT NULL ORDER BY id")
    assert rows == [("add-patient",), ("add-patient",), ("restore",)]
    (tmp_path / "out" / "patients.csv").unlink()
    before = file.read_bytes()
    care("restore", tmp_path / "out", "--yes", code=3)
    assert file.read_bytes() == before


# a log beside a file


def leave_a_log(path: Path, sql: str) -> None:
    """Change a file so that the change stands in its log only, as after a crash."""
    program = f"""
import os, sqlite3
connection = sqlite3.connect({str(path)!r})
connection.execute("PRAGMA wal_autocheckpoint = 0")
connection.execute({sql!r})
connection.commit()
os._exit(0)
"""
    subprocess.run([sys.executable, "-c", program], check=True)
    assert path.with_name(f"{path.name}-wal").stat().st_size > 0


CHANGE = "UPDATE patients SET last_name = 'Logged'"


def test_the_log_of_the_file_goes_with_it_and_is_not_played_into_the_backup(
    care: Callable, file: Path, backup: Path
) -> None:
    leave_a_log(file, CHANGE)
    care("restore", backup, "--yes")
    assert patients(file) == ["Rivera"]
    assert patients(kept(file.parent)) == ["Logged", "Logged"]


def test_the_log_of_a_file_that_cannot_be_read_is_kept_with_it(
    care: Callable, file: Path, backup: Path
) -> None:
    leave_a_log(file, CHANGE)
    log = file.with_name("care.db-wal").read_bytes()
    with file.open("r+b") as opened:
        opened.write(b"\xff" * 4096)
    broken = file.read_bytes()
    ran = care("restore", backup, code=6)
    assert "cannot be read; it would be kept as it is" in ran.err
    care("restore", backup, "--yes")
    assert patients(file) == ["Rivera"]
    old = kept(file.parent)
    assert old.read_bytes() == broken
    assert old.with_name(f"{old.name}-wal").read_bytes() == log
    assert not file.with_name("care.db-wal").exists()


def test_the_log_of_a_file_that_is_gone_is_not_played_into_the_backup(
    care: Callable, file: Path, backup: Path
) -> None:
    leave_a_log(file, CHANGE)
    file.unlink()
    care("restore", backup)
    assert patients(file) == ["Rivera"]
    assert len(list(file.parent.glob("care.db.before-restore.*-wal"))) == 1


def test_what_stands_in_the_log_of_the_backup_is_restored(care: Callable, file: Path) -> None:
    written, other = file.with_name("written.db"), file.with_name("other.db")
    shutil.copy(file, written)
    with closing(sqlite3.connect(written)) as reader:  # whoever reads keeps the log from the file
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM patients").fetchone()
        care("--db", written, "edit-patient", "P1", "--name", "Logged, Ana")
        shutil.copy(written, other)
        shutil.copy(f"{written}-wal", f"{other}-wal")
    care("restore", other, "--yes")
    assert patients(file) == ["Logged", "Hill"]


@pytest.mark.parametrize("contents", [b"", b"SQLite format 3\0" + b"\0" * 5000, b"notes\n" * 99])
def test_a_file_cut_to_nothing_or_overwritten_is_replaced(
    care: Callable, file: Path, backup: Path, contents: bytes
) -> None:
    file.write_bytes(contents)
    care("restore", backup, "--yes")
    assert patients(file) == ["Rivera"]
    assert kept(file.parent).read_bytes() == contents


# what is refused, with nothing touched


def spoiled(kind: str, backup: Path) -> None:
    contents = bytearray(backup.read_bytes())
    if kind == "cut":
        backup.write_bytes(contents[: len(contents) // 2])
    elif kind == "empty":
        backup.write_bytes(b"")
    elif kind == "text":
        backup.write_text("Name,DOB\n" * 900)
    elif kind == "random":
        backup.write_bytes(os.urandom(8192))
    elif kind == "pipe":
        backup.unlink()
        os.mkfifo(backup)
    elif kind == "gone":
        backup.unlink()
    else:
        with closing(sqlite3.connect(backup, isolation_level=None)) as connection:
            if kind == "page":
                name = "SELECT rootpage FROM sqlite_master WHERE name = 'patients'"
                (root,) = connection.execute(name).fetchone()
                contents[(root - 1) * 4096 : (root - 1) * 4096 + 8] = b"\xff" * 8
                backup.write_bytes(contents)
            else:
                connection.executescript(kind)


REFUSED = {
    "cut": "damaged",
    "empty": "not-a-care-file",
    "text": "not-a-care-file",
    "random": "encrypted",
    "pipe": "not-a-care-file",
    "gone": "no-backup",
    "page": "damaged",
    "PRAGMA user_version = 99": "newer",
    "PRAGMA application_id = 7": "not-a-care-file",
    "PRAGMA foreign_keys = OFF; DROP TABLE commands": "damaged",
    "DROP TRIGGER commands_unalterable; UPDATE commands SET seal = NULL": "damaged",
    "DROP TRIGGER commands_kept; UPDATE commands SET id = 7": "damaged",
}


@posix
@pytest.mark.parametrize("kind", REFUSED)
def test_what_is_no_whole_backup_is_refused_in_one_line_and_nothing_is_touched(
    care: Callable, file: Path, backup: Path, kind: str
) -> None:
    if kind.endswith("id = 7"):
        with closing(sqlite3.connect(backup, isolation_level=None)) as connection:
            connection.execute("DROP TRIGGER commands_unalterable")
    spoiled(kind, backup)
    before, there = file.read_bytes(), names(file.parent)
    ran = care("restore", backup, "--yes", "--json", code=5)
    (error,) = ran.document["errors"]
    assert error["code"] == REFUSED[kind]
    assert str(backup) in error["message"]
    assert "\n" not in error["message"]
    assert file.read_bytes() == before
    assert names(file.parent) == there


def test_another_programs_file_is_never_replaced(
    care: Callable, file: Path, backup: Path, tmp_path: Path
) -> None:
    other = tmp_path / "bookmarks.db"
    with closing(sqlite3.connect(other, isolation_level=None)) as connection:
        connection.execute("CREATE TABLE pages (address TEXT)")
    before = other.read_bytes()
    ran = care("--db", other, "restore", backup, "--yes", code=5)
    assert f"{other} is another program's file and will not be replaced" in ran.err
    assert other.read_bytes() == before


def test_a_folder_that_is_no_export_is_refused(care: Callable, file: Path, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    before = file.read_bytes()
    care("restore", tmp_path / "empty", "--yes", code=3)
    assert file.read_bytes() == before


def test_while_another_command_writes_it_is_locked(
    care: Callable, file: Path, backup: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(restoring, "LOCK_SECONDS", 0.1)
    with db.writing(file, "test", "nurse") as care_file:
        care_file.execute("UPDATE patients SET zip = '37040'")
        ran = care("restore", backup, "--yes", "--json", code=5)
    assert ran.document["errors"][0]["code"] == "locked"
    assert ask(file, "SELECT zip FROM patients") == [("37040",)] * 2
    assert names(file.parent) == ["b.db", "care.db"]


WAITS = """
import sys
from pathlib import Path
from caretool import db
print("ready", flush=True)
sys.stdin.readline()
try:
    with db.writing(Path(sys.argv[1]), "test", "nurse") as care_file:
        care_file.execute("UPDATE patients SET zip = '37040'")
except Exception as error:
    print(type(error).__name__, error.code)
"""


@posix
def test_a_command_that_waited_meanwhile_does_not_write_into_the_kept_file(
    file: Path, backup: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It has opened the file before it was replaced, and gets its lock afterwards."""
    words = [sys.executable, "-c", WAITS, file]
    with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as one:
        assert one.stdin is not None
        assert one.stdout is not None
        one.stdout.readline()
        put = Path.replace

        def slowly(draft: Path, path: Path) -> Path:
            one.stdin.write("go\n")
            one.stdin.flush()
            with pytest.raises(subprocess.TimeoutExpired):
                one.wait(1.5)
            return put(draft, path)

        monkeypatch.setattr(Path, "replace", slowly)
        with restoring.prepared(backup, file, "nurse", "", None, None) as plan:
            old = restoring.put_in_place(plan)
        assert one.stdout.read() == "StoreError locked\n"
    assert old is not None
    assert ask(old, "SELECT DISTINCT zip FROM patients") == [(None,)]
    assert ask(file, "SELECT DISTINCT zip FROM patients") == [(None,)]


# stopped on the way


class Stopped(BaseException):
    """Ends the command at a step, as Ctrl-C does."""


STEPS = [
    (making, "create_private"),
    (copies, "fill"),
    (copies, "read_again"),
    (copies, "sync"),
    (db, "writing"),
    (restoring, "_free_name"),
    (restoring, "_closed_for_all"),
    (restoring, "_lock"),
    (Path, "hardlink_to"),
    (Path, "replace"),
    (copies, "sync_folder"),
]


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize(("owner", "name"), STEPS, ids=lambda one: getattr(one, "__name__", one))
def test_stopped_at_any_step_the_old_file_or_the_new_one_stands(
    file: Path,
    backup: Path,
    monkeypatch: pytest.MonkeyPatch,
    owner: object,
    name: str,
    when: str,
) -> None:
    if (name, when) == ("_closed_for_all", "after"):
        pytest.skip("what it gives would stay open")
    step = getattr(owner, name)

    def stop(*args: object, **more: object) -> None:
        if when == "after":
            step(*args, **more)
        raise Stopped

    monkeypatch.setattr(owner, name, stop)
    leave_a_log(file, CHANGE)
    with (
        pytest.raises(Stopped),
        restoring.prepared(backup, file, "nurse", "", None, None) as plan,
    ):
        restoring.put_in_place(plan)
    monkeypatch.undo()
    stands = patients(file)
    assert stands in (["Logged", "Logged"], ["Rivera"])
    assert ask(file, "PRAGMA integrity_check") == [("ok",)]
    if stands == ["Rivera"]:
        assert patients(kept(file.parent)) == ["Logged", "Logged"]
    assert [one for one in names(file.parent) if one.endswith(copies.DRAFT)] == []


KILLED = """
import os, signal, sys
from pathlib import Path
from caretool import copies, db, making, restoring

def kill(*_, **__):
    os.kill(os.getpid(), signal.SIGKILL)

owner, name = sys.argv[3].split(".")
setattr({"Path": Path, "copies": copies, "restoring": restoring}[owner], name, kill)
with restoring.prepared(Path(sys.argv[1]), Path(sys.argv[2]), "nurse", "", None, None) as plan:
    restoring.put_in_place(plan)
"""


@posix
@pytest.mark.parametrize(
    ("step", "stands"),
    [
        ("copies.sync", ["Logged", "Logged"]),
        ("Path.hardlink_to", ["Logged", "Logged"]),
        ("Path.replace", ["Logged", "Logged"]),
        ("copies.sync_folder", ["Rivera"]),
    ],
)
def test_killed_at_a_step_the_old_file_or_the_new_one_stands(
    care: Callable, file: Path, backup: Path, step: str, stands: list[str]
) -> None:
    leave_a_log(file, CHANGE)
    words = [sys.executable, "-c", KILLED, backup, file, step]
    assert subprocess.run(words, check=False).returncode == -9
    assert patients(file) == stands
    assert ask(file, "PRAGMA integrity_check") == [("ok",)]
    care("add-patient", "Lane, Cy", "--dob", "1939-04-05")
    care("restore", backup, "--yes")
    assert patients(file) == ["Rivera"]


@pytest.mark.parametrize("broken", [True, False])
def test_on_a_disk_that_gives_a_file_one_name_only_the_file_is_copied(
    care: Callable, file: Path, backup: Path, monkeypatch: pytest.MonkeyPatch, *, broken: bool
) -> None:
    def refuse(*_: object) -> None:
        raise OSError(1, "Operation not permitted")

    leave_a_log(file, CHANGE)
    if broken:
        with file.open("r+b") as opened:
            opened.write(b"\xff" * 4096)
    before = file.read_bytes()
    monkeypatch.setattr(Path, "hardlink_to", refuse)
    care("restore", backup, "--yes")
    assert patients(file) == ["Rivera"]
    old = kept(file.parent)
    assert old.stat().st_mode & 0o777 == 0o600
    if broken:
        assert old.read_bytes() == before
    else:
        assert patients(old) == ["Logged", "Logged"]


def test_when_the_last_step_fails_the_file_and_its_log_are_where_they_were(
    care: Callable, file: Path, backup: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    leave_a_log(file, CHANGE)
    with file.open("r+b") as opened:
        opened.write(b"\xff" * 4096)
    before = {one: one.read_bytes() for one in file.parent.glob("care.db*")}
    assert len(before) == 3

    def refuse(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", refuse)
    ran = care("restore", backup, "--yes", code=6)
    assert f"{file} cannot be replaced: No space left on device" in ran.err
    after = {one: one.read_bytes() for one in file.parent.glob("care.db*")}
    shared = file.with_name("care.db-shm")  # of no meaning without the log
    assert after.keys() == before.keys()
    assert {one for one in after if after[one] != before[one]} <= {shared}


LIMITED = """
import resource, sys
from caretool.cli import main
resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))
main()
"""


@posix
def test_without_room_nothing_is_touched(file: Path, backup: Path) -> None:
    before = everything(file)
    ran = subprocess.run(
        [sys.executable, "-c", LIMITED, "restore", backup, "--yes"],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert ran.returncode == 5, ran.stderr
    assert ran.stderr.startswith("error: no room for a copy of")
    assert everything(file) == before
    assert names(file.parent) == ["b.db", "care.db"]


# encrypted


@pytest.fixture
def secret(tmp_path: Path) -> Path:
    path = tmp_path / "secret"
    path.write_text(SECRET)
    return path


def test_an_encrypted_backup_stays_encrypted(
    care: Callable, file: Path, backup: Path, secret: Path
) -> None:
    plain = backup.with_name("plain.db")
    backup.rename(plain)
    encrypted_copy(plain, backup)
    ran = care("restore", backup, "--yes", code=5)
    assert "is encrypted" in ran.err
    assert patients(file) == ["Rivera", "Hill"]
    said = care("restore", backup, "--yes", "--passphrase-file", secret, "--json").data
    assert said["encrypted"]
    assert len(dump(file)["patients"]) == 1
    assert patients(kept(file.parent)) == ["Rivera", "Hill"]


def test_a_plain_backup_over_an_encrypted_file_is_told(
    care: Callable, file: Path, backup: Path, secret: Path
) -> None:
    locked = file.with_name("locked.db")
    encrypted_copy(file, locked)
    ran = care("--db", locked, "restore", backup, "--yes", "--passphrase-file", secret)
    assert "it is not encrypted any more, as the backup is not: caretool encrypt" in ran.err
    assert patients(locked) == ["Rivera"]


@pytest.mark.parametrize("typed", ["a forgotten one, then", None])
def test_a_file_whose_passphrase_is_lost_can_be_replaced_and_is_kept(
    care: Callable, file: Path, backup: Path, secret: Path, typed: str | None
) -> None:
    locked = file.with_name("locked.db")
    encrypted_copy(file, locked)
    before = locked.read_bytes()
    words = [] if typed is None else ["--passphrase-file", secret]
    secret.write_text(typed or "")
    said = care("--db", locked, "restore", backup, "--yes", *words, "--json").data
    assert said["commands_lost"] is None
    assert Path(said["kept"]).read_bytes() == before
    assert patients(locked) == ["Rivera"]


def test_a_backup_of_an_endless_name_is_refused(care: Callable, file: Path) -> None:
    ran = care("restore", "x" * 300, "--yes", code=6)
    assert "cannot be opened: File name too long" in ran.err


def test_a_backup_whose_rows_do_not_fit_its_history_is_refused(
    care: Callable, file: Path, backup: Path
) -> None:
    with closing(sqlite3.connect(backup)) as connection:
        found = connection.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")
        triggers = found.fetchall()
        for name, _ in triggers:
            connection.execute(f"DROP TRIGGER {name}")
        connection.execute("UPDATE patients SET last_name = 'Riverb'")
        for _, sql in triggers:
            connection.execute(sql)
        connection.commit()
    before = everything(file)
    ran = care("restore", backup, "--yes", code=5)
    assert "does not fit its history: changed outside caretool: patients, id 1" in ran.err
    assert everything(file) == before


def test_a_folder_in_which_a_cell_was_changed_is_refused(
    care: Callable, file: Path, tmp_path: Path
) -> None:
    care("export", "--all", tmp_path / "all")
    people = tmp_path / "all" / "patients.csv"
    people.write_text(people.read_text(encoding="utf-8").replace("Hill", "Hull"), encoding="utf-8")
    before = everything(file)
    ran = care("restore", tmp_path / "all", "--yes", code=5)
    assert "does not fit its history" in ran.err
    assert everything(file) == before
