"""`import-discharges`: how a file is written, its rejects, several files, all of it or nothing."""

from __future__ import annotations

import json
import stat
import sys
from pathlib import Path

import pytest
from discharge_lists import HILL, NOBODY, REED, SPOILED, counts, dump, listing, stay

from caretool import admission
from caretool.store import stays


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


@pytest.fixture
def stored(tmp_path):
    """The whole table of stays, or some columns of it."""
    return lambda columns="*": dump(tmp_path / "care.db", columns=columns)


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
    assert ";3;DOB;11/31/1971;is not a date;unreadable-birth-date;mdy" in text

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


def test_rows_whose_rejects_cannot_be_handed_over_are_not_taken_in_either(care, put, stored):
    path = put(stay("1"), stay("2", left="x"))
    ran = care("import-discharges", path, "--rejects", path.parent / "no" / "x.csv", code=3)
    assert "the rejected rows cannot be written" in ran.err
    assert stored() == []


@pytest.mark.parametrize("taken", ["list.csv", "care.db", "notes.txt", "folder"])
def test_nothing_but_an_earlier_rejects_file_is_written_over(taken, care, put, stored, tmp_path):
    path = put(stay("1", left="x"))
    (tmp_path / "notes.txt").write_text("mine")
    (tmp_path / "folder").mkdir()
    ran = care("import-discharges", path, "--rejects", tmp_path / taken, code=6)
    assert "is there already and is no rejects file" in ran.err
    assert (tmp_path / "notes.txt").read_text() == "mine"
    assert path.read_bytes() == listing(stay("1", left="x"))
    place = tmp_path / "wrong.csv"
    for _ in range(2):
        care("import-discharges", path, "--rejects", place, code=4)
    assert stored() == []


def test_a_ragged_row_is_handed_back_as_it_stood(care, tmp_path):
    path = tmp_path / "list.csv"
    path.write_text("MRN,Patient Name,DOB,Disch Date\n1,Hill, Ana,1958-03-02,2026-11-20\n")
    care("import-discharges", path, code=4)
    text = (tmp_path / "list.rejects.csv").read_text("utf-8-sig")
    assert '"1,Hill,Ana,1958-03-02,2026-11-20",the row has 5 cells under 4 columns,' in text


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
        (b"PK\x03\x04 and more", "cannot be unpacked"),
        (b"MRN,DOB,Disch Date\n" + b"\0\1\2" * 400, "not a text file"),
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


def test_a_place_for_rejects_that_no_file_can_have_is_told(care, put):
    ran = care("import-discharges", put(stay()), "--rejects", "x" * 300, code=3)
    assert "the rejected rows cannot be written: File name too long" in ran.err
