"""`decrypt`: a plain file again, with everything that was written behind the passphrase."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from encrypted_files import SECRET, dump, encrypted_copy

from caretool import audit, db, encrypting, keys

if TYPE_CHECKING:
    from collections.abc import Callable

ADD = ("add-patient", "Rivera, Ana", "--dob", "1958-03-02")
USE = ("--passphrase-file", "p")


@pytest.fixture
def path(care: Callable, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An encrypted care file with one patient; `plain.db` is what it was made of."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(keys, "ROUNDS", 1)
    care("--db", "plain.db", *ADD)
    encrypted_copy(Path("plain.db"), Path("care.db"))
    Path("p").write_text(f"{SECRET}\n")
    return tmp_path / "care.db"


def test_everything_is_the_same_but_for_the_record_of_the_command(
    care: Callable, path: Path
) -> None:
    care(*USE, "log-contact", "P1", "--outcome", "no_answer")
    before = dump(path)
    rows = sum(len(rows) for name, rows in before.items() if name)
    ran = care(*USE, "decrypt", "--json")

    after = dump(path, None)
    commands = after.pop("commands")
    assert commands[:-1] == before.pop("commands")
    assert commands[-1][4] == "decrypt"
    assert before.pop("sqlite_sequence") != after.pop("sqlite_sequence"), "the ids of commands"
    assert after == before
    assert (ran.data["encrypted"], ran.data["rows"]) == (False, rows)
    with db.reading(path) as care_file:
        assert list(audit.verify(care_file)) == []


def test_the_plain_file_is_private_whole_and_in_wal_mode(care: Callable, path: Path) -> None:
    care(*USE, "decrypt")
    assert path.stat().st_mode & 0o077 == 0
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    assert sorted(one.name for one in path.parent.iterdir()) == ["care.db", "p", "plain.db"]
    care("undo")


def test_encrypted_and_decrypted_again_the_export_is_the_same(care: Callable, path: Path) -> None:
    care(*USE, "decrypt")
    first = dump(path, None)
    care("encrypt", *USE)
    care("decrypt", *USE)
    again = dump(path, None)
    for moving in ("commands", "sqlite_sequence"):
        first.pop(moving)
        again.pop(moving)
    assert again == first


def test_a_plain_file_is_refused_and_a_foreign_one_told(care: Callable, path: Path) -> None:
    plain = Path("plain.db").resolve()
    ran = care("--db", plain, "decrypt", code=6)
    assert ran.err == (
        f"error: {plain} is not encrypted\nhint: caretool encrypt gives it a passphrase\n"
    )
    care("--db", "p", "decrypt", code=5)
    care("--db", "none.db", "decrypt", code=5)


def test_a_wrong_passphrase_changes_nothing(care: Callable, path: Path) -> None:
    Path("wrong").write_text("quite another passphrase")
    before = path.read_bytes()
    care("--passphrase-file", "wrong", "decrypt", code=5)
    care("decrypt", code=5)
    assert path.read_bytes() == before
    assert not path.with_name("care.db.new").exists()


def test_a_copy_that_was_left_half_way_is_replaced(
    care: Callable, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A decryption that was killed leaves plain rows beside the file: the next one removes them."""
    left = path.with_name("care.db.new")
    left.write_bytes(Path("plain.db").read_bytes())
    left.with_name("care.db.new-wal").write_bytes(b"left")
    Path("new").write_text("a newer passphrase")
    care(*USE, "change-passphrase", "--new-passphrase-file", "new")
    assert [one.name for one in path.parent.glob("care.db*")] == ["care.db"]


def test_an_interrupt_leaves_the_file_as_it_was(
    care: Callable, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(encrypting, "_put_in_place", interrupted)
    before = path.read_bytes()
    care(*USE, "decrypt", code=130)
    assert path.read_bytes() == before
    assert [one.name for one in path.parent.glob("care.db*")] == ["care.db"]
