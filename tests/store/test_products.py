"""Products: each way of calling a medicine is kept once; what a later list says completes it."""

from __future__ import annotations

from pathlib import Path

import pytest

from caretool import db
from caretool.model import Product
from caretool.store import products


@pytest.fixture
def care_file():
    with db.trial(Path("none.db"), "test", "tester") as opened:
        yield opened


def test_what_is_new_is_added_once_and_what_is_known_keeps_its_id(care_file):
    metformin, lisinopril = Product("Metformin", ndc="00093104801"), Product("Lisinopril")
    first = products.ids(care_file, [metformin, lisinopril, metformin])
    again = products.ids(care_file, [lisinopril, metformin, Product("Metformin")])
    assert {one: again[one] for one in first} == first
    assert products.every(care_file) == {number: one for one, number in again.items()}
    assert len(again) == 3
    assert products.ids(care_file, []) == {}


def test_a_later_word_wins_what_it_leaves_out_is_kept_and_so_is_the_name():
    one = Product("Metformin 500 mg", "biguanides", "A10BA02", "", "2")
    later = Product("METFORMIN 500 MG", "diabetes", "", "00093104801", "")
    assert products.completed(one, later) == (
        "Metformin 500 mg", "diabetes", "A10BA02", "00093104801", "2",
    )  # fmt: skip
