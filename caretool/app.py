"""The one error boundary, and the session that every command is given.

A command is a function `run(session, …) -> Result`. `command` turns it into a Typer command:
it adds the options that every command has, opens the session and hands the result to `output`.
`CareGroup` loads a command's module only when that command is called, and catches what goes wrong.
"""

from __future__ import annotations

import getpass
import inspect
import os
import sys
from dataclasses import dataclass, field, replace
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import typer
from typer.core import TyperCommand, TyperGroup

from caretool import dates, db, errors, options, output
from caretool.errors import CareError, RefusedError, UsageProblem
from caretool.output import Form, Result

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from contextlib import AbstractContextManager
    from datetime import date

    from typer import Context

_COMPLETE = "_CARETOOL_COMPLETE"  # what Typer's scripts for the shells set
CommandCallable = Any
ClickContext = Any
"""Typer's groups are given the context of the Click that Typer carries inside."""


class Entry(NamedTuple):
    """One line of the table of contents in `cli.py`."""

    panel: str
    module: str
    summary: str
    """The first sentence of the command's help, so that the list of commands loads none of them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """What one run of a command knows of its surroundings: file, day, form of output, terminal."""

    command: str
    path: Path
    today: date
    form: Form
    mask: bool = False
    quiet: bool = False
    interactive: bool = False
    """Standard input is a terminal: questions may be asked."""
    terminal: bool = False
    """Standard error is a terminal, and its reader may see names."""
    program: CommandCallable = None
    """The whole command line, for a command that runs others as if they were typed."""
    asked: str = ""
    """What was typed, without names and free text."""
    passphrase_file: Path | None = None
    noticed: list[CareError] = field(default_factory=list)
    """What went wrong beside the work, such as rules of the practice that cannot be read."""
    backed_up: list[bool] = field(default_factory=list)
    """Filled once a backup was seen to, before this run changes much."""
    known: list[str] = field(default_factory=list, repr=False)
    """The passphrase, once it was asked for."""
    has_read: list[bool] = field(default_factory=list)
    """Filled once the care file was opened to look at it."""

    def unlock(self) -> str:
        """The passphrase of an encrypted care file; asked for once a run."""
        if not self.known:
            from caretool import passphrase

            found = passphrase.of(self.path, self.passphrase_file, interactive=self.interactive)
            self.known.append(found)
        return self.known[0]

    def reading(self) -> AbstractContextManager[db.CareFile]:
        """The care file, opened read-only."""
        self.has_read.append(True)
        return db.reading(self.path, self.noticed, unlock=self.unlock)

    def writing(
        self,
        *,
        create: bool = False,
        dry_run: bool = False,
        references: bool = True,
        backup: bool = False,
    ) -> AbstractContextManager[db.CareFile]:
        """The care file for one transaction; with `dry_run` nothing is kept.

        With `backup` a copy is made first, once a run; a new file needs none. Without `references`
        it is the command that checks them, not SQLite.
        """
        if dry_run:
            self.has_read.append(True)
            return db.trial(self.path, self.command, user(), self.noticed, unlock=self.unlock)
        if create and self.path == default_path():
            make_folder(self.path.parent)
        if backup and not self.backed_up:
            from caretool import backups

            backups.before(self.path, self.command, unlock=self.unlock)
            self.backed_up.append(True)
        return db.writing(
            self.path, self.command, user(), self.noticed,
            asked=self.asked, create=create, references=references, unlock=self.unlock,
        )  # fmt: skip

    def progress(self, name: str) -> AbstractContextManager[Callable[[int, int], None]]:
        """A function to tell how many records are done; a bar shows it where somebody looks."""
        from caretool.progress import progress

        return progress(output.visible(name), quiet=self.quiet)

    def happened_on(self, text: str | None) -> date:
        """The day a fact is dated to: `--on`, else today. Raises RefusedError for a future one."""
        if text is None:
            return self.today
        day = dates.parse_date(text, self.today, past=True)
        if day > self.today:
            msg = f"{day.isoformat()} is in the future; today is {self.today.isoformat()}"
            raise RefusedError(msg, "facts are entered once they have happened", code="future-date")
        return day


def user() -> str:
    """The operating system's account name, noted with every change."""
    try:
        return getpass.getuser()
    except (ImportError, KeyError, OSError):
        return "unknown"


def default_path() -> Path:
    """Where the care file lies unless it is said otherwise."""
    return Path(typer.get_app_dir("caretool")) / "care.db"


def make_folder(folder: Path) -> None:
    """Make the folder of a care file, private. Raises RefusedError where that cannot be."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        msg = f"cannot make the folder {folder}: {error.strerror}"
        raise RefusedError(msg, "say another place with --db", code="read-only") from error


def _care_path(given: Path | None) -> Path:
    named = given or os.environ.get("CARETOOL_DB")
    return Path(named) if named else default_path()


def command(run: Callable[..., Result], name: str, *, reads: bool = True) -> Callable[..., None]:
    """Make a Typer command of `run(session, …)` by adding the options that every command has.

    A reading command also gets `--as-of`; a writing one says with `--on` when things happened.
    """
    own = inspect.signature(run, eval_str=True)
    shared = [*options.COMMON, *([options.AS_OF] if reads else [])]
    marks = options.marks(own.parameters.values())

    def call(ctx: Context, **values: Any) -> None:  # noqa: ANN401 - whatever Typer parsed
        wanted = {option: values.pop(option) for option, _, _ in shared}
        inherited = ctx.obj if isinstance(ctx.obj, dict) else {}
        for option, value in inherited.items():
            if option == "as_of" and value is not None and not reads:
                from caretool import failing

                raise failing.only_reading(dated="on" in values)
            wanted[option] = wanted.get(option) or value
        session = replace(open_session(name, wanted), program=ctx.find_root().command)
        if not reads:
            from caretool import asked

            session = replace(session, asked=asked.words(ctx.command.params, _given(ctx)))
        if marks:
            from caretool import asking

            values = asking.answered(session, marks, values)
        session.program.running = session
        result = run(session, **values)
        if session.noticed:
            code = result.exit_code or errors.EXIT_PARTIAL
            result = result._replace(errors=(*session.noticed, *result.errors), exit_code=code)
        output.emit(result, session)
        if result.shown is not None or session.has_read:
            output.finish()  # the list first; keeping what was shown must not make her wait
            shown = result.shown
            if not isinstance(shown, dict):
                from caretool import seeing

                shown = seeing.record(session, result, ctx.command.params, _given(ctx))
            if shown:
                shown = {"command": name, **shown}
                db.note_shown(session.path, user(), session.today, shown, unlock=session.unlock)
        if result.exit_code:
            raise typer.Exit(result.exit_code)

    parameters = [
        inspect.Parameter("ctx", inspect.Parameter.KEYWORD_ONLY, annotation=typer.Context),
        *(
            parameter.replace(kind=inspect.Parameter.KEYWORD_ONLY)
            for parameter in own.parameters.values()
            if parameter.name != "session"
        ),
        *(
            inspect.Parameter(
                option, inspect.Parameter.KEYWORD_ONLY, annotation=kind, default=default
            )
            for option, kind, default in shared
        ),
    ]
    call.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    call.__annotations__ = {parameter.name: parameter.annotation for parameter in parameters}
    call.__doc__ = _unwrapped_examples(run.__doc__ or "")
    call.__name__ = run.__name__
    return call


def _given(ctx: Context) -> dict[str, Any]:
    """What was said on the command line, without what holds unless something is said."""
    return {
        name: value
        for name, value in ctx.params.items()
        if getattr(ctx.get_parameter_source(name), "name", "") == "COMMANDLINE"
    }


def _unwrapped_examples(text: str) -> str:
    """The help text with its example lines kept as they are typed (Click's mark is a backspace)."""
    paragraphs = inspect.cleandoc(text).split("\n\n")
    return "\n\n".join(f"\b\n{p}" if p.startswith("caretool ") else p for p in paragraphs)


def open_session(name: str, wanted: Mapping[str, Any]) -> Session:
    """Settle file, day and form of output from options and environment."""
    forms = [form for form in Form if wanted.get(form.value)]
    if len(forms) > 1:
        msg = f"--{forms[0].value} and --{forms[1].value} exclude each other"
        raise UsageProblem(msg, "choose one form of output")
    real_today = dates.today()
    as_of = wanted.get("as_of")
    return Session(
        command=name,
        path=_care_path(wanted.get("db")),
        today=dates.parse_date(as_of, real_today) if as_of else real_today,
        form=forms[0] if forms else Form.PEOPLE,
        mask=bool(wanted.get("mask")),
        quiet=bool(wanted.get("quiet")),
        passphrase_file=wanted.get("passphrase_file"),
        interactive=sys.stdin is not None and sys.stdin.isatty(),
        terminal=_may_see_names(wanted) and sys.stderr is not None and sys.stderr.isatty(),
    )


def _may_see_names(wanted: Mapping[str, Any]) -> bool:
    """An error may list names on a terminal, but not behind a mask and not into a document."""
    return not (wanted.get("mask") or wanted.get(Form.JSON.value))


class CareGroup(TyperGroup):
    """All commands by name, each loaded when it is called; and the boundary where errors end."""

    contents: Mapping[str, Entry] = {}
    running: Session | None = None

    def list_commands(self, ctx: ClickContext) -> list[str]:  # noqa: ARG002 - Typer's signature
        """Every command, in the order of the table of contents."""
        return list(self.contents)

    def get_command(self, ctx: ClickContext, cmd_name: str) -> CommandCallable:
        """The command of that name, with its module loaded; None when there is none."""
        known = super().get_command(ctx, cmd_name)
        if known is not None or cmd_name not in self.contents:
            return known
        module = import_module(f"caretool.commands.{self.contents[cmd_name].module}")
        single = typer.Typer(add_completion=False, rich_markup_mode=None)
        reads = getattr(module, "READS", True)
        single.command(cmd_name, no_args_is_help=False)(command(module.run, cmd_name, reads=reads))
        built = typer.main.get_command(single)
        self.add_command(built, cmd_name)
        return built

    def shell_complete(self, ctx: ClickContext, incomplete: str) -> list[Any]:
        """The commands that begin so, each with its summary; none of them is loaded for that."""
        loaded = self.commands
        self.commands = {
            name: TyperCommand(name, help=entry.summary) for name, entry in self.contents.items()
        }
        try:
            return super().shell_complete(ctx, incomplete)
        finally:
            self.commands = loaded

    def patient_ids(self, ctx: ClickContext, incomplete: str) -> list[str]:
        """The ids that a shell offers where a patient is typed; a passphrase is not asked for."""
        from caretool import completing

        said = {**ctx.find_root().params, **{k: v for k, v in ctx.params.items() if v}}
        # Of a line that is not finished Typer leaves every value the text that was typed
        paths = {one: Path(said[one]) for one in ("db", "passphrase_file") if said.get(one)}
        session = open_session("completion", {"as_of": said.get("as_of"), **paths})
        session = replace(session, interactive=False)
        return completing.offered(session, incomplete)

    def resolve_command(self, ctx: ClickContext, args: list[str]) -> CommandCallable:
        """Find the command, or say which one may have been meant."""
        if args and args[0] not in self.contents:
            from difflib import get_close_matches

            close = get_close_matches(args[0], self.contents)
            if not close:  # which may be anything, also a name
                msg = "no such command"
                raise UsageProblem(msg, "caretool --help")
            msg = f"no command {args[0]!r}"
            raise UsageProblem(msg, f"did you mean {close[0]}?")
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: ClickContext, formatter: Any) -> None:  # noqa: ANN401, ARG002
        """List the commands by panel, as plain text that reads the same in a pipe."""
        panels: dict[str, list[tuple[str, str]]] = {}
        for name, entry in self.contents.items():
            panels.setdefault(entry.panel, []).append((name, entry.summary))
        for panel, rows in panels.items():
            with formatter.section(panel):
                formatter.write_dl(rows)

    def main(  # type: ignore[override]
        self,
        args: Sequence[str] | None = None,
        prog_name: str | None = None,
        complete_var: str | None = None,
        standalone_mode: bool = True,
        **extra: Any,  # noqa: ANN401
    ) -> int:
        """Run the command line; every failure ends here as `error:` and `hint:` with its code."""
        given = list(sys.argv[1:] if args is None else args)
        code = errors.EXIT_OK
        try:
            if os.environ.get(_COMPLETE, "").startswith("complete_"):
                code = self._offered(given, prog_name)
            else:
                code = self._guarded(given, prog_name, complete_var, extra)
            output.finish()
        except OSError as error:
            code = self._unwritten(error) or code
        if standalone_mode:
            sys.exit(code)
        return code

    def _offered(self, args: list[str], prog_name: str | None) -> int:
        """Answer a shell that completes a line: what may come next, or nothing and no word why."""
        os.environ["COLUMNS"] = "1000"  # Typer lets Rich break the lines of its answer
        try:
            super().main(args, prog_name or "caretool", None, False)
        except SystemExit as end:  # fish reads from the code whether there is anything to offer
            return end.code if isinstance(end.code, int) else errors.EXIT_OK
        except Exception:
            return int(os.environ.get("_TYPER_COMPLETE_FISH_ACTION") == "is-args")
        return errors.EXIT_OK

    def _guarded(
        self,
        args: list[str],
        prog_name: str | None,
        complete_var: str | None,
        extra: Any,  # noqa: ANN401
    ) -> int:
        try:
            code = super().main(args, prog_name or "caretool", complete_var, False, **extra)
        except CareError as error:
            return self._failed(error, args)
        except typer.TyperException as error:
            from caretool import failing

            return self._failed(failing.usage_problem(error), args)
        except (typer.Abort, KeyboardInterrupt):
            code = errors.EXIT_INTERRUPTED
        except SystemExit:  # Typer's way out of a pipe that nobody reads any more
            return errors.EXIT_OK
        except Exception as error:
            from caretool import failing

            if failing.is_output(error):
                raise
            if isinstance(error, UnicodeEncodeError) and "surrogates" in error.reason:
                return self._failed(failing.not_utf8(), args)
            if os.environ.get("CARETOOL_DEBUG") == "1":
                for line in failing.trace_of(error):
                    output.talk(line)
            return self._failed(failing.cause(error, self.running), args)
        if code == errors.EXIT_INTERRUPTED:  # Typer turns Ctrl-C into this code
            output.talk("error: interrupted; nothing was changed")
        return code if isinstance(code, int) else errors.EXIT_OK

    def _failed(self, error: CareError, args: list[str]) -> int:
        wanted = args[: args.index("--")] if "--" in args else args
        output.talk_error(error)
        if "--json" in wanted:
            name = next((word for word in wanted if word in self.contents), None)
            try:
                output.write_failure(name, error)
            except OSError:  # nobody reads it; what went wrong is said, and the code stays
                output.silence()
        return error.exit_code

    def _unwritten(self, error: OSError) -> int:
        """Standard output is gone, which ends a pipe in peace, or its disk is full."""
        output.silence()
        if isinstance(error, BrokenPipeError):
            return errors.EXIT_OK
        problem = RefusedError(
            f"the output cannot be written: {error.strerror}", "make room and try again"
        )
        output.talk_error(problem)
        return problem.exit_code
