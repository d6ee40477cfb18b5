"""`export`: a private folder, whole or not at all, and what is said about it."""

from __future__ import annotations

import errno
import json
import os
import stat
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from caretool import dates, leaving, making

if TYPE_CHECKING:
    from collections.abc import Callable


@pytest.fixture(autouse=True)
def people(care: Callable) -> None:
    care("add-patient", "Hill, Ana", "--dob", "1958-03-02", "--tier", "high")
    care("add-patient", "Poe, Zoë", "--dob", "1961-02-03", "--roster-only")


@pytest.mark.parametrize("form", ["--all", "--deidentified"])
def test_the_folder_and_its_files_are_their_owners_alone(form, care, tmp_path):
    os.umask(0o022)
    care("export", form, tmp_path / "out")
    assert stat.S_IMODE((tmp_path / "out").stat().st_mode) == 0o700
    files = list((tmp_path / "out").iterdir())
    assert "patients.csv" in {file.name for file in files}
    assert {stat.S_IMODE(file.stat().st_mode) for file in files} == {0o600}
    assert [one.name for one in tmp_path.iterdir() if ".new" in one.name] == []


def test_everything_is_counted_and_can_be_read_back(ok, tmp_path):
    data = ok("export", "--all", tmp_path / "out")
    counts = {one["table"]: one["rows"] for one in data["tables"]}
    assert (data["form"], counts["patients"], counts["fills"]) == ("all", 2, 0)
    assert data["rows"] == sum(counts.values())
    manifest = json.loads((tmp_path / "out" / "manifest.json").read_text())
    assert manifest["rows"] == counts
    making.create_private(tmp_path / "back.db")
    leaving.read_back(tmp_path / "out", tmp_path / "back.db")
    names = [row["name"] for row in ok("patients", "--db", tmp_path / "back.db")]
    assert names == ["Hill, Ana", "Poe, Zoë"]


def test_what_it_says_names_nobody_and_hides_nothing(care, tmp_path):
    ran = care("export", "--all", tmp_path / "all")
    assert ran.out == ""
    assert "about 2 patients" in ran.err
    assert "it is not encrypted" in ran.err
    assert "caretool restore" in ran.err
    ran = care("export", "--deidentified", tmp_path / "less")
    assert "2 patients" in ran.err
    assert "left out: all free text, all dates but their years" in ran.err
    assert "whether the rest suffices is for your privacy officer" in ran.err
    assert "Hill" not in ran.err


@pytest.mark.parametrize("form", ["--all", "--deidentified"])
def test_an_export_is_in_the_record_of_who_saw_whom(form, care, ok, tmp_path):
    care("export", form, tmp_path / "out")
    for patient in ("P1", "P2"):
        reads = [read["command"] for read in ok("history", "--reads", patient)]
        assert reads.count("export") == 1
    assert str(tmp_path) not in care("history", "--reads", "P1", "--json").out


def test_an_empty_folder_may_be_filled_and_one_that_is_not_empty_is_left_alone(care, tmp_path):
    (tmp_path / "out").mkdir()
    care("export", "--all", tmp_path / "out")
    before = {file.name: file.read_bytes() for file in (tmp_path / "out").iterdir()}
    ran = care("export", "--all", tmp_path / "out", code=6)
    assert "out is not empty" in ran.err
    assert {file.name: file.read_bytes() for file in (tmp_path / "out").iterdir()} == before


def test_a_file_or_a_link_to_nowhere_is_not_written_over(care, tmp_path):
    (tmp_path / "file").write_text("mine")
    (tmp_path / "link").symlink_to(tmp_path / "nowhere")
    for name in ("file", "link", "care.db"):
        assert "is there already" in care("export", "--all", tmp_path / name, code=6).err
    assert (tmp_path / "file").read_text() == "mine"


@pytest.mark.parametrize("form", ["--all", "--deidentified"])
def test_where_it_cannot_write_nothing_is_left_behind(form, care, tmp_path, monkeypatch):
    ran = care("export", form, tmp_path / "no" / "out", code=6)
    assert "cannot be written: No such file or directory" in ran.err

    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)
    ran = care("export", form, tmp_path / "out", code=6)
    assert "cannot be written: No space left on device" in ran.err
    assert "has room" in ran.err
    assert [one.name for one in tmp_path.iterdir() if "out" in one.name] == []


@pytest.mark.parametrize("words", [[], ["--all", "a", "--deidentified", "b"]])
def test_one_of_the_two_is_asked_for(words, care):
    assert "either --all FOLDER or --deidentified FOLDER" in care("export", *words, code=2).err


def test_behind_a_mask_only_what_identifies_nobody_is_exported(care, tmp_path):
    assert "cannot be masked" in care("export", "--all", tmp_path / "a", "--mask", code=6).err
    assert not (tmp_path / "a").exists()
    care("export", "--deidentified", tmp_path / "b", "--mask")


def test_it_is_not_guarded_for_spreadsheets_and_says_so(care, tmp_path):
    ran = care("export", "--all", tmp_path / "a", "--spreadsheet", code=2)
    assert "nothing in it is guarded" in ran.err
    assert not (tmp_path / "a").exists()


def test_without_a_care_file_nothing_is_made(care, tmp_path):
    for form in ("--all", "--deidentified"):
        care("export", form, tmp_path / "out", "--db", tmp_path / "none.db", code=5)
    assert not (tmp_path / "out").exists()


def test_a_day_in_the_past_makes_nobody_of_90_younger(care, tmp_path, monkeypatch):
    # Turned 90 in 2026, the year of the clock; 89 on the day that is set
    care("add-patient", "Old, Ida", "--dob", "1936-05-01")
    monkeypatch.setattr(dates, "now", lambda: datetime(2026, 11, 23, 12, tzinfo=UTC))
    monkeypatch.setenv("CARETOOL_TODAY", "2025-12-01")
    care("export", "--deidentified", tmp_path / "less")
    text = (tmp_path / "less" / "patients.csv").read_text(encoding="utf-8")
    assert "90 or older" in text
    assert "1936" not in text
