"""How full the days are, what could move from a full one, what other rules change: by hand."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from patient_facts import (
    DAY,
    FEDERAL,
    PROTOCOLS,
    active,
    appointment,
    changed,
    condition,
    contact,
    defer,
    facts,
    hold,
    plan,
    stay,
    tier,
)

from caretool import load, schedule
from caretool.errors import RuleError
from caretool.model import Decision, DecisionFact, Strength
from caretool.protocols import Span
from caretool.workdays import is_open

# Monday; Thursday the 26th is Thanksgiving
TODAY = "2026-11-23"
MON, TUE, WED, THU, FRI = (f"2026-11-{day}" for day in (23, 24, 25, 26, 27))
SUN, NEXT_MON = "2026-11-29", "2026-11-30"
OFF = FEDERAL._replace(days_off={DAY(TUE): "your day off (dentist)"})


def weekly(patient, since, *more):
    """Somebody followed every 7 days from that day on."""
    return facts(active(since), tier(since, "high"), *more, patient=patient)


def routine(day):
    """The day since which a patient is followed whose weekly contact is due on that day."""
    return str(DAY(day) - timedelta(7))


def plans(*people, today=TODAY, protocols=PROTOCOLS, calendar=FEDERAL):
    return [schedule.plan(one, protocols, calendar, DAY(today)) for one in people]


def due_on(*days):
    """One patient a day who is due on it, routine."""
    return plans(*(weekly(number, routine(day)) for number, day in enumerate(days, 1)))


def loads(found, last=FRI, today=TODAY, calendar=FEDERAL):
    return {str(one.day): one.patients for one in load.days(found, calendar, DAY(today), DAY(last))}


def moves(found, capacity=1, last=FRI, today=TODAY, calendar=FEDERAL, spread=PROTOCOLS.spread):
    shifts = load.shifts(found, calendar, DAY(today), DAY(last), capacity, spread)
    return {one.patient_id: str(one.after) for one in shifts}


# How full the days are


def test_each_day_has_the_patients_who_are_due_on_it_and_a_closed_day_says_why():
    found = load.days(due_on(MON, MON, FRI), FEDERAL, DAY(MON), DAY(SUN))
    assert [(str(one.day), one.patients, one.closed) for one in found] == [
        (MON, 2, None),
        (TUE, 0, None),
        (WED, 0, None),
        (THU, 0, "Thanksgiving Day"),
        (FRI, 1, None),
    ]


def test_what_is_late_counts_for_today():
    assert loads(due_on("2026-10-05", "2026-11-20", MON)) == {
        MON: 3,
        TUE: 0,
        WED: 0,
        THU: 0,
        FRI: 0,
    }


def test_a_patient_counts_once_a_day_and_for_the_must_where_there_is_one():
    # Home since Friday, contact on Monday (must); depression, two weeks since the 9th (should)
    ana = facts(active("2026-11-09"), stay("2026-11-20", admitted="2026-11-18"),
                condition("depression"))  # fmt: skip
    assert [item.rule.strength for item in plans(ana)[0].items if item.due == DAY(MON)] == [
        Strength.MUST,
        Strength.SHOULD,
    ]
    today, *_, friday = load.days(plans(ana), FEDERAL, DAY(MON), DAY(FRI))
    assert (today.must, today.should, today.patients) == (1, 0, 1)
    # The visit and the reconciliation of day 7
    assert (friday.must, friday.should) == (1, 0)


def test_what_falls_on_a_weekend_counts_for_the_next_working_day():
    asked = facts(active("2026-11-16"), contact(MON, "rescheduled", asked="2026-11-28"))
    assert loads(plans(asked), last=NEXT_MON)[NEXT_MON] == 1


@pytest.mark.parametrize(
    ("limit", "today", "day"),
    [(6, MON, FRI), (7, MON, NEXT_MON), (6, "2026-11-28", NEXT_MON)],
    ids=["Sunday is its limit", "Monday is its limit", "Friday is over"],
)
def test_what_falls_on_a_weekend_past_which_it_does_not_count_is_done_before(limit, today, day):
    # Home on Monday, to be seen on Saturday the 28th
    rules = changed(
        "transition", "visit_moderate", move="stay", target=Span(5, "day"), limit=Span(limit, "day")
    )
    home = facts(active("2026-11-20"), stay(MON, admitted="2026-11-20"), contact(MON))
    found = plans(home, today=today, protocols=rules)
    (visit,) = [item for item in found[0].items if item.rule.kind == "visit"]
    assert str(visit.due) == "2026-11-28"
    assert str(load.acted_on(visit, FEDERAL, DAY(today))) == day


def test_on_a_day_off_what_is_late_counts_for_the_next_day_at_work():
    assert loads(due_on(MON), today=TUE, calendar=OFF) == {TUE: 0, WED: 1, THU: 0, FRI: 0}


def test_on_a_closed_day_what_is_late_counts_for_the_next_day_at_work():
    assert loads(due_on(MON), today=THU, last=FRI) == {THU: 0, FRI: 1}


def test_the_horizon_reaches_over_the_closed_days_that_follow():
    assert load.horizon(DAY(WED), FEDERAL) == DAY(THU)
    assert load.horizon(DAY(FRI), FEDERAL) == DAY(SUN)
    assert load.horizon(DAY(MON), FEDERAL) == DAY(MON)


def test_a_day_beyond_the_calendar_is_refused():
    with pytest.raises(RuleError):
        load.days([], FEDERAL, date(2060, 12, 30), date(2061, 1, 3))


# What could move


def test_nothing_moves_from_a_day_that_is_not_over_capacity():
    assert moves(due_on(TUE, TUE), capacity=2) == {}


def test_the_least_urgent_moves_to_the_nearest_day_with_room():
    # Two on Tuesday: the one who is not high tier is the less urgent; Wednesday has room
    low = facts(active("2026-10-27"), tier("2026-10-27", "low"), patient=2)  # 28 days: Tuesday
    assert moves(plans(weekly(1, routine(TUE)), low)) == {2: WED}


def test_of_two_days_as_near_the_earlier_one_is_taken_but_never_today():
    assert moves(due_on(WED, WED)) == {2: TUE}
    assert moves(due_on(TUE, TUE)) == {2: WED}, "Monday is today"


def test_closed_days_and_days_off_are_passed_over():
    assert moves(due_on(WED, WED, TUE)) == {2: FRI}
    assert moves(due_on(WED, WED), calendar=OFF) == {2: FRI}


def test_nobody_moves_further_than_the_spread_says():
    # From Monday three business days are Tuesday, Wednesday and, after Thanksgiving, Friday
    assert moves(due_on(MON, MON, TUE, WED, FRI), last=NEXT_MON) == {}
    assert moves(due_on(MON, MON, TUE, WED), last=NEXT_MON) == {2: FRI}
    assert moves(due_on(MON, MON, TUE), spread=Span(1, "business day")) == {}
    assert moves(due_on(MON, MON, TUE), spread=Span(0, "business day")) == {}


def test_nobody_moves_past_the_last_day_that_is_looked_at():
    assert moves(due_on(MON, MON, TUE), last=TUE) == {}


def test_what_is_late_may_move_from_today():
    assert moves(due_on("2026-10-05", "2026-10-06")) == {2: TUE}


def test_a_day_has_room_until_it_is_full():
    assert moves(due_on(MON, MON, MON, MON, TUE), capacity=2) == {4: TUE, 3: WED}


def test_what_must_be_done_stays_and_keeps_its_patient_on_that_day():
    stays = [weekly(n, routine(MON), stay("2026-11-20", admitted="2026-11-18")) for n in (1, 2)]
    assert moves(plans(*stays)) == {}


def test_a_date_that_the_patient_asked_for_stays():
    asked = [
        facts(active("2026-11-16"), contact("2026-11-20", "rescheduled", asked=TUE), patient=n)
        for n in (1, 2)
    ]
    assert moves(plans(*asked)) == {}


def test_a_visit_that_is_arranged_stays():
    # Emergency visits on Thursday of people with two chronic conditions: seen within 7 days
    people = [
        facts(
            active("2026-11-02"),
            stay("2026-11-19", kind="emergency"),
            contact("2026-11-20"),
            condition("copd"),
            condition("heart_failure"),
            appointment(WED, noted="2026-11-20"),
            patient=number,
        )
        for number in (1, 2)
    ]
    assert loads(plans(*people)) == {MON: 0, TUE: 0, WED: 2, THU: 0, FRI: 2}
    assert moves(plans(*people)) == {}


def test_what_waits_for_a_hold_to_end_stays():
    held = [weekly(n, "2026-11-09", hold("2026-11-12", TUE)) for n in (1, 2)]
    assert loads(plans(*held))[TUE] == 2
    assert moves(plans(*held)) == {}


def test_nothing_moves_into_a_hold():
    # Held until Wednesday, due on Friday: with that, and Monday full, there is only Wednesday
    held = weekly(9, routine(FRI), hold("2026-11-20", WED))
    found = plans(weekly(1, routine(FRI)), weekly(2, routine(NEXT_MON)), held)
    assert moves(found, last="2026-12-04") == {9: WED}
    found += plans(weekly(3, routine(WED)))
    assert moves(found, last="2026-12-04") == {9: "2026-12-01"}


def test_a_next_try_after_a_failed_attempt_stays():
    tried = [weekly(n, "2026-11-09", contact(MON, "no_answer")) for n in (1, 2)]
    assert loads(plans(*tried))[TUE] == 2
    assert moves(plans(*tried)) == {}


def test_nobody_is_put_off_a_second_time():
    deferred = weekly(9, routine(MON), defer(MON, "routine/high", MON, TUE))
    other = weekly(1, routine(TUE))
    assert loads(plans(deferred, other))[TUE] == 2
    assert moves(plans(deferred, other)) == {1: WED}


def test_nothing_moves_to_the_day_of_what_it_is_about():
    """Whether an appointment of Tuesday was kept is asked on Wednesday, and not on Tuesday."""
    found = plans(
        *(facts(active(MON), appointment(TUE, noted=MON), patient=number) for number in (1, 2))
    )
    assert loads(found)[WED] == 2
    assert moves(found) == {2: FRI}


def test_nothing_moves_to_a_day_on_which_it_would_not_count():
    # Depression since the 11th: two weeks later is Wednesday, and only from then on it counts
    late = changed("depression", "first_weeks", counts_from=Span(14, "day"))
    people = [facts(active("2026-11-11"), condition("depression"), patient=n) for n in (1, 2)]
    usual, later = plans(*people), plans(*people, protocols=late)
    # the routine of 14 days falls on the same day, and goes with it
    assert {len(one.items) for one in (*usual, *later)} == {2}
    assert (moves(usual), moves(later)) == ({2: TUE}, {2: FRI})


def test_an_item_with_a_limit_moves_up_to_it_and_no_further():
    # Emergency visits on Monday: calls on Tuesday, limit Wednesday
    visits = [facts(active(MON), stay(MON, kind="emergency"), patient=n) for n in (1, 2)]
    assert moves(plans(*visits)) == {2: WED}
    assert moves([*plans(*visits), *plans(weekly(3, routine(WED)))]) == {}


def test_the_day_after_its_limit_is_too_late_though_she_is_at_work_on_it():
    # Emergency visits on Friday: calls on Monday, limit Tuesday; Wednesday has room
    visits = [
        facts(active("2026-11-20"), stay("2026-11-20", kind="emergency"), patient=n) for n in (1, 2)
    ]
    assert moves(plans(*visits)) == {2: TUE}
    assert moves([*plans(*visits), *plans(weekly(3, routine(TUE)))]) == {}


def test_an_item_past_its_limit_stays_on_todays_list():
    visits = [
        facts(active("2026-11-16"), stay("2026-11-16", kind="emergency"), patient=n) for n in (1, 2)
    ]
    assert loads(plans(*visits))[MON] == 2
    assert moves(plans(*visits)) == {}


def test_a_limit_reaches_further_than_the_spread():
    # Depression since Monday the 9th: target two weeks later, today; limit four, 7 December
    found = plans(
        *(facts(active("2026-11-09"), condition("depression"), patient=n) for n in (1, 2)),
        *(weekly(number, routine(day)) for number, day in enumerate((TUE, WED, FRI), 3)),
        protocols=changed("routine", "moderate", target=Span(60, "day")),
    )
    assert moves(found, last="2026-12-11") == {2: NEXT_MON}


# Home on Tuesday the 17th, reached and seen: calls on Tuesday the 24th, 1, 8 and 17 December
HOME = (
    active("2026-11-10"),
    stay("2026-11-17", admitted="2026-11-10"),
    contact("2026-11-18", "visit_done", topics=["medication_reconciliation"]),
)


def test_everything_of_a_day_moves_together_to_where_all_of_it_may():
    """P9: the call of day 7 may move until Friday, the one after Monday's ED visit to Wednesday."""
    both = facts(*HOME, stay(MON, kind="emergency"), patient=9)
    due = {item.rule.kind: item.limit for item in plans(both)[0].items if item.due == DAY(TUE)}
    assert due == {"transition_call": None, "ed_call": DAY(WED)}

    tuesday = weekly(1, routine(TUE))
    assert moves(plans(tuesday, both)) == {9: WED}
    # with Wednesday full nothing of it moves, and so the other patient does
    assert moves(plans(tuesday, both, weekly(2, routine(WED)))) == {1: FRI}


def test_a_patient_who_is_there_anyway_takes_no_room():
    """P9 asked for Wednesday, which is full with that; reached since, so due on Tuesday too."""
    asked = facts(
        active("2026-11-10"),
        tier("2026-11-10", "high"),
        contact("2026-11-10", "rescheduled", asked=WED),
        contact("2026-11-17"),
        patient=9,
    )
    found = plans(weekly(1, routine(TUE)), asked)
    assert loads(found) == {MON: 0, TUE: 2, WED: 1, THU: 0, FRI: 0}
    (shift,) = load.shifts(found, FEDERAL, DAY(MON), DAY(FRI), 1, PROTOCOLS.spread)
    assert (shift.patient_id, str(shift.after), shift.joins) == (9, WED, True)


def call_is_open(called, today):
    """Which call is open on `today`, after a talk on the day `called`."""
    (item,) = [
        one
        for one in plan(today, *HOME, contact(called)).items
        if one.rule.kind == "transition_call"
    ]
    return str(item.trace.planned)


def test_a_call_moves_no_earlier_than_it_counts():
    """Three days early serve: the call of the 24th counts from the 21st, not on Friday the 20th."""
    assert call_is_open("2026-11-20", "2026-11-20") == TUE
    assert call_is_open(MON, MON) == "2026-12-01"
    wednesday = "2026-11-18"
    found = plans(weekly(1, routine(TUE)), facts(*HOME, patient=9), today=wednesday)
    assert moves(found, today=wednesday) == {9: MON}
    found += plans(weekly(2, routine(MON)), weekly(3, routine(WED)), today=wednesday)
    assert moves(found, today=wednesday) == {9: FRI}, "and not the Friday before"


def test_a_call_moves_not_so_far_that_it_counts_for_the_next_one_too():
    """The next one, of 1 December, is served from 28 November on; Monday the 30th is after that."""
    assert call_is_open(FRI, FRI) == "2026-12-01"
    assert call_is_open(NEXT_MON, NEXT_MON) == "2026-12-08"
    busy = [weekly(number, routine(day)) for number, day in enumerate((TUE, WED), 1)]
    found = plans(*busy, facts(*HOME, patient=9))
    assert moves(found, last="2026-12-04") == {9: FRI}
    full = plans(*busy, weekly(3, routine(FRI)), facts(*HOME, patient=9))
    assert moves(full, last="2026-12-04") == {1: NEXT_MON}, "another one goes"


def test_the_first_day_that_serves_the_next_call_is_too_late_for_this_one():
    """Home on Thursday the 12th: the call of the 26th minus 3 days is served from Monday on."""
    wednesday, thursday, friday = (f"2026-11-{day}" for day in (18, 19, 20))
    home = facts(
        active("2026-11-05"),
        stay("2026-11-12", admitted="2026-11-05"),
        contact("2026-11-13", "visit_done", topics=["medication_reconciliation"]),
        patient=9,
    )
    found = plans(weekly(1, routine(thursday)), home, today=wednesday)
    assert loads(found, today=wednesday)[thursday] == 2
    assert moves(found, today=wednesday) == {9: friday}
    found += plans(weekly(2, routine(friday)), today=wednesday)
    assert moves(found, today=wednesday) == {1: MON}, "the routine one goes"


def test_what_waits_for_another_step_does_not_move_to_an_earlier_day():
    """The letter of 10 November gives them 14 days, until Tuesday; Monday would be too early."""
    tries = [
        contact("2026-11-03", "no_answer", at="09:00"),
        contact("2026-11-04", "no_answer", at="15:00"),
        contact("2026-11-05", "portal_sent", by="portal", at="10:00"),
        contact("2026-11-10", "letter_sent", by="letter"),
    ]
    rules = changed("routine", "moderate", target=Span(60, "day"))
    silent = facts(active("2026-10-20"), *tries, patient=9)
    found = plans(silent, weekly(1, routine(TUE)), today="2026-11-20", protocols=rules)
    (question,) = [one for one in found[0].items if one.rule.kind == "close_unreachable"]
    assert str(question.due) == TUE
    assert moves(found, today="2026-11-20") == {9: WED}


# What holds of every panel

BACK = st.integers(0, 40).map(lambda number: str(DAY(MON) - timedelta(number)))
OUTCOMES = st.sampled_from(["reached_patient"] * 3 + ["no_answer", "visit_done", "letter_sent"])


@st.composite
def people(draw, number):
    """Somebody followed, with a few facts of the last weeks."""
    since = draw(BACK)
    known = [active(since), tier(since, draw(st.sampled_from(["high", "moderate", "low"])))]
    kinds = st.sampled_from(["inpatient", "emergency"])
    known += [stay(out, kind=draw(kinds)) for out in draw(st.lists(BACK, max_size=2))]
    known += [contact(day, draw(OUTCOMES)) for day in draw(st.lists(BACK, max_size=3))]
    known += [condition("depression")] * draw(st.integers(0, 1))
    if draw(st.integers(0, 5)) == 0:
        known.append(hold(draw(BACK), draw(st.sampled_from([TUE, FRI, "2026-12-08"]))))
    if draw(st.integers(0, 5)) == 0:
        known.append(appointment(draw(st.sampled_from([TUE, WED])), noted=draw(BACK)))
    if draw(st.integers(0, 5)) == 0:
        known.append(contact(draw(BACK), "rescheduled", asked=draw(st.sampled_from([TUE, FRI]))))
    return facts(*known, patient=number)


panels = st.integers(2, 12).flatmap(
    lambda size: st.tuples(*(people(number) for number in range(1, size + 1)))
)
days_off = st.sets(st.integers(0, 20), max_size=4)


def spread_over(panel, shifts):
    """The facts once the moves are written, as `week --spread` writes them."""
    found = []
    for one in panel:
        moved = [
            DecisionFact(
                99, DAY(MON), Decision.DEFER, "", item.rule.id, item.trace.planned, shift.after
            )
            for shift in shifts
            for item in shift.items
            if shift.patient_id == one.patient_id
        ]  # fmt: skip
        found.append(one._replace(decisions=(*one.decisions, *moved)))
    return found


def items_of(found):
    """Every open item, by patient, rule, and the day that the rule gives it."""
    items = {
        (plan.patient_id, one.rule.id, one.trace.planned): one
        for plan in found
        for one in plan.items
    }
    assert len(items) == sum(len(plan.items) for plan in found)
    return items


@given(panels, days_off, st.integers(1, 3), st.integers(1, 3))
def test_spreading_passes_no_limit_moves_no_must_and_overfills_no_day(panel, off, capacity, weeks):
    calendar = FEDERAL._replace(days_off={DAY(MON) + timedelta(one): "away" for one in off})
    today, last = DAY(MON), DAY(MON) + timedelta(7 * weeks - 1)
    found = plans(*panel, calendar=calendar)
    shifts = load.shifts(found, calendar, today, last, capacity, PROTOCOLS.spread)
    after = plans(*spread_over(panel, shifts), calendar=calendar)
    old, new = items_of(found), items_of(after)

    assert old.keys() == new.keys(), "the same things are open"
    holds = {one.patient_id: one.standing.hold for one in found}
    moved = {
        (shift.patient_id, one.rule.id, one.trace.planned): shift
        for shift in shifts
        for one in shift.items
    }
    for key, item in new.items():
        before = old[key]
        assert item.limit == before.limit
        if key not in moved:
            assert item.due == before.due
            continue
        shift = moved[key]
        assert item.rule.strength == Strength.SHOULD
        assert item.due == shift.after != shift.before
        assert today < item.due <= last
        assert is_open(item.due, calendar)
        held = holds[key[0]]
        assert held is None or item.due >= held.to
        if item.limit is None:
            assert abs(business_days(item.due, shift.before)) <= PROTOCOLS.spread.count
        else:
            assert item.due <= item.limit

    was, now = (
        {one.day: one.patients for one in load.days(plans_, calendar, today, last)}
        for plans_ in (found, after)
    )
    for day in was:
        assert now[day] <= max(was[day], capacity)
        assert now[day] >= min(was[day], capacity), "no more leaves than must"
    joined = sum(shift.joins for shift in shifts)
    assert sum(now.values()) == sum(was.values()) - joined
    again = load.shifts(after, calendar, today, last, capacity, PROTOCOLS.spread)
    arrived = {(shift.patient_id, shift.after) for shift in shifts}
    assert arrived.isdisjoint((shift.patient_id, shift.before) for shift in again), "once only"


def business_days(first, second):
    """How many business days lie between two days, by walking them."""
    low, high = min(first, second), max(first, second)
    days = (low + timedelta(number) for number in range(1, (high - low).days + 1))
    return sum(day.weekday() < 5 and day not in FEDERAL.holidays for day in days)


# What other rules change


def differences(today, *known, new):
    return load.changes(plan(today, *known), plan(today, *known, protocols=new))


def test_the_same_rules_change_nothing():
    assert differences(TODAY, *HOME, new=changed("routine", "high")) == []


def test_a_shorter_interval_brings_an_item_forward():
    (change,) = differences(
        MON, active(MON), new=changed("routine", "moderate", target=Span(7, "day"))
    )
    assert (change.how, str(change.before.due), str(change.after.due)) == (
        "earlier", "2026-12-07", NEXT_MON,
    )  # fmt: skip


def test_a_longer_one_sends_it_later():
    (change,) = differences(
        MON, active(MON), new=changed("routine", "moderate", target=Span(28, "day"))
    )
    assert (change.how, str(change.after.due)) == ("later", "2026-12-21")


def test_a_rule_that_is_left_out_goes_and_one_that_is_added_is_new():
    without = changed("ed", statuses=frozenset())
    visit = (active("2026-11-02"), contact("2026-11-20"), stay(MON, kind="emergency"))
    (gone,) = differences(MON, *visit, new=without)
    assert (gone.how, gone.item.rule.kind, gone.after) == ("gone", "ed_call", None)
    (new,) = load.changes(plan(MON, *visit, protocols=without), plan(MON, *visit))
    assert (new.how, new.item.rule.kind, new.before) == ("new", "ed_call", None)


def test_another_limit_on_the_same_day_is_a_change_and_may_be_missed_anew():
    # Emergency visit on Thursday: call by Monday; by Friday under the new rules
    visit = (active("2026-11-02"), stay("2026-11-19", kind="emergency"), contact("2026-11-18"))
    shorter = changed("ed", "call", limit=Span(1, "business day"))
    (change,) = differences(MON, *visit, new=shorter)
    assert change.how == "limit"
    assert change.newly_missed(DAY(MON))
    assert not change.newly_missed(DAY("2026-11-20")), "its last day is not past it"
    (back,) = load.changes(plan(MON, *visit, protocols=shorter), plan(MON, *visit))
    assert not back.newly_missed(DAY(MON))
    assert not change.newly_missed(DAY(TUE)), "it is missed under both"


def test_a_should_that_becomes_a_must_is_a_change():
    must = changed("routine", "moderate", strength=Strength.MUST)
    (change,) = differences(MON, active(MON), new=must)
    assert change.how == "strength"


def test_an_item_of_the_same_kind_by_another_rule_moves_and_does_not_come_and_go():
    # 14 days of the moderate tier, 7 of the high one, which is a rule of its own
    high = PROTOCOLS._replace(default_tier="high")
    (change,) = differences(MON, active(MON), new=high)
    assert (change.before.rule.name, change.after.rule.name) == ("moderate", "high")
    assert change.how == "earlier"


def test_two_items_of_one_kind_are_told_apart_by_rule():
    """A practice's own rule of a kind that there is already: it is new, and nothing else moves."""
    (protocol,) = PROTOCOLS.by_trigger["status"]
    rules = [
        one._replace(name=f"{one.name}_2", target=Span(21, "day")) if copy else one
        for one in protocol.rules
        for copy in (False, True)
        if one.tier == "moderate" or not copy
    ]
    by_trigger = {**PROTOCOLS.by_trigger, "status": (protocol._replace(rules=tuple(rules)),)}
    (change,) = differences(MON, active(MON), new=PROTOCOLS._replace(by_trigger=by_trigger))
    assert (change.how, change.after.rule.name) == ("new", "moderate_2")


@given(panels, st.sampled_from(["transition", "ed", "routine", "depression", "windows"]))
def test_every_item_is_unchanged_or_in_exactly_one_change(panel, name):
    """What is open before, less what goes, plus what comes, is what is open after."""
    new = changed(name, statuses=frozenset({"active"} if name == "routine" else ()))
    if name == "routine":
        new = changed(name, "moderate", target=Span(10, "day"))
    before, after = plans(*panel), plans(*panel, protocols=new)
    found = [one for pair in zip(before, after, strict=True) for one in load.changes(*pair)]
    counts = load.count_changes(found, DAY(MON))
    items = [sum(len(one.items) for one in several) for several in (before, after)]

    assert items[0] - counts["gone"] + counts["new"] == items[1]
    for side, several in (("before", before), ("after", after)):
        own = {id(item) for one in several for item in one.items}
        named = [getattr(one, side) for one in found if getattr(one, side) is not None]
        assert len({id(one) for one in named}) == len(named)
        assert all(id(one) in own for one in named)
    assert counts["patients_changed"] == len({one.patient_id for one in found})
    assert load.changes(before[0], before[0]) == []
