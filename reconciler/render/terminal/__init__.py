"""What people see on a terminal, and what a log keeps of it. rich lives here.

Signs say what colours say; on a pipe, with ``NO_COLOR`` or ``TERM=dumb`` only signs are left.
Lines of foreign text begin with a bar of ours, so that a CI runner takes none for a command.
"""

from reconciler.render.terminal.lines import console
from reconciler.render.terminal.rules import show_rule, show_rules
from reconciler.render.terminal.sheets import (
    show_checks,
    show_error,
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
