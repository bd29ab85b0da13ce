"""The differences between two agents, who made them, and the differences inside one value."""

import json
from dataclasses import replace
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler import jsonvalues
from reconciler.engine import diff
from reconciler.jsonvalues import Secret
from reconciler.kinds.agent_v1 import AGENT_V1
from reconciler.model import Cause
from reconciler.schema import digest
from tests import build
from tests.build import SALT, desired, live

NINE = {"from": "09:00", "to": "12:00"}
SLOTS = "googleCalendarSettings.freeSlots"
TOKEN = "googleCalendarSettings.accessToken"


def changes(wanted, shown, known=None):
    """The changes as text: `silenceThreshold 800 -> 600 edit`; an unread side is `?`."""
    found = diff.differences(
        desired(wanted), live(shown), None if known is None else build.applied(desired(known)), SALT
    )
    return [printed(change) for change in found]


def printed(change):
    if change.sensitive:
        assert (change.before, change.after, change.readable) == (None, None, False)
        return f"{change.path} (sensitive) {change.cause}"
    before = json.dumps(change.before) if change.readable else "?"
    return f"{change.path} {before} -> {json.dumps(change.after)} {change.cause}"


CAUSES = [
    # last, desired, live, cause
    (None, "d", "l", Cause.UNTRACKED),
    (None, "d", "d", Cause.UNTRACKED),
    (None, "d", None, Cause.UNTRACKED),
    ("a", "b", "a", Cause.EDIT),
    ("a", "b", None, Cause.EDIT),
    ("a", "a", None, Cause.EDIT),
    ("a", "a", "b", Cause.DRIFT),
    ("a", "b", "c", Cause.CONFLICT),
    ("a", "b", "b", Cause.CONFLICT),
]


@pytest.mark.parametrize(("known", "wanted", "shown", "expected"), CAUSES)
def test_who_changed_it(known, wanted, shown, expected):
    assert diff.cause(known, wanted, shown) is expected


# The file has 600. The last applied value (`-`: none), the live value, whether the API shows it;
# and the change.
EVERY = """
-    600  shown   =
-    700  shown   700 -> 600 untracked
-    800  shown   800 -> 600 untracked
600  600  shown   =
600  700  shown   700 -> 600 drift
600  800  shown   800 -> 600 drift
700  600  shown   =
700  700  shown   700 -> 600 edit
700  800  shown   800 -> 600 conflict
-    600  hidden  ? -> 600 untracked
-    700  hidden  ? -> 600 untracked
-    800  hidden  ? -> 600 untracked
600  600  hidden  =
600  700  hidden  =
600  800  hidden  =
700  600  hidden  ? -> 600 edit
700  700  hidden  ? -> 600 edit
700  800  hidden  ? -> 600 edit
"""
ROWS = [tuple(line.split(None, 3)) for line in EVERY.strip().splitlines()]


@pytest.mark.parametrize(("known", "shown", "readable", "change"), ROWS, ids="-".join)
def test_every_combination_of_file_state_and_live(known, shown, readable, change):
    path = "silenceThreshold"
    memory = {} if known == "-" else {path: int(known)}
    payload = {path: int(shown)} if readable == "shown" else {}
    expected = [] if change == "=" else [f"{path} {change}"]
    assert changes({path: 600}, payload, memory) == expected
    assert changes({}, payload, memory) == []


def test_the_table_of_combinations_is_complete():
    every = product(("-", "600", "700"), ("600", "700", "800"), ("shown", "hidden"))
    assert sorted(row[:3] for row in ROWS) == sorted(every)


SECRETS = [
    # the last applied value, whether the payload shows a value, the change
    (None, {TOKEN: True}, "(sensitive) untracked"),
    (None, {TOKEN: False}, "(sensitive) untracked"),
    (None, {}, "(sensitive) untracked"),
    (Secret("T", "one"), {TOKEN: True}, "="),
    (Secret("T", "one"), {TOKEN: False}, "="),
    (Secret("T", "one"), {}, "="),
    (Secret("OTHER_NAME", "one"), {}, "(sensitive) edit"),
    (Secret("T", "two"), {TOKEN: True}, "(sensitive) edit"),
    (Secret("T", "two"), {}, "(sensitive) edit"),
]


@pytest.mark.parametrize(("known", "shown", "change"), SECRETS)
def test_a_secret_is_compared_with_the_state_alone(known, shown, change):
    item = desired({TOKEN: Secret("T", "one")})
    memory = None if known is None else build.applied(desired({TOKEN: known}))
    found = diff.differences(item, live({}, secrets=shown), memory, SALT)
    assert [*map(printed, found)] == ([] if change == "=" else [f"{TOKEN} {change}"])


BETWEEN = [
    # in the file, last applied, live, the change: `plain` and `hush` are values, `$` marks secrets
    ("$hush", None, "hush", "(sensitive) untracked"),
    ("$hush", "$hush", "hush", "="),
    ("$hush", "$hush", "moved", "="),
    ("$hush", "$before", "before", "(sensitive) edit"),
    ("$hush", "hush", "hush", "(sensitive) edit"),
    ("plain", "$hush", "hush", "(sensitive) edit"),
    ("plain", "$hush", "plain", "="),
    ("plain", "plain", "hush", '"hush" -> "plain" drift'),
]


@pytest.mark.parametrize(("wanted", "known", "shown", "change"), BETWEEN)
def test_a_text_that_is_or_was_a_secret_is_never_shown(wanted, known, shown, change):
    def value(text):
        return Secret("NAME", text[1:]) if text.startswith("$") else text

    path = "greetingMessage"
    memory = {} if known is None else {path: value(known)}
    expected = [] if change == "=" else [f"{path} {change}"]
    assert changes({path: value(wanted)}, {path: shown}, memory) == expected


SPELLINGS = [
    ("maxCallDuration", 300, 300.0),
    ("noiseCancellation", "telephony-optimized", "telephony_optimized"),
    (SLOTS, {"Monday": [NINE]}, {"Friday": [], "Monday": [NINE]}),
    ("params", {"a": 1, "b": 2}, {"b": 2.0, "a": 1}),
]


@pytest.mark.parametrize(("path", "wanted", "shown"), SPELLINGS)
def test_another_spelling_of_the_same_is_no_change_and_no_drift(path, wanted, shown):
    assert changes({path: wanted}, {path: shown}) == []
    assert changes({path: wanted}, {path: shown}, {path: wanted}) == []
    (change,) = diff.differences(
        desired({path: None}), live({path: shown}), build.applied(desired({path: wanted})), SALT
    )
    assert change.cause is Cause.EDIT


def test_true_is_not_one_and_null_is_not_absent():
    assert changes({"params": {"a": True}}, {"params": {"a": 1}}, {}) == [
        'params {"a": 1} -> {"a": true} untracked'
    ]
    assert changes({"outcome": None}, {"outcome": None}) == []
    assert changes({"outcome": None}, {"outcome": "x"}, {"outcome": "x"}) == [
        'outcome "x" -> null edit'
    ]


def test_a_change_carries_what_the_table_says_of_its_field():
    item = desired({"silenceThreshold": 600, "greetingMessage": "Hi", "voiceId": "v"})
    found = diff.differences(item, live({}), None, SALT)
    assert [(change.path, change.unit, change.impact.value) for change in found] == [
        ("silenceThreshold", "ms", "behaviour"),
        ("greetingMessage", "", "spoken"),
        ("voiceId", "", "spoken"),
    ]


def test_a_new_agent_s_changes_are_all_that_its_file_says():
    found = diff.additions(
        AGENT_V1, {"agentName": "A", TOKEN: Secret("T", "one"), "params": {"a": [Secret("T", "x")]}}
    )
    assert [(c.path, c.before, c.after, c.sensitive, c.cause.value) for c in found] == [
        ("agentName", None, "A", False, "edit"),
        (TOKEN, None, None, True, "edit"),
        ("params", None, None, True, "edit"),
    ]


FINGERPRINTS = [
    ("greetingMessage", "Hi", "sha256"),
    ("greetingMessage", Secret("G", "Hi"), "scrypt"),
    ("params", {"a": [Secret("G", "Hi")]}, "scrypt"),
    ("tools.googleCalendar", True, "scrypt"),
    ("tools.smartCallEnd", True, "sha256"),
    (TOKEN, Secret("T", "one"), "scrypt"),
    ("webhookAuth.authSecret", None, "scrypt"),
    ("webToolsOverrides", {}, "scrypt"),
]


@pytest.mark.slow
@pytest.mark.parametrize(("path", "value", "kind"), FINGERPRINTS)
def test_what_may_not_be_guessed_has_a_keyed_digest(path, value, kind):
    item = desired({path: value})
    found = diff.fingerprint(item, AGENT_V1[path], SALT)
    assert found.partition(":")[0] == kind
    elsewhere = diff.fingerprint(replace(item, key="other"), AGENT_V1[path], SALT)
    assert (found != elsewhere) is (kind == "scrypt")


def test_a_readable_field_s_digest_is_that_of_its_canonical_value():
    week = {"Monday": [NINE], "Friday": []}
    found = diff.fingerprint(desired({SLOTS: week}), AGENT_V1[SLOTS], SALT)
    assert found == digest.content({"Monday": [NINE]})


@pytest.mark.parametrize(
    ("value", "holds"),
    [
        (Secret("A"), True),
        ({"a": [{"b": Secret("A")}]}, True),
        ([[], {}, [Secret("A")]], True),
        ({"a": ["$secret", None, 1]}, False),
        ("Secret", False),
        (None, False),
    ],
    ids=repr,
)
def test_a_secret_is_found_at_any_depth(value, holds):
    assert diff.holds_secret(value) is holds
    assert diff.sensitive(AGENT_V1["params"], value) is holds
    assert diff.sensitive(AGENT_V1[TOKEN], value) is True


PARTS = [
    # before, after, the parts: `-` if a side has none
    pytest.param({"a": 1}, {"a": 2}, ["a: 1 -> 2"], id="a value"),
    pytest.param({"a": 1}, {}, ["a: 1 -> -"], id="a key gone"),
    pytest.param({}, {"a": None}, ["a: - -> null"], id="a key with null"),
    pytest.param({"a": None}, {"a": ""}, ['a: null -> ""'], id="null and empty"),
    pytest.param({"a": {"b": [1, 2]}}, {"a": {"b": [1, 3]}}, ["a.b.1: 2 -> 3"], id="deep"),
    pytest.param({}, {"b": 1, "a": 2}, ["b: - -> 1", "a: - -> 2"], id="nothing in common"),
    pytest.param(["a"], ["a", "b"], ['1: - -> "b"'], id="an item more"),
    pytest.param(["a", "b"], ["b"], ['0: "a" -> -'], id="the first item gone"),
    pytest.param(["a", "b"], ["x", "a", "b"], ['0: - -> "x"'], id="an item before"),
    pytest.param(["a", "b"], ["a", "c"], ['1: "b" -> "c"'], id="an item changed"),
    pytest.param([NINE], [], ['0: {"from": "09:00", "to": "12:00"} -> -'], id="a slot gone"),
    pytest.param(
        {"z": 1, "a": 1}, {"z": 2, "a": 2}, ["z: 1 -> 2", "a: 1 -> 2"], id="in reading order"
    ),
    pytest.param(
        ["a", "b"], ["a", "c", "d"], ['1: "b" -> "c"', '2: - -> "d"'], id="changed before added"
    ),
    pytest.param(
        ["long text here", "x"],
        ["y", "z", "x", "long text here", ""],
        ['0: - -> "y"', '1: "x" -> ""', '1: - -> "z"', '2: - -> "x"'],
        id="changed before added at one place",
    ),
    pytest.param(
        {"z": 1, "y": 1, "a": 1},
        {"b": 2, "a": 2, "z": 1},
        ["b: - -> 2", "a: 1 -> 2", "y: 1 -> -"],
        id="in the order of the new value, what is gone last",
    ),
    pytest.param({"a": 1, "b": 2}, {"a": 1.0, "b": 3}, ["b: 2 -> 3"], id="1 and 1.0 are the same"),
    pytest.param({"a": 1}, {"a": True}, ["a: 1 -> true"], id="1 and true are not"),
    pytest.param([1], [True], [": [1] -> [true]"], id="1 and true in a list"),
    pytest.param({"__a": 1}, {"__a": 2}, ["__a: 1 -> 2"], id="a key with underscores"),
    pytest.param({"a.b": 1}, {"a.b": 2}, ["a.b: 1 -> 2"], id="a key with a dot"),
    pytest.param({"a'b\"]": 1}, {"a'b\"]": 2}, ["a'b\"]: 1 -> 2"], id="a key with quotes"),
    pytest.param(
        {"a": "not present"}, {"a": 1}, ['a: "not present" -> 1'], id="words of the differ"
    ),
    pytest.param({"a": [1]}, {"a": {"0": 1}}, ['a: [1] -> {"0": 1}'], id="another kind"),
]


def side(value):
    return "-" if value is jsonvalues.MISSING else json.dumps(value, ensure_ascii=False)


@pytest.mark.parametrize(("before", "after", "expected"), PARTS)
def test_the_parts_of_a_list_or_map_that_differ(before, after, expected):
    found = [
        f"{'.'.join(map(str, part.path))}: {side(part.before)} -> {side(part.after)}"
        for part in diff.parts(before, after)
    ]
    assert found == expected


SCALARS = st.none() | st.booleans() | st.integers(2, 5) | st.sampled_from(["", "a", "b", "ب"])
TREES = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["a", "b", "__c", "d.e"]), inner, max_size=3)
    ),
    max_leaves=8,
)
MAPS = st.dictionaries(st.sampled_from(["a", "b", "__c"]), TREES, max_size=3)


@given(MAPS, MAPS)
def test_every_entry_that_differs_is_reported_and_no_other(before, after):
    if before == after:
        return
    found = diff.parts(before, after)
    told = {part.path[0] for part in found}
    assert told == {
        name
        for name in before.keys() | after.keys()
        if before.get(name, "-") != after.get(name, "-")
    }
    assert not any(jsonvalues.equal(part.before, part.after) for part in found)


@given(st.lists(st.sampled_from(["a", "b", "c", ""]), min_size=1, max_size=5), st.data())
def test_one_edited_text_of_a_list_is_found_at_its_place(texts, data):
    place = data.draw(st.integers(0, len(texts) - 1))
    edited = [*texts[:place], data.draw(st.sampled_from(["a", "b", "new"])), *texts[place + 1 :]]
    if edited != texts:
        assert diff.parts(texts, edited) == [diff.Part((place,), texts[place], edited[place])]


WORDS = st.sampled_from(["a", "b", "c", "", "a b"])
LISTS = st.lists(WORDS, max_size=5)
NAMED = st.dictionaries(WORDS, WORDS, max_size=4)


@given(st.tuples(LISTS, LISTS) | st.tuples(NAMED, NAMED))
def test_texts_that_need_no_search_differ_as_it_finds(sides):
    assert diff._of_texts(*sides) in ([], diff._searched(*sides))


MOVED = [
    # fields before, fields after, rest before, rest after, what moved
    ({"lang": "ar"}, {"lang": "ar"}, {}, {}, []),
    ({"lang": "ar"}, {"lang": "en"}, {}, {}, ["lang"]),
    ({"lang": "ar"}, {}, {}, {}, ["lang"]),
    ({}, {"outcome": None}, {}, {}, []),  # null and absent are the same
    ({"outcome": "x"}, {"outcome": None}, {}, {}, ["outcome"]),
    ({}, {"outcome": ""}, {}, {}, ["outcome"]),
    ({"params": {"a": 1}}, {"params": {"a": 1.0}}, {}, {}, []),
    ({SLOTS: {"Friday": []}}, {SLOTS: {}}, {}, {}, []),
    ({}, {}, {"projectId": "x"}, {"projectId": "x"}, []),
    ({}, {}, {"projectId": "x"}, {"projectId": "y"}, ["projectId"]),
    ({}, {}, {}, {"collectionId": "x"}, ["collectionId"]),
    (
        {"voiceId": "a", "lang": "ar"},
        {"voiceId": "b", "lang": "en"},
        {"x": "1"},
        {},
        ["lang", "voiceId", "x"],
    ),
]


@pytest.mark.parametrize(("before", "after", "rest", "rest_after", "paths"), MOVED)
def test_what_changed_between_two_readings(before, after, rest, rest_after, paths):
    first, second = live(before, rest=rest), live(after, rest=rest_after)
    assert [*diff.moved(first, second)] == paths


@pytest.mark.parametrize(
    ("before", "after", "paths"),
    [
        ({TOKEN: True}, {TOKEN: True}, []),
        ({TOKEN: True}, {TOKEN: False}, [TOKEN]),
        ({TOKEN: False}, {TOKEN: True}, [TOKEN]),
        ({}, {TOKEN: True}, [TOKEN]),
        ({}, {TOKEN: False}, []),
    ],
)
def test_a_secret_that_is_set_or_unset_is_noticed(before, after, paths):
    assert [*diff.moved(live({}, secrets=before), live({}, secrets=after))] == paths


VALUES = {
    "greetingMessage": st.text(max_size=4),
    "silenceThreshold": st.integers(1, 9),
    "outcome": st.none() | st.text(max_size=4),
    "params": MAPS,
    SLOTS: st.dictionaries(st.sampled_from(["Monday", "Friday"]), st.lists(st.just(NINE))),
}


@given(st.fixed_dictionaries({}, optional=VALUES))
def test_an_agent_that_is_as_declared_has_no_differences(fields):
    assert changes(fields, fields) == []
    assert changes(fields, fields, fields) == []
    assert [*diff.moved(live(fields), live(fields))] == []
