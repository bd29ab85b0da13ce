"""Edits with a known truth: no wrong pairs, no false moves, no edit shown as two paragraphs."""

import pytest

from reconciler.render.prose import prose
from tests.edited import edits, mistakes


@pytest.mark.parametrize("edit", edits(), ids=lambda edit: edit.name)
def test_a_diff_claims_what_the_author_did(edit):
    assert {name: number for name, number in mistakes(edit, prose).items() if number} == {}
