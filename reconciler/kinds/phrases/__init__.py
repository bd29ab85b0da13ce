"""Sentences for changes of each field: one module per kind and language. Data."""
