"""People with random histories in a care file, for tests of panels: drawn fast and evenly.

`random_person` draws a history within so many days from START; `add_person` writes it as the
commands would. Histories hold more than people can have: also contradictions.
"""

from collections import Counter
from datetime import date, time, timedelta

from caretool import schedule, workdays
from caretool.model import Decision, Name, PatientRecord, Product, Status, Tier
from caretool.rule_files import load_protocols
from caretool.store import (
    appointments,
    contacts,
    decisions,
    facts,
    medications,
    patients,
    products,
    referrals,
    runs,
    scores,
    stays,
)
from caretool.telling import Message, begun

PROTOCOLS = load_protocols()
FEDERAL = workdays.load_calendar()
START = date(2026, 6, 1)

OUTCOMES = [*PROTOCOLS.outcomes, *["reached_patient", "no_answer", "rescheduled"] * 4]
CODES = ["01", "01", "06", "03", "03", "07", "04", "30", "20", None]
CONDITIONS = ["depression", "heart_failure", "copd", "ckd", "hypertension", "diabetes"]
DIAGNOSES = [None, None, "I50.9", "F32.1", "F10.20", "J44.1", "Sepsis", "heart failure"]
TOPICS = [
    (), (), ("medication_reconciliation",), ("mental_health",), ("substance_use",), ("refill",),
    ("adherence_review", "refill"),
]  # fmt: skip
MEDICINES = ["metformin", "metformin", "glipizide", "atorvastatin", "simvastatin", "amoxicillin"]
OF_ONE_ITEM = {Decision.DEFER, Decision.WAIVE, Decision.TAKE_BACK}
DECISIONS = [*Decision, *[Decision.HOLD, Decision.DEFER, Decision.WAIVE] * 3]
PARTS = (
    "statuses", "tiers", "stays", "contacts", "conditions", "decisions", "appointments", "scores",
    "referrals", "reconciliations", "listed", "reports", "supplies",
)  # fmt: skip
EMPTY = {part: [] for part in PARTS}


def plan(known, today, protocols=PROTOCOLS):
    return schedule.plan(known, protocols, FEDERAL, today)


def text(value):
    return value.strftime("%H:%M") if isinstance(value, time) else value and value.isoformat()


def add_stay(care_file, patient_id, told):
    """A stay as an import writes it, linked to the patient; returns its number."""
    run_id = runs.begin(
        care_file, kind="discharges", on=START, file_name="list.csv", file_hash="0",
        source="test", encoding="utf-8", delimiter=",",
    )  # fmt: skip
    number = stays.next_id(care_file)
    told = dict(told)
    arrived = (told["discharged_on"] or told["admitted_on"]) + timedelta(told.pop("late", 0))
    told |= {key: text(told[key]) for key in ("admitted_on", "discharged_on", "discharged_at")}
    row = begun(Message(text(START), {"admitted_on": text(START)})) | told
    row |= {"id": number, "stay_key": f"key {number}", "issuer": "Test", "link": "linked"}
    row |= {"link_reason": "test", "patient_id": patient_id, "run_id": run_id}
    stays.add_all(care_file, [row | {"arrived_on": text(arrived)}])
    return number


def add_contact(care_file, patient_id, told):
    told = dict(told)
    void = told.pop("void", False)
    number = contacts.add(care_file, patient_id, **told)
    if void:
        contacts.void(care_file, number, "entered in error")
    return number


def add_decision(care_file, patient_id, told):
    """A decision as the commands write it; one about an item names one that is open that day."""
    decision, on = told["decision"], told["on"]
    more = {}
    if decision in {Decision.HOLD, Decision.DEFER}:
        more["to"] = on + timedelta(told["days"])
    if decision in OF_ONE_ITEM:
        items = plan(facts.patient(care_file, patient_id, PROTOCOLS, on), on).items
        if not items:
            return
        item = items[told["item"] % len(items)]
        more |= {"item": item.rule.id, "planned": item.trace.planned}
    decisions.add(care_file, patient_id, decision, on, why="because", **more)


def add_appointment(care_file, patient_id, told):
    day = told["on"] + timedelta(told["ahead"])
    number = appointments.add(
        care_file, patient_id, noted_on=told["on"], day=day, at=None, with_whom=None
    )
    if told["cancelled"] is not None:
        appointments.cancel(care_file, number, told["on"] + timedelta(told["cancelled"]))


def add_listed(care_file, patient_id, told):
    """A line of the medicines list, perhaps stopped some days later."""
    medications.add(care_file, patient_id, on=told["on"], name=told["name"])
    if told["days"] is not None:
        added = medications.of_patient(care_file, patient_id, date.max)[-1]
        medications.stop(care_file, added, told["on"] + timedelta(told["days"]), "because")


def add_report(care_file, patient_id, told):
    number = contacts.add(
        care_file, patient_id, on=told["on"], at=None, outcome="reached_patient", channel="phone",
        party="patient", inbound=False,
    )  # fmt: skip
    contacts.add_self_report(
        care_file, number, missed=told["missed"], days=7, medication=told["name"]
    )


def add_fills(care_file, patient_id, several):
    """Fills as a list of START tells of them; what is alike is one more copy."""
    if not several:
        return
    run_id = runs.begin(
        care_file, kind="fills", on=START, file_name="fills.csv", file_hash="0",
        source="test", encoding="utf-8", delimiter=",",
    )  # fmt: skip
    numbers = products.ids(care_file, [Product(one["name"]) for one in several])
    copies = Counter()
    rows = []
    for one in several:
        key = (patient_id, numbers[Product(one["name"])], one["on"].isoformat(), one["days"])
        copies[key] += 1
        rows.append((*key, copies[key], run_id))
    columns = ("patient_id", "product_id", "filled_on", "days_supply", "copy", "run_id")
    care_file.insert_all("fills", columns, rows)


def add_person(care_file, history):
    """Writes a history and returns the patient's number."""
    record = PatientRecord(Name("Test", "Person"), date(1950, 1, 1))
    patient_id = patients.add(care_file, record, on=START)
    for one in history["statuses"]:
        reason = "graduated" if one["status"] == Status.CLOSED else None
        patients.set_status(care_file, patient_id, one["status"], one["on"], reason)
    for one in history["tiers"]:
        patients.set_tier(care_file, patient_id, one["tier"], one["on"], one.get("why"))
    numbers = [add_stay(care_file, patient_id, one) for one in history["stays"]]
    for one in history["contacts"]:
        add_contact(care_file, patient_id, one)
    for one in history["conditions"]:
        patients.add_condition(care_file, patient_id, one["code"], one["on"])
    for one in history["appointments"]:
        add_appointment(care_file, patient_id, one)
    for one in history["scores"]:
        if numbers:
            stay = numbers[one["stay"] % len(numbers)]
            scores.add(care_file, patient_id, stay, on=one["on"], total=one["total"], parts={})
    for one in history["referrals"]:
        referrals.add(care_file, patient_id, one["on"], None)
    for one in history["reconciliations"]:
        about = numbers[one["stay"]] if one["stay"] in range(len(numbers)) else None
        medications.reconcile(care_file, patient_id, on=one["on"], stay_id=about)
    for one in history["listed"]:
        add_listed(care_file, patient_id, one)
    for one in history["reports"]:
        add_report(care_file, patient_id, one)
    add_fills(care_file, patient_id, history["supplies"])
    for one in history["decisions"]:
        add_decision(care_file, patient_id, one)
    return patient_id


def random_person(random, span=25, most=1):
    """A history within `span` days; with a greater `most` a longer one."""

    def day():
        return START + timedelta(random.randrange(span))

    def hour():
        return random.choice([None, time(8), time(12)])

    def several(number, make):
        return [make() for _ in range(random.randrange(number))]

    def stay():
        begins, lasts = day(), random.choice([None, 0, 1, 4])
        left = None if lasts is None else begins + timedelta(lasts)
        return {
            "patient_class": random.choice(["inpatient", "snf", "emergency", "unknown"]),
            "admitted_on": begins if left is None else random.choice([begins, None]),
            "discharged_on": left,
            "discharged_at": hour() if left else None,
            "disposition": random.choice(CODES) if left and random.random() < 0.8 else None,
            "diagnosis": random.choice(DIAGNOSES),
            "late": random.choice([0, 0, 0, 2, 45]),
            "cancelled": int(random.random() < 0.2),
        }

    def contact():
        outcome, on = random.choice([*OUTCOMES, *["reached_patient"] * 15]), day()
        return {
            "on": on,
            "at": hour(),
            "outcome": outcome,
            "channel": random.choice(["phone", "phone", "portal", "facility"]),
            "party": random.choice(["patient", "caregiver", "provider"]),
            "inbound": random.random() < 0.3,
            "topics": random.choice(TOPICS),
            "next_on": on + timedelta(random.randrange(1, 12)) if random.random() < 0.3 else None,
            "void": random.random() < 0.15,
        }

    def decision():
        return {
            "decision": random.choice(DECISIONS),
            "on": day(),
            "item": random.randrange(6),
            "days": random.randrange(1, 20),
        }

    def appointment():
        cancelled = random.choice([None, None, 0, 5])
        return {"on": day(), "ahead": random.randrange(15), "cancelled": cancelled}

    def supply():
        on = START + timedelta(random.randrange(-250, span))
        return {"name": random.choice(MEDICINES), "on": on, "days": random.choice([7, 30, 90])}

    words = [Status.ACTIVE, Status.ACTIVE, *Status]
    return {
        "statuses": several(4, lambda: {"status": random.choice(words), "on": day()}),
        "tiers": several(
            3, lambda: {"tier": random.choice([*Tier]), "on": day(), "why": random.choice(WHY)}
        ),
        "stays": several(3 * most, stay),
        "contacts": several(9 * most, contact),
        "conditions": several(
            3, lambda: {"code": random.choice(CONDITIONS), "on": random.choice([None, day()])}
        ),
        "decisions": several(3 * most, decision),
        "appointments": several(2 * most, appointment),
        "scores": several(2, lambda: {"on": day(), "stay": 0, "total": random.choice([4, 10, 14])}),
        "referrals": several(2, lambda: {"on": day()}),
        "reconciliations": several(3, lambda: {"on": day(), "stay": random.choice([None, 0, 1])}),
        "listed": several(
            3,
            lambda: {
                "on": day(),
                "name": random.choice(MEDICINES),
                "days": random.choice([None, 0, 9]),
            },
        ),
        "reports": several(
            4,
            lambda: {
                "on": day(),
                "name": random.choice([None, "metformin"]),
                "missed": random.randrange(5),
            },
        ),
        "supplies": several(random.choice([1, 12]), supply),
    }


WHY = [None, None, "as agreed"]
