"""A project file without mistakes, as an earlier run has read it.

Its data depend on its text and this program alone. A file that may hold a secret is parsed each
time: ``load.check`` knows the names of all secrets, and keeps the data.
"""

import json

from reconciler.config import program
from reconciler.config.memory import Memory
from reconciler.jsonvalues import Json


def data(memory: Memory, text: str) -> Json:
    """The data of a valid file with this text; None if they are not known."""
    raw = memory.get(_key(text))
    try:
        return json.loads(raw) if raw else None
    except ValueError:
        return None


def keep(memory: Memory, text: str, found: Json) -> None:
    """Keep the data of a valid file, in which no secret is, for the next run."""
    raw = json.dumps(found)
    if json.loads(raw) == found:
        memory.keep(_key(text), raw.encode())


def _key(text: str) -> str:
    return program.digest(f"project\0{program.identity()}\0{text}")
