"""`probewise serve`."""

from typing import Annotated

import typer

from service.cli.options import build_parts

__all__ = ["serve"]


def serve(
    context: typer.Context,
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=1, max=65535, help="Port to listen on.")] = 8000,
    log_level: Annotated[str, typer.Option(help="debug, info, warning or error.")] = "info",
) -> None:
    """Serve the HTTP API; its documentation is at /docs.

    Everything except address and port is set by environment variables: see docs/settings.md.

    Example: `probewise serve --port 8080`
    """
    import uvicorn

    # A broken setting or playbook is reported before anything starts.
    _ = build_parts(context).catalogue
    uvicorn.run("service.api.app:app", factory=True, host=host, port=port, log_level=log_level)
