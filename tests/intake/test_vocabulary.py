"""The words of lists for dispositions, kinds of stay and events; as a whole, never in parts."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from caretool import rules
from caretool.intake.vocabulary import cancels, disposition_code, patient_class
from caretool.model import PatientClass
from caretool.rule_files import load_protocols

# rulebook.md section 2, the table "Disposition -> TCM decision"
DECISIONS = {
    "yes": ("01", "06", "81", "86"),
    "review": ("04", "84", "64", "92", "07"),
    "hold": ("03", "61", "62", "63", "65", "66", "02", "05", "43", "70", "82", "83", "85", "88",
             "89", "90", "91", "93", "94", "95", "50", "51", "21", "87"),
    "never": ("20", "40", "41", "42"),
    "ignore": ("09", "30"),
}  # fmt: skip

WORDS = {
    "01": ("Home or Self Care", "HOME", "home", "HOM", "DC", "D/C", "routine", "to home",
           "Discharged to home or self care", "Routine discharge", "Casa"),
    "02": ("Short-term Hospital", "ACUTE HOSPITAL", "TRF", "xfer", "Transfer",
           "Transferred to short term hospital", "Disch/Trans to another facility"),
    "03": ("SNF", "Skilled Nursing", "Skilled Nursing Home", "SKILLED NURSING FACILITY",
           "Discharged/transferred to SNF"),
    "04": ("Facility w/ Custodial/Supportive Care", "ASSISTED LIVING", "ICF", "ALF"),
    "05": ("Cancer Center", "Children's Hospital"),
    "06": ("Home w/ Home Health Services", "HOME HEALTH CARE", "HHS", "HH", "VNA", "HOME W HH",
           "Home Health Svc", "Home-Health Care Svc",
           "Discharged/transferred to home under care of home health"),
    "07": ("Left Against Medical Advice", "AGAINST ADVICE", "AMA", "LWBS", "Eloped", "DNW",
           "LEFT AGAINST MEDICAL ADVICE", "left before treatment"),
    "09": ("ADM", "admitted", "IP", "obs", "Admitted as inpatient"),
    "20": ("Expired", "DIED", "EXP", "deceased", "dead"),
    "21": ("Court/Law Enforcement", "Law enforcement"),
    "30": ("Still a Patient", "In-house"),
    "40": ("Expired at home",),
    "41": ("Expired in a medical facility",),
    "42": ("Expired, place unknown",),
    "43": ("Federal hospital", "VA hospital"),
    "50": ("Hospice - Home", "Hosp-Home", "HOSPICE"),
    "51": ("Hospice - Medical Facility", "Hospice-facility"),
    "61": ("Swing bed",),
    "62": ("Inpatient Rehabilitation Facility", "REHAB", "Rehab", "IRF", "REHB"),
    "63": ("Medicare Cert Long Term Care Hospital", "CHRONIC/LONG TERM ACUTE CARE", "LTAC",
           "LTACH", "LTCH"),
    "64": ("Medicaid Cert Nursing Facility", "Nursing home"),
    "65": ("Psychiatric Hospital or Unit of Hosp", "PSYCH FACILITY", "Psych"),
    "66": ("Critical Access Hospital",),
    "70": ("Another Type Not Listed", "HEALTHCARE FACILITY", "OTHER FACILITY"),
}  # fmt: skip

CLASSES = {
    "inpatient": ("I", "IMP", "Inpatient", "IP", "Acute", "EW EMER.", "DIRECT EMER.", "URGENT"),
    "observation": ("OBS", "Observation", "OBSENC", "EU OBSERVATION", "AMBULATORY OBSERVATION"),
    "emergency": ("E", "EMER", "ER", "ED", "Emergency Room", "Emergency Department"),
    "snf": ("SNF", "Skilled Nursing", "Sub-Acute"),
    "rehab": ("Rehab", "IRF", "Acute Rehab"),
    "ltch": ("LTCH", "LTAC"),
    "psychiatric": ("Psych", "Behavioral Health"),
    "partial": ("PHP", "Partial hospitalization"),
    "ambulatory": ("A", "AMB", "Outpatient", "Office Visit", "wellness", "ambulatory", "Virtual"),
    "unknown": ("", "O", "Z", "Medical", "NaN", "inpatient or observation"),
}  # fmt: skip


def pairs(table: dict[str, tuple[str, ...]]) -> list[tuple[str, str]]:
    return [(key, text) for key, texts in table.items() for text in texts]


@pytest.mark.parametrize(("meaning", "code"), pairs(DECISIONS))
def test_each_code_is_read_and_means_what_the_rulebook_says(meaning, code):
    assert disposition_code(code) == disposition_code(f" {code} ") == code
    assert load_protocols().disposition_meaning(code) == meaning


def test_only_who_left_against_advice_comes_first():
    first = [one.code for one in load_protocols().dispositions.values() if one.first]
    assert first == ["07"]


@pytest.mark.parametrize(("code", "text"), pairs(WORDS))
def test_each_form_in_words_means_its_code_in_any_case(code, text):
    assert disposition_code(text) == code
    assert disposition_code(text.upper()) == disposition_code(f"  {text.lower()}.") == code


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("1", "01"),
        ("7", "07"),
        ("001", "01"),
        ("1.0", "01"),  # as a spreadsheet leaves it
        ("20.0", "20"),
        ("01 - Home or Self Care", "01"),
        ("01-Home", "01"),
        ("03: SNF (Cumber Manor)", "03"),
        ("20 Expired in the OR", "20"),
        ("1 Home or Self Care", "01"),
        ("6 - Home health", "06"),
        ("86 home health, readmission planned", "86"),
    ],
)
def test_a_code_may_stand_alone_or_before_its_words(text, code):
    assert disposition_code(text) == code


@pytest.mark.parametrize(
    "text",
    [
        "", "   ", "-", "NaN", "0", "00", "08", "99", "123", "unknown", "see note",
        "6 West", "4N-38", "3-East", "2nd floor", "20B",  # wards, not codes
        "not home", "Home?? or SNF", "Anna's home",
    ],
)  # fmt: skip
def test_what_is_no_disposition_is_unknown_and_so_called_and_flagged(text):
    assert disposition_code(text) is None
    assert load_protocols().disposition_meaning(disposition_code(text)) == "unknown"


@pytest.mark.parametrize(
    ("text", "meaning"),
    [
        ("Nursing home", "review"),
        ("Home hospice", "hold"),
        ("Hospice - Home", "hold"),
        ("Psychiatric Hospital", "hold"),
        ("Expired at home", "never"),
        ("Group home", "review"),
    ],
)
def test_the_word_home_or_hospital_alone_is_never_found_inside_another(text, meaning):
    assert load_protocols().disposition_meaning(disposition_code(text)) == meaning


@pytest.mark.parametrize(("kind", "text"), pairs(CLASSES))
def test_each_form_of_a_kind_of_stay_is_known_in_any_case(kind, text):
    assert patient_class(text) == patient_class(f" {text.lower()} ") == PatientClass(kind)


def test_every_word_of_the_rules_file_stands_under_one_meaning_and_is_read_so():
    tables = tomllib.loads((Path(rules.__file__).parent / "list-words.toml").read_text("utf-8"))
    for code, texts in tables["disposition"].items():
        for text in texts:
            assert disposition_code(text) == code, text
    for kind, texts in tables["class"].items():
        for text in (*texts, kind):
            assert patient_class(text) == kind, text
    for leading in tables["leading"]:
        assert disposition_code(f"{leading} home") == "01", leading


@pytest.mark.parametrize(
    ("event", "expected"),
    [
        ("A13", True),
        ("A11", True),
        ("ADT^A13", True),
        ("a13 - cancel discharge", True),
        ("Cancel Discharge", True),
        ("Cancelled", True),
        ("Discharge Cancellation", True),
        ("A03", False),
        ("A08", False),
        ("Discharge", False),
        ("A130", False),
        ("", False),
    ],
)
def test_only_a_cancellation_takes_back_what_was_said(event, expected):
    assert cancels(event) is expected
