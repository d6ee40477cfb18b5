"""Encrypted files: SQLCipher's format, one derivation a run, and what is no such file."""

from __future__ import annotations

import io
import os
import random
import sqlite3
import sys
import zipfile
from contextlib import closing
from typing import TYPE_CHECKING, Any

import pytest
from encrypted_files import SECRET, dump, encrypted_copy, opened
from hypothesis import given
from hypothesis import strategies as st
from sqlcipher3 import dbapi2

from caretool import db, keys, output
from caretool.schema import recording

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

ADD = ("add-patient", "Rivera, Ana", "--dob", "1958-03-02")
BOTH = (sqlite3.connect(":memory:"), dbapi2.connect(":memory:"))


@pytest.fixture
def path(care: Callable, tmp_path: Path) -> Path:
    """An encrypted care file with one patient, and its passphrase in a file."""
    care("--db", tmp_path / "plain.db", *ADD)
    encrypted_copy(tmp_path / "plain.db", tmp_path / "care.db")
    (tmp_path / "plain.db").unlink()
    (tmp_path / "p").write_text(SECRET)
    return tmp_path / "care.db"


@pytest.fixture
def locked(care: Callable, tmp_path: Path) -> Callable[..., Any]:
    """Run the command line with the passphrase of the file."""
    return lambda *words, **more: care("--passphrase-file", tmp_path / "p", *words, **more)


@pytest.fixture
def derived(monkeypatch: pytest.MonkeyPatch) -> list[bytes]:
    """The salts for which a key is derived."""
    salts: list[bytes] = []
    keys.raw_key.cache_clear()

    def derive(name: str, secret: bytes, salt: bytes, rounds: int, length: int) -> bytes:
        salts.append(salt)
        assert (name, rounds, length) == ("sha512", 256_000, 32)
        return original(name, secret, salt, rounds, length)

    original = keys.pbkdf2_hmac
    monkeypatch.setattr(keys, "pbkdf2_hmac", derive)
    return salts


# SQLCipher's format


def test_sqlcipher_opens_our_files_with_the_passphrase_alone(locked: Callable, path: Path) -> None:
    locked("log-contact", "P1", "--outcome", "no_answer")
    with closing(dbapi2.connect(path)) as connection:
        connection.execute(f"PRAGMA key = '{SECRET}'")
        assert connection.execute("SELECT count(*) FROM contacts").fetchone() == (1,)


def test_we_open_the_files_of_sqlcipher(care: Callable, tmp_path: Path) -> None:
    care("--db", tmp_path / "plain.db", *ADD)
    made = tmp_path / "made.db"
    with closing(dbapi2.connect(tmp_path / "plain.db")) as connection:
        connection.execute("ATTACH DATABASE ? AS made KEY ?", (str(made), SECRET))
        connection.execute("SELECT sqlcipher_export('made')")
        connection.execute(f"PRAGMA made.application_id = {db.APPLICATION_ID}")
        connection.execute(f"PRAGMA made.user_version = {db.SCHEMA_VERSION}")
    with db.reading(made, unlock=lambda: SECRET) as care_file:
        assert care_file.value("SELECT count(*) FROM patients") == 1


def test_what_sqlcipher_sorts_and_joins_aside_stays_in_memory() -> None:
    options = [one for (one,) in BOTH[1].execute("PRAGMA compile_options")]
    assert {"TEMP_STORE=2", "TEMP_STORE=3"} & set(options), "2 and 3: in memory unless told"


# images of rows: written by one SQLite, compared by the other


def images(value: object) -> list[str]:
    return [one.execute("SELECT json_array(?, ?)", (value, "")).fetchone()[0] for one in BOTH]


@pytest.mark.parametrize(
    "value",
    [
        *map(chr, range(0x100)), "\u2028", "\u2029", "\ufeff", "a\0b", "\U0001f600", "\uffff",
        "\U0010ffff", '"\\/', 2**63 - 1, -(2**63), 2**53 + 1, None,
    ],
)  # fmt: skip
def test_both_sqlites_write_the_same_image_of_a_value(value: object) -> None:
    plain, encrypted = images(value)
    assert plain == encrypted


@given(st.text() | st.integers(-(2**63), 2**63 - 1))
def test_both_sqlites_write_the_same_image_of_any_text_and_number(value: object) -> None:
    plain, encrypted = images(value)
    assert plain == encrypted


def test_no_table_of_facts_holds_fractions_which_both_sqlites_write_differently(
    care: Callable, tmp_path: Path
) -> None:
    plain, encrypted = images(1 / 3)
    assert plain != encrypted, "SQLite 3.40 writes 15 digits"
    care(*ADD)
    with closing(opened(tmp_path / "care.db", None)) as connection:
        kinds = {
            row[2]
            for one in recording.shapes(connection.execute)
            for row in connection.execute(f"PRAGMA table_info({one.name})")
        }
    assert kinds == {"INTEGER", "TEXT", "BLOB"}


# one derivation a run


@pytest.mark.parametrize(
    "words",
    [
        ["due-today", "--days", "30"],  # reads, then keeps what it has shown
        ["log-contact", "P1", "--outcome", "no_answer"],
        ["patients"],
    ],
)
def test_the_key_is_derived_once_a_run(
    words: list[str], locked: Callable, path: Path, derived: list[bytes]
) -> None:
    salt = path.read_bytes()[:16]
    locked(*words)
    assert derived == [salt]


def test_a_plain_file_costs_no_derivation_and_loads_no_cipher(
    care: Callable, tmp_path: Path, derived: list[bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "sqlcipher3", None)
    care(*ADD)
    care("--passphrase-file", tmp_path / "none.txt", "patients")
    assert derived == []


def test_a_wrong_passphrase_is_one_line_after_one_derivation(
    care: Callable, path: Path, tmp_path: Path, derived: list[bytes]
) -> None:
    (tmp_path / "wrong").write_text("not that one at all")
    before = path.read_bytes()
    for words in (["due-today"], ["log-contact", "P1", "--outcome", "no_answer"]):
        ran = care("--passphrase-file", tmp_path / "wrong", *words, code=5)
        assert ran.err == (
            f"error: wrong passphrase for {path}, or it is not a care file\n"
            "hint: try again; nothing was changed\n"
        )
        assert ran.out == ""
    assert len(derived) == 1
    assert path.read_bytes() == before


def test_without_a_passphrase_and_a_terminal_both_ways_are_named(
    care: Callable, path: Path
) -> None:
    ran = care("patients", code=5)
    assert ran.err == (
        f"error: {path} is encrypted, or it is not a care file\n"
        "hint: say --passphrase-file FILE, or set CARETOOL_PASSPHRASE_COMMAND\n"
    )


@pytest.mark.parametrize("words", [["patients"], ["encrypt"], ["decrypt"]])
def test_without_sqlcipher_the_package_is_named(
    words: list[str], locked: Callable, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "sqlcipher3", None)
    ran = locked(*words, code=5)
    assert ran.err == (
        "error: encrypted care files need SQLCipher, which is not installed here\n"
        "hint: pip install 'caretool[encrypted]'\n"
    )


# what is no encrypted care file


def noise(length: int) -> bytes:
    return random.Random(length).randbytes(length)  # noqa: S311 - made-up bytes


def archive(*names: str) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as file:
        for name in names:
            file.writestr(name, noise(3000))
    return made.getvalue()


FOREIGN = {
    "a picture": b"\xff\xd8\xff\xe0\x00\x10JFIF\0" + noise(20_000),
    "an archive": archive("a.txt", "b.txt"),
    "a workbook": archive("[Content_Types].xml", "xl/workbook.xml", "xl/worksheets/sheet1.xml"),
    "a song": b"ID3\x04\0\0\0\0\0\x23" + noise(30_000),
    "noise": noise(5000),
    "a little noise": noise(600),
    "nulls": bytes(8192),
    "half a page": noise(2048),
}


@pytest.mark.parametrize("what", FOREIGN)
@pytest.mark.parametrize(
    "words",
    [["due-today"], ["log-contact", "P1", "--outcome", "no_answer"], ["decrypt"]],
    ids=lambda words: words[0],
)
def test_a_foreign_file_is_told_in_one_line_without_a_question(
    what: str, words: list[str], care: Callable, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def ask(_: str) -> str:
        raise AssertionError

    monkeypatch.setattr(output, "ask_secret", ask)
    path = tmp_path / "care.db"
    path.write_bytes(FOREIGN[what])
    ran = care(*words, code=5)
    assert ran.err.count("\n") == 2
    assert "not a care file" in ran.err
    assert path.read_bytes() == FOREIGN[what]
    assert [one.name for one in tmp_path.iterdir()] == ["care.db"]


def test_of_a_foreign_file_that_might_be_one_the_passphrase_is_asked_once(
    care: Callable, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whole pages of noise: nothing but the key can tell."""
    asked = []
    monkeypatch.setattr(output, "ask_secret", lambda question: asked.append(question) or SECRET)
    monkeypatch.setattr("caretool.app.open_session", on_a_terminal())
    path = tmp_path / "care.db"
    path.write_bytes(noise(3 * 4096))
    for words in (["due-today"], ["log-contact", "P1", "--outcome", "no_answer"], ["decrypt"]):
        asked.clear()
        ran = care(*words, code=5)
        assert ran.err.startswith(f"error: wrong passphrase for {path}, or it is not a care file\n")
        assert asked == ["passphrase of care.db"]
    assert path.read_bytes() == noise(3 * 4096)


def on_a_terminal() -> Callable[..., Any]:
    from dataclasses import replace

    from caretool.app import open_session

    return lambda *given: replace(open_session(*given), interactive=True)


@pytest.mark.parametrize("kept", [17, 1023, 1024, 4096, 5000, 8192, 4096 * 20, -4096, -1])
def test_a_file_that_was_cut_off_is_said_to_be_and_left_as_it_is(
    kept: int, locked: Callable, path: Path
) -> None:
    path.write_bytes(path.read_bytes()[:kept])
    before = path.read_bytes()
    for words in (["due-today"], ["log-contact", "P1", "--outcome", "no_answer"], ["decrypt"]):
        ran = locked(*words, code=5)
        assert ran.err.count("\n") == 2, ran.err
        assert any(said in ran.err for said in ("is cut off", "is damaged", "not a care file"))
        assert path.read_bytes() == before


def test_a_byte_that_was_flipped_is_never_taken_for_a_fact(locked: Callable, path: Path) -> None:
    """SQLCipher signs each page, so that it is found when that page is read."""
    whole, facts = path.read_bytes(), dump(path)["patients"]
    right = locked("patients", "--json").out
    codes = set()
    for at in (*range(0, 4096, 1111), *range(4096, len(whole), 4096 * 7 + 13)):
        path.write_bytes(whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :])
        ran = locked("patients", "--json", code=None)
        assert (ran.code, ran.out) == (0, right) or ran.code == 5
        before = path.read_bytes()  # it was noted who saw what
        ran = locked("decrypt", code=None)
        codes.add(ran.code)
        if ran.code == 0:  # the page was an index's, which is made anew
            assert dump(path, None)["patients"] == facts
        else:
            assert ran.code == 5
            assert ran.err.count("\n") == 2
            assert path.read_bytes() == before
    assert codes == {0, 5}
    assert not path.with_name("care.db.new").exists()


@pytest.mark.skipif(os.name == "nt", reason="modes of POSIX")
def test_an_encrypted_file_is_as_private_as_a_plain_one(locked: Callable, path: Path) -> None:
    locked("log-contact", "P1", "--outcome", "no_answer")
    assert path.stat().st_mode & 0o777 == 0o600
