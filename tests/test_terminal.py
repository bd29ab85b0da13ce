"""Plans and results as text, at two widths and on a pipe."""

import io
import re

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from rich.cells import cell_len

from reconciler.errors import Problem
from reconciler.model import Difference, Outcome, Plan, Status
from reconciler.render import plans, results, terminal
from tests.build import action, change
from tests.projects import Terminal
from tests.samples import planned

ANSI = re.compile(r"\x1b\[[0-9;]*m")
COLOUR = re.compile(r"\x1b\[(?:[0-9]+;)*3[0-7](?:;[0-9]+)*m")

BEFORE = """# الدور
أنت موظف استقبال في عيادة النور، تجيب على الهاتف.

## القواعد
- كن مختصراً.
- لا تعد بموعد قبل أن تراه في التقويم.
- لا تذكر أسعاراً.

## Closing
Thank {{caller}} and end the call."""
AFTER = """# الدور
أنت موظف استقبال في عيادة النور، تجيب على الهاتف.

## القواعد
- كن مختصراً.
- لا تعد بموعد قبل أن تراه في التقويم.
- لا تذكر أسعاراً، بل اطلب من المتصل زيارة الموقع.

## Closing
Thank {{caller}} by name, then say goodbye and end the call."""
NINE, TEN = {"from": "09:00", "to": "12:00"}, {"from": "10:00", "to": "12:00"}


def secret(path, cause="edit"):
    return change(path, None, None, cause, "reach", readable=False, sensitive=True)


DESK = action(
    "update",
    "front-desk",
    "عيادة النور",
    change("preamble", BEFORE, AFTER),
    change("silenceThreshold", 800, 600, "drift", unit="ms"),
    change("lang", "en", "ar", "conflict", "spoken"),
    change("params", {"caller": "guest", "fee": 150}, {"caller": "ضيفنا", "day": None}, "edit"),
    change(
        "googleCalendarSettings.freeSlots",
        {"Monday": [NINE], "Friday": [NINE]},
        {"Monday": [TEN]},
        impact="reach",
    ),
    change("tools.smartCallEnd", None, after=True, cause="untracked", readable=False),
    secret("googleCalendarSettings.accessToken"),
    ignored=(change("pokeMessages", ["a"], ["b"]),),
    id="48f7656f",
    notes=("found by its name",),
)
PLAN = Plan(
    environment="test",
    url="sandbox",
    salt="",
    agents=9,
    actions=(
        DESK,
        action(
            "create",
            "night-desk",
            "Night desk",
            change("agentName", None, "Night desk"),
            change("preamble", None, AFTER),
            secret("llmConfig.apiKey"),
        ),
        action(
            "blocked",
            "old-flow",
            "Old flow",
            id="7",
            reason="`tools` is sent whole, and `tools.genderDetection` cannot be read back: "
            "declare it too, or it could be cleared",
        ),
        action("record", "quiet", "Quiet", id="8"),
        action("in-sync", "same", "Same", id="9", ignored=(change("outcome", "a", "b"),)),
        action("unmanaged", "", "Made by hand", id="10"),
    ),
)


XTERM = {"TERM": "xterm-256color", "COLUMNS": "80"}


def shown(plan, file=None, color="auto", **env):
    """A plan printed to a stream: a pipe unless another is given."""
    out = file or io.StringIO()
    terminal.show_sheet(terminal.console(out, color, XTERM | env), plans.sheet(planned(plan)))
    return out.getvalue()


def lines(text):
    """The lines of an output, without isolates and the blanks that wrapping leaves."""
    return "\n".join(line.rstrip() for line in re.sub("[\u2066-\u2069]", "", text).split("\n"))


PIPED = """\
Legend: - live now → + your files

~ front-desk  عيادة النور  update, 7 fields, found by its name
    “عيادة النور” speaks Arabic instead of English, follows different instructions, waits for 600 \
milliseconds of silence instead of 800 before it answers, fills placeholders differently, ends \
the call by itself, closes for bookings on Friday, takes bookings at other hours on Monday, \
and gets the access token for its calendar.
    note: both the files and the dashboard changed `lang`: apply writes this agent with \
--overwrite only, and the files win; pull takes the live values
  spoken at once
    ! lang: "en" → "ar"  [conflict]  changed here and live since the last apply; \
the last applied value is not kept here
  behaviour
    ~ preamble  paragraphs: 2 changed, 6 unchanged  [edit]
        │      ⋯ 5 unchanged: الدور
        │      § القواعد
        │  7 - - لا تذكر ⟦أسعاراً.⟧
        │  7 + - لا تذكر ⟦أسعاراً، بل اطلب من المتصل زيارة الموقع.⟧
        │      ⋯ 1 unchanged
        │      § Closing
        │ 10 - Thank {{caller}} and end the call.
        │ 10 + Thank {{caller}} ⟦by name, then say goodbye⟧ and end the call.
    ~ silenceThreshold: 800 → 600 ms  [drift]  changed live since the last apply
    ~ params  [edit]
        │ caller: "guest" → "ضيفنا"
        │ day: + null
        │ fee: - 150
    ? tools.smartCallEnd: true  [untracked]  cannot be read back; sent once
    · pokeMessages  differs live; ignored, so left to the dashboard
  reach
    ~ googleCalendarSettings.freeSlots  [edit]
        │ Monday[0].from: "09:00" → "10:00"
        │ Friday: - [{"from": "09:00", "to": "12:00"}]
    ? googleCalendarSettings.accessToken: (sensitive)  [edit]  a secret, not compared with \
live; changed in the files

+ night-desk  Night desk  create, 3 fields
    “Night desk” is new: it follows instructions of its own and gets the key to its language model.
  behaviour
    + agentName: "Night desk"
    + preamble: text of 48 words on 10 lines
        │  1 + # الدور
        │  2 + أنت موظف استقبال في عيادة النور، تجيب على الهاتف.
        │  4 + ## القواعد
        │  5 + - كن مختصراً.
        │  6 + - لا تعد بموعد قبل أن تراه في التقويم.
        │  7 + - لا تذكر أسعاراً، بل اطلب من المتصل زيارة الموقع.
        │  9 + ## Closing
        │ 10 + Thank {{caller}} by name, then say goodbye and end the call.
  reach
    + llmConfig.apiKey: (sensitive)

! old-flow  Old flow  blocked
    blocked: `tools` is sent whole, and `tools.genderDetection` cannot be read back: declare it \
too, or it could be cleared

Ignored, left to the dashboard: same outcome
Unmanaged, in no file: Made by hand (10)
In sync, but not in the state yet; apply remembers them: quiet

Plan for test: 1 to create, 1 to update (4 edit, 1 drift, 1 conflict, 1 untracked), \
1 blocked; 10 fields: 1 spoken, 6 behaviour, 3 reach; 2 in sync, 1 unmanaged.
"""


@pytest.mark.parametrize("width", [80, 120])
def test_a_plan_on_a_terminal_is_broken_between_words_and_indented(width):
    printed = lines(shown(PLAN, Terminal(), "never", COLUMNS=str(width)))
    assert max(map(cell_len, printed.split("\n"))) <= width
    whole = [" ".join(line.split()) for line in PIPED.replace("│", "").split("\n")]
    assert " ".join(printed.replace("│", "").split()) == " ".join(" ".join(whole).split())
    assert all(line == line.rstrip() for line in printed.split("\n"))


def test_a_plan_on_a_pipe_is_never_broken():
    assert lines(shown(PLAN)) == PIPED


NARROW = """\
Legend: - live now → + your files

~ k  n  update, 1 field
    “n” follows rewritten instructions.
  behaviour
    ~ preamble  [edit]
        │ - Say hello to the caller and wait.
        │ + one two three one two three one two
        │   three one two three one two three

Plan for t: 0 to create, 1 to update (1 edit); 1
  field: 1 behaviour; 0 in sync.
"""


def test_a_wrapped_line_of_a_prompt_keeps_its_bar():
    long = change("preamble", "Say hello to the caller and wait.", ("one two three " * 5).strip())
    actions = (action("update", "k", "n", long),)
    plan = Plan(environment="t", url="", salt="", agents=1, actions=actions)
    assert lines(shown(plan, Terminal(), "never", COLUMNS="50")) == NARROW


QUIET = [
    pytest.param((), "No changes in test: 0 in sync.\n", id="nothing"),
    pytest.param(
        (action("in-sync", "a", "A"),), "No changes in test: 1 in sync.\n", id="all in sync"
    ),
    pytest.param(
        (action("record", "a", "A"), action("record", "b", "B")),
        "In sync, but not in the state yet; apply remembers them: a, b\n\n"
        "No changes in test: 2 in sync.\n",
        id="yet to be remembered",
    ),
    pytest.param(
        tuple(action("unmanaged", "", f"A{i}", id=str(i)) for i in range(5)),
        "Unmanaged, in no file: A0 (0), A1 (1), A2 (2), A3 (3), A4 (4)\n\n"
        "No changes in test: 0 in sync, 5 unmanaged.\n",
        id="five in no file",
    ),
    pytest.param(
        tuple(action("unmanaged", "", f"A{i}", id=str(i)) for i in range(7)),
        "Unmanaged, in no file: A0 (0), A1 (1), A2 (2), A3 (3), A4 (4) and 2 more\n\n"
        "No changes in test: 0 in sync, 7 unmanaged.\n",
        id="many in no file",
    ),
    pytest.param(
        (action("unmanaged", "", "", id="1"),),
        "Unmanaged, in no file: (no name) (1)\n\nNo changes in test: 0 in sync, 1 unmanaged.\n",
        id="an agent without a name",
    ),
    pytest.param(
        (action("update", "k", "n", change("outcome", "a", None), notes=("a note " * 9,), id="1"),),
        "Legend: - live now → + your files\n\n"
        "~ k  n  update, 1 field\n    “n” no longer writes up calls.\n"
        f"    note: {('a note ' * 9).strip()}\n"
        '  behaviour\n    ~ outcome: "a" → null  [edit]\n\n'
        "Plan for test: 0 to create, 1 to update (1 edit); 1 field: 1 behaviour; 0 in sync.\n",
        id="a long note on its own line",
    ),
]


@pytest.mark.parametrize(("actions", "expected"), QUIET)
def test_agents_without_changes_are_counted(actions, expected):
    plan = Plan(environment="test", url="", salt="", agents=9, actions=actions)
    assert lines(shown(plan)) == expected


COLOURS = [
    # the stream, --color, the environment, whether there is ANSI, whether there is colour
    ("pipe", "auto", {}, False, False),
    ("pipe", "never", {"FORCE_COLOR": "1"}, False, False),
    ("pipe", "always", {}, True, True),
    ("pipe", "always", {"NO_COLOR": "1"}, True, True),
    ("pipe", "auto", {"FORCE_COLOR": "1"}, True, True),
    ("terminal", "auto", {}, True, True),
    ("terminal", "auto", {"TERM": "dumb"}, False, False),
    ("terminal", "auto", {"NO_COLOR": "1"}, True, False),
    ("terminal", "never", {}, False, False),
    ("terminal", "always", {"NO_COLOR": "1"}, True, True),
]


@pytest.mark.parametrize(("stream", "color", "env", "styled", "coloured"), COLOURS)
def test_colour_is_for_terminals_and_for_who_asks(stream, color, env, styled, coloured):
    printed = shown(PLAN, Terminal() if stream == "terminal" else io.StringIO(), color, **env)
    assert bool(ANSI.search(printed)) is styled
    assert bool(COLOUR.search(printed)) is coloured
    assert ("⟦" in printed) is not styled


def test_without_its_styles_a_coloured_plan_is_the_plain_one_but_for_brackets():
    coloured = ANSI.sub("", shown(PLAN, io.StringIO(), "always"))
    assert lines(coloured) == re.sub("[⟦⟧]", "", PIPED)


def test_changed_words_are_marked_by_style_if_there_are_styles():
    printed = shown(PLAN, io.StringIO(), "always")
    assert "\x1b[1;7;32mby name, then say goodbye\x1b[0m" in printed


HOSTILE = "\n::error::owned\r\n::add-mask::x\x1b[2J\x1b]0;t\x07\u202e\x9b1m\t[red]:boom:[/red]"
ours = re.compile(
    r"[~!+=] |    [~!+?·] | {8}│|    (blocked|note|breaking): |    [\u2066\u2067]?“"
    r"|  (spoken at once|behaviour|reach|silent|cosmetic)$|$"
    r"|(Ignored|Unmanaged), |Plan for |Legend: "
)


def hostile(text):
    """A plan with this text in every place that others can write."""
    changes = [
        change("preamble", f"a\n{text}", f"{text}\nb\n{text}"),
        change("lang", text[:30], "x"),
        change("outcome", None, text),
        change("params", {text: text, "b": [text]}, {text: 1, "b": [text, text]}),
    ]
    actions = [
        action("update", "k", text, *changes, notes=(text,), id=text),
        action("create", "n", text, change("preamble", None, text)),
        action("blocked", "b", text, reason=text, id=text),
        action("unmanaged", "", text, id=text),
    ]
    return Plan(environment="test", url=text, salt="", agents=1, actions=tuple(actions))


def harmless(printed):
    """No character in it acts but our line ends, styles, and isolates that end on their line."""
    bare = ANSI.sub("", printed)
    acts = "[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2068\ud800-\udfff]"
    return not re.search(acts, bare) and all(map(balanced, bare.split("\n")))


def balanced(line):
    """Whether every isolate of a line is closed on it, and nothing else is."""
    depth = 0
    for character in line:
        depth += {"\u2066": 1, "\u2067": 1, "\u2069": -1}.get(character, 0)
        if depth < 0:
            return False
    return not depth


def test_no_line_of_others_begins_a_line_of_ours():
    printed = shown(hostile(HOSTILE))
    assert [line for line in printed.split("\n") if not ours.match(line)] == []
    assert harmless(printed)
    assert "[red]:boom:[/red]" in printed


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(st.characters(exclude_categories=[])))
def test_whatever_others_write_nothing_of_it_acts(text):
    plan = hostile(text)
    printed = shown(plan)
    assert harmless(printed)
    assert [line for line in printed.split("\n") if not ours.match(line)] == []
    assert harmless(shown(plan, Terminal()))


RESULTS = [
    Outcome(status=Status.DONE, action=DESK, id="48f7656f", unchecked=("tools.smartCallEnd",)),
    Outcome(
        status=Status.DIVERGED,
        action=action("update", "card", "Card", change("lang", "en", "ar")),
        id="2",
        message="accepted, but stored differently: lang",
        differences=(Difference(path="lang", expected="ar", found="en", sent=True),),
    ),
    Outcome(
        status=Status.FAILED,
        action=action("create", "new", "New"),
        message="POST /v1/voice-agents: 400, ::error::bad name",
        hint="look at the name",
    ),
    Outcome(status=Status.UNKNOWN, action=action("create", "lost", "Lost"), message="no answer"),
]


def test_results_are_a_line_for_each_agent_and_details_if_something_is_wrong():
    out = io.StringIO()
    sheet = results.sheet(PLAN, RESULTS)
    terminal.show_sheet(terminal.console(out), sheet, rows=False)
    assert (
        lines(out.getvalue())
        == """\
✓ front-desk  48f7656f  updated, 6 fields proven, 1 cannot be read back
≠ card  2  diverged
    accepted, but stored differently: lang
    diverged: lang: sent "ar", is "en"
✗ new    failed
    POST /v1/voice-agents: 400, ::error::bad name
    hint: look at the name
? lost    unknown
    no answer
Apply: 1 done, 1 failed, 1 diverged, 1 unknown.
"""
    )


def test_a_mistake_has_its_place_what_was_found_and_what_to_do():
    problems = [
        Problem(
            file="agents/a.yaml",
            line=14,
            field="spec.silenceThreshold",
            message="`silenceThreshold` must be a whole number",
            found="0.8\x1b[2J",
            allowed="a whole number of milliseconds, 1 or more",
            hint="0.8 s is `800`",
        ),
        Problem(file="reconciler.yaml", message="odd", warning=True),
    ]
    out = io.StringIO()
    terminal.show_problems(terminal.console(out), problems)
    assert (
        out.getvalue()
        == """\
warning: odd
  reconciler.yaml

error: `silenceThreshold` must be a whole number
  agents/a.yaml:14  spec.silenceThreshold
  found: 0.8␛[2J
  allowed: a whole number of milliseconds, 1 or more
  hint: 0.8 s is `800`

"""
    )


@pytest.mark.parametrize(
    ("message", "hint", "expected"),
    [
        ("no key\x1b[2J", "", "error: no key␛[2J\n"),
        ("no key", "set HAMSA_API_KEY", "error: no key\nhint: set HAMSA_API_KEY\n"),
    ],
)
def test_a_mistake_without_a_place(message, hint, expected):
    out = io.StringIO()
    terminal.show_error(terminal.console(out), message, hint)
    assert out.getvalue() == expected
