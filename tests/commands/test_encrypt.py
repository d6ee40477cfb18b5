"""`encrypt`: the same facts behind a passphrase, nothing plain left, nothing lost on the way."""

from __future__ import annotations

import os
import random
import shlex
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from encrypted_files import SECRET, dump, encrypted_copy, opened, seen_in

from caretool import audit, backups, copies, db, encrypting, keys, output, trouble

if TYPE_CHECKING:
    from collections.abc import Callable

POSIX = pytest.mark.skipif(os.name == "nt", reason="locks, modes and signals of POSIX")
NAMES = ("Quixelbury", "Zephyrine", "swallowed a marble")
ADD = ("add-patient", "Quixelbury, Zephyrine", "--dob", "1958-03-02", "--tier", "high")
LOG = ("log-contact", "P1", "--outcome", "no_answer", "--note", "swallowed a marble")
CARE = (sys.executable, "-m", "caretool")


@pytest.fixture
def path(care: Callable, tmp_path: Path) -> Path:
    """A plain care file with a patient and a contact, and a passphrase in a file."""
    care(*ADD)
    care(*LOG)
    (tmp_path / "p").write_text(f"{SECRET}\n")
    (tmp_path / "p").chmod(0o600)
    return tmp_path / "care.db"


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keys that are derived at once; whether they are SQLCipher's is tested in `test_keys`."""
    monkeypatch.setattr(keys, "ROUNDS", 1)


def encrypt(care: Callable, *words: object, **more: Any) -> Any:
    return care("encrypt", "--new-passphrase-file", "p", *words, **more)


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def test_everything_is_the_same_but_for_the_record_of_the_command(
    care: Callable, path: Path
) -> None:
    before = dump(path, None)
    tables = {name: rows for name, rows in before.items() if name}
    rows = sum(map(len, tables.values()))
    ran = encrypt(care, "--json")

    after = dump(path)
    commands = after.pop("commands")
    assert commands[:-1] == before.pop("commands")
    assert before.pop("sqlite_sequence") != after.pop("sqlite_sequence"), "the ids of commands"
    assert after == before
    assert commands[-1][4:7] == ("encrypt", commands[0][5], "--new-passphrase-file …")
    assert SECRET not in repr(after)
    assert ran.data == {
        "encrypted": True, "tables": len(tables), "rows": rows, "plain_backups": [], "removed": [],
    }  # fmt: skip


@POSIX
def test_the_file_is_private_in_wal_mode_ours_and_alone(
    care: Callable, path: Path, quick: None
) -> None:
    encrypt(care)
    assert path.stat().st_mode & 0o777 == 0o600
    with closing(opened(path)) as connection:
        for pragma, value in (
            ("journal_mode", "wal"),
            ("application_id", db.APPLICATION_ID),
            ("user_version", db.SCHEMA_VERSION),
            ("integrity_check", "ok"),
        ):
            assert connection.execute(f"PRAGMA {pragma}").fetchone() == (value,)
        assert connection.execute("PRAGMA cipher_integrity_check").fetchall() == []
    assert sorted(one.name for one in path.parent.iterdir()) == ["care.db", "p"]


def test_the_history_goes_on_behind_the_passphrase(care: Callable, path: Path, quick: None) -> None:
    encrypt(care)
    use = ("--passphrase-file", "p")
    care(*use, "undo", "H2")
    assert care(*use, "show", "P1", "--json").data["contacts"] == []
    listed = [one["command"] for one in care(*use, "history", "--json").data]
    assert listed == ["undo", "encrypt", "log-contact", "add-patient"]
    with db.reading(path, unlock=lambda: SECRET) as care_file:
        assert list(audit.verify(care_file)) == []


def test_no_byte_of_a_name_is_left_in_any_file(care: Callable, path: Path, quick: None) -> None:
    assert seen_in(path.read_bytes(), NAMES) == list(NAMES)
    encrypt(care)
    for one in path.parent.iterdir():
        assert seen_in(one.read_bytes(), NAMES) == []
    assert b"SQLite" not in path.read_bytes()
    assert b"CREATE TABLE" not in path.read_bytes()


def test_each_file_has_a_salt_and_a_key_of_its_own(care: Callable, path: Path, quick: None) -> None:
    plain = path.read_bytes()
    encrypt(care)
    first = path.read_bytes()
    path.write_bytes(plain)
    encrypt(care)
    assert first[:16] != path.read_bytes()[:16]


# backups that are still plain


def test_plain_backups_are_counted_by_folder_and_removed_when_said(
    care: Callable, path: Path, quick: None
) -> None:
    care("backup")
    care("backup")
    folder = path.parent / "backups"
    made = sorted(folder.iterdir())
    others = [folder / "other-20261120T080000.db", path.with_name("care.db.before-lunch")]
    beside = path.with_name("care.db.before-restore.20261120T080000")
    for one in (*others, beside):
        one.write_bytes(made[0].read_bytes())

    ran = encrypt(care)
    assert f"not encrypted: 1 plain backup in {path.parent}\n" in ran.err
    assert f"not encrypted: 2 plain backups in {folder}\n" in ran.err
    assert "caretool encrypt --remove-plain-backups deletes them" in ran.err
    assert sorted(folder.iterdir()) == sorted([*made, others[0]])

    use = ("--passphrase-file", "p")
    care(*use, "backup")
    ran = care(*use, "encrypt", "--remove-plain-backups", "--json")
    assert sorted(ran.data["removed"]) == sorted(map(str, [*made, beside]))
    left = [one for one in folder.iterdir() if one not in others]
    assert len(left) == 1
    assert dump(left[0])["patients"] == dump(path)["patients"]
    assert all(one.exists() for one in others)


def test_backups_are_removed_only_once_the_copy_is_in_its_place(
    care: Callable, path: Path, quick: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    care("backup")

    def fail(_: Path) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(copies, "sync", fail)
    ran = encrypt(care, "--remove-plain-backups", code=6)
    assert ran.err == (
        f"error: {path} cannot be replaced: No space left on device\n"
        "hint: nothing was changed; its folder and disk must be yours to write to\n"
    )
    assert len(backups.in_folder(copies.folder_of(path), path)) == 1
    assert dump(path, None)["patients"]


def test_backups_of_a_file_that_does_not_open_stay(care: Callable, path: Path, quick: None) -> None:
    care("backup")
    encrypt(care)
    Path("wrong").write_text("quite another passphrase")
    care("--passphrase-file", "wrong", "encrypt", "--remove-plain-backups", code=5)
    assert len(backups.in_folder(copies.folder_of(path), path)) == 1


# refused


def test_what_is_encrypted_already_is_not_encrypted_again(
    care: Callable, path: Path, quick: None
) -> None:
    encrypt(care)
    before = path.read_bytes()
    ran = encrypt(care, code=6)
    assert ran.err == (
        f"error: {path} is encrypted already, or it is not a care file\n"
        "hint: caretool change-passphrase gives it another passphrase\n"
    )
    assert path.read_bytes() == before


def test_without_a_new_passphrase_nothing_happens(care: Callable, path: Path) -> None:
    before = path.read_bytes()
    ran = care("encrypt", code=6)
    assert ran.err == (
        "error: no new passphrase: nobody to ask, standard input is not a terminal\n"
        "hint: say --new-passphrase-file FILE\n"
    )
    Path("short").write_text("eleven char")
    care("encrypt", "--new-passphrase-file", "short", code=3)
    assert path.read_bytes() == before


def test_the_command_of_the_environment_gives_the_new_one_too(
    care: Callable, path: Path, quick: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CARETOOL_PASSPHRASE_COMMAND", shlex.join(["cat", str(path.parent / "p")]))
    care("encrypt")
    assert care("patients").out.startswith("P1\t")
    assert dump(path)["patients"]


@POSIX
def test_a_file_with_another_name_would_stay_plain_under_it(
    care: Callable, path: Path, quick: None
) -> None:
    Path("other.db").hardlink_to(path)
    assert "has 2 names (hard links)" in encrypt(care, code=6).err
    assert dump(path, None)["patients"]


@POSIX
def test_through_a_link_it_is_the_file_itself_that_is_encrypted(
    care: Callable, path: Path, quick: None
) -> None:
    Path("elsewhere").mkdir()
    real = path.rename("elsewhere/real.db").resolve()
    path.symlink_to(real)
    encrypt(care)
    assert path.is_symlink()
    assert dump(real)["patients"]
    assert [one.name for one in Path("elsewhere").iterdir()] == ["real.db"]


@pytest.mark.parametrize(
    ("sql", "where"),
    [
        ("UPDATE draft.patients SET sex = 'X'", "changes, patients"),
        ("DROP TRIGGER draft.patients_added", "tables and triggers"),
        ("UPDATE draft.sqlite_sequence SET seq = 99 WHERE name = 'patients'", "sqlite_sequence"),
    ],
)
def test_a_copy_that_differs_never_takes_the_place_of_the_file(
    sql: str, where: str, care: Callable, path: Path, quick: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As if SQLCipher's copying had a fault."""
    original = encrypting._export

    def faulty(present: Any, draft: Path, passphrase: str | None) -> None:
        original(present, draft, passphrase)
        key = keys.raw_key(passphrase or "", draft.read_bytes()[:16])
        present.execute("ATTACH DATABASE ? AS draft KEY ?", (str(draft), key))
        present.execute(sql)
        present.commit()
        present.execute("DETACH DATABASE draft")

    monkeypatch.setattr(encrypting, "_export", faulty)
    before = dump(path, None)
    assert where in encrypt(care, code=5).err
    assert dump(path, None) == before
    assert sorted(one.name for one in path.parent.iterdir()) == ["care.db", "p"]
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)


# others at work


@POSIX
@pytest.mark.parametrize("sql", ["BEGIN IMMEDIATE", "SELECT count(*) FROM patients"])
def test_while_another_program_has_the_file_open_it_is_left_alone(
    sql: str, care: Callable, path: Path, quick: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(encrypting, "LOCK_SECONDS", 0.2)
    code = (
        "import sqlite3, sys; c = sqlite3.connect(sys.argv[1], isolation_level=None);"
        " r = c.execute(sys.argv[2]); print(flush=True); sys.stdin.read()"
    )
    before = dump(path, None)
    with subprocess.Popen(
        [sys.executable, "-c", code, str(path), sql], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as other:
        assert other.stdout is not None
        other.stdout.readline()
        ran = encrypt(care, code=5)
        other.communicate()
    assert ran.err == (
        f"error: {path} is in use by another program\n"
        f"hint: waited {trouble.LOCK_SECONDS:.0f} seconds;"
        " try again when the other command has ended\n"
    )
    assert dump(path, None) == before
    encrypt(care)


@POSIX
def test_a_command_that_waits_meanwhile_writes_into_no_file_that_is_gone(
    care: Callable, path: Path, quick: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    original, waiting = copies.sync, []

    def sync(file: Path) -> None:
        original(file)
        if not waiting:
            command = [*CARE, "log-contact", "P1", "--outcome", "no_answer"]
            waiting.append(subprocess.Popen(command, stderr=subprocess.PIPE, text=True))
            time.sleep(1.5)  # it waits for the lock by now

    monkeypatch.setattr(copies, "sync", sync)
    encrypt(care)
    (other,) = waiting
    said = other.communicate(timeout=30)[1]
    assert other.returncode == 5, said
    assert "was replaced by another one" in said or "is encrypted" in said or "in use" in said
    assert len(dump(path)["contacts"]) == 1


@POSIX
def test_killed_at_any_moment_the_file_is_whole_and_either_plain_or_encrypted(
    care: Callable, path: Path, tmp_path: Path
) -> None:
    facts, plain = dump(path, None)["patients"], path.read_bytes()
    moments = random.Random(6)  # noqa: S311 - any moments
    for _ in range(6):
        for one in tmp_path.glob("care.db*"):
            one.unlink()
        path.write_bytes(plain)
        words = [*CARE, "encrypt", "--new-passphrase-file", "p"]
        quiet = subprocess.DEVNULL
        with subprocess.Popen(words, stdout=quiet, stderr=quiet) as process:
            time.sleep(moments.uniform(0.2, 1.2))
            process.send_signal(signal.SIGKILL)
        done = db.is_encrypted(path)
        assert dump(path, SECRET if done else None)["patients"] == facts
        if not done:
            encrypt(care)
        assert not path.with_name("care.db.new").exists() or done
        care("--passphrase-file", "p", *LOG)


@POSIX
def test_a_full_disk_leaves_the_plain_file_as_it_was(
    care: Callable, path: Path, tmp_path: Path
) -> None:
    before = dump(path, None)
    code = (
        "import resource, signal, sys; signal.signal(signal.SIGXFSZ, signal.SIG_IGN);"
        " resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, 200_000));"
        " from caretool import cli; sys.argv[1:] = ['encrypt', '--new-passphrase-file', 'p'];"
        " cli.main()"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert ran.returncode == 5, ran.stderr
    assert ran.stderr.count("\n") == 2
    assert dump(path, None) == before
    assert sorted(one.name for one in tmp_path.iterdir()) == ["care.db", "p"]


# nothing plain on the disk while a command works


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="looks into /proc")
def test_while_an_import_runs_no_file_holds_a_name_and_no_process_the_passphrase(
    care: Callable, path: Path, tmp_path: Path
) -> None:
    """Every file in the folder and every open one, deleted or not, is searched all the time."""
    encrypted_copy(path, tmp_path / "locked.db")
    path.unlink()
    (tmp_path / "locked.db").rename(path)
    source = tmp_path / "in"
    source.mkdir()
    rows = "".join(f'"Quixelbury, Zephyrine {n}",19{n % 90 + 10}-01-02,X{n}\n' for n in range(4000))
    (source / "roster.csv").write_text(f"Name,DOB,MRN\n{rows}")
    words = ("--passphrase-file", "p", "import-patients", "in/roster.csv")
    seen: set[str] = set()
    with subprocess.Popen([*CARE, *words], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
                          env={**os.environ, "TMPDIR": str(tmp_path)}) as process:  # fmt: skip
        looked = 0
        while process.poll() is None:
            seen |= {
                name for one in files_of(process.pid, tmp_path) for name in seen_in(one, NAMES)
            }
            seen |= set(seen_in(surroundings(process.pid), [SECRET]))
            looked += 1
    assert process.returncode == 0
    assert looked > 5
    assert seen == set()
    assert len(dump(path)["patients"]) == 4001
    for one in tmp_path.rglob("*"):
        if one.is_file() and one.parent != source:
            assert seen_in(one.read_bytes(), NAMES) == [], one.name


def files_of(pid: int, folder: Path) -> list[bytes]:
    """The contents of the files beside the care file, and of those that a process has open."""
    found = []
    links = [*Path(f"/proc/{pid}/fd").glob("*"), *folder.glob("*"), *folder.glob("backups/*")]
    for one in links:
        try:
            if one.is_file() and "in/roster.csv" not in str(one.resolve()):
                found.append(one.read_bytes())
        except OSError:  # gone meanwhile
            continue
    return found


def surroundings(pid: int) -> bytes:
    """What other accounts, or other programs of hers, can see of a process."""
    try:
        return b"".join(Path(f"/proc/{pid}/{one}").read_bytes() for one in ("cmdline", "environ"))
    except OSError:
        return b""


# nothing tells the passphrase


def test_a_bug_shows_no_passphrase(
    care: Callable, path: Path, quick: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*given: object) -> None:
        raise RuntimeError(given)

    monkeypatch.setattr(encrypting, "_export", broken)
    monkeypatch.setenv("CARETOOL_DEBUG", "1")
    ran = encrypt(care, code=1)
    assert "RuntimeError" in ran.err
    assert SECRET not in ran.err + ran.out
    monkeypatch.setattr(output, "ask_secret", lambda _: SECRET)
    assert SECRET not in encrypt(care, "--json", code=1).out
