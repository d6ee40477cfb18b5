"""Whom on file is a row of a roster about? Told by record number, else by name and birth date.

Pure. A record number is believed unless both name and birth date say otherwise: then the row is
refused, because overwriting one person with another is the worst that can happen. Nobody is found
by a name alone.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from caretool.model import MEMBER, ROSTER
from caretool.names import fold, id_key, phone_key

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from caretool.model import Identifier, PatientRecord
    from caretool.store.roster import NameKey, NumberKey, OnFile

_KNOWN_SEXES = frozenset({"F", "M"})


class UnclearError(Exception):
    """Taking this row in could overwrite one person with another."""


@lru_cache(maxsize=16384)
def number_key(identifier: Identifier) -> NumberKey:
    """The form in which record numbers are compared, with whose they are."""
    return fold(identifier.issuer), id_key(identifier.value)


def name_key(person: PatientRecord) -> NameKey:
    """The form in which names with birth dates are compared."""
    born = person.birth_date.isoformat() if person.birth_date else None
    return fold(person.name.last), fold(person.name.first), born


def record_numbers(person: PatientRecord) -> list[Identifier]:
    """The numbers that tell who it is; a family may share a health plan's number."""
    return [one for one in person.identifiers if one.issuer != MEMBER]


def whose(
    person: PatientRecord,
    by_number: Mapping[NumberKey, Sequence[OnFile]],
    by_name: Mapping[NameKey, Sequence[OnFile]],
) -> OnFile | None:
    """The patient whom a row is about; None for somebody new. Raises UnclearError."""
    own = record_numbers(person)
    for identifier in own:
        owners = list(by_number.get(number_key(identifier), ()))
        if identifier.issuer == ROSTER and own[0] is not identifier:
            # The key may be no more than the number of the line; a record number beside it counts
            owners = [one for one in owners if not _has_other_number(one, own[0])]
        if owners and (found := _owner(owners, person, identifier)) is not None:
            return found
    number = own[0] if own and own[0].issuer != ROSTER else None
    namesakes = [
        one
        for one in by_name.get(name_key(person), ())
        if not _contradicts(one, person)
        and not (number and _is_numbered_otherwise(one, person, number))
        and (person.birth_date is not None or _more_than_a_name(one, person))
    ]
    if len(namesakes) > 1:
        ids = " and ".join(one.id for one in namesakes)
        msg = f"{ids} have this name and birth date; a record number would tell which it is"
        raise UnclearError(msg)
    return namesakes[0] if namesakes else None


def _owner(owners: list[OnFile], person: PatientRecord, identifier: Identifier) -> OnFile | None:
    """Which of those who have this number is it? None when it is somebody else's, but for zeros.

    Numbers are compared without leading zeros; `00123` and `123` may be two people's.
    """
    fitting = [one for one in owners if not _is_another(one, person)]
    if len(fitting) > 1:
        key = name_key(person)
        fitting = [one for one in fitting if one.name_key == key] or fitting
    if len(fitting) == 1:
        return fitting[0]
    key_number = number_key(identifier)
    if not fitting and all(one.numbers[key_number] != identifier.value for one in owners):
        return None
    if fitting:
        msg = f"{' and '.join(one.id for one in fitting)} have this number"
        raise UnclearError(msg)
    msg = f"this number is {owners[0].id}'s, whose name and birth date differ"
    raise UnclearError(msg)


def _is_another(one: OnFile, person: PatientRecord) -> bool:
    """Do both name and birth date say that this is not the patient who has the number?

    Where a birth date is missing nothing confirms it: then half of the name must agree.
    """
    last, first, born = name_key(person)
    on_file = one.name_key
    named = {last, first} == set(on_file[:2]) and not _differ(one, "suffix", person.name.suffix)
    if named or (last, first) in one.once_named:
        return False
    if born and on_file[2]:
        return born != on_file[2]
    return last != on_file[0] and first != on_file[1]


def _contradicts(one: OnFile, person: PatientRecord) -> bool:
    """Does something say that this is not the patient of that name and birth date?"""
    sexes = {one.columns["sex"], person.sex}
    if sexes == _KNOWN_SEXES:
        return True
    middle, known = fold(person.name.middle), fold(one.columns["middle_name"] or "")
    return bool(
        _differ(one, "suffix", person.name.suffix) or (middle and known and middle[0] != known[0])
    )


def _is_numbered_otherwise(one: OnFile, person: PatientRecord, number: Identifier) -> bool:
    """Somebody of that name and birth date under another number: another person, it seems.

    Not with one phone or address; that is one person with two numbers, which she has to say.
    """
    if not _has_other_number(one, number):
        return False
    if _share_a_home(one, person):
        msg = f"{one.id} has this name, birth date and phone or address under another number"
        raise UnclearError(msg)
    return True


def _more_than_a_name(one: OnFile, person: PatientRecord) -> bool:
    """Without a birth date: is there more that agrees? A bare name is that of a bare name only."""
    if _share_a_home(one, person):
        return True
    if person.phones or person.address or record_numbers(person):
        return False
    if one.phones or one.columns["address"] or one.numbers:
        msg = f"{one.id} has this name; a birth date or a record number would tell who it is"
        raise UnclearError(msg)
    return True


def _share_a_home(one: OnFile, person: PatientRecord) -> bool:
    """Does a phone or the address agree?"""
    if {phone_key(number) for number in person.phones} & {phone_key(n) for n in one.phones}:
        return True
    address = fold(person.address or "")
    return bool(address) and address == fold(one.columns["address"] or "")


def _differ(one: OnFile, column: str, value: str) -> bool:
    before = one.columns[column]
    return bool(value and before and fold(value) != fold(before))


def _has_other_number(one: OnFile, identifier: Identifier) -> bool:
    """Has this patient a number of the same issuer, and not this one?"""
    key = number_key(identifier)
    return key not in one.numbers and any(issuer == key[0] for issuer, _ in one.numbers)
