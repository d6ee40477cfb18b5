"""The rows of a discharge list become stays: new, corrected, withdrawn, or passed over.

Person and event are matched apart. Which stay a row tells of is told by its key; whose stay it is
by `matching`; what several rows say of one stay is joined by `telling`, in whatever order they
come. So importing the same list again changes nothing. What contradicts the patient's death or
birth on file is never linked: it waits for a reviewer.
"""

from __future__ import annotations

from datetime import date
from functools import cached_property
from itertools import islice
from typing import TYPE_CHECKING, Any

from caretool.accounting import gone
from caretool.intake.discharges import (
    Rejected,
    Skipped,
    StayRow,
    read_discharges,
    stay_key,
)
from caretool.intake.stay_messages import CANCELS, is_in_bed, is_on_file, message_of
from caretool.intake.unknown_words import UnknownWords
from caretool.intake.vocabulary import is_unknown_class
from caretool.matching import Agreement, Match, compare
from caretool.model import MEMBER, PRACTICE, Link, RowOutcome
from caretool.names import fold
from caretool.number_merges import join_numbers
from caretool.store import links, patients, runs, stays
from caretool.store.contradictions import (
    YOUR_DECISION,
    Contradictions,
    Dates,
    dates_of,
    deadly,
)
from caretool.telling import begun, left_at, tell

if TYPE_CHECKING:
    import sqlite3

    from caretool.db import CareFile
    from caretool.importing import Job
    from caretool.matching import Person, Roster
    from caretool.telling import Message, Stay

# Rows are taken in by the thousand: one look-up of their keys, one insert, one update
_CHUNK = 2000
_PERSON = (
    "last_name", "first_name", "middle_name", "suffix", "other_last_name", "birth_date", "sex",
    "zip", "address", "phone", "record_number", "practice_number", "member_number",
)  # fmt: skip
_DATED = ("admitted_on", "discharged_on", "disposition")
# How many contradictions are told one by one
_TOLD = 3


class Admission:
    """Takes the stays of one file into the care file."""

    def __init__(self, care_file: CareFile, job: Job) -> None:
        self.care_file = care_file
        self.job = job
        before = runs.same_file_at(care_file, job.listing.sha256, job.sheet)
        self.as_before = (
            bool(before) and not job.account.keep_rows and links.people_are_as_at(care_file, before)
        )
        self.contradicting: list[str] = []
        self.refused = links.refused(care_file)
        self.next_id = self.first_id = stays.next_id(care_file)
        self.known: dict[str, Stay | sqlite3.Row] = {}
        self.added: dict[str, Stay] = {}
        self.changed: dict[str, Stay] = {}
        self.mask = job.session.mask
        shows_numbers = job.account.keep_rows and not self.mask
        self.numbers = patients.practice_numbers(care_file) if shows_numbers else {}
        self.unknown = {field: UnknownWords(field) for field in ("disposition", "class")}
        self.joined = 0

    @cached_property
    def roster(self) -> Roster:
        """Everybody on file; not needed for a list that is on file already."""
        return links.roster(self.care_file, unused_issuers=self._unused_issuers())

    @cached_property
    def contradictions(self) -> Contradictions:
        """What speaks against linking a stay to a patient."""
        return Contradictions(self.care_file, self.roster)

    def take_in(self) -> None:
        """Read the whole file; every record ends in one outcome of the job's account."""
        today = self.job.session.today
        rows = read_discharges(self.job.listing, self.job.layout, today)
        while chunk := list(islice(rows, _CHUNK)):
            keyed = [
                (stay_key(row, self.job.source.sender) if isinstance(row, StayRow) else "", row)
                for row in chunk
            ]
            self.known = dict(stays.by_keys(self.care_file, {key for key, _ in keyed if key}))
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
        if self.joined:
            links.link_waiting(self.care_file)
        self._say()

    def _unused_issuers(self) -> list[str]:
        """Issuers of whom no row of this file can have a number: it lacks the column."""
        columns = self.job.layout.columns
        unused = [] if "member_id" in columns else [MEMBER]
        if "practice_mrn" not in columns and self.job.source.sender != PRACTICE:
            unused.append(PRACTICE)
        return unused

    def _take(self, key: str, row: StayRow) -> None:
        self._count_unknown(row)
        if row.event == "merge":
            outcome, why = join_numbers(self.care_file, self._issuer(row), row)
            self.joined += outcome == RowOutcome.UPDATED
            self._note(row, outcome, None, None, why)
            return
        on_file = self.known.get(key)
        if on_file is not None and self._tells_of_another(row, on_file):
            key = f"{key}|{fold(row.name.last)},{fold(row.name.first)},{_iso(row.birth_date)}"
            on_file = self.known.get(key) or stays.by_keys(self.care_file, [key]).get(key)
        if on_file is not None and self._is_known(row, on_file):
            self._note(row, RowOutcome.UNCHANGED, None, on_file, on_file["link_reason"])
            return
        stay = None if on_file is None else self._opened(key, on_file)
        who = self._person(row)
        decided = self.roster.decide(who)
        if stay is not None and decided.patient_id in self.refused.get(stay["id"], ()):
            decided = links.whose(self.roster, stay, self.refused)
        match = self._checked(decided, who, _dates(row, stay))
        cancels = row.event in CANCELS
        if row.skip is not None and not (cancels or is_in_bed(row)):
            self._note(row, RowOutcome.SKIPPED, match, stay, row.skip)
        elif (nobody := _whom_nobody_knows(row)) and decided.link != Link.LINKED and stay is None:
            self._note(row, RowOutcome.SKIPPED, decided, None, row.skip or nobody)
        elif stay is None:
            stay = self._add(key, row, match, self._message(row))
            if cancels:
                reason = "cancels a stay that is not on file"
                self._note(row, RowOutcome.SKIPPED, match, stay, reason)
            elif row.skip is not None:
                self._note(row, RowOutcome.SKIPPED, match, stay, row.skip)
            else:
                self._note(row, RowOutcome.NEW, match, stay, match.reason)
        else:
            self._update(row, stay, match)

    def _opened(self, key: str, on_file: Stay | sqlite3.Row) -> Stay:
        """A stay on file, to be changed."""
        stay = on_file if isinstance(on_file, dict) else dict(on_file)
        self.known[key] = stay
        return stay

    def _is_known(self, row: StayRow, stay: Stay | sqlite3.Row) -> bool:
        """Is this just what is on file of the stay? Most of an overlapping list is.

        Whose it is need not be asked again of one that has its patient, nor of any when the same
        file was taken in before and nobody on file has changed since.
        """
        if row.skip is not None or row.event in CANCELS:
            return False
        if stay["link"] != Link.LINKED and not self.as_before:
            return False
        return (row.told_at or self.job.told_at) <= stay["told_at"] and is_on_file(row, stay)

    def _update(self, row: StayRow, stay: Stay, match: Match) -> None:
        before = dict(stay)
        changed = tell(stay, self._message(row, left_at(stay) or stay["admitted_on"]))
        was_out, is_out = _is_out(before), _is_out(stay)
        if is_out and not was_out:
            stay["arrived_on"] = self.job.session.today.isoformat()  # the notice of the discharge
        self._link_after(stay, before, match)
        if stay != before:
            self._mark(stay)
        if (was_out and not is_out) or (stay["cancelled"] and not before["cancelled"]):
            self._note(row, RowOutcome.CANCELLED, None, stay, "the sender took it back")
        elif row.event in CANCELS:
            self._note(row, RowOutcome.UNCHANGED, None, stay, "was cancelled before")
        elif row.skip is not None:
            stands = f"{row.skip}; on file with a later discharge" if is_out else row.skip
            self._note(row, RowOutcome.SKIPPED, match, stay, stands)
        elif not is_out:
            reason = "the sender took it back before"
            outcome = RowOutcome.CANCELLED if changed else RowOutcome.UNCHANGED
            self._note(row, outcome, None, stay, reason)
        elif not was_out:
            self._note(row, RowOutcome.NEW, match, stay, stay["link_reason"])
        else:
            changed = changed or stay["link"] != before["link"]
            outcome = RowOutcome.UPDATED if changed else RowOutcome.UNCHANGED
            self._note(row, outcome, match, stay, stay["link_reason"])

    def _link_after(self, stay: Stay, before: Stay, match: Match) -> None:
        """Whose stay is it, now that more was told of it?"""
        moved = any(stay[column] != before[column] for column in _PERSON)
        redated = any(stay[column] != before[column] for column in _DATED)
        linked = stay["link"] == Link.LINKED
        if linked and match.patient_id not in {None, stay["patient_id"]}:
            if stay["link_reason"] != YOUR_DECISION:
                # Whether this message is the earlier or the later one: they name two people
                self._set_link(stay, Match(Link.REVIEW, links.NAMES_ANOTHER))
        elif links.is_open(stay) or (moved and linked):
            self._link_anew(stay)
        elif redated and linked:
            self._keep(stay)

    def _link_anew(self, stay: Stay) -> None:
        """Decide again whose stay it is; from one patient to another only a reviewer moves it."""
        now = links.whose(self.roster, stay, self.refused)
        if stay["link"] == Link.LINKED:
            if now.patient_id == stay["patient_id"]:
                self._keep(stay)
                return
            if now.link == Link.LINKED:
                now = Match(Link.REVIEW, links.NAMES_ANOTHER)
            elif stay["link_reason"] == YOUR_DECISION and stay["patient_id"] in {
                one.patient_id for one in now.candidates
            }:
                return  # a slip that was corrected, of whom she has decided
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

    def _tells_of_another(self, row: StayRow, stay: Stay | sqlite3.Row) -> bool:
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

    def _add(self, key: str, row: StayRow, match: Match, message: Message) -> Stay:
        stay = begun(message)
        stay.update(
            id=self.next_id,
            stay_key=key,
            issuer=self._issuer(row),
            patient_id=match.patient_id,
            link=match.link,
            link_reason=match.reason,
            arrived_on=self.job.session.today.isoformat(),
            run_id=self.job.run_id,
        )
        self.next_id += 1
        self.known[key] = self.added[key] = stay
        self.contradictions.note(stay)
        return stay

    def _message(self, row: StayRow, known: str | None = None) -> Message:
        job = self.job
        return message_of(row, listed_at=job.told_at, latest=job.latest, known=known)

    def _count_unknown(self, row: StayRow) -> None:
        if row.disposition is None and row.disposition_text:
            self.unknown["disposition"].add(row.disposition_text)
        if row.class_text and is_unknown_class(row.class_text):
            self.unknown["class"].add(row.class_text)

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
            address=row.address,
            other_last=row.other_last,
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
        stay: Stay | sqlite3.Row | None,
        reason: str,
    ) -> None:
        account = self.job.account
        link = patient_id = None
        if stay is not None:
            link, patient_id = Link(stay["link"]), stay["patient_id"]
        elif match is not None:
            link, patient_id = match.link, match.patient_id
        if link == Link.REVIEW:
            why = stay["link_reason"] if stay is not None else match.reason if match else ""
            if "contradictions" in self.__dict__ and why in self.contradictions.reasons:
                which = f"line {row.line}" + (f", D{stay['id']}" if stay is not None else "")
                self.contradicting.append(f"{which}: {why}")
        stay_id = 0
        if stay is not None:
            stay_id = stay["id"]
            account.tells_of(stay_id, row.discharged_on)
        if not account.keep_rows:
            account.note(row.line, row.record, outcome, link=link, stay_id=stay_id, reason=reason)
            return
        candidates = match.candidates if match and link == Link.REVIEW else ()
        account.note(
            row.line,
            row.record,
            outcome,
            link=link,
            stay_id=stay_id,
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
        """What contradicts the file, which words are unknown, what was on the list before."""
        said, more = self.job.account.said, self.job.account.more
        count, told = len(self.contradicting), self.contradicting[:_TOLD]
        if count:
            many = "1 stay contradicts" if count == 1 else f"{count} stays contradict"
            are = "is" if count == 1 else "are"
            rest = f"; and {count - _TOLD} more" if count > _TOLD else ""
            said.append(f"{many} what is on file and {are} not linked: {'; '.join(told)}{rest}")
        unknown = self.unknown.items()
        more["unknown_words"] = {kind: dict(one.counted) for kind, one in unknown if one.counted}
        said += [line for _, one in unknown for line in one.said()]
        more["vanished"] = vanished = gone(self.care_file, self.job, self.first_id)
        if vanished:
            said.append(
                f"on an earlier list of these days and not on this one: {', '.join(vanished)};"
                " the hospital may have taken it back, caretool why shows it"
            )


_NOBODY: dict[str, Any] = {
    "patient": None, "mrn": None, "candidates": [], "discharge": None, "discharge_date": None,
    "admit_date": None, "birth_date": None, "disposition": None,
}  # fmt: skip


def _whom_nobody_knows(row: StayRow) -> str:
    """Why the row is about nobody's patient, unless the roster has them."""
    if row.newborn:
        return "a newborn who is not on the roster"
    return "a test patient of the sender's software" if row.test_patient else ""


def _is_out(stay: Stay) -> bool:
    return stay["discharged_on"] is not None and not stay["cancelled"]


def _iso(day: date | None) -> str | None:
    return None if day is None else day.isoformat()


def _dates(row: StayRow, stay: Stay | None) -> Dates:
    """What the row says of the stay's time."""
    died = row.discharged_on is not None and row.disposition in deadly()
    return Dates(stay["id"] if stay else 0, row.admitted_on, row.discharged_on, died)
