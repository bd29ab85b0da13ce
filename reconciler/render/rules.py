"""Lint rules for people and for machines: one in full, or a line for each. Pure."""

from reconciler.jsonvalues import Json
from reconciler.late import dataclass
from reconciler.lint import SET_OF, Rule
from reconciler.lint.frame import RuleSet, written
from reconciler.schema.kind import Kind


@dataclass(frozen=True, kw_only=True)
class Example:
    """A piece of a file under a line that says what it is."""

    title: str
    text: str


@dataclass(frozen=True, kw_only=True)
class Explained:
    """One rule in full: labelled sentences, and examples."""

    name: str
    about: str
    sentences: tuple[tuple[str, str], ...]
    examples: tuple[Example, ...]


@dataclass(frozen=True, kw_only=True)
class Listed:
    """A set of rules: what it checks, and each rule's name, level and description."""

    name: str
    description: str
    rows: tuple[tuple[str, str, str], ...]


def explained(rule: Rule, kind: Kind) -> Explained:
    """One rule in full."""
    named = SET_OF[rule.name]
    limit = f"usually {rule.limit} {rule.unit}" if rule.limit else ""
    sentences = (
        ("finds", f"{rule.description}."),
        ("why", f"{rule.why}."),
        ("mend", f"{sentence(rule.help)}."),
        ("limit", f"{sentence(limit)}."),
    )
    examples = (
        Example(title="bad", text=written(rule.bad, kind)),
        Example(title="good", text=written(rule.good, kind)),
        *(
            (Example(title="another limit, in reconciler.yaml", text=another_limit(rule)),)
            * bool(limit)
        ),
        Example(title="switched off in reconciler.yaml, for every agent", text=off(rule)),
        Example(title="switched off in one agent's file, with a reason", text=off_here(rule)),
    )
    return Explained(
        name=rule.name,
        about=f"set {named}, usual level {rule.level}",
        sentences=tuple(one for one in sentences if one[1] != "."),
        examples=examples,
    )


def listed(one: RuleSet) -> Listed:
    """A line for each rule of a set."""
    rows = tuple((rule.name, rule.level, rule.description) for rule in one.rules)
    return Listed(name=one.name, description=one.description, rows=rows)


def data(rule: Rule, kind: Kind) -> Json:
    """One rule for machines."""
    return {
        "name": rule.name,
        "set": SET_OF[rule.name],
        "level": rule.level,
        "limit": rule.limit or None,
        "unit": rule.unit or None,
        "finds": rule.description,
        "why": rule.why,
        "mend": rule.help,
        "bad": written(rule.bad, kind),
        "good": written(rule.good, kind),
    }


def off(rule: Rule) -> str:
    """The lines of the project file that switch a rule off."""
    return f"lint: {{ {rule.name}: off }}\n"


def off_here(rule: Rule) -> str:
    """The lines of an agent's file that switch a rule off."""
    return f"lint:\n  {rule.name}: {{ level: off, reason: … }}\n"


def another_limit(rule: Rule) -> str:
    """The lines of the project file that set another limit."""
    return f"lint: {{ {rule.name}: {{ limit: {rule.limit + rule.limit // 2} }} }}\n"


def sentence(text: str) -> str:
    """A text with its first letter capitalised."""
    return text[:1].upper() + text[1:]
