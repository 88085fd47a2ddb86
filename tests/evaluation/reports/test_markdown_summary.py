"""The job summary: red first, text that stays text, and short whatever the run."""

import re
from itertools import takewhile

import pytest
from markdown_it import MarkdownIt
from markdown_it.token import Token

from service.escaping import printable, without_hidden
from service.evaluation.gates.gates import GateCheck
from service.evaluation.reports.markdown_summary import render_markdown
from service.evaluation.reports.report import RunReport
from service.judging.models import Verdict
from tests.evaluation.cases import a_case, a_line
from tests.evaluation.reports.building import (
    HOSTILE,
    SHAPES,
    a_hostile_report,
    a_report,
    red,
)

pytestmark = pytest.mark.slow

GOOD, PARTIAL, WEAK, UNANSWERED = Verdict
GITHUB_LIMIT = 1024 * 1024
OURS = {"<details><summary>By question</summary>", "</details>"}
INLINE = {"text", "text_special", "softbreak", "strong_open", "strong_close"}


def tokens_of(report: RunReport) -> list[Token]:
    return MarkdownIt("commonmark").enable("table").parse(render_markdown(report))


def rows_of(report: RunReport) -> list[list[str]]:
    """The cells of every table as a reader sees them."""
    rows: list[list[str]] = []
    for token in tokens_of(report):
        if token.type == "tr_open":
            rows.append([])
        elif token.type == "inline" and token.level and rows:
            rows[-1].append("".join(child.content for child in token.children or ()))
    return rows


def read(text: str) -> str:
    """Text as a table cell shows it."""
    line = " ".join(printable(without_hidden(text)).split())
    return line if len(line) <= 200 else f"{line[:199]}…"


@pytest.mark.parametrize("name", HOSTILE)
def test_no_text_becomes_markup_and_no_row_breaks(name: str) -> None:
    tokens = tokens_of(a_hostile_report(HOSTILE[name]))
    plain = tokens_of(a_hostile_report("word"))
    assert [token.type for token in tokens] == [token.type for token in plain]
    for token in tokens:
        if token.type == "html_block":
            assert token.content.strip() in OURS
        assert {child.type for child in token.children or ()} <= INLINE


@pytest.mark.parametrize("name", HOSTILE)
def test_a_rationale_is_shown_as_it_is_on_one_line(name: str) -> None:
    rows = rows_of(a_hostile_report(HOSTILE[name]))
    (head,) = [row for row in rows if row[0] == "case"]
    flip = rows[rows.index(head) + 1]
    assert len(flip) == len(head)
    assert flip[4].replace("\u200b", "") == read(HOSTILE[name])


def test_nothing_becomes_a_link_a_mention_or_a_formula_on_github() -> None:
    text = render_markdown(a_hostile_report(HOSTILE["references"])).replace("&#8203;", "\u200b")
    assert not re.search(r"www\.|https?://|(?<!\w)@\w|#\w|(?<!\\)\$", text)


def test_a_terminal_is_not_steered() -> None:
    text = render_markdown(a_hostile_report(HOSTILE["controls"]))
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f]", text)


def test_the_reason_of_a_red_build_stands_first() -> None:
    lines = render_markdown(SHAPES["red"]()).splitlines()
    assert lines[2] == "**❌ 1 gate of 2 failed**"
    assert lines[4:8] == [
        "- newly wrong against accepted: 3 cases of 2 questions (expected → given)",
        "  - cooking.1: 2 newly wrong (c-0 good → weak, c-2 weak → unanswered)",
        "  - cooking.2: 1 newly ungraded (c-1)",
        "- ❌ accuracy is 0.1, but it must be at least 0.9 (c-0, c-2)",
    ]


def test_a_green_build_says_so_in_one_line() -> None:
    assert render_markdown(SHAPES["the same again"]()).splitlines()[2] == "**✅ All 1 gate held**"


def test_a_broken_run_is_not_green() -> None:
    broken = a_report([a_line()], None, GateCheck(broken=("3 answers are missing",)))
    lines = render_markdown(broken).splitlines()
    assert lines[2:5] == ["**⚠ The run broke**", "", "- ⚠ 3 answers are missing"]


def test_an_ungraded_case_is_named_with_its_reason() -> None:
    rows = rows_of(SHAPES["wrong and ungraded"]())
    assert ["c-1", "refused", "the model declined"] in rows
    assert "12 cases, 1 ungraded" in render_markdown(SHAPES["wrong and ungraded"]())
    assert "3 changed answers, 1 ungraded" in render_markdown(SHAPES["robustness"]())


def test_the_comparison_says_what_limits_it() -> None:
    cases = [a_case(f"c-{n}") for n in range(4)]
    base = [a_line(case) for case in cases]
    new = [
        a_line(cases[0].model_copy(update={"verdict": GOOD}), WEAK),
        a_line(cases[1], None),
        a_line(cases[2].model_copy(update={"answer": "Another."})),
        a_line(cases[3]),
    ]
    text = render_markdown(a_report(new, base))
    assert "- Newly ungraded (1): c-1\n" in text
    assert "- Reworded, or graded in one run only (1): c-2\n" in text
    assert "- Relabelled; both runs are held to the new label (1): c-0\n" in text


def test_newly_wrong_cases_come_before_newly_right_ones() -> None:
    cases = [a_case(f"c-{n}") for n in range(12)]
    base = [a_line(case, WEAK if n % 2 else GOOD) for n, case in enumerate(cases)]
    new = [a_line(case, GOOD if n % 2 else WEAK) for n, case in enumerate(cases)]
    names = [row[0] for row in rows_of(a_report(new, base)) if "c-" in row[0]]
    assert names[:6] == ["❌ c-1", "❌ c-3", "❌ c-5", "❌ c-7", "❌ c-9", "❌ c-11"]
    assert names[6:] == ["✅ c-0", "✅ c-2", "✅ c-4", "✅ c-6", "✅ c-8", "✅ c-10"]


@pytest.mark.parametrize("length", [5, 5000])
def test_thousands_of_flips_fit_into_what_github_takes(length: int) -> None:
    cases = [a_case(f"{'c' * length}-{n}", f"{'q' * length}.{n % 30}") for n in range(3000)]
    base = [a_line(case, WEAK) for case in cases]
    new = [a_line(case, GOOD if n < 2500 else None) for n, case in enumerate(cases)]
    names = [case.id for case in cases]
    text = render_markdown(a_report(new, base, red(*names)))
    assert len(text.encode()) < GITHUB_LIMIT / 4
    assert "and 2,480 more" in text and "and 480 more" in text and "and 2,995 more" in text


def test_hundreds_of_questions_are_cut_and_counted() -> None:
    lines = [a_line(a_case(f"c-{n}", f"cooking.{n}")) for n in range(250)]
    assert "and 50 more" in render_markdown(a_report(lines))


def test_many_failed_gates_are_cut_and_counted() -> None:
    gating = GateCheck(results=tuple(red().failed[0] for _ in range(25)))
    text = render_markdown(a_report([a_line()], None, gating))
    assert text.count("- ❌") == 20 and "\n- and 5 more\n" in text


@pytest.mark.parametrize("shape", SHAPES)
def test_every_table_has_rows_of_one_width(shape: str) -> None:
    lines = render_markdown(SHAPES[shape]()).split("\n")
    starts = [n for n, line in enumerate(lines) if line.startswith("|---")]
    assert len(starts) >= 3
    for start in starts:
        rows = [lines[start - 1], *takewhile(lambda line: line.startswith("|"), lines[start:])]
        assert len({len(re.findall(r"(?<!\\)\|", row)) for row in rows}) == 1
