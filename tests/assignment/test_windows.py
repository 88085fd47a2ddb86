import itertools

from hypothesis import given
from hypothesis import strategies as st

from service.assignment.llm_assigner import split_windows
from service.transcripts.turns import Turn


def said(words: int) -> Turn:
    return Turn(speaker_id="s1", text="word " * words)


def test_a_short_call_is_read_at_once() -> None:
    assert list(split_windows([said(10)] * 20)) == [(0, 20)]


def test_nothing_said_is_no_window() -> None:
    assert list(split_windows([])) == []


def test_neighbours_share_enough_to_hold_an_answer() -> None:
    spans = list(split_windows([said(10)] * 100, words=300, overlap=100))
    assert spans == [(0, 30), (20, 50), (40, 70), (60, 90), (80, 100)]


@given(st.lists(st.integers(1, 400), max_size=60), st.integers(50, 500), st.integers(0, 200))
def test_every_turn_is_in_a_window_and_windows_move_on(
    sizes: list[int], words: int, overlap: int
) -> None:
    spans = list(split_windows([said(size) for size in sizes], words=words, overlap=overlap))
    assert {place for start, end in spans for place in range(start, end)} == set(range(len(sizes)))
    for (start, end), (later, further) in itertools.pairwise(spans):
        assert start < later <= end < further
    for start, end in spans:
        assert sum(sizes[start : end - 1]) <= max(words, overlap + max(sizes))
