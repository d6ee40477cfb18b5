"""The commands on file: who typed what when, what each changed, and which was undone by which."""

from __future__ import annotations

import json
import re
from datetime import UTC, date, datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any, NamedTuple

from caretool.errors import NotFoundError, UsageProblem

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable, Mapping

    from caretool.db import CareFile

NOUNS: dict[str, tuple[str, str]] = {
    "patients": ("patient", "patients"),
    "identifiers": ("record number", "record numbers"),
    "phones": ("phone number", "phone numbers"),
    "conditions": ("condition", "conditions"),
    "statuses": ("status", "statuses"),
    "tiers": ("tier", "tiers"),
    "import_runs": ("import", "imports"),
    "stays": ("discharge", "discharges"),
    "link_decisions": ("review decision", "review decisions"),
    "contacts": ("contact", "contacts"),
    "self_reports": ("self-report", "self-reports"),
    "fills": ("fill", "fills"),
    "decisions": ("decision", "decisions"),
    "appointments": ("appointment", "appointments"),
    "scores": ("score", "scores"),
    "referrals": ("referral", "referrals"),
    "days_off": ("time off", "times off"),
    "other_names": ("other name", "other names"),
    "merges": ("merge", "merges"),
    "different_people": ("pair of two people", "pairs of two people"),
    "layouts": ("layout", "layouts"),
    "import_rows": ("part of an import's record", "parts of an import's record"),
    "products": ("product", "products"),
    "reversals": ("reversal", "reversals"),
    "refused_fills": ("refused fill", "refused fills"),
    "medications": ("medicine", "medicines"),
    "reconciliations": ("reconciliation", "reconciliations"),
    "reconciliation_lines": ("reconciled medicine", "reconciled medicines"),
}
"""What a row of each table is called, one and many."""

_ID = re.compile(r"[Hh]0*([1-9][0-9]{0,15})")


class Command(NamedTuple):
    """One command of the history."""

    id: int
    at: datetime
    """When it was typed, in the local time of then."""
    user: str
    name: str
    version: str
    asked: str
    """What was typed, without names and free text."""
    undoes: int | None
    first: int | None
    """Its first change; None for a command from before changes were kept."""
    last: int | None
    undone_by: int | None
    """The undo that is in force; None when the command stands."""


class Tally(NamedTuple):
    """How many rows of a table a command added, changed and removed, all told."""

    table: str
    added: int
    changed: int
    removed: int

    @property
    def words(self) -> str:
        """As a phrase: `2 contacts added, 1 changed`."""
        parts = [
            (count, verb)
            for count, verb in zip(self[1:], ("added", "changed", "removed"), strict=True)
            if count
        ]
        one, many = NOUNS[self.table]
        first = f"{parts[0][0]:,} {one if parts[0][0] == 1 else many} {parts[0][1]}"
        return ", ".join((first, *(f"{count:,} {verb}" for count, verb in parts[1:])))


class Change(NamedTuple):
    """One row as it was before a command and after it, by column; None where it was not there."""

    table: str
    row: int
    before: dict[str, Any] | None
    after: dict[str, Any] | None


def typed(db: CareFile, text: str) -> Command:
    """The command of an id as people say it (`H17`). Raises UsageProblem, NotFoundError."""
    match = _ID.fullmatch(text.strip())
    if match is None:
        msg = "that is no command's id"
        raise UsageProblem(msg, "ids look like H17; caretool history lists them")
    row = db.row("SELECT * FROM commands WHERE id = ?", (int(match[1]),))
    if row is None:
        msg = f"no command H{match[1]}"
        raise NotFoundError(msg, "caretool history lists them")
    return _command(row, undone(db))


def is_id(text: str) -> bool:
    """Is this a command's id as people say it?"""
    return _ID.fullmatch(text.strip()) is not None


def latest_first(
    db: CareFile,
    *,
    since: date | None = None,
    until: date | None = None,
    only: Iterable[int] | None = None,
    most: int = -1,
) -> list[Command]:
    """The commands on file, the latest first; days are those of the user's own clock."""
    day = "date(at_utc, utc_offset || ' minutes')"
    rows = db.rows(
        f"SELECT * FROM commands WHERE (:since IS NULL OR {day} >= :since)"
        f" AND (:until IS NULL OR {day} <= :until)"
        " AND (:only IS NULL OR id IN (SELECT value FROM json_each(:only)))"
        " ORDER BY id DESC LIMIT :most",
        {
            "since": None if since is None else since.isoformat(),
            "until": None if until is None else until.isoformat(),
            "only": None if only is None else json.dumps(sorted(only)),
            "most": most,
        },
    )
    taken_back = undone(db)
    return [_command(row, taken_back) for row in rows]


def undone(db: CareFile) -> dict[int, int]:
    """The commands that are undone at present, each with the undo in force."""
    found: dict[int, int] = {}
    # An undo may be undone itself, by a later one, which comes first here
    for row in db.rows("SELECT id, undoes FROM commands WHERE undoes IS NOT NULL ORDER BY id DESC"):
        if row["id"] not in found:
            found[row["undoes"]] = row["id"]
    return found


def tallies(db: CareFile, command: Command) -> list[Tally]:
    """What a command did to the rows of each table, in the order of its first change."""
    if command.first is None:
        return []
    rows = db.rows(
        """WITH net AS (
            SELECT tbl, row_id, min(id) AS early, max(id) AS late FROM changes
            WHERE id BETWEEN ? AND ? GROUP BY tbl, row_id
        )
        SELECT n.tbl, sum(e.before IS NULL AND l.after IS NOT NULL),
            sum(e.before IS NOT NULL AND l.after IS NOT NULL),
            sum(e.before IS NOT NULL AND l.after IS NULL)
        FROM net n JOIN changes e ON e.id = n.early JOIN changes l ON l.id = n.late
        GROUP BY n.tbl ORDER BY min(n.early)""",
        (command.first, command.last),
    )
    found = (Tally(*row) for row in rows)
    return [one for one in found if any(one[1:])]


def changes(db: CareFile, command: Command, most: int) -> list[Change]:
    """The changes of a command in their order, at most so many."""
    columns: dict[str, list[str]] = {}

    def image(table: str, text: str | None) -> dict[str, Any] | None:
        return None if text is None else dict(zip(columns[table], json.loads(text), strict=False))

    found = []
    for table, row, before, after in db.rows(
        "SELECT tbl, row_id, before, after FROM changes WHERE id BETWEEN ? AND ? LIMIT ?",
        (command.first, command.last, most),
    ):
        if table not in columns:
            columns[table] = [one["name"] for one in db.rows(f"PRAGMA table_info({table})")]
        found.append(Change(table, row, image(table, before), image(table, after)))
    return found


def of_patient(db: CareFile, patient_id: int) -> set[int]:
    """The ids of the commands that changed anything about a patient."""
    found = _touching(db, "patients", {patient_id}, set())
    rows = db.rows(
        "SELECT id FROM commands c WHERE EXISTS (SELECT 1 FROM json_each(:changes) WHERE value"
        " BETWEEN c.first_change AND c.last_change)",
        {"changes": json.dumps(sorted(found))},
    )
    return {row["id"] for row in rows}


def _touching(db: CareFile, table: str, ids: set[int], seen: set[str]) -> set[int]:
    """The changes of these rows and of the rows that refer to them, and so on."""
    found = {
        row[0]
        for row in db.stream(
            "SELECT id FROM changes WHERE tbl = ? AND row_id IN (SELECT value FROM json_each(?))",
            (table, json.dumps(sorted(ids))),
        )
    }
    for child, place in _referring(db, table):
        if child in seen:
            continue
        mine: set[int] = set()
        for change_id, row_id in db.stream(
            f"SELECT id, row_id FROM changes WHERE tbl = '{child}' AND"
            f" (json_extract(after, '$[{place}]') IN (SELECT value FROM json_each(:ids))"
            f" OR json_extract(before, '$[{place}]') IN (SELECT value FROM json_each(:ids)))",
            {"ids": json.dumps(sorted(ids))},
        ):
            found.add(change_id)
            mine.add(row_id)
        if mine:
            found |= _touching(db, child, mine, seen | {table})
    return found


def _referring(db: CareFile, table: str) -> list[tuple[str, int]]:
    """The tables that refer to one, and at which place of their images."""
    names = [row[0] for row in db.rows("SELECT name FROM sqlite_master WHERE type = 'table'")]
    found = []
    for name in (name for name in names if name in NOUNS):
        places = {row["name"]: row["cid"] for row in db.rows(f"PRAGMA table_info({name})")}
        found += [
            (name, places[row["from"]])
            for row in db.rows(f"PRAGMA foreign_key_list({name})")
            if row["table"] == table
        ]
    return found


def patients_of(db: CareFile, command: Command, most: int) -> list[int]:
    """The ids of the patients whose facts a command changed, at most so many, in its order."""
    found: dict[int, None] = {}
    for table, place in (("patients", 0), *_referring(db, "patients")):
        rows = db.stream(
            f"SELECT DISTINCT json_extract(COALESCE(after, before), '$[{place}]') FROM changes"
            " WHERE id BETWEEN ? AND ? AND tbl = ? LIMIT ?",
            (command.first, command.last, table, most),
        )
        found |= {row[0]: None for row in rows if row[0] is not None}
    return list(found)[:most]


def _command(row: sqlite3.Row, taken_back: Mapping[int, int]) -> Command:
    at = datetime.fromisoformat(row["at_utc"]).replace(tzinfo=UTC)
    return Command(
        row["id"],
        at.astimezone(timezone(timedelta(minutes=row["utc_offset"]))),
        row["user"],
        row["command"],
        row["version"],
        row["asked"],
        row["undoes"],
        row["first_change"],
        row["last_change"],
        taken_back.get(row["id"]),
    )
