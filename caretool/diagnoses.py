"""What does a list's diagnosis mean? Its ICD-10 codes or words, as conditions and groups of ours.

The codes and words are in `rules/conditions.toml`. A list may give one diagnosis or several; the
first code is taken for the principal one. Words are looked for as whole words in what was written,
so a diagnosis in words has no principal one: everything that it names may be it.
"""

from __future__ import annotations

import re
from functools import cache, lru_cache
from typing import Any, NamedTuple

from caretool.names import fold
from caretool.rules import read_rules

_WORD = re.compile(r"[^\W_]+")
_ICD10 = re.compile(r"\b[A-Z][0-9][0-9AB](?:\.?[0-9A-Z]{1,4})?\b")


class Meaning(NamedTuple):
    """What a diagnosis names: everything, and what may be the principal one."""

    every: frozenset[str]
    principal: frozenset[str]


NOTHING = Meaning(frozenset(), frozenset())


@lru_cache(maxsize=8192)
def meaning(text: str | None) -> Meaning:
    """Which conditions and groups does a diagnosis name, by code (dots do not matter) or words?"""
    if not text:
        return NOTHING
    named = [
        frozenset(ours for prefix, ours in _prefixes() if code.startswith(prefix))
        for code in (found.replace(".", "") for found in _ICD10.findall(text.upper()))
    ]
    if any(named):
        return Meaning(frozenset().union(*named), named[0])
    line = _spaced(text)
    found = frozenset(ours for phrase, ours in _phrases() if phrase in line)
    return Meaning(found, found)


def _spaced(text: str) -> str:
    """The folded words of a text, with a blank before and after each."""
    return f" {' '.join(map(fold, _WORD.findall(text)))} "


@cache
def targets() -> frozenset[str]:
    """The conditions for which an event suggests care management."""
    return frozenset(read_rules("conditions.toml")["targets"])


def chronic_groups(conditions: frozenset[str]) -> int:
    """How many of the eight high-risk chronic groups are among these conditions (MCLAREN)?"""
    groups = read_rules("conditions.toml")["high_risk_chronic"]
    return sum(not conditions.isdisjoint(group) for group in groups)


@cache
def known() -> frozenset[str]:
    """Every code that a protocol may name."""
    return frozenset(entry["code"] for entry in _entries())


def _entries() -> list[dict[str, Any]]:
    rules = read_rules("conditions.toml")
    return [*rules["condition"], *rules["group"]]


@cache
def _prefixes() -> tuple[tuple[str, str], ...]:
    return tuple((prefix, entry["code"]) for entry in _entries() for prefix in entry["icd10"])


@cache
def _phrases() -> tuple[tuple[str, str], ...]:
    return tuple(
        (_spaced(phrase), entry["code"])
        for entry in _entries()
        for phrase in (entry["label"], *entry["words"])
    )
