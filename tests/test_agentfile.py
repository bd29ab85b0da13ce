"""Agent files: the frame, the overlay of an environment, and every mistake of a spec."""

import textwrap

import pytest

from reconciler.config import agentfile
from reconciler.config.agentfile import overlaid, reaches
from reconciler.config.references import Scope
from reconciler.jsonvalues import Secret

ENVIRONMENTS = ("sandbox", "production")
SECRET = "sk-planted"
ENV = {"TOKEN": SECRET, "REGION": "riyadh"}
VARIABLES = {"clinic": "Nour", "wait": 900}


def line(problem):
    """A problem on one line: where, what, found, allowed, hint."""
    label = "warning " if problem.warning else ""
    where = f"{problem.line} {problem.field}".strip()
    more = [
        f"{name}: {value}"
        for name in ("found", "allowed", "hint")
        if (value := getattr(problem, name))
    ]
    return " | ".join([f"{label}{where}: {problem.message}", *more])


@pytest.fixture
def agent(tmp_path):
    """Read and resolve a text: the agent (None if its frame is unusable), and the problems."""

    def make(text, environment="sandbox", name="front-desk.yaml", **scope):
        path = tmp_path / name
        path.write_text(textwrap.dedent(text), encoding="utf-8")
        file, problems = agentfile.read(path, name, ENVIRONMENTS, "v1")
        if file is None:
            return None, "\n".join(map(line, problems))
        usual = {"variables": VARIABLES, "env": ENV, "secret": ENV.get}
        desired, more = agentfile.resolve(
            file,
            lambda folder: Scope(
                root=tmp_path, folder=folder, environment=environment, **{**usual, **scope}
            ),
            environment,
        )
        return desired, "\n".join(map(line, [*problems, *more]))

    return make


def test_a_file_is_an_agent(agent):
    desired, problems = agent("""\
        key: desk
        id: { production: 48f7656f-098b-4c43-b165-7cfd2cc8ac30 }
        lifecycle: { ignore: [pokeMessages, tools, tools.smartCallEnd] }
        spec:
          agentName: Front desk
          lang: ar
          silenceThreshold: { $var: wait }
          outcome: null
          params: { caller: "${var.clinic}", deep: { "a.b": [1, { $env: REGION }] } }
          googleCalendarSettings: { accessToken: { $secret: TOKEN } }
        environments:
          production: { lang: en }
        """)
    assert problems == ""
    assert (desired.key, desired.id, desired.file) == ("desk", None, "front-desk.yaml")
    assert tuple(entry.path for entry in desired.ignore) == (
        "pokeMessages",
        "tools",
        "tools.smartCallEnd",
    )
    assert desired.fields == {
        "agentName": "Front desk",
        "lang": "ar",
        "params": {"caller": "Nour", "deep": {"a.b": [1, "riyadh"]}},
        "silenceThreshold": 900,
        "outcome": None,
        "googleCalendarSettings.accessToken": Secret("TOKEN", SECRET),
    }


@pytest.mark.parametrize(
    ("text", "environment", "expected"),
    [
        ("spec: {}", "sandbox", ("front-desk", None)),
        ("spec: {}\nkey: a.b_c-1", "sandbox", ("a.b_c-1", None)),
        ("spec: {}\nid: x-1", "sandbox", ("front-desk", "x-1")),
        ("spec: {}\nid: x-1", "production", ("front-desk", "x-1")),
        ("spec: {}\nid: { production: x-1 }", "sandbox", ("front-desk", None)),
        ("spec: {}\nid: { production: x-1 }", "production", ("front-desk", "x-1")),
        ("spec: {}\nkey: null\nid: null", "production", ("front-desk", None)),
    ],
)
def test_the_key_is_the_stem_and_the_pin_the_environment_s(agent, text, environment, expected):
    desired, problems = agent(text, environment)
    assert ((desired.key, desired.id), problems) == (expected, "")


START = "hint: start with `spec:` and the agent's fields below it"
KEY = "allowed: letters, digits, `.`, `_` and `-`, starting with a letter or digit"
KNOWN = "hint: known keys: api, key, id, lifecycle, lint, flow_tests, spec, environments"
MEANT = "hint: did you mean `pokeMessages`?"
QUOTES = "hint: put it in quotes"
FRAMES = {
    "nothing": ("", f"1: an agent file must be a mapping | found: nothing | {START}"),
    "a list": ("- a", f"1: an agent file must be a mapping | found: a list | {START}"),
    "one text": (
        SECRET,
        f"1: an agent file must be a mapping | found: a single value | {START}",
    ),
    "no YAML": (
        "spec: [",
        "1: this file is not YAML: a quote or bracket is opened here and never closed",
    ),
    "no spec": ("key: a", "1 spec: `spec` is missing"),
    "fields without spec": (
        "lang: ar\nzzz: 1\n",
        (
            "1 spec: `spec` is missing\n"
            f"1 lang: `lang` is not a known key | {KNOWN}\n"
            f"2 zzz: `zzz` is not a known key | {KNOWN}"
        ),
    ),
    "spec misspelt": (
        "sepc: {}\nspec: {}",
        "1 sepc: `sepc` is not a known key | hint: did you mean `spec`?",
    ),
    "an empty spec": (
        "spec:\n",
        ("1 spec: `spec` must be a mapping | found: null | hint: write its keys below it"),
    ),
    "a text for a spec": (
        f"spec: {SECRET}",
        "1 spec: `spec` must be a mapping | found: (sensitive)",
    ),
    "a key with a blank": ("spec: {}\nkey: a b", f"2 key: `a b` cannot be a key | {KEY}"),
    "a key that is an option": ("spec: {}\nkey: -x", f"2 key: `-x` cannot be a key | {KEY}"),
    "a key that is a path": ("spec: {}\nkey: a/b", f"2 key: `a/b` cannot be a key | {KEY}"),
    "a key with a line end": (
        'spec: {}\nkey: "a\\n"',
        f"2 key: `a\n` cannot be a key | {KEY}",
    ),
    "a number for a key": (
        "spec: {}\nkey: 3",
        "2 key: `key` must be text, or `null` to clear it | found: 3 | hint: put it in quotes",
    ),
    "an id for an unknown environment": (
        "spec: {}\nid:\n  prodution: x",
        (
            "3 id.prodution: there is no environment `prodution`"
            " | allowed: sandbox, production | hint: did you mean `production`?"
        ),
    ),
    "a number for an id": (
        "spec: {}\nid: { production: 3 }",
        f"2 id.production: `production` must be text | found: 3 | {QUOTES}",
    ),
    "an id that is a path": (
        "spec: {}\nid: ../x",
        '2 id: `id` is no agent\'s id | found: "../x"',
    ),
    "an empty id": (
        "spec: {}\nid: { production: '' }",
        '2 id.production: `id` is no agent\'s id | found: ""',
    ),
    "an override for an unknown environment": (
        "spec: {}\nenvironments:\n  sandbox: {}\n  dev: { lang: ar }",
        "4 environments.dev: there is no environment `dev` | allowed: sandbox, production",
    ),
    "an empty override": (
        "spec: {}\nenvironments:\n  sandbox:\n",
        (
            "3 environments.sandbox: `sandbox` must be a mapping | found: null"
            " | hint: leave the key out to leave the field as it is"
        ),
    ),
    "a list of overrides": (
        f"spec: {{}}\nenvironments: [{SECRET}]",
        "2 environments: `environments` must be a mapping | found: (sensitive)",
    ),
    "an unknown key of lifecycle": (
        "spec: {}\nlifecycle: { ignored: [lang] }",
        "2 lifecycle.ignored: `ignored` is not a known key | hint: did you mean `ignore`?",
    ),
    "one text to ignore": (
        "spec: {}\nlifecycle: { ignore: lang }",
        '2 lifecycle.ignore: `ignore` must be a list | found: "lang"',
    ),
    "unknown fields to ignore": (
        "spec: {}\nlifecycle:\n  ignore:\n  - pokeMessage\n  - lang\n  - zzz",
        (
            f"4 lifecycle.ignore.0: `pokeMessage` is not a field | {MEANT}\n"
            "6 lifecycle.ignore.2: `zzz` is not a field"
        ),
    ),
    "a date": (
        "spec: { params: { day: 2025-01-01 } }",
        f"1 spec.params.day: this value is read as a date, not as text | {QUOTES}",
    ),
    "a date for a text": (
        "spec: { outcome: 2025-01-01 }",
        f"1 spec.outcome: this value is read as a date, not as text | {QUOTES}",
    ),
    "a date in the frame, which is told once": (
        "spec: {}\nkey: 2025-01-01",
        f"2 key: this value is read as a date, not as text | {QUOTES}",
    ),
    "a key that is a number": (
        "spec: { params: { 1: a } }",
        f"1 spec.params.1: the key `1` is not text | {QUOTES}",
    ),
}


@pytest.mark.parametrize(("text", "expected"), FRAMES.values(), ids=FRAMES)
def test_a_mistake_of_the_frame_is_reported(agent, text, expected):
    assert agent(text)[1] == expected


def test_a_file_s_name_that_is_no_key_is_reported(agent):
    assert agent("spec: {}", name="front desk.yaml")[1] == (
        f"1: `front desk` cannot be a key | {KEY} | hint: rename the file, or set `key:`"
    )


SPEC = """\
spec:
  agentName: 12
  greetingmessage: hi
  zzz: 1
  lang: fr
  pokeMessages: [a, 1, null]
  params: []
  realTime: "true"
  silenceThreshold: 0.8
  interrupt: yes
  outcome: 3
  voiceId: ""
  greetingMessage: null
  preamble: { $file: prompts/none.md }
  description: { $file: x, and: more }
  icon: "${var.clinik}"
  tools: { smartCallEnd: 1, smartcallend: true }
  googleCalendarSettings:
    accessToken: sk-planted
    refreshToken: { $secret: NOPE }
    meetingDuration: .nan
    timezone: Asia/Kuwait
    freeSlots:
      Sunday: [{ from: "9:00", to: "24:00" }, { from: "09:00" }]
      monday: []
      Friday: null
  webhookUrl: 5
  webhookAuth: Bearer sk-planted
  outcomeResponseShape: { type: object, properties: { a: { type: string } } }
  type: Flow Agent
  userInactivityTimeout: 90
  maxCallDuration: 700
  vadActivationThreshold: "0.5"
  waitForUserToSpeakFirst: true
  webToolsOverrides: sk-planted
  llmConfig: { provider: openai, apiKey: [sk-planted], temperature: 1.5, baseUrl: true }
  noiseCancellation: none
  alignment: ltr
"""
TOLD = """\
2 spec.agentName: `agentName` must be text, not empty | found: 12 | hint: put it in quotes
3 spec.greetingmessage: `greetingmessage` is not a known key | hint: did you mean `greetingMessage`?
4 spec.zzz: `zzz` is not a known key | hint: known keys: webhookUrl, webhookAuth, webToolsOverrides, webToolsIds and 38 more
5 spec.lang: `lang` must be `ar` or `en` | found: "fr"
6 spec.pokeMessages.1: `pokeMessages.1` must be text | found: 1 | hint: put it in quotes
6 spec.pokeMessages.2: `pokeMessages.2` must be text | found: null | hint: take the item out, or write what belongs there
7 spec.params: `params` must be a mapping | found: an empty list
8 spec.realTime: `realTime` must be `true` or `false` | found: "true" | hint: write it without quotes
9 spec.silenceThreshold: `silenceThreshold` must be a whole number of milliseconds, 1 or more | found: 0.8 | hint: the unit is milliseconds: write `800`
10 spec.interrupt: `interrupt` must be `true` or `false` | found: "yes" | hint: write `true`
11 spec.outcome: `outcome` must be text, or `null` to clear it | found: 3 | hint: put it in quotes
12 spec.voiceId: `voiceId` must be text, not empty, or `null` to clear it | found: ""
13 spec.greetingMessage: `greetingMessage` must be text | found: null | hint: leave the key out to leave the field as it is
14 spec.preamble: `$file` cannot be read: no such file or directory | found: prompts/none.md
15 spec.description: `description` must be text | found: a mapping
16 spec.icon: the environment sandbox has no variable `clinik` | allowed: clinic, wait | hint: did you mean `clinic`?
17 spec.tools.smartCallEnd: `smartCallEnd` must be `true` or `false` | found: 1 | hint: write `true`
17 spec.tools.smartcallend: `smartcallend` is not a known key | hint: did you mean `smartCallEnd`?
19 spec.googleCalendarSettings.accessToken: `accessToken` is a secret, and no file may contain it | found: (sensitive) | hint: write `accessToken: { $secret: NAME }` and set NAME in the environment
20 spec.googleCalendarSettings.refreshToken: the environment variable NOPE is not set | hint: set it before a plan: export NOPE=…
21 spec.googleCalendarSettings.meetingDuration: this value is not a finite number | hint: write a number that has an end, or put a text in quotes
22 spec.googleCalendarSettings.timezone: `timezone`: not in the API's list; the nearest that is: `Asia/Riyadh` | found: "Asia/Kuwait"
24 spec.googleCalendarSettings.freeSlots.Sunday.0.from: `from` must be a time as "hh:mm" on the 24-hour clock, in quotes | found: "9:00" | hint: write `"09:00"`
24 spec.googleCalendarSettings.freeSlots.Sunday.0.to: `to` must be a time as "hh:mm" on the 24-hour clock, in quotes | found: "24:00"
24 spec.googleCalendarSettings.freeSlots.Sunday.1.to: `to` is missing
25 spec.googleCalendarSettings.freeSlots.monday: `monday` is not a known key | hint: did you mean `Monday`?
26 spec.googleCalendarSettings.freeSlots.Friday: `Friday` must be a list | found: null | hint: leave the key out to leave the field as it is
27 spec.webhookUrl: `webhookUrl` must be text, not empty, or `null` to clear it | found: 5 | hint: put it in quotes
28 spec.webhookAuth: `webhookAuth` must be a mapping | found: (sensitive)
29 spec.outcomeResponseShape: `outcomeResponseShape`: a needs a `description` | found: a mapping
30 spec.type: `type` must be `Single Prompt` | found: "Flow Agent"
31 spec.userInactivityTimeout: `userInactivityTimeout` must be a number of seconds, 5 to 60 | found: 90
warning 32 spec.maxCallDuration: `maxCallDuration` is outside what some documents of this API allow | found: 700 | allowed: 30 to 600
33 spec.vadActivationThreshold: `vadActivationThreshold` must be a number, 0.2 to 0.9 | found: "0.5" | hint: write it without quotes
34 spec.waitForUserToSpeakFirst: `waitForUserToSpeakFirst` must be a whole number, 0 to 2 | found: true
35 spec.webToolsOverrides: `webToolsOverrides` must be a mapping | found: (sensitive)
36 spec.llmConfig.apiKey: `apiKey` must be text, not empty | found: (sensitive)
36 spec.llmConfig.baseUrl: `baseUrl` must be text | found: true | hint: put it in quotes
36 spec.llmConfig.temperature: `temperature` must be a number, 0 to 1 | found: 1.5
warning 37 spec.noiseCancellation: `noiseCancellation` is outside what some documents of this API allow | found: "none" | allowed: `telephony-optimized`, `telephony_optimized`
38 spec.alignment: `alignment` must be a mapping | found: "ltr"
"""  # noqa: E501 - one mistake, one line


def by_place(told):
    return sorted(told.splitlines(), key=lambda line: place(line.removeprefix("warning ")))


def place(line):
    number, field = line.split(": ")[0].split(" ")
    return int(number), field


def test_every_mistake_of_a_spec_is_reported_at_once_each_once(agent):
    told = agent(SPEC)[1]
    assert "\n".join(by_place(told)) == "\n".join(by_place(TOLD))
    assert SECRET not in told
    places = [place(line.removeprefix("warning ")) for line in told.splitlines()]
    assert len(places) == len(set(places))


@pytest.mark.parametrize(
    "spec",
    [
        "googleCalendarSettings: sk-planted",
        "googleCalendarSettings: [sk-planted]",
        "googleCalendarSettings: { accessToken: 'p${sk-planted' }",
        "googleCalendarSettings: { accessToken: { value: sk-planted } }",
        "googleCalendarSettings: { accesToken: sk-planted }",
        "googleCalendarSettings: { accessToken: { $secret: sk-planted } }",
        "googleCalendarSettings: { accessToken: { $env: TOKEN } }",
        "googleCalendarSettings: { timezone: { $secret: TOKEN } }",
        "googleCalendarSettings: { freeSlots: { Friday: [{ from: { $secret: TOKEN }, to: 1 }] } }",
        "webhookAuth: { authSecret: [sk-planted] }",
        "lang: { $secret: TOKEN }",
        "pokeMessages: [{ $secret: TOKEN }, 1]",
        "llmConfig: { provider: { $secret: TOKEN }, temperature: { $secret: TOKEN } }",
        "llmConfig: !sk-planted { provider: x }",
        "params: { a: { $secret: TOKEN }, b: 2025-01-01 }",
    ],
)
def test_no_message_holds_what_may_be_a_secret(agent, spec):
    told = agent(f"spec:\n  {spec}\n")[1]
    assert told
    assert SECRET not in told


@pytest.mark.parametrize(
    "spec",
    [
        "userInactivityTimeout: 30",
        "llmConfig: { provider: { $secret: TOKEN } }",
        "alignment: { preamble: rtl }",
        "webhookAuth: { authKey: null, authSecret: null }",
        "greetingMessageType: null",
        "webToolsOverrides: { any: { header: value } }",
        "params: { a: null, b: [], c: {} }",
        "googleCalendarSettings: { freeSlots: { Sunday: [], Monday: [] }, meetingDuration: 0.5 }",
    ],
)
def test_what_the_api_allows_is_not_reported(agent, spec):
    assert agent(f"spec:\n  {spec}\n")[1] == ""


def test_a_reference_that_failed_is_reported_once(agent):
    told = agent("spec: { lang: { $var: x }, silenceThreshold: { $env: NOPE } }", offline=True)[1]
    assert [each.partition(" | ")[0] for each in told.splitlines()] == [
        "1 spec.lang: the environment sandbox has no variable `x`",
        "warning 1 spec.silenceThreshold: the environment variable NOPE is not set",
    ]


def test_mistakes_are_reported_at_their_place(agent):
    text = """\
        spec:
          lang: fr
          tools: { smartCallEnd: 1, genderDetection: 2 }
          params: { a: { $var: x } }
        environments:
          production:
            lang: de
            tools: { smartCallEnd: 3 }
            params:
              b: "${var.y}"
        """
    assert [line.split(":")[0] for line in agent(text)[1].splitlines()] == [
        "4 spec.params.a",
        "2 spec.lang",
        "3 spec.tools.genderDetection",
        "3 spec.tools.smartCallEnd",
    ]
    assert [line.split(":")[0] for line in agent(text, "production")[1].splitlines()] == [
        "4 spec.params.a",
        "10 environments.production.params.b",
        "7 environments.production.lang",
        "3 spec.tools.genderDetection",
        "8 environments.production.tools.smartCallEnd",
    ]


@pytest.mark.parametrize(
    ("base", "override", "expected"),
    [
        ({"a": 1}, {}, {"a": 1}),
        ({"a": 1, "b": 2}, {"b": 3, "c": 4}, {"a": 1, "b": 3, "c": 4}),
        ({"a": 1}, {"a": None}, {"a": None}),
        ({"a": {"x": 1}}, {"a": None}, {"a": None}),
        ({"a": {"x": 1, "y": 2}}, {"a": {"y": 3}}, {"a": {"x": 1, "y": 3}}),
        ({"a": {"x": {"p": 1}}}, {"a": {"x": {"q": 2}}}, {"a": {"x": {"p": 1, "q": 2}}}),
        ({"a": {"x": 1}}, {"a": {}}, {"a": {"x": 1}}),
        ({"a": [1, 2]}, {"a": [3]}, {"a": [3]}),
        ({"a": [1, 2]}, {"a": []}, {"a": []}),
        ({"a": 1}, {"a": {"x": 1}}, {"a": {"x": 1}}),
        ({"a": {"x": 1}}, {"a": "b"}, {"a": "b"}),
        ({"a": {"$file": "x"}}, {"a": {"$env": "Y"}}, {"a": {"$env": "Y"}}),
        ({"a": {"$file": "x"}}, {"a": {"x": 1}}, {"a": {"x": 1}}),
        ({"a": {"x": 1}}, {"a": {"$var": "x"}}, {"a": {"$var": "x"}}),
        ({"a": {"x": {"$var": "p"}}}, {"a": {"x": {"$var": "q"}}}, {"a": {"x": {"$var": "q"}}}),
        ({"a": {"$file": "x", "k": 1}}, {"a": {"k": 2}}, {"a": {"$file": "x", "k": 2}}),
    ],
)
def test_an_override_is_laid_over_the_spec_and_a_reference_is_one_value(base, override, expected):
    before = repr((base, override))
    assert overlaid(base, override) == expected
    assert repr((base, override)) == before


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ((), True),
        (("a",), True),
        (("a", "x"), True),
        (("a", "y"), False),
        (("b",), False),
        (("c", "$file"), True),
        (("d", 0, "from"), True),
    ],
)
def test_what_an_override_reaches_was_written_there(path, expected):
    override = {"a": {"x": 1}, "c": {"$file": "p"}, "d": [{"from": 1}]}
    assert reaches(override, path) is expected


def test_an_override_clears_replaces_and_refers(agent, tmp_path):
    (tmp_path / "p.md").write_text("prompt\n")
    text = """\
        spec:
          outcome: sum up
          preamble: here
          params: { a: 1, b: 2 }
        environments:
          production: { outcome: null, preamble: { $file: p.md }, params: { b: { $var: wait } } }
        """
    assert agent(text)[0].fields == {
        "outcome": "sum up",
        "preamble": "here",
        "params": {"a": 1, "b": 2},
    }
    desired, problems = agent(text, "production")
    assert problems == ""
    assert desired.fields == {"outcome": None, "preamble": "prompt", "params": {"a": 1, "b": 900}}


def test_overrides_of_other_environments_are_not_read(agent):
    text = "spec: {}\nenvironments: { production: { lang: fr, preamble: { $file: none } } }\n"
    assert agent(text)[1] == ""
    assert len(agent(text, "production")[1].splitlines()) == 2
