"""What do the care rules say? Frozen records of `rules/*.toml` and of a practice's own file.

Clinical numbers live in those files, each with its source; this module only knows what they can
say. `rule_files` reads and checks them; a mistake is a `RuleError` that names file, line and rule,
never a silent default.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping

    from caretool.model import ContactFact, Strength


class Span(NamedTuple):
    """A length of time as care rules state it; `unit` is day, business day, week or month.

    The count is negative where they say "before".
    """

    count: int  # type: ignore[assignment]  # nobody counts the parts of a span
    unit: str

    def __str__(self) -> str:
        count, before = abs(self.count), " before" if self.count < 0 else ""
        return f"{count} {self.unit}{'' if count == 1 else 's'}{before}"


class Origin(NamedTuple):
    """Which file a rule comes from, and that file's version."""

    file: str
    version: str


class Rule(NamedTuple):
    """One rule of a protocol: what is due, counted how, and on whose authority.

    The fields are explained at the top of `rules/protocols.toml`.
    """

    protocol: str
    name: str
    title: str
    kind: str
    strength: Strength
    anchor: str
    target: Span
    source: str
    origin: Origin
    limit: Span | None = None
    then: tuple[Span, ...] = ()
    repeat: Span | None = None
    stop: Span | None = None
    done_by: tuple[str, ...] = ("contact",)
    counts_from: Span | None = None
    early: Span | None = None
    again: Span | None = None
    no_later_than: str | None = None
    replaces: frozenset[str] = frozenset()
    move: str = "stay"
    tier: str | None = None
    risk: str | None = None
    statuses: frozenset[str] = frozenset()
    suspended_by: frozenset[str] = frozenset()
    retry: bool = True
    documents: bool = False
    needs: str | None = None

    @property
    def id(self) -> str:
        """How people and decisions call it: `transition/contact`."""
        return f"{self.protocol}/{self.name}"


class Protocol(NamedTuple):
    """A set of rules with what starts them and to whom they apply."""

    name: str
    title: str
    trigger: str
    statuses: frozenset[str]
    rules: tuple[Rule, ...]
    source: str
    classes: frozenset[str] = frozenset()
    dispositions: frozenset[str] = frozenset()
    diagnoses: frozenset[str] = frozenset()
    or_on_file: bool = False
    conditions: frozenset[str] = frozenset()
    chronic_groups: int = 0
    no_stay_within: Span | None = None
    heard_within: Span | None = None
    period: Span | None = None
    fills_within: Span | None = None
    late: Span | None = None
    late_refills: int = 0
    low_reports: int = 0


class Raise(NamedTuple):
    """What raises somebody to the high tier by itself, and for how long."""

    by: str
    after: Span
    words: str
    source: str
    at_least: int = 1
    hospital: bool = False


class Outcome(NamedTuple):
    """What one contact outcome means; the flags are explained in `rules/outcomes.toml`."""

    code: str
    label: str
    reached: bool
    counts: bool
    attempt: bool
    closes: str | None
    facility: bool
    party: str
    visit: bool = False
    letter: bool = False
    bad_number: bool = False


class Disposition(NamedTuple):
    """What one UB-04 patient status means for the contact after a discharge."""

    code: str
    label: str
    transition: str
    first: bool


class Attempts(NamedTuple):
    """What counts as documented attempts at a contact that has a limit."""

    documented: int
    minutes_apart: int


class Ladder(NamedTuple):
    """When trying has been enough for a letter; the fields are explained in `outcomes.toml`."""

    attempts: int
    parts_of_day: int
    channels: int
    within: Span
    rest: Span
    morning_until: int
    afternoon_until: int


PATIENT_SIDE = frozenset({"patient", "caregiver"})


class Protocols(NamedTuple):
    """All care rules in force, as the schedule needs them."""

    origins: tuple[Origin, ...]
    calendar: str
    default_tier: str
    retry: Span
    spread: Span
    second_discharge: Span
    by_trigger: Mapping[str, tuple[Protocol, ...]]
    raises: tuple[Raise, ...]
    attempts: Attempts
    ladder: Ladder
    outcomes: Mapping[str, Outcome]
    dispositions: Mapping[str, Disposition]
    routine: Mapping[str, Rule]
    """The rule of each tier."""
    counting: frozenset[str] = frozenset()
    """The outcomes that count as a two-way contact."""
    ending: frozenset[str] = frozenset()
    """The outcomes that close a patient or say that they are in a facility."""
    topics: tuple[str, ...] = ()
    """What a contact can be about: the usual codes, those of the practice, those that rules ask."""

    @property
    def version(self) -> str:
        """The versions of the files in force, such as `2026.2` or `2026.2 + clinic 3`."""
        return " + ".join(origin.version for origin in self.origins)

    @property
    def rules(self) -> tuple[Rule, ...]:
        """Every rule in force, also those that sleep."""
        return tuple(
            rule
            for protocols in self.by_trigger.values()
            for protocol in protocols
            for rule in protocol.rules
        )

    def disposition_meaning(self, code: str | None) -> str:
        """What a disposition code means: yes, review, hold, never, ignore or unknown."""
        known = self.dispositions.get(code) if code else None
        return known.transition if known else "unknown"

    def counts(self, contact: ContactFact) -> bool:
        """Is this a two-way contact with the patient or the caregiver?

        Only that resets an interval.
        """
        return contact.outcome in self.counting and contact.party in PATIENT_SIDE
