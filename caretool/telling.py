"""What one list after the other tells of a stay, joined so that their order never matters.

Pure. Every message has the moment at which its sender wrote it. Of two that say something else of
the same thing the later one counts; what it does not say is kept. A withdrawal takes back whatever
had happened until then: the whole stay (HL7 A11), or only the discharge (A13, "still a patient"),
and an older list that comes late brings neither back. Source: rulebook section 10, HL7 v2.

A stay on file is a dict of its columns. `told_at` is the latest message; as long as all of it came
from that one, `told_earlier` is empty, else it holds what each earlier message still counts for.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from operator import itemgetter
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, Protocol

from caretool.model import PatientClass

if TYPE_CHECKING:
    from collections.abc import Callable

Stay = dict[str, Any]

FIELDS = (
    "facility", "visit", "record_number", "practice_number", "member_number", "last_name",
    "first_name", "middle_name", "suffix", "other_last_name", "birth_date", "sex", "zip",
    "address", "phone", "patient_class", "admitted_on", "diagnosis", "diagnosis_code", "died_on",
)  # fmt: skip
"""What a message may say of a stay in one value each, by column."""
MADE = (
    "discharged_on", "discharged_at", "disposition", "disposition_text", "cancelled", "told_at",
    "told_earlier", "withdrawn_at", "discharge_withdrawn_at",
)  # fmt: skip
"""The columns that are worked out from all messages together."""
_NOTHING: dict[str, str | None] = {
    **dict.fromkeys(FIELDS), "patient_class": PatientClass.UNKNOWN.value,
}  # fmt: skip


class Columns(Protocol):
    """A stay on file, to be read only."""

    def __getitem__(self, column: str, /) -> Any:  # noqa: ANN401 - what the column holds
        """The value in a column."""


class Message(NamedTuple):
    """What one row says of one stay."""

    at: str
    """When its sender wrote it: an ISO moment, perhaps with more behind it; compared as text."""
    fields: dict[str, str | None]
    """Column to value; what it does not say is None or left out."""
    discharge: str | None = None
    """The moment of the discharge: `2026-11-14T08:00`, or the day alone."""
    disposition: str | None = None
    disposition_text: str | None = None
    withdraws: Literal["stay", "discharge"] | None = None
    until: str = ""
    """Up to which moment it takes back what has happened; the message's own unless said."""


class _Discharge(NamedTuple):
    """One moment at which the patient is said to have left: who says so last, and where to."""

    at: str
    disposition_at: str = ""
    disposition: str | None = None
    text: str | None = None

    @property
    def where_to(self) -> tuple[str, str, str]:
        return self.disposition_at, self.disposition or "", self.text or ""

    def joined(self, other: _Discharge) -> _Discharge:
        later = max(self, other, key=lambda one: one.where_to)
        return _Discharge(max(self.at, other.at), *later[1:])


@dataclass(slots=True)
class _Told:
    """Everything that was told of one stay, with who told it last."""

    at: str = ""
    """The latest message."""
    fields: dict[str, tuple[str, str]] = field(default_factory=dict)
    discharges: dict[str, _Discharge] = field(default_factory=dict)
    withdrawn_at: str | None = None
    discharge_withdrawn_at: str | None = None

    def live(self) -> dict[str, _Discharge]:
        """The discharges that nobody has taken back.

        A day without a time may be before or after the withdrawal of that day: then it counts if it
        was told after it, because somebody at home whom nobody calls is the greater harm.
        """
        until = self.discharge_withdrawn_at
        return {
            one: said
            for one, said in self.discharges.items()
            if not until or one > until or (one == until[:10] != until and said.at > until)
        }


def begun(message: Message) -> Stay:
    """The columns of a stay of which this is the first message."""
    stay: Stay = {**_NOTHING, **message.fields}
    stay["patient_class"] = stay["patient_class"] or _NOTHING["patient_class"]
    stay.update(
        discharged_on=message.discharge[:10] if message.discharge else None,
        discharged_at=message.discharge[11:] or None if message.discharge else None,
        disposition=message.disposition if message.discharge else None,
        disposition_text=message.disposition_text if message.discharge else None,
        cancelled=0,
        told_at=message.at,
        told_earlier=None,
        withdrawn_at=None,
        discharge_withdrawn_at=None,
    )
    if message.withdraws or not (stay["admitted_on"] or stay["discharged_on"]):
        told = _Told()
        _hear(told, message)
        _show(told, stay)
    return stay


def tell(stay: Stay, message: Message) -> bool:
    """Join a message to what is on file; is anything different now but when it was told?"""
    if _adds_nothing(stay, message):
        stay["told_at"] = max(stay["told_at"], message.at)
        return False
    before = {column: value for column, value in stay.items() if column not in _HOW}
    told = _recalled(stay)
    _hear(told, message)
    _show(told, stay)
    return any(stay[column] != value for column, value in before.items())


_HOW = frozenset({"told_at", "told_earlier", "withdrawn_at", "discharge_withdrawn_at"})


def _adds_nothing(stay: Columns, message: Message) -> bool:
    """Is it the message that is on file, or one that says the same in full? Told cheaply."""
    if message.withdraws:
        return False
    said = tuple(map(message.fields.get, FIELDS))
    where = (message.disposition, message.disposition_text)
    return says_just(stay, said, message.discharge, where)


_KNOWN: Callable[[Any], tuple[Any, ...]] = itemgetter(*FIELDS)
_CLASS_AT = FIELDS.index("patient_class")


def says_just(
    stay: Columns,
    said: tuple[str | None, ...],
    discharge: str | None,
    where: tuple[str | None, str | None],
) -> bool:
    """Does the stay on file say just this, by its latest message alone?

    Args:
        stay: the stay.
        said: a value for each of `FIELDS`, None where nothing is said.
        discharge: the moment of the discharge, as in a message.
        where: its disposition, as a code and in words.
    """
    if stay["told_earlier"] or stay["withdrawn_at"] or stay["discharge_withdrawn_at"]:
        return False
    known = _KNOWN(stay)
    return (
        said[:_CLASS_AT] == known[:_CLASS_AT]
        and said[_CLASS_AT + 1 :] == known[_CLASS_AT + 1 :]
        and (said[_CLASS_AT] or _NOTHING["patient_class"]) == known[_CLASS_AT]
        and discharge == left_at(stay)
        and (not discharge or where == (stay["disposition"], stay["disposition_text"]))
    )


def _hear(told: _Told, message: Message) -> None:
    at = message.at
    told.at = max(told.at, at)
    for column, value in message.fields.items():
        before = told.fields.get(column)
        if value is not None and (before is None or (at, value) > before):
            told.fields[column] = (at, value)
    if message.discharge:
        says = _Discharge(at)
        if message.disposition or message.disposition_text:
            says = _Discharge(at, at, message.disposition, message.disposition_text)
        known = told.discharges.get(message.discharge)
        told.discharges[message.discharge] = says.joined(known) if known else says
    if message.withdraws:
        until = message.until or at
        if message.withdraws == "stay":
            told.withdrawn_at = max(told.withdrawn_at or "", until)
        else:
            told.discharge_withdrawn_at = max(told.discharge_withdrawn_at or "", until)


def _show(told: _Told, stay: Stay) -> None:
    """Write what was told into the columns of the stay."""
    for column in FIELDS:
        known = told.fields.get(column)
        stay[column] = known[1] if known else _NOTHING[column]
    live = told.live()
    left = _left(live)
    stay["discharged_on"], stay["discharged_at"] = left
    where = max((one for one in live.values()), key=lambda one: one.where_to, default=None)
    stay["disposition"] = where.disposition if where else None
    stay["disposition_text"] = where.text if where else None
    stay["withdrawn_at"] = told.withdrawn_at
    stay["discharge_withdrawn_at"] = told.discharge_withdrawn_at
    stay["told_at"] = told.at
    stay["cancelled"] = int(_is_withdrawn(told, stay))
    stay["told_earlier"] = None if _is_plain(told, stay) else _packed(told)
    if not (stay["admitted_on"] or stay["discharged_on"]):  # nobody has said when it began
        stay["admitted_on"] = min((*told.discharges, stay["told_at"]))[:10]


def _left(live: dict[str, _Discharge]) -> tuple[str | None, str | None]:
    """Day and time of the discharge: the one told last; its time from whoever knows it."""
    if not live:
        return None, None
    moment = max(live, key=lambda one: (live[one].at, one))
    if len(moment) == len("2026-11-14"):
        timed = [one for one in live if one.startswith(moment) and one != moment]
        moment = max(timed, key=lambda one: (live[one].at, one), default=moment)
    return moment[:10], moment[11:] or None


def left_at(stay: Columns) -> str | None:
    """The moment of the discharge that is on file: `2026-11-14T08:00`, or the day alone."""
    left: str | None = stay["discharged_on"]
    return f"{left}T{stay['discharged_at']}" if left and stay["discharged_at"] else left


def _is_withdrawn(told: _Told, stay: Stay) -> bool:
    """Was the whole stay taken back, and nothing of it has happened since?"""
    until = told.withdrawn_at
    if until is None:
        return False
    moment = left_at(stay)
    came = stay["admitted_on"]
    return not ((moment and moment > until) or (came and came > until[:10]))


def _is_plain(told: _Told, stay: Stay) -> bool:
    """Do the columns say it all, because the latest message said all of it?"""
    at = stay["told_at"]
    if told.withdrawn_at or told.discharge_withdrawn_at or len(told.discharges) > 1:
        return False
    if not (stay["admitted_on"] or stay["discharged_on"]):
        return False
    return all(one == at for one, _ in told.fields.values()) and all(
        one.at == at and one.disposition_at in {"", at} for one in told.discharges.values()
    )


def _packed(told: _Told) -> str:
    return json.dumps({"fields": told.fields, "discharges": told.discharges}, sort_keys=True)


def _recalled(stay: Stay) -> _Told:
    """What was told of a stay on file."""
    at = stay["told_at"]
    told = _Told(at, {}, {}, stay["withdrawn_at"], stay["discharge_withdrawn_at"])
    if stay["told_earlier"]:
        packed = json.loads(stay["told_earlier"])
        told.fields = {column: (at, value) for column, (at, value) in packed["fields"].items()}
        told.discharges = {one: _Discharge(*said) for one, said in packed["discharges"].items()}
        return told
    told.fields = {
        column: (at, stay[column]) for column in FIELDS if stay[column] != _NOTHING[column]
    }
    moment = left_at(stay)
    if moment:
        where = (stay["disposition"], stay["disposition_text"])
        told.discharges[moment] = _Discharge(at, at if any(where) else "", *where)
    return told
