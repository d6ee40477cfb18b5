"""Who on file may be this person? Found by what two people can have in common, never by a scan.

Everybody is filed under a few keys, each of which few others have: a record number, a phone, the
birth date with the sound of a name, and so on. A row is compared with those who share a key, so
that the cost of a row hardly grows with the roster.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from caretool.likeness import sound

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from caretool.evidence import Person

# Keys are kept as their hashes, which spares two thirds of the memory. Two keys of one hash would
# only bring somebody to be compared in vain. Who is alone under a key stands there without a list.
Index = dict[int, "int | list[int]"]


class Candidates:
    """Everybody on file, by each key that can lead to them."""

    def __init__(self, people: Mapping[int, Person]) -> None:
        self._people = people
        self._index: Index = {}
        self._undated: Index = {}
        self._names: Index | None = None
        for patient_id, person in people.items():
            for key in keys(person):
                file(self._index, key, patient_id)
            if person.birth_date is None:
                file(self._undated, _both(person), patient_id)

    def of(self, row: Person) -> set[int]:
        """The ids of everybody who shares a key with the row.

        Where a birth date is missing, the row's or the patient's, both names are a key.
        """
        found: set[int] = set()
        index = self._index
        for key in keys(row):
            one = index.get(key)
            if one is not None:
                if isinstance(one, list):
                    found.update(one)
                else:
                    found.add(one)
        if row.last and row.first:
            if row.birth_date is None:
                found.update(under(self._by_names(), _both(row)))
            elif self._undated:
                found.update(under(self._undated, _both(row)))
        return found

    def numbered(self, number: tuple[str, str]) -> list[int]:
        """The ids of everybody who has this record number."""
        ids = under(self._index, hash(number))
        return [one for one in ids if number in self._people[one].numbers]

    def _by_names(self) -> Index:
        """Everybody by both names; made when the first row without a birth date asks."""
        if self._names is None:
            self._names = {}
            for patient_id, person in self._people.items():
                file(self._names, _both(person), patient_id)
        return self._names


def file(index: Index, key: int, patient_id: int) -> None:
    """File somebody under a key."""
    had = index.setdefault(key, patient_id)
    if had != patient_id:
        if isinstance(had, list):
            had.append(patient_id)
        else:
            index[key] = [had, patient_id]


def under(index: Index, key: int) -> Sequence[int]:
    """Everybody who is filed under a key."""
    one = index.get(key)
    if one is None:
        return ()
    return one if isinstance(one, list) else (one,)


def _both(person: Person) -> int:
    """A key of both names, in either order."""
    return hash(person.last) + hash(person.first)


def keys(person: Person) -> list[int]:
    """What somebody is filed under and looked up by.

    A record number · a phone · birth date with the sound of last or first name, with the ZIP code,
    or with the address · both names with the year, or with day and month, of birth · the sounds of
    both names with the ZIP code · the address with the sound of a name. Both names make a key in
    either order, for lists that exchange them.
    """
    last, first, zip_code = person.last, person.first, person.zip
    by_last, by_first = sound(last), sound(first)
    found = [hash(one) for one in (*person.numbers, *person.phones)]
    add = found.append
    born, address = person.birth_date, person.address
    if born is not None:
        if last:
            add(hash((born, by_last)))
        if first and by_first != by_last:
            add(hash((born, by_first)))
        if zip_code:
            add(hash((born, zip_code)))
        if address:
            add(hash((born, address)))
        if last and first:
            both = _both(person)
            add(hash((both, born.year)))
            add(hash((both, born.month, born.day)))
        for other in person.other_last:
            add(hash((born, sound(other))))
    if zip_code and last and first:
        add(hash((hash(by_last) + hash(by_first), zip_code)))
    if address:
        add(hash((address, by_last)))
        if by_first != by_last:
            add(hash((address, by_first)))
    return found
