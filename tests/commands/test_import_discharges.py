"""`import-discharges`: what becomes of each record, of each file, and of a second import."""

from __future__ import annotations

import csv
import io
import json
import sqlite3
import stat
import sys
from contextlib import closing
from pathlib import Path

import pytest

from caretool import admission
from caretool.store import stays

FILE_KEYS = [
    "file", "run", "source", "layout", "encoding", "delimiter", "header_line", "records", "new",
    "updated", "unchanged", "cancelled", "skipped", "rejected", "linked", "review", "unmatched",
    "rejects_file",
]  # fmt: skip
ROW_KEYS = [
    "line", "record", "outcome", "link", "patient", "mrn", "candidates", "discharge",
    "discharge_date", "admit_date", "birth_date", "disposition", "reason",
]  # fmt: skip
OUTCOMES = FILE_KEYS[8:14]
HEADER = ["CSN", "MRN", "Patient Name", "DOB", "Sex", "Pt Class", "Admit Date", "Disch Date",
          "Disch Disp", "Facility", "Event"]  # fmt: skip
HILL = ["HILL,ANA", "1958-03-02", "F"]
REED = ["REED,MAX", "1971-11-30", "M"]
NOBODY = ["STONE,EVA", "1944-05-17", "F"]
SPOILED = ["HILL,ANA", "1958-02-03", "F"]  # day and month of birth swapped


def stay(
    visit="1", who=HILL, left="2026-11-20", disp="Home", *, mrn="", kind="Inpatient",
    came="2026-11-16", facility="St. Brigid", event="A03",
):  # fmt: skip
    return [visit, mrn, *who, kind, came, left, disp, facility, event]


def listing(*rows, header=HEADER, delimiter=",", encoding="utf-8"):
    text = io.StringIO()
    csv.writer(text, delimiter=delimiter).writerows([header, *rows])
    return text.getvalue().encode(encoding)


@pytest.fixture(autouse=True)
def panel(care):
    """Ana Hill (P1) and Max Reed (P2), under care management."""
    since = ["--on", "2026-09-01"]
    care("add-patient", "Hill, Ana", "--dob", "1958-03-02", "--sex", "F", "--mrn", "12345", *since)
    care("add-patient", "Reed, Max", "--dob", "1971-11-30", "--sex", "M", "--mrn", "777", *since)


@pytest.fixture
def put(tmp_path):
    """Write a list and give its path."""

    def write(*rows, name="list.csv", **form):
        path = tmp_path / name
        path.write_bytes(listing(*rows, **form))
        return path

    return write


@pytest.fixture
def import_rows(care, put):
    """Import these rows as one list; gives the report of the file with its rows."""

    def run(*rows, name="list.csv", more=(), code=0):
        path = put(*rows, name=name)
        (report,) = care("import-discharges", path, "--rows", "--json", *more, code=code).data
        return report

    return run


def dump(path, table="stays", columns="*"):
    if not path.exists():
        return None
    with closing(sqlite3.connect(path)) as connection:
        return connection.execute(f"SELECT {columns} FROM {table} ORDER BY 1").fetchall()


@pytest.fixture
def stored(tmp_path):
    """The whole table of stays, or some columns of it."""
    return lambda columns="*": dump(tmp_path / "care.db", columns=columns)


def due(ok):
    return [row["patient"] for row in ok("due-today", "--kind", "transition_contact")]


def counts(report):
    return {outcome: report[outcome] for outcome in OUTCOMES if report[outcome]}


# the account


def test_each_record_has_one_outcome_and_the_report_has_the_contracts_keys(import_rows, care):
    import_rows(stay("1"), stay("2", REED), stay("3", NOBODY))

    report = import_rows(
        stay("1"),
        stay("2", REED, disp="SNF"),
        stay("3", NOBODY, event="A13"),
        stay("4", SPOILED, "2026-11-21"),
        stay("5", HILL, "", came="2026-11-22"),
        stay("6", HILL, "2026-13-45"),
        ["Total discharges: 6"] + [""] * 10,
        code=4,
    )

    assert list(report) == [*FILE_KEYS, "rows"]
    assert all(list(row) == ROW_KEYS for row in report["rows"])
    assert report["records"] == 7 == sum(report[outcome] for outcome in OUTCOMES)
    assert counts(report) == {
        "new": 1, "updated": 1, "unchanged": 1, "cancelled": 1, "skipped": 2, "rejected": 1,
    }  # fmt: skip
    assert [row["outcome"] for row in report["rows"]] == [
        "unchanged", "updated", "cancelled", "new", "skipped", "rejected", "skipped",
    ]  # fmt: skip
    links = [row["link"] for row in report["rows"]]
    assert links == ["linked", "linked", "unmatched", "review", "linked", None, None]
    assert (report["linked"], report["review"], report["unmatched"]) == (3, 1, 1)
    assert [(row["line"], row["record"]) for row in report["rows"]] == [
        (n + 1, n) for n in range(1, 8)
    ]
    assert report["run"] == "R2"
    assert (report["source"], report["layout"]) == ("list", "built-in")
    assert (report["encoding"], report["delimiter"], report["header_line"]) == ("utf-8", ",", 1)


def test_a_row_says_whose_it_is_what_was_read_and_why(import_rows, ok):
    linked, review, nobody, rejected = import_rows(
        stay("1", disp="Home with home health"),
        stay("2", SPOILED),
        stay("3", NOBODY, disp="somewhere"),
        stay("4", left="soon"),
        code=4,
    )["rows"]
    assert linked == {
        "line": 2, "record": 1, "outcome": "new", "link": "linked", "patient": "P1",
        "mrn": "12345", "candidates": [], "discharge": "D1", "discharge_date": "2026-11-20",
        "admit_date": "2026-11-16", "birth_date": "1958-03-02", "disposition": "06",
        "reason": "full name and birth date",
    }  # fmt: skip
    assert review["patient"] is review["mrn"] is None
    assert review["candidates"] == [{"patient": "P1", "mrn": "12345"}]
    assert (review["birth_date"], review["discharge"]) == ("1958-02-03", "D2")
    assert nobody["candidates"] == []
    assert (nobody["disposition"], nobody["reason"]) == (None, "nobody on file fits")
    assert rejected["reason"] == "Disch Date: is not a date"
    assert {key for key, value in rejected.items() if value} == {
        "line", "record", "outcome", "reason",
    }  # fmt: skip


def test_masked_rows_hold_no_record_number_and_no_birth_date(import_rows):
    rows = import_rows(stay("1"), stay("2", SPOILED), more=["--mask"])["rows"]
    assert [row["patient"] for row in rows] == ["P1", None]
    assert rows[1]["candidates"] == [{"patient": "P1", "mrn": None}]
    assert {row["mrn"] for row in rows} == {row["birth_date"] for row in rows} == {None}


def test_people_are_told_the_counts_the_links_and_what_comes_next(care, put):
    ran = care("import-discharges", put(stay("1"), stay("2", SPOILED)))
    assert ran.out == ""
    said = ran.err.splitlines()
    assert said[0].endswith("list.csv: 2 records (R1): 2 new")
    assert said[1].strip() == "1 linked, 1 review, 0 unmatched"
    assert (
        said[2] == "next: caretool review shows what needs your decision, then caretool due-today"
    )
    assert care("import-discharges", put(stay("1"), name="b.csv")).err.endswith(
        "next: caretool due-today\n"
    )


def test_quiet_says_nothing_but_errors(care, put):
    assert care("import-discharges", put(stay("1")), "--quiet").err == ""
    ran = care("import-discharges", put(stay("1"), stay("2", left="x")), "--quiet", code=4)
    assert [line.partition(":")[0] for line in ran.err.splitlines()] == ["error", "hint"]
    assert ran.out == ""


# again, and what later lists say


def test_importing_again_changes_nothing(import_rows, stored):
    rows = [
        stay("1"),
        stay("2", SPOILED),
        stay("3", NOBODY),
        stay("4", NOBODY, event="A13"),
        stay("5", REED),
        stay("5", REED, event="A13"),
        stay("", REED, mrn="9"),
        stay("6", HILL, "", came="2026-11-22"),
        stay("7", left="x"),
    ]
    first = import_rows(*rows, code=4)
    before = stored()
    again = import_rows(*rows, code=4)
    assert stored() == before
    assert counts(first) == {"new": 5, "cancelled": 1, "skipped": 2, "rejected": 1}
    assert counts(again) == {"unchanged": 6, "skipped": 2, "rejected": 1}
    assert again["rejects_file"] == first["rejects_file"]
    moved = import_rows(*rows, name="list_20261123.csv", code=4)
    assert counts(moved) == counts(again)
    assert stored() == before


def test_a_later_list_corrects_and_completes_and_keeps_what_it_does_not_say(import_rows, stored):
    told = "discharged_on, discharged_at, disposition, disposition_text, patient_class, sex"
    import_rows(stay("1", left="2026-11-20 10:15", disp=""))
    assert stored(told) == [("2026-11-20", "10:15", None, None, "inpatient", "F")]
    later = import_rows(stay("1", [*HILL[:2], ""], "2026-11-20", "SNF", kind="O"))
    assert counts(later) == {"updated": 1}
    assert stored(told) == [("2026-11-20", "10:15", "03", "SNF", "inpatient", "F")]
    import_rows(stay("1", left="2026-11-21", disp="to a friend", kind="OBS"))
    assert stored(told) == [("2026-11-21", None, None, "to a friend", "observation", "F")]


def test_a_corrected_name_or_birth_date_is_decided_anew(import_rows, stored):
    import_rows(stay("1", SPOILED), stay("2", REED))
    assert stored("id, link, patient_id") == [(1, "review", None), (2, "linked", 2)]
    report = import_rows(stay("1"), stay("2", [*REED[:1], "1971-11-20", "M"]))
    assert counts(report) == {"updated": 2}
    assert stored("id, link, patient_id") == [(1, "linked", 1), (2, "review", None)]


def test_what_a_correction_does_not_touch_stays_linked(import_rows, stored):
    import_rows(stay("1"))
    import_rows(stay("1", disp="SNF", kind="Rehab"))
    assert stored("link, patient_id, link_reason") == [("linked", 1, "full name and birth date")]


def test_a_cancelled_discharge_withdraws_the_call_and_a_new_one_brings_it_back(
    import_rows, stored, ok
):
    import_rows(stay("1", left="2026-11-20 10:15"))
    assert due(ok) == ["P1"]
    assert import_rows(stay("1", left="", disp="", event="A13"))["cancelled"] == 1
    assert due(ok) == []
    again = import_rows(stay("1", left="", disp="", event="A13"))["rows"][0]
    assert (again["outcome"], again["reason"]) == ("unchanged", "was cancelled before")
    assert counts(import_rows(stay("1", left="2026-11-20 10:15"))) == {"unchanged": 1}
    assert due(ok) == [], "the old discharge once more is none"
    assert counts(import_rows(stay("1", left="2026-11-21 09:00"))) == {"updated": 1}
    assert due(ok) == ["P1"]
    assert len(stored()) == 1


def test_the_time_of_a_cancelled_discharge_does_not_bring_it_back(import_rows, stored):
    import_rows(stay("1"), stay("1", event="A13"))
    import_rows(stay("1", left="2026-11-20 10:15"))
    assert stored("cancelled, discharged_at") == [(1, "10:15")]
    import_rows(stay("1", left="2026-11-20 17:00"))
    assert stored("cancelled, discharged_at") == [(0, "17:00")]


def test_a_cancellation_of_what_was_never_told_is_skipped(import_rows, stored):
    (row,) = import_rows(stay("1", event="Cancel Discharge"))["rows"]
    assert (row["outcome"], row["reason"]) == ("skipped", "cancels a stay that is not on file")
    assert stored() == []


# still in


def test_a_linked_patient_who_is_still_in_is_held_until_the_list_that_completes_the_stay(
    import_rows, stored, ok
):
    (row,) = import_rows(stay("1", left="", disp="Still a Patient"))["rows"]
    assert (row["outcome"], row["link"], row["discharge"]) == ("skipped", "linked", "D1")
    assert (row["reason"], row["discharge_date"]) == ("still in hospital", None)
    assert stored("discharged_on, disposition, admitted_on") == [(None, None, "2026-11-16")]
    later = ["--days", "60"]
    assert "P1" not in [one["patient"] for one in ok("due-today", *later)]
    assert "P2" in [one["patient"] for one in ok("due-today", *later)]

    (row,) = import_rows(stay("1"))["rows"]
    assert (row["outcome"], row["discharge"]) == ("new", "D1")
    assert stored("discharged_on, disposition") == [("2026-11-20", "01")]
    assert due(ok) == ["P1"]


@pytest.mark.parametrize(
    "row",
    [
        stay("1", NOBODY, ""),
        stay("1", SPOILED, ""),
        stay("1", left="", kind="ED"),
        stay("1", kind="Office Visit"),
    ],
)
def test_of_others_and_of_visits_nothing_is_kept(row, import_rows, stored):
    assert counts(import_rows(row)) == {"skipped": 1}
    assert stored() == []


def test_an_emergency_visit_that_ended_in_a_bed_holds_too(import_rows, stored, ok):
    (row,) = import_rows(stay("1", left="2026-11-16", kind="ED", disp="Admitted"))["rows"]
    assert (row["outcome"], row["reason"]) == ("skipped", "admitted, not discharged")
    assert stored("patient_class, admitted_on, discharged_on") == [
        ("inpatient", "2026-11-16", None)
    ]
    assert "P1" not in [one["patient"] for one in ok("due-today", "--days", "60")]


def test_a_row_still_in_does_not_undo_a_discharge_on_file(import_rows, stored):
    import_rows(stay("1"))
    before = stored()
    assert counts(import_rows(stay("1", left=""))) == {"skipped": 1}
    assert stored() == before


def test_a_newborn_is_skipped_unless_on_the_roster(import_rows, care):
    baby = ["HILL,BABY GIRL", "2026-11-16", "F"]
    (row,) = import_rows(stay("1", baby))["rows"]
    assert (row["outcome"], row["reason"]) == ("skipped", "a newborn who is not on the roster")
    care("add-patient", "Hill, Mia", "--dob", "2026-11-16", "--roster-only")
    (row,) = import_rows(stay("1", ["HILL,MIA", "2026-11-16", "F"]))["rows"]
    assert (row["outcome"], row["patient"]) == ("new", "P3")


def test_the_dead_are_never_due(import_rows, ok):
    import_rows(stay("1", disp="Expired"), stay("2", REED))
    assert due(ok) == ["P2"]
    assert "P1" not in [one["patient"] for one in ok("due-today", "--days", "90")]


# whose numbers


def test_numbers_are_the_facilitys_unless_the_list_sends_back_ours(import_rows, care):
    married = ["STONE,ANA", "1958-03-02", "F"]
    (row,) = import_rows(stay("1", married, mrn="12345"))["rows"]
    assert row["link"] == "unmatched", "12345 of St. Brigid is another number than ours"
    (row,) = import_rows(stay("2", married, mrn="0012345"), more=["--source", "Practice"])["rows"]
    assert (row["link"], row["patient"]) == ("linked", "P1")
    assert row["reason"] == "record number, nothing against it"


# how it is written


@pytest.mark.parametrize(
    ("encoding", "delimiter", "told"),
    [
        ("utf-8", ",", "utf-8"),
        ("utf-8-sig", ",", "utf-8-sig"),
        ("cp1252", ",", "cp1252"),
        ("cp1252", ";", "cp1252"),
        ("utf-8", "\t", "utf-8"),
        ("utf-8-sig", "|", "utf-8-sig"),
    ],
)
def test_the_same_list_in_another_encoding_or_with_another_delimiter_gives_the_same_stays(
    encoding, delimiter, told, care, put, tmp_path
):
    rows = [
        stay("1", left="2026-11-20 23:50"),
        stay("2", ["NÚÑEZ, ZOË", "1960-01-31", "F"], facility="Clínica Süd"),
        stay("3", ["O'BRIEN, SEÁN", "1960-02-01", "M"], disp="home, with services"),
    ]
    columns = (
        "id, stay_key, last_name, first_name, facility, discharged_on, discharged_at, disposition"
    )
    files = []
    for number, form in enumerate(({}, {"encoding": encoding, "delimiter": delimiter})):
        care_file = tmp_path / f"{number}.db"
        (tmp_path / str(number)).mkdir()
        path = put(*rows, name=f"{number}/list.csv", **form)
        (report,) = care("import-discharges", path, "--db", care_file, "--json").data
        files.append(dump(care_file, columns=columns))
    assert (report["encoding"], report["delimiter"]) == (told, delimiter)
    assert files[0] == files[1]
    assert files[0][0][5:7] == ("2026-11-20", "23:50"), "a late discharge stays on its date"


def test_dates_that_can_be_read_in_two_ways_are_refused_until_it_is_said_which(
    care, put, stored, import_rows
):
    rows = [stay("1", came="", left="10/11/2026"), stay("2", REED, came="", left="09/11/2026")]
    path = put(*rows)
    ran = care("import-discharges", path, "--json", code=3)
    (error,) = ran.document["errors"]
    assert '"Disch Date": 10/11/2026 (line 2) can be 11 October or 10 November' in error["message"]
    assert "--date-format mdy" in error["hint"]
    assert "--date-format" in ran.err
    assert (ran.document["status"], ran.data) == ("error", None)
    assert stored() == []
    days = {"mdy": ["2026-10-11", "2026-09-11"], "dmy": ["2026-11-10", "2026-11-09"]}
    for form, expected in days.items():
        report = import_rows(*rows, more=["--date-format", form])
        assert [row["discharge_date"] for row in report["rows"]] == expected
    assert care("import-discharges", path, "--date-format", "us", code=2).out == ""
    assert counts(import_rows(*rows, more=["--date-format", "iso"], code=4)) == {"rejected": 2}
    one_way = [stay("1", came="", left="10/11/2026"), stay("2", REED, came="", left="10/13/2026")]
    assert import_rows(*one_way)["rows"][0]["discharge_date"] == "2026-10-11"


# rejects


def test_the_rejected_rows_are_corrected_and_imported_in_the_form_of_the_whole_list(
    care, put, stored, tmp_path
):
    good = stay("1", [HILL[0], "3/2/1958", "F"], "11/13/2026", came="")
    wrong = stay("2", [REED[0], "11/31/1971", "M"], "11/10/2026", came="")
    path = put(good, wrong, delimiter=";")
    ran = care("import-discharges", path, "--json", code=4)
    (report,) = ran.data
    rejects = tmp_path / "list.rejects.csv"
    assert report["rejects_file"] == str(rejects)
    (error,) = ran.document["errors"]
    assert (ran.document["status"], error["code"]) == ("partial", "rejected")
    assert str(rejects) in error["hint"]
    if sys.platform != "win32":
        assert stat.S_IMODE(rejects.stat().st_mode) == 0o600
    text = rejects.read_text("utf-8-sig")
    assert text.startswith("CSN;MRN;Patient Name;DOB;")
    assert ";3;DOB;11/31/1971;is not a date;mdy" in text

    corrected = text.replace(";11/31/1971;M", ";11/30/1971;M")
    rejects.write_text(corrected, "utf-8-sig")
    (report,) = care("import-discharges", rejects, "--rows", "--json").data
    assert (report["source"], report["delimiter"]) == ("list", ";")
    (row,) = report["rows"]
    assert (row["outcome"], row["patient"]) == ("new", "P2")
    assert row["discharge_date"] == "2026-11-10", "month first, as the whole list showed"
    assert counts(care("import-discharges", path, "--json", code=4).data[0]) == {
        "unchanged": 1, "rejected": 1,
    }  # fmt: skip
    assert len(stored()) == 2
    assert rejects.read_text("utf-8-sig") == corrected, "the corrections stay"
    assert (tmp_path / "list.rejects-2.csv").exists()


def test_rejected_rows_go_where_it_is_said(care, put, tmp_path):
    path, place = put(stay("1", left="x")), tmp_path / "wrong.csv"
    (report,) = care("import-discharges", path, "--rejects", place, "--json", code=4).data
    assert report["rejects_file"] == str(place)
    assert place.read_bytes().startswith(b"\xef\xbb\xbfCSN,MRN")
    assert not (tmp_path / "list.rejects.csv").exists()
    ran = care("import-discharges", path, path, "--rejects", place, code=2)
    assert "--rejects names one file" in ran.err


def test_without_rejected_rows_there_is_no_rejects_file(import_rows, tmp_path):
    assert import_rows(stay("1"))["rejects_file"] is None
    assert list(tmp_path.glob("*rejects*")) == []


# several files, standard input, trial runs


def test_of_several_files_the_good_ones_are_imported(care, put, stored, tmp_path):
    good, other = put(stay("1")), put(stay("2", REED), name="other.csv")
    ran = care("import-discharges", good, tmp_path / "none.csv", other, "--json", code=4)
    assert [report["run"] for report in ran.data] == ["R1", "R2"]
    assert ran.document["status"] == "partial"
    assert [error["message"] for error in ran.document["errors"]] == ["none.csv: no such file"]
    assert len(stored()) == 2
    ran = care("import-discharges", tmp_path / "none.csv", tmp_path, "--json", code=3)
    assert (ran.document["status"], ran.data) == ("error", None)


def test_standard_input_is_a_list_like_any_other(care):
    ran = care("import-discharges", "-", "--json", stdin=listing(stay("1")))
    assert (ran.data[0]["file"], ran.data[0]["source"], ran.data[0]["new"]) == ("-", "stdin", 1)
    more = ["--source", "St. Brigid", "--json"]
    ran = care("import-discharges", "-", *more, stdin=listing(stay("9", left="x")), code=4)
    assert (ran.data[0]["source"], ran.data[0]["rejects_file"]) == ("St. Brigid", None)
    assert care("import-discharges", "-", stdin=b"", code=3).err.startswith("error: ")


def test_a_trial_run_counts_like_the_real_one_and_keeps_nothing(care, put, stored, tmp_path):
    path = put(stay("1"), stay("2", SPOILED), stay("3", NOBODY), stay("3"), stay("4", left="x"))
    trial = care("import-discharges", path, "--dry-run", "--rows", "--json", code=4)
    assert stored() == []
    assert list(tmp_path.glob("*rejects*")) == []
    real = care("import-discharges", path, "--rows", "--json", code=4)
    changed = {"run": "R1", "rejects_file": str(tmp_path / "list.rejects.csv")}
    assert {**trial.data[0], **changed} == real.data[0]
    assert (trial.data[0]["run"], trial.data[0]["rejects_file"]) == (None, None)
    said = care("import-discharges", path, "--dry-run", code=4).err
    assert "a trial run: nothing was kept" in said
    place = tmp_path / "wrong.csv"
    care("import-discharges", path, "--dry-run", "--rejects", place, code=4)
    assert place.exists(), "asked for by name, it is written all the same"


def test_a_trial_run_needs_no_care_file_and_makes_none(care, put, tmp_path):
    nowhere = tmp_path / "new.db"
    (report,) = care(
        "import-discharges", put(stay("1")), "--dry-run", "--db", nowhere, "--json"
    ).data
    assert (report["new"], report["unmatched"]) == (1, 1)
    assert not list(tmp_path.glob("new.db*"))


# all or nothing


@pytest.mark.parametrize("failing", ["add_all", "change_all"])
def test_a_failure_in_the_middle_leaves_the_file_as_it_was(
    failing, care, put, stored, monkeypatch, tmp_path
):
    care("import-discharges", put(stay("1"), stay("2", REED)))
    before = {table: dump(tmp_path / "care.db", table) for table in ("stays", "import_runs")}
    original, calls = getattr(stays, failing), []

    def fail(*args):
        calls.append(args)
        if len(calls) > 1:
            raise RuntimeError
        original(*args)

    monkeypatch.setattr(admission, "_CHUNK", 2)
    monkeypatch.setattr(stays, failing, fail)
    rows = [stay(str(n), REED, "2026-11-19") for n in range(2, 9)]
    ran = care("import-discharges", put(*rows, name="more.csv"), code=1)
    assert len(calls) == 2
    assert ran.err.startswith("error: a bug in caretool")
    assert "Traceback" not in ran.err
    after = {table: dump(tmp_path / "care.db", table) for table in before}
    assert after == before


def test_a_care_file_that_a_failed_import_would_have_begun_is_taken_away(
    care, put, monkeypatch, tmp_path
):
    monkeypatch.setattr(stays, "add_all", lambda *_: 1 / 0)
    care("import-discharges", put(stay("1")), "--db", tmp_path / "new.db", code=1)
    assert not list(tmp_path.glob("new.db*"))


def test_lists_longer_than_a_chunk_are_taken_in_whole(import_rows, stored, monkeypatch):
    monkeypatch.setattr(admission, "_CHUNK", 3)
    rows = [stay(str(n // 2), NOBODY, f"2026-11-{17 + n % 2}") for n in range(20)]
    assert counts(import_rows(*rows)) == {"new": 10, "updated": 10}
    assert [row[0] for row in stored("id, stay_key")] == list(range(1, 11))


def test_the_first_import_begins_the_care_file(care, put, tmp_path):
    care("import-discharges", put(stay("1")), "--db", tmp_path / "new.db")
    assert len(dump(tmp_path / "new.db")) == 1
    assert json.loads(dump(tmp_path / "new.db", "import_runs", "counts")[0][0]) == {"new": 1}
    missing = Path(tmp_path, "no folder", "new.db")
    care("import-discharges", put(stay("1")), "--db", missing, code=5)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (b"", "is empty"),
        (b"MRN,Disch Date\n1,2026-11-14\n", "no column for birth date"),
        (b"MRN,DOB\n1,1958-03-02\n", "no column for discharge date"),
        (b"DOB,Disch Date\n1958-03-02,2026-11-14\n", "no column for name or record number"),
        (b"PK\x03\x04 and more", "Excel workbook"),
        (b"MRN,DOB,Disch Date\n\0,,\n", "not a text file"),
        (b'MRN,DOB,Disch Date\n1,"1958-03-02,2026-11-14\n', "quotation mark is never closed"),
    ],
)
def test_a_file_that_is_no_list_is_one_clear_error(text, said, care, stored, tmp_path):
    path = tmp_path / "list.csv"
    path.write_bytes(text)
    ran = care("import-discharges", path, code=3)
    assert said in ran.err
    assert ran.out == ""
    assert len([line for line in ran.err.splitlines() if line.startswith("error: ")]) == 1
    assert stored() == []
