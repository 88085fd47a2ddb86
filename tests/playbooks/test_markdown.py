"""Markdown tables: nothing is lost on the way in or out, and a broken table says where."""

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.errors import PlaybookError
from service.playbooks.files import dump_playbook, load_playbooks, parse_playbook
from service.playbooks.markdown import read_tables, write_table
from service.playbooks.models import Playbook, Question, Signal, SignalKind
from service.playbooks.table_questions import make_slug
from tests.fakes import a_playbook

pytestmark = pytest.mark.slow

SOURCE = (Path(__file__).parent / "playbooks-source.md").read_text("utf-8")
HEADER = "| # | Question | Good answer signal | Weak answer signal → probe | SA insight |"
RULE = "|---|---|---|---|---|"
ROW = "| 1 | How? | By hand. | It just works. Ask: *Why?* | Care helps. |"


def a_text(*lines: str, heading: str = "# Cooking") -> str:
    return "\n".join([heading, "", *lines, ""])


def the_question(row: str) -> Question:
    return read_tables(a_text(HEADER, RULE, row))[0].questions[0]


@pytest.mark.parametrize("playbook", read_tables(SOURCE), ids=lambda playbook: playbook.id)
def test_the_users_document_comes_back_word_for_word(playbook: Playbook) -> None:
    start = SOURCE.index(f"## {playbook.title}\n")
    section = SOURCE[start:].partition("\n---\n")[0]
    assert write_table(playbook) == section.rstrip() + "\n"


@pytest.mark.parametrize("playbook", load_playbooks(), ids=lambda playbook: playbook.id)
def test_yaml_to_markdown_to_yaml_loses_nothing(playbook: Playbook) -> None:
    [read] = read_tables(write_table(playbook))
    assert read == playbook
    assert dump_playbook(read) == dump_playbook(playbook)
    assert read.digest == playbook.digest


MARKS = [
    "|",
    "\\",
    "`",
    "*",
    ";",
    ",",
    '"',
    " ",
    "\t",
    "#",
    ":",
    "-",
    "é",
    "→",
    "🤷",
    "\\|",
    "```",
    "_",
    "(",
    ")",
]
JOINTS = [
    "<br>",
    "<BR />",
    " or ",
    '" or "',
    " Ask: ",
    "*Why?*",
    "; ",
    "<!-- id: x -->",
    "**Goal:**",
    " ask:",
    "->",
    "- ",
    "&amp;",
    "{#x}",
]
PIECES = st.sampled_from([*MARKS, *JOINTS])
WORDS = (
    st.lists(st.text(st.characters(exclude_categories=["Cs", "Cc", "Zl", "Zp"])) | PIECES)
    .map("".join)
    .filter(lambda text: bool(re.search(r"\S", text)))
)


@st.composite
def playbooks(draw: st.DrawFn) -> Playbook:
    def signals(kind: SignalKind) -> list[Signal]:
        wordings = draw(st.lists(WORDS, min_size=1, max_size=3))
        return [Signal(id=f"{kind}.{n}", wording=w) for n, w in enumerate(wordings, 1)]

    numbers = draw(st.lists(st.integers(1, 999), min_size=1, max_size=3, unique=True))
    questions = tuple(
        Question(
            number=number,
            text=draw(WORDS),
            signals=(*signals(SignalKind.GOOD), *signals(SignalKind.WEAK)),
            probe=draw(WORDS),
            insight=draw(WORDS),
        )
        for number in numbers
    )
    goal = draw(WORDS | st.just(""))
    return Playbook(id="cooking", title=draw(WORDS), goal=goal, questions=questions)


@given(playbooks())
def test_any_playbook_survives_its_table(playbook: Playbook) -> None:
    assert read_tables(write_table(playbook)) == [playbook]


@given(st.text(alphabet="`|\\\\#*a {}_&", max_size=8))
def test_a_title_and_a_goal_survive_with_any_marks(marks: str) -> None:
    words, questions = f"a{marks}a", a_playbook().questions
    playbook = Playbook(id="cooking", title=words, goal=words, questions=questions)
    assert read_tables(write_table(playbook)) == [playbook]


@given(playbooks())
def test_any_playbook_survives_its_file(playbook: Playbook) -> None:
    assert parse_playbook(dump_playbook(playbook)) == playbook


def test_a_playbook_whose_heading_is_not_its_id_keeps_its_id() -> None:
    playbook = a_playbook()
    assert make_slug(playbook.title) != playbook.id
    assert read_tables(write_table(playbook)) == [playbook]


def test_a_playbook_that_fits_no_table_is_refused_rather_than_renumbered() -> None:
    content = a_playbook(questions=1).model_dump(mode="json")
    content["questions"][0]["signals"][1]["id"] = "good.7"
    with pytest.raises(PlaybookError, match=r"cooking fits no table; number its signals good\.1"):
        write_table(Playbook.model_validate(content))


@pytest.mark.parametrize(
    ("cell", "wordings"),
    [
        ("one; two; three.", ["one;", "two;", "three."]),
        ("one, two", ["one,", "two"]),
        ("one, then two; three", ["one, then two;", "three"]),
        ("one (a; b); `c; d`; two", ["one (a; b);", "`c; d`;", "two"]),
        ("one<br>two, three", ["one", "two, three"]),
        ("one, two <br/> ", ["one, two"]),
        (r"a \| b; c", ["a | b;", "c"]),
    ],
)
def test_a_good_cell_is_cut_into_the_points_it_lists(cell: str, wordings: list[str]) -> None:
    question = the_question(f"| 1 | How? | {cell} | No. Ask: *Why?* | Care. |")
    assert [signal.wording for signal in question.of_kind(SignalKind.GOOD)] == wordings


def test_a_row_may_end_in_an_escaped_pipe() -> None:
    assert the_question(r"| 1 | How? | By hand. | No. Ask: *Why?* | C \|").insight == "C |"


def test_a_weak_cell_is_cut_into_the_phrases_it_quotes() -> None:
    question = the_question(
        '| 1 | How? | By hand. | "No" or "never." Ask: *Why \\*so\\*?* | Care. |'
    )
    assert [signal.wording for signal in question.of_kind(SignalKind.WEAK)] == [
        '"No" or',
        '"never."',
    ]
    assert question.probe == "Why *so*?"


@pytest.mark.parametrize(
    ("heading", "playbook_id"),
    [
        ("# Playbook 1 — Data Engineering Spike", "data-engineering"),
        ("### playbook 12: AI/ML", "ai-ml"),
        ("## Cooking", "cooking"),
        ("## Küche\n<!-- id: kitchen -->", "kitchen"),
    ],
)
def test_the_id_comes_from_the_heading(heading: str, playbook_id: str) -> None:
    assert read_tables(a_text(HEADER, RULE, ROW, heading=heading))[0].id == playbook_id


def test_each_table_is_read_under_its_own_heading_and_goal() -> None:
    text = f"# A\n**Goal:** One.\n\n{HEADER}\n{RULE}\n{ROW}\n# B\n\n{HEADER}\n{RULE}\n{ROW}"
    assert [(p.id, p.goal) for p in read_tables(text)] == [("a", "One."), ("b", "")]


def test_windows_line_ends_and_a_table_in_a_code_block_are_no_matter() -> None:
    text = a_text("```", "| # comment |", "```", HEADER, RULE, ROW)
    assert read_tables(text.replace("\n", "\r\n")) == read_tables(a_text(HEADER, RULE, ROW))


def test_a_given_id_names_the_only_playbook() -> None:
    assert read_tables(a_text(HEADER, RULE, ROW), playbook_id="baking")[0].id == "baking"
    with pytest.raises(PlaybookError, match="--id names one playbook, but there are 3"):
        read_tables(SOURCE, playbook_id="baking")


@pytest.mark.parametrize(
    ("lines", "place", "reason"),
    [
        ([HEADER, RULE, "| 1 | How? | By hand. | No. Ask: *Why?* |"], (5, 25), "4 cells, not"),
        ([HEADER, RULE, ROW + " more |"], (5, 68), "6 cells, not the header's 5; write a |"),
        ([HEADER, RULE, "| 1 | How? |  | No. Ask: *Why?* | C |"], (5, 15), "'Good answer signal'"),
        ([HEADER, ROW], (4, 1), "a rule such as |---|---| follows the header"),
        ([HEADER], (4, 1), "a rule such as |---|---| follows the header"),
        ([HEADER, "| | | | | |", ROW], (4, 1), "a rule such as"),
        ([HEADER, RULE], (3, 0), "the table has no questions"),
        ([HEADER, RULE, "| 1 | How? | By hand. | No. | C |"], (5, 25), "end with its probe"),
        ([HEADER, RULE, "| 1 | How? | By hand. | Ask: *Why?* | C |"], (5, 25), "its probe"),
        ([HEADER, RULE, ROW.replace("1", "one", 1)], (5, 3), "the question number is 'one'"),
        ([HEADER, RULE, ROW.replace("1", "0", 1)], (5, 3), "the question number is '0'"),
        ([HEADER, RULE, ROW.replace("1", "9" * 5000, 1)], (5, 3), "the question number is"),
        ([HEADER, RULE, ROW.replace("1", "١", 1)], (5, 3), "the question number is '١'"),
        ([HEADER, RULE, ROW, ROW], (6, 3), "question 1 stands in line 5 already"),
        ([HEADER, RULE, ROW, "More words."], (6, 1), "a row starts with |"),
        ([HEADER, RULE, ROW.replace("How?", "How\u2028so?")], (5, 7), "must be one line"),
        ([HEADER, RULE, ROW.replace("By hand.", "<br>")], (5, 14), "'Good answer signal' is empty"),
        ([HEADER, RULE, ROW.replace("By hand.", "x" * 10_001)], (5, 14), "the cell is longer than"),
        ([HEADER.replace("Question", "Topic"), RULE, ROW], (3, 3), "no column is called"),
        ([HEADER.replace("SA insight", "Owner"), RULE, ROW], (3, 68), "rename 'Owner' to it"),
        ([HEADER.replace("SA insight", "Question"), RULE, ROW], (3, 68), "a second column for"),
        ([HEADER.replace(" SA insight |", ""), RULE, ROW], (5, 54), "5 cells, not the header's 4"),
    ],
)  # fmt: skip
def test_a_broken_table_names_line_and_column(
    lines: list[str], place: tuple[int, int], reason: str
) -> None:
    with pytest.raises(PlaybookError) as caught:
        read_tables(a_text(*lines), file="table.md")
    assert reason in caught.value.message
    assert (caught.value.line, caught.value.column) == place
    assert str(caught.value).startswith(f"table.md:{place[0]}:")


@pytest.mark.parametrize(
    ("text", "line", "reason"),
    [
        ("", 0, "no table found; its header is | # |"),
        ("# Cooking\n\nNo table here.\n", 0, "no table found"),
        (f"{HEADER}\n{RULE}\n{ROW}\n", 1, "no heading to take an id from; add one or pass --id"),
        (a_text(HEADER, RULE, ROW, heading="# 数据"), 3, "no heading to take an id from"),
        (a_text(HEADER, RULE, ROW, heading="# A\n<!-- id: A_B -->"), 4, "id: String should match"),
        (a_text(HEADER, RULE, ROW) * 2, 0, "two tables would both become ['cooking', 'cooking']"),
    ],
)
def test_a_document_that_holds_no_usable_table_says_so(text: str, line: int, reason: str) -> None:
    with pytest.raises(PlaybookError) as caught:
        read_tables(text)
    assert reason in caught.value.message
    assert caught.value.line == line
