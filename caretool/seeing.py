"""Who saw whom: what is kept of a command that has shown patients.

45 CFR 164.312(b), audit controls. The ids are read from the command's own data, so that no command
can forget to name whom it shows.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from caretool import asked

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from caretool.app import Session
    from caretool.output import Result

_ID = re.compile(r"P([1-9][0-9]{0,15})")
# What people have typed or a list has told may look like an id and is none
_TEXTS = frozenset({"name", "other_name", "medication", "note", "facility", "mrn", "other_mrn"})


def record(
    session: Session, result: Result, params: Iterable[Any], given: Mapping[str, Any]
) -> dict[str, str] | None:
    """What is kept of a command's result; None when it showed nobody.

    `params` and `given` are the parameters as Click has them, and what was typed for them.
    """
    whom = patients(result.data) if result.shown is None else list(result.shown)
    if not whom:
        return None
    typed = {**given, "mask": True} if session.mask else given
    return {
        "rules": "",
        "asked": json.dumps({"asked": asked.words(params, typed)}, ensure_ascii=False),
        "patients": json.dumps(whom, separators=(",", ":")),
    }


def patients(data: Any) -> list[int]:  # noqa: ANN401 - any JSON value
    """The patients whose ids stand in what scripts get, each once, in the order of the document."""
    return list(dict.fromkeys(_numbers(data)))


def _numbers(data: Any) -> Iterator[int]:  # noqa: ANN401
    if isinstance(data, str):
        if (match := _ID.fullmatch(data)) is not None:
            yield int(match[1])
    elif isinstance(data, dict):
        for key, value in data.items():
            if key not in _TEXTS:
                yield from _numbers(value)
    elif isinstance(data, (list, tuple)):
        for value in data:
            yield from _numbers(value)
