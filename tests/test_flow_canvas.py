"""Places for the nodes of a flow's picture: as on the canvas, without overlaps."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.kinds.flow.canvas import HEIGHT, WIDTH, places, positions
from reconciler.sandbox.seed import load_seed

COORDINATE = st.one_of(
    st.integers(-3000, 3000), st.floats(), st.none(), st.sampled_from([0, 0.5, 1e300, "1", True])
)
NODE = st.fixed_dictionaries({"position": st.dictionaries(st.sampled_from("xy"), COORDINATE)})


def overlapping(found: dict[str, tuple[int, int]]) -> list[tuple[str, str]]:
    pairs = [(a, b) for a in found for b in found if a < b]
    return [
        (a, b)
        for a, b in pairs
        if abs(found[a][0] - found[b][0]) < WIDTH and abs(found[a][1] - found[b][1]) < HEIGHT
    ]


@given(nodes=st.lists(NODE, max_size=30), moving=st.sets(st.integers(0, 30)))
def test_no_two_boxes_overlap_whatever_the_positions(nodes: list[Any], moving: set[int]) -> None:
    layout = {"nodes": {str(number): one for number, one in enumerate(nodes)}}
    order = [*layout["nodes"]]
    links = [(str(n), str(n * 7 % 31)) for n in range(len(nodes))]
    found = places(order, positions(layout), links, map(str, moving))
    assert [*found] == order
    assert overlapping(found) == []
    assert min((min(at) for at in found.values()), default=0) == 0


def test_the_clinics_flow_keeps_its_picture() -> None:
    (clinic,) = (one.fields for one in load_seed("v2") if len(one.fields.get("workflow", {})) > 1)
    at = positions({"nodes": {one["id"]: one for one in clinic["workflow"]["nodes"]}})
    found = places([*at], at, [])
    assert overlapping(found) == []
    turned = [
        (a, b)
        for a in at
        for b in at
        if at[b][0] - at[a][0] > 2 * WIDTH and found[b][0] <= found[a][0]
    ]
    assert turned == [], "what is far to the right stays to the right"
    width, height = (max(one[axis] for one in found.values()) for axis in (0, 1))
    assert width < 4500
    assert height < 1500


NEXT: dict[str, tuple[list[tuple[str, str]], dict[str, tuple[float, float]], list[str]]] = {
    "beside its predecessor": ([("a", "n")], {"a": (0, 0)}, ["n right of a"]),
    "below what is there already": (
        [("a", "n")],
        {"a": (0, 0), "b": (380, 0)},
        ["n right of a", "n below b"],
    ),
    "before what it leads to": ([("n", "b")], {"b": (380, 0)}, ["b right of n"]),
    "below everything": ([], {"a": (0, 0), "b": (380, 100)}, ["n below a", "n below b"]),
    "a hint that is taken": ([], {"a": (0, 0), "b": (380, 0), "n": (380, 0)}, ["n below b"]),
}


@pytest.mark.parametrize("case", NEXT)
def test_a_new_node_is_placed(case: str) -> None:
    links, known, expected = NEXT[case]
    found = places([*dict.fromkeys([*known, "n"])], known, links, ["n"])
    for one in expected:
        a, where, b = one.replace(" of", "").split()
        right, below = found[a][0] - found[b][0], found[a][1] - found[b][1]
        assert (right >= WIDTH) if where == "right" else (below >= HEIGHT)


def test_the_others_stay_if_a_node_is_added() -> None:
    known = {"a": (0.0, 0.0), "b": (380.0, 0.0), "n": (380.0, 0.0)}
    before = places(["a", "b"], known, [])
    after = places(["a", "n", "b"], known, [("a", "n"), ("n", "b")], ["n"])
    assert {one: after[one] for one in before} == before


def test_a_hundred_nodes_at_one_spot() -> None:
    order = [str(n) for n in range(100)]
    found = places(order, dict.fromkeys(order, (5.0, 5.0)), [])
    assert overlapping(found) == []
    assert max(max(at) for at in found.values()) < 5000
