"""The diff of a text. Printed: line, sign, words, marked ones in ⟦brackets⟧; ⋯ for a fold."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.render.paragraphs import paragraphs
from reconciler.render.phrases import fold, moved
from reconciler.render.prose import prose

WORDS = [
    "be",
    "brief",
    "{{caller}}",
    "مرحباً",
    "مُرَحَّبًا",
    "العيادة،",
    "e\u0301te\u0301",
    "-",
    "1.",
    "end.",
]
LINES = st.lists(st.sampled_from(WORDS) | st.just("# Rules"), max_size=6).map(" ".join) | (
    st.sampled_from(["", "  ", "# Role", "## القواعد", "a\tb", "x\r", "\u00a0", "---", "```"])
)
TEXTS = st.lists(LINES, max_size=12).map("\n".join)


def shown(spans):
    return "".join(f"⟦{span.text}⟧" if span.marked else span.text for span in spans)


def printed(found):
    lines = []
    for one in found.passages:
        if one.kind == "same":
            lines.append(fold(one))
        if one.before:
            lines.append(f"{one.old_line} - {shown(one.before)}")
        if one.after:
            sign = ">" if one.kind == "moved" and not one.before else "+"
            lines.append(f"{one.new_line} {sign} {shown(one.after)}")
        if one.kind == "moved":
            lines.append(moved(one))
        if one.odd:
            lines.append(f"{'cosmetic' if one.cosmetic else 'characters'}: {', '.join(one.odd)}")
    return [*lines, *([f"not shown: {found.space}"] if found.space else [])]


CASES = [
    pytest.param("same", "same", ["⋯ 1 unchanged"], id="nothing"),
    pytest.param("old", "new", ["1 - ⟦old⟧", "1 + ⟦new⟧"], id="one word for another"),
    pytest.param(
        "Be brief.",
        "Be very brief.",
        ["1 - Be brief.", "1 + Be ⟦very⟧ brief."],
        id="a word more",
    ),
    pytest.param(
        "# Role\nBe kind.\n\n## Rules\n- One.\n- Two short words.\n- Three.",
        "# Role\nBe kind.\n\n## Rules\n- One.\n- Two long words.\n- Three.",
        [
            "⋯ 4 unchanged: Role · Rules",
            "6 - - Two ⟦short⟧ words.",
            "6 + - Two ⟦long⟧ words.",
            "⋯ 1 unchanged",
        ],
        id="what did not change is folded under its headings",
    ),
    pytest.param(
        "Ask for the name.\nAsk for the number.\nThank them very much.\nBye.\nEnd every call so.",
        "Thank them very much.\nAsk for the name.\nEnd every call so.\nAsk for the number.\nBye.",
        [
            "1 > Thank them very much.",
            "moved here from line 3",
            "⋯ 1 unchanged",
            "3 > End every call so.",
            "moved here from line 5",
            "⋯ 2 unchanged",
        ],
        id="two that changed places",
    ),
    pytest.param(
        "One.\n\nAsk for the order number before you look anything up.\n\nThree.\n\nFour.",
        "One.\n\nThree.\n\nFour.\n\nAsk for the order number before you look something up.",
        [
            "⋯ 3 unchanged",
            "3 - Ask for the order number before you look ⟦anything⟧ up.",
            "7 + Ask for the order number before you look ⟦something⟧ up.",
            "moved here from line 3",
        ],
        id="moved and edited",
    ),
    pytest.param(
        "# A\na b c.\n# B\nx y z.\n# C\nm n o.",
        "# B\nx y z.\n# C\nm n o.\n# A\na b c.",
        ["⋯ 4 unchanged: B · C", "5 > # A", "moved here from line 1; 1 more moved along"],
        id="a section that moved is one thing",
    ),
    pytest.param(
        "1. First.\n2. Second.\n3. Third.",
        "1. First.\n2. Something new in between.\n3. Second.\n4. Third.",
        [
            "⋯ 1 unchanged",
            "2 + 2. Something new in between.",
            "⋯ 2 unchanged",
            "not shown: list numbers at 2 places",
        ],
        id="a new item renumbers the others, which is no change of them",
    ),
    pytest.param(
        "The number is\n0800. Say it slowly.",
        "The number is\n0900. Say it slowly.",
        ["⋯ 1 unchanged", "2 - ⟦0800.⟧ Say it slowly.", "2 + ⟦0900.⟧ Say it slowly."],
        id="a number at the start of a line is none of a list",
    ),
    pytest.param(
        "911. Hello caller.",
        "112. Hello caller.",
        ["1 - ⟦911.⟧ Hello caller.", "1 + ⟦112.⟧ Hello caller."],
        id="a list of one item does not count",
    ),
    pytest.param(
        "# 1. Intro\n- 5. five",
        "# 2. Intro\n- 6. five",
        ["1 - # ⟦1.⟧ Intro", "1 + # ⟦2.⟧ Intro", "2 - - ⟦5.⟧ five", "2 + - ⟦6.⟧ five"],
        id="numbers inside a heading or an item are words",
    ),
    pytest.param(
        "1. Find out.\n2. Ask.\n3. End.",
        "Find out.\n2. Ask.\n3. End.",
        ["1 - ⟦1.⟧ Find out.", "1 + Find out.", "⋯ 2 unchanged"],
        id="an item that lost its number",
    ),
    pytest.param(
        "If somebody asks whether you are a person, say: I am an assistant.\n\nBe kind.",
        "If somebody asks whether you\nare a person, say:\nI am an assistant.\n\nBe kind.",
        ["⋯ 2 unchanged", "not shown: line breaks at 1 place"],
        id="a paragraph that was broken anew, at a colon too",
    ),
    pytest.param(
        "- one\n  - two",
        "- one\n- two",
        ["⋯ 2 unchanged", "not shown: indentation at 1 place"],
        id="an item of another level",
    ),
    pytest.param(
        "# Old\nSay hello to the caller.",
        "",
        ["1 - # Old", "2 - Say hello to the caller."],
        id="all gone",
    ),
    pytest.param(
        "Say what it costs. The fee for delivery is always 3.50 dinars, as shop.example "
        "says. Deliveries are made daily to every part of the city and its villages.",
        "Say what it costs. The fee for delivery is never 3.50 dinars, as shop.example "
        "says. Deliveries are made daily to every part of the city and its villages.",
        [
            "1 - … The fee for delivery is ⟦always⟧ 3.50 dinars, as shop.example says. …",
            "1 + … The fee for delivery is ⟦never⟧ 3.50 dinars, as shop.example says. …",
        ],
        id="a point inside a number or a name ends no sentence",
    ),
    pytest.param(
        "Alpha one is first.\n\nStay.\n\nStill.\n\nHere.\n\nBeta two is last.",
        "Stay.\n\nStill.\n\nBeta two is last.\n\nAlpha one is first.\n\nHere.",
        [
            "⋯ 2 unchanged",
            "5 > Beta two is last.",
            "moved here from line 9",
            "7 > Alpha one is first.",
            "moved here from line 1",
            "⋯ 1 unchanged",
        ],
        id="what moved from two places is two things",
    ),
    pytest.param(
        "One.  \n\nTwo.\n\n\n\nThree.",
        "One.\n\nTwo.\n\nThree.",
        ["⋯ 3 unchanged", "not shown: trailing spaces at 1 place, blank lines at 1 place"],
        id="white space is named and not shown",
    ),
    pytest.param(
        "a\n", "a", ["⋯ 1 unchanged", "not shown: blank lines at 1 place"], id="at the end"
    ),
    pytest.param(
        "a b\r\nc d",
        "a b\nc d",
        ["⋯ 2 unchanged", "not shown: line ends at 1 place"],
        id="line ends",
    ),
    pytest.param(
        "You are the voice of the clinic and you answer\nthe phone day and night.",
        "You are the voice of the clinic\nand you answer the phone day and night.",
        ["⋯ 1 unchanged", "not shown: line breaks at 1 place"],
        id="a paragraph that was wrapped anew",
    ),
    pytest.param(
        "Keep calm. Never promise a price to anybody on the phone, whatever they say or how often "
        "they ask. Speak slowly and clearly, so that older callers can follow. Say goodbye.",
        "Keep calm. Never promise a price to anybody on the phone, whatever they say or how often "
        "they ask. Speak slowly and kindly, so that older callers can follow. Say goodbye.",
        [
            "1 - … Speak slowly and ⟦clearly,⟧ so that older callers can follow. …",
            "1 + … Speak slowly and ⟦kindly,⟧ so that older callers can follow. …",
        ],
        id="of a long paragraph the sentences that changed",
    ),
    pytest.param(
        "قل أهلاً ثم اسأل عن الاسم.",
        "قل أهلاً ثم اسأل عن الرقم.",
        ["1 - قل أهلاً ثم اسأل عن ⟦الاسم.⟧", "1 + قل أهلاً ثم اسأل عن ⟦الرقم.⟧"],
        id="Arabic words",
    ),
    pytest.param(
        "السلام عليكم",
        "السلام\u200f علیكم",
        [
            "1 - ⟦السلام عليكم⟧",
            "1 + ⟦السلام⟨RLM⟩ عل\u06cc⟨Farsi yeh⟩كم⟧",
            "cosmetic: +1 right-to-left mark, Farsi yeh for Arabic yeh",
        ],
        id="characters that nobody sees",
    ),
    pytest.param(
        "```\ncode one\n```",
        "```\ncode two\n```",
        ["⋯ 1 unchanged", "2 - code ⟦one⟧", "2 + code ⟦two⟧", "⋯ 1 unchanged"],
        id="code",
    ),
]


@pytest.mark.parametrize(("before", "after", "expected"), CASES)
def test_a_diff_tells_what_became_of_each_paragraph(before, after, expected):
    assert printed(prose(before, after)) == expected


@given(TEXTS, TEXTS)
def test_every_paragraph_is_accounted_for_on_both_sides(before, after):
    found = prose(before, after)
    old = sum(one.count for one in found.passages if one.kind != "added")
    new = sum(one.count for one in found.passages if one.kind != "removed")
    most = len(paragraphs(before)), len(paragraphs(after))
    if "line breaks" in found.space:  # paragraphs that say the same in other lines count as one
        assert (old <= most[0], new <= most[1]) == (True, True)
    else:
        assert (old, new) == most


@given(TEXTS)
def test_a_text_against_itself_is_one_fold(text):
    found = prose(text, text)
    assert [one.kind for one in found.passages] in ([], ["same"])
    assert found.space == ""


@given(TEXTS, TEXTS)
def test_two_texts_that_differ_never_look_the_same(before, after):
    found = prose(before, after)
    silent = all(one.kind == "same" for one in found.passages) and not found.space
    assert silent is (before == after)


WORD = st.text(st.sampled_from("abاب.،؟0:{}"), min_size=1, max_size=8)


@given(st.lists(WORD, min_size=1, max_size=60), st.data())
def test_a_word_that_was_replaced_is_shown_on_both_sides(words, data):
    place = data.draw(st.integers(0, len(words) - 1))
    before, after = " ".join([*words]), " ".join([*words[:place], "NEWWORD", *words[place + 1 :]])
    (one,) = prose(before, after).passages
    assert words[place] in shown(one.before)
    assert "⟦NEWWORD⟧" in shown(one.after)


@given(TEXTS, TEXTS)
def test_every_word_that_only_one_side_has_is_shown(before, after):
    found = prose(before, after)
    left = " ".join(shown(one.before) for one in found.passages)
    right = " ".join(shown(one.after) for one in found.passages)
    for words, others, side in ((before, after, left), (after, before, right)):
        gone = {word for word in words.split() if word.isalpha()} - {*others.split()}
        assert [word for word in gone if word not in side] == []


def test_a_line_of_a_million_characters_shows_the_word_that_changed():
    rest = "word " * 200_000
    found = prose(f"{rest}old end", f"{rest}new end")
    (one,) = found.passages
    assert "⟦old⟧" in shown(one.before)
    assert "⟦new⟧" in shown(one.after)
    assert len(shown(one.before)) < 3000


def test_a_word_of_a_million_characters_shows_the_letters_that_changed():
    found = prose(f"{'a' * 500_000}b{'a' * 500_000}", f"{'a' * 500_000}c{'a' * 500_000}")
    (one,) = found.passages
    assert "⟦b⟧" in shown(one.before)
    assert "⟦c⟧" in shown(one.after)
    assert "more characters" in shown(one.before)
