"""What a shell is offered when a line is completed: commands, options, ids; and nothing else."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest
import typer

from caretool import cli, completing
from caretool.db import CareFile

if TYPE_CHECKING:
    from collections.abc import Callable

FISH = "_TYPER_COMPLETE_FISH_ACTION"


def asked(shell: str, line: str) -> dict[str, str]:
    """What Typer's script of a shell sets when the end of a line is to be completed."""
    variables = {"_CARETOOL_COMPLETE": f"complete_{shell}"}
    if shell == "bash":
        words = line.split(" ")
        return {**variables, "COMP_WORDS": "\n".join(words), "COMP_CWORD": str(len(words) - 1)}
    if shell == "fish":
        variables[FISH] = "get-args"
    return {**variables, "_TYPER_COMPLETE_ARGS": line}


@pytest.fixture
def offer(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Callable:
    """The lines that are offered for `caretool …`; nothing is said beside them."""
    group = typer.main.get_command(cli.app)

    def run(line: str, shell: str = "bash", code: int = 0, **more: str) -> list[str]:
        capsys.readouterr()
        with monkeypatch.context() as patch:
            patch.setenv("COLUMNS", "20")
            for name, value in {**asked(shell, line), **more}.items():
                patch.setenv(name, value)
            assert group.main(args=[], standalone_mode=False) == code
        captured = capsys.readouterr()
        assert captured.err == ""
        return captured.out.strip("\n").split("\n") if captured.out.strip("\n") else []

    return run


@pytest.fixture
def people(care: Callable) -> None:
    """P1 on the roster, P2 and P3 active, P4 merged, P5 closed, P6 to P12 on the roster."""
    for number in range(1, 13):
        born = f"19{number + 40}-01-01"
        more = [] if number in {2, 3, 5} else ["--roster-only"]
        care("add-patient", f"Quack{'a' * number}, Zoe", "--dob", born, *more)
    care("merge", "P1", "P4", "--anyway")
    care("edit-patient", "P5", "--status", "closed", "--reason", "moved")


def test_commands_and_options_are_completed(offer: Callable) -> None:
    assert offer("caretool sho") == ["show"]
    assert offer("caretool import-") == ["import-patients", "import-discharges", "import-fills"]
    assert offer("caretool ") == list(cli.CareGroup.contents)
    assert offer("caretool due-today --sp") == ["--spreadsheet"]
    assert offer("caretool --ma") == ["--mask"]
    assert offer("caretool add-patient --sex ") == ["F", "M", "X", "U"]


def test_the_three_shells_are_answered_each_in_its_form(offer: Callable) -> None:
    assert offer("caretool sho", "zsh") == [
        """_arguments '*: :(("show":"Show one patient\\\\: who, what is due and..."))'"""
    ]
    assert offer("caretool sho", "fish") == ["show\tShow one patient: who, what is due and..."]
    for shell in ("zsh", "fish"):
        found = offer("caretool log-contact --", shell)
        words = [one.split('(("')[-1].lstrip('"') for one in found]
        assert [one for one in words if not one.startswith("--")] == [], "one line an option"


def test_no_command_is_loaded_to_list_them_all() -> None:
    probe = (
        "import contextlib, sys\nfrom caretool.cli import main\n"
        "with contextlib.suppress(SystemExit):\n    main()\n"
        "print(sorted(one for one in sys.modules if one.startswith('caretool.commands')))"
    )
    ran = subprocess.run(
        [sys.executable, "-c", probe], capture_output=True, text=True, check=True,
        env={**os.environ, **asked("bash", "caretool ")},
    )  # fmt: skip
    assert ran.stdout.splitlines()[-1] == "[]"


@pytest.mark.parametrize("words", ["show", "log-contact", "why", "adherence", "merge P2",
                                   "review D1 --is", "duplicates --not P2"])  # fmt: skip
@pytest.mark.usefixtures("people")
def test_a_patient_is_completed_by_id_the_active_ones_first(words: str, offer: Callable) -> None:
    others = ["P1", "P5", "P6", "P7", "P8", "P9", "P10", "P11", "P12"]

    assert offer(f"caretool {words} ") == ["P2", "P3", *others]
    assert offer(f"caretool {words} P1") == ["P1", "P10", "P11", "P12"]
    assert offer(f"caretool {words} p1") == ["p1", "p10", "p11", "p12"], "as it was typed"
    assert offer(f"caretool {words} P4") == [], "who was merged is nobody of their own"


@pytest.mark.usefixtures("people")
def test_never_a_name(offer: Callable) -> None:
    for typed in ("Q", "Quack", "Zoe", "1", "P1x", "--", "-"):
        for shell in ("bash", "zsh", "fish"):
            assert "Quack" not in "".join(offer(f"caretool show {typed}", shell))
    assert offer("caretool show Qua") == []


def test_at_most_200_are_offered(
    care: Callable, offer: Callable, tmp_path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = "".join(f'"Quack{"a" * (n % 9)}, Z{"o" * (n // 9 + 1)}",19{n % 60 + 10}-01-01,{n}\n'
                   for n in range(1, 212))  # fmt: skip
    (tmp_path / "roster.csv").write_text(f"Name,DOB,MRN\n{rows}", encoding="utf-8")
    care("import-patients", tmp_path / "roster.csv")
    care("enrol", "P211", "--why", "agreed")

    found = offer("caretool show ")
    assert found == ["P211", *(f"P{number}" for number in range(1, 200))]
    assert len(found) == completing.MOST == 200
    assert offer("caretool show P21") == ["P211", "P21", "P210"]


@pytest.mark.usefixtures("people")
def test_the_file_that_the_line_names_is_the_one_that_is_asked(
    offer: Callable, care: Callable, tmp_path
) -> None:
    other = tmp_path / "other.db"
    care("--db", other, "add-patient", "Alone, Al", "--dob", "1950-01-01")

    assert offer(f"caretool --db {other} show ") == ["P1"]
    assert offer(f"caretool show --db {other} ") == ["P1"]
    assert offer(f"caretool --db {tmp_path}/none.db show ") == []
    assert not (tmp_path / "none.db").exists()


@pytest.mark.usefixtures("people")
def test_what_goes_wrong_offers_nothing_and_says_nothing(
    offer: Callable, tmp_path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> Any:
        whose = "Quackenbush"
        raise RuntimeError(whose)

    assert offer("caretool paitents ") == []
    assert offer("caretool due-today --days x P") == []
    (tmp_path / "text.db").write_text("no care file", encoding="utf-8")
    assert offer(f"caretool --db {tmp_path}/text.db show P") == []
    assert offer("caretool show P", CARETOOL_TODAY="soon") == []
    assert offer("caretool show P", COMP_CWORD="x") == []
    monkeypatch.setattr(CareFile, "rows", broken)
    monkeypatch.setenv("CARETOOL_DEBUG", "1")
    for shell in ("bash", "zsh", "fish"):
        assert offer("caretool show P", shell) == []


@pytest.mark.usefixtures("people")
def test_fish_learns_from_the_exit_code_whether_there_is_something(offer: Callable) -> None:
    question = {FISH: "is-args"}

    assert offer("caretool show P", "fish", **question) == []
    assert offer("caretool show Qua", "fish", code=1, **question) == []
    assert offer("caretool paitents ", "fish", code=1, **question) == []


@pytest.mark.usefixtures("people")
def test_nobody_is_asked_for_a_passphrase(offer: Callable, monkeypatch: pytest.MonkeyPatch) -> None:
    asked_for: list[bool] = []

    def opened(self: Any) -> Any:
        asked_for.append(self.interactive)
        raise OSError

    monkeypatch.setattr(sys.stdin, "isatty", lambda: True)
    monkeypatch.setattr("caretool.app.Session.reading", opened)

    assert offer("caretool show P") == []
    assert asked_for == [False]


@pytest.mark.usefixtures("people")
def test_completing_is_no_read_of_a_chart_and_changes_nothing(offer: Callable, tmp_path) -> None:
    before = (tmp_path / "care.db").read_bytes()
    offer("caretool show P")

    assert (tmp_path / "care.db").read_bytes() == before


@pytest.mark.usefixtures("people")
def test_bash_itself_completes_a_line(tmp_path) -> None:
    """The whole way once: the script that is installed, the shell's variables, the program."""
    environment = {**os.environ, "_CARETOOL_COMPLETE": "source_bash"}
    program = [sys.executable, "-m", "caretool"]
    script = subprocess.run(program, env=environment, capture_output=True, text=True, check=True)
    assert "complete -o default -F _caretool_completion caretool" in script.stdout

    ran = subprocess.run(
        program, env={**os.environ, **asked("bash", "caretool show P1")},
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert (ran.stdout.split(), ran.stderr) == (["P1", "P10", "P11", "P12"], "")


@pytest.mark.usefixtures("people")
def test_an_encrypted_file_offers_what_can_be_opened_without_asking(
    offer: Callable, care: Callable, tmp_path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("sqlcipher3")
    secret = tmp_path / "secret"
    secret.write_text("four words of hers\n", encoding="utf-8")
    secret.chmod(0o600)
    care("encrypt", "--new-passphrase-file", secret)
    monkeypatch.setattr(sys.stdin, "isatty", lambda: True)

    assert offer("caretool show P1") == []
    assert offer(f"caretool --passphrase-file {secret} show P1") == ["P1", "P10", "P11", "P12"]
    reader = f"{sys.executable} -c \"print('four words of hers')\""
    assert offer("caretool show P6", CARETOOL_PASSPHRASE_COMMAND=reader) == ["P6"]
    wrong = f"{sys.executable} -c \"print('another')\""
    assert offer("caretool show P6", CARETOOL_PASSPHRASE_COMMAND=wrong) == []
