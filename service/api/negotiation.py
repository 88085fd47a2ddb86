"""Which of the media types on offer a request asks for (RFC 9110, section 12.5.1)."""

from collections.abc import Iterator, Sequence

__all__ = ["preferred"]


def preferred(accept: str, offered: Sequence[str]) -> str | None:
    """The offered type that the Accept header ranks highest, None where it accepts none.

    The first of equals; the first of all where the header is empty. Parameters other than `q` are
    not compared, and a range that can't be read is passed over.
    """
    if not accept.strip():
        return offered[0]
    ranges = dict(_ranges(accept))
    ranked = [(_quality(ranges, media_type), media_type) for media_type in offered]
    quality, media_type = max(ranked, key=lambda each: each[0])
    return media_type if quality > 0 else None


def _ranges(accept: str) -> Iterator[tuple[str, float]]:
    for part in accept.split(","):
        name, *parameters = (piece.strip().lower() for piece in part.split(";"))
        quality = next((p[2:] for p in parameters if p.startswith("q=")), "1")
        try:
            yield name, float(quality)
        except ValueError:
            continue


def _quality(ranges: dict[str, float], media_type: str) -> float:
    """The quality of the most specific range that the type is in, 0 where it is in none."""
    names = (media_type, f"{media_type.partition('/')[0]}/*", "*/*")
    return next((ranges[name] for name in names if name in ranges), 0.0)
