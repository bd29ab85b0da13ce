"""What a field can say of itself: rows, codecs, digests, and the way between the two shapes. Pure.

Nothing here names a field of the API; those are in ``kinds``.
"""
