"""Files of the tool's own and their formats: the state, saved plans, the lock.

Written atomically, sorted, with a format version; a reader refuses a newer major by name.
"""
