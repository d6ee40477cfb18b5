"""Fills files spoiled in every way that a list can be: no crash, no lost record, no second time."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from pathlib import Path
from random import Random

import pytest

from tests.mutation_checks import run
from tests.mutations import Base, mutated

EXAMPLES = Path(__file__).parents[1] / "examples"
OUTCOMES = ("new", "updated", "unchanged", "cancelled", "skipped", "rejected")
# More than the example file has: reversals, codes, doses, doubtful rows, a title and a total
HEAD = (
    "Riverbend Pharmacy claims\nMRN,Last Name,First Name,DOB,Drug,NDC,ATC,Fill Date,Days,Qty,Void\n"
)


@pytest.fixture(scope="module")
def base(tmp_path_factory):
    """A claims file about people of the example roster, and the care file with these people."""
    folder = tmp_path_factory.mktemp("spoiled")
    run("import-patients", EXAMPLES / "roster.csv", "--issuer", "practice", "--db",
        folder / "care.db", "--quiet")  # fmt: skip
    with closing(sqlite3.connect(folder / "care.db")) as connection:
        people = connection.execute(
            "SELECT value, last_name, first_name, birth_date FROM patients p"
            " JOIN identifiers i ON i.patient_id = p.id ORDER BY p.id LIMIT 12"
        ).fetchall()
    rnd, rows = Random(7), []  # noqa: S311 - made-up rows
    for _ in range(60):
        who = ",".join(rnd.choice(people))
        drug = rnd.choice(["Metformin 500 mg,0093-1048-01,A10BA02", ",68180-515-01,", ",,C10AA05"])
        on = f"2026-{rnd.randint(1, 11):02}-{rnd.randint(1, 22):02}"
        days, void = rnd.choice([("30", ""), ("90", ""), ("30", "Y"), ("-30", ""), ("", "Y")])
        rows.append(f"{who},{drug},{on},{days},{rnd.choice(['60', '-60', ''])},{void}")
    rows += [rnd.choice(rows) for _ in range(10)]
    (folder / "claims.csv").write_text(
        HEAD + "\n".join([*rows, "Total,,,,70 rows,,,,,,"]) + "\n", encoding="utf-8"
    )
    return Base(str(folder / "claims.csv"), "table", ("--source", "practice"))


def dump(path):
    with closing(sqlite3.connect(path)) as connection:
        return [
            connection.execute(f"SELECT * FROM {table}").fetchall()
            for table in ("fills", "products", "reversals", "refused_fills")
        ]


@pytest.mark.parametrize("seed", range(60))
def test_a_spoiled_file_is_accounted_for_and_changes_nothing_when_it_comes_again(
    seed, base, tmp_path, monkeypatch
):
    monkeypatch.setenv("CARETOOL_TODAY", "2026-11-23")
    made = mutated(Random(seed), base)  # noqa: S311 - a number says which file it is
    care_file = tmp_path / "care.db"
    care_file.write_bytes(Path(base.name).with_name("care.db").read_bytes())
    path = tmp_path / made.file_name
    path.write_bytes(made.body)
    before = None
    for _ in range(2):
        ran = run("import-fills", path, *base.args, "--db", care_file, "--json", "--rows")
        assert ran.code in {0, 3, 4}, f"{made.steps}: {ran.err}"
        for report in json.loads(ran.out)["data"] or ():
            assert report["records"] == len(report["rows"])
            assert report["records"] == sum(report[outcome] for outcome in OUTCOMES)
            lines = [row["record"] for row in report["rows"]]
            assert lines == sorted(set(lines))
            if before is not None:
                assert (report["new"], report["updated"], report["cancelled"]) == (0, 0, 0)
        now = dump(care_file)
        assert before in (None, now)
        before = now
