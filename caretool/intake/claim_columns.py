"""Which column of a list of fills tells what became of each claim?

Many systems head it `Status`, which may as well be that of the patient: the values decide. Such a
column that is not read would count claims that were reversed, so it is named.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from itertools import islice
from typing import TYPE_CHECKING, Final

from caretool.intake.vocabulary import claim_state, fold, may_head_claims

if TYPE_CHECKING:
    from caretool.intake.layout import Layout
    from caretool.intake.listing import Listing

_SAMPLE: Final = 500
_SHARE: Final = 0.5  # of the cells that are filled; the others may be words of one sender only
_WORD: Final = 3  # letters; a shorter one, like R or PA, may be the code of anything
_NOT_ONLY_CLAIMS: Final = frozenset({"yes", "true"})


def settle_claim_column(
    listing: Listing, layout: Layout, *, worked_out: bool
) -> tuple[Layout, list[str]]:
    """The layout with the column of claims, and in words which column is not read as such.

    Args:
        listing: a list of fills with headings.
        layout: what its headings say.
        worked_out: is no saved layout to be kept to?
    """
    read = {*layout.columns.values(), *(at for more in layout.passed_over.values() for at in more)}
    said = []
    unread = [at for at in range(len(listing.header)) if at not in read]
    for at, texts in _texts(listing, unread).items():
        heading = listing.header[at]
        looks, matters = _looks(texts)
        if looks and may_head_claims(heading) and worked_out and "reversal" not in layout.columns:
            layout = replace(layout, columns={**layout.columns, "reversal": at})
        elif looks and (matters or may_head_claims(heading)):
            said.append(
                f'"{heading}" holds states of claims and is not read: --layout auto may read it,'
                " else name it as reversal in a layout"
            )
        elif texts and worked_out and may_head_claims(heading) and "status" in fold(heading):
            said.append(f'"{heading}" is not read: its words are not those of claims')
    return layout, said


def _texts(listing: Listing, positions: list[int]) -> dict[int, Counter[str]]:
    """What stands in these columns in the first rows, and how often."""
    found: dict[int, Counter[str]] = {at: Counter() for at in positions}
    for _, _, cells in islice(listing, _SAMPLE) if positions else ():
        for at, texts in found.items():
            if at < len(cells) and (text := cells[at].strip()):
                texts[text] += 1
    return found


def _looks(texts: Counter[str]) -> tuple[bool, bool]:
    """Are these states of claims? And do some of them say that a row is no fill?"""
    kinds = {text: claim_state(text).kind for text in texts}
    known = sum(count for text, count in texts.items() if kinds[text] != "unknown")
    telling = {
        kinds[text] for text in texts
        if len(fold(text)) >= _WORD and fold(text) not in _NOT_ONLY_CLAIMS
    } - {"unknown"}  # fmt: skip
    looks = bool(telling) and known >= _SHARE * texts.total()
    return looks, looks and telling != {"dispensed"}
