"""`why D17`: whose stay it is, what the list said, which rule decided, field by field."""

from __future__ import annotations

import json
import sys

import pytest

ROWS = """CSN,MRN,Patient Name,DOB,Sex,Pt Class,Admit Date,Disch Date,Disch Disp,Facility
1,99,"HILL,ANA",1958-03-02,F,Inpatient,2026-11-10,2026-11-12,Short-term Hospital,St. Brigid
2,,"HILL,ANA",1958-03-02,F,Inpatient,2026-11-12,2026-11-20,Home,Mercy
3,,"HILLL,ANA",1958-03-02,F,Inpatient,2026-10-01,2026-10-04,Home,Mercy
4,,"STONE,EVA",1944-05-17,F,Inpatient,2026-10-01,2026-10-04,Home,Mercy
"""
KEYS = ["discharge", "link", "patient", "reason", "cancelled", "told", "import", "candidates",
        "decisions", "episode"]  # fmt: skip


@pytest.fixture(autouse=True)
def practice(care, tmp_path):
    """Ana Hill (P1): two stays are linked, one waits, one is nobody's."""
    care("add-patient", "Hill, Ana", "--dob", "1958-03-02", "--sex", "F", "--zip", "37391")
    (tmp_path / "list.csv").write_text(ROWS, "utf-8")
    care("import-discharges", tmp_path / "list.csv")


def test_a_linked_stay_tells_by_what_it_is_linked(ok):
    data = ok("why", "D1")
    assert list(data) == KEYS
    assert (data["discharge"], data["link"], data["patient"]) == ("D1", "linked", "P1")
    assert data["reason"] == "full name and birth date"
    (known,) = data["candidates"]
    assert known["patient"] == "P1"
    evidence = known["evidence"]
    for field in ("last", "first", "birth_date", "sex"):
        assert evidence[field] == "agrees"
    for field in ("zip", "phone", "number", "middle"):
        assert evidence[field] == "missing"


def test_it_tells_what_the_list_said_and_where_it_stood(ok):
    data = ok("why", " d01 ")
    told = data["told"]
    assert (told["name"], told["birth_date"], told["sex"]) == ("HILL, ANA", "1958-03-02", "F")
    assert told["numbers"] == [{"number": "99", "issuer": "St. Brigid"}]
    assert (told["facility"], told["class"], told["visit"]) == ("St. Brigid", "inpatient", "1")
    assert (told["admit_date"], told["discharge_date"]) == ("2026-11-10", "2026-11-12")
    assert (told["disposition"], told["arrived"]) == ("02", "2026-11-23")
    came = data["import"]
    assert (came["run"], came["file"], came["line"], came["record"]) == ("R1", "list.csv", 2, 1)


def test_stays_of_one_episode_name_each_other(ok):
    assert ok("why", "D1")["episode"] == ["D2"]
    assert ok("why", "D2")["episode"] == ["D1"]
    assert ok("why", "D3")["episode"] == []


def test_a_stay_that_waits_tells_of_each_candidate_what_is_near(ok):
    data = ok("why", "D3")
    assert (data["link"], data["patient"]) == ("review", None)
    (one,) = data["candidates"]
    assert (one["patient"], one["evidence"]["last"]) == ("P1", "near")


def test_a_stay_of_nobody_has_no_candidates(ok):
    data = ok("why", "D4")
    assert (data["link"], data["candidates"], data["episode"]) == ("unmatched", [], [])


def test_earlier_words_are_told_also_of_other_stays_of_the_same_words(care, ok):
    care("review", "D3", "--is", "P1")
    care("unlink", "D3")
    words = [(one["discharge"], one["decision"], one["patient"], one["command"])
             for one in ok("why", "D3")["decisions"]]  # fmt: skip
    assert words == [("D3", "is", "P1", "review"), ("D3", "not", "P1", "unlink")]


def test_a_word_on_a_patient_who_was_merged_tells_under_whom_they_are_now(care, ok):
    care("add-patient", "Hill, Ana", "--dob", "1958-03-02", "--mrn", "7", "--anyway",
         "--roster-only")  # fmt: skip
    care("review", "D3", "--not", "P2")
    care("merge", "P1", "P2")
    assert [one["now"] for one in ok("why", "D3")["decisions"]] == ["P1"]


def test_before_a_stay_ends_nothing_is_told_of_its_end_and_before_it_begins_nothing(care, ok):
    told = ok("why", "D2", "--as-of", "2026-11-15")["told"]
    assert (told["admit_date"], told["discharge_date"], told["disposition"]) == (
        "2026-11-12", None, None,
    )  # fmt: skip
    assert "D2 begins on 2026-11-12" in care("why", "D2", "--as-of", "2026-11-01", code=3).err


def test_masked_it_keeps_ids_dates_of_care_and_the_facility(care):
    for form in ("--json", "--plain", "--csv"):
        out = care("why", "D1", "--mask", form).out
        for secret in ("HILL", "Hill", "1958", "37391", "99"):
            assert secret not in out, (form, secret)
    data = care("why", "D1", "--mask", "--json").data
    assert (data["told"]["name"], data["told"]["facility"]) == ("A.H.", "St. Brigid")
    assert json.dumps(data["candidates"][0]["evidence"])


@pytest.mark.parametrize(
    ("stay", "lines"),
    [
        ("D1", ["D1 is linked to P1: full name and birth date", "HILL, ANA", "99 (St. Brigid)",
                "R1 list.csv, line 2", "P1 Hill, Ana 1958-03-02", "One episode with", "D2"]),
        ("D3", ["D3 waits for your decision", "near", "caretool review D3 --is PATIENT"]),
        ("D4", ["D4 is nobody on file", "caretool review D4 --is PATIENT, or --add"]),
    ],
)  # fmt: skip
def test_on_a_terminal_it_is_a_page_that_ends_with_what_to_type(stay, lines, care, monkeypatch):
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    monkeypatch.setenv("COLUMNS", "120")
    ran = care("why", stay)
    for line in lines:
        assert line in ran.out + ran.err


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["D99"], 3, "no discharge D99"),
        (["D1", "--rank"], 2, "about a patient"),
        (["D1", "--all"], 2, "about a patient"),
        (["D1", "--shown"], 2, "about a patient"),
    ],
)
def test_what_is_typed_wrong_is_refused(words, code, said, care):
    assert said in care("why", *words, code=code).err
