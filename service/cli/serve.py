"""`probewise serve`."""

import ipaddress
import os
import socket
from typing import Annotated

import typer

from service.cli.console import say
from service.cli.options import build_parts
from service.errors import ConfigurationError
from service.keys import read_keys
from service.settings import Settings

__all__ = ["serve"]

_OWNER_ONLY = 0o077


def serve(
    context: typer.Context,
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=1, max=65535, help="Port to listen on.")] = 8000,
    log_level: Annotated[str, typer.Option(help="debug, info, warning or error.")] = "info",
    insecure: Annotated[
        bool,
        typer.Option("--insecure", help="Serve other machines although no keys are set."),
    ] = False,
) -> None:
    """Serve the HTTP API; its documentation is at /docs.

    Other machines are served only if callers need a key: see `probewise keys new`. Everything
    except address and port is set by environment variables: see docs/settings.md.

    Example: `probewise serve --port 8080`
    """
    import uvicorn

    # A broken setting or playbook is reported before anything starts.
    parts = build_parts(context)
    _ = parts.catalogue
    insecure = insecure or parts.settings.insecure
    _check_safety(host, parts.settings, insecure=insecure)
    # The application reads its settings anew.
    os.environ["PROBEWISE_INSECURE"] = str(insecure)
    if _is_name(host):
        names = (*parts.settings.allowed_hosts, host)
        os.environ["PROBEWISE_ALLOWED_HOSTS"] = ",".join(names)
    os.umask(_OWNER_ONLY)  # what is stored holds customers' words
    uvicorn.run(
        "service.api.app:app",
        factory=True,
        http="service.api.connections:GuardedConnection",
        ws="none",
        host=host,
        port=port,
        log_level=log_level,
        server_header=False,
    )


def _check_safety(host: str, settings: Settings, *, insecure: bool) -> None:
    """Raise ConfigurationError if strangers could reach the service, and nothing keeps them out."""
    has_keys = bool(read_keys(settings.service_keys, settings.service_pepper))
    if has_keys or _is_loopback(host):
        return
    if not insecure:
        raise ConfigurationError(
            f"{host or 'this address'} can be reached from other machines, and callers need no "
            "key. Make one with `probewise keys new` and set PROBEWISE_SERVICE_KEYS; or say "
            "--insecure, if something else keeps strangers out"
        )
    say(f"--insecure: whoever reaches {host or 'this machine'} can read and send everything")


def _is_loopback(host: str) -> bool:
    """Tell whether everything that the host stands for is this machine alone."""
    try:
        found = socket.getaddrinfo(host or None, None, flags=socket.AI_PASSIVE)
    except OSError:
        return False  # whatever it is; the server will say that it can't listen there
    addresses = (ipaddress.ip_address(str(entry[4][0]).partition("%")[0]) for entry in found)
    return all(address.is_loopback for address in addresses)


def _is_name(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return bool(host)
    return False
