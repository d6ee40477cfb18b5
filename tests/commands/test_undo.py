"""`undo`: the last command taken back to the letter, or refused with what stands on it."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING, Any

import pytest

from caretool.schema import recording

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


@pytest.fixture
def facts(tmp_path: Path) -> Callable[[], dict[str, list[Any]]]:
    """What every table of facts holds."""

    def read() -> dict[str, list[Any]]:
        with closing(sqlite3.connect(tmp_path / "care.db")) as connection:
            return {
                shape.name: connection.execute(f"SELECT * FROM {shape.name} ORDER BY id").fetchall()
                for shape in recording.shapes(connection.execute)
            }

    return read


@pytest.fixture
def ana(care: Callable) -> None:
    care("add-patient", "Rivera, Ana", "--dob", "1958-03-02", "--phone", "4235550142",
         "--mrn", "0042", "--on", "-3w")  # fmt: skip


def test_undo_says_what_went_what_is_next_and_how_to_do_it_again(care: Callable, ana: None) -> None:
    care("log-contact", "P1", "--outcome", "no_answer", "--note", "harmonica")
    ran = care("undo")

    assert ran.out == ""
    # Under care since 2 November, first due two weeks later
    assert ran.err == (
        "undone: H2 log-contact P1 --outcome no_answer --note …\n"
        "1 contact removed\n"
        "P1 next: Mon 16 Nov, now late (every 14 days, under care management since Mon 2 Nov)\n"
        "caretool undo H3 does it again\n"
    )


def test_undo_in_json_names_the_commands_and_counts_the_rows(ok: Callable, ana: None) -> None:
    ok("edit-patient", "P1", "--tier", "high")
    found = ok("undo")

    assert [(one["patient"], one["due"]) for one in found["next"]] == [("P1", "2026-11-16")]
    del found["next"]
    assert found == {
        "command": "H3",
        "undone": "H2",
        "was": "edit-patient",
        "asked": "P1 --tier high",
        "changes": [{"table": "tiers", "added": 0, "changed": 0, "removed": 1}],
        "patients": ["P1"],
    }


def test_each_undo_goes_one_command_further_back(
    care: Callable, ana: None, facts: Callable
) -> None:
    states = [facts()]
    for words in (
        ["log-contact", "P1", "--outcome", "no_answer"],
        ["edit-patient", "P1", "--phone", "4235550199", "--language", "Spanish"],
        ["hold", "P1", "--until", "2026-12-04", "--why", "travels"],
        ["add-medication", "P1", "metformin"],
        ["void-contact", "C1", "--reason", "wrong patient"],
    ):
        care(*words)
        states.append(facts())
    assert len({str(state) for state in states}) == 6
    for state in reversed(states[:-1]):
        care("undo")
        assert facts() == state


def test_an_undo_that_is_undone_does_the_command_again(
    care: Callable, ana: None, facts: Callable
) -> None:
    care("log-contact", "P1", "--outcome", "no_answer")
    after = facts()
    care("undo")
    care("undo", "H3")
    assert facts() == after
    care("undo")
    assert "contacts" in facts()
    assert facts()["contacts"] == []
    again = care("undo", "H2", code=6)
    assert again.err == (
        "error: H2 (log-contact) is undone already, by H5\nhint: caretool undo H5 does it again\n"
    )


def test_what_later_work_stands_on_is_not_undone_and_the_work_is_named(
    care: Callable, ana: None, facts: Callable
) -> None:
    care("log-contact", "P1", "--outcome", "no_answer")
    care("edit-patient", "P1", "--tier", "high")
    care("void-contact", "C1", "--reason", "x")
    before = facts()

    assert care("undo", "H1", code=6).err == (
        "error: H1 (add-patient) cannot be undone: later work stands on it (H4, H3, H2)\n"
        "hint: caretool history H4; undo the latest first\n"
    )
    assert "(H4)" in care("undo", "H2", code=6).err
    assert facts() == before
    care("undo", "H3")  # nothing stands on the tier


def test_work_that_was_itself_undone_stands_in_nobodys_way(
    care: Callable, ana: None, facts: Callable
) -> None:
    care("log-contact", "P1", "--outcome", "no_answer")
    care("undo")
    care("undo", "H1")
    assert facts()["patients"] == []
    care("undo", "H4")
    care("undo", "H3")
    assert [row[0] for row in facts()["contacts"]] == [1]


def test_ids_are_not_given_out_again_after_an_undo(care: Callable, ok: Callable, ana: None) -> None:
    care("undo")
    added = ok("add-patient", "Hill, Tom", "--dob", "1944-11-30")
    assert added["patient"] == "P2"
    care("undo", "H2")
    assert {one["patient"] for one in ok("patients")} == {"P1", "P2"}


def test_what_cannot_come_back_beside_what_came_since_is_refused(
    care: Callable, ana: None, facts: Callable
) -> None:
    care("layouts", "add", "x.toml", code=3)
    care("edit-patient", "P1", "--phone", "4235550199")
    care("undo")
    care("edit-patient", "P1", "--phone", "4235550199")
    before = facts()
    refused = care("undo", "H3", code=6)
    assert "later work stands on it (H4)" in refused.err
    assert facts() == before


def test_an_import_is_undone_whole_with_what_it_linked(
    care: Callable, ana: None, facts: Callable, tmp_path: Path
) -> None:
    before = facts()
    (tmp_path / "stays.csv").write_text(
        "Patient Name,DOB,MRN,Discharge Date\n"
        '"Rivera, Ana",1958-03-02,0042,2026-11-20\n'
        '"Moss, Ida",1931-01-01,0043,2026-11-21\n',
        encoding="utf-8",
    )
    care("import-discharges", tmp_path / "stays.csv")
    after = facts()
    assert [row[0] for row in after["stays"]] == [1, 2]
    care("undo")
    assert facts() == before
    care("undo", "H3")
    assert facts() == after


def test_an_import_is_not_undone_under_a_decision_about_its_discharge(
    care: Callable, ana: None, tmp_path: Path
) -> None:
    (tmp_path / "stays.csv").write_text(
        'Patient Name,DOB,MRN,Discharge Date\n"Rivera, Ana",1958-03-02,0042,2026-11-20\n',
        encoding="utf-8",
    )
    care("import-discharges", tmp_path / "stays.csv")
    care("waive", "P1", "transition_contact", "--why", "spoke at the ward")
    assert "(H3)" in care("undo", "H2", code=6).err
    care("undo")
    care("undo", "H2")


def test_a_merge_is_undone_to_the_letter(care: Callable, ana: None, facts: Callable) -> None:
    care("add-patient", "Rivera, Anna", "--dob", "1958-03-02", "--mrn", "0043", "--phone",
         "4235550142", "--on", "-2w")  # fmt: skip
    care("log-contact", "P2", "--outcome", "reached_patient")
    before = facts()
    care("merge", "P1", "P2", "--anyway")
    assert facts() != before
    care("undo")
    assert facts() == before


def test_with_nothing_to_undo_it_says_so(care: Callable, ana: None) -> None:
    care("undo")
    assert care("undo", code=6).err.startswith("error: there is nothing to undo\n")
    assert "no command H9" in care("undo", "H9", code=3).err
    assert care("undo", "9", code=2).err == (
        "error: that is no command's id\nhint: ids look like H17; caretool history lists them\n"
    )


def test_rows_changed_outside_caretool_are_left_alone(
    care: Callable, ana: None, tmp_path: Path, facts: Callable
) -> None:
    care("edit-patient", "P1", "--language", "Spanish")
    with closing(sqlite3.connect(tmp_path / "care.db")) as connection:
        connection.execute("UPDATE patients SET language = 'Basque'")
        connection.commit()
    assert "changed outside caretool" in care("undo", code=6).err
    assert facts()["patients"][0][11] == "Basque"


def test_what_was_before_an_upgrade_is_read_but_not_undone(
    care: Callable, ana: None, tmp_path: Path
) -> None:
    with closing(sqlite3.connect(tmp_path / "care.db")) as connection:
        connection.execute(
            "INSERT INTO commands (at_utc, utc_offset, user, command, version, seal)"
            " VALUES ('2026-11-23T12:00:00Z', 0, 'nurse', 'upgrade', '0.2.0', 'x')"
        )
        connection.commit()
    assert "brought up to date since" in care("undo", "H1", code=6).err
    assert "nothing to undo" in care("undo", code=6).err
    assert "add-patient" in care("history").out
