"""The diff of a long text. Printed, a marked stretch stands in ⟦brackets⟧, a fold behind ``…``."""

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reconciler.render.words import Fold, Line, Span, text_diff, word_marks

WORDS = [
    "be",
    "brief",
    "{{caller}}",
    "{{اسم}}",
    "مرحباً",
    "مُرَحَّبًا",
    "العيادة،",
    "e\u0301te\u0301",
    "-",
]
LINES = st.lists(st.sampled_from(WORDS) | st.just("# Rules"), max_size=6).map(" ".join) | (
    st.sampled_from(["", "  ", "# Role", "## القواعد", "a\tb", "x\r", "\u00a0"])
)
TEXTS = st.lists(LINES, max_size=12).map("\n".join)


def shown(spans):
    return "".join(f"⟦{span.text}⟧" if span.marked else span.text for span in spans)


def printed(before, after):
    return [
        f"… {item.count} {item.heading}".rstrip()
        if isinstance(item, Fold)
        else f"{item.sign} {shown(item.spans)}".rstrip()
        for item in text_diff(before, after)
    ]


DIFFS = [
    # before, after, the diff
    pytest.param("same", "same", ["  same"], id="nothing, in one line"),
    pytest.param("a\nb\nc", "a\nb\nc", ["… 3"], id="nothing, in three lines"),
    pytest.param("old", "new", ["- old", "+ new"], id="one word for another"),
    pytest.param(
        "Be brief.",
        "Be very brief.",
        ["- Be brief.", "+ Be ⟦very ⟧brief."],
        id="a word more",
    ),
    pytest.param(
        "Answer in one short sentence.",
        "Answer in two short lines.",
        ["- Answer in ⟦one⟧ short ⟦sentence.⟧", "+ Answer in ⟦two⟧ short ⟦lines.⟧"],
        id="words inside a line",
    ),
    pytest.param(
        "Never promise a visit today.",
        "Never promise any price to callers today.",
        [
            "- Never promise ⟦a visit⟧ today.",
            "+ Never promise ⟦any price to callers⟧ today.",
        ],
        id="blanks between marked words are marked too",
    ),
    pytest.param(
        "one two three four",
        "alpha beta gamma delta",
        ["- one two three four", "+ alpha beta gamma delta"],
        id="lines that share nothing but blanks are not alike",
    ),
    pytest.param(
        "one two three four\nfive",
        "alpha beta gamma delta\nsix",
        ["- one two three four", "- five", "+ alpha beta gamma delta", "+ six"],
        id="old lines before new ones",
    ),
    pytest.param(
        "keep me whole\nremove this one line",
        "a new line first\nkeep me nearly whole",
        [
            "+ a new line first",
            "- keep me whole",
            "+ keep me ⟦nearly ⟧whole",
            "- remove this one line",
        ],
        id="lines that are alike stand together",
    ),
    pytest.param(
        "a\nb\nc\nd\ne\nf\ng",
        "a\nb\nc\nX\ne\nf\ng",
        ["… 2", "  c", "- d", "+ X", "  e", "… 2"],
        id="a line of context on each side, folds beyond",
    ),
    pytest.param(
        "a\nb\nX\nc\nd",
        "a\nb\nY\nc\nd",
        ["  a", "  b", "- X", "+ Y", "  c", "  d"],
        id="one line more is shown rather than folded",
    ),
    pytest.param(
        "X\na\nb\nc\nX",
        "Y\na\nb\nc\nY",
        ["- X", "+ Y", "  a", "  b", "  c", "- X", "+ Y"],
        id="three lines between two changes are shown",
    ),
    pytest.param(
        "X\na\nb\nc\nd\nX",
        "Y\na\nb\nc\nd\nY",
        ["- X", "+ Y", "  a", "… 2", "  d", "- X", "+ Y"],
        id="four are folded",
    ),
    pytest.param(
        "# Role\na\n## Rules\nb\nc\nold",
        "# Role\na\n## Rules\nb\nc\nnew",
        ["… 4 Rules", "  c", "- old", "+ new"],
        id="a fold names the last heading in it",
    ),
    pytest.param(
        "a\nb\nc\n# Rules\nold",
        "a\nb\nc\n# Rules\nnew",
        ["… 3", "  # Rules", "- old", "+ new"],
        id="a heading that is shown is not named",
    ),
    pytest.param("a", "a\n", ["  a", "+"], id="a line end more"),
    pytest.param("", "a\nb", ["-", "+ a", "+ b"], id="from nothing"),
    pytest.param("a\nb", "", ["- a", "- b", "+"], id="to nothing"),
    pytest.param("a b", "a  b", ["- a⟦ ⟧b", "+ a⟦  ⟧b"], id="a blank more"),
    pytest.param("a\r\nb", "a\nb", ["- a⟦\r⟧", "+ a", "  b"], id="a carriage return"),
    pytest.param(
        "أهلاً بك في العيادة",
        "أهلاً بك في عيادة النور",
        ["- أهلاً بك في ⟦العيادة⟧", "+ أهلاً بك في ⟦عيادة النور⟧"],
        id="Arabic",
    ),
    pytest.param(
        "قُلْ مرحبًا للمتصل",
        "قُلْ مرحبٍا للمتصل",
        ["- قُلْ ⟦مرحبًا⟧ للمتصل", "+ قُلْ ⟦مرحبٍا⟧ للمتصل"],
        id="one vowel mark: the whole word is marked",
    ),
    pytest.param(
        "Say {{caller_name}}, then wait.",
        "Say {{caller}}, then wait.",
        ["- Say ⟦{{caller_name}},⟧ then wait.", "+ Say ⟦{{caller}},⟧ then wait."],
        id="a placeholder is never split",
    ),
    pytest.param(
        "cafe\u0301 au lait",
        "café au lait",
        ["- ⟦cafe\u0301⟧ au lait", "+ ⟦café⟧ au lait"],
        id="two encodings of one word differ",
    ),
]


@pytest.mark.parametrize(("before", "after", "expected"), DIFFS)
def test_a_diff_shows_lines_and_in_them_words(before, after, expected):
    assert printed(before, after) == [line.rstrip() for line in expected]


def unfolded(before, after):
    """Both texts' lines, rebuilt from their diff; folds are filled from the texts."""
    old, new = before.split("\n"), after.split("\n")
    left, right = [], []
    for item in text_diff(before, after):
        if isinstance(item, Fold):
            hidden = old[len(left) : len(left) + item.count]
            assert hidden == new[len(right) : len(right) + item.count]
            assert len(hidden) == item.count > 1
            left += hidden
            right += hidden
            continue
        text = "".join(span.text for span in item.spans)
        left += [text] if item.sign in "- " else []
        right += [text] if item.sign in "+ " else []
    return "\n".join(left), "\n".join(right)


@settings(deadline=None)
@given(TEXTS, TEXTS)
def test_an_unfolded_diff_rebuilds_both_texts(before, after):
    assert unfolded(before, after) == (before, after)


@settings(deadline=None)
@given(st.text(st.characters(exclude_categories=[])), st.text(st.characters(exclude_categories=[])))
def test_texts_of_any_characters_are_rebuilt(before, after):
    assert unfolded(before, after) == (before, after)


@settings(deadline=None)
@given(TEXTS)
def test_equal_texts_have_no_changed_line(text):
    items = text_diff(text, text)
    assert all(isinstance(item, Fold) or item.sign == " " for item in items)


@settings(deadline=None)
@given(TEXTS, TEXTS)
def test_context_is_never_marked_and_every_line_has_a_sign_of_three(before, after):
    lines = [item for item in text_diff(before, after) if isinstance(item, Line)]
    assert {line.sign for line in lines} <= {"-", "+", " "}
    assert not any(span.marked for line in lines if line.sign == " " for span in line.spans)


@settings(deadline=None)
@given(LINES, LINES)
def test_marks_join_back_to_the_lines_and_stand_between_words(before, after):
    for text, spans in zip((before, after), word_marks(before, after), strict=True):
        assert "".join(span.text for span in spans) == text
        for span, following in pairwise(spans):
            assert span.marked is not following.marked
            assert span.text[-1].isspace() or following.text[0].isspace()


@settings(deadline=None)
@given(LINES, LINES)
def test_what_is_not_marked_is_the_same_words_on_both_sides(before, after):
    left, right = (
        " ".join(span.text for span in spans if not span.marked).split()
        for spans in word_marks(before, after)
    )
    assert left == right


def test_equal_lines_have_no_marks_and_empty_ones_no_spans():
    assert word_marks("a b", "a b") == ((Span("a b"),), (Span("a b"),))
    assert word_marks("", "") == ((), ())
    assert word_marks("", "a") == ((), (Span("a", marked=True),))


def test_a_text_too_long_to_align_is_taken_as_replaced():
    old, new = "\n".join("ab" * 4000), "\n".join("ac" * 4000)
    signs = [item.sign for item in text_diff(old, new)]
    assert (signs.count("-"), signs.count("+"), signs.count(" ")) == (8000, 8000, 0)


def test_a_line_too_long_to_align_has_no_marked_words():
    old, new = "a " * 8000, "a " * 8001
    assert text_diff(old, new) == [Line("-", (Span(old),)), Line("+", (Span(new),))]
