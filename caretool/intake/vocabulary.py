"""What does a list's word for a disposition, a kind of stay or an event mean?

Texts are compared as a whole after folding, never in parts: "home" is not found in "nursing home".
The words are in `rules/list-words.toml`.
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache, lru_cache

from caretool.model import PatientClass
from caretool.rules import read_rules

_WORDS = re.compile(r"[^a-z0-9]+")
# A code alone, `1.0` as a spreadsheet leaves it, or two digits and then words: `01 - Home`. One
# digit before words may as well be a ward (`6 West`): there the words have to mean the same code.
_CODE = re.compile(r"0?([0-9]{1,2})(?:\.0+)?|([0-9]{2})[^0-9A-Za-z].*", re.DOTALL)
# HL7 trigger events and the words that lists use for them; only cancellations change the reading.
_CANCELS = frozenset({"a11", "a13", "cancel", "cancelled", "canceled", "cancellation"})


def _fold(text: str) -> str:
    plain = unicodedata.normalize("NFKD", text.casefold())
    return _WORDS.sub(" ", "".join(c for c in plain if not unicodedata.combining(c))).strip()


@cache
def _dispositions() -> tuple[frozenset[str], dict[str, str], tuple[str, ...]]:
    labels = {
        entry["code"]: entry["label"] for entry in read_rules("dispositions.toml")["disposition"]
    }
    raw = read_rules("list-words.toml")
    by_words = {_fold(label): code for code, label in labels.items()}
    by_words |= {_fold(text): code for code, texts in raw["disposition"].items() for text in texts}
    leading = tuple(f"{_fold(text)} " for text in raw["leading"])
    return frozenset(labels), by_words, tuple(sorted(leading, key=len, reverse=True))


@cache
def _classes() -> dict[str, str]:
    return {
        _fold(text): code
        for code, texts in read_rules("list-words.toml")["class"].items()
        for text in (*texts, code)
    }


@lru_cache(maxsize=4096)
def disposition_code(text: str) -> str | None:
    """The UB-04 code that a disposition means, as a code or in words; None when unknown.

    `1`, `01` and `01 - Home or Self Care` are code 01 when the number is a known code.
    """
    codes, by_words, leading = _dispositions()
    folded = _fold(text)
    if not folded:
        return None
    if folded in by_words:
        return by_words[folded]
    number = _CODE.fullmatch(text.strip())
    if number:
        code = (number[1] or number[2]).zfill(2)
        return code if code in codes else None
    if folded[0].isdecimal() and by_words.get(folded[2:]) == f"0{folded[0]}":
        return f"0{folded[0]}"
    for start in leading:
        if folded.startswith(start) and folded[len(start) :] in by_words:
            return by_words[folded[len(start) :]]
    return None


@lru_cache(maxsize=4096)
def patient_class(text: str) -> PatientClass:
    """The kind of stay that a list's word means; UNKNOWN when it says nothing we know."""
    return PatientClass(_classes().get(_fold(text), PatientClass.UNKNOWN.value))


@lru_cache(maxsize=4096)
def cancels(text: str) -> bool:
    """Does this event take back an admission or a discharge (HL7 A11, A13, or in words)?"""
    return not _CANCELS.isdisjoint(_fold(text).split())
