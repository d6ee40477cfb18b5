"""Columns become fields: by the headings in rules/columns.toml, or the file is refused."""

import tomllib
from datetime import date
from pathlib import Path

import pytest
from laid_out import laid_out

from caretool import rules
from caretool.errors import FileError, RuleError
from caretool.intake import layout as layouts
from caretool.intake.layout import fold_header, known_header, map_columns, settle_claims
from caretool.intake.opening import open_listings

TODAY = date(2026, 11, 23)
KINDS = ("discharges", "patients", "fills")


def fields(header, kind="discharges"):
    """Field to heading, for a header given as one comma-separated line."""
    header = header.split(",")
    found = map_columns(header, kind, file="list.csv")
    return {name: header[at] for name, at in found.columns.items()}


def refusal(header, kind="discharges"):
    with pytest.raises(FileError) as caught:
        map_columns(header.split(","), kind, file="list.csv", line=3)
    return caught.value


# headings


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("D/C Date", "dcdate"),
        (" Disch_Date/Time ", "dischdatetime"),
        ("ADMISSION_DATE(8)", "admissiondate"),
        ("LOS (d)", "losd"),
        ("D.O.B.", "dob"),
        ("Med Rec #", "medrecno"),
        ("Prénom", "prenom"),
        ("\ufeffMRN", "mrn"),
        ("#", "no"),
        ("---", ""),
    ],
)
def test_headings_are_compared_without_capitals_punctuation_and_widths(text, folded):
    assert fold_header(text) == folded


def test_a_known_heading_is_known_only_in_its_kind_of_file():
    assert known_header("discharges")("disch. date")
    assert known_header("fills")("DAYS_SUPPLY")
    assert not known_header("discharges")("Days Supply")
    assert not known_header("discharges")("")


def test_every_heading_of_the_rules_file_is_read_as_its_own_field():
    tables = tomllib.loads((Path(rules.__file__).parent / "columns.toml").read_text("utf-8"))
    assert set(tables) == {"person", *KINDS}
    for kind in KINDS:
        for name, headings in {**tables["person"], **tables[kind]}.items():
            assert headings, name
            for heading in headings:
                found = layouts._vocabulary(kind)[fold_header(heading)]
                assert found[0] == name, heading


@pytest.mark.parametrize(
    ("heading", "field"),
    [
        # rulebook.md section 10, as listed there
        ("MRN", "mrn"), ("Med Rec #", "mrn"), ("Patient ID", "mrn"), ("Member ID", "member_id"),
        ("Subscriber ID", "member_id"), ("MBI", "member_id"), ("Patient Name", "name"),
        ("Name", "name"), ("Pt Name", "name"), ("Last", "last"), ("First", "first"),
        ("DOB", "birth_date"), ("Birth Date", "birth_date"), ("Date of Birth", "birth_date"),
        ("Admit Date", "admit"), ("Adm Dt", "admit"), ("Admission Date/Time", "admit"),
        ("Disch Date", "discharge"), ("D/C Date", "discharge"), ("DC Date", "discharge"),
        ("Discharge Dt", "discharge"), ("Disp", "disposition"), ("DC Disp", "disposition"),
        ("Discharge Status", "disposition"), ("Discharged To", "disposition"),
        ("Facility", "facility"), ("Hospital", "facility"), ("Sending Facility", "facility"),
        ("Location", "facility"), ("Pt Class", "patient_class"), ("Class", "patient_class"),
        ("Enc Type", "patient_class"), ("Visit Type", "patient_class"),
        ("Service", "patient_class"), ("Dx", "diagnosis"), ("Diagnosis", "diagnosis"),
        ("Primary Dx", "diagnosis"), ("Chief Complaint", "diagnosis"),
        ("Reason for Visit", "diagnosis"), ("Event", "event"), ("Event Type", "event"),
        ("Alert Type", "event"), ("ADT Event", "event"), ("LOS", "los"),
        ("Room/Bed", "department"), ("Phone", "phone"),
        # discharges.md section 3: spellings of real feeds
        ("SubscriberMrn", "practice_mrn"), ("MetriplexPatID", "practice_mrn"),
        ("SenderMrn", "mrn"), ("PAT_MRN_ID", "mrn"), ("MEMBER_ID(14)", "member_id"),
        ("PAT_ENC_CSN_ID", "visit"), ("hadm_id", "visit"), ("mem_last_nm", "last"),
        ("MEM_FIRST_NAME", "first"), ("PatienFirstName", "first"), ("birth_dt", "birth_date"),
        ("SEXCD", "sex"), ("subs_zip_cd", "zip"), ("HOMEPHONE", "phone"), ("ADMITDT", "admit"),
        ("HOSP_ADMSN_TIME", "admit"), ("arrv date/time", "admit"), ("START", "admit"),
        ("DISCHDT", "discharge"), ("HOSP_DISCH_TIME", "discharge"), ("STOP", "discharge"),
        ("leave ed date / time", "discharge"), ("DcDate", "discharge"),
        ("DISCHARGE_STATUS(2)", "disposition"), ("PTNT_DSCHRG_STUS_CD", "disposition"),
        ("ENCOUNTERCLASS", "patient_class"), ("AdmitOrDischarge", "event"),
        ("MessageDateTime", "event_time"), ("FacDbName", "facility"),
        ("DiagCode1", "diagnosis_code"), ("DateOfDeath", "death_date"),
        ("hospital_expire_flag", "death_flag"),
        # headings that look like something else
        ("Projected Discharge Date", None), ("Expected Discharge Date", None),
        ("discharge_diag_ind", None), ("ED disposition dttm", None), ("CLM_THRU_DT", None),
        ("Zip Code - 3 digits", None), ("Hospital Service", None), ("AuthStatus", None),
        ("Attending", None), ("PCP", None), ("", None),
    ],
)  # fmt: skip
def test_headings_seen_in_real_lists_are_known(heading, field):
    found = layouts._vocabulary("discharges").get(fold_header(heading))
    assert (found[0] if found else None) == field


# whole headers (layouts of the kinds of list that practices get)


def test_a_hospital_report():
    header = (
        "CSN,MRN,Patient Name,DOB,Sex,Pt Class,Admit Date/Time,Disch Date/Time,"
        "Disch Disposition,LOS,Disch Dept,Attending,Primary Dx"
    )
    assert fields(header) == {
        "visit": "CSN",
        "mrn": "MRN",
        "name": "Patient Name",
        "birth_date": "DOB",
        "sex": "Sex",
        "patient_class": "Pt Class",
        "admit": "Admit Date/Time",
        "discharge": "Disch Date/Time",
        "disposition": "Disch Disposition",
        "los": "LOS",
        "department": "Disch Dept",
        "diagnosis": "Primary Dx",
    }


def test_an_alert_export_with_their_number_and_ours_and_two_columns_for_one_thing():
    header = (
        "Last Name,First Name,Sender MRN,Subscriber MRN,Date Of Birth,Discharge Date,"
        "Discharge Location,Discharge Disposition,Patient Class Description,Patient Class"
    )
    found = map_columns(header.split(","), "discharges", file="alerts.csv")
    assert found.columns["mrn"] == 2
    assert found.columns["practice_mrn"] == 3
    assert found.columns["disposition"] == 7
    assert found.columns["patient_class"] == 9
    assert found.passed_over == {"disposition": (6,), "patient_class": (8,)}
    assert found.needed == 10


def test_a_leading_empty_column_and_unnamed_columns_at_the_end_do_no_harm():
    assert fields(",PatientName,DateOfBirth,DischargeDate,,,") == {
        "name": "PatientName",
        "birth_date": "DateOfBirth",
        "discharge": "DischargeDate",
    }


def test_the_actual_discharge_date_wins_and_the_projected_one_is_never_taken():
    header = "Dob,MRN,ProjectedDischargeDate,Discharge Date,ActualDischargeDate"
    assert fields(header)["discharge"] == "ActualDischargeDate"
    assert "discharge date" in refusal("Dob,MRN,ProjectedDischargeDate").message


def test_a_roster():
    header = (
        "patient_id,mrn,last_name,first_name,middle_name,suffix,dob,sex,address,city,state,zip,"
        "phone,Home Phone,Cell,member_id,status,Preferred Language,Risk Tier,Referred By"
    )
    assert fields(header, "patients") == {
        "patient_id": "patient_id",
        "mrn": "mrn",
        "last": "last_name",
        "first": "first_name",
        "middle": "middle_name",
        "suffix": "suffix",
        "birth_date": "dob",
        "sex": "sex",
        "address": "address",
        "city": "city",
        "state": "state",
        "zip": "zip",
        "phone": "phone",
        "home_phone": "Home Phone",
        "mobile_phone": "Cell",
        "member_id": "member_id",
        "status": "status",
        "language": "Preferred Language",
        "tier": "Risk Tier",
        "referred_by": "Referred By",
    }


def test_a_fills_file_of_a_pharmacy_and_one_of_researchers():
    assert fields("MRN,Drug Name,NDC,Drug Class,Fill Date,Days' Supply,Qty", "fills") == {
        "mrn": "MRN",
        "drug": "Drug Name",
        "ndc": "NDC",
        "drug_class": "Drug Class",
        "fill_date": "Fill Date",
        "days_supply": "Days' Supply",
        "quantity": "Qty",
    }
    assert fields("patient_id,date,perday,category,duration", "fills") == {
        "patient_id": "patient_id",
        "fill_date": "date",
        "per_day": "perday",
        "drug": "category",
        "days_supply": "duration",
    }


# refusals


@pytest.mark.parametrize(
    ("header", "kind", "message"),
    [
        ("MRN,Disch Date", "discharges", "no column for birth date"),
        ("MRN,DOB", "discharges", "no column for discharge date"),
        ("DOB,Disch Date", "discharges", "no column for name or record number"),
        ("DOB,Disch Date,Last", "discharges", "no column for name or record number"),
        ("Age Group,Gender", "discharges", "no column for birth date, none for discharge date, "
         "none for name or record number"),
        ("MRN,DOB", "patients", "no column for name"),
        ("MRN,Name", "patients", "no column for birth date"),
        ("Name,Drug,Fill Date,Days", "fills",
         "no column for record number, or name and birth date"),
        ("MRN,Drug,Fill Date", "fills", "no column for days' supply"),
    ],
)  # fmt: skip
def test_a_file_without_what_its_kind_needs_is_refused(header, kind, message):
    assert refusal(header, kind).message == f"list.csv line 3: {message}"


@pytest.mark.parametrize(
    ("header", "kind"),
    [
        ("member_id,DOB,D/C Date", "discharges"),
        ("Subscriber MRN,DOB,D/C Date", "discharges"),
        ("Last,First,DOB,D/C Date", "discharges"),
        ("Full Name,DOB", "patients"),
        ("Surname,Given Name,DOB", "patients"),
        ("Last,First,DOB,Drug,Fill Date,Days", "fills"),
    ],
)
def test_the_least_that_each_kind_can_live_with(header, kind):
    assert fields(header, kind)


def test_the_hint_names_headings_that_would_be_recognised():
    hint = refusal("MRN,Disch Date").hint
    assert "Date of Birth, Birth Date, DOB" in hint


def test_a_header_that_is_really_a_row_of_data_is_not_repeated_in_the_message():
    problem = refusal("Rivera,Ana,1950-01-02,2026-11-20")
    assert "Rivera" not in problem.message + problem.hint


TWICE = "MRN,DOB,Disch Date,D.O.B.\n1,1958-03-02,2026-11-20,{}\n2,,2026-11-20,1958-03-02\n"


def test_the_same_heading_twice_is_asked_about_where_the_two_differ():
    with pytest.raises(FileError) as caught:
        settled(TWICE.format("1958-02-03"))
    assert caught.value.message == (
        'list.csv line 2: "DOB" (column 2) and "D.O.B." (column 4) both stand for birth date'
        " and differ"
    )
    assert "sniff" in caught.value.hint
    assert "1958" not in caught.value.message


def test_the_same_heading_twice_does_not_matter_where_the_two_never_differ():
    assert settled(TWICE.format("1958-03-02")).columns["birth_date"] == 1


def test_an_empty_column_does_not_count():
    layout = settled("MRN,DOB,Disch Date,D.O.B.\n1,,2026-11-20,1958-03-02\n")
    assert (layout.columns["birth_date"], layout.heading("birth_date")) == (3, "D.O.B.")


def test_of_two_headings_the_better_one_counts_and_that_is_said():
    text = "MRN,DOB,Discharge Date,Actual Discharge Date\n1,1958-03-02,2026-11-21,2026-11-20\n"
    (listing,) = open_listings(text.encode(), name="list.csv", known=known_header("discharges"))
    layout = map_columns(listing.header, "discharges", file="list.csv")
    layout, said = settle_claims(listing, layout)
    assert layout.columns["discharge"] == 3
    assert said == ['discharge: "Actual Discharge Date" counts, not "Discharge Date"']


def test_the_header_again_on_a_later_page_is_no_difference():
    text = (
        "MRN,DOB,Discharge Date,Actual Discharge Date\n1,1958-03-02,2026-11-20,2026-11-20\n"
        "MRN,DOB,Discharge Date,Actual Discharge Date\n"
    )
    (listing,) = open_listings(text.encode(), name="list.csv", known=known_header("discharges"))
    layout = map_columns(listing.header, "discharges", file="list.csv")
    assert settle_claims(listing, layout)[1] == []


def test_the_same_heading_twice_does_not_matter_where_a_better_one_is_there():
    header = "MRN,DOB,Discharge Status,Discharge Disposition,Discharge Status,Disch Date"
    found = map_columns(header.split(","), "discharges", file="list.csv")
    assert found.columns["disposition"] == 3
    assert found.passed_over == {"disposition": (2, 4)}
    assert fields("MRN,DOB,Disch Date,Unit,Unit")  # a ward is not kept anyway


def test_a_rules_file_in_which_one_heading_means_two_things_is_refused(monkeypatch):
    rules_with_clash = {"person": {"name": ["Name"]}, "fills": {"drug": ["NAME"]}}
    monkeypatch.setattr(layouts, "read_rules", lambda _: rules_with_clash)
    layouts._vocabulary.cache_clear()
    try:
        with pytest.raises(RuleError, match=r'columns\.toml: "NAME" stands for name and for drug'):
            known_header("fills")
    finally:
        layouts._vocabulary.cache_clear()


# date forms of a whole file


def settled(text, declared=None):
    return laid_out(text, "discharges", declared=declared, today=TODAY)[1]


def test_each_date_column_has_a_form_of_its_own():
    layout = settled(
        "MRN,DOB,Admit Date,Disch Date\n"
        "1,31/01/1950,11/09/26 03:04 AM,2026-11-20\n"
        "2,01/02/1951,11/19/26 23:50,\n"
    )
    orders = {name: form.order for name, form in layout.dates.items()}
    assert orders == {"birth_date": "dmy", "admit": "mdy", "discharge": "iso"}
    assert layout.dates["birth_date"].births
    assert not layout.dates["admit"].births
    assert layout.columns == {"mrn": 0, "birth_date": 1, "admit": 2, "discharge": 3}


def test_an_undecidable_column_is_named_with_the_line_and_the_two_readings():
    text = "MRN,DOB,Disch Date\n1,1950-01-02,05/05/2026\n\n2,1950-01-02,03/04/2026 10:15\n"
    with pytest.raises(FileError) as caught:
        settled(text)
    assert caught.value.message == (
        'list.csv column "Disch Date": 03/04/2026 (line 4) can be 4 March or 3 April'
    )
    assert "--date-format mdy" in caught.value.hint
    assert settled(text, "mdy").dates["discharge"].order == "mdy"
    assert settled(text, "dmy").dates["birth_date"].order == "dmy"


def test_rows_that_are_too_short_say_nothing_about_dates():
    assert settled("MRN,DOB,Disch Date\n1,1950-01-02,11/20/2026\n11/12/2026\n").dates


def test_rules_that_are_missing_or_malformed_are_named(tmp_path):
    with pytest.raises(RuleError, match=r"rules file no\.toml cannot be read"):
        rules.read_rules("no.toml")
    broken = tmp_path / "columns.toml"
    broken.write_text("[discharges\n", encoding="utf-8")
    with pytest.raises(RuleError, match=r"rules file columns\.toml: "):
        rules.parse_rules(broken)
    broken.write_bytes(b"a = '\xe9'")
    with pytest.raises(RuleError, match=r"rules file columns\.toml is not UTF-8"):
        rules.parse_rules(broken)
