"""Worked examples of the care rules: a few facts, a day, and what is due; do the rules agree?

They stand in the file of the rules as `[[example]]`, a practice's own in its own file:

    [[example]]
    rule = "transition/contact"
    why = "Friday: business day 1 is Monday, 2 is Tuesday"
    facts = [{ discharge = 2026-03-06 }]
    today = 2026-03-06
    target = 2026-03-09
    limit = 2026-03-10

Each fact begins with what happened on which day (`worked_facts`). Expected are any of target,
limit, due, state, attempts and documented, or `open = false` for "nothing to do".
`boundary = true` marks a day beside or on an edge, `awake = true` runs a rule that sleeps as if it
were measured, `away` are days off. A mistake is a `RuleError` that names file, line and rule.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, NamedTuple

from caretool import rule_tables, schedule
from caretool.errors import RuleError
from caretool.model import State
from caretool.rule_tables import PlacedError
from caretool.worked_facts import parse_day, parse_facts, parse_list

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import date

    from caretool.items import Item
    from caretool.model import PatientFacts
    from caretool.protocols import Protocols
    from caretool.rule_tables import Table, Where
    from caretool.workdays import Calendar

_HEADER = re.compile(r"^[ \t]*\[\[[ \t]*example[ \t]*\]\]", re.MULTILINE)
_EXPECTED = ("target", "limit", "due", "state", "attempts", "documented", "open")
_KEYS = {
    "rule": True, "why": True, "facts": True, "today": True, "boundary": False, "awake": False,
    "away": False, **dict.fromkeys(_EXPECTED, False),
}  # fmt: skip


class Example(NamedTuple):
    """One worked example: under these facts, on that day, this is what is due."""

    rule: str
    why: str
    where: Where
    facts: PatientFacts
    today: date
    expected: dict[str, Any]
    """By key as in the file, `open` among them."""
    boundary: bool = False
    awake: bool = False
    away: frozenset[date] = frozenset()


class Failure(NamedTuple):
    """An example with which the rules do not agree, in words."""

    example: Example
    what: str


def read(
    entries: Sequence[Table], file: Where, protocols: Protocols
) -> tuple[list[Example], list[PlacedError]]:
    """The examples of a file, and what is wrong with those that cannot be run.

    `entries` are the tables `[[example]]` of the text in `file`, in their order. Wrong is an
    unknown key, rule, outcome or the like, or a date that is none.
    """
    lines = [file.text.count("\n", 0, one.start()) + 1 for one in _HEADER.finditer(file.text)]
    known = {rule.id for rule in protocols.rules}
    found, wrong = [], []
    for number, entry in enumerate(entries):
        line = lines[number] if len(lines) == len(entries) else 0
        try:
            found.append(_example(entry, file._replace(number=line), known, protocols))
        except PlacedError as problem:
            wrong.append(problem)
    return found, wrong


def run(examples: Iterable[Example], protocols: Protocols, calendar: Calendar) -> list[Failure]:
    """The examples with which these rules and this calendar do not agree."""
    awake = _awakened(protocols)
    asleep = {rule.id for rule in protocols.rules if rule.needs is not None}
    failures = []
    for one in examples:
        under = awake if one.awake else protocols
        days = calendar._replace(days_off=dict.fromkeys(one.away, "a day off"))
        try:
            plan = schedule.plan(one.facts, under, days, one.today)
        except RuleError as problem:  # the calendar ends
            failures.append(Failure(one, problem.message))
            continue
        items = [item for item in plan.items if item.rule.id == one.rule]
        what = _differs(items, one)
        if what and one.rule in asleep and not one.awake:
            what += "; the rule sleeps, awake = true runs it"
        if what:
            failures.append(Failure(one, what))
    return failures


def _awakened(protocols: Protocols) -> Protocols:
    """The rules as if everything were measured."""
    return protocols._replace(
        by_trigger={
            trigger: tuple(
                one._replace(rules=tuple(rule._replace(needs=None) for rule in one.rules))
                for one in several
            )
            for trigger, several in protocols.by_trigger.items()
        }
    )


def _differs(items: list[Item], example: Example) -> str:
    """What came out differently; empty when all is as expected."""
    if len(items) > 1:
        return f"one item expected, {len(items)} came out"
    if not items:
        return "" if not example.expected["open"] else "expected an item, nothing is open"
    item = items[0]
    if not example.expected["open"]:
        return f"nothing expected, an item with target {item.target} is open"
    found: dict[str, Any] = {
        "target": item.target,
        "limit": item.limit,
        "due": item.due,
        "state": schedule.state(item.target, item.limit, example.today).value,
        "attempts": item.attempts,
        "documented": item.documented,
    }
    wrong = [
        f"{key} {_shown(wanted)} expected, {_shown(found[key])} came out"
        for key, wanted in example.expected.items()
        if key in found and found[key] != wanted
    ]
    return "; ".join(wrong)


def _shown(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return "none" if value is None else str(value)


# From tables to records


def _example(entry: Table, where: Where, known: set[str], protocols: Protocols) -> Example:
    rule = str(entry.get("rule", "example"))
    where = where._replace(names=(rule,))
    rule_tables.check_keys(entry, _KEYS, where)
    if rule not in known:
        where.refuse(f"an example of {rule!r}, which is no rule", "caretool protocols lists them")
    return Example(
        rule,
        rule_tables.parse_text(entry, "why", where),
        where,
        parse_facts(entry["facts"], where, rule, protocols),
        parse_day(entry["today"], where, "today"),
        _expected(entry, where),
        rule_tables.flag(entry, "boundary", where),
        rule_tables.flag(entry, "awake", where),
        frozenset(
            parse_day(day, where, "away")
            for day in parse_list(entry.get("away", []), where, "away")
        ),
    )


def _expected(entry: Table, where: Where) -> dict[str, Any]:
    wanted = {key: entry[key] for key in _EXPECTED if key in entry}
    if not wanted:
        where.refuse("expects nothing", f"say what comes out: {', '.join(_EXPECTED)}")
    for key in ("target", "limit", "due"):
        if wanted.get(key) == "none" and key == "limit":
            wanted[key] = None
        elif key in wanted:
            parse_day(wanted[key], where, key)
    if "state" in wanted:
        rule_tables.check_words([wanted["state"]], tuple(State), where, "state")
    if "attempts" in wanted:
        rule_tables.number(wanted, "attempts", where)
    for key in ("documented", "open"):
        rule_tables.flag(wanted, key, where)
    if wanted.get("open") is False and len(wanted) > 1:
        where.refuse("open = false and more", "nothing that is not open has a date")
    return {"open": True, **wanted}
