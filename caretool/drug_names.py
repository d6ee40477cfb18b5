"""Which drug is meant by what a file calls a medicine?

A drug is an ingredient or a fixed combination of them; strength, salt, brand and (but for local
ones) form are ignored, so that a refill in another strength continues the same supply. To take two
drugs for one makes a figure silently too high, to take one for two only too low: a name that is
half understood is never the drug of the half that is. The names are in `rules/ingredients.toml`.
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_left
from functools import cache, lru_cache
from itertools import takewhile
from typing import TYPE_CHECKING, NamedTuple

from caretool.rules import read_rules

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    Phrases = Mapping[str, Sequence[tuple[tuple[str, ...], tuple[str, ...]]]]

_TOKEN = re.compile(r"[^\W\d_]+|\d+|[/+&%]|(?<=\w)-(?=\w)")
_JOINS = frozenset("/+&-")
_SIGNS = frozenset("/+&")
# "k2" and "b12" are names, other numbers are strengths
_NAME = re.compile(r"(?<!\w)[^\W\d_]\d{1,2}(?!\w)|[^\W\d_]+")
_ATC = re.compile(r"[A-Z]\d\d[A-Z]{2}\d\d")
_NDC = re.compile(
    r"(?:ndc)?[\s:#]*(?:(\d{4,5})-(\d{3,4})(?:-(\d{1,2}))?|(\d{9}(?:\d\d)?))", re.ASCII
)
# A word cut short is recognised from so many letters on; a shorter one fits too many names
_CUT = 7
# A word joined to an ingredient is one from so many letters on, or with a sign and no strength
# between the two from fewer (sitagliptin/met). Behind a hyphen four are the suffix of a biologic
# (insulin glargine-yfgn), as the FDA's guidance of 2017 on naming them has it; before one, fewer
# than five are who makes it (apo-metformin).
_WORD = 5
_SHORT = 3


class Drug(NamedTuple):
    """A drug, by a key that is the same for all its names."""

    key: str
    ingredients: tuple[str, ...]
    """In alphabetical order; none where the name is not known."""


class _Table(NamedTuple):
    """What `rules/ingredients.toml` says, as it is looked up."""

    phrases: Phrases
    """By their first word, the longest first; each with its ingredients."""
    starts: Sequence[str]
    """The generic names and other single words that can be cut short, sorted."""
    atc: Mapping[str, tuple[str, ...]]
    joining: frozenset[str]
    ignored: frozenset[str]
    """Salts, forms and units."""
    passed: frozenset[str]
    """These, and the words for places."""
    minerals: frozenset[str]
    per: frozenset[str]
    """What a strength is said for."""
    local: frozenset[str]
    places: Mapping[str, frozenset[str]]
    place_by_atc: Mapping[str, str]


@lru_cache(maxsize=65536)
def drug_of(name: str, atc: str = "", ndc: str = "") -> Drug:
    """Which drug does a file mean by a name, an ATC code (level 5) or an NDC, if it gives them?

    The ingredients that the name holds decide, by generic name or US brand; else those of the
    ATC code, else the code itself; else the name without strengths, forms and salts, or the nine
    digits (labeler and product) of an NDC.
    """
    table = _table()
    code = "".join(atc.split()).upper()
    plain = " ".join(_plain(name).split())
    if not _ATC.fullmatch(code) and _ATC.fullmatch(plain.upper()):
        code = plain.upper()
    cleaned = " ".join(word for word in _NAME.findall(plain) if word not in table.ignored)
    known = (
        _ingredients(plain, code, table)
        or table.atc.get(code, ())
        or (() if _ATC.fullmatch(code) else _ingredients(cleaned, code, table))
    )
    if known:
        return Drug("+".join(known), known)
    if _ATC.fullmatch(code):
        return Drug(code, ())
    digits = ndc_digits(plain) or ("" if plain else ndc_digits(ndc))
    return Drug(f"ndc {digits[:9]}" if digits else cleaned or plain, ())


def ndc_digits(text: str) -> str:
    """An NDC as eleven digits, or nine (labeler and product) without package; empty if it is none.

    The parts between hyphens are filled up to 5, 4 and 2. Ten digits without hyphens could be three
    products and are none.
    """
    found = _NDC.fullmatch(text.strip().lower())
    if found is None:
        return ""
    labeler, product, package, digits = found.groups(default="")
    return digits or ndc_of_parts(labeler, product, package)


def ndc_of_parts(labeler: str, product: str, package: str = "") -> str:
    """The digits of an NDC in parts, each filled up with zeros to 5, 4 and 2 (no package: 9)."""
    return labeler.zfill(5) + product.zfill(4) + (package and package.zfill(2))


def is_ingredient(name: str) -> bool:
    """Is this a generic name as `rules/ingredients.toml` spells it?"""
    return drug_of(name) == Drug(name, (name,))


def _plain(text: str) -> str:
    """The text in small letters without accents."""
    if text.isascii():
        return text.lower()
    small = unicodedata.normalize("NFKD", text).casefold()
    plain = unicodedata.normalize("NFKD", small)
    return "".join(letter for letter in plain if not unicodedata.combining(letter))


def _ingredients(text: str, code: str, table: _Table) -> tuple[str, ...]:
    """The ingredients of a name in small letters, with what is joined to them; none if unknown."""
    tokens = _TOKEN.findall(text)
    known: set[str] = set()
    joined: set[str] = set()
    last: list[str] = []  # words that nobody knows, joined to each other, before an ingredient
    beside, link = False, ""  # is an ingredient before this word, and by what is the word joined?
    direct = False  # and is no number between the two?
    for found, word in _read(tokens, table):
        if found:
            known.update(found)
            short = direct and link in _SIGNS
            joined.update(one for one in last if link and (short or _is_name(one, table)))
            last, beside, link, direct = [], True, "", True
        elif word in _JOINS or word in table.joining:
            link = word
        elif word in table.minerals and beside and not link:
            continue
        elif link == "/" and word in table.per:
            link = ""
        elif word.isalpha() and word not in table.passed:
            short = direct and (link in _SIGNS or (link == "-" and len(word) == _SHORT))
            if beside and link and (_is_name(word, table) or (short and len(word) >= _SHORT)):
                joined.add(word)
            else:
                last = [*(last if link else ()), *([word] if len(word) >= _SHORT else ())]
                beside = False
            link, direct = "", True
        elif word.isdigit():
            direct = False
    if not known:
        return ()
    place = _place(tokens, code, table)
    at = {f"{one} {place}" if place and one in table.local else one for one in known}
    return tuple(sorted(at | joined))


def _is_name(word: str, table: _Table) -> bool:
    """Is a word that nobody knows, and that is joined to an ingredient, one too?"""
    return len(word) >= _WORD or word in table.minerals


def _read(tokens: list[str], table: _Table) -> Iterator[tuple[tuple[str, ...], str]]:
    """Word for word: the ingredients that stand there, or the word when there are none."""
    words = [token for token in tokens if token not in _JOINS]
    at, skip = 0, 0
    for token in tokens:
        if token in _JOINS:
            if not skip:
                yield (), token
            continue
        if skip:
            skip -= 1
        else:
            length, found = _phrase(words, at, table)
            skip = max(length - 1, 0)
            yield found, token
        at += 1


def _phrase(words: list[str], at: int, table: _Table) -> tuple[int, tuple[str, ...]]:
    """How many words from here on are a known name, and its ingredients."""
    word = words[at]
    for phrase, found in table.phrases.get(word, ()):
        if tuple(words[at : at + len(phrase)]) == phrase:
            return len(phrase), found
    if len(word) < _CUT or word in table.ignored:
        return 0, ()
    first = bisect_left(table.starts, word)
    begun = takewhile(lambda start: start.startswith(word), table.starts[first:])
    meant = {_whole(start, table) for start in begun}
    return 1, meant.pop() if len(meant) == 1 else ()


def _whole(word: str, table: _Table) -> tuple[str, ...]:
    """The ingredients of a name that is one word; none of a salt or a form."""
    phrases = table.phrases.get(word, ())
    return next((found for phrase, found in phrases if len(phrase) == 1), ())


def _place(tokens: list[str], code: str, table: _Table) -> str:
    """Where a medicine acts, as its name or its ATC code says; empty when it is swallowed."""
    for place, words in table.places.items():
        if not words.isdisjoint(tokens):
            return place
    for prefix, place in table.place_by_atc.items():
        if code.startswith(prefix):
            return place
    return "local" if "%" in tokens else ""


@cache
def _table() -> _Table:
    raw = read_rules("ingredients.toml")
    words, places = raw["words"], raw["places"]
    named = {name: name for name in raw["ingredients"]} | raw["spellings"]
    phrases: dict[str, list[tuple[tuple[str, ...], tuple[str, ...]]]] = {}
    for name, means in (named | raw["brands"]).items():
        phrase = tuple(token for token in _TOKEN.findall(name) if token not in _JOINS)
        phrases.setdefault(phrase[0], []).append((phrase, tuple(means.split(" + "))))
    for several in phrases.values():
        several.sort(key=lambda one: -len(one[0]))
    ignored = frozenset().union(*(words[key] for key in ("salts", "forms", "units")))
    return _Table(
        phrases=phrases,
        starts=sorted({*filter(str.isalpha, named), *words["salts"], *words["forms"]}),
        atc={code: tuple(sorted(means.split(" + "))) for code, means in raw["atc"].items()},
        joining=frozenset(words["joining"]),
        ignored=ignored,
        passed=ignored.union(*places["words"].values()),
        minerals=frozenset(words["minerals"]),
        per=frozenset(words["per"]),
        local=frozenset(places["ingredients"]),
        places={place: frozenset(several) for place, several in places["words"].items()},
        place_by_atc=places["atc"],
    )
