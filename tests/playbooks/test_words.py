"""The built-in playbooks are the user's document, word for word."""

from pathlib import Path

import pytest

from service.playbooks.files import load_playbooks
from service.playbooks.models import Question, SignalKind

SOURCE = (Path(__file__).parent / "playbooks-source.md").read_text("utf-8")
QUESTIONS = {q.id: q for playbook in load_playbooks() for q in playbook.questions}


def the_rows() -> dict[str, list[str]]:
    """The source's cells by question id, read with nothing but split."""
    rows, playbook_id = {}, ""
    ids = {"Data Engineering": "data-engineering", "Data Warehousing": "data-warehousing"}
    for line in SOURCE.splitlines():
        if line.startswith("## Playbook"):
            name = line.partition("— ")[2].removesuffix(" Spike")
            playbook_id = ids.get(name, "ai-ml")
        elif line.startswith("| ") and not line.startswith("| # "):
            number, *cells = [cell.strip() for cell in line.strip("| ").split(" | ")]
            rows[f"{playbook_id}.{number}"] = cells
    return rows


ROWS = the_rows()


def test_all_25_questions_are_there_and_no_other() -> None:
    assert list(QUESTIONS) == list(ROWS)
    assert len(ROWS) == 25
    assert [f"ai-ml.{n}" for n in range(1, 10)] == [i for i in ROWS if i.startswith("ai-ml.")]


@pytest.mark.parametrize("question", QUESTIONS.values(), ids=QUESTIONS)
def test_question_signals_probe_and_insight_are_the_users_words(question: Question) -> None:
    weak = f"{question.column(SignalKind.WEAK)} Ask: *{question.probe}*"
    good = question.column(SignalKind.GOOD)
    assert [question.text, good, weak, question.insight] == ROWS[question.id]


@pytest.mark.parametrize("question", QUESTIONS.values(), ids=QUESTIONS)
def test_each_signal_is_a_stretch_of_its_column_without_loose_ends(question: Question) -> None:
    for signal in question.signals:
        assert signal.text in question.column(signal.kind)
        assert signal.text == signal.text.strip(" ,;—")
        assert len(signal.text.split()) >= 2 or signal.text.isalnum() or "`" in signal.text


def test_titles_and_goals_are_the_users_words() -> None:
    for playbook in load_playbooks():
        assert f"## {playbook.title}\n\n**Goal:** {playbook.goal}\n" in SOURCE
