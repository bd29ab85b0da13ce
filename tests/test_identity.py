"""Which live agent each file means. A case is files, live agents and the state, in one line each.

A file is `key=name` or `key=name@pinned-id`, a live agent `id=name`, the state `key:id`.
"""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.engine.identity import match
from reconciler.errors import ConfigError
from reconciler.jsonvalues import Secret
from reconciler.kinds.agent_v1 import AGENT_V1
from reconciler.model import Applied, Desired, EnvironmentState
from tests.build import desired, live


def file(text):
    key, _, rest = text.partition("=")
    name, _, pin = rest.partition("@")
    fields = {"agentName": name} if name else {}
    return desired(fields, key, id=pin or None)


def agent(text):
    agent_id, _, name = text.partition("=")
    return live(agent_id=agent_id, name=name)


def state(text):
    pairs = (entry.split(":") for entry in text.split())
    return EnvironmentState(
        salt="00", agents={key: Applied(kind=AGENT_V1, id=one, digests={}) for key, one in pairs}
    )


def matched(files, live, known):
    """Who means whom, as text: `a 1 by name`."""
    matches = match([*map(file, files.split())], [*map(agent, live.split())], state(known))
    return "; ".join(map(printed, matches))


def printed(item):
    if item.missing_pin:
        return f"{item.desired.key} blocked, {item.missing_pin} is not live"
    lost = f", {item.lost} is lost" if item.lost else ""
    if item.live is None:
        return f"{item.desired.key} new{lost}"
    return f"{item.desired.key} {item.live.id} by {item.found_by}{lost}"


MATCHES = [
    # files, live, state, who means whom
    pytest.param("a=A@1", "1=A", "", "a 1 by id", id="a pinned id that is live"),
    pytest.param("a=A@1", "1=B 2=A", "a:2", "a 1 by id", id="a pin beats state and name"),
    pytest.param("a=A@9", "1=A", "a:1", "a blocked, 9 is not live", id="a pin that is not live"),
    pytest.param("a=A@9", "1=A 2=A", "", "a blocked, 9 is not live", id="a lost pin, namesakes"),
    pytest.param("a=A", "1=B 2=A", "a:1", "a 1 by state", id="the state beats the name"),
    pytest.param("a=A", "1=A 2=A", "a:2", "a 2 by state", id="the state tells namesakes apart"),
    pytest.param("a=A", "1=A", "", "a 1 by name", id="the only one of that name"),
    pytest.param("a=A", "2=A", "a:1", "a 2 by name, 1 is lost", id="a lost id, found by its name"),
    pytest.param("a=A", "2=B", "", "a new", id="nobody of that name"),
    pytest.param("a=A", "", "a:1", "a new, 1 is lost", id="a lost id and nobody of that name"),
    pytest.param("a=A", "1=a", "", "a new", id="names are compared letter by letter"),
    pytest.param("a=", "1=A", "", "a new", id="a file without a name"),
    pytest.param("a=", "1=A", "a:1", "a 1 by state", id="a file without a name, in the state"),
    pytest.param("a=A", "1=A", "b:1", "a 1 by name", id="the state knows it under an old key"),
    pytest.param(
        "a=A b=A@1", "1=A 2=A", "", "a 2 by name; b 1 by id", id="a namesake that is held by id"
    ),
    pytest.param(
        "a=A b=A", "1=A 2=A", "a:1 b:2", "a 1 by state; b 2 by state", id="namesakes, both known"
    ),
    pytest.param(
        "b=B a=A", "1=A 2=B", "", "b 2 by name; a 1 by name", id="in the order of the files"
    ),
    pytest.param(
        "a=B b=A", "1=A", "a:1", "a 1 by state; b new", id="a name that another file gives up"
    ),
    pytest.param(
        "a=A b=B", "1=B 2=A", "a:1 b:2", "a 1 by state; b 2 by state", id="names change places"
    ),
    pytest.param("a= b=", "", "", "a new; b new", id="two files without a name"),
    pytest.param("a=", "1= 2=", "", "a new", id="agents without a name are nobody's"),
]

ERRORS = [
    # files, live, state, the mistakes
    pytest.param(
        "a=A",
        "2=A 1=A",
        "",
        ["agents/a.yaml spec.agentName: 2 live agents have this name (1, 2)"],
        id="several of that name",
    ),
    pytest.param(
        "a=A",
        "1=A 2=A",
        "a:3",
        ["agents/a.yaml spec.agentName: 2 live agents have this name (1, 2)"],
        id="a lost id, several of that name",
    ),
    pytest.param(
        "a=A b=B",
        "1=A 2=A 3=B 4=B 5=B",
        "",
        [
            "agents/a.yaml spec.agentName: 2 live agents have this name (1, 2)",
            "agents/b.yaml spec.agentName: 3 live agents have this name (3, 4, 5)",
        ],
        id="all such mistakes at once",
    ),
    pytest.param(
        "a=A@1 b=B@1",
        "1=A",
        "",
        ["agents/b.yaml : 2 files mean the same agent (agents/a.yaml, agents/b.yaml)"],
        id="one id, pinned twice",
    ),
    pytest.param(
        "a=A@1 b=B",
        "1=A",
        "b:1",
        ["agents/b.yaml : 2 files mean the same agent (agents/a.yaml, agents/b.yaml)"],
        id="one id, pinned and in the state",
    ),
    pytest.param(
        "a=A b=A c=A",
        "1=A",
        "",
        [
            (
                "agents/b.yaml : 3 files mean the same agent "
                "(agents/a.yaml, agents/b.yaml, agents/c.yaml)"
            )
        ],
        id="one agent, found by name three times",
    ),
    pytest.param(
        "a=A b=A",
        "",
        "",
        ["agents/b.yaml : 2 files mean the same agent (agents/a.yaml, agents/b.yaml)"],
        id="two files would create one name",
    ),
    pytest.param(
        "a=A b=A",
        "1=A",
        "a:1",
        ["agents/b.yaml : 2 files mean the same agent (agents/a.yaml, agents/b.yaml)"],
        id="a copied file would create a second agent of a name",
    ),
    pytest.param(
        "a= b=A",
        "1=A",
        "a:1",
        ["agents/b.yaml : 2 files mean the same agent (agents/a.yaml, agents/b.yaml)"],
        id="the name of an agent whose file does not say it",
    ),
    pytest.param(
        "a=B b=B",
        "1=A",
        "a:1",
        ["agents/b.yaml : 2 files mean the same agent (agents/a.yaml, agents/b.yaml)"],
        id="a name that an agent is about to take",
    ),
]


@pytest.mark.parametrize(("files", "live", "known", "expected"), MATCHES)
def test_a_file_means_one_agent_or_a_new_one(files, live, known, expected):
    assert matched(files, live, known) == expected


def test_a_name_that_is_a_secret_matches_no_agent():
    item = Desired(
        kind=AGENT_V1, key="a", file="agents/a.yaml", fields={"agentName": Secret("NAME", "A")}
    )
    assert item.name == ""
    (found,) = match([item], [agent("1=A"), agent(f"2={Secret('NAME')}")], state(""))
    assert found.live is None


@pytest.mark.parametrize(("files", "live", "known", "mistakes"), ERRORS)
def test_what_is_undecidable_is_an_error_that_lists_ids_and_files(files, live, known, mistakes):
    with pytest.raises(ConfigError) as caught:
        matched(files, live, known)
    found = [f"{p.file} {p.field}: {p.message} ({p.found})" for p in caught.value.problems]
    assert found == mistakes
    assert all(problem.hint for problem in caught.value.problems)


FILES = st.lists(
    st.tuples(st.sampled_from("ABC"), st.sampled_from(["", "@1", "@2", "@9"])), max_size=4
)
LIVE = st.lists(st.sampled_from("ABC"), max_size=4)
KNOWN = st.dictionaries(st.integers(0, 3), st.integers(0, 5), max_size=4)


@given(FILES, LIVE, KNOWN, st.randoms(use_true_random=False))
def test_neither_the_order_of_files_nor_of_live_agents_counts(files, live, known, random):
    texts = [f"k{i}={name}{pin}" for i, (name, pin) in enumerate(files)]
    agents = [f"{i}={name}" for i, name in enumerate(live)]
    entries = " ".join(f"k{key}:{one}" for key, one in known.items())
    shuffled = random.sample(texts, len(texts)), random.sample(agents, len(agents))
    try:
        found = matched(" ".join(texts), " ".join(agents), entries)
    except ConfigError:
        with pytest.raises(ConfigError):
            matched(" ".join(shuffled[0]), " ".join(shuffled[1]), entries)
        return
    again = matched(" ".join(shuffled[0]), " ".join(shuffled[1]), entries)
    assert sorted(found.split("; ")) == sorted(again.split("; "))


@given(FILES, LIVE, KNOWN)
def test_no_two_files_ever_mean_one_agent(files, live, known):
    texts = " ".join(f"k{i}={name}{pin}" for i, (name, pin) in enumerate(files))
    agents = " ".join(f"{i}={name}" for i, name in enumerate(live))
    entries = " ".join(f"k{key}:{one}" for key, one in known.items())
    try:
        found = matched(texts, agents, entries)
    except ConfigError:
        return
    ids = [text.split()[1] for text in found.split("; ") if " by " in text]
    assert len(ids) == len(set(ids))
