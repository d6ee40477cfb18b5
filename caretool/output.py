"""How results look. The only module that prints; `tables` and `progress` use Rich too.

Standard output is data in one of four forms: a page for people on a terminal, plain lines
(tab-separated, full values, no header), CSV (RFC 4180, header always, raw values) or one JSON
document. Everything said about the data goes to standard error.
"""

from __future__ import annotations

import json
import os
import sys
from datetime import date, datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any, NamedTuple

from caretool import dates
from caretool.errors import EXIT_OK

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from caretool.app import Session
    from caretool.errors import CareError

ENVELOPE_VERSION = 1
_NARROWEST = 40


class Form(StrEnum):
    """The form that was asked for; PEOPLE is a page on a terminal and plain lines elsewhere."""

    PEOPLE = "people"
    JSON = "json"
    CSV = "csv"
    PLAIN = "plain"


class Column(NamedTuple):
    """One column of a list: its key in the rows, its heading, and how people see a value."""

    key: str
    title: str
    show: Callable[[Mapping[str, Any]], str] | None = None
    style: Callable[[Mapping[str, Any]], str] | None = None
    wrap: bool = False
    right: bool = False
    hidden: bool = False
    """Left out of the table for people; in CSV and plain lines all the same."""
    raw: Callable[[Mapping[str, Any]], str] | None = None
    """What CSV and plain lines hold, where the value has parts that matter."""


class Block(NamedTuple):
    """A part of a page: a heading, lines of text, named values, or a small table."""

    title: str = ""
    lines: tuple[str, ...] = ()
    columns: tuple[Column, ...] = ()
    rows: tuple[Mapping[str, Any], ...] = ()
    pairs: tuple[tuple[str, str], ...] = ()
    """Names with their values, below each other; a name that is repeated is shown once."""
    name: str = ""
    """What plain lines begin with; the title unless said."""


class Result(NamedTuple):
    """What a command found or did. `data` is for scripts, the rest for people.

    A list has `columns`; a page has `blocks`, and with `columns` too it is a page on a terminal
    and a list elsewhere. `said` are the words of a writing command, `summary`
    the line under a list, `hint` what to type next; these go to standard error.
    """

    data: Any = None
    columns: tuple[Column, ...] = ()
    blocks: tuple[Block, ...] = ()
    said: tuple[str, ...] = ()
    summary: str = ""
    hint: str = ""
    empty: str = ""
    """What a list says to people when nothing is in it."""
    errors: tuple[CareError, ...] = ()
    exit_code: int = EXIT_OK
    counts: Mapping[str, int] | None = None
    load: list[dict[str, Any]] | None = None
    """How many of what, how full the days are: beside the data in the JSON document."""
    text: str = ""  # the data itself as a text, such as a layout: printed to people as it is
    shown: Mapping[str, str] | None = None  # what is kept of a list once it has been shown

    @property
    def rows(self) -> list[Mapping[str, Any]]:
        """The data as records."""
        if isinstance(self.data, list):
            return self.data
        return [] if self.data is None else [self.data]


def emit(result: Result, session: Session) -> None:
    """Write a result in the form that the session asks for."""
    on_terminal = sys.stdout.isatty()
    writing = bool(result.said)
    form = session.form
    if form == Form.JSON:
        status = "partial" if result.errors else "ok"
        beside = (("counts", result.counts), ("load", result.load))
        more = {key: value for key, value in beside if value is not None}
        write_document(session.command, session.today, status, result.data, result.errors, **more)
    elif form == Form.CSV:
        _write_csv(result)
    elif result.text:
        write_text(result.text.rstrip("\n"))
    elif form == Form.PLAIN or not (on_terminal or writing):
        _write_plain(result)
    elif not writing:
        _write_page(result, session)
    talking = form == Form.PEOPLE and not session.quiet
    if talking:
        for line in result.said:
            talk(line)
    for error in result.errors:
        talk_error(error)
    if talking and (on_terminal or writing):
        for line in filter(None, (result.summary, result.hint)):
            talk(line)


def write_document(
    command: str | None,
    as_of: date | None,
    status: str,
    data: Any,  # noqa: ANN401 - any JSON value
    problems: Iterable[CareError] = (),
    **more: Any,  # noqa: ANN401
) -> None:
    """Write the one JSON document of a command: the contract's envelope."""
    document = {
        "caretool": ENVELOPE_VERSION,
        "command": command,
        "as_of": as_of.isoformat() if as_of else None,
        "status": status,
        "data": data,
        "errors": [
            {"code": error.code, "message": error.message, "hint": error.hint} for error in problems
        ],
        **more,
    }
    text = json.dumps(document, ensure_ascii=False, default=_jsonable)
    if not text.isprintable():  # such as characters that turn the direction of writing around
        text = "".join(c if c.isprintable() else json.dumps(c)[1:-1] for c in text)
    sys.stdout.write(text + "\n")


def write_failure(command: str | None, error: CareError) -> None:
    """Write the JSON document of a command that failed."""
    try:
        as_of = dates.today()
    except Exception:
        as_of = None
    write_document(command, as_of, "error", None, [error])


def write_text(text: str, style: str = "") -> None:
    """Write help or the like, as it is; on a terminal in a style, such as bold."""
    if not style or not sys.stdout.isatty():
        sys.stdout.write(text + "\n")
        return
    from rich.console import Console
    from rich.text import Text

    Console(markup=False, highlight=False, emoji=False).print(Text(text, style), soft_wrap=True)


def talk(line: str) -> None:
    """Say one line to people, on standard error; on a terminal it is broken between words."""
    text = visible(line)
    if sys.stderr.isatty():
        import shutil
        import textwrap

        width = max(shutil.get_terminal_size().columns, _NARROWEST)
        text = textwrap.fill(text, width, subsequent_indent="  ", break_on_hyphens=False) or text
    sys.stderr.write(text + "\n")


def ask(question: str, default: str = "") -> str:
    """Ask on standard error until something is typed; standard output is for data.

    With a default, which is shown, an empty line is that.

    Raises EOFError when the terminal is closed instead.
    """
    answer = ""
    offered = f" [{visible(default)}]" if default else ""
    while not answer:
        sys.stderr.write(f"{visible(question)}{offered}: ")
        sys.stderr.flush()
        try:
            line = sys.stdin.readline()
        except KeyboardInterrupt:
            talk("")
            raise
        if not line:
            raise EOFError
        answer = line.strip() or default
    return answer


def talk_error(error: CareError) -> None:
    """Say what went wrong and what to type next, one line each."""
    talk(f"error: {error.message}")
    if error.hint:
        talk(f"hint: {error.hint}")


def finish() -> None:
    """Hand over what is still in the buffer, while whatever goes wrong can still be said."""
    if sys.stdout is not None:
        sys.stdout.flush()


def silence() -> None:
    """Stop writing to a pipe that nobody reads any more."""
    sys.stdout = open(os.devnull, "w", encoding="utf-8")  # noqa: PTH123, SIM115


def speak_utf8() -> None:
    """Write UTF-8 whatever the locale says, so that a name with an accent never stops a cron job.

    Lines end as they are written, also on Windows, where CSV's would otherwise be doubled; what
    is piped in is UTF-8 too, and bytes that are not stay recognisable to whoever checks the text.
    """
    if sys.stdout is None:
        silence()  # closed by the shell: nobody reads it, and nothing breaks
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(encoding="utf-8", errors="backslashreplace", newline="")
    reconfigure = getattr(sys.stdin, "reconfigure", None)
    if reconfigure is not None:
        reconfigure(encoding="utf-8", errors="surrogateescape")


def visible(text: str) -> str:
    """The text with control characters and line breaks shown escaped."""
    if text.isprintable():
        return text
    return "".join(
        c if c.isprintable() else c.encode("unicode_escape").decode("ascii") for c in text
    )


def phone(number: str | None) -> str:
    """A phone number as people read it: `423-555-0142`; one that is not of the US as it is."""
    if number is None or not (len(number) == 10 and number.isdecimal()):
        return number or ""
    return f"{number[:3]}-{number[3:6]}-{number[6:]}"


def _jsonable(value: object) -> str:
    if isinstance(value, date | datetime):
        return value.isoformat()
    raise TypeError(type(value).__name__)


def _raw(value: object) -> str:
    if type(value) is str:
        return value
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list | tuple):
        return ";".join(map(_raw, value))
    if isinstance(value, dict):
        return _raw(next(iter(value.values()), None))  # what it is about: the id comes first
    return str(value)


def _raw_cell(column: Column, row: Mapping[str, Any]) -> str:
    return column.raw(row) if column.raw else _raw(row.get(column.key))


def _columns(result: Result) -> Sequence[Column]:
    if result.columns:
        return result.columns
    keys = list(result.rows[0]) if result.rows else []
    return [Column(key, key) for key in keys]


def _write_csv(result: Result) -> None:
    import csv

    writer = csv.writer(sys.stdout, lineterminator="\r\n")
    columns = _columns(result)
    writer.writerow([column.key for column in columns])
    for row in result.rows:
        writer.writerow([_raw_cell(column, row) for column in columns])


def _write_plain(result: Result) -> None:
    if result.blocks and not result.columns:
        for block in result.blocks:
            for cells in _block_lines(block):
                sys.stdout.write("\t".join(map(visible, cells)) + "\n")
        return
    columns = _columns(result)
    lines = []
    for row in result.rows:
        cells = [
            value
            if column.raw is None and type(value := row.get(column.key)) is str
            else _raw_cell(column, row)
            for column in columns
        ]
        if not "".join(cells).isprintable():
            cells = [visible(cell) for cell in cells]
        lines.append("\t".join(cells) + "\n")
    sys.stdout.write("".join(lines))


def _block_lines(block: Block) -> Iterable[list[str]]:
    name = block.name or block.title
    start = [name] if name else []
    for line in block.lines:
        yield [*start, line]
    for key, value in block.pairs:
        yield [*start, key, value]
    for row in block.rows:
        yield [*start, *(_raw_cell(column, row) for column in block.columns)]


def _write_page(result: Result, session: Session) -> None:
    from rich.console import Console

    # Markup would eat "[prn]" in a note; names and notes are text, not a language
    _print_page(Console(markup=False, highlight=False, emoji=False), result, session)


def picture(result: Result, session: Session, width: int) -> str:
    """A result as a terminal of that width shows it, as an SVG drawing; the same on any machine."""
    import io

    from rich.console import Console
    from rich.text import Text

    console = Console(
        record=True, file=io.StringIO(), width=width, height=100, force_terminal=True,
        color_system="truecolor", legacy_windows=False, _environ={},
        markup=False, highlight=False, emoji=False,
    )  # fmt: skip
    line = f"caretool {session.command}"
    console.print(Text(f"$ {line}\n", style="bold"))
    _print_page(console, result, session)
    for said in (*result.said, result.summary, result.hint):
        if said:
            console.print(Text(visible(said)))
    return console.export_svg(title=line, unique_id=session.command)


def _print_page(console: Any, result: Result, session: Session) -> None:  # noqa: ANN401
    if result.blocks:
        for number, block in enumerate(result.blocks):
            if number:
                console.print()
            _print_block(console, block)
    elif result.rows:
        console.print(_table(console, result.columns or tuple(_columns(result)), result.rows))
        if result.summary and not session.quiet:
            console.print()
    elif result.empty and not session.quiet:
        console.print(result.empty)


def _print_block(console: Any, block: Block) -> None:  # noqa: ANN401 - Rich stays in here
    from rich.text import Text

    if block.title:
        console.print(Text(visible(block.title), style="bold"))
    for line in block.lines:
        console.print(Text(visible(line)))
    if block.pairs:
        console.print(_pairs(block.pairs))
    if block.rows:
        console.print(_table(console, block.columns, block.rows))


def _pairs(pairs: Sequence[tuple[str, str]]) -> Any:  # noqa: ANN401
    """Names beside their values; a long value goes on beneath itself."""
    from rich.table import Table
    from rich.text import Text

    grid = Table.grid(padding=(0, 2, 0, 0), pad_edge=False)
    grid.add_column(style="dim", no_wrap=True)
    grid.add_column(overflow="fold")
    before = None
    for key, value in pairs:
        grid.add_row("" if key == before else visible(key), Text(visible(value)))
        before = key
    return grid


def _table(console: Any, columns: Sequence[Column], rows: Iterable[Mapping[str, Any]]) -> Any:  # noqa: ANN401
    from caretool.tables import table

    shown = [column for column in columns if not column.hidden]
    return table(console, shown, [[_cell(column, row) for column in shown] for row in rows])


def _cell(column: Column, row: Mapping[str, Any]) -> Any:  # noqa: ANN401
    from rich.text import Text

    text = column.show(row) if column.show else _raw(row.get(column.key))
    clean = "\n".join(visible(line) for line in text.split("\n"))
    return Text(clean, style=column.style(row) if column.style else "")
