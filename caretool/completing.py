"""What a shell offers where a patient is typed: ids, and never a name.

Somebody else may look at the screen, and pressing a key is no question to the care file: nothing
is asked, nothing is said, and what cannot be opened offers nothing.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from caretool.store import patient_ids

if TYPE_CHECKING:
    from caretool.app import Session

MOST = 200


def offered(session: Session, typed: str) -> list[str]:
    """The ids that begin with what is typed: active patients first, then the others, by number.

    At most `MOST`, written with the letter as it was typed.
    """
    match = re.fullmatch(r"(?P<letter>[Pp]?)(?P<digits>[0-9]{0,16})", typed)
    if match is None or (match["digits"] and not match["letter"]):
        return []
    with session.reading() as care_file:
        found = patient_ids.beginning(care_file, match["digits"], session.today, MOST)
    return [f"{match['letter'] or 'P'}{number}" for number in found]
