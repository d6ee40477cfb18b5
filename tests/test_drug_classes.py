"""Which class a medicine is of; a practice's own classes; and what a malformed file says."""

from __future__ import annotations

from copy import deepcopy
from fractions import Fraction
from typing import TYPE_CHECKING

import pytest

from caretool import class_tables, drug_classes
from caretool.drug_classes import Found, load_classes
from caretool.drug_names import is_ingredient
from caretool.errors import RuleError
from caretool.model import Product
from caretool.rules import read_rules
from caretool.store import own_files

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from caretool.drug_classes import Classes


def of(name="", atc="", ndc=""):
    return load_classes().of(Product(name, atc=atc, ndc=ndc))


@pytest.mark.parametrize(
    ("drug", "expected"),
    [
        ("LISINOPRIL 10 MG TAB", "ras_antagonists"),
        ("lisinopril10mg", "ras_antagonists"),
        ("Metformin HCl ER 500mg", "diabetes"),
        ("Janumet (sitagliptin/metformin) 50-1000", "diabetes"),
        ("lisinopril hydrochlorothiazide", "ras_antagonists"),
        ("Lisinopril-HCTZ 20/12.5", "ras_antagonists"),
        ("aliskiren 150 mg", "ras_antagonists"),
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
        ("amlodipine 5 mg", "calcium_channel_blockers"),
        # a calcium channel blocker is counted with the class of the other
        ("amlodipine/benazepril", "ras_antagonists"),
        ("amlodipine-atorvastatin", "statins"),
        ("nebivolol + amlodipine", "beta_blockers"),
        ("amlodipine/celexyz", "calcium_channel_blockers"),
        # brands
        ("Zocor", "statins"),
        ("Lotrel 5-20", "ras_antagonists"),
        ("Humulin N", "insulin"),
        ("Entresto", "arni"),
        # two classes
        ("nebivolol/valsartan", None),
        ("atorvastatin perindopril", None),
        # none
        ("warfarin", None),
        ("nystatin 100000 units", None),
        ("Xlisinopril", None),
        ("timolol 0.5 % ophthalmic", None),
        ("timolol", None),
        ("sotalol 80 mg", None),
        ("acarbose", None),
        ("insulin syringe 1 mL", None),
        ("10 mg", None),
        ("", None),
    ],
)
def test_a_name_is_searched_for_ingredients(drug, expected):
    assert of(drug) == expected


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
        ("C07FB12", "beta_blockers"),
        ("C08CA01", "calcium_channel_blockers"),
        ("C08CA06", None),
        ("C09BB03", "ras_antagonists"),
        ("S01ED01", None),
        ("n/a", None),
        ("", None),
    ],
)
def test_an_atc_code_says_the_class_by_its_longest_prefix(atc, expected):
    assert of("Somebrand 5", atc) == expected


def test_the_code_wins_over_the_name_and_the_name_helps_where_the_code_says_nothing():
    assert of("nebivolol/valsartan", "C09DX05") == "ras_antagonists"
    assert of("metformin", "C10AA05") == "statins"
    assert of("metformin", "?") == "diabetes"
    assert of("atorvastatin", "C10BA10") == "statins"


@pytest.mark.parametrize(
    ("product", "by"),
    [
        (Product("Zestril"), "ingredient"),
        (Product("x", atc="C09AA03"), "atc"),
        (Product("warfarin"), ""),
    ],
)
def test_by_what_a_class_is_known_is_said(product, by):
    assert load_classes().found(product).by == by


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("STATINS", "statins"),
        ("Statin", "statins"),
        ("HMG CoA reductase inhibitors", "statins"),
        ("HMG-CoA Reductase Inhibitor", "statins"),
        ("ACE inhibitor", "ras_antagonists"),
        ("ACE Inhibitors", "ras_antagonists"),
        ("ras_antagonists", "ras_antagonists"),
        ("RAS antagonists", "ras_antagonists"),
        ("diabetes, oral", "diabetes"),
        ("Diabetes", "diabetes"),
        ("calcium channel blocker", "calcium_channel_blockers"),
        ("Beta-Blocker", "beta_blockers"),
        ("DOAC", "anticoagulants"),
        ("Antidepressant", None),
        ("", None),
        ("s", None),
    ],
)
def test_the_words_of_a_file_mean_a_class(text, code):
    assert load_classes().code_for(text) == code


def test_every_class_of_the_file_has_its_label_and_is_found():
    classes = load_classes()
    assert set(classes.labels) == {
        *("statins", "ras_antagonists", "arni", "diabetes", "insulin", "anticoagulants"),
        *("beta_blockers", "calcium_channel_blockers"),
    }
    assert set(classes.by_ingredient.values()) == set(classes.labels)
    for code, names in classes.ingredients.items():
        for ingredient in names:
            assert is_ingredient(ingredient)
            assert of(f"{ingredient.upper()} 5 MG TAB") == code
        assert classes.code_for(code) == classes.code_for(classes.labels[code]) == code


def test_every_class_has_its_measures_threshold_age_and_exclusions():
    classes = load_classes()
    assert set(classes.threshold.values()) == {Fraction(4, 5)}
    assert set(classes.min_age.values()) == {18}
    assert classes.excluded_by["diabetes"] == {"insulin"}
    assert classes.excluded_by["ras_antagonists"] == {"arni"}
    assert classes.excluded_by["statins"] == frozenset()
    for code in ("diabetes", "ras_antagonists", "statins"):
        assert classes.excluded_conditions[code] == {"esrd", "hospice"}
    for code in ("beta_blockers", "calcium_channel_blockers", "anticoagulants"):
        assert classes.excluded_conditions[code] == {"hospice"}


# A practice's own file


@pytest.fixture
def own(tmp_path: Path) -> Callable[[str], Classes]:
    """Load the classes with those of a practice's own file."""

    def load(text: str) -> Classes:
        path = tmp_path / "drug-classes.toml"
        path.write_text(text, encoding="utf-8")
        return load_classes(path)

    return load


ARTHRITIS = """
[[class]]
code = "arthritis"
label = "DMARD"
names = ["disease-modifying antirheumatic drug"]
ingredients = ["sulphasalazine", "zzyzxmab", "gold salts"]
atc = ["L04AX03"]
ndc = ["50090-1234-01", "500905678"]
threshold = 0.75
min_age = 16
excluded_by = ["insulin"]
excluded_conditions = ["cancer"]
source = "our agreement of November 2026"
"""


def test_a_practice_adds_a_class(own):
    classes = own(ARTHRITIS)
    assert list(classes.labels)[-1] == "arthritis"
    assert list(classes.labels)[:-1] == list(load_classes().labels)
    assert classes.labels["arthritis"] == "DMARD"
    assert classes.threshold["arthritis"] == Fraction(3, 4)
    assert classes.min_age["arthritis"] == 16
    assert classes.excluded_by["arthritis"] == {"insulin"}
    assert classes.excluded_conditions["arthritis"] == {"cancer"}
    assert classes.ingredients["arthritis"] == {"sulfasalazine", "zzyzxmab", "gold salts"}
    assert classes.entries["arthritis"].origins == ("drug-classes.toml",)
    assert classes.entries["statins"].origins == ("built-in",)
    assert classes.code_for("disease-modifying antirheumatic drugs") == "arthritis"


@pytest.mark.parametrize(
    ("product", "found"),
    [
        (Product("Sulfasalazine EN 500 mg"), Found("arthritis", "ingredient")),
        # an ingredient that no list of names knows
        (Product("Zzyzxmab 40 mg/0.4 mL pen"), Found("arthritis", "ingredient")),
        (Product("Gold Salts 10 mg"), Found("arthritis", "ingredient")),
        (Product("Goldsalts"), Found(None)),
        (Product("lisinopril/zzyzxmab"), Found(None)),
        (Product("methotrexate", atc="L04AX03"), Found("arthritis", "atc")),
        # an NDC decides before ATC and name: one package, or all of a product
        (Product("atorvastatin", atc="C10AA05", ndc="50090123401"), Found("arthritis", "ndc")),
        (Product("atorvastatin", ndc="50090123402"), Found("statins", "ingredient")),
        (Product("atorvastatin", ndc="50090567899"), Found("arthritis", "ndc")),
        (Product("atorvastatin", ndc="500905678"), Found("arthritis", "ndc")),
        (Product("NDC 50090-5678-10"), Found("arthritis", "ndc")),
    ],
)
def test_a_class_of_a_practice_is_found_by_ndc_then_atc_then_ingredient(own, product, found):
    assert own(ARTHRITIS).found(product) == found


def test_a_practice_adds_to_a_class_that_is_built_in(own):
    usual = load_classes()
    classes = own(
        '[[class]]\ncode = "statins"\nlabel = "our statins"\ningredients = ["ezetimibe"]\n'
        'ndc = ["00093104801"]\nthreshold = 0.85\nsource = "ours"\n'
    )
    assert list(classes.labels) == list(usual.labels)
    assert classes.labels["statins"] == "our statins"
    assert classes.threshold["statins"] == Fraction(17, 20)
    assert classes.min_age["statins"] == 18
    assert classes.ingredients["statins"] == usual.ingredients["statins"] | {"ezetimibe"}
    assert classes.excluded_conditions["statins"] == {"esrd", "hospice"}
    assert classes.entries["statins"].origins == ("built-in", "drug-classes.toml")
    assert classes.entries["statins"].source.endswith("; ours")
    assert classes.of(Product("ezetimibe")) == "statins"
    assert classes.of(Product("x", ndc="00093104801")) == "statins"
    assert classes.of(Product("x", atc="C10AA05")) == "statins"


def test_what_a_practice_does_not_say_of_a_class_stays(own):
    usual = load_classes()
    classes = own('[[class]]\ncode = "statins"\n')
    assert classes.labels == usual.labels
    assert classes.threshold == usual.threshold
    assert classes.entries["statins"].source == usual.entries["statins"].source


def test_a_practice_says_a_class_anew(own):
    classes = own(
        '[[class]]\ncode = "ras_antagonists"\nreplace = true\nlabel = "ACE inhibitors"\n'
        'atc = ["C09A", "C09B"]\nsource = "ours"\n[[class]]\ncode = "arbs"\nlabel = "sartans"\n'
        'atc = ["C09C", "C09D"]\nsource = "ours"\n'
    )
    assert classes.of(Product("x", atc="C09CA01")) == "arbs"
    assert classes.of(Product("x", atc="C09AA01")) == "ras_antagonists"
    assert classes.of(Product("lisinopril")) is None
    assert classes.excluded_by["ras_antagonists"] == frozenset()
    assert classes.entries["ras_antagonists"].origins == ("drug-classes.toml",)


def test_an_own_file_is_read_again_when_it_has_changed(own):
    assert "arthritis" in own(ARTHRITIS).labels
    assert "arthritas" in own(ARTHRITIS.replace("arthritis", "arthritas")).labels
    assert own("").labels == load_classes().labels


# Where it lies, and what holds when it is wrong


def test_an_own_file_lies_beside_the_care_file_or_where_the_setting_says(tmp_path, monkeypatch):
    care_file = tmp_path / "care.db"
    assert own_files.drug_classes(None) is None
    assert own_files.drug_classes(care_file) is None
    beside = tmp_path / "drug-classes.toml"
    beside.write_text(ARTHRITIS, encoding="utf-8")
    assert own_files.drug_classes(care_file) == beside
    monkeypatch.setenv("CARETOOL_DRUG_CLASSES", str(tmp_path / "clinic.toml"))
    assert own_files.drug_classes(care_file) == tmp_path / "clinic.toml"


def test_when_an_own_file_is_wrong_the_built_in_classes_hold_and_it_is_told_once(tmp_path):
    path = tmp_path / "drug-classes.toml"
    path.write_text(ARTHRITIS.replace("0.75", "75"), encoding="utf-8")
    noticed = []
    for _ in range(2):
        assert own_files.classes_in_force(path, noticed) == load_classes()
    (problem,) = noticed
    assert problem.message == "drug-classes.toml, line 2, arthritis: threshold 75"
    assert problem.hint.endswith("until then the built-in classes hold")
    assert own_files.classes_in_force(None, noticed) == load_classes()


def test_when_the_built_in_file_is_wrong_that_is_an_error(monkeypatch):
    def wrong(_: object = None) -> None:
        raise RuleError("drug-classes.toml: no [[class]]")  # noqa: EM101 - as the file's own

    monkeypatch.setattr(drug_classes, "load_classes", wrong)
    with pytest.raises(RuleError):
        own_files.classes_in_force(None, [])


def test_a_file_that_is_not_there_is_named(tmp_path):
    with pytest.raises(RuleError, match=r"rules file none\.toml cannot be read"):
        load_classes(tmp_path / "none.toml")


HEAD = '[[class]]\ncode = "new"\nlabel = "new"\nsource = "ours"\natc = ["D01"]\n'
OWN_WRONG = {
    "no toml": ("code = ", "rules file drug-classes.toml: "),
    "another table": ('[drugs]\ncode = "x"\n', "drug-classes.toml: unknown table 'drugs'"),
    "defaults": ("[defaults]\nmin_age = 3\n", "drug-classes.toml: unknown table 'defaults'"),
    "one table": ('[class]\ncode = "x"\n', "drug-classes.toml: class is no list of tables"),
    "no table": ("class = [3]\n", "drug-classes.toml, ?: 3 is not a [[class]]"),
    "no code": ('\n\n[[class]]\nlabel = "x"\n', "drug-classes.toml, line 3, ?: code None"),
    "code no word": (HEAD + '[[class]]\ncode = "RAS drugs"\n', "line 6, RAS drugs: code"),
    "twice": (HEAD + HEAD, "drug-classes.toml, line 6, new: stands twice in the file"),
    "unknown key": (HEAD + 'ATC = ["D02"]\n', "line 1, new: unknown key 'ATC'"),
    "no label": (HEAD.replace('label = "new"\n', ""), "new: no 'label'"),
    "no source": (HEAD.replace('source = "ours"\n', ""), "new: no 'source'"),
    "empty label": (HEAD.replace('label = "new"', 'label = " "'), "new: label ' ' is empty"),
    "replaced by nothing": ('[[class]]\ncode = "statins"\nreplace = true\n', "statins: no 'label'"),
    "nothing to find it by": (HEAD.replace('atc = ["D01"]\n', ""), "new: nothing to find it by"),
    "replace no flag": (HEAD + "replace = 1\n", "new: replace 1"),
    "threshold 0": (HEAD + "threshold = 0\n", "new: threshold 0"),
    "threshold in per cent": (HEAD + "threshold = 80\n", "new: threshold 80"),
    "threshold text": (HEAD + 'threshold = "0.8"\n', "new: threshold '0.8'"),
    "threshold flag": (HEAD + "threshold = true\n", "new: threshold True"),
    "threshold no number": (HEAD + "threshold = nan\n", "new: threshold nan"),
    "age": (HEAD + "min_age = -1\n", "new: min_age -1"),
    "age of more": (HEAD + "min_age = 180\n", "new: min_age 180"),
    "age flag": (HEAD + "min_age = true\n", "new: min_age True"),
    "ndc of ten": (HEAD + 'ndc = ["0093104801"]\n', "new: ndc '0093104801'"),
    "condition": (HEAD + 'excluded_conditions = ["gout"]\n', "new: excluded_conditions 'gout'"),
    "name": (HEAD + 'names = ["-"]\n', "new: names '-'"),
    "excluded by nothing": (HEAD + 'excluded_by = ["foo"]\n', "new: excluded_by 'foo' is no class"),
    "combination": (
        HEAD + 'ingredients = ["hyzaar"]\n',
        "drug-classes.toml, line 1, new: ingredients 'hyzaar' is a combination",
    ),
    "ingredient of another": (
        HEAD + 'ingredients = ["simvastatin"]\n',
        "drug-classes.toml, line 1, new: 'simvastatin' stands for statins already",
    ),
    "the same by its brand": (
        HEAD + 'ingredients = ["zocor"]\n',
        "drug-classes.toml, line 1, new: 'simvastatin' stands for statins already",
    ),
    "name of another": (HEAD + 'names = ["Statin"]\n', "new: 'statin' stands for statins already"),
    "ndc of another": (
        HEAD + 'ndc = ["0093-1048-01"]\n[[class]]\ncode = "statins"\nndc = ["00093104801"]\n',
        "drug-classes.toml, line 1, new: '00093104801' stands for statins already",
    ),
}


@pytest.mark.parametrize(("text", "said"), OWN_WRONG.values(), ids=OWN_WRONG)
def test_a_mistake_in_an_own_file_is_named_with_line_and_class(own, text, said):
    with pytest.raises(RuleError) as problem:
        own(text)
    assert said in str(problem.value)
    assert problem.value.hint


# ------------------------------------------------------------------ a malformed built-in file


def _changed(change):
    """The classes after a change to what the built-in file says."""
    raw = deepcopy(read_rules("drug-classes.toml"))
    change(raw)
    return drug_classes._classes(class_tables.built_in(raw))


def _set(key, value):
    return lambda raw: raw["class"][0].__setitem__(key, value)


WRONG = {
    "no class": (lambda raw: raw.clear(), "drug-classes.toml: no [[class]]"),
    "empty": (lambda raw: raw.__setitem__("class", []), "drug-classes.toml: no [[class]]"),
    "no table": (lambda raw: raw["class"].append("x"), "drug-classes.toml, ?: 'x' is not a"),
    "unknown key": (_set("ATC", ["C10"]), "drug-classes.toml, statins: unknown key 'ATC'"),
    "label no text": (_set("label", 7), "drug-classes.toml, statins: label 7 is empty or no text"),
    "atc no list": (_set("atc", "C10AA"), "statins: atc 'C10AA' is not a list"),
    "no atc code": (_set("atc", ["C10A A"]), "drug-classes.toml, statins: atc 'C10A A'"),
    "part of a level": (_set("atc", ["C1"]), "statins: atc 'C1'"),
    "lower case atc": (_set("atc_not", ["c10ba10"]), "statins: atc_not 'c10ba10'"),
    "number": (_set("ingredients", [3]), "drug-classes.toml, statins: ingredients 3"),
    "upper case": (_set("ingredients", ["Zocor"]), "statins: ingredients 'Zocor'"),
    "prefix twice": (
        lambda raw: raw["class"][1]["atc"].append("C10AA"),
        "drug-classes.toml, ras_antagonists: 'C10AA' stands for statins already",
    ),
    "exception of another": (
        lambda raw: raw["class"][1]["atc"].append("C10BA10"),
        "drug-classes.toml, ras_antagonists: 'C10BA10' stands for an exception already",
    ),
    "prefix and exception": (
        _set("atc_not", ["C10AA"]),
        "statins: 'C10AA' stands for statins already",
    ),
    "instead of nothing": (
        _set("instead_of", ["fibrates"]),
        "drug-classes.toml, statins: instead_of 'fibrates' is no class",
    ),
}


@pytest.mark.parametrize(("change", "said"), WRONG.values(), ids=WRONG)
def test_a_malformed_file_is_named_with_the_class(change, said):
    with pytest.raises(RuleError) as problem:
        _changed(change)
    assert said in str(problem.value)
    assert problem.value.hint
