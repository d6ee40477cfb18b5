"""Where the passphrase of an encrypted care file comes from: a file, a command, or a prompt.

Never from an option's value or the environment, which other accounts can see and histories keep.
The command is for keyrings and for cron, as restic does it: `CARETOOL_PASSPHRASE_COMMAND` is run
without a shell and prints the passphrase.
"""

from __future__ import annotations

import os
import shlex
import subprocess
from functools import cache
from typing import TYPE_CHECKING

from caretool import output
from caretool.errors import InputError, StoreError

if TYPE_CHECKING:
    from pathlib import Path

COMMAND = "CARETOOL_PASSPHRASE_COMMAND"
_SECONDS = 60


@cache
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


def from_file(file: Path) -> str:
    """The first line of a file, which is a passphrase. Raises InputError."""
    try:
        text = file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        why = getattr(error, "strerror", None) or "it is not UTF-8 text"
        msg = f"the passphrase file cannot be read: {why}"
        raise InputError(msg, "name another with --passphrase-file", code="passphrase") from error
    return _first_line(text, "the passphrase file")


def _from_command(command: str) -> str:
    try:
        ran = subprocess.run(  # noqa: S603 - her own command, run without a shell
            shlex.split(command), stdout=subprocess.PIPE, text=True, check=True, timeout=_SECONDS
        )
    except (OSError, ValueError, IndexError, subprocess.SubprocessError) as error:
        msg = f"the command of {COMMAND} failed"
        raise InputError(msg, "run it by hand to see why", code="passphrase") from error
    return _first_line(ran.stdout, f"what {COMMAND} prints")


def _first_line(text: str, what: str) -> str:
    passphrase = text.split("\n", 1)[0].rstrip("\r")
    if not passphrase:
        msg = f"{what} has an empty first line"
        raise InputError(msg, "the passphrase stands on its first line", code="passphrase")
    return passphrase
