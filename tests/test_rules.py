"""Every lint rule does what it says: its examples are run, its levels and switches work."""

import re

import pytest

from reconciler.kinds import registry
from reconciler.lint import RULES, SET_OF, SETS
from reconciler.lint.frame import written
from tests.projects import Project

SANDBOX = "environments: { sandbox: { url: 'sandbox?shape=G3' } }\n"
AGENT = registry.newest("agent")
"""What the examples on the page are of; a rule about what only an older API has says so."""
ELSEWHERE = ("unknown-timezone", "unneeded-switch")
"""Rules whose findings are made when the files are read."""

EVERY_RULE = pytest.mark.parametrize("rule", RULES.values(), ids=RULES)


def example(text):
    """An example as the page has it, with its generation of the API."""
    found = written(text, AGENT)
    return found if found.startswith("api: ") else f"api: {AGENT.api}\n{found}"


def told(run):
    """The findings of a run: rule and level, as the terminal prints them."""
    return re.findall(r"^(warning|error): .*  \[([a-z-]+)\]$", run.err, re.MULTILINE)


def place(project, text, lint="", rule=None):
    """Write a project with one file; a rule that is usually off is on."""
    on = f"lint: {{ {rule.name}: warn }}\n" if rule and rule.level == "off" else ""
    project.write("reconciler.yaml", f"{SANDBOX}{lint or on}")
    project.write("agents/desk.yaml", text)


@EVERY_RULE
def test_a_bad_example_trips_its_rule_and_no_other(project, rule):
    place(project, example(rule.bad), rule=rule)
    done = project.run("validate")
    level = "error" if rule.level == "error" else "warning"
    assert told(done) == [(level, rule.name)], done.err
    assert done.code == (1 if rule.level == "error" else 0)
    assert rule.help in done.err or rule.name in ELSEWHERE


@EVERY_RULE
def test_a_good_example_trips_none(project, rule):
    place(project, example(rule.good), rule=rule)
    done = project.run("validate")
    assert (done.code, told(done)) == (0, []), done.err
    assert f"[{rule.name}]" not in done.err


@EVERY_RULE
def test_a_plan_reports_it_too(project, rule):
    place(project, named(example(rule.bad)), rule=rule)
    done = project.run("plan", "--format", "json")
    stops = rule.level == "error" or rule.name == "no-temperature"  # it cannot be created like this
    assert done.code == (1 if stops else 0), done.err
    kept = done.json["problems" if rule.level == "error" else "findings"]
    assert [one["rule"] for one in kept if one["rule"]] == [rule.name]


def named(text):
    """An example with a name, which a plan needs."""
    name = "agentName" if "api: v1\n" in text else "name"
    return (
        text
        if re.search(r"^  (agentN|n)ame:", text, re.MULTILINE)
        else text.replace("spec:\n", f"spec:\n  {name}: Desk\n")
    )


@EVERY_RULE
def test_the_project_switches_a_rule_off_by_its_name_and_by_its_set(project, rule):
    for name in (rule.name, SET_OF[rule.name]):
        place(project, example(rule.bad), f"lint: {{ {name}: off }}\n")
        done = project.run("validate")
        assert (done.code, told(done), done.out) == (0, [], "Valid: 1 agent for sandbox.\n")


@EVERY_RULE
def test_the_project_makes_a_rule_a_mistake_or_a_warning(project, rule):
    for level, expected in (("error", ("error", 1)), ("warn", ("warning", 0))):
        place(project, example(rule.bad), f"lint: {{ {rule.name}: {level} }}\n")
        done = project.run("validate")
        assert ([*told(done)], done.code) == ([(expected[0], rule.name)], expected[1])


SWITCHABLE = [rule for rule in RULES.values() if "lint:" not in rule.bad]


@pytest.mark.parametrize("rule", SWITCHABLE, ids=lambda rule: rule.name)
def test_a_file_switches_a_rule_off_with_a_reason(project, rule):
    for name in (rule.name, SET_OF[rule.name]):
        switch = f"lint: {{ {name}: {{ level: off, reason: it is right here }} }}\n"
        place(project, switch + example(rule.bad), rule=rule)
        done = project.run("validate")
        summary = "Valid: 1 agent for sandbox. 1 finding switched off in the files.\n"
        assert (done.code, told(done), done.out) == (0, [], summary), done.err


def test_most_rules_can_be_tried_with_a_switch():
    assert {rule.name for rule in RULES.values()} - {rule.name for rule in SWITCHABLE} == {
        "prompt-budget",
        "unneeded-switch",
    }


@EVERY_RULE
def test_a_rule_is_sentences_and_a_remedy(rule):
    assert re.fullmatch("[a-z]+(-[a-z]+)+", rule.name)
    assert rule.level in ("off", "warn", "error")
    for text in (rule.description, rule.why):
        assert text[0].isupper()
        assert not text.endswith(".")
    assert rule.help[0].islower() or rule.help.startswith("`")
    assert not rule.help.endswith(".")
    assert bool(rule.limit) == bool(rule.unit)
    for line in f"{example(rule.bad)}{example(rule.good)}".splitlines():
        assert len(line) <= 100, line


def test_no_set_is_called_as_a_rule():
    assert SETS.keys() & RULES.keys() == set()
    assert "all" not in {*SETS, *RULES}


LEVELS = [
    # the project's lint, the file's, the levels of a bare number and an emoji
    ("", "", ["warning bare-number", "warning spoken-emoji"]),
    ("spoken: off", "", []),
    ("spoken: off, bare-number: error", "", ["error bare-number"]),
    ("bare-number: error, spoken: off", "", ["error bare-number"]),
    ("spoken: error", "", ["error bare-number", "error spoken-emoji"]),
    ("spoken: { level: error }", "", ["error bare-number", "error spoken-emoji"]),
    ("bare-number: error", "spoken: { level: off, reason: x }", []),
    (
        "spoken: off",
        "bare-number: { level: warn, reason: x }",
        ["warning bare-number"],
    ),
    (
        "",
        "spoken: { level: off, reason: x }, spoken-emoji: { level: error, reason: y }",
        ["error spoken-emoji"],
    ),
]


@pytest.mark.parametrize(("whole", "own", "expected"), LEVELS)
def test_the_nearer_switch_counts(project, whole, own, expected):
    text = "spec: { greetingMessage: Call 920001234 😊 }\n"
    place(project, f"lint: {{ {own} }}\n{text}", f"lint: {{ {whole} }}\n")
    assert [" ".join(one) for one in told(project.run("validate"))] == expected


MISTAKES = [
    # the file's lint, the message
    ("spoken-ur: { level: off, reason: x }", "there is no lint rule or set `spoken-ur`"),
    ("bare-number: off", "a file says why: write `{ level: off, reason: … }`"),
    ("bare-number: { level: off }", "`reason` is missing"),
    ("bare-number: { level: off, reason: '  ' }", "`reason` must be text, not empty"),
    ("bare-number: { level: no, reason: x }", "`level` must be `off`, `warn` or `error`"),
    ("bare-number: { reason: x }", "`bare-number` says neither `level` nor `limit`"),
    ("bare-number: { limit: 3, reason: x }", "`bare-number` has no limit"),
    ("spoken: { limit: 3, reason: x }", "`spoken` has no limit"),
    ("long-greeting: { limit: 0, reason: x }", "`limit` must be a whole number, 1 or more"),
    ("long-greeting: { level: off, reason: x, z: 1 }", "`z` is not a known key"),
]


@pytest.mark.parametrize(("lint", "expected"), MISTAKES)
def test_a_mistake_in_a_file_s_switch_is_reported(project, lint, expected):
    place(project, f"lint: {{ {lint} }}\nspec: {{ agentName: Desk }}\n")
    done = project.run("validate")
    assert done.code == 1
    assert f"error: {expected}" in done.err.replace("`bare-number`: ", "")
    assert "agents/desk.yaml:1  lint." in done.err
    assert done.err.endswith("error: 1 error in 1 file\n")


def test_a_misspelt_rule_has_a_nearest_one(project):
    place(project, "lint: { bare-numbers: { level: off, reason: x } }\nspec: { lang: ar }\n")
    assert "hint: did you mean `bare-number`?" in project.run("validate").err


LIMITS = [
    # the project's limit, the file's, whether ten words of a greeting are too many
    (None, None, False),
    (9, None, True),
    (10, None, False),
    (9, 10, False),
    (10, 9, True),
]


@pytest.mark.parametrize(("whole", "own", "expected"), LIMITS)
def test_the_nearer_limit_counts(project, whole, own, expected):
    project_lint = f"lint: {{ long-greeting: {{ limit: {whole} }} }}\n" if whole else ""
    lint = f"lint: {{ long-greeting: {{ limit: {own}, reason: x }} }}\n" if own else ""
    text = f"spec: {{ greetingMessage: {' '.join(['word'] * 10)} }}\n"
    place(project, f"{lint}{text}", project_lint)
    assert [rule for _, rule in told(project.run("validate"))] == ["long-greeting"] * expected


TWO = "environments: { a: { url: sandbox }, b: { url: sandbox } }\n"
ONLY_B = """\
lint: { bare-number: { level: off, reason: x } }
spec: { greetingMessage: hello }
environments: { b: { greetingMessage: call 920001234 } }
"""


@pytest.mark.parametrize("argv", [(), ("-e", "a"), ("-e", "b")], ids=" ".join)
def test_a_switch_that_one_environment_needs_is_needed(project, argv):
    place(project, ONLY_B)
    project.write("reconciler.yaml", TWO)
    assert told(project.run("validate", *argv)) == []


def test_a_switch_may_be_needed_in_an_environment_that_cannot_be_used(project):
    place(project, "lint: { bare-number: { level: off, reason: x } }\nspec: { lang: ar }\n")
    project.write(
        "reconciler.yaml",
        "environments: { a: { url: sandbox }, b: { url: 'http://example.com' } }\n",
    )
    assert told(project.run("validate", "-e", "a")) == []


def test_a_set_that_hides_nothing_is_unneeded_and_reported_at_its_line(project):
    place(project, "spec: { lang: ar }\nlint:\n  spoken: { level: off, reason: x }\n")
    done = project.run("validate")
    assert told(done) == [("warning", "unneeded-switch")]
    assert "agents/desk.yaml:3  lint.spoken\n" in done.err


def test_a_finding_whose_numbers_differ_between_environments_is_reported_once(project):
    project.write(
        "reconciler.yaml",
        "environments:\n"
        "  a: { url: sandbox, vars: { long: one } }\n"
        "  b: { url: sandbox, vars: { long: one two three } }\n"
        "lint: { prompt-budget: { limit: 2 } }\n",
    )
    project.write("agents/desk.yaml", "spec: { preamble: 'a b c ${var.long}' }")
    done = project.run("validate")
    assert told(done) == [("warning", "prompt-budget")]
    assert "found: 4 words" in done.err


def test_findings_of_one_line_are_all_reported(project):
    place(project, "spec: { greetingMessage: call 920001234 or 920005678 }")
    assert told(project.run("validate")) == [("warning", "bare-number")] * 2


def test_files_of_the_past_have_no_findings(project):
    """What a commit declared is read without the lint, whatever the rules say today."""
    from reconciler.config.load import agents  # noqa: PLC0415
    from reconciler.config.project import environment, load_project  # noqa: PLC0415

    place(project, example(RULES["typed-secret"].bad), "lint: { spoken: error }\n")
    then = load_project(project.root / "reconciler.yaml", {}).unlinted
    found, warnings = agents(then, environment(then, "sandbox", {}), {}, offline=True)
    assert ([one.key for one in found], warnings) == (["desk"], [])


def test_the_lint_is_in_every_report(project, tmp_path):
    place(project, example(RULES["spoken-url"].bad))
    forms = {"sarif": "f.sarif", "markdown": "f.md", "html": "f.html", "junit": "f.xml"}
    reports = [part for form, name in forms.items() for part in ("--report", f"{form}={name}")]
    assert project.run("validate", *reports).code == 0
    for name in forms.values():
        assert "spoken-url" in (project.root / name).read_text(encoding="utf-8"), name


# --explain


@pytest.mark.cli
@EVERY_RULE
def test_a_rule_explains_itself(tmp_path, rule):
    done = Project(tmp_path).run("validate", "--explain", rule.name)
    assert (done.code, done.err) == (0, "")
    head, *lines = done.out.splitlines()
    assert head == f"{rule.name}  set {SET_OF[rule.name]}, usual level {rule.level}"
    assert f"  finds  {rule.description}." in lines
    assert f"  why    {rule.why}." in lines
    assert any(line.lower() == f"  mend   {rule.help.lower()}." for line in lines)
    for text in (written(rule.bad, AGENT), written(rule.good, AGENT)):
        shown = "\n".join(f"    {line}".rstrip() for line in text.splitlines())
        assert shown in done.out
    assert f"    lint: {{ {rule.name}: off }}" in lines
    assert f"      {rule.name}: {{ level: off, reason: … }}" in lines
    assert bool(rule.limit) == any(line.startswith("  limit  ") for line in lines)


@pytest.mark.cli
def test_all_rules_are_listed(tmp_path):
    done = Project(tmp_path).run("validate", "--explain", "all")
    rows = re.findall(r"^  ([a-z-]+) +(off|warn|error) +(.+)$", done.out, re.MULTILINE)
    expected = [(rule.name, rule.level, rule.description) for rule in RULES.values()]
    assert rows == expected
    assert re.findall(r"^([a-z]+)  ", done.out, re.MULTILINE) == [*SETS]


@pytest.mark.cli
def test_a_set_is_listed(tmp_path):
    done = Project(tmp_path).run("validate", "--explain", "calendar")
    names = re.findall(r"^  ([a-z-]+) ", done.out, re.MULTILINE)
    assert names == [rule.name for rule in SETS["calendar"].rules]


@pytest.mark.cli
def test_rules_are_listed_for_programs(tmp_path):
    project = Project(tmp_path)
    (one,) = project.run("validate", "--explain", "prompt-budget", "--format", "json").json["rules"]
    assert (one["name"], one["set"], one["level"]) == ("prompt-budget", "prompt", "warn")
    assert (one["limit"], one["unit"]) == (500, "words")
    assert one["bad"] == written(RULES["prompt-budget"].bad, AGENT)
    found = project.run("validate", "--explain", "all", "--format", "json").json
    assert [rule["name"] for rule in found["rules"]] == [*RULES]


@pytest.mark.cli
@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("spoken-ulr", "did you mean `spoken-url`?"),
        ("spokn", "did you mean `spoken`?"),
        ("zzz", "`--explain all` lists them"),
        ("", "`--explain all` lists them"),
    ],
)
def test_a_rule_that_does_not_exist_is_a_usage_error(tmp_path, name, hint):
    done = Project(tmp_path).run("validate", "--explain", name)
    expected = f"error: there is no lint rule or set `{name}`\nhint: {hint}\n"
    assert (done.code, done.out, done.err) == (64, "", expected)


def test_a_terminal_of_80_columns_holds_every_line_but_the_examples(tmp_path):
    from reconciler.render import rules, terminal  # noqa: PLC0415
    from tests.projects import Terminal  # noqa: PLC0415

    out = Terminal()
    console = terminal.console(out, "never", {"COLUMNS": "80"})
    terminal.show_rules(console, [rules.listed(one) for one in SETS.values()])
    for rule in RULES.values():
        terminal.show_rule(console, rules.explained(rule, AGENT))
    examples = {
        line
        for rule in RULES.values()
        for line in f"{example(rule.bad)}{example(rule.good)}".splitlines()
    }
    lines = [
        line for line in out.getvalue().splitlines() if line.strip() not in map(str.strip, examples)
    ]
    assert len(lines) > 100
    assert [line for line in lines if len(line) > 80] == []
