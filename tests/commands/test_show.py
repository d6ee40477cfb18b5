"""`show`: one page about one patient, the same facts in every form, and nothing of it masked."""

import io

import pytest
from rich.console import Console

from caretool import output, pages
from caretool.output import Block


@pytest.fixture
def ana(care, tmp_path):
    """Ana Rivera, P1: in care for three weeks, home from hospital since Friday, two medicines."""
    care(
        "add-patient", "Rivera, Ana Maria", "--dob", "1958-11-24", "--sex", "F", "--mrn", "0042",
        "--phone", "423-555-0142", "--phone", "423-555-0143", "--zip", "37391", "--tier", "high",
        "--condition", "heart_failure", "--language", "Spanish", "--channel", "portal",
        "--source", "referral", "--referred-by", "Dr. Osei", "--on", "2026-11-02",
    )  # fmt: skip
    care("log-contact", "P1", "--outcome", "no_answer", "--on", "2026-11-09T09:00")
    care(
        "log-contact", "P1", "--outcome", "reached_patient", "--on", "2026-11-10T14:05",
        "--minutes", "12", "--note", "BP 128/76 [prn]\nwalks daily", "--topic", "medication",
        "--missed-doses", "2/7", "--medication", "metformin", "--missed-because", "forgot",
        "--missed-because", "cost",
    )  # fmt: skip
    care(
        "log-contact", "P1", "--outcome", "rescheduled", "--on", "2026-11-19T10:00", "--inbound",
        "--next", "2026-11-25", "--why", "at her sister's until then",
    )  # fmt: skip
    care("void-contact", "C1", "--reason", "wrong patient")
    discharges = tmp_path / "st_brigid.csv"
    discharges.write_text(
        "MRN,Last Name,First Name,DOB,Facility,Visit Number,Patient Class,Admit Date,"
        "Discharge Date,Disposition,Diagnosis\n"
        "H7,Rivera,Ana,1958-11-24,St. Brigid,V1,Inpatient,2026-11-18,2026-11-20 11:30,Home,Sepsis\n"
    )
    care("import-discharges", discharges)
    fills = tmp_path / "fills.csv"
    fills.write_text(
        "MRN,Drug,Class,Fill Date,Days Supply\n"
        "0042,Metformin 500 mg,biguanides,2026-10-01,30\n"
        "0042,Metformin 500 mg,biguanides,2026-10-29,30\n"
        "0042,Lisinopril 10 mg,,2026-08-01,90\n"
    )
    care("import-fills", fills)
    return "P1"


# everything that is on file


def test_who_she_is(ana, ok):
    shown = ok("show", ana)
    expected = {
        "patient": "P1",
        "name": "Rivera, Ana Maria",
        "birth_date": "1958-11-24",
        "age": 67,  # 68 tomorrow
        "sex": "F",
        "identifiers": [{"number": "0042", "issuer": "practice"}],
        "phones": ["4235550142", "4235550143"],
        "channel": "portal",
        "language": "Spanish",
        "zip": "37391",
        "address": None,
        "conditions": ["heart_failure"],
        "source": "referral",
        "referred_by": "Dr. Osei",
        "status": "active",
        "status_reason": None,
        "since": "2026-11-02",
        "tier": "high",
        "tier_since": "2026-11-02",
        "in_facility": False,
        "in_facility_since": None,
        "not_due_because": None,
    }
    assert {key: shown[key] for key in expected} == expected


def test_the_keys_are_those_of_the_contract_in_order(ana, ok):
    assert list(ok("show", ana)) == [
        "patient", "name", "birth_date", "age", "sex", "identifiers", "phones", "channel",
        "language", "zip", "address", "conditions", "source", "referred_by", "status",
        "status_reason", "since", "tier", "tier_since", "in_facility", "in_facility_since",
        "own_tier", "raised_by", "on_hold_until", "hold_reason", "next", "not_due_because", "due",
        "appointments", "referrals", "scores", "decisions", "contacts", "discharges", "medicines",
        "other_names", "merged", "medications", "reconciliation",
    ]  # fmt: skip


def test_what_is_due_and_why(ana, ok):
    shown = ok("show", ana)
    # Her own tier is high: visit on day 5, Wednesday the 25th, when she also asked to be called; on
    # day 7 reconciliation and call; the windows of 30 days end a week after Friday 11 December. The
    # calls and the date she asked for stand in place of the routine. Lisinopril ran out on 29
    # October, three days before 1 November, and was heard of on the 23rd; metformin lasts to 1
    # December, a week after the 24th.
    assert [(one["kind"], one["due"]) for one in shown["due"]] == [
        ("transition_contact", "2026-11-23"),
        ("supply_ran_out", "2026-11-23"),
        ("refill_due", "2026-11-24"),
        ("visit", "2026-11-25"),
        ("requested", "2026-11-25"),
        ("reconciliation", "2026-11-27"),
        ("transition_call", "2026-11-27"),
        ("engagement", "2026-12-11"),
        ("reconciliation_window", "2026-12-11"),
    ]
    by_kind = {one["kind"]: one for one in shown["due"]}
    transition, request = by_kind["transition_contact"], by_kind["requested"]
    # out on Friday the 20th: first business day Monday the 23rd, second Tuesday the 24th
    assert (transition["target"], transition["limit"]) == ("2026-11-23", "2026-11-24")
    assert (transition["state"], transition["discharge"]) == ("due", "D1")
    assert (request["due"], request["state"]) == ("2026-11-25", "upcoming")
    assert shown["next"]["due"] == "2026-11-23"


def test_contacts_latest_first_with_what_was_said_and_what_was_wrong(ana, ok):
    asked, reached, voided = ok("show", ana)["contacts"]
    assert asked == {
        "contact": "C3",
        "on": "2026-11-19",
        "at": "10:00",
        "outcome": "rescheduled",
        "outcome_words": "answered, asked to be called another day",
        "reached": True,
        "channel": "phone",
        "party": "patient",
        "inbound": True,
        "minutes": None,
        "note": None,
        "next_on": "2026-11-25",
        "next_why": "at her sister's until then",
        "topics": [],
        "missed_doses": None,
        "voided": False,
        "void_reason": None,
    }
    assert (reached["contact"], reached["minutes"], reached["topics"]) == ("C2", 12, ["medication"])
    assert reached["note"] == "BP 128/76 [prn]\nwalks daily"
    assert reached["missed_doses"] == {
        "missed": 2, "days": 7, "medication": "metformin", "reasons": ["forgot", "cost"],
    }  # fmt: skip
    assert (voided["contact"], voided["voided"]) == ("C1", True)
    assert voided["void_reason"] == "wrong patient"


def test_discharges_with_dates_place_and_how_they_are_known(ana, ok):
    assert ok("show", ana)["discharges"] == [
        {
            "discharge": "D1",
            "admitted": "2026-11-18",
            "discharged": "2026-11-20",
            "at": "11:30",
            "facility": "St. Brigid",
            "class": "inpatient",
            "disposition": "01",
            "disposition_words": "home or self care",
            "diagnosis": "Sepsis",
            "link": "linked",
            "link_reason": "full name and birth date",
            "cancelled": False,
        }
    ]


def test_the_list_of_medicines_and_when_it_was_gone_through_last(ana, care, ok, tmp_path):
    assert (ok("show", ana)["medications"], ok("show", ana)["reconciliation"]) == ([], None)
    care("add-medication", ana, "metformin", "--dose", "500 mg", "--times-per-day", "2")
    care("add-medication", ana, "warfarin")
    path = tmp_path / "reconciled.csv"
    path.write_text(
        "medication,discharge,taking,decision,why\n"
        "metformin,yes,yes,,\nwarfarin,no,no,stopped,bleeding\n"
    )
    care("reconcile", ana, "--file", path)

    shown = ok("show", ana)
    assert [one["medication"] for one in shown["medications"]] == ["M1"]
    assert shown["reconciliation"] == {
        "reconciliation": "MR1", "on": "2026-11-23", "discharge": "D1",
        "decisions": {"continued": 1, "stopped": 1},
    }  # fmt: skip
    lines = care("show", ana, "--plain").out.splitlines()
    assert any(line.startswith("medication\tM1\tmetformin\t500 mg\t2\t") for line in lines)
    told = "reconciliation\treconciled\tMon 23 Nov after D1 (MR1): 1 continued, 1 stopped"
    assert told in lines
    assert ok("show", ana, "--as-of", "2026-11-22")["reconciliation"] is None


def test_medicines_by_when_they_run_out_with_what_was_left_over_counted(ana, ok):
    # 30 days from 1 October last to the 30th; the refill of the 29th waits until the 31st, and
    # its 30 days, without the two in hospital, last to 1 December. 90 days from 1 August last to 29
    # October.
    assert ok("show", ana)["medicines"] == [
        {
            "drug": "Lisinopril 10 mg", "class": "ras_antagonists", "last_fill": "2026-08-01",
            "days_supply": 90, "runs_out": "2026-10-29", "fills": 1,
        },
        {
            "drug": "Metformin 500 mg", "class": "biguanides", "last_fill": "2026-10-29",
            "days_supply": 30, "runs_out": "2026-12-01", "fills": 2,
        },
    ]  # fmt: skip


# what was arranged and decided


@pytest.fixture
def arranged(ana, care):
    """Her visit, a score, a hold, and the call of day 7 waived."""
    care("appointment", ana, "2026-11-25T10:30", "--with", "Dr. Osei")
    care("lace", ana, "--acute", "--comorbidity", "dementia", "--ed-visits", "4")
    care("hold", ana, "--until", "2026-12-04", "--why", "visits her son Bob")
    care("waive", ana, "transition_call", "--why", "sees the nurse daily")
    return ana


def test_what_was_arranged_and_decided_is_on_the_page(arranged, care, ok):
    shown = ok("show", arranged)
    assert shown["appointments"] == [
        {"appointment": "A1", "on": "2026-11-25", "at": "10:30", "with": "Dr. Osei"}
    ]
    # Two nights 2, acute 3, heart failure 2 and dementia 3 make five: 5, four emergency visits 4
    assert shown["scores"] == [{"name": "LACE", "on": "2026-11-23", "discharge": "D1", "total": 14}]
    assert shown["decisions"] == [
        {
            "on": "2026-11-23", "decision": "hold", "rule": None, "planned": None,
            "to": "2026-12-04", "reason": "visits her son Bob",
        },
        {
            "on": "2026-11-23", "decision": "waive", "rule": "transition/calls",
            "planned": "2026-11-27", "to": None, "reason": "sees the nurse daily",
        },
    ]  # fmt: skip
    assert (shown["on_hold_until"], shown["hold_reason"]) == ("2026-12-04", "visits her son Bob")
    lines = care("show", arranged, "--plain").out.splitlines()
    for line in (
        "patient\ton hold\tuntil Fri 4 Dec: visits her son Bob",
        "arranged\tappointment\tWed 25 Nov 10:30 with Dr. Osei (A1)",
        "arranged\tLACE\t14, for D1 on Mon 23 Nov",
        "decision\t2026-11-23\thold\t2026-12-04\t\t\tvisits her son Bob",
    ):
        assert line in lines
    assert ok("show", arranged, "--as-of", "2026-11-22")["decisions"] == []


def test_what_raised_the_tier_stands_beside_the_one_that_was_set(ana, care, ok):
    care("edit-patient", ana, "--tier", "low", "--on", "2026-11-03")
    shown = ok("show", ana)
    assert (shown["tier"], shown["own_tier"], shown["tier_since"]) == ("high", "low", "2026-11-03")
    assert shown["raised_by"] == "in transition after a discharge"
    lines = care("show", ana, "--plain").out.splitlines()
    assert "patient\ttier\tlow, since Tue 3 Nov" in lines
    assert "patient\ttier now\thigh: in transition after a discharge" in lines


def test_masked_nothing_of_what_was_arranged_tells_who_it_is(arranged, care, ok):
    out = care("show", arranged, "--mask", "--json").out + care("show", arranged, "--mask").out
    for secret in ("Osei", "Bob", "nurse"):
        assert secret not in out, secret
    shown = ok("show", arranged, "--mask")
    assert shown["appointments"][0]["with"] is None
    assert [one["reason"] for one in shown["decisions"]] == [None, None]


# another day


def test_facts_of_later_days_are_not_seen(ana, ok):
    shown = ok("show", ana, "--as-of", "2026-11-19")
    assert (shown["in_facility"], shown["in_facility_since"]) == (True, "2026-11-18")
    (stay,) = shown["discharges"]
    assert (stay["discharged"], stay["at"], stay["disposition_words"]) == (None, None, None)
    assert [(one["kind"], one["due"]) for one in shown["due"]] == [("facility_check", "2026-11-25")]
    assert shown["not_due_because"] is None
    assert ok("show", ana, "--as-of", "2026-10-15")["contacts"] == []
    assert [m["fills"] for m in ok("show", ana, "--as-of", "2026-10-15")["medicines"]] == [1, 1]


@pytest.mark.parametrize(("day", "age"), [("2026-11-23", 67), ("2026-11-24", 68)])
def test_she_is_a_year_older_on_her_birthday(ana, ok, day, age):
    assert ok("show", ana, "--as-of", day)["age"] == age


# plain lines


def test_plain_has_a_fact_a_line_and_its_section_in_front(ana, care):
    lines = [line.split("\t") for line in care("show", ana, "--plain").out.splitlines()]
    assert lines[:4] == [
        ["patient", "id", "P1"],
        ["patient", "name", "Rivera, Ana Maria"],
        ["patient", "born", "1958-11-24, 67 years old"],
        ["patient", "sex", "F"],
    ]
    assert [line for line in lines if line[1] == "phone"] == [
        ["patient", "phone", "423-555-0142"],
        ["patient", "phone", "423-555-0143"],
    ]
    assert ["patient", "status", "active, since Mon 2 Nov"] in lines
    sections = [line[0] for line in lines]
    assert sections == sorted(
        sections,
        key=["patient", "due", "arranged", "decision", "contact", "discharge", "medicine"].index,
    )
    (reached,) = (line for line in lines if line[1] == "C2")
    assert reached[2:4] == ["2026-11-10", "14:05"]
    assert reached[-1] == "BP 128/76 [prn]\\nwalks daily"
    assert "2/7 metformin (forgot, cost)" in reached


def test_the_last_ten_contacts_are_shown_and_the_rest_counted(ana, care, ok):
    for day in range(11, 20):
        care("log-contact", ana, "--outcome", "no_answer", "--on", f"2026-11-{day}T08:00")
    lines = care("show", ana, "--plain").out.splitlines()
    contacts = [line for line in lines if line.startswith("contact\t")]
    assert len(contacts) == 11
    assert contacts[-1] == "contact\t…\tand 2 earlier; --all shows them"
    every = care("show", ana, "--plain", "--all").out.splitlines()
    assert len([line for line in every if line.startswith("contact\t")]) == 12
    assert len(ok("show", ana)["contacts"]) == 12


def test_somebody_new_has_a_short_page_and_why_nothing_is_due(care):
    care("add-patient", "Hill, Tom", "--dob", "1944-11-30", "--roster-only")
    assert care("show", "hill", "--plain").out.splitlines() == [
        "patient\tid\tP1",
        "patient\tname\tHill, Tom",
        "patient\tborn\t1944-11-30, 81 years old",
        "patient\tstatus\troster",
        "due\tOn the roster only: a discharge or being made active starts follow-up.",
    ]


def test_csv_is_one_row_with_ids_for_the_lists(ana, care):
    header, row, *rest = care("show", ana, "--csv").out.splitlines()
    assert header.startswith("patient,name,birth_date,age,sex,identifiers,phones,")
    assert row.startswith('P1,"Rivera, Ana Maria",1958-11-24,67,F,0042,4235550142;4235550143,')
    assert row.endswith(",C3;C2;C1,D1,Lisinopril 10 mg;Metformin 500 mg,,,,")
    assert rest == []


# masked


@pytest.mark.parametrize("form", ["--json", "--plain", "--csv"])
def test_masked_nothing_tells_who_it_is(ana, care, form):
    out = care("show", ana, "--mask", "--all", form).out
    for secret in (
        "Rivera", "Ana", "1958", "67", "0042", "4235550142", "423-555", "37391", "Spanish", "Osei",
        "BP 128", "sister", "wrong patient", "Brigid", "Sepsis", "2/7 metformin",
    ):  # fmt: skip
        assert secret not in out, secret
    assert "A.R." in out
    assert "heart_failure" in out or "heart failure" in out
    assert "C2" in out


def test_masked_values_are_null_or_empty(ana, ok):
    shown = ok("show", ana, "--mask")
    assert (shown["birth_date"], shown["age"], shown["zip"], shown["language"]) == (None,) * 4
    assert (shown["identifiers"], shown["phones"]) == ([], [])
    reached = shown["contacts"][1]
    assert reached["missed_doses"] == {
        "missed": 2, "days": 7, "medication": None, "reasons": ["forgot", "cost"],
    }  # fmt: skip
    assert (reached["note"], reached["topics"]) == (None, [])
    assert shown["discharges"][0]["disposition_words"] == "home or self care"


def test_a_disposition_in_the_senders_words_is_masked(care, ok, tmp_path):
    care("add-patient", "Hill, Tom", "--dob", "1944-11-30")
    path = tmp_path / "list.csv"
    path.write_text(
        "Last Name,First Name,DOB,Discharge Date,Disposition\n"
        "Hill,Tom,1944-11-30,2026-11-20,went with son Bob\n"
    )
    care("import-discharges", path)
    assert ok("show", "P1")["discharges"][0]["disposition_words"] == "went with son Bob"
    assert ok("show", "P1", "--mask")["discharges"][0]["disposition_words"] is None


# who is meant


def test_a_patient_is_found_by_id_number_or_name(ana, ok):
    for text in ("P1", "p01", "42", "rivera", "ANA RIVERA"):
        assert ok("show", text)["patient"] == "P1"


def test_nobody_and_several_are_said_without_names(ana, care):
    care("add-patient", "Rivera, Bo", "--dob", "1960-01-01")
    several = care("show", "rivera", code=3).err
    assert "2 patients fit: P1, P2" in several
    assert "Ana" not in several
    assert "no patient fits" in care("show", "zzz", code=3).err
    assert care("show", "P99", code=3).err.startswith("error: no patient P99")


# on a terminal


def on_terminal(ran_blocks, width):
    console = Console(
        width=width,
        file=io.StringIO(),
        markup=False,
        highlight=False,
        emoji=False,
        color_system=None,
    )
    for block in ran_blocks:
        pages.print_block(console, block)
    return console.file.getvalue().splitlines()


def test_pairs_are_aligned_wrapped_beneath_themselves_and_named_once():
    block = Block(
        pairs=(
            ("phone", "423-555-0142"),
            ("phone", "423-555-0143"),
            ("address", "1732 Elm Street, Marlow, TN, 37391"),
        )
    )
    assert [line.rstrip() for line in on_terminal([block], 30)] == [
        "phone    423-555-0142",
        "         423-555-0143",
        "address  1732 Elm Street,",
        "         Marlow, TN, 37391",
    ]


def test_pairs_show_markup_and_control_characters_as_text():
    block = Block(pairs=(("name", "[/b]Hill\x1b[31m"),))
    assert on_terminal([block], 60)[0].rstrip() == "name  [/b]Hill\\x1b[31m"


@pytest.mark.parametrize("width", [80, 120])
def test_the_page_fits_the_terminal(ana, care, monkeypatch, width):
    seen = []
    monkeypatch.setattr(output, "emit", lambda result, _: seen.append(result.blocks))
    care("show", ana)
    lines = on_terminal(seen[0], width)
    assert max(map(len, lines)) <= width
    text = "\n".join(lines)
    for heading in ("Due", "Contacts", "Discharges", "Medicines dispensed"):
        assert f"\n{heading}\n" in text
    assert "entered in error" in text
    assert "BP 128/76 [prn]" in text
    assert "ran out Thu 29 Oct" in text
    assert "RAS antagonists" in text
    assert "ras_antagonists" not in text
