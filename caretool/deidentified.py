"""What can be told of a panel without telling of anybody: by Safe Harbor, 45 CFR 164.514(b)(2).

Only what `safe_harbor` names leaves, each column decided on its own: codes out of closed lists,
years, small numbers. No text that anybody typed or any list sent is in it.

- Dates are cut to their year, and one year a row (164.514(b)(2)(i)(C); HHS, Guidance Regarding
  Methods for De-identification, 2012: nothing "more specific than the year of an event"). The
  length of a stay is a number of days and not a part of a date; with the year of its end alone it
  says no day. How far two events lie apart is left out: together such distances draw a calendar.
- Who is 90 or older, or turns it in this year, is in one group; a year so long ago that it would
  tell such an age is left out.
- Keys are drawn anew for each export and kept nowhere (164.514(c)); rows stand in the order of the
  keys and of their own values, so that the order tells nothing either.
- Of an ICD-10 code only the category is kept: its first three characters. A record number in the
  wrong column can look like a longer one.
"""

from __future__ import annotations

import csv
import json
import secrets
from contextlib import ExitStack
from datetime import date
from itertools import islice
from typing import TYPE_CHECKING, Any, NamedTuple

from caretool import __version__, planning, safe_harbor
from caretool.drug_classes import load_classes
from caretool.drug_names import drug_of, is_ingredient
from caretool.intake import roster_words
from caretool.model import TIERED, Channel, CloseReason, Party, PatientClass, Sex, Source
from caretool.rule_files import load_conditions, load_missed_doses, load_outcomes, load_topics
from caretool.rules import read_rules
from caretool.safe_harbor import FILES
from caretool.store import fills, products

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from caretool.db import CareFile
    from caretool.model import Product

_OVER = 89
_LONGEST_STAY = 365
_TOGETHER = 500  # patients whose facts are in memory at a time
_KEY_BYTES = 8
_CHANNELS, _PARTIES, _SEXES, _SOURCES = map(frozenset, (Channel, Party, Sex, Source))
_CLASSES, _REASONS = frozenset(PatientClass), frozenset(CloseReason)


class Written(NamedTuple):
    """How many rows each file has, and how much was left out."""

    rows: dict[str, int]
    left_out: dict[str, int]


class _Codes:
    """The closed lists out of which codes are taken, and what is not in them."""

    def __init__(self) -> None:
        self.conditions = frozenset(load_conditions())
        self.outcomes = frozenset(load_outcomes())
        self.topics = frozenset(load_topics())
        self.reasons = frozenset(load_missed_doses().reasons)
        self.dispositions = frozenset(
            entry["code"] for entry in read_rules("dispositions.toml")["disposition"]
        )
        self.unknown = dict.fromkeys(("conditions", "diagnosis_codes", "medicines"), 0)
        self._classes = load_classes()

    def condition(self, text: str, what: str) -> str:
        """A code of ours, else the category of an ICD-10 code, else nothing."""
        if text in self.conditions:
            return text
        code = text.strip().upper()
        if roster_words.coded([code]):
            return code[:3]
        self.unknown[what] += bool(code)
        return ""

    def medicine(self, product: Product) -> tuple[str, str]:
        """The generic names that are known, and the code of a built-in class."""
        drug = drug_of(product.name, product.atc, product.ndc)
        # What is joined to an ingredient counts as one, whatever it says
        known = "+".join(filter(is_ingredient, drug.ingredients))
        told = product.drug_class
        code = self._classes.code_for(told) if told else self._classes.of(product)
        return known, code or ""


def write(care_file: CareFile, folder: Path, today: date) -> Written:
    """Write what may leave, as of `today`, into an empty folder.

    Raises OSError when the folder cannot be written to.
    """
    care_file.execute("BEGIN")  # all tables as they were at one moment, whoever writes meanwhile
    rows = dict.fromkeys(FILES, 0)
    codes = _Codes()
    with ExitStack() as files:
        out = {name: _begun(files, folder, name) for name in FILES}
        for name, values in _everything(care_file, codes, today):
            out[name].writerow(values)
            rows[name] += 1
    _explain(folder, today)
    return Written(rows, {**_passed_over(care_file), **codes.unknown})


def _begun(files: ExitStack, folder: Path, name: str) -> Any:  # noqa: ANN401 - csv names no type
    file = files.enter_context((folder / f"{name}.csv").open("w", encoding="utf-8", newline=""))
    out = csv.writer(file)
    out.writerow(FILES[name])
    return out


def _explain(folder: Path, today: date) -> None:
    with (folder / "data-dictionary.csv").open("w", encoding="utf-8", newline="") as file:
        out = csv.writer(file)
        out.writerow(["file", "column", "meaning"])
        for name, columns in FILES.items():
            out.writerows([f"{name}.csv", column, said] for column, said in columns.items())
    text = safe_harbor.EXPLAINED.format(version=__version__, first=_last_hidden_year(today) + 1)
    (folder / "README.txt").write_text(text, encoding="utf-8")


def _passed_over(care_file: CareFile) -> dict[str, int]:
    """How many rows of what nothing is told of."""
    counted = {
        "merged_patients": "patients WHERE merged_into IS NOT NULL",
        "voided_contacts": "contacts WHERE voided_by IS NOT NULL",
        "stays_linked_to_nobody": "stays WHERE patient_id IS NULL AND cancelled = 0",
        "cancelled_stays": "stays WHERE cancelled = 1",
    }
    return {name: care_file.value(f"SELECT count(*) FROM {of}") for name, of in counted.items()}


# rows


def _everything(
    care_file: CareFile, codes: _Codes, today: date
) -> Iterator[tuple[str, tuple[Any, ...]]]:
    """Every row that leaves, with the name of its file, in the order of the keys."""
    medicines = {
        number: codes.medicine(product) for number, product in products.every(care_file).items()
    }
    codes.unknown["medicines"] = sum(not any(known) for known in medicines.values())
    in_order = iter(sorted(_keys(care_file).items(), key=lambda item: item[1]))
    while some := dict(islice(in_order, _TOGETHER)):
        told = {name: dict[int, list[tuple[Any, ...]]]() for name in FILES}
        for name, patient_id, *values in _facts(care_file, codes, list(some), today):
            told[name].setdefault(patient_id, []).append(tuple(values))
        for patient_id, found in fills.of_patients(care_file, some, today).items():
            told["fills"][patient_id] = [
                (_year(date.fromordinal(fill.day), today), *medicines[fill.product_id], fill.days)
                for fill in found
            ]
        for patient_id, key in some.items():
            for name in FILES:
                for row in sorted(told[name].get(patient_id, ()), key=repr):
                    yield name, (key, *row)


def _keys(care_file: CareFile) -> dict[int, str]:
    """A random key for everybody: not derived from anything, and kept nowhere."""
    ids = [row["id"] for row in care_file.rows("SELECT id FROM patients WHERE merged_into IS NULL")]
    keys: dict[str, int] = {}
    for patient_id in ids:
        while (key := secrets.token_hex(_KEY_BYTES)) in keys:
            pass
        keys[key] = patient_id
    return {patient_id: key for key, patient_id in keys.items()}


def _facts(
    care_file: CareFile, codes: _Codes, ids: list[int], today: date
) -> Iterator[tuple[Any, ...]]:
    """What is told of some patients but for their fills: file, patient, the values of the row."""
    plans = planning.of_patients(care_file, ids, today)
    asked = {"ids": json.dumps(ids), "today": today.isoformat()}
    for row in care_file.stream(_PATIENTS, asked):
        stand = plans[row["id"]].standing
        born = _birth_year(row["birth_date"], today)
        sex, source = _one_of(_SEXES, row["sex"]), _one_of(_SOURCES, row["source"])
        ended = _one_of(_REASONS, stand.reason)
        tier = stand.tier if stand.status in TIERED else ""
        yield "patients", row["id"], born, sex, source, str(stand.status), ended, tier
    for patient_id, code in care_file.stream(_CONDITIONS, asked):
        if condition := codes.condition(code, "conditions"):
            yield "conditions", patient_id, condition
    for patient_id, on, outcome, channel, party, *numbers, topics in care_file.stream(
        _CONTACTS, asked
    ):
        by, other = _one_of(_CHANNELS, channel), _one_of(_PARTIES, party)
        what = _one_of(codes.outcomes, outcome)
        about = _several_of(codes.topics, topics)
        yield "contacts", patient_id, _year(on, today), what, by, other, *numbers, about
    for patient_id, on, missed, days, reasons in care_file.stream(_MISSED_DOSES, asked):
        why = _several_of(codes.reasons, reasons)
        yield "missed_doses", patient_id, _year(on, today), missed, days, why
    for patient_id, kind, first, last, went, code in care_file.stream(_STAYS, asked):
        yield (
            "stays", patient_id, _year(last or first, today), _one_of(_CLASSES, kind),
            _length(first, last), _one_of(codes.dispositions, went),
            codes.condition(code or "", "diagnosis_codes"),
        )  # fmt: skip
    for patient_id, on, total in care_file.stream(_SCORES, asked):
        yield "scores", patient_id, _year(on, today), "LACE", total


_OF = "FROM json_each(:ids) j CROSS JOIN"
_PATIENTS = f"SELECT p.id, p.birth_date, p.sex, p.source {_OF} patients p ON p.id = j.value"
_CONDITIONS = f"SELECT c.patient_id, c.code {_OF} conditions c ON c.patient_id = j.value"
_CONTACTS = f"""
SELECT c.patient_id, c.on_date, c.outcome, c.channel, c.party, c.inbound, c.minutes, c.topics
{_OF} contacts c ON c.patient_id = j.value WHERE c.voided_by IS NULL AND c.on_date <= :today
"""
_MISSED_DOSES = f"""
SELECT c.patient_id, c.on_date, r.missed, r.days, r.reasons
{_OF} contacts c ON c.patient_id = j.value JOIN self_reports r ON r.contact_id = c.id
WHERE c.voided_by IS NULL AND c.on_date <= :today
"""
_STAYS = f"""
SELECT s.patient_id, s.patient_class, s.admitted_on, s.discharged_on, s.disposition,
  s.diagnosis_code
{_OF} stays s ON s.patient_id = j.value
WHERE s.cancelled = 0 AND COALESCE(s.discharged_on, s.admitted_on) <= :today
"""
_SCORES = f"""
SELECT s.patient_id, s.on_date, s.total
{_OF} scores s ON s.patient_id = j.value WHERE s.name = 'LACE' AND s.on_date <= :today
"""


# values


def _last_hidden_year(today: date) -> int:
    """The last year of birth, and of anything else, that would tell of an age over 89 this year."""
    return today.year - _OVER - 1


def _birth_year(day: str | None, today: date) -> str | int:
    if day is None:
        return ""
    year = date.fromisoformat(day).year
    return safe_harbor.OLDEST if year <= _last_hidden_year(today) else year


def _year(day: str | date, today: date) -> str | int:
    year = (date.fromisoformat(day) if isinstance(day, str) else day).year
    return "" if year <= _last_hidden_year(today) else year


def _length(first: str | None, last: str | None) -> str | int:
    if not first or not last:
        return ""
    days = (date.fromisoformat(last) - date.fromisoformat(first)).days
    if days < 0:  # a list with its days in the wrong order
        return ""
    return days if days <= _LONGEST_STAY else safe_harbor.LONGER


def _one_of(known: frozenset[Any], text: str | None) -> str:
    return str(text) if text in known else ""


def _several_of(known: frozenset[str], text: str | None) -> str:
    return " ".join(sorted(word for word in (text or "").split() if word in known))
