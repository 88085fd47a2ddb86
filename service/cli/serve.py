"""`probewise serve`."""

from typing import Annotated

import typer

from service.settings import read_settings
from service.wiring import build_catalogue

__all__ = ["serve"]


def serve(
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=1, max=65535, help="Port to listen on.")] = 8000,
    log_level: Annotated[str, typer.Option(help="debug, info, warning or error.")] = "info",
) -> None:
    """Serve the HTTP API; its documentation is at /docs.

    Everything but address and port is configured by the environment: see docs/settings.md.

    Example: `probewise serve --port 8080`
    """
    import uvicorn

    build_catalogue(read_settings())  # a broken setting or playbook is told before anything starts
    uvicorn.run("service.api.asgi:app", factory=True, host=host, port=port, log_level=log_level)
