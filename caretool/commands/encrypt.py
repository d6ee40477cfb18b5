"""`encrypt`: give the care file a passphrase, without which nobody can read it."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Annotated

import typer

from caretool import encrypting, passphrase
from caretool.app import Session, user
from caretool.errors import EXIT_OK, EXIT_PARTIAL, CareError, RefusedError
from caretool.options import NewPassphraseFileOption
from caretool.output import Result

READS = False


def run(
    session: Session,
    new_passphrase_file: NewPassphraseFileOption = None,
    *,
    remove_plain_backups: Annotated[
        bool,
        typer.Option("--remove-plain-backups", help="Delete the backups that are not encrypted."),
    ] = False,
) -> Result:
    """Encrypt the care file with a passphrase; the plain one goes once its copy is checked.

    caretool encrypt

    caretool encrypt --remove-plain-backups
    """
    said: list[str] = []
    tables = rows = None
    if not encrypting.is_encrypted(session.path):
        file = new_passphrase_file or session.passphrase_file
        secret = passphrase.new(session.path, file, command=True, interactive=session.interactive)
        tables, rows = encrypting.replace(
            session.path, session.command, user(), session.asked,
            unlock=session.unlock, passphrase=secret,
        )  # fmt: skip
        said += [
            f"{session.path.name} is encrypted: {rows:,} rows in {tables} tables are the same as"
            " in the plain file, which is gone",
            "keep the passphrase where you will find it: without it nobody can read the file again",
            "what was deleted may stay in unused parts of the disk: see docs/privacy.md",
            *passphrase.warnings(file),
        ]
    elif remove_plain_backups:
        encrypting.must_be_whole(session.path, session.unlock)
        with session.writing():
            said.append(f"{session.path.name} was encrypted already; it opens and is whole")
    else:
        msg = f"{session.path} is encrypted already, or it is not a care file"
        hint = "caretool change-passphrase gives it another passphrase"
        raise RefusedError(msg, hint, code="encrypted")

    plain = encrypting.plain_backups(session.path)
    left = encrypting.remove_backups(plain) if remove_plain_backups else plain
    if len(left) < len(plain):
        said.append(f"deleted: {_backups(len(plain) - len(left))}")
    if left and not remove_plain_backups:
        said += [
            f"not encrypted: {_backups(count)} in {folder}"
            for folder, count in Counter(one.parent for one in left).items()
        ]
        said.append("caretool encrypt --remove-plain-backups deletes them")
    stuck = tuple(_stuck(left)) if remove_plain_backups else ()
    return Result(
        data={
            "encrypted": True,
            "tables": tables,
            "rows": rows,
            "plain_backups": [str(one) for one in left],
            "removed": [str(one) for one in plain if one not in left],
        },
        said=tuple(said),
        errors=stuck,
        exit_code=EXIT_PARTIAL if stuck else EXIT_OK,
    )


def _backups(count: int) -> str:
    return f"{count} plain backup{'' if count == 1 else 's'}"


def _stuck(left: list[Path]) -> list[CareError]:
    return [
        CareError(f"{one} cannot be deleted", "delete it yourself", code="read-only")
        for one in left
    ]
