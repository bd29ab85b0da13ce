"""``api``: the generation of the API that agents are written for, in a project and in a file."""

from typing import Annotated, Literal

from pydantic import BeforeValidator
from pydantic_core import PydanticCustomError

from reconciler.jsonvalues import Json
from reconciler.kinds import registry


def _known(value: Json) -> Json:
    """A generation as written, unless it is one whose agents cannot be declared yet."""
    said = registry.COMING.get(value) if isinstance(value, str) else None
    if said:
        raise PydanticCustomError("api_generation", "{text}", {"text": said})
    return value


Api = Annotated[Literal["v1"], BeforeValidator(_known)]
"""A generation of which the registry knows kinds."""
