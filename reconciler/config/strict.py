"""How the mappings that people write are checked, in every file of theirs."""

from pydantic import ConfigDict

STRICT = ConfigDict(strict=True, extra="forbid", hide_input_in_errors=True, defer_build=True)
"""Strict types, no unknown keys, and no value in a message: it may be a secret.

A model is built when it is first used. So that defaults build none, they are constructed.
"""
