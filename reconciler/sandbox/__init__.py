"""The Hamsa v1 voice-agents API in miniature: for trying, demos and tests, without an account.

An independent witness: it is written from the published page and knows nothing of how the rest
of this package reads that page, so a mistake there cannot hide here. Nothing is imported at this
level; `transport` answers in process, `server` on a socket.
"""
