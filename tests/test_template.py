"""A text written back into its sources. A row: the sources, the new text, the sources after."""

import random
import time
from pathlib import Path

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from reconciler.config.references import Scope
from reconciler.config.template import NotWritableError, filled, joined, rewritten

VARIABLES = {
    "name": "Nour Clinic",
    "اسم": "عيادة نور",
    "short": "a",
    "n": 5,
    "one": 1,
    "rate": 1.5,
    "on": True,
    "empty": "",
    "hours": "Sun 9-5\nMon 9-5",
    "ended": "one\n",
    "dollar": "costs $",
    "brace": "{x}",
    "like": "${var.name}",
}


def after(sources, new):
    return rewritten(sources, VARIABLES, new)


ONE = [
    # a source, the new text, the source after
    pytest.param("Be brief.", "Be very brief.", "Be very brief.", id="plain text"),
    pytest.param("", "Hello", "Hello", id="from nothing"),
    pytest.param("Hello", "", "", id="to nothing"),
    pytest.param("a\n", "b\n\n", "b\n\n", id="line ends at the end of one source"),
    # References
    pytest.param(
        "You work at ${var.name}.\nBe brief.",
        "You work at Nour Clinic.\nBe very brief.",
        "You work at ${var.name}.\nBe very brief.",
        id="in another line",
    ),
    pytest.param(
        "You work at ${var.name}.",
        "You answer for Nour Clinic!",
        "You answer for ${var.name}!",
        id="in the same line",
    ),
    pytest.param("${var.name}", "At Nour Clinic, ask.", "At ${var.name}, ask.", id="around it"),
    pytest.param(
        "The Clinic of ${var.name} is",
        "Nour Clinic and the Clinic",
        "${var.name} and the Clinic",
        id="its words are elsewhere too",
    ),
    pytest.param("At ${var.name}.", "At Noor Clinic.", "At Noor Clinic.", id="half of it left"),
    pytest.param("At ${var.name}.", "At Nour City Clinic.", "At Nour City Clinic.", id="split"),
    pytest.param("At ${var.name}.", "Be brief.", "Be brief.", id="gone"),
    pytest.param(
        "${var.name}, ${var.name}", "Nour Clinic, Nour", "${var.name}, Nour", id="one of two gone"
    ),
    pytest.param("Hi", "Hi, Nour Clinic", "Hi, Nour Clinic", id="no new references"),
    pytest.param(
        "أهلاً بك في ${var.اسم}، كيف أساعدك؟",
        "مرحباً بك في عيادة نور، كيف أخدمك؟ 👋🏽",
        "مرحباً بك في ${var.اسم}، كيف أخدمك؟ 👋🏽",
        id="Arabic",
    ),
    pytest.param(
        "Hi {{caller}}, ${var.name}", "Hi {{you}}, Nour Clinic", "Hi {{you}}, ${var.name}"
    ),
    # Short values, numbers and words
    pytest.param("say ${var.short} now", "say banana now", "say banana now", id="part of a word"),
    pytest.param("wait ${var.n}s", "wait for 5s", "wait for ${var.n}s", id="with its unit"),
    pytest.param("open ${var.n}pm", "open 5am", "open ${var.n}am", id="with another unit"),
    pytest.param("wait ${var.n} s", "wait 50 s", "wait 50 s", id="a longer number"),
    pytest.param("wait ${var.one} s", "wait 1.5 s", "wait 1.5 s", id="a number with a fraction"),
    pytest.param("rate ${var.rate}, ok", "rate 1.5, not ok", "rate ${var.rate}, not ok"),
    pytest.param("is it ${var.on}?", "it is true!", "it is ${var.on}!", id="a boolean"),
    pytest.param("is it ${var.on}?", "it is false!", "it is false!", id="another boolean"),
    pytest.param(
        "be be ${var.n} be",
        "now 5 now",
        "now ${var.n} now",
        id="a short one among new words",
    ),
    # Several lines, and none
    pytest.param(
        "Hi from ${var.name}.\n\nBye",
        "New.\n\nHi from Nour Clinic!\n\nBye",
        "New.\n\nHi from ${var.name}!\n\nBye",
        id="a paragraph added before its changed line",
    ),
    pytest.param(
        "Open:\n${var.hours}\nClosed: Fri",
        "We open:\nSun 9-5\nMon 9-5\nClosed: Fri and Sat",
        "We open:\n${var.hours}\nClosed: Fri and Sat",
        id="two lines",
    ),
    pytest.param(
        "Open ${var.hours}.",
        "We open Sun 9-5\nMon 9-5!",
        "We open ${var.hours}!",
        id="two lines in changed lines",
    ),
    pytest.param("a\n${var.hours}", "a\nSun 9-5\nMon 9-6", "a\nSun 9-5\nMon 9-6", id="one changed"),
    pytest.param("a${var.empty} b", "a c", "a${var.empty} c", id="an empty one stays"),
    pytest.param("a ${var.empty}", "b ", "b ${var.empty}", id="an empty one at the end"),
    pytest.param("${var.empty}a", "a b", "${var.empty}a b", id="an empty one at the start"),
    pytest.param("${var.empty}", "new", "${var.empty}new", id="an empty one alone"),
    pytest.param("ab${var.empty}cd", "xy", "xy", id="an empty one whose place is gone"),
    # Escapes
    pytest.param("use $${x}", "use $ {x}", "use $ {x}", id="an escape undone"),
    pytest.param("use $${x}", "please use ${x}", "please use $${x}", id="an escape kept"),
    pytest.param("use", "use ${x} and ${var.name}", "use $${x} and $${var.name}", id="escaped"),
    pytest.param("use", "$${ $$ {$ ${", "$$${ $$ {$ $${", id="dollars and braces"),
    pytest.param("$ {", "${", "$${", id="a dollar next to a brace"),
    pytest.param("for ${var.n}", "for $5", "for $5", id="a dollar before a reference"),
    pytest.param("${var.empty}x", "$x", "$x", id="a dollar before an empty reference"),
    pytest.param("a ${var.brace}", "a ${x}", "a $${x}", id="a dollar before a value's brace"),
    pytest.param("${var.dollar} {", "it costs ${", "it ${var.dollar}{", id="a value's dollar"),
    pytest.param("${var.like}!", "${var.name}?", "${var.like}?", id="a value like a reference"),
]


@pytest.mark.parametrize(("source", "new", "expected"), ONE)
def test_one_source(source, new, expected):
    assert after([source], new) == [expected]


SEVERAL = [
    # the sources, the new text, the sources after
    pytest.param(["A", "B"], "A\n\nB", ["A", "B"], id="unchanged"),
    pytest.param(
        ["Be kind.", "Be brief."], "Be kind.\n\nBe very brief.", ["Be kind.", "Be very brief."]
    ),
    pytest.param(
        ["At ${var.name}.", "In ${var.name}."],
        "At Nour Clinic!\n\nHere in Nour Clinic.",
        ["At ${var.name}!", "Here in ${var.name}."],
        id="references in both",
    ),
    pytest.param(["A", "B"], "A\n\nX\n\nB", ["A\n\nX", "B"], id="added at the seam"),
    pytest.param(["A", "B"], "X\n\nA\n\nB", ["X\n\nA", "B"], id="added at the start"),
    pytest.param(["A", "B"], "A\n\nB\n\nX", ["A", "B\n\nX"], id="added at the end"),
    pytest.param(["A\n\nB", "C\n\nD"], "A\n\nC\n\nD", ["A", "C\n\nD"], id="gone above the seam"),
    pytest.param(["A\n\nB", "C\n\nD"], "A\n\nB\n\nD", ["A\n\nB", "D"], id="gone below the seam"),
    pytest.param(
        ["A\n\nB", "C\n\nD"], "A\n\nX\n\nY\n\nD", ["A\n\nX", "Y\n\nD"], id="new words on both sides"
    ),
    pytest.param(["A\n\nB", "C\n\nD"], "A\n\nB\n\nY\n\nD", ["A\n\nB", "Y\n\nD"], id="new below"),
    pytest.param(["A\n\nB", "C\n\nD"], "A\n\nX\n\nC\n\nD", ["A\n\nX", "C\n\nD"], id="new above"),
    pytest.param(["A", "B"], "X\n\nY", ["X", "Y"], id="all new"),
    pytest.param(["A", "B", "C"], "A\n\nB1\n\nC", ["A", "B1", "C"], id="three"),
    pytest.param(["A", "B", "C"], "A\n\nX\n\nB\n\nY\n\nC", ["A\n\nX", "B\n\nY", "C"]),
    pytest.param(["A", "", "C"], "A\n\n\n\nC1", ["A", "", "C1"], id="an empty one"),
    pytest.param(["A", "B"], "\n\nB", ["", "B"], id="one emptied"),
    pytest.param(["A", "B"], "A\n\n", ["A", ""], id="the last one emptied"),
    pytest.param(["A", "B"], "A\n\n\nB", ["A", "\nB"], id="a blank line more goes below"),
    pytest.param(["A", "\nB"], "A1\n\n\nB", ["A1", "\nB"], id="a blank line below already"),
    pytest.param(
        ["A ${var.ended}", "B"], "A one\n\n\nB1", ["A ${var.ended}", "B1"], id="a value's line end"
    ),
    pytest.param(
        ["# Role\n\nYou answer calls.", "# Rules\n\n- Be the best."],
        "# Role\n\nNow the calls are the thing.\n\n# Rules\n\n- Be brief, the end.",
        ["# Role\n\nNow the calls are the thing.", "# Rules\n\n- Be brief, the end."],
        id="small words that are everywhere",
    ),
    pytest.param(["use $${x}", "B"], "use ${y}\n\n${B}", ["use $${y}", "$${B}"], id="escapes"),
]


@pytest.mark.parametrize(("sources", "new", "expected"), SEVERAL)
def test_several_sources(sources, new, expected):
    assert after(sources, new) == expected
    assert filled(joined(expected), VARIABLES) == new


REFUSED = [
    pytest.param(["A", "B"], "A\nB", "the seam between file 1 and file 2", id="one line end"),
    pytest.param(["A", "B"], "", "the seam between file 1 and file 2", id="nothing left"),
    pytest.param(["A", "B"], "A\n \nB", "the seam between file 1 and file 2", id="blanks in it"),
    pytest.param(
        ["A", "B", "C"], "A\n\nB C", "the seam between file 2 and file 3", id="the second"
    ),
    pytest.param(
        ["Be kind always.", "Be brief at once.\n\nSay so."],
        "Be kind always. Be brief at once.\n\nSay so.",
        "the seam between file 1 and file 2",
        id="another blank line is no seam",
    ),
    pytest.param(["A", "B"], "A\n\nB\n", "file 2 would end in a blank line", id="at the end"),
    pytest.param(["A", "${var.ended}"], "A\n\ntwo\n", "file 2 would end", id="a value's line end"),
    pytest.param(
        ["A ${var.ended}", "B"], "A two\n\n\nB", "file 1 would end", id="a line end of no value"
    ),
    pytest.param(["${var.none}"], "A", "`${var.none}` is no variable", id="unknown"),
    pytest.param(["${name}"], "A", "`${` is no variable", id="no variable"),
]


@pytest.mark.parametrize(("sources", "new", "message"), REFUSED)
def test_what_cannot_be_written_is_refused(sources, new, message):
    with pytest.raises(NotWritableError) as error:
        after(sources, new)
    assert message in error.value.args[0]


PIECES = st.sampled_from(
    [
        *(f"${{var.{name}}}" for name in VARIABLES),
        "$${",
        "$",
        "{",
        "}",
        "a",
        "5",
        "1",
        " ",
        "\n",
        "\n\n",
        "Nour",
        "Clinic",
        "عيادة",
        "👋🏽",
        "be brief",
        "\r",
    ]
)


@st.composite
def source_texts(draw, most=3):
    """Sources in which every reference has a value."""
    sources = [
        "".join(draw(st.lists(PIECES, max_size=8))) for _ in range(draw(st.integers(1, most)))
    ]
    if len(sources) > 1:
        sources = [source.rstrip("\n") for source in sources]
    assume(all(resolves(source) for source in sources))
    return sources


def resolves(source):
    try:
        filled(source, VARIABLES)
    except NotWritableError:
        return False
    return True


def resolved(text):
    scope = Scope(
        root=Path(),
        folder=Path(),
        variables=VARIABLES,
        environment="test",
        env={},
        secret=lambda name: None,
    )
    value = scope.resolve(text)
    return value, bool(scope.troubles)


@given(st.lists(PIECES | st.sampled_from(["${", "${x}", "${var.", "var.name}"]), max_size=8))
def test_filling_is_what_reading_does(pieces):
    text = "".join(pieces)
    value, trouble = resolved(text)
    assert resolves(text) == (not trouble)
    if not trouble:
        assert filled(text, VARIABLES) == value


@given(source_texts())
def test_an_unchanged_text_leaves_its_sources(sources):
    assert after(sources, filled(joined(sources), VARIABLES)) == sources


@given(source_texts(), st.data())
def test_what_is_written_reads_as_the_new_text(sources, data):
    new = filled(joined(sources), VARIABLES)
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(new)))
        stop = at + data.draw(st.integers(0, 4))
        new = new[:at] + data.draw(PIECES | st.text(max_size=3)) + new[stop:]
    try:
        written = after(sources, new)
    except NotWritableError:
        assert len(sources) > 1
        return
    assert len(written) == len(sources)
    assert filled(joined(written), VARIABLES) == new
    assert resolved(joined(written)) == (new, False)


@given(source_texts(most=1), st.text(max_size=30))
def test_one_source_takes_any_text(sources, new):
    assert filled(after(sources, new)[0], VARIABLES) == new


LINES = [
    "You work at ${var.name}.",
    "Wait ${var.n} s.",
    "- ${var.اسم}",
    "Use $${x}.",
    "${var.hours}",
]


@given(st.data())
def test_new_words_in_a_line_lose_no_reference_of_another(data):
    lines = [f"{number}: {line}" for number, line in enumerate(LINES)]
    changed = data.draw(st.integers(0, len(lines) - 1))
    words = data.draw(st.lists(st.sampled_from(["be", "brief", "now", "نعم", "$"]), min_size=1))
    new = [filled(line, VARIABLES) for line in lines]
    new[changed] = " ".join(words)
    written = after(["\n".join(lines)], "\n".join(new))[0]
    kept = written.split("\n")
    assert all(line in kept for line in lines if line != lines[changed] and "\n" not in line)


@given(st.data())
def test_a_reference_survives_new_words_around_it(data):
    words = st.lists(st.sampled_from(["be", "brief", "now", "at", "نعم", "👋"]), max_size=4)
    old, new = ([" ".join(data.draw(words)) for _ in range(2)] for _ in range(2))
    source = f"{old[0]} ${{var.name}} {old[1]}"
    assert after([source], f"{new[0]} Nour Clinic {new[1]}") == [f"{new[0]} ${{var.name}} {new[1]}"]


def test_a_long_prompt_takes_no_time():
    rng = random.Random(7)
    words = [f"word{i}" for i in range(300)]
    lines = [" ".join(rng.choices(words, k=20)) for _ in range(170)]
    sources = ["${var.name}\n\n" + "\n\n".join(lines[i::2]) for i in range(2)]
    new = filled(joined(sources), VARIABLES).replace("word7", "other").replace("word1 ", "")
    after(["a"], "b")
    started = time.process_time()
    written = after(sources, new)
    assert time.process_time() - started < 1
    assert [text.count("${var.name}") for text in written] == [1, 1]
