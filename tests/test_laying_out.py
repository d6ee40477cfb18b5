"""Which layout a list is read by, what is said about it, and what is refused before it is stored.

All of it through the command line: the order is the one of docs/layouts.md.
"""

from __future__ import annotations

import csv
import io
import tomllib

import pytest
from discharge_lists import HEADER, HILL, NOBODY, REED, counts, dump, listing, stay
from workbooks import sheet, xlsx

DOB, OUT, DISP = (HEADER.index(text) for text in ("DOB", "Disch Date", "Disch Disp"))


@pytest.fixture(autouse=True)
def panel(care):
    """Ana Hill (P1) and Max Reed (P2), under care management."""
    since = ["--on", "2026-09-01"]
    care("add-patient", "Hill, Ana", "--dob", "1958-03-02", "--sex", "F", "--mrn", "12345", *since)
    care("add-patient", "Reed, Max", "--dob", "1971-11-30", "--sex", "M", "--mrn", "777", *since)


@pytest.fixture
def put(tmp_path):
    """Write a list, its rows or its text, and give its path."""

    def write(*rows, name="brigid.csv", text=None, titles=(), **form):
        path = tmp_path / name
        body = listing(*rows, **form) if text is None else text.encode()
        path.write_bytes("".join(f"{line}\r\n" for line in titles).encode() + body)
        return path

    return write


@pytest.fixture
def take(care, put):
    """Import rows (or a path); gives the report and what was said."""

    def run(*rows, more=(), code=0, path=None, **form):
        path = path or put(*rows, **form)
        ran = care("import-discharges", path, "--json", "--rows", *more, code=code)
        report = ran.data[0] if ran.data else None
        return report, ran.document["errors"]

    return run


@pytest.fixture
def said(care, put):
    """Import rows and give what people are told."""

    def run(*rows, more=(), code=0, path=None, **form):
        return care("import-discharges", path or put(*rows, **form), *more, code=code).err

    return run


@pytest.fixture
def stored(tmp_path):
    """Some columns of the table of stays."""
    return lambda columns: dump(tmp_path / "care.db", columns=columns)


def corrected(path, old, new):
    """Correct a rejects file as somebody at a keyboard would."""
    text = path.read_text(encoding="utf-8-sig")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8-sig")
    return path


def without(column, *rows):
    return [[*row[:column], *row[column + 1 :]] for row in rows]


# the order in which a layout is chosen


def test_a_clean_list_saves_a_layout_a_rejected_row_or_the_option_does_not(take, ok):
    report, _ = take(stay("1"), name="a.csv")
    assert (report["layout"], report["layout_saved"]) == ("built-in", "a")
    report, _ = take(stay("1", left="2026-13-13"), name="b.csv", code=4)
    assert report["layout_saved"] is None
    report, _ = take(stay("1"), name="c.csv", more=["--no-save-layout"])
    assert report["layout_saved"] is None
    assert [one["name"] for one in ok("layouts")] == ["a"]


def test_a_named_layout_counts_before_the_saved_one_and_is_saved_whatever_comes_of_the_rows(
    take, care, put, tmp_path, ok
):
    take(stay("1"))
    mine = tmp_path / "mine.toml"
    care("layouts", "export", "brigid", mine)
    mine.write_text(mine.read_text().replace("[dispositions]", '[dispositions]\n"Gone" = "07"'))
    rows = [stay("2", REED, disp="Gone"), stay("3", NOBODY, left="2026-13-13")]
    report, _ = take(*rows, more=["--layout", mine], code=4)
    assert (report["layout"], report["layout_saved"], report["unknown_words"]) == (
        "brigid", "brigid", {},
    )  # fmt: skip
    assert '"gone" = "07"' in care("layouts", "show", "brigid").out
    report, _ = take(stay("4", disp="GONE!"))
    assert (report["layout"], report["rows"][0]["disposition"]) == ("brigid", "07")


def test_a_saved_layout_can_be_named_even_beside_a_file_of_that_name(
    take, tmp_path, monkeypatch, put
):
    take(stay("1"))
    monkeypatch.chdir(tmp_path)
    put(stay("1"), name="brigid")
    report, _ = take(stay("2", REED), name="other.csv", more=["--layout", "brigid"])
    assert report["layout"] == "brigid"


@pytest.mark.parametrize("name", ["nobody", "x" * 400, "no/such", "nobody.toml"])
def test_a_layout_that_is_not_there_is_said(name, said):
    error, hint = said(stay("1"), more=["--layout", name], code=3).splitlines()
    assert name[:60] in error
    assert "caretool layouts lists them" in hint or "caretool sniff FILE > mine.toml" in hint


def test_a_layout_for_another_kind_of_list_is_refused(said, care, put, tmp_path):
    roster = put(text='MRN,Name,DOB\n1,"Stone, Eva",1944-05-17\n', name="roster.csv")
    care("import-patients", roster)
    err = said(stay("1"), more=["--layout", "roster"], code=3)
    assert "layout roster is for lists of patients" in err
    assert "this command reads discharges" in err


def test_a_named_layout_says_who_sends_the_list_unless_the_option_does(take, care, tmp_path):
    take(stay("1"), more=["--source", "St. Brigid"])
    care("layouts", "export", "St. Brigid", tmp_path / "mine.toml")
    report, _ = take(stay("2"), name="tomorrow.csv", more=["--layout", tmp_path / "mine.toml"])
    assert report["source"] == "St. Brigid"
    report, _ = take(stay("3"), name="x.csv", more=["--layout", "St. Brigid", "--source", "Mercy"])
    assert report["source"] == "Mercy"


def test_a_layout_whose_source_is_the_practice_makes_the_numbers_yours(take, care, tmp_path):
    """Ana's own number finds her although the name is spoiled beyond doubt."""
    header = ["MRN", "Name", "Born", "Out"]
    care("sniff", "-", stdin=listing(["12345", *HILL[:2], "2026-11-20"], header=header))
    text = (
        'version = 1\nname = "ours"\nkind = "discharges"\nsource = "Practice"\n'
        'header = ["MRN", "Name", "Born", "Out"]\n[columns]\nmrn = "MRN"\nname = "Name"\n'
        'birth_date = "Born"\ndischarge = "Out"\n'
    )
    (tmp_path / "ours.toml").write_text(text)
    row = ["12345", "HILL,A", "1958-03-02", "2026-11-20"]
    report, _ = take(row, header=header, more=["--layout", tmp_path / "ours.toml"])
    assert (report["source"], report["linked"]) == ("practice", 1)


def test_the_same_headings_from_another_sender_are_read_alike_but_stay_another_senders(
    take, said, ok, stored
):
    """The record numbers of one hospital must never pass for the other's."""
    head = [text for text in HEADER if text != "Facility"]
    where = HEADER.index("Facility")
    first, second = without(where, stay("1", mrn="55"), stay("1", REED, mrn="55"))
    take(first, header=head, titles=["St. Brigid Hospital"], name="brigid.csv")
    report, _ = take(second, header=head, titles=["Mercy Hospital"], name="mercy.csv")
    assert (report["layout"], report["layout_saved"]) == ("brigid", "mercy")
    assert stored("id, facility, issuer, patient_id") == [
        (1, "St. Brigid Hospital", "St. Brigid Hospital", 1),
        (2, "Mercy Hospital", "Mercy Hospital", 2),
    ]
    assert {one["name"]: one["source"] for one in ok("layouts")} == {
        "brigid": "brigid", "mercy": "mercy",
    }  # fmt: skip
    report, _ = take(second, header=head, titles=["Mercy Hospital"], name="mercy.csv")
    assert (report["layout"], counts(report)) == ("mercy", {"unchanged": 1})
    err = said(first, header=head, titles=["St. Brigid Hospital"], name="third.csv")
    assert "its headings are those of layout" in err


def test_what_was_taken_out_of_a_layout_stays_out(take, care, tmp_path, stored):
    take(stay("1"))
    mine = tmp_path / "mine.toml"
    care("layouts", "export", "brigid", mine)
    mine.write_text(mine.read_text().replace('disposition = "Disch Disp"\n', ""))
    take(stay("2", REED), more=["--layout", mine])
    take(stay("3", NOBODY))
    assert stored("id, disposition") == [(1, "01"), (2, None), (3, None)]


# drift


def test_a_column_that_moved_or_is_new_is_said_and_used(take, said, stored):
    take(stay("1"))
    header, row = [[*one[1:], one[0]] for one in (HEADER, stay("2", REED))]
    err = said([*row, "423-555-0142"], header=[*header, "Phone"])
    assert "not as before: moved: CSN; new: Phone" in err
    assert "layout saved as brigid" in err
    assert stored("id, visit, phone")[1] == (2, "2", "4235550142")
    err = said([*row, "423-555-0142"], header=[*header, "Phone"])
    assert "not as before" not in err, "it is known now"


@pytest.mark.parametrize("heading", ["MRN", "CSN", "Disch Disp", "Disch Date", "Patient Name"])
def test_a_list_that_lacks_what_people_and_dates_are_told_by_is_refused(heading, take, stored):
    take(stay("1"))
    at = HEADER.index(heading)
    header, row = without(at, HEADER, stay("2", REED))
    report, (error,) = take(row, header=header, code=3)
    assert report is None
    assert error["message"] == (f"brigid.csv is not as layout brigid knows it: gone: {heading}")
    assert "--layout auto" in error["hint"]
    assert len(stored("id")) == 1


def test_a_named_layout_is_no_leave_to_lose_a_column(take, care, tmp_path):
    take(stay("1"))
    care("layouts", "export", "brigid", tmp_path / "mine.toml")
    header, row = without(HEADER.index("MRN"), HEADER, stay("2", REED))
    for layout in ("brigid", tmp_path / "mine.toml"):
        _, (error,) = take(row, header=header, more=["--layout", layout], code=3)
        assert "gone: MRN" in error["message"]


def test_a_column_that_is_named_by_number_is_never_another_one(take, care, tmp_path, stored):
    take(stay("1"))
    mine = tmp_path / "mine.toml"
    care("layouts", "export", "brigid", mine)
    mine.write_text(mine.read_text().replace('= "Disch Disp"', f"= {DISP + 1}"))
    care("layouts", "add", mine)
    take(stay("2", REED))
    assert stored("disposition") == [("01",), ("01",)]
    header, row = [["x", *one] for one in (HEADER, stay("3", NOBODY))]
    _, (error,) = take(row, header=header, code=3)
    assert "under another heading: column 9 (Disch Disp)" in error["message"]


def test_a_column_that_matters_less_may_go_and_it_is_said(take, said):
    take(stay("1"))
    header, row = without(HEADER.index("Sex"), HEADER, stay("2", REED))
    assert "not as before: gone: Sex" in said(row, header=header)


def test_layout_auto_reads_a_changed_list_as_it_is_now_and_saves_that(take):
    take(stay("1"))
    header, row = without(HEADER.index("MRN"), HEADER, stay("2", REED))
    report, _ = take(row, header=header, more=["--layout", "auto"])
    assert (report["layout"], report["layout_saved"]) == ("built-in", "brigid-2")
    report, _ = take(row, header=header)
    assert report["layout"] == "brigid-2"


def test_another_list_of_the_same_sender_has_a_layout_of_its_own(take, ok):
    take(stay("1"), more=["--source", "St. Brigid"])
    header = ["Name", "Birth Date", "Discharge Date"]
    row = ["REED, MAX", "1971-11-30", "2026-11-19"]
    report, _ = take(row, header=header, more=["--source", "St. Brigid"])
    assert report["layout_saved"] == "St. Brigid-2"
    assert [one["name"] for one in ok("layouts")] == ["St. Brigid", "St. Brigid-2"]


# forms of dates


US = {"left": "11/20/2026", "came": "11/16/2026"}
EUROPE = {"left": "20/11/2026", "came": "16/11/2026"}
OPEN = {"left": "10/11/2026", "came": "10/11/2026"}


def test_a_date_form_that_has_certainly_changed_is_refused_until_it_is_confirmed(take, stored):
    take(stay("1", **US))
    report, (error,) = take(stay("2", REED, **EUROPE), code=3)
    assert report is None
    assert 'brigid.csv column "' in error["message"]
    assert "was mdy, and from line 2 on it is dmy" in error["message"]
    assert "--layout auto, or --date-format dmy" in error["hint"]
    take(stay("2", REED, **EUROPE), more=["--date-format", "dmy"])
    assert stored("discharged_on") == [("2026-11-20",)] * 2
    # what was confirmed once is remembered
    take(stay("2", REED, **EUROPE), more=["--layout", "auto"])
    report, _ = take(stay("3", NOBODY, **EUROPE))
    assert counts(report) == {"new": 1}


def test_an_open_list_is_read_as_the_saved_layout_says(take, stored):
    _, (error,) = take(stay("1", **OPEN), code=3)
    assert "--date-format" in error["hint"]
    take(stay("1", **EUROPE))
    take(stay("2", REED, **OPEN))
    assert stored("id, discharged_on")[1] == (2, "2026-11-10")


def test_a_list_without_any_date_in_a_column_forgets_nothing(take, stored):
    """A day on which a column is empty, or something else is new, tells nothing of its form."""
    take(stay("1", **EUROPE))
    row = stay("2", REED, left="20/11/2026", came="")
    take([*row, "x"], header=[*HEADER, "Note"])
    report, _ = take([*stay("3", NOBODY, **OPEN), "x"], header=[*HEADER, "Note"])
    assert counts(report) == {"new": 1}
    assert stored("id, admitted_on")[2] == (3, "2026-11-10")


def test_dates_that_had_the_year_first_and_now_have_not_are_said(take, said):
    take(stay("1"))
    err = said(stay("2", REED, **US))
    assert '"Disch Date" had the year first and is mdy now' in err
    assert "had the year first" not in said(stay("3", NOBODY, **US))


# what stands above the headings


@pytest.mark.parametrize(
    ("titles", "facility"),
    [
        (["St. Brigid Hospital"], "St. Brigid Hospital"),
        (["Facility: St. Brigid Hospital"], "St. Brigid Hospital"),
        (["St. Brigid Medical Center - Daily Discharge Report"], "St. Brigid Medical Center"),
        (["Censo diario | Hospital San Lucas"], "Hospital San Lucas"),
        (["Clínica Süd", "Run date: 11/22/2026"], "Clínica Süd"),
        (["Hospital Discharge Report"], None),
        (["Daily Hospital Census", "Page 1"], None),
        (["Hospital"], None),
        (["St. Brigid Hospital", "Mercy Hospital"], None),
        (["Informe de altas del hospital"], None),
        (["Hospital 7 North"], None),
        (["Discharges"], None),
    ],
)
def test_the_facility_above_the_headings_counts_if_it_is_the_name_of_one(
    titles, facility, take, said, stored
):
    header, row = without(HEADER.index("Facility"), HEADER, stay("1"))
    err = said(row, header=header, titles=titles)
    assert stored("facility") == [(facility,)]
    assert (f"facility: {facility}, as it says above the headings" in err) is bool(facility)


def test_a_later_list_of_the_same_sender_may_be_another_facilitys(take, stored):
    header, first, second = without(
        HEADER.index("Facility"), HEADER, stay("1", mrn="5"), stay("1", REED, mrn="5")
    )
    take(first, header=header, titles=["St. Brigid Hospital"])
    take(second, header=header, titles=["Mercy Hospital"])
    take(second, header=header)  # without its title: as the last one
    assert stored("id, facility, patient_id") == [
        (1, "St. Brigid Hospital", 1),
        (2, "Mercy Hospital", 2),
    ]


def test_a_facility_that_somebody_wrote_into_the_layout_counts_before_the_title(
    take, care, tmp_path, stored
):
    header, row = without(HEADER.index("Facility"), HEADER, stay("1"))
    take(row, header=header, titles=["St. Brigid Hospital"])
    mine = tmp_path / "mine.toml"
    care("layouts", "export", "brigid", mine)
    text = mine.read_text()
    kept = [line for line in text.splitlines() if not line.startswith("facility_titled")]
    mine.write_text("\n".join(kept).replace("St. Brigid Hospital", "Brigid North"))
    other = without(HEADER.index("Facility"), stay("2", REED))[0]
    for _ in range(2):
        take(other, header=header, titles=["Mercy Hospital"], more=["--layout", mine])
        take(other, header=header, titles=["Mercy Hospital"])
    assert stored("id, facility") == [(1, "St. Brigid Hospital"), (2, "Brigid North")]


# rejects files, by the same layout


def test_a_corrected_rejects_file_knows_its_facility_and_its_day(take, tmp_path, stored):
    header, *rows = without(
        HEADER.index("Facility"), HEADER, stay("1", **US),
        stay("2", REED, **{**US, "left": "11/33/2026"})
    )  # fmt: skip
    report, _ = take(
        *rows, header=header, titles=["St. Brigid Hospital", "Run: 11/22/2026"], code=4
    )
    again = corrected(tmp_path / "brigid.rejects.csv", "11/33/2026", "11/20/2026")
    report, _ = take(path=again)
    assert counts(report) == {"new": 1}
    assert stored("facility, discharged_on, patient_id") == [
        ("St. Brigid Hospital", "2026-11-20", 1),
        ("St. Brigid Hospital", "2026-11-20", 2),
    ]
    assert stored("told_at")[0][0][:16] == stored("told_at")[1][0][:16] == "2026-11-22T24:00"


def test_a_corrected_row_of_a_spanish_list_is_still_a_womans(take, tmp_path, stored):
    header = ["Nombre del Paciente", "Fecha de Nacimiento", "Sexo", "Fecha de Alta"]
    rows = [
        ["REED, MAX", "30/11/1971", "H", "19/11/2026"],
        ["HILL, ANA", "02/03/1958", "M", "33/11/2026"],
    ]
    take(*rows, header=header, code=4)
    again = corrected(tmp_path / "brigid.rejects.csv", "33/11/2026", "20/11/2026")
    report, _ = take(path=again)
    assert (report["linked"], stored("id, sex")) == (1, [(1, "M"), (2, "F")])


def test_corrected_rows_are_read_by_the_layout_that_was_named(take, care, tmp_path, stored):
    take(stay("1"))
    mine = tmp_path / "mine.toml"
    care("layouts", "export", "brigid", mine)
    mine.write_text(mine.read_text().replace("[dispositions]", '[dispositions]\n"Gone" = "07"'))
    take(stay("2", REED, disp="Gone", left="2026-11-33"), more=["--layout", mine], code=4)
    again = corrected(tmp_path / "brigid.rejects.csv", "2026-11-33", "2026-11-20")
    for more in ([], ["--layout", mine], ["--layout", "brigid"]):
        report, _ = take(path=again, more=more)
        assert report["layout"] == "brigid"
        assert report["layout_saved"] is None, "a rejects file is no list to remember"
    assert stored("disposition") == [("01",), ("07",)]


def bare(*rows):
    text = io.StringIO()
    csv.writer(text).writerows(rows)
    return text.getvalue()


ANA = ["HILL, ANA", "03/02/1958", "F", "11/16/2026", "11/20/2026", "Home"]
MAX = ["REED, MAX", "11/30/1971", "M", "11/15/2026", "11/19/2026", "SNF"]


def test_corrected_rows_of_a_list_without_headings_need_no_layout(take, tmp_path, stored):
    wrong = ["STONE, EVA", "05/17/1944", "F", "11/14/2026", "11/33/2026", "Home"]
    others = [[*ANA[:3], f"11/{day}/2026", f"11/{day}/2026", "Home"] for day in range(1, 22)]
    text = bare(*others, ANA, MAX, wrong)
    take(text=text, code=4)
    again = corrected(tmp_path / "brigid.rejects.csv", "11/33/2026", "11/20/2026")
    report, _ = take(path=again)
    assert counts(report) == {"new": 1}
    last = stored("id, last_name, discharged_on, disposition")[-1]
    assert (last[1].upper(), *last[2:]) == ("STONE", "2026-11-20", "01")


def test_corrected_rows_of_a_list_without_headings_are_read_by_the_saved_layout(
    take, care, tmp_path, stored
):
    take(text=bare(ANA, MAX))
    report, _ = take(text=bare(ANA, [*MAX[:4], "11/33/2026", "SNF"]), code=4)
    assert report["layout"] == "brigid"
    again = corrected(tmp_path / "brigid.rejects.csv", "11/33/2026", "11/21/2026")
    report, _ = take(path=again)
    assert report["layout"] == "brigid"
    assert ("2026-11-21",) in stored("discharged_on")


def test_a_rejected_message_of_a_feed_can_be_corrected_too(take, tmp_path, stored):
    message = (
        "MSH|^~\\&|EPIC|BRIGID|CM|PR|20261120120000||ADT^A03|1|P|2.5.1\r"
        "PID|1||55^^^BRIGID^MR||REED^MAX||19711130|M\r"
        "PV1|1|I|||||||||||||||||9|||||||||||||||||01||||||||20261116|20261133\r"
    )
    take(text=message, name="adt.hl7", code=4)
    again = corrected(tmp_path / "adt.rejects.csv", "20261133", "20261120")
    report, _ = take(path=again)
    assert (counts(report), report["linked"]) == ({"new": 1}, 1)
    assert stored("discharged_on") == [("2026-11-20",)]


# without headings, in Spanish, in workbooks


def test_a_list_that_comes_without_its_headings_one_day_is_read_as_before(take, said, stored):
    take(stay("1"))
    text = bare(stay("2", REED), stay("3", NOBODY))
    err = said(text=text)
    assert "no headings: its columns are taken to be those of layout brigid" in err
    assert stored("visit, disposition") == [("1", "01"), ("2", "01"), ("3", "01")]
    report, _ = take(stay("4", REED, left="2026-11-22"))
    assert report["layout"] == "brigid", "the lists with headings keep their layout"
    report, _ = take(text=bare(stay("5", REED, left="2026-11-21"), stay("6", NOBODY)))
    assert report["layout"] == "brigid-2"


def test_corrected_rows_of_a_list_without_its_headings_have_them_again(take, tmp_path, stored):
    take(stay("1"))
    text = bare(stay("2", REED, left="2026-11-33"), stay("3", NOBODY))
    take(text=text, code=4)
    again = corrected(tmp_path / "brigid.rejects.csv", "2026-11-33", "2026-11-20")
    report, _ = take(path=again)
    assert (report["layout"], counts(report)) == ("brigid", {"new": 1})
    assert ("2", "01") in stored("visit, disposition")


def test_a_list_in_spanish_is_read_with_its_headings_months_and_sexes(take, said, stored):
    header = ["Núm. de Expediente", "Apellidos", "Nombre", "Fecha de Nacimiento", "Sexo",
              "Fecha de Admisión", "Fecha de Alta", "Disposición de Alta"]  # fmt: skip
    rows = [
        [
            "1",
            "Hill",
            "Ana",
            "2 de marzo de 1958",
            "M",
            "16-nov-2026",
            "20 noviembre 2026",
            "Hogar",
        ],
        ["2", "Reed", "Max", "30 nov 1971", "H", "3 ago 2026", "1 de enero de 2026", "Hogar"],
        ["3", "Reed", "Max", "30 nov 1971", "H", "3 ago 2026", "5 ago 2026", "Hogar"],
    ]
    err = said(*rows, header=header, code=4)  # one leaves before it comes
    assert "sexes are H and M: hombre and mujer" in err
    assert stored("patient_id, sex, birth_date, admitted_on, discharged_on") == [
        (1, "F", "1958-03-02", "2026-11-16", "2026-11-20"),
        (2, "M", "1971-11-30", "2026-08-03", "2026-08-05"),
    ]


def test_a_workbook_with_two_sheets_of_different_layouts_is_two_lists(care, put, tmp_path, ok):
    first = sheet({1: ["Patient Name", "DOB", "Discharge Date", "CSN"],
                   2: ["HILL,ANA", "1958-03-02", "2026-11-20", "1"]})  # fmt: skip
    second = sheet({1: ["Ward", "Alta", "Nombre del Paciente", "Fecha de Nacimiento"],
                    2: ["7", "2026-11-19", "REED, MAX", "1971-11-30"]})  # fmt: skip
    path = tmp_path / "week.xlsx"
    path.write_bytes(xlsx({"North": first, "Notes": sheet({1: ["call Eva"]}), "South": second}))
    reports = care("import-discharges", path, "--json").data
    assert [(one["new"], one["linked"], one["layout_saved"]) for one in reports] == [
        (1, 1, "week"), (1, 1, "week-2"),
    ]  # fmt: skip
    assert all("North" in one["sheet"] or "South" in one["sheet"] for one in reports)
    again = care("import-discharges", path, "--json").data
    assert [(one["unchanged"], one["layout"]) for one in again] == [(1, "week"), (1, "week-2")]
    err = care("import-discharges", path).err
    assert "North" in err
    assert "South" in err
    assert "Notes" in err


# words, trial runs, options


def test_unknown_words_are_said_once_with_their_count_and_a_layout_maps_them(
    take, said, care, tmp_path
):
    odd = {"disp": "Gone fishing", "kind": "Dayroom"}
    rows = [stay(str(day), left=f"2026-11-1{day}", came="2026-11-01", **odd) for day in (1, 2, 3)]
    err = said(*rows)
    assert err.count("Gone fishing") == 1
    assert 'disposition "Gone fishing" is not known (3 rows)' in err
    assert 'class "Dayroom" is not known (3 rows)' in err
    report, _ = take(*rows)
    assert report["unknown_words"] == {
        "disposition": {"Gone fishing": 3}, "class": {"Dayroom": 3},
    }  # fmt: skip
    mine = tmp_path / "mine.toml"
    care("layouts", "export", "brigid", mine)
    text = mine.read_text().replace("[dispositions]", '[dispositions]\n"Gone Fishing" = "07"')
    mine.write_text(text.replace("[classes]", '[classes]\n"DAYROOM" = "observation"'))
    report, _ = take(*rows, more=["--layout", mine])
    assert report["unknown_words"] == {}
    assert {row["disposition"] for row in report["rows"]} == {"07"}


def test_a_stay_that_is_missing_from_a_later_list_of_the_same_days_is_named(take, said):
    rows = [stay(str(number), NOBODY, left=f"2026-11-{number}") for number in range(17, 23)]
    take(*rows, stay("1", left="2026-11-19"), name="brigid_20261122.csv")
    err = said(*rows, name="brigid_20261123.csv")
    assert "on an earlier list of these days and not on this one: D7" in err


def test_what_a_trial_run_prints_can_be_used_unchanged(take, care, put, tmp_path, ok, stored):
    path = put(stay("1", **US), stay("2", REED, left="11/19/2026", came="11/16/2026"))
    ran = care("import-discharges", path, "--dry-run", "--source", 'St. "Brigid"')
    assert "a trial run: nothing was kept" in ran.err
    assert (stored("id"), ok("layouts")) == ([], [])
    raw = tomllib.loads(ran.out)
    assert (raw["name"], raw["source"]) == ('St. "Brigid"', 'St. "Brigid"')
    mine = tmp_path / "mine.toml"
    mine.write_text(ran.out)
    report, _ = take(path=path, more=["--layout", mine])
    assert (counts(report), report["layout"], report["source"]) == (
        {"new": 2}, 'St. "Brigid"', 'St. "Brigid"',
    )  # fmt: skip
    assert care("layouts", "show", 'St. "Brigid"').out == ran.out


def test_the_report_has_the_keys_that_scripts_use(take):
    report, _ = take(stay("1"))
    assert {
        "file", "run", "source", "layout", "encoding", "delimiter", "header_line", "records", "new",
        "updated", "unchanged", "cancelled", "skipped", "rejected", "linked", "review", "unmatched",
        "unknown_words", "vanished", "rejects_file", "sheet", "format", "layout_saved", "rows",
    } == set(report)  # fmt: skip


def test_times_in_utc_are_those_of_the_place_that_was_named_and_of_no_place_that_is_none(
    take, said, stored
):
    row = stay("1", left="2026-11-20T02:30:00Z", came="2026-11-16T15:00:00Z")
    err = said(row, more=["--time-zone", "Mars/Base"], code=2)
    assert "--time-zone is not the name of a time zone" in err
    err = said(row, more=["--time-zone", "America/New_York"])
    assert "its times in UTC were read as those of America/New_York" in err
    assert stored("discharged_on, discharged_at") == [("2026-11-19", "21:30")]
    take(row)  # the layout remembers the zone
    assert stored("discharged_on, discharged_at") == [("2026-11-19", "21:30")]


def test_a_machine_with_a_time_zone_that_nobody_knows_is_no_bug(take, said, monkeypatch):
    monkeypatch.setenv("TZ", "America/Nowhere")
    row = stay("1", left="2026-11-20T02:30:00Z", came="2026-11-16T15:00:00Z")
    assert "its times are in UTC and were left so" in said(row)


def test_a_list_of_two_columns_of_one_meaning_says_which_one_counts(said):
    header = [*HEADER, "Discharge Date"]
    row = [*stay("1"), "2026-11-21"]
    assert '"Discharge Date" counts, not "Disch Date"' in said(row, header=header)
