"""Shards and waves of a fleet: pure, stable, complete, balanced."""

import string

import pytest
from hypothesis import given
from hypothesis import strategies as some

from reconciler.engine.shards import Load, split, waves

names = some.text(string.ascii_lowercase, min_size=1, max_size=4)
fleets = some.dictionaries(names, some.integers(1, 30), max_size=40)


def load(weights, keys=None):
    return lambda name: Load(name, weights[name], (keys or {}).get(name, name))


@given(weights=fleets, count=some.integers(1, 12))
def test_each_page_is_in_one_shard_and_the_order_of_the_pages_does_not_matter(weights, count):
    found = split(weights, count, load(weights))
    assert len(found) == count
    assert sorted(name for one in found for name in one) == sorted(weights)
    again = split(reversed(weights), count, load(weights))
    assert [set(one) for one in found] == [set(one) for one in again]


@given(weights=fleets, count=some.integers(1, 12))
def test_no_shard_has_more_than_its_share_and_one_heavy_page(weights, count):
    loads = [sum(weights[name] for name in one) for one in split(weights, count, load(weights))]
    most = max(weights.values(), default=0)
    assert max(loads) <= sum(weights.values()) / count + most


@given(weights=fleets, keys=some.dictionaries(names, some.sampled_from("xyz")))
def test_pages_of_one_api_key_are_in_one_shard(weights, keys):
    for key in "xyz":
        mine = {name for name in weights if keys.get(name) == key}
        assert sum(bool(mine & {*one}) for one in split(weights, 5, load(weights, keys))) <= 1


def test_fifty_equal_projects_in_eight_shards_are_six_or_seven_each():
    weights = {f"clients/c{n:02}": 21 for n in range(50)}
    assert {len(one) for one in split(weights, 8, load(weights))} == {6, 7}


def test_a_new_project_moves_few_others():
    weights = {f"clients/c{n:02}": 21 for n in range(200)}
    shard = {name: i for i, one in enumerate(split(weights, 8, load(weights))) for name in one}
    weights["clients/new"] = 21
    moved = {name: i for i, one in enumerate(split(weights, 8, load(weights))) for name in one}
    assert sum(moved[name] != shard[name] for name in shard) < 20


WAVES = [
    pytest.param([], ["abcdefghij"], id="one wave if none is named"),
    pytest.param([1, "20%", "rest"], ["a", "bc", "defghij"], id="counts, shares and the rest"),
    pytest.param([1], ["a", "bcdefghij"], id="what is left is one more"),
    pytest.param(["1%", "0%"], ["a", "bcdefghij"], id="a share is one at least, 0% no wave"),
    pytest.param([99, "rest"], ["abcdefghij"], id="more than there are"),
]


@pytest.mark.parametrize(("sizes", "expected"), WAVES)
def test_waves_take_the_pages_in_order(sizes, expected):
    assert ["".join(one) for one in waves("abcdefghij", sizes)] == expected
