"""`imports`: which files were read when, and what became of each of their records."""

from __future__ import annotations

import hashlib

import pytest
from discharge_lists import NOBODY, REED, listing, stay


@pytest.fixture
def runs(care, tmp_path):
    """Two imports: R1 of four records with all kinds of ends, R2 of the same file again."""
    since = ["--on", "2026-09-01"]
    care("add-patient", "Hill, Ana", "--dob", "1958-03-02", "--sex", "F", "--mrn", "12345", *since)
    path = tmp_path / "brigid.csv"
    path.write_bytes(
        listing(
            stay("1"),
            stay("2", REED, left="2026-13-13"),
            stay("3", NOBODY, left=""),
            stay("4", NOBODY),
        )
    )
    for _ in range(2):
        care("import-discharges", path, code=4)
    return path


def test_without_imports_there_is_nothing_to_list(care, ok):
    care("add-patient", "Hill, Ana", "--dob", "1958-03-02")
    assert ok("imports") == []


def test_each_import_is_listed_the_latest_first_with_counts_and_the_files_hash(runs, ok):
    second, first = ok("imports")
    assert first == {
        "run": "R1", "on": "2026-11-23", "kind": "discharges", "file": "brigid.csv", "sheet": None,
        "source": "brigid", "layout": "built-in",
        "hash": hashlib.sha256(runs.read_bytes()).hexdigest(), "encoding": "utf-8",
        "delimiter": ",", "records": 4,
        "new": 2, "updated": 0, "unchanged": 0, "cancelled": 0, "skipped": 1, "rejected": 1,
    }  # fmt: skip
    assert (second["run"], second["unchanged"], second["new"]) == ("R2", 2, 0)
    assert ok("imports", "--top", "1") == [second]


def test_an_import_shows_every_record_with_its_one_outcome(runs, ok):
    one = ok("imports", "R1")
    assert (one["run"], one["records"]) == ("R1", 4)
    keys = ("line", "record", "outcome", "link", "discharge")
    assert [tuple(row[key] for key in keys) for row in one["rows"]] == [
        (2, 1, "new", "linked", "D1"),
        (3, 2, "rejected", None, None),
        (4, 3, "skipped", "unmatched", "D2"),
        (5, 4, "new", "unmatched", "D3"),
    ]
    assert one["rows"][1]["reason"] == "Disch Date: is not a date"
    assert one["rows"][2]["reason"] == "still in hospital"
    assert len(one["rows"]) == sum(
        one[name] for name in ("new", "updated", "unchanged", "cancelled", "skipped", "rejected")
    )


@pytest.mark.parametrize("given", ["R1", "r1", "R001", " R1 "])
def test_an_import_is_known_by_its_id(given, runs, ok):
    assert ok("imports", given)["run"] == "R1"


@pytest.mark.parametrize(
    ("given", "code", "said"),
    [
        ("R9", 3, "no import R9"),
        ("7", 2, "that is no import's id"),
        ("R0", 2, "that is no import's id"),
        ("D1", 2, "that is no import's id"),
        ("R" + "9" * 40, 2, "that is no import's id"),
    ],
)
def test_another_id_is_refused(given, code, said, runs, care):
    ran = care("imports", given, code=code)
    assert said in ran.err
    assert "caretool imports lists them" in ran.err


def test_the_records_of_one_outcome_can_be_chosen_and_others_are_no_outcome(runs, ok, care):
    assert [row["line"] for row in ok("imports", "R1", "--outcome", "rejected")["rows"]] == [3]
    ran = care("imports", "R1", "--outcome", "linked", code=2)
    assert "rejected" in ran.err
    ran = care("imports", "--outcome", "new", code=2)
    assert "--outcome is for the records of one import" in ran.err


def test_scripts_get_lines_and_csv(runs, care):
    assert (
        care("imports", "--csv").out.splitlines()[1].startswith("R2,2026-11-23,discharges,brigid")
    )
    lines = care("imports", "R1").out.splitlines()
    assert "R1\tlayout\tbuilt-in" in lines
    assert "record\t3\t2\trejected\t\t\tDisch Date: is not a date" in lines


@pytest.mark.parametrize("width", [80, 120])
def test_a_page_fits_its_terminal_and_shows_ids_whole(width, runs, care, tmp_path, monkeypatch):
    long = tmp_path / ("discharges_of_the_last_twenty_four_hours_" + "x" * 160 + ".csv")
    long.write_bytes(runs.read_bytes())
    care("import-discharges", long, code=4)
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    monkeypatch.setenv("COLUMNS", str(width))
    monkeypatch.setenv("TERM", "dumb")
    for args in (["imports"], ["imports", "R3"]):
        out = care(*args).out
        assert max(map(len, out.splitlines())) <= width
        assert "R3" in out
    words = " ".join(care("imports").out.split())
    assert "R3 Mon 23 Nov discharges discharges_of_the" in words
    assert "R2 Mon 23 Nov discharges brigid.csv 4 2 unchanged, 1 skipped, 1 rejected" in words or (
        width == 80 and "R2 Mon 23 Nov discharges brigid.csv 4 2 unchanged," in words
    )


def test_masked_nothing_names_anybody(runs, care):
    for args in (["imports"], ["imports", "R1"]):
        out = care(*args, "--mask", "--json").out.casefold()
        assert not any(word in out for word in ("hill", "reed", "stone", "1958", "1971"))


def test_more_than_anybody_imports_is_not_asked_of_the_care_file(runs, care):
    """SQLite counts to 2**63."""
    care("imports", "--top", "1000000")
    assert "not in the range" in care("imports", "--top", "1" + "0" * 30, code=2).err
