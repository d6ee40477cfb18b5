"""Import runs: which file was read when, by which layout, and what came of each of its records."""

from __future__ import annotations

import json
import re
import zlib
from typing import TYPE_CHECKING, Any

from caretool.errors import NotFoundError, UsageProblem

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import date

    from caretool.db import CareFile

_ID = re.compile(r"[Rr]0*([1-9][0-9]{0,15})")

Noted = tuple[int, int, str, str, int, str]
"""A record of a run: its line, its number, outcome, link (or empty), stay (or 0), reason."""


def begin(db: CareFile, *, on: date, **facts: str | None) -> int:
    """Note that a file is being imported; returns the number of the run's id."""
    return db.insert("import_runs", on_date=on.isoformat(), records=0, counts="{}", **facts)


def finish(db: CareFile, run_id: int, records: int, counts: Mapping[str, int]) -> None:
    """Note what came of the run's records."""
    db.execute(
        "UPDATE import_runs SET records = ?, counts = ? WHERE id = ?",
        (records, json.dumps(dict(counts)), run_id),
    )


def told_at(db: CareFile, file_hash: str, sheet: str | None) -> str | None:
    """For which moment the same file counted when it was imported first; None if it never was."""
    found: str | None = db.value(
        "SELECT told_at FROM import_runs WHERE file_hash = ? AND sheet IS ? ORDER BY id",
        (file_hash, sheet),
    )
    return found


def same_file_at(db: CareFile, file_hash: str, sheet: str | None) -> int:
    """By which command the same file was imported last; 0 if it never was."""
    return int(
        db.value(
            "SELECT max(command_id) FROM import_runs WHERE file_hash = ? AND sheet IS ?"
            " AND command_id <> ?",
            (file_hash, sheet, db.command_id),
        )
        or 0
    )


def keep_rows(db: CareFile, run_id: int, rows: Sequence[Noted]) -> None:
    """Keep what came of some records, packed: there may be a million of them."""
    if rows:
        packed = zlib.compress(json.dumps(rows, separators=(",", ":")).encode(), 1)
        db.insert_all("import_rows", ("run_id", "first", "rows"), [(run_id, rows[0][1], packed)])


def rows_of(db: CareFile, run_id: int) -> Iterator[Noted]:
    """What came of each record of a run, in the order of the file."""
    for (packed,) in db.stream(
        "SELECT rows FROM import_rows WHERE run_id = ? ORDER BY first", (run_id,)
    ):
        for one in json.loads(zlib.decompress(packed)):
            yield tuple(one)


def latest_first(db: CareFile, limit: int) -> list[dict[str, Any]]:
    """The runs on file, the latest first; each with its counts."""
    found = db.rows("SELECT * FROM import_runs ORDER BY id DESC LIMIT ?", (limit,))
    return [_shown(row) for row in found]


def get(db: CareFile, text: str) -> dict[str, Any]:
    """The run of an id as people say it (`R7`). Raises UsageProblem, NotFoundError."""
    match = _ID.fullmatch(text.strip())
    if match is None:
        msg = "that is no import's id"
        raise UsageProblem(msg, "ids look like R7; caretool imports lists them")
    row = db.row("SELECT * FROM import_runs WHERE id = ?", (int(match[1]),))
    if row is None:
        msg = f"no import R{match[1]}"
        raise NotFoundError(msg, "caretool imports lists them")
    return _shown(row)


def _shown(row: sqlite3.Row) -> dict[str, Any]:
    return {**dict(row), "counts": json.loads(row["counts"])}
