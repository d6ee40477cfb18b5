"""What does encryption cost? Ratios of an encrypted care file to the same one in the clear.

    python bench/encryption.py                  about three minutes
    python bench/encryption.py --rows 20000     fewer rows to import

Opening an encrypted file costs one derivation of its key (256,000 rounds of PBKDF2-HMAC-SHA512),
whatever its size, and SQLCipher's library. A wrong passphrase should cost the same and no more.
Each figure is the best of several runs, because other programs only ever make a run slower.
"""

from __future__ import annotations

import argparse
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
from compileall import compile_dir
from pathlib import Path

from imports import discharge_list
from morning import CARETOOL, TODAY, Person, best, care_file, people, run

import caretool
from caretool import keys

RUNS, IMPORTS = 9, 2


def derivation() -> float:
    """Seconds that the key alone takes."""
    seconds = float("inf")
    for _ in range(RUNS):
        start = time.perf_counter()
        keys.raw_key("a passphrase of the bench", keys.new_salt())
        seconds = min(seconds, time.perf_counter() - start)
    return seconds


def refused(command: list[str]) -> float:
    """Seconds until a command says that the passphrase is wrong."""
    seconds = float("inf")
    for _ in range(RUNS):
        start = time.perf_counter()
        ran = subprocess.run(command, capture_output=True, check=False)
        seconds = min(seconds, time.perf_counter() - start)
        if b"wrong passphrase" not in ran.stderr:
            sys.exit(f"{command} said {ran.stderr!r}")
    return seconds


def opening(folder: Path, roster: list[Person], use: list[str]) -> None:
    """The due list, and a passphrase that is wrong."""
    plain, locked = folder / "plain.db", folder / "locked.db"
    care_file(plain, roster[:250], 250, 2_500)
    shutil.copy(plain, locked)
    run([*CARETOOL, "--db", str(locked), *use, "encrypt"])
    due = ["due-today", "--db"]
    wrong = folder / "wrong"
    wrong.write_text("quite another passphrase")
    seconds = best(
        {
            "version": [*CARETOOL, "--version"],
            "plain": [*CARETOOL, *due, str(plain)],
            "locked": [*CARETOOL, *use, *due, str(locked)],
        },
        RUNS,
    )
    alone = derivation()
    told = refused([*CARETOOL, "--passphrase-file", str(wrong), *due, str(locked)])
    more = seconds["locked"] - seconds["plain"]
    print(f"key derivation alone                        {alone * 1000:.0f} ms")
    ratio = seconds["locked"] / seconds["plain"]
    print(f"due-today, 250 active, encrypted            {ratio:.2f} x plain")
    print(f"  more than plain                           {more / alone:.2f} x the derivation")
    print(
        f"a wrong passphrase                          {told / seconds['locked']:.2f} x the due list"
    )


def importing(folder: Path, roster: list[Person], rows: int, use: list[str]) -> None:
    """A long list into both files, and encrypting what came of it."""
    listed = folder / "list.csv"
    discharge_list(listed, roster, rows)
    fresh, care = folder / "fresh.db", folder / "import.db"
    care_file(fresh, roster, 250, 0)
    take_in = [*CARETOOL, *use, "--db", str(care), "import-discharges", str(listed), "--quiet"]
    encrypt = [*CARETOOL, *use, "--db", str(care), "encrypt"]
    seconds = {"plain": float("inf"), "locked": float("inf"), "encrypt": float("inf")}
    for _ in range(IMPORTS):
        for kind in ("plain", "locked"):
            for left in folder.glob("import.db*"):
                left.unlink()
            shutil.rmtree(folder / "backups", ignore_errors=True)
            shutil.copy(fresh, care)
            if kind == "locked":
                run(encrypt)
            seconds[kind] = min(seconds[kind], run(take_in)[0])
            if kind == "plain":
                size = care.stat().st_size / 1e6
                seconds["encrypt"] = min(seconds["encrypt"], run(encrypt)[0])
    ratio = seconds["locked"] / seconds["plain"]
    took = f"{seconds['plain']:.1f} s"
    print(f"import of {rows:,} rows, encrypted          {ratio:.2f} x plain ({took})")
    print(f"encrypt of the {size:.0f} MB that came of it       {seconds['encrypt']:.1f} s")


def main() -> None:
    """Make the files and print the ratios."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--roster", type=int, default=20_000)
    asked = parser.parse_args()
    os.environ["CARETOOL_TODAY"] = TODAY.isoformat()
    compile_dir(Path(caretool.__file__).parent, quiet=1)  # as an installed program is
    roster = people(asked.roster, random.Random(3))
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "p").write_text("a passphrase of the bench\n")
        use = ["--passphrase-file", str(folder / "p")]
        opening(folder, roster, use)
        importing(folder, roster, asked.rows, use)


if __name__ == "__main__":
    main()
