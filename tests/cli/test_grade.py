"""`probewise grade`: one answer in, a card or JSON out, one clear line for a mistake."""

from pathlib import Path

import pytest

from service.cli.grade_card import _highlight_evidence
from service.judging.models import Answer, Evidence, Grade, Ungraded, Verdict
from service.judging.review import Flag, ReviewReason
from service.playbooks.files import load_playbooks
from service.reasons import Reason
from tests.cli.conftest import Probewise, in_a_process
from tests.fakes import FakeJudge, a_grade

pytestmark = pytest.mark.slow

QUESTION = load_playbooks()[0].questions[2]
WORDS = "We're doing full loads every night."


class Quoting(FakeJudge):
    """Quotes the words from `start` to `end`, and is unsure."""

    def __init__(self, start: int, end: int, text: str) -> None:
        grade = a_grade(QUESTION, evidence=(Evidence(quote=text[start:end], start=start, end=end),))
        more = {
            "review": (ReviewReason.SUSPECTED_INSTRUCTIONS,),
            "flags": (Flag.SUSPECTED_INSTRUCTIONS,),
        }
        super().__init__()
        self.given = grade.model_copy(update=more)

    async def grade(self, *_: object) -> Grade:
        return self.given


def on_one_line(text: str) -> str:
    """A card's text without its border and its line breaks."""
    return " ".join(text.translate(dict.fromkeys(map(ord, "│╭╮╰╯─"), " ")).split())


def test_the_card_holds_verdict_question_answer_signals_probe_and_insight(
    probewise: Probewise, judge: FakeJudge
) -> None:
    ran = probewise("grade", QUESTION.id, WORDS)
    card = on_one_line(ran.out)
    assert (ran.code, ran.err) == (0, "")
    assert card.startswith(f"WEAK {QUESTION.id} 90% sure")
    for said in (QUESTION.text, WORDS, f"Ask next: {QUESTION.probe}", QUESTION.insight):
        assert said in card
    assert card.count("absent") == len(QUESTION.signals)
    assert "Why: Nothing is watched." in card


def test_a_good_answer_gets_no_probe(probewise: Probewise, judge: FakeJudge) -> None:
    judge.result = Verdict.GOOD
    ran = probewise("grade", QUESTION.id, WORDS)
    assert "Ask next" not in ran.out
    assert QUESTION.insight in on_one_line(ran.out)


def test_the_card_says_when_a_person_should_look(
    probewise: Probewise,
) -> None:
    probewise.replaced["judge"] = Quoting(0, 5, WORDS)
    card = on_one_line(probewise("grade", QUESTION.id, WORDS).out)
    assert "review" in card
    assert "suspected instructions" in card


def test_evidence_is_highlighted_in_place_and_no_answer_steers_the_terminal(
    probewise: Probewise,
) -> None:
    words = "Line\r\none\x1b[2J, [bold]then[/] full loads."
    start = words.index("full")
    judge = Quoting(start, start + 10, words)
    probewise.replaced["judge"] = judge
    shown = probewise("grade", QUESTION.id, words).out
    assert "\x1b" not in shown and "\r" not in shown
    assert "one [2J, [bold]then[/] full loads." in shown
    text = _highlight_evidence(Answer.of(words), judge.given)
    assert [text.plain[span.start : span.end] for span in text.spans] == ["full loads"]


@pytest.mark.parametrize("environment", [{}, {"FORCE_COLOR": "1", "COLUMNS": "20"}])
def test_json_is_the_grade_and_nothing_else(environment: dict[str, str], tmp_path: Path) -> None:
    chosen = {"PROBEWISE_JUDGE": "embedded", **environment}
    ran = in_a_process("grade", QUESTION.id, WORDS, "--json", folder=tmp_path, environment=chosen)
    grade = Grade.model_validate_json(ran.out)
    assert (grade.question_id, grade.insight) == (QUESTION.id, QUESTION.insight)
    assert grade.judge.kind == "embedded"
    assert (ran.code, ran.err) == (0, "")


@pytest.mark.parametrize("words", [(), ("-",)])
def test_the_answer_may_come_on_standard_input(
    probewise: Probewise, judge: FakeJudge, words: tuple[str, ...]
) -> None:
    ran = probewise("grade", QUESTION.id, *words, "--json", stdin="\ufeffVoilà 🤷\n".encode())
    assert ran.code == 0
    assert judge.asked[0][1].text == "Voilà 🤷\n"
    assert judge.closed


@pytest.mark.parametrize("answer", ["", " \n\t", "\u00a0"])
def test_an_empty_answer_is_refused(probewise: Probewise, judge: FakeJudge, answer: str) -> None:
    for ran in (
        probewise("grade", QUESTION.id, answer),
        probewise("grade", QUESTION.id, "-", stdin=answer.encode()),
    ):
        assert (ran.code, ran.out) == (2, "")
        assert ran.err == "error: the answer is empty; send the customer's words\n"


@pytest.mark.parametrize(
    ("stdin", "reason"),
    [
        (b"caf\xe9", "the answer is not UTF-8 text: unexpected end of data"),
        (b"\x89PNG\r\n\x1a\n", "the answer is not UTF-8 text: invalid start byte"),
        ("full loads".encode("utf-16"), "the answer is not UTF-8 text: invalid start byte"),
        (b"full\x00loads", "the answer holds binary data; send the customer's words as text"),
    ],
)
def test_bytes_that_are_no_text_are_refused(
    probewise: Probewise, judge: FakeJudge, stdin: bytes, reason: str
) -> None:
    ran = probewise("grade", QUESTION.id, "-", stdin=stdin)
    assert (ran.code, ran.err) == (2, f"error: {reason}\n")
    assert judge.asked == []


def test_an_argument_that_is_no_text_is_refused(probewise: Probewise, judge: FakeJudge) -> None:
    ran = probewise("grade", QUESTION.id, "caf\udce9")
    assert (ran.code, ran.err.count("\n")) == (2, 1)
    assert "not UTF-8 text" in ran.err


def test_an_answer_that_is_too_long_names_the_limit(probewise: Probewise, judge: FakeJudge) -> None:
    ran = probewise("grade", QUESTION.id, "-", stdin=b"a" * 20_001)
    assert (ran.code, ran.err.count("\n")) == (2, 1)
    assert "20,001 characters; the limit is 20,000" in ran.err


@pytest.mark.parametrize("question_id", ["data-eng.3", "[/red]", "x" * 300])
def test_an_unknown_question_is_one_line_that_names_the_nearest(
    probewise: Probewise, judge: FakeJudge, question_id: str
) -> None:
    ran = probewise("grade", question_id, WORDS)
    assert (ran.code, ran.out) == (2, "")
    assert ran.err.startswith(f"error: no question '{question_id}'; did you mean data-")
    assert ran.err.count("\n") == 1


def test_an_ungraded_answer_says_why_and_fails(probewise: Probewise, judge: FakeJudge) -> None:
    judge.result = Ungraded(reason=Reason.MODEL_UNAVAILABLE, detail="HTTP 503 [/after] 4 calls")
    ran = probewise("grade", QUESTION.id, WORDS)
    card = on_one_line(ran.out)
    assert ran.code == 1
    assert card.startswith(f"UNGRADED {QUESTION.id}")
    assert "model_unavailable: HTTP 503 [/after] 4 calls" in card
    ran = probewise("grade", QUESTION.id, WORDS, "--json")
    assert (ran.code, Ungraded.model_validate_json(ran.out)) == (1, judge.result)


def test_an_llm_that_is_not_configured_is_one_clear_line(probewise: Probewise) -> None:
    ran = probewise("grade", QUESTION.id, WORDS, "--judge", "llm")
    assert (ran.code, ran.err.count("\n")) == (2, 1)
    assert "OPENAI_API_KEY" in ran.err


def test_a_bad_setting_is_one_clear_line(
    probewise: Probewise, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PROBEWISE_DEADLINE_S", "soon")
    ran = probewise("grade", QUESTION.id, WORDS)
    assert ran.code == 2
    assert ran.err.startswith("error: PROBEWISE_DEADLINE_S: ")
    assert ran.err.count("\n") == 1


@pytest.mark.parametrize("words", [("--judge", "oracle"), ("--loud",), ("one", "two")])
def test_a_command_line_that_makes_no_sense_is_refused(
    probewise: Probewise, judge: FakeJudge, words: tuple[str, ...]
) -> None:
    ran = probewise("grade", QUESTION.id, *words)
    assert (ran.code, ran.out, judge.asked) == (2, "", [])
    assert "Usage:" in ran.err


def test_a_mistake_leaves_no_traceback_in_a_real_process(tmp_path: Path) -> None:
    ran = in_a_process("grade", "data-eng.3", "-", stdin=b"\xff", folder=tmp_path)
    assert (ran.code, ran.out) == (2, "")
    assert ran.err == (
        "error: no question 'data-eng.3'; did you mean data-engineering.3 or data-engineering.2 "
        "or data-engineering.4?\n"
    )
