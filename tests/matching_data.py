"""The public discharge lists and their panel as people to compare, read without intake.

For tests and for bench/matching.py. Only the way a name is split and a value cleaned is the
program's own; which column is which is told here.
"""

from __future__ import annotations

import csv
import io
from datetime import date, datetime
from pathlib import Path
from typing import Any, NamedTuple

from caretool.evidence import Person
from caretool.intake.values import clean_id, clean_phone, clean_sex, clean_zip
from caretool.model import PRACTICE, Name
from caretool.names import fold, id_key, phone_key

DATA = Path(__file__).parent / "data" / "discharges"
EMPTY = {"", "-", "~", "NaN", "NULL"}
SUFFIXES = {"JR", "SR", "II", "III", "IV"}


class Row(NamedTuple):
    """One row of a list, with what is true of it."""

    file: str
    record: int
    person: Person
    patient: str
    """The panel's id of whoever it is; empty for somebody else."""
    tags: str
    kind: str


class _List(NamedTuple):
    titles: int
    delimiter: str
    encoding: str
    dates: str
    columns: dict[str, str]


_EPIC = {"name": "Patient Name", "born": "DOB", "sex": "Sex", "ours": "MRN"}
LISTS = {
    "epic_daily_20261116.csv": _List(4, ",", "utf-8-sig", "%m/%d/%Y", _EPIC),
    "epic_daily_20261117.csv": _List(4, ",", "utf-8-sig", "%m/%d/%Y", _EPIC),
    "hie_adt_utilization.csv": _List(0, ",", "utf-8", "%Y%m%d", {
        "last": "PatientLastName", "first": "PatientFirstName", "middle": "PatientMiddleName",
        "born": "PatientDOB", "sex": "PatientGender", "zip": "PatientZipCode",
        "phone": "PatientPrimaryPhone", "theirs": "PatientId", "street": "PatientStreetAddress",
        "facility": "FacilityName"}),
    "pcc_alerts.csv": _List(0, ",", "utf-8", "%m/%d/%Y", {
        "last": "Last Name", "first": "First Name", "born": "Date Of Birth", "sex": "Gender",
        "zip": "Zipcode", "phone": "Home Phone", "theirs": "Sender MRN", "ours": "Subscriber MRN",
        "street": "Address1", "facility": "Facility Name"}),
    "payer_census.psv": _List(0, "|", "utf-8", "%b %d, %Y", {
        "name": "PatientName", "born": "DateOfBirth"}),
    "excel_export_cp1252_semicolon.csv": _List(1, ";", "cp1252", "%d.%m.%Y", {
        "last": "Surname", "first": "Given name(s)", "born": "Born", "sex": "Sex", "zip": "ZIP",
        "phone": "Phone", "ours": "MRN"}),
}  # fmt: skip


def rows() -> list[Row]:
    """Every row of the lists that tells of somebody."""
    with (DATA / "truth.csv").open(encoding="utf-8", newline="") as file:
        truth = {(row["file"], int(row["record"])): row for row in csv.DictReader(file)}
    found = []
    for name, layout in LISTS.items():
        text = io.StringIO((DATA / name).read_bytes().decode(layout.encoding), newline="")
        records = [one for one in csv.reader(text, delimiter=layout.delimiter) if one]
        header = records[layout.titles]
        for number, cells in enumerate(records[layout.titles + 1 :], start=1):
            true = truth[name, number]
            if true["kind"] == "junk":
                continue
            record = dict(zip(header, cells, strict=False))
            person = _person(record, layout)
            found.append(Row(name, number, person, true["patient_id"], true["tags"], true["kind"]))
    return found


def panel() -> dict[str, Person]:
    """The people of the practice, by the panel's id."""
    found = {}
    with (DATA / "panel.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            name = Name(row["last_name"], row["first_name"], row["middle_name"], row["suffix"])
            found[row["patient_id"]] = _folded(
                name,
                date.fromisoformat(row["dob"]),
                row["sex"] or None,
                clean_zip(row["zip"]) if row["zip"] else None,
                clean_phone(row["phone"]) if row["phone"] else None,
                ((PRACTICE, id_key(row["mrn"])),),
                row["address"],
            )
    return found


def _person(record: dict[str, str], layout: _List) -> Person:
    told: dict[str, str | None] = {}
    for field, column in layout.columns.items():
        text = (record.get(column) or "").strip()
        told[field] = None if text in EMPTY else text

    def cleaned(field: str, clean: Any) -> Any:
        text = told.get(field)
        return None if text is None else clean(text)

    try:
        born = datetime.strptime(told["born"] or "", layout.dates).date()  # noqa: DTZ007
    except ValueError:
        born = None
    numbers = []
    for field, issuer in (("theirs", fold(told.get("facility") or "")), ("ours", PRACTICE)):
        number = cleaned(field, clean_id)
        if number:
            numbers.append((issuer, id_key(number)))
    return _folded(
        _name(told),
        None if born is None or born.year == 1900 else born,
        cleaned("sex", clean_sex),
        cleaned("zip", clean_zip),
        cleaned("phone", clean_phone),
        tuple(numbers),
        told.get("street") or "",
    )


def _name(told: dict[str, str | None]) -> Name:
    if "name" in told:  # LAST SUFFIX, FIRST MIDDLE
        last, _, given = (told["name"] or "").partition(",")
        first, _, middle = given.strip().partition(" ")
    else:
        last, first, middle = (told.get(part) or "" for part in ("last", "first", "middle"))
    words = last.split()
    suffix = words.pop() if words and words[-1].upper().strip(".") in SUFFIXES else ""
    return Name(" ".join(words), first, middle, suffix)


def _folded(
    name: Name,
    born: date | None,
    sex: str | None,
    zip_code: str | None,
    phone: str | None,
    numbers: tuple[tuple[str, str], ...],
    street: str,
) -> Person:
    return Person(
        fold(name.last), fold(name.first), fold(name.middle), fold(name.suffix), born, sex,
        zip_code, (phone_key(phone),) if phone else (), numbers, fold(street) or None,
    )  # fmt: skip
