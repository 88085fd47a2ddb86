"""Notes: every line with words is a turn with its line, without the marks of a list."""

from textwrap import dedent

import pytest

from service.transcripts.formats import Format
from service.transcripts.read_source import read_source
from service.transcripts.turns import NOTES, Side, Transcript

PAGE = """\
    # Acme, 14 Jan

    Present: Reto, me
    ## SAP
    - pulls *everything* nightly
        - 5 h, `drop & load`
    * [ ] ask Beat
    1. first of all
    > quoted

    | table | load |
    |-------|:----:|
    | KNA1  | full |
    ```sql
    # not a heading
    MERGE INTO t
    ```
    ---
    Checks
    ------
    **3**
    works, mostly
    """


def page(text: str) -> Transcript:
    return read_source(dedent(text), Format.NOTES)


def test_each_line_with_words_is_a_turn_that_knows_its_line() -> None:
    transcript = page(PAGE)
    assert [(t.line, t.heading, t.text) for t in transcript.turns] == [
        (1, 1, "Acme, 14 Jan"),
        (3, None, "Present: Reto, me"),
        (4, 2, "SAP"),
        (5, None, "pulls *everything* nightly"),
        (6, None, "5 h, `drop & load`"),
        (7, None, "[ ] ask Beat"),
        (8, None, "1. first of all"),
        (9, None, "quoted"),
        (11, None, "table | load"),
        (13, None, "KNA1 | full"),
        (15, None, "# not a heading"),
        (16, None, "MERGE INTO t"),
        (19, None, "Checks"),
        (21, 7, "3"),
        (22, None, "works, mostly"),
    ]
    assert [(s.line, s.reason) for s in transcript.skipped] == [
        (12, "markup without words"),
        (14, "a code fence"),
        (17, "a code fence"),
        (18, "markup without words"),
        (20, "markup without words"),
    ]
    assert {(t.speaker_id, t.side, t.start_ms, t.end_ms) for t in transcript.turns} == {
        (NOTES, Side.UNKNOWN, None, None)
    }


@pytest.mark.parametrize(
    ("text", "heading"),
    [
        ("###### Deep ##", 6),
        ("####### seven", None),
        ("#hashtag", None),
        ("Deadlines\n===", 1),
        ("Deadlines\n---", 2),
        ("before\nDeadlines\n---", None),
        ("- a bullet\n---", None),
        ("They load every table in full every single night.\n---", None),
        ("**Deadlines:**", 7),
        ("__Deadlines__", 7),
        ("**How do you handle changes that arrive late, and who hears of it?**", 7),
        ("**They drop and load everything!**", None),
        ("**They pull all of the sixty tables every night and load them again**", None),
        ("**Yuki:** all runs in MLflow", None),
    ],
)
def test_a_heading_announces_and_what_could_be_an_answer_is_none(
    text: str, heading: int | None
) -> None:
    *_, turn = page(text).turns
    assert turn.heading == heading


@pytest.mark.parametrize(
    "text", ["~~~\n# a\n```\n# b", "````\n# a\n```\n# b", "```\n# a\n```sql\n# b"]
)
def test_code_is_text_until_its_own_fence_closes_it(text: str) -> None:
    assert [turn.heading for turn in page(text).turns if turn.text.startswith("# ")] == [None, None]


@pytest.mark.parametrize("text", ["???", "👍", "n/a", "-5 degrees", "2 * 3", "a|b"])
def test_what_is_no_markup_stays_as_it_is(text: str) -> None:
    assert [turn.text for turn in page(text).turns] == [text]
