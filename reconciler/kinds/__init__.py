"""The facts about the API: one module per sort of object and generation. Data.

Each fact names its source. A new fact changes a row here and nothing elsewhere.
"""
