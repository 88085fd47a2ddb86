"""Text from elsewhere, made harmless to what reads it: a spreadsheet, Markdown, XML, a terminal."""

import re

__all__ = ["FORMULA", "Guard", "as_markdown", "printable"]

_FORBIDDEN = re.compile("[^\t\n\r\x20-\x7e\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_SPECIAL = re.compile(r"([\\`*_{}\[\]<>&#|~$]|(?<=:)/|(?<=www)\.)", re.IGNORECASE)
_REFERENCE = re.compile(r"([@#])(?=\w)")
_NOTHING = "&#8203;"  # a zero-width space: what GitHub reads as a mention or address is none then


class Guard:
    """Puts an apostrophe before what begins dangerously, and takes exactly that one off again."""

    def __init__(self, dangerous: str) -> None:
        self._guarded = re.compile(rf"'+(?:{dangerous})")
        self._to_guard = re.compile(rf"'*(?:{dangerous})")

    def put(self, text: str) -> str:
        """The text, with one apostrophe more where it or what follows its apostrophes is dangerous.

        Every text stays apart from every other: `=1` becomes `'=1`, and `'=1` becomes `''=1`.
        """
        return f"'{text}" if self._to_guard.match(text) else text

    def take_off(self, text: str) -> str:
        """What `put` was given, or the text itself where no guard is on it."""
        return text[1:] if self._guarded.match(text) else text


# What spreadsheets take for a formula, or skip on the way to one (OWASP, "CSV injection").
FORMULA = Guard(r"[=+\-@\t\r\n＝＋－＠]")


def as_markdown(text: str, length: int = 200) -> str:
    """One line of at most so many characters that reads as the text and is nothing but text.

    It stands in a paragraph or a table cell, not at the start of a line.
    """
    line = " ".join(text.split())
    cut = line if len(line) <= length else f"{line[: length - 1]}…"
    return _REFERENCE.sub(rf"\1{_NOTHING}", _SPECIAL.sub(r"\\\1", cut))


def printable(text: str) -> str:
    """The text with U+FFFD for each character that steers a terminal or that XML 1.0 forbids.

    Those are control characters, lone surrogates, U+FFFE and U+FFFF; offsets stay as they are.
    """
    return _FORBIDDEN.sub("\ufffd", text)
