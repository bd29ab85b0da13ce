"""CI files of a project: the package's templates with this project's names in them."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from reconciler.config import agentfile, load
from reconciler.config.project import Project, is_sandbox
from reconciler.config.references import is_reference
from reconciler.jsonvalues import Json
from reconciler.scaffold import starter

PLACES = {"github": ".github/workflows", "gitlab": ".gitlab"}
"""Where the templates of each host go."""

GITLAB_ENTRY = ".gitlab-ci.yml"

_EACH = re.compile(r"^ *# >>> for each environment\n(.*?)^ *# <<<\n", re.MULTILINE | re.DOTALL)
"""The part of a template that stands once for each environment: between two comment lines."""

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_KEY = "HAMSA_API_KEY"


@dataclass(frozen=True, kw_only=True)
class Stage:
    """An environment that CI applies to: after which other one, and what it needs for that.

    ``key`` names what reading needs, ``secrets`` what apply does: the key and the agents' secrets.
    """

    environment: str
    after: str = ""
    key: tuple[str, ...] = ()
    secrets: tuple[str, ...] = ()
    approvals: tuple[str, ...] = ()


def stages(project: Project, environment: str) -> list[Stage]:
    """The environments that must have a change one after the other: this one is the last.

    The embedded sandbox ends the chain: its agents are on one machine.
    """
    places, chain, name = project.entry.environments, list[str](), environment
    while not chain or (name in places and not is_sandbox(places[name].url)):
        chain.insert(0, name)
        name = (places[name].promote_from or "") if name in places else ""
    return [
        Stage(
            environment=name,
            after=after,
            key=tuple(keys(project, name)),
            secrets=tuple(secrets(project, name)),
            approvals=tuple(places[name].limits.approvals) if name in places else (),
        )
        for after, name in pairwise(["", *chain])
    ]


def files(
    host: str, values: Mapping[str, str], chain: Sequence[Stage], *, protected: bool = False
) -> dict[str, str]:
    """The CI files of a host by their paths; ``values`` are SOURCE, REF and BRANCH.

    ``protected``: the jobs that plan for a pull request have a key of their own, called as the
    other one with ``_READ`` at the end, in an environment called as the other with ``-plan``.
    """
    found = {}
    for path in sorted((starter.FOLDER / "ci" / host).glob("*.yml")):
        text = _repeated(path.read_text(encoding="utf-8"), host, chain, protected=protected)
        key = dict.fromkeys(name for stage in chain for name in stage.key)
        every = dict.fromkeys(name for stage in chain for name in stage.secrets)
        last = {
            "ENVIRONMENT": [chain[-1].environment],
            "PROTECTED": [chain[-1].environment] if protected else [],
            "READ_KEY": list(key or (_KEY,)) if protected else [],
            "KEY": _secrets(host, key),
            "AGENT_SECRETS": [name for name in every if name not in key],
        }
        found[f"{PLACES[host]}/{path.name}"] = starter.filled(_lines(text, last), values)
    return found


def _repeated(text: str, host: str, chain: Sequence[Stage], *, protected: bool) -> str:
    """A text with its part between the two comment lines once for each environment."""

    def each(found: re.Match[str]) -> str:
        return "".join(
            _lines(found[1], _tokens(host, stage, protected=protected)) for stage in chain
        )

    return _EACH.sub(each, text).rstrip("\n") + "\n"


def _tokens(host: str, stage: Stage, *, protected: bool) -> dict[str, Sequence[str]]:
    """What the tokens of an environment's part stand for."""
    return {
        "ENVIRONMENT": [stage.environment],
        "PROTECTED": [stage.environment] if protected else [],
        "JOB": [_job(stage.environment)],
        "AFTER": [_job(stage.after) if host == "github" else stage.after] if stage.after else [],
        "APPROVALS": [", ".join(stage.approvals)] if stage.approvals else [],
        "KEY": _secrets(host, stage.key),
        "READ_KEY": (stage.key or (_KEY,)) if protected else [],
        "PLAN_KEY": _secrets(host, stage.key, "_READ" if protected else ""),
        "SECRETS": _secrets(host, stage.secrets),
    }


def _job(environment: str) -> str:
    """An environment's name as a part of a job's id on GitHub, which has no dots."""
    return environment.replace(".", "__")


def _secrets(host: str, names: Iterable[str], end: str = "") -> list[str]:
    """A line for each secret. GitLab gives a job its variables by itself: there, only the name."""
    form = f"{{0}}: ${{{{{{{{ secrets.{{0}}{end} }}}}}}}}" if host == "github" else "{0}"
    # without any, an empty `env:` would be a mistake to GitHub
    return [form.format(name) for name in tuple(names) or (_KEY,)]


def _lines(text: str, tokens: Mapping[str, Sequence[str]]) -> str:
    """A text in which a line stands once for each value of its token; of none, not at all."""
    for name, values in tokens.items():
        token = f"__{name}__"
        lines = []
        for line in text.splitlines(keepends=True):
            held = [line.replace(token, value) for value in values] if token in line else [line]
            lines += held
        text = "".join(lines)
    return text


def gitlab_entry(paths: Iterable[str]) -> str:
    """A ``.gitlab-ci.yml`` that includes these files."""
    return "include:\n" + "".join(f"  - local: {path}\n" for path in paths)


def keys(project: Project, environment: str) -> list[str]:
    """The names of the secrets that reading in this environment needs: its key's."""
    return list(
        dict.fromkeys(found for item in _own(project, environment) for found in named(item))
    )


def _own(project: Project, environment: str) -> list[Json]:
    entry = project.entry.environments.get(environment)
    return [entry.api_key, entry.vars] if entry else [{"$secret": "HAMSA_API_KEY"}]


def secrets(project: Project, environment: str) -> list[str]:
    """The names of all secrets that an apply to this environment may need: the key first."""
    written = _own(project, environment)
    for path in load.paths_of(project):
        name = path.relative_to(project.root).as_posix()
        file, _ = agentfile.read(path, name, project.environments)
        if file:
            written += [file.entry.spec, file.entry.environments.get(environment)]
    return list(dict.fromkeys(found for item in written for found in named(item)))


def named(value: Json) -> Iterator[str]:
    """The names of the secrets that a written value refers to."""
    if is_reference(value):
        name = value.get("$secret")
        if isinstance(name, str) and _NAME.fullmatch(name):
            yield name
    elif isinstance(value, dict):
        for item in value.values():
            yield from named(item)
    elif isinstance(value, list):
        for item in value:
            yield from named(item)
