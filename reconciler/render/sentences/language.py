"""What a language has to say for a paragraph. Its data stand in a module of its own. Pure."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from reconciler.render.sentences.writing import Writer
from reconciler.schema.phrases import Gone, Phrase
from reconciler.text.plurals import Plural


@dataclass(frozen=True, kw_only=True)
class Callers:
    """What those who start calls are told. ``{must}``, ``{may}`` and ``{names}`` are lists."""

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

    ``frames`` are the sentences by kind, with ``{name}`` and ``{clauses}``; ``differs`` is that of
    a drift from the file where nobody knows what was applied. ``so`` makes of a
    template what is so, ``would`` what would be. ``joined`` takes the clauses, and what is
    said of those left out, or nothing. ``changed``, ``unset`` and, of a secret, ``hidden`` are
    said of a field, as ``{path}``, that has no phrase for a change.
    """

    phrases: Mapping[str, Phrase] = field(default_factory=dict)
    """Those of the kind that is spoken of, by path; a field may be missing."""
    notes: Mapping[str, str] = field(default_factory=dict)
    """The rows' own words, by path: for a field without a phrase."""
    notes_fit: bool = False
    """Whether those words, which are English, can be told in this language."""
    writer: Writer
    frames: Mapping[str, str]
    differs: str
    bare: str
    """A new agent of which there is nothing to tell."""
    so: Callable[[str], str]
    would: Callable[[str], str]
    joined: Callable[[Sequence[str], str], str]
    more_changes: Plural
    more_fields: Plural
    changed: str
    unset: Gone
    hidden: str
    callers: Callers
    callers_would: Callers
    names: Callable[[Sequence[str]], str]
    more_names: Plural
    between: str
    """What stands between what callers are told."""
