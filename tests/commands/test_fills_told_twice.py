"""`import-fills`: one dispensing that two lists call otherwise counts once."""

from __future__ import annotations

import itertools
import os
import random
from collections import Counter
from datetime import date

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from caretool import db
from caretool.store import fills, products

HEADER = "MRN,Drug,NDC,Fill Date,Days Supply,Qty,Reversal"
TODAY = date(2026, 11, 23)
PHARMACY = "77,LISINOPRIL 10 MG TABLET,68180-0980-03,2026-06-01,90,90,"
CLAIM = "77,Lisinopril Oral Tablet 10 MG,,2026-06-01,90,90,"
NUMBERS = itertools.count()


@pytest.fixture(autouse=True)
def people(care):
    care("add-patient", "Hill, Tom", "--dob", "1944-11-30", "--mrn", "77")


@pytest.fixture
def take(care, tmp_path):
    """Import rows as a list of its own, saved at an hour later than the ones before."""

    def run(*rows, header=HEADER, path=None, code=0):
        number = next(NUMBERS)
        file = tmp_path / f"list{number}.csv"
        file.write_text("\n".join([f"{header},Note {number}", *rows]) + "\n", encoding="utf-8")
        os.utime(file, (1_790_000_000 + number,) * 2)
        more = () if path is None else ("--db", path)
        (report,) = care("import-fills", file, "--rows", "--json", *more, code=code).data
        return report

    return run


@pytest.fixture
def names(tmp_path):
    """What the fills that count are called."""

    def read(path=None):
        with db.reading(path or tmp_path / "care.db") as care_file:
            known = products.every(care_file)
            found = fills.of_patient(care_file, 1, TODAY)
            return sorted(known[one.product_id].name for one in found)

    return read


def outcomes(report):
    return [row["outcome"] for row in report["rows"]]


@pytest.mark.parametrize(
    ("first", "second", "came"),
    [(PHARMACY, CLAIM, "unchanged"), (CLAIM, PHARMACY, "updated")],
    ids=["pharmacy first", "claims first"],
)
def test_one_dispensing_told_by_pharmacy_and_claims_counts_once(take, names, first, second, came):
    assert outcomes(take(first)) == ["new"]
    assert outcomes(take(second)) == [came], "the pharmacy adds its NDC"
    assert names() == [first.split(",")[1]], "as the first list calls it"
    assert outcomes(take(first)) == ["unchanged"]
    assert len(names()) == 1


def test_the_share_of_days_covered_does_not_rise_by_the_claims(care, take):
    take(PHARMACY)
    (before,) = care("adherence", "P1", "--json").data
    take(CLAIM)
    (after,) = care("adherence", "P1", "--json").data
    assert after == before


def test_the_later_list_completes_what_the_first_left_out(take, care, tmp_path):
    take(CLAIM)
    take(PHARMACY)
    with db.reading(tmp_path / "care.db") as care_file:
        told = {one[:4] for one in products.every(care_file).values()}
    assert ("Lisinopril Oral Tablet 10 MG", "", "", "68180098003") in told


def test_in_one_list_two_names_of_a_drug_are_two_fills(take, names):
    assert outcomes(take(PHARMACY, CLAIM)) == ["new", "new"]
    assert outcomes(take(CLAIM, PHARMACY)) == ["unchanged", "unchanged"]
    assert len(names()) == 2


def test_other_drugs_days_and_supplies_stay_fills_of_their_own(take, names):
    take(PHARMACY)
    report = take(
        "77,Lisinopril-HCTZ 10-12.5 MG,,2026-06-01,90,90,",
        "77,Lisinopril Oral Tablet 10 MG,,2026-06-02,90,90,",
        "77,Lisinopril Oral Tablet 10 MG,,2026-06-01,30,30,",
        "77,Losartan 10 mg,,2026-06-01,90,90,",
    )
    assert outcomes(report) == ["new"] * 4
    assert len(names()) == 5


def test_the_number_is_the_larger_of_what_two_lists_tell(take, names):
    take(PHARMACY, PHARMACY.replace("10 MG", "20 MG"))
    assert outcomes(take(CLAIM)) == ["unchanged"]
    assert len(names()) == 2
    take(CLAIM, CLAIM.replace("10 MG", "20 MG"), CLAIM)
    assert len(names()) == 3


def test_of_two_strengths_each_meets_its_own(take, tmp_path):
    other = CLAIM.replace("10 MG", "20 MG")
    take(other, CLAIM)
    take(PHARMACY.replace("10 MG", "20 MG").replace("0980-03", "0981-03"), PHARMACY)
    with db.reading(tmp_path / "care.db") as care_file:
        told = {(one.name, one.ndc) for one in products.every(care_file).values() if one.ndc}
    assert ("Lisinopril Oral Tablet 10 MG", "68180098003") in told
    assert ("Lisinopril Oral Tablet 20 MG", "68180098103") in told


@pytest.mark.parametrize("ndc_first", [True, False])
def test_a_row_with_an_ndc_only_meets_the_named_fill_of_that_product(take, names, ndc_first):
    number = "77,,68180-980-01,2026-06-01,90,90,"
    for row in (number, PHARMACY) if ndc_first else (PHARMACY, number):
        take(row)
    assert names() == ["LISINOPRIL 10 MG TABLET"], "a name beats a number"
    assert outcomes(take(number)) == ["unchanged"]


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("Brandnew,00000-0000-00", "Otherone,00000-0000-00"),
        ("Lisinopril 10 mg,68180-0980-03", "Losartan 10 mg,68180-0980-03"),
    ],
)
def test_an_ndc_that_stands_for_none_or_contradicts_both_names_links_nothing(
    take, names, first, second
):
    for said in (first, second):
        take(f"77,{said},2026-06-01,90,90,")
    assert len(names()) == 2


def test_an_ndc_links_names_that_nobody_knows(take, names):
    for said in ("Brandnew,50111-0333-01", "BRDNW TB,50111-0333-02"):
        take(f"77,{said},2026-06-01,90,90,")
    assert names() == ["Brandnew"]


def test_the_exact_name_counts_first_whatever_the_chunk(take, names, monkeypatch):
    monkeypatch.setattr("caretool.dispensing._CHUNK", 1)
    take(PHARMACY, PHARMACY.replace("10 MG", "20 MG"))
    report = take(CLAIM, PHARMACY)
    assert outcomes(report)[1] == "unchanged"
    assert len(names()) == 2


# ------------------------------------------------------------------ taken back


def test_a_reversal_spelled_otherwise_takes_its_fill_back(take, names):
    take("77,amoxicillin 500 mg,,2026-06-01,10,30,")
    report = take("77,Amoxicillin 500mg,,2026-06-01,10,-30,")
    assert report["reversals_without_fill"] == 0
    assert names() == []


def test_a_reversal_takes_back_the_strength_that_it_names_and_one_fill_only(take, names):
    take(PHARMACY, PHARMACY.replace("10 MG", "20 MG"))
    take("77,Lisinopril 20mg,,2026-06-01,90,-90,")
    assert names() == ["LISINOPRIL 10 MG TABLET"]
    take("77,lisinopril,,2026-06-01,90,-90,", "77,Zestril,,2026-06-01,90,-90,")
    assert names() == []


def test_a_reversal_without_days_spelled_otherwise_finds_the_one_fill_of_the_drug(take, names):
    take(PHARMACY)
    take("77,Lisinopril,,2026-06-01,,-90,")
    assert names() == []


def test_a_reversal_by_ndc_without_days_finds_the_product_in_another_package(take, names):
    take(PHARMACY)
    take("77,,68180-980-01,2026-06-01,,-90,")
    assert names() == []


def test_reversals_without_a_fill_are_named_the_first_five_of_them(take, care, tmp_path):
    rows = [f"77,Metformin,,2026-06-{day:02},30,-60," for day in range(1, 8)]
    report = take(*rows)
    assert report["reversals_without_fill"] == 7
    assert {row["reason"] for row in report["rows"]} == {
        "has found no fill yet: it may come with another file"
    }
    noted = care("imports", report["run"], "--json").data["rows"]
    assert [row["line"] for row in noted if "no fill" in row["reason"]] == [*range(2, 9)]
    (file,) = tmp_path.glob("list*.csv")
    said = care("import-fills", file).err
    assert (
        "7 reversals have found no fill yet: they may come with another file:"
        " P1, line 2; P1, line 3; P1, line 4; P1, line 5; P1, line 6; and 2 more"
    ) in said
    (row, *_) = [one for one in care("imports", "R2", "--json").data["rows"] if one["line"] == 2]
    assert row["reason"] == "has found no fill yet: it may come with another file"


def test_a_reversal_older_than_the_list_with_its_fill_is_said(care, tmp_path, names):
    fill, back = tmp_path / "may.csv", tmp_path / "april.csv"
    fill.write_text(f"{HEADER}\n{PHARMACY}\n", encoding="utf-8")
    back.write_text(f"{HEADER}\n\n{PHARMACY.replace(',90,90,', ',90,-90,')}\n", encoding="utf-8")
    os.utime(fill, (1_790_000_000,) * 2)
    os.utime(back, (1_780_000_000,) * 2)
    care("import-fills", fill)
    ran = care("import-fills", back)
    assert "1 cancelled" in ran.err
    assert "1 reversal is older than the list with its fill, which stands: P1, line 3" in ran.err
    (report,) = care("import-fills", back, "--json", "--rows").data
    assert (report["reversals_without_effect"], report["reversals_without_fill"]) == (1, 0)
    assert report["rows"][0]["reason"] == "is older than the list with its fill, which stands"
    assert len(names()) == 1


def test_a_merge_of_two_patients_counts_what_two_lists_told_of_them_once(care, take, names):
    care("add-patient", "Hill, Thomas", "--dob", "1944-11-30", "--mrn", "78", "--anyway")
    take(PHARMACY, "77,Metformin,,2026-06-01,90,90,")
    take(CLAIM.replace("77,", "78,", 1), "78,Glipizide,,2026-06-01,90,90,")
    care("merge", "P1", "P2", "--anyway")
    assert names() == ["Glipizide", "LISINOPRIL 10 MG TABLET", "Metformin"]
    care("unmerge", "P2")
    assert names() == ["LISINOPRIL 10 MG TABLET", "Metformin"]


def test_a_merge_keeps_two_fills_of_a_drug_that_one_list_told(care, take, names):
    care("add-patient", "Hill, Thomas", "--dob", "1944-11-30", "--mrn", "78", "--anyway")
    take(PHARMACY, CLAIM.replace("77,", "78,", 1))
    care("merge", "P1", "P2", "--anyway")
    assert len(names()) == 2


# ------------------------------------------------------------------ in any order

# Drugs by three names each; of the last only the NDC tells that it is the second
CALLED = {
    "a": ("Lisinopril 10 mg,", "LISINOPRIL 20 MG TABLET,68180-0981-03", "Zestril,68180-0980-03"),
    "b": ("Brandnew,50111-0333-01", ",50111-0333-02", "BRANDNEW TAB,50111-0333-01"),
}
TOLD = st.tuples(st.sampled_from("ab"), st.integers(0, 2), st.integers(1, 2))


@settings(max_examples=30)
@given(
    lists=st.lists(st.lists(TOLD, min_size=1, max_size=5), min_size=2, max_size=3),
    chance=st.randoms(use_true_random=False),
    chunk=st.integers(1, 6),
)
@example(
    lists=[[("a", 0, 1), ("a", 1, 1)], [("a", 2, 1), ("a", 2, 1)], [("b", 1, 1)]],
    chance=random.Random(1),  # noqa: S311 - a shuffle
    chunk=1,
)
def test_how_many_fills_there_are_is_what_the_list_with_most_tells_in_any_order(
    lists, chance, chunk, care, tmp_path, take, names
):
    """Of each drug, day and supply the largest number that one list tells, worked out by count."""
    most = Counter()
    for told in lists:
        most |= Counter((drug, day) for drug, _, day in told)
    file = tmp_path / f"{next(NUMBERS)}.db"
    care("add-patient", "Hill, Tom", "--dob", "1944-11-30", "--mrn", "77", "--db", file)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("caretool.dispensing._CHUNK", chunk)
        for told in chance.sample([*lists, *lists], 2 * len(lists)):
            rows = [f"77,{CALLED[drug][way]},2026-06-{day:02},90,90," for drug, way, day in told]
            chance.shuffle(rows)
            take(*rows, path=file)
    assert len(names(file)) == most.total()
