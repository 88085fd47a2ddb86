"""Fixtures for tests that talk to a server on this machine."""

import pytest


@pytest.fixture(autouse=True)
def _alone(no_settings_of_this_machine: None) -> None:
    """Run every test here without settings of this machine."""
