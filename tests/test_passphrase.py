"""Where a passphrase comes from, and that it stays where it is."""

from __future__ import annotations

import os
import pty
import shlex
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pytest
from encrypted_files import SECRET, encrypted_copy

from caretool import keys, output, passphrase
from caretool.errors import InputError, RefusedError, StoreError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

ADD = ("add-patient", "Rivera, Ana", "--dob", "1958-03-02")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "passphrase.txt"


def printing(text: str, then: str = "") -> str:
    """A command line that prints a text as it is."""
    code = f"import sys; sys.stdout.write({text!r}); {then}"
    return shlex.join([sys.executable, "-c", code])


def of_command(path: Path) -> str:
    return passphrase.of(path / "care.db", None, interactive=False)


# a file


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"correct horse\n", "correct horse"),
        (b"correct horse\r\nsecond line\r\n", "correct horse"),
        (b"correct horse", "correct horse"),
        (b"  spaces stay  \n", "  spaces stay  "),
        (b"\xef\xbb\xbfafter the mark of an editor\n", "after the mark of an editor"),
        ("Äpfel und Öl\n".encode(), "Äpfel und Öl"),
        (b"x" * 1024 + b"\n", "x" * 1024),
    ],
)
def test_the_passphrase_is_the_first_line_of_a_file(data: bytes, expected: str, file: Path) -> None:
    file.write_bytes(data)
    assert passphrase.from_file(file) == expected


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"", "the passphrase file has an empty first line"),
        (b"\nsecond line\n", "the passphrase file has an empty first line"),
        (b"\xff\xfe\n", "the passphrase file cannot be read: it is not UTF-8 text"),
        (b"x" * 1025, "the passphrase file has more than 1,024 characters"),
        (None, "the passphrase file cannot be read: No such file or directory"),
    ],
)
def test_a_file_without_a_passphrase_is_said_without_what_stands_in_it(
    data: bytes | None, why: str, file: Path
) -> None:
    if data is not None:
        file.write_bytes(data)
    with pytest.raises(InputError) as raised:
        passphrase.from_file(file)
    assert raised.value.message == why


def test_a_folder_is_no_passphrase_file(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="Is a directory"):
        passphrase.from_file(tmp_path)


def test_the_file_goes_before_the_command(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file.write_text("from the file\n")
    monkeypatch.setenv(passphrase.COMMAND, printing("from the command"))
    assert passphrase.of(file, file, interactive=True) == "from the file"


# a command


@pytest.mark.parametrize("text", ["correct horse", "correct horse\n", "correct horse\r\nmore\r\n"])
def test_the_command_prints_the_passphrase(
    text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(passphrase.COMMAND, printing(text))
    assert of_command(tmp_path) == "correct horse"


def test_no_shell_reads_the_command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(passphrase.COMMAND, "echo $HOME; touch made | cat > made")
    monkeypatch.chdir(tmp_path)
    assert of_command(tmp_path) == "$HOME; touch made | cat > made"
    assert list(tmp_path.iterdir()) == []


def test_what_the_command_says_to_people_reaches_them_and_is_no_passphrase(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv(
        passphrase.COMMAND, printing(SECRET, "sys.stderr.write('touch the key now')")
    )
    assert of_command(tmp_path) == SECRET
    assert capfd.readouterr().err == "touch the key now"


@pytest.mark.parametrize(
    ("command", "why"),
    [
        ("false", f"the command of {passphrase.COMMAND} failed with exit code 1"),
        ("true", f"what {passphrase.COMMAND} prints has an empty first line"),
        ("none-such", f"the command of {passphrase.COMMAND} cannot be run: No such file"),
        ("pass 'show", f"the command of {passphrase.COMMAND} is no command"),
        ("  ", f"the command of {passphrase.COMMAND} is no command"),
        ("sleep 20", f"the command of {passphrase.COMMAND} did not end within 0.2 seconds"),
        (printing(SECRET, "sys.exit(2)"), "failed with exit code 2"),
        (shlex.join([sys.executable, "-c", r"import os; os.write(1, b'\xff\n')"]), "is no command"),
    ],
)
def test_a_command_that_gives_no_passphrase_is_said_without_what_it_printed(
    command: str, why: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(passphrase, "_SECONDS", 0.2 if "sleep" in command else 60)
    monkeypatch.setenv(passphrase.COMMAND, command)
    begun = time.monotonic()
    with pytest.raises(InputError) as raised:
        of_command(tmp_path)
    assert why in raised.value.message
    assert SECRET not in f"{raised.value.message}{raised.value.hint}"
    assert time.monotonic() - begun < 10


def test_the_command_does_not_read_the_list_that_is_piped_in(
    care: Callable, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`cat` gives what it reads: nothing, while the list stays for the import."""
    care(*ADD)
    (tmp_path / "care.db").rename(tmp_path / "plain.db")
    encrypted_copy(tmp_path / "plain.db", tmp_path / "care.db")
    ran = subprocess.run(
        [sys.executable, "-m", "caretool", "import-patients", "-"],
        input=b"Name,DOB\n", capture_output=True, check=False,
        env={**os.environ, passphrase.COMMAND: "cat"},
    )  # fmt: skip
    assert ran.returncode == 3
    assert ran.stderr.startswith(b"error: what CARETOOL_PASSPHRASE_COMMAND prints has an empty")


# a new one


def typed(monkeypatch: pytest.MonkeyPatch, *answers: str) -> list[str]:
    asked: list[str] = []
    left = list(answers)

    def ask(question: str) -> str:
        asked.append(question)
        return left.pop(0)

    monkeypatch.setattr(output, "ask_secret", ask)
    return asked


def test_a_new_passphrase_is_typed_twice(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = typed(monkeypatch, "twelve chars", "twelve chars")
    got = passphrase.new(tmp_path / "care.db", None, command=True, interactive=True)
    assert got == "twelve chars"
    assert asked == ["new passphrase of care.db", "the same again"]


def test_a_slip_in_one_of_the_two_is_noticed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    typed(monkeypatch, "twelve chars", "twelve char5")
    with pytest.raises(InputError, match="differ; nothing was changed"):
        passphrase.new(tmp_path / "care.db", None, command=True, interactive=True)


@pytest.mark.parametrize("text", ["eleven char", "Tr0ub4dor&3", "äöüäöüäöüäö"])
def test_a_new_passphrase_has_twelve_characters_of_whatever_kind(
    text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = typed(monkeypatch, text)
    with pytest.raises(InputError, match="fewer than 12 characters") as raised:
        passphrase.new(tmp_path / "care.db", None, command=True, interactive=True)
    assert text not in raised.value.hint
    assert len(asked) == 1, "it is said before the second time"


def test_a_new_passphrase_of_a_file_or_a_command_is_as_long(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file.write_text("eleven char\n")
    monkeypatch.setenv(passphrase.COMMAND, printing("eleven char"))
    for source in (file, None):
        with pytest.raises(InputError, match="fewer than 12 characters"):
            passphrase.new(file, source, command=True, interactive=False)


def test_where_nobody_can_be_asked_that_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(StoreError) as old:
        passphrase.of(tmp_path, None, interactive=False)
    assert (old.value.code, old.value.exit_code) == ("encrypted", 5)
    monkeypatch.setenv(passphrase.COMMAND, printing(SECRET))
    with pytest.raises(RefusedError) as new:  # the command gives the present one
        passphrase.new(tmp_path, None, command=False, interactive=False)
    assert (new.value.code, new.value.exit_code) == ("no-terminal", 6)


@pytest.mark.skipif(os.name == "nt", reason="modes of POSIX")
@pytest.mark.parametrize(("mode", "warned"), [(0o600, 0), (0o400, 0), (0o644, 1), (0o620, 1)])
def test_a_passphrase_file_that_others_can_read_is_warned_of(
    mode: int, warned: int, file: Path
) -> None:
    file.write_text(SECRET)
    file.chmod(mode)
    assert len(passphrase.warnings(file)) == warned
    assert SECRET not in "".join(passphrase.warnings(file))


def test_an_accent_is_the_same_however_it_is_written() -> None:
    salt = b"0123456789abcdef"
    assert keys.raw_key("caf\u00e9 caf\u00e9 12", salt) == keys.raw_key(
        "cafe\u0301 cafe\u0301 12", salt
    )


@pytest.mark.skipif(os.name == "nt", reason="terminals of POSIX")
def test_on_a_terminal_it_is_asked_for_and_not_shown(care: Callable, tmp_path: Path) -> None:
    """All three commands on one terminal, with the answers typed when they are asked for."""
    care(*ADD)
    new = "a newer passphrase"
    for command, answers in (
        ("encrypt", [("new passphrase of care.db: ", SECRET), ("the same again: ", SECRET)]),
        ("change-passphrase", [
            ("passphrase of care.db: ", SECRET), ("new passphrase of care.db: ", new),
            ("the same again: ", new),
        ]),
        ("decrypt", [("passphrase of care.db: ", new)]),
    ):  # fmt: skip
        shown = on_terminal([sys.executable, "-m", "caretool", command], answers)
        assert SECRET not in shown
        assert new not in shown
        assert "are the same as" in shown, shown
    assert care("patients").out.startswith("P1\tRivera, Ana\t")


def on_terminal(command: list[str], answers: list[tuple[str, str]]) -> str:
    """Run a command on a terminal of its own and answer what it asks; returns what it shows."""
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        command, stdin=theirs, stdout=theirs, stderr=theirs, start_new_session=True
    )
    os.close(theirs)
    shown, waiting = "", list(answers)
    while True:
        try:
            part = os.read(ours, 4096).decode()
        except OSError:  # Linux says so when the other end is closed
            break
        if not part:
            break
        shown += part
        if waiting and shown.endswith(waiting[0][0]):
            os.write(ours, f"{waiting.pop(0)[1]}\n".encode())
    os.close(ours)
    assert process.wait(60) == 0, shown
    assert waiting == []
    return shown
