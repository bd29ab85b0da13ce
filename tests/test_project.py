"""The project file: the agents' folder, environments, and every rule that they must keep."""

import pytest

from reconciler.config.project import FILE_NAME, choose, environment, find, load_project
from reconciler.errors import ConfigError, ReconcilerError, UsageError
from reconciler.jsonvalues import Secret

SECRET = "sk-planted"
ENV = {"KEY": SECRET, "CLINIC": "Nour", "PLACE": SECRET}


@pytest.fixture
def project(tmp_path):
    """Load a project file with this text; None for no file."""

    def make(text, env=ENV, **more):
        path = tmp_path / FILE_NAME
        if text is not None:
            path.write_text(text, encoding="utf-8")
        return load_project(path, env, **more)

    return make


@pytest.fixture
def place(project):
    """The environment `staging` of a project with these lines below it."""

    def make(lines, env=ENV, **more):
        found = project(f"environments:\n  staging:\n{lines}", env)
        return environment(found, "staging", env, **more)

    return make


def told(call, *arguments, **more):
    """The mistakes that a call raises, a line each."""
    with pytest.raises(ConfigError) as raised:
        call(*arguments, **more)
    return "\n".join(
        f"{p.file}:{p.line} {p.field}: {p.message}"
        + "".join(
            f" | {name}: {value}"
            for name in ("found", "allowed", "hint")
            if (value := getattr(p, name))
        )
        for p in raised.value.problems
    )


def test_a_project_names_its_environments_in_the_file_s_order(project, tmp_path):
    found = project(
        "api: v1\nagents: bots\nenvironments: { b: { url: sandbox }, a: { url: sandbox } }\n"
    )
    assert found.environments == ("b", "a")
    assert (found.root, found.agents) == (tmp_path, tmp_path / "bots")
    assert found.implied is None


def test_an_environment_has_its_references_resolved(place):
    found = place("""\
    url: https://hamsa.tryhamsa.com/base/
    api_key: { $secret: KEY }
    vars: { clinic: { $env: CLINIC }, beds: 3, open: true, rate: 0.5, text: "$${x}" }
    policies: { max_changes: 30% }
""")
    assert found.url == "https://hamsa.tryhamsa.com/base"
    assert found.api_key == Secret("KEY", SECRET)
    assert found.variables == {
        "clinic": "Nour",
        "beds": 3,
        "open": True,
        "rate": 0.5,
        "text": "${x}",
    }
    assert (found.policies.max_changes, found.sandbox) == ("30%", None)
    assert SECRET not in repr(found)


def test_a_variable_may_be_a_file_s_text(place, tmp_path):
    (tmp_path / "hours.md").write_text("nine to five\n")
    assert place("    url: sandbox\n    vars: { hours: { $file: hours.md } }\n").variables == {
        "hours": "nine to five"
    }


ADDRESS = "allowed: an https address without a user, a query or blanks, or `sandbox`"
WRITE_HTTPS = "hint: write https://; only this machine may be asked by http"
IN_CLEAR = "`url` must be https: the key would travel in clear"


@pytest.mark.parametrize(
    "url",
    [
        "https://api.tryhamsa.com",
        "https://hamsa.tryhamsa.com:8443/base",
        "HTTPS://HAMSA.TRYHAMSA.COM",
        "https://xn--ggbg7b3b.tryhamsa.com",
        "https://حمسة.tryhamsa.com",
        "http://127.0.0.1:8000",
        "http://127.9.9.9",
        "http://[::1]:8000",
        "http://localhost:8000",
        "http://LocalHost",
    ],
)
def test_a_url_is_https_or_on_this_machine(place, url):
    assert place(f"    url: {url}\n    api_key: {{ $secret: KEY }}\n").url == url


@pytest.mark.parametrize(
    "url",
    [
        "http://hamsa.tryhamsa.com",
        "http://0.0.0.0",
        "http://10.0.0.1",
        "http://192.168.1.2:8000",
        "http://localhost.evil.example",
        "http://127.0.0.1.nip.io",
        "http://[::ffff:127.0.0.1]",
        "http://2130706433",
    ],
)
def test_plain_http_goes_to_this_machine_only(place, url):
    found = told(place, f"    url: {url}\n    api_key: {{ $secret: KEY }}\n")
    wanted = f"{IN_CLEAR} | found: {url} | {WRITE_HTTPS}"
    assert found == f"reconciler.yaml:3 environments.staging.url: {wanted}"


@pytest.mark.parametrize(
    "url",
    [
        "https://user:sk-planted@hamsa.tryhamsa.com",
        "https://:sk-planted@hamsa.tryhamsa.com",
        "https://sk-planted@hamsa.tryhamsa.com",
        "https://@hamsa.tryhamsa.com",
        "https://hamsa.tryhamsa.com/?token=sk-planted",
        "https://hamsa.tryhamsa.com#sk-planted",
        "https://hamsa.tryhamsa.com:port",
        "https://hamsa.tryhamsa.com:99999",
        "https://[::1",
        "https://",
        "https:///v1",
        '"https://hamsa example"',
        '"https://hamsa.tryhamsa.com\\n"',
        '"https://hamsa.tryhamsa.com\\0"',
        '""',
        "ftp://hamsa.tryhamsa.com",
        "//hamsa.tryhamsa.com",
        "hamsa.tryhamsa.com",
        "Sandbox",
        "{ $secret: KEY }",
        "{ $env: PLACE }",
    ],
)
def test_a_url_that_is_no_plain_address_is_refused_and_not_quoted(place, url):
    found = told(place, f"    url: {url}\n    api_key: {{ $secret: KEY }}\n")
    assert found == f"reconciler.yaml:3 environments.staging.url: `url` is no address | {ADDRESS}"


def test_a_url_is_no_key(place):
    found = told(place, "    url: { $env: KEY }\n    api_key: { $secret: KEY }\n")
    assert found == (
        "reconciler.yaml:3 environments.staging.url: `$env` would show KEY, which is an API key"
        " | hint: a key is for `api_key` alone; a secret of its own takes `$secret`"
    )


@pytest.mark.parametrize(
    ("url", "switches"),
    [
        ("sandbox", ""),
        ("sandbox/", ""),
        ("sandbox?patch=replace&shape=G3", "patch=replace&shape=G3"),
        ("sandbox?fault=PATCH:429:2", "fault=PATCH:429:2"),
    ],
)
def test_a_sandbox_needs_no_key_and_may_have_switches(place, url, switches):
    found = place(f"    url: {url}\n")
    assert (found.url, found.sandbox, found.api_key) == ("sandbox", switches, None)


REFERENCE = "write `{ $secret: NAME }`, where NAME is the environment variable that holds it"
MUST = "`api_key` must be a reference such as `{ $secret: HAMSA_API_KEY }`"
NAME = "write the name of an environment variable, never its value"


@pytest.mark.parametrize(
    ("key", "expected"),
    [
        ("sk-planted", f"{MUST} | found: (sensitive)"),
        ("4711", f"{MUST} | found: (sensitive)"),
        ("[sk-planted]", f"{MUST} | found: (sensitive)"),
        ("{ $env: KEY }", f"`api_key` takes a `$secret` reference | hint: {REFERENCE}"),
        ("{ $file: key.txt }", f"`api_key` takes a `$secret` reference | hint: {REFERENCE}"),
        ("{ value: sk-planted }", f"`api_key` takes a `$secret` reference | hint: {REFERENCE}"),
        (
            "{ $secret: KEY, x: y }",
            f"`api_key` takes a `$secret` reference | hint: {REFERENCE}",
        ),
        (
            "{ $secret: sk-planted }",
            f"`$secret` takes the name of an environment variable | hint: {NAME}",
        ),
    ],
)
@pytest.mark.parametrize("offline", [False, True])
def test_a_key_is_a_secret_reference_and_never_quoted(place, tmp_path, key, expected, offline):
    (tmp_path / "key.txt").write_text(SECRET)
    found = told(place, f"    url: https://h.tryhamsa.com\n    api_key: {key}\n", offline=offline)
    assert found == f"reconciler.yaml:4 environments.staging.api_key: {expected}"


def test_a_key_that_is_not_set_is_missed_by_its_name_and_not_offline(place):
    lines = "    url: https://h.tryhamsa.com\n    api_key: { $secret: NOPE }\n"
    assert told(place, lines) == (
        "reconciler.yaml:4 environments.staging.api_key: the environment variable NOPE is not set"
        " | hint: set it before a plan: export NOPE=…"
    )
    assert place(lines, offline=True).api_key == Secret("NOPE")


def test_an_environment_without_a_key_explains_how_to_get_one(place):
    lines = "    url: https://h.tryhamsa.com\n"
    assert told(place, lines, {"HAMSA_API_KEY": "set"}) == (
        "reconciler.yaml:2 environments.staging: the environment staging has no API key"
        " | hint: add `api_key: { $secret: HAMSA_API_KEY }` to it"
    )
    assert place(lines, offline=True).api_key is None


PLAIN = (
    "the variable `x` takes a plain value, `$env` or `$file`"
    " | hint: refer to secrets in the fields that use them; a variable may be shown"
)
KINDS = "`x` must be text or a whole number or a number or `true` or `false` or a mapping"


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("{ $secret: KEY }", PLAIN),
        ("{ a: b }", PLAIN),
        ("[a]", f"{KINDS} | found: a list"),
        ("null", f"{KINDS} | found: null | hint: leave the key out to leave the field as it is"),
        ("2025-01-01", "this value is read as a date, not as text"),
        (".nan", "this value is not a finite number"),
        (
            "{ $env: NOPE }",
            (
                "the environment variable NOPE is not set"
                " | hint: set it before a plan, which compares it: export NOPE=…"
            ),
        ),
        ("{ $file: ../x }", "`$file` leaves the project | found: ../x"),
        (
            "{ $var: y }",
            (
                "the environment staging has no variable `y`"
                " | allowed: none | hint: add it to `vars` in the project file"
            ),
        ),
    ],
)
def test_a_variable_is_plain_and_no_secret(place, value, expected):
    found = told(place, f"    url: sandbox\n    vars:\n      x: {value}\n")
    assert found == f"reconciler.yaml:5 environments.staging.vars.x: {expected}"


@pytest.mark.parametrize(
    ("limit", "expected"),
    [("3", 3), ("0", 0), ("0%", "0%"), ("30%", "30%"), ("100%", "100%"), ("null", None)],
)
def test_a_limit_is_a_count_or_a_share(place, limit, expected):
    found = place(f"    url: sandbox\n    policies: {{ max_changes: {limit} }}\n")
    assert found.policies.max_changes == expected


@pytest.mark.parametrize(
    "limit", ["-1", "101%", "030%", "3.5", "'3'", "1e2", "true", "'30 %'", "'%'"]
)
def test_another_limit_is_refused(place, limit):
    found = told(place, f"    url: sandbox\n    policies: {{ max_changes: {limit} }}\n")
    assert found.startswith(
        "reconciler.yaml:4 environments.staging.policies.max_changes: `max_changes` must be "
        "a count of agents such as 5, or a share such as `30%` | found: "
    )


PLACES = (
    "s3://BUCKET/PREFIX, az://CONTAINER/PREFIX, gs://BUCKET/PREFIX, git:, git:REMOTE or https://…"
)
FOLDER = "allowed: letters, digits, `.`, `_` and `-`, starting with a letter or digit"
FRAMES = {
    "a text": ("hello", "1 : the project file must be a mapping"),
    "a list": ("- a", "1 : the project file must be a mapping"),
    "no YAML": (
        "a: 'b",
        "1 : this file is not YAML: a quote or bracket is opened here and never closed",
    ),
    "an unknown generation": ("api: v3", '1 api: `api` must be `v1` or `v2` | found: "v3"'),
    "a key misspelt": (
        "agent: x",
        "1 agent: `agent` is not a known key | hint: did you mean `agents`?",
    ),
    "a place that no state has": (
        "state: { url: ftp://host/x }",
        f"1 state.url: `url` is not a place for a state | found: ftp://host/x | allowed: {PLACES}",
    ),
    "a remote of git that is an option": (
        "state: { url: 'git:--upload-pack=x' }",
        (
            "1 state.url: `url` is not a place for a state | found: git:--upload-pack=x"
            f" | allowed: {PLACES}"
        ),
    ),
    "a variable for the state that is not set": (
        "state: { url: { $env: STATE_URL } }",
        (
            "1 state.url: the variable STATE_URL of the state's `url` is not set"
            " | hint: export STATE_URL=…"
        ),
    ),
    "a secret for the state": (
        "state: { url: { $secret: STATE_URL } }",
        "1 state.url: `url` takes a text, or `{ $env: NAME }`",
    ),
    "a lock that lasts no time": (
        "state: { url: s3://bucket, lock: 0s }",
        (
            "1 state.lock: `lock` must be how long a lock lasts if its holder dies, such as 2m; "
            'or off | found: "0s"'
        ),
    ),
    "an unknown key": (
        "\npolicy: {}",
        (
            "2 policy: `policy` is not a known key"
            " | hint: known keys: api, agents, default_environment, state, vars, environments, "
            "lint, drift"
        ),
    ),
    "a folder outside": ("agents: ../x", "1 agents: the agents' folder leaves the project"),
    "an absolute folder": ("agents: /etc", "1 agents: the agents' folder leaves the project"),
    "a folder with a NUL": ('agents: "a\\0b"', "1 agents: the agents' folder leaves the project"),
    "a number for a folder": (
        "agents: 3",
        "1 agents: `agents` must be text | found: 3 | hint: put it in quotes",
    ),
    "a default that is none": (
        "default_environment: prod\nenvironments: { dev: { url: sandbox } }",
        "1 default_environment: there is no environment `prod` | allowed: dev",
    ),
    "a default and no environments": (
        "default_environment: prod",
        "1 default_environment: there is no environment `prod` | allowed: none",
    ),
    "a list of environments": (
        "environments: [dev]",
        "1 environments: `environments` must be a mapping | found: a list",
    ),
    "an environment in one word": (
        "environments:\n  dev: sandbox",
        '2 environments.dev: `dev` must be a mapping | found: "sandbox"',
    ),
    "an environment without url": (
        "environments:\n  dev: {}",
        "2 environments.dev.url: `url` is missing",
    ),
    "an unknown key of an environment": (
        "environments:\n  dev:\n    url: sandbox\n    urls: x",
        "4 environments.dev.urls: `urls` is not a known key | hint: did you mean `url`?",
    ),
    "a number for a url": (
        "environments:\n  dev:\n    url: 3",
        "3 environments.dev.url: `url` must be text or a mapping | found: 3",
    ),
    "a name that leaves its folder": (
        "environments:\n  ../../agents: { url: sandbox }",
        f"2 environments.../../agents: `../../agents` cannot name an environment | {FOLDER}",
    ),
    "an empty name": (
        "environments:\n  '': { url: sandbox }",
        f"2 environments.: `` cannot name an environment | {FOLDER}",
    ),
    "a number for a name": (
        "environments:\n  1: { url: sandbox }",
        "2 environments.1: the key `1` is not text",
    ),
    "an environment twice": (
        "environments:\n  a: { url: sandbox }\n  a: { url: sandbox }",
        "3 : the key `a` is repeated",
    ),
    "several at once": (
        "api: v3\nzzz: 1\nenvironments:\n  a: { url: 1, api_key: sk-planted }\n",
        (
            '1 api: `api` must be `v1` or `v2` | found: "v3"\n'
            "4 environments.a.url: `url` must be text or a mapping | found: 1\n"
            f"4 environments.a.api_key: {MUST} | found: (sensitive)\n"
            "2 zzz: `zzz` is not a known key"
            " | hint: known keys: api, agents, default_environment, state, vars, environments, "
            "lint, drift"
        ),
    ),
}


@pytest.mark.parametrize(("text", "expected"), FRAMES.values(), ids=FRAMES)
def test_a_mistake_of_the_project_file_is_reported(project, text, expected):
    assert told(project, text) == "\n".join(
        f"reconciler.yaml:{one}" for one in expected.split("\n")
    )


def test_a_folder_of_agents_behind_a_link_may_not_leave_the_project(project, tmp_path):
    (tmp_path / "bots").symlink_to(tmp_path.parent)
    (tmp_path / "round").symlink_to(tmp_path / "round")
    for name in ("bots", "round"):
        assert told(project, f"agents: {name}") == (
            "reconciler.yaml:1 agents: the agents' folder leaves the project"
        )


@pytest.mark.parametrize("text", [None, "", "# nothing\n", "agents: bots\n"])
def test_without_environments_the_process_s_own_is_implied(project, text):
    env = {"HAMSA_API_KEY": SECRET, "HAMSA_BASE_URL": "http://localhost:1/"}
    found = project(text, env)
    assert (found.environments, choose(found, None)) == (("default",), "default")
    implied = environment(found, "default", env)
    assert (implied.url, implied.api_key) == ("http://localhost:1", Secret("HAMSA_API_KEY", SECRET))


@pytest.mark.parametrize(
    ("env", "expected"),
    [
        (
            {"HAMSA_API_KEY": "", "HAMSA_BASE_URL": "https://hamsa.tryhamsa.com"},
            (
                "environment variables:0 : the environment default has no API key"
                " | hint: export HAMSA_API_KEY=… with a key from the dashboard"
            ),
        ),
        (
            {"HAMSA_API_KEY": SECRET, "HAMSA_BASE_URL": "http://hamsa.tryhamsa.com"},
            (
                "HAMSA_BASE_URL:0 : `HAMSA_BASE_URL` must be https: the key would travel in clear"
                f" | found: http://hamsa.tryhamsa.com | {WRITE_HTTPS}"
            ),
        ),
        (
            {"HAMSA_API_KEY": SECRET, "HAMSA_BASE_URL": ""},
            f"HAMSA_BASE_URL:0 : `HAMSA_BASE_URL` is no address | {ADDRESS}",
        ),
        (
            {"HAMSA_API_KEY": SECRET, "HAMSA_BASE_URL": f"https://x:{SECRET}@hamsa.tryhamsa.com"},
            f"HAMSA_BASE_URL:0 : `HAMSA_BASE_URL` is no address | {ADDRESS}",
        ),
    ],
)
def test_the_implied_environment_keeps_the_same_rules(project, env, expected):
    found = project(None, env)
    assert told(environment, found, "default", env) == expected


@pytest.mark.parametrize("env", [{}, {"HAMSA_API_KEY": ""}])
def test_neither_a_project_file_nor_a_key_is_no_project(project, env):
    with pytest.raises(ReconcilerError) as caught:
        environment(project(None, env), "default", env)
    assert (caught.value.message, caught.value.hint) == (
        "there is no reconciler.yaml here or above",
        "cd into the project, or make one: reconciler init",
    )
    assert environment(project(None, env), "default", env, offline=True).name == "default"


def test_every_mistake_of_an_environment_is_reported_at_once(place):
    found = told(place, "    url: http://hamsa.tryhamsa.com\n")
    assert f"{IN_CLEAR} | " in found
    assert "the environment staging has no API key" in found


def test_the_implied_environment_speaks_to_the_vendor_unless_configured(project):
    env = {"HAMSA_API_KEY": SECRET}
    assert environment(project(None, env), "default", env).url == "https://api.tryhamsa.com"


def test_a_file_that_was_named_must_be_there(project):
    assert told(project, None, required=True) == (
        "reconciler.yaml:0 : cannot be read: no such file or directory"
    )


def test_the_nearest_project_file_is_found_upwards(tmp_path):
    deep = tmp_path / "a" / "b"
    deep.mkdir(parents=True)
    (tmp_path / FILE_NAME).touch()
    (tmp_path / "other.yaml").touch()
    assert find(deep, None) == tmp_path / FILE_NAME
    (deep / FILE_NAME).mkdir()
    assert find(deep, None) == deep / FILE_NAME, "what it is is told, and no other file taken"
    (deep / FILE_NAME).rmdir()
    (tmp_path / "a" / FILE_NAME).touch()
    assert find(deep, None) == tmp_path / "a" / FILE_NAME
    assert find(deep, "..") == deep / ".." / FILE_NAME
    assert find(tmp_path, "other.yaml") == tmp_path / "other.yaml"
    assert find(tmp_path / "nowhere", str(tmp_path / "other.yaml")) == tmp_path / "other.yaml"


TWO = "environments: { dev: { url: sandbox }, prod: { url: sandbox } }\n"


@pytest.mark.parametrize(
    ("text", "asked", "expected"),
    [
        (TWO, "prod", "prod"),
        (TWO + "default_environment: dev\n", None, "dev"),
        (TWO + "default_environment: dev\n", "prod", "prod"),
        ("environments: { only: { url: sandbox } }\n", None, "only"),
        (TWO, "prd", "there is no environment `prd` (environments: dev, prod)"),
        (TWO, None, "which environment? (name one with --env: dev, prod)"),
        ("agents: x\n", "prod", "there is no environment `prod` (environments: default)"),
    ],
)
def test_the_environment_is_the_one_asked_for_the_default_or_the_only_one(
    project, text, asked, expected
):
    def chosen():
        try:
            return choose(project(text), asked)
        except UsageError as error:
            return f"{error.message} ({error.hint})"

    assert chosen() == expected
