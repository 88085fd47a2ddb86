"""`probewise transcript`: sides named or asked for, moments in the call, a scorecard."""

from pathlib import Path

import pytest

from service.grading.explained_lines import ExplainedSource
from service.grading.scorecard import Scorecard
from service.judging.review import Flag
from tests.cli.conftest import Kitchen, Probewise

pytestmark = pytest.mark.slow

CALL = """WEBVTT

00:05.000 --> 00:08.000
<v Sam Ode>How do you keep dish 1 from burning?

00:09.000 --> 00:12.000
<v Ann Lee>Dish 1 is stirred on a timer.

00:40.000 --> 00:44.000
<v Bo Yun>Nobody looks at dish 2.

01:02:03.000 --> 01:02:09.000
<v Ann Lee>Oh, and dish 1 beeps.

01:02:30.000 --> 01:02:31.000
<v Bo Yun>Lunch?
"""
COOKING = ("--playbook", "cooking")
OURS = ("--ours", "Sam Ode")


def on_one_line(text: str) -> str:
    return " ".join(text.split())


@pytest.fixture(autouse=True)
def call(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("COLUMNS", "120")
    monkeypatch.delenv("PROBEWISE_OURS", raising=False)
    (tmp_path / "call.vtt").write_text(CALL, "utf-8")
    return "call.vtt"


def card_of(probewise: Probewise, *words: str) -> Scorecard:
    ran = probewise("transcript", *words, *COOKING, "--json")
    assert (ran.code, ran.err) == (0, "")
    return Scorecard.model_validate_json(ran.out)


def test_the_scorecard_says_when_and_by_whom_it_was_said(
    probewise: Probewise, kitchen: Kitchen, call: str
) -> None:
    ran = probewise("transcript", call, *COOKING, *OURS)
    shown = on_one_line(ran.out)
    assert (ran.code, ran.err) == (0, "")
    assert "WEAK cooking.1 90% sure 00:09 Ann Lee, 1:02:03 Ann Lee How do" in shown
    assert "00:40 Bo Yun “Nobody looks at dish 2.” Ask next: How would you notice?" in shown
    assert "Left out: answers no question 1:02:30 Bo Yun “Lunch?”" in shown
    assert "speaks for the customer" not in shown


def test_json_has_the_moments(probewise: Probewise, kitchen: Kitchen, call: str) -> None:
    card = card_of(probewise, call, *OURS)
    moments = [(m.start_ms, m.speaker, m.side) for m in card.results[0].moments]
    assert moments == [(9_000, "Ann Lee", "customer"), (3_723_000, "Ann Lee", "customer")]


def test_our_own_words_are_never_graded(probewise: Probewise, kitchen: Kitchen, call: str) -> None:
    card_of(probewise, call, *OURS)
    asked = kitchen.judge.asked[0][1]
    assert [turn.side for turn in asked.turns] == ["seller", "customer", "customer"]
    assert "How do you" not in asked.text


@pytest.mark.parametrize(
    "words",
    [
        OURS,
        ("--customer", "Ann Lee", "--customer", "Bo Yun"),
        ("--customer", "Ann Lee", "--customer", "Bo Yun", *OURS),
    ],
)
def test_naming_one_side_settles_the_other(
    probewise: Probewise, kitchen: Kitchen, call: str, words: tuple[str, ...]
) -> None:
    card = card_of(probewise, call, *words)
    assert [result.grade and result.grade.flags for result in card.results] == [(), ()]
    assert [moment.speaker for moment in card.results[0].moments] == ["Ann Lee", "Ann Lee"]


def test_our_names_may_be_set_for_every_call(
    probewise: Probewise, kitchen: Kitchen, call: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PROBEWISE_OURS", "else, Sam Ode")
    card = card_of(probewise, call, "--ours", "another.example")
    assert [place.speaker for place in card.unassigned] == ["Bo Yun"]


def test_unknown_sides_ask_for_review_and_the_way_out_is_shown(
    probewise: Probewise, kitchen: Kitchen, call: str
) -> None:
    shown = on_one_line(probewise("transcript", call, *COOKING).out)
    assert shown.count(" review ") >= 2
    for said in ("--customer NAME", "--ours NAME", "PROBEWISE_OURS", "Sam Ode, Ann Lee, Bo Yun."):
        assert said in shown
    card = card_of(probewise, call)
    assert [r.grade and r.grade.flags for r in card.results] == [(Flag.UNKNOWN_SIDE,)] * 2


@pytest.fixture
def someone_is_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("service.cli.ask_customer._is_somebody_there", lambda: True)


@pytest.mark.usefixtures("someone_is_there")
@pytest.mark.parametrize("said", [b"2, 3\n", b"0\nsam\n4\n3 2\n"])
def test_whoever_is_at_the_terminal_is_asked_for_the_customer(
    probewise: Probewise, kitchen: Kitchen, call: str, said: bytes
) -> None:
    ran = probewise("transcript", call, *COOKING, stdin=said)
    assert "1 Sam Ode How do you keep" in on_one_line(ran.err)
    assert ran.err.count("Give numbers from 1 to 3.") == said.count(b"\n") - 1
    assert "speaks for the customer" not in ran.out
    assert kitchen.judge.asked[0][1].turns[0].side == "seller"


@pytest.mark.usefixtures("someone_is_there")
@pytest.mark.parametrize("said", [b"\n", b""])
def test_not_to_know_is_an_answer(
    probewise: Probewise, kitchen: Kitchen, call: str, said: bytes
) -> None:
    ran = probewise("transcript", call, *COOKING, stdin=said)
    assert (ran.code, "--customer NAME" in ran.out) == (0, True)
    assert probewise("transcript", call, *COOKING, *OURS, stdin=said).err == ""


def test_a_call_without_names_says_so(probewise: Probewise, kitchen: Kitchen) -> None:
    srt = b"1\n00:00:01,000 --> 00:00:02,000\nDish 1 is stirred.\n"
    shown = on_one_line(probewise("transcript", "-", *COOKING, stdin=srt).out)
    assert "The transcript names no speaker." in shown
    assert "--customer" not in shown


@pytest.mark.parametrize("words", [(), ("--format", "webvtt")])
def test_the_format_is_told_by_the_content_or_named(
    probewise: Probewise, kitchen: Kitchen, words: tuple[str, ...]
) -> None:
    ran = probewise("transcript", "-", *COOKING, *words, "--json", stdin=CALL.encode())
    assert (ran.code, Scorecard.model_validate_json(ran.out).tally.graded) == (0, 2)


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (("--customer", "Bob"), "no speaker is called 'Bob'; there are Sam Ode, Ann Lee, Bo Yun"),
        (("--format", "gong"), "call.vtt:1: this is not JSON"),
        (("--playbook", "gardening"), "no playbook 'gardening'"),
    ],
)
def test_a_wrong_word_is_one_clear_line(
    probewise: Probewise, kitchen: Kitchen, call: str, words: tuple[str, ...], reason: str
) -> None:
    ran = probewise("transcript", call, *words)
    assert (ran.code, ran.out, ran.err.count("\n")) == (2, "", 1)
    assert ran.err.startswith(f"error: {reason}")


def test_a_broken_file_is_named_with_its_line(
    probewise: Probewise, kitchen: Kitchen, tmp_path: Path
) -> None:
    (tmp_path / "bad.vtt").write_text("WEBVTT\n\nx --> y\nwords\n", "utf-8")
    ran = probewise("transcript", "bad.vtt")
    assert (ran.code, ran.err) == (
        2,
        "error: bad.vtt:3: no turn could be read: a cue whose times can't be read\n",
    )


def test_grades_are_kept_again_once_the_customer_is_named(
    probewise: Probewise, kitchen: Kitchen, call: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("PROBEWISE_DATABASE_URL", raising=False)
    kept = ("transcript", call, *COOKING, "--engagement", "acme")
    assert probewise(*kept).err == probewise(*kept).err == "kept: see `probewise engagement acme`\n"
    assert len(kitchen.judge.asked) == 2
    shown = on_one_line(probewise(*kept, *OURS).out)
    assert len(kitchen.judge.asked) == 4
    assert " review " not in shown


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (("--ours", "Sam Odd"), "no speaker is called 'Sam Odd'; there are Sam Ode, Ann Lee"),
        (("--ours", "Sam Ode", "--ours", "Bob"), "no speaker is called 'Bob'"),
    ],
)
def test_a_name_of_ours_that_nobody_has_is_one_clear_line(
    probewise: Probewise, kitchen: Kitchen, call: str, words: tuple[str, ...], reason: str
) -> None:
    ran = probewise("transcript", call, *words)
    assert (ran.code, ran.out, ran.err.count("\n")) == (2, "", 1)
    assert ran.err.startswith(f"error: {reason}")
    assert kitchen.assigner.asked == []


def test_our_names_work_on_plain_text_too(probewise: Probewise, kitchen: Kitchen) -> None:
    said = ("[00:05] Sam Ode: Is dish 2?", "[00:09] Ann Lee: Dish 1 is.", "[00:12] Sam Ode: Good.")
    text = "\n".join(said).encode()
    ran = probewise("transcript", "-", *COOKING, *OURS, "--json", stdin=text)
    [result] = Scorecard.model_validate_json(ran.out).results
    assert [(m.speaker, m.side, m.start_ms) for m in result.moments] == [
        ("Ann Lee", "customer", 9_000)
    ]
    assert result.grade and result.grade.flags == ()


def test_names_of_ours_that_nobody_has_in_any_call_are_said_to_do_nothing(
    probewise: Probewise, kitchen: Kitchen, call: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PROBEWISE_OURS", "Bob")
    shown = on_one_line(probewise("transcript", call, *COOKING).out)
    assert "None of PROBEWISE_OURS is among them." in shown


def test_where_nobody_is_named_our_names_are_said_to_do_nothing(
    probewise: Probewise, kitchen: Kitchen
) -> None:
    ran = probewise("transcript", "-", *COOKING, *OURS, "--json", stdin=b"Dish 1 is stirred.\n")
    assert (ran.code, "--ours does nothing" in ran.err) == (0, True)
    [result] = Scorecard.model_validate_json(ran.out).results
    assert result.grade and result.grade.flags == (Flag.UNKNOWN_SIDE,)


def test_every_line_is_explained_and_nothing_is_graded(
    probewise: Probewise, kitchen: Kitchen, call: str
) -> None:
    ran = probewise("transcript", call, *COOKING, *OURS, "--explain", "--json")
    lines = ExplainedSource.model_validate_json(ran.out).lines
    explained = {
        line.line: (line.speaker, line.side, line.questions, line.left_out) for line in lines
    }
    assert explained[4] == ("Sam Ode", "seller", (), "our own words are never evidence")
    assert explained[7] == ("Ann Lee", "customer", ("cooking.1",), None)
    assert explained[16] == ("Bo Yun", "customer", (), "answers no question")
    assert explained[6] == (None, None, (), "times, a name or markup")
    assert [line.line for line in lines] == [
        n for n, text in enumerate(CALL.split("\n"), 1) if text
    ]
    assert kitchen.judge.asked == []


def test_the_explanation_is_a_table_for_people(
    probewise: Probewise, kitchen: Kitchen, call: str
) -> None:
    shown = on_one_line(probewise("transcript", call, *COOKING, *OURS, "--explain").out)
    assert "call.vtt nothing is graded" in shown
    assert "7 00:09 Ann Lee customer cooking.1" in shown
    assert kitchen.judge.asked == []
