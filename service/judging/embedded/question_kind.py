"""What a question asks for, which decides who judges and what is read."""

from enum import StrEnum

__all__ = ["Asks"]


class Asks(StrEnum):
    """What a question asks for; the answers to each kind are judged in a way of their own.

    `practice`: how things are done where the customer is ("how do you ..."), so that textbook talk
    is weak. `knowledge`: what is so anywhere ("explain why ..."), as examinations do.
    """

    PRACTICE = "practice"
    KNOWLEDGE = "knowledge"
