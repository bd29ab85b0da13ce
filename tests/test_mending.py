"""Hints: what to write instead of a value of the wrong type, and that each hint is true."""

import json
import re

import pytest

from reconciler.config import agentfile, mending
from reconciler.config.references import Scope
from reconciler.kinds.agent_v1 import AGENT_V1

FLAG = {"type": "boolean"}
MS = {"type": "integer", "minimum": 1}
SECONDS = {"type": "number", "minimum": 30, "maximum": 3600}
SHARE = {"type": "number", "minimum": 0, "maximum": 1}
CLOCK = {"type": "string", "pattern": "^([01][0-9]|2[0-3]):[0-5][0-9]$"}
TEXT = {"type": "string"}
BARE = "write it without quotes"


@pytest.mark.parametrize(
    ("value", "schema", "unit", "expected"),
    [
        ("yes", FLAG, "", "write `true`"),
        ("No", FLAG, "", "write `false`"),
        ("ON", FLAG, "", "write `true`"),
        ("n", FLAG, "", "write `false`"),
        ("True", FLAG, "", "write `true`"),
        (1, FLAG, "", "write `true`"),
        (0, FLAG, "", "write `false`"),
        ("true", FLAG, "", BARE),
        (2, FLAG, "", ""),
        ("maybe", FLAG, "", ""),
        ("800ms", MS, "ms", "the unit is milliseconds: write `800`"),
        ("0.8s", MS, "ms", "the unit is milliseconds: write `800`"),
        ("0.8 sec", MS, "ms", "the unit is milliseconds: write `800`"),
        (0.8, MS, "ms", "the unit is milliseconds: write `800`"),
        (800.0, MS, "ms", "the unit is milliseconds: write `800`"),
        ("1,000", MS, "ms", "write `1000`"),
        ("1,200 ms", MS, "ms", "the unit is milliseconds: write `1200`"),
        ("1 000", MS, "ms", "write `1000`"),
        ("٨٠٠", MS, "ms", "write `800`"),
        ("800", MS, "ms", BARE),
        ("0.0001s", MS, "ms", "write a number of milliseconds, such as `30`"),
        ("5 min", SECONDS, "s", "the unit is seconds: write `300`"),
        ("1m30s", SECONDS, "s", "the unit is seconds: write `90`"),
        ("PT5M", SECONDS, "s", "the unit is seconds: write `300`"),
        ("٥ دقائق", SECONDS, "s", "the unit is seconds: write `300`"),
        ("2 h", SECONDS, "s", "write a number of seconds, such as `30`"),
        ("11:40", SECONDS, "s", "write a number of seconds, such as `30`"),
        ("5000", SECONDS, "s", ""),
        ("soon", SECONDS, "s", ""),
        ("50%", SHARE, "", "write `0.5`"),
        ("0,7", SHARE, "", "write `0.7`"),
        ("150%", SHARE, "", "write a number, such as `1`"),
        ("50%", SECONDS, "s", "write a number of seconds, such as `30`"),
        (True, SHARE, "", ""),
        ("9:00", CLOCK, "", 'write `"09:00"`'),
        ("9 pm", CLOCK, "", 'write `"21:00"`'),
        (9, CLOCK, "", 'write `"09:00"`'),
        ("24:00", CLOCK, "", ""),
        (5, TEXT, "", "put it in quotes"),
        (True, TEXT, "", "put it in quotes"),
        ("AR", {"type": "string", "enum": ["ar", "en"]}, "", "write `ar`"),
        (1, {"type": "string", "enum": ["ar", "en"]}, "", ""),
        (5, {"anyOf": [TEXT, {"type": "null"}]}, "", "put it in quotes"),
        (5, {"anyOf": [TEXT, {"type": "object"}]}, "", ""),
    ],
    ids=repr,
)
def test_a_value_of_the_wrong_type_is_fixed(value, schema, unit, expected):
    assert mending.hint(value, schema, unit) == expected


def test_of_a_hidden_value_nothing_is_shown():
    assert mending.hint("800ms", MS, "ms", hidden=True) == ""
    assert mending.hint("yes", FLAG, hidden=True) == ""


WRONG = [
    "yes",
    "no",
    "on",
    "off",
    "Y",
    "'true'",
    "'5'",
    "800ms",
    "0.8s",
    "0.8",
    "5 min",
    "1h",
    "11:40",
    "9:00",
    "9 am",
    "1,000",
    "50%",
    "70 %",
    "'0.5'",
    "1,5",
    "٣٠",
    "5",
    "1.5",
    "true",
    "[a]",
    "{a: 1}",
    "2m 5s",
    "90 seconds",
    "0.3 s",
    "250",
    "2026",
    "'1'",
    "30.0",
    "1e300",
    "-1.5e-300",
    "9999999999999999999999999999999999999",
    "'9999999999999999999999999999999999999'",
    "1e22 s",
]


@pytest.mark.slow
@pytest.mark.parametrize("wrong", WRONG)
def test_a_hint_that_is_followed_leaves_no_mistake(agent, wrong):
    """For every mistake: with the hint's text in its place, the file is correct."""
    paths = [one.path for one in AGENT_V1 if not one.fact.sensitive]
    told = agent(written(dict.fromkeys(paths, wrong)))
    hints = [(one.field.removeprefix("spec."), one.hint) for one in told if not one.warning]
    better = {path: mended(wrong, hint) for path, hint in hints if path in paths}
    asked = {path: value for path, value in better.items() if value is not None}
    left = [one for one in agent(written(asked)) if not one.warning] if asked else []
    assert [one for one in left if one.field.removeprefix("spec.") in asked] == []


def mended(wrong, hint):
    """The value that a hint suggests; None if it names none."""
    if hint == "put it in quotes":
        return json.dumps(wrong)
    if hint == "write it without quotes":
        return wrong.strip("'")
    named = re.search("`([^`]*)`$", hint)
    return (named and hint.split("`")[0].endswith(("write ", "such as ")) and named[1]) or None


def written(values):
    """A file with these values of fields, written literally."""
    tree = {}
    for path, value in values.items():
        *above, name = path.split(".")
        inner = tree
        for step in above:
            inner = inner.setdefault(step, {})
        inner[name] = value

    def lines(level, depth):
        for name, value in level.items():
            nested = isinstance(value, dict)
            yield f"{'  ' * depth}{name}:{'' if nested else f' {value}'}"
            yield from lines(value, depth + 1) if nested else ()

    return "\n".join(["spec:", *lines(tree, 1)]) + "\n"


@pytest.fixture
def agent(tmp_path):
    def read(text):
        path = tmp_path / "desk.yaml"
        path.write_text(text, encoding="utf-8")
        file, problems = agentfile.read(path, "desk.yaml", (), "v1")
        assert file, text
        scope = Scope(
            root=tmp_path, folder=tmp_path, variables={}, environment="", env={}, secret={}.get
        )
        return [*problems, *agentfile.resolve(file, lambda folder: scope, "")[1]]

    return read
