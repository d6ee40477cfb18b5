"""What do the rules say? Loads and checks `rules/*.toml` into frozen records.

Clinical numbers live in those files, each with its source; this module only knows their grammar.
A mistake in a file is a `RuleError` that names the file and the rule, never a silent default.
"""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple

from caretool.errors import RuleError
from caretool.model import CloseReason, Party, PatientClass, Status, Strength, Tier
from caretool.rules import read_rules

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_UNITS = ("day", "business day", "week", "month")
_SPAN = re.compile(r"(\d+) (business day|day|week|month)s?")


class Span(NamedTuple):
    """A length of time as care rules state it; `unit` is day, business day, week or month."""

    count: int  # type: ignore[assignment]  # nobody counts the parts of a span
    unit: str

    def __str__(self) -> str:
        return f"{self.count} {self.unit}{'' if self.count == 1 else 's'}"


class Rule(NamedTuple):
    """One rule of a protocol: what is due, counted how, and on whose authority."""

    protocol: str
    name: str
    title: str
    kind: str
    strength: Strength
    anchor: str
    target: Span
    limit: Span | None
    move: str
    tier: str | None
    source: str


class Protocol(NamedTuple):
    """A set of rules with what starts them and to whom they apply."""

    name: str
    title: str
    trigger: str
    statuses: frozenset[str]
    classes: frozenset[str]
    dispositions: frozenset[str]
    rules: tuple[Rule, ...]
    source: str


class Outcome(NamedTuple):
    """What one contact outcome means; the flags are explained in `rules/outcomes.toml`."""

    code: str
    label: str
    reached: bool
    counts: bool
    attempt: bool
    closes: str | None
    facility: bool
    party: str


class Disposition(NamedTuple):
    """What one UB-04 patient status means for the contact after a discharge."""

    code: str
    label: str
    transition: str
    first: bool


class Protocols(NamedTuple):
    """All care rules in force, as the schedule needs them."""

    version: str
    calendar: str
    default_tier: str
    retry: Span
    transition: Protocol
    routine: Mapping[str, Rule]
    routine_protocol: Protocol
    request: Protocol
    outcomes: Mapping[str, Outcome]
    dispositions: Mapping[str, Disposition]

    def disposition_meaning(self, code: str | None) -> str:
        """What a disposition code means: yes, review, hold, never, ignore or unknown."""
        known = self.dispositions.get(code) if code else None
        return known.transition if known else "unknown"


def parse_span(text: object, where: str) -> Span:
    """Read `7 days` or `2 business days`; raises RuleError naming `where`."""
    match = _SPAN.fullmatch(text) if isinstance(text, str) else None
    if match is None:
        msg = f"{where}: {text!r} is not a length of time"
        raise RuleError(msg, f"write a number and one of: {', '.join(f'{u}s' for u in _UNITS)}")
    return Span(int(match[1]), match[2])


_MEANINGS = ("yes", "review", "hold", "never", "ignore")
_TRIGGERS = ("discharge", "status", "request")
_ANCHORS = ("discharge", "last_contact", "request")
_MOVES = ("later", "earlier", "stay")
_RULE_KEYS = {
    "name": True, "title": True, "kind": True, "strength": True, "anchor": True,
    "target": True, "limit": False, "move": False, "tier": False, "source": True,
}  # fmt: skip
_PROTOCOL_KEYS = {
    "name": True, "title": True, "trigger": True, "statuses": True, "classes": False,
    "dispositions": False, "rule": True, "source": True,
}  # fmt: skip
_OUTCOME_KEYS = {
    "code": True, "label": True, "reached": False, "counts": False, "attempt": False,
    "closes": False, "facility": False, "party": False,
}  # fmt: skip
_DISPOSITION_KEYS = {
    "code": True, "label": True, "transition": True, "first": False,
}  # fmt: skip
_FILE_KEYS = {
    "version": True, "calendar": True, "default_tier": True, "retry": True, "protocol": True,
}  # fmt: skip


def _check_keys(entry: dict[str, Any], keys: dict[str, bool], where: str) -> None:
    unknown = sorted(set(entry) - set(keys))
    if unknown:
        msg = f"{where}: unknown key {unknown[0]!r}"
        raise RuleError(msg, f"known keys: {', '.join(keys)}")
    missing = [key for key, required in keys.items() if required and key not in entry]
    if missing:
        msg = f"{where}: no {missing[0]!r}"
        raise RuleError(msg, "every rule states it; see the comments at the top of the file")


def _check_words(words: Iterable[object], known: Iterable[str], where: str) -> None:
    """Each word is one of those that are known; a mistyped one would never come true."""
    for word in words:
        if word not in tuple(known):
            msg = f"{where} {word!r}"
            raise RuleError(msg, f"one of: {', '.join(known)}")


def _rule(entry: dict[str, Any], protocol: str) -> Rule:
    where = f"protocols.toml, {protocol}/{entry.get('name', '?')}"
    _check_keys(entry, _RULE_KEYS, where)
    move = entry.get("move", "stay")
    _check_words([entry["strength"]], Strength, f"{where}: strength")
    _check_words([entry["anchor"]], _ANCHORS, f"{where}: anchor")
    _check_words([move], _MOVES, f"{where}: move")
    if "tier" in entry:
        _check_words([entry["tier"]], Tier, f"{where}: tier")
    limit = entry.get("limit")
    return Rule(
        protocol=protocol,
        name=entry["name"],
        title=entry["title"],
        kind=entry["kind"],
        strength=Strength(entry["strength"]),
        anchor=entry["anchor"],
        target=parse_span(entry["target"], where),
        limit=None if limit is None else parse_span(limit, where),
        move=move,
        tier=entry.get("tier"),
        source=entry["source"],
    )


def _protocol(entry: dict[str, Any]) -> Protocol:
    name = str(entry.get("name", "?"))
    where = f"protocols.toml, {name}"
    _check_keys(entry, _PROTOCOL_KEYS, where)
    _check_words([entry["trigger"]], _TRIGGERS, f"{where}: trigger")
    _check_words(entry["statuses"], Status, f"{where}: status")
    _check_words(entry.get("classes", ()), PatientClass, f"{where}: class")
    _check_words(entry.get("dispositions", ()), (*_MEANINGS, "unknown"), f"{where}: disposition")
    return Protocol(
        name=name,
        title=entry["title"],
        trigger=entry["trigger"],
        statuses=frozenset(entry["statuses"]),
        classes=frozenset(entry.get("classes", ())),
        dispositions=frozenset(entry.get("dispositions", ())),
        rules=tuple(_rule(rule, name) for rule in entry["rule"]),
        source=entry["source"],
    )


def _outcome(entry: dict[str, Any]) -> Outcome:
    where = f"outcomes.toml, {entry.get('code', '?')}"
    _check_keys(entry, _OUTCOME_KEYS, where)
    _check_words([entry.get("party", "patient")], Party, f"{where}: party")
    if "closes" in entry:
        _check_words([entry["closes"]], CloseReason, f"{where}: closes")
    return Outcome(
        code=entry["code"],
        label=entry["label"],
        reached=entry.get("reached", False),
        counts=entry.get("counts", False),
        attempt=entry.get("attempt", False),
        closes=entry.get("closes"),
        facility=entry.get("facility", False),
        party=entry.get("party", "patient"),
    )


def _disposition(entry: dict[str, Any]) -> Disposition:
    where = f"dispositions.toml, {entry.get('code', '?')}"
    _check_keys(entry, _DISPOSITION_KEYS, where)
    _check_words([entry["transition"]], _MEANINGS, f"{where}: transition")
    return Disposition(
        entry["code"], entry["label"], entry["transition"], entry.get("first", False)
    )


@cache
def load_outcomes() -> Mapping[str, Outcome]:
    """Every contact outcome by its code."""
    entries = read_rules("outcomes.toml")["outcome"]
    return {outcome.code: outcome for outcome in map(_outcome, entries)}


@cache
def load_conditions() -> Mapping[str, tuple[str, ...]]:
    """The conditions that have a code of ours, with their ICD-10 prefixes (without the dot)."""
    entries = read_rules("conditions.toml")["condition"]
    return {entry["code"]: tuple(entry["icd10"]) for entry in entries}


@cache
def load_protocols() -> Protocols:
    """The care rules in force; raises RuleError when a file does not keep its own grammar."""
    raw = read_rules("protocols.toml")
    _check_keys(raw, _FILE_KEYS, "protocols.toml")
    by_trigger: dict[str, Protocol] = {}
    for protocol in map(_protocol, raw["protocol"]):
        if protocol.trigger in by_trigger:
            msg = f"protocols.toml, {protocol.name}: a second protocol with {protocol.trigger!r}"
            raise RuleError(msg, "put its rules into the first one")
        by_trigger[protocol.trigger] = protocol
    for trigger in _TRIGGERS:
        if trigger not in by_trigger:
            msg = f"protocols.toml: no protocol with trigger {trigger!r}"
            raise RuleError(msg, "the built-in file has one for each")
    routine = by_trigger["status"]
    by_tier = {rule.tier: rule for rule in routine.rules if rule.tier}
    for tier in Tier:
        if tier not in by_tier:
            msg = f"protocols.toml, {routine.name}: no rule for tier {tier.value!r}"
            raise RuleError(msg, "every tier has its interval")
    _check_words([raw["default_tier"]], Tier, "protocols.toml: default_tier")
    dispositions = map(_disposition, read_rules("dispositions.toml")["disposition"])
    return Protocols(
        version=raw["version"],
        calendar=raw["calendar"],
        default_tier=raw["default_tier"],
        retry=parse_span(raw["retry"].get("after"), "protocols.toml, retry"),
        transition=by_trigger["discharge"],
        routine=by_tier,
        routine_protocol=routine,
        request=by_trigger["request"],
        outcomes=load_outcomes(),
        dispositions={disposition.code: disposition for disposition in dispositions},
    )
