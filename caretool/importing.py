"""What the imports of discharges, rosters and fills share: open, lay out, account, reject, say.

Each list is one transaction: all of it is kept or nothing. A workbook's sheets are lists of their
own. Every record ends in exactly one outcome, and the outcomes add up to the records. Rejected
rows go to a file of their own.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from caretool import laying_out
from caretool.accounting import Account
from caretool.errors import EXIT_OK, EXIT_PARTIAL, CareError, InputError, UsageProblem
from caretool.intake import layout_file, rejects
from caretool.intake.layout import first_heading, known_header
from caretool.intake.moments import zone_name
from caretool.intake.opening import open_listings
from caretool.intake.people_file import joined
from caretool.intake.sources import open_source
from caretool.laying_out import Asked
from caretool.model import Link, RowOutcome
from caretool.output import Result
from caretool.store import layouts, runs

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from datetime import date

    from caretool.app import Session
    from caretool.db import CareFile
    from caretool.intake.layout import Kind, Layout
    from caretool.intake.listing import Listing
    from caretool.intake.sources import Source
    from caretool.laying_out import LaidOut

NEVER_CANCELLED = tuple(one for one in RowOutcome if one != RowOutcome.CANCELLED)
"""The outcomes of lists that take nothing back: rosters."""
# Feeds have a header of ours: there is nothing to remember of it
_LAID_OUT = frozenset({"text", "workbook"})


@dataclass(frozen=True, slots=True)
class Job:
    """One list on its way into the care file."""

    session: Session
    source: Source
    listing: Listing
    layout: Layout
    account: Account
    run_id: int
    sheet: str | None
    told_at: str
    """The moment for which the list stands, where its rows do not say their own."""
    latest: date
    """The list's own day, else the last one on which anything in it happened."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wishes:
    """What the command line asked of an import."""

    kind: Kind
    asked: Asked
    sender: str | None = None
    save_layout: bool = True
    people: str | None = None
    dry_run: bool = False
    rejects: Path | None = None
    keep_rows: bool = False
    outcomes: Sequence[RowOutcome] = tuple(RowOutcome)
    with_links: bool = False


@dataclass(frozen=True, slots=True)
class _Report:
    """What one list's import found, for scripts and for people."""

    record: dict[str, Any]
    account: Account
    layout_text: str


def run_imports(
    session: Session,
    files: Sequence[str],
    wishes: Wishes,
    store: Callable[[CareFile, Job], None],
    *,
    following: Callable[[list[dict[str, Any]]], str],
) -> Result:
    """Import each file by `store`, one transaction a list, and account for every record.

    A file that cannot be read is an error of its own; the others are imported all the same.
    """
    if wishes.asked.time_zone is not None:
        must_be_zone(wishes.asked.time_zone)
    if wishes.rejects is not None:
        if len(files) > 1:
            msg = "--rejects names one file, but there are several to import"
            raise UsageProblem(msg, "import one at a time, or let each get its own beside it")
        rejects.must_not_replace(wishes.rejects, [session.path, *map(Path, files)])
    done: list[_Report] = []
    problems: list[CareError] = []
    for given in files:
        try:
            for report in _import_file(session, given, wishes, store, problems):
                done.append(report)
                _note_rejected(report, problems)
        except InputError as error:
            problems.append(error)
    if problems and not done:
        raise problems[0]
    said = [line for report in done for line in _words(report, wishes)]
    if wishes.dry_run:
        said.append("a trial run: nothing was kept")
    records = [report.record for report in done]
    return Result(
        data=records,
        text="\n".join(report.layout_text for report in done),
        said=tuple(said),
        hint=following(records),
        errors=tuple(problems),
        exit_code=EXIT_PARTIAL if problems else EXIT_OK,
    )


def must_be_zone(name: str) -> None:
    """Is this the name of a time zone? Raises UsageProblem."""
    try:
        zone_name(name)
    except ValueError as error:
        msg = f"--time-zone {error}"
        raise UsageProblem(msg, "for example America/New_York") from None


def _note_rejected(report: _Report, problems: list[CareError]) -> None:
    count, record = len(report.account.rejected), report.record
    if count:
        where = record["rejects_file"] or "the file that --rejects FILE would write"
        first = f" (the first {count:,})" if count < record["rejected"] else ""
        msg = f"{record['file']}: {record['rejected']} of {record['records']} records rejected"
        problems.append(CareError(msg, f"correct them{first} in {where}", code="rejected"))


def open_lists(source: Source, kind: Kind, people: str | None = None) -> list[Listing]:
    """The lists in a file; with a second file of people, joined to that.

    Raises:
        FileError: it cannot be read as a list.
    """
    known = known_header(kind)
    found = open_listings(source.content, name=source.name, known=known)
    if people is None:
        return found
    second = open_source(people)
    (theirs, *_) = open_listings(second.content, name=second.name, known=known_header("patients"))
    return [joined(one, theirs) for one in found]


def _import_file(
    session: Session,
    given: str,
    wishes: Wishes,
    store: Callable[[CareFile, Job], None],
    problems: list[CareError],
) -> Iterator[_Report]:
    """Import the lists of one file; of a workbook one bad sheet does not stop the others."""
    source = open_source(given, wishes.sender)
    lists = open_lists(source, wishes.kind, wishes.people)
    for listing in lists:
        try:
            yield _import_one(session, given, source, listing, wishes, store)
        except InputError as error:
            if len(lists) == 1:
                raise
            problems.append(error)


def _import_one(
    session: Session,
    given: str,
    source: Source,
    listing: Listing,
    wishes: Wishes,
    store: Callable[[CareFile, Job], None],
) -> _Report:
    account = Account(keep_rows=wishes.keep_rows, with_links=wishes.with_links)
    with session.writing(create=True, backup=True, dry_run=wishes.dry_run) as care_file:
        laid_out = laying_out.lay_out(
            care_file,
            listing,
            kind=wishes.kind,
            sender=source.sender,
            asked=wishes.asked,
            today=session.today,
        )
        source = source._replace(sender=laid_out.sender)
        job = _begun(care_file, session, source, listing, account, laid_out)
        with session.progress(listing.name) as account.advance:
            store(care_file, job)
            account.flush()
        runs.finish(care_file, job.run_id, account.records, account.outcomes)
        saved = _save(care_file, job, laid_out, wishes)
        # Before the commit: rows whose rejects cannot be handed over are not taken in either
        written = _write_rejects(job, wishes)
    account.said[:0] = laid_out.said
    record: dict[str, Any] = {
        "file": given,
        "run": None if wishes.dry_run else f"R{job.run_id}",
        "source": source.sender,
        "layout": laid_out.origin,
        "encoding": listing.encoding,
        "delimiter": listing.delimiter,
        "header_line": listing.header_line,
        "records": account.records,
        **{outcome.value: account.outcomes[outcome] for outcome in wishes.outcomes},
    }
    if wishes.with_links:
        record.update({link.value: account.links[link] for link in Link})
    record.update(account.more)
    record["rejects_file"] = None if written is None else str(written)
    record.update(sheet=job.sheet, format=listing.format, layout_saved=saved)
    if wishes.keep_rows:
        record["rows"] = account.rows
    # Only a trial run shows how the list was read
    text = _layout_text(job, job.layout.name or source.stem) if wishes.dry_run else ""
    return _Report(record, account, text)


def _begun(
    care_file: CareFile,
    session: Session,
    source: Source,
    listing: Listing,
    account: Account,
    laid_out: LaidOut,
) -> Job:
    """The list as a run that has begun, and for which moment it stands."""
    today, titled, latest = session.today, laid_out.titled, laid_out.latest
    sheet = listing.name if listing.name != source.name else None
    told_at = runs.told_at(care_file, listing.sha256, sheet)
    told_at = told_at or source.told_at(titled, latest, today)
    run_id = runs.begin(
        care_file,
        on=today,
        kind=laid_out.layout.kind,
        file_name=source.name,
        file_hash=listing.sha256,
        source=source.sender,
        sheet=sheet,
        encoding=listing.encoding,
        delimiter=listing.delimiter,
        layout=laid_out.origin,
        told_at=told_at,
    )
    account.total = laid_out.records
    account.keep = partial(runs.keep_rows, care_file, run_id)
    last = source.day(titled, latest, today) or latest or today
    return Job(session, source, listing, laid_out.layout, account, run_id, sheet, told_at, last)


def _layout_text(job: Job, name: str) -> str:
    return layout_file.written(
        job.layout,
        name=name,
        source=job.source.sender,
        has_header=bool(job.listing.header_line),
    )


def _save(care_file: CareFile, job: Job, laid_out: LaidOut, wishes: Wishes) -> str | None:
    """Remember the layout once it is confirmed, or has read a whole list without a fault."""
    account = job.account
    clean = account.records and not account.outcomes[RowOutcome.REJECTED]
    if not wishes.save_layout or not (clean or laid_out.confirmed):
        return None
    if job.listing.format not in _LAID_OUT or rejects.DATE_FORMAT_COLUMN in job.listing.header:
        return None
    if laid_out.origin != laying_out.BUILT_IN and not laid_out.confirmed and not laid_out.said:
        return None
    key = layout_file.key_of(job.listing)
    own = "" if laid_out.borrowed else job.layout.name
    name = own or layouts.free_name(care_file, job.source.stem, wishes.kind, key)
    kept = layouts.keep(
        care_file,
        name=name,
        kind=wishes.kind,
        source=job.source.sender,
        key=key,
        content=_layout_text(job, name),
        on=job.session.today,
    )
    return name if kept else None


def _write_rejects(job: Job, wishes: Wishes) -> Path | None:
    account, listing = job.account, job.listing
    if not account.rejected or (wishes.dry_run and wishes.rejects is None):
        return None
    header = job.layout.header if job.layout.name else _headed(job.layout)
    header = listing.header if listing.header_line else header
    body = rejects.content(
        header, listing.delimiter, account.rejected, _carried(job.layout), titles=listing.titles
    )
    if wishes.rejects is not None:
        return rejects.write_to(wishes.rejects, body)
    if isinstance(job.source.content, bytes):
        return None
    return rejects.write_beside(job.source.content, body)


def _carried(layout: Layout) -> str:
    """What the rejects file says of how the whole list is read."""
    orders = {form.order for form in layout.dates.values() if form.order in {"mdy", "dmy"}}
    words: list[str] = [*orders] if len(orders) == 1 else []
    words += ["h_and_m"] if layout.h_and_m else []
    words += ["digits_in_names"] if layout.digits_in_names else []
    words += [layout.time_zone] if layout.time_zone else []
    return " ".join(words)


def _headed(layout: Layout) -> tuple[str, ...]:
    """Headings for a list that has none: the few rows left would not tell its columns again."""
    found = {at: first_heading(layout.kind, name) for name, at in layout.columns.items()}
    return tuple(found.get(at, text) for at, text in enumerate(layout.header))


def _words(report: _Report, wishes: Wishes) -> Iterable[str]:
    record, account = report.record, report.account
    counts = ", ".join(
        f"{record[outcome.value]} {outcome.value}"
        for outcome in wishes.outcomes
        if record[outcome.value]
    )
    run = f" ({record['run']})" if record["run"] else ""
    sheet = f" {record['sheet'].removeprefix(Path(record['file']).name)}" if record["sheet"] else ""
    many = "record" if account.records == 1 else "records"
    yield f"{record['file']}{sheet}: {account.records} {many}{run}: {counts or 'nothing in it'}"
    if wishes.with_links and any(account.links.values()):
        yield "  " + ", ".join(f"{record[link.value]} {link.value}" for link in Link)
    yield from (f"  {line}" for line in account.said)
    if record["layout_saved"]:
        yield f"  layout saved as {record['layout_saved']}: caretool layouts"
