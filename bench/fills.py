"""How fast are fills taken in, and adherence worked out? Ratios, measured in one run.

    python bench/fills.py                     1,000,000 fills of 100,000 patients, some two minutes
    python bench/fills.py --patients 10000    fewer

A pharmacy's export about everybody of the roster, ten fills each, by record number, in the order in
which they were dispensed. It is held against `sqlite-utils insert x.db d FILE --csv`. Beside the
time there is the peak memory, and the cost of the same file once more.

Then PDC by class of everybody is worked out from the care file, and held against what Python takes
to read the same fills as CSV with their dates (`csv.reader`, `date.fromisoformat`); with half of
the patients too, for the cost should grow as the fills do.
"""

from __future__ import annotations

import argparse
import csv
import os
import random
import subprocess
import sys
import tempfile
from compileall import compile_dir
from datetime import date, timedelta
from pathlib import Path

from morning import CARETOOL, ROSTER, TODAY, care_file, people, run

import caretool

HEADER = ["MRN", "Drug Name", "NDC", "Fill Date", "Days Supply", "Quantity"]
FILLS = 10
DRUGS = (
    ("Metformin 500 mg tablet", "00093104801"),
    ("Lisinopril 10 mg", "68180051501"),
    ("Atorvastatin 20 mg", "00378395105"),
    ("Losartan 50 mg", "00093736598"),
    ("Apixaban 5 mg", "00003089421"),
    ("Glipizide 5 mg", "00591046001"),
    ("Rosuvastatin 10 mg", "00310075190"),
    ("Amlodipine 5 mg", "00093716798"),
)


def fills_of(number: int, chance: random.Random) -> list[tuple[object, ...]]:
    """A patient's fills of two medicines, some refilled early and some late."""
    rows: list[tuple[object, ...]] = []
    for drug in chance.sample(DRUGS, 2):
        day = date(2026, 1, 1) + timedelta(days=chance.randrange(60))
        for _ in range(FILLS // 2):
            supply = chance.choice((30, 30, 30, 60, 90))
            rows.append((f"{number:08d}", *drug, min(day, TODAY).isoformat(), supply, supply))
            day += timedelta(days=supply + chance.randrange(-7, 20))
    return rows


def fills_file(path: Path, patients: int) -> int:
    """Write the export; returns how many fills are in it."""
    chance = random.Random(5)
    rows = [row for number in range(1, patients + 1) for row in fills_of(number, chance)]
    rows.sort(key=lambda row: str(row[3]))
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(HEADER)
        writer.writerows(rows)
    return len(rows)


def measure(folder: Path, patients: int, times: int) -> None:
    """Take the export in, both ways, and print the ratios."""
    listed, care, plain = folder / "fills.csv", folder / "import.db", folder / "plain.db"
    count = fills_file(listed, patients)
    roster = people(patients, random.Random(3))
    take_in = [*CARETOOL, "import-fills", str(listed), "--db", str(care), "--quiet"]
    take_in += ["--source", "practice"]
    insert = [sys.executable, "-m", "sqlite_utils", "insert", str(plain), "d", str(listed), "--csv"]
    ours = again = theirs = float("inf")
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
    print(f"{count:,} fills of {patients:,} patients   {ours:.1f} s, peak {memory} MB")
    print(f"  against sqlite-utils insert        {ours / theirs:.2f} x")
    print(f"  the same file again                {again / ours:.2f} x the first time")


WORK_OUT = """
import gc, sys, time
from datetime import date, timedelta
from pathlib import Path
from caretool import db, figures
from caretool.methods import METHODS
gc.disable()  # as cli.main does
today = date.fromisoformat(sys.argv[2])
wanted = figures.Wanted(today - timedelta(days=364), today, today, METHODS["pdc"])
began = time.perf_counter()
with db.reading(Path(sys.argv[1])) as care_file:
    count = sum(1 for _ in figures.of_everybody(care_file, wanted))
took = time.perf_counter() - began
# What the parent needed counts in ru_maxrss; VmHWM is of this program alone
status = Path("/proc/self/status")
peak = status.read_text().partition("VmHWM:")[2].split()[0] if status.exists() else 0
print(count, took, int(peak) // 1024)
"""
READ = """
import csv, gc, sys, time
from datetime import date
gc.disable()
began = time.perf_counter()
with open(sys.argv[1], newline="", encoding="utf-8") as file:
    rows = csv.reader(file)
    next(rows)
    for row in rows:
        date.fromisoformat(row[3])
print(0, time.perf_counter() - began, 0)
"""


def timed(program: str, *args: str, times: int) -> tuple[int, float, int]:
    """What a small program counts, its own time at best, and its peak memory in MB."""
    best, count, memory = float("inf"), 0, 0
    for _ in range(times):
        said = subprocess.check_output([sys.executable, "-c", program, *args], text=True)
        number, seconds, peak = said.split()
        best, count, memory = min(best, float(seconds)), int(number), max(memory, int(peak))
    return count, best, memory


def work_out(folder: Path, patients: int, times: int) -> float:
    """Work out PDC by class of everybody, and print the ratio; returns the seconds for a fill."""
    listed, care = folder / "fills.csv", folder / "import.db"
    fills = fills_file(listed, patients)
    for leftover in folder.glob("import.db*"):
        leftover.unlink()
    care_file(care, people(patients, random.Random(3)), 250, 0)
    run([*CARETOOL, "import-fills", str(listed), "--db", str(care), "--quiet"])
    _, reading, _ = timed(READ, str(listed), times=times)
    count, ours, memory = timed(WORK_OUT, str(care), TODAY.isoformat(), times=times)
    print(f"{count:,} figures of {patients:,} patients and {fills:,} fills   {ours:.1f} s")
    print(f"  reading the same fills as CSV      {reading:.2f} s")
    print(f"  PDC by class against that          {ours / reading:.1f} x, peak {memory} MB")
    whole, peak = run([*CARETOOL, "adherence", "--csv", "--db", str(care)])
    print(f"  the whole command, as CSV          {whole / reading:.1f} x, peak {peak} MB")
    return ours / fills


def main() -> None:
    """Make the files and print the ratios."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--patients", type=int, default=ROSTER)
    parser.add_argument("--times", type=int, default=1)
    asked = parser.parse_args()
    os.environ["CARETOOL_TODAY"] = TODAY.isoformat()
    compile_dir(Path(caretool.__file__).parent, quiet=1)  # as an installed program is
    with tempfile.TemporaryDirectory() as name:
        measure(Path(name), asked.patients, asked.times)
        half = work_out(Path(name), asked.patients // 2, asked.times)
        full = work_out(Path(name), asked.patients, asked.times)
        print(f"  a fill of twice as many costs      {full / half:.2f} x")


if __name__ == "__main__":
    main()
