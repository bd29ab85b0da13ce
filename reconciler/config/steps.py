"""Steps of a walk as people write them: in `flow_tests`, with `--take`, or at a terminal."""

import re
from collections.abc import Iterator, Mapping
from typing import Annotated, Any

from reconciler.config.problems import from_validation
from reconciler.errors import Problem, ReconcilerError
from reconciler.jsonvalues import Json
from reconciler.kinds.flow.steps import Step
from reconciler.kinds.flow.trials import Expected, Taken
from reconciler.late import pattern
from reconciler.schema.shape import Field, Shape, kinds
from reconciler.yamledit.document import Path_, YamlFileError, not_json
from reconciler.yamledit.reading import loads

_KEYS = "0123456789*#"
_SET = pattern(r"([^\W\d]\w*)=(.*)", re.DOTALL)


class ExpectEntry(Shape):
    """What a walk must have reached."""

    node: Annotated[str, Field(description="the name of the node at which the walk is")] = ""
    says: Annotated[
        str | list[str],
        Field(description="a text, or several, that is said literally after the last step"),
    ] = []
    prompt: Annotated[
        str | list[str],
        Field(description="a text, or several, that a prompt after the last step contains"),
    ] = []
    vars: Annotated[
        dict[str, Json], Field(description="a mapping of variables to their values, null for none")
    ] = {}

    def expected(self) -> Expected:
        """The same for a trial."""
        return Expected(
            node=self.node,
            says=_several(self.says),
            prompt=_several(self.prompt),
            variables=self.vars,
        )


def _several(found: str | list[str]) -> tuple[str, ...]:
    return (found,) if isinstance(found, str) else tuple(found)


_RESULTS = Field(description="empty, or a mapping of the variables that the tool sets")
_EMPTY = "empty: the exit has no more words"
_ALONE = Field(description=_EMPTY)


class StepEntry(Shape):
    """One step: an exit by its kind, its target or both; or values of variables alone."""

    natural_language: Annotated[str, Field(description="words of a condition")] = ""
    dtmf: Annotated[str | int, Field(description="a key of the telephone: 0 to 9, `*`, `#`")] = ""
    on_success: Annotated[dict[str, Json] | None, _RESULTS] = None
    on_failure: Annotated[dict[str, Json] | None, _RESULTS] = None
    after_user_reply: Annotated[None, _ALONE] = None
    auto: Annotated[None, _ALONE] = None
    always: Annotated[None, _ALONE] = None
    next: Annotated[None, _ALONE] = None
    else_: Annotated[None, Field(alias="else", description=_EMPTY)] = None
    return_: Annotated[
        None,
        Field(
            alias="return", description="empty: the walk returns to the node that was interrupted"
        ),
    ] = None
    to: Annotated[str, Field(description="the name of the node that the exit leads to")] = ""
    set: Annotated[
        dict[str, Json],
        Field(description="a mapping of variables to values, given before the exit is taken"),
    ] = {}
    expect: Annotated[
        ExpectEntry, Field(description="a mapping of what is expected after this step")
    ] = ExpectEntry()

    @property
    def kinds(self) -> list[str]:
        """The kinds of exits that it names."""
        ours = ("to", "set", "expect")
        return [one.rstrip("_") for one in kinds(StepEntry) if one in self.written - {*ours}]

    def taken(self) -> Taken:
        """The same for a trial."""
        when = next(iter(self.kinds), "")
        detail = {"natural_language": self.natural_language, "dtmf": str(self.dtmf)}.get(when, "")
        sets = {**(self.on_success or {}), **(self.on_failure or {}), **self.set}
        step = Step(when=when, detail=detail, to=self.to, sets=sets)
        return Taken(step=step, expect=self.expect.expected())


def taken(written: str | StepEntry) -> Taken:
    """A step of a trial."""
    return written.taken() if isinstance(written, StepEntry) else Taken(step=Step(words=written))


def faults(written: str | StepEntry) -> Iterator[tuple[Path_, str, Mapping[str, str]]]:
    """What is wrong with a step whose types are right: place in it, message, and more."""
    if isinstance(written, str):
        if not written.strip():
            yield (), "a step is empty", {"hint": _HOW}
        return
    kinds = written.kinds
    if len(kinds) > 1:
        found = ", ".join(f"`{one}`" for one in kinds)
        yield (), "a step takes one exit", {"found": found, "hint": "write one step for each"}
    if not written.written:
        yield (), "a step is empty", {"hint": _HOW}
    if "dtmf" in kinds and (len(str(written.dtmf)) != 1 or str(written.dtmf) not in _KEYS):
        more = {"found": str(written.dtmf), "allowed": "0 to 9, `*`, `#`"}
        yield ("dtmf",), "`dtmf` is no key of a telephone", more


_HOW = 'write words of a condition, `on_success`, `{ dtmf: "0" }` or `{ set: { NAME: VALUE } }`'


class _Line(Shape):
    step: StepEntry


def typed(text: str) -> Step:
    """The step that a person types: words, `key 0`, `NAME=VALUE`, or a mapping as in a file.

    Raises ReconcilerError if it is none.
    """
    text = text.strip()
    if not text:
        raise ReconcilerError("a step is empty", hint=_HOW)
    if text.startswith("{"):
        return _mapping(text)
    value = _SET.fullmatch(text)
    return Step(sets={value[1]: value[2]}) if value else Step(words=text)


def _mapping(text: str) -> Step:
    try:
        document = loads(f"step: {text}", "the step")
        data: Any = document.data
        odd = not_json(data)
        problems = [document.problem(place, reason) for place, reason in odd]
        error = None if odd else _Line.error(data)
        if error:
            problems = from_validation(
                error, _Line, locate=lambda path: (document, path), hidden=lambda _dotted: False
            )
    except YamlFileError as unusable:
        problems = [unusable.problem]
    if not problems:
        entry = _Line.of(data).step
        told = [
            document.problem(("step", *place), message, **more)
            for place, message, more in faults(entry)
        ]
        if not told:
            return entry.taken().step
        problems = told
    first: Problem = problems[0]
    raise ReconcilerError(
        f"{first.message}: {text}"[:200], hint=first.hint or first.allowed or _HOW
    )
