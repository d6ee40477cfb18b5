"""Layouts as files: whatever a header says survives being written, parsed and laid over again."""

from __future__ import annotations

import tomllib
from datetime import date
from typing import NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from caretool.errors import FileError
from caretool.intake.layout import Layout
from caretool.intake.layout_file import drift, key_of, laid_over, parsed, written
from caretool.intake.moments import DateForm

TODAY = date(2026, 11, 23)
FIELDS = ["name", "birth_date", "discharge", "sex", "phone", "zip"]
HEADER = ("MRN", "Name", "Born", "Out", "To")
COLUMNS = {"mrn": 0, "name": 1, "birth_date": 2, "discharge": 3, "disposition": 4}


class Shown(NamedTuple):
    """As much of a listing as a layout looks at."""

    header: tuple[str, ...]
    header_line: int = 1
    name: str = "list.csv"


def layout(header=HEADER, columns=None, **more):
    return Layout("discharges", tuple(header), columns or COLUMNS, **more)


def text_of(one, **more):
    return written(one, **{"name": "brigid", "source": "St. Brigid", **more})


def test_what_is_written_is_what_the_page_about_layouts_shows():
    form = DateForm("mdy", births=True, today=TODAY, settled_by="its own values")
    text = text_of(
        layout(dates={"birth_date": form}, time_zone="America/New_York", facility="St. Brigid's"),
    )
    raw = tomllib.loads(text)
    assert raw == {
        "version": 1, "name": "brigid", "kind": "discharges", "source": "St. Brigid",
        "has_header": True, "header": list(HEADER), "time_zone": "America/New_York",
        "facility": "St. Brigid's",
        "columns": {
            "mrn": "MRN", "name": "Name", "birth_date": "Born", "discharge": "Out",
            "disposition": "To",
        },
        "dates": {"birth_date": "mdy"}, "dispositions": {}, "classes": {},
    }  # fmt: skip
    assert 'birth_date = "mdy"  # by its own values' in text


@pytest.mark.parametrize(
    "more",
    [
        {"facility": "Clínica Süd", "facility_titled": True},
        {"facility": "Clínica Süd"},
        {"h_and_m": True},
        {"digits_in_names": True},
        {"time_zone": "America/Puerto_Rico"},
        {"dispositions": {"gone fishing": "07", 'said "no"\\': "01"}},
        {"classes": {"obv": "observation"}},
    ],
)  # fmt: skip
def test_every_part_comes_back(more):
    one = layout(**more)
    again = laid_over(parsed(text_of(one), "x"), Shown(HEADER))
    folded = {**more}
    if "dispositions" in more:
        folded["dispositions"] = {"gone fishing": "07", "said no": "01"}
    assert again == layout(**folded, name="brigid")


headings = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)


@given(st.lists(headings, min_size=3, max_size=12), st.booleans(), st.data())
def test_any_header_survives_being_written_parsed_and_laid_over(header, has_header, data):
    places = data.draw(st.permutations(range(len(header))))
    columns = dict(zip(FIELDS, places, strict=False))
    one = layout(header, columns)
    saved = parsed(text_of(one, has_header=has_header), "x")
    listing = Shown(tuple(header), int(has_header))
    assert saved.header == tuple(header)
    assert laid_over(saved, listing).columns == columns
    assert saved.key == key_of(listing)
    assert drift(saved, listing).words == ""


@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=60))
def test_any_name_of_a_sender_survives(name):
    if not name.strip():
        return
    saved = parsed(written(layout(), name=name, source=name), "x")
    assert (saved.name, saved.source) == (name.strip(), name.strip())


@given(st.text(max_size=300))
def test_any_text_is_a_layout_or_one_clear_error(text):
    error = ""
    try:
        parsed(text, "mine.toml")
    except FileError as problem:
        error = str(problem)
    assert error.startswith("mine.toml ")
    assert "\n" not in error


def test_headings_that_stand_there_twice_are_told_by_their_number():
    one = layout(("Name", "Born", "Out", "name"), {"name": 3, "birth_date": 1, "discharge": 2})
    assert parsed(text_of(one), "x").columns == {
        "name": 4,
        "birth_date": "Born",
        "discharge": "Out",
    }


def test_headings_are_compared_as_headings_are():
    saved = parsed(text_of(layout()), "x")
    listing = Shown(("To (12)", "m_r_n", "N A M E", "Bórn", "OUT"))
    assert laid_over(saved, listing).columns == {
        "mrn": 1, "name": 2, "birth_date": 3, "discharge": 4, "disposition": 0,
    }  # fmt: skip


def test_a_number_beyond_the_last_column_is_refused_by_number():
    saved = parsed(text_of(layout()), "x")
    saved = saved._replace(columns={**saved.columns, "phone": 9})
    with pytest.raises(FileError, match=r"list\.csv: no column 9 for phone, there are 5"):
        laid_over(saved, Shown(HEADER))


def test_what_is_left_has_to_suffice():
    saved = parsed(text_of(layout()), "x")
    with pytest.raises(FileError, match=r"list\.csv, layout brigid: no column for birth date"):
        laid_over(saved, Shown(("MRN", "Name", "Out")))


# drift


@pytest.mark.parametrize(
    ("header", "words", "vital"),
    [
        (HEADER, "", ()),
        (("mrn", "NAME", "born", "out", "to"), "", ()),
        (("Name", "MRN", "Born", "Out", "To"), "moved: MRN", ()),
        (("Name", "Born", "Out", "To", "MRN"), "moved: MRN", ()),
        (("To", "MRN", "Name", "Born", "Out"), "moved: To", ()),
        (("To", "Out", "Born", "Name", "MRN"), "moved: MRN, Name, Born, Out", ()),
        ((*HEADER, "Phone", ""), "new: Phone", ()),
        (("MRN", "Name", "Born", "Out"), "gone: To", ("To",)),
        (("MRN", "Name", "Birth", "Out", "To"), "gone: Born; new: Birth", ("Born",)),
    ],
)
def test_a_changed_header_is_put_in_words(header, words, vital):
    found = drift(parsed(text_of(layout()), "x"), Shown(header))
    assert (found.words, found.vital) == (words, vital)


def test_a_column_known_by_number_under_another_heading_is_no_longer_that_column():
    saved = parsed(text_of(layout()), "x")
    saved = saved._replace(columns={**saved.columns, "disposition": 5, "phone": 6})
    found = drift(saved, Shown(("MRN", "Name", "Born", "Out", "Ward", "To")))
    assert found.shifted == ("column 5 (To)",)
    assert found.vital == ("column 5 (To)",)
    assert found.words == "under another heading: column 5 (To); new: Ward"


def test_our_own_columns_in_a_rejects_file_are_nothing_new():
    header = (*HEADER, "rejected_line", "rejected_column", "rejected_value", "rejected_reason",
              "rejected_rule", "rejected_date_format")  # fmt: skip
    assert drift(parsed(text_of(layout()), "x"), Shown(header)).words == ""


def test_a_hundred_new_columns_fit_in_a_line():
    header = (*HEADER, *(f"Extra {number}" for number in range(100)))
    words = drift(parsed(text_of(layout()), "x"), Shown(header)).words
    assert words == "new: Extra 0, Extra 1, Extra 2, Extra 3, Extra 4, Extra 5 and 94 more"


def test_a_layout_without_a_header_of_its_own_has_nothing_to_compare():
    saved = parsed(text_of(layout()), "x")._replace(header=())
    assert drift(saved, Shown(HEADER)).words == ""
    assert drift(saved, Shown(("MRN", "Name", "Out", "To"))).vital == ("Born",)


def test_a_list_without_headings_has_those_of_the_layout_if_it_is_as_wide():
    bare = [f"Column {number}" for number in range(1, 7)]
    for text in (text_of(layout()), text_of(layout()).replace("has_header = true", "")):
        saved = parsed(text, "x")
        assert laid_over(saved, Shown(tuple(bare[:5]), 0)).columns == COLUMNS
        with pytest.raises(FileError, match="has no headings and 6 columns") as error:
            laid_over(saved, Shown(tuple(bare), 0))
        assert error.value.hint == "layout brigid is for lists of 5 columns"


@pytest.mark.parametrize("value", ["9" * 5000, "[" * 5000 + "]" * 5000, "2026-02-30"])
def test_a_value_that_toml_cannot_hold_is_no_bug(value):
    """A number of more than 4300 digits is more than Python reads, and 30 February is no day."""
    with pytest.raises(FileError, match=r"^mine is no TOML: "):
        parsed(f"version = {value}", "mine")
