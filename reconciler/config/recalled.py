"""A project file without mistakes, as an earlier run has read it.

Its data depend on its text and this program alone. A file with a secret in it is read each time.
"""

import json
from collections.abc import Mapping

from reconciler.config import program, references
from reconciler.config.memory import Memory
from reconciler.jsonvalues import Json


def data(memory: Memory, text: str) -> Json:
    """The data of a valid file with this text; None if they are not known."""
    raw = memory.get(_key(text))
    try:
        return json.loads(raw) if raw else None
    except ValueError:
        return None


def keep(memory: Memory, text: str, found: Json, env: Mapping[str, str]) -> None:
    """Keep the data of a valid file for the next run."""
    from reconciler.text import known, tokens  # noqa: PLC0415 - only of a file that was edited

    secrets = known.of({name: env.get(name, "") for name in references.secret_names(found)})
    held = any(one.sure for one in tokens.found(text)) or any(known.held(text, secrets))
    raw = json.dumps(found)
    if not held and json.loads(raw) == found:
        memory.keep(_key(text), raw.encode())
    memory.save()


def _key(text: str) -> str:
    return program.digest(f"project\0{program.identity()}\0{text}")
