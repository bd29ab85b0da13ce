"""Flows of v2 agents as people write them: ``flow:`` in a file, ``workflow`` in the API. Pure.

``form`` turns one into the other. What people do not write (ids, positions, edges, generated
descriptions) is the *layout*: data that an import writes and a compile reads.
"""
