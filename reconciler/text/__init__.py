"""Texts as people read them: characters, words, paragraphs, and what changed in them. Pure.

Nothing here knows agents, fields or files.
"""
