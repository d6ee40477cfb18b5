"""How long does a backup take? A ratio against what it must do at least, measured in one run.

    python bench/backup.py             a care file of 500 MB, some two minutes
    python bench/backup.py --mb 50     a smaller one

The floor is `cp` of the file, written through to the disk, and `PRAGMA integrity_check` of the
copy: copied once and read again once. A backup also counts the rows of every table, in the file and
in the copy, and looks whether the history is whole.
"""

from __future__ import annotations

import argparse
import random
import sqlite3
import subprocess
import sys
import tempfile
import time
from compileall import compile_dir
from pathlib import Path

from morning import CARETOOL, care_file, people, run

import caretool

CHECK = """
import os, sqlite3, sys
handle = os.open(sys.argv[1], os.O_RDONLY)
os.fsync(handle)
os.close(handle)
connection = sqlite3.connect(sys.argv[1])
connection.execute("PRAGMA cache_size = -65536")
assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
"""


def grown(path: Path, size: int) -> None:
    """A care file of about `size` bytes: people with contacts, and the history of them all."""
    chance = random.Random(11)
    each = 20_000
    care_file(path, people(each, chance), 250, each)
    with sqlite3.connect(path) as connection:
        (number,) = connection.execute("SELECT max(id) FROM contacts").fetchone()
        columns = [row[1] for row in connection.execute("PRAGMA table_info(contacts)")]
        names = ", ".join(column for column in columns if column != "id")
        connection.execute("PRAGMA synchronous = OFF")
        while path.stat().st_size < size:
            connection.execute(
                f"INSERT INTO contacts ({names}) SELECT {names} FROM contacts WHERE id <= {number}"
            )
            connection.commit()
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def measure(folder: Path, size: int, times: int) -> None:
    """Back up and copy, in turns, and print the ratio of the best."""
    path, plain = folder / "care.db", folder / "plain.db"
    grown(path, size)
    ours = theirs = float("inf")
    memory = 0
    for _ in range(times):
        began = time.perf_counter()
        subprocess.run(["cp", path, plain], check=True)
        subprocess.run([sys.executable, "-c", CHECK, plain], check=True)
        theirs = min(theirs, time.perf_counter() - began)
        plain.unlink()
        seconds, peak = run([*CARETOOL, "backup", "--keep", "1", "--db", str(path), "--quiet"])
        ours, memory = min(ours, seconds), max(memory, peak)
    print(f"{path.stat().st_size / 1e6:.0f} MB   {ours:.1f} s, peak {memory} MB")
    print(f"  against cp and integrity_check     {ours / theirs:.2f} x")


def main() -> None:
    """Measure in a folder of its own, with everything compiled."""
    options = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    options.add_argument("--mb", type=int, default=500, help="how large the care file is")
    options.add_argument("--times", type=int, default=3, help="how often; the best counts")
    given = options.parse_args()
    compile_dir(str(Path(caretool.__file__).parent), quiet=2)
    with tempfile.TemporaryDirectory() as folder:
        measure(Path(folder), given.mb * 1_000_000, given.times)


if __name__ == "__main__":
    main()
