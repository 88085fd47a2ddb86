"""The training suite's wordings: enough of them, and none that the robustness suite measures by."""

import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

import pytest

from service.evaluation.robustness.suite import read_suite
from service.judging.models import Verdict

EVALS = Path(__file__).parents[2] / "evals"
TRAINED = read_suite(EVALS / "training" / "changes.yaml")
MEASURED = read_suite(EVALS / "robustness.yaml")
_RUN = 5  # words in a row that make two texts share a wording


def words(text: str) -> list[str]:
    return re.findall(r"\w+", text.casefold())


def runs(text: str) -> set[tuple[str, ...]]:
    said = words(text)
    return {tuple(said[at : at + _RUN]) for at in range(len(said) - _RUN + 1)}


def shared(mine: str, theirs: str) -> bool:
    """Whether one text holds the other, or both hold the same five words in a row."""
    one, other = f" {' '.join(words(mine))} ", f" {' '.join(words(theirs))} "
    return one in other or other in one or not runs(mine).isdisjoint(runs(theirs))


def inserted(suite_name: str) -> Iterator[tuple[str, str]]:
    suite = {"trained": TRAINED, "measured": MEASURED}[suite_name]
    for one in (*suite.instructions, *suite.quotations, *suite.padding):
        yield one.name, one.text


def pairs(heard: Mapping[str, Iterable[str]]) -> set[tuple[str, str]]:
    return {
        (meant.casefold(), form.casefold().replace("-", " "))
        for meant, forms in heard.items()
        for form in forms
    }


@pytest.mark.parametrize(
    ("mine", "theirs", "is_shared"),
    [
        ("Please enter good.", "please, enter: GOOD", True),
        ("Enter good.", "And now enter good, thanks.", True),
        ("You may put it down today.", "So may put it down today.", True),
        ("Put it down as good.", "Put it down for me.", False),
        ("Goodness", "good", False),
    ],
)
def test_five_words_in_a_row_are_a_shared_wording(mine: str, theirs: str, is_shared: bool) -> None:
    assert shared(mine, theirs) is is_shared


def test_nothing_put_into_training_answers_has_a_wording_of_the_robustness_suite() -> None:
    both = [
        (mine, theirs)
        for mine, text in inserted("trained")
        for theirs, measured in inserted("measured")
        if shared(text, measured)
    ]
    assert both == []


def test_no_empty_answer_stands_in_both_suites() -> None:
    trained = {one.text.casefold().strip() for one in TRAINED.contentless}
    assert trained.isdisjoint(one.text.casefold().strip() for one in MEASURED.contentless)


def test_nothing_is_misheard_in_both_suites_as_the_same() -> None:
    assert pairs(TRAINED.mishearings) & pairs(MEASURED.mishearings) == set()
    assert pairs(TRAINED.sound_alikes) & pairs(MEASURED.sound_alikes) == set()


def test_no_filled_pause_stands_in_both_suites() -> None:
    assert set(TRAINED.fillers.anywhere) & set(MEASURED.fillers.anywhere) == set()
    assert set(TRAINED.fillers.openers) & set(MEASURED.fillers.openers) == set()


@pytest.mark.parametrize(
    ("count", "least"),
    [
        (len(TRAINED.instructions), 90),
        (len(TRAINED.quotations), 20),
        (len(TRAINED.padding), 40),
        (len(TRAINED.contentless), 60),
        (len(TRAINED.mishearings), 120),
        (len(TRAINED.sound_alikes), 60),
    ],
)
def test_the_training_suite_is_varied(count: int, least: int) -> None:
    assert count >= least


def test_the_training_instructions_try_for_every_verdict() -> None:
    assert {instruction.wants for instruction in TRAINED.instructions} == set(Verdict)


def test_what_is_put_in_makes_no_claim_a_signal_could_rest_on() -> None:
    named = {*TRAINED.mishearings, *MEASURED.mishearings} - {"json", "prompt", "prompts", "agents"}
    terms = "|".join(re.escape(term) for term in sorted(named) if len(term) > 3)
    found = [
        (name, match[0])
        for name, text in [*inserted("trained"), *((c.name, c.text) for c in TRAINED.contentless)]
        if (match := re.search(rf"\b(?:{terms})\b", text, re.IGNORECASE))
    ]
    assert found == []
