"""The sentence for those who start calls: added, removed and renamed placeholders. Pure.

Only names of params are shown, never values.
"""

from collections.abc import Iterator, Sequence

from reconciler.model import Contract
from reconciler.render.sentences.language import Callers, Language
from reconciler.render.sentences.writing import cut

_MOST = 8
"""Names in a list, and renamed ones."""


def sentence(contract: Contract, spoken: Language, *, would: bool) -> str:
    """What callers have to do now, or (``would``) if the changes were made.

    A new placeholder that the agent's own params fill may be passed; any other new one must be, and
    so must one that they no longer fill.
    """
    forms = spoken.callers_would if would else spoken.callers
    told = [
        *_passed(contract, forms, spoken),
        *_renamed(contract, forms),
        *_unused(contract, forms, spoken),
    ]
    return f"{spoken.between.join(told)}."


def _passed(contract: Contract, forms: Callers, spoken: Language) -> Iterator[str]:
    new = [name for name in contract.added if name not in contract.filled]
    must = _names([*new, *contract.unfilled], spoken)
    may = _names(contract.filled, spoken)
    if must and may:
        yield forms.both.format(must=must, may=may)
    elif must:
        yield forms.must.format(must=must)
    elif may:
        yield forms.may.format(may=may)


def _renamed(contract: Contract, forms: Callers) -> Iterator[str]:
    for old, new in contract.renamed[:_MOST]:
        yield forms.renamed.format(old=_code(old), new=_code(new))
    left = len(contract.renamed) - _MOST
    if left > 0:
        yield forms.more_renamed(left)


def _unused(contract: Contract, forms: Callers, spoken: Language) -> Iterator[str]:
    if contract.removed:
        form = forms.unused if len(contract.removed) == 1 else forms.unused_many
        yield form.format(names=_names(contract.removed, spoken))


def _names(names: Sequence[str], spoken: Language) -> str:
    left = len(names) - _MOST
    more = [spoken.more_names(left)] if left > 0 else []
    return spoken.names([*map(_code, names[:_MOST]), *more])


def _code(name: str) -> str:
    return f"`{cut(name)}`"
