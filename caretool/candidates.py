"""Who on file may be this person? Found by what two people can have in common, never by a scan.

Everybody is filed under a few keys, each of which few others have: a record number, a phone, the
birth date, both names, the home. Who is found under a key is looked at only if one thing more is
the same, so that a stranger is done with after a handful of look-ups, whatever the roster's size.
"""

from __future__ import annotations

from sys import intern
from typing import TYPE_CHECKING

from caretool.likeness import are_like, sound

if TYPE_CHECKING:
    from collections.abc import Hashable, Mapping, Sequence
    from datetime import date

    from caretool.evidence import Person

    Marks = tuple[int, date | None, str | None, str, str]
    """Of one person: id, birth date, address, sounds of last and first name."""
    Index = dict[Hashable, Marks | list[Marks]]
    """Every key leads to the same tuple; who is alone under a key stands there without a list."""

_DIGITS = "0123456789"
_TOLD_WIDTH = 5
_NOT_TOLD = 0


class Candidates:
    """Everybody on file, by each key that can lead to them."""

    def __init__(self, people: Mapping[int, Person]) -> None:
        self._people = people
        self._index: Index = {}
        # By birth date: ids, and in one flat list for each of them the sound of a last name, the
        # first name, the street and the ZIP code with each initial. By one call the list is told
        # to have nothing in common with a row.
        self._born: dict[date, tuple[list[int], list[int | str]]] = {}
        self._undated: dict[int, list[int]] = {}
        self._all: dict[int, list[int]] | None = None
        for patient_id, person in people.items():
            self._file(patient_id, person)

    def _file(self, patient_id: int, person: Person) -> None:
        """File somebody under all keys."""
        last, first, middle, _, born, _, zip_code, phones, numbers, address, others = person
        by_last, by_first = sound(last), sound(first)
        marks: Marks = (patient_id, born, address, by_last, by_first)
        index = self._index
        street = _street(address) if address else None
        if born is not None:
            told: tuple[str | int, ...] = (
                intern(first) or _NOT_TOLD,
                street or _NOT_TOLD,
                intern(zip_code + last[:1]) if zip_code else _NOT_TOLD,
                intern(zip_code + first[:1]) if zip_code else _NOT_TOLD,
            )
            here = self._born.get(born)
            if here is None:
                here = self._born[born] = ([], [])
            for heard in (by_last, *map(sound, others)):
                here[0].append(patient_id)
                here[1].extend((heard or _NOT_TOLD, *told))
        else:
            _file_undated(self._undated, patient_id, person)
        if last and first:
            _put(index, hash(last) + hash(first), marks)
            if middle:  # for lists that have both in one field
                _put(index, hash(last) + hash(first + middle), marks)
            if zip_code:
                _put(index, hash((zip_code, hash(by_last) + hash(by_first))), marks)
        for number in numbers:
            _put(index, number, marks)
        for phone in phones:
            _put(index, phone, marks)
        if address:
            _put(index, address, marks)
            if zip_code:
                _put(index, hash((zip_code, street, by_last)), marks)
                _put(index, hash((zip_code, street, first)), marks)

    def of(self, row: Person, named: Sequence[Marks] | None = None) -> set[int]:
        """The ids of everybody who may be the row's person.

        They have the record number or the phone. Or they were born on the day, and the last name
        sounds the same, or first name or street is the same, or ZIP code and an initial. Or they
        have both names, in either order, and one no birth date, or the same year, or day and month,
        or street. Or ZIP code and the sounds of both names. Or the address and a like name. Or ZIP
        code and street, and the last name sounds the same or the first name is. Or one has no birth
        date, both names are like, and the first name or the ZIP code is the same.

        `named` is what `named` says of the row's names, if that was asked before.
        """
        last, first, _, _, born, _, zip_code, phones, numbers, address, others = row
        by_last, by_first = sound(last), sound(first)
        street = _street(address) if address else None
        get = self._index.get
        found: set[int] = set()
        for key in (*numbers, *phones):
            if (one := get(key)) is not None:
                found.update(_ids(one))
        if zip_code and last and first:
            one = get(hash((zip_code, hash(by_last) + hash(by_first))))
            if one is not None:
                found.update(_ids(one))
        here = None if born is None else self._born.get(born)
        if here is not None:
            told = {by_last, by_first, last, first, street}
            if zip_code:
                told.add(zip_code + last[:1])
                told.add(zip_code + first[:1])
            if others:
                told.update(map(sound, others))
            ids, marks_there = here
            if not told.isdisjoint(marks_there):
                for at, patient_id in enumerate(ids):
                    start = at * _TOLD_WIDTH
                    if not told.isdisjoint(marks_there[start : start + _TOLD_WIDTH]):
                        found.add(patient_id)
        if address:
            found.update(self._at_home(row, by_last, by_first))
        if last and first:
            for marks in self.named(last, first) if named is None else named:
                theirs = marks[1]
                if (
                    born is None
                    or theirs is None
                    or born.year == theirs.year
                    or (born.month == theirs.month and born.day == theirs.day)
                    or (street and marks[2] and _street(marks[2]) == street)
                ):
                    found.add(marks[0])
            if born is None or self._undated:
                found.update(self._like_names(row))
        return found

    def _at_home(self, row: Person, by_last: str, by_first: str) -> list[int]:
        """Who has the address and a like name; or ZIP code and street and the same name."""
        address = row.address or ""
        found, sounds = [], {by_last, by_first} - {""}
        for marks in under(self._index, address):
            if sounds.isdisjoint(marks):
                known = self._people[marks[0]]
                if not (are_like(row.last, known.last) or are_like(row.first, known.first)):
                    continue
            found.append(marks[0])
        if row.zip:
            home = row.zip, _street(address)
            for name in {by_last, by_first, row.last, row.first}:
                found += [marks[0] for marks in under(self._index, hash((*home, name)))]
        return found

    def named(self, last: str, first: str) -> Sequence[Marks]:
        """Everybody of these two names, in either order; the first name also with the middle."""
        return under(self._index, hash(last) + hash(first))

    def numbered(self, number: tuple[str, str]) -> Sequence[int]:
        """The ids of everybody who has this record number."""
        one = self._index.get(number)
        return () if one is None else _ids(one)

    def _like_names(self, row: Person) -> list[int]:
        """Who has like names and either the ZIP code or the first name, one without a birth date.

        Without a birth date nothing else leads from a misspelt name to the right one. Who has a
        birth date is filed here when the first row without one asks.
        """
        index = self._undated
        if row.birth_date is None:
            if self._all is None:
                self._all = {}
                for patient_id, person in self._people.items():
                    _file_undated(self._all, patient_id, person)
            index = self._all
        found = []
        for key in _undated_keys(row):
            for patient_id in index.get(key, ()):
                known = self._people[patient_id]
                if are_like(row.last, known.last) and are_like(row.first, known.first):
                    found.append(patient_id)
        return found


def _put(index: Index, key: Hashable, marks: Marks) -> None:
    """File somebody under a key."""
    had = index.setdefault(key, marks)
    if had is not marks:
        if isinstance(had, list):
            had.append(marks)
        else:
            index[key] = [had, marks]


def under(index: Index, key: Hashable) -> Sequence[Marks]:
    """Everybody who is filed under a key."""
    one = index.get(key)
    if one is None:
        return ()
    return one if isinstance(one, list) else (one,)


def _ids(one: Marks | list[Marks]) -> Sequence[int]:
    """The ids under a key."""
    return [marks[0] for marks in one] if isinstance(one, list) else one[:1]


def _file_undated(index: dict[int, list[int]], patient_id: int, person: Person) -> None:
    for key in _undated_keys(person):
        index.setdefault(key, []).append(patient_id)


def _undated_keys(person: Person) -> tuple[int, ...]:
    """Keys of the last name's initial with the first name, and with ZIP code and other initial."""
    last, first, zip_code = person.last, person.first, person.zip
    if not last or not first:
        return ()
    by_first = hash((first, last[0]))
    return (by_first, hash((zip_code, last[0], first[0]))) if zip_code else (by_first,)


def _street(address: str) -> str:
    """The house number of a folded address; where there is none, how the street begins."""
    return address.lstrip(_DIGITS)[:4] or address
