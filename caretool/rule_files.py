"""Reads the files that hold the care rules: the built-in ones and a practice's own.

A practice's file (`protocols.toml` beside the care file, or `CARETOOL_PROTOCOLS`) changes rules by
name: what it says of a protocol or a rule replaces what the built-in file says, the rest stays;
`off = true` takes a protocol or a rule out; a new name adds one. A mistake anywhere in it leaves
the built-in rules untouched: they are never half changed.
"""

from __future__ import annotations

from functools import cache, partial
from typing import TYPE_CHECKING, NamedTuple

from caretool import rule_tables as tables
from caretool.model import CloseReason, Party, Tier
from caretool.protocols import Attempts, Disposition, Ladder, Origin, Outcome, Protocols
from caretool.rule_tables import FILE_KEYS, TRIGGERS, Table, Where
from caretool.rules import RULES, read_file, read_rules

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from caretool.protocols import Protocol, Rule, Span

BUILT_IN = "protocols.toml"
_OUTCOME_KEYS = {
    "code": True, "label": True, "reached": False, "counts": False, "attempt": False,
    "closes": False, "facility": False, "party": False, "visit": False, "letter": False,
    "bad_number": False,
}  # fmt: skip
_DISPOSITION_KEYS = {
    "code": True, "label": True, "transition": True, "first": False,
}  # fmt: skip
_LADDER_KEYS = dict.fromkeys(Ladder._fields, True)
_ATTEMPTS_KEYS = dict.fromkeys(Attempts._fields, True)


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
def load_topics() -> tuple[str, ...]:
    """The built-in codes of what a contact can be about; a practice's file may add to them."""
    return tuple(read_rules(BUILT_IN)["topics"])


class MissedDoses(NamedTuple):
    """How patients are asked of missed doses, and why doses are missed."""

    questions: Mapping[int, str]
    """By the days that are asked of, the question."""
    reasons: Mapping[str, str]
    """By code, how the reason reads."""


@cache
def load_missed_doses() -> MissedDoses:
    """What is asked of missed doses; raises RuleError when the file does not keep its grammar."""
    raw = read_rules("missed-doses.toml")
    where = Where("missed-doses.toml")
    questions, reasons = {}, {}
    for entry in named(raw.get("question"), where, "question"):
        tables.check_keys(entry, {"days": True, "text": True}, where)
        questions[tables.number(entry, "days", where)] = tables.parse_text(entry, "text", where)
    for entry in named(raw.get("reason"), where, "reason"):
        tables.check_keys(entry, {"code": True, "label": True}, where)
        code = tables.parse_text(entry, "code", where)
        reasons[code] = tables.parse_text(entry, "label", where)
    return MissedDoses(questions, reasons)


class Tables(NamedTuple):
    """The tables of the files in force, the practice's changes made, not yet checked as records."""

    raw: Table
    where: Where
    """The practice's own file if there is one: only its changes can be wrong."""
    origins: dict[str, Origin]
    """By rule, such as `transition/contact`."""
    files: tuple[Origin, ...]


@cache
def load_protocols(own: Path | None = None) -> Protocols:
    """The care rules in force: the built-in ones, changed by the practice's own file if it has one.

    Raises:
        RuleError: a file does not keep its own grammar; names file, line and rule.
    """
    return build(merged_tables(own))


def merged_tables(own: Path | None = None) -> Tables:
    """The tables of the built-in file, changed by name by those of the practice's own file.

    Raises:
        RuleError: a file cannot be read, or its tables have no names to know them by.
    """
    text, raw = read_file(RULES / BUILT_IN)
    place = Where(f"built-in {BUILT_IN}", text)
    tables.check_keys(
        raw, FILE_KEYS | dict.fromkeys(("calendar", "default_tier", "protocol"), True), place
    )
    origin = Origin("built-in", tables.parse_text(raw, "version", place))
    merged = {**raw, **{key: read_rules("outcomes.toml")[key] for key in ("attempts", "ladder")}}
    origins = {
        f"{protocol.get('name', '?')}/{rule.get('name', '?')}": origin
        for protocol in raw["protocol"]
        for rule in protocol.get("rule", ())
    }
    if own is None:
        return Tables(merged, place, origins, (origin,))
    own_text, changes = read_file(own)
    place = Where(own.name, own_text, is_own=True)
    tables.check_keys(changes, FILE_KEYS, place)
    second = Origin(str(own), tables.parse_text(changes, "version", place))
    merged = _merged(merged, changes, place, origins, second)
    return Tables(merged, place, origins, (origin, second))


def named(entries: object, where: Where, table: str) -> list[Table]:
    """The tables of an array of tables; raises RuleError where it is none."""
    if not isinstance(entries, list) or not all(isinstance(one, dict) for one in entries):
        where._replace(table=table).refuse("not an array of tables", f"write [[{table}]]")
    return entries


def _merged(
    base: Table, own: Table, where: Where, origins: dict[str, Origin], second: Origin
) -> Table:
    """The built-in tables with the practice's changes, by name."""
    merged = {**base, **{key: own[key] for key in own if key not in {"protocol", "raise"}}}
    tables.topics(own, where)
    merged["topics"] = [*base["topics"], *own.get("topics", ())]
    for key in ("attempts", "ladder"):
        if key in own and isinstance(own[key], dict):
            merged[key] = {**base[key], **own[key]}
    raises = {one["by"]: one for one in base["raise"]}
    place = where._replace(table="raise")
    for by, one in _by_name(own.get("raise", []), "by", place, "raise"):
        raises[by] = {**raises.get(by, {}), **one}
    merged["raise"] = list(raises.values())
    protocols = {one["name"]: one for one in base["protocol"]}
    for name, one in _by_name(own.get("protocol", []), "name", where, "protocol"):
        place = where._replace(names=(name,))
        _must_be_known(name, one, "trigger", protocols, place)
        before = protocols.get(name, {})
        rules = {rule["name"]: rule for rule in before.get("rule", ())}
        for called, rule in _by_name(one.get("rule", []), "name", place, "protocol.rule"):
            _must_be_known(called, rule, "kind", rules, where._replace(names=(name, called)))
            rules[called] = _changed(rules.get(called, {}), rule, second)
            origins[f"{name}/{called}"] = second
        protocols[name] = {**before, **one, "rule": list(rules.values())}
    merged["protocol"] = list(protocols.values())
    return merged


def _changed(before: Table, rule: Table, origin: Origin) -> Table:
    """A rule with the practice's changes.

    Where its dates change, the built-in title and source no longer speak for them: unless the
    practice gives its own, the title says what was changed, and the source that there is none.
    """
    after = {**before, **rule}
    dates = [key for key in ("target", "limit") if key in rule and rule[key] != before.get(key)]
    if before and dates:
        said = ", ".join(f"{key} {rule[key]}" for key in dates)
        after["title"] = rule.get("title", f"{before['title']} (changed: {said})")
        after["source"] = rule.get("source", f"{origin.version}, no source given")
    return after


def _by_name(entries: object, key: str, where: Where, table: str) -> Iterator[tuple[str, Table]]:
    """The practice's tables with the names by which they change others, each given once."""
    seen = set()
    for one in named(entries, where, table):
        name = one.get(key)
        if not isinstance(name, str):
            where.refuse(f"a [[{table}]] without {key}", f'write {key} = "…"')
        if name in seen:
            again = where._replace(names=(*where.names, name))
            again.refuse(f"two [[{table}]] of that name", "put both into the first one")
        seen.add(name)
        yield name, one


def _must_be_known(
    name: str, entry: Table, sign: str, known: Mapping[str, Table], where: Where
) -> None:
    """What has not the key that every new one has is meant to change one; is it there?"""
    if name in known or sign in entry:
        return
    from difflib import get_close_matches

    close = get_close_matches(name, known, n=1)
    which = f"did you mean {close[0]}?" if close else f"there are: {', '.join(known) or 'none'};"
    where.refuse("nothing of that name to change", f"{which} a new one says all, also {sign}")


def build(found: Tables) -> Protocols:
    """The tables as records; raises RuleError at the first that does not keep its grammar."""
    raw, where = found.raw, found.where
    by_trigger: dict[str, list[Protocol]] = {trigger: [] for trigger in TRIGGERS}
    names: set[str] = set()
    for entry in in_force(raw["protocol"], where, "protocol"):
        protocol = tables.parse_protocol(entry, where, found.origins)
        if protocol.name in names:
            hint = "put its rules into the first one"
            where._replace(names=(protocol.name,)).refuse("a second protocol of that name", hint)
        names.add(protocol.name)
        by_trigger[protocol.trigger].append(protocol)
    routine = _routine(by_trigger["status"], where)
    table = partial(_table_span, raw, where)
    usual = where._replace(table="default_tier")
    tables.check_words([raw["default_tier"]], tuple(Tier), usual, "default_tier")
    raises = in_force(raw.get("raise", []), where, "raise")
    dispositions = map(_disposition, read_rules("dispositions.toml")["disposition"])
    return Protocols(
        origins=found.files,
        calendar=tables.parse_text(raw, "calendar", where._replace(table="calendar")),
        default_tier=raw["default_tier"],
        retry=table("retry", "after"),
        spread=table("spread", "days"),
        second_discharge=table("second_discharge", "within"),
        by_trigger={trigger: tuple(several) for trigger, several in by_trigger.items()},
        raises=tuple(tables.parse_raise(one, where) for one in raises),
        attempts=_attempts(raw["attempts"], where),
        ladder=_ladder(raw["ladder"], where),
        outcomes=load_outcomes(),
        dispositions={disposition.code: disposition for disposition in dispositions},
        routine=routine,
        counting=frozenset(one.code for one in load_outcomes().values() if one.counts),
        ending=frozenset(
            one.code for one in load_outcomes().values() if one.closes or one.facility
        ),
        topics=_topics(tables.topics(raw, where), by_trigger),
    )


def in_force(entries: object, where: Where, table: str) -> list[Table]:
    """The tables of an array that have not been taken out with `off = true`."""
    place = where._replace(table="" if table == "protocol" else table)
    key = "by" if table == "raise" else "name"
    return [
        one
        for one in named(entries, where, table)
        if not tables.is_off(one, place._replace(names=(str(one.get(key, "?")),)))
    ]


def _table_span(raw: Table, where: Where, table: str, key: str) -> Span:
    entry, where = raw.get(table), where._replace(table=table)
    if not isinstance(entry, dict):
        where.refuse("not there", f'write [{table}] and {key} = "1 business day"')
    tables.check_keys(entry, {key: True}, where)
    return tables.parse_span(entry[key], where, key)


def _topics(listed: Sequence[str], by_trigger: Mapping[str, list[Protocol]]) -> tuple[str, ...]:
    """What a contact can be about: what is listed, then what else the rules ask for."""
    asked = (
        word.partition(":")[2]
        for several in by_trigger.values()
        for protocol in several
        for rule in protocol.rules
        for word in rule.done_by
    )
    return tuple(filter(None, dict.fromkeys((*listed, *asked))))


def _routine(protocols: list[Protocol], where: Where) -> dict[str, Rule]:
    by_tier = {rule.tier: rule for one in protocols for rule in one.rules if rule.tier}
    for tier in Tier:
        if tier not in by_tier:
            place = where._replace(names=tuple(one.name for one in protocols[:1]))
            place.refuse(f"no rule for tier {tier.value!r}", "every tier has its interval")
    return {str(tier): rule for tier, rule in by_tier.items()}


# The tables of the other files


def _outcome(entry: Table) -> Outcome:
    """What one contact outcome means."""
    where = Where("outcomes.toml", names=(str(entry.get("code", "?")),))
    tables.check_keys(entry, _OUTCOME_KEYS, where)
    tables.check_words([entry.get("party", "patient")], tuple(Party), where, "party")
    if "closes" in entry:
        tables.check_words([entry["closes"]], tuple(CloseReason), where, "closes")
    flags = {
        key: tables.flag(entry, key, where)
        for key in ("reached", "counts", "attempt", "facility", "visit", "letter", "bad_number")
    }
    return Outcome(
        code=entry["code"],
        label=entry["label"],
        closes=entry.get("closes"),
        party=entry.get("party", "patient"),
        **flags,
    )


def _disposition(entry: Table) -> Disposition:
    """What one UB-04 patient status means."""
    where = Where("dispositions.toml", names=(str(entry.get("code", "?")),))
    tables.check_keys(entry, _DISPOSITION_KEYS, where)
    tables.check_words([entry["transition"]], tables.MEANINGS, where, "transition")
    return Disposition(
        entry["code"], entry["label"], entry["transition"], entry.get("first", False)
    )


def _ladder(entry: Table, where: Where) -> Ladder:
    """When trying has been enough for a letter."""
    where = where._replace(table="ladder")
    tables.check_keys(entry, _LADDER_KEYS, where)
    within, rest = (tables.parse_span(entry[key], where, key) for key in ("within", "rest"))
    numbers = {
        key: tables.number(entry, key, where)
        for key in _LADDER_KEYS
        if key not in {"within", "rest"}
    }
    if not numbers["attempts"]:
        where.refuse("attempts 0", "at least one attempt before the letter")
    return Ladder(within=within, rest=rest, **numbers)


def _attempts(entry: Table, where: Where) -> Attempts:
    """What counts as documented attempts."""
    where = where._replace(table="attempts")
    tables.check_keys(entry, _ATTEMPTS_KEYS, where)
    return Attempts(**{key: tables.number(entry, key, where) for key in _ATTEMPTS_KEYS})
