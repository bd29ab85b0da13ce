"""A project on disk for a test, and the command line run in this process on it."""

import io
import json
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from reconciler.cli import main
from reconciler.cli.world import Patience, World
from reconciler.transport.retry import Pace

NOW = "2026-01-02T03:04:05Z"
SALT = "00112233445566778899aabbccddeeff"
OURS = Path(sys.executable).with_name("reconciler")
QUICK = Pace(first=0.01, most=0.05)
"""As often as ever, and sooner."""
SLOW = Patience(person=1e9, log=1e9)
"""A busy machine prints nothing more than an idle one."""


class Terminal(io.StringIO):
    """A stream that claims to be a terminal."""

    def isatty(self) -> bool:
        return True


@dataclass(frozen=True)
class Run:
    """What one command gave."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


@dataclass
class Project:
    """A folder with ``reconciler.yaml`` and ``agents/``; ``run`` is the command line."""

    root: Path
    env: dict[str, str] = field(default_factory=dict)
    now: str = ""
    """What the clock says (UTC, ISO); ``NOW`` if nothing."""
    patience: Patience = SLOW
    program: Path = OURS
    """What a process of its own runs."""

    def __post_init__(self) -> None:
        (self.root / "agents").mkdir(parents=True, exist_ok=True)

    def write(self, name: str, text: str) -> Path:
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return path

    def agent(self, key: str, spec: Mapping[str, Any], **frame: Any) -> Path:
        """Write an agent file; rewriting it is an edit in git."""
        text = io.StringIO()
        yaml = YAML(typ="safe", pure=True)
        yaml.default_flow_style = False
        yaml.dump({**frame, "spec": dict(spec)}, text)
        return self.write(f"agents/{key}.yaml", text.getvalue())

    def on(self, url: str, key: str = "sandbox") -> "Project":
        """Point the project, which has no environments, at an API."""
        self.env |= {"HAMSA_BASE_URL": url, "HAMSA_API_KEY": key}
        return self

    def run(self, *argv: str, answer: "str | Terminal | None" = None) -> Run:
        """Run a command; ``answer`` is what a user at a terminal types."""
        sys.audit("tests.cli", argv)  # heard by `tests.purity`
        out = io.StringIO()
        err = io.StringIO() if answer is None else Terminal()
        typed = Terminal(answer) if isinstance(answer, str) else answer
        stdin = typed or io.StringIO()
        world = World(
            env=self.env,
            cwd=self.root,
            stdin=stdin,
            stdout=out,
            stderr=err,
            now=lambda: self.now or NOW,
            salt=lambda: SALT,
            pace=QUICK,
            patience=self.patience,
        )
        return Run(main(argv, world), out.getvalue(), err.getvalue())

    def plan(self, *argv: str) -> Any:
        """The plan as JSON, which must be free of mistakes."""
        done = self.run("plan", "--format", "json", *argv)
        assert done.code == 0, done.err
        return done.json

    def changes(self, *argv: str) -> list[str]:
        """What a plan changes, a line for each field: ``key: path before -> after (cause)``."""
        return [
            f"{action['key']}: {shown(change)}"
            for action in self.plan(*argv)["actions"]
            for change in action["changes"]
        ]

    def apply(self, *argv: str) -> Run:
        return self.run("apply", "--auto-approve", *argv)


def shown(change: Mapping[str, Any]) -> str:
    """One change of a JSON plan as a line."""
    if change["sensitive"]:
        return f"{change['path']} (sensitive) ({change['cause']})"
    before = json.dumps(change["before"], ensure_ascii=False) if change["readable"] else "?"
    after = json.dumps(change["after"], ensure_ascii=False)
    return f"{change['path']} {before} -> {after} ({change['cause']})"
