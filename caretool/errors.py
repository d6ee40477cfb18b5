"""What can go wrong, with the exit code, a stable code word and a hint for each.

Messages name what was read, which rule applied and what to type next; they carry ids, never
names, so that logs and cron mail stay free of patients. Exit codes are the contract's:
0 done, 1 a bug, 2 usage, 3 unusable input, 4 partly done, 5 the care file, 6 refused,
10 something is due (only `due-today --exit-code`), 130 interrupted.
"""

from __future__ import annotations

EXIT_OK = 0
EXIT_BUG = 1
EXIT_USAGE = 2
EXIT_INPUT = 3
EXIT_PARTIAL = 4
EXIT_STORE = 5
EXIT_REFUSED = 6
EXIT_DUE = 10
EXIT_INTERRUPTED = 130


class CareError(Exception):
    """A failure that caretool expected: `message` says what happened, `hint` what to type next."""

    exit_code = EXIT_INPUT
    code = "error"

    def __init__(self, message: str, hint: str = "", *, code: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        if code is not None:
            self.code = code


class UsageProblem(CareError):  # noqa: N818 - Typer has a UsageError of its own
    """The words typed do not form a command: wrong option, wrong date form, contradiction."""

    exit_code = EXIT_USAGE
    code = "usage"


class InputError(CareError):
    """Input was understood but cannot be used."""

    exit_code = EXIT_INPUT
    code = "invalid"


class NotFoundError(InputError):
    """Nothing in the care file (or on disk) has that name or id."""

    code = "not-found"


class AmbiguousError(InputError):
    """More than one thing fits; the message lists their ids."""

    code = "ambiguous"


class DuplicateError(InputError):
    """The care file already holds this."""

    code = "duplicate"


class FileError(InputError):
    """A file to import cannot be read or lacks what it needs: names file, line and rule."""

    code = "file"


class RuleError(InputError):
    """A file under `rules/` is malformed: names the file and the rule."""

    code = "rules"


class StoreError(CareError):
    """The care file itself: missing, locked, foreign, newer, damaged."""

    exit_code = EXIT_STORE
    code = "store"


class RefusedError(CareError):
    """Possible, but not done: needs confirmation, a future date, a read-only place."""

    exit_code = EXIT_REFUSED
    code = "refused"
