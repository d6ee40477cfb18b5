"""What a run ended with, as the one error that is told: wrong usage, or a bug without its values.

And what a report of it needs. Loaded only when something went wrong.
"""

from __future__ import annotations

import errno
import sys
import traceback
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from caretool import __version__, db, errors
from caretool.errors import CareError, StoreError, UsageProblem
from caretool.findings import Severity
from caretool.trouble import sqlite_errors

if TYPE_CHECKING:
    from collections.abc import Iterator

    import typer

    from caretool.app import Session


def only_reading(*, dated: bool) -> UsageProblem:
    """Why a writing command has no `--as-of`, and what it has in its place."""
    instead = "say --on DATE for when something happened" if dated else "leave it away"
    return UsageProblem("--as-of is for reading commands", instead)


def usage_problem(error: typer.TyperException) -> UsageProblem:
    """What Typer found wrong, as one line that starts small, and where to look it up."""
    message = " ".join(error.format_message().split()).rstrip(".")
    context = getattr(error, "ctx", None)
    path = context.command_path if context is not None else "caretool"
    if getattr(error, "option_name", None) == "--as-of" and context is not None:
        return only_reading(dated=any(one.name == "on" for one in context.command.params))
    if message.startswith("Got unexpected extra argument"):  # which may be half of a name
        msg = "more words than the command takes"
        return UsageProblem(msg, f'quotes keep a name together: "First Last"; {path} --help')
    return UsageProblem(message[:1].lower() + message[1:], f"{path} --help")


def not_utf8() -> UsageProblem:
    """Bytes that the shell passed on although they are no UTF-8, such as a Latin-1 ü."""
    msg = "what was typed or piped in is not UTF-8 text"
    return UsageProblem(msg, "set the terminal to UTF-8, or convert the text first")


def cause(error: Exception, session: Session | None) -> CareError:
    """What a command failed from that is no error of ours: memory, the care file, or a bug.

    A value that caretool has not written (no date, no word of its own, no UTF-8) can come up
    anywhere in a command, so it is not guarded against there: the file is checked afterwards.
    """
    if isinstance(error, MemoryError):
        msg = "there is not enough memory for this command"
        hint = "close other programs and try again; caretool history shows what was kept"
        return StoreError(msg, hint, code="memory")
    if session is not None and _is_damaged(session):
        msg = f"{session.path} is damaged or was changed outside caretool"
        hint = "caretool check tells where; keep a copy as it is, then restore a backup"
        return StoreError(msg, hint, code="damaged")
    return bug(error)


def _is_damaged(session: Session) -> bool:
    from caretool import checking

    # A passphrase is not asked for now
    unlock = session.unlock if session.known else None
    try:
        with checking.examining(session.path, unlock) as opened:
            return any(one.severity == Severity.DAMAGE for one in checking.of_contents(opened))
    except CareError as problem:
        return problem.code == "damaged"
    except UnicodeDecodeError:  # what stands in it cannot even be checked
        return True
    except sqlite_errors():
        return True


def bug(error: Exception) -> CareError:
    """A bug as one line: where it happened, without the values that it happened with."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    where = ""
    if trace is not None:
        where = f" in {Path(trace.tb_frame.f_code.co_filename).name}, line {trace.tb_lineno}"
    msg = f"a bug in caretool {__version__}: {type(error).__name__}{where}"
    found = CareError(msg, "CARETOOL_DEBUG=1 shows where; please report it", code="bug")
    found.exit_code = errors.EXIT_BUG
    return found


def trace_of(error: BaseException) -> Iterator[str]:
    """The lines of the traceback of an error and of those that led to it, the first one first.

    Of each error its type only: its words may repeat a name, a date or a whole row. Files, lines
    and the program's own text hold no values.
    """
    before = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    if before is not None:
        yield from trace_of(before)
        yield "which led to:"
    yield "Traceback (most recent call last):"
    for frame in traceback.format_tb(error.__traceback__):
        yield from frame.splitlines()
    yield type(error).__qualname__


def is_output(error: Exception) -> bool:
    """Did writing to standard output fail? Files that caretool opens by name say which."""
    return (
        isinstance(error, OSError)
        and error.filename is None
        and error.errno in {errno.EPIPE, errno.ENOSPC, errno.EIO}
    )


def versions() -> str:
    """What a bug report needs: the versions of caretool and of what it stands on."""
    from importlib.metadata import PackageNotFoundError, version

    python = sys.version.split()[0]
    parts = [f"caretool {__version__}", f"schema {db.SCHEMA_VERSION}", f"Python {python}"]
    parts.append(f"SQLite {db.SQLITE_VERSION}")
    parts += [f"{name} {version(name)}" for name in ("sqlite-utils", "typer", "rich")]
    with suppress(PackageNotFoundError):  # an extra
        parts.append(f"sqlcipher3 {version('sqlcipher3')}")
    return ", ".join(parts)
