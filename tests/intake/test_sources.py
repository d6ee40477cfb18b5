"""Who sent a file, as far as its name tells; and standard input."""

from __future__ import annotations

import io
import sys
from pathlib import Path

import pytest

from caretool.errors import FileError
from caretool.intake.sources import open_source, sender_from
from caretool.model import PRACTICE


@pytest.mark.parametrize(
    ("name", "sender"),
    [
        ("epic_daily_20261116.csv", "epic_daily"),
        ("epic_daily_20261117.csv", "epic_daily"),
        ("Epic Daily 2026-11-17.csv", "epic_daily"),
        ("discharges (2).csv", "discharges"),
        ("discharges (12).csv", "discharges"),
        ("discharges.csv", "discharges"),
        ("DISCHARGES.CSV", "discharges"),
        ("payer_census.psv", "payer_census"),
        ("list", "list"),
        ("St. Brigid list.csv", "st_brigid_list"),
        ("20261117.csv", "file"),
        ("2026-11-17 (1).csv", "file"),
        (".csv", "file"),
        (".list", "file"),
        ("", "file"),
        ("List Über Fälle 3.csv", "list_über_fälle"),
        ("epic_daily_20261116.rejects.csv", "epic_daily"),
        ("epic_daily_20261116.rejects-2.csv", "epic_daily"),
        ("rejects_20261116.csv", "rejects"),
    ],
)
def test_what_changes_daily_in_a_name_does_not_count(name, sender):
    assert sender_from(name) == sender


@pytest.mark.parametrize(
    "name",
    [
        "census {0:02d}-11-2026 (v{0}).csv",
        "Epic Daily {0}.11.2026 07:{0:02d}.csv",
        "Epic_Daily-202611{0:02d}T07{0:02d}.csv",
    ],
)
def test_the_files_of_all_mornings_come_from_one_sender(name):
    assert len({sender_from(name.format(day)) for day in range(1, 31)}) == 1


def test_a_file_is_called_by_its_name_and_sent_by_whom_its_name_says_or_the_user():
    source = open_source("some/folder/epic_20261116.csv")
    assert source.name == "epic_20261116.csv"
    assert source.content == Path("some/folder/epic_20261116.csv")
    assert source.sender == "epic"
    assert open_source("epic.csv", "St. Brigid").sender == "St. Brigid"


@pytest.mark.parametrize("said", ["practice", "Practice", " PRACTICE "])
def test_the_practice_is_one_sender_however_it_is_written(said):
    assert open_source("epic.csv", said).sender == PRACTICE


def test_standard_input_is_read_whole(monkeypatch):
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"\xef\xbb\xbfa,b\n")))
    assert open_source("-") == ("standard input", b"\xef\xbb\xbfa,b\n", "stdin")
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"")))
    assert open_source("-", "epic").sender == "epic"


class Terminal(io.TextIOWrapper):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize("stdin", [None, Terminal(io.BytesIO())])
def test_a_terminal_or_no_standard_input_is_refused_instead_of_waited_for(stdin, monkeypatch):
    monkeypatch.setattr(sys, "stdin", stdin)
    with pytest.raises(FileError, match="standard input is a terminal") as caught:
        open_source("-")
    assert "import-discharges -" in caught.value.hint
