"""The type of a language's data for a paragraph; the data are in another module. Pure."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import field

from reconciler.late import dataclass
from reconciler.render.sentences.writing import Writer
from reconciler.schema.phrases import Gone, Phrase
from reconciler.text.plurals import Plural


@dataclass(frozen=True, kw_only=True)
class Callers:
    """The sentences for those who start calls. ``{must}``, ``{may}`` and ``{names}`` are lists."""

    must: str
    may: str
    both: str
    renamed: str
    """With ``{old}`` and ``{new}``."""
    more_renamed: Plural
    unused: str
    unused_many: str


@dataclass(frozen=True, kw_only=True)
class Language:
    """One language: how clauses become a sentence.

    ``frames`` are the sentences by verb, with ``{name}`` and ``{clauses}``; ``differs`` is the one
    for a difference from the file if it is unknown what was applied. ``so`` makes a template
    indicative, ``would`` conditional. ``joined`` joins the clauses and the note on those left out,
    if any. ``changed``, ``unset`` and, for a secret, ``hidden`` are used for a field, as
    ``{path}``, that has no phrase for a change.
    """

    phrases: Mapping[str, Phrase] = field(default_factory=dict)
    """The phrases of the current kind, by path; fields may be missing."""
    notes: Mapping[str, str] = field(default_factory=dict)
    """The rows' own words, by path: for a field without a phrase."""
    notes_fit: bool = False
    """Whether those words, which are English, can be used in this language."""
    writer: Writer
    frames: Mapping[str, str]
    differs: str
    bare: str
    """A new agent about which there is nothing to say."""
    so: Callable[[str], str]
    would: Callable[[str], str]
    joined: Callable[[Sequence[str], str], str]
    more_changes: Plural
    more_fields: Plural
    nodes: Plural
    """Changes in so many nodes of the agent's flow."""
    new_nodes: Plural
    """So many nodes in the flow of a new agent."""
    flow: str
    """Changes of its flow, and of none of the nodes."""
    changed: str
    unset: Gone
    hidden: str
    callers: Callers
    callers_would: Callers
    names: Callable[[Sequence[str]], str]
    more_names: Plural
    between: str
    """The text between the parts for callers."""
