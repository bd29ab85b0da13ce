"""Lines of text on a terminal: output without rich is the same as with rich."""

import io
import random

import pytest
from rich.cells import cell_len
from rich.console import Console
from rich.text import Text

from reconciler.render import bidi
from reconciler.render.terminal import lines, stream


def test_lines_are_parted_as_rich_parts_them() -> None:
    """Words of one cell are parted without rich; at the same places, blanks at ends included."""
    out = stream.console(io.StringIO(), "never")
    rng = random.Random(7)
    for _ in range(300):
        sizes = [rng.choice([1, 2, 3, 5, 8, 12, 30]) for _ in range(rng.randrange(1, 20))]
        words = ["".join(rng.choice("abc «ابج،…") for _ in range(size)) for size in sizes]
        text, width = bidi.isolated(" ".join(words)), rng.randrange(20, 40)
        found = lines._parted(text, width)
        assert found in ([], [one.plain for one in Text(text).wrap(out, width)])


def test_what_is_parted_without_rich_takes_one_cell() -> None:
    """rich knows wide and combining characters; isolates take no room."""
    taken = [one for one in map(chr, range(0x3000)) if lines._OF_ONE_CELL.fullmatch(one)]
    assert len(taken) > 200
    assert {cell_len(one) for one in taken} == {1}
    assert {cell_len(one) for one in bidi.ALL} == {0}


@pytest.mark.parametrize("width", [20, 33, 47, 80])
def test_foreign_lines_are_printed_as_rich_prints_them(width: int) -> None:
    """In colours and wrapped: each line of a text has the bytes that rich makes of it."""
    texts = [
        [("Ask the caller for a name, then a number, and repeat both slowly.", "green")],
        [("أجب بجملتين قصيرتين ثم استمع إلى {{caller}} حتى يقول ما يريد من العيادة.", "green")],
        [("{{caller}} أهلا وسهلا بك في عيادتنا، كيف نقدر نساعدك اليوم {{name}}", "red")],
        [("Say ", "green"), ("never", "bold green reverse"), (" what  the caller did.", "green")],
        [("قل ", "red"), ("دائماً", "bold red reverse"), (" ما يريد المتصل من الفرع.", "red")],
        [("漢字かな交じり文 " * 9, "green")],
        [("x" * 100, "green")],
        [("", "green")],
    ]
    gutter = [("12 ", "dim"), ("+ ", "green")]
    ours, theirs = _colours(width), _colours(width)
    for text in texts:
        lines.show_foreign(ours, text, 8, gutter=gutter)
        _by_rich(theirs, lines.isolated(Text.assemble(*text)), Text.assemble(*gutter))
    assert ours.file.getvalue() == theirs.file.getvalue()


class _Screen(io.StringIO):
    def isatty(self) -> bool:
        return True


def _colours(width: int) -> Console:
    env = {"COLUMNS": str(width), "TERM": "xterm-256color"}
    return stream.console(_Screen(), "always", env)


def _by_rich(out: Console, line: Text, gutter: Text) -> None:
    first = Text(" " * 8).append("│ ", "dim").append_text(gutter)
    more = Text(" " * 8).append("│ ", "dim").append(" " * gutter.cell_len)
    for piece in lines._balanced(line.wrap(out, max(out.width - more.cell_len, 20))):
        out.print(first.append_text(piece))
        first = more.copy()
