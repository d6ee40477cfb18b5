"""`sniff`: what a file is, and how it would be read, before anything is read into the care file."""

from __future__ import annotations

from contextlib import ExitStack
from itertools import islice
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from caretool import laying_out, options
from caretool.app import Session
from caretool.errors import CareError, FileError, StoreError
from caretool.importing import open_lists
from caretool.intake import layout_file
from caretool.intake.sources import open_source
from caretool.laying_out import Asked
from caretool.output import Result

if TYPE_CHECKING:
    from caretool.db import CareFile
    from caretool.intake.layout import Kind
    from caretool.intake.listing import Listing
    from caretool.intake.sources import Source

READS = True
_KINDS: tuple[Kind, ...] = ("discharges", "patients", "fills")
_SAMPLE = 100


def run(
    session: Session,
    file: Annotated[
        str, typer.Argument(metavar="FILE", help="The file to look at; - is standard input.")
    ],
    kind: Annotated[
        Literal["discharges", "patients", "fills"] | None,
        typer.Option("--kind", help="What it lists; else what its headings fit best."),
    ] = None,
    source: Annotated[
        str | None, typer.Option("--source", metavar="NAME", help="Who sends it.")
    ] = None,
    layout: options.LayoutOption = None,
    date_format: options.DateFormatOption = None,
    time_zone: options.TimeZoneOption = None,
) -> Result:
    """Say what a file is and how it would be read, as a layout that you can change and use.

    caretool sniff list.csv

    caretool sniff list.csv > mine.toml
    """
    given = open_source(file, source)
    asked = Asked(layout, date_format, time_zone)
    with ExitStack() as stack:
        care_file = _care_file(session, stack)
        found, problems, texts, said = [], [], [], []
        for listing in _lists(given, kind):
            record, text, why = _looked_at(care_file, listing, given, kind, asked, session)
            found.append(record)
            texts.append(text)
            said += [f"# {line}" for line in _words(record)]
            if why is not None:
                problems.append(why)
    return Result(
        data=found,
        text="\n".join([*said, *texts]),
        errors=tuple(problems),
        exit_code=problems[0].exit_code if problems else 0,
    )


def _care_file(session: Session, stack: ExitStack) -> CareFile | None:
    """The care file with the saved layouts; none is needed to look at a file."""
    try:
        return stack.enter_context(session.reading())
    except StoreError:
        return None


def _lists(source: Source, kind: Kind | None) -> list[Listing]:
    """The lists in the file, opened for the kind whose headings they fit best."""
    if kind is not None:
        return open_lists(source, kind)
    best: list[Listing] = []
    problem: FileError | None = None
    for one in _KINDS:
        try:
            lists = open_lists(source, one)
        except FileError as error:
            problem = problem or error
            continue
        if not best or sum(map(_fits(one), lists)) > sum(map(_fits_any, best)):
            best = lists
    if not best and problem is not None:
        raise problem
    return best


def _fits(kind: Kind) -> Any:  # noqa: ANN401 - a function of a list
    from caretool.intake.layout import known_header

    known = known_header(kind)
    return lambda listing: sum(map(known, listing.header))


def _fits_any(listing: Listing) -> int:
    return max(int(_fits(kind)(listing)) for kind in _KINDS)


def _kinds_of(listing: Listing, kind: Kind | None) -> list[Kind]:
    """What the list may be, the likeliest first."""
    if kind is not None:
        return [kind]
    return sorted(_KINDS, key=lambda one: -_fits(one)(listing))


def _looked_at(
    care_file: CareFile | None,
    listing: Listing,
    source: Source,
    kind: Kind | None,
    asked: Asked,
    session: Session,
) -> tuple[dict[str, Any], str, CareError | None]:
    """What a list is, its layout as a text, and why it cannot be read if it cannot."""
    problem: CareError | None = None
    laid_out = None
    kinds = _kinds_of(listing, kind)
    for one in kinds:
        try:
            laid_out = laying_out.lay_out(
                care_file,
                listing,
                kind=one,
                sender=source.sender,
                asked=asked,
                today=session.today,
            )
        except FileError as error:
            problem = problem or error
            continue
        problem = None
        break
    layout = laid_out.layout if laid_out else layout_file.skeleton(listing, kinds[0])
    text = layout_file.written(
        layout,
        name=layout.name or source.sender,
        source=source.sender,
        has_header=bool(listing.header_line),
    )
    sample = list(islice(listing, _SAMPLE))
    record = {
        "file": listing.name,
        "format": listing.format,
        "kind": layout.kind,
        "source": source.sender,
        "encoding": listing.encoding,
        "delimiter": listing.delimiter,
        "header_line": listing.header_line,
        "columns": len(listing.header),
        "records": laid_out.records if laid_out else None,
        "layout": laid_out.origin if laid_out else None,
        "said": list(laid_out.said) if laid_out else [],
        "first_line": sample[0][0] if sample else None,
        "layout_text": text,
    }
    return record, text, problem


def _words(record: dict[str, Any]) -> list[str]:
    names = {",": "comma", ";": "semicolon", "\t": "tab", "|": "pipe"}
    how = {
        "text": f"text, {record['encoding']}, {names.get(record['delimiter'], 'other')}-separated",
        "workbook": "a sheet of a workbook",
        "hl7": f"HL7 v2 messages, {record['encoding']}",
        "fhir": "FHIR resources",
    }[record["format"]]
    where = f"headings on line {record['header_line']}" if record["header_line"] else "no headings"
    count = "" if record["records"] is None else f", {record['records']} records"
    lines = [f"{record['file']}: {how}; {where}, {record['columns']} columns{count}"]
    if record["layout"]:
        lines.append(f"a list of {record['kind']}; layout {record['layout']}")
    return [*lines, *record["said"]]
