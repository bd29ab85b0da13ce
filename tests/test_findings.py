"""Findings of the lint at the place of the text. Printed as ``file:line field: rule``."""

from functools import partial
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from ruamel.yaml import YAML

from reconciler.config import schema
from reconciler.config.load import agents
from reconciler.config.project import FILE_NAME, environment, load_project
from reconciler.errors import ConfigError, Problem

ENVIRONMENTS = """\
environments:
  sandbox:
    url: sandbox
    vars: { clinic: Nour, lines: "one\\ntwo\\nthree", odd: "one two three four\u202e" }
  production: { url: sandbox, vars: { clinic: Olaya, lines: one, odd: "x\u202ey" } }
"""
TURN = "\u202e"
BLANK = "callers must pass it, or it is spoken as a blank"


def tell(root, files, name="sandbox", lint="", **more):
    """The problems of a project with these files, in one environment of it."""
    (root / FILE_NAME).write_text(f"{ENVIRONMENTS}{lint}", encoding="utf-8")
    for file, text in files.items():
        path = root / "agents" / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.encode())
    project = load_project(root / FILE_NAME, {})
    place = environment(project, name, {}, offline=True)
    return agents(project, place, {}, **{"offline": True, **more})[1]


@pytest.fixture
def told(tmp_path):
    return partial(tell, tmp_path)


def printed(problems):
    return [f"{p.file}:{p.line} {p.field}: {p.rule}" for p in problems]


INLINE = [
    # the agent file, the place of the override
    pytest.param(f"spec:\n  preamble: a{TURN}b", "2 spec.preamble", id="plain"),
    pytest.param(f'spec:\n  preamble: "a\\n\\n{TURN}b"', "2 spec.preamble", id="quoted"),
    pytest.param(f"spec: {{ lang: ar,\n  preamble: 'a{TURN}b' }}", "2 spec.preamble", id="flow"),
    pytest.param(
        f"spec:\n  preamble:\n    a b\n    c d{TURN}\n\n    e", "4 spec.preamble", id="wrapped"
    ),
    pytest.param(
        f"spec:\n  preamble: |\n    one\n\n    two\n    a{TURN}b\n    end\n",
        "6 spec.preamble",
        id="a literal block",
    ),
    pytest.param(
        f"spec:\n  preamble: |2- # a comment, {TURN}\n      one\n    a{TURN}b\n  lang: ar\n",
        "4 spec.preamble",
        id="a literal block with a header and a comment",
    ),
    pytest.param(
        f"spec:\n  preamble: >-\n    one\n    two\n\n    three\n    a{TURN}b four\n    five\n",
        "7 spec.preamble",
        id="a folded block",
    ),
    pytest.param(
        f"spec:\n  preamble: &text\n    >-\n    one\n    a{TURN}b\n",
        "5 spec.preamble",
        id="a block below its key",
    ),
    pytest.param(
        f'spec:\n  preamble: "one\n    two\n    a{TURN}b"\n',
        "4 spec.preamble",
        id="in wrapped quotes",
    ),
    pytest.param(
        f"spec:\n  greetingMessage: &g |-\n    one\n    a{TURN}b\n  preamble: *g\n",
        "4 spec.greetingMessage, 5 spec.preamble",
        id="an alias",
    ),
    pytest.param(
        f"spec:\n  pokeMessages:\n    - one\n    - a{TURN}b\n",
        "4 spec.pokeMessages.1",
        id="in a list",
    ),
    pytest.param(
        f"spec:\n  pokeMessages:\n    - one\n    - |-\n      two\n      a{TURN}b\n",
        "6 spec.pokeMessages.1",
        id="in a block of a list",
    ),
    pytest.param(
        f"spec:\n  params:\n    a: one\n    b: {{ c: [x,\n      a{TURN}b] }}\n",
        "5 spec.params.b.c.1",
        id="deep in params",
    ),
    pytest.param(
        f"spec:\r\n  preamble: |\r\n    one\r\n    a{TURN}b\r\n",
        "4 spec.preamble",
        id="with other line ends",
    ),
    pytest.param(
        f"\ufeffspec:\n  preamble: |\n    one\n    a{TURN}b\n", "4 spec.preamble", id="with a mark"
    ),
    pytest.param(
        f"spec:\n  preamble: |\n    ${{var.lines}} $${{x}}\n    ${{var.clinic}} a{TURN}b\n",
        "4 spec.preamble",
        id="behind variables of several lines",
    ),
    pytest.param(
        "spec:\n  preamble: |\n    ${var.clinic}\n    two ${var.odd} three\n",
        "4 spec.preamble",
        id="in a variable",
    ),
    pytest.param(
        "spec:\n  pokeMessages:\n    - one\n    - { $var: odd }\n",
        "4 spec.pokeMessages.1",
        id="a variable",
    ),
    pytest.param(
        f"spec:\n  lang: ar\nenvironments:\n  sandbox:\n    preamble: a{TURN}b\n",
        "5 environments.sandbox.preamble",
        id="in an override",
    ),
    pytest.param(
        f"spec:\n  params: {{ a: x }}\nenvironments:\n  sandbox:\n    params:\n      b: a{TURN}b\n",
        "6 environments.sandbox.params.b",
        id="in a map's override",
    ),
]


@pytest.mark.slow
@pytest.mark.parametrize(("text", "expected"), INLINE)
def test_findings_in_the_agent_s_file(told, text, expected):
    assert printed(told({"desk.yaml": text})) == [
        f"agents/desk.yaml:{one}: bidi-control" for one in expected.split(", ")
    ]


FILES = [
    # prompts/a.md, prompts/b.md, the reference, the place of the override
    pytest.param(f"one\n\na{TURN}b\n", "", "prompts/a.md", "a.md:3", id="one file"),
    pytest.param(f"\n\n# a{TURN}b", "", "prompts/a.md", "a.md:3", id="blank lines before"),
    pytest.param(f"a\r\nb{TURN}\r\n", "", "prompts/a.md", "a.md:2", id="other line ends"),
    pytest.param(f"\ufeffa\nb{TURN}", "", "prompts/a.md", "a.md:2", id="a byte order mark"),
    pytest.param(f"a{TURN}", "b", "[prompts/a.md, prompts/b.md]", "a.md:1", id="the first of two"),
    pytest.param(
        "a\nb\n", f"c\nd{TURN}", "[prompts/a.md, prompts/b.md]", "b.md:2", id="the second of two"
    ),
    pytest.param(
        "a\nb\n\n\n", f"{TURN}c", "[prompts/a.md, prompts/b.md]", "b.md:1", id="behind blank lines"
    ),
    pytest.param("", f"{TURN}c", "[prompts/a.md, prompts/b.md]", "b.md:1", id="behind nothing"),
    pytest.param(
        "a\n", f"b\n{TURN}c", "[prompts/a.md, prompts/a.md, prompts/b.md]", "b.md:2", id="of three"
    ),
    pytest.param(
        f"${{var.lines}}\n$${{x}}\nb{TURN}", "", "prompts/a.md", "a.md:3", id="behind variables"
    ),
    pytest.param(
        "${var.lines}",
        f"${{var.lines}} ${{var.clinic}}\n{TURN}",
        "[prompts/a.md, prompts/b.md]",
        "b.md:2",
        id="behind variables of several files",
    ),
    pytest.param(
        "a\nb ${var.odd}\nand much more\n", "", "prompts/a.md", "a.md:2", id="in a variable"
    ),
    pytest.param(
        "a\n", f"{TURN}\nb\n", "[prompts/a.md, prompts/b.md]", "b.md:1", id="the first character"
    ),
    pytest.param("a\nb", f"c{TURN}", "sub/../prompts/b.md", "b.md:1", id="by a roundabout path"),
]


@pytest.mark.slow
@pytest.mark.parametrize(("first", "second", "target", "expected"), FILES)
def test_findings_in_a_file_of_its_own(told, tmp_path, first, second, target, expected):
    (tmp_path / "agents" / "sub").mkdir(parents=True)
    found = told(
        {
            "prompts/a.md": first,
            "prompts/b.md": second,
            "desk.yaml": f"spec:\n  preamble: {{ $file: {target} }}\n",
        },
        lint="lint: { blank-text: off }\n",
    )
    assert printed(found) == [f"agents/prompts/{expected} spec.preamble: bidi-control"]


def test_files_of_a_list_of_params_and_of_an_override(told):
    found = told(
        {
            "prompts/poke.md": f"a\nb{TURN}",
            "deep/desk.yaml": """\
spec:
  pokeMessages: [x, { $file: ../prompts/poke.md }]
  params: { a: { b: { $file: ../prompts/poke.md } } }
environments:
  sandbox: { preamble: { $file: ../prompts/poke.md } }
""",
        }
    )
    assert printed(found) == [
        "agents/prompts/poke.md:2 environments.sandbox.preamble: bidi-control",
        "agents/prompts/poke.md:2 spec.params.a.b: bidi-control",
        "agents/prompts/poke.md:2 spec.pokeMessages.1: bidi-control",
    ]


LAYOUTS = [
    # the agent file around the lines, and how they are indented
    pytest.param("spec: { preamble: { $file: [a.md, b.md] } }", "", id="the first file"),
    pytest.param("spec: { preamble: { $file: [b.md, a.md] } }", "", id="the second file"),
    pytest.param("spec:\n  preamble: |\n{0}\n  lang: ar\n", "    ", id="a literal block"),
    pytest.param("spec:\n  preamble: >-\n{0}\n  lang: ar\n", "      ", id="a folded block"),
    pytest.param("spec:\n  pokeMessages:\n  - x\n  - |+\n{0}\n", "    ", id="in a list"),
    pytest.param("spec:\n  preamble:\n{0}\n  lang: ar\n", "    a ", id="several plain lines"),
]
WORDS = st.sampled_from(["a", "one", "-", "${var.lines}", "$${", "{{b}}"])
LINES = st.lists(st.lists(WORDS, max_size=4).map(" ".join), max_size=6)


@pytest.mark.slow
@pytest.mark.parametrize(("frame", "indent"), LAYOUTS)
@settings(max_examples=20)
@given(LINES, LINES)
def test_the_line_is_the_one_that_holds_the_character(
    tmp_path_factory, frame, indent, before, after
):
    root = tmp_path_factory.mktemp("project")
    lines = ["x", *before, f"{TURN}word last", *after]
    block = "\n".join(f"{indent}{line}".rstrip(" ") for line in lines)
    text = frame.replace("{0}", block)
    found = tell(root, {"a.md": "\n".join(lines), "b.md": "one\n\ntwo\n", "desk.yaml": text})
    (problem,) = (one for one in found if one.rule == "bidi-control")
    source = (root / problem.file).read_text(encoding="utf-8").split("\n")
    assert TURN in source[problem.line - 1]


def test_a_param_that_is_unused_is_reported_at_its_key(told):
    found = told(
        {
            "note.md": "text",
            "desk.yaml": """\
spec:
  greetingMessage: hi
  preamble: x
  params:
    a: |
      text
    b: { $file: note.md }
environments:
  sandbox: { params: { c: 1 } }
""",
        }
    )
    assert printed(found) == [
        "agents/desk.yaml:5 spec.params.a: unused-param",
        "agents/desk.yaml:7 spec.params.b: unused-param",
        "agents/desk.yaml:9 environments.sandbox.params.c: unused-param",
    ]


def test_everything_that_is_known_of_a_finding_is_reported(told):
    found = told(
        {
            "p.md": "one\n{{caler}}\n",
            "desk.yaml": "spec: { preamble: { $file: p.md }, params: { caller: you } }",
        }
    )
    assert found == [
        Problem(
            file="agents/p.md",
            line=2,
            field="spec.preamble",
            message=f"`{{{{caler}}}}` is not in `params`: {BLANK}",
            hint="did you mean `caller`? (in agents/desk.yaml)",
            warning=True,
            rule="undefined-placeholder",
        )
    ]


def test_the_file_of_the_params_is_not_named_if_it_is_the_same(told):
    (found,) = told({"desk.yaml": "spec: { preamble: '{{caler}}', params: { caller: you } }"})
    assert found.hint == "did you mean `caller`?"


def test_what_two_agents_share_is_reported_once_unless_it_is_theirs(told):
    agent = "spec: { preamble: { $file: p.md }, params: {} }"
    found = told({"p.md": f"{TURN} {{{{x}}}}", "a.yaml": agent, "b.yaml": agent})
    hint = "add it to the params, or see to it that every caller passes it"
    turn = "delete it, and write the text in the order in which it is spoken"
    assert [(p.file, p.rule, p.hint) for p in found] == [
        ("agents/p.md", "undefined-placeholder", f"{hint} (in agents/a.yaml)"),
        ("agents/p.md", "undefined-placeholder", f"{hint} (in agents/b.yaml)"),
        ("agents/p.md", "bidi-control", turn),
    ]


UNUSED = "agents/desk.yaml:2 spec.params.a: unused-param"
HEAD = "spec:\n  params: { a: x }\n  greetingMessage: hi\n"
SEEN = [
    # the agent file, whether its param is called unused
    pytest.param(f"{HEAD}  preamble: x", True, id="all is seen"),
    pytest.param(HEAD, False, id="the prompt is not declared"),
    pytest.param(f"{HEAD}  preamble: {{ $env: PROMPT }}", False, id="it is in the environment"),
    pytest.param(f"{HEAD}  preamble: {{ $secret: PROMPT }}", False, id="it is a secret"),
    pytest.param(
        f"{HEAD}  preamble: x\nlifecycle: {{ ignore: [pokeMessages] }}",
        False,
        id="a text is left to the dashboard",
    ),
    pytest.param(
        f"{HEAD}  preamble: x\nlifecycle: {{ ignore: [interrupt] }}",
        True,
        id="something else is",
    ),
    pytest.param(
        f"{HEAD}  preamble: x\nlifecycle: {{ ignore: [{{ field: outcome, until: 2026-01-01 }}] }}",
        True,
        id="a text was left to it until yesterday",
    ),
    pytest.param(
        f"{HEAD}  preamble: x\nlifecycle: {{ ignore: [params] }}",
        False,
        id="the params are left to it",
    ),
    pytest.param(
        f"{HEAD}  preamble: x\nenvironments: {{ production: {{ outcome: y }} }}",
        False,
        id="a text is another one elsewhere",
    ),
    pytest.param(
        f"{HEAD}  preamble: x\nenvironments: {{ production: {{ params: {{ b: y }} }} }}",
        True,
        id="params are others elsewhere",
    ),
]


@pytest.mark.parametrize(("text", "expected"), SEEN)
def test_no_param_is_called_unused_if_not_all_texts_are_seen(told, text, expected):
    found = printed(told({"desk.yaml": text}, today="2026-01-02"))
    assert [one for one in found if one.endswith("unused-param")] == [UNUSED] * expected


def test_what_is_wrong_anyway_is_not_linted_too(told):
    with pytest.raises(ConfigError) as raised:
        told({"desk.yaml": f"{HEAD}  preamble: {{ $file: none.md }}"})
    assert [problem.rule for problem in raised.value.problems] == [""]


def test_keys_that_are_no_text_are_a_mistake_as_ever(told):
    text = f"spec: {{ greetingMessage: x, preamble: '{{{{a}}}}', params: {{ 1: '{TURN}', b: z }} }}"
    with pytest.raises(ConfigError) as raised:
        told({"desk.yaml": text})
    mistakes = [problem.message for problem in raised.value.problems if not problem.warning]
    assert mistakes == ["the key `1` is not text"]


def test_a_finding_of_several_environments_is_the_same_problem(told):
    files = {
        "desk.yaml": f"spec: {{ preamble: 'a{TURN}b ${{var.clinic}} {{{{x}}}}', params: {{}} }}"
    }
    here, there = (told(files, name) for name in ("sandbox", "production"))
    assert len(here) == 2
    assert set(here) == set(there)


def test_a_finding_of_one_environment_is_reported_there(told):
    text = f"spec: {{ lang: ar }}\nenvironments: {{ sandbox: {{ preamble: 'a{TURN}b' }} }}"
    assert [len(told({"desk.yaml": text}, name)) for name in ("sandbox", "production")] == [1, 0]


LINT = [
    pytest.param("", ["malformed-placeholder warning", "bidi-control warning"], id="as it comes"),
    pytest.param("lint: {}", ["malformed-placeholder warning", "bidi-control warning"], id="none"),
    pytest.param("lint: { bidi-control: off }", ["malformed-placeholder warning"], id="off"),
    pytest.param(
        "lint: { bidi-control: error }",
        ["malformed-placeholder warning", "bidi-control mistake"],
        id="error",
    ),
    pytest.param(
        "lint:\n  bidi-control: warn\n  malformed-placeholder: error",
        ["malformed-placeholder mistake", "bidi-control warning"],
        id="another",
    ),
    pytest.param("lint: { bidi-control: off, malformed-placeholder: off }", [], id="all off"),
]


@pytest.mark.parametrize(("lint", "expected"), LINT)
def test_the_project_says_what_a_finding_is(told, lint, expected):
    files = {"desk.yaml": f"spec: {{ preamble: 'a{TURN}b {{{{' }}"}
    if any("mistake" in one for one in expected):
        with pytest.raises(ConfigError) as raised:
            told(files, lint=lint)
        found = raised.value.problems
    else:
        found = told(files, lint=lint)
    said = [f"{p.rule} {'warning' if p.warning else 'mistake'}" for p in found]
    assert said == expected


LEVEL = "must be `off`, `warn` or `error` or a mapping"
RULES = "what `reconciler validate --explain all` lists"


@pytest.mark.parametrize(
    ("lint", "expected"),
    [
        pytest.param(
            "lint: { bidi-controls: off }",
            f"6 lint.bidi-controls: there is no lint rule or set `bidi-controls` | {RULES}"
            " | did you mean `bidi-control`?",
            id="misspelt",
        ),
        pytest.param(
            "lint:\n  zzz: warn",
            f"7 lint.zzz: there is no lint rule or set `zzz` | {RULES} | ",
            id="unknown",
        ),
        pytest.param(
            "lint: { bidi-control: warning }",
            f"6 lint.bidi-control: `bidi-control` {LEVEL} |  | ",
            id="no level",
        ),
        pytest.param(
            "lint: { bidi-control: false }",
            f"6 lint.bidi-control: `bidi-control` {LEVEL} |  | ",
            id="no text",
        ),
        pytest.param("lint: off", "6 lint: `lint` must be a mapping |  | ", id="no mapping"),
    ],
)
def test_a_mistake_under_lint_is_reported(told, lint, expected):
    with pytest.raises(ConfigError) as raised:
        told({"desk.yaml": "spec: {}"}, lint=lint)
    (one,) = raised.value.problems
    assert f"{one.line} {one.field}: {one.message} | {one.allowed} | {one.hint}" == expected


@pytest.mark.parametrize(
    ("lint", "places"),
    [
        ("{ bidi-control: off, unused-param: error }", set()),
        ("{ zzz: off }", {"lint"}),
        ("{ bidi-control: warning }", {"lint.bidi-control"}),
    ],
)
def test_an_editor_knows_the_rules(lint, places):
    document = YAML(typ="safe").load(f"lint: {lint}")
    errors = Draft202012Validator(schema.project()).iter_errors(document)
    assert {".".join(map(str, error.absolute_path)) for error in errors} == places


def test_warnings_of_agents_that_are_not_chosen_stay_untold(told):
    files = {"a.yaml": f"spec: {{ preamble: 'a{TURN}b' }}", "b.yaml": "spec: { lang: ar }"}
    assert told(files, offline=False, chosen=lambda key: key == "b") == []
    assert len(told(files, offline=False, chosen=lambda key: key == "a")) == 1


def test_the_example_project_has_no_finding():
    root = Path(__file__).parent.parent
    project = load_project(root / FILE_NAME, {})
    for name in project.environments:
        place = environment(project, name, {}, offline=True)
        _, found = agents(project, place, {}, offline=True)
        assert [problem for problem in found if problem.rule] == []


def test_validate_reports_a_finding_of_all_environments_once(project):
    project.write("reconciler.yaml", ENVIRONMENTS)
    project.write("agents/desk.yaml", f"spec: {{ preamble: 'a{TURN}b' }}")
    done = project.run("validate")
    assert done.code == 0
    assert done.err.count("a bidi control") == 1
    assert "agents/desk.yaml:1" in done.err
    assert TURN not in done.err
