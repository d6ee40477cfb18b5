"""Writes docs/commands.md from the program's own help, so that the page cannot drift.

python tools/commands_page.py            writes the page (make docs)
python tools/commands_page.py --check    compares only; exit 1 when it is not up to date
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from caretool import cli, options

if TYPE_CHECKING:
    from collections.abc import Iterator

Command = Any  # Typer's own classes
TARGET = Path(__file__).parents[1] / "docs" / "commands.md"
HEAD = """\
# Commands

Written by `make docs` from the program's own help (`caretool COMMAND --help`); do not edit.
Forms of output, exit codes and what DATE and PATIENT may be stand in the [guide](guide.md).
"""


def page() -> str:
    """Write the whole page."""
    group = typer.main.get_command(cli.app)
    context = typer.Context(group, info_name="caretool")
    return "\n".join(
        [HEAD, *_contents(group), *_sections(group, context), *_shared(group, context)]
    )


def _panels(group: Command) -> dict[str, list[str]]:
    """The commands by panel, in the order of the help page."""
    panels: dict[str, list[str]] = {}
    for name, entry in group.contents.items():
        panels.setdefault(entry.panel, []).append(name)
    return panels


def _contents(group: Command) -> Iterator[str]:
    for panel, names in _panels(group).items():
        yield f"- {panel}: " + ", ".join(f"[{name}](#{name})" for name in names)
    yield "- [Options of every command](#options-of-every-command)"
    yield ""


def _sections(group: Command, context: typer.Context) -> Iterator[str]:
    for panel, names in _panels(group).items():
        yield f"## {panel}\n"
        for name in names:
            command = group.get_command(context, name)
            inner = typer.Context(command, info_name=name, parent=context)
            yield f"### {name}\n"
            yield from _help(command)
            arguments = [one for one in command.params if one.param_type_name == "argument"]
            own = [one for one in command.params if one not in arguments and not _is_shared(one)]
            yield "```text"
            yield " ".join(["caretool", name, *command.collect_usage_pieces(inner)])
            yield "```\n"
            records = [one.get_help_record(inner) for one in (*arguments, *own)]
            yield from _list(record for record in records if record and record[0] != "-h, --help")


def _help(command: Command) -> Iterator[str]:
    """What the command is for, then its examples as they are typed."""
    paragraphs = [part.replace("\b\n", "") for part in (command.help or "").split("\n\n")]
    for text in paragraphs:
        if not text.startswith("caretool "):
            yield " ".join(text.split()) + "\n"
    yield "```sh"
    yield from (text for text in paragraphs if text.startswith("caretool "))
    yield "```\n"


def _is_shared(parameter: Command) -> bool:
    return getattr(parameter, "rich_help_panel", None) == options.COMMON_PANEL


def _list(records: Command) -> Iterator[str]:
    lines = [f"- `{names}`: {' '.join(text.split())}" for names, text in records]
    yield from lines
    if lines:
        yield ""


def _shared(group: Command, context: typer.Context) -> Iterator[str]:
    yield "## Options of every command\n"
    yield "They stand before or after the command's name. Writing commands have no `--as-of`.\n"
    shared = [one for one in group.params if _is_shared(one)]
    yield from _list(one.get_help_record(context) for one in shared)


def main(arguments: list[str]) -> int:
    """Write the page, or with --check say whether it is up to date."""
    text = page().rstrip() + "\n"
    if "--check" not in arguments:
        TARGET.write_text(text, encoding="utf-8")
        print(f"wrote docs/{TARGET.name}")
        return 0
    if TARGET.exists() and TARGET.read_text(encoding="utf-8") == text:
        return 0
    print(
        "docs/commands.md is not what the program's help says now: run make docs", file=sys.stderr
    )
    return 1


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
