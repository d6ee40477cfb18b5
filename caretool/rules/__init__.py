"""Care rules as data: commented TOML files, each rule with its source, read through one door."""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path
from typing import Any

from caretool.errors import RuleError

RULES = Path(__file__).parent


@cache
def read_rules(name: str) -> dict[str, Any]:
    """What does the rule file `name` say (`columns.toml`, `calendars/us-federal.toml`)?

    Each file is read once; every caller sees the same dictionary, so nobody may change it.
    """
    return parse_rules(RULES / name)


def parse_rules(path: Path) -> dict[str, Any]:
    """What does the rule file at `path` say? Also for a practice's own file.

    Raises:
        RuleError: the file is missing, unreadable or not TOML.
    """
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except tomllib.TOMLDecodeError as problem:
        message = f"rules file {path.name}: {problem}"
        raise RuleError(message, "correct that line; the file is TOML (https://toml.io)") from None
    except UnicodeDecodeError:
        message = f"rules file {path.name} is not UTF-8 text"
        raise RuleError(message, "save it as UTF-8") from None
    except OSError as problem:
        message = f"rules file {path.name} cannot be read: {problem.strerror}"
        raise RuleError(message, "check its name and your right to read it") from None
