"""`convert`: v1 files become v2 files without loss, and the state follows."""

import os
import shutil
from pathlib import Path

import pytest

from reconciler.authoring.convert import converted, rule
from reconciler.config import agentfile
from reconciler.kinds import registry, v1_to_v2
from reconciler.schema import paths
from reconciler.yamledit import moves
from tests import handstyled
from tests.conftest import Serve
from tests.projects import Project

EXPECTED = Path(__file__).parent / "converted"
ENVIRONMENTS = ("sandbox", "staging", "production")
V1, V2 = registry.kind("agent", "v1"), registry.kind("agent", "v2")


def as_v2(tmp_path: Path, text: str, api: str = "v1") -> str:
    path = tmp_path / "desk.yaml"
    path.write_bytes(text.encode())
    file, problems = agentfile.read(path, "desk.yaml", ENVIRONMENTS, "v1")
    assert file
    assert not problems
    return converted(file, text, api).text


def test_every_field_of_v1_is_in_one_table_and_every_target_is_a_field_of_v2() -> None:
    without = {**v1_to_v2.LOST, **v1_to_v2.LOOKED_UP}
    for path in V1.fields:
        lost = [name for name in without if paths.covers(name, path)]
        assert len(lost) + (path in v1_to_v2.FROM_V1) == 1, path
    assert set(v1_to_v2.FROM_V1.values()) <= {*V2.fields}
    assert set(v1_to_v2.VALUES) <= {*v1_to_v2.FROM_V1}


@pytest.mark.parametrize("case", handstyled.cases(), ids=lambda case: case.name)
def test_hand_styled_files_keep_their_style(tmp_path: Path, case: handstyled.Case) -> None:
    """The expected texts were reviewed; UPDATE_GOLDENS=1 writes them again."""
    found = as_v2(tmp_path, case.text)
    path = EXPECTED / f"{case.name}.yaml"
    if os.environ.get("UPDATE_GOLDENS"):
        path.write_bytes(found.encode())
    assert found == path.read_bytes().decode()


STYLES = [
    (
        "groups with comments, an anchor that a group shares, an override of each depth",
        """\
# head
api: v1   # the old one
key: desk
id: { staging: 4b189a8e-f0c5-4e07-a41e-731d98cd72ad }
spec:
  # how it thinks
  llmConfig: &llm   # shared below
    modelName: GPT-4o   # the model
    provider: "OpenAI"
    apiKey: { $secret: LLM_KEY }
    # no temperature
  alignment:
    # the greeting
    greetingMessage: rtl
  noiseCancellation: 'telephony-optimized'   # as ever
  tools:   # both
    # by voice
    genderDetection: true
  webhookAuth: {authKey: Bearer, authSecret: {$secret: HOOK}}
lifecycle:
  ignore:
    - llmConfig.modelName   # tuned live
    - { field: tools, reason: theirs }
    - realTime   # gone
    - { field: preamble, until: 2027-01-01 }
environments:
  staging:
    llmConfig: *llm
  production:
    tools: { smartCallEnd: false }
# tail
""",
        """\
# head
api: v2   # the old one
key: desk
id: { staging: 4b189a8e-f0c5-4e07-a41e-731d98cd72ad }
spec:
  # how it thinks
  llm: &llm   # shared below
    model: GPT-4o   # the model
    provider: "OpenAI"
    apiKey: { $secret: LLM_KEY }
    # no temperature
  conversation:
    alignment:
      # the greeting
      greetingMessage: rtl
  callSettings:
    noiseCancellation: 'telephony_optimized'   # as ever
    # both
    # by voice
    genderDetection: true
  webhookAuth: {authKey: Bearer, authSecret: {$secret: HOOK}}
lifecycle:
  ignore:
    - llm.model   # tuned live
    - { field: callSettings.genderDetection, reason: theirs }
    - { field: callSettings.smartCallEnd, reason: theirs }
    - { field: conversation.preamble, until: 2027-01-01 }
environments:
  staging:
    llm: *llm
  production:
    callSettings:
      smartCallEnd: false
# tail
""",
    ),
    (
        "an override of which nothing is left, and tools that have to be looked up",
        """\
spec:
  agentName: Desk
  webToolsIds:   # two
    - 4b189a8e-f0c5-4e07-a41e-731d98cd72ad
environments:
  staging:
    realTime: true   # faster
  production: { description: x }
""",
        f"""\
api: v2
spec:
  name: Desk
  # not in v2: `webToolsIds`; {v1_to_v2.LOOKED_UP["webToolsIds"]}
  # webToolsIds:   # two
  #   - 4b189a8e-f0c5-4e07-a41e-731d98cd72ad
# not in v2: `description`; {v1_to_v2.LOST["description"]}
# description: x
environments:
  staging: {{}}
    # not in v2: `realTime`; {v1_to_v2.LOST["realTime"]}
    # realTime: true   # faster
  production: {{}}
""",
    ),
    (
        "braces over lines, with comments of entries, of a group, and of what is dropped",
        """\
spec: {
  agentName: D,   # name
  # about tools
  tools: { smartCallEnd: true, googleCalendar: false }, # both
  greetingMessage: "a # 1
    b", # two
  realTime: true # last
}
""",
        f"""\
# not in v2: `tools.googleCalendar`; {v1_to_v2.LOST["tools.googleCalendar"]}
# googleCalendar: false # both
# not in v2: `realTime`; {v1_to_v2.LOST["realTime"]}
# realTime: true # last
api: v2
spec: {{
  name: D,   # name
  callSettings: {{
    # about tools
    smartCallEnd: true
  }},
  conversation: {{
    greetingMessage: "a # 1
      b" # two
  }}
}}
""",
    ),
    (
        "comments below the last entry of a group, and blank lines between sections",
        """\
spec:
  agentName: D

  tools:
      genderDetection:  true

      # c
      smartCallEnd:   true # d
    # deeper
  lang: en
# tail

""",
        """\
api: v2
spec:
  name: D

  callSettings:
    genderDetection:  true

    # c
    smartCallEnd:   true # d
  # deeper
  voice:
    lang: en
# tail

""",
    ),
    (
        "an alias that would come before its anchor lets the section be at its last field",
        """\
spec:
  preamble: One.
  lang: &tongue en
  params: { tongue: *tongue }
""",
        """\
api: v2
spec:
  voice:
    lang: &tongue en
  conversation:
    preamble: One.
    params: { tongue: *tongue }
""",
    ),
]


@pytest.mark.parametrize(("before", "after"), [s[1:] for s in STYLES], ids=[s[0] for s in STYLES])
def test_styles_that_no_hand_has_written_yet(tmp_path: Path, before: str, after: str) -> None:
    assert as_v2(tmp_path, before) == after


def test_a_file_of_a_v2_project_names_no_generation(tmp_path: Path) -> None:
    text = as_v2(tmp_path, "# head\napi: v1\nspec:\n  agentName: Desk\n", "v2")
    assert text == "# head\nspec:\n  name: Desk\n"


LEFT = [
    ("spec:\n  lang: en\n  tools: &t {smartCallEnd: true}\nenvironments: {staging: {tools: *t}}\n", 3, "has to be written out"),  # noqa: E501
    ("spec:\n  lang: en\n  <<: &more { voiceId: x }\n", 3, "a merge key"),
    ("spec:\n  ? lang\n  : en\n", 2, "a key with `?`"),
    ("spec:\n  tools: { $var: flags }\n", 2, "comes from elsewhere"),
    ("spec:\n  description: &d said\n  preamble: *d\n", 2, "anchors"),
    ("spec:\r\n  lang: en\n", 1, "end in two ways"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "line", "reason"), LEFT, ids=[one[2] for one in LEFT])
def test_what_would_lose_something_is_refused(
    tmp_path: Path, text: str, line: int, reason: str
) -> None:
    with pytest.raises(moves.NotMovableError, match=r".") as found:
        as_v2(tmp_path, text)
    assert reason in str(found.value)
    assert found.value.line == line


def test_a_group_moves_whole_if_all_of_it_has_one_place() -> None:
    assert rule(("llmConfig",)) == moves.Moved(("llm",), {"modelName": "model"})
    assert rule(("alignment",)) == moves.Moved(("conversation", "alignment"))
    assert rule(("tools",)) == moves.Opened()


PROJECT = """\
default_environment: here
drift:
  ignore: [preamble]   # theirs
environments:
  here:
    url: { $env: HAMSA_BASE_URL }
    api_key: { $secret: HAMSA_API_KEY }
    policies:
      protected_fields:
        - desk:voiceId   # never
      required_text:
        - { text: وداعاً, field: greetingMessage, agents: [desk] }
"""

DESK = """\
spec:
  agentName: Desk
  lang: ar   # Gulf
  greetingMessage: أهلاً. وداعاً
  realTime: true
  llmConfig: { provider: Custom, modelName: m, temperature: 0.5, baseUrl: "https://l.example", apiKey: { $secret: LLM } }
  webhookUrl: https://hooks.example.com
  webhookAuth: { authKey: Bearer, authSecret: { $secret: HOOK } }
  webToolsOverrides: { one: { authToken: planted-words-of-a-token } }
"""  # noqa: E501


@pytest.fixture
def live(serve: Serve, project: Project) -> Project:
    """Two agents that v1 has applied; the value of one secret is another one since."""
    server = serve("shape=G3&patch=replace")
    project.write("reconciler.yaml", PROJECT)
    project.write("agents/desk.yaml", DESK)
    project.write("agents/other.yaml", "spec:\n  agentName: Other\n  silenceThreshold: 700\n")
    project.on(server.url)
    project.env |= {"LLM": "planted-llm-key", "HOOK": "planted-hook"}
    done = project.apply()
    assert done.code == 0, done.err
    return project


@pytest.mark.socket
def test_a_plan_is_empty_afterwards_and_the_first_apply_can_be_rolled_back(live: Project) -> None:
    before = {path: path.read_text() for path in live.root.rglob("*.yaml")}
    dry = live.run("convert", "--all", "--dry-run")
    assert dry.code == 0, dry.err
    assert before == {path: path.read_text() for path in live.root.rglob("*.yaml")}
    assert "+ " in dry.out
    assert "planted" not in dry.out + dry.err
    assert "(sensitive)" in dry.out

    done = live.run("convert", "--all", "--format", "json")
    assert done.code == 0, done.err
    desk, other = done.json["files"]
    assert (desk["environments"], other["left"]) == (["here"], [])
    assert [(one["path"], one["line"]) for one in desk["left"]] == [
        ("realTime", 5),
        ("webToolsOverrides", 9),
    ]
    text = live.root.joinpath("reconciler.yaml").read_text()
    assert "ignore: [preamble, conversation.preamble]   # theirs" in text
    assert "- desk:voiceId   # never\n        - desk:voice.voiceId\n" in text
    assert "{ text: وداعاً, field: conversation.greetingMessage, agents: [desk] }" in text

    assert live.changes() == []
    assert live.run("drift").code == 0
    live.env["LLM"] = "another-key"
    assert live.changes() == ["desk: llm.apiKey (sensitive) (edit)"]
    live.env["LLM"] = "planted-llm-key"

    path = live.root / "agents/other.yaml"
    path.write_text(path.read_text().replace("700", "800"))
    assert live.changes() == ["other: callSettings.silenceThreshold 700 -> 800 (edit)"]
    assert live.apply().code == 0
    back = live.run("rollback", "--auto-approve")
    assert back.code == 0, back.err
    path.write_text(path.read_text().replace("800", "700"))
    assert live.changes() == []


@pytest.mark.socket
def test_a_secret_that_is_not_set_or_not_the_applied_one_is_not_taken_for_it(
    live: Project,
) -> None:
    live.env["HOOK"] = "rotated"
    del live.env["LLM"]
    assert live.run("convert", "desk").code == 0
    live.env["LLM"] = "planted-llm-key"
    assert live.changes() == [
        "desk: webhookAuth.authSecret (sensitive) (edit)",
    ]


@pytest.mark.socket
def test_all_files_or_none_and_every_mistake_at_once(live: Project) -> None:
    live.write("agents/bad.yaml", "spec:\n  agentName: Bad\n  ? lang\n  : en\n")
    live.write("agents/odd.yaml", "spec:\n  agentName: Odd\n  responseDelay: 400.5\n")
    before = {path: path.read_bytes() for path in live.root.rglob("*") if path.is_file()}
    done = live.run("convert", "--all")
    assert done.code == 1
    assert "agents/bad.yaml:3" in done.err
    live.root.joinpath("agents/bad.yaml").write_text("spec:\n  agentName: Bad\n  lang: en\n")
    done = live.run("convert", "--all")
    assert done.code == 1
    assert "agents/odd.yaml:3" in done.err
    assert "as v2" in done.err
    live.root.joinpath("agents/bad.yaml").write_bytes(before[live.root / "agents/bad.yaml"])
    assert before == {path: path.read_bytes() for path in before}
    assert live.run("convert").code == 64
    assert live.run("convert", "--all", "desk").code == 64
    done = live.run("convert", "dsk")
    assert (done.code, "desk" in done.err) == (64, True)
    live.root.joinpath("agents/odd.yaml").unlink()
    live.root.joinpath("agents/bad.yaml").unlink()
    assert live.run("convert", "o*").code == 0
    assert live.run("convert", "other").out == "Convert: there is no v1 file to convert.\n"
    assert "api: v2" not in live.root.joinpath("agents/desk.yaml").read_text()


@pytest.mark.socket
def test_hand_styled_agents_are_in_sync_before_and_after(serve: Serve, project: Project) -> None:
    server = serve("shape=G3")
    place = "{ url: { $env: HAMSA_BASE_URL }, api_key: { $secret: HAMSA_API_KEY } }"
    places = "".join(f"  {name}: {place}\n" for name in ENVIRONMENTS)
    project.write("reconciler.yaml", f"default_environment: sandbox\nenvironments:\n{places}")
    for path in sorted(handstyled.FOLDER.glob("*.yaml")):
        shutil.copy(path, project.root / "agents" / f"{path.stem}.yaml")
    project.on(server.url)
    done = project.apply("--create-anyway")
    assert done.code == 0, done.err + done.out
    assert project.run("convert", "--all").code == 0
    assert project.changes() == []


@pytest.mark.cli
def test_the_example_project_moves_to_v2(tmp_path: Path) -> None:
    """Converted, planned, applied and rolled back on the embedded sandbox."""
    root = Path(__file__).parent.parent
    shutil.copytree(root / "agents", tmp_path / "agents")
    shutil.copy(root / "reconciler.yaml", tmp_path)
    example = Project(tmp_path)
    assert example.apply().code == 0
    done = example.run("convert", "--all", "--format", "json")
    assert done.code == 0, done.err
    kept = {"googleCalendarSettings", "outcome", "realTime", "tools.googleCalendar"}
    assert {left["path"] for one in done.json["files"] for left in one["left"]} <= kept
    assert example.run("validate").code == 0
    assert example.run("fmt", "--check").code == 0
    assert example.changes() == []

    path = tmp_path / "agents/clinic-reminders.yaml"
    before = path.read_text(encoding="utf-8")
    path.write_text(before.replace("interrupt: true", "interrupt: false"), encoding="utf-8")
    assert example.changes() == ["clinic-reminders: callSettings.interrupt true -> false (edit)"]
    assert example.apply().code == 0
    assert example.run("rollback", "--auto-approve").code == 0
    path.write_text(before, encoding="utf-8")
    assert example.changes() == []
