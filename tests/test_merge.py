"""A merge of three prompts. Printed, a conflict is between its markers."""

import random
import time

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from reconciler.text.merge import MARKERS, Clash, Merged, has_markers, merge

ALIF = "أجب بجملة واحدة."
BA = "لا تَعِد بموعد 👋🏽"

LINES = st.sampled_from(["", "  ", "\t", "\r", "a", "b", "c", " a ", "a\r", ALIF, BA, "\x00", "👋"])
TEXTS = st.lists(LINES, max_size=10).map("\n".join) | st.text(max_size=20)


@st.composite
def edits(draw):
    """A text and two edits of it."""
    base = draw(st.lists(LINES | st.sampled_from(["- x", "- y", "- z"]), max_size=12))
    sides = []
    for _ in range(2):
        side = list(base)
        for _ in range(draw(st.integers(0, 3))):
            at = draw(st.integers(0, len(side)))
            side[at : at + draw(st.integers(0, 2))] = draw(st.lists(LINES, max_size=2))
        sides.append("\n".join(side))
    return "\n".join(base), *sides


def printed(base, ours, theirs):
    return merge(base, ours, theirs).marked("ours", "theirs")


def clash(ours, theirs):
    return f"<<<<<<< ours\n{ours}=======\n{theirs}>>>>>>> theirs"


MERGES = [
    # base, ours, theirs, the merge
    pytest.param("", "", "", "", id="nothing"),
    pytest.param("A", "A", "B", "B", id="one side alone"),
    pytest.param("A\n\nB\n", "A1\n\nB\n", "A\n\nB1\n", "A1\n\nB1\n", id="neighbours"),
    pytest.param(
        "A\n\nB\n\nC\n",
        "A\n\nX\n\nB\n\nC\n",
        "A\n\nB1\n\nC\n",
        "A\n\nX\n\nB1\n\nC\n",
        id="one added before a changed one",
    ),
    pytest.param(
        "A\n\nB\n\nC\n",
        "A\n\nB\n\nX\n\nC\n",
        "A\n\nB1\n\nC\n",
        "A\n\nB1\n\nX\n\nC\n",
        id="one added after a changed one",
    ),
    pytest.param("A\n", "A\n\nX\n", "A1\n", "A1\n\nX\n", id="one added at the end"),
    pytest.param("A", "A\n\nX", "A1", "A1\n\nX", id="one added at the end, no final line end"),
    pytest.param("A\n", "X\n\nA\n", "A1\n", "X\n\nA1\n", id="one added at the start"),
    pytest.param("A\n", "X\n\nA\n", "A\n\nY\n", "X\n\nA\n\nY\n", id="one added at each end"),
    pytest.param(
        "A\n\nB\n\nC\n",
        "A\n\nX\n\nB\n\nC\n",
        "A\n\nB\n\nY\n\nC\n",
        "A\n\nX\n\nB\n\nY\n\nC\n",
        id="one added by each, at two places",
    ),
    pytest.param(
        "A\n\nB\n\nC\n\nD", "A\n\nC\n\nD", "A\n\nB\n\nD", "A\n\nD", id="neighbours, both gone"
    ),
    pytest.param("A\n\nB\n\nC\n", "A\n\nC\n", "A\n\nB\n\nC1\n", "A\n\nC1\n", id="one gone"),
    pytest.param("A\n\nB\n", "B\n", "A\n", "", id="each takes what the other leaves"),
    pytest.param(
        "A\n\nB\n\nC\n",
        "A\n\nC\n",
        "A\n\nB\n\nX\n\nC\n",
        "A\n\nX\n\nC\n",
        id="one gone, one added after it",
    ),
    pytest.param(
        "A\n\nB\n", "A\n\nB1\n\nX\n", "A1\n\nB\n", "A1\n\nB1\n\nX\n", id="changed and added"
    ),
    pytest.param("A\n\nB\n", "A\n\nX\n\nB\n", "A\n\nX\n\nB\n", "A\n\nX\n\nB\n", id="both added it"),
    pytest.param("A\n\nB\n", "A2\n\nB1\n", "A2\n\nB\n", "A2\n\nB1\n", id="both changed it so"),
    pytest.param("A\n\nB\n\nC", "B\n\nA\n\nC", "A\n\nB\n\nC1", "B\n\nA\n\nC1", id="moved"),
    # White space
    pytest.param("A\n\nB\n", "A\n\n\nB\n", "A1\n\nB\n", "A1\n\n\nB\n", id="a blank line more"),
    pytest.param("A\n\nB\n", "A\n\nB", "A1\n\nB\n", "A1\n\nB", id="the last line end gone"),
    pytest.param("A\n", "A", "A\n\nX\n", "A\n\nX\n", id="the last line end gone before another"),
    pytest.param("A\n\nB", "A\n\n \nB", "A\n\n\n\nB", "A\n\n\n\nB", id="the wider gap"),
    pytest.param("A", "\n\nA", "A\n", "\n\nA\n", id="blank lines at both ends"),
    pytest.param("A\n\nB", "A\n\nB  ", "A1\n\nB", "A1\n\nB  ", id="blanks at the end of a line"),
    pytest.param("A\n\nB", "A\nB", "A\n\nB", "A\nB", id="two paragraphs made one"),
    pytest.param("\n\n", "\nA\n", "\n\n", "\nA\n", id="only blank lines before"),
    pytest.param(
        "A\r\n\r\nB\r\n", "A1\r\n\r\nB\r\n", "A\r\n\r\nB1\r\n", "A1\r\n\r\nB1\r\n", id="CRLF"
    ),
    pytest.param(f"{ALIF}\n\n{BA}", f"{ALIF}1\n\n{BA}", f"{ALIF}\n\n{BA}1", f"{ALIF}1\n\n{BA}1"),
    # Lines inside a paragraph
    pytest.param("- a\n- b\n- c", "- A\n- b\n- c", "- a\n- b\n- C", "- A\n- b\n- C", id="lines"),
    pytest.param(
        "- a\n- b", "- x\n- a\n- b", "- a\n- b\n- y", "- x\n- a\n- b\n- y", id="lines added"
    ),
    pytest.param(
        "- a\n- b\n- c", "- b\n- c", "- a\n- b\n- c\n- d", "- b\n- c\n- d", id="a line gone"
    ),
    pytest.param(
        "- a\n- b\n- c\n- d",
        "- a\n- B\n- c\n- d",
        "- a\n- b\n- C\n- d",
        "- a\n" + clash("- B\n- c\n", "- b\n- C\n") + "\n- d",
        id="lines that touch",
    ),
    pytest.param(
        "- a\n- b\n",
        "- a\n- x\n- b\n",
        "- a\n- y\n- b\n",
        "- a\n" + clash("- x\n", "- y\n") + "\n- b\n",
    ),
    pytest.param(
        "- a\n- b\n- c",
        "- A\n- b\n- C",
        "- a\n- b\n- D",
        "- A\n- b\n" + clash("- C\n", "- D\n"),
        id="one line merges, one clashes",
    ),
    # Clashes
    pytest.param("A\n", "B\n", "C\n", clash("B\n", "C\n") + "\n", id="changed otherwise"),
    pytest.param(
        "A\n\nB\n\nC\n",
        "A\n\nC\n",
        "A\n\nB1\n\nC\n",
        "A\n\n" + clash("", "B1\n") + "\n\nC\n",
        id="gone and changed",
    ),
    pytest.param(
        "A\n\nB",
        "A\n\nX\n\nB",
        "A\n\nY\n\nB",
        "A\n\n" + clash("X\n", "Y\n") + "\n\nB",
        id="both added at one place",
    ),
    pytest.param("", "X", "Y", clash("X\n", "Y\n"), id="both began"),
    pytest.param(
        "A\n\nB\n\nC",
        "A\n\nB1\n\nX\n\nC",
        "A\n\nB\n\nY\n\nC",
        "A\n\n" + clash("B1\n\nX\n", "B\n\nY\n") + "\n\nC",
        id="changed and added, and added",
    ),
    pytest.param(
        "A\n\nB\n\nC\n\nD",
        "A1\n\nB\n\nC\n\nD1",
        "A2\n\nB\n\nC2\n\nD2",
        clash("A1\n", "A2\n") + "\n\nB\n\nC2\n\n" + clash("D1\n", "D2\n"),
        id="two clashes",
    ),
]


@pytest.mark.parametrize(("base", "ours", "theirs", "expected"), MERGES)
def test_a_merge(base, ours, theirs, expected):
    assert printed(base, ours, theirs) == expected


def test_a_clash_shows_all_three_texts():
    assert merge("A\n\nB", "A\n\nC", "A\n\nD").pieces == ("A\n\n", Clash("B", "C", "D"))
    assert merge("A", "C", "D").clashes == (Clash("A", "C", "D"),)


def test_clashes_leave_no_text():
    assert merge("A", "B", "A").text == "B"
    with pytest.raises(ValueError, match="clashes to settle: 1"):
        _ = merge("A", "B", "C").text


@given(TEXTS, TEXTS)
@example("a\n\nb\n", "")
@example("", "\n\n")
@example("a\n\nb", "  ")
def test_what_one_side_changed_is_taken_as_it_is(base, side):
    assert merge(base, side, base).text == side
    assert merge(base, base, side).text == side
    assert merge(base, side, side).text == side


@given(edits())
@example(("a\na\na", "a\n\nb", "a\na"))
def test_the_sides_are_equal(texts):
    base, ours, theirs = texts
    there, back = merge(base, ours, theirs), merge(base, theirs, ours)
    assert [isinstance(piece, Clash) for piece in there.pieces] == [
        isinstance(piece, Clash) for piece in back.pieces
    ]
    swapped = [Clash(piece.base, piece.theirs, piece.ours) for piece in back.clashes]
    assert list(there.clashes) == swapped


@given(edits())
def test_every_line_is_someones(texts):
    merged = merge(*texts)
    lines = {line for text in texts for line in text.split("\n")}
    settled = Merged(tuple(piece for piece in merged.pieces if isinstance(piece, str)))
    assert set(settled.text.split("\n")) <= lines | {""}
    for clash in merged.clashes:
        for side in (clash.base, clash.ours, clash.theirs):
            assert set(side.split("\n")) <= lines | {""}


@given(edits())
def test_every_marker_has_a_line_of_its_own(texts):
    merged = merge(*texts)
    lines = merged.marked("ours", "theirs").split("\n")
    for line in ("<<<<<<< ours", "=======", ">>>>>>> theirs"):
        assert lines.count(line) == len(merged.clashes)
    assert bool(has_markers(merged.marked("ours", "theirs"))) == bool(merged.clashes)


@given(edits())
def test_nothing_that_a_side_added_gets_lost(texts):
    base, *sides = (set(text.split("\n")) for text in texts)
    found = set(printed(*texts).split("\n"))
    for side in sides:
        assert {line for line in side - base if line.strip()} <= found


def test_a_long_prompt_takes_no_time():
    rng = random.Random(7)
    words = [f"word{i}" for i in range(300)]
    paragraphs = [" ".join(rng.choices(words, k=20)) for _ in range(170)]
    merge("a", "b", "c")
    ours = [f"{text}!" if i % 3 == 0 else text for i, text in enumerate(paragraphs)]
    theirs = [f"{text}?" if i % 3 == 1 else text for i, text in enumerate(paragraphs)]
    started = time.process_time()
    merged = merge(*("\n\n".join(side) for side in (paragraphs, ours, theirs)))
    assert time.process_time() - started < 0.5
    assert merged.text.count("!") == 57
    assert merged.text.count("?") == 57


MARKED = [
    ("", 0),
    ("a\n\nb", 0),
    ("a\n<<<<<<< ours\nb\n=======\nc\n>>>>>>> theirs\n", 2),
    ("<<<<<<< ours\r\n=======\r\n>>>>>>> theirs", 1),
    ("<<<<<<< ours\n=======\n", 0),
    ("=======\n<<<<<<< ours\n>>>>>>> theirs", 0),
    (">>>>>>> theirs\n=======\n<<<<<<< ours", 0),
    ("Title\n=======\n<<<<<<<\n========\n>>>>>>> quoted", 0),
    ("  <<<<<<< ours\n=======\n>>>>>>> theirs", 0),
]


@pytest.mark.parametrize(("text", "line"), MARKED)
def test_an_unfinished_merge_is_found(text, line):
    assert has_markers(text) == line


def test_the_markers_are_those_of_git():
    assert MARKERS == ("<<<<<<< ", "=======", ">>>>>>> ")
