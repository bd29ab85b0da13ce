"""The workflows that touch the world: reading what is live, applying a plan.

Clients come in as arguments; decisions are the engine's.
"""
