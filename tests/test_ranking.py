"""The terms of a place in the list, in words; and by which of them one comes before another."""

from itertools import combinations

import pytest
from patient_facts import DAY, FEDERAL, PROTOCOLS, active, contact, facts, stay, tier

from caretool import ranking, schedule
from caretool.model import AppointmentFact

TODAY = DAY("2026-11-23")  # Monday


def lead(number, *known, **more):
    told = facts(*known, patient=number)
    told = told._replace(**{name: tuple(several) for name, several in more.items()})
    return schedule.plan(told, PROTOCOLS, FEDERAL, TODAY).items[0]


def routine(number, word, since, **more):
    return lead(number, active(since), tier(since, word), **more)


LATE = lead(1, stay("2026-11-18"))  # limit Friday 20 November
AMA = lead(2, stay("2026-11-20", "07"))  # limit Tuesday 24 November, left against advice
MUST = lead(3, stay("2026-11-20"))  # limit Tuesday 24 November
ASKED = lead(4, contact("2026-11-12", "rescheduled", asked="2026-11-20"))
ASKED_LATER = lead(5, contact("2026-11-12", "rescheduled", asked="2026-11-23"))
HIGH = routine(6, "high", "2026-11-16")  # 7 days
MODERATE = routine(7, "moderate", "2026-11-02")  # 14 days: the 16th
ALIKE = routine(8, "moderate", "2026-11-02")
NEAR = routine(
    9,
    "moderate",
    "2026-11-09",  # the 23rd
    appointments=[AppointmentFact(1, DAY("2026-11-09"), DAY("2026-11-25"))],
)
FAR = routine(10, "moderate", "2026-11-09")
NEXT_MUST = lead(11, stay("2026-11-20"), contact("2026-11-23", "busy"))  # Tuesday again
NEXT = lead(12, active("2026-11-02"), contact("2026-11-10"))  # Tuesday 24 November
NEXT_WEEK = lead(13, active("2026-11-02"), contact("2026-11-16"))  # Monday 30 November

IN_ORDER = [
    LATE, AMA, MUST, ASKED, ASKED_LATER, HIGH, MODERATE, ALIKE, NEAR, FAR, NEXT_MUST, NEXT,
    NEXT_WEEK,
]  # fmt: skip


def test_the_order_of_the_list_is_the_documented_one():
    shuffled = IN_ORDER[::2] + IN_ORDER[1::2]
    assert sorted(shuffled, key=lambda item: item.rank(TODAY)) == IN_ORDER


@pytest.mark.parametrize(
    ("above", "below", "name", "there", "here"),
    [
        (LATE, AMA, "group", "a must past its limit", "a must by its limit"),
        (AMA, MUST, "left against medical advice", "yes", "no"),
        (MUST, ASKED, "group", "a must by its limit", "asked for by the patient"),
        (ASKED, ASKED_LATER, "day asked for", "Fri 20 Nov", "Mon 23 Nov"),
        (ASKED_LATER, HIGH, "group", "asked for by the patient", "due"),
        (HIGH, MODERATE, "tier", "high", "moderate"),
        (MODERATE, ALIKE, "id", "P7", "P8"),
        (ALIKE, NEAR, "target", "Mon 16 Nov, 7 d late", "Mon 23 Nov"),
        (NEAR, FAR, "appointment", "Wed 25 Nov", "none"),
        (FAR, NEXT_MUST, "group", "due", "to come"),
        (NEXT_MUST, NEXT, "tier", "a must, before any tier", "moderate"),
        (NEXT, NEXT_WEEK, "day to act", "Tue 24 Nov", "Mon 30 Nov"),
    ],
    ids=lambda one: one if isinstance(one, str) else "",
)
def test_the_first_term_that_differs_decides(above, below, name, there, here):
    assert ranking.decided(above, below, TODAY) == (name, there, here)


def test_between_any_two_a_term_decides_and_its_words_differ():
    for above, below in combinations(IN_ORDER, 2):
        decided = ranking.decided(above, below, TODAY)
        assert decided.above != decided.below


def test_an_earlier_limit_decides_between_two_musts():
    earlier = lead(14, stay("2026-11-19"))  # Thursday: limit Monday 23 November
    assert ranking.decided(earlier, MUST, TODAY) == ("limit", "Mon 23 Nov", "Tue 24 Nov")


def test_terms_are_told_in_the_order_of_their_weight_without_those_that_say_nothing():
    assert ranking.terms(MUST, TODAY) == [
        ("group", "a must by its limit"),
        ("left against medical advice", "no"),
        ("limit", "Tue 24 Nov"),
        ("tier", "high (in transition after a discharge)"),
        ("target", "Mon 23 Nov"),
        ("appointment", "none"),
        ("id", "P3"),
    ]
    assert ranking.terms(MODERATE, TODAY) == [
        ("group", "due"),
        ("tier", "moderate"),
        ("target", "Mon 16 Nov, 7 d late"),
        ("appointment", "none"),
        ("id", "P7"),
    ]


def test_an_item_is_not_before_itself():
    with pytest.raises(ValueError, match="one rank"):
        ranking.decided(MUST, MUST, TODAY)
