"""The facts about the API: one module for each sort of object in one generation. Data.

Each fact names its source. A fact that is learned is a row that changes, here and nowhere else.
"""
