"""Hostile lists, and hostile layouts to read them by: the cases `reader` and `layouts`."""

from __future__ import annotations

import csv
import io
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from tests import workbooks
from tests.mutations import BASES, mutated
from tools.fuzz_bombs import bomb, packed
from tools.fuzz_texts import argument, date_text, spoiled, spoiled_toml, text, toml_value
from tools.fuzz_trial import EXAMPLES, Case

if TYPE_CHECKING:
    from random import Random

DATA = Path(__file__).parents[1] / "tests" / "data"
_ROWS = 9  # of each list: enough to settle its dates by, few enough to be quick
FEEDS = [one for one in BASES if one.kind in {"hl7", "fhir"}]
_BOMBS = 0.01  # of the lists; each takes as long as a hundred others
_SHOWING = (
    ["imports"], ["imports", "R1"], ["imports", "R5"], ["review"], ["review", "--unmatched"],
    ["patients"], ["medications", "P1"], ["show", "P61"], ["layouts"], ["due-today"],
    ["adherence"], ["duplicates"], ["week"], ["stale"], ["show", "P2"], ["why", "D1"],
)  # fmt: skip
_NAMES = (
    "list.csv", "list.csv", "list.csv", "20261120.csv", "a\x1b[2Jb.csv", "a\u202eb.csv", "a\nb.csv",
    "[red]a[/red].csv", "\udcff.csv", "=1+1.csv", "x" * 240 + ".csv", "list.rejects.csv", ".csv",
    "a'b\".csv", "%s.csv", " .csv", "list.csv.gz", "list.json", "list.hl7", "list.xlsx",
)  # fmt: skip


class List(NamedTuple):
    """A list that is right, and the command that reads it."""

    name: str
    command: str
    body: bytes
    options: tuple[str, ...] = ()

    @property
    def delimiter(self) -> str:
        """What separates its cells."""
        return next((one for one in "|;" if one.encode() in self.body[:200]), ",")


@cache
def lists() -> tuple[List, ...]:
    """The first rows of every list that is at hand."""
    discharges, roster, fills = "import-discharges", "import-patients", "import-fills"
    public = DATA / "discharges"
    found = [
        *((path, discharges, ()) for path in sorted(EXAMPLES.glob("discharges-*.csv"))),
        (EXAMPLES / "roster.csv", roster, ()),
        (EXAMPLES / "fills.csv", fills, ()),
        (public / "panel.csv", roster, ()),
        *(
            (public / name, discharges, ())
            for name in (
                "epic_daily_20261116.csv", "hie_adt_utilization.csv", "pcc_alerts.csv",
                "payer_census.psv", "excel_export_cp1252_semicolon.csv", "synthea_encounters.csv",
                "mimic_like_admissions.csv", "sparcs_like_deidentified.csv",
            )
        ),
        (DATA / "adherence" / "med_events.csv", fills, ("--date-format", "mdy")),
    ]  # fmt: skip
    return tuple(
        List(path.name, command, b"".join(path.read_bytes().splitlines(True)[:_ROWS]), more)
        for path, command, more in found
    )


def reader(rnd: Random) -> Case:
    """A list that is hostile, read by one of the commands that read lists."""
    one = rnd.choice(lists())
    body, about = _body(one, rnd)
    command = one.command if rnd.random() < 0.85 else rnd.choice(lists()).command
    args = [command, *one.options]
    if rnd.random() < 0.15:
        args = ["sniff"]
    elif rnd.random() < 0.05:
        args = ["reconcile", "P1", "--file"]
    name = argument(rnd.choice(_NAMES))
    piped = rnd.random() < 0.15 and args[0] != "reconcile"
    args.append("-" if piped else f"./{name}")
    if args[0].startswith("import-"):
        args += rnd.choice(([], [], ["--rows"], ["--dry-run"], ["--no-save-layout"],
                            ["--date-format", "dmy"], ["--rejects", "r.csv"]))  # fmt: skip
    commands = [[*args, *form(rnd)]]
    if rnd.random() < 0.3:
        commands += [[*rnd.choice(_SHOWING), *form(rnd)] for _ in range(2)]
    return Case(
        "reader", commands, files={} if piped else {name: body}, stdin=body if piped else b"",
        terminal=rnd.random() < 0.5, about=about,
    )  # fmt: skip


def form(rnd: Random) -> list[str]:
    """In which form the output is wanted."""
    return rnd.choice(([], [], [], ["--json"], ["--csv"], ["--plain"], ["--mask"], ["--quiet"]))


def _body(one: List, rnd: Random) -> tuple[bytes, str]:
    """The bytes of a hostile list, and what they are."""
    chance = rnd.random()
    if chance > 1 - _BOMBS:
        return bomb(rnd)
    if chance < 0.5:
        body, about = _cells_spoiled(one, rnd), "cells"
    elif chance < 0.75:
        body, about = spoiled(one.body, rnd), "bytes"
    elif chance < 0.95:
        made = mutated(rnd, rnd.choice(FEEDS))
        body, about = made.body[:30_000], f"feed {made.base.name}"
    else:
        body, about = text(rnd).encode("utf-8", "surrogatepass"), "text"
    if rnd.random() < 0.06:
        body = packed(body, rnd)
        about += " packed"
    return body, about


def _cells_spoiled(one: List, rnd: Random) -> bytes:
    """Some cells, headings too, say something else; maybe in another encoding, or a workbook."""
    grid = list(csv.reader(io.StringIO(one.body.decode("utf-8-sig", "replace")),
                           delimiter=one.delimiter))  # fmt: skip
    for _ in range(rnd.randint(1, 12)):
        row = rnd.choice(grid)
        if row:
            said = date_text(rnd) if rnd.random() < 0.3 else text(rnd)
            row[rnd.randrange(len(row))] = said
    if rnd.random() < 0.02:
        plain = [[cell.translate(_NO_MARKUP) for cell in row[:26]] for row in grid]
        return workbooks.xlsx({"List": workbooks.sheet(dict(enumerate(plain, 1)))})
    out = io.StringIO(newline="")
    quoting = rnd.choice((csv.QUOTE_MINIMAL, csv.QUOTE_MINIMAL, csv.QUOTE_ALL))
    delimiter = one.delimiter if rnd.random() < 0.9 else rnd.choice(",;\t|")
    end = rnd.choice(("\n", "\n", "\r\n", "\r"))
    csv.writer(out, delimiter=delimiter, lineterminator=end, quoting=quoting).writerows(grid)
    encoding = "utf-8" if rnd.random() < 0.85 else rnd.choice(("utf-16", "cp1252", "utf-16-le"))
    return out.getvalue().encode(encoding, "surrogatepass" if encoding == "utf-8" else "replace")


_NO_MARKUP = {ord(sign): None for sign in "<>&"} | dict.fromkeys([*range(32), 0xFFFE, 0xFFFF])
_NO_MARKUP |= dict.fromkeys(range(0xD800, 0xE000))


# layouts

_KEYS = ("version", "name", "kind", "source", "has_header", "header", "time_zone", "facility",
         "facility_titled", "h_and_m", "digits_in_names", "columns", "dates", "dispositions",
         "classes")  # fmt: skip


def layouts(rnd: Random, known: dict[str, str]) -> Case:
    """A layout that is hostile, used for a list that is right; `known` are right ones by list."""
    one = rnd.choice(lists())
    said = known[one.name] if rnd.random() < 0.9 else rnd.choice(list(known.values()))
    if rnd.random() < 0.8:
        body = spoiled_toml(said, rnd)
    elif rnd.random() < 0.5:
        body = spoiled(said.encode(), rnd)
    else:
        lines = (f"{rnd.choice(_KEYS)} = {toml_value(rnd)}" for _ in range(rnd.randint(0, 9)))
        body = "\n".join(["version = 1", *lines]).encode("utf-8", "surrogatepass")
    files = {"list.csv": one.body, "mine.toml": body}
    kind = one.command.removeprefix("import-")
    read = [one.command, *one.options, "list.csv", "--layout", "mine.toml"]
    commands = rnd.choice((
        [read],
        [[*read, "--dry-run"]],
        [["sniff", "list.csv", "--layout", "mine.toml", "--kind", kind]],
        [["layouts", "test", "list.csv", "--kind", kind, "--layout", "mine.toml"]],
        [["layouts", "add", "mine.toml"], ["layouts"], [one.command, *one.options, "list.csv"],
         ["layouts", "export", argument(text(rnd)), "out.toml"]],
        [["layouts", rnd.choice(("show", "drop", "export", "add")), argument(text(rnd))]],
    ))  # fmt: skip
    return Case(
        "layouts", [[*args, *form(rnd)] for args in commands], files=files,
        terminal=rnd.random() < 0.5, about=one.name,
    )  # fmt: skip
