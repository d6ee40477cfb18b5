"""What do a roster's words for status, tier, way of contact, source and conditions mean?

Texts are compared as a whole after folding. The words are in `rules/roster.toml`, the conditions
in `rules/conditions.toml`.
"""

from __future__ import annotations

import re
from functools import cache, lru_cache
from typing import TYPE_CHECKING

from caretool.intake.values import is_empty
from caretool.model import Channel, CloseReason, Source, Status, Tier
from caretool.names import fold
from caretool.rules import read_rules

if TYPE_CHECKING:
    from collections.abc import Iterable

Stand = tuple[Status, CloseReason | None]
"""Where a roster says that somebody stands; closed with the reason."""

_CLOSINGS = ("closed", "inactive")
_BETWEEN = re.compile(r"[;|\n]+")
_ICD10 = re.compile(r"[A-Z][0-9][0-9AB](?:\.?[0-9A-Z]{1,4})?")
# "I50.9 - Heart failure" and "Heart failure (I50.9)"; without such a sign "B12 deficiency" is words
_CODED = re.compile(rf"({_ICD10.pattern})\s*(?:[-:\u2013]\s).*|.*\(({_ICD10.pattern})\)")
_NOT_WORD = re.compile(r"[\W_]+")


@cache
def _words(kind: str) -> dict[str, dict[str, str]]:
    """Folded word to its entry in `roster.toml`."""
    return {
        fold(word): entry for entry in read_rules("roster.toml")[kind] for word in entry["words"]
    }


def words_that_work(kind: str) -> str:
    """The first word of each meaning, for messages: `active, roster, on hold …`."""
    return ", ".join(entry["words"][0] for entry in read_rules("roster.toml")[kind])


@lru_cache(maxsize=1024)
def status(text: str) -> Stand | None:
    """The status that a word means, `Closed - moved` with its reason; None when unknown."""
    known, folded = _words("status"), fold(text)
    entry = known.get(folded)
    for closing in _CLOSINGS:
        rest = known.get(folded.removeprefix(closing)) if folded.startswith(closing) else None
        if entry is None and rest is not None and "reason" in rest:
            entry = rest
    if entry is None:
        return None
    return Status(entry["status"]), CloseReason(entry["reason"]) if "reason" in entry else None


def stand_words(stand: Stand) -> str:
    """A status as people read it: `closed (moved)`."""
    known, reason = stand
    text = known.value.replace("_", " ")
    return f"{text} ({reason.value.replace('_', ' ')})" if reason else text


@lru_cache(maxsize=1024)
def tier(text: str) -> Tier | None:
    """The tier that a word means; None when unknown."""
    entry = _words("tier").get(fold(text))
    return None if entry is None else Tier(entry["tier"])


@lru_cache(maxsize=1024)
def channel(text: str) -> Channel | None:
    """The way of contact that a word means; None when unknown."""
    entry = _words("channel").get(fold(text))
    return None if entry is None else Channel(entry["channel"])


@lru_cache(maxsize=1024)
def source(text: str) -> Source | None:
    """How somebody came to the care manager, as far as a word says; None when unknown."""
    entry = _words("source").get(fold(text))
    return None if entry is None else Source(entry["source"])


@cache
def _conditions() -> tuple[dict[str, tuple[str, ...]], tuple[tuple[str, str], ...]]:
    """Our codes by folded code and label; and ICD-10 prefixes, each with the code it means."""
    entries = read_rules("conditions.toml")["condition"]
    names: dict[str, tuple[str, ...]] = {}
    for entry in entries:
        for name in map(fold, (entry["code"], entry["label"], *entry["words"])):
            names[name] = tuple(dict.fromkeys((*names.get(name, ()), entry["code"])))
    return names, tuple((prefix, entry["code"]) for entry in entries for prefix in entry["icd10"])


@lru_cache(maxsize=8192)
def conditions(text: str) -> tuple[str, ...]:
    """The conditions that a cell lists, apart by `;`, `|` or `,`: codes of ours where they fit.

    An ICD-10 code outside our groups stays that code (`E66.9`), other words become a code of
    their own (`Long COVID` is `long_covid`): nothing that a roster says is dropped.
    """
    found: dict[str, None] = {}
    for part in _BETWEEN.split(text):
        whole = condition(part)
        alone = whole is not None or "," not in part
        for one in (part,) if alone else part.split(","):
            found.update(dict.fromkeys(condition(one) or _unknown(one)))
    return tuple(found)


def condition(text: str) -> tuple[str, ...] | None:
    """One condition by code, word or ICD-10; None when it is none of these.

    A word or an ICD-10 code can mean two of ours: ESRD is chronic kidney disease too.
    """
    names, prefixes = _conditions()
    if (ours := names.get(fold(text))) is not None:
        return ours
    bare = text.strip().upper()
    coded = _CODED.fullmatch(bare)
    if not coded and not _ICD10.fullmatch(bare):
        return None
    plain = ((coded[1] or coded[2]) if coded else bare).replace(".", "")
    groups = dict.fromkeys(code for prefix, code in prefixes if plain.startswith(prefix))
    return tuple(groups) or (f"{plain[:3]}.{plain[3:]}".rstrip("."),)


def coded(codes: Iterable[str]) -> list[str]:
    """Those that are codes of ours or of ICD-10: without the words that rosters brought."""
    ours = {code for several in _conditions()[0].values() for code in several}
    return [code for code in codes if code in ours or _ICD10.fullmatch(code)]


def _unknown(text: str) -> tuple[str, ...]:
    word = _NOT_WORD.sub("_", text.strip().lower()).strip("_")
    return () if is_empty(text) or not word else (word,)
