"""Output on a terminal and in a log. Only this package imports rich.

Signs carry the same information as colours; on a pipe, with ``NO_COLOR`` or ``TERM=dumb`` there are
only signs. Lines of foreign text start with a bar of ours, so that a CI runner does not execute
them.
"""

from reconciler.render.terminal.lines import console
from reconciler.render.terminal.rules import show_rule, show_rules
from reconciler.render.terminal.sheets import (
    show_checks,
    show_error,
    show_flow,
    show_heading,
    show_legend,
    show_lines,
    show_problems,
    show_pulled,
    show_sheet,
    show_table,
    show_verbatim,
    show_warnings,
    show_written,
)

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
