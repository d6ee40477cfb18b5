"""How fast is an import? Ratios against what takes in the same file without reading it.

    python bench/imports.py                   1,000,000 rows, about five minutes
    python bench/imports.py --rows 100000     fewer

A hospital's list against a roster of 100,000: every second row is one of the roster, every
twentieth has a slip in a name, a birth date or a number. It is held against
`sqlite-utils insert x.db d FILE --csv` and, where there is a `sqlite3` program, its `.import`.
Beside the time there is the peak memory, and the cost of the same list once more.
"""

from __future__ import annotations

import argparse
import csv
import os
import random
import shutil
import sys
import tempfile
from compileall import compile_dir
from datetime import date, timedelta
from pathlib import Path

from morning import CARETOOL, ROSTER, TODAY, Person, care_file, people, run

import caretool

DAMAGED = 0.05
HEADER = [
    "CSN", "MRN", "Patient Name", "DOB", "Sex", "Pt Class", "Admit Date/Time", "Disch Date/Time",
    "Disch Disposition", "Facility", "Primary Dx", "Phone", "Zip",
]  # fmt: skip


def spoiled(person: Person, chance: random.Random) -> Person:
    """The same person as a hurried desk writes them."""
    last, first, born, sex, zip_code = person
    kind = chance.randrange(4)
    if kind == 0:
        at = chance.randrange(1, len(last))
        last = last[:at] + chance.choice("aeionrst") + last[at + 1 :]
    elif kind == 1:
        at = chance.randrange(1, len(first))
        first = first[:at] + first[at + 1 :]
    elif kind == 2:
        born += timedelta(days=chance.choice((-10, -1, 1, 10)))
    else:
        zip_code = f"{37_000 + chance.randrange(900):05d}"
    return last, first, born, sex, zip_code


def discharge_list(path: Path, roster: list[Person], rows: int) -> None:
    """A hospital's list: every second row is somebody of the roster."""
    chance = random.Random(11)
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(HEADER)
        for start in range(0, rows, 10_000):
            strangers = people(10_000, chance)
            for n in range(start, min(rows, start + 10_000)):
                person = chance.choice(roster) if n % 2 else strangers[n - start]
                if chance.random() < DAMAGED:
                    person = spoiled(person, chance)
                last, first, born, sex, zip_code = person
                left = date(2026, 10, 1) + timedelta(days=chance.randrange(50))
                came = left - timedelta(days=chance.randrange(1, 9))
                home = chance.choice(("Home or Self Care", "Home-Health Care Svc", "SNF"))
                writer.writerow(
                    [5_000_000 + n, f"H{n}", f"{last.upper()},{first.upper()}",
                     f"{born:%m/%d/%Y}", sex, "Inpatient", f"{came:%m/%d/%Y} 10:15",
                     f"{left:%m/%d/%Y} 12:30", home, "St. Brigid", "Heart failure", "", zip_code]
                )  # fmt: skip


def measure(folder: Path, roster: list[Person], rows: int, times: int) -> None:
    """Take the list in, in all three ways, and print the ratios."""
    listed, care, plain = folder / "list.csv", folder / "import.db", folder / "plain.db"
    discharge_list(listed, roster, rows)
    take_in = [*CARETOOL, "import-discharges", str(listed), "--db", str(care), "--quiet"]
    insert = [sys.executable, "-m", "sqlite_utils", "insert", str(plain), "d", str(listed), "--csv"]
    shell = shutil.which("sqlite3")
    dot_import = [shell or "", str(plain), "-cmd", ".mode csv", f".import {listed} d"]
    ours = again = theirs = raw = float("inf")
    memory = 0
    for _ in range(times):
        for leftover in folder.glob("import.db*"):
            leftover.unlink()
        care_file(care, roster, 250, 0)
        seconds, peak = run(take_in)
        ours, memory = min(ours, seconds), max(memory, peak)
        again = min(again, run(take_in)[0])
        plain.unlink(missing_ok=True)
        theirs = min(theirs, run(insert)[0])
        plain.unlink(missing_ok=True)
        if shell:
            raw = min(raw, run(dot_import)[0])
    print(f"{rows:,} rows against {len(roster):,}         {ours:.1f} s, peak {memory} MB")
    print(f"  against sqlite-utils insert        {ours / theirs:.2f} x")
    if shell:
        print(f"  against sqlite3 .import            {ours / raw:.1f} x")
    print(f"  the same list again                {again / ours:.2f} x the first time")


def main() -> None:
    """Make the files and print the ratios."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--roster", type=int, default=ROSTER)
    parser.add_argument("--times", type=int, default=1)
    asked = parser.parse_args()
    os.environ["CARETOOL_TODAY"] = TODAY.isoformat()
    compile_dir(Path(caretool.__file__).parent, quiet=1)  # as an installed program is
    roster = people(asked.roster, random.Random(3))
    with tempfile.TemporaryDirectory() as name:
        measure(Path(name), roster, asked.rows, asked.times)


if __name__ == "__main__":
    main()
