"""Which class is a medicine of? By its ATC code, else by an ingredient that its name holds.

For fills whose file does not say: the file's own class always wins, which is the caller's part.
The classes are in `rules/drug-classes.toml`. What could be two classes is none: a medicine put
with the wrong ones would hide a gap in theirs.
"""

from __future__ import annotations

import re
from functools import cache, lru_cache
from typing import TYPE_CHECKING, NamedTuple, TypeVar

from caretool.errors import RuleError
from caretool.names import fold
from caretool.rules import read_rules

if TYPE_CHECKING:
    from collections.abc import Mapping

_FILE = "drug-classes.toml"
_TEXTS = ("code", "label", "source")
_LISTS = {"atc": True, "atc_not": False, "ingredients": True, "instead_of": False}
_FORMS = {
    "code": re.compile(r"[a-z]+(_[a-z]+)*"),
    "atc": re.compile(r"[A-Z](\d\d([A-Z]([A-Z](\d\d)?)?)?)?"),
    "ingredients": re.compile(r"[a-z]+"),
}
_FORMS["atc_not"], _FORMS["instead_of"] = _FORMS["atc"], _FORMS["code"]
_ATC_LENGTHS = (7, 5, 4, 3, 1)
_WORD = re.compile(r"[^\W\d_]+")
_V = TypeVar("_V")


class Classes(NamedTuple):
    """The classes by what they are found by; a prefix of no class is that of an exception."""

    labels: Mapping[str, str]
    by_atc: Mapping[str, str | None]
    by_ingredient: Mapping[str, str]
    instead_of: Mapping[str, frozenset[str]]


@cache
def load_classes() -> Classes:
    """The classes in force; raises RuleError when the file does not keep its own grammar."""
    entries = read_rules(_FILE).get("class")
    if not isinstance(entries, list) or not entries:
        msg = f"{_FILE}: no [[class]]"
        raise RuleError(msg, "the built-in file has one for each class")
    labels: dict[str, str] = {}
    by_atc: dict[str, str | None] = {}
    by_ingredient: dict[str, str] = {}
    for entry in entries:
        where = _checked(entry)
        code = entry["code"]
        _add(labels, {code: entry["label"]}, where)
        _add(by_atc, dict.fromkeys(entry["atc"], code), where)
        _add(by_atc, dict.fromkeys(entry.get("atc_not", ())), where)
        _add(by_ingredient, dict.fromkeys(entry["ingredients"], code), where)
    instead_of = {entry["code"]: frozenset(entry.get("instead_of", ())) for entry in entries}
    for code, others in instead_of.items():
        for other in sorted(others - labels.keys()):
            msg = f"{_FILE}, {code}: instead_of {other!r} is no class"
            raise RuleError(msg, f"one of: {', '.join(labels)}")
    return Classes(labels, by_atc, by_ingredient, instead_of)


@lru_cache(maxsize=65536)
def class_of(drug: str, atc: str | None) -> str | None:
    """The code of a medicine's class; none if it is in no class, or could be in two."""
    classes = load_classes()
    code = "".join((atc or "").split()).upper()
    for length in _ATC_LENGTHS:
        if (prefix := code[:length]) in classes.by_atc:
            if (by_atc := classes.by_atc[prefix]) is not None:
                return by_atc
            break
    words = _WORD.findall(drug.casefold())
    named = {classes.by_ingredient[word] for word in words if word in classes.by_ingredient}
    named -= {other for one in named for other in classes.instead_of[one]}
    return named.pop() if len(named) == 1 else None


def goes_by(drug_class: str | None, name: str) -> bool:
    """Does a folded name stand in a class, as a file calls it, or in the label of its code?"""
    text = drug_class or ""
    return name in fold(text) or name in fold(load_classes().labels.get(text, ""))


def _checked(entry: object) -> str:
    """Where an entry stands, for messages, once it is known to be well formed."""
    if not isinstance(entry, dict):
        msg = f"{_FILE}: {entry!r} is not a [[class]]"
        raise RuleError(msg, "each class begins with a line [[class]]")
    where = f"{_FILE}, {entry.get('code', '?')}"
    if unknown := sorted(entry.keys() - {*_TEXTS, *_LISTS}):
        msg = f"{where}: unknown key {unknown[0]!r}"
        raise RuleError(msg, f"known keys: {', '.join((*_TEXTS, *_LISTS))}")
    needed = (*_TEXTS, *(key for key, required in _LISTS.items() if required))
    if missing := [key for key in needed if not entry.get(key)]:
        msg = f"{where}: no {missing[0]!r}"
        raise RuleError(msg, "every class states it; see the comments at the top of the file")
    for key in _TEXTS:
        if not isinstance(entry[key], str):
            msg = f"{where}: {key} {entry[key]!r} is not text"
            raise RuleError(msg, f'write it as {key} = "…"')
    _check_form(entry["code"], "code", where)
    for key in _LISTS:
        values = entry.get(key, [])
        if not isinstance(values, list):
            msg = f"{where}: {key} {values!r} is not a list"
            raise RuleError(msg, f'write it as {key} = ["…"]')
        for value in values:
            _check_form(value, key, where)
    return where


def _check_form(value: object, key: str, where: str) -> None:
    if not isinstance(value, str) or not _FORMS[key].fullmatch(value):
        msg = f"{where}: {key} {value!r}"
        raise RuleError(msg, "see the comments at the top of the file for how it is written")


def _add(known: dict[str, _V], new: Mapping[str, _V], where: str) -> None:
    """Nothing may stand twice: which class would it be?"""
    for key in sorted(known.keys() & new.keys()):
        msg = f"{where}: {key!r} stands twice in the file"
        raise RuleError(msg, "leave one of the two away")
    known.update(new)
