"""Spoiled lists of every kind: taken in part or refused, never a bug, never a wrong link.

The same as `make mutated` does with ten thousand of them, on a few hundred.
"""

from __future__ import annotations

import io
from random import Random
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from caretool.intake import layout_file, rejects, sources
from caretool.intake.layout import map_columns
from tests.discharge_lists import HEADER, dump, listing, stay
from tests.mutation_checks import Trial, date, is_near, panel, stands_in, wrong_link
from tests.mutations import BASES, DATA, mutated, with_layout
from tests.workbooks import xlsx

FILES = 200


@pytest.fixture(scope="module")
def trial(tmp_path_factory: pytest.TempPathFactory):
    with pytest.MonkeyPatch.context() as patch:
        for name in ("CARETOOL_DB", "CARETOOL_TODAY"):
            patch.setenv(name, "")  # which the trial sets, and which end with it
        yield Trial(tmp_path_factory.mktemp("mutated"))


@given(st.randoms(use_true_random=False), st.sampled_from(BASES), st.booleans())
@settings(max_examples=FILES, suppress_health_check=list(HealthCheck))
def test_a_spoiled_file_is_taken_in_part_or_refused_and_links_nobody_wrongly(
    trial: Trial, rnd: Random, base: Any, by_layout: bool
) -> None:
    trial.surround()
    made = mutated(rnd, base)
    if by_layout and (layout := trial.layout(base)):
        made = with_layout(made, layout, rnd)
    checked = trial.check(made, rnd)
    assert checked.problems == [], (made.base.name, made.steps)


# the oracle itself


GRIFFIN = "00041214"  # Louise Griffin, 1968-07-20, F


@pytest.mark.parametrize(
    ("text", "born", "wrong"),
    [
        ("41214;Griffin;Louise;07/20/1968;F", "1968-07-20", ""),
        ("41214;Grifin;Louise;07/20/1968;F", "1968-07-20", ""),
        ("GRIFFIN, MARK;19680720", "1968-07-20", "the first name does not stand in the row"),
        ("Griffin;Louise;07/20/1965", "1965-07-20",
         "a slip in the birth date, and too little beside it"),
        ("Griffin;Louise;1971-11-02", "1971-11-02", "another birth date"),
        ("Hill;Ana;07/20/1968", "1968-07-20", "no part of the name stands in the row"),
        ("Griffin;Louise;F;Home", "1968-07-20", "the birth date does not stand in the row"),
        ("Moore;Louise;07/20/1968", "1968-07-20",
         "the last name does not stand in the row, and nothing else is the patient's"),
        ("41214;Moore;Louise;07/20/1968", "1968-07-20", ""),
    ],
)  # fmt: skip
def test_the_oracle_sees_a_wrong_link(text, born, wrong):
    births = {date.fromisoformat(born)}
    assert wrong_link(panel()[GRIFFIN], text, births, named=True) == wrong


def test_the_oracle_knows_a_slip_in_a_date():
    day = date(1968, 7, 20)
    assert is_near(day, date(1963, 7, 20))
    assert is_near(date(1968, 7, 2), date(1968, 2, 7))
    assert not is_near(day, date(1963, 7, 21))
    assert stands_in("De La Cruz", "DELACRUZ,ANA") == "exact"
    assert stands_in("Robert", "Bob Hill") == "like"
    assert stands_in("Robert", "Maria Hill") == ""


# what the spoiled files brought to light


def test_given_names_alone_are_whole_names_also_where_two_columns_claim_it():
    """Else a list with `First Name` twice and no last name ended as a bug."""
    layout = map_columns(["First Name", "Given Name", "DOB"], "discharges", file="x", enough=False)
    assert layout.columns["name"] == 0
    assert layout.passed_over["name"] == (1,)
    assert "first" not in layout.columns


def test_a_long_unknown_word_is_told_in_one_short_line(care, tmp_path):
    path = tmp_path / "list.csv"
    path.write_bytes(listing(stay(disp="x" * 40_000)))
    ran = care("import-discharges", path)
    assert max(map(len, ran.err.splitlines())) < 400


def test_unknown_words_that_are_codes_are_told_with_their_rows(care, tmp_path):
    path = tmp_path / "list.csv"
    rows = [stay(str(n), disp=f"Gone to {'ABCDEFG'[n % 7]}") for n in range(40)]
    path.write_bytes(listing(*rows))
    said = care("import-discharges", path).err
    assert 'disposition "Gone to A" is not known (6 rows)' in said
    assert "4 more unknown disposition words" in said


def test_headings_over_the_wrong_columns_do_not_put_names_into_messages(care, tmp_path):
    path = tmp_path / "list.csv"
    header = [*HEADER]
    at, to = header.index("Disch Disp"), header.index("Patient Name")
    header[at], header[to] = header[to], header[at]
    people = ["HILL,ANA", "REED,MAX", "STONE,EVA"]
    rows = [stay(str(n), [one, "1958-03-02", "F"]) for n, one in enumerate(people)]
    path.write_bytes(listing(*rows, header=header))
    ran = care("import-discharges", path)
    assert (
        "3 unknown disposition words; check that the column is that of the disposition" in ran.err
    )
    assert not any(one.split(",")[0] in ran.err for one in people)


def test_a_heading_that_turns_the_writing_around_is_shown_by_its_number(care, tmp_path):
    header = [*HEADER, "\u202eUnit", "\U000e0001"]
    path = tmp_path / "list.csv"
    path.write_bytes(listing([*stay(), "x", "y"], header=header))
    layout = care("sniff", path).out
    document = care("sniff", path, "--json")
    assert "\u202e" not in layout + document.out
    assert "\U000e0001" not in layout + document.out
    assert '"\\u202eUnit"' in layout
    assert document.data is not None
    text = layout_file.written(map_columns(header, "discharges", file="x"), name="x", source="x")
    assert layout_file.parsed(text, "x").header == tuple(header)


def test_a_row_that_is_taken_for_the_headings_is_not_shown(care, tmp_path):
    """A list whose headings were lost, from a sender whose headings are known."""
    path = tmp_path / "daily.csv"
    path.write_bytes(listing(stay()))
    care("import-discharges", path)
    lost = [text if at != 3 else "03/02/1958" for at, text in enumerate(HEADER)]
    path.write_bytes(listing(stay(), header=lost))
    ran = care("import-discharges", path, code=3)
    assert "DOB" in ran.err
    assert "1958" not in ran.err


def test_messages_are_known_though_the_first_has_lost_its_start(care, tmp_path):
    feed = (DATA / "hl7/a03_batch.hl7").read_bytes()
    path = tmp_path / "feed.hl7"
    path.write_bytes(b"PV1||I|6N^27\r" + feed[feed.index(b"MSH") :])
    (report,) = care("import-discharges", path, "--json", code=4).data
    assert (report["format"], report["new"], report["rejected"]) == ("hl7", feed.count(b"MSH|"), 1)


@pytest.mark.parametrize("name", ["hl7/a03_home.hl7", "fhir/discharge_bundle.json"])
def test_feeds_in_utf_16_are_read_as_feeds(name, care, tmp_path):
    good = care("import-discharges", DATA / name, "--json").data[0]
    path = tmp_path / "feed"
    path.write_bytes((DATA / name).read_text("utf-8").encode("utf-16"))
    again = care("import-discharges", path, "--json").data[0]
    assert good["format"] == again["format"]
    assert good["new"] == again["unchanged"] > 0


def test_standard_input_without_end_is_refused(care, monkeypatch):
    monkeypatch.setattr(sources, "MAX_PIPE", 1000)
    ran = care("import-discharges", "-", code=3, stdin=b"x" * 1001)
    assert "standard input is longer than" in ran.err


def test_rejects_that_do_not_fit_on_the_disk_leave_nothing_behind(care, tmp_path, monkeypatch):
    path = tmp_path / "list.csv"
    path.write_bytes(listing(stay(), stay("2", left="31/31/2026")))

    class Full(io.BytesIO):
        def write(self, _data: Any) -> int:
            raise OSError(28, "No space left on device")

    monkeypatch.setattr(rejects.os, "fdopen", lambda *_: Full())
    ran = care("import-discharges", path, code=3)
    assert "the rejected rows cannot be written: No space left on device" in ran.err
    assert [one.name for one in tmp_path.iterdir() if "rejects" in one.name] == []
    assert not dump(tmp_path / "care.db")


def test_a_workbook_that_unpacks_to_far_more_than_it_seems_is_refused(care, tmp_path):
    text = f'<row r="1"><c r="A1" t="inlineStr"><is><t>{"x" * (40 << 20)}</t></is></c></row>'
    path = tmp_path / "bomb.xlsx"
    path.write_bytes(xlsx({"List": text}))
    ran = care("import-discharges", path, code=3)
    assert "is too large for a workbook: it unpacks to more than 200 times its size" in ran.err
