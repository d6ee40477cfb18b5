"""A result as a page for people: headings, lines, named values and tables, drawn by Rich.

Loaded only when somebody looks, on a terminal; scripts and cron never wait for Rich.
"""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from caretool.output import columns_of, raw_text, visible
from caretool.tables import table

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from caretool.app import Session
    from caretool.output import Block, Column, Result


def write(result: Result, session: Session) -> None:
    """Show a result on the terminal."""
    # Markup would eat "[prn]" in a note; names and notes are text, not a language
    _print(Console(markup=False, highlight=False, emoji=False), result, session)


def picture(result: Result, session: Session, width: int) -> str:
    """A result as a terminal of that width shows it, as an SVG drawing; the same on any machine."""
    console = Console(
        record=True, file=io.StringIO(), width=width, height=100, force_terminal=True,
        color_system="truecolor", legacy_windows=False, _environ={},
        markup=False, highlight=False, emoji=False,
    )  # fmt: skip
    line = f"caretool {session.command}"
    console.print(Text(f"$ {line}\n", style="bold"))
    _print(console, result, session)
    for said in (*result.said, result.summary, result.hint):
        if said:
            console.print(Text(visible(said)))
    return console.export_svg(title=line, unique_id=session.command)


def _print(console: Console, result: Result, session: Session) -> None:
    if result.blocks:
        for number, block in enumerate(result.blocks):
            if number:
                console.print()
            print_block(console, block)
    elif result.rows:
        console.print(_table(console, columns_of(result), result.rows))
        if result.summary and not session.quiet:
            console.print()
    elif result.empty and not session.quiet:
        console.print(result.empty)


def print_block(console: Console, block: Block) -> None:
    """Print one part of a page: its heading, its lines, its pairs, its table."""
    if block.title:
        console.print(Text(visible(block.title), style="bold"))
    for line in block.lines:
        console.print(Text(visible(line)))
    if block.pairs:
        console.print(_pairs(block.pairs))
    if block.rows:
        console.print(_table(console, block.columns, block.rows))


def _pairs(pairs: Sequence[tuple[str, str]]) -> Table:
    """Names beside their values; a long value goes on beneath itself."""
    grid = Table.grid(padding=(0, 2, 0, 0), pad_edge=False)
    grid.add_column(style="dim", no_wrap=True)
    grid.add_column(overflow="fold")
    before = None
    for key, value in pairs:
        grid.add_row("" if key == before else visible(key), Text(visible(value)))
        before = key
    return grid


def _table(console: Console, columns: Sequence[Column], rows: Iterable[Mapping[str, Any]]) -> Table:
    shown = [column for column in columns if not column.hidden]
    return table(console, shown, [[_cell(column, row) for column in shown] for row in rows])


def _cell(column: Column, row: Mapping[str, Any]) -> Text:
    text = column.show(row) if column.show else raw_text(row.get(column.key))
    clean = "\n".join(visible(line) for line in text.split("\n"))
    return Text(clean, style=column.style(row) if column.style else "")
