"""Discharge lists for tests, row by row, and what the care file holds of them."""

from __future__ import annotations

import csv
import io
import sqlite3
from contextlib import closing

OUTCOMES = ("new", "updated", "unchanged", "cancelled", "skipped", "rejected")
HEADER = ["CSN", "MRN", "Patient Name", "DOB", "Sex", "Pt Class", "Admit Date", "Disch Date",
          "Disch Disp", "Facility", "Event"]  # fmt: skip
HILL = ["HILL,ANA", "1958-03-02", "F"]
REED = ["REED,MAX", "1971-11-30", "M"]
NOBODY = ["STONE,EVA", "1944-05-17", "F"]
SPOILED = ["HILL,ANA", "1958-02-03", "F"]  # day and month of birth swapped


def stay(
    visit="1", who=HILL, left="2026-11-20", disp="Home", *, mrn="", kind="Inpatient",
    came="2026-11-16", facility="St. Brigid", event="A03",
):  # fmt: skip
    return [visit, mrn, *who, kind, came, left, disp, facility, event]


def listing(*rows, header=HEADER, delimiter=",", encoding="utf-8"):
    text = io.StringIO()
    csv.writer(text, delimiter=delimiter).writerows([header, *rows])
    return text.getvalue().encode(encoding)


def dump(path, table="stays", columns="*"):
    """What a table holds; None without a care file."""
    if not path.exists():
        return None
    with closing(sqlite3.connect(path)) as connection:
        return connection.execute(f"SELECT {columns} FROM {table} ORDER BY 1").fetchall()


def counts(report):
    """The outcomes of a report that are not zero."""
    return {outcome: report[outcome] for outcome in OUTCOMES if report[outcome]}
