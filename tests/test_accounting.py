"""Every record ends in exactly one outcome; what is too much to remember is said, not lost."""

from __future__ import annotations

import csv
import random
from datetime import date
from pathlib import Path

import pytest
from discharge_lists import HILL, NOBODY, OUTCOMES, REED, listing, stay
from hypothesis import given, settings
from hypothesis import strategies as st

from caretool import accounting, db
from caretool.accounting import Account
from caretool.intake.rows import Rejected
from caretool.model import Link, RowOutcome
from caretool.store import runs


@pytest.fixture
def put(tmp_path):
    def write(*rows, name="brigid.csv"):
        path = tmp_path / name
        path.write_bytes(listing(*rows))
        return path

    return write


outcomes = st.sampled_from([one for one in RowOutcome if one != RowOutcome.REJECTED])


@given(st.lists(st.tuples(outcomes, st.sampled_from([None, *Link]))), st.integers(0, 5))
def test_the_outcomes_add_up_to_the_records(noted, rejected):
    account = Account(keep_rows=True)
    for number, (outcome, link) in enumerate(noted, 1):
        account.note(number + 1, number, outcome, link=link)
    for number in range(rejected):
        account.reject(Rejected(number + 90, number + 90, "DOB", "x", "is not a date", ("x",)))
    assert account.records == len(noted) + rejected == sum(account.outcomes.values())
    assert account.outcomes[RowOutcome.REJECTED] == len(account.rejected) == rejected
    assert len(account.rows) == account.records
    assert sum(account.links.values()) == sum(link is not None for _, link in noted)


@settings(max_examples=15)
@given(seed=st.integers(0, 1_000))
def test_whatever_the_rows_are_every_one_is_accounted_for_once(seed, care, ok, tmp_path):
    rnd = random.Random(seed)  # noqa: S311 - a shuffle
    rows = [
        stay(str(rnd.randrange(4)), rnd.choice([HILL, REED, NOBODY]),
             left=rnd.choice(["2026-11-20", "", "2026-13-13"]),
             event=rnd.choice(["A03", "A13", "A01"]))
        for _ in range(12)
    ] + [[""] * 11, ["Total: 12", *[""] * 10]]  # fmt: skip
    path = tmp_path / f"{seed}.csv"
    path.write_bytes(listing(*rows))
    file = tmp_path / f"{seed}.db"
    for _ in range(2):
        code = 4 if any(row[8:9] and row[7] == "2026-13-13" for row in rows) else 0
        (report,) = care(
            "import-discharges", path, "--rows", "--json", "--db", file, code=code
        ).data
        assert report["records"] == len(rows) == sum(report[one] for one in OUTCOMES)
        assert [row["record"] for row in report["rows"]] == [*range(1, len(rows) + 1)]
        kept = ok("imports", report["run"], "--db", file)["rows"]
        assert [(row["line"], row["outcome"]) for row in kept] == [
            (row["line"], row["outcome"]) for row in report["rows"]
        ]
        path_again = tmp_path / f"{seed}.rejects.csv"
        path_again.unlink(missing_ok=True)


def test_of_very_many_rejected_rows_the_first_are_handed_back_and_it_is_said(
    care, put, tmp_path, monkeypatch
):
    monkeypatch.setattr(accounting, "MOST_REJECTED", 2)
    path = put(*(stay(str(number), left="2026-13-13") for number in range(5)))
    ran = care("import-discharges", path, code=4)
    assert "5 of 5 records rejected" in ran.err
    assert f"hint: correct them (the first 2) in {tmp_path / 'brigid.rejects.csv'}" in ran.err
    with (tmp_path / "brigid.rejects.csv").open(encoding="utf-8-sig", newline="") as file:
        assert [row["CSN"] for row in csv.DictReader(file)] == ["0", "1"]


def test_rejected_rows_of_what_is_piped_in_are_had_by_an_option(care):
    ran = care("import-discharges", "-", stdin=listing(stay("1", left="2026-13-13")), code=4)
    assert "the file that --rejects FILE would write" in ran.err


def test_too_many_stays_to_remember_say_nothing_of_who_has_vanished(care, put, monkeypatch):
    care("add-patient", "Hill, Ana", "--dob", "1958-03-02", "--on", "2026-09-01")
    rows = [stay(str(number), NOBODY, left=f"2026-11-{number}") for number in range(17, 23)]
    care("import-discharges", put(*rows, stay("1", left="2026-11-19"), name="b_20261122.csv"))
    again = put(*rows, name="b_20261123.csv")
    (report,) = care("import-discharges", again, "--dry-run", "--json").data
    assert report["vanished"] == ["D7"]
    monkeypatch.setattr(accounting, "MOST_SEEN", 3)
    (report,) = care("import-discharges", again, "--dry-run", "--json").data
    assert report["vanished"] == []


def test_what_is_noted_is_kept_by_the_thousand_whatever_the_list_is_of():
    """Rosters and fills too may have a million rows."""
    kept = []
    account = Account(keep=lambda noted: kept.append([one[1] for one in noted]))
    for record in range(1, 4002):
        account.note(record + 1, record, RowOutcome.NEW)
    assert [(len(some), some[0]) for some in kept] == [(2000, 1), (2000, 2001)]
    account.flush()
    assert kept[2] == [4001]


noted = st.tuples(
    st.integers(0, 2), outcomes, st.sampled_from([0, 0, 7]), st.sampled_from(["", "", "a total"])
)


@given(st.lists(noted, min_size=1, max_size=40))
def test_records_of_which_the_same_came_are_kept_as_one_and_read_back_one_by_one(came):
    line, rows = 1, []
    for record, (skipped, outcome, stay_id, why) in enumerate(came, 1):
        line += 1 + skipped  # cells with line breaks
        rows.append((line, record, outcome.value, "", stay_id, why))
    with db.trial(Path("none.db"), "test", "tester") as care_file:
        run = runs.begin(
            care_file, on=date(2026, 11, 1), kind="fills", file_name="f", file_hash="h",
            encoding="utf-8", delimiter=",",
        )  # fmt: skip
        runs.keep_rows(care_file, run, rows)
        assert list(runs.rows_of(care_file, run)) == rows


def test_many_alike_are_noted_at_once_and_count_like_others():
    kept = []
    account = Account(keep=kept.extend)
    account.note(2, 1, RowOutcome.SKIPPED, reason="empty row")
    account.note_all([(row + 3, row + 2, RowOutcome.NEW, "", 0, "") for row in range(4000)])
    account.note_all([(4003, 4002, RowOutcome.UPDATED, "", 0, "")])
    account.flush()
    assert account.records == 4002
    assert account.outcomes == {"skipped": 1, "new": 4000, "updated": 1}
    assert [row[1] for row in kept] == [*range(1, 4003)]
