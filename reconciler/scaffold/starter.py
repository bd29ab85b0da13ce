"""The first files of a project: project file, agent, schemas, editor settings, ignored files.

The texts are files of the package, below ``scaffold/templates``; ``text/templates.py`` explains
their template syntax.
"""

import json
import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path, PurePosixPath
from types import MappingProxyType

import reconciler
from reconciler.config import schema
from reconciler.config.project import FILE_NAME
from reconciler.kinds import registry
from reconciler.schema.kind import Role
from reconciler.text.templates import filled

FOLDER = Path(reconciler.__file__).parent / "scaffold" / "templates"
IGNORED = (".reconciler/", "*.plan.json", ".env")
"""Files that git must not track: history and sandbox, saved plans (they contain prompts), keys."""

PROJECT_SCHEMA = "schemas/project.json"

TEMPLATES = ("reception", "survey", "reminder")
"""The templates for a first agent; each in Arabic and in English."""


def text_of(name: str) -> str:
    """One of the package's files."""
    return (FOLDER / name).read_text(encoding="utf-8")


def agent_schema(api: str) -> str:
    """The path of the schema for agent files of a generation."""
    return f"schemas/agent.{api}.json"


def project(environment: str, url: str, key_name: str, api: str, state: str = "") -> str:
    """The text of the project file; without a ``state`` URL the state is a file."""
    voice = registry.kind("agent", api).role(Role.VOICE)
    values = {"environment": environment, "url": url, "key_name": key_name}
    return filled(text_of("project.yaml"), api=api, voice=voice, state=state, **values)


def agent(template: str, language: str, key: str, agents: str, api: str) -> dict[str, str]:
    """The files of a first agent in the agents' folder: its YAML and its prompt."""
    folder = PurePosixPath(agents)
    up = "../" * len(folder.parts)
    name = re.sub(r"[._-]+", " ", key)
    values = {"key": key, "name": name[:1].upper() + name[1:], "schema": up + agent_schema(api)}
    source, more = f"agents/{language}", "v2/" if api == "v2" else ""
    return {
        f"{folder}/{key}.yaml": filled(text_of(f"{source}/{more}{template}.yaml"), **values),
        f"{folder}/prompts/{key}.md": filled(text_of(f"{source}/prompts/{template}.md"), **values),
    }


@cache
def schemas(api: str) -> Mapping[str, str]:
    """The JSON Schemas with which editors check the files, in this version."""
    return MappingProxyType(
        {
            agent_schema(api): schema.dumps(schema.agent(registry.kind("agent", api))),
            PROJECT_SCHEMA: schema.dumps(schema.project()),
        }
    )


def editor(agents: str, api: str) -> dict[str, str]:
    """Settings of VS Code, and the extension that they need."""
    folder = PurePosixPath(agents)
    patterns = [f"/{folder}/**/*.yaml", f"/{folder}/**/*.yml"]
    known = {f"./{PROJECT_SCHEMA}": f"/{FILE_NAME}", f"./{agent_schema(api)}": patterns}
    return {
        ".vscode/settings.json": json.dumps({"yaml.schemas": known}, indent=2) + "\n",
        ".vscode/extensions.json": text_of("vscode/extensions.json"),
    }


def ignoring(text: str) -> tuple[str, list[str]]:
    """Add missing lines to the end of a ``.gitignore``; returns the text and these lines."""
    there = {line.strip().strip("/") for line in text.splitlines()}
    added = [line for line in IGNORED if line.strip("/") not in there]
    if not added:
        return text, []
    end = "\r\n" if "\r\n" in text else "\n"
    start = text if not text or text.endswith("\n") else text + end
    note = "# reconciler: history and sandbox data; saved plans, which hold prompts; keys"
    return start + "".join(line + end for line in (note, *added)), added
