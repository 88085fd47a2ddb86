"""The loaded playbooks, and the way from a question id to its question."""

import difflib
import re
from collections.abc import Iterable

from service.errors import PlaybookError, UnknownPlaybook, UnknownQuestion
from service.playbooks.models import Playbook, Question

__all__ = ["Catalogue"]


class Catalogue:
    """Finds playbooks and questions by id; each error names what there is instead."""

    def __init__(self, playbooks: Iterable[Playbook]) -> None:
        self._playbooks: dict[str, Playbook] = {}
        for playbook in playbooks:
            if playbook.id in self._playbooks:
                raise PlaybookError(f"two playbooks have the id {playbook.id!r}; rename one")
            self._playbooks[playbook.id] = playbook
        self._questions = {q.id: q for p in self._playbooks.values() for q in p.questions}

    @property
    def playbooks(self) -> list[Playbook]:
        return list(self._playbooks.values())

    @property
    def questions(self) -> list[Question]:
        return list(self._questions.values())

    def playbook(self, playbook_id: str) -> Playbook:
        """The playbook of this id; UnknownPlaybook names those there are."""
        try:
            return self._playbooks[playbook_id]
        except KeyError:
            raise UnknownPlaybook(playbook_id, list(self._playbooks)) from None

    def question(self, question_id: str) -> Question:
        """The question of this id; UnknownQuestion names the three nearest."""
        try:
            return self._questions[question_id]
        except KeyError:
            nearest = sorted(self.questions, key=lambda q: _distance(question_id, q))[:3]
            raise UnknownQuestion(question_id, [question.id for question in nearest]) from None


def _distance(asked: str, question: Question) -> tuple[float, int]:
    """How far an id typed wrong is from a question: first its playbook, then its number."""
    asked = asked[:64].lower()
    name = asked.rstrip("0123456789")
    number = int(asked.removeprefix(name) or 1)
    words = [word for word in re.split(r"[^a-z0-9]+", name) if word]
    own = question.playbook_id.split("-")
    initials = "".join(word[0] for word in own)
    shortened = words and len(words) <= len(own) and all(map(str.startswith, own, words))
    if shortened or words == [initials]:
        return 0.0, abs(number - question.number)
    alike = difflib.SequenceMatcher(None, "-".join(words), question.playbook_id).ratio()
    return 1 - alike, abs(number - question.number)
