"""Stays and people in two files of one export: joined by the number that both have."""

from __future__ import annotations

import pytest

from caretool.errors import FileError
from caretool.intake import people_file
from caretool.intake.layout import known_header
from caretool.intake.opening import open_listings
from caretool.intake.people_file import joined

STAYS = """Id,START,STOP,PATIENT,ENCOUNTERCLASS
e1,2026-11-16,2026-11-20,p-1,inpatient
e2,2026-11-15,2026-11-19,p-2,inpatient
e3,2026-11-10,2026-11-12,P-1 ,inpatient
"""
PEOPLE = """Id,BIRTHDATE,FIRST,LAST
p-1,1958-03-02,Ana,Hill
p-2,1971-11-30,Max,Reed
p-3,1944-05-17,Eva,Stone
"""


def opened(text, name="stays.csv", kind="discharges"):
    (listing,) = open_listings(text.encode(), name=name, known=known_header(kind))
    return listing


def both(stays=STAYS, people=PEOPLE):
    return joined(opened(stays), opened(people, "people.csv", "patients"))


def test_each_stay_is_followed_by_what_the_other_file_says_of_its_person():
    one = both()
    assert one.header == (
        "Encounter ID", "START", "STOP", "Person key", "ENCOUNTERCLASS", "BIRTHDATE", "FIRST",
        "LAST",
    )  # fmt: skip
    assert [(line, record, cells[5:]) for line, record, cells in one] == [
        (2, 1, ["1958-03-02", "Ana", "Hill"]),
        (3, 2, ["1971-11-30", "Max", "Reed"]),
        (4, 3, ["1958-03-02", "Ana", "Hill"]),
    ]
    assert [*one] == [*one]


def test_everything_else_is_as_in_the_file_of_stays():
    one, stays = both(), opened(STAYS)
    for name in ("name", "format", "header_line", "titles", "delimiter", "encoding", "sha256"):
        assert getattr(one, name) == getattr(stays, name)


def test_of_somebody_who_is_not_in_the_people_file_nothing_is_said():
    more = "".join(f"e{number},2026-11-01,2026-11-02,p-2,inpatient\n" for number in range(20))
    rows = [*both(f"{STAYS}{more}e9,2026-11-01,2026-11-02,p-9,inpatient\n")]
    assert rows[-1][2] == ["e9", "2026-11-01", "2026-11-02", "p-9", "inpatient", "", "", ""]


def test_short_rows_are_filled_so_that_nobody_gets_anothers_cells():
    rows = [*both(STAYS + "e4,2026-11-01\n")]
    assert rows[-1][2] == ["e4", "2026-11-01", "", "", "", "", "", ""]


def test_a_record_number_stays_one():
    stays = STAYS.replace("PATIENT", "subject_id")
    assert both(stays).header[3] == "subject_id"


def test_blank_rows_in_the_people_file_are_passed_over():
    assert len([*both(people=f"{PEOPLE},,,\n")]) == 3


@pytest.mark.parametrize(
    ("people", "how"),
    [
        (PEOPLE.replace("p-", "q-"), "no column"),
        (PEOPLE + "p-1,1960-01-01,Ann,Hall\n", "no column"),
        (PEOPLE.replace("p-3,", ","), "no column"),
        ("Id,Id2,BIRTHDATE\np-1,p-1,1958-03-02\np-2,p-2,1971-11-30\n", "more than one"),
        ("Id,BIRTHDATE,FIRST,LAST\n", "no column"),
    ],
)  # fmt: skip
def test_without_one_number_that_tells_everybody_apart_nothing_is_joined(people, how):
    with pytest.raises(FileError, match=f"stays.csv and people.csv have {how}") as error:
        both(people=people)
    assert error.value.hint == "the people's file has each person once, under an id"


def test_too_many_people_are_refused(monkeypatch):
    monkeypatch.setattr(people_file, "MAX_PEOPLE", 2)
    with pytest.raises(FileError, match=r"people\.csv has more than 2 people"):
        both()


# through the command line


@pytest.fixture
def put(tmp_path):
    def write(text, name):
        path = tmp_path / name
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return path

    return write


def test_the_people_are_found_whom_the_list_names_by_id_only(care, put):
    care("add-patient", "Hill, Ana", "--dob", "1958-03-02", "--on", "2026-09-01")
    stays, people = put(STAYS, "stays.csv"), put(PEOPLE, "people.csv")
    (report,) = care("import-discharges", stays, "--people", people, "--json").data
    assert (report["new"], report["linked"], report["unmatched"]) == (3, 2, 1)
    (again,) = care("import-discharges", stays, "--people", people, "--json").data
    assert (again["unchanged"], again["layout"]) == (3, "stays")


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (None, "no such file"),
        (b"", "people.csv"),
        (b"\x00\x01\x02\xff" * 50, "people.csv"),
        (b"Drug,Days\nx,30\n", "have no column by which they could be joined"),
        (b"<html></html>", "people.csv is a web page"),
    ],
)
def test_a_wrong_file_of_people_is_one_clear_error_and_nothing_is_kept(
    content, said, care, put, tmp_path
):
    stays = put(STAYS, "stays.csv")
    people = tmp_path / "people.csv"
    if content is not None:
        people.write_bytes(content)
    ran = care("import-discharges", stays, "--people", people, code=3)
    error, *hints = ran.err.splitlines()
    assert error.startswith("error: ")
    assert said in error
    assert len(hints) == 1
    assert not (tmp_path / "care.db").exists()


def test_the_list_itself_is_no_file_of_people(care, put):
    stays = put(STAYS, "stays.csv")
    ran = care("import-discharges", stays, "--people", stays, code=3)
    assert ran.err.startswith("error: stays.csv")
