"""What a question asks for, which decides who judges and what is read."""

from enum import StrEnum

__all__ = ["Asks"]


class Asks(StrEnum):
    """What a question asks for; an expert judges the answers to each kind.

    `practice`: how things are done where the customer is ("how do you ..."), so that textbook talk
    is weak. `knowledge`: what is so anywhere ("explain why ..."), as examinations do.
    """

    PRACTICE = "practice"
    KNOWLEDGE = "knowledge"
