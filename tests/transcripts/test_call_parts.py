"""A call that came in pieces is one transcript."""

from hypothesis import given
from hypothesis import strategies as st

from service.transcripts.call_parts import join_parts
from service.transcripts.turns import Skipped, Transcript, Turn


def said(start_ms: int | None, text: str, name: str = "Ada") -> Turn:
    return Turn(speaker_id=name, name=name, start_ms=start_ms, text=text)


def texts(*parts: Transcript) -> list[str]:
    return [turn.text for turn in join_parts(parts).turns]


def test_timed_turns_stand_by_their_start() -> None:
    late = Transcript(turns=(said(30, "c"), said(40, "d")))
    early = Transcript(turns=(said(10, "a"), said(20, "b")))
    assert texts(late, early) == ["a", "b", "c", "d"]


def test_an_overlap_is_heard_once() -> None:
    first = Transcript(turns=(said(10, "a"), said(20, "b")))
    second = Transcript(turns=(said(20, "b"), said(30, "c")))
    assert texts(second, first) == ["a", "b", "c"]


def test_two_voices_at_the_same_time_are_both_kept() -> None:
    both = Transcript(turns=(said(10, "yes"), said(10, "yes", "Bo")))
    assert texts(both) == ["yes", "yes"]


def test_turns_without_times_stay_in_the_order_in_which_they_came() -> None:
    first = Transcript(turns=(said(None, "yes"), said(None, "yes")))
    second = Transcript(turns=(said(None, "no"),))
    assert texts(first, second) == ["yes", "yes", "no"]


def test_a_turn_without_a_time_stays_behind_the_one_before_it() -> None:
    late = Transcript(turns=(said(30, "c"), said(None, "d")))
    early = Transcript(turns=(said(10, "a"), said(None, "b")))
    assert texts(late, early) == ["a", "b", "c", "d"]


def test_what_was_skipped_of_any_part_is_told() -> None:
    left_out = (Skipped(line=3, reason="broken"),)
    one = Transcript(turns=(said(1, "a"),), skipped=left_out)
    other = Transcript(turns=(said(2, "b"),), skipped=left_out)
    assert join_parts([one, other]).skipped == left_out * 2


def test_a_part_that_came_twice_counts_once() -> None:
    part = Transcript(turns=(said(None, "a"),), skipped=(Skipped(line=3, reason="broken"),))
    assert join_parts([part, part]) == part


PARTS = st.lists(st.lists(st.integers(0, 50), min_size=1, unique=True), min_size=1, max_size=4)


@given(PARTS, st.randoms())
def test_the_order_of_delivery_does_not_matter(parts: list[list[int]], random: object) -> None:
    made = [Transcript(turns=tuple(said(n, str(n)) for n in sorted(part))) for part in parts]
    shuffled = made[:]
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert (
        texts(*made) == texts(*shuffled) == [str(n) for n in sorted({n for p in parts for n in p})]
    )
