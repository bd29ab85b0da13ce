"""A live agent as files: hand-written style, complete or reported, and read back unchanged."""

import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from reconciler import jsonvalues
from reconciler.authoring import compose
from reconciler.config import agentfile, schema
from reconciler.config.references import Scope
from reconciler.engine import decoding
from reconciler.jsonvalues import Secret
from reconciler.kinds.agent_v1 import AGENT_V1
from reconciler.model import Live
from reconciler.sandbox.seed import load_seed
from reconciler.sandbox.v1.responses import answer
from reconciler.schema import wire
from reconciler.schema.table import UNKNOWN
from reconciler.yamledit.reading import loads
from tests.build import decoded

ID = "48f7656f-098b-4c43-b165-7cfd2cc8ac30"
DAY = [[{"from": "09:00:00", "to": "12:00:00"}, {"from": "13:00:00", "to": "17:00:00"}]]
DEFAULT_PROMPT = "You are a helpful assistant that will answer users questions."
EXACTLY = "cannot be written in a file exactly"


def composed(*given, full=False, **more):
    """Most tests check either the values that differ from defaults, or all values."""
    return compose.composed(*given, much="full" if full else "minimal", **more)


G1 = {
    "id": ID,
    "projectId": "p",
    "apiKeyId": "k",
    "agentName": "Desk",
    "greetingMessage": "Hello, how can I help you today?",
    "description": None,
    "preamble": DEFAULT_PROMPT,
    "lang": "ar",
    "pokeMessages": [],
    "realTime": False,
    "silenceThreshold": 800,
    "interrupt": False,
    "outcome": None,
    "voiceRecordId": None,
    "voiceRecord": None,
    "tools": None,
    "params": {},
    "createdAt": "2026-01-01T00:00:00Z",
    "updatedAt": "2026-01-01T00:00:00Z",
}
G3 = {
    **G1,
    "interrupt": True,
    "greetingMessageType": None,
    "type": "Single Prompt",
    "voiceId": None,
    "collectionId": None,
    "icon": None,
    "webhookUrl": None,
    "webhookAuth": None,
    "webToolsIds": [],
    "voiceDictionaryIds": [],
    "knowledgeBaseItemsIds": [],
    "webToolsOverrides": {},
    "outcomeResponseShape": None,
    "alignment": {"greetingMessage": "ltr", "preamble": "ltr"},
    "tools": {"genderDetection": False, "smartCallEnd": False},
    "responseDelay": 400,
    "noiseCancellation": "telephony_optimized",
    "llmConfig": None,
}
UNSHOWN_G1 = "tools.googleCalendar, tools.genderDetection, tools.smartCallEnd"
UNSHOWN_G3 = """\
# Not here (not shown by the API): isTemplate, userInactivityTimeout, maxCallDuration,
#   minInterruptionDuration, vadActivationThreshold, waitForUserToSpeakFirst, backgroundNoise,
#   thinkingVoice, speakerIdentification, agenticRag, languageDialectSwitcher,
#   enableAutoGainControl, sendDenoisedToStt, cancelNoisePer
"""

ARABIC = {
    **G1,
    "agentName": "عيادة النور",
    "greetingMessage": "السلام عليكم {{caller}} 👋، معك عيادة النور: كيف أقدر أساعدك؟",
    "preamble": "# الدور\n\nأنت صوت العيادة. السعر ${price} والخصم $${off}.\n",
    "pokeMessages": ["ألو؟", "أنا معك\u200f", "no", "- نعم"],
    "params": {"caller": "ضيفنا", "on": "09:00", "clinic": {"city": "الرياض", "floors": [1, 2.5]}},
    "silenceThreshold": 1200,
    "interrupt": True,
    "outcome": "لخص المكالمة في ثلاثة أسطر: " + "اسم المريض والموعد " * 5 + "والسلام.",
    "voiceRecordId": "1f3396aa-24e3-4523-b4ef-7dd4adb8fab9",
}
ARABIC_FILES = {
    "ayada-alnur.yaml": f"""\
# yaml-language-server: $schema=../schemas/agent.v1.json
id: {ID}
spec:
  agentName: عيادة النور
  greetingMessage: "السلام عليكم {{{{caller}}}} 👋، معك عيادة النور: كيف أقدر أساعدك؟"
  preamble: {{ $file: prompts/ayada-alnur.md }}
  voiceId: 1f3396aa-24e3-4523-b4ef-7dd4adb8fab9
  pokeMessages:
    - ألو؟
    - "أنا معك\\u200F"
    - "no"
    - "- نعم"
  params:
    caller: ضيفنا
    "on": "09:00"
    clinic: {{ city: الرياض, floors: [1, 2.5] }}
  silenceThreshold: 1200
  interrupt: true
  outcome: {{ $file: prompts/ayada-alnur.outcome.md }}

# Not here (not shown by the API): {UNSHOWN_G1}
""",
    "prompts/ayada-alnur.md": "# الدور\n\nأنت صوت العيادة. السعر $${price} والخصم $$${off}.\n\n",
    "prompts/ayada-alnur.outcome.md": f"{ARABIC['outcome']}\n",
}

CALENDAR = {
    **G1,
    "tools": {
        "id": "t",
        "voiceAgentToolsId": "v",
        "calendarId": "primary",
        "calendarName": None,
        "accessToken": "ya29.planted-access",
        "refreshToken": "1//planted-refresh",
        "eventTitle": "New meeting by {agentName}",
        "meetingDuration": 30,
        "timezone": "Asia/Riyadh",
        "freeSlots": {"Sunday": DAY, "Friday": [], "Monday": [[DAY[0][0]]]},
    },
}
CALENDAR_FILES = {
    "24-desk.yaml": f"""\
spec:
  agentName: Desk
  googleCalendarSettings:
    calendarId: primary
    accessToken: {{ $secret: _24_DESK_GOOGLE_CALENDAR_ACCESS_TOKEN }}
    refreshToken: {{ $secret: _24_DESK_GOOGLE_CALENDAR_REFRESH_TOKEN }}
    eventTitle: New meeting by {{agentName}}
    meetingDuration: 30
    timezone: Asia/Riyadh
    freeSlots:
      Monday: [{{ from: "09:00", to: "12:00" }}]
      Sunday: [{{ from: "09:00", to: "12:00" }}, {{ from: "13:00", to: "17:00" }}]

# Not here (not shown by the API): {UNSHOWN_G1}
"""
}

LATER = {
    **G3,
    "interrupt": False,
    "outcomeResponseShape": {
        "type": "object",
        "properties": {"kind": {"type": "string", "description": "why", "enum": ["new", "old"]}},
        "required": ["kind"],
    },
    "tools": {"genderDetection": False, "smartCallEnd": True},
    "webhookUrl": "https://hooks.example.com/" + "x" * 100,
    "webhookAuth": {"authKey": "Token", "authSecret": "planted-hook"},
    "knowledgeBaseItemsIds": '["a", "b"]',
    "webToolsOverrides": {"tool": {"token": "planted-override"}},
    "llmConfig": {
        "provider": "Custom",
        "modelName": "GPT-4.1",
        "baseUrl": "https://llm.example.com/v1",
        "apiKey": "planted-key",
        "temperature": 0.2,
    },
}
LATER_FILES = {
    "desk.yaml": f"""\
# yaml-language-server: $schema=../schemas/agent.v1.json
spec:
  agentName: Desk
  interrupt: false
  outcomeResponseShape:
    type: object
    properties:
      kind: {{ type: string, description: why, enum: [new, old] }}
    required: [kind]
  tools:
    genderDetection: false
    smartCallEnd: true
  webhookUrl: https://hooks.example.com/{"x" * 100}
  webhookAuth:
    authKey: Token
    authSecret: {{ $secret: DESK_WEBHOOK_AUTH_SECRET }}
  knowledgeBaseItemsIds:
    - a
    - b
  llmConfig:
    provider: Custom
    modelName: GPT-4.1
    baseUrl: https://llm.example.com/v1
    apiKey: {{ $secret: DESK_LLM_API_KEY }}
    temperature: 0.2

{UNSHOWN_G3}\
# Not here (may hold secrets, so that its values were not read): webToolsOverrides
"""
}


def yaml_of(made):
    return next(iter(made.files.values()))


def spec_of(made):
    """The lines of the spec, without the frame and the comments."""
    return yaml_of(made).partition("spec:")[2].partition("\n# ")[0].strip("\n")


def reasons(made):
    unshown = "not shown by the API"
    return {item.path: item.reason for item in made.left_out if item.reason != unshown}


def read(made, folder):
    """What the written files declare, by what reads agent files."""
    for name, text in made.files.items():
        path = folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(text.encode())
    file, problems = agentfile.read(folder / f"{made.key}.yaml", "x.yaml", ("production",), "v1")

    def scope(inside):
        return Scope(
            root=folder,
            folder=inside,
            variables={"price": "1"},
            environment="",
            env={},
            secret=lambda name: None,
            offline=True,
        )

    desired, more = agentfile.resolve(file, scope, "production")
    assert [p for p in (*problems, *more) if not p.warning] == []
    return desired


WHOLE = [
    (ARABIC, "ayada-alnur", {"pin": ID}, ARABIC_FILES),
    (CALENDAR, "24-desk", {"schema": ""}, CALENDAR_FILES),
    (LATER, "desk", {}, LATER_FILES),
]


@pytest.mark.parametrize(("payload", "key", "options", "files"), WHOLE)
def test_the_files_are_as_a_hand_would_write_them(payload, key, options, files, tmp_path):
    made = composed(decoded(payload), key, **options)
    assert made.files == files
    assert list(made.files) == list(files)
    assert "planted" not in repr(made)
    desired = read(made, tmp_path)
    assert desired.fields == made.fields
    assert desired.id == options.get("pin")
    assert {p: v.name for p, v in made.fields.items() if isinstance(v, Secret)} == made.secrets


@pytest.mark.slow
@pytest.mark.parametrize("shape", ["G1", "G3"])
@pytest.mark.parametrize("full", [False, True])
def test_every_agent_of_the_sandbox_comes_back(shape, full, tmp_path):
    for number, record in enumerate(load_seed()):
        agent = decoding.decode(AGENT_V1, answer(record, shape))
        made = composed(agent, f"agent-{number}", full=full)
        folder = tmp_path / f"{number}"
        folder.mkdir()
        desired = read(made, folder)
        left = {item.path for item in made.left_out}
        assert {p for p in left if p in agent.fields} <= {"description"}
        for path, value in desired.fields.items():
            if not isinstance(value, Secret):
                assert wire.same(AGENT_V1[path], value, agent.fields[path]), path


@pytest.mark.parametrize(("payload", "key", "options", "files"), WHOLE)
def test_an_editor_with_the_schema_reports_nothing(payload, key, options, files):
    checker = Draft202012Validator(schema.agent(AGENT_V1))
    for full in (False, True):
        made = composed(decoded(payload), key, full=full, pin={"production": ID})
        assert [e.message for e in checker.iter_errors(loads(yaml_of(made), "x").data)] == []


def test_an_agent_of_defaults_is_its_name():
    assert spec_of(composed(decoded(G1), "desk")) == "  agentName: Desk"


def test_every_value_that_can_be_set_is_written_unless_less_is_asked_for():
    made = compose.composed(decoded(G3, lang="en", webToolsIds=["a"]), "desk")
    values = {path: value for path, value in decoded(G3).fields.items() if value is not None}
    assert made.fields == {
        **{path: value for path, value in values.items() if path != "type"},  # only when created
        "lang": "en",
        "webToolsIds": ["a"],
    }
    assert {"realTime", "pokeMessages", "tools.smartCallEnd"} <= made.fields.keys()
    assert list(composed(decoded(G3, lang="en"), "desk").fields) == ["agentName", "lang"]


def test_in_full_every_null_that_clears_and_every_default_is_written():
    made = composed(decoded(G1), "desk", full=True)
    assert (
        spec_of(made)
        == """\
  agentName: Desk
  greetingMessage: Hello, how can I help you today?
  preamble: { $file: prompts/desk.md }
  lang: ar
  voiceId: null
  pokeMessages: []
  params: {}
  realTime: false
  silenceThreshold: 800
  interrupt: false
  outcome: null"""
    )
    assert made.files["prompts/desk.md"] == f"{DEFAULT_PROMPT}\n"
    later = composed(decoded(G3), "desk", full=True)
    assert later.fields["webhookAuth.authKey"] is None
    assert later.fields["noiseCancellation"] == "telephony_optimized"
    assert later.fields["tools.smartCallEnd"] is False
    assert reasons(later) == {}


def test_a_default_of_another_generation_is_no_default():
    assert composed(decoded(G1, interrupt=True), "desk").fields["interrupt"] is True
    assert composed(decoded(G3, interrupt=False), "desk").fields["interrupt"] is False
    between = decoded(G1, webhookUrl=None, interrupt=False)  # G2, whose pages contradict each other
    assert composed(between, "desk").fields["interrupt"] is False


def test_an_empty_value_is_written_if_a_new_agent_would_get_another():
    made = composed(decoded(G1, greetingMessage="", preamble=""), "desk")
    assert spec_of(made) == '  agentName: Desk\n  greetingMessage: ""\n  preamble: ""'


def test_null_is_omitted_silently_if_it_cannot_be_written():
    made = composed(decoded(G1, lang=None, params=None), "desk", full=True)
    assert not {"lang", "params"} & {*made.fields, *reasons(made)}


@pytest.mark.parametrize("name", ["", None])
def test_an_agent_without_a_name_is_reported(name):
    made = composed(decoded(G1, agentName=name), "desk")
    assert spec_of(made) == " {}"
    assert reasons(made) == {"agentName": "empty, which an agent's name cannot be"}


def test_a_pin_may_be_for_each_environment(tmp_path):
    made = composed(decoded(G1), "desk", pin={"production": ID})
    assert f"\nid:\n  production: {ID}\nspec:\n" in yaml_of(made)
    assert read(made, tmp_path).id == ID


TEXTS = [
    # preamble, in the YAML file, in the Markdown file
    ("Hi", "{ $file: prompts/desk.md }", "Hi\n"),
    ("Hi\n", "{ $file: prompts/desk.md }", "Hi\n\n"),
    ("\n", '"\\n"', None),
    ("  a \t\n---\n# b\n", "{ $file: prompts/desk.md }", "  a \t\n---\n# b\n\n"),
    ("${a} $${b} $$${c} ${", "{ $file: prompts/desk.md }", "$${a} $$${b} $$$${c} $${\n"),
    ("\u202eمرحبا 👩\u200d⚕️\u2028", "{ $file: prompts/desk.md }", "\u202eمرحبا 👩\u200d⚕️\u2028\n"),
    ("a\r\nb", r'"a\r\nb"', None),
    ("a\r", r'"a\r"', None),
    ("\ufeffa", r'"\uFEFFa"', None),
    ("/", "/", None),  # a file with only a path is refused, as git writes links that it cannot make
    ("../desk.yaml", '"../desk.yaml"', None),
    (
        "version https://git-lfs.github.com/spec/v1",
        "version https://git-lfs.github.com/spec/v1",
        None,
    ),
    ("Yes/no questions only.\n", "{ $file: prompts/desk.md }", "Yes/no questions only.\n\n"),
    ("<<<<<<< a\nb\n=======\nc\n>>>>>>> d", r'"<<<<<<< a\nb\n=======\nc\n>>>>>>> d"', None),
    ("a\x1b[2J\x00${b}", r'"a\x1B[2J\x00$${b}"', None),
]


@pytest.mark.parametrize(("text", "written", "file"), TEXTS, ids=[ascii(t) for t, _, _ in TEXTS])
def test_a_prompt_is_a_file_if_a_file_can_hold_it(text, written, file, tmp_path):
    made = composed(decoded(G1, preamble=text), "desk")
    assert spec_of(made) == f"  agentName: Desk\n  preamble: {written}"
    assert made.files.get("prompts/desk.md") == file
    assert read(made, tmp_path).fields["preamble"] == text


def test_other_long_texts_are_files_too_under_names_of_their_own():
    words = "a few words " * 10
    alignment = {"greetingMessage": words, "preamble": "a\nb"}
    made = composed(
        decoded(G3, agentName=words, greetingMessage=words, outcome="a\nb", alignment=alignment),
        "desk",
    )
    assert list(made.files)[1:] == [
        "prompts/desk.greetingMessage.md",
        "prompts/desk.outcome.md",
        "prompts/desk.alignment.greetingMessage.md",
        "prompts/desk.alignment.preamble.md",
    ]
    assert f'agentName: "{words}"' in yaml_of(made)
    title = {**CALENDAR["tools"], "eventTitle": "a\nb"}
    assert "prompts/desk.eventTitle.md" in composed(decoded(G1, tools=title), "desk").files


def test_secrets_are_named_only_if_wanted_and_only_if_one_is_held():
    without = composed(decoded(LATER), "desk", with_secrets=False)
    assert without.secrets == {}
    assert "$secret" not in yaml_of(without)
    assert reasons(without) == {
        "webhookAuth.authSecret": "a secret; declare it to manage it",
        "webToolsOverrides": "may hold secrets, so that its values were not read",
        "llmConfig.apiKey": "a secret; declare it to manage it",
    }
    auth = {"authKey": "Token", "authSecret": None}
    made = composed(decoded(LATER, webhookAuth=auth), "desk", full=True)
    assert "webhookAuth.authSecret" not in {*made.secrets, *reasons(made)}


def test_each_secret_has_a_name_of_its_own():
    agent = Live(
        kind=AGENT_V1,
        id=ID,
        name="",
        generation="G1",
        fields={},
        secrets={field.path: True for field in AGENT_V1 if field.fact.sensitive},
        rest={},
    )
    later = {**agent.__dict__, "generation": "G3"}
    for one in (agent, Live(**later)):
        names = list(composed(one, "desk").secrets.values())
        assert len(names) == len(set(names)) == 2


REFUSED = [
    ("silenceThreshold", 0, "a whole number of milliseconds, 1 or more; it is 0"),
    ("silenceThreshold", 0.5, "a whole number of milliseconds, 1 or more; it is 0.5"),
    ("lang", "fr", 'must be `ar` or `en`; it is "fr"'),
    ("lang", "\x1b]0;\u202e\n", r'it is "\x1B]0;\u202E\n"'),
    ("pokeMessages", [1], "`pokeMessages.0` must be text; it is 1"),
    ("params", [], "`params` must be a mapping; it is an empty list"),
    ("params", {"a": {"$file": "../../etc/passwd"}}, EXACTLY),
    ("params", {"$secret": "HAMSA_API_KEY"}, EXACTLY),
    ("params", {"a": float("nan")}, EXACTLY),
    ("params", {"a": float("-inf")}, EXACTLY),
    ("params", {"x" * 1100: 1}, EXACTLY),
    ("params", {"a": "\ud83d"}, EXACTLY),
    ("params", {"\udc00": 1}, EXACTLY),
    ("preamble", "a\ud83d", EXACTLY),
    ("params", {"a": [1] * 100_001}, EXACTLY),
    ("preamble", "x" * 1_000_001, "too much for one file"),
    ("preamble", "ع" * 500_001, "too much for one file"),
]


@pytest.mark.slow
@pytest.mark.parametrize(("path", "value", "reason"), REFUSED, ids=range(len(REFUSED)))
def test_what_cannot_be_declared_is_reported_and_the_rest_is_written(path, value, reason, tmp_path):
    made = composed(decoded(G1, realTime=True, **{path: value}), "desk")
    assert reasons(made).keys() == {path}
    assert reason in reasons(made)[path]
    assert made.fields == {"agentName": "Desk", "realTime": True}
    assert read(made, tmp_path).fields == made.fields
    assert list(made.files) == ["desk.yaml"]


def test_a_deep_value_is_reported():
    deep = "x"
    for _ in range(60):
        deep = [deep]
    made = composed(decoded(G1, params={"a": deep}, lang="fr", outcome="a\nb"), "desk")
    assert reasons(made) == {"params": EXACTLY, "lang": '`lang` must be `ar` or `en`; it is "fr"'}
    assert made.fields["outcome"] == "a\nb"


@pytest.mark.slow
def test_of_values_that_are_too_much_together_the_largest_is_reported():
    half = "\r" + "x" * 600_000
    made = composed(decoded(G1, preamble=f"{half}x", outcome=half), "desk")
    assert reasons(made) == {"preamble": "too much for one file"}
    assert made.fields["outcome"] == half


def test_more_than_the_api_documents_is_reported():
    calendar = {**CALENDAR["tools"], "timezone": "Asia/Kuwait", "freeSlots": {"Someday": DAY}}
    made = composed(decoded(G1, description="Old", tools=calendar), "desk")
    assert reasons(made) == {
        "description": "shown by the API, which documents no way to set it",
        "googleCalendarSettings.timezone": (
            "`timezone`: not in the API's list; the nearest that is: `Asia/Riyadh`; "
            'it is "Asia/Kuwait"'
        ),
        "googleCalendarSettings.freeSlots": "`Someday` is not a known key",
    }


def test_what_this_version_does_not_know_is_reported_by_name_and_harmless():
    odd = {"x\nspec: {}\u202e": 1, "new field": 2, "n" * 200: 3, "tools2": {"a": 1}}
    made = composed(decoded(G1, deletedAt=None, deletedBy=None, **odd), "desk")
    assert reasons(made) == dict.fromkeys(odd, "unknown to this version; stays as it is live")
    comments = yaml_of(made).partition("\n# ")[2]
    assert all(line.startswith("#") for line in comments.splitlines()[1:])
    assert r'"x\nspec: {}\u202E"' in comments
    assert "n" * 101 not in comments


def test_a_comment_lists_some_paths_and_counts_the_others():
    made = composed(decoded(G1, **{f"new{n:03}": n for n in range(100)}), "desk")
    assert len(reasons(made)) == 100
    assert "new029, and 70 more" in yaml_of(made).replace("\n#  ", "")


TRICKY = [
    *("", " ", "\n", "a\n", "a\r\nb", "\r", "a\rb\n", "---", "--- a\n...", "# a", "a # b", "a: b"),
    *("\ta", "a ", "- a", "{a}", "[a]", "'a'", '"a"', "\\", "yes", "null", "~", "1", "0x1", "1e3"),
    *("09:00", "2024-01-01", "${a}", "$${a}", "$$${", "${var.price}", "${", "{{a}}", "<<", "="),
    *(
        "السلام عليكم",
        "👋🏽",
        "\u200fمرحباً\u200f",
        "a\u2028b",
        "\x85",
        "\ufeffa",
        "\x00",
        "\x1b[0m",
    ),
    *("\ud83d", "a b " * 40, "a\n" * 40, "x" * 150, "!a", "&a", "*a", "%a", "@a", "`a", "|", "> a"),
]
texts = st.text(max_size=30) | st.lists(st.sampled_from(TRICKY), max_size=3).map("".join)
keys = texts | st.sampled_from(["$file", "$secret", "$env", "$var", "from", "to", "Monday"])
values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(keys, inner, max_size=3),
    max_leaves=8,
)
slots = st.lists(st.just({"from": "09:00", "to": "12:30"}), max_size=3)
weeks = st.dictionaries(st.sampled_from(["Monday", "Friday", "Sunday"]), slots)


def fitting(field):
    kind = field.schema.get("type")
    kinds = {
        "string": texts,
        "boolean": st.booleans(),
        "integer": st.integers(0, 2000),
        "number": st.integers(0, 2000) | st.floats(0, 2000),
        "array": st.lists(texts, max_size=3),
        "object": st.dictionaries(keys, values, max_size=3),
    }
    if field.path.endswith("freeSlots"):
        return weeks
    default = field.default("G1")
    usual = st.nothing() if default is UNKNOWN else st.just(default)
    return kinds.get(kind, texts) | st.none() | usual


readable = [field for field in AGENT_V1 if not field.fact.sensitive]
agents = st.builds(
    Live,
    kind=st.just(AGENT_V1),
    id=st.just(ID),
    name=st.just(""),
    generation=st.sampled_from(["G1", "G2", "G3"]),
    fields=st.fixed_dictionaries(
        {}, optional={field.path: fitting(field) | values for field in readable}
    ),
    secrets=st.fixed_dictionaries(
        {}, optional={field.path: st.booleans() for field in AGENT_V1 if field.fact.sensitive}
    ),
    rest=st.dictionaries(texts.map("rest {}".format), st.just("sha256:0"), max_size=3),
)


@pytest.mark.slow
@settings(suppress_health_check=list(HealthCheck))
@given(agents, st.sampled_from(["minimal", "all", "full"]), st.booleans())
def test_every_leaf_comes_back_exactly_or_is_reported(agent, much, with_secrets):
    made = compose.composed(agent, "desk", pin=ID, much=much, with_secrets=with_secrets)
    with tempfile.TemporaryDirectory() as folder:
        desired = read(made, Path(folder))
    assert desired.fields == made.fields
    left = {item.path for item in made.left_out}
    assert not left & made.fields.keys()
    for field in AGENT_V1:
        path = field.path
        if path in made.secrets:
            assert agent.secrets[path]
        elif path in made.fields:
            assert wire.same(field, made.fields[path], agent.fields[path])
            assert jsonvalues.equal(made.fields[path], agent.fields[path]) or "freeSlots" in path
        elif path not in left:
            assert quiet(field, agent, much), path
    assert agent.rest.keys() <= left


def quiet(field, agent, much):
    """Whether a leaf that is not written needs no mention."""
    if field.fact.sensitive:
        held = agent.secrets.get(field.path)
        return not held and (held is False or not AGENT_V1.in_generation(field, agent.generation))
    if field.path not in agent.fields:
        return not AGENT_V1.in_generation(field, agent.generation)
    value = agent.fields[field.path]
    default = field.default(agent.generation)
    nothing = value is None if default is UNKNOWN else wire.same(field, value, default)
    empty = default is UNKNOWN and value in ("", [], {})
    closed = field.path.endswith("freeSlots") and wire.same(field, value, {})
    if much == "all":
        return value is None or field.fact.create_only
    return (value is None and not field.nullable) or (
        much == "minimal" and (value is None or nothing or empty or closed)
    )
