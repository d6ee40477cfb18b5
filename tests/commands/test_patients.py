"""`patients`: everybody on file by name, and whoever fits a search."""

from __future__ import annotations

import csv
import io
import shutil
import sys
from typing import TYPE_CHECKING

import pytest
import typer

from caretool import cli

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

PEOPLE = (
    ["García-López, Zoë", "--dob", "1958-03-02", "--tier", "high", "--mrn", "0012345",
     "--phone", "423-555-0142", "--phone", "423-555-0199", "--condition", "heart-failure"],
    ["Garcia, Ana", "--dob", "1960-05-05", "--mrn", "AB-77", "--condition", "copd",
     "--condition", "M54.5"],
    ["O'Brien, Seán", "--dob", "1944-11-30", "--roster-only", "--phone", "212-555-0142"],
    ["de la Cruz, Maria", "--dob", "1950-01-01", "--tier", "low", "--condition", "chf"],
    ["Hill [/b], Tom", "--dob", "1951-02-03", "--tier", "low"],
    ["Østergård, Bjørn", "--dob", "1952-03-04", "--tier", "maintenance"],
    ["Away, Al", "--dob", "1953-04-05", "--tier", "high"],
)  # fmt: skip
ZOE, ANA, SEAN, MARIA, TOM, BJORN, AL = (f"P{number}" for number in range(1, 8))
BY_NAME = [AL, MARIA, ANA, ZOE, TOM, SEAN, BJORN]


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Seven people: two closed or on hold, one in hospital, one on the roster only."""
    folder = tmp_path_factory.mktemp("patients")
    program = typer.main.get_command(cli.app)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CARETOOL_DB", str(folder / "care.db"))
        patch.setenv("CARETOOL_TODAY", "2026-11-23")
        for words in (
            *(["add-patient", *one, "--on", "2026-11-16"] for one in PEOPLE),
            ["edit-patient", TOM, "--status", "closed", "--reason", "moved"],
            ["edit-patient", BJORN, "--status", "on_hold"],
            ["log-contact", AL, "--outcome", "in_facility", "--on", "2026-11-19"],
        ):
            assert program.main([*words, "--quiet"], standalone_mode=False) == 0, words
    return folder / "care.db"


@pytest.fixture(autouse=True)
def _file(template: Path, tmp_path: Path) -> None:
    shutil.copy(template, tmp_path / "care.db")


@pytest.fixture
def found(ok: Callable) -> Callable[..., list[str]]:
    """The ids that a search gives, in order."""
    return lambda *words: [row["patient"] for row in ok("patients", *words)]


def test_everybody_is_listed_by_name_with_these_keys(ok: Callable) -> None:
    rows = ok("patients")

    assert [row["patient"] for row in rows] == BY_NAME
    assert rows[3] == {
        "patient": "P1",
        "name": "García-López, Zoë",
        "birth_date": "1958-03-02",
        "mrn": "0012345",
        "phone": "4235550142",
        "status": "active",
        "status_reason": None,
        "in_facility": False,
        "tier": "high",
        "conditions": ["heart_failure"],
        "next_due": "2026-11-23",
    }


def test_where_each_of_them_stands(ok: Callable) -> None:
    stand = {
        row["patient"]: (row["status"], row["status_reason"], row["tier"], row["in_facility"])
        for row in ok("patients")
    }

    assert stand == {
        ZOE: ("active", None, "high", False),
        ANA: ("active", None, "moderate", False),
        SEAN: ("roster", None, None, False),
        MARIA: ("active", None, "low", False),
        TOM: ("closed", "moved", None, False),
        BJORN: ("on_hold", None, "maintenance", False),
        AL: ("active", None, "high", True),
    }


def test_the_next_date_is_that_of_the_due_list_and_none_where_nothing_is_open(ok: Callable) -> None:
    """From Monday 16 November: 7 days, 14 days, 28 days; closed and paused people have none.

    Al is in a facility, as it was told on Thursday the 19th: a week later is Thanksgiving.
    """
    dates = {row["patient"]: row["next_due"] for row in ok("patients") if row["next_due"]}

    assert dates == {
        ZOE: "2026-11-23", AL: "2026-11-27", ANA: "2026-11-30", MARIA: "2026-12-14",
    }  # fmt: skip
    listed = {row["patient"]: row["due"] for row in ok("due-today", "--days", "60")}
    assert dates == listed


SEARCHES = [
    ("lopez", [ZOE]),
    ("LÓPEZ", [ZOE]),
    ("arc", [ANA, ZOE]),
    ("garcia zoe", [ZOE]),
    ("Zoë García-López", [ZOE]),
    ("garcía-lópez, zoë", [ZOE]),
    ("zo", [ZOE]),
    ("obrien", [SEAN]),
    ("O\u2019Brien", [SEAN]),
    ("sean", [SEAN]),
    ("de la cruz", [MARIA]),
    ("delacruz", [MARIA]),
    ("ostergard", [BJORN]),
    ("Bjorn", [BJORN]),
    ("[/b]", [TOM, SEAN, BJORN]),
    ("0012345", [ZOE]),
    ("12345", [ZOE]),
    ("ab77", [ANA]),
    ("AB-77", [ANA]),
    ("4235550142", [ZOE]),
    ("(423) 555-0142", [ZOE]),
    ("+1 423-555-0142", [ZOE]),
    ("0199", [ZOE]),
    ("555-0142", [ZOE, SEAN]),
    ("0142", [ZOE, SEAN]),
    ("142", []),
    ("P5", [TOM]),
    ("p005", [TOM]),
    ("P99", []),
    ("nobody", []),
    ("%", []),
    ("_", []),
    ("garcia nobody", []),
]


@pytest.mark.parametrize(("text", "ids"), SEARCHES, ids=lambda one: str(one))
def test_search_by_part_of_a_name_number_phone_or_id(
    text: str, ids: list[str], found: Callable
) -> None:
    assert found(text) == ids


def test_part_of_a_name_also_finds_longer_names_beside_the_whole_one(found: Callable) -> None:
    assert found("garcia") == [ANA, ZOE]


FILTERS = [
    (["--status", "active"], [AL, MARIA, ANA, ZOE]),
    (["--status", "roster"], [SEAN]),
    (["--status", "on_hold"], [BJORN]),
    (["--status", "closed"], [TOM]),
    (["--tier", "high"], [AL, ZOE]),
    (["--tier", "low"], [MARIA]),
    (["--tier", "maintenance"], [BJORN]),
    (["--condition", "heart_failure"], [MARIA, ZOE]),
    (["--condition", "Heart-Failure"], [MARIA, ZOE]),
    (["--condition", "copd"], [ANA]),
    (["--condition", "M54.5"], [ANA]),
    (["--condition", "asthma"], []),
    (["--condition", "heart_failure", "--tier", "low"], [MARIA]),
    (["zoe", "--tier", "low"], []),
    (["cruz", "--tier", "low", "--status", "active"], [MARIA]),
]


@pytest.mark.parametrize(("words", "ids"), FILTERS, ids=lambda one: str(one))
def test_filters_narrow_the_list(words: list[str], ids: list[str], found: Callable) -> None:
    assert found(*words) == ids


def test_a_condition_that_is_none_is_wrong_usage(care: Callable) -> None:
    ran = care("patients", "--condition", "frobnitis", code=2)

    assert ran.err.startswith("error: no condition 'frobnitis'\nhint: an ICD-10 code, or one of: ")


def test_what_was_said_later_is_not_seen_from_before(ok: Callable) -> None:
    rows = {row["patient"]: row for row in ok("patients", "--as-of", "2026-11-20")}
    assert (rows[TOM]["status"], rows[BJORN]["status"]) == ("active", "active")
    assert rows[AL]["in_facility"]

    rows = {row["patient"]: row for row in ok("patients", "--as-of", "2026-11-01")}
    assert {row["status"] for row in rows.values()} == {"roster"}
    assert not rows[AL]["in_facility"]


def test_csv_has_every_column_and_raw_values(care: Callable) -> None:
    text = care("patients", "lopez", "--csv").out

    assert list(csv.reader(io.StringIO(text, newline=""))) == [
        ["patient", "name", "birth_date", "mrn", "phone", "status", "status_reason", "in_facility",
         "tier", "conditions", "next_due"],
        ["P1", "García-López, Zoë", "1958-03-02", "0012345", "4235550142", "active", "", "no",
         "high", "heart_failure", "2026-11-23"],
    ]  # fmt: skip


def test_plain_is_one_record_a_line_without_a_header(care: Callable) -> None:
    out = care("patients", "garcia-lopez").out

    assert out == (
        "P1\tGarcía-López, Zoë\t1958-03-02\t0012345\t4235550142\tactive\t\tno\thigh"
        "\theart_failure\t2026-11-23\n"
    )


def test_a_terminal_shows_words_a_count_and_what_to_type_next(
    care: Callable, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "160")

    def page(*words: str) -> tuple[str, str]:
        monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
        ran = care("patients", *words)
        return ran.out, ran.err

    out, err = page()
    for text in ("Hill [/b], Tom", "closed (moved)", "active, in a facility", "Mon 23 Nov"):
        assert text in out
    assert "on hold" in out
    assert err == "7 patients\ncaretool show P7 opens one\n"
    assert page("lopez")[1].startswith("1 patient\n")
    assert page("nobody")[0] == "Nobody fits.\n"


def test_behind_the_mask_there_are_initials_and_ids(ok: Callable) -> None:
    (row,) = ok("patients", "lopez", "--mask")

    assert (row["patient"], row["name"]) == ("P1", "Z.G.")
    assert (row["birth_date"], row["mrn"], row["phone"]) == (None, None, None)


def test_a_text_of_a_thousand_words_fits_nobody(care: Callable, ok: Callable) -> None:
    """SQLite compares with no more than a thousand words at once."""
    text = "lopez " * 3000
    assert ok("patients", text) == []
    assert "no patient fits" in care("show", text, code=3).err
