"""Flows of v2 agents in two forms: ``flow:`` in a file, ``workflow`` in the API. Pure.

``form`` converts one into the other. Parts that people do not write (ids, positions, edges,
generated descriptions) are the *layout*: data that an import writes and a compile reads.
"""
