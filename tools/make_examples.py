"""Writes the input files in examples/: a practice of 60 made-up people on Monday 23 November 2026.

python tools/make_examples.py

Everything is seeded, so the same files come out each time. `caretool demo` moves their dates to
the day on which it runs. Names, numbers and phones (555-01xx) belong to nobody.
"""

from __future__ import annotations

import csv
import random
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from caretool.example_files import BASE, ENROLLED

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

TARGET = Path(__file__).parents[1] / "examples"
PEOPLE = 60
SEED = 20261123
UNUSED_PHONE = "423-555-0199"


class Person(NamedTuple):
    """One row of the roster; without a tier, known to the practice only."""

    key: str
    last: str
    first: str
    born: str
    sex: str
    tier: str = ""
    conditions: str = ""
    middle: str = ""
    suffix: str = ""
    language: str = "English"
    channel: str = "phone"
    status: str = ""


# Those who have a part in the morning; `key` is how the tables below call them.
CAST = (
    Person("late", "Applegarth", "Rosalind", "1941-05-17", "F", "high", "heart failure; CKD", "M"),
    Person("ama", "Bramblewick", "Tobias", "1957-09-03", "M", "high", "COPD"),
    Person("twin", "Nettlecombe", "Iris", "1962-02-14", "F", "high", "diabetes"),
    Person(
        "accent",
        "Ibáñez Lirio",
        "Zoë",
        "1949-12-08",
        "F",
        "high",
        "heart failure; diabetes",
        language="Spanish",
    ),
    Person(
        "apostrophe", "O'Dellwyn", "Maeve", "1953-07-29", "F", "high", "COPD", "K", channel="portal"
    ),
    Person(
        "senior",
        "Oakhollow",
        "Walter",
        "1938-03-22",
        "M",
        "high",
        "heart failure; atrial fibrillation",
        suffix="Sr",
    ),
    Person(
        "junior", "Oakhollow", "Walter", "1966-08-11", "M", "moderate", "hypertension", suffix="Jr"
    ),
    Person(
        "died", "Saltmarsh", "Cornelius", "1934-01-30", "M", "moderate", "stroke; dementia", "E"
    ),
    Person("snf", "Thistlewood", "Ottoline", "1944-10-05", "F", "moderate", "heart failure"),
    Person("still_in", "Fennimoor", "Jasper", "1971-04-19", "M", "moderate", "diabetes; CKD"),
    Person("promised", "Quillfeather", "Araminta", "1959-06-21", "F", "moderate", "asthma", "R"),
    Person("answered", "Larksworth", "Hollis", "1950-11-13", "M", "moderate", "I25.2"),
    Person(
        "today", "Candlewick", "Benedict", "1963-03-27", "M", "moderate", "diabetes; hypertension"
    ),
    Person("slipped", "Merryfield", "Odessa", "1948-08-16", "F", "moderate", "diabetes", "J"),
    Person(
        "typo", "Pemberlyn", "Lucius", "1955-02-25", "M", "moderate", "hypertension; depression"
    ),
    Person("monthly", "Dunnockley", "Percival", "1968-07-07", "M", "low", "hypertension"),
    Person("voicemail", "Wrenfield", "Sabina", "1974-12-01", "F", "low", "asthma; depression"),
    Person("swapped", "Vandermoss", "Leopold", "1951-04-09", "M", "low", "COPD"),
    Person("steady", "Tansyworth", "Clementine", "1946-05-31", "F", "low", "hypertension"),
    Person("thyme", "Thymebrook", "Anselm", "1961-09-14", "M", "low", "atrial fibrillation"),
    Person("sorrel", "Sorrelby", "Winifred", "1952-03-03", "F", "low", "diabetes", "A"),
    Person("pippin", "Pippinger", "Augustus", "1943-11-26", "M", "maintenance", "I25.2"),
    Person("juniper", "Juniperly", "Delphine", "1967-01-18", "F", "maintenance", "asthma"),
    Person("marsh", "Marshmallory", "Günther", "1958-10-10", "M", "maintenance", "hypertension"),
    Person(
        "paused", "Elderwick", "Philomena", "1947-07-24", "F", "low", "dementia", status="on hold"
    ),
    Person("roster_home", "D'Amberley", "Celestine", "1956-06-06", "F"),
    Person("other_twin", "Nettlecombe", "Ivy", "1962-02-14", "F"),
    Person("namesake", "Marlowick", "Edith", "1947-06-18", "F"),
    Person("emergency", "Hollyhock", "Barnaby", "1989-09-29", "M"),
    Person("no_word", "Willowmere", "Constance", "1940-02-29", "F", middle="P"),
    Person("office", "Cloverdale-Finch", "Mireille", "1965-05-05", "F"),
)
STRANGERS = {
    "stranger_1": Person("", "Winterquill", "Ambrose", "1979-08-30", "M", middle="T"),
    "stranger_2": Person("", "Hazelgrave", "Philippa", "1942-12-17", "F"),
    # one digit of the birth date away from the Edith Marlowick of the roster, and somebody else
    "false_namesake": Person("", "Marlowick", "Edith", "1947-06-13", "F"),
}

FIRST_NAMES = {
    "F": ("Adelaide", "Beatrix", "Cordelia", "Dorothea", "Eudora", "Florentina", "Guinevere",
          "Henrietta", "Isolde", "Josephine", "Katarína", "Lavinia", "Marguerite", "Noémie"),
    "M": ("Alistair", "Bartholomew", "Caspian", "Desmond", "Ephraim", "Ferdinand", "Gideon",
          "Horatio", "Ignatius", "Jericho", "Klaus", "Lysander", "Mortimer", "Nathaniel"),
}  # fmt: skip
LAST_NAMES = (
    "Acornwood", "Brackenbury", "Chestnutt", "Dandelby", "Everbloom", "Foxgloveton", "Gooseberry",
    "Hawthornley", "Ivybridge", "Jessamine", "Kingfisherton", "Lavenderly", "Mossgrove",
    "Nightjarley", "Oatfield", "Primrosely", "Quickthorn", "Rowanwood", "Snowdropson", "Teaselby",
    "Underbrook", "Violetta-Moor", "Wheatley-Lark", "Yarrowby", "Zinniafield", "Ashgrove-Penn",
    "Buttercupp", "Cornflowers", "Daffodilly",
)  # fmt: skip

# (who, days before the base that the discharge lies, days in, time, class, disposition, diagnosis)
ST_BRIGID = (
    ("late", 8, 5, "11:20", "Inpatient", "Home or Self Care", "Acute on chronic heart failure"),
    ("answered", 13, 4, "10:05", "Inpatient", "Home or Self Care", "Non-ST elevation infarction"),
    ("snf", 3, 9, "15:30", "Inpatient", "SNF", "Hip fracture"),
    ("died", 2, 6, "04:50", "Inpatient", "Expired", "Aspiration pneumonia"),
    ("ama", 2, 2, "18:15", "Inpatient", "Left Against Medical Advice", "COPD exacerbation"),
    ("twin", 1, 3, "13:40", "Inpatient", "Home or Self Care", "Hyperglycemia"),
    ("roster_home", 2, 3, "12:00", "Inpatient", "Home Health Care Svc", "Cellulitis of left leg"),
    ("emergency", 1, 0, "22:35", "Emergency", "Home or Self Care", "Ankle sprain"),
    ("still_in", None, 2, "", "Inpatient", "Still a Patient", "Diabetic foot ulcer"),
    ("swapped", 1, 4, "16:10", "Inpatient", "Home or Self Care", "Pneumonia"),
    ("typo", 3, 3, "09:45", "Inpatient", "Home or Self Care", "Hypertensive urgency"),
    ("stranger_1", 2, 2, "14:25", "Inpatient", "Home or Self Care", "Renal colic"),
)
LAKESIDE = (
    ("accent", 1, 6, "Inpatient", "Home with home health", "Heart failure"),
    ("apostrophe", 2, 1, "Observation", "Home", "COPD"),
    ("junior", 3, 2, "Inpatient", "Home", "Atrial flutter"),
    ("no_word", 1, 5, "Inpatient", "", "Urinary tract infection"),
    ("office", 1, 0, "Office Visit", "Home", "Annual wellness visit"),
    ("false_namesake", 2, 3, "Inpatient", "Home", "Gallstones"),
    ("stranger_2", 3, 4, "Inpatient", "Rehab", "Stroke"),
)


class Call(NamedTuple):
    """A contact, so many days before the base; by phone unless the outcome says otherwise."""

    who: str
    before: int
    outcome: str = "reached_patient"
    minutes: int | None = None
    note: str = ""
    promised: int | None = None
    """The date that was asked for, in days after the base."""
    why: str = ""
    missed: str = ""
    of: str = ""


CALLS = (
    Call("late", 12, minutes=14, note="weight 71 kg, ankles a little swollen"),
    Call("ama", 6, minutes=9, note="short of breath on stairs, uses the spacer now"),
    Call("twin", 5, minutes=11, note="keeps a glucose diary", missed="2/7", of="metformin"),
    Call("accent", 4, "reached_caregiver", 16, "daughter weighs her every morning"),
    Call("apostrophe", 6, "portal_replied", 5, "asks for a refill of tiotropium"),
    Call("senior", 15, minutes=8, note="pulse regular, no dizziness"),
    Call("senior", 6, "no_answer"),
    Call("senior", 4, "left_voicemail"),
    Call("junior", 6, minutes=7, note="home BP 138/84"),
    Call("died", 11, "reached_caregiver", 20, "eats little, wife is tired; talked about respite"),
    Call("snf", 9, minutes=6),
    Call("still_in", 10, minutes=13, note="wound on left foot, sees podiatry this week"),
    Call("promised", 5, minutes=4, promised=0, why="at her sister's until then"),
    Call("answered", 12, minutes=18, note="home again, no chest pain, meds reviewed"),
    Call("answered", 5, minutes=9, note="walks ten minutes twice a day", missed="0/7"),
    Call("today", 14, minutes=10, note="A1c 7.9, wants to try evening walks"),
    Call("slipped", 17, minutes=12, note="test strips cost too much", missed="3/7", of="metformin"),
    Call("typo", 11, minutes=15, note="sleeps badly", missed="5/14", of="lisinopril"),
    Call("monthly", 28, minutes=6),
    Call("voicemail", 31, minutes=9),
    Call("voicemail", 3, "left_voicemail"),
    Call("swapped", 15, minutes=10, note="two cigarettes a day now"),
    Call("steady", 20, minutes=5, note="home BP 124/76", missed="0/7"),
    Call("thyme", 9, minutes=7),
    Call("sorrel", 26, minutes=8, note="new meter works"),
    Call("pippin", 40, minutes=6),
    Call("juniper", 63, minutes=5),
)
EVERY = {"high": 7, "moderate": 14, "low": 28, "maintenance": 84}

# (who, drug, class, days' supply, first fill: days before the base, days late at each refill)
COURSES = (
    ("late", "furosemide 40 mg", "loop diuretic", 30, 300, (0, 4, 9)),
    ("late", "lisinopril 10 mg", "RAS antagonist", 30, 290, (0, 2, 12, 6)),
    ("ama", "tiotropium 18 mcg", "inhaled anticholinergic", 30, 240, (5, 21, 8)),
    ("twin", "metformin 500 mg", "diabetes, oral", 90, 330, (0, 11)),
    ("accent", "sacubitril/valsartan 49/51 mg", "ARNI", 30, 200, (0, 1, 3)),
    ("senior", "apixaban 5 mg", "anticoagulant", 30, 320, (0, 0, 2)),
    ("senior", "metoprolol succinate 50 mg", "beta blocker", 90, 340, (0, 5)),
    ("junior", "lisinopril 20 mg", "RAS antagonist", 90, 280, (0, -6)),
    ("today", "metformin 1000 mg", "diabetes, oral", 30, 350, (0, 1, -2, 3)),
    ("today", "atorvastatin 20 mg", "statin", 90, 340, (0, 4)),
    ("slipped", "metformin 500 mg", "diabetes, oral", 30, 310, (8, 17, 5)),
    ("typo", "lisinopril 20 mg", "RAS antagonist", 30, 300, (38, 52, 41)),
    ("typo", "sertraline 50 mg", "SSRI", 30, 180, (12, 20)),
    ("monthly", "atorvastatin 40 mg", "statin", 90, 300, (0, -5)),
    ("voicemail", "fluticasone 110 mcg", "inhaled steroid", 30, 260, (14, 33, 9)),
    ("steady", "amlodipine 5 mg", "calcium channel blocker", 90, 345, (0, 0)),
    ("thyme", "apixaban 5 mg", "anticoagulant", 30, 150, (0, 6)),
    ("pippin", "rosuvastatin 10 mg", "statin", 90, 320, (3, 25)),
    ("sorrel", "glipizide 5 mg", "diabetes, oral", 30, 60, (0, 0)),
)


def rng(purpose: str) -> random.Random:
    """A source of chance of its own for each file, so that one can change without the others."""
    return random.Random(f"{SEED} {purpose}")


def roster() -> list[tuple[Person, str, str]]:
    """Everybody by name, with record number and phone; cast first, the rest drawn."""
    chance = rng("roster")
    people = list(CAST)
    for last in LAST_NAMES[: PEOPLE - len(CAST)]:
        sex = chance.choice("FM")
        born = date(1930, 1, 1) + timedelta(days=chance.randrange(70 * 365))
        first, middle = chance.choice(FIRST_NAMES[sex]), chance.choice(("", "", "B", "L"))
        people.append(Person("", last, first, str(born), sex, middle=middle))
    people.sort(key=lambda person: (person.last, person.first, person.suffix))
    numbers = chance.sample(range(1_000, 9_999), PEOPLE)
    phones = chance.sample(range(100, 199), PEOPLE)
    return [
        (person, f"{number:06}", f"423-555-0{phone}")
        for person, number, phone in zip(people, numbers, phones, strict=True)
    ]


def roster_rows(people: Sequence[tuple[Person, str, str]]) -> Iterator[list[str]]:
    """`roster.csv`: the practice's own export."""
    yield ["MRN", "Last Name", "First Name", "Middle Name", "Suffix", "Date of Birth", "Sex",
           "Phone", "Language", "Preferred Channel", "Status", "Tier", "Conditions"]  # fmt: skip
    for person, number, phone in people:
        status = person.status or ("active" if person.tier else "roster")
        channel = person.channel if person.tier else ""
        yield [number, person.last, person.first, person.middle, person.suffix, person.born,
               person.sex, phone, person.language, channel, status, person.tier,
               person.conditions]  # fmt: skip


def us(day: date, at: str = "") -> str:
    """A date as St. Brigid writes it: month first."""
    return f"{day:%m/%d/%Y} {at}".rstrip()


def named_month(day: date) -> str:
    """A date as Lakeside writes it: 08-Dec-1949."""
    return f"{day:%d-%b-%Y}"


def st_brigid_rows(people: dict[str, Person], phones: dict[str, str]) -> Iterator[list[str]]:
    """`discharges-st-brigid.csv`: commas, names as LAST,FIRST M, dates month first."""
    chance = rng("St. Brigid")
    yield ["MRN", "Visit #", "Patient Name", "DOB", "Sex", "Phone", "Admit Date", "Disch Date",
           "Pt Class", "Disposition", "Facility", "Primary Dx"]  # fmt: skip
    for who, before, days_in, at, kind, disposition, diagnosis in ST_BRIGID:
        person = people[who]
        out = None if before is None else BASE - timedelta(days=before)
        admitted = (out or BASE) - timedelta(days=days_in)
        discharged = us(out, at) if out else ""
        born = date.fromisoformat(person.born)
        if who == "typo":
            discharged = discharged.replace("/20/", "/32/")
        elif who == "swapped":
            born = born.replace(month=born.day, day=born.month)
        record, visit = chance.randrange(10**5, 10**6), chance.randrange(10**7, 10**8)
        name = f"{person.last},{person.first} {person.middle}".strip().upper()
        yield [f"SB{record}", f"V{visit}", name, us(born), person.sex, phones.get(who, ""),
               us(admitted, "07:30"), discharged, kind, disposition, "St. Brigid Medical Center",
               diagnosis]  # fmt: skip


def lakeside_rows(people: dict[str, Person], phones: dict[str, str]) -> Iterator[list[str]]:
    """`discharges-lakeside.csv`: bars, names in parts, months by name, a total at the end."""
    chance = rng("Lakeside")
    yield ["Account No", "Patient Last Name", "Patient First Name", "MI", "Birth Date", "Gender",
           "Home Phone", "Enc Type", "Admission Date", "Date Discharged", "Discharged To",
           "Hospital", "Reason for Visit"]  # fmt: skip
    for who, before, days_in, kind, went_to, why in LAKESIDE:
        person = people[who]
        out = BASE - timedelta(days=before)
        yield [str(chance.randrange(700_000, 799_999)), person.last, person.first, person.middle,
               named_month(date.fromisoformat(person.born)),
               {"F": "Female", "M": "Male"}[person.sex], phones.get(who, ""), kind,
               named_month(out - timedelta(days=days_in)), named_month(out), went_to,
               "Lakeside Community Hospital", why]  # fmt: skip
    yield [f"Total: {len(LAKESIDE)} patients"] + [""] * 12


def fill_rows(numbers: dict[str, str]) -> Iterator[list[str]]:
    """`fills.csv`: what the pharmacy dispensed, up to the day before the base."""
    yield ["MRN", "Drug Name", "Drug Class", "Fill Date", "Days Supply", "Qty"]
    rows = []
    for who, drug, drug_class, supply, first, late in COURSES:
        day, refill = BASE - timedelta(days=first), 0
        while day < BASE:
            rows.append([numbers[who], drug, drug_class, str(day), str(supply), str(supply)])
            day += timedelta(days=supply + late[refill % len(late)])
            refill += 1
    stranger = ["990017", "amoxicillin 500 mg", "antibiotic", str(BASE - timedelta(days=9))]
    rows.append([*stranger, "10", "30"])
    yield from sorted(rows, key=lambda row: (row[3], row[0], row[1]))


def call_rows(people: dict[str, Person], numbers: dict[str, str]) -> Iterator[list[str]]:
    """`contacts.csv`: the calls so far; what `CALLS` says, and before it one at every interval."""
    chance = rng("contacts")
    yield ["MRN", "On", "Outcome", "Minutes", "Note", "Next", "Why", "Missed Doses", "Medication"]
    calls = list(CALLS)
    for who in dict.fromkeys(call.who for call in CALLS):
        interval = EVERY[people[who].tier]
        before = max(call.before for call in CALLS if call.who == who) + interval
        while before < ENROLLED.days:
            outcome = chance.choice(
                (*["reached_patient"] * 8, "reached_caregiver", "left_voicemail")
            )
            minutes = None if outcome == "left_voicemail" else chance.randrange(4, 19)
            calls.append(Call(who, before, outcome, minutes))
            before += interval
    calls.sort(key=lambda call: (-call.before, numbers[call.who]))
    for call in calls:
        on = BASE - timedelta(days=call.before)
        promised = "" if call.promised is None else str(BASE + timedelta(days=call.promised))
        yield [numbers[call.who], str(on), call.outcome, str(call.minutes or ""), call.note,
               promised, call.why, call.missed, call.of]  # fmt: skip


def write(name: str, rows: Iterable[Sequence[str]], delimiter: str = ",") -> None:
    """Write one file, UTF-8 with plain line ends."""
    with (TARGET / name).open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, delimiter=delimiter, lineterminator="\n").writerows(rows)


def main() -> None:
    """Write all files."""
    everybody = roster()
    people = {person.key: person for person, _, _ in everybody if person.key} | STRANGERS
    numbers = {person.key: number for person, number, _ in everybody}
    phones = {person.key: phone for person, _, phone in everybody}
    TARGET.mkdir(exist_ok=True)
    write("roster.csv", roster_rows(everybody))
    write("discharges-st-brigid.csv", st_brigid_rows(people, phones))
    write(
        "discharges-lakeside.csv",
        lakeside_rows(people, phones | {"false_namesake": UNUSED_PHONE}),
        "|",
    )
    write("fills.csv", fill_rows(numbers))
    write("contacts.csv", call_rows(people, numbers))
    print(f"wrote {TARGET.name}/")


if __name__ == "__main__":
    main()
