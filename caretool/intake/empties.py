"""When does a cell say nothing? It is blank, or has one of many signs and words for that."""

from __future__ import annotations

import re
from typing import Final

EMPTIES: Final = frozenset(
    {"", "-", "--", "---", "~", ".", "..", "?", "*", "\u2013", "\u2014"}
    | {"nan", "null", "none", "nil", "na", "n/a", "n.a.", "n/d", "nat", "(null)", "\\n"}
    | {"#n/a", "#ref!", "#value!", "#name?", "#num!", "#null!", "#div/0!"}
    | {"unk", "unknown", "blank", "(blank)", "not available", "not on file", "not recorded"}
    | {"desconocido", "desconocida", "ninguno", "ninguna", "no disponible"}
)
UNFIT: Final = re.compile("[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]")
"""Characters that have no place in a value: controls, and those that turn the line's direction."""


def is_empty(text: str) -> bool:
    """Does the cell say "nothing", in one of the ways that files say it?"""
    return text.strip().casefold() in EMPTIES
