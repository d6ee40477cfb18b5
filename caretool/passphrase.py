"""Where the passphrase of an encrypted care file comes from: a file, a command, or a prompt.

Never from an option's value or the environment, which other accounts can see and histories keep.
The command is for keyrings and for cron, as restic does it: `CARETOOL_PASSPHRASE_COMMAND` is run
without a shell and prints the passphrase.
"""

from __future__ import annotations

import os
import shlex
import stat
import subprocess
import sys
from typing import TYPE_CHECKING

from caretool import output
from caretool.errors import InputError, RefusedError, StoreError

if TYPE_CHECKING:
    from pathlib import Path

COMMAND = "CARETOOL_PASSPHRASE_COMMAND"
SHORTEST = 12
"""Characters of a new passphrase. Length is all that is asked for, and no kinds of characters:
NIST SP 800-63B-4, 3.1.1.2, which wants 15 of them where nothing else proves who somebody is."""
LONGEST = 1024
_SECONDS = 60
_OTHERS = stat.S_IRWXG | stat.S_IRWXO


def of(path: Path, file: Path | None, *, interactive: bool) -> str:
    """The passphrase of a care file: from the file named, else the command, else asked for.

    Raises InputError when the file or the command gives none, StoreError when nobody can be asked.
    """
    if file is not None:
        return from_file(file)
    if command := os.environ.get(COMMAND):
        return _from_command(command)
    if not interactive:
        msg = f"{path} is encrypted, or it is not a care file"
        hint = f"say --passphrase-file FILE, or set {COMMAND}"
        raise StoreError(msg, hint, code="encrypted")
    return output.ask_secret(f"passphrase of {path.name}")


def new(path: Path, file: Path | None, *, command: bool, interactive: bool) -> str:
    """A new passphrase: from the file named, else with `command` from the command, else asked for.

    Asked for twice, since nobody sees what is typed.

    Raises:
        InputError: the file or the command gives none, it is too short, or what was typed the
            second time differs.
        RefusedError: nobody can be asked.
    """
    said = os.environ.get(COMMAND) if command else None
    if file is not None:
        return _long_enough(from_file(file))
    if said:
        return _long_enough(_from_command(said))
    if not interactive:
        msg = "no new passphrase: nobody to ask, standard input is not a terminal"
        raise RefusedError(msg, "say --new-passphrase-file FILE", code="no-terminal")
    first = _long_enough(output.ask_secret(f"new passphrase of {path.name}"))
    if output.ask_secret("the same again") != first:
        msg = "the two passphrases differ; nothing was changed"
        raise InputError(msg, "try again", code="passphrase")
    return first


def _long_enough(passphrase: str) -> str:
    if len(passphrase) < SHORTEST:
        msg = f"the new passphrase has fewer than {SHORTEST} characters"
        hint = "take five words at random, with spaces between them"
        raise InputError(msg, hint, code="passphrase")
    return passphrase


def from_file(file: Path) -> str:
    """The first line of a file, which is a passphrase. Raises InputError."""
    try:
        with file.open(encoding="utf-8-sig") as lines:  # some editors begin a file with a mark
            line = lines.readline(LONGEST + 2)
    except (OSError, UnicodeDecodeError) as error:
        why = getattr(error, "strerror", None) or "it is not UTF-8 text"
        msg = f"the passphrase file cannot be read: {why}"
        raise InputError(msg, "name another with --passphrase-file", code="passphrase") from error
    return _first_line(line, "the passphrase file")


def warnings(file: Path | None) -> list[str]:
    """What to say of a passphrase file: that other accounts can read it, where they can."""
    if file is None or os.name != "posix":
        return []
    mode = file.stat().st_mode
    if not (stat.S_ISREG(mode) and mode & _OTHERS):
        return []
    return [f"other accounts can read {file}: chmod 600 it, or keep the passphrase elsewhere"]


def _from_command(command: str) -> str:
    # A list that is piped in is not the command's to read; a terminal is, if it asks something
    asks = sys.stdin is not None and sys.stdin.isatty()
    try:
        ran = subprocess.run(  # noqa: S603 - her own command, run without a shell
            shlex.split(command),
            stdin=None if asks else subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            encoding="utf-8",
            check=True,
            timeout=_SECONDS,
        )
    except (OSError, ValueError, IndexError, subprocess.SubprocessError) as error:
        msg = f"the command of {COMMAND} {_how_it_failed(error)}"
        raise InputError(msg, "run it by hand to see why", code="passphrase") from error
    return _first_line(ran.stdout, f"what {COMMAND} prints")


def _how_it_failed(error: Exception) -> str:
    if isinstance(error, subprocess.TimeoutExpired):
        return f"did not end within {_SECONDS:g} seconds"
    if isinstance(error, subprocess.CalledProcessError):
        return f"failed with exit code {error.returncode}"
    if isinstance(error, OSError):
        return f"cannot be run: {error.strerror}"
    return "is no command, or prints no UTF-8 text"


def _first_line(text: str, what: str) -> str:
    passphrase = text.split("\n", 1)[0].rstrip("\r")
    if not 0 < len(passphrase) <= LONGEST:
        how = "an empty first line" if not passphrase else f"more than {LONGEST:,} characters"
        msg = f"{what} has {how}"
        raise InputError(msg, "the passphrase stands on its first line", code="passphrase")
    return passphrase
