"""Kill writing commands at random moments, and look at what they leave.

    python tools/kill_commands.py                 some 600 kills, about ten minutes
    python tools/kill_commands.py --kills 5       so many of each command
    python tools/kill_commands.py --only undo     one command

Each command works on a copy of a practice and is killed (SIGKILL) at a random moment of the time
that it takes. Then the file must open, be whole, and hold all that the command does or nothing
of it; and the next command must find it as if nothing had been. Exit 1 when anything is wrong.
"""

from __future__ import annotations

import argparse
import os
import shutil
import signal
import statistics
import sys
import tempfile
import time
from collections import Counter
from hashlib import sha256
from importlib import import_module
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, NamedTuple

sys.path.insert(0, str(Path(__file__).parents[1]))

import typer

from caretool import audit, cli, db
from caretool.contents import CONTENTS
from caretool.schema import recording

if TYPE_CHECKING:
    from collections.abc import Iterator

TODAY = "2026-11-23"
PASSPHRASE = "seven made-up words for the tests"  # noqa: S105 - of a made-up practice
ROWS = 50_000
COMMAND = typer.main.get_command(cli.app)
# Loaded before the forks: a kill while Python loads tells nothing of the file
LOADED = [import_module(f"caretool.commands.{entry.module}") for entry in CONTENTS.values()]


class Case(NamedTuple):
    """A command line; `alone` when no care file is there before it; how often beside the others."""

    words: tuple[str, ...]
    alone: bool = False
    weight: float = 1
    encrypted: bool = False


CASES: dict[str, Case] = {
    "first add-patient": Case(("add-patient", "New, Nell", "--dob", "1950-01-01"), alone=True),
    "add-patient": Case(("add-patient", "New, Nell", "--dob", "1950-01-01", "--mrn", "N1")),
    "log-contact": Case(("log-contact", "P1", "--outcome", "no_answer", "--note", "rang twice")),
    "edit-patient": Case(("edit-patient", "P1", "--tier", "high", "--phone", "4235550199")),
    "merge": Case(("merge", "P1", "P2", "--anyway")),
    "add-medication": Case(("add-medication", "P1", "metformin")),
    "import-patients": Case(("import-patients", "roster.csv")),
    "import-discharges": Case(("import-discharges", "few-stays.csv")),
    "import of 50,000 discharges": Case(("import-discharges", "stays.csv"), weight=1.5),
    "import-fills": Case(("import-fills", "fills.csv")),
    "undo of an import": Case(("undo",)),
    "backup": Case(("backup",)),
    "restore": Case(("restore", "older.db", "--yes")),
    "encrypt": Case(("encrypt", "--passphrase-file", "secret")),
    "decrypt": Case(("decrypt", "--passphrase-file", "secret"), encrypted=True),
    "change-passphrase": Case(
        ("change-passphrase", "--passphrase-file", "secret", "--new-passphrase-file", "other"),
        encrypted=True,
    ),
    "log-contact, encrypted": Case(
        ("log-contact", "P1", "--outcome", "no_answer", "--passphrase-file", "secret"),
        encrypted=True,
    ),
}  # fmt: skip


def run(folder: Path, words: tuple[str, ...]) -> int:
    """Run a command line in a process of its own that ends with it; returns its process."""
    child = os.fork()
    if child:
        return child
    os.chdir(folder)
    nowhere = os.open(os.devnull, os.O_RDWR)
    for stream in range(3):
        os.dup2(nowhere, stream)
    os.environ["CARETOOL_DB"] = str(folder / "care.db")
    os.environ["CARETOOL_TODAY"] = TODAY
    code = 1
    try:
        code = COMMAND.main(args=list(words), standalone_mode=False)
    finally:
        os._exit(code)


def finished(folder: Path, *words: str) -> float:
    """Run a command to its end; returns the seconds that it took."""
    began = time.monotonic()
    _, status = os.waitpid(run(folder, words), 0)
    code = os.waitstatus_to_exitcode(status)
    if code not in {0, 4}:
        msg = f"{' '.join(words)} ended with {code}"
        raise SystemExit(msg)
    return time.monotonic() - began


def surname(number: int) -> str:
    """A made-up name of its own for each number; names that are alike take long to match."""
    letters = sha256(str(number).encode()).digest()[:9]
    return "".join(chr(ord("a") + letter % 26) for letter in letters).title()


def born(number: int) -> str:
    """A birth date that few share."""
    return f"{1930 + number % 61}-{number % 12 + 1:02}-{number % 28 + 1:02}"


def practices(folder: Path) -> None:
    """Make the practice on which the commands work, its lists, and the same encrypted."""
    rows = range(ROWS)
    stays = "".join(
        f'"{surname(n % 4000)}, Given",{born(n % 4000)},M{n % 4000},V{n},2026-11-{n % 20 + 1:02}\n'
        for n in rows
    )
    header = "Patient Name,DOB,MRN,Visit Number,Discharge Date\n"
    lines = stays.splitlines(keepends=True)
    crowd = "".join(f'"{surname(n)}, Given",{born(n)},M{n},4235{n:06}\n' for n in range(3000))
    fills = "".join(f"M{n % 2000},metformin,2026-{n % 9 + 1:02}-01,30\n" for n in range(10_000))
    files = {
        "roster.csv": "Name,DOB,MRN,Phone\n" + crowd,
        "stays.csv": header + stays,
        "few-stays.csv": header + "".join(lines[:400]),
        "fills.csv": "MRN,Drug,Fill Date,Days Supply\n" + fills,
        "secret": PASSPHRASE + "\n",
        "other": PASSPHRASE[::-1] + "\n",
    }
    plain = folder / "plain"
    plain.mkdir()
    for name, text in files.items():
        (plain / name).write_text(text, encoding="utf-8")
        (plain / name).chmod(0o600)
    (plain / "people.csv").write_text(
        "Name,DOB,MRN\n" + "".join(f'"{surname(n)}, Given",{born(n)},M{n}\n' for n in range(2000)),
        encoding="utf-8",
    )
    finished(plain, "add-patient", f"{surname(1)}, Given", "--dob", born(1), "--on", "-3w")
    finished(plain, "add-patient", f"{surname(1)}, Givena", "--dob", born(1), "--on", "-3w")
    shutil.copy(plain / "care.db", plain / "older.db")
    finished(plain, "import-patients", "people.csv")
    shutil.rmtree(plain / "backups", ignore_errors=True)
    shutil.copytree(plain, folder / "encrypted")
    finished(folder / "encrypted", "encrypt", "--passphrase-file", "secret")
    shutil.rmtree(folder / "encrypted" / "backups", ignore_errors=True)


def passphrases() -> Iterator[str]:
    """Those that may open a file after a change of passphrase that was killed."""
    yield PASSPHRASE
    yield PASSPHRASE[::-1]


def state(path: Path) -> str:
    """What the facts come to, with faults of the file; times of day are left out."""
    if not path.exists():
        return "no file"
    problem: Exception | None = None
    for passphrase in passphrases():
        try:
            with db.reading(path, unlock=lambda word=passphrase: word) as care_file:
                whole = care_file.value("PRAGMA integrity_check")
                astray = care_file.rows("PRAGMA foreign_key_check")
                faults = [fault.what for fault in audit.verify(care_file)]
                if whole != "ok" or astray or faults:
                    return f"damaged: {whole} {len(astray)} {faults[:3]}"
                digest = sha256()
                for shape in recording.shapes(care_file.stream):
                    columns = ", ".join(c for c in shape.columns if c != "at_time")
                    for row in care_file.stream(f"SELECT {columns} FROM {shape.name} ORDER BY id"):
                        digest.update(repr(tuple(row)).encode())
                commands = care_file.value("SELECT count(*) FROM commands")
                return f"{commands} {digest.hexdigest()}"
        except Exception as error:  # tried with the next passphrase
            problem = error
    return f"cannot be opened: {problem}"


def trials(folder: Path, name: str, case: Case, kills: int, chance: Random) -> Counter[str]:
    """Kill one command so many times; what came of it, by words."""
    base = folder / ("encrypted" if case.encrypted else "plain")
    if case.words[0] == "undo":
        base = folder / "imported"
        if not base.exists():
            shutil.copytree(folder / "plain", base)
            finished(base, "import-discharges", "few-stays.csv")
    work = folder / "work"

    def fresh() -> None:
        shutil.rmtree(work, ignore_errors=True)
        shutil.copytree(base, work)
        if case.alone:
            (work / "care.db").unlink()

    fresh()
    before = state(work / "care.db")
    times = []
    for _ in range(3):
        fresh()
        times.append(finished(work, *case.words))
    after = state(work / "care.db")
    came: Counter[str] = Counter()
    for _ in range(kills):
        fresh()
        child = run(work, case.words)
        # Half of them about the end, where the work is kept and files get their names
        early = 0 if chance.random() < 0.5 else 0.85
        time.sleep(chance.uniform(early, 1.1) * statistics.median(times))
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        found = state(work / "care.db")
        if found == before == after:
            came["unchanged"] += 1
        elif found == before:
            came["nothing of it"] += 1
        elif found == after:
            came["all of it"] += 1
        else:
            came[f"WRONG: {found}"] += 1
        if not case.alone and not case.encrypted and name != "encrypt":
            finished(work, "log-contact", "P1", "--outcome", "no_answer")
            if state(work / "care.db").startswith(("damaged", "cannot")):
                came["WRONG afterwards"] += 1
    print(f"{name:30} {statistics.median(times):6.2f} s  {dict(came)}", flush=True)
    return came


def main() -> int:
    """Kill, look, count."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--kills", type=int, default=35)
    parser.add_argument("--seed", type=int, default=6)
    parser.add_argument("--only", default="")
    asked = parser.parse_args()
    chance = Random(asked.seed)
    came: Counter[str] = Counter()
    os.environ["CARETOOL_TODAY"] = TODAY
    with tempfile.TemporaryDirectory() as name:
        practices(Path(name))
        for title, case in CASES.items():
            if asked.only in title:
                came += trials(Path(name), title, case, int(asked.kills * case.weight), chance)
    print(f"{sum(came.values())} kills: {dict(came)}")
    return any(word.startswith("WRONG") for word in came)


if __name__ == "__main__":
    sys.exit(main())
