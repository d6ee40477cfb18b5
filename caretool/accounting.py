"""What became of the records of one file: each ends in exactly one outcome, and they add up."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from operator import attrgetter, itemgetter
from typing import TYPE_CHECKING, Any

from caretool.intake.sources import sender_from
from caretool.model import PRACTICE, Link, RowOutcome
from caretool.store import runs, stays

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import date

    from caretool.db import CareFile
    from caretool.importing import Job
    from caretool.intake.rows import Rejected

# How many rejected rows are kept in memory; a file with more is not what it was taken for
MOST_REJECTED = 100_000
MOST_SEEN = 50_000
"""Of how many stays it is remembered that the file tells of them."""
# Of two lists of one sender that cover the same days at least this share of the stays is in both
_OVERLAP, _FEW = 0.8, 5


# How many records are noted before they are kept, so that memory stays constant
_CHUNK = 2000


def _nothing(records: int, total: int) -> None:
    """Tell nobody how far the import is."""


def _forget(noted: list[runs.Noted]) -> None:
    """Keep nothing, where there is no care file."""


@dataclass(slots=True)
class Account:
    """The outcomes of one file's records, as they come."""

    keep_rows: bool = False
    with_links: bool = True
    records: int = 0
    outcomes: Counter[str] = field(default_factory=Counter)
    links: Counter[str] = field(default_factory=Counter)
    rejected: list[Rejected] = field(default_factory=list)
    rows: list[dict[str, Any]] = field(default_factory=list)
    said: list[str] = field(default_factory=list)
    """What else people are told about the file."""
    more: dict[str, Any] = field(default_factory=dict)
    """What else scripts get in its report."""
    stays_seen: set[int] = field(default_factory=set)
    """The stays of which the file tells, as long as they are few."""
    first_day: date | None = None
    last_day: date | None = None
    """The first and last discharge that the file tells of."""
    total: int = 0
    """How many records the file has, as far as the first reading could tell."""
    keep: Callable[[list[runs.Noted]], None] = _forget
    """Keeps what became of the records noted last."""
    advance: Callable[[int, int], None] = _nothing
    """Told now and then how many records of how many have been read."""
    _noted: list[runs.Noted] = field(default_factory=list)

    def note(
        self,
        line: int,
        record: int,
        outcome: RowOutcome,
        *,
        link: Link | None = None,
        stay_id: int = 0,
        reason: str = "",
        **details: Any,  # noqa: ANN401 - what a row of `--rows` shows
    ) -> None:
        """Note the one outcome of one record."""
        self.records += 1
        self.outcomes[outcome] += 1
        if link is not None:
            self.links[link] += 1
        linked = link.value if link else ""
        self._noted.append((line, record, outcome.value, linked, stay_id, reason))
        if len(self._noted) >= _CHUNK:
            self.flush()
        if self.keep_rows:
            self.rows.append(
                {
                    "line": line,
                    "record": record,
                    "outcome": outcome,
                    **({"link": link} if self.with_links else {}),
                    **details,
                    "reason": reason or None,
                }
            )

    def note_all(self, noted: Sequence[runs.Noted]) -> None:
        """Note many records that belong to no stay at once; only where no rows are kept."""
        self.records += len(noted)
        self.outcomes.update(map(itemgetter(2), noted))
        self._noted += noted
        if len(self._noted) >= _CHUNK:
            self.flush()

    def reject(self, row: Rejected, **details: Any) -> None:  # noqa: ANN401
        """Note a record that cannot be used."""
        if len(self.rejected) < MOST_REJECTED:
            self.rejected.append(row)
        where = f"{row.column}: " if row.column else ""
        self.note(
            row.line, row.record, RowOutcome.REJECTED, reason=f"{where}{row.reason}", **details
        )

    def in_order(self) -> None:
        """Put records that could only be settled at the end where they stand in the file."""
        self.rejected.sort(key=attrgetter("record"))
        self.rows.sort(key=itemgetter("record"))

    def tells_of(self, stay_id: int, left: date | None) -> None:
        """Note that a record tells of this stay."""
        if len(self.stays_seen) <= MOST_SEEN:
            self.stays_seen.add(stay_id)
        if left is not None:
            self.first_day = min(self.first_day or left, left)
            self.last_day = max(self.last_day or left, left)

    def flush(self) -> None:
        """Keep what came of the records since the last time, and say how far it is."""
        self.keep(self._noted)
        self._noted.clear()
        self.advance(self.records, self.total)


def gone(db: CareFile, job: Job, first_id: int) -> list[str]:
    """Stays of these days that earlier lists of this kind had and this one has not.

    Only where the list has nearly all of the others: then it covers the same days, and what is
    missing may have been taken back. Stays from `first_id` on came with this list.
    """
    account, source = job.account, job.source
    first, last = account.first_day, account.last_day
    if first is None or last is None or len(account.stays_seen) > MOST_SEEN:
        return []
    before = [
        one
        for one in stays.of_sender(db, source.sender, first, last)
        if one["id"] < first_id
        and (source.sender != PRACTICE or sender_from(one["file_name"]) == source.stem)
    ]
    missing = [one for one in before if one["id"] not in account.stays_seen]
    if len(before) < _FEW or len(missing) > (1 - _OVERLAP) * len(before):
        return []
    hers = [one for one in missing if one["link"] != Link.UNMATCHED and not one["cancelled"]]
    return [f"D{one['id']}" for one in hers]
