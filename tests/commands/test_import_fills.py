"""`import-fills`: whose fills they are, importing twice, what is rejected and corrected."""

from __future__ import annotations

import sqlite3
from contextlib import closing

import pytest

HEADER = "MRN,Last Name,First Name,DOB,Drug,Class,Fill Date,Days Supply,Qty"
OUTCOMES = ("new", "updated", "unchanged", "cancelled", "skipped", "rejected")
ANA = ("add-patient", "Rivera, Ana", "--dob", "1958-03-02", "--mrn", "0012345")
TOM = ("add-patient", "Hill, Tom", "--dob", "1944-11-30", "--mrn", "77")


@pytest.fixture
def people(care):
    """P1 Ana Rivera, record number 0012345; P2 Tom Hill, record number 77."""
    care(*ANA)
    care(*TOM)


@pytest.fixture
def take(care, tmp_path):
    """Import rows under a header and give the report of the file."""

    def run(*rows, header=HEADER, name="fills.csv", code=0, options=()):
        path = tmp_path / name
        path.write_text("\n".join([header, *rows]) + "\n", encoding="utf-8")
        (report,) = care("import-fills", path, "--rows", "--json", *options, code=code).data
        assert report["records"] == len(report["rows"])
        assert report["records"] == sum(report[outcome] for outcome in OUTCOMES)
        return report

    return run


@pytest.fixture
def stored(tmp_path):
    """The fills in the care file, as (patient, medicine, day, days, copy)."""

    def read():
        with closing(sqlite3.connect(tmp_path / "care.db")) as connection:
            return connection.execute(
                "SELECT patient_id, name, filled_on, days_supply, copy FROM fills"
                " JOIN products ON products.id = product_id ORDER BY 1, 2, 3, 5"
            ).fetchall()

    return read


def counts(report):
    return {outcome: report[outcome] for outcome in OUTCOMES if report[outcome]}


def fate(report, record=0):
    row = report["rows"][record]
    return row["outcome"], row["patient"], row["reason"]


def test_a_report_has_the_keys_of_the_contract(people, take):
    report = take("12345,,,,Lisinopril,,2026-01-05,30,30")
    assert list(report) == [
        *("file", "run", "source", "layout", "encoding", "delimiter", "header_line", "records"),
        *("new", "updated", "unchanged", "cancelled", "skipped", "rejected"),
        *("reversals_without_fill", "reversals_without_effect", "unknown_words", "rejects_file"),
        *("sheet", "format", "layout_saved", "rows"),
    ]
    assert report["rows"] == [
        {
            "line": 2,
            "record": 1,
            "outcome": "new",
            "patient": "P1",
            "mrn": "0012345",
            "drug": "Lisinopril",
            "filled_on": "2026-01-05",
            "days_supply": 30,
            "reason": "number, nothing against it",
        }
    ]


# ------------------------------------------------------------------ whose fill is it?


def test_the_practices_record_number_finds_the_patient_without_its_leading_zeros(people, take):
    assert fate(take("12345,,,,Lisinopril,,2026-01-05,30,"))[:2] == ("new", "P1")


def test_our_own_id_in_the_patient_column_finds_the_patient(people, take):
    header = "Patient ID,Drug,Fill Date,Days Supply"
    report = take("P2,Metformin,2026-01-05,30", "p001,Metformin,2026-01-05,30", header=header)
    assert [row["patient"] for row in report["rows"]] == ["P2", "P1"]


def test_our_own_id_is_not_looked_for_in_the_record_number_column(people, take):
    assert fate(take("P2,,,,Metformin,,2026-01-05,30,"))[0] == "skipped"


@pytest.mark.parametrize(
    ("issuer", "column"), [("roster", "Patient ID"), ("member", "Member ID"), ("roster", "MRN")]
)
def test_the_rosters_key_and_the_health_plans_number_find_the_patient(care, take, issuer, column):
    care("add-patient", "Hill, Tom", "--dob", "1944-11-30", "--mrn", "K-00009", "--issuer", issuer)
    report = take("K00009,Metformin,2026-01-05,30", header=f"{column},Drug,Fill Date,Days Supply")
    assert fate(report)[:2] == ("new", "P1")


def test_a_health_plans_number_is_no_record_number(care, take):
    care("add-patient", "Hill, Tom", "--dob", "1944-11-30", "--mrn", "900", "--issuer", "member")
    assert fate(take("900,,,,Metformin,,2026-01-05,30,"))[0] == "skipped"


def test_full_name_and_birth_date_find_the_patient_case_and_accents_aside(care, take):
    care("add-patient", "Núñez, Zoë", "--dob", "1958-03-02")
    assert fate(take(",NUNEZ,zoe,1958-03-02,Metformin,,2026-01-05,30,"))[:2] == ("new", "P1")


def test_a_name_without_the_right_birth_date_finds_nobody(people, take):
    report = take(",Hill,Tom,1945-11-30,Metformin,,2026-01-05,30,")
    assert fate(report) == ("skipped", None, "nobody on file has this name and birth date")


def test_a_name_and_birth_date_that_two_patients_share_is_rejected(care, people, take):
    care(*TOM[:4], "--anyway")
    report = take(",Hill,Tom,1944-11-30,Metformin,,2026-01-05,30,", code=4)
    assert fate(report) == (
        "rejected",
        None,
        "Last Name: name and birth date fit several patients",
    )


def test_a_name_and_birth_date_whose_sex_contradicts_is_rejected_with_what_speaks_against_it(
    care, take
):
    care("add-patient", "Hill, Tom", "--dob", "1944-11-30", "--sex", "M")
    report = take(
        "Hill,Tom,1944-11-30,F,Metformin,2026-01-05,30",
        header="Last Name,First Name,DOB,Sex,Drug,Fill Date,Days Supply",
        code=4,
    )
    assert fate(report)[2] == (
        "Last Name: name and birth date fit, but: same last, first, birth date; other sex"
    )


def test_people_who_are_not_on_file_are_passed_over_and_counted(people, take, care, tmp_path):
    report = take("999,,,,Metformin,,2026-01-05,30,", "998,,,,Metformin,,2026-01-05,30,")
    assert counts(report) == {"skipped": 2}
    assert fate(report) == ("skipped", None, "nobody on file has this number")
    said = care("import-fills", tmp_path / "fills.csv").err
    assert "2 records (R2): 2 skipped" in said
    assert "2 skipped: nobody on file has this number" in said


def test_a_bad_row_about_somebody_who_is_not_on_file_is_nobodys_business(people, take):
    report = take("999,Doe,Jo,1950-01-01,Metformin,,2026-01-05,0,")
    assert fate(report) == ("skipped", None, "nobody on file has this number")
    assert report["rejects_file"] is None


def test_a_number_with_another_birth_date_is_rejected(people, take):
    report = take("12345,Rivera,Ana,1958-03-12,Metformin,,2026-01-05,30,", code=4)
    assert fate(report) == (
        "rejected",
        None,
        "MRN: its number belongs to somebody else by birth date",
    )


def test_a_number_with_another_first_name_and_no_birth_date_is_rejected(people, take):
    report = take("12345,Rivera,Carlos,,Metformin,,2026-01-05,30,", code=4)
    assert fate(report)[2] == "MRN: its number belongs to somebody else by name"


def test_a_number_with_an_altogether_other_name_is_rejected_even_on_one_birthday(people, take):
    report = take("12345,Hill,Tom,1958-03-02,Metformin,,2026-01-05,30,", code=4)
    assert fate(report)[2] == "MRN: its number belongs to somebody else by name"


def test_a_number_and_birth_date_hold_although_the_last_name_has_changed(people, take):
    assert fate(take("12345,Ortega,Ana,1958-03-02,Metformin,,2026-01-05,30,"))[1] == "P1"


def test_two_numbers_of_two_patients_are_rejected(people, take):
    report = take(
        "12345,P2,Metformin,2026-01-05,30",
        header="MRN,Patient ID,Drug,Fill Date,Days Supply",
        code=4,
    )
    assert fate(report)[2] == "MRN: its numbers belong to different patients"


def test_numbers_that_differ_in_leading_zeros_only_are_told_apart_by_birth_date(care, people, take):
    care("add-patient", "Diaz, Eva", "--dob", "1961-07-08", "--mrn", "12345", "--anyway")
    report = take(
        "12345,,,1961-07-08,Metformin,,2026-01-05,30,",
        "12345,,,1958-03-02,Metformin,,2026-01-05,30,",
        "12345,,,,Metformin,,2026-01-05,30,",
        code=4,
    )
    assert [row["patient"] for row in report["rows"]] == ["P3", "P1", None]
    assert fate(report, 2)[2] == "MRN: its number fits several patients"


def test_a_hospitals_number_counts_only_when_the_row_bears_it_out_or_the_sender_issued_it(
    care, take
):
    care("add-patient", "Hill, Tom", "--dob", "1944-11-30", "--mrn", "77", "--issuer", "St. Brigid")
    alone = "77,,,,Metformin,,2026-01-05,30,"
    why = "only another issuer's number fits, and no name or birth date bears it out"
    assert fate(take(alone)) == ("skipped", None, why)
    assert fate(take("77,Doe,Jo,1950-01-01,Metformin,,2026-01-05,30,"))[0] == "skipped"
    borne_out = take("77,,,1944-11-30,Metformin,,2026-01-05,30,")
    assert fate(borne_out)[:2] == ("new", "P1")
    assert fate(take(alone, options=("--source", "st brigid")))[:2] == ("unchanged", "P1")


# ------------------------------------------------------------------ once, twice, overlapping


def test_the_same_file_again_changes_nothing(people, take, stored):
    rows = ["12345,,,,Lisinopril,RAS,2026-01-05,30,30", "77,,,,Metformin,,2026-01-05,90,180"]
    assert counts(take(*rows)) == {"new": 2}
    before = stored()
    assert counts(take(*rows)) == {"unchanged": 2}
    assert stored() == before


def test_two_identical_rows_in_one_file_are_two_fills_and_stay_two(people, take, stored):
    row = "12345,,,,Lisinopril,,2026-01-05,30,30"
    assert counts(take(row, row)) == {"new": 2}
    assert counts(take(row, row)) == {"unchanged": 2}
    assert counts(take(row)) == {"unchanged": 1}
    assert stored() == [
        (1, "Lisinopril", "2026-01-05", 30, 1),
        (1, "Lisinopril", "2026-01-05", 30, 2),
    ]


def test_the_largest_number_of_copies_in_one_file_is_what_stays(people, take, stored):
    row = "12345,,,,Lisinopril,,2026-01-05,30,30"
    take(row)
    assert counts(take(row, row, row)) == {"new": 2, "unchanged": 1}
    assert len(stored()) == 3


def test_an_overlapping_export_adds_only_what_is_new(people, take, stored):
    first = [f"12345,,,,Lisinopril,,2026-0{month}-05,30,30" for month in (1, 2, 3)]
    take(*first)
    assert counts(take(*first[1:], "12345,,,,Lisinopril,,2026-04-05,30,30")) == {
        "new": 1,
        "unchanged": 2,
    }
    assert [row[2] for row in stored()] == ["2026-01-05", "2026-02-05", "2026-03-05", "2026-04-05"]


def test_another_layout_and_spelling_of_the_same_fill_is_the_same_fill(people, take, stored):
    take("12345,,,,Lisinopril 10 mg,,2026-01-05,30,30")
    report = take(
        "01/05/2026;LISINOPRIL  10 MG;30.0;30.000;P1",
        "01/25/2026;LISINOPRIL  10 MG;30.0;30.000;P1",
        header="Dispensed Date;Medication;Days' Supply;Quantity;Patient ID",
    )
    assert counts(report) == {"new": 1, "unchanged": 1}
    assert len(stored()) == 2


def test_a_later_export_completes_class_and_quantity_and_never_blanks_them(people, take, ok):
    take("77,,,,Metformin,,2026-11-01,30,")
    assert ok("adherence", "P2")[0]["class"] == "diabetes", "looked up by the ingredient"
    assert counts(take("77,,,,Metformin,Biguanides,2026-11-01,30,60")) == {"updated": 1}
    assert ok("adherence", "P2")[0]["class"] == "Biguanides"
    assert counts(take("77,,,,Metformin,,2026-11-01,30,")) == {"unchanged": 1}
    assert ok("adherence", "P2")[0]["class"] == "Biguanides"


@pytest.fixture
def told(tmp_path):
    """What is told about each fill in the care file: product and quantity."""

    def read():
        with closing(sqlite3.connect(tmp_path / "care.db")) as connection:
            return connection.execute(
                "SELECT name, drug_class, atc, ndc, per_day, quantity FROM fills"
                " JOIN products ON products.id = product_id ORDER BY fills.id"
            ).fetchall()

    return read


def test_each_list_adds_what_it_says_and_the_latest_word_wins_whatever_came_first(
    people, take, told
):
    head, fill = "MRN,Drug,Fill Date,Days", "77,Metformin,2026-01-05,30"
    lists = {
        "fills_20261101.csv": (f"{fill},00093-1048-01,A10BA02,", ",NDC,ATC,Qty"),
        "fills_20261102.csv": (f"{fill},Biguanides,60", ",Class,Qty"),
        "fills_20261103.csv": (f"{fill.upper()},2,Diabetes", ",Per Day,Class"),
    }
    for name in ("fills_20261103.csv", "fills_20261101.csv", "fills_20261102.csv"):
        row, more = lists[name]
        take(row, header=head + more, name=name)
    assert told() == [("METFORMIN", "Diabetes", "A10BA02", "00093104801", "2", "60")]
    for name in (*lists, *reversed(lists)):
        row, more = lists[name]
        assert counts(take(row, header=head + more, name=name)) == {"unchanged": 1}


def test_products_that_nobody_on_file_had_are_not_kept(people, take, tmp_path):
    take("999,,,,Apixaban,,2026-01-05,30,", "77,,,,Metformin,,2026-01-05,30,")
    with closing(sqlite3.connect(tmp_path / "care.db")) as connection:
        assert connection.execute("SELECT name FROM products").fetchall() == [("Metformin",)]


def test_fills_that_differ_in_medicine_day_or_days_are_different_fills(people, take):
    report = take(
        "77,,,,Metformin,,2026-01-05,30,",
        "77,,,,Metformin,,2026-01-06,30,",
        "77,,,,Metformin,,2026-01-05,90,",
        "77,,,,Glipizide,,2026-01-05,30,",
        "12345,,,,Metformin,,2026-01-05,30,",
    )
    assert counts(report) == {"new": 5}


def test_a_trial_run_keeps_nothing(people, take, stored):
    report = take("77,,,,Metformin,,2026-01-05,30,", options=("--dry-run",))
    assert counts(report) == {"new": 1}
    assert report["run"] is None
    assert stored() == []


def test_more_rows_than_one_chunk_are_all_taken_and_found_again(people, take, monkeypatch):
    monkeypatch.setattr("caretool.dispensing._CHUNK", 7)
    rows = [f"77,,,,Metformin {n % 3},,2026-01-{1 + n % 20:02},30,{n}" for n in range(60)]
    assert counts(take(*rows)) == {"new": 60}
    assert counts(take(*rows)) == {"unchanged": 60}
    assert counts(take(*rows, rows[0])) == {"new": 1, "unchanged": 60}


# ------------------------------------------------------------------ rejected


def test_rejected_rows_are_written_with_line_column_value_and_reason(people, take, tmp_path):
    report = take(
        "77,,,,Metformin,,2026-01-05,30,",
        "77,,,,Metformin,,2026-02-05,0,",
        "77,,,,Metformin,,2026-03-05,,",
        "77,,,,Metformin,,2026-04-05,-30,",
        "77,,,,Metformin,,2026-05-05,45.5,",
        "77,,,,Metformin,,2026-06-05,400,",
        "77,,,,Metformin,,2027-01-05,30,",
        "77,,,,,,2026-07-05,30,",
        code=4,
    )
    assert counts(report) == {"new": 1, "rejected": 7}
    assert [row["reason"] for row in report["rows"][1:]] == [
        "Days Supply: is not within 1 to 366 days",
        "Days Supply: is empty; days' supply is never guessed",
        "Days Supply: is negative",
        "Days Supply: is not a whole number of days",
        "Days Supply: is not within 1 to 366 days",
        "Fill Date: is after today, 2026-11-23",
        "Drug: is empty; a fill names its medicine",
    ]
    assert {row["patient"] for row in report["rows"]} == {"P2"}
    lines = (tmp_path / "fills.rejects.csv").read_text(encoding="utf-8-sig").splitlines()
    assert lines[0] == (
        HEADER + ",rejected_line,rejected_column,rejected_value,rejected_reason,rejected_rule"
        ",rejected_date_format"
    )
    assert lines[4] == (
        "77,,,,Metformin,,2026-05-05,45.5,,6,Days Supply,45.5,is not a whole number of days,"
        "unreadable-days-supply,"
    )


def test_a_ragged_row_and_one_that_names_nobody_are_rejected(people, take):
    report = take(
        "77,,,,Metformin,,2026-01-05,30,60,surplus",
        ",,,,Metformin,,2026-01-05,30,60",
        code=4,
    )
    assert [row["reason"] for row in report["rows"]] == [
        "the row has 10 cells under 9 columns",
        "MRN: neither a number nor a name with birth date says who",
    ]


def test_a_corrected_rejects_file_can_be_imported(people, take, care, tmp_path, stored):
    take("77,,,,Metformin,,3/4/2026,30,", "77,,,,Metformin,,5/25/2026,3O,", code=4)
    rejects = tmp_path / "fills.rejects.csv"
    rejects.write_text(rejects.read_text(encoding="utf-8-sig").replace("3O", "30", 1))
    (report,) = care("import-fills", rejects, "--json").data
    assert counts(report) == {"new": 1}
    assert [row[2] for row in stored()] == ["2026-03-04", "2026-05-25"]


def test_masked_rows_show_ids_only(people, take):
    (row,) = take("12345,,,,Lisinopril,,2026-01-05,30,", options=("--mask",))["rows"]
    assert (row["patient"], row["mrn"]) == ("P1", None)


def test_the_words_after_an_import_count_and_say_what_is_next(people, take, care, tmp_path):
    take("12345,,,,Lisinopril,,2026-01-05,30,", options=("--dry-run",))
    ran = care("import-fills", tmp_path / "fills.csv")
    assert ran.out == ""
    assert ran.err.splitlines() == [
        f"{tmp_path / 'fills.csv'}: 1 record (R1): 1 new",
        "  layout saved as fills: caretool layouts",
        "next: caretool adherence",
    ]


def test_a_file_without_days_supply_or_that_is_missing_leaves_the_care_file_alone(
    people, care, tmp_path, stored
):
    path = tmp_path / "fills.csv"
    path.write_text("MRN,Drug,Fill Date,Qty\n77,Metformin,2026-01-05,30\n")
    assert "days' supply" in care("import-fills", path, code=3).err
    assert "no such file" in care("import-fills", tmp_path / "none.csv", code=3).err
    assert stored() == []


def test_dates_that_can_be_read_in_two_ways_need_a_word(people, take, care, tmp_path):
    row = "77,,,,Metformin,,03/04/2026,30,"
    path = tmp_path / "fills.csv"
    path.write_text(f"{HEADER}\n{row}\n")
    assert "--date-format" in care("import-fills", path, code=3).err
    assert take(row, options=("--date-format", "dmy"))["rows"][0]["filled_on"] == "2026-04-03"


# ------------------------------------------------------------------ a layout of another sender


@pytest.fixture
def send(care, tmp_path):
    """Import fills on these days as the list of a sender."""

    def run(source, *days, code=0, options=()):
        path = tmp_path / f"{source}.csv"
        rows = [f"77,Metformin,{day},30" for day in days]
        path.write_text("\n".join(["MRN,Drug,Fill Date,Days", *rows]) + "\n", encoding="utf-8")
        return care("import-fills", path, "--source", source, *options, code=code)

    return run


def test_the_same_headings_from_another_sender_do_not_settle_its_dates(people, send, stored):
    send("North", "25/04/2026")
    refused = send("South", "05/04/2026", code=3)
    assert "05/04/2026 (line 2) can be 4 May or 5 April" in refused.err
    assert "--date-format" in refused.err
    send("South", "05/04/2026", options=("--date-format", "mdy"))
    assert [row[2] for row in stored()] == ["2026-04-25", "2026-05-04"]


def test_the_same_headings_from_another_sender_are_read_where_the_values_decide(
    people, send, stored
):
    send("North", "25/04/2026")
    send("South", "05/25/2026", "06/07/2026")
    assert [row[2] for row in stored()] == ["2026-04-25", "2026-05-25", "2026-06-07"]


def test_iso_dates_under_anothers_headings_do_not_save_its_order_of_day_and_month(
    people, send, care
):
    send("North", "25/04/2026")
    send("South", "2026-05-01")
    content = care("layouts", "export", "South").out
    assert 'fill_date = "iso"' in content
    assert "--date-format" in send("South", "05/04/2026", code=3).err


def test_dates_that_only_the_senders_own_layout_settles_are_said(people, send, stored):
    send("North", "25/04/2026")
    ran = send("North", "05/04/2026")
    assert "dates day first: 05/04/2026 is 5 April" in ran.err
    assert "dates day first" not in send("North", "2026-06-01").err
    assert "dates day first" not in send("North", "26/06/2026").err
    assert stored()[0][2] == "2026-04-05"
