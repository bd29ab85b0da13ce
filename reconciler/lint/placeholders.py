"""Placeholders and params that do not match."""

from collections.abc import Iterator
from functools import cache
from itertools import islice

from reconciler.engine import placeholders
from reconciler.errors import meant
from reconciler.lint.frame import MOST, Finding, Rule, RuleSet, Subject, declares
from reconciler.schema import paths
from reconciler.schema.kind import Kind, Role
from reconciler.text import characters

_FILL = "add it to the params, or see to it that every caller passes it"
_PARAMS = declares(Role.PARAMS)


def _undefined(subject: Subject) -> Iterator[Finding]:
    """The first use of each name without a param; nothing if the params or a flow are unseen.

    The texts of a flow have a rule of their own, which knows what is set where. The greeting is
    spoken before any node sets something.
    """
    path = subject.kind.role(Role.PARAMS)
    seen = isinstance(subject.fields.get(path), dict) and path not in subject.unseen
    if not seen or _has_unseen_part(subject):
        return
    known = {*subject.params, *placeholders.own_names(subject.kind, subject.fields)}
    late = subject.flow.late if subject.flow else frozenset()
    told: set[str] = set()
    for place, one in subject.used:
        filling = known - late if place == subject.place(Role.GREETING) else known
        if not one.sure or one.name in filling or one.name in told or subject.in_flow(place):
            continue
        told.add(one.name)
        said = f"`{{{{{one.name}}}}}` is not in `params`"
        yield Finding(
            path=place,
            offset=one.offset,
            message=f"{said}: callers must pass it, or it is spoken as a blank",
            hint=meant(one.name, islice(subject.params, MOST), _FILL),
        )


def _unused(subject: Subject) -> Iterator[Finding]:
    """Params that no text uses; nothing if a text that every agent has is unseen.

    Undeclared pokes and outcomes do not matter: a new agent has none.
    """
    if subject.unseen or not _always_there(subject.kind) <= subject.fields.keys():
        return
    if _has_unseen_part(subject):
        return
    used = {one.name for _, one in subject.used}
    used |= subject.flow.used if subject.flow else set()
    for name in subject.params:
        if name not in used:
            place = (*subject.place(Role.PARAMS), name)
            yield Finding(path=place, offset=None, message=f"`{name}` fills no placeholder")


def _has_unseen_part(subject: Subject) -> bool:
    """Whether the agent's type has texts that no file can declare."""
    view = subject.kind.view
    declared = any(paths.top(path) == view.top for path in subject.fields) if view else True
    return not declared and subject.fields.get(subject.kind.type_path) in (
        view.types if view else ()
    )


@cache
def _always_there(kind: Kind) -> frozenset[str]:
    """The texts that a new agent has by default."""
    prose = (one for one in kind.outer if one.fact.prose)
    found = (one for one in prose if isinstance(one.fact.default, str) and one.fact.default)
    return frozenset(one.path for one in found)


def _malformed(subject: Subject) -> Iterator[Finding]:
    for place, text in subject.templates:
        for one in placeholders.malformed(text, subject.kind) if "{{" in text else ():
            yield Finding(
                path=place,
                offset=one.offset,
                message=one.why,
                found=characters.named(one.found),
                allowed="`{{name}}`",
            )


def _commands(subject: Subject) -> Iterator[Finding]:
    """One finding per text: whoever wrote one command meant all of them."""
    if subject.kind.templates:
        return
    for place, text in subject.filled:
        one = placeholders.command(text) if "{" in text else None
        if one:
            more = f", with {one.count - 1} more in this text" if one.count > 1 else ""
            yield Finding(
                path=place,
                offset=one.offset,
                message=f"a template command, which the API does not know{more}",
                found=characters.named(one.found),
                allowed="`{{name}}`",
            )


SET = RuleSet(
    name="placeholders",
    description="placeholders and the params that fill them",
    rules=(
        Rule(
            name="undefined-placeholder",
            description="A text uses a placeholder that the agent's own params do not fill",
            why="A call that is started without a value for it has a hole in a sentence",
            help=_FILL,
            bad="""\
spec:
  <greeting>: Hello {{caller}}, how can I help?
  <params>: { name: dear guest }
""",
            good="""\
spec:
  <greeting>: Hello {{caller}}, how can I help?
  <params>: { caller: dear guest }
""",
            check=_undefined,
            needs=_PARAMS,
        ),
        Rule(
            name="unused-param",
            description="A param fills no placeholder of any text",
            why="Somebody believes that the caller hears it, and no caller does",
            help="use it in a text, or take it out",
            bad="""\
spec:
  <greeting>: Hello {{caller}}, how can I help?
  <prompt>: You answer the phone of a clinic.
  <params>: { caller: dear guest, doctor: Dr Hind }
""",
            good="""\
spec:
  <greeting>: Hello {{caller}}, how can I help?
  <prompt>: You answer the phone of a clinic. Today {{doctor}} is in.
  <params>: { caller: dear guest, doctor: Dr Hind }
""",
            check=_unused,
            needs=_PARAMS,
        ),
        Rule(
            name="malformed-placeholder",
            description="Double braces name nothing, so that nothing can fill them",
            why="The caller hears the braces, or the text between them",
            help="write the name alone between two braces on each side, on one line",
            bad="""\
spec:
  <greeting>: Hello {{caller name}}, how can I help?
""",
            good="""\
spec:
  <greeting>: Hello {{caller_name}}, how can I help?
""",
            check=_malformed,
        ),
        Rule(
            name="template-command",
            description="A v1 agent's text has a command of a template language, such as "
            "`{% if vip %}`",
            why="The v1 API fills `{{name}}` and nothing else: a caller hears the command, or the "
            "model reads both branches",
            help="say it in words, or let who starts the call pass the finished text as a param",
            bad="""\
api: v1
spec:
  <prompt>: |
    You answer the phone of a clinic.
    {% if vip %}Greet the caller by name.{% endif %}
""",
            good="""\
api: v1
spec:
  <prompt>: |
    You answer the phone of a clinic.
    Greet a caller whom you know by name.
""",
            check=_commands,
        ),
    ),
)
