"""``api``: the API generation of agents, in a project and in a file."""

from typing import Literal, TypeAlias

Api: TypeAlias = Literal["v1", "v2"]
"""A generation for which the registry has kinds."""
