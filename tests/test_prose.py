"""The diff of a text. Printed: line, sign, words, marked ones in ⟦brackets⟧; ⋯ for a fold."""

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from reconciler.render.labels import fold, moved
from reconciler.render.prose import prose
from reconciler.text.paragraphs import of_both, paragraphs
from reconciler.text.rewrapping import rewrapped

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
def test_a_diff_shows_what_became_of_each_paragraph(before, after, expected):
    assert printed(prose(before, after)) == expected


KINDS = [
    pytest.param(
        "- Offer other ways to solve the problem\nFrame it as talk, not as options.",
        "- Offer other ways to solve the problem\n\nFrame it as talk, not as options.",
        ["⋯ 2 unchanged", "not shown: blank lines at 1 place"],
        id="a blank line behind an item",
    ),
    pytest.param(
        "- اعرض على المتصل طرقاً أخرى لحل المشكلة قبل أن تحوله إلى أي شخص آخر\n"
        "قدّمها حديثاً عادياً لا خيارات مرقمة.",
        "- اعرض على المتصل طرقاً أخرى لحل المشكلة قبل أن تحوله إلى أي شخص آخر\n\n"
        "قدّمها حديثاً عادياً لا خيارات مرقمة.",
        ["⋯ 2 unchanged", "not shown: blank lines at 1 place"],
        id="a blank line behind a long item",
    ),
    pytest.param(
        "- Offer the caller every other way to solve the problem before you send them on\n"
        "frame it as natural talk, not as options.",
        "- Offer the caller every good way to solve the problem before you send them on\n\n"
        "frame it as natural talk, not as options.",
        [
            "1 - - Offer the caller every ⟦other⟧ way to solve the problem before you send them on",
            "1 + - Offer the caller every ⟦good⟧ way to solve the problem before you send them on",
            "⋯ 1 unchanged",
            "not shown: blank lines at 1 place",
        ],
        id="a blank line behind an item that was edited too",
    ),
    pytest.param(
        "<r>\nBe kind\n</r>\n```\nx\n```\nGo on",
        "<r>\n\nBe kind\n\n</r>\n\n```\nx\n\n```\n\nGo on",
        ["⋯ 7 unchanged", "not shown: blank lines at 5 places"],
        id="blank lines around tags and fences, and in code",
    ),
    pytest.param(
        "| a | b |\n|---|---|\n| c | d |\n────\nيوم\n====",
        "| a  | b |\n|----|:--|\n|c|d|\n────────\nيوم\n======",
        ["⋯ 6 unchanged", "not shown: spacing at 5 places"],
        id="rulers, rows and rules of another width",
    ),
    pytest.param(
        "# Rules\n- Be on time with all you do.\n- Speak slowly to callers.\n- Keep it short.",
        "# House\n- Offer a call back at noon.\n- Speak very slowly to callers.\n- No prices.",
        [
            "1 - # Rules",
            "2 - - Be on time with all you do.",
            "1 + # House",
            "2 + - Offer a call back at noon.",
            "3 - - Speak slowly to callers.",
            "3 + - Speak ⟦very⟧ slowly to callers.",
            "4 - - Keep it short.",
            "4 + - No prices.",
        ],
        id="short texts without a common word are no edit of each other",
    ),
    pytest.param(
        "See https://docs.example.com/reference/tools/booking/Booking.md#overview-of-it-all now",
        "See https://docs.example.com/reference/tools/parking/Parking.md#overview-of-it-all now",
        [
            (
                "1 - See https://docs.example.com/reference/tools/⟦booking/Booking⟧"
                ".md#overview-of-it-all now"
            ),
            (
                "1 + See https://docs.example.com/reference/tools/⟦parking/Parking⟧"
                ".md#overview-of-it-all now"
            ),
        ],
        id="marks end where words and numbers end",
    ),
    pytest.param(
        "Greet them with `Hello. I am Sam of the shop. Goodbye` and with no more at all. "
        "Be kind to all of them, whatever they may say to you. Then stop talking.",
        "Greet them with `Hello. I am Max of the shop. Goodbye` and with no more at all. "
        "Be kind to all of them, whatever they may say to you. Then stop talking.",
        [
            (
                "1 - Greet them with `Hello. I am ⟦Sam⟧ of the shop. Goodbye` and with no more "
                "at all. …"
            ),
            (
                "1 + Greet them with `Hello. I am ⟦Max⟧ of the shop. Goodbye` and with no more "
                "at all. …"
            ),
        ],
        id="no sentence ends inside code",
    ),
    pytest.param(
        "قل لكل متصل «أهلاً وسهلاً. معك سالم من المتجر. تفضل» ولا تقل شيئاً آخر في بداية المكالمة. "
        "كن لطيفاً مع الجميع مهما قالوا لك في المكالمة. ثم اسكت.",
        "قل لكل متصل «أهلاً وسهلاً. معك حسام من المتجر. تفضل» ولا تقل شيئاً آخر في بداية المكالمة. "
        "كن لطيفاً مع الجميع مهما قالوا لك في المكالمة. ثم اسكت.",
        [
            (
                "1 - قل لكل متصل «أهلاً وسهلاً. معك ⟦سالم⟧ من المتجر. تفضل» ولا تقل شيئاً آخر في "
                "بداية المكالمة. …"
            ),
            (
                "1 + قل لكل متصل «أهلاً وسهلاً. معك ⟦حسام⟧ من المتجر. تفضل» ولا تقل شيئاً آخر في "
                "بداية المكالمة. …"
            ),
        ],
        id="nor inside quotes",
    ),
]


@pytest.mark.parametrize(("before", "after", "expected"), KINDS)
def test_real_prompts_read_as_their_authors_meant_them(before, after, expected):
    assert printed(prose(before, after)) == expected


BEGINNINGS = [
    'User: "Tell me about your billing options"\nAgent: "We bill by the month or by the year"',
    "**المتصل:** أريد أن أعرف طرق الدفع المتاحة لديكم\n**الوكيل:** بالبطاقة أو نقداً عند الاستلام",
    "Customer (angry): where is my parcel, I waited\nAgent 2: it is on its way to you right now",
    "✅ Let me check that for you right away, please\n❌ I do not know, call somebody else then",
    "→ ask for the name of the person who is calling\n• ask for the number they are calling from",
    "> Caller: do you have a free table for tonight\n> - then ask for how many people it shall be",
    "<rule>never say the price of anything at all</rule>\nsay that prices are on the website only",
    "say that prices are on the website only please\n<rule>never say the price of anything</rule>",
    "a rule is drawn below this line of thirty letters\n▬▬▬▬▬▬▬▬",
    "≈≈≈≈≈≈≈≈≈≈≈≈≈≈≈≈≈≈≈≈≈≈≈≈≈≈≈≈≈≈≈≈\nNever guess a price",
    "Never say the price of anything to a caller\nNever promise a delivery day to any caller",
    "لا تذكر سعر أي شيء للمتصل مهما ألحّ عليك\nلا تعد أحداً بيوم توصيل محدد مهما ألحّ",
]


@pytest.mark.parametrize("text", BEGINNINGS)
def test_what_begins_something_begins_a_paragraph(text):
    assert [one.text for one in paragraphs(text)] == text.split("\n")


def test_what_an_editor_wrapped_is_one_paragraph():
    text = (
        "You are the voice of the clinic on the phone, and you answer every caller with\n"
        "patience. You never promise a price that is not in the list of prices that you\n"
        "were given, and you never talk about other patients of the clinic."
    )
    assert len(paragraphs(text)) == 1


REWRITTEN = (
    (
        "# Complaints\n**Important:**\nListen until they have finished speaking.\n```\n"
        "Caller: my tap is dry\n```\nWrite down street and house number.\n# End\nSay bye to all."
    ),
    (
        "# Outages\n**Important:**\nAsk which rooms have water right now.\n```\n"
        "Agent: is it cold\n```\nGive the hour if one is known.\n# End\nSay bye to all."
    ),
)


def test_a_rewritten_section_is_what_went_and_then_what_came():
    kinds = [one.kind for one in prose(*REWRITTEN).passages]
    assert kinds == ["removed"] * 7 + ["added"] * 7 + ["same"]


def test_the_headings_of_a_renamed_section_do_not_alternate():
    old = [f"- Rule {n} is to ask for paper {n * n} of the caller." for n in range(9)]
    new = [f"- Rule {n} is to ask for paper {n * n} of the guest." for n in range(9)]
    old[2::3], new[1::3] = (
        ["- قديم تماماً بلا نظير هنا أبداً."] * 3,
        ["- Wholly other words there."] * 3,
    )
    found = prose("\n".join(["# Before", *old]), "\n".join(["# Afterwards", *new]))
    headings = [one.heading for one in found.passages if one.heading]
    assert headings == ["Afterwards"] * len(headings)


COUNTED = [
    ("| a | b c d e |\n" * 3, "| a | b c d e |\n" * 4, "1 row added, 3 rows unchanged"),
    ("```\na\nb\n```", "```\na\nc\n```", "1 line added, 1 line removed, 3 lines unchanged"),
    (
        "# A\n┌──┐\n│ a │\n└──┘",
        "# A\n┌──┐\n│ b │\n└──┘",
        "1 line added, 1 line removed, 1 paragraph and 2 lines unchanged",
    ),
    ("# A\nb", "# A\nb\nc", "1 added, 2 unchanged"),
]


@pytest.mark.parametrize(("before", "after", "size"), COUNTED)
def test_counts_say_what_is_counted(before, after, size):
    assert prose(before, after).size == size


def rebuilt(before, found):
    """The words of the new text, from the old one and only the data of a diff."""
    pieces = paragraphs(before)
    by_line = {one.line: place for place, one in enumerate(pieces)}
    gone = {one.old_line for one in found.passages if one.kind in ("removed", "changed")}
    for one in found.passages:
        if one.kind == "moved":
            first = by_line[one.old_line]
            gone |= {piece.line for piece in pieces[first : first + one.count]}
    left = iter([one for one in pieces if one.line not in gone])
    words = []
    for one in found.passages:
        if one.kind == "same":
            words += [next(left).unnumbered for _ in range(one.count)]
        elif one.kind == "moved" and not one.before:
            first = by_line[one.old_line]
            words += [piece.unnumbered for piece in pieces[first : first + one.count]]
        elif one.after:
            words.append("".join(span.text for span in one.after))
    return words


SAID = st.lists(st.sampled_from(["be", "brief", "مرحباً", "{{caller}}", "ask", "now"]), max_size=6)
PIECE = st.tuples(st.sampled_from(["", "- ", "User: ", "| ", "✅ ", "> "]), SAID).map(
    lambda pair: pair[0] + " ".join(pair[1])
)
PROMPTS = st.lists(PIECE | st.sampled_from(["", "# Rules", "```", "---", "<x>"]), max_size=14)


@given(PROMPTS, PROMPTS)
def test_the_new_words_can_be_rebuilt_from_what_is_shown(before, after):
    before, after = "\n".join(before), "\n".join(after)
    found = prose(before, after)
    assume("line breaks" not in found.space)
    assert " ".join(rebuilt(before, found)).split() == after.split()


@given(TEXTS, TEXTS)
def test_every_paragraph_is_accounted_for_on_both_sides(before, after):
    found = prose(before, after)
    old = sum(one.count for one in found.passages if one.kind != "added")
    new = sum(one.count for one in found.passages if one.kind != "removed")
    ours, theirs = rewrapped(paragraphs(before), paragraphs(after))
    assert (old, new) == (len(ours), len(theirs))


ALIKE = st.sampled_from(
    [
        ["", " ", "be brief", "be brief.", "- be", "- brief", "# Role", "```", "| a | b |", "a:"],
        ["", " "],
        ["1. be", "2. be", "2. brief", "3. be"],
    ]
).map(st.sampled_from)
"""Lines that can be edited into each other, and are often still of one sort."""


@example([("brief " * 12, "be brief"), ("brief " * 12, None)])  # no longer one that is wrapped
@example([("be", None), ("- be", "be brief")])  # no longer an item
@given(ALIKE.flatmap(lambda line: st.lists(st.tuples(line, st.none() | line), max_size=9)))
def test_an_edited_text_is_divided_like_any_other(lines):
    before = "\n".join(old for old, _ in lines)
    after = "\n".join(old if new is None else new for old, new in lines)
    assert of_both(before, after) == (paragraphs(before), paragraphs(after))


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
    assert shown(one.before)[0] == shown(one.before)[-1] == "…"


AGENT_V1 = "| Day | Opens | Closes |\n|-----|-------|--------|\n| Sunday | 09:00 | 17:00 |\n{}\n"


@pytest.mark.parametrize(
    ("row", "edited", "size"),
    [
        ("| Monday | 09:00 | 17:00 |", "| Monday | 10:00 | 17:00 |", "1 row changed"),
        ("| Monday | 09:00 | 17:00 |", "| Monday | closed | |", "1 row changed"),
        ("| الاثنين | 09:00 | 17:00 |", "| الاثنين | 10:00 | 18:00 |", "1 row changed"),
        ("| Monday | 09:00 | 17:00 |", "| Friday | 14:00 | 20:00 |", "1 row added, 1 row removed"),
    ],
)
def test_a_row_is_known_by_its_first_cell(row, edited, size):
    found = prose(AGENT_V1.format(row), AGENT_V1.format(edited))
    assert found.size == f"{size}, 3 rows unchanged"


@pytest.mark.parametrize(
    "text", ["", "Hello", "# Role\n\n- a\n- b", "1. one\n2. two", "| a |\n|---|", "\n \n"]
)
def test_a_text_that_is_new_or_gone_is_reported_as_matching_would(text: str) -> None:
    """Nothing is compared then; each paragraph is new, or gone, in its order."""
    found = paragraphs(text)
    gone, new = prose(text, ""), prose("", text)
    assert [one.old_line for one in gone.passages] == [one.line for one in found]
    assert [one.new_line for one in new.passages] == [one.line for one in found]
    assert {one.kind for one in gone.passages} <= {"removed"}
    assert {one.kind for one in new.passages} <= {"added"}
    assert bool(new.space) == bool(gone.space) == (bool(text) and not found)
