"""The rows of a discharge list become stays: new, corrected, cancelled, or passed over.

Person and event are matched apart. Which stay a row tells of is told by its key; whose stay it is
by `matching`. What a later list says wins, what it does not say is kept, and importing the same
list again changes nothing. What contradicts the patient's death or birth on file is never linked:
it waits for a reviewer.
"""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Any

from caretool.intake.discharges import Rejected, Skipped, StayRow, read_discharges, stay_key
from caretool.matching import Agreement, Match, compare
from caretool.model import MEMBER, PRACTICE, Link, PatientClass, RowOutcome
from caretool.names import fold
from caretool.store import links, patients, stays
from caretool.store.contradictions import (
    YOUR_DECISION,
    Contradictions,
    Dates,
    dates_of,
    deadly,
)

if TYPE_CHECKING:
    from datetime import date

    from caretool.db import CareFile
    from caretool.importing import Job
    from caretool.matching import Person

# Rows are taken in by the thousand: one look-up of their keys, one insert, one update
_CHUNK = 2000
_PERSON = ("last_name", "first_name", "middle_name", "suffix", "birth_date", "sex", "zip", "phone",
           "record_number", "practice_number", "member_number")  # fmt: skip
_DATED = ("admitted_on", "discharged_on", "disposition")
# How many contradictions are told one by one
_TOLD = 3
# Somebody in one of these is not held in a facility
_VISITS = frozenset({PatientClass.EMERGENCY, PatientClass.AMBULATORY})

Stay = dict[str, Any]


class Admission:
    """Takes the stays of one file into the care file."""

    def __init__(self, care_file: CareFile, job: Job) -> None:
        self.care_file = care_file
        self.job = job
        self.roster = links.roster(care_file, unused_issuers=self._unused_issuers())
        self.contradictions = Contradictions(care_file, self.roster)
        self.contradicting: list[str] = []
        self.next_id = stays.next_id(care_file)
        self.known: dict[str, Stay] = {}
        self.added: dict[str, Stay] = {}
        self.changed: dict[str, Stay] = {}
        self.mask = job.session.mask
        shows_numbers = job.account.keep_rows and not self.mask
        self.numbers = patients.practice_numbers(care_file) if shows_numbers else {}

    def take_in(self) -> None:
        """Read the whole file; every record ends in one outcome of the job's account."""
        today = self.job.session.today
        rows = read_discharges(self.job.table, self.job.layout, today)
        while chunk := list(islice(rows, _CHUNK)):
            keyed = [
                (stay_key(row, self.job.source.sender) if isinstance(row, StayRow) else "", row)
                for row in chunk
            ]
            self.known = stays.by_keys(self.care_file, {key for key, _ in keyed if key})
            for key, row in keyed:
                if isinstance(row, Rejected):
                    self.job.account.reject(row, **_NOBODY)
                elif isinstance(row, Skipped):
                    self.job.account.note(
                        row.line, row.record, RowOutcome.SKIPPED, reason=row.reason, **_NOBODY
                    )
                else:
                    self._take(key, row)
            stays.add_all(self.care_file, self.added.values())
            stays.change_all(self.care_file, self.changed.values())
            self.added.clear()
            self.changed.clear()
        self._say()

    def _unused_issuers(self) -> list[str]:
        """Issuers of whom no row of this file can have a number: it lacks the column."""
        columns = self.job.layout.columns
        unused = [] if "member_id" in columns else [MEMBER]
        if "practice_mrn" not in columns and self.job.source.sender != PRACTICE:
            unused.append(PRACTICE)
        return unused

    def _take(self, key: str, row: StayRow) -> None:
        stay = self.known.get(key)
        if stay is not None and self._tells_of_another(row, stay):
            key = f"{key}|{fold(row.name.last)},{fold(row.name.first)},{_iso(row.birth_date)}"
            stay = self.known.get(key) or stays.by_keys(self.care_file, [key]).get(key)
            if stay is not None:
                self.known[key] = stay
        if row.cancels:
            self._cancel(row, stay)
            return
        who = self._person(row)
        decided = self.roster.decide(who)
        match = self._checked(decided, who, _dates(row, stay))
        if row.skip is not None:
            if stay is None and match.link == Link.LINKED and _is_stay(row):
                stay = self._add(key, row, match, still_in=True)
            self._note(row, RowOutcome.SKIPPED, match, stay, row.skip)
        elif row.newborn and decided.link != Link.LINKED and stay is None:
            self._note(row, RowOutcome.SKIPPED, decided, None, "a newborn who is not on the roster")
        elif stay is None:
            stay = self._add(key, row, match, still_in=False)
            self._note(row, RowOutcome.NEW, match, stay, match.reason)
        else:
            self._update(row, stay, match)

    def _cancel(self, row: StayRow, stay: Stay | None) -> None:
        if stay is None:
            self._note(row, RowOutcome.SKIPPED, None, None, "cancels a stay that is not on file")
        elif stay["cancelled"]:
            self._note(row, RowOutcome.UNCHANGED, None, stay, "was cancelled before")
        else:
            stay["cancelled"] = 1
            self._mark(stay)
            self._note(row, RowOutcome.CANCELLED, None, stay, "the sender took it back")

    def _update(self, row: StayRow, stay: Stay, match: Match) -> None:
        before = dict(stay)
        first_time = stay["discharged_on"] is None
        if first_time and row.discharged_on is not None:
            stay["arrived_on"] = self.job.session.today.isoformat()  # the notice of the discharge
        _complete(stay, _told(row))
        if stay["cancelled"] and _is_later(stay, before):
            stay["cancelled"] = 0  # discharged anew after the cancellation
        moved = any(stay[column] != before[column] for column in _PERSON)
        redated = any(stay[column] != before[column] for column in _DATED)
        if links.is_open(stay) or (moved and stay["link"] == Link.LINKED):
            self._link_anew(stay)
        elif redated and stay["link"] == Link.LINKED:
            self._keep(stay)
        if stay == before:
            self._note(row, RowOutcome.UNCHANGED, match, stay, stay["link_reason"])
            return
        self._mark(stay)
        outcome = RowOutcome.NEW if first_time else RowOutcome.UPDATED
        self._note(row, outcome, match, stay, stay["link_reason"])

    def _link_anew(self, stay: Stay) -> None:
        """Decide again whose stay it is; from one patient to another only a reviewer moves it."""
        now = self.roster.decide(links.stay_person(stay))
        if stay["link"] == Link.LINKED:
            if now.patient_id == stay["patient_id"]:
                self._keep(stay)
                return
            if now.link == Link.LINKED:
                now = Match(Link.REVIEW, links.NAMES_ANOTHER)
        self._set_link(stay, now)

    def _keep(self, stay: Stay) -> None:
        """Leave a stay with its patient, if its dates still allow it or a reviewer has said so."""
        if stay["link_reason"] != YOUR_DECISION:
            self._set_link(stay, Match(Link.LINKED, stay["link_reason"], stay["patient_id"]))

    def _set_link(self, stay: Stay, match: Match) -> None:
        match = self._checked(match, links.stay_person(stay), dates_of(stay))
        stay.update(link=match.link, patient_id=match.patient_id, link_reason=match.reason)

    def _checked(self, match: Match, who: Person, says: Dates) -> Match:
        """The match, or a review when the stay contradicts what is on file of the patient."""
        pending = (*self.added.values(), *self.changed.values()) if says.died else ()
        return self.contradictions.checked(match, who, says, pending)

    def _tells_of_another(self, row: StayRow, stay: Stay) -> bool:
        """Has the row the key of a stay that is plainly somebody else's?

        Two senders may give out the same visit number; neither's row may overwrite the other's.
        """
        if stay["last_name"] == row.name.last and stay["birth_date"] == _iso(row.birth_date):
            return False
        evidence = compare(self._person(row), links.stay_person(stay))
        names = (evidence.last, evidence.first)
        if evidence.birth_date == Agreement.CONTRADICT:
            return Agreement.CONTRADICT in names
        return names == (Agreement.CONTRADICT, Agreement.CONTRADICT)

    def _add(self, key: str, row: StayRow, match: Match, *, still_in: bool) -> Stay:
        stay: Stay = {
            "id": self.next_id,
            "stay_key": key,
            "issuer": self._issuer(row),
            **_told(row),
            "cancelled": 0,
            "patient_id": match.patient_id,
            "link": match.link,
            "link_reason": match.reason,
            "arrived_on": self.job.session.today.isoformat(),
            "run_id": self.job.run_id,
        }
        if still_in:
            stay["admitted_on"] = stay["admitted_on"] or stay["discharged_on"]
            stay.update(discharged_on=None, discharged_at=None, disposition=None)
            stay["disposition_text"] = None
            if row.patient_class in _VISITS:  # the visit ended in a bed
                stay["patient_class"] = PatientClass.INPATIENT.value
        self.next_id += 1
        self.known[key] = self.added[key] = stay
        self.contradictions.note(stay)
        return stay

    def _mark(self, stay: Stay) -> None:
        self.contradictions.note(stay)
        if stay["stay_key"] not in self.added:
            self.changed[stay["stay_key"]] = stay

    def _issuer(self, row: StayRow) -> str:
        """Whose record numbers the list carries: the facility's, unless it sends ours back."""
        sender = self.job.source.sender
        return sender if sender == PRACTICE else row.facility or sender

    def _person(self, row: StayRow) -> Person:
        return links.person(
            name=row.name,
            birth_date=row.birth_date,
            sex=row.sex,
            zip_code=row.zip,
            phone=row.phone,
            issuer=self._issuer(row),
            record_number=row.record_number,
            practice_number=row.practice_number,
            member_number=row.member_number,
        )

    def _note(
        self,
        row: StayRow,
        outcome: RowOutcome,
        match: Match | None,
        stay: Stay | None,
        reason: str,
    ) -> None:
        account = self.job.account
        link = patient_id = None
        if stay is not None:
            link, patient_id = Link(stay["link"]), stay["patient_id"]
        elif match is not None:
            link, patient_id = match.link, match.patient_id
        if link == Link.REVIEW:
            why = match.reason if stay is None and match is not None else reason
            if why in self.contradictions.reasons:
                which = f"line {row.line}" + (f", D{stay['id']}" if stay is not None else "")
                self.contradicting.append(f"{which}: {why}")
        if not account.keep_rows:
            account.note(row.line, row.record, outcome, link=link)
            return
        candidates = match.candidates if match and link == Link.REVIEW else ()
        account.note(
            row.line,
            row.record,
            outcome,
            link=link,
            reason=reason,
            patient=None if patient_id is None else f"P{patient_id}",
            mrn=None if patient_id is None else self.numbers.get(patient_id),
            candidates=[
                {"patient": f"P{one.patient_id}", "mrn": self.numbers.get(one.patient_id)}
                for one in candidates
            ],
            discharge=None if stay is None else f"D{stay['id']}",
            discharge_date=row.discharged_on,
            admit_date=row.admitted_on,
            birth_date=None if self.mask else row.birth_date,
            disposition=row.disposition,
        )

    def _say(self) -> None:
        """What contradicts the file, in one line."""
        count, told = len(self.contradicting), self.contradicting[:_TOLD]
        if count:
            many = "1 stay contradicts" if count == 1 else f"{count} stays contradict"
            are = "is" if count == 1 else "are"
            more = f"; and {count - _TOLD} more" if count > _TOLD else ""
            self.job.account.said.append(
                f"{many} what is on file and {are} not linked: {'; '.join(told)}{more}"
            )


_NOBODY: dict[str, Any] = {
    "patient": None, "mrn": None, "candidates": [], "discharge": None, "discharge_date": None,
    "admit_date": None, "birth_date": None, "disposition": None,
}  # fmt: skip


def _is_stay(row: StayRow) -> bool:
    return row.patient_class not in _VISITS or row.disposition == "09"


def _told(row: StayRow) -> Stay:
    """What the row says, as the schema stores it."""
    return {
        "facility": row.facility,
        "visit": row.visit,
        "record_number": row.record_number,
        "practice_number": row.practice_number,
        "member_number": row.member_number,
        "last_name": row.name.last or None,
        "first_name": row.name.first or None,
        "middle_name": row.name.middle or None,
        "suffix": row.name.suffix or None,
        "birth_date": _iso(row.birth_date),
        "sex": row.sex,
        "zip": row.zip,
        "phone": row.phone,
        "patient_class": row.patient_class.value,
        "admitted_on": _iso(row.admitted_on),
        "discharged_on": _iso(row.discharged_on),
        "discharged_at": row.discharged_at.strftime("%H:%M") if row.discharged_at else None,
        "disposition": row.disposition,
        "disposition_text": row.disposition_text,
        "diagnosis": row.diagnosis,
    }


def _complete(stay: Stay, told: Stay) -> None:
    """Let what is told now win, and keep what it does not say.

    A discharge's time goes with its date and a disposition's code with its words: a new date
    without a time must not keep the old time.
    """
    new_day = told["discharged_on"] not in {None, stay["discharged_on"]}
    goes_with = {
        "discharged_at": new_day,
        "disposition": told["disposition_text"] is not None,
    }
    for column, value in told.items():
        if value is None and not goes_with.get(column, False):
            continue
        if column == "patient_class" and value == PatientClass.UNKNOWN:
            continue
        stay[column] = value


def _is_later(stay: Stay, before: Stay) -> bool:
    """Is this a later discharge, and not just the time of the same one?"""
    day, day_before = stay["discharged_on"] or "", before["discharged_on"] or ""
    if day != day_before:
        return bool(day > day_before)
    at, at_before = stay["discharged_at"] or "", before["discharged_at"]
    return at_before is not None and at > at_before


def _iso(day: date | None) -> str | None:
    return None if day is None else day.isoformat()


def _dates(row: StayRow, stay: Stay | None) -> Dates:
    """What the row says of the stay's time."""
    died = row.discharged_on is not None and row.disposition in deadly()
    return Dates(stay["id"] if stay else 0, row.admitted_on, row.discharged_on, died)
