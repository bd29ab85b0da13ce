"""What a new agent gets by itself, as the table says it and as the sandbox does it."""

import pytest

from reconciler.kinds.agent_v1 import AGENT_V1
from reconciler.sandbox.v1.defaults import PUBLISHED, filled
from reconciler.schema import wire
from reconciler.schema.table import UNKNOWN

# Samples of the create page, which calls them no defaults.
SAMPLES = {"llmConfig.provider", "llmConfig.modelName", "llmConfig.temperature"}


@pytest.mark.parametrize("shape", PUBLISHED)
def test_the_table_and_the_sandbox_know_the_same_defaults(shape):
    sandbox = wire.flatten(AGENT_V1, filled(shape, {"googleCalendarSettings": {}}))
    table = {field.path: field.default(shape) for field in AGENT_V1}
    known = {
        path: default
        for path, default in table.items()
        if default is not UNKNOWN
        and (path in sandbox or AGENT_V1.in_generation(AGENT_V1[path], shape))
    }
    assert known == {path: value for path, value in sandbox.items() if path not in SAMPLES}


def test_a_changed_default_is_known_only_if_a_page_says_so():
    interrupt = AGENT_V1["interrupt"]
    assert interrupt.default("G1") is False
    assert interrupt.default("G2") is UNKNOWN
    assert interrupt.default("G3") is True


@pytest.mark.parametrize("path", ["agentName", "voiceId", "webhookUrl", "llmConfig.modelName"])
def test_no_default_is_not_null(path):
    assert AGENT_V1[path].default("G3") is UNKNOWN
    assert AGENT_V1["outcome"].default("G3") is None


def test_every_default_may_be_in_a_file():
    for field in AGENT_V1:
        for generation in ("G1", "G3"):
            value = field.default(generation)
            if value is not UNKNOWN:
                spec = value
                for name in reversed(field.path.split(".")):
                    spec = {name: spec}
                AGENT_V1.model.pydantic_model().model_validate(spec)


def test_a_row_with_a_default_that_can_be_changed_is_hashable_all_the_same():
    assert len({field.fact for field in AGENT_V1}) > 1
