"""Notes: what is ours is never the customer's, and what may be ours is nobody's."""

from textwrap import dedent

import pytest

from service.transcripts.formats import Format
from service.transcripts.read_source import read_source
from service.transcripts.sides import resolve_sides
from service.transcripts.turns import NOBODY, NOTES, Side, Turn

OURS, THEIRS, DOUBTFUL = "ours", "theirs", "doubtful"


def whose(turn: Turn) -> str:
    if turn.side is Side.SELLER:
        return OURS
    return THEIRS if turn.speaker_id == NOTES else DOUBTFUL


def read(text: str) -> dict[str, str]:
    """Map the words of each line that is no heading to whose they are."""
    turns = read_source(dedent(text), Format.NOTES).turns
    return {turn.text: whose(turn) for turn in turns if turn.heading is None}


@pytest.mark.parametrize(
    "heading",
    [
        "Our recommendation", "Recommendations", "Next steps for us", "SA thoughts", "Our take:",
        "What we recommend", "Proposed architecture", "Internal notes", "My thoughts on CDC",
        "Unsere Empfehlung", "Empfehlung", "Nächste Schritte für uns", "Vorschlag",
        "Nos recommandations", "Ce que nous proposons", "Prochaines étapes pour nous",
        "Nuestra recomendación", "Lo que proponemos", "Próximos pasos para nosotros",
    ],
)  # fmt: skip
@pytest.mark.parametrize("mark", ["## {}", "**{}**", "{}\n---", "<h2>{}</h2>"])
def test_what_stands_under_a_heading_of_ours_is_ours(heading: str, mark: str) -> None:
    page = (
        f"# Call\n- full loads\n\n{mark.format(heading)}\n- Debezium\n\n# Customer\n- sixty tables"
    )
    assert read(page) == {"full loads": THEIRS, "Debezium": OURS, "sixty tables": THEIRS}


def test_a_deeper_heading_belongs_to_the_part_it_stands_in() -> None:
    page = "## Our recommendation\n### Ingestion\n- Debezium\n## Load\n- full loads"
    assert read(page) == {"Debezium": OURS, "full loads": THEIRS}


@pytest.mark.parametrize("heading", ["Next steps", "Action items", "Nächste Schritte", "Ideas"])
def test_what_may_be_ours_is_nobodys(heading: str) -> None:
    assert read(f"## {heading}\n- Debezium") == {"Debezium": DOUBTFUL}


@pytest.mark.parametrize("heading", ["Our customers", "CDC", "Current state", "Architecture"])
def test_other_headings_say_nothing_of_sides(heading: str) -> None:
    assert read(f"## {heading}\n- full loads") == {"full loads": THEIRS}


def test_a_label_of_ours_ends_where_nobody_can_tell_whose_words_follow() -> None:
    page = (
        "- full loads\nOur recommendation:\n- Debezium\n\nsixty tables\n\nCustomer:\n- five hours"
    )
    assert read(page) == {
        "full loads": THEIRS,
        "Debezium": OURS,
        "sixty tables": DOUBTFUL,
        "five hours": THEIRS,
    }


def test_an_item_of_ours_ends_at_the_next_item() -> None:
    page = "- Our take:\n  - Debezium\n- Load:\n  - full loads"
    found = read(page)
    assert (found["Debezium"], found["full loads"]) == (OURS, THEIRS)


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("Our take: Debezium", OURS),
        ("**Recommendation:** Debezium", OURS),
        ("me: showed Debezium", OURS),
        ("SA: Debezium", OURS),
        ("Empfehlung: Debezium", OURS),
        ("TODO: send the Debezium docs", DOUBTFUL),
        ("We recommend Debezium", DOUBTFUL),
        ("Customer: full loads", THEIRS),
        ("SAP: full loads", THEIRS),
    ],
)
def test_a_label_says_whose_its_line_is(line: str, expected: str) -> None:
    assert list(read(f"- {line}").values()) == [expected]


@pytest.mark.parametrize(
    "page",
    [
        "Q: Do you merge?\nA: No idea.",
        "**Q:** Do you merge?\n**A:** No idea.",
        "Q1. Do you merge?\nA1. No idea.",
        "- Q: Do you merge?\n- A: No idea.",
        "Question: Do you merge?\nAnswer: No idea.",
        "Frage: Do you merge?\nAntwort: No idea.",
        "Pregunta: Do you merge?\nRespuesta: No idea.",
        "| Question | Answer |\n|---|---|\n| Do you merge? | No idea. |",
    ],
)
def test_our_question_is_ours_and_the_answer_theirs(page: str) -> None:
    found = read(page)
    assert (found["Do you merge?"], found["No idea."]) == (OURS, THEIRS)


def test_a_question_may_go_on_to_the_answer() -> None:
    page = "Q: Do you merge,\nfor instance with a key?\nA: No idea."
    assert read(page)["for instance with a key?"] == OURS


def test_a_quarter_is_no_question() -> None:
    assert read("Q3: they move to CDC") == {"Q3: they move to CDC": THEIRS}


def test_a_column_of_ours_is_ours_in_every_row() -> None:
    page = "| Topic | Customer | Our take |\n|---|---|---|\n| CDC | full loads | Debezium |"
    found = read(page)
    assert (found["CDC | full loads"], found["Debezium"]) == (THEIRS, OURS)


def test_a_row_of_html_may_stand_on_several_lines() -> None:
    page = "<table>\n<tr>\n<td>CDC</td>\n<td>full&nbsp;loads</td>\n</tr>\n</table>"
    assert read(page) == {"CDC | full loads": THEIRS}


def test_comments_front_matter_and_scripts_are_nobodys_words() -> None:
    page = read_source(
        "---\ntitle: Acme\n---\n<!-- use Debezium -->\n- full loads <!-- really -->\n"
        "<!--\nDebezium\n-->\n<style>\np {}\n</style>\n- 5 < 6 and List<String>",
        Format.NOTES,
    )
    assert [(t.line, t.text) for t in page.turns] == [
        (5, "full loads"),
        (12, "5 < 6 and List<String>"),
    ]
    assert {s.reason for s in page.skipped} >= {"front matter", "a comment"}


def test_a_line_of_ours_by_name_is_ours_and_one_of_somebody_present_is_nobodys() -> None:
    page = "Present: Tom Okafor, Ines\n- Tom Okafor: Debezium\n- Ines: full loads\n- sixty tables"
    unnamed = read_source(page, Format.NOTES)
    assert [t.speaker_id for t in unnamed.turns][1:] == ["Tom Okafor", "Ines", NOTES]
    named = resolve_sides(read_source(page, Format.NOTES, known=["Tom Okafor"]), ["Tom Okafor"])
    assert [t.side for t in named.turns][1:] == [Side.SELLER, Side.CUSTOMER, Side.UNKNOWN]


def test_text_of_a_call_that_names_nobody_still_knows_our_words() -> None:
    call = read_source("We load all.\n\nOur recommendation:\n- Debezium")
    assert [(t.speaker_id, t.side) for t in call.turns if t.heading is None] == [
        (NOBODY, Side.UNKNOWN),
        (NOTES, Side.SELLER),
    ]
