"""Letters of other scripts that are drawn like Latin ones, and curled quotation marks."""

from string import printable

__all__ = ["latin"]

_CYRILLIC = ("аеорсухіјѕһԁԛԝѵӏАВЕКМНОРСТУХІЈЅЗ", "aeopcyxijshdqwvlABEKMHOPCTYXIJS3")
_GREEK = ("οινυκρχΑΒΕΖΗΙΚΜΝΟΡΤΥΧ", "oivukpxABEZHIKMNOPTYX")
_QUOTES = ("‘’‚‛“”„‟", "''''\"\"\"\"")
_FULL_WIDTH = {ord(c) + 0xFEE0: c for c in printable if "!" <= c <= "~"}
_LATIN = {
    ord(alike): letter
    for alikes, letters in (_CYRILLIC, _GREEK, _QUOTES)
    for alike, letter in zip(alikes, letters, strict=True)
} | _FULL_WIDTH


def latin(text: str) -> str:
    """The text in Latin letters, full-width ones made narrow; every character keeps its place."""
    return text.translate(_LATIN)
