"""Placeholders of a file's text never reach an agent: a pointer, a path, nothing."""

import pytest

from tests.projects import Project

pytestmark = pytest.mark.cli

SETTINGS = "environments:\n  sandbox: { url: sandbox }\n"
POINTER = (
    "version https://git-lfs.github.com/spec/v1\n"
    "oid sha256:4d7a214614ab2935c943f9e0ff69d22eadbb8f32b1258daaa5e2ca24d17e2393\nsize 12345\n"
)
FILLED = SETTINGS.replace("sandbox }", "sandbox, vars: { x: { $file: v } } }")
DESK = "spec:\n  agentName: Desk\n  lang: en\n  preamble: { $file: p.md }\n"
OVER = "environments: { sandbox: { preamble: { $file: q } } }\n"
PIECES = DESK.replace("p.md", "[rules.md, p.md]")
LFS = "is a pointer of Git LFS, and not the file itself"
PATH = "holds only the path of another file"
BLANK = "[blank-text]"
UNMERGED = "holds the markers of an unfinished merge"

REFUSED = {
    # files added to a valid project, and the message
    "a pointer": ({"agents/p.md": POINTER}, f"`$file` {LFS}"),
    "a pointer of a draft": (
        {"agents/p.md": POINTER.replace("git-lfs", "hawser")},
        f"`$file` {LFS}",
    ),
    "a pointer with line ends of Windows": (
        {"agents/p.md": POINTER.replace("\n", "\r\n")},
        f"`$file` {LFS}",
    ),
    "a pointer among pieces": (
        {"agents/p.md": POINTER, "agents/desk.yaml": PIECES},
        f"`$file` {LFS}",
    ),
    "a pointer in place of an agent": ({"agents/night.yaml": POINTER}, LFS),
    "a pointer in place of the project": ({"reconciler.yaml": POINTER}, LFS),
    "a pointer as a variable": (
        {
            "reconciler.yaml": FILLED,
            "v": POINTER,
        },
        f"`$file` {LFS}",
    ),
    "a path": ({"agents/p.md": "rules.md"}, f"`$file` {PATH}"),
    "a path with a line end": ({"agents/p.md": "./rules.md\n"}, f"`$file` {PATH}"),
    "a path upwards": ({"agents/p.md": "../shared/pre amble.md"}, f"`$file` {PATH}"),
    "a path without a suffix": ({"agents/p.md": "../shared/LICENSE"}, f"`$file` {PATH}"),
    "a path of a folder": ({"agents/p.md": "../shared"}, f"`$file` {PATH}"),
    "a path among pieces": (
        {"agents/p.md": "rules.md", "agents/desk.yaml": PIECES},
        f"`$file` {PATH}",
    ),
    "a path in place of an agent": ({"agents/night.yaml": "desk.yaml"}, PATH),
    "a path in place of the project": ({"reconciler.yaml": "agents/desk.yaml"}, PATH),
    "a path that leads nowhere": ({"agents/p.md": "../../shared/gone.md"}, "[only-a-path]"),
    "a path that was typed": (
        {"agents/desk.yaml": "spec:\n  agentName: Desk\n  preamble: p.md\n"},
        "[only-a-path]",
    ),
    "a path as a poke": (
        {"agents/desk.yaml": "spec:\n  agentName: Desk\n  pokeMessages: [Hello, pokes/two.txt]\n"},
        "[only-a-path]",
    ),
    "nothing": ({"agents/p.md": ""}, f"`$file` is blank  {BLANK}"),
    "blanks": ({"agents/p.md": " \n\t\n\u00a0\n"}, BLANK),
    "a byte order mark": ({"agents/p.md": "\ufeff\r\n"}, BLANK),
    "nothing among pieces": ({"agents/p.md": "", "agents/desk.yaml": PIECES}, BLANK),
    "nothing as a greeting": (
        {
            "agents/p.md": "\n",
            "agents/desk.yaml": DESK.replace("preamble", "greetingMessage"),
        },
        BLANK,
    ),
    "nothing in one environment": (
        {
            "agents/desk.yaml": DESK + OVER,
            "agents/q": "",
        },
        BLANK,
    ),
    "nothing as a variable": (
        {
            "reconciler.yaml": FILLED,
            "v": "\n",
        },
        BLANK,
    ),
    "a block of nothing": (
        {"agents/desk.yaml": "spec:\n  agentName: Desk\n  preamble: |\n  lang: en\n"},
        BLANK,
    ),
    "an environment variable of nothing": (
        {"agents/desk.yaml": "spec: { agentName: Desk, preamble: { $env: EMPTY } }\n"},
        BLANK,
    ),
    "a merge": (
        {"agents/p.md": "a\n<<<<<<< HEAD\nb\n=======\nc\n>>>>>>> x\n"},
        "`$file` holds an unfinished merge",
    ),
    "the end of a merge": ({"agents/p.md": "a\n=======\nc\n>>>>>>> x\n"}, "[merge-marker]"),
    "the base of a merge": ({"agents/p.md": "a\n||||||| 4d7a214\nc\n"}, "[merge-marker]"),
    "a merge in an agent": ({"agents/night.yaml": "spec: {}\n<<<<<<< HEAD\n"}, UNMERGED),
    "a merge in the project": ({"reconciler.yaml": f"{SETTINGS}>>>>>>> x\n"}, UNMERGED),
}  # fmt: skip


@pytest.fixture
def desk(project: Project) -> Project:
    project.env["EMPTY"] = ""
    project.write("shared/pre amble.md", "Greet callers.\n")
    project.write("shared/LICENSE", "Free.\n")
    project.write("agents/rules.md", "Be brief.\n")
    project.write("agents/p.md", "Be kind.\n")
    project.write("agents/desk.yaml", DESK)
    project.write("reconciler.yaml", SETTINGS)
    return project


def live(desk: Project) -> list[str]:
    folder = desk.root / ".reconciler/sandbox/sandbox"
    return [path.read_text(encoding="utf-8") for path in sorted(folder.glob("*.json"))]


@pytest.mark.parametrize(("files", "said"), REFUSED.values(), ids=REFUSED)
def test_it_is_refused_before_anything_is_sent(
    desk: Project, files: dict[str, str], said: str
) -> None:
    for name, text in files.items():
        desk.write(name, text)
    for argv in ("validate", "plan", "apply --yes", "drift"):
        done = desk.run(*argv.split())
        assert done.code == 1, (argv, done.err)
        assert said in done.err
        assert "error: " in done.err
    assert live(desk) == []


ALLOWED = {
    "empty quotes": {"agents/desk.yaml": "spec: { agentName: Desk, preamble: '' }\n"},
    "a variable": {
        "reconciler.yaml": SETTINGS.replace("sandbox }", "sandbox, vars: { x: '' } }"),
        "agents/desk.yaml": "spec: { agentName: Desk, preamble: { $var: x } }\n",
    },
    "a title that is underlined": {"agents/p.md": "Hours\n=======\nNine to five.\n"},
    "a word": {"agents/p.md": "agents"},
    "a sentence about a path": {"agents/p.md": "Read rules.md first."},
    "an address": {"agents/p.md": "www.nourclinic.example"},
    "words about LFS": {"agents/p.md": f"Never say:\n{POINTER}"},
    "a rule that is switched off": {
        "agents/p.md": "",
        "agents/desk.yaml": f"lint: {{ blank-text: {{ level: off, reason: x }} }}\n{DESK}",
    },
}


@pytest.mark.parametrize("files", ALLOWED.values(), ids=ALLOWED)
def test_similar_but_intended_texts_are_sent(desk: Project, files: dict[str, str]) -> None:
    for name, text in files.items():
        desk.write(name, text)
    done = desk.apply()
    assert (done.code, "error" in done.err) == (0, False), done.err
