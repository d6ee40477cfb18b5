"""Whole patients through the real care file: every figure agrees with a count day by day.

Random fills of several drugs, combination products, days in hospital and deaths come in as lists
do; the figures are asked for windows that ended long ago too. The count below shares no code with
the program: it goes through the days one after the other.
"""

from __future__ import annotations

from datetime import date
from random import Random

import pytest

from caretool import db, figures
from caretool.coverage import By
from caretool.figures import Wanted
from caretool.methods import METHODS

# Name, drug, class, what has to be used up first in a figure of the class
PRODUCTS = (
    ("Lisinopril 10 mg", "lisinopril", "ras", ("lisinopril",)),
    ("Zestril 20", "lisinopril", "ras", ("lisinopril",)),
    ("Losartan Potassium 50", "losartan", "ras", ("losartan",)),
    ("Lisinopril-HCTZ 20-12.5", "lisinopril+hctz", "ras", ("lisinopril",)),
    ("amlodipine-benazepril", "amlodipine+benazepril", "ras", ("benazepril",)),
    ("Metformin HCl 500", "metformin", "diabetes", ("metformin",)),
    ("glipizide 5", "glipizide", "diabetes", ("glipizide",)),
    ("glipizide-metformin", "glipizide+metformin", "diabetes", ("glipizide", "metformin")),
    ("Janumet", "metformin+sitagliptin", "diabetes", ("metformin", "sitagliptin")),
    ("Atorvastatin 40", "atorvastatin", "statins", ("atorvastatin",)),
    ("Foozol 10 mg tab", "foozol", None, ("foozol",)),
)
FIRST, LAST = date(2025, 1, 1).toordinal(), date(2026, 11, 23).toordinal()
WINDOWS = (
    (date(2025, 11, 24), date(2026, 11, 23)),
    (date(2026, 1, 1), date(2026, 6, 30)),
    (date(2025, 3, 1), date(2025, 5, 29)),
)
COVERED = ("pdc", "pdc-window", "cma5", "cma6", "cma7")
PEOPLE = 26
DAY = date.fromordinal


@pytest.fixture(scope="module")
def people():
    """By record number: fills as day, days and product; stays as two days and a kind; a death."""
    rnd, found = Random(20261123), {}  # noqa: S311 - made-up people
    for number in range(1, PEOPLE + 1):
        known = rnd.sample(PRODUCTS, rnd.randint(1, 4))
        begin = rnd.choice([FIRST, FIRST + 200, LAST - 120])
        fills = [
            (rnd.randint(begin, LAST), rnd.choice([1, 28, 30, 30, 90, 180]), rnd.choice(known))
            for _ in range(rnd.choice([1, 3, 6, 12]))
        ]
        fills += rnd.sample(fills, rnd.randint(0, 1))
        stays = [(rnd.randint(FIRST, LAST - 60), rnd.choice([0, 1, 5, 40])) for _ in range(3)]
        kinds = [rnd.choice(["Inpatient", "Inpatient", "Observation"]) for _ in stays]
        died = rnd.randint(FIRST + 100, LAST) if rnd.random() < 0.25 else None
        spans = [(on, on + length, kind) for (on, length), kind in zip(stays, kinds, strict=True)]
        found[number] = (fills, spans, died)
    return found


@pytest.fixture
def care_file(care, people, tmp_path):
    """The care file into which lists brought all of them."""

    def take(command, header, rows, *options):
        path = tmp_path / f"{command}.csv"
        path.write_text("\n".join([header, *rows]) + "\n", encoding="utf-8")
        care(command, path, "--quiet", *options)

    who = {number: f"{number},Q{chr(64 + number)}uu,Ana,19{30 + number}-02-11" for number in people}
    take("import-patients", "MRN,Last Name,First Name,DOB,Status",
         [f"{one},active" for one in who.values()])  # fmt: skip
    take("import-fills", "MRN,Drug,Fill Date,Days Supply",
         [f"{number},{product[0]},{DAY(day)},{days}"
          for number, (fills, _, _) in people.items() for day, days, product in fills])  # fmt: skip
    take("import-discharges",
         "MRN,Last Name,First Name,DOB,Visit,Admit Date,Discharge Date,Patient Class,Disposition",
         [f"{who[number]},V{number}-{at},{DAY(first)},{DAY(last)},{kind},Home"
          for number, (_, stays, _) in people.items()
          for at, (first, last, kind) in enumerate(stays)],
         "--source", "practice")  # fmt: skip
    for number, (_, _, died) in people.items():
        if died:
            care("log-contact", str(number), "--outcome", "deceased", "--on", DAY(died))
    with db.reading(tmp_path / "care.db") as opened:
        yield opened


def one_after_the_other(fills, away):
    """The days on which each drug is used, when what is left is used up before a new fill."""
    free, used = {}, set()
    for day, left, waits_for in sorted(fills, key=lambda fill: (fill[0], fill[2], fill[1])):
        at = max([day, *(free.get(one, 0) for one in waits_for)])
        while left:
            if at not in away:
                used.add(at)
                left -= 1
            at += 1
        free.update(dict.fromkeys(waits_for, at))
    return used


def from_one_stock(fills, last):
    """The days on which something is left, when all drugs are one stock that one day empties."""
    stock, used = 0, set()
    for day in range(min(fills)[0], last + 1):
        stock += sum(days for on, days, _ in fills if on == day)
        if stock:
            stock -= 1
            used.add(day)
    return used


def count(method, fills, first, last, away):
    """Days, days with medicine and where the days begin; None where nothing can be computed."""
    fills = [one for one in fills if one[0] <= last]
    inside = [one for one in fills if one[0] >= first]
    whole_window = method in {"pdc-window", "cma7"}
    counted = fills if whole_window else inside
    if not counted or last < first:
        return None
    begin = first if whole_window else min(inside)[0]
    stop = max(inside)[0] if method == "cma5" else last + 1
    away = away if method in {"pdc", "pdc-window"} else set()
    days = {day for day in range(begin, stop) if day not in away}
    if not days:
        return None
    stocked = method.startswith("cma")
    used = from_one_stock(counted, last) if stocked else one_after_the_other(counted, away)
    return days, days & used, begin


def grouped(fills, last, by):
    """The fills of each figure."""
    found = {}
    for day, days, (_, drug, drug_class, waits_for) in fills:
        if day <= last:
            of_class = by != By.MEDICATION and drug_class
            key, waits = (drug_class, waits_for) if of_class else (drug, (drug,))
            found.setdefault((bool(of_class), key), []).append((day, days, waits))
    return found


def of_all_classes(method, several, first, last, away):
    """The days from the last of the classes' first days on, and those with all of them."""
    filled = [own for (of_class, _), own in several.items()
              if of_class and max(own)[0] >= first]  # fmt: skip
    known = [count(method, own, first, last, away) for own in filled]
    if not known or None in known:
        return None
    days, _, _ = max(known, key=lambda one: one[2])
    covered = days.intersection(*(used for _, used, _ in known))
    return len(days), len(covered)


@pytest.mark.parametrize("by", list(By))
def test_a_count_day_by_day_gives_every_figure(by, people, care_file):
    checked = 0
    for number, (fills, stays, died) in people.items():
        for start, end in WINDOWS:
            first, day = start.toordinal(), end.toordinal()
            last = min(day, died or day)
            away = {
                at
                for admitted, home, kind in stays
                if kind == "Inpatient"
                for at in range(admitted, min(day + 1, max(admitted + 1, home)))
            }
            several = grouped(fills, day, by)
            for method in COVERED if by != By.ALL else COVERED[:2]:
                wanted = Wanted(start, end, end, METHODS[method], by)
                found = figures.of_patient(care_file, number, wanted)
                got = sorted(
                    str((one.figure.days, one.figure.days_covered))
                    for one in found
                    if one.figure.missing is None
                )
                if by == By.ALL:
                    expected = [of_all_classes(method, several, first, last, away)]
                else:
                    counts = [count(method, own, first, last, away) for own in several.values()]
                    expected = [one and (len(one[0]), len(one[1])) for one in counts]
                    assert len(found) == len(several)
                assert got == sorted(str(one) for one in expected if one), (number, method, end)
                checked += len(got)
    assert checked > 50
