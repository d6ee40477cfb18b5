"""`adherence`: the panel, one patient, windows and filters; figures worked out by hand."""

from __future__ import annotations

import csv
import re
import sys
from pathlib import Path

import pytest

from caretool import coverage
from caretool.methods import METHODS, definition
from caretool.supply import Carry

DATA = Path(__file__).parents[1] / "data" / "adherence"
HEADER = "MRN,Drug,Class,Fill Date,Days Supply"
PDC_WORDS = definition(METHODS["pdc"], Carry.DRUG)
KEYS = [
    *("patient", "mrn", "name", "medication", "class", "method", "from", "to", "index_date"),
    *("days", "days_covered", "value", "adherent", "fills", "last_fill", "runs_out", "gaps"),
    *("flags", "missing", "self_report", "figure", "definition", "carry", "threshold"),
    *("period_from", "period_to", "days_supplied", "days_inpatient", "fills_before"),
    *("fills_refused", "previous_value", "change"),
]
# Rulebook 6.1: the second fill waits until 4 February, the fourth until 18 June
LISINOPRIL = [
    "1,Lisinopril,RAS antagonists,2026-01-05,30",
    "1,Lisinopril,RAS antagonists,2026-01-28,30",
    "1,Lisinopril,RAS antagonists,2026-03-20,90",
    "1,Lisinopril,RAS antagonists,2026-06-10,90",
    "1,Lisinopril,RAS antagonists,2026-10-01,30",
]
YEAR_2026 = ("--from", "2026-01-01", "--as-of", "2026-12-31")


@pytest.fixture
def people(care):
    """P1 Ana Rivera, P2 Tom Hill, P3 Eva Diaz; record numbers 1, 2, 3."""
    care("add-patient", "Rivera, Ana", "--dob", "1958-03-02", "--mrn", "1")
    care("add-patient", "Hill, Tom", "--dob", "1944-11-30", "--mrn", "2")
    care("add-patient", "Diaz, Eva", "--dob", "1961-07-08", "--mrn", "3")


@pytest.fixture
def fill(care, people, tmp_path, monkeypatch):
    """Put fills on file: `fill("1,Lisinopril,RAS,2026-01-05,30")`; a later clock for the import."""

    def take(*rows):
        path = tmp_path / "fills.csv"
        path.write_text("\n".join([HEADER, *rows]) + "\n", encoding="utf-8")
        with monkeypatch.context() as patch:
            patch.setenv("CARETOOL_TODAY", "2026-12-31")
            care("import-fills", path)

    return take


@pytest.fixture
def on_terminal(care, monkeypatch):
    """What a terminal of that width shows on standard output, and what is said beside it."""

    def run(*args, width=80):
        monkeypatch.setenv("COLUMNS", str(width))
        monkeypatch.setenv("TERM", "xterm")
        monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
        ran = care(*args)
        shown = re.sub(r"\x1b\[[0-9;]*m", "", ran.out)
        return [line.rstrip() for line in shown.splitlines()], ran.err.splitlines()

    return run


# ------------------------------------------------------------------ figures


def test_a_row_has_the_keys_of_the_contract_and_the_figures_of_the_rulebook(fill, ok):
    fill(*LISINOPRIL)
    (row,) = ok("adherence", *YEAR_2026)
    assert list(row) == KEYS
    assert row == {
        "patient": "P1",
        "mrn": "1",
        "name": "Rivera, Ana",
        "medication": None,
        "class": "RAS antagonists",
        "method": "pdc",
        "from": "2026-01-01",
        "to": "2026-12-31",
        "index_date": "2026-01-05",
        "days": 361,
        "days_covered": 270,
        "value": 270 / 361,
        "adherent": False,
        "fills": 5,
        "last_fill": "2026-10-01",
        "runs_out": "2026-10-30",
        "gaps": [
            {"from": "2026-03-06", "to": "2026-03-19", "days": 14, "open": False},
            {"from": "2026-09-16", "to": "2026-09-30", "days": 15, "open": False},
            {"from": "2026-10-31", "to": "2026-12-31", "days": 62, "open": True},
        ],
        "flags": [],
        "missing": None,
        "self_report": None,
        "figure": "any_drug_of_class",
        "definition": PDC_WORDS,
        "carry": "drug",
        "threshold": 0.8,
        "period_from": "2026-01-05",
        "period_to": "2026-12-31",
        "days_supplied": None,
        "days_inpatient": 0,
        "fills_before": 0,
        "fills_refused": 0,
        "previous_value": None,
        "change": None,
    }


@pytest.mark.parametrize(
    ("fills", "covered", "days"),
    [
        ([("01-01", 90), ("03-25", 90), ("07-05", 90), ("10-15", 90)], 348, 365),
        ([("03-25", 90), ("07-05", 90), ("09-25", 90)], 270, 282),
    ],
)
def test_the_training_claims_of_the_quality_alliance_come_out_as_published(
    fill, ok, fills, covered, days
):
    fill(*(f"1,Glipizide,Diabetes,2018-{day},{supply}" for day, supply in fills))
    (row,) = ok("adherence", "P1", "--from", "2018-01-01", "--to", "2018-12-31")
    assert (row["days_covered"], row["days"]) == (covered, days)


def test_a_switch_within_a_class_does_not_shift_and_each_medicine_has_its_own_figure(fill, ok):
    fill("1,Lisinopril,RAS,2026-01-05,30", "1,Losartan,ras,2026-01-28,30")
    window = ("--from", "2026-01-01", "--to", "2026-04-30")
    (together,) = ok("adherence", "P1", *window)
    assert (together["class"], together["medication"]) == ("ras", None)
    assert (together["days_covered"], together["days"]) == (53, 116)
    apart = ok("adherence", "P1", *window, "--by", "medication")
    assert [(r["medication"], r["class"], r["days_covered"], r["days"]) for r in apart] == [
        ("Lisinopril", "RAS", 30, 116),
        ("Losartan", "ras", 30, 93),
    ]


def test_a_medicine_without_class_stands_for_itself_and_borrows_the_class_it_has_elsewhere(
    fill, ok
):
    fill(
        "1,Warfarin,,2026-01-05,30",
        "1,Lisinopril,,2026-01-05,30",
        "1,LISINOPRIL,RAS,2026-02-04,30",
    )
    rows = ok("adherence", "P1")
    assert {(row["medication"], row["class"], row["fills"]) for row in rows} == {
        ("Warfarin", None, 1),
        (None, "RAS", 2),
    }


def test_a_class_that_the_file_does_not_name_is_looked_up_by_atc_code_or_ingredient(
    fill, ok, on_terminal, tmp_path, care
):
    fill(
        "1,LISINOPRIL 10 MG TAB,,2026-01-05,30",
        "1,Losartan 50 mg,,2026-01-28,30",
        "1,Zocor,,2026-01-05,30",
        "1,Warfarin 5 mg,,2026-01-05,30",
    )
    path = tmp_path / "coded.csv"
    path.write_text("MRN,Drug,ATC,Fill Date,Days Supply\n1,Zocor,C10AA01,2026-02-04,30\n")
    care("import-fills", path)
    window = ("--from", "2026-01-01", "--to", "2026-04-30")
    rows = {(r["medication"], r["class"]): r for r in ok("adherence", "P1", *window)}
    assert set(rows) == {
        (None, "ras_antagonists"),
        (None, "statins"),
        ("Warfarin 5 mg", None),
    }
    ras = rows[None, "ras_antagonists"]  # the rulebook's switch: 53 of 116
    assert (ras["days_covered"], ras["days"]) == (53, 116)
    assert rows[None, "statins"]["fills"] == 2, "the code of one fill is that of the medicine"
    for name in ("RAS-antagonists", "ras_antagonists", "ras antagonists"):
        (row,) = ok("adherence", *window, "--class", name)
        assert row["class"] == "ras_antagonists"
    each = ok("adherence", *window, "--class", "ras", "--by", "medication")
    assert {row["medication"] for row in each} == {"LISINOPRIL 10 MG TAB", "Losartan 50 mg"}
    shown, _ = on_terminal("adherence", "P1", *window)
    assert "RAS antagonists: 45.6 % of days covered, under 80 %" in shown
    panel, _ = on_terminal("adherence", *window)
    assert any("RAS antagonists" in line for line in panel)
    assert not any("ras_antagonists" in line or "ras antagonists" in line for line in panel)


def test_the_class_that_a_file_names_wins_and_takes_in_what_is_looked_up(fill, ok):
    fill(
        "1,Atorvastatin 20 mg,Lipid medicines,2026-11-14,4",
        "2,Lisinopril,RAS Antagonists,2026-11-10,4",
        "2,Losartan,,2026-11-14,4",
        "3,Apixaban,,2026-11-14,4",
        "3,Insulin glargine,,2026-11-14,4",
    )
    rows = [(r["patient"], r["class"], r["fills"]) for r in ok("adherence")]
    assert sorted(rows) == [
        ("P1", "Lipid medicines", 1),
        ("P2", "RAS Antagonists", 2),
        ("P3", "anticoagulants", 1),
        ("P3", "insulin", 1),
    ]
    assert ok("adherence", "--class", "statins") == []
    assert [r["class"] for r in ok("adherence", "--class", "doac")] == ["anticoagulants"]


def test_medicines_covered_for_292_of_365_days_are_adherent_and_for_290_of_364_are_not(fill, ok):
    fill("1,Apixaban,,2025-11-24,292", "2,Apixaban,,2025-11-25,290")
    below, at = ok("adherence")
    assert (at["patient"], at["value"], at["adherent"]) == ("P1", 0.8, True)
    assert (below["patient"], below["adherent"]) == ("P2", False)
    assert [row["patient"] for row in ok("adherence", "--below", "0.8")] == ["P2"]


def test_the_figures_of_the_public_test_data_come_out_through_the_command_line(
    care, ok, monkeypatch, tmp_path
):
    monkeypatch.setenv("CARETOOL_TODAY", "2045-01-01")
    for number in range(1, 9):
        born = f"19{40 + number}-01-01"
        care("add-patient", f"Person{number}, Test", "--dob", born, "--mrn", number)
    events = (DATA / "med_events.csv").read_text().splitlines()
    path = tmp_path / "events.csv"
    path.write_text("\n".join([events[0] + ",class", *(f"{row},any" for row in events[1:])]))
    (report,) = care("import-fills", path, "--json").data
    expected = csv.DictReader((DATA / "expected_pqa_public.csv").read_text().splitlines())
    wanted = [row for row in expected if row["config"][:4] == "pqa/" and int(row["patient_id"]) < 9]
    owned = [row for row in events[1:] if int(row.split(",")[0]) <= 8]
    assert (report["records"], report["new"]) == (1080, len(owned))
    assert report["skipped"] == 1080 - len(owned)
    assert len(wanted) == 48
    for row in wanted:
        by = ("--by", "class") if row["key"] == "any" else ("--medication", row["key"])
        window = ("--from", row["from"], "--to", row["to"])
        found = ok("adherence", f"P{row['patient_id']}", *window, *by)
        if not found:  # no fill of this medicine up to the end of the window
            assert row["pdc"] == ""
            continue
        (figure,) = found
        assert figure["fills"] == int(row["n_fills"])
        assert figure["value"] == (float(row["pdc"]) if row["pdc"] else None)
        assert figure["index_date"] == (row["index_date"] or None)
        assert (figure["days"], figure["days_covered"], len(figure["gaps"])) == (
            int(row["days_in_period"] or 0),
            int(row["days_covered"]),
            int(row["n_gaps"]),
        )


def test_without_a_fill_in_the_window_there_is_no_figure_and_the_reason(fill, ok):
    fill("1,Apixaban,,2025-06-10,90")
    (row,) = ok("adherence", "P1")
    assert (row["value"], row["adherent"], row["days"], row["fills"]) == (None, None, 0, 0)
    assert (row["last_fill"], row["runs_out"]) == ("2025-06-10", "2025-09-07")
    assert row["missing"] == "no fill from 2025-11-24 to 2026-11-23"


def test_flags_name_what_the_measure_would_leave_out(fill, ok):
    fill("1,Apixaban,,2026-11-10,30", "2,Apixaban,,2026-01-10,30", "2,Apixaban,,2026-01-10,30")
    flags = {row["patient"]: row["flags"] for row in ok("adherence")}
    assert flags == {
        "P1": ["short_period", "one_fill_date", "truncated"],
        "P2": ["one_fill_date", "duplicate_fill"],
    }


# ------------------------------------------------------------------ the window


def test_the_window_is_the_365_days_that_end_today(fill, ok):
    fill("1,Apixaban,,2026-01-10,30")
    (row,) = ok("adherence")
    assert (row["from"], row["to"]) == ("2025-11-24", "2026-11-23")
    (row,) = ok("adherence", "--as-of", "2026-06-30")
    assert (row["from"], row["to"]) == ("2025-07-01", "2026-06-30")
    (row,) = ok("adherence", "--to", "2026-06-30")
    assert (row["from"], row["to"]) == ("2025-07-01", "2026-06-30")


def test_a_window_never_reaches_past_today(fill, ok):
    fill("1,Apixaban,,2026-11-14,5")
    (row,) = ok("adherence", "--from", "2026-01-01", "--to", "2026-12-31")
    assert (row["to"], row["days"], row["days_covered"]) == ("2026-11-23", 10, 5)


def test_fills_after_the_window_are_not_seen(fill, ok):
    fill("1,Apixaban,,2026-01-10,30", "1,Apixaban,,2026-05-01,30", "2,Apixaban,,2026-05-01,30")
    (row,) = ok("adherence", "--to", "2026-02-28")
    assert (row["patient"], row["last_fill"], row["runs_out"]) == ("P1", "2026-01-10", "2026-02-08")


@pytest.mark.parametrize(
    "window",
    [
        ("--from", "2026-05-01", "--to", "2026-04-30"),
        ("--from", "2026-11-24"),
        ("--from", "2026-12-01", "--to", "2026-12-31"),
    ],
)
def test_a_window_that_ends_before_it_begins_is_refused(fill, care, window):
    fill("1,Apixaban,,2026-01-10,30")
    assert "ends before it begins" in care("adherence", *window, code=2).err


# ------------------------------------------------------------------ who and what


def test_the_panel_lists_the_lowest_first_and_the_undefined_last(fill, ok):
    fill(
        "1,Warfarin,,2026-11-14,4",
        "1,Statin,,2024-01-01,30",
        "2,Warfarin,,2026-11-14,2",
        "3,Warfarin,,2026-11-14,10",
    )
    rows = [(row["patient"], row["medication"], row["value"]) for row in ok("adherence")]
    assert rows == [
        ("P2", "Warfarin", 0.2),
        ("P1", "Warfarin", 0.4),
        ("P3", "Warfarin", 1.0),
        ("P1", "Statin", None),
    ]


def test_those_whose_care_has_ended_are_not_in_the_panel_but_can_be_asked_for(fill, care, ok):
    fill("1,Apixaban,,2026-11-14,4", "2,Apixaban,,2026-11-14,2", "3,Apixaban,,2026-11-14,2")
    care("edit-patient", "P2", "--status", "closed", "--reason", "moved")
    care("log-contact", "P3", "--outcome", "deceased")
    assert [row["patient"] for row in ok("adherence")] == ["P1"]
    assert [row["patient"] for row in ok("adherence", "P2")] == ["P2"]


def test_below_leaves_out_those_at_or_above_it_and_those_without_a_figure(fill, ok):
    fill("1,Apixaban,,2026-11-14,4", "2,Apixaban,,2026-11-14,5", "3,Apixaban,,2024-11-14,5")
    assert [row["patient"] for row in ok("adherence", "--below", "0.5")] == ["P1"]
    assert [row["patient"] for row in ok("adherence", "--below", "0.51")] == ["P1", "P2"]


def test_medicine_and_class_are_asked_for_by_part_of_their_name(fill, ok):
    fill(
        "1,Metformin 500 mg,Biguanides,2026-11-14,4",
        "1,Atorvastatin,Statins,2026-11-14,4",
        "2,METFORMIN,,2026-11-14,4",
    )

    def found(*args):
        return [(r["patient"], r["medication"], r["class"]) for r in ok("adherence", *args)]

    assert found("--medication", "metformin") == [
        ("P1", "Metformin 500 mg", "Biguanides"),
        ("P2", "METFORMIN", "diabetes"),
    ]
    assert found("--class", "statin") == [("P1", None, "Statins")]
    assert found("--class", "statin", "--by", "medication") == [("P1", "Atorvastatin", "Statins")]
    assert found("--medication", "warfarin") == []


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (("--method", "cma8"), "hint: there is: pdc, pdc-window, mpr, cma1"),
        (("--medication", "metformin", "--by", "class"), "leave one of the two away"),
        (("--medication", "!!"), "names nothing"),
        (("--below", "80"), "0<=x<=1"),
        (("--by", "drug"), "'class', 'medication'"),
        (("--from", "03/04/2026"), "dates that work"),
    ],
)
def test_wrong_words_are_refused_with_what_works(fill, care, args, said):
    assert said in care("adherence", *args, code=2).err


def test_an_unknown_patient_is_not_found(fill, care):
    assert "no patient" in care("adherence", "P9", code=3).err


def test_masked_rows_hold_no_name_and_no_record_number(fill, care, ok):
    fill(*LISINOPRIL)
    (row,) = ok("adherence", "--mask")
    assert (row["patient"], row["mrn"], row["name"]) == ("P1", None, "A.R.")
    assert "Rivera" not in care("adherence", "P1", "--mask").out


# ------------------------------------------------------------------ what patients say


def test_what_a_patient_said_of_missed_doses_stands_beside_the_figure(fill, care, ok):
    fill("1,Metformin,,2026-11-14,10", "1,Apixaban,,2026-11-14,10")
    said = ("log-contact", "P1", "--outcome", "reached_patient", "--missed-doses")
    care(*said, "3/7", "--on", "2026-10-01")
    care(*said, "0/14", "--on", "2025-11-01")
    care(*said, "2/7", "--on", "2026-11-02", "--medication", "metformin")
    rows = {row["medication"]: row for row in ok("adherence", "P1", "--by", "medication")}
    assert rows["Metformin"]["value"] == rows["Apixaban"]["value"] == 1.0
    assert rows["Metformin"]["self_report"] == {
        "on": "2026-11-02",
        "missed": 2,
        "days": 7,
        "value": 5 / 7,
        "reasons": [],
    }
    assert rows["Apixaban"]["self_report"]["on"] == "2026-10-01"


def test_a_voided_contact_says_nothing(fill, care, ok):
    fill("1,Metformin,,2026-11-14,10")
    care("log-contact", "P1", "--outcome", "reached_patient", "--missed-doses", "2/7")
    care("void-contact", "C1", "--reason", "wrong patient")
    assert ok("adherence", "P1")[0]["self_report"] is None


# ------------------------------------------------------------------ how it looks


def test_plain_lines_and_csv_have_one_record_a_line(fill, care):
    fill(*LISINOPRIL)
    care("log-contact", "P1", "--outcome", "reached_patient", "--missed-doses", "2/7")
    line = (
        "P1\t1\tRivera, Ana\t\tRAS antagonists\tpdc\t2026-01-01\t2026-12-31\t2026-01-05\t361\t270\t"
        f"{270 / 361}\tno\t5\t2026-10-01\t2026-10-30\t"
        "2026-03-06/2026-03-19;2026-09-16/2026-09-30;2026-10-31/2026-12-31\t\t\t2/7 2026-11-23\t"
        f"any_drug_of_class\t{PDC_WORDS}\tdrug\t0.8\t2026-01-05\t2026-12-31\t\t0\t0\t0"
        "\t\t"
    )
    assert care("adherence", *YEAR_2026).out == line + "\n"
    assert care("adherence", "P1", *YEAR_2026, "--plain").out == line + "\n"
    assert care("adherence", *YEAR_2026, "--csv").out.splitlines()[0] == ",".join(KEYS)


def test_the_panel_on_a_terminal_names_method_window_and_day(fill, on_terminal):
    fill("1,Warfarin,,2025-11-25,290", "2,Metformin,Biguanides,2026-11-10,30")
    shown, said = on_terminal("adherence")
    assert re.split(r"  +", shown[0]) == [
        *("id", "name", "class or medicine", "days", "covered", "fills", "runs out")
    ]
    assert re.split(r"  +", shown[2]) == [
        *("P1", "Rivera, Ana", "Warfarin", "290/364", "79.6 %", "1", "10 Sep")
    ]
    assert shown[3].strip() == "one fill date: not in the"
    assert said == [
        "PDC (Pharmacy Quality Alliance), 24 Nov 2025 \N{EN DASH} 23 Nov 2026,"
        f" as of Mon 23 Nov 2026; adherent from 80%. pdc: {PDC_WORDS}",
        "caretool adherence P1 shows the days of one",
    ]


def test_one_patient_on_a_terminal_has_a_calendar_and_gaps_and_fills_on_request(
    fill, care, on_terminal
):
    fill("1,Warfarin,,2026-10-30,5", "1,Warfarin,,2026-11-10,7")
    care("log-contact", "P1", "--outcome", "reached_patient", "--missed-doses", "2/7")
    shown, said = on_terminal("adherence", "P1", "--from", "2026-10-25", "--details")
    assert shown == [
        "P1 Rivera, Ana",
        "█ medicine   Ff filled   ▒ left over   · none   H in hospital   - not counted",
        "",
        "Warfarin: 48.0 % of days covered, under 80 %",
        "  12 of 25 days since Fri 30 Oct; 2 fills, last on Tue 10 Nov",
        "  ran out on Mon 16 Nov, 7 days ago; 2 gaps, the longest 7 days",
        "  under 91 days: not in the measure",
        "  said on Mon 23 Nov: missed 2 of 7 days",
        "  none Wed 4 Nov to Mon 9 Nov, 6 days",
        "  none Tue 17 Nov to Mon 23 Nov, 7 days, not refilled",
        "  filled Fri 30 Oct, 5 days: used Fri 30 Oct to Tue 3 Nov",
        "  filled Tue 10 Nov, 7 days: used Tue 10 Nov to Mon 16 Nov",
        "  2026 1   5    10   15   20   25   30",
        "  Oct                          -----F█",
        "  Nov  ███······F██████·······",
    ]
    assert "25 Oct 2026 \N{EN DASH} 23 Nov 2026" in said[0]
    assert len(said) == 1


def test_a_threshold_is_written_as_the_practice_wrote_it(fill, on_terminal, monkeypatch, tmp_path):
    own = tmp_path / "drug-classes.toml"
    own.write_text('[[class]]\ncode = "statins"\nthreshold = 0.825\n', encoding="utf-8")
    monkeypatch.setenv("CARETOOL_DRUG_CLASSES", str(own))
    fill("1,Simvastatin,statins,2026-01-01,90", "1,Simvastatin,statins,2026-05-01,90")

    shown, said = on_terminal("adherence", "P1")

    assert any(line.endswith("of days covered, under 82.5 %") for line in shown)
    assert "adherent from 80%, statins from 82.5%." in said[0]


def test_two_identical_fills_count_twice_and_are_named(fill, on_terminal):
    fill("1,Apixaban,,2026-01-10,30", "1,Apixaban,,2026-01-10,30")
    shown, _ = on_terminal("adherence", "P1")
    assert "  60 of 318 days since Sat 10 Jan; 2 fills, last on Sat 10 Jan" in shown
    assert "  two alike of one day, both count" in shown


def test_a_patient_without_fills_has_no_row_and_words_that_say_so(people, care, ok, on_terminal):
    care("log-contact", "P1", "--outcome", "reached_patient", "--missed-doses", "2/7")
    assert ok("adherence", "P1") == []
    assert care("adherence", "P1").out == ""
    assert on_terminal("adherence", "P1") == (
        ["P1: no fills on file; said on Mon 23 Nov: missed 2 of 7 days"],
        [],
    )
    assert on_terminal("adherence") == (["No fills are on file yet."], [])


@pytest.mark.parametrize(
    ("covered", "days", "text"),
    [
        (290, 364, "79.6 %"),
        (1999, 2500, "79.9 %"),
        (4, 5, "80.0 %"),
        (365, 365, "100.0 %"),
        (364, 365, "99.7 %"),
        (0, 5, "0.0 %"),
        (0, 0, ""),
    ],
)
def test_a_share_is_never_rounded_up(covered, days, text):
    value = covered / days if days else None
    assert coverage.percent({"days_covered": covered, "days": days, "value": value}) == text
