"""Find a quote in an answer, however its letters, spaces and quotation marks are written."""

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

from service.judging.answer_text import is_invisible
from service.judging.models import Evidence

__all__ = ["find_evidence"]

_FOLDED = str.maketrans(
    dict.fromkeys("‘’‚‛′`´", "'")
    | dict.fromkeys("“”„‟″«»", '"')
    | dict.fromkeys("‐‑‒–—―−", "-")
    | {"‹": "<", "›": ">"}
)
# A model often puts its quote in quotation marks, or shows with dots that the answer goes on.
_TRIMMED = " \t\r\n\"'“”‘’«»`…"


@dataclass(frozen=True)
class _Folded:
    """A text made plain for comparing; unit `i` came from character `origins[i]` of the text."""

    text: str
    origins: list[int]


def find_evidence(quote: str, text: str) -> Evidence | None:
    """Find the stretch of `text` that reads as `quote`.

    If there are several, it is the first that ends with a word, or else the first of all. Case,
    white space, quotation marks, dashes and compatibility forms make no difference, and invisible
    characters are ignored. Start and end count characters of `text` itself. None if the quote is
    not there in one piece, begins inside a word, or has fewer than two letters or digits.
    """
    needle = _fold(quote.strip(_TRIMMED)).text.strip()
    if sum(character.isalnum() for character in needle) < 2:
        return None
    folded = _fold(text)
    spans = [
        span for span in _find_matches(needle, folded) if span and not _is_in_word(text, span[0])
    ]
    if not spans:
        return None
    start, end = next((span for span in spans if not _is_in_word(text, span[1])), spans[0])
    return Evidence.at(start, end, text)


def _find_matches(needle: str, folded: _Folded) -> Iterator[tuple[int, int] | None]:
    place = folded.text.find(needle)
    while place >= 0:
        yield _find_original_span(folded, place, place + len(needle))
        place = folded.text.find(needle, place + 1)


def _find_original_span(folded: _Folded, start: int, end: int) -> tuple[int, int] | None:
    """Find the characters behind the units; None if the match begins or ends inside one of them.

    One character can become several units: "ﬁ" becomes "f" and "i".
    """
    origins, text = folded.origins, folded.text
    if start and origins[start - 1] == origins[start]:
        return None
    if end < len(origins) and (
        origins[end] == origins[end - 1] or unicodedata.combining(text[end])
    ):
        return None
    return origins[start], origins[end - 1] + 1


def _is_in_word(text: str, place: int) -> bool:
    """True if `place` is between two ASCII letters or digits.

    Other scripts may write without spaces, so a quote can begin anywhere in them.
    """
    around = text[max(place - 1, 0) : place + 1]
    return 0 < place < len(text) and around.isascii() and around.isalnum()


def _fold(text: str) -> _Folded:
    units: list[str] = []
    origins: list[int] = []
    for place, character in enumerate(text):
        if character.isspace():
            if units and units[-1] == " ":
                continue
            expanded = " "
        elif is_invisible(character):
            continue
        else:
            expanded = _fold_character(character)
        units.extend(expanded)
        origins.extend([place] * len(expanded))
    return _Folded("".join(units), origins)


def _fold_character(character: str) -> str:
    folded = unicodedata.normalize("NFKD", character.translate(_FOLDED)).casefold()
    return unicodedata.normalize("NFKD", folded).translate(_FOLDED)
