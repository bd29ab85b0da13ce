"""Texts as people read them: characters, words, paragraphs, and changes. Pure.

Nothing here knows agents, fields or files.
"""
