"""The templates of the pages: everything in them is shown as text unless they say otherwise."""

import jinja2

__all__ = ["templates"]


def templates() -> jinja2.Environment:
    """A new environment over the templates of this package; a name it doesn't know is an error."""
    return jinja2.Environment(
        loader=jinja2.PackageLoader("service.evaluation.reports", "."),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
