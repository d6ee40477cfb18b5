"""A patient's chart: everything on file about one person, as records that scripts can read.

Masked, it keeps ids, dates of care and codes, and loses whatever may tell who it is: name, birth
date, numbers, phones, address, and all free text.
"""

from __future__ import annotations

import json
from datetime import date
from typing import TYPE_CHECKING, Any

from caretool import explain, medicine_list, planning
from caretool.history import seen
from caretool.intake.roster_words import coded
from caretool.model import TIERED, Name
from caretool.store import (
    contacts,
    facts,
    medications,
    merges,
    other_names,
    patients,
    stays,
)

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable

    from caretool.db import CareFile
    from caretool.figures import Found
    from caretool.items import Plan
    from caretool.model import Card, PatientFacts
    from caretool.protocols import Protocols

Record = dict[str, Any]


def read(
    care_file: CareFile,
    patient_id: int,
    today: date,
    *,
    mask: bool,
) -> Record:
    """The whole chart on `today`: who, what is due and why, what was arranged, decided, done."""
    rules = planning.rules(care_file, today)
    protocols = rules.protocols
    known = facts.patient(care_file, patient_id, protocols, today)
    plan = planning.plan(known, rules, today)
    dispensed = medicine_list.dispensed(care_file, patient_id, today)
    return {
        **_who(care_file, patients.card(care_file, patient_id), today, mask=mask),
        **_standing(plan, seen(known, today), mask=mask),
        "next": explain.next_record(plan, today, mask=mask),
        "not_due_because": None if plan.items else explain.absence(plan.standing, today),
        "due": [explain.item_record(item, today, mask=mask) for item in plan.items],
        **_arranged(seen(known, today), mask=mask),
        "contacts": _contacts(care_file, patient_id, protocols, today, mask=mask),
        "discharges": [
            _discharge(row, protocols, today, mask=mask)
            for row in stays.of_patient(care_file, patient_id, today)
        ],
        "medicines": _medicines(dispensed),
        **_joined(care_file, patient_id, mask=mask),
        "medications": medicine_list.read(
            care_file, patient_id, today, dispensed, every=False, mask=mask
        ),
        "reconciliation": _reconciliation(care_file, patient_id, today),
    }


def age(born: date, today: date) -> int:
    """Completed years of life; born on 29 February, a year is completed on 1 March."""
    return today.year - born.year - ((today.month, today.day) < (born.month, born.day))


def _who(care_file: CareFile, card: Card, today: date, *, mask: bool) -> Record:
    details = patients.details(care_file, card.patient_id)
    born = card.birth_date
    return {
        "patient": card.id,
        "name": card.name.initials if mask else card.name.listed,
        "birth_date": None if mask else born,
        "age": None if mask or born is None else age(born, today),
        "sex": card.sex,
        "identifiers": []
        if mask
        else [{"number": one["number"], "issuer": one["issuer"]} for one in details["identifiers"]],
        "phones": [] if mask else details["phones"],
        "channel": card.channel,
        "language": None if mask else card.language,
        "zip": None if mask else card.zip,
        "address": None if mask else details["address"],
        "conditions": coded(details["conditions"]) if mask else details["conditions"],
        "source": details["source"],
        "referred_by": None if mask else details["referred_by"],
    }


def _joined(care_file: CareFile, patient_id: int, *, mask: bool) -> Record:
    """Other names, and who was merged into this patient."""
    names = [Name(one.last, one.first) for one in other_names.of_patient(care_file, patient_id)]
    return {
        "other_names": [] if mask else [name.listed for name in names],
        "merged": [f"P{one}" for one in merges.into(care_file, patient_id)],
    }


def _standing(plan: Plan, known: PatientFacts, *, mask: bool) -> Record:
    standing = plan.standing
    tiered = standing.status in TIERED
    hold = standing.hold
    return {
        "status": standing.status,
        "status_reason": standing.reason,
        "since": standing.since,
        "tier": standing.tier if tiered else None,
        "tier_since": known.tiers[-1].on if tiered and known.tiers else None,
        "in_facility": standing.held_since is not None,
        "in_facility_since": standing.held_since,
        "own_tier": standing.own_tier if tiered else None,
        "raised_by": (standing.raised_by or None) if tiered else None,
        "on_hold_until": hold.to if hold else None,
        "hold_reason": hold.why if hold and not mask else None,
    }


def _arranged(known: PatientFacts, *, mask: bool) -> Record:
    """Appointments, referrals, scores and decisions up to the day, the earliest first."""
    return {
        "appointments": [
            {
                "appointment": f"A{one.appointment_id}",
                "on": one.on,
                "at": None if one.at is None else one.at.strftime("%H:%M"),
                "with": None if mask else one.with_whom,
            }
            for one in known.appointments
        ],
        "referrals": [
            {"referral": f"F{one.referral_id}", "on": one.on, "by": None if mask else one.by}
            for one in known.referrals
        ],
        "scores": [
            {"name": "LACE", "on": one.on, "discharge": f"D{one.stay_id}", "total": one.total}
            for one in known.scores
        ],
        "decisions": [
            {
                "on": one.on,
                "decision": one.decision,
                "rule": one.item,
                "planned": one.planned,
                "to": one.to,
                "reason": None if mask else one.why,
            }
            for one in known.decisions
        ],
    }


def _contacts(
    care_file: CareFile, patient_id: int, protocols: Protocols, today: date, *, mask: bool
) -> list[Record]:
    """Every contact up to today, latest first; what was entered in error too, marked."""
    reports = {
        row["contact_id"]: {
            "missed": row["missed"],
            "days": row["days"],
            "medication": None if mask else row["medication"],
            "reasons": (row["reasons"] or "").split(),
        }
        for row in contacts.self_reports(care_file, json.dumps([patient_id]), date.min, today)
    }
    return [
        _contact(row, reports.get(row["id"]), protocols, mask=mask)
        for row in contacts.of_patient(care_file, patient_id, today)
    ]


def _contact(
    row: sqlite3.Row, report: Record | None, protocols: Protocols, *, mask: bool
) -> Record:
    known = protocols.outcomes.get(row["outcome"])
    return {
        "contact": f"C{row['id']}",
        "on": date.fromisoformat(row["on_date"]),
        "at": row["at_time"],
        "outcome": row["outcome"],
        "outcome_words": known.label if known else row["outcome"],
        "reached": bool(known and known.reached),
        "channel": row["channel"],
        "party": row["party"],
        "inbound": bool(row["inbound"]),
        "minutes": row["minutes"],
        "note": None if mask else row["note"],
        "next_on": date.fromisoformat(row["next_on"]) if row["next_on"] else None,
        "next_why": None if mask else row["next_why"],
        "topics": [] if mask else (row["topics"] or "").split(),
        "missed_doses": report,
        "voided": row["voided_by"] is not None,
        "void_reason": None if mask else row["void_reason"],
    }


def _discharge(row: sqlite3.Row, protocols: Protocols, today: date, *, mask: bool) -> Record:
    """A stay as it is known on `today`: before its last day, nothing of its end."""
    out = date.fromisoformat(row["discharged_on"]) if row["discharged_on"] else None
    ended = out is not None and out <= today
    code = row["disposition"] if ended else None
    text = row["disposition_text"] if ended and not mask else None
    known = protocols.dispositions.get(code or "")
    return {
        "discharge": f"D{row['id']}",
        "admitted": date.fromisoformat(row["admitted_on"]) if row["admitted_on"] else None,
        "discharged": out if ended else None,
        "at": row["discharged_at"] if ended else None,
        "facility": None if mask else row["facility"] or row["issuer"],
        "class": row["patient_class"],
        "disposition": code,
        "disposition_words": known.label if known else text,
        "diagnosis": None if mask else row["diagnosis"],
        "link": row["link"],
        "link_reason": row["link_reason"],
        "cancelled": bool(row["cancelled"]),
    }


def _reconciliation(care_file: CareFile, patient_id: int, today: date) -> Record | None:
    """When the medicines were gone through last, after which discharge, with what result."""
    last = medications.last_reconciliation(care_file, patient_id, today)
    if last is None:
        return None
    return {
        "reconciliation": last.id,
        "on": last.on,
        "discharge": None if last.stay_id is None else f"D{last.stay_id}",
        "decisions": last.counts,
    }


def _medicines(dispensed: Iterable[Found]) -> list[Record]:
    """Each drug with its latest fill, what runs out first on top."""
    found = [
        {
            "drug": group.title,
            "class": group.drug_class,
            "last_fill": figure.last_fill,
            "days_supply": group.supplies[-1].days,
            "runs_out": figure.runs_out,
            "fills": len(group.supplies),
        }
        for _, group, figure, *_ in dispensed
    ]
    return sorted(found, key=lambda one: (one["runs_out"], one["drug"]))
