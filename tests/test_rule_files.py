"""The files of rules: a practice's own changes rules by name; a mistake names file, line, rule."""

from contextlib import suppress
from copy import deepcopy
from datetime import datetime

import pytest

from caretool import rule_files
from caretool.errors import RuleError
from caretool.protocols import Outcome, Span
from caretool.rule_files import load_outcomes, load_protocols, load_topics
from caretool.rule_tables import PlacedError, Where, parse_span
from caretool.rules import RULES, parse_rules, read_rules


def rules(known):
    return {rule.id: rule for rule in known.rules}


def protocols(known):
    return {one.name: one for several in known.by_trigger.values() for one in several}


@pytest.fixture
def own(tmp_path):
    """Write a practice's own file: `own('…')`; its first line is the version."""
    made = iter(range(100))

    def write(text, version='version = "clinic 1"\n'):
        folder = tmp_path / str(next(made))
        folder.mkdir()
        path = folder / "protocols.toml"
        path.write_text(version + text, encoding="utf-8")
        return path

    return write


VISIT = """
[[protocol]]
name = "home_visit"
title = "Visit at home"
trigger = "discharge"
statuses = ["active"]
classes = ["inpatient"]
dispositions = ["yes"]
source = "clinic protocol 7"

    [[protocol.rule]]
    name = "first"
    title = "visit within 3 business days"
    kind = "home_visit"
    strength = "should"
    anchor = "event"
    target = "3 business days"
    source = "clinic protocol 7"
"""


# What a practice's own file changes


def test_of_a_rule_only_what_is_said_changes(own):
    usual = rules(load_protocols())
    path = own(
        """
[[protocol]]
name = "ed"
    [[protocol.rule]]
    name = "call"
    limit = "3 business days"
"""
    )
    known = load_protocols(path)
    changed = rules(known)["ed/call"]
    assert changed.limit == Span(3, "business day")
    assert changed.origin == (str(path), "clinic 1")
    # the built-in title and source speak for the built-in dates only, so they say so
    assert changed.title == f"{usual['ed/call'].title} (changed: limit 3 business days)"
    assert changed.source == "clinic 1, no source given"
    said = {
        name: getattr(usual["ed/call"], name) for name in ("limit", "origin", "title", "source")
    }
    assert changed._replace(**said) == usual["ed/call"]
    assert {name: rule for name, rule in rules(known).items() if rule != usual[name]} == {
        "ed/call": changed
    }
    assert known.version == f"{load_protocols().version} + clinic 1"


def test_what_is_said_of_a_protocol_leaves_its_rules_as_they_are(own):
    known = load_protocols(own('[[protocol]]\nname = "windows"\nstatuses = ["active"]\n'))
    assert protocols(known)["windows"].statuses == {"active"}
    windows = rules(known)["windows/engagement"]
    assert windows.statuses == {"active"}
    assert windows.origin.file == "built-in"
    assert windows.target == Span(23, "day")


def test_off_takes_out_a_rule_or_a_protocol_and_nothing_else(own):
    usual = rules(load_protocols()).keys()
    rule = own('[[protocol]]\nname = "transition"\n[[protocol.rule]]\nname = "calls"\noff = true\n')
    protocol = own('[[protocol]]\nname = "windows"\noff = true\n')
    assert usual - rules(load_protocols(rule)).keys() == {"transition/calls"}
    assert usual - rules(load_protocols(protocol)).keys() == {
        "windows/engagement", "windows/reconciliation",
    }  # fmt: skip


def test_a_new_protocol_is_added_and_the_others_stay(own):
    known = load_protocols(own(VISIT))
    added = rules(known)["home_visit/first"]
    assert (added.target, added.done_by) == (Span(3, "business day"), ("contact",))
    assert rules(known).keys() - rules(load_protocols()).keys() == {"home_visit/first"}
    assert protocols(known)["home_visit"] in known.by_trigger["discharge"]


def test_a_new_rule_is_added_to_a_protocol_of_ours(own):
    rule = VISIT.partition("    [[protocol.rule]]")
    known = load_protocols(own('[[protocol]]\nname = "ed"\n' + rule[1] + rule[2]))
    assert [one.name for one in protocols(known)["ed"].rules] == ["call", "first"]


def test_a_contact_can_be_about_what_is_listed_and_what_rules_ask_for(own):
    usual = load_protocols()
    assert usual.topics == load_topics(), "every code that a rule asks for is in the list"
    asking = CONTACT + 'done_by = ["visit:wound_care", "topic:refill"]\n'
    known = load_protocols(own('topics = ["smoking", "refill"]\n' + asking))
    assert known.topics == (*usual.topics, "smoking", "wound_care")


def test_settings_raises_and_the_ladder_change_by_name_too(own):
    known = load_protocols(
        own(
            """default_tier = "low"
[retry]
after = "2 business days"
[ladder]
attempts = 4
[[raise]]
by = "lace"
at_least = 12
[[raise]]
by = "ed_visits"
off = true
"""
        )
    )
    usual = load_protocols()
    assert (known.default_tier, known.retry) == ("low", Span(2, "business day"))
    assert known.ladder == usual.ladder._replace(attempts=4)
    raises = {one.by: one for one in known.raises}
    assert raises.keys() == {"transition", "lace", "admissions"}
    assert raises["lace"].at_least == 12
    assert raises["lace"].words == "LACE"


def test_a_file_that_says_nothing_changes_nothing(own):
    assert load_protocols(own("")).by_trigger == load_protocols().by_trigger


# Worked examples are not read with the rules


def test_examples_at_the_end_are_not_even_read(own):
    known = load_protocols(own(VISIT + "\n[[example]]\nthis is no TOML\n"))
    assert "home_visit/first" in rules(known)


def test_examples_between_rules_are_read_with_them(own):
    with pytest.raises(RuleError, match=r"at line 23\b"):
        load_protocols(own("\n[[example]]\n" + VISIT + "\nno TOML\n"))
    known = load_protocols(own("\n[[example]]\n" + VISIT))
    assert "home_visit/first" in rules(known)


def test_the_built_in_examples_stand_at_the_end():
    text = (RULES / "protocols.toml").read_text(encoding="utf-8")
    assert "example" not in rule_files.merged_tables().raw
    assert len(parse_rules(RULES / "protocols.toml")["example"]) == text.count("\n[[example]]\n")


# What is wrong, and where


def wrong(path):
    with pytest.raises(RuleError) as refused:
        load_protocols(path)
    assert refused.value.hint
    assert refused.value.exit_code == 3
    return refused.value.message


CONTACT = '\n[[protocol]]\nname = "transition"\n\n[[protocol.rule]]\nname = "contact"\n'
CHECK = '\n[[protocol]]\nname = "facility"\n\n[[protocol.rule]]\nname = "check"\n'
# Line 1 is the version, line 3 the protocol, line 6 the rule
MISTAKES = {
    "unknown key": (
        CONTACT + 'targt = "1 day"\n', "line 6, transition/contact: unknown key 'targt'",
    ),
    "no length of time": (
        CONTACT + 'target = "soon"\n',
        "line 6, transition/contact: target 'soon' is no length of time",
    ),
    "a number": (
        CONTACT + "limit = 2\n", "line 6, transition/contact: limit 2 is no length of time",
    ),
    "limit before target": (
        CONTACT + 'target = "3 business days"\n',
        "line 6, transition/contact: limit 2 business days before target 3 business days",
    ),
    "before a discharge": (
        CONTACT + 'target = "1 day before"\n',
        "line 6, transition/contact: target 1 day before",
    ),
    "counted from before a discharge": (
        CONTACT + 'from = "2 days before"\n',
        "line 6, transition/contact: from 2 days before",
    ),
    "a limit before": (
        CONTACT + 'limit = "2 days before"\n',
        "line 6, transition/contact: limit '2 days before' is no length of time",
    ),
    "before, in steps": (
        '\n[[protocol]]\nname = "supply"\n\n[[protocol.rule]]\nname = "refill"\n'
        'anchor = "last_contact"\n',
        "line 6, supply/refill: target 7 days before",
    ),
    "late in weeks": (
        '\n[[protocol]]\nname = "adherence"\nlate = "1 week"\n', "line 3, adherence: late 1 week",
    ),
    "strength": (
        CONTACT + 'strength = "may"\n', "line 6, transition/contact: strength 'may'",
    ),
    "move": (CONTACT + 'move = "back"\n', "line 6, transition/contact: move 'back'"),
    "anchor": (CONTACT + 'anchor = "birth"\n', "line 6, transition/contact: anchor 'birth'"),
    "done by": (CONTACT + 'done_by = ["luck"]\n', "line 6, transition/contact: done_by 'luck'"),
    "no source": (
        CONTACT + 'source = " "\n', "line 6, transition/contact: source is empty or no text",
    ),
    "replaces as text": (
        CONTACT + 'replaces = "routine"\n',
        "line 6, transition/contact: replaces 'routine' is no list of kinds",
    ),
    "off as text": (CONTACT + 'off = "no"\n', "line 6, transition/contact: off 'no'"),
    "early in weeks": (
        CONTACT + 'early = "1 week"\n', "line 6, transition/contact: early 1 week",
    ),
    "tier": (CONTACT + 'tier = "high"\n', "line 6, transition/contact: tier"),
    "an interval of 0": (
        '[[protocol]]\nname = "routine"\n[[protocol.rule]]\nname = "low"\ntarget = "0 days"\n',
        "line 4, routine/low: an interval of 0",
    ),
    "a repeat without interval": (
        VISIT + '    repeat = "0 days"\n', "line 12, home_visit/first: a repeat without interval",
    ),
    "again, counted from the day itself": (
        VISIT + '    again = "7 days"\n', "line 12, home_visit/first: again",
    ),
    "again without interval": (
        CHECK + 'again = "0 days"\n', "line 6, facility/check: again without interval",
    ),
    "again with a limit": (
        CHECK + 'again = "7 days"\nlimit = "9 days"\n', "line 6, facility/check: again",
    ),
    "topics as text": ('topics = "smoking"\n', "line 2, topics: topics is no list"),
    "a topic that is no word": (
        'topics = ["Smoking status"]\n', "line 2, topics: topic 'Smoking status'",
    ),
    "a topic that is no text": ("topics = [1]\n", "line 2, topics: topic 1"),
    "stop without repeat": (
        VISIT + '    stop = "9 days"\n', "line 12, home_visit/first: stop without repeat",
    ),
    "units of a repeat": (
        VISIT + '    repeat = "1 week"\n',
        "line 12, home_visit/first: target, limit and repeat in different units",
    ),
    "limit and then": (
        VISIT + '    limit = "4 business days"\n    then = ["9 days"]\n',
        "line 12, home_visit/first: a limit with then",
    ),
    "steps of an interval": (
        '[[protocol]]\nname = "routine"\n[[protocol.rule]]\nname = "low"\nthen = ["40 days"]\n',
        "line 4, routine/low: then or repeat with such an anchor",
    ),
    "a circle of one": (
        CONTACT + 'anchor = "after transition_contact"\n',
        "line 3, transition: a circle: transition_contact is counted from itself",
    ),
    "a circle of two": (
        '[[protocol]]\nname = "unreached"\n[[protocol.rule]]\nname = "letter"\n'
        'anchor = "after close_unreachable"\n',
        "line 2, unreached: a circle: letter is counted from itself",
    ),
    "an anchor that is not there": (
        CONTACT + 'anchor = "limit of lunch"\n',
        "line 6, transition/contact: no rule of kind 'lunch' in it",
    ),
    "a rule taken out that others count from": (
        '[[protocol]]\nname = "unreached"\n[[protocol.rule]]\nname = "letter"\noff = true\n',
        "line 2, unreached/close: no rule of kind 'letter' in it",
    ),
    "a misspelt rule": (
        CONTACT.replace("contact", "contct") + 'target = "2 days"\n',
        "line 6, transition/contct: nothing of that name to change",
    ),
    "a misspelt rule taken out": (
        CONTACT.replace("contact", "contct") + "off = true\n",
        "line 6, transition/contct: nothing of that name to change",
    ),
    "a misspelt protocol": (
        '[[protocol]]\nname = "window"\noff = true\n',
        "line 2, window: nothing of that name to change",
    ),
    "a rule without name": (
        '[[protocol]]\nname = "ed"\n[[protocol.rule]]\nlimit = "3 days"\n',
        "line 2, ed: a [[protocol.rule]] without name",
    ),
    "a name that is no text": ("[[protocol]]\nname = [1]\n", "a [[protocol]] without name"),
    "a new rule without source": (
        VISIT.rstrip().removesuffix('    source = "clinic protocol 7"'),
        "line 12, home_visit/first: no 'source'",
    ),
    "a new protocol without rules": (
        VISIT.partition("    [[protocol.rule]]")[0].replace('title = "Visit at home"\n', ""),
        "line 3, home_visit: no 'title'",
    ),
    "a rule twice": (
        CONTACT + CONTACT.partition("\n\n")[2],
        "line 8, transition/contact: two [[protocol.rule]] of that name",
    ),
    "a protocol twice": (VISIT + VISIT, "home_visit: two [[protocol]] of that name"),
    "an array that is a table": ("[protocol]\nx = 1\n", "line 2, protocol: not an array of tables"),
    "rules that are a table": (
        '[[protocol]]\nname = "ed"\n[protocol.rule]\nname = "call"\n',
        "ed: not an array of tables",
    ),
    "trigger": (
        '[[protocol]]\nname = "ed"\ntrigger = "birthday"\n', "line 2, ed: trigger 'birthday'",
    ),
    "status": (
        '[[protocol]]\nname = "ed"\nstatuses = ["enrolled"]\n', "line 2, ed: status 'enrolled'",
    ),
    "statuses as text": (
        '[[protocol]]\nname = "ed"\nstatuses = "active"\n',
        "line 2, ed: status 'active' is no list",
    ),
    "class": (
        '[[protocol]]\nname = "windows"\nclasses = ["hospital"]\n',
        "line 2, windows: class 'hospital'",
    ),
    "disposition": (
        '[[protocol]]\nname = "ed"\ndispositions = ["01"]\n', "line 2, ed: disposition '01'",
    ),
    "condition": (
        '[[protocol]]\nname = "ed"\nconditions = ["gout"]\n', "line 2, ed: conditions 'gout'",
    ),
    "a file without version": ("", "protocols.toml: no 'version'"),
    "unknown key of the file": ('color = "red"\n', "protocols.toml: unknown key 'color'"),
    "default tier": ('default_tier = "medium"\n', "line 2, default_tier: default_tier 'medium'"),
    "retry": ('[retry]\nafter = "soon"\n', "line 2, retry: after 'soon' is no length of time"),
    "retry without it": ("[retry]\n", "line 2, retry: no 'after'"),
    "no table": ('\nretry = "1 day"\n', "line 3, retry: not there"),
    "ladder": ("[ladder]\nattempts = 0\n", "line 2, ladder: attempts 0"),
    "ladder key": ("[ladder]\nrungs = 3\n", "line 2, ladder: unknown key 'rungs'"),
    "attempts": (
        '[attempts]\ndocumented = "two"\n',
        "line 2, attempts: documented 'two' is no whole number",
    ),
    "a raise": (
        '[[raise]]\nby = "lace"\nafter = "long"\n',
        "line 2, raise lace: after 'long' is no length of time",
    ),
    "an unknown raise": (
        '[[raise]]\nby = "luck"\nafter = "1 day"\n', "line 2, raise luck: no 'words'",
    ),
    "a tier without a rule": (
        '[[protocol]]\nname = "routine"\n[[protocol.rule]]\nname = "low"\noff = true\n',
        "line 2, routine: no rule for tier 'low'",
    ),
    "no routine at all": (
        '[[protocol]]\nname = "routine"\noff = true\n', "no rule for tier 'high'",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("text", "says"), MISTAKES.values(), ids=MISTAKES.keys())
def test_a_mistake_is_one_line_with_file_line_and_rule(own, text, says):
    before = load_protocols()
    message = wrong(own(text) if text else own(text, version=""))
    assert message.startswith("protocols.toml")
    assert says in message
    assert "\n" not in message
    load_protocols.cache_clear()
    assert load_protocols() == before, "the built-in rules are as they were"


def test_a_misspelt_name_is_answered_with_the_one_that_was_meant(own):
    path = own(CONTACT.replace("contact", "contct"))
    with pytest.raises(RuleError) as refused:
        load_protocols(path)
    assert refused.value.hint == "did you mean contact? a new one says all, also kind"


def test_a_file_that_is_no_toml_is_refused_with_line_and_column(own):
    path = own('[[protocol]]\nname = "ed"\nstatuses = [active]\n')
    assert wrong(path) == "rules file protocols.toml: Invalid value (at line 4, column 13)"


def test_a_file_that_cannot_be_read_is_refused(own, tmp_path):
    assert "No such file" in wrong(tmp_path / "none.toml")
    assert "Is a directory" in wrong(tmp_path)
    path = own("")
    path.write_bytes(b'version = "\xff"\n')
    assert wrong(path) == "rules file protocols.toml is not UTF-8 text"


def test_a_rule_written_within_a_line_is_found_by_its_protocol(own):
    path = own('\n[[protocol]]\nname = "ed"\nrule = [{ name = "call", target = "soon" }]\n')
    assert wrong(path).startswith("protocols.toml, line 3, ed/call: target 'soon'")


def test_a_rule_is_not_looked_for_in_another_protocol(own):
    # both protocols have a rule called seven_days; the file speaks of one only, the error is of it
    path = own(
        '[[protocol]]\nname = "psychiatric"\nstatuses = ["active"]\n'
        '[[protocol]]\nname = "ed_substance"\n[[protocol.rule]]\nname = "seven_days"\nmove = "x"\n'
    )
    assert wrong(path).startswith("protocols.toml, line 7, ed_substance/seven_days: move 'x'")


def test_a_protocol_is_not_mistaken_for_a_raise_of_that_name():
    text = '[[raise]]\nby = "transition"\n\n[[protocol]]\nname = "transition"\n'
    place = Where("x.toml", text)
    assert place._replace(names=("transition",)).line == 4
    assert place._replace(table="raise", names=("transition",)).line == 1
    assert place._replace(names=("other",)).line == 0


# Whatever stands where something else belongs is refused in the same way: no mistake is a bug

ODD = [[], {}, [[]], [{}], 0, -1, 1.5, True, False, "", "  ", "x", "0 days", datetime(2026, 3, 6)]  # noqa: DTZ001


def _variants(odd):
    """An own file for each key of rules and settings, with this value in its place."""
    raw = parse_rules(RULES / "protocols.toml")
    protocol = {**raw["protocol"][0], "conditions": [], "no_stay_within": "1 day"}
    rule = {
        **protocol["rule"][0], "then": [], "repeat": "1 day", "stop": "9 days", "tier": "high",
        "done_by": ["contact"], "from": "1 day", "early": "1 day", "no_later_than": "visit",
        "replaces": [], "move": "stay", "risk": "high", "statuses": [], "suspended_by": [],
        "retry": True, "needs": "x", "off": False,
    }  # fmt: skip
    ladder = {key: read_rules("outcomes.toml")[key] for key in ("attempts", "ladder")}
    settings = {key: raw[key] for key in ("retry", "spread", "second_discharge")} | ladder
    yield from ({key: odd} for key in (*raw, *ladder))
    yield from ({"protocol": [{"name": "transition", key: odd}]} for key in protocol)
    for key in rule:
        yield {"protocol": [{"name": "transition", "rule": [{"name": "contact", key: odd}]}]}
    yield from ({"raise": [{"by": "lace", key: odd}]} for key in raw["raise"][1])
    for table, keys in settings.items():
        yield from ({table: {key: odd}} for key in keys)


@pytest.mark.parametrize("odd", ODD, ids=repr)
def test_no_odd_value_is_more_than_a_mistake(own, odd, monkeypatch):
    path, real, refused = own(""), rule_files.read_file, []
    for change in _variants(odd):
        monkeypatch.setattr(
            rule_files,
            "read_file",
            lambda wanted, changed=change: (
                ("", {"version": "x", **changed}) if wanted == path else real(wanted)
            ),
        )
        with suppress(PlacedError):
            rule_files.build(rule_files.merged_tables(path))
            continue
        refused.append(change)
    assert len(refused) > 20


# Lengths of time


@pytest.mark.parametrize(
    ("text", "span", "again"),
    [
        ("7 days", Span(7, "day"), "7 days"),
        ("1 day", Span(1, "day"), "1 day"),
        ("1 days", Span(1, "day"), "1 day"),
        ("0 days", Span(0, "day"), "0 days"),
        ("2 business days", Span(2, "business day"), "2 business days"),
        ("1 business day", Span(1, "business day"), "1 business day"),
        ("2 weeks", Span(2, "week"), "2 weeks"),
        ("6 months", Span(6, "month"), "6 months"),
    ],
)
def test_a_length_of_time_is_a_number_and_a_unit(text, span, again):
    assert parse_span(text, Where("here"), "target") == span
    assert str(span) == again


@pytest.mark.parametrize(
    "text", ["", "7", "days", "-1 days", "1.5 days", "2 years", "7  days", " 7 days", 7, None, []]
)
def test_anything_else_is_refused_with_where_it_stands(text):
    with pytest.raises(RuleError, match=r"here: target .* is no length of time") as refused:
        parse_span(text, Where("here"), "target")
    assert "business days" in refused.value.hint


# The other files


@pytest.fixture
def changed(monkeypatch):
    """Loads outcomes or dispositions with a change made to the first of them."""

    def load(name, change):
        raw = deepcopy(read_rules(name))
        change(raw)
        monkeypatch.setattr(
            rule_files, "read_rules", lambda wanted: raw if wanted == name else read_rules(wanted)
        )
        load_outcomes.cache_clear()
        load_protocols.cache_clear()
        return load_protocols()

    yield load
    load_outcomes.cache_clear()
    load_protocols.cache_clear()


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda one: one.update(count=True), "outcomes.toml, reached_patient: unknown key 'count'"),
        (lambda one: one.update(party="self"), "outcomes.toml, reached_patient: party 'self'"),
        (lambda one: one.update(closes="won"), "outcomes.toml, reached_patient: closes 'won'"),
        (lambda one: one.update(visit="yes"), "outcomes.toml, reached_patient: visit 'yes'"),
        (lambda one: one.pop("label"), "outcomes.toml, reached_patient: no 'label'"),
        (lambda one: one.pop("code"), "outcomes.toml, ?: no 'code'"),
    ],
)  # fmt: skip
def test_a_malformed_outcome_is_refused(changed, change, says):
    with pytest.raises(RuleError, match=r".toml") as refused:
        changed("outcomes.toml", lambda raw: change(raw["outcome"][0]))
    assert refused.value.message == says


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda one: one.update(tcm=True), "dispositions.toml, 01: unknown key 'tcm'"),
        (lambda one: one.pop("transition"), "dispositions.toml, 01: no 'transition'"),
        (lambda one: one.update(transition="maybe"), "dispositions.toml, 01: transition 'maybe'"),
        (lambda one: one.pop("code"), "dispositions.toml, ?: no 'code'"),
    ],
)  # fmt: skip
def test_a_malformed_disposition_is_refused(changed, change, says):
    with pytest.raises(RuleError, match=r".toml") as refused:
        changed("dispositions.toml", lambda raw: change(raw["disposition"][0]))
    assert refused.value.message == says


def test_what_an_outcome_does_not_say_is_false(changed):
    bare = {"code": "sang", "label": "sang a song"}
    known = changed("outcomes.toml", lambda raw: raw["outcome"].append(bare)).outcomes
    assert known["sang"] == Outcome(
        "sang", "sang a song", False, False, False, None, False, "patient"
    )
