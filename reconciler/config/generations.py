"""``api``: the generation of the API that agents are written for, in a project and in a file."""

from typing import Literal, TypeAlias

Api: TypeAlias = Literal["v1", "v2"]
"""A generation of which the registry knows kinds."""
