"""`backup`: a checked copy of a file in use; which earlier ones go; those made by themselves."""

from __future__ import annotations

import os
import re
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from encrypted_files import SECRET, dump, encrypted_copy, seen_in

from caretool import copies, dates, db

if TYPE_CHECKING:
    from collections.abc import Callable

ADD = ("add-patient", "Rivera, Ana", "--dob", "1958-03-02")
LOG = ("log-contact", "P1", "--outcome", "no_answer")
DISKS = (Path("/dev/shm"), Path(tempfile.gettempdir()))  # noqa: S108 - memory, and another
posix = pytest.mark.skipif(os.name != "posix", reason="modes")


@pytest.fixture
def file(care: Callable, tmp_path: Path) -> Path:
    """A care file with one patient."""
    care(*ADD)
    return tmp_path / "care.db"


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Set what time it is, in UTC, which is the local time here."""

    def set_to(text: str) -> None:
        moment = datetime.fromisoformat(text).replace(tzinfo=UTC)
        monkeypatch.setattr(dates, "now", lambda: moment)

    return set_to


@pytest.fixture
def roster(tmp_path: Path) -> Callable[[int], Path]:
    """A roster of one patient, another one for each number."""

    def write(number: int) -> Path:
        path = tmp_path / f"roster{number}.csv"
        path.write_text(f'Name,DOB,MRN\n"Hill, Tom",1944-11-{number:02},X{number}\n')
        return path

    return write


def everything(path: Path) -> list[str]:
    with closing(sqlite3.connect(path)) as connection:
        return list(connection.iterdump())


def mode(path: Path) -> int:
    return path.stat().st_mode & 0o777


def names(folder: Path) -> list[str]:
    return sorted(one.name for one in folder.iterdir())


# the copy


def test_a_backup_is_one_private_file_that_holds_everything(
    care: Callable, ok: Callable, file: Path, clock: Callable
) -> None:
    clock("2026-11-24T08:15:00")
    said = ok("backup")
    backup = file.parent / "backups" / "care-20261124T081500.db"

    assert said["backup"] == str(backup)
    assert names(backup.parent) == [backup.name]
    assert everything(backup) == everything(file)
    with closing(sqlite3.connect(file)) as connection:
        tables = connection.execute("SELECT name FROM sqlite_master WHERE type='table'").fetchall()
        rows = sum(
            connection.execute(f"SELECT count(*) FROM {one}").fetchone()[0] for (one,) in tables
        )
    assert said["rows"] == rows
    assert backup.read_bytes()[18:20] == b"\1\1", "no log is asked for beside it"
    assert [one["patient"] for one in ok("--db", backup, "patients")] == ["P1"]


@posix
@pytest.mark.parametrize("umask", [0o000, 0o777])
def test_nobody_else_can_read_it_whatever_the_umask(care: Callable, file: Path, umask: int) -> None:
    before = os.umask(umask)
    try:
        care("backup")
    finally:
        os.umask(before)
    (backup,) = (file.parent / "backups").iterdir()
    assert mode(backup) == 0o600
    assert mode(backup.parent) & 0o077 == 0


def test_it_opens_where_nothing_can_be_written(file: Path, ok: Callable) -> None:
    backup = Path(ok("backup")["backup"])
    address = f"{backup.as_uri()}?mode=ro"
    with closing(sqlite3.connect(address, uri=True)) as connection:
        connection.execute("SELECT * FROM patients").fetchall()
        assert names(backup.parent) == [backup.name]


def test_a_second_one_in_the_same_second_gets_a_number(
    care: Callable, file: Path, clock: Callable
) -> None:
    clock("2026-11-24T08:15:00")
    for _ in range(3):
        care("backup")
    assert names(file.parent / "backups") == [
        "care-20261124T081500-2.db", "care-20261124T081500-3.db", "care-20261124T081500.db",
    ]  # fmt: skip


def test_what_is_being_written_is_not_in_it_and_does_not_make_it_wait(
    ok: Callable, file: Path
) -> None:
    before = everything(file)
    with db.writing(file, "test", "nurse") as care_file:
        care_file.execute("UPDATE patients SET last_name = 'Half'")
        backup = Path(ok("backup")["backup"])
    assert everything(backup) == before


WRITER = """
import select, sys
from pathlib import Path
from caretool import db
while not select.select([sys.stdin], [], [], 0)[0]:
    with db.writing(Path(sys.argv[1]), "test", "nurse") as care_file:
        care_file.execute("UPDATE patients SET address = ifnull(address, '') || 'x'")
    print("written", flush=True)
"""


@posix
def test_every_copy_taken_beside_a_busy_writer_is_of_one_moment(ok: Callable, file: Path) -> None:
    words = [sys.executable, "-c", WRITER, file]
    with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as writer:
        assert writer.stdout is not None
        assert writer.stdout.readline() == b"written\n"
        copied = [Path(ok("backup")["backup"]) for _ in range(12)]
        writer.communicate()
    assert writer.returncode == 0
    counts = []
    for one in copied:
        with closing(sqlite3.connect(one)) as connection:
            assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
            sealed = connection.execute("SELECT count(*), count(seal), max(id) FROM commands")
            commands, seals, last = sealed.fetchone()
            assert commands == seals == last
            (address,) = connection.execute("SELECT ifnull(address, '') FROM patients").fetchone()
            assert len(address) == commands - 1, "the first one added her"
            counts.append(commands)
    assert counts == sorted(counts)
    assert len(set(counts)) > 1, "the writer was at work"


def test_the_folder_can_be_said_and_is_not_made(care: Callable, ok: Callable, file: Path) -> None:
    here = ok("backup", file.parent)
    assert Path(here["backup"]).parent == file.parent
    ran = care("backup", file.parent / "stick", code=6)
    assert ran.err == (
        f"error: no folder {file.parent / 'stick'}\n"
        "hint: connect its disk, or make the folder first\n"
    )
    care("backup", file, code=6)


def test_the_folder_may_be_on_another_disk(ok: Callable, file: Path) -> None:
    own = file.stat().st_dev
    others = [disk for disk in DISKS if disk.is_dir() and disk.stat().st_dev != own]
    if not others:
        pytest.skip("no second disk here")
    folder = others[0] / f"backups of {os.getpid()}"
    folder.mkdir()
    try:
        assert everything(Path(ok("backup", folder)["backup"])) == everything(file)
    finally:
        shutil.rmtree(folder)


@posix
def test_backups_lie_beside_the_file_and_not_beside_a_link_to_it(
    ok: Callable, file: Path, tmp_path: Path
) -> None:
    (tmp_path / "links").mkdir()
    link = tmp_path / "links" / "mine.db"
    link.symlink_to(file)
    backup = Path(ok("--db", link, "backup")["backup"])
    assert backup.parent == tmp_path / "backups"
    assert backup.name.startswith("care-")


def test_of_an_encrypted_file_the_backup_is_encrypted_with_the_same_passphrase(
    care: Callable, file: Path, tmp_path: Path
) -> None:
    locked, secret = tmp_path / "locked.db", tmp_path / "secret"
    encrypted_copy(file, locked)
    secret.write_text(SECRET)
    opens = ("--db", locked, "--passphrase-file", secret)
    backup = Path(care(*opens, "backup", "--keep", "1", "--json").data["backup"])
    assert dump(backup) == dump(locked)
    assert seen_in(backup.read_bytes(), ["Rivera", "SQLite format", "patients"]) == []
    again = care(*opens, "backup", "--keep", "1", "--json").data
    assert again["removed"] == [str(backup)]
    secret.write_text("another passphrase")
    ran = care(*opens, "backup", code=5)
    assert "wrong passphrase" in ran.err
    assert names(tmp_path / "backups") == [Path(again["backup"]).name]


# what fails


def test_a_damaged_file_is_said_to_be_damaged_and_leaves_no_copy(
    care: Callable, file: Path
) -> None:
    with closing(sqlite3.connect(file)) as connection:
        (root,) = connection.execute(
            "SELECT rootpage FROM sqlite_master WHERE name = 'patients'"
        ).fetchone()
        (page,) = connection.execute("PRAGMA page_size").fetchone()
    with file.open("r+b") as opened:
        opened.seek((root - 1) * page)
        opened.write(b"\xff" * 8)
    before = file.read_bytes()
    ran = care("backup", "--json", code=5)
    assert ran.document["errors"][0]["code"] == "damaged"
    assert names(file.parent / "backups") == []
    assert file.read_bytes() == before


def test_a_copy_that_differs_from_what_was_written_does_not_count(
    care: Callable, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As on a disk that loses what it is given."""
    sync = copies.sync

    def lose(path: Path) -> None:
        with path.open("r+b") as opened:
            opened.seek(4096 * 5)
            opened.write(b"\xff" * 4096)
        sync(path)

    monkeypatch.setattr(copies, "sync", lose)
    ran = care("backup", "--json", code=5)
    (error,) = ran.document["errors"]
    assert error["code"] == "damaged"
    assert error["message"].startswith(
        f"the copy of {file} in {file.parent / 'backups'} is damaged"
    )
    assert names(file.parent / "backups") == []


def test_a_copy_that_lacks_a_row_does_not_count(
    care: Callable, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def lose(path: Path) -> None:
        with closing(sqlite3.connect(path)) as connection:
            connection.execute("DROP TRIGGER tiers_removed")
            connection.execute("DELETE FROM tiers")
            connection.commit()

    monkeypatch.setattr(copies, "sync", lose)
    ran = care("backup", code=5)
    assert "is damaged: rows are missing" in ran.err
    assert names(file.parent / "backups") == []


LIMITED = """
import resource, sys
from caretool.cli import main
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv.pop(1)),) * 2)
main()
"""


@posix
@pytest.mark.parametrize("command", ["backup", "import-patients"])
def test_without_room_for_a_copy_nothing_is_done_and_nothing_left(
    file: Path, roster: Callable, command: str
) -> None:
    before = everything(file)
    words = [str(roster(1))] if command == "import-patients" else []
    ran = subprocess.run(
        [sys.executable, "-c", LIMITED, "100000", command, *words],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert ran.returncode == 5, ran.stderr
    start = "no backup could be made before import-patients: " if words else ""
    assert ran.stderr.startswith(f"error: {start}no room for a copy of {file} in")
    assert everything(file) == before
    assert names(file.parent / "backups") == []


def test_where_no_copy_can_be_kept_the_import_is_refused(
    care: Callable, file: Path, roster: Callable
) -> None:
    (file.parent / "backups").write_text("a file where the folder should be")
    before = everything(file)
    ran = care("import-patients", roster(1), "--json", code=6)
    (error,) = ran.document["errors"]
    assert error["message"].startswith(
        "no backup could be made before import-patients: cannot make"
    )
    assert everything(file) == before
    care(*LOG)


def test_a_cut_history_is_told_and_copied_as_it_is(care: Callable, file: Path) -> None:
    care(*LOG)
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("DROP TRIGGER commands_kept")
        connection.execute("DELETE FROM commands WHERE id = 1")
        connection.commit()
    ran = care("backup", code=4)
    assert "the history of the care file is cut at H2, and so is the copy's" in ran.err
    (backup,) = (file.parent / "backups").iterdir()
    assert everything(backup) == everything(file)


def test_what_a_killed_backup_left_goes_after_a_day(care: Callable, file: Path) -> None:
    folder = file.parent / "backups"
    folder.mkdir()
    old, new, other = (folder / f"{name}.new" for name in ("care-1.2", "care-2.3", "mine-3.4"))
    for one in (old, new, other):
        one.write_bytes(b"half")
    for one in (old, other):
        stamp = (dates.now() - timedelta(days=2)).timestamp()
        os.utime(one, (stamp, stamp))
    care("backup")
    assert not old.exists()
    assert new.exists()
    assert other.exists()


# which stay


def backed_up(care: Callable, clock: Callable, *moments: str) -> None:
    for moment in moments:
        clock(moment)
        care("backup")


def test_without_a_number_none_is_removed(care: Callable, file: Path, clock: Callable) -> None:
    backed_up(care, clock, *(f"2026-11-{day:02}T08:00:00" for day in range(1, 13)))
    assert len(names(file.parent / "backups")) == 12


def test_keep_keeps_the_latest_that_were_asked_for(
    care: Callable, file: Path, clock: Callable, roster: Callable
) -> None:
    clock("2026-11-19T08:00:00")
    care("import-patients", roster(1))
    backed_up(care, clock, *(f"2026-11-2{day}T08:00:00" for day in range(3)))
    clock("2026-11-23T08:00:00")
    ran = care("backup", "--keep", "2")
    assert names(file.parent / "backups") == [
        "care-20261119T080000-before-import-patients.db",
        "care-20261122T080000.db",
        "care-20261123T080000.db",
    ]
    assert ran.err.splitlines()[1:] == [
        "kept: care-20261122T080000.db, care-20261123T080000.db",
        "removed: care-20261120T080000.db, care-20261121T080000.db",
    ]


def test_daily_and_weekly_keep_the_last_of_each(
    care: Callable, ok: Callable, file: Path, clock: Callable
) -> None:
    """Sunday 22 November ends ISO week 47; Monday the 23rd begins week 48."""
    backed_up(
        care, clock, "2026-11-12T09:00:00", "2026-11-13T09:00:00", "2026-11-21T09:00:00",
        "2026-11-22T08:00:00", "2026-11-22T09:00:00", "2026-11-23T08:00:00",
    )  # fmt: skip
    clock("2026-11-23T09:00:00")
    said = ok("backup", "--daily", "2", "--weekly", "3")
    assert [Path(one).name for one in said["kept"]] == [
        "care-20261113T090000.db", "care-20261122T090000.db", "care-20261123T090000.db",
    ]  # fmt: skip
    assert names(file.parent / "backups") == [Path(one).name for one in said["kept"]]


def test_the_new_one_stays_also_when_the_clock_went_back(
    care: Callable, file: Path, clock: Callable
) -> None:
    backed_up(care, clock, "2027-11-23T08:00:00", "2027-11-23T09:00:00")
    clock("2026-11-23T08:00:00")
    care("backup", "--keep", "1")
    assert names(file.parent / "backups") == ["care-20261123T080000.db", "care-20271123T090000.db"]


def test_what_is_no_copy_of_this_file_is_never_removed(
    care: Callable, file: Path, clock: Callable, tmp_path: Path
) -> None:
    folder = tmp_path / "stick"
    folder.mkdir()
    clock("2026-11-20T08:00:00")
    (tmp_path / "other").mkdir()
    other = tmp_path / "other" / "care.db"
    care("--db", other, "add-patient", "Hill, Tom", "--dob", "1944-11-30")
    care("--db", other, "backup", folder)
    (folder / "care-20261101T080000.db").write_text("notes")
    (folder / "care-20261102T080000.db").mkdir()
    (folder / "care-20261103T080000.db").symlink_to(file)
    (folder / "care-20269903T080000.db").write_text("no day")
    shutil.copy(file, folder / "care-of-november.db")
    before = names(folder)
    clock("2026-11-21T08:00:00")
    care("backup", folder)
    clock("2026-11-22T08:00:00")
    care("backup", folder, "--keep", "1")
    assert names(folder) == sorted([*before, "care-20261122T080000.db"])


@pytest.mark.parametrize("words", [("--keep", "0"), ("--daily", "-1"), ("--weekly", "x")])
def test_fewer_than_one_cannot_stay(care: Callable, file: Path, words: tuple[str, str]) -> None:
    care("backup", *words, code=2)


# by itself


def test_before_an_import_the_file_is_copied_but_not_where_nothing_is_kept(
    care: Callable, file: Path, roster: Callable, clock: Callable
) -> None:
    before = everything(file)
    care("import-patients", roster(1), "--dry-run")
    care("import-patients", file.parent / "none.csv", code=3)
    assert not (file.parent / "backups").exists()
    clock("2026-11-24T08:15:00")
    care("import-patients", roster(1))
    (backup,) = (file.parent / "backups").iterdir()
    assert backup.name == "care-20261124T081500-before-import-patients.db"
    assert everything(backup) == before


def test_a_new_file_needs_no_backup(care: Callable, roster: Callable, tmp_path: Path) -> None:
    care("import-patients", roster(1))
    assert not (tmp_path / "backups").exists()


def test_several_files_in_one_command_need_one_backup(
    care: Callable, file: Path, roster: Callable
) -> None:
    care("import-patients", roster(1), roster(2), roster(3))
    assert len(names(file.parent / "backups")) == 1


def test_what_a_backup_holds_already_is_not_copied_again(
    care: Callable, file: Path, roster: Callable, clock: Callable, tmp_path: Path
) -> None:
    """After a restore of the backup of before, say; or when the import itself was refused."""
    clock("2026-11-24T08:15:00")
    bad = tmp_path / "bad.csv"
    bad.write_text("Name,Colour\nx,y\n")
    care("import-patients", bad, code=3)
    care("import-patients", roster(1))
    assert len(names(file.parent / "backups")) == 1
    care(*LOG)
    care("import-patients", roster(2))
    assert len(names(file.parent / "backups")) == 2


def test_of_those_before_imports_three_stay_and_the_last_of_each_of_seven_days(
    care: Callable, file: Path, roster: Callable, clock: Callable
) -> None:
    for day in range(1, 11):
        clock(f"2026-11-{day:02}T08:00:00")
        care("import-patients", roster(day))
    for hour in range(9, 13):
        clock(f"2026-11-10T{hour:02}:00:00")
        care("import-patients", roster(10 + hour))
    care("backup")
    days = [f"care-202611{day:02}T080000-before-import-patients.db" for day in range(4, 10)]
    hours = [f"care-20261110T{hour}0000-before-import-patients.db" for hour in (10, 11, 12)]
    assert names(file.parent / "backups") == [*days, *hours, "care-20261110T120000.db"]


def test_the_documented_names_are_those_that_are_made(care: Callable, file: Path) -> None:
    care("backup")
    (backup,) = (file.parent / "backups").iterdir()
    assert re.fullmatch(r"care-\d{8}T\d{6}\.db", backup.name)


def test_a_file_of_another_name_keeps_its_ending(care: Callable, tmp_path: Path) -> None:
    path = tmp_path / "panel [2].sqlite"
    care("--db", path, *ADD)
    for _ in range(2):
        care("--db", path, "backup", "--keep", "1")
    (backup,) = (tmp_path / "backups").iterdir()
    assert re.fullmatch(r"panel \[2\]-\d{8}T\d{6}(-2)?\.sqlite", backup.name)


def test_a_folder_of_an_endless_name_is_refused(care: Callable, file: Path) -> None:
    ran = care("backup", "x" * 300, code=6)
    assert "cannot be opened: File name too long" in ran.err
