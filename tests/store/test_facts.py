"""The facts of a panel are enough: plans made from them are those made from all facts."""

from datetime import date, time, timedelta
from pathlib import Path
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from caretool import db, schedule, workdays
from caretool.model import Name, PatientClass, PatientFacts, PatientRecord, Status, Tier
from caretool.protocols import load_protocols
from caretool.store import contacts, facts, patients, runs, stays

PROTOCOLS = load_protocols()
FEDERAL = workdays.load_calendar()
START = date(2026, 6, 1)
NOWHERE = Path("/nowhere/care.db")  # a trial without a file works in memory

OUTCOMES = [*PROTOCOLS.outcomes, *["reached_patient", "no_answer", "rescheduled"] * 4]
CODES = ["01", "01", "06", "03", "03", "07", "04", "30", "20", None]

days = st.integers(0, 40).map(lambda number: START + timedelta(number))
hours = st.none() | st.sampled_from([time(hour) for hour in (8, 12, 17)])

status_facts = st.fixed_dictionaries(
    {"status": st.sampled_from([*Status, *["active"] * 3]).map(Status), "on": days}
)
tier_facts = st.fixed_dictionaries({"tier": st.sampled_from(Tier), "on": days})


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
        "channel": draw(st.sampled_from(["phone", "phone", "facility"])),
        "party": draw(st.sampled_from([meaning.party, meaning.party, "caregiver", "provider"])),
        "inbound": draw(st.booleans()),
        "next_on": asked and on + timedelta(asked),
        "void": draw(st.sampled_from([False, False, False, True])),
    }


people = st.fixed_dictionaries(
    {
        "statuses": st.lists(status_facts, max_size=3),
        "tiers": st.lists(tier_facts, max_size=2),
        "stays": st.lists(stay_facts(), max_size=3),
        "contacts": st.lists(contact_facts(), max_size=9),
    }
)


@pytest.fixture
def care_file():
    with db.trial(NOWHERE, "test", "tester") as opened:
        yield opened


def text(value):
    return value.strftime("%H:%M") if isinstance(value, time) else value and value.isoformat()


def add_stay(care_file, patient_id, told):
    """A stay as an import writes it, linked to the patient."""
    run_id = runs.begin(
        care_file, kind="discharges", on=START, file_name="list.csv", file_hash="0",
        source="test", encoding="utf-8", delimiter=",",
    )  # fmt: skip
    number = stays.next_id(care_file)
    told = {
        **told,
        **{key: text(told[key]) for key in ("admitted_on", "discharged_on", "discharged_at")},
    }
    row = dict.fromkeys(stays.TOLD) | told
    row |= {"id": number, "stay_key": f"key {number}", "issuer": "Test", "link": "linked"}
    row |= {"link_reason": "test", "patient_id": patient_id, "run_id": run_id}
    row |= {"arrived_on": told["discharged_on"] or told["admitted_on"]}
    stays.add_all(care_file, [row])


def add_contact(care_file, patient_id, told):
    told = dict(told)
    void = told.pop("void", False)
    number = contacts.add(care_file, patient_id, **told)
    if void:
        contacts.void(care_file, number, "entered in error")
    return number


def add_person(care_file, history):
    record = PatientRecord(Name("Test", "Person"), date(1950, 1, 1))
    patient_id = patients.add(care_file, record, on=START)
    for one in history["statuses"]:
        reason = "graduated" if one["status"] == Status.CLOSED else None
        patients.set_status(care_file, patient_id, one["status"], one["on"], reason)
    for one in history["tiers"]:
        patients.set_tier(care_file, patient_id, one["tier"], one["on"])
    for one in history["stays"]:
        add_stay(care_file, patient_id, one)
    for one in history["contacts"]:
        add_contact(care_file, patient_id, one)
    return patient_id


def plan(known, today):
    return schedule.plan(known, PROTOCOLS, FEDERAL, today)


def check(care_file, ids, today):
    panel = facts.panel(care_file, PROTOCOLS, today)
    assert [known.patient_id for known in panel] == sorted({known.patient_id for known in panel})
    by_id = {known.patient_id: plan(known, today) for known in panel}
    named = facts.many(care_file, [*ids, *ids], PROTOCOLS, today)
    assert [known.patient_id for known in named] == sorted(ids)
    for known in (*panel, *named):
        numbers = [one.contact_id for one in known.contacts]
        assert len(numbers) == len(set(numbers))
    for patient_id, some in zip(sorted(ids), named, strict=True):
        page = plan(facts.patient(care_file, patient_id, PROTOCOLS, today), today)
        assert plan(some, today) == page
        if patient_id in by_id:
            assert by_id[patient_id] == page
        else:
            assert page.items == ()


@given(
    st.lists(people, min_size=1, max_size=3),
    st.lists(
        st.integers(0, 60).map(lambda number: START + timedelta(number)), min_size=4, max_size=6
    ),
)
@settings(max_examples=50)
def test_plans_from_the_panel_and_of_the_named_are_those_of_each_patients_own_page(
    histories, asked
):
    with db.trial(NOWHERE, "test", "tester") as care_file:
        ids = [add_person(care_file, history) for history in histories]
        for today in asked:
            check(care_file, ids, today)


def random_person(random):
    """A long history in few days, drawn fast and evenly; hypothesis above draws the short ones."""

    def day():
        return START + timedelta(random.randrange(25))

    def hour():
        return random.choice([None, time(8), time(12)])

    def stay():
        begins, lasts = day(), random.choice([None, 0, 1, 4])
        left = None if lasts is None else begins + timedelta(lasts)
        return {
            "patient_class": random.choice(["inpatient", "snf", "emergency", "unknown"]),
            "admitted_on": begins if left is None else random.choice([begins, None]),
            "discharged_on": left,
            "discharged_at": hour() if left else None,
            "disposition": random.choice(CODES) if left and random.random() < 0.8 else None,
            "cancelled": int(random.random() < 0.2),
        }

    def contact():
        outcome, on = random.choice([*OUTCOMES, *["reached_patient"] * 15]), day()
        return {
            "on": on,
            "at": hour(),
            "outcome": outcome,
            "channel": random.choice(["phone", "facility"]),
            "party": random.choice(["patient", "caregiver", "provider"]),
            "inbound": random.random() < 0.3,
            "next_on": on + timedelta(random.randrange(1, 12)) if random.random() < 0.3 else None,
            "void": random.random() < 0.15,
        }

    words = [Status.ACTIVE, Status.ACTIVE, *Status]
    return {
        "statuses": [
            {"status": random.choice(words), "on": day()} for _ in range(random.randrange(4))
        ],
        "tiers": [
            {"tier": random.choice(list(Tier)), "on": day()} for _ in range(random.randrange(2))
        ],
        "stays": [stay() for _ in range(random.randrange(3))],
        "contacts": [contact() for _ in range(random.randrange(9))],
    }


@given(st.integers(0, 2**32))
@settings(max_examples=6)
def test_so_are_those_of_a_crowd_with_long_histories(seed):
    random = Random(seed)  # noqa: S311
    with db.trial(NOWHERE, "test", "tester") as care_file:
        ids = [add_person(care_file, random_person(random)) for _ in range(120)]
        for number in range(-1, 40, 4):
            check(care_file, ids, START + timedelta(number))


EMPTY = {"statuses": [], "tiers": [], "stays": [], "contacts": []}
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


def panel_ids(care_file, today):
    return [known.patient_id for known in facts.panel(care_file, PROTOCOLS, today)]


def test_an_empty_care_file_has_an_empty_panel(care_file):
    assert facts.panel(care_file, PROTOCOLS, START) == []
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
        ({"stays": [HOME], "contacts": [on(1, REACHED)]}, False),
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
    (some,) = facts.panel(care_file, PROTOCOLS, START + timedelta(9))
    assert [one.contact_id for one in some.contacts] == [5]
    every = facts.patient(care_file, 1, PROTOCOLS, START + timedelta(9))
    assert [one.contact_id for one in every.contacts] == [1, 2, 3, 4, 5]
    past = facts.patient(care_file, 1, PROTOCOLS, START + timedelta(1))
    assert [one.contact_id for one in past.contacts] == [1, 2]


def test_a_panel_keeps_an_older_closing_and_an_older_date_asked_for(care_file):
    told = [
        on(0, REACHED, outcome="moved", next_on=START + timedelta(9)),
        on(1, REACHED, next_on=START + timedelta(20)),
        on(2, REACHED),
        on(3, REACHED),
    ]
    add_person(care_file, EMPTY | {"statuses": [ACTIVE], "contacts": told})
    (some,) = facts.panel(care_file, PROTOCOLS, START + timedelta(9))
    assert [one.contact_id for one in some.contacts] == [1, 2, 4]


def test_every_part_of_a_fact_comes_back_as_it_was_written(care_file):
    told = {
        **REACHED, "at": time(9, 5), "outcome": "reached_caregiver", "channel": "video",
        "party": "caregiver", "inbound": True, "next_on": START + timedelta(7),
        "next_why": "after the holidays",
    }  # fmt: skip
    stay = {**HOME, "admitted_on": START - timedelta(3), "discharged_at": time(14, 30)}
    add_person(
        care_file,
        EMPTY
        | {
            "statuses": [ACTIVE],
            "tiers": [{"tier": Tier.HIGH, "on": START}],
            "stays": [stay],
            "contacts": [told],
        },
    )
    assert facts.patient(care_file, 1, PROTOCOLS, START) == PatientFacts(
        1,
        ((START, Status.ACTIVE, None, 1),),
        ((START, Tier.HIGH),),
        ((1, "inpatient", START - timedelta(3), START, time(14, 30), "01", START),),
        (
            (1, START, time(9, 5), "reached_caregiver", "video", "caregiver", True,
             START + timedelta(7), "after the holidays", 1),
        ),
    )  # fmt: skip


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
