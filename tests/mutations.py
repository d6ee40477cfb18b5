"""The public lists, spoiled in every way that a list can be: what `make mutated` imports.

Each mutated file is made from one public file by a `random.Random`, so that a number says which
file it was (and hypothesis can give its own and shrink it). A table is spoiled cell by cell, then
written in some delimiter, encoding or workbook, then byte by byte, then packed.
"""

from __future__ import annotations

import csv
import gzip
import io
import json
import re
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any
from xml.sax.saxutils import escape

from tests import workbooks

if TYPE_CHECKING:
    from collections.abc import Callable
    from random import Random

DATA = Path(__file__).parent / "data" / "discharges"
PEOPLE = "synthea_patients.csv"
Grid = list[list[str]]


@dataclass(frozen=True)
class Base:
    """A public file and how it is imported."""

    name: str
    kind: str
    """`table`, `hl7`, `fhir` or `panel`."""
    args: tuple[str, ...] = ()
    delimiter: str = ","
    encoding: str = "utf-8"
    identity: tuple[str, ...] = ()
    """The headings of what tells who somebody is; first the names, then the birth date."""
    names: int = 2

    @property
    def body(self) -> bytes:
        return _read(self.name)


_PRACTICE = ("--source", "practice")
BASES = (
    *(
        Base(f"epic_daily_202611{day}.csv", "table", _PRACTICE, encoding="utf-8-sig", names=1,
             identity=("Patient Name", "DOB", "Sex", "MRN"))
        for day in (16, 17)
    ),
    Base("hie_adt_utilization.csv", "table", identity=(
        "PatientLastName", "PatientFirstName", "PatientDOB", "PatientMiddleName", "PatientGender",
        "PatientZipCode", "PatientPrimaryPhone", "PatientId", "PatientStreetAddress")),
    Base("pcc_alerts.csv", "table", identity=(
        "Last Name", "First Name", "Date Of Birth", "Gender", "Zipcode", "Address1",
        "Subscriber MRN", "Sender MRN")),
    Base("payer_census.psv", "table", delimiter="|", names=1, identity=(
        "PatientName", "DateOfBirth")),
    Base("excel_export_cp1252_semicolon.csv", "table", _PRACTICE, ";", "cp1252", (
        "Surname", "Given name(s)", "Born", "Sex", "ZIP", "Phone", "MRN")),
    Base("synthea_encounters.csv", "table", ("--time-zone", "America/New_York")),
    Base("mimic_like_admissions.csv", "table", _PRACTICE),
    Base("sparcs_like_deidentified.csv", "table"),
    Base("hl7/a03_batch.hl7", "hl7"),
    Base("hl7/a03_home.hl7", "hl7"),
    Base("hl7/a03_expired.hl7", "hl7"),
    Base("hl7/a03_then_a13_cancel.hl7", "hl7"),
    Base("hl7/a08_disposition_corrected.hl7", "hl7"),
    Base("fhir/discharge_bundle.json", "fhir", _PRACTICE),
    Base("panel.csv", "panel", ("--issuer", "practice")),
)  # fmt: skip


@cache
def _read(name: str) -> bytes:
    return (DATA / name).read_bytes()


@cache
def _grid(name: str, encoding: str, delimiter: str) -> Grid:
    text = _read(name).decode(encoding)
    return list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter))


def grid_of(base: Base) -> Grid:
    """The rows of a table, headings and titles among them."""
    return deepcopy(_grid(base.name, base.encoding, base.delimiter))


def header_at(grid: Grid) -> int:
    """Which row has the headings: the first that is filled as far as most."""
    filled = [sum(map(bool, map(str.strip, row))) for row in grid]
    return next((at for at, count in enumerate(filled) if count >= 0.6 * max(filled)), 0)


@dataclass
class Mutated:
    """One spoiled file, and what was done to it."""

    base: Base
    body: bytes
    steps: list[str] = field(default_factory=list)
    people: bytes | None = None
    layout: bytes | None = None
    packed: str = ""
    """How it is wrapped: `xlsx`, `xls`, `ods`, `gz`, `zip`."""
    plain: bytes = b""
    """What is inside of `gz` and `zip`."""
    grid: Grid = field(default_factory=list)
    """What is inside of a workbook."""

    @property
    def kind(self) -> str:
        """What the figures count it as."""
        if self.layout is not None:
            return "layout"
        return self.packed or ("people" if self.people is not None else self.base.kind)

    @property
    def file_name(self) -> str:
        name = Path(self.base.name)
        ending = {"gz": name.suffix + ".gz"}.get(self.packed, f".{self.packed}")
        return name.stem + (ending if self.packed else name.suffix)


HOSTILE = (
    "\x1b[2J\x1b[31m", "\x1b]0;title\x07", "\u202e", "\u2066x\u2069", "\x00", "[/b]", "[bold]x",
    "[link=file:///etc]x", "=cmd|' /C calc'!A0", "@SUM(1)", "-1", "+1", "'", '"', '"""', '""""""',
    "\\", "\r", "\n", "\r\n\r\n", "a\rb", "\x85", "\u2028", "\x0b", "\x1c", "\ufeff", "\ufffd",
    "\U0001f600", "\u0301" * 50, "\ud800", "0" * 300, "9" * 400, "1e999", "-1e308", "0x10", "NaN",
    "inf", "1_000", "\u0661\u0662/\u0663", "\u00b2", "31/31/9999", "00/00/0000", "0000-00-00",
    "9999-12-31", "0001-01-01", "1/1/1", "2026-02-30", "44444", "99999999", "20261320",
    "2026-11-20T25:61:61Z", "2026-11-20T23:50:00+99:99", "12:00 AM", "'; DROP TABLE stays; --",
    "P1", "D17", "x" * 40_000, "Smith, " * 3000, "%s%n", "{0}", "{'a':1}", "../../etc/passwd",
    "\u0130", "ﬀ", "ß" * 100, "\u200b", "JR JR JR", ",", ",,,,", "-", "Dr. ", "(", "^~\\&", "|",
)  # fmt: skip


def mutated(rnd: Random, base: Base | None = None) -> Mutated:
    """One spoiled file."""
    base = base or rnd.choice(BASES)
    made = Mutated(base, base.body)
    if base.kind == "hl7":
        _spoil_hl7(made, rnd)
    elif base.kind == "fhir":
        _spoil_fhir(made, rnd)
    else:
        _spoil_table(made, rnd)
    if base.name == "synthea_encounters.csv":
        people = Mutated(Base(PEOPLE, "table"), _read(PEOPLE))
        if rnd.random() < 0.8:
            _spoil_table(people, rnd, plain=True)
        made.people = people.body
        made.steps += [f"people: {step}" for step in people.steps]
    if rnd.random() < (0.35 if made.steps else 1):
        _spoil_bytes(made, rnd)
    made.plain = made.body
    if not made.packed and rnd.random() < 0.12:
        _pack(made, rnd)
    return made


# tables


def _spoil_table(made: Mutated, rnd: Random, *, plain: bool = False) -> None:
    base, grid = made.base, grid_of(made.base)
    at = header_at(grid)
    for change in rnd.sample(CELL_CHANGES, rnd.randint(0, 3)):
        made.steps.append(change.__name__.strip("_"))
        change(grid, min(at, len(grid) - 1), rnd)
        if not grid:
            break
    if not plain and rnd.random() < 0.2:
        made.packed = rnd.choice(("xlsx", "xls", "ods"))
        made.grid, made.body = grid, _BOOKS[made.packed](grid, rnd)
        return
    delimiter, encoding, end = base.delimiter, base.encoding, "\n"
    if rnd.random() < 0.2:
        delimiter = rnd.choice(",;\t|")
        made.steps.append(f"delimiter {delimiter!r}")
    if rnd.random() < 0.2:
        encoding = rnd.choice(ENCODINGS)
        made.steps.append(encoding)
    if rnd.random() < 0.2:
        end = rnd.choice(("\r\n", "\r", "\n\n", "\n\r"))
        made.steps.append(f"lines end {end!r}")
    text = io.StringIO(newline="")
    quoting = csv.QUOTE_ALL if rnd.random() < 0.1 else csv.QUOTE_MINIMAL
    csv.writer(text, delimiter=delimiter, lineterminator=end, quoting=quoting).writerows(grid)
    made.body = text.getvalue().encode(encoding, _SURROGATES if encoding == "utf-8" else "replace")


ENCODINGS = (
    "utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "cp1252", "latin-1",
    "cp437", "cp037", "utf-7",
)  # fmt: skip
_SURROGATES = "surrogatepass"


def _rows(grid: Grid, at: int) -> Grid:
    return grid[at + 1 :] or grid


def _width(grid: Grid) -> int:
    return max(1, *map(len, grid))


def _column_dropped(grid: Grid, at: int, rnd: Random) -> None:
    for column in sorted(rnd.sample(range(_width(grid)), min(_width(grid), rnd.randint(1, 3))))[
        ::-1
    ]:
        for row in grid:
            del row[column : column + 1]


def _column_doubled(grid: Grid, at: int, rnd: Random) -> None:
    column = rnd.randrange(_width(grid))
    for row in grid:
        row.insert(rnd.choice((column, len(row))) if row is grid[0] else column,
                   row[column] if column < len(row) else "")  # fmt: skip


def _columns_shuffled(grid: Grid, at: int, rnd: Random) -> None:
    order = list(range(_width(grid)))
    rnd.shuffle(order)
    for row in grid[at:]:
        row[:] = [row[one] if one < len(row) else "" for one in order]


def _headings_exchanged(grid: Grid, at: int, rnd: Random) -> None:
    header = grid[at]
    if len(header) > 1:
        one, two = rnd.sample(range(len(header)), 2)
        header[one], header[two] = header[two], header[one]


def _headings_shuffled(grid: Grid, at: int, rnd: Random) -> None:
    rnd.shuffle(grid[at])


def _heading_repeated(grid: Grid, at: int, rnd: Random) -> None:
    header = grid[at]
    if header:
        header[rnd.randrange(len(header))] = rnd.choice(header)


def _headings_dropped(grid: Grid, at: int, rnd: Random) -> None:
    del grid[: at + 1 if rnd.random() < 0.5 else at]


def _headings_again(grid: Grid, at: int, rnd: Random) -> None:
    for _ in range(rnd.randint(1, 4)):
        grid.insert(rnd.randint(0, len(grid)), list(grid[at]))


def _rows_dropped(grid: Grid, at: int, rnd: Random) -> None:
    keep = rnd.random()
    grid[at + 1 :] = [row for row in grid[at + 1 :] if rnd.random() < keep]


def _rows_doubled(grid: Grid, at: int, rnd: Random) -> None:
    for _ in range(rnd.randint(1, 30)):
        grid.insert(
            rnd.randint(min(at + 1, len(grid)), len(grid)), list(rnd.choice(_rows(grid, at)))
        )


def _rows_shuffled(grid: Grid, at: int, rnd: Random) -> None:
    rows = grid[at + 1 :]
    rnd.shuffle(rows)
    grid[at + 1 :] = rows


def _cells_swapped(grid: Grid, at: int, rnd: Random) -> None:
    """A column's cells between two people: names, birth dates, numbers."""
    for _ in range(rnd.randint(1, 40)):
        rows = _rows(grid, at)
        column = rnd.randrange(_width(grid))
        one, two = rnd.choice(rows), rnd.choice(rows)
        if column < min(len(one), len(two)):
            one[column], two[column] = two[column], one[column]


def _column_rotated(grid: Grid, at: int, rnd: Random) -> None:
    """A column slipped by some rows: everybody has another's name, birth date or number."""
    rows, column = _rows(grid, at), rnd.randrange(_width(grid))
    by = rnd.randint(1, max(1, len(rows) - 1))
    cells = [row[column] if column < len(row) else "" for row in rows]
    for row, cell in zip(rows, cells[by:] + cells[:by], strict=True):
        if column < len(row):
            row[column] = cell


def _column_exchanged(grid: Grid, at: int, rnd: Random) -> None:
    """Two columns' cells exchanged in some rows, the headings left alone."""
    one, two, share = rnd.randrange(_width(grid)), rnd.randrange(_width(grid)), rnd.random()
    for row in _rows(grid, at):
        if max(one, two) < len(row) and rnd.random() < share:
            row[one], row[two] = row[two], row[one]


def _digits_changed(grid: Grid, at: int, rnd: Random) -> None:
    cells = [(row, c) for row in _rows(grid, at) for c, cell in enumerate(row)
             if re.search(r"\d", cell)]  # fmt: skip
    for row, column in rnd.sample(cells, min(len(cells), rnd.randint(1, 200))):
        places = [place for place, c in enumerate(row[column]) if c.isdigit()]
        if places:
            place = rnd.choice(places)
            row[column] = row[column][:place] + rnd.choice("0123456789") + row[column][place + 1 :]


def _letters_changed(grid: Grid, at: int, rnd: Random) -> None:
    for _ in range(rnd.randint(1, 100)):
        row = rnd.choice(_rows(grid, at))
        if not row:
            continue
        column = rnd.randrange(len(row))
        if cell := row[column]:
            place = rnd.randrange(len(cell))
            row[column] = (
                cell[:place] + rnd.choice(("", "e", "X", cell[place] * 2)) + cell[place + 1 :]
            )


def _dates_rewritten(grid: Grid, at: int, rnd: Random) -> None:
    """Day and month exchanged, two-digit years, dots: in one column, in some rows or in all."""
    share, column = rnd.choice((0.1, 0.5, 1)), rnd.randrange(_width(grid))
    form = rnd.choice((r"\2/\1/\3", r"\1.\2.\3", r"\3-\1-\2", r"\3\1\2"))
    for row in _rows(grid, at):
        if column < len(row) and rnd.random() < share:
            row[column] = re.sub(r"(\d\d)/(\d\d)/(\d{4}|\d\d)\b", form, row[column])


def _hostile_cells(grid: Grid, at: int, rnd: Random) -> None:
    for _ in range(rnd.randint(1, 12)):
        row = rnd.choice(grid)
        if row:
            column = rnd.randrange(len(row))
            text = rnd.choice(HOSTILE)
            row[column] = rnd.choice((text, row[column] + text, text + row[column]))


def _hostile_column(grid: Grid, at: int, rnd: Random) -> None:
    column, text = (
        rnd.randrange(_width(grid)),
        rnd.choice([one for one in HOSTILE if len(one) < 400]),
    )
    for row in _rows(grid, at):
        if column < len(row):
            row[column] = text


def _big_cell(grid: Grid, at: int, rnd: Random) -> None:
    row = rnd.choice(grid)
    if row:
        row[rnd.randrange(len(row))] = rnd.choice(("x", '"', "0", "1/", "A, ")) * rnd.choice(
            (131_000, 140_000, 1_100_000, 5_000_000)
        )


def _cells_blanked(grid: Grid, at: int, rnd: Random) -> None:
    column, share = rnd.randrange(_width(grid)), rnd.choice((0.1, 0.6, 1))
    for row in _rows(grid, at):
        if column < len(row) and rnd.random() < share:
            row[column] = rnd.choice(("", "-", "NaN", "~", "NULL", " "))


def _rows_ragged(grid: Grid, at: int, rnd: Random) -> None:
    for row in rnd.sample(grid, min(len(grid), rnd.randint(1, 20))):
        place = rnd.randint(0, len(row))
        if rnd.random() < 0.5:
            del row[place : place + rnd.randint(1, 4)]
        else:
            row[place:place] = [""] * rnd.randint(1, 4)


CELL_CHANGES: tuple[Callable[[Grid, int, Random], None], ...] = (
    _column_dropped, _column_doubled, _columns_shuffled, _headings_exchanged, _headings_shuffled,
    _heading_repeated, _headings_dropped, _headings_again, _rows_dropped, _rows_doubled,
    _rows_shuffled, _cells_swapped, _cells_swapped, _column_rotated, _column_rotated,
    _column_exchanged, _digits_changed, _letters_changed, _dates_rewritten, _hostile_cells,
    _hostile_cells, _hostile_column, _big_cell, _cells_blanked, _rows_ragged,
)  # fmt: skip

# workbooks

_EPOCH = date(1899, 12, 30)
_XML_BAD = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def _typed(cell: str, rnd: Random) -> Any:
    """A date as Excel keeps it, a number as a number; in one of three cells."""
    if rnd.random() > 0.33:
        return cell
    for pattern, order in (
        (r"(\d\d)/(\d\d)/(\d{4})", (3, 1, 2)),
        (r"(\d{4})-(\d\d)-(\d\d)", (1, 2, 3)),
    ):
        if match := re.fullmatch(pattern, cell):
            try:
                return ((date(*(int(match[one]) for one in order)) - _EPOCH).days, "date")
            except ValueError:
                return cell
    return (float(cell), "") if re.fullmatch(r"\d{1,12}", cell) else cell


def _as_xlsx(grid: Grid, rnd: Random) -> bytes:
    rows = {}
    typed = rnd.random() < 0.5
    for number, row in enumerate(grid, 1):
        cells = (_typed(cell, rnd) if typed else cell for cell in row)
        rows[number] = [
            escape(_XML_BAD.sub("", cell))[:32_000] if isinstance(cell, str) else cell
            for cell in cells
        ]
    sheets = {"List": _sheet(rows)}
    if rnd.random() < 0.2:
        sheets["Notes & more"[: rnd.randint(1, 5)]] = _sheet({1: ["Notes"], 3: ["nothing"]})
    return workbooks.xlsx(sheets, hidden=("List",) if rnd.random() < 0.03 else ())


def _sheet(rows: dict[int, list[Any]]) -> str:
    """As `workbooks.sheet`, of any number of columns."""
    return "".join(
        f'<row r="{number}">'
        + "".join(
            workbooks.cell(
                f"{_letters(at)}{number}", *(value if isinstance(value, tuple) else (value,))
            )
            for at, value in enumerate(values)
            if value != ""
        )
        + "</row>"
        for number, values in rows.items()
    )


def _letters(at: int) -> str:
    text, at = "", at + 1
    while at:
        at, rest = divmod(at - 1, 26)
        text = chr(65 + rest) + text
    return text


def _as_ods(grid: Grid, rnd: Random) -> bytes:
    typed = rnd.random() < 0.5
    return workbooks.ods(
        [
            [
                float(cell)
                if typed and re.fullmatch(r"\d{1,12}", cell)
                else escape(_XML_BAD.sub("", cell))[:32_000]
                for cell in row
            ]
            for row in grid
        ]
    )


def _as_xls(grid: Grid, rnd: Random) -> bytes:
    rows, size = [], 0
    for row in grid:
        cells = [cell[:200].encode("latin-1", "replace").decode("latin-1") for cell in row[:200]]
        size += sum(len(cell) + 15 for cell in cells)
        if size > 60_000:  # what the small writer holds
            break
        rows.append(cells)
    return workbooks.xls(rows)


_BOOKS: dict[str, Callable[[Grid, Random], bytes]] = {
    "xlsx": _as_xlsx, "ods": _as_ods, "xls": _as_xls,
}  # fmt: skip

# feeds


def _spoil_hl7(made: Mutated, rnd: Random) -> None:
    lines = [line for line in re.split("[\r\n]+", made.base.body.decode("latin-1")) if line]
    if rnd.random() < 0.7:
        more = rnd.choice([base for base in BASES if base.kind == "hl7"])
        lines += [line for line in re.split("[\r\n]+", more.body.decode("latin-1")) if line]
        made.steps.append(f"with {more.name}")
    for change in rnd.sample(_SEGMENT_CHANGES, rnd.randint(1, 3)):
        made.steps.append(change.__name__.strip("_"))
        change(lines, rnd)
    end = rnd.choice(("\r", "\n", "\r\n", "\r\r"))
    text = end.join(lines)
    if rnd.random() < 0.2:
        text = text.replace("MSH|", "\x1c\r\x0bMSH|").removeprefix("\x1c\r") + "\x1c\r"
    if rnd.random() < 0.1:
        sign = rnd.choice("!#*;\t\x01A\u00e9")
        text = text.replace("|", sign)
        made.steps.append(f"separator {sign!r}")
    made.body = text.encode(rnd.choice(("utf-8", "latin-1", "utf-16", "cp1252")), "replace")


def _segments_dropped(lines: list[str], rnd: Random) -> None:
    for _ in range(rnd.randint(1, 4)):
        if len(lines) > 1:
            del lines[rnd.randrange(len(lines))]


def _segments_doubled(lines: list[str], rnd: Random) -> None:
    for _ in range(rnd.randint(1, 6)):
        lines.insert(rnd.randint(0, len(lines)), rnd.choice(lines))


def _segments_shuffled(lines: list[str], rnd: Random) -> None:
    rnd.shuffle(lines)


def _fields_swapped(lines: list[str], rnd: Random) -> None:
    """A field of two PID segments exchanged: names, birth dates, numbers between people."""
    own = [at for at, line in enumerate(lines) if line.startswith("PID")]
    for _ in range(rnd.randint(1, 6)):
        if len(own) < 2:
            return
        pair = rnd.sample(own, 2)
        one, two = (lines[at].split("|") for at in pair)
        place = rnd.choice((3, 5, 7, 8, 11, 13, 18))
        if place < min(len(one), len(two)):
            one[place], two[place] = two[place], one[place]
            lines[pair[0]], lines[pair[1]] = "|".join(one), "|".join(two)


def _segments_swapped(lines: list[str], rnd: Random) -> None:
    for name in ("PID", "PV1", "EVN"):
        own = [at for at, line in enumerate(lines) if line.startswith(name)]
        if len(own) > 1 and rnd.random() < 0.5:
            one, two = rnd.sample(own, 2)
            lines[one], lines[two] = lines[two], lines[one]


def _fields_spoiled(lines: list[str], rnd: Random) -> None:
    for _ in range(rnd.randint(1, 10)):
        at = rnd.randrange(len(lines))
        fields = lines[at].split("|")
        place = rnd.randrange(len(fields))
        fields[place] = rnd.choice((
            "", rnd.choice(HOSTILE), fields[place] + rnd.choice(HOSTILE), '""', "^^^", "~~~",
            fields[place][: len(fields[place]) // 2], "\\X0D\\", "\\.br\\",
            "\\X" + "41" * 5000 + "\\", "~" * 2000, "^" * 2000, "&" * 2000,
        ))  # fmt: skip
        lines[at] = "|".join(fields)


def _numbers_changed(lines: list[str], rnd: Random) -> None:
    for _ in range(rnd.randint(1, 30)):
        at = rnd.randrange(len(lines))
        places = [place for place, c in enumerate(lines[at]) if c.isdigit()]
        if places:
            place = rnd.choice(places)
            lines[at] = lines[at][:place] + rnd.choice("0123456789") + lines[at][place + 1 :]


def _events_changed(lines: list[str], rnd: Random) -> None:
    for at, line in enumerate(lines):
        if line.startswith("MSH"):
            event = rnd.choice(("A01", "A03", "A04", "A08", "A11", "A12", "A13", "A31", "A34",
                                "A40", "A99", "ORU", ""))  # fmt: skip
            lines[at] = re.sub(r"A\d\d", event, line)
    if rnd.random() < 0.5:
        lines.append(f"MRG|{rnd.choice(('00046288', '8404577'))}^^^SBMC^MR")


_SEGMENT_CHANGES: tuple[Callable[[list[str], Random], None], ...] = (
    _segments_dropped, _segments_doubled, _segments_shuffled, _fields_swapped, _fields_swapped,
    _segments_swapped, _fields_spoiled, _numbers_changed, _events_changed,
)  # fmt: skip


def _spoil_fhir(made: Mutated, rnd: Random) -> None:
    bundle = json.loads(made.base.body)
    for _ in range(rnd.randint(1, 8)):
        change = rnd.choice(_NODE_CHANGES)
        made.steps.append(change.__name__.strip("_"))
        change(bundle, rnd)
    lines = (
        rnd.random() < 0.3 and isinstance(bundle, dict) and isinstance(bundle.get("entry"), list)
    )
    if lines:
        made.steps.append("ndjson")
        own = [one.get("resource") if isinstance(one, dict) else one for one in bundle["entry"]]
        text = "\n".join(json.dumps(one) for one in own)
    else:
        text = json.dumps(bundle, ensure_ascii=rnd.random() < 0.5)
    made.body = text.encode(rnd.choice(("utf-8", "utf-8", "utf-16", "utf-8-sig")), _SURROGATES)


def _nodes(thing: Any, found: list[tuple[Any, Any]]) -> list[tuple[Any, Any]]:
    """Every place in a document: what holds it, and its key there."""
    items = (
        thing.items()
        if isinstance(thing, dict)
        else enumerate(thing)
        if isinstance(thing, list)
        else ()
    )
    for key, value in items:
        found.append((thing, key))
        _nodes(value, found)
    return found


def _node_dropped(bundle: Any, rnd: Random) -> None:
    if places := _nodes(bundle, []):
        holder, key = rnd.choice(places)
        del holder[key]


def _node_replaced(bundle: Any, rnd: Random) -> None:
    if places := _nodes(bundle, []):
        holder, key = rnd.choice(places)
        holder[key] = rnd.choice((
            None, True, 0, -1, 1e308, 10**300, "", [], {}, [[]], {"": {}}, rnd.choice(HOSTILE),
            [None], ["", {}], {"value": []},
        ))  # fmt: skip


def _nodes_swapped(bundle: Any, rnd: Random) -> None:
    """Two values of one key exchanged: names, birth dates, references between people."""
    places = _nodes(bundle, [])
    wanted = (
        "name", "birthDate", "identifier", "subject", "gender", "family", "given", "period", "id",
        "fullUrl",
    )  # fmt: skip
    for _ in range(rnd.randint(1, 5)):
        key = rnd.choice(wanted)
        own = [holder for holder, one in places if one == key]
        if len(own) > 1:
            one, two = rnd.sample(own, 2)
            if key in one and key in two:
                one[key], two[key] = two[key], one[key]


def _entries_doubled(bundle: Any, rnd: Random) -> None:
    entries = bundle.get("entry") if isinstance(bundle, dict) else None
    if isinstance(entries, list) and entries:
        for _ in range(rnd.randint(1, 5)):
            entries.insert(rnd.randint(0, len(entries)), deepcopy(rnd.choice(entries)))


def _entries_shuffled(bundle: Any, rnd: Random) -> None:
    entries = bundle.get("entry") if isinstance(bundle, dict) else None
    if isinstance(entries, list):
        rnd.shuffle(entries)


def _texts_changed(bundle: Any, rnd: Random) -> None:
    texts = [
        (holder, key)
        for holder, key in _nodes(bundle, [])
        if isinstance(holder[key], str) and holder[key]
    ]
    for holder, key in rnd.sample(texts, min(len(texts), rnd.randint(1, 30))):
        text = holder[key]
        place = rnd.randrange(len(text))
        new = rnd.choice("0123456789") if text[place].isdigit() else rnd.choice("aeX ")
        holder[key] = text[:place] + new + text[place + 1 :]


_NODE_CHANGES: tuple[Callable[[Any, Random], None], ...] = (
    _node_dropped, _node_replaced, _nodes_swapped, _nodes_swapped, _entries_doubled,
    _entries_shuffled, _texts_changed,
)  # fmt: skip

# bytes


def _spoil_bytes(made: Mutated, rnd: Random) -> None:
    body = bytearray(made.body)
    for _ in range(rnd.randint(1, 3)):
        at = rnd.randint(0, len(body))
        what = rnd.choice(
            ("cut", "cut", "splice", "drop", "noise", "flip", "double", "junk", "quote")
        )
        made.steps.append(what)
        if what == "cut":
            del body[at:]
        elif what == "splice":
            other = rnd.choice(BASES).body
            start = rnd.randint(0, len(other))
            body[at:] = (
                other[start:] if rnd.random() < 0.5 else other[start : start + 2000] + body[at:]
            )
        elif what == "drop":
            del body[at : at + rnd.randint(1, 400)]
        elif what == "noise":
            body[at:at] = rnd.randbytes(rnd.randint(1, 60))
        elif what == "flip":
            for _ in range(rnd.randint(1, 20)):
                if body:
                    body[rnd.randrange(len(body))] = rnd.randrange(256)
        elif what == "double":
            body += body[at:]
        elif what == "junk":
            body[at:at] = rnd.choice((
                b"\0" * 50, b"\xff\xfe", b"\xef\xbb\xbf", b"\r" * 500, b"\n" * 5000, b"\x1a",
                b"\x1b[2J", b'"', b'"' * 999, b"\x80\x81\x8d", b"\xc3", b"," * 3000, b"<html>",
                b"PK\x03\x04",
                b"\x1f\x8b", b"{", b"[" * 5000, b"MSH|", b"sep=;\n",
            ))  # fmt: skip
        else:
            for _ in range(rnd.randint(1, 5)):
                body.insert(rnd.randint(0, len(body)), ord(rnd.choice("\"',;|\t\r\n\\")))
    made.body = bytes(body)


def _pack(made: Mutated, rnd: Random) -> None:
    made.packed = rnd.choice(("gz", "zip"))
    if made.packed == "gz":
        packed = gzip.compress(made.body, mtime=0)
    else:
        parts: dict[str, bytes | str] = {"list.csv": made.body}
        if rnd.random() < 0.2:
            parts[rnd.choice(("__MACOSX/._list.csv", "other.csv", ".DS_Store", "../x.csv"))] = (
                b"a,b\n"
            )
        packed = workbooks.zipped(parts)
    made.body = packed
    if rnd.random() < 0.4:
        _spoil_bytes(made, rnd)
    if not made.body.startswith((b"PK", b"\x1f\x8b")):
        made.plain = made.body  # another file has taken its place


# layouts


def with_layout(made: Mutated, layout: str, rnd: Random) -> Mutated:
    """The same file, to be read by a spoiled layout."""
    lines = layout.split("\n")
    for _ in range(rnd.randint(0, 3)):
        at = rnd.randrange(len(lines))
        what = rnd.choice(("drop", "double", "swap", "swap", "swap", "value", "hostile", "shuffle"))
        made.steps.append(f"layout {what}")
        if what == "drop":
            del lines[at : at + 1]
            lines = lines or [""]
        elif what == "double":
            lines.insert(at, rnd.choice(lines))
        elif what == "swap":
            said = [place for place, line in enumerate(lines) if " = " in line] or [at]
            at, other = rnd.choice(said), rnd.choice(said)
            one, two = lines[at].partition(" = "), lines[other].partition(" = ")
            lines[at], lines[other] = one[0] + one[1] + two[2], two[0] + two[1] + one[2]
        elif what == "value":
            key = lines[at].partition(" = ")[0]
            value = rnd.choice(("1", "0", "-1", "99", "true", '""', "[]", '"DOB"', '"dmy"', '"iso"',
                                "1.5", "{}", "2026-01-01", '"America/New_York"', '"/etc/passwd"',
                                "10000000000000000000000"))  # fmt: skip
            lines[at] = f"{key} = {value}"
        elif what == "hostile":
            text = rnd.choice(HOSTILE).encode("utf-8", "replace").decode()
            lines[at] = lines[at].replace('"', f'"{text}', 1)
        else:
            rnd.shuffle(lines)
    body = bytearray("\n".join(lines).encode("utf-8", "replace"))
    if rnd.random() < 0.2 and body:
        made.steps.append("layout noise")
        at = rnd.randrange(len(body))
        body[at : at + rnd.randint(0, 9)] = rnd.randbytes(rnd.randint(0, 5))
    made.layout = bytes(body)
    return made
