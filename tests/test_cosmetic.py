"""Which changes leave every word unchanged: texts, and texts inside lists and maps."""

import pytest

from reconciler.engine.impact import is_cosmetic
from reconciler.model import Cause
from tests.build import change_of_row as change

COSMETIC = [
    pytest.param("Hello there", "Hello  there", id="white space in a text"),
    pytest.param("a b\nc d", "a\nb c d", id="other line breaks"),
    pytest.param("- a  \n\n- b", "-  a\n- b", id="white space beside items"),
    pytest.param("- a b\nc", "- a b\n\nc", id="a blank line behind an item"),
    pytest.param("<r>\nنعم\n</r>", "<r>\n\nنعم\n\n</r>", id="blank lines around tags"),
    pytest.param("```\na\n\nb\n```", "```\na\nb\n```\n", id="a blank line in code"),
    pytest.param("|a|\n|---|\n|ب|", "| a |\n|-----|\n| ب |", id="a table of another width"),
    pytest.param("────\na\n====", "──────\na\n======", id="rules of another length"),
    pytest.param("١. نعم", "1. نعم", id="a list number in other digits"),
    pytest.param("نعم\u200c", "نعم", id="a character that nobody hears"),
    pytest.param(["a b", "c"], ["a  b", "c"], id="one text of a list"),
    pytest.param(["a b", "c d"], ["a  b", "c  d"], id="all texts of a list"),
    pytest.param({"x": "a b", "y": 1}, {"y": 1, "x": "a  b"}, id="a text of a map, in any order"),
    pytest.param({"x": {"y": ["a b"]}}, {"x": {"y": ["a  b"]}}, id="a text deep inside"),
]


@pytest.mark.parametrize(("before", "after"), COSMETIC)
def test_a_change_of_characters_alone_is_cosmetic(before, after):
    assert is_cosmetic(change("preamble", before, after))
    assert is_cosmetic(change("preamble", before, after, cause=Cause.CONFLICT))


SPOKEN = [
    pytest.param("Hello", "Goodbye", id="another word"),
    pytest.param("Hello", "Hello", id="nothing differs"),
    pytest.param("- a\n  - b", "- a\n- b", id="an item of another level"),
    pytest.param("# Role\n\nYou", "# Role You", id="a line that a heading swallows"),
    pytest.param("- a\n- b", "- a - b", id="two items that become one"),
    pytest.param("---\na", "- \na", id="a rule that becomes an item"),
    pytest.param("| {{a | b}} |", "| {{a|b}} |", id="a blank inside a placeholder of a row"),
    pytest.param("```\n|a|\n```", "```\n| a |\n```", id="a row in code"),
    pytest.param("```\n  a: b\n```", "```\na: b\n```", id="code that is indented otherwise"),
    pytest.param(["a b"], ["a b"], id="nothing differs in a list"),
    pytest.param(None, "Hello", id="a text where there was none"),
    pytest.param("Hello", None, id="a text that is cleared"),
    pytest.param(["a b"], "a  b", id="a list that becomes a text"),
    pytest.param(["a b", "c"], ["a  b"], id="a shorter list"),
    pytest.param(["a b"], ["a  b", "c"], id="a longer list"),
    pytest.param(["a b", "c"], ["a  b", "d"], id="a word beside white space in a list"),
    pytest.param({"x": "a b"}, {"z": "a  b"}, id="another name in a map"),
    pytest.param({"x": "a b"}, {"x": "a  b", "y": ""}, id="one name more in a map"),
    pytest.param({"x": "a b", "y": 1}, {"x": "a  b", "y": 2}, id="a number beside white space"),
    pytest.param({"x": "a b", "y": 1}, {"x": "a  b", "y": True}, id="1 that becomes true"),
    pytest.param({"x": "a b", "y": 1}, {"x": "a  b", "y": "1"}, id="a number that becomes a text"),
]


@pytest.mark.parametrize(("before", "after"), SPOKEN)
def test_any_other_change_is_not(before, after):
    assert not is_cosmetic(change("preamble", before, after))


@pytest.mark.parametrize(
    "more",
    [
        pytest.param({"prose": False}, id="no words that anybody hears"),
        pytest.param({"readable": False}, id="a value that cannot be read"),
        pytest.param({"sensitive": True}, id="a secret that carries values by mistake"),
    ],
)
def test_values_without_prose_or_unreadable_are_never_cosmetic(more):
    assert not is_cosmetic(change("preamble", "Hello there", "Hello  there", **more))
