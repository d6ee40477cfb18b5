"""`drug-classes`: the classes in force, and what a medicine is."""

import csv
import io
import sys

import pytest

from caretool.drug_classes import load_classes

CODES = list(load_classes().labels)
GOUT = """[[class]]
code = "gout"
label = "gout medicines"
ingredients = ["allopurinol", "febuxostat"]
ndc = ["50090-1234-01", "500905678"]
source = "ours"
[[class]]
code = "statins"
threshold = 0.85
"""


@pytest.fixture
def own(tmp_path):
    """Lay a practice's own classes beside the care file."""

    def write(text):
        path = tmp_path / "drug-classes.toml"
        path.write_text(text, encoding="utf-8")
        return path

    return write


def test_it_lists_every_class_without_any_care_file(ok, tmp_path):
    rows = ok("drug-classes")
    assert [row["code"] for row in rows] == CODES
    assert {tuple(row["origin"]) for row in rows} == {("built-in",)}
    assert not (tmp_path / "care.db").exists()


def test_a_row_says_all_of_a_class(ok):
    assert ok("drug-classes")[2] == {
        "code": "arni",
        "label": "ARNI",
        "threshold": 0.8,
        "min_age": 18,
        "excluded_by": [],
        "excluded_conditions": [],
        "atc": ["C09DX04"],
        "ndc": 0,
        "ingredients": ["sacubitril"],
        "source": "PQA PDC-RASA, exclusion (rulebook PDC_EX); ATC",
        "origin": ["built-in"],
    }


def test_the_practices_own_classes_are_there_with_their_file(ok, own):
    own(GOUT)
    rows = {row["code"]: row for row in ok("drug-classes")}
    assert rows["gout"]["origin"] == ["drug-classes.toml"]
    assert rows["gout"]["ndc"] == 2
    assert rows["statins"]["origin"] == ["built-in", "drug-classes.toml"]
    assert rows["statins"]["threshold"] == 0.85
    assert rows["diabetes"]["origin"] == ["built-in"]


def test_a_named_file_counts_before_the_one_beside(ok, own, tmp_path, monkeypatch):
    own(GOUT)
    (tmp_path / "clinic.toml").write_text(GOUT.replace("gout", "uric"), encoding="utf-8")
    monkeypatch.setenv("CARETOOL_DRUG_CLASSES", str(tmp_path / "clinic.toml"))
    assert [row["code"] for row in ok("drug-classes")][-1] == "uric"


def test_a_mistake_in_the_own_file_is_told_and_the_built_in_classes_are_shown(care, own):
    own(GOUT.replace('"allopurinol"', '"Allopurinol"'))
    ran = care("drug-classes", "--json", code=3)
    (error,) = ran.document["errors"]
    assert error["code"] == "rules"
    assert error["message"] == "drug-classes.toml, line 1, gout: ingredients 'Allopurinol'"
    assert error["hint"].endswith("until then the built-in classes hold")
    assert [row["code"] for row in ran.data] == CODES


@pytest.mark.parametrize("name", ["Statins", "HMG CoA reductase inhibitor", "statins"])
def test_one_class_goes_by_code_label_or_another_name(ok, name):
    row = ok("drug-classes", name)
    assert row["code"] == "statins"
    assert row["ingredients"][0] == "atorvastatin"


@pytest.mark.parametrize(
    ("name", "drug", "ingredients", "code", "by"),
    [
        ("Zestril 10 mg", "lisinopril", ["lisinopril"], "ras_antagonists", "ingredient"),
        (
            "Hyzaar 50-12.5",
            "hydrochlorothiazide+losartan",
            ["hydrochlorothiazide", "losartan"],
            "ras_antagonists",
            "ingredient",
        ),
        ("C09BA03", "C09BA03", [], "ras_antagonists", "atc"),
        ("50090-1234-01", "ndc 500901234", [], "gout", "ndc"),
        ("allopurinol", "allopurinol", ["allopurinol"], "gout", "ingredient"),
        ("Foozol 10 mg tab", "foozol", [], None, None),
    ],
)
def test_a_medicine_is_explained(ok, own, name, drug, ingredients, code, by):
    own(GOUT)
    row = ok("drug-classes", name)
    assert (row["name"], row["drug"], row["ingredients"]) == (name, drug, ingredients)
    assert (row["class"], row["by"]) == (code, by)
    assert (row["label"] is None) == (code is None)
    assert row["origin"] == {"gout": ["drug-classes.toml"], None: []}.get(code, ["built-in"])


def test_people_read_a_medicine_in_words(care):
    assert care("drug-classes", "Zestril 10 mg").out.splitlines() == [
        "medicine\tmedicine\tZestril 10 mg",
        "medicine\tdrug\tlisinopril",
        "medicine\tingredients\tlisinopril",
        "medicine\tclass\tRAS antagonists, by its ingredients",
        "medicine\tfile\tbuilt-in",
    ]
    out = care("drug-classes", "Foozol").out
    assert "medicine\tclass\tnone, or it could be two\n" in out
    assert "medicine\tingredients\tnot known: it stands for itself\n" in out


def test_people_read_a_class_in_words(care):
    out = care("drug-classes", "diabetes").out
    assert "class\tadherent from\t80%\n" in out
    assert "class\tout of the measure by\tinsulin, esrd, hospice\n" in out
    assert "class\tNDCs" not in out


def test_csv_has_every_column(care):
    rows = list(csv.DictReader(io.StringIO(care("drug-classes", "--csv").out)))
    assert [row["code"] for row in rows] == CODES
    assert rows[0]["excluded_conditions"] == "esrd;hospice"
    assert rows[0]["threshold"] == "0.8"


def test_a_name_that_says_nothing_is_refused(care):
    assert "names nothing" in care("drug-classes", " - ", code=2).err


def test_a_terminal_shows_the_file_of_each_class_and_what_to_type_next(care, own, monkeypatch):
    own(GOUT)
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    ran = care("drug-classes")
    assert "built-in, drug-classes.toml" in ran.out
    assert "caretool drug-classes statins shows a class" in ran.err
    assert "caretool drug-classes lists the classes" in care("drug-classes", "Foozol").err


def test_whatever_has_the_name_of_the_own_file_is_not_passed_over(care, tmp_path):
    """A folder, or a link to a disk that is not there: classes that are meant to hold do not."""
    beside = tmp_path / "drug-classes.toml"
    beside.mkdir()
    ran = care("drug-classes", code=3)
    assert "rules file drug-classes.toml cannot be read: Is a directory" in ran.err
    assert "until then the built-in classes hold" in ran.err
    beside.rmdir()
    beside.symlink_to(tmp_path / "gone" / "drug-classes.toml")
    assert "cannot be read: No such file or directory" in care("drug-classes", code=3).err
