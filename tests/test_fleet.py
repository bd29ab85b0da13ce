"""Changes shared by several agents are shown once.

Printed: agents, then the rest of their blocks.
"""

import pytest

from reconciler.model import Cause, Change
from reconciler.render import plans
from reconciler.render.dedupe import told_once
from reconciler.schema.table import Impact
from tests.build import action, change

OLD, NEW, ELSE = "Never ask for a code twice.", "Never ask for any code.", "Ask for the code once."


def agent(key, *changes, kind="update", **more):
    return plans.block(action(kind, key, key, *changes, id=key, **more))


def text(role, clause):
    return f"# Role\n{role}\n\n# Safety\n{clause}"


def edit(key, before=OLD, after=NEW, **more):
    """The agent's own prompt with a shared clause that changed."""
    role = f"You are the voice of {key}."
    return agent(key, change("preamble", text(role, before), text(role, after)), **more)


def number(key, before, after, **more):
    return agent(key, change("silenceThreshold", before, after), **more)


def printed(blocks):
    left, shared = told_once(blocks)
    told = [
        f"{one.number} {one.row.path} on {','.join(one.agents)}"
        + (f" else {','.join(one.odd)}" if one.odd else "")
        for one in shared
    ]
    told += [
        f"{block.key}: {','.join(row.path for row in block.rows)}"
        f" +{','.join(map(str, block.shared))}"
        for block in left
    ]
    return told


CASES = [
    pytest.param([edit("a")], ["a: preamble +"], id="one agent shares nothing"),
    pytest.param(
        [edit("a"), edit("b"), edit("c")],
        ["1 preamble on a,b,c", "a:  +1", "b:  +1", "c:  +1"],
        id="one clause of three prompts",
    ),
    pytest.param(
        [edit("a"), edit("b"), edit("c", after=ELSE)],
        ["1 preamble on a,b else c", "a:  +1", "b:  +1", "c: preamble +"],
        id="who changes the same otherwise is named",
    ),
    pytest.param(
        [edit("a"), edit("b"), edit("c", before="One.", after="Two.")],
        ["1 preamble on a,b", "a:  +1", "b:  +1", "c: preamble +"],
        id="who changes something else is not",
    ),
    pytest.param(
        [number("a", 1, 2), number("b", 1, 2)],
        ["a: silenceThreshold +", "b: silenceThreshold +"],
        id="two equal numbers stay where they are",
    ),
    pytest.param(
        [number("a", 1, 2), number("b", 1, 2), number("c", 1, 2), number("d", 1, 3)],
        [
            "1 silenceThreshold on a,b,c else d",
            "a:  +1",
            "b:  +1",
            "c:  +1",
            "d: silenceThreshold +",
        ],
        id="three are told once",
    ),
    pytest.param(
        [edit("a"), edit("b", kind="blocked", reason="no"), edit("c", kind="create")],
        ["a: preamble +", "b: preamble +", "c: preamble +"],
        id="blocked and new agents keep what is theirs",
    ),
]


@pytest.mark.parametrize(("blocks", "expected"), CASES)
def test_the_same_change_on_many_agents_is_shown_once(blocks, expected):
    assert printed(blocks) == expected


def added(key, *paragraphs):
    before, after = "# Role\nYou.", "\n\n".join(["# Role\nYou.", *paragraphs])
    return agent(key, change("preamble", before, after))


APART = [
    pytest.param(
        [
            added("a", f"{'x ' * 3000}ALLOW{' y' * 3000}"),
            added("b", f"{'x ' * 3000}BLOCK{' y' * 3000}"),
        ],
        ["a: preamble +", "b: preamble +"],
        id="long ones that differ where they are cut",
    ),
    pytest.param(
        [
            number("a", 1, 2),
            number("b", 1, 2),
            agent("c", change("silenceThreshold", 1, 2, cause=Cause.DRIFT)),
        ],
        ["a: silenceThreshold +", "b: silenceThreshold +", "c: silenceThreshold +"],
        id="an overwritten edit of the dashboard",
    ),
    pytest.param(
        [
            agent(key, change("preamble", f"# Role\nYou.\n\n{gone}", "# Role\nYou."))
            for key, gone in (("a", OLD), ("b", OLD), ("c", ELSE))
        ],
        ["1 preamble on a,b", "a:  +1", "b:  +1", "c: preamble +"],
        id="who removes something else is no odd one",
    ),
    pytest.param(
        [added("a", NEW, NEW), added("b", NEW)],
        ["1 preamble on a,b", "a: preamble +1", "b:  +1"],
        id="a paragraph that one agent gets twice",
    ),
]


@pytest.mark.parametrize(("blocks", "expected"), APART)
def test_different_changes_are_shown_separately(blocks, expected):
    assert printed(blocks) == expected


def test_a_heading_that_not_all_have_is_not_claimed():
    one = agent("a", change("preamble", "# Role\nYou.", f"# Role\nYou.\n\n{NEW}"))
    other = agent("b", change("preamble", "# End\nYou.", f"# End\nYou.\n\n{NEW}"))
    _, (shared,) = told_once([one, other])
    assert shared.row.prose.passages[0].heading == ""


def test_a_secret_of_many_agents_is_not_taken_for_one():
    hidden = Change(path="llmConfig.apiKey", cause=Cause.EDIT, impact=Impact.REACH, sensitive=True)
    assert told_once([agent(key, hidden) for key in "abc"])[1] == ()


def test_changes_of_one_agent_stay_with_it():
    role = "You are the voice of a."
    own = change("preamble", text(role, OLD), text("You are somebody else.", NEW))
    left, shared = told_once([agent("a", own), edit("b")])
    (row,) = left[0].rows
    assert [one.kind for one in row.prose.passages if one.kind != "same"] == ["changed", "shared"]
    assert (row.prose.shared, len(shared[0].row.prose.passages)) == ((1,), 1)


def test_agents_without_other_changes_are_covered():
    left, _ = told_once([edit("a"), edit("b", notes=("found by its name",))])
    assert [block.covered for block in left] == [True, False]


def test_nothing_is_lost_or_shown_twice():
    blocks = [edit("a"), edit("b"), number("c", 1, 2), number("d", 1, 2), number("e", 1, 2)]
    left, shared = told_once(blocks)
    told = sum(len(one.agents) for one in shared) + sum(len(block.rows) for block in left)
    assert told == sum(len(block.rows) for block in blocks) == 5


def texts(*pairs):
    """Agents a, b, …, each with a prompt before and after."""
    return [
        agent(key, change("preamble", *pair))
        for key, pair in zip("abcdefghijklmnop", pairs, strict=False)
    ]


def told(blocks):
    """The shared changes, then each agent's own diff: signs, text, numbers in place."""
    left, shared = told_once(blocks)
    lines = [
        f"{one.number} on {','.join(one.agents)}: {' / '.join(signs(one.row.prose))}"
        for one in shared
    ]
    for block in left:
        lines += [f"{block.key}: {' / '.join(signs(row.prose))}" for row in block.rows]
    return lines


def signs(found):
    for one in found.passages:
        if one.kind == "same":
            yield f"={one.count}"
        elif one.kind == "shared":
            yield f"{one.count} in {one.shared}"
        for sign, spans in (("-", one.before), ("+", one.after)):
            if spans:
                yield f"{sign} {''.join(span.text for span in spans)}"


SALON = "# Role\nYou answer for a hair salon."
GARAGE = "# Role\nYou answer for a garage."
RULES = "# Rules\nSpeak slowly to older callers."
OPENING = "Good morning and welcome to the group."
WELCOME = "Hello, this is the assistant of your branch."
OPENING_AR = "أهلاً بك في مجموعة عيادات النور."
WELCOME_AR = "السلام عليكم، معك مساعد الفرع الآلي."
NEW_RULES = "## Money\n- Never say a price.\n---\nSay that prices are on the website."

TORN = [
    pytest.param(
        (SALON, f"{SALON}\n---\n## Examples\n```\nCaller: a cut for Monday\n```"),
        (GARAGE, f"---\n{GARAGE}\n{RULES}\n## Examples\n```\nCaller: my brakes squeak\n```"),
        [
            "a: =2 / + --- / + ## Examples / + ``` / + Caller: a cut for Monday / + ```",
            (
                "b: + --- / =2 / + # Rules / + Speak slowly to older callers."
                " / + ## Examples / + ``` / + Caller: my brakes squeak / + ```"
            ),
        ],
        id="fences, rules and headings alone are no shared change",
    ),
    pytest.param(
        (f"{SALON}\n}}", f"{SALON}\n{{\n}}\n- Yes\n**Important:**\n## القواعد"),
        (f"{GARAGE}\n}}", f"{GARAGE}\n{{\n}}\n- Yes\n**Important:**\n## القواعد"),
        [
            "a: =2 / + { / =1 / + - Yes / + **Important:** / + ## القواعد",
            "b: =2 / + { / =1 / + - Yes / + **Important:** / + ## القواعد",
        ],
        id="braces, short items and labels neither",
    ),
    pytest.param(
        (SALON, f"{SALON}\n{NEW_RULES}"),
        (f"{GARAGE}\n{RULES}", f"{GARAGE}\n{NEW_RULES}\n{RULES}"),
        [
            (
                "1 on a,b: + ## Money / + - Never say a price. / + ---"
                " / + Say that prices are on the website."
            )
        ],
        id="a run of neighbours is shared whole, with its heading and its rule",
    ),
    pytest.param(
        (SALON, f"{SALON}\n{NEW_RULES}\nAsk which hairdresser they like best."),
        (GARAGE, f"{GARAGE} Be brief.\n{NEW_RULES}"),
        [
            (
                "1 on a,b: + ## Money / + - Never say a price. / + ---"
                " / + Say that prices are on the website."
            ),
            "a: =2 / 4 in 1 / + Ask which hairdresser they like best.",
            "b: =1 / - You answer for a garage. / + You answer for a garage. Be brief. / 4 in 1",
        ],
        id="each agent's own diff names it at its own place",
    ),
]


@pytest.mark.parametrize(("one", "other", "expected"), TORN)
def test_no_diff_is_split_by_shared_changes(one, other, expected):
    assert told(texts(one, other)) == expected


GREETINGS = [
    pytest.param(OPENING, WELCOME, id="English"),
    pytest.param(OPENING_AR, WELCOME_AR, id="Arabic"),
]


@pytest.mark.parametrize(("before", "after"), GREETINGS)
def test_a_greeting_that_changed_on_many_agents_is_one_shared_change(before, after):
    pairs = [
        (f"{before}\nI speak for branch {n}.", f"{after}\nI speak for branch {n}.")
        for n in range(15)
    ]
    extra = (f"I speak for branch {99}.\nBye.", f"{after}\nI speak for branch {99}.\nBye.")
    found = told(texts(*pairs, extra))
    assert found == [
        f"1 on a,b,c,d,e,f,g,h,i,j,k,l,m,n,o: - {before} / + {after}",
        f"p: + {after} / =2",
    ]
