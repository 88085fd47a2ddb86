"""Text that a program would act on, made harmless by an apostrophe in front."""

import re

__all__ = ["Guard"]


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
