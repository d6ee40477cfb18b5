"""Import thousands of spoiled lists and say what came of them.

    python tools/mutate_lists.py                    10,000 files
    python tools/mutate_lists.py --count 500 --from 2000
    python tools/mutate_lists.py --keep 1234 FILE   write file number 1234, to look at it

A number says which file it is: the same one every time. Exit 1 when something is wrong.
"""

from __future__ import annotations

import argparse
import faulthandler
import re
import sys
import tempfile
import time
from collections import Counter, defaultdict
from pathlib import Path
from random import Random

sys.path.insert(0, str(Path(__file__).parents[1]))

from tests.mutation_checks import Trial
from tests.mutations import Mutated, mutated, with_layout

HANGS = 120  # seconds
SHOWN = 60


def made_of(number: int, trial: Trial) -> tuple[Mutated, Random]:
    """The file of that number, and the chance by which it is imported."""
    rnd = Random(number)
    made = mutated(rnd)
    if rnd.random() < 0.08:
        layout = trial.layout(made.base)
        if layout:
            made = with_layout(made, layout, rnd)
    return made, rnd


def main() -> int:
    """Spoil, import, count."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--count", type=int, default=10_000)
    parser.add_argument("--from", dest="first", type=int, default=0)
    parser.add_argument("--keep", nargs=2, metavar=("NUMBER", "FILE"))
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        trial = Trial(Path(folder))
        if asked.keep:
            made, _ = made_of(int(asked.keep[0]), trial)
            Path(asked.keep[1]).write_bytes(made.body)
            print(made.base.name, made.file_name, *made.steps, sep="\n  ")
            return 0
        return run_all(trial, range(asked.first, asked.first + asked.count))


def run_all(trial: Trial, numbers: range) -> int:
    """Import them all; prints the problems as they come and the figures at the end."""
    codes: dict[str, Counter[int]] = defaultdict(Counter)
    slowest: list[tuple[float, str]] = []
    refusals: dict[str, Counter[str]] = defaultdict(Counter)
    linked = doubtful = problems = 0
    started = time.perf_counter()
    for number in numbers:
        faulthandler.dump_traceback_later(HANGS, exit=True)
        made, rnd = made_of(number, trial)
        checked = trial.check(made, rnd)
        codes[made.kind][checked.code] += 1
        refusals[made.kind][re.sub(r"\d+", "9", checked.refused)[:70]] += checked.code == 3
        linked += checked.linked
        doubtful += len(checked.doubtful)
        slowest = sorted([*slowest, (checked.seconds, f"{number} {made.file_name}")])[-5:]
        if checked.problems:
            problems += 1
            if problems <= SHOWN:
                print(f"{number} {made.file_name} exit {checked.code}: {'; '.join(made.steps)}")
                for one in checked.problems[:4]:
                    print(f"    {one}")
                sys.stdout.flush()
        for one in checked.doubtful[:1]:
            print(f"  doubtful {number} {made.file_name}: {one}; {'; '.join(made.steps)}")
    faulthandler.cancel_dump_traceback_later()
    print(f"{len(numbers)} files in {time.perf_counter() - started:.0f} s")
    print(f"{'kind':8} {'files':>6} {'exit 0':>7} {'3':>6} {'4':>6} {'other':>6}")
    for kind, counted in [*sorted(codes.items()), ("all", sum(codes.values(), Counter()))]:
        other = counted.total() - counted[0] - counted[3] - counted[4]
        print(
            f"{kind:8} {counted.total():6} {counted[0]:7} {counted[3]:6} {counted[4]:6} {other:6}"
        )
    print(f"stays linked: {linked}; of them doubtful: {doubtful}")
    print("slowest:", "; ".join(f"{seconds:.1f} s ({name})" for seconds, name in slowest[::-1]))
    for kind, counted_refusals in sorted(refusals.items()):
        for text, count in counted_refusals.most_common(5):
            print(f"  {kind:8} {count:5} refused: {text}")
    print(f"files with a problem: {problems}")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
