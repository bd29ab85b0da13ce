"""Walks through flows, offline: which exits are open, what is said, what written walks expect."""

from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reconciler.jsonvalues import Secret
from reconciler.kinds.flow import form, steps, trials, walk
from reconciler.kinds.flow.steps import Refused, Step
from reconciler.kinds.flow.trials import Expected, Failure, Taken, Trial
from reconciler.kinds.flow.values import compared, filled, verdict
from reconciler.sandbox.seed import load_seed
from tests.test_flow_form import FLOWS

Shape = dict[str, Any]
(CLINIC,) = (
    record.fields for record in load_seed("v2") if len(record.fields.get("workflow", {})) > 1
)

DESK: Mapping[str, Shape] = {
    "greet": {
        "type": "start",
        "messageType": "static",
        "message": "Hello {{caller || you}}, {{clinic}} here",
        "extractVariables": {"intent": {"extractionPrompt": "what the caller wants"}},
        "transitions": [
            {"natural_language": "the caller wants to book", "to": "init"},
            {"natural_language": "the caller wants to cancel", "to": "bye"},
            {"natural_language": "the caller wants to sing", "enabled": False, "to": "init"},
            {"dtmf": "9", "to": "bye"},
        ],
    },
    "init": {
        "type": "set_local_variables",
        "staticVariables": {"mobile": "{{user_number}}", "copy": "n{{mobile}}"},
        "next": "find",
    },
    "find": {
        "type": "tool",
        "processingMessage": "One moment",
        "errorMessage": "No file for {{mobile}}",
        "extractVariables": {"count": {"extractionPrompt": "result.count"}},
        "on_success": "route",
        "on_failure": "ask",
    },
    "route": {
        "type": "router",
        "transitions": [
            {"all": [{"count": {"equals": 1}}], "to": "found"},
            {"any": [{"count": {"greater_than": "1"}}, {"many": {"exists": ""}}], "to": "ask"},
        ],
        "else": None,
    },
    "found": {
        "type": "conversation",
        "messageType": "static",
        "message": "Found you",
        "transitions": [{"auto": None, "to": "bye"}],
    },
    "ask": {
        "type": "conversation",
        "message": "Ask {{caller}} which {% if many %}one{% endif %}",
        "transitions": [
            {"natural_language": "تريد حجزَ موعدٍ", "to": "bye"},
            {"natural_language": "", "to": "greet"},
        ],
    },
    "hours": {
        "type": "conversation",
        "isGlobal": True,
        "globalCondition": "asks for opening hours",
        "globalReturnToSource": True,
        "messageType": "static",
        "message": "Nine to five",
    },
    "operator": {
        "type": "transfer_call",
        "isGlobal": True,
        "globalConditionType": "dtmf",
        "globalDtmfKey": "0",
        "transferMessageType": "static",
        "transferMessage": "I put you through",
        "on_failure": "bye",
    },
    "bye": {"type": "end_call", "messageType": "static", "finalMessage": "Bye {{caller}}"},
}


def step(written: str | Shape) -> Step:
    """A step as tests write it: words, or `{when: detail}` with `to` and `set`."""
    if isinstance(written, str):
        return Step(words=written)
    kinds = {name: value for name, value in written.items() if name not in ("to", "set")}
    ((when, detail),) = kinds.items() or (("", ""),)
    return Step(
        when=when, detail=detail or "", to=written.get("to", ""), sets=written.get("set", {})
    )


def go(*written: str | Shape, views: Mapping[str, Shape] = DESK, **start: Any) -> walk.Walk:
    now = walk.begin(views, start)
    for number, one in enumerate(written):
        after = trials.played(now, step(one), number)
        assert isinstance(after, walk.Walk), after
        now = after
    return now


def said(now: walk.Walk) -> list[str]:
    return [one.text for one in now.events if one.kind == "says"]


BOOK = "the caller wants to book"
ONE: Shape = {"on_success": None, "set": {"count": 1}}


@pytest.mark.parametrize(
    ("taken", "at", "end", "says"),
    [
        ((), "greet", "", ["Hello you, {{clinic}} here"]),
        ((BOOK,), "find", "", ["Hello you, {{clinic}} here", "One moment"]),
        (("to book",), "find", "", ...),
        (("cancel",), "bye", "end_call", ...),
        (({"dtmf": "9"},), "bye", "end_call", ...),
        (({"to": "init"},), "find", "", ...),
        ((BOOK, ONE), "bye", "end_call", [..., ..., "Found you", "Bye {{caller}}"]),
        ((BOOK, {"set": {"count": "1"}}, "on_success"), "bye", "end_call", ...),
        ((BOOK, {"set": {"many": "x"}}, "on_success"), "ask", "", ...),
        ((BOOK, "on_success"), "route", "nowhere", ...),
        ((BOOK, "on_failure"), "ask", "", [..., ..., "No file for {{user_number}}"]),
        ((BOOK, "on_failure", "تريد حجز موعد"), "bye", "end_call", ...),
        ((BOOK, "on_failure", {"to": "greet"}), "greet", "", ...),
        (({"dtmf": "0"},), "operator", "transfer", [..., "I put you through"]),
        (({"dtmf": "0"}, "on_failure"), "bye", "end_call", [..., ..., "Bye {{caller}}"]),
        (("opening hours",), "greet", "", [..., "Nine to five"]),
        (("opening hours", BOOK), "find", "", ...),
    ],
)
def test_a_walk(taken: tuple[Any, ...], at: str, end: str, says: Any) -> None:
    now = go(*taken)
    assert (now.at, now.end) == (at, end)
    if says is not ...:
        found = said(now)
        assert [
            one if want is not ... else ... for one, want in zip(found, says, strict=True)
        ] == says


def test_variables_are_filled_where_they_are_known() -> None:
    now = go(BOOK, "on_failure", caller="Sara", clinic="Nour", user_number="050")
    assert said(now)[0] == "Hello Sara, Nour here"
    assert (now.variables["mobile"], now.variables["copy"]) == ("050", "n050")
    prompts = [one.text for one in now.events if one.kind == "prompt"]
    assert prompts == ["Ask Sara which {% if many %}one{% endif %}"]


def test_the_choices_at_a_node_in_words() -> None:
    assert [*map(steps.told, go().choices)] == [
        '"the caller wants to book" → init',
        '"the caller wants to cancel" → bye',
        "key 9 → bye",
        'global: "asks for opening hours" → hours',
        "global: key 0 → operator",
    ]
    assert [*map(steps.told, go(BOOK).choices)] == ["on_success → route", "on_failure → ask"]
    assert [*map(steps.told, go({"dtmf": "0"}).choices)] == ["on_failure → bye"]


@pytest.mark.parametrize(
    ("written", "why"),
    [
        ("sing", "disabled"),
        ("wants to", "several"),
        ("the caller", "several"),
        ("dance", "none"),
        ({"dtmf": "5"}, "none"),
        ({"natural_language": "book", "to": "bye"}, "none"),
        ("on_success", "none"),
        ("", "several"),
    ],
)
def test_steps_that_name_no_single_exit(written: str | Shape, why: str) -> None:
    found = steps.chosen(go(), step(written))
    assert isinstance(found, Refused)
    assert found.why == why


def test_an_own_exit_wins_over_a_global_one() -> None:
    views = {**DESK, "greet": {"type": "start", "transitions": [{"dtmf": "0", "to": "bye"}]}}
    assert go({"dtmf": "0"}, views=views).at == "bye"
    assert go({"to": "operator"}, views=views).at == "operator"


def test_equations_among_exits_of_a_conversation() -> None:
    """One that holds goes by itself if nothing before it needs a choice."""
    equation = {"all": [{"day": {"equals": "Friday"}}], "to": "bye"}
    words = {"natural_language": "a question", "to": "ask"}
    auto = {"auto": None, "to": "found"}

    def at(*transitions: Shape, **start: Any) -> tuple[str, list[str | None]]:
        views = {**DESK, "greet": {"type": "start", "transitions": [*transitions]}}
        now = go(views=views, **start)
        return now.at, [turn.to for turn in now.choices if not turn.anywhere]

    assert at(equation, words, day="Friday")[0] == "bye"
    assert at(equation, words, day="Monday") == ("greet", ["ask"])
    assert at(words, equation, day="Friday") == ("greet", ["ask", "bye"])
    assert at(words, auto) == ("greet", ["ask", "found"])
    assert at(equation, auto)[0] == "bye", "found goes on by itself"
    assert at({**auto, "enabled": False}, words) == ("greet", ["ask"])
    assert at({**equation, "all": [{"call_type": {"equals": "phone"}}]}, auto) == (
        "greet",
        ["bye", "found"],
    ), "the value of a system variable is not known"
    assert at({"after_user_reply": None, "to": "ask"}) == ("greet", ["ask"])
    assert at() == ("greet", [])


def test_giving_a_value_takes_an_exit_that_it_opens() -> None:
    start = {
        "type": "start",
        "transitions": [
            {"all": [{"day": {"equals": "Friday"}}], "to": "bye"},
            {"natural_language": "a question", "to": "ask"},
        ],
    }
    now = go({"set": {"day": "Friday"}}, views={**DESK, "greet": start})
    assert (now.at, now.end) == ("bye", "end_call")
    both = {"natural_language": "question", "set": {"day": "Friday"}}
    assert go(both, views={**DESK, "greet": start}).at == "ask", "the exit that is named"


def test_rings_of_automatic_exits_are_found() -> None:
    ring: Mapping[str, Shape] = {
        "s": {"type": "start", "transitions": [{"auto": None, "to": "a"}]},
        "a": {"type": "set_local_variables", "staticVariables": {"x": "1"}, "next": "b"},
        "b": {"type": "router", "transitions": [], "else": "a"},
    }
    now = go(views=ring)
    assert (now.end, now.ring, now.choices) == ("loop", ("a", "b"), ())
    growing = {**ring, "a": {**ring["a"], "staticVariables": {"x": "{{x}}{{x}}"}}}
    assert go(views=growing, x="ab").end == "loop"
    counting = {
        **ring,
        "b": {
            "type": "router",
            "transitions": [{"all": [{"x": {"equals": "1"}}], "to": "c"}],
            "else": "a",
        },
        "c": {"type": "end_call"},
    }
    assert go(views=counting).at == "c"


def test_a_return_to_the_interrupted_node() -> None:
    talk = {**DESK["hours"], "transitions": [{"natural_language": "more", "to": "ask"}]}
    views = {**DESK, "hours": talk}
    asked = go("opening hours", views=views)
    assert [*map(steps.told, asked.choices)][:2] == ['"more" → ask', "return → greet"]
    assert go("opening hours", "return", views=views).at == "greet"
    assert go("opening hours", "more", views=views).sources == ()
    assert go("opening hours", {"dtmf": "0"}, views=views).end == "transfer"


def test_nodes_without_a_way_out() -> None:
    views: Mapping[str, Shape] = {
        "s": {
            "type": "start",
            "transitions": [
                {"natural_language": "odd", "to": "odd"},
                {"natural_language": "shut", "to": "shut"},
                {"natural_language": "lost", "to": "gone"},
                {"condition": {"type": "new"}, "to": "odd"},
            ],
        },
        "odd": {"verbatim": {"type": "hologram", "transitions": {"to": "s"}}},
        "shut": {"type": "router", "transitions": [{"all": [{"a": {"equals": 1}}], "to": "s"}]},
    }
    for words, at, end in (
        ("odd", "odd", "unreadable"),
        ("shut", "shut", "stuck"),
        ("lost", "s", "nowhere"),
    ):
        now = go({"natural_language": words}, views=views)
        assert (now.at, now.end) == (at, end)
    with pytest.raises(ValueError, match="no start"):
        walk.begin({"a": {"type": "router"}}, {})


@pytest.mark.parametrize(
    ("value", "operator", "wanted", "holds"),
    [
        ("1", "equals", 1, True),
        (1, "equals", "1.0", True),
        ("007", "equals", "7", False),
        (True, "equals", "true", True),
        ("Book", "equals", "book", False),
        (None, "equals", "", True),
        (None, "not_equals", "x", True),
        ("10", "greater_than", "9", True),
        (2, "less_than_or_equal", "2", True),
        ("2026-01-02", "less_than", "2026-02-01", True),
        (None, "less_than", 5, False),
        ("many", "greater_than_or_equal", 1, False),
        ("a b", "contains", "b", True),
        (["1", "2"], "contains", 2, True),
        (None, "not_contains", "b", True),
        ("", "exists", "", False),
        (0, "exists", "", True),
        (None, "not_exists", None, True),
        ([], "is_empty", "", True),
        ("x", "is_not_empty", "", True),
        ("0501234567", "regex", "^05[0-9]{8}$", True),
        ("x", "regex", "(", None),
        ("a" * 40, "regex", "(a+)+$", None),
        ("a" * 40, "regex", ".*.*.*.*b", None),
        ("x", "sounds_like", "x", None),
        (Secret("KEY", "x"), "equals", "x", None),
        ("Nour", "equals", "{{clinic}}", True),
    ],
)
def test_operators(value: Any, operator: str, wanted: Any, holds: Any) -> None:
    known = {"clinic": "Nour"} if value is None else {"v": value, "clinic": "Nour"}
    assert compared("v", operator, wanted, known) is holds


def test_equations_of_several_comparisons() -> None:
    yes, no, odd = ("a", "equals", 1), ("a", "equals", 2), ("call_id", "equals", 1)
    known = {"a": "1"}
    assert [verdict("all", tests, known) for tests in ([yes, yes], [yes, no], [yes, odd], [])] == [
        True,
        False,
        None,
        True,
    ]
    assert [verdict("any", tests, known) for tests in ([no, yes], [no, no], [no, odd], [])] == [
        True,
        False,
        None,
        False,
    ]
    assert compared("call_id", "exists", "", {}) is True


def test_texts_are_filled() -> None:
    known = {"a": 1, "b": ["x"], "c": "", "key": Secret("KEY", "s3cret")}
    for text, expected in (
        ("{{a}}", 1),
        ("{{ a }} {{c}} {{c || none}} {{d || 'you'}}", "1 {{c}} none you"),
        ("{{b}}", ["x"]),
        ({"x": ["{{a}}!"]}, {"x": ["1!"]}),
        ("k={{key}}", "k=(sensitive)"),
        ("{{ a | upper }} {% set a = 2 %}", "{{ a | upper }} {% set a = 2 %}"),
        (7, 7),
    ):
        assert filled(text, known) == expected


# Written walks


NOTHING = Expected()


def fails(trial: Trial, views: Mapping[str, Shape] = DESK, **defaults: Any) -> list[Failure]:
    return [*trials.failures(views, defaults, trial)]


def trial(*taken: str | Shape | Taken, expect: Expected = NOTHING, **start: Any) -> Trial:
    found = [one if isinstance(one, Taken) else Taken(step=step(one)) for one in taken]
    return Trial(name="t", start=start, take=found, expect=expect)


def expected(node: str = "", says: str = "", prompt: str = "", **variables: Any) -> Expected:
    told = {"says": (says,) * bool(says), "prompt": (prompt,) * bool(prompt)}
    return Expected(node=node, **told, variables=variables)


@pytest.mark.parametrize(
    "good",
    [
        trial(BOOK, ONE, expect=expected("bye", "found you".capitalize(), count="1")),
        trial(BOOK, ONE, caller="Sara", anything="x", expect=expected("bye", "Bye  {{caller}}")),
        trial(expect=expected("greet", "Nour here", caller=None), clinic="Nour"),
        trial(BOOK, "on_failure", expect=expected("ask", "No file", "Ask")),
        trial(
            Taken(step=step(BOOK), expect=expected("find", "One moment")),
            "on_failure",
            expect=expected("ask"),
        ),
        trial({"dtmf": "0"}, expect=expected("operator", "through")),
        trial(BOOK, "on_success"),
    ],
)
def test_trials_that_pass(good: Trial) -> None:
    assert fails(good) == []


@pytest.mark.parametrize(
    ("bad", "place", "message", "more"),
    [
        (trial("caller wants to bok"), ("take", 0), "names no exit of `greet`", "did you mean"),
        (trial(BOOK, "on_sucess"), ("take", 1), "step 2, `on_sucess`, names no", "`on_success`"),
        (trial("wants to"), ("take", 0), "fits 2 exits of `greet`", '"the caller wants to cancel"'),
        (trial("sing"), ("take", 0), "names a disabled exit of `greet`", "never taken"),
        (
            trial("cancel", BOOK),
            ("take", 1),
            "has ended at `bye` (the call ends there) before step 2",
            "with no var",
        ),
        (trial({"dtmf": "0"}, BOOK), ("take", 1), "ended at `operator` (the call is", "on_failure"),
        (
            trial(BOOK, "on_success", "x"),
            ("take", 2),
            "ended at `route` (that exit leads nowhere) before step 3",
            "that exit leads nowhere",
        ),
        (
            trial(BOOK, ONE, expect=expected("ask")),
            ("expect", "node"),
            "the walk ends at `bye`, not at `ask`",
            "count = 1",
        ),
        (
            trial(expect=expected("bye")),
            ("expect", "node"),
            "too few steps: the walk waits at `greet` and has not reached `bye`",
            "add the steps",
        ),
        (
            trial(BOOK, ONE, expect=expected("found")),
            ("expect", "node"),
            "the walk ends at `bye`, not at `found`",
            "its way: greet → init → find → route → found → bye",
        ),
        (
            trial(expect=expected("gret")),
            ("expect", "node"),
            "the flow has no node `gret`",
            "did you mean `greet`?",
        ),
        (
            trial(BOOK, expect=expected(says="Two moments")),
            ("expect", "says"),
            'the walk does not say "Two moments" after the last step, up to `find`',
            '"One moment"',
        ),
        (
            trial(BOOK, expect=expected(says="Hello")),
            ("expect", "says"),
            "does not say",
            "`greet` has it, before the last step",
        ),
        (
            trial(BOOK, "on_failure", expect=expected(says="which")),
            ("expect", "says"),
            "does not say",
            "expect it with `prompt:`",
        ),
        (
            trial(BOOK, expect=expected(prompt="moment")),
            ("expect", "prompt"),
            "no prompt contains",
            "expect it with `says:`",
        ),
        (
            trial(BOOK, {"set": {"count": 2}}, expect=expected(count="3")),
            ("expect", "vars", "count"),
            "variable `count` has another value at `find`",
            '"2"',
        ),
        (
            trial(BOOK, expect=expected(mobil="3")),
            ("expect", "vars", "mobil"),
            "variable `mobil` has no value at `find`",
            "did you mean `mobile`?",
        ),
        (
            trial(Taken(step=step(BOOK), expect=expected("ask")), "nonsense"),
            ("take", 0, "expect", "node"),
            "too few steps",
            "add the steps",
        ),
    ],
)
def test_each_failure_of_a_trial(bad: Trial, place: trials.Place, message: str, more: str) -> None:
    (found,) = fails(bad)
    assert found.place == place
    assert message in found.message
    assert more in f"{found.message} {found.found} {found.allowed} {found.hint}"


def test_all_that_is_not_as_expected_is_found_at_once() -> None:
    found = fails(trial(BOOK, expect=expected("bye", "x", "y", a="1", b="2")))
    assert [one.place[1:] for one in found] == [
        ("node",),
        ("says",),
        ("prompt",),
        ("vars", "a"),
        ("vars", "b"),
    ]


def test_a_closed_equation_a_ring_and_a_flow_without_a_start() -> None:
    equation = {"all": [{"day": {"equals": "Friday"}}], "to": "bye"}
    words = {"natural_language": "a question", "to": "ask"}
    views = {**DESK, "greet": {"type": "start", "transitions": [words, equation]}}
    (closed,) = fails(trial({"to": "bye"}, day="Monday"), views)
    assert (
        closed.message == "step 1, `to bye`, names an exit of `greet` whose equation does not hold"
    )
    assert (closed.found, closed.hint) == (
        "at `greet`, with day = Monday",
        "the exit: day equals Friday → bye",
    )
    ring = {
        "s": {"type": "start", "transitions": [{"dtmf": "1", "to": "a"}]},
        "a": {"type": "router", "transitions": [], "else": "a"},
    }
    (endless,) = fails(trial({"dtmf": "1"}, expect=expected("b")), ring)
    assert endless.place == ("take", 0)
    assert "the walk from `a` runs in a ring" in endless.message
    assert endless.found == "a → a; no variable set"
    (at_once,) = fails(trial(), {"s": {"type": "start", "transitions": [{"auto": 0, "to": "s"}]}})
    assert at_once.place == ()
    (none,) = fails(trial(), {"a": {"type": "router"}})
    assert none.message == "the flow has no start node"


def test_the_flow_of_a_clinic_is_walked() -> None:
    read = form.read(CLINIC["workflow"], CLINIC["webTools"])
    assert read is not None
    views, defaults = read.written["nodes"], read.written["customVariables"]
    booked = trial(
        "المتصل يريد حجز موعد جديد",
        {"on_success": None, "set": {"patient_count": 1, "patient_name": "سارة"}},
        expect=expected(
            "conversation_وجدت_ملفا_واحدا_بهذا", prompt="باسم سارة", journey="book", branch="العليا"
        ),
    )
    assert fails(booked, views, **defaults) == []


@settings(max_examples=60)
@given(FLOWS, st.lists(st.integers(0, 9), max_size=6))
def test_any_flow_can_be_walked(workflow: Shape, numbers: list[int]) -> None:
    read = form.read(workflow)
    if read is None or walk.start_of(read.written["nodes"]) is None:
        return
    now = walk.begin(read.written["nodes"], {})
    for number in numbers:
        assert now.end or now.choices
        if not now.choices:
            break
        turn = now.choices[number % len(now.choices)]
        assert turn.enabled
        assert steps.told(turn)
        now = walk.take(now, turn)
        assert trials.values(now)
