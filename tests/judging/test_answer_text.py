import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.judging.answer_text import overlaps_any, split_sentences


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("We stir. It burns!", ["We stir.", " It burns!"]),
        ('He said "no." Then v1.5 ran', ['He said "no."', " Then v1.5 ran"]),
        ("- a\n- b", ["- a\n", "- b"]),
        ('Yes {"a": {"b": "c. d"}} no. End', ["Yes ", '{"a": {"b": "c. d"}}', " no.", " End"]),
        ("An open { brace. Ends", ["An open { brace.", " Ends"]),
        ("", []),
    ],
)
def test_punctuation_lines_and_braces_end_a_sentence(text: str, parts: list[str]) -> None:
    assert [text[start:end] for start, end in split_sentences(text)] == parts


@given(st.text(alphabet=st.sampled_from("a .!?\n{}\"'")))
def test_joined_they_are_the_text(text: str) -> None:
    assert "".join(text[start:end] for start, end in split_sentences(text)) == text


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [(0, 2, False), (0, 3, True), (3, 3, True), (4, 9, False), (4, 10, True), (12, 20, False)],
)
def test_spans_overlap_where_they_share_a_character(start: int, end: int, expected: bool) -> None:
    assert overlaps_any([(2, 4), (9, 12)], start, end) is expected
