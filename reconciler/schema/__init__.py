"""What describes a field: rows, codecs, digests, and conversion between the two shapes. Pure.

No field of the API is named here; those are in ``kinds``.
"""
