"""The project file as written."""

from typing import Annotated, Literal

from reconciler.config.generations import Api
from reconciler.config.policies import PoliciesEntry
from reconciler.config.state import StateEntry
from reconciler.config.switches import ProjectSwitch
from reconciler.config.variables import Declaration
from reconciler.errors import Level
from reconciler.jsonvalues import Json
from reconciler.schema.shape import Field, Shape

Reference = dict[str, Json]


class EnvironmentEntry(Shape):
    """An environment, as written."""

    url: str | Reference
    api_key: Annotated[
        Reference | None, Field(description="a reference such as `{ $secret: HAMSA_API_KEY }`")
    ] = None
    vars: dict[str, str | int | float | bool | Reference] = {}
    promote_from: Annotated[
        str | None,
        Field(description="another environment, which must have had a change before this one"),
    ] = None
    policies: PoliciesEntry = PoliciesEntry()


class DriftEntry(Shape):
    """What counts as drift, as written."""

    undeclared: Annotated[
        Literal["report", "ignore"],
        Field(description="what moved live and no file names: drift, or not looked at"),
    ] = "report"
    ignore: Annotated[
        list[str],
        Field(description="what no file names and the server moves by itself, such as a counter"),
    ] = []


class ProjectEntry(Shape):
    """The project file, as written."""

    api: Api = "v1"
    agents: str = "agents/"
    default_environment: str | None = None
    state: Annotated[
        StateEntry | None,
        Field(description="where the state is; without it in a file of the project"),
    ] = None
    vars: Annotated[
        dict[str, Declaration],
        Field(description="the variables: type, default, allowed values; all, if any"),
    ] = {}
    environments: dict[str, EnvironmentEntry] = {}
    lint: dict[str, Level | ProjectSwitch] = {}
    drift: DriftEntry = DriftEntry()
