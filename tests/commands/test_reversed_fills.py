"""`import-fills`: claims taken back, in whatever order rows and files come; and rows refused."""

from __future__ import annotations

import itertools
import os
import random
import sqlite3
from contextlib import closing
from datetime import date

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from caretool import db
from caretool.store import fills, refused_fills

HEADER = "MRN,Drug,NDC,Fill Date,Days Supply,Qty,Reversal"
OUTCOMES = ("new", "updated", "unchanged", "cancelled", "skipped", "rejected")
TODAY = date(2026, 11, 23)
FILL = "77,Metformin,,2026-01-05,30,60,"
BACK = "77,Metformin,,2026-01-05,30,-60,"


@pytest.fixture(autouse=True)
def people(care):
    care("add-patient", "Rivera, Ana", "--dob", "1958-03-02", "--mrn", "0012345")
    care("add-patient", "Hill, Tom", "--dob", "1944-11-30", "--mrn", "77")


@pytest.fixture
def take(care, tmp_path):
    """Import rows under a header; `at` is the hour at which the file was saved.

    A column that is passed over makes it another file than one of the same rows of another hour.
    """

    def run(*rows, header=HEADER, name="fills.csv", at=None, code=0, options=()):
        path = tmp_path / name
        more = "" if at is None else f",Note {at}"
        path.write_text("\n".join([header + more, *rows]) + "\n", encoding="utf-8")
        if at is not None:
            os.utime(path, (1_790_000_000 + 3600 * at,) * 2)
        (report,) = care("import-fills", path, "--rows", "--json", *options, code=code).data
        assert [row["record"] for row in report["rows"]] == [*range(1, len(rows) + 1)]
        assert report["records"] == len(rows) == sum(report[outcome] for outcome in OUTCOMES)
        return report

    return run


@pytest.fixture
def count(tmp_path):
    """How many fills a patient has that count."""

    def read(patient_id=2, path=None):
        with db.reading(path or tmp_path / "care.db") as care_file:
            return len(fills.of_patient(care_file, patient_id, TODAY))

    return read


@pytest.fixture
def refused(tmp_path):
    def read(until=TODAY, ids=None):
        with db.reading(tmp_path / "care.db") as care_file:
            return refused_fills.until(care_file, ids, until)

    return read


@pytest.fixture
def dump(tmp_path):
    """All facts about fills in the care file."""

    def read():
        with closing(sqlite3.connect(tmp_path / "care.db")) as connection:
            return [
                connection.execute(f"SELECT * FROM {table}").fetchall()
                for table in ("fills", "products", "reversals", "refused_fills")
            ]

    return read


def counts(report):
    return {outcome: report[outcome] for outcome in OUTCOMES if report[outcome]}


# ------------------------------------------------------------------ in one list


@pytest.mark.parametrize("rows", [(FILL, BACK), (BACK, FILL)])
def test_a_reversal_takes_its_fill_back_above_or_below_it(take, count, rows):
    report = take(*rows)
    assert counts(report) == {"new": 1, "cancelled": 1}
    assert report["reversals_without_fill"] == 0
    assert count() == 0


def test_of_three_fills_and_one_reversal_two_stand(take, count):
    take(FILL, BACK, FILL, FILL)
    assert count() == 2


def test_more_reversals_than_fills_leave_none(take, count):
    report = take(FILL, BACK, BACK)
    assert report["reversals_without_fill"] == 1
    assert count() == 0


@pytest.mark.parametrize(
    "other",
    [
        "12345,Metformin,,2026-01-05,30,-60,",
        "77,Glipizide,,2026-01-05,30,-60,",
        "77,Metformin,,2026-01-06,30,-60,",
        "77,Metformin,,2026-01-05,90,-60,",
    ],
)
def test_a_reversal_of_another_patient_medicine_day_or_supply_takes_nothing_back(
    take, count, care, tmp_path, other
):
    report = take(FILL, other)
    assert counts(report) == {"new": 1, "cancelled": 1}
    assert count() == 1
    said = care("import-fills", tmp_path / "fills.csv").err
    assert "1 reversal has found no fill yet: it may come with another file" in said


def test_case_and_blanks_of_the_medicine_do_not_matter(take, count):
    take(FILL, "77, METFORMIN  ,,2026-01-05,30.0,-60,")
    assert count() == 0


def test_a_reversal_that_names_an_ndc_only_takes_back_the_fill_with_that_ndc(take, count):
    take("77,Metformin,00093-1048-01,2026-01-05,30,60,", "77,,93104801,2026-01-05,30,-60,", at=1)
    assert count() == 0
    take("77,Lisinopril,68180-515-01,2026-01-05,30,60,", name="b.csv", at=2)
    assert count() == 1
    take("77,,0093-1048-01,2026-01-05,30,60,", name="c.csv", at=3)
    assert count() == 2, "a fill that names an NDC only is a medicine of its own"


def test_the_ndc_of_a_reversal_is_looked_for_whatever_comes_first(take, count):
    take("77,,93104801,2026-01-05,30,-60,", at=2)
    take("77,Metformin,00093-1048-01,2026-01-05,30,60,", name="b.csv", at=1)
    assert count() == 0


def test_a_reversal_without_days_takes_back_the_one_fill_of_that_medicine_and_day(take, count):
    report = take("77,Metformin,,2026-01-05,,-60,", FILL, "77,Lisinopril,,2026-01-05,90,60,")
    assert counts(report) == {"new": 2, "cancelled": 1}
    assert report["rows"][0]["outcome"] == "cancelled"
    assert count() == 1


@pytest.mark.parametrize("fills_there", [(), (FILL, "77,Metformin,,2026-01-05,90,60,")])
def test_a_reversal_without_days_is_rejected_where_no_fill_or_several_could_be_meant(
    take, count, fills_there, tmp_path
):
    report = take("77,Metformin,,2026-01-05,,-60,", *fills_there, code=4)
    assert report["rows"][0]["reason"] == (
        "Days Supply: is empty, and not one fill of that medicine and day is on file"
    )
    assert count() == len(fills_there)
    assert "2026-01-05,,'-60,,2," in (tmp_path / "fills.rejects.csv").read_text("utf-8-sig")


def test_negative_days_without_quantity_take_a_fill_back_if_there_is_one(take, count):
    report = take(FILL, "77,Metformin,,2026-01-05,-30,,", "77,Metformin,,2026-01-06,-30,,", code=4)
    assert [row["outcome"] for row in report["rows"]] == ["new", "cancelled", "rejected"]
    assert report["rows"][2]["reason"] == "Days Supply: is negative"
    assert count() == 0


def test_a_reversal_of_somebody_who_is_not_on_file_is_passed_over(take):
    assert counts(take("999,Metformin,,2026-01-05,30,-60,")) == {"skipped": 1}


def test_a_reversal_that_cannot_be_used_is_rejected_and_no_refused_fill(take, refused):
    report = take("77,Metformin,,2026-01-05,400,-60,", code=4)
    assert counts(report) == {"rejected": 1}
    assert refused() == []


# ------------------------------------------------------------------ between lists


def test_the_same_file_again_changes_nothing(take, count, dump):
    rows = (FILL, FILL, BACK, "77,Metformin,,2026-02-05,0,60,", "77,Metformin,,2026-01-05,,,Y")
    take(*rows, code=4)
    before = dump()
    again = take(*rows, code=4)
    assert counts(again) == {"unchanged": 4, "rejected": 1}
    assert dump() == before
    assert count() == 0


def test_the_same_list_in_its_old_order_or_shuffled_says_the_same(take, count):
    take(FILL, BACK, FILL, at=1)
    take(FILL, FILL, BACK, at=2)
    assert count() == 1


def test_a_later_list_with_the_reversal_only_takes_one_off(take, count):
    take(FILL, FILL, at=1)
    take(BACK, at=2)
    assert count() == 1
    take(BACK, name="c.csv", at=3)
    assert count() == 0
    take(BACK, name="d.csv", at=4)
    assert count() == 0


def test_a_later_list_that_tells_of_the_fill_again_says_how_many_stand(take, count):
    take(FILL, at=1)
    take(BACK, at=2)
    assert count() == 0
    take(FILL, name="c.csv", at=3)
    assert count() == 1


def test_an_earlier_list_imported_later_changes_nothing(take, count):
    take(FILL, at=3)
    take(BACK, at=2)
    assert count() == 1
    take(FILL, BACK, name="c.csv", at=1)
    assert count() == 1


def test_a_fill_that_comes_after_its_reversal_is_taken_back_unless_its_list_is_later(take, count):
    assert take(BACK, at=2)["reversals_without_fill"] == 1
    take(FILL, name="b.csv", at=1)
    assert count() == 0
    take(FILL, name="c.csv", at=3)
    assert count() == 1


def test_a_list_that_only_repeats_a_fill_is_remembered_as_the_last_word_on_it(take, count):
    """January's list, March's with the same fill, then February's with the reversal."""
    take(FILL, at=1)
    assert counts(take(FILL, name="march.csv", at=3)) == {"unchanged": 1}
    take(BACK, name="february.csv", at=2)
    assert count() == 1


def test_a_merge_brings_the_reversals_along_and_an_unmerge_returns_them(care, take, count):
    take("12345,Metformin,,2026-01-05,30,60,", "12345,Metformin,,2026-01-05,30,-60,", FILL, BACK)
    assert (count(1), count(2)) == (0, 0)
    care("merge", "P1", "P2", "--anyway")
    assert count(1) == 0, "the list told of two fills, and of two reversals"
    care("unmerge", "P2")
    assert (count(1), count(2)) == (0, 0)
    care("merge", "P1", "P2", "--anyway")
    take("12345,Metformin,,2026-01-05,30,60,", "12345,Metformin,,2026-01-05,30,-60,", FILL, BACK)
    assert count(1) == 0


def stands(lists):
    """How many fills stand by the words of the rule: the lists in the order of their moments."""
    told, standing = False, 0
    for filled, taken in lists:
        if filled:
            told, standing = True, max(0, filled - taken)
        else:
            standing = max(0, standing - taken)
    if not any(taken for _, taken in lists):  # nothing was taken back: lists overlap
        return max((filled for filled, _ in lists), default=0)
    return standing if told else 0


@settings(max_examples=25)
@given(
    lists=st.lists(st.tuples(st.integers(0, 3), st.integers(0, 2)), min_size=1, max_size=4),
    chance=st.randoms(use_true_random=False),
)
@example(lists=[(1, 0), (0, 1), (1, 0)], chance=random.Random(4))  # noqa: S311 - a shuffle
def test_neither_the_order_of_rows_nor_that_of_files_matters(lists, chance, care, tmp_path, count):
    """Every order of the files gives what the rule says of them in the order of their moments."""
    number = next(NUMBERS)
    paths = []
    for at, (filled, taken) in enumerate(lists):
        other = f"77,Lisinopril,,2026-01-{at + 1:02},30,60,"  # no two files are the same
        rows = [FILL] * filled + [BACK] * taken + [other]
        chance.shuffle(rows)
        path = tmp_path / f"list{number}-{at}.csv"
        path.write_text("\n".join([HEADER, *rows]) + "\n", encoding="utf-8")
        os.utime(path, (1_790_000_000 + at,) * 2)
        paths.append(path)
    orders = list(itertools.permutations(paths))
    for turn, order in enumerate(chance.sample(orders, min(3, len(orders)))):
        file = tmp_path / f"{number}-{turn}.db"
        care("add-patient", "Hill, Tom", "--dob", "1944-11-30", "--mrn", "77", "--db", file)
        for path in (*order, chance.choice(order)):
            (report,) = care("import-fills", path, "--json", "--db", file).data
            assert report["records"] == sum(report[outcome] for outcome in OUTCOMES)
        assert counts(report).keys() <= {"unchanged"}
        assert count(1, file) == stands(lists) + len(lists)


NUMBERS = itertools.count()


# ------------------------------------------------------------------ refused


def test_a_refused_row_of_a_patient_is_kept_with_what_could_be_read(take, refused):
    take(
        "77,Metformin,,2026-02-05,0,60,",
        "77,Metformin,,2026-02-30,30,60,",
        "77,,,2026-03-05,30,60,",
        "999,Metformin,,2026-02-05,0,60,",
        code=4,
    )
    assert refused() == [
        {"patient_id": 2, "drug": "Metformin", "filled_on": "2026-02-05", "line": 2,
         "reason": "Days Supply: is not within 1 to 366 days"},
        {"patient_id": 2, "drug": "Metformin", "filled_on": None, "line": 3,
         "reason": "Fill Date: is not a date"},
        {"patient_id": 2, "drug": "", "filled_on": "2026-03-05", "line": 4,
         "reason": "Drug: is empty; a fill names its medicine"},
    ]  # fmt: skip
    assert refused(ids=[1]) == []
    assert [row["line"] for row in refused(until=date(2026, 2, 5))] == [2]


def test_the_same_refused_row_on_another_list_is_the_same_row_and_twice_on_one_list_two(
    take, refused
):
    row = "77,Metformin,,2026-02-05,0,60,"
    take(row, row, code=4)
    take(FILL, row, name="next.csv", code=4)
    assert len(refused()) == 2


def test_a_refused_row_is_done_with_when_its_fill_comes_whatever_comes_first(take, refused):
    bad, good = "77,Metformin,,2026-02-05,0,60,", "77,METFORMIN,,2026-02-05,30,60,"
    take(bad, code=4)
    take(good, name="b.csv")
    assert refused() == []
    take(bad, name="c.csv", code=4)
    assert refused() == []


def test_a_corrected_rejects_file_does_away_with_rows_whose_day_or_medicine_was_unreadable(
    take, care, refused, tmp_path, count
):
    rows = ("77,Metformin,,2026-02-30,30,60,", "77,,,2026-03-05,30,60,", "77,x,,2026-04-05,0,1,")
    take(*rows, code=4)
    rejects = tmp_path / "fills.rejects.csv"
    text = rejects.read_text("utf-8-sig").replace("2026-02-30,30", "2026-02-28,30", 1)
    rejects.write_text(text.replace("77,,,", "77,Lisinopril,,", 1))
    (report,) = care("import-fills", rejects, "--json", code=4).data
    assert counts(report) == {"new": 2, "rejected": 1}
    assert [(row["drug"], row["line"]) for row in refused()] == [("x", 4)]
    take(*rows, code=4)
    assert [(row["drug"], row["line"]) for row in refused()] == [("x", 4)]
    assert count() == 2


def test_a_merge_brings_refused_rows_along(care, take, refused):
    take("77,Metformin,,2026-02-05,0,60,", code=4)
    care("merge", "P1", "P2", "--anyway")
    assert [row["patient_id"] for row in refused()] == [1]
    care("unmerge", "P2")
    assert [row["patient_id"] for row in refused()] == [2]
