"""Values of people's files in messages."""

from reconciler.jsonvalues import Json
from reconciler.text import tokens
from reconciler.text.wording import shortened

_SHOWN = 60


def shown(value: Json, *, secret: bool = False) -> str:
    """A found value for a message: short, and never a secret; empty values are not hidden."""
    match value:
        case None:
            return "null"
        case {} if not value:
            return "an empty mapping"
        case []:
            return "an empty list"
        case _ if secret:
            return "(sensitive)"
        case bool():
            return str(value).lower()
        case str():
            return f'"{shortened(tokens.struck(value), _SHOWN)}"'
        case dict():
            return "a mapping"
        case list():
            return "a list"
        case _:
            return str(value)[:_SHOWN]
