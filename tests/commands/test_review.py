"""`review`: what waits, her word on it, and that the word is remembered and can be taken back."""

from __future__ import annotations

import csv
import io
import sqlite3
import sys
from contextlib import closing

import pytest

ROW_KEYS = ["discharge", "link", "patient", "discharge_date", "facility", "name", "birth_date",
            "reason", "candidates"]  # fmt: skip
CANDIDATE_KEYS = ["patient", "name", "birth_date", "mrn", "evidence"]
HEADER = ["CSN", "MRN", "Patient Name", "DOB", "Sex", "Zip", "Phone", "Pt Class", "Disch Date",
          "Disch Disp", "Facility", "Event"]  # fmt: skip
HILL = ["HILL,ANA", "1958-03-02", "F"]
TYPO = ["HILLL,ANA", "1958-03-02", "F"]
STONE = ["STONE,EVA", "1944-05-17", "F"]


def stay(visit, who=TYPO, *, mrn="", left="2026-11-20", zip_code="", phone="",
         facility="St. Brigid", event=""):  # fmt: skip
    kind, disp = "Inpatient", "Home"
    return [visit, mrn, *who, zip_code, phone, kind, left, disp, facility, event]


@pytest.fixture(autouse=True)
def panel(care):
    """Ana Hill (P1), under care management."""
    who = ["Hill, Ana", "--dob", "1958-03-02", "--sex", "F", "--mrn", "12345", "--zip", "37391"]
    care("add-patient", *who, "--on", "2026-09-01")


@pytest.fixture
def import_rows(care, tmp_path):
    """Import these rows as one list; gives its rows as the report has them."""

    def run(*rows, more=()):
        text = io.StringIO()
        csv.writer(text).writerows([HEADER, *rows])
        path = tmp_path / "list.csv"
        path.write_text(text.getvalue(), "utf-8")
        return care("import-discharges", path, "--rows", "--json", *more).data[0]["rows"]

    return run


@pytest.fixture
def rows_of(tmp_path):
    def query(sql):
        with closing(sqlite3.connect(tmp_path / "care.db")) as connection:
            return connection.execute(sql).fetchall()

    return query


@pytest.fixture
def links(rows_of):
    """Whose each stay is: D1 -> P1."""
    return lambda: {
        f"D{stay_id}": f"P{patient}" if patient else link
        for stay_id, patient, link in rows_of("SELECT id, patient_id, link FROM stays ORDER BY id")
    }


def waiting(ok, *more):
    return [row["discharge"] for row in ok("review", *more)]


# the list


def test_nothing_waits_at_first(care, ok):
    assert ok("review") == []
    ran = care("review")
    assert (ran.out, ran.err) == ("", "")


def test_what_waits_is_listed_latest_discharge_first_with_its_candidates(import_rows, ok):
    import_rows(
        stay("1", left="2026-11-18"),
        stay("2", HILL),
        stay("3", STONE),
        stay("4", [HILL[0], "1958-02-03", "F"], left="2026-11-21"),
        stay("5"),
        stay("5", event="A13"),
    )
    listed = ok("review")
    assert [row["discharge"] for row in listed] == ["D5", "D4", "D1"], "who is still in comes first"
    assert listed[0]["discharge_date"] is None
    assert all(list(row) == ROW_KEYS for row in listed)
    assert listed[2] == {
        "discharge": "D1", "link": "review", "patient": None, "discharge_date": "2026-11-18",
        "facility": "St. Brigid", "name": "HILLL, ANA", "birth_date": "1958-03-02",
        "reason": "same first, birth date, sex; like last",
        "candidates": [{
            "patient": "P1", "name": "Hill, Ana", "birth_date": "1958-03-02", "mrn": "12345",
            "evidence": "same first, birth date, sex; like last",
        }],
    }  # fmt: skip
    assert list(listed[0]["candidates"][0]) == CANDIDATE_KEYS
    assert waiting(ok, "--unmatched") == ["D3"]
    assert ok("review", "--unmatched")[0]["candidates"] == []


def test_one_is_shown_by_its_id_whatever_its_link(import_rows, ok):
    import_rows(stay("1"), stay("2", HILL), stay("3", STONE))
    assert waiting(ok, "D1") == waiting(ok, " d01 ") == ["D1"]
    (linked,) = ok("review", "D2")
    assert (linked["link"], linked["patient"]) == ("linked", "P1")
    assert ok("review", "D3")[0]["link"] == "unmatched"


def test_looking_changes_nothing(import_rows, care, untouched):
    import_rows(stay("1"))
    before = untouched()
    for form in ([], ["D1"], ["--unmatched"], ["--json"], ["--csv"], ["--mask"]):
        care("review", *form)
    assert untouched() == before


def test_masked_it_shows_initials_and_ids_only(import_rows, care):
    import_rows(stay("1"))
    ran = care("review", "--mask", "--json")
    (row,) = ran.data
    assert (row["name"], row["birth_date"]) == ("A.H.", None)
    (candidate,) = row["candidates"]
    assert (candidate["patient"], candidate["name"]) == ("P1", "A.H.")
    assert (candidate["birth_date"], candidate["mrn"]) == (None, None)
    for form in ("--plain", "--csv"):
        told = care("review", "--mask", form).out
        assert "A.H." in told
        for secret in ("HILL", "Hill", "1958", "12345"):
            assert secret not in told, form


def test_as_lines_each_is_one_line_that_starts_with_its_id(import_rows, care):
    import_rows(stay("1"), stay("2", [HILL[0], "1958-02-03", "F"]))
    lines = care("review", "--plain").out.splitlines()
    assert [line.split("\t")[0] for line in lines] == ["D1", "D2"]
    assert care("review", "--csv").out.startswith("discharge,link,patient,discharge_date,")


def test_on_a_terminal_it_is_a_table_of_what_the_list_says_and_who_it_may_be(
    import_rows, care, monkeypatch
):
    import_rows(stay("1"), stay("2", HILL))
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    monkeypatch.setenv("COLUMNS", "100")
    monkeypatch.setenv("NO_COLOR", "1")
    ran = care("review")
    for text in ("D1", "Fri 20 Nov", "HILLL, ANA", "P1 Hill, Ana 1958-03-02 12345", "like last"):
        assert text in ran.out
    assert "1 to decide" in ran.err
    assert "caretool review D1 --is P1, or --not P1, or --add" in ran.err
    assert "linked to P1: full name and birth date" in care("review", "D2").out


# --is


def test_a_yes_links_says_what_comes_next_and_is_remembered_for_the_same_words(
    import_rows, care, ok, links
):
    import_rows(stay("1"), stay("2", left="2026-11-19", facility="Mercy"))
    ran = care("review", "D1", "--is", "P1")
    assert "D1 is linked to P1: your decision" in ran.err
    assert links() == {"D1": "P1", "D2": "P1"}, "the same words wait no longer"
    assert [row["patient"] for row in ok("due-today", "--kind", "transition_contact")] == ["P1"]
    (row,) = import_rows(stay("3", left="2026-11-21"))
    assert (row["patient"], row["reason"]) == ("P1", "decided in an earlier review")
    (other,) = import_rows(stay("4", ["HILLL,ANA", "1958-03-02", "M"]))
    assert other["link"] == "review", "of other words nothing was said"


def test_a_decision_gives_the_contracts_next_date(import_rows, ok):
    import_rows(stay("1"))
    data = ok("review", "D1", "--is", "12345")
    assert list(data) == ["discharge", "link", "patient", "next"]
    assert (data["discharge"], data["link"], data["patient"]) == ("D1", "linked", "P1")
    assert data["next"]["kind"] == "transition_contact"
    assert data["next"]["limit"] == "2026-11-24", "two business days after Friday"


def test_a_yes_teaches_the_number_and_the_next_list_links_by_it(import_rows, care, rows_of):
    import_rows(stay("1", mrn="0099"))
    care("review", "D1", "--is", "P1")
    assert ("St. Brigid", "0099") in rows_of("SELECT issuer, value FROM identifiers")
    married = ["STONE,ANA", "1958-03-02", "F"]
    known, elsewhere = import_rows(
        stay("2", married, mrn="99"), stay("3", married, mrn="99", facility="Mercy")
    )
    assert (known["patient"], known["reason"]) == ("P1", "record number, nothing against it")
    assert elsewhere["link"] == "review", "Mercy's 99 is another number"


def test_a_yes_without_a_birth_date_holds_for_that_number_only(import_rows, care):
    nameless_day = ["HILL,ANA", "", "F"]
    import_rows(stay("1", nameless_day, mrn="99"), stay("2", nameless_day))
    care("review", "D1", "--is", "P1")
    rows = import_rows(
        stay("3", nameless_day, mrn="99"), stay("4", nameless_day), stay("5", nameless_day, mrn="7")
    )
    assert [row["link"] for row in rows] == ["linked", "review", "review"]


def test_a_stay_that_is_linked_elsewhere_has_to_be_taken_back_first(import_rows, care, links):
    care("add-patient", "Hill, Anna", "--dob", "1958-03-02", "--roster-only")
    import_rows(stay("1", HILL))
    ran = care("review", "D1", "--is", "P2", code=3)
    assert "D1 is linked to P1" in ran.err
    assert "caretool review D1 --not P1" in ran.err
    assert links() == {"D1": "P1"}
    care("review", "D1", "--not", "P1")
    care("review", "D1", "--is", "P2")
    assert links() == {"D1": "P2"}
    care("review", "D1", "--is", "P2")
    assert links() == {"D1": "P2"}, "saying it again is fine"


def test_words_that_were_said_of_two_patients_are_asked_about_again(import_rows, care, links):
    care("add-patient", "Hilly, Ana", "--dob", "1958-03-02", "--roster-only")
    import_rows(stay("1"), stay("2", left="2026-11-10"))
    care("review", "D1", "--is", "P1")
    care("review", "D2", "--not", "P1")
    care("review", "D2", "--is", "P2")
    care("review", "D1", "--is", "P1")
    assert links() == {"D1": "P1", "D2": "P2"}
    (row,) = import_rows(stay("3"))
    assert row["link"] == "review"


# --not


def test_a_no_takes_the_candidate_away_for_good(import_rows, care, ok, links):
    import_rows(stay("1"))
    ran = care("review", "D1", "--not", "P1")
    assert "D1 is nobody on file" in ran.err
    assert waiting(ok) == []
    assert ok("review", "D1")[0]["candidates"] == []
    same, other = import_rows(stay("2"), stay("3", ["HILL,ANNA", "1958-03-02", "F"]))
    assert (same["link"], other["link"]) == ("unmatched", "review")
    care("review", "D2", "--is", "P1")
    assert links()["D2"] == "P1", "the last word counts"


def test_with_another_candidate_left_it_still_waits(import_rows, care, ok, links):
    care("add-patient", "Hilly, Ana", "--dob", "1958-03-02", "--roster-only")
    import_rows(stay("1"))
    assert len(ok("review")[0]["candidates"]) == 2
    assert "D1 still waits: others fit too" in care("review", "D1", "--not", "P1").err
    assert [one["patient"] for one in ok("review")[0]["candidates"]] == ["P2"]
    assert links() == {"D1": "review"}


def test_a_no_undoes_a_wrong_link_with_the_number_it_taught_and_what_came_of_it(
    import_rows, care, ok, links, rows_of
):
    import_rows(stay("1", mrn="99"))
    care("review", "D1", "--is", "P1")
    import_rows(stay("2", ["STONE,ANA", "1958-03-02", "F"], mrn="99"), stay("3", HILL, mrn="55"))
    assert links() == {"D1": "P1", "D2": "P1", "D3": "P1"}
    care("review", "D1", "--not", "P1")
    assert links() == {"D1": "unmatched", "D2": "review", "D3": "P1"}
    assert rows_of("SELECT issuer, value FROM identifiers") == [("practice", "12345")]
    (row,) = import_rows(stay("4", ["STONE,ANA", "1958-03-02", "F"], mrn="99"))
    assert row["link"] == "review"


def test_a_number_that_was_not_taught_by_a_review_stays(import_rows, care, rows_of, links):
    care("add-patient", "Reed, Max", "--dob", "1971-11-30", "--mrn", "77", "--issuer", "St. Brigid")
    import_rows(stay("1", ["REED,MAX", "1971-11-30", "M"], mrn="77"))
    assert links() == {"D1": "P2"}
    care("review", "D1", "--not", "P2")
    assert ("St. Brigid", "77") in rows_of("SELECT issuer, value FROM identifiers")
    ours = stay("2", ["HILL,ANA", "1958-03-02", "F"], mrn="12345", facility="")
    import_rows(ours, more=["--source", "practice"])
    care("review", "D2", "--not", "P1")
    assert ("practice", "12345") in rows_of("SELECT issuer, value FROM identifiers")


def test_a_no_about_somebody_it_was_never_linked_to_changes_no_link(import_rows, care, links):
    care("add-patient", "Reed, Max", "--dob", "1971-11-30", "--roster-only")
    import_rows(stay("1", HILL))
    care("review", "D1", "--not", "P2")
    assert links() == {"D1": "P1"}


# --add


def test_somebody_new_is_added_as_the_list_tells_of_them(import_rows, care, ok, links):
    header = [*HEADER[:-1], "Member ID", "Subscriber MRN"]
    new = [*stay("1", ["STONE JR, EVA MAY", "1944-05-17", "F"], mrn="99", zip_code="37391",
                 phone="(423) 555-0199")[:-1], "H9", "0555"]  # fmt: skip
    text = "\n".join(",".join(f'"{cell}"' for cell in line) for line in (header, new))
    care("import-discharges", "-", stdin=text.encode())
    data = ok("review", "D1", "--add")
    assert (data["link"], data["patient"]) == ("linked", "P2")
    page = ok("show", "P2")
    assert (page["name"], page["birth_date"]) == ("Stone Jr, Eva May".upper(), "1944-05-17")
    assert page["status"] == "roster"
    assert {(one["issuer"], one["number"]) for one in page["identifiers"]} == {
        ("St. Brigid", "99"), ("practice", "0555"), ("member", "H9"),
    }  # fmt: skip
    assert page["phones"] == ["4235550199"]
    (row,) = import_rows(stay("2", ["REED,EVA", "1944-05-17", "F"], mrn="99"))
    assert (row["link"], row["patient"]) == ("linked", "P2")


def test_adding_links_what_else_waited_for_them(import_rows, care, links):
    import_rows(stay("1", STONE), stay("2", STONE, left="2026-11-10"), stay("3"))
    care("review", "D2", "--add")
    assert links() == {"D1": "P2", "D2": "P2", "D3": "review"}


def test_nobody_is_added_for_a_linked_stay_or_without_a_full_name(import_rows, care, ok):
    import_rows(stay("1", HILL), stay("2", ["STONE", "1944-05-17", "F"]))
    assert "D1 is linked to P1" in care("review", "D1", "--add", code=3).err
    assert "D2 has no full name" in care("review", "D2", "--add", code=3).err
    assert len(ok("patients")) == 1


# what is typed wrong


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["D99"], 3, "no discharge D99"),
        (["D99", "--is", "P1"], 3, "no discharge D99"),
        (["D1", "--is", "P99"], 3, "no patient P99"),
        (["D1", "--not", "nobody"], 3, "no patient fits"),
        (["D1", "--is", ""], 3, "no patient fits"),
        (["17"], 2, "ids look like D17"),
        (["P1"], 2, "ids look like D17"),
        (["D0"], 2, "ids look like D17"),
        (["--is", "P1"], 2, "--is needs a discharge"),
        (["--add"], 2, "--add needs a discharge"),
        (["D1", "--is", "P1", "--not", "P1"], 2, "--is and --not exclude each other"),
        (["D1", "--is", "P1", "--add"], 2, "--is and --add exclude each other"),
        (["D1", "--not", "P1", "--add"], 2, "--not and --add exclude each other"),
    ],
)
def test_what_is_typed_wrong_is_refused_and_changes_nothing(
    words, code, said, import_rows, care, links
):
    import_rows(stay("1"))
    ran = care("review", *words, code=code)
    assert said in ran.err
    assert ran.out == ""
    assert links() == {"D1": "review"}


def test_a_name_that_fits_several_is_refused_with_their_ids_only(import_rows, care, links):
    care("add-patient", "Hill, Max", "--dob", "1971-11-30", "--roster-only")
    import_rows(stay("1"))
    ran = care("review", "D1", "--is", "hill", code=3)
    assert "P1" in ran.err
    assert "P2" in ran.err
    assert "Max" not in ran.err
    assert links() == {"D1": "review"}


# people who come later


def test_a_patient_added_by_hand_gets_the_stays_that_waited_for_them(import_rows, care, links):
    import_rows(
        stay("1", STONE),
        stay("2", STONE, left="2026-11-10"),
        stay("3"),
        stay("4", ["STONEE,EVA", "1944-05-17", "F"], mrn="99"),
    )
    who = ["Stone, Eva", "--dob", "1944-05-17", "--mrn", "99", "--issuer", "St. Brigid"]
    ran = care("add-patient", *who, "--on", "2026-09-01")
    assert "linked: D1, D2, D4" in ran.err
    assert "24 Nov" in ran.err, "the call after the discharge comes next"
    assert links() == {"D1": "P2", "D2": "P2", "D3": "review", "D4": "P2"}


def test_adding_somebody_for_whom_nothing_waits_says_nothing_of_it(care):
    assert "linked" not in care("add-patient", "Reed, Max", "--dob", "1971-11-30").err


def test_a_roster_gets_the_stays_that_waited_for_its_people(import_rows, care, links, tmp_path):
    import_rows(stay("1", STONE), stay("2"), stay("3", ["REED,MAX", "1971-11-30", "M"]))
    roster = tmp_path / "roster.csv"
    roster.write_text("Last Name,First Name,DOB\nStone,Eva,1944-05-17\nReed,Max,1971-11-30\n")
    (report,) = care("import-patients", roster, "--json").data
    assert report["stays_linked"] == 2
    assert links() == {"D1": "P2", "D2": "review", "D3": "P3"}


def test_a_mistyped_id_is_refused_where_birth_date_or_sex_or_both_names_differ(
    import_rows, care, ok
):
    care("add-patient", "Reed, Max", "--dob", "1971-11-30", "--sex", "M", "--roster-only")
    import_rows(stay("1", STONE))
    ran = care("review", "D1", "--is", "P2", code=6)
    assert ran.err.splitlines() == [
        "error: D1 speaks against P2: other last, first, birth date, sex",
        "hint: caretool why D1 shows both; if it is P2 all the same: --anyway",
    ]
    assert ok("review", "D1")[0]["link"] == "unmatched"
    assert ok("review", "D1", "--is", "P2", "--anyway")["link"] == "linked"
