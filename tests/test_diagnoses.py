"""What a list's diagnosis means: ICD-10 codes by prefix, words, several diagnoses in one cell.

Rulebook section 8 (ICD-10-CM groups) and section 4 (the eight groups of FMC).
"""

import pytest

from caretool import diagnoses
from caretool.diagnoses import NOTHING, chronic_groups, meaning

# The table of rulebook section 8: a code of each prefix, with the dot as lists print it
CODES = [
    ("I50.9", "heart_failure"),
    ("I11.0", "heart_failure"),
    ("I13.0", "heart_failure"),
    ("I13.2", "heart_failure"),
    ("I09.81", "heart_failure"),
    ("J41.0", "copd"),
    ("J42", "copd"),
    ("J43.9", "copd"),
    ("J44.1", "copd"),
    ("J45.909", "asthma"),
    ("E08.9", "diabetes"),
    ("E09.65", "diabetes"),
    ("E10.9", "diabetes"),
    ("E11.65", "diabetes"),
    ("E13.9", "diabetes"),
    ("I21.4", "ami"),
    ("I22.0", "ami"),
    ("I25.2", "ami"),
    ("J18.9", "pneumonia"),
    ("J12.82", "pneumonia"),
    ("J69.0", "pneumonia"),
    ("J10.00", "pneumonia"),
    ("J11.08", "pneumonia"),
    ("N18.6", "ckd"),
    ("I12.0", "ckd"),
    ("I13.10", "ckd"),
    ("Z99.2", "ckd"),
    ("I10", "hypertension"),
    ("I15.0", "hypertension"),
    ("I16.1", "hypertension"),
    ("I1A.0", "hypertension"),
    ("F32.9", "depression"),
    ("F33.1", "depression"),
    ("F34.1", "depression"),
    ("I48.91", "atrial_fibrillation"),
    ("I60.9", "stroke"),
    ("I63.9", "stroke"),
    ("G45.9", "stroke"),
    ("F01.50", "dementia"),
    ("F03.90", "dementia"),
    ("G30.9", "dementia"),
    ("G31.09", "dementia"),
    ("G31.83", "dementia"),
    ("A40.9", "sepsis"),
    ("A41.9", "sepsis"),
    ("F10.20", "substance_use"),
    ("F11.20", "substance_use"),
    ("F19.10", "substance_use"),
    ("T40.2X1A", "substance_use"),
    ("F20.9", "psychiatric"),
    ("F31.9", "psychiatric"),
    ("X78.1XXA", "psychiatric"),
    ("R45.851", "psychiatric"),
    ("T14.91XA", "psychiatric"),
    ("C34.90", "cancer"),
    ("C7A.00", "cancer"),
]


@pytest.mark.parametrize(("code", "named"), CODES)
def test_a_code_is_known_by_its_prefix_with_or_without_the_dot_and_in_any_case(code, named):
    for written in (code, code.replace(".", ""), code.lower(), f"{code} some words", f"({code})"):
        assert named in meaning(written).every, written
        assert named in meaning(written).principal, written


@pytest.mark.parametrize(
    ("code", "not_named"),
    [
        ("O24.410", "diabetes"),  # in pregnancy: not in the rulebook's table
        ("I25.10", "ami"),  # old heart disease without an infarction
        ("I11.9", "heart_failure"),  # hypertensive heart disease without failure
        ("F17.210", "substance_use"),  # nicotine
        ("J10.1", "pneumonia"),  # influenza without pneumonia
        ("I69.30", "stroke"),  # what is left of an old one
        ("E86.0", "diabetes"),
        ("G31.84", "dementia"),  # mild cognitive impairment
    ],
)
def test_a_code_beside_a_group_is_not_in_it(code, not_named):
    assert not_named not in meaning(code).every


def test_one_code_may_name_several_conditions():
    assert meaning("I13.2").every == {"heart_failure", "hypertension", "ckd"}


@pytest.mark.parametrize("text", [None, "", "   ", "sprained ankle", "S93.401A", "???"])
def test_what_names_nothing_of_ours_means_nothing(text):
    assert meaning(text) == NOTHING


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("CHF", {"heart_failure"}),
        ("Congestive Heart Failure, acute on chronic", {"heart_failure"}),
        ("COPD exacerbation", {"copd"}),
        ("acute exacerbation of chronic obstructive pulmonary disease", {"copd"}),
        ("Heart Attack", {"ami"}),
        ("a-fib", {"atrial_fibrillation"}),
        ("Alzheimer's disease", {"dementia"}),
        ("TIA", {"stroke"}),
        ("T2DM; HTN", {"diabetes", "hypertension"}),
        ("suicidal ideation", {"psychiatric"}),
        ("opioid overdose", {"substance_use"}),
        ("PNEUMONIA/SEPSIS", {"pneumonia", "sepsis"}),
    ],
)
def test_words_name_a_condition(text, named):
    assert meaning(text).every == named
    assert meaning(text).principal == named


@pytest.mark.parametrize(
    "text", ["aftermath", "ohms", "admit", "minor injury", "household", "affirmed", "chronic pain"]
)
def test_a_word_within_a_word_names_nothing(text):
    assert meaning(text) == NOTHING


def test_of_several_codes_the_first_is_the_principal_one():
    found = meaning("J18.9; F32.9, I50.9")
    assert found.every == {"pneumonia", "depression", "psychiatric", "heart_failure"}
    assert found.principal == {"pneumonia"}


def test_a_first_code_that_is_none_of_ours_is_the_principal_one_all_the_same():
    found = meaning("S72.001A, I50.9")
    assert (found.every, found.principal) == ({"heart_failure"}, set())


def test_beside_a_code_that_says_nothing_the_words_are_read():
    assert meaning("R07.9 chest pain, known CHF").every == {"heart_failure"}


def test_a_code_that_is_known_goes_before_the_words_beside_it():
    assert meaning("I50.9 no history of COPD").every == {"heart_failure"}


def test_the_targets_are_those_of_the_file_and_hypertension_alone_is_none():
    assert diagnoses.targets() == {
        "heart_failure", "copd", "asthma", "diabetes", "ami", "atrial_fibrillation", "stroke",
        "ckd", "depression", "dementia", "pneumonia", "sepsis",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("on_file", "groups"),
    [
        (set(), 0),
        ({"diabetes", "hypertension"}, 0),
        ({"diabetes", "hypertension", "ckd"}, 1),
        ({"copd"}, 1),
        ({"copd", "asthma"}, 1),
        ({"copd", "asthma", "ckd"}, 2),
        ({"heart_failure", "ami"}, 2),
        (
            {"copd", "dementia", "ckd", "depression", "heart_failure", "ami",
             "atrial_fibrillation", "stroke"},
            8,
        ),
        ({"sepsis", "pneumonia", "cancer"}, 0),
    ],
)  # fmt: skip
def test_the_eight_groups_are_counted_and_two_of_one_group_once(on_file, groups):
    assert chronic_groups(frozenset(on_file)) == groups


def test_what_a_protocol_may_name_is_every_condition_and_group():
    assert {"heart_failure", "cancer", "psychiatric", "substance_use"} <= diagnoses.known()
    assert "hangnail" not in diagnoses.known()
