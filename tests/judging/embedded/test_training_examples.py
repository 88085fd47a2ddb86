"""Training examples of the embedded judge: every label is still true after every variation."""

import random
from pathlib import Path

import pytest
from tokenizers import Tokenizer

from evals.embedded import examples
from evals.embedded.corpora import (
    Label,
    ShortAnswer,
    example_of,
    papers,
    question_of,
    read_corpus,
    singles,
    strays,
    training_answers,
)
from evals.embedded.examples import UNKNOWN, Example, plain, varied
from service.errors import ConfigurationError
from service.evaluation.cases.case import Case, read_training
from service.evaluation.robustness.suite import read_suite
from service.judging.embedded.onnx_model import BUILT_IN
from service.judging.embedded.scorer import STATUSES, VERDICTS
from service.judging.models import SignalStatus, Verdict
from service.playbooks.catalogue import Catalogue
from service.playbooks.files import load_playbooks

pytestmark = pytest.mark.slow

TRAINING = Path("evals/training")
CATALOGUE = Catalogue(load_playbooks())
CORRECT: Label = "correct"
PARTIAL: Label = "partially_correct_incomplete"
WRONG: Label = "contradictory"
SHOWN, ABSENT = STATUSES.index(SignalStatus.SHOWN), STATUSES.index(SignalStatus.ABSENT)
UNANSWERED = VERDICTS.index(Verdict.UNANSWERED)
LINE = (
    '{"id": "1", "question_id": "q", "question": "Why is\\n the sky blue?", "reference": '
    '"Air scatters light.  Blue is scattered most.", "answer": "%s", "label": "%s", "score": 1}\n'
)


def student_answer(label: Label, number: int = 1, module: str = "m") -> ShortAnswer:
    return ShortAnswer(
        question_id=f"q{number}",
        module=module,
        question=f"A long story. What is {number}?",
        reference=f"It is {number}. It is no letter.",
        answer=f"I say {number}.",
        label=label,
    )


@pytest.fixture(scope="module")
def tokenizer() -> Tokenizer:
    return Tokenizer.from_file(str(BUILT_IN / "tokenizer.json"))


@pytest.fixture(scope="module")
def cases() -> list[Case]:
    return read_training(TRAINING / "data-engineering.jsonl")[:200]


def chance(seed: int) -> random.Random:
    return random.Random(seed)  # noqa: S311 - no secret


def drawn(tokenizer: Tokenizer, cases: list[Case], seed: int = 1) -> list[Example]:
    suite = read_suite(TRAINING / "changes.yaml")
    return list(varied(tokenizer, CATALOGUE, cases, suite, chance(seed)))


def test_a_labelled_signal_has_its_status_and_its_quote_marked(
    tokenizer: Tokenizer, cases: list[Case]
) -> None:
    for case in cases:
        example = plain(tokenizer, CATALOGUE, case)
        signals = CATALOGUE.question(case.question_id).signals
        for signal, status, marked in zip(signals, example.statuses, example.evidence, strict=True):
            label = case.signals.get(signal.id)
            assert status == (STATUSES.index(label.status) if label else ABSENT)
            assert any(marked) == bool(label)


def test_variations_keep_verdicts_and_shown_signals(
    tokenizer: Tokenizer, cases: list[Case]
) -> None:
    """Those put under a wrong question come behind their case; contentless ones show nothing."""
    varieties = drawn(tokenizer, cases)
    assert len(cases) < len(varieties) < 1.5 * len(cases)
    answered = [e for e in varieties if e.verdict != UNANSWERED]
    verdicts = [VERDICTS.index(case.verdict) for case in cases]
    assert 0.8 * sum(v != UNANSWERED for v in verdicts) < len(answered)
    for example in varieties:
        if example.verdict == UNANSWERED:
            assert SHOWN not in example.statuses


def test_what_stands_beside_an_answer_changes_none_of_its_labels(
    tokenizer: Tokenizer, cases: list[Case], monkeypatch: pytest.MonkeyPatch
) -> None:
    for share in ("_CHANGED", "_READABLE", "_DISTRACTED", "_REORDERED", "_MISMATCHED"):
        monkeypatch.setattr(examples, share, 0.0)
    monkeypatch.setattr(examples, "_ACCOMPANIED", 1.0)
    longer = 0
    for case, told in zip(cases, drawn(tokenizer, cases), strict=True):
        bare = plain(tokenizer, CATALOGUE, case)
        assert (told.verdict, told.statuses) == (bare.verdict, bare.statuses)
        assert [any(row) for row in told.evidence] == [any(row) for row in bare.evidence]
        longer += len(told.packed.ids) > len(bare.packed.ids)
    assert longer > len(cases) / 2


def test_draws_differ_by_seed_alone(tokenizer: Tokenizer, cases: list[Case]) -> None:
    assert drawn(tokenizer, cases, 1) == drawn(tokenizer, cases, 1)
    assert drawn(tokenizer, cases, 1) != drawn(tokenizer, cases, 2)


def test_a_reference_answer_stands_for_the_good_signals(tmp_path: Path) -> None:
    file = tmp_path / "train.jsonl"
    file.write_text(LINE % ("Scattering.", "correct"))
    question = question_of(read_corpus(file)[0])
    assert question.text == "Why is the sky blue?"
    assert [signal.text for signal in question.signals[:-1]] == [
        "Air scatters light",
        "Blue is scattered most",
    ]


@pytest.mark.parametrize(
    ("label", "verdict", "status"),
    [
        (CORRECT, Verdict.GOOD, SHOWN),
        (PARTIAL, Verdict.PARTIAL, UNKNOWN),
        (WRONG, Verdict.WEAK, UNKNOWN),  # of two sentences, which one it contradicts
        ("irrelevant", Verdict.WEAK, ABSENT),
        ("non_domain", Verdict.UNANSWERED, ABSENT),
    ],
)
def test_a_corpus_label_becomes_a_verdict_and_what_is_known_of_the_signals(
    tokenizer: Tokenizer, label: Label, verdict: Verdict, status: int
) -> None:
    (example,) = singles(tokenizer, [student_answer(label)], 1, chance(1))
    assert example.verdict == VERDICTS.index(verdict)
    assert example.statuses == [status, status, UNKNOWN]
    assert not any(any(row) for row in example.evidence)


def test_what_contradicts_a_reference_of_one_sentence_contradicts_its_signal(
    tokenizer: Tokenizer,
) -> None:
    answer = student_answer(WRONG).model_copy(update={"reference": "It is 1."})
    assert example_of(tokenizer, [answer]).statuses == [
        STATUSES.index(SignalStatus.CONTRADICTED),
        UNKNOWN,
    ]


@pytest.mark.parametrize(
    ("labels", "verdict"),
    [
        ((CORRECT, CORRECT, CORRECT), Verdict.GOOD),
        ((CORRECT, CORRECT, PARTIAL), Verdict.GOOD),
        ((CORRECT, WRONG), Verdict.PARTIAL),
        ((PARTIAL, WRONG), Verdict.WEAK),
        (("non_domain", "non_domain"), Verdict.UNANSWERED),
    ],
)
def test_a_paper_is_as_good_as_its_answers_together(
    tokenizer: Tokenizer, labels: tuple[Label, ...], verdict: Verdict
) -> None:
    answers = [student_answer(label, number) for number, label in enumerate(labels)]
    assert example_of(tokenizer, answers).verdict == VERDICTS.index(verdict)


def test_a_paper_is_of_two_or_three_questions_of_one_module(tokenizer: Tokenizer) -> None:
    labels = {"physics": CORRECT, "botany": "irrelevant"}
    answers = [student_answer(label, n, m) for m, label in labels.items() for n in range(3)]
    drawn_papers = list(papers(tokenizer, answers, 30, chance(1)))
    assert {len(e.statuses) for e in drawn_papers} == {2 * 2 + 1, 3 * 2 + 1}
    assert all(len(set(e.statuses)) == 2 for e in drawn_papers)  # one label each, and UNKNOWN


def test_no_module_has_enough_questions_for_a_paper(tokenizer: Tokenizer) -> None:
    answers = [student_answer(CORRECT, number) for number in range(2)]
    assert list(papers(tokenizer, answers, 5, chance(1))) == []


def test_a_stray_answers_a_question_of_another_module(tokenizer: Tokenizer) -> None:
    answers = [student_answer(CORRECT, 1, "physics"), student_answer(CORRECT, 2, "botany")]
    found = list(strays(tokenizer, answers, 2, chance(1)))
    assert {(e.verdict, *e.statuses) for e in found} == {(UNANSWERED, ABSENT, ABSENT, ABSENT)}
    for example in found:
        numbers = [n for n in ("1", "2") if tokenizer.token_to_id(n) in example.packed.ids]
        assert numbers == ["1", "2"]  # one is asked for, the other said
    assert list(strays(tokenizer, answers[:1], 2, chance(1))) == []


def test_what_is_trained_on_is_said_in_words(tmp_path: Path) -> None:
    for name in ("scientsbank", "beetle"):
        (tmp_path / name).mkdir()
        lines = LINE % ("It scatters.", CORRECT) + LINE % ("  ", WRONG)
        (tmp_path / name / "train.jsonl").write_text(lines)
    assert [answer.label for answer in training_answers(tmp_path)] == [CORRECT, CORRECT]


def test_a_broken_corpus_line_is_named(tmp_path: Path) -> None:
    file = tmp_path / "train.jsonl"
    file.write_text(LINE % ("Scattering.", "correct") + LINE % ("x", "superb"))
    with pytest.raises(ConfigurationError, match="line 2"):
        read_corpus(file)
