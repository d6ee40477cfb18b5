"""The tables of the rule files as records: what each key may say, and what makes no sense together.

A mistake is a `RuleError` that names file, line and rule.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, NamedTuple, NoReturn

from caretool import diagnoses
from caretool.errors import RuleError
from caretool.model import PatientClass, Status, Strength, Tier
from caretool.protocols import Origin, Protocol, Raise, Rule, Span

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

Table = dict[str, Any]

TRIGGERS = (
    "discharge", "ed_visit", "enrolment", "status", "condition", "candidate", "referral",
    "request", "appointment", "unreached", "facility", "supply", "adherence",
)  # fmt: skip
DONE_BY = (
    "contact", "visit", "letter", "facility", "appointment", "reconciliation", "decision",
    "closing",
)  # fmt: skip
_WITH_TOPIC = re.compile(r"(visit|topic):[a-z0-9_]+")
_OF_KIND = re.compile(r"(limit of|after) ([a-z0-9_]+)")
_NAME = re.compile(r"[a-z0-9_]+")
_UNITS = ("day", "business day", "week", "month")
_HEADER = re.compile(r"^[ \t]*\[+[ \t]*([a-z_.]+)", re.MULTILINE)
_SPAN = re.compile(r"(\d{1,4}) (business day|day|week|month)s?( before)?")
# As tuples: to walk an enumeration for each word costs more than to read the file
_STRENGTHS, _TIERS, _STATUSES = tuple(Strength), tuple(Tier), tuple(Status)
_CLASSES = tuple(PatientClass)
_MOVES = ("later", "earlier", "stay")
MEANINGS = ("yes", "review", "hold", "never", "ignore")
_WENT = (*MEANINGS, "unknown")
# Of these the day is known, or counts, before it comes
_AHEAD = ("appointment", "supply", "adherence")
_RAISES = ("transition", "lace", "admissions", "ed_visits")
# The keys of each table; True where every table must have it.
_RULE_KEYS = {
    "name": True, "title": True, "kind": True, "strength": True, "anchor": False, "target": True,
    "limit": False, "then": False, "repeat": False, "stop": False, "done_by": False, "from": False,
    "early": False, "again": False, "no_later_than": False, "replaces": False, "move": False,
    "tier": False, "risk": False, "statuses": False, "suspended_by": False, "retry": False,
    "documents": False, "needs": False, "source": True, "off": False,
}  # fmt: skip
_PROTOCOL_KEYS = {
    "name": True, "title": True, "trigger": True, "statuses": True, "classes": False,
    "dispositions": False, "diagnoses": False, "or_on_file": False, "conditions": False,
    "chronic_groups": False, "no_stay_within": False, "heard_within": False, "period": False,
    "fills_within": False, "late": False, "late_refills": False, "low_reports": False,
    "rule": True, "source": True, "off": False,
}  # fmt: skip
_RAISE_KEYS = {
    "by": True, "after": True, "at_least": False, "hospital": False, "words": True,
    "source": True, "off": False,
}  # fmt: skip
FILE_KEYS = {
    "version": True, "calendar": False, "default_tier": False, "retry": False, "spread": False,
    "second_discharge": False, "topics": False, "attempts": False, "ladder": False, "raise": False,
    "protocol": False, "example": False,
}  # fmt: skip


class PlacedError(RuleError):
    """A mistake in a file of rules that knows its place and what is wrong there."""

    def __init__(self, where: Where, what: str, hint: str) -> None:
        super().__init__(f"{where}: {what}", hint)
        self.where = where
        self.what = what


class Where(NamedTuple):
    """A place in a file of rules, for messages: `protocols.toml, line 42, transition/contact`."""

    file: str
    text: str = ""
    table: str = ""
    names: tuple[str, ...] = ()
    number: int = 0
    """The line, where it is known already."""
    is_own: bool = False
    """A practice's own file, of which everything is checked."""

    def __str__(self) -> str:
        parts = [self.file]
        if line := self.line:
            parts.append(f"line {line}")
        if named := self.named:
            parts.append(named)
        return ", ".join(parts)

    @property
    def named(self) -> str:
        """The rule or table that is meant, such as `transition/contact`; empty for the file."""
        return " ".join(filter(None, (self.table, "/".join(self.names))))

    @property
    def line(self) -> int:
        """On which line the innermost table that is named begins; 0 when it cannot be found."""
        if self.number:
            return self.number
        if not self.names:
            found = re.search(rf"^[ \t]*\[*({re.escape(self.table)})\b", self.text, re.MULTILINE)
            return self._line_of(found.start(1)) if self.table and found else 0
        headers = list(_HEADER.finditer(self.text))
        ends = [*(header.start() for header in headers[1:]), len(self.text)]
        place, inside, inner = 0, False, "/".join(self.names[1:])
        for header, end in zip(headers, ends, strict=False):  # without any, there is one end
            if header[1] == (self.table or "protocol"):
                inside = self._is_called(self.names[0], header.end(), end)
                if inside and (not place or len(self.names) == 1):
                    place = header.end()
            elif header[1] == "protocol.rule" and inside and inner:
                place = header.end() if self._is_called(inner, header.end(), end) else place
        return self._line_of(place) if place else 0

    def _is_called(self, name: str, start: int, end: int) -> bool:
        pattern = re.compile(rf"\b(?:name|by)\s*=\s*[\"']{re.escape(name)}[\"']")
        return pattern.search(self.text, start, end) is not None

    def _line_of(self, place: int) -> int:
        return self.text.count("\n", 0, place) + 1

    def refuse(self, what: str, hint: str) -> NoReturn:
        """Raise the RuleError that something at this place is wrong."""
        raise PlacedError(self, what, hint)


def parse_span(text: object, where: Where, key: str, *, before: bool = False) -> Span:
    """Read `7 days`, `2 business days` or, where that may be, `7 days before`; raises RuleError."""
    match = _SPAN.fullmatch(text) if isinstance(text, str) else None
    if match is None or (match[3] and not before):
        units = ", ".join(f"{unit}s" for unit in _UNITS)
        where.refuse(f"{key} {text!r} is no length of time", f"a number and one of: {units}")
    return Span(-int(match[1]) if match[3] else int(match[1]), match[2])


def check_keys(entry: Table, keys: dict[str, bool], where: Where) -> None:
    """Refuse unknown keys and missing ones; `keys` says which ones every table must have."""
    if not isinstance(entry, dict):
        where.refuse("not a table", "see the comments at the top of the built-in file")
    unknown = sorted(entry.keys() - keys.keys())
    if unknown:
        where.refuse(f"unknown key {unknown[0]!r}", f"known keys: {', '.join(keys)}")
    missing = [key for key, required in keys.items() if required and key not in entry]
    if missing:
        hint = "every rule states it; see the comments at the top of the built-in file"
        where.refuse(f"no {missing[0]!r}", hint)


def check_words(words: object, known: Sequence[str], where: Where, what: str) -> None:
    """Each word is one of those that are known; a mistyped one would never come true."""
    if not isinstance(words, list):
        where.refuse(f"{what} {words!r} is no list", f'write it as ["{known[0]}"]')
    for word in words:
        if word not in known:
            where.refuse(f"{what} {word!r}", f"one of: {', '.join(known)}")


def parse_text(entry: Table, key: str, where: Where) -> str:
    """A text that is not empty."""
    value = entry[key]
    if not isinstance(value, str) or not value.strip():
        where.refuse(f"{key} is empty or no text", "write it in quotes")
    return value


def topics(entry: Table, where: Where) -> list[str]:
    """What a file says that a contact can be about; nothing where it says nothing."""
    words = entry.get("topics", [])
    where = where._replace(table="topics")
    if not isinstance(words, list):
        where.refuse("topics is no list", 'write it as ["goal_review"]')
    for word in words:
        if not isinstance(word, str) or not _NAME.fullmatch(word):
            where.refuse(f"topic {word!r}", "small letters, digits and _ only")
    return words


def flag(entry: Table, key: str, where: Where, *, default: bool = False) -> bool:
    """True or false, `default` where nothing is said."""
    value = entry.get(key, default)
    if not isinstance(value, bool):
        where.refuse(f"{key} {value!r}", "true or false")
    return value


def number(entry: Table, key: str, where: Where, default: int | None = None) -> int:
    """A whole number, `default` where nothing is said."""
    value = entry.get(key, default)
    if type(value) is not int or value < 0:
        where.refuse(f"{key} {value!r} is no whole number", "write it without quotes")
    return value


def parse_rule(entry: Table, protocol: Protocol, where: Where, origin: Origin) -> Rule:
    """One rule of a protocol of which the head is known."""
    where = where._replace(names=(protocol.name, str(entry.get("name", "?"))))
    check_keys(entry, _RULE_KEYS, where)
    check_words([entry["strength"]], _STRENGTHS, where, "strength")
    check_words([entry.get("move", "stay")], _MOVES, where, "move")
    if "tier" in entry:
        check_words([entry["tier"]], _TIERS, where, "tier")
    if "risk" in entry:
        check_words([entry["risk"]], ("high", "moderate"), where, "risk")
    statuses = entry.get("statuses", sorted(protocol.statuses))
    check_words(statuses, sorted(protocol.statuses), where, "status")
    strength = Strength(entry["strength"])
    usual = ["facility"] if strength == Strength.MUST else ["facility", "hold"]
    suspended = entry.get("suspended_by", usual)
    check_words(suspended, ("hold", "facility"), where, "suspended_by")
    then = entry.get("then", [])
    if not isinstance(then, list):
        where.refuse("then is no list", 'write it as ["14 days", "21 days"]')

    def span(key: str, *, before: bool = False) -> Span | None:
        return parse_span(entry[key], where, key, before=before) if key in entry else None

    rule = Rule(
        protocol=protocol.name,
        name=_word(entry, "name", where),
        title=parse_text(entry, "title", where),
        kind=_word(entry, "kind", where),
        strength=strength,
        anchor=_anchor(entry.get("anchor", "last_contact"), where),
        target=parse_span(entry["target"], where, "target", before=True),
        source=parse_text(entry, "source", where),
        origin=origin,
        limit=span("limit"),
        then=tuple(parse_span(one, where, "then") for one in then),
        repeat=span("repeat"),
        stop=span("stop"),
        done_by=_done_by(entry.get("done_by", ["contact"]), where),
        counts_from=span("from", before=True),
        early=span("early"),
        again=span("again"),
        no_later_than=_word(entry, "no_later_than", where) if "no_later_than" in entry else None,
        replaces=_replaced(entry.get("replaces", []), where),
        move=entry.get("move", "stay"),
        tier=entry.get("tier"),
        risk=entry.get("risk"),
        statuses=frozenset(statuses),
        suspended_by=frozenset(suspended),
        retry=flag(entry, "retry", where, default=True),
        documents=flag(entry, "documents", where),
        needs=parse_text(entry, "needs", where) if "needs" in entry else None,
    )
    _check_rule(rule, protocol, where)
    return rule


def _word(entry: Table, key: str, where: Where) -> str:
    text = parse_text(entry, key, where)
    if not _NAME.fullmatch(text):
        where.refuse(f"{key} {text!r}", "small letters, digits and _ only")
    return text


def _anchor(text: object, where: Where) -> str:
    plain = ("event", "last_contact", "last_done")
    if text not in plain and not (isinstance(text, str) and _OF_KIND.fullmatch(text)):
        where.refuse(f"anchor {text!r}", f"one of: {', '.join(plain)}, limit of KIND, after KIND")
    return str(text)


def _done_by(words: object, where: Where) -> tuple[str, ...]:
    if not isinstance(words, list) or not words:
        where.refuse(f"done_by {words!r}", 'a list, such as ["contact"]')
    for word in words:
        if word not in DONE_BY and not (isinstance(word, str) and _WITH_TOPIC.fullmatch(word)):
            hint = f"one of: {', '.join(DONE_BY)}, visit:TOPIC, topic:TOPIC"
            where.refuse(f"done_by {word!r}", hint)
    return tuple(words)


def _replaced(kinds: object, where: Where) -> frozenset[str]:
    if not isinstance(kinds, list) or not all(isinstance(kind, str) for kind in kinds):
        where.refuse(f"replaces {kinds!r} is no list of kinds", 'write it as ["routine"]')
    return frozenset(kinds)


def _check_rule(rule: Rule, protocol: Protocol, where: Where) -> None:
    """What each word allows by itself may still make no sense together."""
    again = rule.anchor in {"last_contact", "last_done"}
    if again and not rule.target.count:
        where.refuse("an interval of 0", "say after how long it comes again: target")
    if again and (rule.then or rule.repeat):
        hint = f'{rule.anchor} already counts anew each time; anchor = "event" has steps'
        where.refuse("then or repeat with such an anchor", hint)
    if rule.repeat is not None:
        if not rule.repeat.count:
            where.refuse("a repeat without interval", "say after how long: repeat")
        units = {rule.target.unit, (rule.limit or rule.target).unit, rule.repeat.unit}
        if len(units) > 1 or rule.then:
            hint = "count them alike, and leave then away"
            where.refuse("target, limit and repeat in different units", hint)
    if rule.then and rule.limit:
        where.refuse("a limit with then", "each target of then stands for itself")
    if rule.again is not None:
        if rule.anchor != "last_done" or rule.limit:
            where.refuse("again", 'only with anchor = "last_done", without limit')
        if not rule.again.count:
            where.refuse("again without interval", "say after how long it comes again")
    if rule.stop is not None and rule.repeat is None:
        where.refuse("stop without repeat", "stop ends a repeat; leave it away")
    if rule.early is not None and rule.early.unit != "day":
        where.refuse(f"early {rule.early}", "count it in days")
    limit = rule.limit
    if limit is not None and limit.unit == rule.target.unit and limit.count < rule.target.count:
        where.refuse(f"limit {limit} before target {rule.target}", "the limit comes last")
    for key, ahead in (("target", rule.target), ("from", rule.counts_from)):
        if ahead is not None and ahead.count < 0 and protocol.trigger not in _AHEAD:
            where.refuse(f"{key} {ahead}", f"only with a trigger of: {', '.join(_AHEAD)}")
    if rule.target.count < 0 and (rule.anchor != "event" or rule.then or rule.repeat):
        where.refuse(f"target {rule.target}", 'only with anchor = "event", without then or repeat')
    if rule.tier is not None and protocol.trigger != "status":
        where.refuse("tier", "only a protocol with trigger status goes by tier; use risk")


def parse_protocol(entry: Table, file: Where, origins: Mapping[str, Origin]) -> Protocol:
    """A protocol with its rules; `origins` says from which file each rule comes."""
    protocol = parse_head(entry, file)
    rules = [
        parse_rule(one, protocol, file, origins[f"{protocol.name}/{one.get('name', '?')}"])
        for one in entry["rule"]
        if not is_off(one, file._replace(names=(protocol.name, str(one.get("name", "?")))))
    ]
    check_together(rules, file._replace(names=(protocol.name,)))
    return protocol._replace(rules=tuple(rules))


def is_off(entry: Table, where: Where) -> bool:
    """Has the practice taken this out?"""
    return flag(entry, "off", where)


def parse_head(entry: Table, file: Where) -> Protocol:
    """A protocol without its rules: what starts it, and for whom."""
    where = file._replace(names=(str(entry.get("name", "?")),))
    check_keys(entry, _PROTOCOL_KEYS, where)
    check_words([entry["trigger"]], TRIGGERS, where, "trigger")
    check_words(entry["statuses"], _STATUSES, where, "status")
    check_words(entry.get("classes", []), _CLASSES, where, "class")
    check_words(entry.get("dispositions", []), _WENT, where, "disposition")
    for key in ("diagnoses", "conditions"):
        if key in entry and file.is_own:  # tests hold the built-in file; why read another for it
            check_words(entry[key], sorted(diagnoses.known()), where, key)
    late = _optional_span(entry, "late", where)
    if late is not None and late.unit != "day":
        where.refuse(f"late {late}", "count it in days")
    return Protocol(
        name=_word(entry, "name", where),
        title=parse_text(entry, "title", where),
        trigger=entry["trigger"],
        statuses=frozenset(entry["statuses"]),
        rules=(),
        source=parse_text(entry, "source", where),
        classes=frozenset(entry.get("classes", ())),
        dispositions=frozenset(entry.get("dispositions", ())),
        diagnoses=frozenset(entry.get("diagnoses", ())),
        or_on_file=flag(entry, "or_on_file", where),
        conditions=frozenset(entry.get("conditions", ())),
        chronic_groups=number(entry, "chronic_groups", where, 0),
        no_stay_within=_optional_span(entry, "no_stay_within", where),
        heard_within=_optional_span(entry, "heard_within", where),
        period=_optional_span(entry, "period", where),
        fills_within=_optional_span(entry, "fills_within", where),
        late=late,
        late_refills=number(entry, "late_refills", where, 0),
        low_reports=number(entry, "low_reports", where, 0),
    )


def _optional_span(entry: Table, key: str, where: Where) -> Span | None:
    return parse_span(entry[key], where, key) if key in entry else None


def check_together(rules: list[Rule], where: Where) -> None:
    """Names are given once; rules that refer to each other exist and do not go in a circle."""
    names = [rule.name for rule in rules]
    for name in names:
        if names.count(name) > 1:
            where.refuse(f"two rules called {name!r}", "give each a name of its own")
    refers: dict[str, set[str]] = {}
    for rule in rules:
        found = _OF_KIND.fullmatch(rule.anchor)
        for kind in filter(None, (found and found[2], rule.no_later_than)):
            if kind not in {other.kind for other in rules}:
                place = where._replace(names=(rule.protocol, rule.name))
                place.refuse(f"no rule of kind {kind!r} in it", "name a kind of this protocol")
            refers.setdefault(rule.kind, set()).add(kind)
    for kind in refers:
        seen, todo = set(), set(refers[kind])
        while todo:
            other = todo.pop()
            if other == kind:
                where.refuse(f"a circle: {kind} is counted from itself", "break the circle")
            if other not in seen:
                seen.add(other)
                todo |= refers.get(other, set())


def parse_raise(entry: Table, where: Where) -> Raise:
    """What raises a tier by itself."""
    where = where._replace(table="raise", names=(str(entry.get("by", "?")),))
    check_keys(entry, _RAISE_KEYS, where)
    check_words([entry["by"]], _RAISES, where, "by")
    return Raise(
        by=entry["by"],
        after=parse_span(entry["after"], where, "after"),
        words=parse_text(entry, "words", where),
        source=parse_text(entry, "source", where),
        at_least=number(entry, "at_least", where, 1),
        hospital=flag(entry, "hospital", where),
    )
