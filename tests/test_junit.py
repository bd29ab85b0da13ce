"""JUnit XML: which agents fail, are errors, are skipped or pass; and any text is possible.

The files are parsed back, as a CI server does.
"""

import re
from dataclasses import replace
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.errors import Problem
from reconciler.render.junit import junit
from reconciler.render.view import (
    Block,
    Group,
    Listed,
    Part,
    Passage,
    Prose,
    Row,
    Shared,
    Sheet,
    Side,
    Span,
)

GREETING = Row(
    sign="~", path="greetingMessage", group="spoken", cause="drift", before='"Hi"', after='"أهلاً"'
)


def block(sign="=", state="as applied", *rows, key="desk", **more):
    groups = tuple(Group(row.group, (row,)) for row in rows)
    return Block(sign=sign, key=key, name="Front desk", id="1", state=state, groups=groups, **more)


def sheet(kind, *blocks, **more):
    frame = {"title": "T", "environment": "sandbox", "url": "sandbox", "summary": "All told."}
    return Sheet(kind=kind, changes=True, blocks=blocks, **{**frame, **more})


def parsed(found):
    return ET.fromstring(junit(found).encode())  # noqa: S314 - our own text


def suite(found):
    return parsed(found)[0]


def case(kind, one, **more):
    """The only case of a sheet."""
    (found,) = suite(sheet(kind, one, **more)).findall("testcase")
    return found


def output(kind, one, **more):
    """The lines of the only result of the only case."""
    (result,) = case(kind, one, **more)
    return result.text.split("\n")


def test_an_audit_is_a_suite_with_a_case_for_each_agent():
    found = sheet(
        "drift",
        block("~", "drifted", GREETING, facts=("last applied 2026-01-02 03:04",), told="Greets."),
        block("!", "vanished: the agent 2 is not live any more", key="gone"),
        block(key="quiet"),
        lists=(("Unmanaged, in no file", (Listed(who="Other (3)"),)),),
        findings=(Problem(file="agents/a.yaml", line=3, message="odd", warning=True, rule="r"),),
    )
    assert (
        junit(found)
        == """\
<?xml version="1.0" encoding="UTF-8"?>
<testsuites name="reconciler drift sandbox" tests="3" failures="2" errors="0" skipped="0">
  <testsuite name="reconciler drift sandbox" tests="3" failures="2" errors="0" skipped="0">
    <testcase classname="sandbox" name="desk">
      <failure message="drifted: greetingMessage" type="drifted">\
~ desk  Front desk  drifted; last applied 2026-01-02 03:04
told: Greets.
~ greetingMessage  [spoken, drift]
    - "Hi"
    + "أهلاً"</failure>
    </testcase>
    <testcase classname="sandbox" name="gone">
      <failure message="vanished: the agent 2 is not live any more" type="vanished">\
! gone  Front desk  vanished: the agent 2 is not live any more</failure>
    </testcase>
    <testcase classname="sandbox" name="quiet" />
    <system-out>summary: All told.
Unmanaged, in no file:
  - Other (3)
warning: agents/a.yaml:3: odd [r]</system-out>
  </testsuite>
</testsuites>
"""
    )


def test_a_plan_fails_for_no_pending_change_and_a_blocked_agent_is_an_error():
    created = replace(GREETING, sign="+", cause="", before=None)
    found = sheet(
        "plan",
        block("+", "create, 1 field", created),
        block("!", "blocked", key="stuck", reason="2 files mean it", hint="remove one"),
        block("=", "in-sync", key="quiet"),
    )
    assert (
        junit(found)
        == """\
<?xml version="1.0" encoding="UTF-8"?>
<testsuites name="reconciler plan sandbox" tests="3" failures="0" errors="1" skipped="0">
  <testsuite name="reconciler plan sandbox" tests="3" failures="0" errors="1" skipped="0">
    <testcase classname="sandbox" name="desk">
      <system-out>+ desk  Front desk  create, 1 field
+ greetingMessage  [spoken]
    + "أهلاً"</system-out>
    </testcase>
    <testcase classname="sandbox" name="stuck">
      <error message="blocked: 2 files mean it" type="blocked">! stuck  Front desk  blocked
reason: 2 files mean it
hint: remove one</error>
    </testcase>
    <testcase classname="sandbox" name="quiet" />
    <system-out>summary: All told.</system-out>
  </testsuite>
</testsuites>
"""
    )


VERDICTS = [
    pytest.param("plan", "~", "update, 1 field", None, id="a pending update passes"),
    pytest.param("plan", "!", "blocked", ("error", "blocked"), id="a blocked agent"),
    pytest.param("drift", "=", "not created yet", None, id="an agent to be created passes"),
    pytest.param("drift", "~", "drifted", ("failure", "drifted"), id="a drifted agent"),
    pytest.param("drift", "!", "vanished: 1", ("failure", "vanished"), id="a vanished agent"),
    pytest.param("apply", "✓", "updated, 1 field proven", None, id="what was done passes"),
    pytest.param("apply", "≠", "diverged", ("failure", "diverged"), id="what was stored otherwise"),
    pytest.param("apply", "✗", "failed", ("failure", "failed"), id="a failed agent"),
    pytest.param("apply", "✗", "stale", ("failure", "stale"), id="a stale agent"),
    pytest.param("apply", "✗", "refused", ("failure", "refused"), id="a refused agent"),
    pytest.param("apply", "?", "unknown", ("error", "unknown"), id="what is not known"),
    pytest.param(
        "apply", "✗", "not started", ("skipped", "not started"), id="what did not begin is skipped"
    ),
]


@pytest.mark.parametrize(("kind", "sign", "state", "verdict"), VERDICTS)
def test_how_a_case_went(kind, sign, state, verdict):
    found = suite(sheet(kind, block(sign, state, status=state, reason="why")))
    (result,) = found.find("testcase")
    if verdict is None:
        assert (result.tag, result.attrib) == ("system-out", {})
    else:
        said = {"message": f"{state}: why", "type": verdict[1]}
        assert (result.tag, result.attrib) == (verdict[0], said)
    names = {"failures": "failure", "errors": "error", "skipped": "skipped"}
    counts = {name: int(found.get(name)) for name in names}
    assert counts == {name: int(tag == result.tag) for name, tag in names.items()}
    assert found.get("tests") == "1"


def test_counts_add_up_over_the_agents_of_an_apply():
    states = [("✓", "updated"), ("✗", "failed"), ("≠", "diverged"), ("?", "unknown")]
    states += [("✗", "not started"), ("=", "in-sync")]
    blocks = [block(sign, state, status=state, key=state) for sign, state in states]
    root = parsed(sheet("apply", *blocks))
    expected = {"tests": "6", "failures": "2", "errors": "1", "skipped": "1"}
    assert {**expected, "name": "reconciler apply sandbox"} == root.attrib == root[0].attrib
    assert len(root) == 1


def test_a_sheet_without_agents_is_a_suite_without_cases():
    found = suite(sheet("plan"))
    assert (found.get("tests"), [one.tag for one in found]) == ("0", ["system-out"])


def test_a_run_that_stopped_is_an_error_and_no_empty_suite():
    mistake = Problem(file="a.yaml", line=2, field="spec.lang", message="is not a language")
    found = sheet("plan", stopped=True, summary="1 mistake (mend it)", findings=(mistake,))
    assert (
        junit(found)
        == """\
<?xml version="1.0" encoding="UTF-8"?>
<testsuites name="reconciler plan sandbox" tests="1" failures="0" errors="1" skipped="0">
  <testsuite name="reconciler plan sandbox" tests="1" failures="0" errors="1" skipped="0">
    <testcase classname="sandbox" name="plan">
      <error message="1 mistake (mend it)" type="stopped">\
error: a.yaml:2 spec.lang: is not a language</error>
    </testcase>
    <system-out>summary: 1 mistake (mend it)
error: a.yaml:2 spec.lang: is not a language</system-out>
  </testsuite>
</testsuites>
"""
    )


def test_a_sheet_of_no_environment_has_names_all_the_same():
    found = suite(sheet("validate", environment="", stopped=True))
    case = found.find("testcase")
    assert found.get("name") == "reconciler validate"
    assert (case.get("classname"), case.get("name")) == ("reconciler", "validate")


PROSE = Prose(
    size="1 changed, 1 moved",
    space="blank lines",
    passages=(
        Passage(kind="same", count=4, inside=("Tone", "Hours")),
        Passage(
            kind="changed",
            heading="Hours",
            before=(Span("Open "), Span("daily", marked=True)),
            after=(Span("Open "), Span("never", marked=True)),
            old_line=3,
            new_line=4,
            odd=("U+200F added",),
        ),
        Passage(kind="added", after=(Span("New"),), new_line=6),
        Passage(kind="removed", before=(Span("Old"),), old_line=7),
        Passage(
            kind="moved",
            heading="End",
            moved_from="Start",
            after=(Span("Here"),),
            old_line=1,
            new_line=9,
        ),
        Passage(kind="same", count=1),
        Passage(kind="changed", before=(Span("a"),), after=(Span("b"),)),
    ),
)

ROWS = [
    pytest.param(
        replace(GREETING, note="the file moved too", odd=("U+200F removed",)),
        [
            "~ greetingMessage  [spoken, drift]  (the file moved too)",
            '    - "Hi"',
            '    + "أهلاً"',
            "    unseen: U+200F removed",
        ],
        id="two values with a note",
    ),
    pytest.param(
        Row(sign="·", path="outcome", group="silent", note="ignored"),
        ["· outcome  [silent]  (ignored)"],
        id="an ignored field",
    ),
    pytest.param(
        Row(
            sign="~",
            path="params",
            group="spoken",
            parts=(Part("a", "1", "2"), Part("b", None, "3"), Part("", "[1]", None)),
        ),
        [
            "~ params  [spoken]",
            "    at a:",
            "    - 1",
            "    + 2",
            "    at b:",
            "    + 3",
            "    at the top:",
            "    - [1]",
        ],
        id="parts",
    ),
    pytest.param(
        Row(
            sign="!",
            path="lang",
            group="spoken",
            cause="conflict",
            sides=(
                Side(label="last applied", value='"en"'),
                Side(label="live now", prose=Prose(passages=(), size="1 added")),
                Side(label="the files", parts=(Part("x", None, "1"),)),
            ),
        ),
        [
            "! lang  [spoken, conflict]",
            '    last applied: "en"',
            "    live now:",
            "    changed: 1 added",
            "    the files:",
            "    at x:",
            "    + 1",
        ],
        id="the sides of a conflict",
    ),
    pytest.param(
        Row(sign="~", path="preamble", group="behaviour", prose=PROSE),
        [
            "~ preamble  [behaviour]",
            "    changed: 1 changed, 1 moved, blank lines",
            "    … 4 unchanged (Tone, Hours)",
            "    changed, line 4 below Hours:",
            "    - Open daily",
            "    + Open never",
            "    unseen: U+200F added",
            "    added, line 6:",
            "    + New",
            "    removed, line 7:",
            "    - Old",
            "    moved, from line 1 below Start, to line 9 below End:",
            "    + Here",
            "    … 1 unchanged",
            "    changed:",
            "    - a",
            "    + b",
        ],
        id="a long text",
    ),
]


@pytest.mark.parametrize(("row", "lines"), ROWS)
def test_a_field_is_reported_with_its_values(row, lines):
    assert output("drift", block("~", "drifted", row))[1:] == lines


def test_everything_that_is_said_of_an_agent_is_reported():
    said = block(
        "✗",
        "failed",
        reason="the API answered 400",
        hint="look",
        told="Greets.",
        breaking=("{{a}} is new",),
        notes=("a note",),
        facts=("one", "two"),
    )
    assert output("apply", said) == [
        "✗ desk  Front desk  failed; one; two",
        "told: Greets.",
        "reason: the API answered 400",
        "hint: look",
        "breaking: {{a}} is new",
        "note: a note",
    ]


def test_what_several_agents_share_is_reported_with_each_of_them():
    shared = Shared(number=2, row=GREETING, agents=("desk", "other"))
    other = Shared(number=1, row=replace(GREETING, path="lang"), agents=("x",))
    one = block("~", "drifted", replace(GREETING, path="outcome"), shared=(2,))
    found = case("drift", one, shared=(other, shared))[0]
    assert found.get("message") == "drifted: outcome, greetingMessage"
    assert "~ greetingMessage  [spoken, drift]" in found.text
    assert "lang" not in found.text


def test_a_field_with_more_in_a_shared_change_is_named_once_in_the_message():
    one = block("~", "drifted", GREETING, shared=(1,))
    shared = (Shared(number=1, row=GREETING, agents=("desk",)),)
    assert case("drift", one, shared=shared)[0].get("message") == "drifted: greetingMessage"


def test_lists_and_findings_are_below_the_cases():
    found = suite(
        sheet(
            "plan",
            lists=(("Ignored", (Listed(who="desk", field="lang", said="until May"),)),),
            findings=(
                Problem(file="a.yaml", field="spec.lang", message="odd", warning=True),
                Problem(file="b.yaml", line=2, message="wrong", hint="mend it"),
                Problem(file="", message="nowhere"),
            ),
        )
    )
    assert found.find("system-out").text.split("\n") == [
        "summary: All told.",
        "Ignored:",
        "  - desk lang: until May",
        "warning: a.yaml spec.lang: odd",
        "error: b.yaml:2: wrong; hint: mend it",
        "error: nowhere",
    ]


def full(text):
    """Sheets with a text in every place that can hold it."""
    spans = (Span(text),)
    passages = (
        Passage(kind="changed", heading=text, before=spans, after=spans, odd=(text,), new_line=1),
        Passage(kind="moved", moved_from=text, after=spans, old_line=1, new_line=2),
        Passage(kind="same", inside=(text,)),
    )
    prose = Prose(passages=passages, size=text, space=text)
    parts = (Part(text, text, text),)
    sides = (Side(label=text, value=text), Side(label=text, prose=prose, parts=parts))
    row = Row(
        sign="~",
        path=text,
        group=text,
        cause=text,
        before=text,
        after=text,
        prose=prose,
        parts=parts,
        sides=sides,
        note=text,
        odd=(text,),
    )
    said = {"facts": (text,), "notes": (text,), "breaking": (text,)}
    one = Block(
        sign="~",
        key=text,
        name=text,
        id=text,
        state=text,
        reason=text,
        hint=text,
        told=text,
        groups=(Group(text, (row,)),),
        shared=(1,),
        **said,
    )
    for kind, sign in [("drift", "~"), ("plan", "!"), ("plan", "~"), ("apply", "✗")]:
        yield sheet(
            kind,
            replace(one, sign=sign),
            environment=text,
            summary=text,
            shared=(Shared(number=1, row=row, agents=(text,)),),
            lists=((text, (Listed(who=text, field=text, said=text),)),),
            findings=(Problem(file=text, line=1, field=text, message=text, rule=text),),
        )


HOSTILE = [
    pytest.param("\x1b[2J", "␛[2J", id="an escape sequence"),
    pytest.param("a\x00b\x0b\x1f", "a␀b␋␟", id="NUL and other controls"),
    pytest.param("a\r\nb\tc", "a␍␊b␉c", id="line ends and tabs"),
    pytest.param("\n::error::x", "␊::error::x", id="a workflow command"),
    pytest.param("##[error]x", "#·#[error]x", id="a command of a CI log"),
    pytest.param("\ud83d", "⟨U+D83D⟩", id="half a character"),
    pytest.param("\ufffe\uffff", "⟨U+FFFE⟩⟨U+FFFF⟩", id="what XML cannot hold at all"),
    pytest.param("\u202eevil\u2066", "⟨RLO⟩evil⟨LRI⟩", id="bidi controls"),
    pytest.param("]]><!-- &amp; \"'", "]]><!-- &amp; \"'", id="marks of XML"),
    pytest.param("</failure><script>", "</failure><script>", id="a closing tag"),
    pytest.param("أهلاً 👋 é \U0001fffe", "أهلاً 👋 é \U0001fffe", id="what may stand there"),
    pytest.param("  two  blanks  ", "  two  blanks  ", id="blanks"),
]


@pytest.mark.parametrize(("text", "seen"), HOSTILE)
def test_no_text_acts_or_breaks_the_file(text, seen):
    for found in full(text):
        read = suite(found)
        one = read.find("testcase")
        assert (one.get("classname"), one.get("name")) == (seen, seen)
        assert read.get("name") == f"reconciler {found.kind} {seen}"
        assert [item.tag for item in one.iter()] == ["testcase", one[0].tag]
        assert f"told: {seen}" in one[0].text.split("\n")
        assert f"reason: {seen}" in one[0].text.split("\n")
        assert f"summary: {seen}" in read.find("system-out").text.split("\n")
        assert read.find("system-out").text.endswith(f"error: {seen}:1 {seen}: {seen} [{seen}]")


ALLOWED = re.compile("[\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]*")
ANY_TEXT = st.text(st.characters(categories=["Cs", "Cc", "Cf", "Cn", "L", "P", "S", "Z"]))


@given(ANY_TEXT)
def test_any_text_gives_a_file_that_can_be_read_and_no_line_begins_with_it(text):
    for found in full(text):
        assert ALLOWED.fullmatch(junit(found))
        read = parsed(found)
        assert len(list(read.iter())) == 5
        ours = (*"~!+-✗", "    ", "told:", "reason:", "hint:", "breaking:", "note:")
        (result,) = read[0].find("testcase")
        assert [line for line in result.text.split("\n") if not line.startswith(ours)] == []


def test_the_same_sheet_gives_the_same_text():
    one = sheet("drift", block("~", "drifted", GREETING))
    assert junit(one) == junit(one)
