"""A whole project's agents: every mistake of every file at once, or all of them."""

import pytest

from reconciler.config.load import agents, paths_of, unset
from reconciler.config.project import Environment, load_project
from reconciler.config.reader import secret
from reconciler.errors import ConfigError
from reconciler.jsonvalues import Secret

REAL = Environment(name="staging", url="https://hamsa.example", api_key=Secret("KEY", "x"))
SANDBOX = Environment(name="staging", url="sandbox", sandbox="")
PROJECT = "environments: { staging: { url: sandbox }, production: { url: sandbox } }\n"
TOKEN = "spec: { googleCalendarSettings: { accessToken: { $secret: TOKEN } } }\n"


@pytest.fixture
def project(tmp_path):
    """A project with these files in the agents' folder."""

    def make(**files):
        (tmp_path / "reconciler.yaml").write_text(PROJECT)
        for name, text in files.items():
            path = tmp_path / "agents" / name.replace("__", "/")
            path = path if path.suffix else path.with_suffix(".yaml")
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        return load_project(tmp_path / "reconciler.yaml", {})

    return make


def told(call, *arguments, **more):
    with pytest.raises(ConfigError) as raised:
        call(*arguments, **more)
    return [f"{p.file}:{p.line} {p.field}: {p.message}" for p in raised.value.problems]


def test_every_file_is_an_agent_in_the_order_of_their_paths(project):
    found, warnings = agents(
        project(b="spec: { lang: en }", a__z="spec: {}", a__b__c="spec: {}"), REAL, {}
    )
    assert [(item.key, item.file) for item in found] == [
        ("c", "agents/a/b/c.yaml"),
        ("z", "agents/a/z.yaml"),
        ("b", "agents/b.yaml"),
    ]
    assert warnings == []


def test_what_is_hidden_or_no_yaml_is_no_agent(project, tmp_path):
    found = project(a="spec: {}", **{".hidden": "{", ".git__b.yaml": "{", "c.yml": "", "d.md": ""})
    (tmp_path / "agents" / ".e.yaml").write_text("{")
    assert [path.name for path in paths_of(found)] == ["a.yaml", "c.yml"]


@pytest.mark.parametrize("files", [{}, {"notes.md": "no agent"}], ids=["no folder", "no agent"])
def test_a_folder_without_an_agent_is_a_mistake(project, files):
    assert told(agents, project(**files), REAL, {}) == ["agents/:0 : there is no agent file here"]


def test_all_mistakes_of_all_files_are_reported_at_once_and_sorted(project):
    found = project(
        b="spec:\n  lang: fr\n  zzz: 1\n",
        a="spec: [",
        c="key: b\nspec:\n  preamble: { $file: none.md }\n  maxCallDuration: 700\n",
        d="lang: ar",
        e="spec: {}\nlifecycle: { ignore: [x] }\nenvironments: { prod: {} }\n",
        f="lifecyle: {}\nspec: { realTime: 1 }\n",
    )
    assert told(agents, found, REAL, {}) == [
        (
            "agents/a.yaml:1 : this file is not YAML: a quote or bracket is opened here"
            " and never closed"
        ),
        "agents/b.yaml:2 spec.lang: `lang` must be `ar` or `en`",
        "agents/b.yaml:3 spec.zzz: `zzz` is not a known key",
        "agents/c.yaml:0 key: 2 files have the key `b`",
        "agents/c.yaml:3 spec.preamble: `$file` cannot be read: no such file or directory",
        (
            "agents/c.yaml:4 spec.maxCallDuration: `maxCallDuration` is outside what some documents"
            " of this API allow"
        ),
        "agents/d.yaml:1 lang: `lang` is not a known key",
        "agents/d.yaml:1 spec: `spec` is missing",
        "agents/e.yaml:2 lifecycle.ignore.0: `x` is not a field",
        "agents/e.yaml:3 environments.prod: there is no environment `prod`",
        "agents/f.yaml:1 lifecyle: `lifecyle` is not a known key",
        "agents/f.yaml:2 spec.realTime: `realTime` must be `true` or `false`",
    ]


def test_the_error_counts_mistakes_and_not_warnings(project):
    found = project(a="spec: { lang: fr, maxCallDuration: 700 }")
    with pytest.raises(ConfigError) as raised:
        agents(found, REAL, {})
    assert raised.value.message == "1 mistake; nothing was sent"


def test_warnings_alone_stop_nothing(project):
    found, warnings = agents(project(a="spec: { maxCallDuration: 700 }"), REAL, {})
    assert found[0].fields == {"maxCallDuration": 700}
    assert [(p.field, p.warning) for p in warnings] == [("spec.maxCallDuration", True)]


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        (
            {"a": "spec: {}\nkey: x", "b": "spec: {}\nkey: x", "c": "spec: {}\nkey: x"},
            [("agents/b.yaml", "3 files have the key `x`", "give one of them another `key:`")],
        ),
        (
            {"x__a": "spec: {}", "y__a": "spec: {}"},
            [("agents/y/a.yaml", "2 files have the key `a`", "give one of them another `key:`")],
        ),
        (
            {"a": "spec: {}\nid: x1", "b": "spec: {}"},
            [],
        ),
        (
            {"a": "spec: {}\nid: x1", "b": "spec: {}\nid: { staging: x1 }"},
            [("agents/b.yaml", "2 files have the id `x1`", "remove one of the pins")],
        ),
        (
            {"a": "spec: {}\nid: { staging: x1 }", "b": "spec: {}\nid: { production: x1 }"},
            [],
        ),
        (
            {"a": "spec: {}\nid: x1", "b": "spec: {}\nkey: a\nid: x1"},
            [
                ("agents/b.yaml", "2 files have the id `x1`", "remove one of the pins"),
                ("agents/b.yaml", "2 files have the key `a`", "give one of them another `key:`"),
            ],
        ),
    ],
    ids=["keys", "stems", "no twins", "ids", "ids of two environments", "both"],
)
def test_two_files_may_not_claim_one_key_or_one_id(project, files, expected):
    def twins():
        try:
            agents(project(**files), REAL, {})
        except ConfigError as error:
            return [(p.file, p.message, p.hint) for p in error.problems]
        return []

    assert twins() == expected


def test_twins_are_listed_by_file(project):
    with pytest.raises(ConfigError) as raised:
        agents(project(a="spec: {}", b="key: a\nspec: {}"), REAL, {})
    assert raised.value.problems[0].found == "agents/a.yaml, agents/b.yaml"


UNSET = "agents/a.yaml:1 spec.googleCalendarSettings.accessToken: the environment variable TOKEN is not set"  # noqa: E501


@pytest.mark.parametrize("env", [{}, {"TOKEN": ""}])
def test_a_secret_that_is_not_set_stops_no_reading(project, env):
    found, warnings = agents(project(a=TOKEN), REAL, env)
    assert found[0].fields["googleCalendarSettings.accessToken"] == Secret("TOKEN")
    assert warnings == []


@pytest.mark.parametrize(
    ("sent", "found"),
    [
        ({"a": ["googleCalendarSettings"]}, [UNSET]),
        ({"a": ["webhookAuth", "googleCalendarSettings"]}, [UNSET]),
        ({"a": ["webhookAuth"]}, []),
        ({"b": ["googleCalendarSettings"]}, []),
    ],
)
def test_what_is_sent_and_not_set_is_found_where_it_is_named(project, sent, found):
    problems = unset(project(a=TOKEN, b="spec: {}"), REAL, {}, sent)
    assert [f"{p.file}:{p.line} {p.field}: {p.message}" for p in problems] == found
    assert unset(project(a=TOKEN, b="spec: {}"), REAL, {"TOKEN": "x"}, sent) == []


def test_offline_it_is_a_warning(project):
    found, warnings = agents(project(a=TOKEN), REAL, {}, offline=True)
    assert found[0].fields["googleCalendarSettings.accessToken"] == Secret("TOKEN")
    assert [(p.warning, p.line, p.message) for p in warnings] == [
        (True, 1, "the environment variable TOKEN is not set")
    ]


def test_only_chosen_agents_need_their_variables_of_the_machine(project):
    named = "spec: { outcome: { $env: TOKEN } }"
    both = project(a=named, b=named)
    _, warnings = agents(both, REAL, {}, chosen=lambda key: False)
    assert warnings == []
    assert told(agents, both, REAL, {}, chosen=lambda key: key == "a") == [
        "agents/a.yaml:1 spec.outcome: the environment variable TOKEN is not set"
    ]


@pytest.mark.parametrize(
    ("environment", "env", "expected"),
    [
        (REAL, {"TOKEN": "x"}, "x"),
        (REAL, {}, None),
        (REAL, {"TOKEN": ""}, None),
        (SANDBOX, {"TOKEN": "x"}, "sandbox:TOKEN"),
        (SANDBOX, {}, "sandbox:TOKEN"),
        (SANDBOX, {"TOKEN": ""}, "sandbox:TOKEN"),
    ],
)
def test_only_the_embedded_sandbox_makes_up_secrets(environment, env, expected):
    assert secret(environment, env, "TOKEN") == expected


def test_an_agent_is_resolved_for_its_environment_only(project):
    files = {
        "a": "spec: { lang: ar }\nenvironments: { staging: { lang: en }, production: { lang: x } }"
    }
    assert agents(project(**files), REAL, {})[0][0].fields == {"lang": "en"}
    production = Environment(name="production", url="sandbox", sandbox="")
    assert told(agents, project(**files), production, {}) == [
        "agents/a.yaml:2 environments.production.lang: `lang` must be `ar` or `en`"
    ]
