"""How results look. The only module that prints; `pages`, `tables` and `progress` use Rich.

Standard output is data in one of five forms: a page for people on a terminal, plain lines
(tab-separated, full values, no header), CSV (RFC 4180, header always, raw values), CSV made safe
for spreadsheets, or one JSON document. Everything said about the data goes to standard error.
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
SPREADSHEET_MARK = "\ufeff"  # without it a spreadsheet program takes UTF-8 for something else
_NARROWEST = 40
_LONGEST = 800  # characters; what was typed, and an error repeats, may be a whole file


class Form(StrEnum):
    """The form that was asked for; PEOPLE is a page on a terminal and plain lines elsewhere."""

    PEOPLE = "people"
    JSON = "json"
    CSV = "csv"
    SPREADSHEET = "spreadsheet"
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
    shown: dict[str, str] | Sequence[int] | None = None
    """Whom it showed, by the number of their id: unless said, the patients whose ids stand in
    `data`. Or the whole of what is kept of a list once it has been shown."""

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
    elif form == Form.SPREADSHEET:
        sys.stdout.write(SPREADSHEET_MARK)
        _write_csv(result, _safe_cell)
    elif result.text:
        write_text(result.text.rstrip("\n"))
    elif form == Form.PLAIN or not (on_terminal or writing):
        _write_plain(result)
    elif not writing:
        from caretool import pages

        pages.write(result, session)
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


def ask_secret(question: str) -> str:
    """Ask for a passphrase on the terminal, which does not show what is typed.

    Raises EOFError when the terminal is closed instead.
    """
    from getpass import getpass

    answer = ""
    while not answer:
        answer = getpass(f"{visible(question)}: ", stream=sys.stderr)
    return answer


def talk_error(error: CareError) -> None:
    """Say what went wrong and what to type next, one line each."""
    for word, text in (("error", error.message), ("hint", error.hint)):
        if text:
            talk(f"{word}: {text}" if len(text) <= _LONGEST else f"{word}: {text[:_LONGEST]}…")


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


def raw_text(value: object) -> str:
    """A value as CSV and plain lines hold it."""
    if type(value) is str:
        return value
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list | tuple):
        return ";".join(map(raw_text, value))
    if isinstance(value, dict):
        return raw_text(next(iter(value.values()), None))  # what it is about: the id comes first
    return str(value)


def _raw_cell(column: Column, row: Mapping[str, Any]) -> str:
    return column.raw(row) if column.raw else raw_text(row.get(column.key))


def columns_of(result: Result) -> Sequence[Column]:
    """The columns of a list; of a page without any, the keys of its data."""
    if result.columns:
        return result.columns
    keys = list(result.rows[0]) if result.rows else []
    return [Column(key, key) for key in keys]


def _safe_cell(column: Column, row: Mapping[str, Any]) -> str:
    """A cell that no spreadsheet program runs as a formula; a number stays one."""
    from caretool.spreadsheet import guarded

    number = column.raw is None and isinstance(row.get(column.key), int | float)
    text = _raw_cell(column, row)
    return text if number else guarded(text)


def _write_csv(
    result: Result, cell: Callable[[Column, Mapping[str, Any]], str] = _raw_cell
) -> None:
    import csv

    writer = csv.writer(sys.stdout, lineterminator="\r\n")
    columns = columns_of(result)
    writer.writerow([column.key for column in columns])
    shown = visible if sys.stdout.isatty() else str  # a file has the values as they are
    for row in result.rows:
        writer.writerow([shown(cell(column, row)) for column in columns])


def _write_plain(result: Result) -> None:
    if result.blocks and not result.columns:
        for block in result.blocks:
            for cells in _block_lines(block):
                sys.stdout.write("\t".join(map(visible, cells)) + "\n")
        return
    columns = columns_of(result)
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
