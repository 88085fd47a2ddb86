"""Calibrate the exported model: `python -m evals.embedded.calibrate`.

Writes card.json. Runs the int8 model as it is shipped, so that its rounding is calibrated too.
Everything is fitted on answers that training did not meet, by other hands than most of it, so that
the model doubts where it is likely to err (see evals/embedded/lessons.py).
"""

import argparse
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.stats import beta
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import KFold
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from torch import Tensor
from torch.nn import functional

from evals.embedded.lessons import (
    EXAMINATIONS,
    examination_cases,
    practice_catalogue,
    read_lessons,
)
from service.evaluation.cases.case import Case
from service.judging.embedded.clean_text import clean_answer
from service.judging.embedded.onnx_model import (
    BUILT_IN,
    ModelCard,
    OnnxScorer,
    OpinionCalibration,
    VerdictCalibration,
    join_opinions,
    read_card,
)
from service.judging.embedded.reliance import SIGNS, Reliance, list_signs
from service.judging.embedded.scorer import VERDICTS, Scores
from service.judging.embedded.word_match import MatchRegression
from service.playbooks.catalogue import Catalogue
from service.playbooks.files import load_playbooks
from service.playbooks.models import Question

NAME = "probewise-embedded-6"
# Of the grades that no person is asked to look at, the share that must be right, or defensible
# where many labels have a second verdict. `WISHED` is told alone: no limit reaches it yet.
RIGHT = {"golden dev": 0.94, "border": 0.75}
DEFENSIBLE = {"notes": 0.88}
RIGHT_UNFAMILIAR = {"never met": 0.91}
WISHED = {"people": 0.95, "documents": 0.95, "border": 0.97}
_POLISHED = ("golden dev", 4.0)  # where networks are joined, it weighs as much as all others
_RIDGE = 0.3  # scikit-learn's C: the smaller, the closer the weights are to 0
_FOLDS = 10
_ENOUGH = 20  # answers that a limit may rest on
_SURE = 0.9  # of the chance that the stated guarantee holds

_NOTHING = (0.0,) * (1 + SIGNS)

Numbers = NDArray[np.float64]


@dataclass(frozen=True)
class Judged:
    """A case, its question, and what the model without calibration makes of it."""

    kind: str
    case: Case
    question: Question
    scores: Scores

    @property
    def accepted(self) -> set[int]:
        return {VERDICTS.index(v) for v in (self.case.verdict, *self.case.also_defensible)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", type=Path, default=BUILT_IN, help="folder of the model")
    parser.add_argument("--corpora", type=Path, help="folder of public corpora")
    arguments = parser.parse_args()
    calibrate(arguments.model, read_card(BUILT_IN).matching, arguments.corpora)


def calibrate(
    folder: Path,
    matching: MatchRegression,
    corpora: Path | None,
    held_out: tuple[str, ...] = (),
) -> None:
    """Fit the probabilities, then what tells right verdicts from wrong ones, and write the card.

    For knowledge only a temperature is fitted, on the examinations: how many of their answers are
    good was up to their writers.
    """
    even, plain = OpinionCalibration(weights=(0.5, 0.5)), VerdictCalibration(temperature=1.0)
    nothing = Reliance(right=_NOTHING, defensible=_NOTHING, limit=0.0, unfamiliar_limit=0.0)
    card = ModelCard(name=NAME, practice=even, knowledge=plain, matching=matching, reliance=nothing)
    _write(card, folder)
    scorer = OnnxScorer(folder)
    judged = _judge(scorer, practice_catalogue(), read_lessons(corpora, held_out).kept)
    examined = _judge(
        scorer, Catalogue(load_playbooks(EXAMINATIONS)), {"examinations": examination_cases()}
    )
    practice = _calibrate_opinions(judged)
    card = card.model_copy(
        update={
            "practice": practice,
            "knowledge": _calibrate_match(examined),
            "reliance": _fit_reliance(judged, practice),
        }
    )
    _write(card, folder)


def _judge(
    scorer: OnnxScorer, catalogue: Catalogue, kept: Mapping[str, Sequence[Case]]
) -> list[Judged]:
    found = []
    for kind, cases in kept.items():
        for case in cases:
            question = catalogue.question(case.question_id)
            text = clean_answer(question, case.answer, scorer.find_kind(question))
            found.append(Judged(kind, case, question, scorer.score(question, text)))
    return found


def _calibrate_opinions(judged: Sequence[Judged]) -> OpinionCalibration:
    """Fit how both networks' verdicts are weighed, and a bias for each verdict.

    Training puts answers under wrong questions, so it sees more unanswered ones than users do. The
    biases correct that, with a ridge.
    """
    said = torch.tensor(np.log(np.array([one.scores.opinions for one in judged]) + 1e-9)).float()
    weights, biases = torch.full((2,), 0.5, requires_grad=True), torch.zeros(4, requires_grad=True)

    def join() -> Tensor:
        return (said * weights[:, None]).sum(1) + biases

    _minimise([weights, biases], join, judged, lambda: 0.01 * (biases**2).sum())
    first, second = weights.detach().tolist()
    given = {v: round(float(b), 3) for v, b in zip(VERDICTS, biases.detach(), strict=True)}
    return OpinionCalibration(weights=(round(first, 3), round(second, 3)), biases=given)


def _calibrate_match(judged: Sequence[Judged]) -> VerdictCalibration:
    """Fit a temperature of least negative log-likelihood (Guo et al. 2017)."""
    logits = torch.tensor(np.log(np.array([one.scores.verdicts for one in judged]) + 1e-9)).float()
    log_temperature = torch.zeros(1, requires_grad=True)
    _minimise([log_temperature], lambda: logits / log_temperature.exp(), judged)
    return VerdictCalibration(temperature=round(float(log_temperature.detach().exp()), 3))


def _minimise(
    fitted: list[Tensor],
    logits: Callable[[], Tensor],
    judged: Sequence[Judged],
    ridge: Callable[[], Tensor] = lambda: torch.zeros(()),
) -> None:
    """Fit to the labelled verdicts; polished answers weigh as much as all other kinds."""
    verdicts = torch.tensor([VERDICTS.index(one.case.verdict) for one in judged])
    polished, times = _POLISHED
    raised = [times if one.kind == polished else 1.0 for one in judged]
    shares = torch.tensor(_weigh(judged) * np.array(raised), dtype=torch.float)
    optimizer = torch.optim.LBFGS(fitted, max_iter=200)

    def closure() -> Tensor:
        optimizer.zero_grad()
        losses = functional.cross_entropy(logits(), verdicts, reduction="none")
        loss = (losses * shares).sum() + ridge()
        loss.backward()
        return loss

    optimizer.step(closure)


def _fit_reliance(judged: Sequence[Judged], calibration: OpinionCalibration) -> Reliance:
    """Fit the chances that a verdict is right and defensible, and choose the limits.

    The limits are chosen on chances that come from folds which did not see the answer.
    """
    familiar = frozenset(question.digest for question in Catalogue(load_playbooks()).questions)
    scores = [
        replace(one.scores, verdicts=join_opinions(one.scores.opinions, calibration))
        for one in judged
    ]
    signs = np.array(
        [
            list_signs(one.question, given, is_familiar=one.question.digest in familiar)
            for one, given in zip(judged, scores, strict=True)
        ]
    )
    chosen = [int(given.verdicts.argmax()) for given in scores]
    right = np.array(
        [c == VERDICTS.index(j.case.verdict) for c, j in zip(chosen, judged, strict=True)]
    )
    defensible = np.array([c in j.accepted for c, j in zip(chosen, judged, strict=True)])
    weights = _weigh(judged)
    chances = _predict_unseen(signs, defensible, weights)
    kinds = np.array([one.kind for one in judged])

    def limit(wanted: Mapping[str, tuple[Numbers, float]]) -> float:
        return max(
            _find_limit(kind, chances[kinds == kind], hits[kinds == kind], share)
            for kind, (hits, share) in wanted.items()
        )

    limit({kind: (defensible, share) for kind, share in WISHED.items()})
    return Reliance(
        right=_fit_weights(signs, right, weights),
        defensible=_fit_weights(signs, defensible, weights),
        limit=limit(
            {kind: (right, share) for kind, share in RIGHT.items()}
            | {kind: (defensible, share) for kind, share in DEFENSIBLE.items()}
        ),
        unfamiliar_limit=limit({kind: (right, s) for kind, s in RIGHT_UNFAMILIAR.items()}),
        familiar=familiar,
    )


def _weigh(judged: Sequence[Judged]) -> Numbers:
    """Weigh each kind of answers the same; all weights sum to 1."""
    kinds, counts = np.unique([one.kind for one in judged], return_counts=True)
    shares = dict(zip(kinds, 1 / counts / len(kinds), strict=True))
    return np.array([shares[one.kind] for one in judged])


def _predict_unseen(signs: Numbers, hits: Numbers, weights: Numbers) -> Numbers:
    """Predict the chance of each hit by a regression that was fitted on the other folds."""
    chances = np.zeros(len(hits))
    for others, fold in KFold(_FOLDS, shuffle=True, random_state=0).split(signs):
        row = _fit_weights(signs[others], hits[others], weights[others])
        chances[fold] = 1 / (1 + np.exp(-(row[0] + signs[fold] @ np.array(row[1:]))))
    return chances


def _fit_weights(signs: Numbers, hits: Numbers, weights: Numbers) -> tuple[float, ...]:
    """Fit a logistic regression; returns the constant, then the weight of each sign."""
    pipeline = make_pipeline(StandardScaler(), LogisticRegression(C=_RIDGE, max_iter=2000))
    scaled = weights / weights.mean()
    pipeline.fit(signs, hits, logisticregression__sample_weight=scaled)
    scaler, regression = pipeline
    found = regression.coef_[0] / scaler.scale_
    constant = regression.intercept_[0] - found @ scaler.mean_
    return (round(float(constant), 4), *(round(float(weight), 4) for weight in found))


def _find_limit(kind: str, chances: Numbers, hits: Numbers, share: float) -> float:
    """Find the lowest chance from which on so large a share are hits, and say what it rests on.

    1 if there is none. The guarantee is the lower Clopper-Pearson bound of the share.
    """
    for limit in sorted(set(np.round(chances, 3))):
        kept = hits[chances >= limit]
        if len(kept) >= _ENOUGH and kept.mean() >= share:
            bound = beta.ppf(1 - _SURE, kept.sum(), len(kept) - kept.sum() + 1)
            print(
                f"{kind}: from {limit:.3f} on {kept.mean():.3f} of {len(kept)} "
                f"({len(kept) / len(hits):.2f} of all); at least {bound:.3f}, {_SURE:.0%} sure",
                flush=True,
            )
            return float(limit)
    print(f"{kind}: no limit leaves {share:.0%}", flush=True)
    return 1.0


def _write(card: ModelCard, folder: Path) -> None:
    (folder / "card.json").write_text(card.model_dump_json(indent=2) + "\n", "utf-8")


if __name__ == "__main__":
    main()
