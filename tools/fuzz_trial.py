"""Runs one hostile case on the command line, in this process, and says what is wrong with it.

A case is a few command lines with the files, the standard input and the surroundings that they
find. What must hold for each: the exit code is one that such a case may have, nothing that was
written holds a character that steers a terminal, no message is a page long, it takes no more than
ten seconds of the processor and no more memory than it should.
"""

from __future__ import annotations

import io
import os
import re
import resource
import shutil
import signal
import sqlite3
import sys
import time
from contextlib import closing, contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from caretool import cli, rule_files
from tools.fuzz_cage import caged

if TYPE_CHECKING:
    from collections.abc import Iterator

TODAY = "2026-11-23"
MOST_SECONDS = 10
MOST_MEMORY = 600 << 10  # kB by which one case may raise the most that this process ever held
LONGEST = 1_000  # characters of one message
EXAMPLES = Path(__file__).parents[1] / "examples"
# C0 but for line ends and tabs, DEL, C1, the line ends of Unicode, and what turns writing around
CONTROLS = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069]"
)
USUAL = frozenset({0, 2, 3, 4})
# Other codes that a case of a kind may ask for, with words that the error must hold
ELSE = {
    # --on and the like may say a day to come, when nothing can have happened yet
    "dates": {6: re.compile("in the future|after today")},
    "arguments": {
        # --db names another file, or a command is about a care file that is encrypted or is not
        5: re.compile("error: .*(?:care file|folder|passphrase|backup|opened|locked)"),
        # A day to come, a file that is there already, a mask where names are needed, a question
        # that nobody answers: possible, but not done; `refusals` of a run lists them
        6: re.compile("error: "),
        10: re.compile(""),  # due-today --exit-code: something is due
        130: re.compile("interrupted"),  # a question on a terminal that was closed instead
    },
}


@dataclass
class Case:
    """Command lines, and what they find when they are run."""

    kind: str
    commands: list[list[str]]
    files: dict[str, bytes] = field(default_factory=dict)
    """In the folder in which the commands are run."""
    beside: dict[str, bytes] = field(default_factory=dict)
    """Beside the care file: the practice's own rules."""
    environ: dict[str, str] = field(default_factory=dict)
    stdin: bytes = b""
    asked: bool = False
    """Standard input is a terminal: questions are asked."""
    terminal: bool = False
    """Output goes to a terminal."""
    about: str = ""


@dataclass(frozen=True)
class Ran:
    """One run of the command line."""

    args: list[str]
    code: int
    out: str
    err: str
    seconds: float


class SlowError(BaseException):
    """Ten seconds are over; not an Exception, so that nothing on the way can catch it."""


class _Stream(io.TextIOWrapper):
    """A standard stream as the program sets it up, which may be a terminal."""

    def __init__(self, data: bytes = b"", *, terminal: bool, errors: str) -> None:
        super().__init__(io.BytesIO(data), encoding="utf-8", errors=errors, newline="")
        self._terminal = terminal

    def isatty(self) -> bool:
        return self._terminal

    def written(self) -> str:
        self.flush()
        return self.buffer.getvalue().decode("utf-8")  # type: ignore[attr-defined]


class Trial:
    """A folder with a practice's care file, in which one case after the other is run."""

    def __init__(self, folder: Path) -> None:
        self.practice, self.inside = folder / "practice", folder / "in"
        self.template = folder / "template.db"
        self.care = self.practice / "care.db"
        self.program = typer.main.get_command(cli.app)
        for place in (self.practice, self.inside):
            place.mkdir()
        self.folder = folder
        self.surround()
        for one in EXAMPLES.glob("*.csv"):
            shutil.copy(one, self.inside)  # rejected rows are written beside a list
        for args in (
            ["import-patients", "roster.csv"],
            ["import-discharges", "discharges-st-brigid.csv"],
            ["import-discharges", "discharges-lakeside.csv"],
            ["import-fills", "fills.csv"],
            ["log-contact", "P1", "--outcome", "left_voicemail", "--on", "2026-11-20"],
        ):
            ran = self.run(args, Case("template", []))
            if ran.code not in {0, 4}:
                message = f"{args[0]}: {ran.err}"
                raise AssertionError(message)
        with closing(sqlite3.connect(self.care)) as connection:
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        shutil.copyfile(self.care, self.template)
        self._stamp: tuple[int, int, bool] | None = None

    def surround(self) -> None:
        """Let every command use this care file, on one and the same day, in this folder."""
        os.environ.update(
            CARETOOL_DB=str(self.care), CARETOOL_TODAY=TODAY, HOME=str(self.folder), TERM="dumb",
            XDG_CONFIG_HOME=str(self.folder), NO_COLOR="1",
        )  # fmt: skip
        os.chdir(self.inside)

    def run(self, args: list[str], case: Case) -> Ran:
        """Run one command line as `main` does, with streams of its own."""
        out, err = (_Stream(terminal=case.terminal, errors="backslashreplace") for _ in "12")
        before, sys.stdin = sys.stdin, _Stream(
            case.stdin, terminal=case.asked, errors="surrogateescape"
        )  # fmt: skip
        started = time.process_time()
        try:
            with (
                redirect_stdout(out), redirect_stderr(err), _within(MOST_SECONDS),
                caged(self.folder),
            ):  # fmt: skip
                code = self.program.main(args=args, standalone_mode=False)
        except SlowError:
            code = -1
        finally:
            sys.stdin = before
        return Ran(args, code, out.written(), err.written(), time.process_time() - started)

    def check(self, case: Case) -> tuple[list[Ran], list[str]]:
        """Run a case; what its commands gave, and what is wrong with that."""
        self._prepare(case)
        held = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        kept = dict(os.environ)
        os.environ.update(case.environ)
        try:
            ran = [self.run(args, case) for args in case.commands]
        finally:
            os.environ.clear()
            os.environ.update(kept)
        problems = [problem for one in ran for problem in problems_of(one, case)]
        more = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - held
        if more > MOST_MEMORY:
            problems.append(f"took {more >> 10} MB of memory")
        return ran, problems

    def _prepare(self, case: Case) -> None:
        """A care file as it was made, and only the files of this case."""
        rule_files.load_protocols.cache_clear()  # kept by path, and every case has the same one
        found = self._state()
        if found != self._stamp:
            for side in ("", "-wal", "-shm"):
                self.care.with_name(self.care.name + side).unlink(missing_ok=True)
            shutil.copyfile(self.template, self.care)
            self.care.chmod(0o600)
            self._stamp = self._state()
        for place in (self.practice, self.inside):
            for one in place.iterdir():
                if one.is_dir() and not one.is_symlink():
                    shutil.rmtree(one)
                elif place == self.inside or not one.name.startswith("care.db"):
                    one.unlink()
        for place, files in ((self.inside, case.files), (self.practice, case.beside)):
            for name, body in files.items():
                path = place / name
                path.parent.mkdir(exist_ok=True)
                path.write_bytes(body)

    def _state(self) -> tuple[int, int, bool] | None:
        """Size and time of the care file, None while something waits beside it to be written."""
        try:
            found = self.care.stat()
        except OSError:
            return None
        log = self.care.with_name("care.db-wal")
        return (found.st_size, found.st_mtime_ns, log.exists() and log.stat().st_size > 0)


def problems_of(ran: Ran, case: Case) -> list[str]:
    """What is wrong with what one command line gave."""
    found = []
    said = " ".join(ran.err.split())  # on a terminal its lines are broken
    asked_for = ELSE.get(case.kind, {}).get(ran.code)
    if ran.code not in USUAL and not (asked_for and asked_for.search(said)):
        found.append(f"exit {ran.code}: {ran.err.strip()[-300:]}")
    if "Traceback" in said or "bug in caretool" in said:
        found.append(f"a bug: {ran.err.strip()[-300:]}")
    found_something = ran.code == 4 and "check" in ran.args  # whose findings are its data
    if ran.code not in {0, 10, 130} and "error: " not in ran.err and not found_something:
        found.append(f"exit {ran.code} without an error")
    if ran.seconds > MOST_SECONDS:
        found.append(f"took {ran.seconds:.1f} s")
    out = ran.out
    if {"--csv", "--spreadsheet", "export-roster"} & {*ran.args}:
        # Into a file the cells go as they are; lines end as RFC 4180 says
        out = out.replace("\r\n", "\n") if case.terminal else ""
    for name, text in (("stdout", out), ("stderr", ran.err)):
        if control := CONTROLS.search(text):
            start = max(0, control.start() - 60)
            found.append(f"{name} has {control[0]!r}: …{text[start : control.end() + 20]!r}")
    longest = max(map(len, ran.err.split("\n")))
    if longest > LONGEST:
        found.append(f"a message of {longest} characters: {ran.err[:200]!r}")
    return found


@contextmanager
def _within(seconds: float) -> Iterator[None]:
    """Ends what goes on inside with SlowError once the time is over."""

    def over(*_: object) -> None:
        raise SlowError

    before = signal.signal(signal.SIGPROF, over)
    signal.setitimer(signal.ITIMER_PROF, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)
