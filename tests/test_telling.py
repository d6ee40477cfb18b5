"""What lists tell of one stay: the later message counts, and their order never matters."""

from __future__ import annotations

from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from caretool.telling import FIELDS, Message, begun, tell

CAME = {"admitted_on": "2026-11-10"}
HOME = ("01", "Home")
SNF = ("03", "SNF")
TOLD = ("discharged_on", "discharged_at", "disposition", "cancelled")


def left(at, moment="2026-11-14T08:00", where=HOME, **fields):
    return Message(at, {**CAME, **fields}, moment, *where)


def told(*messages):
    stay = begun(messages[0])
    for message in messages[1:]:
        tell(stay, message)
    return stay


def said(*messages):
    """Day, time, disposition, cancelled: the same for every order of the messages."""
    found = {tuple(told(*order)[one] for one in TOLD) for order in permutations(messages)}
    assert len(found) == 1
    return found.pop()


A03 = left("2026-11-14T08:05")
A13 = Message("2026-11-14T18:55", CAME, withdraws="discharge")


def test_one_message_is_what_it_says():
    stay = told(A03)
    assert [stay[one] for one in TOLD] == ["2026-11-14", "08:00", "01", 0]
    assert (stay["admitted_on"], stay["zip"], stay["told_earlier"]) == ("2026-11-10", None, None)


def test_the_later_disposition_counts_also_when_it_comes_first():
    later = left("2026-11-15T06:00", where=SNF)
    assert said(A03, later) == ("2026-11-14", "08:00", "03", 0)


def test_a_corrected_time_of_discharge_counts_also_when_it_is_earlier():
    later = left("2026-11-15T06:00", "2026-11-13T22:10", (None, None))
    assert said(A03, later) == ("2026-11-13", "22:10", "01", 0)


def test_what_a_later_message_does_not_say_is_kept():
    full = left("2026-11-14T08:05", zip="37391", phone="4235550100")
    later = left("2026-11-15T06:00", phone="4235550199")
    for order in ((full, later), (later, full)):
        stay = told(*order)
        assert (stay["zip"], stay["phone"]) == ("37391", "4235550199")


def test_a_day_alone_keeps_the_time_that_was_known_of_that_day():
    later = left("2026-11-16", "2026-11-14", (None, None))
    assert said(A03, later) == ("2026-11-14", "08:00", "01", 0)


def test_a_new_day_without_a_time_does_not_keep_the_old_time():
    later = left("2026-11-16", "2026-11-15", (None, None))
    assert said(A03, later) == ("2026-11-15", None, "01", 0)


def test_a_cancelled_discharge_leaves_the_patient_in_hospital():
    assert said(A03, A13) == (None, None, None, 0)


def test_an_older_list_that_comes_after_the_cancelling_does_not_bring_the_discharge_back():
    again = left("2026-11-15T24:00 2026-11-16T06:00:00")
    assert said(A03, A13, again) == (None, None, None, 0)


def test_whoever_leaves_after_the_cancelling_has_left():
    really = left("2026-11-16T09:10", "2026-11-16T09:05", SNF)
    assert said(A03, A13, really) == ("2026-11-16", "09:05", "03", 0)


def test_a_day_alone_on_the_day_of_the_cancelling_counts_if_it_was_told_later():
    listed = left("2026-11-14T24:00", "2026-11-14")
    assert said(A03, A13, listed) == ("2026-11-14", None, "01", 0)
    assert said(A13, left("2026-11-14T12:00", "2026-11-14")) == (None, None, None, 0)


def test_a_cancelled_admission_withdraws_the_stay_whatever_is_told_of_it_before():
    a11 = Message("2026-11-11T07:00", CAME, withdraws="stay")
    assert said(Message("2026-11-10T12:00", CAME), a11)[3] == 1
    update = Message("2026-11-11T09:00", {**CAME, "zip": "37391"})
    assert said(Message("2026-11-10T12:00", CAME), a11, update)[3] == 1


def test_a_stay_that_is_told_anew_after_its_cancelling_counts():
    a11 = Message("2026-11-11T07:00", CAME, withdraws="stay")
    assert said(a11, A03)[3] == 0
    assert said(a11, Message("2026-11-12T10:00", {"admitted_on": "2026-11-12"}))[3] == 0


def test_a_list_without_moments_withdraws_the_discharge_that_it_names():
    gone = left("2026-11-14", "2026-11-14")._replace(withdraws="stay")
    assert said(left("2026-11-14", "2026-11-14"), gone)[3] == 1


def test_a_withdrawal_that_comes_first_begins_on_the_day_of_its_message():
    stay = told(Message("2026-11-14T18:55", {}, withdraws="discharge"))
    assert stay["admitted_on"] == "2026-11-14"
    tell(stay, A03)
    assert (stay["admitted_on"], stay["discharged_on"]) == ("2026-11-10", None)


def test_a_withdrawn_discharge_without_an_admission_began_by_then():
    only = Message("2026-11-14T08:05", {}, "2026-11-14T08:00")
    stay = told(only, Message("2026-11-14T18:55", {}, withdraws="discharge"))
    assert (stay["admitted_on"], stay["discharged_on"]) == ("2026-11-14", None)


def test_the_same_message_again_changes_nothing():
    stay = told(A03)
    before = dict(stay)
    assert tell(stay, A03) is False
    assert stay == before


def test_the_same_words_in_a_later_message_change_nothing_but_when_it_was_told():
    stay = told(A03)
    assert tell(stay, A03._replace(at="2026-11-15")) is False
    assert stay["told_at"] == "2026-11-15"
    assert tell(stay, left("2026-11-14T20:00", where=SNF)) is False, "an older one is older"


def test_an_update_without_a_discharge_keeps_it():
    stay = told(A03, Message("2026-11-14T12:00", CAME))
    assert stay["discharged_on"] == "2026-11-14"


def test_a_stay_of_which_neither_end_was_told_began_by_its_message_until_one_says_when():
    stay = told(Message("2026-11-14T12:00", {"zip": "37391"}))
    assert (stay["admitted_on"], stay["discharged_on"]) == ("2026-11-14", None)
    tell(stay, left("2026-11-14T13:00"))
    assert (stay["admitted_on"], stay["discharged_on"]) == ("2026-11-10", "2026-11-14")


MOMENTS = ["2026-11-13", "2026-11-14", "2026-11-14T08:00", "2026-11-14T18:00", "2026-11-16T09:00"]
messages = st.builds(
    Message,
    at=st.sampled_from([*MOMENTS, "2026-11-14T24:00 2026-11-15T05:00:00"]),
    fields=st.dictionaries(
        st.sampled_from(["zip", "last_name", "admitted_on"]),
        st.sampled_from(["2026-11-10", "2026-11-12", "2026-11-15"]),
    ),
    discharge=st.none() | st.sampled_from(MOMENTS),
    disposition=st.sampled_from([None, "01", "03"]),
    disposition_text=st.sampled_from([None, "Home"]),
    withdraws=st.sampled_from([None, None, None, "stay", "discharge"]),
)


@given(st.lists(messages, min_size=1, max_size=6), st.randoms(use_true_random=False))
def test_the_order_of_messages_never_matters_and_twice_is_once(some, chance):
    first = told(*some)
    mixed = [*some, *some]
    chance.shuffle(mixed)
    second = told(*mixed)
    assert second == first


@given(st.lists(messages, min_size=1, max_size=6))
def test_the_columns_always_say_what_the_schema_asks_for(some):
    stay = told(*some)
    assert stay["admitted_on"] or stay["discharged_on"]
    assert set(FIELDS) <= set(stay)
    assert stay["told_at"] >= max(message.at for message in some)


@pytest.mark.parametrize("where", [HOME, (None, "a ward of their own")])
def test_a_disposition_goes_with_its_discharge_and_not_with_a_withdrawn_one(where):
    stay = told(left("2026-11-14T08:05", where=where), A13)
    tell(stay, left("2026-11-16T09:10", "2026-11-16T09:05", (None, None)))
    assert (stay["disposition"], stay["disposition_text"]) == (None, None)
