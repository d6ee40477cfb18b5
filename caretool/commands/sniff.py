"""`sniff`: what a file is, and how it would be read, before anything is read into the care file."""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from caretool import laying_out, options, output
from caretool.app import Session
from caretool.errors import EXIT_OK, EXIT_PARTIAL, CareError, FileError, StoreError
from caretool.importing import must_be_zone, open_lists
from caretool.intake import layout_file
from caretool.intake.layout import known_header, map_columns
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
_SEPARATED = {
    ",": "comma-separated", ";": "semicolon-separated", "\t": "tab-separated",
    "|": "pipe-separated", "": "one column",
}  # fmt: skip


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
    if time_zone is not None:
        must_be_zone(time_zone)
    given = open_source(file, source)
    asked = Asked(layout, date_format, time_zone, source)
    with ExitStack() as stack:
        care_file = _care_file(session, stack)
        found, problems, texts, said = [], [], [], []
        for listing in _lists(given, kind):
            record, text, why = _looked_at(care_file, listing, given, kind, asked, session)
            found.append(record)
            texts.append(text)
            said += [f"# {output.visible(line)}" for line in _words(record)]
            if why is not None:
                problems.append(why)
    return Result(
        data=found,
        text="\n".join([*said, *texts[:1], *map(_commented, texts[1:])]),
        errors=tuple(problems),
        exit_code=_exit_code(found, problems),
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
    known = known_header(kind)
    return lambda listing: sum(map(known, listing.header))


def _fits_any(listing: Listing) -> int:
    return max(int(_fits(kind)(listing)) for kind in _KINDS)


def _kinds_of(care_file: CareFile | None, listing: Listing, asked: Asked) -> list[Kind]:
    """What the list may be: what its layout is for, else the kinds whose headings fit best."""
    if asked.layout not in {None, laying_out.AUTO}:
        return [laying_out.named(care_file, str(asked.layout)).kind]
    best = _fits_any(listing)
    return [one for one in _KINDS if _fits(one)(listing) == best]


def _suffices(listing: Listing, kind: Kind) -> bool:
    try:
        map_columns(listing.header, kind, file=listing.name)
    except FileError:
        return False
    return True


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
    kinds = [kind] if kind else _kinds_of(care_file, listing, asked)
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
            if _suffices(listing, one):
                problem, kinds = error, [one]  # it is of this kind, and something else is unclear
                break
        else:
            problem = None
            break
    layout = laid_out.layout if laid_out else layout_file.skeleton(listing, kinds[0])
    text = layout_file.written(
        layout,
        name=layout.name or source.stem,
        source=source.sender,
        has_header=bool(listing.header_line),
    )
    first = next(iter(listing), None)
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
        "first_line": first[0] if first else None,
        "layout_text": text,
    }
    return record, text, problem


def _many(count: int, thing: str) -> str:
    return f"1 {thing}" if count == 1 else f"{count:,} {thing}s"


def _words(record: dict[str, Any]) -> list[str]:
    count, known = record["records"], record["format"] in {"hl7", "fhir"}
    encoding = record["encoding"].removesuffix("-sig").upper().replace("CP1252", "Windows-1252")
    how = {
        "text": f"text in {encoding}, {_SEPARATED[record['delimiter']]}",
        "workbook": "a sheet of a workbook",
        "hl7": f"HL7 v2 messages in {encoding}",
        "fhir": "FHIR resources",
    }[record["format"]]
    where = f"headings on line {record['header_line']}" if record["header_line"] else "no headings"
    shape = [] if known else [where, _many(record["columns"], "column")]
    shape += [] if count is None else [_many(count, "record")]
    lines = [f"{record['file']}: {'; '.join(filter(None, (how, ', '.join(shape))))}"]
    if record["layout"]:
        lines.append(f"a list of {record['kind']}; layout {record['layout']}")
    return [*lines, *record["said"]]


def _exit_code(found: list[dict[str, Any]], problems: list[CareError]) -> int:
    """All is well, some sheets cannot be read, or none can."""
    if not problems:
        return EXIT_OK
    return EXIT_PARTIAL if len(problems) < len(found) else problems[0].exit_code


def _commented(text: str) -> str:
    """The layout of a further sheet, as remarks: one file holds one layout."""
    return "\n".join(f"# {line}".rstrip() for line in ("another sheet:", *text.splitlines()))
