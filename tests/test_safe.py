"""Foreign text is harmless to look at: nothing in it acts."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.render.sanitize import one_line, visible

ANY = st.text(st.characters(exclude_categories=[]))

ACTS = [
    # text that acts, text as shown
    ("\x00", "␀"),
    ("\x07", "␇"),
    ("\x08", "␈"),
    ("\r", "␍"),
    ("\x0b\x0c", "␋␌"),
    ("\x1b[2J", "␛[2J"),
    ("\x1b[31mred\x1b[0m", "␛[31mred␛[0m"),
    ("\x1b]8;;http://x\x07link\x1b]8;;\x07", "␛]8;;http://x␇link␛]8;;␇"),
    ("\x7f", "␡"),
    ("\x85\x9b2J", "⟨U+0085⟩⟨U+009B⟩2J"),
    ("\u202eevil\u202c", "⟨RLO⟩evil⟨PDF⟩"),
    ("\u2066a\u2069", "⟨LRI⟩a⟨PDI⟩"),
    ("\u200e\u200f\u061c", "⟨LRM⟩⟨RLM⟩⟨ALM⟩"),
    ("a\u200bb\u2060c\ufeffd", "a⟨ZWSP⟩b⟨WJ⟩c⟨BOM⟩d"),
    ("a\u2028b\u2029c", "a⟨U+2028⟩b⟨U+2029⟩c"),
    ("\ufff9a\ufffab\ufffb", "⟨U+FFF9⟩a⟨U+FFFA⟩b⟨U+FFFB⟩"),
    ("\ud83d", "⟨U+D83D⟩"),
    ("\udcff", "⟨U+DCFF⟩"),
    ("\U000e0041\U000e007f", "⟨U+E0041⟩⟨U+E007F⟩"),
    ("say ##[error]x", "say #·#[error]x"),
    ("###[group]##[endgroup]", "##·#[group]#·#[endgroup]"),
    ("##vso[task.setvariable]x", "#·#vso[task.setvariable]x"),
    ("#\x00#[a]", "#␀#[a]"),
]

STAYS = [
    "plain text: ::error:: [bold]x[/bold] 100%",
    "## Rules [1], ## [x] and ##vs[o]",
    "أهلاً بك، كيف أساعدك؟",
    "مُرَحَّبًا",
    "مرحبـا",
    "می\u200cخواهم",
    "👩\u200d⚕️ 🇸🇦",
    "e\u0301 ñ\u00a0ß",
    "␛ ⟨RLO⟩",
    "two\nlines\tand a tab",
    "",
]


@pytest.mark.parametrize(("text", "shown"), ACTS, ids=[ascii(text) for text, _ in ACTS])
def test_what_would_act_is_shown_by_name(text, shown):
    assert visible(text) == shown
    assert one_line(text) == shown


@pytest.mark.parametrize("text", STAYS, ids=ascii)
def test_what_is_only_read_stays_as_it_is(text):
    assert visible(text) == text


def test_on_one_line_line_ends_and_tabs_are_shown_too():
    assert one_line("a\nb\r\nc\td") == "a␊b␍␊c␉d"


@given(ANY)
def test_nothing_is_left_that_acts(text):
    for character in visible(text):
        assert unicodedata.category(character) not in ("Cs", "Cc") or character in "\n\t"
        assert unicodedata.bidirectional(character) not in (
            *("LRE", "RLE", "LRO", "RLO", "PDF"),
            *("LRI", "RLI", "FSI", "PDI"),
        )
    assert "##[" not in visible(text)
    assert len(one_line(text).splitlines()) <= 1
    one_line(text).encode()


@given(ANY)
def test_a_text_that_was_made_visible_stays_the_same(text):
    assert visible(visible(text)) == visible(text)
    assert one_line(one_line(text)) == one_line(text)
