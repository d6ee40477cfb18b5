"""Rows of a discharge list: which tell of a stay, which are passed over, which are rejected."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, time
from typing import Any

import pytest
from laid_out import laid_out

from caretool.intake.discharges import Rejected, Skipped, StayRow, read_discharges, stay_key
from caretool.model import Name, PatientClass, Sex

TODAY = date(2026, 11, 23)
COLUMNS = {
    "CSN": "5001", "MRN": "00123", "Patient Name": '"HILL,ANA M"', "DOB": "1958-03-02",
    "Sex": "F", "Zip": "37391", "Phone": "(423) 555-0142", "Pt Class": "Inpatient",
    "Admit Date": "2026-11-10", "Disch Date": "2026-11-14 08:16", "Disch Disp": "Home",
    "Facility": "St. Brigid", "Primary Dx": "Heart failure",
}  # fmt: skip


def read(text: str, declared: Any = None, today: date = TODAY) -> list[Any]:
    listing, layout = laid_out(text, "discharges", declared=declared, today=today)
    return list(read_discharges(listing, layout, today))


def row(columns: dict[str, str] | None = None, **changes: str) -> Any:
    """The one row of a list with these columns; `Disch_Date` stands for the heading Disch Date."""
    cells = {**COLUMNS, **(columns or {})}
    cells.update({heading.replace("_", " "): text for heading, text in changes.items()})
    (found,) = read(f"{','.join(cells)}\n{','.join(cells.values())}\n")
    return found


def rejected(columns: dict[str, str] | None = None, **changes: str) -> tuple[str, str, str]:
    found = row(columns, **changes)
    assert isinstance(found, Rejected), found
    assert (found.line, found.record) == (2, 1)
    return found.column, found.value, found.reason


# what a row tells


def test_a_row_is_read_with_all_that_it_says():
    assert row() == StayRow(
        line=2,
        record=1,
        name=Name("HILL", "ANA", "M"),
        birth_date=date(1958, 3, 2),
        sex="F",
        zip="37391",
        address=None,
        phone="4235550142",
        record_number="00123",
        practice_number=None,
        member_number=None,
        facility="St. Brigid",
        visit="5001",
        patient_class=PatientClass.INPATIENT,
        class_text=None,
        admitted_on=date(2026, 11, 10),
        discharged_on=date(2026, 11, 14),
        discharged_at=time(8, 16),
        disposition="01",
        disposition_text="Home",
        diagnosis="Heart failure",
        diagnosis_code=None,
        other_last=None,
        prior_number=None,
        event="none",
        told_at=None,
        died_on=None,
        skip=None,
        newborn=False,
        test_patient=False,
    )


def test_what_a_row_does_not_say_is_none():
    (found,) = read("MRN,DOB,Disch Date\n7,,2026-11-14\n")
    assert found.name == Name("", "")
    assert found.patient_class == PatientClass.UNKNOWN
    for field in ("birth_date", "sex", "zip", "phone", "practice_number", "member_number",
                  "facility", "visit", "admitted_on", "discharged_at", "disposition",
                  "disposition_text", "diagnosis", "skip"):  # fmt: skip
        assert getattr(found, field) is None, field


@pytest.mark.parametrize("nothing", ["", "-", "~", "NaN", "NULL", "n/a", "1900-01-01"])
def test_the_many_ways_to_say_nothing_are_read_as_nothing(nothing):
    found = row(DOB=nothing, Admit_Date=nothing)
    assert found.birth_date is found.admitted_on is None
    assert found.skip is None


def test_a_discharge_late_at_night_stays_on_its_date():
    for at in ("2026-11-14 23:50", "2026-11-14T23:50:00Z", "2026-11-14T23:50:00-08:00"):
        found = row(Disch_Date=at)
        assert (found.discharged_on, found.discharged_at) == (date(2026, 11, 14), time(23, 50)), at


def test_of_actual_and_projected_discharge_only_the_actual_one_counts():
    projected = {"Projected Discharge Date": "2026-11-20"}
    assert row(projected).discharged_on == date(2026, 11, 14)
    assert row(projected, Disch_Date="").skip == "still in hospital"


def test_an_unknown_disposition_keeps_its_words():
    found = row(Disch_Disp="to her sister")
    assert (found.disposition, found.disposition_text, found.skip) == (None, "to her sister", None)


def test_a_second_column_about_the_kind_of_stay_is_asked_where_the_first_says_nothing():
    described = {"Patient Class Description": "Observation"}
    assert row(described, Pt_Class="O").patient_class == PatientClass.OBSERVATION
    assert row(described, Pt_Class="E").patient_class == PatientClass.EMERGENCY
    assert row({"Patient Class Description": "?"}, Pt_Class="O").patient_class == "unknown"
    short = read("MRN,DOB,Pt Class,Disch Date,Patient Class Description\n7,,O,2026-11-14\n")
    assert short[0].patient_class == PatientClass.UNKNOWN


# deaths


@pytest.mark.parametrize(
    ("columns", "disposition"),
    [
        ({"Date of Death": "2026-11-14"}, "20"),
        ({"Date of Death": "2026-11-14", "Disch Disp": ""}, "20"),
        ({"Date of Death": "", "Death Indicator": "Y"}, "20"),
        ({"Death Indicator": "1", "Disch Disp": "somewhere"}, "20"),
        ({"Death Indicator": "yes", "Disch Disp": "40"}, "40"),
        ({"Death Indicator": "TRUE", "Disch Disp": "Expired in a medical facility"}, "41"),
        ({"Death Indicator": "N"}, "01"),
        ({"Death Indicator": ""}, "01"),
        # what senders write for "none" (rulebook section 10)
        ({"Date of Death": "1900-01-01"}, "01"),
        ({"Date of Death": "2000-12-31"}, "01"),
        ({"Date of Death": "1899-12-30"}, "01"),
    ],
)
def test_a_date_or_sign_of_death_stands_over_any_other_disposition(columns, disposition):
    assert row(columns).disposition == disposition


# what is passed over


def test_rows_about_nobody_are_skipped_each_with_its_reason():
    found = read(
        "Patient Name,DOB,Disch Date,Facility\n"
        '"HILL,ANA",1958-03-02,2026-11-14,St. Brigid\n'
        ",,,\n"
        "\n"
        "PATIENT NAME, dob ,Disch  Date,Facility\n"
        "Unit 4N,,,\n"
        "Total discharges: 47,,,\n"
        "Page 1 of 3,,,Printed 11/16/2026\n"
        ",,,Confidential\n"
        '"REED,MAX",1971-11-30,2026-11-15,St. Brigid\n'
    )
    assert [(one.line, one.record, one.reason) for one in found if isinstance(one, Skipped)] == [
        (3, 2, "empty row"),
        (5, 3, "the header again"),
        (6, 4, "a total, title or footer"),
        (7, 5, "a total, title or footer"),
        (8, 6, "a total, title or footer"),
        (9, 7, "a total, title or footer"),
    ]
    assert [one.line for one in found if isinstance(one, StayRow)] == [2, 10]


@pytest.mark.parametrize(
    ("columns", "reason"),
    [
        ({"Disch Date": ""}, "still in hospital"),
        ({"Disch Date": "", "Disch Disp": "Home"}, "still in hospital"),
        ({"Disch Disp": "30"}, "still in hospital"),
        ({"Disch Disp": "Still a Patient"}, "still in hospital"),
        ({"Disch Disp": "Admitted as inpatient"}, "admitted, not discharged"),
        ({"Disch Disp": "09", "Disch Date": ""}, "admitted, not discharged"),
        ({"Pt Class": "Office Visit"}, "an office visit, not a stay"),
        ({"Pt Class": "AMB"}, "an office visit, not a stay"),
    ],
)
def test_a_row_that_is_no_discharge_says_why(columns, reason):
    assert row(columns).skip == reason


@pytest.mark.parametrize("kind", ["Inpatient", "Observation", "ED", "SNF", "Psych", "", "O"])
def test_every_other_kind_of_stay_is_a_discharge(kind):
    assert row(Pt_Class=kind).skip is None


# newborns


@pytest.mark.parametrize(
    ("name", "born", "newborn"),
    [
        ('"HILL,ANA"', "2026-11-10", True),  # born on the day of admission
        ('"HILL,ANA"', "2026-11-09", True),
        ('"HILL,ANA"', "2026-11-08", False),  # two days old: her own admission
        ('"HILL,BABY BOY"', "2026-11-02", True),
        ('"HILL,BABYGIRL A"', "2026-11-02", True),
        ('"HILL,TWIN A"', "2026-11-14", True),  # desks write a day after the mother's admission
        ("BABY BOY HILL", "2026-09-01", True),
        ('"HILL,INFANT"', "2025-11-15", True),
        ('"HILL,INFANT"', "2025-11-13", False),  # more than a year old
        ('"HILL,BABETTE"', "2026-11-02", False),
        ('"BABY,ANA"', "1958-03-02", False),  # a surname
    ],
)
def test_a_newborn_is_told_by_the_birth_date_or_by_what_desks_write_for_a_name(name, born, newborn):
    assert row(Patient_Name=name, DOB=born).newborn is newborn


def test_without_an_admission_date_the_discharge_tells_a_newborn():
    assert row(DOB="2026-11-13", Admit_Date="").newborn is True
    assert row(DOB="2026-11-12", Admit_Date="").newborn is False
    assert row(DOB="", Patient_Name='"HILL,BABY"').newborn is False


# cancellations


def test_a_cancellation_is_read_as_one_and_as_nothing_else():
    for event in ("A13", "Cancel Discharge"):
        found = row({"Event": event, "Disch Date": "", "Disch Disp": "30"})
        assert found.event == "cancel_discharge"
    assert row({"Event": "A11"}).event == "cancel_admit"
    assert row({"Event": "A03"}).event == "discharge"
    assert row({"Event": ""}).event == "none"


def test_a_cancellation_without_a_date_of_the_stay_has_that_of_its_message():
    dates = {"Admit Date": "", "Disch Date": "", "Message Date Time": "2026-11-14 18:55"}
    found = row({"Event": "A13", **dates})
    assert (found.admitted_on, found.told_at) == (date(2026, 11, 14), "2026-11-14T18:55:00")
    assert rejected({"Event": "A03", **dates})[2] == ("neither a discharge nor an admission date")


def test_a_message_about_a_person_or_of_another_kind_is_no_stay():
    assert row({"Event": "A31"}).reason == "tells of a person, not of a stay"
    assert row({"Event": "ORU^R01"}).reason == "ORU^R01 is no message about a stay"


def test_the_moment_of_the_message_is_read_with_its_seconds():
    found = row({"Message Date Time": "20261114080005"})
    assert found.told_at == "2026-11-14T08:00:05"
    assert row({"Message Date Time": "2026-11-14"}).told_at == "2026-11-14"


def test_a_word_for_a_kind_of_stay_that_is_not_known_is_kept():
    found = row(Pt_Class="Moonlight")
    assert (found.patient_class, found.class_text) == (PatientClass.UNKNOWN, "Moonlight")
    assert row(Pt_Class="").class_text is None


# what is rejected


@pytest.mark.parametrize(
    ("columns", "expected"),
    [
        ({"DOB": "13/45/1958"}, ("DOB", "13/45/1958", "is not an ISO date (YYYY-MM-DD)")),
        ({"DOB": "1958-02-30"}, ("DOB", "1958-02-30", "is not a date")),
        ({"Admit Date": "soon"}, ("Admit Date", "soon", "is not a date")),
        ({"Disch Date": "2026-11-14 25:00"},
         ("Disch Date", "2026-11-14 25:00", "has an impossible time of day")),
        ({"Patient Name": "", "MRN": ""},
         ("Patient Name", "", "neither a name nor a number says who this is")),
        ({"Patient Name": "-", "MRN": "000"},
         ("Patient Name", "-", "neither a name nor a number says who this is")),
        ({"Patient Name": "HILL\x07"}, ("Patient Name", "", "the name has control characters")),
        ({"Admit Date": "", "Disch Date": ""},
         ("Disch Date", "", "neither a discharge nor an admission date")),
        ({"DOB": "2026-11-24"}, ("DOB", "2026-11-24", "is after today, 2026-11-23")),
        ({"Disch Date": "2026-11-24"}, ("Disch Date", "2026-11-24", "is after today, 2026-11-23")),
        ({"Admit Date": "2026-11-24", "Disch Date": ""},
         ("Admit Date", "2026-11-24", "is after today, 2026-11-23")),
        ({"Disch Date": "2026-11-09 08:00"},
         ("Disch Date", "2026-11-09 08:00", "is before the admission")),
        ({"DOB": "2026-11-11"}, ("DOB", "2026-11-11", "is after the stay")),
        ({"DOB": "2026-11-15", "Admit Date": ""}, ("DOB", "2026-11-15", "is after the stay")),
        ({"Date of Death": "soon"}, ("Date of Death", "soon", "is not a date")),
    ],
)  # fmt: skip
def test_a_row_that_cannot_be_used_names_column_value_and_reason(columns, expected):
    assert rejected(columns) == expected


def test_a_date_is_read_in_the_declared_form_or_rejected():
    text = "MRN,DOB,Disch Date\n7,,03/04/2026\n"
    days = {"mdy": date(2026, 3, 4), "dmy": date(2026, 4, 3)}
    for form, day in days.items():
        assert read(text, declared=form)[0].discharged_on == day
    assert read(text, declared="iso")[0].reason == "is not an ISO date (YYYY-MM-DD)"


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("00123,Hill,Ana,1958-03-02,2026-11-14,Home,extra", "the row has 7 cells under 6 columns"),
        ("00123,Hill,Ana,1958-03-02", "the row has 4 cells under 6 columns"),
        ("00123", "the row has 1 cells under 6 columns"),
    ],
)
def test_a_ragged_row_is_rejected_whole_so_that_no_cell_is_lost(line, reason):
    (found,) = read(f"MRN,Last Name,First Name,DOB,Disch Date,Disch Disp\n{line}\n")
    assert found == Rejected(2, 1, "", line, reason, (), "ragged-row")


def test_a_row_that_lacks_a_cell_in_its_middle_is_rejected():
    """The sex is missing, so that all the rest stands one column to the left."""
    header = "Last Name,First Name,DOB,Disch Date,Sex,Zip,Phone,Attending,Floor\n"
    (found,) = read(f"{header}Hill,Ana,1958-03-02,2026-11-14,37391,4235550142,Iyer\n")
    assert (found.rule, found.reason) == (
        "ragged-row",
        "the row has 7 cells under 9 columns, and they do not fit them",
    )
    (found,) = read(f"{header}Hill,Ana,1958-03-02,2026-11-14,F,37391,4235550142\n")
    assert found.zip == "37391", "what is missing at its end is not needed"


def test_a_spanish_row_without_its_last_cells_has_not_slipped():
    """H is a man where sexes are H and M, and no stray text."""
    header = "Apellidos,Nombre,Fecha de Nacimiento,Fecha de Alta,Sexo,Attending,Floor\n"
    listing, layout = laid_out(
        f"{header}Cruz,Luis,1958-03-02,2026-11-14,H,Iyer\n", "discharges", today=TODAY
    )
    (found,) = read_discharges(listing, replace(layout, h_and_m=True), TODAY)
    assert found.sex == Sex.M


def test_empty_cells_too_many_and_columns_without_use_left_out_do_no_harm():
    header = "MRN,Last Name,First Name,DOB,Disch Date,Attending\n"
    stay = "00123,Hill,Ana,1958-03-02,2026-11-14"
    for line in (f"{stay},Iyer,,  ,", stay, f"{stay},"):
        assert isinstance(read(f"{header}{line}\n")[0], StayRow), line


def test_a_bad_row_does_not_spoil_the_next_one_with_the_same_cell():
    found = read("MRN,DOB,Disch Date\n7,x,2026-11-14\n8,x,2026-11-15\n9,,2026-11-15\n")
    assert [type(one) for one in found] == [Rejected, Rejected, StayRow]
    assert [(one.line, one.value) for one in found[:2]] == [(2, "x"), (3, "x")]


# which rows tell of one stay


def key(columns: dict[str, str] | None = None, **changes: str) -> str:
    return stay_key(row(columns, **changes), "epic")


def test_facility_and_visit_number_make_a_stay_whatever_else_changes():
    first = key()
    assert first == key(CSN="05001", Facility="ST BRIGID", MRN="", Pt_Class="OBS", DOB="")
    assert first == key(Admit_Date="2026-11-11", Patient_Name="REED")
    assert first != key(CSN="5002")
    assert first != key(Facility="Mercy")
    assert key(Facility="") == stay_key(row(Facility="EPIC"), "other")


@pytest.mark.parametrize(
    "changes", [{"MRN": "124"}, {"Admit Date": "2026-11-09"}, {"Pt Class": "ED"},
                {"Facility": "Mercy"}],
)  # fmt: skip
def test_without_visit_number_another_person_day_kind_or_place_is_another_stay(changes):
    assert key(CSN="") != key({**changes, "CSN": ""})


def test_without_visit_number_what_may_be_corrected_later_does_not_make_another_stay():
    numbered = key(CSN="")
    assert numbered == key(CSN="", MRN="123", DOB="1958-03-03", Disch_Date="", Disch_Disp="SNF")
    unnumbered = key(CSN="", MRN="")
    assert unnumbered == key(CSN="", MRN="", Patient_Name='"Hill, Ana"', Zip="30301")
    assert unnumbered != key(CSN="", MRN="", DOB="1958-03-03")
    assert key(CSN="", Admit_Date="") != key(CSN="", Admit_Date="", Disch_Date="2026-11-15")


def test_two_people_who_share_a_health_plans_number_have_two_stays():
    family = {"CSN": "", "MRN": "", "Member ID": "H9"}
    assert key(family) != key(family, Patient_Name='"HILL,MAX"', DOB="1957-01-01")
    nameless = {**family, "Patient Name": "", "DOB": ""}
    assert key(nameless) != key(nameless, Member_ID="H8")
