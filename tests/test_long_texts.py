"""New prompts are shown whole, long changes as far as there is room, with the omitted count."""

import re

import pytest

from reconciler.kinds.agent_v1 import AGENT_V1
from reconciler.model import Cause, Change, Plan, Verb
from reconciler.render import plans
from reconciler.render.markdown import MOST, markdown
from reconciler.render.page import page
from reconciler.schema.table import Impact
from tests import build
from tests.samples import planned
from tests.test_goldens import html, junit, text

pytestmark = pytest.mark.slow

RULES = [
    f"- Rule {n}: tell the caller what order number {n} costs, in whole dinars, when they ask."
    for n in range(900)
]
RULES_AR = [
    f"- القاعدة {n}: أخبر المتصل بسعر الطلب رقم {n} بالدينار الكامل حين يسأل عنه."
    for n in range(900)
]


def preamble(before, after):
    return Change(
        path="preamble",
        before=before,
        after=after,
        cause=Cause.EDIT,
        impact=Impact.BEHAVIOUR,
        prose=True,
    )


def sheet(*changes, verb=Verb.UPDATE):
    actions = [
        build.made(
            kind=AGENT_V1, verb=verb, key=f"desk-{n}", name=f"desk-{n}", id="", changes=(one,)
        )
        for n, one in enumerate(changes)
    ]
    return plans.sheet(
        planned(Plan(environment="test", url="", salt="", agents=9, actions=actions))
    )


NEW = [
    "# Role",
    "You answer the phone.",
    "- كن لطيفاً مع الجميع",
    "```",
    "x: 1",
    "```",
    "word " * 3000,
]


@pytest.mark.parametrize("form", [text, markdown, html, junit])
def test_a_new_agents_prompt_is_shown_whole(form):
    shown = form(sheet(preamble(None, "\n".join(NEW)), verb=Verb.CREATE))
    assert [line for line in NEW if line.strip() not in shown] == []
    assert "more characters" not in shown


@pytest.mark.parametrize("form", [markdown, page])
def test_a_new_agents_prompt_is_folded_if_possible(form):
    shown = form(sheet(preamble(None, "\n".join(NEW[:4])), verb=Verb.CREATE))
    before = shown[: shown.index("You answer the phone.")]
    assert before.count("<details") > before.count("</details")


@pytest.mark.parametrize("rules", [RULES, RULES_AR])
def test_a_long_change_fills_the_comment_and_says_how_much_is_left(rules):
    edited = [f"{one[:-1]} again." for one in rules]
    found = markdown(sheet(preamble("\n".join(rules), "\n".join(edited))))
    shown = len(re.findall(r"^  \+ ", found, re.MULTILINE))
    left = re.search(r"… and (\d+) more changed paragraphs", found)
    assert (shown + int(left[1]), MOST - 1000 < len(found) <= MOST) == (900, True)
    assert "_Too long for one comment: 1 shown in part." in found
    assert found.count("```") % 2 == 0


def test_what_fits_next_to_a_long_change_is_all_there():
    long = preamble("\n".join(RULES), "\n".join(f"{one[:-1]} again." for one in RULES))
    short = preamble("# Role\nBe kind to the caller.", "# Role\nBe very kind to the caller.")
    other = preamble("\n".join(RULES_AR), "\n".join(f"{one[:-1]} ثانيةً." for one in RULES_AR))
    found = markdown(sheet(long, short, other))
    assert "Be ⟦very⟧ kind to the caller." in found
    assert "1 shown in part, 1 shown in brief." in found
    assert len(found) <= MOST


def test_unchanged_rows_of_a_table_are_called_rows():
    old = [f"| key {n} | what order number {n} costs in all the shops |" for n in range(900)]
    new = [one.replace("costs", "may cost") for one in old]
    found = markdown(sheet(preamble("\n".join(old), "\n".join(new))))
    assert re.search(r"… and \d+ more changed rows\n", found)


def test_a_new_prompt_that_is_too_long_is_shown_as_far_as_there_is_room():
    found = markdown(sheet(preamble(None, "\n".join(RULES)), verb=Verb.CREATE))
    assert re.search(r"… and \d+ more changed paragraphs", found)
    assert MOST - 1000 < len(found) <= MOST
    assert found.count("<details") == found.count("</details>")
