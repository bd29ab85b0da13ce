"""Output on a terminal and in a log. Only this package imports rich, for what needs it.

Signs carry the same information as colours; on a pipe, with ``NO_COLOR`` or ``TERM=dumb`` there are
only signs. Lines of foreign text start with a bar of ours, so that a CI runner does not execute
them.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from reconciler.render.terminal.problems import show_problems, show_sheet, show_warnings
    from reconciler.render.terminal.rules import show_rule, show_rules
    from reconciler.render.terminal.sheets import (
        show_checks,
        show_error,
        show_flow,
        show_heading,
        show_legend,
        show_lines,
        show_pulled,
        show_table,
        show_verbatim,
        show_written,
    )
    from reconciler.render.terminal.stream import console

__all__ = [
    "console",
    "show_checks",
    "show_error",
    "show_flow",
    "show_heading",
    "show_legend",
    "show_lines",
    "show_problems",
    "show_pulled",
    "show_rule",
    "show_rules",
    "show_sheet",
    "show_table",
    "show_verbatim",
    "show_warnings",
    "show_written",
]

_ELSEWHERE = {
    "console": "stream",
    "show_problems": "problems",
    "show_rule": "rules",
    "show_rules": "rules",
    "show_sheet": "problems",
    "show_warnings": "problems",
}
"""The modules of names that are not in ``sheets``."""


def __getattr__(name: str) -> Any:
    """A name of this package, whose module is imported when something is shown with it."""
    if name not in __all__:
        raise AttributeError(name)
    return getattr(import_module(f"{__name__}.{_ELSEWHERE.get(name, 'sheets')}"), name)
