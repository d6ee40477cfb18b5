"""`decrypt`: take the passphrase off the care file, so that it is a plain SQLite file again."""

from __future__ import annotations

from caretool import encrypting
from caretool.app import Session, user
from caretool.errors import RefusedError
from caretool.output import Result

READS = False


def run(session: Session) -> Result:
    """Decrypt the care file, so that whoever can read your files can read it.

    caretool decrypt
    """
    if not encrypting.is_encrypted(session.path):
        msg = f"{session.path} is not encrypted"
        raise RefusedError(msg, "caretool encrypt gives it a passphrase", code="not-encrypted")
    done = encrypting.replace(
        session.path, session.command, user(), session.asked,
        unlock=session.unlock, passphrase=None,
    )  # fmt: skip
    return Result(
        data={"encrypted": False, "tables": done.tables, "rows": done.rows},
        said=(
            f"{session.path.name} is not encrypted any more: {done.rows:,} rows in {done.tables}"
            " tables are the same as in the encrypted file, which is gone",
            "backups that were made before still open with the passphrase of their time",
        ),
    )
