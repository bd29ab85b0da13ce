"""The stored form and v2's request form are two views of one agent: the laws of that. Pure."""

from hypothesis import given
from hypothesis import strategies as st

from reconciler.sandbox.settings import Settings
from reconciler.sandbox.v1 import defaults
from reconciler.sandbox.v2 import columns
from reconciler.sandbox.v2.defaults import PUBLISHED

from .v2_samples import FLOW, REQUEST

texts = st.text(max_size=20).filter(lambda text: text not in ("telephony-optimized", ""))
values = st.one_of(st.none(), st.booleans(), st.integers(), texts, st.lists(texts, max_size=3))
NESTED = ("conversation", "voice", "llm", "callSettings")
TOOLS = [{**REQUEST["tools"][0], "testResult": {}, "nodeId": None}]


MEMBERS = [
    *[(place, member) for place in NESTED for member in PUBLISHED[place]],
    *[(place, "x-unknown") for place in NESTED],
]


@st.composite
def agents(draw):
    """An agent with some values of any type, which the columns do not judge."""
    agent = {name: dict(REQUEST[name]) if name in NESTED else REQUEST[name] for name in PUBLISHED}
    for place, member in draw(st.lists(st.sampled_from(MEMBERS), max_size=6)):
        agent[place][member] = draw(values)
    agent["tools"] = draw(st.sampled_from([[], TOOLS]))
    agent["workflow"] = draw(st.sampled_from([{}, FLOW]))
    return agent


def written(fields, agent, names):
    return columns.kept(fields, agent, names, dashboard=False)


def read(fields):
    return columns.asked(fields, dashboard=False)


@given(agents())
def test_what_is_written_is_read(agent):
    assert read(written({}, agent, agent)) == agent


@given(agents(), agents(), st.sets(st.sampled_from([*PUBLISHED])))
def test_a_write_changes_what_was_sent_and_nothing_else(before, after, names):
    fields = {**defaults.filled("G3", {}), "icon": "phone", "outcome": "x"}
    stored = written(fields, before, before)
    changed = written(stored, after, names)
    assert read(changed) == {**before, **{name: after[name] for name in names}}
    assert {changed[name] for name in ("icon", "outcome")} == {"phone", "x"}
    assert stored == written(fields, before, before)


@given(agents(), st.sets(st.sampled_from([*PUBLISHED])))
def test_writing_what_was_read_changes_nothing(agent, names):
    stored = written({}, agent, agent)
    assert written(stored, read(stored), names) == stored


def test_the_usual_settings_show_no_key_of_the_dashboard():
    assert columns.extras({}, dashboard=Settings().dashboard) == {}
