"""Calibrate the exported model: `python -m evals.embedded.calibrate`.

Writes card.json. Runs the int8 model as it is shipped, so that its rounding is calibrated too.
Everything is fitted on answers that training did not meet, by other hands than most of it, so that
the model doubts where it is likely to err (see evals/embedded/lessons.py).
"""

import argparse
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
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
    VerdictCalibration,
    read_card,
)
from service.judging.embedded.reliance import SIGNS, Reliance, list_signs
from service.judging.embedded.scorer import VERDICTS, Array, Scores
from service.judging.embedded.word_match import MatchRegression
from service.playbooks.catalogue import Catalogue
from service.playbooks.files import load_playbooks
from service.playbooks.models import Question

NAME = "probewise-embedded-6"
# Of the grades that no person is asked to look at, the share that must be right, or defensible.
RIGHT = {"golden dev": 0.95, "other hands": 0.92}
DEFENSIBLE = {"people": 0.96}
RIGHT_UNFAMILIAR = {"never met": 0.92}
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
    plain = VerdictCalibration(temperature=1.0)
    nothing = Reliance(right=_NOTHING, defensible=_NOTHING, limit=0.0, unfamiliar_limit=0.0)
    card = ModelCard(
        name=NAME, practice=plain, knowledge=plain, matching=matching, reliance=nothing
    )
    _write(card, folder)
    scorer = OnnxScorer(folder)
    judged = _judge(scorer, practice_catalogue(), read_lessons(corpora, held_out).kept)
    examined = _judge(
        scorer, Catalogue(load_playbooks(EXAMINATIONS)), {"examinations": examination_cases()}
    )
    practice = _calibrate_verdicts(judged, ridge=0.01)
    card = card.model_copy(
        update={
            "practice": practice,
            "knowledge": _calibrate_verdicts(examined, ridge=None),
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


def _calibrate_verdicts(judged: Sequence[Judged], *, ridge: float | None) -> VerdictCalibration:
    """Fit temperature and biases of least negative log-likelihood (Guo et al. 2017).

    Each kind of answers weighs the same. Training puts answers under wrong questions, so it sees
    more unanswered ones than users do. The biases correct that, with a ridge; without a ridge there
    are none.
    """
    logits = torch.stack([torch.log(torch.tensor(one.scores.verdicts)) for one in judged])
    verdicts = torch.tensor([VERDICTS.index(one.case.verdict) for one in judged])
    weights = torch.tensor(_weigh(judged), dtype=torch.float)
    temperature, biases = _fit_temperature(logits, verdicts, weights, ridge)
    given = {v: round(float(b), 3) for v, b in zip(VERDICTS, biases, strict=True) if b}
    return VerdictCalibration(temperature=round(temperature, 3), biases=given)


def _fit_temperature(
    logits: Tensor, verdicts: Tensor, weights: Tensor, ridge: float | None
) -> tuple[float, Tensor]:
    biases = torch.zeros(len(VERDICTS), requires_grad=ridge is not None)
    log_temperature = torch.zeros(1, requires_grad=True)
    fitted = [log_temperature] if ridge is None else [biases, log_temperature]
    optimizer = torch.optim.LBFGS(fitted, max_iter=200)

    def closure() -> Tensor:
        optimizer.zero_grad()
        scaled = (logits + biases) / log_temperature.exp()
        losses = functional.cross_entropy(scaled, verdicts, reduction="none")
        loss = (losses * weights).sum() + (ridge or 0.0) * (biases**2).sum()
        loss.backward()
        return loss

    optimizer.step(closure)
    return float(log_temperature.detach().exp()), biases.detach()


def _fit_reliance(judged: Sequence[Judged], calibration: VerdictCalibration) -> Reliance:
    """Fit the chances that a verdict is right and defensible, and choose the limits.

    The limits are chosen on chances that come from folds which did not see the answer.
    """
    familiar = frozenset(question.digest for question in Catalogue(load_playbooks()).questions)
    verdicts = [_adjust(one.scores.verdicts, calibration) for one in judged]
    signs = np.array(
        [
            list_signs(
                one.question,
                probabilities,
                one.scores.statuses,
                len(one.scores.offsets),
                is_familiar=one.question.digest in familiar,
            )
            for one, probabilities in zip(judged, verdicts, strict=True)
        ]
    )
    chosen = [int(probabilities.argmax()) for probabilities in verdicts]
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


def _adjust(verdicts: Array, calibration: VerdictCalibration) -> Array:
    """Give the probabilities that the calibrated model gives."""
    biases = np.array([calibration.biases.get(verdict, 0.0) for verdict in VERDICTS])
    raised = np.exp((np.log(verdicts) + biases) / calibration.temperature)
    return (raised / raised.sum()).astype(np.float32)


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
