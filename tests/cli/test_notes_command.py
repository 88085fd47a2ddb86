"""`probewise notes`: a page in, a scorecard or JSON out, one clear line for a mistake."""

from pathlib import Path

import pytest

from service.cli.console import errors
from service.engagements.models import Engagement
from service.errors import ModelUnavailable
from service.grading.explained_lines import ExplainedSource
from service.grading.scorecard import Scorecard
from service.judging.models import Answer, Evidence, Grade, SignalStatus, Ungraded, Verdict
from service.judging.review import Flag, ReviewReason
from service.playbooks.models import Question
from service.reasons import Reason
from tests.cli.conftest import Kitchen, Probewise, in_a_process
from tests.fakes import a_grade, a_question

pytestmark = pytest.mark.slow

PAGE = """# Kitchen

- dish 1 is stirred on a timer
---
- dish 2 rarely burns
- lunch was late

- and dish 2 once did burn
"""
COOKING = ("--playbook", "cooking")


def on_one_line(text: str) -> str:
    return " ".join(text.split())


@pytest.fixture
def page(tmp_path: Path) -> str:
    (tmp_path / "kitchen.md").write_text(PAGE, "utf-8")
    return "kitchen.md"


@pytest.fixture(autouse=True)
def _wide(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "120")


def test_the_scorecard_names_verdicts_places_words_probes_and_the_rest(
    probewise: Probewise, kitchen: Kitchen, page: str
) -> None:
    ran = probewise("notes", page, *COOKING)
    assert (ran.code, ran.err) == (0, "")
    found, _, rest = on_one_line(ran.out).partition(" Not found ")
    assert found == on_one_line(f"""
        kitchen.md 2 of 3 questions found: 2 weak
        WEAK cooking.1 90% sure line 3
        {a_question(1).text}
        line 3 “dish 1 is stirred on a timer”
        Ask next: How would you notice?
        WEAK cooking.2 90% sure lines 5, 8
        {a_question(2).text}
        line 5 “dish 2 rarely burns and dish 2 once did burn”
        Ask next: How would you notice?
    """)
    assert rest == on_one_line(f"""
        cooking.3 {a_question(3).text}
        Left out: answers no question line 6 “lunch was late”
        If one of them answers a question, say so: --assign 6=QUESTION
        Not read: 1 × markup without words.
    """)


class Quoting:
    """Quotes `burn` with this status for the first weak signal and the first good one."""

    def __init__(self, verdict: Verdict, *statuses: SignalStatus) -> None:
        self.verdict, self.statuses = verdict, statuses

    async def grade(self, question: Question, answer: Answer) -> Grade:
        start = answer.text.rindex("burn")
        evidence = (Evidence(quote="burn", start=start, end=start + 4),)
        good, other, weak = a_grade(question, self.verdict).signals
        weak_status, good_status = self.statuses
        signals = (
            good.model_copy(update={"status": good_status, "evidence": evidence}),
            other,
            weak.model_copy(update={"status": weak_status, "evidence": evidence}),
        )
        update = {"signals": signals, "review": (ReviewReason.LOW_CONFIDENCE,)}
        return a_grade(question, self.verdict).model_copy(update=update)

    async def aclose(self) -> None:
        pass


SHOWN, PLANNED, CONTRADICTED = (
    SignalStatus.SHOWN,
    SignalStatus.PLANNED,
    SignalStatus.CONTRADICTED,
)


@pytest.mark.parametrize(
    ("verdict", "statuses", "quotes"),
    [
        (Verdict.WEAK, (SHOWN, SHOWN), ["burn” weak.1"]),
        (Verdict.WEAK, (SHOWN, CONTRADICTED), ["burn” weak.1", "burn” good.1 contradicted"]),
        (Verdict.PARTIAL, (SHOWN, SHOWN), ["burn” good.1", "burn” weak.1"]),
        (Verdict.PARTIAL, (CONTRADICTED, PLANNED), ["good.1 planned", "weak.1 contradicted"]),
        (Verdict.GOOD, (CONTRADICTED, SHOWN), ["burn” good.1", "burn” weak.1 contradicted"]),
    ],
)
@pytest.mark.usefixtures("kitchen")
def test_the_quotes_that_speak_for_the_verdict_stand_with_their_line(
    probewise: Probewise,
    page: str,
    monkeypatch: pytest.MonkeyPatch,
    verdict: Verdict,
    statuses: tuple[SignalStatus, ...],
    quotes: list[str],
) -> None:
    probewise.replaced["judge"] = Quoting(verdict, *statuses)
    ran = probewise("notes", "-", *COOKING, stdin=b"dish 2 is hot\nlunch\n\ndish 2 can burn")
    lines = [line.strip() for line in ran.out.splitlines()]
    assert lines[0] == f"<stdin>  1 of 3 questions found: 1 {verdict}"
    assert " review " in lines[2]
    quoted = [line for line in lines if "burn”" in line]
    assert [line.startswith("line 4 “burn”") for line in quoted] == [True] * len(quotes)
    assert all(line.endswith(end) for line, end in zip(quoted, quotes, strict=True))


def test_json_is_the_scorecard_and_nothing_else(
    probewise: Probewise, kitchen: Kitchen, page: str
) -> None:
    ran = probewise("notes", page, "--json")
    card = Scorecard.model_validate_json(ran.out)
    assert (ran.code, ran.err, card.playbook) == (0, "", "auto")
    assert [result.question_id for result in card.results] == [
        "cooking.1",
        "cooking.2",
        "baking.1",
        "baking.2",
    ]


@pytest.mark.parametrize("stdin", [PAGE.encode(), ("\ufeff" + PAGE).encode("utf-16")])
def test_a_page_may_come_on_standard_input(
    probewise: Probewise, kitchen: Kitchen, stdin: bytes
) -> None:
    ran = probewise("notes", "-", *COOKING, "--json", stdin=stdin)
    assert [answer.text for _, answer in kitchen.judge.asked] == [
        "dish 1 is stirred on a timer",
        "dish 2 rarely burns\n\nand dish 2 once did burn",
    ]
    assert ran.code == 0
    assert (kitchen.judge.closed, kitchen.assigner.closed) == (True, True)


def test_notes_are_read_as_notes_whatever_the_file_is_called(
    probewise: Probewise, kitchen: Kitchen, tmp_path: Path
) -> None:
    (tmp_path / "notes.docx.log").write_text("dish 1 burns", "utf-8")
    assert probewise("notes", "notes.docx.log", *COOKING).code == 0


def test_nothing_found_is_said_and_no_failure(probewise: Probewise, kitchen: Kitchen) -> None:
    ran = probewise("notes", "-", stdin=b"lunch was late\n")
    assert ran.code == 0
    assert on_one_line(ran.out).startswith(
        "<stdin> no question found Left out: answers no question line 1 “lunch was late”"
    )


def test_what_stays_ungraded_says_why_and_fails(
    probewise: Probewise, kitchen: Kitchen, page: str
) -> None:
    kitchen.judge.result = Ungraded(reason=Reason.REFUSED, detail="no [red]\x1b[2J way")
    ran = probewise("notes", page, *COOKING)
    assert ran.code == 1
    assert "2 of 3 questions found: 2 ungraded" in ran.out
    assert "UNGRADED    cooking.1  line 3" in ran.out
    assert "refused: no [red] [2J way" in ran.out
    ran = probewise("notes", page, *COOKING, "--json")
    assert ran.code == 1
    assert Scorecard.model_validate_json(ran.out).tally.ungraded == 2


@pytest.mark.parametrize("more", [(), ("--json",), ("--engagement", "acme")])
def test_notes_that_can_not_be_assigned_are_one_line_and_fail(
    probewise: Probewise, kitchen: Kitchen, page: str, more: tuple[str, ...]
) -> None:
    kitchen.assigner.failure = ModelUnavailable("HTTP 503 \x1b[2J after 4 calls")
    ran = probewise("notes", page, *COOKING, *more)
    assert (ran.code, ran.out, ran.err.count("\n")) == (1, "", 1)
    assert ran.err.startswith("ungraded: the answers could not be found: HTTP 503")
    assert "\x1b" not in ran.err
    assert kitchen.judge.closed


@pytest.mark.parametrize(
    ("words", "stdin", "reason"),
    [
        (("-",), b"", "<stdin>: no turn could be read: it is empty"),
        (("-",), b"---\n", "<stdin>:1: no turn could be read: markup without words"),
        (("-",), b"one\ntwo\x00", "<stdin>:2: a zero byte: this is no text"),
        (("-",), b"one\ncaf\xe9 x", "<stdin>:2: byte 8 is not text in utf-8"),
        (("nowhere.md",), b"", "nowhere.md: No such file or directory"),
        (("-", "--playbook", "gardening"), b"dish 1", "no playbook 'gardening'; there are cooking"),
    ],
)
def test_a_mistake_is_one_clear_line(
    probewise: Probewise, kitchen: Kitchen, words: tuple[str, ...], stdin: bytes, reason: str
) -> None:
    ran = probewise("notes", *words, stdin=stdin)
    assert (ran.code, ran.out, ran.err.count("\n")) == (2, "", 1)
    assert ran.err.startswith(f"error: {reason}")
    assert kitchen.assigner.asked == []


def test_without_an_engagement_nothing_is_kept(
    probewise: Probewise, kitchen: Kitchen, tmp_path: Path, page: str
) -> None:
    probewise("notes", page)
    assert [file.name for file in tmp_path.iterdir()] == [page]


def test_an_engagements_grades_are_kept_once_and_shown_by_its_command(
    probewise: Probewise, kitchen: Kitchen, page: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("PROBEWISE_DATABASE_URL", raising=False)
    for _ in range(2):
        ran = probewise("notes", page, *COOKING, "--engagement", "acme", "--json")
        assert (ran.code, ran.err) == (0, "kept: see `probewise engagement acme`\n")
    assert len(kitchen.judge.asked) == 2
    card = Scorecard.model_validate_json(ran.out)
    engagement = Engagement.model_validate_json(probewise("engagement", "acme", "--json").out)
    latest = [question.latest for question in engagement.questions if question.latest]
    assert latest == [result.grade for result in card.results]


def test_an_id_that_no_engagement_can_have_is_refused(
    probewise: Probewise, kitchen: Kitchen, page: str
) -> None:
    ran = probewise("notes", page, "--engagement", "a\nb")
    assert (ran.code, ran.out, kitchen.assigner.asked) == (2, "", [])
    assert "1 to 128 characters" in on_one_line(ran.err)


@pytest.mark.usefixtures("kitchen")
def test_a_long_answer_is_cut_and_no_word_of_it_steers_the_terminal(
    probewise: Probewise, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    words = "dish 1 [bold]burns[/] \x1b[2J " + "and burns " * 60
    ran = probewise("notes", "-", *COOKING, stdin=words.encode())
    assert "\x1b" not in ran.out
    assert "[bold]burns[/]" in ran.out
    assert max(map(len, ran.out.splitlines())) <= 80
    assert len(ran.out) < 1200
    assert "…”" in ran.out


def test_a_bar_is_shown_where_standard_error_is_a_terminal(
    probewise: Probewise, kitchen: Kitchen, page: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(errors, "_force_terminal", True)
    monkeypatch.setattr(errors, "is_interactive", True)
    monkeypatch.setenv("TERM", "xterm")
    ran = probewise("notes", page, *COOKING, "--json")
    assert ran.err.index("finding") < ran.err.index("grading")
    assert "0/2" in ran.err
    assert Scorecard.model_validate_json(ran.out).tally.graded == 2


def test_a_page_is_graded_by_the_embedded_judge_in_a_real_process(tmp_path: Path) -> None:
    (tmp_path / "page.md").write_text("- CDC: we're doing full loads every night\n", "utf-8")
    ran = in_a_process(
        "notes",
        "page.md",
        "--json",
        folder=tmp_path,
        environment={"PROBEWISE_JUDGE": "embedded", "FORCE_COLOR": "1"},
    )
    assert ran.code == 0
    assert Scorecard.model_validate_json(ran.out).tally.ungraded == 0


def test_a_call_that_is_given_as_notes_is_read_as_a_call_and_said_to_be_one(
    probewise: Probewise, kitchen: Kitchen
) -> None:
    text = b"[00:05] Sam Ode: Is dish 1 stirred?\n[00:09] Ann Lee: Dish 2 burns.\n"
    ran = probewise("notes", "-", *COOKING, "--json", stdin=text)
    assert "this is the transcript of a call (named)" in ran.err
    for result in Scorecard.model_validate_json(ran.out).results:
        assert result.grade and result.grade.flags == (Flag.UNKNOWN_SIDE,)


def test_our_own_names_count_in_notes_too(
    probewise: Probewise, kitchen: Kitchen, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PROBEWISE_OURS", "Sam Ode")
    text = b"- Sam Ode: dish 1 could be stirred\n- dish 2 burns\n"
    card = Scorecard.model_validate_json(
        probewise("notes", "-", *COOKING, "--json", stdin=text).out
    )
    assert [result.question_id for result in card.results] == ["cooking.2"]


def test_every_line_of_notes_is_explained(
    probewise: Probewise, kitchen: Kitchen, page: str
) -> None:
    ran = probewise("notes", page, *COOKING, "--explain", "--json")
    lines = ExplainedSource.model_validate_json(ran.out).lines
    assert [(line.line, line.questions, line.left_out) for line in lines] == [
        (1, (), "a heading is never evidence"),
        (3, ("cooking.1",), None),
        (4, (), "markup without words"),
        (5, ("cooking.2",), None),
        (6, (), "answers no question"),
        (8, ("cooking.2",), None),
    ]
    assert kitchen.judge.asked == []


def test_a_line_is_given_to_its_question_by_a_persons_word(
    probewise: Probewise, kitchen: Kitchen, page: str
) -> None:
    card = Scorecard.model_validate_json(
        probewise("notes", page, *COOKING, "--json", "--assign", "6=3").out
    )
    assert [result.question_id for result in card.results] == [
        "cooking.1",
        "cooking.2",
        "cooking.3",
    ]
    assert card.results[2].answer == "lunch was late"
    assert card.unassigned == ()


def test_several_lines_are_taken_from_where_they_were_found(
    probewise: Probewise, kitchen: Kitchen, page: str
) -> None:
    card = Scorecard.model_validate_json(
        probewise("notes", page, *COOKING, "--json", "--assign", "5-6=cooking.1").out
    )
    assert [moment.line for moment in card.results[0].moments] == [3, 5, 6]
    assert [moment.line for moment in card.results[1].moments] == [8]


@pytest.mark.parametrize(
    ("said", "playbook", "message"),
    [
        ("6", COOKING, "is not LINE=QUESTION"),
        ("6=3", (), "a bare question number needs --playbook"),
        ("6-5=3", COOKING, "name at most 1,000 lines, in order"),
        ("1-9999999=3", COOKING, "name at most 1,000 lines, in order"),
        ("6=cooking.9", COOKING, "no question 'cooking.9'"),
        ("2=3", COOKING, "line 2 has no words that were read"),
    ],
)
def test_a_word_that_fits_no_line_or_question_is_refused(
    probewise: Probewise,
    kitchen: Kitchen,
    page: str,
    said: str,
    playbook: tuple[str, ...],
    message: str,
) -> None:
    ran = probewise("notes", page, *playbook, "--assign", said)
    assert ran.code == 2
    assert message in on_one_line(ran.err)
