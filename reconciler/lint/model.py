"""The language model of an agent: names that must be exact, and its temperature."""

from collections.abc import Iterator

from reconciler.errors import listed, meant
from reconciler.lint.frame import Finding, Rule, RuleSet, Subject, declares
from reconciler.schema.kind import Role
from reconciler.text import characters
from reconciler.text.wording import shortened

_SHOWN = 60
_LOOSE = 0.6
_MODEL = declares(Role.PROVIDER, Role.MODEL)


def _names(subject: Subject) -> Iterator[Finding]:
    """A misspelt provider, or a misspelt model of a provider whose models are known."""
    provider, model = subject.text(Role.PROVIDER), subject.text(Role.MODEL)
    known = subject.kind.models
    if provider and provider not in known:
        yield _misspelt(subject, Role.PROVIDER, provider, [*known])
    of_provider = known.get(provider, ()) if provider else _all_models(subject)
    if model and of_provider and model not in of_provider:
        yield _misspelt(subject, Role.MODEL, model, of_provider)


def _all_models(subject: Subject) -> list[str]:
    """The known models, if the file's model is one of them except for letter case.

    Without a declared provider nothing else can be checked.
    """
    every = [name for names in subject.kind.models.values() for name in names]
    model = subject.text(Role.MODEL).casefold()
    return every if model in [name.casefold() for name in every] else []


def _misspelt(
    subject: Subject, role: Role, value: str, known: list[str] | tuple[str, ...]
) -> Finding:
    what = "provider" if role is Role.PROVIDER else "model"
    alike = {name.casefold(): name for name in known}.get(value.casefold())
    hint = f"did you mean `{alike}`?" if alike else meant(value, known, "", _LOOSE)
    return Finding(
        path=subject.place(role),
        message=f"the API knows no {what} of this name; capital and small letters count",
        found=characters.named(shortened(value, _SHOWN)),
        allowed=listed(known, value),
        hint=hint,
    )


def _temperature_missing(subject: Subject) -> Iterator[Finding]:
    """A model without its temperature, for a kind whose API rejects that."""
    needed = {path for rule in subject.kind.together for path in rule.paths if not rule.when}
    path = subject.kind.role(Role.TEMPERATURE)
    for role in (Role.MODEL, Role.PROVIDER):
        if path in needed and path not in subject.fields and subject.of(role) is not None:
            message = "the model is declared without its temperature"
            yield Finding(path=subject.place(role), message=message)
            return


def _fixed_temperature(subject: Subject) -> Iterator[Finding]:
    """A temperature other than the fixed one of a family of models."""
    model, wanted = subject.text(Role.MODEL), subject.of(Role.TEMPERATURE)
    for family, fixed in subject.kind.fixed_temperatures.items():
        number = isinstance(wanted, int | float) and not isinstance(wanted, bool)
        if number and model.casefold().startswith(family.casefold()) and wanted != fixed:
            yield Finding(
                path=subject.place(Role.TEMPERATURE),
                message=f"a model of the family {family} has the temperature {fixed:g}",
                found=f"{wanted:g}",
                allowed=f"{fixed:g}",
            )


SET = RuleSet(
    name="model",
    description="the language model and its temperature",
    rules=(
        Rule(
            name="model-name",
            description="A provider or model is not spelt as the API spells it",
            why="The API refuses the whole write",
            help="write the name exactly as the API has it",
            bad="""\
spec:
  <model provider>: Anthropic
  <temperature>: 0.3
""",
            good="""\
spec:
  <model provider>: OpenAI
  <temperature>: 0.3
""",
            check=_names,
            needs=_MODEL,
        ),
        Rule(
            name="no-temperature",
            description="A v2 agent's model is declared without its temperature",
            why="A new agent is refused; one that is live keeps the temperature that it has",
            help="declare the temperature too",
            bad="""\
api: v2
spec:
  <model provider>: OpenAI
""",
            good="""\
api: v2
spec:
  <model provider>: OpenAI
  <temperature>: 0.3
""",
            check=_temperature_missing,
            needs=_MODEL,
        ),
        Rule(
            name="fixed-temperature",
            description="A model that has a fixed temperature is given another one",
            why="The API stores its fixed value, and the agent does not behave as the file says",
            help="write the fixed temperature",
            bad="""\
spec:
  <model>: GPT-5
  <temperature>: 0.3
""",
            good="""\
spec:
  <model>: GPT-5
  <temperature>: 1
""",
            check=_fixed_temperature,
            needs=declares(Role.TEMPERATURE),
        ),
    ),
)
