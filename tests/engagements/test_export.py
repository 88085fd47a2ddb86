"""Scorecards that leave the service: readable, and nothing in them but text."""

import csv
import io
import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from markdown_it.token import Token

from service.engagements.coverage import cover
from service.engagements.engagement_markdown import write_markdown
from service.engagements.export import COLUMNS, Form, export, write_csv
from service.engagements.models import Engagement
from service.judging.models import Verdict
from service.judging.review import ReviewReason
from service.reasons import Reason
from tests.engagements.building import an_attempt, an_engagement
from tests.evaluation.reports.building import HOSTILE
from tests.fakes import a_catalogue

GOOD, PARTIAL, WEAK, UNANSWERED = Verdict
UNSURE = (ReviewReason.LOW_CONFIDENCE,)
STORABLE = {name: text for name, text in HOSTILE.items() if name != "surrogates"} | {
    "address": "write to mallory@evil.example or mailto:mallory@evil.example",
    "lines": "one\n\n# two\r\n- three\n> four\n    five\n---\nsix",
    "separators": 'a ; =1+1 ;"=1+1" ;\'=1 ;\t@SUM(1)',
}
INLINE = {"text", "text_special", "strong_open", "strong_close"}
FORMULA = re.compile(r"[=+\-@\t\r\n＝＋－＠]")
SPECIAL = st.sampled_from("=+-@;,\"'\t\r\n| ＝a1")
TEXTS = st.text(SPECIAL | st.characters(codec="utf-8", exclude_characters="\0"), max_size=40)


def with_text(text: str, name: str = "acme") -> Engagement:
    """An engagement in which the text stands wherever a person or a model may have put it."""
    attempts = [
        an_attempt(1, WEAK, rationale=text, probe=text, insight=text, quote=text),
        an_attempt(
            2,
            question_id="baking.1",
            rationale=text,
            quote=text,
            review=UNSURE,
        ),
    ]
    return cover(name, attempts, a_catalogue())


def tokens_of(engagement: Engagement) -> list[Token]:
    return MarkdownIt("commonmark").enable("table").parse(write_markdown(engagement))


def cells_of(engagement: Engagement, *, delimiter: str = ",") -> list[list[str]]:
    return list(csv.reader(io.StringIO(write_csv(engagement), newline=""), delimiter=delimiter))


def rows_of(engagement: Engagement) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(write_csv(engagement), newline="")))


@pytest.mark.parametrize("name", STORABLE)
def test_no_text_becomes_markup_and_no_row_of_the_scorecard_breaks(name: str) -> None:
    tokens = tokens_of(with_text(STORABLE[name], STORABLE[name]))
    plain = tokens_of(with_text("word", "word"))
    assert [token.type for token in tokens] == [token.type for token in plain]
    for token in tokens:
        assert {child.type for child in token.children or ()} <= INLINE


@given(TEXTS, st.sampled_from(["", "|", "`", "\\", "[x](y)", "<b>", "https://evil.example"]))
def test_whatever_is_said_the_scorecard_keeps_its_shape(text: str, more: str) -> None:
    tokens = tokens_of(with_text(f"a{text}{more}"))
    assert [token.type for token in tokens] == [token.type for token in tokens_of(with_text("a"))]
    for token in tokens:
        assert {child.type for child in token.children or ()} <= INLINE


HIDDEN = "\u202e\u2066\u2069\u200b\u200d\u200e\u2060\ufeff\u00ad\U000e0041"


def test_no_export_holds_what_hides_or_turns_text() -> None:
    engagement = with_text(f"pdf{HIDDEN}.exe", f"ac{HIDDEN}me")
    for text in (write_markdown(engagement), write_csv(engagement)):
        assert "pdf.exe" in text and "acme" in text
        assert not set(text) & set(HIDDEN)


def test_a_hidden_character_hides_no_formula() -> None:
    (cell,) = {row["rationale"] for row in rows_of(with_text(f"{HIDDEN}=1+1"))} - {""}
    assert cell == "'=1+1"


@pytest.mark.parametrize("name", ["references", "address"])
def test_nothing_becomes_a_link_or_a_mention_on_github(name: str) -> None:
    text = write_markdown(with_text(STORABLE[name])).replace("&#8203;", "\u200b")
    assert not re.search(r"www\.|https?://|@\w|#\w", text)


def test_the_scorecard_says_what_is_covered_what_is_weak_and_what_to_ask_next() -> None:
    page = write_markdown(
        an_engagement(
            an_attempt(1, WEAK),
            an_attempt(2, PARTIAL, follows=1, quote="a timer", review=UNSURE),
            an_attempt(3, Reason.REFUSED),
            an_attempt(4, Reason.MODEL_UNAVAILABLE, question_id="cooking.2"),
        )
    )
    assert page == (
        "# Engagement acme-2026-11\n"
        "\n"
        "1 of 3 questions answered: 0 good, 1 partial, 0 weak; 1 ungraded, 1 not asked yet. "
        "Last answer: 2026-11-20 12:34 UTC.\n"
        "\n"
        "To review: cooking.1.\n"
        "\n"
        "## Ask next\n"
        "\n"
        "- **cooking.1** (partial after 1 probe): How would you notice?\n"
        "\n"
        "## Not asked yet\n"
        "\n"
        "- **cooking.3**: How do you keep dish 3 from burning?\n"
        "\n"
        "## Playbook of cooking: 1 of 3 questions answered\n"
        "\n"
        "| question | verdict | what the customer said | why | missing |\n"
        "|---|---|---|---|---|\n"
        "| **cooking.1**: How do you keep dish 1 from burning? "
        "| partial; before: weak; 1 ungraded since; review | good.1 shown: “a timer” "
        "| Nothing is watched. | stirs on a timer |\n"
        "| **cooking.2**: How do you keep dish 2 from burning? "
        "| ungraded; model unavailable |  |  |  |\n"
        "\n"
    )


def test_a_finished_engagement_asks_nothing() -> None:
    questions = ("baking.1", "baking.2")
    done = [an_attempt(n, GOOD, question_id=question) for n, question in enumerate(questions)]
    page = write_markdown(an_engagement(*done))
    assert "2 of 2 questions answered: 2 good, 0 partial, 0 weak. Last" in page
    for heading in ("Ask next", "Not asked yet", "To review"):
        assert heading not in page


def test_the_table_has_a_line_for_every_question() -> None:
    rows = rows_of(an_engagement(an_attempt(1, WEAK), an_attempt(2, PARTIAL, follows=1)))
    assert [row["question_id"] for row in rows] == ["cooking.1", "cooking.2", "cooking.3"]
    answered, unasked, _ = rows
    assert {row["engagement_id"] for row in rows} == {"acme-2026-11"}
    assert (answered["status"], answered["verdict"]) == ("answered", "partial")
    assert (answered["confidence"], answered["needs_review"]) == ("0.90", "no")
    assert answered["probe"] == "How would you notice?"
    assert answered["history"] == (
        f"2026-11-20T12:31:00+00:00 weak gr_{1:024x} | "
        f"2026-11-20T12:32:00+00:00 partial gr_{2:024x}"
    )
    assert (unasked["status"], unasked["question"]) == (
        "open",
        "How do you keep dish 2 from burning?",
    )
    assert {name for name, cell in unasked.items() if cell} == {
        "engagement_id",
        "playbook_id",
        "question_id",
        "question",
        "status",
    }


def test_an_ungraded_attempt_stands_in_the_tables_history_with_its_reason() -> None:
    [row, *_] = rows_of(an_engagement(an_attempt(1, Reason.REFUSED)))
    assert (row["status"], row["verdict"]) == ("ungraded", "")
    assert "ungraded (refused)" in row["history"]


@pytest.mark.parametrize("start", [*"=+-@＝＋－＠", "\t=", "\r=", "\n=", " =", "'="])
def test_no_cell_is_a_formula(start: str) -> None:
    engagement = with_text(f"{start}HYPERLINK(1)", f"{start}acme")
    [row, *_] = rows_of(engagement)
    for name in ("engagement_id", "rationale", "probe", "insight"):
        assert row[name].startswith("'")


@given(TEXTS, st.sampled_from([",", ";"]))
def test_no_cell_is_a_formula_whichever_character_parts_the_columns(
    text: str, delimiter: str
) -> None:
    for row in cells_of(with_text(f"a{text}1+1;", f"{text}b"), delimiter=delimiter):
        assert not any(FORMULA.match(cell.lstrip()) for cell in row)


@given(TEXTS)
def test_every_line_of_the_table_has_every_column(text: str) -> None:
    assert {len(row) for row in cells_of(with_text(f"a{text}"))} == {len(COLUMNS)}


def test_no_cell_is_longer_than_a_spreadsheet_keeps() -> None:
    assert max(len(cell) for row in cells_of(with_text("=;" * 30_000)) for cell in row) <= 32_767


def test_json_is_the_engagement_and_reads_back() -> None:
    engagement = an_engagement(an_attempt(1), an_attempt(2, Reason.REFUSED))
    assert Engagement.model_validate_json(export(engagement, Form.JSON)) == engagement
    assert list(json.loads(export(engagement, Form.JSON))) == list(Engagement.model_fields)


def test_csv_begins_with_what_tells_excel_its_encoding_and_nothing_else_does() -> None:
    engagement = with_text("日本語 👩‍💻")
    for form in Form:
        content = export(engagement, form)
        assert content.startswith(b"\xef\xbb\xbf") == (form is Form.CSV)
        assert "日本語" in content.decode("utf-8-sig")
