"""Give caretool hostile input of every kind and say what came of it.

    python tools/fuzz.py                                  20,000 cases of each kind
    python tools/fuzz.py --kind dates --count 500         500 of one kind
    python tools/fuzz.py --kind rules --first 1234 --count 1 --show

Kinds: reader (lists and feeds, bombs among them), dates, layouts, rules (a practice's own),
arguments. Kind, seed and number say which case it is: the same one every time. Exit 1 when
something is wrong. `tools/fuzz_guided.py` makes input by what code it reaches.
"""

from __future__ import annotations

import argparse
import faulthandler
import re
import resource
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Any

sys.path.insert(0, str(Path(__file__).parents[1]))

from tools import fuzz_lists, fuzz_words
from tools.fuzz_trial import MOST_SECONDS, Case, Ran, Trial

if TYPE_CHECKING:
    from collections.abc import Callable

KINDS = ("reader", "dates", "layouts", "rules", "arguments")
MOST_ADDRESSES = 3 << 30  # bytes; beyond it a case fails, not the machine
SHOWN = 2  # cases with problems that read alike
_HANGS = 6 * MOST_SECONDS  # by the clock; whatever waits so long ends the run


def makers(trial: Trial) -> dict[str, Callable[[Random], Case]]:
    """By kind, what makes a case by chance."""
    known = right_layouts(trial)
    taken: dict[str, list[Any]] = {
        name: trial.program.get_command(None, name).params
        for name in trial.program.list_commands(None)
    }
    return {
        "reader": fuzz_lists.reader,
        "dates": fuzz_words.dates,
        "layouts": lambda rnd: fuzz_lists.layouts(rnd, known),
        "rules": fuzz_words.rules,
        "arguments": lambda rnd: fuzz_words.arguments(rnd, taken),
    }


def right_layouts(trial: Trial) -> dict[str, str]:
    """The layouts of the lists, as `sniff` writes them."""
    found = {}
    for one in fuzz_lists.lists():
        kind = one.command.removeprefix("import-")
        args = ["sniff", "list.csv", "--kind", kind, *one.options]
        (ran,), _ = trial.check(Case("layouts", [args], files={"list.csv": one.body}))
        found[one.name] = ran.out
    return found


def case_of(kind: str, seed: int, number: int, make: Callable[[Random], Case]) -> Case:
    """The case of that number."""
    return make(Random(f"{kind} {seed} {number}"))


def run_kind(trial: Trial, kind: str, asked: argparse.Namespace) -> tuple[Counter[int], int]:
    """Run the cases of one kind; how often each exit code came, and how many were wrong."""
    make = makers(trial)[kind]
    codes: Counter[int] = Counter()
    slowest: list[tuple[float, str]] = []
    wrong = 0
    alike: Counter[str] = Counter()
    refusals: Counter[str] = Counter()
    started = time.perf_counter()
    for number in range(asked.first, asked.first + asked.count):
        faulthandler.dump_traceback_later(_HANGS, exit=True)
        case = case_of(kind, asked.seed, number, make)
        ran, problems = trial.check(case)
        codes.update(one.code for one in ran)
        refusals.update(f"{one.code} {told(one)}" for one in ran if one.code in {5, 6})
        longest = max(ran, key=lambda one: one.seconds)
        slowest = sorted([*slowest, (longest.seconds, f"{number} {case.about}")])[-3:]
        if asked.show:
            print(case, *ran, sep="\n")
        if problems:
            wrong += 1
            alike[key := re.sub(r"exit|\W|\d", "", problems[0])[:40]] += 1
            if alike[key] <= SHOWN:
                said = " ; ".join(" ".join(map(repr, args)) for args in case.commands)
                print(f"{kind} {number} ({case.about}): {said[:300]}")
                for problem in problems[:3]:
                    print(f"    {problem[:700]!r}")
                sys.stdout.flush()
    faulthandler.cancel_dump_traceback_later()
    seconds = time.perf_counter() - started
    longest_said = "; ".join(f"{took:.1f} s ({name})" for took, name in slowest[::-1])
    print(f"{kind}: {asked.count} cases in {seconds:.0f} s; slowest {longest_said}", flush=True)
    for text, count in refusals.most_common(20):
        print(f"  {count:6} exit {text}")
    return codes, wrong


def told(ran: Ran) -> str:
    """The error of a run without what it is about, so that errors of one kind read alike."""
    said = " ".join(ran.err.partition("error: ")[2].partition("hint:")[0].split())
    return re.sub(r"'.*'|\S*[/\d]\S*|\S{30,}", "…", said)[:90]


def main() -> int:
    """Make cases, run them, count."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--kind", choices=KINDS, action="append", help="all unless said")
    parser.add_argument("--count", type=int, default=20_000, help="cases of each kind")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--first", type=int, default=0, help="number of the first case")
    parser.add_argument("--show", action="store_true", help="print each case and what it gave")
    asked = parser.parse_args()
    resource.setrlimit(resource.RLIMIT_AS, (MOST_ADDRESSES, MOST_ADDRESSES))
    table = {}
    with tempfile.TemporaryDirectory() as folder:
        trial = Trial(Path(folder))
        for kind in asked.kind or KINDS:
            table[kind] = run_kind(trial, kind, asked)
    every = sorted({code for codes, _ in table.values() for code in codes})
    print(f"{'kind':10} {'cases':>8} {'wrong':>6}", *(f"{f'exit {code}':>9}" for code in every))
    for kind, (codes, wrong) in table.items():
        print(f"{kind:10} {asked.count:8} {wrong:6}", *(f"{codes[code]:9}" for code in every))
    return 1 if any(wrong for _, wrong in table.values()) else 0


if __name__ == "__main__":
    sys.exit(main())
