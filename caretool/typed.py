"""What people type on the command line, as values of the model; each refusal says what works."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from caretool import dates
from caretool.errors import InputError, RefusedError, UsageProblem
from caretool.intake import roster_words
from caretool.intake.person_names import split_name
from caretool.intake.values import clean_id, clean_phone, clean_zip
from caretool.names import fold
from caretool.rule_files import load_conditions

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date

    from caretool.model import Name

_NOT_UTF8 = re.compile("[\ud800-\udfff]")


def name(text: str) -> Name:
    """A person's name from `Last, First Middle` or `First Last`."""
    try:
        found = split_name(text)
    except ValueError as error:
        msg = f"the name {error}"
        raise InputError(msg, 'write it as "Last, First Middle" or "First Last"') from None
    if not fold(found.last) or not fold(found.first):
        msg = "the name lacks a first or a last name"
        raise InputError(msg, 'write it as "Last, First Middle" or "First Last"')
    return found


def birth_date(text: str, today: date) -> date:
    """A birth date: any DATE that is not in the future."""
    try:
        born = dates.parse_date(text, today)
    except UsageProblem as error:  # a birth date is not repeated, not even a mistyped one
        msg = "the birth date is not a date that caretool reads"
        raise UsageProblem(msg, error.hint, code=error.code) from None
    if born > today:
        msg = "the birth date is in the future"
        raise RefusedError(msg, "check the year", code="future-date")
    return born


def number(text: str) -> str:
    """A record number."""
    cleaned = clean_id(text)
    if cleaned is None or not fold(cleaned) or not text.strip().isprintable():
        msg = "a record number has letters or digits"
        raise InputError(msg, "for example --mrn 0012345")
    return cleaned


def phone(text: str) -> str:
    """A phone number; local numbers of seven digits are kept as they are."""
    cleaned = clean_phone(text)
    if cleaned is None:
        msg = "that is no phone number: fewer than 7 digits, or a placeholder"
        raise InputError(msg, "for example --phone 423-555-0142")
    return cleaned


def zip_code(text: str | None) -> str | None:
    """A US ZIP code, five digits; the four after a hyphen are dropped."""
    if text is None:
        return None
    cleaned = clean_zip(text)
    if cleaned is None:
        msg = "a ZIP code has 5 digits"
        raise InputError(msg, "for example --zip 37391")
    return cleaned


def condition(text: str) -> tuple[str, ...]:
    """A condition by our code, by a usual word or by ICD-10, as codes of ours where they fit."""
    found = roster_words.condition(text)
    if found is None:
        msg = f"no condition {text!r}"
        raise UsageProblem(msg, f"an ICD-10 code, or one of: {', '.join(load_conditions())}")
    return found


def conditions(texts: Iterable[str]) -> tuple[str, ...]:
    """Several conditions, each code once."""
    return tuple(dict.fromkeys(code for text in texts for code in condition(text)))


def free_text(text: str | None) -> str | None:
    """A note or a reason: blank is none; line breaks stay, other control characters do not."""
    if text is None or not text.strip():
        return None
    if _NOT_UTF8.search(text):
        msg = "the text is not UTF-8"
        raise InputError(msg, "save or type it as UTF-8")
    return "".join(c for c in text.strip() if c.isprintable() or c in "\n\t")
