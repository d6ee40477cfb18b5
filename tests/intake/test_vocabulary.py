"""The words of lists for dispositions, kinds of stay and events; as a whole, never in parts."""

from __future__ import annotations

import tomllib
from itertools import chain
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from caretool import rules
from caretool.intake.vocabulary import (
    codes,
    disposition_code,
    event_kind,
    fold,
    is_unknown_class,
    is_unknown_disposition,
    patient_class,
)
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

# discharges.md section 6, row by row: SPARCS, MIMIC-IV, FHIR R4 (code and display), short forms
SECTION_6 = {
    "01": ("Home or Self Care", "HOME", "home", "HOM", "DC", "D/C", "routine", "to home"),
    "06": ("Home w/ Home Health Services", "HOME HEALTH CARE", "HHS", "HH", "VNA"),
    "03": ("Skilled Nursing Home", "SKILLED NURSING FACILITY", "snf", "Skilled nursing facility",
           "SNF"),
    "62": ("Inpatient Rehabilitation Facility", "REHAB", "rehab", "Rehabilitation", "IRF", "REHB"),
    "63": ("Medicare Cert Long Term Care Hospital", "CHRONIC/LONG TERM ACUTE CARE", "LTAC",
           "LTACH", "LTCH"),
    "65": ("Psychiatric Hospital or Unit of Hosp", "PSYCH FACILITY", "psy",
           "Psychiatric hospital"),
    "02": ("Short-term Hospital", "ACUTE HOSPITAL", "TRF", "xfer"),
    "07": ("Left Against Medical Advice", "AGAINST ADVICE", "LEFT AGAINST MEDICAL ADVICE",
           "aadvice", "Left against advice", "AMA", "LWBS", "eloped", "DNW",
           "left before treatment"),
    "20": ("Expired", "DIED", "EXPIRED", "exp", "EXP", "deceased", "dead"),
    "50": ("Hospice - Home", "HOSPICE", "hosp", "Hospice"),
    "51": ("Hospice - Medical Facility",),
    "04": ("Facility w/ Custodial/Supportive Care", "ASSISTED LIVING", "alt-home",
           "Alternative home", "ICF", "ALF"),
    "64": ("Medicaid Cert Nursing Facility", "long", "Long-term care"),
    "21": ("Court/Law Enforcement",),
    "61": ("swing bed", "Hosp Basd Medicare Approved Swing Bed"),
    "66": ("Critical Access Hospital",),
    "05": ("Cancer Center or Children's Hospital",),
    "43": ("Federal Health Care Facility",),
    "70": ("Another Type Not Listed", "OTHER FACILITY", "HEALTHCARE FACILITY", "other-hcf",
           "Other healthcare facility"),
    "09": ("Admitted from Ambulatory Surgery", "ADM", "admitted", "IP", "obs"),
}  # fmt: skip

# rulebook.md section 10, free texts
SECTION_10 = {
    "01": ("Home or Self Care",),
    "06": ("HOME W HH", "Home Health Svc", "Home-Health Care Svc"),
    "03": ("SNF", "Skilled Nursing"),
    "62": ("Rehab",),
    "63": ("LTAC",),
    "50": ("Hosp-Home",),
    "07": ("AMA", "LWBS", "Eloped"),
    "20": ("Expired",),
    "30": ("Still a Patient",),
    "02": ("Disch/Trans to another facility",),
}

# the codes as the national committee words them
IN_FULL = {
    "01": "Discharged to home or self care (routine discharge)",
    "02": "Discharged/transferred to a short-term general hospital for inpatient care",
    "03": "Discharged/transferred to skilled nursing facility (SNF) with Medicare certification in"
          " anticipation of skilled care",
    "04": "Discharged/transferred to a facility that provides custodial or supportive care",
    "05": "Discharged/transferred to a designated cancer center or children's hospital",
    "06": "Discharged/transferred to home under care of organized home health service organization"
          " in anticipation of covered skilled care",
    "07": "Left against medical advice or discontinued care",
    "09": "Admitted as an inpatient to this hospital",
    "20": "Expired",
    "21": "Discharged/transferred to court/law enforcement",
    "30": "Still a patient",
    "40": "Expired at home",
    "41": "Expired in a medical facility",
    "42": "Expired - place unknown",
    "43": "Discharged/transferred to a federal health care facility",
    "50": "Hospice - home",
    "51": "Hospice - medical facility (certified) providing hospice level of care",
    "61": "Discharged/transferred to hospital-based Medicare approved swing bed",
    "62": "Discharged/transferred to an inpatient rehabilitation facility (IRF) including"
          " rehabilitation distinct part units of a hospital",
    "63": "Discharged/transferred to a Medicare certified long term care hospital (LTCH)",
    "64": "Discharged/transferred to a nursing facility certified under Medicaid but not certified"
          " under Medicare",
    "65": "Discharged/transferred to a psychiatric hospital or psychiatric distinct part unit of a"
          " hospital",
    "66": "Discharged/transferred to a critical access hospital (CAH)",
    "69": "Discharged/transferred to a designated disaster alternative care site",
    "70": "Discharged/transferred to another type of health care institution not defined elsewhere"
          " in this code list",
}  # fmt: skip
PLANNED = {
    "01": "81", "02": "82", "03": "83", "04": "84", "05": "85", "06": "86", "21": "87", "43": "88",
    "61": "89", "62": "90", "63": "91", "64": "92", "65": "93", "66": "94", "70": "95",
}  # fmt: skip

IN_SPANISH = {
    "01": ("Casa", "Hogar", "Alta a su casa", "alta a su hogar", "ALTA A CASA", "su casa",
           "alta al hogar"),
    "02": ("Traslado a otro hospital", "Trasladado a otro hospital", "Otro hospital", "Traslado"),
    "03": ("Centro de enfermería", "centro de enfermeria especializada",
           "Traslado a centro de enfermería"),
    "06": ("Salud en el hogar", "Hogar con servicios"),
    "07": ("Contra consejo médico", "Alta contra consejo médico", "Alta voluntaria",
           "Se fugó"),
    "09": ("Admitido", "Hospitalizada"),
    "20": ("Fallecido", "FALLECIDA", "Muerte", "Falleció"),
    "21": ("Cárcel",),
    "30": ("Aún hospitalizado",),
    "50": ("Hospicio", "Hospicio en el hogar"),
    "51": ("Facilidad de hospicio",),
    "62": ("Rehabilitación", "Centro de rehabilitación"),
    "65": ("Hospital psiquiátrico",),
}  # fmt: skip

CLASSES = {
    "inpatient": ("ACUTE", "Hospitalizado", "Paciente interno", "I", "IMP", "Inpatient", "IP",
                  "Acute", "EW EMER.", "DIRECT EMER.", "URGENT"),
    "observation": ("V", "Observación", "OBS", "Observation", "OBSENC", "EU OBSERVATION",
                    "AMBULATORY OBSERVATION"),
    "emergency": ("Sala de emergencias", "E", "EMER", "ER", "ED", "Emergency Room",
                  "Emergency Department"),
    "snf": ("SNF", "Skilled Nursing", "Sub-Acute"),
    "rehab": ("Rehab", "IRF", "Acute Rehab"),
    "ltch": ("LTCH", "LTAC"),
    "psychiatric": ("Psych", "Behavioral Health"),
    "partial": ("PHP", "Partial hospitalization"),
    "ambulatory": ("P", "R", "Ambulatorio", "A", "AMB", "Outpatient", "Office Visit", "wellness",
                   "ambulatory", "Virtual"),
    "unknown": ("", "O", "B", "C", "D", "N", "U", "ff", "Z", "Medical", "NaN",
                "inpatient or observation"),
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


EVERY_TABLE = [pairs(table) for table in (WORDS, SECTION_6, SECTION_10, IN_SPANISH)]


@pytest.mark.parametrize(("code", "text"), dict.fromkeys(chain.from_iterable(EVERY_TABLE)))
def test_each_form_in_words_means_its_code_in_any_case(code, text):
    assert disposition_code(text) == code
    assert disposition_code(text.upper()) == disposition_code(f"  {text.lower()}.") == code


@pytest.mark.parametrize(("code", "text"), IN_FULL.items())
def test_each_code_is_known_by_its_full_name_and_with_a_planned_readmission(code, text):
    assert disposition_code(text) == disposition_code(text.upper()) == code
    planned = f"{text} with a planned acute care hospital inpatient readmission"
    assert disposition_code(planned) == PLANNED.get(code)


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
        "not home", "Home?? or SNF", "Anna's home", "other", "oth", "hospital", "No es su casa",
        "with a planned readmission", "pending",
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
    assert tables["planned"]["codes"] == PLANNED
    for kind, texts in tables["event"]["words"].items():
        for text in texts:
            assert event_kind(text) == kind, text
    for around in tables["event"]["around"]:
        assert event_kind(f"{around} discharge") == "discharge", around


# a source's own words


def test_the_sources_own_words_come_first():
    own = {fold("Bldg. 7"): "03", fold("HOME"): "06"}
    assert disposition_code("BLDG 7", own) == "03"
    assert disposition_code("Home", own) == "06"
    assert disposition_code("SNF", own) == "03"
    assert disposition_code("Bldg 8", own) is None
    assert disposition_code("Bldg 7") is None
    assert patient_class("O", {"o": "observation"}) == PatientClass.OBSERVATION
    assert patient_class("I", {"o": "observation"}) == PatientClass.INPATIENT
    assert patient_class("O", {}) == PatientClass.UNKNOWN


def test_what_is_empty_is_not_reported_as_unknown():
    for text in ("", "  ", "-", "NaN", "Unknown", "N/A", "#REF!"):
        assert not is_unknown_disposition(text)
        assert not is_unknown_class(text)
    assert is_unknown_disposition("see note")
    assert is_unknown_disposition("99")
    assert not is_unknown_disposition("SNF")
    assert not is_unknown_disposition("Bldg 7", {"bldg 7": "03"})
    assert is_unknown_class("O")
    assert is_unknown_class("B")
    assert not is_unknown_class("N")  # not applicable
    assert not is_unknown_class("U")
    assert not is_unknown_class("I")
    assert not is_unknown_class("O", {"o": "ambulatory"})


def test_the_codes_are_those_of_the_rulebook():
    assert codes() == {code for table in DECISIONS.values() for code in table} | {"69"}


# events

EVENTS = {
    "admit": ("A01", "A04", "A06", "ADT^A01", "ADT^A01^ADT_A01", "ADT_A01", "adt-a04", "Admission",
              "Admit", "ED Admit", "ED Admission", "Inpatient Admit", "Observation Admission",
              "A01 - Admit", "Patient Admitted", "Readmission", "Hospital Readmission", "Ingreso",
              "Admisión", "Arrival"),
    "discharge": ("A03", "ADT^A03", "ADT^A03^ADT_A03", "ADT_A03", "ADTA03", "a03 discharge",
                  "Discharge", "DISCHARGED", "ED Discharge", "Inpatient Discharge", "Alta",
                  "Discharge Notification", "SNF discharge", "Egreso", "Alta del hospital"),
    "update": ("A02", "A08", "ADT^A08^ADT_A01", "Update", "Transfer", "A07", "Updated Discharge",
               "Correction", "Traslado"),
    "cancel_admit": ("A11", "ADT^A11^ADT_A09", "Cancel Admit", "Admit Cancelled", "Cancelled",
                     "CANCELED", "Cancellation", "Admission cancellation", "Cancel Visit", "A23",
                     "Cancelado", "Void", "Cancelled ED visit"),
    "cancel_discharge": ("A13", "ADT^A13^ADT_A01", "ADT^A13^ADT_A13", "a13 - cancel discharge",
                         "Cancel Discharge", "Discharge Cancellation", "Discharge Cancelled",
                         "Cancelled ED discharge", "Alta cancelada"),
    "cancel_transfer": ("A12", "Cancel Transfer", "Transfer cancelled"),
    "person": ("A28", "A31", "ADT^A31^ADT_A05", "Demographic Update", "Patient Update"),
    "merge": ("A18", "A34", "A40", "ADT^A40^ADT_A39", "A47", "Merge", "Patient Merge",
              "MRN Merge"),
    "none": ("", "  ", "-", "A130", "A05", "A15", "A16", "A25", "A60", "A99", "ORU^R01",
             "Pending Discharge", "Expected Discharge", "Discharge planning", "Home", "A1",
             "Cancel pending discharge", "see note", "Discharge or transfer"),
}  # fmt: skip


@pytest.mark.parametrize(("kind", "text"), pairs(EVENTS))
def test_events_are_told_by_code_or_words_in_any_case(kind, text):
    assert event_kind(text) == event_kind(f" {text.upper()} ") == event_kind(text.lower()) == kind


@given(st.text(max_size=30) | st.text("aA0134^_ -disch", max_size=16))
def test_no_text_breaks_the_vocabulary(text):
    assert disposition_code(text) in {None, *codes()}
    assert patient_class(text) in PatientClass
    assert event_kind(text) in EVENTS
