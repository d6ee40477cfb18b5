"""What every test stands on: no test can touch a real care file, and none asks the clock."""

from __future__ import annotations

import io
import json
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest
import typer
from hypothesis import HealthCheck, settings

from caretool import cli

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

TODAY = "2026-11-23"  # a Monday, three days before Thanksgiving

settings.register_profile(
    "caretool", deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
settings.load_profile("caretool")


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

    Fails the test when the exit code is not the expected one.
    """
    command = typer.main.get_command(cli.app)

    def run(*args: object, code: int = 0, stdin: bytes = b"") -> Ran:
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin), encoding="utf-8"))
        capsys.readouterr()
        got = command.main(args=[str(arg) for arg in args], standalone_mode=False)
        captured = capsys.readouterr()
        ran = Ran(captured.out, captured.err, got)
        assert ran.code == code, f"exit {ran.code}\n{ran.out}\n{ran.err}"
        return ran

    return run


@pytest.fixture
def ok(care: Callable[..., Ran]) -> Callable[..., Any]:
    """Run with --json, expect success, and give the data."""
    return lambda *args: care(*args, "--json").data
