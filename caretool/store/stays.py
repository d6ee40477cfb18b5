"""Stays: finding those on file by their keys, adding and completing them, reading them."""

from __future__ import annotations

import json
from datetime import date
from functools import cache
from operator import itemgetter
from typing import TYPE_CHECKING, Any

from caretool.errors import NotFoundError

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable, Sequence

    from caretool.db import CareFile

_LINKING = ("patient_id", "link", "link_reason")


@cache
def _changing() -> tuple[str, ...]:
    """What a later row may correct or complete: what lists tell, what came of it, whose it is."""
    from caretool.telling import FIELDS, MADE  # which the morning list does without

    return (*FIELDS, *MADE, *_LINKING, "arrived_on")


def linked(db: CareFile, ids: Iterable[int]) -> list[int]:
    """The patients of these stays, each once, by the number of their id."""
    rows = db.stream(
        "SELECT DISTINCT s.patient_id FROM json_each(?) j CROSS JOIN stays s ON s.id = j.value"
        " WHERE s.patient_id IS NOT NULL ORDER BY s.patient_id",
        (json.dumps(sorted(ids)),),
    )
    return [row[0] for row in rows]


def next_id(db: CareFile) -> int:
    """The number that the next stay gets; numbers are never used again."""
    last = db.value("SELECT seq FROM sqlite_sequence WHERE name = 'stays'")
    return int(last or 0) + 1


def by_keys(db: CareFile, keys: Iterable[str]) -> dict[str, sqlite3.Row]:
    """The stays on file that have one of these keys."""
    rows = db.rows(
        "SELECT s.* FROM json_each(?) j CROSS JOIN stays s ON s.stay_key = j.value",
        (json.dumps(sorted(keys)),),
    )
    return {row["stay_key"]: row for row in rows}


def add_all(db: CareFile, stays: Iterable[dict[str, Any]]) -> None:
    """Add stays; each carries its id, its key and what was told of it."""
    columns = ("id", "stay_key", "issuer", *_changing(), "run_id")
    db.insert_all("stays", columns, map(itemgetter(*columns), stays))


def change_all(db: CareFile, stays: Iterable[dict[str, Any]]) -> None:
    """Write back stays that a later row corrected or completed."""
    columns = _changing()
    assignments = ", ".join(f"{column} = ?" for column in columns)
    db.execute_all(
        f"UPDATE stays SET {assignments} WHERE id = ?",
        ((*(stay[column] for column in columns), stay["id"]) for stay in stays),
    )


def discharged_after(db: CareFile, patient_id: int, since: date, today: date) -> int | None:
    """A patient's first stay that ended after that day, up to today."""
    found: int | None = db.value(
        "SELECT id FROM stays WHERE patient_id = ? AND cancelled = 0 AND discharged_on > ?"
        " AND discharged_on <= ? ORDER BY discharged_on, id LIMIT 1",
        (patient_id, since.isoformat(), today.isoformat()),
    )
    return found


def get(db: CareFile, stay_id: int) -> sqlite3.Row:
    """One stay. Raises NotFoundError."""
    row = db.row("SELECT * FROM stays WHERE id = ?", (stay_id,))
    if row is None:
        msg = f"no discharge D{stay_id}"
        raise NotFoundError(msg, "caretool review lists what waits for a decision")
    return row


def of_patient(db: CareFile, patient_id: int, today: date) -> list[sqlite3.Row]:
    """A patient's stays begun or ended by today, latest first; cancelled ones too, marked."""
    return db.rows(
        "SELECT * FROM stays WHERE patient_id = ?"
        " AND (discharged_on <= ? OR admitted_on <= ?)"
        " ORDER BY COALESCE(discharged_on, admitted_on) DESC, id DESC",
        (patient_id, today.isoformat(), today.isoformat()),
    )


def of_sender(db: CareFile, sender: str, first: date, last: date) -> list[sqlite3.Row]:
    """The stays that lists of a sender have told of, discharged in these days."""
    return db.rows(
        "SELECT s.id, s.link, s.cancelled, r.file_name"
        " FROM import_runs r JOIN stays s ON s.run_id = r.id"
        " WHERE r.source = ? AND r.kind = 'discharges' AND s.discharged_on BETWEEN ? AND ?"
        " ORDER BY s.id",
        (sender, first.isoformat(), last.isoformat()),
    )


def count_in_review(db: CareFile, today: date) -> int:
    """How many stays wait for a reviewer's word."""
    return int(
        db.value(
            "SELECT count(*) FROM stays INDEXED BY stays_in_review"
            " WHERE link = 'review' AND cancelled = 0"
            " AND (discharged_on <= :today OR (discharged_on IS NULL AND admitted_on <= :today))",
            {"today": today.isoformat()},
        )
    )


def open_ones(db: CareFile, link: str, today: date) -> Sequence[sqlite3.Row]:
    """Stays for `review`, or that fit nobody (`unmatched`): who is still in, then the latest."""
    return db.rows(
        "SELECT * FROM stays WHERE link = :link AND cancelled = 0"
        " AND (discharged_on <= :today OR (discharged_on IS NULL AND admitted_on <= :today))"
        " ORDER BY discharged_on IS NULL DESC, COALESCE(discharged_on, admitted_on) DESC, id",
        {"link": link, "today": today.isoformat()},
    )
