"""Malformed files: whatever a project contains, a run ends with a message and a known code."""

import random
from collections.abc import Callable

import pytest

from tests.projects import Project

pytestmark = pytest.mark.cli

EXAMPLES = 40
CODES = {0, 1, 2, 3, 4, 5, 64}
SETTINGS = "environments:\n  sandbox:\n    url: sandbox\n    vars: { clinic: Nour, beds: 12 }\n"
DESK = """\
key: desk
lint: { bare-number: { level: off, reason: it is read well } }
lifecycle: { ignore: [voiceId] }
spec: &spec
  agentName: "Desk"
  lang: ar
  greetingMessage: 'أهلاً ${var.clinic}'
  preamble: { $file: [p.md, p.md] }
  pokeMessages: [Hello, "Are you there?"]
  params: &params { a: 1, b: [x, { c: null }] }
  webhookAuth: { authKey: Token, authSecret: { $secret: HOOK } }
environments:
  sandbox: { silenceThreshold: 600 }
"""
PROMPT = "# Role\n\nYou answer for {{clinic}}, ${var.beds} beds.\n"
PIECES = (
    *"\"'[]{}:#&*!|>%@`,?-\t\n\r\\$~=<>",
    *("\x00", "\x1b[2J", "\u202e", "\u2028", "\x85", "\ufeff", "\ud83d", "😊", "é", "٠"),
    *("<<<<<<< HEAD\n", "=======\n", ">>>>>>> x\n", "||||||| b\n", "---\n", "...\n", "%YAML 9\n"),
    *(
        "<<: *spec\n",
        "<<: [*spec, *params]\n",
        "*spec",
        "*nope",
        "&spec ",
        "!!python/name:os ",
        "!",
    ),
    *("${", "${var.", "${var.x}", "$${", "{{", "}}", "{ $file: ", "{ $env: GITHUB_TOKEN }"),
    *("$file: ..", "$var: 1", "$secret: ", "key: ", "spec:\n", "environments: ", "null", ".inf"),
    *("1e999", "0x_", "2025-02-30", "9" * 400, "[" * 60, "{a: " * 60, "- " * 80, "? " * 30),
    *("version https://git-lfs.github.com/spec/v1\n", "../../etc/passwd", "p.md", " " * 300),
)


def spliced(chance: random.Random, text: str) -> str:
    """A text with a few pieces put in, cut out, repeated or moved."""
    for _ in range(chance.randint(1, 4)):
        at, to = sorted((chance.randint(0, len(text)), chance.randint(0, len(text))))
        to = min(to, at + chance.choice((0, 1, 5, 60)))
        piece = chance.choice(PIECES)
        inside = chance.choice(("", piece, piece, piece * 3, text[at:to] * 2))
        text = text[:at] + inside + text[to:]
    return text


def mixed(chance: random.Random, _text: str) -> str:
    return "".join(chance.choice(PIECES) for _ in range(chance.randint(0, 30)))


def lines(chance: random.Random, text: str) -> str:
    """A text with its lines in another order, or with another indent."""
    parts = text.splitlines(keepends=True)
    for _ in range(chance.randint(1, 4)):
        at = chance.randrange(len(parts)) if parts else 0
        parts[at : at + 1] = chance.choice(([], [" " + "".join(parts[at : at + 1])], parts[-2:]))
    return "".join(parts)


WAYS: tuple[Callable[[random.Random, str], str], ...] = (spliced, spliced, spliced, mixed, lines)


def broken(chance: random.Random, text: str) -> bytes:
    changed = chance.choice(WAYS)(chance, text).encode("utf-8", "surrogatepass")
    if chance.random() < 0.05:
        changed = changed[: chance.randint(0, len(changed))] + bytes([chance.randrange(256)])
    return changed


def fuzzed(project: Project, seed: int) -> dict[str, bytes]:
    """Break one of the project's files, or two of them."""
    chance = random.Random(seed)
    files = {"reconciler.yaml": SETTINGS, "agents/desk.yaml": DESK, "agents/p.md": PROMPT}
    names = chance.sample(["agents/desk.yaml", *files], chance.choice((1, 1, 2)))
    made = {name: broken(chance, files[name]) for name in names}
    for name, text in files.items():
        (project.root / name).write_bytes(made.get(name, text.encode()))
    return made


def ended(project: Project, seed: int) -> None:
    made = fuzzed(project, seed)
    commands = ("validate", "plan --format json", "fmt --check", "drift")
    for argv in ("validate", commands[1 + seed % 3]):
        done = project.run(*argv.split())
        said = done.out + done.err
        assert done.code in CODES, (seed, argv, made, said)
        assert "bug" not in done.err, (seed, argv, made, said)
        assert "Traceback" not in said, (seed, argv, made, said)
        assert done.code == 0 or done.err or "error" in said, (seed, argv, made)
        assert "\x1b[2J" not in said, (seed, argv, made)


@pytest.mark.parametrize("start", range(0, EXAMPLES, 10))
def test_broken_files_end_a_run_with_a_message(project: Project, start: int) -> None:
    """To run more by hand: ``pytest`` with ``EXAMPLES`` raised; a seed makes its files again."""
    project.env["HOOK"] = "planted-secret-1"
    for seed in range(start, start + 10):
        ended(project, seed)
