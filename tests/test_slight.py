"""Which edits are called slight: never many paragraphs, never a rule that was turned round."""

import pytest

from reconciler.kinds.agent_v1 import AGENT_V1
from reconciler.model import Cause, Change
from reconciler.render.sentences import paragraph
from reconciler.schema.table import Impact

HEAD = "# Role\nYou are the voice of a clinic, kind to everybody who calls.\n\n# Rules\n"
RULES = [f"- In case {n} of the handbook speak slowly and repeat the number." for n in range(40)]
RULES_AR = [f"- في الحالة {n} من الدليل تكلم ببطء وأعد الرقم على المتصل." for n in range(40)]


def said(before, after, language="en"):
    one = Change(
        path="preamble",
        before=before,
        after=after,
        cause=Cause.EDIT,
        impact=Impact.BEHAVIOUR,
        prose=True,
    )
    return paragraph(AGENT_V1, "update", "Desk", [one], language=language)


def is_slight(before, after):
    found = {
        "slightly" in said(before, after),
        "مختلفة قليلاً" in said(before, after, "ar"),
    }
    assert len(found) == 1
    return found.pop()


TURNED = [
    ("You must tell the caller the price.", "You must never tell the caller the price."),
    ("Always ask for the name of the caller.", "Never ask for the name of the caller."),
    ("Transfer angry callers to a person.", "Don’t transfer angry callers to a person."),
    ("Callers may pay by card on the phone.", "Callers must pay by card on the phone."),
    ("Say the price with tax.", "Say the price only without tax."),
    ("Always greet.", "Never greet."),
    ("Never shout. Always smile while you talk.", "Always shout. Never smile while you talk."),
    ("يجب أن تذكر السعر للمتصل.", "لا تذكر السعر للمتصل."),
    ("يجب أن تسأل عن الاسم الكامل.", "يجب ألا تسأل عن الاسم الكامل."),
    ("اذكر السعر دائماً عند السؤال عنه.", "ولا تذكر السعر عند السؤال عنه."),
    ("يُسمح بذكر الأسعار على الهاتف.", "يُمنع ذكر الأسعار على الهاتف."),
]


@pytest.mark.parametrize(("before", "after"), TURNED)
@pytest.mark.parametrize("rules", [RULES, RULES_AR])
def test_a_rule_that_was_turned_round_is_nothing_slight(rules, before, after):
    texts = [HEAD + "\n".join([*rules[:20], f"- {one}", *rules[20:]]) for one in (before, after)]
    assert not is_slight(*texts)


MANY = [
    pytest.param([f"- Never mind {n}, and speak." for n in range(40)], RULES, id="all others"),
    pytest.param(RULES, [one.replace("- In", "- Never in") for one in RULES], id="all negated"),
    pytest.param(RULES, RULES[::-1], id="all in another order"),
    pytest.param(RULES, [*(f"{one} Please." for one in RULES[:6]), *RULES[6:]], id="six touched"),
    pytest.param(
        RULES_AR, [one.replace("ببطء", "بسرعة") for one in RULES_AR], id="Arabic, all touched"
    ),
    pytest.param(RULES[:2], [f"{one} Please." for one in RULES[:2]], id="both of two"),
    pytest.param(RULES * 5, [*RULES * 5, "word " * 90], id="ninety words more"),
]


@pytest.mark.parametrize(("before", "after"), MANY)
def test_if_much_was_touched_nothing_is_slight(before, after):
    assert not is_slight("\n".join(before), "\n".join(after))


SLIGHT = [
    ("Ask for the name of the caller.", "Ask for the full name of the caller."),
    ("Be kind to all of them.", "Be kind to all of them. Never shout."),
    ("اسأل عن الاسم ثم عن الموعد.", "اسأل عن الاسم الكامل ثم عن الموعد."),
    ("Thank them for calling us.", "Thank them for calling us.\n- Do not hang up first, ever."),
]


@pytest.mark.parametrize(("before", "after"), SLIGHT)
def test_a_few_words_are_slight(before, after):
    texts = [HEAD + "\n".join([*RULES[:20], f"- {one}", *RULES[20:]]) for one in (before, after)]
    assert is_slight(*texts)
