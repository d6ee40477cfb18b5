"""`import-patients`: a roster becomes patients, again and again, and never overwrites a person."""

import json
import sqlite3
from pathlib import Path

import pytest

DATA = Path(__file__).parent.parent / "data" / "discharges"
HEADER = "mrn,last,first,dob,sex,zip,phone,address,status,tier,conditions"


@pytest.fixture
def roster(tmp_path):
    """Write a roster and give its path: `roster("7,Hill,Tom,…")`."""

    def write(*rows, header=HEADER, name="roster.csv"):
        path = tmp_path / name
        path.write_text("\n".join((header, *rows)) + "\n", encoding="utf-8")
        return path

    return write


@pytest.fixture
def imported(care):
    """Import files and give each one's outcomes, and its rows by record."""

    def run(*args, code=0):
        ran = care("import-patients", *args, "--json", "--rows", code=code)
        (report,) = ran.data
        return Report(report)

    return run


class Report(dict):
    """The report of one file: only the counts that are not 0, beside the rows."""

    @property
    def counts(self):
        outcomes = ("new", "updated", "unchanged", "skipped", "rejected")
        assert sum(self[outcome] for outcome in outcomes) == self["records"]
        return {outcome: self[outcome] for outcome in outcomes if self[outcome]}

    def reason(self, record):
        return self["rows"][record - 1]["reason"]


def db_rows(tmp_path, sql, *values):
    connection = sqlite3.connect(tmp_path / "care.db")
    try:
        return connection.execute(sql, values).fetchall()
    finally:
        connection.close()


# the panel


def test_the_panel_is_300_new_and_then_300_unchanged(care, imported, ok, tmp_path):
    assert imported(DATA / "panel.csv").counts == {"new": 300}
    before = (tmp_path / "care.db").read_bytes(), db_rows(tmp_path, "SELECT * FROM patients")
    again = imported(DATA / "panel.csv")
    assert again.counts == {"unchanged": 300}
    assert db_rows(tmp_path, "SELECT * FROM patients") == before[1]
    assert db_rows(tmp_path, "SELECT count(*) FROM statuses") == [(300,)]  # 281 active, 19 closed
    assert again["rows"][0] == {
        "line": 2,
        "record": 1,
        "outcome": "unchanged",
        "patient": "P1",
        "mrn": "00041214",
        "reason": None,
    }
    closed = ok("patients", "--status", "closed")
    assert len(closed) == 19
    assert {patient["status_reason"] for patient in closed} == {"graduated"}


def test_panel_numbers_phones_and_addresses_are_kept(ok, imported):
    imported(DATA / "panel.csv")
    shown = ok("show", "P3")  # Murray, Norma Keisha
    assert shown["identifiers"] == [
        {"number": "00041259", "issuer": "practice"},
        {"number": "P-00003", "issuer": "roster"},
        {"number": "H7989559200", "issuer": "member"},
    ]
    assert shown["phones"] == ["4235556821"]
    assert shown["address"] == "1411 Maple Pike, Marlow, TN"


# the report


def test_the_report_has_the_contracts_keys(care, roster):
    path = roster("7,Hill,Tom,1944-11-30,,,,,,,")
    (report,) = care("import-patients", path, "--json").data
    assert list(report) == [
        "file", "run", "source", "layout", "encoding", "delimiter", "header_line", "records",
        "new", "updated", "unchanged", "skipped", "rejected", "stays_linked", "rejects_file",
        "sheet", "format", "layout_saved",
    ]  # fmt: skip
    assert (report["run"], report["records"], report["new"]) == ("R1", 1, 1)


def test_people_are_told_the_counts_and_what_was_left_out(care, roster):
    path = roster("7,Hill,Tom,,,ABC,none,,,,", "8,Hale,Ann,1950-01-01,,,,,,,")
    ran = care("import-patients", path)
    assert ran.err.splitlines() == [
        f"{path}: 2 records (R1): 2 new",
        "  1 kept without a birth date",
        "  cells left out that cannot be read: 1 zip",
        "  layout saved as roster: caretool layouts",
        "next: caretool import-discharges FILE finds their discharges; caretool due-today",
    ]


def test_masked_rows_have_ids_only(care, roster):
    path = roster("7,Hill,Tom,1944-11-30,,,,,,,")
    ran = care("import-patients", path, "--json", "--rows", "--mask")
    assert ran.data[0]["rows"][0]["patient"] == "P1"
    assert ran.data[0]["rows"][0]["mrn"] is None
    assert "Hill" not in ran.out


def test_a_trial_run_keeps_nothing(care, roster, tmp_path):
    path = roster("7,Hill,Tom,1944-11-30,,,,,,,")
    ran = care("import-patients", path, "--dry-run", "--json")
    assert (ran.data[0]["new"], ran.data[0]["run"]) == (1, None)
    assert not (tmp_path / "care.db").exists()


def test_standard_input_is_a_roster_too(care):
    ran = care(
        "import-patients", "-", "--json", stdin=b"mrn,last,first,dob\n7,Hill,Tom,1944-11-30\n"
    )
    assert ran.data[0]["new"] == 1


# status and tier of new patients


def test_new_patients_are_roster_unless_the_option_or_the_row_says_otherwise(ok, roster):
    path = roster("7,Hill,Tom,1944-11-30,,,,,,,", "8,Hale,Ann,1950-01-01,,,,,roster,,")
    ok("import-patients", path, "--status", "active")
    assert [p["status"] for p in ok("patients")] == ["roster", "active"]  # Hale, Hill


def test_without_the_option_they_are_on_the_roster_only(ok, roster):
    ok("import-patients", roster("7,Hill,Tom,1944-11-30,,,,,,high,"))
    (hill,) = ok("patients")
    assert (hill["status"], hill["tier"], hill["next_due"]) == ("roster", None, None)
    assert ok("due-today", "--days", "400") == []


def test_an_active_patient_is_followed_up_by_the_tier_of_the_row(ok, roster):
    ok("import-patients", roster("7,Hill,Tom,1944-11-30,,,,,active,high,"))
    (hill,) = ok("patients")
    assert hill["next_due"] == "2026-11-30"  # seven days after being taken in on 23 November


def test_a_status_that_is_no_word_of_the_option_is_wrong_usage(care, roster):
    path = roster("7,Hill,Tom,1944-11-30,,,,,,,")
    assert "roster" in care("import-patients", path, "--status", "closed", code=2).err


# the same person again


def test_a_known_number_completes_and_corrects(ok, roster, imported):
    imported(roster("7,Hill,Tom,1944-11-30,,37391,,,,,copd"))
    report = imported(roster("007,Hill,Thomas,1944-11-30,M,37392,423-555-0142,,,low,asthma"))
    assert report.counts == {"updated": 1}
    assert report.reason(1) == "changed: name, sex, zip, phone, conditions, tier"
    shown = ok("show", "P1")
    assert (shown["name"], shown["sex"], shown["zip"]) == ("Hill, Thomas", "M", "37392")
    assert (shown["phones"], shown["conditions"]) == (["4235550142"], ["asthma", "copd"])


def test_what_a_row_does_not_say_is_kept(ok, roster, imported):
    imported(roster("7,Hill,Tom,1944-11-30,M,37391,4235550142,12 Elm St,active,low,copd"))
    assert imported(roster("7,Hill,Tom,,,,,,,,")).counts == {"unchanged": 1}
    shown = ok("show", "P1")
    assert (shown["birth_date"], shown["sex"], shown["zip"]) == ("1944-11-30", "M", "37391")
    assert (shown["address"], shown["status"], shown["tier"]) == ("12 Elm St", "active", "low")


def test_capitals_initials_and_an_unknown_sex_say_nothing_new(roster, imported, ok):
    header = "mrn,last,first,middle,dob,sex,address,city"
    imported(roster("7,McDonald,Zoë,Marie,1944-11-30,F,12 Elm St,Marlow", header=header))
    again = roster("7,MCDONALD,ZOE,M,1944-11-30,U,,Marlow", header=header)
    assert imported(again).counts == {"unchanged": 1}
    assert ok("show", "P1")["name"] == "McDonald, Zoë Marie"


def test_a_new_phone_comes_first_when_the_roster_puts_it_first(ok, roster, imported):
    imported(roster("7,Hill,Tom,1944-11-30,,,4235550101,,,,"))
    ok("edit-patient", "P1", "--phone", "4235550102")
    assert imported(roster("7,Hill,Tom,1944-11-30,,,4235550103,,,,")).counts == {"updated": 1}
    assert ok("show", "P1")["phones"] == ["4235550103", "4235550102", "4235550101"]
    assert imported(roster("7,Hill,Tom,1944-11-30,,,4235550101,,,,")).counts == {"unchanged": 1}


def test_the_number_of_another_issuer_is_another_number(roster, imported):
    imported(roster("7,Hill,Tom,1944-11-30,,,,,,,"))
    other = roster("7,Garcia,Ana,1980-01-01,,,,,,,")
    assert imported(other, "--issuer", "St. Brigid").counts == {"new": 1}
    assert imported(other, "--issuer", "ST BRIGID").counts == {"unchanged": 1}


def test_somebody_added_by_hand_without_a_number_gets_it_by_name_and_birth_date(
    ok, care, imported, roster
):
    care("add-patient", "Hill, Tom", "--dob", "1944-11-30")
    report = imported(roster("7,HILL,TOM,1944-11-30,,,,,,,"))
    assert (report.counts, report.reason(1)) == ({"updated": 1}, "changed: record number")
    assert ok("patients", "7")[0]["patient"] == "P1"


def test_without_a_number_name_and_birth_date_tell_who_it_is(roster, imported):
    path = roster(",Hill,Tom,1944-11-30,,,4235550142,,,,")
    assert imported(path).counts == {"new": 1}
    assert imported(path).counts == {"unchanged": 1}


def test_the_practices_own_key_finds_somebody_whose_record_number_is_missing(roster, imported):
    header = "patient_id,mrn,last,first,dob"
    imported(roster("a1,,Hill,Tom,1944-11-30", header=header))
    report = imported(roster("a1,7,Hill,Thomas,1944-11-30", header=header))
    assert (report.counts, report["rows"][0]["patient"]) == ({"updated": 1}, "P1")


def test_a_key_that_only_numbers_the_lines_never_decides_over_record_numbers(roster, imported):
    header = "id,mrn,last,first,dob"
    imported(roster("1,7,Hill,Tom,1944-11-30", "2,8,Hale,Ann,1950-01-01", header=header))
    report = imported(roster("1,8,Hale,Ann,1950-01-01", "2,7,Hill,Tom,1944-11-30", header=header))
    assert report.counts == {"unchanged": 2}
    assert [row["patient"] for row in report["rows"]] == ["P2", "P1"]
    assert report.reason(1) == "id left out, P1 has it"


def test_a_family_may_share_a_members_number(roster, imported):
    header = "mrn,last,first,dob,member id"
    report = imported(
        roster("7,Hill,Tom,1944-11-30,H77", "8,Hill,Eve,1950-01-01,H77", header=header)
    )
    assert report.counts == {"new": 2}


# never one person over another


def test_a_number_whose_name_and_birth_date_differ_is_rejected(ok, roster, imported, tmp_path):
    imported(roster("7,Hill,Tom,1944-11-30,,,,,,,"))
    report = imported(roster("7,Garcia,Ana,1980-01-01,,,,,,,"), code=4)
    assert report.counts == {"rejected": 1}
    assert report.reason(1) == "mrn: this number is P1's, whose name and birth date differ"
    assert report["rows"][0]["patient"] is None
    assert ok("show", "P1")["name"] == "Hill, Tom"
    assert "this number is P1's" in (tmp_path / "roster.rejects.csv").read_text("utf-8-sig")


def test_the_same_holds_for_two_rows_of_one_file(roster, imported):
    report = imported(
        roster(
            "7,Hill,Tom,1944-11-30,,,,,,,",
            "7,Hill,Tom,1944-11-30,,,4235550142,,,,",
            "7,Hill,Tom,1944-11-30,,,4235550142,,,,",
            "7,Garcia,Ana,1980-01-01,,,,,,,",
        ),
        code=4,
    )
    assert [row["outcome"] for row in report["rows"]] == ["new", "updated", "unchanged", "rejected"]


@pytest.mark.parametrize(
    "row",
    [
        "7,Hill-Garcia,Tom,1944-11-30,,,,,,,",  # a married name
        "7,Hill,Tom,1944-11-03,,,,,,,",  # a corrected birth date
        "7,Tom,Hill,1944-11-30,,,,,,,",  # first and last name swapped
        "7,Garcia,Ana,1944-11-30,,,,,,,",  # the birth date confirms the number
        "7,Hill,Ana,,,,,,,,",  # half of the name does, where no birth date can
    ],
)
def test_with_one_of_name_and_birth_date_a_number_is_believed(row, roster, imported):
    imported(roster("7,Hill,Tom,1944-11-30,,,,,,,"))
    assert imported(roster(row)).counts == {"updated": 1}


def test_another_name_without_a_birth_date_is_not_believed(roster, imported):
    imported(roster("7,Hill,Tom,,,,,,,,"))
    assert imported(roster("7,Garcia,Ana,1980-01-01,,,,,,,"), code=4).counts == {"rejected": 1}


def test_numbers_that_differ_in_leading_zeros_may_be_two_peoples(roster, imported):
    path = roster("007,Hill,Tom,1944-11-30,,,,,,,", "7,Garcia,Ana,1980-01-01,,,,,,,")
    assert imported(path).counts == {"new": 2}
    assert imported(path).counts == {"unchanged": 2}


def test_father_and_son_and_twins_are_apart(roster, imported):
    header = "mrn,last,first,suffix,dob,sex"
    path = roster(
        "1,Hill,Tom,Sr,1944-11-30,M",
        "2,Hill,Tom,Jr,1970-02-01,M",
        "3,Vang,Ana,,1990-05-21,F",
        "4,Vang,Eva,,1990-05-21,F",
        header=header,
    )
    assert imported(path).counts == {"new": 4}
    assert imported(path).counts == {"unchanged": 4}


def test_namesakes_of_one_birth_date_are_two_people_when_numbers_or_sex_say_so(roster, imported):
    path = roster("1,Lee,Kim,1990-05-21,F,,,,,,", "2,Lee,Kim,1990-05-21,F,,,,,,")
    assert imported(path).counts == {"new": 2}
    assert imported(path).counts == {"unchanged": 2}
    assert imported(roster(",Lee,Kim,1990-05-21,M,,,,,,")).counts == {"new": 1}
    report = imported(roster(",Lee,Kim,1990-05-21,F,,,,,,"), code=4)
    assert report.reason(1) == (
        "mrn: P1 and P2 have this name and birth date; a record number would tell which it is"
    )


def test_one_person_under_two_numbers_of_one_issuer_is_for_her_to_decide(care, roster, imported):
    imported(roster("1,Lee,Kim,1990-05-21,F,,4235550142,,,,"))
    path = roster("2,Lee,Kim,1990-05-21,F,,423-555-0142,,,,")
    assert imported(path, code=4).reason(1) == (
        "mrn: P1 has this name, birth date and phone or address under another number"
    )
    care("edit-patient", "P1", "--mrn", "2")
    assert imported(path).counts == {"unchanged": 1}


def test_nobody_is_found_by_a_name_alone(roster, imported):
    path = roster(
        ",Hill,Tom,,,,4235550101,,,,",
        ",Hill,Tom,,,,4235550102,,,,",
        ",Hill,Tom,,,,4235550101,,,,",
        ",Hill,Tom,,,,,,deceased,,",
    )
    report = imported(path, code=4)
    assert [row["outcome"] for row in report["rows"]] == ["new", "new", "unchanged", "rejected"]
    assert report.reason(4) == (
        "mrn: P1 has this name; a birth date or a record number would tell who it is"
    )


# status and tier of those who are known


def status(ok):
    (patient,) = ok("patients")
    return patient["status"], patient["status_reason"]


def test_a_row_that_says_active_takes_a_roster_patient_into_care(ok, roster, imported):
    imported(roster("7,Hill,Tom,1944-11-30,,,,,,,"))
    report = imported(roster("7,Hill,Tom,1944-11-30,,,,,active,,"))
    assert (report.reason(1), status(ok)) == ("changed: status", ("active", None))


@pytest.mark.parametrize(
    ("word", "reason"), [("inactive", "other"), ("deceased", "deceased"), ("moved", "moved")]
)
def test_a_row_that_says_closed_closes(word, reason, ok, roster, imported):
    imported(roster("7,Hill,Tom,1944-11-30,,,,,active,,"))
    assert imported(roster(f"7,Hill,Tom,1944-11-30,,,,,{word},,")).counts == {"updated": 1}
    assert status(ok) == ("closed", reason)


def test_a_patient_closed_by_hand_stays_closed_however_often_the_roster_says_active(
    ok, roster, imported, care
):
    path = roster("7,Hill,Tom,1944-11-30,,,,,active,,")
    imported(path)
    care("edit-patient", "P1", "--status", "closed", "--reason", "moved")
    report = imported(path)
    assert report.counts == {"unchanged": 1}
    assert report.reason(1) == "stays closed (moved), the roster says active as before"
    assert status(ok) == ("closed", "moved")
    assert care("import-patients", path).err.splitlines()[1] == (
        "  1 keep their status; --json --rows says why"
    )


def test_nobody_is_reopened_by_a_first_word_of_active_either(ok, roster, imported, care):
    care("add-patient", "Hill, Tom", "--dob", "1944-11-30", "--mrn", "7")
    care("edit-patient", "P1", "--status", "closed", "--reason", "declined")
    report = imported(roster("7,Hill,Tom,1944-11-30,,,,,active,,"))
    assert report.reason(1) == "stays closed (declined), the roster says active"
    assert status(ok) == ("closed", "declined")


def test_a_death_that_a_contact_reported_is_not_overruled_by_active(ok, roster, imported, care):
    imported(roster("7,Hill,Tom,1944-11-30,,,,,,,"))
    care("log-contact", "P1", "--outcome", "deceased")
    report = imported(roster("7,Hill,Tom,1944-11-30,,,,,active,,"))
    assert report.reason(1) == "stays closed, the roster says active"
    assert status(ok) == ("closed", "deceased")


def test_a_hold_by_hand_stands_against_active(ok, roster, imported, care):
    care("add-patient", "Hill, Tom", "--dob", "1944-11-30", "--mrn", "7")
    care("edit-patient", "P1", "--status", "on_hold")
    assert imported(roster("7,Hill,Tom,1944-11-30,,,,,active,,")).counts == {"unchanged": 1}
    assert status(ok) == ("on_hold", None)


def test_a_hold_by_the_roster_ends_when_the_roster_says_active(ok, roster, imported):
    imported(roster("7,Hill,Tom,1944-11-30,,,,,on hold,,"))
    assert imported(roster("7,Hill,Tom,1944-11-30,,,,,active,,")).counts == {"updated": 1}
    assert status(ok) == ("active", None)


def test_a_patient_reopened_by_hand_is_not_closed_again_by_the_same_word(
    ok, roster, imported, care
):
    path = roster("7,Hill,Tom,1944-11-30,,,,,inactive,,")
    imported(path)
    care("reopen", "P1", "--status", "active", "--why", "comes again")
    assert imported(path).reason(1) == "stays active, the roster says closed (other) as before"
    assert status(ok) == ("active", None)
    assert imported(roster("7,Hill,Tom,1944-11-30,,,,,deceased,,")).counts == {"updated": 1}
    assert status(ok) == ("closed", "deceased")


@pytest.mark.parametrize("word", ["roster", "on hold"])
def test_a_roster_takes_nobody_off_the_list_by_lesser_words(word, ok, roster, imported):
    imported(roster("7,Hill,Tom,1944-11-30,,,,,active,,"))
    assert imported(roster(f"7,Hill,Tom,1944-11-30,,,,,{word},,")).counts == {"unchanged": 1}
    assert status(ok) == ("active", None)


def test_a_tier_set_by_hand_stands_until_the_roster_says_another(ok, roster, imported, care):
    low = roster("7,Hill,Tom,1944-11-30,,,,,active,low,", name="low.csv")
    imported(low)
    care("edit-patient", "P1", "--tier", "high")
    assert imported(low).counts == {"unchanged": 1}
    assert ok("show", "P1")["tier"] == "high"
    moderate = roster("7,Hill,Tom,1944-11-30,,,,,active,moderate,")
    assert imported(moderate).reason(1) == "changed: tier"
    assert ok("show", "P1")["tier"] == "moderate"


# what follows


def test_conditions_in_a_rosters_own_words_are_found_again(ok, care, roster, imported):
    imported(roster("7,Hill,Tom,1944-11-30,,,,,,,Long COVID", "8,Hale,Ann,1950-01-01,,,,,,,I50.9"))
    assert [p["patient"] for p in ok("patients", "--condition", "long covid")] == ["P1"]
    assert [p["patient"] for p in ok("patients", "--condition", "heart-failure")] == ["P2"]
    assert [p["patient"] for p in ok("patients", "--condition", "chf")] == ["P2"]
    assert "no condition 'gout'" in care("patients", "--condition", "gout", code=2).err
    assert "long_covid" not in care("patients", "--json", "--mask").out


def test_stays_that_waited_for_somebody_are_linked_once_they_are_on_the_roster(
    care, ok, roster, tmp_path
):
    discharges = tmp_path / "discharges.csv"
    discharges.write_text(
        "MRN,Last Name,First Name,DOB,Admit Date,Discharge Date,Disposition\n"
        "H1,Hill,Tom,1944-11-30,2026-11-18,2026-11-20,home\n"
        "H2,Garcia,Ana,1980-01-01,2026-11-18,2026-11-20,home\n"
    )
    ok("import-discharges", discharges)
    path = roster("7,Hill,Tom,1944-11-30,,,,,active,,")
    ran = care("import-patients", path)
    assert ran.err.splitlines()[1:] == [
        "  1 waiting stay linked",
        "  layout saved as roster: caretool layouts",
        "next: caretool due-today",
    ]
    assert [stay["discharge"] for stay in ok("show", "P1")["discharges"]] == ["D1"]
    assert ok("import-patients", path)[0]["stays_linked"] == 0


# bad input


def test_rejected_rows_are_partial_success_and_can_be_corrected(care, roster, tmp_path):
    path = roster(
        "7,Hill,Tom,30/02/1944,,,,,,,",
        "8,Hale,Ann,1/2/1950,,,,,,,",
        "9,,,3/4/1950,,,,,,,",
        "10,Hull,Eve,3/4/1950,,,,,asleep,,",
    )
    ran = care("import-patients", path, "--date-format", "mdy", "--json", code=4)
    assert ran.document["status"] == "partial"
    assert ran.data[0]["rejected"] == 3
    rejects = Path(ran.data[0]["rejects_file"])
    text = rejects.read_text("utf-8-sig")
    assert len(text.splitlines()) == 4
    corrected = text.replace("30/02/1944", "3/4/1944").replace("9,,,", "9,Vang,Bo,")
    rejects.write_text(corrected.replace("asleep", "active"), encoding="utf-8")
    again = care("import-patients", rejects, "--json")
    assert (again.data[0]["new"], again.data[0]["rejected"]) == (3, 0)
    names = db_rows(tmp_path, "SELECT last_name, birth_date FROM patients ORDER BY id")
    assert names == [
        ("Hale", "1950-01-02"),
        ("Hill", "1944-03-04"),
        ("Vang", "1950-03-04"),
        ("Hull", "1950-03-04"),
    ]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "is empty"),
        (b"\x00\x01\x02PNG\xff", "not a text file"),
        (b"mrn,last,first\n7,Hill,Tom\n", "no column for birth date"),
        (b"mrn,dob\n7,1944-11-30\n", "no column for name"),
        (b"last,last,first,dob\nHill,Hale,Tom,1944-11-30\n", "both stand for last"),
        (b"last,first,dob\nHill,Tom,01/02/1944\n", "--date-format"),
    ],
)
def test_a_file_that_cannot_be_read_is_one_clear_line_and_leaves_no_care_file(
    content, words, care, tmp_path
):
    path = tmp_path / "roster.csv"
    path.write_bytes(content)
    ran = care("import-patients", path, code=3)
    assert words in ran.err
    assert [line.split(":")[0] for line in ran.err.splitlines()] == ["error", "hint"]
    assert not (tmp_path / "care.db").exists()


def test_a_missing_file_and_a_folder_are_said(care, tmp_path):
    assert "no such file" in care("import-patients", tmp_path / "none.csv", code=3).err
    assert "is a folder" in care("import-patients", tmp_path, code=3).err


def test_a_hostile_name_is_kept_as_text_and_shown_as_text(care, ok, roster):
    ok("import-patients", roster('7,"Hill[/b]","=cmd|Tom",1944-11-30,,,,,,,'))
    assert ok("show", "P1")["name"] == "Hill[/b], =cmd|Tom"
    assert "Hill[/b]" in care("patients", "--plain").out


# size


def test_chunks_do_not_matter(monkeypatch, roster, imported, ok):
    monkeypatch.setattr("caretool.registration._CHUNK", 2)
    path = roster(
        "1,Hill,Tom,1944-11-30,,,4235550101,,,,",
        "2,Hale,Ann,1950-01-01,,,,,,,",
        "1,Hill,Tom,1944-11-30,,,4235550102,,active,low,copd",
        "2,Hale,Ann,1950-01-01,,,,,,,",
        "1,Garcia,Ana,1980-01-01,,,,,,,",
    )
    report = imported(path, code=4)
    outcomes = [row["outcome"] for row in report["rows"]]
    assert outcomes == ["new", "new", "updated", "unchanged", "rejected"]
    shown = ok("show", "P1")
    assert (shown["phones"], shown["tier"]) == (["4235550102", "4235550101"], "low")


def test_the_run_is_noted_with_its_counts(roster, imported, tmp_path):
    imported(roster("7,Hill,Tom,1944-11-30,,,,,,,", ",,,,,,,,,,"))
    ((kind, records, counts),) = db_rows(tmp_path, "SELECT kind, records, counts FROM import_runs")
    assert (kind, records, json.loads(counts)) == ("patients", 2, {"new": 1, "skipped": 1})


def test_two_rows_that_are_taken_for_one_person_are_said(care, ok, tmp_path):
    """Without record numbers only she knows whether they are."""
    path = tmp_path / "roster.csv"
    path.write_text(
        "Last,First,Middle,DOB,Phone\n"
        "Jones,Minh,Curtis,1975-10-04,706-555-5078\n"
        "Jones,Minh,,1975-10-04,423-555-0100\n"
    )
    ran = care("import-patients", path)
    assert "  1 row tells of somebody told of before: line 3 as line 2 (P1)" in ran.err.splitlines()
