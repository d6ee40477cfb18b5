"""The rows of a fills file become fills of patients on file: new, completed, taken back, or none.

A pharmacy's file is mostly about people who are no patients of ours; their rows are passed over,
also the faulty ones. Importing the same file again changes nothing, and neither the order of rows
nor that of files decides which fills count.
"""

from __future__ import annotations

from collections import Counter
from datetime import date
from functools import lru_cache
from itertools import islice
from typing import TYPE_CHECKING, Any

from caretool.in_vain import InVain
from caretool.intake.fills import BadFill, FillRow, ReversalRow, Who, read_fills
from caretool.intake.rows import Rejected, Skipped
from caretool.intake.unknown_words import UnknownWords
from caretool.model import RowOutcome
from caretool.names import drug_key
from caretool.overlaps import Copies, Met, Overlap
from caretool.owners import Owner, Register
from caretool.refusals import Refusals
from caretool.same_fill import is_ndc_name
from caretool.store import fills, links, patients, products, reversals, runs
from caretool.store.fills import OnFile

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from caretool.db import CareFile
    from caretool.importing import Job
    from caretool.model import Product
    from caretool.overlaps import Asked
    from caretool.store.reversals import Key

# Rows are taken in by the thousand: one look-up of their keys, one insert, one update
_CHUNK = 10_000
_REMEMBERED = 1 << 17
_NOBODY = Owner()
_NOTHING: dict[str, Any] = {
    "patient": None, "mrn": None, "drug": None, "filled_on": None, "days_supply": None,
}  # fmt: skip
AboutSomebody = FillRow | ReversalRow | BadFill
AnyRow = AboutSomebody | Skipped | Rejected


Placed = tuple[AnyRow, Owner, "Key | None", int]
"""A row with whose it is and, if it is a fill of a patient on file, which one and which copy."""


class Dispensing:
    """Takes the fills of one file into the care file."""

    def __init__(self, care_file: CareFile, job: Job, skipped: Counter[str]) -> None:
        self.care_file = care_file
        self.job = job
        self.skipped = skipped
        """Reasons why rows were passed over, counted for the words at the end."""
        people = links.everybody(care_file)
        self.register = Register(
            people, lambda: links.roster(care_file, known=people), job.source.sender
        )
        self.owners: dict[Who, Owner] = {}
        self.numbers = patients.practice_numbers(care_file) if job.account.keep_rows else {}
        self.products = products.every(care_file)
        self.ids = {product: number for number, product in self.products.items()}
        self.iso = lru_cache(maxsize=None)(date.isoformat)
        self.with_fills = fills.who_has_any(care_file)
        self.told_at = runs.moments(care_file)
        # How often each fill has stood in this file. Nearly all of them stand there once: of
        # those only a hash is kept, so that a million of them fit in memory.
        self.seen: set[int] = set()
        self.repeats: Counter[int] = Counter()
        self.taken = reversals.told_by(care_file, job.told_at)
        self.taking: Counter[Key] = Counter()
        self.refusals = Refusals(care_file, job)
        # Reversals: their fill may stand further down, so they are settled at the end
        self.open: list[tuple[ReversalRow, int]] = []
        self.said = InVain()
        self.unknown = UnknownWords("claim state", "such a row counts as a fill")
        # What waits to be written down, and to be noted
        self.changed: list[tuple[Product, OnFile]] = []
        self.overlap = Overlap(job.run_id, self._times)
        # Rows that may be one of several fills on file: which one is told by the whole list
        self.waiting: list[Placed] = []
        self.taken_now: list[Key] = []
        self.noted: list[runs.Noted] = []

    def take_in(self) -> None:
        """Read the whole file; every record ends in one outcome of the job's account."""
        rows = read_fills(self.job.listing, self.job.layout, self.job.session.today, self.unknown)
        while chunk := list(islice(rows, _CHUNK)):
            self._take(list(self._placed(chunk)))
        self._take(self.waiting, last=True)
        self._settle()
        self.job.account.in_order()
        self._say()

    def _placed(self, rows: Iterable[AnyRow]) -> Iterator[Placed]:
        owners, seen, repeats = self.owners, self.seen, self.repeats
        for row in rows:
            if isinstance(row, (Skipped, Rejected)):
                yield row, _NOBODY, None, 0
                continue
            owner = owners.get(row.who) or self._owner(row.who)
            if owner.patient_id is None or not isinstance(row, FillRow):
                yield row, owner, None, 0
                continue
            key = self._key(row, owner.patient_id, row.days_supply)
            mark, copy = hash(key), 1
            if mark in seen:
                repeats[mark] += 1
                copy += repeats[mark]
            else:
                seen.add(mark)
            yield row, owner, key, copy

    def _owner(self, who: Who) -> Owner:
        if len(self.owners) >= _REMEMBERED:
            self.owners.clear()
        owner = self.owners[who] = self.register.owner(who)
        return owner

    def _key(self, row: FillRow | ReversalRow, patient_id: int, days: int) -> Key:
        return patient_id, drug_key(row.product.name), self.iso(row.filled_on), days

    def _times(self, key: Key) -> int:
        """How often a fill has stood in this file so far."""
        mark = hash(key)
        return (mark in self.seen) + self.repeats[mark]

    def _take(self, chunk: list[Placed], *, last: bool = False) -> None:
        """Take in some rows: look their fills up, note each, then add and change all at once."""
        known = self._on_file(chunk)
        self._learn(row.product for row, _, key, _ in chunk if key and isinstance(row, FillRow))
        met = self._met(chunk, known, last=last)
        copies = Copies(known)
        added: list[tuple[Any, ...]] = []
        ids, run_id = self.ids, self.job.run_id
        for placed in chunk:
            row, owner, key, copy = placed
            if key is None or not isinstance(row, FillRow):
                self._pass_over(row, owner)
                continue
            patient_id, _, on, days = key
            if before := met.by_name.get((key, copy)):
                self._note(row, self._completed(row, before), owner)
            elif before := met.otherwise.get((key, copy)):
                self._note(row, self._completed_otherwise(row, before, key, copies), owner)
            elif (key, copy) in met.waiting:
                self.waiting.append(placed)
                continue
            else:
                number = copies.free(key, copy)
                added.append((patient_id, ids[row.product], on, days, number, row.quantity, run_id))
                self._note(row, RowOutcome.NEW, owner)
            self.refusals.corrected(row, patient_id)
        # One patient's fills stand together, so that the index grows in few places
        added.sort()
        fills.add_all(self.care_file, added)
        self._write()

    def _met(self, chunk: list[Placed], known: dict[Asked, OnFile], *, last: bool) -> Met:
        """Which fills on file the rows are; none where nothing is on file on their days."""
        if not known:
            return Met({}, {}, set())
        asked = (
            (key, copy, row.product)
            for row, _, key, copy in chunk
            if key and isinstance(row, FillRow)
        )
        return self.overlap.meet(asked, known, self.products, last=last)

    def _on_file(self, chunk: Iterable[Placed]) -> dict[tuple[Key, int], OnFile]:
        """The fills on file on the days of these rows."""
        days = {(key[0], key[2]) for _, _, key, _ in chunk if key and key[0] in self.with_fills}
        if not days:
            return {}
        names = {number: drug_key(product.name) for number, product in self.products.items()}
        return fills.on_days(self.care_file, days, names)

    def _learn(self, said: Iterable[Product]) -> None:
        """Give those products an id that have none yet."""
        new = {product for product in said if product not in self.ids}
        if new:
            for product, number in products.ids(self.care_file, sorted(new)).items():
                self.ids[product], self.products[number] = number, product

    def _completed(self, row: FillRow, before: OnFile) -> RowOutcome:
        """Add to a fill on file what the row says of it: the later list wins, none blanks."""
        product, quantity = self.products[before.product_id], before.quantity
        told_before, told_now = self.told_at[before.run_id], self.job.told_at
        if row.product == product and row.quantity == quantity and told_now <= told_before:
            return RowOutcome.UNCHANGED  # most of an overlapping list
        if told_now < told_before:
            now = products.completed(row.product, product)._replace(name=product.name)
            amount = quantity or row.quantity
        else:
            now = products.completed(product, row.product)._replace(name=row.product.name)
            amount = row.quantity or quantity
        same = now[1:] == product[1:] and amount == quantity  # the name, but for capitals
        return self._tell(before, now, amount, changed=not same)

    def _completed_otherwise(
        self, row: FillRow, before: OnFile, key: Key, copies: Copies
    ) -> RowOutcome:
        """Add to a fill on file what a row says that calls it otherwise: only what was not told.

        So neither of two lists that come in turn undoes what the other one says.
        """
        product = self.products[before.product_id]
        now = products.completed(row.product, product)._replace(name=product.name)
        amount = before.quantity or row.quantity
        if is_ndc_name(product.name) and not is_ndc_name(row.product.name):
            now = now._replace(name=row.product.name)
            before = before._replace(copy=copies.free(key, 1))
        changed = now != product or amount != before.quantity
        return self._tell(before, now, amount, changed=changed)

    def _tell(
        self, before: OnFile, now: Product, amount: str | None, *, changed: bool
    ) -> RowOutcome:
        """Note what is told of a fill on file, and by which list last."""
        later = self.job.told_at > self.told_at[before.run_id]
        run_id = self.job.run_id if later else before.run_id
        if changed or later or now != self.products[before.product_id]:
            self.changed.append((now, before._replace(quantity=amount, run_id=run_id)))
        return RowOutcome.UPDATED if changed else RowOutcome.UNCHANGED

    def _write(self) -> None:
        """Write down what has changed since the last time, and what was noted."""
        self._learn(product for product, _ in self.changed)
        fills.repoint_all(
            self.care_file,
            (told._replace(product_id=self.ids[now]) for now, told in self.changed),
        )
        reversals.add_all(self.care_file, self.taken_now, self.job.run_id)
        self.refusals.keep()
        self.changed.clear()
        self.taken_now.clear()
        self._note_waiting()

    def _pass_over(self, row: AnyRow, owner: Owner) -> None:
        """Note a row that becomes no fill: it takes one back, is skipped, or is rejected."""
        if isinstance(row, Rejected):
            self._reject(row, None)
        elif isinstance(row, Skipped):
            self._skip(row.line, row.record, row.reason)
        elif owner.patient_id is None:
            self._pass_over_nobodys(row, owner)
        elif isinstance(row, BadFill):
            if row.is_fill:
                self.refusals.note(row, owner.patient_id)
            self._reject(row.rejected, owner.patient_id)
        elif isinstance(row, ReversalRow):
            self.open.append((row._replace(cells=[]), owner.patient_id))

    def _pass_over_nobodys(self, row: AboutSomebody, owner: Owner) -> None:
        line, record, cells = _where(row)
        if not owner.fault:
            self._skip(line, record, owner.reason)
            return
        layout = self.job.layout
        position = layout.columns.get(owner.fault, layout.columns.get("last"))
        column = "" if position is None else layout.header[position]
        value = "" if position is None else cells[position].strip()
        self._reject(Rejected(line, record, column, value, owner.reason, tuple(cells)), None)

    def _settle(self) -> None:
        """Take back what the reversals mean, then note of each whether there was such a fill."""
        taken = []
        for row, patient_id in self.open:
            key = self._meant(row, patient_id)
            if key is not None:
                taken.append((row, key, self._take_back(key)))
            elif row.otherwise is not None:
                self._reject(row.otherwise, patient_id)
        self._write()
        if taken:
            self.said = InVain(*reversals.in_vain(self.care_file, self.job.told_at))
        # Of those alike the last ones are those for which no fill is left
        for row, key, outcome in reversed(taken):
            self._note(row, outcome, Owner(key[0], self.said.why(row.line, key)))
        self._note_waiting()

    def _meant(self, row: ReversalRow, patient_id: int) -> Key | None:
        """The fill that a reversal names; if it says too little, the one fill that is there."""
        if row.otherwise is None and row.days_supply is not None:
            return self._key(row, patient_id, row.days_supply)
        on = row.filled_on.isoformat()
        found = fills.supplies_on(self.care_file, patient_id, row.product, on)
        if row.days_supply is not None:
            found = {key for key in found if key[3] == row.days_supply}
        return found.pop() if len(found) == 1 else None

    def _take_back(self, key: Key) -> RowOutcome:
        """Take a fill back; the same list again says nothing new."""
        self.taking[key] += 1
        if self.taking[key] <= self.taken[key]:
            return RowOutcome.UNCHANGED
        self.taken_now.append(key)
        return RowOutcome.CANCELLED

    def _say(self) -> None:
        """Which reversals take nothing back, and which words of claims are not known."""
        account = self.job.account
        account.more["reversals_without_fill"] = len(self.said.lone)
        account.more["reversals_without_effect"] = len(self.said.older)
        counted = dict(self.unknown.counted)
        account.more["unknown_words"] = {"claim_state": counted} if counted else {}
        account.said += [*self.said.words(), *self.unknown.said()]

    def _reject(self, row: Rejected, patient_id: int | None) -> None:
        self._note_waiting()
        self.job.account.reject(row, **self._details(patient_id))

    def _skip(self, line: int, record: int, reason: str) -> None:
        self.skipped[reason] += 1
        if self.job.account.keep_rows:
            self.job.account.note(line, record, RowOutcome.SKIPPED, reason=reason, **_NOTHING)
        else:
            self.noted.append((line, record, RowOutcome.SKIPPED, "", 0, reason))

    def _note(self, row: FillRow | ReversalRow, outcome: RowOutcome, owner: Owner) -> None:
        if not self.job.account.keep_rows:
            reason = owner.reason if isinstance(row, ReversalRow) else ""
            self.noted.append((row.line, row.record, outcome, "", 0, reason))
            return
        details = self._details(owner.patient_id)
        details.update(drug=row.product.name, filled_on=row.filled_on, days_supply=row.days_supply)
        self.job.account.note(row.line, row.record, outcome, reason=owner.reason, **details)

    def _note_waiting(self) -> None:
        """Hand over what was noted; a million notes are handed over by the thousand."""
        if self.noted:
            self.job.account.note_all(self.noted)
            self.noted.clear()

    def _details(self, patient_id: int | None) -> dict[str, Any]:
        """What a record of `--rows` shows of whose it is."""
        if patient_id is None:
            return _NOTHING
        number = None if self.job.session.mask else self.numbers.get(patient_id)
        return {**_NOTHING, "patient": f"P{patient_id}", "mrn": number}


def _where(row: AboutSomebody) -> tuple[int, int, Sequence[str]]:
    if isinstance(row, BadFill):
        return row.rejected.line, row.rejected.record, row.rejected.cells
    return row.line, row.record, row.cells
