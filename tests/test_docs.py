"""Every command is documented and has help with an example; no page drifts from the program."""

from __future__ import annotations

import importlib.util
import inspect
import re
import subprocess
import sys
from pathlib import Path

import pytest
import typer

from caretool import cli, rule_files, schedule

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
GROUP = typer.main.get_command(cli.app)
COMMANDS = list(GROUP.contents)
PAGES = [
    *DOCS.glob("**/*.md"),
    *(ROOT / f"{name}.md" for name in ("CONTRIBUTING", "CHANGELOG", "README", "SECURITY")),
]


def _text(name: str) -> str:
    return (DOCS / name).read_text(encoding="utf-8")


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_help_with_an_example_and_a_place_on_the_page(name: str) -> None:
    command = GROUP.get_command(typer.Context(GROUP), name)
    assert command.help
    assert re.search(rf"^caretool {name}\b", command.help, re.MULTILINE)
    assert f"### {name}\n" in _text("commands.md")
    for parameter in command.params:
        assert getattr(parameter, "help", ""), f"{name} {parameter.name} has no help"


def test_the_page_of_commands_is_what_the_help_says() -> None:
    ran = subprocess.run(
        [sys.executable, ROOT / "tools" / "commands_page.py", "--check"],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert ran.returncode == 0, ran.stderr


def test_the_compiled_rules_are_what_the_rule_files_say() -> None:
    ran = subprocess.run(
        [sys.executable, ROOT / "tools" / "compile_rules.py", "--check"],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert ran.returncode == 0, ran.stderr


def test_the_picture_shows_the_list_as_it_is_now(tmp_path: Path) -> None:
    spec = importlib.util.spec_from_file_location("picture", ROOT / "tools" / "picture.py")
    assert spec is not None
    assert spec.loader is not None
    script = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(script)

    def words(svg: str) -> list[str]:
        return re.findall(r">([^<>]+)</text>", svg)

    assert words(script.drawing(tmp_path)) == words(_text("due-today.svg")), "make picture"
    assert "font-face" not in _text("due-today.svg"), "nothing is fetched to look at it"


def test_the_guide_gives_the_order_of_the_list_in_the_words_of_the_schedule() -> None:
    order = re.search(r"^1\. must.*?(?=\n\n)", schedule.__doc__ or "", re.DOTALL | re.MULTILINE)
    assert order is not None
    assert " ".join(order[0].split()) in " ".join(_text("guide.md").split())


def test_the_guide_names_every_outcome() -> None:
    guide = _text("guide.md")
    for outcome in rule_files.load_outcomes():
        assert f"`{outcome}`" in guide


def test_every_source_of_a_protocol_is_explained() -> None:
    rows = re.findall(r"^\| ([^|]+) \| ", _text("rules.md"), re.MULTILINE)
    explained = {tag.strip(" `") for row in rows for tag in row.split(",")}
    known = rule_files.load_protocols()
    protocols = [one for several in known.by_trigger.values() for one in several]
    sources = [one.source for one in (*protocols, *known.rules, *known.raises)]
    for source in sources:
        assert any(tag in source for tag in (*explained, "project")), source
        for tag in re.findall(r"\b[A-Z]{3,}[A-Z0-9]*(?:-[A-Z]+)?\b", source):
            assert tag in explained or tag in ORDINARY, tag


# Capitals in a source that name no document
ORDINARY = {"CPT", "TCM", "LACE", "FUH", "FUM", "FUA", "APCM", "ICD", "ED", "ADA", "AHRQ", "RED",
            "BOOST", "CCSI", "AHA", "ACC", "HFSA"}  # fmt: skip


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", page.read_text(encoding="utf-8")):
        assert (page.parent / target).exists(), target


def test_what_cron_mails_is_masked() -> None:
    lines = [
        line
        for page in PAGES
        for line in page.read_text(encoding="utf-8").splitlines()
        if re.match(r"[0-9*].*\bcaretool due-today\b", line)
    ]
    assert len(lines) >= 2
    assert [line for line in lines if "due-today --plain --mask" not in line] == []


@pytest.mark.parametrize("name", GROUP.contents)
def test_the_list_of_commands_says_what_the_help_of_each_begins_with(name: str) -> None:
    entry = GROUP.contents[name]
    run = importlib.import_module(f"caretool.commands.{entry.module}").run
    first = inspect.getdoc(run).split("\n\n")[0]
    assert " ".join(first.split()) == entry.summary
