"""Flows of v2 agents in two forms: ``flow:`` in a file, ``workflow`` in the API. Pure.

Parts that people do not write (ids, positions, edges, generated descriptions) are the *layout*:
data that an import writes and a compile reads. A *view* here is the written form of one node.

====================  ==========================================================================
the two forms         ``form`` converts one into the other: ``nodes`` one node, ``exits`` its
                      transitions, ``slugs`` its name; ``forms`` says what is equal
the view of a kind    ``view`` is what all other code sees; ``rows`` the keys of a node,
                      ``mistakes`` of a written flow, ``layouts`` and ``naming``: which node a
                      name means
a look at one flow    ``outline``, in reading order; ``graph``, its ways
two flows compared    ``compared`` and ``turns``; ``canvas`` places what is drawn
lint                  ``rules``: ``faults`` of nodes and ways, ``keys`` of the telephone,
                      ``dataflow`` and ``declared`` for variables
walks                 ``walk``, one turn at a time: ``steps`` find an exit, ``values`` fill texts;
                      ``trials`` are written walks
====================  ==========================================================================
"""
