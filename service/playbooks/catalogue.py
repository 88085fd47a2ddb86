"""Find playbooks and questions by their ids."""

import difflib
import re
from collections.abc import Iterable

from service.errors import PlaybookError, UnknownPlaybook, UnknownQuestion
from service.playbooks.models import Playbook, Question

__all__ = ["Catalogue"]


class Catalogue:
    """All loaded playbooks; an unknown id is an error that names the ids there are."""

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
        """Find the playbook of this id; UnknownPlaybook names those there are."""
        try:
            return self._playbooks[playbook_id]
        except KeyError:
            raise UnknownPlaybook(playbook_id, list(self._playbooks)) from None

    def question(self, question_id: str) -> Question:
        """Find the question of this id; UnknownQuestion names the three nearest."""
        try:
            return self._questions[question_id]
        except KeyError:
            nearest = sorted(self.questions, key=lambda q: _measure_distance(question_id, q))[:3]
            raise UnknownQuestion(question_id, [question.id for question in nearest]) from None


def _measure_distance(asked: str, question: Question) -> tuple[float, int]:
    """Measure how far a mistyped id is from a question: first its playbook, then its number."""
    asked = asked[:64].lower()
    name = asked.rstrip("0123456789")
    number = int(asked.removeprefix(name) or 1)
    words = [word for word in re.split(r"[^a-z0-9]+", name) if word]
    own = question.playbook_id.split("-")
    # People shorten an id to `data-eng.3` or `de.3`; anything else is compared letter by letter.
    initials = "".join(word[0] for word in own)
    shortened = words and len(words) <= len(own) and all(map(str.startswith, own, words))
    if shortened or words == [initials]:
        return 0.0, abs(number - question.number)
    alike = difflib.SequenceMatcher(None, "-".join(words), question.playbook_id).ratio()
    return 1 - alike, abs(number - question.number)
