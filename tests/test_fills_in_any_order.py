"""In which order files came never shows: not in a figure, nor in what a medicine is called."""

from __future__ import annotations

import itertools
import os

import pytest

from caretool.catalogue import Catalogue
from caretool.coverage import groups
from caretool.drug_classes import load_classes
from caretool.model import Fill, Product

MARCH = 739_676
OLDER, NEWER = Product("Metformin 500", "Heart pills"), Product("Metformin 500", "Sugar pills")


def grouped(products, fills, *, by_class=True):
    numbered = dict(enumerate(products, start=1))
    ids = {product: number for number, product in numbered.items()}
    own = sorted(Fill(day, 30, ids[product]) for day, product in fills)
    found = groups(own, Catalogue(numbered, load_classes()), by_class=by_class)
    return sorted((one.title, one.drug_class, one.supplies) for one in found)


@pytest.mark.parametrize("by_class", [True, False])
def test_what_two_products_of_one_day_are_called_is_the_same_in_any_order(by_class):
    products = [Product("Metformin 500"), Product("metformin ER 500"), Product("Glucophage", "Pi")]
    fills = [(MARCH, one) for one in products]
    found = [grouped(each, fills, by_class=by_class) for each in itertools.permutations(products)]
    assert all(one == found[0] for one in found)


@pytest.mark.parametrize("by_class", [True, False])
def test_the_class_is_that_of_the_latest_fill_which_gives_one(by_class):
    plain = Product("Metformin 500")
    fills = [(MARCH, NEWER), (MARCH + 30, OLDER), (MARCH + 60, NEWER), (MARCH + 90, plain)]
    for products in itertools.permutations([OLDER, NEWER, plain]):
        found = grouped(products, fills, by_class=by_class)
        days = {drug_class: [supply.day - MARCH for supply in own] for _, drug_class, own in found}
        if by_class:
            assert days == {"Heart pills": [30], "Sugar pills": [0, 60, 90]}
        else:
            assert days == {"Sugar pills": [0, 30, 60, 90]}


def test_a_medicine_is_called_as_the_later_list_calls_it_whichever_came_first(
    care, tmp_path, monkeypatch
):
    for number, name in enumerate(["METFORMIN 500", "Metformin 500"]):
        path = tmp_path / f"{number}.csv"
        head = "MRN,Drug,Fill Date,Days Supply" + number * ",Note"
        path.write_text(f"{head}\n1,{name},2026-03-01,30\n", encoding="utf-8")
        os.utime(path, (1_790_000_000 + 3600 * number,) * 2)
    for order in ("01", "10", "010"):
        monkeypatch.setenv("CARETOOL_DB", str(tmp_path / f"{order}.db"))
        care("add-patient", "Rivera, Ana", "--dob", "1958-03-02", "--mrn", "1")
        for number in order:
            care("import-fills", tmp_path / f"{number}.csv")
        (row,) = care("adherence", "--by", "medication", "--json").data
        assert row["medication"] == "Metformin 500"


def test_two_drugs_under_one_number_are_two_fills_whichever_list_came_first(
    care, tmp_path, monkeypatch
):
    # Some systems write nines where a medicine has no NDC of its own
    for number, name in enumerate(["Metformin 500", "Zestril 10"]):
        path = tmp_path / f"{number}.csv"
        head = "MRN,Drug,NDC,Fill Date,Days Supply" + number * ",Note"
        path.write_text(f"{head}\n1,{name},99999-9999-99,2026-03-01,30\n", encoding="utf-8")
    for order in ("01", "10", "0101"):
        monkeypatch.setenv("CARETOOL_DB", str(tmp_path / f"{order}.db"))
        care("add-patient", "Rivera, Ana", "--dob", "1958-03-02", "--mrn", "1")
        for number in order:
            care("import-fills", tmp_path / f"{number}.csv")
        found = care("adherence", "--by", "medication", "--json").data
        assert sorted(row["medication"] for row in found) == ["Metformin 500", "Zestril 10"]
