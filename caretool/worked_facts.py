"""The facts of a worked example: one small table each, as records of what the schedule reads.

A table begins with what happened on which day (`{ discharge = 2026-03-06 }`); the rest are details.
"""

from __future__ import annotations

from datetime import date, datetime, time
from typing import TYPE_CHECKING, Any, NamedTuple

from caretool import rule_files, rule_tables
from caretool.drug_classes import load_classes
from caretool.model import (
    AppointmentFact,
    Channel,
    CloseReason,
    ConditionFact,
    ContactFact,
    Decision,
    DecisionFact,
    Party,
    PatientClass,
    PatientFacts,
    ReconciliationFact,
    ReferralFact,
    ScoreFact,
    Status,
    StatusFact,
    StayFact,
    Tier,
    TierFact,
)
from caretool.supply_facts import ListedFact, Medicine, ReportFact, SupplyFact

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from caretool.protocols import Protocols
    from caretool.rule_tables import Table, Where


def parse_facts(entries: object, where: Where, rule: str, protocols: Protocols) -> PatientFacts:
    """All facts of an example, each kind sorted as the store does."""
    found: list[Any] = []
    stay_id = 0
    for number, entry in enumerate(parse_list(entries, where, "facts"), 1):
        if not isinstance(entry, dict):
            where.refuse(f"facts has {entry!r}", "each is a table: { discharge = 2026-03-06 }")
        found.append(_Given(entry, where, rule, protocols, number, stay_id).record())
        if isinstance(found[-1], StayFact):
            stay_id = number

    def of(kind: type, *order: str) -> tuple[Any, ...]:
        # sorting is stable, so what is alike keeps the order given
        these = [one for one in found if isinstance(one, kind)]
        return tuple(
            sorted(these, key=lambda one: [getattr(one, key) or time.min for key in order])
        )

    return PatientFacts(
        1,
        of(StatusFact, "on"),
        of(TierFact, "on"),
        of(StayFact),
        of(ContactFact, "on", "at"),
        of(ConditionFact, "on"),
        of(DecisionFact, "on"),
        of(AppointmentFact, "on"),
        of(ScoreFact, "on"),
        of(ReferralFact, "on"),
        of(ReconciliationFact, "on"),
        of(ListedFact, "on"),
        of(ReportFact, "on"),
        (supplies := of(SupplyFact, "day")),
        max((one.heard_on for one in supplies), default=None),
    )


def parse_day(value: object, where: Where, key: str) -> date:
    """A date, written as TOML writes it."""
    if not isinstance(value, date) or isinstance(value, datetime):
        where.refuse(f"{key} {value!r} is no date", "write it as 2026-03-06, without quotes")
    return value


def parse_list(value: object, where: Where, key: str) -> list[Any]:
    """A list of whatever."""
    if not isinstance(value, list):
        where.refuse(f"{key} {value!r} is no list", "write it in [ ]")
    return value


class _Given(NamedTuple):
    """One table of `facts`: what happened, on which day, with what details."""

    entry: Table
    where: Where
    example_rule: str
    protocols: Protocols
    number: int
    """Where it stands in the list: the id and the order of entry of the record."""
    stay_id: int
    """The last stay before it, which a score or a reconciliation belongs to."""

    @property
    def head(self) -> str:
        """What happened: the one key that begins a fact."""
        heads = [key for key in self.entry if key in _FACTS]
        if len(heads) != 1:
            said = ", ".join(self.entry) or "nothing"
            hint = f"each fact says what happened, one of: {', '.join(_FACTS)}"
            self.where.refuse(f"a fact that says {said}", hint)
        details, _ = _FACTS[heads[0]]
        keys = {name.rstrip("!"): name.endswith("!") for name in details.split()}
        rule_tables.check_keys(self.entry, {heads[0]: True, **keys}, self.where)
        return heads[0]

    @property
    def on(self) -> date:
        """The day of it."""
        return parse_day(self.entry[self.head], self.where, self.head)

    def record(self) -> Any:  # noqa: ANN401 - any of the records of facts
        """The fact that this table stands for."""
        return _FACTS[self.head][1](self)

    def day(self, key: str) -> date | None:
        """A day that may be left away."""
        return parse_day(self.entry[key], self.where, key) if key in self.entry else None

    def at_time(self, key: str) -> time | None:
        """A time of day that may be left away: "14:30" or TOML's own."""
        value = self.entry.get(key)
        if isinstance(value, str):
            try:
                value = time.fromisoformat(value)
            except ValueError:
                value = ""
        if value is not None and not isinstance(value, time):
            said = repr(self.entry[key])
            self.where.refuse(f"{key} {said} is no time of day", 'write it as "14:30"')
        return value

    def text(self, key: str) -> str | None:
        """A text that may be left away."""
        given = key in self.entry
        return rule_tables.parse_text(self.entry, key, self.where) if given else None

    def word(self, key: str, known: Sequence[str], usual: str) -> str:
        """One of the words that are known, `usual` where nothing is said."""
        word = self.entry.get(key, usual)
        rule_tables.check_words([word], known, self.where, key)
        return str(word)


def _status(given: _Given) -> StatusFact:
    status = Status(given.head)
    reason = given.word("reason", tuple(CloseReason), CloseReason.OTHER)
    return StatusFact(given.on, status, reason if status == Status.CLOSED else None, given.number)


def _tier(given: _Given) -> TierFact:
    return TierFact(given.on, Tier(given.word("level", tuple(Tier), "")), given.text("why"))


def _stay(given: _Given) -> StayFact:
    """A stay that ended; an emergency visit begins on the same day unless said."""
    visit = given.head == "ed_visit"
    usual = PatientClass.EMERGENCY if visit else PatientClass.INPATIENT
    out, admitted = given.on, given.day("admitted")
    if admitted is not None and admitted > out:
        given.where.refuse(f"admitted {admitted} after {given.head} {out}", "correct one of them")
    return StayFact(
        given.number,
        given.word("class", tuple(PatientClass), usual),
        admitted or (out if visit else None),
        out,
        given.at_time("at"),
        given.text("to") or "01",
        given.day("arrived") or out,
        given.text("dx"),
    )


def _admission(given: _Given) -> StayFact:
    """A stay that goes on."""
    kind = given.word("class", tuple(PatientClass), PatientClass.INPATIENT)
    arrived = given.day("arrived") or given.on
    return StayFact(given.number, kind, given.on, None, None, None, arrived, given.text("dx"))


def _contact(given: _Given) -> ContactFact:
    outcomes = given.protocols.outcomes
    outcome = given.word("outcome", tuple(outcomes), "reached_patient")
    topics = parse_list(given.entry.get("topics", []), given.where, "topics")
    if not all(isinstance(topic, str) for topic in topics):
        given.where.refuse(f"topics {topics!r}", 'write them as ["a1c"]')
    rule_tables.check_words(topics, given.protocols.topics, given.where, "topic")
    return ContactFact(
        given.number,
        given.on,
        given.at_time("at"),
        outcome,
        given.word("by", tuple(Channel), Channel.PHONE),
        given.word("party", tuple(Party), outcomes[outcome].party),
        rule_tables.flag(given.entry, "inbound", given.where),
        given.day("next"),
        given.text("why"),
        given.number,
        frozenset(topics),
    )


def _condition(given: _Given) -> ConditionFact:
    return ConditionFact(given.on, given.word("code", sorted(rule_files.load_conditions()), ""))


def _appointment(given: _Given) -> AppointmentFact:
    """Noted on one day for another."""
    return AppointmentFact(
        given.number,
        given.on,
        given.day("day") or given.on,
        given.at_time("at"),
        given.text("with"),
        given.day("cancelled"),
    )


def _lace(given: _Given) -> ScoreFact:
    return ScoreFact(given.on, given.stay_id, rule_tables.number(given.entry, "total", given.where))


def _referral(given: _Given) -> ReferralFact:
    return ReferralFact(given.number, given.on, given.text("by"))


def _reconciliation(given: _Given) -> ReconciliationFact:
    return ReconciliationFact(given.number, given.on, given.stay_id or None)


def _fill(given: _Given) -> SupplyFact:
    """A fill of a medicine whose class is said as drug-classes.toml codes it; without, of none."""
    days = rule_tables.number(given.entry, "days", given.where)
    if not days:
        given.where.refuse("days 0", "a fill has 1 day of supply or more")
    return SupplyFact(given.on.toordinal(), days, _medicine(given), given.day("heard") or given.on)


def _medicine(given: _Given) -> Medicine:
    name = given.text("medicine") or ""
    if "class" not in given.entry:
        return Medicine(name, name, name, name, (name,))
    classes = load_classes()
    code = given.word("class", tuple(classes.labels), "")
    return Medicine(
        name, name, code, classes.labels[code], (name,), chronic=True,
        one_at_a_time=code in classes.one_at_a_time, threshold=classes.threshold.get(code),
    )  # fmt: skip


def _listed(given: _Given) -> ListedFact:
    return ListedFact(given.on, given.text("medicine") or "", given.day("stopped"))


def _report(given: _Given) -> ReportFact:
    missed, days = (rule_tables.number(given.entry, key, given.where) for key in ("missed", "of"))
    if not missed <= days or not days:
        given.where.refuse(f"missed {missed} of {days}", "at most all of 1 day or more")
    name = given.text("medicine") or ""
    return ReportFact(given.on, missed, days, name, name)


def _decision(given: _Given) -> DecisionFact:
    """What she decided; about an item, of the example's own rule unless said."""
    planned = given.day("planned")
    item = given.text("item") or given.example_rule
    return DecisionFact(
        given.number,
        given.on,
        given.head,
        given.text("why"),
        item if planned else None,
        planned,
        given.day("until"),
        given.number,
    )


# What a fact may begin with: its details (with "!" those that it must have), and what makes it
_OF_ITEM = "planned! item why"
_FACTS: dict[str, tuple[str, Callable[[_Given], Any]]] = {
    "roster": ("", _status),
    "active": ("", _status),
    "on_hold": ("", _status),
    "closed": ("reason", _status),
    "tier": ("level! why", _tier),
    "discharge": ("to class admitted arrived at dx", _stay),
    "ed_visit": ("to admitted arrived at dx", _stay),
    "admission": ("class arrived dx", _admission),
    "contact": ("outcome at by party inbound next topics why", _contact),
    "condition": ("code!", _condition),
    "appointment": ("day! at with cancelled", _appointment),
    "lace": ("total!", _lace),
    "referral": ("by", _referral),
    "reconciliation": ("", _reconciliation),
    "fill": ("days! medicine! class heard", _fill),
    "listed": ("medicine! stopped", _listed),
    "report": ("missed! of! medicine", _report),
    **dict.fromkeys(map(str, Decision), ("why", _decision)),
    "hold": ("until! why", _decision),
    "defer": (f"until! {_OF_ITEM}", _decision),
    "waive": (_OF_ITEM, _decision),
    "take_back": (_OF_ITEM, _decision),
}
