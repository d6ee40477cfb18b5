"""`adherence`: methods, groups, days in hospital, eligibility and trend, worked out by hand.

W numbers are those of the reference notes (calendar year 2023, 365 days).
"""

from __future__ import annotations

from pathlib import Path

import pytest

from caretool.methods import METHODS, definition

HEADER = "MRN,Drug,Class,Fill Date,Days Supply"
YEAR = ("--from", "2023-01-01", "--to", "2023-12-31")


@pytest.fixture
def person(care):
    """P1 Ana Rivera, record number 1, born 1958."""
    care("add-patient", "Rivera, Ana", "--dob", "1958-03-02", "--mrn", "1", "--on", "2022-01-03")


@pytest.fixture
def fill(care, person, tmp_path):
    """Put fills of P1 on file: `fill("2023-01-01 30 a", …)`, all of class X unless said."""

    def take(*rows, header=HEADER):
        path = tmp_path / "fills.csv"
        lines = []
        for row in rows:
            on, days, drug, *rest = row.split(" ", 3)
            lines.append(f"1,{drug},{rest[0] if rest else 'X'},{on},{days}")
        path.write_text("\n".join([header, *lines]) + "\n", encoding="utf-8")
        return care("import-fills", path)

    return take


def counted(row):
    """Numerator and denominator."""
    covered = row["days_covered"]
    return (row["days_supplied"] if covered is None else covered, row["days"])


EARLY_REFILL = ("2023-01-01 30 a", "2023-01-25 30 a")  # W2


@pytest.mark.parametrize(
    ("method", "expected"),
    [
        ("pdc", (60, 365)),
        ("pdc-window", (60, 365)),
        ("mpr", (60, 365)),
        ("cma1", (30, 24)),
        ("cma2", (60, 365)),
        ("cma3", (30, 24)),
        ("cma4", (60, 365)),
        ("cma5", (24, 24)),
        ("cma6", (60, 365)),
        ("cma7", (60, 365)),
    ],
)
def test_each_method_divides_what_its_definition_says(fill, ok, method, expected):
    fill(*EARLY_REFILL)

    (row,) = ok("adherence", "P1", *YEAR, "--method", method)

    assert row["method"] == method
    assert counted(row) == expected
    cap = method in {"cma3", "cma4"}
    assert row["value"] == (
        min(1.0, expected[0] / expected[1]) if cap else expected[0] / expected[1]
    )
    assert row["definition"]


@pytest.mark.parametrize(
    ("rows", "pdc", "pool", "same", "none"),
    [
        (("2023-01-01 30 a", "2023-01-25 30 b"), 54, 60, 54, 54),  # W3
        (("2023-01-01 60 a", "2023-01-11 10 b"), 60, 70, 20, 60),  # W4
        (("2023-01-01 90 a", "2023-03-22 90 b"), 170, 180, 170, 170),  # W9
    ],
)
def test_the_carry_over_is_that_of_the_method_or_another_that_is_asked_for(
    fill, ok, rows, pdc, pool, same, none
):
    fill(*rows)

    def covered(*args):
        return ok("adherence", "P1", *YEAR, *args)[0]["days_covered"]

    assert covered() == pdc
    assert covered("--method", "cma6") == covered("--carry", "pool") == pool
    assert covered("--method", "cma6", "--carry", "same") == same
    assert covered("--carry", "none") == none


def test_supply_of_before_the_window_is_brought_in_only_by_the_methods_that_say_so(fill, ok):
    fill("2022-12-17 30 a", "2023-03-01 30 a")  # W5

    (first,) = ok("adherence", "P1", *YEAR)
    (whole,) = ok("adherence", "P1", *YEAR, "--method", "pdc-window")
    (limited,) = ok("adherence", "P1", *YEAR, "--method", "pdc-window", "--lookback", "10")

    assert (counted(first), first["fills"], first["fills_before"]) == ((30, 306), 1, 0)
    assert (counted(whole), whole["fills"], whole["fills_before"]) == ((45, 365), 1, 1)
    assert whole["index_date"] == "2023-03-01"
    assert (whole["period_from"], whole["period_to"]) == ("2023-01-01", "2023-12-31")
    assert counted(limited) == (30, 365)


def test_all_classes_at_once_count_from_the_last_index_date_on(fill, ok):
    fill("2023-01-01 30 a X", "2023-01-11 30 b Y", "2023-02-01 10 c ")

    (row,) = ok("adherence", "P1", *YEAR, "--by", "all")

    # Both have supply on 11 to 30 January: 20 of the 355 days from 11 January on
    assert row["figure"] == "all_classes"
    assert (row["medication"], row["class"]) == (None, "X + Y")
    assert counted(row) == (20, 355)


def test_any_drug_of_a_class_and_one_drug_are_figures_of_different_names(fill, ok):
    fill("2023-01-01 30 a", "2023-01-25 30 b")

    assert [row["figure"] for row in ok("adherence", "P1", *YEAR)] == ["any_drug_of_class"]
    by_drug = ok("adherence", "P1", *YEAR, "--by", "medication")
    assert [row["figure"] for row in by_drug] == ["one_drug", "one_drug"]


def test_two_strengths_and_a_brand_are_one_drug(fill, ok):
    fill("2023-01-01 30 Lisinopril", "2023-01-25 30 LISINOPRIL-20MG-TAB", "2023-03-10 30 Zestril")

    (row,) = ok("adherence", "P1", *YEAR, "--by", "medication")

    assert counted(row) == (90, 365)
    assert row["medication"] == "Zestril"


def test_a_combination_waits_for_a_product_that_shares_its_target_ingredient(fill, ok):
    fill("2023-01-01 30 lisinopril ras", "2023-01-21 30 lisinopril/hydrochlorothiazide ras")  # W15

    (row,) = ok("adherence", "P1", *YEAR)
    assert counted(row) == (60, 365)
    apart = ok("adherence", "P1", *YEAR, "--by", "medication")
    assert sorted(counted(one) for one in apart) == [(30, 345), (30, 365)]


def test_days_in_hospital_are_taken_out_and_supply_moves_behind_them(fill, care, ok, tmp_path):
    fill("2023-03-01 8 a", "2023-03-12 4 a")  # CMS's example: 12 of 15 becomes 12 of 13
    stays = tmp_path / "stays.csv"
    stays.write_text(
        "MRN,Last Name,First Name,DOB,Patient Class,Admit Date,Discharge Date\n"
        "1,Rivera,Ana,1958-03-02,Inpatient,2023-03-05,2023-03-07\n"
    )
    window = ("--from", "2023-03-01", "--to", "2023-03-15")
    (before,) = ok("adherence", "P1", *window)

    care("import-discharges", stays, "--source", "practice")

    (row,) = ok("adherence", "P1", *window)
    assert counted(before) == (12, 15)
    assert (counted(row), row["days_inpatient"]) == ((12, 13), 2)
    (ratio,) = ok("adherence", "P1", *window, "--method", "mpr")
    assert counted(ratio) == (12, 15)


def test_what_keeps_a_patient_out_of_the_measure_is_flagged_beside_the_figure(fill, care, ok):
    fill(
        "2023-01-01 90 metformin diabetes",
        "2023-04-01 90 metformin diabetes",
        "2023-05-01 30 insulin-glargine insulin",
    )

    rows = {row["class"]: row for row in ok("adherence", "P1", *YEAR)}

    assert rows["diabetes"]["flags"] == ["excluded_insulin"]
    assert counted(rows["diabetes"]) == (180, 365)


def test_somebody_under_18_is_flagged(care, ok, tmp_path):
    care("add-patient", "Young, Tim", "--dob", "2006-05-01", "--mrn", "9", "--on", "2022-01-03")
    path = tmp_path / "fills.csv"
    path.write_text(f"{HEADER}\n9,metformin,,2023-01-01,90\n9,metformin,,2023-04-01,90\n")
    care("import-fills", path)

    (row,) = ok("adherence", "P1", *YEAR)

    assert row["flags"] == ["under_18"]


def test_the_trend_is_the_same_figure_of_the_period_before(fill, ok):
    # 2022: 60 of the 365 days since its first fill; 2023: 90 of 365
    fill(
        *("2022-01-01 30 a", "2022-02-10 30 a"),
        *("2023-01-01 30 a", "2023-02-01 30 a", "2023-03-10 30 a"),
    )

    (row,) = ok("adherence", "P1", *YEAR)

    assert row["previous_value"] == 60 / 365
    assert row["change"] == pytest.approx(30 / 365)


def test_there_is_no_trend_against_a_period_that_is_no_measure(fill, ok):
    fill("2022-01-01 60 a", "2023-01-01 30 a", "2023-02-01 30 a")

    (row,) = ok("adherence", "P1", *YEAR)

    assert (row["previous_value"], row["change"]) == (60 / 365, None)


def test_nothing_before_is_no_trend(fill, ok):
    fill(*EARLY_REFILL)
    (row,) = ok("adherence", "P1", *YEAR)
    assert (row["previous_value"], row["change"]) == (None, None)


def test_a_medicine_on_the_list_without_any_fill_has_a_row_that_says_so(fill, care, ok):
    fill(*EARLY_REFILL)
    care("add-medication", "P1", "warfarin", "--on", "2023-02-01")

    rows = ok("adherence", "P1", *YEAR)

    assert [row["medication"] or row["class"] for row in rows] == ["X", "warfarin"]
    assert rows[1]["value"] is None
    assert rows[1]["missing"] == "on the medicines list (M1), no fill on file"
    assert [row["medication"] for row in ok("adherence", *YEAR)] == [None, "warfarin"]


def test_one_fill_date_leaves_the_measures_between_fills_undefined_with_the_reason(fill, ok):
    fill("2023-01-01 30 a", "2023-01-01 30 a")  # W6

    for method in ("cma1", "cma3", "cma5"):
        (row,) = ok("adherence", "P1", *YEAR, "--method", method)
        assert (row["value"], row["missing"]) == (None, "fills on one date only, 2023-01-01")


def test_doses_change_how_long_what_is_left_lasts(care, person, ok, tmp_path):
    path = tmp_path / "fills.csv"
    path.write_text(
        "MRN,Drug,Class,Fill Date,Days Supply,Doses Per Day\n"
        "1,a,X,2023-01-01,30,2\n1,a,X,2023-01-21,30,1\n"
    )
    care("import-fills", path)

    (by_dose,) = ok("adherence", "P1", *YEAR, "--method", "cma6", "--by-dose")
    (plain,) = ok("adherence", "P1", *YEAR, "--method", "cma6")

    assert (counted(by_dose), counted(plain)) == ((70, 365), (60, 365))  # W10


def test_the_working_names_each_fill_as_it_is_used(fill, ok):
    fill(*EARLY_REFILL)

    (row,) = ok("adherence", "P1", *YEAR, "--details")

    assert row["uses"] == [
        {"filled_on": "2023-01-01", "days_supply": 30, "drug": "a",
         "from": "2023-01-01", "to": "2023-01-30", "left": 0},
        {"filled_on": "2023-01-25", "days_supply": 30, "drug": "a",
         "from": "2023-01-31", "to": "2023-03-01", "left": 6},
    ]  # fmt: skip


def test_episodes_end_with_a_gap_longer_than_permitted(fill, ok):
    fill("2023-01-01 30 a", "2023-03-02 30 a", "2023-05-02 30 a")

    # Out from 31 January to 1 March are 30 days; from 1 April to 1 May 31
    (row,) = ok("adherence", "P1", *YEAR, "--permitted-gap", "30")

    assert [(one["from"], one["to"], one["gap_after"]) for one in row["episodes"]] == [
        ("2023-01-01", "2023-03-31", 31),
        ("2023-05-02", "2023-05-31", 214),
    ]


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (("--method", "pdx"), "no method 'pdx'"),
        (("--method", "mpr", "--carry", "pool"), "mpr adds up supply"),
        (("--by-dose",), "--by-dose is about what is left of one stock"),
        (("--method", "mpr", "--by", "all"), "mpr counts no days"),
        (("--svg", "x.svg"), "--svg draws the calendar of one patient"),
        (("--medication", "x", "--by", "all"), "--medication is about one medicine"),
    ],
)
def test_what_does_not_go_together_is_refused(fill, care, args, said):
    fill(*EARLY_REFILL)
    assert said in care("adherence", *args, code=2).err


def test_the_page_on_adherence_has_the_definition_of_each_method():
    page = (Path(__file__).parents[2] / "docs" / "adherence.md").read_text(encoding="utf-8")

    for name, method in METHODS.items():
        assert f"| `{name}` | {definition(method, method.carry)} |" in page


def test_the_last_episode_of_somebody_who_died_ends_with_the_death(fill, care, ok):
    fill("2023-01-01 90 a")
    care("log-contact", "P1", "--outcome", "deceased", "--on", "2023-02-10")

    (row,) = ok("adherence", "P1", *YEAR, "--permitted-gap", "30")

    assert [(one["from"], one["to"]) for one in row["episodes"]] == [("2023-01-01", "2023-02-10")]
