"""What training puts into answers shares no wording with what robustness is measured by."""

import re
from pathlib import Path

from service.evaluation.suite import Suite, read_suite

EVALS = Path(__file__).parents[2] / "evals"
MEASURED = read_suite(EVALS / "robustness.yaml")
TRAINED = read_suite(EVALS / "training" / "changes.yaml")
RUN = 5


def runs(suite: Suite) -> dict[tuple[str, ...], str]:
    """Every five words in a row of its texts, with the name of the text."""
    found = {}
    for wording in (*suite.instructions, *suite.quotations, *suite.padding):
        words = re.findall(r"\w+", wording.text.casefold())
        found |= {tuple(words[n : n + RUN]): wording.name for n in range(len(words) - RUN + 1)}
    return found


def test_no_text_shares_five_words_in_a_row() -> None:
    measured, trained = runs(MEASURED), runs(TRAINED)
    assert {(measured[run], trained[run]) for run in measured.keys() & trained.keys()} == set()


def test_no_answer_without_content_is_in_both() -> None:
    measured, trained = (
        {wording.text.casefold() for wording in suite.contentless} for suite in (MEASURED, TRAINED)
    )
    assert measured & trained == set()
