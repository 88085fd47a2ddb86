"""Advise the author of a playbook: it loads, but may grade badly."""

import re
from collections.abc import Iterator

from service.playbooks.models import Playbook, Question

__all__ = ["lint_playbook"]

_MOST_SIGNALS = 10
_LONGEST_SIGNAL = 300


def lint_playbook(playbook: Playbook) -> Iterator[str]:
    """Yield remarks that name the question and what to change; none if all is in order."""
    numbers = [question.number for question in playbook.questions]
    if numbers != list(range(1, len(numbers) + 1)):
        yield f"questions are numbered {numbers}; number them 1 to {len(numbers)} in order"
    seen: dict[str, str] = {}
    for question in playbook.questions:
        if question.text in seen:
            yield f"{question.id} asks the same as {seen[question.text]}"
        seen[question.text] = question.id
        yield from _lint_question(question)


def _lint_question(question: Question) -> Iterator[str]:
    if not re.search(r"[?？؟][\"'”’»)*_\s]*$", question.probe):
        yield f"{question.id}: the probe is no question; end it with a question mark"
    if len(question.signals) > _MOST_SIGNALS:
        count = len(question.signals)
        yield f"{question.id}: {count} signals; judges lose count over {_MOST_SIGNALS}"
    for signal in question.signals:
        if len(signal.text) > _LONGEST_SIGNAL:
            yield f"{question.id}: {signal.id} is long; split it into points to check separately"
        if not re.search(r"\w", signal.text):
            yield f"{question.id}: {signal.id} has no word that an answer could show; remove it"
    texts = [re.sub(r"\W+", " ", signal.text.casefold()).strip() for signal in question.signals]
    if len(set(texts)) < len(texts):
        yield f"{question.id}: two signals say the same"
    if not question.insight:
        yield f"{question.id}: there is no insight to offer the customer"
