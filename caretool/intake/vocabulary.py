"""What does a list's word for a disposition, a kind of stay, an event or a claim mean?

Texts are compared as a whole after folding, never in parts: "home" is not found in "nursing home".
The words are in `rules/list-words.toml`; a source's layout may add words of its own, which come
first.
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Final, Literal, NamedTuple, cast

from caretool.intake.empties import is_empty
from caretool.model import PatientClass
from caretool.rules import read_rules

if TYPE_CHECKING:
    from collections.abc import Mapping

EventKind = Literal[
    "admit", "discharge", "update", "cancel_admit", "cancel_discharge", "cancel_transfer",
    "person", "merge", "none",
]  # fmt: skip

_NOT_WORD: Final = re.compile(r"[^a-z0-9]+")
# A code alone, `1.0` as a spreadsheet leaves it, or two digits and then words: `01 - Home`. One
# digit before words may as well be a ward (`6 West`): there the words have to mean the same code.
_CODE: Final = re.compile(r"0?([0-9]{1,2})(?:\.0+)?|([0-9]{2})[^0-9A-Za-z].*", re.DOTALL)
_TRIGGER: Final = re.compile(r"(?:adt)?(a\d\d)")
# HL7 table 0004 codes and words with which a sender says that it does not know or does not apply
_NO_CLASS: Final = frozenset({"n", "u", "not applicable", "unknown"})


class _Dispositions(NamedTuple):
    codes: frozenset[str]
    by_words: dict[str, str]
    leading: tuple[str, ...]
    planned_ends: tuple[str, ...]
    planned: dict[str, str]


def fold(text: str) -> str:
    """The words of a text as they are compared: small letters and digits, one blank between."""
    plain = unicodedata.normalize("NFKD", text.casefold())
    return _NOT_WORD.sub(" ", "".join(c for c in plain if not unicodedata.combining(c))).strip()


@cache
def codes() -> frozenset[str]:
    """The UB-04 codes that a disposition can have."""
    return _dispositions().codes


@cache
def _dispositions() -> _Dispositions:
    labels = {
        entry["code"]: entry["label"] for entry in read_rules("dispositions.toml")["disposition"]
    }
    raw = read_rules("list-words.toml")
    by_words = {fold(label): code for code, label in labels.items()}
    by_words |= {fold(text): code for code, texts in raw["disposition"].items() for text in texts}
    leading = sorted((f"{fold(text)} " for text in raw["leading"]), key=len, reverse=True)
    ends = tuple(f" {fold(text)}" for text in raw["planned"]["ends"])
    return _Dispositions(frozenset(labels), by_words, tuple(leading), ends, raw["planned"]["codes"])


@cache
def _classes() -> dict[str, str]:
    return {
        fold(text): code
        for code, texts in read_rules("list-words.toml")["class"].items()
        for text in (*texts, code)
    }


def disposition_code(text: str, own: Mapping[str, str] | None = None) -> str | None:
    """The UB-04 code that a disposition means, as a code or in words; None when unknown.

    `1`, `01` and `01 - Home or Self Care` are code 01 when the number is a known code.

    Args:
        text: the cell.
        own: the source's own words (as `fold` gives them) to codes; they come first.
    """
    if own and (code := own.get(fold(text))):
        return code
    return _disposition_code(text)


def is_unknown_disposition(text: str, own: Mapping[str, str] | None = None) -> bool:
    """Does the cell name a disposition that nobody has told us the meaning of?"""
    return not is_empty(text) and disposition_code(text, own) is None


@lru_cache(maxsize=4096)
def _disposition_code(text: str) -> str | None:
    known = _dispositions()
    folded = fold(text)
    if not folded:
        return None
    if code := known.by_words.get(folded):
        return code
    number = _CODE.fullmatch(text.strip())
    if number:
        code = (number[1] or number[2]).zfill(2)
        return code if code in known.codes else None
    if folded[0].isdecimal() and known.by_words.get(folded[2:]) == f"0{folded[0]}":
        return f"0{folded[0]}"
    for end in known.planned_ends:
        if folded.endswith(end):
            return known.planned.get(_disposition_code(folded.removesuffix(end)) or "")
    for start in known.leading:
        if folded.startswith(start) and folded[len(start) :] in known.by_words:
            return known.by_words[folded[len(start) :]]
    return None


def patient_class(text: str, own: Mapping[str, str] | None = None) -> PatientClass:
    """The kind of stay that a list's word means; UNKNOWN when it says nothing we know.

    Args:
        text: the cell.
        own: the source's own words (as `fold` gives them) to kinds of stay; they come first.
    """
    if own and (kind := own.get(fold(text))):
        return PatientClass(kind)
    return _patient_class(text)


def is_unknown_class(text: str, own: Mapping[str, str] | None = None) -> bool:
    """Does the cell name a kind of stay that nobody has told us the meaning of?"""
    if is_empty(text) or fold(text) in _NO_CLASS:
        return False
    return patient_class(text, own) == PatientClass.UNKNOWN


@lru_cache(maxsize=4096)
def _patient_class(text: str) -> PatientClass:
    return PatientClass(_classes().get(fold(text), PatientClass.UNKNOWN.value))


@cache
def _events() -> tuple[dict[str, EventKind], frozenset[str], dict[str, EventKind]]:
    """Codes and words to kinds, words that change nothing, and what a cancellation takes back."""
    raw = read_rules("list-words.toml")["event"]
    words = {
        fold(text): cast("EventKind", kind)
        for kind, texts in raw["words"].items()
        for text in texts
    }
    backs = {
        fold(text): cast("EventKind", kind)
        for kind, texts in raw["taken_back"].items()
        for text in texts
    }
    return words, frozenset(map(fold, raw["around"])), backs


@lru_cache(maxsize=4096)
def event_kind(text: str) -> EventKind:
    """What happened, by HL7 trigger (`A03`, `ADT^A03^ADT_A03`) or by a list's word for it?

    `cancel_admit` takes back the whole stay; it is also what `Cancelled` alone means. `none` is
    an event that changes nothing here (a plan, a bed, a link), or a text that names none.
    """
    kinds, around, taken_back = _events()
    words = fold(text).split()
    for word in words:
        if code := _TRIGGER.fullmatch(word):  # the first: ADT^A13^ADT_A01 is an A13
            return kinds.get(code[1], "none")
    whole = " ".join(words)
    if whole in kinds:
        return kinds[whole]
    left = [word for word in words if word not in around]
    if any(kinds.get(word) == "cancel_admit" for word in left):
        backs = {taken_back[word] for word in left if word in taken_back}
        return backs.pop() if len(backs) == 1 else "cancel_admit"
    return kinds.get(" ".join(left), "none")


class Claim(NamedTuple):
    """What became of a claim or prescription, by the word of a list."""

    kind: Literal["dispensed", "reversed", "no fill", "unknown"]
    reason: str = ""
    """Why it is no fill."""


class _Claims(NamedTuple):
    words: dict[str, Claim]
    begins: dict[str, Claim]
    headings: frozenset[str]


_UNKNOWN_CLAIM: Final = Claim("unknown")
REFUSED_CLAIM: Final = "a claim that was refused"


@cache
def _claims() -> _Claims:
    raw = read_rules("list-words.toml")["claim"]
    kinds = {
        "dispensed": Claim("dispensed"),
        "reversed": Claim("reversed"),
        "refused": Claim("no fill", REFUSED_CLAIM),
    }
    words = {fold(text): kinds[kind] for kind, texts in raw["words"].items() for text in texts}
    words |= {
        fold(text): Claim("no fill", reason)
        for reason, texts in raw["no_fill"].items()
        for text in texts
    }
    begins = {text: kinds[kind] for kind, texts in raw["begins"].items() for text in texts}
    return _Claims(words, begins, frozenset(map(fold, raw["headings"])))


def claim_state(text: str) -> Claim:
    """What became of a claim, by the word of its column; an empty cell says that it was paid."""
    if is_empty(text):
        return Claim("dispensed")
    known, folded = _claims(), fold(text)
    if folded in known.words:
        return known.words[folded]
    begun = (claim for start, claim in known.begins.items() if folded.startswith(start))
    return next(begun, _UNKNOWN_CLAIM)


def may_head_claims(heading: str) -> bool:
    """Is this a heading under which states of claims may stand, or other ones?"""
    return fold(heading) in _claims().headings
