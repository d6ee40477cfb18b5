"""Rows of a roster become people, or are passed over or rejected with a reason."""

from datetime import date

import pytest
from laid_out import laid_out

from caretool.errors import FileError
from caretool.intake import roster_words
from caretool.intake.patients import Rejected, RosterRow, Skipped, read_patients
from caretool.model import Channel, CloseReason, Identifier, Name, Sex, Source, Status, Tier

TODAY = date(2026, 11, 23)


def read(text, issuer="practice", declared=None):
    listing, layout = laid_out(text, "patients", declared=declared, today=TODAY)
    return list(read_patients(listing, layout, TODAY, issuer))


def one(header, cells, **more):
    """The person of a file with one row."""
    (row,) = read(f"{header}\n{cells}\n", **more)
    assert isinstance(row, RosterRow), row
    return row


def person(header, cells, **more):
    return one(header, cells, **more).person


def rejected(header, cells):
    (row,) = read(f"{header}\n{cells}\n")
    assert isinstance(row, Rejected), row
    return row


# a whole row


def test_a_full_row_is_read_into_every_field():
    row = one(
        "patient_id,mrn,last_name,first_name,middle_name,suffix,dob,sex,address,city,state,zip,"
        "phone,member_id,language,preferred channel,source,referred by,status,tier,conditions",
        "P-00001,00041214,Griffin,Louise,Ann,Jr,1968-07-20,F,1732 Elm St,Marlow,TN,37391-1234,"
        "(931) 555-9948,H3263484501,Spanish,text message,payer,Dr. Osei,active,High Risk,"
        "COPD; diabetes",
    )
    assert (row.line, row.record, row.left_out) == (2, 1, ())
    found = row.person
    assert found.name == Name("Griffin", "Louise", "Ann", "Jr")
    assert (found.birth_date, found.sex) == (date(1968, 7, 20), Sex.F)
    assert found.identifiers == (
        Identifier("practice", "00041214"),
        Identifier("roster", "P-00001"),
        Identifier("member", "H3263484501"),
    )
    assert (found.zip, found.address) == ("37391", "1732 Elm St, Marlow, TN")
    assert found.phones == ("9315559948",)
    assert (found.language, found.channel) == ("Spanish", Channel.SMS)
    assert (found.source, found.referred_by) == (Source.PAYER, "Dr. Osei")
    assert (found.status, found.close_reason, found.tier) == (Status.ACTIVE, None, Tier.HIGH)
    assert found.conditions == ("copd", "diabetes")


def test_what_a_row_does_not_say_is_none_or_empty():
    found = person("last,first,dob,status,tier,conditions", "Hill,Tom,1944-11-30,,-,N/A")
    assert (found.status, found.close_reason, found.tier) == (None, None, None)
    assert (found.conditions, found.phones, found.identifiers) == ((), (), ())
    assert (found.sex, found.zip, found.address, found.channel) == (None, None, None, None)


# who it is


@pytest.mark.parametrize("born", ["", "-", "unknown", "1900-01-01"])
def test_a_row_without_a_birth_date_is_kept(born):
    assert person("last,first,dob,phone", f"Hill,Tom,{born},4235550142").birth_date is None


def test_a_name_alone_is_kept_too():
    assert person("last,first,dob,phone", "Hill,Tom,,").name == Name("Hill", "Tom")
    assert person("name,dob,phone", '"Hill, Tom",,').name == Name("Hill", "Tom")


@pytest.mark.parametrize("name", [",", "-,-", "...,'"])
def test_a_row_that_names_nobody_is_rejected(name):
    row = rejected("last,first,dob,mrn", f"{name},1944-11-30,77")
    assert (row.column, row.reason) == ("last", "nobody is named")


@pytest.mark.parametrize("text", ["Hi\x1b[31mll", "Hi\u202ell"])
def test_control_characters_in_a_name_are_rejected(text):
    row = rejected("last,first,dob", f"{text},Tom,1944-11-30")
    assert (row.column, row.value) == ("last", "")
    assert row.reason == "the name has control characters"


def test_markup_in_a_name_is_text():
    assert person("last,first,dob", "[/b]Hill,[red]Tom,1944-11-30").name == Name(
        "[/b]Hill", "[red]Tom"
    )


@pytest.mark.parametrize(
    ("born", "reason"),
    [
        ("2026-11-24", "is after today, 2026-11-23"),
        ("1944-02-30", "is not a date"),
        ("about 1944", "is not a date"),
    ],
)
def test_a_birth_date_that_cannot_be_is_rejected(born, reason):
    row = rejected("last,first,dob", f"Hill,Tom,{born}")
    assert (row.line, row.column, row.value, row.reason) == (2, "dob", born, reason)


def test_somebody_born_today_is_kept():
    assert person("last,first,dob", "Hill,Tom,2026-11-23").birth_date == TODAY


def test_a_file_without_a_birth_date_column_is_refused():
    with pytest.raises(FileError, match="no column for birth date"):
        read("last,first,mrn\nHill,Tom,7\n")


# numbers


def test_without_a_record_number_column_the_patient_id_is_the_practices_number():
    found = person("patient_id,last,first,dob", "0077,Hill,Tom,1944-11-30")
    assert found.identifiers == (Identifier("practice", "0077"),)


def test_the_issuer_is_the_column_then_the_option_then_the_practice():
    header = "mrn,issuer,patient id,last,first,dob"
    rows = read(
        f"{header}\n1,St. Brigid,a,Hill,Tom,1944-11-30\n2,,b,Hale,Ann,1950-01-01\n"
        "3,Practice,c,Hull,Eve,1950-01-01\n",
        issuer="Cumber Valley",
    )
    assert [row.person.identifiers for row in rows] == [
        (Identifier("St. Brigid", "1"), Identifier("roster", "a")),
        (Identifier("Cumber Valley", "2"), Identifier("roster", "b")),
        (Identifier("practice", "3"), Identifier("roster", "c")),
    ]


def test_a_number_that_a_spreadsheet_rounded_is_left_out_and_said():
    row = one("mrn,last,first,dob", "1.23E+09,Hill,Tom,1944-11-30")
    assert (row.person.identifiers, row.left_out) == ((), ("mrn",))


# phones and what cannot be read


def test_phones_keep_the_order_phone_home_mobile_work_and_each_counts_once():
    found = person(
        "work phone,mobile,home phone,phone,last,first,dob",
        "423-555-0104,(423) 555-0103,423-555-0102,1-423-555-0102,Hill,Tom,1944-11-30",
    )
    assert found.phones == ("4235550102", "4235550103", "4235550104")


def test_cells_that_cannot_be_read_are_left_out_and_named():
    row = one(
        "last,first,dob,sex,zip,phone,preferred channel",
        "Hill,Tom,1944-11-30,7,ABC,none yet,carrier pigeon",
    )
    found = row.person
    assert (found.sex, found.zip, found.phones, found.channel) == (None, None, (), None)
    assert row.left_out == ("sex", "phone", "zip", "preferred channel")


def test_a_source_in_words_of_its_own_says_who_referred_them():
    found = person("last,first,dob,referral source", "Hill,Tom,1944-11-30,Dr. Osei")
    assert (found.source, found.referred_by) == (None, "Dr. Osei")


# status and tier


@pytest.mark.parametrize(
    ("word", "status", "reason"),
    [
        ("active", Status.ACTIVE, None),
        ("ENROLLED", Status.ACTIVE, None),
        ("Roster", Status.ROSTER, None),
        ("on hold", Status.ON_HOLD, None),
        ("On-Hold", Status.ON_HOLD, None),
        ("closed", Status.CLOSED, CloseReason.OTHER),
        ("Inactive", Status.CLOSED, CloseReason.OTHER),
        ("inactivated", Status.CLOSED, CloseReason.OTHER),
        ("deceased", Status.CLOSED, CloseReason.DECEASED),
        ("Expired", Status.CLOSED, CloseReason.DECEASED),
        ("graduated", Status.CLOSED, CloseReason.GRADUATED),
        ("Closed - moved", Status.CLOSED, CloseReason.MOVED),
        ("Inactive (deceased)", Status.CLOSED, CloseReason.DECEASED),
        ("Lost to follow up", Status.CLOSED, CloseReason.UNREACHABLE),
        *((reason.value, Status.CLOSED, reason) for reason in CloseReason if reason != "other"),
    ],
)
def test_status_words_mean_a_status_and_a_reason(word, status, reason):
    found = person("last,first,dob,status", f"Hill,Tom,1944-11-30,{word}")
    assert (found.status, found.close_reason) == (status, reason)


@pytest.mark.parametrize("word", ["D", "pending", "closed active", "activ", "1"])
def test_an_unknown_status_is_rejected_with_the_words_that_work(word):
    row = rejected("last,first,dob,status", f"Hill,Tom,1944-11-30,{word}")
    assert (row.column, row.value) == ("status", word)
    assert row.reason == (
        "is not a status; words that work: active, roster, on hold, closed, deceased, graduated,"
        " declined, unable to reach, moved, transferred, hospice, entered in error"
    )


@pytest.mark.parametrize(
    ("word", "tier"),
    [
        ("high", Tier.HIGH),
        ("Moderate", Tier.MODERATE),
        ("MEDIUM", Tier.MODERATE),
        ("low risk", Tier.LOW),
        ("maintenance", Tier.MAINTENANCE),
    ],
)
def test_tier_words_mean_a_tier(word, tier):
    assert person("last,first,dob,risk level", f"Hill,Tom,1944-11-30,{word}").tier == tier


@pytest.mark.parametrize("word", ["1", "rising", "highest"])
def test_an_unknown_tier_is_rejected_with_the_words_that_work(word):
    row = rejected("last,first,dob,tier", f"Hill,Tom,1944-11-30,{word}")
    assert (row.column, row.value) == ("tier", word)
    assert row.reason == "is not a tier; words that work: high, moderate, low, maintenance"


@pytest.mark.parametrize(
    ("header", "cell"), [("date of death", "2026-10-01"), ("deceased", "Y"), ("expired", "1")]
)
def test_a_date_or_sign_of_death_says_deceased_whatever_the_status(header, cell):
    found = person(f"last,first,dob,status,{header}", f"Hill,Tom,1944-11-30,active,{cell}")
    assert (found.status, found.close_reason) == (Status.CLOSED, CloseReason.DECEASED)


def test_a_death_in_the_future_is_rejected():
    row = rejected("last,first,dob,date of death", "Hill,Tom,1944-11-30,2027-01-01")
    assert (row.column, row.reason) == ("date of death", "is after today, 2026-11-23")


def test_every_word_of_the_rules_means_what_its_entry_says():
    for entry in roster_words.read_rules("roster.toml")["status"]:
        reason = CloseReason(entry["reason"]) if "reason" in entry else None
        for word in entry["words"]:
            assert roster_words.status(word) == (Status(entry["status"]), reason), word
    for kind, meaning in (
        ("tier", roster_words.tier),
        ("channel", roster_words.channel),
        ("source", roster_words.source),
    ):
        for entry in roster_words.read_rules("roster.toml")[kind]:
            assert {meaning(word) for word in entry["words"]} == {entry[kind]}
    for channel in Channel:
        assert roster_words.channel(channel.value) == channel


# conditions


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("heart_failure", ("heart_failure",)),
        ("Heart Failure | COPD", ("heart_failure", "copd")),
        ("copd, asthma; diabetes", ("copd", "asthma", "diabetes")),
        ("heart attack, acute or old", ("ami",)),
        ("I50.9;e11.65", ("heart_failure", "diabetes")),
        ("I110", ("heart_failure", "hypertension")),
        ("I50.9 - Heart failure, unspecified; COPD", ("heart_failure", "copd")),
        ("Chronic kidney disease (N18.3)", ("ckd",)),
        ("ESRD", ("ckd", "esrd")),
        ("End-stage renal disease; N18.6, Z99.2", ("ckd", "esrd")),
        ("Hospice", ("hospice",)),
        ("E669, E66.9", ("E66.9",)),
        ("Long COVID", ("long_covid",)),
        ("B12 deficiency", ("b12_deficiency",)),
        ("copd;;copd, none", ("copd",)),
        ("none", ()),
    ],
)
def test_conditions_are_codes_of_ours_else_icd_10_else_their_own_words(text, codes):
    assert roster_words.conditions(text) == codes


def test_only_coded_conditions_are_shown_masked():
    assert roster_words.coded(["copd", "E66.9", "son_bob_has_the_keys"]) == ["copd", "E66.9"]


# rows that are no patients


def test_titles_totals_repeated_headers_and_empty_rows_are_passed_over():
    rows = read(
        "mrn,last,first,dob,phone\n"
        "1,Hill,Tom,1944-11-30,\n"
        ",,,,\n"
        "MRN,Last,First,DOB,Phone\n"
        "Total: 1,,,,\n"
        "Confidential,do not share,,,\n"
        "2,Hale,Ann,1950-01-01,\n"
    )
    assert [type(row) for row in rows] == [RosterRow, Skipped, Skipped, Skipped, Skipped, RosterRow]
    assert [row.reason for row in rows if isinstance(row, Skipped)] == [
        "empty row",
        "the header again",
        "a total, title or footer",
        "a total, title or footer",
    ]


def test_a_footer_in_the_name_column_is_nobody():
    (row,) = read('name,dob,phone\n"Confidential, do not share",,\n')
    assert row == Skipped(2, 1, "a total, title or footer")


def test_ragged_rows_are_rejected():
    row = rejected("mrn,last,first,dob,phone", "1,Hill,Tom")
    assert row.reason == "the row has 3 cells under 5 columns"
