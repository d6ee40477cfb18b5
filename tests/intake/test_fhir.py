"""FHIR encounters become rows: what they say, whom they are about, files of all shapes."""

from __future__ import annotations

import contextlib
import csv
import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from caretool.errors import FileError
from caretool.intake import fhir, layout
from caretool.intake.blobs import open_blob
from caretool.intake.feeds import HEADER
from caretool.intake.fhir import open_fhir
from caretool.intake.vocabulary import disposition_code, patient_class
from caretool.model import PatientClass
from caretool.rules import read_rules

DATA = Path(__file__).parents[1] / "data" / "discharges"
V2 = "http://terminology.hl7.org/CodeSystem/v2-0203"
R4_LIST = "http://terminology.hl7.org/CodeSystem/discharge-disposition"
ACT = "http://terminology.hl7.org/CodeSystem/v3-ActCode"
ICD10 = "http://hl7.org/fhir/sid/icd-10-cm"

PATIENT = {
    "resourceType": "Patient",
    "id": "p1",
    "identifier": [{"type": {"coding": [{"system": V2, "code": "MR"}]}, "value": "441"}],
    "name": [{"use": "official", "family": "Hill", "given": ["Ana", "May"], "suffix": ["Jr"]}],
    "gender": "female",
    "birthDate": "1958-03-02",
    "address": [{"line": ["12 Oak Dr", "Apt 4"], "postalCode": "37852"}],
    "telecom": [{"system": "phone", "value": "423-555-0142", "use": "home"}],
}
STAY = {
    "resourceType": "Encounter",
    "id": "e1",
    "identifier": [{"value": "V7"}],
    "status": "finished",
    "class": {"system": ACT, "code": "IMP"},
    "subject": {"reference": "Patient/p1"},
    "period": {"start": "2026-11-10T20:29:00-05:00", "end": "2026-11-14T08:16:00-05:00"},
}


def coded(code, system="", **more):
    return {"coding": [{"code": code, **({"system": system} if system else {})}], **more}


def left_for(concept):
    return stay(hospitalization={"dischargeDisposition": concept})


def stay(**changes):
    return {key: value for key, value in {**STAY, **changes}.items() if value is not None}


def patient(**changes):
    return {key: value for key, value in {**PATIENT, **changes}.items() if value is not None}


def bundle(*resources, kind="collection", **more):
    entries = [one if "resource" in one else {"resource": one} for one in resources]
    return {"resourceType": "Bundle", "type": kind, "entry": entries, **more}


def opened(document, name="feed.json"):
    data = document if isinstance(document, bytes) else json.dumps(document).encode()
    return open_fhir(open_blob(data, name=name))


def all_said(document):
    """What each row says, by heading, without what it leaves empty."""
    found = [
        {heading: cell for heading, cell in zip(HEADER, cells, strict=True) if cell}
        for _, _, cells in opened(document)
    ]
    assert [row[:2] for row in opened(document)] == [(n, n) for n in range(1, len(found) + 1)]
    return found


def said(*resources, **more):
    (row,) = all_said(bundle(*resources, **more))
    return row


def refusal(document):
    with pytest.raises(FileError) as caught:
        opened(document)
    return caught.value.message


# what an encounter tells


def test_an_encounter_is_read_with_all_that_it_says():
    full = patient(
        identifier=[
            {"system": "http://hl7.org/fhir/sid/us-ssn", "value": "123-45-6789"},
            {"system": "http://hl7.org/fhir/sid/us-mbi", "value": "1EG4TE5MK73"},
            *PATIENT["identifier"],
        ],
        name=[*PATIENT["name"], {"use": "maiden", "family": "Stone"}],
        deceasedDateTime="2026-11-16T12:51:00-05:00",
    )
    told = stay(
        meta={"lastUpdated": "2026-11-14T13:20:15.888Z"},
        serviceProvider={"reference": "Organization/o1", "display": "ignored"},
        diagnosis=[{"condition": {"reference": "Condition/c1"}, "rank": 1}],
        hospitalization={"dischargeDisposition": coded("home", R4_LIST)},
    )
    condition = {
        "resourceType": "Condition", "id": "c1",
        "code": {"coding": [{"system": ICD10, "code": "I50.23"}], "text": "Heart failure"},
    }  # fmt: skip
    hospital = {"resourceType": "Organization", "id": "o1", "name": "St. Brigid"}
    expected = {
        "Message Date Time": "2026-11-14T13:20:15Z",
        "Event": "A03",
        "Facility Name": "St. Brigid",
        "Visit Number": "V7",
        "MRN": "441",
        "Member ID": "1EG4TE5MK73",
        "Last Name": "Hill",
        "First Name": "Ana",
        "Middle Name": "May",
        "Suffix": "Jr",
        "Other Last Name": "Stone",
        "Date of Birth": "1958-03-02",
        "Sex": "female",
        "Street Address": "12 Oak Dr",
        "Zip": "37852",
        "Phone": "423-555-0142",
        "Patient Class": "inpatient",
        "Admit Date/Time": "2026-11-10T20:29:00",
        "Discharge Date/Time": "2026-11-14T08:16:00",
        "Discharge Disposition": "home",
        "Primary Diagnosis": "Heart failure",
        "Diagnosis Code": "I50.23",
        "Date of Death": "2026-11-16T12:51:00",
    }
    assert said(full, told, condition, hospital) == expected
    assert said(hospital, condition, told, full) == expected


def test_the_public_bundle_says_what_its_truth_says():
    with (DATA / "truth.csv").open(encoding="utf-8", newline="") as file:
        truth = [row for row in csv.DictReader(file) if row["file"].startswith("fhir/")]
    with (DATA / "panel.csv").open(encoding="utf-8", newline="") as file:
        numbers = {row["patient_id"]: row["mrn"] for row in csv.DictReader(file)}
    path = DATA / "fhir" / "discharge_bundle.json"
    found = list(open_fhir(open_blob(path, name=path.name)))
    assert len(found) == len(truth) == 8
    kinds = {"I": PatientClass.INPATIENT, "O": PatientClass.OBSERVATION}
    for expected, (line, record, cells) in zip(truth, found, strict=True):
        row = dict(zip(HEADER, cells, strict=True))
        assert [str(line), str(record)] == [expected["row"], expected["record"]]
        assert row["Visit Number"] == expected["visit"]
        assert row["Facility Name"] == expected["facility"]
        assert patient_class(row["Patient Class"]) == kinds[expected["class"]]
        assert row["Admit Date/Time"][:10] == expected["admit"]
        assert row["Discharge Date/Time"][:10] == expected["discharge"]
        assert row["Date of Birth"] == expected["dob"]
        assert disposition_code(row["Discharge Disposition"]) == expected["disposition"]
        if expected["patient_id"]:
            assert row["MRN"] == numbers[expected["patient_id"]]


def test_the_headings_of_feeds_are_known_to_the_layout():
    known = layout.known_header("discharges")
    assert [heading for heading in HEADER if not known(heading)] == []


# the stay


@pytest.mark.parametrize(
    ("status", "event", "left"),
    [
        ("finished", "A03", True),
        ("completed", "A03", True),
        ("discharged", "A03", True),
        ("unknown", "A03", True),
        (None, "A03", True),
        ("in-progress", "A01", False),
        ("arrived", "A01", False),
        ("triaged", "A01", False),
        ("onleave", "A01", False),
        ("planned", "A05", False),
        ("cancelled", "cancelled", False),
        ("entered-in-error", "cancelled", False),
    ],
)
def test_the_status_decides_whether_anybody_has_left(status, event, left):
    row = said(PATIENT, stay(status=status))
    assert row["Event"] == event
    assert ("Discharge Date/Time" in row) == left


def test_without_an_end_the_history_says_when_it_was_over_else_nobody_knows():
    open_end = {"start": "2026-11-10T20:29:00-05:00"}
    history = [
        {"status": "in-progress", "period": {"start": "2026-11-10"}},
        {"status": "finished", "period": {"start": "2026-11-14T08:16:00-05:00"}},
    ]
    row = said(PATIENT, stay(period=open_end, statusHistory=history))
    assert row["Discharge Date/Time"] == "2026-11-14T08:16:00"
    row = said(PATIENT, stay(period=open_end))
    assert (row["Event"], row.get("Discharge Date/Time")) == ("A03", None)
    assert said(PATIENT, stay(period=open_end, status=None))["Event"] == "A01"


@pytest.mark.parametrize(
    ("end", "cell"),
    [
        ("2026-11-14T23:50:00-05:00", "2026-11-14T23:50:00"),
        ("2026-11-15T04:50:00Z", "2026-11-15T04:50:00Z"),
        ("2026-11-15T04:50:00+00:00", "2026-11-15T04:50:00Z"),
        ("2026-11-14", "2026-11-14"),
    ],
)
def test_a_discharge_stays_on_the_senders_clock(end, cell):
    row = said(PATIENT, stay(period={"start": "2026-11-10", "end": end}))
    assert row["Discharge Date/Time"] == cell


@pytest.mark.parametrize(
    ("concept", "cell", "code"),
    [
        (coded("1", "http://www.nubc.org/patient-discharge"), "01", "01"),
        (coded("62", "https://www.nubc.org/CodeSystem/PatDischargeStatus"), "62", "62"),
        (coded("03", "urn:oid:2.16.840.1.113883.6.301.5"), "03", "03"),
        (coded("03", "http://terminology.hl7.org/CodeSystem/v2-0112"), "03", "03"),
        (coded("03"), "03", "03"),
        (coded("03", "http://sender.example/codes", text="To cousin"), "To cousin", None),
        (coded("home", R4_LIST), "home", "01"),
        (coded("alt-home", R4_LIST), "home", "01"),
        (coded("other-hcf", R4_LIST), "other health care facility", "70"),
        (coded("hosp", R4_LIST), "hospice", "50"),
        (coded("long", R4_LIST), "long term care", "64"),
        (coded("aadvice", R4_LIST), "against medical advice", "07"),
        (coded("exp", R4_LIST), "expired", "20"),
        (coded("psy", R4_LIST), "psychiatric hospital", "65"),
        (coded("rehab", R4_LIST), "rehab", "62"),
        (coded("snf", R4_LIST), "snf", "03"),
        (coded("oth", R4_LIST, text="Sent to sea"), "Sent to sea", None),
        ({"text": "Home with home health"}, "Home with home health", "06"),
        ({"coding": [{"display": "Expired"}]}, "Expired", "20"),
        ({"coding": [{"code": "home", "system": R4_LIST},
                     {"code": "06", "system": "https://www.nubc.org/CodeSystem/x"}]}, "06", "06"),
        ({}, "", None),
    ],
)  # fmt: skip
def test_a_disposition_is_its_ub04_code_else_the_r4_code_in_words_else_its_text(
    concept, cell, code
):
    row = said(PATIENT, left_for(concept))
    assert row.get("Discharge Disposition", "") == cell
    assert disposition_code(cell) == code


def test_every_word_for_a_code_is_a_word_that_lists_use():
    rules = read_rules("feeds.toml")["fhir"]
    assert [word for word in rules["disposition"].values() if not disposition_code(word)] == []
    classes = rules["class"].values()
    assert [word for word in classes if patient_class(word) == PatientClass.UNKNOWN] == []


@pytest.mark.parametrize(
    ("said_class", "kind"),
    [
        ({"system": ACT, "code": "EMER"}, PatientClass.EMERGENCY),
        ({"system": ACT, "code": "OBSENC"}, PatientClass.OBSERVATION),
        ({"system": ACT, "code": "ACUTE"}, PatientClass.INPATIENT),
        ({"system": ACT, "code": "AMB"}, PatientClass.AMBULATORY),
        ({"system": ACT, "code": "VR"}, PatientClass.AMBULATORY),
        ({"system": ACT, "code": "HH"}, PatientClass.AMBULATORY),
        ([coded("IMP", ACT)], PatientClass.INPATIENT),
        ({"display": "Inpatient"}, PatientClass.INPATIENT),
        ("inpatient", PatientClass.INPATIENT),
        ({"code": "SS"}, PatientClass.UNKNOWN),
        (None, PatientClass.UNKNOWN),
    ],
)
def test_the_class_of_r4_and_r5_is_a_kind_of_stay(said_class, kind):
    row = said(PATIENT, stay(**{"class": said_class}))
    assert patient_class(row.get("Patient Class", "")) == kind


def test_an_r5_encounter_is_read_as_well():
    told = stay(
        status="completed", period=None, actualPeriod=STAY["period"],
        admission={"dischargeDisposition": coded("snf", R4_LIST)},
        diagnosis=[{"condition": [{"reference": {"reference": "Condition/c1"}}]}],
        **{"class": [coded("IMP", ACT)]},
    )  # fmt: skip
    condition = {"resourceType": "Condition", "id": "c1", "code": coded("I50.23", ICD10)}
    row = said(PATIENT, told, condition)
    assert row["Admit Date/Time"] == "2026-11-10T20:29:00"
    assert row["Discharge Date/Time"] == "2026-11-14T08:16:00"
    assert (row["Discharge Disposition"], row["Diagnosis Code"]) == ("snf", "I50.23")
    said_so = stay(diagnosis=[{"condition": [{"concept": coded("E86.0", ICD10)}]}])
    assert said(PATIENT, said_so)["Diagnosis Code"] == "E86.0"


def test_the_discharge_diagnosis_counts_before_the_one_ranked_first():
    def condition(key, code):
        return {"resourceType": "Condition", "id": key, "code": coded(code, ICD10)}

    told = stay(
        diagnosis=[
            {"condition": {"reference": "Condition/a"}, "use": coded("AD"), "rank": 1},
            {"condition": {"reference": "Condition/c"}, "use": coded("DD"), "rank": 2},
            {"condition": {"reference": "Condition/d"}, "use": coded("DD"), "rank": 1},
        ]
    )
    row = said(PATIENT, told, condition("a", "A1"), condition("c", "C3"), condition("d", "D4"))
    assert row["Diagnosis Code"] == "D4"


@pytest.mark.parametrize(
    ("changes", "others", "expected"),
    [
        ({}, [{"resourceType": "Condition", "encounter": {"reference": "Encounter/e1"},
               "code": coded("E86.0", ICD10, text="Dry")}], ("E86.0", "Dry")),
        ({"reasonCode": [{"text": "Chest pain"}]}, [], ("", "Chest pain")),
        ({"reasonCode": [coded("422504002", "http://snomed.info/sct", text="Stroke")]}, [],
         ("", "Stroke")),
        ({"reasonCode": [coded("E880", "http://hl7.org/fhir/sid/icd-9-cm")]}, [], ("", "")),
        ({"reason": [{"value": [{"concept": {"text": "Fall"}}]}]}, [], ("", "Fall")),
        ({"contained": [{"resourceType": "Condition", "id": "c", "code": {"text": "Cough"}}],
          "reasonReference": [{"reference": "#c"}]}, [], ("", "Cough")),
    ],
)  # fmt: skip
def test_a_diagnosis_is_found_wherever_the_sender_puts_it(changes, others, expected):
    row = said(PATIENT, stay(**changes), *others)
    assert (row.get("Diagnosis Code", ""), row.get("Primary Diagnosis", "")) == expected


def test_the_visit_number_is_the_hospitals_else_the_id_on_its_server():
    two = [{"value": "A1"}, {"type": coded("VN", V2), "value": "V7"}]
    assert said(PATIENT, stay(identifier=two))["Visit Number"] == "V7"
    old = [{"use": "old", "value": "A1"}, {"value": "V7"}]
    assert said(PATIENT, stay(identifier=old))["Visit Number"] == "V7"
    assert said(PATIENT, stay(identifier=None))["Visit Number"] == "e1"


def test_the_facility_is_the_provider_else_who_runs_the_place_else_the_place():
    ward = {"resourceType": "Location", "id": "l1", "name": "4 North"}
    runs = {**ward, "managingOrganization": {"display": "St. Brigid"}}
    at = {"location": [{"location": {"reference": "Location/l1", "display": "a bed"}}]}
    by = {"serviceProvider": {"display": "Mercy"}}
    assert said(PATIENT, stay(**at, **by), runs)["Facility Name"] == "Mercy"
    assert said(PATIENT, stay(**at), runs)["Facility Name"] == "St. Brigid"
    assert said(PATIENT, stay(**at), ward)["Facility Name"] == "4 North"
    assert said(PATIENT, stay(**at))["Facility Name"] == "a bed"


def test_when_it_was_told_is_the_encounters_version_else_the_bundles_moment():
    moment = "2026-11-17T05:15:00-05:00"
    row = said(PATIENT, STAY, timestamp=moment)
    assert row["Message Date Time"] == "2026-11-17T05:15:00"
    row = said(PATIENT, stay(meta={"lastUpdated": "2026-11-14T13:20:15Z"}), timestamp=moment)
    assert row["Message Date Time"] == "2026-11-14T13:20:15Z"
    row = said(PATIENT, STAY, meta={"lastUpdated": moment})
    assert row["Message Date Time"] == "2026-11-17T05:15:00"


# the patient


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        ([{"family": "Hill", "given": ["Ana"]}], ("Hill", "Ana", "", "")),
        ([{"use": "old", "family": "Stone"}, {"use": "usual", "family": "Hill"}],
         ("Hill", "", "", "Stone")),
        ([{"use": "nickname", "given": ["Nan"]},
          {"use": "official", "family": "Hill", "given": ["Ana"]}], ("Hill", "Ana", "", "")),
        ([{"use": "official", "family": "Hale", "period": {"end": "2020"}},
          {"use": "official", "family": "Hill"}], ("Hill", "", "", "")),
        ([{"text": "Ana May Hill"}], ("Hill", "Ana", "May", "")),
        ([{"family": ["de la", "Cruz"], "given": "Ana"}], ("de la Cruz", "Ana", "", "")),
        ({"family": "Hill"}, ("Hill", "", "", "")),
        ([{"use": "maiden", "family": "HILL"}, {"family": "Hill"}], ("Hill", "", "", "")),
        ("Hill", ("", "", "", "")),
        (None, ("", "", "", "")),
    ],
)  # fmt: skip
def test_names_are_read_by_their_use(names, expected):
    row = said(patient(name=names), STAY)
    headings = ("Last Name", "First Name", "Middle Name", "Other Last Name")
    assert tuple(row.get(heading, "") for heading in headings) == expected


@pytest.mark.parametrize(
    ("identifiers", "expected"),
    [
        ([{"value": "9"}, {"type": coded("MR", V2), "value": "441"}], {"MRN": "441"}),
        ([{"value": 9}], {"MRN": "9"}),
        ([{"type": coded("SS", V2), "value": "9"}], {}),
        ([{"type": {"coding": [{"code": "X"}, {"code": "DL"}]}, "value": "9"}], {}),
        ([{"system": "http://hl7.org/fhir/sid/us-ssn", "value": "9"}], {}),
        ([{"system": "urn:oid:2.16.840.1.113883.4.1", "value": "9"}], {}),
        ([{"type": coded("MC", V2), "value": "9"}], {"Member ID": "9"}),
        ([{"use": "old", "type": coded("MR", V2), "value": "9"}, {"value": "8"}], {"MRN": "8"}),
        ({"value": "9"}, {"MRN": "9"}),
    ],
)
def test_the_kind_and_the_system_tell_whose_number_it_is(identifiers, expected):
    row = said(patient(identifier=identifiers), STAY)
    assert {key: row[key] for key in ("MRN", "Member ID") if key in row} == expected


def test_phone_and_address_are_those_of_the_home():
    row = said(
        patient(
            telecom=[
                {"system": "email", "value": "x@y.example"},
                {"system": "phone", "use": "work", "value": "555-0001"},
                {"system": "phone", "use": "old", "value": "555-0002"},
                {"system": "phone", "use": "mobile", "value": "555-0003"},
            ],
            address=[
                {"use": "old", "line": ["1 Elm"], "postalCode": "1"},
                {"use": "work", "line": ["2 Elm"], "postalCode": "2"},
                {"use": "home", "line": "3 Elm", "postalCode": 37852},
            ],
        ),
        STAY,
    )
    assert (row["Phone"], row["Street Address"], row["Zip"]) == ("555-0003", "3 Elm", "37852")


@pytest.mark.parametrize(
    ("born", "cell"),
    [("1958-03-02", "1958-03-02"), ("1958-03", ""), ("1958", ""), (None, ""), (1958, "")],
)
def test_a_year_or_a_month_is_no_date_of_birth(born, cell):
    assert said(patient(birthDate=born), STAY).get("Date of Birth", "") == cell


def test_a_death_without_a_date_is_said_all_the_same():
    assert said(patient(deceasedBoolean=True), STAY)["Death Indicator"] == "Y"
    assert "Death Indicator" not in said(patient(deceasedBoolean=False), STAY)


# who is meant


@pytest.mark.parametrize(
    ("url", "subject", "encounter_url"),
    [
        ("https://a.example/fhir/Patient/p1", "Patient/p1", "https://a.example/fhir/Encounter/e1"),
        ("https://a.example/fhir/Patient/p1", "https://a.example/fhir/Patient/p1", ""),
        ("", "https://a.example/fhir/Patient/p1", ""),
        ("", "https://a.example/fhir/Patient/p1/_history/3", ""),
        ("", "Patient/p1/_history/3", ""),
        ("", "Patient/p1", ""),
        ("urn:uuid:0c3151bd-1cbf-4d64-b04d-cd9187a4c6e0",
         "urn:uuid:0c3151bd-1cbf-4d64-b04d-cd9187a4c6e0", "urn:uuid:1"),
    ],
)  # fmt: skip
def test_a_reference_finds_its_patient(url, subject, encounter_url):
    entries = [
        {"fullUrl": encounter_url, "resource": stay(subject={"reference": subject})},
        {"fullUrl": url, "resource": PATIENT},
    ]
    assert said(*entries)["MRN"] == "441"


def test_a_patient_inside_the_encounter_is_found():
    inside = stay(contained=[patient(id="x")], subject={"reference": "#x"})
    assert said(inside)["MRN"] == "441"


def test_of_two_servers_each_encounter_finds_its_own_patient():
    entries = [
        {"fullUrl": f"https://{server}.example/fhir/{one['resourceType']}/{one['id']}",
         "resource": one}
        for server, number in (("a", "441"), ("b", "552"))
        for one in (stay(identifier=[{"value": server}]), patient(identifier=[{"value": number}]))
    ]  # fmt: skip
    found = all_said(bundle(*entries, kind="searchset"))
    assert [(row["Visit Number"], row["MRN"]) for row in found] == [("a", "441"), ("b", "552")]


def test_a_patient_of_another_server_is_not_taken_for_the_one_who_is_meant():
    other = {"fullUrl": "https://b.example/fhir/Patient/p1", "resource": PATIENT}
    here = {"fullUrl": "https://a.example/fhir/Encounter/e1", "resource": STAY}
    assert "MRN" not in said(other, here)
    assert "MRN" not in said(other, stay(subject={"reference": "https://a.example/Patient/p1"}))
    third = {"fullUrl": "https://c.example/fhir/Patient/p1", "resource": patient(gender="male")}
    assert "MRN" not in said(other, third, STAY)


def test_two_messages_with_the_same_ids_do_not_share_their_patients():
    first = bundle(PATIENT, STAY, kind="message")
    other = bundle(patient(identifier=[{"value": "552"}]), STAY, kind="message")
    alone = bundle(STAY, kind="message")
    found = all_said([first, other, alone])
    assert [row.get("MRN") for row in found] == ["441", "552", None]


def test_the_pages_of_a_search_belong_together():
    pages = [bundle(STAY, kind="searchset"), bundle(PATIENT, kind="searchset")]
    assert [row["MRN"] for row in all_said(pages)] == ["441"]


def test_of_two_versions_of_a_patient_the_later_one_counts():
    early = patient(meta={"lastUpdated": "2026-01-01T00:00:00Z"}, identifier=[{"value": "1"}])
    late = patient(meta={"lastUpdated": "2026-06-01T00:00:00Z"}, identifier=[{"value": "2"}])
    assert said(early, late, STAY)["MRN"] == said(late, early, STAY)["MRN"] == "2"


def test_a_reference_that_leads_nowhere_or_elsewhere_leaves_the_patient_unsaid():
    row = said(stay(subject={"reference": "Patient/p9", "identifier": {"value": "77"}}), PATIENT)
    assert row["MRN"] == "77"
    assert "Last Name" not in row
    assert "Last Name" not in said(stay(subject={"reference": "Encounter/e1"}))
    assert "Last Name" not in said(stay(subject=None), PATIENT)


# files of all shapes


@pytest.mark.parametrize("kind", ["collection", "searchset", "message", "transaction", "batch", ""])
def test_every_kind_of_bundle_is_read(kind):
    assert said(PATIENT, STAY, kind=kind)["MRN"] == "441"


@pytest.mark.parametrize(
    "document",
    [
        [PATIENT, STAY],
        [[STAY], [PATIENT]],
        bundle(bundle(PATIENT, STAY)),
        [bundle(PATIENT, STAY)],
        "\n".join(map(json.dumps, (STAY, PATIENT))).encode(),
        "\r\n\r\n".join(map(json.dumps, (PATIENT, STAY, {"resourceType": "Device"}))).encode(),
        json.dumps(bundle(PATIENT, STAY)).encode("utf-16"),
        json.dumps(bundle(PATIENT, STAY)).encode("utf-8-sig"),
    ],
)
def test_arrays_bare_resources_and_lines_of_json_are_read(document):
    (row,) = all_said(document)
    assert (row["MRN"], row["Visit Number"]) == ("441", "V7")


def test_an_encounter_alone_is_a_row():
    (row,) = all_said(STAY)
    assert (row["Visit Number"], row.get("Last Name")) == ("V7", None)


def test_windows_letters_are_read():
    data = json.dumps(bundle(patient(name=[{"family": "Zoë"}]), STAY), ensure_ascii=False)
    feed = opened(data.encode("cp1252"))
    assert feed.encoding == "cp1252"
    assert next(iter(feed))[2][HEADER.index("Last Name")] == "Zoë"


def test_a_broken_line_is_a_row_and_loses_no_other():
    lines = [json.dumps(PATIENT), json.dumps(STAY), '{"resourceType": "Enc', json.dumps(STAY)]
    found = all_said("\n".join(lines).encode())
    assert [row["Event"] for row in found] == ["A03", "unreadable", "A03"]


def test_a_feed_says_what_it_is_and_can_be_read_again_and_again():
    feed = opened(bundle(PATIENT, STAY), name="x.json")
    assert (feed.name, feed.format, feed.header, feed.header_line) == ("x.json", "fhir", HEADER, 1)
    assert (feed.titles, feed.delimiter, feed.encoding) == ((), "", "utf-8")
    for _, _, cells in feed:
        cells += ["filled up by its reader"]
    assert [len(cells) for _, _, cells in feed] == [len(HEADER)]


@pytest.mark.parametrize(
    ("document", "message"),
    [
        ({}, "feed.json holds no FHIR Encounter"),
        ([], "feed.json holds no FHIR Encounter"),
        (bundle(PATIENT), "feed.json holds no FHIR Encounter"),
        (b"null", "feed.json holds no FHIR Encounter"),
        (b'{"a": ', "feed.json line 1: not JSON (perhaps cut off)"),
        (b"CSN,MRN\n1,2\n", "feed.json line 1: not JSON (perhaps cut off)"),
        (json.dumps(bundle(STAY), indent=1).encode()[:-9], None),
        (b"[" * 100_000, "feed.json is nested too deeply to be read"),
        (b'{"a":' + b"9" * 5_000 + b"}", "feed.json line 1: not JSON (perhaps cut off)"),
    ],
)
def test_what_is_no_fhir_is_refused(document, message):
    found = refusal(document)
    assert found == message if message else "not JSON" in found


def test_a_file_that_is_too_large_is_refused(monkeypatch):
    monkeypatch.setattr(fhir, "MAX_SIZE", 1 << 20)
    found = refusal(b" " * (1 << 20) + json.dumps(STAY).encode())
    assert found == "feed.json is larger than 1 MB, the most that is read of FHIR"


ODD = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=8)
    | st.sampled_from(["Patient/p1", "#x", "2026-11-14", "official", "home", "\ud800", "a\nb"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["reference", "value", "coding", "code", "use", "resource", "text"]),
            inner,
            max_size=3,
        )
    ),
    max_leaves=6,
)


def _places(thing, path=()):
    yield path
    if isinstance(thing, dict | list):
        for key in thing if isinstance(thing, dict) else range(len(thing)):
            yield from _places(thing[key], (*path, key))


PUBLIC = json.loads((DATA / "fhir" / "discharge_bundle.json").read_text("utf-8"))
SMALL = {**PUBLIC, "entry": PUBLIC["entry"][:7]}
PLACES = [path for path in _places(SMALL) if path]


@settings(max_examples=400, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(PLACES), ODD), min_size=1, max_size=6))
def test_no_shape_raises_anything_but_a_refusal(changes):
    document = json.loads(json.dumps(SMALL))
    for path, odd in changes:
        holder = document
        try:
            for key in path[:-1]:
                holder = holder[key]
            holder[path[-1]] = odd
        except (LookupError, TypeError):
            continue  # an earlier change has taken its place away
    try:
        found = list(opened(json.dumps(document).encode("utf-8", "surrogatepass")))
    except FileError:
        return
    for number, (line, record, cells) in enumerate(found, 1):
        assert line == record == number
        assert len(cells) == len(HEADER)
        for cell in cells:
            assert cell == " ".join(cell.encode("utf-8").decode().split())


@settings(max_examples=200, deadline=None)
@given(st.integers(0, 19_000), st.binary(max_size=6), st.integers(0, 30))
def test_no_damaged_byte_raises_anything_but_a_refusal(at, piece, cut):
    data = (DATA / "fhir" / "discharge_bundle.json").read_bytes()
    with contextlib.suppress(FileError):
        list(opened(data[:at] + piece + data[at + cut :]))
