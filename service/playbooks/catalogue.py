"""The loaded playbooks, and the way from a question id to its question."""

import difflib
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
            known = list(self._questions)
            asked = question_id[:64].lower().replace("_", "-").replace(" ", "-")
            nearest = difflib.get_close_matches(asked, known, n=3, cutoff=0.5) or known[:3]
            raise UnknownQuestion(question_id, nearest) from None
