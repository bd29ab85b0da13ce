"""YAML texts: read strictly, edited in place to the character, and written from scratch.

Only ``reading``, ``places`` and ``quick`` know ruamel.yaml; ``edits`` changes a file, ``fresh``
writes a new one, ``layout`` normalises white space.
"""
