"""What holds of every plan, over random histories; dates recomputed with NumPy's business days."""

import calendar
from datetime import date, time, timedelta

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from patient_facts import ATTEMPTS, FEDERAL, PROTOCOLS

from caretool import schedule
from caretool.model import (
    ContactFact,
    PatientClass,
    PatientFacts,
    Status,
    StatusFact,
    StayFact,
    Tier,
    TierFact,
)

START = date(2026, 6, 1)
BUSINESS = np.busdaycalendar(holidays=[np.datetime64(day) for day in FEDERAL.holidays])
CODES = ["01", "01", "06", "03", "03", "07", "04", "30", "20", None]
# Of every kind, and often enough those after which something goes on
OUTCOMES = [*PROTOCOLS.outcomes, *["reached_patient", "no_answer", "rescheduled"] * 5]
CLASSES = [*PatientClass, "inpatient", "inpatient", "snf", "snf"]
SEEN_ON = st.integers(0, 95).map(lambda number: START + timedelta(number))

days = st.integers(0, 75).map(lambda number: START + timedelta(number))
hours = st.none() | st.sampled_from([time(hour) for hour in (8, 12, 17)])


@st.composite
def status_facts(draw):
    word = draw(st.sampled_from([*Status, *["active"] * 4]))
    reason = draw(st.sampled_from(["graduated", "deceased"])) if word == "closed" else None
    return StatusFact(draw(days), Status(word), reason)


@st.composite
def stay_facts(draw):
    begins, lasts = draw(days), draw(st.none() | st.integers(0, 12))
    left = None if lasts is None else begins + timedelta(lasts)
    return StayFact(
        0,
        draw(st.sampled_from(CLASSES)),
        begins if left is None else draw(st.sampled_from([begins, begins, None])),
        left,
        draw(hours) if left else None,
        draw(st.sampled_from(CODES)) if left else None,
        (left or begins) + timedelta(draw(st.integers(0, 9))),
    )


@st.composite
def contact_facts(draw, outcomes=OUTCOMES, asking=True):
    outcome, on = PROTOCOLS.outcomes[draw(st.sampled_from(outcomes))], draw(days)
    asked = draw(st.none() | st.integers(1, 20)) if asking and not outcome.closes else None
    return ContactFact(
        0,
        on,
        draw(hours),
        outcome.code,
        draw(st.sampled_from(["phone", "phone", "facility"])),
        draw(st.sampled_from([outcome.party, outcome.party, "caregiver", "provider"])),
        draw(st.booleans()),
        asked and on + timedelta(asked),
    )


def sorted_contacts(contacts):
    return tuple(sorted(contacts, key=lambda one: (one.on, one.at or time.min, one.contact_id)))


@st.composite
def histories(draw):
    """One patient's facts; no two of a kind on the same day, so that their order is known."""
    statuses = draw(st.lists(status_facts(), max_size=4, unique_by=lambda one: one.on))
    tiers = draw(
        st.lists(
            st.builds(TierFact, days, st.sampled_from(Tier)),
            max_size=2,
            unique_by=lambda one: one.on,
        )
    )
    stays = draw(
        st.lists(
            stay_facts(),
            max_size=4,
            unique_by=(lambda one: one.discharged_on or one, lambda one: one.admitted_on or one),
        )
    )
    contacts = draw(st.lists(contact_facts(), max_size=8, unique_by=lambda one: one.on))
    return PatientFacts(
        1,
        tuple(sorted(statuses)),
        tuple(sorted(tiers)),
        tuple(one._replace(stay_id=number) for number, one in enumerate(stays, 1)),
        sorted_contacts(one._replace(contact_id=number) for number, one in enumerate(contacts, 1)),
    )


def plan(facts, today):
    return schedule.plan(facts, PROTOCOLS, FEDERAL, today)


def open_items(facts, today):
    """What is open, by what it is and which fact it answers."""
    return {
        (item.rule.kind, item.trace.fact_id if item.rule.kind != "routine" else ""): item
        for item in plan(facts, today).items
    }


@given(histories(), SEEN_ON, st.randoms(use_true_random=False))
@settings(max_examples=150)
def test_the_plan_does_not_depend_on_the_order_in_which_facts_were_entered(facts, today, random):
    stay_ids = [one.stay_id for one in facts.stays]
    contact_ids = [one.contact_id for one in facts.contacts]
    new_stays = dict(zip(stay_ids, random.sample(stay_ids, len(stay_ids)), strict=True))
    new_contacts = dict(zip(contact_ids, random.sample(contact_ids, len(contact_ids)), strict=True))
    entered = facts._replace(
        stays=tuple(
            sorted(
                (one._replace(stay_id=new_stays[one.stay_id]) for one in facts.stays),
                key=lambda one: one.stay_id,
            )
        ),
        contacts=sorted_contacts(
            one._replace(contact_id=new_contacts[one.contact_id]) for one in facts.contacts
        ),
    )

    def renamed(fact_id):
        if not fact_id:
            return fact_id
        new = new_stays if fact_id[0] == "D" else new_contacts
        return f"{fact_id[0]}{new[int(fact_id[1:])]}"

    before, after = plan(facts, today), plan(entered, today)
    assert after.standing == before.standing._replace(
        fact_id=renamed(before.standing.fact_id), held_by=renamed(before.standing.held_by)
    )
    assert after.items == tuple(
        item._replace(
            trace=item.trace._replace(fact_id=renamed(item.trace.fact_id)),
            stay_id=item.stay_id and new_stays[item.stay_id],
        )
        for item in before.items
    )


@given(histories(), SEEN_ON, contact_facts(ATTEMPTS, asking=False))
@settings(max_examples=150)
def test_a_failed_attempt_moves_no_target_and_no_limit_and_removes_nothing(facts, today, attempt):
    tried = facts._replace(
        contacts=sorted_contacts([*facts.contacts, attempt._replace(contact_id=99)])
    )
    before, after = open_items(facts, today), open_items(tried, today)
    assert after.keys() == before.keys()
    for key, item in after.items():
        assert (item.target, item.limit) == (before[key].target, before[key].limit)
        assert item.attempts - before[key].attempts in {0, 1}
        assert item.due >= before[key].due


def ends_something(facts, day):
    """Is there a fact of that day that completes, closes, holds or supersedes what was open?"""
    for one in facts.statuses:
        if one.on == day and one.status != Status.ACTIVE:
            return True
    for one in facts.stays:
        if one.patient_class in {"emergency", "ambulatory"} and one.disposition not in {"03", "20"}:
            continue
        if one.discharged_on == day and one.disposition != "30":
            return True
        if one.admitted_on == day:
            return True
    for one in facts.contacts:
        meaning = PROTOCOLS.outcomes[one.outcome]
        two_way = meaning.counts and one.party in {"patient", "caregiver"}
        if one.on == day and (two_way or meaning.closes or meaning.facility or one.next_on):
            return True
    return False


@given(histories())
@settings(max_examples=100)
def test_nothing_open_disappears_without_a_fact_of_that_day_that_ends_it(facts):
    today = START
    before = open_items(facts, today)
    for _ in range(100):
        today += timedelta(1)
        after = open_items(facts, today)
        if not ends_something(facts, today):
            assert before.keys() <= after.keys()
            tier_changes = any(one.on == today for one in facts.tiers)
            active_again = any(one.on == today for one in facts.statuses)
            for key in before:
                if key[0] != "routine" or not (tier_changes or active_again):
                    assert after[key].target == before[key].target
                    assert after[key].limit == before[key].limit
        before = after


@given(histories(), st.integers(0, 60).map(lambda number: START + timedelta(number)))
def test_whoever_is_under_care_management_and_at_home_has_something_to_come(facts, today):
    found = plan(facts, today)
    if found.standing.status == Status.ACTIVE and found.standing.held_since is None:
        assert {"routine", "requested"} & {item.rule.kind for item in found.items}
    if found.standing.status == Status.CLOSED or found.standing.held_since is not None:
        assert found.items == ()


def cut(facts, day):
    """The facts as they stood in the evening of that day, written apart from the schedule."""
    stays = []
    for one in facts.stays:
        if one.discharged_on and one.discharged_on <= day:
            stays.append(one)
        elif one.admitted_on and one.admitted_on <= day:
            stays.append(StayFact(one.stay_id, one.patient_class, one.admitted_on, None, None, None,
                                  one.arrived_on))  # fmt: skip
    return PatientFacts(
        facts.patient_id,
        tuple(one for one in facts.statuses if one.on <= day),
        tuple(one for one in facts.tiers if one.on <= day),
        tuple(stays),
        tuple(one for one in facts.contacts if one.on <= day),
    )


@given(histories(), SEEN_ON)
@settings(max_examples=150)
def test_the_plan_of_a_past_day_is_the_plan_of_what_had_happened_by_then(facts, day):
    assert plan(facts, day) == plan(cut(facts, day), day)


def counted(anchor, span):
    """The day that lies a span after the anchor, by NumPy and by the months of `calendar`."""
    if span.unit == "business day":
        found = np.busday_offset(anchor, span.count, roll="backward", busdaycal=BUSINESS)
        return found.astype(date) if span.count else anchor
    if span.unit == "month":
        year, month = divmod(anchor.year * 12 + anchor.month - 1 + span.count, 12)
        last = calendar.monthrange(year, month + 1)[1]
        return date(year, month + 1, min(anchor.day, last))
    return anchor + timedelta(span.count * {"day": 1, "week": 7}[span.unit])


@given(histories(), SEEN_ON)
@settings(max_examples=150)
def test_every_date_follows_from_its_own_trace(facts, today):
    for item in plan(facts, today).items:
        trace, rule = item.trace, item.rule
        if rule.anchor == "request":
            (asked,) = (one for one in facts.contacts if f"C{one.contact_id}" == trace.fact_id)
            target, limit = asked.next_on, None
        else:
            target = counted(trace.anchor, rule.target)
            limit = rule.limit and counted(trace.anchor, rule.limit)
        if rule.move == "later":
            moved = np.busday_offset(target, 0, roll="forward", busdaycal=BUSINESS).astype(date)
            if moved != target:
                shift = trace.target_shift
                assert (shift.before, shift.after) == (target, moved)
                passed = [target + timedelta(n) for n in range((moved - target).days)]
                assert [day for day, _ in shift.skipped] == passed
            target = moved
        assert (item.target, item.limit) == (target, limit)
        assert item.limit is None or item.limit >= item.target
        if trace.last_attempt is None:
            assert (item.attempts, trace.retry, item.due) == (0, None, item.target)
        else:
            again = counted(trace.last_attempt, PROTOCOLS.retry)
            assert (item.attempts > 0, item.due) == (True, max(again, item.target))


@given(
    st.dates(date(2015, 1, 1), date(2055, 1, 1)),
    st.integers(0, 400),
    st.sampled_from(["day", "week", "month", "business day"]),
)
@settings(max_examples=150)
def test_a_length_of_time_agrees_with_an_independent_count(anchor, number, unit):
    span = PROTOCOLS.retry._replace(count=number, unit=unit)
    assert schedule.count_from(anchor, span, FEDERAL) == counted(anchor, span)
