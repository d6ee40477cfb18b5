"""The care rules: the files that are built in say what the rulebook says; a bad file is refused."""

from copy import deepcopy

import pytest

from caretool import protocols
from caretool.errors import RuleError
from caretool.model import CloseReason, Party, PatientClass, Status, Strength, Tier
from caretool.protocols import (
    Outcome,
    Span,
    load_conditions,
    load_outcomes,
    load_protocols,
    parse_span,
)
from caretool.rules import read_rules
from caretool.workdays import load_calendar

# Rulebook section 2, "Disposition → TCM decision": codes, what the call list does with them.
# 81 to 95 are the same places as 01 to 70 "with a planned readmission".
CALL_LIST = {
    "yes": "01 06 81 86",
    "review": "04 84 64 92 07",
    "hold": "03 61 62 63 65 66 02 05 43 70 82 83 85 88 89 90 91 93 94 95 50 51 21 87",
    "never": "20 40 41 42",
    "ignore": "09 30",
}
CODES = [(code, meaning) for meaning, codes in CALL_LIST.items() for code in codes.split()]
PLANNED_READMISSION = {
    "81": "01", "82": "02", "83": "03", "84": "04", "85": "05", "86": "06", "87": "21",
    "88": "43", "89": "61", "90": "62", "91": "63", "92": "64", "93": "65", "94": "66", "95": "70",
}  # fmt: skip

# Rulebook section 8 names the outcomes; `reached_other` is the project's own
REACHED = {
    "reached_patient", "reached_caregiver", "portal_replied", "reached_other", "declined_today",
    "rescheduled", "refused_program",
}  # fmt: skip
COUNTS = {"reached_patient", "reached_caregiver", "portal_replied", "refused_program"}
ATTEMPTS = {
    "declined_today", "rescheduled", "left_voicemail", "no_answer", "busy", "not_home",
    "mailbox_full", "wrong_number", "disconnected", "language_barrier", "portal_sent",
    "portal_read",
}  # fmt: skip
CLOSES = {"refused_program": "declined", "moved": "moved", "deceased": "deceased"}
NEITHER = {"letter_sent", "letter_returned", "in_facility", "moved", "deceased", "other"}


# What is built in


def test_every_code_of_the_rulebook_is_there_and_one_disaster_site_more():
    known = load_protocols().dispositions
    assert known.keys() == {code for code, _ in CODES} | {"69"}
    assert known["69"].transition == "hold"


@pytest.mark.parametrize(("code", "meaning"), CODES)
def test_a_disposition_means_what_the_rulebook_says(code, meaning):
    assert load_protocols().disposition_meaning(code) == meaning


@pytest.mark.parametrize("code", [None, "", "99", "1", "home"])
def test_any_other_disposition_is_unknown(code):
    assert load_protocols().disposition_meaning(code) == "unknown"


def test_only_who_left_against_advice_comes_first():
    known = load_protocols().dispositions.values()
    assert [one.code for one in known if one.first] == ["07"]


@pytest.mark.parametrize(("planned", "plain"), PLANNED_READMISSION.items())
def test_a_planned_readmission_changes_nothing(planned, plain):
    meaning = load_protocols().disposition_meaning
    assert meaning(planned) == meaning(plain)


def test_the_outcomes_have_the_flags_of_the_rulebook():
    known = load_outcomes()
    assert known.keys() == REACHED | ATTEMPTS | NEITHER
    assert {code for code, one in known.items() if one.reached} == REACHED
    assert {code for code, one in known.items() if one.counts} == COUNTS
    assert {code for code, one in known.items() if one.attempt} == ATTEMPTS
    assert {code: one.closes for code, one in known.items() if one.closes} == CLOSES
    assert [code for code, one in known.items() if one.facility] == ["in_facility"]


@pytest.mark.parametrize("outcome", load_outcomes().values(), ids=str)
def test_the_flags_of_an_outcome_do_not_contradict_each_other(outcome):
    assert not (outcome.counts and not outcome.reached)
    assert not (outcome.counts and outcome.attempt)
    assert not (outcome.closes and outcome.attempt)
    assert outcome.party in set(Party)
    assert outcome.closes is None or outcome.closes in set(CloseReason)
    assert outcome.label


def test_somebody_else_is_spoken_to_only_where_the_outcome_says_so():
    others = {one.code: one.party for one in load_outcomes().values() if one.party != "patient"}
    assert others == {"reached_caregiver": "caregiver", "reached_other": "provider"}


def test_the_contact_after_a_discharge_is_as_medicare_has_it():
    known = load_protocols()
    (rule,) = known.transition.rules
    assert (rule.target, rule.limit) == (Span(1, "business day"), Span(2, "business day"))
    assert (rule.strength, rule.move) == (Strength.MUST, "stay")
    assert known.transition.classes == set(PatientClass) - {"emergency", "ambulatory"}
    assert known.transition.dispositions == {"yes", "review", "unknown"}
    assert known.transition.statuses == set(Status) - {"closed"}


def test_each_tier_has_its_interval():
    known = load_protocols()
    assert {tier: rule.target for tier, rule in known.routine.items()} == {
        "high": Span(7, "day"),
        "moderate": Span(14, "day"),
        "low": Span(28, "day"),
        "maintenance": Span(84, "day"),
    }
    assert set(known.routine) == set(Tier)
    assert {rule.move for rule in known.routine.values()} == {"later"}
    assert {rule.limit for rule in known.routine.values()} == {None}
    assert known.routine_protocol.statuses == {"active"}
    assert known.default_tier == "moderate"


def test_a_failed_attempt_is_repeated_on_the_next_business_day():
    assert load_protocols().retry == Span(1, "business day")


def test_a_date_asked_for_stays_where_it_is():
    (rule,) = load_protocols().request.rules
    assert (rule.move, rule.target, rule.limit) == ("stay", Span(0, "day"), None)


def test_every_rule_and_protocol_names_its_source():
    known = load_protocols()
    for protocol in (known.transition, known.routine_protocol, known.request):
        assert protocol.source
        assert all(rule.source for rule in protocol.rules)
        assert all(rule.protocol == protocol.name for rule in protocol.rules)


def test_the_calendar_that_the_rules_name_is_there():
    assert load_calendar(load_protocols().calendar).last >= 2060


def test_conditions_have_icd_10_prefixes_without_the_dot():
    known = load_conditions()
    assert "heart_failure" in known
    assert all(prefix.isalnum() for prefixes in known.values() for prefix in prefixes)


# Lengths of time


@pytest.mark.parametrize(
    ("text", "span", "again"),
    [
        ("7 days", Span(7, "day"), "7 days"),
        ("1 day", Span(1, "day"), "1 day"),
        ("1 days", Span(1, "day"), "1 day"),
        ("0 days", Span(0, "day"), "0 days"),
        ("2 business days", Span(2, "business day"), "2 business days"),
        ("1 business day", Span(1, "business day"), "1 business day"),
        ("2 weeks", Span(2, "week"), "2 weeks"),
        ("6 months", Span(6, "month"), "6 months"),
    ],
)
def test_a_length_of_time_is_a_number_and_a_unit(text, span, again):
    assert parse_span(text, "here") == span
    assert str(span) == again


@pytest.mark.parametrize(
    "text", ["", "7", "days", "-1 days", "1.5 days", "2 years", "7  days", " 7 days", 7, None, []]
)
def test_anything_else_is_refused_with_where_it_stands(text):
    with pytest.raises(RuleError, match=r"here: .* is not a length of time") as refused:
        parse_span(text, "here")
    assert "business days" in refused.value.hint


# Files that do not keep their grammar


@pytest.fixture
def broken(monkeypatch):
    """Loads the rules with one of the files changed by a function."""

    def load(name, change):
        files = {}

        def read(wanted):
            if wanted not in files:
                files[wanted] = deepcopy(read_rules(wanted))
                if wanted == name:
                    change(files[wanted])
            return files[wanted]

        monkeypatch.setattr(protocols, "read_rules", read)
        load_protocols.cache_clear()
        load_outcomes.cache_clear()
        return load_protocols()

    yield load
    load_protocols.cache_clear()
    load_outcomes.cache_clear()


def _rule(raw, name):
    return next(
        rule for one in raw["protocol"] for rule in one["rule"] if rule["name"] == name
    )  # fmt: skip


def _set(rule, key, value):
    return lambda raw: _rule(raw, rule).__setitem__(key, value)


def _drop(rule, key):
    return lambda raw: _rule(raw, rule).__delitem__(key)


MALFORMED = {
    "unknown key of a rule": (_set("high", "targt", "7 days"), "routine/high: unknown key 'targt'"),
    "bad target": (_set("low", "target", "monthly"), "routine/low: 'monthly' is not a length"),
    "bad limit": (_set("contact", "limit", 2), "transition/contact: 2 is not a length of time"),
    "bad strength": (_set("low", "strength", "may"), "routine/low: strength 'may'"),
    "bad move": (_set("asked", "move", "nearest"), "request/asked: move 'nearest'"),
    **{
        f"rule without {key}": (_drop("high", key), f"routine/high: no '{key}'")
        for key in ("title", "kind", "strength", "anchor", "target", "source")
    },
    "rule without name": (_drop("high", "name"), "routine/?: no 'name'"),
    "unknown key of a protocol": (
        lambda raw: raw["protocol"][1].__setitem__("status", "active"),
        "protocols.toml, routine: unknown key 'status'",
    ),
    **{
        f"protocol without {key}": (
            lambda raw, key=key: raw["protocol"][1].__delitem__(key),
            f"protocols.toml, routine: no '{key}'",
        )
        for key in ("title", "trigger", "statuses", "rule", "source")
    },
    "protocol without name": (
        lambda raw: raw["protocol"][1].__delitem__("name"),
        "protocols.toml, ?: no 'name'",
    ),
    "duplicate trigger": (
        lambda raw: raw["protocol"].append({**raw["protocol"][0], "name": "second"}),
        "protocols.toml, second: a second protocol with 'discharge'",
    ),
    **{
        f"no {trigger}": (
            lambda raw, place=place: raw["protocol"].pop(place),
            f"protocols.toml: no protocol with trigger '{trigger}'",
        )
        for place, trigger in enumerate(("discharge", "status", "request"))
    },
    "unknown trigger": (
        lambda raw: raw["protocol"][0].__setitem__("trigger", "birthday"),
        "protocols.toml, transition: trigger 'birthday'",
    ),
    "unknown anchor": (_set("high", "anchor", "enrolment"), "routine/high: anchor 'enrolment'"),
    "unknown tier": (_set("high", "tier", "urgent"), "routine/high: tier 'urgent'"),
    "tier without a rule": (
        _drop("low", "tier"),
        "protocols.toml, routine: no rule for tier 'low'",
    ),
    "unknown status": (
        lambda raw: raw["protocol"][1]["statuses"].append("enrolled"),
        "protocols.toml, routine: status 'enrolled'",
    ),
    "unknown class": (
        lambda raw: raw["protocol"][0]["classes"].append("hospital"),
        "protocols.toml, transition: class 'hospital'",
    ),
    "unknown disposition": (
        lambda raw: raw["protocol"][0]["dispositions"].append("01"),
        "protocols.toml, transition: disposition '01'",
    ),
    "unknown default tier": (
        lambda raw: raw.__setitem__("default_tier", "medium"),
        "protocols.toml: default_tier 'medium'",
    ),
    **{
        f"file without {key}": (
            lambda raw, key=key: raw.__delitem__(key),
            f"protocols.toml: no '{key}'",
        )
        for key in ("version", "calendar", "default_tier", "retry", "protocol")
    },
    "no retry": (
        lambda raw: raw["retry"].clear(),
        "protocols.toml, retry: None is not a length of time",
    ),
    "bad retry": (
        lambda raw: raw["retry"].__setitem__("after", "soon"),
        "protocols.toml, retry: 'soon' is not a length of time",
    ),
}


@pytest.mark.parametrize(("change", "says"), MALFORMED.values(), ids=MALFORMED.keys())
def test_a_malformed_protocol_file_is_refused_naming_file_and_rule(broken, change, says):
    with pytest.raises(RuleError) as refused:
        broken("protocols.toml", change)
    assert says in refused.value.message
    assert refused.value.message.startswith("protocols.toml")
    assert refused.value.hint
    assert refused.value.exit_code == 3


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (
            lambda one: one.update(countz=True),
            "outcomes.toml, reached_patient: unknown key 'countz'",
        ),
        (lambda one: one.update(party="self"), "outcomes.toml, reached_patient: party 'self'"),
        (lambda one: one.update(closes="won"), "outcomes.toml, reached_patient: closes 'won'"),
        (lambda one: one.pop("label"), "outcomes.toml, reached_patient: no 'label'"),
        (lambda one: one.pop("code"), "outcomes.toml, ?: no 'code'"),
    ],
)
def test_a_malformed_outcome_is_refused(broken, change, says):
    with pytest.raises(RuleError, match=r".toml") as refused:
        broken("outcomes.toml", lambda raw: change(raw["outcome"][0]))
    assert refused.value.message == says


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda one: one.update(tcm=True), "dispositions.toml, 01: unknown key 'tcm'"),
        (lambda one: one.pop("transition"), "dispositions.toml, 01: no 'transition'"),
        (lambda one: one.update(transition="maybe"), "dispositions.toml, 01: transition 'maybe'"),
        (
            lambda one: one.update(transition="unknown"),
            "dispositions.toml, 01: transition 'unknown'",
        ),
        (lambda one: one.pop("code"), "dispositions.toml, ?: no 'code'"),
    ],
)
def test_a_malformed_disposition_is_refused(broken, change, says):
    with pytest.raises(RuleError, match=r".toml") as refused:
        broken("dispositions.toml", lambda raw: change(raw["disposition"][0]))
    assert refused.value.message == says


def test_what_an_outcome_does_not_say_is_false(broken):
    bare = {"code": "sang", "label": "sang a song"}
    known = broken("outcomes.toml", lambda raw: raw["outcome"].append(bare)).outcomes
    assert known["sang"] == Outcome(
        "sang", "sang a song", False, False, False, None, False, "patient"
    )


def test_a_practice_can_state_another_interval(broken):
    known = broken("protocols.toml", _set("high", "target", "3 business days"))
    assert known.routine["high"].target == Span(3, "business day")
    assert load_protocols() is known
