"""What holds of every plan, over random histories; written apart from the engine.

Histories hold facts of every kind, also such as do not fit together. Of one kind no two are of the
same day, so that their order is known. A decision about one item names one that was open that day,
as the commands do. Dates are recomputed with NumPy's business days and the months of `calendar`.
"""

import calendar
from datetime import date, time, timedelta
from functools import cache

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from patient_facts import ATTEMPTS, FEDERAL, PROTOCOLS

from caretool import schedule
from caretool.model import (
    AppointmentFact,
    ConditionFact,
    ContactFact,
    Decision,
    DecisionFact,
    PatientClass,
    PatientFacts,
    ReconciliationFact,
    ReferralFact,
    ScoreFact,
    State,
    Status,
    StatusFact,
    StayFact,
    Strength,
    Tier,
    TierFact,
)
from caretool.protocols import Span
from caretool.workdays import count_from

START = date(2026, 6, 1)
ONE = timedelta(1)
# Of every kind, and often enough those after which something goes on
CODES = [*["01"] * 5, "06", "06", "03", "03", "07", "04", "30", "20", None]
OUTCOMES = [*PROTOCOLS.outcomes, *["reached_patient", "no_answer", "visit_done"] * 6]
CLASSES = [*["inpatient", "emergency"] * 5, "snf", "snf", *PatientClass]
WORDS = [*["active"] * 4, "on_hold", "roster", *Status]
DIAGNOSES = [None, None, "I50.9", "F32.1", "F10.20", "J44.1", "sepsis", "heart failure", "R51.9"]
CONDITIONS = ["depression", "heart_failure", "copd", "ckd", "diabetes"]
TOPICS = [(), (), ("medication_reconciliation",), ("mental_health",), ("substance_use",)]
VISITS = {"emergency", "ambulatory"}
SEEN_ON = st.integers(5, 95).map(lambda number: START + timedelta(number))
ABOUT_ALL = [
    Decision.HOLD, Decision.HOLD, Decision.LIFT, Decision.ACCEPT, Decision.DECLINE,
    Decision.NOT_SUITABLE,
]  # fmt: skip
ABOUT_ONE = [Decision.DEFER, Decision.WAIVE, Decision.TAKE_BACK]

days = st.integers(0, 75).map(lambda number: START + timedelta(number))
hours = st.none() | st.sampled_from([time(hour) for hour in (8, 12, 17)])
calendars = st.dictionaries(
    st.integers(0, 130).map(lambda number: START + timedelta(number)), st.just("away"), max_size=8
).map(lambda days_off: FEDERAL._replace(days_off=days_off))


@st.composite
def status_facts(draw):
    word = draw(st.sampled_from(WORDS))
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
        (left or begins) + timedelta(draw(st.sampled_from([0, 0, 1, 9, 30, 31]))),
        draw(st.sampled_from(DIAGNOSES)),
    )


@st.composite
def contact_facts(draw):
    outcome, on = PROTOCOLS.outcomes[draw(st.sampled_from(OUTCOMES))], draw(days)
    asked = None if outcome.closes else draw(st.none() | st.integers(1, 20))
    return ContactFact(
        0,
        on,
        draw(hours),
        outcome.code,
        draw(st.sampled_from(["phone", "phone", "portal", "facility"])),
        draw(st.sampled_from([outcome.party, outcome.party, "caregiver", "provider"])),
        draw(st.booleans()),
        asked and on + timedelta(asked),
        topics=frozenset(draw(st.sampled_from(TOPICS))),
    )


failed_attempts = st.builds(
    ContactFact,
    contact_id=st.just(99),
    on=days,
    at=hours,
    outcome=st.sampled_from(ATTEMPTS),
    channel=st.sampled_from(["phone", "portal", "facility"]),
    party=st.sampled_from(["patient", "caregiver", "facility"]),
    inbound=st.just(False),
    topics=st.sampled_from(TOPICS).map(frozenset),
)


@st.composite
def appointment_facts(draw):
    noted = draw(days)
    ahead, cancelled = draw(st.integers(0, 20)), draw(st.none() | st.integers(0, 25))
    off = None if cancelled is None else noted + timedelta(cancelled)
    return AppointmentFact(0, noted, noted + timedelta(ahead), draw(hours), None, off)


@st.composite
def runs_of_attempts(draw):
    """What it may take until a letter is due, and perhaps the letter."""
    on, made = draw(days), []
    for _ in range(draw(st.integers(3, 5))):
        on += timedelta(draw(st.integers(1, 3)))
        hour, channel = draw(st.sampled_from([9, 14])), draw(st.sampled_from(["phone", "portal"]))
        made.append(ContactFact(0, on, time(hour), "no_answer", channel, "patient", False))
    if draw(st.booleans()):
        on += timedelta(draw(st.integers(1, 4)))
        made.append(ContactFact(0, on, None, "letter_sent", "letter", "patient", False))
    return made


def one_a_day(make, most, key=lambda one: one.on, least=0):
    return st.lists(make, min_size=least, max_size=most, unique_by=key)


def by_day(several):
    return tuple(sorted(several, key=lambda one: one.on))


def by_hour(contacts):
    return tuple(sorted(contacts, key=lambda one: (one.on, one.at or time.min, one.contact_id)))


def numbered(several, name):
    return [one._replace(**{name: number}) for number, one in enumerate(several, 1)]


@st.composite
def plain_histories(draw):
    """One patient's facts without decisions."""
    followed = draw(st.sampled_from([True, True, True, False]))
    statuses = [StatusFact(START - timedelta(3), Status.ACTIVE)] if followed else []
    statuses += draw(one_a_day(status_facts(), 3))
    stays = draw(
        st.lists(
            stay_facts(),
            min_size=draw(st.sampled_from([1, 1, 2, 0])),
            max_size=5,
            unique_by=(lambda one: one.discharged_on or one, lambda one: one.admitted_on or one),
        )
    )
    scores = []
    if stays:
        numbers = st.integers(1, len(stays))
        scores = draw(
            one_a_day(st.builds(ScoreFact, days, numbers, st.sampled_from([4, 9, 10, 14])), 2)
        )
    why = st.sampled_from([None, None, "as agreed"])
    tiers = st.builds(TierFact, days, st.sampled_from(Tier), why)
    conditions = st.builds(ConditionFact, days | st.just(date.min), st.sampled_from(CONDITIONS))
    appointments = draw(one_a_day(appointment_facts(), 3))
    referrals = draw(one_a_day(st.builds(ReferralFact, st.just(0), days), 2))
    about = st.none() | st.integers(1, 5)
    reconciliations = draw(one_a_day(st.builds(ReconciliationFact, st.just(0), days, about), 2))
    contacts = draw(one_a_day(contact_facts(), 9, least=draw(st.sampled_from([0, 2, 4]))))
    tried = draw(st.sampled_from([[], [], None]))
    if tried is None:
        tried = draw(runs_of_attempts())
    taken = {one.on for one in tried}
    contacts = [*tried, *(one for one in contacts if one.on not in taken)]
    return PatientFacts(
        1,
        by_day(statuses),
        by_day(draw(one_a_day(tiers, 2))),
        tuple(numbered(stays, "stay_id")),
        by_hour(numbered(contacts, "contact_id")),
        by_day(draw(one_a_day(conditions, 3, key=lambda one: (one.on, one.code)))),
        (),
        by_day(numbered(appointments, "appointment_id")),
        by_day(scores),
        by_day(numbered(referrals, "referral_id")),
        by_day(numbered(reconciliations, "reconciliation_id")),
    )


def about_one(facts, made, word, on, pick, ahead):
    """A decision about an item as the commands let her take it; None where there is nothing."""
    if word == Decision.TAKE_BACK:
        earlier = [one for one in made if one.item]
        if not earlier:
            return None
        last = earlier[pick % len(earlier)]
        return DecisionFact(0, on, word, "because", last.item, last.planned)
    items = [
        item
        for item in plan(facts._replace(decisions=tuple(made)), on).items
        if word == Decision.DEFER
        or not (item.rule.anchor.startswith("last") or "decision" in item.rule.done_by)
    ]
    if not items:
        return None
    item = items[pick % len(items)]
    to = on + timedelta(ahead) if word == Decision.DEFER else None
    return DecisionFact(0, on, word, "because", item.rule.id, item.trace.planned, to)


@st.composite
def histories(draw):
    """One patient's facts, decisions among them."""
    facts = draw(plain_histories())
    made = []
    for on in sorted(draw(st.lists(days, max_size=5, unique=True))):
        word, ahead = draw(st.sampled_from(ABOUT_ALL + ABOUT_ONE * 3)), draw(st.integers(1, 30))
        if word in ABOUT_ONE:
            one = about_one(facts, made, word, on, draw(st.integers(0, 7)), ahead)
        else:
            to = on + timedelta(ahead) if word == Decision.HOLD else None
            one = DecisionFact(0, on, word, "because", to=to)
        if one is not None:
            made.append(one._replace(decision_id=len(made) + 1))
    return facts._replace(decisions=tuple(made))


def plan(facts, today, under=FEDERAL):
    return schedule.plan(facts, PROTOCOLS, under, today)


def two_way(contact):
    return PROTOCOLS.outcomes[contact.outcome].counts and contact.party in {"patient", "caregiver"}


def tells_of_visit(contact):
    return two_way(contact) or contact.outcome == "visit_missed"


def key(item):
    """What an item is: of which protocol and kind, and which fact it answers."""
    return item.rule.protocol, item.rule.kind, item.start.fact_id


def open_items(facts, today, under=FEDERAL):
    found = plan(facts, today, under).items
    keyed = {key(item): item for item in found}
    assert len(keyed) == len(found), "nothing is open twice"
    return keyed


# The order in which facts were entered, and facts that are taken out again


@given(histories(), SEEN_ON, st.randoms(use_true_random=False))
@settings(max_examples=150)
def test_the_plan_does_not_depend_on_the_order_in_which_facts_were_entered(facts, today, random):
    new = {}
    for letter, several, name in (
        ("D", facts.stays, "stay_id"),
        ("C", facts.contacts, "contact_id"),
        ("H", facts.decisions, "decision_id"),
        ("A", facts.appointments, "appointment_id"),
        ("F", facts.referrals, "referral_id"),
        ("M", facts.reconciliations, "reconciliation_id"),
    ):
        ids = [getattr(one, name) for one in several]
        new[letter] = dict(zip(ids, random.sample(ids, len(ids)), strict=True))

    def of(letter, name):
        """A stay, contact and so on with the number that it would have had; None stays None."""
        return lambda one: one and one._replace(**{name: new[letter][getattr(one, name)]})

    stay, decision = of("D", "stay_id"), of("H", "decision_id")

    def called(fact_id):
        return fact_id and f"{fact_id[0]}{new[fact_id[0]][int(fact_id[1:])]}"

    entered = facts._replace(
        stays=tuple(sorted(map(stay, facts.stays), key=lambda one: one.stay_id)),
        contacts=tuple(map(of("C", "contact_id"), facts.contacts)),
        decisions=tuple(map(decision, facts.decisions)),
        appointments=tuple(map(of("A", "appointment_id"), facts.appointments)),
        scores=tuple(
            one._replace(stay_id=new["D"][one.stay_id]) for one in facts.scores
        ),
        referrals=tuple(map(of("F", "referral_id"), facts.referrals)),
        reconciliations=tuple(
            of("M", "reconciliation_id")(one._replace(stay_id=new["D"].get(one.stay_id)))
            for one in facts.reconciliations
        ),
    )  # fmt: skip
    before, after = plan(facts, today), plan(entered, today)
    where = before.standing
    assert after.standing == where._replace(
        fact_id=called(where.fact_id), held_by=called(where.held_by), hold=decision(where.hold)
    )
    assert after.items == tuple(
        item._replace(
            trace=item.trace._replace(fact_id=called(item.trace.fact_id)),
            start=item.start._replace(
                fact_id=called(item.start.fact_id),
                stay=stay(item.start.stay),
                earlier=stay(item.start.earlier),
            ),
        )
        for item in before.items
    )


KINDS = PatientFacts._fields[1:]


@given(histories(), SEEN_ON, st.data())
@settings(max_examples=150)
def test_a_fact_that_is_taken_out_leaves_the_plan_as_if_it_had_never_been(facts, today, data):
    full = [name for name in KINDS if getattr(facts, name)]
    if not full:
        return
    name = data.draw(st.sampled_from(full))
    several = getattr(facts, name)
    place = data.draw(st.integers(0, len(several) - 1))
    without = facts._replace(**{name: several[:place] + several[place + 1 :]})
    never = plan(without, today)
    plan(facts, today)
    assert plan(without, today) == never
    letter = {"stays": "D", "contacts": "C", "appointments": "A", "referrals": "F"}.get(name)
    if letter:
        gone = f"{letter}{several[place][0]}"
        told = {item.trace.fact_id for item in never.items}
        told |= {item.start.fact_id for item in never.items}
        assert gone not in told | {never.standing.fact_id, never.standing.held_by}


def cut(facts, day):
    """The facts as they stood in the evening of that day, written apart from the schedule."""

    def until(name):
        return tuple(one for one in getattr(facts, name) if one.on <= day)

    stays = []
    for one in facts.stays:
        if one.discharged_on and one.discharged_on <= day:
            stays.append(one)
        elif one.admitted_on and one.admitted_on <= day:
            stays.append(StayFact(one.stay_id, one.patient_class, one.admitted_on, None, None, None,
                                  one.arrived_on, one.diagnosis))  # fmt: skip
    appointments = []
    for one in facts.appointments:
        off = one.cancelled_on is not None and one.cancelled_on <= day
        if one.noted_on <= day and not off:
            appointments.append(one._replace(cancelled_on=None))
    return PatientFacts(
        facts.patient_id,
        until("statuses"),
        until("tiers"),
        tuple(stays),
        until("contacts"),
        until("conditions"),
        until("decisions"),
        tuple(appointments),
        until("scores"),
        until("referrals"),
        until("reconciliations"),
    )


@given(histories(), SEEN_ON)
@settings(max_examples=150)
def test_the_plan_of_a_past_day_is_the_plan_of_what_had_happened_by_then(facts, day):
    assert plan(facts, day) == plan(cut(facts, day), day)


# What a failed attempt does, and what it does not


@given(histories(), SEEN_ON, failed_attempts, calendars)
@settings(max_examples=200)
def test_a_failed_attempt_moves_no_target_and_no_limit_and_removes_nothing(
    facts, today, attempt, under
):
    tried = facts._replace(contacts=by_hour([*facts.contacts, attempt]))
    assert plan(tried, today, under).standing == plan(facts, today, under).standing
    before, after = open_items(facts, today, under), open_items(tried, today, under)
    # The letter and the question whether to close answer attempts, so those may bring them about
    # or forward; they are looked at apart
    of_attempts = {one for one in before.keys() | after.keys() if one[0] == "unreached"}
    assert after.keys() - of_attempts == before.keys() - of_attempts
    a_letter = any(one.outcome == "letter_sent" for one in facts.contacts)
    for name in before.keys() - of_attempts:
        item, was = after[name], before[name]
        assert (item.target, item.limit) == (was.target, was.limit)
        assert item.attempts - was.attempts in {0, 1}
        assert item.due >= was.due or a_letter
    kinds, were = ({one[1] for one in found} & {"letter", "close_unreachable"}
                   for found in (after, before))  # fmt: skip
    assert were <= kinds or (a_letter and were - kinds == {"letter"})


# Nothing leaves by itself


DEAD_OR_HELD = {
    code for code, one in PROTOCOLS.dispositions.items() if one.transition in {"never", "hold"}
}
BY_CONTACT = {
    "transition_contact", "transition_call", "ed_call", "depression_contact", "requested",
    "appointment", "letter", "close_unreachable", "facility_check",
}  # fmt: skip
BY_VISIT = {"visit", "engagement", "heart_failure_visit", "ed_visit_follow_up"}
BY_TOPIC = {
    "reconciliation": "medication_reconciliation",
    "reconciliation_window": "medication_reconciliation",
    "mental_health_visit_7": "mental_health",
    "mental_health_visit_30": "mental_health",
    "substance_use_visit_7": "substance_use",
    "substance_use_visit_30": "substance_use",
}
OF_ATTEMPTS = {"letter", "close_unreachable"}


def stay_ends(item, stay, day):
    """Can this stay end the item on that day: by holding, by closing, by taking its place?"""
    kind, is_visit = item.rule.kind, stay.patient_class in VISITS
    if stay.admitted_on == day and (not is_visit or kind == "visit"):
        return True  # held; or the risk is high by now, and that visit was waived before
    if stay.discharged_on != day:
        return False
    if not is_visit or stay.disposition in DEAD_OR_HELD or kind == "facility_check":
        return True
    again = stay.patient_class == "emergency" and item.start.fact == "emergency visit"
    return again or kind in OF_ATTEMPTS or (kind == "visit" and stay.admitted_on is None)


def contact_ends(item, contact):
    """Can this contact complete the item, close the patient, or ask for another date?"""
    kind, meaning = item.rule.kind, PROTOCOLS.outcomes[contact.outcome]
    if meaning.closes or meaning.facility:
        return True
    wanted = BY_TOPIC.get(kind)
    if wanted in contact.topics and (meaning.visit or "reconciliation" in wanted):
        return not meaning.attempt
    return (
        (two_way(contact) and kind in BY_CONTACT)
        or (meaning.visit and kind in BY_VISIT)
        or (meaning.letter and kind == "letter")
        or (contact.outcome == "visit_missed" and kind == "appointment")
        or (contact.inbound and kind in OF_ATTEMPTS)
        or (contact.next_on is not None and kind in {"requested", "routine"})
    )


def decision_ends(item, decision):
    """Can this decision take the item out?"""
    kind, word = item.rule.kind, decision.decision
    if word == Decision.WAIVE:
        return decision.item == item.rule.id or kind in OF_ATTEMPTS
    if word == Decision.TAKE_BACK:
        # What stands for the routine is open again; or attempts from before count again
        return kind == "routine" or kind in OF_ATTEMPTS
    return word in {"accept", "decline", "not_suitable"} and kind == "offer"


def may_end(item, facts, day):
    """Is there a fact of that day that completes, closes, holds, supersedes or takes it out?"""
    kind = item.rule.kind
    return (
        any(one.on == day for one in facts.statuses)
        or any(stay_ends(item, one, day) for one in facts.stays)
        or any(contact_ends(item, one) for one in facts.contacts if one.on == day)
        or any(decision_ends(item, one) for one in facts.decisions if one.on == day)
        or ("reconciliation" in kind and any(one.on == day for one in facts.reconciliations))
        # An earlier event is one of those that suggest care management
        or (kind == "offer" and any(one.on == day for one in facts.conditions))
        or (kind == "visit" and any(one.on == day for one in (*facts.tiers, *facts.scores)))
        or (kind == "appointment" and any(
            day in {one.noted_on, one.cancelled_on} for one in facts.appointments))
    )  # fmt: skip


def days_of_facts(facts):
    """Every day on which something happened or was said."""
    several = (
        *facts.statuses, *facts.tiers, *facts.contacts, *facts.conditions, *facts.decisions,
        *facts.scores, *facts.referrals, *facts.reconciliations,
    )  # fmt: skip
    found = {one.on for one in several}
    found |= {day for one in facts.stays for day in (one.admitted_on, one.discharged_on)}
    return found | {day for one in facts.appointments for day in (one.noted_on, one.cancelled_on)}


@given(histories(), calendars)
@settings(max_examples=120)
def test_nothing_open_disappears_without_a_fact_of_that_day_that_ends_it(facts, under):
    today, known = START - ONE, days_of_facts(facts)
    before = open_items(facts, today, under)
    for _ in range(112):
        today += ONE
        after = open_items(facts, today, under)
        for name in before.keys() - after.keys():
            assert may_end(before[name], facts, today), (today, name)
        if today not in known:
            assert after.keys() == before.keys()
            for name, item in after.items():
                was = before[name]
                assert item.limit == was.limit
                # A raised tier that has passed takes with it only what was not due yet
                passed = name[1] == "routine" and was.target >= today
                assert item.target == was.target or (passed and item.target > was.target)
        before = after


# Who has something to come


@given(histories(), SEEN_ON)
@settings(max_examples=200)
def test_whoever_is_under_care_management_has_something_to_come_and_the_closed_nothing(
    facts, today
):
    found = plan(facts, today)
    kinds = {item.rule.kind for item in found.items}
    if found.standing.status == Status.CLOSED:
        assert kinds == set()
    elif found.standing.held_since is not None:
        followed = found.standing.status in {Status.ACTIVE, Status.ON_HOLD}
        assert kinds == {"facility_check"} or (kinds == set() and not followed)
    elif found.standing.status == Status.ACTIVE:
        assert kinds & {"routine", "requested", "transition_call"}
        assert "routine" not in kinds or "transition_call" not in kinds


@given(plain_histories(), SEEN_ON, st.sampled_from(Tier))
@settings(max_examples=150)
def test_a_tier_set_by_hand_with_a_reason_is_never_raised(facts, today, tier):
    by_hand = facts._replace(tiers=(*facts.tiers, TierFact(START + timedelta(76), tier, "agreed")))
    found = plan(by_hand, max(today, START + timedelta(76)))
    where = found.standing
    assert (where.tier, where.own_tier, where.raised_by, where.raises) == (tier, tier, "", ())
    for item in found.items:
        assert item.tier == tier
        assert item.rule.kind != "routine" or item.rule.tier == tier
        assert all(move.why != "raised" for move in item.trace.moves)
        if item.rule.protocol == "transition" and item.rule.kind == "visit":
            assert item.rule.risk == ("high" if tier == Tier.HIGH else "moderate")


# Due, overdue, late


@given(histories(), SEEN_ON)
@settings(max_examples=150)
def test_the_list_is_in_the_order_of_its_ranks_and_the_ranks_follow_the_states(facts, today):
    items = plan(facts, today).items
    ranks = [item.rank(today) for item in items]
    assert ranks == sorted(ranks)
    for item, rank in zip(items, ranks, strict=True):
        late = item.limit is not None and (today - item.limit).days > 0
        expected = State.LATE_OPEN
        if not late:
            ahead = (item.target - today).days
            expected = State.UPCOMING if ahead > 0 else State.OVERDUE if ahead else State.DUE
        assert schedule.state(item.target, item.limit, today) == expected
        if item.due > today:
            assert rank.band == 4
        elif item.rule.strength == Strength.MUST:
            assert rank.band == (0 if expected == State.LATE_OPEN else 1)
        else:
            assert rank.band == (2 if item.rule.kind == "requested" else 3)


# Every date follows from its own trace


@cache
def closed_days(days_off):
    """The business days of the calendar without those days off, for NumPy."""
    closed = [np.datetime64(day) for day in (*FEDERAL.holidays, *days_off)]
    return np.busdaycalendar(holidays=closed)


BUSINESS = closed_days(())


def roll(day, way, days_off=()):
    """The day itself if it is a business day, else the one after (forward) or before (backward)."""
    return np.busday_offset(day, 0, roll=way, busdaycal=closed_days(days_off)).astype(date)


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


class Recount:
    """Works out one item's dates anew, from its rule, its fact, and the facts of that day."""

    def __init__(self, facts, items, item, days_off):
        self.facts, self.items, self.item, self.days_off = facts, items, item, days_off
        self.rule, self.trace, self.start = item.rule, item.trace, item.start

    def since(self, contact):
        """Is this contact after what started the item?"""
        stay = self.start.stay
        if stay is None:
            return contact.on >= (self.start.wanted or self.start.on)
        if contact.on == stay.discharged_on and contact.at and stay.discharged_at:
            return contact.at >= stay.discharged_at
        return contact.on >= stay.discharged_on

    def event(self):
        """The day of the fact that started it."""
        fact_id = self.start.fact_id
        if not fact_id:
            last = self.facts.statuses[-1].on
            noted = [one.on for one in self.facts.conditions if one.code == "depression"]
            return max(last, min(noted)) if self.rule.protocol == "depression" else last
        names = {"D": "stays", "C": "contacts", "A": "appointments", "F": "referrals"}
        several = getattr(self.facts, names[fact_id[0]])
        one = next(one for one in several if one[0] == int(fact_id[1:]))
        if fact_id[0] == "D":
            return one.discharged_on or one.admitted_on
        return one.on

    def anchor(self):
        first, kind = self.start.on, self.rule.anchor
        if kind == "last_contact":
            reached = [one.on for one in self.facts.contacts if two_way(one)]
            return max([first, *reached])
        if kind == "last_done":
            word = [
                one.on
                for one in self.facts.contacts
                if PROTOCOLS.outcomes[one.outcome].facility or (
                    "facility" in {one.channel, one.party}
                    and not PROTOCOLS.outcomes[one.outcome].attempt
                )
            ]  # fmt: skip
            return max([first, *(day for day in word if day >= first)])
        if kind == "after letter":
            sent = [one.on for one in self.facts.contacts if one.outcome == "letter_sent"]
            return min(
                (day for day in sent if day >= first),
                default=counted(first, Span(1, "business day")),
            )
        assert kind == "event"
        return first

    def planned(self):
        """The target that the rule gives: one of its steps where it has several."""
        if self.start.wanted is not None:
            asked = [one for one in self.facts.contacts if one.next_on is not None]
            return asked[-1].next_on
        steps = [counted(self.trace.anchor, span) for span in (self.rule.target, *self.rule.then)]
        if len(steps) == 1:
            return steps[0]
        done = max((one.on for one in self.facts.contacts if two_way(one) and self.since(one)),
                   default=date.min)  # fmt: skip
        left = [
            day for day in steps
            if done < day - timedelta(self.rule.early.count) and not self.is_waived(day)
        ]  # fmt: skip
        return left[0]

    def last_about(self, planned):
        about = [one for one in self.facts.decisions if one.item == self.rule.id]
        return [one for one in about if one.planned == planned][-1:]

    def is_waived(self, planned):
        return any(one.decision == Decision.WAIVE for one in self.last_about(planned))

    def raised(self, target):
        """A raised tier gives its date from the day on that raised it."""
        move = self.trace.moves[0] if self.trace.moves else None
        if move is None or move.why != "raised":
            return target
        assert (self.rule.tier, self.rule.kind) == ("high", "routine")
        causes = {one.on for one in self.facts.scores}
        for one in self.facts.stays:
            causes |= {one.admitted_on, one.discharged_on}
        assert move.after > target
        assert move.after in causes
        return move.after

    def cap(self):
        """The reconciliation is due by the day of the visit: done, arranged, or the last for it."""
        if self.rule.no_later_than is None:
            return None
        done = [
            one.on for one in self.facts.contacts if one.outcome == "visit_done" and self.since(one)
        ]
        limits = [one.limit for one in self.items if one.rule.kind == "visit"]
        arranged = [day for day in self.arranged() if limits and day <= limits[0]]
        return next(iter(done + arranged[:1] + limits), None)

    def arranged(self):
        """The days of the appointments of which nobody has told yet, the earliest first."""
        told = max((one.on for one in self.facts.contacts if tells_of_visit(one)), default=date.min)
        days_of = sorted(one.on for one in self.facts.appointments)
        return [day for day in days_of if day > told and day >= self.start.on][:1]

    def open_day(self, day, earliest, limit):
        """Past weekends and holidays as the rule says, and around her days off."""
        way = {"later": "forward", "earlier": "backward"}.get(self.rule.move)
        moved = roll(day, way) if way else day
        if moved in self.days_off:
            back = self.rule.strength == Strength.MUST
            moved = roll(moved, "backward" if back else "forward", self.days_off)
            if limit is not None and day <= limit < moved:
                in_time = roll(limit, "backward", self.days_off)
                moved = in_time if in_time >= earliest else moved
        return moved if moved >= earliest else day

    def visit_day(self, target, limit):
        """A visit is aimed at the first appointment of which nobody has told yet."""
        if not any(word.startswith("visit") for word in self.rule.done_by):
            return target
        day = min(self.arranged(), default=target)
        return day if limit is None or day <= limit else target

    def decided(self, target, limit):
        """Holds and the last deferral, in the order in which they were decided."""
        pauses = [one for one in self.facts.decisions if one.decision in {"hold", "lift"}]
        for one in self.facts.decisions:
            if one.decision == Decision.HOLD and "hold" in self.rule.suspended_by:
                later = [other.on for other in pauses if other.on > one.on]
                last = min([one.to, *later])
                if self.trace.anchor < last and target < last:
                    target = self.open_day(last, last, limit)
            elif [one] == self.last_about(self.trace.planned) and one.decision == Decision.DEFER:
                target = one.to
        return target

    def tries(self):
        failed = [
            one
            for one in self.facts.contacts
            if PROTOCOLS.outcomes[one.outcome].attempt and not one.inbound and self.since(one)
        ]
        reached = [one for one in self.facts.contacts if two_way(one) and self.since(one)]
        if reached:
            failed = [one for one in failed if one.on > reached[-1].on]
        return failed if self.rule.retry else []

    def due(self, target, limit):
        """The next try: the next business day; for a must by its limit, until two are timely."""
        tries = self.tries()
        if not tries:
            return target
        last = tries[-1].on
        again = roll(counted(last, Span(1, "business day")), "forward", self.days_off)
        if self.rule.strength == Strength.MUST and limit is not None and last <= limit < again:
            timely = [
                one for one in tries if one.on <= limit and one.party in {"patient", "caregiver"}
            ]
            if len(timely) < 2:
                again = max(last, roll(limit, "backward", self.days_off))
        return max(again, target)


@given(histories(), SEEN_ON, calendars)
@settings(max_examples=250)
def test_every_date_follows_from_its_own_trace(facts, today, under):
    known, items = cut(facts, today), plan(facts, today, under).items
    for item in items:
        trace, rule = item.trace, item.rule
        count = Recount(known, items, item, tuple(sorted(under.days_off)))
        assert item.start.on == count.event()
        assert trace.anchor == count.anchor()
        assert trace.planned == count.planned()
        limit = rule.limit and counted(trace.anchor, rule.limit)
        assert trace.limit_moved in {None, limit}
        cap = count.cap()
        limit = cap if limit and cap and cap < limit else limit
        target = count.raised(trace.planned)
        if cap is not None:
            target = min(target, cap)
        target = count.open_day(target, item.start.on, limit)
        target = count.decided(count.visit_day(target, limit), limit)
        assert (item.target, item.limit) == (target, limit)
        days_between = [trace.planned, *(move.after for move in trace.moves)]
        assert [move.before for move in trace.moves] == days_between[:-1]
        assert days_between[-1] == item.target
        assert all(move.before != move.after for move in trace.moves)
        by_hand = any(move.why in {"on hold", "deferred"} for move in trace.moves)
        assert by_hand or limit is None or item.target <= limit
        tries = count.tries()
        assert item.attempts == len(tries)
        assert trace.last_attempt == (tries[-1].on if tries else None)
        if not any(one.outcome == "letter_sent" for one in known.contacts):
            assert item.due == count.due(item.target, limit)


@given(
    st.dates(date(2015, 1, 1), date(2055, 1, 1)),
    st.integers(0, 400),
    st.sampled_from(["day", "week", "month", "business day"]),
)
@settings(max_examples=150)
def test_a_length_of_time_agrees_with_an_independent_count(anchor, number, unit):
    span = Span(number, unit)
    assert count_from(anchor, span, FEDERAL) == counted(anchor, span)
