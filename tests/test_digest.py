"""Digests: one for each value, whatever its spelling; secrets' ones cannot be compared."""

import hashlib
import hmac

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from reconciler import jsonvalues
from reconciler.engine import entries
from reconciler.jsonvalues import Secret
from reconciler.kinds.agent_v1 import AGENT_V1
from reconciler.model import Applied
from reconciler.schema import digest

SALT, OTHER_SALT = "00" * 16, "ff" * 16
NUMBERS = st.integers() | st.floats(allow_nan=False, allow_infinity=False)
JSON = st.recursive(
    st.none() | st.booleans() | NUMBERS | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=10,
)

PAIRS = [
    # one value, another, whether their digests are the same
    (1, 1.0, True),
    (0, -0.0, True),
    (10**16, 1e16, True),
    (1, True, False),
    (0, False, False),
    (1, "1", False),
    (1.5, 1.25, False),
    (None, "", False),
    (None, "null", False),
    ([], {}, False),
    ([1, 2], [2, 1], False),
    ({"a": 1, "b": [2.0]}, {"b": [2], "a": 1.0}, True),
    ({"a": None}, {}, False),
    ("é", "e\u0301", False),
    ("\ud800", "\ud801", False),
]


def spelt(value):
    """The same value in another form: whole numbers as fractions, keys in the other order."""
    match value:
        case bool():
            return value
        case int() if float(value) == value:
            return float(value)
        case list():
            return [spelt(item) for item in value]
        case dict():
            return {name: spelt(item) for name, item in reversed(value.items())}
        case _:
            return value


@pytest.mark.parametrize(("a", "b", "same"), PAIRS, ids=[f"{a!a} {b!a}" for a, b, _ in PAIRS])
def test_a_digest_is_of_the_value_and_not_of_its_spelling(a, b, same):
    assert (digest.content(a) == digest.content(b)) is same


def test_a_digest_is_short_and_names_its_method():
    found = digest.content("أهلاً")
    assert found == "sha256:7d52f5d0497614617d86d256d6271b17"
    assert digest.content("أهلاً") == found


@pytest.mark.slow
@given(JSON)
def test_another_spelling_has_the_same_digest(value):
    assume(abs(max(_numbers(value), default=0)) < 2**53)
    assert digest.content(spelt(value)) == digest.content(value)


def _numbers(value):
    match value:
        case int() | float():
            yield abs(value)
        case list():
            for item in value:
                yield from _numbers(item)
        case dict():
            yield from _numbers([*value.values()])


@given(JSON, JSON)
def test_digests_are_the_same_if_and_only_if_values_are_equal(a, b):
    assert (digest.content(a) == digest.content(b)) is jsonvalues.equal(a, b)


@pytest.mark.slow
def test_a_keyed_digest_differs_by_salt_by_place_and_by_value():
    made = [
        digest.keyed(SALT, "front-desk/apiKey", "secret"),
        digest.keyed(OTHER_SALT, "front-desk/apiKey", "secret"),
        digest.keyed(SALT, "night-desk/apiKey", "secret"),
        digest.keyed(SALT, "front-desk/authSecret", "secret"),
        digest.keyed(SALT, "front-desk/apiKey", "another"),
    ]
    assert len({*made}) == len(made)
    assert made[0] == digest.keyed(SALT, "front-desk/apiKey", "secret")
    assert all(len(one.removeprefix("scrypt:")) == 32 for one in made)


@pytest.mark.slow
def test_a_keyed_digest_stays_what_states_hold():
    found = digest.keyed("00112233445566778899aabbccddeeff", "front-desk/apiKey", "secret")
    stretched = hashlib.scrypt(
        b'"secret"',
        salt=bytes.fromhex("00112233445566778899aabbccddeeff"),
        n=16384,
        r=8,
        p=1,
        dklen=32,
    )
    mac = hmac.new(stretched, b"front-desk/apiKey", "sha256").hexdigest()
    assert found == f"scrypt:{mac[:32]}"


def keyed(value):
    return digest.keyed(SALT, "place", value)


@pytest.mark.slow
def test_a_keyed_digest_has_parts_for_the_value_and_for_the_file():
    def parts(value):
        return keyed(value).split(":")[1:]

    assert parts("x") == [parts(Secret("A", "x"))[0]]
    assert parts(Secret("A", "x"))[0] == parts(Secret("B", "x"))[0] != parts(Secret("A", "y"))[0]
    assert parts(Secret("A", "x"))[1] == parts(Secret("A", "y"))[1] != parts(Secret("B", "x"))[1]
    assert parts(Secret("A")) == ["", parts(Secret("A", "x"))[1]]
    assert parts({"token": [Secret("A", "x")]})[0] == parts({"token": ["x"]})[0]
    assert keyed({"n": 1}) == keyed({"n": 1.0}) != keyed({"n": True})


A, OTHER, UNSET = Secret("A", "x"), Secret("A", "y"), Secret("A")


@pytest.mark.slow
def test_two_digests_compare_alike_if_a_secret_is_not_set():
    old = keyed(A).rpartition(":")[0]  # as older state files kept it
    table = [
        (None, keyed(A), "YES"),
        (None, keyed(UNSET), "YES"),
        (digest.content("x"), digest.content("x"), "NO"),
        (digest.content("x"), keyed(UNSET), "YES"),
        (keyed("x"), digest.content("x"), "YES"),
        (keyed("x"), keyed("y"), "YES"),
        (keyed("x"), keyed(A), "NO"),
        (keyed(A), keyed("x"), "NO"),
        (keyed(A), keyed(A), "NO"),
        (keyed(A), keyed(OTHER), "SECRET"),
        (keyed(A), keyed(UNSET), "UNTOLD"),
        (old, keyed(A), "NO"),
        (old, keyed(OTHER), "SECRET"),
        (old, keyed(UNSET), "UNTOLD"),
        (keyed(A), keyed(Secret("B", "x")), "YES"),
        (keyed(A), keyed(Secret("B")), "YES"),
        (keyed({"t": A, "n": 1}), keyed({"t": OTHER, "n": 1}), "SECRET"),
        (keyed({"t": A, "n": 1}), keyed({"t": UNSET, "n": 1}), "UNTOLD"),
        (keyed({"t": A, "n": 1}), keyed({"t": A, "n": 2}), "YES"),
        (keyed({"t": A, "n": 1}), keyed({"t": UNSET, "n": 2}), "YES"),
        (keyed({"t": [A, A]}), keyed({"t": [A, UNSET]}), "UNTOLD"),
    ]
    for number, (last, desired, moved) in enumerate(table):
        assert digest.moved(last, desired) is digest.Moved[moved], number


def test_the_file_part_of_a_digest_reveals_no_text_next_to_a_secret():
    beside = keyed({"token": A, "pin": "1234"})
    named = {"token": {"$secret": "A"}}
    guesses = [digest.content({**named, "pin": str(number)}) for number in range(1230, 1240)]
    assert not any(beside.rpartition(":")[2] in guess for guess in guesses)


def test_a_mark_of_the_state_s_entry_is_of_its_id_and_digests_alone():
    one = Applied(kind=AGENT_V1, id="1", digests={"lang": "sha256:a", "outcome": "sha256:b"})
    same = Applied(
        kind=AGENT_V1, id="1", digests={**one.digests}, applied_at="later", commit="c0ffee"
    )
    others = [
        Applied(kind=AGENT_V1, id="2", digests=one.digests),
        Applied(kind=AGENT_V1, id="1", digests={}),
    ]
    assert entries.mark(None) == ""
    assert entries.mark(one) == entries.mark(same) != ""
    assert len({entries.mark(one), *map(entries.mark, others)}) == 3


@pytest.mark.parametrize(
    ("found", "keyed"),
    [
        (digest.content("x"), False),
        (digest.keyed(SALT, "place", "x"), True),
        ("", False),
        (None, False),
    ],
)
def test_keyed_digests_are_distinguishable(found, keyed):
    assert digest.is_keyed(found) is keyed
