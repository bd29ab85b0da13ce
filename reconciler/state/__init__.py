"""The tool's own files and their formats: the state, saved plans, the lock.

Written atomically, sorted, with a format version; a newer major version is refused with its number.
"""
