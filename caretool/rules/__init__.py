"""Care rules as data: commented TOML files, each rule with its source, read through one door."""

from __future__ import annotations

import re
import zlib
from functools import cache
from pathlib import Path
from typing import Any

from caretool.errors import RuleError
from caretool.short_file import read_short

RULES = Path(__file__).parent
OF_MEDICINES = ("adherence.toml", "drug-classes.toml", "ingredients.toml")
"""Compiled apart: a morning list without fills has no use for them."""
_EXAMPLE = "\n[[example]]"
_OTHER_TABLE = re.compile(r"^\s*\[(?!\[example\]\])", re.MULTILINE)


@cache
def read_rules(name: str) -> dict[str, Any]:
    """What does the rule file `name` say (`columns.toml`, `calendars/us-federal.toml`)?

    Each file is read once; every caller sees the same dictionary, so nobody may change it.
    """
    return read_file(RULES / name)[1]


def read_file(path: Path) -> tuple[str, dict[str, Any]]:
    """A rule file's text and its tables, but for worked examples that all stand at its end.

    The examples are more than half of the protocols, and a morning list has no use for them.

    Raises:
        RuleError: the file is missing, unreadable or not TOML.
    """
    text = _text(path)
    if path.is_relative_to(RULES):
        checksum, tables = _compiled(path.relative_to(RULES).as_posix())
        if checksum == zlib.crc32(text.encode("utf-8")):
            return text, tables
    return text, _tables(without_examples(text), path)


def _compiled(name: str) -> tuple[int | None, dict[str, Any]]:
    """The checksum of a file as it was compiled, and its tables; none where it was not."""
    if name in OF_MEDICINES:
        from caretool.rules import compiled_medicines

        return compiled_medicines.TABLES.get(name, (None, {}))
    from caretool.rules import compiled

    return compiled.TABLES.get(name, (None, {}))


def without_examples(text: str) -> str:
    """The text up to its worked examples, where nothing but examples follows."""
    head, _, tail = text.partition(_EXAMPLE)
    return text if _OTHER_TABLE.search(tail) else head


def parse_rules(path: Path) -> dict[str, Any]:
    """What does the rule file at `path` say, worked examples and all? Also a practice's own file.

    Raises:
        RuleError: the file is missing, unreadable or not TOML.
    """
    return _tables(_text(path), path)


def _text(path: Path) -> str:
    try:
        return read_short(path)
    except UnicodeDecodeError:
        message = f"rules file {path.name} is not UTF-8 text"
        raise RuleError(message, "save it as UTF-8") from None
    except (OSError, ValueError) as problem:  # ValueError: NUL in the name that a file gives
        reason = getattr(problem, "strerror", None) or "not a usable name"
        message = f"rules file {path.name} cannot be read: {reason}"
        raise RuleError(message, "check its name and your right to read it") from None


def _tables(text: str, path: Path) -> dict[str, Any]:
    import tomllib

    try:
        return tomllib.loads(text)
    except (ValueError, RecursionError) as problem:  # also a number too long, a list too deep
        message = f"rules file {path.name}: {problem}"
        raise RuleError(message, "correct that line; the file is TOML (https://toml.io)") from None
