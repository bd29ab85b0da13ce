"""Words that a document shows in place of leaves, and what they replace. Pure."""

from collections.abc import Collection, Sequence

from reconciler.jsonvalues import Json, Ref, Secret
from reconciler.model import (
    Action,
    Address,
    Write,
)
from reconciler.render.data import documents, pieces
from reconciler.render.rows import SENSITIVE
from reconciler.schema import paths

Way = tuple[str | int, ...]


def body(action: Action, leaves: list[documents.Leaf]) -> dict[str, Json]:
    """The body of an action's request without secrets and values that its changes hide.

    The replaced leaves are added to ``leaves``.
    """
    secret = [change.path for change in action.changes if change.sensitive]
    hidden = {*secret, *map(_of_any_item, secret)}
    sent = action.request.body if isinstance(action, Write) else {}
    way: Way = ("request", "body")
    return {top: _shown(item, (*way, top), top, hidden, leaves) for top, item in sent.items()}


def words(value: Json, way: Way, leaves: list[documents.Leaf]) -> Json:
    """A value with words for each secret and each unknown id."""
    return _shown(value, way, "", (), leaves)


def _of_any_item(path: str) -> str:
    """A path as in a body: without the keys of items."""
    return paths.joined([step for step in paths.steps(path) if not step.startswith("[")])


def _shown(
    value: Json, way: Way, path: str, hidden: Collection[str], leaves: list[documents.Leaf]
) -> Json:
    match value:
        case Secret():
            leaves.append({"at": [*way], "secret": value.name})
            return SENSITIVE
        case Ref():
            leaves.append({"at": [*way], "ref": Address(value.kind, value.key).full})
            return pieces.known(value)
        case _ if path in hidden and value is not None:
            own: documents.ValueLeaf = {"at": [*way], "value": None}
            leaves.append(own)  # before its contents, which are put into it
            own["value"] = words(value, way, leaves)
            return SENSITIVE
        case dict():
            return {
                name: _shown(item, (*way, name), f"{path}.{name}", hidden, leaves)
                for name, item in value.items()
            }
        case list():
            return [_shown(v, (*way, i), path, hidden, leaves) for i, v in enumerate(value)]
        case _:
            return value


def placed(value: Json, way: Sequence[str | int], leaf: Json) -> Json:
    """A copy of a value with another leaf at a place.

    Raises LookupError or TypeError if there is no such place.
    """
    if not way:
        return leaf
    step, *rest = way
    copy: Json = dict(value) if isinstance(value, dict) else list(value)
    copy[step] = placed(copy[step], rest, leaf)
    return copy
