"""Which threshold is recommended, and what it is said to be worth."""

import re

import numpy as np
import pytest

from service.errors import ConfigurationError
from service.evaluation.cases.case_result import CaseResult
from service.evaluation.threshold.threshold_report import ThresholdReport
from service.judging.models import Verdict
from service.judging.review import Flag
from tests.evaluation.cases import a_case
from tests.evaluation.threshold_runs import CASES, a_threshold_report, embedded_line, llm_line

GOOD, PARTIAL, WEAK, UNANSWERED = Verdict
MANY = [a_case(f"c-{n:03}", verdict=WEAK) for n in range(120)]


def lines(
    embedded: str, llm: str, flags: tuple[Flag, ...] = (), cost_usd: float | None = 0.002
) -> tuple[list[CaseResult], list[CaseResult]]:
    """One case for each sign, `+` right and `-` wrong, the surest first: 0.99, 0.98, ..."""
    cases = [a_case(f"c-{n:02}", verdict=WEAK) for n in range(len(embedded))]
    first = [
        embedded_line(case, WEAK if sign == "+" else GOOD, (99 - n) / 100, flags=flags)
        for n, (case, sign) in enumerate(zip(cases, embedded, strict=True))
    ]
    second = [
        llm_line(case, WEAK if sign == "+" else GOOD, cost_usd=cost_usd)
        for case, sign in zip(cases, llm, strict=True)
    ]
    return first, second


@pytest.mark.parametrize(
    ("embedded", "llm", "margin", "asked", "best"),
    [
        ("++++++----", "++++++++++", 0.0, 0.4, 0.4),  # asks where it is wrong
        ("++++++----", "++++++++++", 0.1, 0.3, 0.4),  # one more wrong is allowed
        ("++++++----", "++++++++++", 0.4, 0.0, 0.4),
        ("----------", "----------", 0.0, 0.0, 0.0),  # nothing helps: the cheapest
        ("++++++++++", "----------", 0.0, 0.0, 0.0),
        ("----------", "++++++++++", 0.0, 1.0, 1.0),
        ("+++-++----", "++++++++-+", 0.0, 0.7, 0.7),  # the fourth is worth asking for
    ],
)
def test_the_cheapest_threshold_within_the_margin_is_recommended(
    embedded: str, llm: str, margin: float, asked: float, best: float
) -> None:
    found = a_threshold_report(*lines(embedded, llm), margin=margin)
    assert found.recommended.figures.asked == pytest.approx(asked)
    assert found.best.figures.asked == pytest.approx(best)
    assert found.recommended in found.points and found.best in found.points


@pytest.mark.parametrize(
    ("budget", "asked"), [(0.0, 0.0), (0.41, 0.2), (0.8, 0.4), (100.0, 0.4)], ids=str
)
def test_what_costs_too_much_is_not_recommended(budget: float, asked: float) -> None:
    found = a_threshold_report(*lines("++++++----", "++++++++++"), max_cost_usd=budget)
    assert found.recommended.figures.asked == pytest.approx(asked)
    assert found.best.figures.asked == pytest.approx(0.4)
    assert found.cross_fitted.cost_per_1000 is not None


def test_a_budget_below_every_threshold_is_refused() -> None:
    first, second = lines("++++", "++++", flags=(Flag.SUSPECTED_INSTRUCTIONS,))
    with pytest.raises(ConfigurationError, match=r"no threshold costs less than \$2 for 1,000"):
        a_threshold_report(first, second, max_cost_usd=1.9)


@pytest.mark.parametrize("assumed", [True, False])
def test_a_budget_needs_a_price(assumed: bool) -> None:
    first, second = lines("++--", "++++", cost_usd=None)
    llm, accuracy = (None, 0.9) if assumed else (second, None)
    with pytest.raises(ConfigurationError, match=re.escape("--llm-cost-usd")):
        a_threshold_report(first, llm, max_cost_usd=1, accuracy=accuracy)
    price = a_threshold_report(first, llm, max_cost_usd=1, accuracy=accuracy, cost_usd=0.002)
    assert (price.recommended.figures.cost_per_1000 or 0) <= 1


def test_the_recommended_threshold_is_compared_case_by_case_with_each_judge() -> None:
    found = a_threshold_report(*lines("++++++----", "++-+++++++"))
    assert found.against.embedded.value == pytest.approx(0.4)
    assert found.against.llm.value == pytest.approx(0.1)
    assert found.against.embedded.low > 0 >= found.against.llm.low


def noise(seed: int) -> ThresholdReport:
    """Two judges that guess, and a confidence that means nothing: nothing beats one half."""
    chance = np.random.default_rng(seed)
    first, second = chance.random((2, len(MANY))) < 0.5
    sure = chance.random(len(MANY)).round(4)
    return a_threshold_report(
        [
            embedded_line(c, WEAK if r else GOOD, s)
            for c, r, s in zip(MANY, first, sure, strict=True)
        ],
        [llm_line(case, WEAK if right else GOOD) for case, right in zip(MANY, second, strict=True)],
    )


def test_cross_fitting_takes_the_luck_of_choosing_out() -> None:
    found = [noise(seed) for seed in range(12)]
    plain = np.mean([one.recommended.figures.accuracy.value for one in found])
    fair = np.mean([one.cross_fitted.accuracy.value for one in found])
    alone = np.mean([(one.embedded.accuracy.value + one.llm.accuracy.value) / 2 for one in found])
    assert plain - alone > 0.04
    assert abs(fair - alone) < 0.02


def test_cross_fitting_keeps_what_is_no_luck() -> None:
    embedded, llm = "+" * 60 + "-" * 30, "+" * 90
    found = a_threshold_report(*lines(embedded, llm))
    assert found.recommended.figures.accuracy.value == 1
    assert found.cross_fitted.accuracy.value > 0.98
    low, middle, high = found.cross_fitted.thresholds
    assert low <= middle <= high and abs(middle - found.recommended.threshold) < 0.05
    assert found.cross_fitted.against.embedded.low > 0.2


def test_the_same_runs_give_the_same_recommendation_whatever_their_order() -> None:
    first, second = lines("++++-+-+--", "+++-++++++")
    assert a_threshold_report(first[::-1], second[::-1]) == a_threshold_report(first, second)
    assert noise(1) == noise(1)


def test_one_case_is_too_few_to_choose_on() -> None:
    case = CASES[0]
    with pytest.raises(ConfigurationError, match="grade more of them"):
        a_threshold_report([embedded_line(case, GOOD)], [llm_line(case, GOOD)])
