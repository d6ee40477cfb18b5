"""`unlink`: a link taken back, with all that it taught, for good; and what a yes teaches."""

from __future__ import annotations

import csv
import io
import sqlite3
from contextlib import closing

import pytest

HEADER = ["CSN", "MRN", "Patient Name", "DOB", "Sex", "Pt Class", "Disch Date", "Disch Disp",
          "Facility"]  # fmt: skip
HILL = ["HILL,ANA", "1958-03-02", "F"]
MARRIED = ["QUINN,ANA", "1958-03-02", "F"]


def stay(visit, who=HILL, *, mrn="", left="2026-11-20", disp="Home", facility="St. Brigid"):
    return [visit, mrn, *who, "Inpatient", left, disp, facility]


@pytest.fixture(autouse=True)
def panel(care):
    """Ana Hill (P1), under care management."""
    care("add-patient", "Hill, Ana", "--dob", "1958-03-02", "--sex", "F", "--on", "2026-09-01")


@pytest.fixture
def bring(care, tmp_path):
    def run(*rows):
        text = io.StringIO()
        csv.writer(text).writerows([HEADER, *rows])
        path = tmp_path / "list.csv"
        path.write_text(text.getvalue(), "utf-8")
        return care("import-discharges", path, "--rows", "--json").data[0]["rows"]

    return run


@pytest.fixture
def rows_of(tmp_path):
    def query(sql):
        with closing(sqlite3.connect(tmp_path / "care.db")) as connection:
            return connection.execute(sql).fetchall()

    return query


@pytest.fixture
def links(rows_of):
    return lambda: {
        f"D{stay_id}": f"P{patient}" if patient else link
        for stay_id, patient, link in rows_of("SELECT id, patient_id, link FROM stays ORDER BY id")
    }


# a yes teaches


def test_a_yes_teaches_the_married_name_and_the_next_list_links_by_it(bring, care, ok):
    (row,) = bring(stay("1", MARRIED))
    assert row["link"] != "linked"
    care("review", "D1", "--is", "P1")
    assert ok("show", "P1")["other_names"] == ["QUINN, ANA"]
    (row,) = bring(stay("2", ["QUINN,ANA", "1958-03-02", ""], facility="Mercy"))
    assert (row["link"], row["patient"]) == ("linked", "P1"), (
        "other words, the name that was taught"
    )
    assert ok("show", "quinn")["patient"] == "P1"


@pytest.mark.parametrize("name", ["HILL,ANA", "Hill, Ana", "ANA,HILL", "HILL"])
def test_the_same_name_or_half_of_one_is_no_other_name(name, bring, care, ok):
    bring(stay("1", [name, "1958-02-03", "F"]))
    care("review", "D1", "--is", "P1")
    assert ok("show", "P1")["other_names"] == []


def test_a_taught_name_still_links_nobody_of_another_birth_date_or_sex(bring, care, links):
    bring(stay("1", MARRIED))
    care("review", "D1", "--is", "P1")
    bring(stay("2", ["QUINN,ANA", "1961-07-09", "F"]), stay("3", ["QUINN,ANA", "1958-03-02", "M"]))
    assert "P1" not in {links()["D2"], links()["D3"]}


# taking back


def test_a_link_is_taken_back_and_the_date_that_came_of_it(bring, care, ok, links):
    bring(stay("1"))
    assert ok("show", "P1")["next"]["kind"] == "transition_contact"
    data = ok("unlink", "D1")
    assert list(data) == ["discharge", "link", "patient", "was", "others", "next"]
    assert (data["discharge"], data["link"], data["patient"]) == ("D1", "unmatched", None)
    assert (data["was"], data["others"], data["next"]["kind"]) == ("P1", [], "routine")
    assert links() == {"D1": "unmatched"}


def test_it_says_so_in_words(bring, care):
    bring(stay("1"))
    ran = care("unlink", "D1")
    assert "D1 is nobody on file" in ran.err
    assert "no longer linked to P1: D1" in ran.err
    assert "P1 next: " in ran.err
    assert ran.out == ""


def test_the_same_list_does_not_link_it_again(bring, care, links):
    bring(stay("1", mrn="99"))
    care("unlink", "D1")
    (row,) = bring(stay("1", mrn="99"))
    assert (row["outcome"], row["link"]) == ("unchanged", "unmatched")
    (row,) = bring(stay("2"))
    assert row["link"] == "unmatched", "nor is another stay of the same words"


def test_a_new_patient_on_file_does_not_link_it_again_either(bring, care, links):
    bring(stay("1"))
    care("unlink", "D1")
    care("add-patient", "Hill, Bea", "--dob", "1958-03-02", "--roster-only")
    assert "P1" not in links()["D1"]


def test_nor_does_it_when_the_list_calls_the_person_otherwise_since(bring, care, links, tmp_path):
    bring(stay("1"))
    care("unlink", "D1")
    with closing(sqlite3.connect(tmp_path / "care.db")) as connection, connection:
        connection.execute("UPDATE stays SET sex = NULL, middle_name = 'M'")
    roster = tmp_path / "roster.csv"
    roster.write_text("Last Name,First Name,DOB\nStone,Eva,1944-05-17\n")
    care("import-patients", roster)
    assert links() == {"D1": "unmatched"}
    (row,) = bring(stay("2", ["HILL,ANA M", "1958-03-02", ""]))
    assert row["link"] == "linked", "of another stay in these words nothing was said"


def test_a_decision_is_taken_back_with_the_number_and_the_name_that_it_taught(
    bring, care, ok, links, rows_of
):
    bring(stay("1", MARRIED, mrn="99"))
    care("review", "D1", "--is", "P1")
    bring(
        stay("2", ["STONE,ANA", "1958-03-02", "F"], mrn="99"),
        stay("3", ["QUINN,ANA", "1958-03-02", ""], facility="Mercy"),
        stay("4"),
    )
    assert set(links().values()) == {"P1"}
    data = ok("unlink", "D1")
    assert data["others"] == ["D2", "D3"]
    assert links()["D4"] == "P1", "it was linked by her own name"
    assert rows_of("SELECT * FROM identifiers") == rows_of("SELECT * FROM other_names") == []


def test_what_another_yes_teaches_as_well_is_kept(bring, care, rows_of):
    bring(stay("1", MARRIED, mrn="99"), stay("2", MARRIED, mrn="99", left="2026-11-10"))
    care("review", "D1", "--is", "P1")
    care("review", "D2", "--is", "P1")
    care("unlink", "D1")
    assert rows_of("SELECT issuer, value FROM identifiers") == [("St. Brigid", "99")]
    assert rows_of("SELECT last_name FROM other_names") == [("QUINN",)]


def test_a_death_that_was_a_strangers_closes_nobody_any_longer(bring, care, ok):
    bring(stay("1", disp="Expired"))
    assert ok("show", "P1")["status"] == "closed"
    care("unlink", "D1")
    assert ok("show", "P1")["status"] == "active"


def test_it_is_the_same_as_saying_no_in_a_review(bring, care, rows_of, tmp_path):
    bring(stay("1", MARRIED, mrn="99"))
    care("review", "D1", "--is", "P1")
    before = (tmp_path / "care.db").read_bytes()
    asked = [f"SELECT * FROM {table}" for table in ("stays", "identifiers", "other_names")]
    asked.append("SELECT stay_id, patient_id, person_key, decision FROM link_decisions")
    care("unlink", "D1")
    by_unlink = [rows_of(sql) for sql in asked]
    (tmp_path / "care.db").write_bytes(before)
    care("review", "D1", "--not", "P1")
    assert [rows_of(sql) for sql in asked] == by_unlink


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["D99"], 3, "no discharge D99"),
        (["17"], 2, "ids look like D17"),
        (["P1"], 2, "ids look like D17"),
        (["D1"], 3, "D1 is linked to nobody"),
        ([], 2, "DISCHARGE"),
    ],
)
def test_what_is_typed_wrong_is_refused(words, code, said, bring, care):
    bring(stay("1", ["STONE,EVA", "1944-05-17", "F"]))
    assert said in care("unlink", *words, code=code).err
