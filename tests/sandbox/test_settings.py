"""The text form of the settings, and its error messages."""

import dataclasses
import re
from pathlib import Path

import pytest

from reconciler.sandbox.faults import KINDS, Fault
from reconciler.sandbox.settings import Settings

PAGE = (Path(__file__).parents[2] / "docs/sandbox.md").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("text", "settings"),
    [
        ("", Settings()),
        ("patch=replace", Settings(patch="replace")),
        ("shape=G3&latency=20&max_take=10", Settings(shape="G3", latency=20, max_take=10)),
        ("api_key=a%20b", Settings(api_key="a b")),
        (
            "fault=PATCH:502-html:2&patch=merge&fault=*:429:*",
            Settings(faults=(Fault("PATCH", "502-html", 2), Fault("*", "429", None))),
        ),
    ],
)
def test_settings_are_read_from_a_query_string(text, settings):
    assert Settings.parse(text) == settings


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            "patch=deep",
            "sandbox option `patch` cannot be `deep`: allowed are `merge`, `replace`",
        ),
        ("shape=g3", "sandbox option `shape` cannot be `g3`: allowed are `G1`, `G3`"),
        (
            "latency=-1",
            (
                "sandbox option `latency` cannot be `-1`: "
                "allowed is a whole number of milliseconds, 0 or more"
            ),
        ),
        (
            "max_take=0",
            (
                "sandbox option `max_take` cannot be `0`: "
                "allowed is a whole number of agents, 1 or more"
            ),
        ),
        ("latency=٣", "sandbox option `latency` cannot be `٣`: allowed is a whole number of"),
        ("latency", "sandbox option `latency` cannot be ``: allowed is"),
        ("api_key=", "sandbox option `api_key` cannot be ``: allowed is any text that is not"),
        (
            "pach=merge",
            (
                "sandbox option `pach` (`merge`) is not known: allowed are "
                "`api_key`, `patch`, `shape`, `own_paths`, `updated_at`, `nulls`, `store`, "
                "`latency`, `max_take`, `errors`, `secrets`, `seed`, `v1_flow`, `v2`, `items`, "
                "`dashboard`, `gpt5_temperature`, `knowledge_ids`, `signed_urls`, `workflow`, "
                "`flows`, `canvas`, `edges`, `links`, `descriptions`, `custom_variables`, `fault`"
            ),
        ),
        ("patch=merge&patch=replace", "sandbox option `patch` is given twice"),
        (
            "fault=GET:oops",
            "sandbox option `fault` cannot be `GET:oops`: fault kind `oops` is not known",
        ),
    ],
)
def test_a_mistake_is_named_with_what_is_allowed(text, said):
    with pytest.raises(ValueError, match="sandbox option") as raised:
        Settings.parse(text)
    assert str(raised.value).startswith(said)


def test_settings_are_frozen_and_never_show_the_key():
    settings = Settings(api_key="hunter2")
    assert "hunter2" not in repr(settings)
    with pytest.raises(dataclasses.FrozenInstanceError):
        settings.latency = 5


def switches():
    """The table rows of the page: a switch, and its values with the default first."""
    rows = re.findall(r"^\| `(\w+)` \| ([^|]+) \|", PAGE, re.MULTILINE)
    return {name: re.findall(r"`([^`]+)`", values) for name, values in rows}


def test_the_page_has_a_line_for_each_switch():
    names = {field.name for field in dataclasses.fields(Settings)} - {"faults"} | {"fault"}
    assert switches().keys() >= names


@pytest.mark.parametrize("field", dataclasses.fields(Settings), ids=lambda field: field.name)
def test_the_page_has_every_value_and_the_default_first(field):
    values = switches().get(field.name, [])
    if field.name in ("api_key", "latency", "max_take"):
        assert str(field.default) == values[-1]
        return
    if field.name in ("store", "faults"):
        return
    with pytest.raises(ValueError, match="allowed are") as raised:
        Settings.parse(f"{field.name}=?")
    allowed = str(raised.value).partition("allowed are")[2]
    assert {*values} == {*re.findall(r"`([^`]+)`", allowed)}
    assert getattr(Settings.parse(f"{field.name}={values[0]}"), field.name) == field.default


def test_the_page_has_a_line_for_each_kind_of_fault():
    told = "".join(re.findall(r"^\|.*\|$", PAGE, re.MULTILINE))
    assert [kind for kind in KINDS if f"`{kind}`" not in told] == []
