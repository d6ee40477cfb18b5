"""Any system, any locale, any terminal: what the surroundings may lack, say or take away."""

from __future__ import annotations

import ast
import io
import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import caretool
from caretool import app, output

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

PROGRAM = [sys.executable, "-m", "caretool"]
POSIX_ONLY = ("fcntl", "pwd", "grp", "resource", "termios", "pty", "tty", "posix_ipc")
WITHOUT_POSIX = f"""
import importlib, os, pathlib, sys
for name in {POSIX_ONLY!r}:
    sys.modules[name] = None  # an import of it now fails
for name in ("getuid", "geteuid", "getgid", "getegid", "getlogin", "fchmod", "chown", "fork"):
    if hasattr(os, name):
        delattr(os, name)
for name in ("LOGNAME", "USER", "LNAME", "USERNAME"):
    os.environ.pop(name, None)
"""
IMPORT_ALL = """
import caretool
root = pathlib.Path(caretool.__file__).parent
files = [file for file in root.rglob("*.py") if file.name != "__main__.py"]
for file in sorted(files):
    parts = file.relative_to(root.parent).with_suffix("").parts
    importlib.import_module(".".join(part for part in parts if part != "__init__"))
from caretool import app
print(len(files), app.user())
"""
BOXES = re.compile(r"[\u2500-\u257f]")
COLOURS = re.compile(r"\x1b\[(?:\d+;)*(?:3[0-7]|4[0-7]|9[0-7]|38|48)(?:;\d+)*m")


def run(
    *words: str, env: Mapping[str, str] | None = None, stdin: bytes = b"", **more: str
) -> subprocess.CompletedProcess[bytes]:
    """Run the program in a process of its own; `env` replaces the surroundings, `more` adds."""
    surroundings = {**(os.environ if env is None else env), **more}
    return subprocess.run(
        [*PROGRAM, *words], env=surroundings, input=stdin, capture_output=True, timeout=60
    )


@pytest.fixture
def zoe(care: Callable) -> None:
    """A late routine contact with a woman whose name is not ASCII."""
    care("add-patient", "Núñez, Zoë", "--dob", "1958-03-02", "--tier", "high", "--on", "2026-11-02")


# Windows and macOS


def test_every_module_can_be_imported_where_posix_is_missing() -> None:
    code = WITHOUT_POSIX + IMPORT_ALL
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)

    assert ran.stderr == ""
    number, user = ran.stdout.split()
    assert int(number) > 40, "the walk has found the modules"
    assert user == "unknown"


def test_a_morning_works_where_posix_is_missing(tmp_path: Path) -> None:
    code = (
        WITHOUT_POSIX
        + """
from caretool.cli import app
for words in (
    ["add-patient", "Hill, Tom", "--dob", "1944-11-30", "--on", "-3w"],
    ["due-today"],
    ["log-contact", "P1", "--outcome", "reached_patient"],
):
    try:
        app(words)
    except SystemExit as end:
        assert not end.code, words
"""
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)

    assert ran.returncode == 0, ran.stderr
    assert ran.stdout.startswith("P1\tHill, Tom\t")


@pytest.mark.parametrize("error", [ImportError, KeyError, OSError])
def test_the_user_is_unknown_where_the_system_cannot_tell(
    error: type[Exception], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail() -> str:
        raise error

    monkeypatch.setattr(app.getpass, "getuser", fail)
    assert app.user() == "unknown"


def test_every_text_file_is_opened_with_a_named_encoding() -> None:
    root = Path(caretool.__file__).parent
    wrong = []
    for file in root.rglob("*.py"):
        for call in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if not isinstance(call, ast.Call):
                continue
            name = ast.unparse(call.func)
            if name.split(".")[-1] not in {"open", "read_text", "write_text"}:
                continue
            named = any(keyword.arg == "encoding" for keyword in call.keywords)
            raw = any(
                isinstance(one, ast.Constant) and one.value in {"rb", "wb", "rb+"}
                for one in call.args
            )
            ours = {"os.open", "archive.open", "write_text", "output.write_text"}
            if not (named or raw or name in ours):
                wrong.append(f"{file.relative_to(root)}:{call.lineno}: {ast.unparse(call)}")
    assert wrong == []


def test_csv_lines_end_once_where_the_system_ends_lines_with_two_characters(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    raw = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(raw, encoding="cp1252", newline="\r\n"))
    output.speak_utf8()
    output._write_csv(output.Result(data=[{"name": "Zoë"}]))
    sys.stdout.flush()

    assert raw.getvalue() == "name\r\nZoë\r\n".encode()


# locales

LOCALES: dict[str, dict[str, str]] = {
    "LC_ALL=C": {"LC_ALL": "C"},
    "LANG=C": {"LANG": "C"},
    "no UTF-8 mode": {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
    "POSIX, ASCII": {"LC_ALL": "POSIX", "PYTHONIOENCODING": "ascii"},
    "an empty environment": {},
}


@pytest.mark.parametrize("locale", LOCALES)
@pytest.mark.parametrize("form", [[], ["--json"]])
@pytest.mark.usefixtures("zoe")
def test_output_is_utf8_whatever_the_locale(locale: str, form: list[str]) -> None:
    bare = {"CARETOOL_DB": os.environ["CARETOOL_DB"], "CARETOOL_TODAY": "2026-11-23"}
    if os.name == "nt":
        bare["SYSTEMROOT"] = os.environ["SYSTEMROOT"]
    ran = run("due-today", *form, env={**bare, **LOCALES[locale]})

    assert ran.stderr == b""
    assert "Núñez, Zoë" in ran.stdout.decode("utf-8")


@pytest.mark.usefixtures("zoe")
def test_a_note_is_read_as_utf8_whatever_the_locale() -> None:
    words = ("log-contact", "P1", "--outcome", "no_answer", "--note", "-")
    surroundings = LOCALES["no UTF-8 mode"]
    ran = run(*words, stdin="grüßt zurück".encode(), **surroundings)
    assert (ran.returncode, ran.stdout) == (0, b"")

    shown = json.loads(run("show", "P1", "--json").stdout)
    assert shown["data"]["contacts"][0]["note"] == "grüßt zurück"


@pytest.mark.parametrize("locale", ["C.UTF-8", "C"])
@pytest.mark.usefixtures("zoe")
def test_a_note_that_is_not_utf8_is_refused_and_not_mangled(locale: str) -> None:
    words = ("log-contact", "P1", "--outcome", "no_answer", "--note", "-")
    ran = run(*words, stdin="grüßt".encode("latin-1"), LC_ALL=locale)

    assert ran.returncode == 3
    assert ran.stderr == b"error: the text is not UTF-8\nhint: save or type it as UTF-8\n"


@pytest.mark.skipif(os.name == "nt", reason="Windows passes words as text, never as bytes")
def test_a_name_typed_in_latin1_is_wrong_usage_and_no_bug() -> None:
    name = "Müller, Jörg".encode("latin-1")
    command = [*map(os.fsencode, PROGRAM), b"add-patient", name, b"--dob", b"1950-01-01"]
    ran = subprocess.run(command, capture_output=True, timeout=60)

    assert ran.returncode == 2
    assert ran.stderr.startswith(b"error: what was typed or piped in is not UTF-8 text\nhint: ")
    assert not Path(os.environ["CARETOOL_DB"]).exists()


# pipes


@pytest.fixture
def crowd(care: Callable, tmp_path: Path) -> None:
    """More people than a pipe holds."""
    rows = "".join(f'"Surname{n:05}, Given",1950-01-01,M{n}\n' for n in range(2000))
    (tmp_path / "crowd.csv").write_text("Name,DOB,MRN\n" + rows, encoding="utf-8")
    care("import-patients", tmp_path / "crowd.csv")


@pytest.mark.parametrize("form", ["--plain", "--csv", "--json"])
@pytest.mark.parametrize("unbuffered", ["", "1"])
@pytest.mark.usefixtures("crowd")
def test_a_reader_who_has_seen_enough_ends_it_in_peace(form: str, unbuffered: str) -> None:
    surroundings = {**os.environ, "PYTHONUNBUFFERED": unbuffered}
    with subprocess.Popen(
        [*PROGRAM, "patients", form],
        env=surroundings,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        assert process.stdout.read(5)
        process.stdout.close()
        said = process.stderr.read()
        assert process.wait(timeout=60) == 0
    assert said == b""


@pytest.mark.skipif(os.name == "nt", reason="a pipe without reader is no error there")
@pytest.mark.parametrize(("words", "code"), [(["--help"], 0), (["patients"], 5), (["wrong"], 2)])
def test_nobody_reading_at_all_is_no_bug(words: list[str], code: int) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    ran = subprocess.run([*PROGRAM, *words, "--json"], stdout=writer, stderr=subprocess.PIPE)
    os.close(writer)

    assert ran.returncode == code
    assert b"Traceback" not in ran.stderr
    assert b"BrokenPipe" not in ran.stderr
    assert b"bug" not in ran.stderr


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
@pytest.mark.parametrize("unbuffered", ["", "1"])
@pytest.mark.usefixtures("zoe")
def test_a_full_disk_behind_the_output_is_said_and_is_no_bug(unbuffered: str) -> None:
    surroundings = {**os.environ, "PYTHONUNBUFFERED": unbuffered}
    with Path("/dev/full").open("w") as full:
        ran = subprocess.run(
            [*PROGRAM, "patients", "--csv"], stdout=full, stderr=subprocess.PIPE, env=surroundings
        )

    assert ran.returncode == 6
    assert ran.stderr.startswith(b"error: the output cannot be written: ")
    assert ran.stderr.count(b"\n") == 2


# terminals


def terminal(*words: str, keys: bytes = b"", code: int = 0, **more: str) -> str:
    """What a terminal shows of one run; `keys` are typed into it."""
    pty = pytest.importorskip("pty")
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [*PROGRAM, *words],
        env={**os.environ, "TERM": "xterm-256color", "COLUMNS": "100", **more},
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
    )
    os.close(theirs)
    os.write(ours, keys)
    shown = b""
    while True:
        try:
            piece = os.read(ours, 4096)
        except OSError:  # the other end is closed
            break
        if not piece:
            break
        shown += piece
    os.close(ours)
    assert process.wait(timeout=60) == code, shown
    return shown.decode("utf-8").replace("\r\n", "\n")


@pytest.mark.usefixtures("zoe")
def test_a_terminal_shows_a_table_in_colour_with_a_summary() -> None:
    shown = terminal("due-today")

    assert BOXES.search(shown)
    assert COLOURS.search(shown)
    assert "Núñez, Zoë" in shown
    assert "1 to contact of 1 followed: 1 late" in shown
    assert "caretool why P1 explains a date" in shown


@pytest.mark.usefixtures("zoe")
def test_no_color_shows_the_table_without_colours_and_lines() -> None:
    shown = terminal("due-today", NO_COLOR="1")

    assert "Núñez, Zoë" in shown
    assert "1 to contact" in shown
    assert not COLOURS.search(shown)
    assert not BOXES.search(shown)


@pytest.mark.usefixtures("zoe")
def test_a_dumb_terminal_gets_letters_only() -> None:
    shown = terminal("due-today", TERM="dumb")

    assert "Núñez, Zoë" in shown
    assert "\x1b" not in shown
    assert not BOXES.search(shown)


@pytest.mark.parametrize("more", [{}, {"FORCE_COLOR": "1"}, {"TERM": "xterm", "COLUMNS": "20"}])
@pytest.mark.usefixtures("zoe")
def test_off_a_terminal_lines_are_plain_and_whole(more: dict[str, str]) -> None:
    for words in (["due-today"], ["show", "P1"]):
        shown = run(*words, **more).stdout.decode("utf-8")
        assert "Núñez, Zoë" in shown
        assert "\x1b" not in shown
        assert "…" not in shown
        assert not BOXES.search(shown)


@pytest.mark.usefixtures("zoe")
def test_a_form_that_was_asked_for_is_the_same_on_a_terminal() -> None:
    for form in ("--plain", "--csv", "--json"):
        piped = run("due-today", form).stdout.decode("utf-8").replace("\r", "")
        assert terminal("due-today", form, FORCE_COLOR="1").replace("\r", "") == piped


@pytest.mark.usefixtures("zoe")
def test_quiet_on_a_terminal_is_the_table_and_no_more() -> None:
    shown = terminal("due-today", "--quiet", NO_COLOR="1")

    assert "Núñez, Zoë" in shown
    assert "to contact" not in shown
    assert "caretool why" not in shown
    assert terminal("due-today", "--quiet", "--as-of", "2026-11-02") == ""
    assert terminal("due-today", "--as-of", "2026-11-02").startswith("Nothing is due.\n")


@pytest.mark.usefixtures("zoe")
def test_an_ambiguous_name_lists_names_only_to_who_sits_before_it(care: Callable) -> None:
    care("add-patient", "Núñez, Ana", "--dob", "1960-01-01")

    shown = terminal("show", "nunez", code=3)
    assert "P1 Núñez, Zoë (1958-03-02), P2 Núñez, Ana (1960-01-01)" in shown
    for words in (["--mask"], ["--json"]):
        shown = terminal("show", "nunez", *words, code=3)
        assert "P1, P2" in shown
        assert "Ana" not in shown
    assert "Ana" not in run("show", "nunez").stderr.decode("utf-8")


def test_closing_the_terminal_at_a_question_is_an_interruption() -> None:
    shown = terminal("add-patient", keys=b"\x04", code=130)

    assert "name (Last, First): " in shown
    assert shown.endswith("\nerror: interrupted; nothing was changed\n")
    assert not Path(os.environ["CARETOOL_DB"]).exists()
