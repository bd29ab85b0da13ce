"""What docs/fleet.md says: its fleet file works, and its commands print what it shows."""

from pathlib import Path

import pytest

from tests import fleets
from tests.projects import Project
from tests.test_docs import blocks, carried_out

PAGE = (Path(__file__).parent.parent / "docs/fleet.md").read_text(encoding="utf-8")
CLIENTS = ("bank", "nour", "olaya")


@pytest.mark.cli
def test_the_commands_of_the_page_do_what_it_shows(project: Project) -> None:
    file, *_ = blocks(PAGE, "yaml")
    project.write("fleet.yaml", file.replace("rate: 5/s", "rate: 999/s"))
    for name in (*CLIENTS, "old-one"):
        project.write(
            f"clients/{name}/reconciler.yaml", "environments: { live: { url: sandbox } }\n"
        )
        (project.root / f"clients/{name}/.reconciler/sandbox/live").mkdir(parents=True)  # no seed
        for index in range(2):
            fleets.agent(project, name, index)
    project.write("clients/old-one/reconciler.yaml", "environments: {}\n")
    done = project.run("apply", "--fleet", "--auto-approve", "--quiet", "--force")
    assert done.code == 0, done.err
    for name in ("nour", "olaya"):
        for index in range(2):
            fleets.agent(project, name, index, safety=fleets.HOURS)
    for block in blocks(PAGE, "console"):
        carried_out(project, block)
