"""What the imports of discharges, rosters and fills share: open, settle, account, reject, say.

Each file is one transaction: all of it is kept or nothing. Every record ends in exactly one
outcome, and the outcomes add up to the records. Rejected rows go to a file of their own.
"""

from __future__ import annotations

from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from caretool.errors import EXIT_OK, EXIT_PARTIAL, CareError, InputError, UsageProblem
from caretool.intake import layout as layouts
from caretool.intake import rejects
from caretool.intake.reader import open_table
from caretool.intake.sources import open_source
from caretool.model import Link, RowOutcome
from caretool.output import Result
from caretool.store import runs

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from caretool.app import Session
    from caretool.db import CareFile
    from caretool.intake.discharges import Rejected
    from caretool.intake.layout import Layout
    from caretool.intake.reader import Table
    from caretool.intake.sources import Source
    from caretool.intake.values import Order

Kind = Literal["patients", "discharges", "fills"]
_FORMATS = ("iso", "mdy", "dmy")
NEVER_CANCELLED = tuple(one for one in RowOutcome if one != RowOutcome.CANCELLED)
"""The outcomes of lists that take nothing back: rosters and fills."""


@dataclass(slots=True)
class Account:
    """What became of the records of one file."""

    keep_rows: bool = False
    with_links: bool = True
    records: int = 0
    outcomes: Counter[str] = field(default_factory=Counter)
    links: Counter[str] = field(default_factory=Counter)
    rejected: list[Rejected] = field(default_factory=list)
    rows: list[dict[str, Any]] = field(default_factory=list)
    said: list[str] = field(default_factory=list)
    """What else people are told about the file."""
    more: dict[str, Any] = field(default_factory=dict)
    """What else scripts get in its report."""

    def note(
        self,
        line: int,
        record: int,
        outcome: RowOutcome,
        *,
        link: Link | None = None,
        reason: str = "",
        **details: Any,  # noqa: ANN401 - what a row of `--rows` shows
    ) -> None:
        """Note the one outcome of one record."""
        self.records += 1
        self.outcomes[outcome] += 1
        if link is not None:
            self.links[link] += 1
        if self.keep_rows:
            self.rows.append(
                {
                    "line": line,
                    "record": record,
                    "outcome": outcome,
                    **({"link": link} if self.with_links else {}),
                    **details,
                    "reason": reason or None,
                }
            )

    def reject(self, row: Rejected, **details: Any) -> None:  # noqa: ANN401
        """Note a record that cannot be used."""
        self.rejected.append(row)
        where = f"{row.column}: " if row.column else ""
        self.note(
            row.line, row.record, RowOutcome.REJECTED, reason=f"{where}{row.reason}", **details
        )


@dataclass(frozen=True, slots=True)
class Job:
    """One file on its way into the care file."""

    session: Session
    source: Source
    table: Table
    layout: Layout
    account: Account
    run_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Wishes:
    """What the command line asked of an import."""

    kind: Kind
    sender: str | None = None
    dry_run: bool = False
    rejects: Path | None = None
    keep_rows: bool = False
    date_format: Order | None = None
    outcomes: Sequence[RowOutcome] = tuple(RowOutcome)
    with_links: bool = False


def run_imports(
    session: Session,
    files: Sequence[str],
    wishes: Wishes,
    store: Callable[[CareFile, Job], None],
    *,
    following: Callable[[list[dict[str, Any]]], str],
) -> Result:
    """Import each file by `store`, one transaction a file, and account for every record.

    A file that cannot be read is an error of its own; the others are imported all the same.
    """
    if wishes.rejects is not None and len(files) > 1:
        msg = "--rejects names one file, but there are several to import"
        raise UsageProblem(msg, "import one at a time, or let each get its own beside it")
    if wishes.rejects is not None:
        rejects.must_not_replace(wishes.rejects, [session.path, *map(Path, files)])
    done: list[dict[str, Any]] = []
    said: list[str] = []
    problems: list[CareError] = []
    for given in files:
        try:
            report, account = _import_one(session, given, wishes, store)
        except InputError as error:
            if len(files) == 1:
                raise
            problems.append(error)
            continue
        done.append(report)
        said += _words(report, account, wishes)
        if account.rejected:
            count = len(account.rejected)
            where = report["rejects_file"] or "say --rejects FILE to have them"
            msg = f"{report['file']}: {count} of {account.records} records rejected"
            problems.append(CareError(msg, f"rejected rows: {where}", code="rejected"))
    if problems and not done:
        raise problems[0]
    if wishes.dry_run:
        said.append("a trial run: nothing was kept")
    return Result(
        data=done,
        said=tuple(said),
        hint=following(done),
        errors=tuple(problems),
        exit_code=EXIT_PARTIAL if problems else EXIT_OK,
    )


def _import_one(
    session: Session, given: str, wishes: Wishes, store: Callable[[CareFile, Job], None]
) -> tuple[dict[str, Any], Account]:
    source = open_source(given, wishes.sender)
    known = layouts.known_header(wishes.kind)
    table = open_table(source.content, name=source.name, known=known)
    layout = layouts.map_columns(table.header, wishes.kind, file=table.name, line=table.header_line)
    declared = wishes.date_format or _declared_by_rejects(table)
    layout = layouts.settle_forms(table, layout, declared=declared, today=session.today)
    account = Account(keep_rows=wishes.keep_rows, with_links=wishes.with_links)
    with session.writing(create=True, dry_run=wishes.dry_run) as care_file:
        run_id = runs.begin(
            care_file,
            kind=wishes.kind,
            on=session.today,
            file_name=source.name,
            file_hash=table.sha256,
            source=source.sender,
            encoding=table.encoding,
            delimiter=table.delimiter,
        )
        store(care_file, Job(session, source, table, layout, account, run_id))
        runs.finish(care_file, run_id, account.records, account.outcomes)
        # Before the commit: rows whose rejects cannot be handed over are not taken in either
        written = _write_rejects(source, table, layout, account, wishes)
    report: dict[str, Any] = {
        "file": given,
        "run": None if wishes.dry_run else f"R{run_id}",
        "source": source.sender,
        "layout": "built-in",
        "encoding": table.encoding,
        "delimiter": table.delimiter,
        "header_line": table.header_line,
        "records": account.records,
        **{outcome.value: account.outcomes[outcome] for outcome in wishes.outcomes},
    }
    if wishes.with_links:
        report.update({link.value: account.links[link] for link in Link})
    report.update(account.more)
    report["rejects_file"] = None if written is None else str(written)
    if wishes.keep_rows:
        report["rows"] = account.rows
    return report, account


def _declared_by_rejects(table: Table) -> Any:  # noqa: ANN401 - one of the date formats
    """The date form that a rejects file of ours carries along; None in any other file."""
    if rejects.DATE_FORMAT_COLUMN not in table.header:
        return None
    position = table.header.index(rejects.DATE_FORMAT_COLUMN)
    with suppress(StopIteration, IndexError):
        _, _, cells = next(iter(table))
        return cells[position] if cells[position] in _FORMATS else None
    return None


def _write_rejects(
    source: Source, table: Table, layout: Layout, account: Account, wishes: Wishes
) -> Path | None:
    if not account.rejected or (wishes.dry_run and wishes.rejects is None):
        return None
    orders = {form.order for form in layout.dates.values() if form.order in {"mdy", "dmy"}}
    order = orders.pop() if len(orders) == 1 else None
    body = rejects.content(table.header, table.delimiter, account.rejected, order)
    if wishes.rejects is not None:
        return rejects.write_to(wishes.rejects, body)
    if isinstance(source.content, bytes):
        return None
    return rejects.write_beside(source.content, body)


def _words(report: dict[str, Any], account: Account, wishes: Wishes) -> Iterable[str]:
    counts = ", ".join(
        f"{report[outcome.value]} {outcome.value}"
        for outcome in wishes.outcomes
        if report[outcome.value]
    )
    run = f" ({report['run']})" if report["run"] else ""
    many = "record" if account.records == 1 else "records"
    yield f"{report['file']}: {account.records} {many}{run}: {counts or 'nothing in it'}"
    if wishes.with_links and any(account.links.values()):
        yield "  " + ", ".join(f"{report[link.value]} {link.value}" for link in Link)
    yield from (f"  {line}" for line in account.said)
