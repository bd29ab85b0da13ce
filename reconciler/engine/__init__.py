"""Decisions: what differs, who changed it, which live agent a file matches, what to send. Pure.

No IO, no clock, no network, no environment: the same input gives the same plan, byte for byte.
"""
