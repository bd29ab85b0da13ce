"""The diff of a text on a stream, behind a column of line numbers."""

from rich.console import Console

from reconciler.render.bidi import isolated
from reconciler.render.labels import ENGLISH, FOLDS, Phrases, fold, moved
from reconciler.render.terminal import lines
from reconciler.render.terminal.stream import STYLES
from reconciler.render.view import Passage, Prose, Spans

_MARKS = {"-": "bold red reverse", "+": "bold green reverse"}
_COLUMNS = 8


def show_prose(out: Console, prose: Prose, say: Phrases = ENGLISH) -> None:
    """Print paragraph by paragraph, after a column of line numbers if there are several lines."""
    width = prose.digits
    heading = ""
    for passage, below in prose.in_order:
        if passage.kind in FOLDS:
            _say(out, width, fold(passage, below, say))
            continue
        if passage.heading and passage.heading != heading:
            heading = passage.heading
            _say(out, width, f"§ {isolated(heading)}", "bold dim")
        _show_passage(out, width, passage, say)
        heading = passage.inside[-1] if passage.inside else heading
    if prose.space:
        told = say("not shown: {what}", what=say.counts(prose.space))
        _say(out, width, say.line(told))


def _show_passage(out: Console, width: int, passage: Passage, say: Phrases) -> None:
    if passage.before:
        _side(out, width, passage.old_line, "-", passage.before)
    sign = ">" if passage.kind == "moved" and not passage.before else "+"
    if passage.after:
        _side(out, width, passage.new_line, sign, passage.after)
    if passage.kind == "moved":
        _say(out, width, moved(passage, say))
    if passage.odd:
        label = say("cosmetic") if passage.cosmetic else say("characters")
        told = f"{label}: {say.joined(map(say.told, passage.odd))}"
        _say(out, width, say.line(told))


def _side(out: Console, width: int, number: int, sign: str, spans: Spans) -> None:
    """One side of a passage; without styles, changed words are in brackets."""
    plain = out.color_system is None
    pieces = []
    for span in spans:
        marked = span.marked and len(spans) > 1
        words = f"⟦{span.text}⟧" if marked and plain else span.text
        pieces.append((words, _MARKS[sign] if marked else STYLES[sign]))
    number_shown = f"{number or '':>{width}} " if width else ""
    gutter = [(number_shown, "dim"), (f"{sign} ", STYLES[sign])]
    lines.show_foreign(out, pieces, _COLUMNS, gutter=gutter)


def _say(out: Console, width: int, text: str, style: str = "dim") -> None:
    """A line of ours between the paragraphs."""
    lines.show_own(out, text, style, _COLUMNS, gutter=width + 3 if width else 2)
