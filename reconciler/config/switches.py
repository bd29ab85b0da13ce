"""Entries under ``lint``: in the project file, and in an agent's file with a reason."""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Annotated

from reconciler.errors import Level, Problem, listed, meant
from reconciler.jsonvalues import Json
from reconciler.schema.shape import BeforeValidator, Field, Shape, StringConstraints, refusal
from reconciler.schema.table import UNSET
from reconciler.yamledit.document import Document

if TYPE_CHECKING:
    from reconciler.lint.switches import Switch


class ProjectSwitch(Shape):
    """The level or limit of a rule, or the level of a set, in all files."""

    level: Level = UNSET
    limit: Annotated[int, Field(ge=1)] = UNSET


class FileSwitch(ProjectSwitch):
    """The level or limit of a rule, or the level of a set, in this file, and why."""

    reason: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]


def _with_reason(written: Json) -> Json:
    """Require a mapping; a bare level, allowed in the project file, has no reason."""
    if not isinstance(written, dict):
        needed = "a file says why: write `{ level: off, reason: … }`"
        raise refusal("value_error", needed)
    return written


InFile = Annotated[FileSwitch, BeforeValidator(_with_reason)]


def switches(written: Mapping[str, Level | ProjectSwitch]) -> "dict[str, Switch]":
    """The switches for the lint."""
    if not written:
        return {}
    from reconciler.lint.switches import Switch  # noqa: PLC0415 - most files are recalled

    return {
        name: Switch(level=one.level, limit=one.limit)
        if isinstance(one, ProjectSwitch)
        else Switch(level=one)
        for name, one in written.items()
    }


def problems(document: Document, written: Mapping[str, Level | ProjectSwitch]) -> Iterator[Problem]:
    """Unknown rules and sets, limits of rules without one, and switches without effect."""
    if not written:
        return
    from reconciler.lint import RULES, SETS  # noqa: PLC0415 - as above

    for name, switch in switches(written).items():
        if name not in RULES and name not in SETS:
            message = f"there is no lint rule or set `{name}`"
            allowed = "what `reconciler validate --explain all` lists"
            hint = meant(name, (*RULES, *SETS))
            yield document.problem(("lint", name), message, allowed=allowed, hint=hint)
        elif switch.limit is not None and not (name in RULES and RULES[name].limit):
            known = listed([rule.name for rule in RULES.values() if rule.limit], name)
            message = f"`{name}` has no limit"
            yield document.problem(("lint", name, "limit"), message, allowed=f"one of {known}")
        elif switch.level is None and switch.limit is None:
            message = f"`{name}` says neither `level` nor `limit`"
            yield document.problem(("lint", name), message)
