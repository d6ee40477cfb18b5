"""A medicine's name never reads as an id: what is stopped is what was meant."""

from __future__ import annotations

import pytest


@pytest.fixture(autouse=True)
def _people(care):
    care("add-patient", "Rivera, Ana", "--dob", "1958-03-02", "--mrn", "1")
    care("add-medication", "P1", "metformin")


@pytest.mark.parametrize("name", ["M1", "m1", " M007 "])
def test_an_id_is_no_name_for_a_new_medicine(care, name):
    ran = care("add-medication", "P1", name, code=3)
    assert ran.err.startswith(f"error: {name.strip()} is the id of a medicine on a list")
    assert len(care("medications", "P1", "--json").data) == 1


@pytest.mark.parametrize("name", ["vitamin K2", "MS Contin 15", "M-M-R", "P42", "[red]M1[/red]"])
def test_other_names_with_numbers_are_names(care, name):
    care("add-medication", "P1", name)
    assert [one["name"] for one in care("medications", "P1", "--json").data] == ["metformin", name]
    care("stop-medication", "P1", name, "--why", "[/] done")
    (first,) = care("medications", "P1", "--json").data
    assert first["medication"] == "M1"
