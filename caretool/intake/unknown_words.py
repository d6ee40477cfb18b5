"""Words of a column that no vocabulary knows: counted, and told once each with what can be done.

Where headings stand over the wrong columns, those words are names, birth dates or numbers. What may
tell of a person is counted and not shown: messages end up in the mail of cron.
"""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING, Final

from caretool.likeness import is_first_name
from caretool.names import fold

if TYPE_CHECKING:
    from collections.abc import Iterator

_MOST: Final = 1_000  # words that are counted one by one
_LONGEST: Final = 200  # characters; the longest name of a UB-04 code has 130
_TOLD: Final = 3
_FEW: Final = 5  # so many different words are told even if none comes twice
_NAME_WORDS: Final = 4
_NUMBER: Final = re.compile(r"\d{5}|\d[-/.]\d")  # record number, phone, ZIP code, date
MAP_IT: Final = "caretool sniff FILE > mine.toml, write there what it means, --layout mine.toml"


class UnknownWords:
    """The unknown words of one field, with how often each stands there."""

    def __init__(self, field: str, advice: str = MAP_IT) -> None:
        """Count for this field, as messages call it; `advice` says what comes of such rows."""
        self.field = field
        self.advice = advice
        self.counted: Counter[str] = Counter()

    def add(self, text: str) -> None:
        """Count a word; beyond a thousand different ones only those that are known to come."""
        text = text[:_LONGEST]
        if text in self.counted or len(self.counted) < _MOST:
            self.counted[text] += 1

    def said(self) -> Iterator[str]:
        """The commonest words, each with its rows; how many others there are."""
        different = len(self.counted)
        # Of a code list each word comes often; of names, dates and numbers hardly one comes twice
        telling = different <= _FEW or 2 * different <= self.counted.total()
        shown = [text for text in self.counted if telling and not _may_be_personal(text)]
        shown = sorted(shown, key=self.counted.__getitem__, reverse=True)[:_TOLD]
        for text in shown:
            times = self.counted[text]
            rows = "1 row" if times == 1 else f"{times} rows"
            yield f'{self.field} "{text}" is not known ({rows}); {self.advice}'
        if others := different - len(shown):
            least = "at least " if different == _MOST else ""
            more = " more" if shown else ""
            words = "word" if others == 1 else "words"
            check = "" if shown else f"; check that the column is that of the {self.field}"
            yield f"{least}{others}{more} unknown {self.field} {words}{check}"


def _may_be_personal(text: str) -> bool:
    """May this be a name, a date or a number of somebody?"""
    words = re.findall(r"[^\W\d_]+", text)
    named = len(words) <= _NAME_WORDS and any(is_first_name(fold(word)) for word in words)
    return named or bool(_NUMBER.search(text))
