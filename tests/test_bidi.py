"""Isolates: printed as < for left to right, > for right to left, . for their end."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.render.bidi import isolated, left_open, sentence

SHOWN = str.maketrans({"\u2066": "<", "\u2067": ">", "\u2069": "."})

TEXTS = [
    ("plain English {{caller}}, 9-12", "plain English {{caller}}, 9-12"),
    ("", ""),
    ("أهلاً", ">أهلاً."),
    ("أهلاً {{caller}}، الساعة 9", ">أهلاً <{{caller}}.، الساعة 9."),
    ("{{caller}} أهلاً", "><{{caller}}. أهلاً."),
    ("OTP هو الرمز", "<OTP هو الرمز."),
    ("12:30 مساءً", ">12:30 مساءً."),
    ("שלום", ">שלום."),
]


@pytest.mark.parametrize(("text", "expected"), TEXTS)
def test_a_text_is_isolated_in_the_direction_of_its_first_letter(text, expected):
    assert isolated(text).translate(SHOWN) == expected


SENTENCES = [
    ("“Desk” greets.", "en", "“Desk” greets."),
    ("“عيادة” greets.", "en", "<“>عيادة.” greets.."),
    ("«Desk» يحيّي.", "ar", ">«Desk» يحيّي.."),
    ("«عيادة» يحيّي.", "ar", ">«>عيادة.» يحيّي.."),
]


@pytest.mark.parametrize(("text", "language", "expected"), SENTENCES)
def test_a_sentence_has_its_own_direction_and_what_it_quotes_another(text, language, expected):
    assert sentence(text, language).translate(SHOWN) == expected


@given(st.text(st.sampled_from("ab {}اب123«»")))
def test_every_isolate_is_closed_and_nothing_is_lost(text):
    found = isolated(text)
    assert left_open(found) == ""
    assert found.translate(dict.fromkeys(map(ord, "\u2066\u2067\u2069"))) == text


@pytest.mark.parametrize(
    ("text", "expected"), [("", ""), ("\u2067a", "\u2067"), ("\u2067a\u2066b\u2069", "\u2067")]
)
def test_what_a_piece_leaves_open_is_known(text, expected):
    assert left_open(text) == expected
