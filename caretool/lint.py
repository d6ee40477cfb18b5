"""What is wrong with a file of care rules, as far as that can be told without a patient?

`check` looks for everything at once: what is malformed, rules of which nothing can ever come, dates
in the wrong order on some days of the calendar, and worked examples that come out differently. The
built-in file alone has no findings; a practice's own file is checked with its changes made.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from caretool import never, rule_files, rule_tables, workdays, worked
from caretool.errors import RuleError
from caretool.rule_tables import PlacedError, Where
from caretool.rules import RULES, parse_rules

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from caretool.protocols import Protocols
    from caretool.rule_files import Tables
    from caretool.rule_tables import Table
    from caretool.workdays import Calendar
    from caretool.worked import Example

_AT_LINE = re.compile(r" \(at line (\d+), column \d+\)")
# What the built-in examples are worked with; a practice that changes it works its own
_SETTINGS = (
    "default_tier", "retry", "spread", "second_discharge", "raises", "attempts", "ladder",
)  # fmt: skip


class Finding(NamedTuple):
    """One thing that is wrong, and where."""

    file: str
    line: int | None
    rule: str | None
    message: str


class Checked(NamedTuple):
    """What was found, in how many rules and worked examples."""

    findings: tuple[Finding, ...]
    rules: int = 0
    examples: int = 0


def check(own: Path | None) -> Checked:
    """Check the built-in rules, with the changes of a practice's own file if there is one.

    Raises:
        RuleError: a file cannot be read at all.
    """
    try:
        changes = {} if own is None else parse_rules(own)
        tables = rule_files.merged_tables(own)
        mistakes = list(_mistakes(tables))
        if mistakes:
            return Checked(tuple(map(_finding, mistakes)))
        protocols = rule_files.build(tables)
        calendar = _calendar(protocols, tables.where, own)
    except PlacedError as problem:
        return Checked((_finding(problem),))
    except RuleError as problem:
        return Checked((_malformed(problem, own),))
    found = [
        Finding(place.file, place.line or None, place.named or None, what)
        for place, what in _never(tables, protocols, calendar)
    ]
    examples, wrong = _examples(tables, changes, protocols, calendar)
    return Checked((*found, *wrong), len(protocols.rules), examples)


def _finding(problem: PlacedError) -> Finding:
    where = problem.where
    message = f"{problem.what} ({problem.hint})" if problem.hint else problem.what
    return Finding(where.file, where.line or None, where.named or None, message)


def _malformed(problem: RuleError, own: Path | None) -> Finding:
    """A file that is no TOML, with the line that the message names; raises any other problem."""
    at = _AT_LINE.search(problem.message)
    if at is None or own is None:
        raise problem
    message = problem.message.removeprefix(f"rules file {own.name}: ")
    return Finding(own.name, int(at[1]), None, message)


def _calendar(protocols: Protocols, where: Where, own: Path | None) -> Calendar:
    try:
        return workdays.load_calendar(protocols.calendar, own.parent if own else None)
    except RuleError as problem:
        where._replace(table="calendar").refuse(problem.message, problem.hint)


# What is malformed: each table by itself, so that one mistake does not hide the next


def _mistakes(tables: Tables) -> Iterator[PlacedError]:
    raw, where = tables.raw, tables.where
    found = False
    for entry in rule_files.in_force(raw["protocol"], where, "protocol"):
        for problem in _of_protocol(entry, tables):
            found = True
            yield problem
    for entry in rule_files.in_force(raw.get("raise", []), where, "raise"):
        try:
            rule_tables.parse_raise(entry, where)
        except PlacedError as problem:
            found = True
            yield problem
    if not found:
        try:
            rule_files.build(tables)
        except PlacedError as problem:
            yield problem


def _of_protocol(entry: Table, tables: Tables) -> Iterator[PlacedError]:
    file = tables.where
    try:
        protocol = rule_tables.parse_head(entry, file)
    except PlacedError as problem:
        yield problem
        return
    rules = []
    found = False
    for one in entry["rule"]:
        name = str(one.get("name", "?"))
        try:
            if not rule_tables.is_off(one, file._replace(names=(protocol.name, name))):
                origin = tables.origins[f"{protocol.name}/{name}"]
                rules.append(rule_tables.parse_rule(one, protocol, file, origin))
        except PlacedError as problem:
            found = True
            yield problem
    if not found:
        try:
            rule_tables.check_together(rules, file._replace(names=(protocol.name,)))
        except PlacedError as problem:
            yield problem


# What can never come true


def _never(tables: Tables, protocols: Protocols, calendar: Calendar) -> Iterator[tuple[Where, str]]:
    built_in = _built_in()
    for table, names, what in never.come_true(protocols, calendar):
        place = tables.where._replace(table=table, names=names)
        # What the practice's own file does not speak of stands in the built-in one
        yield place if place.line else built_in._replace(table=table, names=names), what


def _built_in() -> Where:
    text = (RULES / rule_files.BUILT_IN).read_text(encoding="utf-8")
    return Where(f"built-in {rule_files.BUILT_IN}", text)


# Worked examples


def _examples(
    tables: Tables, changes: Table, protocols: Protocols, calendar: Calendar
) -> tuple[int, list[Finding]]:
    """How many examples were run, and what is wrong with which."""
    usual = rule_files.load_protocols()
    known, wrong = worked.read(
        _entries(parse_rules(RULES / rule_files.BUILT_IN)), _built_in(), usual
    )
    unchanged = _unchanged(tables, changes, protocols)
    examples = [one for one in known if one.rule in unchanged]
    settings = {name: getattr(usual, name) for name in _SETTINGS}
    failures = worked.run(
        examples, protocols._replace(**settings), workdays.load_calendar(usual.calendar)
    )
    own: list[Example] = []
    if tables.where.is_own:
        try:
            own, more = worked.read(_entries(changes, tables.where), tables.where, protocols)
        except PlacedError as problem:
            more = [problem]
        wrong += more
        failures += worked.run(own, protocols, calendar)
    found = [_finding(problem) for problem in wrong]
    found += [
        Finding(
            one.example.where.file,
            one.example.where.line or None,
            one.example.rule,
            f"the example comes out differently: {one.what} ({one.example.why})",
        )
        for one in failures
    ]
    return len(examples) + len(own), found


def _entries(raw: Table, where: Where | None = None) -> list[Table]:
    return rule_files.named(raw.get("example", []), where or Where(""), "example")


def _unchanged(tables: Tables, changes: Table, protocols: Protocols) -> set[str]:
    """The built-in rules that the practice's file leaves as they are.

    A change of one rule also changes those that are counted from it, and one of a protocol, or of
    the interval of a tier, all its rules.
    """
    own: dict[str, Table] = {one["name"]: one for one in changes.get("protocol", ())}
    same = set()
    for several in protocols.by_trigger.values():
        for protocol in several:
            entry = own.get(protocol.name, {})
            named = {rule["name"] for rule in entry.get("rule", ())}
            if entry.keys() - {"name", "rule"} or (named and protocol.trigger == "status"):
                continue
            kinds = {rule.kind for rule in protocol.rules if rule.name in named}
            kinds |= _taken_out(protocol.name, tables)
            same |= {
                rule.id
                for rule in protocol.rules
                if rule.name not in named and kinds.isdisjoint(never.counted_from(rule))
            }
    return same


def _taken_out(protocol: str, tables: Tables) -> set[str]:
    """The kinds of the rules of a protocol that the practice has taken out."""
    return {
        rule["kind"]
        for entry in tables.raw["protocol"]
        if entry["name"] == protocol
        for rule in entry["rule"]
        if rule.get("off")
    }
