"""The lint of the care rules: what can never come true, or not in time, and which examples fail."""

import pytest

from caretool import lint, never, workdays
from caretool.errors import RuleError
from caretool.protocols import Span
from caretool.rule_files import load_protocols

PROTOCOL = """
[[protocol]]
name = "clinic"
title = "Our own"
trigger = "discharge"
statuses = ["active"]
classes = ["inpatient"]
dispositions = ["yes"]
source = "clinic protocol 7"
"""
RULE = """
[[protocol.rule]]
name = "call"
title = "call"
kind = "clinic_call"
strength = "should"
anchor = "event"
target = "3 days"
source = "clinic protocol 7"
"""
# The version is on line 1, the protocol on line 3, its rule on line 12
OWN = PROTOCOL + RULE


@pytest.fixture
def check(tmp_path):
    """What is found in a practice's own file of that text."""
    made = iter(range(100))

    def run(text):
        folder = tmp_path / str(next(made))
        folder.mkdir()
        path = folder / "clinic.toml"
        path.write_text(f'version = "1"\n{text}', encoding="utf-8")
        return lint.check(path)

    return run


@pytest.fixture
def findings(check):
    """The same, a line each: `11 clinic/call: …`."""
    return lambda text: [f"{one.line} {one.rule}: {one.message}" for one in check(text).findings]


def test_nothing_is_wrong_with_the_built_in_rules():
    found = lint.check(None)
    assert found.findings == ()
    assert found.rules == len(load_protocols().rules)
    assert found.examples >= 2 * found.rules


def test_nothing_is_wrong_with_a_plain_rule_of_ones_own(check):
    found = check(OWN)
    assert found.findings == ()
    assert found.rules == len(load_protocols().rules) + 1


# What can never come true, or not in time


def with_(line):
    """The own file with one line more in the rule; it takes the place of one of that key."""
    key = line.partition(" =")[0]
    kept = [one for one in RULE.splitlines() if not one.startswith(f"{key} =")]
    return PROTOCOL + "\n".join([*kept, line]) + "\n"


def protocol_with(*lines):
    """The own file with these lines in the protocol instead of those of their keys."""
    keys = {line.partition(" =")[0] for line in lines}
    kept = [one for one in PROTOCOL.splitlines() if one.partition(" =")[0] not in keys]
    return "\n".join([*kept, *lines]) + "\n" + RULE


NEVER = {
    "no rule left": (
        '[[protocol]]\nname = "referred"\n[[protocol.rule]]\nname = "offer"\noff = true\n',
        "2 referred: no rule is left in it",
    ),
    "for nobody": (
        protocol_with("statuses = []"), "3 clinic: statuses: nobody is left but the closed",
    ),
    "for the closed": (
        protocol_with('statuses = ["closed"]'), "3 clinic: statuses: nobody is left but the closed",
    ),
    "a rule for nobody": (
        with_("statuses = []"), "clinic/call: statuses: nobody is left but the closed",
    ),
    "no class": (
        protocol_with("classes = []"),
        "3 clinic: no classes: under trigger discharge that starts for nobody",
    ),
    "no disposition": (
        protocol_with('trigger = "ed_visit"', "classes = []", "dispositions = []"),
        "clinic: no dispositions: under trigger ed_visit",
    ),
    "no condition": (
        protocol_with('trigger = "condition"', "classes = []", "dispositions = []"),
        "clinic: no conditions: under trigger condition",
    ),
    "no effect": (
        protocol_with('trigger = "status"', "dispositions = []", 'period = "9 days"'),
        "clinic: classes has no effect under trigger status",
    ),
    "only the dead": (
        protocol_with('dispositions = ["never", "ignore"]'),
        "clinic: dispositions: after these nothing is ever due",
    ),
    "visits are no stays": (
        protocol_with('classes = ["emergency", "ambulatory"]'),
        "clinic: classes: these are visits and no stays",
    ),
    "a group nobody has on file": (
        protocol_with('conditions = ["psychiatric"]'),
        "clinic: conditions: only stays have such a diagnosis",
    ),
    "late refills of a discharge": (
        protocol_with("late_refills = 2"), "clinic: late_refills has no effect under trigger",
    ),
    "late refills of no days": (
        protocol_with(
            'trigger = "adherence"', "classes = []", "dispositions = []", "late_refills = 2"
        ),
        "clinic: late_refills has no effect without late",
    ),
    "on file without diagnoses": (
        protocol_with("or_on_file = true"), "clinic: or_on_file has no effect without diagnoses",
    ),
    "nine groups": (
        protocol_with("chronic_groups = 9"), "clinic: chronic_groups 9: there are 8",
    ),
    "no tier": (
        protocol_with('trigger = "status"', "classes = []", "dispositions = []"),
        "clinic/call: no tier: under trigger status every rule belongs to one",
    ),
    "a tier twice": (
        protocol_with('trigger = "status"', "classes = []", "dispositions = []")
        + 'tier = "low"\n',
        "clinic/call: a second rule for tier low, beside routine/low",
    ),
    "suspended where it starts": (
        protocol_with('trigger = "facility"', "classes = []", "dispositions = []"),
        'clinic/call: suspended by "facility": in a facility it never shows',
    ),
    "replaces itself": (
        with_('replaces = ["clinic_call"]'), "clinic/call: replaces its own kind, clinic_call",
    ),
    "replaces nothing": (
        with_('replaces = ["lunch"]'), "clinic/call: replaces lunch, which no rule makes",
    ),
    "replace each other": (
        with_('replaces = ["requested"]')
        + '[[protocol]]\nname = "request"\n[[protocol.rule]]\nname = "asked"\n'
        + 'replaces = ["clinic_call"]\n',
        "clinic/call: it and request/asked replace each other",
    ),
    "early without steps": (
        with_('early = "2 days"'), "clinic/call: early has no effect without then or repeat",
    ),
    "documents without must": (
        with_("documents = true"), "clinic/call: documents has no effect but with a limit",
    ),
    "the limit of what has none": (
        OWN + RULE.replace("call", "next").replace('"event"', '"limit of clinic_call"'),
        "clinic/next: counted from the limit of clinic_call, which has none",
    ),
    "a step that is not later": (
        with_('then = ["7 days", "7 days"]'),
        "clinic/call: then 7 days does not come after 7 days",
    ),
    "a step that is sometimes not later": (
        # from a Wednesday before a weekend 3 business days are 5 days; from Monday they are 3
        with_('then = ["3 business days"]'),
        "clinic/call: then 3 business days does not come after 3 days, as from 2025-01-05",
    ),
    "stops too early": (
        with_('repeat = "7 days"') + 'stop = "9 days"\n',
        "clinic/call: stops after 9 days, before the first repeat",
    ),
    "a limit before the target": (
        with_('limit = "1 business day"'),
        # from Thursday 2 January 2025: Sunday the 5th, Friday the 3rd; the 1st was a holiday, and
        # from it 3 days are Saturday the 4th, a business day is the 2nd
        "clinic/call: limit 1 business day before target 3 days, as from 2025-01-01:"
        " target 2025-01-04, limit 2025-01-02",
    ),
    "a limit that is before the target in February only": (
        with_('limit = "1 month"').replace("3 days", "30 days"),
        # from 29 January 2025: 28 February, and a month later is the 28th too
        "clinic/call: limit 1 month before target 30 days, as from 2025-01-30:"
        " target 2025-03-01, limit 2025-02-28",
    ),
    "a target moved past the limit": (
        with_('limit = "3 days"') + 'move = "later"\n',
        # from Wednesday 1 January 2025 to Saturday the 4th, so to Monday the 6th
        "clinic/call: the target moves past the limit, as from 2025-01-01:"
        " from 2025-01-04 to 2025-01-06, limit 2025-01-04",
    ),
    "what counts only after the limit": (
        with_('limit = "5 days"') + 'from = "6 days"\n',
        "clinic/call: from 6 days, after its limit of 5 days",
    ),
    "past the end of the calendar": (
        with_('limit = "500 months"'),
        "clinic/call: 500 months lead past 2060, where the calendar us-federal ends",
    ),
    "business days past the end": (
        with_('target = "9999 business days"'),
        "clinic/call: 2061-01-01 cannot be checked for holidays: the calendar us-federal ends",
    ),
    "the same day again": (
        '[retry]\nafter = "0 days"\n', "2 retry: an interval of 0",
    ),
    "a raise for no time": (
        '[[raise]]\nby = "lace"\nafter = "0 days"\n', "2 raise lace: raises for 0 days, so never",
    ),
    "a score that there is not": (
        '[[raise]]\nby = "lace"\nat_least = 20\n', "2 raise lace: at_least 20: LACE goes to 19",
    ),
    "attempts that do not fit": (
        '[ladder]\nwithin = "1 day"\n',
        "2 ladder: 3 attempts, each on another day, do not fit into 1 day",
    ),
    "more ways than there are": ("[ladder]\nchannels = 9\n", "2 ladder: 9 channels: there are 8"),
    "more parts of the day than there are": (
        "[ladder]\nparts_of_day = 3\nmorning_until = 17\n",
        "2 ladder: 3 parts of the day: the hours make 2",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("text", "says"), NEVER.values(), ids=NEVER.keys())
def test_what_can_never_come_true_is_found_with_its_place(findings, text, says):
    found = findings(text)
    assert [one for one in found if says in one] != [], found


def test_the_line_is_that_of_the_rule_and_the_file_is_named(check):
    (found,) = check(with_('replaces = ["lunch"]')).findings
    assert found == (
        "clinic.toml", 12, "clinic/call", "replaces lunch, which no rule makes",
    )  # fmt: skip


def test_what_the_own_file_takes_from_a_built_in_rule_is_told_of_that_rule(check):
    # nobody makes routine items any more but the request, the calls still replace them
    (found,) = [
        one
        for one in check(
            '[[protocol]]\nname = "transition"\n[[protocol.rule]]\nname = "calls"\n'
            'replaces = ["routine", "requested"]\n[[protocol]]\nname = "request"\noff = true\n'
        ).findings
        if "replaces" in one.message
    ]
    assert found[:3] == ("clinic.toml", 4, "transition/calls")


def test_a_hold_that_may_end_is_no_mistake(findings):
    # reached at home after all, a patient who went to a nursing facility has something due
    assert findings(protocol_with('dispositions = ["hold"]')) == []


def test_as_many_steps_as_come_one_after_the_other_are_fine(findings):
    assert findings(with_('then = ["7 days", "2 weeks", "1 month"]')) == []


def test_days_are_tried_in_the_years_of_the_calendar():
    short = workdays.calendar_from("short", {"first": 2026, "last": 2026, "holidays": {}})
    rule = (
        load_protocols()
        .rules[0]
        ._replace(target=Span(3, "day"), limit=Span(2, "business day"), documents=False)
    )
    known = load_protocols()
    one = known.by_trigger["discharge"][0]._replace(rules=(rule,))
    only = known._replace(by_trigger={**known.by_trigger, "discharge": (one,)})
    told = [what for _, names, what in never.come_true(only, short) if names[1:] == ("contact",)]
    # from Saturday the 3rd both are Tuesday the 6th; from Sunday it is Wednesday, after Tuesday
    assert told == [
        "limit 2 business days before target 3 days, as from 2026-01-04: target 2026-01-07,"
        " limit 2026-01-06"
    ]


# What is malformed: everything at once


def test_every_malformed_rule_is_told_at_once(findings):
    text = (
        OWN.replace('"3 days"', '"soon"')
        + """
[[protocol]]
name = "ed"
statuses = ["enrolled"]

[[protocol]]
name = "windows"
[[protocol.rule]]
name = "engagement"
move = "back"
[[protocol.rule]]
name = "reconciliation"
limit = "late"

[[raise]]
by = "lace"
at_least = "ten"
"""
    )
    assert [one.partition(" (")[0] for one in findings(text)] == [
        "27 windows/engagement: move 'back'",
        "30 windows/reconciliation: limit 'late' is no length of time",
        "21 ed: status 'enrolled'",
        "12 clinic/call: target 'soon' is no length of time",
        "34 raise lace: at_least 'ten' is no whole number",
    ]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("color = 1\n", "None None: unknown key 'color'"),
        ('[[protocol]]\nname = "windw"\noff = true\n', "2 windw: nothing of that name to change"),
        ('calendar = "mars"\n', "2 calendar: "),
        ('[retry]\nafter = "soon"\n', "2 retry: after 'soon' is no length of time"),
        (
            '[[protocol]]\nname = "unreached"\n[[protocol.rule]]\nname = "letter"\n'
            'anchor = "after close_unreachable"\n',
            "2 unreached: a circle: letter is counted from itself",
        ),
        ('x = "\n', "2 None: Illegal character"),
        ("[[example]]\nrule = \n", "3 None: Invalid value (at line 3, column 8)"),
    ],
)
def test_what_is_wrong_with_the_file_as_a_whole_is_one_finding(findings, text, says):
    (found,) = findings(text)
    assert found.startswith(says)


def test_a_file_that_is_not_there_is_no_finding_but_a_failure(tmp_path):
    with pytest.raises(RuleError, match="cannot be read"):
        lint.check(tmp_path / "none.toml")


# Worked examples


EXAMPLE = """
[[example]]
rule = "clinic/call"
why = "three days after Friday"
facts = [{ active = 2026-01-05 }, { discharge = 2026-03-06 }]
today = 2026-03-06
target = 2026-03-09
"""


def test_the_practices_own_examples_are_run(check):
    usual = lint.check(None).examples
    assert check(OWN + EXAMPLE)[1:] == (len(load_protocols().rules) + 1, usual + 1)
    (found,) = check(OWN + EXAMPLE.replace("03-09", "03-08")).findings
    assert found == (
        "clinic.toml", 21, "clinic/call",
        "the example comes out differently: target 2026-03-08 expected, 2026-03-09 came out"
        " (three days after Friday)",
    )  # fmt: skip


def test_an_example_that_cannot_be_run_is_told_and_the_others_run(findings):
    text = OWN + EXAMPLE.replace("clinic/call", "clinic/cal") + EXAMPLE.replace("03-09", "03-10")
    first, second = findings(text)
    assert first.startswith("21 clinic/cal: an example of 'clinic/cal', which is no rule")
    assert second.startswith("28 clinic/call: the example comes out differently")


def test_examples_that_are_no_tables_are_told(findings):
    (found,) = findings("example = 3\n" + OWN)
    assert found.startswith("2 example: not an array of tables")


def test_the_built_in_examples_of_what_was_not_changed_are_run_under_the_changes(check):
    usual = lint.check(None).examples
    # the examples of ed/call are left out: they are not those of this rule any more
    changed = check(
        '[[protocol]]\nname = "ed"\n[[protocol.rule]]\nname = "call"\nlimit = "3 business days"\n'
    )
    assert changed.findings == ()
    assert changed.examples == usual - 3
    # so are those of a rule that is counted from one that was changed
    letter = check(
        '[[protocol]]\nname = "unreached"\n[[protocol.rule]]\nname = "letter"\ntarget = "3 days"\n'
    )
    assert (letter.findings, letter.examples) == ((), usual - 6)


def test_a_change_that_breaks_another_rule_is_told_by_that_rules_example(check):
    found = check(with_('replaces = ["appointment", "ed_call"]') + "\n").findings
    assert found == ()  # no example has both
    found = check(
        protocol_with('trigger = "appointment"', "classes = []", "dispositions = []",
                      'statuses = ["roster", "active"]')
        + 'replaces = ["appointment"]\n'
    ).findings  # fmt: skip
    assert {(one.file, one.rule) for one in found} == {
        ("built-in protocols.toml", "appointment/kept")
    }
    assert all("nothing is open" in one.message for one in found)


def test_other_settings_do_not_count_against_the_built_in_examples(check):
    found = check(
        'default_tier = "low"\n[retry]\nafter = "3 business days"\n[ladder]\nattempts = 5\n'
        '[[raise]]\nby = "ed_visits"\noff = true\n'
    )
    assert found.findings == ()
    assert found.examples == lint.check(None).examples
