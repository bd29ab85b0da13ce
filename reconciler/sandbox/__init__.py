"""The Hamsa voice-agents API in miniature: for trying, demos and tests, without an account.

An independent witness: it is written from the published pages and does not know how the rest of
this package reads them, so a mistake there cannot hide here. `v1` and `v2` have what is specific to
a generation, the modules next to them what both share: one store, one set of faults and settings.
Nothing is imported at this level; `transport` responds in process, `server` on a socket.
"""
