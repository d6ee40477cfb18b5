"""Worked examples: every built-in one holds, and what is wrong with one is found and said."""

from collections import Counter
from datetime import date, time

import pytest

from caretool import schedule, workdays, worked
from caretool.model import Status, Tier
from caretool.rule_files import load_protocols
from caretool.rule_tables import Where
from caretool.rules import RULES, parse_rules

PROTOCOLS = load_protocols()
CALENDAR = workdays.load_calendar(PROTOCOLS.calendar)
TEXT = (RULES / "protocols.toml").read_text(encoding="utf-8")
BUILT_IN, WRONG = worked.read(
    parse_rules(RULES / "protocols.toml")["example"], Where("protocols.toml", TEXT), PROTOCOLS
)
DAY = date.fromisoformat


def example(**changes):
    """A table of an example as TOML gives it, of the Friday of rulebook 2.1."""
    return {
        "rule": "transition/contact",
        "why": "Friday",
        "facts": [{"discharge": DAY("2026-03-06")}],
        "today": DAY("2026-03-06"),
        "target": DAY("2026-03-09"),
        **changes,
    }


def read(*entries, text=""):
    return worked.read(entries, Where("x.toml", text), PROTOCOLS)


def failed(**changes):
    """What came out differently for one example; empty when nothing did."""
    (one,), wrong = read(example(**changes))
    assert wrong == []
    failures = worked.run([one], PROTOCOLS, CALENDAR)
    return failures[0].what if failures else ""


def refused(**changes):
    """What is wrong with an example that cannot be run."""
    found, (problem,) = read(example(**changes))
    assert found == []
    assert problem.hint
    return problem.message


# The built-in ones


def test_the_built_in_examples_can_all_be_read():
    assert WRONG == []
    assert len(BUILT_IN) >= 2 * len(PROTOCOLS.rules)


@pytest.mark.parametrize("one", BUILT_IN, ids=lambda one: f"{one.rule}-{one.where.line}")
def test_a_built_in_example_comes_out_as_it_says(one):
    assert worked.run([one], PROTOCOLS, CALENDAR) == []


@pytest.mark.parametrize("rule", PROTOCOLS.rules, ids=lambda rule: rule.id)
def test_every_rule_has_two_examples_and_one_of_them_at_a_boundary(rule):
    of = [one for one in BUILT_IN if one.rule == rule.id]
    assert len(of) >= 2
    assert any(one.boundary for one in of)
    assert any(one.expected["open"] for one in of)


def test_no_two_examples_are_the_same():
    told = Counter((one.rule, one.facts, one.today, one.away, one.awake) for one in BUILT_IN)
    assert [key for key, times in told.items() if times > 1] == []
    assert max(Counter((one.rule, one.why) for one in BUILT_IN).values()) == 1


def test_every_line_is_that_of_the_example():
    lines = TEXT.splitlines()
    for one in BUILT_IN:
        assert lines[one.where.line - 1] == "[[example]]"
        assert lines[one.where.line] == f'rule = "{one.rule}"'


def _by_one(span, more):
    return span._replace(count=span.count + more)


@pytest.mark.parametrize("more", [1, -1])
@pytest.mark.parametrize(
    "rule", [one for one in PROTOCOLS.rules if one.id != "request/asked"], ids=lambda one: one.id
)
def test_the_examples_notice_when_a_target_is_one_longer_or_shorter(rule, more):
    """Otherwise they would hold whatever the rule says; a day asked for is a day, no length."""
    assert _noticed(rule, rule._replace(target=_by_one(rule.target, more)))


@pytest.mark.parametrize("more", [1, -1])
@pytest.mark.parametrize(
    "rule", [one for one in PROTOCOLS.rules if one.limit], ids=lambda one: one.id
)
def test_the_examples_notice_when_a_limit_is_one_longer_or_shorter(rule, more):
    assert _noticed(rule, rule._replace(limit=_by_one(rule.limit, more)))


@pytest.mark.parametrize(
    "rule", [one for one in PROTOCOLS.rules if one.counts_from], ids=lambda one: one.id
)
def test_the_examples_notice_when_it_counts_from_the_day_itself(rule):
    assert _noticed(rule, rule._replace(counts_from=None))


def _noticed(rule, changed):
    by_trigger = {
        trigger: tuple(
            one._replace(rules=tuple(changed if of == rule else of for of in one.rules))
            for one in several
        )
        for trigger, several in PROTOCOLS.by_trigger.items()
    }
    routine = {tier: changed if of == rule else of for tier, of in PROTOCOLS.routine.items()}
    under = PROTOCOLS._replace(by_trigger=by_trigger, routine=routine)
    of_rule = [one for one in BUILT_IN if one.rule == rule.id]
    return worked.run(of_rule, under, CALENDAR) != []


# What comes out differently


def test_what_holds_says_nothing():
    assert failed() == ""
    assert failed(limit=DAY("2026-03-10"), due=DAY("2026-03-09"), state="upcoming") == ""
    assert failed(attempts=0, documented=False, open=True) == ""


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"target": DAY("2026-03-08")}, "target 2026-03-08 expected, 2026-03-09 came out"),
        ({"limit": DAY("2026-03-09")}, "limit 2026-03-09 expected, 2026-03-10 came out"),
        ({"limit": "none"}, "limit none expected, 2026-03-10 came out"),
        ({"due": DAY("2026-03-10")}, "due 2026-03-10 expected, 2026-03-09 came out"),
        ({"state": "due"}, "state due expected, upcoming came out"),
        ({"attempts": 1}, "attempts 1 expected, 0 came out"),
        ({"documented": True}, "documented true expected, false came out"),
        (
            {"target": DAY("2026-03-08"), "attempts": 1},
            "target 2026-03-08 expected, 2026-03-09 came out; attempts 1 expected, 0 came out",
        ),
    ],
)  # fmt: skip
def test_what_differs_is_said_with_both_values(changes, says):
    assert failed(**changes) == says


def test_an_item_that_is_not_open_and_one_that_should_not_be():
    closed = [{"discharge": DAY("2026-03-06")}, {"contact": DAY("2026-03-06")}]
    assert failed(facts=closed) == "expected an item, nothing is open"
    entry = example(open=False)
    del entry["target"]
    found, _ = read(entry)
    (failure,) = worked.run(found, PROTOCOLS, CALENDAR)
    assert failure.what == "nothing expected, an item with target 2026-03-09 is open"


def test_a_rule_that_sleeps_is_run_only_when_it_is_woken():
    asleep = {
        "rule": "hypertension/monthly",
        "facts": [
            {"active": DAY("2026-01-05")},
            {"condition": DAY("2026-01-05"), "code": "hypertension"},
        ],
        "target": DAY("2026-02-05"),
    }
    assert failed(**asleep) == (
        "expected an item, nothing is open; the rule sleeps, awake = true runs it"
    )
    assert failed(**asleep, awake=True) == ""


def test_past_the_end_of_the_calendar_it_is_said_that_it_ends():
    late = [{"discharge": DAY("2060-12-30")}]
    assert failed(facts=late, today=DAY("2060-12-30")) == (
        "2061-01-01 cannot be checked for holidays: the calendar us-federal ends with 2060"
    )


def test_days_off_move_what_is_hers_and_no_limit():
    away = [DAY("2026-03-09"), DAY("2026-03-10")]
    # Monday and Tuesday off: the Friday before, on which the patient left
    assert failed(away=away, target=DAY("2026-03-06"), limit=DAY("2026-03-10")) == ""


# What cannot be run


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"rul": "x"}, "unknown key 'rul'"),
        ({"rule": "transition/contct"}, "an example of 'transition/contct', which is no rule"),
        ({"rule": 7}, "an example of '7', which is no rule"),
        ({"why": ""}, "why is empty or no text"),
        ({"today": "2026-03-06"}, "today '2026-03-06' is no date"),
        ({"target": "monday"}, "target 'monday' is no date"),
        ({"target": "none"}, "target 'none' is no date"),
        ({"limit": 3}, "limit 3 is no date"),
        ({"state": "late"}, "state 'late'"),
        ({"attempts": "two"}, "attempts 'two' is no whole number"),
        ({"documented": 1}, "documented 1"),
        ({"open": "no"}, "open 'no'"),
        ({"open": False}, "open = false and more"),
        ({"boundary": "+1"}, "boundary '+1'"),
        ({"awake": 1}, "awake 1"),
        ({"away": "monday"}, "away 'monday' is no list"),
        ({"away": ["monday"]}, "away 'monday' is no date"),
        ({"facts": {}}, "facts {} is no list"),
        ({"facts": ["discharge"]}, "facts has 'discharge'"),
        ({"facts": [{}]}, "a fact that says nothing"),
        ({"facts": [{"left": DAY("2026-03-06")}]}, "a fact that says left"),
        (
            {"facts": [{"discharge": DAY("2026-03-06"), "contact": DAY("2026-03-06")}]},
            "a fact that says discharge, contact",
        ),
        ({"facts": [{"discharge": DAY("2026-03-06"), "by": "x"}]}, "unknown key 'by'"),
        ({"facts": [{"discharge": "2026-03-06"}]}, "discharge '2026-03-06' is no date"),
        ({"facts": [{"discharge": DAY("2026-03-06"), "class": "ward"}]}, "class 'ward'"),
        ({"facts": [{"discharge": DAY("2026-03-06"), "at": "noon"}]}, "at 'noon' is no time"),
        (
            {"facts": [{"discharge": DAY("2026-03-06"), "admitted": DAY("2026-03-07")}]},
            "admitted 2026-03-07 after discharge 2026-03-06",
        ),
        ({"facts": [{"contact": DAY("2026-03-06"), "outcome": "spoke"}]}, "outcome 'spoke'"),
        ({"facts": [{"fill": DAY("2026-03-06"), "days": 0, "medicine": "x"}]}, "days 0"),
        (
            {"facts": [{"fill": DAY("2026-03-06"), "days": 30, "medicine": "x", "class": "y"}]},
            "class 'y'",
        ),
        ({"facts": [{"report": DAY("2026-03-06"), "missed": 8, "of": 7}]}, "missed 8 of 7"),
        ({"facts": [{"report": DAY("2026-03-06"), "missed": 0, "of": 0}]}, "missed 0 of 0"),
        ({"facts": [{"contact": DAY("2026-03-06"), "by": "drum"}]}, "by 'drum'"),
        ({"facts": [{"contact": DAY("2026-03-06"), "party": "self"}]}, "party 'self'"),
        ({"facts": [{"contact": DAY("2026-03-06"), "topics": [1]}]}, "topics [1]"),
        ({"facts": [{"contact": DAY("2026-03-06"), "topics": ["refil"]}]}, "topic 'refil'"),
        ({"facts": [{"contact": DAY("2026-03-06"), "inbound": 1}]}, "inbound 1"),
        ({"facts": [{"tier": DAY("2026-03-06")}]}, "no 'level'"),
        ({"facts": [{"tier": DAY("2026-03-06"), "level": "top"}]}, "level 'top'"),
        ({"facts": [{"condition": DAY("2026-03-06"), "code": "gout"}]}, "code 'gout'"),
        # a group of diagnoses, which nobody has on file
        ({"facts": [{"condition": DAY("2026-03-06"), "code": "psychiatric"}]}, "code 'psychia"),
        ({"facts": [{"closed": DAY("2026-03-06"), "reason": "rude"}]}, "reason 'rude'"),
        ({"facts": [{"lace": DAY("2026-03-06"), "total": "10"}]}, "total '10' is no whole number"),
        ({"facts": [{"hold": DAY("2026-03-06")}]}, "no 'until'"),
        ({"facts": [{"waive": DAY("2026-03-06")}]}, "no 'planned'"),
        ({"facts": [{"appointment": DAY("2026-03-06")}]}, "no 'day'"),
    ],
)  # fmt: skip
def test_a_mistake_names_file_line_and_rule(changes, says):
    rule = changes.get("rule", "transition/contact")
    text = "# one line more\n[[example]]\n"
    entry = example(**changes)
    found, (problem,) = read(entry, text=text)
    assert found == []
    assert problem.message.startswith(f"x.toml, line 2, {rule}: {says}")


@pytest.mark.parametrize("key", ["why", "facts", "today", "rule"])
def test_what_every_example_says_is_missed(key):
    entry = example()
    del entry[key]
    _, (problem,) = read(entry)
    assert f"no '{key}'" in problem.message


def test_an_example_that_expects_nothing_is_none():
    entry = example()
    del entry["target"]
    _, (problem,) = read(entry)
    assert "expects nothing" in problem.message


def test_one_that_is_wrong_does_not_hide_the_others():
    found, wrong = read(example(), example(why=""), example(state="due"), example(today=1))
    assert (len(found), len(wrong)) == (2, 2)


# From a table to a fact


def facts(*entries):
    (one,), wrong = read(example(facts=list(entries)))
    assert wrong == []
    return one.facts


def test_what_is_not_said_of_a_stay_is_as_usual():
    day = DAY("2026-03-06")
    (stay,) = facts({"discharge": day}).stays
    assert (stay.patient_class, stay.disposition, stay.admitted_on) == ("inpatient", "01", None)
    assert (stay.discharged_on, stay.arrived_on, stay.diagnosis) == (day, day, None)
    (visit,) = facts({"ed_visit": day, "dx": "I50.9"}).stays
    assert (visit.patient_class, visit.admitted_on) == ("emergency", day)
    assert visit.diagnosis == "I50.9"
    (still,) = facts({"admission": day, "class": "snf"}).stays
    assert (still.patient_class, still.admitted_on, still.discharged_on) == ("snf", day, None)


def test_what_is_not_said_of_a_contact_is_a_call_that_reached_the_patient():
    (call,) = facts({"contact": DAY("2026-03-06")}).contacts
    assert (call.outcome, call.channel, call.party) == ("reached_patient", "phone", "patient")
    assert not call.inbound
    (other,) = facts({"contact": DAY("2026-03-06"), "outcome": "reached_caregiver"}).contacts
    assert other.party == "caregiver"


def test_a_time_is_written_either_way():
    text, own = facts(
        {"contact": DAY("2026-03-06"), "at": "09:30"},
        {"contact": DAY("2026-03-06"), "at": time(8)},
    ).contacts[::-1]
    assert (text.at, own.at) == (time(9, 30), time(8))


def test_facts_are_sorted_by_day_and_on_one_day_in_the_order_given():
    found = facts(
        {"contact": DAY("2026-03-09")},
        {"active": DAY("2026-03-06")},
        {"on_hold": DAY("2026-03-06")},
        {"roster": DAY("2026-03-01")},
        {"contact": DAY("2026-03-06"), "at": "10:00"},
        {"contact": DAY("2026-03-06")},
    )
    assert [one.status for one in found.statuses] == [Status.ROSTER, Status.ACTIVE, Status.ON_HOLD]
    assert [one.contact_id for one in found.contacts] == [6, 5, 1]
    assert [one.entered for one in found.statuses] == [4, 2, 3]


def test_decisions_scores_and_the_rest_become_what_the_schedule_reads():
    found = facts(
        {"discharge": DAY("2026-03-06")},
        {"lace": DAY("2026-03-07"), "total": 12},
        {"tier": DAY("2026-03-07"), "level": "low", "why": "steady"},
        {"waive": DAY("2026-03-08"), "planned": DAY("2026-03-09")},
        {"hold": DAY("2026-03-09"), "until": DAY("2026-03-20"), "why": "away"},
        {"appointment": DAY("2026-03-09"), "day": DAY("2026-03-12"), "with": "Dr. Example"},
        {"referral": DAY("2026-03-09"), "by": "Dr. Example"},
        {"condition": DAY("2026-03-09"), "code": "copd"},
        {"closed": DAY("2026-03-10"), "reason": "moved"},
        {"closed": DAY("2026-03-11")},
    )
    assert found.scores[0][1:] == (1, 12), "of the stay before it"
    assert found.tiers[0][1:] == (Tier.LOW, "steady")
    waived, held = found.decisions
    assert (waived.item, waived.planned) == ("transition/contact", DAY("2026-03-09"))
    assert (held.decision, held.item, held.to, held.why) == (
        "hold", None, DAY("2026-03-20"), "away",
    )  # fmt: skip
    assert found.appointments[0].on == DAY("2026-03-12")
    assert found.referrals[0].by == "Dr. Example"
    assert found.conditions[0].code == "copd"
    assert [one.reason for one in found.statuses] == ["moved", "other"]


def test_the_facts_of_every_built_in_example_make_a_plan():
    for one in BUILT_IN:
        assert schedule.plan(one.facts, PROTOCOLS, CALENDAR, one.today).patient_id == 1
