"""Strict validation of the mappings in people's files."""

from pydantic import ConfigDict

STRICT = ConfigDict(strict=True, extra="forbid", hide_input_in_errors=True, defer_build=True)
"""Strict types, no unknown keys, and no values in messages: they may be secrets.

A model is built on first use. Defaults are constructed unvalidated, so that they build none.
"""
