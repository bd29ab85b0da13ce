"""Imported agents, as lines for people and as JSON data. Pure."""

from collections import Counter
from collections.abc import Mapping, Sequence

from reconciler.errors import listed
from reconciler.late import dataclass
from reconciler.render.sanitize import agent_name, one_line


@dataclass(frozen=True, kw_only=True)
class ImportedAgent:
    """One agent: its new files, or the ``reason`` why it has none.

    ``left_out``: reason to the paths that are live and in no file. ``secrets``: the environment
    variables that its file refers to. ``fixed``: objects that no file can change, because they are
    sent whole and secrets of them were left out.
    """

    key: str
    name: str
    id: str
    files: tuple[str, ...] = ()
    left_out: Mapping[str, tuple[str, ...]]
    secrets: tuple[str, ...] = ()
    fixed: tuple[str, ...] = ()
    reason: str = ""


def lines(agent: ImportedAgent) -> list[str]:
    """One agent's lines: the head, then what is not in its files."""
    name = agent_name(agent.name) or "(no name)"
    if agent.reason:
        return [f"! {name}  {one_line(agent.id)}  left: {one_line(agent.reason)}"]
    files = ", ".join(map(one_line, _by_folder(agent.files)))
    left = [
        f"    not here, {one_line(reason)}: {', '.join(map(one_line, paths))}"
        for reason, paths in agent.left_out.items()
    ]
    fixed = [
        f"    without its secrets nothing in `{one_line(top)}` can be changed: it is sent whole"
        for top in agent.fixed
    ]
    known = one_line(agent.key) if agent.name == agent.key else f"{one_line(agent.key)}  {name}"
    return [f"+ {known}  {files}", *left, *fixed]


_FEW = 3
"""Files of one folder that are named one by one."""


def _by_folder(files: Sequence[str]) -> list[str]:
    """The files in a short list: those of a folder that has many of them as one entry."""
    folders = Counter(name.rpartition("/")[0] for name in files)
    found = dict.fromkeys(
        f"{folder}/ ({folders[folder]} files)" if folders[folder] > _FEW else name
        for name in files
        for folder in [name.rpartition("/")[0]]
    )
    return [*found]


def secrets(agents: Sequence[ImportedAgent]) -> list[str]:
    """The environment variables that an apply needs if it sends them."""
    return sorted({name for agent in agents for name in agent.secrets})


def needed(names: Sequence[str]) -> str:
    """The note on the secrets that the new files name."""
    return (
        f"Apply needs these to send them; reading needs none: {listed(names)}\n"
        "Not at hand? import --no-secrets leaves them to the dashboard.\n"
    )


def summary(agents: Sequence[ImportedAgent], *, dry_run: bool) -> str:
    """The last line: how much was written."""
    if not agents:
        return "Import: every live agent is in a file already."
    count, files = sum(not agent.reason for agent in agents), sum(len(a.files) for a in agents)
    skipped = len(agents) - count
    would = " would be" if dry_run else ""
    text = f"Import: {count} agent{'s' * (count != 1)}{would} written as {files} files"
    return text + (f", {skipped} left." if skipped else ".")
