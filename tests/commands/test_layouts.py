"""`layouts`: list, show, test, export, add and drop how each sender's lists are read."""

from __future__ import annotations

import pytest
from discharge_lists import HEADER, REED, dump, listing, stay

from caretool import short_file
from caretool.intake import layout_file


@pytest.fixture
def put(tmp_path):
    """Write a list (or any text) and give its path."""

    def write(*rows, name="brigid.csv", text=None, **form):
        path = tmp_path / name
        path.write_bytes(listing(*rows, **form) if text is None else text.encode())
        return path

    return write


@pytest.fixture
def saved(care, put):
    """A clean list of St. Brigid's, imported: its layout is saved as `brigid`."""
    care("import-discharges", put(stay("1"), stay("2", REED)))


LAYOUT = """version = 1
name = "st_brigid"
kind = "discharges"
source = "St. Brigid"
header = ["MRN", "Name", "Born", "Out", "To"]

[columns]
mrn = "MRN"
name = "Name"
birth_date = "Born"
discharge = "Out"
disposition = 5

[dates]
birth_date = "mdy"

[dispositions]
"Home-Health Care Svc" = "06"

[classes]
"OBV" = "observation"
"""


def test_a_clean_import_saves_a_layout_and_the_list_of_layouts_says_so(care, saved, ok):
    (row,) = ok("layouts")
    assert {key: row[key] for key in ("name", "kind", "source", "saved_on", "columns")} == {
        "name": "brigid", "kind": "discharges", "source": "brigid", "saved_on": "2026-11-23",
        "columns": len(HEADER),
    }  # fmt: skip
    assert set(row["fields"]) == {
        "visit", "mrn", "name", "birth_date", "sex", "patient_class", "admit", "discharge",
        "disposition", "facility", "event",
    }  # fmt: skip
    assert care("layouts", "--csv").out.startswith("name,kind,source,saved_on,columns,fields\r\n")


@pytest.mark.parametrize("width", [80, 120])
def test_a_page_fits_its_terminal(width, care, put, monkeypatch):
    """The name is that of the file's sender, and files have long names."""
    care("import-discharges", put(stay("1"), name=f"discharges_of_{'x' * 150}.csv"))
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    monkeypatch.setenv("COLUMNS", str(width))
    monkeypatch.setenv("TERM", "dumb")
    ran = care("layouts")
    assert max(map(len, ran.out.splitlines())) <= width
    assert "discharges Mon 23 Nov 11" in " ".join(ran.out.split())
    assert "caretool layouts show NAME" in ran.err


def test_without_layouts_it_is_said_how_one_comes_about(care):
    care("add-patient", "Hill, Ana", "--dob", "1958-03-02")
    assert care("layouts", "--json").data == []


def test_what_is_exported_is_what_is_shown_and_can_be_added_elsewhere(care, saved, tmp_path, ok):
    shown = care("layouts", "show", "brigid").out
    copy, other = tmp_path / "copy.toml", tmp_path / "other.db"
    ran = care("layouts", "export", "brigid", copy)
    assert f"layout brigid written to {copy}" in ran.err
    assert copy.read_text() == shown
    assert care("layouts", "export", "brigid").out == shown
    assert care("layouts", "add", copy, "--db", other, "--json").data == {
        "name": "brigid", "kind": "discharges", "saved": True,
    }  # fmt: skip
    assert care("layouts", "show", "brigid", "--db", other).out == shown
    again = care("layouts", "add", copy, "--db", other)
    assert "layout brigid is saved already" in again.err


def test_an_export_replaces_nothing(care, saved, tmp_path):
    taken = tmp_path / "notes.txt"
    taken.write_text("mine")
    link = tmp_path / "link.toml"
    link.symlink_to(tmp_path / "elsewhere.toml")
    for path in (taken, link, tmp_path):
        ran = care("layouts", "export", "brigid", path, code=6)
        assert "say another file" in ran.err
    care("layouts", "export", "brigid", tmp_path / "no" / "such" / "folder.toml", code=6)
    assert taken.read_text() == "mine"
    assert not (tmp_path / "elsewhere.toml").exists()


@pytest.mark.parametrize(
    "name",
    ["../../escape", "/escape.toml", "a/b", "..", "~", "x" * 300, "zwei\nZeilen", "'; DROP"],
)
def test_whatever_a_layout_is_called_its_name_is_never_a_place(name, care, put, tmp_path, ok):
    text = LAYOUT.replace('"st_brigid"', layout_file._text(name))
    before = sorted(tmp_path.rglob("*"))
    path = put(text=text, name="mine.toml")
    care("layouts", "add", path)
    assert ok("layouts")[0]["name"] == name
    assert care("layouts", "show", name).out == text
    assert "St. Brigid" in care("layouts", "export", name).out
    care("layouts", "drop", name)
    assert ok("layouts") == []
    new = set(tmp_path.rglob("*")) - set(before)
    assert {one.name.split("-")[0] for one in new} == {"mine.toml", "care.db"}


@pytest.mark.parametrize("sender", ["x" * 250, 'St. "B"', "Zoë\tund so", "a\\b", "\u00a0"])
def test_a_layout_is_found_again_whatever_its_sender_is_called(sender, care, put, ok):
    path = put(stay("1"))
    care("import-discharges", path, "--source", sender)
    (row,) = ok("layouts")
    content = care("layouts", "show", row["name"]).out
    parsed = layout_file.parsed(content, "it")
    assert (parsed.name, parsed.source) == (row["name"], row["source"])
    (report,) = care("import-discharges", path, "--source", sender, "--json").data
    assert (report["layout"], report["layout_saved"]) == (row["name"], None)


# add


def wrong(old, new):
    assert old in LAYOUT
    return LAYOUT.replace(old, new)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("MRN,Name\n1,x\n", "mine.toml is no TOML"),
        ("", 'mine.toml has no "version = 1"'),
        (wrong("version = 1", "version = 2"), 'mine.toml has no "version = 1"'),
        (wrong('kind = "discharges"', 'kind = "labs"'), "kind is one of discharges"),
        (wrong('kind = "discharges"', "kind = [1]"), "kind is one of discharges, patients, fills"),
        (wrong('name = "st_brigid"', 'name = " "'), "mine.toml needs name = a text"),
        (wrong('name = "st_brigid"', "name = 3"), "mine.toml needs name = a text"),
        (wrong('source = "St. Brigid"', ""), "mine.toml needs source = a text"),
        (wrong("[columns]", 'birthday = "x"\n[columns]'), "has a key that is not known: birthday"),
        (wrong("[columns]", 'has_header = "no"\n[columns]'), "has_header is true or false"),
        (wrong("[columns]", "h_and_m = 1\n[columns]"), "h_and_m is true or false"),
        (wrong("[columns]", 'time_zone = "Mars/Base"\n[columns]'), "time_zone is not the name of"),
        (wrong("[columns]", "time_zone = 5\n[columns]"), "time_zone is not the name of"),
        (wrong('"MRN", "Name"', '1, "Name"'), "header is a list of texts"),
        (wrong('birth_date = "Born"', 'geburt = "Born"'), "[columns] has no field geburt"),
        (wrong("disposition = 5", "disposition = 0"), "[columns] disposition: a heading, or a num"),
        (wrong("disposition = 5", "disposition = true"), "[columns] disposition: a heading, or a"),
        (wrong("disposition = 5", "disposition = [5]"), "[columns] is a table"),
        (wrong('birth_date = "mdy"', 'birth_date = "american"'), "[dates] birth_date: one of iso"),
        (wrong('birth_date = "mdy"', 'name = "mdy"'), "[dates] name: one of iso, mdy, dmy, excel"),
        (wrong('"06"', '"600"'), "[dispositions]: 600 is not known"),
        (wrong('"06"', "6"), "[dispositions] is a table"),
        (wrong('"observation"', '"watching"'), "[classes]: watching is not known"),
        ("[[" * 5000, "mine.toml is no TOML"),
    ],
)  # fmt: skip
def test_a_wrong_layout_is_one_line_that_names_the_file_and_what_is_wrong(
    text, said, care, put, tmp_path
):
    path = put(text=text, name="mine.toml")
    ran = care("layouts", "add", path, code=3)
    error, hint = ran.err.splitlines()
    assert error.startswith("error: mine.toml")
    assert said in error
    assert hint == "hint: docs/layouts.md describes the format"
    assert not (tmp_path / "care.db").exists()


def test_a_file_that_cannot_be_a_layout_is_one_line_too(care, put, tmp_path):
    long = tmp_path / "long.toml"
    long.write_text("#" * (short_file.LONGEST + 1))
    binary = tmp_path / "binary.toml"
    binary.write_bytes(b"\xff\xfe\x00")
    for path in (long, binary, tmp_path, tmp_path / "none.toml"):
        ran = care("layouts", "add", path, code=3)
        assert path.name in ran.err.splitlines()[0]
        assert len(ran.err.splitlines()) == 2


def test_a_layout_that_is_added_again_under_its_name_counts_from_then_on(care, put, ok):
    care("layouts", "add", put(text=LAYOUT, name="mine.toml"))
    text = wrong('"06"', '"01"')
    care("layouts", "add", put(text=text, name="mine.toml"))
    assert len(ok("layouts")) == 1
    assert care("layouts", "show", "st_brigid").out == text


# test


def test_a_list_like_the_last_one_is_read_by_the_saved_layout(care, saved, put, ok):
    path = put(stay("9", left="2026-11-22"))
    assert {
        "file": "brigid.csv", "layout": "brigid", "field": "discharge", "column": 8,
        "heading": "Disch Date", "dates": "iso",
    } in ok("layouts", "test", path)  # fmt: skip


def test_a_test_says_what_moved_is_new_or_gone_and_stores_nothing(care, saved, put, tmp_path):
    before = {table: dump(tmp_path / "care.db", table) for table in ("stays", "layouts")}
    order = [1, 0, *range(2, 11)]  # the first two columns have changed places
    moved = [[row[at] for at in order] for row in (HEADER, stay("9"))]
    new = [[*HEADER, "Phone"], [*stay("9"), "423-555-0142"]]
    facility = HEADER.index("Facility")
    gone = [[*row[:facility], *row[facility + 1 :]] for row in (HEADER, stay("9"))]
    for rows, said in (
        (moved, "not as before: moved: CSN"),
        (new, "not as before: new: Phone"),
        (gone, "not as before: gone: Facility"),
    ):
        ran = care("layouts", "test", put(*rows[1:], header=rows[0]), "--plain")
        assert said in ran.out
    born = HEADER.index("DOB")
    vital = [[*row[:born], *row[born + 1 :]] for row in (HEADER, stay("9"))]
    ran = care("layouts", "test", put(*vital[1:], header=vital[0]), code=3)
    assert "error: brigid.csv is not as layout brigid knows it: gone: DOB" in ran.err
    assert "--layout auto" in ran.err
    assert before == {table: dump(tmp_path / "care.db", table) for table in ("stays", "layouts")}


def test_a_test_can_name_the_layout_and_the_sender(care, saved, put, tmp_path, ok):
    path = put(stay("9"), name="other.csv")
    (origin,) = {row["layout"] for row in ok("layouts", "test", path, "--layout", "auto")}
    assert origin == "built-in"
    (origin,) = {row["layout"] for row in ok("layouts", "test", path, "--source", "brigid")}
    assert origin == "brigid"
    ran = care("layouts", "test", path, "--layout", "nobody", code=3)
    assert "no layout nobody" in ran.err


def test_on_a_terminal_a_test_shows_field_column_and_heading(care, saved, put, monkeypatch):
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    ran = care("layouts", "test", put(stay("9")))
    assert "birth date" in ran.out
    assert "read by layout brigid" in ran.err


# drop


def test_a_list_whose_layout_was_dropped_is_worked_out_anew(care, saved, put, ok):
    ran = care("layouts", "drop", "brigid")
    assert "layout brigid dropped; its lists are worked out anew" in ran.err
    assert ok("layouts") == []
    (report,) = care("import-discharges", put(stay("3")), "--json").data
    assert (report["layout"], report["layout_saved"]) == ("built-in", "brigid")


@pytest.mark.parametrize("action", ["show", "export", "drop"])
def test_a_layout_that_is_not_there_is_named(action, care, saved):
    ran = care("layouts", action, "brigit", code=3)
    assert "no layout brigit" in ran.err
    assert "caretool layouts lists them" in ran.err


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (["show"], "layouts show takes NAME"),
        (["show", "a", "b"], "layouts show takes NAME"),
        (["list", "a"], "layouts list takes nothing more"),
        (["test"], "layouts test takes FILE"),
        (["export"], "layouts export takes NAME [FILE]"),
        (["add", "x", "--layout", "y"], "layouts add takes no --layout"),
        (["drop", "x", "--source", "y"], "layouts drop takes no --source"),
        (["show", "x", "--kind", "fills"], "layouts show takes no --kind"),
    ],
)
def test_wrong_usage_says_the_right_one(args, said, care, saved):
    assert said in care("layouts", *args, code=2).err
