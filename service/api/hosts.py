"""Hosts: the names by which callers may reach the service.

A page whose name is made to point at this machine (DNS rebinding) is of the same origin as the
service for the browser. Its name in the Host header gives it away.
"""

import ipaddress
import re
from collections.abc import Iterable

__all__ = ["Hosts", "is_loopback", "read_host"]

_HOST = re.compile(r"(?P<name>\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9_.-]+)(?::[0-9]{0,5})?")


class Hosts:
    """The names that are allowed, besides loopback and the address of each connection."""

    def __init__(self, allowed: Iterable[str]) -> None:
        """`*.example.com` is every name below it, and `*` every name."""
        self._allowed = tuple(read_host(name) or name.lower() for name in allowed)

    def allow(self, host: str, own: str) -> bool:
        """Tell whether a Host header names this service, whose address for this caller is `own`."""
        name = read_host(host)
        if name is None:
            return False
        return (
            is_loopback(name)
            or _is_same_address(name, own)
            or any(_matches(name, allowed) for allowed in self._allowed)
        )


def read_host(header: str) -> str | None:
    """Read the name of a Host header, in small letters and without its port; None if unreadable."""
    found = _HOST.fullmatch(header.strip())
    return found["name"].strip("[]").lower().removesuffix(".") if found else None


def is_loopback(name: str) -> bool:
    """Tell whether a name or address can only be this machine."""
    address = _address(name)
    return name == "localhost" if address is None else address.is_loopback


def _matches(name: str, allowed: str) -> bool:
    if allowed.startswith("*"):
        return name.endswith(allowed[1:])
    return name == allowed or _is_same_address(name, allowed)


def _is_same_address(one: str, other: str) -> bool:
    address = _address(one)
    return address is not None and address == _address(other)


def _address(name: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        address = ipaddress.ip_address(name.partition("%")[0])
    except ValueError:
        return None
    # An IPv6 socket gives an IPv4 caller's address as ::ffff:127.0.0.1.
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return mapped or address
