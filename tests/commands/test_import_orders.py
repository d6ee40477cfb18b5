"""Files and rows in any order leave the same stays, whatever the messages say."""

from __future__ import annotations

import csv
import os
import random
import sqlite3
from contextlib import closing

import pytest

HEADER = ["Message Date Time", "Event", "Facility", "Visit Number", "MRN", "Patient Name", "DOB",
          "Sex", "Zip", "Pt Class", "Admit Date/Time", "Disch Date/Time", "Disch Disp"]  # fmt: skip
WHO = {
    "hers": ("H1", "HILL,ANA", "1958-03-02", "F", "37391"),
    "hers, less": ("", "HILL,ANA", "1958-03-02", "", ""),
    "nobody": ("H2", "STONE,EVA", "1944-05-17", "F", "30301"),
    "perhaps": ("", "HILL,ANN", "1958-03-02", "F", "37391"),
}
MOMENTS = [f"2026-11-{day:02} {hour}" for day in (10, 12, 14, 16) for hour in ("08:10", "18:55")]
STATE = (
    "visit, last_name, first_name, birth_date, sex, zip, patient_class, admitted_on,"
    " discharged_on, discharged_at, disposition, cancelled, patient_id, link, told_at"
)


def message(chance: random.Random) -> list[str]:
    """One row of a feed: anything that desks send, in any combination."""
    at, left = sorted((chance.choice(MOMENTS), chance.choice(MOMENTS)))[::-1]
    event = chance.choice(["A01", "A03", "A03", "A03", "A08", "A11", "A13", ""])
    has_left = event in {"A03", ""} or (event == "A08" and chance.random() < 0.5)
    visit = chance.choice(["1", "2"])
    who = WHO[chance.choice(["hers", "hers, less"] if visit == "1" else ["nobody", "perhaps"])]
    return [
        at, event, "St. Brigid", visit, *who, chance.choice(["Inpatient", "OBS", "ED"]),
        "2026-11-09 10:00", left if has_left else "",
        chance.choice(["Home", "SNF", "", "Still a Patient"]) if has_left else "",
    ]  # fmt: skip


def take_in(care, tmp_path, lists, order, *, backwards=False):
    """The stays on file after these lists have come in this order."""
    for leftover in tmp_path.glob("care.db*"):
        leftover.unlink()
    care("add-patient", "Hill, Ana", "--dob", "1958-03-02", "--sex", "F", "--zip", "37391")
    for number in order:
        path = tmp_path / f"list{number}.csv"
        with path.open("w", newline="", encoding="utf-8") as file:
            rows = lists[number][::-1] if backwards else lists[number]
            csv.writer(file).writerows([HEADER, *rows])
        os.utime(path, (1_795_000_000 + number, 1_795_000_000 + number))
        care("import-discharges", path, "--json")
    with closing(sqlite3.connect(tmp_path / "care.db")) as connection:
        return sorted(connection.execute(f"SELECT {STATE} FROM stays"), key=repr)


@pytest.mark.parametrize("seed", range(12))
def test_messages_in_any_order_leave_the_same_stays(seed, care, tmp_path):
    chance = random.Random(seed)  # noqa: S311 - no secret
    lists = [[message(chance) for _ in range(chance.randint(1, 4))] for _ in range(3)]
    first = take_in(care, tmp_path, lists, [0, 1, 2])
    other = chance.sample([0, 1, 2], 3)
    assert take_in(care, tmp_path, lists, other, backwards=True) == first, lists
