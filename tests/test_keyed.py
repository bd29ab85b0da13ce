"""Keyed lists: paths into them, their differences, what is sent and what is recorded."""

import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.authoring import compose
from reconciler.authoring.writer import Writer
from reconciler.engine import decoding, drift, items, memory, undeclared, verify
from reconciler.engine.plan import plan
from reconciler.jsonvalues import Secret
from reconciler.model import (
    Desired,
    EnvironmentState,
    Ignore,
    Outcome,
    Planned,
    Stamp,
    Status,
    Verb,
    Write,
)
from reconciler.render import data
from reconciler.render.rows import row
from reconciler.schema import digest, paths, wire
from tests.build import SALT
from tests.kinds import FLOW

TOKEN = Secret("TOKEN", "t-secret-1")


def node(key, message="hello", **more):
    return {"id": key, "message": message, **more}


def wanted(*nodes, ignore=(), **spec):
    fields = wire.flatten(FLOW, {"name": "Flow", "nodes": list(nodes), **spec})
    return Desired(kind=FLOW, key="flow", file="flows/flow.yaml", fields=fields, ignore=ignore)


def shown(*nodes, **payload):
    return decoding.decode(FLOW, {"id": "1", "name": "Flow", "nodes": list(nodes), **payload})


def applied(item, live):
    """The record after an apply that left the flow as it is live."""
    known = EnvironmentState(salt=SALT)
    action = plan([item], [live], known, environment="test", url="x").actions[0]
    outcome = Outcome(status=Status.DONE, action=replace(action, changes=()), id="1", after=live)
    entry = memory.remembered(outcome, None, Stamp(at="2026-01-01T00:00:00Z"))
    return EnvironmentState(salt=SALT, agents={"flow": entry})


def planned(item, live, last=None):
    return plan(
        [item], [live], last or EnvironmentState(salt=SALT), environment="test", url="x"
    ).actions[0]


def printed(change):
    sign = {"added": "+ ", "removed": "- "}.get(change.item, "")
    if change.sensitive:
        assert (change.before, change.after) == (None, None)
        return f"{sign}{change.path} (sensitive) {change.cause}"
    sides = f"{json.dumps(change.before)} -> {json.dumps(change.after)}"
    return f"{sign}{change.path} {sides} {change.cause}"


PATHS = [
    ("id-1", "nodes[id-1]"),
    ("V1StGXR8_Z5jdHi6B-myT", "nodes[V1StGXR8_Z5jdHi6B-myT]"),
    ("a.b", 'nodes["a.b"]'),
    ("a]b[c", 'nodes["a]b[c"]'),
    ('say "x"\\', 'nodes["say \\"x\\"\\\\"]'),
    ("*", 'nodes["*"]'),
    ("٧", "nodes[٧]"),
    ("عُرف أولاً", 'nodes["عُرف أولاً"]'),
    (7, "nodes[7]"),
    (-7, "nodes[-7]"),
    ("7", 'nodes["7"]'),
    ("a\nb", 'nodes["a\\nb"]'),
    ("].x", 'nodes["].x"]'),
]


@pytest.mark.parametrize("path", ["[x", "[x].a", "[]", "]", "a].b[x", "nodes[a].b[", "[7].[x]"])
def test_a_path_that_names_no_item_is_one_of_no_list(path):
    assert all(listed for listed, _ in paths.lists(path))
    assert paths.is_there(path, {"nodes[]": [], "[]": []})


@pytest.mark.parametrize(("key", "path"), PATHS)
def test_a_key_is_written_so_that_a_path_means_one_item(key, path):
    assert paths.item("nodes", key) == path
    leaf = f"{path}.look.colour"
    assert list(paths.lists(leaf)) == [("nodes", key)]
    assert (paths.row(leaf), paths.own(leaf), paths.top(leaf)) == (
        "nodes[*].look.colour",
        "look.colour",
        "nodes",
    )
    assert FLOW[leaf].path == leaf
    assert FLOW[leaf].fact.impact == "silent"
    assert leaf in wire.flatten(FLOW, {"nodes": [{"id": key, "look": {"colour": "red"}}]})


COVERS = [
    ("nodes", "nodes[a].message", True),
    ("nodes", "nodes[]", True),
    ("nodes[a]", "nodes[a].look.colour", True),
    ("nodes[a]", "nodes[ab].message", False),
    ("nodes[*].look", "nodes[a].look.size", True),
    ("nodes[*].look", "nodes[a].lookout", False),
    ("nodes[*].exits[*].to", "nodes[a].exits[b].to", True),
    ("nodes[a].exits[*].to", "nodes[b].exits[b].to", False),
    ("nodes[*]", "nodes[]", False),
    ("node", "nodes[a].message", False),
    ('nodes["*"]', "nodes[a].message", False),
    ("tools", "tools.smartCallEnd", True),
    ("tools", "toolsOther", False),
]


@pytest.mark.parametrize(("outer", "path", "expected"), COVERS)
def test_what_a_path_covers(outer, path, expected):
    assert paths.covers(outer, path) is expected


EXIT = {"id": "e", "to": "b"}
CHANGES = [
    # files, live, last applied (None: nothing), changes
    ([node("a")], [node("a")], None, []),
    ([node("a", "hi")], [node("a")], [node("a")], ['nodes[a].message "hello" -> "hi" edit']),
    ([node("a")], [node("a", "hi")], [node("a")], ['nodes[a].message "hi" -> "hello" drift']),
    ([node("a", "x")], [node("a", "y")], [node("a")], ['nodes[a].message "y" -> "x" conflict']),
    (
        [node("a"), node("b")],
        [node("a")],
        [node("a")],
        ['nodes[] ["a"] -> ["a", "b"] edit', '+ nodes[b].message null -> "hello" edit'],
    ),
    (
        [node("a")],
        [node("a"), node("b")],
        [node("a"), node("b")],
        ['nodes[] ["a", "b"] -> ["a"] edit', '- nodes[b].message "hello" -> null edit'],
    ),
    (
        [node("a")],
        [node("a"), node("b", "new")],
        [node("a")],
        ['nodes[] ["a", "b"] -> ["a"] drift', '- nodes[b].message "new" -> null drift'],
    ),
    (
        [node("a"), node("b")],
        [node("a")],
        [node("a"), node("b")],
        ['nodes[] ["a"] -> ["a", "b"] drift', '+ nodes[b].message null -> "hello" drift'],
    ),
    (  # the files removed an item that changed live
        [node("a")],
        [node("a"), node("b", "live")],
        [node("a"), node("b")],
        ['nodes[] ["a", "b"] -> ["a"] edit', '- nodes[b].message "live" -> null conflict'],
    ),
    (  # removed live, changed in the files
        [node("a"), node("b", "file")],
        [node("a")],
        [node("a"), node("b")],
        ['nodes[] ["a"] -> ["a", "b"] drift', '+ nodes[b].message null -> "file" conflict'],
    ),
    (
        [node("b"), node("a")],
        [node("a"), node("b")],
        [node("a"), node("b")],
        ['nodes[] ["a", "b"] -> ["b", "a"] edit'],
    ),
    (
        [node("a", exits=[EXIT])],
        [node("a", exits=[{"id": "e", "to": "c"}])],
        [node("a", exits=[EXIT])],
        ['nodes[a].exits[e].to "c" -> "b" drift'],
    ),
    (
        [node("a", exits=[EXIT])],
        [node("a", exits=[])],
        None,
        [
            'nodes[a].exits[] [] -> ["e"] untracked',
            '+ nodes[a].exits[e].to null -> "b" untracked',
        ],
    ),
    ([node("a", exits=[EXIT])], [node("a", exits=[{"id": "e", "to": "B"}])], None, []),
    (  # 1 and "1" are two keys, in whatever order
        [node(1), node("1", "x")],
        [node(1), node("1")],
        None,
        ['nodes["1"].message "hello" -> "x" untracked'],
    ),
    (  # no key, or one twice: whole
        [node("a")],
        [node("a"), node("a")],
        None,
        None,
    ),
    ([], [], None, []),
    (
        [],
        [node("a")],
        [node("a")],
        ['nodes[] ["a"] -> [] edit', '- nodes[a].message "hello" -> null edit'],
    ),
]


@pytest.mark.parametrize(("files", "live", "then", "expected"), CHANGES)
def test_what_differs_is_reported_item_by_item(files, live, then, expected):
    live = shown(*live)
    if expected is None:  # the whole list: it may hold secrets, so it is not shown
        bare, now = items.aligned(wanted(*files), live)
        assert "nodes[]" not in {**bare.fields, **now.fields}
        return
    last = applied(wanted(*then), shown(*then)) if then is not None else None
    assert [printed(one) for one in planned(wanted(*files), live, last).changes] == expected


def test_a_secret_inside_an_item_is_compared_through_the_state_and_shown_nowhere():
    live = shown(node("a", token="live-token"), node("b", token="other-token"))
    item = wanted(node("a", token=TOKEN), node("b"))
    last = applied(item, live)
    assert live.secrets == {"nodes[a].token": True, "nodes[b].token": True}
    assert "live-token" not in repr(live)
    assert set(wire.secret_values(FLOW, {"nodes": [node("a", token="x-1")]})) == {"x-1"}
    assert digest.is_keyed(last.agents["flow"].digests["nodes[a].token"])
    assert planned(item, live, last).verb is Verb.IN_SYNC
    moved = wanted(node("a", token=Secret("TOKEN", "t-secret-2")), node("b"))
    blocked = planned(moved, live, last)
    assert "`nodes[b].token` cannot be read back" in blocked.reason
    whole = wanted(node("a", token=Secret("TOKEN", "t-secret-2")), node("b", token=TOKEN))
    action = planned(whole, live, last)
    assert "secret-2" not in repr(action.changes)
    assert [printed(one) for one in action.changes] == [
        "nodes[a].token (sensitive) edit",
        "nodes[b].token (sensitive) untracked",
    ]
    assert action.request.body["nodes"][0]["token"].value == "t-secret-2"
    gone = planned(wanted(node("a", token=TOKEN)), live, last)
    assert [printed(one) for one in gone.changes][1:] == [
        '- nodes[b].message "hello" -> null edit',
        "- nodes[b].token (sensitive) edit",
    ]


def test_a_request_carries_the_list_whole_and_what_no_file_names_of_its_items():
    live = shown(
        node("a", "hello", look={"size": 3}, style={"tint": "red"}, exits=[EXIT]), node("b")
    )
    action = planned(wanted(node("c"), node("a", "hi")), live)
    assert action.request.body == {
        "nodes": [
            node("c"),
            node("a", "hi", look={"colour": "red", "size": 3}, exits=[EXIT]),
        ]
    }
    assert action.wants == {
        "nodes[]": ["c", "a"],
        "nodes[c].message": "hello",
        "nodes[a].message": "hi",
    }
    assert set(action.expects) == {path for path in live.fields if path != "name"}
    created = plan(
        [wanted(node("a", look={"size": 1}))],
        [],
        EnvironmentState(salt=SALT),
        environment="",
        url="",
    )
    assert created.actions[0].request.body["nodes"] == [node("a", look={"size": 1})]


def test_what_no_row_describes_of_an_item_that_stays_blocks_and_of_one_that_goes_does_not():
    live = shown(node("a"), node("b", strange=1, look={"odd": 1}), updatedAt="x")
    assert set(live.rest) == {"id", "nodes[b].strange", "nodes[b].look.odd"}
    assert "does not know" in planned(wanted(node("a", "hi"), node("b")), live).reason
    assert planned(wanted(node("a", "hi")), live).verb is Verb.UPDATE
    assert not shown(node("a", updatedAt="now")).rest.keys() - {"id"}


IGNORED = [
    ("nodes[*].look", [node("a", look={"size": 1})], [node("a", look={"size": 2})], []),
    ("nodes[a].message", [node("a", "x")], [node("a")], []),
    ("nodes[a].message", [node("b", "x")], [node("b")], ["nodes[b].message"]),
    ("nodes[b]", [node("a")], [node("b"), node("a")], []),
    ("nodes[b]", [node("a"), node("b")], [node("a")], []),
    ("nodes", [node("a", "x"), node("c")], [node("b"), node("a")], []),
    ("nodes[*].message", [node("a"), node("b")], [node("a", "y")], ["nodes[]", "nodes[b].message"]),
]


@pytest.mark.parametrize(("path", "files", "live", "expected"), IGNORED)
def test_what_is_ignored_inside_a_list(path, files, live, expected):
    item = wanted(*files, ignore=(Ignore(path=path),))
    action = planned(item, shown(*live))
    assert [one.path for one in action.changes] == expected
    if expected and "nodes[]" in expected:
        assert action.request.body["nodes"] == [node("a", "y"), node("b")]


def test_an_apply_is_proven_and_remembered_item_by_item():
    before = shown(node("a"), node("b"))
    action = planned(wanted(node("a", "hi"), node("c")), before)
    good = shown(node("a", "hi", look={"size": 3}), node("c", look={"size": 9}))
    found = verify.differences(action, before, None, good)
    assert [(one.path, one.sent) for one in found] == [("nodes[a].look.size", False)]
    bad = shown(node("c", "other"), node("a", "hi"))
    found = verify.differences(action, before, None, bad)
    assert [one.path for one in found] == ["nodes[]", "nodes[c].message"]
    assert verify.moved_since(action, before) == []
    assert verify.moved_since(action, shown(node("a"), node("x"))) == [
        "nodes[]",
        "nodes[b].message",
    ]
    after = shown(node("a", "hi"), node("c", look={"size": 9}))
    assert not verify.differences(action, before, None, after)
    assert not verify.unchecked(action, after)
    outcome = Outcome(status=Status.DONE, action=action, id="1", before=before, after=after)
    entry = memory.remembered(outcome, None, Stamp(at="x"))
    assert set(entry.digests) == {"name", "nodes[]", "nodes[a].message", "nodes[c].message"}
    assert set(entry.undeclared) == {"nodes[c].look.size"}


def audited(item, live, last):
    return drift.audit([item], [live], last, environment="test", url="x").agents[0]


def test_drift_inside_items_declared_or_not():
    item, then = wanted(node("a"), node("b")), shown(node("a", look={"size": 1}), node("b"))
    last = applied(item, then)
    assert not audited(item, then, last).drifted
    now = audited(item, shown(node("a", look={"size": 2}), node("c", "new")), last)
    assert [printed(one) for one in now.drift] == [
        'nodes[] ["a", "b"] -> ["a", "c"] drift',
        '- nodes[b].message "hello" -> null drift',
        '+ nodes[c].message null -> "new" drift',
    ]
    assert [one.path for one in now.undeclared] == ["nodes[a].look.size"]


def test_a_list_that_no_file_names_is_watched_item_by_item():
    item = replace(wanted(), fields={"name": "Flow"})
    last = applied(item, shown(node("a"), node("b")))
    now = audited(item, shown(node("a", "hi"), node("c")), last)
    assert not now.drift
    assert [one.path for one in now.undeclared] == [
        "nodes[]",
        "nodes[a].message",
        "nodes[b].message",
        "nodes[c].message",
    ]
    entry = last.agents["flow"]
    learned = undeclared.learned([], shown(node("a", "hi"), node("c")), entry)
    assert learned.keys() == {*entry.undeclared, *entry.digests}


def test_a_list_that_was_whole_and_is_keyed_again_shows_no_conflict():
    item, twice = wanted(node("a")), shown(node("a"), node("a", "x"))
    last = applied(item, twice)
    assert "nodes" in last.agents["flow"].digests
    again = planned(wanted(node("a", "hi")), shown(node("a", "other")), last)
    assert [str(one.cause) for one in again.changes] == ["untracked"]
    action = planned(item, twice)
    assert action.request.body == {"nodes": [node("a")]}
    assert not verify.moved_since(action, twice)
    assert [one.path for one in action.changes] == ["nodes"]
    assert "`nodes` is compared and sent whole" in action.notes[-1]


def test_rows_distinguish_items_added_removed_and_moved():
    live = shown(node("a"), node("b"), node("d", "bye"), node("e"))
    item = wanted(node("e"), node("a", "hi"), node("c", "new"), node("b"))
    last = applied(wanted(node("a"), node("b"), node("d", "bye"), node("e")), live)
    rows = [row(change) for change in planned(item, live, last).changes]
    told = [
        (
            one.sign,
            one.path,
            one.before,
            one.after,
            [(p.path, p.before, p.after) for p in one.parts],
        )
        for one in rows
    ]
    assert told == [
        (
            "~",
            "nodes[]",
            None,
            None,
            [
                ("[d]", "behind [b]", None),
                ("[c]", None, "behind [a]"),
                ("[e]", "behind [d]", "first"),
            ],
        ),
        ("~", "nodes[a].message", '"hello"', '"hi"', []),
        ("+", "nodes[c].message", None, '"new"', []),
        ("-", "nodes[d].message", None, None, [("", '"bye"', None)]),
    ]
    assert rows[2].note == "its entry is new"


def test_the_fewest_moves_are_reported():
    assert items.moves("abcde", "bcdea") == ["a"]
    assert items.moves("abcde", "abxcde") == []
    assert len(items.moves("abcd", "dcba")) == 3


def test_an_import_writes_items_with_names_for_their_secrets():
    live = shown(node("a", token="live-token", look={"size": 3}), node("b.c", None, exits=[EXIT]))
    fields, left = compose._sorted_out(live, "flow", with_secrets=True)
    secret = Secret("FLOW_NODES_A__TOKEN")
    assert fields["nodes"] == [
        node("a", token=secret, look={"size": 3}),
        {"id": "b.c", "exits": [EXIT]},
    ]
    assert not [one for one in left if one.path.startswith("nodes")]
    text = Writer(FLOW, "flow", None, "").files(fields, [])["flow.yaml"]
    assert "token: { $secret: FLOW_NODES_A__TOKEN }" in text


def test_a_plan_as_json_hides_what_is_secret_inside_items():
    live = shown(node("a", token="live-token"))
    item = wanted(node("a", token="typed-in-the-file"), node("b", token=TOKEN))
    report = json.dumps(
        data.plan(
            Planned(plan=plan([item], [live], EnvironmentState(salt=SALT), environment="", url=""))
        )
    )
    assert "typed-in" not in report
    assert "t-secret-1" not in report
    assert '"item": "added"' in report


KEYS = st.sampled_from(["a", "b.c", "*", "7", 7, "]", "start", "٣"])
EXITS = st.lists(
    st.fixed_dictionaries({"id": KEYS.map(str)}, optional={"to": st.sampled_from("xyz")}),
    max_size=3,
    unique_by=lambda one: one["id"],
)
NODES = st.lists(
    st.fixed_dictionaries(
        {"id": KEYS},
        optional={
            "message": st.sampled_from(["hello", "hi", "bye"]),
            "look": st.fixed_dictionaries({}, optional={"size": st.integers(1, 3)}),
            "exits": EXITS,
        },
    ),
    max_size=5,
    unique_by=lambda one: repr(one["id"]),
)


@given(NODES, NODES, NODES)
def test_what_a_plan_writes_leaves_nothing_to_do(files, live, then):
    """Whatever was applied: after the write all is as the files say, and proven so."""
    item, now = wanted(*files), shown(*live)
    known = applied(wanted(*then), shown(*then))
    action = planned(item, now, known)
    if not isinstance(action, Write):
        assert not action.changes
        return
    written = wire.reveal(action.request.body)
    after = shown(*written.get("nodes", live))
    assert not planned(item, after, known).changes
    assert not verify.differences(action, now, after, after)
    assert not verify.moved_since(action, now)
    kept = {path: one for path, one in now.fields.items() if path not in item.fields}
    stays = {path: one for path, one in kept.items() if paths.is_there(path, item.fields)}
    assert stays.items() <= dict(after.fields).items()
    audit = audited(item, now, known)
    told = {one.path for one in audit.drift} | {*audit.waiting}
    assert told == {one.path for one in action.changes}


MERGED = [
    # last, files, live, both
    ("abc", "abcx", "yabc", "yabcx"),
    ("abc", "ab", "abcx", "abx"),
    ("abc", "cab", "abcx", "cxab"),
    ("abc", "abc", "cba", "cba"),
    ("abc", "axbc", "acb", "axcb"),
    ("abc", "a", "b", ""),
    ("", "x", "x", "x"),
]


@pytest.mark.parametrize(("last", "files", "live", "both"), MERGED)
def test_items_that_both_sides_moved_are_merged(last, files, live, both):
    assert "".join(items.merged(last, files, live)) == both
