"""A project file without mistakes, as an earlier run has read it.

Its data depend on its text and this program alone. A file that may hold a secret is parsed each
time: ``load.check`` knows the names of all secrets, and keeps the data.
"""

import json
from collections.abc import Iterable

from reconciler.config import program
from reconciler.config.memory import Memory
from reconciler.jsonvalues import Json
from reconciler.text import tokens


def data(memory: Memory, text: str) -> Json:
    """The data of a valid file with this text; None if they are not known."""
    raw = memory.get(_key(text))
    try:
        return json.loads(raw) if raw else None
    except ValueError:
        return None


def keep(memory: Memory, text: str, found: Json, secrets: Iterable[bytes]) -> None:
    """Keep the data of a valid file, whose text has no secret, for the next run.

    Not if one is in the data alone, as these bytes: an escape in quotes, or a folded line, hides it
    in the text.
    """
    key, raw = _key(text), json.dumps(found, ensure_ascii=False).encode(errors="surrogatepass")
    if json.loads(raw) != found or any(one in raw for one in secrets):
        return
    if raw == memory.get(key) or not tokens.found(raw.decode(errors="replace")):
        memory.keep(key, raw)


def _key(text: str) -> str:
    return program.digest(f"project\0{program.identity()}\0{text}")
