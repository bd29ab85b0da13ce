"""What a caller notices of a change, as plans group it and approvals name it. Pure."""

from reconciler.engine.cosmetic import is_cosmetic
from reconciler.model import Change
from reconciler.schema.table import Impact

_COSMETIC = "cosmetic"
GROUPS = (*(impact.value for impact in Impact), _COSMETIC)
"""Most first. A *cosmetic* change keeps every word as it is and changes only characters that look
or sound the same, or white space."""


def group(change: Change) -> str:
    """What a caller notices of a change: one of ``GROUPS``."""
    return _COSMETIC if is_cosmetic(change) else change.impact.value
