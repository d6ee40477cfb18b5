"""The widths of a table's columns: words stay whole while there is room for them."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from caretool.tables import LONGEST_WORD, Held, fitted


def test_what_fits_is_left_as_it_is() -> None:
    assert fitted([Held(10, 5, wrap=True), Held(3, 3, wrap=False)], 13) == [10, 3]


def test_the_widest_is_narrowed_first_down_to_its_longest_word() -> None:
    """40 and 12 are 12 too many for 40: all of it comes from the first."""
    assert fitted([Held(40, 20, wrap=True), Held(12, 4, wrap=True)], 40) == [28, 12]
    assert fitted([Held(40, 20, wrap=True), Held(12, 4, wrap=True)], 26) == [20, 6]


def test_where_the_words_need_more_room_they_are_broken() -> None:
    assert fitted([Held(40, 20, wrap=True), Held(12, 12, wrap=False)], 25) == [13, 12]
    assert fitted([Held(12, 12, wrap=True)], 8) == [8]


def test_a_word_longer_than_that_does_not_take_the_room_of_the_others() -> None:
    assert fitted([Held(90, 90, wrap=True), Held(19, 19, wrap=True)], 39) == [20, 19]


def test_where_there_is_no_room_at_all_it_says_so() -> None:
    assert fitted([Held(40, 40, wrap=False), Held(5, 5, wrap=True)], 40) is None


@st.composite
def columns(draw: st.DrawFn) -> list[Held]:
    found = []
    for _ in range(draw(st.integers(1, 6))):
        line = draw(st.integers(1, 60))
        found.append(Held(line, draw(st.integers(1, line)), draw(st.booleans())))
    return found


@given(columns(), st.integers(1, 200))
def test_it_fits_and_breaks_no_word_that_need_not_be(held: list[Held], room: int) -> None:
    widths = fitted(held, room)
    least = [min(one.word, LONGEST_WORD) if one.wrap else one.line for one in held]
    if widths is None:
        assert sum(1 if one.wrap else one.line for one in held) > room
        return
    assert sum(widths) <= room
    assert sum(widths) == min(room, sum(one.line for one in held)) or widths == least
    assert all(width <= one.line for width, one in zip(widths, held, strict=True))
    assert all(width == one.line for width, one in zip(widths, held, strict=True) if not one.wrap)
    if sum(least) <= room:
        assert all(width >= word for width, word in zip(widths, least, strict=True))
