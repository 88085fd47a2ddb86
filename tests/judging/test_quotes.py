import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.judging.quotes import find_evidence

ANSWER = "We're doing full loads every night."


@pytest.mark.parametrize(
    "quote",
    [
        "full loads",
        "FULL  loads",
        "“full loads”",
        " full\nloads ",
        "full\u200b loads",
        "ｆｕｌｌ loads",
    ],
)
def test_a_quote_is_found_whatever_its_case_spacing_or_quotation_marks(quote: str) -> None:
    found = find_evidence(quote, ANSWER)
    assert found is not None
    assert (found.quote, found.start, found.end) == ("full loads", 12, 22)


@pytest.mark.parametrize(
    ("quote", "text"),
    [
        ("no full loads", ANSWER),
        ("full ... night", ANSWER),
        ("full night", ANSWER),
        ("", ANSWER),
        ("“”", ANSWER),
        (".", ANSWER),
        ("a", "a b a"),
        ("ai", "we maintain it"),
        ("fine", ""),
    ],
)
def test_a_forged_or_empty_quote_is_not_found(quote: str, text: str) -> None:
    assert find_evidence(quote, text) is None


@pytest.mark.parametrize(
    ("quote", "text", "expected"),
    [
        ("load", "downloads, loads, a load", "load"),
        ("full load", "full loads", "full load"),
        ("don't", "we don’t copy", "don’t"),
        ("a - b", "a — b", "a — b"),
        ("cafe", "the café cafe", "cafe"),
        ("café", "the cafe\u0301 runs", "cafe\u0301"),
        ("straße", "die STRASSE hier", "STRASSE"),
        ("数据湖", "我们的数据湖", "数据湖"),
        ("two lines", "two\n\n   lines here", "two\n\n   lines"),
        ("<b>x1</b>", "‹b›x1‹/b›", "‹b›x1‹/b›"),
    ],
)
def test_the_evidence_is_the_answers_own_spelling(quote: str, text: str, expected: str) -> None:
    found = find_evidence(quote, text)
    assert found is not None
    assert found.quote == expected
    assert text[found.start : found.end] == expected


@pytest.mark.parametrize(("quote", "text"), [("o f", "o ﬁx"), ("i x1", "ﬁ x1"), ("de", "dé")])
def test_a_match_never_begins_or_ends_inside_one_character(quote: str, text: str) -> None:
    assert find_evidence(quote, text) is None


WORD = st.text(st.characters(categories=["L", "N"]), min_size=2, max_size=9)


@given(st.text(max_size=80), st.lists(WORD, min_size=1), st.sampled_from(" \n.,;"), st.text())
def test_whole_words_of_an_answer_are_found_whatever_stands_around_them(
    before: str, words: list[str], separator: str, after: str
) -> None:
    quote = separator.join(words)
    text = f"{before} {quote} {after}"
    found = find_evidence(quote, text)
    assert found is not None
    assert text[found.start : found.end] == found.quote
    assert found.start <= len(before) + 1


@given(st.text(max_size=80), st.text(max_size=200))
def test_what_is_found_is_always_a_stretch_of_the_answer(quote: str, text: str) -> None:
    found = find_evidence(quote, text)
    if found is not None:
        assert text[found.start : found.end] == found.quote != ""
