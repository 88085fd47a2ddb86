"""Calibrate the exported model: `python -m evals.embedded.calibrate`.

Writes card.json. Runs the int8 model as it is shipped, so that its rounding is calibrated too.
"""

import argparse
from collections.abc import Sequence
from pathlib import Path

import torch
from torch import Tensor
from torch.nn import functional

from service.evaluation.cases.case import Case, read_training
from service.evaluation.cases.golden import Selection, read_golden_folder, select_cases
from service.judging.embedded.clean_text import clean_answer
from service.judging.embedded.onnx_model import (
    BUILT_IN,
    ModelCard,
    OnnxScorer,
    VerdictCalibration,
    read_card,
)
from service.judging.embedded.scorer import VERDICTS
from service.judging.embedded.word_match import MatchRegression
from service.playbooks.catalogue import Catalogue
from service.playbooks.files import load_playbooks

NAME = "probewise-embedded-5"
EVALS = Path(__file__).parent.parent
GOLDEN = EVALS / "golden"
EXAMINATIONS = EVALS / "examinations"
REVIEW_ACCURACY = 0.9
_ENOUGH = 20  # answers that a threshold on confidence may rest on


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", type=Path, default=BUILT_IN, help="folder of the model")
    folder = parser.parse_args().model
    calibrate(folder, read_card(folder).matching)


def dev_cases(held_out: Sequence[str] = ()) -> list[Case]:
    """Read the golden dev split, without the questions whose ids begin as `held_out` says."""
    dev = select_cases(read_golden_folder(GOLDEN), Selection(split="dev"))
    return [case for case in dev if not case.question_id.startswith(tuple(held_out))]


def examination_cases() -> list[Case]:
    """Read answers to questions that ask for knowledge."""
    return read_training(EXAMINATIONS / "cases.jsonl")


def calibrate(folder: Path, matching: MatchRegression, held_out: Sequence[str] = ()) -> None:
    """Fit the probabilities, choose the confidence that calls for review, and write the card.

    Practice is fitted on the golden dev split. For knowledge only a temperature is fitted, on the
    examinations: how many of their answers are good was up to their writers.
    """
    plain = VerdictCalibration(temperature=1.0, review_below=0.0)
    _write(ModelCard(name=NAME, practice=plain, knowledge=plain, matching=matching), folder)
    scorer = OnnxScorer(folder)
    customers, students = Catalogue(load_playbooks()), Catalogue(load_playbooks(EXAMINATIONS))
    practice = _compute_logits(scorer, customers, dev_cases(held_out))
    knowledge = _compute_logits(scorer, students, examination_cases())
    card = ModelCard(
        name=NAME,
        practice=_calibrate_kind(*practice, ridge=0.01),
        knowledge=_calibrate_kind(*knowledge, ridge=None),
        matching=matching,
    )
    _write(card, folder)
    print(card.model_dump_json())


def _compute_logits(
    scorer: OnnxScorer, catalogue: Catalogue, cases: Sequence[Case]
) -> tuple[Tensor, Tensor]:
    """Compute the logits of each case, (cases, 4), and list the right verdicts."""
    found = []
    for case in cases:
        question = catalogue.question(case.question_id)
        scores = scorer.score(
            question, clean_answer(question, case.answer, scorer.find_kind(question))
        )
        found.append(torch.log(torch.tensor(scores.verdicts)))
    return torch.stack(found), torch.tensor([VERDICTS.index(case.verdict) for case in cases])


def _calibrate_kind(logits: Tensor, verdicts: Tensor, *, ridge: float | None) -> VerdictCalibration:
    temperature, biases = _fit(logits, verdicts, ridge)
    given = {v: round(float(b), 3) for v, b in zip(VERDICTS, biases, strict=True) if b}
    return VerdictCalibration(
        temperature=round(temperature, 3),
        biases=given,
        review_below=round(_find_review_below((logits + biases) / temperature, verdicts), 3),
    )


def _fit(logits: Tensor, verdicts: Tensor, ridge: float | None) -> tuple[float, Tensor]:
    """Fit temperature and biases of least negative log-likelihood (Guo et al. 2017).

    Training puts answers under wrong questions, so it sees more unanswered ones than users do. The
    biases correct that, with a ridge; without a ridge there are none.
    """
    biases = torch.zeros(len(VERDICTS), requires_grad=ridge is not None)
    log_temperature = torch.zeros(1, requires_grad=True)
    fitted = [log_temperature] if ridge is None else [biases, log_temperature]
    optimizer = torch.optim.LBFGS(fitted, max_iter=200)

    def closure() -> Tensor:
        optimizer.zero_grad()
        scaled = (logits + biases) / log_temperature.exp()
        loss = functional.cross_entropy(scaled, verdicts) + (ridge or 0.0) * (biases**2).sum()
        loss.backward()
        return loss

    optimizer.step(closure)
    return float(log_temperature.detach().exp()), biases.detach()


def _find_review_below(logits: Tensor, verdicts: Tensor) -> float:
    """Find the lowest confidence from which on 90 % is right; 1 if there is none."""
    confidence, chosen = torch.softmax(logits, 1).max(1)
    right = (chosen == verdicts).float()
    for threshold in sorted(set(confidence.tolist())):
        above = right[confidence >= threshold]
        if len(above) >= _ENOUGH and float(above.mean()) >= REVIEW_ACCURACY:
            return threshold
    return 1.0


def _write(card: ModelCard, folder: Path) -> None:
    (folder / "card.json").write_text(card.model_dump_json(indent=2) + "\n", "utf-8")


if __name__ == "__main__":
    main()
