"""YAML texts: read strictly, their values found to the character, edited in place, written anew.

``reading`` and ``places`` are the only ones that know ruamel.yaml; ``edits`` is what others call
to change a file, ``fresh`` what writes a new one, ``layout`` what settles white space.
"""
