"""`imports`: which files were read when, and what became of each of their records."""

from __future__ import annotations

from datetime import date
from operator import itemgetter
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from caretool import dates
from caretool.app import Session
from caretool.errors import UsageProblem
from caretool.model import RowOutcome
from caretool.output import Block, Column, Result
from caretool.store import runs, stays

if TYPE_CHECKING:
    from collections.abc import Mapping

READS = True
_MOST = 20
_LAST = 1_000_000
_HASH_SHOWN = 12
_OUTCOMES = tuple(one.value for one in RowOutcome)


def run(
    session: Session,
    import_id: Annotated[
        str | None, typer.Argument(metavar="IMPORT", help="The id of one, for its records: R7.")
    ] = None,
    outcome: Annotated[
        Literal["new", "updated", "unchanged", "cancelled", "skipped", "rejected"] | None,
        typer.Option("--outcome", metavar="OUTCOME", help="Only records that ended so: rejected."),
    ] = None,
    top: Annotated[
        int,
        typer.Option(
            "--top", metavar="N", min=1, max=_LAST, help="How many of the latest to list."
        ),
    ] = _MOST,
) -> Result:
    """List the files that were imported, or all records of one with what became of them.

    caretool imports

    caretool imports R7

    caretool imports R7 --outcome skipped
    """
    if import_id is None and outcome is not None:
        msg = "--outcome is for the records of one import"
        raise UsageProblem(msg, f"caretool imports R7 --outcome {outcome}")
    with session.reading() as care_file:
        if import_id is None:
            found = runs.latest_first(care_file, top)
            return _listed([_record(one) for one in found], session)
        one = runs.get(care_file, import_id)
        records = [
            noted
            for noted in sorted(runs.rows_of(care_file, one["id"]), key=itemgetter(1))
            if outcome in {None, noted[2]}
        ]
        whom = stays.linked(care_file, {noted[4] for noted in records})
        rows = [
            {
                "line": line,
                "record": record,
                "outcome": what,
                "link": link or None,
                "discharge": f"D{stay}" if stay else None,
                "reason": reason or None,
            }
            for line, record, what, link, stay, reason in records
        ]
    return _shown(_record(one), rows, session)._replace(shown=whom)


def _record(one: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "run": f"R{one['id']}",
        "on": date.fromisoformat(one["on_date"]),
        "kind": one["kind"],
        "file": one["file_name"],
        "sheet": one["sheet"],
        "source": one["source"],
        "layout": one["layout"],
        "hash": one["file_hash"],
        "encoding": one["encoding"],
        "delimiter": one["delimiter"],
        "records": one["records"],
        **{name: one["counts"].get(name, 0) for name in _OUTCOMES},
    }


def _listed(rows: list[dict[str, Any]], session: Session) -> Result:
    columns = (
        Column("run", "run"),
        Column("on", "on", show=lambda row: dates.show_short(row["on"], session.today)),
        Column("kind", "of"),
        Column("file", "file", wrap=True),
        Column("records", "records", right=True),
        Column("counts", "came of them", show=_counts, raw=_counts, wrap=True),
        Column("source", "source", hidden=True),
        Column("layout", "layout", hidden=True),
        Column("hash", "hash", hidden=True),
    )
    return Result(
        data=rows,
        columns=columns,
        hint=f"caretool imports {rows[0]['run']} shows its records" if rows else "",
        empty="Nothing has been imported yet.",
    )


def _records(count: int) -> str:
    return "1 record" if count == 1 else f"{count} records"


def _counts(row: Mapping[str, Any]) -> str:
    return ", ".join(f"{row[name]} {name}" for name in _OUTCOMES if row[name])


def _shown(record: dict[str, Any], rows: list[dict[str, Any]], session: Session) -> Result:
    about = (
        ("file", record["file"] + (f" ({record['sheet']})" if record["sheet"] else "")),
        ("read on", dates.show_short(record["on"], session.today)),
        ("source", record["source"] or ""),
        ("layout", record["layout"] or ""),
        ("hash", record["hash"][:_HASH_SHOWN]),
        ("came of it", f"{_records(record['records'])}: {_counts(record)}"),
    )
    explained = next((row["discharge"] for row in rows if row["discharge"] and row["link"]), None)
    columns = (
        Column("line", "line", right=True),
        Column("record", "record", right=True, hidden=True),
        Column("outcome", "outcome"),
        Column("link", "link"),
        Column("discharge", "id"),
        Column("reason", "reason", wrap=True),
    )
    return Result(
        data={**record, "rows": rows},
        blocks=(
            Block(record["run"], pairs=about),
            Block("Records", columns=columns, rows=tuple(rows), name="record"),
        ),
        hint=f"caretool why {explained} says whose stay it is, and why" if explained else "",
    )
