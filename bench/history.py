"""What does the history cost, and how fast is an undo? Ratios, measured in one run.

    python bench/history.py                 lists of 100,000 rows, some two minutes
    python bench/history.py --rows 20000    fewer

Each import is timed with the triggers of the history and with these dropped from a copy of the
same file; then the import is undone, and done again by undoing that. `log-contact` is held against
the floor of `bench/morning.py`.
"""

from __future__ import annotations

import argparse
import os
import random
import shutil
import sqlite3
import sys
import tempfile
from compileall import compile_dir
from contextlib import closing
from pathlib import Path

from fills import fills_file
from imports import discharge_list
from morning import CARETOOL, FLOOR, TODAY, best, care_file, people, run

import caretool
from caretool.schema import recording

TIMES = 3


def without_history(path: Path) -> None:
    """Drop what records changes."""
    with closing(sqlite3.connect(path)) as connection:
        for statement in recording.without_triggers(connection.execute):
            connection.execute(statement)
        connection.commit()


def measure(folder: Path, command: str, listed: Path) -> None:
    """Import a list with and without the history, undo it, do it again, and print the ratios."""
    kept, bare, work = folder / "kept.db", folder / "bare.db", folder / "work.db"
    shutil.copy(kept, bare)
    without_history(bare)
    took: dict[str, float] = {}

    def time(name: str, *words: str) -> None:
        seconds, _ = run([*CARETOOL, *words, "--db", str(work), "--quiet"])
        took[name] = min(seconds, took.get(name, seconds))

    for _ in range(TIMES):
        for name, start in (("without", bare), ("with", kept)):
            for leftover in folder.glob("work.db*"):
                leftover.unlink()
            shutil.rmtree(folder / "backups", ignore_errors=True)
            shutil.copy(start, work)
            time(name, command, str(listed))
        time("undo", "undo")
        with closing(sqlite3.connect(work)) as connection:
            (undo,) = connection.execute("SELECT max(id) FROM commands").fetchone()
        time("redo", "undo", f"H{undo}")
    print(f"{command}, {listed.name:24} {took['with']:.2f} s")
    print(f"  against the same without history   {took['with'] / took['without']:.2f} x")
    print(f"  undo, of the import                {took['undo'] / took['with']:.2f} x")
    print(f"  to do it again, of the import      {took['redo'] / took['with']:.2f} x")


def main() -> None:
    """Make the files and print the ratios."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--rows", type=int, default=100_000)
    asked = parser.parse_args()
    os.environ["CARETOOL_TODAY"] = TODAY.isoformat()
    compile_dir(Path(caretool.__file__).parent, quiet=1)  # as an installed program is
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        roster = people(asked.rows // 10, random.Random(3))
        care_file(folder / "kept.db", roster, 250, 0)
        fills = folder / "fills.csv"
        fills_file(fills, asked.rows // 10)
        measure(folder, "import-fills", fills)
        stays = folder / "stays.csv"
        discharge_list(stays, roster, asked.rows)
        measure(folder, "import-discharges", stays)
        small = folder / "small.db"
        care_file(small, roster[:250], 250, 0)
        words = ["log-contact", "P1", "--outcome", "no_answer", "--db", str(small), "--quiet"]
        found = best({"floor": FLOOR, "log-contact": [*CARETOOL, *words]}, 10)
        ratio = found["log-contact"] / found["floor"]
        print(f"log-contact                          {ratio:.2f} x floor")


if __name__ == "__main__":
    sys.exit(main())
