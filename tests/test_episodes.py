"""Which stays belong together: transfers, observation turned admission, visits that end in a bed.

Rulebook section 4, PCR_XFER: at most one calendar day apart is a transfer, two days are two stays.
"""

import pytest
from patient_facts import DAY, facts, stay

from caretool.episodes import begins, discharge_order, episodes, leads_to_a_stay


def numbered(*stays):
    return facts(*stays).stays


def joined(*stays):
    """The episodes of these stays: first day, last day, the numbers of the stays."""
    return [
        (
            str(one.admitted_on),
            str(one.discharged_on),
            [part.stay_id for part in one.stays],
        )
        for one in episodes(numbered(*stays))
    ]


def test_nobody_without_a_stay_has_an_episode():
    assert joined() == []


@pytest.mark.parametrize(
    ("again", "number"),
    [
        ("2026-03-09", 1),  # admitted on the day before the discharge: they overlap
        ("2026-03-10", 1),  # on the same day
        ("2026-03-11", 1),  # the worked date of the rulebook: a transfer
        ("2026-03-12", 2),  # the worked date of the rulebook: a readmission
    ],
)
def test_stays_one_day_apart_are_one_episode_and_two_days_apart_are_two(again, number):
    first = stay("2026-03-10", "02", admitted="2026-03-05")
    assert len(joined(first, stay("2026-03-20", admitted=again))) == number


def test_the_example_of_ncqa_is_two_stays():
    # Feb 1-5, to a nursing facility Feb 6-9, and Feb 10-14: each one day after the other.
    # NCQA counts the acute stays alone, two index stays five days apart; the care of one
    # patient went on all the time, so to us it is one episode.
    acute = stay("2026-02-05", "03", admitted="2026-02-01")
    nursing = stay("2026-02-09", "02", kind="snf", admitted="2026-02-06")
    again = stay("2026-02-14", admitted="2026-02-10")
    assert joined(acute, again) == [
        ("2026-02-01", "2026-02-05", [1]),
        ("2026-02-10", "2026-02-14", [2]),
    ]
    assert joined(acute, nursing, again) == [("2026-02-01", "2026-02-14", [1, 2, 3])]


def test_observation_turned_admission_is_one_episode():
    observed = stay("2026-03-06", kind="observation", admitted="2026-03-05")
    assert joined(observed, stay("2026-03-09", admitted="2026-03-06")) == [
        ("2026-03-05", "2026-03-09", [1, 2])
    ]


@pytest.mark.parametrize("kind", ["emergency", "ambulatory"])
def test_a_visit_is_no_stay(kind):
    assert joined(stay("2026-03-06", kind=kind, admitted="2026-03-06")) == []


def test_the_order_in_which_stays_were_entered_does_not_matter():
    late, early = (
        stay("2026-03-20", admitted="2026-03-15"),
        stay("2026-03-06", admitted="2026-03-02"),
    )
    assert joined(late, early) == [
        ("2026-03-02", "2026-03-06", [2]),
        ("2026-03-15", "2026-03-20", [1]),
    ]


def test_an_episode_goes_on_while_its_last_stay_does():
    home = stay("2026-03-06", "02", admitted="2026-03-02")
    assert joined(home, stay(None, admitted="2026-03-06")) == [("2026-03-02", "None", [1, 2])]
    assert joined(stay(None, admitted="2026-03-06")) == [("2026-03-06", "None", [1])]


def test_an_observation_that_nobody_ended_ends_with_the_admission_that_came_of_it():
    observed = stay(None, kind="observation", admitted="2026-03-05")
    assert joined(observed, stay("2026-03-09", admitted="2026-03-05")) == [
        ("2026-03-05", "2026-03-09", [1, 2])
    ]


def test_a_stay_within_another_does_not_end_it_sooner():
    long, short = (
        stay("2026-03-20", admitted="2026-03-02"),
        stay("2026-03-09", admitted="2026-03-06"),
    )
    # a third one, the day after the long one has ended, still belongs to it
    third = stay("2026-03-25", admitted="2026-03-21")
    assert joined(long, short) == [("2026-03-02", "2026-03-20", [1, 2])]
    assert joined(long, short, third) == [("2026-03-02", "2026-03-25", [1, 2, 3])]


def test_a_stay_begins_with_its_admission_else_its_discharge_else_the_list():
    assert begins(stay("2026-03-09", admitted="2026-03-06")) == DAY("2026-03-06")
    assert begins(stay("2026-03-09")) == DAY("2026-03-09")
    assert begins(stay(None, arrived="2026-03-10")) == DAY("2026-03-10")


def test_the_later_discharge_comes_last_then_the_later_hour_then_the_one_on_file_first():
    morning, evening, same = numbered(
        stay("2026-03-06", at="08:00"),
        stay("2026-03-06", at="18:00"),
        stay("2026-03-06", at="18:00"),
    )
    (going_on,) = numbered(stay(None, admitted="2026-03-08"))
    (next_day,) = numbered(stay("2026-03-07"))
    in_order = [going_on, morning, same, evening, next_day]
    assert sorted([next_day, evening, morning, same, going_on], key=discharge_order) == in_order


@pytest.mark.parametrize(
    ("admitted", "leads"),
    [
        ("2026-03-01", False),  # the stay was before the visit
        ("2026-03-02", True),  # the same day
        ("2026-03-03", True),
        ("2026-03-04", False),
    ],
)
def test_an_emergency_visit_leads_to_a_stay_that_begins_within_the_time(admitted, leads):
    visit = stay("2026-03-02", kind="emergency", admitted="2026-03-02")
    stays = [visit, stay("2026-03-09", admitted=admitted)]
    assert leads_to_a_stay(visit, stays, DAY("2026-03-03")) is leads


def test_another_visit_is_no_stay_that_it_led_to():
    visit = stay("2026-03-02", kind="emergency", admitted="2026-03-02")
    again = stay("2026-03-02", kind="ambulatory", admitted="2026-03-02")
    assert not leads_to_a_stay(visit, [visit, again], DAY("2026-03-09"))


def test_a_visit_over_midnight_leads_to_a_stay_that_began_before_it_was_over():
    visit = stay("2026-03-03", kind="emergency", admitted="2026-03-02")
    assert leads_to_a_stay(visit, [stay(None, admitted="2026-03-02")], DAY("2026-03-03"))
