"""A year of mornings: the list and each patient's page agree, and the buckets add up to everybody.

One file of a few dozen people with long random histories, days off among them, looked at on every
day of a year; then the command line itself on some of those days.
"""

from datetime import timedelta
from pathlib import Path
from random import Random

import pytest
from random_people import START, add_person, random_person

from caretool import absent, db, planning
from caretool.commands import due_today
from caretool.model import Status
from caretool.store import days_off, facts

PEOPLE, DAYS = 36, 365
FIRST = START - timedelta(20)  # before anybody has a history
NOWHERE = Path("/nowhere/care.db")  # a trial without a file works in memory
BUCKETS = ("late_open", "overdue", "today", "to_come", "held", "no_date", "later")


def fill(care_file, seed):
    """A file of people with histories of a year, most of them under care management."""
    random = Random(seed)  # noqa: S311
    ids = []
    for _ in range(PEOPLE):
        history = random_person(random, DAYS - 40, most=4)
        if random.random() < 0.7:
            status = {"status": Status.ACTIVE, "on": START + timedelta(random.randrange(60))}
            history["statuses"] = [status, *history["statuses"][:1]]
        ids.append(add_person(care_file, history))
    for _ in range(6):
        first = START + timedelta(random.randrange(DAYS))
        last, told = first + timedelta(random.randrange(5)), first - timedelta(random.randrange(30))
        days_off.add(care_file, first, last, None, told)
    return ids


def pages_of(care_file, ids, rules, today):
    """Each patient's plan from all of their facts, as their own page makes it."""
    return {
        one: planning.plan(facts.patient(care_file, one, rules.protocols, today), rules, today)
        for one in ids
    }


def bucket(page, today):
    """In which bucket a patient belongs on `today`, by the words of the guide; None in none."""
    tiered = page.standing.status in {"active", "on_hold"}
    if not (page.items or tiered):
        return None
    due = [item for item in page.items if (item.trace.retry or item.trace.target) <= today]
    if due:
        lead = min(due, key=lambda item: item.rank(today))
        if lead.limit is not None and lead.limit < today:
            return "late_open"
        return "overdue" if lead.target < today else "today"
    where = page.standing
    if where.held_since or where.status == "on_hold" or where.hold:
        return "held"
    return "later" if page.items else "no_date"


def agree(care_file, ids, today, ahead):
    """The list of a day is what the pages say, item by item, with every number right."""
    horizon = today + timedelta(ahead)
    pages = pages_of(care_file, ids, planning.rules(care_file, today), today)
    panel = planning.of_panel(care_file, today, horizon)
    listed = planning.listed(panel.plans, horizon, today)
    assert listed == planning.listed(pages.values(), horizon, today)
    counts = due_today._counts(panel.plans, listed, today)
    counts["later"] += panel.others
    expected = dict.fromkeys(BUCKETS, 0)
    for page in pages.values():
        name = bucket(page, today)
        if ahead and name in {"later", "held"} and any(one.due <= horizon for one in page.items):
            name = "to_come"
        if name:
            expected[name] += 1
    assert counts == expected
    open_or_followed = [
        page
        for page in pages.values()
        if page.items or page.standing.status in {"active", "on_hold"}
    ]
    assert sum(counts.values()) == len(open_or_followed)
    return pages


def test_list_and_page_agree_for_everybody_on_every_day_of_a_year():
    with db.trial(NOWHERE, "test", "tester") as care_file:
        ids = fill(care_file, seed=2026)
        seen = dict.fromkeys(BUCKETS, 0)
        for number in range(DAYS):
            today = FIRST + timedelta(number)
            pages = agree(care_file, ids, today, ahead=number % 3 * 4)
            one = ids[number % len(ids)]
            assert planning.of_patient(care_file, one, today) == pages[one]
            for page in pages.values():
                name = bucket(page, today)
                if name:
                    seen[name] += 1
        seen.pop("to_come")  # only with a horizon
        assert all(seen.values()), "the year holds a case of each"


@pytest.mark.parametrize("seed", range(3))
def test_so_they_do_in_other_years(seed):
    with db.trial(NOWHERE, "test", "tester") as care_file:
        ids = fill(care_file, seed)
        for number in range(seed, DAYS, 23):
            agree(care_file, ids, FIRST + timedelta(number), ahead=number % 40)


def test_the_command_lists_what_the_pages_say_and_counts_everybody(care, tmp_path):
    path = tmp_path / "care.db"
    with db.writing(path, "test", "tester", create=True) as care_file:
        ids = fill(care_file, seed=7)
    for number in range(0, DAYS, 31):
        today = FIRST + timedelta(number)
        document = care("due-today", "--as-of", today.isoformat(), "--days", 3, "--json").document
        shown = {row["patient"]: [one["due"] for one in row["items"]] for row in document["data"]}
        horizon = today + timedelta(3)
        pages, total = {}, 0
        for one in ids:
            page = care("why", f"P{one}", "--as-of", today.isoformat(), "--json").data
            due = [item["due"] for item in page["items"]]
            total += bool(due) or page["status"] in {"active", "on_hold"}
            due = [day for day in due if day <= horizon.isoformat()]
            if due:
                pages[f"P{one}"] = due
        assert shown == pages
        counts = document["counts"]
        assert sum(counts[name] for name in BUCKETS) == total


def test_there_is_a_reason_for_whatever_is_not_due():
    """And never for a rule that has something to do today."""
    with db.trial(NOWHERE, "test", "tester") as care_file:
        ids = fill(care_file, seed=11)
        for number in range(0, DAYS, 9):
            today = FIRST + timedelta(number)
            rules = planning.rules(care_file, today)
            protocols, calendar = rules
            for one in ids:
                known = facts.patient(care_file, one, protocols, today)
                page = planning.plan(known, rules, today)
                found = absent.absent(known, protocols, calendar, page, today, mask=True)
                assert all(one.because for one in found)
                due = {item.rule.id for item in page.items if item.due <= today}
                assert not due & {one.rule for one in found}
                if not page.items:
                    assert found, "with nothing open there is a reason"
