"""`protocols`: the care rules in force, from which file, and one of them in full."""

import csv
import html
import io
import re

import pytest
import typer

from caretool import app, cli, pages
from caretool.commands import protocols
from caretool.rule_files import load_protocols

USUAL = load_protocols()
IDS = [rule.id for rule in USUAL.rules]
LONGER = """version = "clinic 3"
[[protocol]]
name = "ed"
[[protocol.rule]]
name = "call"
limit = "3 business days"
[[protocol]]
name = "windows"
off = true
"""


@pytest.fixture
def own(tmp_path):
    """Lay a practice's own rules beside the care file."""
    load_protocols.cache_clear()
    path = tmp_path / "protocols.toml"

    def write(text):
        load_protocols.cache_clear()
        path.write_text(text, encoding="utf-8")
        return path

    yield write
    load_protocols.cache_clear()


def test_it_lists_every_rule_without_any_care_file(ok, tmp_path):
    rows = ok("protocols")
    assert [row["rule"] for row in rows] == IDS
    assert {row["file"] for row in rows} == {"built-in"}
    assert {row["version"] for row in rows} == {USUAL.version}
    assert not (tmp_path / "care.db").exists()


def test_a_row_says_all_that_the_rule_says(ok):
    row = next(one for one in ok("protocols") if one["rule"] == "transition/contact")
    assert row == {
        "rule": "transition/contact",
        "title": "contact within 2 business days",
        "kind": "transition_contact",
        "strength": "must",
        "protocol": "transition",
        "protocol_title": "Transition of care after a stay",
        "trigger": "discharge",
        "statuses": ["active", "on_hold", "roster"],
        "classes": [
            "inpatient", "ltch", "observation", "partial", "psychiatric", "rehab", "snf", "unknown",
        ],
        "dispositions": ["review", "unknown", "yes"],
        "diagnoses": [],
        "conditions": [],
        "heard_within": "30 days",
        "fills_within": None,
        "late": None,
        "late_refills": None,
        "low_reports": None,
        "tier": None,
        "risk": None,
        "anchor": "event",
        "target": "1 business day",
        "limit": "2 business days",
        "then": [],
        "repeat": None,
        "stop": None,
        "done_by": ["contact"],
        "from": None,
        "early": None,
        "again": None,
        "no_later_than": None,
        "replaces": [],
        "move": "stay",
        "suspended_by": ["facility"],
        "asleep": False,
        "needs": None,
        "file": "built-in",
        "version": USUAL.version,
        "source": next(rule.source for rule in USUAL.rules if rule.id == "transition/contact"),
    }  # fmt: skip


def test_what_sleeps_is_said_with_what_it_waits_for(ok):
    asleep = {row["rule"]: row["needs"] for row in ok("protocols") if row["asleep"]}
    assert asleep == {
        "depression/consultation": "PHQ-9 not improved by week 8",
        "hypertension/monthly": "blood pressure above goal",
        "diabetes/quarterly": "A1c off goal",
    }


def test_csv_has_every_column_and_lists_within_a_cell(care):
    header, *rows = csv.reader(io.StringIO(care("protocols", "--csv").out, newline=""))
    assert header[:5] == ["rule", "title", "kind", "strength", "protocol"]
    assert len(rows) == len(IDS)
    row = dict(zip(header, rows[IDS.index("transition/calls")], strict=True))
    assert row["then"] == "14 days;21 days;30 days"
    assert row["statuses"] == "active;on_hold;roster"
    assert row["limit"] == ""


def test_plain_is_a_line_a_rule(care):
    lines = care("protocols").out.splitlines()
    assert [line.partition("\t")[0] for line in lines] == IDS


def test_a_practices_own_file_is_named_with_its_version(ok, own):
    path = own(LONGER)
    rows = {row["rule"]: row for row in ok("protocols")}
    assert (rows["ed/call"]["file"], rows["ed/call"]["version"]) == (str(path), "clinic 3")
    assert rows["ed/call"]["limit"] == "3 business days"
    assert rows["transition/contact"]["file"] == "built-in"
    assert set(IDS) - rows.keys() == {"windows/engagement", "windows/reconciliation"}


def test_a_broken_file_is_said_and_the_built_in_rules_are_listed(care, own):
    own(LONGER.replace("3 business days", "soon"))
    ran = care("protocols", "--json", code=4)
    assert [row["rule"] for row in ran.data] == IDS
    assert ran.document["status"] == "partial"
    assert "ed/call: limit 'soon'" in ran.document["errors"][0]["message"]


# A part of it, or one rule


@pytest.mark.parametrize("which", ["transition", "routine", "ed_psychiatric"])
def test_a_protocol_narrows_the_list(ok, which):
    rows = ok("protocols", which)
    assert [row["rule"] for row in rows] == [one for one in IDS if one.startswith(f"{which}/")]


def test_a_kind_of_item_narrows_it_too(ok):
    assert [row["rule"] for row in ok("protocols", "visit")] == [
        "transition/visit_high", "transition/visit_moderate",
    ]  # fmt: skip


def test_one_rule_is_shown_with_its_sources_and_examples(ok):
    found = ok("protocols", "unreached/close")
    assert found["rule"] == "unreached/close"
    assert found["source"].startswith("MICCSI-TK")
    assert found["protocol_source"].startswith("Mi-CCSI")
    first = found["examples"][0]
    assert first["why"].startswith("14 days after the letter of Friday the 20th")
    assert first["today"] == "2026-04-03"
    assert first["expected"] == "target 2026-04-03, state due"


def test_one_rule_reads_from_title_to_examples(care):
    lines = [
        line.split("\t") for line in care("protocols", "hypertension/monthly").out.splitlines()
    ]
    assert {line[0] for line in lines} == {"rule"}
    told = {line[1]: line[2] for line in lines}
    assert told["kind"] == "blood_pressure, should"
    assert told["counted from"] == "the last two-way contact, before one the day that starts it"
    assert told["target"] == "1 month"
    assert told["weekends"] == "to the next open day when it falls on a closed day"
    assert told["asleep"] == "until measured: blood pressure above goal"
    assert told["file"] == f"built-in, version {USUAL.version}"
    assert "limit" not in told
    assert told["example"].endswith("so the rule sleeps → nothing")


def test_the_examples_of_a_changed_rule_are_those_of_its_file(ok, own):
    own(
        LONGER
        + """
[[example]]
rule = "ed/call"
why = "Thursday"
facts = [{ ed_visit = 2026-04-30 }]
today = 2026-04-30
limit = 2026-05-05
"""
    )
    assert ok("protocols", "ed/call")["examples"] == [
        {"why": "Thursday", "today": "2026-04-30", "expected": "limit 2026-05-05"}
    ]
    assert len(ok("protocols", "transition/contact")["examples"]) >= 2


def test_broken_examples_do_not_hide_the_rule(ok, own):
    own(LONGER + "\n[[example]]\nrule = nonsense\n")
    found = ok("protocols", "ed/call")
    assert (found["limit"], found["examples"]) == ("3 business days", [])


@pytest.mark.parametrize(
    ("which", "hint"),
    [
        ("transition/contct", "did you mean transition/contact?"),
        ("transitoin", "did you mean transition?"),
        ("zzz", "caretool protocols lists them"),
    ],
)
def test_a_name_that_is_none_is_answered_with_one_that_is(care, which, hint):
    ran = care("protocols", which, code=3)
    assert ran.out == ""
    assert ran.err == f"error: no rule, protocol or kind of item '{which}'\nhint: {hint}\n"


# For people, on a terminal


@pytest.fixture
def page(monkeypatch):
    """The words of the page as a terminal of 80 columns shows it."""

    def draw(which=None):
        command = typer.main.get_command(cli.app)
        assert command is not None
        session = app.open_session("protocols", {})
        svg = pages.picture(protocols.run(session, which), session, 80)
        words = re.findall(r'y="([\d.]+)"[^>]*>([^<>]+)</text>', svg)
        lines: dict[str, list[str]] = {}
        for at, word in words:
            lines.setdefault(at, []).append(html.unescape(word).replace("\xa0", " "))
        return ["".join(line).rstrip() for line in lines.values()]

    return draw


def test_the_page_has_a_heading_for_each_protocol(page):
    lines = page()
    for several in USUAL.by_trigger.values():
        for protocol in several:
            assert f"{protocol.name}: {protocol.title}" in lines
    assert "from a discharge; active, on hold, roster" in lines
    assert "while in a facility; roster" in lines


def test_no_line_of_the_page_is_wider_than_80_columns(page):
    assert max(map(len, page())) <= 80


def test_the_page_says_what_sleeps_and_what_is_the_practices_own(page, own):
    text = " ".join(" ".join(page()).split())
    assert "sleeps until measured: A1c off goal" in text
    own(LONGER)
    text = " ".join(" ".join(page()).split())
    assert "of your own file, clinic 3" in text
    assert f"{len(IDS) - 2} rules, 3 of them asleep · built-in {USUAL.version} · " in text
    # the path of the file may break anywhere
    assert "clinic3·takenout:windows/engagement,windows/reconciliation" in text.replace(" ", "")
