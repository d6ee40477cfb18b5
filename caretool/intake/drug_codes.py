"""From cell texts to the codes of medicines: national drug codes (NDC) and ATC codes.

An NDC is printed in ten digits with hyphens that part labeler, product and package, as 4-4-2, 5-3-2
or 5-4-1; claims carry eleven digits without them, 5-4-2, the short part filled with a zero in front
(21 CFR 207.33; the standard code set of 45 CFR 162.1002). Ten digits without hyphens that do not
begin with a zero may lack it anywhere: nobody can tell, so they are kept as they are.
"""

from __future__ import annotations

import re

from caretool.drug_names import ndc_of_parts
from caretool.intake.values import clean_id, clean_text

_PARTS = re.compile(r"(\d{4,5})[- ](\d{3,4})(?:[- ](\d{1,2}))?", re.ASCII)
_PRINTED = {(4, 4, 2), (5, 3, 2), (5, 4, 1), (5, 4, 2), (4, 4, 0), (5, 3, 0), (5, 4, 0)}
_DIGITS = re.compile(r"\d{5,11}", re.ASCII)
_WHOLE, _PRINTED_DIGITS, _NO_PACKAGE = 11, 10, 9
_ATC = re.compile(r"[A-Z](?:\d\d(?:[A-Z](?:[A-Z](?:\d\d)?)?)?)?", re.ASCII)


def clean_ndc(text: str) -> str:
    """The eleven digits of an NDC; nine where the package is not said, ten where it is open which.

    Empty when the cell holds no NDC. Zeros that a spreadsheet took from the front are put back:
    up to nine digits that begin with none lack them there in either form, for a labeler's code
    that begins with zeros is four digits long where an NDC is printed.
    """
    text = clean_id(text) or ""
    if match := _PARTS.fullmatch(text):
        labeler, product, package = match[1], match[2], match[3] or ""
        if (len(labeler), len(product), len(package)) not in _PRINTED:
            return ""
        return ndc_of_parts(labeler, product, package)
    if not _DIGITS.fullmatch(text):
        return ""
    if len(text) == _NO_PACKAGE and text[0] == "0":
        return text
    if len(text) == _PRINTED_DIGITS and text[0] != "0":
        return text
    return text.zfill(_WHOLE)


def clean_atc(text: str) -> str:
    """The ATC code of a cell in capitals, `C09AA03`; what is no such code is kept as it is."""
    text = clean_text(text) or ""
    code = text.replace(" ", "").upper()
    return code if _ATC.fullmatch(code) else text
