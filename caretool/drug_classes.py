"""Which class is a medicine of? By its NDC, else its ATC code, else an ingredient in its name.

For fills whose file does not say: the file's own class always wins, which is the caller's part.
The classes are in `rules/drug-classes.toml`; a practice adds to them in a file of its own. What
could be two classes is none: a medicine put with the wrong ones would hide a gap in theirs.
"""

from __future__ import annotations

from fractions import Fraction
from functools import cache, lru_cache
from typing import TYPE_CHECKING, NamedTuple, TypeVar

from caretool import class_tables as tables
from caretool.drug_names import drug_of, is_ingredient, ndc_digits
from caretool.names import fold
from caretool.rules import read_file, read_rules
from caretool.short_file import read_short

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from caretool.class_tables import Entry
    from caretool.model import Product

_ATC_LENGTHS = (7, 5, 4, 3, 1)
_V = TypeVar("_V")


class Found(NamedTuple):
    """The class of a medicine, and by what it is known; no code where it is in none."""

    code: str | None
    by: str = ""
    """`ndc`, `atc` or `ingredient`."""


class Classes(NamedTuple):
    """The classes in force: what each one is, and by what they are found.

    A prefix of no class is that of an exception.
    """

    labels: Mapping[str, str]
    """By code, as everything down to `entries`."""
    ingredients: Mapping[str, frozenset[str]]
    """Generic names as `drug_names` spells them."""
    threshold: Mapping[str, Fraction]
    """Adherent from this share of days on."""
    min_age: Mapping[str, int]
    one_at_a_time: frozenset[str]
    """Of these, people take one drug; another that is filled for the first time replaces it."""
    excluded_by: Mapping[str, frozenset[str]]
    """Codes of classes of which a fill in the window takes a patient out of the measure."""
    excluded_conditions: Mapping[str, frozenset[str]]
    instead_of: Mapping[str, frozenset[str]]
    entries: Mapping[str, Entry]
    """What the files say of each class, and which files."""
    by_ndc: Mapping[str, str]
    by_atc: Mapping[str, str | None]
    by_ingredient: Mapping[str, str]
    by_name: Mapping[str, str]
    """By code, label and names, folded."""
    unknown: frozenset[str]
    """The ingredients that `drug_names` does not know: looked for word by word."""

    def of(self, product: Product) -> str | None:
        """The code of a medicine's class; none if it is in no class, or could be in two."""
        return self.found(product).code

    def found(self, product: Product) -> Found:
        """The class of a medicine, and by what it is known."""
        digits = ndc_digits(product.ndc) or ndc_digits(product.name)
        for listed in (digits, digits[:9]):
            if listed in self.by_ndc:
                return Found(self.by_ndc[listed], "ndc")
        atc = "".join(product.atc.split()).upper()
        for length in _ATC_LENGTHS:
            if (prefix := atc[:length]) in self.by_atc:
                if (code := self.by_atc[prefix]) is not None:
                    return Found(code, "atc")
                break
        named = {self.by_ingredient[one] for one in self._named(product)}
        named -= {other for one in named for other in self.instead_of[one]}
        return Found(named.pop(), "ingredient") if len(named) == 1 else Found(None)

    def code_for(self, text: str) -> str | None:
        """Which class a file means by its words for one; none where they are no name of any."""
        return self.by_name.get(_name_key(text))

    def _named(self, product: Product) -> set[str]:
        """The ingredients of a medicine that are of some class."""
        named = self.by_ingredient.keys() & set(
            drug_of(product.name, product.atc, product.ndc).ingredients
        )
        if self.unknown:
            words = f" {drug_of(product.name).key.replace('+', ' ')} "
            named |= {one for one in self.unknown if f" {one} " in words}
        return named


def load_classes(own: Path | None = None) -> Classes:
    """The classes in force: the built-in ones, with those of the practice's own file if it has one.

    Raises:
        RuleError: a file does not keep its own grammar; names file, line and class.
    """
    if own is None:
        return _built_in()
    return _with_own(own, _content(own))


def _content(own: Path) -> str:
    """What a file says; nothing where it cannot be read, of which `read_file` tells."""
    try:
        return read_short(own)
    except (OSError, ValueError):
        return ""


@cache
def _built_in() -> Classes:
    return _classes(tables.built_in(read_rules(tables.FILE)))


@lru_cache(maxsize=8)
def _with_own(own: Path, _said: str) -> Classes:
    """The classes with those of a file; its content is what they are kept by."""
    text, raw = read_file(own)
    return _classes(tables.merged(tables.built_in(read_rules(tables.FILE)), raw, own.name, text))


def _classes(entries: Mapping[str, Entry]) -> Classes:
    """Classes of well-formed entries. Raises RuleError for what contradicts another class."""
    by_ndc: dict[str, str] = {}
    by_atc: dict[str, str | None] = {}
    by_ingredient: dict[str, str] = {}
    by_name: dict[str, str] = {}
    ingredients: dict[str, frozenset[str]] = {}
    for code, one in entries.items():
        ingredients[code] = frozenset(_generic(name, one) for name in one.lists["ingredients"])
        names = {_name_key(name) for name in (code, one.label, *one.lists["names"])}
        _add(by_ndc, {ndc_digits(ndc): code for ndc in one.lists["ndc"]}, one)
        _add(by_atc, dict.fromkeys(one.lists["atc"], code), one)
        _add(by_atc, dict.fromkeys(one.lists["atc_not"]), one)
        _add(by_ingredient, dict.fromkeys(ingredients[code], code), one)
        _add(by_name, dict.fromkeys(names, code), one)
        for key in ("instead_of", "excluded_by"):
            for other in one.lists[key]:
                if other not in entries:
                    one.where.refuse(
                        f"{key} {other!r} is no class", f"one of: {', '.join(entries)}"
                    )
    return Classes(
        labels={code: one.label for code, one in entries.items()},
        ingredients=ingredients,
        threshold={code: one.threshold for code, one in entries.items()},
        min_age={code: one.min_age for code, one in entries.items()},
        one_at_a_time=frozenset(code for code, one in entries.items() if one.one_at_a_time),
        excluded_by=_of(entries, "excluded_by"),
        excluded_conditions=_of(entries, "excluded_conditions"),
        instead_of=_of(entries, "instead_of"),
        entries=entries,
        by_ndc=by_ndc,
        by_atc=by_atc,
        by_ingredient=by_ingredient,
        by_name=by_name,
        unknown=frozenset(name for name in by_ingredient if not is_ingredient(name)),
    )


def _of(entries: Mapping[str, Entry], key: str) -> dict[str, frozenset[str]]:
    return {code: frozenset(one.lists[key]) for code, one in entries.items()}


def _generic(name: str, entry: Entry) -> str:
    """An ingredient as `drug_names` spells it; as it is written where it is not known there."""
    found = drug_of(name).ingredients
    if len(found) > 1:
        hint = f"list its ingredients one by one: {', '.join(found)}"
        entry.where.refuse(f"ingredients {name!r} is a combination", hint)
    return found[0] if found else name


def _name_key(text: str) -> str:
    """The form in which names of classes are compared: folded, with or without an s at the end."""
    return fold(text).removesuffix("s")


def _add(known: dict[str, _V], new: Mapping[str, _V], entry: Entry) -> None:
    """Nothing may stand twice: which class would it be?"""
    for key in sorted(known.keys() & new.keys()):
        entry.where.refuse(
            f"{key!r} stands for {known[key] or 'an exception'} already",
            "leave one of the two away; replace = true says a class anew",
        )
    known.update(new)
