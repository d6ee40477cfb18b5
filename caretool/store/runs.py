"""Import runs: which file was read when, by which layout, and what came of its records."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    from caretool.db import CareFile


def begin(
    db: CareFile,
    *,
    kind: str,
    on: date,
    file_name: str,
    file_hash: str,
    source: str,
    encoding: str,
    delimiter: str,
) -> int:
    """Note that a file is being imported; returns the number of the run's id."""
    return db.insert(
        "import_runs",
        kind=kind,
        on_date=on.isoformat(),
        file_name=file_name,
        file_hash=file_hash,
        source=source,
        encoding=encoding,
        delimiter=delimiter,
        records=0,
        counts="{}",
    )


def finish(db: CareFile, run_id: int, records: int, counts: Mapping[str, int]) -> None:
    """Note what came of the run's records."""
    db.execute(
        "UPDATE import_runs SET records = ?, counts = ? WHERE id = ?",
        (records, json.dumps(dict(counts)), run_id),
    )
