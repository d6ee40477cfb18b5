"""Rules of which nothing can come, or nothing in time: what a file says that is never true.

Each finding is the table, the names in it (protocol, or protocol and rule) and what is wrong.
Dates in the wrong order are looked for on every day of some years of the calendar, because whether
two business days come before three days depends on the day.
"""

from __future__ import annotations

import re
from datetime import date, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING

from caretool import workdays
from caretool.episodes import NOT_STAYS
from caretool.errors import RuleError
from caretool.model import Channel, Status, Strength
from caretool.rule_files import load_conditions
from caretool.rules import read_rules
from caretool.workdays import count_from

if TYPE_CHECKING:
    from collections.abc import Iterator

    from caretool.protocols import Ladder, Protocol, Protocols, Rule, Span
    from caretool.workdays import Calendar

    Found = Iterator[tuple[str, tuple[str, ...], str]]

_YEARS = 4
_FROM_YEAR = 2025
_LACE_AT_MOST = 19
_KIND = re.compile(r"(limit of|after) (\w+)")
# What a trigger looks at, and what of it must be said for anything to start
_LOOKS_AT = {
    "discharge": {
        "classes", "dispositions", "diagnoses", "or_on_file", "conditions", "chronic_groups",
        "heard_within", "period",
    },
    "ed_visit": {
        "dispositions", "diagnoses", "or_on_file", "conditions", "chronic_groups",
        "no_stay_within", "heard_within", "period",
    },
    "candidate": {"dispositions", "heard_within", "period"},
    "condition": {"conditions"},
    "facility": {"heard_within"},
    "supply": {"heard_within", "fills_within"},
    "adherence": {"fills_within", "late", "late_refills", "low_reports"},
}  # fmt: skip
_NEEDS = {
    "discharge": ("classes", "dispositions"),
    "ed_visit": ("dispositions",),
    "candidate": ("dispositions",),
    "condition": ("conditions",),
}


def come_true(protocols: Protocols, calendar: Calendar) -> Found:
    """All that can never come true, or not in time."""
    everything = [one for several in protocols.by_trigger.values() for one in several]
    for protocol in everything:
        for what in _of_protocol(protocol):
            yield "", (protocol.name,), what
        for rule in protocol.rules:
            for what in (*_of_rule(rule, protocol), *_in_order(rule, calendar)):
                yield "", (protocol.name, rule.name), what
    yield from _replacing(protocols)
    yield from _tiers_twice(protocols)
    yield from _settings(protocols)


def counted_from(rule: Rule) -> set[str]:
    """The kinds of other rules on which this rule's dates depend."""
    found = _KIND.fullmatch(rule.anchor)
    return set(filter(None, (found and found[2], rule.no_later_than)))


def _of_protocol(protocol: Protocol) -> Iterator[str]:
    trigger = protocol.trigger
    if not protocol.rules:
        yield "no rule is left in it (off = true takes it out)"
    if protocol.statuses <= {Status.CLOSED}:
        yield "statuses: nobody is left but the closed, for whom nothing is due"
    for key in _NEEDS.get(trigger, ()):
        if not getattr(protocol, key):
            yield f"no {key}: under trigger {trigger} that starts for nobody"
    looks_at = _LOOKS_AT.get(trigger, set())
    for key in sorted(set().union(*_LOOKS_AT.values())):
        if getattr(protocol, key) and key not in looks_at:
            yield f"{key} has no effect under trigger {trigger}"
    if protocol.dispositions and protocol.dispositions <= {"never", "ignore"}:
        yield "dispositions: after these nothing is ever due"
    if trigger == "discharge" and protocol.classes and protocol.classes <= NOT_STAYS:
        yield "classes: these are visits and no stays; emergency visits have trigger ed_visit"
    if protocol.conditions and protocol.conditions.isdisjoint(load_conditions()):
        yield "conditions: only stays have such a diagnosis, nobody has it on file"
    if protocol.or_on_file and not protocol.diagnoses:
        yield "or_on_file has no effect without diagnoses"
    if protocol.late_refills and not (protocol.late and protocol.late.count):
        yield "late_refills has no effect without late, days without supply"
    groups = len(read_rules("conditions.toml")["high_risk_chronic"])
    if protocol.chronic_groups > groups:
        yield f"chronic_groups {protocol.chronic_groups}: there are {groups}"


def _of_rule(rule: Rule, protocol: Protocol) -> Iterator[str]:
    if rule.statuses <= {Status.CLOSED} and not protocol.statuses <= {Status.CLOSED}:
        yield "statuses: nobody is left but the closed, for whom nothing is due"
    if protocol.trigger == "status" and rule.tier is None:
        yield "no tier: under trigger status every rule belongs to one"
    if protocol.trigger == "facility" and "facility" in rule.suspended_by:
        yield 'suspended by "facility": in a facility it never shows (suspended_by = [] lets it)'
    if rule.kind in rule.replaces:
        yield f"replaces its own kind, {rule.kind}: it never shows"
    if rule.early is not None and not (rule.then or rule.repeat):
        yield "early has no effect without then or repeat"
    if rule.documents and (rule.limit is None or rule.strength != Strength.MUST):
        yield "documents has no effect but with a limit, on a must"
    kind = rule.anchor.removeprefix("limit of ")
    if kind != rule.anchor:
        limits = [one.limit for one in protocol.rules if one.kind == kind]
        if not any(limits):
            yield f"counted from the limit of {kind}, which has none"


# In which order dates come, on every day of some years


def _days(calendar: Calendar) -> list[date]:
    """Every day of some years that the calendar covers."""
    first = max(calendar.first, min(_FROM_YEAR, calendar.last - _YEARS + 1))
    last = min(calendar.last, first + _YEARS - 1)
    start = date(first, 1, 1)
    return [start + timedelta(days=n) for n in range((date(last, 12, 31) - start).days + 1)]


def _in_order(rule: Rule, calendar: Calendar) -> Iterator[str]:
    days = _days(calendar)
    try:
        for span in filter(None, (rule.target, rule.limit, rule.again, *rule.then)):
            end = count_from(days[0], span, calendar)
            if end.year > calendar.last:
                yield f"{span} lead past {calendar.last}, where the calendar {calendar.name} ends"
                return
    except RuleError as problem:
        yield problem.message
        return
    if rule.limit is not None:
        yield from _limit_last(rule, rule.limit, days, calendar)
    for before, after in pairwise((rule.target, *rule.then)):
        found = _out_of_order(before, after, days, calendar, or_same=True)
        if found is not None:
            yield f"then {after} does not come after {before}, as from {found}"
    if rule.stop is not None and rule.repeat is not None:
        again = rule.target._replace(count=rule.target.count + rule.repeat.count)
        found = _out_of_order(again, rule.stop, days, calendar)
        if found is not None:
            yield f"stops after {rule.stop}, before the first repeat, as from {found}"


def _limit_last(rule: Rule, limit: Span, days: list[date], calendar: Calendar) -> Iterator[str]:
    found = _out_of_order(rule.target, limit, days, calendar)
    if found is not None:
        target, last = (count_from(found, span, calendar) for span in (rule.target, limit))
        yield (
            f"limit {limit} before target {rule.target}, as from {found}:"
            f" target {target}, limit {last}"
        )
    elif rule.move == "later" and rule.strength != Strength.MUST:
        yield from _moved_past(rule, limit, days, calendar)
    if rule.counts_from is not None and rule.anchor == "event":
        found = _out_of_order(rule.counts_from, limit, days, calendar)
        if found is not None:
            yield f"from {rule.counts_from}, after its limit of {limit}, as from {found}"


def _moved_past(rule: Rule, limit: Span, days: list[date], calendar: Calendar) -> Iterator[str]:
    for day in days:
        try:
            target = count_from(day, rule.target, calendar)
            moved = workdays.open_on_or_after(target, calendar)
            last = count_from(day, limit, calendar)
        except RuleError:  # past the end of the calendar
            return
        if moved > last:
            yield (
                f"the target moves past the limit, as from {day}: from {target} to {moved},"
                f' limit {last} (leave more room, or move = "earlier")'
            )
            return


def _out_of_order(
    first: Span, second: Span, days: list[date], calendar: Calendar, *, or_same: bool = False
) -> date | None:
    """From which day on does `second` come before `first`, or on the same day if that is wrong?"""
    if first.unit == second.unit:
        days = days[:1]  # as on any other
    for day in days:
        try:
            one, other = (count_from(day, span, calendar) for span in (first, second))
        except RuleError:  # past the end of the calendar
            return None
        if other < one or (or_same and other == one):
            return day
    return None


# What concerns several rules, and the settings


def _replacing(protocols: Protocols) -> Found:
    rules = protocols.rules
    kinds = {rule.kind for rule in rules}
    for rule in rules:
        for kind in sorted(rule.replaces - {rule.kind}):
            if kind not in kinds:
                what = f"replaces {kind}, which no rule makes"
                yield "", (rule.protocol, rule.name), what
            for other in rules:
                if other.kind == kind and rule.kind in other.replaces and rule.id < other.id:
                    what = f"it and {other.id} replace each other: together neither shows"
                    yield "", (rule.protocol, rule.name), what


def _tiers_twice(protocols: Protocols) -> Found:
    seen: dict[str, Rule] = {}
    for protocol in protocols.by_trigger["status"]:
        for rule in protocol.rules:
            if rule.tier is None:
                continue
            if rule.tier in seen:
                what = f"a second rule for tier {rule.tier}, beside {seen[rule.tier].id}"
                yield "", (rule.protocol, rule.name), what
            seen[rule.tier] = rule


def _settings(protocols: Protocols) -> Found:
    if not protocols.retry.count:
        yield "retry", (), "an interval of 0: tried today, it would be due again today"
    for one in protocols.raises:
        if not one.after.count:
            yield "raise", (one.by,), f"raises for {one.after}, so never"
        if one.by == "lace" and one.at_least > _LACE_AT_MOST:
            yield "raise", (one.by,), f"at_least {one.at_least}: LACE goes to {_LACE_AT_MOST}"
    yield from (("ladder", (), what) for what in _of_ladder(protocols.ladder))


def _of_ladder(ladder: Ladder) -> Iterator[str]:
    days_more = ladder.attempts - 1
    within, unit = ladder.within
    if days_more > within * {"day": 1, "week": 7}.get(unit, days_more):
        yield f"{ladder.attempts} attempts, each on another day, do not fit into {ladder.within}"
    if ladder.channels > len(Channel):
        yield f"{ladder.channels} channels: there are {len(Channel)}"
    edges = [0, min(ladder.morning_until, 24), min(ladder.afternoon_until, 24), 24]
    parts = sum(before < after for before, after in pairwise(edges))
    if ladder.parts_of_day > parts:
        yield f"{ladder.parts_of_day} parts of the day: the hours make {parts}"
