"""What the morning list loads: one name more in these lists is paid for at every start."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

DUE_TODAY = {
    "caretool",
    "caretool.app",
    "caretool.care_file",
    "caretool.cli",
    "caretool.contents",
    "caretool.commands",
    "caretool.commands.due_today",
    "caretool.dates",
    "caretool.db",
    "caretool.diagnoses",
    "caretool.episodes",
    "caretool.errors",
    "caretool.file_kind",
    "caretool.explain",
    "caretool.history",
    "caretool.items",
    "caretool.model",
    "caretool.names",
    "caretool.options",
    "caretool.outreach",
    "caretool.output",
    "caretool.planning",
    "caretool.protocols",
    "caretool.rule_files",
    "caretool.rule_tables",
    "caretool.rules",
    "caretool.rules.compiled",
    "caretool.schedule",
    "caretool.short_file",
    "caretool.standing",
    "caretool.store",
    "caretool.store.days_off",
    "caretool.store.fact_rows",
    "caretool.store.facts",
    "caretool.store.merges",
    "caretool.store.own_files",
    "caretool.store.patients",
    "caretool.store.stays",
    "caretool.supply_facts",
    "caretool.triggers",
    "caretool.trouble",
    "caretool.workdays",
}
# Each of these costs a tenth of the start-up time or more, and the list needs none of them
HEAVY = (
    "tomllib",  # tools/compile_rules.py spares it; out of date, so run make docs
    "rich",
    "sqlite_utils",
    "dateutil.parser",
    "rapidfuzz",
    "pydantic",
    "hypothesis",
    "email",
    "urllib.request",
    "importlib.metadata",
    "asyncio",
    "decimal",
)
PROBE = """
import json, sys
try:
    from caretool.cli import main
    main()
except SystemExit as end:
    code = end.code
sys.stderr.write("\\n" + json.dumps([code, sorted(sys.modules)]))
"""


def loaded(*args: str) -> set[str]:
    """The modules that one run of the program has loaded when it ends, its output piped."""
    ran = subprocess.run(
        [sys.executable, "-c", PROBE, *args], capture_output=True, text=True, timeout=60, check=True
    )
    code, modules = json.loads(ran.stderr.splitlines()[-1])
    assert code == 0, ran.stderr
    return set(modules)


def ours(modules: set[str]) -> set[str]:
    return {name for name in modules if name.partition(".")[0] == "caretool"}


@pytest.fixture
def small_file(care: Callable) -> None:
    care("add-patient", "Rivera, Ana", "--dob", "1958-03-02", "--tier", "high", "--on", "-2w")
    care("log-contact", "P1", "--outcome", "no_answer")
    care("add-patient", "Hill, Tom", "--dob", "1944-11-30")


@pytest.mark.parametrize("form", [[], ["--json"], ["--plain"], ["--csv"]])
@pytest.mark.usefixtures("small_file")
def test_due_today_loads_these_modules_of_ours_and_no_others(form: list[str]) -> None:
    assert ours(loaded("due-today", "--days", "30", *form)) == DUE_TODAY


@pytest.mark.parametrize("form", [[], ["--json"], ["--plain"], ["--csv"]])
@pytest.mark.usefixtures("small_file")
def test_due_today_loads_nothing_heavy_when_it_is_piped(form: list[str]) -> None:
    modules = loaded("due-today", *form)

    assert [name for name in HEAVY if name in modules] == []
    assert ("csv" in modules) == ("--csv" in form)


def test_the_list_of_commands_loads_none_of_them_and_nothing_heavy() -> None:
    modules = loaded("--help")

    assert ours(modules) == {
        "caretool",
        "caretool.app",
        "caretool.care_file",
        "caretool.cli",
        "caretool.contents",
        "caretool.dates",
        "caretool.db",
        "caretool.errors",
        "caretool.file_kind",
        "caretool.options",
        "caretool.output",
        "caretool.trouble",
    }
    assert [name for name in HEAVY if name in modules] == []


def test_the_help_of_one_command_loads_only_that_command() -> None:
    commands = {name for name in loaded("due-today", "--help") if ".commands." in name}

    assert {name for name in commands if name.startswith("caretool")} == {
        "caretool.commands.due_today"
    }


@pytest.mark.usefixtures("small_file")
def test_a_contact_is_logged_without_what_only_other_commands_need() -> None:
    modules = loaded("log-contact", "P2", "--outcome", "no_answer")

    assert "sqlite_utils" not in modules
    assert "rich" not in modules
    assert "rapidfuzz" not in modules
