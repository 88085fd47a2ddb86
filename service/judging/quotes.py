"""Where a quote stands in an answer, whatever its case, white space, quotation marks or accents."""

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

from service.judging.models import Evidence

__all__ = ["find_evidence", "is_invisible"]

_FOLDED = str.maketrans(
    dict.fromkeys("‘’‚‛′`´", "'")
    | dict.fromkeys("“”„‟″«»", '"')
    | dict.fromkeys("‐‑‒–—―−", "-")
    | {"‹": "<", "›": ">"}
)
_TRIMMED = " \t\r\n\"'“”‘’«»`…"


@dataclass(frozen=True)
class _Folded:
    """Folded text; unit `i` came from character `origins[i]` of the original."""

    text: str
    origins: list[int]


def find_evidence(quote: str, text: str) -> Evidence | None:
    """The first stretch of `text` that reads as `quote`, preferring one that ends with a word.

    Matching folds case, white space, quotation marks, dashes and compatibility forms, and passes
    over invisible characters; start and end count characters of `text` itself. None where the
    quote does not stand there as one stretch, begins inside a word, or holds fewer than two letters
    or digits.
    """
    needle = _fold(quote.strip(_TRIMMED)).text.strip()
    if sum(character.isalnum() for character in needle) < 2:
        return None
    folded = _fold(text)
    spans = [span for span in _matches(needle, folded) if span and not _inside_word(text, span[0])]
    if not spans:
        return None
    start, end = next((span for span in spans if not _inside_word(text, span[1])), spans[0])
    return Evidence.at(start, end, text)


def is_invisible(character: str) -> bool:
    """Whether it draws nothing: zero-width and direction marks, tags, control characters."""
    return character not in "\n\t\r" and unicodedata.category(character) in {"Cf", "Cc", "Cs"}


def _matches(needle: str, folded: _Folded) -> Iterator[tuple[int, int] | None]:
    place = folded.text.find(needle)
    while place >= 0:
        yield _original_span(folded, place, place + len(needle))
        place = folded.text.find(needle, place + 1)


def _original_span(folded: _Folded, start: int, end: int) -> tuple[int, int] | None:
    """Characters behind the units, or None where the match begins or ends inside one character."""
    origins, text = folded.origins, folded.text
    if start and origins[start - 1] == origins[start]:
        return None
    if end < len(origins) and (
        origins[end] == origins[end - 1] or unicodedata.combining(text[end])
    ):
        return None
    return origins[start], origins[end - 1] + 1


def _inside_word(text: str, place: int) -> bool:
    """Whether `place` parts two ASCII letters or digits; other scripts may write without spaces."""
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
