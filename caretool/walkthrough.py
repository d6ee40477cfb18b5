"""A morning with a practice of made-up people, each step typed into the real command line.

`Morning` runs commands as if they had been typed and shows each with its output, in order, on
standard output. `walk` is the morning itself. Whom the steps are about is read from what the
commands answer, so that the walk holds on a weekend and on a holiday too.
"""

from __future__ import annotations

import io
import json
import os
import shlex
import subprocess
import sys
from contextlib import ExitStack, contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from caretool import dates, example_files, output, planning, workdays
from caretool.errors import EXIT_INTERRUPTED, EXIT_OK, EXIT_PARTIAL, CareError
from caretool.output import Form

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import date
    from pathlib import Path

    from caretool.app import Session
    from caretool.workdays import Calendar

_TODAY = "CARETOOL_TODAY"


@dataclass(slots=True)
class Morning:
    """The commands typed so far, into which file, and whether they are shown."""

    session: Session
    folder: Path
    commands: list[dict[str, Any]] = field(default_factory=list)

    @property
    def care_file(self) -> Path:
        """The care file of this practice."""
        return self.folder / "care.db"

    @property
    def shown(self) -> bool:
        """Not when only the result is asked for, as one document or table."""
        return self.session.form in {Form.PEOPLE, Form.PLAIN}

    def tell(self, text: str) -> None:
        """Say what comes next, unless nothing but data is wanted."""
        if not self.session.quiet:
            self._write(f"\n{text}")

    def _write(self, text: str, style: str = "") -> None:
        if not self.shown:
            return
        try:
            output.write_text("\n".join(map(output.visible, text.split("\n"))), style)
        except BrokenPipeError:  # nobody reads on; the practice is built to its end all the same
            output.silence()

    def type(self, *words: object, today: date | None = None) -> None:
        """Show a command line and run it; with `today`, as on that day."""
        given = ["--db", str(self.care_file), *self._forms(), *map(str, words)]
        setting = f"{_TODAY}={today} " if today else ""
        line = f"{setting}caretool {_quoted(given)}"
        self._write(f"$ {line}", style="bold")
        with ExitStack() as stack:
            if today:
                stack.enter_context(_as_of(today))
            if not self.shown:
                stack.enter_context(redirect_stdout(io.StringIO()))
            stack.enter_context(redirect_stderr(sys.stdout))
            code = self._run(given)
        self.commands.append({"command": line, "exit_code": code})
        if code == EXIT_PARTIAL:
            self._write(f"(exit code {code}: done, but for the rows that were rejected)")

    def log(self, *words: object) -> None:
        """Log a contact of the past without showing it."""
        with redirect_stderr(io.StringIO()):
            self._run(["--db", str(self.care_file), "--quiet", "log-contact", *map(str, words)])

    def ask(self, *words: object) -> Any:  # noqa: ANN401 - the data of any command
        """What a command answers, as data and unseen."""
        with redirect_stdout(io.StringIO()) as answer:
            self._run(["--db", str(self.care_file), "--json", *map(str, words)])
        return json.loads(answer.getvalue())["data"]

    def _run(self, given: Sequence[str]) -> int:
        code = int(self.session.program.main(given, standalone_mode=False))
        if code == EXIT_INTERRUPTED:
            raise KeyboardInterrupt
        if code not in {EXIT_OK, EXIT_PARTIAL}:
            msg = f"the demo stopped at caretool {_quoted(given)}: exit code {code}"
            raise CareError(msg, "please report it", code="demo")
        return code

    def _forms(self) -> list[str]:
        """The options of the demo itself that hold for each of its commands."""
        session = self.session
        plain = session.form == Form.PLAIN
        wanted = {"--plain": plain, "--mask": session.mask, "--quiet": session.quiet}
        return [option for option, given in wanted.items() if given]


def walk(morning: Morning) -> None:
    """Take in a practice and its past, then go through this morning from lists to calls."""
    take_in(morning)
    _calls(morning)
    _medicines(morning)


def take_in(morning: Morning) -> None:
    """The practice, its past, and the lists of this morning with every doubt decided."""
    _past(morning)
    _lists(morning)
    _review(morning)


def _past(morning: Morning) -> None:
    today = morning.session.today
    morning.tell("Ten weeks ago you took this practice on. Its roster comes first:")
    roster = morning.folder / example_files.ROSTER
    morning.type("import-patients", roster, today=today - example_files.ENROLLED)
    calendar = _calendar()
    calls = [_words_of(call, calendar) for call in example_files.contacts(today)]
    for words in calls[:-1]:
        morning.log(*words)
    morning.tell(f"You have logged {len(calls)} calls since; this was the last of them:")
    morning.type("log-contact", *calls[-1])
    morning.tell("What the pharmacy dispensed, for later this morning:")
    morning.type("import-fills", morning.folder / example_files.FILLS)


def _calendar() -> Calendar:
    """The calendar of business days that the rules name."""
    return planning.load_rules(None)[1]


def _words_of(call: dict[str, str], calendar: Calendar) -> list[str]:
    """A call of the past as it was typed; nobody called on a weekend or holiday."""
    on = workdays.on_or_before(dates.parse_date(call["On"], example_files.BASE), calendar)
    words = [call["MRN"], "--outcome", call["Outcome"], "--on", on.isoformat()]
    for option, heading in (
        ("--minutes", "Minutes"),
        ("--note", "Note"),
        ("--next", "Next"),
        ("--why", "Why"),
        ("--missed-doses", "Missed Doses"),
        ("--medication", "Medication"),
    ):
        if call[heading]:
            words += [option, call[heading]]
    return words


def _lists(morning: Morning) -> None:
    st_brigid, lakeside = (morning.folder / name for name in example_files.DISCHARGES)
    morning.tell(
        "This morning: St. Brigid's discharge list. One row has a day that does not exist; it is\n"
        "kept in a file of its own, to be corrected and imported again:"
    )
    morning.type("import-discharges", st_brigid)
    morning.tell("Lakeside's list has other columns, bars between them and months by name:")
    morning.type("import-discharges", lakeside)


def _review(morning: Morning) -> None:
    waiting = morning.ask("review")
    morning.tell("Two rows look like somebody on file, but nobody is linked on a likeness:")
    morning.type("review")
    for stay in waiting:
        candidate = stay["candidates"][0]
        same, _, _ = candidate["evidence"].partition("; ")
        if "phone" in same:
            morning.tell("The same phone, and day and month of birth exchanged: the same person.")
            morning.type("review", stay["discharge"], "--is", candidate["patient"])
        else:
            morning.tell("Another phone, and a call to the hospital settles it: somebody else.")
            morning.type("review", stay["discharge"], "--not", candidate["patient"])


def _calls(morning: Morning) -> None:
    today = morning.session.today
    calendar = _calendar()
    days: list[object] = []
    if workdays.is_workday(today, calendar):
        morning.tell("Whom to contact today, most urgent first:")
    else:
        reopens = workdays.on_or_after(today, calendar)
        days = ["--days", (reopens - today).days]
        morning.tell(
            f"Today is no business day. Whom to contact up to {dates.show_short(reopens, today)},"
            " most urgent first:"
        )
    first, second, *_ = morning.ask("due-today", *days)
    morning.type("due-today", *days)
    morning.tell("Why is the first one first?")
    morning.type("why", first["patient"])
    morning.tell("You call and speak. Logging it gives the next date at once:")
    morning.type(
        "log-contact", first["patient"], "--outcome", "reached_patient", "--minutes", 12,
        "--note", "feels better, meds reviewed, sees the doctor this week",
    )  # fmt: skip
    morning.tell("The second does not answer. It comes again on the next business day:")
    morning.type("log-contact", second["patient"], "--outcome", "no_answer")
    morning.tell("What is left, the first five:")
    morning.type("due-today", *days, "--top", 5)
    morning.tell("All about the first one, on one page:")
    morning.type("show", first["patient"])


def _medicines(morning: Morning) -> None:
    lowest = morning.ask("adherence")[0]
    morning.tell("Who goes without medicine, the lowest first:")
    morning.type("adherence", "--below", "0.8")
    morning.tell("And one of them, day by day:")
    morning.type("adherence", lowest["patient"])


@contextmanager
def _as_of(day: date) -> Iterator[None]:
    """As if it were that day, the way a user would say it."""
    before = os.environ.get(_TODAY)
    os.environ[_TODAY] = day.isoformat()
    try:
        yield
    finally:
        if before is None:
            del os.environ[_TODAY]
        else:
            os.environ[_TODAY] = before


def _quoted(words: Sequence[str]) -> str:
    """Words as they are typed into the shell of this machine."""
    return subprocess.list2cmdline(words) if os.name == "nt" else shlex.join(words)
