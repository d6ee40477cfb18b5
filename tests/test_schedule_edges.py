"""Corners of the dates that no built-in rule reaches: a practice's own rules, worked by hand."""

import pytest
from patient_facts import DAY, FEDERAL, active, appointment, contact, facts, lace, stay, tier

from caretool import schedule
from caretool.errors import RuleError
from caretool.rule_files import load_protocols
from caretool.workdays import calendar_from

ROUTINE = """
[[protocol]]
name = "routine"
    [[protocol.rule]]
    name = "high"
    target = "5 business days"
    [[protocol.rule]]
    name = "moderate"
    target = "10 business days"
"""
STEPS = """
[[protocol]]
name = "steps"
title = "Steps"
trigger = "enrolment"
statuses = ["active"]
source = "a practice's own"
    [[protocol.rule]]
    name = "steps"
    title = "steps"
    kind = "steps"
    strength = "should"
    anchor = "event"
    source = "a practice's own"
"""


@pytest.fixture
def plan(tmp_path):
    """What is open on a day, by rule, under a practice's own file."""

    def run(own, today, *known):
        path = tmp_path / "protocols.toml"
        path.write_text(f'version = "test"\n{own}', encoding="utf-8")
        protocols = load_protocols(path)
        load_protocols.cache_clear()
        found = schedule.plan(facts(*known), protocols, FEDERAL, DAY(today))
        return {item.rule.id: item for item in found.items}

    return run


def dates(item):
    return str(item.target), None if item.limit is None else str(item.limit)


def test_an_interval_in_business_days_passes_over_thanksgiving(plan):
    # From Thursday 19 November: Fri 20, Mon 23, Tue 24, Wed 25, then Fri 27 as the 5th
    known = [active("2026-11-19"), tier("2026-11-19", "high")]
    assert dates(plan(ROUTINE, "2026-11-20", *known)["routine/high"])[0] == "2026-11-27"


def test_a_raised_tier_in_business_days_is_compared_with_the_one_that_was_set(plan):
    # A score of 12 on the 19th: high from then on. Moderate would be Fri 4 December (the 10th).
    known = [
        active("2026-11-19"),
        stay("2026-11-10", admitted="2026-11-06"),
        contact("2026-11-19"),
        contact("2026-11-19", "visit_done"),
        lace("2026-11-19", 12),
    ]
    off = '[[protocol]]\nname = "transition"\noff = true\n'
    item = plan(ROUTINE + off, "2026-11-20", *known)["routine/high"]
    assert (dates(item)[0], item.trace.moves) == ("2026-11-27", ())


def test_further_steps_are_counted_in_business_days_too(plan):
    # From Friday 20 November: the 2nd is Tue 24, the 4th Fri 27 (Thanksgiving is none), the 5th Mon
    own = STEPS + 'target = "2 business days"\nthen = ["4 business days", "5 business days"]\n'
    known = [active("2026-11-20")]
    assert dates(plan(own, "2026-11-20", *known)["steps/steps"])[0] == "2026-11-24"
    known.append(contact("2026-11-24"))
    assert dates(plan(own, "2026-11-24", *known)["steps/steps"])[0] == "2026-11-27"
    known.append(contact("2026-11-27"))
    assert dates(plan(own, "2026-11-27", *known)["steps/steps"])[0] == "2026-11-30"


def test_a_repeat_in_business_days_with_its_limit_and_its_stop(plan):
    own = STEPS + (
        'target = "1 business day"\nlimit = "2 business days"\nrepeat = "2 business days"\n'
        'stop = "3 business days"\n'
    )
    # From Tuesday 24: Wed 25 by Fri 27; then the 3rd, Mon 30, by the 4th, Tue 1; then nothing
    known = [active("2026-11-24")]
    assert dates(plan(own, "2026-11-24", *known)["steps/steps"]) == ("2026-11-25", "2026-11-27")
    known.append(contact("2026-11-25"))
    assert dates(plan(own, "2026-11-25", *known)["steps/steps"]) == ("2026-11-30", "2026-12-01")
    known.append(contact("2026-11-30"))
    assert "steps/steps" not in plan(own, "2026-11-30", *known)


RECONCILIATION = """
[[protocol]]
name = "transition"
    [[protocol.rule]]
    name = "reconciliation"
    target = "3 days"
    limit = "{}"
"""


@pytest.mark.parametrize(
    ("own_limit", "limit"),
    [("10 days", "2026-03-16"), ("13 days", "2026-03-19"), ("14 days", "2026-03-20")],
)
def test_a_limit_that_comes_before_that_of_the_visit_stays(plan, own_limit, limit):
    # Home on Friday 6 March 2026: the visit's limit is Friday 20 March
    item = plan(RECONCILIATION.format(own_limit), "2026-03-06", stay("2026-03-06"))
    found = item["transition/reconciliation"]
    assert str(found.limit) == limit
    assert found.trace.limit_moved is None


def test_a_target_that_is_brought_before_the_visit_says_so(plan):
    # The visit took place on Monday 9 March: the reconciliation is due by then, not on the 13th
    own = RECONCILIATION.format("30 days").replace("3 days", "7 days")
    known = [stay("2026-03-06"), contact("2026-03-09", "visit_done")]
    found = plan(own, "2026-03-09", *known)["transition/reconciliation"]
    (move,) = found.trace.moves
    assert (move.why, str(move.before), str(move.after), move.said) == (
        "no later", "2026-03-13", "2026-03-09", "visit",
    )  # fmt: skip


def test_the_rest_after_the_letter_holds_for_contacts_that_should_be_made_only(plan):
    # Three attempts on three days, two parts of the day, two channels; the letter on Tuesday 17
    known = [
        stay("2026-03-06"),
        contact("2026-03-09", "no_answer", at="09:00"),
        contact("2026-03-10", "no_answer", at="14:00"),
        contact("2026-03-11", "portal_sent", at="09:00", by="portal"),
        contact("2026-03-17", "letter_sent", by="letter"),
        contact("2026-03-18", "no_answer", at="09:00"),
    ]
    found = plan("", "2026-03-18", *known)
    # What must be done is tried on; the call of day 7 rests until 14 days after the letter
    assert str(found["transition/contact"].due) == "2026-03-19"
    assert str(found["transition/visit_moderate"].due) == "2026-03-19"
    assert (str(found["transition/calls"].due), found["transition/calls"].rests) == (
        "2026-03-31", True,
    )  # fmt: skip


def test_an_item_that_was_tried_says_what_to_try_next_and_one_that_was_not_says_nothing(plan):
    tried = contact("2026-03-09", "no_answer", at="09:00")
    found = plan("", "2026-03-09", stay("2026-03-06"))["transition/contact"]
    assert found.advice == ""
    found = plan("", "2026-03-09", stay("2026-03-06"), tried)["transition/contact"]
    assert found.advice == "in the afternoon"


REFERRING = (
    STEPS
    + """target = "3 days"
limit = "5 days"
    [[protocol.rule]]
    name = "next"
    title = "next"
    kind = "next"
    strength = "should"
    anchor = "after steps"
    target = "2 days"
    source = "a practice's own"
    [[protocol.rule]]
    name = "last"
    title = "last"
    kind = "last"
    strength = "should"
    anchor = "limit of steps"
    target = "2 days"
    done_by = ["letter"]
    source = "a practice's own"
"""
)


def test_what_a_rule_is_counted_from_is_told_in_words_when_that_is_another_rule(plan):
    two_words = REFERRING.replace("steps", "first_step")
    open_still = plan(two_words, "2026-11-16", active("2026-11-16"))["first_step/next"].trace
    assert (open_still.fact, open_still.fact_id) == ("first step to be done", "")
    limit = plan(two_words, "2026-11-16", active("2026-11-16"))["first_step/last"].trace
    assert (limit.fact, limit.fact_id, str(limit.anchor)) == (
        "limit of first step", "", "2026-11-21",
    )  # fmt: skip
    by_letter = two_words.replace(
        'anchor = "after first_step"\n    target',
        'anchor = "after first_step"\n    done_by = ["letter"]\n    target',
    )
    known = [active("2026-11-16"), contact("2026-11-18")]
    done = plan(by_letter, "2026-11-18", *known)["first_step/next"].trace
    assert (done.fact, done.fact_id, str(done.anchor)) == ("first step done", "", "2026-11-18")


def test_a_date_that_a_raise_brought_forward_says_what_raised_it(plan):
    # A score of 12 on Friday 27 March: high from then on, so from the contact of the 18th 7 days
    # are Wednesday the 25th; by the tier that was set it would be 14, the 1st of April
    known = [
        active("2026-01-05"),
        stay("2026-02-06", admitted="2026-02-02"),  # in transition until 8 March
        contact("2026-03-18"),
        lace("2026-03-27", 12),
    ]
    off = '[[protocol]]\nname = "transition"\noff = true\n'
    item = plan(off, "2026-03-27", *known)["routine/high"]
    (move,) = item.trace.moves
    assert (move.why, str(move.before), str(move.after), move.said) == (
        "raised", "2026-03-25", "2026-03-27", "LACE 12",
    )  # fmt: skip
    assert item.raised_by == "LACE 12"


def test_a_failed_call_sets_no_next_try_for_the_letter(plan):
    known = [
        active("2026-01-05"),
        contact("2026-03-09", "no_answer", at="09:00"),
        contact("2026-03-10", "no_answer", at="14:00"),
        contact("2026-03-11", "portal_sent", at="09:00", by="portal"),
        contact("2026-03-12", "no_answer", at="09:00"),
    ]
    item = plan("", "2026-03-12", *known)["unreached/letter"]
    assert (item.attempts, item.trace.retry, str(item.due)) == (0, None, "2026-03-12")


def test_an_appointment_is_looked_after_for_a_visit_about_one_topic_too(plan):
    known = [stay("2026-03-06", kind="psychiatric"), appointment("2026-03-12", noted="2026-03-09")]
    item = plan("", "2026-03-09", *known)["psychiatric/seven_days"]
    assert dates(item) == ("2026-03-12", "2026-03-13")


@pytest.mark.parametrize(
    ("rules", "said"),
    [
        ({"first": 2026}, "first and last are the years it covers, such as 2010 and 2060"),
        ({"first": 2026, "last": 2027}, "it has no table [holidays]"),
    ],
)
def test_a_calendar_says_what_it_lacks(rules, said):
    with pytest.raises(RuleError) as refused:
        calendar_from("test", rules)
    assert refused.value.message == f"calendar test: {said}"


def test_the_usual_calendar_is_the_federal_one():
    from caretool.workdays import load_calendar

    assert load_calendar().name == "us-federal"
