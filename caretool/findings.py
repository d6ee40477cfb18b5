"""What `check` finds: what is wrong, how grave that is, and which command mends it."""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple


class Severity(StrEnum):
    """How grave a finding is; the gravest first."""

    DAMAGE = "damage"
    """The file cannot be relied on: it is damaged, or was changed outside caretool."""
    RISK = "risk"
    """The file is whole; its safety is not what it should be."""
    CARE = "care"
    """What the file says of the care wants mending."""


class Finding(NamedTuple):
    """One thing that is wrong."""

    severity: Severity
    kind: str
    what: str
    """In words, with ids and days; never a name or a value."""
    fix: str
    """What to type to mend it."""
    patient: int | None = None
    """The number of the id of the patient whom it is about, if it is about one."""
