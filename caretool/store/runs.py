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


def moments(db: CareFile) -> dict[int, str]:
    """For which moment the list of each run stands; of those before schema 3, their day."""
    rows = db.stream("SELECT id, COALESCE(told_at, on_date) FROM import_runs")
    return {row[0]: row[1] for row in rows}


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
        packed = zlib.compress(json.dumps(_joined(rows), separators=(",", ":")).encode(), 1)
        db.insert_all("import_rows", ("run_id", "first", "rows"), [(run_id, rows[0][1], packed)])


def _joined(rows: Sequence[Noted]) -> list[tuple[Any, ...]]:
    """Records in a row of which the same came are one, with their number behind it."""
    joined: list[tuple[Any, ...]] = []
    first, count, came, after = rows[0], 0, None, (0, 0)
    for row in rows:
        line, record, outcome, link, stay_id, reason = row
        if (line, record) == after and (outcome, link, reason) == came and not stay_id:
            count += 1
        else:
            if count:
                joined.append((*first, count))
            first, count, came = row, 1, None if stay_id else (outcome, link, reason)
        after = (line + 1, record + 1)
    joined.append((*first, count))
    return joined


def rows_of(db: CareFile, run_id: int) -> Iterator[Noted]:
    """What came of each record of a run, nearly in the order of the file.

    What could be settled only at its end stands behind what was noted with it.
    """
    for (packed,) in db.stream(
        "SELECT rows FROM import_rows WHERE run_id = ? ORDER BY first", (run_id,)
    ):
        for line, record, outcome, link, stay_id, reason, *count in json.loads(
            zlib.decompress(packed)
        ):
            for more in range(count[0] if count else 1):  # before schema 4 each stood for itself
                yield line + more, record + more, outcome, link, stay_id, reason


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
