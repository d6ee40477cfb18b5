"""The schema, as numbered steps that are only ever appended to.

A step is never edited once released; a change is a new step. What each step does stands in a file
of `schema/`. Dates are ISO text checked by the schema: `d IS date(d, '+0 days')` also refuses 30
February, which plain `date(d)` lets through. Instants are UTC text with the local offset beside it,
in minutes.

Facts carry when they happened (`on_date`, `admitted_on` …) and, through `command_id`, when, by
whom and by which version they were entered. What is due is never stored.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlite_utils import Migrations

from caretool.schema import m001, m002, m003, m004, m005, recording

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sqlite_utils.db import Database

steps = Migrations("caretool")


@steps()
def m001_care_file(db: Database) -> None:
    """Create every table of the first version."""
    _run(db, m001.STATEMENTS)


@steps()
def m002_schedule(db: Database) -> None:
    """Make room for her decisions, appointments, scores, referrals, days off, the lists shown."""
    _run(db, m002.STATEMENTS)


@steps()
def m003_lists(db: Database) -> None:
    """Make room for what lists tell one after the other, saved layouts, and joined patients."""
    _run(db, m003.STATEMENTS)


@steps()
def m004_medicines(db: Database) -> None:
    """Make room for medicines lists, reconciliations, fills taken back, and fills refused."""
    _run(db, m004.STATEMENTS)


@steps()
def m005_history(db: Database) -> None:
    """Make room for the history, and seal the commands that are on file."""
    _run(db, m005.STATEMENTS)
    for table in m005.REMADE:
        m005.remake(db.conn.execute, table)
    recording.seal_older(db.conn.execute)


def _run(db: Database, statements: Iterable[str]) -> None:
    for statement in statements:
        db.conn.execute(statement)
