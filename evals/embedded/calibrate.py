"""Calibrate the exported model on the golden dev split: `python -m evals.embedded.calibrate`.

Writes card.json. Runs the int8 model as it is shipped, so that its rounding is calibrated too.
"""

import argparse
from collections.abc import Sequence
from pathlib import Path

import torch
from torch import Tensor
from torch.nn import functional

from service.evaluation.cases import Case
from service.evaluation.golden import Selection, read_folder, select
from service.judging.embedded.reading import readable
from service.judging.embedded.scorer import BUILT_IN, VERDICTS, Card, OnnxScorer
from service.playbooks.catalogue import Catalogue
from service.playbooks.files import load_playbooks

GOLDEN = Path(__file__).parent.parent / "golden"
REVIEW_ACCURACY = 0.9
RIDGE = 0.01


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", type=Path, default=BUILT_IN, help="folder of the model")
    calibrate(parser.parse_args().model)


def dev_cases(held_out: Sequence[str] = ()) -> list[Case]:
    """The golden dev split, without the questions whose ids begin as `held_out` says."""
    dev = select(read_folder(GOLDEN), Selection(split="dev"))
    return [case for case in dev if not case.question_id.startswith(tuple(held_out) or "\0")]


def calibrate(folder: Path, held_out: Sequence[str] = ()) -> None:
    """Fit temperature and verdict biases, choose the review threshold, write the card."""
    plain = Card(name="probewise-embedded-3", temperature=1.0, review_below=0.0)
    _write(plain, folder)
    scorer = OnnxScorer(folder)
    catalogue = Catalogue(load_playbooks())
    dev = dev_cases(held_out)
    logits = torch.stack([_logits(scorer, catalogue, case) for case in dev])
    verdicts = torch.tensor([VERDICTS.index(case.verdict) for case in dev])
    temperature, biases = _fit(logits, verdicts)
    threshold = _review_below((logits + biases) / temperature, verdicts)
    card = plain.model_copy(
        update={
            "temperature": round(temperature, 3),
            "biases": {v: round(float(b), 3) for v, b in zip(VERDICTS, biases, strict=True)},
            "review_below": round(threshold, 3),
        }
    )
    _write(card, folder)
    print(card.model_dump_json())


def _logits(scorer: OnnxScorer, catalogue: Catalogue, case: Case) -> Tensor:
    question = catalogue.question(case.question_id)
    scores = scorer.score(question, readable(question, case.answer))
    return torch.log(torch.tensor(scores.verdicts))


def _fit(logits: Tensor, verdicts: Tensor) -> tuple[float, Tensor]:
    """Temperature and biases of least negative log-likelihood (Guo et al. 2017), biases ridged.

    Training puts answers under wrong questions, so it sees more unanswered ones than users do; the
    biases take that back.
    """
    biases = torch.zeros(len(VERDICTS), requires_grad=True)
    log_temperature = torch.zeros(1, requires_grad=True)
    optimizer = torch.optim.LBFGS([biases, log_temperature], max_iter=200)

    def closure() -> Tensor:
        optimizer.zero_grad()
        scaled = (logits + biases) / log_temperature.exp()
        loss = functional.cross_entropy(scaled, verdicts) + RIDGE * (biases**2).sum()
        loss.backward()
        return loss

    optimizer.step(closure)
    return float(log_temperature.detach().exp()), biases.detach()


def _review_below(logits: Tensor, verdicts: Tensor) -> float:
    """The lowest confidence at or above which 90 % of the dev split is right."""
    confidence, chosen = torch.softmax(logits, 1).max(1)
    right = (chosen == verdicts).float()
    for threshold in sorted(set(confidence.tolist())):
        if float(right[confidence >= threshold].mean()) >= REVIEW_ACCURACY:
            return threshold
    return 1.0


def _write(card: Card, folder: Path) -> None:
    (folder / "card.json").write_text(card.model_dump_json(indent=2) + "\n", "utf-8")


if __name__ == "__main__":
    main()
