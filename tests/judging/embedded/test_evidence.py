import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.judging.embedded.evidence import find_best_clause, split_clauses
from tests.fakes import a_question

SIGNALS = a_question().signals


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("We land files, then Auto Loader runs.", ["We land files", "then Auto Loader runs"]),
        ("p99 is 1.5 s: too slow", ["p99 is 1.5 s", "too slow"]),
        ("read system.billing.usage; done", ["read system.billing.usage", "done"]),
        ("... !!", []),
    ],
)
def test_punctuation_parts_clauses_but_not_names_and_numbers(
    text: str, expected: list[str]
) -> None:
    assert [text[a:b] for a, b in split_clauses(text)] == expected


def test_speech_without_punctuation_is_cut_into_overlapping_windows() -> None:
    text = " ".join(f"word{n}" for n in range(40))
    spans = sorted(split_clauses(text))
    assert all(len(text[a:b].split()) == 12 for a, b in spans)
    assert (spans[0][0], spans[-1][1]) == (0, len(text))


@pytest.mark.parametrize(
    ("place", "quote"),
    [(0, "we watch the temperature"), (1, "we stir it on a timer"), (2, "it rarely burns")],
)
def test_each_signal_gets_the_clause_that_shares_its_words(place: int, quote: str) -> None:
    text = "So we watch the temperature, and we stir it on a timer. It rarely burns."
    offsets = [(n, n + 1) for n in range(len(text))]
    weights = np.full(len(text), 0.2, dtype=np.float32)
    found = find_best_clause(place, SIGNALS, weights, offsets, text)
    assert found is not None
    assert quote in text[slice(*found)].lower()


def test_without_shared_words_the_model_decides() -> None:
    text = "Nothing here, a probe does it."
    offsets = [(n, n + 1) for n in range(len(text))]
    weights = np.array([0.9 if n > 13 else 0.1 for n in range(len(text))], dtype=np.float32)
    found = find_best_clause(0, SIGNALS, weights, offsets, text)
    assert found is not None
    assert text[slice(*found)] == "a probe does it"


@given(st.text())
def test_every_clause_is_a_stretch_with_something_in_it(text: str) -> None:
    for start, end in split_clauses(text):
        assert 0 <= start < end <= len(text)
        assert any(character.isalnum() for character in text[start:end])
