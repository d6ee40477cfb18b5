"""`layouts`: how each sender's lists are read; list, show, test, export, add and drop them."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from caretool import dates, laying_out
from caretool.app import Session
from caretool.errors import RefusedError, UsageProblem
from caretool.importing import open_lists
from caretool.intake import layout_file
from caretool.intake.sources import open_source
from caretool.laying_out import Asked
from caretool.output import Column, Result
from caretool.store import layouts

if TYPE_CHECKING:
    from caretool.intake.layout import Kind

READS = False
_TAKES = {
    "list": ("", 0),
    "show": ("NAME", 1),
    "test": ("FILE", 1),
    "export": ("NAME [FILE]", 2),
    "add": ("FILE.toml", 1),
    "drop": ("NAME", 1),
}


def run(
    session: Session,
    action: Annotated[
        Literal["list", "show", "test", "export", "add", "drop"],
        typer.Argument(help="What to do; list unless said."),
    ] = "list",
    what: Annotated[
        str | None,
        typer.Argument(metavar="NAME|FILE", help="The layout's name; the file to test or add."),
    ] = None,
    to: Annotated[
        Path | None, typer.Argument(metavar="FILE", help="Where to export to; else to the screen.")
    ] = None,
    layout: Annotated[
        str | None,
        typer.Option("--layout", metavar="NAME|FILE", help="With test: the one to test."),
    ] = None,
    kind: Annotated[
        Literal["discharges", "patients", "fills"] | None,
        typer.Option("--kind", help="With test: what the file lists; discharges unless said."),
    ] = None,
    source: Annotated[
        str | None, typer.Option("--source", metavar="NAME", help="With test: who sends it.")
    ] = None,
) -> Result:
    """Keep the layouts by which lists are read: list, show, test, export, add or drop them.

    caretool layouts

    caretool layouts test today.csv

    caretool layouts export "St. Brigid" mine.toml
    """
    usage, most = _TAKES[action]
    given = [one for one in (what, to) if one is not None]
    if len(given) > most or (most and what is None):
        msg = f"layouts {action} takes {usage or 'nothing more'}"
        raise UsageProblem(msg, f"caretool layouts {action} {usage}".rstrip())
    given_options = {"--layout": layout, "--kind": kind, "--source": source}
    for option, value in given_options.items():
        if action != "test" and value is not None:
            msg = f"layouts {action} takes no {option}"
            raise UsageProblem(msg, "it is for caretool layouts test FILE")
    if action == "list":
        return _list(session)
    assert what is not None  # noqa: S101 - checked above
    if action == "test":
        return _test(session, what, kind or "discharges", source, layout)
    if action == "add":
        return _add(session, Path(what))
    if action == "drop":
        return _drop(session, what)
    return _show(session, what, to)


def _list(session: Session) -> Result:
    with session.reading() as care_file:
        found = layouts.all_of(care_file)
    rows = []
    for row in found:
        saved = layout_file.parsed(row["content"], f"layout {row['name']}")
        rows.append(
            {
                "name": row["name"],
                "kind": row["kind"],
                "source": row["source"],
                "saved_on": row["on_date"],
                "columns": len(saved.header),
                "fields": list(saved.columns),
            }
        )
    columns = (
        Column("name", "name", wrap=True),
        Column("kind", "of"),
        Column("source", "source", hidden=True),
        Column("saved_on", "saved on", show=lambda row: _day(row["saved_on"], session)),
        Column("columns", "columns", right=True),
        Column("fields", "fields", hidden=True),
    )
    return Result(
        data=rows,
        columns=columns,
        hint="caretool layouts show NAME prints one" if rows else "",
        empty="No layouts yet; a clean import saves one.",
    )


def _day(iso: str, session: Session) -> str:
    return dates.show_short(date.fromisoformat(iso), session.today)


def _show(session: Session, name: str, to: Path | None) -> Result:
    with session.reading() as care_file:
        row = layouts.named(care_file, name)
    record = {"name": name, "kind": row["kind"], "source": row["source"], "text": row["content"]}
    if to is None:
        return Result(data=record, text=row["content"])
    try:
        with to.open("x", encoding="utf-8") as file:
            file.write(row["content"])
    except FileExistsError:
        msg = f"{to} is there already"
        raise RefusedError(msg, "say another file", code="exists") from None
    except OSError as error:
        msg = f"{to} cannot be written: {error.strerror}"
        raise RefusedError(msg, "say another file", code="read-only") from None
    return Result(data={**record, "file": str(to)}, said=(f"layout {name} written to {to}",))


def _test(
    session: Session, file: str, kind: Kind, source: str | None, layout: str | None
) -> Result:
    """How would this file be read now? Nothing is stored; drift and doubts are errors."""
    given = open_source(file, source)
    rows: list[dict[str, Any]] = []
    with session.reading() as care_file:
        for listing in open_lists(given, kind):
            laid_out = laying_out.lay_out(
                care_file,
                listing,
                kind=kind,
                sender=given.sender,
                asked=Asked(layout, source=source),
                today=session.today,
            )
            found = laid_out.layout
            rows += [
                {
                    "file": listing.name,
                    "layout": laid_out.origin,
                    "field": name,
                    "column": at + 1,
                    "heading": listing.header[at],
                    "dates": found.dates[name].order if name in found.dates else None,
                }
                for name, at in found.columns.items()
            ]
            rows += [
                {"file": listing.name, "layout": laid_out.origin, "field": None, "column": None,
                 "heading": line, "dates": None}
                for line in laid_out.said
            ]  # fmt: skip
    columns = (
        Column("field", "field", show=lambda row: (row["field"] or "note").replace("_", " ")),
        Column("column", "column", right=True),
        Column("heading", "heading", wrap=True),
        Column("dates", "dates"),
        Column("layout", "layout", hidden=True),
        Column("file", "file", hidden=True),
    )
    return Result(data=rows, columns=columns, summary=f"read by layout {rows[0]['layout']}")


def _add(session: Session, path: Path) -> Result:
    text = laying_out.text_of(path)
    saved = layout_file.parsed(text, path.name)
    with session.writing(create=True) as care_file:
        kept = layouts.keep(
            care_file,
            name=saved.name,
            kind=saved.kind,
            source=saved.source,
            key=saved.key,
            content=text,
            on=session.today,
        )
    said = f"layout {saved.name} saved" if kept else f"layout {saved.name} is saved already"
    return Result(data={"name": saved.name, "kind": saved.kind, "saved": kept}, said=(said,))


def _drop(session: Session, name: str) -> Result:
    with session.writing() as care_file:
        row = layouts.named(care_file, name)
        layouts.drop(care_file, name)
    said = f"layout {name} dropped; its lists are worked out anew"
    return Result(data={"name": name, "kind": row["kind"], "saved": False}, said=(said,))
