"""Decisions: what differs, whose edit it is, which agent is which, what to send. Pure.

No IO, no clock, no network, no environment: same input, same plan, byte for byte.
"""
