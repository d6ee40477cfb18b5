"""How fast is the morning? Ratios against a floor, measured in one run on one machine.

    python bench/morning.py

The floor is what any command line of this stack costs: `import typer, rich.table, sqlite3`.
Each figure is the best of several runs, because other programs only ever make a run slower.
"""

from __future__ import annotations

import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
from compileall import compile_dir
from datetime import date, timedelta
from pathlib import Path

import caretool
from caretool import db
from caretool.model import Product
from caretool.names import fold
from caretool.store import products, runs

TODAY = date(2026, 11, 23)
ROSTER, CONTACTS = 100_000, 1_000_000
CARETOOL = [sys.executable, "-m", "caretool"]
FLOOR = [sys.executable, "-c", "import typer, rich.table, sqlite3"]
OUTCOMES = ("reached_patient", "no_answer", "left_voicemail", "reached_caregiver")
TIERS = ("high", "moderate", "low", "maintenance")
STARTS = "Har Bel Cor Dan Ell Fen Gar Hol Ing Jan Kel Lam Mor Nor Ost Pel Quin Ros Sam Tur Ul Ver"
ENDS = "ton ley man ford well sen berg ski ez ard by"
LAST = [start + end for start in STARTS.split() for end in ENDS.split()]
FIRST_STARTS, FIRST_ENDS = "Al Be Ca Da El Fa Ge Ha Ir Jo Ke Li", "na ra lo mi ta ron die vin sa"
FIRST = [start + end for start in FIRST_STARTS.split() for end in FIRST_ENDS.split()]

# A practice that follows its moderate tier up every ten days
CHANGED_RULES = """
version = "bench"
[[protocol]]
name = "routine"
    [[protocol.rule]]
    name = "moderate"
    target = "10 days"
"""

MEDICINES = (
    ("metformin", "diabetes"), ("lisinopril", "RAS antagonists"), ("atorvastatin", "statins"),
)  # fmt: skip
FILLED_EVERY, SUPPLY, YEARS = 30, 30, 2

Person = tuple[str, str, date, str, str]


def people(count: int, chance: random.Random) -> list[Person]:
    """Made-up people: last name, first name, birth date, sex, ZIP code."""
    return [
        (
            chance.choice(LAST),
            chance.choice(FIRST),
            date(1930, 1, 1) + timedelta(days=chance.randrange(28_000)),
            chance.choice("FM"),
            f"{37_000 + chance.randrange(900):05d}",
        )
        for _ in range(count)
    ]


def care_file(
    path: Path, roster: list[Person], active: int, contacts: int, *, due: float = 1.0
) -> None:
    """A care file of these people, of whom `active` are under care management.

    With `due` below 1 the others have been reached on the day before, so that they come later.
    """
    chance = random.Random(7)
    with db.writing(path, "bench", "bench", create=True) as care:
        care.insert_all(
            "patients",
            ("id", "last_name", "first_name", "last_key", "first_key", "birth_date", "sex", "zip"),
            (
                (n, last, first, fold(last), fold(first), born.isoformat(), sex, zip_code)
                for n, (last, first, born, sex, zip_code) in enumerate(roster, 1)
            ),
        )
        care.insert_all(
            "identifiers",
            ("patient_id", "issuer", "value", "value_key"),
            ((n, "practice", f"{n:08d}", str(n)) for n in range(1, len(roster) + 1)),
        )
        care.insert_all(
            "phones",
            ("patient_id", "number", "number_key", "place"),
            ((n, f"423{n:07d}", f"423{n:07d}", 1) for n in range(1, len(roster) + 1)),
        )
        managed = chance.sample(range(1, len(roster) + 1), active)
        care.insert_all(
            "statuses",
            ("patient_id", "on_date", "status"),
            ((n, "2026-09-01", "active") for n in managed),
        )
        care.insert_all(
            "tiers",
            ("patient_id", "on_date", "tier"),
            ((n, "2026-09-01", chance.choice(TIERS)) for n in managed),
        )
        first_day = date(2024, 1, 1)
        care.insert_all(
            "contacts",
            ("patient_id", "on_date", "outcome", "channel", "party"),
            (
                (
                    chance.randrange(1, len(roster) + 1),
                    (first_day + timedelta(days=chance.randrange(1050))).isoformat(),
                    chance.choice(OUTCOMES),
                    "phone",
                    "patient",
                )
                for _ in range(contacts)
            ),
        )
        if due < 1:
            yesterday = (TODAY - timedelta(days=1)).isoformat()
            care.insert_all(
                "contacts",
                ("patient_id", "on_date", "outcome", "channel", "party"),
                (
                    (n, yesterday, "reached_patient", "phone", "patient")
                    for n in managed
                    if chance.random() >= due
                ),
            )


def fill_monthly(path: Path) -> None:
    """Two years of fills of three medicines each month, for everybody under care management.

    Most come in time, some days early or late; one of eight patients comes late every time.
    """
    chance = random.Random(11)
    with db.writing(path, "bench", "bench", create=False) as care:
        ids = [row[0] for row in care.rows("SELECT DISTINCT patient_id FROM statuses")]
        numbers = products.ids(care, [Product(*one) for one in MEDICINES])
        run_id = runs.begin(
            care, kind="fills", on=TODAY - timedelta(3), file_name="fills.csv", file_hash="0",
            source="bench", encoding="utf-8", delimiter=",",
        )  # fmt: skip
        rows = []
        for patient_id in ids:
            late = 12 if chance.random() < 1 / 8 else 0
            for number in numbers.values():
                day = TODAY - timedelta(chance.randrange(FILLED_EVERY) + 365 * YEARS)
                while day <= TODAY:
                    rows.append((patient_id, number, day.isoformat(), SUPPLY, 1, run_id))
                    day += timedelta(FILLED_EVERY + late + chance.randrange(-3, 3))
        columns = ("patient_id", "product_id", "filled_on", "days_supply", "copy", "run_id")
        care.insert_all("fills", columns, rows)


def run(command: list[str]) -> tuple[float, int]:
    """Wall seconds and peak memory (MB) of one run."""
    start = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    if not hasattr(os, "wait4"):
        process.wait()
        return time.perf_counter() - start, 0
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - start
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode not in {0, 4}:
        sys.exit(f"{command} ended with {process.returncode}")
    return seconds, usage.ru_maxrss // 1024


def best(commands: dict[str, list[str]], times: int) -> dict[str, float]:
    """The best time of each command, run in turns."""
    found = dict.fromkeys(commands, float("inf"))
    for _ in range(times):
        for name, command in commands.items():
            found[name] = min(found[name], run(command)[0])
    return found


def morning(folder: Path, roster: list[Person]) -> None:
    """Start-up and the due list."""
    small, large, busy = folder / "small.db", folder / "large.db", folder / "busy.db"
    calm, filled, refilled = (folder / f"{name}.db" for name in ("calm", "filled", "refilled"))
    care_file(small, roster[:250], 250, 2_500)
    care_file(large, roster, 250, CONTACTS)
    care_file(busy, roster[:10_000], 10_000, 100_000)
    care_file(calm, roster[:10_000], 10_000, 100_000, due=0.05)
    for one, plain in ((filled, small), (refilled, calm)):
        shutil.copy(plain, one)
        fill_monthly(one)
    changed = folder / "changed.toml"
    changed.write_text(CHANGED_RULES, encoding="utf-8")
    due = [*CARETOOL, "due-today", "--db"]
    seconds = best(
        {
            "floor": FLOOR,
            "help": [*CARETOOL, "--help"],
            "small": [*due, str(small)],
            "large": [*due, str(large)],
            "filled": [*due, str(filled)],
        },
        15,
    )
    seconds |= best(
        {
            "busy": [*due, str(busy)],
            "calm": [*due, str(calm)],
            "refilled": [*due, str(refilled)],
            "compare": [*CARETOOL, "compare-protocols", str(changed), "--db", str(busy)],
        },
        7,
    )
    floor = seconds["floor"]
    print(f"floor                                        {floor * 1000:.0f} ms")
    print(f"--help                                       {seconds['help'] / floor:.2f} x floor")
    print(f"due-today, 250 active                        {seconds['small'] / floor:.2f} x floor")
    print(
        f"due-today, 250 active among {ROSTER:,}          "
        f"{seconds['large'] / seconds['small']:.2f} x the small file"
    )
    print(f"due-today, 10,000 active                     {seconds['busy'] / floor:.2f} x floor")
    print(f"due-today, 10,000 active, 5 % due            {seconds['calm'] / floor:.2f} x floor")
    print(
        "due-today, 250 active with 18,000 fills      "
        f"{seconds['filled'] / seconds['small']:.2f} x without"
    )
    print(
        "due-today, 10,000 active with 730,000 fills  "
        f"{seconds['refilled'] / seconds['calm']:.2f} x without"
    )
    print(
        "compare-protocols, 10,000 active             "
        f"{seconds['compare'] / seconds['busy']:.2f} x due-today on them"
    )


def main() -> None:
    """Make the files and print the ratios."""
    os.environ["CARETOOL_TODAY"] = TODAY.isoformat()
    compile_dir(Path(caretool.__file__).parent, quiet=1)  # as an installed program is
    roster = people(ROSTER, random.Random(3))
    with tempfile.TemporaryDirectory() as name:
        morning(Path(name), roster)


if __name__ == "__main__":
    main()
