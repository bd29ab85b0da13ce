"""Hidden and lookalike characters: what is spoken, what a change does, and their names."""

import re
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.text.characters import abbreviation, cosmetic, differences, fold, named, odd

RLM, LRM, ALM, RLO, PDF = "\u200f", "\u200e", "\u061c", "\u202e", "\u202c"
ZWNJ, ZWJ, ZWSP, WJ, BOM, SHY = "\u200c", "\u200d", "\u200b", "\u2060", "\ufeff", "\u00ad"
NBSP, NNBSP, EM_SPACE, WIDE_SPACE = "\u00a0", "\u202f", "\u2003", "\u3000"
TATWEEL, FARSI_YEH, ARABIC_YEH, KEHEH, KAF = "\u0640", "\u06cc", "\u064a", "\u06a9", "\u0643"
ACUTE, VS15, VS16, VS17 = "\u0301", "\ufe0e", "\ufe0f", "\U000e0100"
TAG_A, LAM_ALEF = "\U000e0061", "\ufefb"
DOCTOR, RUNNER = f"👩🏽{ZWJ}⚕{VS16}", f"🏃{ZWJ}♂{VS16}"

REORDERS = "can show a text in another order than it is spoken"

UNSEEN = re.compile(
    "[\u00a0\u00ad\u034f\u061c\u115f\u1160\u1680\u180b-\u180f\u2000-\u200c\u200e\u200f\u2028-\u202f"
    "\u205f-\u206f\u2800\u3000\u3164\ufeff\uffa0\ufff9-\ufffb\U000e0000-\U000e00ff]"
)
TEXTS = st.text(st.characters(exclude_categories=[])) | st.lists(
    st.sampled_from(
        [
            *(RLM, ALM, RLO, PDF, ZWNJ, ZWJ, ZWSP, BOM, SHY, NBSP, EM_SPACE, "\u2028", "\x85"),
            *(TATWEEL, FARSI_YEH, ARABIC_YEH, KEHEH, KAF, LAM_ALEF, "\ufe70", "\ufe73", "\ufdfa"),
            *("e", ACUTE, "\u0323", "é", "\u212b", "\u0653", "\u0627", "\u0651", "\u064e"),
            *(VS15, VS16, VS17, "👩", "⚕", "↔", "\u0338", "🏽", DOCTOR, TAG_A),
            *("3", "٣", "۳", "4", "٤", " ", "\n", "\t", "\r", "a", "چ", "{", "}", "{{a}}", "{{b"),
        ]
    ),
    max_size=12,
).map("".join)


@st.composite
def dressed(draw):
    """Two texts that are heard the same: one text, its characters dressed up in two ways."""
    pairs = []
    for one in draw(st.text("aeيك3٤ \u0627é", max_size=8)):
        dresses = {
            " ": [" ", NBSP, EM_SPACE, "\n", " \n\n", "\u2028"],
            "ي": [ARABIC_YEH, FARSI_YEH, "\ufef3"],
            "ك": [KAF, KEHEH, "\ufb8e"],
            "3": ["3", "٣", "۳"],
            "٤": ["4", "٤", "۴"],
            "é": ["é", f"e{ACUTE}", f"e{ZWNJ}{ACUTE}"],
        }.get(one, [one])
        hidden = st.sampled_from(["", RLM, ZWNJ, ZWJ, SHY, TATWEEL, BOM, RLO])
        dress = st.tuples(hidden, st.sampled_from(dresses), hidden).map("".join)
        pairs.append(draw(st.tuples(dress, dress)))
    return "".join(old for old, _ in pairs), "".join(new for _, new in pairs)


FOLDS = [
    # a text, as it is spoken
    pytest.param("plain text 100%", "plain text 100%", id="nothing"),
    pytest.param("", "", id="an empty text"),
    pytest.param(f"a{RLM}{LRM}{ALM}b", "ab", id="direction marks"),
    pytest.param(f"a{RLO}b{PDF}\u2066c\u2069", "abc", id="direction controls"),
    pytest.param(f"می{ZWNJ}خواهم", "ميخواهم", id="a non-joiner, and Farsi yeh"),
    pytest.param(f"ه{ZWJ} a{ZWJ}b", "ه ab", id="joiners between letters"),
    pytest.param(f"{BOM}a{ZWSP}b{WJ}c{SHY}d\u034f", "abcd", id="of no width"),
    pytest.param(f"a{NBSP}b{NNBSP}c{EM_SPACE}d{WIDE_SPACE}e", "a b c d e", id="odd spaces"),
    pytest.param(" a  b\r\n\n c\t \u2028d\x85\x0b", "a b c d", id="white space"),
    pytest.param("a\x1fb\x00", "a\x1fb\x00", id="controls are no white space"),
    pytest.param(f"مرحب{TATWEEL}{TATWEEL}ا", "مرحبا", id="tatweel"),
    pytest.param(f"{KEHEH}{FARSI_YEH}ف", "كيف", id="Farsi letters"),
    pytest.param("على علي", "على علي", id="alef maksura is a letter of its own"),
    pytest.param("3٣۳ ٠٩ ۰۹", "333 09 09", id="digits"),
    pytest.param(f"cafe{ACUTE}", "café", id="a decomposed letter"),
    pytest.param(f"e{ZWNJ}{ACUTE}", "é", id="a mark that a hidden character kept off"),
    pytest.param("ش\u0651\u064e", "ش\u064e\u0651", id="shadda typed first"),
    pytest.param("مُرَحَّبًا", "مُرَحَّبًا", id="vowel marks stay"),
    pytest.param(f"{LAM_ALEF} \ufbfe\ufb90", "لا يك", id="presentation forms"),
    pytest.param("ﷺ ﷽", "ﷺ ﷽", id="signs that are written on purpose"),
    pytest.param("ﬁ ½ ５", "ﬁ ½ ５", id="no other compatibility forms"),
    pytest.param("A a", "A a", id="case"),
    pytest.param(DOCTOR, f"👩🏽{ZWJ}⚕", id="a joiner in an emoji stays, its style goes"),
    pytest.param(f"⛓{VS16}{ZWJ}💥", f"⛓{ZWJ}💥", id="a joiner behind a style"),
    pytest.param(f"👩{ZWSP}{ZWJ}⚕", "👩⚕", id="a joiner that joins nothing"),
    pytest.param(f"👩{ZWJ}{ZWJ}⚕ {ZWJ}", "👩⚕", id="joiners beside each other"),
    pytest.param(f"1{VS16}\u20e3 ☎{VS15}{VS15}", "1\u20e3 ☎", id="styles"),
    pytest.param(f"a{VS16}b{VS17}", f"a{VS16}b{VS17}", id="a selector that selects nothing stays"),
    pytest.param(f"a{TAG_A}", f"a{TAG_A}", id="a tag stays: a language model reads it"),
    pytest.param("\ud83d a", "\ud83d a", id="half a character"),
]


@pytest.mark.parametrize(("text", "heard"), FOLDS)
def test_a_text_is_folded_to_what_is_heard(text, heard):
    assert fold(text) == heard


@given(TEXTS)
def test_a_folded_text_folds_to_itself(text):
    assert fold(fold(text)) == fold(text)


@pytest.mark.slow
def test_every_character_folds_to_itself_once_folded_alone_and_among_others():
    for around in ("e", "👩"):
        text = f"\n{around}".join(map(chr, range(0x20000)))
        assert fold(fold(text)) == fold(text)


COSMETIC = [
    pytest.param("ab", f"a{RLM}b", id="a direction mark"),
    pytest.param("a b", f"a{NBSP}b", id="a no-break space"),
    pytest.param("a b\n\nc", "a b \nc\n", id="line breaks and a trailing space"),
    pytest.param("عندك 3 {{دقائق}}", f"عند{KEHEH} ٣ {{{{دقائق}}}}", id="letters and digits"),
    pytest.param(f"e{ACUTE}", "é", id="composed"),
    pytest.param("☎", f"☎{VS16}", id="an emoji's style"),
    pytest.param("{{a", f"{{{{a{RLM}", id="braces that are never closed"),
    pytest.param(f"a{RLM}b", f"ab{RLM}", id="a mark in another place"),
]
SPOKEN = [
    pytest.param("Ab", "ab", id="case"),
    pytest.param("a b", "ab", id="a space less"),
    pytest.param("مرحبًا", "مرحبٍا", id="a vowel mark"),
    pytest.param("على", "علي", id="alef maksura"),
    pytest.param("3", "4", id="another number"),
    pytest.param("👩⚕", f"👩{ZWJ}⚕", id="another emoji"),
    pytest.param("ab", f"a{TAG_A}b", id="a tag"),
    pytest.param("ab", f"a{VS17}b", id="a selector that selects nothing"),
    pytest.param("{{name}}", f"{{{{name{ZWNJ}}}}}", id="a hidden character in a placeholder"),
    pytest.param("{{name}}", f"{{{ZWSP}{{name}}}}", id="a placeholder taken apart"),
    pytest.param("{{name}}", f"{{{{name}}{RLM}}}", id="a placeholder not closed"),
    pytest.param("{{name}}", "{{ name }}", id="white space in a placeholder, words apart"),
    pytest.param("{{a b}}", "{{a  b}}", id="white space in a placeholder"),
    pytest.param("{{a3}}", "{{a٣}}", id="a digit in a placeholder"),
    pytest.param("{{a{b c}}", "{{a{b  c}}", id="a brace in a placeholder"),
]


@pytest.mark.parametrize(("before", "after"), COSMETIC)
def test_a_change_that_no_caller_hears_is_cosmetic(before, after):
    assert cosmetic(before, after)
    assert cosmetic(after, before)


@pytest.mark.parametrize(("before", "after"), SPOKEN)
def test_a_change_that_is_heard_or_read_is_not_cosmetic(before, after):
    assert not cosmetic(before, after)
    assert not cosmetic(after, before)


@given(TEXTS, TEXTS)
def test_cosmetic_is_symmetric_and_never_so_of_equal_texts(before, after):
    assert cosmetic(before, after) is cosmetic(after, before)
    assert not cosmetic(before, before)


DIFFERENCES = [
    # before, after, in words
    pytest.param("a", "a b", [], id="words alone"),
    pytest.param("ab", f"{RLM}a{RLM}b", ["+2 right-to-left mark"], id="marks more"),
    pytest.param(f"a{NBSP}b", "a b", ["−1 no-break space"], id="a space less"),
    pytest.param(
        f"a{RLO}b{RLO}",
        f"a{BOM}b{ZWNJ}c{RLO}{EM_SPACE}",
        [
            "+1 em space",
            "+1 zero width non-joiner",
            "+1 zero width no-break space",
            "−1 right-to-left override",
        ],
        id="several, by code point, in spoken text too",
    ),
    pytest.param("a", f"a{TAG_A}{TAG_A}\U000e007f", ["+3 tag character"], id="tags together"),
    pytest.param("a", "a\u2065", ["+1 U+2065"], id="without a name"),
    pytest.param("☎", f"☎{VS16}", ["+1 variation selector"], id="a style"),
    pytest.param("👩⚕", f"👩{ZWJ}⚕", [], id="an emoji's joiner is seen"),
    pytest.param("ab", f"a{ZWJ}b", ["+1 zero width joiner"], id="another joiner is not"),
    pytest.param("يي", "یی", ["Farsi yeh for Arabic yeh"], id="Farsi yeh"),
    pytest.param("یک", "يك", ["Arabic kaf for Farsi keheh", "Arabic yeh for Farsi yeh"], id="back"),
    pytest.param("سلام", "سلامی", ["+1 Farsi yeh"], id="Farsi yeh for nothing"),
    pytest.param("علي", "على", [], id="alef maksura"),
    pytest.param("3 4", "٣ ٤", ["Arabic-Indic digits for ASCII digits"], id="digits"),
    pytest.param("۳", "3", ["ASCII digits for Farsi digits"], id="digits of Farsi"),
    pytest.param("٣ 4", "٦ 5", [], id="other numbers in both systems"),
    pytest.param("مرحبا", "مرحبـا", ["+1 tatweel"], id="tatweel"),
    pytest.param("لا", LAM_ALEF, ["+1 Arabic presentation form"], id="a presentation form"),
    pytest.param("é", f"e{ACUTE}", ["decomposed form"], id="decomposed"),
    pytest.param(f"e{ACUTE}", "é", ["composed form"], id="composed"),
    pytest.param("a b", "a\nb ", ["white space"], id="white space"),
    pytest.param("a\nb", "a\u2028b", ["+1 line separator"], id="a line end for another"),
    pytest.param("a b", "a  c", [], id="white space in other words"),
    pytest.param(f"a{RLM}b", f"ab{RLM}", ["same characters, other places"], id="moved"),
    pytest.param("ش\u0651\u064e", "ش\u064e\u0651", ["same characters, other places"], id="marks"),
]


@pytest.mark.parametrize(("before", "after", "told"), DIFFERENCES)
def test_differences_are_described_in_words(before, after, told):
    assert differences(before, after) == tuple(told)


@given(TEXTS)
def test_a_text_does_not_differ_from_itself(text):
    assert differences(text, text) == ()


@given(dressed())
def test_two_spellings_of_one_text_are_cosmetic_and_the_difference_is_described(pair):
    before, after = pair
    assert fold(before) == fold(after)
    assert cosmetic(before, after) is (before != after)
    assert bool(differences(before, after)) is (before != after)


NAMED = [
    # a text, the other side, as it is shown
    pytest.param("plain 3 ٣ ـ ی \n", "", "plain 3 ٣ ـ ی \n", id="nothing to compare with"),
    pytest.param(" ", "", " ", id="a space alone, with nothing to compare with"),
    pytest.param(f"{RLM}a{RLO}b{PDF}", "", "⟨RLM⟩a⟨RLO⟩b⟨PDF⟩", id="directions"),
    pytest.param(f"a{NBSP}b{NNBSP}c", "", "a⟨NBSP⟩b⟨NNBSP⟩c", id="spaces"),
    pytest.param(f"a{EM_SPACE}b\u2028", "", "a⟨U+2003⟩b⟨U+2028⟩", id="without an abbreviation"),
    pytest.param(f"می{ZWNJ}خ", f"می{ZWNJ}خ", "می⟨ZWNJ⟩خ", id="on both sides"),
    pytest.param(
        f"{BOM}{ZWSP}{WJ}{SHY}{TAG_A}", "", "⟨BOM⟩⟨ZWSP⟩⟨WJ⟩⟨SHY⟩⟨U+E0061⟩", id="of no width"
    ),
    pytest.param(
        f"{DOCTOR}{RUNNER}1{VS16}\u20e3", "", f"{DOCTOR}{RUNNER}1{VS16}\u20e3", id="emoji"
    ),
    pytest.param(f"a{ZWJ}👩{ZWJ}", "", "a⟨ZWJ⟩👩⟨ZWJ⟩", id="joiners that join no emoji"),
    pytest.param(f"a{VS16}☎{VS16}{VS17}", "", f"a⟨VS16⟩☎{VS16}⟨VS17⟩", id="stray selectors"),
    pytest.param("یک", "يك", "ی⟨Farsi yeh⟩ک⟨Farsi keheh⟩", id="Farsi letters"),
    pytest.param("يك", "یک", "يك", id="Arabic letters are expected"),
    pytest.param("ی", "ی", "ی", id="on both sides no lookalike"),
    pytest.param("خوبی", "سلام", "خوبی", id="a Farsi word for another"),
    pytest.param("٣ ۳", "3 3", "٣⟨Arabic-Indic 3⟩ ۳⟨Farsi 3⟩", id="digits"),
    pytest.param("3", "٣", "3", id="ASCII digits are expected"),
    pytest.param("٣", "٤", "٣", id="another number in the same system"),
    pytest.param("مرحبـا", "مرحبا", "مرحبـ⟨tatweel⟩ا", id="tatweel"),
    pytest.param("مرحبـا", "مرحبـا", "مرحبـا", id="tatweel on both sides"),
    pytest.param(LAM_ALEF, "لا", f"{LAM_ALEF}⟨Arabic presentation form⟩", id="a presentation form"),
    pytest.param("a  \nb ", "a\nb", "a⟨space⟩⟨space⟩\nb⟨space⟩", id="trailing spaces"),
    pytest.param("a \nb", "a \nb", "a \nb", id="trailing spaces on both sides"),
    pytest.param("very ", "Be brief", "very ", id="a space at the end of other words"),
]


@pytest.mark.parametrize(("text", "other", "shown"), NAMED)
def test_what_is_invisible_is_named_in_its_place(text, other, shown):
    assert named(text, other) == shown


@given(TEXTS, TEXTS)
def test_a_named_text_has_nothing_that_is_invisible(text, other):
    shown = named(text, other)
    assert not UNSEEN.search(shown)
    assert not re.search(f"[A-Za-z\u0627-\u06d3]{ZWJ}|{ZWJ}(?:[A-Za-z\u0627-\u06d3]|$)", shown)
    assert named(shown) == shown


def test_every_abbreviation_is_the_one_of_unicode():
    codes = (*range(0x80, 0x10000), *range(0xE0000, 0xE0200))
    names = [abbreviation(chr(code)) for code in codes]
    short = [name for name in names if not name.startswith("U+")]
    assert len(short) == 279
    assert all(abbreviation(unicodedata.lookup(name)) == name for name in short)
    assert abbreviation("\U000e01ef") == "VS256"
    assert abbreviation("\x9b") == "U+009B"


def printed(text):
    return [f"{one.offset} {one.rule}: {one.name}" for one in odd(text)]


ODD = [
    # a text, what surprises in it
    pytest.param("قل ٣ مرات لـ{{اسم}}، سنة ١٤٤٥هـ على مُرَحَّبًا", [], id="plain Arabic"),
    pytest.param(
        f"ab{RLO}c{RLO}{PDF}\u2066",
        [
            f"2 bidi-control: right-to-left override, which {REORDERS}",
            "5 bidi-control: pop directional formatting",
            "6 bidi-control: left-to-right isolate",
        ],
        id="controls",
    ),
    pytest.param(
        f"a{NBSP}{NBSP}{BOM}b{RLM}",
        [
            "1 invisible-character: no-break space",
            "3 invisible-character: zero width no-break space",
            "5 invisible-character: right-to-left mark",
        ],
        id="unseen, each once",
    ),
    pytest.param(
        f"👩{ZWJ}⚕ a{ZWJ}b",
        ["5 invisible-character: zero width joiner"],
        id="a joiner outside an emoji",
    ),
    pytest.param(f"{DOCTOR} 1{VS16}\u20e3 ☎{VS15}", [], id="emoji"),
    pytest.param(
        f"a{VS16}{TAG_A}",
        ["1 invisible-character: variation selector", "2 invisible-character: tag character"],
        id="a selector and a tag that could carry a message",
    ),
    pytest.param(
        f"كيف حال{KEHEH} یا",
        ["7 lookalike-letter: Farsi keheh", "9 lookalike-letter: Farsi yeh"],
        id="Farsi letters in Arabic",
    ),
    pytest.param(f"چه می{ZWNJ}خواهید؟ یک", [], id="Farsi"),
    pytest.param(
        f"چه{RLM}مرحبـا",
        ["2 invisible-character: right-to-left mark", "7 lookalike-letter: tatweel"],
        id="what surprises in Farsi too",
    ),
    pytest.param(
        f"مي{ZWNJ}خ", ["2 invisible-character: zero width non-joiner"], id="a non-joiner in Arabic"
    ),
    pytest.param("مرحبـا هـ بـ", ["4 lookalike-letter: tatweel"], id="tatweel inside a word"),
    pytest.param(
        f"{LAM_ALEF}ﷺ", ["0 lookalike-letter: Arabic presentation form"], id="a presentation form"
    ),
    pytest.param(
        "3 ٣ ۴",
        [
            "2 mixed-digits: Arabic-Indic digits beside ASCII digits",
            "4 mixed-digits: Farsi digits beside ASCII digits",
        ],
        id="digits of three systems",
    ),
    pytest.param("قل ٣ {{a1}} ٤", [], id="digits in a placeholder"),
    pytest.param("1. قل ٣\n  2) قل ٤", [], id="numbers of list items"),
    pytest.param(
        "{{ 1 ٣ 2", ["5 mixed-digits: Arabic-Indic digits beside ASCII digits"], id="open braces"
    ),
    pytest.param(
        f"é cafe{ACUTE} e{ACUTE}", ["5 decomposed-text: decomposed letter"], id="decomposed"
    ),
    pytest.param("ش\u0651\u064e", [], id="shadda typed first"),
    pytest.param("", [], id="an empty text"),
]


@pytest.mark.parametrize(("text", "found"), ODD)
def test_what_surprises_is_found_with_its_place(text, found):
    assert printed(text) == found


def test_a_decomposed_letter_is_found_with_all_its_marks():
    assert [one.found for one in odd(f"xe\u0323{ACUTE}y")] == [f"e\u0323{ACUTE}"]


@given(TEXTS)
def test_offsets_are_those_of_the_first_occurrence(text):
    found = odd(text)
    assert [one.offset for one in found] == sorted(one.offset for one in found)
    assert len({(one.rule, one.found) for one in found}) == len(found)
    for one in found:
        assert one.found
        assert text.startswith(one.found, one.offset)
        assert one.name


LONG = [
    pytest.param("عيادة النور 3 ٣.\n" * 6_000, id="lines"),
    pytest.param("a" + "\u0301\u0323" * 50_000, id="marks that want sorting"),
    pytest.param(" " * 100_000 + "x", id="spaces"),
    pytest.param("{{ a" * 25_000, id="placeholders never closed"),
    pytest.param(TATWEEL * 100_000, id="tatweel"),
    pytest.param(f"3{VS16}" * 50_000, id="styles"),
]


@pytest.mark.slow
@pytest.mark.parametrize("text", LONG)
def test_a_very_long_text_of_anything_is_taken(text):
    assert cosmetic(text, f"{text}{RLM}")
    assert "+1 right-to-left mark" in differences(text, f"{text}{RLM}")
    assert named(f"{text}{RLM}", text).endswith("⟨RLM⟩")
    assert odd(f"{text}{RLM}")[-1].found == RLM
