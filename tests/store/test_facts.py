"""The facts of a panel are enough: plans made from them are those made from all facts."""

from datetime import date, time, timedelta
from fractions import Fraction
from pathlib import Path
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from random_people import (
    CODES,
    CONDITIONS,
    DECISIONS,
    DIAGNOSES,
    EMPTY,
    MEDICINES,
    OUTCOMES,
    PARTS,
    PROTOCOLS,
    START,
    TOPICS,
    add_person,
    plan,
    random_person,
)

from caretool import db
from caretool.model import (
    TIERED,
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
    Status,
    StatusFact,
    StayFact,
    Tier,
    TierFact,
)
from caretool.rule_files import load_protocols
from caretool.store import facts
from caretool.supply_facts import ListedFact, Medicine, ReportFact, SupplyFact

NOWHERE = Path("/nowhere/care.db")  # a trial without a file works in memory

days = st.integers(0, 40).map(lambda number: START + timedelta(number))
hours = st.none() | st.sampled_from([time(hour) for hour in (8, 12, 17)])

status_facts = st.fixed_dictionaries(
    {"status": st.sampled_from([*Status, *["active"] * 3]).map(Status), "on": days}
)
tier_facts = st.fixed_dictionaries(
    {"tier": st.sampled_from(Tier), "on": days, "why": st.sampled_from([None, "as agreed"])}
)


@st.composite
def stay_facts(draw):
    begins, lasts = draw(days), draw(st.none() | st.integers(0, 10))
    left = None if lasts is None else begins + timedelta(lasts)
    return {
        "patient_class": draw(st.sampled_from([*PatientClass, *["inpatient", "snf"] * 3])),
        "admitted_on": begins if left is None else draw(st.sampled_from([begins, begins, None])),
        "discharged_on": left,
        "discharged_at": draw(hours) if left else None,
        "disposition": draw(st.sampled_from(CODES)) if left else None,
        "diagnosis": draw(st.sampled_from(DIAGNOSES)),
        "late": draw(st.sampled_from([0, 0, 0, 2, 45])),
        "cancelled": draw(st.sampled_from([0, 0, 0, 1])),
    }


@st.composite
def contact_facts(draw):
    """More than `log-contact` writes: also a date asked for beside an outcome that closes."""
    meaning, on = PROTOCOLS.outcomes[draw(st.sampled_from(OUTCOMES))], draw(days)
    asked = draw(st.none() | st.integers(1, 15))
    return {
        "on": on,
        "at": draw(hours),
        "outcome": meaning.code,
        "channel": draw(st.sampled_from(["phone", "phone", "portal", "facility"])),
        "topics": draw(st.sampled_from(TOPICS)),
        "party": draw(st.sampled_from([meaning.party, meaning.party, "caregiver", "provider"])),
        "inbound": draw(st.booleans()),
        "next_on": asked and on + timedelta(asked),
        "void": draw(st.sampled_from([False, False, False, True])),
    }


condition_facts = st.fixed_dictionaries(
    {"code": st.sampled_from(CONDITIONS), "on": st.none() | days}
)
decision_facts = st.fixed_dictionaries(
    {
        "decision": st.sampled_from(DECISIONS),
        "on": days,
        "item": st.integers(0, 5),
        "days": st.integers(1, 20),
    }
)
appointment_facts = st.fixed_dictionaries(
    {"on": days, "ahead": st.integers(0, 15), "cancelled": st.none() | st.integers(0, 10)}
)
score_facts = st.fixed_dictionaries(
    {"on": days, "stay": st.integers(0, 2), "total": st.sampled_from([4, 10, 14])}
)
referral_facts = st.fixed_dictionaries({"on": days})
reconciliation_facts = st.fixed_dictionaries({"on": days, "stay": st.sampled_from([None, 0, 1, 2])})
listed_facts = st.fixed_dictionaries(
    {
        "on": days,
        "name": st.sampled_from(MEDICINES),
        "days": st.sampled_from([None, None, 0, 9]),
    }
)
report_facts = st.fixed_dictionaries(
    {"on": days, "name": st.sampled_from([None, "metformin"]), "missed": st.integers(0, 4)}
)
fill_facts = st.fixed_dictionaries(
    {
        "on": st.integers(-250, 40).map(lambda number: START + timedelta(number)),
        "name": st.sampled_from(MEDICINES),
        "days": st.sampled_from([7, 30, 90]),
    }
)
people = st.fixed_dictionaries(
    {
        "statuses": st.lists(status_facts, max_size=3),
        "tiers": st.lists(tier_facts, max_size=2),
        "stays": st.lists(stay_facts(), max_size=3),
        "contacts": st.lists(contact_facts(), max_size=9),
        "conditions": st.lists(condition_facts, max_size=2),
        "decisions": st.lists(decision_facts, max_size=3),
        "appointments": st.lists(appointment_facts, max_size=2),
        "scores": st.lists(score_facts, max_size=1),
        "referrals": st.lists(referral_facts, max_size=1),
        "reconciliations": st.lists(reconciliation_facts, max_size=2),
        "listed": st.lists(listed_facts, max_size=2),
        "reports": st.lists(report_facts, max_size=3),
        "supplies": st.lists(fill_facts, max_size=9),
    }
)


@pytest.fixture
def care_file():
    with db.trial(NOWHERE, "test", "tester") as opened:
        yield opened


def check(care_file, ids, today, *ahead, protocols=PROTOCOLS):
    """Whoever is left out has nothing to act on; everybody else has the plan of their own page.

    `ahead` are the numbers of days up to which the panel is asked for, each on its own.
    """
    ids = sorted(ids)
    own = {one: facts.patient(care_file, one, protocols, today) for one in ids}
    pages = {one: plan(known, today, protocols) for one, known in own.items()}
    every = facts.panel(care_file, protocols, today)
    named = facts.many(care_file, [*ids, *ids], protocols, today)
    assert [known.patient_id for known in named] == ids
    assert every.others == 0
    for found in (every.facts, named):
        same_plans(found, own, pages, today, protocols)
    for left_out in set(ids) - {known.patient_id for known in every.facts}:
        assert pages[left_out].items == ()
        assert pages[left_out].standing.status not in TIERED
    for days_ahead in ahead:
        horizon = today + timedelta(days_ahead)
        some = facts.panel(care_file, protocols, today, horizon)
        same_plans(some.facts, own, pages, today, protocols)
        left_out = [pages[one] for one in set(ids) - {known.patient_id for known in some.facts}]
        for page in left_out:
            assert all(item.due > horizon for item in page.items)
            followed = page.standing.status in TIERED
            assert bool(page.items) == followed
            assert not (followed and page.standing.is_held)
        assert some.others == sum(page.standing.is_followed for page in left_out)


def same_plans(found, own, pages, today, protocols):
    """Each patient found is there once, with every contact once and the plan of their page."""
    numbers = [known.patient_id for known in found]
    assert numbers == sorted(set(numbers))
    for known in found:
        told = [one.contact_id for one in known.contacts]
        assert len(told) == len(set(told))
        if known != own[known.patient_id]:  # of the same facts there is one plan
            assert plan(known, today, protocols) == pages[known.patient_id]


@given(
    st.lists(people, min_size=1, max_size=3),
    st.lists(
        st.integers(0, 60).map(lambda number: START + timedelta(number)), min_size=4, max_size=6
    ),
    st.sampled_from([0, 1, 7, 30]),
)
@settings(max_examples=50)
def test_plans_from_the_panel_and_of_the_named_are_those_of_each_patients_own_page(
    histories, asked, ahead
):
    with db.trial(NOWHERE, "test", "tester") as care_file:
        ids = [add_person(care_file, history) for history in histories]
        for today in asked:
            check(care_file, ids, today, ahead)


@given(st.integers(0, 2**32))
@settings(max_examples=4)
def test_so_are_those_of_a_crowd_with_long_histories(seed):
    random = Random(seed)  # noqa: S311
    with db.trial(NOWHERE, "test", "tester") as care_file:
        ids = [add_person(care_file, random_person(random)) for _ in range(120)]
        for number in range(-1, 40, 5):
            check(care_file, ids, START + timedelta(number), random.choice([0, 1, 7, 30]))


ACTIVE = {"status": Status.ACTIVE, "on": START}
HOME = {
    "patient_class": "inpatient", "admitted_on": None, "discharged_on": START,
    "discharged_at": None, "disposition": "01", "cancelled": 0,
}  # fmt: skip
REACHED = {
    "on": START, "at": None, "outcome": "reached_patient", "channel": "phone",
    "party": "patient", "inbound": False,
}  # fmt: skip


def on(number, told, **more):
    return {**told, "on": START + timedelta(number), **more}


def panel_ids(care_file, today, horizon=None):
    return [known.patient_id for known in facts.panel(care_file, PROTOCOLS, today, horizon).facts]


def test_an_empty_care_file_has_an_empty_panel(care_file):
    assert facts.panel(care_file, PROTOCOLS, START) == ([], 0)
    assert facts.panel(care_file, PROTOCOLS, START, START) == ([], 0)
    assert facts.many(care_file, [], PROTOCOLS, START) == []


@pytest.mark.parametrize(
    ("history", "listed"),
    [
        ({}, False),
        ({"statuses": [ACTIVE]}, True),
        ({"statuses": [{"status": Status.ON_HOLD, "on": START}]}, True),
        ({"statuses": [ACTIVE, {"status": Status.CLOSED, "on": START}]}, False),
        ({"statuses": [{"status": Status.ACTIVE, "on": START + timedelta(9)}]}, False),
        ({"contacts": [REACHED]}, False),
        ({"stays": [HOME]}, True),
        ({"stays": [{**HOME, "cancelled": 1}]}, False),
        # reached, and still there are the visit, the reconciliation and the calls
        ({"stays": [HOME], "contacts": [on(1, REACHED)]}, True),
        # of which the practice heard 45 days later, which is history
        ({"stays": [{**HOME, "late": 45}]}, False),
        ({"statuses": [ACTIVE], "stays": [{**HOME, "late": 45}]}, True),
        ({"conditions": [{"code": "depression", "on": None}]}, False),
        ({"referrals": [{"on": START}]}, True),
        ({"appointments": [{"on": START, "ahead": 3, "cancelled": None}]}, True),
        ({"stays": [HOME], "contacts": [on(1, REACHED, void=True)]}, True),
        ({"stays": [HOME], "contacts": [on(1, REACHED, party="provider")]}, True),
        ({"stays": [HOME], "contacts": [on(1, REACHED, outcome="no_answer")]}, True),
        ({"stays": [HOME], "contacts": [on(9, REACHED)]}, True),
        ({"contacts": [{**REACHED, "next_on": START + timedelta(2)}]}, True),
        ({"contacts": [{**REACHED, "next_on": START + timedelta(2), "void": True}]}, False),
        (
            {"contacts": [{**REACHED, "next_on": START + timedelta(2)}, on(2, REACHED)]},
            False,
        ),
    ],
)
def test_a_panel_leaves_out_whoever_cannot_have_anything_open(care_file, history, listed):
    add_person(care_file, EMPTY | history)
    assert panel_ids(care_file, START + timedelta(5)) == ([1] if listed else [])


def test_nobody_is_read_before_their_first_fact(care_file):
    add_person(care_file, EMPTY | {"statuses": [ACTIVE], "stays": [HOME]})
    assert panel_ids(care_file, START - timedelta(1)) == []
    assert panel_ids(care_file, START) == [1]


def test_a_panel_reads_contacts_from_the_last_two_way_one_on(care_file):
    told = [on(number, REACHED) for number in range(5)]
    add_person(care_file, EMPTY | {"statuses": [ACTIVE], "contacts": told})
    (some,) = facts.panel(care_file, PROTOCOLS, START + timedelta(9)).facts
    assert [one.contact_id for one in some.contacts] == [5]
    every = facts.patient(care_file, 1, PROTOCOLS, START + timedelta(9))
    assert [one.contact_id for one in every.contacts] == [1, 2, 3, 4, 5]
    past = facts.patient(care_file, 1, PROTOCOLS, START + timedelta(1))
    assert [one.contact_id for one in past.contacts] == [1, 2]


def test_a_panel_reads_every_contact_of_whoever_may_have_more_than_routine_open(care_file):
    told = [
        on(0, REACHED, outcome="moved"),
        on(1, REACHED, next_on=START + timedelta(20)),
        on(2, REACHED),
        on(3, REACHED),
    ]
    add_person(care_file, EMPTY | {"statuses": [ACTIVE], "contacts": told})
    add_person(care_file, EMPTY | {"statuses": [ACTIVE], "contacts": told[2:]})
    one, other = facts.panel(care_file, PROTOCOLS, START + timedelta(9)).facts
    assert [known.contact_id for known in one.contacts] == [1, 2, 3, 4]
    assert [known.contact_id for known in other.contacts] == [6]
    named = facts.many(care_file, [1, 2], PROTOCOLS, START + timedelta(9))
    assert named == [one, other]


# With a horizon

NEVER = EMPTY | {"statuses": [ACTIVE]}
DEPRESSED = {"code": "depression", "on": None}


@pytest.mark.parametrize(
    ("history", "first"),
    [
        # The first of June is a Monday: due on the 15th, so listed from that horizon on
        (NEVER, 14),
        (NEVER | {"tiers": [{"tier": Tier.HIGH, "on": START}]}, 7),
        (NEVER | {"tiers": [{"tier": Tier.LOW, "on": START}]}, 28),
        (NEVER | {"tiers": [{"tier": Tier.MAINTENANCE, "on": START}]}, 84),
        (NEVER | {"contacts": [on(3, REACHED)]}, 17),
        (NEVER | {"contacts": [on(3, REACHED, outcome="no_answer")]}, 14),
        (NEVER | {"contacts": [on(3, REACHED, party="provider")]}, 14),
        (NEVER | {"contacts": [on(3, REACHED, void=True)]}, 14),
        # Depression asks for a contact that nobody had yet; then only the routine is left
        (NEVER | {"conditions": [DEPRESSED]}, 0),
        (NEVER | {"conditions": [DEPRESSED], "contacts": [on(3, REACHED)]}, 17),
        # Whatever SQL cannot tell is read: held, a decision, a stay, a referral
        (EMPTY | {"statuses": [{"status": Status.ON_HOLD, "on": START}]}, 0),
        (NEVER | {"stays": [HOME], "contacts": [on(3, REACHED)]}, 0),
        (NEVER | {"referrals": [{"on": START}]}, 0),
        (NEVER | {"contacts": [on(3, REACHED, outcome="in_facility")]}, 0),
        (NEVER | {"contacts": [on(number, REACHED, outcome="busy") for number in (1, 2, 3)]}, 0),
    ],
)
def test_who_has_nothing_but_a_later_routine_date_is_only_counted(care_file, history, first):
    add_person(care_file, history)
    today = START + timedelta(5)
    for ahead in range(100):
        horizon = START + timedelta(ahead)
        found = facts.panel(care_file, PROTOCOLS, today, horizon)
        listed = ahead >= first
        assert [known.patient_id for known in found.facts] == ([1] if listed else []), ahead
        assert found.others == (0 if listed else 1)
    check(care_file, [1], today, first)


def test_a_score_of_a_stay_that_was_taken_back_raises_nothing(care_file):
    stay = {**HOME, "patient_class": "emergency"}
    score = {"on": START, "stay": 0, "total": 14}
    add_person(care_file, NEVER | {"stays": [{**stay, "cancelled": 1}], "scores": [score]})
    add_person(care_file, NEVER | {"stays": [stay], "scores": [score]})
    today = START + timedelta(1)
    tiers = [
        plan(facts.patient(care_file, one, PROTOCOLS, today), today).standing.tier for one in (1, 2)
    ]
    assert tiers == ["moderate", "high"]
    check(care_file, [1, 2], today, 0, 7, 10, 20)


# Under a practice's own rules

OWN = {
    "other intervals": """
[[protocol]]
name = "routine"
    [[protocol.rule]]
    name = "high"
    target = "3 business days"
    move = "earlier"
    [[protocol.rule]]
    name = "moderate"
    target = "2 weeks"
    strength = "must"
    limit = "3 weeks"
    move = "earlier"
    [[protocol.rule]]
    name = "low"
    target = "1 month"
    move = "stay"
""",
    "nobody waits for a letter": """
[ladder]
attempts = 1
parts_of_day = 1
channels = 1
within = "10 business days"
rest = "14 days"
morning_until = 12
afternoon_until = 17
""",
    "an enrolment rule": """
[[protocol]]
name = "welcome"
title = "Care management begins"
trigger = "enrolment"
statuses = ["active"]
source = "our own"
    [[protocol.rule]]
    name = "plan"
    title = "care plan within a month"
    kind = "care_plan"
    strength = "should"
    anchor = "event"
    target = "1 month"
    done_by = ["topic:care_plan"]
    source = "our own"
""",
    "a condition rule that goes on and on": """
[[protocol]]
name = "copd"
title = "COPD"
trigger = "condition"
statuses = ["active"]
conditions = ["copd", "heart_failure"]
source = "our own"
    [[protocol.rule]]
    name = "check"
    title = "every two weeks, inhaler"
    kind = "inhaler"
    strength = "should"
    anchor = "last_done"
    target = "2 weeks"
    done_by = ["topic:mental_health"]
    source = "our own"
""",
    "a condition rule with a first day": """
[[protocol]]
name = "depression"
    [[protocol.rule]]
    name = "first_weeks"
    from = "5 days"
    target = "8 days"
    limit = "4 weeks"
""",
    "a routine that counts from its own visits": """
[[protocol]]
name = "routine"
    [[protocol.rule]]
    name = "moderate"
    anchor = "last_done"
    done_by = ["visit"]
""",
    "a protocol without hurry": """
default_tier = "low"
[[protocol]]
name = "transition"
off = true
[[protocol]]
name = "candidate"
heard_within = "3 business days"
""",
}


@pytest.mark.parametrize("name", OWN)
def test_so_it_is_under_rules_of_a_practice(name, care_file, tmp_path):
    path = tmp_path / "protocols.toml"
    path.write_text(f'version = "ours"\n{OWN[name]}', encoding="utf-8")
    protocols = load_protocols(path)
    random = Random(name)  # noqa: S311
    ids = [add_person(care_file, random_person(random)) for _ in range(60)]
    # and some with little but routine follow-up, whom SQL can tell best
    for tier in Tier:
        for day in range(7):
            history = NEVER | {
                "tiers": [{"tier": tier, "on": START}],
                "contacts": [
                    on(day, REACHED, outcome="visit_done", topics=("mental_health",)),
                    on(day + 2, REACHED),
                    on(day + 3, REACHED, outcome="no_answer"),
                ],
                "conditions": [{"code": random.choice(CONDITIONS), "on": None}],
            }
            ids.append(add_person(care_file, history))
    for number in range(0, 44, 9):  # so that every day of the week comes
        today = START + timedelta(number)
        check(care_file, ids, today, 0, 2, 3, 5, 14, protocols=protocols)


def test_every_part_of_a_fact_comes_back_as_it_was_written(care_file):
    told = {
        **REACHED, "at": time(9, 5), "outcome": "reached_caregiver", "channel": "video",
        "party": "caregiver", "inbound": True, "next_on": START + timedelta(7),
        "next_why": "after the holidays", "topics": ("medication_reconciliation", "mental_health"),
    }  # fmt: skip
    stay = {
        **HOME, "admitted_on": START - timedelta(3), "discharged_at": time(14, 30),
        "diagnosis": "I50.9", "late": 2,
    }  # fmt: skip
    days = [START + timedelta(number) for number in range(20)]
    add_person(
        care_file,
        {
            "statuses": [ACTIVE, {"status": Status.CLOSED, "on": days[9]}],
            "tiers": [{"tier": Tier.HIGH, "on": START, "why": "as agreed"}],
            "stays": [stay],
            "contacts": [told],
            "conditions": [{"code": "copd", "on": days[1]}, {"code": "ckd", "on": None}],
            "decisions": [
                {"decision": Decision.HOLD, "on": days[2], "days": 4},
                {"decision": Decision.DEFER, "on": days[1], "days": 3, "item": 0},
            ],
            "appointments": [{"on": days[1], "ahead": 3, "cancelled": 1}],
            "scores": [{"on": days[1], "stay": 0, "total": 12}],
            "referrals": [{"on": days[3]}],
            "reconciliations": [{"on": days[5], "stay": 0}, {"on": days[4], "stay": None}],
            "listed": [{"on": days[2], "name": "Simvastatin 20 mg", "days": 3}],
            "reports": [{"on": days[8], "name": "metformin", "missed": 2}],
            "supplies": [
                {"on": days[3], "name": "metformin", "days": 30},
                {"on": days[1], "name": "levothyroxine 50 mcg", "days": 90},
            ],
        },
    )
    with_whom = "UPDATE appointments SET with_whom = 'Dr. Osei', at_time = '10:30'"
    care_file.execute(with_whom)
    care_file.execute("UPDATE referrals SET referred_by = 'Dr. Chen'")

    # On 2 June (of which the second decision is) the visit comes first: moderate risk, as the tier
    # is set by hand with a reason to high, so high risk: day 5, Saturday the 6th
    assert facts.patient(care_file, 1, PROTOCOLS, days[19]) == PatientFacts(
        1,
        (
            StatusFact(START, Status.ACTIVE, None, 1),
            StatusFact(days[9], Status.CLOSED, "graduated", 1),
        ),
        (TierFact(START, Tier.HIGH, "as agreed"),),
        (
            StayFact(
                1, "inpatient", START - timedelta(3), START, time(14, 30), "01", days[2], "I50.9"
            ),
        ),
        (
            ContactFact(
                1, START, time(9, 5), "reached_caregiver", "video", "caregiver", True, days[7],
                "after the holidays", 1, frozenset({"medication_reconciliation", "mental_health"}),
            ),
            ContactFact(2, days[8], None, "reached_patient", "phone", "patient", False, entered=1),
        ),
        (ConditionFact(date.min, "ckd"), ConditionFact(days[1], "copd")),
        (
            DecisionFact(
                2, days[1], Decision.DEFER, "because", "transition/contact", days[1], days[4], 1
            ),
            DecisionFact(1, days[2], Decision.HOLD, "because", None, None, days[6], 1),
        ),
        (AppointmentFact(1, days[1], days[4], time(10, 30), "Dr. Osei", days[2]),),
        (ScoreFact(days[1], 1, 12),),
        (ReferralFact(1, days[3], "Dr. Chen"),),
        (ReconciliationFact(2, days[4], None), ReconciliationFact(1, days[5], 1)),
        (ListedFact(days[2], "simvastatin", days[5]),),
        (ReportFact(days[8], 2, 7, "metformin", "metformin"),),
        (
            SupplyFact(
                days[1].toordinal(), 90,
                Medicine(
                    "levothyroxine 50 mcg", "levothyroxine", "levothyroxine",
                    "levothyroxine 50 mcg", ("levothyroxine",),
                ),
                START,
            ),
            SupplyFact(
                days[3].toordinal(), 30,
                Medicine(
                    "metformin", "metformin", "diabetes", "diabetes medicines", ("metformin",),
                    chronic=True, threshold=Fraction(4, 5),
                ),
                START,
            ),
        ),
        START,
    )  # fmt: skip


def test_every_field_of_the_facts_is_read_from_the_file():
    """So that a new kind of fact cannot be forgotten here: each is written and comes back above."""
    assert set(PatientFacts._fields) - {"patient_id", "fills_known_on"} == set(PARTS)


def test_facts_are_sorted_by_date_and_time_and_then_by_entry(care_file):
    told = [on(2, REACHED), REACHED, on(2, REACHED, at=time(8)), on(2, REACHED)]
    statuses = [{"status": Status.ON_HOLD, "on": START + timedelta(3)}, ACTIVE]
    add_person(care_file, EMPTY | {"statuses": statuses, "contacts": told})
    known = facts.patient(care_file, 1, PROTOCOLS, START + timedelta(9))
    assert [one.contact_id for one in known.contacts] == [2, 1, 4, 3]
    assert [one.status for one in known.statuses] == ["active", "on_hold"]


def test_a_cancelled_stay_is_none(care_file):
    add_person(care_file, EMPTY | {"stays": [{**HOME, "cancelled": 1}]})
    assert facts.patient(care_file, 1, PROTOCOLS, START).stays == ()


def test_somebody_without_facts_has_an_empty_record(care_file):
    assert facts.patient(care_file, 9, PROTOCOLS, START) == PatientFacts(9)
