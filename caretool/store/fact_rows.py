"""How each row of the care file becomes a fact of the schedule: one query and one record a table.

Records are made by position and words looked up, not called: a panel makes a hundred thousand.
"""

from __future__ import annotations

from datetime import date, time
from typing import TYPE_CHECKING, Any

from caretool.model import (
    AppointmentFact,
    ConditionFact,
    ContactFact,
    DecisionFact,
    ReconciliationFact,
    ReferralFact,
    ScoreFact,
    Status,
    StatusFact,
    StayFact,
    Tier,
    TierFact,
)
from caretool.supply_facts import ListedFact, ReportFact

if TYPE_CHECKING:
    from collections.abc import Callable

_NO_TOPICS: frozenset[str] = frozenset()
# By value, which is faster than to call the enumeration
_STATUSES = {one.value: one for one in Status}
_TIERS = {one.value: one for one in Tier}


def _of_ids(table: str, columns: str, order: str = "on_date, t.id") -> str:
    return (
        f"SELECT t.patient_id, {columns} FROM json_each(:ids) j CROSS JOIN {table} t"
        f" ON t.patient_id = j.value ORDER BY t.patient_id, t.{order}"
    )


def _day(text: str | None) -> date | None:
    return None if text is None else date.fromisoformat(text)


def _time(text: str | None) -> time | None:
    return None if text is None else time.fromisoformat(text)


def _status(on: str, status: str, reason: str | None, entered: int) -> StatusFact:
    return StatusFact(date.fromisoformat(on), _STATUSES[status], reason, entered)


def _tier(on: str, tier: str, why: str | None) -> TierFact:
    return TierFact(date.fromisoformat(on), _TIERS[tier], why)


def _stay(
    stay_id: int,
    patient_class: str,
    admitted_on: str | None,
    discharged_on: str | None,
    discharged_at: str | None,
    disposition: str | None,
    arrived_on: str,
    diagnosis: str | None,
    died_on: str | None,
) -> StayFact:
    return StayFact(
        stay_id,
        patient_class,
        _day(admitted_on),
        _day(discharged_on),
        _time(discharged_at),
        disposition,
        date.fromisoformat(arrived_on),
        diagnosis,
        _day(died_on),
    )


def _contact(
    contact_id: int,
    on: str,
    at: str | None,
    outcome: str,
    channel: str,
    party: str,
    inbound: int,
    next_on: str | None,
    next_why: str | None,
    entered: int,
    topics: str | None,
) -> ContactFact:
    return ContactFact(
        contact_id,
        date.fromisoformat(on),
        _time(at),
        outcome,
        channel,
        party,
        bool(inbound),
        _day(next_on),
        next_why,
        entered,
        frozenset(topics.split()) if topics else _NO_TOPICS,
    )


def in_order(contact: ContactFact) -> tuple[date, time, int]:
    """By day and time, then by entry; without a time first."""
    return contact.on, contact.at or time.min, contact.contact_id


def _condition(on: str | None, code: str) -> ConditionFact:
    return ConditionFact(_day(on) or date.min, code)


def _decision(
    decision_id: int,
    on: str,
    decision: str,
    why: str | None,
    item: str | None,
    planned: str | None,
    to: str | None,
    entered: int,
) -> DecisionFact:
    return DecisionFact(
        decision_id, date.fromisoformat(on), decision, why, item, _day(planned), _day(to), entered
    )


def _appointment(
    appointment_id: int,
    noted_on: str,
    on: str,
    at: str | None,
    with_whom: str | None,
    cancelled_on: str | None,
) -> AppointmentFact:
    return AppointmentFact(
        appointment_id,
        date.fromisoformat(noted_on),
        date.fromisoformat(on),
        _time(at),
        with_whom,
        _day(cancelled_on),
    )


def _score(on: str, stay_id: int, total: int) -> ScoreFact:
    return ScoreFact(date.fromisoformat(on), stay_id, total)


def _reconciliation(number: int, on: str, stay_id: int | None) -> ReconciliationFact:
    return ReconciliationFact(number, date.fromisoformat(on), stay_id)


def _listed(on: str, name: str, atc: str | None, stopped_on: str | None) -> ListedFact:
    return ListedFact(date.fromisoformat(on), _drug(name, atc), _day(stopped_on))


def _report(on: str, missed: int, days: int, medicine: str | None) -> ReportFact:
    name = medicine or ""
    return ReportFact(date.fromisoformat(on), missed, days, name, _drug(name) if name else "")


def _drug(name: str, atc: str | None = None) -> str:
    from caretool.drug_names import drug_of  # which a list without medicines does without

    return drug_of(name, atc or "").key


def _referral(referral_id: int, on: str, by: str | None) -> ReferralFact:
    return ReferralFact(referral_id, date.fromisoformat(on), by)


# In the order of the fields of PatientFacts. Contacts come from the last two-way one on; all of
# those whose plan may hold more than routine follow-up.
TABLES: dict[str, tuple[str, Callable[..., Any]]] = {
    "statuses": (_of_ids("statuses", "t.on_date, t.status, t.reason, t.command_id"), _status),
    "tiers": (_of_ids("tiers", "t.on_date, t.tier, t.reason"), _tier),
    "stays": (
        """SELECT t.patient_id, t.id, t.patient_class, t.admitted_on, t.discharged_on,
          t.discharged_at, t.disposition, t.arrived_on, t.diagnosis, t.died_on
        FROM json_each(:ids) j CROSS JOIN stays t ON t.patient_id = j.value
        WHERE t.cancelled = 0 ORDER BY t.id""",
        _stay,
    ),
    "contacts": (
        """SELECT c.patient_id, c.id, c.on_date, c.at_time, c.outcome, c.channel, c.party,
          c.inbound, c.next_on, c.next_why, c.command_id, c.topics
        FROM json_each(:from_when) j CROSS JOIN contacts c
          ON c.patient_id = j.key AND c.on_date >= j.value
        WHERE c.voided_by IS NULL AND c.on_date <= :today""",
        _contact,
    ),
    "conditions": (_of_ids("conditions", "t.on_date, t.code"), _condition),
    "decisions": (
        _of_ids(
            "decisions",
            "t.id, t.on_date, t.decision, t.reason, t.item, t.planned, t.to_date, t.command_id",
        ),
        _decision,
    ),
    "appointments": (
        _of_ids(
            "appointments", "t.id, on_date, day, at_time, with_whom, cancelled_on", "day, t.id"
        ),
        _appointment,
    ),
    "scores": (_of_ids("scores", "t.on_date, t.stay_id, t.total"), _score),
    "referrals": (_of_ids("referrals", "t.id, t.on_date, t.referred_by"), _referral),
    "reconciliations": (_of_ids("reconciliations", "t.id, t.on_date, t.stay_id"), _reconciliation),
    "medications": (_of_ids("medications", "t.on_date, t.name, t.atc, t.stopped_on"), _listed),
    "self_reports": (
        """SELECT c.patient_id, c.on_date, s.missed, s.days, s.medication
        FROM json_each(:ids) j CROSS JOIN contacts c ON c.patient_id = j.value
          CROSS JOIN self_reports s ON s.contact_id = c.id
        WHERE c.voided_by IS NULL AND c.on_date <= :today
        ORDER BY c.patient_id, c.on_date, c.at_time, c.id, s.id""",
        _report,
    ),
}
