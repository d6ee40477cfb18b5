"""`export-roster`: what import-patients reads back unchanged, and what exchanges ask for."""

from __future__ import annotations

import csv
import io
import os
import stat

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from caretool.commands.export_roster import _address
from caretool.model import CloseReason

PANEL_REQUIRED = ["Type of unique patient identifier", "Unique patient identifier", "Last name",
                  "First name", "Sex", "Date of birth"]  # fmt: skip


@pytest.fixture
def people(care):
    """Every kind of standing: roster, active, on hold, closed, dead, without a birth date."""
    care("add-patient", "García-López Jr, Zoë Anne", "--dob", "1958-03-02", "--sex", "F", "--mrn",
         "0012345", "--phone", "423-555-0101", "--phone", "423-555-0102", "--zip", "37391",
         "--tier", "high", "--condition", "copd", "--condition", "E66.9", "--language", "Spanish",
         "--channel", "portal", "--referred-by", "Dr. Stone", "--on", "2026-10-01")  # fmt: skip
    care("add-patient", "de la Cruz, Ana", "--dob", "1960-05-05", "--roster-only", "--mrn", "77",
         "--issuer", "St. Brigid", "--source", "payer")  # fmt: skip
    care("add-patient", "O'Brien, Tom", "--dob", "1944-11-30", "--sex", "M")
    care("edit-patient", "P3", "--status", "on_hold")
    care("add-patient", "Moved, Max", "--dob", "1950-01-01")
    care("edit-patient", "P4", "--status", "closed", "--reason", "moved")
    care("add-patient", "Dead, Dora", "--dob", "1930-01-01")
    care("edit-patient", "P5", "--status", "closed", "--reason", "deceased")


def rows(text):
    return list(csv.DictReader(io.StringIO(text, newline="")))


def names(text, column="Last Name"):
    return [row[column] for row in rows(text)]


def dump(ok):
    """Everybody as their page tells it, but for what an export does not carry."""
    pages = [ok("show", row["patient"]) for row in ok("patients")]
    kept = (
        "name",
        "birth_date",
        "sex",
        "identifiers",
        "phones",
        "channel",
        "language",
        "zip",
        "address",
        "conditions",
        "source",
        "referred_by",
        "status",
        "status_reason",
        "own_tier",
    )
    return [{key: page[key] for key in kept} for page in pages]  # fmt: skip


def test_read_back_into_the_same_file_it_changes_nothing(care, people, tmp_path):
    care("export-roster", tmp_path / "out.csv", "--status", "roster", "--status", "active",
         "--status", "on_hold", "--status", "closed")  # fmt: skip
    (report,) = care("import-patients", tmp_path / "out.csv", "--json").data
    assert (report["unchanged"], report["records"]) == (5, 5)


def test_read_into_a_new_file_everybody_is_the_same(care, ok, people, tmp_path, monkeypatch):
    care("export-roster", tmp_path / "out.csv", "--status", "roster", "--status", "active",
         "--status", "on_hold", "--status", "closed")  # fmt: skip
    before = dump(ok)
    monkeypatch.setenv("CARETOOL_DB", str(tmp_path / "new.db"))
    care("import-patients", tmp_path / "out.csv")
    assert dump(ok) == before


word = st.text(st.characters(categories=["Lu", "Ll"], max_codepoint=0x17F), min_size=2, max_size=8)


@settings(max_examples=20)
@given(people_named=st.lists(st.tuples(word, word, st.booleans()), min_size=1, max_size=4))
def test_any_names_come_back_as_they_were(care, ok, tmp_path_factory, monkeypatch, people_named):
    folder = tmp_path_factory.mktemp("names")
    monkeypatch.setenv("CARETOOL_DB", str(folder / "care.db"))
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(["MRN", "Last Name", "First Name", "DOB", "Address", "City", "State"])
    for number, (last, first, lives) in enumerate(people_named, start=1):
        home = [f'{number} "Elm", St', "Athens", "TN"] if lives else ["", "", ""]
        writer.writerow([f"00{number}", f"={last}", f"{first}-{last}", "1958-03-02", *home])
    (folder / "roster.csv").write_text(text.getvalue(), "utf-8")
    care("import-patients", folder / "roster.csv")
    before = dump(ok)
    care("export-roster", folder / "out.csv")
    (report,) = care("import-patients", folder / "out.csv", "--json").data
    assert (report["unchanged"], report["records"]) == (len(people_named), len(people_named))
    monkeypatch.setenv("CARETOOL_DB", str(folder / "new.db"))
    care("import-patients", folder / "out.csv")
    assert dump(ok) == before


def test_for_a_spreadsheet_it_is_marked_and_no_cell_runs(care, tmp_path):
    care("add-patient", "=Cmd, @Sum", "--dob", "1958-03-02", "--mrn", "-7", "--referred-by", "+1")
    raw = care("export-roster", "--csv").out
    safe = care("export-roster", "--spreadsheet").out
    ran = care("export-roster", tmp_path / "safe.csv", "--spreadsheet")
    care("export-roster", tmp_path / "raw.csv")
    assert safe.startswith("\ufeff")
    ((plain,), (kept,)) = (rows(text.removeprefix("\ufeff")) for text in (raw, safe))
    changed = {key: (plain[key], kept[key]) for key in plain if plain[key] != kept[key]}
    assert changed == {
        "MRN": ("-7", "'-7"),
        "Last Name": ("=Cmd", "'=Cmd"),
        "First Name": ("@Sum", "'@Sum"),
        "Referred By": ("+1", "'+1"),
    }
    assert (tmp_path / "safe.csv").read_bytes() == safe.encode()
    assert (tmp_path / "raw.csv").read_bytes() == raw.encode()
    assert rows(ran.out.removeprefix("\ufeff"))[0]["bom"] == "yes"
    told = care("export-roster", tmp_path / "again.csv").err
    assert "UTF-8 without BOM, commas, a header line" in told


def test_a_panel_stays_as_the_exchange_wants_it(care, people, tmp_path):
    ran = care(
        "export-roster", tmp_path / "panel.csv", "--format", "panel", "--spreadsheet", code=2
    )
    assert ran.err.startswith("error: a panel goes to the exchange as it is, without what")
    assert not (tmp_path / "panel.csv").exists()


@pytest.mark.parametrize("reason", list(CloseReason))
def test_every_reason_of_a_closing_comes_back(reason, care, ok, tmp_path, monkeypatch):
    care("add-patient", "Hill, Ana", "--dob", "1958-03-02")
    care("edit-patient", "P1", "--status", "closed", "--reason", reason)
    care("export-roster", tmp_path / "out.csv", "--status", "closed")
    monkeypatch.setenv("CARETOOL_DB", str(tmp_path / "new.db"))
    care("import-patients", tmp_path / "out.csv")
    page = ok("show", "P1")
    assert (page["status"], page["status_reason"]) == ("closed", reason)


# who


def test_who_is_closed_or_merged_is_left_out_and_the_closed_are_counted(care, people, ok):
    care("add-patient", "O'Brien, Tom", "--dob", "1944-11-30", "--mrn", "9", "--anyway")
    care("merge", "P3", "P6")
    data = ok("export-roster")
    assert [row["last_name"] for row in data["rows"]] == ["García-López", "de la Cruz", "O'Brien"]
    assert (data["people"], data["left_out"]) == (3, {"closed": 2})
    assert data["rows"][2]["mrn"] == "9"


def test_only_those_of_a_status(care, people):
    assert names(care("export-roster", "--status", "active").out) == ["García-López"]
    assert names(care("export-roster", "--status", "closed").out) == ["Moved", "Dead"]


def test_the_dead_and_those_without_a_birth_date_are_in_no_panel(care, people, ok, tmp_path):
    path = tmp_path / "more.csv"
    path.write_text("MRN,Last Name,First Name,DOB\n5,Nobirth,Nell,\n")
    care("import-patients", path)
    data = ok("export-roster", "--format", "panel", "--status", "closed", "--status", "roster")
    assert [row["last_name"] for row in data["rows"]] == ["de la Cruz", "Moved"]
    assert data["left_out"] == {"active": 1, "deceased": 1, "on_hold": 1}
    assert data["without_birth_date"] == ["P6"]


# the exchange's form


def test_a_panel_has_the_fields_of_the_specification_in_their_order(care, people):
    out = care("export-roster", "--format", "panel").out
    header, *lines = csv.reader(io.StringIO(out, newline=""))
    assert len(header) == 31
    assert header[:8] == ["Type of unique patient identifier", "Unique patient identifier",
                          "Last name", "First name", "Middle name", "Name suffix", "Sex",
                          "Date of birth"]  # fmt: skip
    assert all(len(line) == 31 for line in lines)
    zoe, ana, tom = rows(out)
    assert [zoe[key] for key in PANEL_REQUIRED] == [
        "MR", "0012345", "García-López", "Zoë", "female", "1958-03-02",
    ]  # fmt: skip
    assert (zoe["Middle name"], zoe["Name suffix"]) == ("Anne", "Jr")
    assert (zoe["Phone number"], zoe["ZIP code"]) == ("(423) 555-0101", "37391")
    assert [ana[key] for key in PANEL_REQUIRED][:2] == ["PI", "P2"], "no number of the practice"
    assert (ana["Sex"], tom["Sex"]) == ("unknown", "male")
    for row in (zoe, ana, tom):
        assert all(row[key] for key in PANEL_REQUIRED)


def test_a_plans_number_stands_in_for_the_practices(care, tmp_path):
    path = tmp_path / "roster.csv"
    path.write_text("Last Name,First Name,DOB,Member ID\nHill,Ana,1958-03-02,H9\n")
    care("import-patients", path)
    (row,) = rows(care("export-roster", "--format", "panel").out)
    assert [row[key] for key in PANEL_REQUIRED[:2]] == ["MB", "H9"]
    assert row["Primary payer patient identification number"] == "H9"


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("12 Elm St, Athens, TN", ("12 Elm St", "Athens", "TN")),
        ("12 Elm St, Apt 4, Athens, TN", ("12 Elm St, Apt 4", "Athens", "TN")),
        ("12 Elm St, Athens", ("12 Elm St, Athens", "", "")),
        ("12 Elm St, Athens, Tennessee", ("12 Elm St, Athens, Tennessee", "", "")),
        ("12 Elm St", ("12 Elm St", "", "")),
        ("", ("", "", "")),
    ],
)
def test_an_address_is_taken_apart_only_where_it_ends_in_a_state(text, parts):
    assert _address(text) == parts


def test_the_day_of_the_panel_and_when_to_send_it_again_are_said(care, people, ok, tmp_path):
    data = ok("export-roster", "--format", "panel")
    assert (data["exported"], data["send_again_by"]) == ("2026-11-23", "2027-02-21")
    assert (data["encoding"], data["bom"], data["delimiter"]) == ("utf-8", False, ",")
    ran = care("export-roster", tmp_path / "panel.csv", "--format", "panel")
    assert "3 people; left out: 2 closed" in ran.err
    assert "UTF-8 without BOM" in ran.err
    assert "send it again by 2027-02-21" in ran.err
    assert ran.out == ""


# where to


def test_a_file_is_its_owners_alone_and_holds_what_would_be_printed(care, people, tmp_path):
    path = tmp_path / "out.csv"
    os.umask(0o022)
    care("export-roster", path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    text = path.read_bytes()
    assert text.startswith(b"MRN,Issuer,")
    assert text.endswith(b"\r\n")
    assert care("export-roster").out.encode() == text
    assert care("export-roster", "--csv").out.encode() == text
    assert [one.name for one in tmp_path.iterdir() if "out" in one.name] == ["out.csv"]


def test_a_file_that_is_there_is_kept_unless_forced(care, people, tmp_path):
    path = tmp_path / "out.csv"
    path.write_text("mine")
    path.chmod(0o644)
    ran = care("export-roster", path, code=6)
    assert "is there already" in ran.err
    assert "--force" in ran.err
    assert path.read_text() == "mine"
    care("export-roster", path, "--force")
    assert path.read_text("utf-8").startswith("MRN,")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_the_care_file_is_never_written_over_nor_a_folder(care, people, tmp_path):
    before = (tmp_path / "care.db").read_bytes()
    for path in (tmp_path / "care.db", tmp_path):
        assert "is there already" in care("export-roster", path, "--force", code=6).err
    assert (tmp_path / "care.db").read_bytes() == before
    assert "cannot be written" in care("export-roster", tmp_path / "no" / "x.csv", code=6).err


def test_behind_a_mask_it_is_refused_with_the_reason(care, people, tmp_path):
    ran = care("export-roster", tmp_path / "out.csv", "--mask", code=6)
    assert "would match nobody" in ran.err
    assert not (tmp_path / "out.csv").exists()


def test_force_is_for_a_file(care, people):
    assert "--force is for a FILE" in care("export-roster", "--force", code=2).err


def test_nobody_on_file_gives_the_header_alone(care, people):
    out = care("export-roster", "--status", "active", "--as-of", "2026-01-01").out
    assert out.count("\r\n") == 1


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no named pipes here")
def test_what_is_no_file_is_never_written_over(care, people, tmp_path):
    """A pipe stands for any device: as root, /dev/null would have become a roster."""
    path = tmp_path / "pipe"
    os.mkfifo(path)
    for force in ([], ["--force"]):
        assert f"{path} is there already" in care("export-roster", path, *force, code=6).err
    assert path.is_fifo()
