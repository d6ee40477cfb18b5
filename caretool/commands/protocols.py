"""`protocols`: the care rules in force, from which file, and one of them in full."""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING, Annotated, Any

import typer

from caretool import planning, worked
from caretool.app import Session
from caretool.errors import NotFoundError, RuleError
from caretool.output import Block, Column, Result
from caretool.rule_files import BUILT_IN, load_protocols, named
from caretool.rule_tables import Where
from caretool.rules import RULES, parse_rules
from caretool.store import own_files

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from caretool.protocols import Protocol, Protocols, Rule

_STARTS = {
    "discharge": "from a discharge",
    "ed_visit": "from an emergency visit",
    "enrolment": "from the start of care management",
    "status": "under care management",
    "condition": "from a condition on file, under care management",
    "candidate": "from a discharge or emergency visit with a target condition",
    "referral": "from a referral",
    "request": "from a date asked for",
    "appointment": "from an appointment",
    "unreached": "when trying has been enough",
    "facility": "while in a facility",
    "supply": "from the day on which supply of a medicine ends",
    "adherence": "from a reason to look into adherence",
}
_COUNTED = {
    "event": "the day that starts it",
    "last_contact": "the last two-way contact, before one the day that starts it",
    "last_done": "the last time it was done, before that the day that starts it",
}
_COUNTED_AGAIN = "the day that starts it: target; each time it was done: again"
_MOVES = {"later": "to the next open day", "earlier": "to the open day before", "stay": "not moved"}


def run(
    session: Session,
    which: Annotated[
        str | None,
        typer.Argument(
            metavar="RULE",
            help="One rule in full, such as transition/contact; or a protocol or kind.",
            show_default=False,
        ),
    ] = None,
) -> Result:
    """List the care rules in force and their files; or show one in full, with its source.

    caretool protocols

    caretool protocols transition/contact
    """
    own = own_files.rules(session.path)
    known = planning.in_force(own, session.noticed).protocols
    if len(known.origins) == 1:
        own = None  # there is none, or it cannot be read
    listed = _listed(known, which)
    if which is not None and len(listed) == 1 and listed[0][1].id == which:
        return _in_full(*listed[0], known, own)
    rows = [_row(protocol, rule) for protocol, rule in listed]
    return Result(
        data=rows,
        columns=tuple(Column(key, key) for key in rows[0]),
        blocks=tuple(_page(listed)),
        summary="" if which else _summary(known, rows),
        hint=f"caretool protocols {rows[0]['rule']} shows a rule in full",
    )


def _listed(known: Protocols, which: str | None) -> list[tuple[Protocol, Rule]]:
    """The rules that are asked for, by their protocols."""
    rules = [
        (protocol, rule)
        for several in known.by_trigger.values()
        for protocol in several
        for rule in protocol.rules
    ]
    if which is None:
        return rules
    found = [one for one in rules if which in {one[1].id, one[1].protocol, one[1].kind}]
    if not found:
        ids = [rule.id for _, rule in rules]
        names = [*ids, *(rule.protocol for _, rule in rules), *(rule.kind for _, rule in rules)]
        close = get_close_matches(which, names, n=1)
        hint = f"did you mean {close[0]}?" if close else "caretool protocols lists them"
        msg = f"no rule, protocol or kind of item {which!r}"
        raise NotFoundError(msg, hint)
    return found


def _row(protocol: Protocol, rule: Rule) -> dict[str, Any]:
    """All that a rule says, in the words of the file; lists sorted."""
    return {
        "rule": rule.id,
        "title": rule.title,
        "kind": rule.kind,
        "strength": rule.strength.value,
        "protocol": protocol.name,
        "protocol_title": protocol.title,
        "trigger": protocol.trigger,
        "statuses": sorted(rule.statuses),
        "classes": sorted(protocol.classes),
        "dispositions": sorted(protocol.dispositions),
        "diagnoses": sorted(protocol.diagnoses),
        "conditions": sorted(protocol.conditions),
        "heard_within": _text(protocol.heard_within),
        "fills_within": _text(protocol.fills_within),
        "late": _text(protocol.late),
        "late_refills": protocol.late_refills or None,
        "low_reports": protocol.low_reports or None,
        "tier": rule.tier,
        "risk": rule.risk,
        "anchor": rule.anchor,
        "target": str(rule.target),
        "limit": _text(rule.limit),
        "then": [str(span) for span in rule.then],
        "repeat": _text(rule.repeat),
        "stop": _text(rule.stop),
        "done_by": list(rule.done_by),
        "from": _text(rule.counts_from),
        "early": _text(rule.early),
        "again": _text(rule.again),
        "no_later_than": rule.no_later_than,
        "replaces": sorted(rule.replaces),
        "move": rule.move,
        "suspended_by": sorted(rule.suspended_by),
        "asleep": rule.needs is not None,
        "needs": rule.needs,
        "file": rule.origin.file,
        "version": rule.origin.version,
        "source": rule.source,
    }


def _text(value: object) -> str | None:
    return None if value is None else str(value)


def _page(listed: list[tuple[Protocol, Rule]]) -> Iterator[Block]:
    """A heading for each protocol, and its rules beneath in few words."""

    def style(row: Mapping[str, Any]) -> str:
        return "dim" if row["asleep"] else ""

    columns = (
        Column("rule", "rule", show=lambda row: row["rule"].partition("/")[2], style=style),
        Column("title", "what", show=_what, style=style, wrap=True),
        Column("strength", "", style=style),
        Column("target", "target", style=style),
        Column("limit", "limit", style=style),
    )
    protocols = {protocol.name: protocol for protocol, _ in listed}
    for name, protocol in protocols.items():
        rows = tuple(_row(protocol, rule) for _, rule in listed if rule.protocol == name)
        yield Block(
            f"{name}: {protocol.title}",
            lines=(f"{_STARTS[protocol.trigger]}; {_words(protocol.statuses)}",),
            columns=columns,
            rows=rows,
        )


def _what(row: Mapping[str, Any]) -> str:
    """A rule's title; beneath it that it sleeps, or that it is the practice's own."""
    lines = [row["title"]]
    if row["asleep"]:
        lines.append(f"sleeps until measured: {row['needs']}")
    if row["file"] != "built-in":
        lines.append(f"of your own file, {row['version']}")
    return "\n".join(lines)


def _words(codes: frozenset[str]) -> str:
    return ", ".join(sorted(codes)).replace("_", " ")


def _summary(known: Protocols, rows: list[dict[str, Any]]) -> str:
    asleep = sum(row["asleep"] for row in rows)
    words = [f"{len(rows)} rules, {asleep} of them asleep"]
    words += [f"{origin.file} {origin.version}" for origin in known.origins]
    usual = [rule.id for rule in load_protocols().rules]
    out = sorted(set(usual) - {row["rule"] for row in rows})
    if out:
        words.append(f"taken out: {', '.join(out)}")
    return " · ".join(words)


# One rule in full


def _in_full(protocol: Protocol, rule: Rule, known: Protocols, own: Path | None) -> Result:
    row = _row(protocol, rule)
    examples = [
        {"why": one.why, "today": one.today, "expected": _expected(one)}
        for one in _examples(rule, known, own)
    ]
    pairs = [
        ("rule", rule.id),
        ("title", rule.title),
        ("kind", f"{rule.kind}, {row['strength']}"),
        ("protocol", f"{protocol.title} ({protocol.source})"),
        ("starts", _STARTS[protocol.trigger]),
        *((name, _words(codes)) for name, codes in _who(protocol, rule) if codes),
        *((name.replace("_", " "), _shown(row[name])) for name in _STARTS_BY if row[name]),
        ("counted from", _COUNTED_AGAIN if rule.again else _COUNTED.get(rule.anchor, rule.anchor)),
        *((name.replace("_", " "), _shown(row[name])) for name in _WHEN if row[name]),
        ("weekends", f"{_MOVES[rule.move]} when it falls on a closed day"),
        ("asleep", f"until measured: {rule.needs}" if rule.needs else ""),
        ("file", f"{rule.origin.file}, version {rule.origin.version}"),
        ("source", rule.source),
        *(("example", f"{one['why']} → {one['expected']}") for one in examples),
    ]
    return Result(
        data={**row, "protocol_source": protocol.source, "examples": examples},
        blocks=(Block(pairs=tuple((name, text) for name, text in pairs if text), name="rule"),),
    )


_STARTS_BY = ("heard_within", "fills_within", "late", "late_refills", "low_reports")
_WHEN = (
    "target", "limit", "then", "repeat", "stop", "done_by", "from", "early", "again",
    "no_later_than", "replaces", "suspended_by",
)  # fmt: skip


def _who(protocol: Protocol, rule: Rule) -> Iterator[tuple[str, frozenset[str]]]:
    """For whom, as far as the rule says."""
    yield "status", rule.statuses
    yield "tier", frozenset(filter(None, [rule.tier]))
    yield "risk", frozenset(filter(None, [rule.risk]))
    yield "kind of stay", protocol.classes
    yield "went", protocol.dispositions
    yield "diagnosis", protocol.diagnoses
    yield "condition", protocol.conditions


def _shown(value: object) -> str:
    return ", ".join(value) if isinstance(value, list) else str(value)


def _expected(example: worked.Example) -> str:
    """What an example expects, in words: `target 2026-03-09, limit 2026-03-10`."""
    if not example.expected["open"]:
        return "nothing"
    return ", ".join(
        f"{key} {'none' if value is None else value}"
        for key, value in example.expected.items()
        if key not in {"open", "documented"}
    )


def _examples(rule: Rule, known: Protocols, own: Path | None) -> list[worked.Example]:
    """The worked examples of a rule, of the file that it comes from."""
    path = own if own and rule.origin.file != "built-in" else RULES / BUILT_IN
    where = Where(path.name)
    try:
        entries = named(parse_rules(path).get("example", []), where, "example")
    except RuleError:  # check-protocols says what is wrong with them
        return []
    found, _ = worked.read(entries, where, known)
    return [one for one in found if one.rule == rule.id]
