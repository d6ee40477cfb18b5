"""The words of this field: enumerations and frozen records that every layer shares.

Ranges of dates are closed at both ends everywhere ([first day, last day]). Dates are local
calendar dates; a time of day is kept only where it decides something (a call before or after
the discharge on the same day). Enumeration values equal what is stored and printed.
"""

from __future__ import annotations

from enum import StrEnum
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import date, time

    from caretool.supply_facts import ListedFact, ReportFact, SupplyFact


class Tier(StrEnum):
    """How often a patient under care management is followed up; most often first."""

    HIGH = "high"
    MODERATE = "moderate"
    LOW = "low"
    MAINTENANCE = "maintenance"


class Status(StrEnum):
    """Where a patient stands: known to the practice, under care management, paused, ended."""

    ROSTER = "roster"
    ACTIVE = "active"
    ON_HOLD = "on_hold"
    CLOSED = "closed"


TIERED = frozenset({Status.ACTIVE, Status.ON_HOLD})
"""Who has a tier: people under care management."""


class Sex(StrEnum):
    """Sex as recorded by the sender; U is unknown."""

    F = "F"
    M = "M"
    X = "X"
    U = "U"


class Channel(StrEnum):
    """How a contact is made."""

    PHONE = "phone"
    PORTAL = "portal"
    SMS = "sms"
    VIDEO = "video"
    CLINIC = "clinic"
    HOME = "home"
    FACILITY = "facility"
    LETTER = "letter"


class Party(StrEnum):
    """Who was at the other end of a contact."""

    PATIENT = "patient"
    CAREGIVER = "caregiver"
    PROVIDER = "provider"
    AGENCY = "agency"
    PHARMACY = "pharmacy"
    PAYER = "payer"
    FACILITY = "facility"
    OTHER = "other"


class Source(StrEnum):
    """How a patient came to the care manager."""

    REFERRAL = "referral"
    DISCHARGE = "discharge"
    REGISTRY = "registry"
    PAYER = "payer"
    SELF = "self"


class PatientClass(StrEnum):
    """Kind of stay, after HL7 table 0004 and the places that Medicare's transition rule names."""

    INPATIENT = "inpatient"
    OBSERVATION = "observation"
    EMERGENCY = "emergency"
    SNF = "snf"
    REHAB = "rehab"
    LTCH = "ltch"
    PSYCHIATRIC = "psychiatric"
    PARTIAL = "partial"
    AMBULATORY = "ambulatory"
    UNKNOWN = "unknown"


class Strength(StrEnum):
    """`must`: followed through until done. `should`: good care, may lapse."""

    MUST = "must"
    SHOULD = "should"


class State(StrEnum):
    """Where a due item stands on a day; decided by `schedule.state` and nowhere else."""

    UPCOMING = "upcoming"
    DUE = "due"
    OVERDUE = "overdue"
    LATE_OPEN = "late-open"


class Link(StrEnum):
    """Whether a stay belongs to a known patient."""

    LINKED = "linked"
    REVIEW = "review"
    UNMATCHED = "unmatched"


class RowOutcome(StrEnum):
    """What became of one record of an imported file; each record has exactly one."""

    NEW = "new"
    UPDATED = "updated"
    UNCHANGED = "unchanged"
    CANCELLED = "cancelled"
    SKIPPED = "skipped"
    REJECTED = "rejected"


class Decision(StrEnum):
    """What a care manager can decide by hand; kept as a dated fact with its reason."""

    HOLD = "hold"
    LIFT = "lift"
    DEFER = "defer"
    WAIVE = "waive"
    TAKE_BACK = "take_back"
    ACCEPT = "accept"
    DECLINE = "decline"
    NOT_SUITABLE = "not_suitable"
    NO_CALLS = "no_calls"
    CALLS = "calls"
    REOPEN = "reopen"


class CloseReason(StrEnum):
    """Why care management ended."""

    GRADUATED = "graduated"
    DECLINED = "declined"
    UNREACHABLE = "unable_to_reach"
    MOVED = "moved"
    TRANSFERRED = "transferred"
    DECEASED = "deceased"
    HOSPICE = "hospice"
    ENTERED_IN_ERROR = "entered_in_error"
    OTHER = "other"


class Name(NamedTuple):
    """A person's name in parts, as written (capitals and accents kept)."""

    last: str
    first: str
    middle: str = ""
    suffix: str = ""

    @property
    def listed(self) -> str:
        """The name as lists show it: `Last Suffix, First Middle`."""
        last = f"{self.last} {self.suffix}".strip()
        return f"{last}, {self.first} {self.middle}".strip().rstrip(",")

    @property
    def initials(self) -> str:
        """First and last initial, for masked output."""
        return "".join(f"{part[0].upper()}." for part in (self.first, self.last) if part)


class Product(NamedTuple):
    """A medicine as one file calls it; what the file does not say is empty."""

    name: str
    drug_class: str = ""
    """The class that the file itself gives."""
    atc: str = ""
    ndc: str = ""
    """Eleven digits, or nine where the package is not said."""
    per_day: str = ""
    """Doses a day, where the file says them."""


class Fill(NamedTuple):
    """One dispensing: `days` days of supply from `day` on, an ordinal; both ends counted."""

    day: int
    days: int
    product_id: int


# As `Fill(…)` of a tuple, in half the time: a panel has a million of them
new_fill: Callable[[tuple[int, int, int]], Fill] = partial(tuple.__new__, Fill)


class StayFact(NamedTuple):
    """One stay as the schedule sees it; `discharged_on` is None while the patient is still in."""

    stay_id: int
    patient_class: str
    admitted_on: date | None
    discharged_on: date | None
    discharged_at: time | None
    disposition: str | None
    arrived_on: date
    diagnosis: str | None = None
    died_on: date | None = None
    """When the patient died, as a list said it; perhaps after the stay."""


class ContactFact(NamedTuple):
    """One contact as the schedule sees it; voided contacts never get this far."""

    contact_id: int
    on: date
    at: time | None
    outcome: str
    channel: str
    party: str
    inbound: bool
    next_on: date | None = None
    next_why: str | None = None
    entered: int = 0
    """The command that noted it: of two facts of one day the later entry holds."""
    topics: frozenset[str] = frozenset()

    @property
    def id(self) -> str:
        """The id that people say."""
        return f"C{self.contact_id}"


class StatusFact(NamedTuple):
    """From `on`, the patient's status is `status` (with a reason when closed)."""

    on: date
    status: Status
    reason: str | None = None
    entered: int = 0
    """The command that noted it: of two facts of one day the later entry holds."""


class TierFact(NamedTuple):
    """From `on`, the patient's tier is `tier`; with a reason nothing raises it by itself."""

    on: date
    tier: Tier
    why: str | None = None


class ConditionFact(NamedTuple):
    """A condition that the patient has, on file since `on` (always, where nobody noted a day)."""

    on: date
    code: str


class DecisionFact(NamedTuple):
    """What the care manager decided on a day, and why.

    `item` and `planned` say which due item is meant: the rule (`transition/calls`) and the date
    that the rule gave it, so that a decision never strays to another item.
    """

    decision_id: int
    on: date
    decision: str
    why: str | None = None
    item: str | None = None
    planned: date | None = None
    to: date | None = None
    """Until when (hold), to which day (defer)."""
    entered: int = 0


class AppointmentFact(NamedTuple):
    """A visit that was arranged: noted on one day for another, perhaps cancelled on a third."""

    appointment_id: int
    noted_on: date
    on: date
    at: time | None = None
    with_whom: str | None = None
    cancelled_on: date | None = None


class ScoreFact(NamedTuple):
    """A LACE score, worked out on a day for one stay."""

    on: date
    stay_id: int
    total: int


class ReferralFact(NamedTuple):
    """A provider suggested this patient for care management."""

    referral_id: int
    on: date
    by: str | None = None


class ReconciliationFact(NamedTuple):
    """The medicines were gone through on a day, one by one; perhaps after a stay."""

    reconciliation_id: int
    on: date
    stay_id: int | None = None
    """Whose discharge list was compared."""

    @property
    def id(self) -> str:
        """The id that people say."""
        return f"MR{self.reconciliation_id}"


class PatientFacts(NamedTuple):
    """All that the schedule needs to know of one patient.

    Each list is sorted by date, then by entry. The list of a whole panel may leave out contacts
    that cannot change the plan; a single page carries all.
    """

    patient_id: int
    statuses: tuple[StatusFact, ...] = ()
    tiers: tuple[TierFact, ...] = ()
    stays: tuple[StayFact, ...] = ()
    contacts: tuple[ContactFact, ...] = ()
    conditions: tuple[ConditionFact, ...] = ()
    decisions: tuple[DecisionFact, ...] = ()
    appointments: tuple[AppointmentFact, ...] = ()
    scores: tuple[ScoreFact, ...] = ()
    referrals: tuple[ReferralFact, ...] = ()
    reconciliations: tuple[ReconciliationFact, ...] = ()
    listed: tuple[ListedFact, ...] = ()
    reports: tuple[ReportFact, ...] = ()
    supplies: tuple[SupplyFact, ...] = ()
    fills_known_on: date | None = None
    """When the last list of fills came, whoever it was about."""


PRACTICE = "practice"
"""The issuer of the practice's own record numbers."""
ROSTER = "roster"
"""The issuer of the keys that the practice's software gives beside its record numbers."""
MEMBER = "member"
"""The issuer of a health plan's member numbers; files seldom say which plan."""


class Identifier(NamedTuple):
    """A record number with who issued it; a number means nothing without its issuer."""

    issuer: str
    value: str


class PatientRecord(NamedTuple):
    """A person as typed or as read from a roster, before there is an id."""

    name: Name
    birth_date: date | None
    sex: Sex | None = None
    identifiers: tuple[Identifier, ...] = ()
    phones: tuple[str, ...] = ()
    zip: str | None = None
    address: str | None = None
    language: str | None = None
    channel: Channel | None = None
    source: Source | None = None
    referred_by: str | None = None
    conditions: tuple[str, ...] = ()
    status: Status | None = None
    close_reason: CloseReason | None = None
    tier: Tier | None = None


class Card(NamedTuple):
    """What lists show of a patient."""

    patient_id: int
    name: Name
    birth_date: date | None
    mrn: str | None
    phone: str | None
    channel: str | None
    sex: str | None
    zip: str | None
    language: str | None

    @property
    def id(self) -> str:
        """The id that people say."""
        return f"P{self.patient_id}"
