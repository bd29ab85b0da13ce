"""Import: live agents become files, nothing is lost silently, and the next plan is empty."""

import random
import re
import stat
from typing import Any

import pytest

from reconciler.sandbox.v1.validation import VOICES
from tests.projects import Project
from tests.seed_fields import FULL

pytestmark = pytest.mark.cli

TOKENS = {"accessToken": "ya29.planted-access", "refreshToken": "1//planted-refresh"}
LONG = "n" * 300
ODD_NAMES = ["", "../../x", LONG, "null", "con", "prompts", "desk", "desk", "Desk", "عيادة النور"]
SAID = """
hello there، أهلاً وسهلاً مرحبا 👋🏽 مـــرحبا e\u0301 ${var.x} $${y} $ { }} {{z}} # - : key: ---
... & * ! | > % @ ` ' " \\ \\n no yes null 0x1f 1e3 ~ << 2026-01-01
"""
ACTING = [
    "\u200f",
    "\u202e",
    "\u00a0",
    "\ufeff",
    "\u2028",
    "\x85",
    "\x0b",
    "\t",
    "\x00",
    "\x1b[31m",
]
MANY = 25
WORDS = [*SAID.split(), *ACTING]
BREAKS = ["\n", "\n\n", "\r\n", "\n  ", " \n", "\n\n\n", "\r"]


def text(dice: random.Random, most: int) -> str:
    pieces = [
        dice.choice(WORDS) + (dice.choice(BREAKS) if dice.random() < 0.1 else " ")
        for _ in range(dice.randrange(most))
    ]
    return "".join(pieces) if dice.random() < 0.5 else "".join(pieces).strip()


def value(dice: random.Random, depth: int = 2) -> Any:
    kinds = [
        lambda: text(dice, 6),
        lambda: dice.randrange(-9, 99),
        lambda: dice.random() * 10,
        lambda: dice.random() < 0.5,
        lambda: None,
    ]
    if depth:
        kinds += [
            lambda: [value(dice, depth - 1) for _ in range(dice.randrange(3))],
            lambda: {
                text(dice, 3) or "k": value(dice, depth - 1) for _ in range(dice.randrange(3))
            },
        ]
    return dice.choice(kinds)()


def hours(dice: random.Random) -> list[dict[str, str]]:
    return [{"from": f"{h:02}:00", "to": f"{h + 1:02}:30"} for h in dice.sample(range(22), 2)]


def generated(dice: random.Random, shape: str) -> dict[str, Any]:
    """An agent with any mixture of fields, as the API would hold it."""
    fields: dict[str, Any] = {
        "greetingMessage": text(dice, 12),
        "preamble": text(dice, 400),
        "lang": dice.choice(["ar", "en"]),
        "voiceId": dice.choice(VOICES),
        "pokeMessages": [text(dice, 6) for _ in range(dice.randrange(4))],
        "params": {f"p{i}": value(dice) for i in range(dice.randrange(4))},
        "realTime": dice.random() < 0.5,
        "silenceThreshold": dice.randrange(1, 3000),
        "interrupt": dice.random() < 0.5,
        "outcome": dice.choice([None, text(dice, 40)]),
        "tools": {"googleCalendar": True, "genderDetection": True, "smartCallEnd": False},
    }
    later = {
        "description": text(dice, 9),
        "webhookUrl": "https://hooks.example.com/a?b=${c}",
        "webhookAuth": {"authKey": "Token", "authSecret": "planted-hook"},
        "llmConfig": {
            "provider": "Custom",
            "modelName": text(dice, 2),
            "apiKey": "planted-model-key",
            "temperature": 0.3,
        },
        "outcomeResponseShape": {
            "type": "object",
            "properties": {"mood": {"type": "string", "description": text(dice, 3) or "x"}},
        },
        "responseDelay": 450.5,
        "alignment": {"greetingMessage": "rtl", "preamble": "ltr"},
        "webToolsIds": ["a", "b"],
    }
    calendar = {**FULL["googleCalendarSettings"], **TOKENS, "freeSlots": {"Friday": hours(dice)}}
    more = later if shape == "G3" else {"googleCalendarSettings": calendar}
    return {**fields, **{name: item for name, item in more.items() if dice.random() < 0.7}}


def named(number: int) -> str:
    return ODD_NAMES[number] if number < len(ODD_NAMES) else f"وكيل رقم {number} Agent 👋"


@pytest.mark.parametrize("shape", ["G1", "G3"])
def test_agents_of_every_shape_become_files_and_the_plan_is_empty(
    serve, project: Project, shape: str
) -> None:
    server = serve(f"shape={shape}")
    dice = random.Random(f"agents of {shape}")
    for number in range(MANY):
        server.app.state.store.add({"agentName": named(number), **generated(dice, shape)})
    project.on(server.url)
    done = project.run("import", "--all", "--format", "json")
    assert done.code == 0, done.err
    agents = done.json["agents"]
    assert len({agent["key"].lower() for agent in agents}) == MANY
    assert len({agent["id"] for agent in agents}) == MANY
    written = [path for path in project.root.rglob("*") if path.suffix in (".yaml", ".md", ".json")]
    everything = "".join(path.read_text("utf-8") for path in written) + done.out + done.err
    assert "planted" not in everything
    values = {"ACCESS_TOKEN": TOKENS["accessToken"], "REFRESH_TOKEN": TOKENS["refreshToken"]}
    values |= {"AUTH_SECRET": "planted-hook", "API_KEY": "planted-model-key"}
    for name in (name for agent in agents for name in agent["secrets"]):
        project.env[name] = next(v for end, v in values.items() if name.endswith(end))
    plan = project.plan()
    assert [a for a in plan["actions"] if a["action"] != "in-sync"] == []
    assert len(plan["actions"]) == MANY
    assert project.run("fmt", "--check").code == 0
    assert project.run("drift").code == 0
    assert project.run("validate", "--quiet").code == 0


def files(project: Project) -> dict[str, str]:
    return {
        path.relative_to(project.root).as_posix(): path.read_text("utf-8")
        for path in sorted((project.root / "agents").rglob("*.*"))
    }


CLINIC = {
    "agentName": "عيادة النور",
    "greetingMessage": "أهلاً {{caller}}",
    "preamble": "# الدور\n\nأنت صوت العيادة. ${not a variable}",
    "lang": "ar",
    "pokeMessages": ["ألو؟"],
    "params": {"caller": "ضيفنا"},
    "silenceThreshold": 900,
    "interrupt": True,
    "googleCalendarSettings": {**TOKENS, "timezone": "Asia/Riyadh", "freeSlots": {"Friday": []}},
}
CLINIC_FILES = {
    "agents/ayada-alnur.yaml": """\
spec:
  agentName: عيادة النور
  greetingMessage: أهلاً {{caller}}
  preamble: { $file: prompts/ayada-alnur.md }
  pokeMessages:
    - ألو؟
  params:
    caller: ضيفنا
  silenceThreshold: 900
  interrupt: true
  googleCalendarSettings:
    accessToken: { $secret: AYADA_ALNUR_GOOGLE_CALENDAR_ACCESS_TOKEN }
    refreshToken: { $secret: AYADA_ALNUR_GOOGLE_CALENDAR_REFRESH_TOKEN }
    timezone: Asia/Riyadh
    freeSlots: {}

# Not here (not shown by the API): tools.googleCalendar, tools.genderDetection, tools.smartCallEnd
""",
    "agents/prompts/ayada-alnur.md": "# الدور\n\nأنت صوت العيادة. $${not a variable}\n",
}


CLINIC_TOLD = """\
+ ayada-alnur  عيادة النور  agents/ayada-alnur.yaml, agents/prompts/ayada-alnur.md
    not here, not shown by the API: tools.googleCalendar, tools.genderDetection, tools.smartCallEnd
Import: 1 agent written as 2 files.
"""


def test_an_agent_reads_as_if_a_person_had_written_it(serve, project: Project) -> None:
    server = serve()
    server.app.state.store.add(CLINIC)
    done = project.on(server.url).run("import", "--all", "--minimal")
    assert (done.code, done.out) == (
        0,
        CLINIC_TOLD,
    )
    assert done.err == (
        "Next: reconciler plan\n"
        "Apply needs these to send them; reading needs none: "
        "AYADA_ALNUR_GOOGLE_CALENDAR_ACCESS_TOKEN, AYADA_ALNUR_GOOGLE_CALENDAR_REFRESH_TOKEN\n"
        "Not at hand? import --no-secrets leaves them to the dashboard.\n"
    )
    assert files(project) == CLINIC_FILES


def test_another_secret_than_the_live_one_is_planned_and_sent(serve, project: Project) -> None:
    server = serve()
    server.app.state.store.add(CLINIC)
    project.on(server.url).run("import", "--all")
    start = "AYADA_ALNUR_GOOGLE_CALENDAR_"
    project.env |= {
        f"{start}ACCESS_TOKEN": "rotated",
        f"{start}REFRESH_TOKEN": TOKENS["refreshToken"],
    }
    assert project.changes() == [
        "ayada-alnur: googleCalendarSettings.accessToken (sensitive) (edit)"
    ]


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--minimal",), (False, False)),
        ((), (True, False)),
        (("--full",), (True, True)),
    ],
)
def test_every_value_is_written_and_less_or_nulls_too_if_asked_for(
    serve, project: Project, options: tuple[str, ...], said: tuple[bool, bool]
) -> None:
    server = serve("shape=G3")
    server.app.state.store.add({"agentName": "Desk", "preamble": "Be brief."})
    assert project.on(server.url).run("import", "--all", *options).code == 0
    text = files(project)["agents/desk.yaml"]
    for line in ("silenceThreshold: 800", "maxCallDuration: 300", "pokeMessages: []"):
        assert (f"  {line}\n" in text) is said[0]
    assert ("  outcome: null\n" in text) is said[1]
    assert project.changes() == []
    assert project.run("drift").code == 0


def test_both_at_once_are_a_mistake(project: Project) -> None:
    assert project.run("import", "--all", "--full", "--minimal").code == 64


def test_an_edit_of_what_equals_a_default_is_drift_after_an_import(serve, project: Project) -> None:
    """The new user's story: imported, then `lang` and `interrupt` moved in the dashboard."""
    server = serve("shape=G3")
    record = server.app.state.store.add({"agentName": "Desk", "lang": "en"})
    project.on(server.url)
    for options in ((), ("--minimal",)):
        server.app.state.store.update(record.id, {"agentName": "Desk", "lang": "en"})
        (project.root / "reconciler.state.json").unlink(missing_ok=True)
        (project.root / "agents/desk.yaml").unlink(missing_ok=True)
        assert project.run("import", "--all", "--key", "desk", *options).code == 0
        moved = {"agentName": "Desk", "lang": "ar", "interrupt": False}
        server.app.state.store.update(record.id, moved)
        done = project.run("drift", "--format", "json")
        (agent,) = done.json["agents"]
        paths = {one["path"] for one in (*agent["drift"], *agent["undeclared"])}
        assert (done.code, paths) == (2, {"lang", "interrupt"})


def test_secrets_can_be_left_to_the_dashboard(serve, project: Project) -> None:
    server = serve()
    server.app.state.store.add(CLINIC)
    done = project.on(server.url).run("import", "--all", "--no-secrets")
    assert "a secret; declare it to manage it: googleCalendarSettings.accessToken" in done.out
    fixed = "nothing in `googleCalendarSettings` can be changed: it is sent whole"
    assert f"    without its secrets {fixed}\n" in done.out
    assert "--no-secrets" not in done.err
    text = files(project)["agents/ayada-alnur.yaml"]
    assert "$secret" not in text
    assert project.changes() == []
    project.write("agents/ayada-alnur.yaml", text.replace("Asia/Riyadh", "Asia/Dubai"))
    blocked = project.run("plan")
    assert (blocked.code, "is sent whole" in blocked.out) == (1, True), "as import says"


def test_an_agent_that_has_a_file_is_not_written_again(serve, project: Project) -> None:
    server = serve()
    server.app.state.store.add({"agentName": "Desk", "silenceThreshold": 700})
    project.on(server.url).agent("front", {"agentName": "Desk", "silenceThreshold": 600})
    before = files(project)
    assert project.run("import", "--all").out == "Import: every live agent is in a file already.\n"
    done = project.run("import", "--name", "Desk")
    assert done.code == 1
    assert done.err == (
        "error: Desk is in agents/front.yaml already\n"
        "hint: reconciler pull takes live edits into it; without the file it can be imported\n"
    )
    assert files(project) == before


@pytest.mark.parametrize("key", ["front", "FRONT", "uno"])
def test_a_key_that_another_agent_has_is_refused(serve, project: Project, key: str) -> None:
    server = serve()
    server.app.state.store.add({"agentName": "Desk"})
    project.on(server.url).write("agents/front.yaml", "key: uno\nspec: { agentName: Front }\n")
    before = files(project)
    done = project.run("import", "--name", "Desk", "--key", key)
    assert (done.code, f"`{key}` is taken by" in done.err) == (64, True), done.err
    assert files(project) == before
    assert not (project.root / "reconciler.state.json").exists()


def test_a_file_that_is_there_is_never_overwritten(serve, project: Project) -> None:
    server = serve()
    server.app.state.store.add({"agentName": "Desk", "preamble": "New."})
    project.write("agents/prompts/desk.md", "mine\n")
    assert project.on(server.url).run("import", "--all").code == 0
    found = files(project)
    assert found["agents/prompts/desk.md"] == "mine\n"
    assert found["agents/prompts/desk-2.md"] == "New.\n"


def test_agents_of_one_name_are_distinguished_by_their_ids(serve, project: Project) -> None:
    server = serve()
    ids = [
        server.app.state.store.add({"agentName": "Desk", "silenceThreshold": n}).id
        for n in (1, 2, 3)
    ]
    assert project.on(server.url).run("import", "--all", "--minimal").code == 0
    found = files(project)
    assert list(found) == ["agents/desk-2.yaml", "agents/desk-3.yaml", "agents/desk.yaml"]
    pins = {re.search("^id: (.*)$", text, re.MULTILINE)[1] for text in found.values()}  # type: ignore[index]
    assert pins == {*ids}
    (project.root / "reconciler.state.json").unlink()
    assert project.changes() == []


CHOICES = [
    (
        ("--id", "nope"),
        1,
        "error: there is no live agent `nope`\nhint: live agents: `Desk`, `Night`\n",
    ),
    (
        ("--name", "desks"),
        1,
        "error: there is no live agent `desks`\nhint: did you mean `Desk`?\n",
    ),
    ((), 64, "error: which agents?\nhint: name them with --id or --name, or take --all\n"),
    (("--all", "--key", "x"), 64, "error: --key names one agent, and 2 are asked for\n"),
    (
        ("--name", "Desk", "--key", "../x"),
        64,
        "error: --key: `../x` cannot be a key\nhint: letters, digits, `.`, `_`, `-`\n",
    ),
]


@pytest.mark.parametrize(("argv", "code", "err"), CHOICES)
def test_a_wrong_choice_writes_nothing(serve, project: Project, argv, code: int, err: str) -> None:
    server = serve()
    for name in ("Desk", "Night"):
        server.app.state.store.add({"agentName": name})
    done = project.on(server.url).run("import", *argv)
    assert (done.code, done.err) == (code, err)
    assert files(project) == {}
    assert not (project.root / "reconciler.state.json").exists()


def test_one_agent_by_id_under_a_key_of_choice(serve, project: Project) -> None:
    server = serve()
    server.app.state.store.add({"agentName": "Night"})
    record = server.app.state.store.add({"agentName": "Desk"})
    done = project.on(server.url).run("import", "--id", record.id, "--key", "front-desk")
    names = ["agents/front-desk.yaml", "agents/prompts/front-desk.md"]
    assert (done.code, [*files(project)]) == (0, names)


def test_a_dry_run_shows_and_writes_nothing(serve, project: Project) -> None:
    server = serve()
    server.app.state.store.add({"agentName": "Desk", "preamble": "Hello."})
    done = project.on(server.url).run("import", "--all", "--dry-run")
    assert (
        done.out.endswith("Import: 1 agent would be written as 2 files\n") or "would be" in done.out
    )
    assert files(project) == {}


def test_flow_agents_are_left_and_reported(serve, project: Project) -> None:
    server = serve("shape=G3")
    server.app.state.store.add({"agentName": "Flow", "type": "Flow Agent"})
    server.app.state.store.add({"agentName": "Desk"})
    done = project.on(server.url).run("import", "--all")
    assert done.code == 0
    assert (
        "left: it is a flow agent, which v1 does not describe: write its file for `api: v2`"
        in done.out
    )
    assert [*files(project)] == ["agents/desk.yaml", "agents/prompts/desk.md"]


def test_nothing_is_half_written_if_a_file_cannot_be_written(serve, project: Project) -> None:
    server = serve()
    server.app.state.store.add({"agentName": "Desk", "preamble": "Hello."})
    project.write("agents/prompts", "a file where a folder should be\n")
    done = project.on(server.url).run("import", "--all")
    assert done.code == 1
    assert "cannot be written" in done.err
    assert [*files(project)] == []
    assert not (project.root / "reconciler.state.json").exists()


def test_what_is_written_is_readable_by_the_team(serve, project: Project) -> None:
    server = serve()
    server.app.state.store.add({"agentName": "Desk"})
    project.on(server.url).run("import", "--all")
    assert stat.S_IMODE((project.root / "agents/desk.yaml").stat().st_mode) == 0o644
