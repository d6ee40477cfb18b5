"""HL7 v2 ADT messages become rows: events, who it is, when it was, and files of all shapes."""

from __future__ import annotations

import csv
import itertools
import logging
import re
import tracemalloc
from datetime import datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from caretool.errors import FileError
from caretool.intake.blobs import open_blob
from caretool.intake.feeds import HEADER, birth, moment
from caretool.intake.hl7 import FIRST_MESSAGE, MAX_MESSAGE, MAX_SEGMENT, open_hl7

DATA = Path(__file__).parents[1] / "data" / "discharges"
MSH = r"MSH|^~\&|EPIC|St. Brigid|CAREMGR|CLINIC|20261114081900-0500||ADT^A03^ADT_A03|M1|P|2.5.1"
EVN = "EVN|A03|20261114081900"
PID = "PID|1||441^^^SBMC^MR||Hill^Ana^May^Jr^^^L||19580302|F"


def pv1(**fields):
    """A PV1 segment; `n44="…"` is PV1-44."""
    cells = ["PV1"] + [""] * 50
    for number, text in fields.items():
        cells[int(number[1:])] = text
    return "|".join(cells).rstrip("|")


def pid(**fields):
    """A PID segment of Ana Hill with other fields; `n7="…"` is PID-7."""
    cells = PID.split("|") + [""] * 25
    for number, text in fields.items():
        cells[int(number[1:])] = text
    return "|".join(cells).rstrip("|")


STAY = pv1(n2="I", n19="V7^^^SBMC^VN", n36="01", n44="202611102029", n45="20261114081600-0500")


def msh(event="A03", *, sender="EPIC|St. Brigid", receiver="CAREMGR|CLINIC", kind=None, charset=""):
    kind = f"ADT^{event}^ADT_{event}" if kind is None else kind
    end = f"||||||{charset}" if charset else ""
    return rf"MSH|^~\&|{sender}|{receiver}|20261114081900-0500||{kind}|M1|P|2.5.1{end}"


def rows(data, name="feed.hl7"):
    data = data.encode() if isinstance(data, str) else data
    return list(open_hl7(open_blob(data, name=name)))


def said(*segments):
    """What the one row says, by heading, without what it leaves empty."""
    ((_, _, cells),) = rows("\r".join(segments))
    assert len(cells) == len(HEADER)
    return {heading: cell for heading, cell in zip(HEADER, cells, strict=True) if cell}


def refusal(data, name="feed.hl7"):
    with pytest.raises(FileError) as caught:
        rows(data, name)
    return caught.value.message


# what a message tells


def test_a_discharge_is_read_with_all_that_it_says():
    full = pid(
        n3="00123^^^CAREMGR^EID~441^^^SBMC^MR~1EG4-TE5-MK73^^^CMS^MC~123-45-6789^^^USSSA^SS",
        n5="Hill^Ana^May^Jr^^^L~Stone^Ana^^^^^M",
        n11="12 Oak Dr^^Cumber^TN^37852^USA",
        n13="(423)555-0142^PRN^PH^^^423^5550142",
        n18="ACC9",
        n29="20261116125100",
        n30="Y",
    )
    dg1 = "DG1|1|I10|I50.23^Heart failure^I10|ignored||F"
    assert said(MSH, EVN, full, STAY, dg1, "MRG|398^^^SBMC^MR") == {
        "Message Date Time": "2026-11-14T08:19:00",
        "Event": "A03",
        "Facility Name": "St. Brigid",
        "Visit Number": "V7",
        "MRN": "441",
        "Practice MRN": "00123",
        "Member ID": "1EG4-TE5-MK73",
        "Last Name": "Hill",
        "First Name": "Ana",
        "Middle Name": "May",
        "Suffix": "Jr",
        "Other Last Name": "Stone",
        "Date of Birth": "1958-03-02",
        "Sex": "F",
        "Street Address": "12 Oak Dr",
        "Zip": "37852",
        "Phone": "(423)555-0142",
        "Patient Class": "I",
        "Admit Date/Time": "2026-11-10T20:29",
        "Discharge Date/Time": "2026-11-14T08:16:00",
        "Discharge Disposition": "01",
        "Primary Diagnosis": "Heart failure",
        "Diagnosis Code": "I50.23",
        "Date of Death": "2026-11-16T12:51:00",
        "Death Indicator": "Y",
        "Prior MRN": "398",
    }


def truth():
    with (DATA / "truth.csv").open(encoding="utf-8", newline="") as file:
        return [row for row in csv.DictReader(file) if row["file"].startswith("hl7/")]


def public_rows():
    """Every row of the public files, by file and record, with its line and what it says."""
    found = {}
    for path in sorted((DATA / "hl7").iterdir()):
        for line, record, cells in open_hl7(open_blob(path, name=path.name)):
            found[f"hl7/{path.name}", record] = line, dict(zip(HEADER, cells, strict=True))
    return found


def test_the_public_messages_say_what_their_truth_says():
    found = public_rows()
    assert len(found) == len(truth()) == 11
    for expected in truth():
        line, row = found[expected["file"], int(expected["record"])]
        assert line == int(expected["row"])
        assert row["Visit Number"] == expected["visit"]
        assert row["Facility Name"] == expected["facility"]
        assert row["Patient Class"] == expected["class"]
        assert row["Admit Date/Time"][:10] == expected["admit"]
        assert row["Date of Birth"] == expected["dob"]
        if expected["kind"] == "cancel":  # the truth tells of the discharge that it takes back
            assert (row["Event"], row["Discharge Date/Time"]) == ("A13", "")
        else:
            assert row["Discharge Date/Time"][:10] == expected["discharge"]
            assert row["Discharge Disposition"] == expected["disposition"]


def test_the_public_messages_name_the_practices_own_number_wherever_it_stands():
    with (DATA / "panel.csv").open(encoding="utf-8", newline="") as file:
        numbers = {row["patient_id"]: row["mrn"] for row in csv.DictReader(file)}
    found = public_rows()
    for expected in truth():
        if expected["patient_id"]:
            row = found[expected["file"], int(expected["record"])][1]
            assert row["Practice MRN"] == numbers[expected["patient_id"]]


# events


@pytest.mark.parametrize(
    "event",
    ["A01", "A02", "A03", "A04", "A05", "A06", "A07", "A08", "A11", "A12", "A13", "A28", "A31"],
)
def test_every_event_is_a_row_with_its_patient(event):
    row = said(msh(event), PID, STAY)
    assert row["Event"] == event
    assert (row["MRN"], row["Visit Number"], row["Last Name"]) == ("441", "V7", "Hill")


def test_the_event_of_the_header_counts_not_the_one_of_evn():
    assert said(msh("A03"), "EVN|A01|20261114", PID)["Event"] == "A03"


@pytest.mark.parametrize(
    ("kind", "evn", "event"),
    [
        ("ADT", "EVN|A04", "A04"),
        ("ADT^", "EVN|a04", "A04"),
        ("", "EVN|A13", "A13"),
        ("ADT_A01", "EVN|A08", "A01"),
        ("ADT^^ADT_A03", "EVN", "A03"),
        ("adt^a03", "EVN", "A03"),
        ("ADT", "EVN|P01", "ADT"),
        ("ORU^R01^ORU_R01", "EVN|A03", "ORU^R01"),
        ("ACK^A03", "EVN", "ACK^A03"),
        ("MDM", "EVN", "MDM^"),
    ],
)
def test_an_event_is_found_where_it_is_and_other_messages_keep_their_type(kind, evn, event):
    assert said(msh(kind=kind), evn, PID)["Event"] == event


@pytest.mark.parametrize("event", ["A01", "A02", "A04", "A06", "A08", "A12"])
def test_only_a_discharge_without_a_time_takes_the_time_of_the_event(event):
    assert "Discharge Date/Time" not in said(msh(event), EVN, PID, pv1(n44="20261110"))
    assert said(msh(event), PID, STAY)["Discharge Date/Time"] == "2026-11-14T08:16:00"


@pytest.mark.parametrize("event", ["A05", "A11", "A13", "A16", "A25"])
def test_after_these_events_nobody_has_left_whatever_the_message_says(event):
    assert "Discharge Date/Time" not in said(msh(event), EVN, PID, STAY)


@pytest.mark.parametrize(
    ("evn", "left"),
    [
        ("EVN|A03|202611140900||||202611140805", "2026-11-14T08:05"),
        ("EVN|A03|202611140900", "2026-11-14T09:00"),
        ("EVN|A03", "2026-11-14T08:19:00"),
    ],
)
def test_a_discharge_without_a_time_left_when_it_happened_was_recorded_or_sent(evn, left):
    assert said(MSH, evn, PID, pv1(n2="I"))["Discharge Date/Time"] == left


@pytest.mark.parametrize("event", ["A18", "A34", "A40", "A47"])
def test_a_merge_names_the_number_that_is_given_up(event):
    merge = said(msh(event), EVN, PID, "MRG|9^^^NHS^NH~77^^^SBMC^MR~00123^^^CAREMGR^EID")
    assert (merge["Event"], merge["MRN"], merge["Prior MRN"]) == (event, "441", "77")


def test_a_message_that_joins_several_patients_is_a_row_for_each():
    other = "PID|2||55^^^SBMC^MR||Reed^Max||19711130|M"
    feed = [msh("A40"), EVN, PID, "MRG|77^^^SBMC^MR", other, "MRG|88^^^SBMC^MR", msh("A08"), PID]
    found = rows("\n".join(feed))
    at = {heading: HEADER.index(heading) for heading in ("MRN", "Prior MRN", "Event")}
    assert [
        (line, record, *(cells[at[heading]] for heading in at)) for line, record, cells in found
    ] == [
        (1, 1, "441", "77", "A40"),
        (1, 2, "55", "88", "A40"),
        (7, 3, "441", "", "A08"),
    ]


# who it is


@pytest.mark.parametrize(
    ("identifiers", "expected"),
    [
        ("441^^^SBMC^MR", {"MRN": "441"}),
        ("740001776^^^AMRN^AMRN~1003132339^^^EID^EID", {"MRN": "740001776"}),
        ("99269^^^^FI~123321^^^^PI", {"MRN": "123321"}),
        ("5^^^X^PI~6^^^X^MRN~7^^^X^MR", {"MRN": "7"}),
        ("185620675", {"MRN": "185620675"}),
        ("1^^^caremgr^MR~2^^^SBMC^PI", {"Practice MRN": "1", "MRN": "2"}),
        ("1^^^CLINIC&1.2.3&ISO^MR", {"Practice MRN": "1"}),
        ("1^^^&CLINIC&ISO^MR", {"Practice MRN": "1"}),
        ("1A^^^P^MB~2^^^P^MA~441^^^S^MR", {"Member ID": "1A", "MRN": "441"}),
        ("123-45-6789^^^USSSA^SS", {}),
        ("123456789^^^SSA", {}),
        ("123-45-6789", {}),
        ("D1^^^TN^DL~A5^^^SBMC^AN~V5^^^SBMC^VN", {}),
        ("^^^SBMC^MR~441^^^SBMC^MR", {"MRN": "441"}),
        ('""^^^SBMC^MR', {}),
    ],
)
def test_the_issuer_and_the_kind_tell_whose_number_it_is(identifiers, expected):
    row = said(MSH, pid(n3=identifiers))
    assert {heading: row.get(heading) for heading in ("MRN", "Practice MRN", "Member ID")} == {
        "MRN": None, "Practice MRN": None, "Member ID": None, **expected,
    }  # fmt: skip


def test_a_number_of_the_sender_is_not_the_practices_where_both_are_called_alike():
    inside = msh(sender="EPIC|CLINIC", receiver="CAREMGR|CLINIC")
    row = said(inside, pid(n3="441^^^CLINIC^MR"))
    assert row["MRN"] == "441"
    assert "Practice MRN" not in row


def test_without_an_identifier_list_the_older_field_counts():
    assert said(MSH, pid(n2="88^^^SBMC^MR", n3=""))["MRN"] == "88"
    assert said(MSH, pid(n2="88^^^SBMC^MR", n3="441"))["MRN"] == "441"


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Hill^Ana^May^Jr^^^L", ("Hill", "Ana", "May", "Jr", "")),
        ("Stone^Ana^^^^^M~Hill^Ana^^^^^L", ("Hill", "Ana", "", "", "Stone")),
        ("Hill^Ana^^^^^D~Hale^Ana^^^^^L", ("Hale", "Ana", "", "", "")),
        ("Hill^Ana^^^^^L~Reed^Ana^^^^^A~Stone^Ana^^^^^M", ("Hill", "Ana", "", "", "Stone")),
        ("Hill^Ana~HILL^Ana^^^^^A", ("Hill", "Ana", "", "", "")),
        ("Hill^Ana^^^^^B", ("Hill", "Ana", "", "", "")),
        ("Hill&&&&Stone^Ana", ("Hill", "Ana", "", "", "Stone")),
        ("&van&Dyk^Ana", ("van Dyk", "Ana", "", "", "")),
        ("KAYLA HENRY", ("HENRY", "KAYLA", "", "", "")),
        ("HENRY, KAYLA M", ("HENRY", "KAYLA", "M", "", "")),
        ("HENRY", ("HENRY", "", "", "", "")),
        ("^Ana", ("", "Ana", "", "", "")),
        ("De La Cruz^Ana", ("De La Cruz", "Ana", "", "", "")),
        ('Hill^""', ("Hill", "", "", "", "")),
    ],
)
def test_names_are_read_in_all_their_shapes(name, expected):
    row = said(MSH, pid(n5=name))
    headings = ("Last Name", "First Name", "Middle Name", "Suffix", "Other Last Name")
    assert tuple(row.get(heading, "") for heading in headings) == expected


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("19580302", "1958-03-02"),
        ("195803021126+0215", "1958-03-02"),
        ("19580302000000-0500", "1958-03-02"),
        ("195803021", "1958-03-02"),
        ("1958030211264500012", "1958-03-02"),
        ("1958-03-02", "1958-03-02"),
        ("1958-03-02T00:00:00Z", "1958-03-02"),
        ("Mar 2, 1958", "Mar 2, 1958"),
        ("1958", ""),
        ("195803", ""),
        ("1958-03", ""),
        ("00000000", "00000000"),
        ("19581302", "19581302"),
        ("10101958", "10101958"),
        ('""', ""),
        ("", ""),
    ],
)
def test_birth_dates_are_read_in_their_broken_forms_too(text, day):
    assert said(MSH, pid(n7=text)).get("Date of Birth", "") == day


@pytest.mark.parametrize(
    ("address", "street", "zip_code"),
    [
        ("12 Oak Dr^^Cumber^TN^37852^USA", "12 Oak Dr", "37852"),
        ("12&Oak Dr^^Cumber^TN^37852", "12 Oak Dr", "37852"),
        ("12 Oak Dr&Oak Dr&12^^C^TN^37852", "12 Oak Dr", "37852"),
        ("PO 1^^C^TN^1~9 Elm St^^C^TN^2^^H", "9 Elm St", "2"),
        ("9 Bad St^^C^TN^1^^BA~9 Elm St^^C^TN^2", "9 Elm St", "2"),
        ("^Apt 4^C^TN^37852", "Apt 4", "37852"),
        ("12 Oak Dr", "12 Oak Dr", ""),
        ("", "", ""),
    ],
)
def test_street_and_zip_are_those_of_the_home(address, street, zip_code):
    row = said(MSH, pid(n11=address))
    assert (row.get("Street Address", ""), row.get("Zip", "")) == (street, zip_code)


@pytest.mark.parametrize(
    ("field", "phone"),
    [
        ("4235550142", "4235550142"),
        ("(423)555-0142^P^PH^^^423^5550142~^NET^Internet^mail", "(423)555-0142"),
        ("^PRN^PH^^1^423^5550142", "4235550142"),
        ("^PRN^PH^^^^^^^^^(423) 5550142", "(423) 5550142"),
        ("x@y.example^NET^Internet~5550142", "5550142"),
        ("5550111^WPN^FX~5550142^PRN^PH", "5550142"),
        ("none", ""),
        ("^PRN^PH", ""),
    ],
)
def test_a_phone_number_is_found_in_whatever_component_it_stands(field, phone):
    assert said(MSH, pid(n13=field)).get("Phone", "") == phone


# the stay


def test_the_visit_number_counts_before_the_account_and_never_the_patient_type():
    account = pid(n18="ACC9")
    assert said(MSH, account, pv1(n18="I", n19="V7^^^X"))["Visit Number"] == "V7"
    assert said(MSH, account, pv1(n18="I"))["Visit Number"] == "ACC9"
    assert "Visit Number" not in said(MSH, PID, pv1(n18="I"))


@pytest.mark.parametrize(
    ("sender", "evn", "bed", "facility"),
    [
        ("EPIC|St. Brigid^1.2.3^ISO", "EVN|A03", "6N^27^1^SBMC", "St. Brigid"),
        ("EPIC|^1.2.3^ISO", "EVN|A03", "", "1.2.3"),
        ("EXCHANGE|HIE", "EVN|A03|20261114|||X|20261114|St. Brigid^1.2.3^ISO", "", "St. Brigid"),
        ("EXCHANGE|HIE", "EVN|A03|||||20261114|^1.2.3^ISO", "", "1.2.3"),
        ("EPIC|", "EVN|A03", "6N^27^1^SBMC&9.9&ISO", "SBMC"),
        ("|", "EVN", "", None),
    ],
)
def test_the_facility_is_the_events_else_the_senders_else_the_beds(sender, evn, bed, facility):
    row = said(msh(sender=sender), evn, PID, pv1(n3=bed))
    assert row.get("Facility Name") == facility


@pytest.mark.parametrize(
    ("text", "iso"),
    [
        ("20261114", "2026-11-14"),
        ("2026111423", "2026-11-14T23:00"),
        ("202611142350", "2026-11-14T23:50"),
        ("20261114235001", "2026-11-14T23:50:01"),
        ("20261114235001-0500", "2026-11-14T23:50:01"),
        ("20261114235001.4567-0500", "2026-11-14T23:50:01"),
        ("20261114235001.447- 0500", "2026-11-14T23:50:01"),
        ("20261114 2350-0500", "2026-11-14T23:50"),
        ("202611142350+0000", "2026-11-14T23:50Z"),
        ("202611142350Z", "2026-11-14T23:50Z"),
        ("20261114-0500", "2026-11-14"),
        ("202611142350014567891234", "2026-11-14T23:50:01"),
        ("202611142", "2026-11-14"),
        ("2026-11-14T23:50:00-05:00", "2026-11-14T23:50:00"),
        ("2026-11-15T04:50:00.123Z", "2026-11-15T04:50:00Z"),
        ("2026-11-15T04:50:00+00:00", "2026-11-15T04:50:00Z"),
        ("2026-11-14T23:50:00+10:00", "2026-11-14T23:50:00"),
        ("2026-11-14", "2026-11-14"),
        ("11/14/2026 08:16", "11/14/2026 08:16"),
        ("20261340", "20261340"),
        ("202611142599", "2026-11-14T25:99"),
        ("soon", "soon"),
        ("", ""),
    ],
)
def test_a_moment_keeps_the_clock_of_its_sender(text, iso):
    assert moment(text) == iso


@given(st.datetimes(datetime(1900, 1, 1), datetime(2199, 12, 31)), st.sampled_from([-10, -5, 2]))  # noqa: DTZ001 - local
def test_no_offset_ever_moves_a_moment(at, hours):
    written = f"{at:%Y%m%d%H%M%S}{hours:+03d}00"
    assert moment(written) == f"{at:%Y-%m-%dT%H:%M:%S}"
    assert birth(written) == f"{at:%Y-%m-%d}"


@pytest.mark.parametrize(
    ("segments", "code", "text"),
    [
        (["DG1|1|I10|I10^Hypertension^I10|||A", "DG1|2||E86.0^Dehydration^I10|||F"],
         "E86.0", "Dehydration"),
        (["DG1|1||A1^Admitting^I10|||A", "DG1|2||B2^Working^I10|||W"], "B2", "Working"),
        (["DG1|1||A1^Admitting^I10|||A", "DG1|2||B2^Unsaid^I10"], "B2", "Unsaid"),
        (["DG1|1||E86.0^^I10|Dehydration||F"], "E86.0", "Dehydration"),
        (["DG1|1||422504002^Stroke^SCT^I63.9^Infarction^I10C|||F"], "I63.9", "Stroke"),
        (["DG1|1||422504002^Stroke^SCT|||F"], "", "Stroke"),
        (["DG1|1|I9|E880^Fall|||F"], "", "Fall"),
        (["DG1|1||^Chest pain|||F"], "", "Chest pain"),
        (["DG1"], "", ""),
        ([], "", ""),
    ],
)  # fmt: skip
def test_the_final_diagnosis_counts_and_only_icd10_is_a_code(segments, code, text):
    row = said(MSH, PID, *segments)
    assert (row.get("Diagnosis Code", ""), row.get("Primary Diagnosis", "")) == (code, text)


def test_a_disposition_without_a_code_is_its_text():
    assert said(MSH, PID, pv1(n36="^Home"))["Discharge Disposition"] == "Home"
    words = "Admitted as Inpatient^Sample^ACR"
    assert said(MSH, PID, pv1(n36=words))["Discharge Disposition"] == "Admitted as Inpatient"


# separators and escapes


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        (r"Syncope \T\ collapse", "Syncope & collapse"),
        (r"a\F\b\S\c\R\d\E\e", r"a|b^c~d\e"),
        (r"one\.br\two\.sp3\three\.in+4\four", "one two three four"),
        (r"\H\bold\N\ plain", "bold plain"),
        (r"Zo\XC3AB\ and caf\XC3A9\ ", "Zoë and café"),
        (r"line\X0D0A\break", "line break"),
        (r"\Zlocal\end", "end"),
        (r"\XZZ\ kept", r"\XZZ\ kept"),
        (r"C:\temp\file", r"C:\temp\file"),
        (r"\.spx\after", "after"),
        ("one \\ alone", "one \\ alone"),
        (r"\\", r"\\"),
    ],
)
def test_escapes_are_undone_and_what_is_none_stays(written, meant):
    assert said(MSH, PID, f"DG1|1||^{written}")["Primary Diagnosis"] == meant


def test_an_escape_that_cannot_be_read_is_not_logged_with_the_text_around_it(caplog):
    with caplog.at_level(logging.DEBUG):
        said(MSH, pid(n5=r"Hi\XQQ\ll\bad\^Ana\.spq\ "))
    assert caplog.text == ""


def test_the_separators_are_those_of_the_message():
    own = "MSH*@+!$*EPIC*St. Brigid*CAREMGR*CLINIC*20261114081900**ADT@A03*1*P*2.5"
    row = said(own, "PID*1**1@@@CAREMGR$x@MR+441@@@S@MR**Hi!T!ll$a@Ana**19580302*F")
    assert row["Event"] == "A03"
    assert (row["Practice MRN"], row["MRN"]) == ("1", "441")
    assert (row["Last Name"], row["First Name"]) == ("Hi$ll", "Ana")


@pytest.mark.parametrize("signs", ["^~\\&", "^~&", "^~\\\\&", "^~\\&#", "", "^", "^~"])
def test_spoilt_separators_are_the_usual_ones(signs):
    row = said(MSH.replace("^~\\&", signs, 1), pid(n5="Hi\\T\\ll&x^Ana~Stone^A^^^^^M"))
    assert (row["Last Name"], row["First Name"], row["Other Last Name"]) == (
        "Hi&ll", "Ana", "Stone",
    )  # fmt: skip


# files of all shapes

ONE = (MSH, EVN, PID, STAY)


@pytest.mark.parametrize("end", ["\r", "\n", "\r\n"])
@pytest.mark.parametrize("last", [True, False])
def test_a_line_may_end_in_any_way(end, last):
    feed = end.join((*ONE, *ONE)) + (end if last else "")
    assert [row[:2] for row in rows(feed)] == [(1, 1), (5, 2)]
    assert rows(feed)[0][2] == rows(feed)[1][2] == rows("\r".join(ONE))[0][2]


@pytest.mark.parametrize(
    "feed",
    [
        "\x0b{0}\r\x1c\r\x0b{0}\r\x1c\r",
        "\x0b{0}\x1c\r\x0b{0}\x1c\r",
        "\x0b{0}\r\x1c\x0b{0}\r\x1c",
        "\n\n  {0}\n\n  {0}\n\x1a",
        "{0}\r\0\0\0\r{0}",
    ],
)
def test_framing_and_padding_around_messages_say_nothing(feed):
    found = rows(feed.format("\r".join(ONE)))
    assert [record for _, record, _ in found] == [1, 2]
    assert found[0][2] == found[1][2] == rows("\r".join(ONE))[0][2]


def test_indented_segments_are_segments():
    assert rows("\n      ".join(ONE))[0][2] == rows("\r".join(ONE))[0][2]


def test_batch_headers_and_trailers_are_no_records():
    feed = [r"FHS|^~\&|ENGINE", r"BHS|^~\&|ENGINE", *ONE, *ONE, "BTS|2", "BHS|^~\\&", *ONE,
            "BTS|1", "FTS|2"]  # fmt: skip
    assert [row[:2] for row in rows("\n".join(feed))] == [(3, 1), (7, 2), (13, 3)]


def test_one_bad_message_never_loses_the_others():
    feed = [*ONE, "MSH", "PID|1||9", "MSHA", *ONE, "MSH|||", "BTS|1", "what is", "this", *ONE]
    found = rows("\n".join(feed))
    assert [(line, record, cells[1]) for line, record, cells in found] == [
        (1, 1, "A03"),
        (5, 2, "unreadable"),
        (8, 3, "A03"),
        (12, 4, "unreadable"),
        (14, 5, "unreadable"),
        (16, 6, "A03"),
    ]
    assert found[0][2] == found[2][2] == found[5][2]


def test_a_message_without_a_patient_or_with_short_segments_is_a_row_all_the_same():
    assert said(MSH) == {
        "Message Date Time": "2026-11-14T08:19:00",
        "Event": "A03",
        "Facility Name": "St. Brigid",
        "Discharge Date/Time": "2026-11-14T08:19:00",
    }
    assert said(MSH, "EVN", "PID", "PV1|1", "DG1", "MRG")["Event"] == "A03"
    assert said("MSH|^~\\&|A|B", PID)["MRN"] == "441"


@pytest.mark.parametrize(
    ("charset", "encoding"),
    [
        ("", "utf-8"),
        ("UNICODE UTF-8", "utf-8"),
        ("8859/1", "utf-8"),
        ("", "cp1252"),
        ("8859/1", "cp1252"),
        ("nonsense", "cp1252"),
        ("hex", "cp1252"),
        ("CP1250", "cp1250"),
        ("8859/2", "iso8859-2"),
        ("8859/1~UNICODE UTF-8", "cp1252"),
    ],
)
def test_the_encoding_is_what_the_bytes_are_else_what_the_header_says(charset, encoding):
    name = "Dvořák" if encoding in ("cp1250", "iso8859-2") else "Zoë"
    data = "\r".join((msh(charset=charset), pid(n5=f"{name}^Ana"))).encode(encoding)
    feed = open_hl7(open_blob(data, name="x"))
    ((_, _, cells),) = feed
    assert cells[HEADER.index("Last Name")] == name
    assert feed.encoding == encoding


def test_each_message_has_its_own_encoding():
    first = "\r".join((MSH, pid(n5="Zoë^Ana"))).encode()
    second = "\r".join((MSH, pid(n5="Zoë^Ana"))).encode("cp1252")
    at = HEADER.index("Last Name")
    assert [cells[at] for _, _, cells in rows(first + b"\r" + second)] == ["Zoë", "Zoë"]


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_a_mark_at_the_start_says_how_it_is_written(encoding):
    data = "\r\n".join((MSH, pid(n5="Zoë^Ana"), *ONE)).encode(encoding)
    found = rows(data)
    assert [row[:2] for row in found] == [(1, 1), (3, 2)]
    assert found[0][2][HEADER.index("Last Name")] == "Zoë"


def test_a_feed_says_what_it_is_and_can_be_read_again_and_again():
    feed = open_hl7(open_blob("\r".join(ONE).encode(), name="x.hl7"))
    assert (feed.name, feed.format, feed.header, feed.header_line) == ("x.hl7", "hl7", HEADER, 1)
    assert (feed.titles, feed.delimiter, len(feed.sha256)) == ((), "", 64)
    assert list(feed) == list(feed) != []


@pytest.mark.parametrize("data", ["CSN,MRN\n1,2\n", "x" * FIRST_MESSAGE + "\n" + MSH, "MSHX|"])
def test_what_does_not_start_with_a_message_is_refused(data):
    assert refusal(data) == (
        "feed.hl7 does not start with an HL7 message (a line that starts with MSH)"
    )


def test_an_embedded_document_is_passed_over_and_the_next_message_is_read():
    pdf = "OBX|1|ED|PDF||^Base64^" + "J" * (3 * MAX_SEGMENT)
    found = rows("\r".join((MSH, pdf, PID, STAY, *ONE)))
    assert [row[:2] for row in found] == [(1, 1), (5, 2)]
    assert found[0][2] == rows("\r".join((MSH, PID, STAY)))[0][2]


def test_a_message_without_end_is_cut_off_and_not_kept_in_memory():
    note = "DG1|1||" + "x" * 10_000
    found = rows("\r".join((MSH, PID, *[note] * (3 * MAX_MESSAGE // 10_000), *ONE)))
    assert [record for _, record, _ in found] == [1, 2]
    assert found[0][2][HEADER.index("MRN")] == "441"


def test_memory_does_not_grow_with_the_feed(tmp_path):
    path = tmp_path / "feed.hl7"
    path.write_text("\n".join(ONE * 2_000), encoding="utf-8")
    feed = open_hl7(open_blob(path, name="feed.hl7"))
    for _ in itertools.islice(feed, 100):
        pass
    tracemalloc.start()
    assert sum(1 for _ in feed) == 2_000
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 300_000 < path.stat().st_size


PUBLIC = b"\r".join(path.read_bytes() for path in sorted((DATA / "hl7").iterdir()))
PIECES = [
    b"\r", b"\n", b"|", b"^", b"~", b"\\", b"&", b"MSH", b"PID|", b"MRG|", b"DG1|", b"\x0b",
    b"\x1c\r", b"\0", b"\xff", b"\\X", b'""', b"PV1|1|I", b"ADT^A40", b"FHS|", b"8859/7",
]  # fmt: skip


@st.composite
def spoilt(draw):
    data = bytearray(PUBLIC[: draw(st.integers(200, len(PUBLIC)))])
    for _ in range(draw(st.integers(1, 12))):
        at = draw(st.integers(0, len(data)))
        data[at : at + draw(st.integers(0, 40))] = draw(
            st.sampled_from(PIECES) | st.binary(max_size=6)
        )
    return bytes(data)


@settings(max_examples=300, deadline=None)
@given(spoilt())
def test_no_damage_raises_anything_but_a_refusal_or_loses_a_message(data):
    try:
        found = rows(data)
    except FileError:
        return
    lines = re.split(rb"\r\n|\r|\n", data)
    starts = [part for line in lines for part in re.split(rb"[\x0b\x1c]", line)]
    starts = [part.strip(b"\0\x1a \t") for part in starts]
    messages = sum(bool(re.match(rb"MSH(?![A-Za-z0-9 ])", part)) for part in starts)
    assert len(found) >= messages
    assert [record for _, record, _ in found] == list(range(1, len(found) + 1))
    for line, _, cells in found:
        assert 1 <= line <= len(lines)
        assert len(cells) == len(HEADER)
        assert not any(set(cell) & set("\r\n\0\t") for cell in cells)
