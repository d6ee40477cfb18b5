"""Which class a medicine is of: by code, by name, in none; and what a malformed file says."""

from __future__ import annotations

from copy import deepcopy

import pytest

from caretool import drug_classes
from caretool.drug_classes import class_of, goes_by, load_classes
from caretool.errors import RuleError
from caretool.rules import read_rules


@pytest.mark.parametrize(
    ("drug", "expected"),
    [
        ("LISINOPRIL 10 MG TAB", "ras_antagonists"),
        ("lisinopril10mg", "ras_antagonists"),
        ("Metformin HCl ER 500mg", "diabetes"),
        ("Janumet (sitagliptin/metformin) 50-1000", "diabetes"),
        ("lisinopril hydrochlorothiazide", "ras_antagonists"),
        ("Lisinopril-HCTZ 20/12.5", "ras_antagonists"),
        ("amlodipine/benazepril", "ras_antagonists"),
        ("aliskiren 150 mg", "ras_antagonists"),
        ("amlodipine-atorvastatin", "statins"),
        ("ezetimibe/simvastatin 10-40", "statins"),
        ("sacubitril/valsartan 49-51 mg", "arni"),
        ("Valsartan 80 mg", "ras_antagonists"),
        ("Insulin Glargine 100 unit/mL", "insulin"),
        ("insulin degludec and liraglutide", "insulin"),
        ("Ozempic (semaglutide)", "diabetes"),
        ("APIXABAN 5MG", "anticoagulants"),
        ("dabigatran etexilate", "anticoagulants"),
        ("Metoprolol Succ ER 50", "beta_blockers"),
        ("atenolol_chlorthalidone", "beta_blockers"),
        # two classes
        ("nebivolol/valsartan", None),
        ("atorvastatin perindopril", None),
        # none
        ("warfarin", None),
        ("nystatin 100000 units", None),
        ("Xlisinopril", None),
        ("timolol 0.5 % ophthalmic", None),
        ("sotalol 80 mg", None),
        ("acarbose", None),
        ("Zocor", None),
        ("10 mg", None),
        ("", None),
    ],
)
def test_a_name_is_searched_for_ingredients(drug, expected):
    assert class_of(drug, None) == expected


@pytest.mark.parametrize(
    ("atc", "expected"),
    [
        ("C10AA05", "statins"),
        ("c10 ba02 ", "statins"),
        ("C10BA10", None),
        ("C10BX03", "statins"),
        ("C10AX09", None),
        ("C09AA03", "ras_antagonists"),
        ("C09BA03", "ras_antagonists"),
        ("C09DA01", "ras_antagonists"),
        ("C09DX01", "ras_antagonists"),
        ("C09DX04", "arni"),
        ("C09XA02", "ras_antagonists"),
        ("C09XX01", None),
        ("C09", None),
        ("A10BA02", "diabetes"),
        ("A10BX16", "diabetes"),
        ("A10BF01", None),
        ("A10AE54", "insulin"),
        ("B01AF02", "anticoagulants"),
        ("B01AE07", "anticoagulants"),
        ("B01AA03", None),
        ("C07AB02", "beta_blockers"),
        ("C07", "beta_blockers"),
        ("C07AA07", None),
        ("S01ED01", None),
        ("n/a", None),
        ("", None),
    ],
)
def test_an_atc_code_says_the_class_by_its_longest_prefix(atc, expected):
    assert class_of("Somebrand 5", atc) == expected


def test_the_code_wins_over_the_name_and_the_name_helps_where_the_code_says_nothing():
    assert class_of("nebivolol/valsartan", "C09DX05") == "ras_antagonists"
    assert class_of("metformin", "C10AA05") == "statins"
    assert class_of("metformin", "?") == "diabetes"
    assert class_of("atorvastatin", "C10BA10") == "statins"


def test_each_medicine_is_looked_up_once():
    class_of.cache_clear()
    for _ in range(3):
        class_of("Lisinopril", None)
    assert class_of.cache_info()[:2] == (2, 1)


@pytest.mark.parametrize(
    ("drug_class", "name", "expected"),
    [
        ("ras_antagonists", "rasantagonists", True),
        ("anticoagulants", "doac", True),
        ("anticoagulants", "anticoag", True),
        ("diabetes", "insulin", False),
        ("Beta-Blocker", "betablocker", True),
        (None, "statins", False),
        (None, "", True),
    ],
)
def test_a_class_goes_by_its_name_and_by_the_label_of_its_code(drug_class, name, expected):
    assert goes_by(drug_class, name) is expected


def test_every_class_of_the_file_has_its_label_and_is_found():
    classes = load_classes()
    assert set(classes.labels) == {
        *("statins", "ras_antagonists", "arni", "diabetes", "insulin", "anticoagulants"),
        "beta_blockers",
    }
    assert set(classes.by_ingredient.values()) == set(classes.labels)
    for ingredient, code in classes.by_ingredient.items():
        assert class_of(f"{ingredient.upper()} 5 MG TAB", None) == code


# ------------------------------------------------------------------ a malformed file


@pytest.fixture
def changed(monkeypatch):
    """Load the classes after a change to what the file says."""

    def load(change):
        raw = deepcopy(read_rules("drug-classes.toml"))
        change(raw)
        monkeypatch.setattr(drug_classes, "read_rules", lambda _: raw)
        load_classes.cache_clear()
        return load_classes()

    yield load
    load_classes.cache_clear()


def _set(key, value):
    return lambda raw: raw["class"][0].__setitem__(key, value)


WRONG = {
    "no class": (lambda raw: raw.clear(), "drug-classes.toml: no [[class]]"),
    "empty": (lambda raw: raw.__setitem__("class", []), "drug-classes.toml: no [[class]]"),
    "one table": (lambda raw: raw.__setitem__("class", {"code": "x"}), "no [[class]]"),
    "no table": (lambda raw: raw["class"].append("x"), "drug-classes.toml: 'x' is not a [[class]]"),
    "unknown key": (_set("ATC", ["C10"]), "drug-classes.toml, statins: unknown key 'ATC'"),
    **{
        f"without {key}": (
            lambda raw, key=key: raw["class"][0].__delitem__(key),
            f"drug-classes.toml, statins: no '{key}'",
        )
        for key in ("label", "atc", "ingredients", "source")
    },
    "without code": (
        lambda raw: raw["class"][0].__delitem__("code"),
        "drug-classes.toml, ?: no 'code'",
    ),
    "no atc prefix": (_set("atc", []), "statins: no 'atc'"),
    "label no text": (_set("label", 7), "drug-classes.toml, statins: label 7 is not text"),
    "code no word": (_set("code", "RAS drugs"), "drug-classes.toml, RAS drugs: code 'RAS drugs'"),
    "atc no list": (_set("atc", "C10AA"), "statins: atc 'C10AA' is not a list"),
    "no atc code": (_set("atc", ["C10A A"]), "drug-classes.toml, statins: atc 'C10A A'"),
    "part of a level": (_set("atc", ["C1"]), "statins: atc 'C1'"),
    "lower case atc": (_set("atc_not", ["c10ba10"]), "statins: atc_not 'c10ba10'"),
    "number": (_set("ingredients", [3]), "drug-classes.toml, statins: ingredients 3"),
    "two words": (_set("ingredients", ["a b"]), "statins: ingredients 'a b'"),
    "upper case": (_set("ingredients", ["Zocor"]), "statins: ingredients 'Zocor'"),
    "code twice": (
        lambda raw: raw["class"][1].__setitem__("code", "statins"),
        "drug-classes.toml, statins: 'statins' stands twice",
    ),
    "prefix twice": (
        lambda raw: raw["class"][1]["atc"].append("C10AA"),
        "drug-classes.toml, ras_antagonists: 'C10AA' stands twice",
    ),
    "prefix and exception": (_set("atc_not", ["C10AA"]), "statins: 'C10AA' stands twice"),
    "ingredient twice": (
        lambda raw: raw["class"][1]["ingredients"].append("simvastatin"),
        "drug-classes.toml, ras_antagonists: 'simvastatin' stands twice",
    ),
    "instead of nothing": (
        _set("instead_of", ["fibrates"]),
        "drug-classes.toml, statins: instead_of 'fibrates' is no class",
    ),
}


@pytest.mark.parametrize(("change", "said"), WRONG.values(), ids=WRONG)
def test_a_malformed_file_is_named_with_the_class(changed, change, said):
    with pytest.raises(RuleError) as problem:
        changed(change)
    assert said in str(problem.value)
    assert problem.value.hint
