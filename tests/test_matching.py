"""Whose row is it? What links, what only asks, and that nobody to be asked about is lost."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from caretool.likeness import Likeness, are_like, sound
from caretool.matching import (
    SHOWN,
    Agreement,
    Match,
    Person,
    Roster,
    compare,
    likely_duplicates,
)
from caretool.model import Link, Name
from caretool.proof import is_certain
from caretool.store import links

BORN = date(1958, 3, 2)
OTHER_DAY = date(1971, 11, 30)
AT_BRIGID = ("stbrigid", "777")
OURS = ("practice", "12345")
FAMILY = ("member", "h9")


def somebody(**changes: Any) -> Person:
    """Ana Hill, about whom a list says her name, birth date and sex; and what is different."""
    told = {
        "last": "hill", "first": "ana", "middle": "", "suffix": "", "birth_date": BORN,
        "sex": "F", "zip": None, "phones": (), "numbers": (),
    }  # fmt: skip
    return Person(**{**told, **changes})


def on_file(**changes: Any) -> Person:
    """Ana Hill as the care file knows her: with address, phone and two record numbers."""
    known = {"zip": "37391", "phones": ("4235550142",), "numbers": (OURS, AT_BRIGID)}
    return somebody(**{**known, **changes})


def decide(row: Person, *people: Person, **decided: Any) -> Match:
    """The decision on a row, with these people on file as P1, P2 and so on."""
    return Roster(enumerate(people or (on_file(),), start=1), **decided).decide(row)


def shown(match: Match) -> list[int]:
    return [candidate.patient_id for candidate in match.candidates]


# what links


@pytest.mark.parametrize(
    ("why", "row"),
    [
        ("name, birth date, sex", somebody()),
        ("the sex is missing", somebody(sex=None)),
        ("the sex is given as unknown", somebody(sex="U")),
        ("the sex is X, which says nothing against", somebody(sex="X")),
        ("the same ZIP code and phone too", somebody(zip="37391", phones=("4235550142",))),
        ("moved, but the phone is the same", somebody(zip="30301", phones=("4235550142",))),
        ("new phone, but the ZIP code is the same", somebody(zip="37391", phones=("1",))),
        ("the number of an issuer we know no number of", somebody(numbers=(("mercy", "4"),))),
        ("a new number of an issuer that gives several", somebody(numbers=(("stbrigid", "8"),))),
    ],
)
def test_full_name_and_birth_date_link_when_nothing_speaks_against_it(why, row):
    assert decide(row)[:3] == (Link.LINKED, "full name and birth date", 1), why


@pytest.mark.parametrize(
    ("why", "row"),
    [
        ("all the same", somebody(numbers=(AT_BRIGID,))),
        ("our own number sent back", somebody(numbers=(OURS,))),
        ("two numbers, both hers", somebody(numbers=(AT_BRIGID, OURS))),
        ("a married name", somebody(last="reed", numbers=(AT_BRIGID,))),
        ("an initial only", somebody(first="a", numbers=(AT_BRIGID,))),
        ("one part of a double name", somebody(last="hillreed", numbers=(AT_BRIGID,))),
        ("a typing error in the name", somebody(last="hilll", numbers=(AT_BRIGID,))),
        ("first and last name swapped", somebody(last="ana", first="hill", numbers=(AT_BRIGID,))),
        ("no birth date, but the full name and the phone",
         somebody(birth_date=None, phones=("4235550142",), numbers=(AT_BRIGID,))),
        ("no birth date, but our number", somebody(birth_date=None, numbers=(OURS,))),
        ("moved, with another phone", somebody(zip="1", phones=("2",), numbers=(AT_BRIGID,))),
        ("no sex on the row", somebody(sex=None, numbers=(AT_BRIGID,))),
    ],
)  # fmt: skip
def test_a_known_number_links_while_name_birth_date_and_sex_do_not_contradict(why, row):
    assert decide(row)[:3] == (Link.LINKED, "record number, nothing against it", 1), why


@pytest.mark.parametrize(
    ("row", "known"),
    [
        (Name("O'Brien", "Zoë"), Name("OBRIEN", "ZOE")),
        (Name("SMITH JONES", "ANA"), Name("Smith-Jones", "Ana")),
        (Name("De La Cruz", "José"), Name("DELACRUZ", "JOSE")),
        (Name("Núñez", "Ana"), Name("NUNEZ", "ANA")),
        (Name("Hill", "Mary Ann"), Name("Hill", "Mary", "Ann")),
        (Name("Hill", "Mary", "Ann"), Name("Hill", "MARYANN")),
        (Name("Hill", "Ana", "M"), Name("Hill", "Ana", "Maria")),
        (Name("Hill", "Ana", "M."), Name("Hill", "Ana")),
        (Name("Hill", "Robert", "", "Jr."), Name("Hill", "Robert", "", "JR")),
        (Name("Hill", "Robert", "", "Jr"), Name("Hill", "Robert")),
    ],
)
def test_the_same_name_links_however_it_is_written(row, known):
    def person(name):
        return links.person(
            name=name, birth_date=BORN, sex=None, zip_code=None, phone=None, issuer="list",
            record_number=None, practice_number=None, member_number=None,
        )  # fmt: skip

    assert decide(person(row), person(known)).link == Link.LINKED


def test_of_father_and_son_the_birth_date_tells_which():
    senior = on_file(first="robert", sex="M", birth_date=date(1931, 5, 1), numbers=())
    junior = on_file(first="robert", sex="M", numbers=())
    assert decide(somebody(first="robert", sex="M"), senior, junior).patient_id == 2


def test_of_twins_the_full_name_tells_which():
    assert decide(somebody(), on_file(numbers=()), on_file(first="anna")).patient_id == 1


def test_first_and_middle_name_that_only_run_together_alike_are_no_full_name():
    row, known = somebody(first="mary", middle="ann"), on_file(first="marya", middle="nn")
    assert decide(row, known).link == Link.REVIEW


def test_of_two_namesakes_born_on_one_day_the_number_tells_which():
    other = on_file(numbers=(("stbrigid", "778"),))
    assert decide(somebody(numbers=(AT_BRIGID,)), other, on_file()).patient_id == 2


# what only asks


@pytest.mark.parametrize(
    ("why", "row"),
    [
        ("a twin: like first name", somebody(first="anna")),
        ("a twin: another first name", somebody(first="rose")),
        ("a spouse's child: another first name and sex", somebody(first="max", sex="M")),
        ("the son of that name, born on the day of his father", somebody(suffix="jr")),
        ("the other sex", somebody(sex="M")),
        ("another middle name", somebody(middle="rose")),
        ("another middle initial", somebody(middle="r")),
        ("another ZIP code and another phone", somebody(zip="30301", phones=("9995550000",))),
        ("another ZIP code, nothing else said", somebody(zip="30301")),
        ("another ZIP code and phone, the middle initial the same",
         somebody(middle="may", zip="30301", phones=("9995550000",))),
        ("another ZIP code and phone, the street the same",
         somebody(zip="30301", phones=("9995550000",), address="12elmst")),
        ("another phone, nothing else said", somebody(phones=("9995550000",))),
        ("another number of the practice", somebody(numbers=(("practice", "99"),))),
        ("a nickname that begins like the name", somebody(first="an")),
        ("an initial only", somebody(first="a")),
        ("one part of a double name", somebody(last="hillreed")),
        ("a typing error", somebody(last="hilll")),
        ("a married name, the middle name is hers", somebody(last="reed", middle="may")),
        ("a married name, the ZIP code is hers", somebody(last="reed", zip="37391")),
        ("first and last name swapped", somebody(last="ana", first="hill")),
        ("day and month swapped", somebody(birth_date=date(1958, 2, 3))),
        ("one digit off in the day", somebody(birth_date=date(1958, 3, 3))),
        ("one digit off in the month", somebody(birth_date=date(1958, 8, 2))),
        ("one digit off in the year", somebody(birth_date=date(1959, 3, 2))),
        ("no birth date", somebody(birth_date=None)),
        ("two small errors in one ZIP code",
         somebody(last="hilll", first="an", birth_date=date(1958, 3, 3), zip="37391")),
        ("no birth date, a small error, the same ZIP code",
         somebody(last="hilll", birth_date=None, zip="37391")),
        ("another birth date, the same ZIP code", somebody(birth_date=OTHER_DAY, zip="37391")),
        ("another birth date, the same phone",
         somebody(first="an", birth_date=OTHER_DAY, phones=("4235550142",))),
        ("another name, the same birth date and phone",
         somebody(last="reed", first="max", phones=("4235550142",))),
        ("a married name, nothing else said", somebody(last="reed")),
        ("no birth date and a small error", somebody(last="hilll", birth_date=None)),
        ("names exchanged, and the last name is another", somebody(last="ana", first="reed")),
        ("names exchanged, and the first name is another", somebody(last="max", first="hill")),
        ("another birth date, names like, in the street",
         somebody(last="hilll", birth_date=OTHER_DAY, zip="37391", address="14elmst")),
        ("another birth date, like ZIP code and street",
         somebody(birth_date=OTHER_DAY, zip="37931", address="14elmst")),
        ("no birth date, a slip in the ZIP code and in the last name, the street the same",
         somebody(last="xill", birth_date=None, zip="37931", address="12elmst")),
    ],
)  # fmt: skip
def test_what_merely_points_to_somebody_waits_for_a_decision(why, row):
    known = at_home(middle="may" if row.middle else "", suffix="sr" if row.suffix else "")
    match = decide(row, known)
    assert match.link == Link.REVIEW, why
    assert match.patient_id is None
    assert shown(match) == [1], why


@pytest.mark.parametrize(
    ("why", "row"),
    [
        ("it is a stranger's: the number was given twice",
         somebody(last="reed", first="max", birth_date=OTHER_DAY, sex="M")),
        ("the birth date contradicts", somebody(birth_date=OTHER_DAY)),
        ("the birth date has one digit off", somebody(birth_date=date(1958, 3, 3))),
        ("day and month of birth are swapped", somebody(birth_date=date(1958, 2, 3))),
        ("the sex contradicts", somebody(sex="M")),
        ("the suffix contradicts", somebody(suffix="jr")),
        ("both names differ", somebody(last="reed", first="max")),
        ("the first name differs: a nickname, or a sister", somebody(first="peggy")),
        ("a married name, but the sex is missing", somebody(last="reed", sex=None)),
        ("no birth date: given anew to a namesake", somebody(birth_date=None)),
        ("no birth date and an initial", somebody(first="a", birth_date=None)),
        ("no birth date and another phone", somebody(birth_date=None, phones=("2",))),
        ("no birth date and no name", somebody(last="", first="", birth_date=None)),
    ],
)  # fmt: skip
def test_a_known_number_alone_does_not_link_when_something_speaks_against_it(why, row):
    known = on_file(suffix="sr" if row.suffix else "")
    match = decide(row._replace(numbers=(AT_BRIGID,)), known)
    assert (match.link, shown(match)) == (Link.REVIEW, [1]), why


@pytest.mark.parametrize(
    "row",
    [
        somebody(birth_date=None, sex=None),
        somebody(birth_date=None, middle="may", zip="37391", phones=("4235550142",)),
    ],
)
def test_a_name_alone_never_links(row):
    assert decide(row, on_file(middle="may")).link == Link.REVIEW


@pytest.mark.parametrize(
    ("why", "row"),
    [
        ("only the name", somebody(birth_date=OTHER_DAY)),
        ("only the birth date", somebody(last="reed", first="max")),
        ("birth date and a first name, moved", somebody(last="reed", zip="30301", sex=None,
         phones=("9995550000",))),
        ("birth date and ZIP code", somebody(last="reed", first="max", zip="37391")),
        ("a like name and a like birth date", somebody(last="hilll", birth_date=date(1958, 3, 3))),
        ("the sound of the name and no birth date", somebody(last="hyyl", birth_date=None)),
        ("last name and ZIP code", somebody(first="max", birth_date=OTHER_DAY, zip="37391")),
        ("the number of another issuer",
         somebody(last="reed", first="max", numbers=(("mercy", "777"),))),
        ("nothing at all", Person("", "", "", "", None, None, None)),
    ],
)  # fmt: skip
def test_too_little_shows_nobody(why, row):
    assert decide(row) == (Link.UNMATCHED, "nobody on file fits", None, ()), why


def test_a_namesake_on_file_twice_waits_unless_a_number_tells():
    match = decide(somebody(), on_file(numbers=()), on_file(numbers=()))
    assert (match.link, match.reason, shown(match)) == (Link.REVIEW, "2 patients fit alike", [1, 2])


def test_a_number_that_several_patients_have_waits():
    spouse = on_file(first="max", sex="M", birth_date=OTHER_DAY, numbers=(AT_BRIGID,))
    match = decide(somebody(numbers=(AT_BRIGID,)), spouse, on_file())
    assert (match.link, shown(match)) == (Link.REVIEW, [2, 1])


def test_the_number_of_one_patient_under_the_name_of_another_waits():
    other = on_file(last="reed", first="max", sex="M", birth_date=OTHER_DAY, numbers=())
    row = somebody(last="reed", first="max", sex="M", birth_date=OTHER_DAY, numbers=(AT_BRIGID,))
    match = decide(row, on_file(), other)
    assert (match.link, shown(match)) == (Link.REVIEW, [2, 1])


def test_numbers_of_two_patients_on_one_row_wait():
    match = decide(
        somebody(numbers=(AT_BRIGID, ("practice", "2"))),
        on_file(),
        on_file(last="reed", first="max", numbers=(("practice", "2"),)),
    )
    assert (match.link, shown(match)) == (Link.REVIEW, [1, 2])


def test_a_twin_under_the_number_of_the_other_waits():
    """The desk took the wrong chart: the name is exactly the other twin's."""
    match = decide(somebody(first="anna", numbers=(AT_BRIGID,)), on_file(), on_file(first="anna"))
    assert (match.link, set(shown(match))) == (Link.REVIEW, {1, 2})


def test_a_number_that_a_family_shares_neither_links_nor_stands_in_the_way():
    wife = on_file(numbers=(FAMILY,))
    husband = on_file(first="max", sex="M", birth_date=OTHER_DAY, numbers=())
    row = somebody(first="max", sex="M", birth_date=OTHER_DAY, numbers=(FAMILY,))
    assert decide(row, wife, husband).patient_id == 2
    twin = decide(somebody(first="anna", numbers=(FAMILY,)), wife)
    assert (twin.link, shown(twin)) == (Link.REVIEW, [1])


def test_who_has_only_like_sounding_names_in_one_town_is_not_shown():
    """They share a key, and nothing that points to anybody."""
    row = somebody(last="hyll", first="anna", birth_date=OTHER_DAY, zip="37391")
    assert _may_be_found(row, on_file())
    assert decide(row).link == Link.UNMATCHED
    assert shown(decide(row._replace(address="12elmst"), at_home())) == [1]
    assert shown(decide(row._replace(address="12elmst"), on_file(address="12oakave"))) == []


@pytest.mark.parametrize("row", [
    somebody(first="max", birth_date=OTHER_DAY, sex=None, zip="37391", address="12elmst"),
    somebody(first="max", birth_date=OTHER_DAY, zip="37391", address="12elmst"),
])  # fmt: skip
def test_who_else_lives_there_is_shown_only_where_a_list_tells_nothing_more(row):
    expected = [] if row.sex else [1]
    assert shown(decide(row, at_home())) == expected


def test_the_mother_is_not_shown_for_every_newborn():
    """But a baby that is a patient, under the name that it had at birth, is."""
    born = date(2026, 11, 2)
    row = somebody(first="babygirl", birth_date=born, zip="37391", address="12elmst")
    assert decide(row, at_home(numbers=())).link == Link.UNMATCHED
    daughter = at_home(first="rose", birth_date=born, numbers=())
    assert shown(decide(row, at_home(numbers=()), daughter)) == [2]


def test_a_namesake_of_a_like_street_in_the_next_town_is_shown_unless_the_phone_is_another():
    row = somebody(birth_date=OTHER_DAY, zip="37931", address="14elmst")
    assert shown(decide(row, at_home())) == [1]
    assert shown(decide(row._replace(phones=("9995550000",)), at_home())) == []


def test_among_very_many_people_less_points_to_somebody():
    """A married name: 14 + 7 - 5 + 1 bits; 2^17 people and the same first name is chance."""
    row = somebody(last="reed")
    crowd = [on_file(birth_date=OTHER_DAY, phones=(), numbers=()) for _ in range(2**12)]
    assert shown(decide(row, on_file(), *crowd[:50])) == [1]
    others = [one._replace(first="max") for one in crowd]
    assert shown(decide(row, on_file(), *others)) == [1]
    assert shown(decide(row, on_file(), *crowd)) == []


def test_the_best_candidates_come_first_and_no_more_than_can_be_looked_at():
    twins = [
        on_file(first=name, numbers=()) for name in ("rose", "anna", "eva", "ida", "lea", "mia")
    ]
    match = decide(somebody(zip="30301"), *twins, on_file(numbers=()))
    assert shown(match)[:2] == [7, 2]
    assert len(match.candidates) == SHOWN == 5


def test_somebody_on_file_without_a_birth_date_is_found_by_like_names_and_the_place():
    undated = on_file(birth_date=None)
    surname_alone = on_file(birth_date=None, first="", phones=(), numbers=())
    match = decide(somebody(last="hilll", zip="37391"), undated, surname_alone)
    assert (match.link, shown(match)) == (Link.REVIEW, [1])


def test_when_a_person_is_to_choose_whoever_would_be_linked_is_shown_unless_refused():
    roster = Roster([(1, on_file())])
    assert roster.decide(somebody()).link == Link.LINKED
    asked = roster.review(somebody(), frozenset())
    assert (asked.link, shown(asked)) == (Link.REVIEW, [1])
    assert roster.review(somebody(), frozenset({1})).link == Link.UNMATCHED


def test_evidence_is_said_by_field_and_without_values():
    row = somebody(last="hilll", middle="m", zip="30301", phones=("4235550142",))
    evidence = compare(row, on_file(middle="may", suffix="jr"))
    assert evidence.words == "same first, middle, birth date, sex, phone; like last; other zip"
    assert compare(Person("", "", "", "", None, None, None), on_file()).words == ""


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ("1958-03-02", "1958-03-02", Agreement.AGREE),
        ("1958-03-02", "1958-02-03", Agreement.NEAR),
        ("1958-03-02", "1958-03-12", Agreement.NEAR),
        ("1958-03-02", "1968-03-02", Agreement.NEAR),
        ("1958-03-02", "1958-03-13", Agreement.CONTRADICT),  # two digits
        ("1958-03-02", "1985-03-02", Agreement.NEAR),  # neighbouring digits exchanged
        ("1958-03-12", "1958-03-21", Agreement.NEAR),
        ("1958-02-28", "1958-03-01", Agreement.NEAR),  # a day: a list in UTC
        ("1958-12-31", "1959-01-01", Agreement.NEAR),
        ("1958-03-20", "1958-03-02", Agreement.NEAR),
        ("1958-12-02", "1958-03-12", Agreement.CONTRADICT),  # digits exchanged at a distance
        ("1958-03-02", "1968-03-03", Agreement.CONTRADICT),  # one digit in each of two parts
        ("1958-03-02", "1959-02-03", Agreement.CONTRADICT),  # swapped, and another year
    ],
)
def test_birth_dates_are_near_by_one_digit_or_by_day_and_month_swapped(one, other, expected):
    row, known = (somebody(birth_date=date.fromisoformat(day)) for day in (one, other))
    assert compare(row, known).birth_date == compare(known, row).birth_date == expected


# what is written otherwise, and what beside it makes it proof

HOME = {"zip": "37391", "address": "12elmst"}


def at_home(**changes: Any) -> Person:
    """Ana Hill as the care file knows her, with the street too."""
    return on_file(**{"address": "12elmst", **changes})


@pytest.mark.parametrize(
    ("why", "row", "known"),
    [
        ("a typing error in the last name, ZIP code", {"last": "hilll", "zip": "37391"}, {}),
        ("two letters exchanged", {"last": "ihll", "phones": ("4235550142",)}, {}),
        ("one part of a double name", {"last": "hillreed", "address": "12elmst"}, {}),
        ("a like last name, at home", {"last": "castillaiu", **HOME}, {"last": "castillo"}),
        ("the former name is on file", {"last": "reed"}, {"other_last": ("reed",)}),
        ("the list says the former name", {"last": "reed", "other_last": ("hill",)}, {}),
        ("a nickname and the ZIP code", {"first": "peggy", "zip": "37391"}, {"first": "margaret"}),
        ("a Spanish nickname and the phone",
         {"first": "lupe", "phones": ("4235550142",)}, {"first": "guadalupe"}),
        ("a slip that makes no name", {"first": "gerals", "zip": "37391"}, {"first": "gerald"}),
        ("a slip in a name that nobody else has, the middle name is the same",
         {"first": "qwerti", "middle": "may"}, {"first": "qwerty", "middle": "may"}),
        ("names exchanged, the ZIP code the same",
         {"last": "ana", "first": "hill", "zip": "37391"}, {}),
        ("names exchanged, the middle name with the first",
         {"last": "ana", "first": "hillmay", "zip": "37391"}, {"middle": "may"}),
        ("slips in both names, at home", {"last": "hilll", "first": "gerals", **HOME},
         {"first": "gerald"}),
        ("names exchanged and a slip, at home", {"last": "ana", "first": "hilll", **HOME}, {}),
        ("names exchanged and a slip in the first, at home",
         {"last": "gerals", "first": "hill", **HOME}, {"first": "gerald"}),
        ("slips in both names, the same ZIP code and a like street",
         {"last": "hilll", "first": "gerals", "zip": "37391", "address": "21elmst"},
         {"first": "gerald"}),
        ("no last name, at home", {"last": "", **HOME}, {}),
        ("no last name on file, a slip in the first, at home",
         {"first": "gerals", **HOME}, {"last": "", "first": "gerald"}),
        ("a like ZIP code and a like street", {"zip": "37931", "address": "21elmst"}, {}),
        ("a slip in the ZIP code and in both names, the street the same",
         {"last": "hilll", "first": "gerals", "zip": "37931", "address": "12elmst"},
         {"first": "gerald"}),
        ("first and middle name in one, with a slip",
         {"first": "gearldlee", "zip": "37391"}, {"first": "gerald", "middle": "lee"}),
        ("first name and initial in one",
         {"first": "marylee"}, {"first": "mary", "middle": "l"}),
        ("a mistyped ZIP code, the street the same", {"last": "hilll", "zip": "37931",
         "address": "12elmstreet"}, {}),
        ("one digit of the day, at home", {"birth_date": date(1958, 3, 3), **HOME}, {}),
        ("digits of the day exchanged, at home",
         {"birth_date": date(1958, 3, 21), **HOME}, {"birth_date": date(1958, 3, 12)}),
        ("day and month exchanged, ZIP code and phone",
         {"birth_date": date(1958, 2, 3), "zip": "37391", "phones": ("4235550142",)}, {}),
        ("the year before, our number and the middle name",
         {"birth_date": date(1957, 3, 2), "middle": "m", "numbers": (OURS,)}, {"middle": "may"}),
        ("the family's plan number and the phone, a day off",
         {"birth_date": date(1958, 3, 1), "numbers": (FAMILY,), "phones": ("4235550142",)},
         {"numbers": (FAMILY,)}),
        ("a nickname and a day off, at home",
         {"first": "peggy", "birth_date": date(1958, 3, 1), **HOME}, {"first": "margaret"}),
    ],
)  # fmt: skip
def test_what_is_written_otherwise_links_when_enough_beside_it_agrees(why, row, known):
    match = decide(somebody(**row), at_home(**known))
    assert (match.link, match.patient_id) == (Link.LINKED, 1), why
    assert match.reason


@pytest.mark.parametrize(
    ("why", "row", "known"),
    [
        ("twins with like names: both are names", {"first": "anna", **HOME}, {}),
        ("twins with like rare names", {"first": "jaylix", **HOME}, {"first": "jaylax"}),
        ("a twin of another sex", {"first": "gerals", "sex": "M", **HOME}, {"first": "gerald"}),
        ("an initial, at home", {"first": "a", "phones": ("4235550142",), **HOME}, {}),
        ("a slip in the first name, and the middle name differs",
         {"first": "gerals", "middle": "lee", **HOME}, {"first": "gerald", "middle": "ray"}),
        ("a married name, even at home", {"last": "reed", "middle": "may", **HOME},
         {"middle": "may"}),
        ("a slip in the last name, another phone", {"last": "hilll", "zip": "37391",
         "phones": ("9995550000",)}, {}),
        ("a slip in the last name, moved", {"last": "hilll", "zip": "30301"}, {}),
        ("slips in both names, one thing agrees", {"last": "hilll", "first": "gerals",
         "zip": "37391"}, {"first": "gerald"}),
        ("father and son: the decade differs", {"birth_date": date(1968, 3, 2),
         "phones": ("4235550142",), **HOME}, {}),
        ("father and son: digits of the year exchanged", {"birth_date": date(1985, 3, 2),
         "phones": ("4235550142",), **HOME}, {}),
        ("a twin, names exchanged", {"last": "anna", "first": "hill", **HOME}, {}),
        ("a day off, and only the ZIP code agrees",
         {"birth_date": date(1958, 3, 1), "zip": "37391"}, {}),
        ("a day off, at home, another phone",
         {"birth_date": date(1958, 3, 1), "phones": ("9995550000",), **HOME}, {}),
        ("a day off and a slip in the name",
         {"last": "hilll", "birth_date": date(1958, 3, 1), **HOME}, {}),
        ("a day off, our number, nothing more",
         {"birth_date": date(1958, 3, 1), "numbers": (OURS,)}, {}),
        ("no birth date, all else: father and son may share it",
         {"birth_date": None, "phones": ("4235550142",), **HOME}, {}),
        ("no first name, at home", {"first": "", **HOME}, {}),
        ("no first name, a middle name on file", {"first": "", **HOME}, {"middle": "may"}),
        ("a former name that is another's, a slip in the last name",
         {"last": "hilll", "other_last": ("cole",), "zip": "37391", "address": "9oakave"}, {}),
        ("no last name, the ZIP code", {"last": "", "zip": "37391"}, {}),
        ("no last name, a twin", {"last": "", "first": "anna", **HOME}, {}),
        ("the next town's ZIP code", {"zip": "37931"}, {}),
        ("the next town's ZIP code, another street", {"zip": "37931", "address": "9oakave"}, {}),
        ("a slip in the last name, the same ZIP code, another street",
         {"last": "hilll", "zip": "37391", "address": "9oakave"}, {}),
        ("names exchanged, and the first name is like another", {"last": "jaylix", "first": "hill",
         **HOME}, {"first": "jaylax"}),
        ("the first name with another middle name in one",
         {"first": "maryann", **HOME}, {"first": "mary", "middle": "lee"}),
    ],
)  # fmt: skip
def test_what_is_written_otherwise_waits_when_it_may_be_another(why, row, known):
    match = decide(somebody(**row), at_home(**known))
    assert (match.link, shown(match)) == (Link.REVIEW, [1]), why


def test_a_slip_waits_when_somebody_else_on_file_has_that_name():
    row = somebody(first="jaylix", zip="37391")
    known = on_file(first="gerald"), on_file(first="jaylen", birth_date=OTHER_DAY)
    assert decide(row._replace(first="gerals"), *known).patient_id == 1
    other = on_file(last="cole", first="gerals", birth_date=OTHER_DAY, phones=(), numbers=())
    assert decide(row._replace(first="gerals"), *known, other).link == Link.REVIEW


def test_a_slip_waits_when_the_twin_is_on_file_too():
    twins = on_file(first="jayden", numbers=()), on_file(first="kayden", numbers=())
    match = decide(somebody(first="ajyden", zip="37391"), *twins)
    assert (match.link, set(shown(match))) == (Link.REVIEW, {1, 2})


def test_a_twin_under_the_others_number_waits_also_when_she_is_not_on_file():
    assert decide(somebody(first="anna", numbers=(AT_BRIGID,)), on_file()).link == Link.REVIEW
    rare = decide(somebody(first="jaylix", numbers=(AT_BRIGID,)), on_file(first="jaylax"))
    assert rare.link == Link.REVIEW


def test_a_common_name_among_very_many_people_needs_more_than_the_birth_date():
    """log2(3001) + 10 = 21.6 bits are needed; two names that all 3,000 have give about 1."""
    crowd = [
        on_file(numbers=(), phones=(), zip=None, birth_date=date.fromordinal(700000 + day))
        for day in range(3000)
    ]
    row = crowd[7]._replace(sex=None)
    assert decide(row, *crowd).link == Link.REVIEW
    crowd[7] = crowd[7]._replace(zip="37391", phones=("4235550142",))
    row = row._replace(zip="37391", phones=("4235550142",))
    assert decide(row, *crowd).patient_id == 8


# people who are on file twice


def test_likely_duplicates_are_found_and_twins_and_father_and_son_are_not():
    people = [
        at_home(numbers=(("practice", "1"),)),
        at_home(last="hilll", numbers=(("practice", "2"),)),  # 2: the same person as 1, a slip
        at_home(first="anna", numbers=()),  # 3: her twin
        at_home(first="robert", suffix="sr", sex="M", birth_date=date(1931, 3, 2)),
        at_home(first="robert", suffix="jr", sex="M", birth_date=date(1961, 3, 2)),
        at_home(first="robert", sex="M", birth_date=date(1941, 3, 2)),  # 6: a decade off
        at_home(last="reed", numbers=()),  # 7: 1 before her marriage, or after
    ]
    pairs = [(one, other) for one, other, _ in likely_duplicates(Roster(enumerate(people, 1)))]
    assert pairs == [(1, 2), (1, 7), (2, 7)]


def test_somebody_who_was_registered_anew_with_another_phone_is_a_likely_duplicate():
    """Neither ZIP code nor phone speaks for it: that is for a person to decide, so it is listed."""
    people = [
        on_file(numbers=(), phones=("7065555078",), zip="42288"),
        on_file(numbers=(), phones=("4235550100",), zip=None, sex=None),
    ]
    pairs = [(one, other) for one, other, _ in likely_duplicates(Roster(enumerate(people, 1)))]
    assert pairs == [(1, 2)]


def test_two_on_file_are_certainly_one_person_whatever_number_each_has():
    one, other = on_file(numbers=(("practice", "1"),)), on_file(numbers=(("practice", "2"),))
    assert is_certain(compare(one, other))
    assert not is_certain(compare(one, other._replace(first="anna"))), "a twin"
    assert not is_certain(compare(one, other._replace(sex="M")))


def test_the_likeliest_duplicates_come_first():
    people = [on_file(numbers=()), on_file(numbers=(), phones=()), on_file(numbers=(), zip="1")]
    found = list(likely_duplicates(Roster(enumerate(people, 1))))
    scores = [evidence.score for _, _, evidence in found]
    assert scores == sorted(scores, reverse=True)
    assert found[0][:2] == (1, 3), "the phone says more than the ZIP code"


# decisions


def test_a_remembered_yes_links_and_a_remembered_no_takes_the_candidate_away():
    row = somebody(last="hilll")
    yes = decide(row, decided_is={row.key: 1})
    assert yes == (Link.LINKED, "decided in an earlier review", 1, ())
    assert decide(row, decided_not={row.key: frozenset({1})}).link == Link.UNMATCHED
    assert decide(somebody(first="an"), decided_is={row.key: 1}).link == Link.REVIEW


def test_a_remembered_no_also_stops_what_would_link_by_itself():
    for row in (somebody(), somebody(numbers=(AT_BRIGID,))):
        assert decide(row, decided_not={row.key: frozenset({1})}).link == Link.UNMATCHED
    other = on_file(numbers=())
    match = decide(somebody(), on_file(), other, decided_not={somebody().key: frozenset({1})})
    assert match.link == Link.REVIEW, "whoever is left when one is refused is not proved by that"
    assert [one.patient_id for one in match.candidates] == [2]
    slip = somebody(last="hilll")
    refused = {slip.key: frozenset({1})}
    assert decide(slip, on_file(), other, decided_not=refused).link == Link.REVIEW


def test_of_a_first_name_that_may_be_the_beginning_of_another_nobody_is_linked():
    """One desk writes `Minh`, another `Minh Curtis` into one field."""
    short = on_file(first="minh", middle="", phones=(), zip=None, numbers=())
    long = short._replace(first="minhcurtis")
    row = somebody(first="minh", middle="", phones=(), zip=None)
    assert decide(row, short).patient_id == 1
    assert decide(row, short, long).link == Link.REVIEW
    assert decide(row._replace(first="minhcurtis"), short, long).link == Link.REVIEW
    other = short._replace(first="robert")
    assert decide(row, short, other).patient_id == 1, "a twin of another name is none of them"


def test_a_remembered_yes_needs_the_patient_and_more_than_a_name():
    row = somebody(last="hilll")
    assert decide(row, decided_is={row.key: 7}).link == Link.REVIEW
    nameless_day = somebody(last="hill", birth_date=None)
    assert decide(nameless_day, decided_is={nameless_day.key: 1}).link == Link.REVIEW
    numbered = nameless_day._replace(first="anne", numbers=(("mercy", "4"),))
    assert decide(numbered, decided_is={numbered.key: 1}).link == Link.LINKED
    assert numbered.key != nameless_day._replace(first="anne").key


def test_a_number_of_somebody_else_overrides_a_remembered_yes():
    row = somebody()
    namesake = on_file(numbers=(("practice", "2"),))
    decided = {"decided_is": {row.key: 1}}
    assert decide(row, on_file(), namesake, **decided).patient_id == 1
    numbered = row._replace(numbers=(("practice", "2"),))
    assert decide(numbered, on_file(), namesake, **decided).patient_id == 2
    unknown = row._replace(numbers=(("practice", "3"),))
    assert decide(unknown, on_file(), namesake, **decided).link == Link.REVIEW
    assert decide(row._replace(numbers=(OURS,)), on_file(), namesake, **decided).patient_id == 1


# whatever the roster and the row


NAMES = ("hill", "hilll", "hillreed", "reed", "ana", "anna", "an", "a", "mary", "maryann",
         "max")  # fmt: skip
DAYS = ("1958-03-02", "1958-02-03", "1958-03-03", "1958-03-12", "1958-08-02", "1968-03-02",
        "1959-02-03", "1971-11-30")  # fmt: skip
NUMBERS = (OURS, ("practice", "2"), AT_BRIGID, ("stbrigid", "8"), FAMILY)

name = st.sampled_from(("", *NAMES)) | st.text("abc", max_size=7)
person = st.builds(
    Person,
    last=name,
    first=name,
    middle=st.sampled_from(("", "", "a", "ann", "may")),
    suffix=st.sampled_from(("", "", "", "jr", "sr")),
    birth_date=st.none() | st.sampled_from([date.fromisoformat(day) for day in DAYS]),
    sex=st.sampled_from((None, "F", "M", "U")),
    zip=st.sampled_from((None, "37391", "30301")),
    phones=st.lists(st.sampled_from(("1", "2", "3")), max_size=2, unique=True).map(tuple),
    numbers=st.lists(st.sampled_from(NUMBERS), max_size=2, unique=True).map(tuple),
    address=st.sampled_from((None, None, "12elmst", "12elmstreet", "14elmst", "9mainst")),
    other_last=st.sampled_from(((), (), ("reed",), ("hill", "cole"))),
)
people = st.lists(person, max_size=8)


def _may_be_found(row, known):
    """Whether they have so much in common that a key leads from one to the other."""
    if {*row.numbers} & {*known.numbers} or {*row.phones} & {*known.phones}:
        return True
    home = row.zip if row.zip == known.zip else None
    street = row.address and known.address and _street(row) == _street(known)
    sounds, theirs = (
        {sound(name) for name in (who.last, who.first) if name} for who in (row, known)
    )
    like = are_like(row.last, known.last) or are_like(row.first, known.first)
    if row.address and row.address == known.address and (sounds & theirs or like):
        return True
    names = {row.last, row.first, sound(row.last), sound(row.first)}
    if home and street and names & {sound(known.last), known.first}:
        return True
    if row.birth_date and row.birth_date == known.birth_date:
        lasts, others = (
            {sound(name) for name in (who.last, *who.other_last)} for who in (row, known)
        )
        initials = {name[:1] for name in (row.last, row.first)}
        if (
            street
            or (lasts | {sound(row.first)}) & others - {""}
            or {row.last, row.first} & {known.first} - {""}
            or (home and initials & {known.last[:1], known.first[:1]})
        ):
            return True
    if not (row.last and row.first and known.last and known.first):
        return False
    dated = bool(row.birth_date and known.birth_date)
    given = {known.first, known.first + known.middle}
    if any(sorted((row.last, row.first)) == sorted((known.last, one)) for one in given):
        near = dated and (
            row.birth_date.year == known.birth_date.year
            or row.birth_date.strftime("%m%d") == known.birth_date.strftime("%m%d")
        )
        if near or not dated or street:
            return True
    pair, other = (sorted((sound(who.last), sound(who.first))) for who in (row, known))
    if home and pair == other:
        return True
    if dated or row.last[0] != known.last[0]:
        return False
    place = row.first == known.first or (home and row.first[0] == known.first[0])
    return bool(place and are_like(row.last, known.last) and are_like(row.first, known.first))


def _street(who):
    return who.address.lstrip("0123456789")[:4]


@given(people, st.lists(person, min_size=1, max_size=3), st.frozensets(st.integers(1, 8)))
@example([on_file()] * 2, [somebody(last="hilll", first="an", zip="37391")] * 2, frozenset({2}))
@settings(max_examples=400)
def test_no_candidate_is_lost_by_looking_only_where_somebody_may_be(known, rows, refused):
    """The brute force compares the row with everybody who has enough in common with it."""
    roster = Roster(enumerate(known, start=1), None, {row.key: refused for row in rows})
    for row in rows:
        found = [
            (-evidence.score, patient_id)
            for patient_id, one in enumerate(known, start=1)
            if patient_id not in refused
            for evidence in [compare(row, one)]
            if _may_be_found(row, one) and roster.asks(one, evidence)
        ]
        candidates = [one for _, one in sorted(found)][:SHOWN]
        assert shown(roster.review(row, refused)) == candidates
        match = roster.decide(row)
        if match.link != Link.LINKED:
            assert shown(match) == candidates
            assert (match.link == Link.REVIEW) == bool(found)


@given(people, person)
@settings(max_examples=300)
def test_a_link_is_never_to_somebody_whom_birth_date_sex_or_both_names_contradict(known, row):
    match = decide(row, *known)
    if match.link != Link.LINKED:
        assert match.patient_id is None
        return
    linked = known[match.patient_id - 1] if known else on_file()
    evidence = compare(row, linked)
    told = (evidence.sex, evidence.suffix, evidence.birth_date, evidence.number)
    assert Agreement.CONTRADICT not in told
    assert (evidence.last, evidence.first) != (Agreement.CONTRADICT, Agreement.CONTRADICT)
    own_numbers = {number for number in row.numbers if number[0] != "member"}
    by_number = bool(own_numbers.intersection(linked.numbers))
    if evidence.birth_date == Agreement.NEAR:
        assert {row.last, *row.other_last} & {linked.last, *linked.other_last}
        agree = (by_number, evidence.phone == 2, evidence.zip == 2, evidence.address == 2,
                 evidence.member == 2, by_number and evidence.middle == 2)  # fmt: skip
        assert sum(agree) >= 2
    elif not by_number:
        assert evidence.birth_date == Agreement.AGREE, "never by the name alone"
        assert evidence.first >= Agreement.NEAR
        assert evidence.last >= Agreement.NEAR or (
            evidence.last == Agreement.MISSING and evidence.address != Agreement.CONTRADICT
        )
        assert evidence.middle != Agreement.CONTRADICT


@given(st.lists(person, max_size=6), person, st.randoms(use_true_random=False))
@settings(max_examples=150)
def test_the_decision_does_not_depend_on_the_order_of_the_roster(known, row, chance):
    numbered = list(enumerate(known, start=1))
    before = Roster(numbered).decide(row)
    chance.shuffle(numbered)
    assert Roster(numbered).decide(row) == before


@given(person, person)
def test_comparing_is_the_same_from_both_sides(one, other):
    """But for a slip where the names are exchanged: in whose first name it is, it matters."""
    there, back = compare(one, other), compare(other, one)
    if {there.last_is, there.first_is} == {Likeness.EXCHANGED, Likeness.SLIP}:
        back = back._replace(last_is=there.last_is, first_is=there.first_is)
    assert there == back
