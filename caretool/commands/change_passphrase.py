"""`change-passphrase`: another passphrase, salt and key for an encrypted care file."""

from __future__ import annotations

from caretool import encrypting, passphrase
from caretool.app import Session, user
from caretool.errors import InputError, RefusedError
from caretool.options import NewPassphraseFileOption
from caretool.output import Result

READS = False


def run(session: Session, new_passphrase_file: NewPassphraseFileOption = None) -> Result:
    """Give an encrypted care file another passphrase; the former one opens it no more.

    caretool change-passphrase

    caretool change-passphrase --passphrase-file old.txt --new-passphrase-file new.txt
    """
    if not encrypting.is_encrypted(session.path):
        msg = f"{session.path} is not encrypted"
        raise RefusedError(msg, "caretool encrypt gives it a passphrase", code="not-encrypted")
    encrypting.try_passphrase(session.path, session.unlock)
    secret = passphrase.new(
        session.path, new_passphrase_file, command=False, interactive=session.interactive
    )
    if secret == session.unlock():
        msg = "the new passphrase is the present one; nothing was changed"
        raise InputError(msg, "take another one", code="passphrase")
    done = encrypting.replace(
        session.path, session.command, user(), session.asked,
        unlock=session.unlock, passphrase=secret,
    )  # fmt: skip
    return Result(
        data={"encrypted": True, "tables": done.tables, "rows": done.rows},
        said=(
            f"{session.path.name} has another passphrase and key: {done.rows:,} rows in"
            f" {done.tables} tables are the same as before",
            "backups that were made before still open with the passphrase of their time",
            *passphrase.warnings(new_passphrase_file),
        ),
    )
