"""`purge`: old records of who saw what go, counted and confirmed; everything else stays."""

from __future__ import annotations

import sqlite3
import sys
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from caretool import asking, dates
from caretool.app import open_session
from caretool.commands import purge
from caretool.errors import RefusedError

if TYPE_CHECKING:
    from collections.abc import Callable


@pytest.fixture
def path(care: Callable, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Five records of who saw Ana: of today and of 6, 7, 8 and 12 years ago, less or more a day."""
    care("add-patient", "Rivera, Ana", "--dob", "1958-03-02")
    care("show", "P1")
    now = dates.now().replace(year=2026, month=11, day=24)
    monkeypatch.setattr(dates, "now", lambda: now)
    with closing(sqlite3.connect(tmp_path / "care.db")) as file:
        for day in ("2020-11-24", "2019-11-24", "2019-11-23", "2014-01-01"):
            file.execute(
                "INSERT INTO shown (at_utc, utc_offset, user, version, rules, as_of, command,"
                " asked, patients) VALUES (?, 0, 'nurse', '1', '', ?, 'show', '{}', '[1]')",
                (f"{day}T00:00:00Z", day),
            )
        file.commit()
    return tmp_path / "care.db"


def ask(path: Path, sql: str) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(path)) as file:
        return file.execute(sql).fetchall()


def days(path: Path) -> list[str]:
    return [str(row[0])[:10] for row in ask(path, "SELECT at_utc FROM shown WHERE asked = '{}'")]


def test_what_is_older_goes_and_the_history_says_how_many(care: Callable, path: Path) -> None:
    ran = care("purge", "--older-than", "7y", "--yes")
    assert ran.err.splitlines()[0] == ("2 records of who saw what from before 2019-11-24 removed")
    assert days(path) == ["2020-11-24", "2019-11-24"]
    assert len(ask(path, "SELECT 1 FROM shown")) == 3
    assert ask(path, "SELECT command, asked FROM commands ORDER BY id DESC LIMIT 1") == [
        ("purge", "--older-than 7y --yes (2 removed, from before 2019-11-24)")
    ]
    assert ask(path, "SELECT count(*) FROM patients") == [(1,)]


def test_the_guards_are_there_again_and_the_file_is_as_its_history_says(
    care: Callable, path: Path
) -> None:
    care("purge", "--older-than", "7y", "--yes")
    for statement in ("DELETE FROM shown", "UPDATE shown SET user = 'x'"):
        with pytest.raises(sqlite3.IntegrityError, match="only ever added to"):
            ask(path, statement)
    rows = care("check", "--file-only", "--json").data
    assert rows == []


def test_a_backup_made_before_still_holds_them(care: Callable, path: Path) -> None:
    care("purge", "--older-than", "7y", "--yes")
    (backup,) = (path.parent / "backups").glob("care-*-before-purge.db")
    assert len(days(backup)) == 4


@pytest.mark.parametrize(
    ("age", "left"),
    [("6y", 1), ("72m", 1), ("73M", 1), (" 7Y ", 2), ("84m", 2), ("8y", 3), ("12y", 3), ("13y", 4)],
)
def test_ages_are_years_or_months(age: str, left: int, care: Callable, path: Path) -> None:
    """To 6 years before 24 November 2026, only what is of that day or later stays."""
    data = care("purge", "--older-than", age, "--yes", "--json").data
    assert data["removed"] == 4 - left
    assert len(days(path)) == left


@pytest.mark.parametrize("age", ["5y", "71m", "0y", "0m"])
def test_what_is_younger_than_six_years_is_kept_by_law(
    age: str, care: Callable, path: Path
) -> None:
    ran = care("purge", "--older-than", age, "--yes", code=6)
    assert "kept for six years: 45 CFR 164.316(b)(2)" in ran.err
    assert len(days(path)) == 4


@pytest.mark.parametrize("age", ["", "7", "y", "7d", "-7y", "7.5y", "99999y", "9999y", "\u0667y"])
def test_what_is_no_age_is_refused(age: str, care: Callable, path: Path) -> None:
    care("purge", f"--older-than={age}", "--yes", code=2)
    assert len(days(path)) == 4


def test_no_setting_of_the_day_makes_a_record_old(
    care: Callable, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CARETOOL_TODAY", "2090-01-01")
    assert care("purge", "--older-than", "7y", "--yes", "--json").data["removed"] == 2


def test_without_a_terminal_it_says_how_many_and_asks_for_yes(care: Callable, path: Path) -> None:
    ran = care("purge", "--older-than", "7y", code=6)
    assert ran.err.startswith("error: 2 records of who saw what from before 2019-11-24 would be")
    assert len(days(path)) == 4
    assert not (path.parent / "backups").exists()


@pytest.mark.parametrize(("answer", "left"), [("yes", 2), ("y", 2), ("no", 4), ("2", 4)])
def test_on_a_terminal_it_says_how_many_and_asks(
    answer: str, left: int, care: Callable, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    def ask_her(_: object, question: str) -> str:
        asked.append(question)
        return answer

    monkeypatch.setattr(asking, "ask", ask_her)
    monkeypatch.setattr(sys, "stdin", type("Terminal", (), {"isatty": lambda _: True})())
    session = open_session("purge", {"db": path})
    if left == 2:
        assert purge.run(session, "7y").data["removed"] == 2
    else:
        with pytest.raises(RefusedError, match="nothing was removed"):
            purge.run(session, "7y")
    assert asked == ["remove 2 records of who saw what from before 2019-11-24? yes or no"]
    assert len(days(path)) == left


def test_nothing_old_is_nothing_done(care: Callable, path: Path) -> None:
    before = ask(path, "SELECT count(*) FROM commands")
    ran = care("purge", "--older-than", "20y")
    assert ran.err == "no record of who saw what is from before 2006-11-24\n"
    assert ask(path, "SELECT count(*) FROM commands") == before
