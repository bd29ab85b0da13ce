"""Workflows with side effects: reading live agents, applying a plan.

Clients are passed in as arguments; decisions are made in the engine.
"""
