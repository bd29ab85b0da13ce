"""A changed flow through the command line: in every format, saved, drifted, without a layout."""

import json
import re
from pathlib import Path

import pytest

from tests.conftest import Serve
from tests.projects import Project
from tests.test_flow_files import LAYOUT, edit, edit_live, imported, node

pytestmark = pytest.mark.socket

ASK = """\
      ask_branch:
        type: conversation
        message: "Which branch, {{who}}?"
        transitions:
          - { natural_language: the caller names a branch, to: hours }
      hours:
"""
BOOKING = "{ natural_language: المتصل يريد حجز موعد جديد, to: set_search_mobile_journey }"
SENTENCE = (
    "from `start_node`, when “المتصل يريد حجز موعد جديد”: "
    "to `ask_branch` instead of `set_search_mobile_journey`"
)


def plain(text: str) -> str:
    """A text without the isolates around what has another direction."""
    return re.sub("[\u2066-\u2069]", "", text)


def text_of(project: Project, name: str) -> str:
    return (project.root / name).read_text(encoding="utf-8")


def places(page: str) -> dict[str, str]:
    """Where the boxes of a picture are, by their names for those who listen."""
    found = re.findall(
        r'transform="translate\(([\d ]+)\)">\s*(?:<a [^>]*aria-label="|<title>)([^",<]+)', page
    )
    return {slug: at for at, slug in found}


def test_a_changed_flow_is_shown_by_node(serve: Serve, tmp_path: Path) -> None:
    server = serve("")
    project = imported(Project(tmp_path), server)
    edit(project, (BOOKING, BOOKING.replace("set_search_mobile_journey", "ask_branch")))
    edit(project, ("      hours:\n", ASK), ("label: Operator", "label: Front desk"))
    reports = [f"{one}=r.{one}" for one in ("html", "markdown", "json")]
    flags = [flag for one in reports for flag in ("--report", one)]
    done = project.run("plan", "--out", "next.plan.json", *flags)
    assert done.code == 0, done.err
    text = plain(done.out + done.err)
    for line in (
        "nodes added: `ask_branch`",
        "nodes renamed: `Operator` is now `Front desk`",
        "nodes changed: `start_node`",
        "! used, but nothing sets it: `who` in `ask_branch`",
        "+ flow.nodes[ask_branch]  [edit]",
        f"│ {SENTENCE}",
        "gets changes in 3 nodes of its flow",
    ):
        assert line in text, line
    assert "flow.nodes[]" not in text, "the nodes say it"
    (action,) = [one for one in json.loads(text_of(project, "r.json"))["actions"] if one["flow"]]
    assert action["flow"]["exits"][0]["en"] == SENTENCE
    assert action["flow"]["changed"] == ["start_node", "operator"], "and no other"
    assert action["flow"]["renamed"] == [
        {"node": "operator", "from": "Operator", "to": "Front desk"}
    ]
    page, chart = text_of(project, "r.html"), text_of(project, "r.markdown")
    assert chart.count("```mermaid") == 2, "the renamed node is apart"
    assert '["Added: ask branch"]' in chart
    found = places(page)
    assert len(found) == 48
    start, ask = (
        [int(one) for one in found[slug].split()] for slug in ("start_node", "ask_branch")
    )
    assert 0 < ask[0] - start[0] < 400, "next to what leads to it"
    again = project.run("show", "next.plan.json", "--report", "html=again.html")
    assert again.code == 0, again.err
    assert places(text_of(project, "again.html")) == found
    (project.root / LAYOUT).unlink()
    project.run("plan", "--report", "html=bare.html")
    assert places(text_of(project, "bare.html")) == found, "positions are those of the live canvas"


def test_a_dashboard_edit_is_told_in_the_same_sentences(serve: Serve, tmp_path: Path) -> None:
    server = serve("")
    project = imported(Project(tmp_path), server)

    def turned(flow: dict[str, object]) -> None:
        hours = node(flow, "Hours")
        one = hours["transitions"][0]
        one["isEnabled"] = False

    edit_live(server, turned)
    done = project.run("drift")
    assert done.code == 2
    assert "to `set_search_mobile_journey`, switched off now" in plain(done.out + done.err)
