"""Playbook models: what a signal says, which ids there are, and when a digest changes."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from service.playbooks.models import Playbook, Signal, SignalKind
from tests.fakes import a_playbook


@pytest.mark.parametrize(
    ("wording", "text"),
    [
        ("clear trigger (Auto Loader, DLT),", "clear trigger (Auto Loader, DLT)"),
        ("explicit boundaries.", "explicit boundaries"),
        ("one; ,", "one"),
        ("one —", "one"),
        ('"We haven\'t decided yet" or', '"We haven\'t decided yet"'),
        ("“We haven't” or", "“We haven't”"),
        ('"We don\'t have formal SLAs yet."', '"We don\'t have formal SLAs yet."'),
        ("this or", "this or"),
        ("and so on...", "and so on..."),
        ("v1.2.", "v1.2"),
        ("  spaced  ", "spaced"),
        (";", ";"),
        ("...", "..."),
    ],
)
def test_a_signals_text_is_its_wording_without_what_joins_it_to_the_next(
    wording: str, text: str
) -> None:
    assert Signal(id="good.1", wording=wording).text == text


@given(st.text(st.sampled_from('ab.,;—"” or'), min_size=1).filter(str.strip))
def test_a_signals_text_is_never_empty_and_always_begins_its_wording(wording: str) -> None:
    signal = Signal(id="good.1", wording=wording)
    assert signal.text
    assert signal.wording.startswith(signal.text)


@pytest.mark.parametrize("signal_id", ["good.1", "good.10", "weak.2"])
def test_a_signal_id_tells_its_kind(signal_id: str) -> None:
    assert Signal(id=signal_id, wording="x").kind == SignalKind(signal_id[:4])


@pytest.mark.parametrize(
    "signal_id",
    ["", "good", "good.", "good.0", "good.01", "bad.1", "Good.1", "good.1 ", "good.1\n"],
)
def test_any_other_signal_id_is_refused(signal_id: str) -> None:
    with pytest.raises(ValidationError):
        Signal(id=signal_id, wording="x")


@pytest.mark.parametrize(
    ("ids", "fault"),
    [
        (["good.1", "good.2"], "no weak signal"),
        (["weak.1", "weak.2"], "no good signal"),
        (["good.1", "good.1", "weak.1"], "repeat"),
        (["good.2", "good.1", "weak.1"], "go backwards"),
        (["good.1"], "at least 2 items"),
        (["good.9", "good.10", "weak.1"], None),
        (["good.1", "weak.1", "good.3"], None),
    ],
)
def test_signal_ids_of_a_question_go_up_and_cover_both_columns(
    ids: list[str], fault: str | None
) -> None:
    signals = [{"id": signal_id, "wording": "x"} for signal_id in ids]
    if fault is None:
        assert [s.id for s in the_playbook(signals=signals).questions[0].signals] == ids
    else:
        with pytest.raises(ValidationError, match=fault):
            the_playbook(signals=signals)


@pytest.mark.parametrize("playbook_id", ["", "AI", "ai_ml", "-ai", "ai-", "ai--ml", "ai.ml", "ä"])
def test_a_playbook_id_is_lower_case_words_joined_by_hyphens(playbook_id: str) -> None:
    with pytest.raises(ValidationError):
        a_playbook(playbook_id)


@pytest.mark.parametrize("text", ["a\nb", "a\x00b", "a\u2028b", "a\x1b[2Jb", "a\x85b", "\x1c", ""])
def test_a_text_is_one_printable_line(text: str) -> None:
    with pytest.raises(ValidationError):
        the_playbook(probe=text)


def test_a_question_may_come_without_an_insight() -> None:
    assert the_playbook(insight="").questions[0].insight == ""


@pytest.mark.parametrize(
    "changes",
    [
        {"text": "How do you keep dish 1 from scorching?"},
        {"probe": "How would you smell it?"},
        {"insight": "A timer costs less than a pot."},
        {"number": 2},
        {"signals": [{"id": "good.1", "wording": "x"}, {"id": "weak.1", "wording": "y"}]},
    ],
)
def test_the_digest_changes_when_a_word_of_a_question_does(changes: dict[str, Any]) -> None:
    assert the_playbook(**changes).digest != the_playbook().digest


def test_the_digest_changes_with_title_goal_and_id_and_with_nothing_else() -> None:
    content = a_playbook().model_dump(mode="json")
    digests = {
        Playbook.model_validate(content | changes).digest
        for changes in ({}, {"title": "T"}, {"goal": "G"}, {"id": "baking"}, {"goal": "G "})
    }
    assert len(digests) == 4
    assert a_playbook().digest == a_playbook().digest


def test_questions_know_their_playbook_and_its_digest() -> None:
    playbook = a_playbook()
    assert {(q.playbook_id, q.playbook_digest) for q in playbook.questions} == {
        (playbook.id, playbook.digest)
    }


def the_playbook(**changes: Any) -> Playbook:
    """A playbook of one question with these fields."""
    content = a_playbook(questions=1).model_dump(mode="json")
    content["questions"][0] |= changes
    return Playbook.model_validate(content)
