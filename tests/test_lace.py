"""The LACE score against the rulebook's table and vectors (section 5), worked by hand."""

import tomllib
from datetime import date
from itertools import combinations
from pathlib import Path

import pytest

from caretool import lace
from caretool.model import PatientClass, StayFact
from caretool.protocols import Protocols
from caretool.rule_files import load_conditions, load_protocols

DAY = date.fromisoformat
RULES: Protocols = load_protocols()
WENT_HOME = {one.code for one in RULES.dispositions.values() if one.transition == "yes"}


def stay(stay_id, admitted, left, kind="inpatient", to="01"):
    days = [None if day is None else DAY(day) for day in (admitted, left)]
    return StayFact(stay_id, kind, *days, None, to if left else None, days[1] or days[0])


def known(admitted="2026-03-05", left="2026-03-08", *, acute=False, diseases=(), ed=0):
    return lace.Known(DAY(admitted), DAY(left), acute, frozenset(diseases), ed)


def points(**facts):
    got = lace.score(known(**facts))
    return got.length, got.acute, got.comorbidity, got.emergency


# The points


def test_five_days_acute_comorbidities_of_five_and_two_visits_make_fourteen_which_is_high():
    """CLIOT's vector: 4 + 3 + 5 + 2; heart failure 2 and dementia 3 are the sum of 5."""
    got = lace.score(
        known("2026-03-02", "2026-03-07", acute=True, diseases=["heart_failure", "dementia"], ed=2)
    )
    assert (got.length, got.acute, got.comorbidity, got.emergency) == (4, 3, 5, 2)
    assert (got.nights, got.weight, got.total, got.band) == (5, 5, 14, "high")


def test_two_days_elective_and_nothing_else_make_two_which_is_low():
    got = lace.score(known("2026-03-02", "2026-03-04"))
    assert (got.total, got.band, got.counted) == (2, "low", ())


def test_thursday_to_sunday_is_three_midnights_and_not_four_days():
    assert points(admitted="2026-03-05", left="2026-03-08")[0] == 3
    assert lace.load_lace().method == "midnights"


@pytest.mark.parametrize(
    ("nights", "expected"),
    [(0, 0), (1, 1), (2, 2), (3, 3), (4, 4), (6, 4), (7, 5), (13, 5), (14, 7), (15, 7), (400, 7)],
)
def test_the_length_of_stay_has_seven_points_from_fourteen_days_on(nights, expected):
    left = date.fromordinal(DAY("2026-01-01").toordinal() + nights).isoformat()
    assert points(admitted="2026-01-01", left=left)[0] == expected


@pytest.mark.parametrize(("visits", "expected"), [(0, 0), (1, 1), (2, 2), (3, 3), (4, 4), (12, 4)])
def test_emergency_visits_count_up_to_four(visits, expected):
    assert points(ed=visits)[3] == expected


# The rulebook's weights, typed again from its table
WEIGHTS = {
    "previous_ami": 1, "cerebrovascular": 1, "peripheral_vascular": 1, "diabetes": 1,
    "heart_failure": 2, "diabetes_with_damage": 2, "chronic_pulmonary": 2, "liver_or_renal": 2,
    "tumor": 2, "dementia": 3, "connective_tissue": 3, "severe_liver_or_renal": 4, "hiv": 4,
    "metastatic": 6,
}  # fmt: skip
LIGHTER = {"diabetes_with_damage": "diabetes", "severe_liver_or_renal": "liver_or_renal",
           "metastatic": "tumor"}  # fmt: skip


def test_the_weights_are_those_of_lace_and_not_of_the_charlson_index():
    assert {code: one.points for code, one in lace.load_lace().comorbidities.items()} == WEIGHTS


@pytest.mark.parametrize("how_many", [1, 2])
def test_a_sum_of_four_or_more_is_five_points(how_many):
    for diseases in combinations(WEIGHTS, how_many):
        replaced = {LIGHTER.get(one) for one in diseases}
        weight = sum(WEIGHTS[one] for one in diseases if one not in replaced)
        got = lace.score(known(diseases=diseases))
        assert (got.weight, got.comorbidity) == (weight, weight if weight < 4 else 5), diseases


def test_of_two_stages_of_a_disease_only_the_heavier_counts():
    got = lace.score(known(diseases=["diabetes", "diabetes_with_damage"]))
    assert (got.counted, got.weight, got.comorbidity) == (("diabetes_with_damage",), 2, 2)


@pytest.mark.parametrize(
    ("ed", "acute", "diseases", "total", "band"),
    [
        (0, False, [], 0, "low"),
        (4, False, [], 4, "low"),
        (2, True, [], 5, "moderate"),
        (3, True, ["dementia"], 9, "moderate"),
        (4, True, ["dementia"], 10, "high"),
        (4, True, ["hiv"], 12, "high"),
    ],
)
def test_the_bands_begin_at_five_and_at_ten(ed, acute, diseases, total, band):
    got = lace.score(known("2026-03-05", "2026-03-05", acute=acute, diseases=diseases, ed=ed))
    assert (got.total, got.band) == (total, band)


def test_the_most_there_can_be_is_nineteen():
    got = lace.score(known("2026-01-01", "2026-03-01", acute=True, diseases=WEIGHTS, ed=9))
    assert got.total == 19


# What is missing is never taken for 0

WORDS = ["admission date unknown", "acute or elective not given", "comorbidities not given"]


def test_what_is_not_known_is_said_and_there_is_no_score():
    nothing = lace.Known(None, DAY("2026-03-08"), None, None, None)
    assert lace.missing(nothing) == WORDS
    assert lace.score(nothing) is None
    assert lace.missing(known()) == []


@pytest.mark.parametrize(
    ("field", "said"),
    [("admitted_on", WORDS[:1]), ("acute", WORDS[1:2]), ("comorbidities", WORDS[2:]),
     ("ed_visits", [])],
)  # fmt: skip
def test_each_part_that_is_missing_leaves_no_score(field, said):
    some = known()._replace(**{field: None})
    assert lace.missing(some) == said
    assert lace.score(some) is None


# Which stay


def of(*stays):
    """The stays in hospital: ids, first and last day."""
    return [
        ([part.stay_id for part in one.stays], str(one.admitted_on), str(one.discharged_on))
        for one in lace.hospital_stays(stays)
    ]


def test_a_stay_of_its_own_is_its_two_dates():
    assert of(stay(1, "2026-03-05", "2026-03-08")) == [([1], "2026-03-05", "2026-03-08")]


def test_a_transfer_and_an_observation_that_became_an_admission_are_one_stay():
    observed = stay(1, "2026-03-05", "2026-03-06", "observation")
    admitted = stay(2, "2026-03-06", "2026-03-09", to="02")
    elsewhere = stay(3, "2026-03-10", "2026-03-12")
    later = stay(4, "2026-03-14", "2026-03-15")
    assert of(later, elsewhere, observed, admitted) == [
        ([1, 2, 3], "2026-03-05", "2026-03-12"),
        ([4], "2026-03-14", "2026-03-15"),
    ]
    assert lace.hospital_stays([elsewhere, observed, admitted])[0].stay_id == 3


@pytest.mark.parametrize("kind", ["snf", "rehab", "ltch", "partial", "emergency", "ambulatory"])
def test_days_outside_a_hospital_do_not_count(kind):
    hospital = stay(1, "2026-03-05", "2026-03-08", to="03")
    assert of(hospital, stay(2, "2026-03-08", "2026-03-30", kind)) == [
        ([1], "2026-03-05", "2026-03-08")
    ]


def test_every_kind_of_stay_is_in_hospital_or_not():
    inside = {"inpatient", "observation", "psychiatric", "unknown"}
    assert lace.load_lace().classes == inside
    assert inside <= {str(one) for one in PatientClass}


def test_without_an_admission_date_the_stay_has_none():
    assert of(stay(1, None, "2026-03-08")) == [([1], "None", "2026-03-08")]


def test_a_transfer_whose_first_part_has_no_admission_date_has_none_either():
    second = stay(2, "2026-03-06", "2026-03-09")
    assert of(stay(1, None, "2026-03-05"), second) == [([1, 2], "None", "2026-03-09")]
    assert of(stay(1, None, "2026-03-06"), second) == [([1, 2], "None", "2026-03-09")]
    third = stay(3, None, "2026-03-10")
    assert of(second, third) == [([2, 3], "2026-03-06", "2026-03-10")]


def test_somebody_still_in_has_no_discharge():
    assert of(stay(1, "2026-03-05", None)) == [([1], "2026-03-05", "None")]


def test_of_dates_that_contradict_each_other_the_admission_counts_as_unknown():
    assert of(stay(1, "2026-03-09", "2026-03-08")) == [([1], "None", "2026-03-08")]


# Emergency visits before it


def visit(day, left=None, to="01", kind="emergency"):
    return stay(9, day, left or day, kind, to)


def visits(admitted, *stays):
    return lace.ed_visits_before(stays, DAY(admitted), WENT_HOME)


@pytest.mark.parametrize("admitted", ["2026-08-28", "2026-08-29", "2026-08-30", "2026-08-31"])
def test_six_months_back_from_the_end_of_august_is_the_end_of_february(admitted):
    assert visits(admitted, visit("2026-02-28")) == 1
    assert visits(admitted, visit("2026-02-27")) == 0


def test_six_months_are_counted_from_the_admission_and_not_from_the_discharge():
    assert visits("2026-09-15", visit("2026-03-15"), visit("2026-03-14")) == 1
    assert visits("2026-09-15", visit("2026-09-16")) == 0, "after the admission"


def test_the_visit_that_led_to_the_admission_does_not_count():
    assert visits("2026-03-05", visit("2026-03-05", to="09")) == 0
    assert visits("2026-03-05", visit("2026-03-04", "2026-03-05", to="09")) == 0
    assert visits("2026-03-05", visit("2026-03-05")) == 0, "whatever the list says of it"


def test_a_visit_of_the_day_before_led_to_it_unless_it_ended_at_home():
    assert visits("2026-03-05", visit("2026-03-04", to="02")) == 0
    assert visits("2026-03-05", visit("2026-03-04", to=None)) == 0
    assert visits("2026-03-05", visit("2026-03-04", to="01")) == 1
    assert visits("2026-03-05", visit("2026-03-03", to="02")) == 1, "two days before"


def test_only_one_visit_can_have_led_to_it():
    """Home again, then back in the night and admitted: the first of the two counts."""
    assert visits("2026-03-05", visit("2026-03-04", to=None), visit("2026-03-05", to="09")) == 1


def test_other_stays_are_no_emergency_visits():
    assert visits("2026-03-05", visit("2026-01-05", kind="ambulatory")) == 0
    assert visits("2026-03-05", visit("2026-01-05", kind="inpatient")) == 0


def test_a_visit_without_its_end_counts_by_its_first_day():
    going_on = stay(9, "2026-01-05", None, "emergency")
    assert visits("2026-03-05", going_on) == 1
    assert visits("2026-01-05", going_on) == 0


# Comorbidities


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("ami", "previous_ami"), ("stroke", "cerebrovascular"), ("diabetes", "diabetes"),
        ("heart_failure", "heart_failure"), ("copd", "chronic_pulmonary"),
        ("asthma", "chronic_pulmonary"), ("ckd", "liver_or_renal"), ("cancer", "tumor"),
        ("dementia", "dementia"), ("hypertension", None), ("depression", None),
        ("atrial_fibrillation", None), ("pneumonia", None), ("sepsis", None),
        ("E11.9", "diabetes"), ("e11.22", "diabetes_with_damage"),
        ("E1040", "diabetes_with_damage"),
        ("I73.9", "peripheral_vascular"), ("M05.79", "connective_tissue"), ("B20", "hiv"),
        ("C34.90", "tumor"), ("C78.7", "metastatic"), ("C7B.02", "metastatic"),
        ("N18.3", "liver_or_renal"), ("N18.6", "severe_liver_or_renal"),
        ("K70.30", "liver_or_renal"), ("K72.10", "severe_liver_or_renal"), ("I10", None),
        ("Metastatic solid tumor", "metastatic"), ("HIV or AIDS", "hiv"), ("hiv", "hiv"),
        ("peripheral_vascular_disease", "peripheral_vascular"), ("long_covid", None), ("", None),
        ("COPD2", None), ("C", None),
    ],
)  # fmt: skip
def test_a_condition_on_file_or_typed_is_one_comorbidity_or_none(code, expected):
    assert lace.comorbidities_of(code) == (frozenset() if expected is None else {expected})


def test_copd_and_asthma_are_one_comorbidity():
    assert lace.on_file(["copd", "asthma", "hypertension"]) == {"chronic_pulmonary"}
    assert lace.on_file([]) == frozenset()


def test_every_condition_of_ours_that_the_file_names_exists_and_each_is_named_once():
    named = [code for one in lace.load_lace().comorbidities.values() for code in one.conditions]
    assert len(named) == len(set(named))
    assert set(named) <= load_conditions().keys()


def test_the_prefixes_are_written_without_dots_and_name_one_comorbidity_each():
    prefixes = [one for known in lace.load_lace().comorbidities.values() for one in known.icd10]
    assert len(prefixes) == len(set(prefixes))
    assert all(one.isalnum() and one == one.upper() for one in prefixes)


def test_what_our_conditions_take_in_and_lace_counts_is_the_same_by_code_and_by_icd10():
    """A diabetes on file as a condition and typed as E11 must not be two different things."""
    for one in lace.load_lace().comorbidities.values():
        for condition in one.conditions:
            for prefix in load_conditions()[condition]:
                found = lace.comorbidities_of(prefix.ljust(3, "5"))
                heavier = {code for code, lighter in LIGHTER.items() if lighter == one.code}
                assert not found or found <= {one.code} | heavier | {"heart_failure"}, prefix


def test_every_part_of_the_file_names_its_source():
    text = Path(lace.__file__).with_name("rules").joinpath("lace.toml").read_text("utf-8")
    assert text.count("Source") >= 4
    assert {"van Walraven", "BMJO", "Quan"} <= {
        word for word in ("van Walraven", "BMJO", "Quan") if word in text
    }
    for one in tomllib.loads(text)["comorbidity"]:
        lighter = one.get("instead_of")
        assert lighter is None or WEIGHTS[lighter] < one["points"]
