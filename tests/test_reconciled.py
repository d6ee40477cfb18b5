"""A reconciliation in the schedule: which items it completes, and what is counted from it."""

import pytest
from patient_facts import active, contact, only, open_kinds, own, reconciled, rule, stay

from caretool.history import seen
from caretool.model import PatientFacts, ReconciliationFact

BOTH = {"reconciliation", "reconciliation_window"}


def open_ones(today, *known):
    return open_kinds(today, *known) & BOTH


@pytest.mark.parametrize(
    ("day", "still_open"),
    [
        ("2026-03-05", BOTH),  # the day before the discharge
        ("2026-03-06", set()),
        ("2026-03-07", set()),
        ("2026-04-05", set()),  # day 30, the limit
        ("2026-04-06", set()),  # late, and done all the same
    ],
)
def test_from_the_day_of_the_discharge_on_it_completes_both(day, still_open):
    assert open_ones("2026-04-06", stay("2026-03-06"), reconciled(day)) == still_open


def test_until_that_day_both_are_open():
    known = stay("2026-03-06"), reconciled("2026-03-10")
    assert open_ones("2026-03-09", *known) == BOTH
    assert open_ones("2026-03-10", *known) == set()


def test_the_time_of_the_discharge_does_not_matter_as_there_is_no_time_of_the_other():
    known = stay("2026-03-06", at="23:00"), reconciled("2026-03-06")
    assert open_ones("2026-03-06", *known) == set()


@pytest.mark.parametrize(
    ("about", "still_open"), [(None, set()), (2, set()), (1, BOTH), (9, set())]
)
def test_one_of_an_earlier_discharge_does_not_do_for_a_later_one(about, still_open):
    """Of stay 9 nothing is known: a list took it back, and the day alone decides."""
    known = stay("2026-03-06"), stay("2026-03-18"), reconciled("2026-03-20", about)
    assert open_ones("2026-03-20", *known) == still_open


def test_one_of_a_later_emergency_visit_does_for_the_stay_before():
    known = (
        stay("2026-03-06"),
        stay("2026-03-09", kind="emergency", admitted="2026-03-09"),
        reconciled("2026-03-10", 2),
    )
    assert open_ones("2026-03-10", *known) == set()


def test_it_is_no_contact():
    known = active("2026-01-05"), reconciled("2026-03-10")
    assert only("2026-03-10", *known) == only("2026-03-10", active("2026-01-05"))


def test_what_is_counted_from_it_or_comes_again_after_it():
    review = rule("review", target="7 days", done_by=("reconciliation",))
    call = rule("b", anchor="after review", target="3 days", done_by=("letter",))
    protocols = own(review, call)
    known = active("2026-03-02"), reconciled("2026-03-04")
    assert str(only("2026-03-04", *known, kind="b", protocols=protocols).target) == "2026-03-07"
    assert str(only("2026-03-03", *known, kind="b", protocols=protocols).target) == "2026-03-12"

    again = own(rule("review", anchor="last_done", target="7 days", done_by=("reconciliation",)))
    item = only("2026-03-04", *known, kind="review", protocols=again)
    assert (item.trace.fact, item.trace.fact_id) == ("last done", "MR1")
    assert str(item.target) == "2026-03-11"


def test_where_contacts_and_it_both_complete_something_the_last_of_them_counts():
    words = ("topic:a1c", "reconciliation")
    again = own(rule("review", anchor="last_done", target="7 days", done_by=words))
    early, late = contact("2026-03-05", topics=["a1c"]), contact("2026-03-09", topics=["a1c"])
    for told, fact_id in ((early, "MR1"), (late, "C1")):
        item = only(
            "2026-03-10", active("2026-03-02"), told, reconciled("2026-03-06"),
            kind="review", protocols=again,
        )  # fmt: skip
        assert item.trace.fact_id == fact_id


def test_only_from_the_first_day_on_that_counts():
    late = own(rule("review", counts_from="2 days", target="7 days", done_by=("reconciliation",)))
    known = active("2026-03-02"), reconciled("2026-03-03")
    assert only("2026-03-05", *known, kind="review", protocols=late)
    known = active("2026-03-02"), reconciled("2026-03-04")
    assert open_kinds("2026-03-05", *known, protocols=late) == set()


def test_one_of_a_later_day_is_not_seen():
    one, other = (ReconciliationFact(number, contact(day).on) for number, day in
                  ((1, "2026-03-04"), (2, "2026-03-06")))  # fmt: skip
    known = PatientFacts(1, reconciliations=(one, other))
    assert seen(known, one.on).reconciliations == (one,)
    assert seen(known, other.on) is known
