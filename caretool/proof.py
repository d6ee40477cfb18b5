"""When is the evidence proof? The rules by which a row is linked, shown to a reviewer, or neither.

Each rule looks at one comparison only. That it also fits nobody else, and weighs enough among so
many people, is told by `matching`.

Sources: rulebook section 10; discharges.md section 7.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from caretool.evidence import Agreement
from caretool.likeness import Likeness

if TYPE_CHECKING:
    from caretool.evidence import Evidence

BY_NAME = "full name and birth date"
BY_NUMBER = "record number, nothing against it"

_AGREE, _NEAR, _CONTRADICT = Agreement.AGREE, Agreement.NEAR, Agreement.CONTRADICT
_SAME, _SLIP = Likeness.SAME, Likeness.SLIP
_SAME_NAME = frozenset({_SAME, Likeness.NICKNAME})
_WRITTEN_OTHERWISE = frozenset({_SLIP, Likeness.PART})
_TWO_SLIPS = frozenset({
    (_SLIP, _SLIP), (_SLIP, Likeness.EXCHANGED), (Likeness.EXCHANGED, _SLIP)
})  # fmt: skip
_SLIP_OF_A_DATE = frozenset({_SLIP, Likeness.EXCHANGED})


def is_barred(evidence: Evidence) -> bool:
    """What is never linked without a reviewer, whatever else agrees.

    Another sex, another suffix (father and son), another birth date, another number of the
    practice; another middle name, which is the only thing that tells some twins and namesakes.
    """
    return _CONTRADICT in (
        evidence.sex, evidence.suffix, evidence.birth_date, evidence.number, evidence.middle
    )  # fmt: skip


def doubts(evidence: Evidence) -> bool:
    """With full name and birth date the same: is there something against it all the same?

    Another ZIP code, phone or address is, unless as much speaks for it: a middle name, a phone, the
    home, a number (namesakes born on one day exist).
    """
    if not _has_moved(evidence):
        return False
    both = evidence.zip in {_CONTRADICT, _NEAR} and evidence.phone == _CONTRADICT
    return not _is_supported(evidence) or _support(evidence) < both


def bears_number_out(evidence: Evidence, *, ours: bool) -> bool:
    """A known record number links while birth date, sex and name do not contradict it.

    A like first name that is a name of its own contradicts: twins are mixed up at the desk. Without
    a birth date the full name has to agree and nothing may contradict; and home or phone have to
    agree, unless it is a number of `ours`, for others give theirs out anew, also to a namesake.
    """
    against = (evidence.birth_date, evidence.sex, evidence.suffix, evidence.number)
    if _CONTRADICT in against or evidence.birth_date == _NEAR:
        return False
    if evidence.first_is == Likeness.ALIKE:
        return False
    names = (evidence.last, evidence.first)
    if evidence.birth_date == _AGREE:
        return _CONTRADICT not in names or (evidence.first >= _NEAR and evidence.sex == _AGREE)
    if evidence.middle == _CONTRADICT or _has_moved(evidence):
        return False
    told = ours or _home(evidence) > 0 or evidence.phone == _AGREE
    return names == (_AGREE, _AGREE) and told


def why(evidence: Evidence) -> str:
    """The rule by which this is one person, in words; empty when none applies."""
    last, first, support = evidence.last_is, evidence.first_is, _support(evidence)
    if evidence.birth_is in _SLIP_OF_A_DATE:
        return _why_by_near_birth_date(evidence)
    if evidence.birth_is != _SAME:
        return ""
    if last == _SAME and first == _SAME:
        return "" if doubts(evidence) else BY_NAME
    if last == first == Likeness.EXCHANGED and _is_supported(evidence) and not doubts(evidence):
        return "birth date, last and first name exchanged, with more that agrees"
    if support < 1:
        return ""
    if last == _SAME and first == Likeness.NICKNAME:
        return "nickname, last name and birth date, with more that agrees"
    if last in _WRITTEN_OTHERWISE and first in _SAME_NAME:
        return "birth date and first name, last name written otherwise, with more that agrees"
    if last == _SAME and first == _SLIP:
        return "birth date and last name, a slip in the first name, with more that agrees"
    in_street = evidence.zip == _AGREE and evidence.address == _NEAR
    return _why_by_spoiled_names(evidence) if support > 1 or in_street else ""


def _why_by_spoiled_names(evidence: Evidence) -> str:
    """The rule for names that are both spoiled, or one of them badly, when two things agree.

    Whoever was born on the day in the same home and has the first name is no twin.
    """
    last, first = evidence.last_is, evidence.first_is
    if (last, first) in _TWO_SLIPS:
        return "birth date, slips in both names, with more that agrees"
    if last == Likeness.ALIKE and first == _SAME:
        return "birth date and first name, a like last name, with more that agrees"
    if last == Likeness.MISSING and first in {_SAME, _SLIP}:
        return "birth date and first name, no last name, with more that agrees"
    return ""


def _why_by_near_birth_date(evidence: Evidence) -> str:
    """The rule for a slip in the birth date."""
    if evidence.last_is != _SAME or evidence.first_is not in _SAME_NAME:
        return ""
    if _has_moved(evidence):
        return ""
    number = evidence.number == _AGREE and _support(evidence) > 1
    household = _home(evidence) + (evidence.phone == _AGREE) + (evidence.member == _AGREE)
    if number or household > 1:
        return "full name and more that agrees, a slip in the birth date"
    return ""


def is_certain(evidence: Evidence) -> bool:
    """Are two patients on file plainly one person: by a rule that would link a list's row too?"""
    unnumbered = evidence._replace(number=Agreement.MISSING)
    return not is_barred(unnumbered) and bool(why(unnumbered))


def may_be_one(evidence: Evidence) -> bool:
    """Do two patients on file look like one person, so that somebody should look at them?

    Two record numbers of the practice tell nothing, for that is what somebody who was registered
    twice has. A last name may have changed; whatever tells twins or father and son apart counts.
    """
    unnumbered = evidence._replace(number=Agreement.MISSING)
    if is_barred(unnumbered):
        return False
    named = evidence.last == evidence.first == _AGREE and evidence.birth_is == _SAME
    if named or why(unnumbered):  # who has moved and changed the phone is registered anew
        return True
    married = evidence.first_is in _SAME_NAME and evidence.birth_is == _SAME
    return married and _support(evidence) > 0


def may_be_weighed(evidence: Evidence) -> bool:
    """Is somebody shown to a reviewer if the evidence weighs enough?

    Not with another birth date; nor with another first name unless born on the day, for those of
    one home are like that; nor with two other names, unless the home is like.
    """
    born, last, first = evidence.birth_date, evidence.last, evidence.first
    if born == _CONTRADICT or (born == _NEAR and first == _CONTRADICT):
        return False
    return last >= _NEAR or first >= _NEAR or evidence.address >= _NEAR


def points(evidence: Evidence) -> bool:
    """Is this enough to show the patient to a reviewer?"""
    if evidence.number == _AGREE or evidence.member == _AGREE:
        return True
    last, first = evidence.last >= _NEAR, evidence.first >= _NEAR
    same_zip, same_phone = evidence.zip == _AGREE, evidence.phone == _AGREE
    same_home = evidence.address == _AGREE
    whole = _is_whole(evidence)
    if evidence.birth_date == _AGREE:
        renamed = evidence.first == evidence.middle == _AGREE  # married, perhaps
        return last or renamed or (first and same_zip) or same_phone or same_home
    nameless = evidence.first == Agreement.MISSING and evidence.birth_date != _CONTRADICT  # no baby
    if same_home and (first or (last and nameless)):
        return True
    if same_home and same_zip and last and _tells_little(evidence):
        return True
    if not (last and first):
        return False
    if evidence.birth_date == _CONTRADICT:
        in_street = evidence.zip == evidence.address == _NEAR and evidence.phone != _CONTRADICT
        if same_zip:
            return whole or evidence.address == _NEAR or same_phone or same_home
        return same_phone or same_home or (whole and in_street)
    return whole or same_zip or same_phone or same_home


def _is_whole(evidence: Evidence) -> bool:
    """Are last and first name the same, as they stand or in each other's column?"""
    return evidence.last_is == evidence.first_is and (
        evidence.last_is in {_SAME, Likeness.EXCHANGED}
    )


def _tells_little(evidence: Evidence) -> bool:
    """Is nothing compared but name, birth date and home?

    Where sex, phone or a number is told as well, somebody of another first name and birth date is
    somebody else of that home, and no reviewer is asked.
    """
    told = (evidence.sex, evidence.phone, evidence.number, evidence.member, evidence.middle)
    return not any(told)


def _has_moved(evidence: Evidence) -> bool:
    """Is the ZIP code, the phone or the address another one?

    A like ZIP code is the next town's; but with a like street it is the same home, misspelt.
    """
    if evidence.zip == _NEAR and evidence.address < _NEAR:
        return True
    return _CONTRADICT in (evidence.zip, evidence.phone, evidence.address)


def _is_supported(evidence: Evidence) -> bool:
    """Does anything agree beside name, birth date and sex?"""
    return _AGREE in (
        evidence.zip, evidence.phone, evidence.address, evidence.middle, evidence.number
    )  # fmt: skip


def _support(evidence: Evidence) -> int:
    """What agrees beside name and birth date, less what has changed."""
    phone = -1 if evidence.phone == _CONTRADICT else int(evidence.phone == _AGREE)
    own = (evidence.middle == _AGREE) + (evidence.number == _AGREE)
    return _home(evidence) + phone + own + (evidence.member == _AGREE)


def _home(evidence: Evidence) -> int:
    """How much of the home agrees: 2 street address and ZIP code, 1 one of them; -1 moved.

    A ZIP code is easily mistyped beside an address that agrees; but by itself a like ZIP code is
    the next town's. Another address in the same ZIP code says nothing: a move within the town, or a
    neighbour.
    """
    same_zip = evidence.zip == _AGREE
    if evidence.address == _AGREE:
        return 1 + (evidence.zip >= _NEAR)
    if evidence.address == _CONTRADICT:
        return 0 if same_zip else -1
    return -1 if evidence.zip in {_CONTRADICT, _NEAR} else int(same_zip)
