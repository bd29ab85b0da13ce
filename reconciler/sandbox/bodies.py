"""Request bodies: JSON read as a strict server reads it, and models with error messages.

Types are never coerced, unknown keys are refused at every level except in free-form maps, and a
message names the field without repeating what was sent, which may be a secret. Values are only
checked here: what is stored is what was sent. No IO.
"""

import json
from typing import Any
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, ValidationError

# For keys missing in the body; defaults are not validated, so this never lets a null in.
OMITTED: Any = None

FreeForm = dict[str, Any]


class RefusedError(Exception):
    """The API does not allow the body; the message is the API's response, without values."""


class Strict(BaseModel):
    """An object with only known keys."""

    model_config = ConfigDict(strict=True, extra="forbid", allow_inf_nan=False)


def web_address(value: str, *, schemes: tuple[str, ...] = ("http", "https")) -> str:
    """Return `value` if it is an absolute web address; raises ValueError."""
    try:
        parts = urlsplit(value)
    except ValueError:
        parts = urlsplit("")
    if parts.scheme not in schemes or not parts.netloc:
        raise ValueError("must be a URI" if "http" in schemes else "must be an https URI")
    return value


def read_object(body: bytes) -> dict[str, Any]:
    """Parse a JSON object as a strict server does; raises RefusedError for anything else."""
    try:
        parsed = json.loads(body.decode(), parse_constant=_no_constant, parse_float=_finite)
        if b"\\ud" in body.lower():  # only an escape can express a lone surrogate: it is no text
            json.dumps(parsed, ensure_ascii=False).encode()
    except (ValueError, RecursionError) as error:
        raise RefusedError("the request body is not valid JSON") from error
    if not isinstance(parsed, dict):
        raise RefusedError("the request body must be a JSON object")
    return parsed


def objections(model: type[Strict], body: dict[str, Any]) -> list[str]:
    """Return the errors of `body` by `model`, each with the path of its field."""
    try:
        model.model_validate(body)
    except ValidationError as error:
        found = error.errors(include_url=False, include_context=False, include_input=False)
        return [_told(each["loc"], each["msg"]) for each in found]
    return []


def refuse(found: list[str]) -> None:
    """Raise RefusedError with all of `found`, if there are any."""
    if found:
        raise RefusedError("; ".join(found))


def _told(where: tuple[int | str, ...], what: str) -> str:
    path = ".".join(str(part) for part in where)
    return f"{path}: {what.removeprefix('Value error, ')}"


def _no_constant(name: str) -> float:
    raise ValueError(f"{name} is not JSON")


def _finite(text: str) -> float:
    value = float(text)
    if value in (float("inf"), float("-inf")):
        raise ValueError("a number is too large")
    return value
