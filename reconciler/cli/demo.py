"""`reconciler demo`: the main job on a copy of the example project, without an account."""

import argparse
import os
import shutil
import tempfile
from dataclasses import replace
from pathlib import Path

import reconciler
from reconciler.cli import main, signals
from reconciler.cli.world import World
from reconciler.errors import ReconcilerError, UsageError
from reconciler.jsonvalues import Json
from reconciler.model import Request
from reconciler.scaffold import starter
from reconciler.schema import wire
from reconciler.schema.kind import Role
from reconciler.state import files
from reconciler.workflows.session import Access, open_project, open_session

_EDITS: tuple[tuple[str, Role, Json], ...] = (
    (
        "clinic-reminders",
        Role.GREETING,
        "مساء الخير، معك عيادة النور. هل أتكلم مع {{patient_name}}؟",
    ),
    ("clinic-pharmacy", Role.TEMPERATURE, 0.4),
)
"""Live edits: to a v1 agent, whose fields are flat, and to a v2 agent."""

_NEXT = """\
What to try next
  edit agents/delivery-tracking.yaml, or a prompt in agents/prompts/, and plan:
    reconciler plan
  save a plan, read it, apply exactly that plan:
    reconciler plan --out next.plan.json
    reconciler show next.plan.json
    reconciler apply next.plan.json
  write a page for reviewers; with --language ar in Arabic:
    reconciler plan --report html=plan.html
  find every mistake of every file, offline:
    reconciler validate
  move the v1 agents to the v2 API, in place:
    reconciler convert --all
  list what was applied, undo an apply, show since when a field has its value:
    reconciler history, reconciler rollback, reconciler blame clinic-pharmacy
  plan your own agents, after export HAMSA_API_KEY=...:
    reconciler plan -e production
"""


def run(world: World, arguments: argparse.Namespace) -> int:
    """Plan, apply, plan again; an edit outside of the tool, drift, pull.

    Exit 0 if all went well.
    """
    if arguments.folder:
        folder = world.cwd / arguments.folder
        if os.path.lexists(folder):
            raise UsageError(f"{arguments.folder} exists already", hint="name a new folder")
        return _story(world, arguments, folder)
    with tempfile.TemporaryDirectory(prefix="reconciler-demo-") as temporary:
        return _story(world, arguments, Path(temporary) / "project")


def _story(world: World, arguments: argparse.Namespace, folder: Path) -> int:
    shutil.copytree(_example() / "agents", folder / "agents")
    shutil.copy(_example() / "reconciler.yaml", folder)
    ignored, _ = starter.ignoring("")
    schemas = {**starter.schemas("v1"), **starter.schemas("v2")}  # the example has agents of both
    texts = {".gitignore": ignored, **schemas}
    files.create({folder / name: text for name, text in texts.items()})
    kept = {name: value for name, value in world.env.items() if not name.startswith("RECONCILER_")}
    inside = replace(world, cwd=folder, env=kept)
    _say(world, "1. What would change? The live agents were edited by hand, and one is missing.")
    _do(inside, arguments, "plan", "--out", "first.plan.json")
    _say(world, "2. Apply exactly that plan, read every agent back, prove it.")
    _do(inside, arguments, "apply", "first.plan.json")
    _say(world, "3. Plan again: nothing is left to do.")
    _do(inside, arguments, "plan", "--detailed-exitcode")
    _say(world, "4. Somebody edits two agents in the dashboard. `drift` shows what, and when.")
    signals.run(_edit_live(inside))
    _do(inside, arguments, "drift", expected=2)
    _say(world, "5. They were right: `pull` takes the edits into the files.")
    _do(inside, arguments, "pull", "--yes")
    _do(inside, arguments, "plan", "--detailed-exitcode")
    world.stdout.write(f"\n{_NEXT}")
    if arguments.folder:
        world.stdout.write(f"The project is in {arguments.folder}: cd there.\n")
    return 0


def _example() -> Path:
    """The example project: inside the installed package, or next to it in a checkout."""
    package = Path(reconciler.__file__).parent
    inside = package / "example"
    return inside if inside.is_dir() else package.parent


def _say(world: World, text: str) -> None:
    world.stdout.write(f"\n{text}\n")
    world.stdout.flush()


def _do(world: World, arguments: argparse.Namespace, *argv: str, expected: int = 0) -> None:
    """Run one command as if it were typed, and check its exit code."""
    world.stdout.write(f"$ reconciler {' '.join(argv)}\n\n")
    world.stdout.flush()
    code = main([*argv, "--env", "sandbox", "--color", arguments.color, "--quiet"], world)
    if code > signals.SIGNALLED:
        raise signals.Stopped(code - signals.SIGNALLED)
    if code != expected:
        raise ReconcilerError(f"the demo's `{argv[0]}` ended with {code} instead of {expected}")


async def _edit_live(world: World) -> None:
    """Change live agents outside of the tool, as the dashboard would."""
    project = open_project(world, None)
    session = open_session(world, project, "sandbox", Access(command="demo"), given={})
    known = session.page().agents
    async with session.writer() as writer:
        for key, role, value in _EDITS:
            entry = known[key]
            body: dict[str, Json] = {}
            wire.put(body, entry.kind.role(role), value)
            request = Request(method="PATCH", path=entry.kind.routes.one(entry.id), body=body)
            await writer.update(entry.kind, entry.id, request)
