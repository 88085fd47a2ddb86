"""Lint: advice on playbooks that load but may grade badly."""

from typing import Any

import pytest

from service.playbooks.files import load_playbooks
from service.playbooks.lint import lint_playbook
from service.playbooks.models import Playbook
from tests.fakes import a_playbook


def lint(**changes: Any) -> list[str]:
    """The remarks on a playbook of two questions, the second changed."""
    content = a_playbook(questions=2).model_dump(mode="json")
    content["questions"][1] |= changes
    return list(lint_playbook(Playbook.model_validate(content)))


def signals(*texts: str) -> list[dict[str, str]]:
    good = [{"id": f"good.{n}", "wording": text} for n, text in enumerate(texts, 1)]
    return [*good, {"id": "weak.1", "wording": "It rarely burns."}]


def test_the_built_in_playbooks_are_in_good_order() -> None:
    assert [remark for playbook in load_playbooks() for remark in lint_playbook(playbook)] == []


@pytest.mark.parametrize(
    ("changes", "remark"),
    [
        ({"number": 4}, "questions are numbered [1, 4]; number them 1 to 2 in order"),
        ({"probe": "Notice it."}, "cooking.2: the probe is no question; end it with a "
            "question mark"),
        ({"text": "How do you keep dish 1 from burning?"}, "cooking.2 asks the same as cooking.1"),
        ({"signals": signals("Stirs,", "stirs.", "STIRS")}, "cooking.2: two signals say the same"),
        ({"signals": signals('"No alarm."', "No  alarm")}, "cooking.2: two signals say the same"),
        ({"signals": signals("Stirs", "—")}, "cooking.2: good.2 has no word that an answer could "
            "show; remove it"),
        ({"insight": ""}, "cooking.2: there is no insight to offer the customer"),
        (
            {"signals": signals("x" * 301)},
            "cooking.2: good.1 is long; split it into points to check separately",
        ),
        (
            {"signals": signals(*(f"Point {n}" for n in range(10)))},
            "cooking.2: 11 signals; judges lose count over 10",
        ),
    ],
)  # fmt: skip
def test_what_may_grade_badly_is_remarked(changes: dict[str, Any], remark: str) -> None:
    assert lint(**changes) == [remark]


@pytest.mark.parametrize(
    "probe",
    ["How?", "How? ", "How would you notice?", 'Who says "why?"', "How? (Wait.) Why?", "为什么？"],
)
def test_a_probe_that_asks_is_left_alone(probe: str) -> None:
    assert lint(probe=probe) == []
