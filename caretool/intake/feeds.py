"""What the feeds of messages (HL7 v2) and resources (FHIR) share: one header, and its cells.

Each message becomes one row under `HEADER`, as if it stood in a list: from there on the layout, the
dates, the dispositions, the rejects file and the accounting are those of lists.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Final, NamedTuple

from caretool.intake import person_names
from caretool.rules import read_rules

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from caretool.intake.blobs import Blob
    from caretool.intake.listing import Row

HEADER: Final = (
    "Message Date Time", "Event", "Facility Name", "Visit Number", "MRN", "Practice MRN",
    "Member ID", "Last Name", "First Name", "Middle Name", "Suffix", "Other Last Name",
    "Date of Birth", "Sex", "Street Address", "Zip", "Phone", "Patient Class", "Admit Date/Time",
    "Discharge Date/Time", "Discharge Disposition", "Primary Diagnosis", "Diagnosis Code",
    "Date of Death", "Death Indicator", "Prior MRN",
)  # fmt: skip

UNREADABLE: Final = "unreadable"
"""The event of a record that is no message: nothing else of its row is filled."""

_YEARS: Final = (1850, 2200)
_STAMP: Final = re.compile(r"(\d{4})(\d\d)(\d\d) ?(\d*)(?:\.\d*)? *(Z|[+-] ?\d\d:?\d\d)?", re.ASCII)
_ISO: Final = re.compile(
    r"(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d(?::\d\d)?)(?:[.,]\d+)? *(Z|[+-]\d\d(?::?\d\d)?)?",
    re.ASCII | re.IGNORECASE,
)
_NO_DAY: Final = re.compile(r"\d{4}(?:-?\d\d)?", re.ASCII)
_LIKE_SSN: Final = re.compile(r"\d{3}-\d\d-\d{4}", re.ASCII)
_CONTROLS: Final = re.compile("[\x00-\x1f\x7f-\x9f]+")
_OTHER_CODES: Final = re.compile(r"SCT|SNM|SNOMED|ICD-?9|I9|.*/SCT$|.*ICD-9", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Feed:
    """A `Listing` of messages; `records` gives their rows, from the first on each time."""

    blob: Blob
    format: str
    encoding: str
    records: Callable[[], Iterator[Row]]
    header: tuple[str, ...] = HEADER
    header_line: int = 1
    titles: tuple[str, ...] = ()
    delimiter: str = ""

    @property
    def name(self) -> str:
        """How messages call the file."""
        return self.blob.name

    @property
    def sha256(self) -> str:
        """Hash of the whole file."""
        return self.blob.sha256

    def __iter__(self) -> Iterator[Row]:
        """Line, number and cells of each message. Raises FileError when it cannot be read."""
        return self.records()


class Number(NamedTuple):
    """An identifier of a patient: its text, its kinds (HL7 table 0203), its issuer's names."""

    text: str
    kinds: frozenset[str] = frozenset()
    issuers: frozenset[str] = frozenset()


def as_cells(said: dict[str, str]) -> list[str]:
    """What a message says, by heading, as the cells of its row: each on one line."""
    return [_one_line(said.get(heading, "")) for heading in HEADER]


def _one_line(text: str) -> str:
    if not text.isprintable():
        text = _CONTROLS.sub(" ", text.encode("utf-8", "ignore").decode("utf-8"))
    return " ".join(text.split())


def moment(text: str) -> str:
    """A moment as ISO text, on the clock of the sender; anything else as it stands.

    HL7 writes 8 to 24 digits, FHIR ISO text. An offset is not applied, it is left out: a discharge
    at 23:50 stays on its date. Only of a moment in UTC the zone is kept (`2026-11-15T03:50:00Z`),
    for there the sender's clock is not known.
    """
    text = text.strip()
    if match := _ISO.fullmatch(text):
        return f"{match[1]}T{match[2]}{_zone(match[3])}"
    match = _STAMP.fullmatch(text)
    day = _day(*match.group(1, 2, 3)) if match else ""
    if not match or not day:
        return text
    clock = [match[4][start : start + 2] for start in (0, 2, 4)]
    clock = [part for part in clock if len(part) == 2]
    if not clock:
        return day
    return f"{day}T{':'.join(clock if len(clock) > 1 else (*clock, '00'))}{_zone(match[5])}"


def birth(text: str) -> str:
    """A date of birth as ISO text; anything else as it stands.

    Eight digits count, whatever follows them (a time, a zone, a stray digit). A year or a month
    alone, which HL7 and FHIR allow, is no date of birth: empty.
    """
    text = text.strip()
    if _NO_DAY.fullmatch(text):
        return ""
    if _ISO.fullmatch(text):
        return text[:10]
    head = text[:8]
    digits = head.isascii() and head.isdecimal() and len(head) == len("19521231")
    return (digits and _day(head[:4], head[4:6], head[6:])) or text


def _day(year: str, month: str, day: str) -> str:
    try:
        found = date(int(year), int(month), int(day))
    except ValueError:
        return ""
    return found.isoformat() if _YEARS[0] <= found.year < _YEARS[1] else ""


def _zone(offset: str | None) -> str:
    return "Z" if offset and not offset.strip("Zz+-: 0") else ""


def numbers(found: Iterable[Number], ours: frozenset[str] = frozenset()) -> dict[str, str]:
    """Which of a patient's identifiers is the sender's, which the practice's, which the plan's?

    Args:
        found: all of them, in the order of the message.
        ours: how the message calls its receiver; an identifier that the receiver has issued is the
            practice's own. Empty where a message does not say.
    """
    known = read_rules("feeds.toml")["identifier"]
    records: list[tuple[int, str]] = []
    said: dict[str, str] = {}
    for one in found:
        kinds = {kind.upper() for kind in one.kinds}
        if not one.text or not kinds.isdisjoint(known["never"]) or _LIKE_SSN.fullmatch(one.text):
            continue
        if _from(one.issuers, known["never_from"]):
            continue
        if not kinds.isdisjoint(known["member"]) or _from(one.issuers, known["member_from"]):
            said.setdefault("Member ID", one.text)
        elif not ours.isdisjoint(one.issuers):
            said.setdefault("Practice MRN", one.text)
        else:
            ranks = (rank for rank, kind in enumerate(known["record"]) if kind in kinds)
            records.append((next(ranks, len(known["record"])), one.text))
    if records:
        said["MRN"] = min(records, key=lambda record: record[0])[1]
    return said


def _from(issuers: frozenset[str], known: Iterable[str]) -> bool:
    return any(re.split(r"[/:]", issuer)[-1].upper() in known for issuer in issuers)


def whole_name(text: str) -> dict[str, str]:
    """A whole name that stands in one field, as last, first, middle name and suffix."""
    try:
        name = person_names.split_name(_one_line(text))
    except ValueError:
        return {}
    headings = ("Last Name", "First Name", "Middle Name", "Suffix")
    return dict(zip(headings, name, strict=True))


def is_icd10(system: str) -> bool:
    """May a code of this system be ICD-10? SNOMED CT and ICD-9 are not, and look alike."""
    return not _OTHER_CODES.match(system)
