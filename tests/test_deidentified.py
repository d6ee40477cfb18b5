"""What leaves without identifiers: a hunt for leftovers, and each rule of Safe Harbor by hand."""

from __future__ import annotations

import csv
import re
import tempfile
from collections import defaultdict
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from caretool import db, deidentified, safe_harbor
from caretool.model import Channel, CloseReason, Party, PatientClass, Sex, Source, Status, Tier
from caretool.rules import read_rules

if TYPE_CHECKING:
    from collections.abc import Callable

TODAY = date(2026, 11, 23)
KEY = r"[0-9a-f]{16}"
YEAR = r"(19[3-9][0-9]|20[0-2][0-9])?"
ICD10_CATEGORY = r"[A-Z][0-9][0-9AB]"
CODE = r"([a-z][a-z0-9_]*)?"
# What each cell may look like, written anew here; words are looked up in CLOSED
SHAPES = {
    "patient": KEY, "birth_year": rf"{YEAR}|90 or older", "year": YEAR, "sex": "[FMXU]?",
    "days": r"[0-9]{0,3}|366 or more", "missed": r"[0-9]{1,3}", "minutes": r"[0-9]{0,3}",
    "inbound": "[01]", "total": r"[0-9]{1,2}", "score": "LACE", "days_supply": r"[0-9]{1,3}",
    "diagnosis": rf"({ICD10_CATEGORY}|{CODE})", "condition": rf"({ICD10_CATEGORY}|{CODE})",
    "disposition": r"([0-9]{2})?",
}  # fmt: skip


def rows(folder: Path) -> dict[str, list[dict[str, str]]]:
    found = {}
    for name in safe_harbor.FILES:
        with (folder / f"{name}.csv").open(encoding="utf-8", newline="") as file:
            found[name] = list(csv.DictReader(file))
    return found


def export(path: Path, folder: Path, today: date = TODAY) -> dict[str, list[dict[str, str]]]:
    folder.mkdir()
    with db.reading(path) as care_file:
        deidentified.write(care_file, folder, today)
    return rows(folder)


def closed_words() -> set[str]:
    """Every word that may stand in a column of codes."""
    words = {str(one) for kind in (Channel, CloseReason, Party, PatientClass, Sex, Source, Status,
                                   Tier) for one in kind}  # fmt: skip
    words |= {entry["code"] for entry in read_rules("outcomes.toml")["outcome"]}
    words |= set(read_rules("protocols.toml")["topics"])
    words |= {entry["code"] for entry in read_rules("missed-doses.toml")["reason"]}
    words |= {entry["code"] for entry in read_rules("drug-classes.toml")["class"]}
    words |= {entry["code"] for entry in read_rules("conditions.toml")["condition"]}
    return words | {""}


# the decision about each column


def test_every_column_of_every_table_is_decided_on_once(tmp_path: Path) -> None:
    with db.writing(tmp_path / "care.db", "x", "me", create=True) as care_file:
        tables = {
            name: {row["name"] for row in care_file.rows(f"PRAGMA table_info({name})")}
            for (name,) in care_file.rows("SELECT name FROM sqlite_master WHERE type = 'table'")
        }
    assert set(tables) == set(safe_harbor.FATES) | safe_harbor.LEFT_OUT
    assert not set(safe_harbor.FATES) & safe_harbor.LEFT_OUT
    for table, fates in safe_harbor.FATES.items():
        decided = [column for fate in fates for column in fate.split()]
        assert sorted(decided) == sorted(tables[table]), table


# the hunt: a file in which every identifying thing stands somewhere

LAST, FIRST, MIDDLE = "Quackenbush", "Zephyrina", "Wobblewell"
SEEDS = {
    "quacks.csv": (
        "Last Name,First Name,Middle Name,DOB,Sex,MRN,Member ID,Phone,Address,Zip,Language,Tier,"
        "Conditions,Source,Referred By,Status\n"
        f"{LAST},{FIRST},{MIDDLE},1941-07-19,F,MX778899,MB554433,423-555-0177,12 Gooseberry Lane,"
        "90317,Klingon,high,heart failure; E66.9; gooseberry allergy,referral,Dr Fezziwig,active\n"
        "Oldenburg,Wilhelmina,,1921-02-03,F,MX112233,,,,,,low,copd,,,active\n"
    ),
    "ottokars-list.csv": (
        "Patient Name,DOB,MRN,Hospital,Visit Number,Class,Admit Date,Discharge Date,"
        "Discharge Time,Disposition,Diagnosis,Diagnosis Code\n"
        f'"{LAST}, {FIRST}",1941-07-19,HX445566,Ottokar General,VV998877,Inpatient,2026-10-11,'
        "2026-10-14,13:47,Home,fell over a harmonica,I50.9\n"
        '"Nobodysson, Xanthippe",1929-02-17,HX1212,Ottokar General,VV1313,Inpatient,2026-10-12,'
        "2026-10-15,09:08,Home,,S72001A\n"
    ),
    "fezziwigs.csv": (
        "MRN,Drug,Fill Date,Days Supply,Quantity,Drug Class\n"
        "MX778899,METFORMIN HCL 500 MG ZEPHYRINE TAB,2026-08-09,30,62,\n"
        "MX778899,Quackenbush's own drops,2026-08-10,30,63,Fezziwiggia\n"
        "MX778899,atorvastatin 20 mg,2026-08-11,90,93,statins\n"
    ),
}  # fmt: skip
TYPED = [
    ["log-contact", "P1", "--outcome", "reached_patient", "--on", "2026-10-16T14:33", "--note",
     "plays the harmonica", "--minutes", "17", "--next", "2026-12-08", "--why", "trombone",
     "--missed-doses", "3/7", "--missed-because", "forgot"],
    ["log-contact", "P1", "--outcome", "no_answer", "--on", "2026-10-17", "--note", "Ottokar"],
    ["void-contact", "C2", "--reason", "this was Ottokar"],
    ["add-medication", "P1", "warfarin Wobblewell", "--dose", "by trombone", "--prescriber",
     "Dr Fezziwig", "--class", "Ottokaria"],
    ["hold", "P2", "--until", "2026-12-04", "--why", "sees Fezziwig"],
    ["appointment", "P1", "2026-12-01T10:35", "--with", "Fezziwig"],
    ["away", "add", "2026-12-02", "--why", "harmonica"],
    ["add-patient", f"{LAST}, {FIRST}", "--dob", "1941-07-19", "--roster-only", "--anyway"],
    ["merge", "P1", "P3", "--why", "trombone"],
    ["lace", "P1", "--acute", "--admitted", "2026-10-11", "--comorbidity", "none"],
]  # fmt: skip


@pytest.fixture
def practice(care: Callable, tmp_path: Path) -> Path:
    for name, text in SEEDS.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    care("import-patients", tmp_path / "quacks.csv")
    care("import-discharges", tmp_path / "ottokars-list.csv", "--source", "ottokar")
    care("import-fills", tmp_path / "fezziwigs.csv", "--source", "practice")
    for words in TYPED:
        care(*words)
    return tmp_path / "care.db"


def test_nothing_that_identifies_anybody_is_left(
    care: Callable, practice: Path, tmp_path: Path
) -> None:
    care("export", "--deidentified", tmp_path / "out")
    seeds = [LAST, FIRST, "Zephyrin", MIDDLE, "MX778899", "778899", "MB554433", "555-0177",
             "4235550177", "5550177", "Gooseberry", "90317", "903", "Klingon", "Fezziwig",
             "Oldenburg", "Wilhelmina", "1921", "HX445566", "445566", "Ottokar", "VV998877",
             "998877", "harmonica", "trombone", "Nobodysson", "Xanthippe", "13:47", "14:33",
             "10:35", "S72", "quacks", "fezziwigs", "drops", "E66.9", "I50.9"]  # fmt: skip
    days = {date.fromisoformat(found) for text in (*SEEDS.values(), repr(TYPED))
            for found in re.findall(r"\d{4}-\d\d-\d\d", text)} | {TODAY}  # fmt: skip
    for day in days:
        seeds += [day.strftime(form) for form in ("%Y-%m-%d", "%m/%d/%Y", "%Y%m%d", "%m-%d",
                  "%d.%m.%Y", "%m/%d", "%b %d", "%d %b", "%B")]  # fmt: skip
    seeds += [str(day.toordinal()) for day in days]
    for file in (tmp_path / "out").iterdir():
        text = re.sub(rf"^{KEY},", "KEY,", file.read_text("utf-8"), flags=re.MULTILINE)
        assert [seed for seed in seeds if seed.casefold() in text.casefold()] == [], file.name
        assert not re.search(r"\b[PDCMRHA][1-9]\b", text.replace("UB-04", "")), file.name


def test_no_text_of_the_care_file_is_left_but_codes(
    care: Callable, practice: Path, tmp_path: Path
) -> None:
    """Whatever text stands in any table, however it came there, also in tables to come."""
    care("export", "--deidentified", tmp_path / "out")
    cells = {cell.casefold() for several in rows(tmp_path / "out").values()
             for row in several for cell in row.values()}  # fmt: skip
    known = {word.casefold() for word in closed_words()}
    with db.reading(practice) as care_file:
        for (table,) in care_file.rows("SELECT name FROM sqlite_master WHERE type = 'table'"):
            for row in care_file.rows(f"SELECT * FROM {table}"):
                texts = {value.casefold() for value in tuple(row) if isinstance(value, str)}
                assert not (texts & cells) - known - {"lace", "01", "metformin", "forgot", "f"}


def test_what_may_leave_is_all_there(care: Callable, practice: Path, ok: Callable, tmp_path: Path):
    data = ok("export", "--deidentified", tmp_path / "out")
    found = rows(tmp_path / "out")

    assert {one["table"]: one["rows"] for one in data["tables"]} == {
        name: len(several) for name, several in found.items()
    }
    young = next(row for row in found["patients"] if row["birth_year"] == "1941")
    (old,) = (row for row in found["patients"] if row["birth_year"] == "90 or older")
    assert (young["sex"], young["source"], young["status"]) == ("F", "referral", "active")
    assert (young["tier"], old["tier"]) == ("high", "low")
    by = {name: [{key: value for key, value in row.items() if key != "patient"}
                 for row in several if row["patient"] == young["patient"]]
          for name, several in found.items()}  # fmt: skip
    assert by["conditions"] == [{"condition": "E66"}, {"condition": "heart_failure"}]
    assert by["contacts"] == [
        {"year": "2026", "outcome": "reached_patient", "channel": "phone", "party": "patient",
         "inbound": "0", "minutes": "17", "topics": ""},
    ]  # fmt: skip
    assert by["missed_doses"] == [{"year": "2026", "missed": "3", "days": "7", "reasons": "forgot"}]
    assert by["stays"] == [
        {"year": "2026", "class": "inpatient", "days": "3", "disposition": "01",
         "diagnosis": "I50"},
    ]  # fmt: skip
    assert by["scores"] == [{"year": "2026", "score": "LACE", "total": "8"}]  # 3 + 3 + 2 + 0
    assert by["fills"] == [
        {"year": "2026", "ingredients": "", "class": "", "days_supply": "30"},
        {"year": "2026", "ingredients": "atorvastatin", "class": "statins", "days_supply": "90"},
        {"year": "2026", "ingredients": "metformin", "class": "diabetes", "days_supply": "30"},
    ]
    assert data["left_out"] == {
        "merged_patients": 1, "voided_contacts": 1, "stays_linked_to_nobody": 1,
        "cancelled_stays": 0, "conditions": 1, "diagnosis_codes": 0, "medicines": 1,
    }  # fmt: skip


# each rule


def _patient(care_file: db.CareFile, born: str | None, **more: Any) -> int:
    names = dict.fromkeys(("last_name", "first_name", "last_key", "first_key"), "x")
    return care_file.insert("patients", **names, birth_date=born, **more)


def _run(care_file: db.CareFile) -> int:
    return care_file.insert(
        "import_runs", kind="fills", on_date="2026-11-01", file_name="f", file_hash="h",
        encoding="utf-8", delimiter=",", records=1, counts="{}",
    )  # fmt: skip


def _contact(care_file: db.CareFile, patient_id: int, day: str, **more: Any) -> int:
    values = {"outcome": "no_answer", "channel": "phone", "party": "patient", **more}
    return care_file.insert("contacts", patient_id=patient_id, on_date=day, **values)


@pytest.mark.parametrize(
    ("born", "shown"),
    [
        ("1937-01-01", "1937"),  # 89 all year
        (
            "1936-12-31",
            "90 or older",
        ),  # 89, and 90 this year still
        ("1936-01-01", "90 or older"),
        ("1910-05-05", "90 or older"),
        (None, ""),
    ],
)
def test_ages_over_89_are_one_group(born: str | None, shown: str, tmp_path: Path) -> None:
    with db.writing(tmp_path / "care.db", "x", "me", create=True) as care_file:
        _patient(care_file, born)
    (row,) = export(tmp_path / "care.db", tmp_path / "out")["patients"]
    assert row["birth_year"] == shown


def test_a_year_that_would_tell_of_such_an_age_is_left_out(tmp_path: Path) -> None:
    with db.writing(tmp_path / "care.db", "x", "me", create=True) as care_file:
        who = _patient(care_file, "1920-01-01")
        for day in ("1936-12-31", "1937-01-01", "2026-11-23", "2026-11-24"):
            _contact(care_file, who, day)
    found = export(tmp_path / "care.db", tmp_path / "out")["contacts"]
    assert sorted(row["year"] for row in found) == ["", "1937", "2026"]  # and none of tomorrow


@pytest.mark.parametrize(
    ("admitted", "discharged", "days", "year"),
    [
        ("2026-03-01", "2026-03-04", "3", "2026"),
        ("2026-03-01", "2026-03-01", "0", "2026"),
        ("2025-12-30", "2026-01-02", "3", "2026"),  # one year only: two would tell the days
        ("2025-03-01", "2026-03-01", "365", "2026"),
        ("2025-03-01", "2026-03-02", "366 or more", "2026"),
        ("1930-01-01", "2026-03-02", "366 or more", "2026"),
        ("2026-03-04", "2026-03-01", "", "2026"),
        ("2026-03-04", None, "", "2026"),
        (None, "2024-03-01", "", "2024"),
    ],
)
def test_of_a_stay_its_length_and_one_year_are_told(
    admitted: str | None, discharged: str | None, days: str, year: str, tmp_path: Path
) -> None:
    with db.writing(tmp_path / "care.db", "x", "me", create=True) as care_file:
        care_file.insert(
            "stays", stay_key="k", issuer="i", patient_class="inpatient", arrived_on="2026-11-01",
            admitted_on=admitted, discharged_on=discharged, link="linked", link_reason="x",
            patient_id=_patient(care_file, "1950-01-01"), run_id=_run(care_file),
        )  # fmt: skip
    (row,) = export(tmp_path / "care.db", tmp_path / "out")["stays"]
    assert (row["days"], row["year"]) == (days, year)


def test_keys_are_drawn_anew_and_the_order_of_rows_is_that_of_the_keys(tmp_path: Path) -> None:
    with db.writing(tmp_path / "care.db", "x", "me", create=True) as care_file:
        for number in range(60):
            who = _patient(care_file, f"{1940 + number}-01-01")
            for minutes in (9, 4, 7):
                _contact(care_file, who, "2026-11-01", minutes=minutes)
    one = export(tmp_path / "care.db", tmp_path / "one")
    two = export(tmp_path / "care.db", tmp_path / "two")

    keys = [row["patient"] for row in one["patients"]]
    assert keys == sorted(keys)
    assert len(set(keys)) == 60
    assert not set(keys) & {row["patient"] for row in two["patients"]}
    born = [row["birth_year"] for row in one["patients"]]
    assert born not in (sorted(born), sorted(born, reverse=True))
    assert born != [row["birth_year"] for row in two["patients"]]
    by = defaultdict(list)
    for row in one["contacts"]:
        by[row["patient"]].append(row["minutes"])
    assert list(by) == keys
    assert set(map(tuple, by.values())) == {("4", "7", "9")}


# anything in any text


TEXTS = st.one_of(
    st.text(st.characters(codec="utf-8"), min_size=1, max_size=20),
    st.sampled_from(["metformin/Zephyrina", "E11.9", "H123456", "I50 Quackenbush", "MX778899",
                     "lisinopril quackenbush-hctz", "timolol Ottokar drops", "reached patient",
                     "no_answer Bob", "heart_failure", "2026-01-02", "phone ", "F", "01"]),
)  # fmt: skip


@settings(max_examples=12)
@given(data=st.data())
def test_whatever_stands_in_a_text_only_codes_leave(data: st.DataObject) -> None:
    def text() -> str:
        return data.draw(TEXTS)

    with tempfile.TemporaryDirectory() as made:
        path = Path(made) / "care.db"
        with db.writing(path, "x", "me", create=True) as care_file:
            who = _patient(care_file, "1950-01-01", source=text(), zip=text(), language=text())
            care_file.insert("conditions", patient_id=who, code=text())
            care_file.insert(
                "statuses", patient_id=who, on_date="2026-01-01", status="closed", reason=text()
            )
            told = _contact(care_file, who, "2026-02-02", note=text(), topics=text(),
                            next_on="2026-02-05", next_why=text())  # fmt: skip
            care_file.insert("self_reports", contact_id=told, missed=1, days=7, reasons=text())
            run = _run(care_file)
            care_file.insert(
                "stays", stay_key=text(), issuer=text(), patient_class="snf", link="linked",
                arrived_on="2026-11-01", discharged_on="2026-03-03", disposition=text(),
                diagnosis=text(), diagnosis_code=text(), link_reason=text(), patient_id=who,
                run_id=run,
            )  # fmt: skip
            product = care_file.insert("products", name=text(), drug_class=text(), atc=text())
            care_file.insert("fills", patient_id=who, product_id=product, run_id=run,
                             filled_on="2026-04-04", days_supply=30)  # fmt: skip
        found = export(path, Path(made) / "out")

    words, known = closed_words(), read_rules("ingredients.toml")
    generic = set(known["ingredients"])
    generic |= {f"{one} {place}" for one in generic for place in known["places"]["words"]}
    for row in (row for several in found.values() for row in several):
        for column, cell in row.items():
            if column in SHAPES:
                assert re.fullmatch(SHAPES[column], cell), column
            elif column == "ingredients":
                assert set(cell.split("+")) - {""} <= generic
            else:
                assert set(cell.split()) <= words, column
        for column in ("condition", "diagnosis"):
            cell = row.get(column, "")
            assert re.fullmatch(ICD10_CATEGORY, cell) or cell in words
