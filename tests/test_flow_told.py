"""Changed flows for people: exits and summaries in sentences, the charts, and the picture."""

import copy
import io
import re
from dataclasses import replace
from importlib.resources import files
from typing import Any

import pytest

from reconciler.kinds.flow.compared import compared
from reconciler.render import labels, mermaid, terminal
from reconciler.render.conditions import TESTS
from reconciler.render.exit_rows import between
from reconciler.render.flow_changes import told, view, warned
from reconciler.render.labels.arabic import PHRASES
from reconciler.render.markdown import markdown
from reconciler.render.node_rows import briefly, joined, shown
from reconciler.render.page import page
from reconciler.render.page.picture import picture
from reconciler.render.rows import row
from reconciler.render.view import Block, FlowView, Group, Row, Sheet
from tests.build import change
from tests.test_flow_compared import FLOW, KNOWN

Shape = dict[str, Any]
BOOK = {"natural_language": "the caller wants to book", "to": "menu"}
KEY = {"dtmf": "0", "to": "operator"}
LONG = "the caller " + "says something or other and " * 6 + "hangs up"

SENTENCES: dict[str, tuple[list[Shape], list[Shape], list[str], list[str]]] = {
    "another target": (
        [BOOK],
        [{**BOOK, "to": "search"}],
        ["from `greet`, when “the caller wants to book”: to `search` instead of `menu`"],
        ["من `greet`، إذا «the caller wants to book»: إلى `search` بدلاً من `menu`"],
    ),
    "a new exit": (
        [BOOK],
        [BOOK, KEY],
        ["from `greet`, on key 0: new exit to `operator`"],
        ["من `greet`، عند ضغط 0: مخرج جديد إلى `operator`"],
    ),
    "a removed exit": (
        [BOOK, KEY],
        [BOOK],
        ["from `greet`, on key 0: no exit to `operator` any more"],
        ["من `greet`، عند ضغط 0: لم يعد هناك مخرج إلى `operator`"],
    ),
    "another condition": (
        [BOOK],
        [{**BOOK, "natural_language": "books"}],
        ["from `greet` to `menu`: when “books” instead of when “the caller wants to book”"],
        ["من `greet` إلى `menu`: إذا «books» بدلاً من إذا «the caller wants to book»"],
    ),
    "an equation": (
        [{"all": [{"n": {"exists": ""}}], "to": "a"}],
        [{"all": [{"n": {"greater_than": "2"}}, {"l": {"equals": "ar"}}], "to": "a"}],
        ["from `greet` to `a`: when `n` is more than 2 and `l` is “ar” instead of when `n` is set"],
        ["من `greet` إلى `a`: إذا `n` أكبر من 2 و`l` يساوي «ar» بدلاً من إذا `n` معيَّن"],
    ),
    "another order": (
        [BOOK, KEY, {"dtmf": "1", "to": "bye"}],
        [{"dtmf": "1", "to": "bye"}, BOOK, KEY],
        ["from `greet`, on key 1: to `bye`, checked first now"],
        ["من `greet`، عند ضغط 1: إلى `bye`، صار يُفحص أولاً"],
    ),
    "last now": (
        [KEY, BOOK, {"dtmf": "1", "to": "bye"}],
        [BOOK, {"dtmf": "1", "to": "bye"}, KEY],
        ["from `greet`, on key 0: to `operator`, checked now after the exit on key 1"],
        ["من `greet`، عند ضغط 0: إلى `operator`، صار يُفحص بعد المخرج عند ضغط 1"],
    ),
    "off": (
        [KEY],
        [{**KEY, "enabled": False}],
        ["from `greet`, on key 0: to `operator`, switched off now"],
        ["من `greet`، عند ضغط 0: إلى `operator`، صار معطّلاً"],
    ),
    "on, and elsewhere": (
        [{**KEY, "enabled": False}],
        [{"dtmf": "0", "to": None}],
        [
            "from `greet`, on key 0: to nowhere instead of `operator`",
            "from `greet`, on key 0: to nowhere, switched on now",
        ],
        [
            "من `greet`، عند ضغط 0: بلا وجهة بدلاً من `operator`",
            "من `greet`، عند ضغط 0: إلى لا شيء، صار مفعّلاً",
        ],
    ),
    "without a condition": (
        [{"auto": None, "to": "bye"}],
        [{"auto": None, "to": "menu"}],
        ["from `greet`: to `menu` instead of `bye`"],
        ["من `greet`: إلى `menu` بدلاً من `bye`"],
    ),
    "a long condition": (
        [{"natural_language": LONG, "to": "bye"}],
        [{"natural_language": LONG.replace("hangs", "gives"), "to": "bye"}],
        ["from `greet` to `bye`: another wording, shown below"],
        ["من `greet` إلى `bye`: بصياغة أخرى، معروضة أدناه"],
    ),
    "an unknown form": (
        [{"condition": {"type": "mood"}, "to": "bye"}],
        [{"condition": {"type": "mood"}, "to": "menu"}],
        ["from `greet`, on a condition of an unknown form: to `menu` instead of `bye`"],
        ["من `greet`، بشرط لا تُعرف صيغته: إلى `menu` بدلاً من `bye`"],
    ),
}


@pytest.mark.parametrize("case", SENTENCES)
def test_a_change_of_exits_in_sentences(case: str) -> None:
    before, after, english, arabic = SENTENCES[case]
    for say, expected in ((labels.ENGLISH, english), (labels.of("ar"), arabic)):
        found = between("flow.nodes[greet].transitions", before, after, say)
        assert [*found["told"]] == expected


def test_the_words_of_a_long_condition_are_compared() -> None:
    before, after, *_ = SENTENCES["a long condition"]
    (part,) = between("flow.nodes[greet].transitions", before, after, labels.ENGLISH)["parts"]
    assert part.prose is not None
    marked = [span.text for one in part.prose.passages for span in one.after if span.marked]
    assert (part.path, marked) == ("→ bye", ["gives"])


FIELDS: dict[str, tuple[str, Any, Any, dict[str, Any], list[str]]] = {
    "a fixed exit": (
        "on_failure",
        None,
        "bye",
        {},
        ["from `find`, on failure: to `bye` instead of nowhere"],
    ),
    "a fallback": ("else", "a", "b", {}, ["from `find`, otherwise: to `b` instead of `a`"]),
    "of a new node": (
        "on_failure",
        None,
        None,
        {"item": "added"},
        ["on failure: nowhere"],
    ),
    "of a removed node": (
        "transitions",
        [KEY],
        None,
        {"item": "removed"},
        ["on key 0: to `operator`"],
    ),
    "not exits": ("message", "a", "b", {}, []),
    "of another shape": ("transitions", {"a": 1}, [KEY], {}, []),
}


@pytest.mark.parametrize("case", FIELDS)
def test_a_field_of_a_node_as_a_row(case: str) -> None:
    name, before, after, more, expected = FIELDS[case]
    shown = row(change(f"flow.nodes[find].{name}", before, after, **more))
    assert (shown.node, [*shown.told]) == ("find", expected)
    assert bool(shown.told) != bool(shown.parts or shown.before or shown.after)


def test_both_sides_of_a_conflict_are_sentences() -> None:
    base = [{**KEY, "to": "bye"}]
    one = change(
        "flow.nodes[greet].transitions", [KEY], [BOOK], "conflict", applied=base, applied_known=True
    )
    live, ours = row(one).sides
    assert live.told == ("from `greet`, on key 0: to `operator` instead of `bye`",)
    assert ours.told[0].startswith("from `greet`, when “the caller wants to book”: new exit")


def test_a_new_node_is_one_row_with_all_that_it_has() -> None:
    path, more = "flow.nodes[find]", {"item": "added"}
    text = "# Find\n\nAsk for the name."
    rows = [
        row(change("flow.nodes[]", ["a", "b"], ["b", "a", "find"])),
        row(change(f"{path}.type", None, "tool", **more)),
        row(change(f"{path}.message", None, text, impact="spoken", **more)),
        row(change(f"{path}.on_success", None, "a", **more)),
        row(change("flow.nodes[a].label", "A", "B")),
        row(change("flow.nodes[old].label", "", None, item="removed")),
        row(change("flow.nodes[old].type", "router", None, item="removed")),
    ]
    found, label, old = joined(rows)
    assert (found.sign, found.path, found.group) == ("+", path, "spoken")
    assert [(one.path, one.after) for one in found.parts] == [
        ("type", '"tool"'),
        ("message", "text of 6 words on 3 lines"),
    ]
    assert found.parts[1].prose is not None
    assert found.told == ("on success: to `a`",)
    assert (label.path, old.path) == ("flow.nodes[a].label", "flow.nodes[old]")
    assert [(one.path, one.before) for one in old.parts] == [("type", '"router"')]


NODES = "flow.nodes[]"
COUNTED: dict[str, tuple[list[tuple[str, Any, Any, str]], list[str]]] = {
    "a new node": (
        [
            (NODES, ["a"], ["a", "b"], ""),
            ("flow.nodes[b].type", None, "router", "added"),
            ("flow.nodes[b].else", None, "a", "added"),
            ("flow.nodes[a].message", "x", "y", ""),
        ],
        ["flow.nodes[b].type", "flow.nodes[a].message"],
    ),
    "removed, and others moved": (
        [
            (NODES, ["a", "b", "c"], ["c", "a"], ""),
            ("flow.nodes[b].type", "router", None, "removed"),
            ("flow.nodes[b].label", "B", None, "removed"),
        ],
        ["flow.nodes[b].type"],
    ),
    "a list without its nodes": (
        [(NODES, ["a"], ["a", "b"], ""), ("flow.nodes[a].label", "A", "B", "")],
        [NODES, "flow.nodes[a].label"],
    ),
    "entries of another list": (
        [("tools[a].version", None, 1, "added"), ("tools[a].toolType", None, "WEB", "added")],
        ["tools[a].version", "tools[a].toolType"],
    ),
}


@pytest.mark.parametrize("case", COUNTED)
def test_a_new_or_removed_node_counts_as_one_field(case: str) -> None:
    made, expected = COUNTED[case]
    changes = [change(path, old, new, item=item) for path, old, new, item in made]
    assert [one.path for one in shown(changes)] == expected
    rows = joined(map(row, changes))
    assert len(rows) == len(expected)


def test_the_nodes_of_a_new_flow_are_listed() -> None:
    nodes = {
        "greet": {"type": "start", "message": "# Task\n\nAsk what they want."},
        "router_age": {"type": "router", "else": "greet"},
    }
    flow = view(compared({}, {"nodes": nodes}, KNOWN), {})
    assert flow.listed == ("2 nodes", "`greet`  start  “Ask what they want.”", "`router_age`")
    whole = Row(sign="+", path="flow.nodes[greet]", group="spoken", node="greet", told=("x",))
    name = Row(sign="+", path="name", group="silent", after="Desk")
    block = sheet(flow, whole, name).blocks[0]
    assert [one.rows for one in briefly(block)] == [(name,)]
    assert "flow.nodes[greet]" in page(sheet(flow, whole, name))
    assert "flow.nodes[greet]" not in markdown(sheet(flow, whole, name))


def edited() -> Shape:
    after = copy.deepcopy(FLOW)
    nodes = after["nodes"]
    nodes["greet"]["transitions"][0]["to"] = "ask"
    nodes["ask"] = {
        "type": "conversation",
        "message": "{{who}}?",
        "transitions": [{"auto": None, "to": "bye"}],
    }
    nodes["hours"]["transitions"] = []
    nodes["bye"]["label"] = "Goodbye"
    del nodes["operator"]
    del nodes["greet"]["transitions"][1]
    after["customVariables"]["day"] = ""
    return after


def test_a_flows_change_in_brief() -> None:
    found = compared(FLOW, edited(), KNOWN)
    assert [*told(found)] == [
        "nodes added: `ask`",
        "nodes removed: `operator`",
        "nodes renamed: `bye` is now `Goodbye`",
        "nodes changed: `greet`, `hours`",
        "variables added: `day`",
    ]
    assert [*warned(found)] == [
        "no call can reach: `menu`",
        "no way on any more from: `hours`",
        "used, but nothing sets it: `who` in `ask`",
    ]
    assert [*told(compared(None, FLOW))] == []
    assert [*told(compared(FLOW, FLOW))] == []
    many = {"nodes": {f"n{n}": {"type": "end_call"} for n in range(30)}}
    (line, *_) = told(compared(FLOW, {**FLOW, "nodes": {**FLOW["nodes"], **many["nodes"]}}))
    assert line.endswith("`n11` and 18 more")


def test_every_test_of_an_equation_has_words_in_both_languages() -> None:
    assert {*TESTS.values()} <= {*PHRASES}


AT = {slug: (380.0 * n, 90.0 * (n % 2)) for n, slug in enumerate(FLOW["nodes"])}


def flow_view(say: labels.Phrases = labels.ENGLISH) -> FlowView:
    return view(compared(FLOW, edited(), KNOWN), AT, say)


def test_a_new_flow_is_drawn_without_marks() -> None:
    found = view(compared(None, FLOW), AT)
    (chart,) = mermaid.changes(found, labels.ENGLISH)
    assert chart.count("-->") == 6
    assert "dded" not in chart
    assert found.told == ()


DASHED = "stroke:#cf222e,stroke-width:2px,stroke-dasharray:6 4"


def test_the_chart_of_the_changed_part() -> None:
    (chart,) = mermaid.changes(flow_view(), labels.ENGLISH)
    assert chart.splitlines() == [
        "flowchart TD",
        '  n0(["Changed: greet"])',
        '  n1{"menu"}',
        '  n2["Changed: hours"]',
        '  n3[/"Removed: operator"/]',
        '  n4(["Changed: Goodbye"])',
        '  n5["Added: ask"]',
        '  n0 -. "removed: when “books”" .-> n1',
        '  n0 == "added: when “books”" ==> n5',
        '  n0 -- "when “asks”" --> n2',
        '  n0 -. "removed: on key 0" .-> n3',
        '  n1 -- "when intent is “book”" --> n2',
        '  n1 -- "otherwise" --> n4',
        '  n2 -. "removed: then" .-> n4',
        '  n5 == "added: then" ==> n4',
        "  classDef added fill:#dafbe1,stroke:#1a7f37,stroke-width:3px,color:#0a3d1a",
        "  class n5 added",
        f"  classDef removed fill:#ffebe9,{DASHED},color:#5c0d12",
        "  class n3 removed",
        "  classDef changed fill:#fff8c5,stroke:#9a6700,stroke-width:3px,color:#3d2e00",
        "  class n0,n2,n4 changed",
        "  linkStyle 1,7 stroke:#1a7f37,stroke-width:3px",
        f"  linkStyle 0,3,6 {DASHED}",
    ]


def sheet(flow: FlowView, *rows: Row, language: str = "en") -> Sheet:
    block = Block(
        sign="~",
        key="desk",
        name="Desk",
        id="1",
        state="update",
        groups=(Group("behaviour", rows),),
        flow=flow,
    )
    shared = {"kind": "plan", "title": "Plan", "environment": "x", "url": "", "summary": "1"}
    return Sheet(**shared, changes=True, blocks=(block,), language=language)


def test_a_changed_node_in_the_picture_leads_to_its_row() -> None:
    rows = [
        row(change(f"flow.nodes[{slug}].transitions", [KEY], [BOOK])) for slug in ("greet", "hours")
    ]
    shown = page(sheet(flow_view(), *rows))
    ids = re.findall(r'id="(agent-0-node-\d)"', shown)
    links = re.findall(r'<a href="#(agent-0-node-\d)" aria-label="([^"]+)"', shown)
    assert links == [(ids[0], "greet, Changed"), (ids[1], "hours, Changed")]
    assert "<script" not in shown
    assert " style=" not in shown


SHARED = {"added", "begin", "canvas", "changed", "flow", "row", "sign", "tile"}


def test_no_class_of_the_picture_is_one_of_the_page() -> None:
    css = (files("reconciler.render.page") / "page.css").read_text(encoding="utf-8")
    before, _, rest = css.partition("/* A flow:")
    mine, _, after = rest.partition("/* Lists,")
    named = [set(re.findall(r"[.]([a-z][\w-]*)", one)) for one in (mine, before + after)]
    assert named[0] & named[1] == SHARED


EVIL = '"]; click n0 "javascript:x" %%{init:{}}%% </text><script>x</script>`x`\u202e“|» -->\nend'


def hostile() -> Shape:
    flow = copy.deepcopy(FLOW)
    nodes = flow["nodes"]
    nodes[EVIL] = {"type": EVIL, "label": EVIL, "message": "{{" + EVIL, "else": EVIL}
    nodes["greet"]["transitions"] = [
        {"natural_language": EVIL, "to": EVIL},
        {"dtmf": EVIL, "to": EVIL},
        {"all": [{EVIL: {EVIL: EVIL}}], "to": EVIL},
    ]
    flow["customVariables"] = {EVIL: EVIL}
    return flow


@pytest.mark.parametrize("language", ["en", "ar"])
def test_no_text_of_a_flow_acts(language: str) -> None:
    say = labels.of(language)
    flow = view(compared(FLOW, hostile()), {}, say)
    path = "flow.nodes[greet].transitions"
    rows = row(change(path, [BOOK], hostile()["nodes"]["greet"]["transitions"]), say=say)
    found = sheet(flow, rows, language=language)
    html = page(found)
    assert html.count("<script") == html.count("onerror") == 0
    assert "\u202e" not in html
    for line in "\n".join(mermaid.changes(flow, say)).splitlines():
        assert re.fullmatch(
            r"flowchart TD|  (classDef|class|linkStyle) [\w #:,;-]+"
            r'|  n\d+[\[\](){}/]{1,2}"[^"]*"[\[\](){}/]{1,2}'
            r'|  n\d+ (--|==|-\.) "[^"]*" (-->|==>|\.->) n\d+',
            line,
        ), line
    md = markdown(found)
    assert md.count("```") % 2 == 0
    assert "<script" not in re.sub(r"(`+).*?\1", "", md, flags=re.DOTALL)
    for text in (*flow.told, *flow.warned, *rows.told):
        assert text.count("`") % 2 == 0
        assert "\n" not in text
    assert picture(found.blocks[0], 0, {}) is not None


def test_a_flow_of_a_hundred_nodes_stays_small() -> None:
    nodes = {
        f"node_{n}": {
            "type": "conversation" if n else "start",
            "label": f"عقدة رقم {n} في المسار",
            "transitions": [
                {"natural_language": f"المتصل قال شيئاً {n}", "to": f"node_{(n * 3 + k) % 100}"}
                for k in (1, 2)
            ],
        }
        for n in range(100)
    }
    after = copy.deepcopy(nodes)
    for n in range(0, 100, 4):
        after[f"node_{n}"]["transitions"][0]["to"] = "node_5"
    at = {slug: (380.0 * (n % 12), 220.0 * (n // 12)) for n, slug in enumerate(nodes)}
    found = view(compared({"nodes": nodes}, {"nodes": after}), at)
    whole, plain = page(sheet(found)), page(sheet(replace(found, boxes=(), links=())))
    assert len(whole.encode()) - len(plain.encode()) < 200_000
    charts = mermaid.changes(found, labels.ENGLISH)
    assert sum(map(len, charts)) < 20_000


def test_a_page_draws_as_many_flows_as_it_can_hold() -> None:
    one = sheet(flow_view())
    (block,) = one.blocks
    boxes = (*block.flow.boxes, *(block.flow.boxes[0] for _ in range(1000))) if block.flow else ()
    flows = [replace(block, key=f"a{n}", flow=FlowView(boxes=boxes)) for n in range(4)]
    shown = page(replace(one, blocks=tuple(flows)))
    assert shown.count("Not drawn: there are more flows") == 2
    assert re.findall(r'id="agent-(\d)-begin"', shown) == ["0", "1"]


TERMINAL = """\
~ desk  Desk  update
  Flow
    nodes added: `ask`
    nodes removed: `operator`
    nodes renamed: `bye` is now `Goodbye`
    nodes changed: `greet`, `hours`
    variables added: `day`
    ! no call can reach: `menu`
    ! no way on any more from: `hours`
    ! used, but nothing sets it: `who` in `ask`
  behaviour
    ~ flow.nodes[greet].transitions  [edit]
        │ from `greet`, on key 0: to `bye` instead of `operator`

1
"""


def test_a_terminal_shows_the_sentences() -> None:
    rows = row(change("flow.nodes[greet].transitions", [KEY], [{**KEY, "to": "bye"}]))
    out = io.StringIO()
    terminal.show_sheet(terminal.console(out), sheet(flow_view(), rows))
    assert out.getvalue() == TERMINAL
