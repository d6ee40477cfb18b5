"""What starts a protocol for a patient: a discharge, an emergency visit, a condition, a promise.

One function a trigger; each gives the fact from which the protocol's rules count, or None. Only
`supply` may give several, one for each day on which supply ends.
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from caretool import dates, diagnoses
from caretool.episodes import NOT_STAYS, ONE_DAY, begins, discharge_order, leads_to_a_stay
from caretool.history import ANSWERS, Start
from caretool.model import Decision, PatientClass
from caretool.workdays import count_from

if TYPE_CHECKING:
    from caretool.history import History
    from caretool.model import StayFact
    from caretool.protocols import Protocol
    from caretool.refills import Reason, Supplied

KIND_UNKNOWN = "kind of stay unknown"


def triggers(history: History) -> list[str]:
    """The triggers for which there are facts, but for `unreached`, which needs open items."""
    facts = history.facts
    if history.where.held_since is not None:
        return ["facility"]
    found = ["discharge", "ed_visit", "candidate"] if facts.stays else []
    if facts.conditions:
        found.append("condition")
    if facts.referrals:
        found.append("referral")
    if facts.appointments:
        found.append("appointment")
    if facts.contacts and any(one.next_on for one in facts.contacts):
        found.append("request")
    if facts.supplies:
        found.append("supply")
    if facts.supplies or facts.reports:
        found.append("adherence")
    if history.protocols.by_trigger["enrolment"]:
        found.append("enrolment")
    found.append("status")
    return found


def starts(history: History, protocol: Protocol) -> list[Start]:
    """The facts that start this protocol: none, or one; of supply one for each day it ends on."""
    if protocol.trigger == "supply":
        return _on_supply(history, protocol)
    start = _STARTS[protocol.trigger](history, protocol)
    return [] if start is None else [start]


def _on_discharge(history: History, protocol: Protocol) -> Start | None:
    """The latest discharge; a later stay supersedes an earlier one."""
    stay = history.latest_stay
    if stay is None or stay.discharged_on is None:
        return None
    meaning = history.protocols.disposition_meaning(stay.disposition)
    if stay.patient_class not in protocol.classes or meaning not in protocol.dispositions:
        return None
    if not _fits(history, protocol, stay):
        return None
    return _discharged(history, stay, protocol)


def _discharged(
    history: History, stay: StayFact, protocol: Protocol, fact: str = "discharged"
) -> Start:
    before = history.starts.get((fact, stay.stay_id))
    out = discharge_order(stay)[0]
    if before is None:
        before = history.starts[fact, stay.stay_id] = _start_of(history, stay, fact, out)
    if protocol.period is None:
        return before
    ends = count_from(out, protocol.period, history.calendar)
    return before._replace(earlier=_earlier(history, stay), period_end=ends)


def _start_of(history: History, stay: StayFact, fact: str, out: date) -> Start:
    """What is the same for every protocol that a stay starts."""
    meaning = history.protocols.disposition_meaning(stay.disposition)
    known = history.protocols.dispositions.get(stay.disposition or "")
    unclear = [
        text
        for text, is_so in (
            ("disposition unknown", meaning == "unknown"),
            (KIND_UNKNOWN, stay.patient_class == PatientClass.UNKNOWN),
            (f"{known.label}" if known else "", meaning == "review"),
        )
        if is_so
    ]
    return Start(
        fact,
        f"D{stay.stay_id}",
        out,
        stay,
        first=bool(known and known.first),
        unclear=", ".join(unclear) or None,
    )


def _earlier(history: History, stay: StayFact) -> StayFact | None:
    """The discharge home before this one, when this one fell into its 30 days."""
    out = discharge_order(stay)[0]
    others = [
        one
        for one in history.facts.stays
        if one.discharged_on
        and one.discharged_on + ONE_DAY < begins(stay)
        and one.patient_class not in NOT_STAYS
        and history.protocols.disposition_meaning(one.disposition) in {"yes", "review", "unknown"}
        and out
        <= count_from(one.discharged_on, history.protocols.second_discharge, history.calendar)
    ]
    return max(others, key=discharge_order, default=None)


def heard_in_time(history: History, protocol: Protocol, stay: StayFact) -> bool:
    """Did the practice hear of the stay while there was still something to do about it?

    A list of last year's discharges, imported when the practice begins, is history and not work.
    """
    if protocol.heard_within is None:
        return True
    ended = stay.discharged_on or begins(stay)
    return stay.arrived_on <= ended or stay.arrived_on <= count_from(
        ended, protocol.heard_within, history.calendar
    )


def _fits(history: History, protocol: Protocol, stay: StayFact) -> bool:
    """Do the stay, its diagnosis and the conditions on file fit what the protocol asks for?"""
    if not heard_in_time(history, protocol, stay):
        return False
    if protocol.diagnoses:
        named = diagnoses.meaning(stay.diagnosis).principal
        if stay.patient_class == PatientClass.PSYCHIATRIC:
            named |= {PatientClass.PSYCHIATRIC.value}
        on_file = protocol.or_on_file and not (stay.diagnosis or "").strip()
        if protocol.diagnoses.isdisjoint(history.conditions if on_file else named):
            return False
    if protocol.conditions and protocol.conditions.isdisjoint(history.conditions):
        return False
    if protocol.chronic_groups:
        before = history.conditions | frozenset().union(
            *(
                diagnoses.meaning(one.diagnosis).every
                for one in history.facts.stays
                if begins(one) < begins(stay)
            )
        )
        return diagnoses.chronic_groups(before) >= protocol.chronic_groups
    return True


def _on_ed_visit(history: History, protocol: Protocol) -> Start | None:
    """The latest emergency visit that fits, unless a stay came of it.

    A later one for something else does not end the follow-up of one for mental illness.
    """
    fitting = (one for one in history.ed_visits if _fits(history, protocol, one))
    visit = next(fitting, None)
    if visit is None or not _went_home(history, protocol, visit):
        return None
    return _discharged(history, visit, protocol, "emergency visit")


def _went_home(history: History, protocol: Protocol, visit: StayFact) -> bool:
    if history.protocols.disposition_meaning(visit.disposition) not in protocol.dispositions:
        return False
    if protocol.no_stay_within is None:
        return True
    out = discharge_order(visit)[0]
    until = count_from(out, protocol.no_stay_within, history.calendar)
    return not leads_to_a_stay(visit, history.facts.stays, until)


def _on_candidate(history: History, protocol: Protocol) -> Start | None:
    """The first discharge or emergency visit with a target condition, not yet answered."""
    answered = history.answered_on
    answers = [one.decision for one in history.facts.decisions if one.decision in ANSWERS]
    if answers and answers[-1] == Decision.NOT_SUITABLE:
        return None
    events = [
        stay
        for stay in history.facts.stays
        if stay.discharged_on is not None
        and stay.discharged_on > answered
        and stay.patient_class != PatientClass.AMBULATORY
        and heard_in_time(history, protocol, stay)
        and history.protocols.disposition_meaning(stay.disposition) in protocol.dispositions
        and not diagnoses.targets().isdisjoint(
            history.conditions | diagnoses.meaning(stay.diagnosis).every
        )
    ]
    if not events:
        return None
    stay = min(events, key=discharge_order)
    visit = stay.patient_class == PatientClass.EMERGENCY
    return _discharged(history, stay, protocol, "emergency visit" if visit else "discharged")


def _on_referral(history: History, _protocol: Protocol) -> Start | None:
    for one in history.facts.referrals:
        if one.on > history.answered_on:
            return Start("referred", f"F{one.referral_id}", one.on, note=one.by)
    return None


def _on_enrolment(history: History, _protocol: Protocol) -> Start | None:
    if history.where.since is None:
        return None
    return Start("under care management since", "", history.where.since)


def _on_condition(history: History, protocol: Protocol) -> Start | None:
    noted = [one for one in history.facts.conditions if one.code in protocol.conditions]
    if not noted or history.where.since is None:
        return None
    first = min(noted, key=lambda one: one.on)
    words = f"under care management with {first.code.replace('_', ' ')} since"
    if first.on > history.where.since:
        words = f"{first.code.replace('_', ' ')} on file since"
    return Start(words, "", max(first.on, history.where.since))


def _on_request(history: History, _protocol: Protocol) -> Start | None:
    """The latest date that the patient asked for, until reached on or after that date."""
    for position in range(len(history.facts.contacts) - 1, -1, -1):
        asked = history.facts.contacts[position]
        if asked.next_on is not None:
            later = history.facts.contacts[position + 1 :]
            if any(one.on >= asked.next_on and history.protocols.counts(one) for one in later):
                return None
            last = history.last_reached
            return Start(
                "asked for on",
                f"C{asked.contact_id}",
                asked.on,
                wanted=asked.next_on,
                note=asked.next_why,
                replaces=last is None or asked.on >= last.on,
            )
    return None


def _on_appointment(history: History, _protocol: Protocol) -> Start | None:
    if not history.appointments:
        return None
    one = history.appointments[0]
    return Start("appointment on", f"A{one.appointment_id}", one.on, note=one.with_whom)


def _on_unreached(history: History, _protocol: Protocol) -> Start | None:
    climb = history.climb
    if climb.spent_by is None:
        return None
    fact_id = f"C{climb.spent_by.contact_id}"
    return Start(f"{climb.attempts} attempts, enough since", fact_id, climb.spent_by.on)


def _on_facility(history: History, protocol: Protocol) -> Start | None:
    since, by = history.where.held_since, history.where.held_by
    stay = next((one for one in history.facts.stays if by == f"D{one.stay_id}"), None)
    if since is None or (stay is not None and not heard_in_time(history, protocol, stay)):
        return None
    return Start("in a facility since", by, since)


def _on_supply(history: History, protocol: Protocol) -> list[Start]:
    """The days on which supply ends, each with all medicines that end then; history left out.

    People fetch several at once, and a decision is kept by rule and day, so a day stands once. For
    the same reason what is asked about again on one day stands together, from the first end on.
    """
    ends: dict[date, list[Supplied]] = {}
    for one in history.supplies.drugs if history.facts.supplies else ():
        if supply_heard_in_time(history, protocol, one):
            ends.setdefault(_end(one), []).append(one)
    together: dict[object, list[Supplied]] = {}
    for end, several in sorted(ends.items()):
        together.setdefault(_asked_about_with(history, protocol, end), []).extend(several)
    unclear = _fills_known(history, protocol) if ends else None
    return [_of_supply(history, several, unclear) for several in together.values()]


def _end(one: Supplied) -> date:
    return date.fromordinal(one.runs_out)


def _of_supply(history: History, several: list[Supplied], unclear: str | None) -> Start:
    """What starts with the end of these supplies, the first of them first."""
    end, today = _end(several[0]), history.today
    names = [
        one.medicine.name
        + ("" if _end(one) == end else f" (to {dates.show_short(_end(one), today)})")
        for one in several
    ]
    heard = min(one.fill.heard_on for one in several)
    return Start(
        f"supply of {_joined(names)} {'ends' if end >= today else 'ended'}",
        "",
        end,
        unclear=unclear,
        replaces=False,
        # Looking back to a day before the list, as if it had come at once
        heard_on=heard if heard <= today else None,
        rests_on=tuple(one.words for one in several),
    )


def _asked_about_with(history: History, protocol: Protocol, end: date) -> object:
    """What is the same for the ends of supply that make one item: of most, the day itself."""
    start = Start("", "", end)
    for rule in protocol.rules:
        first = count_from(end, rule.target, history.calendar)
        if rule.again is not None and first <= history.today:
            done = history.done(rule, start)
            on = count_from(done[-1].on, rule.again, history.calendar) if done else first
            return "again", on, history.is_left_out(rule, start)
    return end


def supply_heard_in_time(history: History, protocol: Protocol, one: Supplied) -> bool:
    """Did the list with the last fill come while there was still something to do about its end?"""
    if protocol.heard_within is None:
        return True
    return one.fill.heard_on <= count_from(_end(one), protocol.heard_within, history.calendar)


def _fills_known(history: History, protocol: Protocol) -> str | None:
    """Where no list of fills has come for a while, a refill may only not be known yet."""
    known = history.facts.fills_known_on
    if known is None or protocol.fills_within is None:
        return None
    if history.today <= count_from(known, protocol.fills_within, history.calendar):
        return None
    return f"fills known up to {dates.show_short(known, history.today)}"


def _joined(names: list[str]) -> str:
    if len(names) == 1:
        return names[0]
    return f"{', '.join(names[:-1])} and {names[-1]}"


def _on_adherence(history: History, protocol: Protocol) -> Start | None:
    """The earliest reason for a review that nothing has answered; else the earliest of all.

    A review answers all that was known of then. What was left undone counts as it was planned.
    """
    reasons = [
        reason
        for reason in history.supplies.reasons(protocol, history.facts.reports, history.today)
        if not _is_settled(history, protocol, reason)
    ]
    if not reasons:
        return None
    waived = [history.waived_last(rule) for rule in protocol.rules]
    last = max((one for one in waived if one), key=lambda one: one.on, default=None)
    new = [
        reason.since
        for reason in reasons
        if not _is_answered(history, protocol, reason) and (last is None or reason.since > last.on)
    ]
    on = min(new, default=reasons[0].since)
    if not new and last is not None and last.planned is not None:
        on = last.planned
    return Start(
        "adherence in doubt since",
        "",
        on,
        unclear=_fills_known(history, protocol),
        because=tuple(reasons),
        rests_on=tuple(reason.rests_on for reason in reasons),
    )


def _is_answered(history: History, protocol: Protocol, reason: Reason) -> bool:
    start = Start("", "", reason.since)
    return any(history.done(rule, start) for rule in protocol.rules)


def _is_settled(history: History, protocol: Protocol, reason: Reason) -> bool:
    """Was there a review after the last of these facts, and is the reason one that then is over?"""
    if not reason.passes:
        return False
    start = Start("", "", reason.last)
    done = [history.done(rule, start) for rule in protocol.rules]
    return any(several and several[-1].on >= reason.last for several in done)


_STARTS = {
    "discharge": _on_discharge,
    "ed_visit": _on_ed_visit,
    "candidate": _on_candidate,
    "condition": _on_condition,
    "referral": _on_referral,
    "appointment": _on_appointment,
    "request": _on_request,
    "enrolment": _on_enrolment,
    "status": _on_enrolment,
    "unreached": _on_unreached,
    "facility": _on_facility,
    "adherence": _on_adherence,
}
