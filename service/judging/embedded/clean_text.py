"""What of an answer the model reads; every character keeps its place."""

import re

from service.judging.embedded.question_kind import Asks
from service.judging.homoglyphs import latin
from service.judging.injection import instruction_spans
from service.judging.untrusted import recited_spans
from service.playbooks.models import Question

__all__ = ["fluent", "readable"]

_RECITED_WORDS = {Asks.PRACTICE: 5, Asks.KNOWLEDGE: 10}
_PAUSE = r"\b(?:uh+m?|um+|erm|(?-i:[Ee]r)|hm+|mhm+)\b,?"
_MARKER = (
    r"(?:(?<=[.!?,;:\n]\s)|(?<=\n)|^)[^\S\n]*"
    r"(?:(?:you know|i mean|well|so|okay|right|like),\s*)+"
)
_REPEATED = r"\b([^\W\d_]+)\b,?(?=\s+\1\b)"
_DISFLUENCIES = [re.compile(way, re.IGNORECASE) for way in (_PAUSE, _MARKER, _REPEATED)]


def readable(question: Question, text: str, asks: Asks = Asks.PRACTICE) -> str:
    """The answer, fluent, without what seems to talk to its grader or is recited from the playbook.

    What is left out becomes ends of lines, so that no clause goes across it. Where knowledge is
    asked for, the words of the book are no offence unless many stand in a row.
    """
    recited = recited_spans(text, question, _RECITED_WORDS[asks])
    for start, end in (*instruction_spans(text), *recited):
        text = text[:start] + "\n" * (end - start) + text[end:]
    return fluent(text)


def fluent(text: str) -> str:
    """The text in Latin letters, with spaces for disfluencies that carry no content.

    Filled pauses, discourse markers and repeated words (Shriberg 1994).
    """
    text = latin(text)
    for way in _DISFLUENCIES:
        text = way.sub(lambda found: " " * len(found[0]), text)
    return text
