"""Two files of one export, stays and people, as one list: joined by the number that both have.

Research and payer extracts (Synthea, MIMIC) keep names and birth dates in a file of their own.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Final

from caretool.errors import FileError
from caretool.intake.headers import is_blank
from caretool.intake.layout import fold_header

if TYPE_CHECKING:
    from collections.abc import Iterator

    from caretool.intake.listing import Listing, Row

_SAMPLE: Final = 2_000
_MOSTLY: Final = 0.9
MAX_PEOPLE: Final = 1_000_000
_KEY_HEADING: Final = "Person key"


@dataclass(frozen=True)
class Joined:
    """A list of stays whose rows are continued by those of the people."""

    stays: Listing
    header: tuple[str, ...]
    _key_at: int
    _people: dict[str, list[str]]
    _width: int

    @property
    def name(self) -> str:
        """The name of the file of stays."""
        return self.stays.name

    @property
    def format(self) -> str:
        """As the file of stays."""
        return self.stays.format

    @property
    def header_line(self) -> int:
        """As the file of stays."""
        return self.stays.header_line

    @property
    def titles(self) -> tuple[str, ...]:
        """As the file of stays."""
        return self.stays.titles

    @property
    def delimiter(self) -> str:
        """As the file of stays."""
        return self.stays.delimiter

    @property
    def encoding(self) -> str:
        """As the file of stays."""
        return self.stays.encoding

    @property
    def sha256(self) -> str:
        """As the file of stays."""
        return self.stays.sha256

    def __iter__(self) -> Iterator[Row]:
        """Each stay with what the other file says of its person; empty cells for nobody."""
        width = len(self.stays.header)
        nothing = [""] * self._width
        for line, record, cells in self.stays:
            own = cells[:width] + [""] * (width - len(cells))
            yield line, record, own + self._people.get(_key(own[self._key_at]), nothing)


def joined(stays: Listing, people: Listing) -> Joined:
    """The two lists as one.

    The key is the pair of columns of which nearly all values of the first are found in the second,
    where each stands once.

    Raises:
        FileError: no such pair, or more than one; too many people.
    """
    rows = [cells for _, _, cells in islice(people, MAX_PEOPLE + 1) if not is_blank(cells)]
    if len(rows) > MAX_PEOPLE:
        message = f"{people.name} has more than {MAX_PEOPLE:,} people"
        raise FileError(message, "leave out those who are not on the list of stays")
    pairs = _pairs(stays, rows, len(people.header))
    if len(pairs) != 1:
        how = "no column" if not pairs else "more than one column"
        message = f"{stays.name} and {people.name} have {how} by which they could be joined"
        raise FileError(message, "the people's file has each person once, under an id")
    key_at, their_key = pairs[0]
    kept = [at for at in range(len(people.header)) if at != their_key]
    by_key = {
        _key(cells[their_key]): [cells[at] if at < len(cells) else "" for at in kept]
        for cells in rows
        if their_key < len(cells)
    }
    own = list(stays.header)
    # `PATIENT` would be taken for a name; the visit's `Id` is one only beside the person's
    own[key_at] = own[key_at] if _is_number(own[key_at]) else _KEY_HEADING
    own = ["Encounter ID" if fold_header(text) == "id" else text for text in own]
    header = (*own, *(people.header[at] for at in kept))
    return Joined(stays, header, key_at, by_key, len(kept))


def _pairs(stays: Listing, people: list[list[str]], width: int) -> list[tuple[int, int]]:
    unique: dict[int, set[str]] = {}
    for at in range(width):
        texts = [_key(cells[at]) for cells in people if at < len(cells) and cells[at].strip()]
        if len(texts) == len(people) and len(set(texts)) == len(texts) and texts:
            unique[at] = set(texts)
    found = []
    sample = [cells for _, _, cells in islice(stays, _SAMPLE)]
    for own in range(len(stays.header)):
        texts = [_key(cells[own]) for cells in sample if own < len(cells) and cells[own].strip()]
        for theirs, known in unique.items():
            if texts and sum(text in known for text in texts) >= _MOSTLY * len(texts):
                found.append((own, theirs))
    return found


def _key(text: str) -> str:
    return text.strip().casefold()


def _is_number(heading: str) -> bool:
    """Is it a record number (`subject_id`) that says more than which row belongs to which?"""
    return fold_header(heading) not in {"patient", "person", "member"}
