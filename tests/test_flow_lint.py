"""Lint of flows through the command line: places, levels, and other rules on texts of nodes."""

import json
import re
from pathlib import Path

import pytest

from reconciler.kinds.flow.rules import RULES
from tests.projects import Project

pytestmark = pytest.mark.cli

SANDBOX = "api: v2\nenvironments: { sandbox: { url: sandbox } }\n"
FRAME = """\
api: v2
spec:
  type: Flow Agent
"""
TWO_FILES = f"""\
{FRAME}  conversation:
    preamble: You know {{{{count}}}} and {{{{branch}}}}.
    params: {{ vip: "" }}
  voice: {{ lang: ar }}
  flow:
    customVariables: {{ branch: "" }}
    nodes:
      start:
        type: start
        messageType: prompt
        message: {{ $file: start.md }}
        transitions:
          - natural_language: the caller is done
            to: bye
          - natural_language: the caller wants {{{{wanted}}}}
            to: bye
      bye:
        type: end_call
        messageType: static
        finalMessage: {{ $file: bye.md }}
"""
START = """\
# Slots

{% for slot in slots -%}
- {{ slot.time }} on {{ slot.day || another day }}, see https://nour.example
{% endfor %}
Press 1, or call **920001234**. {{ caller name }}
"""
BYE = "مع السلامة {{vip}}.\nزوروا www.nour.example {{vpi}}"
MESSY = f"""\
{FRAME}  flow:
    nodes:
      start:
        type: start
        message: |
        transitions: [{{ dtmf: "1", to: nobody }}, {{ dtmf: "1", to: desk }}]
      desk: {{ type: transfer_call, phoneNumber: {{ $env: NOT_SET }}, timeout: 30 }}
      bye: {{ type: end_call }}
"""
SWITCHED = """\
lint:
  flow: { level: off, reason: the dashboard's own draft }
"""
NOT_SET = "the environment variable NOT_SET is not set"


def told(text: str) -> list[str]:
    """The findings of a run as ``file:line rule``, or with the message of one without a rule."""
    pattern = r"^(?:warning|error): (.*?)(?:  \[([a-z-]+)\])?\n  (\S+)"
    return [
        f"{place} {rule or said}" for said, rule, place in re.findall(pattern, text, re.MULTILINE)
    ]


def test_every_rule_finds_its_fault_at_its_line_in_one_run(tmp_path: Path) -> None:
    project = Project(tmp_path)
    project.write("reconciler.yaml", SANDBOX + "lint: { sometimes-unset-variable: error }\n")
    for rule in RULES:
        project.write(f"agents/{rule.name}.yaml", rule.bad)
        project.write(f"agents/{rule.name}-not.yaml", rule.good)
    reports = ("--report", "sarif=f.sarif", "--report", "junit=f.xml")
    done = project.run("validate", *reports)
    assert done.code == 1, done.err
    assert sorted(told(done.err)) == sorted(
        f"agents/{rule.name}.yaml:{LINES[rule.name]} {rule.name}" for rule in RULES
    )
    sarif = json.loads((tmp_path / "f.sarif").read_text(encoding="utf-8"))
    results = sarif["runs"][0]["results"]
    assert {one["ruleId"] for one in results} == {rule.name for rule in RULES}
    junit = (tmp_path / "f.xml").read_text(encoding="utf-8")
    assert [rule.name for rule in RULES if rule.name not in junit] == []


LINES = {
    "flow-start": 10,
    "unreachable-node": 10,
    "exit-to-nowhere": 11,
    "router-without-fallback": 15,
    "no-end-of-call": 6,
    "foreign-exit": 10,
    "loop-without-turn": 15,
    "same-digit": 11,
    "digit-at-capture": 10,
    "unset-variable": 17,
    "early-variable": 8,
    "sometimes-unset-variable": 17,
    "variable-in-global-node": 15,
    "node-without-text": 10,
    "short-timeout": 15,
    "odd-transfer-number": 15,
    "unseen-flow-value": 9,
}
"""The line of each rule's finding in its example."""


def test_what_is_found_in_the_texts_of_nodes(tmp_path: Path) -> None:
    project = Project(tmp_path)
    project.write("reconciler.yaml", SANDBOX)
    project.write("agents/desk.yaml", TWO_FILES)
    project.write("agents/start.md", START)
    project.write("agents/bye.md", BYE)
    project.write("agents/messy.yaml", MESSY)
    project.write("agents/switched.yaml", SWITCHED + MESSY.replace("nobody", "desk"))
    done = project.run("validate")
    assert told(done.err) == [
        "agents/bye.md:2 spoken-url",
        "agents/bye.md:2 unset-variable",
        "agents/desk.yaml:5 undefined-placeholder",
        "agents/desk.yaml:18 unset-variable",
        "agents/messy.yaml:9 same-digit",
        f"agents/messy.yaml:10 {NOT_SET}",
        "agents/messy.yaml:10 short-timeout",
        "agents/start.md:3 unset-variable",
        "agents/start.md:6 malformed-placeholder",
        f"agents/switched.yaml:12 {NOT_SET}",
        "agents/messy.yaml:8 blank-text",
        "agents/messy.yaml:9 `nobody` is no node of this flow",
        "agents/switched.yaml:10 blank-text",
    ], "what follows from a mistake is not reported, and nothing twice"
    assert done.code == 1


def test_the_sandboxs_flow_has_three_findings_and_all_are_right(tmp_path: Path) -> None:
    project = Project(tmp_path)
    project.write(
        "reconciler.yaml", "api: v2\nenvironments: { sandbox: { url: 'sandbox?seed=v2' } }\n"
    )
    assert project.run("import", "--all").code == 0
    done = project.run("validate")
    flow = [one for one in told(done.err) if "clinic-booking-flow" in one]
    lines = (tmp_path / "agents/clinic-booking-flow.yaml").read_text(encoding="utf-8").splitlines()
    at = {one.split()[1]: lines[int(one.split()[0].rpartition(":")[2]) - 1] for one in flow}
    assert at.keys() >= {"exit-to-nowhere", "unreachable-node", "node-without-text"}
    assert 'natural_language: ""' in at["node-without-text"]
    assert at["exit-to-nowhere"].strip() == "- any:"
    assert at["unreachable-node"].strip() == "مسودة_تقييم_الخدمة:"
    in_nodes = re.findall(r"spec\.flow\S*", done.err)
    assert len(in_nodes) == 3, in_nodes
