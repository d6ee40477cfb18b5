"""`why`: every date step by step, from the fact to what would change it."""

import pytest


@pytest.fixture
def hill(care, tmp_path):
    """Tom Hill, P1: left hospital on Wednesday 18 November, tried once on Thursday."""
    care("add-patient", "Hill, Tom", "--dob", "1944-11-30", "--tier", "low", "--on", "2026-11-02")
    path = tmp_path / "list.csv"
    path.write_text(
        "Last Name,First Name,DOB,Patient Class,Admit Date,Discharge Date,Disposition\n"
        "Hill,Tom,1944-11-30,Inpatient,2026-11-16,2026-11-18,AMA\n"
    )
    care("import-discharges", path)
    care("log-contact", "P1", "--outcome", "no_answer", "--on", "2026-11-19T09:00")
    return "P1"


def steps(item):
    return [(step["step"], step["text"]) for step in item["trace"]]


def test_a_discharge_is_explained_from_the_fact_to_what_changes_it(hill, ok):
    transition, _ = ok("why", hill)["items"]
    explained = steps(transition)
    # The list arrived on Monday the 23rd; two business days after Wednesday the 18th is Friday
    assert explained[0] == ("fact", "discharged Wed 18 Nov 2026 (D1)")
    assert [name for name, _ in explained] == [
        "fact", "rule", "source", "notice", "notice", "target", "limit", "attempts", "result",
        "changes",
    ]  # fmt: skip
    found = dict(explained)
    assert found["rule"].startswith("transition/contact: contact within 2 business days")
    assert (found["target"], found["limit"]) == ("Thu 19 Nov 2026", "Fri 20 Nov 2026")
    assert found["attempts"] == (
        "1 attempt, the last Thu 19 Nov 2026; next try Fri 20 Nov 2026; neither target nor limit"
        " moves"
    )
    assert found["result"] == "Fri 20 Nov 2026: past the limit"
    assert found["changes"].startswith("a two-way contact with patient or caregiver completes it")
    assert [text for name, text in explained if name == "notice"] == [
        "the list arrived Mon 23 Nov 2026, after the limit",
        "left against medical advice",
    ]


def test_a_routine_date_is_explained_too(hill, ok):
    _, routine = ok("why", hill)["items"]
    found = dict(steps(routine))
    assert found["fact"] == "under care management since Mon 2 Nov 2026"
    assert found["target"] == "Mon 30 Nov 2026"  # 28 days
    assert "limit" not in found
    assert found["result"] == "Mon 30 Nov 2026: to come"


def test_a_shift_names_the_days_that_were_passed_over(care, ok):
    # 7 days after Thursday the 19th is Thanksgiving
    care("add-patient", "Hale, Ann", "--dob", "1950-01-01", "--tier", "high", "--on", "2026-11-19")
    (routine,) = ok("why", "P1")["items"]
    assert dict(steps(routine))["shift"].startswith("Thu 26 Nov 2026 → ")
    assert "Thanksgiving" in dict(steps(routine))["shift"]


def test_the_trace_and_the_list_have_the_same_dates(hill, ok):
    (listed,) = ok("due-today")
    transition = ok("why", hill)["items"][0]
    assert (listed["due"], listed["limit"], listed["state"]) == (
        transition["due"], transition["limit"], transition["state"],
    )  # fmt: skip


def test_plain_lines_begin_with_the_kind_of_item(hill, care):
    head, *lines = [line.split("\t") for line in care("why", hill, "--plain").out.splitlines()]
    assert head == ["P1 Hill, Tom · active · low tier"]
    assert {line[0] for line in lines} == {"transition_contact", "routine"}
    assert ["transition_contact", "limit", "Fri 20 Nov 2026"] in lines
    assert all(len(line) == 3 for line in lines)


def test_why_nothing_is_due_is_said(care, ok):
    care("add-patient", "Hill, Tom", "--dob", "1944-11-30", "--roster-only")
    found = ok("why", "P1")
    assert found["items"] == []
    assert found["not_due_because"].startswith("On the roster only")
    assert care("why", "P1", "--plain").out.splitlines()[1].startswith("Nothing is due. ")


def test_masked_it_names_nobody(hill, care):
    care("log-contact", hill, "--outcome", "rescheduled", "--next", "fri", "--why", "sees son Bob")
    out = care("why", hill, "--mask", "--json").out
    assert "Hill" not in out
    assert "Bob" not in out
    assert "T.H." in out
