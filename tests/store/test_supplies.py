"""The fills in a care file as facts of the schedule: what they are of, when they were heard of."""

from datetime import date, timedelta
from pathlib import Path

import pytest
from random_people import EMPTY, PROTOCOLS, START, add_person, plan

from caretool import coverage, db
from caretool.adherence import measure
from caretool.catalogue import Catalogue
from caretool.methods import METHODS
from caretool.model import Status
from caretool.refills import Supplies, days_away
from caretool.store import away_days, facts, fills, own_files, products, reversals, runs, supplies

ACTIVE = {"status": Status.ACTIVE, "on": START}
REACHED = {
    "on": START, "at": None, "outcome": "reached_patient", "channel": "phone",
    "party": "patient", "inbound": False,
}  # fmt: skip
TODAY = START + timedelta(20)


@pytest.fixture
def care_file():
    with db.trial(Path("/nowhere/care.db"), "test", "tester") as opened:
        yield opened


def add(care_file, *filled, **more):
    """Somebody under care management with fills: the day (after START), the days, the name."""
    told = [{"on": START + timedelta(on), "days": days, "name": name} for on, days, name in filled]
    return add_person(care_file, EMPTY | {"statuses": [ACTIVE], "supplies": told} | more)


def kinds(care_file, patient_id, today=TODAY):
    found = plan(facts.patient(care_file, patient_id, PROTOCOLS, today), today).items
    return {item.rule.kind for item in found} & {"refill_due", "supply_ran_out"}


def of(care_file, patient_id, today=TODAY):
    return supplies.read(care_file, [patient_id], today)[patient_id]


def test_a_medicine_is_of_its_class_by_name_and_one_without_class_stands_for_itself(care_file):
    one = add(care_file, (0, 30, "Lisinopril 10 mg tablet"), (1, 7, "amoxicillin"))
    first, second = (fill.medicine for fill in of(care_file, one))
    assert (first.drug, first.group, first.group_name) == (
        "lisinopril", "ras_antagonists", "RAS antagonists",
    )  # fmt: skip
    assert (first.chronic, first.one_at_a_time) == (True, True)
    assert (second.group, second.group_name, second.waits_for) == (
        "amoxicillin", "amoxicillin", ("amoxicillin",),
    )  # fmt: skip
    assert (second.chronic, second.threshold) == (False, None)


def test_a_class_that_only_a_file_knows_is_not_for_good(care_file):
    one = add(care_file, (0, 7, "amoxicillin"))
    care_file.execute("UPDATE products SET drug_class = 'Antibiotics'")
    (fill,) = of(care_file, one)
    assert (fill.medicine.group_name, fill.medicine.chronic) == ("Antibiotics", False)


def test_the_practices_own_classes_count(care_file, tmp_path, monkeypatch):
    own = tmp_path / "drug-classes.toml"
    own.write_text(
        '[[class]]\ncode = "thyroid"\nlabel = "thyroid"\ningredients = ["levothyroxine"]\n'
        'one_at_a_time = true\nsource = "ours"\n',
        encoding="utf-8",
    )
    monkeypatch.setenv("CARETOOL_DRUG_CLASSES", str(own))
    one = add(care_file, (-10, 30, "levothyroxine"))
    (fill,) = of(care_file, one)
    assert (fill.medicine.chronic, fill.medicine.one_at_a_time) == (True, True)
    assert kinds(care_file, one) == {"refill_due"}


def test_a_fill_dated_later_is_not_seen(care_file):
    one = add(care_file, (0, 30, "metformin"), (21, 30, "metformin"))
    assert [fill.day for fill in of(care_file, one)] == [START.toordinal()]


def test_a_fill_that_was_taken_back_is_none(care_file):
    one = add(care_file, (-20, 30, "metformin"), (5, 30, "metformin"))
    run_id = runs.begin(
        care_file, kind="fills", on=START + timedelta(6), file_name="b.csv", file_hash="1",
        source="test", encoding="utf-8", delimiter=",",
    )  # fmt: skip
    back = (one, "metformin", str(START + timedelta(5)), 30)
    reversals.add_all(care_file, [back], run_id)
    assert [fill.day for fill in of(care_file, one)] == [(START - timedelta(20)).toordinal()]


def test_a_fill_was_heard_of_with_the_list_that_told_of_it_first(care_file):
    """A later list that repeats it becomes the list it is of; that makes nothing old again."""
    one = add(care_file, (-25, 30, "metformin"))
    later = START + timedelta(300)
    care_file.execute(
        "INSERT INTO commands (at_utc, utc_offset, user, command, version)"
        " VALUES ('2027-03-28T00:00:00Z', 0, 'tester', 'test', '0')"
    )
    second = care_file.value("SELECT max(id) FROM commands")
    run_id = runs.begin(
        care_file, kind="fills", on=later, file_name="b.csv", file_hash="1",
        source="test", encoding="utf-8", delimiter=",",
    )  # fmt: skip
    care_file.execute("UPDATE import_runs SET command_id = ? WHERE id = ?", (second, run_id))
    care_file.execute("UPDATE fills SET run_id = ?", (run_id,))
    (fill,) = of(care_file, one, later)
    assert fill.heard_on == START
    assert kinds(care_file, one, later) == {"supply_ran_out"}
    assert supplies.known_on(care_file, later) == later
    assert supplies.known_on(care_file, later - timedelta(1)) == START
    assert supplies.known_on(care_file, START - timedelta(1)) is None


def test_a_fill_that_no_list_brought_was_heard_of_when_it_was_noted(care_file):
    one = add(care_file, (-25, 30, "metformin"))
    care_file.execute(
        "INSERT INTO commands (at_utc, utc_offset, user, command, version)"
        " VALUES ('2026-06-03T02:00:00Z', -300, 'tester', 'test', '0')"
    )
    care_file.execute("UPDATE fills SET command_id = (SELECT max(id) FROM commands)")
    (fill,) = of(care_file, one)
    assert fill.heard_on == date(2026, 6, 2)  # nine in the evening, five hours west


def test_what_comes_onto_the_medicines_list_later_does_not_count_yet(care_file):
    """Found by a random crowd: a line of June 21, stopped on June 30, hid what was due before."""
    later = {"on": TODAY + timedelta(7), "name": "atorvastatin", "days": 9}
    one = add(care_file, (-80, 90, "atorvastatin"), listed=[later], contacts=[REACHED])
    assert kinds(care_file, one) == {"supply_ran_out"}
    panel = facts.panel(care_file, PROTOCOLS, TODAY, TODAY)
    assert [known.patient_id for known in panel.facts] == [one]


def test_a_panel_leaves_out_whose_supply_lasts(care_file):
    reached = [{**REACHED, "on": TODAY}]
    soon = add(care_file, (-3, 30, "metformin"), contacts=reached)  # to 27 June: 6 days
    lasts = add(care_file, (0, 90, "metformin"), contacts=reached)
    without = add(care_file, contacts=reached)
    panel = facts.panel(care_file, PROTOCOLS, TODAY, TODAY)
    assert [known.patient_id for known in panel.facts] == [soon]
    assert panel.others == 2
    # 29 August is the last day with supply; 7 days before it is the 22nd, in 62 days
    far = facts.panel(care_file, PROTOCOLS, TODAY, START + timedelta(82)).facts
    assert [known.patient_id for known in far] == [soon, lasts, without]


def test_of_who_has_fills_a_contact_before_the_last_one_counts(care_file):
    told = [
        {**REACHED, "on": TODAY - timedelta(2), "topics": ("refill",)},
        {**REACHED, "on": TODAY - timedelta(1)},
    ]
    one = add(care_file, (-5, 30, "metformin"), contacts=told)
    (known,) = facts.panel(care_file, PROTOCOLS, TODAY).facts
    assert len(known.contacts) == 2
    assert kinds(care_file, one) == set()


def test_the_last_day_with_supply_is_that_of_the_adherence_figures(care_file):
    """The same fills, the same days away, one figure a medicine (caretool adherence --by ...)."""
    stay = {
        "patient_class": "inpatient", "admitted_on": START - timedelta(40),
        "discharged_on": START - timedelta(31), "discharged_at": None, "disposition": "01",
        "diagnosis": None, "late": 0, "cancelled": 0,
    }  # fmt: skip
    one = add(
        care_file,
        *((on, 30, "metformin") for on in (-300, -290, -250, -200, -60, -35, -9)),
        *((on, 90, "Lisinopril 10 mg") for on in (-200, -150, -50)),
        (-35, 30, "lisinopril 20 mg"),
        stays=[stay],
    )
    away = away_days.days(care_file, [one], TODAY)[one]
    known = facts.patient(care_file, one, PROTOCOLS, TODAY)
    assert days_away(known.stays, TODAY) == away
    catalogue = Catalogue(products.every(care_file), own_files.classes(care_file))
    expected = {}
    for group in coverage.groups(
        fills.of_patient(care_file, one, TODAY), catalogue, by_class=False
    ):
        (drug,) = group.drugs
        figure = measure(group.supplies, TODAY - timedelta(364), TODAY, METHODS["pdc"], away=away)
        expected[drug] = figure.runs_out
    found = Supplies(known.supplies, (), away).drugs
    assert {one.medicine.drug: date.fromordinal(one.runs_out) for one in found} == expected
    assert set(expected) == {"metformin", "lisinopril"}
