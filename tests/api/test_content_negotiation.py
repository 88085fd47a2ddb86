"""What a request accepts decides what it gets."""

import pytest

from service.api.bodies import choose_media_type

OFFERED = ("application/json", "text/markdown", "text/csv")
JSON, MARKDOWN, CSV = OFFERED


@pytest.mark.parametrize(
    ("accept", "chosen"),
    [
        ("", JSON),
        (" ", JSON),
        ("*/*", JSON),
        ("text/csv", CSV),
        ("TEXT/CSV", CSV),
        ("text/csv; charset=utf-8", CSV),
        ("text/*", MARKDOWN),
        ("text/html, */*;q=0.1", JSON),
        ("text/csv;q=0.5, text/markdown", MARKDOWN),
        ("text/csv;q=0.5, text/markdown;q=0.4", CSV),
        ("text/csv;q=0.5,text/*;q=0.9", MARKDOWN),
        ("*/*, application/json;q=0", MARKDOWN),
        ("application/json;q=0.2, text/*;q=0.2", JSON),
        ("text/csv;q=high, text/markdown;q=0.1", MARKDOWN),
        ("image/png", None),
        ("text/csv;q=0", None),
        ("text/csv;q=nan", None),
        (";;,,q=", None),
    ],
)
def test_the_highest_ranked_of_what_is_offered_is_chosen(accept: str, chosen: str | None) -> None:
    assert choose_media_type(accept, OFFERED) == chosen
