"""The cells of a workbook as lines of JSON; run as a process of its own by `workbook.py`.

python-calamine is compiled code: a file made for it can end the process that reads it or ask for
any amount of memory, and neither can be caught from within. So it runs apart, with limits. This
module imports nothing of caretool, to start fast.

Standard input: the bytes of the workbook. Standard output: one line `{"problem": …}`, or for each
sheet one line `{"sheet": name, "hidden": …}` and then one line `[row, cells, numbers]` for each row
in which something is written: rows are counted from 1, the cells start in column A, `numbers` says
which of them (0 is the first) are stored as numbers.
"""

from __future__ import annotations

import io
import json
import sys
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

    from python_calamine import CalamineSheet, SheetMetadata

    Value = int | float | str | bool | time | date | datetime | timedelta

MAX_MEMORY: Final = 2 << 30  # bytes that the process may ask for
MAX_CELLS: Final = 5_000_000  # rows times columns of a sheet
MAX_TEXT: Final = 300 << 20  # characters written out, all sheets together
_EXACT: Final = 10**15  # up to here a spreadsheet's numbers are exact
_HALF_SECOND: Final = timedelta(milliseconds=500)
_ANY_DAY: Final = date(2000, 1, 1)


class TooLargeError(Exception):
    """A stated limit is exceeded; says which."""


def main() -> None:
    """Read a workbook from standard input and write its cells to standard output."""
    _limit_process()
    try:
        lines = list(lines_of(sys.stdin.buffer.read()))
    except BaseException as error:
        lines = [json.dumps({"problem": _problem(error)})]
    sys.stdout.buffer.write("\n".join(lines).encode())


def lines_of(data: bytes) -> Iterator[str]:
    """What is written to standard output for these bytes.

    Raises:
        TooLargeError: more cells or text than is read.
        Exception: what python-calamine raises for a file that it cannot read.
    """
    from python_calamine import SheetTypeEnum, SheetVisibleEnum, load_workbook

    written = 0
    with load_workbook(io.BytesIO(data)) as book:
        for at, about in enumerate(book.sheets_metadata):
            if about.typ is not SheetTypeEnum.WorkSheet:
                continue
            hidden = about.visible is not SheetVisibleEnum.Visible
            for line in _sheet_lines(book.get_sheet_by_index(at), about, hidden=hidden):
                written += len(line)
                if written > MAX_TEXT:
                    message = f"more than {MAX_TEXT >> 20} MB of text"
                    raise TooLargeError(message)
                yield line


def text_of(value: Value) -> str:
    """A cell as text: dates as ISO, whole numbers as digits, yes and no as Y and N."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "Y" if value else "N"
    if isinstance(value, (int, float)):
        if value != value or value in (float("inf"), float("-inf")):
            return ""
        return str(int(value)) if value == int(value) and abs(value) <= _EXACT else repr(value)
    if isinstance(value, datetime):
        return _moment(value)
    if isinstance(value, time):
        rounded = (datetime.combine(_ANY_DAY, value) + _HALF_SECOND).time()
        return rounded.isoformat("seconds" if rounded.second else "minutes")
    if isinstance(value, timedelta):
        minutes, seconds = divmod(round(value.total_seconds()), 60)
        return f"{minutes // 60}:{minutes % 60:02}:{seconds:02}"
    return value.isoformat()


def _moment(value: datetime) -> str:
    """Date and time to the second; the time only if it is not midnight."""
    value += _HALF_SECOND  # days are counted in fractions, which are seldom exact
    if not (value.hour or value.minute or value.second):
        return value.date().isoformat()
    return value.isoformat(" ", "seconds" if value.second else "minutes")


def _sheet_lines(sheet: CalamineSheet, about: SheetMetadata, *, hidden: bool) -> Iterator[str]:
    start, end = sheet.start or (0, 0), sheet.end or (0, 0)
    if (end[0] + 1) * (end[1] + 1) > MAX_CELLS:
        message = f"more than {MAX_CELLS:,} cells in a sheet"
        raise TooLargeError(message)
    yield json.dumps({"sheet": about.name, "hidden": hidden})
    left = [""] * start[1]
    for line, values in enumerate(sheet.iter_rows(), 1):
        cells = left + [text_of(value) for value in values]
        if any(map(str.strip, cells)):
            numbers = [
                at for at, value in enumerate(values, len(left)) if type(value) in (int, float)
            ]
            yield json.dumps([line, cells, numbers], ensure_ascii=False)


def _problem(error: BaseException) -> str:
    if isinstance(error, TooLargeError):
        return str(error)
    return "password" if type(error).__name__ == "PasswordError" else "damaged"


def _limit_process() -> None:
    """As far as the system can: no more memory than stated, and no copy of it left on disk."""
    try:
        import resource
    except ImportError:
        return
    for kind, most in ((resource.RLIMIT_AS, MAX_MEMORY), (resource.RLIMIT_CORE, 0)):
        _, hard = resource.getrlimit(kind)
        if hard == resource.RLIM_INFINITY or hard > most:
            resource.setrlimit(kind, (most, hard))


if __name__ == "__main__":
    main()
