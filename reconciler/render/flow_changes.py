"""A changed flow for people: a few sentences about it, and its picture. Pure."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from reconciler.engine import views
from reconciler.kinds.flow import canvas
from reconciler.kinds.flow.compared import (
    ADDED,
    CHANGED,
    REMOVED,
    SAME,
    FlowChange,
    NodeChange,
    compared,
)
from reconciler.kinds.flow.outline import Exit, Node
from reconciler.kinds.flow.turns import Turn
from reconciler.model import Action, Write
from reconciler.render.conditions import name, plain, quoted, when
from reconciler.render.labels import ENGLISH, Phrases
from reconciler.render.sanitize import one_line
from reconciler.render.view import Box, FlowView, Link
from reconciler.text.wording import shortened

_MOST = 12
"""Names in one sentence."""
_WORDS = 40
"""Characters of a text in a condition, in a picture."""
_LONGEST = 80
"""Characters of a node's name in a picture."""


def node_word(status: str, say: Phrases) -> str:
    """The word for the status of a node; empty for an unchanged one."""
    words = {ADDED: say("Added"), REMOVED: say("Removed"), CHANGED: say("Changed")}
    return words.get(status, "")


def exit_word(status: str, say: Phrases) -> str:
    """The word for the status of an exit; empty for an unchanged one."""
    words = {ADDED: say("added"), REMOVED: say("removed"), CHANGED: say("changed")}
    return words.get(status, "")


def of(action: Action) -> FlowChange | None:
    """What a write changes about a flow, or about all of a new one; None if it writes none."""
    view = action.kind.view
    if not isinstance(action, Write) or view is None or action.backdrop is None:
        return None
    if view.top not in action.request.body:
        return None
    return compared(*views.sides(action), action.backdrop.given)


def drawn(action: Action, say: Phrases = ENGLISH) -> FlowView | None:
    """The flow of a write for people; None if it writes none."""
    found = of(action)
    places = action.backdrop.places if isinstance(action, Write) and action.backdrop else {}
    return view(found, places, say) if found else None


def view(
    change: FlowChange, at: Mapping[str, tuple[float, float]], say: Phrases = ENGLISH
) -> FlowView:
    """The sentences and the picture; ``at`` are positions on the canvas by slug."""
    new = _is_new(change)
    boxes, links = _boxes(change, at, say), _links(change, say)
    return FlowView(
        told=tuple(told(change, say)),
        listed=tuple(listed(change, say)) if new else (),
        warned=tuple(warned(change, say)),
        boxes=tuple(replace(one, status=SAME) if new else one for one in boxes),
        links=tuple(replace(one, status=SAME) if new else one for one in links),
        new=new,
    )


def _is_new(change: FlowChange) -> bool:
    return all(one.status == ADDED for one in change.nodes)


def told(change: FlowChange, say: Phrases = ENGLISH) -> Iterator[str]:
    """Which nodes and variables were added, removed, renamed and changed: a sentence for each."""
    if _is_new(change):
        return
    renamed = (_renamed(one, say) for one in change.nodes if one.was is not None)
    edited = (one.node.slug for one in change.nodes if _is_edited(one))
    if names := _names(change.slugs(ADDED), say):
        yield say("nodes added: {names}", names=names)
    if names := _names(change.slugs(REMOVED), say):
        yield say("nodes removed: {names}", names=names)
    if names := _joined(renamed, say):
        yield say("nodes renamed: {names}", names=names)
    if names := _names(edited, say):
        yield say("nodes changed: {names}", names=names)
    if names := _names(change.added, say):
        yield say("variables added: {names}", names=names)
    if names := _names(change.removed, say):
        yield say("variables removed: {names}", names=names)
    if names := _names(change.defaults, say):
        yield say("other default values: {names}", names=names)


def listed(change: FlowChange, say: Phrases = ENGLISH) -> Iterator[str]:
    """The number of nodes of a new flow, and a line for each: name, type and first words."""
    yield say.count(len(change.nodes), "node")
    for one in change.nodes:
        node = one.node
        texts = [text for text in map(str.strip, node.says.split("\n")) if text]
        first = next((text for text in texts if text[0] != "#"), "".join(texts[:1]))
        sort = "" if node.slug.startswith(node.type) else node.type
        words = quoted(first, say, _WORDS) if first else ""
        yield "  ".join(filter(None, (name(node.slug), one_line(sort), words)))


def warned(change: FlowChange, say: Phrases = ENGLISH) -> Iterator[str]:
    """What follows and was hardly meant: unreachable nodes, lost exits, variables without value."""
    if unreached := _names(change.unreached, say):
        yield say("no call can reach: {names}", names=unreached)
    if stuck := _names(change.stuck, say):
        yield say("no way on any more from: {names}", names=stuck)
    if change.unset:
        found = (
            say("{name} in {node}", name=name(variable), node=name(slug))
            for variable, slug in change.unset
        )
        yield say("used, but nothing sets it: {names}", names=_joined(found, say))


def _is_edited(one: NodeChange) -> bool:
    """Whether more than the label changed."""
    return one.status == CHANGED and bool(one.keys or any(turn.how for turn in one.turns))


def _renamed(one: NodeChange, say: Phrases) -> str:
    return say("{before} is now {after}", before=name(one.was or ""), after=name(_label(one)))


def _label(one: NodeChange) -> str:
    return one.node.label or one.node.slug


def _names(slugs: Iterable[str], say: Phrases) -> str:
    return _joined(map(name, slugs), say)


def _joined(found: Iterable[str], say: Phrases) -> str:
    names = [*found]
    more = say(" and {n} more", n=len(names) - _MOST) if len(names) > _MOST else ""
    return say.comma.join(names[:_MOST]) + more


def _boxes(
    change: FlowChange, at: Mapping[str, tuple[float, float]], say: Phrases
) -> Iterator[Box]:
    order = [one.node.slug for one in change.nodes]
    links = [(one.node.slug, to) for one in change.nodes for to in _targets(one.turns)]
    moving = (*change.slugs(ADDED), *change.slugs(REMOVED))
    moving = () if _is_new(change) else moving
    places = canvas.places(order, at, links, moving)
    for one in change.nodes:
        node = one.node
        x, y = places[node.slug]
        yield Box(
            slug=one_line(node.slug),
            name=one_line(shortened(_shown(node), _LONGEST)),
            type=one_line(shortened(node.type, _LONGEST)),
            x=x,
            y=y,
            status=one.status,
            lost=one.status != REMOVED and not node.reached,
            anywhere=plain(when(node.anywhere, say, _WORDS)) if node.anywhere else "",
        )


def _shown(node: Node) -> str:
    """The label of a node, or its slug as words, without the type that a picture shows anyway."""
    if node.label.strip():
        return " ".join(node.label.split())
    rest = node.slug.removeprefix(f"{node.type}_")
    return (node.slug if rest.isdigit() else rest).replace("_", " ")


def _targets(turns: Sequence[Turn]) -> Iterator[str]:
    """The targets of a node's exits on both sides."""
    exits = (one for turn in turns for one in (turn.after, turn.before) if one)
    yield from (one.to for one in exits if one.to is not None)


def _links(change: FlowChange, say: Phrases) -> Iterator[Link]:
    """The links between nodes; exits with the same ends and status are one."""
    numbers = {one.node.slug: number for number, one in enumerate(change.nodes)}
    found: dict[tuple[int, int, str], dict[str, None]] = {}
    for one in change.nodes:
        for way, status in _ways(one.turns):
            if way.to in numbers:
                key = (numbers[one.node.slug], numbers[way.to], status)
                words = plain(when(way, say, _WORDS))
                told = words if way.enabled else say("{words}, switched off", words=words)
                found.setdefault(key, {})[told] = None
    for (start, end, status), all_words in found.items():
        yield Link(start=start, end=end, words=tuple(all_words), status=status)


def _ways(turns: Sequence[Turn]) -> Iterator[tuple[Exit, str]]:
    """Each exit that has to be drawn, with its status: one with another target is two."""
    for turn in turns:
        if turn.before and (turn.after is None or "to" in turn.how):
            yield turn.before, REMOVED
        if turn.after and (turn.before is None or "to" in turn.how):
            yield turn.after, ADDED
        elif turn.after:
            yield turn.after, CHANGED if turn.how else SAME
