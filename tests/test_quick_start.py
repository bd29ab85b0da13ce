"""The quick start is executed literally: every command runs, and prints what the page shows."""

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from reconciler.sandbox.seed import load_seed
from reconciler.sandbox.server import RunningServer
from reconciler.sandbox.settings import Settings
from reconciler.sandbox.store import Store

ROOT = Path(__file__).parent.parent
PAGE = (ROOT / "docs/quick-start.md").read_text(encoding="utf-8")
IDENTITY = [f"GIT_{who}_{what}" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")]
KEY = "a-key-of-a-test-0001"

_FENCE = re.compile(r"^```console\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@dataclass
class Typed:
    """A line after a prompt, and the output below it on the page."""

    command: str
    shown: list[str] = field(default_factory=list)

    def fits(self, out: str) -> bool:
        """Whether an output matches the page; ``…`` matches any text, alone any lines."""
        parts = [
            r"(?:.*\n)*?" if line == "…" else ".*".join(map(re.escape, line.split("…"))) + r"\n"
            for line in self.shown
        ]
        return not self.shown or bool(re.fullmatch("".join(parts), out))


def typed(page: str) -> Iterator[Typed]:
    step = None
    for block in _FENCE.findall(page):
        for line in block.splitlines():
            if line.startswith("$ "):
                if step:
                    yield step
                step = Typed(line[2:])
            else:
                assert step, f"output before any command: {line}"
                step.shown.append(line)
    if step:
        yield step


@pytest.fixture
def live() -> Iterator[RunningServer]:
    """A replacement of the real API: the sandbox with its sample agents, on a socket."""
    store = Store(None)
    store.seed(load_seed())
    with RunningServer(store, Settings.parse(f"api_key={KEY}")) as server:
        yield server


def run(steps: list[Typed], folder: Path, url: str, programs: Path) -> list[tuple[int, str, str]]:
    """Type the steps into one shell, so that `cd` counts for the next ones."""
    script = ["set +e"]
    for number, step in enumerate(steps):
        script += [f"{{ {step.command}\n}} > {folder}/{number}.out 2> {folder}/{number}.err"]
        script += [f"echo $? > {folder}/{number}.code"]
        if step.command.startswith("reconciler init --template"):
            script += [f"sed -i.bak 's,https://api.tryhamsa.com,{url},' reconciler.yaml"]
            script += ["rm reconciler.yaml.bak"]
    (folder / "work").mkdir()
    (folder / "home").mkdir()
    env = {
        "PATH": f"{programs}{os.pathsep}{os.environ['PATH']}",
        "HOME": str(folder / "home"),
        "HAMSA_API_KEY": KEY,
        "GIT_CONFIG_NOSYSTEM": "1",
        **dict.fromkeys(IDENTITY, "a@example.com"),
    }
    shell = shutil.which("bash")
    assert shell
    command = [shell, "-c", "\n".join(script)]
    subprocess.run(command, cwd=folder / "work", env=env, check=True, timeout=300)
    return [
        (
            int(_text(folder, number, "code")),
            _text(folder, number, "out"),
            _text(folder, number, "err"),
        )
        for number in range(len(steps))
    ]


def _text(folder: Path, number: int, kind: str) -> str:
    return (folder / f"{number}.{kind}").read_text(encoding="utf-8")


def test_the_page_is_typed_literally(tmp_path: Path, live: RunningServer, programs: Path) -> None:
    steps = list(typed(PAGE))
    for step, (code, out, err) in zip(steps, run(steps, tmp_path, live.url, programs), strict=True):
        assert code == 0, (step.command, out, err)
        assert step.fits(out), (step.command, step.shown, out)
    assert sum("reconciler" in step.command for step in steps) > 10
    created = [sent.body["name"] for sent in live.app.state.requests if sent.method == "POST"]
    assert created == ["Reminder"]


@pytest.mark.parametrize(
    ("shown", "out", "fits"),
    [
        ([], "anything\n", True),
        (["a"], "a\n", True),
        (["a"], "a\nb\n", False),
        (["a … c"], "a b c\n", True),
        (["a … c"], "a b d\n", False),
        (["…", "b"], "a\na\nb\n", True),
        (["…", "b"], "a\nc\n", False),
        (["b", "…"], "b\n", True),
    ],
)
def test_what_is_shown_is_compared(shown: list[str], out: str, *, fits: bool) -> None:
    assert Typed("", shown).fits(out) is fits
