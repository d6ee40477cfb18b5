"""From cell texts to identifiers, phones, ZIP codes, sex, diagnosis codes and free text.

Dates are read in `moments.py` under a form that `settling.py` finds, names in `person_names.py`.
"""

from __future__ import annotations

import re
from typing import Final

from caretool.intake.empties import EMPTIES, UNFIT, is_empty
from caretool.model import Sex

__all__ = [
    "clean_icd10",
    "clean_id",
    "clean_phone",
    "clean_sex",
    "clean_text",
    "clean_zip",
    "is_empty",
]

_FLOATED: Final = re.compile(r"(\d+)\.0+", re.ASCII)
_ROUNDED: Final = re.compile(r"\d(?:[.,]\d+)?E\+?\d+", re.ASCII)
_GUARDS: Final = "='\" "
_NOT_DIGITS: Final = re.compile(r"\D+", re.ASCII)
_PUNCTUATION: Final = str.maketrans("", "", "()-. +")
_BETWEEN_NUMBERS: Final = re.compile(
    r"[/;,^~|&\n\r]|(?:ext|x|#)\.?(?= *\d)|\b(?:or|and|y|o)\b", re.IGNORECASE
)
_US_NUMBER: Final = re.compile(
    r"(?<!\d)(?:\+?1[ .-]*)?(\(?\d{3}\)?[ .-]*\d{3}[ .-]*\d{4})(?!\d)", re.ASCII
)
_US, _WITH_COUNTRY, _LOCAL, _LONGEST_NUMBER = 10, 11, 7, 15
_SEXES: Final = {
    **dict.fromkeys(("f", "female", "woman", "fem", "femenino", "femenina", "mujer"), Sex.F),
    **dict.fromkeys(("m", "male", "man", "masc", "masculino", "masculina", "hombre"), Sex.M),
    **dict.fromkeys(("x", "nonbinary", "non-binary", "non binary", "other", "o", "otro"), Sex.X),
    **dict.fromkeys(("a", "ambiguous", "intersex"), Sex.X),
    **dict.fromkeys(("u", "unknown", "unk", "undetermined", "desconocido"), Sex.U),
    **dict.fromkeys(("indeterminate", "not specified", "unspecified"), Sex.U),
}
_ICD10: Final = re.compile(
    r"([A-Z][0-9][0-9AB])\.?([0-9A-Z]{0,4})(?: *(?:[-:;,|^(\u2013]).*)?", re.ASCII | re.DOTALL
)
_LONGEST_CODE_LINE: Final = 400


def clean_text(text: str) -> str | None:
    """Free text on one line without control characters; None when empty."""
    if not text.isprintable():
        text = UNFIT.sub(" ", text)
    return None if is_empty(text) else " ".join(text.split())


def clean_id(text: str) -> str | None:
    """An identifier as its owner writes it: leading zeros kept, a spreadsheet's traces removed.

    None when there is none: empty, only zeros, or rounded to `1.23E+09`, which fits many people.
    """
    text = text.strip()
    if not text:
        return None
    if text.isalnum() and text.isascii() and text[0].isdigit() and text.strip("0"):
        return text  # most numbers; the rest of this function is for what spreadsheets make of them
    if not text.isprintable():
        text = clean_text(text) or ""
    if text.startswith(('="', "'")):
        text = text.strip(_GUARDS)
    if match := _FLOATED.fullmatch(text):
        text = match[1]
    if text.casefold() in EMPTIES or not text.strip("0") or _ROUNDED.fullmatch(text):
        return None
    return text


def clean_phone(text: str) -> str | None:
    """The digits of the first telephone number, of a US one without the leading 1; None if none.

    What follows as extension, second number or HL7 component is left out.
    """
    text = text.strip().strip(_GUARDS)
    if not text:
        return None
    if match := _FLOATED.fullmatch(text):
        text = match[1]
    digits = text.translate(_PUNCTUATION)
    if not (digits.isascii() and digits.isdecimal()):
        digits = _first_number(text)
    if len(digits) > _US and not text.startswith("+") and (found := _US_NUMBER.match(text)):
        digits = _NOT_DIGITS.sub("", found[1])
    if len(digits) == _WITH_COUNTRY and digits[0] == "1":
        digits = digits[1:]
    placeholder = digits[-7:] in ("0000000", "5550000") or len(set(digits)) == 1
    return digits if _LOCAL <= len(digits) <= _LONGEST_NUMBER and not placeholder else None


def _first_number(text: str) -> str:
    """The digits of the first number in a text with more than digits and punctuation.

    A slash may part two numbers or the groups of one: the first part that is a whole US number
    wins, then all digits if they make one, then the first part long enough for a local number.
    """
    parts = [_NOT_DIGITS.sub("", part) for part in _BETWEEN_NUMBERS.split(text)]
    whole = "".join(parts)
    lengths = (_US, _WITH_COUNTRY)
    us = [part for part in parts if len(part) in lengths]
    if us or len(whole) in lengths:
        return us[0] if us else whole
    return next((part for part in parts if len(part) >= _LOCAL), whole)


def clean_zip(text: str) -> str | None:
    """Five digits; a leading zero that a spreadsheet took is put back. None for anything else."""
    text = text.strip().strip(_GUARDS)
    if not text:
        return None
    if match := _FLOATED.fullmatch(text):
        text = match[1]
    digits = text.replace("-", " ").partition(" ")[0]
    if not (digits.isascii() and digits.isdecimal()) or len(digits) not in (4, 5, 8, 9):
        return None
    five = digits.zfill(5 if len(digits) < 6 else 9)[:5]
    return None if five in ("00000", "99999") else five


def clean_sex(text: str) -> Sex | None:
    """F, M, X or U; None when the cell is empty or says something else (1 and 2 mean nothing)."""
    return _SEXES.get(text.strip().casefold())


def clean_icd10(text: str) -> str | None:
    """The first ICD-10 code of a cell with its dot, I5021 as I50.21; None when it begins with none.

    After the code may follow a sign and words or further codes: `I50.21 - Heart failure`.
    """
    match = _ICD10.fullmatch(text.strip().strip(_GUARDS)[:_LONGEST_CODE_LINE].upper())
    if not match:
        return None
    category, rest = match.groups()
    return f"{category}.{rest}" if rest else str(category)
