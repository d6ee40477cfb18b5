"""What one ADT message says, field by field: segments in, the cells of a row out.

Positions and kinds are those of HL7 v2.5.1 chapter 3. What is asked for and not there is empty:
short segments, missing ones and fields of another shape are common.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from caretool.intake import feeds
from caretool.intake.feeds import Number
from caretool.rules import read_rules

if TYPE_CHECKING:
    from collections.abc import Iterable

_NULL: Final = '""'  # HL7 for "delete what you have": here, nothing
_MOST_DIGITS_OF_AN_ESCAPE: Final = 200
_EVENT: Final = re.compile(r"(?:ADT_)?(A\d\d)", re.ASCII)
_RANKS: Final = {"F": 0, "W": 1, "A": 3}  # DG1-6: final, working, admitting; not said: 2
_FORMER: Final = "MBA"  # PID-5.7: maiden, at birth, alias
_LEGAL: Final = "LDCU"  # PID-5.7: legal, display, adopted, unspecified; then not said
_NO_PHONES: Final = frozenset({"FX", "MD", "BP", "TDD", "INTERNET", "X.400", "NET"})
_FEWEST_DIGITS: Final = 7

Components = list[list[str]]


class Escapes:
    r"""Undoes the escapes of a message (`\T\`, `\.br\`, `\X0D\`) with its own separators.

    The package's own function for it logs the text of a field that it cannot read.
    """

    def __init__(self, separators: str, encoding: str) -> None:
        self.sign = separators[3]
        self.encoding = encoding
        self.known = {**dict(zip("FSRET", separators, strict=True)), "H": "", "N": ""}
        sign = re.escape(self.sign)
        self.pattern = re.compile(f"{sign}([^{sign}]{{1,{_MOST_DIGITS_OF_AN_ESCAPE}}}){sign}")

    def undo(self, text: str) -> str:
        """The text as it was meant; what is no escape stays as it is."""
        return self.pattern.sub(self._meant, text) if self.sign in text else text

    def _meant(self, match: re.Match[str]) -> str:
        code = match[1]
        if code in self.known:
            return self.known[code]
        if code[0] == ".":
            return " "
        if code[0] == "X":
            try:
                return bytes.fromhex(code[1:]).decode(self.encoding, "replace")
            except ValueError:
                return match[0]
        return "" if code[0] in "ZCM" and code[1:].isalnum() else match[0]


class Segment:
    """A segment as the parser gives it: fields by their HL7 number, each a list of repetitions."""

    def __init__(self, parsed: list[object], escapes: Escapes) -> None:
        self._parsed = parsed
        self._escapes = escapes
        self.name = str(parsed[0])

    def repetitions(self, number: int) -> list[Components]:
        """The repetitions of a field: of each the components, of each the subcomponents."""
        field = self._parsed[number] if number < len(self._parsed) else ""
        return [
            [[self._text(part) for part in _parts(component)] for component in _parts(repetition)]
            for repetition in _parts(field)
        ]

    def text(self, number: int, component: int = 1) -> str:
        """The first subcomponent of a component of a field's first repetition; empty if none."""
        return _at(next(iter(self.repetitions(number)), []), component)

    def _text(self, part: object) -> str:
        text = self._escapes.undo(str(part)).strip()
        return "" if text == _NULL else text


def _parts(thing: object) -> list[object]:
    return thing if isinstance(thing, list) else [thing]


def _at(components: Components, number: int, part: int = 1) -> str:
    if number > len(components) or part > len(components[number - 1]):
        return ""
    return components[number - 1][part - 1]


def row_of(segments: list[Segment]) -> dict[str, str]:
    """What a message says of one patient, by the headings of `feeds.HEADER`."""
    empty = Segment(["   "], Escapes("|^~\\&", "utf-8"))
    first = {segment.name: segment for segment in reversed(segments)}
    msh, evn, pid, pv1, mrg = (
        first.get(name, empty) for name in ("MSH", "EVN", "PID", "PV1", "MRG")
    )
    event = _event(msh, evn)
    receiver = _names(msh, 5, 6) - _names(msh, 3, 4)
    return {
        "Message Date Time": feeds.moment(msh.text(7) or evn.text(2)),
        "Event": event,
        "Facility Name": _facility(msh, evn, pv1),
        "Visit Number": pv1.text(19) or pid.text(18),
        **feeds.numbers(_identifiers(pid, 3) or _identifiers(pid, 2), receiver),
        **_name(pid.repetitions(5)),
        "Date of Birth": feeds.birth(pid.text(7)),
        "Sex": pid.text(8),
        **_address(pid.repetitions(11)),
        "Phone": _phone(pid.repetitions(13)),
        "Patient Class": pv1.text(2),
        "Admit Date/Time": feeds.moment(pv1.text(44)),
        "Discharge Date/Time": _discharge(event, msh, evn, pv1),
        "Discharge Disposition": pv1.text(36) or pv1.text(36, 2),
        **_diagnosis([segment for segment in segments if segment.name == "DG1"]),
        "Date of Death": feeds.moment(pid.text(29)),
        "Death Indicator": pid.text(30),
        "Prior MRN": feeds.numbers(_identifiers(mrg, 1), receiver).get("MRN", ""),
    }


def _event(msh: Segment, evn: Segment) -> str:
    """The trigger event, such as A03; of a message that is not ADT its type, such as ORU^R01.

    MSH-9 counts; EVN-1 only where MSH-9 does not say: in 47 of 52 public samples they disagree.
    """
    kind, trigger = msh.text(9).upper(), msh.text(9, 2).upper()
    if kind not in {"", "ADT"} and not _EVENT.fullmatch(kind):
        return f"{kind}^{trigger}"
    for said in (trigger, kind, evn.text(1).upper(), msh.text(9, 3).upper()):
        if match := _EVENT.fullmatch(said):
            return match[1]
    return trigger or kind


def _discharge(event: str, msh: Segment, evn: Segment, pv1: Segment) -> str:
    """When the patient left.

    Of a discharge without PV1-45: when it happened (EVN-6), else was recorded (EVN-2) or sent
    (MSH-7).
    """
    if event in read_rules("feeds.toml")["hl7"]["no_discharge"]:
        return ""
    said = pv1.text(45)
    if not said and event == "A03":
        said = evn.text(6) or evn.text(2) or msh.text(7)
    return feeds.moment(said)


def _facility(msh: Segment, evn: Segment, pv1: Segment) -> str:
    """Where it happened: EVN-7, which exchanges fill, else MSH-4, else the place of the bed.

    A stay is known again by facility and visit number, so all of its messages have to name one and
    the same facility. MSH-4 does so: it belongs to the interface. PV1-3 changes with the bed, and
    is left out of many messages. Each is a name, or an id where the name is missing.
    """
    for segment, number in ((evn, 7), (msh, 4)):
        if said := segment.text(number) or segment.text(number, 2):
            return said
    return pv1.text(3, 4)


def _names(msh: Segment, *numbers: int) -> frozenset[str]:
    """How the header calls an application or facility: by name or id, capitals do not count."""
    said = (msh.text(number, component) for number in numbers for component in (1, 2))
    return frozenset(text.casefold() for text in said if text)


def _identifiers(segment: Segment, number: int) -> list[Number]:
    """The identifiers in a field (type CX) that holds any."""
    found = []
    for one in segment.repetitions(number):
        issuers = frozenset(_at(one, 4, part).casefold() for part in (1, 2)) - {""}
        if text := _at(one, 1):
            found.append(Number(text, frozenset({_at(one, 5)}), issuers))
    return found


def _name(said: list[Components]) -> dict[str, str]:
    """The name by which the patient goes (PID-5), and another last name if there is one."""
    names = [one for one in said if _at(one, 1) or _at(one, 1, 3) or _at(one, 2)]
    if not names:
        return {}
    main = min(names, key=_name_rank)
    last = _last(main)
    others = sorted((one for one in names if _kind(one) in _FORMER), key=_kind, reverse=True)
    maiden = [_last(one) for one in others if _kind(one)] + [_at(main, 1, 5)]
    parts = {
        "Last Name": last, "First Name": _at(main, 2), "Middle Name": _at(main, 3),
        "Suffix": _at(main, 4),
    }  # fmt: skip
    if not any(map(any, main[1:4])) and re.search(r"[,\s]", last):
        parts |= feeds.whole_name(last)
    different = (one for one in maiden if one and one.casefold() != last.casefold())
    return {**parts, "Other Last Name": next(different, "")}


def _kind(name: Components) -> str:
    return _at(name, 7).upper()[:1]


def _name_rank(name: Components) -> int:
    kind = _kind(name)
    if not kind:
        return len(_LEGAL)
    return _LEGAL.index(kind) if kind in _LEGAL else len(_LEGAL) + 1


def _last(name: Components) -> str:
    """The last name; where only its parts are given, prefix and name (`van`, `Dyk`)."""
    return _at(name, 1) or f"{_at(name, 1, 2)} {_at(name, 1, 3)}".strip()


def _address(said: list[Components]) -> dict[str, str]:
    """Street and ZIP of the home address (PID-11), else of the first one that is not known bad."""
    filled = [one for one in said if _at(one, 1) or _at(one, 5)]
    if not filled:
        return {}
    ranks = {"H": 0, "P": 1, "BA": 3, "BI": 3}
    best = min(filled, key=lambda one: ranks.get(_at(one, 7).upper(), 2))
    street = _at(best, 1) or _at(best, 2)
    if street.isdecimal():  # house number and street in the wrong order of subcomponents
        street = f"{street} {_at(best, 1, 2)}".strip()
    return {"Street Address": street, "Zip": _at(best, 5)}


def _phone(said: list[Components]) -> str:
    """The first telephone number in PID-13: written out, in parts, or unformatted."""
    for one in said:
        if not _NO_PHONES.isdisjoint((_at(one, 2).upper(), _at(one, 3).upper())):
            continue
        for text in (_at(one, 1), f"{_at(one, 6)}{_at(one, 7)}", _at(one, 12)):
            if sum(c.isdigit() for c in text) >= _FEWEST_DIGITS:
                return text
    return ""


def _diagnosis(segments: Iterable[Segment]) -> dict[str, str]:
    """The final diagnosis, else the working one, else the first other one: text and ICD-10 code."""
    best = min(segments, key=lambda one: _RANKS.get(one.text(6).upper(), 2), default=None)
    if best is None:
        return {}
    codes = [(best.text(3, at), best.text(3, at + 2) or best.text(2)) for at in (1, 4)]
    code = next((code for code, system in codes if code and feeds.is_icd10(system)), "")
    return {"Primary Diagnosis": best.text(3, 2) or best.text(4), "Diagnosis Code": code}
