"""`history`: who did what when, about one patient too, and one command with all it changed."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


@pytest.fixture
def done(care: Callable, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two patients and some work, as the user amy."""
    monkeypatch.setenv("LOGNAME", "amy")
    care("add-patient", "Rivera, Ana", "--dob", "1958-03-02", "--phone", "4235550142", "--on",
         "-3w")  # fmt: skip
    care("add-patient", "Hill, Tom", "--dob", "1944-11-30")
    care("log-contact", "P1", "--outcome", "reached_patient", "--note", "harmonica",
         "--missed-doses", "2/7")  # fmt: skip
    care("edit-patient", "P2", "--tier", "high")
    care("undo")


def test_the_latest_command_comes_first_with_what_it_changed(ok: Callable, done: None) -> None:
    rows = ok("history")

    assert [(row["id"], row["command"], row["words"]) for row in rows] == [
        ("H5", "undo", "1 tier removed"),
        ("H4", "edit-patient", "1 tier added"),
        ("H3", "log-contact", "1 contact added; 1 self-report added"),
        ("H2", "add-patient", "1 patient added; 1 status added; 1 tier added"),
        (
            "H1",
            "add-patient",
            "1 patient added; 1 phone number added; 1 status added; 1 tier added",
        ),
    ]
    assert {row["user"] for row in rows} == {"amy"}
    assert [(row["undoes"], row["undone_by"]) for row in rows[:2]] == [("H4", None), (None, "H5")]
    assert [row["patients"] for row in rows] == [["P2"], ["P2"], ["P1"], ["P2"], ["P1"]]


def test_one_patients_history_holds_also_what_hangs_on_their_facts(
    ok: Callable, done: None
) -> None:
    assert [row["id"] for row in ok("history", "P1")] == ["H3", "H1"]
    assert [row["id"] for row in ok("history", "hill")] == ["H5", "H4", "H2"]


def test_a_patient_whose_adding_was_undone_still_has_a_history(
    care: Callable, ok: Callable, done: None
) -> None:
    care("undo")
    care("undo")
    assert [row["id"] for row in ok("history", "P2")] == ["H7", "H5", "H4", "H2"]


def test_facts_that_a_merge_moved_are_in_the_history_of_both(
    care: Callable, ok: Callable, done: None
) -> None:
    care("merge", "P2", "P1", "--anyway")
    assert "H6" in [row["id"] for row in ok("history", "P1")]
    assert "H6" in [row["id"] for row in ok("history", "P2")]


def test_one_command_in_full_shows_each_column_before_and_after(
    care: Callable, ok: Callable, done: None
) -> None:
    care("edit-patient", "P1", "--language", "Spanish")
    found = ok("history", "H6")
    assert (found["command"], found["asked"]) == ("edit-patient", "P1 --language …")
    assert found["rows"] == [
        {"table": "patients", "row": 1, "column": "language", "before": None, "after": "Spanish"}
    ]


def test_behind_the_mask_no_value_that_tells_of_somebody_is_shown(
    care: Callable, ok: Callable, done: None
) -> None:
    care("edit-patient", "P1", "--dob", "1958-03-20", "--name", "Quackenbush, Zephyrina")
    text = care("history", "H6", "--mask").out + care("history", "H3", "--mask").out
    assert "birth_date\t…\t…" in text
    for seed in ("Quackenbush", "quackenbush", "1958", "Rivera", "harmonica", "4235550142"):
        assert seed not in text
    assert "outcome\t\treached_patient" in text


def test_the_list_is_cut_to_the_latest(ok: Callable, done: None) -> None:
    assert [row["id"] for row in ok("history", "--top", "2")] == ["H5", "H4"]


def test_history_since_a_day_takes_the_clock_of_its_user(
    care: Callable, ok: Callable, done: None
) -> None:
    # Commands are noted by the real clock, which is after the day of these tests
    assert len(ok("history", "--since", "2026-11-23", "--as-of", "2099-01-01")) == 5
    assert ok("history", "--as-of", "2020-01-01") == []


def test_the_csv_has_fixed_columns(care: Callable, done: None) -> None:
    rows = list(csv.reader(io.StringIO(care("history", "--csv").out)))
    assert rows[0] == [
        "id", "at", "user", "command", "asked", "words", "patients", "undoes", "undone_by",
        "version",
    ]  # fmt: skip
    assert rows[2][:1] == ["H4"]


def test_an_import_is_one_line_with_its_counts(
    care: Callable, ok: Callable, tmp_path: Path
) -> None:
    rows = "".join(f'"Surname{n:03}, Given",1950-01-01,M{n}\n' for n in range(120))
    (tmp_path / "crowd.csv").write_text("Name,DOB,MRN\n" + rows, encoding="utf-8")
    care("import-patients", tmp_path / "crowd.csv")
    (row,) = ok("history")
    assert row["asked"] == "…"
    assert "120 patients added" in row["words"]
    assert row["patients"] == ["P1", "P2", "P3", "P4", "P5"]
    assert row["more_patients"]


def test_reads_tell_who_saw_a_patient_in_which_place(
    care: Callable, ok: Callable, done: None
) -> None:
    care("due-today", "--days", "30")
    care("show", "P2")
    care("why", "Hill", "--mask")
    rows = ok("history", "--reads", "P2")
    assert [(row["command"], row["asked"], row["patients"]) for row in rows][:2] == [
        ("why", "… --mask", ["P2"]),
        ("show", "P2", ["P2"]),
    ]
    listed = rows[2]
    assert (listed["command"], listed["asked"]) == ("due-today", "--days 30")
    assert listed["patients"][listed["place"] - 1] == "P2"
    assert {row["user"] for row in rows} == {"amy"}
    everybody = ok("history", "--reads")
    assert len(everybody) > len(ok("history", "--reads", "P1"))
