"""Clean an answer's text for the model; every character that is left keeps its place."""

import re

from service.judging.answer_text import replace_homoglyphs
from service.judging.embedded.scorer import QuestionKind
from service.judging.injection import find_instructions
from service.judging.untrusted import find_recited
from service.playbooks.models import Question

__all__ = ["clean_answer", "remove_disfluencies"]

# Who explains something may well use five words of the book; nobody uses ten by chance.
_RECITED_WORDS = {QuestionKind.PRACTICE: 5, QuestionKind.KNOWLEDGE: 10}

# "uh", "um", "hmm". "ER" is no pause but a diagram, hence the case of "er" counts.
_PAUSE = r"\b(?:uh+m?|um+|erm|(?-i:[Ee]r)|hm+|mhm+)\b,?"
# "So, " or "Well, you know, ", but only at the beginning of a clause: "we know it well, so".
_MARKER = (
    r"(?:(?<=[.!?,;:\n]\s)|(?<=\n)|^)[^\S\n]*"
    r"(?:(?:you know|i mean|well|so|okay|right|like),\s*)+"
)
# The first of two equal words: "the the pan", "is, is hot".
_REPEATED = r"\b([^\W\d_]+)\b,?(?=\s+\1\b)"
_DISFLUENCIES = [re.compile(way, re.IGNORECASE) for way in (_PAUSE, _MARKER, _REPEATED)]


def clean_answer(question: Question, text: str, kind: QuestionKind = QuestionKind.PRACTICE) -> str:
    """Remove disfluencies, what seems to talk to the grader, and what the playbook says itself.

    Removed words become line ends, so that no clause goes on across the gap. If the question asks
    for knowledge, the words of the book are allowed unless many of them come in a row.
    """
    recited = find_recited(text, question, _RECITED_WORDS[kind])
    for start, end in (*find_instructions(text), *recited):
        text = text[:start] + "\n" * (end - start) + text[end:]
    return remove_disfluencies(text)


def remove_disfluencies(text: str) -> str:
    """Replace homoglyphs, and put spaces for sounds and words that carry no content.

    These are filled pauses, discourse markers and repeated words (Shriberg 1994).
    """
    text = replace_homoglyphs(text)
    for way in _DISFLUENCIES:
        text = way.sub(lambda found: " " * len(found[0]), text)
    return text
