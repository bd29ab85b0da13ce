"""Declarative config-as-code for hosted voice agents: plan, apply, prove."""

__version__ = "0.1.0"
