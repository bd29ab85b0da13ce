"""Keys from display names: readable, ASCII, and a file's name on every system."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.authoring.slug import Keys, key_for

ID = "48f7656f-098b-4c43-b165-7cfd2cc8ac30"

NAMES = [
    # display name, key
    ("Clinic front desk", "clinic-front-desk"),
    ("Front desk (Olaya) — v2.1", "front-desk-olaya-v2-1"),
    ("Omar\u2019s Café", "omars-cafe"),
    ("Straße 7", "strasse-7"),
    ("客服", "kefu"),
    ("عيادة النور", "ayada-alnur"),
    ("خدمة العملاء", "khadma-alamla"),
    ("مركز حجز المواعيد", "markaz-hajz-almawaid"),
    ("مستشفى الملك فهد", "mastashfa-almalk-fahd"),
    ("بنك الرياض - فرع ٣", "bank-alrayad-fara-3"),
    ("السعودية", "alsaudya"),
    ("متابعة التوصيل", "mataba-altusil"),
    ("هيئة مسؤول طوارئ", "hayia-masul-tawari"),
    ("خِدْمَـــة", "khadma"),  # diacritics and tatweel
    ("ﷲ", "allah"),  # a ligature
    ("ال", "al"),
    ("🏥 عيادة", "ayada"),
    ("🏥", "hospital"),
    ("👩\u200d⚕️ Nurse line", "nurse-line"),
    ("", "agent-48f7656f"),
    ("  \t", "agent-48f7656f"),
    ("!!! ... ؟", "agent-48f7656f"),
    ("ء", "agent-48f7656f"),
    ("\x00\ud83d\u202e", "agent-48f7656f"),
    ("../../x", "x"),
    ("C:\\Windows\\x", "c-windows-x"),
    ("-rf", "rf"),
    ("con", "con-agent"),
    ("NUL.", "nul-agent"),
    ("COM1", "com1-agent"),
    ("Prompts", "prompts-agent"),
    ("shared", "shared-agent"),
    ("null", "null-agent"),
    ("True", "true-agent"),
    ("ALL", "all-agent"),
    ("2024", "agent-2024"),
    ("2024-01-01", "agent-2024-01-01"),
    ("1e5", "agent-1e5"),
    ("24/7 desk", "24-7-desk"),
    ("x" * 300, "x" * 50),
    ("reception " * 30, "reception-reception-reception-reception-reception"),
    ("a " + "x" * 300, "a-" + "x" * 48),
]


@pytest.mark.parametrize(("name", "key"), NAMES, ids=[ascii(key[:30]) for _, key in NAMES])
def test_a_key_is_the_name_in_readable_ascii(name, key):
    assert key_for(name, ID, []) == key


@pytest.mark.parametrize(
    ("taken", "key"),
    [
        (["desk"], "desk-2"),
        (["Desk"], "desk-2"),
        (["desk", "desk-2", "DESK-3"], "desk-4"),
        (["desk-2"], "desk"),
    ],
)
def test_a_key_that_is_taken_in_any_case_gets_a_number(taken, key):
    assert key_for("Desk", ID, taken) == key


def test_a_numbered_key_is_not_longer_than_another():
    words = "reception " * 30
    first = key_for(words, ID, [])
    assert key_for(words, ID, [first]) == f"{first[:39]}-2"
    assert key_for("x" * 300, ID, ["x" * 50]) == "x" * 48 + "-2"


@pytest.mark.parametrize(
    ("agent_id", "key"), [("", "agent"), ("../../etc", "agent-etc"), ("\x00", "agent")]
)
def test_an_odd_id_makes_no_odd_key(agent_id, key):
    assert key_for("", agent_id, []) == key


arabic = st.text(st.characters(min_codepoint=0x600, max_codepoint=0x6FF))


@given(st.text() | arabic | st.from_regex(r"(con|nul|\.\.|/|-|[0-9]|ال)*"), st.text(max_size=3))
def test_any_name_gives_a_key_that_is_free_and_fit(name, agent_id):
    taken = []
    for _ in range(3):
        key = key_for(name, agent_id, taken)
        assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", key)
        assert len(key) <= 50
        assert key == key_for(name, agent_id, [*reversed(taken)])
        assert key not in taken
        taken.append(key)


def test_a_refused_key_is_free_for_the_next_agent():
    keys = Keys(["Desk", "desk-2"])
    assert keys.free("Desk", ID) == "desk-3"
    assert keys.free("Desk", ID, {"desk-3", "desk-4"}) == "desk-5"
    assert keys.free("Desk", ID) == "desk-3"
    keys.take("DESK-3")
    assert keys.free("desk", ID) == "desk-4"
