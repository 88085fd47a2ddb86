"""Text that every format can hold."""

import re

__all__ = ["printable"]

_FORBIDDEN = re.compile("[^\t\n\r\x20-\x7e\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def printable(text: str) -> str:
    """The text with U+FFFD for each character that steers a terminal or that XML 1.0 forbids.

    Those are control characters, lone surrogates, U+FFFE and U+FFFF; offsets stay as they are.
    """
    return _FORBIDDEN.sub("\ufffd", text)
