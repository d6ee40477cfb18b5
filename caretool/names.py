"""When are two written names the same name? Folding, without any guess about spelling.

`Zoë`, `ZOE` and `zoe` fold alike, so do `O'Brien` and `OBRIEN`, `De La Cruz` and `DELACRUZ`,
`Smith-Jones` and `Smith Jones`. Nothing else does: likeness is a matter for `matching`.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

_NOT_WORD = re.compile(r"[\W_]+")
# Letters that Unicode does not take apart into base letter and mark; \u0131 is the i without dot.
_LETTERS = str.maketrans(
    {"ø": "o", "ł": "l", "đ": "d", "ð": "d", "\u0131": "i", "æ": "ae", "œ": "oe", "þ": "th"}
)


@lru_cache(maxsize=65536)
def fold(text: str) -> str:
    """The text without case, accents, blanks and punctuation."""
    if text.isascii():
        if text.isalnum():
            return text.lower()
        return _NOT_WORD.sub("", text.lower())
    small = unicodedata.normalize("NFKD", text).casefold().translate(_LETTERS)
    plain = unicodedata.normalize("NFKD", small)
    return _NOT_WORD.sub("", "".join(c for c in plain if not unicodedata.combining(c)))


def words(text: str) -> list[str]:
    """The folded words of a text, for a search by part of a name."""
    return [folded for folded in map(fold, re.split(r"[\s,]+", text)) if folded]


def phone_key(number: str) -> str:
    """The form in which phone numbers are compared: the last ten digits."""
    return re.sub(r"\D", "", number)[-10:]


def id_key(value: str) -> str:
    """The form in which a record number is compared: letters and digits, no leading zeros.

    Spreadsheets drop leading zeros, so `00123` and `123` compare alike; two people whose numbers
    differ only there are told apart by name and birth date, never by the number alone.
    """
    folded = value if value.isascii() and value.isdecimal() else fold(value)
    return folded.lstrip("0") or folded


@lru_cache(maxsize=65536)
def drug_key(name: str) -> str:
    """The form in which what two files call a medicine is compared: case and blanks differ.

    It is what makes two fills the same one. Strengths and brands of one drug are told by
    `drug_names`, which may learn more; that must not make a fill of last year another one.
    """
    return " ".join(name.casefold().split())


def ndc_name(ndc: str) -> str:
    """What a medicine is called of which only the NDC is known: `NDC 00093-1048-01`.

    Ten digits stand without hyphens: where they belong is not known.
    """
    parts = (ndc,) if len(ndc) == 10 else (ndc[:5], ndc[5:9], ndc[9:])
    return f"NDC {'-'.join(filter(None, parts))}"
