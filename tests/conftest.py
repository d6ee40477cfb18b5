"""What every test stands on: no test can touch a real care file, and none asks the clock."""

from __future__ import annotations

import io
import json
import os
import sqlite3
import sys
from contextlib import closing
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import typer
from hypothesis import HealthCheck, settings

from caretool import cli, db, migrations

if TYPE_CHECKING:
    from collections.abc import Callable

TODAY = "2026-11-23"  # a Monday, three days before Thanksgiving

settings.register_profile(
    "caretool", deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
settings.load_profile("caretool")

# Every command waits until the disk has its care file: tests that lie in memory wait for nothing
MEMORY, LEAST = Path("/dev/shm"), 1 << 30  # noqa: S108 - pytest makes a folder of its own there


def _is_fit() -> bool:
    """Is there memory to lie in: enough of it, and may scripts be run there?"""
    if not os.access(MEMORY, os.W_OK):
        return False
    there = os.statvfs(MEMORY)
    return there.f_bavail * there.f_frsize >= LEAST and not there.f_flag & os.ST_NOEXEC


if _is_fit():
    os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", str(MEMORY))

# The tests that have to reach every branch of the pure core (pyproject.toml, tool.coverage).
# Measuring doubles a test's time, so all others run without it; so do the properties among
# these, whose draws reach now more and now less.
MEASURED = {
    "test_absent", "test_adherence", "test_care", "test_dates", "test_diagnoses",
    "test_drug_names", "test_episodes", "test_lace", "test_matching", "test_matching_proofs",
    "test_outreach", "test_refills", "test_schedule", "test_schedule_dates",
    "test_schedule_edges", "test_standing", "test_telling", "test_traps", "test_workdays",
    "test_worked",
}  # fmt: skip


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Measure coverage in the tests that are meant for it alone.

    They come first: what is worked out once and kept would be kept from tests not measured.
    """
    for item in items:
        drawn = hasattr(getattr(item, "obj", None), "hypothesis")
        if drawn or item.path.stem not in MEASURED:
            item.add_marker("no_cover")
    items.sort(key=lambda item: item.get_closest_marker("no_cover") is not None)


# A new care file is the same every time, and to make it is half of a short test: each worker makes
# one and copies it. Tests of the making itself ask for `made_anew`.
MAKE, STEPS = db._migrate, migrations.steps


@cache
def _new_file() -> sqlite3.Connection:
    connection = sqlite3.connect(":memory:")
    connection.execute(f"PRAGMA application_id = {db.APPLICATION_ID}")
    MAKE(connection, Path("care.db"), "")
    return connection


def _copy_or_migrate(connection: sqlite3.Connection, path: Path, user: str) -> None:
    plain = isinstance(connection, sqlite3.Connection) and migrations.steps is STEPS
    if plain and connection.execute("SELECT 1 FROM sqlite_master").fetchone() is None:
        _new_file().backup(connection)
    else:
        MAKE(connection, path, user)


@pytest.fixture(autouse=True)
def _copied(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(db, "_migrate", _copy_or_migrate)


@pytest.fixture
def made_anew(_copied: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """Make each care file of this test by all steps of the schema."""
    monkeypatch.setattr(db, "_migrate", MAKE)


@pytest.fixture(autouse=True)
def _private_surroundings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every test has a care file, a home and a day of its own."""
    monkeypatch.setenv("CARETOOL_DB", str(tmp_path / "care.db"))
    monkeypatch.setenv("CARETOOL_TODAY", TODAY)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    for name in ("NO_COLOR", "FORCE_COLOR", "CARETOOL_DEBUG", "COLUMNS"):
        monkeypatch.delenv(name, raising=False)


@dataclass(frozen=True)
class Ran:
    """What one run of the command line gave."""

    out: str
    err: str
    code: int

    @property
    def document(self) -> dict[str, Any]:
        """The one JSON document on standard output."""
        return json.loads(self.out)

    @property
    def data(self) -> Any:
        """The data of the JSON document."""
        return self.document["data"]


@pytest.fixture
def care(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Callable[..., Ran]:
    """Run the command line in this process: `care("due-today", "--json")`.

    Fails the test when the exit code is not the expected one; None expects any.
    """
    command = typer.main.get_command(cli.app)

    def run(*args: object, code: int | None = 0, stdin: bytes = b"") -> Ran:
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin), encoding="utf-8"))
        capsys.readouterr()
        got = command.main(args=[str(arg) for arg in args], standalone_mode=False)
        captured = capsys.readouterr()
        ran = Ran(captured.out, captured.err, got)
        assert code in {None, ran.code}, f"exit {ran.code}\n{ran.out}\n{ran.err}"
        return ran

    return run


@pytest.fixture
def ok(care: Callable[..., Ran]) -> Callable[..., Any]:
    """Run with --json, expect success, and give the data."""
    return lambda *args: care(*args, "--json").data


@pytest.fixture
def untouched(tmp_path: Path) -> Callable[[], list[str]]:
    """All that the care file says but who saw whom: what looking leaves as it was."""

    def read() -> list[str]:
        with closing(sqlite3.connect(tmp_path / "care.db")) as connection:
            return [line for line in connection.iterdump() if '"shown"' not in line]

    return read
