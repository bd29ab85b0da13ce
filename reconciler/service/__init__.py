"""The standing service: workflows of Temporal around the library. Imported by its commands alone.

Only this folder imports temporalio, which is an extra.
"""
