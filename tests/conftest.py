"""Fixtures for all tests."""

import os

import pytest


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
def no_settings_of_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hide keys, settings and proxies from a test."""
    for name in os.environ:
        if name.startswith(("OPENAI_", "PROBEWISE_")) or name.lower().endswith("_proxy"):
            monkeypatch.delenv(name)
