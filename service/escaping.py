"""Escape text from elsewhere for its reader: a spreadsheet, Markdown, XML or a terminal."""

import re

__all__ = ["FORMULA", "Guard", "as_markdown", "printable", "without_hidden"]

_FORBIDDEN = re.compile("[^\t\n\r\x20-\x7e\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
# What draws nothing, or turns the order of what is around it: soft hyphens, zero-width and
# direction marks, fillers, tags, and selectors that follow one another or select nothing we know.
_HIDDEN = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b\u200e\u200f\u202a-\u202e"
    "\u2060-\u206f\u3164\ufe00-\ufe0d\ufeff\uffa0\ufff0-\ufffb"
    "\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff]"
    "|(?<=[\ufe0e\ufe0f])[\ufe0e\ufe0f]"
)
# Joiners belong inside words of other scripts than Latin, and inside emoji.
_JOINER = re.compile(
    "(?<![^\x00-\u02ff\\s])[\u200c\u200d]|[\u200c\u200d](?![^\x00-\u02ff\\s\u200c\u200d])"
)
_SPECIAL = re.compile(r"([\\`*_{}\[\]<>&#|~$]|(?<=:)/|(?<=www)\.)", re.IGNORECASE)
_REFERENCE = re.compile(r"([@#])(?=\w)")
_NOTHING = "&#8203;"  # a zero-width space, behind which GitHub sees no mention and no address


class Guard:
    """Puts an apostrophe before a text that begins dangerously, and takes exactly that one off."""

    def __init__(self, dangerous: str) -> None:
        self._guarded = re.compile(rf"'+(?:{dangerous})")
        self._to_guard = re.compile(rf"'*(?:{dangerous})")

    def put(self, text: str) -> str:
        """Add an apostrophe to a text that is dangerous, or that is so behind its apostrophes.

        Two different texts stay different: `=1` becomes `'=1`, and `'=1` becomes `''=1`.
        """
        return f"'{text}" if self._to_guard.match(text) else text

    def take_off(self, text: str) -> str:
        """Give back the text that `put` was given; a text without a guard stays as it is."""
        return text[1:] if self._guarded.match(text) else text


# Beginnings that a spreadsheet takes for a formula, or skips before one (OWASP, "CSV injection").
FORMULA = Guard(r"[=+\-@\t\r\n＝＋－＠]")


def as_markdown(text: str, length: int = 200) -> str:
    """Escape a text for Markdown, as one line of at most `length` characters of it.

    The line shows the text and nothing in it acts as markup. It belongs in a paragraph or a table
    cell, not at the start of a line.
    """
    line = " ".join(without_hidden(text).split())
    cut = line if len(line) <= length else f"{line[: length - 1]}…"
    return _REFERENCE.sub(rf"\1{_NOTHING}", _SPECIAL.sub(r"\\\1", cut))


def without_hidden(text: str) -> str:
    """Return the text without the characters that nobody sees, some of which hide or turn others.

    Offsets change. Joiners stay where they change how a word or an emoji looks.
    """
    return _JOINER.sub("", _HIDDEN.sub("", text))


def printable(text: str) -> str:
    """Put U+FFFD in place of each character that controls a terminal or that XML 1.0 forbids.

    Those are control characters, lone surrogates, U+FFFE and U+FFFF. Offsets stay valid.
    """
    return _FORBIDDEN.sub("\ufffd", text)
