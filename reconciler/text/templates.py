"""Templates, rendered by jinja2; only this module imports it.

Pages are HTML: jinja escapes every value, with its usual syntax. Files of a project are YAML and
Markdown, in which ``{{ name }}`` already has a meaning for the agent or for CI. There a value is
``<%= name %>`` and a statement is a line of its own, ``#% for ... %#``: a template of YAML is YAML.
"""

from collections.abc import Callable, Mapping
from typing import Any


def page(
    texts: Mapping[str, str], first: str, filters: Mapping[str, Any], known: Mapping[str, Any]
) -> Callable[..., str]:
    """A function that renders a page, from templates by name: ``first`` includes the others."""
    import jinja2  # noqa: PLC0415 - only where a page is made

    environment = jinja2.Environment(
        loader=jinja2.DictLoader(texts),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        optimized=False,  # a fifth of the time, for nothing that is a constant here
    )
    environment.filters.update(filters)
    environment.globals.update(known)
    return environment.get_template(first).render


def filled(text: str, **values: object) -> str:
    """Render a file of a project; a name without a value raises jinja2.UndefinedError."""
    import jinja2  # noqa: PLC0415 - only where a file is made

    environment = jinja2.Environment(
        variable_start_string="<%=",
        variable_end_string="%>",
        block_start_string="#%",
        block_end_string="%#",
        comment_start_string="<#",
        comment_end_string="#>",
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        undefined=jinja2.StrictUndefined,
        autoescape=False,  # noqa: S701 - YAML and Markdown, not HTML
    )
    return environment.from_string(text).render(values)
