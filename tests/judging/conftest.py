"""Configure cassettes: the part that is recorded, what must match, and what makes a test fail."""

from collections.abc import Iterator
from typing import Any

import pytest
from vcr.cassette import Cassette

_KEPT = {"content-type"}


@pytest.fixture(autouse=True)
def _alone(no_settings_of_this_machine: None) -> None:
    """Run every test here without settings of this machine."""


@pytest.fixture
def vcr_config() -> dict[str, Any]:
    """Every word of a request must match: vcrpy compares JSON bodies parsed.

    All headers but the content type are dropped: keys, cookies, organisations, versions, dates.
    """
    return {
        "match_on": ["method", "scheme", "host", "port", "path", "query", "body"],
        "allow_playback_repeats": False,
        "decode_compressed_response": True,
        "before_record_request": _without_headers,
        "before_record_response": _without_response_headers,
    }


@pytest.fixture(autouse=True)
def _the_whole_cassette(vcr: Cassette | None) -> Iterator[None]:
    """Fails a test that asks for less than was recorded; for more, vcrpy's own error does."""
    yield
    if vcr is not None and not vcr.dirty:
        assert vcr.all_played, f"{vcr.play_count} of {len(vcr)} exchanges were replayed"


def _without_headers(request: Any) -> Any:
    request.headers = {k: v for k, v in request.headers.items() if k.lower() in _KEPT}
    return request


def _without_response_headers(response: dict[str, Any]) -> dict[str, Any]:
    kept = {k: v for k, v in response["headers"].items() if k.lower() in _KEPT}
    return {**response, "headers": kept}
