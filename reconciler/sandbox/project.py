"""The project of the key: one, with an id that never changes."""

from typing import Any

PROJECT_ID = "5a9d6f0e-0000-4000-8000-000000000001"
API_KEY_ID = "5a9d6f0e-0000-4000-8000-000000000002"
_BORN = "2025-01-27T08:00:00.000Z"


def project() -> dict[str, Any]:
    """Return the project of the key; `updteAt` is misspelt on the page (OpenAPI 2025-05-11)."""
    return {
        "id": PROJECT_ID,
        "name": "Sandbox",
        "deletedAt": None,
        "deletedBy": None,
        "createdAt": _BORN,
        "updteAt": _BORN,
    }
