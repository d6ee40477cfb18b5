"""`change-passphrase`: the new one opens the file, the former one does not, and nothing is lost."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from encrypted_files import SECRET, dump, encrypted_copy

from caretool import keys

if TYPE_CHECKING:
    from collections.abc import Callable

NEW = "a newer passphrase"
USE = ("--passphrase-file", "p")
CHANGE = (*USE, "change-passphrase", "--new-passphrase-file", "new")


@pytest.fixture
def path(care: Callable, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An encrypted care file with one patient, and both passphrases in files."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(keys, "ROUNDS", 1)
    care("--db", "plain.db", "add-patient", "Rivera, Ana", "--dob", "1958-03-02")
    encrypted_copy(Path("plain.db"), Path("care.db"))
    for name, text in (("p", SECRET), ("new", NEW)):
        Path(name).write_text(f"{text}\n")
        Path(name).chmod(0o600)
    return tmp_path / "care.db"


def test_the_new_one_opens_the_file_and_the_former_one_does_not(care: Callable, path: Path) -> None:
    before, salt = dump(path), path.read_bytes()[:16]
    ran = care(*CHANGE, "--json")

    after = dump(path, NEW)
    assert after["commands"][-1][4] == "change-passphrase"
    assert after["commands"][:-1] == before["commands"]
    for moving in ("commands", "sqlite_sequence"):
        before.pop(moving)
        after.pop(moving)
    assert after == before
    assert path.read_bytes()[:16] != salt
    assert ran.data["encrypted"] is True
    assert care("--passphrase-file", "new", "patients").out.startswith("P1\t")
    care(*USE, "patients", code=5)


def test_neither_passphrase_stands_in_the_history_or_on_the_screen(
    care: Callable, path: Path
) -> None:
    ran = care(*CHANGE)
    for secret in (SECRET, NEW):
        assert secret not in ran.out + ran.err
        assert secret not in repr(dump(path, NEW))


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("eleven char", "has fewer than 12 characters"),
        ("", "has an empty first line"),
        (SECRET, "the new passphrase is the present one"),
    ],
)
def test_what_is_no_new_passphrase_changes_nothing(
    text: str, why: str, care: Callable, path: Path
) -> None:
    before = path.read_bytes()
    Path("new").write_text(text)
    assert why in care(*CHANGE, code=3).err
    assert path.read_bytes() == before


def test_the_present_passphrase_is_tried_before_a_new_one_is_asked_for(
    care: Callable, path: Path
) -> None:
    Path("p").write_text("quite another passphrase")
    ran = care(*USE, "change-passphrase", code=5)
    assert ran.err.startswith("error: wrong passphrase")


def test_where_nobody_can_be_asked_for_the_new_one_that_is_said(care: Callable, path: Path) -> None:
    ran = care(*USE, "change-passphrase", code=6)
    assert ran.err == (
        "error: no new passphrase: nobody to ask, standard input is not a terminal\n"
        "hint: say --new-passphrase-file FILE\n"
    )


def test_a_file_that_others_can_read_is_warned_of(care: Callable, path: Path) -> None:
    Path("new").chmod(0o644)
    assert "other accounts can read new: chmod 600 it" in care(*CHANGE).err


def test_a_plain_file_is_refused(care: Callable, path: Path) -> None:
    ran = care("--db", "plain.db", "change-passphrase", code=6)
    assert "is not encrypted" in ran.err
