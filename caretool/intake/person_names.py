"""From cell texts to names: which word is the last name, the first, the middle, the suffix?

Spelling is left as the sender wrote it; only what is no part of a name goes: titles, degrees after
a comma, nicknames in quotes or brackets, and signs that stand for "nothing". A bad name is a
`ValueError` whose text never repeats it.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from caretool.intake.empties import UNFIT, is_empty
from caretool.model import Name
from caretool.names import fold

if TYPE_CHECKING:
    from collections.abc import Iterable

_MEMO: Final = 60_000
_LONGEST_NAME: Final = 200
_CONTROLS: Final = "has control characters"
_NO_NAME: Final = "is empty"
_LONG_NAME: Final = f"is longer than {_LONGEST_NAME} characters"

_SUFFIXES: Final = {
    **dict.fromkeys(("jr", "sr", "ii", "iii", "iv"), ""),
    "jnr": "Jr",
    "snr": "Sr",
    "2nd": "II",
    "3rd": "III",
    "4th": "IV",
}
"""Folded suffix to what it is written as, empty where it stays as it is."""
_PARTICLES: Final = frozenset(
    {"de", "del", "della", "di", "da", "das", "do", "dos", "du", "la", "las", "le", "los"}
    | {"van", "von", "der", "den", "ter", "ten", "al", "el", "bin", "ibn", "san", "santa", "st"}
)
_TITLES: Final = frozenset(
    {"mr", "mrs", "ms", "miss", "mx", "dr", "dra", "prof", "rev", "sra", "srta"}
)
_BEFORE_WHOLE_NAMES: Final = _TITLES | {"sr"}  # Sr. Juan Soto, as Spanish writes señor
_DEGREES: Final = frozenset(
    {"md", "do", "rn", "lpn", "np", "pa", "pac", "phd", "dds", "dmd", "dvm", "esq", "jd", "cpa"}
    | {"bsn", "msn", "dnp", "fnp", "aprn", "pharmd", "psyd", "lcsw", "msw", "mph", "mba", "dpm"}
)
_GIVEN_TOO: Final = frozenset({"do", "pa"})
# `Na` and `Null` are last names, NaN and N/A are not: capitals count
_NO_NAMES: Final = frozenset(
    {"", "-", "--", "---", "~", ".", "?", "*", "NaN", "N/A", "n/a", "#N/A", "#REF!", "#NAME?"}
    | {"#VALUE!", "(null)", "(blank)"}
)
_NOBODY: Final = frozenset({"unknown", "desconocido", "desconocida"})
_NO_MIDDLE: Final = frozenset({"nmi", "nmn"})  # no middle initial, no middle name

_ASIDES: Final = re.compile(
    r"""\([^()]*(?:\)|$)|"[^"]*"|[\u201c\u201d][^\u201c\u201d]*[\u201c\u201d]"""
    r"""|(?<!\w)['\u2018]\w[\w .-]*['\u2019](?!\w)"""
)
_LEFTOVER: Final = str.maketrans({'"': " ", "\u201c": " ", "\u201d": " ", "(": " ", ")": " "})
_LOOSE_HYPHEN: Final = re.compile(r"(?<=\w) *- *(?=\w)")
_DASHES: Final = re.compile("[\u2010-\u2015]")
_INVISIBLE: Final = re.compile("[\u00ad\u200b-\u200f\u2060\ufeff]")
_GLUED: Final = re.compile(r"(?<=[^\W\d_])\d+(?!\w)")

_TEST_WORDS: Final = frozenset({"test", "testing", "testpatient", "dummy"})
_TEST_FILLERS: Final = _TEST_WORDS | {
    "patient", "pt", "person", "adult", "child", "baby", "boy", "girl", "male", "female", "one",
    "two", "three", "",
}  # fmt: skip


def split_name(text: str) -> Name:
    """Which part of a whole name is which?

    With a comma the last name stands first (`LAST JR, FIRST M`, HL7's `LAST^FIRST^M`), without
    one it stands last, together with its particles (`Maria de la Cruz`).

    Raises:
        ValueError: nothing there, control characters, or longer than 200 characters.
    """
    before, comma, after = _tidy(text).partition(",")
    given, suffix, degree = _given(after)
    if not given and (suffix or not comma):
        return _natural_order(before.split(), suffix)
    if degree and " " in before:
        return _natural_order(before.split(), suffix)  # John Soto, MD
    last, glued = _last_name(before)
    if not given:
        return _name(last, "", "", glued or suffix)
    middle = " ".join(given[1:]) if len(given) > 1 else ""
    return _name(last, given[0], middle, glued or suffix)


def name_from_parts(last: str, first: str, middle: str = "", suffix: str = "") -> Name:
    """The name from a file's name columns.

    A suffix inside the last or first name moves to its place; a single letter at the end of the
    first name becomes the middle name if the file gives none. `MARY ANN` stays a first name.

    Raises:
        ValueError: nothing there, control characters, or longer than 200 characters.
    """
    if ("," in last or "^" in last) and is_empty(first):
        return split_name(last)
    family, glued = _last_name(last)
    given, other, _ = _given(first)
    middle = "" if not middle or is_empty(middle) else _tidy(middle)
    if len(middle) > 1 and _folded(middle) in _NO_MIDDLE:
        middle = ""
    elif len(middle) > 1 and _folded(middle) in _SUFFIXES:
        middle, other = "", _suffix(middle)
    stated = "" if not suffix or is_empty(suffix) else _given(f"-,{suffix}")[1]
    if not middle and len(given) > 1 and len(_folded(given[-1])) == 1:
        given, middle = given[:-1], given[-1]
    return _name(family, " ".join(given), middle, stated or glued or other)


def is_test_patient(name: Name) -> bool:
    """Is this nobody but a name that somebody made up to try a system (ZZTEST, TEST PATIENT)?

    `Test` alone is a family name too: with a first name that is none of these words it is one.
    """
    if not (_may_be_a_test(name.last) or _may_be_a_test(name.first)):
        return False
    last, first = (re.sub(r"\d", "", fold(part)) for part in (name.last, name.first))
    whole = last + first + fold(name.middle)
    if "donotuse" in whole or last.startswith("zz") or first.startswith("zz"):
        return True
    if last in _TEST_WORDS:
        return first in _TEST_FILLERS or fold(name.first.partition(" ")[0]) in _TEST_FILLERS
    return first in _TEST_WORDS and last in _TEST_FILLERS


@lru_cache(maxsize=1 << 14)
def _may_be_a_test(part: str) -> bool:
    """Could this part of a name be one of a test patient? Told quickly, for every row."""
    plain = re.sub(r"\d", "", fold(part))
    return plain.startswith("zz") or plain in _TEST_WORDS or "do" in plain


def has_glued_digits(texts: Iterable[str]) -> bool:
    """Does a whole column of names end in digits, as Synthea writes them (`Maynard46`)?

    True only if every cell that is not empty does, and there are two such cells at least.
    """
    count = 0
    for text in texts:
        if not is_empty(text):
            if not _GLUED.search(text):
                return False
            count += 1
    return count > 1


def without_digits(text: str) -> str:
    """The text without the digits glued to the end of its words; for columns where all are."""
    return _GLUED.sub("", text)


def _natural_order(words: list[str], suffix: str) -> Name:
    """First, middle and last name in the order in which one says them."""
    while len(words) > 1 and _folded(words[0]) in _BEFORE_WHOLE_NAMES:
        words = words[1:]
    glued = ""
    if words and _folded(words[-1]) in _SUFFIXES:
        *words, glued = words
    if not words:
        return _name(glued, "", "", suffix)
    start = len(words) - 1
    while start > 1 and _folded(words[start - 1]) in _PARTICLES:
        start -= 1
    if start == 1 and len(words) > 2 and _folded(words[0]) in _PARTICLES:
        start = 0  # DE LA CRUZ alone
    first = words[0] if start else ""
    last = " ".join(words[start:])
    return _name(last, first, " ".join(words[1:start]), suffix or _suffix(glued))


def _name(last: str, first: str, middle: str, suffix: str) -> Name:
    if last.casefold() in _NOBODY:
        last = ""
    if first.casefold() in _NOBODY:
        first = ""
    if not last and not first:
        raise ValueError(_NO_NAME)
    return Name(last, first, middle, suffix)


@lru_cache(maxsize=_MEMO)
def _last_name(text: str) -> tuple[str, str]:
    """A last name without the suffix in it, and that suffix; `II` alone is a last name."""
    words: list[str] = []
    suffix = ""
    for part in _tidy(text).split(","):
        words += () if part.strip() in _NO_NAMES else part.split()
        if len(words) > 1 and _folded(words[-1]) in _SUFFIXES:
            suffix = _suffix(words.pop())
    while len(words) > 1 and _folded(words[0]) in _TITLES:
        words = words[1:]
    return " ".join(words), suffix


@lru_cache(maxsize=_MEMO)
def _given(text: str) -> tuple[tuple[str, ...], str, bool]:
    """The given names after a comma or in their column, the suffix among them.

    The third tells whether they look like nothing but a degree; Do and Pa are given names too.
    """
    words: list[str] = []
    suffix = ""
    for number, part in enumerate(_tidy(text).split(",")):
        found = [] if part.strip() in _NO_NAMES else part.split()
        while found and _folded(found[0]) in _TITLES:
            found = found[1:]
        if len(found) > 1 and _folded(found[0]) in _SUFFIXES:
            suffix, *found = found  # SOTO, JR LUIS
        if number and found and all(_folded(word) in _DEGREES for word in found):
            continue
        words += found
        while len(words) > 1 and _folded(words[-1]) in _TITLES:
            words.pop()
        if words and _folded(words[-1]) in _SUFFIXES:
            suffix = words.pop()
    alone = [_folded(word) for word in words]
    degree = bool(alone) and _DEGREES.issuperset(alone) and _GIVEN_TOO.isdisjoint(alone)
    return tuple(words), _suffix(suffix), degree


def _suffix(word: str) -> str:
    return _SUFFIXES.get(_folded(word), "") or word.strip("., ")


def _tidy(text: str) -> str:
    """A name's text with one blank between words, commas for carets, and without asides."""
    text = text.strip()
    if not text.isprintable() and UNFIT.search(text):
        raise ValueError(_CONTROLS)
    if len(text) > _LONGEST_NAME:
        raise ValueError(_LONG_NAME)
    if not text.isascii():
        text = _INVISIBLE.sub("", unicodedata.normalize("NFKC", text))
        text = _DASHES.sub("-", text)
    if text in _NO_NAMES:
        return ""
    if '"' in text or "(" in text or text.count("'") > 1 or not text.isascii():
        inside = text.translate(_LEFTOVER)
        text = _ASIDES.sub(" ", text).translate(_LEFTOVER)
        text = text if text.strip(" ,") else inside
    if "^" in text:
        text = text.replace("^", ",")
    text = " ".join(text.split())
    if "- " in text or " -" in text:
        text = _LOOSE_HYPHEN.sub("-", text)
    return text


def _folded(word: str) -> str:
    return word.replace(".", "").strip(", ").lower()
