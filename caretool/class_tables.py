"""Reads the tables of `drug-classes.toml`, the built-in file's and a practice's own, into entries.

What a practice's file says of a class that is built in is joined to it or, with `replace = true`,
stands in its place. A mistake is a RuleError that names file, line and class.
"""

from __future__ import annotations

import re
from fractions import Fraction
from typing import TYPE_CHECKING, Any, NamedTuple, NoReturn

from caretool.drug_names import ndc_digits
from caretool.errors import RuleError
from caretool.names import fold
from caretool.rule_files import load_conditions
from caretool.rules import read_rules

if TYPE_CHECKING:
    from collections.abc import Mapping

FILE = "drug-classes.toml"
BUILT_IN = "built-in"
_TEXTS = ("code", "label", "source")
_LISTS = (
    "names", "ndc", "atc", "atc_not", "ingredients", "instead_of", "excluded_by",
    "excluded_conditions",
)  # fmt: skip
_KEYS = (*_TEXTS, *_LISTS, "threshold", "min_age", "one_at_a_time", "replace")
_FINDS = ("atc", "ingredients", "ndc")
_HEADER = re.compile(r"^[ \t]*\[\[[ \t]*class[ \t]*\]\]", re.MULTILINE)
_CODE = re.compile(r"[a-z]+(_[a-z]+)*")
_ATC = re.compile(r"[A-Z](\d\d([A-Z]([A-Z](\d\d)?)?)?)?")
_FORMS = {
    "atc": _ATC,
    "atc_not": _ATC,
    "ingredients": re.compile(r"[a-z]+([ -][a-z0-9]+)*"),
    "instead_of": _CODE,
    "excluded_by": _CODE,
}
_OLDEST = 120
_HINT = "see the comments at the top of the built-in file for how it is written"


class Place(NamedTuple):
    """Where an entry stands, for messages: `drug-classes.toml, line 7, statins`."""

    file: str
    line: int
    """0 where it does not matter: the built-in file is right."""
    code: str

    def __str__(self) -> str:
        line = [f"line {self.line}"] if self.line else []
        return ", ".join([self.file, *line, self.code])

    def refuse(self, what: str, hint: str) -> NoReturn:
        """Raise the RuleError that something at this place is wrong."""
        msg = f"{self}: {what}"
        raise RuleError(msg, hint)


class Entry(NamedTuple):
    """One class as the files say it."""

    label: str
    source: str
    threshold: Fraction
    min_age: int
    one_at_a_time: bool
    lists: Mapping[str, tuple[str, ...]]
    """Every list of the file by its key; empty where it is not said."""
    origins: tuple[str, ...]
    """The files it comes from; `built-in` is the built-in one."""
    where: Place


def built_in(raw: Mapping[str, Any]) -> dict[str, Entry]:
    """The built-in classes by code; raises RuleError when the file does not keep its grammar."""
    if not raw.get("class"):
        msg = f"{FILE}: no [[class]]"
        raise RuleError(msg, "the built-in file has one for each class")
    return merged({}, raw, BUILT_IN, "")


def merged(
    known: Mapping[str, Entry], raw: Mapping[str, Any], file: str, text: str
) -> dict[str, Entry]:
    """The classes that are known with those of a file; `text` is what it says, for its lines."""
    shown = FILE if file == BUILT_IN else file
    allowed = {"class", "defaults"} if file == BUILT_IN else {"class"}
    if unknown := sorted(raw.keys() - allowed):
        msg = f"{shown}: unknown table {unknown[0]!r}"
        raise RuleError(msg, "each class begins with a line [[class]]")
    tables = raw.get("class", [])
    if not isinstance(tables, list):
        msg = f"{shown}: class is no list of tables"
        raise RuleError(msg, "each class begins with a line [[class]]")
    lines = [text.count("\n", 0, found.start()) + 1 for found in _HEADER.finditer(text)]
    lines += [0] * (len(tables) - len(lines))
    entries, seen = dict(known), set()
    for table, line in zip(tables, lines, strict=False):
        where = Place(shown, line, "?")
        if not isinstance(table, dict):
            where.refuse(f"{table!r} is not a [[class]]", "each class begins with a line [[class]]")
        code = table.get("code")
        where = where._replace(code=str(code or "?"))
        if not isinstance(code, str) or not _CODE.fullmatch(code):
            where.refuse(f"code {code!r}", "a word in small letters, such as statins; _ joins two")
        if code in seen:
            where.refuse("stands twice in the file", "say all of a class in one place")
        seen.add(code)
        replaced = _flag(table, "replace", where)
        entries[code] = _entry(table, None if replaced else entries.get(code), file, where)
    return entries


def _entry(table: Mapping[str, Any], before: Entry | None, file: str, where: Place) -> Entry:
    """One class, or what is changed of one."""
    if unknown := sorted(table.keys() - set(_KEYS)):
        where.refuse(f"unknown key {unknown[0]!r}", f"known keys: {', '.join(_KEYS)}")
    said = {key: _list(table, key, where) for key in _LISTS}
    if before is None:
        if missing := [key for key in _TEXTS if key not in table]:
            where.refuse(f"no {missing[0]!r}", "every class states it; see the built-in file")
        if not any(said[key] for key in _FINDS):
            where.refuse("nothing to find it by", f"list one of: {', '.join(_FINDS)}")
        return Entry(
            label=_text(table, "label", where),
            source=_text(table, "source", where),
            threshold=_threshold(table, where)
            or Fraction(str(read_rules("adherence.toml")["measure"]["threshold"])),
            min_age=_age(table, where, read_rules(FILE)["defaults"]["min_age"]),
            one_at_a_time=_flag(table, "one_at_a_time", where),
            lists=said,
            origins=(file,),
            where=where,
        )
    source = _text(table, "source", where) if "source" in table else ""
    return Entry(
        label=_text(table, "label", where) if "label" in table else before.label,
        source="; ".join(filter(None, (before.source, source))),
        threshold=_threshold(table, where) or before.threshold,
        min_age=_age(table, where, before.min_age),
        one_at_a_time=_flag(table, "one_at_a_time", where, usual=before.one_at_a_time),
        lists={key: tuple(dict.fromkeys((*before.lists[key], *said[key]))) for key in _LISTS},
        origins=(*before.origins, file),
        where=where,
    )


def _text(table: Mapping[str, Any], key: str, where: Place) -> str:
    value = table[key]
    if not isinstance(value, str) or not fold(value):
        where.refuse(f"{key} {value!r} is empty or no text", f'write it as {key} = "…"')
    return value


def _list(table: Mapping[str, Any], key: str, where: Place) -> tuple[str, ...]:
    """The texts of a list, each in its form; empty when it is not there."""
    values = table.get(key, [])
    if not isinstance(values, list):
        where.refuse(f"{key} {values!r} is not a list", f'write it as {key} = ["…"]')
    for value in values:
        if not isinstance(value, str) or not _fits(key, value):
            where.refuse(f"{key} {value!r}", _hint(key))
    return tuple(dict.fromkeys(values))


def _fits(key: str, value: str) -> bool:
    if key == "ndc":
        return bool(ndc_digits(value))
    if key == "excluded_conditions":
        return value in load_conditions()
    return bool(_FORMS[key].fullmatch(value) if key in _FORMS else fold(value))


def _hint(key: str) -> str:
    if key == "ndc":
        return "eleven digits, or nine for all packages, or with hyphens: 00093-1048-01"
    if key == "excluded_conditions":
        return f"one of: {', '.join(load_conditions())}"
    return _HINT


def _threshold(table: Mapping[str, Any], where: Place) -> Fraction | None:
    """The share as it is written, exactly: 0.8 is four fifths; none where it is not said."""
    value = table.get("threshold")
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value <= 1:
        where.refuse(f"threshold {value!r}", "a share of days such as 0.8, above 0 and up to 1")
    return Fraction(str(value))


def _age(table: Mapping[str, Any], where: Place, usual: int) -> int:
    value = table.get("min_age", usual)
    if type(value) is not int or not 0 <= value <= _OLDEST:
        where.refuse(f"min_age {value!r}", "years, a whole number without quotes")
    return value


def _flag(table: Mapping[str, Any], key: str, where: Place, *, usual: bool = False) -> bool:
    value = table.get(key, usual)
    if not isinstance(value, bool):
        where.refuse(f"{key} {value!r}", "true or false")
    return value
