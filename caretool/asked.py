"""What was typed, as the history keeps it: without names, record numbers and free text.

Kept are the options, ids, days, numbers, and words out of lists of the program's own; whatever
else stands in a command may tell of somebody and is written as `…` (HIPAA's minimum necessary,
45 CFR 164.502(b)). A day is kept but for a birth date.
"""

from __future__ import annotations

import re
from enum import Enum
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

LEFT_OUT = "…"
_ID = re.compile(r"[PDCRHM][1-9][0-9]{0,15}", re.IGNORECASE)
_CODE = re.compile(r"[a-z0-9][a-z0-9_./-]{0,39}", re.IGNORECASE)
_DAY = re.compile(
    r"\d{4}-\d\d-\d\d(T\d\d:\d\d)?|[+-]\d{1,4}[dwmy]|today|yesterday|tomorrow"
    r"|mon|tue|wed|thu|fri|sat|sun"
)
# Parameters whose words are codes of the rules: another word than those fails the command
_CODES = frozenset({
    "outcome", "kind", "topic", "method", "condition", "comorbidity", "missed_because",
    "missed_doses", "which", "older_than", "time_zone",
})  # fmt: skip
# Of the rest, what is never a day of care
_BIRTH = frozenset({"dob"})
_NEVER = frozenset({"db", "passphrase_file", "json", "csv", "plain", "spreadsheet", "quiet"})


def words(params: Iterable[Any], values: Mapping[str, Any]) -> str:
    """The words of a command line, from its parameters (as Click has them) and what was given."""
    said: list[str] = []
    for param in params:
        value = values.get(param.name)
        if param.name in _NEVER or value is None or value is False:
            continue
        given = value if isinstance(value, (list, tuple)) else [value]
        shown = [_shown(param, one) for one in given]
        if param.param_type_name == "argument":
            said += shown
        elif value is True:
            said.append(param.opts[0])
        elif param.nargs == 1:
            said += [part for one in shown for part in (param.opts[0], one)]
        else:
            said += [param.opts[0], *shown]
    return " ".join(said)


def _shown(param: Any, value: object) -> str:  # noqa: ANN401 - Click's parameter
    if isinstance(value, Enum):
        return str(value.value)
    if isinstance(value, (int, float)):
        return f"{value:g}"
    text = str(value)
    known = hasattr(param.type, "choices") or (param.name in _CODES and _CODE.fullmatch(text))
    day = param.name not in _BIRTH and _DAY.fullmatch(text)
    return text if known or day or _ID.fullmatch(text) else LEFT_OUT
