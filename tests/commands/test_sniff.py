"""`sniff`: what a file is and how it would be read, as a layout that can be changed and used."""

from __future__ import annotations

import gzip
import tomllib
from pathlib import Path

import pytest
from discharge_lists import HEADER, HILL, REED, counts, dump, listing, stay
from workbooks import sheet, xlsx

DATA = Path(__file__).parents[1] / "data" / "discharges"
PUBLIC = [
    "epic_daily_20261116.csv", "hie_adt_utilization.csv", "pcc_alerts.csv", "payer_census.psv",
    "excel_export_cp1252_semicolon.csv",
]  # fmt: skip


@pytest.fixture
def put(tmp_path):
    def write(*rows, name="brigid.csv", body=None, **form):
        path = tmp_path / name
        path.write_bytes(listing(*rows, **form) if body is None else body)
        return path

    return write


def comments(out):
    """The comments above the layout, without their signs."""
    lines = out.split("# How lists of this kind")[0].splitlines()
    return [line.removeprefix("# ") for line in lines]


def test_a_file_is_described_in_one_line_and_its_layout_follows(care, put):
    out = care("sniff", put(stay("1"), stay("2", REED))).out
    assert comments(out) == [
        "brigid.csv: text in UTF-8, comma-separated; headings on line 1, 11 columns, 2 records",
        "a list of discharges; layout built-in",
    ]
    raw = tomllib.loads(out)
    assert raw["header"] == HEADER
    assert (raw["columns"]["birth_date"], raw["dates"]["birth_date"]) == ("DOB", "iso")


def test_nothing_is_stored_and_no_care_file_is_needed_or_made(care, put, tmp_path):
    care("sniff", put(stay("1")))
    assert not (tmp_path / "care.db").exists()
    care("import-discharges", put(stay("1")))
    before = [dump(tmp_path / "care.db", table) for table in ("stays", "layouts", "import_runs")]
    care("sniff", put(stay("1"), stay("2", REED)))
    after = [dump(tmp_path / "care.db", table) for table in ("stays", "layouts", "import_runs")]
    assert before == after


@pytest.mark.parametrize("name", PUBLIC)
def test_what_is_printed_reads_the_list_as_it_would_have_been_read_without(name, care, tmp_path):
    mine = tmp_path / "mine.toml"
    mine.write_text(care("sniff", DATA / name).out, encoding="utf-8")
    columns = (
        "id, stay_key, last_name, first_name, birth_date, sex, admitted_on, discharged_on,"
        " discharged_at, disposition, patient_class, facility, issuer"
    )
    files = []
    for number, more in enumerate(([], ["--layout", mine])):
        care_file = tmp_path / f"{number}.db"
        ran = care("import-discharges", DATA / name, *more, "--db", care_file, "--json")
        files.append((counts(ran.data[0]), ran.data[0]["source"], dump(care_file, columns=columns)))
    assert files[0] == files[1]
    assert files[0][2]


def test_the_layout_may_be_changed_before_it_is_used(care, put, tmp_path):
    path = put(stay("1", disp="Gone"))
    text = care("sniff", path).out.replace("[dispositions]", '[dispositions]\n"Gone" = "07"')
    (tmp_path / "mine.toml").write_text(text, encoding="utf-8")
    (report,) = care(
        "import-discharges", path, "--layout", tmp_path / "mine.toml", "--rows", "--json"
    ).data
    assert report["rows"][0]["disposition"] == "07"


def test_two_columns_between_which_only_you_know_are_settled_in_the_layout(care, put, tmp_path):
    header = [*HEADER, "Disch Date"]
    path = put([*stay("1"), "2026-11-21"], header=header)
    ran = care("sniff", path, code=3)
    assert (
        '"Disch Date" (column 8) and "Disch Date" (column 12) both stand for discharge' in ran.err
    )
    assert "discharge = 8" in ran.out
    (tmp_path / "mine.toml").write_text(ran.out.replace("discharge = 8", "discharge = 12"))
    (report,) = care(
        "import-discharges", path, "--layout", tmp_path / "mine.toml", "--rows", "--json"
    ).data
    assert report["rows"][0]["discharge_date"] == "2026-11-21"


def test_columns_without_headings_are_numbered_by_hand(care, put, tmp_path):
    """Two columns of names: nobody but the reader knows which one is the patient's."""
    rows = [["HOUSE, G", *HILL[:2], "2026-11-20"], ["GREY, M", *REED[:2], "2026-11-19"]]
    path = put(*rows[1:], header=rows[0])
    ran = care("sniff", path, code=3)
    assert "has no headings, and its columns cannot be told with certainty" in ran.err
    raw = tomllib.loads(ran.out)
    assert (raw["has_header"], raw["columns"]) == (False, {})
    text = ran.out.replace("[columns]", "[columns]\nname = 2\nbirth_date = 3\ndischarge = 4")
    (tmp_path / "mine.toml").write_text(text)
    care("add-patient", "Hill, Ana", "--dob", "1958-03-02", "--on", "2026-09-01")
    (report,) = care("import-discharges", path, "--layout", tmp_path / "mine.toml", "--json").data
    assert (report["records"], report["linked"]) == (2, 1)
    (again,) = care("import-discharges", path, "--json").data
    assert (again["layout"], again["unchanged"]) == ("brigid", 2), "the layout was saved"


@pytest.mark.parametrize(
    ("name", "what"),
    [
        ("hl7/a03_batch.hl7", "HL7 v2 messages"),
        ("fhir/discharge_bundle.json", "FHIR resources"),
        ("panel.csv", "a list of patients; layout built-in"),
    ],
)
def test_feeds_and_rosters_are_told_from_lists(name, what, care):
    assert what in "\n".join(comments(care("sniff", DATA / name).out))


def test_fills_are_told_too_and_the_kind_can_be_said(care, put):
    header = ["MRN", "Drug", "Fill Date", "Days Supply"]
    path = put(["1", "Lisinopril", "2026-11-01", "30"], header=header)
    assert care("sniff", path, "--json").data[0]["kind"] == "fills"
    ran = care("sniff", path, "--kind", "discharges", code=3)
    assert "no column for birth date" in ran.err


@pytest.mark.parametrize(
    ("form", "told"),
    [
        ({"encoding": "utf-8-sig"}, "text in UTF-8, comma-separated"),
        ({"encoding": "cp1252", "delimiter": ";"}, "text in Windows-1252, semicolon-separated"),
        ({"encoding": "utf-16", "delimiter": "\t"}, "text in UTF-16, tab-separated"),
        ({"delimiter": "|"}, "text in UTF-8, pipe-separated"),
    ],
)
def test_encoding_and_delimiter_are_said_in_words(form, told, care, put):
    path = put(stay("1", ["NÚÑEZ, ZOË", "1960-01-31", "F"]), **form)
    assert told in care("sniff", path).out


def test_packed_lists_and_standard_input_are_read_too(care, put):
    body = listing(stay("1"))
    assert "1 record" in care("sniff", put(name="x.gz", body=gzip.compress(body))).out
    assert "standard input: text" in care("sniff", "-", stdin=body).out


def test_a_workbook_is_described_sheet_by_sheet(care, put):
    one = sheet({1: ["Patient Name", "DOB", "Discharge Date"],
                 2: ["HILL,ANA", "1958-03-02", "2026-11-20"]})  # fmt: skip
    two = sheet({1: ["Name", "Birth Date", "Disch Date"],
                 2: ["REED,MAX", "1971-11-30", "2026-11-19"]})  # fmt: skip
    path = put(name="week.xlsx", body=xlsx({"North": one, "South": two}))
    found = care("sniff", path, "--json").data
    assert [(row["format"], row["records"]) for row in found] == [("workbook", 1)] * 2
    out = care("sniff", path).out
    assert "North" in out
    assert "South" in out


def test_the_saved_layout_and_what_has_changed_are_said(care, put):
    care("import-discharges", put(stay("1")))
    assert "layout brigid" in care("sniff", put(stay("1"))).out
    header, row = [*HEADER, "Phone"], [*stay("1"), "423-555-0142"]
    assert "not as before: new: Phone" in care("sniff", put(row, header=header)).out


def test_the_options_of_an_import_count_here_too(care, put):
    path = put(stay("1", left="10/11/2026", came="09/11/2026"))
    ran = care("sniff", path, code=3)
    assert "--date-format" in ran.err
    raw = tomllib.loads(care("sniff", path, "--date-format", "dmy", "--source", "Mercy").out)
    assert (raw["source"], raw["dates"]["discharge"]) == ("Mercy", "dmy")
    utc = put(stay("1", left="2026-11-20T02:30:00Z"))
    raw = tomllib.loads(care("sniff", utc, "--time-zone", "America/New_York").out)
    assert raw["time_zone"] == "America/New_York"
    ran = care("sniff", utc, "--time-zone", "Mars/Base", code=2)
    assert "--time-zone is not the name of a time zone" in ran.err


def test_the_record_for_scripts_has_these_keys(care, put):
    (record,) = care("sniff", put(stay("1")), "--json").data
    assert set(record) == {
        "file", "format", "kind", "source", "encoding", "delimiter", "header_line", "columns",
        "records", "layout", "said", "first_line", "layout_text",
    }  # fmt: skip
    assert tomllib.loads(record["layout_text"])["kind"] == "discharges"
    assert (record["header_line"], record["first_line"], record["records"]) == (1, 2, 1)


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b"", "brigid.csv"),
        (b"<html><body>log in</body></html>", "is a web page or XML, not a list"),
        (b'{"a": 1}', "is JSON, but not FHIR"),
        (b"\x89PNG\r\n\x1a\n" + b"\x00" * 50, "brigid.csv"),
        (b"what a day\n", "no column for birth date"),
    ],
)
def test_what_is_no_list_is_one_clear_error(body, said, care, put):
    ran = care("sniff", put(body=body), code=3)
    assert said in ran.err
    assert len(ran.err.splitlines()) == 2


def test_a_file_that_is_not_there_is_said(care, tmp_path):
    assert "no such file" in care("sniff", tmp_path / "none.csv", code=3).err


@pytest.mark.parametrize("sign", ["\x1b[2J", "\u202e", "\n", "\x9b31m"])
def test_a_files_name_steers_no_terminal_and_leaves_the_layout_a_layout(sign, care, put):
    out = care("sniff", put(stay(), name=f"a{sign}b.csv")).out
    assert out.startswith(f"# a{sign.encode('unicode_escape').decode()}b.csv: text in UTF-8")
    assert tomllib.loads(out)["version"] == 1
