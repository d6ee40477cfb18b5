"""The rows of a roster become patients: new, corrected and completed, or rejected.

Who a row is about is told by its record number, else by full name and birth date. What the roster
says wins, what it does not say is kept, and what was decided by hand since stands: overwriting one
person with another, or calling somebody again whose care has ended, is the worst that can happen.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from itertools import islice
from typing import TYPE_CHECKING, Any

from caretool import namesakes, planning
from caretool.intake.patients import Rejected, RosterRow, Skipped, read_patients
from caretool.intake.roster_words import stand_words
from caretool.model import MEMBER, PRACTICE, ROSTER, CloseReason, RowOutcome, Sex, Status
from caretool.names import fold, phone_key
from caretool.namesakes import name_key, number_key, record_numbers
from caretool.store import links, roster
from caretool.store.roster import Changes, OnFile

if TYPE_CHECKING:
    from caretool.db import CareFile
    from caretool.importing import Job
    from caretool.model import PatientRecord
    from caretool.store.roster import NameKey, NumberKey, Stand

# Rows are taken in by the thousand: one look-up of their people, one insert, one update
_CHUNK = 2000
# How many rows about one person are told one by one
_TOLD = 3
_NOBODY: dict[str, Any] = {"patient": None, "mrn": None}
_NAME_PARTS = ("last_name", "first_name", "middle_name", "suffix")
_IDENTITY = (*_NAME_PARTS, "birth_date", "sex")


class Registration:
    """Takes the people of one roster into the care file."""

    def __init__(self, care_file: CareFile, job: Job, *, status: Status, issuer: str) -> None:
        self.care_file = care_file
        self.job = job
        self.status = status
        self.issuer = issuer
        self.on = job.session.today.isoformat()
        self.next_id = roster.next_id(care_file)
        self.by_number: dict[NumberKey, list[OnFile]] = defaultdict(list)
        self.by_name: dict[NameKey, list[OnFile]] = defaultdict(list)
        self.ended: frozenset[int] = frozenset()
        self.changes = Changes()
        self.without_birth_date = 0
        self.left_out: Counter[str] = Counter()
        self.stood = 0
        self.told_on: dict[int, int] = {}
        self.told_twice: list[str] = []

    def take_in(self) -> None:
        """Read the whole file; every record ends in one outcome of the job's account."""
        account = self.job.account
        rows = read_patients(self.job.listing, self.job.layout, self.job.session.today, self.issuer)
        while chunk := list(islice(rows, _CHUNK)):
            self._look_up([row.person for row in chunk if isinstance(row, RosterRow)])
            for row in chunk:
                if isinstance(row, Rejected):
                    account.reject(row, **_NOBODY)
                elif isinstance(row, Skipped):
                    line, record, why = row
                    account.note(line, record, RowOutcome.SKIPPED, reason=why, **_NOBODY)
                else:
                    self._take(row)
            roster.keep(self.care_file, self.changes)
            self.changes = Changes()
        self._say()

    def _look_up(self, people: list[PatientRecord]) -> None:
        """Find everybody on file whom these people may be."""
        numbers = {number_key(one) for person in people for one in record_numbers(person)}
        known = roster.find(self.care_file, numbers, {name_key(person) for person in people})
        self.by_number.clear()
        self.by_name.clear()
        for one in known:
            self._index(one)
        doubtful: list[int] = []
        if any(person.status == Status.ACTIVE for person in people):
            doubtful = [one.patient_id for one in known if one.stand[0] != Status.ACTIVE]
        self.ended = self._ended(doubtful)

    def _ended(self, ids: list[int]) -> frozenset[int]:
        """Whose care has ended by any fact: a closing by hand, a contact, a death in hospital."""
        if not ids:
            return frozenset()
        return planning.ended(self.care_file, ids, self.job.session.today)

    def _index(self, one: OnFile) -> None:
        for key in one.numbers:
            if one not in self.by_number[key]:
                self.by_number[key].append(one)
        for name in one.name_keys:
            if one not in self.by_name[name]:
                self.by_name[name].append(one)

    def _take(self, row: RosterRow) -> None:
        try:
            known = namesakes.whose(row.person, self.by_number, self.by_name)
        except namesakes.UnclearError as refusal:
            self._reject(row, str(refusal))
            return
        said = []
        if row.left_out:
            self.left_out.update(row.left_out)
            said.append(f"left out, cannot be read: {', '.join(row.left_out)}")
        if known is None:
            known, outcome = self._add(row.person, said), RowOutcome.NEW
        else:
            changed = self._update(known, row.person, said)
            outcome = RowOutcome.UPDATED if changed else RowOutcome.UNCHANGED
            if changed:
                said.insert(0, f"changed: {', '.join(dict.fromkeys(changed))}")
        self._say_again(known, row.line)
        self._index(known)
        self._note(row, outcome, known, "; ".join(said))

    def _say_again(self, one: OnFile, line: int) -> None:
        """Two rows of one roster that are taken for one person: only she knows if they are."""
        before = self.told_on.setdefault(one.patient_id, line)
        if before != line:
            self.told_twice.append(f"line {line} as line {before} ({one.id})")

    # what it says

    def _add(self, person: PatientRecord, said: list[str]) -> OnFile:
        one = OnFile(self.next_id, roster.columns_of(person))
        self.next_id += 1
        self.changes.added[one.patient_id] = one
        if person.birth_date is None:
            self.without_birth_date += 1
            said.append("kept without a birth date")
        self._add_lists(one, person, said)
        self._set_stand(one, (person.status or self.status, person.close_reason))
        one.told_stand = (person.status, person.close_reason) if person.status else None
        if person.tier is not None:
            self._set_tier(one, person)
        return one

    def _update(self, one: OnFile, person: PatientRecord, said: list[str]) -> list[str]:
        """Let what the row says win; returns in words what has changed."""
        changed = []
        # The row of a duplicate that was merged must not change who it is
        kept = _IDENTITY if name_key(person)[:2] in one.once_named else ()
        for column, value in roster.columns_of(person).items():
            before = one.columns[column]
            if column in kept:
                continue
            if value and value != before and _says_more(column, value, before):
                one.columns[column] = value
                changed.append("name" if column in _NAME_PARTS else column.replace("_", " "))
        if changed and one.patient_id not in self.changes.added:
            self.changes.changed[one.patient_id] = one
        changed += self._add_lists(one, person, said)
        stand, why = _new_stand(one, person, ended=one.patient_id in self.ended)
        if stand is not None:
            self._set_stand(one, stand)
            changed.append("status")
        elif why:
            self.stood += 1
            said.append(why)
        if person.tier not in {None, one.tier, one.told_tier}:
            self._set_tier(one, person)
            changed.append("tier")
        return changed

    def _add_lists(self, one: OnFile, person: PatientRecord, said: list[str]) -> list[str]:
        """Add the numbers, phones and conditions that are not on file; returns what was added."""
        added = []
        for identifier in person.identifiers:
            key = number_key(identifier)
            if key in one.numbers:
                continue
            if identifier.issuer == ROSTER and self.by_number.get(key):
                said.append(
                    f"{self._heading('patient_id')} left out, {self.by_number[key][0].id} has it"
                )
                continue
            one.numbers[key] = identifier.value
            self.changes.numbers.append(
                (one.patient_id, identifier.issuer, identifier.value, key[1])
            )
            added.append("record number" if identifier.issuer != MEMBER else "member number")
        added += self._add_phones(one, person)
        for code in person.conditions:
            if code not in one.conditions:
                one.conditions.add(code)
                self.changes.conditions.append((one.patient_id, code))
                added.append("conditions")
        return added

    def _add_phones(self, one: OnFile, person: PatientRecord) -> list[str]:
        """A new number comes where the roster puts it: before those that it does not name."""
        before = {phone_key(number) for number in one.phones}
        told = {phone_key(number): number for number in person.phones}
        if not told.keys() - before:
            return []
        rest = [number for number in one.phones if phone_key(number) not in told]
        one.phones = [*told.values(), *rest]
        for place, number in enumerate(one.phones, start=1):
            key = phone_key(number)
            if key in before:
                self.changes.places.append((place, one.patient_id, key))
            else:
                self.changes.phones.append((one.patient_id, number, key, place))
        return ["phone"]

    def _set_stand(self, one: OnFile, stand: Stand) -> None:
        if stand != one.stand:
            status, reason = stand
            self.changes.statuses.append(
                (one.patient_id, self.on, status.value, reason.value if reason else None)
            )
        one.stand = one.told_stand = stand

    def _set_tier(self, one: OnFile, person: PatientRecord) -> None:
        if person.tier is not None:
            one.tier = one.told_tier = person.tier
            self.changes.tiers.append((one.patient_id, self.on, person.tier.value))

    # what is said of it

    def _note(self, row: RosterRow, outcome: RowOutcome, one: OnFile, reason: str) -> None:
        account, mrn = self.job.account, None
        if account.keep_rows and not self.job.session.mask:
            mrn = next(
                (number for (whose, _), number in one.numbers.items() if whose == PRACTICE), None
            )
        account.note(row.line, row.record, outcome, reason=reason, patient=one.id, mrn=mrn)

    def _reject(self, row: RosterRow, reason: str) -> None:
        columns = self.job.layout.columns
        field = next((one for one in ("mrn", "patient_id", "name", "last") if one in columns), "")
        cell = row.cells[columns[field]].strip() if field else ""
        self.job.account.reject(
            Rejected(row.line, row.record, self._heading(field), cell, reason, tuple(row.cells)),
            **_NOBODY,
        )

    def _heading(self, field: str) -> str:
        column = self.job.layout.columns.get(field)
        return "" if column is None else self.job.layout.header[column]

    def _say(self) -> None:
        """Decide anew about stays that wait, now that more people are known; and sum up."""
        account = self.job.account
        linked = []
        if account.outcomes[RowOutcome.NEW] or account.outcomes[RowOutcome.UPDATED]:
            linked = links.link_waiting(self.care_file)
        account.more["stays_linked"] = len(linked)
        if linked:
            stays = "1 waiting stay" if len(linked) == 1 else f"{len(linked)} waiting stays"
            account.said.append(f"{stays} linked")
        if self.told_twice:
            count = len(self.told_twice)
            rest = f" and {count - _TOLD} more" if count > _TOLD else ""
            rows = "1 row tells" if count == 1 else f"{count} rows tell"
            told = ", ".join(self.told_twice[:_TOLD])
            account.said.append(f"{rows} of somebody told of before: {told}{rest}")
        if self.without_birth_date:
            account.said.append(f"{self.without_birth_date} kept without a birth date")
        if self.left_out:
            cells = ", ".join(
                f"{count} {heading}" for heading, count in self.left_out.most_common()
            )
            account.said.append(f"cells left out that cannot be read: {cells}")
        if self.stood:
            account.said.append(f"{self.stood} keep their status; --json --rows says why")


def _says_more(column: str, value: str, before: str | None) -> bool:
    """Is this new, or only less of the same: capitals, an initial, a town without the street?"""
    new, old = fold(value), fold(before or "")
    if not old:
        return True
    if new == old:
        return value not in {value.upper(), value.lower()}
    if column == "middle_name" and len(new) == 1:
        return not old.startswith(new)
    if column == "address":
        return not old.endswith(new)
    return not (column == "sex" and value == Sex.U)


def _new_stand(one: OnFile, person: PatientRecord, *, ended: bool) -> tuple[Stand | None, str]:
    """The status that the row sets for somebody on file, if any; else why it does not.

    Only a status that differs from what the roster said before says anything. Then a closing and a
    death count, and being active counts unless care has ended or was put on hold by hand.
    """
    told: Stand | None = (person.status, person.close_reason) if person.status else None
    closed = one.stand[0] == Status.CLOSED
    if told is None or told == one.stand:
        return None, ""
    if closed and told == (Status.CLOSED, CloseReason.OTHER):
        return None, ""
    why = f"stays {stand_words(one.stand)}, the roster says {stand_words(told)}"
    if told == one.told_stand:
        return None, f"{why} as before"
    status, reason = told
    if status == Status.CLOSED:
        counts = not closed or reason == CloseReason.DECEASED
    elif status == Status.ACTIVE:
        held = one.stand[0] == Status.ON_HOLD and one.told_stand != one.stand
        counts = not (closed or ended or held)
        why = "stays closed, the roster says active" if ended and not closed else why
    else:
        counts = False
    return (told, "") if counts else (None, why)
